package recovery_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"filippo.io/age"

	"bilin/internal/audit"
	"bilin/internal/auth"
	"bilin/internal/backup"
	"bilin/internal/errs"
	"bilin/internal/job"
	"bilin/internal/recovery"
	"bilin/internal/sqldb"
	"bilin/internal/sqldbtest"
)

var ctx = context.Background()

// tree knows one unit.
type tree struct{}

func (tree) Contains(above, below string) bool { return above == below }
func (tree) RootID() string                    { return "city" }

func admin() auth.Actor {
	return auth.Actor{AccountID: "boss", Name: "管理员", Grants: []auth.Grant{{Role: auth.Admin, UnitID: "city"}}}
}

// town is a city with two runners that send: one to residents, one for orders.
type town struct {
	*testing.T
	db               *sqldb.DB
	dir              string
	record           *audit.Log
	messages, orders *job.Runner
	svc              *recovery.Service
	opt              recovery.Options
	now              time.Time

	mu   sync.Mutex
	sent []string
}

func open(t *testing.T, db *sqldb.DB, dir string) *town {
	t.Helper()
	c := &town{T: t, db: db, dir: dir, now: time.Now()}
	var err error
	if c.record, err = audit.Open(db, audit.Options{Dir: dir}); err != nil {
		t.Fatal(err)
	}
	gate := backup.NewGate(db)
	quick := job.Options{Poll: 10 * time.Millisecond}
	quick.Rest = gate.RestAll(func() []string { return c.messages.Kinds() })
	c.messages = job.NewRunner(db, slog.Default(), quick)
	c.messages.Handle("tell", c.send)
	quick.Rest = gate.RestOld(func() []string { return c.orders.Kinds() })
	c.orders = job.NewRunner(db, slog.Default(), quick)
	c.orders.Handle("order", c.send)
	c.opt = recovery.Options{DB: db, Policy: auth.NewPolicy(tree{}, recovery.Rules), Audit: c.record, Gate: gate,
		Outgoing: []*job.Runner{c.messages, c.orders}, Dir: dir, Program: "test", Every: 24 * time.Hour,
		Now: func() time.Time { return c.now }, Logger: slog.Default()}
	c.svc = recovery.New(c.opt)
	return c
}

func (c *town) send(_ context.Context, run job.Run) error {
	var what string
	if err := run.Decode(&what); err != nil {
		return err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.sent = append(c.sent, what)
	return nil
}

func (c *town) enqueue(kind, what string) {
	c.Helper()
	err := c.db.Write(ctx, func(tx *sqldb.Tx) error { return job.Enqueue(ctx, tx, job.Job{Kind: kind, Payload: what}) })
	if err != nil {
		c.Fatal(err)
	}
}

// run lets both runners work for a while and returns what was sent.
func (c *town) run(until int) []string {
	c.Helper()
	for _, r := range []*job.Runner{c.messages, c.orders} {
		if err := r.Start(ctx); err != nil {
			c.Fatal(err)
		}
	}
	return c.wait(until)
}

func (c *town) wait(until int) []string {
	c.Helper()
	for end := time.Now().Add(20 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		c.mu.Lock()
		sent := slices.Clone(c.sent)
		c.mu.Unlock()
		if len(sent) >= until || time.Now().After(end) {
			time.Sleep(100 * time.Millisecond) // for what should not come
			c.mu.Lock()
			defer c.mu.Unlock()
			slices.Sort(c.sent)
			return slices.Clone(c.sent)
		}
	}
}

func (c *town) stop() {
	_ = errors.Join(c.messages.Stop(ctx), c.orders.Stop(ctx), c.record.Stop(ctx)) // each was tried already
}

// moved is the city brought back from a backup.
func moved(t *testing.T, c *town, engine sqldb.Engine) *town {
	t.Helper()
	id, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.record.Stop(ctx); err != nil {
		t.Fatal(err)
	}
	var file bytes.Buffer
	if _, err := backup.Write(ctx, &file, backup.Options{DB: c.db, Dir: c.dir, Program: "test", Recipients: []age.Recipient{id.Recipient()}, Now: time.Now}); err != nil {
		t.Fatal(err)
	}
	o := backup.RestoreOptions{Identities: []age.Identity{id}, Dir: t.TempDir(), Now: time.Now}
	if engine == sqldb.Postgres {
		o.URL = sqldbtest.EmptyPostgres(t)
	}
	if err := os.MkdirAll(filepath.Join(o.Dir, "audit"), 0o700); err != nil {
		t.Fatal(err)
	}
	key, err := os.ReadFile(filepath.Join(c.dir, "audit", "key"))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(o.Dir, "audit", "key"), key, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := backup.Restore(ctx, &file, o); err != nil {
		t.Fatal(err)
	}
	n := open(t, sqldbtest.OpenConfig(t, sqldb.Config{Dir: o.Dir, URL: o.URL}), o.Dir)
	t.Cleanup(n.stop)
	return n
}

// What waited when the backup was made is sent by the city that goes on, and not
// once more by the one that is brought back, unless its administrator says so.
// An order that is given after the restore waits for nobody.
func TestNothingIsSentTwiceAfterARestore(t *testing.T) {
	t.Parallel()
	for _, engine := range []sqldb.Engine{sqldb.SQLite, sqldb.Postgres} {
		for _, drop := range []bool{true, false} {
			t.Run(string(engine), func(t *testing.T) {
				t.Parallel()
				cfg := sqldb.Config{Dir: t.TempDir()}
				if engine == sqldb.Postgres {
					cfg.URL = sqldbtest.Postgres(t)
				}
				db := sqldbtest.OpenConfig(t, cfg)
				if err := db.Migrate(ctx); err != nil {
					t.Fatal(err)
				}
				c := open(t, db, cfg.Dir)
				c.enqueue("tell", "old message")
				c.enqueue("order", "old order")
				n := moved(t, c, engine)
				if got := c.run(2); len(got) != 2 {
					t.Errorf("the city that goes on sent %v", got)
				}
				c.stop()

				if err := n.svc.Settle(ctx); err != nil {
					t.Fatal(err)
				}
				n.enqueue("order", "new order")
				n.enqueue("tell", "new message")
				if got := n.run(1); !slices.Equal(got, []string{"new order"}) {
					t.Errorf("held, it sent %v", got)
				}
				n.look(drop)
			})
		}
	}
}

func (c *town) look(drop bool) {
	c.Helper()
	s, err := c.svc.Status(ctx, admin())
	want := []recovery.Waiting{{Kind: "order", N: 1}, {Kind: "tell", N: 1}}
	if err != nil || s.Held == nil || !s.Trouble() || !slices.Equal(s.Waiting, want) {
		c.Errorf("%+v, %v", s, err)
	}
	for _, actor := range []auth.Actor{{}, {AccountID: "x", Grants: []auth.Grant{{Role: auth.Auditor, UnitID: "city"}}}} {
		if err := c.svc.Release(ctx, actor, recovery.Release{}); errs.KindOf(err) != errs.Forbidden && errs.KindOf(err) != errs.Unauthenticated {
			c.Errorf("released by %+v: %v", actor, err)
		}
	}
	for range 2 { // a repeat of the same click
		if err := c.svc.Release(ctx, admin(), recovery.Release{Key: "click", Drop: drop}); err != nil {
			c.Fatal(err)
		}
	}
	want2 := []string{"new message", "new order"}
	if !drop {
		want2 = []string{"new message", "new order", "old message", "old order"}
	}
	if got := c.wait(len(want2)); !slices.Equal(got, want2) {
		c.Errorf("released with drop %v, it sent %v", drop, got)
	}
	if err := c.svc.Release(ctx, admin(), recovery.Release{Key: "another"}); errs.KindOf(err) != errs.Conflict {
		c.Errorf("twice: %v", err)
	}
	if err := c.record.Sequence(ctx); err != nil {
		c.Fatal(err)
	}
	for _, action := range []string{"recovery.restored", "recovery.release"} {
		if p, err := c.record.Page(ctx, audit.Filter{Action: action}, "", 5); err != nil || len(p.Records) != 1 {
			c.Errorf("%s: %d rows of the record, %v", action, len(p.Records), err)
		}
	}
}

// The server's own backups come in number, and a failure is seen.
func TestOwnBackups(t *testing.T) {
	t.Parallel()
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		c := open(t, db, t.TempDir())
		t.Cleanup(c.stop)
		id, err := age.GenerateX25519Identity()
		if err != nil {
			t.Fatal(err)
		}
		dir := filepath.Join(t.TempDir(), "backups")
		c.opt.BackupDir, c.opt.Keep, c.opt.Recipients = dir, 2, []age.Recipient{id.Recipient()}
		c.svc = recovery.New(c.opt)
		other := filepath.Join(dir, "mine.backup")
		for i := range 4 {
			if err := c.svc.Backup(ctx); err != nil {
				t.Fatal(err)
			}
			if i == 0 {
				if err := os.WriteFile(other, nil, 0o600); err != nil {
					t.Fatal(err)
				}
			}
			c.now = c.now.Add(24 * time.Hour)
		}
		if left, _ := filepath.Glob(filepath.Join(dir, "*")); len(left) != 3 {
			t.Errorf("left: %v", left)
		}
		s, err := c.svc.Status(ctx, admin())
		if err != nil || !s.On || len(s.Runs) != 4 || s.Trouble() || s.Last.Size == 0 || s.Last.Rows == 0 {
			t.Errorf("%+v, %v", s, err)
		}
		if err := os.RemoveAll(dir); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(dir, nil, 0o600); err != nil { // a file where the directory was
			t.Fatal(err)
		}
		if err := c.svc.Backup(ctx); err == nil {
			t.Error("it went well")
		}
		if s, err := c.svc.Status(ctx, admin()); err != nil || !s.Trouble() || s.Late || s.Runs[0].Error != "backup.no_out" {
			t.Errorf("%+v, %v", s, err)
		}
		c.now = c.now.Add(48 * time.Hour)
		if s, err := c.svc.Status(ctx, admin()); err != nil || !s.Late {
			t.Errorf("%+v, %v", s, err)
		}
		if err := os.Remove(dir); err != nil {
			t.Fatal(err)
		}
		if err := c.svc.Backup(ctx); err != nil { // which the queue tries again by itself
			t.Fatal(err)
		}
		if s, err := c.svc.Status(ctx, admin()); err != nil || s.Trouble() {
			t.Errorf("mended: %+v, %v", s, err)
		}
	})
}
