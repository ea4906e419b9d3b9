package app_test

import (
	"context"
	"errors"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"testing"

	"bilin/internal/app"
	"bilin/internal/auth"
	"bilin/internal/config"
	"bilin/internal/demand"
	"bilin/internal/network"
	"bilin/internal/seal"
	"bilin/internal/sqldb"
)

// TestWhoWasErasedStaysErasedInOlderData: the data directory is of before an
// erasure, the keys of after it. At the start name, number and contact go again.
func TestWhoWasErasedStaysErasedInOlderData(t *testing.T) {
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
	check(a.DB.Write(ctx, func(tx *sqldb.Tx) error { return a.Network.EraseHousehold(ctx, tx, home, network.ErasedAsked) }))
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
	for range 2 {
		a = start(older)
		var head string
		var phones, contacts int
		check(a.DB.Reader().QueryRowContext(ctx, `SELECT head, count(phone) + count(phone_index) FROM household WHERE id = $1 GROUP BY head`, home).Scan(&head, &phones))
		check(a.DB.Reader().QueryRowContext(ctx, `SELECT count(contact) + count(household_id) FROM demand`).Scan(&contacts))
		if head != "" || phones != 0 || contacts != 0 {
			t.Errorf("kept: head %q, %d phones, %d contacts", head, phones, contacts)
		}
		if _, err := a.Vault.Open(ctx, "tel:"+home, sealed, "household/phone/"+home); !errors.Is(err, seal.ErrErased) {
			t.Errorf("the number of before: %v", err)
		}
		check(a.Close(ctx))
	}
	if _, err := os.Stat(filepath.Join(before, "keys", seal.VaultFile+"-wal")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the key store's log is left: %v", err)
	}
}
