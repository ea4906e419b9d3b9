package outreach

import (
	"context"
	"fmt"
	"slices"
	"sync/atomic"
	"time"

	"bilin/internal/audit"
	"bilin/internal/auth"
	"bilin/internal/errs"
	"bilin/internal/live"
	"bilin/internal/network"
	"bilin/internal/once"
	"bilin/internal/seal"
	"bilin/internal/sqldb"
	"bilin/internal/workday"
)

// Options are what a Service works with. Live may be left out.
type Options struct {
	DB      *sqldb.DB
	Network *network.Service
	Policy  *auth.Policy
	Audit   *audit.Log
	Live    *live.Hub
	Seal    *seal.Sealer
	Now     func() time.Time
}

// Service takes news to households.
type Service struct {
	o     Options
	short Short
	leads *Leads
	told  atomic.Int64 // when the open pages last heard of a household that opened a notice
}

// New returns a Service.
func New(o Options) *Service {
	if o.Now == nil {
		o.Now = time.Now
	}
	return &Service{o: o}
}

// Topic is the live topic of a notice's pages.
func Topic(noticeID string) string { return "notice:" + noticeID }

func (s *Service) tree() *network.Tree { return s.o.Network.Tree() }
func (s *Service) now() time.Time      { return s.o.Now().UTC().Truncate(time.Millisecond) }
func (s *Service) today() string       { return s.o.Now().In(workday.City).Format(time.DateOnly) }

// finish writes the audit row of a command and tells the open pages.
func (s *Service) finish(ctx context.Context, tx *sqldb.Tx, actor auth.Actor, action string, n *Notice) error {
	err := s.o.Audit.Append(ctx, tx, audit.Entry{ActorID: actor.ID(), ActorName: actor.Name, Action: action, ObjectKind: "notice", ObjectID: n.ID, UnitID: n.SenderID})
	if err != nil {
		return err
	}
	return s.tell(ctx, tx, n)
}

func (s *Service) tell(ctx context.Context, tx *sqldb.Tx, n *Notice) error {
	if s.o.Live == nil {
		return nil
	}
	return s.o.Live.Publish(ctx, tx, Topic(n.ID), "")
}

// may reports whether the actor may do something for the whole audience.
func (s *Service) may(actor auth.Actor, action auth.Action, units []string) error {
	for _, id := range units {
		if err := s.o.Policy.Can(actor, action, auth.Object{UnitID: id}); err != nil {
			return err
		}
	}
	if len(units) == 0 {
		return auth.Denied(actor)
	}
	return nil
}

// audience finds the units of codes: none under another, and the one that holds them all.
func (s *Service) audience(codes []string) (units []string, sender string, err error) {
	tree := s.tree()
	var list []*network.Unit
	for _, code := range codes {
		u := tree.Current(tree.ByCode(code))
		if u == nil {
			return nil, "", errs.Refuse("unit", "outreach.no_unit")
		}
		list = append(list, u)
	}
	for i, u := range list {
		under := slices.ContainsFunc(list, func(o *network.Unit) bool { return o.ID != u.ID && tree.Contains(o.ID, u.ID) })
		if again := slices.ContainsFunc(list[:i], func(o *network.Unit) bool { return o.ID == u.ID }); !under && !again {
			units = append(units, u.ID)
		}
	}
	switch {
	case len(units) == 0:
		return nil, "", errs.Refuse("unit", "outreach.no_unit")
	case len(units) > MaxUnits:
		return nil, "", errs.Refuse("unit", "outreach.too_many_units", "max", MaxUnits)
	}
	holder := tree.ByID(units[0])
	for holder.ParentID != "" && slices.ContainsFunc(units, func(id string) bool { return !tree.Contains(holder.ID, id) }) {
		holder = tree.Parent(holder)
	}
	return units, holder.ID, nil
}

// Compose makes a notice, as a draft, or changes one that isn't out. It returns its number.
func (s *Service) Compose(ctx context.Context, actor auth.Actor, cmd Compose) (num string, err error) {
	units, sender, err := s.audience(cmd.Units)
	if err != nil {
		_, other := cmd.check(cmd.Picture != nil || cmd.Number != "")
		return "", joined(other, err)
	}
	if err := s.may(actor, ActSend, units); err != nil {
		return "", err
	}
	if cmd.Number != "" {
		return cmd.Number, s.change(ctx, actor, "outreach.compose", cmd.Key, cmd.Number, cmd.Version, cmd, func(tx *sqldb.Tx, n *Notice) error {
			return s.rewrite(ctx, tx, n, cmd, units, sender)
		})
	}
	if cmd, err = cmd.check(cmd.Picture != nil); err != nil {
		return "", err
	}
	err = s.o.DB.Write(ctx, func(tx *sqldb.Tx) error {
		num, err = once.Do(ctx, tx, "outreach.compose/"+actor.ID(), cmd.Key, cmd, s.now(), func() (string, error) {
			n := &Notice{ID: sqldb.NewID(), State: Draft, Edition: 1, MadeAt: s.now(), Version: 1, Units: units, SenderID: sender, by: actor.ID()}
			n.fill(cmd)
			if n.Number, err = numbered(ctx, tx, s.now().In(workday.City).Year()); err != nil {
				return "", err
			}
			if err := insertNotice(ctx, tx, n); err != nil {
				return "", fmt.Errorf("outreach: compose: %w", err)
			}
			if err := putUnits(ctx, tx, n); err != nil {
				return "", err
			}
			if err := putPicture(ctx, tx, n.ID, cmd.Picture, false); err != nil {
				return "", err
			}
			return n.Number, s.finish(ctx, tx, actor, "outreach.compose", n)
		})
		return err
	})
	return num, err
}

func (n *Notice) fill(c Compose) {
	n.Kind, n.Title, n.Words, n.Alt, n.MinSize, n.MaxSize = c.Kind, c.Title, c.Words, c.Alt, c.MinSize, c.MaxSize
}

func (s *Service) rewrite(ctx context.Context, tx *sqldb.Tx, n *Notice, cmd Compose, units []string, sender string) error {
	if err := n.editable(); err != nil {
		return err
	}
	cmd, err := cmd.check(cmd.Picture != nil || n.Alt != "" && !cmd.NoPicture)
	if err != nil {
		return err
	}
	n.fill(cmd)
	n.Units, n.SenderID = units, sender
	n.State, n.DueAt = Draft, time.Time{} // what was to go out had other words
	if err := putUnits(ctx, tx, n); err != nil {
		return err
	}
	return putPicture(ctx, tx, n.ID, cmd.Picture, cmd.NoPicture)
}

// change runs a command on a notice of which the actor may send to every unit.
func (s *Service) change(ctx context.Context, actor auth.Actor, action, key, num string, version int, request any, do func(tx *sqldb.Tx, n *Notice) error) error {
	return s.o.DB.Write(ctx, func(tx *sqldb.Tx) error {
		_, err := once.Do(ctx, tx, action+"/"+actor.ID(), key, request, s.now(), func() (bool, error) {
			n, err := noticeByNumber(ctx, tx, num)
			if err != nil {
				return false, err
			}
			if err := s.may(actor, ActSend, n.Units); err != nil {
				return false, err
			}
			if err := shown(n.Version, version); err != nil {
				return false, err
			}
			if err := do(tx, n); err != nil {
				return false, err
			}
			if err := updateNotice(ctx, tx, n); err != nil {
				return false, fmt.Errorf("outreach: change: %w", err)
			}
			return true, s.finish(ctx, tx, actor, action, n)
		})
		return err
	})
}

// Estimate says what sending a notice would mean. It writes nothing, and works
// beside whatever is being written.
func (s *Service) Estimate(ctx context.Context, actor auth.Actor, num string) (*Notice, *Estimate, error) {
	n, e, err := s.measure(ctx, actor, num)
	if err == nil {
		e.Half, err = s.half(ctx)
	}
	return n, e, err
}

// measure is an estimate without what earlier notices took, which sending needs nothing of.
func (s *Service) measure(ctx context.Context, actor auth.Actor, num string) (*Notice, *Estimate, error) {
	n, err := noticeByNumber(ctx, s.o.DB.Reader(), num)
	if err != nil {
		return nil, nil, err
	}
	if err := s.may(actor, ActSend, n.Units); err != nil {
		return nil, nil, err
	}
	e, err := s.estimate(ctx, n)
	if err == nil && s.short != nil {
		e.Short, err = s.short.Plan(ctx, s.o.DB.Reader(), n)
	}
	return n, e, err
}

// estimate counts the audience from the tree in memory, and only if it depends on
// how many live in a household from the households.
func (s *Service) estimate(ctx context.Context, n *Notice) (*Estimate, error) {
	var sized map[string]int
	if n.Sized() {
		var err error
		if sized, err = s.o.Network.HouseholdsOfSize(ctx, n.MinSize, n.MaxSize); err != nil {
			return nil, err
		}
	}
	e := &Estimate{Long: longSentences(n.Words)}
	tree, at := s.tree(), map[string]int{}
	for _, id := range n.Units {
		for _, u := range tree.Subtree(tree.Current(tree.ByID(id))) {
			homes := u.Households
			if sized != nil {
				homes = sized[u.ID]
			}
			if homes == 0 {
				continue
			}
			village := tree.At(u, network.Village)
			if village == nil {
				continue // nobody lives straight under a town
			}
			led := u.Level == network.Cell && tree.LeadOf(u.ID) != nil
			i, there := at[village.ID]
			if !there {
				i = len(e.places)
				at[village.ID] = i
				e.places = append(e.places, place{village: village.ID})
			}
			e.add(&e.places[i], homes, led)
		}
	}
	e.Villages, e.Hours = len(e.places), ((e.Households-e.Unled)*tellMinute+59)/60
	if e.Leads > 0 {
		e.EachMinute = (e.Households - e.Unled) * tellMinute / e.Leads
	}
	return e, nil
}

func (e *Estimate) add(p *place, homes int, led bool) {
	e.Households += homes
	p.households += homes
	e.Cells++
	if led {
		e.Leads++
		return
	}
	e.Unled += homes
	p.unled += homes
}

// Send lets a notice out, now or at a time, if the audience is as it was shown.
func (s *Service) Send(ctx context.Context, actor auth.Actor, cmd Send) error {
	_, e, err := s.measure(ctx, actor, cmd.Number)
	if err != nil {
		return err
	}
	switch {
	case e.Households == 0:
		return errs.Refuse("unit", "outreach.nobody")
	case !near(cmd.Households, e.Households):
		return errs.E(errs.Stale, "outreach.other_audience", "now", e.Households)
	case cmd.Short && !e.Short.Covered():
		return errs.E(errs.Conflict, "outreach.short_not_covered", "need", e.Short.Need(), "left", e.Short.Left)
	}
	return s.change(ctx, actor, "outreach.send", cmd.Key, cmd.Number, cmd.Version, cmd, func(tx *sqldb.Tx, n *Notice) error {
		n.Short = cmd.Short
		if !cmd.At.IsZero() {
			return n.schedule(cmd.At.UTC().Truncate(time.Minute), s.now())
		}
		if err := n.send(s.now()); err != nil {
			return err
		}
		if err := s.begin(ctx, tx, n); err != nil {
			return err
		}
		return insertPlaces(ctx, tx, n, e.places)
	})
}

// Hold keeps a scheduled notice from going out.
func (s *Service) Hold(ctx context.Context, actor auth.Actor, key, num string, version int) error {
	return s.change(ctx, actor, "outreach.hold", key, num, version, num, func(_ *sqldb.Tx, n *Notice) error { return n.hold() })
}

// Correct replaces the words of a notice that is out. It is to be heard anew, so its reach is counted anew.
func (s *Service) Correct(ctx context.Context, actor auth.Actor, cmd Correct) error {
	_, e, err := s.measure(ctx, actor, cmd.Number)
	if err != nil {
		return err
	}
	return s.change(ctx, actor, "outreach.correct", cmd.Key, cmd.Number, cmd.Version, cmd, func(tx *sqldb.Tx, n *Notice) error {
		was, err := n.correct(cmd, s.now())
		if err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, `INSERT INTO notice_edition (notice_id, edition, title, words, at, why) VALUES ($1, $2, $3, $4, $5, $6)`,
			n.ID, was.Edition, was.Title, was.Words, sqldb.MillisOrZero(was.Until), was.Why)
		if err != nil {
			return fmt.Errorf("outreach: correct: %w", err)
		}
		if err := s.begin(ctx, tx, n); err != nil {
			return err
		}
		return insertPlaces(ctx, tx, n, e.places)
	})
}

// Recall takes a notice back. Its page stays, and says so.
func (s *Service) Recall(ctx context.Context, actor auth.Actor, cmd Recall) error {
	return s.change(ctx, actor, "outreach.recall", cmd.Key, cmd.Number, cmd.Version, cmd, func(tx *sqldb.Tx, n *Notice) error {
		if err := n.recall(cmd.Why, s.now()); err != nil {
			return err
		}
		if err := s.alert(ctx, tx, n); err != nil || s.short == nil || !n.Short {
			return err
		}
		return s.short.Recall(ctx, tx, n)
	})
}

// Tick lets out what is due, and forgets what is no longer needed.
func (s *Service) Tick(ctx context.Context) (sent int, err error) {
	due, err := notices(ctx, s.o.DB.Reader(), `WHERE n.state = 'scheduled' AND n.due_at <= $1 ORDER BY n.due_at LIMIT 50`, sqldb.MillisOrZero(s.now()))
	if err != nil {
		return 0, err
	}
	for _, n := range due {
		if err := s.release(ctx, n.Number); err != nil {
			return sent, err
		}
		sent++
	}
	return sent, s.forget(ctx)
}

func (s *Service) release(ctx context.Context, num string) error {
	n, err := noticeByNumber(ctx, s.o.DB.Reader(), num)
	if err != nil {
		return err
	}
	e, err := s.estimate(ctx, n)
	if err != nil {
		return err
	}
	return s.o.DB.Write(ctx, func(tx *sqldb.Tx) error {
		n, err := noticeByNumber(ctx, tx, num)
		if err != nil || n.State != Scheduled {
			return err // held, or let out by another replica
		}
		if err := n.send(s.now()); err != nil {
			return err
		}
		if err := s.begin(ctx, tx, n); err != nil && errs.KindOf(err) != errs.Conflict {
			return err // what the month no longer covers goes out without messages
		}
		if err := insertPlaces(ctx, tx, n, e.places); err != nil {
			return err
		}
		if err := updateNotice(ctx, tx, n); err != nil {
			return err
		}
		return s.finish(ctx, tx, auth.System("schedule"), "outreach.send", n)
	})
}
