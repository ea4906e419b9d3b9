package app_test

import (
	"context"
	"errors"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"testing"
	"time"

	"bilin/internal/app"
	"bilin/internal/auth"
	"bilin/internal/config"
	"bilin/internal/demand"
	"bilin/internal/network"
	"bilin/internal/privacy"
	"bilin/internal/seal"
	"bilin/internal/sqldb"
)

// TestWhoWasErasedStaysErasedInOlderData: the data directory is of before an
// erasure, the keys of after it. At the start name, number and contact go again,
// or what alone was erased.
func TestWhoWasErasedStaysErasedInOlderData(t *testing.T) {
	type left struct {
		head             string
		phones, contacts int
	}
	for name, tt := range map[string]struct {
		erase func(ctx context.Context, a *app.App, tx *sqldb.Tx, home string) error
		want  left
		ends  bool // the number's key
	}{
		"everything": {func(ctx context.Context, a *app.App, tx *sqldb.Tx, home string) error {
			return a.Network.EraseHousehold(ctx, tx, home, network.ErasedAsked)
		}, left{}, true},
		"the number": {func(ctx context.Context, a *app.App, tx *sqldb.Tx, home string) error {
			return a.Vault.EraseIn(ctx, tx, network.ErasedPhone, time.Now(), "tel:"+home)
		}, left{"王小明", 0, 2}, true},
		"demands alone": {func(ctx context.Context, a *app.App, tx *sqldb.Tx, home string) error {
			return a.Vault.EraseIn(ctx, tx, privacy.ErasedPart, time.Now(), "demand/"+home)
		}, left{"王小明", 2, 0}, false},
	} {
		t.Run(name, func(t *testing.T) {
			c := before(t, tt.erase)
			for range 2 {
				a := c.start(c.older)
				var got left
				c.check(a.DB.Reader().QueryRowContext(c.ctx, `SELECT head, count(phone) + count(phone_index) FROM household WHERE id = $1 GROUP BY head`, c.home).Scan(&got.head, &got.phones))
				c.check(a.DB.Reader().QueryRowContext(c.ctx, `SELECT count(contact) + count(household_id) FROM demand`).Scan(&got.contacts))
				if got != tt.want {
					t.Errorf("kept: %+v", got)
				}
				if _, err := a.Vault.Open(c.ctx, "tel:"+c.home, c.sealed, "household/phone/"+c.home); errors.Is(err, seal.ErrErased) != tt.ends {
					t.Errorf("the number of before: %v", err)
				}
				c.check(a.Close(c.ctx))
			}
			if _, err := os.Stat(filepath.Join(c.older.Dir, "keys", seal.VaultFile+"-wal")); !errors.Is(err, fs.ErrNotExist) {
				t.Errorf("the key store's log is left: %v", err)
			}
		})
	}
}

// brought is a city's data of a time before an erasure, with the keys of after it.
type brought struct {
	ctx          context.Context
	check        func(error)
	start        func(config.Config) *app.App
	older        config.Config
	home, sealed string
}

func before(t *testing.T, erase func(ctx context.Context, a *app.App, tx *sqldb.Tx, home string) error) brought {
	t.Helper()
	ctx := context.Background()
	cfg := config.Default()
	cfg.Dir = t.TempDir()
	check := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	start := func(cfg config.Config) *app.App {
		t.Helper()
		a, err := app.Open(ctx, cfg, slog.New(slog.DiscardHandler))
		check(err)
		return a
	}
	a := start(cfg)
	cell, home := sqldb.NewID(), sqldb.NewID()
	chunk := network.Chunk{Source: "test"}
	parent := ""
	for i, code := range []string{"430182000000", "430182001000", plantedVillage, plantedVillage + "01", plantedVillage + "0101", plantedVillage + "010101"} {
		id := sqldb.NewID()
		if i == 5 {
			id = cell
		}
		chunk.Units = append(chunk.Units, network.NewUnit{ID: id, Code: code, Name: "单元", ParentID: parent, Level: network.City + network.Level(i)})
		parent = id
	}
	chunk.Households = []network.NewHousehold{{ID: home, UnitID: cell, Door: "AAAA222233", Address: "老屋湾1号", AddressKey: "老屋湾1", Head: "王小明",
		Phone: "19100000001", Size: 2, RosterKey: "r"}}
	check(a.Network.ImportChunk(ctx, auth.System("test"), chunk))
	check(a.Network.Refresh(ctx))
	_, err := a.Demand.Raise(ctx, auth.Actor{}, demand.Raise{Kind: demand.Help, Text: "请帮忙", DoorCode: "AAAA222233", Contact: "19100000002"})
	check(err)
	var sealed string
	check(a.DB.Reader().QueryRowContext(ctx, `SELECT phone FROM household WHERE id = $1`, home).Scan(&sealed))
	check(a.Close(ctx))

	before := t.TempDir()
	check(os.CopyFS(before, os.DirFS(cfg.Dir)))
	a = start(cfg)
	check(a.DB.Write(ctx, func(tx *sqldb.Tx) error { return erase(ctx, a, tx, home) }))
	check(a.Close(ctx))

	check(os.RemoveAll(filepath.Join(before, "keys")))
	check(os.CopyFS(filepath.Join(before, "keys"), os.DirFS(cfg.Keys())))
	check(filepath.WalkDir(before, func(path string, d fs.DirEntry, err error) error { // CopyFS opens files to everybody
		if err == nil && !d.IsDir() {
			err = os.Chmod(path, 0o600)
		}
		return err
	}))
	older := config.Default()
	older.Dir = before
	return brought{ctx, check, start, older, home, sealed}
}
