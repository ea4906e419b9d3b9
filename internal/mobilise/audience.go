package mobilise

import (
	"context"
	"slices"
	"time"

	"bilin/internal/auth"
	"bilin/internal/errs"
	"bilin/internal/geo"
	"bilin/internal/network"
)

// Called is somebody an audience calls, and as what.
type Called struct {
	PersonID, UnitID string
	Role             string // a role, AsTeam or AsSkill
	TeamID           string
}

// As what people are called who aren't called for their post.
const (
	AsTeam  = "team"
	AsSkill = "skill"
)

// People are those who can be called beside the holders of posts.
type People interface {
	// Members lists the members of some teams, of all if ids is nil.
	Members(ctx context.Context, ids []string) ([]Called, error)
	// Skilled lists those who reported that they can do one of some things.
	Skilled(ctx context.Context, skills []string) ([]Called, error)
	// TeamUnits says where teams are at home, of all if ids is nil.
	TeamUnits(ctx context.Context, ids []string) (map[string]string, error)
	// AwayOn lists who said that they are unavailable on a day.
	AwayOn(ctx context.Context, at time.Time) (map[string]bool, error)
}

// Count is what an audience comes to.
type Count struct {
	People  int
	Posts   int // of them called for a post, a team, a skill
	Teams   int
	Skilled int
	Away    int // who said that they are unavailable; they are not called
	Twice   int // who belongs to more than one group, and is called once
	Busy    int // who is called by another order that is still open
	Units   int // villages concerned

	UnitID string // the smallest unit that holds them all
	list   []Called
}

// resolve finds out who an audience is now. Nobody outside of what the actor
// may call out is called.
func (s *Service) resolve(ctx context.Context, actor auth.Actor, a Audience) (Count, error) {
	tree := s.o.Network.Tree()
	places, err := s.places(tree, actor, &a)
	if err != nil {
		return Count{}, err
	}
	away, err := s.o.People.AwayOn(ctx, s.o.Now())
	if err != nil {
		return Count{}, err
	}
	g := &gather{tree: tree, places: places, away: away, seen: map[string]bool{}, gone: map[string]bool{}}
	g.posts(a.Roles)
	if err := s.teams(ctx, actor, g, a); err != nil {
		return Count{}, err
	}
	if len(a.Skills) > 0 {
		skilled, err := s.o.People.Skilled(ctx, a.Skills)
		if err != nil {
			return Count{}, err
		}
		for _, c := range skilled {
			if g.inside(c.UnitID) {
				c.Role = AsSkill
				g.call(c, &g.Count.Skilled)
			}
		}
	}
	return g.finish()
}

// places are the tops of the subtrees that an audience names, each within what
// the actor may call out.
func (s *Service) places(tree *network.Tree, actor auth.Actor, a *Audience) ([]*network.Unit, error) {
	if len(a.UnitIDs) > maxAudienceIDs || len(a.TeamIDs) > maxAudienceIDs || len(a.Polygon) > maxPolygon {
		return nil, errs.Refuse("units", "order.audience_large", "max", maxAudienceIDs)
	}
	ids := a.UnitIDs
	if len(a.Polygon) > 2 {
		ids = slices.Concat(ids, villagesIn(tree, a.Polygon))
	}
	var out []*network.Unit
	for _, id := range ids {
		u := tree.ByID(id)
		if u == nil || !u.Active() {
			return nil, errs.Refuse("units", "order.no_unit")
		}
		if err := s.o.Policy.Can(actor, ActIssue, auth.Object{UnitID: id}); err != nil {
			return nil, err
		}
		if !slices.ContainsFunc(out, func(o *network.Unit) bool { return tree.Contains(o.ID, id) }) {
			out = append(slices.DeleteFunc(out, func(o *network.Unit) bool { return tree.Contains(id, o.ID) }), u)
		}
	}
	if len(out) == 0 && (len(a.Roles) > 0 || a.AllTeams || len(a.Skills) > 0) {
		return nil, errs.Refuse("units", "order.no_place")
	}
	if len(a.Roles) == 0 && !a.AllTeams && len(a.TeamIDs) == 0 && len(a.Skills) == 0 {
		return nil, errs.Refuse("who", "order.nobody_chosen")
	}
	return out, nil
}

// villagesIn are the villages whose place on the map lies inside a line.
func villagesIn(tree *network.Tree, line []geo.Point) (ids []string) {
	ring := geo.Ring(line)
	for _, u := range tree.Units(network.Village) {
		if u.Placed && ring.Contains(geo.Point{X: u.Lon, Y: u.Lat}) {
			ids = append(ids, u.ID)
		}
	}
	return ids
}

func (s *Service) teams(ctx context.Context, actor auth.Actor, g *gather, a Audience) error {
	if !a.AllTeams && len(a.TeamIDs) == 0 {
		return nil
	}
	ids := a.TeamIDs
	if a.AllTeams {
		ids = nil
	}
	home, err := s.o.People.TeamUnits(ctx, ids)
	if err != nil {
		return err
	}
	for _, id := range a.TeamIDs {
		if home[id] == "" {
			return errs.Refuse("teams", "order.no_team")
		}
		if err := s.o.Policy.Can(actor, ActIssue, auth.Object{UnitID: home[id]}); err != nil {
			return err
		}
	}
	members, err := s.o.People.Members(ctx, ids)
	if err != nil {
		return err
	}
	for _, m := range members {
		if slices.Contains(a.TeamIDs, m.TeamID) || a.AllTeams && g.inside(home[m.TeamID]) {
			m.Role = AsTeam
			if !g.tree.Contains(home[m.TeamID], m.UnitID) {
				m.UnitID = home[m.TeamID] // who lives elsewhere counts where the team is at home
			}
			g.call(m, &g.Teams)
		}
	}
	return nil
}

// gather puts an audience together.
type gather struct {
	Count
	tree   *network.Tree
	places []*network.Unit
	away   map[string]bool
	seen   map[string]bool
	gone   map[string]bool
}

func (g *gather) inside(unitID string) bool {
	return slices.ContainsFunc(g.places, func(p *network.Unit) bool { return g.tree.Contains(p.ID, unitID) })
}

func (g *gather) posts(roles []auth.Role) {
	if len(roles) == 0 {
		return
	}
	for _, place := range g.places {
		for _, u := range g.tree.Subtree(place) {
			for _, p := range g.tree.Posts(u.ID) {
				if h := p.Serving(); h != nil && slices.Contains(roles, p.Role) {
					g.call(Called{PersonID: h.PersonID, UnitID: u.ID, Role: string(p.Role)}, &g.Posts)
				}
			}
		}
	}
}

// call adds somebody once.
func (g *gather) call(c Called, counter *int) {
	switch {
	case g.away[c.PersonID]:
		g.gone[c.PersonID] = true
	case g.seen[c.PersonID]:
		g.Twice++
	default:
		g.seen[c.PersonID] = true
		*counter++
		g.list = append(g.list, c)
	}
}

func (g *gather) finish() (Count, error) {
	g.People, g.Away = len(g.list), len(g.gone)
	if g.People > MaxPeople {
		return Count{}, errs.E(errs.Invalid, "order.too_many", "max", MaxPeople)
	}
	villages := map[string]bool{}
	var over *network.Unit
	for _, c := range g.list {
		u := g.tree.ByID(c.UnitID)
		villages[villageOf(g.tree, u)] = true
		over = common(g.tree, over, u)
	}
	g.Units = len(villages)
	if over != nil {
		g.UnitID = over.ID
	}
	return g.Count, nil
}

// common is the smallest unit that holds both.
func common(tree *network.Tree, a, b *network.Unit) *network.Unit {
	if a == nil {
		return b
	}
	for b != nil && !tree.Contains(a.ID, b.ID) {
		a = tree.Parent(a)
		if a == nil {
			return tree.Root()
		}
	}
	return a
}

// villageOf is where somebody counts on the map: their village, or the unit
// itself above villages.
func villageOf(tree *network.Tree, u *network.Unit) string {
	if u == nil {
		return tree.RootID()
	}
	if v := tree.At(u, network.Village); v != nil {
		return v.ID
	}
	return u.ID
}
