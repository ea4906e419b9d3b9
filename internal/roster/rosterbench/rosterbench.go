// Package rosterbench measures an import of a whole city beside a bare bulk insert of the same rows.
package rosterbench

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"bilin/internal/audit"
	"bilin/internal/auth"
	"bilin/internal/find"
	"bilin/internal/network"
	"bilin/internal/roster"
	"bilin/internal/seal"
	"bilin/internal/sqldb"
)

// Bench is an import measured on databases of its own under a directory.
type Bench struct {
	Dir        string
	Households int
	URL        string // PostgreSQL with an empty schema for the import; "" is SQLite under Dir
	BareURL    string // and one for the bare insert
	Once       bool   // don't import the same file again
	Progress   func(roster.Progress)
}

// Result is what was measured.
type Result struct {
	Rows   int
	Units  int
	Import time.Duration // whole: checked, sealed, indexed, durable
	Bare   time.Duration // the same household rows, with the same indexes, and nothing else
	Again  time.Duration // the same file once more, which changes nothing
}

// Share is the import's rows per second as a share of the bare insert's.
func (r Result) Share() float64 { return r.Bare.Seconds() / r.Import.Seconds() }

// City is an open city with the services of rosters.
type City struct {
	DB     *sqldb.DB
	Vault  *seal.Vault
	Net    *network.Service
	Roster *roster.Service
	Find   *find.Service
}

// Open opens a city in dir, empty but migrated.
func Open(ctx context.Context, dir, url string) (*City, error) {
	quiet := slog.New(slog.DiscardHandler)
	db, err := sqldb.Open(ctx, sqldb.Config{Dir: dir, URL: url, Logger: quiet})
	if err != nil {
		return nil, err
	}
	if err := db.Migrate(ctx); err != nil {
		return nil, err
	}
	keys, err := seal.Open(filepath.Join(dir, "keys"))
	if err != nil {
		return nil, err
	}
	log, err := audit.Open(db, audit.Options{Dir: dir, Logger: quiet})
	if err != nil {
		return nil, err
	}
	vault, err := seal.OpenVault(ctx, seal.Options{DB: db, Keys: keys, Logger: quiet})
	if err != nil {
		return nil, err
	}
	net, err := network.Open(ctx, db, network.Options{Audit: log, Seal: keys, Vault: vault, Logger: quiet})
	if err != nil {
		return nil, err
	}
	return &City{
		DB: db, Vault: vault, Net: net, Find: find.New(db, net, keys),
		Roster: roster.New(roster.Deps{DB: db, Network: net, Index: find.NewIndex(), Seal: keys, Audit: log, Logger: quiet}),
	}, nil
}

// Import makes a city under Dir and imports a roster of it.
func (b Bench) Import(ctx context.Context) (*City, Result, error) {
	var r Result
	dir := filepath.Join(b.Dir, "import")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, r, err
	}
	c, err := Open(ctx, dir, b.URL)
	if err != nil {
		return nil, r, err
	}
	villages, err := c.Build(ctx)
	if err != nil {
		return nil, r, err
	}
	name := filepath.Join(b.Dir, "roster.csv")
	if err := writeFile(name, func(w io.Writer) error { return WriteRoster(w, villages, b.Households) }); err != nil {
		return nil, r, err
	}
	report, took, err := c.timed(ctx, name, b.Progress)
	if err != nil {
		return nil, r, err
	}
	r.Rows, r.Units, r.Import = report.Done.New, report.Done.Units, took
	if b.Once {
		return c, r, nil
	}
	report, r.Again, err = c.timed(ctx, name, b.Progress)
	if err == nil && !report.Nothing() {
		err = fmt.Errorf("rosterbench: the second import would change something: %+v", report)
	}
	return c, r, err
}

func (c *City) timed(ctx context.Context, name string, progress func(roster.Progress)) (roster.Report, time.Duration, error) {
	f, err := os.Open(name)
	if err != nil {
		return roster.Report{}, 0, err
	}
	defer func() { _ = f.Close() }() // only read from
	info, err := f.Stat()
	if err != nil {
		return roster.Report{}, 0, err
	}
	begin := time.Now()
	report, err := c.Roster.Import(ctx, auth.System("bench"), roster.File{Name: "roster.csv", Size: info.Size(), ReaderAt: f},
		roster.Options{Limits: roster.CommandLine, Progress: progress})
	return report, time.Since(begin), err
}

// Run measures the import and the bare insert.
func (b Bench) Run(ctx context.Context) (Result, error) {
	c, r, err := b.Import(ctx)
	if err != nil {
		return r, err
	}
	r.Bare, err = b.bare(ctx, c.DB)
	return r, errors.Join(err, c.Vault.Close(), c.DB.Close())
}

var columns = []string{"id", "unit_id", "ref", "door", "address", "address_key", "head", "phone", "phone_index", "size", "roster_key"}

// bare copies the units, and then times the insert of the household rows,
// computed beforehand, in chunks of the import's size.
func (b Bench) bare(ctx context.Context, from *sqldb.DB) (time.Duration, error) {
	dir := filepath.Join(b.Dir, "bare")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return 0, err
	}
	to, err := sqldb.Open(ctx, sqldb.Config{Dir: dir, URL: b.BareURL})
	if err != nil {
		return 0, err
	}
	if err := to.Migrate(ctx); err != nil {
		return 0, err
	}
	unitColumns := []string{"id", "code", "name", "level", "parent_id", "started_on", "rev"}
	units, err := read(ctx, from, `SELECT id, code, name, level, parent_id, started_on, rev FROM unit ORDER BY level`, len(unitColumns))
	if err != nil {
		return 0, err
	}
	if err := insert(ctx, to, "unit", unitColumns, units); err != nil {
		return 0, err
	}
	rows, err := read(ctx, from, `SELECT id, unit_id, ref, door, address, address_key, head, phone, phone_index, size, roster_key
		FROM household ORDER BY id`, len(columns))
	if err != nil {
		return 0, err
	}
	begin := time.Now()
	err = insert(ctx, to, "household", columns, rows)
	took := time.Since(begin)
	return took, errors.Join(err, to.Close())
}

func read(ctx context.Context, db *sqldb.DB, query string, width int) (out [][]any, err error) {
	rows, err := db.Reader().QueryContext(ctx, query)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		line, into := make([]any, width), make([]any, width)
		for i := range line {
			into[i] = &line[i]
		}
		if err := rows.Scan(into...); err != nil {
			return nil, err
		}
		out = append(out, line)
	}
	return out, rows.Err()
}

const chunk = 4000

func insert(ctx context.Context, db *sqldb.DB, table string, cols []string, rows [][]any) error {
	for len(rows) > 0 {
		n := min(chunk, len(rows))
		err := db.Write(ctx, func(tx *sqldb.Tx) error { return sqldb.InsertMany(ctx, tx, table, cols, rows[:n], "") })
		if err != nil {
			return err
		}
		rows = rows[n:]
	}
	return nil
}

func writeFile(name string, write func(io.Writer) error) error {
	f, err := os.Create(name)
	if err != nil {
		return err
	}
	w := bufio.NewWriterSize(f, 1<<20)
	return errors.Join(write(w), w.Flush(), f.Close())
}

// CheckOnly checks a roster of so many households without writing it.
func (c *City) CheckOnly(ctx context.Context, dir string, households int) error {
	name := filepath.Join(dir, fmt.Sprintf("check-%d.csv", households))
	if _, err := os.Stat(name); err != nil {
		var places []Place
		tree := c.Net.Tree()
		for _, u := range tree.Units(network.Village) {
			places = append(places, Place{Code: u.Code, Town: tree.Parent(u).Name, Name: u.Name})
		}
		if err := writeFile(name, func(w io.Writer) error { return WriteRoster(w, places, households) }); err != nil {
			return err
		}
	}
	raw, err := os.ReadFile(name)
	if err != nil {
		return err
	}
	f := roster.File{Name: name, Size: int64(len(raw)), ReaderAt: bytes.NewReader(raw)}
	_, err = c.Roster.Check(ctx, auth.System("bench"), f, roster.Options{Limits: roster.CommandLine})
	return err
}
