package roster_test

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"path/filepath"
	"strings"
	"testing"

	"bilin/internal/audit"
	"bilin/internal/auth"
	"bilin/internal/find"
	"bilin/internal/i18n"
	"bilin/internal/network"
	"bilin/internal/roster"
	"bilin/internal/seal"
	"bilin/internal/seal/sealtest"
	"bilin/internal/sheet"
	"bilin/internal/sqldb"
	"bilin/internal/sqldbtest"
)

// town is a city with two towns and three villages, two of one name, and
// everything a roster needs.
type town struct {
	db   *sqldb.DB
	net  *network.Service
	svc  *roster.Service
	find *find.Service
	seal *seal.Sealer
	t    func(key string, args ...any) string
}

func setup(t testing.TB, db *sqldb.DB, dir string) *town {
	t.Helper()
	quiet := slog.New(slog.DiscardHandler)
	keys, err := seal.Open(filepath.Join(dir, "keys"))
	if err != nil {
		t.Fatal(err)
	}
	log, err := audit.Open(db, audit.Options{Dir: dir, Logger: quiet})
	if err != nil {
		t.Fatal(err)
	}
	net, err := network.Open(context.Background(), db, network.Options{Audit: log, Seal: keys, Vault: sealtest.Vault(t, db, keys), Logger: quiet})
	if err != nil {
		t.Fatal(err)
	}
	cat, err := i18n.New(roster.Messages, sheet.Messages)
	if err != nil {
		t.Fatal(err)
	}
	return &town{
		db: db, net: net, seal: keys, find: find.New(db, net, keys),
		svc: roster.New(roster.Deps{DB: db, Network: net, Index: find.NewIndex(), Seal: keys, Audit: log, Logger: quiet}),
		t:   func(key string, args ...any) string { return cat.T(i18n.ZH, key, args...) },
	}
}

var system = auth.System("test")

// build enters the city.
func (c *town) build(t testing.TB) *town {
	t.Helper()
	var chunk network.Chunk
	add := func(code, name, parent string, level network.Level) string {
		id := sqldb.NewID()
		chunk.Units = append(chunk.Units, network.NewUnit{ID: id, Code: code, Name: name, ParentID: parent, Level: level})
		return id
	}
	city := add("430182000000", "宁乡市", "", network.City)
	yutan := add("430182001000", "玉潭街道", city, network.Town)
	hua := add("430182102000", "花明楼镇", city, network.Town)
	add("430182001001", "二环路社区", yutan, network.Village)
	add("430182001002", "双桥村", yutan, network.Village)
	add("430182102201", "炭子冲村", hua, network.Village)
	add("430182102202", "双桥村", hua, network.Village)
	if err := c.net.ImportChunk(context.Background(), system, chunk); err != nil {
		t.Fatal(err)
	}
	if err := c.net.Refresh(context.Background()); err != nil {
		t.Fatal(err)
	}
	return c
}

func open(t testing.TB, db *sqldb.DB) *town {
	t.Helper()
	return setup(t, db, t.TempDir()).build(t)
}

func sqlite(t testing.TB) *town { return open(t, sqldbtest.Open(t, sqldb.SQLite)) }

func file(text string) roster.File {
	return roster.File{Name: "花名册.csv", Size: int64(len(text)), ReaderAt: strings.NewReader(text)}
}

// count answers SELECT count(*) FROM ….
func (c *town) count(t testing.TB, from string) int {
	t.Helper()
	var n int
	if err := c.db.Reader().QueryRowContext(context.Background(), `SELECT count(*) FROM `+from).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

// export returns the whole city as CSV, telephone numbers in plain.
func (c *town) export(t testing.TB, format sheet.Format) []byte {
	t.Helper()
	var b bytes.Buffer
	_, err := c.svc.Export(context.Background(), system, &b, roster.ExportOptions{
		Format: format, Purpose: "年度核对", Title: func(f roster.Field) string { return c.t(f.Key()) },
	})
	if err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func summary(r roster.Report) string {
	return fmt.Sprintf("rows %d new %d changed %d same %d bad %d; areas %d groups %d cells %d; persons %d appointed %d phones %d kept %d claims %d",
		r.Rows, r.New, r.Changed, r.Same, r.Bad, r.Areas, r.Groups, r.Cells, r.Persons, r.Appointed, r.Phones, r.Kept, r.Claims)
}
