package backup_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	mrand "math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"filippo.io/age"

	"bilin/internal/audit"
	"bilin/internal/backup"
	"bilin/internal/errs"
	"bilin/internal/sqldb"
	"bilin/internal/sqldbtest"
)

var ctx = context.Background()

// city is a database with something of everything in it.
type city struct {
	*testing.T
	db     *sqldb.DB
	dir    string
	record *audit.Log
}

func newCity(t *testing.T, engine sqldb.Engine) *city {
	t.Helper()
	c := &city{T: t, dir: t.TempDir()}
	if engine == sqldb.Postgres {
		c.db = sqldbtest.OpenConfig(t, sqldb.Config{URL: sqldbtest.Postgres(t)})
	} else {
		c.dir = sqldbtest.SQLite(t)
		c.db = sqldbtest.OpenConfig(t, sqldb.Config{Dir: c.dir})
	}
	var err error
	if c.record, err = audit.Open(c.db, audit.Options{Dir: c.dir}); err != nil {
		t.Fatal(err)
	}
	c.fill(300)
	if err := c.record.Stop(ctx); err != nil {
		t.Fatal(err)
	}
	return c
}

func (c *city) exec(tx *sqldb.Tx, query string, args ...any) error {
	_, err := tx.ExecContext(ctx, query, args...)
	return err
}

// fill writes units that refer to each other, numbers, nothing, bytes, and texts
// that a line or a field could be torn by.
func (c *city) fill(n int) {
	c.Helper()
	err := c.db.Write(ctx, func(tx *sqldb.Tx) error {
		for i := range n {
			parent, lon := any(nil), any(nil)
			if i > 0 {
				parent, lon = fmt.Sprint("u", n-i), 112.9388+float64(i)/7 // points forwards and backwards
			}
			id := fmt.Sprint("u", n-i-1)
			if i == 0 {
				id = fmt.Sprint("u", n-1)
			}
			if err := c.exec(tx, `INSERT INTO unit (id, code, name, level, parent_id, lon, lat, started_on, rev)
				VALUES ($1, $2, $3, 1, $4, $5, 1e-7, '2026-01-01', $6)`, id, id, "城"+id, parent, lon, i); err != nil {
				return err
			}
			if err := c.exec(tx, `INSERT INTO once (scope, key, request, result, created_at) VALUES ('s', $1, '', $2, $3)`,
				id, "a\tb\nc\\N\\\r"+strings.Repeat("字", i), int64(i)<<40); err != nil {
				return err
			}
			if err := c.record.Append(ctx, tx, audit.Entry{ActorID: "somebody", Action: "test.did", ObjectID: id}); err != nil {
				return err
			}
		}
		if err := c.exec(tx, `INSERT INTO once (scope, key, request, result, created_at) VALUES ('s', 'big', '', $1, 0)`, strings.Repeat("\\", 5<<20)); err != nil {
			return err
		}
		if err := c.exec(tx, `INSERT INTO account (id, login, name, kind, password, demo, disabled, created_at, version) VALUES ('a', 'a', '', 'admin', '', 0, 0, 0, 1)`); err != nil {
			return err
		}
		return c.exec(tx, `INSERT INTO session (id, account_id, created_at, seen_at, expires_at, idle_ms, device) VALUES ('secret', 'a', 0, 0, 0, 0, '')`)
	})
	if err != nil {
		c.Fatal(err)
	}
}

func (c *city) options(to ...age.Recipient) backup.Options {
	return backup.Options{DB: c.db, Dir: c.dir, Program: "test", Recipients: to, Now: time.Now}
}

func identity(t *testing.T) *age.X25519Identity {
	t.Helper()
	id, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	return id
}

// place is somewhere to restore into.
func place(t *testing.T, engine sqldb.Engine, ids ...age.Identity) backup.RestoreOptions {
	t.Helper()
	o := backup.RestoreOptions{Identities: ids, Dir: filepath.Join(t.TempDir(), "data"), Now: time.Now}
	if engine == sqldb.Postgres {
		o.URL = sqldbtest.EmptyPostgres(t)
	}
	return o
}

var engines = []sqldb.Engine{sqldb.SQLite, sqldb.Postgres}

// A backup that is made while others write holds one moment, and brings all of
// it back, from each engine to each.
func TestBroughtBackUnderLoad(t *testing.T) {
	t.Parallel()
	for _, from := range engines {
		for _, to := range engines {
			t.Run(string(from)+" to "+string(to), func(t *testing.T) {
				t.Parallel()
				c, id := newCity(t, from), identity(t)
				c.record.Start(ctx)
				stop := c.load()
				var file bytes.Buffer
				time.Sleep(50 * time.Millisecond)
				s, err := backup.Write(ctx, &file, c.options(id.Recipient()))
				written := stop()
				if err != nil {
					t.Fatal(err)
				}
				if err := c.record.Stop(ctx); err != nil {
					t.Fatal(err)
				}
				if s.Rows() < 900 || written == 0 || s.Size != int64(file.Len()) {
					t.Errorf("%d rows, %d bytes of %d, %d written meanwhile", s.Rows(), s.Size, file.Len(), written)
				}
				o := place(t, to, id)
				r, err := backup.Restore(ctx, &file, o)
				if err != nil {
					t.Fatal(err)
				}
				if !slices.Equal(r.Counts, s.Counts) || r.Head != s.Head || r.City == "" {
					t.Errorf("%+v instead of %+v", r.End, s.End)
				}
				same(t, c, o, r)
			})
		}
	}
}

// load writes pairs of rows that belong together, until it is stopped.
func (c *city) load() (stop func() (n int)) {
	over, n := make(chan struct{}), 0
	var busy sync.WaitGroup
	busy.Go(func() {
		for ; ; n++ {
			select {
			case <-over:
				return
			default:
			}
			err := c.db.Write(ctx, func(tx *sqldb.Tx) error {
				id := sqldb.NewID()
				if err := c.exec(tx, `INSERT INTO once (scope, key, request, result, created_at) VALUES ('pair', $1, '', '', 0)`, id); err != nil {
					return err
				}
				if err := c.exec(tx, `INSERT INTO meta (key, value) VALUES ($1, '')`, "pair."+id); err != nil {
					return err
				}
				return c.record.Append(ctx, tx, audit.Entry{ActorID: "somebody", Action: "test.pair", ObjectID: id})
			})
			if err != nil {
				c.Error(err)
				return
			}
		}
	})
	return func() int {
		close(over)
		busy.Wait()
		return n
	}
}

// same looks at a city that was brought back: halves of pairs, the record, what
// must not be there, and that it can be worked in.
func same(t *testing.T, c *city, o backup.RestoreOptions, r backup.Restored) {
	t.Helper()
	db := sqldbtest.OpenConfig(t, sqldb.Config{Dir: o.Dir, URL: o.URL})
	var once, meta, sessions int
	var text string
	var lon float64
	err := db.Reader().QueryRowContext(ctx, `SELECT (SELECT count(*) FROM once WHERE scope = 'pair'), (SELECT count(*) FROM meta WHERE key LIKE 'pair.%'),
		(SELECT count(*) FROM session), (SELECT result FROM once WHERE key = 'u297'), (SELECT lon FROM unit WHERE id = 'u297')`).
		Scan(&once, &meta, &sessions, &text, &lon)
	if err != nil || once != meta || sessions != 0 {
		t.Errorf("%d and %d halves, %d sessions, %v", once, meta, sessions, err)
	}
	if want := "a\tb\nc\\N\\\r" + strings.Repeat("字", 2); text != want || lon != 112.9388+2.0/7 {
		t.Errorf("%q, %v", text, lon)
	}
	report, err := audit.Verify(ctx, db, o.Dir)
	if err != nil || !report.OK() || report.Rows != r.Head || report.Proved != r.Proved || report.Proved < 300 {
		t.Errorf("the record: %+v, %v", report, err)
	}
	held, err := backup.ReadHeld(ctx, db.Reader())
	if err != nil || held == nil || !held.MadeAt.Equal(r.MadeAt) {
		t.Errorf("held: %+v, %v", held, err)
	}
	if newest, _ := sqldb.Newest(db.Engine()); newest == 0 {
		t.Error("no newest migration")
	} else if v, err := db.SchemaVersion(ctx, db.Reader()); v != newest || err != nil {
		t.Errorf("schema %d of %d, %v", v, newest, err)
	}
	err = db.Write(ctx, func(tx *sqldb.Tx) error {
		return c.exec(tx, `INSERT INTO unit (id, code, name, level, parent_id, started_on, rev) VALUES ('new', 'new', '', 1, 'nobody', '', 0)`)
	})
	if err == nil {
		t.Error("references are not looked after")
	}
	if left, _ := filepath.Glob(filepath.Join(o.Dir, ".restoring*")); len(left) > 0 {
		t.Errorf("left: %v", left)
	}
}

// nothing fails if there is anything of a city.
func nothing(t *testing.T, o backup.RestoreOptions) {
	t.Helper()
	entries, err := os.ReadDir(o.Dir)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		t.Fatal(err)
	}
	for _, e := range entries {
		t.Errorf("left: %s", e.Name())
	}
	if o.URL == "" {
		return
	}
	db := sqldbtest.OpenConfig(t, sqldb.Config{URL: o.URL})
	if tables, err := db.Tables(ctx, db.Reader()); len(tables) > 0 || err != nil {
		t.Errorf("tables left: %d, %v", len(tables), err)
	}
}

func wants(t *testing.T, err error, code string) {
	t.Helper()
	if known, ok := errors.AsType[*errs.Error](err); !ok || known.Code != code {
		t.Errorf("%v, want %s", err, code)
	}
}

// A backup that is damaged in whatever way brings nothing back.
func TestDamaged(t *testing.T) {
	t.Parallel()
	c, id := newCity(t, sqldb.SQLite), identity(t)
	var file bytes.Buffer
	if _, err := backup.Write(ctx, &file, c.options(id.Recipient())); err != nil {
		t.Fatal(err)
	}
	whole := file.Bytes()
	dice := mrand.New(mrand.NewPCG(1, 2))
	try := func(t *testing.T, engine sqldb.Engine, raw []byte, code string, ids ...age.Identity) {
		t.Helper()
		o := place(t, engine, ids...)
		_, err := backup.Restore(ctx, bytes.NewReader(raw), o)
		wants(t, err, code)
		nothing(t, o)
		if _, err := backup.Check(ctx, bytes.NewReader(raw), o); err == nil {
			t.Error("the check found nothing")
		}
	}
	for _, engine := range engines {
		t.Run(string(engine), func(t *testing.T) {
			t.Parallel()
			try(t, engine, whole, "backup.wrong_key", identity(t))
			for _, cut := range []int{len(whole) - 1, len(whole) - 17, len(whole) / 2, 400} {
				try(t, engine, whole[:cut], "backup.damaged", id)
			}
			try(t, engine, append(slices.Clone(whole), 0), "backup.damaged", id)
		})
	}
	for range 25 {
		raw := slices.Clone(whole)
		at := 200 + dice.IntN(len(raw)-200) // behind the header that says whom it is for
		raw[at] ^= 1 << dice.IntN(8)
		try(t, sqldb.SQLite, raw, "backup.damaged", id)
	}
	for _, raw := range [][]byte{nil, []byte("not a backup")} {
		try(t, sqldb.SQLite, raw, "backup.damaged", id)
	}
}

func TestPassphrase(t *testing.T) {
	t.Parallel()
	c := newCity(t, sqldb.SQLite)
	to, err := backup.Recipients(nil, "seven bridges over the river")
	if err != nil {
		t.Fatal(err)
	}
	var file bytes.Buffer
	if _, err := backup.Write(ctx, &file, c.options(to...)); err != nil {
		t.Fatal(err)
	}
	for phrase, code := range map[string]string{"eight bridges over the river": "backup.wrong_key", "seven bridges over the river": ""} {
		ids, err := backup.Identities(nil, phrase)
		if err != nil {
			t.Fatal(err)
		}
		_, err = backup.Restore(ctx, bytes.NewReader(file.Bytes()), place(t, sqldb.SQLite, ids...))
		if code == "" && err != nil {
			t.Error(err)
		} else if code != "" {
			wants(t, err, code)
		}
	}
	_, err = backup.Recipients(nil, "short")
	wants(t, err, "backup.short_passphrase")
	_, err = backup.Recipients(nil, "")
	wants(t, err, "backup.for_nobody")
	_, err = backup.Recipients([]string{"age1nonsense"}, "")
	wants(t, err, "backup.bad_recipient")
}

// A city that is there stays as it is.
func TestNeverOverACity(t *testing.T) {
	t.Parallel()
	for _, engine := range engines {
		t.Run(string(engine), func(t *testing.T) {
			t.Parallel()
			c, id := newCity(t, engine), identity(t)
			var file bytes.Buffer
			if _, err := backup.Write(ctx, &file, c.options(id.Recipient())); err != nil {
				t.Fatal(err)
			}
			o, code := backup.RestoreOptions{Identities: []age.Identity{id}, Dir: c.dir, Now: time.Now}, "backup.not_empty"
			if engine == sqldb.Postgres {
				o.Dir, o.URL, code = t.TempDir(), c.db.URL(), "backup.not_empty_db"
			}
			_, err := backup.Restore(ctx, &file, o)
			wants(t, err, code)
			var units int
			if err := c.db.Reader().QueryRowContext(ctx, `SELECT count(*) FROM unit`).Scan(&units); err != nil || units != 300 {
				t.Errorf("%d units, %v", units, err)
			}
		})
	}
}

// A restore that was killed is no city, and the next one takes its place.
func TestAfterOneThatWasKilled(t *testing.T) {
	t.Parallel()
	c, id := newCity(t, sqldb.SQLite), identity(t)
	var file bytes.Buffer
	if _, err := backup.Write(ctx, &file, c.options(id.Recipient())); err != nil {
		t.Fatal(err)
	}
	o := place(t, sqldb.Postgres, id)
	db := sqldbtest.OpenConfig(t, sqldb.Config{URL: o.URL})
	if mine, err := db.ClaimEmpty(ctx); !mine || err != nil {
		t.Fatal(mine, err)
	}
	if err := db.MigrateUpTo(ctx, 9); err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(filepath.Join(o.Dir, ".restoring-1"), 0o700); err != nil {
		t.Fatal(err)
	}
	if is, err := db.BeingRestored(ctx); !is || err != nil {
		t.Errorf("%v, %v", is, err)
	}
	if _, err := backup.Restore(ctx, &file, o); err != nil {
		t.Fatal(err)
	}
	if is, err := db.BeingRestored(ctx); is || err != nil {
		t.Errorf("still: %v, %v", is, err)
	}
}

// The file is for its owner, there whole or not at all, and never in place of another.
func TestFile(t *testing.T) {
	t.Parallel()
	c, id := newCity(t, sqldb.SQLite), identity(t)
	dir := t.TempDir()
	name := filepath.Join(dir, "city.backup")
	if _, err := backup.ToFile(ctx, name, c.options(id.Recipient())); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(name)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
	_, err = backup.ToFile(ctx, name, c.options(id.Recipient()))
	wants(t, err, "backup.exists")
	_, err = backup.ToFile(ctx, filepath.Join(dir, "none", "x"), c.options(id.Recipient()))
	wants(t, err, "backup.no_out")
	stopped, cancel := context.WithCancel(ctx)
	cancel()
	if _, err := backup.ToFile(stopped, filepath.Join(dir, "other"), c.options(id.Recipient())); err == nil {
		t.Error("it wasn't stopped")
	}
	if left, _ := os.ReadDir(dir); len(left) != 1 {
		t.Errorf("left: %v", left)
	}
}

// What must not come back is named with its reason, and is a table.
func TestLeftOut(t *testing.T) {
	t.Parallel()
	c, id := newCity(t, sqldb.SQLite), identity(t)
	s, err := backup.Write(ctx, io.Discard, c.options(id.Recipient()))
	if err != nil {
		t.Fatal(err)
	}
	for table, why := range backup.LeftOut() {
		if !slices.Contains(s.LeftOut, table) || len(why) < 20 {
			t.Errorf("%s: no such table, or no reason: %q", table, why)
		}
	}
	for _, once := range []string{"session", "link", "token", "ceremony", "privacy_code", "privacy_session"} {
		if !slices.Contains(s.LeftOut, once) {
			t.Errorf("what opens something once is in it: %s", once)
		}
	}
}
