package rollweb

import (
	"net/http"
	"strconv"

	"bilin/internal/errs"
	"bilin/internal/mobilise/rollcall"
	"bilin/internal/network"
	"bilin/internal/sqldb"
	"bilin/internal/web"
)

// one is a roll-call as the list shows it.
type one struct {
	*rollcall.Call
	Place       string
	Kind, Label string
}

func (p *Pages) one(c *rollcall.Call, t func(string, ...any) string) one {
	kind := map[rollcall.State]string{rollcall.Open: "bad", rollcall.Closed: "ok", rollcall.Erased: "idle"}[c.State]
	if c.IsOpen() && c.IsDrill() {
		kind = "info"
	}
	return one{c, p.placeOf(c.UnitID), kind, t("rollweb.state." + string(c.State))}
}

type callsPage struct {
	web.Base
	Open, Past []one
	MayOpen    bool
	Next       string
}

func (p *Pages) calls(w http.ResponseWriter, r *http.Request) error {
	before, err := cursor(r)
	if err != nil {
		return err
	}
	list, more, err := p.svc.Calls(r.Context(), actor(r), before)
	if err != nil {
		return err
	}
	t := p.web.T(r)
	page := callsPage{Base: p.web.Base(r, "rollweb.title"), MayOpen: len(p.svc.MayOpen(actor(r))) > 0}
	page.Live = []string{rollcall.Topic}
	for _, c := range list {
		if c.IsOpen() {
			page.Open = append(page.Open, p.one(c, t))
		} else {
			page.Past = append(page.Past, p.one(c, t))
		}
	}
	if more {
		last := list[len(list)-1]
		page.Next = web.PageURL(r, web.EncodeCursor(strconv.FormatInt(sqldb.Millis(last.OpenedAt), 10), last.ID))
	}
	return p.web.Render(w, r, "roll/calls", page)
}

// cursor is the last roll-call of the page before.
func cursor(r *http.Request) (*rollcall.Call, error) {
	parts, err := web.DecodeCursor(r, 2)
	if err != nil || parts == nil {
		return nil, err
	}
	ms, err := strconv.ParseInt(parts[0], 10, 64)
	if err != nil {
		return nil, errs.E(errs.Invalid, "web.bad_form")
	}
	return &rollcall.Call{OpenedAt: sqldb.Time(ms), ID: parts[1]}, nil
}

// newPage asks for what a roll-call is to be, and then whether it is right so.
type newPage struct {
	web.Base
	Unit, Reason string // as they were entered
	Drill        bool
	Order        string // number; its kind settles Drill
	Sure         bool   // everything is right: ask once more, with what it means
	UnitCode     string
	Place        string
	Extent       rollcall.Extent
}

func (p *Pages) new(w http.ResponseWriter, r *http.Request) error {
	page := newPage{Base: p.web.Base(r, "rollweb.new"), Order: r.FormValue("order")}
	if page.Order != "" {
		o, err := p.svc.OrderOf(r.Context(), actor(r), page.Order)
		switch {
		case web.IsInvalid(err): // one without the order is still to be had
			page.Order, page.Errors = "", web.FormErrorsOf(err)
		case err != nil:
			return err
		default:
			page.Order, page.Drill, page.Unit = o.Number, o.Drill, p.enteredAs(o.UnitID)
		}
	}
	if page.Unit == "" {
		page.Unit = p.enteredAs(p.svc.MayOpen(actor(r))[0])
	}
	return p.web.Render(w, r, "roll/new", page)
}

// enteredAs is what somebody would write to name a unit.
func (p *Pages) enteredAs(unitID string) string {
	tree := p.net.Tree()
	u := tree.ByID(unitID)
	switch {
	case u == nil:
		return ""
	case u.Level == network.City:
		return u.Name
	case u.Level <= network.Village:
		return tree.PathName(u, " ")
	}
	return u.Code
}

// found is the unit that somebody named, or nil.
func (p *Pages) found(text string) *network.Unit {
	tree := p.net.Tree()
	if root := tree.Root(); root != nil && text == root.Name {
		return root
	}
	if u := tree.ByCode(text); u != nil {
		return u
	}
	u, _ := network.NamesOf(tree).Find(text)
	return u
}

// open shows what a roll-call would mean first, and opens it once that is confirmed.
func (p *Pages) open(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ParseForm(w, r)
	if err != nil {
		return err
	}
	page := newPage{Base: p.web.Base(r, "rollweb.new"), Unit: f.Required("unit", 100), Reason: f.Required("reason", rollcall.MaxReason), Drill: f.Bool("drill"), Order: f.Text("order", 32)}
	page.FormKey = f.Key()
	start := rollcall.Start{Key: f.Key(), Reason: page.Reason, Drill: page.Drill, OrderNumber: page.Order}
	unit := p.found(page.Unit)
	if unit != nil {
		start.UnitID = unit.ID
	} else if page.Unit != "" {
		f.Fail("unit", "rollcall.no_unit")
	}
	sure := f.Bool("sure")
	if err = f.Err(); err == nil {
		start, err = p.checked(r, start, sure)
	}
	if web.IsInvalid(err) || errs.KindOf(err) == errs.Conflict {
		page.Errors = web.FormErrorsOf(err)
		return p.web.RenderStatus(w, r, http.StatusUnprocessableEntity, "roll/new", page)
	}
	if err != nil {
		return err
	}
	if !sure {
		page.Sure, page.Drill, page.Place, page.UnitCode, page.Extent = true, start.Drill, p.placeOf(unit.ID), unit.Code, p.svc.Extent(unit.ID)
		return p.web.Render(w, r, "roll/new", page)
	}
	id, err := p.svc.Open(r.Context(), actor(r), start)
	if errs.KindOf(err) == errs.Conflict {
		page.Errors = web.FormErrorsOf(err)
		return p.web.RenderStatus(w, r, http.StatusUnprocessableEntity, "roll/new", page)
	}
	if err != nil {
		return err
	}
	return p.web.SeeOther(w, r, "/rollcalls/"+id, "rollweb.opened")
}

// checked asks the service about a start, unless it is opened right away.
func (p *Pages) checked(r *http.Request, start rollcall.Start, sure bool) (rollcall.Start, error) {
	if sure {
		return start, nil
	}
	return p.svc.Check(r.Context(), actor(r), start)
}

func (p *Pages) close(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ParseForm(w, r)
	if err != nil {
		return err
	}
	id := r.PathValue("id")
	if err := p.svc.Close(r.Context(), actor(r), rollcall.End{Key: f.Key(), ID: id, Version: int(f.Version())}); err != nil {
		return err
	}
	return p.web.SeeOther(w, r, "/rollcalls/"+id, "rollweb.closed")
}
