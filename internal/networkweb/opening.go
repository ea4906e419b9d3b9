package networkweb

import (
	"context"
	"net/http"

	"bilin/internal/auth"
	"bilin/internal/errs"
	"bilin/internal/network"
	"bilin/internal/purpose"
	"bilin/internal/web"
)

// opening is how the reader may come to a household's sealed data.
type opening struct {
	Works   []purpose.Work // their open work about it
	Ground  string         // the one that is chosen
	Reasons []web.Option
	Reason  string // as typed
	Words   string
	Glass   bool // they may break it
}

// opening lists what the reader may open a household's number on.
func (p *Pages) opening(r *http.Request, h network.Household, u *network.Unit) (opening, error) {
	var o opening
	if p.opt.Purpose == nil || h.Left {
		return o, nil
	}
	sub := purpose.Subject{HouseholdID: h.ID, UnitID: u.ID}
	works, err := p.opt.Purpose.Works(r.Context(), actor(r.Context()), sub)
	if err != nil {
		return o, err
	}
	if o.Works = works; len(works) > 0 {
		o.Ground = works[0].String()
	}
	tr := p.web.T(r)
	o.Glass = p.opt.Purpose.MayBreak(actor(r.Context()), sub)
	for _, reason := range purpose.Reasons() {
		o.Reasons = append(o.Reasons, web.Option{Value: string(reason), Label: tr("purpose.reason." + string(reason))})
	}
	return o, nil
}

// readPhone opens the household's number on the chosen ground, and shows it once.
func (p *Pages) readPhone(ctx context.Context, a auth.Actor, f *web.Form, page *householdPage) (string, error) {
	page.Opening.Ground = f.Required("ground", 120)
	if err := f.Err(); err != nil {
		return "", err
	}
	var err error
	page.Phone, err = p.svc.ReadHousePhone(ctx, a, page.Home.ID, purpose.ParseGround(page.Opening.Ground))
	if errs.CodeOf(err) == "purpose.no_ground" || errs.CodeOf(err) == "purpose.glass_over" {
		f.Fail("ground", errs.CodeOf(err)) // the work was done, or the time ran out, since the page was shown
		return "", f.Err()
	}
	return "", err
}

// breakGlass opens it without open work: for a reason, for a while, and to be reviewed.
func (p *Pages) breakGlass(ctx context.Context, a auth.Actor, f *web.Form, page *householdPage) (string, error) {
	o := &page.Opening
	o.Reason, o.Words = f.Text("reason", 40), f.Text("words", 200)
	if err := f.Err(); err != nil {
		return "", err
	}
	g, err := p.opt.Purpose.BreakGlass(ctx, a, purpose.BreakGlass{
		Key: f.Key(), Subject: purpose.Subject{HouseholdID: page.Home.ID}, Reason: purpose.Reason(o.Reason), Words: o.Words,
	})
	if err != nil {
		return "", err
	}
	if !page.Home.HasPhone {
		return householdPath(page.Home.ID), nil
	}
	page.Form = ""
	page.Phone, err = p.svc.ReadHousePhone(ctx, a, page.Home.ID, g)
	return "", err
}
