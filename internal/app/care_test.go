package app_test

import (
	"context"
	"strings"
	"testing"

	"bilin/internal/admission"
	"bilin/internal/app"
	"bilin/internal/auth"
	"bilin/internal/care"
	"bilin/internal/demand"
	"bilin/internal/demo"
	"bilin/internal/network"
)

func demoCity(t *testing.T) *app.App {
	t.Helper()
	a, _ := city(t)
	if _, err := a.BuildDemo(context.Background(), demo.Options{Dir: a.Config.Dir, Seed: 1, Scale: 0.01}); err != nil {
		t.Fatal(err)
	}
	return a
}

func number(t *testing.T, a *app.App, query string, args ...any) (n int) {
	t.Helper()
	if err := a.DB.Reader().QueryRowContext(context.Background(), query, args...).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

// The demo city's contacts stand on its lists, inside every lead's minutes.
func TestCareContactsStandOnTheMonthsList(t *testing.T) {
	a := demoCity(t)
	month := string(a.Monthly.ThisMonth())
	if n := number(t, a, `SELECT COUNT(*) FROM care_entry`); n < 100 {
		t.Fatalf("%d entries", n)
	}
	l, err := a.Monthly.List(context.Background(), auth.Actor{}, admission.Month(month))
	if err != nil {
		t.Fatal(err)
	}
	standing := 0
	for _, x := range l.Lines {
		if x.Content.Standing {
			standing++
			if x.Priority != 0 || x.Leads == 0 || x.Minutes == 0 {
				t.Errorf("%+v", x)
			}
		}
	}
	if standing != 1 {
		t.Errorf("%d lines of care contacts", standing)
	}
	if n := number(t, a, `SELECT COUNT(*) FROM (SELECT unit_id FROM task WHERE bypass = 0 AND state <> 'cancelled' GROUP BY unit_id, month HAVING SUM(minutes) > $1) AS x`, admission.DefaultBudget); n != 0 {
		t.Errorf("%d leads' months are over the budget", n)
	}
	// Whoever has a contact that a lead is the first for has the month's task for it.
	if n := number(t, a, `SELECT COUNT(*) FROM care_contact c WHERE c.month = $1 AND c.role = 'lead' AND c.step = 0 AND NOT EXISTS
		(SELECT 1 FROM task t JOIN matter m ON m.id = t.matter_id WHERE t.unit_id = c.unit_id AND t.month = c.month AND m.title = '关怀联系')`, month); n != 0 {
		t.Errorf("%d contacts without a task", n)
	}
	for _, who := range []struct {
		what, query string
	}{
		{"are due today", `SELECT COUNT(*) FROM care_contact WHERE state = 'open' AND step = 0`},
		{"climbed", `SELECT COUNT(*) FROM care_contact WHERE state = 'open' AND step > 0`},
		{"were kept", `SELECT COUNT(*) FROM care_contact WHERE state = 'done'`},
	} {
		if number(t, a, who.query) == 0 {
			t.Errorf("no contacts %s", who.what)
		}
	}
}

// What a contact finds becomes a demand, which attaches to the household only
// once it says so, and whose handler isn't told why it is listed.
func TestAContactOpensADemandOnBehalf(t *testing.T) {
	a := demoCity(t)
	ctx := context.Background()
	tree := a.Network.Tree()
	for _, cell := range tree.Units(network.Cell) {
		lead := tree.LeadOf(cell.ID)
		if lead == nil {
			continue
		}
		who := auth.Actor{AccountID: "t-" + lead.PersonID, PersonID: lead.PersonID, Name: lead.Name, Grants: tree.Grants(lead.PersonID)}
		due, _, err := a.Care.ContactsDue(ctx, who, "", 1)
		if err != nil {
			t.Fatal(err)
		}
		if len(due) == 0 {
			continue
		}
		out, err := a.Care.Contact(ctx, who, care.Report{Key: "k", ID: due[0].ID, Outcome: care.NeedsHelp, Words: "药快吃完了，想请人代取。"})
		if err != nil || !out.Done || out.Demand == "" {
			t.Fatalf("%+v, %v", out, err)
		}
		again, err := a.Care.Contact(ctx, who, care.Report{Key: "k", ID: due[0].ID, Outcome: care.NeedsHelp, Words: "药快吃完了，想请人代取。"})
		if err != nil || again.Demand != out.Demand {
			t.Errorf("said twice: %+v, %v", again, err)
		}
		f, err := a.Demand.Get(ctx, who, out.Demand)
		if err != nil {
			t.Fatal(err)
		}
		if f.HouseholdID != "" || f.ClaimID != due[0].HouseholdID || f.Kind != demand.Help {
			t.Errorf("%+v", f.Demand)
		}
		for _, n := range a.Needs.Catalog().All() {
			if strings.Contains(f.Text, n.Name) {
				t.Errorf("the demand says %s", n.Name)
			}
		}
		return
	}
	t.Fatal("nobody has a contact")
}
