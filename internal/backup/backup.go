// Package backup writes a city into one encrypted file while it is at work, and brings it back from there.
//
// The file is a tar archive, compressed with zstd, encrypted with age:
//
//	manifest.json         what this is: format, time, schema, tables and columns
//	audit/checkpoints     what the audit record was signed as, and what verifies it
//	table/NAME/000001 …   rows, in PostgreSQL's COPY text format
//	end.json              how many rows each table has and their sum, the record's head
//
// Rows are the same whatever engine they come from, so a city also moves from
// SQLite to PostgreSQL by backup and restore. Keys are not in it: see leftout.go.
package backup

import (
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"filippo.io/age"

	"bilin/internal/i18n"
	"bilin/internal/sqldb"
)

//go:embed messages.json
var rawMessages []byte

// Messages is what this package says to people.
var Messages = i18n.MustParse(rawMessages)

// format is the number of the archive's layout.
const format = 1

// Manifest begins a backup.
type Manifest struct {
	Format  int           `json:"format"`
	MadeAt  time.Time     `json:"made_at"`
	City    string        `json:"city"`
	Program string        `json:"program"`
	Engine  sqldb.Engine  `json:"engine"`
	Schema  int64         `json:"schema"` // number of the last migration
	Tables  []sqldb.Table `json:"tables"`
	LeftOut []string      `json:"left_out"` // tables whose rows are not in it
}

// Count is what a table holds.
type Count struct {
	Table string `json:"table"`
	Rows  int64  `json:"rows"`
	Sum   string `json:"sum"` // sum of the rows' SHA-256, so it doesn't depend on their order
}

// End ends a backup.
type End struct {
	Counts []Count `json:"counts"`
	Head   int64   `json:"head"`   // rows in the audit record
	Signed int64   `json:"signed"` // the first so many are signed by the last checkpoint
}

// Rows is how many rows there are in all.
func (e End) Rows() (n int64) {
	for _, c := range e.Counts {
		n += c.Rows
	}
	return n
}

// Options of a backup.
type Options struct {
	DB         *sqldb.DB
	Dir        string // data directory, for what lies beside the database
	Program    string // version of the program
	Recipients []age.Recipient
	Now        func() time.Time
	Progress   func(done, total int) // may be nil
}

// Summary says what was written.
type Summary struct {
	Manifest
	End
	Size int64
	Took time.Duration
}

// Write writes the city as it is now to out. Others write on meanwhile.
func Write(ctx context.Context, out io.Writer, o Options) (s Summary, err error) {
	began := o.Now()
	counted := &counter{w: out}
	err = o.DB.Snapshot(ctx, func(q sqldb.Querier) error {
		if s.Manifest, err = manifest(ctx, q, o); err != nil {
			return err
		}
		a, err := newWriter(counted, o.Recipients, began)
		if err != nil {
			return err
		}
		if s.End, err = content(ctx, q, a, o, s.Manifest); err != nil {
			return errors.Join(err, a.abandon())
		}
		return a.close()
	})
	s.Size, s.Took = counted.n, o.Now().Sub(began)
	if err != nil {
		return s, fmt.Errorf("backup: %w", err)
	}
	return s, nil
}

func manifest(ctx context.Context, q sqldb.Querier, o Options) (Manifest, error) {
	m := Manifest{Format: format, MadeAt: o.Now().UTC(), Program: o.Program, Engine: o.DB.Engine()}
	tables, err := o.DB.Tables(ctx, q)
	if err != nil {
		return m, err
	}
	for _, t := range tables {
		if _, out := leftOut[t.Name]; out {
			m.LeftOut = append(m.LeftOut, t.Name)
			continue
		}
		m.Tables = append(m.Tables, t)
	}
	if m.Schema, err = o.DB.SchemaVersion(ctx, q); err != nil {
		return m, err
	}
	m.City, err = cityName(ctx, q)
	return m, err
}

// content writes everything between the two ends, and the last.
func content(ctx context.Context, q sqldb.Querier, a *writer, o Options, m Manifest) (e End, err error) {
	if err := a.json(manifestName, m); err != nil {
		return e, err
	}
	if e.Signed, err = writeCheckpoints(ctx, q, a); err != nil {
		return e, err
	}
	if err := writeFiles(a, o.Dir); err != nil {
		return e, err
	}
	if err := q.QueryRowContext(ctx, `SELECT size FROM audit_head WHERE id = 1`).Scan(&e.Head); err != nil {
		return e, err
	}
	p, err := newProgress(ctx, q, m.Tables, o.Progress)
	if err != nil {
		return e, err
	}
	for _, t := range m.Tables {
		c, err := dump(ctx, q, t, p, a.chunk(t.Name))
		if err != nil {
			return e, err
		}
		e.Counts = append(e.Counts, c)
	}
	return e, a.json(endName, e)
}

// cityName is the root's name, for whoever holds the file in hand.
func cityName(ctx context.Context, q sqldb.Querier) (name string, err error) {
	err = q.QueryRowContext(ctx, `SELECT COALESCE(MAX(name), '') FROM unit WHERE parent_id IS NULL AND state = 'active'`).Scan(&name)
	return name, err
}

type counter struct {
	w io.Writer
	n int64
}

func (c *counter) Write(p []byte) (int, error) {
	n, err := c.w.Write(p)
	c.n += int64(n)
	return n, err
}

func marshal(v any) ([]byte, error) {
	raw, err := json.MarshalIndent(v, "", " ")
	return append(raw, '\n'), err
}
