package programmeweb

import (
	"net/http"

	"bilin/internal/errs"
	"bilin/internal/network"
	"bilin/internal/programme"
	"bilin/internal/web"
)

// formula is the field of one kind.
type formula struct{ Name, Label, Value string }

// editPage defines a programme: words, budget, formulas, and what a month would
// have earned by them.
type editPage struct {
	web.Base
	P          *programme.Programme // nil: a new one
	Action     string
	Units      []web.Option
	Unit       string
	Name, Text string
	Budget     string
	Formulas   []formula
	Month      string
	Months     []web.Option
	Bench      *programme.Bench
	BenchRows  []benchRow
	Labels     map[string]string
	Crumbs     []web.Crumb
}

// benchRow is a kind's share of what was tried.
type benchRow struct {
	Kind        string
	Acts        int
	Points, Was int64
}

// benchMonths are how many months formulas can be tried on, this one first.
const benchMonths = 6

func (p *Pages) editPage(r *http.Request) *editPage {
	t := p.web.T(r)
	page := &editPage{Base: p.web.Base(r, "programmeweb.new"), Action: "/programmes",
		Labels: map[string]string{"unit": t("programmeweb.unit"), "name": t("programmeweb.name"), "text": t("programmeweb.text"), "budget": t("programmeweb.budget"), "month": t("programmeweb.month")}}
	tree := p.tree()
	for _, id := range p.svc.Defines(actor(r)) {
		for _, u := range tree.Subtree(tree.ByID(id)) {
			if u.Level == network.Town || u.Level == network.Village {
				page.Units = append(page.Units, web.Option{Value: u.Code, Label: u.Name})
			}
		}
	}
	if len(page.Units) > 0 {
		page.Unit = page.Units[0].Value
	}
	for _, k := range programme.Kinds() {
		label := t("programme.kind." + string(k))
		page.Formulas = append(page.Formulas, formula{Name: "formula-" + string(k), Label: label})
		page.Labels["formula-"+string(k)] = label
	}
	for _, m := range p.svc.Months(benchMonths) {
		page.Months = append(page.Months, web.Option{Value: m, Label: m})
	}
	page.Month = page.Months[1].Value
	return page
}

// of fills the page with a programme.
func (p *Pages) of(r *http.Request, page *editPage, x *programme.Programme) *editPage {
	page.P, page.Action = x, "/programmes/"+x.ID
	page.Title = p.web.T(r)("programmeweb.edit")
	page.Name, page.Text, page.Budget = x.Name, x.Text, number(x.Budget)
	for i, k := range programme.Kinds() {
		page.Formulas[i].Value = x.Formulas[k]
	}
	page.Crumbs = p.crumbs(r, x, page.Title)
	return page
}

func (p *Pages) fresh(w http.ResponseWriter, r *http.Request) error {
	return p.web.Render(w, r, "programmes/edit", p.editPage(r))
}

// ofActor loads a programme that the actor defines.
func (p *Pages) ofActor(r *http.Request) (*programme.Programme, error) {
	x, err := p.svc.Get(r.Context(), actor(r), r.PathValue("id"))
	if err == nil && !p.svc.May(actor(r), x).Define {
		err = errs.E(errs.Forbidden, "auth.forbidden")
	}
	return x, err
}

func (p *Pages) edit(w http.ResponseWriter, r *http.Request) error {
	x, err := p.ofActor(r)
	if err != nil {
		return err
	}
	return p.web.Render(w, r, "programmes/edit", p.of(r, p.editPage(r), x))
}

// define stores what was typed, or tries it on a month if that button was pressed.
func (p *Pages) define(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ParseForm(w, r)
	if err != nil {
		return err
	}
	page := p.editPage(r)
	cmd := programme.Define{Key: f.Key(), ID: r.PathValue("id"), Version: int(f.Version())}
	if cmd.ID != "" {
		x, err := p.ofActor(r)
		if err != nil {
			return err
		}
		p.of(r, page, x)
	}
	page.FormKey = f.Key()
	p.typed(f, page, &cmd)
	if err = f.Err(); err == nil && f.Text("_try", 1) != "" {
		return p.try(w, r, page, cmd)
	}
	id := cmd.ID
	if err == nil {
		id, err = p.svc.Define(r.Context(), actor(r), cmd)
	}
	if web.Again(err) {
		return p.editAgain(w, r, page, err)
	}
	if err != nil {
		return err
	}
	return p.web.SeeOther(w, r, "/programmes/"+id, "programmeweb.saved")
}

// typed takes the form; what was typed goes back into the page.
func (p *Pages) typed(f *web.Form, page *editPage, cmd *programme.Define) {
	page.Unit, page.Name, page.Text = f.Text("unit", 40), f.Text("name", programme.MaxName), f.Text("text", programme.MaxText)
	page.Budget, page.Month = f.Text("budget", 20), f.Text("month", 7)
	cmd.UnitCode, cmd.Name, cmd.Text = page.Unit, page.Name, page.Text
	cmd.Budget = int64(f.Int("budget", 1, programme.MaxBudget))
	cmd.Formulas = programme.Formulas{}
	for i, k := range programme.Kinds() {
		page.Formulas[i].Value = f.Text(page.Formulas[i].Name, programme.MaxFormula)
		cmd.Formulas[k] = page.Formulas[i].Value
	}
}

func (p *Pages) editAgain(w http.ResponseWriter, r *http.Request, page *editPage, err error) error {
	page.Errors = web.FormErrorsOf(err)
	return p.web.RenderStatus(w, r, errs.Status(err), "programmes/edit", page)
}

// try shows what a month would have earned, and keeps what was typed.
func (p *Pages) try(w http.ResponseWriter, r *http.Request, page *editPage, cmd programme.Define) error {
	if cmd.ID == "" {
		return p.editAgain(w, r, page, errs.E(errs.Conflict, "programmeweb.try_first"))
	}
	bench, err := p.svc.Try(r.Context(), actor(r), cmd.ID, cmd.Formulas, page.Month)
	if web.Again(err) {
		return p.editAgain(w, r, page, err)
	}
	if err != nil {
		return err
	}
	page.Bench = bench
	for _, k := range bench.Kinds {
		if k.Acts > 0 {
			page.BenchRows = append(page.BenchRows, benchRow{p.web.T(r)("programme.kind." + string(k.Kind)), k.Acts, k.Points, k.Was})
		}
	}
	return p.web.Render(w, r, "programmes/edit", page)
}

func (p *Pages) start(w http.ResponseWriter, r *http.Request) error {
	return p.turn(w, r, p.svc.Start, "programmeweb.started")
}

func (p *Pages) end(w http.ResponseWriter, r *http.Request) error {
	return p.turn(w, r, p.svc.End, "programmeweb.ended")
}

func (p *Pages) turn(w http.ResponseWriter, r *http.Request, do turning, flash string) error {
	f, err := web.ParseForm(w, r)
	if err != nil {
		return err
	}
	id := r.PathValue("id")
	if err := do(r.Context(), actor(r), f.Key(), id, int(f.Version())); err != nil {
		return err
	}
	return p.web.SeeOther(w, r, "/programmes/"+id, flash)
}

// rewardPage makes a reward or changes one.
type rewardPage struct {
	web.Base
	P            *programme.Programme
	W            programme.Reward // the zero value: a new one
	Action       string
	Name         string
	Price, Stock string
	Off          bool
	Labels       map[string]string
	Crumbs       []web.Crumb
}

// fresh is the name of a reward that isn't there yet, in addresses.
const fresh = "new"

func (p *Pages) rewardPage(r *http.Request) (*rewardPage, error) {
	x, err := p.ofActor(r)
	if err != nil {
		return nil, err
	}
	t, id := p.web.T(r), r.PathValue("reward")
	page := &rewardPage{Base: p.web.Base(r, "programmeweb.reward_new"), P: x, Action: "/programmes/" + x.ID + "/rewards/" + id, Stock: "1",
		Labels: map[string]string{"name": t("programmeweb.reward_name"), "price": t("programmeweb.price"), "stock": t("programmeweb.stock")}}
	if id != fresh {
		list, err := p.svc.Rewards(r.Context(), actor(r), x)
		if err != nil {
			return nil, err
		}
		for _, w := range list {
			if w.ID == id {
				page.W, page.Name, page.Price, page.Stock, page.Off = w, w.Name, number(w.Price), number(int64(w.Stock)), w.Off
			}
		}
		if page.W.ID == "" {
			return nil, errs.E(errs.NotFound, "programme.no_reward")
		}
		page.Title = t("programmeweb.reward_edit")
	}
	page.Crumbs = p.crumbs(r, x, page.Title)
	return page, nil
}

func (p *Pages) reward(w http.ResponseWriter, r *http.Request) error {
	page, err := p.rewardPage(r)
	if err != nil {
		return err
	}
	return p.web.Render(w, r, "programmes/reward", page)
}

func (p *Pages) setReward(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ParseForm(w, r)
	if err != nil {
		return err
	}
	page, err := p.rewardPage(r)
	if err != nil {
		return err
	}
	page.FormKey = f.Key()
	page.Name, page.Price, page.Stock, page.Off = f.Text("name", programme.MaxName), f.Text("price", 20), f.Text("stock", 20), f.Bool("off")
	cmd := programme.Offer{Key: f.Key(), ProgrammeID: page.P.ID, ID: page.W.ID, Name: page.Name, Off: page.Off, Version: int(f.Version()),
		Price: int64(f.Int("price", 1, programme.MaxPrice)), Stock: f.Int("stock", 0, programme.MaxStock)}
	if err = f.Err(); err == nil {
		err = p.svc.SetReward(r.Context(), actor(r), cmd)
	}
	if web.Again(err) {
		page.Errors = web.FormErrorsOf(err)
		return p.web.RenderStatus(w, r, errs.Status(err), "programmes/reward", page)
	}
	if err != nil {
		return err
	}
	return p.web.SeeOther(w, r, "/programmes/"+page.P.ID, "programmeweb.saved")
}
