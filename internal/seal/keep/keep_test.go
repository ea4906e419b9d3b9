package keep_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"filippo.io/age"

	"bilin/internal/errs"
	"bilin/internal/seal"
	"bilin/internal/seal/keep"
	"bilin/internal/sqldb"
	"bilin/internal/sqldbtest"
)

const place = "household/phone/h"

// city is a database with its keys, and somebody who keeps their backups.
type city struct {
	*testing.T
	db          *sqldb.DB
	data, elsew string
	keys        *seal.Sealer
	vault       *seal.Vault
	id          *age.X25519Identity
	now         time.Time
}

func each(t *testing.T, fn func(c *city)) {
	t.Helper()
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		c := &city{T: t, db: db, data: t.TempDir(), elsew: t.TempDir(), now: time.Now()}
		var err error
		c.id, err = age.GenerateX25519Identity()
		c.ok(err)
		c.open()
		fn(c)
	})
}

func (c *city) ok(err error) {
	c.Helper()
	if err != nil {
		c.Fatal(err)
	}
}

func (c *city) keysDir() string { return filepath.Join(c.data, "keys") }

func (c *city) open() {
	c.Helper()
	var err error
	c.keys, err = seal.Open(c.keysDir())
	c.ok(err)
	c.vault, err = seal.OpenVault(context.Background(), seal.Options{DB: c.db, Keys: c.keys})
	c.ok(err)
	v := c.vault
	c.Cleanup(func() { _ = v.Close() })
}

func (c *city) backup(name string) (string, keep.Summary) {
	c.Helper()
	out := filepath.Join(c.elsew, name+keep.Suffix)
	s, err := keep.Backup(context.Background(), out, c.vault, c.keysDir(), c.data, []age.Recipient{c.id.Recipient()}, c.now)
	c.ok(err)
	return out, s
}

// lose is the loss of the machine: keys, and on PostgreSQL their schema.
func (c *city) lose() {
	c.Helper()
	ctx := context.Background()
	c.ok(c.vault.Close())
	c.ok(os.RemoveAll(c.keysDir()))
	if c.db.Engine() != sqldb.Postgres {
		return
	}
	c.ok(c.db.Write(ctx, func(tx *sqldb.Tx) error {
		_, err := tx.ExecContext(ctx, `DROP SCHEMA public_keys CASCADE`)
		return err
	}))
}

func (c *city) restore(raw []byte) (keep.Summary, error) {
	return keep.Restore(context.Background(), bytes.NewReader(raw), keep.RestoreOptions{DB: c.db, KeysDir: c.keysDir(), DataDir: c.data,
		Identities: []age.Identity{c.id}, Now: c.now})
}

func TestKeysComeBackButThoseThatWereDestroyed(t *testing.T) {
	each(t, func(c *city) {
		ctx := context.Background()
		c.ok(os.MkdirAll(filepath.Join(c.data, "audit"), 0o700))
		signing := filepath.Join(c.data, "audit", "key")
		c.ok(os.WriteFile(signing, []byte("signing key"), 0o600))
		const n = 1100
		items := make([]seal.Item, n)
		for i := range items {
			items[i] = seal.Item{Subject: fmt.Sprintf("h-%04d", i), Text: "13900000000", Binding: place}
		}
		sealed, err := c.vault.SealAll(ctx, items)
		c.ok(err)
		ofCity, err := c.keys.Seal("13900000001", place)
		c.ok(err)
		c.ok(c.vault.Erase(ctx, "h-0001", "asked", c.now))
		file, s := c.backup("a")
		if s.Keys != n-1 || s.Erased != 1 {
			c.Errorf("backed up %+v", s)
		}
		c.ok(c.vault.Erase(ctx, "h-0002", "asked", c.now.Add(time.Second)))
		raw, err := os.ReadFile(file)
		c.ok(err)
		if bytes.Contains(raw, []byte("h-0003")) || bytes.Contains(raw, []byte("primaryKeyId")) {
			c.Error("the backup is readable")
		}

		if _, err := c.restore(raw); errs.CodeOf(err) != "seal.keep.has_keys" {
			c.Errorf("over other keys: %v", err)
		}
		c.lose()
		c.ok(os.Remove(signing))
		if _, err := c.restore(raw[:len(raw)-200]); err == nil {
			c.Error("a backup that was cut short is taken")
		}
		if _, err := os.Stat(c.keysDir()); !errors.Is(err, os.ErrNotExist) {
			c.Errorf("half of the keys are there: %v", err)
		}
		if s, err := c.restore(raw); err != nil || s.Keys != n-1 || s.Erased != 1 {
			c.Fatalf("restored %+v, %v", s, err)
		}
		c.open()
		for i := range items {
			_, err := c.vault.Open(ctx, items[i].Subject, sealed[i], place)
			if gone := i == 1 || i == 2; gone != errors.Is(err, seal.ErrErased) || !gone && err != nil {
				c.Errorf("%s: %v", items[i].Subject, err)
			}
		}
		if got, err := c.keys.Open(ofCity, place); err != nil || got != "13900000001" {
			c.Errorf("the city's text: %q, %v", got, err)
		}
		if got, err := os.ReadFile(signing); err != nil || string(got) != "signing key" {
			c.Errorf("the signing key: %q, %v", got, err)
		}
	})
}

func TestSevenDays(t *testing.T) {
	each(t, func(c *city) {
		ctx := context.Background()
		c.ok(c.vault.Ensure(ctx, "h"))
		old, _ := c.backup("old")
		raw, err := os.ReadFile(old)
		c.ok(err)
		other := filepath.Join(c.elsew, "city.age")
		c.ok(os.WriteFile(other, []byte("a backup of the data"), 0o600))
		for _, f := range []string{old, other} {
			c.ok(os.Chtimes(f, c.now, c.now))
		}
		c.now = c.now.Add(6 * 24 * time.Hour)
		if _, s := c.backup("new"); len(s.Pruned) != 0 {
			c.Errorf("after 6 days %v are gone", s.Pruned)
		}
		c.now = c.now.Add(25 * time.Hour)
		_, s := c.backup("new")
		if len(s.Pruned) != 1 || s.Pruned[0] != "old"+keep.Suffix {
			c.Errorf("after 7 days %v are gone", s.Pruned)
		}
		if _, err := os.Stat(other); err != nil {
			c.Error("another file is gone too:", err)
		}
		c.lose()
		if _, err := c.restore(raw); errs.CodeOf(err) != "seal.keep.too_old" {
			c.Errorf("a copy of the old one: %v", err)
		}
	})
}

func TestWhereItMayLie(t *testing.T) {
	dir := t.TempDir()
	for out, code := range map[string]string{
		filepath.Join(t.TempDir(), "keys.age2"):      "seal.keep.name",
		filepath.Join(dir, "a"+keep.Suffix):          "seal.keep.inside",
		filepath.Join(dir, "keys", "a"+keep.Suffix):  "seal.keep.inside",
		filepath.Join(dir, "..x", "a"+keep.Suffix):   "seal.keep.inside",
		filepath.Join(t.TempDir(), "."+keep.Suffix):  "seal.keep.name",
		filepath.Join(t.TempDir(), "a"+keep.Suffix):  "",
		filepath.Join(dir+"-other", "a"+keep.Suffix): "",
	} {
		_, err := keep.Backup(context.Background(), out, nil, filepath.Join(dir, "keys"), dir, nil, time.Now())
		if code != "" && errs.CodeOf(err) != code || code == "" && strings.HasPrefix(errs.CodeOf(err), "seal.keep.") {
			t.Errorf("%s: %v, want %s", out, err, code)
		}
	}
}

func FuzzRestore(f *testing.F) {
	id, err := age.GenerateX25519Identity()
	if err != nil {
		f.Fatal(err)
	}
	f.Add([]byte("age-encryption.org/v1\n"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		dir := t.TempDir()
		_, err := keep.Restore(context.Background(), bytes.NewReader(raw), keep.RestoreOptions{KeysDir: filepath.Join(dir, "keys"), DataDir: dir,
			Identities: []age.Identity{id}, Now: time.Now()})
		if err == nil {
			t.Error("garbage is taken for a backup")
		}
	})
}
