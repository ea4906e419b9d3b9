package mobilise_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"bilin/internal/auth"
	"bilin/internal/errs"
	"bilin/internal/mobilise"
	"bilin/internal/mobilise/mobilisetest"
	"bilin/internal/network"
	"bilin/internal/sqldb"
	"bilin/internal/sqldbtest"
)

// each runs fn on a city with so many leads, on both engines.
func each(t *testing.T, leads int, fn func(t *testing.T, c *mobilisetest.City)) {
	t.Parallel()
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) { fn(t, mobilisetest.New(t, db, leads)) })
}

func issue(c *mobilisetest.City, who auth.Actor, change func(*mobilise.Propose)) *mobilise.Order {
	c.Helper()
	o, err := c.Order(who, change)
	if err != nil {
		c.Fatal(err)
	}
	return o
}

// A thousand people are called at once; one more needs a second person.
func TestApprovalOverTheLimit(t *testing.T) {
	each(t, mobilise.AloneLimit+1, func(t *testing.T, c *mobilisetest.City) {
		c.Away[c.Leads[0]] = true
		o := issue(c, c.TownHall, nil)
		if o.State != mobilise.Active || o.People != mobilise.AloneLimit || len(c.Receipts(o)) != mobilise.AloneLimit || o.DecidedBy != "" || !o.IssuedAt.Equal(c.Now()) {
			t.Errorf("1,000 people: %s, %d people, %d receipts, issued %v", o.State, o.People, len(c.Receipts(o)), o.IssuedAt)
		}
		delete(c.Away, c.Leads[0])
		o = issue(c, c.TownHall, nil)
		if o.State != mobilise.Proposed || o.People != mobilise.AloneLimit+1 || len(c.Receipts(o)) != 0 || !o.IssuedAt.IsZero() {
			t.Errorf("1,001 people: %s, %d people, %d receipts", o.State, o.People, len(c.Receipts(o)))
		}
		_, err := c.Orders.Approve(t.Context(), c.TownHall, mobilise.Command{Number: o.Number})
		wantCode(t, "one's own", err, errs.Forbidden, "order.own")
		_, err = c.Orders.Refuse(t.Context(), c.TownHall, mobilise.Command{Number: o.Number, Note: "不"})
		wantCode(t, "one's own", err, errs.Forbidden, "order.own")
		first, second := c.TownHall, c.Command
		first.PersonID, second.PersonID = "one", "one" // by two accounts
		o2 := issue(c, first, nil)
		_, err = c.Orders.Approve(t.Context(), second, mobilise.Command{Number: o2.Number})
		wantCode(t, "by one's other account", err, errs.Forbidden, "order.own")
		c.Away[c.Leads[1]] = true
		c.Pass(time.Minute)
		o, err = c.Orders.Approve(t.Context(), c.Command, mobilise.Command{Number: o.Number, Version: o.Version})
		if err != nil || o.State != mobilise.Active || o.People != mobilise.AloneLimit || len(c.Receipts(o)) != mobilise.AloneLimit || o.Decider == "" || !o.IssuedAt.Equal(c.Now()) {
			t.Fatalf("approved: %v %+v", err, o)
		}
		_, err = c.Orders.Approve(t.Context(), c.Office, mobilise.Command{Number: o.Number})
		wantCode(t, "approved twice", err, errs.Conflict, "order.decided")
	})
}

// A key makes a repeat harmless, and stands for one request only.
func TestOneKeyOneOrder(t *testing.T) {
	each(t, 3, func(t *testing.T, c *mobilisetest.City) {
		ask := func(title string) (*mobilise.Order, error) {
			return c.Order(c.Command, func(p *mobilise.Propose) { p.Key, p.Words.Title = "k1", title })
		}
		a, err := ask("除冰")
		if err != nil {
			t.Fatal(err)
		}
		b, err := ask("除冰")
		if err != nil || a.Number != b.Number {
			t.Errorf("%v and %v, %v", a, b, err)
		}
		_, err = ask("防汛")
		wantCode(t, "other words", err, errs.Conflict, "once.key_reused")
		if o, err := c.Order(c.Office, func(p *mobilise.Propose) { p.Key = "k1" }); err != nil || o.Number == a.Number {
			t.Errorf("another's key: %v %v", o, err)
		}
		words := c.Words()
		words.Where = "学校"
		for range 2 {
			if o, err := c.Orders.Correct(t.Context(), c.Command, mobilise.Command{Key: "k2", Number: a.Number}, words); err != nil || o.Edition != 2 {
				t.Errorf("edition %d, %v", o.Edition, err)
			}
		}
		words.Where = "礼堂"
		_, err = c.Orders.Correct(t.Context(), c.Command, mobilise.Command{Key: "k2", Number: a.Number}, words)
		wantCode(t, "another correction", err, errs.Conflict, "once.key_reused")
		cancel := mobilise.Command{Key: "k3", Number: a.Number, Note: "雨停了"}
		for range 2 {
			if o, err := c.Orders.Cancel(t.Context(), c.Command, cancel); err != nil || o.State != mobilise.Cancelled || o.Edition != 3 {
				t.Errorf("%+v, %v", o, err)
			}
		}
		_, err = c.Orders.Close(t.Context(), c.Command, mobilise.Command{Number: a.Number, Note: "好"})
		wantCode(t, "closed when cancelled", err, errs.Conflict, "order.not_active")
	})
}

// The same key from many at once makes one order, and many keys make as many numbers.
func TestProposedAtOnce(t *testing.T) {
	each(t, 2, func(t *testing.T, c *mobilisetest.City) {
		var wait sync.WaitGroup
		numbers := make([]string, 20)
		for i := range numbers {
			wait.Go(func() {
				o, err := c.Order(c.Command, func(p *mobilise.Propose) { p.Key = fmt.Sprint("k", i/10*i) })
				if err != nil {
					t.Error(err)
					return
				}
				numbers[i] = o.Number
			})
		}
		wait.Wait()
		seen := map[string]int{}
		for _, n := range numbers {
			seen[n]++
		}
		if len(seen) != 11 || seen[numbers[0]] != 10 {
			t.Errorf("numbers: %v", seen)
		}
	})
}

// A step on what was changed since it was shown asks again.
func TestStale(t *testing.T) {
	each(t, 2, func(t *testing.T, c *mobilisetest.City) {
		o := issue(c, c.Command, nil)
		words := c.Words()
		words.Do = "带盐"
		if _, err := c.Orders.Correct(t.Context(), c.Command, mobilise.Command{Number: o.Number, Version: o.Version}, words); err != nil {
			t.Fatal(err)
		}
		_, err := c.Orders.Close(t.Context(), c.Command, mobilise.Command{Number: o.Number, Version: o.Version, Note: "好"})
		wantCode(t, "closed as it was", err, errs.Stale, "order.changed_since")
		_, err = c.Orders.Correct(t.Context(), c.Command, mobilise.Command{Number: o.Number}, words)
		wantCode(t, "the same words", err, errs.Invalid, "order.unchanged")
		for _, text := range []string{"", " \n", strings.Repeat("好", mobilise.MaxNote+1)} {
			_, err = c.Orders.Close(t.Context(), c.Command, mobilise.Command{Number: o.Number, Note: text})
			if errs.KindOf(err) != errs.Invalid {
				t.Errorf("a note of %d characters: %v", len(text), err)
			}
		}
	})
}

// who of everybody may do what with orders that nobody stands behind, in their own town and in another.
func TestAuthority(t *testing.T) {
	each(t, 2, func(t *testing.T, c *mobilisetest.City) {
		seatAt(c, c.Far)
		roles := map[string]auth.Actor{"nobody": {}, "lead": c.Lead(0), "linked": c.Linked, "village": c.Hall, "town": c.TownHall, "office": c.Office, "command": c.Command,
			"privacy": c.Privacy, "auditor": c.Actor(auth.Auditor, c.Root), "admin": c.Actor(auth.Admin, c.Root), "department": c.Actor(auth.Department, c.Root)}
		may := map[string]string{ // role: what they may do in their own part, and elsewhere
			"nobody": "", "lead": "", "linked": "view", "village": "view issue cancel", "town": "view issue cancel approve", "office": "view issue cancel approve view' issue' cancel' approve'",
			"command": "view issue cancel approve view' issue' cancel' approve'", "privacy": "", "auditor": "", "admin": "", "department": "",
		}
		for name, actor := range roles {
			var did []string
			for _, place := range []struct{ unit, mark string }{{c.Village, ""}, {c.Far, "'"}} {
				for what, err := range tryAll(t, c, actor, place.unit) {
					switch kind := errs.KindOf(err); {
					case err == nil:
						did = append(did, what+place.mark)
					case kind != errs.Forbidden && kind != errs.NotFound && kind != errs.Unauthenticated:
						t.Errorf("%s %s%s: %v", name, what, place.mark, err)
					}
				}
			}
			want := strings.Fields(may[name])
			if len(did) != len(want) || !subset(did, want) {
				t.Errorf("%s may %v, want %v", name, did, want)
			}
		}
	})
}

// seatAt gives a unit a lead's post with somebody in it, so that there is somebody to call.
func seatAt(c *mobilisetest.City, unitID string) string {
	c.Helper()
	person, post := sqldb.NewID(), sqldb.NewID()
	err := c.Net.ImportChunk(context.Background(), auth.System("test"), network.Chunk{
		Persons: []network.NewPerson{{ID: person, Name: "远邻", Phone: "12977777777"}}, Posts: []network.NewPost{{ID: post, UnitID: unitID, Role: auth.Lead, Name: "邻长"}},
		Appointments: []network.NewAppointment{{PostID: post, PersonID: person}}})
	if err == nil {
		err = c.Net.Refresh(context.Background())
	}
	if err != nil {
		c.Fatal(err)
	}
	return person
}

// tryAll tries to do everything to an order that calls a village.
func tryAll(t *testing.T, c *mobilisetest.City, actor auth.Actor, unit string) map[string]error {
	t.Helper()
	call := func(p *mobilise.Propose) { p.Audience.UnitIDs = []string{unit} }
	person := func(p *mobilise.Propose) {
		call(p)
		p.Hazard, p.Missing = mobilise.Missing, mobilise.MissingPerson{CaseNumber: "A1", AskedBy: "女儿"}
	}
	live, waiting, done := issue(c, auth.System("test"), call), issue(c, auth.System("test"), person), map[string]error{}
	_, _, done["view"] = c.Orders.Get(t.Context(), actor, live.Number)
	_, done["issue"] = c.Order(actor, call)
	_, done["approve"] = c.Orders.Approve(t.Context(), actor, mobilise.Command{Number: waiting.Number})
	_, done["cancel"] = c.Orders.Cancel(t.Context(), actor, mobilise.Command{Number: live.Number, Note: "停"})
	return done
}

func subset(list, of []string) bool {
	for _, x := range list {
		if !strings.Contains(" "+strings.Join(of, " ")+" ", " "+x+" ") {
			return false
		}
	}
	return true
}

// Who stands over a part of an order's place sees the order once it went out,
// and only their own people.
func TestPartsSeeTheirPart(t *testing.T) {
	each(t, 3, func(t *testing.T, c *mobilisetest.City) {
		seatAt(c, c.Far)
		all := func(p *mobilise.Propose) { p.Audience.UnitIDs = []string{c.Root} }
		o := issue(c, c.Command, all)
		if o.UnitID != c.Root || o.People != 4 {
			t.Fatalf("calls %d people of %s", o.People, o.UnitID)
		}
		for what, x := range map[string]struct {
			actor auth.Actor
			n     int
		}{"command": {c.Command, 4}, "town": {c.TownHall, 3}, "other town": {c.Elsewhere, 1}, "linked": {c.Linked, 3}, "village": {c.Hall, 3}} {
			if _, _, err := c.Orders.Get(t.Context(), x.actor, o.Number); err != nil {
				t.Errorf("%s: %v", what, err)
			}
			list, err := c.Orders.People(t.Context(), x.actor, o, mobilise.Filter{Standing: mobilise.Any}, 0, 10)
			if err != nil || len(list) != x.n {
				t.Errorf("%s sees %d people, %v", what, len(list), err)
			}
		}
		_, err := c.Orders.Cancel(t.Context(), c.TownHall, mobilise.Command{Number: o.Number, Note: "停"})
		wantCode(t, "a town cancels the city's", err, errs.Forbidden, "auth.forbidden")
		waiting := issue(c, c.Command, func(p *mobilise.Propose) {
			all(p)
			p.Hazard, p.Missing = mobilise.Missing, mobilise.MissingPerson{CaseNumber: "A1", AskedBy: "女儿"}
		})
		if _, err := c.Orders.Cancel(t.Context(), c.Command, mobilise.Command{Number: waiting.Number, Note: "找到了"}); err != nil {
			t.Fatal(err)
		}
		_, _, err = c.Orders.Get(t.Context(), c.TownHall, waiting.Number)
		wantCode(t, "one that never went out", err, errs.NotFound, "order.none")
	})
}

// Correct, cancel and close: receipts are due again, those who come go home.
func TestTheEnd(t *testing.T) {
	each(t, 4, func(t *testing.T, c *mobilisetest.City) {
		o := issue(c, c.Command, nil)
		for n, a := range map[int]mobilise.Answer{1: {Coming: true}, 2: {Arrived: true}, 3: {Reason: mobilise.ReasonIll}} {
			if err := c.Orders.AnswerByToken(t.Context(), c.Orders.Token(o, n), a); err != nil {
				t.Fatal(err)
			}
		}
		if o, err := c.Orders.Close(t.Context(), c.Command, mobilise.Command{Number: o.Number, Note: "路通了"}); err != nil || o.State != mobilise.Closed || o.Edition != 2 || o.EndNote != "路通了" {
			t.Fatalf("%+v %v", o, err)
		}
		for i, r := range c.Receipts(o) {
			if want := []mobilise.Standing{mobilise.Released, mobilise.Released, mobilise.Cant, mobilise.Queued}[i]; r.Standing != want || r.Due != c.Now().UnixMilli() {
				t.Errorf("receipt %d: %v due %d", r.N, r.Standing, r.Due)
			}
		}
		err := c.Orders.AnswerByToken(t.Context(), c.Orders.Token(o, 4), mobilise.Answer{Coming: true})
		wantCode(t, "after the end", err, errs.Gone, "order.ended")
		events, err := c.Orders.Events(t.Context(), o.ID, 0, 10)
		if err != nil || len(events) != 2 || events[0].Kind != mobilise.EventIssued || events[1].Kind != mobilise.EventClosed || events[1].Text != "路通了" {
			t.Errorf("timeline: %+v %v", events, err)
		}
	})
}
