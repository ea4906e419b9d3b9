package team_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"bilin/internal/auth"
	"bilin/internal/errs"
	"bilin/internal/mobilise/team"
	"bilin/internal/mobilise/team/teamtest"
	"bilin/internal/network"
	"bilin/internal/sqldb"
	"bilin/internal/sqldbtest"
)

func each(t *testing.T, test func(*teamtest.City)) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) { test(teamtest.New(t, db)) })
}

func names(rows []team.Row) (out []string) {
	for _, r := range rows {
		out = append(out, r.Name)
	}
	return out
}

func TestTeamFromItsMakingToItsEnd(t *testing.T) {
	each(t, func(c *teamtest.City) {
		ctx, village := c.Context(), c.Actor("村干部1")
		put := team.Put{Key: "k", Name: "第1村除冰队", Kind: team.Ice, UnitID: c.Villages[0]}
		id, err := c.Teams.Put(ctx, village, put)
		c.OK(err)
		if again, err := c.Teams.Put(ctx, village, put); err != nil || again != id {
			t.Errorf("sent twice: %s, %v", again, err)
		}
		join := func(person string, grade team.Grade) error {
			return c.Teams.SetMember(ctx, village, team.SetMember{TeamID: id, PersonID: person, Grade: grade})
		}
		c.OK(join("p-邻长1", team.Leader))
		c.OK(join("p-邻长2", team.Plain))
		c.OK(join("p-村干部1", team.Deputy))
		c.OK(join("p-邻长2", team.Leader)) // the first stays as a deputy
		line, err := c.Teams.PutEquipment(ctx, village, team.PutEquipment{TeamID: id, Name: "融雪剂", Quantity: 20, Place: "村部库房"})
		c.OK(err)
		c.OK(second(c.Teams.PutEquipment(ctx, village, team.PutEquipment{TeamID: id, ID: line, Name: "融雪剂", Quantity: 12, Place: "村部库房", Repair: true, Version: 1})))
		if err := second(c.Teams.PutEquipment(ctx, village, team.PutEquipment{TeamID: id, ID: line, Name: "旧的", Quantity: 1, Place: "村部", Version: 1})); errs.KindOf(err) != errs.Stale {
			t.Errorf("changed unseen: %v", err)
		}
		got, err := c.Teams.Get(ctx, village, id)
		c.OK(err)
		if got.Members != 3 || got.Available != 3 || got.Leader != "邻长2" || got.Equipment != 1 || got.Broken != 1 || !got.May.Manage || got.Things[0].Quantity != 12 {
			t.Errorf("%+v", got)
		}
		list, err := c.Teams.Listed(ctx, village, id, nil, 10)
		c.OK(err)
		if len(list) != 3 || list[0].Name != "邻长2" || list[0].Grade != team.Leader || list[1].Grade != team.Deputy || list[2].Grade != team.Deputy {
			t.Errorf("%+v", list)
		}
		next, err := c.Teams.Listed(ctx, village, id, list[1].Cursor(), 10)
		if err != nil || len(next) != 1 || next[0].PersonID != list[2].PersonID {
			t.Errorf("the page after: %+v, %v", next, err)
		}
		c.OK(c.Teams.Remove(ctx, village, team.Remove{TeamID: id, PersonID: "p-邻长1"}))
		if err := c.Teams.Remove(ctx, village, team.Remove{TeamID: id, PersonID: "p-邻长1"}); errs.KindOf(err) != errs.NotFound {
			t.Errorf("left twice: %v", err)
		}
		c.OK(join("p-邻长1", team.Plain)) // and comes back
		c.OK(c.Teams.DropEquipment(ctx, village, team.Drop{TeamID: id, ID: line}))
		if err := c.Teams.End(ctx, village, team.End{TeamID: id, Version: 9}); errs.KindOf(err) != errs.Stale {
			t.Errorf("ended unseen: %v", err)
		}
		c.OK(c.Teams.End(ctx, village, team.End{TeamID: id, Version: 1}))
		if err := join("p-邻长1", team.Plain); errs.CodeOf(err) != "team.over" {
			t.Errorf("joined a team that ended: %v", err)
		}
		members, err := c.Teams.Members(ctx, nil)
		if err != nil || len(members) != 0 {
			t.Errorf("still in it: %v, %v", members, err)
		}
		if rows, err := c.Teams.List(ctx, village, team.Filter{}, nil, 10); err != nil || len(rows) != 0 {
			t.Errorf("still listed: %v, %v", names(rows), err)
		}
		if called, err := c.Teams.Names(ctx, []string{id, "none"}); err != nil || len(called) != 1 || called[id] != "第1村除冰队" {
			t.Errorf("%v, %v", called, err)
		}
	})
}

// second drops what a command answers.
func second[T any](_ T, err error) error { return err }

func TestWhoMayManageATeam(t *testing.T) {
	each(t, func(c *teamtest.City) {
		for i, x := range []struct {
			who, unit string
			fine      bool
		}{
			{"村干部1", c.Villages[0], true},
			{"村干部1", c.Villages[1], false},
			{"村干部1", c.Towns[0], false},
			{"村干部1", c.Root, false},
			{"镇干部1", c.Villages[1], true},
			{"镇干部1", c.Towns[0], true},
			{"镇干部1", c.Towns[1], false},
			{"镇干部1", c.Root, false},
			{"市办", c.Root, true},
			{"指挥", c.Villages[2], true},
			{"邻长1", c.Villages[0], false},
			{"市办", c.Cells[0], false}, // no team below a village
			{"市办", "nowhere", false},
		} {
			_, err := c.Teams.Put(c.Context(), c.Actor(x.who), team.Put{Key: fmt.Sprint(i), Name: fmt.Sprintf("%d队", i), Kind: team.General, UnitID: x.unit})
			if (err == nil) != x.fine || err != nil && errs.KindOf(err) != errs.Forbidden && errs.KindOf(err) != errs.Invalid {
				t.Errorf("%s makes one: %v", x.who, err)
			}
		}
		id := c.Team("第1村队", c.Villages[0])
		c.Join(id, "p-邻长1", team.Leader)
		for _, who := range []auth.Actor{c.Actor("村干部2"), c.Actor("镇干部2"), c.Actor("邻长1"), {}} {
			ctx := c.Context()
			for name, err := range map[string]error{
				"put":       second(c.Teams.Put(ctx, who, team.Put{ID: id, Name: "改名", Kind: team.Ice, UnitID: c.Villages[0], Version: 1})),
				"channel":   c.Teams.SetChannel(ctx, who, team.SetChannel{TeamID: id, URL: "wecom://k"}),
				"end":       c.Teams.End(ctx, who, team.End{TeamID: id, Version: 1}),
				"member":    c.Teams.SetMember(ctx, who, team.SetMember{TeamID: id, PersonID: "p-邻长2", Grade: team.Plain}),
				"remove":    c.Teams.Remove(ctx, who, team.Remove{TeamID: id, PersonID: "p-邻长2"}),
				"equipment": second(c.Teams.PutEquipment(ctx, who, team.PutEquipment{TeamID: id, Name: "锹", Quantity: 1, Place: "村部"})),
				"drop":      c.Teams.DropEquipment(ctx, who, team.Drop{TeamID: id, ID: "x"}),
				"search":    second(c.Teams.Search(ctx, who, id, "邻")),
				"export":    second2(c.Teams.Export(ctx, who, id)),
			} {
				if kind := errs.KindOf(err); kind != errs.Forbidden && kind != errs.Unauthenticated {
					t.Errorf("%s by %q: %v", name, who.Name, err)
				}
			}
		}
		if err := c.Teams.Remove(c.Context(), c.Actor("邻长1"), team.Remove{TeamID: id, PersonID: "p-邻长1"}); err != nil {
			t.Errorf("a member leaves: %v", err)
		}
	})
}

func second2[A, B any](_ A, _ B, err error) error { return err }

func TestWhoSeesWhichTeams(t *testing.T) {
	each(t, func(c *teamtest.City) {
		first, far := c.Team("甲村队", c.Villages[0]), c.Team("乙村队", c.Villages[2])
		town, city := c.Team("丙镇队", c.Towns[0]), c.Team("丁市队", c.Root)
		c.Join(far, "p-邻长1", team.Plain)
		for who, want := range map[string][]string{
			"村干部1": {"甲村队"}, "村干部3": {"乙村队"}, "镇干部1": {"丙镇队", "甲村队"}, "镇干部2": {"乙村队"},
			"邻长1": {"乙村队", "甲村队"}, "邻长3": nil, "邻长5": {"乙村队"}, "市办": {"丁市队", "丙镇队", "乙村队", "甲村队"}, "指挥": {"丁市队", "丙镇队", "乙村队", "甲村队"},
		} {
			rows, err := c.Teams.List(c.Context(), c.Actor(who), team.Filter{}, nil, 10)
			c.OK(err)
			got := names(rows)
			slices.Sort(got)
			slices.Sort(want)
			if !slices.Equal(got, want) {
				t.Errorf("%s sees %v, want %v", who, got, want)
			}
			for _, id := range []string{first, far, town, city} {
				_, err := c.Teams.Get(c.Context(), c.Actor(who), id)
				listed := slices.ContainsFunc(rows, func(r team.Row) bool { return r.ID == id })
				if (err == nil) != listed || err != nil && errs.KindOf(err) != errs.Forbidden {
					t.Errorf("%s opens a team: %v", who, err)
				}
				if _, err = c.Teams.Listed(c.Context(), c.Actor(who), id, nil, 10); (err == nil) != listed {
					t.Errorf("%s lists its people: %v", who, err)
				}
			}
		}
		if _, err := c.Teams.List(c.Context(), auth.Actor{}, team.Filter{}, nil, 10); errs.KindOf(err) != errs.Unauthenticated {
			t.Errorf("anybody: %v", err)
		}
	})
}

func TestNamesAndAwayAreForThoseConcerned(t *testing.T) {
	each(t, func(c *teamtest.City) {
		id := c.Team("一队", c.Villages[0])
		c.Join(id, "p-村干部1", team.Leader)
		c.Join(id, c.Settle("龙抢险", c.Villages[0]), team.Plain)
		c.OK(second(c.Teams.SayAway(c.Context(), auth.Actor{PersonID: "p-龙抢险"}, team.SayAway{Key: "k", From: "2026-11-30", To: "2026-12-02"})))
		see := func(who auth.Actor) team.Listed {
			list, err := c.Teams.Listed(c.Context(), who, id, nil, 10)
			c.OK(err)
			return list[1]
		}
		if got := see(c.Actor("村干部1")); got.Name != "龙抢险" || !got.Away {
			t.Errorf("the leader sees %+v", got)
		}
		if got := see(c.Actor("邻长2")); got.Name == "龙抢险" || got.Away {
			t.Errorf("a lead nearby sees %+v", got)
		}
		if got := see(auth.Actor{AccountID: "a", PersonID: "p-龙抢险"}); got.Name != "龙抢险" || got.Away {
			t.Errorf("a member sees %+v", got)
		}
		if d, err := c.Teams.Get(c.Context(), c.Actor("邻长2"), id); err != nil || d.Members != 2 || d.Available != 1 || d.May != (team.May{}) {
			t.Errorf("%+v, %v", d, err)
		}
		one, err := c.Teams.OneListed(c.Context(), c.Actor("邻长2"), id, "p-村干部1")
		if err != nil || one.Name != "村干部1" {
			t.Errorf("who leads it: %+v, %v", one, err)
		}
		if _, err := c.Teams.OneListed(c.Context(), c.Actor("村干部1"), id, "p-nobody"); errs.KindOf(err) != errs.NotFound {
			t.Errorf("nobody: %v", err)
		}
	})
}

func TestPeopleAreChosenWhereOneMay(t *testing.T) {
	each(t, func(c *teamtest.City) {
		id, town := c.Team("一队", c.Villages[0]), c.Team("镇队", c.Towns[0])
		near, far := c.Settle("邻居甲", c.Villages[0]), c.Settle("邻居乙", c.Villages[2])
		found := func(who, teamID, name string) (out []string) {
			list, err := c.Teams.Search(c.Context(), c.Actor(who), teamID, name)
			c.OK(err)
			for _, f := range list {
				out = append(out, f.Name)
			}
			slices.Sort(out)
			return out
		}
		if got := found("村干部1", id, "邻"); !slices.Equal(got, []string{"邻居甲", "邻长1", "邻长2"}) {
			t.Errorf("the village finds %v", got)
		}
		if got := found("镇干部1", town, " 邻 长 "); len(got) != 4 {
			t.Errorf("the town finds %v", got)
		}
		if got := found("市办", id, "邻居"); len(got) != 2 {
			t.Errorf("the city finds %v", got)
		}
		if got := found("市办", id, "%"); len(got) != 0 {
			t.Errorf("a sign finds %v", got)
		}
		set := func(who, person string) error {
			return c.Teams.SetMember(c.Context(), c.Actor(who), team.SetMember{TeamID: id, PersonID: person, Grade: team.Plain})
		}
		c.OK(set("村干部1", near))
		for _, person := range []string{far, "p-邻长5", "p-nobody", ""} {
			if err := set("村干部1", person); errs.KindOf(err) != errs.Invalid {
				t.Errorf("%q: %v", person, err)
			}
		}
		c.OK(set("市办", far))
		if err := c.Teams.SetMember(c.Context(), c.Actor("市办"), team.SetMember{TeamID: id, PersonID: near, Grade: 3}); errs.CodeOf(err) != "team.no_grade" {
			t.Errorf("a grade there isn't: %v", err)
		}
		members, err := c.Teams.Members(c.Context(), []string{id})
		c.OK(err)
		where := map[string]string{}
		for _, m := range members {
			where[m.PersonID] = m.UnitID
		}
		if len(where) != 2 || where[near] != c.Villages[0] || where[far] != c.Villages[2] {
			t.Errorf("%v", where)
		}
	})
}

func TestNumbersOpenForTheLeaderAndTheVillage(t *testing.T) {
	each(t, func(c *teamtest.City) {
		id := c.Team("一队", c.Towns[0])
		c.Join(id, "p-邻长4", team.Leader)
		member := c.Settle("龙抢险", c.Villages[0])
		read := func(who string) error {
			_, err := c.Net.ReadPhone(c.Context(), c.Actor(who), network.PhoneOfPerson, member, "集合出发")
			return err
		}
		if err := read("邻长4"); errs.KindOf(err) != errs.NotFound {
			t.Errorf("before they joined: %v", err)
		}
		c.Join(id, member, team.Plain)
		for who, fine := range map[string]bool{"邻长4": true, "村干部1": true, "镇干部1": true, "指挥": true, "村干部2": false, "邻长1": false, "镇干部2": false} {
			if err := read(who); (err == nil) != fine {
				t.Errorf("%s: %v", who, err)
			}
		}
		c.OK(c.Teams.Remove(c.Context(), c.Actor("镇干部1"), team.Remove{TeamID: id, PersonID: member}))
		if err := read("邻长4"); err == nil {
			t.Error("still open after they left")
		}
	})
}

func TestGroupIsSetAndNeverShown(t *testing.T) {
	each(t, func(c *teamtest.City) {
		id, ctx := c.Team("一队", c.Villages[0]), c.Context()
		set := func(url string) error {
			return c.Teams.SetChannel(ctx, c.Actor("村干部1"), team.SetChannel{TeamID: id, URL: url})
		}
		for _, bad := range []string{"http://x", "一个群", "https://10.0.0.1/send?key=k", "javascript:alert(1)", "wecom://", strings.Repeat("x", 501)} {
			if err := set(bad); errs.KindOf(err) != errs.Invalid || len(errs.As(err).Fields) != 1 {
				t.Errorf("%q: %v", bad, err)
			}
		}
		const address = "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=geheim"
		c.OK(set(address))
		d, err := c.Teams.Get(ctx, c.Actor("村干部1"), id)
		if err != nil || !d.HasChannel || strings.Contains(fmt.Sprintf("%+v", d), "geheim") {
			t.Errorf("%+v, %v", d, err)
		}
		var stored string
		c.OK(c.DB.Reader().QueryRowContext(ctx, `SELECT channel FROM team`).Scan(&stored))
		if strings.Contains(stored, "geheim") || stored == "" {
			t.Errorf("stored as %q", stored)
		}
		if got, err := c.Teams.GroupURL(auth.With(ctx, auth.System("dispatch")), id); err != nil || got != address {
			t.Errorf("%q, %v", got, err)
		}
		for _, who := range []auth.Actor{{}, c.Actor("村干部1"), c.Actor("指挥")} {
			if _, err := c.Teams.GroupURL(auth.With(ctx, who), id); err == nil {
				t.Errorf("%q opened it", who.Name)
			}
		}
		c.OK(set(""))
		if got, err := c.Teams.GroupURL(auth.With(ctx, auth.System("dispatch")), id); err != nil || got != "" {
			t.Errorf("removed: %q, %v", got, err)
		}
	})
}

func TestPeopleSayThemselvesWhenTheyAreAway(t *testing.T) {
	each(t, func(c *teamtest.City) {
		ctx, me := c.Context(), c.Actor("邻长1")
		cmd := team.SayAway{Key: "k", From: "2026-12-03", To: "2026-12-05"}
		id, err := c.Teams.SayAway(ctx, me, cmd)
		c.OK(err)
		if again, err := c.Teams.SayAway(ctx, me, cmd); err != nil || again != id {
			t.Errorf("sent twice: %s, %v", again, err)
		}
		c.OK(second(c.Teams.SayAway(ctx, me, team.SayAway{From: "2026-12-05", To: "2026-12-08"}))) // may overlap
		for day, want := range map[int]bool{2: false, 3: true, 5: true, 8: true, 9: false} {
			for _, hour := range []int{0, 23} { // of the city's day
				at := time.Date(2026, 12, day, hour, 30, 0, 0, time.FixedZone("", 8*3600))
				if away, err := c.Teams.AwayOn(ctx, at); err != nil || away[me.PersonID] != want || len(away) > 1 {
					t.Errorf("on %s: %v, %v", at, away, err)
				}
			}
		}
		other := c.Actor("邻长2")
		c.OK(c.Teams.SayBack(ctx, other, team.SayBack{ID: id}))
		if said, err := c.Teams.Aways(ctx, me); err != nil || len(said) != 2 {
			t.Errorf("somebody else took it back: %v, %v", said, err)
		}
		if said, err := c.Teams.Aways(ctx, other); err != nil || len(said) != 0 {
			t.Errorf("somebody else reads: %v, %v", said, err)
		}
		c.OK(c.Teams.SayBack(ctx, me, team.SayBack{Key: "b", ID: id}))
		c.OK(c.Teams.SayBack(ctx, me, team.SayBack{Key: "b", ID: id}))
		if said, err := c.Teams.Aways(ctx, me); err != nil || len(said) != 1 {
			t.Errorf("%v, %v", said, err)
		}
		for _, nobody := range []auth.Actor{{}, {AccountID: "admin"}, auth.System("x")} {
			if err := second(c.Teams.SayAway(ctx, nobody, cmd)); err == nil {
				t.Errorf("%+v is away", nobody)
			}
		}
		c.Clock = c.Clock.AddDate(0, 0, 8)
		c.OK(c.Teams.Forget(ctx))
		var n int
		c.OK(c.DB.Reader().QueryRowContext(ctx, `SELECT count(*) FROM person_away`).Scan(&n))
		if n != 0 {
			t.Errorf("%d that are over are kept", n)
		}
		for range 20 {
			c.OK(second(c.Teams.SayAway(ctx, me, team.SayAway{From: "2027-01-01", To: "2027-01-01"})))
		}
		if err := second(c.Teams.SayAway(ctx, me, team.SayAway{From: "2027-01-01", To: "2027-01-01"})); errs.CodeOf(err) != "team.many_aways" {
			t.Errorf("without end: %v", err)
		}
	})
}

func TestListsAreFilteredAndPaged(t *testing.T) {
	each(t, func(c *teamtest.City) {
		var all []team.NewTeam
		for i := range 60 {
			kind := []team.Kind{team.Ice, team.Flood, team.Medical}[i%3]
			all = append(all, team.NewTeam{Name: fmt.Sprintf("第%02d支100%%队", i), Kind: kind, UnitID: c.Villages[i%3]})
		}
		c.OK(c.Teams.Fill(c.Context(), auth.System("test"), all))
		var got []string
		var after []string
		for pages := 0; pages < 10; pages++ {
			rows, err := c.Teams.List(c.Context(), c.Actor("市办"), team.Filter{}, after, 7)
			c.OK(err)
			if len(rows) == 0 {
				break
			}
			got, after = append(got, names(rows)...), rows[len(rows)-1].Cursor()
		}
		if len(got) != 60 || !slices.IsSorted(got) {
			t.Errorf("%d in pages: %v", len(got), got)
		}
		for name, f := range map[string]struct {
			f team.Filter
			n int
		}{
			"kind":           {team.Filter{Kind: team.Ice}, 20},
			"town":           {team.Filter{UnitID: c.Towns[0]}, 40},
			"village":        {team.Filter{UnitID: c.Villages[2]}, 20},
			"no such place":  {team.Filter{UnitID: "nowhere"}, 0},
			"text":           {team.Filter{Text: " 第 0"}, 10},
			"wide text":      {team.Filter{Text: "１００％队"}, 60},
			"signs":          {team.Filter{Text: "%"}, 60}, // nothing to search for
			"no such name":   {team.Filter{Text: "不存在"}, 0},
			"all of it":      {team.Filter{Kind: team.Flood, UnitID: c.Towns[0], Text: "第1"}, 4},
			"nobody's teams": {team.Filter{Mine: true}, 0},
		} {
			rows, err := c.Teams.List(c.Context(), c.Actor("市办"), f.f, nil, 100)
			if err != nil || len(rows) != f.n {
				t.Errorf("%s: %d, want %d, %v", name, len(rows), f.n, err)
			}
		}
	})
}

func TestVillagesThatMergeKeepTheirTeams(t *testing.T) {
	each(t, func(c *teamtest.City) {
		id := c.Team("二村队", c.Villages[1])
		c.OK(c.Net.MergeUnits(c.Context(), c.Actor("镇干部1"), network.MergeUnits{Key: "m", UnitID: c.Villages[1], IntoID: c.Villages[0]}))
		c.OK(c.Net.Refresh(c.Context()))
		rows, err := c.Teams.List(c.Context(), c.Actor("村干部1"), team.Filter{}, nil, 10)
		if err != nil || len(rows) != 1 || rows[0].ID != id {
			t.Errorf("%v, %v", names(rows), err)
		}
		if d, err := c.Teams.Get(c.Context(), c.Actor("村干部1"), id); err != nil || !d.May.Manage {
			t.Errorf("%+v, %v", d, err)
		}
		c.OK(second(c.Teams.Put(c.Context(), c.Actor("村干部1"), team.Put{ID: id, Name: "二片队", Kind: team.Ice, UnitID: c.Villages[0], Version: 1})))
	})
}

func TestListOnPaperNamesNoNumbers(t *testing.T) {
	each(t, func(c *teamtest.City) {
		id := c.Team("一队", c.Villages[0])
		c.Join(id, "p-邻长1", team.Leader)
		c.Join(id, "p-邻长2", team.Plain)
		got, list, err := c.Teams.Export(c.Context(), c.Actor("村干部1"), id)
		if err != nil || got.Name != "一队" || len(list) != 2 || list[0].Name != "邻长1" {
			t.Errorf("%v, %v", list, err)
		}
		if text := fmt.Sprintf("%+v", list); strings.Contains(text, "129") {
			t.Errorf("a number: %s", text)
		}
		var n int
		c.OK(c.DB.Reader().QueryRowContext(context.Background(), `SELECT count(*) FROM audit_pending WHERE action = 'team.export'`).Scan(&n))
		if n != 1 {
			t.Errorf("recorded %d times", n)
		}
	})
}
