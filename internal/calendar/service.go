package calendar

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"bilin/internal/audit"
	"bilin/internal/auth"
	"bilin/internal/errs"
	"bilin/internal/live"
	"bilin/internal/mirror"
	"bilin/internal/once"
	"bilin/internal/sqldb"
	"bilin/internal/workday"
)

// Topic is the live topic of the calendar.
const Topic = "calendar"

// Options are what a Service works with.
type Options struct {
	DB     *sqldb.DB
	Policy *auth.Policy
	Audit  *audit.Log
	Live   *live.Hub
	Now    func() time.Time
	Logger *slog.Logger
}

// Service holds the city's calendar and changes it.
type Service struct {
	*mirror.Of[*State]
	o Options
}

// Open reads the calendar.
func Open(ctx context.Context, o Options) (*Service, error) {
	if o.Now == nil {
		o.Now = time.Now
	}
	state, err := mirror.Open(ctx, o.DB, mirror.Source[*State]{Name: "calendar", Rev: readRev, Load: readState}, o.Logger)
	if err != nil {
		return nil, err
	}
	return &Service{state, o}, nil
}

// Calendar returns the city's calendar as it is now. Rev rises with every
// change, after which due times must be computed anew: ask for Rev first, then
// the calendar is that revision's or a later one's.
func (s *Service) Calendar() *workday.Calendar { return s.Get().Calendar() }

// Missing lists the years whose holidays are needed now and have not been
// entered, so that their weekdays all count as worked.
func (s *Service) Missing() []int { return s.Get().missing(s.o.Now()) }

// Preview is what a list of days would do.
type Preview struct {
	Rev     int64 // of the calendar it was compared with
	Changes []Change
	Same    int // days that are so anyway
	Bad     []BadLine
	Days    []Day
}

// Check reads a list of days and says what it would change, without changing anything.
func (s *Service) Check(_ context.Context, actor auth.Actor, text string) (Preview, error) {
	if err := s.o.Policy.Can(actor, ActManage, auth.Object{}); err != nil {
		return Preview{}, err
	}
	p := Preview{Rev: s.Rev()}
	var err error
	p.Days, p.Bad = parse(text, s.o.Now())
	if len(p.Days) == 0 && len(p.Bad) == 0 {
		return p, errs.E(errs.Invalid, "calendar.nothing").WithField("text", "calendar.nothing")
	}
	if p.Days, err = unique(p.Days); err != nil {
		return p, err
	}
	p.Changes, p.Same, err = s.Get().compare(p.Days)
	return p, err
}

// PutDays enters days over what the calendar says of them.
type PutDays struct {
	Key  string
	Rev  int64 // the revision the days were compared with; 0 for any
	Days []Day
}

// PutDays enters days and returns how many of them changed anything.
func (s *Service) PutDays(ctx context.Context, actor auth.Actor, cmd PutDays) (int, error) {
	return run(ctx, s, actor, "calendar.days", cmd.Key, cmd, func(tx *sqldb.Tx) (int, any, error) {
		days, err := unique(cmd.Days)
		if err != nil {
			return 0, nil, err
		}
		for _, d := range days {
			if err := d.check(s.o.Now()); err != nil {
				return 0, nil, err
			}
		}
		state, err := s.fresh(ctx, tx, cmd.Rev)
		if err != nil {
			return 0, nil, err
		}
		changes, _, err := state.compare(days)
		if err != nil || len(changes) == 0 {
			return 0, nil, err
		}
		for _, c := range changes {
			if err := putDay(ctx, tx, c); err != nil {
				return 0, nil, err
			}
		}
		return len(changes), map[string]any{"days": len(changes), "from": changes[0].Date, "to": changes[len(changes)-1].Date}, nil
	})
}

// DropDays takes back what the city entered for a stretch of days.
type DropDays struct{ Key, From, To string }

// DropDays takes back what the city entered; what is built in stands again.
func (s *Service) DropDays(ctx context.Context, actor auth.Actor, cmd DropDays) (int, error) {
	return run(ctx, s, actor, "calendar.drop_days", cmd.Key, cmd, func(tx *sqldb.Tx) (int, any, error) {
		n, err := dropDays(ctx, tx, cmd.From, cmd.To)
		if err == nil && n == 0 {
			err = errs.E(errs.NotFound, "calendar.no_day")
		}
		return int(n), map[string]any{"from": cmd.From, "to": cmd.To, "days": n}, err
	})
}

// SetWeek sets the weekly hours, as workday.ParseWeek reads them.
type SetWeek struct {
	Key  string
	Rev  int64 // the revision the hours were shown at; 0 for any
	Week string
}

// SetWeek sets the weekly hours.
func (s *Service) SetWeek(ctx context.Context, actor auth.Actor, cmd SetWeek) error {
	_, err := run(ctx, s, actor, "calendar.hours", cmd.Key, cmd, func(tx *sqldb.Tx) (int, any, error) {
		if err := checkWeek(cmd.Week); err != nil {
			return 0, nil, err
		}
		state, err := s.fresh(ctx, tx, cmd.Rev)
		if err != nil {
			return 0, nil, err
		}
		if week, err := workday.ParseWeek(cmd.Week); err != nil || fmt.Sprint(week) == fmt.Sprint(state.Week) {
			return 0, nil, err
		}
		return 1, map[string]any{"week": cmd.Week}, putWeek(ctx, tx, cmd.Week)
	})
	return err
}

// fresh reads the calendar inside the command and refuses one that is not as it was shown.
func (s *Service) fresh(ctx context.Context, tx *sqldb.Tx, shown int64) (*State, error) {
	rev, err := readRev(ctx, tx)
	if err != nil {
		return nil, err
	}
	if shown != 0 && shown != rev {
		return nil, errs.E(errs.Stale, "calendar.changed_since")
	}
	return readState(ctx, tx)
}

// run runs a command once per key. A body that changed nothing leaves revision
// and record alone: every revision makes all due times be computed anew.
func run(ctx context.Context, s *Service, actor auth.Actor, name, key string, request any,
	body func(tx *sqldb.Tx) (changed int, detail any, err error),
) (int, error) {
	if err := s.o.Policy.Can(actor, ActManage, auth.Object{}); err != nil {
		return 0, err
	}
	var changed int
	err := s.o.DB.Write(ctx, func(tx *sqldb.Tx) (err error) {
		changed, err = once.Do(ctx, tx, name+"/"+actor.ID(), key, request, s.o.Now(), func() (int, error) {
			n, detail, err := body(tx)
			if err != nil || n == 0 {
				return 0, err
			}
			return n, s.finish(ctx, tx, actor, name, detail)
		})
		return err
	})
	if err != nil {
		return 0, err
	}
	s.Settle(ctx)
	return changed, nil
}

func (s *Service) finish(ctx context.Context, tx *sqldb.Tx, actor auth.Actor, name string, detail any) error {
	rev, err := nextRev(ctx, tx)
	if err != nil {
		return err
	}
	err = s.o.Audit.Append(ctx, tx, audit.Entry{
		ActorID: actor.ID(), ActorName: actor.Name, Action: name, ObjectKind: "calendar", ObjectID: fmt.Sprint(rev), Detail: detail,
	})
	if err != nil || s.o.Live == nil {
		return err
	}
	return s.o.Live.Publish(ctx, tx, Topic, "")
}
