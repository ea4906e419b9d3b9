package app_test

import (
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"testing"

	"bilin/internal/app"
	"bilin/internal/auth"
	"bilin/internal/privacy"
	"bilin/internal/sqldb"
)

// TestErasureReachesEveryHolder: of households that have something with each
// holder, each shows it, gives it in the copy, erases one thing of several when one
// is asked for, all when all is, and again after a restore.
func TestErasureReachesEveryHolder(t *testing.T) {
	w, actors := plantedCity(t)
	w.app.DB.Guard(func(stack string) { t.Error("a command reads on a second connection:\n" + stack) })
	login := func(name string) auth.Actor {
		return actors[slices.IndexFunc(actors, func(a auth.Actor) bool { return a.Login == name })]
	}
	officer := login("privacy")
	whole := w.fullHome("none")
	part := w.fullHome(whole)
	w.copyHasAll(whole)
	for holder, items := range w.held(whole) {
		for _, i := range items {
			if i.ID != "" && slices.Contains(i.Asks, privacy.Erase) {
				w.erasesOne(officer, whole, holder, i.ID)
				break
			}
		}
	}
	w.grants(officer, whole, privacy.Ask{Kind: privacy.Erase})
	w.nothingLeft("erased", whole)

	w.grants(officer, part, privacy.Ask{Kind: privacy.Erase, Holder: privacy.Home})
	w.homeAlone("asked for the registry's alone", part)
	w.learned(`UPDATE erasure SET learned = 1 WHERE subject LIKE '%' || $1`, part)
	w.homeAlone("after a restore", part)
	w.learned(`INSERT INTO erasure (subject, why, at, done, learned) VALUES ($1, 'asked', 1, 1, 1)`, part)
	w.nothingLeft("after a restore", part)
	w.erasesTheSecrets(login)
}

// planted gives one household something with each holder that the demo city has
// nothing with. $1 is the household, $2 another one whose things stay.
var planted = []string{
	`UPDATE care_entry SET household_id = $1 WHERE id IN (SELECT id FROM care_entry WHERE household_id NOT IN ($1, $2) ORDER BY id LIMIT 2)`,
	`UPDATE demand SET household_id = $1 WHERE id IN (SELECT id FROM demand WHERE household_id NOT IN ($1, $2) ORDER BY id LIMIT 2)`,
	`UPDATE rollcall_report SET household_id = $1 WHERE household_id = (SELECT household_id FROM rollcall_report WHERE household_id NOT IN ($1, $2) ORDER BY household_id LIMIT 1)
		AND NOT EXISTS (SELECT 1 FROM rollcall_report r WHERE r.household_id = $1)`,
	`UPDATE volunteer SET household_id = $1 WHERE id IN (SELECT v.id FROM volunteer v JOIN wish_hours h ON h.volunteer_id = v.id
		WHERE v.state = 'active' AND v.household_id NOT IN ($1, $2) ORDER BY v.id LIMIT 2)`,
	`INSERT INTO notice_phone (id, household_id, unit_id, mark, phone, token, token_hash, opener, asked_at, agreed_at) SELECT 'phone-' || $1, $1, unit_id, 'm', '', '', $1, $1, 1, 1 FROM household WHERE id = $1 AND id <> $2`,
	`UPDATE programme_member SET household_id = $1 WHERE id IN (SELECT id FROM programme_member WHERE left_at = 0 AND household_id NOT IN ('', $1, $2) ORDER BY id LIMIT 2)`,
	`UPDATE person SET household_id = $1 WHERE id IN (SELECT person_id FROM honour_nomination WHERE person_id NOT IN (SELECT id FROM person WHERE household_id IN ($1, $2)) ORDER BY id LIMIT 2)`,
	`UPDATE person SET household_id = $1 WHERE id IN (SELECT person_id FROM talk_seat WHERE person_id NOT IN (SELECT id FROM person WHERE household_id IN ($1, $2)) ORDER BY person_id LIMIT 1)`,
	`UPDATE person SET household_id = $1 WHERE id IN (SELECT asker_id FROM lesson_question WHERE asker_id NOT IN (SELECT id FROM person WHERE household_id IN ($1, $2)) ORDER BY id LIMIT 1)`,
	`UPDATE mediation SET a_household = $1 WHERE id IN (SELECT id FROM mediation WHERE a_household NOT IN ('', $1, $2) AND b_household NOT IN ($1, $2) AND state <> 'ended' ORDER BY id LIMIT 2)`,
}

// fullHome returns a household, not other, that has something with every holder there is.
func (w *witness) fullHome(other string) string {
	w.Helper()
	homes := w.ids(`SELECT DISTINCT household_id FROM wish WHERE household_id <> $1 ORDER BY household_id`, other)
	i := slices.IndexFunc(homes, func(id string) bool { return len(w.held(id)["task"]) > 0 })
	if i < 0 {
		w.Fatal("no household of a wish is visited this month")
	}
	home := homes[i]
	for _, text := range planted {
		w.exec(text, home, other)
	}
	held := w.held(home)
	for _, name := range w.app.Privacy.Holders() {
		if len(held[name]) == 0 {
			w.Fatalf("nothing is planted with %q: this test doesn't try it", name)
		}
	}
	return home
}

// held is what each holder shows, and that what can be erased alone is told apart.
func (w *witness) held(home string) map[string][]privacy.Item {
	w.Helper()
	v, err := w.app.Privacy.Held(w.Context(), home, "")
	w.ok(err)
	out := map[string][]privacy.Item{}
	for _, h := range v.Holdings {
		out[h.Holder] = h.Items
		seen := map[string]bool{}
		for _, i := range h.Items {
			if slices.Contains(i.Asks, privacy.Erase) && (seen[i.ID] || i.ID == "" && len(h.Items) > 1) {
				w.Errorf("%s: %+v can't be told from another", h.Holder, i)
			}
			seen[i.ID] = true
		}
	}
	return out
}

// grants asks, and has the officer grant it.
func (w *witness) grants(officer auth.Actor, home string, ask privacy.Ask) {
	w.Helper()
	out, err := w.app.Privacy.Send(w.Context(), privacy.Session{HouseholdID: home, Way: privacy.ByPaper}, ask)
	w.ok(err)
	f, err := w.app.Privacy.Get(w.Context(), officer, out.Number)
	w.ok(err)
	if ask.Item != "" && (f.About == nil || len(f.Plan.Goes) != 1) {
		w.Errorf("%s: the officer is shown %+v and %+v", ask.Holder, f.About, f.Plan)
	}
	w.ok(w.app.Privacy.Reply(w.Context(), officer, privacy.Answer{Number: out.Number, Outcome: privacy.Granted, Words: "都已经删除", Plan: f.Plan.Mark}))
}

// erasesOne has one thing erased: it alone is gone, and nothing that stays says
// which it was.
func (w *witness) erasesOne(officer auth.Actor, home, holder, item string) {
	w.Helper()
	ids := func() (out []string) {
		for _, i := range w.held(home)[holder] {
			if slices.Contains(i.Asks, privacy.Erase) && i.ID != item {
				out = append(out, i.ID)
			}
		}
		return out
	}
	before := ids()
	w.foundAgain(home, holder, item)
	w.grants(officer, home, privacy.Ask{Kind: privacy.Erase, Holder: holder, Item: item})
	if after := ids(); !slices.Equal(before, after) {
		w.Errorf("%s: one was to go; others before %v, after %v", holder, before, after)
	}
	for _, i := range w.held(home)[holder] {
		if i.ID == item && slices.Contains(i.Asks, privacy.Erase) {
			w.Errorf("%s: %+v was to go", holder, i)
		}
	}
	line := holder + "/" + home + "/"
	if lines := w.ids(`SELECT subject FROM erasure WHERE subject LIKE $1 || '_%'`, line); len(lines) != 1 {
		w.Errorf("%s: the ledger has %v", holder, lines)
	}
	for _, query := range []string{`SELECT subject FROM erasure WHERE why = 'privacy.part' AND subject LIKE '%' || $1 || '%'`, `SELECT number FROM privacy_request WHERE item = $1`} {
		if rows := w.ids(query, item); len(rows) != 0 {
			w.Errorf("%s: that %s was this household's still stands in %v", holder, item, rows)
		}
	}
}

var errBack = errors.New("rolled back")

// foundAgain checks that the line of the ledger which doesn't name a record has it
// erased in data that still holds it.
func (w *witness) foundAgain(home, holder, item string) {
	w.Helper()
	line := holder + "/" + home + "/" + w.app.Sealer.Index("privacy/part/"+holder+"/"+home, item)
	err := w.app.DB.Write(w.Context(), func(tx *sqldb.Tx) error {
		if err := w.app.Privacy.EraseAgain(w.Context(), tx, line); err != nil {
			return err
		}
		for _, h := range app.Holders(w.app) {
			if h.Name() != holder {
				continue
			}
			items, err := h.Held(w.Context(), tx, home, false)
			w.ok(err)
			if slices.ContainsFunc(items, func(i privacy.Item) bool { return i.ID == item && slices.Contains(i.Asks, privacy.Erase) }) {
				w.Errorf("%s: after a restore %q is still there", holder, item)
			}
		}
		return errBack
	})
	if !errors.Is(err, errBack) {
		w.Error(err)
	}
}

func named(items []privacy.Item) bool {
	return slices.ContainsFunc(items, func(i privacy.Item) bool {
		return slices.ContainsFunc(i.Facts, func(f privacy.Fact) bool { return f.Label == "held.fact.head" || f.Label == "held.fact.phone" })
	})
}

func (w *witness) nothingLeft(when, home string) {
	w.Helper()
	for holder, items := range w.held(home) {
		left := slices.ContainsFunc(items, func(i privacy.Item) bool { return slices.Contains(i.Asks, privacy.Erase) })
		if holder == privacy.Home {
			left = named(items)
		}
		if left {
			w.Errorf("%s: %s still holds %+v", when, holder, items)
		}
	}
}

// homeAlone checks that name and number are gone, and nothing else is.
func (w *witness) homeAlone(when, home string) {
	w.Helper()
	for holder, items := range w.held(home) {
		if gone := len(items) == 0; gone || holder == privacy.Home && named(items) {
			w.Errorf("%s: %s holds %+v", when, holder, items)
		}
	}
	if n := len(w.ids(`SELECT subject FROM erasure WHERE subject = $1`, home)); n != 0 {
		w.Errorf("%s: the ledger says that all of it was erased", when)
	}
}

// learned stands for a start with data of a time before an erasure, which the key
// store knows of.
func (w *witness) learned(line, home string) {
	w.Helper()
	w.exec(line, home)
	w.exec(`UPDATE household SET head = '埋名人' WHERE id = $1`, home)
	w.ok(app.ForgetAgain(w.app, w.Context()))
	if n := len(w.ids(`SELECT subject FROM erasure WHERE learned = 1 AND subject <> $1`, "")); n != 0 {
		w.Errorf("%d lines are left to do", n)
	}
}

// copyHasAll has the copy that a household downloads name every holder.
func (w *witness) copyHasAll(home string) {
	w.Helper()
	village := auth.Actor{AccountID: "a", PersonID: "p", Name: "村", Grants: []auth.Grant{{Role: auth.VillageOfficial, UnitID: w.app.Network.RootID()}}}
	paper, err := w.app.Privacy.IssueCode(w.Context(), village, "", home, true)
	w.ok(err)
	secret, err := w.app.Privacy.EnterPaper(w.Context(), paper.Code)
	w.ok(err)
	rec := w.send(auth.System("household"), http.MethodGet, "/mine/held.json", nil, &http.Cookie{Name: "mine", Value: secret})
	var got struct{ Items []struct{ Key string } }
	w.ok(json.Unmarshal(rec.Body.Bytes(), &got))
	for _, name := range w.app.Privacy.Holders() {
		if !slices.ContainsFunc(got.Items, func(i struct{ Key string }) bool { return i.Key == name }) {
			w.Errorf("the copy lacks %s: %s", name, fmt.Sprint(got))
		}
	}
}

func (w *witness) exec(query string, args ...any) {
	w.Helper()
	w.ok(w.app.DB.Write(w.Context(), func(tx *sqldb.Tx) error {
		_, err := tx.ExecContext(w.Context(), query, args...)
		return err
	}))
}

func (w *witness) ids(query, arg string) []string {
	w.Helper()
	list, err := sqldb.Collect(w.Context(), w.app.DB.Reader(), func(r *sql.Rows, id *string) error { return r.Scan(id) }, query, arg)
	w.ok(err)
	return list
}
