package roster

import (
	"context"
	"errors"
	"fmt"
	"strconv"

	"bilin/internal/sqldb"
)

// partSize is how much of an upload one row holds.
const partSize = 256 << 10

func (s *Service) sealFile(runID string, raw []byte) ([]string, error) {
	var parts []string
	for len(raw) > 0 {
		n := min(partSize, len(raw))
		part, err := s.seal.Seal(string(raw[:n]), partBinding(runID, len(parts)))
		if err != nil {
			return nil, err
		}
		parts, raw = append(parts, part), raw[n:]
	}
	return parts, nil
}

func partBinding(runID string, part int) string {
	return "roster_file/data/" + runID + "/" + strconv.Itoa(part)
}

func insertFile(ctx context.Context, tx *sqldb.Tx, runID string, parts []string) error {
	for i, part := range parts {
		_, err := tx.ExecContext(ctx, `INSERT INTO roster_file (run_id, part, data) VALUES ($1, $2, $3)`, runID, i, part)
		if err != nil {
			return fmt.Errorf("roster: store file: %w", err)
		}
	}
	return nil
}

func (s *Service) readFile(ctx context.Context, runID string) (raw []byte, err error) {
	rows, err := s.db.Reader().QueryContext(ctx, `SELECT part, data FROM roster_file WHERE run_id = $1 ORDER BY part`, runID)
	if err != nil {
		return nil, fmt.Errorf("roster: read file: %w", err)
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var part int
		var data string
		if err := rows.Scan(&part, &data); err != nil {
			return nil, fmt.Errorf("roster: read file: %w", err)
		}
		plain, err := s.seal.Open(data, partBinding(runID, part))
		if err != nil {
			return nil, err
		}
		raw = append(raw, plain...)
	}
	return raw, rows.Err()
}

// dropFiles removes uploads, and what was quoted of them, of runs made before a time and not going on.
func dropFiles(ctx context.Context, tx *sqldb.Tx, before int64) error {
	const old = `SELECT id FROM roster_run WHERE active = 0 AND created_at < $1 AND finished_at < $2`
	if _, err := tx.ExecContext(ctx, `DELETE FROM roster_file WHERE run_id IN (`+old+`)`, before, before); err != nil {
		return fmt.Errorf("roster: drop files: %w", err)
	}
	_, err := tx.ExecContext(ctx, `UPDATE roster_run SET issues = '' WHERE issues <> '' AND id IN (`+old+`)`, before, before)
	if err != nil {
		return fmt.Errorf("roster: drop issues: %w", err)
	}
	return nil
}
