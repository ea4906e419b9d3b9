package privacy

import (
	"context"
	"fmt"
	"strings"
	"time"

	"bilin/internal/errs"
	"bilin/internal/network"
	"bilin/internal/purpose"
	"bilin/internal/sqldb"
)

// ErasedPart is why, in the ledger, a part of a household was erased alone: what
// one holder holds, or one record of it. The line's subject names the holder and the
// household; the record only by a keyed index, for the line stays for good. No key
// goes with it.
const ErasedPart = "privacy.part"

func partOf(holder, householdID, item string) string {
	if item == "" {
		return holder + "/" + householdID
	}
	return holder + "/" + householdID + "/" + item
}

// lineOf is a part as the ledger names it.
func (s *Service) lineOf(holder, householdID, item string) string {
	return partOf(holder, householdID, s.o.Sealer.Index("privacy/part/"+holder+"/"+householdID, item))
}

// erase does an erasure that was granted, of everything or of a part. Its line in
// the ledger, which backups of the data and of the keys both have, has it done
// again whichever of them is restored.
func (s *Service) erase(ctx context.Context, tx *sqldb.Tx, r *Request, now time.Time) error {
	if err := dropItems(ctx, tx, r.HouseholdID, r.Holder, r.Item); err != nil {
		return err
	}
	if r.Holder == "" {
		if err := s.EraseAll(ctx, tx, r.HouseholdID); err != nil {
			return err
		}
		return s.o.Network.EraseHousehold(ctx, tx, r.HouseholdID, network.ErasedAsked)
	}
	if err := s.erasePart(ctx, tx, s.holder(r.Holder), r.HouseholdID, r.Item); err != nil {
		return err
	}
	return s.o.Vault.EraseIn(ctx, tx, ErasedPart, now, s.lineOf(r.Holder, r.HouseholdID, r.Item))
}

// EraseAll erases what every holder but the registry holds of a household, and what
// readers wrote in words about it: that they read stays. Whoever calls it erases in
// the registry too.
func (s *Service) EraseAll(ctx context.Context, tx *sqldb.Tx, householdID string) error {
	for _, h := range s.holders {
		if h.Name() == Home {
			continue
		}
		if err := s.erasePart(ctx, tx, h, householdID, ""); err != nil {
			return err
		}
	}
	return purpose.Erase(ctx, tx, householdID)
}

// erasePart erases what a holder holds, or one record of it. That there is none
// any more is no fault.
func (s *Service) erasePart(ctx context.Context, tx *sqldb.Tx, h Holder, householdID, item string) (err error) {
	one, ones := h.(Eraser)
	switch {
	case item == "":
		err = h.Erase(ctx, tx, householdID)
	case ones:
		err = one.EraseOne(ctx, tx, householdID, item)
	default:
		return fmt.Errorf("privacy: %s erases no single record", h.Name())
	}
	if errs.KindOf(err) == errs.NotFound {
		return nil
	}
	return err
}

// EraseAgain erases a part once more, in data of a time before it was asked for.
func (s *Service) EraseAgain(ctx context.Context, tx *sqldb.Tx, part string) error {
	names := strings.SplitN(part, "/", 3)
	if len(names) < 2 {
		return fmt.Errorf("privacy: the ledger names no part: %q", part)
	}
	if names[0] == Home {
		return network.Forget(ctx, tx, names[1:2])
	}
	h := s.holder(names[0])
	switch {
	case h == nil: // one of a later release, which this data knows nothing of
		return nil
	case len(names) == 3:
		return s.eraseNamed(ctx, tx, h, names[1], part)
	}
	if err := dropItems(ctx, tx, names[1], h.Name(), ""); err != nil {
		return err
	}
	return s.erasePart(ctx, tx, h, names[1], "")
}

// eraseNamed erases the record that a line of the ledger names, if it is held.
func (s *Service) eraseNamed(ctx context.Context, tx *sqldb.Tx, h Holder, householdID, line string) error {
	items, err := h.Held(ctx, tx, householdID, false)
	if err != nil {
		return err
	}
	for _, i := range items {
		if i.ID == "" || s.lineOf(h.Name(), householdID, i.ID) != line {
			continue
		}
		if err := dropItems(ctx, tx, householdID, h.Name(), i.ID); err != nil {
			return err
		}
		return s.erasePart(ctx, tx, h, householdID, i.ID)
	}
	return nil
}
