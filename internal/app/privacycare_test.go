package app

import (
	"slices"
	"strings"
	"testing"
	"time"

	"bilin/internal/care"
	"bilin/internal/care/need"
)

// TestAHouseholdSeesEachContact: what officials see of an entry, the household does.
func TestAHouseholdSeesEachContact(t *testing.T) {
	words, err := Catalog()
	if err != nil {
		t.Fatal(err)
	}
	facts := careFacts(care.Held{
		Entry:   care.Entry{ListedOn: "2027-03-01", NextOn: "2027-03-08", Obligation: need.Obligation{Do: "visit", Action: "door", EveryDays: 7}},
		Content: care.Content{Basis: care.ByConsent, Agreed: care.OnPaper, AgreedOn: "2027-03-01"},
		Plan:    []care.Plan{{Step: care.First, Name: "甲"}, {Step: care.Village, Name: "乙"}},
		Past:    []care.PastContact{{OwedOn: "2027-03-08", DueOn: "2027-03-09", Misses: 1, Who: "甲"}, {OwedOn: "2027-03-01", DoneOn: "2027-03-02", Outcome: care.Fine}},
	})
	var got []string
	for _, f := range facts {
		got = append(got, strings.TrimSpace(f.Label+" "+f.Value.Key))
		if !words.Has(f.Label) || f.Value.Key != "" && !words.Has(f.Value.Key) {
			t.Errorf("no words for %+v", f)
		}
		if f.Label == "held.fact.next" && f.Value.At.Format(time.DateOnly) != "2027-03-09" {
			t.Errorf("the day of the next try: %v", f.Value.At)
		}
	}
	for _, want := range []string{"held.fact.emergency need.action.door", "held.fact.listed", "held.fact.agreed held.agreed.paper", "held.fact.plan.3",
		"held.fact.contact held.contact.open", "held.fact.contact held.contact.missed", "held.fact.contact held.contact.fine"} {
		if !slices.Contains(got, want) {
			t.Errorf("%s isn't listed: %v", want, got)
		}
	}
}
