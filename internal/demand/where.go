package demand

import (
	"cmp"
	"context"

	"bilin/internal/auth"
	"bilin/internal/network"
	"bilin/internal/purpose"
	"bilin/internal/sqldb"
)

// Door is where a demand's household lives, and whom to ask for.
type Door struct{ HouseholdID, Address, Head string }

// home is the household that a demand is for: its own, or the one for which it
// was entered and which hasn't answered yet.
func (d *Demand) home() string { return cmp.Or(d.HouseholdID, d.ClaimID) }

// MayAskWhere reports whether somebody who has a demand to handle can open where
// its household lives. Whoever entered it knows.
func (s *Service) MayAskWhere(actor auth.Actor, d *Demand) bool {
	entered := d.HouseholdID == "" && d.AuthorID != "" && d.AuthorID == actor.PersonID
	return s.opt.Purpose != nil && d.home() != "" && d.State.Stage() < Closed && !entered && s.reaches(actor, d)
}

// Where opens to whoever handles a demand at which door to knock. That it did is
// recorded in the same transaction, and the household sees it.
func (s *Service) Where(ctx context.Context, actor auth.Actor, number string) (door Door, err error) {
	err = s.opt.DB.Write(ctx, func(tx *sqldb.Tx) error {
		d, err := s.mine(ctx, tx, actor, number)
		if err != nil {
			return err
		}
		if !s.MayAskWhere(actor, d) {
			return auth.Denied(actor)
		}
		sub := purpose.Subject{HouseholdID: d.home()}
		if err := s.opt.Purpose.Open(ctx, tx, actor, sub, purpose.Ground{Kind: Ground, ID: d.ID}, purpose.Home); err != nil {
			return err
		}
		door.HouseholdID = d.home()
		door.Address, door.Head, err = network.DoorOfHousehold(ctx, tx, door.HouseholdID)
		return err
	})
	if err != nil {
		return Door{}, err
	}
	return door, nil
}
