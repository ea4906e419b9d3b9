package network

import (
	"context"
	"fmt"

	"bilin/internal/address"
	"bilin/internal/auth"
	"bilin/internal/errs"
	"bilin/internal/sqldb"
)

// CreateHousehold asks for a household in a unit.
type CreateHousehold struct {
	Key, UnitID        string
	Ref, Address, Head string
	Phone              string // plain; sealed on the way in
	Size               int
}

// CreateHousehold enters a household and returns its id.
func (s *Service) CreateHousehold(ctx context.Context, actor auth.Actor, c CreateHousehold) (string, error) {
	if err := s.mayArrange(actor, c.UnitID); err != nil {
		return "", err
	}
	phone := c.Phone
	c.Phone = ""
	return run(ctx, s, actor, "network.create_household", c.Key, s.withoutPhone(c, phone), func(ctx context.Context, w *work) (string, record, error) {
		u, err := w.active(ctx, c.UnitID)
		if err != nil {
			return "", record{}, err
		}
		n := NewHousehold{ID: sqldb.NewID(), UnitID: u.ID, Ref: c.Ref, Door: NewDoor(), Address: c.Address, Head: c.Head, Phone: phone, Size: c.Size}
		if err := w.check(ctx, u, &n); err != nil {
			return "", record{}, err
		}
		sealed, err := s.sealPhone(ctx, PhoneOfHousehold, n.ID, n.Phone)
		if err != nil {
			return "", record{}, err
		}
		err = sqldb.InsertMany(ctx, w.tx, "household", householdInsertColumns, [][]any{householdRow(&n, sealed)}, "")
		if err != nil {
			return "", record{}, err
		}
		counts := counters{}
		counts.change(u.ID, 1, n.Size)
		return n.ID, record{kind: "household", id: n.ID, unitID: u.ID}, w.store(ctx, counts)
	})
}

// withoutPhone is a request without the number in it, for comparing repeats.
func (s *Service) withoutPhone(request any, phone string) any {
	return digest(request) + s.seal.Index("phone", phone)
}

// check brings a household's details into form and finds its identity.
func (w *work) check(ctx context.Context, u *Unit, n *NewHousehold) (err error) {
	if n.Address, err = checkText("address", n.Address, maxReasonLength); err != nil {
		return err
	}
	if n.Head, err = checkText("head", n.Head, maxNameLength); err != nil {
		return err
	}
	if n.Phone, err = checkPhone(n.Phone); err != nil {
		return err
	}
	if err := checkSize(n.Size); err != nil {
		return err
	}
	village, err := w.village(ctx, u)
	if err != nil {
		return err
	}
	if village == nil {
		return errs.E(errs.Invalid, "network.household_below_village")
	}
	n.AddressKey = address.Key(n.Address, w.s.adminNames(village.ID)...)
	n.RosterKey = RosterKey(village.Code, n.Ref, n.AddressKey)
	known, err := KnownHouseholds(ctx, w.tx, []string{n.RosterKey})
	if other, taken := known[n.RosterKey]; taken && other.ID != n.ID {
		return errs.E(errs.Conflict, "network.household_known").WithField("address", "network.household_known")
	}
	return err
}

// adminNames are the names every address in a village begins with.
func (s *Service) adminNames(villageID string) []string {
	t := s.Tree()
	var names []string
	for _, u := range t.Path(t.ByID(villageID)) {
		names = append(names, u.Name)
	}
	return names
}

// UpdateHousehold asks for a household's details to be as given. A nil Phone
// stays as it is; an empty one is removed.
type UpdateHousehold struct {
	Key, ID            string
	Version            int // as shown
	Ref, Address, Head string
	Phone              *string
	Size               int
}

// UpdateHousehold changes a household's details. A lead may do it for their cell.
func (s *Service) UpdateHousehold(ctx context.Context, actor auth.Actor, c UpdateHousehold) error {
	phone, request := "", c
	if c.Phone != nil {
		phone, request.Phone = *c.Phone, nil
	}
	_, err := run(ctx, s, actor, "network.update_household", c.Key, s.withoutPhone(request, phone), func(ctx context.Context, w *work) (string, record, error) {
		h, err := w.household(ctx, c.ID, c.Version)
		if err != nil {
			return "", record{}, err
		}
		if err := s.policy.Can(actor, ActNames, auth.Object{UnitID: h.UnitID}); err != nil && s.mayArrange(actor, h.UnitID) != nil {
			return "", record{}, err
		}
		return "", record{kind: "household", id: h.ID, unitID: h.UnitID}, w.updateHousehold(ctx, h, c, phone)
	})
	return err
}

func (w *work) updateHousehold(ctx context.Context, h *Household, c UpdateHousehold, phone string) error {
	u, err := w.active(ctx, h.UnitID)
	if err != nil {
		return err
	}
	n := NewHousehold{ID: h.ID, UnitID: u.ID, Ref: c.Ref, Address: c.Address, Head: c.Head, Phone: phone, Size: c.Size}
	if err := w.check(ctx, u, &n); err != nil {
		return err
	}
	err = w.exec(ctx, `UPDATE household SET ref = $1, address = $2, address_key = $3, head = $4, size = $5, roster_key = $6, version = version + 1 WHERE id = $7`,
		n.Ref, n.Address, n.AddressKey, n.Head, n.Size, n.RosterKey, h.ID)
	if err != nil {
		return err
	}
	if c.Phone != nil {
		if err := w.setPhone(ctx, "household", h.ID, n.Phone); err != nil {
			return err
		}
		if n.Phone == "" && h.HasPhone {
			if err := w.endNumber(ctx, h.ID); err != nil {
				return err
			}
		}
	}
	counts := counters{}
	counts.change(u.ID, 0, n.Size-h.Size)
	return w.store(ctx, counts)
}

// setPhone seals a number into a row of household, person or selection.
func (w *work) setPhone(ctx context.Context, table, id, phone string) error {
	sealed, err := w.s.sealPhone(ctx, table, id, phone)
	if err != nil {
		return err
	}
	if table == "selection" { // nobody looks a candidate up by number
		return w.exec(ctx, `UPDATE selection SET phone = $1 WHERE id = $2`, sealed.phone, id)
	}
	return w.exec(ctx, `UPDATE `+table+` SET phone = $1, phone_index = $2 WHERE id = $3`, sealed.phone, sealed.index, id)
}

// household reads an active household at the version shown.
func (w *work) household(ctx context.Context, id string, version int) (*Household, error) {
	h, err := householdWhere(ctx, w.tx, `h.id = $1`, id)
	if err != nil {
		return nil, err
	}
	if h.Left {
		return nil, errs.E(errs.Conflict, "network.household_left")
	}
	return &h, checkVersion(version, h.Version)
}

// OneHousehold names a household at the version shown.
type OneHousehold struct {
	Key, ID string
	Version int
}

// HouseholdLeft records that a household moved out. Its name, number and door
// code go; whoever moves in is a household of their own.
func (s *Service) HouseholdLeft(ctx context.Context, actor auth.Actor, c OneHousehold) error {
	_, err := run(ctx, s, actor, "network.household_left", c.Key, c, func(ctx context.Context, w *work) (string, record, error) {
		h, err := w.household(ctx, c.ID, c.Version)
		if err != nil {
			return "", record{}, err
		}
		if err := s.mayArrange(actor, h.UnitID); err != nil {
			return "", record{}, err
		}
		err = w.exec(ctx, `UPDATE household SET state = 'left', head = '', phone = NULL, phone_index = NULL, door = $1, roster_key = $2,
			version = version + 1 WHERE id = $3`, NewDoor(), "left/"+h.ID, h.ID)
		if err != nil {
			return "", record{}, err
		}
		if err := w.exec(ctx, `DELETE FROM household_claim WHERE household_id = $1`, h.ID); err != nil {
			return "", record{}, err
		}
		if h.HasPhone {
			if err := w.endNumber(ctx, h.ID); err != nil {
				return "", record{}, err
			}
		}
		if err := w.gone(ctx, h.ID); err != nil {
			return "", record{}, err
		}
		counts := counters{}
		counts.change(h.UnitID, -1, -h.Size)
		counts.recount(h.UnitID)
		return "", record{kind: "household", id: h.ID, unitID: h.UnitID}, w.store(ctx, counts)
	})
	return err
}

// RenewDoor gives a household a new door code and returns it; the old card
// leads nowhere from then on.
func (s *Service) RenewDoor(ctx context.Context, actor auth.Actor, c OneHousehold) (string, error) {
	return run(ctx, s, actor, "network.renew_door", c.Key, c, func(ctx context.Context, w *work) (string, record, error) {
		h, err := w.household(ctx, c.ID, c.Version)
		if err != nil {
			return "", record{}, err
		}
		if err := s.mayArrange(actor, h.UnitID); err != nil {
			return "", record{}, err
		}
		door := NewDoor()
		err = w.exec(ctx, `UPDATE household SET door = $1, version = version + 1 WHERE id = $2`, door, h.ID)
		return door, record{kind: "household", id: h.ID, unitID: h.UnitID}, err
	})
}

// SettleClaim decides to whom a household in two cells belongs.
type SettleClaim struct {
	Key, HouseholdID string
	UnitID           string // the cell that claims it
	Move             bool   // it is right; else the claim is dropped
}

// SettleClaim moves the household to the claiming cell or drops the claim. It
// takes the right over both cells.
func (s *Service) SettleClaim(ctx context.Context, actor auth.Actor, c SettleClaim) error {
	if err := s.mayArrange(actor, c.UnitID); err != nil {
		return err
	}
	_, err := run(ctx, s, actor, "network.settle_claim", c.Key, c, func(ctx context.Context, w *work) (string, record, error) {
		h, err := householdWhere(ctx, w.tx, `h.id = $1`, c.HouseholdID)
		if err != nil {
			return "", record{}, err
		}
		if err := s.mayArrange(actor, h.UnitID); err != nil {
			return "", record{}, err
		}
		rec := record{"household", h.ID, h.UnitID, map[string]any{"claim": c.UnitID, "moved": c.Move}}
		return "", rec, w.settleClaim(ctx, &h, c)
	})
	return err
}

func (w *work) settleClaim(ctx context.Context, h *Household, c SettleClaim) error {
	res, err := w.tx.ExecContext(ctx, `DELETE FROM household_claim WHERE household_id = $1 AND unit_id = $2`, h.ID, c.UnitID)
	if err != nil {
		return fmt.Errorf("network: settle claim: %w", err)
	}
	if n, err := res.RowsAffected(); err != nil || n == 0 {
		return errs.Wrap(err, errs.Conflict, "network.no_claim")
	}
	counts := counters{}
	counts.recount(h.UnitID)
	if c.Move {
		to, err := w.active(ctx, c.UnitID)
		if err != nil {
			return err
		}
		if err := w.moveHousehold(ctx, h, to, counts); err != nil {
			return err
		}
		if err := w.exec(ctx, `DELETE FROM household_claim WHERE household_id = $1`, h.ID); err != nil {
			return err
		}
	}
	return w.store(ctx, counts)
}

// dropClaims removes a unit's claims and counts the overlaps they were.
func (w *work) dropClaims(ctx context.Context, unitID string) error {
	claimed, err := householdsWhere(ctx, w.tx, `WHERE h.id IN (SELECT household_id FROM household_claim WHERE unit_id = $1)`, unitID)
	if err != nil || len(claimed) == 0 {
		return err
	}
	if err := w.exec(ctx, `DELETE FROM household_claim WHERE unit_id = $1`, unitID); err != nil {
		return err
	}
	counts := counters{}
	for _, h := range claimed {
		counts.recount(h.UnitID)
	}
	return w.store(ctx, counts)
}
