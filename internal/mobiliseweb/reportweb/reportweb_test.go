package reportweb_test

import (
	"bytes"
	"compress/zlib"
	"context"
	"encoding/csv"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"
	"unicode/utf16"

	"bilin/internal/auth"
	"bilin/internal/doorcard"
	"bilin/internal/i18n"
	"bilin/internal/mobilise"
	"bilin/internal/mobilise/mobilisetest"
	"bilin/internal/mobilise/report"
	"bilin/internal/mobiliseweb/reportweb"
	"bilin/internal/network"
	"bilin/internal/sheet"
	"bilin/internal/sqldb"
	"bilin/internal/sqldbtest"
	"bilin/internal/web"
	"bilin/internal/webtest"
)

type world struct{ *mobilisetest.City }

func newWorld(t *testing.T, leads int) *world {
	t.Helper()
	return &world{mobilisetest.New(t, sqldbtest.Open(t, sqldb.SQLite), leads)}
}

func ok(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// as is a visitor who is logged in as somebody.
func (w *world) as(t *testing.T, who auth.Actor) *webtest.Visitor {
	t.Helper()
	reports := report.New(report.Options{DB: w.DB, Orders: w.Orders, Tree: w.Net.Tree, Policy: w.Policy, Now: w.Now,
		Objectives: func(context.Context, string) ([]report.Objective, error) {
			return []report.Objective{
				{Name: "主干道通车", Unit: "条", Target: 41, Last: 41, ReachedAt: w.Now(), Points: []report.Point{{At: w.Now().Add(-50 * time.Minute)}, {At: w.Now().Add(-time.Minute), Value: 41}}},
				{Name: "停电户数", Unit: "户", Start: 98214, Last: 120000, Points: []report.Point{{At: w.Now(), Value: 98214}, {At: w.Now(), Value: 120000}}}}, nil
		},
		RollCall: func(context.Context, string) (*report.RollCall, error) {
			return &report.RollCall{Expected: 1000, Safe: 600, Help: 5, Helped: 4, NotReached: 20, Curve: []report.Point{{At: w.Now(), Value: 625}}}, nil
		}})
	srv := webtest.New(t, func(srv *web.Server) []web.Module {
		return []web.Module{reportweb.New(srv, reports, w.Net.Tree, doorcard.New(w.Now)).Module()}
	}, []i18n.Bundle{reportweb.Messages, report.Messages, mobilise.Messages, auth.Messages, network.Messages, sheet.Messages, doorcard.Messages}, webtest.With(func(o *web.Options) {
		o.Now = w.Now
		o.Identify = func(*http.Request) *web.User {
			return &web.User{ID: who.AccountID, Name: who.Name, IsOfficial: who.Official()}
		}
		o.Guard = func(_ *http.Request, access string) error {
			if w.Policy.May(who, auth.Action(access)) {
				return nil
			}
			return auth.Denied(who)
		}
		o.Wrap = append(o.Wrap, func(next http.Handler) http.Handler {
			return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
				next.ServeHTTP(rw, r.WithContext(auth.With(r.Context(), who)))
			})
		})
	}))
	webtest.CheckTemplates(t, srv)
	return webtest.Visit(t, srv)
}

// storm is an order to the leads that went badly: the first channel was down,
// some have no number, some never said a word.
func (w *world) storm(t *testing.T, change func(*mobilise.Propose)) *mobilise.Order {
	t.Helper()
	o, err := w.Order(w.Command, change)
	ok(t, err)
	at := func(seconds int) int64 { return o.IssuedAt.Add(time.Duration(seconds) * time.Second).UnixMilli() }
	list := w.Receipts(o)
	var tries [][]any
	for i := range list {
		r := &list[i]
		switch {
		case r.N%10 == 0:
			r.KnockAt = at(0)
			continue
		case r.N%3 == 0:
			tries = append(tries, []any{o.ID, r.N, 1, "sms", "failed", 2, at(1), at(70), "gateway.down"}, []any{o.ID, r.N, 1, "voice", "taken", 1, at(70), at(75), ""})
			r.ToldBy, r.Standing = mobilise.BitsOf(mobilise.Voice), mobilise.Handed
		default:
			tries = append(tries, []any{o.ID, r.N, 1, "sms", "taken", 1, at(1), at(2), ""})
			r.ToldBy, r.Standing, r.DeliveredAt = mobilise.BitsOf(mobilise.SMS), mobilise.Delivered, at(5+r.N)
		}
		if r.N%2 == 1 {
			r.Standing, r.AnsweredAt, r.Way = mobilise.Coming, at(100+r.N), mobilise.ByLink
		}
	}
	ok(t, w.DB.Write(t.Context(), func(tx *sqldb.Tx) error {
		if err := mobilise.SaveReceipts(t.Context(), tx, list); err != nil {
			return err
		}
		for _, e := range []mobilise.Event{{At: o.IssuedAt.Add(10 * time.Second), Kind: mobilise.EventDown, Detail: `{"channel":"sms"}`}, {At: o.IssuedAt.Add(8 * time.Minute), Kind: mobilise.EventUp, Detail: `{"channel":"sms"}`}} {
			if err := mobilise.AddEvent(t.Context(), tx, o.ID, e); err != nil {
				return err
			}
		}
		return sqldb.InsertMany(t.Context(), tx, "call_try", []string{"order_id", "n", "edition", "channel", "state", "attempts", "at", "settled_at", "error"}, tries, "")
	}))
	w.Pass(time.Hour)
	return o
}

func lacks(t *testing.T, page string, texts ...string) {
	t.Helper()
	for _, text := range texts {
		if strings.Contains(page, text) {
			t.Errorf("the page says %q", text)
		}
	}
}

func TestReportPage(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 60)
	o := w.storm(t, nil)
	at := "/orders/" + o.Number + "/report"
	page := w.as(t, w.Command).Get(at, "报告：道路结冰除冰", "还在执行", "6 人没有登记电话", "花明村 6 人", "短信中断了 7 分 50 秒", "18 人（30.0%）先由别的渠道通知到", "都按叫到的 60 人算",
		"主干道通车", "用了 1 小时", "停电户数", "没有达到", "报了 625 户，共 1,000 户", `role="img"`, "邻长10", "没有电话号码", "算法第 1 版", "花明村", at+".pdf", at+".csv")
	lacks(t, page, "drill", "⟦", "和以前的令", "12900000000")
	w.as(t, w.Hall).Get(at, "邻长10", "玉潭街道 花明村")
	linked := w.as(t, w.Linked).Get(at, "邻长10")
	lacks(t, linked, "各镇村")
	for what, who := range map[string]auth.Actor{"another town": w.Elsewhere, "privacy": w.Privacy, "a lead": w.Lead(0)} {
		for _, path := range []string{at, at + ".pdf", at + ".csv"} {
			if got := w.as(t, who).Status(path); got != http.StatusNotFound {
				t.Errorf("%s reads %s: %d", what, path, got)
			}
		}
	}
	_, err := w.Orders.Cancel(t.Context(), w.Command, mobilise.Command{Number: o.Number, Note: "雨停了"})
	ok(t, err)
	w.Pass(5 * time.Second)
	page = w.as(t, w.Command).Get(at, "已取消", "历时 1 小时", "到结束时还有 6 人没有人去找", "点名里还有 375 户没有人报")
	lacks(t, page, "还在执行")
	next := w.storm(t, func(p *mobilise.Propose) { p.Audience.UnitIDs = []string{w.Village} })
	w.as(t, w.Command).Get("/orders/"+next.Number+"/report", "和以前的令、演练比", o.Number)
}

// Names come fifty at a time, for their own part only.
func TestNames(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 60)
	o, err := w.Order(w.Command, nil)
	ok(t, err)
	v := w.as(t, w.Linked)
	first := v.Get("/orders/"+o.Number+"/report", "一共 60 人", "邻长50", "after=50#names")
	lacks(t, first, "邻长51")
	second := v.Get("/orders/"+o.Number+"/report?after=50", "邻长51", "邻长60")
	lacks(t, second, "邻长50<", "#names")
	v.Get("/orders/"+o.Number+"/report?after=nonsense", "邻长1<")
	v.Get("/orders/" + o.Number + "/report?lang=en")
}

// A drill says so on the page and on each page of paper.
func TestDrillIsMarkedEverywhere(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 60)
	real, drill := w.storm(t, nil), w.storm(t, func(p *mobilise.Propose) { p.Kind = mobilise.Drill })
	v := w.as(t, w.Command)
	v.Get("/orders/"+drill.Number+"/report", "演练 · 不是真的", `class="report stack drill"`, real.Number)
	sheets := written(t, v, "/orders/"+drill.Number+"/report.pdf")
	if len(sheets) < 2 {
		t.Fatalf("%d pages", len(sheets))
	}
	for i, s := range sheets {
		if !strings.Contains(s, "演练 · 不是真的") {
			t.Errorf("page %d doesn't say that it is a drill: %s", i+1, s)
		}
	}
	all := strings.Join(sheets, "\n")
	for _, text := range []string{"报告：道路结冰除冰", "要改进的地方", "6 人没有登记电话", "90.0", "主干道通车", "花明村", "怎么算的"} {
		if !strings.Contains(all, text) {
			t.Errorf("the paper doesn't say %q", text)
		}
	}
	lacks(t, all, "邻长1", "⟦")
	for i, s := range written(t, v, "/orders/"+real.Number+"/report.pdf") {
		if strings.Contains(s, "不是真的") {
			t.Errorf("page %d of a real order says that it isn't", i+1)
		}
	}
}

// written is what stands on each page of a PDF.
func written(t *testing.T, v *webtest.Visitor, path string) (pages []string) {
	t.Helper()
	res, err := v.Client.Get(v.Base + path)
	ok(t, err)
	defer res.Body.Close()
	raw, err := io.ReadAll(res.Body)
	ok(t, err)
	if res.StatusCode != http.StatusOK || res.Header.Get("Content-Type") != "application/pdf" || !bytes.HasPrefix(raw, []byte("%PDF-")) {
		t.Fatalf("%s: %d %s", path, res.StatusCode, res.Header.Get("Content-Type"))
	}
	for _, m := range regexp.MustCompile(`(?s)stream\r?\n(.*?)\r?\nendstream`).FindAllSubmatch(raw, -1) {
		z, err := zlib.NewReader(bytes.NewReader(m[1]))
		if err != nil {
			continue
		}
		content, err := io.ReadAll(z)
		if err != nil || !bytes.Contains(content, []byte("Tj")) {
			continue
		}
		var page strings.Builder
		for _, s := range regexp.MustCompile(`(?s)\(((?:\\.|[^\\)])*)\) ?Tj`).FindAllSubmatch(content, -1) {
			page.WriteString(decoded(s[1]) + "\n")
		}
		pages = append(pages, page.String())
	}
	return pages
}

// decoded reads a PDF's escaped UTF-16.
func decoded(s []byte) string {
	plain := regexp.MustCompile(`(?s)\\(.)`).ReplaceAllFunc(s, func(m []byte) []byte {
		switch m[1] {
		case 'r':
			return []byte{'\r'}
		case 'n':
			return []byte{'\n'}
		}
		return m[1:]
	})
	var units []uint16
	for i := 0; i+1 < len(plain); i += 2 {
		units = append(units, uint16(plain[i])<<8|uint16(plain[i+1]))
	}
	return string(utf16.Decode(units))
}

func TestCurveAsTable(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 30)
	o := w.storm(t, func(p *mobilise.Propose) { p.Kind = mobilise.Drill })
	v := w.as(t, w.Command)
	res, err := v.Client.Get(v.Base + "/orders/" + o.Number + "/report.csv")
	ok(t, err)
	defer res.Body.Close()
	raw, err := io.ReadAll(res.Body)
	ok(t, err)
	rows, err := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(raw, []byte("\ufeff")))).ReadAll()
	ok(t, err)
	last := rows[len(rows)-1]
	if res.Header.Get("Content-Type") != "text/csv; charset=utf-8" || len(rows) < 10 || rows[0][5] != "确认收到" || rows[1][0] != o.Number || rows[1][1] != "演练" || rows[1][2] != "2026-12-01 10:00:00" ||
		fmt.Sprint(last[4:]) != "[30 23 15 15 0]" {
		t.Errorf("%v … %v", rows[:2], last)
	}
}
