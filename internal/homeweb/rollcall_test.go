package homeweb_test

import (
	"testing"

	"bilin/internal/auth"
	"bilin/internal/homeweb"
	"bilin/internal/mobilise/rollcall"
	"bilin/internal/mobilise/rollcall/rollcalltest"
	"bilin/internal/sqldb"
	"bilin/internal/sqldbtest"
)

func keyed(key string, _ ...any) string { return key }

func TestAnOpenRollcallStandsFirst(t *testing.T) {
	c := rollcalltest.New(t, sqldbtest.Open(t, sqldb.SQLite))
	home := homeweb.Rollcalls{Service: c.Service}
	cards := func(who auth.Actor) []homeweb.Card {
		t.Helper()
		out, err := home.HomeCards(t.Context(), who, keyed)
		c.OK(err)
		return out
	}
	village := rollcalltest.Actor(auth.VillageOfficial, c.Villages[0])
	if len(cards(c.Lead(0)))+len(cards(village)) > 0 {
		t.Error("cards without a roll-call")
	}
	id := c.Opened(c.Towns[0], true)
	_, err := c.Report(t.Context(), c.Lead(0), c.Say(id, 0, 0, rollcall.Help, rollcall.Medical, 0))
	c.OK(err)
	lead := cards(c.Lead(0))
	if len(lead) != 1 || lead[0].Rank != homeweb.RankUrgent || lead[0].Title != "rollweb.drill_title" || lead[0].Figures[0].Value != rollcalltest.Per-1 {
		t.Errorf("%+v", lead)
	}
	office := cards(village)
	if len(office) != 1 || office[0].Figures[0].Value != 2*rollcalltest.Per-1 || office[0].Figures[1].Value != 1 || office[0].Figures[1].Kind != "bad" {
		t.Errorf("%+v", office)
	}
	if group := cards(rollcalltest.Actor(auth.GroupLead, c.Groups[1])); len(group) != 1 || group[0].Figures[0].Value != 2*rollcalltest.Per {
		t.Errorf("%+v", group)
	}
	if n := len(cards(rollcalltest.Actor(auth.VillageOfficial, c.Villages[2]))) + len(cards(rollcalltest.Actor(auth.Department, c.Root))); n > 0 {
		t.Errorf("%d cards where it isn't held, or for a department", n)
	}
	for home := 1; home < rollcalltest.Per; home++ {
		_, err := c.Report(t.Context(), c.Lead(0), c.Say(id, 0, home, rollcall.Safe, "", 0))
		c.OK(err)
	}
	if done := cards(c.Lead(0)); done[0].Rank != homeweb.RankKnow || done[0].Empty == "" {
		t.Errorf("%+v", done)
	}
}
