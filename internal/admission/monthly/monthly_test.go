package monthly_test

import (
	"errors"
	"sync"
	"testing"
	"time"

	"bilin/internal/admission"
	"bilin/internal/admission/admissiontest"
	"bilin/internal/admission/monthly"
	"bilin/internal/auth"
	"bilin/internal/errs"
	"bilin/internal/sqldb"
	"bilin/internal/sqldbtest"
)

// rule is the rule by which the gate refuses one task, asked by the city office.
func (w *world) rule(number string, cell int, month admission.Month) monthly.Rule {
	w.Helper()
	_, err := w.Ask(w.Context(), w.Office, monthly.Ask{Key: sqldb.NewID(), Number: number, UnitID: w.Cells[cell], Month: month})
	if err == nil {
		return monthly.Passes
	}
	var r *monthly.Refusal
	if !errors.As(err, &r) || errs.KindOf(err) != errs.Conflict || errs.CodeOf(err) != "task.refused."+string(r.Rule) {
		w.Fatalf("refused as %v", err)
	}
	return r.Rule
}

func (w *world) refuses(number string, cell int, month admission.Month, want monthly.Rule) {
	w.Helper()
	before := w.Count(`SELECT COUNT(*) FROM task`)
	if got := w.rule(number, cell, month); got != want {
		w.Errorf("refused as %q, want %q", got, want)
	}
	if want != monthly.Passes && w.Count(`SELECT COUNT(*) FROM task`) != before {
		w.Error("and a task was made")
	}
}

func TestTheGateRefuses(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		w := newWorld(t, db)
		ctx := t.Context()
		draft, err := w.Matters.Put(ctx, w.Water, admission.Put{Key: "d", Content: w.Content()})
		w.OK(err)
		w.refuses(draft.Number, 0, nextMon, monthly.NotAdmitted)
		number := w.Admitted(w.Content())
		w.refuses(number, 0, nextMon, monthly.NoList)
		w.PublishList(nextMon)
		off := w.Admitted(w.Visiting())
		w.refuses(off, 0, nextMon, monthly.NotOnList)
		w.refuses(number, 3, nextMon, monthly.NoLead)
		w.Paused[w.Cells[0]] = true
		w.refuses(number, 0, nextMon, monthly.Paused)
		w.Paused[w.Cells[0]] = false
		w.refuses(number, 0, nextMon, monthly.Passes)
		w.refuses(number, 0, nextMon, monthly.Already)
		w.refuses(number, 1, "2028-12", monthly.ExpiredRule)

		village := admissiontest.Actor("village", auth.VillageOfficial, w.Villages[1], "")
		_, err = w.Matters.Object(ctx, village, number, w.Villages[1], admission.Command{Key: "o", Note: "本村正值换届，人手不够。"})
		w.OK(err)
		w.refuses(number, 2, nextMon, monthly.Objected)

		_, err = w.Matters.Revoke(ctx, w.Office, number, admission.Command{Key: "r", Note: "职责已由部门收回。"})
		w.OK(err)
		w.refuses(number, 1, nextMon, monthly.RevokedRule)
		if n := w.Count(`SELECT COUNT(*) FROM task WHERE state = 'open'`); n != 0 {
			t.Errorf("%d tasks are open after the permit was revoked", n)
		}
	})
}

func TestTheGateKeepsTheBudget(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		w := newWorld(t, db)
		ctx := t.Context()
		first, second := w.Admitted(w.Content()), w.Admitted(w.Visiting())
		w.PublishList(nextMon)
		// The budget shrinks after publication: the gate still holds it.
		w.OK(w.Matters.SetBudget(ctx, w.Office, w.Villages[0], 100, admission.Command{Key: "b", Note: "村里人手少"}))
		w.refuses(first, 0, nextMon, monthly.Passes)
		w.refuses(second, 0, nextMon, monthly.OverBudget) // 20 + 90 > 100
		w.refuses(second, 2, nextMon, monthly.Passes)     // 90 of the usual 240
		var wg sync.WaitGroup
		for _, number := range []string{first, second} { // two at once don't pass it together
			wg.Go(func() {
				_, _ = w.Ask(ctx, w.Office, monthly.Ask{Key: sqldb.NewID(), Number: number, UnitID: w.Cells[1], Month: nextMon})
			})
		}
		wg.Wait()
		if n := w.Count(`SELECT COALESCE(SUM(minutes), 0) FROM task WHERE unit_id = $1`, w.Cells[1]); n > 100 || n == 0 {
			t.Errorf("%d minutes of 100", n)
		}
	})
}

func TestExpiryEndsTasks(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		w := newWorld(t, db)
		c := w.Content()
		c.Until = "2026-12-10"
		number := w.Admitted(c)
		w.PublishList(nextMon)
		w.refuses(number, 0, nextMon, monthly.Passes)
		w.Clock = admissiontest.At(t, "2026-12-11 08:00")
		if n, err := w.Matters.Tick(t.Context()); err != nil || n != 1 {
			t.Fatalf("%d expired, %v", n, err)
		}
		w.refuses(number, 1, nextMon, monthly.ExpiredRule)
	})
}

func TestEmergencyPassesListAndBudgetAndEnds(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		w := newWorld(t, db)
		ctx := t.Context()
		w.OK(w.Matters.SetBudget(ctx, w.Office, w.Root, 0, admission.Command{Key: "b", Note: "试"}))
		w.Paused[w.Cells[0]] = true
		out, err := w.Matters.Emergency(ctx, w.Office, admission.Emergency{Key: "e", Content: w.Visiting(), EndsAt: w.Clock.Add(48 * time.Hour), Note: "冰灾断电，查看取暖。"})
		w.OK(err)
		made, err := w.Tick(ctx)
		if err != nil || made != 3 {
			t.Fatalf("%d tasks, %v; three leads serve", made, err)
		}
		if again, err := w.Tick(ctx); err != nil || again != 0 {
			t.Errorf("%d made again, %v", again, err)
		}
		_, err = w.Matters.ReviewEmergency(ctx, w.Office, out.Number, admission.Command{Key: "r", Note: "属实"})
		if errs.KindOf(err) != errs.Forbidden {
			t.Errorf("its issuer reviews it: %v", err)
		}
		w.Clock = w.Clock.Add(49 * time.Hour)
		w.refuses(out.Number, 0, "2026-11", monthly.ExpiredRule)
		_, err = w.Matters.Tick(ctx)
		w.OK(err)
		other := admissiontest.Actor("other", auth.CityOffice, w.Root, "")
		_, err = w.Matters.ReviewEmergency(ctx, other, out.Number, admission.Command{Key: "r2", Note: "属实，范围得当。"})
		w.OK(err)
		_, err = w.Matters.Emergency(ctx, w.Office, admission.Emergency{Key: "e2", Content: w.Content(), EndsAt: w.Clock.Add(100 * time.Hour), Note: "太久"})
		if errs.KindOf(err) != errs.Invalid {
			t.Errorf("a hundred hours: %v", err)
		}
	})
}

func TestListComposesFreezesAndIssues(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		w := newWorld(t, db)
		ctx := t.Context()
		w.Admitted(w.Content())
		w.Admitted(w.Visiting())
		big := w.Visiting()
		big.HomeMinutes = 30 // 6 × 35 more than is left of 240
		left := w.Admitted(big)
		p, err := w.Compose(ctx, w.Office, nextMon)
		w.OK(err)
		if len(p.Lines) != 2 || len(p.Left) != 1 || p.Left[0].Matter.Number != left || len(p.Left[0].Over) != 3 {
			t.Fatalf("%d lines, left %+v", len(p.Lines), p.Left)
		}
		if err := w.Put(ctx, w.Office, nextMon, left, monthly.Command{}); errs.CodeOf(err) != "monthly.over" {
			t.Errorf("over budget onto the list: %v", err)
		}
		if _, err := w.List(ctx, auth.Actor{}, nextMon); errs.KindOf(err) != errs.NotFound {
			t.Errorf("a list in the making is public: %v", err)
		}
		w.OK(w.Publish(ctx, w.Office, nextMon, monthly.Command{Key: "p", Version: p.Version}))
		list, err := w.List(ctx, auth.Actor{}, nextMon)
		if err != nil || list.State != monthly.Published || len(list.Digest) != 64 || list.Lines[0].Leads != 3 {
			t.Fatalf("%+v, %v", list, err)
		}
		if err := w.Drop(ctx, w.Office, nextMon, list.Lines[0].Number, monthly.Command{}); errs.CodeOf(err) != "monthly.frozen" {
			t.Errorf("a published list changes: %v", err)
		}
		made, err := w.Tick(ctx)
		if err != nil || made != 6 {
			t.Fatalf("%d tasks, %v", made, err)
		}
		if again, err := w.IssueList(ctx, nextMon); err != nil || again != 0 {
			t.Errorf("%d tasks a second time, %v", again, err)
		}
		if n := w.Count(`SELECT SUM(tasks) FROM task_tally`); n != 6 {
			t.Errorf("%d counted", n)
		}
		small := w.Content()
		small.Minutes, small.Title = 10, "补报事项"
		late := w.Admitted(small)
		if err := w.AddLate(ctx, w.Office, nextMon, late, monthly.Command{Key: "l"}); errs.KindOf(err) != errs.Invalid {
			t.Errorf("late without a reason: %v", err)
		}
		w.OK(w.AddLate(ctx, w.Office, nextMon, late, monthly.Command{Key: "l2", Note: "寒潮提前"}))
		if made, err := w.Tick(ctx); err != nil || made != 3 {
			t.Errorf("%d late tasks, %v", made, err)
		}
		recon, err := w.Reconcile(ctx, auth.Actor{}, nextMon)
		if err != nil || len(recon) != 3 || recon[0].Sent != recon[0].Leads || recon[0].Vacant != 1 {
			t.Errorf("%+v, %v", recon, err)
		}
	})
}

func TestTaskIsDoneUndoneReturnedAndMarked(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		w := newWorld(t, db)
		ctx := t.Context()
		w.Admitted(w.Content())
		w.Admitted(w.Visiting())
		other := w.Visiting()
		other.Title, other.HomeMinutes = "入户告知用电安全", 5
		w.Admitted(other)
		w.PublishList(nextMon)
		_, err := w.Tick(ctx)
		w.OK(err)
		sheet, err := w.Tasks(ctx, w.Lead(0), w.Cells[0], nextMon)
		w.OK(err)
		if len(sheet.Tasks) != 3 || sheet.Asked != 20+90+60 || len(sheet.Calls) != 6 || sheet.Saved != 30 || len(sheet.Calls[0].Tasks) != 2 {
			t.Fatalf("%d tasks, %d minutes, %d calls, %d saved", len(sheet.Tasks), sheet.Asked, len(sheet.Calls), sheet.Saved)
		}
		if _, err := w.Tasks(ctx, w.Lead(1), w.Cells[0], nextMon); errs.KindOf(err) != errs.Forbidden {
			t.Errorf("another lead reads it: %v", err)
		}
		var tell, visit monthly.Task
		for _, task := range sheet.Tasks {
			if task.Homes == 0 {
				tell = task
			} else {
				visit = task
			}
		}
		if _, err := w.Done(ctx, w.Lead(1), tell.ID, monthly.Command{}); errs.KindOf(err) != errs.NotFound {
			t.Errorf("another lead does it: %v", err)
		}
		out, err := w.Done(ctx, w.Lead(0), tell.ID, monthly.Command{Key: "k", Version: tell.Version})
		if err != nil || out.State != monthly.Done {
			t.Fatalf("%+v, %v", out, err)
		}
		again, err := w.Done(ctx, w.Lead(0), tell.ID, monthly.Command{Key: "k", Version: tell.Version})
		if err != nil || again != out {
			t.Errorf("tapped twice: %+v, %v", again, err)
		}
		if n := w.Count(`SELECT SUM(done) FROM task_tally`); n != 1 {
			t.Errorf("%d counted as done", n)
		}
		_, err = w.Undo(ctx, w.Lead(0), tell.ID, monthly.Command{})
		w.OK(err)
		_, err = w.Return(ctx, w.Lead(0), tell.ID, "not_mine", monthly.Command{Note: "这不是我们村的事"})
		w.OK(err)
		returns, _, err := w.Returns(ctx, w.Office, "", "")
		if err != nil || len(returns) != 1 {
			t.Fatalf("%+v, %v", returns, err)
		}
		if _, _, err := w.Returns(ctx, w.Water, "", ""); errs.KindOf(err) != errs.Forbidden {
			t.Errorf("the department sees who returned it: %v", err)
		}
		_, err = w.SettleReturn(ctx, w.Office, tell.ID, false, monthly.Command{Note: "是的，请看第二页"})
		w.OK(err)
		for _, id := range w.Homes {
			out, err = w.Mark(ctx, w.Lead(0), visit.ID, id, true, monthly.Command{})
			w.OK(err)
		}
		if out.State != monthly.Done {
			t.Errorf("all households marked, and it is %s", out.State)
		}
		if n := w.Count(`SELECT SUM(done) - 1 + SUM(returned) FROM task_tally`); n != 0 {
			t.Errorf("counts are off by %d", n)
		}
	})
}

func TestWhatWaitedInAnEmergencyComesBack(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		w := newWorld(t, db)
		ctx := t.Context()
		w.Admitted(w.Content())
		w.PublishList(nextMon)
		w.Clock = admissiontest.At(t, "2026-11-26 08:00") // December's list is out, and November is not over
		w.Paused[w.Cells[0]], w.Paused[w.Cells[1]] = true, true
		if n, err := w.Tick(ctx); err != nil || n != 1 {
			t.Fatalf("%d tasks went out, %v; two of three leads are in an emergency", n, err)
		}
		sheet, err := w.Tasks(ctx, w.Lead(0), w.Cells[0], nextMon)
		if err != nil || !sheet.Paused || len(sheet.Tasks) != 0 {
			t.Errorf("%+v, %v", sheet, err)
		}
		if n, err := w.Restore(ctx, w.Villages[0]); err != nil || n != 0 {
			t.Errorf("%d came back while it is on, %v", n, err)
		}
		clear(w.Paused)
		for _, want := range []int{2, 0} {
			if n, err := w.Restore(ctx, w.Villages[0]); err != nil || n != want {
				t.Errorf("%d came back, %v; want %d", n, err, want)
			}
		}
	})
}
