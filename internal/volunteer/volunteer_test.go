package volunteer_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"bilin/internal/auth"
	"bilin/internal/errs"
	"bilin/internal/network"
	"bilin/internal/sqldb"
	"bilin/internal/sqldbtest"
	"bilin/internal/ticket"
	"bilin/internal/volunteer"
	"bilin/internal/volunteer/volunteertest"
)

func each(t *testing.T, test func(*volunteertest.City)) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) { test(volunteertest.New(t, db)) })
}

func second[T any](_ T, err error) error { return err }

const number = "12955550001"

func TestReportInToConfirmed(t *testing.T) {
	each(t, func(c *volunteertest.City) {
		ctx, village := c.Context(), c.Actor("村干部1")
		r := c.ReportIn("龙志愿", number)
		if again := c.ReportIn("龙志愿", number); again != r {
			t.Errorf("sent twice: %+v and %+v", r, again)
		}
		list, err := c.Reports.List(ctx, village, volunteer.Filter{State: volunteer.Pending}, nil, 10)
		c.OK(err)
		if len(list) != 1 || list[0].Name != "龙志愿" || list[0].VillageID != c.Villages[0] || !list[0].HasPhone {
			t.Fatalf("%+v", list)
		}
		if n, err := c.Reports.Waiting(ctx, village); err != nil || n != 1 {
			t.Errorf("%d wait, %v", n, err)
		}
		step := volunteer.Step{Key: "c", ID: r.ID, Version: 1}
		c.OK(c.Reports.Confirm(ctx, village, step))
		c.OK(c.Reports.Confirm(ctx, village, step))
		if err := c.Reports.Confirm(ctx, village, volunteer.Step{ID: r.ID, Version: 1}); errs.KindOf(err) != errs.Stale {
			t.Errorf("confirmed unseen: %v", err)
		}
		if err := c.Reports.Confirm(ctx, village, volunteer.Step{ID: r.ID, Version: 2}); errs.CodeOf(err) != "volunteer.active_already" {
			t.Errorf("confirmed twice: %v", err)
		}
		v, err := c.Reports.Get(ctx, village, r.ID)
		c.OK(err)
		if v.State != volunteer.Active || v.PersonID == "" || v.DecidedAt.IsZero() {
			t.Errorf("%+v", v)
		}
		found, err := c.Net.PersonsByPhone(ctx, number)
		if err != nil || !slices.Equal(found, []string{v.PersonID}) {
			t.Errorf("the registry has %v, %v", found, err)
		}
		phone, err := c.Net.ReadPhone(ctx, village, network.PhoneOfPerson, v.PersonID, "集合")
		if err != nil || phone != number {
			t.Errorf("%q, %v", phone, err)
		}
		if err := second(c.Net.ReadPhone(ctx, c.Actor("村干部2"), network.PhoneOfPerson, v.PersonID, "集合")); errs.KindOf(err) != errs.Forbidden {
			t.Errorf("another village reads it: %v", err)
		}
		skilled, err := c.Reports.Skilled(ctx, []string{"truck", "first_aid"})
		if err != nil || len(skilled) != 1 || skilled[0] != (volunteer.Skilled{PersonID: v.PersonID, UnitID: c.Villages[0]}) {
			t.Errorf("%+v, %v", skilled, err)
		}
		home, err := c.Reports.Home(ctx, c.DB.Reader(), v.PersonID)
		if err != nil || home != c.Villages[0] {
			t.Errorf("lives at %q, %v", home, err)
		}
	})
}

func TestWhatIsStoredIsSealed(t *testing.T) {
	each(t, func(c *volunteertest.City) {
		r := c.ReportIn("龙志愿", number)
		for _, column := range []string{"phone", "phone_index", "key_hash"} {
			var text string
			c.OK(c.DB.Reader().QueryRowContext(c.Context(), `SELECT `+column+` FROM volunteer`).Scan(&text))
			if text == "" || strings.Contains(text, number) || strings.Contains(text, r.Key) {
				t.Errorf("%s is %q", column, text)
			}
		}
		if n := c.Count(`SELECT count(*) FROM once WHERE result LIKE $1 OR request LIKE $2`, "%"+r.Key+"%", "%"+number+"%"); n != 0 {
			t.Error("a repeated form is answered from the open")
		}
	})
}

func TestWhomTheRegistryKnowsIsTakenAsThemselves(t *testing.T) {
	each(t, func(c *volunteertest.City) {
		known := "p-旧相识"
		c.OK(c.Net.ImportChunk(c.Context(), auth.System("test"), network.Chunk{Persons: []network.NewPerson{{ID: known, Name: "旧相识", Phone: number}}}))
		get := func(r volunteer.Receipt) *volunteer.Volunteer {
			v, err := c.Reports.ByKey(c.Context(), r.ID, r.Key)
			c.OK(err)
			return v
		}
		same := c.Confirmed("旧相识", "１２９ 5555-0001")
		if v := get(same); v.PersonID != known {
			t.Errorf("taken for %s", v.PersonID)
		}
		wife := c.Confirmed("旧相识的妻子", number)
		if v := get(wife); v.PersonID == known || v.PersonID == "" {
			t.Errorf("who shares the telephone is taken for %s", v.PersonID)
		}
		c.Needed[known] = true // the registry goes on knowing them
		c.OK(c.Reports.End(c.Context(), c.Actor("村干部1"), volunteer.Step{ID: same.ID, Version: get(same).Version}))
		report := c.Report("旧相识", number)
		report.Key, report.Skills = "anew", []volunteer.Skill{volunteer.Boat}
		again, err := c.Reports.Report(c.Context(), auth.Actor{}, report)
		c.OK(err)
		c.OK(c.Reports.Confirm(c.Context(), c.Actor("村干部1"), volunteer.Step{ID: again.ID, Version: 1}))
		if v := get(again); v.PersonID != known || v.State != volunteer.Active {
			t.Errorf("%+v", v)
		}
		if v := get(same); v.State != volunteer.Left || v.Name != "" {
			t.Errorf("the older stands too: %+v", v)
		}
		skilled, err := c.Reports.Skilled(c.Context(), []string{"truck"})
		if err != nil || len(skilled) != 1 {
			t.Errorf("skills of the older remain: %+v, %v", skilled, err)
		}
	})
}

func TestLeavingErases(t *testing.T) {
	each(t, func(c *volunteertest.City) {
		ctx := c.Context()
		r, stays := c.Confirmed("龙志愿", number), c.Confirmed("虎志愿", "12955550002")
		before, err := c.Reports.ByKey(ctx, r.ID, r.Key)
		c.OK(err)
		inTeam, err := c.Reports.ByKey(ctx, stays.ID, stays.Key)
		c.OK(err)
		c.Needed[inTeam.PersonID] = true
		c.OK(c.Reports.Withdraw(ctx, r.ID, r.Key, "w"))
		c.OK(c.Reports.Withdraw(ctx, r.ID, r.Key, "w"))
		if err := c.Reports.Withdraw(ctx, r.ID, r.Key, "x"); errs.CodeOf(err) != "volunteer.left_already" {
			t.Errorf("left twice: %v", err)
		}
		v, err := c.Reports.ByKey(ctx, r.ID, r.Key)
		c.OK(err)
		if v.State != volunteer.Left || v.Name != "" || v.HasPhone || v.Pledge != "" || len(v.Skills) != 0 || v.LeftAt.IsZero() {
			t.Errorf("%+v", v)
		}
		if n := c.Count(`SELECT count(*) FROM volunteer WHERE state = 'left' AND phone = '' AND phone_index = '' AND pledge = '' AND name = '' AND skills = ''`); n != 1 {
			t.Error("something is kept")
		}
		if n := c.Count(`SELECT count(*) FROM person WHERE id = $1 AND phone IS NULL AND phone_index IS NULL`, before.PersonID); n != 1 {
			t.Error("the registry keeps the number")
		}
		if n := c.Count(`SELECT count(*) FROM person_skill WHERE person_id = $1`, before.PersonID); n != 0 {
			t.Error("skills are kept")
		}
		c.OK(c.Reports.End(ctx, c.Actor("村干部1"), volunteer.Step{ID: stays.ID, Version: 2}))
		if n := c.Count(`SELECT count(*) FROM person WHERE id = $1 AND phone IS NOT NULL`, inTeam.PersonID); n != 1 {
			t.Error("who is in a team can't be reached any more")
		}
	})
}

func TestALeadWhoLeavesStaysALead(t *testing.T) {
	each(t, func(c *volunteertest.City) {
		ctx, lead := c.Context(), c.Actor("邻长1")
		c.OK(c.Reports.SetSkills(ctx, lead, "s", []volunteer.Skill{volunteer.Cooking}))
		report := c.Report("邻长1", "129"+fmt.Sprintf("%08d", 4)) // of the lead's own number
		r, err := c.Reports.Report(ctx, auth.Actor{}, report)
		c.OK(err)
		c.OK(c.Reports.Confirm(ctx, c.Actor("村干部1"), volunteer.Step{ID: r.ID, Version: 1}))
		v, err := c.Reports.ByKey(ctx, r.ID, r.Key)
		if err != nil || v.PersonID != lead.PersonID {
			t.Fatalf("%+v, %v", v, err)
		}
		skilled, err := c.Reports.Skilled(ctx, []string{"truck"})
		if err != nil || len(skilled) != 1 || skilled[0].UnitID != c.Cells[0] {
			t.Errorf("counts where the post is: %+v, %v", skilled, err)
		}
		c.OK(c.Reports.Withdraw(ctx, r.ID, r.Key, ""))
		if n := c.Count(`SELECT count(*) FROM person WHERE id = $1 AND phone IS NOT NULL`, lead.PersonID); n != 1 {
			t.Error("the lead's number is gone")
		}
		if left, err := c.Reports.SkillsOf(ctx, lead); err != nil || !slices.Equal(left, []volunteer.Skill{volunteer.Cooking}) {
			t.Errorf("%v, %v", left, err)
		}
	})
}

func TestRefusedErasesAndSaysWhy(t *testing.T) {
	each(t, func(c *volunteertest.City) {
		ctx, village := c.Context(), c.Actor("村干部1")
		r := c.ReportIn("龙志愿", number)
		if err := c.Reports.Refuse(ctx, village, volunteer.Step{ID: r.ID, Version: 1, Reason: "disliked"}); errs.CodeOf(err) != "volunteer.no_reason" {
			t.Errorf("a reason of one's own: %v", err)
		}
		c.OK(c.Reports.Refuse(ctx, village, volunteer.Step{ID: r.ID, Version: 1, Reason: volunteer.NotHere}))
		v, err := c.Reports.ByKey(ctx, r.ID, r.Key)
		if err != nil || v.State != volunteer.Refused || v.Reason != volunteer.NotHere || v.Name != "" || v.HasPhone {
			t.Errorf("%+v, %v", v, err)
		}
		if err := c.Reports.Confirm(ctx, village, volunteer.Step{ID: r.ID, Version: 2}); errs.CodeOf(err) != "volunteer.refused_already" {
			t.Errorf("confirmed after: %v", err)
		}
	})
}

func TestOnlyTheKeyOpensOnesOwn(t *testing.T) {
	each(t, func(c *volunteertest.City) {
		ctx := c.Context()
		r, other := c.Confirmed("龙志愿", number), c.ReportIn("虎志愿", "12955550002")
		offer := volunteer.Offer{Skills: []volunteer.Skill{volunteer.Drone}, Pledge: "飞无人机看路", Hours: 8}
		for _, key := range []string{"", "wrong", other.Key} {
			for name, err := range map[string]error{
				"read":     second(c.Reports.ByKey(ctx, r.ID, key)),
				"change":   c.Reports.Change(ctx, r.ID, key, volunteer.Change{Offer: offer, Version: 2}),
				"withdraw": c.Reports.Withdraw(ctx, r.ID, key, ""),
				"no such":  second(c.Reports.ByKey(ctx, "nothing", key)),
			} {
				if errs.CodeOf(err) != "volunteer.none" {
					t.Errorf("%s with %q: %v", name, key, err)
				}
			}
		}
		if err := c.Reports.Change(ctx, r.ID, r.Key, volunteer.Change{Offer: offer, Version: 1}); errs.KindOf(err) != errs.Stale {
			t.Errorf("changed unseen: %v", err)
		}
		c.OK(c.Reports.Change(ctx, r.ID, r.Key, volunteer.Change{Key: "k", Offer: offer, Version: 2}))
		c.OK(c.Reports.Change(ctx, r.ID, r.Key, volunteer.Change{Key: "k", Offer: offer, Version: 2}))
		v, err := c.Reports.ByKey(ctx, r.ID, strings.ToUpper(ticket.Spoken(r.Key)))
		if err != nil || v.Pledge != offer.Pledge || v.Hours != 8 || !slices.Equal(v.Skills, offer.Skills) {
			t.Errorf("%+v, %v", v, err)
		}
		for skill, want := range map[string]int{"drone": 1, "truck": 0} {
			if list, err := c.Reports.Skilled(ctx, []string{skill}); err != nil || len(list) != want {
				t.Errorf("%s: %v, %v", skill, list, err)
			}
		}
	})
}

func TestWhoDecides(t *testing.T) {
	each(t, func(c *volunteertest.City) {
		ctx := c.Context()
		r := c.ReportIn("龙志愿", number)
		step := volunteer.Step{ID: r.ID, Version: 1, Reason: volunteer.NotHere}
		for _, who := range []auth.Actor{c.Actor("村干部2"), c.Actor("邻长1"), c.Actor("市办"), c.Actor("指挥"), {}} {
			for name, err := range map[string]error{
				"confirm": c.Reports.Confirm(ctx, who, step), "refuse": c.Reports.Refuse(ctx, who, step), "end": c.Reports.End(ctx, who, step),
				"read its number": second(c.Reports.ReadPhone(ctx, who, r.ID, "核实")),
			} {
				if kind := errs.KindOf(err); kind != errs.Forbidden && kind != errs.Unauthenticated {
					t.Errorf("%s by %q: %v", name, who.Name, err)
				}
			}
		}
		for who, want := range map[string]int{"村干部1": 1, "村干部2": 0, "镇干部": 1, "市办": 1, "指挥": 1} {
			list, err := c.Reports.List(ctx, c.Actor(who), volunteer.Filter{State: volunteer.Pending}, nil, 10)
			if err != nil || len(list) != want {
				t.Errorf("%s lists %d, %v", who, len(list), err)
			}
			if len(list) == 1 && (who == "市办" || who == "指挥") && list[0].Name == "龙志愿" {
				t.Errorf("%s reads the name", who)
			}
			if _, err := c.Reports.Get(ctx, c.Actor(who), r.ID); (err == nil) != (want == 1) {
				t.Errorf("%s opens it: %v", who, err)
			}
		}
		for _, who := range []auth.Actor{c.Actor("邻长1"), {}} {
			if _, err := c.Reports.List(ctx, who, volunteer.Filter{State: volunteer.Pending}, nil, 10); err == nil {
				t.Errorf("%q lists", who.Name)
			}
		}
		phone, err := c.Reports.ReadPhone(ctx, c.Actor("镇干部"), r.ID, "核实住址")
		if err != nil || phone != number {
			t.Errorf("%q, %v", phone, err)
		}
		if n := c.Count(`SELECT count(*) FROM audit_pending WHERE action = 'volunteer.read_phone' AND purpose = '核实住址'`); n != 1 {
			t.Error("it isn't recorded")
		}
		c.OK(c.Reports.Confirm(ctx, c.Actor("村干部1"), step))
		v, err := c.Reports.ByKey(ctx, r.ID, r.Key)
		c.OK(err)
		c.OK(second(c.Net.ReadPhone(ctx, c.Actor("村干部1"), network.PhoneOfPerson, v.PersonID, "今晚集合")))
		reads, err := c.Reports.Reads(ctx, v)
		if err != nil || len(reads) != 2 || reads[0].Who+reads[0].Purpose+reads[1].Who != "村干部1今晚集合镇干部" && reads[1].Who+reads[1].Purpose+reads[0].Who != "村干部1今晚集合镇干部" {
			t.Errorf("%+v, %v", reads, err)
		}
		if _, err := c.Reports.ReadPhone(ctx, c.Actor("镇干部"), r.ID, " "); errs.KindOf(err) != errs.Invalid {
			t.Errorf("without a purpose: %v", err)
		}
	})
}

func TestAnOfficialEntersForSomebody(t *testing.T) {
	each(t, func(c *volunteertest.City) {
		report := c.Report("龙大爷", number)
		report.For = true
		r, err := c.Reports.Report(c.Context(), c.Actor("村干部1"), report)
		c.OK(err)
		v, err := c.Reports.ByKey(c.Context(), r.ID, r.Key)
		if err != nil || v.State != volunteer.Active || v.EnteredBy != "a-村干部1" || v.PersonID == "" {
			t.Errorf("%+v, %v", v, err)
		}
		for _, who := range []auth.Actor{c.Actor("村干部2"), c.Actor("邻长1"), {}} {
			report.Key = "k-" + who.Name
			if _, err := c.Reports.Report(c.Context(), who, report); err == nil {
				t.Errorf("%q enters somebody", who.Name)
			}
		}
		if got := c.Reports.MayEnter(c.Actor("镇干部")); len(got) != 2 {
			t.Errorf("the town enters in %d villages", len(got))
		}
	})
}

func TestWherePeopleLive(t *testing.T) {
	each(t, func(c *volunteertest.City) {
		for name, x := range map[string]struct {
			unit, door, code string
			lives, household string
		}{
			"a village":        {unit: c.Codes[1], lives: c.Villages[1]},
			"a cell":           {unit: c.Codes[0] + "010101", lives: c.Cells[0]},
			"a door":           {door: "aaaa-222233", lives: c.Cells[0], household: "h-1"},
			"a door of nobody": {door: "ZZZZ999999", code: "volunteer.no_door"},
			"a town":           {unit: "430182001000", code: "volunteer.no_unit"},
			"nowhere":          {unit: "x", code: "volunteer.no_unit"},
			"not said":         {code: "volunteer.no_unit"},
		} {
			report := c.Report("龙志愿", number)
			report.Key, report.UnitCode, report.DoorCode = "k-"+name, x.unit, x.door
			r, err := c.Reports.Report(c.Context(), auth.Actor{}, report)
			if x.code != "" {
				if errs.CodeOf(err) != x.code {
					t.Errorf("%s: %v", name, err)
				}
				continue
			}
			c.OK(err)
			v, err := c.Reports.ByKey(c.Context(), r.ID, r.Key)
			if err != nil || v.UnitID != x.lives || v.HouseholdID != x.household {
				t.Errorf("%s: %+v, %v", name, v, err)
			}
		}
	})
}

func TestSkillsAreCounted(t *testing.T) {
	each(t, func(c *volunteertest.City) {
		ctx := c.Context()
		c.Confirmed("龙志愿", number)
		c.OK(c.Reports.SetSkills(ctx, c.Actor("邻长1"), "a", []volunteer.Skill{volunteer.Truck}))
		c.OK(c.Reports.SetSkills(ctx, c.Actor("邻长2"), "a", []volunteer.Skill{volunteer.Truck, volunteer.Boat}))
		c.OK(c.Reports.SetSkills(ctx, c.Actor("市办"), "a", []volunteer.Skill{volunteer.Sign}))
		c.OK(c.Reports.FillSkills(ctx, auth.System("demo"), []volunteer.Able{{PersonID: "x", UnitID: c.Villages[1], Skills: []volunteer.Skill{volunteer.Boat}},
			{PersonID: "y", UnitID: "gone", Skills: []volunteer.Skill{volunteer.Boat}}}))
		for name, x := range map[string]struct {
			units []string
			want  map[volunteer.Skill]int
		}{
			"the city":     {nil, map[volunteer.Skill]int{"truck": 3, "boat": 2, "first_aid": 1, "sign": 1}},
			"a village":    {c.Villages[:1], map[volunteer.Skill]int{"truck": 2, "first_aid": 1}},
			"both":         {[]string{c.Villages[0], c.Villages[1], c.Cells[1]}, map[volunteer.Skill]int{"truck": 3, "boat": 2, "first_aid": 1}},
			"nowhere":      {[]string{"nowhere"}, map[volunteer.Skill]int{}},
			"a single one": {[]string{c.Cells[1]}, map[volunteer.Skill]int{"truck": 1, "boat": 1}},
		} {
			got, err := c.Reports.Count(ctx, x.units)
			if err != nil || fmt.Sprint(got) != fmt.Sprint(x.want) {
				t.Errorf("%s: %v, want %v, %v", name, got, x.want, err)
			}
		}
		if none, err := c.Reports.Skilled(ctx, nil); err != nil || len(none) != 0 {
			t.Errorf("without a skill: %v, %v", none, err)
		}
		if list, err := c.Reports.Skilled(ctx, []string{"boat", "truck"}); err != nil || len(list) != 4 {
			t.Errorf("%v, %v", list, err)
		}
		c.OK(c.Reports.SetSkills(ctx, c.Actor("邻长2"), "b", nil))
		if list, err := c.Reports.Skilled(ctx, []string{"boat", "truck"}); err != nil || len(list) != 3 {
			t.Errorf("after they took it back: %v, %v", list, err)
		}
		if err := c.Reports.SetSkills(ctx, auth.Actor{AccountID: "admin"}, "c", nil); errs.KindOf(err) != errs.Forbidden {
			t.Errorf("an account of nobody: %v", err)
		}
		if err := c.Reports.SetSkills(ctx, c.Actor("邻长1"), "d", []volunteer.Skill{"magic"}); errs.KindOf(err) != errs.Invalid {
			t.Errorf("magic: %v", err)
		}
	})
}

func TestListsAreFilteredAndPaged(t *testing.T) {
	each(t, func(c *volunteertest.City) {
		var past []volunteer.Past
		for i := range 45 {
			p := volunteer.Past{Report: c.Report(fmt.Sprintf("人%02d", i), fmt.Sprintf("129%08d", 9000+i)), State: volunteer.Active, PersonID: fmt.Sprintf("n-%d", i), ReportedAt: c.Clock.AddDate(0, 0, -i)}
			p.UnitCode, p.Kind = c.Codes[i%2], volunteer.Kinds()[i%3]
			switch {
			case i%9 == 0:
				p.State = volunteer.Pending
			case i%9 == 1:
				p.State = volunteer.Left
			case i%9 == 2:
				p.State, p.Reason = volunteer.Refused, volunteer.Duplicate
			case i%9 == 3:
				p.Skills = []volunteer.Skill{volunteer.Boat}
			}
			past = append(past, p)
		}
		c.OK(c.Reports.Fill(c.Context(), auth.System("demo"), past))
		if err := c.Reports.Fill(c.Context(), c.Actor("村干部1"), past); errs.KindOf(err) != errs.Forbidden {
			t.Errorf("filled by an official: %v", err)
		}
		n, err := c.Reports.Tally(c.Context(), c.Actor("镇干部"), "")
		if err != nil || n[volunteer.Pending] != 5 || n[volunteer.Active] != 30 || len(n) != 2 {
			t.Errorf("%v, %v", n, err)
		}
		seen := map[string]bool{}
		var after []string
		for range 10 {
			list, err := c.Reports.List(c.Context(), c.Actor("镇干部"), volunteer.Filter{State: volunteer.Active}, after, 7)
			c.OK(err)
			for _, v := range list {
				seen[v.ID] = true
			}
			if len(list) == 0 {
				break
			}
			after = list[len(list)-1].Cursor()
		}
		if len(seen) != 30 {
			t.Errorf("%d in pages", len(seen))
		}
		for name, x := range map[string]struct {
			f volunteer.Filter
			n int
		}{
			"one village":   {volunteer.Filter{State: volunteer.Active, UnitID: c.Villages[0]}, 15},
			"a kind":        {volunteer.Filter{State: volunteer.Active, Kind: volunteer.Party}, 10},
			"a skill":       {volunteer.Filter{State: volunteer.Active, Skill: volunteer.Boat}, 5},
			"elsewhere":     {volunteer.Filter{State: volunteer.Active, UnitID: "nowhere"}, 0},
			"a name":        {volunteer.Filter{State: volunteer.Active, Name: " 人0"}, 6},
			"no such name":  {volunteer.Filter{State: volunteer.Active, Name: "%"}, 0},
			"those waiting": {volunteer.Filter{State: volunteer.Pending}, 5},
		} {
			list, err := c.Reports.List(c.Context(), c.Actor("镇干部"), x.f, nil, 100)
			if err != nil || len(list) != x.n {
				t.Errorf("%s: %d, want %d, %v", name, len(list), x.n, err)
			}
		}
		if list, err := c.Reports.List(c.Context(), c.Actor("村干部1"), volunteer.Filter{State: volunteer.Active, UnitID: c.Villages[1]}, nil, 9); err != nil || len(list) != 0 {
			t.Errorf("a village lists another: %d, %v", len(list), err)
		}
		if list, err := c.Reports.List(c.Context(), c.Actor("指挥"), volunteer.Filter{State: volunteer.Active, Name: "人0"}, nil, 9); err != nil || len(list) != 0 {
			t.Errorf("who reads no names finds %d by one, %v", len(list), err)
		}
		people, err := c.Reports.Named(c.Context(), c.DB.Reader(), c.Villages[:1], "人0", 100)
		if err != nil || len(people) != 3 {
			t.Errorf("%v, %v", people, err)
		}
		if all, err := c.Reports.Named(c.Context(), c.DB.Reader(), nil, "人", 100); err != nil || len(all) != 30 {
			t.Errorf("%d, %v", len(all), err)
		}
	})
}
