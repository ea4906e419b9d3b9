package team

import (
	"context"
	"database/sql"
	"slices"
	"strings"

	"bilin/internal/auth"
	"bilin/internal/errs"
	"bilin/internal/network"
	"bilin/internal/sqldb"
)

// SetMember takes a person into a team, or changes what they are in it. A team
// has one leader: whoever led it stays as a deputy.
func (s *Service) SetMember(ctx context.Context, actor auth.Actor, cmd SetMember) error {
	if cmd.Grade < Leader || cmd.Grade > Plain {
		return errs.Refuse("grade", "team.no_grade")
	}
	d := deed{"team.set_member", cmd.Key, cmd, actor}
	_, err := s.command(ctx, d, func(tx *sqldb.Tx) (done, error) {
		t, err := s.managed(ctx, tx, actor, cmd.TeamID)
		if err != nil {
			return done{}, err
		}
		if cmd.Grade == Leader {
			_, err = tx.ExecContext(ctx, `UPDATE team_member SET grade = $1 WHERE team_id = $2 AND left_at = 0 AND grade = $3 AND person_id <> $4`,
				int(Deputy), t.ID, int(Leader), cmd.PersonID)
			if err != nil {
				return done{}, err
			}
		}
		out := done{team: t, detail: map[string]any{"person": cmd.PersonID, "grade": cmd.Grade.String()}}
		n, err := changed(tx.ExecContext(ctx, `UPDATE team_member SET grade = $1 WHERE team_id = $2 AND person_id = $3 AND left_at = 0`,
			int(cmd.Grade), t.ID, cmd.PersonID))
		if err != nil || n > 0 {
			return out, err
		}
		return out, s.join(ctx, tx, actor, t, cmd)
	})
	return err
}

// join takes in somebody who isn't in the team yet.
func (s *Service) join(ctx context.Context, tx *sqldb.Tx, actor auth.Actor, t *Team, cmd SetMember) error {
	n, err := countMembers(ctx, tx, t.ID)
	if err != nil {
		return err
	}
	if n >= MaxMembers {
		return errs.E(errs.Conflict, "team.many_members", "max", MaxMembers)
	}
	names, err := network.PersonNames(ctx, tx, []string{cmd.PersonID})
	if err != nil {
		return err
	}
	if _, known := names[cmd.PersonID]; !known {
		return errs.Refuse("person", "team.no_person")
	}
	unitID, err := s.standing(ctx, tx, actor, cmd.PersonID)
	if err != nil {
		return err
	}
	row := memberRow{Member{cmd.PersonID, unitID, t.ID}, cmd.Grade, sqldb.Millis(s.o.Now())}
	return insertMembers(ctx, tx, []memberRow{row})
}

// standing is where a person counts, if the actor may choose people there: at
// one of their posts, where they reported in, or in a team they are in.
func (s *Service) standing(ctx context.Context, q sqldb.Querier, actor auth.Actor, personID string) (string, error) {
	var units []string
	for _, p := range s.tree().PostsOf(personID) {
		units = append(units, p.UnitID)
	}
	unit, err := s.o.People.Home(ctx, q, personID)
	if err != nil {
		return "", err
	}
	if unit != "" {
		units = append(units, unit)
	}
	in, err := memberships(ctx, q, personID)
	if err != nil {
		return "", err
	}
	for _, m := range in {
		units = append(units, m.UnitID)
	}
	for _, unit := range units {
		if s.o.Policy.Can(actor, ActManage, auth.Object{UnitID: unit}) == nil {
			return unit, nil
		}
	}
	return "", errs.Refuse("person", "team.not_yours")
}

// Remove lets a person leave a team. They may leave by themselves.
func (s *Service) Remove(ctx context.Context, actor auth.Actor, cmd Remove) error {
	d := deed{"team.remove_member", cmd.Key, cmd, actor}
	_, err := s.command(ctx, d, func(tx *sqldb.Tx) (done, error) {
		t, err := s.managed(ctx, tx, actor, cmd.TeamID)
		if self := actor.PersonID != "" && actor.PersonID == cmd.PersonID; self && errs.KindOf(err) == errs.Forbidden {
			t, err = readTeam(ctx, tx, cmd.TeamID)
		}
		if err != nil {
			return done{}, err
		}
		n, err := changed(tx.ExecContext(ctx, `UPDATE team_member SET left_at = $1 WHERE team_id = $2 AND person_id = $3 AND left_at = 0`,
			sqldb.Millis(s.o.Now()), t.ID, cmd.PersonID))
		if err == nil && n == 0 {
			err = errs.E(errs.NotFound, "team.no_member")
		}
		return done{team: t, detail: map[string]any{"person": cmd.PersonID}}, err
	})
	return err
}

// mostFound is how many people a search offers.
const mostFound = 20

// Search finds people whom the actor may take into a team by how their name
// begins: those in posts of the actor's units, and those who reported in there.
func (s *Service) Search(ctx context.Context, actor auth.Actor, teamID, name string) ([]Found, error) {
	if _, err := s.managed(ctx, s.o.DB.Reader(), actor, teamID); err != nil {
		return nil, err
	}
	name = strings.Join(strings.Fields(name), "")
	if name == "" {
		return nil, nil
	}
	roots := s.MayManage(actor)
	found := s.inPosts(roots, name)
	if len(found) >= mostFound {
		return found, nil
	}
	var units []string
	if !slices.Contains(roots, s.tree().RootID()) {
		units = s.tree().Within(roots, network.Village)
	}
	others, err := s.o.People.Named(ctx, s.o.DB.Reader(), units, name, mostFound)
	for _, f := range others {
		known := slices.ContainsFunc(found, func(x Found) bool { return x.PersonID == f.PersonID })
		if !known && len(found) < mostFound {
			found = append(found, f)
		}
	}
	return found, err
}

// Already are those of some people who are in a team already.
func (s *Service) Already(ctx context.Context, teamID string, found []Found) (map[string]bool, error) {
	if len(found) == 0 {
		return nil, nil
	}
	var ids []string
	for _, f := range found {
		ids = append(ids, f.PersonID)
	}
	var w sqldb.Where
	w.Add("team_id = ?", teamID)
	w.In("person_id", ids)
	in := map[string]bool{}
	list, err := sqldb.Collect(ctx, s.o.DB.Reader(), func(r *sql.Rows, id *string) error { return r.Scan(id) },
		`SELECT person_id FROM team_member WHERE left_at = 0 AND `+w.Text(), w.Args...)
	for _, id := range list {
		in[id] = true
	}
	return in, err
}

// inPosts finds people by their posts, each once, in the order of the tree.
func (s *Service) inPosts(roots []string, name string) (found []Found) {
	tree, seen := s.tree(), map[string]bool{}
	for _, root := range roots {
		for _, u := range tree.Subtree(tree.ByID(root)) {
			for _, p := range tree.Posts(u.ID) {
				h := p.Serving()
				if h == nil || seen[h.PersonID] || !strings.HasPrefix(h.Name, name) {
					continue
				}
				seen[h.PersonID] = true
				if found = append(found, Found{h.PersonID, h.Name, u.ID}); len(found) == mostFound {
					return found
				}
			}
		}
	}
	return found
}

// ReachOf lets a team's leader and deputies, its home and the village of a
// member open that member's number.
func (s *Service) ReachOf(ctx context.Context, q sqldb.Querier, personID string) (network.Reached, error) {
	var r network.Reached
	in, err := memberships(ctx, q, personID)
	if err != nil || len(in) == 0 {
		return r, err
	}
	var teams []string
	for _, m := range in {
		teams = append(teams, m.TeamID)
		if v := s.villageOf(m.UnitID); v != nil {
			r.UnitIDs = append(r.UnitIDs, v.ID)
		}
	}
	homes, err := unitsOf(ctx, q, teams)
	if err != nil {
		return r, err
	}
	for _, unit := range homes {
		r.UnitIDs = append(r.UnitIDs, unit)
	}
	r.PersonIDs, err = leadersOf(ctx, q, teams)
	return r, err
}

func (s *Service) villageOf(unitID string) *network.Unit {
	tree := s.tree()
	return tree.At(tree.Current(tree.ByID(unitID)), network.Village)
}

// InTeam reports whether somebody is in any team.
func (s *Service) InTeam(ctx context.Context, q sqldb.Querier, personID string) (bool, error) {
	in, err := memberships(ctx, q, personID)
	return len(in) > 0, err
}
