package app_test

import (
	"archive/tar"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"filippo.io/age"
	"github.com/klauspost/compress/zstd"

	"bilin/internal/app"
	"bilin/internal/audit"
	"bilin/internal/backup"
	"bilin/internal/config"
	"bilin/internal/sqldb"
	"bilin/internal/sqldbtest"
	"bilin/internal/webtest"
)

// lastRelease is a small city as the last release left it, by its schema's
// number; `go run ./e2e/release` makes one.
const (
	lastRelease = "release-00028.tar.zst"
	lastSchema  = 28
)

// unpackRelease lays the last release's data directory out.
func unpackRelease(t *testing.T) (dir string) {
	t.Helper()
	f, err := os.Open(filepath.Join("testdata", lastRelease))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	zip, err := zstd.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	defer zip.Close()
	dir = t.TempDir()
	for in := tar.NewReader(zip); ; {
		h, err := in.Next()
		if errors.Is(err, io.EOF) {
			return dir
		}
		if err != nil {
			t.Fatal(err)
		}
		raw, err := io.ReadAll(in)
		if err != nil {
			t.Fatal(err)
		}
		name := filepath.Join(dir, filepath.Clean("/"+h.Name))
		if err := errors.Join(os.MkdirAll(filepath.Dir(name), 0o700), os.WriteFile(name, raw, 0o600)); err != nil {
			t.Fatal(err)
		}
	}
}

// TestUpgrade opens the last release's city with today's program, on SQLite as
// that release wrote it and on PostgreSQL as it would be there: its schema grows,
// its pages answer, its record proves to be unaltered, and its numbers open.
func TestUpgrade(t *testing.T) {
	t.Parallel()
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		upgraded(t, config.Config{Dir: unpackRelease(t)})
	})
	t.Run("postgres", func(t *testing.T) {
		t.Parallel()
		from := unpackRelease(t)
		to := config.Config{Dir: t.TempDir(), DB: sqldbtest.EmptyPostgres(t)}
		moveAsItIs(t, from, to)
		upgraded(t, to)
	})
}

// moveAsItIs brings a city's rows and keys to another place, by a backup.
func moveAsItIs(t *testing.T, from string, to config.Config) {
	t.Helper()
	id, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	db := sqldbtest.OpenConfig(t, sqldb.Config{Dir: from})
	var file bytes.Buffer
	s, err := backup.Write(t.Context(), &file, backup.Options{DB: db, Dir: from, Recipients: []age.Recipient{id.Recipient()}, Now: time.Now})
	if err != nil || s.Schema != lastSchema {
		t.Fatalf("schema %d, %v", s.Schema, err)
	}
	for _, name := range []string{"keys/seal.json", "audit/key"} {
		raw, err := os.ReadFile(filepath.Join(from, name))
		if err == nil {
			err = errors.Join(os.MkdirAll(filepath.Dir(filepath.Join(to.Dir, name)), 0o700), os.WriteFile(filepath.Join(to.Dir, name), raw, 0o600))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if _, err := backup.Restore(t.Context(), &file, backup.RestoreOptions{Identities: []age.Identity{id}, Dir: to.Dir, URL: to.DB, Now: time.Now}); err != nil {
		t.Fatal(err)
	}
}

func upgraded(t *testing.T, place config.Config) {
	t.Helper()
	ctx := context.Background()
	cfg := config.Default()
	cfg.Dir, cfg.DB = place.Dir, place.DB
	a, err := app.Open(ctx, cfg, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := a.Close(ctx); err != nil {
			t.Error(err)
		}
	})
	newest, err := sqldb.Newest(a.DB.Engine())
	if err != nil {
		t.Fatal(err)
	}
	if v, err := a.DB.SchemaVersion(ctx, a.DB.Reader()); err != nil || v != newest || newest <= lastSchema {
		t.Errorf("schema %d of %d, %v", v, newest, err)
	}
	numbersOpen(t, a)
	pagesAnswer(t, a)
	if err := a.Audit.Sequence(ctx); err != nil {
		t.Fatal(err)
	}
	if report, err := audit.Verify(ctx, a.DB, cfg.Dir); err != nil || !report.OK() || report.Proved < 500 || report.Pending > 0 {
		t.Errorf("the record: %+v, %v", report, err)
	}
}

// numbersOpen opens every telephone number that the release sealed.
func numbersOpen(t *testing.T, a *app.App) {
	t.Helper()
	ctx := context.Background()
	ids := func(query string) []string {
		rows, err := a.DB.Reader().QueryContext(ctx, query)
		if err != nil {
			t.Fatal(err)
		}
		defer rows.Close()
		var all []string
		for rows.Next() {
			var id string
			if err := rows.Scan(&id); err != nil {
				t.Fatal(err)
			}
			all = append(all, id)
		}
		return all
	}
	people := ids(`SELECT id FROM person WHERE phone IS NOT NULL ORDER BY id LIMIT 200`)
	sealed, err := a.Network.SealedPhones(ctx, a.DB.Reader(), people)
	if err != nil || len(people) < 100 {
		t.Fatalf("%d people, %v", len(people), err)
	}
	for id, text := range sealed {
		if phone, err := a.Network.OpenPhone(id, text); err != nil || len(phone) < 5 {
			t.Fatalf("a person's number: %q, %v", phone, err)
		}
	}
	houses := ids(`SELECT id FROM household WHERE phone IS NOT NULL ORDER BY id LIMIT 100`)
	if len(houses) < 50 {
		t.Fatalf("%d households", len(houses))
	}
	err = a.DB.Write(ctx, func(tx *sqldb.Tx) error {
		for _, id := range houses {
			if phone, err := a.Network.HeldPhone(ctx, tx, id); err != nil || len(phone) < 5 {
				return fmt.Errorf("a household's number: %q, %w", phone, err)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

var ownLink = regexp.MustCompile(`href="(/[^"#]*)"`)

// pagesAnswer logs everybody in and opens each page that their start page leads to.
func pagesAnswer(t *testing.T, a *app.App) {
	t.Helper()
	server, err := a.Server()
	if err != nil {
		t.Fatal(err)
	}
	seen := 0
	for _, login := range []string{"lead", "village", "city", "command", "auditor"} {
		site, client := webtest.Start(t, server)
		resp, err := client.PostForm(site+"/login", url.Values{"login": {login}, "password": {"bilin-demo"}})
		if err != nil {
			t.Fatal(err)
		}
		_ = resp.Body.Close()
		if resp.StatusCode != http.StatusSeeOther {
			t.Errorf("%s can't log in: %s", login, resp.Status)
			continue
		}
		home := get(t, client, site, "/home")
		links := []string{}
		for _, m := range ownLink.FindAllStringSubmatch(home, -1) {
			path := strings.ReplaceAll(m[1], "&amp;", "&")
			if !slices.Contains(links, path) && !strings.HasPrefix(path, "/assets/") && !strings.HasPrefix(path, "/static/") {
				links = append(links, path)
			}
		}
		for _, path := range links {
			get(t, client, site, path)
		}
		seen += len(links)
	}
	if seen < 60 {
		t.Errorf("only %d pages", seen)
	}
}

func get(t *testing.T, client *http.Client, site, path string) string {
	t.Helper()
	resp, err := client.Get(site + path)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	// Some links of a start page lead to what is closed by now, or to a fellow who isn't the reader's to see.
	closed := resp.StatusCode == http.StatusNotFound || resp.StatusCode == http.StatusForbidden
	if err != nil || resp.StatusCode >= http.StatusBadRequest && (!closed || path == "/home") {
		t.Errorf("%s: %s, %v", path, resp.Status, err)
	}
	return string(body)
}
