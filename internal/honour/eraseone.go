package honour

import (
	"context"
	"fmt"
	"slices"

	"bilin/internal/network"
	"bilin/internal/sqldb"
)

// EraseOne does what [Service.Erase] does with one nomination alone: of somebody of
// the household, or made by it.
func (s *Service) EraseOne(ctx context.Context, tx *sqldb.Tx, householdID, id string) error {
	people, err := network.PeopleOfHome(ctx, tx, householdID)
	if err != nil {
		return err
	}
	list, err := nominations(ctx, tx, `id = $1`, id)
	if err != nil || len(list) == 0 {
		return err
	}
	if n := list[0]; n.PersonID != "" && slices.Contains(people, n.PersonID) {
		return s.end(ctx, tx, "erased", n.ID)
	}
	made, err := s.madeBy(ctx, tx, householdID, people)
	if err != nil {
		return err
	}
	for _, column := range []string{"by_household", "by_person"} {
		var w sqldb.Where
		w.In(column, made)
		w.Add("id = ?", id)
		if _, err := tx.ExecContext(ctx, `UPDATE honour_nomination SET `+column+` = '' WHERE `+w.Text(), w.Args...); err != nil {
			return fmt.Errorf("honour: erase: %w", err)
		}
	}
	return nil
}
