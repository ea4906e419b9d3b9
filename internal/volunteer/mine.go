package volunteer

import (
	"context"
	"slices"
	"time"

	"bilin/internal/audit"
	"bilin/internal/auth"
	"bilin/internal/errs"
	"bilin/internal/network"
	"bilin/internal/once"
	"bilin/internal/sqldb"
	"bilin/internal/ticket"
)

// ByKey returns a report-in to whoever has its key.
func (s *Service) ByKey(ctx context.Context, id, key string) (*Volunteer, error) {
	return byKey(ctx, s.o.DB.Reader(), id, key)
}

// ByKeyIn is ByKey within a command of another part of this slice.
func (s *Service) ByKeyIn(ctx context.Context, q sqldb.Querier, id, key string) (*Volunteer, error) {
	return byKey(ctx, q, id, key)
}

// Standing returns those of the report-ins that stand, by id.
func (s *Service) Standing(ctx context.Context, q sqldb.Querier, ids []string) (map[string]*Volunteer, error) {
	w := sqldb.Where{}
	w.Add(`v.state = 'active'`)
	w.In("v.id", ids)
	list, err := read(ctx, q, w.Text(), w.Args...)
	out := make(map[string]*Volunteer, len(list))
	for _, v := range list {
		out[v.ID] = v
	}
	return out, err
}

// Everybody returns all report-ins that stand, in the order of their ids: for a
// System actor.
func (s *Service) Everybody(ctx context.Context, actor auth.Actor) ([]*Volunteer, error) {
	if !actor.System {
		return nil, auth.Denied(actor)
	}
	return read(ctx, s.o.DB.Reader(), `v.state = 'active' ORDER BY v.id`)
}

// byKey doesn't tell a wrong key from an id there isn't.
func byKey(ctx context.Context, q sqldb.Querier, id, key string) (*Volunteer, error) {
	v, err := readOne(ctx, q, id)
	if err != nil {
		return nil, err
	}
	if !ticket.Opens(key, v.keyHash) {
		return nil, errs.E(errs.NotFound, "volunteer.none")
	}
	return v, nil
}

// Read is that somebody opened one's number, and what for.
type Read struct {
	At           time.Time
	Who, Purpose string
}

const mostReads = 20

// Reads tells whoever has the key, and acts for the person, who opened their
// number, the latest first.
func (s *Service) Reads(ctx context.Context, v *Volunteer) ([]Read, error) {
	if !v.ActsFor(auth.From(ctx)) {
		return nil, nil
	}
	var out []Read
	for _, f := range []audit.Filter{
		{Action: actReadPhone, ObjectKind: "volunteer", ObjectID: v.ID},
		{Action: string(network.ActReadPhone), ObjectKind: network.PhoneOfPerson, ObjectID: v.PersonID},
	} {
		if f.ObjectID == "" {
			continue
		}
		page, err := s.o.Audit.Page(ctx, f, "", mostReads)
		if err != nil {
			return nil, err
		}
		for _, r := range page.Records {
			out = append(out, Read{r.At, r.ActorName, r.Purpose})
		}
	}
	slices.SortStableFunc(out, func(a, b Read) int { return b.At.Compare(a.At) })
	return out[:min(len(out), mostReads)], nil
}

// keyed runs a command of whoever has the key, once per form.
func (s *Service) keyed(ctx context.Context, name, id, key, form string, request any, do func(tx *sqldb.Tx, v *Volunteer) error) error {
	return s.o.DB.Write(ctx, func(tx *sqldb.Tx) error {
		v, err := byKey(ctx, tx, id, key)
		if err != nil {
			return err
		}
		_, err = once.Do(ctx, tx, name+"/"+v.ID, form, request, s.o.Now(), func() (bool, error) { return true, do(tx, v) })
		return err
	})
}

// Change replaces what somebody offers, with the key.
func (s *Service) Change(ctx context.Context, id, key string, cmd Change) error {
	offer, err := cmd.Offer.check()
	if err != nil {
		return err
	}
	return s.keyed(ctx, "volunteer.change", id, key, cmd.Key, cmd, func(tx *sqldb.Tx, v *Volunteer) error {
		if err := v.MayAct(auth.From(ctx)); err != nil {
			return err
		}
		if err := v.shown(cmd.Version); err != nil {
			return err
		}
		if err := v.Change(offer); err != nil {
			return err
		}
		if err := update(ctx, tx, v); err != nil {
			return err
		}
		if v.State == Active {
			if err := dropSkills(ctx, tx, v.PersonID); err != nil {
				return err
			}
			if err := addSkills(ctx, tx, v.PersonID, v.UnitID, offer.Skills); err != nil {
				return err
			}
		}
		return s.finish(ctx, tx, auth.From(ctx), "volunteer.change", v)
	})
}

// Withdraw ends a report-in with its key, and erases what was told. What the
// registry knew of the person before stays, unless they ask themselves.
func (s *Service) Withdraw(ctx context.Context, id, key, form string) error {
	return s.keyed(ctx, "volunteer.withdraw", id, key, form, id, func(tx *sqldb.Tx, v *Volunteer) error {
		if v.ActsFor(auth.From(ctx)) {
			return s.leave(ctx, tx, auth.From(ctx), v)
		}
		return s.takeBack(ctx, tx, v)
	})
}

// takeBack ends a report-in and no more: its skills go with it.
func (s *Service) takeBack(ctx context.Context, tx *sqldb.Tx, v *Volunteer) error {
	skills := v.Skills
	if err := v.Leave(s.o.Now()); err != nil {
		return err
	}
	if err := update(ctx, tx, v); err != nil {
		return err
	}
	if err := dropOnly(ctx, tx, v.PersonID, skills); err != nil {
		return err
	}
	return s.finish(ctx, tx, auth.From(ctx), "volunteer.leave", v)
}

// SetSkills says what the actor can do. Anybody of the network may.
func (s *Service) SetSkills(ctx context.Context, actor auth.Actor, form string, skills []Skill) error {
	if actor.PersonID == "" {
		return auth.Denied(actor)
	}
	offer, err := Offer{Skills: skills}.check()
	if err != nil {
		return err
	}
	return s.o.DB.Write(ctx, func(tx *sqldb.Tx) error {
		_, err := once.Do(ctx, tx, "volunteer.skills/"+actor.PersonID, form, skills, s.o.Now(), func() (bool, error) {
			return true, s.setSkills(ctx, tx, actor, offer.Skills)
		})
		return err
	})
}

func (s *Service) setSkills(ctx context.Context, tx *sqldb.Tx, actor auth.Actor, skills []Skill) error {
	list, err := activeOf(ctx, tx, actor.PersonID)
	if err != nil {
		return err
	}
	for _, v := range list { // what was reported says the same from now on
		v.Skills = skills
		if err := update(ctx, tx, v); err != nil {
			return err
		}
	}
	unit := "" // their posts say where they count
	if len(list) > 0 && len(s.tree().PostsOf(actor.PersonID)) == 0 {
		unit = list[0].UnitID
	}
	if _, err := tx.ExecContext(ctx, `DELETE FROM person_skill WHERE person_id = $1`, actor.PersonID); err != nil {
		return err
	}
	if err := addSkills(ctx, tx, actor.PersonID, unit, skills); err != nil {
		return err
	}
	return s.o.Audit.Append(ctx, tx, audit.Entry{ActorID: actor.ID(), ActorName: actor.Name, Action: "volunteer.skills", ObjectKind: "person", ObjectID: actor.PersonID})
}

// SkillsOf returns what the actor said they can do.
func (s *Service) SkillsOf(ctx context.Context, actor auth.Actor) ([]Skill, error) {
	if actor.PersonID == "" {
		return nil, auth.Denied(actor)
	}
	return skillsOf(ctx, s.o.DB.Reader(), actor.PersonID)
}
