package purpose_test

import (
	"context"
	"testing"
	"time"

	"bilin/internal/audit"
	"bilin/internal/auth"
	"bilin/internal/errs"
	"bilin/internal/purpose"
	"bilin/internal/sqldb"
	"bilin/internal/sqldbtest"
)

// tree is a city of one village with two cells.
type tree map[string]string

var units = tree{"city": "", "village": "city", "cell": "village", "other": "village"}

func (t tree) RootID() string { return "city" }
func (t tree) Contains(root, unit string) bool {
	for u := unit; u != ""; u = t[u] {
		if u == root {
			return true
		}
	}
	return false
}

// visits are open work of one lead at one household.
type visits struct{ actor, household string }

func (v *visits) Kind() string { return "task" }
func (v *visits) OpenWork(_ context.Context, _ sqldb.Querier, a auth.Actor, s purpose.Subject) ([]purpose.Work, error) {
	if a.ID() != v.actor || s.HouseholdID != v.household {
		return nil, nil
	}
	return []purpose.Work{{Ground: purpose.Ground{Kind: "task", ID: "t1"}, Title: "送医保卡"}}, nil
}

type world struct {
	*purpose.Service
	testing.TB
	db   *sqldb.DB
	log  *audit.Log
	now  time.Time
	work *visits
}

func ok(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func newWorld(t *testing.T, db *sqldb.DB) *world {
	w := &world{TB: t, db: db, now: time.Date(2026, 12, 1, 2, 0, 0, 0, time.UTC), work: &visits{"lead", "h1"}}
	var err error
	w.log, err = audit.Open(db, audit.Options{Dir: t.TempDir(), Now: func() time.Time { return w.now }})
	ok(t, err)
	w.Service = purpose.New(purpose.Options{
		DB: db, Policy: auth.NewPolicy(units, purpose.Rules), Tree: units, Audit: w.log, Now: func() time.Time { return w.now },
		UnitOf: func(_ context.Context, _ sqldb.Querier, id string) (string, error) {
			if id == "h1" {
				return "cell", nil
			}
			return "other", nil
		},
	})
	w.Ask(w.work)
	return w
}

func someone(id string, role auth.Role, unit string) auth.Actor {
	return auth.Actor{AccountID: id, PersonID: "p-" + id, Name: id, Grants: []auth.Grant{{Role: role, UnitID: unit}}}
}

var (
	lead    = someone("lead", auth.Lead, "cell")
	officer = someone("officer", auth.PrivacyOfficer, "city")
	h1      = purpose.Subject{HouseholdID: "h1"}
	onTask  = purpose.Ground{Kind: "task", ID: "t1"}
)

func (w *world) open(a auth.Actor, s purpose.Subject, g purpose.Ground, what string) error {
	return w.db.Write(w.Context(), func(tx *sqldb.Tx) error { return w.Service.Open(w.Context(), tx, a, s, g, what) })
}

func (w *world) read() []purpose.Reading {
	list, _, err := w.Readings(w.Context(), "h1", "", 50)
	ok(w, err)
	return list
}

// audited counts the log's rows of reading about the household.
func (w *world) audited() int {
	page, err := w.log.Page(w.Context(), audit.Filter{Action: "purpose.read", ObjectID: "h1"}, "", 50)
	ok(w, err)
	return len(page.Records)
}

func TestOnlyOpenWorkOpens(t *testing.T) {
	t.Parallel()
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		w := newWorld(t, db)
		for name, c := range map[string]struct {
			who  auth.Actor
			of   purpose.Subject
			on   purpose.Ground
			what string
			want errs.Kind
		}{
			"somebody else's work":      {someone("lead2", auth.Lead, "cell"), h1, onTask, purpose.Phone, errs.Forbidden},
			"another household":         {lead, purpose.Subject{HouseholdID: "h2", UnitID: "cell"}, onTask, purpose.Phone, errs.Forbidden},
			"work that isn't there":     {lead, h1, purpose.Ground{Kind: "task", ID: "t2"}, purpose.Phone, errs.Forbidden},
			"a kind that isn't there":   {lead, h1, purpose.Ground{Kind: "curiosity", ID: "t1"}, purpose.Phone, errs.Forbidden},
			"no ground":                 {lead, h1, purpose.Ground{}, purpose.Phone, errs.Forbidden},
			"the system's, by somebody": {lead, h1, purpose.Ground{Kind: purpose.System, ID: "sms_code"}, purpose.Phone, errs.Forbidden},
			"a privacy officer":         {someone("lead", auth.PrivacyOfficer, "city"), h1, onTask, purpose.Phone, errs.Forbidden},
			"an administrator":          {someone("lead", auth.Admin, "city"), h1, onTask, purpose.Phone, errs.Forbidden},
			"an auditor":                {someone("lead", auth.Auditor, "city"), h1, onTask, purpose.Phone, errs.Forbidden},
			"nobody":                    {auth.Actor{}, h1, onTask, purpose.Phone, errs.Unauthenticated},
			"a thing that isn't there":  {lead, h1, onTask, "diary", errs.Internal},
			"glass that isn't there":    {lead, h1, purpose.Ground{Kind: purpose.Glass, ID: "g"}, purpose.Phone, errs.NotFound},
		} {
			if err := w.open(c.who, c.of, c.on, c.what); err == nil || errs.KindOf(err) != c.want {
				t.Errorf("%s: %v", name, err)
			}
		}
		if len(w.read()) != 0 || w.audited() != 0 {
			t.Error("a refusal left a reading")
		}
		ok(t, w.open(lead, h1, onTask, purpose.Phone))
		got := w.read()
		if len(got) != 1 || got[0].Title != "送医保卡" || got[0].Role != auth.Lead || got[0].ByUnitID != "cell" || got[0].Ground != onTask || got[0].What != purpose.Phone {
			t.Errorf("read: %+v", got)
		}
		if w.audited() != 1 {
			t.Error("no audit row")
		}
	})
}

func TestNothingIsOpenedThatRollsBack(t *testing.T) {
	t.Parallel()
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		w := newWorld(t, db)
		stop := errs.E(errs.Invalid, "purpose.missing")
		err := db.Write(t.Context(), func(tx *sqldb.Tx) error {
			ok(t, w.Service.Open(t.Context(), tx, lead, h1, onTask, purpose.Phone))
			return stop
		})
		if err == nil || len(w.read()) != 0 || w.audited() != 0 {
			t.Errorf("%v, %d readings, %d rows", err, len(w.read()), w.audited())
		}
	})
}

func TestBrokenGlass(t *testing.T) {
	t.Parallel()
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		w := newWorld(t, db)
		w.work.actor = "nobody"
		ask := purpose.BreakGlass{Key: "k", Subject: h1, Reason: purpose.Danger}
		g, err := w.BreakGlass(t.Context(), lead, ask)
		ok(t, err)
		if again, err := w.BreakGlass(t.Context(), lead, ask); err != nil || again != g {
			t.Errorf("pressed twice: %v, %v", again, err)
		}
		if works, err := w.Works(t.Context(), lead, h1); err != nil || len(works) != 1 || works[0].Ground != g {
			t.Errorf("works: %v, %v", works, err)
		}
		ok(t, w.open(lead, h1, g, purpose.Phone))
		if err := w.open(someone("lead2", auth.Lead, "cell"), h1, g, purpose.Phone); errs.KindOf(err) != errs.Forbidden {
			t.Errorf("somebody else's glass: %v", err)
		}
		if err := w.open(lead, purpose.Subject{HouseholdID: "h2"}, g, purpose.Phone); errs.KindOf(err) != errs.Forbidden {
			t.Errorf("another household's glass: %v", err)
		}
		w.now = w.now.Add(purpose.GlassGood)
		if err := w.open(lead, h1, g, purpose.Phone); errs.KindOf(err) != errs.Forbidden {
			t.Errorf("after its time: %v", err)
		}
		broken, err := w.BreaksOf(t.Context(), "h1")
		ok(t, err)
		if len(broken) != 1 || broken[0].Reads != 1 || broken[0].Reason != purpose.Danger || broken[0].UnitID != "cell" {
			t.Errorf("broken: %+v", broken)
		}
	})
}

// Nobody goes from door to door by breaking glass: what concerns so many is an
// order or a roll-call, which is a ground of its own.
func TestGlassHasARate(t *testing.T) {
	t.Parallel()
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		w := newWorld(t, db)
		smash := func(who auth.Actor) error {
			_, err := w.BreakGlass(t.Context(), who, purpose.BreakGlass{Subject: h1, Reason: purpose.Danger})
			return err
		}
		for range purpose.GlassAnHour {
			ok(t, smash(lead))
		}
		twin := someone("lead-2", auth.Lead, "cell")
		twin.PersonID = lead.PersonID
		for _, who := range []auth.Actor{lead, twin} {
			if err := smash(who); errs.KindOf(err) != errs.TooMany {
				t.Errorf("%s: %v", who.AccountID, err)
			}
		}
		ok(t, smash(someone("other", auth.Lead, "cell")))
		w.now = w.now.Add(time.Hour + time.Second)
		ok(t, smash(lead))
	})
}

func TestGlassIsRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t, sqldbtest.Open(t, sqldb.SQLite))
	for name, c := range map[string]struct {
		who  auth.Actor
		ask  purpose.BreakGlass
		code string
	}{
		"no reason":         {lead, purpose.BreakGlass{Subject: h1}, "purpose.pick_reason"},
		"another, unsaid":   {lead, purpose.BreakGlass{Subject: h1, Reason: purpose.Another}, "purpose.missing"},
		"another, curt":     {lead, purpose.BreakGlass{Subject: h1, Reason: purpose.Another, Words: "急"}, "purpose.too_short"},
		"of another cell":   {someone("x", auth.Lead, "other"), purpose.BreakGlass{Subject: purpose.Subject{HouseholdID: "h1", UnitID: "other"}, Reason: purpose.Danger}, "auth.forbidden"},
		"a privacy officer": {officer, purpose.BreakGlass{Subject: h1, Reason: purpose.Danger}, "auth.forbidden"},
		"an administrator":  {someone("x", auth.Admin, "city"), purpose.BreakGlass{Subject: h1, Reason: purpose.Danger}, "auth.forbidden"},
		"a department":      {someone("x", auth.Department, "city"), purpose.BreakGlass{Subject: h1, Reason: purpose.Danger}, "auth.forbidden"},
	} {
		if _, err := w.BreakGlass(t.Context(), c.who, c.ask); err == nil || errs.CodeOf(err) != c.code {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestReview(t *testing.T) {
	t.Parallel()
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		w := newWorld(t, db)
		reader := someone("both", auth.Lead, "cell")
		g, err := w.BreakGlass(t.Context(), reader, purpose.BreakGlass{Subject: h1, Reason: purpose.Another, Words: "老人没有应门"})
		ok(t, err)
		good := purpose.Review{Key: "r", ID: g.ID, Version: 1, Verdict: purpose.Justified}
		same := officer
		same.AccountID, same.PersonID = "second login", reader.PersonID
		for name, c := range map[string]struct {
			who  auth.Actor
			ask  purpose.Review
			code string
		}{
			"whoever read":        {someone("both", auth.PrivacyOfficer, "city"), good, "purpose.own_glass"},
			"on another login":    {same, good, "purpose.own_glass"},
			"a lead":              {lead, good, "auth.forbidden"},
			"the city office":     {someone("c", auth.CityOffice, "city"), good, "auth.forbidden"},
			"no verdict":          {officer, purpose.Review{ID: g.ID, Version: 1}, "purpose.pick_verdict"},
			"unjustified, unsaid": {officer, purpose.Review{ID: g.ID, Version: 1, Verdict: purpose.Unjustified}, "purpose.missing"},
			"an old page":         {officer, purpose.Review{ID: g.ID, Version: 9, Verdict: purpose.Justified}, "purpose.changed_since"},
		} {
			if err := w.Review(t.Context(), c.who, c.ask); err == nil || errs.CodeOf(err) != c.code {
				t.Errorf("%s: %v", name, err)
			}
		}
		w.overdue(g.ID)
		ok(t, w.Review(t.Context(), officer, good))
		ok(t, w.Review(t.Context(), officer, good)) // pressed twice
		if err := w.Review(t.Context(), officer, purpose.Review{ID: g.ID, Verdict: purpose.Unjustified, Note: "没有必要"}); errs.CodeOf(err) != "purpose.reviewed" {
			t.Errorf("reviewed twice: %v", err)
		}
		done, _, err := w.Reviewed(t.Context(), officer, "", 10)
		ok(t, err)
		if len(done) != 1 || done[0].Verdict != purpose.Justified || done[0].Reviewer != "officer" {
			t.Errorf("reviewed: %+v", done)
		}
	})
}

// overdue walks past the 72 hours and checks that the city office hears of it once.
func (w *world) overdue(id string) {
	ok(w, w.Tick(w.Context()))
	office := someone("c", auth.CityOffice, "city")
	if n, err := w.Waiting(w.Context(), office); err != nil || n != (purpose.Waiting{Open: 1}) {
		w.Errorf("before: %+v, %v", n, err)
	}
	w.now = w.now.Add(purpose.ReviewIn + time.Minute)
	ok(w, w.Tick(w.Context()))
	ok(w, w.Tick(w.Context()))
	if n, err := w.Waiting(w.Context(), office); err != nil || n != (purpose.Waiting{Open: 1, Overdue: 1}) {
		w.Errorf("after: %+v, %v", n, err)
	}
	page, err := w.log.Page(w.Context(), audit.Filter{Action: "purpose.overdue"}, "", 10)
	ok(w, err)
	if len(page.Records) != 1 || page.Records[0].ObjectID != id {
		w.Errorf("told: %+v", page.Records)
	}
}

func TestPagesOfReviewsAndReadings(t *testing.T) {
	t.Parallel()
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		w := newWorld(t, db)
		for range 5 {
			_, err := w.BreakGlass(t.Context(), lead, purpose.BreakGlass{Subject: h1, Reason: purpose.Asked})
			ok(t, err)
			ok(t, w.open(lead, h1, onTask, purpose.Contact))
			w.now = w.now.Add(time.Minute)
		}
		seen, cursor := map[string]bool{}, ""
		for range 3 {
			list, next, err := w.ToReview(t.Context(), officer, cursor, 2)
			ok(t, err)
			for _, b := range list {
				seen[b.ID] = true
			}
			cursor = next
		}
		readings, next, err := w.Readings(t.Context(), "h1", "", 3)
		ok(t, err)
		rest, end, err := w.Readings(t.Context(), "h1", next, 3)
		ok(t, err)
		if len(seen) != 5 || cursor != "" || len(readings) != 3 || len(rest) != 2 || end != "" || !readings[0].At.After(readings[1].At) {
			t.Errorf("%d reviews, %d and %d readings", len(seen), len(readings), len(rest))
		}
		if _, _, err := w.Readings(t.Context(), "h1", "x", 3); errs.KindOf(err) != errs.Invalid {
			t.Errorf("a wrong cursor: %v", err)
		}
	})
}

// After an erasure it still says who read, and when; not which work that was,
// which would lead back to what was parted from the household.
func TestErasedReadingsNameNoWork(t *testing.T) {
	t.Parallel()
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		w := newWorld(t, db)
		ok(t, w.open(lead, h1, onTask, purpose.Phone))
		ok(t, db.Write(t.Context(), func(tx *sqldb.Tx) error { return purpose.Erase(t.Context(), tx, "h1") }))
		if got := w.read(); len(got) != 1 || got[0].Title != "" || got[0].Ground != (purpose.Ground{Kind: "task"}) || got[0].Role != auth.Lead {
			t.Errorf("%+v", got)
		}
	})
}

func TestReadingsAreForgottenAfterThreeYears(t *testing.T) {
	t.Parallel()
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		w := newWorld(t, db)
		g, err := w.BreakGlass(t.Context(), lead, purpose.BreakGlass{Subject: h1, Reason: purpose.Another, Words: "老人没有应门"})
		ok(t, err)
		ok(t, w.open(lead, h1, g, purpose.Phone))
		ok(t, db.Write(t.Context(), func(tx *sqldb.Tx) error { return purpose.Erase(t.Context(), tx, "h1") }))
		if list, err := w.BreaksOf(t.Context(), "h1"); err != nil || len(list) != 1 || list[0].Words != "" {
			t.Errorf("after erasure: %+v, %v", list, err)
		}
		w.now = w.now.Add(purpose.Kept + time.Hour)
		ok(t, w.Tick(t.Context()))
		left, err := w.BreaksOf(t.Context(), "h1")
		ok(t, err)
		if len(w.read()) != 0 || len(left) != 1 {
			t.Errorf("%d readings, and the review that is open: %d", len(w.read()), len(left))
		}
		ok(t, w.Review(t.Context(), officer, purpose.Review{ID: g.ID, Verdict: purpose.Justified}))
		ok(t, w.Tick(t.Context()))
		if left, err = w.BreaksOf(t.Context(), "h1"); err != nil || len(left) != 0 {
			t.Errorf("%d reviews, %v", len(left), err)
		}
	})
}
