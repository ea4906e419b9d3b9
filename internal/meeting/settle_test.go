package meeting_test

import (
	"testing"
	"time"

	"bilin/internal/auth"
	"bilin/internal/meeting"
	"bilin/internal/network"
)

// TestMeetingsOfAMergedUnit go on where it went: what is to come and what was is
// on the successor's page and says where it came from, what was resolved is read
// out there, and what was promised is with whoever serves there.
func TestMeetingsOfAMergedUnit(t *testing.T) {
	each(t, func(w *world) {
		ctx := w.Context()
		was := w.called()
		w.Clock = w.Clock.Add(30 * time.Hour)
		lead := w.lead()
		w.OK(w.Resolve(ctx, lead, meeting.Resolve{Number: was, Kind: meeting.Promise, Words: "轮流扫水渠", OwnerUnit: w.Cells[0], OwnerRole: auth.Lead, DueDay: "2026-12-20"}))
		w.resolveBoth(was)
		w.OK(w.Record(ctx, lead, meeting.Record{Number: was, Came: 12}))
		w.Clock = w.Clock.Add(30 * time.Hour)
		next := w.called()
		w.OK(w.Tick(ctx))
		w.OK(w.Net.MergeUnits(ctx, auth.System("test"), network.MergeUnits{UnitID: w.Villages[0], IntoID: w.Villages[1]}))
		w.OK(w.Net.MergeUnits(ctx, auth.System("test"), network.MergeUnits{UnitID: w.Cells[0], IntoID: w.Cells[1]}))
		w.OK(w.Tick(ctx))
		cell, heir := w.Net.Tree().ByID(w.Cells[1]), w.Actor("邻长2")
		for _, past := range []bool{true, false} {
			for _, u := range []*network.Unit{cell, w.Net.Tree().ByID(w.Villages[1])} {
				list, _, err := w.List(ctx, meeting.Filter{Unit: u, Past: past}, nil, 9)
				w.OK(err)
				if len(list) != 2 || list[0].UnitID != w.Cells[1] || list[0].FromUnit != w.Cells[0] {
					w.Errorf("of %s: %+v", u.Name, list)
				}
			}
		}
		m := w.sheet(heir, next)
		if !m.Hold || len(m.Carried) != 3 || m.Version != 2 {
			w.Errorf("the next one: held %v, version %d, carries %+v", m.Hold, m.Version, m.Carried)
		}
		w.OK(w.Move(ctx, heir, meeting.Move{Number: next, Place: "村部", StartsAt: w.Clock.Add(54 * time.Hour), Why: "下雨", Version: 2}))
		for name, want := range map[string]string{"邻长2": "轮流扫水渠", "村干部2": "装三盏灯"} {
			if list, err := w.Mine(ctx, w.Actor(name), 9); err != nil || len(list) != 1 || list[0].Words != want {
				w.Errorf("with %s: %+v %v", name, list, err)
			}
		}
		w.OK(w.Tick(ctx))
		if m := w.sheet(heir, next); m.Version != 3 {
			w.Errorf("it is carried again: version %d", m.Version)
		}
	})
}

// TestOwnPromisesFirst: however many others are with the same unit, one's own are there.
func TestOwnPromisesFirst(t *testing.T) {
	each(t, func(w *world) {
		ctx := w.Context()
		num := w.called()
		w.Clock = w.Clock.Add(30 * time.Hour)
		promise := meeting.Resolve{Number: num, Kind: meeting.Promise, Words: "装三盏灯", OwnerUnit: w.Villages[0], OwnerRole: auth.VillageOfficial, DueDay: "2026-12-10"}
		w.OK(w.Resolve(ctx, w.lead(), promise))
		for range 6 { // of another post of the same unit, due before
			w.OK(w.DB.Write(ctx, copied(`INSERT INTO meeting_resolution SELECT $1, meeting_id, unit_id, kind, '扫水渠', demand, track, owner_unit, 'area_lead', '2026-12-05', with_unit, next_at, outcome, done_at, told_at, made_at, version
				FROM meeting_resolution WHERE words = '装三盏灯'`)))
		}
		list, err := w.Mine(ctx, w.village(), 5)
		w.OK(err)
		if len(list) != 1 || list[0].Words != "装三盏灯" {
			w.Errorf("%+v", list)
		}
	})
}

// TestAPromiseOfACancelledMeeting isn't made, and neither is a demand.
func TestAPromiseOfACancelledMeeting(t *testing.T) {
	each(t, func(w *world) {
		ctx := w.Context()
		num := w.called()
		w.Clock = w.Clock.Add(30*time.Hour - time.Minute)
		cancel := func() {
			w.OK(w.Cancel(ctx, w.village(), meeting.Cancel{Number: num, Why: "下雨", Version: 1}))
		}
		w.between = cancel
		w.code(w.Resolve(ctx, w.lead(), meeting.Resolve{Number: num, Kind: meeting.Promise, Words: "装灯", OwnerUnit: w.Villages[0], OwnerRole: auth.VillageOfficial, DueDay: "2026-12-10"}), "meeting.over")
		num = w.called()
		w.Clock = w.Clock.Add(30*time.Hour - time.Minute)
		w.between = cancel
		w.code(w.Resolve(ctx, w.lead(), meeting.Resolve{Number: num, Kind: meeting.Demand, Words: "修路"}), "meeting.over")
		if n := w.Count(`SELECT COUNT(*) FROM meeting_resolution`); n != 0 {
			w.Errorf("%d resolutions", n)
		}
		num = w.called()
		w.Clock = w.Clock.Add(30*time.Hour - time.Minute)
		w.resolveBoth(num)
		w.code(w.Cancel(ctx, w.village(), meeting.Cancel{Number: num, Why: "下雨", Version: w.sheet(w.lead(), num).Version}), "meeting.resolved_already")
	})
}
