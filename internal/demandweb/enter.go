package demandweb

import (
	"context"
	"net/http"

	"bilin/internal/auth"
	"bilin/internal/demand"
	"bilin/internal/errs"
	"bilin/internal/network"
	"bilin/internal/web"
)

// Homes are the households that somebody of the network may list.
type Homes interface {
	HouseholdsOf(ctx context.Context, actor auth.Actor, unitID, cursor string, limit int) ([]network.Household, string, error)
	Household(ctx context.Context, actor auth.Actor, id string) (network.Household, error)
}

// homesShown is a page of households to choose from.
const homesShown = 50

// whomPage asks for whom something is entered.
type whomPage struct {
	web.Base
	Units []web.Option // the actor's own
	Unit  *network.Unit
	Homes []network.Household
	Under []web.Option // units below
	Next  string
	Link  string // without a household
	Own   string // reported by themselves
}

// enterPage is the form of whoever enters a demand for somebody, or their own.
type enterPage struct {
	web.Base
	matter
	Household string
	Address   string
	Own       bool
	To        promise
}

func (p *Pages) enterForm(w http.ResponseWriter, r *http.Request) error {
	q := r.URL.Query()
	if q.Get("household") == "" && q.Get("for") == "" {
		return p.whom(w, r)
	}
	page := enterPage{Base: p.web.Base(r, "demand.page.enter"), Household: q.Get("household"), Own: q.Get("for") == "self"}
	return p.entry(w, r, page, demand.Raise{UnitCode: q.Get("unit")}, nil)
}

// whom lists the actor's units, and the households of the one chosen.
func (p *Pages) whom(w http.ResponseWriter, r *http.Request) error {
	page, actor, tree := whomPage{Base: p.web.Base(r, "demand.page.enter")}, auth.From(r.Context()), p.tree()
	for _, g := range actor.Grants {
		if u := tree.ByID(g.UnitID); u != nil && u.Level > network.City {
			page.Units = append(page.Units, web.Option{Value: u.Code, Label: u.Name})
		}
	}
	code := r.URL.Query().Get("unit")
	if code == "" && len(page.Units) > 0 {
		code = page.Units[0].Value
	}
	page.Unit = tree.ByCode(code)
	if page.Unit == nil {
		return p.web.Render(w, r, "demand/whom", page)
	}
	for _, u := range tree.Children(page.Unit) {
		page.Under = append(page.Under, web.Option{Value: u.Code, Label: u.Name})
	}
	if page.Unit.Level >= network.Village {
		page.Link, page.Own = "/demands/enter?for=unit&unit="+page.Unit.Code, "/demands/enter?for=self&unit="+page.Unit.Code
	}
	if p.homes != nil && page.Unit.Level >= network.Village {
		parts, err := web.DecodeCursor(r, 1)
		if err != nil {
			return err
		}
		cursor := ""
		if len(parts) > 0 {
			cursor = parts[0]
		}
		page.Homes, cursor, err = p.homes.HouseholdsOf(r.Context(), actor, page.Unit.ID, cursor, homesShown)
		if err != nil {
			return err
		}
		if cursor != "" {
			page.Next = web.PageURL(r, web.EncodeCursor(cursor))
		}
	}
	return p.web.Render(w, r, "demand/whom", page)
}

func (p *Pages) entry(w http.ResponseWriter, r *http.Request, page enterPage, cmd demand.Raise, err error) error {
	if herr := p.household(r, &page, &cmd); herr != nil {
		return herr
	}
	from, to, perr := p.promise(r, cmd)
	if perr != nil {
		return perr
	}
	page.matter, page.To = p.matterOf(p.t(r), p.web.Locale(r), cmd), to
	page.at(p.t(r), p.tree(), from)
	page.Unit = from.Code
	if err == nil {
		return p.web.Render(w, r, "demand/enter", page)
	}
	page.Errors = web.FormErrorsOf(err)
	page.FormKey = orElse(cmd.Key, page.FormKey)
	return p.web.RenderStatus(w, r, errs.Status(err), "demand/enter", page)
}

// household puts the chosen household's door into the command.
func (p *Pages) household(r *http.Request, page *enterPage, cmd *demand.Raise) error {
	if page.Household == "" {
		return nil
	}
	if p.homes == nil {
		return errs.E(errs.NotFound, "network.no_household")
	}
	h, err := p.homes.Household(r.Context(), auth.From(r.Context()), page.Household)
	if err != nil {
		return err
	}
	page.Address, cmd.DoorCode, cmd.UnitCode = h.Address, h.Door, ""
	return nil
}

func (p *Pages) enter(w http.ResponseWriter, r *http.Request) error {
	f, photos, err := p.parse(w, r)
	if err != nil {
		return err
	}
	cmd, actor, receipt := readMatter(f, photos), auth.From(r.Context()), demand.Receipt{}
	cmd.DoorCode = "" // that of the household, and no other
	page := enterPage{Base: p.web.Base(r, "demand.page.enter"), Household: f.Text("household", 60), Own: f.Bool("own")}
	if cmd.OnBehalf = !page.Own; page.Own {
		page.Household, cmd.Source = "", demand.FromLead
		if actor.Official() {
			cmd.Source = demand.FromOfficial
		}
	}
	if err := p.household(r, &page, &cmd); err != nil {
		return err
	}
	if err = f.Err(); err == nil {
		receipt, err = p.svc.Raise(r.Context(), actor, cmd)
	}
	if web.IsInvalid(err) && !queued(r) {
		return p.entry(w, r, page, cmd, err)
	}
	if err != nil {
		return err
	}
	target := trackURL(receipt.Number, receipt.Track, "/receipt")
	if cmd.OnBehalf {
		target += "&for=1"
	}
	return p.web.SeeOther(w, r, target, "")
}
