package cli_test

import (
	"context"
	"errors"
	"log/slog"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"bilin/internal/app"
	"bilin/internal/config"
	"bilin/internal/network"
	"bilin/internal/sqldb"
	"bilin/internal/sqldbtest"
)

// A city is backed up, goes on, erases a household, and is brought back with its
// keys: that household stays erased, by commands alone, on either engine.
func TestBackupAndRestore(t *testing.T) {
	t.Setenv("LANG", "en_US.UTF-8")
	t.Setenv("LC_ALL", "")
	for _, engine := range []sqldb.Engine{sqldb.SQLite, sqldb.Postgres} {
		t.Run(string(engine), func(t *testing.T) {
			from, to := "", ""
			if engine == sqldb.Postgres {
				from, to = sqldbtest.EmptyPostgres(t), sqldbtest.EmptyPostgres(t)
			}
			backedUp(t, from, to)
		})
	}
}

func backedUp(t *testing.T, from, to string) {
	t.Setenv("BILIN_DB", from)
	old := terminal{t, t.TempDir()}
	old.run(0, "import", "units", old.write("units.csv", divisions))
	old.run(0, "import", "roster", old.write("roster.csv", goodRoster))
	place := t.TempDir()
	key, file := filepath.Join(place, "key"), filepath.Join(place, "city.backup")
	said := old.run(0, "backup", "key", "--out", key)
	recipient := regexp.MustCompile(`age1[a-z0-9]+`).FindString(said)
	old.says(old.run(2, "backup", "--recipient", recipient), "--out")
	old.says(old.run(2, "backup", "--out", file), "who can open")
	old.says(old.run(0, "backup", "--out", file, "--recipient", recipient), "rows backed up", "Keys are not in it")
	old.says(old.run(5, "backup", "--out", file, "--recipient", recipient), "overwrites nothing")

	house, keys := erase(t, old.dir, from), filepath.Join(place, "city.keys.age")
	old.run(0, "keys", "backup", "--out", keys, "--recipient", recipient)
	t.Setenv("BILIN_DB", to)
	fresh := terminal{t, filepath.Join(t.TempDir(), "data")}
	fresh.says(fresh.run(0, "restore", file, "--check", "--identity", key), "The backup is whole", "试验市")
	fresh.says(fresh.run(2, "restore", file), "--identity")
	fresh.says(fresh.run(3, "restore", file, "--identity", filepath.Join(place, "none")), "can't be read")
	fresh.says(fresh.run(0, "restore", file, "--identity", key), "试验市 was restored", "each compared", "seal.json is missing", "logs in anew", "1: bring the keys back", "2: start the server")
	fresh.says(fresh.run(5, "restore", file, "--identity", key), "nothing was changed")
	fresh.run(0, "keys", "restore", keys, "--identity", key)
	stillErased(t, fresh.dir, to, house)
	fresh.says(fresh.run(0, "audit", "verify"), "Nothing was altered")
}

func openCity(t *testing.T, dir, url string) *app.App {
	t.Helper()
	cfg := config.Default()
	cfg.Dir, cfg.DB = dir, url
	a, err := app.Open(context.Background(), cfg, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// erase erases the household of a roster that has a number.
func erase(t *testing.T, dir, url string) (id string) {
	t.Helper()
	ctx := context.Background()
	a := openCity(t, dir, url)
	err := a.DB.Reader().QueryRowContext(ctx, `SELECT id FROM household WHERE head = '王小明'`).Scan(&id)
	if err == nil {
		err = a.DB.Write(ctx, func(tx *sqldb.Tx) error { return a.Network.EraseHousehold(ctx, tx, id, network.ErasedAsked) })
	}
	if err := errors.Join(err, a.Close(ctx)); err != nil {
		t.Fatal(err)
	}
	return id
}

func stillErased(t *testing.T, dir, url, house string) {
	t.Helper()
	ctx := context.Background()
	a := openCity(t, dir, url)
	defer func() {
		if err := a.Close(ctx); err != nil {
			t.Error(err)
		}
	}()
	var head, others string
	err := a.DB.Reader().QueryRowContext(ctx, `SELECT (SELECT head FROM household WHERE id = $1), (SELECT head FROM household WHERE head = '谭光明')`, house).Scan(&head, &others)
	if err != nil || strings.Contains(head, "王") || others == "" {
		t.Errorf("the erased household's head is %q, another's %q, %v", head, others, err)
	}
	err = a.DB.Write(ctx, func(tx *sqldb.Tx) error {
		phone, err := a.Network.HeldPhone(ctx, tx, house)
		if phone != "" {
			t.Errorf("its number opens: %v", err)
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}
