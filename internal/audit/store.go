package audit

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"bilin/internal/sqldb"
)

// recordColumns are the columns of audit_pending, and of audit_entry after seq.
const recordColumns = `id, at, actor_id, actor_name, action, object_kind, object_id, unit_id, purpose, detail`

func (r Record) values() []any {
	return []any{
		r.ID, sqldb.Millis(r.At), r.ActorID, r.ActorName, r.Action,
		r.ObjectKind, r.ObjectID, r.UnitID, r.Purpose, r.Detail,
	}
}

func insertPending(ctx context.Context, q sqldb.Querier, r Record) error {
	_, err := q.ExecContext(ctx, `INSERT INTO audit_pending (`+recordColumns+`)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`, r.values()...)
	return err
}

func hasPending(ctx context.Context, q sqldb.Querier) (bool, error) {
	var id string
	err := q.QueryRowContext(ctx, `SELECT id FROM audit_pending LIMIT 1`).Scan(&id)
	if errors.Is(err, sql.ErrNoRows) {
		return false, nil
	}
	return err == nil, err
}

func loadPending(ctx context.Context, q sqldb.Querier, limit int) ([]Record, error) {
	rows, err := q.QueryContext(ctx, `SELECT -1, `+recordColumns+` FROM audit_pending ORDER BY id LIMIT $1`, limit)
	return scanRecords(rows, err)
}

// scanRecords reads all rows of a query for seq and recordColumns, and closes them.
func scanRecords(rows *sql.Rows, err error) ([]Record, error) {
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var records []Record
	for rows.Next() {
		var r Record
		var at int64
		if err := rows.Scan(&r.Seq, &r.ID, &at, &r.ActorID, &r.ActorName, &r.Action,
			&r.ObjectKind, &r.ObjectID, &r.UnitID, &r.Purpose, &r.Detail); err != nil {
			return nil, err
		}
		r.At = sqldb.Time(at)
		records = append(records, r)
	}
	return records, rows.Err()
}

// takeTurn returns the size of the tree and makes whoever else sequences wait
// for the end of this transaction.
func takeTurn(ctx context.Context, q sqldb.Querier) (size int64, err error) {
	err = q.QueryRowContext(ctx, `UPDATE audit_head SET turns = turns + 1 WHERE id = 1 RETURNING size`).Scan(&size)
	return size, err
}

// endTurn takes the entries from first on off the pending ones. It names them
// by what was stored, as others may have been appended meanwhile.
func endTurn(ctx context.Context, q sqldb.Querier, first, size int64) error {
	_, err := q.ExecContext(ctx, `DELETE FROM audit_pending
		WHERE id IN (SELECT id FROM audit_entry WHERE seq >= $1)`, first)
	if err != nil {
		return err
	}
	_, err = q.ExecContext(ctx, `UPDATE audit_head SET size = $1 WHERE id = 1`, size)
	return err
}

func insertRecords(ctx context.Context, q sqldb.Querier, records []Record) error {
	rows := make([][]any, len(records))
	for i, r := range records {
		rows[i] = append([]any{r.Seq}, r.values()...)
	}
	cols := strings.Split("seq, "+recordColumns, ", ")
	return insertInChunks(ctx, q, "audit_entry", cols, rows)
}

func insertNodes(ctx context.Context, q sqldb.Querier, first int64, nodes []tlog.Hash) error {
	rows := make([][]any, len(nodes))
	for i := range nodes {
		rows[i] = []any{first + int64(i), nodes[i][:]}
	}
	return insertInChunks(ctx, q, "audit_hash", []string{"idx", "hash"}, rows)
}

// insertInChunks inserts in chunks of powers of two: batches come in every
// size, and so need only a few statements, which stay prepared.
func insertInChunks(ctx context.Context, q sqldb.Querier, table string, cols []string, rows [][]any) error {
	for chunk := 128; len(rows) > 0; chunk /= 2 {
		for len(rows) >= chunk {
			if err := sqldb.InsertMany(ctx, q, table, cols, rows[:chunk], ""); err != nil {
				return err
			}
			rows = rows[chunk:]
		}
	}
	return nil
}

// loadTree reads the edge of the tree of a size that was committed.
func loadTree(ctx context.Context, q sqldb.Querier, size int64) (tree, error) {
	t := tree{size: size}
	for _, index := range edge(size) {
		var raw []byte
		err := q.QueryRowContext(ctx, `SELECT hash FROM audit_hash WHERE idx = $1`, index).Scan(&raw)
		if err != nil || len(raw) != tlog.HashSize {
			return tree{}, fmt.Errorf("node %d of %d bytes: %w", index, len(raw), err)
		}
		t.setEdge(index, tlog.Hash(raw))
	}
	return t, nil
}

// storedNodes are consecutive nodes of the stored tree; one that is missing is zero.
type storedNodes struct {
	first  int64
	hashes []tlog.Hash
}

func (s storedNodes) at(index int64) tlog.Hash { return s.hashes[index-s.first] }

// loadNodes reads the nodes of indexes in [first, end).
func loadNodes(ctx context.Context, q sqldb.Querier, first, end int64) (storedNodes, error) {
	nodes := storedNodes{first: first, hashes: make([]tlog.Hash, end-first)}
	rows, err := q.QueryContext(ctx, `SELECT idx, hash FROM audit_hash WHERE idx >= $1 AND idx < $2`, first, end)
	if err != nil {
		return nodes, err
	}
	defer rows.Close()
	for rows.Next() {
		var index int64
		var raw sql.RawBytes
		if err := rows.Scan(&index, &raw); err != nil {
			return nodes, err
		}
		copy(nodes.hashes[index-first][:], raw)
	}
	return nodes, rows.Err()
}

func headSize(ctx context.Context, q sqldb.Querier) (size int64, err error) {
	err = q.QueryRowContext(ctx, `SELECT size FROM audit_head WHERE id = 1`).Scan(&size)
	return size, err
}

// storedCheckpoint is a checkpoint as a row of the database has it.
type storedCheckpoint struct {
	size int64
	at   time.Time
	note string
}

func insertCheckpoint(ctx context.Context, q sqldb.Querier, c checkpoint) error {
	_, err := q.ExecContext(ctx, `INSERT INTO audit_checkpoint (size, at, note) VALUES ($1, $2, $3)
		ON CONFLICT (size) DO NOTHING`, c.size, sqldb.Millis(c.at), c.note)
	return err
}

func lastCheckpointSize(ctx context.Context, q sqldb.Querier) (size int64, err error) {
	err = q.QueryRowContext(ctx, `SELECT COALESCE(MAX(size), 0) FROM audit_checkpoint`).Scan(&size)
	return size, err
}

// loadCheckpoints reads those of sizes in (after, upTo], smallest first.
func loadCheckpoints(ctx context.Context, q sqldb.Querier, after, upTo int64, limit int) ([]storedCheckpoint, error) {
	rows, err := q.QueryContext(ctx, `SELECT size, at, note FROM audit_checkpoint
		WHERE size > $1 AND size <= $2 ORDER BY size LIMIT $3`, after, upTo, limit)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var stored []storedCheckpoint
	for rows.Next() {
		var c storedCheckpoint
		var at int64
		if err := rows.Scan(&c.size, &at, &c.note); err != nil {
			return nil, err
		}
		c.at = sqldb.Time(at)
		stored = append(stored, c)
	}
	return stored, rows.Err()
}
