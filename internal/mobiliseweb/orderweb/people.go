package orderweb

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"bilin/internal/errs"
	"bilin/internal/mobilise"
	"bilin/internal/network"
	"bilin/internal/sqldb"
	"bilin/internal/web"
)

const peopleSize = 50

// someone is one of an order's people as the pages show them.
type someone struct {
	mobilise.Person
	Unit, As    string // where they count, as what they are called
	State, Look string
	Told        []string // by which channels
	At          time.Time
	Why, Way    string
	Door        bool // to be knocked at
}

func (p *Pages) someone(say Say, x mobilise.Person) someone {
	s := someone{Person: x, As: roleName(say, x.Role), State: say("order.standing." + x.Standing.String()), Look: standingLook[x.Standing],
		Told: channelNames(say, x.ToldBy.List()), Door: x.ToKnock(), Unit: place(p.o.Tree(), x.UnitID)}
	var latest int64
	for _, at := range []int64{x.HandedAt, x.DeliveredAt, x.SeenAt, x.AnsweredAt, x.ArrivedAt, x.ReleasedAt} {
		latest = max(latest, at)
	}
	if latest > 0 { // otherwise nothing has happened to them yet
		s.At = sqldb.Time(latest)
	}
	if x.Reason != "" {
		s.Why = say("order.reason." + string(x.Reason))
	}
	if x.Way != "" {
		s.Way = say("order.way." + string(x.Way))
	}
	return s
}

type peoplePage struct {
	web.Base
	Crumbs    []web.Crumb
	Order     *mobilise.Order
	May       mobilise.May
	Topic     string
	People    []someone
	Next      string
	Standing  string
	Knock     bool
	Standings []web.Option
	Place     string // code of the unit it is narrowed to
	Places    []web.Option
	Gone      bool // the names are: the order ended long ago
}

// people lists an order's people in the reader's part of the city.
func (p *Pages) people(w http.ResponseWriter, r *http.Request) error {
	o, may, err := p.o.Orders.Get(r.Context(), actor(r), r.PathValue("number"))
	if err != nil {
		return err
	}
	say, q := p.web.T(r), r.URL.Query()
	page := peoplePage{Base: p.web.Base(r, "orderweb.people_of", "number", o.Number), Order: o, May: may, Topic: mobilise.Topic(o.ID), Standing: q.Get("standing")}
	page.Crumbs = p.under(say, o, "orderweb.people")
	f, err := p.filter(r, &page)
	if err != nil {
		return err
	}
	after, err := afterNumber(r)
	if err != nil {
		return err
	}
	list, err := p.o.Orders.People(r.Context(), actor(r), o, f, after, peopleSize)
	if errs.KindOf(err) == errs.Gone {
		page.Gone, page.Errors = true, web.FormErrorsOf(err)
		return p.web.RenderStatus(w, r, http.StatusGone, "order/people", page)
	}
	if err != nil {
		return err
	}
	for _, x := range list {
		page.People = append(page.People, p.someone(say, x))
	}
	if len(list) == peopleSize {
		page.Next = web.PageURL(r, web.EncodeCursor(strconv.Itoa(list[len(list)-1].N)))
	}
	return p.web.Render(w, r, "order/people", page)
}

// afterNumber is where the list goes on; people are numbered within an order.
func afterNumber(r *http.Request) (int, error) {
	cursor, err := web.DecodeCursor(r, 1)
	if err != nil || cursor == nil {
		return 0, err
	}
	n, err := strconv.Atoi(cursor[0])
	if err != nil || n < 0 {
		return 0, errs.E(errs.NotFound, "web.bad_cursor")
	}
	return n, nil
}

func (p *Pages) under(say Say, o *mobilise.Order, key string) []web.Crumb {
	return []web.Crumb{{Label: say("orderweb.title"), Href: "/orders"}, {Label: o.Number, Href: "/orders/" + o.Number}, {Label: say(key)}}
}

// filter reads what the list is narrowed to, and offers the choices.
func (p *Pages) filter(r *http.Request, page *peoplePage) (mobilise.Filter, error) {
	say, tree := p.web.T(r), p.o.Tree()
	f := mobilise.Filter{Standing: mobilise.Any}
	page.Standings = []web.Option{{Value: "door", Label: say("orderweb.door_short")}}
	for _, s := range mobilise.Standings() {
		page.Standings = append(page.Standings, web.Option{Value: s.String(), Label: say("order.standing." + s.String())})
		if s.String() == page.Standing {
			f.Standing = int(s)
		}
	}
	if page.Standing == "door" {
		f.Knock = true
	}
	u := tree.ByCode(r.URL.Query().Get("unit"))
	if u != nil {
		page.Place, f.UnitID = u.Code, u.ID
	}
	if text := strings.TrimSpace(r.URL.Query().Get("unit")); text != "" && u == nil {
		return f, errs.E(errs.NotFound, "orderweb.no_place", "text", text)
	}
	page.Places = p.partsFor(r, u)
	return f, nil
}

// partsFor are the places the list can be narrowed to: the parts of the
// reader's own, and of the chosen one.
func (p *Pages) partsFor(r *http.Request, chosen *network.Unit) (out []web.Option) {
	tree, seen := p.o.Tree(), []string{}
	add := func(u *network.Unit, label string) {
		if u != nil && !slices.Contains(seen, u.ID) {
			seen = append(seen, u.ID)
			out = append(out, web.Option{Value: u.Code, Label: label})
		}
	}
	for _, id := range p.o.Policy.Scope(actor(r), mobilise.ActView) {
		u := tree.ByID(id)
		if u == nil {
			continue
		}
		if u.Level != network.City {
			add(u, u.Name)
		}
		for _, child := range tree.Children(u) {
			add(child, child.Name)
			if chosen != nil && tree.Contains(child.ID, chosen.ID) && child.Level < network.Group {
				for _, part := range tree.Children(child) {
					add(part, tree.PathName(part, " · "))
				}
			}
		}
	}
	if chosen != nil {
		add(chosen, tree.PathName(chosen, " · "))
	}
	return out
}
