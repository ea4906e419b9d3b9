package app_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"bilin/internal/auth"
	"bilin/internal/demand"
	"bilin/internal/privacy"
	"bilin/internal/purpose"
)

// What is said by the name of a thing has words for each thing there is.
func TestPrivacyHasWordsForAll(t *testing.T) {
	a, _ := city(t)
	c := catalog(t)
	var keys []string
	each := func(prefix string, names ...string) {
		for _, n := range names {
			keys = append(keys, prefix+n)
		}
	}
	each("purpose.kind.", append(a.Purpose.Kinds(), purpose.Glass, purpose.System)...)
	each("purpose.what.", purpose.Whats()...)
	each("privacyweb.holder.", append(a.Privacy.Holders(), "all")...)
	for _, x := range purpose.Reasons() {
		each("purpose.reason.", string(x))
	}
	for _, x := range privacy.Kinds() {
		each("privacy.kind.", string(x))
		each("privacyweb.kind_hint.", string(x))
	}
	for _, x := range privacy.Laws() {
		each("privacy.law.", string(x))
	}
	for _, x := range privacy.Outcomes() {
		each("privacy.outcome.", string(x))
		each("privacy.step.", string(x))
	}
	each("privacy.step.", "asked", "seen", "climbed", "reminded", "erased", "ended", "ordered", "put_right", "nothing")
	each("privacy.outcome.", "nothing")
	for _, r := range auth.Roles() {
		each("auth.role.", string(r))
	}
	for _, k := range keys {
		if !c.Has(k) {
			t.Errorf("%s has no words", k)
		}
	}
	if len(a.Purpose.Kinds()) < 4 || len(a.Privacy.Holders()) < 6 {
		t.Errorf("sources %v, holders %v", a.Purpose.Kinds(), a.Privacy.Holders())
	}
}

// erasesTheSecrets has a household with planted secrets erased: what is left says
// nothing of it.
func (w *witness) erasesTheSecrets(by func(login string) auth.Actor) {
	w.Helper()
	t, ctx, s := w.T, w.Context(), w.secrets[0]
	glass, err := w.app.Purpose.BreakGlass(ctx, by("village"), purpose.BreakGlass{Subject: purpose.Subject{HouseholdID: s.id}, Reason: purpose.Another, Words: "敲门没有人应"})
	w.ok(err)
	session := privacy.Session{HouseholdID: s.id, Way: privacy.ByPaper}
	before, err := w.app.Privacy.Held(ctx, s.id, "")
	w.ok(err)
	if words := fmt.Sprint(before.Holdings); !strings.Contains(words, s.demand) || strings.Contains(words, "楼道灯不亮") {
		t.Error("what a stranger may have raised at the door is held as the household's own words")
	}
	_, err = w.app.Demand.Raise(ctx, auth.Actor{}, demand.Raise{Kind: demand.Report, Text: "楼梯扶手松了", DoorCode: w.door(s.id), Proved: true})
	w.ok(err)
	before, err = w.app.Privacy.Held(ctx, s.id, "")
	w.ok(err)
	if !strings.Contains(fmt.Sprint(before.Holdings), "楼梯扶手松了") {
		t.Error("what the household raised after it had proved itself isn't listed with its words")
	}
	out, err := w.app.Privacy.Send(ctx, session, privacy.Ask{Kind: privacy.Erase})
	w.ok(err)
	f, err := w.app.Privacy.Get(ctx, by("privacy"), out.Number)
	w.ok(err)
	if len(f.Plan.Goes) < 3 || len(f.Plan.Stays) < 4 {
		t.Errorf("what goes and stays is said beforehand: %+v", f.Plan)
	}
	w.ok(w.app.Privacy.Reply(ctx, by("privacy"), privacy.Answer{Number: out.Number, Outcome: privacy.Granted, Words: "都已经删除", Plan: f.Plan.Mark}))

	if _, err := w.app.Network.ReadHousePhone(ctx, by("village"), s.id, glass); err == nil {
		t.Error("the number still opens")
	}
	if _, err := w.app.Demand.Contact(ctx, by("lead"), s.demand); err == nil {
		t.Error("the contact of the demand still opens")
	}
	v, err := w.app.Privacy.Held(ctx, s.id, "")
	w.ok(err)
	for _, h := range v.Holdings {
		for _, i := range h.Items {
			for _, f := range i.Facts {
				if strings.Contains(f.Value.Text, s.phone) || strings.Contains(f.Value.Text, "埋名人") {
					t.Errorf("%s still holds %+v", h.Holder, f)
				}
			}
			if h.Holder == "care" && i.Title.Key == "held.ended" { // for a month, so that nobody gets round it
				continue
			}
			if h.Holder == "care" || h.Holder == "demand" {
				t.Errorf("%s still holds %+v", h.Holder, i)
			}
		}
	}
	if len(v.Breaks) == 0 || slices.ContainsFunc(v.Breaks, func(b purpose.Break) bool { return b.Words != "" }) {
		t.Errorf("the words of who broke the glass: %+v", v.Breaks)
	}
	f, err = w.app.Privacy.Follow(ctx, out.Number, out.Key)
	w.ok(err)
	if f.Answer != "都已经删除" {
		t.Errorf("the answer can't be read any more: %q", f.Answer)
	}
	for query, want := range map[string]int{
		`SELECT COUNT(*) FROM demand WHERE household_id = $1 OR claim_id = $1`: 0, `SELECT COUNT(*) FROM care_entry WHERE household_id = $1`: 0,
		`SELECT COUNT(*) FROM household WHERE id = $1 AND (head <> '' OR phone IS NOT NULL)`: 0, `SELECT COUNT(*) FROM household WHERE id = $1`: 1,
	} {
		var n int
		w.ok(w.app.DB.Reader().QueryRowContext(ctx, query, s.id).Scan(&n))
		if n != want {
			t.Errorf("%s: %d", query, n)
		}
	}
}

// door is the code on a household's door.
func (w *witness) door(householdID string) string {
	h, err := w.app.Network.Household(w.Context(), auth.System("test"), householdID)
	w.ok(err)
	return h.Door
}
