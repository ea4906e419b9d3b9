package demand_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"bilin/internal/auth"
	"bilin/internal/demand"
	"bilin/internal/demand/catalog"
	"bilin/internal/demand/demandtest"
	"bilin/internal/errs"
	"bilin/internal/workday"
)

// The clock of demandtest begins on Wednesday, 1 April 2026, 10:00 in the city.
// A cell has one working day of seven hours, a group two.

func tick(t *testing.T, c *demandtest.City) int {
	t.Helper()
	n, err := c.Demand.Tick(ctx)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func get(t *testing.T, c *demandtest.City, actor auth.Actor, number string) *demand.File {
	t.Helper()
	f, err := c.Demand.Get(ctx, actor, number)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// TestClimbs lets a demand go up the whole ladder because nobody does anything.
func TestClimbs(t *testing.T) {
	each(t, func(t *testing.T, c *demandtest.City) {
		r := c.Raise(t, demand.Report, demandtest.CellCode, "路灯坏了")
		if f := get(t, c, c.Lead, r.Number); !f.DueAt.Equal(c.Clock.Now().Add(24*time.Hour)) || f.Overdue(c.Clock.Now()) {
			t.Fatalf("due %s", f.DueAt)
		}
		if n := tick(t, c); n != 0 {
			t.Fatalf("%d moved at once", n)
		}
		c.Clock.Add(6 * time.Hour) // 16:00: three quarters of seven hours are over at 16:15
		c.Clock.Add(30 * time.Minute)
		if tick(t, c); steps(get(t, c, c.Lead, r.Number)) != "raised assigned reminded" {
			t.Fatal(steps(get(t, c, c.Lead, r.Number)))
		}
		owners := []string{"一组", "东沩社区", "城郊街道", "宁乡市"}
		for i, want := range owners {
			c.Clock.Add(30 * 24 * time.Hour)
			tick(t, c)
			tick(t, c) // the second finds nothing: limits are wound from the climb on
			f := get(t, c, c.Office, r.Number)
			if f.Keeper.UnitName != want || f.Climbs != i+1 || f.LateAt.IsZero() || !f.Overdue(c.Clock.Now()) || f.State != demand.Open {
				t.Fatalf("after %d limits: %+v, climbs %d, late %s", i+1, f.Keeper, f.Climbs, f.LateAt)
			}
		}
		c.Clock.Add(60 * 24 * time.Hour)
		tick(t, c)
		f := get(t, c, c.Office, r.Number)
		if last := f.Events[len(f.Events)-1]; last.Step != demand.StepOverdue || f.Rung != demand.Office || !f.NextAt().IsZero() {
			t.Errorf("at the top: %+v, next %s", last, f.NextAt())
		}
		mine, err := c.Demand.ByTrack(ctx, r.Number, r.Track)
		if err != nil || !mine.Overdue(c.Clock.Now()) {
			t.Errorf("the resident doesn't see that it is overdue: %v", err)
		}
	})
}

func transfer(c *demandtest.City, actor auth.Actor, number string, to demand.To) error {
	_, err := c.Demand.Transfer(ctx, actor, number, to, note("归你们管"))
	return err
}

// TestTransfers: who has it keeps it until it is accepted; the second return goes
// to the city office, whose decision binds.
func TestTransfers(t *testing.T) {
	each(t, func(t *testing.T, c *demandtest.City) {
		number := c.Raise(t, demand.Report, demandtest.VillageCode, "河道有垃圾").Number
		ok(t)(c.Demand.Accept(ctx, c.Village, number, note("")))
		toWater, toUrban := demand.To{DepartmentID: demandtest.WaterID}, demand.To{DepartmentID: demandtest.UrbanID}
		_, err := c.Demand.Get(ctx, c.Water, number)
		wantCode(t, err, errs.NotFound, "demand.none")
		if err := transfer(c, c.Village, number, toWater); err != nil {
			t.Fatal(err)
		}
		wantCode(t, transfer(c, c.Village, number, toUrban), errs.Conflict, "demand.transfer_waits")
		f := get(t, c, c.Water, number)
		if f.Keeper.Name != "何勇" || !f.May.Take || !f.May.Return || f.May.Accept || f.Offered.UnitName != "水利局" {
			t.Errorf("%+v %+v", f.Keeper, f.May)
		}
		_, err = c.Demand.TakeOver(ctx, c.Urban, number, note(""))
		wantCode(t, err, errs.NotFound, "demand.none")
		_, err = c.Demand.Return(ctx, c.Water, number, demand.Command{Note: "不归我们"})
		wantCode(t, err, errs.Invalid, "demand.check")
		ok(t)(c.Demand.Return(ctx, c.Water, number, demand.Command{Note: "不归我们", Basis: "《市容和环境卫生管理条例》"}))
		if err := transfer(c, c.Village, number, toUrban); err != nil {
			t.Fatal(err)
		}
		ok(t)(c.Demand.Return(ctx, c.Urban, number, demand.Command{Note: "也不归我们", Basis: "《河道管理条例》"}))
		f = get(t, c, c.Office, number)
		if !f.Disputed || f.Keeper.Name != "何勇" || !f.May.Decide {
			t.Fatalf("%+v", f.May)
		}
		wantCode(t, transfer(c, c.Village, number, toWater), errs.Conflict, "demand.is_disputed")
		if got := queued(t, c, c.Office, demand.Filter{Tab: demand.TabDisputed}); len(got) != 1 {
			t.Errorf("disputed: %v", got)
		}
		_, err = c.Demand.Decide(ctx, c.Town, number, toWater, note("归水利"))
		wantCode(t, err, errs.Forbidden, "auth.forbidden")
		ok(t)(c.Demand.Decide(ctx, c.Office, number, toWater, note("河道保洁属水利")))
		f = get(t, c, c.Water, number)
		if f.OwnerDept != demandtest.WaterID || f.Handovers != 1 || !f.May.Accept || f.May.Transfer {
			t.Errorf("%+v %+v", f.Owner(), f.May)
		}
		ok(t)(c.Demand.Accept(ctx, c.Water, number, note("")))
		wantCode(t, transfer(c, c.Water, number, toUrban), errs.Conflict, "demand.is_bound")
	})
}

// TestDoubleTap: the second tap on an answer that takes the demand out of sight
// is answered as the first was.
func TestDoubleTap(t *testing.T) {
	each(t, func(t *testing.T, c *demandtest.City) {
		number := c.Raise(t, demand.Report, demandtest.VillageCode, "河道有垃圾").Number
		if err := transfer(c, c.Village, number, demand.To{DepartmentID: demandtest.WaterID}); err != nil {
			t.Fatal(err)
		}
		tap := demand.Command{Key: "tap", Note: "不归我们", Basis: "《河道管理条例》"}
		first := ok(t)(c.Demand.Return(ctx, c.Water, number, tap))
		if again := ok(t)(c.Demand.Return(ctx, c.Water, number, tap)); again != first {
			t.Errorf("%+v, then %+v", first, again)
		}
		if f := get(t, c, c.Village, number); f.Returns != 1 {
			t.Errorf("returned %d times", f.Returns)
		}
		_, err := c.Demand.Return(ctx, c.Urban, number, tap)
		wantCode(t, err, errs.NotFound, "demand.none")
	})
}

// TestNotDown: a department's own work can't be sent down to the network, nor
// can a group reach the departments.
func TestNotDown(t *testing.T) {
	each(t, func(t *testing.T, c *demandtest.City) {
		number := c.Raise(t, demand.Report, demandtest.VillageCode, "井盖坏了").Number
		wantCode(t, transfer(c, c.Village, number, demand.To{UnitCode: demandtest.VillageCode}), errs.Conflict, "demand.already_there")
		if err := transfer(c, c.Village, number, demand.To{DepartmentID: demandtest.UrbanID}); err != nil {
			t.Fatal(err)
		}
		ok(t)(c.Demand.TakeOver(ctx, c.Urban, number, note("")))
		for _, code := range []string{demandtest.VillageCode, demandtest.TownCode, demandtest.CellCode} {
			wantCode(t, transfer(c, c.Urban, number, demand.To{UnitCode: code}), errs.Forbidden, "demand.not_down")
		}
		_, err := c.Demand.AddHelper(ctx, c.Urban, number, demand.To{UnitCode: demandtest.VillageCode}, note(""))
		wantCode(t, err, errs.Forbidden, "demand.not_down")
		if err := transfer(c, c.Urban, number, demand.To{}); err != nil { // back to the city office
			t.Error(err)
		}
		small := c.Raise(t, demand.Help, demandtest.CellCode, "灯").Number
		wantCode(t, transfer(c, c.Lead, small, demand.To{DepartmentID: demandtest.UrbanID}), errs.Forbidden, "demand.too_far")
		if err := transfer(c, c.Lead, small, demand.To{UnitCode: demandtest.NextCode}); err != nil {
			t.Error(err)
		}
	})
}

// TestUnansweredTransfer goes to the city office after a working day.
func TestUnansweredTransfer(t *testing.T) {
	each(t, func(t *testing.T, c *demandtest.City) {
		number := c.Raise(t, demand.Report, demandtest.VillageCode, "没人管的沟").Number
		if err := transfer(c, c.Village, number, demand.To{DepartmentID: demandtest.WaterID}); err != nil {
			t.Fatal(err)
		}
		c.Clock.Add(25 * time.Hour)
		tick(t, c)
		if f := get(t, c, c.Office, number); !f.Disputed || f.Pending.UnitID != "" || f.Keeper.Name != "何勇" {
			t.Errorf("disputed %v, pending %+v", f.Disputed, f.Pending)
		}
	})
}

// TestWaitingStopsTheClock for as long as the resident says nothing.
func TestWaitingStopsTheClock(t *testing.T) {
	each(t, func(t *testing.T, c *demandtest.City) {
		r := c.Raise(t, demand.Help, demandtest.CellCode, "修门")
		ok(t)(c.Demand.Accept(ctx, c.Lead, r.Number, note("")))
		c.Clock.Add(time.Hour)
		ok(t)(c.Demand.Ask(ctx, c.Lead, r.Number, note("哪扇门？")))
		c.Clock.Add(5 * 24 * time.Hour)
		tick(t, c)
		f := get(t, c, c.Lead, r.Number)
		if f.State != demand.Asked || !f.DueAt.IsZero() || f.Climbs != 0 || f.Clock.Used != time.Hour {
			t.Fatalf("%s, due %s, used %s", f.State, f.DueAt, f.Clock.Used)
		}
		ok(t)(c.Demand.Say(ctx, r.Number, r.Track, note("大门")))
		f = get(t, c, c.Lead, r.Number)
		left := workday6h(t, c.Clock.Now())
		if f.State != demand.Accepted || !f.DueAt.Equal(left) {
			t.Errorf("%s, due %s, want %s", f.State, f.DueAt, left)
		}
	})
}

func workday6h(t *testing.T, from time.Time) time.Time {
	t.Helper()
	cal, err := workday.Default()
	if err != nil {
		t.Fatal(err)
	}
	return cal.Add(from, 6*time.Hour)
}

// TestSilence: seven days count from when the resident was told, and close apart.
func TestSilence(t *testing.T) {
	each(t, func(t *testing.T, c *demandtest.City) {
		r := c.Raise(t, demand.Help, demandtest.CellCode, "送药")
		ok(t)(c.Demand.Accept(ctx, c.Lead, r.Number, note("")))
		ok(t)(c.Demand.Resolve(ctx, c.Lead, r.Number, note("送到了")))
		c.Clock.Add(20 * 24 * time.Hour)
		if n := tick(t, c); n != 0 || get(t, c, c.Lead, r.Number).State != demand.Resolved {
			t.Fatal("closed though nobody told them")
		}
		_, err := c.Demand.TellInPerson(ctx, c.Lead, r.Number, note("说了"))
		wantCode(t, err, errs.Forbidden, "demand.not_yours")
		if got := queued(t, c, c.GroupLead, demand.Filter{Tab: demand.TabTell}); len(got) != 1 {
			t.Errorf("to be told: %v", got)
		}
		ok(t)(c.Demand.TellInPerson(ctx, c.GroupLead, r.Number, note("当面说了")))
		c.Clock.Add(7*24*time.Hour - time.Minute)
		if n := tick(t, c); n != 0 {
			t.Fatal("closed too early")
		}
		c.Clock.Add(time.Minute)
		tick(t, c)
		if f := get(t, c, c.Lead, r.Number); f.State != demand.Unconfirmed || f.ClosedAt.IsZero() {
			t.Fatalf("%s", f.State)
		}
		c.Clock.Add(300 * 24 * time.Hour)
		ok(t)(c.Demand.Reopen(ctx, r.Number, r.Track, note("没收到")))
		f := get(t, c, c.Lead, r.Number)
		if f.State != demand.Reopened || len(f.Helpers) != 1 || f.Helpers[0].UnitName != "一组" || f.HandlerID != c.Lead.PersonID {
			t.Errorf("%s, helpers %+v", f.State, f.Helpers)
		}
	})
}

func TestYearIsOver(t *testing.T) {
	each(t, func(t *testing.T, c *demandtest.City) {
		r := c.Raise(t, demand.Help, demandtest.CellCode, "送药")
		ok(t)(c.Demand.Accept(ctx, c.Lead, r.Number, note("")))
		ok(t)(c.Demand.Resolve(ctx, c.Lead, r.Number, note("送到了")))
		ok(t)(c.Demand.Confirm(ctx, r.Number, r.Track, demand.Rating{}, note("")))
		c.Clock.Add(366 * 24 * time.Hour)
		_, err := c.Demand.Reopen(ctx, r.Number, r.Track, note("又坏了"))
		wantCode(t, err, errs.Conflict, "demand.too_long_ago")
	})
}

// TestVouch: a resident without a telephone gives their word to somebody other
// than the handler.
func TestVouch(t *testing.T) {
	each(t, func(t *testing.T, c *demandtest.City) {
		r := c.Raise(t, demand.Help, demandtest.CellCode, "修灯")
		ok(t)(c.Demand.Accept(ctx, c.Lead, r.Number, note("")))
		ok(t)(c.Demand.Resolve(ctx, c.Lead, r.Number, note("修好了")))
		_, err := c.Demand.Vouch(ctx, c.Lead, r.Number, true, demand.Rating{Satisfied: demand.Satisfied}, note("说好了"))
		wantCode(t, err, errs.Forbidden, "demand.not_yours")
		ok(t)(c.Demand.Vouch(ctx, c.GroupLead, r.Number, true, demand.Rating{Satisfied: demand.Satisfied}, note("老人当面说好了")))
		f := get(t, c, c.Lead, r.Number)
		if last := f.Events[len(f.Events)-1]; f.State != demand.Confirmed || last.Side != demand.Resident || last.Name != "刘建国" {
			t.Errorf("%s by %+v", f.State, last)
		}
	})
}

// TestMergedShareTheirFate: each author is asked, and each can object.
func TestMergedShareTheirFate(t *testing.T) {
	each(t, func(t *testing.T, c *demandtest.City) {
		main := c.Raise(t, demand.Report, demandtest.CellCode, "路灯坏了")
		same := c.Raise(t, demand.Report, demandtest.CellCode, "路灯不亮")
		other := c.Raise(t, demand.Report, demandtest.NextCode, "灯不亮")
		_, err := c.Demand.Merge(ctx, c.Lead, other.Number, main.Number, note(""))
		wantCode(t, err, errs.NotFound, "demand.none")
		ok(t)(c.Demand.Merge(ctx, c.Lead, same.Number, main.Number, note("")))
		ok(t)(c.Demand.Merge(ctx, c.GroupLead, other.Number, main.Number, note("")))
		if got := queued(t, c, c.GroupLead, demand.Filter{}); !slices.Equal(got, []string{"路灯坏了"}) {
			t.Errorf("still in the queue: %v", got)
		}
		ok(t)(c.Demand.Split(ctx, other.Number, other.Track, note("")))
		ok(t)(c.Demand.Accept(ctx, c.Lead, main.Number, note("")))
		ok(t)(c.Demand.Resolve(ctx, c.Lead, main.Number, note("换了灯泡")))
		if f := get(t, c, c.Lead, same.Number); f.State != demand.Resolved || f.Events[len(f.Events)-1].Text != "换了灯泡" {
			t.Errorf("the merged one is %s", f.State)
		}
		if f := get(t, c, c.GroupLead, other.Number); f.State != demand.Open || f.MergedInto != "" {
			t.Errorf("the one that was split is %s", f.State)
		}
		ok(t)(c.Demand.Reopen(ctx, same.Number, same.Track, note("我这盏没换")))
		ok(t)(c.Demand.Confirm(ctx, main.Number, main.Track, demand.Rating{}, note("")))
	})
}

// TestWithdrawnMainFreesTheOthers: they don't vanish with it.
func TestWithdrawnMainFreesTheOthers(t *testing.T) {
	each(t, func(t *testing.T, c *demandtest.City) {
		main := c.Raise(t, demand.Report, demandtest.CellCode, "路灯坏了")
		same := c.Raise(t, demand.Report, demandtest.CellCode, "路灯不亮")
		ok(t)(c.Demand.Merge(ctx, c.Lead, same.Number, main.Number, note("")))
		ok(t)(c.Demand.Withdraw(ctx, main.Number, main.Track, note("算了")))
		if f := get(t, c, c.Lead, same.Number); f.State != demand.Open || !f.Clock.Running() {
			t.Errorf("%s", f.State)
		}
	})
}

// TestOnBehalf attaches to the household only once it says so.
func TestOnBehalf(t *testing.T) {
	each(t, func(t *testing.T, c *demandtest.City) {
		raise := demand.Raise{Kind: demand.Help, Text: "王奶奶要换药", DoorCode: demandtest.Door, OnBehalf: true}
		if _, err := c.Demand.Raise(ctx, nobody, raise); errs.KindOf(err) != errs.Unauthenticated {
			t.Errorf("entered by nobody: %v", err)
		}
		if _, err := c.Demand.Raise(ctx, c.OtherLead, raise); errs.KindOf(err) != errs.Forbidden {
			t.Errorf("entered by another group's lead: %v", err)
		}
		r, err := c.Demand.Raise(ctx, c.Lead, raise)
		if err != nil {
			t.Fatal(err)
		}
		f := get(t, c, c.Lead, r.Number)
		if f.HouseholdID != "" || f.ClaimID == "" || f.Source != demand.FromLead || f.AuthorID != c.Lead.PersonID {
			t.Errorf("%+v", f.Demand)
		}
		ok(t)(c.Demand.Claim(ctx, r.Number, r.Track, true, note("")))
		if f := get(t, c, c.Lead, r.Number); f.HouseholdID == "" || f.ClaimID != "" || f.Household == "" {
			t.Errorf("household %q", f.HouseholdID)
		}
		_, err = c.Demand.Claim(ctx, r.Number, r.Track, false, note(""))
		wantCode(t, err, errs.Conflict, "demand.nothing_to_claim")
	})
}

// TestOwnReport of a hazard goes past its reporter, who doesn't confirm as handler.
func TestOwnReport(t *testing.T) {
	each(t, func(t *testing.T, c *demandtest.City) {
		r, err := c.Demand.Raise(ctx, c.Lead, demand.Raise{Kind: demand.Report, Text: "电线垂下来了", UnitCode: demandtest.CellCode, Source: demand.FromLead, Urgency: catalog.Critical})
		if err != nil {
			t.Fatal(err)
		}
		f := get(t, c, c.GroupLead, r.Number)
		if f.Keeper.Name != "刘建国" || f.Events[1].Reason != demand.ReasonReporter || f.DueAt.Sub(c.Clock.Now()) > 3*time.Hour {
			t.Errorf("%+v because %s, due %s", f.Keeper, f.Events[1].Reason, f.DueAt)
		}
	})
}

// TestComplaintPastTheVillage skips the official and everyone under them.
func TestComplaintPastTheVillage(t *testing.T) {
	each(t, func(t *testing.T, c *demandtest.City) {
		for about, want := range map[string]string{
			"": "刘建国", string(auth.GroupLead): "何勇", string(auth.VillageOfficial): "杨丽", string(auth.TownOfficial): "罗平", demand.AboutMatter: "周桂英",
		} {
			r, err := c.Demand.Raise(ctx, nobody, demand.Raise{Kind: demand.Complaint, Text: "态度不好", UnitCode: demandtest.CellCode, About: about})
			if err != nil {
				t.Fatal(err)
			}
			f := get(t, c, auth.System("test"), r.Number)
			if f.Keeper.Name != want || f.Confined != (about != demand.AboutMatter) {
				t.Errorf("about %q: with %s, confined %v", about, f.Keeper.Name, f.Confined)
			}
		}
		if got := queued(t, c, c.Village, demand.Filter{}); len(got) != 3 { // the lead's, the group lead's, the matter
			t.Errorf("the village sees %v", got)
		}
		_, err := c.Demand.Raise(ctx, nobody, demand.Raise{Kind: demand.Complaint, Text: "x", UnitCode: demandtest.CellCode, About: "mayor"})
		wantCode(t, err, errs.Invalid, "demand.check")
	})
}

// TestPrivate is read only by whoever has it.
func TestPrivate(t *testing.T) {
	each(t, func(t *testing.T, c *demandtest.City) {
		r, err := c.Demand.Raise(ctx, nobody, demand.Raise{Kind: demand.Help, Text: "家事", UnitCode: demandtest.CellCode, Private: true, Publish: true})
		if err != nil {
			t.Fatal(err)
		}
		if f := get(t, c, c.Lead, r.Number); f.Publish || !f.Confined {
			t.Errorf("publish %v, confined %v", f.Publish, f.Confined)
		}
		if err := transfer(c, c.Lead, r.Number, demand.To{UnitCode: demandtest.GroupCode}); err != nil {
			t.Fatal(err)
		}
		ok(t)(c.Demand.TakeOver(ctx, c.GroupLead, r.Number, note("")))
		_, err = c.Demand.Get(ctx, c.Lead, r.Number)
		wantCode(t, err, errs.NotFound, "demand.none")
		_, err = c.Demand.SetPublish(ctx, r.Number, r.Track, true, note(""))
		wantCode(t, err, errs.Conflict, "demand.private_stays")
	})
}

// TestNotesOpenOnResolution: the resident reads them then, and not before.
func TestNotesOpenOnResolution(t *testing.T) {
	each(t, func(t *testing.T, c *demandtest.City) {
		r := c.Raise(t, demand.Help, demandtest.CellCode, "修灯")
		ok(t)(c.Demand.Accept(ctx, c.Lead, r.Number, note("")))
		ok(t)(c.Demand.Note(ctx, c.Lead, r.Number, note("灯杆归村里")))
		reads := func() bool {
			f, err := c.Demand.ByTrack(ctx, r.Number, r.Track)
			if err != nil {
				t.Fatal(err)
			}
			return strings.Contains(steps(f), "noted")
		}
		if reads() {
			t.Error("the resident reads it at once")
		}
		ok(t)(c.Demand.Resolve(ctx, c.Lead, r.Number, note("修好了")))
		if !reads() {
			t.Error("the resident can't read it after the resolution")
		}
	})
}
