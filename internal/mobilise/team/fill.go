package team

import (
	"context"
	"fmt"
	"slices"
	"time"

	"bilin/internal/audit"
	"bilin/internal/auth"
	"bilin/internal/sqldb"
)

// NewTeam is a team to store with all it has: for the demo city, and for a
// city that brings its teams along. Missing ids are made.
type NewTeam struct {
	ID, Name  string
	Kind      Kind
	UnitID    string
	CreatedAt time.Time
	Members   []NewMember
	Equipment []Equipment // ids and the team's are filled in
	Channel   string      // of its group; may be empty
}

// NewMember is a member of a NewTeam. Whether there is such a person is the
// caller's business.
type NewMember struct {
	PersonID, UnitID string
	Grade            Grade
}

// teamsAtOnce is how many teams share a transaction.
const teamsAtOnce = 50

// Fill stores teams in bulk, for a System actor. Each chunk goes in whole.
func (s *Service) Fill(ctx context.Context, actor auth.Actor, teams []NewTeam) error {
	if !actor.System {
		return auth.Denied(actor)
	}
	for part := range slices.Chunk(teams, teamsAtOnce) {
		if err := s.o.DB.Write(ctx, func(tx *sqldb.Tx) error { return s.fill(ctx, tx, actor, part) }); err != nil {
			return fmt.Errorf("team: fill: %w", err)
		}
	}
	return nil
}

func (s *Service) fill(ctx context.Context, tx *sqldb.Tx, actor auth.Actor, part []NewTeam) error {
	var teams []*Team
	var members []memberRow
	var things []Equipment
	sealed := map[string]string{}
	for i := range part {
		n := &part[i]
		t, err := s.fresh(n)
		if err != nil {
			return err
		}
		teams = append(teams, t)
		if sealed[t.ID], err = s.o.Seal.Seal(n.Channel, channelBinding(t.ID)); err != nil {
			return err
		}
		for _, m := range n.Members {
			members = append(members, memberRow{Member{m.PersonID, m.UnitID, t.ID}, m.Grade, sqldb.MillisOrZero(t.CreatedAt)})
		}
		for _, e := range n.Equipment {
			e.ID, e.TeamID = sqldb.NewID(), t.ID
			things = append(things, e)
		}
	}
	if err := insertTeams(ctx, tx, teams); err != nil {
		return err
	}
	if err := insertMembers(ctx, tx, members); err != nil {
		return err
	}
	if err := insertEquipment(ctx, tx, things); err != nil {
		return err
	}
	for id, channel := range sealed {
		if channel == "" {
			continue
		}
		if _, err := tx.ExecContext(ctx, `UPDATE team SET channel = $1 WHERE id = $2`, channel, id); err != nil {
			return err
		}
	}
	return s.o.Audit.Append(ctx, tx, audit.Entry{ActorID: actor.ID(), ActorName: actor.Name, Action: "team.fill", ObjectKind: "team",
		UnitID: s.tree().RootID(), Detail: map[string]any{"teams": len(teams), "people": len(members)}})
}

// fresh checks a team to be stored as a form's would be.
func (s *Service) fresh(n *NewTeam) (*Team, error) {
	put, err := Put{Name: n.Name, Kind: n.Kind}.check()
	if err != nil {
		return nil, err
	}
	if err := home(s.tree().ByID(n.UnitID)); err != nil {
		return nil, err
	}
	t := &Team{ID: n.ID, Name: put.Name, Kind: put.Kind, UnitID: n.UnitID, CreatedAt: n.CreatedAt, Version: 1}
	if t.ID == "" {
		t.ID = sqldb.NewID()
	}
	if t.CreatedAt.IsZero() {
		t.CreatedAt = s.o.Now()
	}
	return t, nil
}

// Absence is that somebody said they are away.
type Absence struct{ PersonID, From, To string }

// FillAways stores absences in bulk, for a System actor.
func (s *Service) FillAways(ctx context.Context, actor auth.Actor, list []Absence) error {
	if !actor.System {
		return auth.Denied(actor)
	}
	rows := make([][]any, len(list))
	for i, x := range list {
		if err := (SayAway{From: x.From, To: x.To}).check(s.today()); err != nil {
			return fmt.Errorf("team: fill: %w", err)
		}
		rows[i] = []any{sqldb.NewID(), x.PersonID, x.From, x.To}
	}
	return s.o.DB.Write(ctx, func(tx *sqldb.Tx) error {
		return sqldb.InsertMany(ctx, tx, "person_away", []string{"id", "person_id", "from_day", "to_day"}, rows, "")
	})
}
