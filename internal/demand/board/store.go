package board

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"bilin/internal/sqldb"
)

const columns = `demand_id, id, state, kind, category_id, town_id, village_id, question, answer, search, days, rung, reason,
	editor, proposed_at, decided_at, published_at, version`

// entryOf loads an entry by its id or its demand's. Without one it is sql.ErrNoRows.
func entryOf(ctx context.Context, q sqldb.Querier, by, id string) (*Entry, error) {
	e, err := scan(q.QueryRowContext(ctx, `SELECT `+columns+` FROM demand_board WHERE `+by+` = $1`, id))
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return nil, fmt.Errorf("board: load: %w", err)
	}
	return e, err
}

func scan(row interface{ Scan(...any) error }) (*Entry, error) {
	var e Entry
	var proposed, decided, published int64
	err := row.Scan(&e.demandID, &e.ID, &e.State, &e.Kind, &e.CategoryID, &e.townID, &e.villageID, &e.Question, &e.Answer, &e.search,
		&e.Days, &e.Rung, &e.Reason, &e.editor, &proposed, &decided, &published, &e.Version)
	if err != nil {
		return nil, err
	}
	e.ProposedAt = sqldb.Time(proposed)
	if decided != 0 {
		e.decidedAt = sqldb.Time(decided)
	}
	if published != 0 {
		e.Published = sqldb.Time(published)
	}
	return &e, nil
}

// put stores an entry, a new one or in place of the one before.
func put(ctx context.Context, tx *sqldb.Tx, e *Entry) error {
	var decided, published int64
	if !e.decidedAt.IsZero() {
		decided = sqldb.Millis(e.decidedAt)
	}
	if !e.Published.IsZero() {
		published = sqldb.Millis(e.Published)
	}
	_, err := tx.ExecContext(ctx, `INSERT INTO demand_board (`+columns+`)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)
		ON CONFLICT (demand_id) DO UPDATE SET id = excluded.id, state = excluded.state, kind = excluded.kind,
		category_id = excluded.category_id, town_id = excluded.town_id, village_id = excluded.village_id,
		question = excluded.question, answer = excluded.answer, search = excluded.search, days = excluded.days,
		rung = excluded.rung, reason = excluded.reason, editor = excluded.editor, proposed_at = excluded.proposed_at,
		decided_at = excluded.decided_at, published_at = excluded.published_at, version = excluded.version`,
		e.demandID, e.ID, string(e.State), string(e.Kind), e.CategoryID, e.townID, e.villageID, e.Question, e.Answer, e.search,
		e.Days, int(e.Rung), e.Reason, e.editor, sqldb.Millis(e.ProposedAt), decided, published, e.Version)
	if err != nil {
		return fmt.Errorf("board: store: %w", err)
	}
	return nil
}

// withdraw takes a demand off the board, with its words.
func withdraw(ctx context.Context, tx *sqldb.Tx, demandID string, now int64) error {
	_, err := tx.ExecContext(ctx, `UPDATE demand_board SET state = 'withdrawn', question = '', answer = '', search = '',
		published_at = 0, decided_at = $1, version = version + 1 WHERE demand_id = $2 AND state <> 'withdrawn'`, now, demandID)
	if err != nil {
		return fmt.Errorf("board: withdraw: %w", err)
	}
	return nil
}

// entries runs a query for entries, at most limit, and says whether there are more.
func entries(ctx context.Context, q sqldb.Querier, limit int, query string, args []any) (list []*Entry, more bool, err error) {
	rows, err := q.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, false, fmt.Errorf("board: list: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		if len(list) == limit {
			return list, true, nil
		}
		e, err := scan(rows)
		if err != nil {
			return nil, false, fmt.Errorf("board: list: %w", err)
		}
		list = append(list, e)
	}
	return list, false, rows.Err()
}
