package monthly_test

import (
	"testing"

	"bilin/internal/admission"
	"bilin/internal/admission/admissiontest"
	"bilin/internal/admission/monthly"
	"bilin/internal/auth"
	"bilin/internal/errs"
	"bilin/internal/sqldb"
	"bilin/internal/sqldbtest"
)

func (w *world) permit(month admission.Month, cells ...string) (listed bool, room map[string]bool) {
	w.Helper()
	w.OK(w.DB.Write(w.Context(), func(tx *sqldb.Tx) (err error) {
		listed, room, err = w.Permit(w.Context(), tx, month, cells)
		return err
	}))
	return listed, room
}

func (w *world) minutes(number string, cell int) int {
	return w.Count(`SELECT COALESCE(SUM(t.minutes), 0) FROM task t JOIN matter m ON m.id = t.matter_id WHERE m.number = $1 AND t.unit_id = $2`, number, w.Cells[cell])
}

func TestCareContactsAreOfTheMonthsList(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		w := newWorld(t, db)
		w.Owed = map[string]int{w.Cells[0]: 60, w.Cells[1]: 15}
		if listed, _ := w.permit(nextMon, w.Cells[0]); listed {
			t.Error("without a matter")
		}
		number := w.Admitted(w.Standing())
		if listed, _ := w.permit(nextMon, w.Cells[0]); listed {
			t.Error("without a list")
		}
		w.PublishList(nextMon)
		l, err := w.List(t.Context(), auth.Actor{}, nextMon)
		if err != nil || len(l.Lines) != 1 || l.Lines[0].Priority != 0 || l.Lines[0].Leads != 2 || l.Lines[0].Minutes != 75 {
			t.Fatalf("%+v, %v", l, err)
		}
		listed, room := w.permit(nextMon, w.Cells[0], w.Cells[2], w.Cells[3])
		if !listed || !room[w.Cells[0]] || room[w.Cells[2]] || room[w.Cells[3]] {
			t.Errorf("%v, %v", listed, room)
		}
		if n := w.minutes(number, 0); n != 60 {
			t.Errorf("a task of %d minutes", n)
		}
		w.Owed[w.Cells[0]] = 75
		w.Paused[w.Cells[0]] = true // it is owed in an emergency too
		if _, room := w.permit(nextMon, w.Cells[0]); !room[w.Cells[0]] || w.minutes(number, 0) != 75 {
			t.Errorf("%v, %d minutes", room, w.minutes(number, 0))
		}
		w.Owed[w.Cells[0]] = 300
		if _, room := w.permit(nextMon, w.Cells[0]); room[w.Cells[0]] || w.minutes(number, 0) != 75 {
			t.Errorf("past the budget: %v, %d minutes", room, w.minutes(number, 0))
		}
	})
}

func TestCareIsReservedBeforeAnyMatter(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		w := newWorld(t, db)
		first := w.Admitted(w.Visiting()) // 90 minutes
		w.Admitted(w.Standing())
		w.Owed = map[string]int{w.Cells[0]: 160, w.Cells[1]: 150}
		w.PublishList(nextMon)
		w.refuses(first, 0, nextMon, monthly.OverBudget) // 160 + 90 > 240, though no contact was asked yet
		w.refuses(first, 1, nextMon, monthly.Passes)
		if _, room := w.permit(nextMon, w.Cells[0], w.Cells[1]); !room[w.Cells[0]] || !room[w.Cells[1]] {
			t.Errorf("%v", room)
		}
		w.refuses(first, 0, nextMon, monthly.OverBudget)
		if n := w.Count(`SELECT MAX(n) FROM (SELECT SUM(minutes) AS n FROM task GROUP BY unit_id) AS x`); n != 240 {
			t.Errorf("%d minutes", n)
		}
	})
}

func TestTheMatterOfCareIsOneAndStays(t *testing.T) {
	w := newWorld(t, sqldbtest.Open(t, sqldb.SQLite))
	ctx := t.Context()
	number := w.Admitted(w.Standing())
	again, err := w.Matters.Put(ctx, w.Water, admission.Put{Key: "p", Content: w.Standing()})
	w.OK(err)
	_, err = w.Matters.Submit(ctx, w.Water, again.Number, admission.Command{Key: "s"})
	w.OK(err)
	_, err = w.Matters.Admit(ctx, w.Office, again.Number, admission.Decision{Command: admission.Command{Key: "a", Note: "再来一项。"}, Priority: 3})
	if errs.CodeOf(err) != "matter.standing_already" {
		t.Errorf("a second one: %v", err)
	}
	_, err = w.Compose(ctx, w.Office, nextMon)
	w.OK(err)
	if err := w.Drop(ctx, w.Office, nextMon, number, monthly.Command{Key: "d"}); errs.CodeOf(err) != "monthly.owed" {
		t.Errorf("left out: %v", err)
	}
	for name, change := range map[string]func(*admission.Content){
		"by telephone":   func(c *admission.Content) { c.Way = admission.Call },
		"in one village": func(c *admission.Content) { c.UnitIDs = []string{w.Villages[0]} },
		"with data":      func(c *admission.Content) { c.OtherData = "身体状况" },
	} {
		c := w.Standing()
		change(&c)
		if err := c.Check(); errs.CodeOf(err) != "matter.check" {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// What is owed counts once: with it asked, the rest of the month is free.
func TestWhatIsOwedCountsOnce(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		w := newWorld(t, db)
		w.Admitted(w.Visiting()) // 90 minutes
		w.Admitted(w.Standing())
		w.Owed = map[string]int{w.Cells[0]: 150, w.Cells[1]: 151}
		w.PublishList(nextMon)
		_, err := w.IssueList(t.Context(), nextMon)
		w.OK(err)
		for cell, want := range []int{240, 151, 90} {
			if n := w.Count(`SELECT SUM(minutes) FROM task WHERE unit_id = $1`, w.Cells[cell]); n != want {
				t.Errorf("cell %d has %d minutes, want %d", cell, n, want)
			}
		}
	})
}

// A lead returns it like any task; then there is no room, and an official has it.
func TestALeadReturnsCareContacts(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		w := newWorld(t, db)
		w.Admitted(w.Standing())
		w.Owed = map[string]int{w.Cells[0]: 60, w.Cells[1]: 15}
		w.PublishList(nextMon)
		w.permit(nextMon, w.Cells[0], w.Cells[1])
		sheet, err := w.Tasks(t.Context(), w.Lead(0), w.Cells[0], nextMon)
		if err != nil || len(sheet.Tasks) != 1 || !sheet.Tasks[0].Standing || len(sheet.Calls) != 0 {
			t.Fatalf("%+v, %v", sheet, err)
		}
		id := sheet.Tasks[0].ID
		if _, err := w.Done(t.Context(), w.Lead(0), id, monthly.Command{Key: "d"}); errs.CodeOf(err) != "monthly.by_contacts" {
			t.Errorf("done with one tap: %v", err)
		}
		_, err = w.Return(t.Context(), w.Lead(0), id, "not_possible", monthly.Command{Key: "r"})
		w.OK(err)
		if _, room := w.permit(nextMon, w.Cells[0], w.Cells[1]); room[w.Cells[0]] || !room[w.Cells[1]] {
			t.Errorf("%v", room)
		}
		w.Clock = admissiontest.At(t, "2027-01-05 08:00")
		w.OK(w.CloseStanding(t.Context(), nextMon, nil))
		if n := w.Count(`SELECT COUNT(*) FROM task WHERE state = 'done' AND unit_id = $1`, w.Cells[1]); n != 1 {
			t.Error("last month's task is open")
		}
	})
}
