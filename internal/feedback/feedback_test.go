package feedback_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"

	"bilin/internal/auth"
	"bilin/internal/errs"
	"bilin/internal/feedback"
	"bilin/internal/network/networktest"
	"bilin/internal/sqldb"
	"bilin/internal/sqldbtest"
)

type world struct {
	*networktest.City
	*feedback.Service
}

func newWorld(t *testing.T, db *sqldb.DB) *world {
	c := networktest.New(t, db, feedback.Rules)
	return &world{c, feedback.New(feedback.Options{DB: db, Policy: c.Policy, Audit: c.Audit, Live: c.Live, Vault: c.Vault, Now: c.Now})}
}

func (w *world) say(key, words string) feedback.Receipt {
	w.Helper()
	r, err := w.Send(w.Context(), feedback.Send{Key: key, Kind: feedback.Hard, Route: "/notices/{number}", Words: words})
	w.OK(err)
	return r
}

func (w *world) desk() auth.Actor { return w.Actor("市办") }

func (w *world) version(num string) int {
	return w.Count(`SELECT version FROM feedback WHERE number = $1`, num)
}

func (w *world) reply(num string, to feedback.State) error {
	r := feedback.Reply{Number: num, State: to, Words: "您说得对。", Version: w.version(num)}
	if to == feedback.Changed {
		r.Sentence, r.Release = "字随手机放大", "1.4"
	}
	return w.Reply(w.Context(), w.desk(), r)
}

func wantCode(t testing.TB, err error, code string) {
	t.Helper()
	if err == nil || errs.CodeOf(err) != code {
		t.Errorf("%v, want %s", err, code)
	}
}

func TestSaidAnsweredChanged(t *testing.T) {
	t.Parallel()
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		w := newWorld(t, db)
		r := w.say("k", "字太小，看不清")
		if again := w.say("k", "字太小，看不清"); again != r {
			t.Errorf("pressed twice: %+v and %+v", r, again)
		}
		_, err := w.Mine(t.Context(), r.Number, "wrong")
		wantCode(t, err, "feedback.none")
		mine, err := w.Mine(t.Context(), r.Number, r.Key)
		w.OK(err)
		if mine.Words != "字太小，看不清" || mine.State != feedback.Unread || mine.DueAt.IsZero() {
			t.Errorf("mine: %+v", mine)
		}
		w.OK(w.reply(r.Number, feedback.Doing))
		w.OK(w.reply(r.Number, feedback.Changed))
		wantCode(t, w.reply(r.Number, feedback.Declined), "feedback.not_from_here")
		mine, err = w.Mine(t.Context(), r.Number, r.Key)
		w.OK(err)
		if mine.State != feedback.Changed || len(mine.Answers) != 2 || mine.Change == nil || mine.Change.Sentence != "字随手机放大" || !mine.DueAt.IsZero() {
			t.Errorf("mine: %+v", mine)
		}
		list, next, err := w.Changes(t.Context(), nil, 10)
		w.OK(err)
		if len(list) != 1 || next != nil || list[0].Day != "2026-12-01" || list[0].Release != "1.4" {
			t.Errorf("public: %+v", list)
		}
	})
}

// PostgreSQL runs a transaction once more when another was in its way: whoever
// wrote gets their key all the same.
func TestManyAtOnceKeepTheirKeys(t *testing.T) {
	t.Parallel()
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		w := newWorld(t, db)
		var all sync.WaitGroup
		for i := range 8 {
			all.Go(func() {
				r, err := w.Send(t.Context(), feedback.Send{Key: fmt.Sprint("k", i), Kind: feedback.Hard, Route: "/home", Words: "看不清"})
				if err != nil {
					t.Error(err)
					return
				}
				if _, err := w.Mine(t.Context(), r.Number, r.Key); err != nil {
					t.Errorf("%+v: %v", r, err)
				}
			})
		}
		all.Wait()
	})
}

// TestDeskIsTheCityOffices: nobody else reads what was said or answers it; the
// administrator's machine isn't the administrator's to read.
func TestDeskIsTheCityOffices(t *testing.T) {
	t.Parallel()
	w := newWorld(t, sqldbtest.Open(t, sqldb.SQLite))
	r := w.say("k", "填了两遍")
	for _, who := range []auth.Actor{{}, w.Actor("镇干部"), w.Actor("村干部1"), w.Actor("邻长1"), w.Actor("指挥"), {AccountID: "a", Grants: []auth.Grant{{Role: auth.Admin, UnitID: w.Root}}}} {
		if _, _, err := w.Desk(t.Context(), who, feedback.Filter{}, nil, 5); err == nil {
			t.Errorf("%s reads the desk", who.Name)
		}
		if _, err := w.Case(t.Context(), who, r.Number); err == nil {
			t.Errorf("%s reads one", who.Name)
		}
		if w.Reply(t.Context(), who, feedback.Reply{Number: r.Number, State: feedback.Declined, Words: "不", Version: 1}) == nil {
			t.Errorf("%s answers", who.Name)
		}
		if n, _, err := w.Waiting(t.Context(), who); err != nil || n != 0 {
			t.Errorf("%s is reminded of %d", who.Name, n)
		}
	}
	read := w.Count(`SELECT COUNT(*) FROM audit_pending WHERE action = 'feedback.read'`)
	_, err := w.Case(t.Context(), w.desk(), r.Number)
	w.OK(err)
	if n := w.Count(`SELECT COUNT(*) FROM audit_pending WHERE action = 'feedback.read'`); n != read+1 {
		t.Errorf("reading left %d rows", n-read)
	}
}

// TestEachReadingIsRecorded: a page of words leaves a row for each whose words it
// shows, and none for what was taken back.
func TestEachReadingIsRecorded(t *testing.T) {
	t.Parallel()
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		w := newWorld(t, db)
		for i := range 3 {
			w.say(fmt.Sprint("k", i), fmt.Sprint("看不清", i))
		}
		gone := w.say("gone", "不说了")
		w.OK(w.Withdraw(t.Context(), gone.Number, gone.Key, ""))
		page, _, err := w.Desk(t.Context(), w.desk(), feedback.Filter{}, nil, 10)
		w.OK(err)
		words := 0
		for _, f := range page {
			n := w.Count(`SELECT COUNT(*) FROM audit_pending WHERE action = 'feedback.read' AND object_id = $1`, f.ID)
			if f.Words != "" {
				words++
			}
			if (n == 1) != (f.Words != "") {
				t.Errorf("%q, and %d rows", f.Words, n)
			}
		}
		if words != 3 {
			t.Errorf("%d read", words)
		}
	})
}

// TestNobodyIsKept: neither the words nor who wrote them are in the database in the open.
func TestNobodyIsKept(t *testing.T) {
	t.Parallel()
	w := newWorld(t, sqldbtest.Open(t, sqldb.SQLite))
	r := w.say("k", "周桂英说字太小")
	if w.Count(`SELECT COUNT(*) FROM feedback WHERE words LIKE '%周桂英%' OR key_hash = $1`, r.Key) != 0 {
		t.Error("kept in the open")
	}
	if w.Count(`SELECT COUNT(*) FROM audit_pending WHERE action = 'feedback.send' AND actor_id <> 'feedback-author'`) != 0 {
		t.Error("the record says who spoke")
	}
	if w.Count(`SELECT COUNT(*) FROM once WHERE scope LIKE 'feedback%' AND result LIKE '%`+r.Key+`%'`) != 0 {
		t.Error("the key is kept with the form")
	}
}

// TestSaidTwiceAnsweredOnce: duplicates are merged, also those that were merged
// already, and parted again.
func TestSaidTwiceAnsweredOnce(t *testing.T) {
	t.Parallel()
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		w := newWorld(t, db)
		a, b, c := w.say("a", "字小"), w.say("b", "字太小"), w.say("c", "看不清字")
		w.OK(w.Merge(t.Context(), w.desk(), "m1", c.Number, b.Number, 1))
		w.OK(w.Merge(t.Context(), w.desk(), "m2", b.Number, a.Number, w.version(b.Number)))
		wantCode(t, w.Merge(t.Context(), w.desk(), "m3", a.Number, a.Number, 1), "feedback.same_itself")
		wantCode(t, w.Merge(t.Context(), w.desk(), "m4", a.Number, b.Number, 1), "feedback.same_other")
		wantCode(t, w.Merge(t.Context(), w.desk(), "m5", a.Number, "F1", 1), "feedback.same_none")
		wantCode(t, w.reply(b.Number, feedback.Answered), "feedback.answer_the_other")
		open, late, err := w.Waiting(t.Context(), w.desk())
		if w.OK(err); open != 1 || late != 0 {
			t.Errorf("%d wait, %d late", open, late)
		}
		w.OK(w.reply(a.Number, feedback.Changed))
		for _, r := range []feedback.Receipt{b, c} {
			mine, err := w.Mine(t.Context(), r.Number, r.Key)
			if w.OK(err); mine.State != feedback.Changed || len(mine.Answers) != 1 || mine.Change == nil {
				t.Errorf("the author of %s reads %+v", r.Number, mine)
			}
		}
		seen, err := w.Case(t.Context(), w.desk(), a.Number)
		if w.OK(err); len(seen.Same) != 2 || seen.Same[0].Words == "" {
			t.Errorf("merged into it: %+v", seen.Same)
		}
		w.OK(w.Part(t.Context(), w.desk(), "p", c.Number, w.version(c.Number)))
		if mine, err := w.Mine(t.Context(), c.Number, c.Key); err != nil || mine.State != feedback.Unread || mine.DueAt.IsZero() {
			t.Errorf("parted: %+v, %v", mine, err)
		}
	})
}

// TestOverdueReminds: what isn't answered in time is counted as late until it is.
func TestOverdueReminds(t *testing.T) {
	t.Parallel()
	w := newWorld(t, sqldbtest.Open(t, sqldb.SQLite))
	r := w.say("k", "加个查询")
	w.Clock = w.Clock.AddDate(0, 0, feedback.Term+1)
	if open, late, err := w.Waiting(t.Context(), w.desk()); err != nil || open != 1 || late != 1 {
		t.Errorf("%d wait, %d late, %v", open, late, err)
	}
	w.OK(w.reply(r.Number, feedback.Doing))
	if _, late, _ := w.Waiting(t.Context(), w.desk()); late != 0 {
		t.Error("answered, and still late")
	}
	w.Clock = w.Clock.AddDate(0, 0, feedback.DoingTerm+1)
	if _, late, _ := w.Waiting(t.Context(), w.desk()); late != 1 {
		t.Error("being changed for ever")
	}
	list, _, err := w.Desk(t.Context(), w.desk(), feedback.Filter{Open: true}, nil, 5)
	if w.OK(err); len(list) != 1 || list[0].Words != "加个查询" {
		t.Errorf("the desk: %+v", list)
	}
}

// TestTakenBack: the words are gone for good; what others said as well is still answered.
func TestTakenBack(t *testing.T) {
	t.Parallel()
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		w := newWorld(t, db)
		a, b := w.say("a", "我家在三组，字小"), w.say("b", "字太小")
		w.OK(w.Merge(t.Context(), w.desk(), "m", b.Number, a.Number, 1))
		wantCode(t, w.Withdraw(t.Context(), a.Number, "wrong", ""), "feedback.none")
		w.OK(w.Withdraw(t.Context(), a.Number, a.Key, "w"))
		w.OK(w.Withdraw(t.Context(), b.Number, b.Key, "w"))
		_, err := w.Mine(t.Context(), a.Number, a.Key)
		wantCode(t, err, "feedback.none")
		c, err := w.Case(t.Context(), w.desk(), a.Number)
		if w.OK(err); !c.Gone || c.Words != "" || c.State != feedback.Unread {
			t.Errorf("taken back while another waits for its answer: %+v", c.Mine)
		}
		if w.Count(`SELECT COUNT(*) FROM feedback WHERE words <> '' OR key_hash <> ''`) != 0 {
			t.Error("words or keys are left")
		}
		alone := w.say("c", "多余")
		w.OK(w.Withdraw(t.Context(), alone.Number, alone.Key, ""))
		if w.Count(`SELECT COUNT(*) FROM feedback WHERE state = 'withdrawn'`) != 2 {
			t.Error("nobody waits, and yet it is open")
		}
	})
}

// TestOldWordsGo a year after they were answered, and not before.
func TestOldWordsGo(t *testing.T) {
	t.Parallel()
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		w := newWorld(t, db)
		done, open := w.say("a", "字小"), w.say("b", "字小")
		w.OK(w.reply(done.Number, feedback.Changed))
		w.Clock = w.Clock.AddDate(0, 0, 300)
		if n, err := w.Tick(t.Context()); err != nil || n != 0 {
			t.Errorf("%d, %v", n, err)
		}
		w.Clock = w.Clock.AddDate(0, 0, 100)
		if n, err := w.Tick(t.Context()); err != nil || n != 1 {
			t.Errorf("%d, %v", n, err)
		}
		if mine, err := w.Mine(t.Context(), open.Number, open.Key); err != nil || !strings.Contains(mine.Words, "字小") {
			t.Errorf("one that is still owed an answer: %+v, %v", mine, err)
		}
		if list, _, err := w.Changes(t.Context(), nil, 5); err != nil || len(list) != 1 {
			t.Errorf("what was changed is no longer listed: %v", err)
		}
		if err := db.Write(t.Context(), func(tx *sqldb.Tx) error {
			return w.EndAgain(t.Context(), tx, w.id(open.Number))
		}); err != nil || w.Count(`SELECT COUNT(*) FROM feedback WHERE words <> ''`) != 0 {
			t.Errorf("erased again after a restore: %v", err)
		}
	})
}

func (w *world) id(num string) (id string) {
	w.OK(w.DB.Reader().QueryRowContext(w.Context(), `SELECT id FROM feedback WHERE number = $1`, num).Scan(&id))
	return id
}
