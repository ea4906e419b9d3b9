package outreach

import (
	"context"
	"fmt"

	"bilin/internal/network"
	"bilin/internal/sqldb"
)

// Reached is a notice that is known to have reached a household.
type Reached struct {
	Number, Title string
	Ways          Way
}

// path lists a unit and those above it.
func (s *Service) path(unitID string) (ids []string) {
	for _, u := range s.tree().Path(s.tree().Current(s.tree().ByID(unitID))) {
		ids = append(ids, u.ID)
	}
	return ids
}

// HeldOf lists the notices to where a household lives that are known to have
// reached it: only who has the household's id and the key can tell.
func (s *Service) HeldOf(ctx context.Context, q sqldb.Querier, householdID string) (list []Reached, err error) {
	unit, err := network.UnitOfHousehold(ctx, q, householdID)
	if err != nil {
		return nil, err
	}
	var w sqldb.Where
	w.Add("n.sent_at > ?", sqldb.MillisOrZero(s.now().AddDate(0, 0, -MarkDays-2)))
	w.Parts = append(w.Parts, "EXISTS (SELECT 1 FROM notice_unit u WHERE u.notice_id = n.id AND "+w.OneOf("u.unit_id", s.path(unit))+")")
	all, err := notices(ctx, q, `WHERE `+w.Text()+` ORDER BY n.sent_at DESC, n.id DESC`, w.Args...)
	for _, n := range all {
		if err != nil {
			return nil, err
		}
		mark := s.mark(n.ID, householdID)
		var had map[string]Way
		if had, err = marksOf(ctx, q, &n, []string{mark}); had[mark] != 0 {
			list = append(list, Reached{Number: n.Number, Title: n.Title, Ways: had[mark]})
		}
	}
	return list, err
}

// EraseHousehold forgets that notices reached a household. The figures stay.
func (s *Service) EraseHousehold(ctx context.Context, tx *sqldb.Tx, householdID string) error {
	all, err := notices(ctx, tx, `WHERE n.sent_at > $1`, sqldb.MillisOrZero(s.now().AddDate(0, 0, -MarkDays-2)))
	if err != nil {
		return err
	}
	for _, n := range all {
		for edition := 1; edition <= n.Edition; edition++ {
			_, err := tx.ExecContext(ctx, `DELETE FROM notice_mark WHERE notice_id = $1 AND edition = $2 AND mark = $3`, n.ID, edition, s.mark(n.ID, householdID))
			if err != nil {
				return fmt.Errorf("outreach: erase: %w", err)
			}
		}
	}
	return nil
}
