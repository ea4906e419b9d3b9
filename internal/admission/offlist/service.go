package offlist

import (
	"context"
	"crypto/rand"
	"fmt"
	"math/big"
	"slices"
	"strings"
	"time"

	"bilin/internal/audit"
	"bilin/internal/auth"
	"bilin/internal/errs"
	"bilin/internal/network"
	"bilin/internal/once"
	"bilin/internal/seal"
	"bilin/internal/sqldb"
	"bilin/internal/workday"
)

// Options are what a Service works with.
type Options struct {
	DB      *sqldb.DB
	Network *network.Service
	Policy  *auth.Policy
	Audit   *audit.Log
	Seal    *seal.Sealer
	Now     func() time.Time
}

// Service takes reports and settles them.
type Service struct{ o Options }

// New returns a Service.
func New(o Options) *Service {
	if o.Now == nil {
		o.Now = time.Now
	}
	return &Service{o}
}

// protected stands in records where otherwise the reporter would.
const protected = "protected"

// Report stores a report and returns its number. Neither the log nor the keys
// of repeated forms say whose it is.
func (s *Service) Report(ctx context.Context, actor auth.Actor, cmd Report) (number string, err error) {
	if err := s.o.Policy.Can(actor, ActReport, auth.Object{UnitID: cmd.UnitID}); err != nil {
		return "", err
	}
	unit := s.o.Network.Tree().ByID(cmd.UnitID)
	if unit == nil || !unit.Active() {
		return "", errs.Refuse("unit", "offlist.no_unit")
	}
	if s.o.Network.Tree().Department(cmd.DepartmentID) == nil {
		return "", errs.Refuse("department", "offlist.no_department")
	}
	now := s.o.Now()
	if cmd, err = cmd.check(now.In(workday.City).Format(time.DateOnly)); err != nil {
		return "", err
	}
	mine := s.index(actor)
	err = s.o.DB.Write(ctx, func(tx *sqldb.Tx) (err error) {
		number, err = once.Do(ctx, tx, "offlist.report/"+mine, cmd.Key, cmd, now, func() (string, error) {
			return s.take(ctx, tx, actor, cmd, now)
		})
		return err
	})
	return number, err
}

// index is under which a reporter finds their own reports.
func (s *Service) index(actor auth.Actor) string {
	return s.o.Seal.Index("offlist_reporter", actor.ID())
}

func (s *Service) take(ctx context.Context, tx *sqldb.Tx, actor auth.Actor, cmd Report, now time.Time) (string, error) {
	n, err := countSince(ctx, tx, s.index(actor), now.Add(-24*time.Hour))
	if err != nil {
		return "", err
	}
	if n >= mostADay {
		return "", errs.E(errs.TooMany, "offlist.many", "max", mostADay)
	}
	r, err := s.row(ctx, tx, actor.ID(), cmd, now)
	if err != nil {
		return "", err
	}
	if err := insert(ctx, tx, r); err != nil {
		return "", err
	}
	return r.Number, s.o.Audit.Append(ctx, tx, audit.Entry{ActorID: protected, Action: "offlist.report", ObjectKind: "offlist", ObjectID: r.ID,
		Detail: map[string]any{"department": r.DepartmentID}})
}

// row makes a stored report of what was entered.
func (s *Service) row(ctx context.Context, q sqldb.Querier, reporter string, cmd Report, at time.Time) (row, error) {
	tree := s.o.Network.Tree()
	unit := tree.ByID(cmd.UnitID)
	r := row{Item: Item{ID: sqldb.NewID(), Month: cmd.Day[:len("2006-01")], Day: cmd.Day, DepartmentID: cmd.DepartmentID, Way: cmd.Way,
		What: cmd.What, Minutes: cmd.Minutes, State: Open, CreatedAt: at, Version: 1}}
	if town := tree.At(unit, network.Town); town != nil {
		r.TownID = town.ID
	}
	if village := tree.At(unit, network.Village); village != nil {
		r.VillageID = village.ID
	}
	var err error
	if r.Reporter, err = s.o.Seal.Seal(reporter, "offlist/reporter/"+r.ID); err != nil {
		return r, err
	}
	r.ReporterIndex = s.o.Seal.Index("offlist_reporter", reporter)
	r.Number, err = freeNumber(ctx, q, at.In(workday.City).Year())
	return r, err
}

// draws is how often a number is drawn before there must be something wrong.
const draws = 20

func freeNumber(ctx context.Context, q sqldb.Querier, year int) (string, error) {
	for range draws {
		n, err := rand.Int(rand.Reader, big.NewInt(1_000_000))
		if err != nil {
			return "", fmt.Errorf("offlist: draw a number: %w", err)
		}
		number := NumberOf(year, int(n.Int64()))
		taken, err := exists(ctx, q, number)
		if err != nil || !taken {
			return number, err
		}
	}
	return "", errs.E(errs.Unavailable, "offlist.no_number")
}

// Units lists where the actor may say that work came to: the units of their own
// posts.
func (s *Service) Units(actor auth.Actor) []string {
	var out []string
	for _, g := range actor.Grants {
		if s.o.Policy.Can(actor, ActReport, auth.Object{UnitID: g.UnitID}) == nil && !slices.Contains(out, g.UnitID) {
			out = append(out, g.UnitID)
		}
	}
	return out
}

// Mine lists the actor's own reports, the latest first. before is the id of the
// last one of the page before, or "".
func (s *Service) Mine(ctx context.Context, actor auth.Actor, before string, limit int) ([]Mine, error) {
	if actor.Anonymous() || !s.o.Policy.May(actor, ActReport) {
		return nil, auth.Denied(actor)
	}
	return readMine(ctx, s.o.DB.Reader(), s.index(actor), before, limit)
}

// Desk lists reports for the city office: the open ones oldest first, or those
// settled with the latest first. after is Cursor of the last item before, or nil.
func (s *Service) Desk(ctx context.Context, actor auth.Actor, settled bool, after []string, limit int) ([]Item, error) {
	if err := s.o.Policy.Can(actor, ActSettle, auth.Object{}); err != nil {
		return nil, err
	}
	return readDesk(ctx, s.o.DB.Reader(), settled, after, limit)
}

// Get returns one report for the city office.
func (s *Service) Get(ctx context.Context, actor auth.Actor, number string) (Item, error) {
	if err := s.o.Policy.Can(actor, ActSettle, auth.Object{}); err != nil {
		return Item{}, err
	}
	return readItem(ctx, s.o.DB.Reader(), number)
}

// Settle decides on an open report.
func (s *Service) Settle(ctx context.Context, actor auth.Actor, cmd Settle) (Item, error) {
	if err := s.o.Policy.Can(actor, ActSettle, auth.Object{}); err != nil {
		return Item{}, err
	}
	var out Item
	now := s.o.Now()
	err := s.o.DB.Write(ctx, func(tx *sqldb.Tx) (err error) {
		out, err = once.Do(ctx, tx, "offlist.settle/"+actor.ID(), cmd.Key, cmd, now, func() (Item, error) {
			return s.settle(ctx, tx, actor, cmd, now)
		})
		return err
	})
	return out, err
}

func (s *Service) settle(ctx context.Context, tx *sqldb.Tx, actor auth.Actor, cmd Settle, now time.Time) (Item, error) {
	it, err := readItem(ctx, tx, cmd.Number)
	switch {
	case err != nil:
		return it, err
	case it.Version != cmd.Version:
		return it, errs.E(errs.Stale, "offlist.changed_since")
	case it.State != Open:
		return it, errs.E(errs.Conflict, "offlist.settled_already")
	}
	what, places := it.What, s.places(it)
	if !cmd.Confirm { // only the reporter reads why not
		what, places = "", nil
	}
	if it.Summary, err = checkSummary(cmd.Summary, what, places); err != nil {
		return it, err
	}
	it.State = Dismissed
	if cmd.Confirm {
		it.State = Confirmed
	}
	it.DecidedAt, it.Version = now, it.Version+1
	if err := update(ctx, tx, it); err != nil {
		return it, err
	}
	return it, s.o.Audit.Append(ctx, tx, audit.Entry{ActorID: actor.ID(), ActorName: actor.Name, Action: "offlist.settle",
		ObjectKind: "offlist", ObjectID: it.ID, Detail: map[string]any{"department": it.DepartmentID, "confirmed": cmd.Confirm}})
}

// places are the names that would tell where below the town a report came from.
func (s *Service) places(it Item) []string {
	tree := s.o.Network.Tree()
	village := tree.ByID(it.VillageID)
	if village == nil {
		return nil
	}
	names := []string{village.Name}
	for _, kind := range []string{"社区", "村"} { // a village is told by its bare name too
		bare := strings.TrimSuffix(village.Name, kind)
		if bare != village.Name && len([]rune(bare)) >= 2 {
			names = append(names, bare)
		}
	}
	for _, u := range tree.Children(village) {
		names = append(names, u.Name)
	}
	return slices.DeleteFunc(names, func(n string) bool { return len([]rune(n)) < 2 })
}

// Waiting counts the reports that aren't settled.
func (s *Service) Waiting(ctx context.Context, actor auth.Actor) (n int, err error) {
	if err := s.o.Policy.Can(actor, ActSettle, auth.Object{}); err != nil {
		return 0, err
	}
	err = s.o.DB.Reader().QueryRowContext(ctx, `SELECT COUNT(*) FROM offlist WHERE state = 'open'`).Scan(&n)
	return n, err
}
