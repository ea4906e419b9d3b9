package orderweb

import (
	"net/http"
	"slices"
	"time"

	"bilin/internal/mobilise"
	"bilin/internal/web"
)

const (
	listSize = 25
	mostOpen = 50 // shown above the others
)

// row is an order as lists show it.
type row struct {
	*mobilise.Order
	Place, Look     string
	Counted         bool
	Reached, Coming int // of People
	Asked           int // whom it called, or would
	Since           time.Time
	SinceKey        string // message of what happened then
}

type listPage struct {
	web.Base
	Open, Past []row
	State      string
	States     []web.Option
	Next       string
	First      bool
	MayIssue   bool
}

func (p *Pages) list(w http.ResponseWriter, r *http.Request) error {
	cursor, err := web.DecodeCursor(r, 2)
	if err != nil {
		return err
	}
	page := listPage{Base: p.web.Base(r, "orderweb.title"), First: cursor == nil, MayIssue: p.o.Policy.May(actor(r), mobilise.ActIssue)}
	page.Live = []string{mobilise.ListTopic}
	say := p.web.T(r)
	states := []mobilise.State{mobilise.Proposed, mobilise.Active, mobilise.Closed, mobilise.Cancelled, mobilise.Refused}
	for _, s := range states {
		page.States = append(page.States, web.Option{Value: string(s), Label: say("order.state." + string(s))})
	}
	if asked := r.URL.Query().Get("state"); slices.Contains(states, mobilise.State(asked)) {
		page.State = asked
	}
	if page.State == "" && page.First {
		if page.Open, err = p.open(r); err != nil {
			return err
		}
	}
	past, next, err := p.listed(r, mobilise.State(page.State), cursor)
	if err != nil {
		return err
	}
	if page.Past, err = p.rows(r, past); err != nil {
		return err
	}
	if next != nil {
		page.Next = web.PageURL(r, web.EncodeCursor(next...))
	}
	return p.web.Render(w, r, "order/list", page)
}

// open lists what is under way and what waits for a second person.
func (p *Pages) open(r *http.Request) ([]row, error) {
	var all []*mobilise.Order
	for _, s := range []mobilise.State{mobilise.Active, mobilise.Proposed} {
		list, _, err := p.o.Orders.List(r.Context(), actor(r), s, nil, mostOpen)
		if err != nil {
			return nil, err
		}
		all = append(all, list...)
	}
	return p.rows(r, all)
}

// listed pages through orders: those of a state, or all that aren't open.
func (p *Pages) listed(r *http.Request, state mobilise.State, cursor []string) (out []*mobilise.Order, next []string, err error) {
	for {
		var list []*mobilise.Order
		list, cursor, err = p.o.Orders.List(r.Context(), actor(r), state, cursor, listSize)
		if err != nil {
			return nil, nil, err
		}
		for _, o := range list {
			if state != "" || o.State != mobilise.Active && o.State != mobilise.Proposed {
				out = append(out, o)
			}
		}
		if cursor == nil || len(out) >= listSize {
			return out, cursor, nil
		}
	}
}

// rows counts the people of a list of orders.
func (p *Pages) rows(r *http.Request, list []*mobilise.Order) ([]row, error) {
	tallies, err := p.past.of(r.Context(), list, p.o.Now())
	if err != nil {
		return nil, err
	}
	out := make([]row, 0, len(list))
	for _, o := range list {
		x := row{Order: o, Place: place(p.o.Tree(), o.UnitID), Look: stateLook[o.State], Asked: o.People, Since: o.ProposedAt, SinceKey: "orderweb.since.proposed"}
		if t, ok := tallies[o.ID]; ok {
			x.Counted, x.Reached, x.Coming = true, t.Reached, t.By[mobilise.Coming]+t.By[mobilise.Arrived]+t.By[mobilise.Released]
		}
		if !o.IssuedAt.IsZero() {
			x.Since, x.SinceKey = o.IssuedAt, "orderweb.since.issued"
		}
		out = append(out, x)
	}
	return out, nil
}

type minePage struct {
	web.Base
	Calls []call
}

// call is what calls the reader, and whether they have said anything.
type call struct {
	mobilise.Call
	Answered bool
}

// mine lists what calls the reader themselves.
func (p *Pages) mine(w http.ResponseWriter, r *http.Request) error {
	page := minePage{Base: p.web.Base(r, "orderweb.mine")}
	page.Live = []string{mobilise.ListTopic}
	calls, err := p.o.Orders.Mine(r.Context(), actor(r))
	if err != nil {
		return err
	}
	for _, c := range calls {
		page.Calls = append(page.Calls, call{c, c.Standing >= mobilise.Cant})
	}
	return p.web.Render(w, r, "order/mine", page)
}
