package push

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"

	"bilin/internal/sqldb"
)

// idsAtOnce bounds the parameters of one statement.
const idsAtOnce = 500

// row is a subscription as it is stored.
type row struct {
	id, personID, sealed, device string
	at                           int64
}

func (r row) binding() string { return bindingOf(r.id) }

// bindingOf is where a subscription's sealed text belongs.
func bindingOf(id string) string { return "push_subscription/sealed/" + id }

// byEndpoint returns the id of the row of a browser, or "".
func byEndpoint(ctx context.Context, q sqldb.Querier, index string) (id string, err error) {
	err = q.QueryRowContext(ctx, `SELECT id FROM push_subscription WHERE endpoint_index = $1`, index).Scan(&id)
	if errors.Is(err, sql.ErrNoRows) {
		return "", nil
	}
	return id, err
}

// put writes a browser's row, whoever had it before.
func put(ctx context.Context, tx *sqldb.Tx, r row, index string) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO push_subscription (id, person_id, endpoint_index, sealed, device, created_at) VALUES ($1, $2, $3, $4, $5, $6)
		ON CONFLICT (id) DO UPDATE SET person_id = excluded.person_id, sealed = excluded.sealed, device = excluded.device, created_at = excluded.created_at`,
		r.id, r.personID, index, r.sealed, r.device, r.at)
	return err
}

// ofPeople returns the rows of some people, the newest first.
func ofPeople(ctx context.Context, q sqldb.Querier, personIDs []string) ([]row, error) {
	var out []row
	for chunk := range slices.Chunk(personIDs, idsAtOnce) {
		var w sqldb.Where
		w.In("person_id", chunk)
		rows, err := sqldb.Collect(ctx, q, func(r *sql.Rows, v *row) error {
			return r.Scan(&v.id, &v.personID, &v.sealed, &v.device, &v.at)
		}, `SELECT id, person_id, sealed, device, created_at FROM push_subscription WHERE `+w.Text()+` ORDER BY person_id, created_at DESC, id DESC`, w.Args...)
		if err != nil {
			return nil, fmt.Errorf("push: %w", err)
		}
		out = append(out, rows...)
	}
	return out, nil
}

// readers returns which of the people have a browser: of a few by their ids,
// of many by reading who has one at all.
func readers(ctx context.Context, q sqldb.Querier, personIDs []string) (map[string]bool, error) {
	var w sqldb.Where
	where, all := "", len(personIDs) > idsAtOnce
	if !all {
		w.In("person_id", personIDs)
		where = ` WHERE ` + w.Text()
	}
	found, err := sqldb.Collect(ctx, q, func(r *sql.Rows, id *string) error { return r.Scan(id) },
		`SELECT DISTINCT person_id FROM push_subscription`+where, w.Args...)
	if err != nil {
		return nil, fmt.Errorf("push: %w", err)
	}
	have := make(map[string]bool, len(found))
	for _, id := range found {
		have[id] = true
	}
	if !all {
		return have, nil
	}
	out := make(map[string]bool, len(found))
	for _, id := range personIDs {
		if have[id] {
			out[id] = true
		}
	}
	return out, nil
}

// drop removes a row, unless it has come to hold something else meanwhile.
func drop(ctx context.Context, tx *sqldb.Tx, r row) (bool, error) {
	res, err := tx.ExecContext(ctx, `DELETE FROM push_subscription WHERE id = $1 AND person_id = $2 AND sealed = $3`, r.id, r.personID, r.sealed)
	if err != nil {
		return false, err
	}
	n, err := res.RowsAffected()
	return n > 0, err
}
