package suggestion

import (
	"context"
	"database/sql"
	"fmt"
	"maps"
	"net/url"
	"strconv"
	"strings"
	"time"

	"bilin/internal/address"
	"bilin/internal/audit"
	"bilin/internal/auth"
	"bilin/internal/demand"
	"bilin/internal/errs"
	"bilin/internal/network"
	"bilin/internal/sqldb"
	"bilin/internal/workday"
)

// Options are what a Service works with.
type Options struct {
	DB     *sqldb.DB
	Demand *demand.Service
	Tree   func() *network.Tree
	Policy *auth.Policy
	Audit  *audit.Log
	Links  Links // may be left out
	Now    func() time.Time
}

// Service keeps decisions. It hears of demands as a demand.Observer.
type Service struct{ o Options }

var _ demand.Observer = (*Service)(nil)

// New returns a Service.
func New(o Options) *Service {
	if o.Now == nil {
		o.Now = time.Now
	}
	s := &Service{o}
	s.o.Links = maps.Clone(o.Links)
	if s.o.Links == nil {
		s.o.Links = Links{}
	}
	s.o.Links[ByDemand] = Link{Find: s.demand}
	return s
}

// demand finds a demand by its number. What it says, and the number, are its
// author's: that there is one is all that everybody reads. A confined one isn't
// found, like one that isn't there.
func (s *Service) demand(ctx context.Context, number string) (Linked, error) {
	var n int
	if err := s.o.DB.Reader().QueryRowContext(ctx, `SELECT COUNT(*) FROM demand WHERE number = $1 AND confined = 0`, number).Scan(&n); err != nil {
		return Linked{}, fmt.Errorf("suggestion: demand: %w", err)
	}
	if n == 0 {
		return Linked{}, errs.E(errs.NotFound, "suggestion.no_ref")
	}
	return Linked{Ref: number}, nil
}

// Today is the city's day, "2026-11-30".
func (s *Service) Today() string { return s.o.Now().In(workday.City).Format(time.DateOnly) }

// Latest is the last day by which something can be promised.
func (s *Service) Latest() string {
	return s.o.Now().In(workday.City).AddDate(0, 0, maxAhead).Format(time.DateOnly)
}

// Kinds lists what can be linked to, in the order in which forms offer it.
func (s *Service) Kinds() []LinkKind {
	out := []LinkKind{ByWords}
	for _, k := range []LinkKind{ByDemand, ByMeeting, ByMatter, ByPractice, ByNotice} {
		if s.o.Links[k].Find != nil {
			out = append(out, k)
		}
	}
	return out
}

// Desk is what an office decides on: the demand, and what was decided so far.
type Desk struct {
	File *demand.File
	Was  *Suggestion // nil: nothing yet
}

// MayDecide reports whether whoever has the demand can decide on it now.
func (d Desk) MayDecide() bool { return d.File.May.Judge && (d.Was == nil || d.Was.State != Adopted) }

// MayFinish reports whether they can say that it is done.
func (d Desk) MayFinish() bool { return d.File.May.Judge && d.Was != nil && d.Was.State == Adopted }

// Get returns what an office decides on.
func (s *Service) Get(ctx context.Context, actor auth.Actor, number string) (*Desk, error) {
	f, err := s.o.Demand.Get(ctx, actor, number)
	if err != nil {
		return nil, err
	}
	if f.Kind != demand.Suggestion {
		return nil, errs.E(errs.NotFound, "suggestion.none")
	}
	d := &Desk{File: f}
	if d.Was, err = byDemand(ctx, s.o.DB.Reader(), f.ID); errs.KindOf(err) == errs.NotFound {
		err = nil
	}
	return d, err
}

// Decide adopts a suggestion or declines it. Its author is told through their demand.
func (s *Service) Decide(ctx context.Context, actor auth.Actor, c Decision) error {
	c, err := c.check(s.Today())
	if err != nil {
		return err
	}
	cmd := demand.Command{Key: c.Key, Version: c.Version, Note: c.Reasons, Extra: c.Title + "/" + strconv.FormatBool(c.Adopt)}
	along := func(ctx context.Context, tx *sqldb.Tx, d *demand.Demand, now time.Time) error {
		x, err := byDemand(ctx, tx, d.ID)
		if errs.KindOf(err) == errs.NotFound && err != nil {
			x, err = &Suggestion{ID: sqldb.NewID(), demandID: d.ID, Number: d.Number}, nil
		}
		if err != nil {
			return err
		}
		x.decide(c, now)
		s.place(x, d)
		return s.put(ctx, tx, actor, "suggestion.decide", x)
	}
	if !c.Adopt {
		_, err = s.o.Demand.ConcludeSuggestion(ctx, actor, c.Number, cmd, along)
		return err
	}
	day, err := time.ParseInLocation(time.DateOnly, c.DueOn, workday.City)
	if err != nil {
		return err
	}
	_, err = s.o.Demand.AdoptSuggestion(ctx, actor, c.Number, day.AddDate(0, 0, 1), cmd, along)
	return err
}

// place says whose it is and where it comes from.
func (s *Service) place(x *Suggestion, d *demand.Demand) {
	x.UnitID, x.officeDept, x.VillageID, x.TownID, x.Open = d.OwnerID, d.OwnerDept, d.VillageID, d.TownID, !d.Confined
	if stop, ok := s.o.Demand.StopOf(d.OwnerID, d.OwnerDept); ok {
		x.Office = stop.UnitName
	}
}

// Finish says that what was adopted is done, and what shows it.
func (s *Service) Finish(ctx context.Context, actor auth.Actor, c Finish) error {
	c, err := c.check(s.Today())
	if err != nil {
		return err
	}
	var linked Linked
	if c.Link != ByWords {
		find := s.o.Links[c.Link].Find
		if find == nil {
			return refuse("link", "suggestion.no_kind")
		}
		if linked, err = find(ctx, c.Ref); err != nil {
			if kind := errs.KindOf(err); kind == errs.NotFound || kind == errs.Invalid {
				return refuse("ref", "suggestion.no_ref")
			}
			return err
		}
	}
	cmd := demand.Command{Key: c.Key, Version: c.Version, Note: c.Words, Extra: fmt.Sprint(c.On, c.Link, c.Ref)}
	_, err = s.o.Demand.ConcludeSuggestion(ctx, actor, c.Number, cmd, func(ctx context.Context, tx *sqldb.Tx, d *demand.Demand, now time.Time) error {
		x, err := byDemand(ctx, tx, d.ID)
		if err != nil {
			return errs.Wrap(err, errs.Conflict, "suggestion.not_adopted")
		}
		if err := x.finish(c, linked, now); err != nil {
			return err
		}
		s.place(x, d)
		return s.put(ctx, tx, actor, "suggestion.finish", x)
	})
	return err
}

// put stores a decision with its audit row.
func (s *Service) put(ctx context.Context, tx *sqldb.Tx, actor auth.Actor, action string, x *Suggestion) error {
	if err := put(ctx, tx, x); err != nil {
		return fmt.Errorf("suggestion: %w", err)
	}
	return s.o.Audit.Append(ctx, tx, audit.Entry{ActorID: actor.ID(), ActorName: actor.Name, Action: action, ObjectKind: "suggestion", ObjectID: x.demandID, UnitID: x.UnitID})
}

// Observe keeps decisions in step with their demand: one that its author asked
// again about, or withdrew, isn't on the list any more.
func (s *Service) Observe(ctx context.Context, tx *sqldb.Tx, d *demand.Demand, events []demand.Event) error {
	if d.Kind != demand.Suggestion {
		return nil
	}
	state := State("")
	for _, e := range events {
		switch e.Step {
		case demand.StepReopened:
			state = Again
		case demand.StepWithdrawn:
			state = Withdrawn
		}
	}
	open := sqldb.Flag(!d.Confined && state == "")
	_, err := tx.ExecContext(ctx, `UPDATE suggestion SET state = CASE WHEN $1 = '' THEN state ELSE $1 END, open = CASE WHEN state IN ('again', 'withdrawn') THEN 0 ELSE $2 END,
		village_id = $3, town_id = $4 WHERE demand_id = $5`, string(state), open, d.VillageID, d.TownID, d.ID)
	if err != nil {
		return fmt.Errorf("suggestion: observe: %w", err)
	}
	return nil
}

// Settle files decisions under the units that their demands are filed under
// since the network changed.
func (s *Service) Settle(ctx context.Context) error {
	return s.o.DB.Write(ctx, func(tx *sqldb.Tx) error {
		_, err := tx.ExecContext(ctx, `UPDATE suggestion SET village_id = d.village_id, town_id = d.town_id FROM demand d
			WHERE d.id = suggestion.demand_id AND (d.village_id <> suggestion.village_id OR d.town_id <> suggestion.town_id)`)
		return err
	})
}

// where is the clause of a filter.
func (s *Service) where(f Filter) (w sqldb.Where) {
	w.Add("open = ?", 1)
	if f.State.Valid() {
		w.Add("state = ?", string(f.State))
	}
	if u := s.o.Tree().ByID(f.UnitID); u != nil {
		switch u.Level {
		case network.City:
		case network.Town:
			w.Add("town_id = ?", u.ID)
		default:
			w.Add("village_id = ?", s.o.Tree().At(u, network.Village).ID)
		}
	}
	for _, word := range terms(f.Text) {
		w.Add("folded LIKE ?", "%"+address.Fold(word)+"%")
	}
	return w
}

// Found counts what a filter leaves of what was decided.
func (s *Service) Found(ctx context.Context, f Filter) (n int, err error) {
	w := s.where(f)
	if err := s.o.DB.Reader().QueryRowContext(ctx, `SELECT COUNT(*) FROM suggestion WHERE `+w.Text(), w.Args...).Scan(&n); err != nil {
		return 0, fmt.Errorf("suggestion: found: %w", err)
	}
	return n, nil
}

// List lists what was decided, what moved last first, from behind a cursor on.
func (s *Service) List(ctx context.Context, f Filter, after []string, limit int) (list []Suggestion, next []string, err error) {
	w := s.where(f)
	if len(after) == 2 {
		at, err := strconv.ParseInt(after[0], 10, 64)
		if err != nil {
			return nil, nil, errs.E(errs.NotFound, "web.bad_cursor")
		}
		w.Add("(moved_at, id) < (?, ?)", at, after[1])
	}
	list, err = many(ctx, s.o.DB.Reader(), w.Text()+` ORDER BY moved_at DESC, id DESC LIMIT `+w.Arg(limit+1), w.Args...)
	if err == nil && len(list) > limit {
		list = list[:limit]
		last := list[limit-1]
		next = []string{strconv.FormatInt(sqldb.Millis(last.MovedAt), 10), last.ID}
	}
	return list, next, err
}

// Href is the page that a link leads to, or "". What was taken back since says so there.
func (s *Service) Href(x *Suggestion) string {
	page := s.o.Links[x.Link].Page
	if page == "" || x.Ref == "" {
		return ""
	}
	return page + url.PathEscape(x.Ref)
}

// FromHistory takes over what was decided on demands that were recorded
// elsewhere, for a city that moves in and for the demo. title puts what was
// suggested into an office's words; it returns "" for what isn't to be shown.
func (s *Service) FromHistory(ctx context.Context, title func(words string) string) (n int, err error) {
	type past struct {
		x     Suggestion
		words string
		state demand.State
	}
	list, err := sqldb.Collect(ctx, s.o.DB.Reader(), func(r *sql.Rows, p *past) error {
		var step demand.Step
		var adopted, at, due int64
		var confined int
		if err := r.Scan(&p.x.demandID, &p.x.Number, &p.words, &p.state, &p.x.UnitID, &p.x.officeDept, &p.x.VillageID, &p.x.TownID, &confined, &due, &step, &at, &p.x.DoneWords, &adopted, &p.x.Reasons); err != nil {
			return err
		}
		p.x.fromPast(p.state, step, sqldb.Time(at), adopted, due)
		p.x.Open = confined == 0 && p.x.State.Valid()
		return nil
	}, `SELECT d.id, d.number, d.text, d.state, d.owner_id, d.owner_dept, d.village_id, d.town_id, d.confined, d.due_at, e.step, e.at, e.text,
			COALESCE(a.at, 0), COALESCE(a.text, '')
		FROM demand d JOIN demand_event e ON e.demand_id = d.id AND e.seq = (SELECT MAX(l.seq) FROM demand_event l WHERE l.demand_id = d.id AND l.step IN ('adopted', 'resolved'))
		LEFT JOIN demand_event a ON a.demand_id = d.id AND a.seq = (SELECT MAX(l.seq) FROM demand_event l WHERE l.demand_id = d.id AND l.step = 'adopted')
		WHERE d.kind = 'suggestion' AND NOT EXISTS (SELECT 1 FROM suggestion x WHERE x.demand_id = d.id) ORDER BY d.id`)
	if err != nil {
		return 0, err
	}
	var rows [][]any
	for i := range list {
		x := &list[i].x
		if x.Title = title(list[i].words); x.Title == "" {
			continue
		}
		if stop, ok := s.o.Demand.StopOf(x.UnitID, x.officeDept); ok {
			x.Office = stop.UnitName
		}
		x.ID, x.Version = sqldb.NewID(), 1
		rows = append(rows, x.values())
	}
	return len(rows), s.o.DB.Write(ctx, func(tx *sqldb.Tx) error {
		return sqldb.InsertMany(ctx, tx, "suggestion", strings.Split(columns, ", "), rows, "")
	})
}

// fromPast reads a state off the last step that mattered.
func (x *Suggestion) fromPast(now demand.State, step demand.Step, at time.Time, adopted, due int64) {
	x.State, x.DecidedAt, x.MovedAt = Declined, at, at
	if adopted > 0 {
		x.State, x.DecidedAt = Done, sqldb.Time(adopted)
	} else {
		x.Reasons, x.DoneWords = x.DoneWords, ""
	}
	if x.State == Done {
		x.Link, x.DoneOn, x.DoneAt = ByWords, at.In(workday.City).Format(time.DateOnly), at
	}
	switch {
	case step == demand.StepAdopted:
		x.State, x.DoneWords, x.DoneOn, x.Link, x.DoneAt = Adopted, "", "", "", time.Time{}
		if due > 0 {
			x.DueOn = sqldb.Time(due).In(workday.City).Format(time.DateOnly)
		}
	case now == demand.Reopened || now.Stage() == demand.Todo:
		x.State = Again
	}
	if now == demand.Withdrawn {
		x.State = Withdrawn
	}
}
