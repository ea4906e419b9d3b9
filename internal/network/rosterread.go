package network

import (
	"context"
	"database/sql"
	"fmt"
	"slices"

	"bilin/internal/sqldb"
)

// RosterHousehold is a household as a roster's import and export need it: with
// what its number is compared by, and the number itself, sealed.
type RosterHousehold struct {
	Household
	AddressKey string
	PhoneIndex string
	Phone      string // sealed for "household/phone/<id>"
}

// lookupRows is how many values one look-up asks for. SQLite's driver takes
// time in the square of it.
const lookupRows = 120

// RosterHouseholds returns those of the roster keys that the registry has, by
// key; households that left too.
func RosterHouseholds(ctx context.Context, q sqldb.Querier, keys []string) (map[string]RosterHousehold, error) {
	out := make(map[string]RosterHousehold, len(keys))
	for part := range slices.Chunk(keys, lookupRows) {
		var args []any
		err := eachRosterHousehold(ctx, q, `WHERE h.roster_key IN (`+list(&args, part)+`)`, args, func(h RosterHousehold) {
			out[h.RosterKey] = h
		})
		if err != nil {
			return nil, err
		}
	}
	return out, nil
}

// RosterHouseholdsIn returns the active households directly in units, each
// unit's in the order they were entered.
func RosterHouseholdsIn(ctx context.Context, q sqldb.Querier, unitIDs []string) (map[string][]RosterHousehold, error) {
	out := make(map[string][]RosterHousehold, len(unitIDs))
	for part := range slices.Chunk(unitIDs, lookupRows) {
		var args []any
		err := eachRosterHousehold(ctx, q, `WHERE h.state = 'active' AND h.unit_id IN (`+list(&args, part)+`) ORDER BY h.unit_id, h.id`, args,
			func(h RosterHousehold) { out[h.UnitID] = append(out[h.UnitID], h) })
		if err != nil {
			return nil, err
		}
	}
	return out, nil
}

func eachRosterHousehold(ctx context.Context, q sqldb.Querier, where string, args []any, fn func(RosterHousehold)) error {
	err := each(ctx, q, func(rows *sql.Rows) error {
		var h RosterHousehold
		var state string
		err := rows.Scan(&h.ID, &h.UnitID, &h.Ref, &h.Door, &h.Address, &h.Head, &h.Size, &h.HasPhone, &state, &h.Version, &h.RosterKey,
			&h.AddressKey, &h.PhoneIndex, &h.Phone)
		h.Left = state != stateActive
		fn(h)
		return err
	}, `SELECT `+householdColumns+`, h.address_key, COALESCE(h.phone_index, ''), COALESCE(h.phone, '') FROM household h `+where, args...)
	if err != nil {
		return fmt.Errorf("network: roster households: %w", err)
	}
	return nil
}

// RosterPerson is a person as a roster knows one.
type RosterPerson struct {
	ID, Name   string
	Phone      string // sealed for "person/phone/<id>"
	PhoneIndex string
	ShowPhone  bool
}

// RosterPersons returns people by their ids.
func RosterPersons(ctx context.Context, q sqldb.Querier, ids []string) (map[string]RosterPerson, error) {
	return rosterPersons(ctx, q, "id", ids, func(p RosterPerson) string { return p.ID })
}

// RosterPersonsByPhone returns people by blind index and name, joined by a zero byte.
func RosterPersonsByPhone(ctx context.Context, q sqldb.Querier, indexes []string) (map[string]RosterPerson, error) {
	return rosterPersons(ctx, q, "phone_index", indexes, func(p RosterPerson) string { return p.PhoneIndex + "\x00" + p.Name })
}

func rosterPersons(ctx context.Context, q sqldb.Querier, column string, values []string, key func(RosterPerson) string) (map[string]RosterPerson, error) {
	out := make(map[string]RosterPerson, len(values))
	for part := range slices.Chunk(values, lookupRows) {
		var args []any
		err := each(ctx, q, func(rows *sql.Rows) error {
			var p RosterPerson
			err := rows.Scan(&p.ID, &p.Name, &p.Phone, &p.PhoneIndex, &p.ShowPhone)
			if first, ok := out[key(p)]; !ok || p.ID < first.ID {
				out[key(p)] = p
			}
			return err
		}, `SELECT id, name, COALESCE(phone, ''), COALESCE(phone_index, ''), show_phone FROM person WHERE `+column+` IN (`+list(&args, part)+`)`, args...)
		if err != nil {
			return nil, fmt.Errorf("network: roster persons: %w", err)
		}
	}
	return out, nil
}

// SetRosterPhone gives a person the sealed number that a roster has for them.
func SetRosterPhone(ctx context.Context, tx *sqldb.Tx, p RosterPerson) error {
	_, err := tx.ExecContext(ctx, `UPDATE person SET phone = $1, phone_index = $2 WHERE id = $3`, p.Phone, p.PhoneIndex, p.ID)
	if err != nil {
		return fmt.Errorf("network: set phone: %w", err)
	}
	return nil
}

// Empty reports whether the registry has no household yet.
func Empty(ctx context.Context, q sqldb.Querier) (bool, error) { return isEmpty(ctx, q, "household") }

// NoPersons reports whether the registry has no person yet.
func NoPersons(ctx context.Context, q sqldb.Querier) (bool, error) { return isEmpty(ctx, q, "person") }

func isEmpty(ctx context.Context, q sqldb.Querier, table string) (bool, error) {
	var n int
	err := q.QueryRowContext(ctx, `SELECT count(*) FROM (SELECT 1 FROM `+table+` LIMIT 1) AS first`).Scan(&n)
	if err != nil {
		return false, fmt.Errorf("network: is %s empty: %w", table, err)
	}
	return n == 0, nil
}
