package honour_test

import (
	"context"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"bilin/internal/auth"
	"bilin/internal/errs"
	"bilin/internal/honour"
	"bilin/internal/network/networktest"
	"bilin/internal/sqldb"
	"bilin/internal/sqldbtest"
	"bilin/internal/workday"
)

// judges are the panel of the tests.
var judges = []string{"市办", "指挥", "镇干部", "村干部1", "村干部2"}

const citation = "去年冰冻时一连十二天给独居老人送菜送水。"

type world struct {
	*networktest.City
	*honour.Service
	t  testing.TB
	id string // of the round
}

func newWorld(t *testing.T, db *sqldb.DB, known ...*within) *world {
	c := networktest.New(t, db, honour.Rules)
	cal, err := workday.Default()
	c.OK(err)
	var others honour.Known
	var neverIn func(context.Context, []string) ([]string, error)
	for _, k := range known {
		k.unit, others, neverIn = c.Villages[0], k, k.neverIn
	}
	w := &world{City: c, t: t, Service: honour.New(honour.Options{DB: db, Network: c.Net, Policy: c.Policy, Audit: c.Audit, Live: c.Live, Vault: c.Vault, Seal: c.Seal,
		Signer: c.Audit, Calendar: func() *workday.Calendar { return cal }, Known: others, NeverIn: neverIn, Now: c.Now})}
	w.id, err = w.Define(t.Context(), c.Actor("市办"), honour.Define{Key: "d", Name: "2026年下半年比邻星", Words: "为邻里做了实事的人", NominateUntil: "2026-12-05", PublishDays: 5,
		Categories: []honour.Category{{Name: "最美邻长", Places: 1}, {Name: "热心邻居", Places: 2}}})
	c.OK(err)
	for i, name := range judges {
		c.OK(w.AddMember(t.Context(), c.Actor("市办"), name, w.id, "p-"+name, 1+i))
	}
	c.OK(w.Open(t.Context(), c.Actor("市办"), "o", w.id, 6))
	return w
}

func (w *world) round() *honour.Round {
	w.t.Helper()
	r, _, err := w.Round(w.t.Context(), w.Actor("市办"), w.id)
	w.OK(err)
	return r
}

// nominate puts a lead forward, as a resident if by is empty.
func (w *world) nominate(by, lead string) (honour.Receipt, error) {
	cmd := honour.Nominate{Key: by + lead, RoundID: w.id, Category: "c1", Kind: honour.OfPost, NomineeID: "p-" + lead, Citation: citation}
	if by == "" {
		cmd.Door = networktest.Door
		return w.Nominate(w.t.Context(), auth.Actor{}, cmd)
	}
	return w.Nominate(w.t.Context(), w.Actor(by), cmd)
}

// stand nominates a lead, has it checked by their village, and agrees for them.
func (w *world) stand(lead, village string) string {
	w.t.Helper()
	n, err := w.nominate("", lead)
	w.OK(err)
	w.OK(w.Check(w.t.Context(), w.Actor(village), honour.Check{Key: "c" + lead, ID: n.ID, True: true, Words: "问过三户，都说属实。", Praise: "冰冻十二天送菜送水", Version: 1}))
	w.OK(w.Consent(w.t.Context(), w.Actor(lead), honour.Consent{Key: "a" + lead, ID: n.ID, Agrees: true, Version: 2}))
	return n.ID
}

// voting takes the round to its vote.
func (w *world) voting() {
	w.t.Helper()
	w.Clock = time.Date(2026, 12, 6, 2, 0, 0, 0, time.UTC)
	w.OK(w.StartVote(w.t.Context(), w.Actor("市办"), "v", w.id, "2026-12-10", w.round().Version))
}

func (w *world) cast(who string, yes ...string) error {
	return w.Cast(w.t.Context(), w.Actor(who), honour.Ballot{Key: sqldb.NewID(), RoundID: w.id, Yes: yes})
}

func wantCode(t testing.TB, err error, code string) {
	t.Helper()
	if err == nil || errs.CodeOf(err) != code && !slices.ContainsFunc(errs.As(err).Fields, func(f errs.Field) bool { return f.Code == code }) {
		t.Errorf("%v, want %s", err, code)
	}
}

// awarded takes one lead through a whole round.
func (w *world) awarded() *honour.Certificate {
	w.t.Helper()
	id := w.stand("邻长1", "村干部1")
	w.voting()
	for _, who := range judges {
		yes := []string{id}
		if who == "村干部1" {
			yes = nil // who checked it
		}
		w.OK(w.cast(who, yes...))
	}
	w.Clock = w.round().PublishUntil
	w.OK(w.Award(w.t.Context(), w.Actor("市办"), "w", w.id, w.round().Version))
	list, err := w.Awards(w.t.Context(), w.Actor("市办"), w.round(), true)
	w.OK(err)
	if len(list) != 1 {
		w.t.Fatalf("%d certificates", len(list))
	}
	return &list[0].Certificate
}

func TestFromNominationToCertificate(t *testing.T) {
	t.Parallel()
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		w := newWorld(t, db)
		c := w.awarded()
		v, err := w.Verify(t.Context(), strings.ToLower(c.Full()))
		if err != nil || v.State != honour.Valid || v.Name != "邻长1" || v.Category != "最美邻长" || v.Day != "2026-12-12" {
			t.Fatalf("verified: %+v, %v", v, err)
		}
		text, err := w.SignedStatement(t.Context(), c.Full())
		w.OK(err)
		statement, _, _ := strings.Cut(text, "\n\n")
		if !strings.Contains(statement, "邻长1") || w.Audit.Signed(statement+"\n", text) != nil {
			t.Errorf("signed: %q", text)
		}
		for _, wrong := range []string{c.Number, c.Number + "-22222222", "X260000099-" + c.Code, "' OR 1=1", strings.Repeat("9", 1000)} {
			_, err := w.Verify(t.Context(), wrong)
			wantCode(t, err, "honour.unknown")
		}
		got, err := w.HonoursOf(t.Context(), "p-邻长1")
		if err != nil || len(got) != 1 || got[0].Name != "邻长1" || got[0].UnitID != w.Cells[0] {
			t.Errorf("honours: %+v, %v", got, err)
		}
		if _, err := w.Paper(t.Context(), w.Actor("邻长2"), c.Number); errs.KindOf(err) != errs.Forbidden {
			t.Errorf("another's certificate: %v", err)
		}
		p, err := w.Paper(t.Context(), w.Actor("邻长1"), c.Number)
		if err != nil || p.Praise != "冰冻十二天送菜送水" {
			t.Errorf("paper: %+v, %v", p, err)
		}
		w.OK(w.List(t.Context(), w.Actor("邻长1"), "l", c.Number, false, 1))
		if list, err := w.Awards(t.Context(), auth.Actor{}, w.round(), false); err != nil || len(list) != 0 {
			t.Errorf("listed still: %+v, %v", list, err)
		}
		if list, err := w.Honoured(t.Context()); err != nil || len(list) != 0 {
			t.Errorf("honoured still: %+v, %v", list, err)
		}
		wantCode(t, w.List(t.Context(), w.Actor("市办"), "l2", c.Number, true, 2), "auth.forbidden")
		if v, err := w.Verify(t.Context(), c.Full()); err != nil || v.State != honour.Valid {
			t.Errorf("off the page it stays valid: %+v, %v", v, err)
		}
	})
}

func TestRevokingTakesTwo(t *testing.T) {
	t.Parallel()
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		w := newWorld(t, db)
		c := w.awarded()
		wantCode(t, w.AskRevoke(t.Context(), w.Actor("镇干部"), "r0", c.Number, "事迹是编的，三户都不知道。", 1), "auth.forbidden")
		w.OK(w.AskRevoke(t.Context(), w.Actor("市办"), "r", c.Number, "事迹是编的，三户都不知道。", 1))
		wantCode(t, w.DecideRevoke(t.Context(), w.Actor("市办"), "s", c.Number, true, 2), "honour.second")
		wantCode(t, w.DecideRevoke(t.Context(), w.Actor("村干部1"), "k", c.Number, true, 2), "honour.recused")
		wantCode(t, w.DecideRevoke(t.Context(), w.Actor("邻长2"), "n", c.Number, true, 2), "auth.forbidden")
		w.OK(w.DecideRevoke(t.Context(), w.Actor("指挥"), "no", c.Number, false, 2))
		if v, err := w.Verify(t.Context(), c.Full()); err != nil || v.State != honour.Valid {
			t.Fatalf("%+v, %v", v, err)
		}
		wantCode(t, w.DecideRevoke(t.Context(), w.Actor("指挥"), "no2", c.Number, true, 3), "honour.not_asked")
		w.OK(w.AskRevoke(t.Context(), w.Actor("市办"), "r2", c.Number, "事迹是编的，三户都不知道。", 3))
		w.OK(w.DecideRevoke(t.Context(), w.Actor("指挥"), "yes", c.Number, true, 4))
		v, err := w.Verify(t.Context(), c.Full())
		if err != nil || v.State != honour.Revoked || v.RevokedOn != "2026-12-12" || v.Name != "" {
			t.Errorf("%+v, %v", v, err)
		}
		if _, err := w.SignedStatement(t.Context(), c.Full()); errs.KindOf(err) != errs.Gone {
			t.Errorf("signed after it was revoked: %v", err)
		}
		if got, err := w.HonoursOf(t.Context(), "p-邻长1"); err != nil || len(got) != 0 {
			t.Errorf("honours: %+v, %v", got, err)
		}
		mine, err := w.Mine(t.Context(), w.Actor("邻长1"))
		if err != nil || len(mine.Certs) != 1 || !strings.Contains(mine.Certs[0].Reason, "三户") {
			t.Errorf("the person isn't told why: %+v, %v", mine, err)
		}
	})
}

func TestTheVote(t *testing.T) {
	t.Parallel()
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		w := newWorld(t, db)
		a, b := w.stand("邻长1", "村干部1"), w.stand("邻长2", "村干部2")
		w.voting()
		wantCode(t, w.cast("邻长1", a), "auth.forbidden")
		wantCode(t, w.cast("村干部1", a), "honour.recused")
		wantCode(t, w.cast("市办", "somebody"), "honour.not_on_ballot")
		err := w.Cast(t.Context(), w.Actor("镇干部"), honour.Ballot{Key: "rel", RoundID: w.id, Yes: []string{a}, Relatives: []string{a}})
		wantCode(t, err, "honour.which")
		w.OK(w.Cast(t.Context(), w.Actor("镇干部"), honour.Ballot{Key: "rel2", RoundID: w.id, Yes: []string{b}, Relatives: []string{a}}))
		wantCode(t, w.cast("镇干部", a), "honour.recused") // what was declared stays
		for _, who := range []string{"市办", "指挥", "村干部2"} {
			w.OK(w.cast(who))
		}
		for _, who := range []string{"市办", "指挥"} { // anew: both for both
			w.OK(w.cast(who, a, b))
		}
		w.sealed(a, b)
		if r := w.round(); r.State != honour.Voting {
			t.Fatalf("opened before the last ballot: %s", r.State)
		}
		w.OK(w.cast("村干部1", b))
		// a: 市办 and 指挥 of 市办, 指挥, 村干部2; b: all four but 村干部2, who checked it
		list, err := w.Proposed(t.Context(), w.round())
		if err != nil || len(list) != 1 || list[0].ID != b {
			t.Errorf("proposed: %+v, %v", list, err)
		}
		if n := w.Count(`SELECT COUNT(*) FROM honour_panel WHERE ballot <> ''`); n != 0 {
			t.Errorf("%d ballots are left", n)
		}
	})
}

// sealed looks for a vote in what is stored.
func (w *world) sealed(ids ...string) {
	w.t.Helper()
	for _, id := range ids {
		if n := w.Count(`SELECT COUNT(*) FROM honour_panel WHERE ballot LIKE $1`, "%"+id+"%"); n != 0 {
			w.t.Errorf("%d ballots can be read", n)
		}
	}
	w.OK(w.Tick(w.t.Context())) // nothing is due
}

func TestTiesAndQuorum(t *testing.T) {
	t.Parallel()
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		w := newWorld(t, db)
		a, b := w.stand("邻长1", "村干部1"), w.stand("邻长2", "村干部2")
		w.voting()
		w.OK(w.cast("市办", a, b))
		w.OK(w.cast("指挥", a, b))
		w.Clock = w.round().VoteUntil
		wantCode(t, w.cast("镇干部", a), "honour.no_vote")
		w.OK(w.Tick(t.Context()))
		if r := w.round(); r.State != honour.Voting {
			t.Fatalf("two of five opened the ballots: %s", r.State)
		}
		w.OK(w.Prolong(t.Context(), w.Actor("市办"), "p", w.id, "2026-12-20", w.round().Version))
		w.OK(w.cast("镇干部", a, b))
		w.Clock = w.round().VoteUntil
		w.OK(w.Tick(t.Context()))
		r := w.round()
		if r.State != honour.Voting || !r.RunOff {
			t.Fatalf("a tie: %s, run-off %v", r.State, r.RunOff)
		}
		_, _, ballot, err := w.Ballot(t.Context(), w.Actor("市办"), w.id)
		if err != nil || len(ballot) != 2 {
			t.Fatalf("the run-off: %+v, %v", ballot, err)
		}
		for _, who := range []string{"市办", "指挥", "镇干部"} {
			w.OK(w.cast(who, a, b))
		}
		w.Clock = r.VoteUntil
		w.OK(w.Tick(t.Context()))
		list, err := w.Proposed(t.Context(), w.round())
		if err != nil || len(list) != 0 || w.round().State != honour.Published {
			t.Errorf("tied again: %+v, %s, %v", list, w.round().State, err)
		}
	})
}

func TestObjectionsAreAnswered(t *testing.T) {
	t.Parallel()
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		w := newWorld(t, db)
		id := w.stand("邻长1", "村干部1")
		w.voting()
		for _, who := range judges[:3] {
			w.OK(w.cast(who, id))
		}
		w.OK(w.cast("村干部1"))
		w.OK(w.cast("村干部2"))
		o, err := w.Object(t.Context(), auth.Actor{}, honour.Object{Key: "e", NominationID: id, Words: "冰冻那几天他不在村里，送菜的是别人。"})
		w.OK(err)
		w.Clock = w.round().PublishUntil
		wantCode(t, w.Award(t.Context(), w.Actor("市办"), "w", w.id, w.round().Version), "honour.unanswered")
		_, err = w.Object(t.Context(), auth.Actor{}, honour.Object{Key: "late", NominationID: id, Words: "太晚了的一条异议，应该收不进来。"})
		wantCode(t, err, "honour.no_objections")
		_, list, err := w.Objections(t.Context(), w.Actor("村干部1"), w.id)
		if err != nil || len(list) != 0 {
			t.Errorf("who is kept from it reads it: %+v, %v", list, err)
		}
		if _, _, err := w.Objections(t.Context(), w.Actor("邻长1"), w.id); errs.KindOf(err) != errs.Forbidden {
			t.Errorf("the nominee reads it: %v", err)
		}
		answer := honour.Answer{Key: "a", ID: o.ID, Upheld: true, Words: "查实：送菜的是另一位邻居。", Version: 1}
		wantCode(t, w.AnswerObjection(t.Context(), w.Actor("村干部1"), answer), "honour.recused")
		w.OK(w.AnswerObjection(t.Context(), w.Actor("指挥"), answer))
		mine, _, err := w.MyObjection(t.Context(), o.ID, o.Key)
		if err != nil || !mine.Upheld || mine.Answer != answer.Words {
			t.Errorf("mine: %+v, %v", mine, err)
		}
		_, _, err = w.MyObjection(t.Context(), o.ID, "wrong")
		wantCode(t, err, "honour.no_objection")
		w.OK(w.Award(t.Context(), w.Actor("市办"), "w2", w.id, w.round().Version))
		if n := w.Count(`SELECT COUNT(*) FROM honour_certificate`); n != 0 {
			t.Errorf("%d certificates for who was taken out", n)
		}
		if n := w.Count(`SELECT COUNT(*) FROM honour_objection WHERE words LIKE '%冰冻%' OR answer LIKE '%查实%'`); n != 0 {
			t.Error("objections lie open")
		}
		w.Clock = w.Clock.AddDate(1, 0, 2)
		w.OK(w.Tick(t.Context()))
		if n := w.Count(`SELECT COUNT(*) FROM honour_objection WHERE words <> ''`) + w.Count(`SELECT COUNT(*) FROM honour_nomination WHERE name <> ''`); n != 0 {
			t.Errorf("%d are kept after a year", n)
		}
	})
}

func TestWhoMayNominateWhom(t *testing.T) {
	t.Parallel()
	w := newWorld(t, sqldbtest.Open(t, sqldb.SQLite))
	_, err := w.nominate("邻长1", "邻长1")
	wantCode(t, err, "honour.own")
	_, err = w.nominate("邻长1", "市办") // no lead
	wantCode(t, err, "honour.no_nominee")
	n, err := w.nominate("邻长2", "邻长1")
	w.OK(err)
	_, err = w.nominate("", "邻长1")
	wantCode(t, err, "honour.already")
	_, err = w.Nominate(t.Context(), auth.Actor{}, honour.Nominate{RoundID: w.id, Category: "c1", Kind: honour.OfPost, NomineeID: "p-邻长2", Citation: "好人", Door: "none"})
	for _, code := range []string{"honour.too_short", "honour.no_door"} {
		wantCode(t, err, code)
	}
	_, err = w.Nominate(t.Context(), auth.Actor{}, honour.Nominate{RoundID: w.id, Category: "c9", Kind: honour.OfPost, NomineeID: "p-邻长2", Citation: citation, Door: networktest.Door})
	wantCode(t, err, "honour.no_such_category")
	_, err = w.Nominate(t.Context(), auth.Actor{}, honour.Nominate{RoundID: w.id, Category: "c1", Kind: "anybody", NomineeID: "张三", Citation: citation, Door: networktest.Door})
	wantCode(t, err, "honour.no_nominee")
	for who, code := range map[string]string{"村干部2": "auth.forbidden", "邻长2": "auth.forbidden", "指挥": "auth.forbidden"} {
		wantCode(t, w.Check(t.Context(), w.Actor(who), honour.Check{ID: n.ID, True: true, Words: "属实", Praise: "好", Version: 1}), code)
	}
	wantCode(t, w.Check(t.Context(), w.Actor("村干部1"), honour.Check{ID: n.ID, True: true, Words: "属实", Version: 1}), "honour.missing")
	w.OK(w.Check(t.Context(), w.Actor("村干部1"), honour.Check{ID: n.ID, Words: "问过三户，没有这回事。", Version: 1}))
	wantCode(t, w.Consent(t.Context(), w.Actor("邻长1"), honour.Consent{ID: n.ID, Agrees: true, Version: 2}), "honour.untrue")
	again, err := w.nominate("", "邻长1") // what wasn't true doesn't stand in the way
	w.OK(err)
	if same, err := w.nominate("", "邻长1"); err != nil || same != again {
		t.Errorf("pressed twice: %+v, %v", same, err)
	}
	wantCode(t, w.Withdraw(t.Context(), again.ID, "wrong", ""), "honour.no_nomination")
	w.OK(w.Withdraw(t.Context(), again.ID, again.Key, ""))
	list, err := w.ToCheck(t.Context(), w.Actor("村干部1"))
	if err != nil || len(list) != 0 {
		t.Errorf("to check: %+v, %v", list, err)
	}
	_, err = w.Define(t.Context(), w.Actor("镇干部"), honour.Define{})
	wantCode(t, err, "auth.forbidden")
}

// TestErasedIsWithdrawn: the number stays, and says so; nothing of the person does.
func TestErasedIsWithdrawn(t *testing.T) {
	t.Parallel()
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		w := newWorld(t, db)
		c := w.awarded()
		w.OK(db.Write(t.Context(), func(tx *sqldb.Tx) error {
			_, err := tx.ExecContext(t.Context(), `UPDATE person SET household_id = 'h-1' WHERE id = 'p-邻长1'`)
			return err
		}))
		held, err := w.HeldOf(t.Context(), db.Reader(), "h-1")
		if err != nil || len(held) != 1 || held[0].From { // that the household made it isn't kept any more
			t.Fatalf("held: %+v, %v", held, err)
		}
		w.OK(db.Write(t.Context(), func(tx *sqldb.Tx) error { return w.Erase(t.Context(), tx, "h-1") }))
		v, err := w.Verify(t.Context(), c.Full())
		if err != nil || v.State != honour.Withdrawn || v.Name != "" {
			t.Errorf("%+v, %v", v, err)
		}
		if held, err := w.HeldOf(t.Context(), db.Reader(), "h-1"); err != nil || len(held) != 0 {
			t.Errorf("still held: %+v, %v", held, err)
		}
		if n := w.Count(`SELECT COUNT(*) FROM honour_nomination WHERE name <> '' OR person_id <> '' OR by_household <> ''`); n != 0 {
			t.Errorf("%d rows still say who", n)
		}
	})
}

// TestHonoursFeedNothing: no statement outside of the package names its tables, no
// slice that measures, rewards or asks knows of it, and it orders nobody.
func TestHonoursFeedNothing(t *testing.T) {
	t.Parallel()
	tables := regexp.MustCompile(`\bhonour_(round|panel|nomination|recusal|objection|certificate|number)\b`)
	own, err := filepath.Abs(".")
	if err != nil {
		t.Fatal(err)
	}
	seen := 0
	err = filepath.WalkDir("..", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		raw, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		here, err := filepath.Abs(filepath.Dir(path))
		if tables.Match(raw) {
			seen++
			if here != own && !strings.Contains(path, "/backup/") {
				t.Errorf("%s reads honours' tables", path)
			}
		}
		for _, slice := range []string{"outcome", "programme", "admission", "care", "demand", "mobilise"} {
			if strings.HasPrefix(filepath.ToSlash(path), "../"+slice+"/") && strings.Contains(string(raw), `"bilin/internal/honour`) {
				t.Errorf("%s knows honours", path)
			}
		}
		if here == own && regexp.MustCompile(`ORDER BY[^`+"`"+`]*\b(votes|yes|count)\b`).Match(raw) {
			t.Errorf("%s orders people", path)
		}
		return err
	})
	if err != nil || seen == 0 {
		t.Errorf("%d files, %v: this test has lost what it watches", seen, err)
	}
}

// TestTheCitationAlone: the service knows nothing that is counted of anybody: it
// has no way to ask.
func TestTheCitationAlone(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("*.go")
	if err != nil || len(files) == 0 {
		t.Fatal(err)
	}
	for _, file := range files {
		raw, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, other := range []string{"demand", "outcome", "programme", "admission", "care", "outreach", "volunteer", "mobilise"} {
			if !strings.HasSuffix(file, "_test.go") && strings.Contains(string(raw), `"bilin/internal/`+other) {
				t.Errorf("%s asks %s", file, other)
			}
		}
	}
}
