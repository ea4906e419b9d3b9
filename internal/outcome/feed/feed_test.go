package feed_test

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"bilin/internal/auth"
	"bilin/internal/errs"
	"bilin/internal/i18n"
	"bilin/internal/network"
	"bilin/internal/outcome"
	"bilin/internal/outcome/feed"
	"bilin/internal/outcome/outcometest"
	"bilin/internal/sheet"
	"bilin/internal/sqldb"
	"bilin/internal/sqldbtest"
)

// city has two towns with a village of the same name each, one more in the first,
// and one that went into it.
func city(t *testing.T, db *sqldb.DB) (*outcometest.City, *feed.Service) {
	t.Helper()
	c := outcometest.New(t, db, outcometest.Make{Towns: 2, Villages: 1})
	c.OK(c.Net.ImportChunk(t.Context(), auth.System("test"), network.Chunk{Units: []network.NewUnit{
		{ID: "huaming", Code: "430182001201", Name: "花明社区", ParentID: c.Towns[0], Level: network.Village},
		{ID: "gone", Code: "430182001202", Name: "老屋村", ParentID: c.Towns[0], Level: network.Village},
	}}))
	c.OK(c.Net.Refresh(t.Context()))
	c.OK(c.Net.MergeUnits(t.Context(), auth.System("test"), network.MergeUnits{UnitID: "gone", IntoID: "huaming"}))
	return c, feed.New(feed.Options{Outcome: c.Svc, Tree: c.Net.Tree, Seal: c.Keys, Now: func() time.Time { return c.Now }})
}

func rivers(c *outcometest.City) outcome.Indicator {
	x, _ := c.Svc.Catalog().ByCode("rivers")
	return x
}

func read(t *testing.T, c *outcometest.City, text string) feed.File {
	t.Helper()
	f, err := feed.ReadFile(rivers(c), "三季度.csv", strings.NewReader(text), int64(len(text)))
	c.OK(err)
	return f
}

func TestQuartersAsPeopleWriteThem(t *testing.T) {
	for _, text := range []string{"2026Q3", "2026q3", "2026-Q3", "２０２６Ｑ３", "2026年三季度", "2026年第三季度", "2026年3季度", "2026年 第3季度 ", "2026-3季度", "2026三季", "2026/3季度", "2026.3季度", "2026年Q3", "２０２６年３季度"} {
		if p, ok := feed.Period(text); !ok || p != outcometest.Q3 {
			t.Errorf("%q: %v, %v", text, p, ok)
		}
	}
	for _, text := range []string{"", "2026", "2026-3", "2026年3月", "2026Q5", "2026年五季度", "三季度", "26Q3", "2026Q33", "1999Q3", "2026-03-01"} {
		if p, ok := feed.Period(text); ok {
			t.Errorf("%q is read as %v", text, p)
		}
	}
	for i, q := range []string{"一", "二", "三", "四"} {
		if p, ok := feed.Period("2026年" + q + "季度"); !ok || p.Quarter() != i+1 {
			t.Errorf("%s: %v", q, p)
		}
	}
}

func TestTablesAsPeopleWriteThem(t *testing.T) {
	c, _ := city(t, sqldbtest.Open(t, sqldb.SQLite))
	want := []outcome.Row{{UnitID: "huaming", Period: outcometest.Q3, Num: 3, Den: 1200}, {UnitID: c.Villages[1], Period: outcometest.Q3 - 1, Num: 0, Den: 8}}
	for name, text := range map[string]string{
		"names":           "村社区,季度,分子,分母\n花明社区,2026Q3,3,1200\n第2镇第1村,2026年二季度,0,8\n",
		"another order":   "分母,说明,分子,季度,镇街,村（社区）\n1200,无,3,2026Q3,,花明居委会\n8,,0,2026-2季度,第2镇,第1村\n",
		"codes":           "代码,季度,分子,分母\n430182001201,2026Q3,3,1200\n430182002001,2026Q2,0,8\n",
		"codes as names":  "村社区,季度,分子,分母\n４３０１８２００１２０１,2026Q3,3,1200\n430182002001,2026Q2,0,8\n",
		"both":            "代码,村社区,季度,分子,分母\n430182001201,花明村居,2026Q3,3,1200\n430182002001,,2026Q2,0,8\n",
		"wide digits":     "村社区,季度,分子,分母\n花 明 社 区,２０２６年第三季度,３,１，２００\n宁乡市第2镇第1村委会,2026年2季度,0.0,8\n",
		"its own words":   "村社区,季度,次不合格,次检查\n花明社区,2026Q3,3,\"1,200\"\n第2镇 第1村,2026Q2,0,8\n",
		"English":         "Village,Quarter,failed,Inspections\n花明社区,2026-q3,3,1200\n第2镇第1村,2026Q2,0,8\n",
		"with blank rows": "\n村社区,季度,分子,分母\n\n花明社区,2026Q3,3,1200\n,,,\n第2镇第1村,2026Q2,0,8\n",
	} {
		f := read(t, c, text)
		good, problems := feed.Check(c.Net.Tree(), rivers(c), outcometest.Q3+1, f.Rows)
		if !slices.Equal(good, want) || len(problems) > 0 || len(f.SHA256) != 64 {
			t.Errorf("%s: %+v, %+v", name, good, problems)
		}
	}
}

func TestWorkbooksToo(t *testing.T) {
	c, _ := city(t, sqldbtest.Open(t, sqldb.SQLite))
	var b bytes.Buffer
	w, err := sheet.NewWriter(&b, sheet.XLSX)
	c.OK(err)
	for _, line := range [][]string{{"季度", "村社区", "分母", "分子"}, {"2026Q3", "花明社区", "20", "3"}} {
		c.OK(w.Write(line))
	}
	c.OK(w.Close())
	f, err := feed.ReadFile(rivers(c), "a.xlsx", bytes.NewReader(b.Bytes()), int64(b.Len()))
	if err != nil || len(f.Rows) != 1 || f.Rows[0].Num != "3" || f.Name != "a.xlsx" {
		t.Errorf("%+v, %v", f, err)
	}
}

func TestWhatIsWrongIsSaid(t *testing.T) {
	c, _ := city(t, sqldbtest.Open(t, sqldb.SQLite))
	words, err := i18n.New(feed.Messages, outcome.Messages)
	c.OK(err)
	for name, x := range map[string]struct{ line, column, code string }{
		"no village":        {"月塘村,2026Q3,1,2", "village", "outcome.feed.no_village"},
		"which village":     {"第1村,2026Q3,1,2", "village", "outcome.feed.which_village"},
		"empty village":     {"花明社区,2026Q2,1,2\n,2026Q3,1,2", "village", "outcome.feed.missing"},
		"no code":           {"430182009009,2026Q3,1,2", "code", "outcome.feed.no_code"},
		"lost digits":       {"4.30182E+11,2026Q3,1,2", "village", "outcome.feed.no_village"},
		"merged":            {"430182001202,2026Q3,1,2", "code", "outcome.feed.merged"},
		"empty quarter":     {"花明社区,,1,2", "period", "outcome.feed.missing"},
		"a month":           {"花明社区,2026-3,1,2", "period", "outcome.feed.bad_period"},
		"the future":        {"花明社区,2027Q1,1,2", "period", "outcome.feed.future"},
		"empty count":       {"花明社区,2026Q3,,2", "numerator", "outcome.feed.missing"},
		"words":             {"花明社区,2026Q3,三,2", "numerator", "outcome.feed.bad_number"},
		"a fraction":        {"花明社区,2026Q3,1.5,2", "numerator", "outcome.feed.bad_number"},
		"below nothing":     {"花明社区,2026Q3,-1,2", "numerator", "outcome.bad_count"},
		"empty denominator": {"花明社区,2026Q3,1,", "denominator", "outcome.feed.missing"},
		"more than all":     {"花明社区,2026Q3,3,2", "numerator", "outcome.more_than_all"},
		"twice":             {"花明社区,2026Q3,1,2\n第1镇花明社区,2026年三季度,1,2", "village", "outcome.feed.twice"},
	} {
		f := read(t, c, "村社区,季度,分子,分母\n"+x.line+"\n")
		_, problems := feed.Check(c.Net.Tree(), rivers(c), outcometest.Q3+1, f.Rows)
		if len(problems) != 1 {
			t.Errorf("%s: %+v", name, problems)
			continue
		}
		p := problems[0]
		if p.Column != x.column || p.Code != x.code || p.Row != 2+strings.Count(x.line, "\n") {
			t.Errorf("%s: %+v", name, p)
		}
		for _, locale := range i18n.Locales() {
			said := words.T(locale, p.Code, p.Args...) + words.T(locale, "outcome.feed.expect."+p.Column) + words.T(locale, "outcome.feed.column."+p.Column)
			if strings.ContainsAny(said, "⟦{}") {
				t.Errorf("%s: %s", name, said)
			}
		}
	}
	f := read(t, c, "代码,村社区,季度,分子,分母\n430182001201,第2镇第1村,2026Q3,1,2\n4.30182E+11,,2026Q3,1,2\n")
	_, problems := feed.Check(c.Net.Tree(), rivers(c), outcometest.Q3+1, f.Rows)
	if len(problems) != 2 || problems[0].Code != "outcome.feed.other_village" || problems[1].Code != "outcome.feed.lost_digits" {
		t.Errorf("%+v", problems)
	}
}

func TestFilesThatAreNoTables(t *testing.T) {
	c, _ := city(t, sqldbtest.Open(t, sqldb.SQLite))
	for name, x := range map[string]struct{ text, code string }{
		"nothing":    {"", "sheet.empty"},
		"a heading":  {"村社区,季度,分子,分母\n", "outcome.feed.no_rows"},
		"no column":  {"村社区,季度,分子\n花明社区,2026Q3,1\n", "outcome.feed.no_column"},
		"no village": {"季度,分子,分母\n2026Q3,1,2\n", "outcome.feed.no_column"},
		"too much":   {"村社区,季度,分子,分母\n" + strings.Repeat("花明社区,2026Q3,1,2\n", feed.MaxRows+1), "outcome.feed.many_rows"},
	} {
		if _, err := feed.ReadFile(rivers(c), "a.csv", strings.NewReader(x.text), int64(len(x.text))); errs.CodeOf(err) != x.code {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// A table is checked, shown, and then taken as it was checked, by whoever checked it.
func TestCheckedThenTaken(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		c, svc := city(t, db)
		ctx, x := t.Context(), rivers(c)
		f := read(t, c, "村社区,季度,分子,分母\n花明社区,2026Q3,3,20\n第2镇第1村,2026Q3,0,8\n")
		report, err := svc.DryRun(ctx, c.Water, x, f)
		if err != nil || report.New != 2 || report.Same != 0 || len(report.Changed) != 0 || report.Staged == "" || len(report.Problems) != 0 {
			t.Fatalf("%+v, %v", report, err)
		}
		if list, _ := c.Svc.Batches(ctx, x.ID, 5); len(list) != 0 {
			t.Errorf("a dry run stored %+v", list)
		}
		for range 2 {
			taken, err := svc.Confirm(ctx, c.Water, "k", x, report.Staged)
			if err != nil || taken.Rows != 2 || taken.New != 2 {
				t.Fatalf("%+v, %v", taken, err)
			}
		}
		list, err := c.Svc.Batches(ctx, x.ID, 5)
		if err != nil || len(list) != 1 || list[0].Name != "三季度.csv" || list[0].SHA256 != f.SHA256 || list[0].Way != outcome.File || list[0].By != c.Water.Name {
			t.Errorf("%+v, %v", list, err)
		}
		again, err := svc.DryRun(ctx, c.Water, x, read(t, c, "村社区,季度,分子,分母\n花明社区,2026Q3,4,20\n第2镇第1村,2026Q3,0,8\n"))
		if err != nil || again.Same != 1 || len(again.Changed) != 1 || again.Changed[0].WasNum != 3 || again.Changed[0].Num != 4 {
			t.Errorf("%+v, %v", again, err)
		}
		fires, _ := c.Svc.Catalog().ByCode("waste")
		for what, try := range map[string]func() error{
			"somebody else": func() error { _, err := svc.Confirm(ctx, c.Office, "", x, report.Staged); return err },
			"another":       func() error { _, err := svc.Confirm(ctx, c.Water, "", fires, report.Staged); return err },
			"altered": func() error {
				_, err := svc.Confirm(ctx, c.Water, "", x, report.Staged[:40]+"AAAA"+report.Staged[44:])
				return err
			},
			"empty": func() error { _, err := svc.Confirm(ctx, c.Water, "", x, ""); return err },
		} {
			if err := try(); errs.CodeOf(err) != "outcome.feed.check_again" {
				t.Errorf("%s: %v", what, err)
			}
		}
		if _, err := svc.DryRun(ctx, c.Police, x, f); errs.KindOf(err) != errs.Forbidden {
			t.Errorf("the police check rivers: %v", err)
		}
		c.Now = c.Now.Add(13 * time.Hour)
		if _, err := svc.Confirm(ctx, c.Water, "", x, again.Staged); errs.CodeOf(err) != "outcome.feed.check_again" {
			t.Errorf("too late: %v", err)
		}
	})
}

// With a single problem nothing is taken, and the bad rows come back with what is
// wrong in them.
func TestBadRowsComeBack(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		c, svc := city(t, db)
		ctx, x := t.Context(), rivers(c)
		f := read(t, c, "村社区,季度,分子,分母\n花明社区,2026Q3,3,20\n月塘村,2026-3,0,8\n")
		report, err := svc.DryRun(ctx, c.Water, x, f)
		if err != nil || len(report.Problems) != 2 || report.Staged != "" {
			t.Fatalf("%+v, %v", report, err)
		}
		rows, err := svc.BadRows(t.Context(), c.Water, x, report.Bad)
		if err != nil || len(rows) != 1 || rows[0].Village != "月塘村" || rows[0].Number != 3 || len(rows[0].Problems) != 2 {
			t.Errorf("%+v, %v", rows, err)
		}
		if taken, err := svc.Confirm(ctx, c.Water, "", x, report.Bad); err == nil {
			t.Errorf("bad rows were taken: %+v", taken)
		}
		for _, dry := range []bool{true, false} {
			report, taken, err := svc.Take(ctx, c.Water, "", x, f, dry)
			if err != nil || len(report.Problems) != 2 || taken.New != 0 {
				t.Errorf("%+v, %+v, %v", report, taken, err)
			}
		}
		if list, _ := c.Svc.Batches(ctx, x.ID, 5); len(list) != 0 {
			t.Errorf("%+v", list)
		}
	})
}

func TestJSON(t *testing.T) {
	rows, err := feed.ReadJSON([]byte(`[{"village":"花明社区","period":"2026Q3","numerator":3,"denominator":"20","note":"x"},{"village":430182001201,"town":null,"period":"2026Q2","numerator":0,"denominator":8.0}]`))
	want := []feed.Row{{Number: 1, Village: "花明社区", Period: "2026Q3", Num: "3", Den: "20"}, {Number: 2, Village: "430182001201", Period: "2026Q2", Num: "0", Den: "8.0"}}
	if err != nil || !slices.Equal(rows, want) {
		t.Errorf("%+v, %v", rows, err)
	}
	for text, code := range map[string]string{
		"": "outcome.feed.not_json", "{}": "outcome.feed.not_json", "null": "outcome.feed.not_json", "[]": "outcome.no_rows", "[] []": "outcome.feed.not_json", "[1]": "outcome.feed.bad_json",
		`[{"village":[]}]`: "outcome.feed.bad_json", `[{"village":true}]`: "outcome.feed.bad_json", `[{}`: "outcome.feed.bad_json", `[{},`: "outcome.feed.bad_json", "[{\"village\":\"\xff\"}]": "outcome.feed.not_json",
		"[" + strings.Repeat("{},", feed.MaxRows) + "{}]": "outcome.feed.many_rows",
	} {
		if _, err := feed.ReadJSON([]byte(text)); errs.CodeOf(err) != code {
			t.Errorf("%.30q: %v, want %s", text, err, code)
		}
	}
}

func FuzzJSON(f *testing.F) {
	f.Add([]byte(`[{"village":"花明社区","period":"2026Q3","numerator":3,"denominator":"20"}]`))
	f.Fuzz(func(t *testing.T, text []byte) {
		if rows, err := feed.ReadJSON(text); err == nil && len(rows) == 0 || err != nil && errs.KindOf(err) == errs.Internal {
			t.Errorf("%v, %v", rows, err)
		}
	})
}

func FuzzFile(f *testing.F) {
	f.Add("村社区,季度,分子,分母\n花明社区,2026Q3,3,20\n")
	f.Add("代码,季度,分子,分母\n430182001201,２０２６年三季度,１，２３４,-0.0\n")
	f.Fuzz(func(t *testing.T, text string) {
		x := outcome.Indicator{Measure: outcome.Share, Numerator: "次", NumEN: "times", Denominator: "总", DenomEN: "all"}
		file, err := feed.ReadFile(x, "a.csv", strings.NewReader(text), int64(len(text)))
		if err != nil {
			if k := errs.KindOf(err); k == errs.Internal {
				t.Errorf("%v", err)
			}
			return
		}
		good, problems := feed.Check(&network.Tree{}, x, outcometest.Q3, file.Rows)
		if len(good) > 0 || len(problems) < len(file.Rows) {
			t.Errorf("a city without villages takes %v; %d problems of %d rows", good, len(problems), len(file.Rows))
		}
		_ = fmt.Sprint(problems)
	})
}
