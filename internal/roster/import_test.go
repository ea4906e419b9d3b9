package roster_test

import (
	"bytes"
	"context"
	"strings"
	"testing"

	"bilin/internal/errs"
	"bilin/internal/network"
	"bilin/internal/roster"
	"bilin/internal/sheet"
	"bilin/internal/sqldb"
	"bilin/internal/sqldbtest"
)

const head = "村代码,片,组,邻,片长,组长,邻长,邻长电话,联片干部,联组干部,户编号,户主,联系电话,地址,人数\n"

const sound = head +
	"430182001001,一片,3组,1,陈大,刘二,王三,12900000001,干一,干二,A1,张一,12911111111,花明北路1号,3\n" +
	"430182001001,一片,第三组,1邻,陈大,刘二,王三,,干一,干二,A2,张二,,花明北路２号,4\n" +
	"430182001001,1,三组,2,,,李四,12900000002,,,A3,张三,12933333333,宁乡市玉潭街道花明北路3号,2\n" +
	"430182102201,东片,李家组,甲邻,,,王三,12900000001,,,,赵一,,炭子冲村李家湾12号,5\n"

func TestImport(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		c, ctx := open(t, db), context.Background()
		dry, err := c.svc.Import(ctx, system, file(sound), roster.Options{DryRun: true})
		want := "rows 4 new 4 changed 0 same 0 bad 0; areas 2 groups 2 cells 3; persons 6 appointed 7 phones 0 kept 0 claims 0"
		if err != nil || summary(dry) != want {
			t.Fatalf("dry run: %s, %v", summary(dry), err)
		}
		if n := c.count(t, "household"); n != 0 {
			t.Fatalf("dry run wrote %d households", n)
		}
		r, err := c.svc.Import(ctx, system, file(sound), roster.Options{})
		if err != nil || r.Done.New != 4 || r.Done.Units != 7 || r.Done.Persons != 6 {
			t.Fatalf("import: %+v, %v", r.Done, err)
		}
		cov := c.net.Tree().Coverage(c.net.Tree().RootID())
		if cov.Households != 4 || cov.Covered != 4 || cov.Residents != 14 || cov.Leads != 2 || cov.LinkedOfficials != 2 {
			t.Fatalf("coverage: %+v", cov)
		}
		again, err := c.svc.Import(ctx, system, file(sound), roster.Options{})
		if err != nil || !again.Nothing() || again.Same != 4 {
			t.Fatalf("again: %s, %v", summary(again), err)
		}
		if n := c.count(t, "place"); n != 3 {
			t.Fatalf("%d places", n)
		}
	})
}

func TestImportChanges(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		c, ctx := open(t, db), context.Background()
		if _, err := c.svc.Import(ctx, system, file(sound), roster.Options{}); err != nil {
			t.Fatal(err)
		}
		changed := head +
			// a new number, one person more; blanks leave what is known
			"430182001001,一片,3组,1,,,王三,12900000009,,,A1,,12999999999,花明北路1号,4\n" +
			// another address
			"430182001001,一片,3组,1,,,,,,,A2,张二,,南门巷2号,\n" +
			// somebody else as lead: kept
			"430182001001,一片,3组,2,,,钱五,,,,A3,张三,12933333333,宁乡市玉潭街道花明北路3号,2\n" +
			// gets its number only now
			"430182102201,东片,李家组,甲邻,,,,,,,B9,赵一,,炭子冲村李家湾12号,5\n"
		r, err := c.svc.Import(ctx, system, file(changed), roster.Options{})
		want := "rows 4 new 0 changed 3 same 1 bad 0; areas 0 groups 0 cells 0; persons 0 appointed 0 phones 1 kept 1 claims 0"
		if err != nil || summary(r) != want || r.Done.Changed != 3 {
			t.Fatalf("%s done %+v, %v", summary(r), r.Done, err)
		}
		out := string(c.export(t, sheet.CSV))
		for _, part := range []string{"王三,12900000009", "A1,张一,12999999999,花明北路1号,4", "A2,张二,,南门巷2号,4", "李四,12900000002", "B9,赵一,,炭子冲村李家湾12号,5"} {
			if !strings.Contains(out, part) {
				t.Errorf("%q is missing in\n%s", part, out)
			}
		}
		if n := c.count(t, "place WHERE stem = '南门巷'"); n != 1 {
			t.Errorf("place index not brought up: %d", n)
		}
		if again, err := c.svc.Import(ctx, system, file(changed), roster.Options{}); err != nil || !again.Nothing() {
			t.Fatalf("again: %s, %v", summary(again), err)
		}
	})
}

func TestBadRowsStopEverything(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		c, ctx := open(t, db), context.Background()
		text := sound + "430182001009,一片,3组,1,,,,,,,A9,张九,,花明北路9号,3\n"
		r, err := c.svc.Import(ctx, system, file(text), roster.Options{})
		if errs.CodeOf(err) != "roster.bad_rows" || r.Bad != 1 || c.count(t, "household") != 0 || c.count(t, "unit WHERE level > 3") != 0 {
			t.Fatalf("%s, %v", summary(r), err)
		}
		r, err = c.svc.Import(ctx, system, file(text), roster.Options{SkipBad: true})
		if err != nil || r.Done.New != 4 {
			t.Fatalf("%s, %v", summary(r), err)
		}
	})
}

func TestHouseholdInTwoCells(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		c, ctx := open(t, db), context.Background()
		if _, err := c.svc.Import(ctx, system, file(sound), roster.Options{}); err != nil {
			t.Fatal(err)
		}
		other := head + "430182001001,一片,3组,2,,,,,,,A1,张一,12911111111,花明北路1号,3\n" +
			"430182001001,一片,3组,2,,,,,,,A3,张三,12933333333,宁乡市玉潭街道花明北路3号,2\n"
		r, err := c.svc.Import(ctx, system, file(other), roster.Options{})
		if errs.CodeOf(err) != "roster.bad_rows" || r.Issues[0].Code != "two_cells_known" || c.count(t, "household_claim") != 0 {
			t.Fatalf("%s, %v", summary(r), err)
		}
		r, err = c.svc.Import(ctx, system, file(other), roster.Options{SkipBad: true})
		if err != nil || r.Done.Claims != 1 || c.count(t, "household_claim") != 1 {
			t.Fatalf("%s, %+v, %v", summary(r), r.Done, err)
		}
		if n := c.net.Tree().Coverage(c.net.Tree().RootID()).Overlaps; n != 1 {
			t.Fatalf("%d overlaps", n)
		}
		h, err := network.RosterHouseholds(ctx, c.db.Reader(), []string{"430182001001/A1"})
		if err != nil || !strings.HasSuffix(c.net.Tree().ByID(h["430182001001/A1"].UnitID).Code, "010301") {
			t.Fatalf("the household was moved: %+v, %v", h, err)
		}
	})
}

func TestExportImportIdentity(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		c, ctx := open(t, db), context.Background()
		if _, err := c.svc.Import(ctx, system, file(sound), roster.Options{}); err != nil {
			t.Fatal(err)
		}
		for _, format := range []sheet.Format{sheet.CSV, sheet.XLSX} {
			raw := c.export(t, format)
			f := roster.File{Name: "x", Size: int64(len(raw)), ReaderAt: bytes.NewReader(raw)}
			r, err := c.svc.Import(ctx, system, f, roster.Options{})
			if err != nil || !r.Nothing() || r.Same != 4 {
				t.Fatalf("%s into itself: %s, %v, %v", format, summary(r), r.Issues, err)
			}
			if format == sheet.CSV {
				fresh := open(t, sqldbtest.Open(t, sqldb.SQLite))
				if _, err := fresh.svc.Import(ctx, system, f, roster.Options{}); err != nil {
					t.Fatal(err)
				}
				if got := fresh.export(t, format); !bytes.Equal(got, raw) {
					t.Fatalf("into a fresh city:\n%s\nwant\n%s", got, raw)
				}
			}
		}
	})
}

// TestKnownHouseholdNeedsNoCell: a row that leaves the cell open changes a known
// household where it is; a new one can't be placed.
func TestKnownHouseholdNeedsNoCell(t *testing.T) {
	c, ctx := sqlite(t), context.Background()
	if _, err := c.svc.Import(ctx, system, file(sound), roster.Options{}); err != nil {
		t.Fatal(err)
	}
	r, err := c.svc.Import(ctx, system, file("村代码,片,组,邻,户编号,地址,人数\n430182001001,,,,A1,花明北路1号,9\n430182001001,一片,,,A2,花明北路２号,4\n"), roster.Options{})
	if err != nil || r.Done.Changed != 1 || r.Same != 1 {
		t.Fatalf("%s %+v, %v", summary(r), r.Issues, err)
	}
	if out := string(c.export(t, sheet.CSV)); !strings.Contains(out, "430182001001010301,陈大,,刘二,,王三,12900000001,干一,,干二,,A1,张一,12911111111,花明北路1号,9") {
		t.Errorf("not changed where it is:\n%s", out)
	}
	r, err = c.svc.Import(ctx, system, file("村代码,片,组,邻,户编号,地址\n430182001001,,,,Z1,花明北路91号\n430182001001,,,,A1,花明北路1号\n430182001001,1,3,1,A1,花明北路1号\n"), roster.Options{DryRun: true})
	if err != nil || r.Bad != 2 || r.Issues[len(r.Issues)-1].Code != "blank_unit" || r.Issues[0].Code != "duplicate" {
		t.Fatalf("%s %+v, %v", summary(r), r.Issues, err)
	}
}
