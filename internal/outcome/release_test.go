package outcome_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"bilin/internal/auth"
	"bilin/internal/errs"
	"bilin/internal/outcome"
	"bilin/internal/outcome/outcometest"
	"bilin/internal/sqldb"
	"bilin/internal/sqldbtest"
)

// filled is a small city with a year of two indicators and of residents' words.
func filled(t testing.TB, db *sqldb.DB) *outcometest.City {
	c := small(t, db)
	for p := q3 - 3; p <= q3; p++ {
		c.Take("fires", p, func(v int) (int, int) { return (v*5 + int(p)) % 4, 1500 + 100*v })
		c.Take("rivers", p, func(v int) (int, int) { return 2 + v%3, 20 + v })
		residents(c, p)
	}
	return c
}

func residents(c *outcometest.City, p outcome.Period) {
	var list []outcome.ResidentFigure
	for i, id := range c.Villages {
		list = append(list, outcome.ResidentFigure{UnitID: id, Resolved: 30 + i, Confirmed: 25, Reopened: 2, Prompt: 20 - i})
	}
	c.OK(c.Svc.TakeResidents(c.Context(), p, list))
}

func TestTheWayToPublication(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		c := filled(t, db)
		ctx, cmd := t.Context(), outcome.Command{Period: q3}
		town, village := c.Actor(auth.TownOfficial, c.Towns[0]), c.Actor(auth.VillageOfficial, c.Villages[0])
		step := func(do func(outcome.Command) error) func(string, string) {
			return func(what, code string) { t.Helper(); refused(t, what, do(cmd), code) }
		}
		begin := func(cmd outcome.Command) error { _, err := c.Svc.Begin(ctx, c.Office, cmd); return err }
		open := func(cmd outcome.Command) error { _, err := c.Svc.OpenObjections(ctx, c.Office, cmd); return err }
		publish := func(cmd outcome.Command) error { _, err := c.Svc.Publish(ctx, c.Office, cmd); return err }

		step(open)("objections to nothing", "outcome.no_preview")
		step(publish)("publication of nothing", "outcome.no_release")
		refused(t, "a quarter that runs", begin(outcome.Command{Period: q3 + 1}), "outcome.not_over")
		c.OK(begin(cmd))
		step(publish)("publication of a preview", "outcome.no_objections_yet")
		if _, err := c.Svc.Lights(ctx, town, q3); errs.KindOf(err) != errs.NotFound {
			t.Errorf("a town sees a preview: %v", err)
		}
		object := outcome.Object{Period: q3, UnitID: c.Villages[0], Indicator: "fires", Text: "有一起在邻村"}
		_, err := c.Svc.Object(ctx, village, object)
		refused(t, "an objection too early", err, "outcome.no_objection_now")
		c.OK(open(cmd))

		sees(t, c, town, c.Villages[:3], c.Villages[3:])
		sees(t, c, village, c.Villages[:1], c.Villages[1:])
		for _, who := range []auth.Actor{{}, c.Police, c.Actor(auth.Lead, c.Villages[0])} {
			if _, err := c.Svc.Lights(ctx, who, q3); errs.KindOf(err) != errs.NotFound {
				t.Errorf("%s sees what isn't published: %v", who.Name, err)
			}
		}
		if _, err := c.Svc.Object(ctx, c.Actor(auth.VillageOfficial, c.Villages[5]), object); errs.KindOf(err) != errs.Forbidden {
			t.Errorf("another village objects: %v", err)
		}
		object.Key = "k"
		id, err := c.Svc.Object(ctx, village, object)
		c.OK(err)
		if again, err := c.Svc.Object(ctx, village, object); err != nil || again != id {
			t.Errorf("sent again: %s, %v", again, err)
		}
		step(publish)("publication within the days", "outcome.objections_run")
		c.Now = c.Now.Add(outcome.ObjectionDays*24*time.Hour - time.Second)
		step(publish)("a second before", "outcome.objections_run")
		c.Now = c.Now.Add(time.Second)
		_, err = c.Svc.Object(ctx, village, outcome.Object{Period: q3, UnitID: c.Villages[0], Indicator: "rivers", Text: "晚了"})
		refused(t, "an objection too late", err, "outcome.no_objection_now")
		step(publish)("publication over an open objection", "outcome.objections_open")
		if err := c.Svc.Decide(ctx, town, outcome.Decide{ID: id, Answer: "不对"}); errs.KindOf(err) != errs.Forbidden {
			t.Errorf("a town answers: %v", err)
		}
		c.OK(c.Svc.Decide(ctx, c.Office, outcome.Decide{ID: id, Answer: "已核对"}))
		refused(t, "a second answer", c.Svc.Decide(ctx, c.Office, outcome.Decide{ID: id, Answer: "再说"}), "outcome.answered")
		refused(t, "an old version", publish(outcome.Command{Period: q3, Version: 1}), "outcome.changed_since")
		for _, who := range []auth.Actor{{}, town, c.Police, c.Actor(auth.Admin, c.Root)} {
			if _, err := c.Svc.Publish(ctx, who, cmd); err == nil {
				t.Errorf("%s publishes", who.Name)
			}
		}
		c.OK(publish(cmd))
		for what, again := range map[string]func(outcome.Command) error{"begun again": begin} {
			step(again)(what, "outcome.frozen")
		}
		sees(t, c, auth.Actor{}, c.Villages, nil)
		list, err := c.Svc.Objections(ctx, auth.Actor{}, q3)
		if err != nil || len(list) != 1 || list[0].Answer != "已核对" {
			t.Errorf("%+v, %v", list, err)
		}
	})
}

// sees checks whose lights somebody is shown.
func sees(t *testing.T, c *outcometest.City, who auth.Actor, shown, hidden []string) {
	t.Helper()
	v, err := c.Svc.Lights(t.Context(), who, q3)
	if err != nil {
		t.Errorf("%s: %v", who.Name, err)
		return
	}
	fires, _ := c.Svc.Catalog().ByCode("fires")
	for _, id := range shown {
		if cell, ok := v.Cell("fires", id); !ok || cell.Den == 0 {
			t.Errorf("%s doesn't see %s", who.Name, id)
		}
	}
	for _, id := range hidden {
		if _, ok := v.Cell("fires", id); ok || v.Sum(fires, []string{id}).Den != 0 {
			t.Errorf("%s sees %s", who.Name, id)
		}
	}
}

// Values that come after the preview don't change it; reckoned again, they do,
// and then those concerned have their days again.
func TestReckonedAgain(t *testing.T) {
	c := filled(t, sqldbtest.Open(t, sqldb.SQLite))
	cmd := outcome.Command{Period: q3}
	first, err := c.Svc.Begin(t.Context(), c.Office, cmd)
	c.OK(err)
	_, err = c.Svc.OpenObjections(t.Context(), c.Office, cmd)
	c.OK(err)
	before := cellOf(c, "rivers", 0)
	c.Take("rivers", q3, func(v int) (int, int) { return 14, 20 + v })
	if now := cellOf(c, "rivers", 0); now != before {
		t.Errorf("%+v became %+v by itself", before, now)
	}
	again, err := c.Svc.Begin(t.Context(), c.Office, cmd)
	if err != nil || again.State != outcome.Preview || !again.Until.IsZero() || again.AsOf <= first.AsOf {
		t.Errorf("%+v, %v", again, err)
	}
	if now := cellOf(c, "rivers", 0); now.Num <= before.Num {
		t.Errorf("%+v stays %+v", before, now)
	}
}

func cellOf(c *outcometest.City, indicator string, village int) outcome.Cell {
	c.Helper()
	v, err := c.Svc.Lights(c.Context(), c.Office, q3)
	c.OK(err)
	cell, _ := v.Cell(indicator, c.Villages[village])
	return cell
}

// What is published can be reckoned again, and whatever was altered is found.
func TestVerify(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		c := filled(t, db)
		_, err := c.Svc.Verify(t.Context(), q3)
		refused(t, "nothing is published", err, "outcome.no_release")
		_, err = c.Svc.Begin(t.Context(), c.Office, outcome.Command{Period: q3})
		c.OK(err)
		_, err = c.Svc.Verify(t.Context(), q3)
		refused(t, "a preview", err, "outcome.not_published")
		c.Publish(q3)
		verify := func() *outcome.Verified {
			t.Helper()
			reopened, err := outcome.Open(t.Context(), c.Options()) // nothing is remembered
			c.OK(err)
			v, err := reopened.Verify(t.Context(), q3)
			c.OK(err)
			return v
		}
		if v := verify(); !v.Identical() || v.Cells != 15*6 {
			t.Fatalf("%+v", v)
		}
		c.Take("fires", q3, func(v int) (int, int) { return 3, 1500 }) // what comes later changes nothing
		if v := verify(); !v.Identical() {
			t.Fatalf("after a correction: %+v", v)
		}
		for what, x := range alterations(c.Villages[2]) {
			alter(c, x.alter)
			if v := verify(); v.Identical() || !x.found(v) {
				t.Errorf("%s: %+v", what, v)
			}
			alter(c, x.back)
			if v := verify(); !v.Identical() {
				t.Fatalf("%s taken back: %+v", what, v)
			}
		}
		stranger := outcometest.New(t, sqldbtest.Open(t, sqldb.SQLite), outcometest.Make{})
		options := c.Options()
		options.Signer = stranger.Audit
		other, err := outcome.Open(t.Context(), options)
		c.OK(err)
		if v, err := other.Verify(t.Context(), q3); err != nil || v.Signed || v.Identical() {
			t.Errorf("another city's key: %+v, %v", v, err)
		}
	})
}

// alteration is something that somebody does to what is stored, and undoes.
type alteration struct {
	alter, back string
	found       func(*outcome.Verified) bool
}

// alterations are of a village's values and lights, and of their release.
func alterations(village string) map[string]alteration {
	return map[string]alteration{
		"one more, which may round to the same": {
			`UPDATE outcome_value SET num = num + 1 WHERE indicator_id = 'fires' AND version = 1 AND period = 8105 AND unit_id = '` + village + `'`,
			`UPDATE outcome_value SET num = num - 1 WHERE indicator_id = 'fires' AND version = 1 AND period = 8105 AND unit_id = '` + village + `'`,
			func(v *outcome.Verified) bool { return strings.Join(v.Altered, " ") == "fires" && v.Stored && v.Signed }},
		"a value": {
			`UPDATE outcome_value SET num = num + 9 WHERE indicator_id = 'rivers' AND version = 1 AND period = 8106 AND unit_id = '` + village + `'`,
			`UPDATE outcome_value SET num = num - 9 WHERE indicator_id = 'rivers' AND version = 1 AND period = 8106 AND unit_id = '` + village + `'`,
			func(v *outcome.Verified) bool {
				return strings.Join(v.Altered, " ") == "rivers" && differs(v, "rivers", village)
			}},
		"a turn": {
			`UPDATE outcome_value SET turns = 8 - turns WHERE indicator_id = 'rivers' AND version = 1 AND period = 8106`,
			`UPDATE outcome_value SET turns = 8 - turns WHERE indicator_id = 'rivers' AND version = 1 AND period = 8106`,
			func(v *outcome.Verified) bool { return strings.Join(v.Altered, " ") == "rivers" }},
		"a cell": {
			`UPDATE outcome_cell SET cell = replace(cell, '"green"', '"red"') WHERE unit_id = '` + village + `'`,
			`UPDATE outcome_cell SET cell = replace(cell, '"red"', '"green"') WHERE unit_id = '` + village + `'`,
			func(v *outcome.Verified) bool {
				return !v.Stored && v.Signed && len(v.Altered) == 0 && len(v.Differ) > 0
			}},
		"cells that are gone": {
			`UPDATE outcome_cell SET period = 1 WHERE unit_id = '` + village + `'`, `UPDATE outcome_cell SET period = 8106 WHERE period = 1`,
			func(v *outcome.Verified) bool { return !v.Stored && len(v.Differ) == 15 && v.Differ[0].Published == "" }},
		"a cell too many": {
			`INSERT INTO outcome_cell (period, unit_id, indicator_id, cell) VALUES (8106, 'nowhere', 'fires', '{}')`, `DELETE FROM outcome_cell WHERE unit_id = 'nowhere'`,
			func(v *outcome.Verified) bool { return !v.Stored && len(v.Differ) == 1 && v.Differ[0].Now == "" }},
		"another threshold": {
			`UPDATE outcome_release SET settings = replace(settings, '"RedFDR":0.05', '"RedFDR":0.06')`, `UPDATE outcome_release SET settings = replace(settings, '"RedFDR":0.06', '"RedFDR":0.05')`,
			func(v *outcome.Verified) bool { return !v.Signed }},
		"who published it": {
			`UPDATE outcome_release SET published_by = published_by || 'x', published_at = published_at + 1`, `UPDATE outcome_release SET published_by = substr(published_by, 1, length(published_by) - 1), published_at = published_at - 1`,
			func(v *outcome.Verified) bool {
				return strings.Join(v.Record, " ") == "published" && v.Signed && v.Stored
			}},
		"where values came from": {
			`UPDATE outcome_batch SET name = name || 'x'`, `UPDATE outcome_batch SET name = substr(name, 1, length(name) - 1)`,
			func(v *outcome.Verified) bool {
				return strings.Join(v.Record, " ") == "deliveries" && v.Signed && len(v.Altered) == 0
			}},
		"another signature": {
			`UPDATE outcome_release SET signature = signature || 'x'`, `UPDATE outcome_release SET signature = substr(signature, 1, length(signature) - 1)`,
			func(v *outcome.Verified) bool { return !v.Signed && v.Stored && len(v.Differ) == 0 }},
	}
}

func alter(c *outcometest.City, statement string) {
	c.Helper()
	c.OK(c.DB.Write(c.Context(), func(tx *sqldb.Tx) error {
		res, err := tx.ExecContext(c.Context(), statement)
		if err != nil {
			return err
		}
		if n, err := res.RowsAffected(); err != nil || n == 0 {
			return errors.Join(err, errors.New("nothing was altered by "+statement))
		}
		return nil
	}))
}

func differs(v *outcome.Verified, indicator, unit string) bool {
	for _, d := range v.Differ {
		if d.IndicatorID == indicator && d.UnitID == unit && d.Published != d.Now {
			return true
		}
	}
	return false
}

// A corrected value changes nothing that is published; old and new stand side by side.
func TestCorrectionsStandBeside(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		c := filled(t, db)
		_, err := c.Svc.Corrections(t.Context(), q3)
		refused(t, "nothing is published", err, "outcome.no_release")
		c.Publish(q3)
		before, err := c.Svc.Lights(t.Context(), auth.Actor{}, q3)
		c.OK(err)
		if list, err := c.Svc.Corrections(t.Context(), q3); err != nil || len(list) != 0 {
			t.Errorf("%+v, %v", list, err)
		}
		c.Take("rivers", q3-1, func(v int) (int, int) {
			if v == 4 {
				return 15, 24
			}
			return 2 + v%3, 20 + v
		})
		list, err := c.Svc.Corrections(t.Context(), q3)
		if err != nil || len(list) == 0 {
			t.Fatalf("%+v, %v", list, err)
		}
		seen := false
		for _, x := range list {
			if x.Published.UnitID != x.Now.UnitID || x.Published.IndicatorID != "rivers" || x.Now.IndicatorID != "rivers" {
				t.Errorf("%+v", x)
			}
			published, _ := before.Cell("rivers", x.Published.UnitID)
			seen = seen || x.Now.UnitID == c.Villages[4] && x.Now.Num > x.Published.Num && x.Published == published
		}
		if !seen {
			t.Errorf("%+v", list)
		}
		reopened, err := outcome.Open(t.Context(), c.Options())
		c.OK(err)
		after, err := reopened.Lights(t.Context(), auth.Actor{}, q3)
		c.OK(err)
		if text(t, before.Cells) != text(t, after.Cells) {
			t.Error("what is published changed")
		}
	})
}

func text(t *testing.T, v any) string {
	t.Helper()
	raw, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}
