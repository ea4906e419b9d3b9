// Package whistle calls departments to a problem on the spot, and keeps who came and what was agreed.
package whistle

import (
	"context"
	_ "embed"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"bilin/internal/auth"
	"bilin/internal/demand"
	"bilin/internal/errs"
	"bilin/internal/i18n"
	"bilin/internal/network"
	"bilin/internal/sqldb"
)

//go:embed messages.json
var raw []byte

// Messages are this package's words.
var Messages = i18n.MustParse(raw)

// Bounds of a call.
const (
	MaxCalled = 8             // departments
	MaxPlace  = 100           // characters of a place or of a name
	AnswerIn  = 2 * time.Hour // working time for a department's answer
)

// State is what a department answered.
type State string

// The answers.
const (
	Called State = "called" // none yet
	Coming State = "coming"
	Cannot State = "cannot"
)

// Whistle is a call to the spot.
type Whistle struct {
	ID, DemandID, Number string
	UnitID               string      // who called
	Owner                demand.Stop // who has the demand now
	Place                string
	MeetAt, DueAt, At    time.Time // when to meet; by when to answer; when it was blown
	MetAt                time.Time // when what came of it was written down; zero: not yet
	Version              int
	Calls                []Call
}

// Call is one department's part.
type Call struct {
	DepartmentID, Name string
	State              State
	Who                string // coming: who
	Reason             string // cannot: why
	AnsweredAt         time.Time
	Came               string // who came, as the caller wrote it down
}

// Late reports whether the department's answer is overdue.
func (w Whistle) Late(c Call, now time.Time) bool {
	return c.State == Called && w.MetAt.IsZero() && now.After(w.DueAt)
}

// Options are what a Service needs.
type Options struct {
	DB     *sqldb.DB
	Demand *demand.Service
	Tree   func() *network.Tree
	Now    func() time.Time // default time.Now
}

// Service carries out calls.
type Service struct{ o Options }

// New returns the service.
func New(o Options) *Service {
	if o.Now == nil {
		o.Now = time.Now
	}
	return &Service{o}
}

// Blow is a call.
type Blow struct {
	Departments []string
	Place       string
	MeetAt      time.Time
	Command     demand.Command // Note says what for
}

// Blow calls departments to the spot; from then on they help and may read the demand.
func (s *Service) Blow(ctx context.Context, actor auth.Actor, number string, b Blow) (demand.Outcome, error) {
	bad := errs.E(errs.Invalid, "demand.check")
	slices.Sort(b.Departments)
	b.Departments, b.Place = slices.Compact(b.Departments), demand.Clean(b.Place)
	switch {
	case len(b.Departments) == 0 || len(b.Departments) > MaxCalled:
		return demand.Outcome{}, bad.WithField("departments", "whistle.departments_wrong", "max", MaxCalled)
	case b.Place == "" || utf8.RuneCountInString(b.Place) > MaxPlace:
		return demand.Outcome{}, bad.WithField("place", "whistle.place_wrong", "max", MaxPlace)
	case b.MeetAt.Before(s.o.Now()) && b.Command.Key == "" || b.MeetAt.IsZero():
		return demand.Outcome{}, bad.WithField("meet", "whistle.meet_wrong")
	}
	return s.o.Demand.Call(ctx, actor, number, b.Departments, b.Command, func(ctx context.Context, tx *sqldb.Tx, d *demand.Demand, now time.Time) error {
		due := s.o.Demand.Terms().Calendar.Add(now, AnswerIn)
		return insert(ctx, tx, Whistle{ID: sqldb.NewID(), DemandID: d.ID, UnitID: s.caller(actor, d.UnitID), Place: b.Place, MeetAt: b.MeetAt, DueAt: due, At: now}, b.Departments)
	})
}

// caller is the actor's village or else town office that the demand's unit lies in.
func (s *Service) caller(actor auth.Actor, unitID string) string {
	tree := s.o.Tree()
	for _, role := range []auth.Role{auth.VillageOfficial, auth.TownOfficial} {
		for _, g := range actor.Grants {
			if g.Role == role && tree.Contains(g.UnitID, unitID) {
				return g.UnitID
			}
		}
	}
	return ""
}

// writers are the posts that have demands and so may write down what came of a call.
var writers = []auth.Role{auth.Lead, auth.GroupLead, auth.AreaLead, auth.VillageOfficial, auth.TownOfficial, auth.Department, auth.CityOffice}

// MayWrite reports whether the actor may write down what came of a call: the
// office that called, or whoever has the demand now.
func (w Whistle) MayWrite(actor auth.Actor) bool { return mayWrite(actor, w.UnitID, w.Owner) }

func mayWrite(actor auth.Actor, callerID string, owner demand.Stop) bool {
	return slices.ContainsFunc(actor.Grants, func(g auth.Grant) bool {
		switch g.Role {
		case auth.VillageOfficial, auth.TownOfficial:
			return g.UnitID == callerID || g.UnitID == owner.UnitID
		}
		return slices.Contains(writers, g.Role) && g.UnitID == owner.UnitID && g.DepartmentID == owner.DepartmentID
	})
}

// Answer is what a department says to a call.
type Answer struct {
	DepartmentID string
	Coming       bool
	Who          string // coming: who and when
	Command      demand.Command
}

// Answer says whether the department comes; Note is the reason if it can't.
func (s *Service) Answer(ctx context.Context, actor auth.Actor, id string, a Answer) (demand.Outcome, error) {
	w, err := s.Get(ctx, actor, id)
	if err != nil {
		return demand.Outcome{}, err
	}
	i := slices.IndexFunc(w.Calls, func(c Call) bool { return c.DepartmentID == a.DepartmentID })
	serves := slices.ContainsFunc(actor.Grants, func(g auth.Grant) bool { return g.DepartmentID == a.DepartmentID && g.Role == auth.Department })
	if i < 0 || a.DepartmentID == "" || !serves {
		return demand.Outcome{}, errs.E(errs.Forbidden, "whistle.not_called")
	}
	state, text := Coming, demand.Clean(a.Who)
	if !a.Coming {
		state, text = Cannot, demand.Clean(a.Command.Note)
	}
	if text == "" {
		field := map[bool]string{true: "who", false: "note"}[a.Coming]
		return demand.Outcome{}, errs.E(errs.Invalid, "demand.check").WithField(field, "whistle."+string(state)+"_missing")
	}
	cmd := a.Command
	cmd.Note, cmd.Version, cmd.Extra = text, 0, id+fmt.Sprint(a.Coming)
	to := demand.Stop{UnitID: s.o.Tree().RootID(), UnitName: w.Calls[i].Name, DepartmentID: a.DepartmentID, Role: auth.Department}
	return s.o.Demand.Record(ctx, actor, w.Number, demand.StepReported, to, cmd, func(ctx context.Context, tx *sqldb.Tx, _ *demand.Demand, now time.Time) error {
		return answer(ctx, tx, w.ID, a.DepartmentID, state, text, now)
	})
}

// Met is what came of a call.
type Met struct {
	Came    map[string]string // who came, by department; empty: nobody
	Version int               // of the whistle, as shown
	Command demand.Command    // Note says who does what by when
}

// Met writes down who came and what was agreed; it is for who called, or has the demand.
func (s *Service) Met(ctx context.Context, actor auth.Actor, id string, m Met) (demand.Outcome, error) {
	w, err := s.Get(ctx, actor, id)
	if err != nil {
		return demand.Outcome{}, err
	}
	var came []string
	for _, c := range w.Calls {
		if who := demand.Clean(m.Came[c.DepartmentID]); who != "" {
			came = append(came, c.Name+" "+who)
		}
	}
	cmd := m.Command
	cmd.Version, cmd.Extra = 0, id+fmt.Sprint(m.Came)
	if cmd.Note = demand.Clean(cmd.Note); cmd.Note != "" && len(came) > 0 {
		cmd.Note = strings.Join(came, "、") + "\n" + cmd.Note
	}
	return s.o.Demand.Record(ctx, actor, w.Number, demand.StepAgreed, demand.Stop{}, cmd, func(ctx context.Context, tx *sqldb.Tx, d *demand.Demand, now time.Time) error {
		if !mayWrite(actor, w.UnitID, d.Owner()) {
			return errs.E(errs.Forbidden, "whistle.callers_only")
		}
		return met(ctx, tx, w, m, now)
	})
}

// Get returns a call to somebody who may read its demand.
func (s *Service) Get(ctx context.Context, actor auth.Actor, id string) (Whistle, error) {
	list, err := s.list(ctx, `w.id = $1`, id)
	if err != nil {
		return Whistle{}, err
	}
	if len(list) == 0 {
		return Whistle{}, errs.E(errs.NotFound, "whistle.none")
	}
	if _, err := s.o.Demand.Get(ctx, actor, list[0].Number); err != nil {
		return Whistle{}, err
	}
	return list[0], nil
}

// Of returns the calls of a demand that somebody was given to read, oldest first.
func (s *Service) Of(ctx context.Context, f *demand.File) ([]Whistle, error) {
	return s.list(ctx, `w.demand_id = $1`, f.ID)
}

// Open returns the calls without an outcome that the actor's offices blew or
// that their departments were called by, oldest first and at most limit of
// them; all of the city's for the city office.
func (s *Service) Open(ctx context.Context, actor auth.Actor, limit int) ([]Whistle, error) {
	where, args, err := concerning(actor)
	if err != nil {
		return nil, err
	}
	return s.list(ctx, fmt.Sprintf(`w.id IN (SELECT w.id FROM demand_whistle w WHERE %s ORDER BY w.at, w.id LIMIT %d)`, where, limit), args...)
}

// CountOpen counts them.
func (s *Service) CountOpen(ctx context.Context, actor auth.Actor) (n int, err error) {
	where, args, err := concerning(actor)
	if err != nil {
		return 0, err
	}
	err = s.o.DB.Reader().QueryRowContext(ctx, `SELECT COUNT(*) FROM demand_whistle w WHERE `+where, args...).Scan(&n)
	if err != nil {
		return 0, fmt.Errorf("whistle: count: %w", err)
	}
	return n, nil
}

// concerning is the condition for the open calls that concern the actor, of
// demands that aren't over and aren't about them.
func concerning(actor auth.Actor) (where string, args []any, err error) {
	var w sqldb.Where
	w.Add(`w.met_at = 0`)
	w.Add(`EXISTS (SELECT 1 FROM demand d WHERE d.id = w.demand_id AND d.stage < 2 AND (d.about_id = '' OR d.about_id <> ?))`, actor.PersonID)
	if actor.Has(auth.CityOffice) {
		return w.Text(), w.Args, nil
	}
	var either []string
	for _, g := range actor.Grants {
		switch g.Role {
		case auth.Department:
			either = append(either, `w.id IN (SELECT whistle_id FROM demand_whistle_call WHERE dept_id = `+w.Arg(g.DepartmentID)+`)`)
		case auth.VillageOfficial, auth.TownOfficial:
			either = append(either, `w.unit_id = `+w.Arg(g.UnitID))
		}
	}
	if len(either) == 0 {
		return `1 = 0`, nil, nil
	}
	w.Add(`(` + strings.Join(either, " OR ") + `)`)
	return w.Text(), w.Args, nil
}
