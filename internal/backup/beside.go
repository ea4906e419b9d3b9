package backup

import (
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"bilin/internal/sqldb"
)

// beside are the files of the data directory that go with the rows; one that
// isn't there is no fault.
var beside = []string{verifierName, "audit/witnesses", "demo.json"}

// writeCheckpoints writes the signed checkpoints as the snapshot has them, in
// the form of the file beside the database: that file may be ahead already, and
// would then speak of rows that are not in this backup.
func writeCheckpoints(ctx context.Context, q sqldb.Querier, a *writer) (signed int64, err error) {
	rows, err := q.QueryContext(ctx, `SELECT size, note FROM audit_checkpoint ORDER BY size`)
	if err != nil {
		return 0, err
	}
	defer rows.Close()
	var text []byte
	for rows.Next() {
		var note string
		if err := rows.Scan(&signed, &note); err != nil {
			return 0, err
		}
		line, err := json.Marshal(note)
		if err != nil {
			return 0, err
		}
		text = append(append(text, line...), '\n')
	}
	if err := rows.Err(); err != nil {
		return 0, err
	}
	return signed, a.entry(checkpointsName, text)
}

func writeFiles(a *writer, dir string) error {
	for _, name := range beside {
		raw, err := os.ReadFile(filepath.Join(dir, name))
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err == nil {
			err = a.entry(name, raw)
		}
		if err != nil {
			return err
		}
	}
	return nil
}
