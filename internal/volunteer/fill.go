package volunteer

import (
	"context"
	"fmt"
	"slices"
	"time"

	"bilin/internal/audit"
	"bilin/internal/auth"
	"bilin/internal/errs"
	"bilin/internal/network"
	"bilin/internal/sqldb"
	"bilin/internal/ticket"
)

// Past is a report-in with what became of it.
type Past struct {
	Report            // Key, DoorCode and For aside
	State      State  // "" is Pending
	PersonID   string // of an active one, who is in the registry already
	Reason     Reason // of a refused one
	ReportedAt time.Time
}

// atOnce is how many rows share a transaction.
const atOnce = 500

// Fill stores report-ins with their past: for the demo city, so only for a
// System actor. Nobody has the keys of these.
func (s *Service) Fill(ctx context.Context, actor auth.Actor, past []Past) error {
	if !actor.System {
		return auth.Denied(actor)
	}
	for part := range slices.Chunk(past, atOnce) {
		list := make([]*Volunteer, len(part))
		for i := range part {
			var err error
			if list[i], err = s.lived(&part[i]); err != nil {
				return fmt.Errorf("volunteer: fill: %w", err)
			}
		}
		if err := s.o.DB.Write(ctx, func(tx *sqldb.Tx) error { return s.fill(ctx, tx, actor, list) }); err != nil {
			return fmt.Errorf("volunteer: fill: %w", err)
		}
	}
	return nil
}

func (s *Service) fill(ctx context.Context, tx *sqldb.Tx, actor auth.Actor, list []*Volunteer) error {
	if err := insert(ctx, tx, list); err != nil {
		return err
	}
	var able []Able
	for _, v := range list {
		if v.State == Active {
			able = append(able, Able{v.PersonID, v.UnitID, v.Skills})
		}
	}
	if err := fillSkills(ctx, tx, able); err != nil {
		return err
	}
	return s.o.Audit.Append(ctx, tx, audit.Entry{ActorID: actor.ID(), ActorName: actor.Name, Action: "volunteer.fill", ObjectKind: "volunteer",
		UnitID: s.tree().RootID(), Detail: map[string]any{"people": len(list)}})
}

// lived makes a report-in and lets it live up to its state.
func (s *Service) lived(p *Past) (*Volunteer, error) {
	cmd, err := p.Report.check()
	if err != nil {
		return nil, err
	}
	_, unit, err := s.lives(context.Background(), Report{UnitCode: cmd.UnitCode})
	if err != nil {
		return nil, err
	}
	v := &Volunteer{ID: sqldb.NewID(), State: Pending, Kind: cmd.Kind, Name: cmd.Name, UnitID: unit.ID, VillageID: s.tree().At(unit, network.Village).ID,
		Offer: cmd.Offer, ReportedAt: p.ReportedAt, Version: 1, phoneIndex: s.o.Seal.Index("phone", cmd.Phone), keyHash: ticket.Hash(ticket.New())}
	if v.phone, err = s.o.Seal.Seal(cmd.Phone, phoneBinding(v.ID)); err != nil {
		return nil, err
	}
	decided := p.ReportedAt.Add(26 * time.Hour)
	switch p.State {
	case Active:
		err = v.Confirm(p.PersonID, decided)
	case Refused:
		err = v.Refuse(p.Reason, decided)
	case Left:
		v.DecidedAt = decided
		err = v.Leave(decided.AddDate(0, 2, 0))
	}
	return v, err
}

// Able is what somebody can do, and where they count.
type Able struct {
	PersonID, UnitID string
	Skills           []Skill
}

// FillSkills notes what people without a report-in can do, for a System actor.
func (s *Service) FillSkills(ctx context.Context, actor auth.Actor, all []Able) error {
	if !actor.System {
		return auth.Denied(actor)
	}
	for part := range slices.Chunk(all, 10*atOnce) {
		if err := s.o.DB.Write(ctx, func(tx *sqldb.Tx) error { return fillSkills(ctx, tx, part) }); err != nil {
			return fmt.Errorf("volunteer: fill skills: %w", err)
		}
	}
	return nil
}

func fillSkills(ctx context.Context, tx *sqldb.Tx, all []Able) error {
	var rows [][]any
	for _, x := range all {
		for _, skill := range x.Skills {
			if !skill.Valid() {
				return errs.Refuse("skills", "volunteer.no_skill")
			}
			rows = append(rows, []any{x.PersonID, string(skill), x.UnitID})
		}
	}
	return sqldb.InsertMany(ctx, tx, "person_skill", []string{"person_id", "skill", "unit_id"}, rows, `ON CONFLICT (person_id, skill) DO NOTHING`)
}
