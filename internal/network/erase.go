package network

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"time"

	"bilin/internal/audit"
	"bilin/internal/auth"
	"bilin/internal/sqldb"
)

// Why a household's key was destroyed, as the ledger says it.
const (
	ErasedAsked = "asked" // the household asked for it
	ErasedHome  = "home"  // it asked for that of its name and number alone
	ErasedLeft  = "left"  // it moved out, and its term is over
	ErasedPhone = "phone" // its number alone, which was deleted, or went when it moved out
)

const (
	// keyAfterLeaving is how long a household's key outlives its moving out: a
	// mistake can be put right, and what it raised can be finished with it.
	keyAfterLeaving = 30 * 24 * time.Hour
	// keyAtMost ends it whatever is still open.
	keyAtMost   = 365 * 24 * time.Hour
	keysAtOnce  = 200
	eraseAction = "network.erase_household"
)

// Keeper says which of some households that left still have something open
// that their key is needed for.
type Keeper interface {
	OpenOf(ctx context.Context, q sqldb.Querier, householdIDs []string) ([]string, error)
}

// KeepKeys sets who is asked before a key ends. Call it before the service is used.
func (s *Service) KeepKeys(keepers ...Keeper) { s.keepers = keepers }

// EraseHousehold drops what says who a household is: its name, its number, and
// its key with all that was sealed under it, in every copy and backup. The
// household remains as an address in its cell, which coverage counts. Where name
// and number go alone (ErasedHome), the number's key does: what other parts sealed
// under the household's stays. It is part of a command, whose service has asked
// whether it may.
func (s *Service) EraseHousehold(ctx context.Context, tx *sqldb.Tx, householdID, why string) error {
	if s.vault == nil {
		return errNoVault
	}
	unitID, err := UnitOfHousehold(ctx, tx, householdID)
	if err != nil {
		return err
	}
	if err := Forget(ctx, tx, []string{householdID}); err != nil {
		return err
	}
	keys := []string{numberOf(householdID)}
	if why != ErasedHome {
		keys = append(keys, householdID)
	}
	if err := s.vault.EraseIn(ctx, tx, why, s.now(), keys...); err != nil {
		return err
	}
	actor := auth.System("network")
	err = s.audit.Append(ctx, tx, audit.Entry{ActorID: actor.ID(), ActorName: actor.Name, Action: eraseAction,
		ObjectKind: "household", ObjectID: householdID, UnitID: unitID, Detail: map[string]any{"why": why}})
	if err != nil {
		return err
	}
	return s.publish(ctx, tx, unitID)
}

// endNumber destroys the key of a household's number with the command that
// deletes it, so that it comes back through no backup.
func (w *work) endNumber(ctx context.Context, householdID string) error {
	if w.s.vault == nil {
		return errNoVault
	}
	return w.s.vault.EraseIn(ctx, w.tx, ErasedPhone, w.now, numberOf(householdID))
}

// ForgetNumbers drops households' numbers alone. Whoever restores a backup does
// it again for those that were deleted since.
func ForgetNumbers(ctx context.Context, tx *sqldb.Tx, householdIDs []string) error {
	for part := range slices.Chunk(householdIDs, lookupRows) {
		var args []any
		_, err := tx.ExecContext(ctx, `UPDATE household SET phone = NULL, phone_index = NULL, version = version + 1
			WHERE phone IS NOT NULL AND id IN (`+list(&args, part)+`)`, args...)
		if err != nil {
			return fmt.Errorf("network: forget numbers: %w", err)
		}
	}
	return nil
}

// Forget drops names and numbers of households. Whoever restores a backup does
// it again for those who were erased since.
func Forget(ctx context.Context, tx *sqldb.Tx, householdIDs []string) error {
	for part := range slices.Chunk(householdIDs, lookupRows) {
		var args []any
		_, err := tx.ExecContext(ctx, `UPDATE household SET head = '', phone = NULL, phone_index = NULL, version = version + 1
			WHERE id IN (`+list(&args, part)+`)`, args...)
		if err != nil {
			return fmt.Errorf("network: forget households: %w", err)
		}
	}
	return nil
}

// gone notes that a household left, for its key's term.
func (w *work) gone(ctx context.Context, householdID string) error {
	return w.exec(ctx, `INSERT INTO household_gone (household_id, at) VALUES ($1, $2) ON CONFLICT (household_id) DO UPDATE SET at = excluded.at`,
		householdID, sqldb.Millis(w.now))
}

// EndKeys destroys the keys of households that left and have had their term.
// One that a roster brought back keeps its key.
func (s *Service) EndKeys(ctx context.Context) error {
	if s.vault == nil {
		return errNoVault
	}
	after := ""
	for {
		ids, back, err := s.termsOver(ctx, after)
		if err != nil || len(ids)+len(back) == 0 {
			return err
		}
		after = max(last(ids), last(back))
		if err := s.endKeys(ctx, ids, back); err != nil {
			return err
		}
	}
}

func last(ids []string) string {
	if len(ids) == 0 {
		return ""
	}
	return ids[len(ids)-1]
}

// termsOver reads a page of the households whose term is over: those that are
// still gone, and those that came back. Who is needed no longer than a year is
// told apart by endKeys.
func (s *Service) termsOver(ctx context.Context, after string) (ids, back []string, err error) {
	err = each(ctx, s.db.Reader(), func(rows *sql.Rows) error {
		var id, state string
		err := rows.Scan(&id, &state)
		if state == stateActive {
			back = append(back, id)
		} else {
			ids = append(ids, id)
		}
		return err
	}, `SELECT g.household_id, h.state FROM household_gone g JOIN household h ON h.id = g.household_id
		WHERE g.at <= $1 AND g.household_id > $2 ORDER BY g.household_id LIMIT $3`,
		sqldb.Millis(s.now().Add(-keyAfterLeaving)), after, keysAtOnce)
	if err != nil {
		return nil, nil, fmt.Errorf("network: households that left: %w", err)
	}
	return ids, back, nil
}

func (s *Service) endKeys(ctx context.Context, ids, back []string) error {
	return s.db.Write(ctx, func(tx *sqldb.Tx) error {
		needed, err := s.stillNeeded(ctx, tx, ids)
		if err != nil {
			return err
		}
		ending := slices.DeleteFunc(slices.Clone(ids), func(id string) bool { return slices.Contains(needed, id) })
		if len(ending) > 0 {
			if err := s.vault.EraseIn(ctx, tx, ErasedLeft, s.now(), withNumbers(ending)...); err != nil {
				return err
			}
			actor := auth.System("network")
			err := s.audit.Append(ctx, tx, audit.Entry{ActorID: actor.ID(), ActorName: actor.Name, Action: "network.end_keys",
				ObjectKind: "household", UnitID: s.RootID(), Detail: map[string]any{"why": ErasedLeft, "households": len(ending)}})
			if err != nil {
				return err
			}
		}
		return dropGone(ctx, tx, slices.Concat(ending, back))
	})
}

// withNumbers adds the numbers' keys: one that was deleted before has none.
func withNumbers(ids []string) []string {
	subjects := slices.Clone(ids)
	for _, id := range ids {
		subjects = append(subjects, numberOf(id))
	}
	return subjects
}

// stillNeeded asks the keepers about those who left less than a year ago.
func (s *Service) stillNeeded(ctx context.Context, tx *sqldb.Tx, ids []string) (needed []string, err error) {
	if len(ids) == 0 {
		return nil, nil
	}
	args := []any{sqldb.Millis(s.now().Add(-keyAtMost))}
	var young []string
	err = each(ctx, tx, func(rows *sql.Rows) error {
		var id string
		err := rows.Scan(&id)
		young = append(young, id)
		return err
	}, `SELECT household_id FROM household_gone WHERE at > $1 AND household_id IN (`+list(&args, ids)+`)`, args...)
	if err != nil || len(young) == 0 {
		return nil, err
	}
	for _, k := range s.keepers {
		open, err := k.OpenOf(ctx, tx, young)
		if err != nil {
			return nil, err
		}
		needed = append(needed, open...)
	}
	return needed, nil
}

func dropGone(ctx context.Context, tx *sqldb.Tx, ids []string) error {
	for part := range slices.Chunk(ids, lookupRows) {
		var args []any
		if _, err := tx.ExecContext(ctx, `DELETE FROM household_gone WHERE household_id IN (`+list(&args, part)+`)`, args...); err != nil {
			return fmt.Errorf("network: households that left: %w", err)
		}
	}
	return nil
}
