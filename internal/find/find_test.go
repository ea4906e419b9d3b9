package find_test

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"bilin/internal/address"
	"bilin/internal/audit"
	"bilin/internal/auth"
	"bilin/internal/find"
	"bilin/internal/network"
	"bilin/internal/seal"
	"bilin/internal/seal/sealtest"
	"bilin/internal/sqldb"
	"bilin/internal/sqldbtest"
)

// city is two towns with three villages, in each an area, two groups of two
// cells, and ten households to a cell.
type city struct {
	db    *sqldb.DB
	net   *network.Service
	find  *find.Service
	index *find.Index
	door  string // of 玉潭街道 二环路社区, first household
	cells map[string]string
	lead  string
}

var system = auth.System("test")

func build(t testing.TB, db *sqldb.DB) *city {
	t.Helper()
	dir, quiet := t.TempDir(), slog.New(slog.DiscardHandler)
	keys, err := seal.Open(dir)
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
	c := &city{db: db, net: net, find: find.New(db, net, keys), index: find.NewIndex(), cells: map[string]string{}}
	c.fill(t)
	return c
}

func (c *city) fill(t testing.TB) {
	t.Helper()
	var chunk network.Chunk
	var places find.Gather
	add := func(code, name, parent string, level network.Level) string {
		id := sqldb.NewID()
		chunk.Units = append(chunk.Units, network.NewUnit{ID: id, Code: code, Name: name, ParentID: parent, Level: level})
		return id
	}
	root := add("430182000000", "宁乡市", "", network.City)
	yutan := add("430182001000", "玉潭街道", root, network.Town)
	hua := add("430182102000", "花明楼镇", root, network.Town)
	for _, v := range []struct{ code, name, town, townName, stem string }{
		{"430182001001", "二环路社区", yutan, "玉潭街道", "花明北路"},
		{"430182102201", "炭子冲村", hua, "花明楼镇", "李家湾"},
		{"430182102202", "双桥村", hua, "花明楼镇", "李家湾"},
	} {
		village := add(v.code, v.name, v.town, network.Village)
		area := add(v.code+"01", "一片", village, network.Area)
		n := 0
		for g := 1; g <= 2; g++ {
			group := add(fmt.Sprintf("%s01%02d", v.code, g), fmt.Sprintf("第%d组", g), area, network.Group)
			for k := 1; k <= 2; k++ {
				code := fmt.Sprintf("%s01%02d%02d", v.code, g, k)
				cell := add(code, fmt.Sprintf("%d邻", k), group, network.Cell)
				c.cells[code] = cell
				for range 10 {
					n++
					key := address.Key(fmt.Sprintf("%s%s%s%d号", v.townName, v.name, v.stem, n), "宁乡市", v.townName, v.name)
					h := network.NewHousehold{ID: sqldb.NewID(), UnitID: cell, Door: network.NewDoor(), Address: key, AddressKey: key, Head: "王小明", Size: 3,
						RosterKey: network.RosterKey(v.code, fmt.Sprint(n), "")}
					if c.door == "" {
						c.door = h.Door
					}
					chunk.Households = append(chunk.Households, h)
					places.Put(cell, key)
				}
			}
		}
	}
	c.lead = sqldb.NewID()
	post := sqldb.NewID()
	chunk.Persons = []network.NewPerson{{ID: c.lead, Name: "周大姐", Phone: "12900000001", ShowPhone: true}}
	chunk.Posts = []network.NewPost{{ID: post, UnitID: c.cells["430182001001010101"], Role: auth.Lead, Name: "邻长"}}
	chunk.Appointments = []network.NewAppointment{{PostID: post, PersonID: c.lead}}
	p, err := c.net.Prepare(t.Context(), chunk)
	if err != nil {
		t.Fatal(err)
	}
	err = c.db.Write(context.Background(), func(tx *sqldb.Tx) error {
		if err := c.net.WriteChunk(context.Background(), tx, system, p); err != nil {
			return err
		}
		return c.index.Add(context.Background(), tx, places.Places())
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := c.net.Refresh(context.Background()); err != nil {
		t.Fatal(err)
	}
}

func codes(answers []find.Answer) string {
	var list []string
	for _, a := range answers {
		list = append(list, a.Code[9:])
	}
	return strings.Join(list, " ")
}

func TestPublicFind(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		c := build(t, db)
		tests := []struct{ typed, first string }{
			{"花明北路12号", "001010102"},
			{"花明北路１２號", "001010102"},
			{"宁乡市玉潭街道二环路社区花明北路十二号", "001010102"},
			{"玉潭 二环路 花明北路31号", "001010202"},
			{"炭子冲村李家湾25号", "201010201"},
			{"花明楼双桥李家湾25号", "202010201"},
			{"花明北", "001010101"},
			{"明北路", "001010101"},
			{"李家湾5号", "201010101"},
			{"二环路社区第2组", "001010201"},
			{c.door, "001010101"},
			{strings.ToLower(c.door), "001010101"},
			{"https://example.cn/d/" + c.door, "001010101"},
			{"430182102202010102", "202010102"},
			{"双桥村", "202010101"},
			{"没有这样的地方", ""},
			{"", ""},
			{"%_'\"", ""},
		}
		for _, tt := range tests {
			got, err := c.find.PublicFind(context.Background(), tt.typed)
			if err != nil || !strings.HasPrefix(codes(got), tt.first) || tt.first == "" && len(got) > 0 {
				t.Errorf("%q: got %q, want first %q, %v", tt.typed, codes(got), tt.first, err)
			}
			if len(got) > 20 {
				t.Errorf("%q: %d answers", tt.typed, len(got))
			}
		}
		got, err := c.find.PublicFind(context.Background(), "花明北路1号")
		if err != nil || got[0].LeadName != "周大姐" || got[0].Phone != "12900000001" || got[0].Name != "玉潭街道 二环路社区 一片 第1组 1邻" {
			t.Errorf("%+v, %v", got, err)
		}
	})
}

func TestTouchFollowsHouseholds(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		c, ctx := build(t, db), context.Background()
		cell := c.cells["430182102202010102"]
		err := db.Write(ctx, func(tx *sqldb.Tx) error {
			if _, err := tx.ExecContext(ctx, `UPDATE household SET address_key = '新屋场77号' WHERE unit_id = $1`, cell); err != nil {
				return err
			}
			return c.index.Touch(ctx, tx, []string{cell})
		})
		if err != nil {
			t.Fatal(err)
		}
		got, err := c.find.PublicFind(ctx, "新屋场77号")
		if err != nil || codes(got) != "202010102" {
			t.Fatalf("%q, %v", codes(got), err)
		}
	})
}

func TestRebuildEqualsKeeping(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		c, ctx := build(t, db), context.Background()
		before := dump(t, db)
		if err := c.index.Rebuild(ctx, db, nil); err != nil {
			t.Fatal(err)
		}
		if after := dump(t, db); before != after || before == "" {
			t.Fatalf("got\n%s\nwant\n%s", after, before)
		}
	})
}

func dump(t *testing.T, db *sqldb.DB) string {
	t.Helper()
	rows, err := db.Reader().QueryContext(context.Background(), `SELECT unit_id, stem, households, low, high FROM place ORDER BY unit_id, stem`)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = rows.Close() }()
	var b strings.Builder
	for rows.Next() {
		var p find.Place
		if err := rows.Scan(&p.UnitID, &p.Stem, &p.Households, &p.Low, &p.High); err != nil {
			t.Fatal(err)
		}
		fmt.Fprintln(&b, p)
	}
	return b.String()
}

func TestSearch(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		c, ctx := build(t, db), context.Background()
		unit := func(code string) string { return c.net.Tree().ByCode(code).ID }
		town := auth.Actor{AccountID: "a", Grants: []auth.Grant{{Role: auth.TownOfficial, UnitID: unit("430182001000")}}}
		village := auth.Actor{AccountID: "b", Grants: []auth.Grant{{Role: auth.VillageOfficial, UnitID: unit("430182102201")}}}
		command := auth.Actor{AccountID: "c", Grants: []auth.Grant{{Role: auth.Command, UnitID: unit("430182000000")}}}
		tests := []struct {
			who         auth.Actor
			typed, want string
		}{
			{system, "双桥", "unit 花明楼镇 双桥村"},
			{system, "hml", "unit 花明楼镇"},
			{system, "43018210220", "unit 花明楼镇 炭子冲村"},
			{town, "花明楼", ""},
			{town, "二环路", "unit 玉潭街道 二环路社区"},
			{village, "李家湾25号", "unit 花明楼镇 炭子冲村 一片 第2组 1邻; household 李家湾25号 王小明"},
			{command, "双桥村李家湾25号", "unit 花明楼镇 双桥村 一片 第2组 1邻"},
		}
		for _, tt := range tests {
			hits, err := c.find.Search(ctx, tt.who, tt.typed, 10)
			var got []string
			for _, h := range hits {
				got = append(got, strings.TrimSpace(h.Kind+" "+h.Name+" "+h.Note))
			}
			line := strings.Join(got, "; ")
			ok := line == tt.want || tt.want != "" && strings.HasPrefix(line, strings.Split(tt.want, ";")[0])
			for _, part := range strings.Split(tt.want, "; ") {
				ok = ok && strings.Contains(line, part)
			}
			if err != nil || !ok || tt.want == "" && line != "" {
				t.Errorf("%s %q: got %q, want %q, %v", tt.who.AccountID, tt.typed, line, tt.want, err)
			}
			if tt.who.AccountID == "c" && strings.Contains(line, "household") {
				t.Errorf("the command post sees households: %q", line)
			}
		}
		if _, err := c.find.Search(ctx, auth.Actor{}, "双桥", 10); err == nil {
			t.Error("searching needs a login")
		}
	})
}

func TestInitials(t *testing.T) {
	for name, want := range map[string]string{"玉潭街道": "ytjd", "花明楼镇": "hmlz", "双桥村": "sqc", "": ""} {
		if got := find.Initials(name); got != want {
			t.Errorf("Initials(%q) = %q, want %q", name, got, want)
		}
	}
}
