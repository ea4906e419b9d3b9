package api_test

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"

	"bilin/internal/api"
	"bilin/internal/auth"
	"bilin/internal/outcome"
	"bilin/internal/sheet"
	"bilin/internal/sqldb"
	"bilin/internal/sqldbtest"
)

// lakes is an indicator of the town's water department.
func (c *town) lakes(t *testing.T) {
	t.Helper()
	_, err := c.outcomes.Put(t.Context(), auth.System("test"), outcome.Put{Indicator: outcome.Indicator{Code: "lakes", Name: "湖水不合格", NameEN: "Lakes failed", Definition: "说明", DefEN: "What it is", Department: "water",
		Source: outcome.Feed, Measure: outcome.Share, Better: outcome.Lower, Numerator: "次不合格", NumEN: "failed", Denominator: "次检查", DenomEN: "inspections", Per: 100, Weight: 1, Window: 4}})
	check(t, err)
}

func (c *town) quarter() outcome.Period { return outcome.PeriodOf(*c.at) - 1 }

func TestIndicatorsAreForEverybody(t *testing.T) {
	c := setup(t, sqldbtest.Open(t, sqldb.SQLite), api.Limits{})
	a := c.ask("GET", "/api/v1/indicators", "", nil)
	list, _ := a.body["indicators"].([]any)
	if a.status != 200 || len(list) != 18 || a.body["method"] != "1" {
		t.Fatalf("%d %s", a.status, a.raw)
	}
	judged := 0
	for _, x := range list {
		x := x.(map[string]any)
		if x["context"] == true && x["weight"] != 0.0 {
			t.Errorf("%v", x)
		}
		if x["context"] == false {
			judged++
		}
	}
	first := list[0].(map[string]any)
	if judged != 15 || first["code"] != "accidents" || first["department"] != "YJ" || first["name_en"] != "Work accidents" || first["quarters"] != 4.0 || first["source"] != "feed" {
		t.Errorf("%d judged, %v", judged, first)
	}
}

func TestFiguresComeIn(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		c := setup(t, db, api.Limits{})
		c.lakes(t)
		q := c.quarter().String()
		rows := fmt.Sprintf(`[{"village":"花明村","period":%q,"numerator":3,"denominator":20},{"village":%q,"period":%q,"numerator":"1","denominator":"18"}]`, q, villageCode, (c.quarter() - 1).String())
		dry := c.ask("POST", "/api/v1/feeds/lakes?dry_run=true", "department", rows)
		if dry.status != 200 || dry.body["batch"] != "" || dry.body["rows"] != 2.0 || dry.body["new"] != 2.0 || len(dry.body["problems"].([]any)) != 0 {
			t.Fatalf("%d %s", dry.status, dry.raw)
		}
		first := c.ask("POST", "/api/v1/feeds/lakes", "department", rows, "Idempotency-Key", "k")
		if first.status != 201 || first.body["batch"] == "" || first.body["new"] != 2.0 {
			t.Fatalf("%d %s", first.status, first.raw)
		}
		if again := c.ask("POST", "/api/v1/feeds/lakes", "department", rows, "Idempotency-Key", "k"); again.status != 201 || again.body["batch"] != first.body["batch"] {
			t.Errorf("%d %s", again.status, again.raw)
		}
		if same := c.ask("POST", "/api/v1/feeds/lakes", "city", rows); same.status != 201 || same.body["new"] != 0.0 {
			t.Errorf("%d %s", same.status, same.raw)
		}
		table := "村社区,季度,分子,分母\n玉潭街道花明村," + q + ",４,20\n"
		for _, kind := range []string{"text/csv; charset=utf-8", "application/octet-stream", "application/x-www-form-urlencoded", ""} {
			if a := c.ask("POST", "/api/v1/feeds/lakes?dry_run=true", "department", table, "Content-Type", kind); a.status != 200 || a.body["new"] != 1.0 || a.body["changed"] != 1.0 {
				t.Errorf("%q: %d %s", kind, a.status, a.raw)
			}
		}
		var book bytes.Buffer
		w, err := sheet.NewWriter(&book, sheet.XLSX)
		check(t, err)
		check(t, w.Write([]string{"Village", "Quarter", "failed", "inspections"}))
		check(t, w.Write([]string{"花明村", q, "5", "20"}))
		check(t, w.Close())
		if a := c.ask("POST", "/api/v1/feeds/lakes", "department", book.String(), "Content-Type", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"); a.status != 201 || a.body["new"] != 1.0 {
			t.Errorf("%d %s", a.status, a.raw)
		}
		versions, err := c.outcomes.Versions(t.Context(), c.indicator(t), "u-"+villageCode, c.quarter())
		if err != nil || len(versions) != 2 || versions[0].Num != 5 {
			t.Errorf("%+v, %v", versions, err)
		}
	})
}

func (c *town) indicator(t *testing.T) string {
	t.Helper()
	x, err := c.outcomes.Catalog().Find("lakes")
	check(t, err)
	return x.ID
}

func TestFiguresThatAreRefused(t *testing.T) {
	c := setup(t, sqldbtest.Open(t, sqldb.SQLite), api.Limits{})
	c.lakes(t)
	good := fmt.Sprintf(`[{"village":"花明村","period":%q,"numerator":3,"denominator":20}]`, c.quarter())
	for _, login := range []string{"town", "other", "lead", "auditor", "admin", "hotline", "command"} {
		c.ask("POST", "/api/v1/feeds/lakes", login, good).problem(t, login, 403, "auth.forbidden")
	}
	c.ask("POST", "/api/v1/feeds/lakes", "", good).problem(t, "nobody", 401, "auth.login_needed")
	c.ask("POST", "/api/v1/feeds/fires", "department", good).problem(t, "another's", 403, "auth.forbidden")
	c.ask("POST", "/api/v1/feeds/confirmed", "city", good).problem(t, "residents'", 403, "outcome.from_residents")
	c.ask("POST", "/api/v1/feeds/visits", "city", good).problem(t, "none", 404, "outcome.no_indicator")
	for name, r := range map[string]struct {
		body, kind string
		status     int
		code       string
	}{
		"nothing":   {"", "application/json", 422, "sheet.empty"},
		"an object": {"{}", "application/json", 422, "outcome.feed.not_json"},
		"half":      {good[:30], "application/json", 422, "outcome.feed.bad_json"},
		"no table":  {"hello\nworld\n", "text/csv", 422, "outcome.feed.no_column"},
		"a picture": {"x", "image/png", 415, "api.not_table"},
		"too much":  {"[" + strings.Repeat(" ", 8<<20) + "]", "application/json", 413, "api.too_large"},
	} {
		c.ask("POST", "/api/v1/feeds/lakes", "department", r.body, "Content-Type", r.kind).problem(t, name, r.status, r.code)
	}
	bad := strings.Replace(good, "花明村", "月塘村", 1)
	for path, status := range map[string]int{"/api/v1/feeds/lakes": 422, "/api/v1/feeds/lakes?dry_run=true": 200} {
		a := c.ask("POST", path, "department", bad, "Accept-Language", "en")
		problems, _ := a.body["problems"].([]any)
		if a.status != status || len(problems) != 1 || a.body["new"] != 0.0 || a.body["batch"] != "" {
			t.Fatalf("%s: %d %s", path, a.status, a.raw)
		}
		p := problems[0].(map[string]any)
		if p["row"] != 1.0 || p["column"] != "village" || p["value"] != "月塘村" || p["code"] != "outcome.feed.no_village" || !strings.Contains(p["detail"].(string), "no village") || !strings.Contains(p["expected"].(string), "village's name") {
			t.Errorf("%v", p)
		}
	}
}

func TestLightsAreForEverybodyOncePublished(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		c := setup(t, db, api.Limits{})
		c.lakes(t)
		q := c.quarter()
		path := "/api/v1/lights?period=" + q.String()
		c.ask("GET", path, "", nil).problem(t, "nothing yet", 404, "outcome.no_release")
		rows := fmt.Sprintf(`[{"village":"花明村","period":%q,"numerator":6,"denominator":60}]`, q)
		if a := c.ask("POST", "/api/v1/feeds/lakes", "department", rows); a.status != 201 {
			t.Fatal(a.raw)
		}
		by := auth.System("test")
		_, err := c.outcomes.Begin(t.Context(), by, outcome.Command{Period: q})
		check(t, err)
		c.ask("GET", path, "town", nil).problem(t, "a preview", 404, "outcome.no_release")
		_, err = c.outcomes.OpenObjections(t.Context(), by, outcome.Command{Period: q})
		check(t, err)
		if a := c.ask("GET", path, "town", nil); a.status != 200 || a.body["state"] != "objection" || len(a.body["lights"].([]any)) != 16 {
			t.Errorf("%d %.300s", a.status, a.raw)
		}
		if a := c.ask("GET", path, "other", nil); a.status != 200 || len(a.body["lights"].([]any)) != 0 {
			t.Errorf("another town: %d %.300s", a.status, a.raw)
		}
		c.ask("GET", path, "", nil).problem(t, "before publication", 404, "outcome.no_release")
		*c.at = c.at.AddDate(0, 0, outcome.ObjectionDays+1)
		_, err = c.outcomes.Publish(t.Context(), by, outcome.Command{Period: q})
		check(t, err)

		a := c.ask("GET", path, "", nil, "Accept-Language", "en")
		list, _ := a.body["lights"].([]any)
		if a.status != 200 || len(list) != 16 || a.body["state"] != "published" || a.body["red_fdr"] != 0.05 || len(a.body["digest"].(string)) != 64 {
			t.Fatalf("%d %.500s", a.status, a.raw)
		}
		at := slices.IndexFunc(list, func(x any) bool { return x.(map[string]any)["indicator"] == "lakes" })
		lakes := list[at].(map[string]any)
		interval, _ := lakes["interval"].([]any)
		if lakes["unit"] != villageCode || lakes["name"] != "花明村" || lakes["town"] != "玉潭街道" || lakes["observed"] != 6.0 || lakes["n"] != 60.0 || lakes["expected"] != 6.0 || lakes["rate"] != 10.0 ||
			len(interval) != 2 || interval[0].(float64) >= 10 || interval[1].(float64) <= 10 || lakes["light"] != "green" && lakes["light"] != "grey" || !strings.Contains(lakes["sentence"].(string), "inspections") {
			t.Errorf("%v", lakes)
		}
		dark := list[0].(map[string]any)
		if dark["light"] != "dark" || dark["interval"] != nil || dark["rate"] != nil || dark["sentence"] == "" {
			t.Errorf("%v", dark)
		}
		if one := c.ask("GET", path+"&indicator=lakes&unit="+townCode, "", nil); len(one.body["lights"].([]any)) != 1 || !strings.Contains(one.raw, "次检查") {
			t.Errorf("%.300s", one.raw)
		}
		if none := c.ask("GET", path+"&unit="+otherTown, "", nil); len(none.body["lights"].([]any)) != 0 {
			t.Errorf("%.300s", none.raw)
		}
		c.ask("GET", path+"&indicator=visits", "", nil).problem(t, "no indicator", 404, "outcome.no_indicator")
		c.ask("GET", path+"&unit="+cellCode, "", nil).problem(t, "a cell", 422, "api.invalid")
		c.ask("GET", "/api/v1/lights?period=2026-3", "", nil).problem(t, "no quarter", 422, "api.invalid")
		if latest := c.ask("GET", "/api/v1/lights", "", nil); latest.body["period"] != q.String() {
			t.Errorf("no period: %.200s", latest.raw)
		}
	})
}
