package mediation

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"bilin/internal/audit"
	"bilin/internal/auth"
	"bilin/internal/errs"
	"bilin/internal/network"
	"bilin/internal/once"
	"bilin/internal/sqldb"
	"bilin/internal/ticket"
)

// Offer offers to mediate in the village or town where one lives, which puts it on its list.
func (s *Service) Offer(ctx context.Context, actor auth.Actor, cmd Offer) (Receipt, error) {
	name, errName := text("name", cmd.Name, MaxName, false)
	about, errAbout := text("about", cmd.About, MaxAbout, false)
	if strings.TrimSpace(cmd.About) == "" {
		errAbout = nil
	}
	var errKind error
	if slices.ContainsFunc(cmd.Kinds, func(k Kind) bool { return !k.Valid() }) {
		errKind = errs.Refuse("kinds", "mediation.no_kind")
	}
	household, home, err := s.door(ctx, cmd.DoorCode)
	if err := errs.Gather("mediation.check", errName, errAbout, errKind, err); err != nil {
		return Receipt{}, err
	}
	if len(cmd.Kinds) == 0 {
		cmd.Kinds = Kinds()
	}
	level := network.Village
	if cmd.Town {
		level = network.Town
	}
	unit, key := s.tree().At(home, level), ticket.New()
	m := &Mediator{ID: sqldb.NewID(), UnitID: unit.ID, Name: name, About: about, Kinds: cmd.Kinds, HouseholdID: household, CellID: s.cellOf(home),
		State: Waiting, OfferedAt: s.now(), Version: 1, personID: actor.PersonID, keyHash: ticket.Hash(key)}
	content, err := s.content(unit.ID, household, name, about, cmd.Kinds)
	if err != nil {
		return Receipt{}, err
	}
	made, out := kept{ID: m.ID}, kept{}
	if made.Key, err = s.o.Vault.Seal(ctx, m.ID, key, keyBinding(m.ID)); err != nil {
		return Receipt{}, err
	}
	err = s.o.DB.Write(ctx, func(tx *sqldb.Tx) error {
		out, err = once.Do(ctx, tx, "mediation.offer", cmd.Key, content, s.now(), func() (kept, error) {
			if err := insertMediator(ctx, tx, m); err != nil {
				return made, fmt.Errorf("mediation: offer: %w", err)
			}
			return made, s.listing(ctx, tx, actor, "mediation.offer", m)
		})
		return err
	})
	if err != nil {
		return Receipt{}, err
	}
	return s.receipt(ctx, out)
}

// listing writes the audit row about a place on the list.
func (s *Service) listing(ctx context.Context, tx *sqldb.Tx, actor auth.Actor, action string, m *Mediator) error {
	return s.o.Audit.Append(ctx, tx, audit.Entry{ActorID: actor.ID(), ActorName: actor.Name, Action: action, ObjectKind: "mediator", ObjectID: m.ID, UnitID: m.UnitID})
}

// Decide puts an offer on the list, or takes it off.
func (s *Service) Decide(ctx context.Context, actor auth.Actor, formKey, id string, list bool) error {
	return s.o.DB.Write(ctx, func(tx *sqldb.Tx) error {
		_, err := once.Do(ctx, tx, "mediation.list/"+actor.ID(), formKey, fmt.Sprint(id, list), s.now(), func() (bool, error) {
			m, err := mediatorByID(ctx, tx, id)
			if err != nil {
				return false, err
			}
			if err := s.o.Policy.Can(actor, ActList, auth.Object{UnitID: m.UnitID}); err != nil {
				return false, err
			}
			switch {
			case list && m.State != Waiting, m.State == Left:
				return false, notNow()
			case !list:
				return true, s.leave(ctx, tx, actor, m)
			}
			m.State, m.DecidedAt = Listed, s.now()
			if err := updateMediator(ctx, tx, m); err != nil {
				return false, err
			}
			return true, s.listing(ctx, tx, actor, "mediation.list", m)
		})
		return err
	})
}

// leave takes a mediator off: name, home and key go, and they step aside where they mediate.
func (s *Service) leave(ctx context.Context, tx *sqldb.Tx, actor auth.Actor, m *Mediator) error {
	open, err := cases(ctx, tx, `mediator_id = $1 AND mediator_id <> ''`, m.ID)
	if err != nil {
		return err
	}
	for i := range open {
		c := &open[i]
		if err := c.aside(s.now()); err != nil {
			c.Mediator = "" // what is agreed or over needs nobody
		}
		if err := s.store(ctx, tx, "mediation.aside", c); err != nil {
			return err
		}
	}
	for _, side := range []string{"a_pick", "b_pick"} {
		if _, err := tx.ExecContext(ctx, `UPDATE mediation SET `+side+` = '' WHERE `+side+` = $1`, m.ID); err != nil {
			return err
		}
	}
	m.Name, m.About, m.HouseholdID, m.CellID, m.personID, m.keyHash, m.State, m.DecidedAt = "", "", "", "", "", "", Left, s.now()
	if err := updateMediator(ctx, tx, m); err != nil {
		return err
	}
	if err := s.o.Vault.EraseIn(ctx, tx, ErasedPrefix+"left", s.now(), m.ID); err != nil {
		return err
	}
	return s.listing(ctx, tx, actor, "mediation.leave", m)
}

// byOwnKey loads a mediator with their key.
func byOwnKey(ctx context.Context, q sqldb.Querier, id, key string) (*Mediator, error) {
	m, err := mediatorByID(ctx, q, id)
	if err == nil && (m.State == Left || !ticket.Opens(key, m.keyHash)) {
		err = none()
	}
	return m, err
}

// Leave is a mediator's own word that they no longer mediate.
func (s *Service) Leave(ctx context.Context, id, key, formKey string) error {
	return s.o.DB.Write(ctx, func(tx *sqldb.Tx) error {
		_, err := once.Do(ctx, tx, "mediation.leave/"+id, formKey, ticket.Hash(key), s.now(), func() (bool, error) {
			m, err := byOwnKey(ctx, tx, id, key)
			if err != nil {
				return false, err
			}
			return true, s.leave(ctx, tx, auth.Actor{}, m)
		})
		return err
	})
}

// Desk is what a mediator sees with their key.
type Desk struct {
	Mediator
	Cases []Case // without words
}

// Mine returns a mediator's own page.
func (s *Service) Mine(ctx context.Context, id, key string) (*Desk, error) {
	m, err := byOwnKey(ctx, s.o.DB.Reader(), id, key)
	if err != nil {
		return nil, err
	}
	d := &Desk{Mediator: *m}
	d.Cases, err = cases(ctx, s.o.DB.Reader(), `mediator_id = $1 AND mediator_id <> '' ORDER BY id DESC LIMIT 100`, m.ID)
	return d, err
}

// maxListed bounds a list of mediators.
const maxListed = 100

// Mediators lists who mediates in a unit and what lies over it, up to the town;
// in a town also those of its villages.
func (s *Service) Mediators(ctx context.Context, unitID string) ([]Mediator, error) {
	tree := s.tree()
	u := tree.Current(tree.ByID(unitID))
	if u == nil || u.Level <= network.City {
		return nil, nil
	}
	ids := s.listUnits(u)
	if u.Level == network.Town {
		ids = append(ids, tree.Within([]string{u.ID}, network.Village)...)
	}
	var w sqldb.Where
	w.Add("state = ?", string(Listed))
	w.In("unit_id", ids)
	return mediators(ctx, s.o.DB.Reader(), w.Text()+` ORDER BY unit_id, id LIMIT `+w.Arg(maxListed), w.Args...)
}

// listUnits are the village and town over a unit.
func (s *Service) listUnits(u *network.Unit) (ids []string) {
	for _, p := range s.tree().Path(u) {
		if p.Level == network.Village || p.Level == network.Town {
			ids = append(ids, p.ID)
		}
	}
	return ids
}

// serves reports whether a mediator's unit is one of either side's.
func (s *Service) serves(c *Case, unitID string) bool {
	tree := s.tree()
	for _, side := range []Side{A, B} {
		if slices.Contains(s.listUnits(tree.Current(tree.ByID(c.Unit[side]))), unitID) {
			return true
		}
	}
	return false
}

// candidates are whom the sides of a case can choose.
func (s *Service) candidates(ctx context.Context, q sqldb.Querier, c *Case) ([]Mediator, error) {
	tree := s.tree()
	var ids []string
	for _, side := range []Side{A, B} {
		ids = append(ids, s.listUnits(tree.Current(tree.ByID(c.Unit[side])))...)
	}
	var w sqldb.Where
	w.Add("state = ?", string(Listed))
	w.In("unit_id", ids)
	list, err := mediators(ctx, q, w.Text()+` ORDER BY unit_id DESC, id LIMIT `+w.Arg(maxListed), w.Args...)
	if err != nil {
		return nil, err
	}
	aside, err := asides(ctx, q, c.ID)
	return slices.DeleteFunc(list, func(m Mediator) bool {
		return aside[m.ID] || !slices.Contains(m.Kinds, c.Kind) || s.tooNear(c, &m, m.CellID)
	}), err
}

// tooNear asks the rule, with the cell in which the mediator lives.
func (s *Service) tooNear(c *Case, m *Mediator, cell string) bool {
	h := home{household: m.HouseholdID, cell: cell}
	if m.personID != "" {
		for _, p := range s.tree().PostsOf(m.personID) {
			h.serves = append(h.serves, p.UnitID)
		}
	}
	return mustStepAside(h, []string{c.Household[A], c.Household[B]}, []string{c.Unit[A], c.Unit[B]})
}

// near asks the rule with where the mediator lives today.
func (s *Service) near(ctx context.Context, q sqldb.Querier, c *Case, m *Mediator) (bool, error) {
	unit, err := network.UnitOfHousehold(ctx, q, m.HouseholdID)
	if err != nil && errs.KindOf(err) != errs.NotFound {
		return false, err
	}
	return s.tooNear(c, m, unit), nil
}

// Offers lists who offered in units that the actor lists for: first those who wait.
func (s *Service) Offers(ctx context.Context, actor auth.Actor) ([]Mediator, error) {
	tree := s.tree()
	var ids []string
	for _, root := range s.o.Policy.Scope(actor, ActList) {
		for _, u := range tree.Subtree(tree.ByID(root)) {
			if u.Level == network.Town || u.Level == network.Village {
				ids = append(ids, u.ID)
			}
		}
	}
	if len(ids) == 0 {
		return nil, auth.Denied(actor)
	}
	var w sqldb.Where
	w.Add("state <> ?", string(Left))
	w.In("unit_id", ids)
	return mediators(ctx, s.o.DB.Reader(), w.Text()+` ORDER BY state DESC, id LIMIT `+w.Arg(maxListed), w.Args...)
}

// MayList reports whether the actor has offers to decide on anywhere.
func (s *Service) MayList(actor auth.Actor) bool { return s.o.Policy.May(actor, ActList) }
