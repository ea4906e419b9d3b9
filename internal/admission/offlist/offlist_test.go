package offlist_test

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"bilin/internal/admission/offlist"
	"bilin/internal/audit"
	"bilin/internal/auth"
	"bilin/internal/errs"
	"bilin/internal/network"
	"bilin/internal/seal"
	"bilin/internal/sqldb"
	"bilin/internal/sqldbtest"
)

// world is a small city with the desk for what came past the list.
type world struct {
	*offlist.Service
	t                         *testing.T
	db                        *sqldb.DB
	now                       time.Time
	root, town, village, cell string
	water, aid                string // departments
}

func ok(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func newWorld(t *testing.T, db *sqldb.DB) *world {
	t.Helper()
	dir := t.TempDir()
	log, err := audit.Open(db, audit.Options{Dir: dir})
	ok(t, err)
	keys, err := seal.Open(dir)
	ok(t, err)
	net, err := network.Open(t.Context(), db, network.Options{Audit: log, Seal: keys})
	ok(t, err)
	w := &world{t: t, db: db, now: time.Date(2026, 11, 24, 2, 0, 0, 0, time.UTC), root: sqldb.NewID(), town: sqldb.NewID(), village: sqldb.NewID(),
		cell: sqldb.NewID(), water: sqldb.NewID(), aid: sqldb.NewID()}
	group := sqldb.NewID()
	ok(t, net.ImportChunk(t.Context(), auth.System("test"), network.Chunk{
		Units: []network.NewUnit{
			{ID: w.root, Code: "430182000000", Name: "宁乡市", Level: network.City},
			{ID: w.town, Code: "430182001000", Name: "玉潭街道", ParentID: w.root, Level: network.Town},
			{ID: w.village, Code: "430182001001", Name: "花明村", ParentID: w.town, Level: network.Village},
			{ID: group, Code: "430182001001001", Name: "第一组", ParentID: w.village, Level: network.Group},
			{ID: w.cell, Code: "430182001001001001", Name: "第一邻", ParentID: group, Level: network.Cell},
		},
		Departments: []network.Department{{ID: w.water, Code: "SL", Name: "市水利局"}, {ID: w.aid, Code: "MZ", Name: "市民政局"}},
	}))
	ok(t, net.Refresh(t.Context()))
	w.Service = offlist.New(offlist.Options{DB: db, Network: net, Policy: auth.NewPolicy(net, offlist.Rules), Audit: log, Seal: keys,
		Now: func() time.Time { return w.now }})
	return w
}

func actor(id string, role auth.Role, unitID, departmentID string) auth.Actor {
	return auth.Actor{AccountID: id, PersonID: "p-" + id, Name: "刘" + id, Grants: []auth.Grant{{Role: role, UnitID: unitID, DepartmentID: departmentID}}}
}

func (w *world) lead() auth.Actor   { return actor("lead-one", auth.Lead, w.cell, "") }
func (w *world) office() auth.Actor { return actor("office", auth.CityOffice, w.root, "") }
func (w *world) department() auth.Actor {
	return actor("water", auth.Department, w.root, w.water)
}

const original = "昨晚水利局小张在群里要我们每户拍一张水表照片发上去"

func (w *world) report(cmd offlist.Report) string {
	w.t.Helper()
	if cmd.UnitID == "" {
		cmd.UnitID, cmd.DepartmentID, cmd.Way, cmd.What, cmd.Minutes = w.cell, w.water, offlist.Chat, original, 60
	}
	number, err := w.Report(w.t.Context(), w.lead(), cmd)
	ok(w.t, err)
	return number
}

func (w *world) settle(number string, confirm bool, summary string) error {
	_, err := w.Settle(w.t.Context(), w.office(), offlist.Settle{Number: number, Confirm: confirm, Summary: summary, Version: 1})
	return err
}

func TestReportToSettled(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		w := newWorld(t, db)
		number := w.report(offlist.Report{Key: "k"})
		if again := w.report(offlist.Report{Key: "k"}); again != number {
			t.Errorf("sent twice: %s and %s", number, again)
		}
		if read, good := offlist.ParseNumber(strings.ToLower(number)); !good || read != number {
			t.Errorf("%s isn't a number", number)
		}
		second := w.report(offlist.Report{})
		desk, err := w.Desk(t.Context(), w.office(), false, nil, 1)
		if err != nil || len(desk) != 1 || desk[0].Number != number || desk[0].VillageID != w.village || desk[0].TownID != w.town || desk[0].What != original {
			t.Fatalf("%+v, %v", desk, err)
		}
		next, err := w.Desk(t.Context(), w.office(), false, desk[0].Cursor(), 9)
		if err != nil || len(next) != 1 || next[0].Number != second {
			t.Errorf("the page after: %+v, %v", next, err)
		}
		ok(t, w.settle(number, true, "绕过清单，要求逐户拍照留痕"))
		if err := w.settle(number, true, "再来一次"); errs.KindOf(err) != errs.Stale {
			t.Errorf("settled twice: %v", err)
		}
		ok(t, w.settle(second, false, "是花明村自己安排的，不算"))
		mine, err := w.Mine(t.Context(), w.lead(), "", 10)
		if err != nil || len(mine) != 2 || mine[1].State != offlist.Confirmed || mine[0].State != offlist.Dismissed || mine[1].What != original {
			t.Errorf("%+v, %v", mine, err)
		}
		other, err := w.Mine(t.Context(), actor("lead-two", auth.Lead, w.cell, ""), "", 10)
		if err != nil || len(other) != 0 {
			t.Errorf("somebody else's: %+v, %v", other, err)
		}
		settled, err := w.Desk(t.Context(), w.office(), true, nil, 10)
		if err != nil || len(settled) != 2 || settled[0].Number != second || settled[0].DecidedAt.IsZero() {
			t.Errorf("%+v, %v", settled, err)
		}
		tally, err := offlist.Tally(t.Context(), db.Reader(), "2026-11")
		if err != nil || tally[w.water] != 1 || len(tally) != 1 {
			t.Errorf("%v, %v", tally, err)
		}
	})
}

// A department learns month, town and the city's words: not by whom, where, when
// or in which words, in no answer and by no query.
func TestADepartmentNeverLearnsWho(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		w := newWorld(t, db)
		number := w.report(offlist.Report{})
		w.report(offlist.Report{}) // stays open
		ok(t, w.settle(number, true, "绕过清单，要求逐户拍照留痕"))
		seen, err := w.OfDepartment(t.Context(), w.department(), w.water, 2026)
		ok(t, err)
		text, err := json.Marshal(seen)
		ok(t, err)
		want := fmt.Sprintf(`[{"Month":"2026-11","TownID":%q,"Summary":"绕过清单，要求逐户拍照留痕"}]`, w.town)
		if string(text) != want {
			t.Errorf("a department reads\n%s, want\n%s", text, want)
		}
		columns := regexp.MustCompile(`(?s)^SELECT (.*?) FROM`).FindStringSubmatch(offlist.DepartmentQuery)
		if columns == nil || columns[1] != "month, town_id, summary" || strings.Contains(offlist.DepartmentQuery, "*") {
			t.Errorf("a department's query reads %q", columns)
		}
		if order := offlist.DepartmentQuery[strings.Index(offlist.DepartmentQuery, "ORDER BY"):]; !strings.HasPrefix(order, "ORDER BY month DESC, town_id, summary") {
			t.Errorf("the order tells when a report came: %s", order)
		}
		for name, call := range map[string]func() error{
			"another's": func() error { _, err := w.OfDepartment(t.Context(), w.department(), w.aid, 2026); return err },
			"the desk":  func() error { _, err := w.Desk(t.Context(), w.department(), false, nil, 10); return err },
			"settled":   func() error { _, err := w.Desk(t.Context(), w.department(), true, nil, 10); return err },
			"one":       func() error { _, err := w.Get(t.Context(), w.department(), number); return err },
			"its own":   func() error { _, err := w.Mine(t.Context(), w.department(), "", 10); return err },
			"settling": func() error {
				_, err := w.Settle(t.Context(), w.department(), offlist.Settle{Number: number, Summary: "x"})
				return err
			},
		} {
			if err := call(); errs.KindOf(err) != errs.Forbidden {
				t.Errorf("%s: %v", name, err)
			}
		}
	})
}

// Not even records, keys of repeated forms and whole rows say who it was.
func TestNothingStoredNamesTheReporter(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		w := newWorld(t, db)
		w.report(offlist.Report{Key: "k"})
		for _, table := range []string{"offlist", "once", "audit_pending"} {
			for _, cell := range cells(t.Context(), t, db, table) {
				for _, secret := range []string{"lead-one", "刘"} {
					if strings.Contains(cell, secret) {
						t.Errorf("%s holds %q: %s", table, secret, cell)
					}
				}
				if table != "offlist" && (strings.Contains(cell, original) || strings.Contains(cell, w.village) || strings.Contains(cell, w.cell)) {
					t.Errorf("%s holds what was reported, or where: %s", table, cell)
				}
			}
		}
	})
}

// cells reads a whole table as text.
func cells(ctx context.Context, t *testing.T, db *sqldb.DB, table string) []string {
	t.Helper()
	rows, err := db.Reader().QueryContext(ctx, `SELECT * FROM `+table)
	ok(t, err)
	defer func() { _ = rows.Close() }()
	names, err := rows.Columns()
	ok(t, err)
	var out []string
	for rows.Next() {
		values, pointers := make([]sql.NullString, len(names)), make([]any, len(names))
		for i := range values {
			pointers[i] = &values[i]
		}
		ok(t, rows.Scan(pointers...))
		for _, v := range values {
			out = append(out, v.String)
		}
	}
	ok(t, rows.Err())
	if len(out) == 0 {
		t.Errorf("%s is empty", table)
	}
	return out
}

func TestSummariesThatWouldTell(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		w := newWorld(t, db)
		number := w.report(offlist.Report{})
		for summary, code := range map[string]string{
			"":          "offlist.missing",
			"花明村反映要拍照":  "offlist.tells_place",
			"花明有邻长说要拍照": "offlist.tells_place",
			"第一组的邻长说的":  "offlist.tells_place",
			"说是每户拍一张水表照片发上去呢":        "offlist.tells_words",
			strings.Repeat("长", 201): "offlist.too_long",
		} {
			if err := w.settle(number, true, summary); errs.CodeOf(err) != code {
				t.Errorf("%q: %v", summary, err)
			}
		}
	})
}

func TestReportsRefused(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		w := newWorld(t, db)
		good := offlist.Report{UnitID: w.cell, DepartmentID: w.water, Way: offlist.Phone, What: "x"}
		for code, spoil := range map[string]func(*offlist.Report){
			"offlist.no_department": func(r *offlist.Report) { r.DepartmentID = "nobody" },
			"offlist.no_way":        func(r *offlist.Report) { r.Way = "pigeon" },
			"offlist.missing":       func(r *offlist.Report) { r.What = " " },
			"offlist.bad_day":       func(r *offlist.Report) { r.Day = "2026-11-25" },
			"offlist.bad_minutes":   func(r *offlist.Report) { r.Minutes = 601 },
			"auth.forbidden":        func(r *offlist.Report) { r.UnitID = w.village },
		} {
			cmd := good
			spoil(&cmd)
			if _, err := w.Report(t.Context(), w.lead(), cmd); errs.CodeOf(err) != code {
				t.Errorf("%s: %v", code, err)
			}
		}
		for range 20 {
			_, err := w.Report(t.Context(), w.lead(), good)
			ok(t, err)
		}
		if _, err := w.Report(t.Context(), w.lead(), good); errs.KindOf(err) != errs.TooMany {
			t.Errorf("the desk can be flooded: %v", err)
		}
		for _, role := range []auth.Role{auth.CityOffice, auth.Command, auth.Department, auth.Hotline, auth.Auditor, auth.Admin} {
			cmd := good
			cmd.UnitID = w.root
			if _, err := w.Report(t.Context(), actor("x", role, w.root, ""), cmd); errs.KindOf(err) != errs.Forbidden {
				t.Errorf("%s: %v", role, err)
			}
		}
	})
}

func TestPastIsForTheDemo(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		w := newWorld(t, db)
		past := offlist.Past{Report: offlist.Report{UnitID: w.cell, DepartmentID: w.water, Way: offlist.Paper, What: "报表", Day: "2025-12-03"},
			Reporter: "lead-one", At: time.Date(2025, 12, 4, 1, 0, 0, 0, time.UTC), State: offlist.Confirmed, Summary: "重复要表", Decided: w.now}
		for name, a := range map[string]auth.Actor{"office": w.office(), "system": auth.System("demo")} {
			err := db.Write(t.Context(), func(tx *sqldb.Tx) error { return w.Store(t.Context(), tx, a, past) })
			if (err == nil) != a.System {
				t.Errorf("%s: %v", name, err)
			}
		}
		mine, err := w.Mine(t.Context(), w.lead(), "", 10)
		if err != nil || len(mine) != 1 || mine[0].Day != "2025-12-03" || mine[0].State != offlist.Confirmed {
			t.Errorf("%+v, %v", mine, err)
		}
	})
}
