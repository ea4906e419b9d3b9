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

// Decide is an official's yes to an offer, of which it takes two, or takes it off
// the list. It reports whether the name is on the list now.
func (s *Service) Decide(ctx context.Context, actor auth.Actor, formKey, id string, list bool) (listed bool, err error) {
	err = s.o.DB.Write(ctx, func(tx *sqldb.Tx) error {
		listed, err = once.Do(ctx, tx, "mediation.list/"+actor.ID(), formKey, fmt.Sprint(id, list), s.now(), func() (bool, error) {
			m, err := mediatorByID(ctx, tx, id)
			if err != nil {
				return false, err
			}
			over, err := s.over(actor, m, list)
			switch {
			case err != nil:
				return false, err
			case !list && m.State == Left:
				return false, notNow()
			case !list:
				return false, s.leave(ctx, tx, actor, m)
			}
			return s.agree(ctx, tx, actor, m, over)
		})
		return err
	})
	return listed, err
}

// over reports whether the actor answers for the unit that a mediator is to be
// listed in. To say yes it is enough to answer for where they live.
func (s *Service) over(actor auth.Actor, m *Mediator, yes bool) (bool, error) {
	err := s.o.Policy.Can(actor, ActList, auth.Object{UnitID: m.UnitID})
	if err != nil && yes && m.CellID != "" {
		return false, s.o.Policy.Can(actor, ActList, auth.Object{UnitID: m.CellID})
	}
	return err == nil, err
}

func (s *Service) agree(ctx context.Context, tx *sqldb.Tx, actor auth.Actor, m *Mediator, over bool) (listed bool, err error) {
	home, err := network.PeopleOfHome(ctx, tx, m.HouseholdID)
	if err != nil {
		return false, err
	}
	if err := m.agree(actor.PersonID, slices.Contains(home, actor.PersonID), over, s.now()); err != nil {
		return false, err
	}
	if err := updateMediator(ctx, tx, m); err != nil {
		return false, err
	}
	action := "mediation.check"
	if m.State == Listed {
		action = "mediation.list"
	}
	return m.State == Listed, s.listing(ctx, tx, actor, action, m)
}

// leave takes a mediator off: name, home and key go, and they step aside where they mediate.
func (s *Service) leave(ctx context.Context, tx *sqldb.Tx, actor auth.Actor, m *Mediator) error {
	open, err := cases(ctx, tx, `mediator_id = $1 AND mediator_id <> ''`, m.ID)
	if err != nil {
		return err
	}
	for i := range open {
		c := &open[i]
		by := M
		if err := c.aside(s.now()); err != nil {
			c.Mediator, by = "", silent // what is agreed or over needs nobody
		}
		if err := s.store(ctx, tx, "mediation.aside", c, by); err != nil {
			return err
		}
	}
	for _, side := range []string{"a_pick", "b_pick"} {
		if _, err := tx.ExecContext(ctx, `UPDATE mediation SET `+side+` = '' WHERE `+side+` = $1`, m.ID); err != nil {
			return err
		}
	}
	m.Name, m.About, m.HouseholdID, m.CellID, m.personID, m.keyHash, m.State, m.DecidedAt = "", "", "", "", "", "", Left, s.now()
	m.checkedBy = ""
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
	if err != nil {
		return nil, err
	}
	around, err := s.around(ctx, q, c)
	return slices.DeleteFunc(list, func(m Mediator) bool {
		return aside[m.ID] || !slices.Contains(m.Kinds, c.Kind) || around.tooNear(&m, m.CellID)
	}), err
}

// around is the circle of a case's sides.
func (s *Service) around(ctx context.Context, q sqldb.Querier, c *Case) (circle, error) {
	out := circle{households: []string{c.Household[A], c.Household[B]}, cells: []string{c.Unit[A], c.Unit[B]}}
	var ids []string
	for _, cell := range out.cells {
		for _, p := range s.tree().Posts(cell) {
			for _, h := range []*network.Holder{p.Holder, p.StandIn} {
				if h != nil {
					ids, out.holders = append(ids, h.PersonID), append(out.holders, holder{person: h.PersonID, name: h.Name})
				}
			}
		}
	}
	homes, err := network.HomesOfPeople(ctx, q, ids)
	for i := range out.holders {
		out.holders[i].household = homes[out.holders[i].person]
	}
	return out, err
}

// near asks the rule with where the mediator lives today.
func (s *Service) near(ctx context.Context, q sqldb.Querier, c *Case, m *Mediator) (bool, error) {
	unit, err := network.UnitOfHousehold(ctx, q, m.HouseholdID)
	if err != nil && errs.KindOf(err) != errs.NotFound {
		return false, err
	}
	around, err := s.around(ctx, q, c)
	return around.tooNear(m, unit), err
}

// Offers lists who offered in units that the actor lists for, or lives there and
// offered to the town: first those who wait.
func (s *Service) Offers(ctx context.Context, actor auth.Actor) ([]Offered, error) {
	tree := s.tree()
	var ids []string
	for _, root := range s.o.Policy.Scope(actor, ActList) {
		for _, u := range tree.Subtree(tree.ByID(root)) {
			if u.Level == network.Town || u.Level == network.Village {
				ids = append(ids, u.ID)
			}
		}
		if town := tree.At(tree.ByID(root), network.Town); town != nil && !slices.Contains(ids, town.ID) {
			ids = append(ids, town.ID)
		}
	}
	if len(ids) == 0 {
		return nil, auth.Denied(actor)
	}
	var w sqldb.Where
	w.Add("state <> ?", string(Left))
	w.In("unit_id", ids)
	list, err := mediators(ctx, s.o.DB.Reader(), w.Text()+` ORDER BY state DESC, id LIMIT `+w.Arg(maxListed), w.Args...)
	var out []Offered
	for i := range list {
		m := &list[i]
		over, errOver := s.over(actor, m, m.State == Waiting)
		if errOver == nil {
			out = append(out, Offered{Mediator: *m, Over: over, Checked: m.checkedBy != "", Mine: actor.PersonID != "" && (m.checkedBy == actor.PersonID || m.personID == actor.PersonID)})
		}
	}
	return out, err
}

// MayList reports whether the actor has offers to decide on anywhere.
func (s *Service) MayList(actor auth.Actor) bool { return s.o.Policy.May(actor, ActList) }
