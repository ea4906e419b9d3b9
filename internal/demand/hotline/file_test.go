package hotline_test

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"testing"

	"bilin/internal/auth"
	"bilin/internal/demand"
	"bilin/internal/demand/catalog"
	"bilin/internal/demand/demandtest"
	"bilin/internal/demand/hotline"
	"bilin/internal/errs"
	"bilin/internal/i18n"
	"bilin/internal/sheet"
	"bilin/internal/sqldb"
	"bilin/internal/sqldbtest"
)

const heads = "12345热线工单\n来电号码,诉求内容,工单编号,紧急程度,区域/村社区,受理时间,诉求类型,类别,派单员\n"

const rows = `13800000001,路灯不亮,HN1,一般,东沩社区,2026-03-30 09:30,求助,路灯照明,甲
,井盖松了,HN2,特急,430182101201010101,2026/3/30 9:31,投诉,,甲
13800000003,村里没水,HN3,,城郊街道/东沩,2026年3月30日,,没有这类,乙
13800000001,路灯不亮,HN1,一般,东沩社区,2026-03-30 09:30,求助,路灯照明,甲
,不知道归谁管,HN4,紧急,,,咨询,,乙
`

func table(content string) hotline.File {
	return hotline.File{Size: int64(len(content)), ReaderAt: strings.NewReader(content)}
}

func (d *desk) load(content string, opt hotline.ImportOptions) (hotline.Report, error) {
	return d.hotline.Import(context.Background(), auth.System("cli"), table(content), opt)
}

func TestImport(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		d := setup(t, db)
		r, err := d.load(heads+rows, hotline.ImportOptions{DryRun: true})
		if err != nil || r.Rows != 5 || r.New != 4 || r.Known != 1 || r.Bad != 0 || count(t, db, "demand") != 0 {
			t.Fatalf("dry: %+v %v", r, err)
		}
		if len(r.Issues) != 1 || !r.Issues[0].Note || r.Issues[0].Row != 5 || r.Issues[0].Column != "类别" || strings.Join(r.Ignored, ",") != "派单员" {
			t.Errorf("%+v", r)
		}
		r, err = d.load(heads+rows, hotline.ImportOptions{})
		if err != nil || r.New != 4 || r.Known != 1 || r.Bad != 0 || count(t, db, "demand") != 4 {
			t.Fatalf("import: %+v %v", r, err)
		}
		r, err = d.load(heads+rows+",新的一件,HN5,,,,,,\n", hotline.ImportOptions{})
		if err != nil || r.New != 1 || r.Known != 5 || count(t, db, "demand") != 5 {
			t.Fatalf("again, with one more: %+v %v", r, err)
		}
		for no, want := range map[string]string{"HN1": "东沩社区 help", "HN2": "一邻 complaint", "HN3": "东沩社区 report", "HN4": "宁乡市 question"} {
			st, err := d.hotline.Order(t.Context(), d.operator, no)
			if got := st.With + " " + string(st.Kind); err != nil || got != want {
				t.Errorf("%s: %s, want %s, %v", no, got, want, err)
			}
		}
		st, _ := d.hotline.Order(t.Context(), d.operator, "HN1")
		if got := st.Received.Format("2006-01-02 15:04"); got != "2026-03-30 01:30" {
			t.Errorf("received %s UTC", got)
		}
		f, err := d.Demand.Get(t.Context(), d.Village, st.Number)
		if err != nil || !f.HasContact || f.Source != demand.FromHotline || f.CategoryID == "" {
			t.Errorf("%+v %v", f, err)
		}
		st, _ = d.hotline.Order(t.Context(), d.operator, "HN2")
		if f, err := d.Demand.Get(t.Context(), d.Village, st.Number); err != nil || f.Urgency != catalog.Critical {
			t.Errorf("%+v %v", f, err)
		}
	})
}

// What is wrong is said by row and column, with what was expected, and nothing is written.
func TestImportSaysWhatIsWrong(t *testing.T) {
	d := setup(t, sqldbtest.Open(t, sqldb.SQLite))
	words, err := i18n.New(hotline.Messages, demand.Messages)
	if err != nil {
		t.Fatal(err)
	}
	d.take(t, hotline.Order{No: "OLD", Text: "原来的话"})
	bad := heads + strings.Join([]string{
		",没有编号,,,,,,,",
		",,HN2,,,,,,",
		",x,HN3,,无此社区,,,,",
		",x,HN4,,,昨天,,,",
		",x,HN5,很急,,,,,",
		",x,HN6,,,,表扬,,",
		",x,HN7,,,2999-01-01,,,",
		",别的话,OLD,,,,,,",
		",一,HN8,,,,,,",
		",二,HN8,,,,,,",
		"," + strings.Repeat("长", 2001) + ",HN9,,,,,,",
		",x,HN 10,,,,,,",
		",好的,HN11,,,,,,",
	}, "\n") + "\n"
	r, err := d.load(bad, hotline.ImportOptions{})
	if errs.CodeOf(err) != "hotline.has_bad" || r.Bad != 11 || r.New != 2 || count(t, d.DB, "demand") != 1 {
		t.Errorf("%+v %v", r, err)
	}
	want := []string{"3 C", "4 B", "5 E", "6 F", "7 D", "8 G", "9 F", "10 C", "12 C", "13 B", "14 C"}
	for i, issue := range r.Issues {
		if i >= len(want) || fmt.Sprint(issue.Row, " ", issue.Letter) != want[i] {
			t.Errorf("%d: row %d column %s %s", i, issue.Row, issue.Letter, issue.Code)
		}
		for _, locale := range i18n.Locales() {
			wrong, expected := issue.Say(func(key string, args ...any) string { return words.T(locale, key, args...) })
			if strings.Contains(wrong+expected, "⟦") || strings.Contains(wrong+expected, "{") {
				t.Errorf("%s: %s / %s", issue.Code, wrong, expected)
			}
		}
	}
	r, err = d.load(bad, hotline.ImportOptions{SkipBad: true})
	if err != nil || r.New != 2 || r.Bad != 11 || count(t, d.DB, "demand") != 3 {
		t.Errorf("skipping: %+v %v", r, err)
	}
}

func TestImportOfWhatIsNoTable(t *testing.T) {
	d := setup(t, sqldbtest.Open(t, sqldb.SQLite))
	for content, code := range map[string]string{
		"":           "sheet.empty",
		"a,b\n1,2\n": "hotline.no_header",
		"工单编号,工单号,诉求内容\n1,2,3\n":   "hotline.header",
		"工单编号,诉求内容\n1,\"没有关上的引号\n": "sheet.quote",
		"<html><table>": "sheet.html",
	} {
		if _, err := d.load(content, hotline.ImportOptions{}); errs.CodeOf(err) != code {
			t.Errorf("%.20q: %v, want %s", content, err, code)
		}
	}
	if _, err := d.hotline.Import(t.Context(), d.Office, table(heads+rows), hotline.ImportOptions{}); errs.KindOf(err) != errs.Forbidden {
		t.Errorf("by the city office: %v", err)
	}
}

// A workbook is read as a CSV is; its times may be a spreadsheet's days.
func TestImportOfAWorkbook(t *testing.T) {
	d := setup(t, sqldbtest.Open(t, sqldb.SQLite))
	var raw bytes.Buffer
	w, err := sheet.NewWriter(&raw, sheet.XLSX)
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range [][]string{{"工单编号", "诉求内容", "受理时间", "镇街", "村社区", "经度", "纬度"}, {"X1", "路灯不亮", "46111.5", "城郊街道", "东沩社区", "112.55", "28.27"}} {
		if err := w.Write(row); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	r, err := d.hotline.Import(t.Context(), d.operator, hotline.File{Size: int64(raw.Len()), ReaderAt: bytes.NewReader(raw.Bytes())}, hotline.ImportOptions{})
	if err != nil || r.New != 1 {
		t.Fatalf("%+v %v", r, err)
	}
	st, err := d.hotline.Order(t.Context(), d.operator, "X1")
	if err != nil || st.Received.Format("2006-01-02 15:04") != "2026-03-30 04:00" || st.With != "东沩社区" {
		t.Errorf("%+v %v", st, err)
	}
}

// An import that was stopped is run again and finishes what is left.
func TestAStoppedImportGoesOn(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		d := setup(t, db)
		var b strings.Builder
		b.WriteString("工单编号,诉求内容,村社区\n")
		for i := range 300 {
			fmt.Fprintf(&b, "HN%d,第%d件,%s\n", i, i, demandtest.VillageCode)
		}
		ctx, stop := context.WithCancel(t.Context())
		_, err := d.hotline.Import(ctx, auth.System("cli"), table(b.String()), hotline.ImportOptions{Progress: func(share float64) {
			if share > 0.3 {
				stop()
			}
		}})
		taken := count(t, db, "demand")
		if err == nil || taken >= 300 {
			t.Fatalf("it wasn't stopped: %d, %v", taken, err)
		}
		r, err := d.load(b.String(), hotline.ImportOptions{})
		if err != nil || r.New+r.Known != 300 || r.Known != taken || count(t, db, "demand") != 300 || count(t, db, "demand_hotline") != 300 {
			t.Errorf("%+v %v, %d demands, %d before", r, err, count(t, db, "demand"), taken)
		}
	})
}
