package volunteer

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strconv"

	"bilin/internal/auth"
	"bilin/internal/errs"
	"bilin/internal/network"
	"bilin/internal/plaintext"
	"bilin/internal/sqldb"
)

// Filter says which report-ins are wanted.
type Filter struct {
	State  State  // Pending or Active
	UnitID string // at or under it; "" is all the actor sees
	Kind   Kind
	Skill  Skill
	Name   string // how it begins; of those on whom the actor decides
}

// Cursor says where a list's next page begins.
func (v *Volunteer) Cursor() []string {
	return []string{strconv.FormatInt(v.ReportedAt.UnixMilli(), 10), v.ID}
}

// where is the condition on villages that the actor's scope makes; nothing for
// the whole city.
func (s *Service) where(w *sqldb.Where, actor auth.Actor, action auth.Action, unitID string) {
	roots := s.o.Policy.Scope(actor, action)
	if unitID != "" {
		inside := slices.ContainsFunc(roots, func(root string) bool { return s.tree().Contains(root, unitID) })
		if roots = nil; inside {
			roots = []string{unitID}
		}
	}
	if !slices.Contains(roots, s.tree().RootID()) {
		w.In("v.village_id", s.tree().Within(roots, network.Village))
	}
}

// List returns report-ins, the longest waiting first, after the Cursor of one
// or from the beginning. Names are masked for those who decide on none of them.
func (s *Service) List(ctx context.Context, actor auth.Actor, f Filter, after []string, limit int) ([]*Volunteer, error) {
	if !s.o.Policy.May(actor, ActView) {
		return nil, auth.Denied(actor)
	}
	w := sqldb.Where{}
	w.Add(`v.state = ?`, string(f.State))
	action := ActView
	if name := plaintext.OneLine(f.Name); name != "" {
		action = ActConfirm // who reads no names finds nobody by one
		w.Add(`v.name >= ?`, name)
		w.Add(`v.name < ?`, name+"\U0010FFFF")
	}
	s.where(&w, actor, action, f.UnitID)
	if f.Kind != "" {
		w.Add(`v.kind = ?`, string(f.Kind))
	}
	if f.Skill != "" {
		w.Add(`(',' || v.skills || ',') LIKE ?`, "%,"+string(f.Skill)+",%")
	}
	if len(after) == 2 {
		at, err := strconv.ParseInt(after[0], 10, 64)
		if err != nil {
			return nil, errs.Wrap(err, errs.NotFound, "volunteer.none")
		}
		w.Add(`(v.reported_at, v.id) > (?, ?)`, at, after[1])
	}
	list, err := read(ctx, s.o.DB.Reader(), w.Text()+` ORDER BY v.reported_at, v.id LIMIT `+w.Arg(limit), w.Args...)
	if err != nil {
		return nil, fmt.Errorf("volunteer: list: %w", err)
	}
	if err := markTwins(ctx, s.o.DB.Reader(), list); err != nil {
		return nil, fmt.Errorf("volunteer: twins: %w", err)
	}
	for _, v := range list {
		s.mask(actor, v)
	}
	return list, nil
}

func (s *Service) mask(actor auth.Actor, v *Volunteer) {
	if s.o.Policy.Can(actor, ActConfirm, auth.Object{UnitID: v.VillageID}) != nil {
		v.Name = network.MaskName(v.Name)
	}
}

// Get returns one report-in to those who list it.
func (s *Service) Get(ctx context.Context, actor auth.Actor, id string) (*Volunteer, error) {
	v, err := readOne(ctx, s.o.DB.Reader(), id)
	if err != nil {
		return nil, err
	}
	if err := s.o.Policy.Can(actor, ActView, auth.Object{UnitID: v.VillageID}); err != nil {
		return nil, err
	}
	if err := markTwins(ctx, s.o.DB.Reader(), []*Volunteer{v}); err != nil {
		return nil, err
	}
	s.mask(actor, v)
	return v, nil
}

// MayDecide reports whether the actor confirms and refuses in a village.
func (s *Service) MayDecide(actor auth.Actor, villageID string) bool {
	return s.o.Policy.Can(actor, ActConfirm, auth.Object{UnitID: villageID}) == nil
}

// Tally counts the report-ins that the actor sees by state: those that wait,
// and those that stand.
func (s *Service) Tally(ctx context.Context, actor auth.Actor, unitID string) (map[State]int, error) {
	if !s.o.Policy.May(actor, ActView) {
		return nil, auth.Denied(actor)
	}
	w := sqldb.Where{}
	w.Add(`v.state IN ('pending', 'active')`)
	s.where(&w, actor, ActView, unitID)
	rows, err := s.o.DB.Reader().QueryContext(ctx, `SELECT v.state, count(*) FROM volunteer v WHERE `+w.Text()+` GROUP BY v.state`, w.Args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	out := map[State]int{}
	for rows.Next() {
		var state State
		var n int
		if err := rows.Scan(&state, &n); err != nil {
			return nil, err
		}
		out[state] = n
	}
	return out, rows.Err()
}

// Waiting counts those that wait for the actor's decision.
func (s *Service) Waiting(ctx context.Context, actor auth.Actor) (int, error) {
	if !s.o.Policy.May(actor, ActConfirm) {
		return 0, nil
	}
	n, err := s.Tally(ctx, actor, "")
	return n[Pending], err
}

// Skilled returns everybody who can do any of these, each once, and where they
// count: by their post, or where they live. It checks no right: it is for the
// orders that call them.
func (s *Service) Skilled(ctx context.Context, skills []string) ([]Skilled, error) {
	if len(skills) == 0 {
		return nil, nil
	}
	w := sqldb.Where{}
	w.In("skill", skills)
	seen := map[string]bool{}
	var out []Skilled
	err := s.eachSkill(ctx, `SELECT person_id, skill, unit_id FROM person_skill WHERE `+w.Text()+` ORDER BY person_id, skill`, w.Args,
		func(personID string, _ Skill, unitID string) {
			if !seen[personID] {
				seen[personID] = true
				out = append(out, Skilled{personID, unitID})
			}
		})
	return out, err
}

// eachSkill calls fn for every row whose person counts somewhere in the city.
func (s *Service) eachSkill(ctx context.Context, query string, args []any, fn func(personID string, skill Skill, unitID string)) error {
	tree := s.tree()
	type row struct {
		person, unit string
		skill        Skill
	}
	rows, err := sqldb.Collect(ctx, s.o.DB.Reader(), func(r *sql.Rows, x *row) error { return r.Scan(&x.person, &x.skill, &x.unit) }, query, args...)
	if err != nil {
		return fmt.Errorf("volunteer: skills: %w", err)
	}
	for _, x := range rows {
		if posts := tree.PostsOf(x.person); len(posts) > 0 {
			x.unit = posts[0].UnitID
		}
		if u := tree.Current(tree.ByID(x.unit)); u != nil {
			fn(x.person, x.skill, u.ID)
		}
	}
	return nil
}

// Count counts who can do what at or under any of the units; in the whole city
// if there are none.
func (s *Service) Count(ctx context.Context, unitIDs []string) (map[Skill]int, error) {
	tree, out := s.tree(), map[Skill]int{}
	err := s.eachSkill(ctx, `SELECT person_id, skill, unit_id FROM person_skill`, nil, func(_ string, skill Skill, unitID string) {
		in := func(root string) bool { return tree.Contains(root, unitID) }
		if len(unitIDs) == 0 || slices.ContainsFunc(unitIDs, in) {
			out[skill]++
		}
	})
	return out, err
}

// Person is somebody of the registry who reported in.
type Person struct{ ID, Name, UnitID string }

// Named finds people who reported in by how their name begins: in villages, or
// anywhere if villageIDs is nil. The caller checks who may ask.
func (s *Service) Named(ctx context.Context, q sqldb.Querier, villageIDs []string, name string, limit int) ([]Person, error) {
	w := sqldb.Where{}
	w.Add(`v.state = 'active'`)
	w.Add(`v.name >= ?`, name)
	w.Add(`v.name < ?`, name+"\U0010FFFF")
	if villageIDs != nil {
		w.In("v.village_id", villageIDs)
	}
	return sqldb.Collect(ctx, q, func(r *sql.Rows, p *Person) error { return r.Scan(&p.ID, &p.Name, &p.UnitID) },
		`SELECT v.person_id, v.name, v.unit_id FROM volunteer v WHERE `+w.Text()+` ORDER BY v.name, v.id LIMIT `+w.Arg(limit), w.Args...)
}

// Home is where somebody who reported in lives, "" for anybody else.
func (s *Service) Home(ctx context.Context, q sqldb.Querier, personID string) (string, error) {
	list, err := activeOf(ctx, q, personID)
	if err != nil || len(list) == 0 {
		return "", err
	}
	return list[len(list)-1].UnitID, nil
}
