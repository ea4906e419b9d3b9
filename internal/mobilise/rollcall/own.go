package rollcall

import (
	"context"
	"database/sql"

	"bilin/internal/sqldb"
)

// Own is what was said of a household in a roll-call, as it sees it.
type Own struct {
	Call *Call
	Row  *Row
}

// HeldOf lists what was said of a household in the roll-calls whose rows are not
// erased: for itself, which the caller has made sure of.
func (s *Service) HeldOf(ctx context.Context, q sqldb.Querier, householdID string) ([]Own, error) {
	calls, err := readCalls(ctx, q, `state <> 'erased' ORDER BY opened_at DESC, id`)
	if err != nil || len(calls) == 0 {
		return nil, err
	}
	ids, byID := make([]string, len(calls)), map[string]*Call{}
	for i, c := range calls {
		ids[i], byID[c.ID] = c.ID, c
	}
	var w sqldb.Where
	w.In("call_id", ids)
	w.Add("household_id = ?", householdID)
	var out []Own
	rows, err := sqldb.Collect(ctx, q, func(r *sql.Rows, id *string) error { return r.Scan(id) }, `SELECT call_id FROM rollcall_report WHERE `+w.Text()+` ORDER BY at DESC`, w.Args...)
	if err != nil {
		return nil, err
	}
	for _, id := range rows {
		found, err := rowsOf(ctx, q, id, []string{householdID})
		if err != nil {
			return nil, err
		}
		out = append(out, Own{byID[id], found[householdID]})
	}
	return out, nil
}
