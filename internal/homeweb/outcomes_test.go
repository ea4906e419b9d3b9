package homeweb_test

import (
	"testing"
	"time"

	"bilin/internal/auth"
	"bilin/internal/homeweb"
	"bilin/internal/outcome"
	"bilin/internal/outcome/outcometest"
	"bilin/internal/sqldb"
	"bilin/internal/sqldbtest"
)

func TestOutcomeCards(t *testing.T) {
	c := outcometest.New(t, sqldbtest.Open(t, sqldb.SQLite), outcometest.Make{Towns: 4, Villages: 10})
	const q3 = outcometest.Q3
	home := homeweb.Outcomes{Service: c.Svc, Tree: c.Net.Tree, Policy: c.Policy, Now: func() time.Time { return c.Now }}
	cards := func(who auth.Actor) []homeweb.Card {
		t.Helper()
		out, err := home.HomeCards(t.Context(), who, keyed)
		c.OK(err)
		return out
	}
	village, other := c.Actor(auth.VillageOfficial, c.Villages[2]), c.Actor(auth.VillageOfficial, c.Villages[3])
	if n := len(cards(village)) + len(cards(auth.Actor{})) + len(cards(c.Actor(auth.Lead, c.Villages[2]))); n > 0 {
		t.Errorf("%d cards before anything was reckoned", n)
	}
	police := cards(c.Police)
	if len(police) != 1 || police[0].Rank != homeweb.RankOpen || len(police[0].Items) != 3 {
		t.Fatalf("the police see what they owe: %+v", police)
	}
	for _, code := range []string{"road-deaths", "fraud", "safe-feeling", "rivers"} {
		c.Take(code, q3, func(v int) (int, int) {
			if v == 2 && code == "rivers" {
				return 57, 60
			}
			return 6, 60
		})
	}
	if police = cards(c.Police); police[0].Rank != homeweb.RankIdle || police[0].Empty == "" || len(police[0].Items) > 0 {
		t.Errorf("all is here: %+v", police[0])
	}
	_, err := c.Svc.Begin(t.Context(), c.Office, outcome.Command{Period: q3})
	c.OK(err)
	_, err = c.Svc.OpenObjections(t.Context(), c.Office, outcome.Command{Period: q3})
	c.OK(err)
	c.Now = c.Now.AddDate(0, 0, 3)
	id, err := c.Svc.Object(t.Context(), village, outcome.Object{Period: q3, UnitID: c.Villages[2], Indicator: "rivers", Text: "请核对"})
	c.OK(err)
	own := cards(village)
	if len(own) != 1 || own[0].Figures[0].Value != 1 || own[0].Figures[3].Value != outcome.ObjectionDays-3 {
		t.Errorf("one red light, and seven days: %+v", own)
	}
	if theirs := cards(other); theirs[0].Figures[0].Value != 0 {
		t.Errorf("another village's light is counted: %+v", theirs)
	}
	if office := cards(c.Office); len(office) != 1 || office[0].Figures[1].Value != 1 || office[0].Figures[1].Kind != "bad" {
		t.Errorf("one objection to answer: %+v", office)
	}
	c.OK(c.Svc.Decide(t.Context(), c.Office, outcome.Decide{ID: id, Answer: "已核对"}))
	c.Now = c.Now.AddDate(0, 0, outcome.ObjectionDays)
	_, err = c.Svc.Publish(t.Context(), c.Office, outcome.Command{Period: q3})
	c.OK(err)
	own = cards(village)
	if len(own) != 1 || own[0].Title != "home.outcome_news" || own[0].Actions[0].Href != "/outcomes/villages/430182001003?period=2026Q3" {
		t.Errorf("it is published: %+v", own)
	}
	if n := len(cards(c.Office)); n > 0 {
		t.Errorf("%d cards for the office, which published it", n)
	}
	c.Now = c.Now.AddDate(0, 2, 0)
	if n := len(cards(village)); n > 0 {
		t.Errorf("%d cards of news that are old", n)
	}
}
