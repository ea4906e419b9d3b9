package homeweb_test

import (
	"testing"

	"bilin/internal/auth"
	"bilin/internal/care"
	"bilin/internal/care/caretest"
	"bilin/internal/homeweb"
	"bilin/internal/sqldb"
	"bilin/internal/sqldbtest"
)

func TestContactsAndRenewalsStandOnStartPages(t *testing.T) {
	c := caretest.New(t, sqldbtest.Open(t, sqldb.SQLite))
	home := homeweb.Care{Service: c.Service, Needs: c.Needs, Tree: c.Net.Tree}
	cards := func(who auth.Actor) []homeweb.Card {
		t.Helper()
		out, err := home.HomeCards(t.Context(), who, keyed)
		c.OK(err)
		return out
	}
	if n := len(cards(c.Lead(0))) + len(cards(c.Village())); n > 0 {
		t.Errorf("%d cards without an entry", n)
	}
	c.Listed1(0, 0, "alone80")
	c.OK(c.Tick(t.Context()))
	if ahead := cards(c.Lead(0)); len(ahead) != 1 || ahead[0].Rank != homeweb.RankKnow || ahead[0].Empty == "" {
		t.Errorf("ahead: %+v", ahead)
	}
	c.Days(3)
	lead := cards(c.Lead(0))
	if len(lead) != 1 || lead[0].Rank != homeweb.RankOpen || lead[0].Title != "careweb.home_title" || lead[0].Figures[0].Value != 1 || len(lead[0].Items) != 1 || lead[0].Items[0].Note != "need.do.visit" {
		t.Errorf("lead: %+v", lead)
	}
	if n := len(cards(c.Lead(1))); n > 0 {
		t.Errorf("%d cards for another lead", n)
	}
	c.Tell(c.Lead(0), c.Due(0, 0).ID, care.Fine)
	c.Days(80)
	official := cards(c.Official())
	if len(official) != 1 || official[0].Figures[len(official[0].Figures)-1].Label != "careweb.home_ends" {
		t.Errorf("official: %+v", official)
	}
	if n := len(cards(c.Village())); n > 0 { // they listed it themselves
		t.Errorf("%d cards for the village", n)
	}
	c.Alarmed[c.Cells[0]] = true
	if urgent := cards(c.Lead(0)); urgent[0].Rank != homeweb.RankUrgent {
		t.Errorf("in an emergency: %+v", urgent)
	}
}
