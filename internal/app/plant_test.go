package app_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"filippo.io/age"
	"github.com/klauspost/compress/zstd"

	"bilin/internal/app"
	"bilin/internal/audit"
	"bilin/internal/auth"
	"bilin/internal/backup"
	"bilin/internal/config"
	"bilin/internal/demand"
	"bilin/internal/network"
	"bilin/internal/roster"
	"bilin/internal/seal/keep"
	"bilin/internal/sheet"
	"bilin/internal/sqldb"
	"bilin/internal/sqldbtest"
	"bilin/internal/volunteer"
)

const plantedVillage = "430182001001"

// garden is a city in whose sealed fields a thousand numbers are planted.
type garden struct {
	*testing.T
	app     *app.App
	log     *bytes.Buffer
	planted map[string]string // number: where
	units   map[string]string // id by code
	ctx     context.Context
}

func (g *garden) ok(err error) {
	g.Helper()
	if err != nil {
		g.Fatal(err)
	}
}

// phone plants a telephone number of the mainland's form that is nobody's.
func (g *garden) phone(where string) string {
	p := fmt.Sprintf("191%04d%04d", 7001+len(g.planted), 7901-len(g.planted))
	g.planted[p] = where
	return p
}

// identity plants an identity number with the right check digit, of a county that isn't.
func (g *garden) identity(where string) string {
	body := fmt.Sprintf("439999%d%02d%02d%03d", 1940+len(g.planted)%70, 1+len(g.planted)%12, 1+len(g.planted)%28, len(g.planted)%1000)
	sum := 0
	for _, r := range body {
		sum = (sum + int(r-'0')) * 2 % 11
	}
	id := body + string("0123456789X"[(12-sum)%11])
	g.planted[id] = where
	return id
}

// TestNoNumberIsInPlainAnywhere plants telephone and identity numbers through
// the services, and looks for them in every place that keeps or shows something.
func TestNoNumberIsInPlainAnywhere(t *testing.T) {
	for _, engine := range []sqldb.Engine{sqldb.SQLite, sqldb.Postgres} {
		t.Run(string(engine), func(t *testing.T) {
			g := newGarden(t, engine)
			g.plantHomes()
			g.plantRosters()
			g.plantDemands()
			g.plantReports()
			if len(g.planted) < 1000 {
				t.Fatalf("only %d planted", len(g.planted))
			}
			g.proveTheyAreThere()
			g.ok(g.app.Audit.Stop(g.ctx)) // sequences and signs the record
			g.lookIntoOutputs()
			g.lookIntoBackups()
			g.lookIntoTables()
			g.lookIntoFiles(g.app.Config.Dir)
			g.lookIntoFiles(os.TempDir())
			if engine == sqldb.Postgres {
				var dir string
				g.ok(g.app.DB.Reader().QueryRowContext(g.ctx, `SELECT current_setting('data_directory')`).Scan(&dir))
				g.lookIntoFiles(dir)
			}
		})
	}
}

func newGarden(t *testing.T, engine sqldb.Engine) *garden {
	t.Helper()
	cfg := config.Default()
	cfg.Dir = t.TempDir()
	if engine == sqldb.Postgres {
		cfg.DB = sqldbtest.Postgres(t)
	}
	t.Setenv("TMPDIR", t.TempDir())
	g := &garden{T: t, log: &bytes.Buffer{}, planted: map[string]string{}, units: map[string]string{}, ctx: context.Background()}
	var err error
	g.app, err = app.Open(g.ctx, cfg, slog.New(slog.NewJSONHandler(g.log, &slog.HandlerOptions{Level: slog.LevelDebug})))
	g.ok(err)
	t.Cleanup(func() { _ = g.app.Close(g.ctx) })
	chunk := network.Chunk{Source: "test"}
	parent := ""
	for i, u := range []struct {
		code, name string
		level      network.Level
	}{
		{"430182000000", "宁乡市", network.City}, {"430182001000", "城郊街道", network.Town}, {plantedVillage, "东沩社区", network.Village},
		{plantedVillage + "01", "一片", network.Area}, {plantedVillage + "0101", "一组", network.Group}, {plantedVillage + "010101", "一邻", network.Cell},
	} {
		id := sqldb.NewID()
		chunk.Units = append(chunk.Units, network.NewUnit{ID: id, Code: u.code, Name: u.name, ParentID: parent, Level: u.level})
		g.units[u.code], parent = id, id
		if i == 5 {
			g.units["cell"] = id
		}
	}
	g.ok(g.app.Network.ImportChunk(g.ctx, system, chunk))
	g.ok(g.app.Network.Refresh(g.ctx))
	return g
}

var system = auth.System("test")

func (g *garden) plantHomes() {
	chunk := network.Chunk{Source: "test"}
	for i := range 200 {
		id := sqldb.NewID()
		chunk.Households = append(chunk.Households, network.NewHousehold{ID: id, UnitID: g.units["cell"], Address: fmt.Sprintf("老屋湾%d号", i),
			AddressKey: fmt.Sprintf("老屋湾%d", i), Head: "王小明", Phone: g.phone("household"), Size: 2, RosterKey: id})
		chunk.Persons = append(chunk.Persons, network.NewPerson{ID: sqldb.NewID(), Name: "周桂英", Phone: g.phone("person")})
	}
	g.ok(g.app.Network.ImportChunk(g.ctx, system, chunk))
	for i := range 40 {
		number := g.phone("household entered")
		id, err := g.app.Network.CreateHousehold(g.ctx, system, network.CreateHousehold{Key: fmt.Sprint("c", i), UnitID: g.units["cell"],
			Address: fmt.Sprintf("新屋湾%d号", i), Head: "李四", Phone: number, Size: 1})
		g.ok(err)
		next := g.phone("household changed")
		g.ok(g.app.Network.UpdateHousehold(g.ctx, system, network.UpdateHousehold{Key: fmt.Sprint("u", i), ID: id, Version: 1,
			Address: fmt.Sprintf("新屋湾%d号", i), Head: "李四", Phone: &next, Size: 1}))
		if i%4 == 0 {
			g.ok(g.app.Network.HouseholdLeft(g.ctx, system, network.OneHousehold{Key: fmt.Sprint("l", i), ID: id, Version: 2}))
		}
	}
}

// plantRosters brings files with numbers in known and unknown columns, and rows
// that are wrong because of them.
func (g *garden) plantRosters() {
	var b bytes.Buffer
	fmt.Fprintln(&b, "村代码,镇街,村社区,片,组,邻,邻长,邻长电话,户编号,户主,联系电话,地址,人数,身份证号")
	for i := range 170 {
		fmt.Fprintf(&b, "%s,城郊街道,东沩社区,一片,一组,一邻,张三,%s,%d,陈五,%s,学堂湾%d号,2,%s\n",
			plantedVillage, "19166660000", i+1, g.phone("roster"), i+1, g.identity("roster"))
	}
	g.planted["19166660000"] = "roster's lead"
	for i := range 20 { // a number where the size belongs
		fmt.Fprintf(&b, "%s,城郊街道,东沩社区,一片,一组,一邻,张三,,%d,陈五,%s,学堂湾%d号,%s,\n", plantedVillage, 900+i, g.identity("roster's phone"), 900+i, g.identity("roster's size"))
	}
	file := roster.File{Name: "花名册.csv", Size: int64(b.Len()), ReaderAt: bytes.NewReader(b.Bytes())}
	if _, err := g.app.Roster.Import(g.ctx, system, file, roster.Options{SkipBad: true}); err != nil {
		g.Fatal(err)
	}
	official := auth.Actor{AccountID: "a-office", PersonID: "p-office", Login: "office", Name: "基层办",
		Grants: []auth.Grant{{Role: auth.CityOffice, UnitID: g.units["430182000000"]}}}
	_, err := g.app.Roster.Upload(g.ctx, official, "花名册.csv", bytes.NewReader(b.Bytes()), "upload")
	g.ok(err)
	g.ok(g.app.Network.Refresh(g.ctx))
}

func (g *garden) plantDemands() {
	var door string
	g.ok(g.app.DB.Reader().QueryRowContext(g.ctx, `SELECT door FROM household WHERE state = 'active' ORDER BY id LIMIT 1`).Scan(&door))
	for i := range 60 {
		raise := demand.Raise{Key: fmt.Sprint("d", i), Kind: demand.Report, Text: "路灯坏了", Contact: g.phone("contact") + " " + g.identity("contact")}
		if i%2 == 0 {
			raise.UnitCode = plantedVillage + "010101"
		} else {
			raise.DoorCode = door
		}
		r, err := g.app.Demand.Raise(g.ctx, auth.Actor{}, raise)
		g.ok(err)
		again, err := g.app.Demand.Raise(g.ctx, auth.Actor{}, raise) // kept under its key
		if err != nil || again.ID != r.ID {
			g.Fatal(again, err)
		}
	}
}

func (g *garden) plantReports() {
	for i := range 40 {
		_, err := g.app.Volunteers.Report(g.ctx, auth.Actor{}, volunteer.Report{Key: fmt.Sprint("v", i), Name: "志愿者", Phone: g.phone("report-in"),
			Kind: volunteer.Neighbour, UnitCode: plantedVillage + "010101", Offer: volunteer.Offer{Skills: []volunteer.Skill{volunteer.Skills()[0]}}})
		g.ok(err)
	}
}

// proveTheyAreThere opens some: what isn't kept at all proves nothing.
func (g *garden) proveTheyAreThere() {
	var out bytes.Buffer
	_, err := g.app.Roster.Export(g.ctx, system, &out, roster.ExportOptions{UnitID: g.units[plantedVillage], Format: sheet.CSV, Purpose: "test", Title: title})
	g.ok(err)
	if found := g.found(out.Bytes()); len(found) < 350 {
		g.Errorf("the open export has only %d numbers", len(found))
	}
}

func title(f roster.Field) string { return fmt.Sprint(f) }

func (g *garden) lookIntoOutputs() {
	var out bytes.Buffer
	for _, format := range []sheet.Format{sheet.CSV, sheet.XLSX} {
		_, err := g.app.Roster.Export(g.ctx, system, &out, roster.ExportOptions{UnitID: g.units[plantedVillage], Format: format, Title: title})
		g.ok(err)
	}
	page, err := g.app.Audit.Page(g.ctx, audit.Filter{}, "", 5000)
	g.ok(err)
	raw, err := json.Marshal(page)
	g.ok(err)
	g.clean("export", out.Bytes())
	g.clean("audit page", raw)
	g.clean("log", g.log.Bytes())
}

func (g *garden) lookIntoBackups() {
	id, err := age.GenerateX25519Identity()
	g.ok(err)
	to := []age.Recipient{id.Recipient()}
	var file bytes.Buffer
	_, err = backup.Write(g.ctx, &file, backup.Options{DB: g.app.DB, Dir: g.app.Config.Dir, Recipients: to, Now: time.Now})
	g.ok(err)
	g.clean("backup", file.Bytes())
	open, err := age.Decrypt(&file, id)
	g.ok(err)
	zip, err := zstd.NewReader(open)
	g.ok(err)
	defer zip.Close()
	raw, err := io.ReadAll(zip)
	g.ok(err)
	if !bytes.Contains(raw, []byte("学堂湾1号")) {
		g.Error("the backup can't be looked into, so this proves nothing")
	}
	g.clean("opened backup", raw)
	keys := filepath.Join(g.TempDir(), "k"+keep.Suffix)
	_, err = keep.Backup(g.ctx, keys, g.app.Vault, g.app.Config.Keys(), g.app.Config.Dir, to, time.Now())
	g.ok(err)
}

// lookIntoTables reads every value of every table, the key store's too.
func (g *garden) lookIntoTables() {
	if g.app.DB.Engine() != sqldb.Postgres {
		return // the file is looked into
	}
	rows, err := g.app.DB.Reader().QueryContext(g.ctx, `SELECT '"' || table_schema || '"."' || table_name || '"' FROM information_schema.tables
		WHERE table_schema NOT IN ('pg_catalog', 'information_schema') AND table_type = 'BASE TABLE'`)
	g.ok(err)
	var tables []string
	for rows.Next() {
		var name string
		g.ok(rows.Scan(&name))
		tables = append(tables, name)
	}
	g.ok(rows.Err())
	if len(tables) < 60 {
		g.Errorf("only %d tables", len(tables))
	}
	for _, table := range tables {
		rows, err := g.app.DB.Reader().QueryContext(g.ctx, `SELECT t::text FROM `+table+` t`)
		g.ok(err)
		for rows.Next() {
			var row string
			g.ok(rows.Scan(&row))
			g.clean(table, []byte(row))
		}
		g.ok(rows.Err())
	}
}

func (g *garden) lookIntoFiles(dir string) {
	seen := 0
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return nil // PostgreSQL removes files as it goes
		}
		raw, err := os.ReadFile(path)
		if err == nil {
			seen++
			g.clean(path, raw)
		}
		return nil
	})
	g.ok(err)
	g.Logf("%d files in %s", seen, dir)
}

var digitRuns = regexp.MustCompile(`[0-9]{11,}X?`)

// found returns the planted numbers that a text holds.
func (g *garden) found(raw []byte) map[string]string {
	out := map[string]string{}
	for _, run := range digitRuns.FindAll(raw, -1) {
		for from := range run {
			for _, n := range []int{11, 18} {
				if from+n <= len(run) {
					if where, ok := g.planted[string(run[from:from+n])]; ok {
						out[string(run[from:from+n])] = where
					}
				}
			}
		}
	}
	return out
}

func (g *garden) clean(what string, raw []byte) {
	g.Helper()
	if found := g.found(raw); len(found) > 0 {
		list := make([]string, 0, 3)
		for n := range maps.Keys(found) {
			if list = append(list, n+" of "+found[n]); len(list) == 3 {
				break
			}
		}
		g.Errorf("%s holds %d numbers: %s", what, len(found), strings.Join(list, ", "))
	}
}
