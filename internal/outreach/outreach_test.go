package outreach_test

import (
	"strings"
	"testing"
	"time"

	"bilin/internal/auth"
	"bilin/internal/errs"
	"bilin/internal/network"
	"bilin/internal/network/networktest"
	"bilin/internal/outreach"
	"bilin/internal/sqldb"
	"bilin/internal/sqldbtest"
)

type world struct {
	*networktest.City
	*outreach.Service
}

func newWorld(t *testing.T, db *sqldb.DB) *world {
	c := networktest.New(t, db, outreach.Rules)
	w := &world{City: c, Service: outreach.New(outreach.Options{DB: db, Network: c.Net, Policy: c.Policy, Audit: c.Audit, Live: c.Live, Seal: c.Seal, Now: c.Now})}
	w.more("ABCDEFGHIJKLMNOPQRST")
	return w
}

// more adds households to the first cell.
func (w *world) more(ids string) {
	var chunk network.Chunk
	for i, c := range ids {
		id := "h-" + string(c)
		chunk.Households = append(chunk.Households, network.NewHousehold{ID: id, UnitID: w.Cells[0], Door: "BBBB2222" + string(c) + "3", Address: "二号", AddressKey: "二号", Size: 1 + i%4, RosterKey: id})
	}
	w.OK(w.Net.ImportChunk(w.Context(), auth.System("test"), chunk))
	w.OK(w.Net.Refresh(w.Context()))
}

// home adds a household to one of the cells.
func (w *world) home(cell int, door string) {
	w.OK(w.Net.ImportChunk(w.Context(), auth.System("test"), network.Chunk{Households: []network.NewHousehold{{ID: "h-" + door, UnitID: w.Cells[cell], Door: door, Address: door, AddressKey: door, Size: 2, RosterKey: door}}}))
	w.OK(w.Net.Refresh(w.Context()))
}

func (w *world) compose(codes ...string) string { return w.composed("c", codes...) }

func (w *world) composed(key string, codes ...string) string {
	num, err := w.Compose(w.Context(), w.Actor("镇干部"), outreach.Compose{Key: key, Kind: outreach.Weather, Title: "今晚有暴雨", Words: "不要去河边。\n家里备好手电。", Units: codes})
	w.OK(err)
	return num
}

func (w *world) send(num string) *outreach.Notice {
	n, e, err := w.Estimate(w.Context(), w.Actor("镇干部"), num)
	w.OK(err)
	w.OK(w.Send(w.Context(), w.Actor("镇干部"), outreach.Send{Key: "s" + num, Number: num, Households: e.Households, Version: n.Version}))
	return w.get(num)
}

func (w *world) get(num string) *outreach.Notice {
	n, err := w.Get(w.Context(), w.Actor("镇干部"), num)
	w.OK(err)
	return n
}

func (w *world) reach(who, num string) *outreach.Reach {
	r, err := w.Reach(w.Context(), w.Actor(who), num, 0, 0)
	w.OK(err)
	return r
}

func wantCode(t testing.TB, err error, code string) {
	t.Helper()
	if err == nil || errs.CodeOf(err) != code {
		t.Errorf("%v, want %s", err, code)
	}
}

// TestReach: a notice goes out once it was estimated; a household counts once,
// however it was reached, and the figures say how.
func TestReach(t *testing.T) {
	t.Parallel()
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		w := newWorld(t, db)
		ctx := t.Context()
		num := w.compose(w.Codes[0], w.Codes[1], w.Codes[0])
		if again := w.compose(w.Codes[0], w.Codes[1], w.Codes[0]); again != num {
			t.Errorf("pressed twice: %s and %s", num, again)
		}
		_, err := w.Get(ctx, auth.Actor{}, num)
		wantCode(t, err, "outreach.none")
		n, e, err := w.Estimate(ctx, w.Actor("镇干部"), num)
		w.OK(err)
		if e.Households != 21 || e.Villages != 1 || e.Leads != 1 || e.Unled != 0 || e.Hours != 1 || e.EachMinute != 42 || len(n.Units) != 2 || n.SenderID != w.Town {
			t.Fatalf("estimate %+v of %+v", e, n)
		}
		wantCode(t, w.Send(ctx, w.Actor("镇干部"), outreach.Send{Number: num, Households: 400, Version: 1}), "outreach.other_audience")
		wantCode(t, w.Send(ctx, w.Actor("村干部1"), outreach.Send{Number: num, Households: 21, Version: 1}), "auth.forbidden")
		n = w.send(num)
		for range 2 {
			w.OK(w.Open(ctx, n, networktest.Door))
		}
		w.OK(w.Open(ctx, n, "ZZZZ999999"))
		w.Clock = w.Clock.Add(3 * time.Hour)
		lead := w.Actor("邻长1")
		for range 2 {
			w.OK(w.Tell(ctx, lead, outreach.Tell{Key: "t", Number: num, CellID: w.Cells[0], Households: []string{"h-1", "h-A"}, Way: outreach.Told}))
		}
		w.OK(w.Tell(ctx, lead, outreach.Tell{Key: "m", Number: num, CellID: w.Cells[0], Households: []string{"h-B"}, Way: outreach.Met}))
		r := w.reach("镇干部", num)
		if r.Total != (outreach.PlaceReach{Households: 21, Opened: 1, Told: 2, Met: 1, Reached: 3}) || len(r.Hours) != 2 || r.Hours[1] != (outreach.HourReach{Hour: 3, Told: 2, Met: 1}) || r.Part {
			t.Errorf("reach %+v, %+v", r.Total, r.Hours)
		}
		then, err := w.Reach(ctx, w.Actor("村干部1"), num, 0, 3)
		w.OK(err)
		if then.Known != 4 || then.After != 3 || then.Stood != (outreach.PlaceReach{Households: 21, Opened: 1, Reached: 1}) || len(then.Hours) != 2 || then.Total.Reached != 3 {
			t.Errorf("after three hours %+v", then)
		}
		list, err := w.ToTell(ctx, lead, num)
		w.OK(err)
		told := 0
		for _, h := range list[0].Homes {
			if h.Told {
				told++
			}
		}
		if len(list) != 1 || len(list[0].Homes) != 21 || told != 2 {
			t.Errorf("to tell: %+v", list)
		}
		_, err = w.ToTell(ctx, w.Actor("邻长2"), num)
		w.OK(err)
		wantCode(t, w.Tell(ctx, w.Actor("邻长2"), outreach.Tell{Number: num, CellID: w.Cells[0], Way: outreach.Told}), "auth.forbidden")
		if _, err = w.Reach(ctx, w.Actor("邻长1"), num, 0, 0); err == nil {
			t.Error("a lead reads the figures of the city")
		}
	})
}

// TestWhatIsKept: neither which household opened a notice nor who told whom when.
func TestWhatIsKept(t *testing.T) {
	t.Parallel()
	w := newWorld(t, sqldbtest.Open(t, sqldb.SQLite))
	n := w.send(w.compose(w.Codes[0]))
	w.OK(w.Open(t.Context(), n, networktest.Door))
	w.OK(w.Tell(t.Context(), w.Actor("邻长1"), outreach.Tell{Number: n.Number, CellID: w.Cells[0], Way: outreach.Told}))
	for _, table := range []string{"notice_mark", "notice_place", "notice_hour"} {
		if n := w.Count(`SELECT COUNT(*) FROM pragma_table_info('` + table + `') WHERE name IN ('at', 'by_id', 'household_id', 'cell_id', 'unit_id')`); n != 0 {
			t.Errorf("%s says who or when", table)
		}
	}
	if w.Count(`SELECT COUNT(*) FROM notice_mark WHERE mark LIKE '%h-1%'`) != 0 || w.Count(`SELECT COUNT(*) FROM notice_mark`) != 21 {
		t.Error("marks tell the household")
	}
	if w.Count(`SELECT COUNT(*) FROM notice_pace`) != 1 {
		t.Error("no pace")
	}
	held, err := w.HeldOf(t.Context(), w.DB.Reader(), "h-1")
	w.OK(err)
	if len(held) != 1 || held[0].Number != n.Number || held[0].Ways != outreach.Opened|outreach.Told {
		t.Errorf("held: %+v", held)
	}
	w.OK(w.DB.Write(t.Context(), func(tx *sqldb.Tx) error { return w.EraseHousehold(t.Context(), tx, "h-1") }))
	if held, err = w.HeldOf(t.Context(), w.DB.Reader(), "h-1"); err != nil || len(held) != 0 || w.reach("镇干部", n.Number).Total.Opened != 1 {
		t.Errorf("after it was erased: %+v, %v", held, err)
	}
	w.Clock = w.Clock.Add(2 * time.Hour)
	_, err = w.Tick(t.Context())
	w.OK(err)
	if w.Count(`SELECT COUNT(*) FROM notice_pace`) != 0 {
		t.Error("who entered how many when is kept")
	}
	w.Clock = w.Clock.AddDate(0, 0, 100)
	_, err = w.Tick(t.Context())
	w.OK(err)
	if w.Count(`SELECT COUNT(*) FROM notice_mark`) != 0 || w.reach("镇干部", n.Number).Total.Told != 21 {
		t.Error("marks stay, or the figures went with them")
	}
	w.OK(w.Open(t.Context(), n, networktest.Door))
	if w.reach("镇干部", n.Number).Total.Opened != 1 {
		t.Error("counted again")
	}
}

// TestOldHours: after 90 days the hours are kept by town, and add up to the same:
// a household that has no figures isn't shown by what a town's hours have too many.
func TestOldHours(t *testing.T) {
	t.Parallel()
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		w := newWorld(t, db)
		w.home(1, "ZZZZ222233")
		n := w.send(w.compose(w.Codes[0], w.Codes[1]))
		for _, door := range []string{networktest.Door, "BBBB2222A3", "ZZZZ222233"} {
			w.OK(w.Open(t.Context(), n, door))
		}
		before := w.reach("市办", n.Number)
		w.Clock = w.Clock.AddDate(0, 0, 100)
		for range 3 {
			_, err := w.Tick(t.Context())
			w.OK(err)
		}
		after := w.reach("市办", n.Number)
		if len(before.Hours) != 1 || len(after.Hours) != 1 || before.Hours[0].Opened != 2 || after.Hours[0] != before.Hours[0] || after.Total != before.Total || before.Known != 1 || after.Known != 0 || w.Count(`SELECT COUNT(*) FROM notice_hour`) != 1 {
			t.Errorf("%+v, then %+v", before, after)
		}
		if r := w.reach("村干部1", n.Number); len(r.Hours) != 0 {
			t.Errorf("a village sees the hours of its town: %+v", r)
		}
	})
}

// TestHoursOfTownsFromBefore: hours that never were by village are shown, and kept,
// of towns only in which no village is too small.
func TestHoursOfTownsFromBefore(t *testing.T) {
	t.Parallel()
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		w := newWorld(t, db)
		w.home(1, "ZZZZ222233")
		alone, both := w.compose(w.Codes[0]), ""
		for _, n := range []*outreach.Notice{w.send(alone), w.send(w.composed("d", w.Codes[0], w.Codes[1]))} {
			both = n.Number
			w.OK(w.Open(t.Context(), n, networktest.Door))
		}
		w.OK(db.Write(t.Context(), func(tx *sqldb.Tx) error {
			_, err := tx.ExecContext(t.Context(), `UPDATE notice_hour SET place_id = $1`, w.Town)
			return err
		}))
		for range 2 {
			if one, two := w.reach("市办", alone), w.reach("市办", both); len(one.Hours) != 1 || one.Hours[0].Opened != 1 || len(two.Hours) != 0 || two.Total.Opened != 1 {
				t.Errorf("%+v and %+v", one, two)
			}
			w.Clock = w.Clock.AddDate(0, 0, 100)
			for range 3 {
				_, err := w.Tick(t.Context())
				w.OK(err)
			}
		}
		if n := w.Count(`SELECT COUNT(*) FROM notice_hour`); n != 1 {
			t.Errorf("%d hours are kept", n)
		}
	})
}

// TestTooQuick: what can't have been told in a minute is shown as such, and counts.
func TestTooQuick(t *testing.T) {
	t.Parallel()
	w := newWorld(t, sqldbtest.Open(t, sqldb.SQLite))
	n := w.send(w.compose(w.Codes[0]))
	w.more("abcdefghijklmnopqrs")
	w.OK(w.Tell(t.Context(), w.Actor("邻长1"), outreach.Tell{Key: "1", Number: n.Number, CellID: w.Cells[0], Way: outreach.Told}))
	if r := w.reach("镇干部", n.Number); r.Total.Told != 40 || r.Total.Odd != 20 || r.Total.Reached != 40 {
		t.Errorf("%+v", r.Total)
	}
}

// TestCorrectAndRecall: corrected words are to be heard anew; recalled ones are gone and it says so.
func TestCorrectAndRecall(t *testing.T) {
	t.Parallel()
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		w := newWorld(t, db)
		ctx, town := t.Context(), w.Actor("镇干部")
		n := w.send(w.compose(w.Codes[0]))
		w.OK(w.Open(ctx, n, networktest.Door))
		wantCode(t, w.Correct(ctx, town, outreach.Correct{Number: n.Number, Title: n.Title, Words: n.Words, Why: "写错", Version: n.Version}), "outreach.check")
		w.OK(w.Correct(ctx, town, outreach.Correct{Key: "k", Number: n.Number, Title: "明晚有暴雨", Words: n.Words, Why: "时间写错了", Version: n.Version}))
		n = w.get(n.Number)
		if r := w.reach("镇干部", n.Number); n.Edition != 2 || r.Total.Opened != 0 || r.Total.Households != 21 {
			t.Errorf("edition %d, %+v", n.Edition, r.Total)
		}
		w.OK(w.Open(ctx, n, networktest.Door))
		first, err := w.Reach(ctx, town, n.Number, 1, 0)
		w.OK(err)
		formers, err := w.Formers(ctx, n)
		w.OK(err)
		if first.Total.Opened != 1 || w.reach("镇干部", n.Number).Total.Opened != 1 || len(formers) != 1 || formers[0].Title != "今晚有暴雨" {
			t.Errorf("%+v, %+v", first.Total, formers)
		}
		w.OK(w.Recall(ctx, town, outreach.Recall{Key: "r", Number: n.Number, Why: "预报取消", Version: n.Version}))
		wantCode(t, w.Recall(ctx, town, outreach.Recall{Number: n.Number, Why: "预报取消", Version: n.Version + 1}), "outreach.not_out")
		n, err = w.Get(ctx, auth.Actor{}, n.Number)
		if err != nil || n.State != outreach.Recalled || n.Why != "预报取消" {
			t.Errorf("%+v, %v", n, err)
		}
		wantCode(t, w.Tell(ctx, w.Actor("邻长1"), outreach.Tell{Number: n.Number, CellID: w.Cells[0], Way: outreach.Told}), "outreach.no_counting")
	})
}

// TestScheduledAndSized: it goes out by itself, to households of a size only.
func TestScheduledAndSized(t *testing.T) {
	t.Parallel()
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		w := newWorld(t, db)
		ctx, town := t.Context(), w.Actor("镇干部")
		num, err := w.Compose(ctx, town, outreach.Compose{Kind: outreach.News, Title: "多口之家", Words: "请看。", Units: w.Codes[:1], MinSize: 3, MaxSize: 3})
		w.OK(err)
		_, e, err := w.Estimate(ctx, town, num)
		w.OK(err)
		if e.Households != 6 { // five of twenty, and the one there was
			t.Fatalf("%d households", e.Households)
		}
		send := outreach.Send{Number: num, Households: 6, At: w.Now().Add(-time.Hour), Version: 1}
		wantCode(t, w.Send(ctx, town, send), "outreach.bad_time")
		send.At = w.Now().Add(time.Hour)
		w.OK(w.Send(ctx, town, send))
		w.OK(w.Hold(ctx, town, "", num, 2))
		send.Version = 3
		w.OK(w.Send(ctx, town, send))
		if n, err := w.Tick(ctx); err != nil || n != 0 {
			t.Errorf("too early: %d, %v", n, err)
		}
		w.Clock = w.Clock.Add(2 * time.Hour)
		if n, err := w.Tick(ctx); err != nil || n != 1 {
			t.Errorf("due: %d, %v", n, err)
		}
		n := w.get(num)
		w.OK(w.Open(ctx, n, networktest.Door))
		r := w.reach("镇干部", num)
		if n.State != outreach.Sent || len(r.Places) != 1 || !r.Places[0].Hidden || r.Few != 6 || r.Total.Households != 0 {
			t.Errorf("%s: %+v", n.State, r)
		}
	})
}

// TestMeeting: how many came is a number, counted apart; more than live there is shown as such.
func TestMeeting(t *testing.T) {
	t.Parallel()
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		w := newWorld(t, db)
		ctx, village := t.Context(), w.Actor("村干部1")
		n := w.send(w.compose(w.Codes[0]))
		w.OK(w.Meet(ctx, village, outreach.Meet{Key: "a", Number: n.Number, UnitCode: w.Codes[0], Day: "2026-12-01", Households: 12}))
		w.OK(w.Meet(ctx, village, outreach.Meet{Key: "b", Number: n.Number, UnitCode: w.Codes[0] + "01", Day: "2026-12-01", Households: 200}))
		wantCode(t, w.Meet(ctx, village, outreach.Meet{Number: n.Number, UnitCode: w.Codes[1], Day: "2026-12-01", Households: 2}), "auth.forbidden")
		wantCode(t, w.Meet(ctx, village, outreach.Meet{Number: n.Number, UnitCode: w.Codes[0], Day: "2027-12-01", Households: 2}), "outreach.bad_day")
		r := w.reach("村干部1", n.Number)
		if len(r.Meetings) != 2 || r.Meetings[0].Odd || !r.Meetings[1].Odd || r.Total.Met != 0 || r.Part {
			t.Errorf("%+v", r)
		}
	})
}

// TestLists: a village has what was sent to it and to whatever holds it.
func TestLists(t *testing.T) {
	t.Parallel()
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		w := newWorld(t, db)
		var nums []string
		for _, codes := range [][]string{{"430182001000"}, {w.Codes[0]}, {w.Codes[1]}} {
			num, err := w.Compose(t.Context(), w.Actor("镇干部"), outreach.Compose{Kind: outreach.News, Title: "通知" + strings.Join(codes, ""), Words: "请看。", Units: codes})
			w.OK(err)
			if codes[0] != w.Codes[1] {
				w.send(num)
			}
			w.Clock = w.Clock.Add(time.Minute)
			nums = append(nums, num)
		}
		tree := w.Net.Tree()
		first, next, err := w.At(t.Context(), tree.ByID(w.Cells[0]), nil, 1)
		w.OK(err)
		second, end, err := w.At(t.Context(), tree.ByID(w.Cells[0]), next, 1)
		w.OK(err)
		if len(first) != 1 || first[0].Number != nums[1] || len(second) != 1 || second[0].Number != nums[0] || end != nil {
			t.Errorf("%+v, %+v", first, second)
		}
		desk, _, err := w.Desk(t.Context(), w.Actor("村干部2"), nil, 10)
		w.OK(err)
		if len(desk) != 1 || desk[0].Number != nums[2] {
			t.Errorf("the desk of a village: %+v", desk)
		}
		fresh, err := w.Fresh(t.Context(), w.Actor("邻长1"), 5)
		w.OK(err)
		if len(fresh) != 2 {
			t.Errorf("a lead's: %+v", fresh)
		}
	})
}
