package monthly

import (
	"context"
	"fmt"

	"bilin/internal/admission"
	"bilin/internal/network"
	"bilin/internal/sqldb"
)

// Fate says what became of a task of a city that begins with a past: Open leaves
// it as it is, Cancelled is returned and agreed to.
type Fate func(matterID, unitID string) (state TaskState, reason string)

// Past gives the open tasks of a month their fate, a village at a time.
func (s *Service) Past(ctx context.Context, month admission.Month, fate Fate) error {
	for _, village := range s.tree().Units(network.Village) {
		if err := s.opt.DB.Write(ctx, func(tx *sqldb.Tx) error { return s.pastOf(ctx, tx, month, village, fate) }); err != nil {
			return fmt.Errorf("monthly: past of %s: %w", village.Code, err)
		}
	}
	return nil
}

func (s *Service) pastOf(ctx context.Context, tx *sqldb.Tx, month admission.Month, village *network.Unit, fate Fate) error {
	var units []string
	for _, u := range s.tree().Subtree(village) {
		units = append(units, u.ID)
	}
	tallies := map[[2]string]*tally{}
	changed := map[[2]string][]string{} // by state and reason
	var w sqldb.Where
	w.Add("month = ?", string(month))
	w.Add("state = 'open'")
	w.In("unit_id", units)
	err := each(ctx, tx, `SELECT id, matter_id, unit_id FROM task WHERE `+w.Text(), w.Args, func(scan func(...any) error) error {
		var id, matter, unit string
		if err := scan(&id, &matter, &unit); err != nil {
			return err
		}
		state, reason := fate(matter, unit)
		if state != Done && state != Returned && state != Cancelled {
			return nil
		}
		key := [2]string{village.ID, matter}
		if tallies[key] == nil {
			tallies[key] = &tally{}
		}
		if state == Done {
			tallies[key].done++
		} else {
			tallies[key].returned++
		}
		changed[[2]string{string(state), reason}] = append(changed[[2]string{string(state), reason}], id)
		return nil
	})
	if err != nil {
		return err
	}
	for what, ids := range changed {
		var these sqldb.Where
		state, reason, at := these.Arg(what[0]), these.Arg(what[1]), these.Arg(sqldb.Millis(s.now()))
		these.In("id", ids)
		_, err := tx.ExecContext(ctx, `UPDATE task SET state = `+state+`, reason = `+reason+`, state_at = `+at+`, version = version + 1 WHERE `+these.Text(), these.Args...)
		if err != nil {
			return fmt.Errorf("monthly: past: %w", err)
		}
	}
	return addTallies(ctx, tx, month, tallies)
}
