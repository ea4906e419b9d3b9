package networkweb

import (
	"context"
	"net/http"

	"bilin/internal/auth"
	"bilin/internal/doorcard"
	"bilin/internal/errs"
	"bilin/internal/network"
	"bilin/internal/web"
)

type householdPage struct {
	web.Base
	Home    network.Household
	Unit    *network.Unit
	Crumbs  []web.Crumb
	Door    string
	Claims  []*network.Unit
	Form    string // the form that is open
	Values  homeForm
	To      picked
	Phone   string // just opened, shown once
	Masked  bool
	CanEdit bool // details
	CanMove bool // to another cell, out, a new door code
	Opening opening
	Beside  []Link
}

// Link leads from a household's page to what a slice offers for it.
type Link struct{ Key, Href, Icon string }

// Beside lists what the slices offer somebody for a household of a unit.
type Beside func(a auth.Actor, householdID, unitID string) []Link

// homeForm is what was typed of a household.
type homeForm struct {
	Ref, Address, Head, Phone string
	ClearPhone                bool
	Size                      int
}

func (p *Pages) showHousehold(w http.ResponseWriter, r *http.Request) error {
	page, err := p.householdPage(r)
	if err != nil {
		return err
	}
	return p.web.Render(w, r, "network/household", page)
}

func (p *Pages) householdPage(r *http.Request) (*householdPage, error) {
	ctx := r.Context()
	h, err := p.svc.Household(ctx, actor(ctx), r.PathValue("id"))
	if err != nil {
		return nil, err
	}
	t := p.svc.Tree()
	u := t.ByID(h.UnitID)
	tr := p.web.T(r)
	page := &householdPage{
		Base: p.web.Base(r, "network.page.household"), Home: h, Unit: u, Door: doorcard.Grouped(h.Door),
		Crumbs: p.under(r, t, u, tr("network.page.household")), Values: homeForm{Ref: h.Ref, Address: h.Address, Head: h.Head, Size: h.Size},
		To: picked{Search: "/network/pick?name=to&level=cell"},
	}
	names := p.can(r, network.ActNames, u)
	page.CanMove = p.can(r, network.ActManage, u) && !h.Left
	page.CanEdit = (names || page.CanMove) && !h.Left
	if page.Masked = !names; page.Masked && page.CanEdit {
		page.Values.Head = "" // a masked name must not be saved over the true one
	}
	if p.opt.Beside != nil && !h.Left {
		page.Beside = p.opt.Beside(actor(ctx), h.ID, u.ID)
	}
	if page.Opening, err = p.opening(r, h, u); err != nil {
		return nil, err
	}
	page.Claims, err = p.svc.Claims(ctx, actor(ctx), h)
	return page, err
}

// doHousehold handles a form of the household page: do gets the page and the
// form, and returns where to go next.
func (p *Pages) doHousehold(form string, do func(context.Context, auth.Actor, *web.Form, *householdPage) (string, error)) web.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		f, err := web.ParseForm(w, r)
		if err != nil {
			return err
		}
		page, err := p.householdPage(r)
		if err != nil {
			return err
		}
		page.Form, page.FormKey = form, f.Key()
		if f.Picking("to") {
			page.To.Query = f.Text("to_q", mostQuery)
			if page.To.Options, err = p.options(r, page.To.Query, network.Cell.String()); err != nil {
				return err
			}
			return p.web.Render(w, r, "network/household", page)
		}
		next, err := do(r.Context(), actor(r.Context()), f, page)
		if web.IsInvalid(err) {
			page.Errors = web.FormErrorsOf(err)
			return p.web.RenderStatus(w, r, http.StatusUnprocessableEntity, "network/household", page)
		}
		if err != nil {
			return err
		}
		if next == "" {
			w.Header().Set("Cache-Control", "no-store")
			return p.web.Render(w, r, "network/household", page)
		}
		return p.web.SeeOther(w, r, next, "network.page.done."+form)
	}
}

func (p *Pages) updateHousehold(ctx context.Context, a auth.Actor, f *web.Form, page *householdPage) (string, error) {
	v := readHome(f)
	page.Values = v
	if page.Masked && v.Head == "" {
		return "", errs.E(errs.Invalid, "web.form_invalid").WithField("head", "network.page.head_again")
	}
	c := network.UpdateHousehold{
		Key: f.Key(), ID: page.Home.ID, Version: int(f.Version()), Ref: v.Ref, Address: v.Address, Head: v.Head, Size: v.Size,
	}
	if v.Phone != "" || v.ClearPhone {
		c.Phone = &v.Phone
	}
	if err := f.Err(); err != nil {
		return "", err
	}
	return householdPath(page.Home.ID), p.svc.UpdateHousehold(ctx, a, c)
}

func readHome(f *web.Form) homeForm {
	return homeForm{
		Ref: f.Text("ref", 40), Address: f.Required("address", 120), Head: f.Text("head", maxName),
		Phone: f.Text("phone", 40), ClearPhone: f.Bool("clear_phone"), Size: f.Int("size", 0, 60),
	}
}

func (p *Pages) moveHousehold(ctx context.Context, a auth.Actor, f *web.Form, page *householdPage) (string, error) {
	t := p.svc.Tree()
	code := f.Text("to", maxCode)
	to := t.Current(t.ByCode(code))
	if to == nil || code == "" {
		f.Fail("to", "network.page.pick_unit")
		return "", f.Err()
	}
	if err := f.Err(); err != nil {
		return "", err
	}
	return householdPath(page.Home.ID), p.svc.MoveHouseholds(ctx, a, network.MoveHouseholds{Key: f.Key(), HouseholdIDs: []string{page.Home.ID}, ToUnitID: to.ID})
}

func (p *Pages) householdLeft(ctx context.Context, a auth.Actor, f *web.Form, page *householdPage) (string, error) {
	return unitPath(page.Unit), p.svc.HouseholdLeft(ctx, a, network.OneHousehold{Key: f.Key(), ID: page.Home.ID, Version: int(f.Version())})
}

func (p *Pages) renewDoor(ctx context.Context, a auth.Actor, f *web.Form, page *householdPage) (string, error) {
	_, err := p.svc.RenewDoor(ctx, a, network.OneHousehold{Key: f.Key(), ID: page.Home.ID, Version: int(f.Version())})
	return householdPath(page.Home.ID), err
}

func (p *Pages) settleClaim(ctx context.Context, a auth.Actor, f *web.Form, page *householdPage) (string, error) {
	err := p.svc.SettleClaim(ctx, a, network.SettleClaim{
		Key: f.Key(), HouseholdID: page.Home.ID, UnitID: p.idOf(f.Text("unit", maxCode)), Move: f.Bool("move"),
	})
	return householdPath(page.Home.ID), err
}

type newHomePage struct {
	web.Base
	Unit   *network.Unit
	Crumbs []web.Crumb
	Values homeForm
}

func (p *Pages) newHomePage(r *http.Request) (*newHomePage, error) {
	t, u, err := p.unit(r.PathValue("code"))
	if err != nil {
		return nil, err
	}
	if err := p.require(r, network.ActManage, u); err != nil {
		return nil, err
	}
	tr := p.web.T(r)
	return &newHomePage{Base: p.web.Base(r, "network.page.do.home", "name", u.Name), Unit: u, Crumbs: p.under(r, t, u, tr("network.page.home_new"))}, nil
}

func (p *Pages) newHousehold(w http.ResponseWriter, r *http.Request) error {
	page, err := p.newHomePage(r)
	if err != nil {
		return err
	}
	return p.web.Render(w, r, "network/newhome", page)
}

func (p *Pages) createHousehold(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ParseForm(w, r)
	if err != nil {
		return err
	}
	page, err := p.newHomePage(r)
	if err != nil {
		return err
	}
	v := readHome(f)
	page.Values, page.FormKey = v, f.Key()
	id := ""
	if err = f.Err(); err == nil {
		id, err = p.svc.CreateHousehold(r.Context(), actor(r.Context()), network.CreateHousehold{
			Key: f.Key(), UnitID: page.Unit.ID, Ref: v.Ref, Address: v.Address, Head: v.Head, Phone: v.Phone, Size: v.Size,
		})
	}
	if web.IsInvalid(err) {
		page.Errors = web.FormErrorsOf(err)
		return p.web.RenderStatus(w, r, http.StatusUnprocessableEntity, "network/newhome", page)
	}
	if err != nil {
		return err
	}
	return p.web.SeeOther(w, r, householdPath(id), "network.page.done.home")
}
