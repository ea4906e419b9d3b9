package network

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"bilin/internal/auth"
	"bilin/internal/errs"
	"bilin/internal/purpose"
	"bilin/internal/sqldb"
)

// UnitOfHousehold returns the unit a household is in, also after it left.
func UnitOfHousehold(ctx context.Context, q sqldb.Querier, id string) (unitID string, err error) {
	err = q.QueryRowContext(ctx, `SELECT unit_id FROM household WHERE id = $1`, id).Scan(&unitID)
	if errors.Is(err, sql.ErrNoRows) {
		return "", errs.E(errs.NotFound, "network.no_household")
	}
	if err != nil {
		return "", fmt.Errorf("network: unit of a household: %w", err)
	}
	return unitID, nil
}

// DoorOfHousehold returns where a household lives and whom to ask for there. Whoever
// calls it has recorded that in the same transaction.
func DoorOfHousehold(ctx context.Context, q sqldb.Querier, id string) (address, head string, err error) {
	err = q.QueryRowContext(ctx, `SELECT address, head FROM household WHERE id = $1 AND state = 'active'`, id).Scan(&address, &head)
	if errors.Is(err, sql.ErrNoRows) {
		err = errs.E(errs.NotFound, "network.no_household")
	}
	return address, head, err
}

// MarkOf returns what tells whether a household's record was changed. The number
// is in it by its index: it isn't opened.
func MarkOf(ctx context.Context, q sqldb.Querier, id string) (mark string, err error) {
	var address, head, unit, ref, state, phone string
	var size int
	err = q.QueryRowContext(ctx, `SELECT address, head, size, unit_id, ref, state, COALESCE(phone_index, '') FROM household WHERE id = $1`, id).
		Scan(&address, &head, &size, &unit, &ref, &state, &phone)
	if errors.Is(err, sql.ErrNoRows) {
		return "", nil
	}
	return fmt.Sprintf("%q %q %d %q %q %q %q", address, head, size, unit, ref, state, phone), err
}

// ReadThrough sets what households' numbers are opened through. Call it before
// the service is used; without it none is.
func (s *Service) ReadThrough(p *purpose.Service) { s.purposes = p }

// ReadHousePhone opens a household's number on a ground: open work of the actor
// about that household, or broken glass. The reading, the audit row and the
// number are one transaction.
func (s *Service) ReadHousePhone(ctx context.Context, actor auth.Actor, householdID string, g purpose.Ground) (phone string, err error) {
	err = s.db.Write(ctx, func(tx *sqldb.Tx) error {
		phone, err = s.ReadHousePhoneIn(ctx, tx, actor, householdID, g)
		return err
	})
	if err != nil {
		return "", err
	}
	return phone, nil
}

// ReadHousePhoneIn is ReadHousePhone in a command's own transaction.
func (s *Service) ReadHousePhoneIn(ctx context.Context, tx *sqldb.Tx, actor auth.Actor, householdID string, g purpose.Ground) (string, error) {
	if s.purposes == nil {
		return "", auth.Denied(actor)
	}
	_, sealed, err := sealedPhone(ctx, tx, s.Tree(), PhoneOfHousehold, householdID)
	if err != nil {
		return "", err
	}
	if err := s.purposes.Open(ctx, tx, actor, purpose.Subject{HouseholdID: householdID}, g, purpose.Phone); err != nil {
		return "", err
	}
	return s.openHousehold(ctx, householdID, sealed)
}

// HeldPhone opens a household's number for the household itself; "" if there is
// none. Whoever calls it has recorded that in the same transaction.
func (s *Service) HeldPhone(ctx context.Context, q sqldb.Querier, householdID string) (string, error) {
	_, sealed, err := sealedPhone(ctx, q, s.Tree(), PhoneOfHousehold, householdID)
	if errs.KindOf(err) == errs.NotFound && err != nil {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	return s.openHousehold(ctx, householdID, sealed)
}
