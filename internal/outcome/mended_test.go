package outcome_test

import (
	"testing"
	"time"

	"bilin/internal/auth"
	"bilin/internal/network"
	"bilin/internal/outcome"
	"bilin/internal/sqldb"
	"bilin/internal/sqldbtest"
)

// An objection is made to a light that is there, by one at a time, and one that
// was upheld is reckoned with before the quarter is published.
func TestObjectionsAreToLightsThatAreThere(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		c := filled(t, db)
		ctx, cmd := t.Context(), outcome.Command{Period: q3}
		open := func() {
			t.Helper()
			_, err := c.Svc.Begin(ctx, c.Office, cmd)
			c.OK(err)
			_, err = c.Svc.OpenObjections(ctx, c.Office, cmd)
			c.OK(err)
		}
		open()
		town, village := c.Actor(auth.TownOfficial, c.Towns[0]), c.Actor(auth.VillageOfficial, c.Villages[0])
		_, err := c.Svc.Object(ctx, town, outcome.Object{Period: q3, UnitID: c.Towns[0], Indicator: "fires", Text: "全镇的不对"})
		refused(t, "a town has no lights", err, "outcome.no_light")
		_, err = c.Svc.Object(ctx, village, outcome.Object{Period: q3, UnitID: c.Villages[0], Indicator: "complaints", Text: "不对"})
		refused(t, "complaints have no lights", err, "outcome.no_light")
		object := outcome.Object{Period: q3, UnitID: c.Villages[0], Indicator: "fires", Text: "有的在邻村"}
		id, err := c.Svc.Object(ctx, village, object)
		c.OK(err)
		_, err = c.Svc.Object(ctx, town, object)
		refused(t, "twice", err, "outcome.objected_already")
		c.Now = c.Now.Add(outcome.ObjectionDays*24*time.Hour + time.Minute)
		c.OK(c.Svc.Decide(ctx, c.Office, outcome.Decide{ID: id, Upheld: true, Answer: "情况属实"}))
		_, err = c.Svc.Publish(ctx, c.Office, cmd)
		refused(t, "upheld and not reckoned with", err, "outcome.not_reckoned")
		c.Now = c.Now.Add(time.Minute)
		open()
		c.Now = c.Now.Add(outcome.ObjectionDays*24*time.Hour + time.Minute)
		_, err = c.Svc.Publish(ctx, c.Office, cmd)
		c.OK(err)
	})
}

// A page on which a quarter wasn't begun yet begins none that is open to objections.
func TestAStalePageThrowsNothingBack(t *testing.T) {
	c := filled(t, sqldbtest.Open(t, sqldb.SQLite))
	ctx, fresh := t.Context(), outcome.Command{Period: q3, Version: outcome.Fresh}
	_, err := c.Svc.Begin(ctx, c.Office, fresh)
	c.OK(err)
	_, err = c.Svc.OpenObjections(ctx, c.Office, outcome.Command{Period: q3})
	c.OK(err)
	_, err = c.Svc.Begin(ctx, c.Office, fresh)
	refused(t, "begun from a stale page", err, "outcome.changed_since")
	if r, err := c.Svc.Release(ctx, q3); err != nil || r.State != outcome.Objection {
		t.Errorf("%+v, %v", r, err)
	}
}

// What was published of towns stays the same when a village goes to another.
func TestTownsAreThoseOfThen(t *testing.T) {
	c := filled(t, sqldbtest.Open(t, sqldb.SQLite))
	c.Publish(q3)
	before, err := c.Svc.TownsBy(t.Context(), auth.Actor{}, q3, "fires")
	c.OK(err)
	c.OK(c.Net.MoveUnit(t.Context(), auth.System("test"), network.MoveUnit{UnitID: c.Villages[0], ParentID: c.Towns[1], Code: "430182002099"}))
	c.OK(c.Net.Refresh(t.Context()))
	reopened, err := outcome.Open(t.Context(), c.Options())
	c.OK(err)
	after, err := reopened.TownsBy(t.Context(), auth.Actor{}, q3, "fires")
	c.OK(err)
	if text(t, before) != text(t, after) || len(before.Towns) != 2 || before.Towns[0].Villages != 3 {
		t.Errorf("%s\nbecame %s", text(t, before), text(t, after))
	}
	if list, err := c.Svc.Releases(t.Context()); err != nil || len(list) != 1 || list[0].Basis.Units != nil {
		t.Errorf("a list of releases brings their basis: %v", err)
	}
}

// What is said against a figure before publication reaches whoever can correct it.
func TestADepartmentHearsOfObjections(t *testing.T) {
	c := filled(t, sqldbtest.Open(t, sqldb.SQLite))
	ctx := t.Context()
	_, err := c.Svc.Begin(ctx, c.Office, outcome.Command{Period: q3})
	c.OK(err)
	_, err = c.Svc.OpenObjections(ctx, c.Office, outcome.Command{Period: q3})
	c.OK(err)
	village := c.Actor(auth.VillageOfficial, c.Villages[0])
	for _, text := range []string{"请找张三 13812345678", "身份证 430124199001011234", "打０７３１－８１８７６５４３", "138 1234 5678"} {
		_, err = c.Svc.Object(ctx, village, outcome.Object{Period: q3, UnitID: c.Villages[0], Indicator: "rivers", Text: text})
		refused(t, text, err, "outcome.no_numbers")
	}
	_, err = c.Svc.Object(ctx, village, outcome.Object{Period: q3, UnitID: c.Villages[0], Indicator: "rivers", Text: "2026年9月1日的检查在邻村"})
	c.OK(err)
	rivers, _ := c.Svc.Catalog().ByCode("rivers")
	if list, err := c.Svc.ObjectionsTo(ctx, c.Water, rivers); err != nil || len(list) != 1 {
		t.Errorf("%+v, %v", list, err)
	}
	if _, err := c.Svc.ObjectionsTo(ctx, c.Police, rivers); err == nil {
		t.Error("another department reads it")
	}
}

// Of few demands and of none everybody is shown the same: the prompt ones are
// counted over those confirmed, and "none" there would tell of the few.
func TestFewAndNobodyLookAlike(t *testing.T) {
	c := small(t, sqldbtest.Open(t, sqldb.SQLite))
	var list []outcome.ResidentFigure
	for i, id := range c.Villages {
		list = append(list, outcome.ResidentFigure{UnitID: id, Resolved: []int{0, 1, 5, 60, 60, 60}[i], Confirmed: []int{0, 0, 1, 50, 50, 50}[i], Prompt: []int{0, 0, 1, 40, 40, 40}[i]})
	}
	c.OK(c.Svc.TakeResidents(t.Context(), q3, list))
	c.Publish(q3)
	v, err := c.Svc.Lights(t.Context(), auth.Actor{}, q3)
	c.OK(err)
	for _, code := range []string{"confirmed", "reopened", "prompt"} {
		first, _ := v.Cell(code, c.Villages[0])
		for _, id := range c.Villages[:3] {
			cell, _ := v.Cell(code, id)
			cell.UnitID = first.UnitID
			if cell != first || !cell.Hidden {
				t.Errorf("%s: %+v beside %+v", code, cell, first)
			}
		}
	}
}
