package mobilise_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"bilin/internal/auth"
	"bilin/internal/errs"
	"bilin/internal/mobilise"
	"bilin/internal/mobilise/mobilisetest"
	"bilin/internal/sqldb"
	"bilin/internal/sqldbtest"
)

func draftOf(c *mobilisetest.City) mobilise.Propose {
	return mobilise.Propose{Kind: mobilise.Real, Hazard: mobilise.Ice, Words: c.Words(), Audience: mobilise.Audience{UnitIDs: []string{c.Town}, Roles: []auth.Role{auth.Lead}}}
}

// A draft says what is wrong all at once, and what the order would be; it makes none.
func TestADraftMakesNoOrder(t *testing.T) {
	t.Parallel()
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		c := mobilisetest.New(t, db, 12)
		ask := draftOf(c)
		o, who, err := c.Orders.Draft(t.Context(), c.Command, ask)
		if err != nil || o.People != 12 || who.Posts != 12 || o.MustBeApproved() || o.Wait != 5*time.Minute || len(o.Channels) != 3 || o.UnitID != c.Group {
			t.Fatalf("%+v %+v %v", o, who, err)
		}
		ask.Words.Title, ask.Audience.Roles = "", nil
		_, _, err = c.Orders.Draft(t.Context(), c.Command, ask)
		var fields []string
		for _, f := range errs.As(err).Fields {
			fields = append(fields, f.Name)
		}
		if !slices.Equal(fields, []string{"title", "who"}) {
			t.Errorf("wrong: %v", fields)
		}
		if _, _, err = c.Orders.Draft(t.Context(), c.Lead(0), ask); errs.KindOf(err) != errs.Forbidden {
			t.Errorf("a lead: %v", err)
		}
		list, _, err := c.Orders.List(t.Context(), c.Command, "", nil, 10)
		if err != nil || len(list) != 0 {
			t.Errorf("%d orders, %v", len(list), err)
		}
		ask = draftOf(c)
		ask.Hazard, ask.Missing = mobilise.Missing, mobilise.MissingPerson{CaseNumber: "A1", AskedBy: "女儿"}
		if o, _, err = c.Orders.Draft(t.Context(), c.Command, ask); err != nil || !o.MustBeApproved() {
			t.Errorf("about a person: %+v %v", o, err)
		}
	})
}

// What waits for whom: approval by a second person, review, doors in one's part.
func TestWhatWaitsForWhom(t *testing.T) {
	t.Parallel()
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		c := mobilisetest.New(t, db, 6)
		o, err := c.Order(c.Command, func(p *mobilise.Propose) {
			p.Hazard, p.Missing = mobilise.Missing, mobilise.MissingPerson{CaseNumber: "A1", AskedBy: "女儿"}
		})
		if err != nil {
			t.Fatal(err)
		}
		waits := func(who auth.Actor, list func(auth.Actor) ([]*mobilise.Order, error), want int) {
			t.Helper()
			if found, err := list(who); err != nil || len(found) != want {
				t.Errorf("%s: %d wait, want %d (%v)", who.Name, len(found), want, err)
			}
		}
		approve := func(who auth.Actor) ([]*mobilise.Order, error) { return c.Orders.ToApprove(t.Context(), who) }
		review := func(who auth.Actor) ([]*mobilise.Order, error) { return c.Orders.ToReview(t.Context(), who) }
		waits(c.Office, approve, 1)
		waits(c.TownHall, approve, 0) // stands over less than whose order it is
		waits(c.Command, approve, 0)  // whose own it is
		waits(c.Elsewhere, approve, 0)
		waits(c.Privacy, review, 0)
		if n, err := c.Orders.Recount(t.Context(), o); err != nil || n.People != 6 {
			t.Errorf("recounted %+v, %v", n, err)
		}
		if o, err = c.Orders.Approve(t.Context(), c.Office, mobilise.Command{Number: o.Number}); err != nil {
			t.Fatal(err)
		}
		waits(c.Privacy, review, 1)
		waits(c.Office, review, 0)
		doors := func(who auth.Actor, want int) {
			t.Helper()
			found, err := c.Orders.ToKnock(t.Context(), who)
			n := 0
			for _, d := range found {
				n += d.N
			}
			if err != nil || n != want {
				t.Errorf("%s: %d doors, want %d (%v)", who.Name, n, want, err)
			}
		}
		doors(c.Linked, 0)
		c.Knock(o, 1, 2, 3)
		doors(c.Linked, 3)
		doors(c.Hall, 3)
		doors(c.Command, 3)
		doors(c.Elsewhere, 0)
		doors(c.Lead(0), 0)
	})
}

func TestTalliesAndTheLatestEvents(t *testing.T) {
	t.Parallel()
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		c := mobilisetest.New(t, db, 6)
		var ids []string
		var last *mobilise.Order
		for range 2 {
			o, err := c.Order(c.Command, nil)
			if err != nil {
				t.Fatal(err)
			}
			ids, last = append(ids, o.ID), o
		}
		if err := c.Orders.AnswerByToken(t.Context(), c.Orders.Token(last, 1), mobilise.Answer{Coming: true}); err != nil {
			t.Fatal(err)
		}
		got, err := c.Orders.Tallies(t.Context(), append(ids, "none"))
		if err != nil || len(got) != 2 || got[ids[0]].People != 6 || got[ids[1]].By[mobilise.Coming] != 1 || got[ids[1]].Reached != 1 {
			t.Errorf("%+v, %v", got, err)
		}
		if none, err := c.Orders.Tallies(t.Context(), nil); err != nil || len(none) != 0 {
			t.Error(none, err)
		}
		words := c.Words()
		words.Where = "学校操场"
		if _, err := c.Orders.Correct(t.Context(), c.Command, mobilise.Command{Number: last.Number}, words); err != nil {
			t.Fatal(err)
		}
		events, err := c.Orders.LastEvents(t.Context(), last.ID, 5)
		if err != nil || len(events) != 2 || events[0].Kind != mobilise.EventCorrected || !strings.Contains(events[0].Detail, "学校操场") {
			t.Errorf("%+v, %v", events, err)
		}
		if events, _ = c.Orders.LastEvents(t.Context(), last.ID, 1); len(events) != 1 {
			t.Error(events)
		}
	})
}
