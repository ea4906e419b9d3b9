package meeting_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"bilin/internal/auth"
	"bilin/internal/errs"
	"bilin/internal/meeting"
	"bilin/internal/network/networktest"
	"bilin/internal/sqldb"
	"bilin/internal/sqldbtest"
)

// world is the small city with its meetings. What other slices do is kept here
// in the open: they stand on the other side of an import barrier.
type world struct {
	*networktest.City
	*meeting.Service
	open    []meeting.OpenDemand
	states  map[string]meeting.Standing
	invited []meeting.Invitation
	by      []auth.Actor // who invited
	refuse  error        // of every invitation
	fails   int          // so many invitations fail
	between func()       // what happens between a look and a command
}

func newWorld(t *testing.T, db *sqldb.DB) *world {
	w := &world{City: networktest.New(t, db, meeting.Rules), states: map[string]meeting.Standing{}}
	w.open = []meeting.OpenDemand{{Number: "2600001", Topic: "路灯照明", Excerpt: "我家门口的灯不亮"}}
	w.Service = meeting.New(meeting.Options{DB: db, Network: w.Net, Policy: w.Policy, Audit: w.Audit, Live: w.Live, Seal: w.Seal, Now: w.Now,
		Demands: w, Raise: w.raise, Became: w.became, Invite: w.invite, Strike: w.strike})
	return w
}

func (w *world) OpenAt(context.Context, auth.Actor, string) ([]meeting.OpenDemand, error) {
	return w.open, nil
}

func (w *world) raise(ctx context.Context, _ auth.Actor, r meeting.Raised) (string, string, error) {
	number := fmt.Sprintf("26%05d", 100+len(w.states))
	err := w.DB.Write(ctx, func(tx *sqldb.Tx) error { return r.Along(ctx, tx, number) })
	w.states[number] = meeting.Standing{Became: "open"}
	return number, "track-" + number, err
}

func (w *world) became(_ context.Context, numbers []string) (map[string]meeting.Standing, error) {
	out := map[string]meeting.Standing{}
	for _, n := range numbers {
		out[n] = w.states[n]
	}
	return out, nil
}

func (w *world) invite(_ context.Context, who auth.Actor, i meeting.Invitation) (string, error) {
	if w.refuse != nil {
		return "", w.refuse
	}
	if w.fails > 0 {
		w.fails--
		return "", errs.E(errs.Unavailable, "x")
	}
	w.invited, w.by = append(w.invited, i), append(w.by, who)
	if i.Former != "" {
		return i.Former, nil
	}
	return "N26000017", nil
}

func (w *world) strike(_ context.Context, _ string, texts ...*string) error {
	if then := w.between; then != nil {
		w.between = nil
		then()
	}
	for _, text := range texts {
		*text = strings.ReplaceAll(*text, "周桂英", "某某")
	}
	return nil
}

func (w *world) lead() auth.Actor    { return w.Actor("邻长1") }
func (w *world) village() auth.Actor { return w.Actor("村干部1") }

// called is a meeting of the first village's cell, tomorrow evening.
func (w *world) called() string {
	w.Helper()
	num, err := w.Call(w.Context(), w.lead(), w.call())
	w.OK(err)
	return num
}

func (w *world) call() meeting.Call {
	return meeting.Call{UnitCode: w.Codes[0] + "010101", Subject: "路灯装在哪", Place: "晒谷坪", StartsAt: w.Clock.Add(30 * time.Hour), Demands: []string{"2600001"}, Lines: []string{"轮流扫水渠", ""}}
}

func (w *world) sheet(by auth.Actor, num string) *meeting.Sheet {
	w.Helper()
	m, err := w.Get(w.Context(), by, num)
	w.OK(err)
	return m
}

func (w *world) code(err error, want string) {
	w.Helper()
	if err == nil || errs.CodeOf(err) != want {
		w.Errorf("got %v, want %s", err, want)
	}
}

func (w *world) kind(err error, want errs.Kind) {
	w.Helper()
	if err == nil || errs.KindOf(err) != want {
		w.Errorf("got %v, want %s", err, want)
	}
}

func each(t *testing.T, fn func(w *world)) {
	t.Parallel()
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) { fn(newWorld(t, db)) })
}

// TestFromTheCallToTheNextMeeting is the whole loop.
func TestFromTheCallToTheNextMeeting(t *testing.T) {
	each(t, func(w *world) {
		ctx := w.Context()
		num := w.called()
		w.OK(w.Invite(ctx, w.lead(), meeting.Invite{Number: num, Title: "屋场会", Words: "来商量。", Households: 1, Version: 1}))
		w.code(w.Invite(ctx, w.lead(), meeting.Invite{Number: num, Title: "屋场会", Words: "来商量。", Households: 1, Version: 1}), "meeting.invited_already")
		w.code(w.Record(ctx, w.lead(), meeting.Record{Number: num, Came: 9, Words: "说了路灯"}), "meeting.not_begun")
		w.Clock = w.Clock.Add(30 * time.Hour)
		w.OK(w.Record(ctx, w.lead(), meeting.Record{Number: num, Came: 9, Words: "周桂英说灯不亮。"}))
		w.code(w.Record(ctx, w.lead(), meeting.Record{Number: num, Came: 9, Words: "别的"}), "meeting.changed_since")
		if m := w.sheet(auth.Actor{}, num); m.Draft != nil || m.State != meeting.Held || m.Came != 9 {
			t := fmt.Sprintf("%+v", m)
			w.Errorf("in public: %s", t)
		}
		w.resolveBoth(num)
		w.OK(w.Publish(ctx, w.lead(), meeting.Publish{Number: num, Version: 1}))
		if m := w.sheet(auth.Actor{}, num); m.Minutes == nil || m.Minutes.Words != "某某说灯不亮。" || m.Edition != 1 {
			w.Errorf("minutes: %+v", m.Minutes)
		}
		if n := w.Count(`SELECT COUNT(*) FROM meeting_minutes WHERE words LIKE '%周桂英%'`); n != 0 {
			w.Error("the draft with a name is still kept")
		}
		w.nextMeeting()
	})
}

func (w *world) resolveBoth(num string) {
	w.Helper()
	ctx := w.Context()
	village := w.village()
	w.OK(w.Resolve(ctx, w.lead(), meeting.Resolve{Key: "d", Number: num, Kind: meeting.Demand, Words: "桥头的路要修"}))
	promise := meeting.Resolve{Key: "p", Number: num, Kind: meeting.Promise, Words: "装三盏灯", OwnerUnit: village.Grants[0].UnitID, OwnerRole: auth.VillageOfficial, DueDay: "2026-12-10"}
	w.OK(w.Resolve(ctx, w.lead(), promise))
	promise.Key, promise.OwnerUnit, promise.OwnerRole = "q", w.Town, auth.TownOfficial
	w.code(w.Resolve(ctx, w.lead(), promise), "meeting.no_owner")
}

// nextMeeting reads out what became of each: what is settled once, what is open every time.
func (w *world) nextMeeting() {
	w.Helper()
	ctx := w.Context()
	mine, err := w.Mine(ctx, w.village(), 10)
	w.OK(err)
	if len(mine) != 1 {
		w.Fatalf("%d promises with the village", len(mine))
	}
	w.kind(w.Keep(ctx, w.lead(), meeting.Keep{ID: mine[0].ID, Outcome: "三盏灯都亮了", Version: 1}), errs.Forbidden)
	w.code(w.Keep(ctx, w.village(), meeting.Keep{Key: "1", ID: mine[0].ID, Outcome: "好了", Version: 1}), "meeting.check")
	w.OK(w.Keep(ctx, w.village(), meeting.Keep{Key: "2", ID: mine[0].ID, Outcome: "三盏灯都亮了", Version: 1}))
	for i, want := range []int{2, 1} {
		num := w.called()
		w.Clock = w.Clock.Add(31 * time.Hour)
		if m := w.sheet(auth.Actor{}, num); len(m.Carried) != want {
			w.Errorf("meeting %d: %d to read out, want %d", i+2, len(m.Carried), want)
		}
		w.OK(w.ReadOut(ctx, w.lead(), "r"+num, num))
		m := w.sheet(auth.Actor{}, num)
		if len(m.Read) != want || len(m.Carried) != 0 || m.Read[0].Became != "open" {
			w.Errorf("meeting %d: %+v", i+2, m.Read)
		}
		if i == 0 && m.Read[1].Outcome != "三盏灯都亮了" {
			w.Errorf("what was done: %+v", m.Read[1])
		}
	}
}

// TestWhatOthersMay: a lead holds meetings of the own cell, a village of all under it, nobody of another's.
func TestWhatOthersMay(t *testing.T) {
	each(t, func(w *world) {
		ctx := w.Context()
		num := w.called()
		for name, want := range map[string]errs.Kind{"邻长2": errs.Forbidden, "村干部2": errs.Forbidden, "镇干部": errs.Forbidden, "市办": errs.Forbidden} {
			_, err := w.Call(ctx, w.Actor(name), w.call())
			w.kind(err, want)
			w.kind(w.Cancel(ctx, w.Actor(name), meeting.Cancel{Number: num, Why: "不开", Version: 1}), want)
			w.kind(w.Invite(ctx, w.Actor(name), meeting.Invite{Number: num}), want)
			w.kind(w.ReadOut(ctx, w.Actor(name), "k", num), want)
			if w.sheet(w.Actor(name), num).Hold {
				w.Errorf("%s may hold it", name)
			}
		}
		_, err := w.Call(ctx, w.village(), w.call())
		w.OK(err)
		cmd := w.call()
		cmd.UnitCode = w.Codes[0]
		_, err = w.Call(ctx, w.lead(), cmd)
		w.kind(err, errs.Forbidden)
		cmd.UnitCode = "430182001000"
		_, err = w.Call(ctx, w.Actor("镇干部"), cmd)
		w.code(err, "meeting.no_unit")
	})
}

// TestMovedAndCancelled tells those who were invited, and tries again where that failed.
func TestMovedAndCancelled(t *testing.T) {
	each(t, func(w *world) {
		ctx := w.Context()
		num := w.called()
		w.OK(w.Invite(ctx, w.lead(), meeting.Invite{Number: num, Title: "屋场会", Words: "来商量。", Households: 1, Version: 1}))
		move := meeting.Move{Key: "m", Number: num, Place: "村部", StartsAt: w.Clock.Add(54 * time.Hour), Why: "下雨", Version: 2}
		w.refuse = errs.E(errs.Unavailable, "x")
		if err := w.Move(ctx, w.lead(), move); err == nil {
			w.Error("a failure to tell is kept quiet")
		}
		if !w.sheet(auth.Actor{}, num).Untold {
			w.Error("nobody knows that those invited weren't told")
		}
		w.refuse = nil
		w.OK(w.Tick(ctx))
		m := w.sheet(auth.Actor{}, num)
		if m.Untold || m.Place != "村部" || m.Moved != 1 || len(w.invited) != 2 || w.invited[1].Former != "N26000017" || !strings.Contains(w.invited[1].Words, "下雨") {
			w.Errorf("%+v, told %+v", m.Meeting, w.invited)
		}
		w.code(w.Move(ctx, w.lead(), meeting.Move{Key: "n", Number: num, Place: "村部", StartsAt: m.StartsAt, Why: "x", Version: m.Version}), "meeting.check")
		w.code(w.Cancel(ctx, w.lead(), meeting.Cancel{Key: "c", Number: num, Why: "没空", Version: 1}), "meeting.changed_since")
		w.OK(w.Cancel(ctx, w.lead(), meeting.Cancel{Key: "d", Number: num, Why: "路灯已经装好", Version: m.Version}))
		if len(w.invited) != 3 || !strings.HasPrefix(w.invited[2].Title, "不开了") {
			w.Errorf("told %+v", w.invited)
		}
		w.code(w.Cancel(ctx, w.lead(), meeting.Cancel{Key: "e", Number: num, Why: "再来", Version: m.Version + 2}), "meeting.over")
		soon, err := w.Soon(ctx, w.Net.Tree().ByID(w.Cells[0]), 5)
		w.OK(err)
		if len(soon) != 1 || soon[0].State != meeting.Cancelled {
			w.Errorf("to come: %+v", soon)
		}
	})
}

// TestAPromiseClimbs a week after its day, level by level up to the town, until it is kept.
func TestAPromiseClimbs(t *testing.T) {
	each(t, func(w *world) {
		ctx := w.Context()
		num := w.called()
		w.Clock = w.Clock.Add(30 * time.Hour)
		w.resolveBoth(num)
		with := func(name string) int {
			list, err := w.Mine(ctx, w.Actor(name), 9)
			w.OK(err)
			return len(list)
		}
		w.Clock = time.Date(2026, 12, 16, 2, 0, 0, 0, time.UTC)
		w.OK(w.Tick(ctx))
		if list, _ := w.Mine(ctx, w.village(), 9); len(list) != 1 || list[0].Became != meeting.Overdue || with("镇干部") != 0 {
			w.Errorf("a week isn't over: %+v", list)
		}
		w.Clock = w.Clock.Add(3 * 24 * time.Hour)
		w.OK(w.Tick(ctx))
		w.OK(w.Tick(ctx))
		if with("镇干部") != 1 || with("邻长1") != 0 {
			w.Error("it didn't climb")
		}
		w.Clock = w.Clock.Add(60 * 24 * time.Hour)
		w.OK(w.Tick(ctx))
		if with("镇干部") != 1 || w.Count(`SELECT COUNT(*) FROM meeting_resolution WHERE next_at > 0`) != 0 {
			w.Error("it climbs on over the town")
		}
		list, err := w.Mine(ctx, w.Actor("镇干部"), 9)
		w.OK(err)
		w.OK(w.Keep(ctx, w.Actor("镇干部"), meeting.Keep{ID: list[0].ID, Outcome: "镇里派人装好了灯", Version: list[0].Version}))
		if with("镇干部")+with("村干部1") != 0 {
			w.Error("still with somebody")
		}
	})
}

// TestMinutesAreCorrected by editions; what they said before stays.
func TestMinutesAreCorrected(t *testing.T) {
	each(t, func(w *world) {
		ctx := w.Context()
		num := w.called()
		w.Clock = w.Clock.Add(30 * time.Hour)
		w.code(w.Publish(ctx, w.lead(), meeting.Publish{Number: num}), "meeting.no_minutes")
		w.OK(w.Record(ctx, w.lead(), meeting.Record{Key: "1", Number: num, Came: 31}))
		w.OK(w.Record(ctx, w.lead(), meeting.Record{Key: "2", Number: num, Came: 32, Words: "装两盏。"}))
		w.OK(w.Publish(ctx, w.lead(), meeting.Publish{Key: "3", Number: num, Version: 1}))
		w.code(w.Record(ctx, w.lead(), meeting.Record{Key: "4", Number: num, Came: 32, Words: "装三盏。"}), "meeting.out_already")
		w.code(w.Publish(ctx, w.lead(), meeting.Publish{Key: "5", Number: num, Words: "装三盏。", Version: 1}), "meeting.check")
		w.OK(w.Publish(ctx, w.lead(), meeting.Publish{Key: "6", Number: num, Words: "装三盏，周桂英同意。", Why: "数错了", Version: 1}))
		m := w.sheet(auth.Actor{}, num)
		if m.Minutes.Words != "装三盏，某某同意。" || m.Minutes.Why != "数错了" || len(m.Formers) != 1 || m.Formers[0].Words != "装两盏。" {
			w.Errorf("%+v %+v", m.Minutes, m.Formers)
		}
		w.OK(w.Publish(ctx, w.lead(), meeting.Publish{Key: "7", Number: num, Words: "装三盏。", Why: "里面有名字", Version: 2, Drop: true}))
		m = w.sheet(auth.Actor{}, num)
		if m.Minutes.Words != "装三盏。" || len(m.Formers) != 2 || m.Formers[0].Words+m.Formers[1].Words != "" {
			w.Errorf("what was taken away: %+v %+v", m.Minutes, m.Formers)
		}
	})
}

// TestListsPage gives every meeting once, whichever way.
func TestListsPage(t *testing.T) {
	each(t, func(w *world) {
		ctx := w.Context()
		for i := range 7 {
			cmd := w.call()
			cmd.StartsAt = w.Clock.Add(time.Duration(20+i/2) * time.Hour) // some at the same time
			_, err := w.Call(ctx, w.lead(), cmd)
			w.OK(err)
		}
		tree := w.Net.Tree()
		for _, code := range []string{w.Codes[0], w.Codes[0] + "01", w.Codes[0] + "010101", "430182001000", "430182000000"} {
			for _, past := range []bool{false, true} {
				seen := map[string]bool{}
				var after *meeting.Cursor
				for {
					list, next, err := w.List(ctx, meeting.Filter{Unit: tree.ByCode(code), Past: past}, after, 3)
					w.OK(err)
					for _, m := range list {
						seen[m.ID] = true
					}
					if after = next; next == nil {
						break
					}
				}
				if len(seen) != 7 {
					w.Errorf("%s: %d meetings", code, len(seen))
				}
			}
		}
		if list, _, err := w.List(ctx, meeting.Filter{Unit: tree.ByCode(w.Codes[1])}, nil, 9); len(list) != 0 || err != nil {
			w.Errorf("another village's: %v %v", list, err)
		}
	})
}

// TestOnce: a phone that sends again makes no second meeting, resolution or reading.
func TestOnce(t *testing.T) {
	each(t, func(w *world) {
		ctx := w.Context()
		cmd := w.call()
		cmd.Key = "k"
		first, err := w.Call(ctx, w.lead(), cmd)
		w.OK(err)
		second, err := w.Call(ctx, w.lead(), cmd)
		w.OK(err)
		w.Clock = w.Clock.Add(30 * time.Hour)
		w.OK(w.Record(ctx, w.lead(), meeting.Record{Key: "r", Number: first, Came: 12, Words: "说了。"}))
		w.OK(w.Record(ctx, w.lead(), meeting.Record{Key: "r", Number: first, Came: 12, Words: "说了。"}))
		for range 2 {
			w.OK(w.Resolve(ctx, w.lead(), meeting.Resolve{Key: "p", Number: first, Kind: meeting.Promise, Words: "装三盏灯", OwnerUnit: w.Villages[0], OwnerRole: auth.VillageOfficial, DueDay: "2026-12-10"}))
		}
		if first != second || w.Count(`SELECT COUNT(*) FROM meeting`) != 1 || w.Count(`SELECT COUNT(*) FROM meeting_resolution`) != 1 {
			w.Error("done twice")
		}
	})
}

// copied writes a row that is like another, under an id of its own.
func copied(query string) func(tx *sqldb.Tx) error {
	return func(tx *sqldb.Tx) error {
		_, err := tx.ExecContext(context.Background(), query, sqldb.NewID())
		return err
	}
}
