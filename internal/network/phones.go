package network

import (
	"context"
	"database/sql"
	"fmt"
	"slices"

	"bilin/internal/audit"
	"bilin/internal/auth"
	"bilin/internal/sqldb"
)

// phonesAtOnce bounds the parameters of one statement.
const phonesAtOnce = 500

// SealedPhones returns the numbers of those of the people who have one, by
// person and still sealed: an order reads them with its recipients and opens
// each when it is about to be used.
func (s *Service) SealedPhones(ctx context.Context, q sqldb.Querier, personIDs []string) (map[string]string, error) {
	found := make(map[string]string, len(personIDs))
	for chunk := range slices.Chunk(personIDs, phonesAtOnce) {
		args := make([]any, 0, len(chunk))
		query := `SELECT id, phone FROM person WHERE phone IS NOT NULL AND id IN (` + list(&args, chunk) + `)`
		err := each(ctx, q, func(rows *sql.Rows) error {
			var id, sealed string
			err := rows.Scan(&id, &sealed)
			if sealed != "" {
				found[id] = sealed
			}
			return err
		}, query, args...)
		if err != nil {
			return nil, fmt.Errorf("network: sealed numbers: %w", err)
		}
	}
	return found, nil
}

// OpenPhone opens a number that SealedPhones returned for that person. Whoever
// calls it must have recorded it with RecordPhones first.
func (s *Service) OpenPhone(personID, sealed string) (string, error) {
	phone, err := s.seal.Open(sealed, "person/phone/"+personID)
	if err != nil {
		return "", fmt.Errorf("network: open number: %w", err)
	}
	return phone, nil
}

// RecordPhones records in tx that the system is about to open n people's
// numbers to call them out: one row for all of them. detail says which, such as
// the order and the numbers of its receipts.
func (s *Service) RecordPhones(ctx context.Context, tx *sqldb.Tx, actor auth.Actor, purpose string, detail any, n int) error {
	if !actor.System {
		return auth.Denied(actor)
	}
	purpose, err := checkText("purpose", purpose, maxReasonLength)
	if err != nil {
		return err
	}
	return s.audit.Append(ctx, tx, audit.Entry{
		ActorID: actor.ID(), ActorName: actor.Name, Action: string(ActReadPhone), ObjectKind: "call_order",
		UnitID: s.Tree().RootID(), Purpose: purpose, Detail: map[string]any{"numbers": n, "of": detail},
	})
}
