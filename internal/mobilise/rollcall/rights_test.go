package rollcall_test

import (
	"slices"
	"testing"

	"bilin/internal/auth"
	"bilin/internal/mobilise/rollcall"
	"bilin/internal/mobilise/rollcall/rollcalltest"
	"bilin/internal/sqldb"
	"bilin/internal/sqldbtest"
)

// Role × act × place. Every role stands once over the first village (its own
// cell, group, town or the city, as such a post does), and once beside it.
func TestWhoMayDoWhat(t *testing.T) {
	c := rollcalltest.New(t, sqldbtest.Open(t, sqldb.SQLite))
	id := c.Opened(c.Root, false)
	_, err := c.Report(t.Context(), c.Lead(0), c.Say(id, 0, 0, rollcall.Help, rollcall.Medical, 0))
	c.OK(err)
	home := c.Homes[0][0]
	version := 1
	acts := map[string]func(who auth.Actor) error{
		"see the board": func(who auth.Actor) error { _, err := c.Board(t.Context(), who, id, c.Groups[0]); return err },
		"see a cell":    func(who auth.Actor) error { _, err := c.Cell(t.Context(), who, id, c.Cells[0]); return err },
		"print sheets":  func(who auth.Actor) error { _, _, err := c.Paper(t.Context(), who, id, c.Groups[0]); return err },
		"see who needs help": func(who auth.Actor) error {
			list, err := c.Help(t.Context(), who, id, false, "")
			if err == nil && len(list.Doors) == 0 {
				err = auth.Denied(who)
			}
			return err
		},
		"report": func(who auth.Actor) error {
			say := c.Say(id, 0, 1, rollcall.Safe, "", 0)
			say.Way = rollcall.Phone
			_, err := c.Report(t.Context(), who, say)
			return err
		},
		"say that help is under way": func(who auth.Actor) error {
			aid := rollcall.UnderWay
			if version%2 == 0 {
				aid = rollcall.NoAid
			}
			err := c.Assist(t.Context(), who, rollcall.Assist{CallID: id, HouseholdID: home, Aid: aid, Version: version})
			if err == nil {
				version++
			}
			return err
		},
		"open a number": func(who auth.Actor) error { _, err := c.Phone(t.Context(), who, id, home); return err },
		"open one": func(who auth.Actor) error {
			_, err := c.Check(t.Context(), who, rollcall.Start{UnitID: c.Villages[0], Reason: "演练", Drill: true})
			return err
		},
	}
	lead := []string{"see a cell", "report", "open a number"}
	guide := append([]string{"see the board", "print sheets", "see who needs help"}, lead...)
	aide := append([]string{"say that help is under way"}, guide...)
	chief := append([]string{"open one"}, aide...)
	for role, want := range map[auth.Role]struct {
		at, beside string
		may        []string
	}{
		auth.Lead:            {c.Cells[0], c.Cells[1], lead},
		auth.GroupLead:       {c.Groups[0], c.Groups[1], guide},
		auth.AreaLead:        {c.Villages[0], c.Villages[1], guide},
		auth.LinkedOfficial:  {c.Groups[0], c.Groups[1], aide},
		auth.VillageOfficial: {c.Villages[0], c.Villages[1], aide},
		auth.TownOfficial:    {c.Towns[0], c.Towns[1], chief},
		auth.CityOffice:      {c.Root, c.Towns[1], chief},
		auth.Command:         {c.Root, c.Towns[1], chief},
		auth.Department:      {c.Root, c.Root, nil},
		auth.Hotline:         {c.Root, c.Root, nil},
		auth.PrivacyOfficer:  {c.Root, c.Root, nil},
		auth.Auditor:         {c.Root, c.Root, nil},
		auth.Admin:           {c.Root, c.Root, nil},
	} {
		for name, act := range acts {
			if err := act(rollcalltest.Actor(role, want.at)); (err == nil) != slices.Contains(want.may, name) {
				t.Errorf("%s, %s: %v", role, name, err)
			}
			if act(rollcalltest.Actor(role, want.beside)) == nil {
				t.Errorf("%s of another place may %s", role, name)
			}
		}
	}
	for name, act := range acts {
		if act(auth.Actor{}) == nil {
			t.Errorf("anybody may %s", name)
		}
	}
}

// Somebody sees the roll-calls over, at and under their own place, and of those
// their own part.
func TestWhoSeesWhich(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		c := rollcalltest.New(t, db)
		town, village := c.Opened(c.Towns[0], false), c.Opened(c.Villages[0], true)
		other := c.Opened(c.Towns[1], false)
		for name, s := range map[string]struct {
			who  auth.Actor
			want []string
		}{
			"command": {c.Command(), []string{other, village, town}}, "the town": {rollcalltest.Actor(auth.TownOfficial, c.Towns[0]), []string{village, town}},
			"a village": {rollcalltest.Actor(auth.VillageOfficial, c.Villages[1]), []string{town}}, "a group": {rollcalltest.Actor(auth.GroupLead, c.Groups[0]), []string{village, town}},
			"another town": {rollcalltest.Actor(auth.TownOfficial, c.Towns[1]), []string{other}}, "a department": {rollcalltest.Actor(auth.Department, c.Root), nil},
			"a lead": {c.Lead(0), nil},
		} {
			list, more, err := c.Calls(t.Context(), s.who, nil)
			c.OK(err)
			var got []string
			for _, call := range list {
				got = append(got, call.ID)
			}
			slices.Sort(got)
			slices.Sort(s.want)
			if !slices.Equal(got, s.want) || more {
				t.Errorf("%s sees %d: %v", name, len(got), got)
			}
		}
		b, err := c.Board(t.Context(), rollcalltest.Actor(auth.VillageOfficial, c.Villages[1]), town, "")
		c.OK(err)
		if b.Unit.ID != c.Villages[1] || b.Expected != 12 || b.Unled != 6 || len(b.Parts) != 2 {
			t.Errorf("%+v", b)
		}
		if b, err = c.Board(t.Context(), c.Command(), town, ""); err != nil || b.Expected != 24 || len(b.Parts) != 2 || b.Parts[1].Unit.ID != c.Villages[1] {
			t.Errorf("%+v, %v", b, err)
		}
	})
}
