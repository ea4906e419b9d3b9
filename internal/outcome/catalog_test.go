package outcome_test

import (
	"slices"
	"testing"

	"bilin/internal/auth"
	"bilin/internal/errs"
	"bilin/internal/outcome"
	"bilin/internal/outcome/outcometest"
	"bilin/internal/sqldb"
	"bilin/internal/sqldbtest"
)

func small(t testing.TB, db *sqldb.DB) *outcometest.City {
	t.Helper()
	return outcometest.New(t, db, outcometest.Make{Towns: 2, Villages: 3})
}

// refused checks that an error has a code, or names it at a field.
func refused(t *testing.T, what string, err error, code string) {
	t.Helper()
	e := errs.As(err)
	if err == nil || e.Code != code && !slices.ContainsFunc(e.Fields, func(f errs.Field) bool { return f.Code == code }) {
		t.Errorf("%s: %v, want %s", what, err, code)
	}
}

// What a city begins with holds to the rules that its own changes have to hold to.
func TestTheBuiltInIndicators(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		c := small(t, db)
		judged, context := 0, 0
		for _, x := range c.Svc.Catalog().All() {
			if x.Judged() {
				judged++
			} else if x.Context && x.Weight == 0 {
				context++
			}
			if id, err := c.Svc.Put(t.Context(), c.Office, outcome.Put{Indicator: x, Version: x.Version}); err != nil || id != x.ID {
				t.Errorf("%s: %v", x.Code, err)
			}
		}
		if judged != 15 || context != 3 {
			t.Errorf("%d judged, %d for context", judged, context)
		}
		again, err := outcome.Open(t.Context(), c.Options())
		if err != nil || len(again.Catalog().All()) != 18 {
			t.Errorf("opened again: %d, %v", len(again.Catalog().All()), err)
		}
	})
}

func TestIndicatorsAreChangedByTheOffice(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		c := small(t, db)
		x, _ := c.Svc.Catalog().ByCode("fires")
		x.Weight = 3
		put := outcome.Put{Key: "k", Indicator: x, Version: x.Version}
		for range 2 { // the second time is a repeat
			if _, err := c.Svc.Put(t.Context(), c.Office, put); err != nil {
				t.Fatal(err)
			}
		}
		now, _ := c.Svc.Catalog().ByCode("fires")
		if now.Weight != 3 || now.Version != x.Version+1 {
			t.Errorf("%+v", now)
		}
		_, err := c.Svc.Put(t.Context(), c.Office, outcome.Put{Indicator: x, Version: x.Version})
		refused(t, "an old version", err, "outcome.changed_since")
		other := now
		other.Measure = outcome.Share
		other.Per = 100
		_, err = c.Svc.Put(t.Context(), c.Office, outcome.Put{Indicator: other})
		refused(t, "another figure", err, "outcome.another_figure")
		second, _ := c.Svc.Catalog().ByCode("confirmed")
		second.ID, second.Code = "", "confirmed-again"
		_, err = c.Svc.Put(t.Context(), c.Office, outcome.Put{Indicator: second})
		refused(t, "residents' words a second time", err, "outcome.one_of_its_kind")
		for _, who := range []auth.Actor{{}, c.Police, c.Actor(auth.TownOfficial, c.Towns[0]), c.Actor(auth.Admin, c.Root)} {
			if _, err := c.Svc.Put(t.Context(), who, put); errs.KindOf(err) != errs.Forbidden && errs.KindOf(err) != errs.Unauthenticated {
				t.Errorf("%s changes the catalogue: %v", who.Name, err)
			}
		}
	})
}

// How often people speak up can't be judged, under whatever name.
func TestSpeakingUpIsNeverJudged(t *testing.T) {
	c := small(t, sqldbtest.Open(t, sqldb.SQLite))
	for _, code := range []string{"complaints", "hotline-calls", "petitions"} {
		x, _ := c.Svc.Catalog().ByCode(code)
		x.Weight = 1
		_, err := c.Svc.Put(t.Context(), c.Office, outcome.Put{Indicator: x})
		refused(t, code+" with a weight", err, "outcome.context_weight")
		x.Context = false
		_, err = c.Svc.Put(t.Context(), c.Office, outcome.Put{Indicator: x})
		refused(t, code+" judged", err, "outcome.never_judged")
		x.Name, x.NameEN, x.Numerator, x.NumEN = "声音", "Voices", "件", "items"
		_, err = c.Svc.Put(t.Context(), c.Office, outcome.Put{Indicator: x})
		refused(t, code+" under another name", err, "outcome.context_stays")
	}
	for _, name := range []string{"公告数", "入户率", "微信群活跃度", "照片上传数", "Notices posted"} {
		_, err := c.Svc.Put(t.Context(), c.Office, outcome.Put{Indicator: fresh(name)})
		refused(t, name, err, "outcome.no_activity")
	}
	told := fresh("联系密度")
	told.Definition = "村干部每月上门次数"
	_, err := c.Svc.Put(t.Context(), c.Office, outcome.Put{Indicator: told})
	refused(t, "an activity in the definition", err, "outcome.no_activity")
	for _, name := range []string{"越级上访人次", "网民举报", "12345 工单", "Complaints again", "Phone calls", "诉求量", "群众来信", "投 诉 量", "ＨＯＴＬＩＮＥ use", "Grievances"} {
		_, err := c.Svc.Put(t.Context(), c.Office, outcome.Put{Indicator: fresh(name)})
		refused(t, name, err, "outcome.never_judged")
	}
	if err := db(c).Write(t.Context(), func(tx *sqldb.Tx) error {
		_, err := tx.ExecContext(t.Context(), `UPDATE indicator SET weight = 5 WHERE code = 'complaints'`)
		return err
	}); err == nil {
		t.Error("the database lets complaints have a weight")
	}
}

func db(c *outcometest.City) *sqldb.DB { return c.DB }

// fresh is a feed of a name.
func fresh(name string) outcome.Indicator {
	return outcome.Indicator{Code: "fresh", Name: name, NameEN: name, Definition: "说明", DefEN: "What it is", Department: "GA", Source: outcome.Feed, Measure: outcome.Rate, Better: outcome.Lower,
		Numerator: "起", NumEN: "cases", Denominator: "常住人口", DenomEN: "residents", Per: 1000, Weight: 1, Window: 4}
}
