package homeweb_test

import (
	"strings"
	"testing"

	"bilin/internal/auth"
	"bilin/internal/homeweb"
	"bilin/internal/mobilise/team"
	"bilin/internal/mobilise/team/teamtest"
	"bilin/internal/sqldb"
	"bilin/internal/sqldbtest"
	"bilin/internal/volunteer/volunteertest"
)

// said puts a key and its words down, to see what a card says.
func said(key string, kv ...any) string {
	var b strings.Builder
	b.WriteString(key)
	for _, x := range kv {
		if s, ok := x.(string); ok {
			b.WriteString(" " + s)
		}
	}
	return b.String()
}

func TestTeamsOfALead(t *testing.T) {
	c := teamtest.New(t, sqldbtest.Open(t, sqldb.SQLite))
	c.Join(c.Team("除冰队", c.Villages[0]), "p-邻长1", team.Plain)
	cards := func(who auth.Actor) []homeweb.Card {
		out, err := homeweb.Teams{Service: c.Teams}.HomeCards(t.Context(), who, said)
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	mine := cards(c.Actor("邻长1"))
	if len(mine) != 1 || len(mine[0].Items) != 1 || mine[0].Items[0].Title != "除冰队" || mine[0].Rank != homeweb.RankHelp || mine[0].Actions[0].Href != "/me/away" {
		t.Errorf("%+v", mine)
	}
	if other := cards(c.Actor("邻长2")); len(other) != 1 || len(other[0].Items) != 0 {
		t.Errorf("a lead without a team: %+v", other)
	}
	for _, who := range []auth.Actor{c.Actor("村干部1"), {}, {AccountID: "admin"}} {
		if out := cards(who); len(out) != 0 {
			t.Errorf("%q: %+v", who.Name, out)
		}
	}
}

func TestReportInsWaitForTheVillage(t *testing.T) {
	c := volunteertest.New(t, sqldbtest.Open(t, sqldb.SQLite))
	cards := func(name string) []homeweb.Card {
		out, err := homeweb.Volunteers{Service: c.Reports, Tree: c.Net.Tree}.HomeCards(t.Context(), c.Actor(name), said)
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	if out := cards("村干部1"); len(out) != 1 || out[0].Empty == "" || out[0].Rank != homeweb.RankIdle {
		t.Errorf("nothing waits: %+v", out)
	}
	r := c.ReportIn("龙志愿", "12955550001")
	out := cards("村干部1")
	if len(out) != 1 || out[0].Rank != homeweb.RankUrgent || len(out[0].Items) != 1 || out[0].Items[0].Href != "/volunteers/"+r.ID || !strings.Contains(out[0].Live, c.Villages[0]) {
		t.Errorf("%+v", out)
	}
	if out := cards("镇干部"); len(out) != 1 || out[0].Rank != homeweb.RankKnow || !strings.Contains(out[0].Items[0].Note, "第1村") {
		t.Errorf("the town: %+v", out)
	}
	if out := cards("村干部2"); len(out) != 1 || out[0].Empty == "" {
		t.Errorf("another village: %+v", out)
	}
	for _, name := range []string{"邻长1", "市办", "指挥"} {
		if out := cards(name); len(out) != 0 {
			t.Errorf("%s: %+v", name, out)
		}
	}
}
