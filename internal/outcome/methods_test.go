package outcome_test

import (
	"testing"
	"time"

	"bilin/internal/auth"
	"bilin/internal/errs"
	"bilin/internal/outcome"
	"bilin/internal/outcome/outcometest"
	"bilin/internal/sqldb"
	"bilin/internal/sqldbtest"
)

// A version of the method is put in force from a quarter on; what is published
// stays by the one that it was reckoned by.
func TestAMethodIsPutInForce(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		c := filled(t, db)
		ctx := t.Context()
		c.Publish(q3 - 1)
		put := outcome.PutInForce{Key: "k", From: q3, Version: "2", Why: "小村也看得更清"}
		for _, who := range []auth.Actor{{}, c.Police, c.Actor(auth.TownOfficial, c.Towns[0]), c.Actor(auth.Admin, c.Root)} {
			if _, err := c.Svc.PutInForce(ctx, who, put); errs.KindOf(err) != errs.Forbidden && errs.KindOf(err) != errs.Unauthenticated {
				t.Errorf("%s decides on the method: %v", who.Name, err)
			}
		}
		for code, change := range map[string]func(*outcome.PutInForce){
			"outcome.no_method":        func(p *outcome.PutInForce) { p.Version = "9" },
			"outcome.missing":          func(p *outcome.PutInForce) { p.Why = " " },
			"outcome.method_published": func(p *outcome.PutInForce) { p.From = q3 - 1 },
			"outcome.method_far":       func(p *outcome.PutInForce) { p.From = q3 + 40 },
			"outcome.method_already":   func(p *outcome.PutInForce) { p.Version = "1" },
			"outcome.changed_since":    func(p *outcome.PutInForce) { p.Last = "another" },
		} {
			p := put
			p.Key = code
			change(&p)
			_, err := c.Svc.PutInForce(ctx, c.Office, p)
			refused(t, code, err, code)
		}
		// It is in force for a quarter that is on its way, which is reckoned again first.
		cmd := outcome.Command{Period: q3}
		_, err := c.Svc.Begin(ctx, c.Office, cmd)
		c.OK(err)
		_, err = c.Svc.OpenObjections(ctx, c.Office, cmd)
		c.OK(err)
		id, err := c.Svc.PutInForce(ctx, c.Office, put)
		c.OK(err)
		if again, err := c.Svc.PutInForce(ctx, c.Office, put); err != nil || again != id {
			t.Errorf("sent again: %s, %v", again, err)
		}
		c.Now = c.Now.Add(outcome.ObjectionDays*24*time.Hour + time.Minute)
		_, err = c.Svc.Publish(ctx, c.Office, cmd)
		refused(t, "reckoned by the version before", err, "outcome.method_changed")
		if r := c.Publish(q3); r.Method != "2" {
			t.Errorf("reckoned by version %s", r.Method)
		}
		for p, want := range map[outcome.Period]string{q3 - 1: "1", q3: "2"} {
			v, err := c.Svc.Verify(ctx, p)
			if err != nil || !v.Identical() || v.Release.Method != want {
				t.Errorf("%s by version %s: %+v, %v", p, v.Release.Method, v, err)
			}
		}
		list, err := c.Svc.Decisions(ctx)
		if err != nil || len(list) != 1 || list[0].From != q3 || list[0].Why != put.Why || list[0].By != c.Office.Name {
			t.Errorf("%+v, %v", list, err)
		}
	})
}

func TestTheLastDecisionWhoseQuarterHasCome(t *testing.T) {
	list := []outcome.Decision{{From: q3 + 2, Version: "1"}, {From: q3, Version: "2"}} // the latest first
	for p, want := range map[outcome.Period]string{q3 - 1: "1", q3: "2", q3 + 1: "2", q3 + 2: "1", q3 + 9: "1"} {
		if got := outcome.InForce(list, p); got != want {
			t.Errorf("%s: version %s", p, got)
		}
	}
	if got := outcome.InForce([]outcome.Decision{{From: q3, Version: "1"}, {From: q3 + 2, Version: "2"}}, q3+3); got != "1" {
		t.Errorf("a later decision that begins earlier gives way: version %s", got)
	}
}

// A quarter by both versions: published ones for those who see previews, others
// for the city office.
func TestVersionsSideBySide(t *testing.T) {
	c := filled(t, sqldbtest.Open(t, sqldb.SQLite))
	ctx := t.Context()
	village := c.Actor(auth.VillageOfficial, c.Villages[0])
	_, err := c.Svc.Begin(ctx, c.Office, outcome.Command{Period: q3})
	c.OK(err)
	if _, err := c.Svc.SideBySide(ctx, c.Office, q3, "2"); err != nil {
		t.Errorf("the city office: %v", err)
	}
	if _, err := c.Svc.SideBySide(ctx, village, q3, "2"); err == nil {
		t.Error("a village compares what isn't published")
	}
	c.Publish(q3)
	if _, err := c.Svc.SideBySide(ctx, auth.Actor{}, q3, "2"); err == nil {
		t.Error("anybody compares")
	}
	sides, err := c.Svc.SideBySide(ctx, village, q3, "2")
	c.OK(err)
	for _, x := range sides.Basis.Indicators {
		if len(sides.Was[x.ID]) != len(c.Villages) || len(sides.Now[x.ID]) != len(c.Villages) {
			t.Fatalf("%s: %d and %d cells", x.Code, len(sides.Was[x.ID]), len(sides.Now[x.ID]))
		}
		for i, now := range sides.Now[x.ID] {
			if was := sides.Was[x.ID][i]; was.UnitID != now.UnitID || was.Num != now.Num || was.Den != now.Den || was.Light == outcome.Red && now.Light != outcome.Red {
				t.Errorf("%+v became %+v", was, now)
			}
		}
	}
	_, err = c.Svc.SideBySide(ctx, village, q3, "0")
	refused(t, "a version of the past", err, "outcome.other_method")
}

// By the second version nothing that is published of others tells of a place that
// rests on too few; by the first its count could be subtracted.
func TestHiddenPlacesTellNothing(t *testing.T) {
	cells := func(version string, hidden int) string {
		c := outcometest.New(t, sqldbtest.Open(t, sqldb.SQLite), outcometest.Make{Towns: 2, Villages: 6, Keys: keys(t)})
		c.Take("rivers", q3, func(v int) (int, int) {
			if v == 3 {
				return hidden, 8
			}
			return 4 + v%3, 60
		})
		c.Publish(q3)
		sides, err := c.Svc.SideBySide(t.Context(), c.Office, q3, version)
		c.OK(err)
		if cell := sides.Now["rivers"][3]; !cell.Hidden || cell.Num != 0 || cell.Den != 0 {
			t.Errorf("%+v", cell)
		}
		return text(t, sides.Now["rivers"])
	}
	if cells("2", 0) != cells("2", 8) {
		t.Error("what is hidden can be concluded")
	}
	if cells("1", 0) == cells("1", 8) {
		t.Error("the first version hid as much: it needs no other in this")
	}
}

var sameKeys string

// keys is one directory of keys, so that counts are rounded the same.
func keys(t *testing.T) string {
	if sameKeys == "" {
		sameKeys = t.TempDir()
	}
	return sameKeys
}
