package privacy_test

import (
	"context"
	"fmt"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"bilin/internal/audit"
	"bilin/internal/auth"
	"bilin/internal/errs"
	"bilin/internal/gateway"
	"bilin/internal/job"
	"bilin/internal/network"
	"bilin/internal/network/networktest"
	"bilin/internal/privacy"
	"bilin/internal/purpose"
	"bilin/internal/sqldb"
	"bilin/internal/sqldbtest"
	"bilin/internal/workday"
)

// box is the world outside: the telephone network.
type box struct {
	mu   sync.Mutex
	sent []gateway.Message
}

func (b *box) Send(_ context.Context, m gateway.Message) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.sent = append(b.sent, m)
	return nil
}

func (b *box) all() []gateway.Message {
	b.mu.Lock()
	defer b.mu.Unlock()
	return append([]gateway.Message(nil), b.sent...)
}

// shelf is a holder of one record that stands on consent.
type shelf struct {
	gone []string
	made bool // the record was put right
}

func (*shelf) Name() string { return "care" }
func (s *shelf) Held(context.Context, sqldb.Querier, string, bool) ([]privacy.Item, error) {
	facts := []privacy.Fact{{Label: "x", Value: privacy.Words{Text: fmt.Sprint(s.made)}}}
	return []privacy.Item{{ID: "e1", Title: privacy.Words{Text: "独居老人"}, Asks: privacy.Kinds(), Facts: facts},
		{ID: "e2", Title: privacy.Words{Text: "依法列入"}, Asks: []privacy.Kind{privacy.Object}}}, nil
}
func (s *shelf) Erase(_ context.Context, _ *sqldb.Tx, home string) error {
	s.gone = append(s.gone, "erase "+home)
	return nil
}
func (s *shelf) EraseOne(_ context.Context, _ *sqldb.Tx, home, item string) error {
	s.gone = append(s.gone, "erase "+home+" "+item)
	return nil
}
func (s *shelf) End(_ context.Context, _ *sqldb.Tx, home, item string, why privacy.Kind) error {
	s.gone = append(s.gone, string(why)+" "+home+" "+item)
	return nil
}

type world struct {
	*networktest.City
	*privacy.Service
	reads *purpose.Service
	box   *box
	shelf *shelf
	jobs  *job.Runner
}

const phone = "13800138000"

func newWorld(t *testing.T, db *sqldb.DB) *world {
	db.Guard(func(stack string) { t.Error("a command reads on a second connection:\n" + stack) })
	w := &world{City: networktest.New(t, db, purpose.Rules, privacy.Rules), box: &box{}, shelf: &shelf{}}
	w.reads = purpose.New(purpose.Options{DB: db, Policy: w.Policy, Tree: w.Net, UnitOf: network.UnitOfHousehold, Audit: w.Audit, Now: w.Now})
	w.Net.ReadThrough(w.reads)
	days, err := workday.Default()
	w.OK(err)
	w.Service = privacy.New(privacy.Options{
		DB: db, Network: w.Net, Policy: w.Policy, Audit: w.Audit, Live: w.Live, Purpose: w.reads, Sealer: w.Seal, Vault: w.Vault,
		Calendar: func() *workday.Calendar { return days }, Sender: w.box, SendText: func(code string) string { return "码 " + code }, Now: w.Now,
		DemandHome: func(context.Context, string, string) (string, error) {
			return "", errs.E(errs.NotFound, "demand.no_track")
		},
	})
	w.Ask(w.shelf)
	number := phone
	w.OK(w.Net.UpdateHousehold(t.Context(), w.Actor("村干部1"), network.UpdateHousehold{ID: "h-1", Version: 1, Address: "一号", Head: "李建国", Size: 3, Phone: &number}))
	w.jobs = job.NewRunner(db, nil, job.Options{Now: w.Now})
	w.Register(w.jobs)
	w.OK(w.jobs.Start(t.Context()))
	t.Cleanup(func() {
		if err := w.jobs.Stop(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return w
}

// message waits for the n-th message and returns its code.
func (w *world) message(n int) string {
	w.Helper()
	for range 500 {
		if all := w.box.all(); len(all) >= n {
			return regexp.MustCompile(`\d{6}`).FindString(all[n-1].Text)
		}
		time.Sleep(10 * time.Millisecond)
	}
	w.Fatalf("message %d was not sent", n)
	return ""
}

func (w *world) paper() privacy.Session {
	w.Helper()
	p, err := w.IssueCode(w.Context(), w.Actor("村干部1"), "", "h-1", true)
	w.OK(err)
	return w.session(w.EnterPaper(w.Context(), strings.ToLower(privacy.Spoken(p.Code))))
}

func (w *world) session(secret string, err error) privacy.Session {
	w.Helper()
	w.OK(err)
	s, err := w.Session(w.Context(), secret)
	w.OK(err)
	return s
}

func TestACodeGoesToTheNumberOnRecord(t *testing.T) {
	t.Parallel()
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		w := newWorld(t, db)
		none, err := w.SendCode(t.Context(), privacy.Hint{Door: "ZZZZZ99999"})
		w.OK(err)
		challenge, err := w.SendCode(t.Context(), privacy.Hint{Door: networktest.Door})
		w.OK(err)
		code := w.message(1)
		if w.box.all()[0].To != phone || len(none) != len(challenge) {
			t.Errorf("sent to %s; challenges %q and %q", w.box.all()[0].To, none, challenge)
		}
		for name, try := range map[string][2]string{"another challenge": {none, code}, "a wrong code": {challenge, "000000x"}, "nothing": {"", ""}} {
			if _, err := w.Enter(t.Context(), try[0], try[1]); errs.CodeOf(err) != "privacy.wrong_code" {
				t.Errorf("%s: %v", name, err)
			}
		}
		if s := w.session(w.Enter(t.Context(), challenge, code)); s.HouseholdID != "h-1" || s.Way != privacy.BySMS {
			t.Errorf("session: %+v", s)
		}
		if _, err := w.Enter(t.Context(), challenge, code); errs.CodeOf(err) != "privacy.wrong_code" {
			t.Errorf("used twice: %v", err)
		}
		list, _, err := w.reads.Readings(t.Context(), "h-1", "", 9)
		w.OK(err)
		if len(list) != 1 || list[0].Ground != (purpose.Ground{Kind: purpose.System, ID: "code"}) {
			t.Errorf("that the number was opened for it: %+v", list)
		}
	})
}

func TestCodesEnd(t *testing.T) {
	t.Parallel()
	w := newWorld(t, sqldbtest.Open(t, sqldb.SQLite))
	send := func() string {
		challenge, err := w.SendCode(t.Context(), privacy.Hint{Door: networktest.Door})
		w.OK(err)
		return challenge
	}
	refused := func(name, challenge, code string) {
		t.Helper()
		if _, err := w.Enter(t.Context(), challenge, code); errs.CodeOf(err) != "privacy.wrong_code" {
			t.Errorf("%s: %v", name, err)
		}
	}
	challenge := send()
	code := w.message(1)
	for range 5 {
		refused("guess", challenge, "abc")
	}
	refused("right after five guesses", challenge, code)
	challenge = send()
	code = w.message(2)
	w.Clock = w.Clock.Add(privacy.SMSGood)
	refused("too late", challenge, code)
	send()
	w.message(3)
	send() // a fourth of the day isn't sent, and nobody hears of that
	w.Clock = w.Clock.Add(25 * time.Hour)
	send()
	w.message(4)
	if n := len(w.box.all()); n != 4 {
		t.Errorf("%d messages", n)
	}
}

func TestACodeOnPaper(t *testing.T) {
	t.Parallel()
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		w := newWorld(t, db)
		village := w.Actor("村干部1")
		for name, try := range map[string]struct {
			who    auth.Actor
			person bool
			code   string
		}{
			"not there": {village, false, "privacy.in_person"}, "another village": {w.Actor("村干部2"), true, "auth.forbidden"},
			"a lead": {w.Actor("邻长1"), true, "auth.forbidden"}, "the town": {w.Actor("镇干部"), true, "auth.forbidden"},
		} {
			if _, err := w.IssueCode(t.Context(), try.who, "k", "h-1", try.person); errs.CodeOf(err) != try.code {
				t.Errorf("%s: %v", name, err)
			}
		}
		first, err := w.IssueCode(t.Context(), village, "k1", "h-1", true)
		w.OK(err)
		if _, err := w.IssueCode(t.Context(), village, "k1", "h-1", true); errs.CodeOf(err) != "privacy.code_shown" {
			t.Errorf("shown again: %v", err)
		}
		second, err := w.IssueCode(t.Context(), village, "k2", "h-1", true)
		w.OK(err)
		if _, err := w.EnterPaper(t.Context(), first.Code); errs.CodeOf(err) != "privacy.wrong_code" {
			t.Errorf("a code that was replaced: %v", err)
		}
		secret, err := w.EnterPaper(t.Context(), second.Code)
		w.OK(err)
		if _, err := w.EnterPaper(t.Context(), second.Code); errs.CodeOf(err) != "privacy.wrong_code" {
			t.Errorf("used twice: %v", err)
		}
		w.session(secret, nil)
		w.OK(w.Leave(t.Context(), secret))
		if _, err := w.Session(t.Context(), secret); errs.KindOf(err) != errs.Unauthenticated {
			t.Errorf("after leaving: %v", err)
		}
		third, err := w.IssueCode(t.Context(), village, "k3", "h-1", true)
		w.OK(err)
		w.Clock = w.Clock.Add(privacy.PaperGood)
		if _, err := w.EnterPaper(t.Context(), third.Code); errs.CodeOf(err) != "privacy.wrong_code" {
			t.Errorf("after seven days: %v", err)
		}
	})
}

func TestASessionEnds(t *testing.T) {
	t.Parallel()
	w := newWorld(t, sqldbtest.Open(t, sqldb.SQLite))
	p, err := w.IssueCode(t.Context(), w.Actor("村干部1"), "", "h-1", true)
	w.OK(err)
	secret, err := w.EnterPaper(t.Context(), p.Code)
	w.OK(err)
	w.Clock = w.Clock.Add(privacy.SessionGood)
	if _, err := w.Session(t.Context(), secret); errs.CodeOf(err) != "privacy.confirm" {
		t.Errorf("%v", err)
	}
	w.Clock = w.Clock.Add(48 * time.Hour)
	w.OK(w.Tick(t.Context()))
	if n := w.Count(`SELECT COUNT(*) FROM privacy_session`); n != 0 {
		t.Errorf("%d sessions are left", n)
	}
}

func TestLookingAtOnesOwnIsRecorded(t *testing.T) {
	t.Parallel()
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		w := newWorld(t, db)
		v, err := w.Held(t.Context(), w.paper().HouseholdID, "")
		w.OK(err)
		if len(v.Holdings) != 1 || v.Holdings[0].Items[0].ID != "e1" || len(v.Readings) != 0 {
			t.Errorf("held: %+v", v)
		}
		page, err := w.Audit.Page(t.Context(), audit.Filter{Action: "purpose.read", ObjectID: "h-1"}, "", 9)
		w.OK(err)
		if len(page.Records) != 1 || page.Records[0].Purpose != "system itself" {
			t.Errorf("recorded: %+v", page.Records)
		}
	})
}

func (w *world) officer() auth.Actor {
	return auth.Actor{AccountID: "a-officer", PersonID: "p-officer", Name: "隐私员", Grants: []auth.Grant{{Role: auth.PrivacyOfficer, UnitID: w.Root}}}
}

func TestARequestRunsAndClimbs(t *testing.T) {
	t.Parallel()
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		w := newWorld(t, db)
		who := w.paper()
		ask := privacy.Ask{Key: "a", Kind: privacy.Correct, Holder: "care", Item: "e1", Words: "电话写错了"}
		out, err := w.Send(t.Context(), who, ask)
		w.OK(err)
		if again, err := w.Send(t.Context(), who, ask); err != nil || again != out {
			t.Errorf("pressed twice: %+v, %v", again, err)
		}
		f, err := w.Follow(t.Context(), out.Number, out.Key)
		w.OK(err)
		days, err := workday.Default()
		w.OK(err)
		if f.Words != "电话写错了" || f.Desk != privacy.Village || !f.DueAt.Equal(days.Add(w.Clock, 15*days.Day())) {
			t.Errorf("request: %+v", f.Request)
		}
		if _, err := w.Follow(t.Context(), out.Number, "wrong"); errs.KindOf(err) != errs.NotFound {
			t.Errorf("with a wrong key: %v", err)
		}
		village, office := w.Actor("村干部1"), w.Actor("市办")
		if list, _, err := w.List(t.Context(), village, privacy.Open, ""); err != nil || len(list) != 1 {
			t.Errorf("the village's desk: %v, %v", list, err)
		}
		if list, _, err := w.List(t.Context(), w.Actor("村干部2"), privacy.Open, ""); err != nil || len(list) != 0 {
			t.Errorf("another village's desk: %v, %v", list, err)
		}
		if _, err := w.Get(t.Context(), w.Actor("村干部2"), out.Number); errs.KindOf(err) != errs.NotFound {
			t.Errorf("read by another village: %v", err)
		}
		if n, err := w.Waiting(t.Context(), village); err != nil || n.Open != 1 {
			t.Errorf("waiting: %+v, %v", n, err)
		}
		w.Clock = f.ClimbAt
		w.OK(w.Tick(t.Context()))
		w.OK(w.Tick(t.Context()))
		if f, err = w.Get(t.Context(), w.officer(), out.Number); err != nil || f.Desk != privacy.Officer || len(f.Steps) < 2 {
			t.Errorf("after ten days: %+v, %v", f, err)
		}
		if err := w.Reply(t.Context(), village, privacy.Answer{Number: out.Number, Outcome: privacy.Granted, Words: "已更正"}); errs.KindOf(err) != errs.Forbidden {
			t.Errorf("answered by the village after it climbed: %v", err)
		}
		w.Clock = f.DueAt.Add(time.Hour)
		w.OK(w.Tick(t.Context()))
		if n, err := w.Waiting(t.Context(), office); err != nil || n.Late != 1 {
			t.Errorf("the city office hears: %+v, %v", n, err)
		}
		w.shelf.made = true
		w.OK(w.Reply(t.Context(), w.officer(), privacy.Answer{Key: "r", Number: out.Number, Version: f.Version + 1, Outcome: privacy.Granted, Words: "已更正，抱歉"}))
		f, err = w.Follow(t.Context(), out.Number, out.Key)
		w.OK(err)
		var steps []string
		for _, s := range f.Steps {
			steps = append(steps, s.Kind)
		}
		if f.IsOpen() || f.Answer != "已更正，抱歉" || !f.Late(w.Clock) || strings.Join(steps, " ") != "asked climbed seen reminded granted" {
			t.Errorf("answered: %+v, %v", f.Request, steps)
		}
	})
}

func TestAnswersNeedReasonsAndRefusalsALaw(t *testing.T) {
	t.Parallel()
	w := newWorld(t, sqldbtest.Open(t, sqldb.SQLite))
	who := w.paper()
	if _, err := w.Send(t.Context(), who, privacy.Ask{Kind: privacy.Correct}); errs.CodeOf(err) != "privacy.missing" {
		t.Errorf("a correction that says nothing: %v", err)
	}
	if _, err := w.Send(t.Context(), who, privacy.Ask{Kind: "spy"}); errs.CodeOf(err) != "privacy.pick_kind" {
		t.Errorf("no such kind: %v", err)
	}
	out, err := w.Send(t.Context(), who, privacy.Ask{Kind: privacy.Erase})
	w.OK(err)
	officer := w.officer()
	for code, a := range map[string]privacy.Answer{
		"privacy.missing":       {Outcome: privacy.Granted},
		"privacy.pick_outcome":  {Words: "好的好的"},
		"privacy.pick_law":      {Outcome: privacy.Refused, Words: "不行就是不行"},
		"privacy.changed_since": {Outcome: privacy.Granted, Words: "好的好的", Version: 9},
	} {
		a.Number = out.Number
		if err := w.Reply(t.Context(), officer, a); errs.CodeOf(err) != code {
			t.Errorf("%s: %v", code, err)
		}
	}
	if err := w.Reply(t.Context(), w.Actor("村干部1"), privacy.Answer{Number: out.Number, Outcome: privacy.Granted, Words: "好的好的"}); errs.KindOf(err) != errs.NotFound {
		t.Errorf("erasure decided by the village: %v", err)
	}
	if len(w.shelf.gone) != 0 {
		t.Fatal("erased by a refusal")
	}
	partly := privacy.Answer{Number: out.Number, Outcome: privacy.Partly, Law: privacy.Archives, Words: "能删的已经删除"}
	if err := w.Reply(t.Context(), officer, partly); errs.CodeOf(err) != "privacy.confirm_erase" || len(w.shelf.gone) != 0 {
		t.Errorf("erased without having been shown what goes: %v", err)
	}
	f, err := w.Get(t.Context(), officer, out.Number)
	w.OK(err)
	partly.Plan = f.Plan.Mark
	w.OK(w.Reply(t.Context(), officer, partly))
	if len(w.shelf.gone) != 1 || w.shelf.gone[0] != "erase h-1" {
		t.Errorf("erased: %v", w.shelf.gone)
	}
	if err := w.Reply(t.Context(), officer, privacy.Answer{Number: out.Number, Outcome: privacy.Granted, Words: "再答一次"}); errs.CodeOf(err) != "privacy.answered" {
		t.Errorf("answered twice: %v", err)
	}
}

func TestConsentIsWithdrawnAtOnce(t *testing.T) {
	t.Parallel()
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		w := newWorld(t, db)
		who := w.paper()
		out, err := w.Send(t.Context(), who, privacy.Ask{Kind: privacy.Withdraw, Holder: "care", Item: "e1"})
		w.OK(err)
		f, err := w.Follow(t.Context(), out.Number, out.Key)
		w.OK(err)
		if f.IsOpen() || f.Outcome != privacy.Granted || len(w.shelf.gone) != 1 || w.shelf.gone[0] != "withdraw h-1 e1" {
			t.Errorf("%+v, %v", f.Request, w.shelf.gone)
		}
		for _, item := range []string{"e2", "e3", ""} { // on law, or not there: only the officer ends it
			if _, err := w.Send(t.Context(), who, privacy.Ask{Kind: privacy.Withdraw, Holder: "care", Item: item}); errs.CodeOf(err) != "privacy.no_consent" {
				t.Errorf("%q: %v", item, err)
			}
		}
		if _, err := w.Send(t.Context(), who, privacy.Ask{Kind: privacy.Withdraw}); errs.CodeOf(err) != "privacy.no_consent" {
			t.Errorf("of nothing: %v", err)
		}
		object, err := w.Send(t.Context(), who, privacy.Ask{Kind: privacy.Object, Holder: "care", Item: "e1"})
		w.OK(err)
		w.OK(w.Reply(t.Context(), w.officer(), privacy.Answer{Number: object.Number, Outcome: privacy.Granted, Words: "已经移出"}))
		if len(w.shelf.gone) != 2 || w.shelf.gone[1] != "object h-1 e1" {
			t.Errorf("an objection upheld: %v", w.shelf.gone)
		}
	})
}

func TestAHouseholdHasFewRequestsOpen(t *testing.T) {
	t.Parallel()
	w := newWorld(t, sqldbtest.Open(t, sqldb.SQLite))
	who := w.paper()
	for range 5 {
		_, err := w.Send(t.Context(), who, privacy.Ask{Kind: privacy.Erase})
		w.OK(err)
	}
	if _, err := w.Send(t.Context(), who, privacy.Ask{Kind: privacy.Erase}); errs.CodeOf(err) != "privacy.many_open" {
		t.Errorf("a sixth: %v", err)
	}
	first, next, err := w.List(t.Context(), w.officer(), privacy.Open, "")
	w.OK(err)
	if len(first) != 5 || next != "" {
		t.Errorf("%d, %q", len(first), next)
	}
}

func TestRequestsAreForgottenWithTheirKeys(t *testing.T) {
	t.Parallel()
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		w := newWorld(t, db)
		out, err := w.Send(t.Context(), w.paper(), privacy.Ask{Kind: privacy.Object, Holder: "care", Item: "e1", Words: "不要给我打电话"})
		w.OK(err)
		w.OK(w.Reply(t.Context(), w.officer(), privacy.Answer{Number: out.Number, Outcome: privacy.Granted, Words: "以后不打了"}))
		var kept string
		w.OK(db.Reader().QueryRowContext(t.Context(), `SELECT words FROM privacy_request`).Scan(&kept))
		if strings.Contains(kept, "电话") {
			t.Error("the words are in the clear")
		}
		w.Clock = w.Clock.Add(privacy.Kept + 24*time.Hour)
		w.OK(w.Tick(t.Context()))
		if n := w.Count(`SELECT COUNT(*) FROM privacy_request`) + w.Count(`SELECT COUNT(*) FROM privacy_step`); n != 0 {
			t.Errorf("%d rows are left", n)
		}
		if _, err := w.Follow(t.Context(), out.Number, out.Key); errs.KindOf(err) != errs.NotFound {
			t.Errorf("%v", err)
		}
	})
}
