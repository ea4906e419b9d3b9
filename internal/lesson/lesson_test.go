package lesson_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"bilin/internal/auth"
	"bilin/internal/errs"
	"bilin/internal/lesson"
	"bilin/internal/network/networktest"
	"bilin/internal/sqldb"
	"bilin/internal/sqldbtest"
)

type world struct {
	*networktest.City
	*lesson.Service
	told []string
}

// newWorld is the small city, in which 邻长1 is honoured.
func newWorld(t testing.TB, db *sqldb.DB) *world {
	t.Helper()
	w := &world{City: networktest.New(t, db, lesson.Rules)}
	w.Service = lesson.New(lesson.Options{DB: w.DB, Network: w.Net, Policy: w.Policy, Audit: w.Audit, Live: w.Live, Now: w.City.Now,
		Honours: func(_ context.Context, id string) (bool, error) { return id == "p-邻长1", nil },
		Speakers: func(context.Context) ([]lesson.Speaker, error) {
			return []lesson.Speaker{{PersonID: "p-邻长1", Name: "邻长1"}, {PersonID: "p-走了"}}, nil
		},
		Tell: func(_ context.Context, _ *sqldb.Tx, talk *lesson.Talk, people []string) error {
			w.told = append(w.told, talk.Why+" "+strings.Join(people, " "))
			return nil
		}})
	return w
}

func wantCode(t testing.TB, err error, code string) {
	t.Helper()
	if errs.CodeOf(err) != code {
		t.Errorf("%v, not %s", err, code)
	}
}

func (w *world) plan(speaker string) lesson.Plan {
	return lesson.Plan{Title: "怎么劝架", About: "三十年劝架的办法。", Place: "街道会议室", At: w.Clock.Add(72 * time.Hour), Minutes: 60, Places: 12, PersonID: speaker}
}

// TestATalk: the town asks, the speaker says yes, people come, and of them a number is left.
func TestATalk(t *testing.T) {
	t.Parallel()
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		w := newWorld(t, db)
		ctx, town, lead, other := t.Context(), w.Actor("镇干部"), w.Actor("邻长1"), w.Actor("村干部2")
		_, err := w.Plan(ctx, w.Actor("邻长2"), w.plan(""))
		wantCode(t, err, "auth.forbidden") // nobody honoured him
		_, err = w.Plan(ctx, lead, w.plan("p-邻长2"))
		wantCode(t, err, "auth.forbidden")
		id, err := w.Plan(ctx, town, w.plan("p-邻长1"))
		w.OK(err)
		_, _, err = w.Talk(ctx, other, id)
		wantCode(t, err, "lesson.no_talk") // she wasn't heard yet
		wantCode(t, w.Answer(ctx, town, "", id, true), "auth.forbidden")
		if m, err := w.Mine(ctx, lead); err != nil || len(m.Asked) != 1 || m.Asked[0].Speaker != "邻长1" {
			t.Errorf("%+v, %v", m, err)
		}
		w.OK(w.Answer(ctx, lead, "", id, true))
		w.OK(w.Seat(ctx, other, id, 8))
		w.OK(w.Seat(ctx, other, id, 8)) // the same tap again
		wantCode(t, w.Seat(ctx, w.Actor("邻长2"), id, 5), "lesson.full")
		w.OK(w.Seat(ctx, w.Actor("邻长2"), id, 1))
		w.OK(w.Seat(ctx, other, id, 2))
		wantCode(t, w.Seat(ctx, auth.Actor{}, id, 1), "auth.login_needed")
		talk, m, err := w.Talk(ctx, other, id)
		w.OK(err)
		if talk.Taken != 3 || m.Seats != 2 || !m.Join || m.Run {
			t.Errorf("%+v, %+v", talk, m)
		}
		wantCode(t, w.Came(ctx, town, "", id, 30), "lesson.not_begun")
		w.Clock = w.Clock.Add(74 * time.Hour)
		w.OK(w.Came(ctx, lead, "", id, 30))
		past, err := w.Talks(ctx, nil, true, 10)
		w.OK(err)
		if len(past) != 1 || past[0].Came != 30 {
			t.Errorf("%+v", past)
		}
		w.Clock = w.Clock.AddDate(0, 0, 8)
		w.OK(w.Tick(ctx))
		if w.Count(`SELECT COUNT(*) FROM talk_seat`) != 0 {
			t.Error("who had a place is kept")
		}
	})
}

// TestACancelledTalk tells those who have a place, and nobody else.
func TestACancelledTalk(t *testing.T) {
	t.Parallel()
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		w := newWorld(t, db)
		ctx, lead := t.Context(), w.Actor("邻长1")
		id, err := w.Plan(ctx, lead, w.plan("")) // honoured: her own
		w.OK(err)
		w.OK(w.Seat(ctx, w.Actor("邻长2"), id, 1))
		w.OK(w.Seat(ctx, w.Actor("村干部1"), id, 1))
		w.OK(w.Seat(ctx, w.Actor("村干部1"), id, 0))
		wantCode(t, w.Cancel(ctx, w.Actor("邻长2"), "", id, "暴雨"), "auth.forbidden")
		w.OK(w.Cancel(ctx, w.Actor("镇干部"), "k", id, "暴雨"))
		w.OK(w.Cancel(ctx, w.Actor("镇干部"), "k", id, "暴雨"))
		if len(w.told) != 1 || w.told[0] != "暴雨 p-邻长2" {
			t.Errorf("%q", w.told)
		}
		m, err := w.Mine(ctx, w.Actor("邻长2"))
		w.OK(err)
		if len(m.Seats) != 1 || m.Seats[0].State != lesson.Cancelled {
			t.Errorf("%+v", m)
		}
		wantCode(t, w.Seat(ctx, w.Actor("邻长2"), id, 1), "lesson.not_open")
		for name, n := range map[string]int{w.Root: 1, w.Town: 1, w.Cells[0]: 1} {
			if list, err := w.Talks(ctx, w.Net.Tree().ByID(name), false, 10); err != nil || len(list) != n {
				t.Errorf("%s: %+v, %v", name, list, err)
			}
		}
		speakers, err := w.Speakers(ctx, lead)
		w.OK(err)
		if len(speakers) != 1 {
			t.Errorf("%+v", speakers)
		}
		_, name, err := w.SpeakerAt(w.Net.Tree().ByID(w.Cells[1]).Code)
		w.OK(err)
		if name != "邻长2" {
			t.Errorf("%s", name)
		}
		_, _, err = w.SpeakerAt(w.Codes[0])
		wantCode(t, err, "lesson.no_speaker")
	})
}

// TestAMovedTalk keeps the places, says when it was to be, and tells those who
// come; who moves another's talk tells the speaker too.
func TestAMovedTalk(t *testing.T) {
	t.Parallel()
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		w := newWorld(t, db)
		ctx, lead, town := t.Context(), w.Actor("邻长1"), w.Actor("镇干部")
		id, err := w.Plan(ctx, lead, w.plan(""))
		w.OK(err)
		w.OK(w.Seat(ctx, w.Actor("邻长2"), id, 2))
		was := w.Clock.Add(72 * time.Hour)
		to := lesson.Move{Key: "k", ID: id, From: was, At: was.Add(24 * time.Hour), Place: " 村部 "}
		wantCode(t, w.Move(ctx, w.Actor("邻长2"), to), "auth.forbidden")
		wantCode(t, w.Move(ctx, town, lesson.Move{ID: id, From: to.At, At: to.At, Place: "村部"}), "lesson.changed_since")
		wantCode(t, w.Move(ctx, town, lesson.Move{ID: id, From: was, At: was, Place: "街道会议室"}), "lesson.check")
		wantCode(t, w.Move(ctx, town, lesson.Move{ID: id, From: was, At: w.Clock.Add(-time.Hour), Place: "村部"}), "lesson.check")
		w.OK(w.Move(ctx, town, to))
		w.OK(w.Move(ctx, town, to))
		if len(w.told) != 1 || w.told[0] != " p-邻长2 p-邻长1" {
			t.Errorf("%q", w.told)
		}
		talk, m, err := w.Talk(ctx, w.Actor("邻长2"), id)
		w.OK(err)
		if !talk.Moved() || !talk.At.Equal(to.At) || talk.Place != "村部" || !talk.WasAt.Equal(was) || talk.WasPlace != "街道会议室" || m.Seats != 2 || talk.State != lesson.Open {
			t.Errorf("%+v, %+v", talk, m)
		}
		w.OK(w.Move(ctx, lead, lesson.Move{ID: id, From: to.At, At: was, Place: "村部"}))
		if len(w.told) != 2 || w.told[1] != " p-邻长2" {
			t.Errorf("%q", w.told)
		}
		w.Clock = was.Add(time.Hour)
		wantCode(t, w.Move(ctx, lead, lesson.Move{ID: id, From: was, At: to.At, Place: "村部"}), "lesson.over")
	})
}

// TestALesson: an honoured lead writes it, the town publishes it, and who reads it leaves no trace.
func TestALesson(t *testing.T) {
	t.Parallel()
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		w := newWorld(t, db)
		ctx, lead, town := t.Context(), w.Actor("邻长1"), w.Actor("镇干部")
		cmd := lesson.Write{Key: "1", Title: "怎么劝架", Cards: []string{"先让两边坐下。", "一个一个听完。"}}
		_, err := w.Write(ctx, w.Actor("邻长2"), cmd)
		wantCode(t, err, "auth.forbidden")
		id, err := w.Write(ctx, lead, cmd)
		w.OK(err)
		_, _, err = w.Lesson(ctx, town, id)
		wantCode(t, err, "lesson.none")
		cmd.Key, cmd.ID, cmd.Version, cmd.Done = "2", id, 1, true
		_, err = w.Write(ctx, lead, cmd)
		w.OK(err)
		if drafts, err := w.Drafts(ctx, town, 10); err != nil || len(drafts) != 1 || drafts[0].State != lesson.Offered {
			t.Errorf("%+v, %v", drafts, err)
		}
		cmd.Key = "3"
		_, err = w.Write(ctx, town, cmd)
		wantCode(t, err, "lesson.changed_since")
		cmd.Version = 2
		_, err = w.Write(ctx, town, cmd)
		w.OK(err)
		list, _, err := w.Lessons(ctx, nil, 10)
		w.OK(err)
		if len(list) != 1 || list[0].Author != "邻长1" || len(list[0].Cards) != 2 {
			t.Errorf("%+v", list)
		}
		cmd.Key, cmd.Version = "4", 3
		_, err = w.Write(ctx, lead, cmd)
		wantCode(t, err, "lesson.out_already")
		wantCode(t, w.Withdraw(ctx, w.Actor("邻长2"), "", id, "过时"), "auth.forbidden")
		w.OK(w.Withdraw(ctx, lead, "", id, "过时了"))
		l, mine, err := w.Lesson(ctx, auth.Actor{}, id)
		w.OK(err)
		if l.State != lesson.Withdrawn || mine {
			t.Errorf("%+v", l)
		}
	})
}

// TestQuestions: one is public once it is answered, and then nobody sees who asked.
func TestQuestions(t *testing.T) {
	t.Parallel()
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		w := newWorld(t, db)
		ctx, town, lead, asker := t.Context(), w.Actor("镇干部"), w.Actor("邻长1"), w.Actor("邻长2")
		id, err := w.Write(ctx, town, lesson.Write{Title: "怎么劝架", Cards: []string{"先坐下。"}, Done: true})
		w.OK(err)
		talk, err := w.Plan(ctx, lead, w.plan(""))
		w.OK(err)
		wantCode(t, w.Ask(ctx, auth.Actor{}, lesson.Ask{On: id, Kind: lesson.OnLesson, Words: "谁来劝？"}), "auth.login_needed")
		wantCode(t, w.Ask(ctx, asker, lesson.Ask{On: "none", Kind: lesson.OnLesson, Words: "谁来劝？"}), "lesson.none")
		w.OK(w.Ask(ctx, asker, lesson.Ask{Key: "a", On: id, Kind: lesson.OnLesson, Words: "一边不肯坐怎么办？"}))
		w.OK(w.Ask(ctx, asker, lesson.Ask{Key: "a", On: id, Kind: lesson.OnLesson, Words: "一边不肯坐怎么办？"}))
		w.OK(w.Ask(ctx, asker, lesson.Ask{On: talk, Kind: lesson.OnTalk, Words: "能带老伴吗？"}))
		for who, n := range map[string]int{"邻长2": 1, "镇干部": 1, "村干部1": 0, "邻长1": 0} {
			if list, _, err := w.Questions(ctx, w.Actor(who), lesson.OnLesson, id); err != nil || len(list) != n {
				t.Errorf("%s: %+v, %v", who, list, err)
			}
		}
		m, err := w.Mine(ctx, lead)
		w.OK(err)
		if len(m.Wait) != 1 || m.Wait[0].Title != "怎么劝架" || m.Wait[0].Kind != lesson.OnTalk {
			t.Errorf("%+v", m.Wait)
		}
		m, err = w.Mine(ctx, town)
		w.OK(err)
		if len(m.Wait) != 2 {
			t.Fatalf("%+v", m.Wait)
		}
		on := m.Wait[0] // of one day they stand in no order
		if on.Kind != lesson.OnLesson {
			on = m.Wait[1]
		}
		_, err = w.Reply(ctx, asker, "", on.ID, "先不坐。", 1)
		wantCode(t, err, "auth.forbidden")
		_, err = w.Reply(ctx, town, "", on.ID, "先陪他站着。", 1)
		w.OK(err)
		list, _, err := w.Questions(ctx, auth.Actor{}, lesson.OnLesson, id)
		w.OK(err)
		if len(list) != 1 || list[0].Answer != "先陪他站着。" || list[0].Side != lesson.Author || list[0].Mine {
			t.Errorf("%+v", list)
		}
		m, err = w.Mine(ctx, asker)
		w.OK(err)
		if len(m.Answers) != 1 {
			t.Errorf("%+v", m.Answers)
		}
		w.Clock = w.Clock.AddDate(0, 0, 61)
		w.OK(w.Tick(ctx))
		if w.Count(`SELECT COUNT(*) FROM lesson_question WHERE asker_id = '' AND answered_at > 0`) != 1 {
			t.Error("who asked is kept")
		}
	})
}

// TestNobodyFindsTheAsker: neither the record, nor the keys, nor a question's time
// or id lead to who asked it or took a place, once that is forgotten.
func TestNobodyFindsTheAsker(t *testing.T) {
	t.Parallel()
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		w := newWorld(t, db)
		ctx, asker := t.Context(), w.Actor("邻长2")
		talk, err := w.Plan(ctx, w.Actor("邻长1"), w.plan(""))
		w.OK(err)
		w.Clock = w.Clock.Add(1234 * time.Millisecond)
		w.OK(w.Ask(ctx, asker, lesson.Ask{Key: "a", On: talk, Kind: lesson.OnTalk, Words: "能带老伴吗？"}))
		w.OK(w.Seat(ctx, asker, talk, 2))
		if n := w.Count(`SELECT COUNT(*) FROM audit_pending WHERE action IN ('lesson.ask', 'talk.seat')`); n != 2 {
			t.Errorf("%d rows in the record", n)
		}
		for _, q := range []string{`SELECT COUNT(*) FROM audit_pending WHERE action IN ('lesson.ask', 'talk.seat') AND (actor_id IN ($1, $2) OR actor_name = $3)`, `SELECT COUNT(*) FROM once WHERE scope IN ('lesson.ask/' || $1, 'lesson.ask/' || $2, 'lesson.ask/' || $3) OR scope LIKE 'talk.seat%'`} {
			if n := w.Count(q, asker.ID(), asker.PersonID, asker.Name); n != 0 {
				t.Errorf("%d rows name who asked: %s", n, q)
			}
		}
		if w.Count(`SELECT asked_at % 86400000 FROM lesson_question`) != 16*60*60*1000 { // midnight in the city
			t.Error("the time of the question is kept")
		}
		if w.Count(`SELECT COUNT(*) FROM lesson_question WHERE id LIKE '%-7%'`) != 0 {
			t.Error("the question's id tells the time")
		}
	})
}

// TestNobodyKeepsWhoRead: no table says who read a lesson or heard a talk.
func TestNobodyKeepsWhoRead(t *testing.T) {
	t.Parallel()
	w := newWorld(t, sqldbtest.Open(t, sqldb.SQLite))
	id, err := w.Write(t.Context(), w.Actor("镇干部"), lesson.Write{Title: "怎么劝架", Cards: []string{"先坐下。"}, Done: true})
	w.OK(err)
	before := w.Count(`SELECT total_changes()`)
	_, _, err = w.Lesson(t.Context(), w.Actor("邻长2"), id)
	w.OK(err)
	_, _, err = w.Lessons(t.Context(), nil, 10)
	w.OK(err)
	if w.Count(`SELECT total_changes()`) != before {
		t.Error("reading writes")
	}
	for _, table := range []string{"lesson", "talk"} {
		if w.Count(`SELECT COUNT(*) FROM pragma_table_info('`+table+`') WHERE name LIKE '%read%' OR name LIKE '%view%' OR name LIKE '%score%' OR name LIKE '%progress%'`) != 0 {
			t.Errorf("%s counts readers", table)
		}
	}
}

// TestErasedWithTheHousehold: whoever lives there is told what is held, and with
// the household go places and questions that wait.
func TestErasedWithTheHousehold(t *testing.T) {
	t.Parallel()
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		w := newWorld(t, db)
		ctx, q := t.Context(), w.DB.Reader()
		w.OK(w.DB.Write(ctx, func(tx *sqldb.Tx) error {
			_, err := tx.ExecContext(ctx, `UPDATE person SET household_id = 'h-1' WHERE id = 'p-邻长2'`)
			return err
		}))
		id, err := w.Plan(ctx, w.Actor("邻长1"), w.plan(""))
		w.OK(err)
		w.OK(w.Seat(ctx, w.Actor("邻长2"), id, 3))
		w.OK(w.Seat(ctx, w.Actor("村干部1"), id, 2))
		w.OK(w.Ask(ctx, w.Actor("邻长2"), lesson.Ask{On: id, Kind: lesson.OnTalk, Words: "能带老伴吗？"}))
		held, err := w.HeldOf(ctx, q, "h-1")
		w.OK(err)
		if len(held) != 2 || !held[0].Seat || held[1].Words != "能带老伴吗？" || held[1].Title != "怎么劝架" {
			t.Errorf("%+v", held)
		}
		w.OK(w.DB.Write(ctx, func(tx *sqldb.Tx) error { return w.Erase(ctx, tx, "h-1") }))
		talk, _, err := w.Talk(ctx, auth.Actor{}, id)
		w.OK(err)
		if held, err = w.HeldOf(ctx, q, "h-1"); err != nil || len(held) != 0 || talk.Taken != 2 || w.Count(`SELECT COUNT(*) FROM lesson_question`) != 0 {
			t.Errorf("%+v, %v, %d taken", held, err, talk.Taken)
		}
	})
}
