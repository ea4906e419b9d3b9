package need_test

import (
	"testing"
	"time"

	"bilin/internal/audit"
	"bilin/internal/auth"
	"bilin/internal/care/need"
	"bilin/internal/errs"
	"bilin/internal/live"
	"bilin/internal/sqldb"
	"bilin/internal/sqldbtest"
)

type world struct {
	*need.Service
	testing.TB
	now time.Time
}

type oneUnit struct{}

func (oneUnit) Contains(root, unit string) bool { return root == unit }
func (oneUnit) RootID() string                  { return "city" }

func newWorld(t *testing.T, db *sqldb.DB) *world {
	log, err := audit.Open(db, audit.Options{Dir: t.TempDir()})
	ok(t, err)
	w := &world{TB: t, now: time.Date(2027, 3, 1, 2, 0, 0, 0, time.UTC)}
	w.Service, err = need.Open(t.Context(), need.Options{DB: db, Policy: auth.NewPolicy(oneUnit{}, need.Rules), Audit: log, Live: live.NewHub(db, nil), Now: func() time.Time { return w.now }})
	ok(t, err)
	return w
}

func ok(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func actor(id string, role auth.Role) auth.Actor {
	return auth.Actor{AccountID: id, Name: id, Grants: []auth.Grant{{Role: role, UnitID: "city"}}}
}

// fresh is a need that no catalogue has.
func fresh() need.Need {
	n := need.Default()[0]
	n.Code, n.Name, n.NameEN = "", "独自带两个以上幼儿", "Alone with two small children"
	n.Law, n.Benefit, n.Grounds = "《未成年人保护法》关于家庭支持的规定", "托育补助", []need.Ground{need.Childhood, need.Alone}
	return n
}

func (w *world) decide(who auth.Actor, id string, yes bool) error {
	cmd := need.Decide{Key: sqldb.NewID(), ID: id, Reason: "没有法律依据"}
	if yes {
		return w.Approve(w.Context(), who, cmd)
	}
	return w.Refuse(w.Context(), who, cmd)
}

func TestANewNeedTakesTwoApproversAndTenDays(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		w := newWorld(t, db)
		if n := len(w.Catalog().Used()); n != 16 {
			t.Fatalf("%d needs to begin with", n)
		}
		aid, office, privacy := actor("aid", auth.Department), actor("office", auth.CityOffice), actor("privacy", auth.PrivacyOfficer)
		id, err := w.Propose(t.Context(), aid, need.Propose{Key: "p", Need: fresh()})
		ok(t, err)
		if again, err := w.Propose(t.Context(), aid, need.Propose{Key: "p", Need: fresh()}); err != nil || again != id {
			t.Errorf("pressed twice: %s, %v", again, err)
		}
		ok(t, w.decide(office, id, true))
		if err := w.decide(office, id, true); errs.CodeOf(err) != "need.twice" {
			t.Errorf("approved twice: %v", err)
		}
		if err := w.decide(aid, id, true); errs.KindOf(err) != errs.Forbidden {
			t.Errorf("a department approves: %v", err)
		}
		if n, err := w.Waiting(t.Context(), privacy); err != nil || n != 1 {
			t.Errorf("%d wait, %v", n, err)
		}
		ok(t, w.decide(privacy, id, true))
		p, err := w.Proposal(t.Context(), auth.Actor{}, id) // everybody may read it
		if err != nil || p.State != need.Notice || p.NoticeTo != "2027-03-11" {
			t.Fatalf("%+v, %v", p, err)
		}
		w.now = time.Date(2027, 3, 11, 15, 0, 0, 0, time.UTC) // the last day of the notice, late in the evening
		ok(t, w.Tick(t.Context()))
		if n := len(w.Catalog().All()); n != 16 {
			t.Errorf("%d needs before the notice is over", n)
		}
		w.now = time.Date(2027, 3, 12, 2, 0, 0, 0, time.UTC)
		ok(t, w.Tick(t.Context()))
		ok(t, w.Tick(t.Context()))
		all := w.Catalog().All()
		if len(all) != 17 || all[16].Name != "独自带两个以上幼儿" || all[16].Off {
			t.Errorf("%d needs, the last %+v", len(all), all[len(all)-1])
		}
	})
}

func TestTheProposerIsNoApprover(t *testing.T) {
	w := newWorld(t, sqldbtest.Open(t, sqldb.SQLite))
	office := actor("office", auth.CityOffice)
	id, err := w.Propose(t.Context(), office, need.Propose{Key: "p", Need: fresh()})
	ok(t, err)
	if err := w.decide(office, id, true); errs.CodeOf(err) != "need.own" {
		t.Errorf("own: %v", err)
	}
	for _, role := range []auth.Role{auth.Lead, auth.VillageOfficial, auth.TownOfficial, auth.Department, auth.Admin, auth.Auditor} {
		if err := w.decide(actor("x", role), id, true); errs.KindOf(err) != errs.Forbidden {
			t.Errorf("%s approves: %v", role, err)
		}
		if role != auth.Department {
			if _, err := w.Propose(t.Context(), actor("x", role), need.Propose{Key: "q", Need: fresh()}); errs.KindOf(err) != errs.Forbidden {
				t.Errorf("%s proposes: %v", role, err)
			}
		}
	}
	ok(t, w.decide(actor("privacy", auth.PrivacyOfficer), id, false))
	if err := w.decide(actor("office2", auth.CityOffice), id, true); errs.CodeOf(err) != "need.not_now" {
		t.Errorf("approved after a no: %v", err)
	}
}

// One person with two accounts is one approver, and none for what they proposed.
func TestAccountsAreNotPeople(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		w := newWorld(t, db)
		of := func(account, person string, role auth.Role) auth.Actor {
			a := actor(account, role)
			a.PersonID = person
			return a
		}
		id, err := w.Propose(t.Context(), of("a1", "a", auth.CityOffice), need.Propose{Key: "k", Need: fresh()})
		ok(t, err)
		if err := w.decide(of("a2", "a", auth.CityOffice), id, true); errs.CodeOf(err) != "need.own" {
			t.Errorf("the proposer's other account: %v", err)
		}
		ok(t, w.decide(of("b1", "b", auth.CityOffice), id, true))
		if err := w.decide(of("b2", "b", auth.PrivacyOfficer), id, true); errs.CodeOf(err) != "need.twice" {
			t.Errorf("the first approver's other account: %v", err)
		}
		ok(t, w.decide(of("c1", "c", auth.PrivacyOfficer), id, true))
	})
}

// An edit takes the same way as a new need, and only whole.
func TestAnEditIsWholeAndTakesTheSameWay(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		w := newWorld(t, db)
		office := actor("office", auth.CityOffice)
		n, _ := w.Catalog().Need("flood")
		n.Law = ""
		if _, err := w.Propose(t.Context(), office, need.Propose{Key: "a", Need: n}); errs.CodeOf(err) != "need.check" {
			t.Errorf("without a law: %v", err)
		}
		n, _ = w.Catalog().Need("flood")
		n.LongDays = 91
		if _, err := w.Propose(t.Context(), office, need.Propose{Key: "b", Need: n}); errs.CodeOf(err) != "need.check" {
			t.Errorf("too long: %v", err)
		}
		n.LongDays, n.Obligation = 60, need.Obligation{EveryDays: 7, Who: need.ByLead, Do: need.Visit, Action: need.Move}
		if _, err := w.Propose(t.Context(), office, need.Propose{Key: "c", Need: n}); errs.CodeOf(err) != "need.check" {
			t.Errorf("owed what no other is: %v", err)
		}
		n, _ = w.Catalog().Need("flood")
		n.LongDays = 60
		id, err := w.Propose(t.Context(), office, need.Propose{Key: "d", Need: n})
		ok(t, err)
		if _, err := w.Propose(t.Context(), office, need.Propose{Key: "e", Need: n}); errs.CodeOf(err) != "need.open_already" {
			t.Errorf("proposed twice: %v", err)
		}
		ok(t, w.decide(actor("office2", auth.CityOffice), id, true))
		ok(t, w.decide(actor("privacy", auth.PrivacyOfficer), id, true))
		if now, _ := w.Catalog().Need("flood"); now.LongDays != 90 {
			t.Error("in force before its notice was over")
		}
		w.now = w.now.AddDate(0, 0, 11)
		ok(t, w.Tick(t.Context()))
		if now, _ := w.Catalog().Need("flood"); now.LongDays != 60 || len(w.Catalog().All()) != 16 {
			t.Errorf("%+v", now)
		}
	})
}

func TestTheCitySwitchesNeedsOff(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		w := newWorld(t, db)
		office := actor("office", auth.CityOffice)
		end := func(who auth.Actor, why string, version int) (string, error) {
			return w.ProposeEnd(t.Context(), who, need.End{Key: sqldb.NewID(), Code: "veteran", Why: why, Version: version})
		}
		for name, try := range map[string]struct {
			who     auth.Actor
			why     string
			version int
			code    string
		}{"no reason": {office, " ", 1, "need.check"}, "unseen": {office, "没有人再申请", 7, "need.stale"}, "a town": {actor("x", auth.TownOfficial), "没有人再申请", 1, "auth.forbidden"}} {
			if _, err := end(try.who, try.why, try.version); errs.CodeOf(err) != try.code {
				t.Errorf("%s: %v", name, err)
			}
		}
		id, err := end(office, "没有人再申请", 1)
		ok(t, err)
		if err := w.Approve(t.Context(), office, need.Decide{Key: "own", ID: id}); errs.CodeOf(err) != "need.own" || len(w.Catalog().Used()) != 16 {
			t.Errorf("alone: %v", err)
		}
		ok(t, w.Approve(t.Context(), actor("second", auth.PrivacyOfficer), need.Decide{Key: "yes", ID: id}))
		ok(t, w.Tick(t.Context()))
		if p, err := w.Ending(t.Context(), db.Reader(), "veteran"); err != nil || p == nil || p.Why != "没有人再申请" || len(w.Catalog().Used()) != 16 {
			t.Errorf("on notice: %+v, %v", p, err)
		}
		w.now = w.now.AddDate(0, 0, 11)
		ok(t, w.Tick(t.Context()))
		if len(w.Catalog().Used()) != 15 || len(w.Catalog().All()) != 16 {
			t.Errorf("%d used", len(w.Catalog().Used()))
		}
		if n, _ := w.Catalog().Need("veteran"); n.OffWhy != "没有人再申请" || n.OffOn == "" {
			t.Errorf("why: %+v", n)
		}
		if _, err := end(office, "没有人再申请", 0); errs.CodeOf(err) != "need.off_already" {
			t.Errorf("twice: %v", err)
		}
		if err := w.Restore(t.Context(), office, need.Restore{Key: "b", Code: "veteran", Version: 1}); errs.KindOf(err) != errs.Stale {
			t.Errorf("unseen: %v", err)
		}
		ok(t, w.Restore(t.Context(), office, need.Restore{Key: "c", Code: "veteran", Version: 2}))
		if len(w.Catalog().Used()) != 16 {
			t.Error("it isn't back")
		}
		if err := w.Restore(t.Context(), actor("x", auth.TownOfficial), need.Restore{Key: "d", Code: "veteran"}); errs.KindOf(err) != errs.Forbidden {
			t.Errorf("a town switches: %v", err)
		}
	})
}
