package network

import (
	"context"
	"slices"

	"bilin/internal/auth"
	"bilin/internal/errs"
	"bilin/internal/sqldb"
)

// SplitUnit asks for a new sibling that takes a part over: of a cell some of
// its households, of a unit above some of its children (and of households that
// are in no cell yet, any).
type SplitUnit struct {
	Key, UnitID, Name string
	Code              string // villages only
	Children          []string
	Households        []string
}

// SplitUnit makes the sibling and returns its id. The unit itself goes on.
func (s *Service) SplitUnit(ctx context.Context, actor auth.Actor, c SplitUnit) (string, error) {
	if err := s.mayManage(actor, c.UnitID); err != nil {
		return "", err
	}
	return run(ctx, s, actor, "network.split_unit", c.Key, c, func(ctx context.Context, w *work) (string, record, error) {
		u, err := w.unit(ctx, c.UnitID)
		if err != nil {
			return "", record{}, err
		}
		children, err := w.children(ctx, u.ID)
		if err != nil {
			return "", record{}, err
		}
		going := slices.DeleteFunc(slices.Clone(children), func(x Unit) bool { return !slices.Contains(c.Children, x.ID) })
		if len(going) != len(c.Children) {
			return "", record{}, errs.E(errs.Invalid, "network.not_its_child", "unit", u.Name)
		}
		if err := u.canSplit(len(children), u.Households, len(going), len(c.Households)); err != nil {
			return "", record{}, err
		}
		id, err := w.split(ctx, u, going, c)
		rec := record{"unit", id, u.ID, map[string]any{"from": u.ID, "children": len(going), "households": len(c.Households)}}
		return id, rec, err
	})
}

func (w *work) split(ctx context.Context, u *Unit, going []Unit, c SplitUnit) (string, error) {
	name, err := checkName(c.Name)
	if err != nil {
		return "", err
	}
	n := NewUnit{ID: sqldb.NewID(), Name: name, Code: c.Code, ParentID: u.ParentID, StartedOn: w.day}
	if err := w.giveCode(ctx, &n); err != nil {
		return "", err
	}
	if err := w.insertUnit(ctx, n); err != nil {
		return "", err
	}
	sibling, err := w.unit(ctx, n.ID)
	if err != nil {
		return "", err
	}
	for i := range going {
		if err := w.moveChild(ctx, &going[i], sibling); err != nil {
			return "", err
		}
	}
	if err := w.moveHouseholds(ctx, c.Households, u.ID, sibling); err != nil {
		return "", err
	}
	detail := Detail{From: u.Name, FromID: u.ID, FromCode: u.Code, To: n.Name, ToID: n.ID, ToCode: n.Code,
		Children: len(going), Households: len(c.Households)}
	if err := w.note(ctx, u.ID, ChangeSplit, detail); err != nil {
		return "", err
	}
	return n.ID, w.note(ctx, n.ID, ChangeSplit, detail)
}

// moveChild moves a child of a unit that is split or merged.
func (w *work) moveChild(ctx context.Context, child, to *Unit) error {
	if to.Level < Village {
		return errs.E(errs.Conflict, "network.villages_move_alone")
	}
	_, err := w.move(ctx, child, to, "")
	return err
}

// MergeUnits asks that one unit goes up in another of its level.
type MergeUnits struct {
	Key, UnitID, IntoID string
}

// MergeUnits moves a unit's households and children into another, ends its
// posts, and ends it with the other as its successor. What was open with its
// lead goes to the other's.
func (s *Service) MergeUnits(ctx context.Context, actor auth.Actor, c MergeUnits) error {
	if err := s.mayManage(actor, c.UnitID); err != nil {
		return err
	}
	if err := s.mayManage(actor, c.IntoID); err != nil {
		return err
	}
	_, err := run(ctx, s, actor, "network.merge_units", c.Key, c, func(ctx context.Context, w *work) (string, record, error) {
		a, err := w.unit(ctx, c.UnitID)
		if err != nil {
			return "", record{}, err
		}
		b, err := w.unit(ctx, c.IntoID)
		if err != nil {
			return "", record{}, err
		}
		if err := a.canMerge(b); err != nil {
			return "", record{}, err
		}
		rec := record{"unit", a.ID, b.ID, map[string]any{"into": b.ID, "households": a.Households}}
		return "", rec, w.merge(ctx, a, b)
	})
	return err
}

func (w *work) merge(ctx context.Context, a, b *Unit) error {
	children, err := w.children(ctx, a.ID)
	if err != nil {
		return err
	}
	for i := range children {
		if err := w.moveChild(ctx, &children[i], b); err != nil {
			return err
		}
	}
	if err := w.mergeHouseholds(ctx, a, b); err != nil {
		return err
	}
	if err := w.end(ctx, a, b); err != nil {
		return err
	}
	detail := Detail{From: a.Name, FromID: a.ID, FromCode: a.Code, To: b.Name, ToID: b.ID, ToCode: b.Code,
		Children: len(children), Households: a.Households}
	if err := w.note(ctx, a.ID, ChangeMerge, detail); err != nil {
		return err
	}
	return w.note(ctx, b.ID, ChangeMerge, detail)
}

// mergeHouseholds moves all households of a into b, those that left too, and
// what a claimed. Nobody claims what they have.
func (w *work) mergeHouseholds(ctx context.Context, a, b *Unit) error {
	from, err := w.village(ctx, a)
	if err != nil {
		return err
	}
	to, err := w.village(ctx, b)
	if err != nil {
		return err
	}
	if from != nil && to != nil {
		if err := w.rekey(ctx, a, from.Code, to.Code); err != nil {
			return err
		}
	}
	if err := w.exec(ctx, `UPDATE household SET unit_id = $1, version = version + 1 WHERE unit_id = $2`, b.ID, a.ID); err != nil {
		return err
	}
	if err := w.exec(ctx, `DELETE FROM household_claim WHERE unit_id = $1 AND household_id IN
		(SELECT o.household_id FROM household_claim o WHERE o.unit_id = $2)`, a.ID, b.ID); err != nil {
		return err
	}
	if err := w.exec(ctx, `UPDATE household_claim SET unit_id = $1 WHERE unit_id = $2`, b.ID, a.ID); err != nil {
		return err
	}
	if err := w.exec(ctx, `DELETE FROM household_claim WHERE unit_id = $1 AND household_id IN
		(SELECT id FROM household WHERE unit_id = $2)`, b.ID, b.ID); err != nil {
		return err
	}
	counts := counters{}
	counts.change(b.ID, a.Households, a.Residents)
	counts.change(a.ID, 0, 0) // nothing is there any more
	counts.recount(b.ID)
	return w.store(ctx, counts)
}

// MoveHouseholds asks that households belong to another unit.
type MoveHouseholds struct {
	Key          string
	HouseholdIDs []string
	ToUnitID     string
}

// MoveHouseholds moves active households, from wherever they are.
func (s *Service) MoveHouseholds(ctx context.Context, actor auth.Actor, c MoveHouseholds) error {
	if err := s.mayArrange(actor, c.ToUnitID); err != nil {
		return err
	}
	_, err := run(ctx, s, actor, "network.move_households", c.Key, c, func(ctx context.Context, w *work) (string, record, error) {
		to, err := w.active(ctx, c.ToUnitID)
		if err != nil {
			return "", record{}, err
		}
		rec := record{"unit", to.ID, to.ID, map[string]any{"households": len(c.HouseholdIDs)}}
		return "", rec, w.moveHouseholds(ctx, c.HouseholdIDs, "", to)
	})
	return err
}

// moveHouseholds moves households to a unit; with fromID set, all must be from
// there, else the actor must have the right over each one's unit.
func (w *work) moveHouseholds(ctx context.Context, ids []string, fromID string, to *Unit) error {
	counts := counters{}
	for _, id := range ids {
		h, err := householdWhere(ctx, w.tx, `h.id = $1`, id)
		if err != nil {
			return err
		}
		if h.Left || fromID != "" && h.UnitID != fromID {
			return errs.E(errs.Conflict, "network.household_elsewhere", "address", h.Address)
		}
		if fromID == "" {
			if err := w.s.mayArrange(w.actor, h.UnitID); err != nil {
				return err
			}
		}
		if err := w.moveHousehold(ctx, &h, to, counts); err != nil {
			return err
		}
	}
	return w.store(ctx, counts)
}

func (w *work) moveHousehold(ctx context.Context, h *Household, to *Unit, counts counters) error {
	if h.UnitID == to.ID {
		return nil
	}
	key, err := w.keyIn(ctx, h, to)
	if err != nil {
		return err
	}
	if err := w.exec(ctx, `UPDATE household SET unit_id = $1, roster_key = $2, version = version + 1 WHERE id = $3`, to.ID, key, h.ID); err != nil {
		return err
	}
	counts.change(h.UnitID, -1, -h.Size)
	counts.change(to.ID, 1, h.Size)
	counts.recount(h.UnitID)
	counts.recount(to.ID)
	return w.exec(ctx, `DELETE FROM household_claim WHERE household_id = $1 AND unit_id = $2`, h.ID, to.ID)
}

// keyIn returns a household's identity in the rosters of a unit's village; the
// one it has, if another household there has that number.
func (w *work) keyIn(ctx context.Context, h *Household, to *Unit) (string, error) {
	village, err := w.village(ctx, to)
	if err != nil || village == nil || len(h.RosterKey) < len(village.Code) {
		return h.RosterKey, err
	}
	key := village.Code + h.RosterKey[len(village.Code):]
	if key == h.RosterKey {
		return key, nil
	}
	known, err := KnownHouseholds(ctx, w.tx, []string{key})
	if other, taken := known[key]; taken && other.ID != h.ID {
		return h.RosterKey, err
	}
	return key, err
}
