package situation_test

import (
	"context"
	"encoding/json"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"bilin/internal/auth"
	"bilin/internal/errs"
	"bilin/internal/live"
	"bilin/internal/mobilise"
	"bilin/internal/mobilise/mobilisetest"
	"bilin/internal/mobilise/rollcall"
	"bilin/internal/mobilise/situation"
	"bilin/internal/sqldb"
	"bilin/internal/sqldbtest"
)

const patience = 10 * time.Second

// world is a city with an order under way.
type world struct {
	*mobilisetest.City
	*situation.Service
	order *mobilise.Order
	rolls rolls
}

// rolls is a roll-call as its own package would count it.
type rolls struct {
	call   *rollcall.Call
	totals rollcall.Totals
	broken string // id of an order whose roll-call can't be read
	curves int    // that were read
}

func (r *rolls) OfOrder(_ context.Context, id string) (*rollcall.Call, rollcall.Totals, error) {
	if id == r.broken {
		return nil, rollcall.Totals{}, errs.E(errs.Unavailable, "once.try_again")
	}
	return r.call, r.totals, nil
}

func (r *rolls) Curve(context.Context, string) ([]rollcall.Point, error) {
	r.curves++
	return []rollcall.Point{{At: r.call.OpenedAt.Add(time.Minute), Reported: r.totals.Reported()}}, nil
}

func ok(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func newWorld(t *testing.T, db *sqldb.DB, change func(*mobilise.Propose)) *world {
	w := &world{City: mobilisetest.New(t, db, 8, situation.Rules)}
	w.Service = situation.New(situation.Options{
		DB: db, Network: w.Net, Orders: w.Orders, RollCalls: &w.rolls, Policy: w.Policy, Audit: w.Audit, Live: w.Live, Now: w.Now,
	})
	t.Cleanup(w.Close)
	var err error
	w.order, err = w.Order(w.Command, change)
	ok(t, err)
	return w
}

func (w *world) view(who auth.Actor) (*situation.Snapshot, situation.May) {
	w.Helper()
	snap, may, err := w.View(w.Context(), who, w.order.Number)
	ok(w, err)
	return snap, may
}

func (w *world) add(key string) (string, error) {
	return w.Add(w.Context(), w.Command, situation.Add{Key: key, Number: w.order.Number, Name: "主要道路通行", Unit: "条", Target: 41, Deadline: w.Now().Add(6 * time.Hour)})
}

func (w *world) set(who auth.Actor, id string, value int64, version int) error {
	return w.Set(w.Context(), who, situation.Value{Number: w.order.Number, ObjectiveID: id, Value: value, Version: version})
}

// kinds are what the timeline says, the newest first.
func kinds(snap *situation.Snapshot) string {
	var out []string
	for _, e := range snap.Events {
		out = append(out, e.Kind)
	}
	return strings.Join(out, " ")
}

func TestObjectivesHaveACurveAndNothingIsOverwritten(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		w := newWorld(t, db, nil)
		w.view(w.Command)
		id, err := w.add("k")
		ok(t, err)
		if again, err := w.add("k"); err != nil || again != id {
			t.Errorf("pressed twice: %q, %v", again, err)
		}
		w.Pass(10 * time.Minute)
		ok(t, w.set(w.Command, id, 23, 1))
		if err := w.set(w.Command, id, 24, 1); errs.KindOf(err) != errs.Stale {
			t.Errorf("set unseen: %v", err)
		}
		w.Pass(-time.Hour) // another replica's clock
		ok(t, w.set(w.TownHall, id, 41, 2))
		snap, may := w.view(w.Command)
		if !may.Steer || !may.Value || len(snap.Objectives) != 1 {
			t.Fatalf("%+v, %+v", may, snap.Objectives)
		}
		o := snap.Objective(id)
		if o.Current() != 41 || !o.Done() || o.Version() != 3 || o.Points[2].At.Before(o.Points[1].At) || o.Points[1].Value != 23 {
			t.Errorf("%+v", o)
		}
		// They stand by when they happened, as the replica said that wrote them.
		if got, want := kinds(snap), "objective_set objective_added issued objective_reached objective_set"; got != want {
			t.Errorf("timeline %q, want %q", got, want)
		}
		for _, e := range slices.Concat(snap.Events[:2], snap.Events[3:]) {
			key, args, ok := situation.Sentence(e)
			if !ok || situation.Messages[key][0] == "" || len(args) == 0 {
				t.Errorf("%s says %q", e.Kind, key)
			}
		}
		ok(t, w.set(w.Command, id, 40, 3))
		ok(t, w.Strike(t.Context(), w.Command, situation.Strike{Number: w.order.Number, ObjectiveID: id, Reason: "数错了", Version: 4}))
		if snap, _ = w.view(w.Command); len(snap.Objectives) != 0 || !strings.Contains(kinds(snap), "objective_struck objective_lost objective_set") {
			t.Errorf("%d objectives, timeline %q", len(snap.Objectives), kinds(snap))
		}
		if err := w.set(w.Command, id, 1, 0); errs.CodeOf(err) != "situation.no_objective" {
			t.Errorf("set after it was struck: %v", err)
		}
	})
}

func TestWhoMayDoWhat(t *testing.T) {
	w := newWorld(t, sqldbtest.Open(t, sqldb.SQLite), nil)
	id, err := w.add("")
	ok(t, err)
	village := w.Actor(auth.VillageOfficial, w.Village)
	for name, c := range map[string]struct {
		who                auth.Actor
		view, steer, value errs.Kind
	}{
		"the command":             {w.Command, 0, 0, 0},
		"the city office":         {w.Office, 0, 0, 0},
		"the town":                {w.TownHall, 0, 0, 0}, // the order calls from one group
		"the village":             {village, 0, 0, 0},
		"another town":            {w.Elsewhere, errs.NotFound, errs.NotFound, errs.NotFound},
		"a lead":                  {w.Lead(0), errs.NotFound, errs.NotFound, errs.NotFound},
		"somebody":                {auth.Actor{}, errs.NotFound, errs.NotFound, errs.NotFound},
		"the linked official":     {w.Linked, 0, errs.Forbidden, errs.Forbidden},
		"the program's own clock": {auth.System("x"), 0, 0, 0},
	} {
		_, _, view := w.View(t.Context(), c.who, w.order.Number)
		steer := w.Note(t.Context(), c.who, situation.Note{Number: w.order.Number, Text: "省道有树倒"})
		value := w.set(c.who, id, 3, 0)
		for what, x := range map[string]struct {
			err  error
			want errs.Kind
		}{"view": {view, c.view}, "steer": {steer, c.steer}, "value": {value, c.value}} {
			if (x.err == nil) != (x.want == 0) || x.err != nil && errs.KindOf(x.err) != x.want {
				t.Errorf("%s: %s: %v", name, what, x.err)
			}
		}
	}
}

func TestAnOrderThatIsOverIsLeftAlone(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		w := newWorld(t, db, nil)
		id, err := w.add("")
		ok(t, err)
		w.Pass(3 * time.Hour)
		_, err = w.Orders.Close(t.Context(), w.Command, mobilise.Command{Number: w.order.Number, Note: "路通了"})
		ok(t, err)
		for name, err := range map[string]error{
			"value": w.set(w.Command, id, 1, 0),
			"note":  w.Note(t.Context(), w.Command, situation.Note{Number: w.order.Number, Text: "晚了"}),
		} {
			if errs.CodeOf(err) != "situation.over" {
				t.Errorf("%s: %v", name, err)
			}
		}
		snap, may := w.view(w.Command)
		if may.Steer || may.Value || situation.Elapsed(snap.Order, w.Now().Add(time.Hour)) != 3*time.Hour {
			t.Errorf("%+v, clock %v", may, situation.Elapsed(snap.Order, w.Now()))
		}
	})
}

func TestAnOrderBeforeItIsIssuedHasNoBoard(t *testing.T) {
	w := newWorld(t, sqldbtest.Open(t, sqldb.SQLite), func(p *mobilise.Propose) {
		p.Hazard, p.Words.Until = mobilise.Missing, p.Words.Until.Add(-24*time.Hour)
		p.Missing = mobilise.MissingPerson{CaseNumber: "公字1号", AskedBy: "女儿"}
	})
	if _, _, err := w.View(t.Context(), w.Command, w.order.Number); errs.CodeOf(err) != "situation.not_issued" {
		t.Fatal(err)
	}
	_, err := w.Orders.Approve(t.Context(), w.Office, mobilise.Command{Number: w.order.Number})
	ok(t, err)
	_, err = w.add("")
	ok(t, err)
	ok(t, w.Note(t.Context(), w.Command, situation.Note{Number: w.order.Number, Text: "在河边见过"}))
	w.view(w.Command)
	w.Pass(80 * time.Hour)
	ok(t, w.Orders.Tick(t.Context()))
	ok(t, w.Tick(t.Context()))
	eventually(t, "the words are gone from the board", func() bool {
		snap, _ := w.view(w.Command)
		text, err := json.Marshal(snap)
		return err == nil && !strings.Contains(string(text), "河边") && !strings.Contains(string(text), "主要道路")
	})
}

func TestMarksAreKeptOnce(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		w := newWorld(t, db, nil)
		w.rolls = rolls{call: &rollcall.Call{ID: "r", State: rollcall.Open, OpenedAt: w.Now()}, totals: rollcall.Totals{Expected: 4, Safe: 2}}
		w.Pass(4 * time.Minute)
		for n := range 5 {
			ok(t, w.Orders.AnswerByToken(t.Context(), w.Orders.Token(w.order, n+1), mobilise.Answer{Coming: true}))
		}
		w.Pass(time.Minute)
		ok(t, w.Tick(t.Context())) // nobody looks yet
		ok(t, w.Tick(t.Context()))
		if w.rolls.curves != 1 {
			t.Errorf("looked closer %d times at an order that didn't move", w.rolls.curves)
		}
		snap, _ := w.view(w.Command)
		if len(snap.Marks) != 3 || kinds(snap) != "mark mark mark issued" {
			t.Errorf("marks %+v, timeline %q", snap.Marks, kinds(snap))
		}
		for i, minutes := range []int64{4, 4, 1} { // when it happened, not when somebody looked
			if key, args, ok := situation.Sentence(snap.Events[i]); !ok || situation.Messages[key][0] == "" || args[3] != minutes {
				t.Errorf("it says %q %v", key, args)
			}
		}
	})
}

// One order that can't be read keeps neither words from being erased nor others' marks.
func TestOneOrderHoldsUpNoOther(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		w := newWorld(t, db, func(p *mobilise.Propose) {
			p.Hazard, p.Words.Until = mobilise.Missing, p.Words.Until.Add(-24*time.Hour)
			p.Missing = mobilise.MissingPerson{CaseNumber: "公字1号", AskedBy: "女儿"}
		})
		person := w.order
		_, err := w.Orders.Approve(t.Context(), w.Office, mobilise.Command{Number: person.Number})
		ok(t, err)
		_, err = w.add("")
		ok(t, err)
		w.Pass(80 * time.Hour)
		ok(t, w.Orders.Tick(t.Context()))
		whole, err := w.Order(w.Command, nil)
		ok(t, err)
		w.Pass(time.Second)
		broken, err := w.Order(w.Command, nil) // the later is looked at first
		ok(t, err)
		for n := range 8 {
			ok(t, w.Orders.AnswerByToken(t.Context(), w.Orders.Token(whole, n+1), mobilise.Answer{Coming: true}))
		}
		w.rolls.broken = broken.ID
		if err := w.Tick(t.Context()); errs.KindOf(err) != errs.Unavailable {
			t.Errorf("it says %v", err)
		}
		count := func(query string, args ...any) (n int) {
			ok(t, db.Reader().QueryRowContext(t.Context(), query, args...).Scan(&n))
			return n
		}
		if n := count(`SELECT count(*) FROM call_objective WHERE name <> ''`); n != 0 {
			t.Errorf("%d objectives of a person's order still say something", n)
		}
		if n := count(`SELECT count(*) FROM call_mark WHERE order_id = $1`, whole.ID); n == 0 {
			t.Error("no mark of the order that can be read")
		}
	})
}

// wide is an order that calls from both towns, and somebody who counts at the city itself.
func (w *world) wide() {
	w.Helper()
	for _, unit := range []string{w.Far, w.Other, w.Root} {
		w.Skilled["saw"] = append(w.Skilled["saw"], mobilise.Called{PersonID: sqldb.NewID(), UnitID: unit})
	}
	var err error
	w.order, err = w.Order(w.Command, func(p *mobilise.Propose) { p.Audience.UnitIDs, p.Audience.Skills = []string{w.Root}, []string{"saw"} })
	ok(w, err)
}

func TestAPartSaysHowFarItIsAndSteersNothing(t *testing.T) {
	w := newWorld(t, sqldbtest.Open(t, sqldb.SQLite), nil)
	w.wide()
	id, err := w.add("")
	ok(t, err)
	for _, town := range []auth.Actor{w.TownHall, w.Elsewhere} {
		ok(t, w.set(town, id, 5, 0))
		if err := w.Note(t.Context(), town, situation.Note{Number: w.order.Number, Text: "桥断了"}); errs.KindOf(err) != errs.Forbidden {
			t.Errorf("a town writes on the city's timeline: %v", err)
		}
		if _, may := w.view(town); may.Steer || !may.Value {
			t.Errorf("%+v", may)
		}
	}
	village := w.Actor(auth.VillageOfficial, w.Far)
	if _, may := w.view(village); may.Steer || may.Value {
		t.Errorf("a village: %+v", may)
	}
}

func TestTheNumbersAddUp(t *testing.T) {
	w := newWorld(t, sqldbtest.Open(t, sqldb.SQLite), nil)
	for _, c := range []struct {
		wide            func()
		region          string
		rows, rest, all int
		shades          string
	}{{func() {}, w.Town, 1, 0, 8, "0"}, {w.wide, w.Root, 3, 1, 11, "00"}} {
		c.wide()
		snap, _ := w.view(w.Command)
		sum, rows := 0, snap.Rows()
		for _, p := range rows {
			sum += p.People
		}
		if sum != c.all || sum != snap.Tally.People || len(rows) != c.rows || snap.RegionID != c.region || snap.Shades != c.shades {
			t.Errorf("%d rows have %d, the order %d; region %s, shades %q", len(rows), sum, snap.Tally.People, snap.RegionID, snap.Shades)
		}
		if c.rest > 0 && snap.Rest.People != c.rest {
			t.Errorf("above the parts: %+v", snap.Rest)
		}
		if n := snap.Numbers(); n["called"] != n["waiting"]+n["silent"]+n["cant"]+n["coming"]+n["arrived"]+n["released"] {
			t.Errorf("people are lost: %v", n)
		}
		if len(snap.Shades) != len(situation.Villages(w.Net.Tree(), w.Net.Tree().ByID(snap.RegionID))) {
			t.Errorf("shades %q", snap.Shades)
		}
	}
}

// numbers is what travels in an event.
type numbers struct {
	At, Seq int64
	Layout  string
	N       map[string]int
	O       [][3]int64
	P       []int
	Shades  string
}

func hear(t testing.TB, sub *live.Sub) (n numbers) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	events, err := sub.Next(ctx)
	ok(t, err)
	ok(t, json.Unmarshal([]byte(events[len(events)-1].Data), &n))
	return n
}

func TestScreensHearTheNumbers(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		w := newWorld(t, db, nil)
		id, err := w.add("")
		ok(t, err)
		sub, err := w.Live.Subscribe(situation.Topic(w.order.ID)) // nobody has opened the page here
		ok(t, err)
		defer sub.Close()
		first := hear(t, sub)
		if first.N["called"] != 8 || first.N["coming"] != 0 || len(first.O) != 1 {
			t.Fatalf("%+v", first)
		}
		begin := time.Now()
		ok(t, w.Orders.AnswerByToken(t.Context(), w.Orders.Token(w.order, 1), mobilise.Answer{Coming: true}))
		for n := first; n.N["coming"] != 1; n = hear(t, sub) {
			if time.Since(begin) > patience {
				t.Fatal("an answer is never seen")
			}
		}
		ok(t, w.set(w.Command, id, 12, 0))
		n := hear(t, sub)
		for n.O[0][0] != 12 {
			n = hear(t, sub)
		}
		if n.Layout != first.Layout || n.O[0][2] != 2 {
			t.Errorf("%+v after %+v", n, first)
		}
		ok(t, w.set(w.Command, id, 41, 0))
		for n.Layout == first.Layout { // reached: that is more than a number
			n = hear(t, sub)
		}
		late, err := w.Live.Subscribe(situation.Topic(w.order.ID))
		ok(t, err)
		defer late.Close()
		if got := hear(t, late); got.O[0][0] != 41 {
			t.Errorf("who comes later sees %+v", got)
		}
	})
}

// What is composed is composed once for all, at a pace.
func TestBoardsAreComposedAtAPace(t *testing.T) {
	w := newWorld(t, sqldbtest.Open(t, sqldb.SQLite), nil)
	sub, err := w.Live.Subscribe(situation.Topic(w.order.ID))
	ok(t, err)
	defer sub.Close()
	hear(t, sub)
	moved := make(chan struct{})
	go func() {
		defer close(moved)
		for n := range 8 {
			if err := w.Orders.SeenByToken(context.Background(), w.Orders.Token(w.order, n+1)); err != nil {
				t.Error(err)
			}
			time.Sleep(100 * time.Millisecond)
		}
	}()
	heard := 0
	for n := (numbers{}); n.N["silent"] < 8; heard++ {
		n = hear(t, sub)
	}
	<-moved
	if heard > 4 {
		t.Errorf("%d snapshots within a second", heard)
	}
}

func TestABoardThatNobodyLooksAtIsForgotten(t *testing.T) {
	w := newWorld(t, sqldbtest.Open(t, sqldb.SQLite), nil)
	situation.Hurry(w.Service)
	sub, err := w.Live.Subscribe(situation.Topic(w.order.ID))
	ok(t, err)
	hear(t, sub)
	w.Pass(time.Hour)
	hear(t, sub)
	if situation.Boards(w.Service) != 1 {
		t.Error("a board is dropped that somebody looks at")
	}
	sub.Close()
	w.Pass(time.Hour)
	eventually(t, "the board is forgotten", func() bool { return situation.Boards(w.Service) == 0 })
	if snap, _ := w.view(w.Command); snap.Tally.People != 8 {
		t.Errorf("%+v", snap.Tally)
	}
}

func TestNothingIsLeftRunning(t *testing.T) {
	before := runtime.NumGoroutine()
	t.Run("boards", func(t *testing.T) {
		w := newWorld(t, sqldbtest.Open(t, sqldb.SQLite), nil)
		w.view(w.Command)
		if _, err := w.Snapshot(t.Context(), sqldb.NewID()); errs.KindOf(err) != errs.NotFound {
			t.Errorf("an order that isn't: %v", err)
		}
		w.Close()
		if _, err := w.Snapshot(t.Context(), w.order.ID); errs.KindOf(err) != errs.Unavailable {
			t.Errorf("after the end: %v", err)
		}
	})
	eventually(t, "all goroutines are gone", func() bool { return runtime.NumGoroutine() <= before+2 })
}

func eventually(t testing.TB, what string, true func() bool) {
	t.Helper()
	for deadline := time.Now().Add(patience); !true(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("it never came true that %s", what)
		}
	}
}
