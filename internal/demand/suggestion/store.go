package suggestion

import (
	"context"
	"database/sql"
	"fmt"
	"strings"

	"bilin/internal/errs"
	"bilin/internal/sqldb"
)

const columns = `demand_id, id, number, state, title, reasons, office_unit, office_dept, office, village_id, town_id, open, decided_at, due_on, link_kind, link_ref, link_words, done_words, done_on, done_at, moved_at, folded, version`

func scan(r *sql.Rows, x *Suggestion) error {
	var open int
	var decided, done, moved int64
	var folded string
	err := r.Scan(&x.demandID, &x.ID, &x.Number, &x.State, &x.Title, &x.Reasons, &x.UnitID, &x.officeDept, &x.Office, &x.VillageID, &x.TownID, &open, &decided, &x.DueOn,
		&x.Link, &x.Ref, &x.LinkTitle, &x.DoneWords, &x.DoneOn, &done, &moved, &folded, &x.Version)
	x.Open, x.DecidedAt, x.DoneAt, x.MovedAt = open == 1, sqldb.TimeOrZero(decided), sqldb.TimeOrZero(done), sqldb.TimeOrZero(moved)
	return err
}

func (x *Suggestion) values() []any {
	return []any{x.demandID, x.ID, x.Number, string(x.State), x.Title, x.Reasons, x.UnitID, x.officeDept, x.Office, x.VillageID, x.TownID, sqldb.Flag(x.Open), sqldb.MillisOrZero(x.DecidedAt), x.DueOn,
		string(x.Link), x.Ref, x.LinkTitle, x.DoneWords, x.DoneOn, sqldb.MillisOrZero(x.DoneAt), sqldb.MillisOrZero(x.MovedAt), x.folded(), x.Version}
}

func many(ctx context.Context, q sqldb.Querier, where string, args ...any) ([]Suggestion, error) {
	return sqldb.Collect(ctx, q, scan, `SELECT `+columns+` FROM suggestion WHERE `+where, args...)
}

func byDemand(ctx context.Context, q sqldb.Querier, demandID string) (*Suggestion, error) {
	list, err := many(ctx, q, `demand_id = $1`, demandID)
	if err == nil && len(list) == 0 {
		err = errs.E(errs.NotFound, "suggestion.none")
	}
	if err != nil {
		return nil, err
	}
	return &list[0], nil
}

// put inserts a decision or replaces it.
func put(ctx context.Context, tx *sqldb.Tx, x *Suggestion) error {
	x.Version++
	names := strings.Split(columns, ", ")
	marks, sets := make([]string, len(names)), make([]string, 0, len(names))
	for i, name := range names {
		marks[i] = fmt.Sprintf("$%d", i+1)
		if i > 0 {
			sets = append(sets, name+" = excluded."+name)
		}
	}
	_, err := tx.ExecContext(ctx, `INSERT INTO suggestion (`+columns+`) VALUES (`+strings.Join(marks, ", ")+`)
		ON CONFLICT (demand_id) DO UPDATE SET `+strings.Join(sets, ", "), x.values()...)
	return err
}
