package honour_test

import (
	"errors"
	"strings"
	"testing"

	"bilin/internal/auth"
	"bilin/internal/honour"
	"bilin/internal/network/networktest"
	"bilin/internal/seal"
	"bilin/internal/sqldb"
	"bilin/internal/sqldbtest"
)

// team nominates the team of within.
func (w *world) team() string {
	w.t.Helper()
	n, err := w.Nominate(w.t.Context(), w.Actor("邻长1"), honour.Nominate{Key: "team", RoundID: w.id, Category: "c2", Kind: honour.OfTeam, NomineeID: "team", Citation: citation})
	w.OK(err)
	return n.ID
}

// standing has a nomination checked by somebody, who also enters what was answered.
func (w *world) standing(id, by string) {
	w.t.Helper()
	w.OK(w.Check(w.t.Context(), w.Actor(by), honour.Check{ID: id, True: true, Words: "问过三户，都说属实。", Praise: "冰冻那夜铲冰", Version: 1}))
	w.OK(w.Consent(w.t.Context(), w.Actor(by), honour.Consent{ID: id, Agrees: true, How: honour.Called, Version: 2}))
}

// lives moves somebody into the household with the door.
func (w *world) lives(name string) {
	w.t.Helper()
	w.OK(w.DB.Write(w.t.Context(), func(tx *sqldb.Tx) error {
		_, err := tx.ExecContext(w.t.Context(), `UPDATE person SET household_id = 'h-1' WHERE id = $1`, "p-"+name)
		return err
	}))
}

// TestWhoNominatedIsntKept: a row, the record and what tells a repeated form name
// nobody; recusal and limits hold all the same; once it is counted the marks go too.
func TestWhoNominatedIsntKept(t *testing.T) {
	t.Parallel()
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		w := newWorld(t, db)
		a := w.stand("邻长1", "村干部1") // by the household
		n, err := w.nominate("指挥", "邻长2")
		w.OK(err)
		w.standing(n.ID, "村干部2")
		for what, query := range map[string]string{
			"the row":    `SELECT COUNT(*) FROM honour_nomination WHERE by_household = 'h-1' OR by_person = 'p-指挥' OR by_person = 'a-指挥'`,
			"the record": `SELECT COUNT(*) FROM (SELECT action, actor_id FROM audit_pending UNION ALL SELECT action, actor_id FROM audit_entry) AS a WHERE action = 'honour.nominate' AND actor_id <> 'anonymous'`,
			"the form":   `SELECT COUNT(*) FROM once WHERE scope LIKE 'honour.nominate%指挥'`,
		} {
			if n := w.Count(query); n != 0 {
				t.Errorf("%s says who nominated, %d times", what, n)
			}
		}
		if held, err := w.HeldOf(t.Context(), db.Reader(), "h-1"); err != nil || len(held) != 1 || !held[0].From || held[0].Name != "" {
			t.Errorf("the household is told: %+v, %v", held, err)
		}
		w.lives("镇干部")
		w.voting()
		wantCode(t, w.cast("镇干部", a), "honour.recused")
		wantCode(t, w.cast("指挥", n.ID), "honour.recused")
		for _, who := range judges {
			w.OK(w.cast(who))
		}
		if n := w.Count(`SELECT COUNT(*) FROM honour_nomination WHERE by_person <> '' OR by_household <> ''`); n != 0 {
			t.Errorf("%d rows say who nominated after it was counted", n)
		}
	})
}

// TestWhoIsErasedDidntNominate, a person of the household as little as the household.
func TestWhoIsErasedDidntNominate(t *testing.T) {
	t.Parallel()
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		w := newWorld(t, db)
		_, err := w.nominate("", "邻长1")
		w.OK(err)
		_, err = w.nominate("指挥", "邻长2")
		w.OK(err)
		w.lives("指挥")
		if held, err := w.HeldOf(t.Context(), db.Reader(), "h-1"); err != nil || len(held) != 2 {
			t.Errorf("held: %+v, %v", held, err)
		}
		w.OK(db.Write(t.Context(), func(tx *sqldb.Tx) error { return w.Erase(t.Context(), tx, "h-1") }))
		if n := w.Count(`SELECT COUNT(*) FROM honour_nomination WHERE by_person <> '' OR by_household <> ''`); n != 0 {
			t.Errorf("%d rows say who nominated", n)
		}
	})
}

// TestObjectionsEndWithThePerson they are about: nothing waits for an answer that
// nobody can give, and the result shows nobody without a name.
func TestObjectionsEndWithThePerson(t *testing.T) {
	t.Parallel()
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		w := newWorld(t, db)
		id := w.stand("邻长1", "村干部1")
		w.voting()
		for _, who := range judges {
			yes := []string{id}
			if who == "村干部1" {
				yes = nil
			}
			w.OK(w.cast(who, yes...))
		}
		o, err := w.Object(t.Context(), auth.Actor{}, honour.Object{NominationID: id, Words: "冰冻那几天邻长1不在村里。", From: "老王"})
		w.OK(err)
		var words string
		w.OK(db.Reader().QueryRowContext(t.Context(), `SELECT words FROM honour_objection WHERE id = $1`, o.ID).Scan(&words))
		w.lives("邻长1")
		w.OK(db.Write(t.Context(), func(tx *sqldb.Tx) error { return w.Erase(t.Context(), tx, "h-1") }))
		if _, err := w.Vault.Open(t.Context(), o.ID, words, "honour_objection/words/"+o.ID); !errors.Is(err, seal.ErrErased) {
			t.Errorf("what was said of them opens: %v", err)
		}
		if n := w.Count(`SELECT COUNT(*) FROM honour_objection WHERE words <> '' OR sender <> '' OR answer <> ''`); n != 0 {
			t.Errorf("%d objections are left", n)
		}
		if mine, _, err := w.MyObjection(t.Context(), o.ID, o.Key); err != nil || mine.Words != "" {
			t.Errorf("whoever objected reads %+v, %v", mine, err)
		}
		if list, err := w.Proposed(t.Context(), w.round()); err != nil || len(list) != 0 {
			t.Errorf("proposed still: %+v, %v", list, err)
		}
		if _, list, err := w.Objections(t.Context(), w.Actor("指挥"), w.id); err != nil || len(list) != 0 {
			t.Errorf("the panel reads %+v, %v", list, err)
		}
		wantCode(t, w.AnswerObjection(t.Context(), w.Actor("指挥"), honour.Answer{ID: o.ID, Words: "查了值班表，他都在村里。", Version: 1}), "honour.no_objection")
		w.Clock = w.round().PublishUntil
		w.OK(w.Award(t.Context(), w.Actor("市办"), "w", w.id, w.round().Version))
		if n := w.Count(`SELECT COUNT(*) FROM honour_certificate`); n != 0 {
			t.Errorf("%d certificates for nobody", n)
		}
	})
}

// TestWhoIsTiedDoesntCheck: not a team's own member, nor whoever lives with the
// nominee, nor whose home made the nomination.
func TestWhoIsTiedDoesntCheck(t *testing.T) {
	t.Parallel()
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		w := newWorld(t, db, &within{})
		team := w.team()
		lead, err := w.nominate("邻长2", "邻长1")
		w.OK(err)
		check := func(by, id string) error {
			return w.Check(t.Context(), w.Actor(by), honour.Check{ID: id, True: true, Words: "属实", Praise: "好", Version: 1})
		}
		wantCode(t, check("村干部1", team), "honour.not_yours")
		wantCode(t, w.Consent(t.Context(), w.Actor("村干部1"), honour.Consent{ID: team, Agrees: true, How: honour.Meeting, Version: 1}), "honour.not_yours")
		if _, _, err := w.Nomination(t.Context(), w.Actor("村干部1"), team); err == nil {
			t.Error("the team's own member reads it to check")
		}
		w.lists("村干部1", lead.ID)
		w.lists("镇干部", team, lead.ID)
		w.lives("邻长1")
		w.lives("村干部1")
		wantCode(t, check("村干部1", lead.ID), "honour.not_yours")
		w.lists("村干部1")
		home, err := w.nominate("", "邻长2")
		w.OK(err)
		w.lives("村干部2")
		wantCode(t, check("村干部2", home.ID), "honour.not_yours")
		w.OK(check("镇干部", team))
		w.OK(w.Consent(t.Context(), w.Actor("镇干部"), honour.Consent{ID: team, Agrees: true, How: honour.Meeting, Version: 2}))
	})
}

// lists compares what somebody is asked to check.
func (w *world) lists(who string, ids ...string) {
	w.t.Helper()
	list, err := w.ToCheck(w.t.Context(), w.Actor(who))
	w.OK(err)
	var got []string
	for _, n := range list {
		got = append(got, n.ID)
	}
	if strings.Join(got, " ") != strings.Join(ids, " ") {
		w.t.Errorf("%s is to check %v, want %v", who, got, ids)
	}
}

// TestAnAnswerIsTheirOwn: nobody agrees for somebody who can say it themself; for
// others it is written down who took it, how and when, and they are shown it.
func TestAnAnswerIsTheirOwn(t *testing.T) {
	t.Parallel()
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		k := &within{in: []string{"p-邻长1"}}
		w := newWorld(t, db, k)
		var ids []string
		for i, name := range []string{"邻长1", "邻长2"} {
			n, err := w.nominate("", name)
			w.OK(err)
			ids = append(ids, n.ID)
			w.OK(w.Check(t.Context(), w.Actor([]string{"村干部1", "村干部2"}[i]), honour.Check{ID: n.ID, True: true, Words: "属实", Praise: "好", Version: 1}))
		}
		enter := func(by, id string, how honour.How) error {
			return w.Consent(t.Context(), w.Actor(by), honour.Consent{ID: id, Agrees: true, How: how, Version: 2})
		}
		wantCode(t, enter("村干部1", ids[0], honour.Meeting), "honour.says_self")
		if n, _, err := w.Nomination(t.Context(), w.Actor("村干部1"), ids[0]); err != nil || !n.SaysSelf {
			t.Errorf("the official isn't told: %+v, %v", n, err)
		}
		for _, how := range []honour.How{"", honour.Self, "hearsay"} {
			wantCode(t, enter("村干部2", ids[1], how), "honour.how")
		}
		w.OK(enter("村干部2", ids[1], honour.Called))
		w.OK(enter("邻长1", ids[0], ""))
		w.lives("邻长2")
		held, err := w.HeldOf(t.Context(), db.Reader(), "h-1")
		mine, err2 := w.Mine(t.Context(), w.Actor("邻长2"))
		if err != nil || err2 != nil || len(mine.Asks) != 1 || len(held) == 0 {
			t.Fatalf("%+v, %v; %+v, %v", held, err, mine, err2)
		}
		said, told := mine.Asks[0], held[len(held)-1]
		if said.ConsentBy != "村干部2" || said.ConsentHow != honour.Called || !said.ConsentAt.Equal(w.Now()) || !said.Open {
			t.Errorf("the nominee sees %+v", said)
		}
		if told.Consent != honour.Called || told.ConsentBy != "村干部2" {
			t.Errorf("the household is told %+v", told)
		}
		w.voting()
		mine, err = w.Mine(t.Context(), w.Actor("邻长2"))
		if err != nil || len(mine.Asks) != 1 || mine.Asks[0].Open {
			t.Errorf("during the vote: %+v, %v", mine, err)
		}
	})
}

// TestNobodyNominatesTheirOwn, nor more than three from one home: the marks tell both.
func TestNobodyNominatesTheirOwn(t *testing.T) {
	t.Parallel()
	w := newWorld(t, sqldbtest.Open(t, sqldb.SQLite))
	w.lives("邻长1")
	_, err := w.nominate("", "邻长1")
	wantCode(t, err, "honour.own")
	for range 3 {
		_, err = w.Nominate(t.Context(), auth.Actor{}, honour.Nominate{RoundID: w.id, Category: "c1", Kind: honour.OfPost, NomineeID: "p-邻长2", Citation: citation, Door: networktest.Door})
		w.OK(err)
		w.OK(w.DB.Write(t.Context(), func(tx *sqldb.Tx) error {
			_, err := tx.ExecContext(t.Context(), `UPDATE honour_nomination SET withdrawn = 1`)
			return err
		}))
	}
	_, err = w.nominate("", "邻长2")
	wantCode(t, err, "honour.enough")
}
