package team

import (
	"context"
	"database/sql"
	"fmt"
	"slices"

	"bilin/internal/audit"
	"bilin/internal/auth"
	"bilin/internal/network"
	"bilin/internal/sqldb"
)

// sight is which teams somebody sees.
type sight struct {
	all      bool
	units    []string // whose teams, those of units that ended too
	personID string   // and those they are in
}

func (s *Service) sight(actor auth.Actor) sight {
	roots := slices.Concat(s.o.Policy.Scope(actor, ActView), s.near(actor))
	if slices.Contains(roots, s.tree().RootID()) {
		return sight{all: true, personID: actor.PersonID}
	}
	return sight{units: s.tree().Within(roots, network.Village), personID: actor.PersonID}
}

// near are the villages in which the actor is a lead or linked to leads.
func (s *Service) near(actor auth.Actor) (villages []string) {
	for _, g := range actor.Grants {
		if s.o.Policy.Can(auth.Actor{AccountID: actor.AccountID, Grants: []auth.Grant{g}}, ActNear, auth.Object{UnitID: g.UnitID}) != nil {
			continue
		}
		if v := s.villageOf(g.UnitID); v != nil && !slices.Contains(villages, v.ID) {
			villages = append(villages, v.ID)
		}
	}
	return villages
}

// Filter says which of the teams that somebody sees are wanted. The zero value
// is all of them.
type Filter struct {
	Kind   Kind
	UnitID string // at or under it
	Text   string // in the name
	Mine   bool   // those the actor is in
}

// List returns active teams in order of name, after the Cursor of a row or from
// the beginning. It costs four queries.
func (s *Service) List(ctx context.Context, actor auth.Actor, f Filter, after []string, limit int) ([]Row, error) {
	if !s.o.Policy.May(actor, ActSee) {
		return nil, auth.Denied(actor)
	}
	w := sqldb.Where{}
	w.Add(`t.ended_at = 0`)
	s.narrow(&w, s.sight(actor), f)
	if len(after) == 2 {
		w.Add(`(t.name, t.id) > (?, ?)`, after[0], after[1])
	}
	rows, err := sqldb.Collect(ctx, s.o.DB.Reader(), func(r *sql.Rows, x *Row) error { return scanTeam(r.Scan, &x.Team) },
		`SELECT `+teamColumns+` FROM team t WHERE `+w.Text()+` ORDER BY t.name, t.id LIMIT `+w.Arg(limit), w.Args...)
	if err != nil {
		return nil, fmt.Errorf("team: list: %w", err)
	}
	return rows, s.count(ctx, rows)
}

func (s *Service) narrow(w *sqldb.Where, see sight, f Filter) {
	mine := `t.id IN (SELECT m.team_id FROM team_member m WHERE m.left_at = 0 AND m.person_id = `
	switch {
	case f.Mine:
		w.Parts = append(w.Parts, mine+w.Arg(see.personID)+`)`)
	case !see.all:
		w.Parts = append(w.Parts, `(`+w.OneOf("t.unit_id", see.units)+` OR `+mine+w.Arg(see.personID)+`))`)
	}
	if f.Kind != "" {
		w.Add(`t.kind = ?`, string(f.Kind))
	}
	if f.UnitID != "" {
		w.In("t.unit_id", s.tree().Within([]string{f.UnitID}, network.Village))
	}
	if text := fold(f.Text); text != "" {
		w.Add(`t.search LIKE ?`, "%"+text+"%")
	}
}

// count fills in what rows say of people and equipment.
func (s *Service) count(ctx context.Context, rows []Row) error {
	if len(rows) == 0 {
		return nil
	}
	q, ids := s.o.DB.Reader(), make([]string, len(rows))
	for i := range rows {
		ids[i] = rows[i].ID
	}
	people, err := tallies(ctx, q, ids, s.today())
	if err != nil {
		return fmt.Errorf("team: count members: %w", err)
	}
	things, err := stock(ctx, q, ids)
	if err != nil {
		return fmt.Errorf("team: count equipment: %w", err)
	}
	var leaders []string
	for _, t := range people {
		if t.leader != "" {
			leaders = append(leaders, t.leader)
		}
	}
	names, err := network.PersonNames(ctx, q, leaders)
	if err != nil {
		return err
	}
	for i := range rows {
		x, t := &rows[i], people[rows[i].ID]
		x.Members, x.Available, x.LeaderID, x.Leader = t.members, t.members-t.away, t.leader, names[t.leader]
		x.Equipment, x.Broken = things[x.ID][0], things[x.ID][1]
	}
	return nil
}

// May is what the actor may do with a team.
type May struct {
	Manage bool // change it
	Reach  bool // see who is away today, and open numbers
	Names  bool // read everybody's name
	Leave  bool // they are in it
}

// Detail is a team as its page shows it.
type Detail struct {
	Row
	Things []Equipment
	May    May
}

// Get returns a team that the actor sees.
func (s *Service) Get(ctx context.Context, actor auth.Actor, id string) (*Detail, error) {
	q := s.o.DB.Reader()
	t, err := readTeam(ctx, q, id)
	if err != nil {
		return nil, err
	}
	d := &Detail{Row: Row{Team: *t}}
	if d.May, err = s.may(ctx, q, actor, t); err != nil {
		return nil, err
	}
	rows := []Row{d.Row}
	if err := s.count(ctx, rows); err != nil {
		return nil, err
	}
	d.Row = rows[0]
	d.Things, err = readEquipment(ctx, q, id)
	return d, err
}

// may says what the actor may do with a team; an error if not even see it.
func (s *Service) may(ctx context.Context, q sqldb.Querier, actor auth.Actor, t *Team) (May, error) {
	over := s.o.Policy.Can(actor, ActManage, auth.Object{UnitID: t.UnitID}) == nil
	in, err := memberships(ctx, q, actor.PersonID)
	if err != nil {
		return May{}, err
	}
	member := actor.PersonID != "" && slices.ContainsFunc(in, func(m Member) bool { return m.TeamID == t.ID })
	may := May{Manage: over && !t.Over(), Reach: over, Names: over || member, Leave: member}
	if over {
		return may, nil
	}
	if member {
		leaders, err := leadersOf(ctx, q, []string{t.ID})
		may.Reach = slices.Contains(leaders, actor.PersonID)
		return may, err
	}
	see := s.sight(actor)
	if see.all || slices.Contains(see.units, t.UnitID) {
		return may, nil
	}
	return may, auth.Denied(actor)
}

// Listed returns a team's members, its leader first, after the Cursor of one or
// from the beginning. Those who only read the team see masked names of all but
// the leader and deputies.
func (s *Service) Listed(ctx context.Context, actor auth.Actor, teamID string, after []string, limit int) ([]Listed, error) {
	q := s.o.DB.Reader()
	t, err := readTeam(ctx, q, teamID)
	if err != nil {
		return nil, err
	}
	may, err := s.may(ctx, q, actor, t)
	if err != nil {
		return nil, err
	}
	from, err := readCursor(after)
	if err != nil {
		return nil, err
	}
	list, err := readListed(ctx, q, t.ID, from, limit)
	if err != nil {
		return nil, fmt.Errorf("team: members: %w", err)
	}
	return list, s.name(ctx, q, may, list)
}

// OneListed returns one member of a team.
func (s *Service) OneListed(ctx context.Context, actor auth.Actor, teamID, personID string) (Listed, error) {
	q := s.o.DB.Reader()
	t, err := readTeam(ctx, q, teamID)
	if err != nil {
		return Listed{}, err
	}
	may, err := s.may(ctx, q, actor, t)
	if err != nil {
		return Listed{}, err
	}
	one, err := readOneListed(ctx, q, t.ID, personID)
	if err != nil {
		return one, err
	}
	list := []Listed{one}
	err = s.name(ctx, q, may, list)
	return list[0], err
}

// name fills in names, and who is away today for those who may know.
func (s *Service) name(ctx context.Context, q sqldb.Querier, may May, list []Listed) error {
	ids := make([]string, len(list))
	for i := range list {
		ids[i] = list[i].PersonID
	}
	names, err := network.PersonNames(ctx, q, ids)
	if err != nil {
		return err
	}
	away := map[string]bool{}
	if may.Reach {
		if away, err = s.AwayOn(ctx, s.o.Now()); err != nil {
			return err
		}
	}
	for i := range list {
		l := &list[i]
		if l.Name, l.Away = names[l.PersonID], away[l.PersonID]; !may.Names && l.Grade == Plain {
			l.Name = network.MaskName(l.Name)
		}
	}
	return nil
}

// Export returns all members of a team for its list on paper, and records that
// it did. Numbers aren't in it.
func (s *Service) Export(ctx context.Context, actor auth.Actor, teamID string) (*Team, []Listed, error) {
	q := s.o.DB.Reader()
	t, err := s.managed(ctx, q, actor, teamID)
	if err != nil {
		return nil, nil, err
	}
	list, err := readListed(ctx, q, t.ID, place{grade: -1}, MaxMembers)
	if err != nil {
		return nil, nil, err
	}
	if err := s.name(ctx, q, May{Names: true}, list); err != nil {
		return nil, nil, err
	}
	err = s.o.DB.Write(ctx, func(tx *sqldb.Tx) error {
		return s.o.Audit.Append(ctx, tx, audit.Entry{ActorID: actor.ID(), ActorName: actor.Name, Action: "team.export", ObjectKind: "team", ObjectID: t.ID,
			UnitID: t.UnitID, Detail: map[string]any{"people": len(list)}})
	})
	return t, list, err
}

// Members returns all who are in these teams now; in all teams there are if
// teamIDs is nil. It checks no right: it is for the orders that call them.
func (s *Service) Members(ctx context.Context, teamIDs []string) ([]Member, error) {
	return readMembers(ctx, s.o.DB.Reader(), teamIDs)
}

// MembersOf is Members within somebody's transaction.
func MembersOf(ctx context.Context, q sqldb.Querier, teamIDs []string) ([]Member, error) {
	return readMembers(ctx, q, teamIDs)
}

// Units returns whose each team is, of those there are now.
func (s *Service) Units(ctx context.Context) (map[string]string, error) {
	return texts(ctx, s.o.DB.Reader(), `SELECT id, unit_id FROM team WHERE ended_at = 0`)
}

// Names returns what teams are called, those that ended too.
func (s *Service) Names(ctx context.Context, ids []string) (map[string]string, error) {
	out := map[string]string{}
	for part := range slices.Chunk(ids, atOnce) {
		w := sqldb.Where{}
		w.In("id", part)
		found, err := texts(ctx, s.o.DB.Reader(), `SELECT id, name FROM team WHERE `+w.Text(), w.Args...)
		if err != nil {
			return nil, err
		}
		for id, name := range found {
			out[id] = name
		}
	}
	return out, nil
}
