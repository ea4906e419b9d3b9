package privacy

import (
	"context"
	"errors"
	"strings"
	"time"

	"bilin/internal/errs"
	"bilin/internal/sqldb"
)

// ErasedPart is why, in the ledger, one holder's part of a household was erased
// alone. The line's subject names both; no key goes with it.
const ErasedPart = "privacy.part"

func partOf(holder, householdID string) string { return holder + "/" + householdID }

// enterPart enters a part into the ledger, which backups of the data and of the
// keys both have: whichever of them is restored, it is erased again.
func (s *Service) enterPart(ctx context.Context, tx *sqldb.Tx, r *Request, now time.Time) error {
	if r.Holder == "" { // all of it: the household's own line says so
		return nil
	}
	return s.o.Vault.EraseIn(ctx, tx, ErasedPart, now, partOf(r.Holder, r.HouseholdID))
}

// EraseAgain erases a part once more, in data of a time before it was asked for.
func (s *Service) EraseAgain(ctx context.Context, tx *sqldb.Tx, part string) error {
	holder, household, ok := strings.Cut(part, "/")
	if !ok {
		return errors.New("privacy: the ledger names no part")
	}
	for _, h := range s.holders {
		if h.Name() != holder {
			continue
		}
		err := h.Erase(ctx, tx, household)
		if errs.KindOf(err) == errs.NotFound { // the data is older than the household
			return nil
		}
		return err
	}
	return nil // a holder of a later release, which this data knows nothing of
}
