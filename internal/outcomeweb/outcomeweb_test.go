package outcomeweb_test

import (
	"encoding/csv"
	"math/rand/v2"
	"net/http"
	"strings"
	"testing"
	"time"

	"bilin/internal/auth"
	"bilin/internal/doorcard"
	"bilin/internal/geo"
	"bilin/internal/i18n"
	"bilin/internal/network"
	"bilin/internal/outcome"
	"bilin/internal/outcome/outcometest"
	"bilin/internal/outcomeweb"
	"bilin/internal/sheet"
	"bilin/internal/sqldb"
	"bilin/internal/sqldbtest"
	"bilin/internal/web"
	"bilin/internal/webtest"
)

const outline = `{"type":"Polygon","coordinates":[[[112.3,28.0],[113.1,28.0],[113.1,28.4],[112.3,28.4],[112.3,28.0]]]}`

const q3 = outcometest.Q3

// newCity is six towns of eight villages. In the third village fires are twenty
// times as frequent; river inspections of the fifth never fail.
func newCity(t *testing.T) *outcometest.City {
	t.Helper()
	db := sqldbtest.Open(t, sqldb.SQLite)
	c := outcometest.New(t, db, outcometest.Make{Towns: 6, Villages: 8})
	c.OK(db.Write(t.Context(), func(tx *sqldb.Tx) error { return geo.SaveOutline(t.Context(), tx, c.Root, []byte(outline), c.Now) }))
	for q := q3 - 11; q <= q3; q++ {
		draw := func(village, of int, chance float64) (n int) {
			dice := rand.New(rand.NewPCG(uint64(village*of), uint64(q))) //nolint:gosec // the same city every time
			for range of {
				if dice.Float64() < chance {
					n++
				}
			}
			return n
		}
		c.Take("fires", q, func(v int) (int, int) {
			chance := 0.0006
			if v == 2 {
				chance = 0.012
			}
			return draw(v, 1700, chance), 1700
		})
		c.Take("rivers", q, func(v int) (int, int) {
			chance := 0.25
			if v == 4 {
				chance = 0
			}
			return draw(v, 36, chance), 36
		})
		c.Take("complaints", q, func(v int) (int, int) { return draw(v, 4000, .008), 4000 })
		c.Take("road-restored", q, func(int) (int, int) { return 1, 1 })
	}
	return c
}

// paper prints nothing but remembers what.
type paper struct{ grid doorcard.Grid }

func (p *paper) Grid(g doorcard.Grid) ([]byte, error) { p.grid = g; return []byte("%PDF"), nil }

func visit(t *testing.T, c *outcometest.City, who auth.Actor, print *paper) *webtest.Visitor {
	t.Helper()
	srv := webtest.New(t, func(srv *web.Server) []web.Module {
		return []web.Module{outcomeweb.New(srv, outcomeweb.Options{Outcome: c.Svc, Tree: c.Net.Tree, DB: c.DB, Policy: c.Policy, Paper: print}).Module()}
	}, []i18n.Bundle{outcomeweb.Messages, outcome.Messages, auth.Messages, network.Messages, sheet.Messages}, webtest.With(func(o *web.Options) {
		o.Now = func() time.Time { return c.Now }
		o.Guard = func(*http.Request, string) error { return nil }
		o.Identify = func(*http.Request) *web.User {
			if who.Anonymous() {
				return nil
			}
			return &web.User{ID: who.AccountID, Name: who.Name, IsOfficial: true}
		}
		o.Wrap = append(o.Wrap, func(next http.Handler) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				next.ServeHTTP(w, r.WithContext(auth.With(r.Context(), who)))
			})
		})
	}))
	webtest.CheckTemplates(t, srv)
	return webtest.Visit(t, srv)
}

func TestNothingIsShownBeforePublication(t *testing.T) {
	c := newCity(t)
	anybody := visit(t, c, auth.Actor{}, &paper{})
	anybody.Get("/outcomes", "还没有公布过")
	anybody.Get("/outcomes/towns", "还没有公布过")
	anybody.Get("/outcomes/wall", "还没有公布过")
	anybody.Get("/outcomes/villages/430182001003", "这个季度这里没有灯")
	_, err := c.Svc.Begin(t.Context(), c.Office, outcome.Command{Period: q3})
	c.OK(err)
	_, err = c.Svc.OpenObjections(t.Context(), c.Office, outcome.Command{Period: q3})
	c.OK(err)
	for _, path := range []string{"/outcomes?period=2026Q3", "/outcomes/villages/430182001003?period=2026Q3", "/outcomes/indicators/fires?period=2026Q3",
		"/outcomes/towns?period=2026Q3", "/outcomes/wall?period=2026Q3", "/outcomes/lights/2026Q3.csv", "/outcomes/papers/430182000000.pdf?period=2026Q3", "/outcomes/lights/2026Q3.exe"} {
		if status := anybody.Status(path); status != http.StatusNotFound {
			t.Errorf("%s answers %d before publication", path, status)
		}
	}
	// A village sees its own part, and nothing of the others.
	own := visit(t, c, c.Actor(auth.VillageOfficial, c.Villages[2]), &paper{})
	own.Get("/outcomes/villages/430182001003?period=2026Q3", "还没有公布", "红灯", "数字不对？提意见", "/outcomes/releases/2026Q3?village=430182001003")
	own.Get("/outcomes/villages/430182001001?period=2026Q3", "这个季度这里没有灯")
	own.Get("/outcomes/towns?period=2026Q3", "公布以后才能比")
	lines := strings.Split(strings.TrimSpace(own.Get("/outcomes/lights/2026Q3.csv")), "\n")
	if len(lines) != 1+15 || !strings.Contains(lines[1], "第3村") {
		t.Errorf("a village takes away %d lines before publication: %s", len(lines), lines[1])
	}
	var noted int
	c.OK(c.DB.Reader().QueryRowContext(t.Context(), `SELECT count(*) FROM audit_pending WHERE action = 'outcome.download' AND object_id = '2026Q3'`).Scan(&noted))
	if noted != 1 {
		t.Errorf("%d downloads are noted", noted)
	}
	page := own.Get("/outcomes/indicators/fires?period=2026Q3", "第3村")
	if strings.Contains(page, "第1村") || strings.Contains(page, "镇街对比</h2>") {
		t.Error("an indicator's page shows more than one's own part before publication")
	}
}

func TestPublishedPages(t *testing.T) {
	c := newCity(t)
	c.Publish(q3)
	anybody := visit(t, c, auth.Actor{}, &paper{})
	page := anybody.Get("/outcomes", "2026 年第 3 季度", "第1镇 · 第3村，建筑火灾", "第1镇 · 第5村，河道检查不合格", "一百个红灯里最多 5 个", "只作参考，不评价", "约", "2026Q3.xlsx", "s-grey")
	if strings.Contains(page, "style=") || strings.Contains(page, "⟦") {
		t.Error("a style attribute, or a key without words")
	}
	if first := strings.Index(page, "<option value=\"fires\" selected>"); first < 0 {
		t.Error("the map doesn't begin with the first indicator of which anything can be told")
	}
	anybody.Get("/outcomes?indicator=road-restored", "对一个村（社区）来说太少见")
	anybody.Get("/outcomes/towns?indicator=waste", "没有数据")
	anybody.Get("/outcomes?indicator=fires", `class="l-red"`, `/outcomes/villages/430182001003?period=2026Q3`, `class="t-red"`)
	anybody.Get("/outcomes?indicator=rivers", `class="s-better"`)
	anybody.Get("/outcomes/villages/430182001003", "这明显偏多，很难用偶然解释", "这里 ", `class="itv"`, `class="spk"`, "送来", "投诉、来电、信访多")
	anybody.Get("/outcomes/villages/430182001005", "这明显比一般好")
	page = anybody.Get("/outcomes/villages/430182001001", "看图和走势")
	if strings.Contains(page, "红灯</span></span></div>") {
		t.Error("an ordinary village has a red light")
	}
	page = anybody.Get("/outcomes/indicators/fires", `class="fun"`, "99.8%", "第3村 红灯", "按编码排", "2026Q3", "指纹")
	if a, b := strings.Index(page, ">第1村</a>"), strings.Index(page, ">第3村</a>"); a < 0 || b < a {
		t.Error("villages don't stand in the order of their codes")
	}
	page = anybody.Get("/outcomes/indicators/fires?town=430182002000", "第2镇")
	if strings.Contains(page, `<td>第1镇</td>`) {
		t.Error("the table isn't of the town that was chosen")
	}
	anybody.Get("/outcomes/towns", "第1镇", "名次和它有多不准", "在最后四分之一里的可能", "怎么合在一起")
	anybody.Get("/outcomes/towns?indicator=rivers", "按河道检查不合格")
	anybody.Get("/outcomes/wall?indicator=rivers", "9 / 15", "/outcomes/wall?indicator=waste", "face-wall", "空格暂停")
	for path, want := range map[string]int{"/outcomes/indicators/complaints": 404, "/outcomes/indicators/none": 404, "/outcomes/villages/430182001000": 404,
		"/outcomes?period=2026Q9": 404, "/outcomes?period=2019Q1": 404, "/outcomes?indicator=none": 200} {
		if got := anybody.Status(path); got != want {
			t.Errorf("%s answers %d, want %d", path, got, want)
		}
	}
}

// What would let somebody be recognised is nowhere: not on a page, not in a file.
func TestFewAreNobody(t *testing.T) {
	c := newCity(t)
	c.Publish(q3)
	anybody := visit(t, c, auth.Actor{}, &paper{})
	anybody.Get("/outcomes/villages/430182001001", "牵涉的人太少")
	anybody.Get("/outcomes/indicators/road-restored", "人太少，不显示")
}

func TestExports(t *testing.T) {
	c := newCity(t)
	c.Publish(q3)
	print := &paper{}
	anybody := visit(t, c, auth.Actor{}, print)
	file := anybody.Get("/outcomes/lights/2026Q3.csv")
	lines, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(file, "\ufeff"))).ReadAll()
	c.OK(err)
	if len(lines) != 1+len(c.Villages)*15 || lines[0][0] != "季度" {
		t.Fatalf("%d lines, first %v", len(lines), lines[0])
	}
	v, err := c.Svc.Lights(t.Context(), auth.Actor{}, q3)
	c.OK(err)
	hidden := 0
	for _, line := range lines[1:] {
		u := c.Net.Tree().ByCode(line[1])
		x, _ := c.Svc.Catalog().ByCode(line[4])
		cell, _ := v.Cell(x.ID, u.ID)
		if cell.Hidden || cell.Den == 0 {
			hidden++
			if line[7] != "" || line[8] != "" || line[10] != "" {
				t.Errorf("a hidden light has numbers: %v", line)
			}
		}
		if line[15] == "" || strings.Contains(line[15], "⟦") {
			t.Errorf("no sentence: %v", line)
		}
	}
	if hidden == 0 {
		t.Error("nothing was hidden; the test proves nothing")
	}
	if status := anybody.Status("/outcomes/lights/2026Q3.xlsx"); status != http.StatusOK {
		t.Errorf("xlsx: %d", status)
	}
	anybody.Get("/outcomes/papers/430182001000.pdf?period=2026Q3")
	if g := print.grid; len(g.Rows) != 8 || len(g.Heads) != 16 || !strings.Contains(g.Title, "第1镇") || !strings.Contains(strings.Join(g.Notes, "\n"), "第3村，建筑火灾：像这么大的村") {
		t.Errorf("a town's paper: %d rows, %d heads, %q, %v", len(g.Rows), len(g.Heads), g.Title, g.Notes)
	}
	anybody.Get("/outcomes/papers/430182000000.pdf?period=2026Q3")
	if len(print.grid.Rows) != len(c.Villages) {
		t.Errorf("the city's paper has %d rows", len(print.grid.Rows))
	}
	for _, path := range []string{"/outcomes/papers/430182001001.pdf?period=2026Q3", "/outcomes/papers/430182001000.doc?period=2026Q3", "/outcomes/papers/430182001000.pdf"} {
		if status := anybody.Status(path); status != http.StatusNotFound {
			t.Errorf("%s answers %d", path, status)
		}
	}
}

// What was corrected since is for everybody, beside what was published, and an old
// quarter's deliveries are those of then.
func TestCorrectionsStandBeside(t *testing.T) {
	c := newCity(t)
	c.Publish(q3)
	anybody := visit(t, c, auth.Actor{}, &paper{})
	if page := anybody.Get("/outcomes"); strings.Contains(page, "公布以后的更正") {
		t.Error("something is corrected that isn't")
	}
	c.Now = c.Now.Add(time.Hour)
	taken, err := c.Svc.Take(t.Context(), auth.System("test"), outcome.Delivery{Indicator: "rivers", Way: outcome.HTTP, Name: "https://10.1.2.3/rivers", Rows: []outcome.Row{{UnitID: c.Villages[0], Period: q3, Num: 66, Den: 66}}})
	if err != nil || taken.New != 1 {
		t.Fatal(taken, err)
	}
	anybody.Get("/outcomes", "公布以后的更正", "第1镇 · 第1村，河道检查不合格", "按现在的数据：红灯")
	anybody.Get("/outcomes/villages/430182001001", "公布以后数据更正过", "按现在的数据会是红灯")
	if page := anybody.Get("/outcomes/indicators/rivers", "这个季度算好以后，又送来过 1 次"); strings.Contains(page, "10.1.2.3") {
		t.Error("everybody reads where a department's system is")
	}
}

// An indicator says which months its lights look at: children of school age are
// counted each quarter anew.
func TestTheMonthsThatALightLooksAt(t *testing.T) {
	c := newCity(t)
	c.Publish(q3)
	anybody := visit(t, c, auth.Actor{}, &paper{})
	anybody.Get("/outcomes?indicator=fires", "看的是 2025 年 10 月 到 2026 年 9 月")
	anybody.Get("/outcomes?indicator=drop-out", "看的是 2026 年 7 月 到 2026 年 9 月")
}
