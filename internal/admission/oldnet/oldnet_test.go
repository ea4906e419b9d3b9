package oldnet_test

import (
	"slices"
	"strings"
	"testing"

	"bilin/internal/admission/admissiontest"
	"bilin/internal/admission/oldnet"
	"bilin/internal/auth"
	"bilin/internal/errs"
	"bilin/internal/sqldb"
	"bilin/internal/sqldbtest"
)

const table = `类型,编号,姓名,村社区,户数,所属网格,岗位,每年次数,职能
网格,G1,一网格,玉潭街道第1村,300,,,,
网格,G2,二网格,430182001002,280,,,,
网格,G3,老街网格,说不清的地方,150,,,,
网格员,,邻长0,,,G1,专职网格员,,
网格员,,李大勇,,,G2,专职网格员,,
网格员,,周小兰,,,G3,专职网格员,,
职责,,入户宣传,,,,,,政策宣传
职责,,巡河,,,,,,
表格,,人口信息登记表,,,,,12,
`

func read(t testing.TB, text string) []oldnet.Row {
	t.Helper()
	rows, err := oldnet.ReadTable(strings.NewReader(text), int64(len(text)))
	if err != nil {
		t.Fatal(err)
	}
	return rows
}

func TestTableIsReadAndRefused(t *testing.T) {
	c := admissiontest.New(t, sqldbtest.Open(t, sqldb.SQLite))
	ctx := t.Context()
	bad := strings.NewReplacer("G2,二网格", "G1,二网格", "300", "三百", ",G3,专职", ",G9,专职", "政策宣传", "没有的职能").Replace(table)
	report, err := c.Oldnet.Import(ctx, c.Office, oldnet.Import{DepartmentID: c.Dept, Name: "河湖网", Rows: read(t, bad), DryRun: true})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, p := range report.Problems {
		got = append(got, p.Column+" "+p.Code)
	}
	slices.Sort(got)
	want := []string{"function oldnet.no_function", "grid oldnet.no_grid", "grid oldnet.no_grid", "households oldnet.bad_number"}
	if !slices.Equal(got, want) { // the second G1 is the first that counts: G2 is gone with it
		t.Errorf("%v, want %v", got, want)
	}
	if _, err := c.Oldnet.Import(ctx, c.Office, oldnet.Import{Key: "k", DepartmentID: c.Dept, Name: "河湖网", Rows: read(t, bad)}); errs.CodeOf(err) != "oldnet.has_problems" {
		t.Errorf("imported: %v", err)
	}
	if _, err := c.Oldnet.Import(ctx, c.Water, oldnet.Import{Key: "k", DepartmentID: c.Dept, Name: "河湖网", Rows: read(t, table)}); errs.KindOf(err) != errs.Forbidden {
		t.Errorf("a department imports: %v", err)
	}
	for _, text := range []string{"类型,名称\n", "编号,户数\n1,2\n"} {
		if _, err := oldnet.ReadTable(strings.NewReader(text), int64(len(text))); errs.KindOf(err) != errs.Invalid {
			t.Errorf("%q: %v", text, err)
		}
	}
}

func TestOldNetBecomesOne(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		c := admissiontest.New(t, db)
		ctx, s := t.Context(), c.Oldnet
		cmd := oldnet.Import{Key: "k", DepartmentID: c.Dept, Name: "河湖网", Rows: read(t, table)}
		report, err := s.Import(ctx, c.Office, cmd)
		if err != nil {
			t.Fatal(err)
		}
		if again, err := s.Import(ctx, c.Office, cmd); err != nil || again.NetID != report.NetID {
			t.Errorf("imported twice: %v, %v", again, err)
		}
		want := oldnet.Counts{Grids: 3, Mapped: 2, Households: 730, Workers: 3, Posts: 1, Duties: 2, MergedDuties: 1, Forms: 1, Yearly: 12}
		if report.Counts != want {
			t.Errorf("%+v, want %+v", report.Counts, want)
		}
		id := report.NetID
		if err := s.SetDay(ctx, c.Office, oldnet.SetDay{Key: "d", NetID: id, Day: "2026-12-31", Version: 1}); errs.CodeOf(err) != "oldnet.not_ready" {
			t.Errorf("set while parts are open: %v", err)
		}
		open, err := s.Grids(ctx, c.Office, id, true, "", 9)
		if err != nil || len(open) != 1 || open[0].Code != "G3" {
			t.Fatalf("%+v, %v", open, err)
		}
		if err := s.MapGrid(ctx, c.Office, oldnet.MapGrid{Key: "m0", NetID: id, GridID: open[0].ID, Unit: "天边"}); errs.CodeOf(err) != "oldnet.no_unit" {
			t.Errorf("mapped onto nothing: %v", err)
		}
		c.OK(s.MapGrid(ctx, c.Office, oldnet.MapGrid{Key: "m", NetID: id, GridID: open[0].ID, Unit: "玉潭街道 · 第2村"}))
		workers, err := s.Workers(ctx, c.Office, id, true, nil, 9)
		if err != nil || len(workers) != 2 {
			t.Fatalf("%+v, %v", workers, err)
		}
		c.OK(s.Place(ctx, c.Office, oldnet.Place{Key: "p", NetID: id, WorkerID: workers[0].ID, Fate: oldnet.OnPost, Unit: c.Net.Tree().ByID(c.Cells[3]).Code}))
		c.OK(s.ReleaseRest(ctx, c.Office, "r", id))
		duties, err := s.Duties(ctx, c.Office, id)
		c.OK(err)
		var all []oldnet.Decision
		for _, d := range duties {
			if d.Fate == "" {
				all = append(all, oldnet.Decision{DutyID: d.ID, Fate: oldnet.Merged})
			}
		}
		if err := s.Decide(ctx, c.Office, "f0", id, all); errs.CodeOf(err) != "oldnet.which_function" {
			t.Errorf("merged into nothing: %v", err)
		}
		for i := range all {
			all[i].Fate = oldnet.Dropped
		}
		c.OK(s.Decide(ctx, c.Office, "f", id, all))
		c.OK(s.SetDay(ctx, c.Office, oldnet.SetDay{Key: "d2", NetID: id, Day: "2026-12-31", Version: 1}))
		if err := s.ReleaseRest(ctx, c.Office, "r2", id); errs.CodeOf(err) != "oldnet.not_mapping" {
			t.Errorf("changed after the day was set: %v", err)
		}
		if n, err := s.Tick(ctx); n != 0 || err != nil {
			t.Errorf("%d retired before the day, %v", n, err)
		}
		c.Clock = admissiontest.At(t, "2026-12-31 00:30")
		if n, err := s.Tick(ctx); n != 1 || err != nil {
			t.Errorf("%d retired, %v", n, err)
		}
		net, err := s.Net(ctx, c.Water, id)
		if err != nil || net.State != oldnet.Retired || !net.Ready() || net.Posts != 2 || net.Freed != 1 || net.YearlyDropped != 12 {
			t.Errorf("%+v, %v", net, err)
		}
		aid := admissiontest.Actor("aid", auth.Department, c.Root, c.Aid)
		if _, err := s.Workers(ctx, aid, id, false, nil, 9); errs.KindOf(err) != errs.Forbidden {
			t.Errorf("another department reads its people: %v", err)
		}
	})
}

func TestOverlapsAreShown(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		c := admissiontest.New(t, db)
		ctx := t.Context()
		for name, text := range map[string]string{
			"河湖网": table,
			"综治网": "类型,编号,姓名,村社区,户数,所属网格\n网格,A,街道大网格,玉潭街道,600,\n网格员,,邻长0,,,A\n",
		} {
			_, err := c.Oldnet.Import(ctx, c.Office, oldnet.Import{Key: name, DepartmentID: c.Dept, Name: name, Rows: read(t, text)})
			c.OK(err)
		}
		sum, nets, laps, err := c.Oldnet.Summary(ctx)
		if err != nil || len(nets) != 2 || sum.Nets != 2 || sum.Grids != 4 || sum.Functions != 1 || sum.Villages != 2 || sum.Doubled != 1 {
			t.Errorf("%+v, %v", sum, err)
		}
		if len(laps) != 2 || laps[0].VillageID != c.Villages[0] || laps[0].Doubled != 1 || len(laps[0].NetIDs) != 2 {
			t.Errorf("%+v", laps)
		}
	})
}
