package e2e

import (
	"database/sql"
	"path/filepath"
	"testing"
)

// TestLate is a matter whose time limit runs out: it moves up by itself, and
// everybody sees that it is late, its resident first of all.
func TestLate(t *testing.T) {
	cell := here.home(t, "lead")
	made := here.raise(t, cell, "化粪池满了，院子里进不得人。")
	here.expire(t, made)
	t.Parallel() // the clock has its minute while others are at work
	resident, group := here.visitor(t, phone), here.as(t, "group", desk)
	resident.open(made.page())
	resident.reads("已经超时")
	group.open("/demands/" + made.Number)
	group.see("#matter .notice-bad")
	climbed := `document.querySelector("#matter").innerText.includes("到期上报1次")`
	group.comes(climbed, 2*patience) // the page follows by itself
	group.until(climbed)
	group.looks("a late matter")
	resident.open(made.page())
	resident.reads("自动上报")
	resident.looks("a late matter, its resident")
	group.open("/demands?tab=overdue")
	group.followLine("化粪池满了")
	group.accepts()

	lead := here.as(t, "lead", phone)
	lead.open("/demands/" + made.Number)
	lead.see("#matter .notice-bad")
	if read[bool](lead, `!!document.querySelector("#acts form[action$='/resolve']")`) {
		t.Error("the lead still has what moved up to the group")
	}
}

// TestDemoIsLate finds matters of the demo city in each state that the queues are for.
func TestDemoIsLate(t *testing.T) {
	t.Parallel()
	v := here.as(t, "city", desk)
	for _, tab := range []string{"overdue", "incoming", "disputed", "waiting", "returned", "reopened", "closed", "merged"} {
		v.open("/demands?tab=" + tab)
		if tab == "incoming" { // of which the city office itself may have none
			v.see("main table, main .blank, main .empty")
			continue
		}
		v.see("main table tbody tr")
		if tab == "overdue" {
			v.follow("main table tbody tr td.number a")
			v.see("#matter .notice-bad")
		}
	}
}

// expire has a matter's time limit run out a moment after it was raised.
func (c *city) expire(t *testing.T, of ticket) {
	t.Helper()
	db, err := sql.Open("sqlite", filepath.Join(c.data(), "bilin.db")+"?_pragma=busy_timeout(10000)")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	done, err := db.ExecContext(t.Context(), `UPDATE demand SET due_at = raised_at + 1, next_at = raised_at + 1, remind_at = 0 WHERE number = $1`, of.Number)
	if err != nil {
		t.Fatal(err)
	}
	if n, err := done.RowsAffected(); n != 1 || err != nil {
		t.Fatalf("%d rows: %v", n, err)
	}
}
