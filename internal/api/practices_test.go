package api_test

import (
	"net/http"
	"net/url"
	"testing"
	"time"

	"bilin/internal/api"
	"bilin/internal/practice"
	"bilin/internal/sqldb"
	"bilin/internal/sqldbtest"
)

// TestPracticesOverTheAPI: everybody finds them by their words, page by page, with what came of it.
func TestPracticesOverTheAPI(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		c := setup(t, db, api.Limits{})
		village := c.net.Tree().ByCode(townCode)
		text := practice.Text{Title: "路灯认领", Trouble: "巷子里黑。", Did: "一户看一盏灯。", Cost: "没花钱。", Result: "亮了。"}
		take := practice.Take{VillageID: village.ID, Since: "2026-03-01", Came: practice.Partly, Words: "还差两盏。", CameOn: "2026-05-01"}
		list := []practice.Filled{{ID: sqldb.NewID(), UnitID: village.ID, Topic: "water", Text: text, At: time.Now(), Takes: []practice.Take{take}}}
		for range 2 {
			other := text
			other.Title, other.Did = "垃圾不落地", "每天两次上门收。"
			list = append(list, practice.Filled{ID: sqldb.NewID(), UnitID: village.ID, Topic: "clean", Text: other, At: time.Now()})
		}
		check(t, c.practices.Fill(t.Context(), list))
		ask := func(query string) (titles []string, next string) {
			a := c.ask("GET", "/api/v1/practices?"+query, "", nil)
			if a.status != http.StatusOK {
				t.Fatalf("%s: %d %s", query, a.status, a.raw)
			}
			for _, p := range a.body["practices"].([]any) {
				titles = append(titles, p.(map[string]any)["title"].(string))
			}
			next, _ = a.body["next"].(string)
			return titles, next
		}
		for query, n := range map[string]int{"": 3, "q=" + url.QueryEscape("上门"): 2, "q=" + url.QueryEscape("稻田"): 0, "topic=water": 1, "unit=" + townCode: 3} {
			if got, _ := ask(query); len(got) != n {
				t.Errorf("%s: %v", query, got)
			}
		}
		first, next := ask("limit=2")
		rest, end := ask("limit=2&cursor=" + next)
		if first[0] != "路灯认领" || len(rest) != 1 || end != "" {
			t.Errorf("%v, %v", first, rest)
		}
		one := c.ask("GET", "/api/v1/practices/"+list[0].ID, "", nil)
		takes, _ := one.body["takes"].([]any)
		if one.body["did"] != "一户看一盏灯。" || len(takes) != 1 || takes[0].(map[string]any)["came"] != "partly" || one.body["page"] != "https://bilin.example/practices/"+list[0].ID {
			t.Errorf("%s", one.raw)
		}
		c.ask("GET", "/api/v1/practices/none", "", nil).problem(t, "none", http.StatusNotFound, "practice.none")
		c.ask("GET", "/api/v1/practices?cursor=x", "", nil).problem(t, "a made-up cursor", http.StatusUnprocessableEntity, "api.invalid")
		c.ask("GET", "/api/v1/practices?unit=1", "", nil).problem(t, "no unit", http.StatusNotFound, "network.no_unit")
	})
}
