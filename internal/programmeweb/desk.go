package programmeweb

import (
	"context"
	"net/http"
	"strconv"

	"bilin/internal/auth"
	"bilin/internal/errs"
	"bilin/internal/programme"
	"bilin/internal/web"
)

// turning is a command that starts or ends a programme.
type turning func(ctx context.Context, actor auth.Actor, key, id string, version int) error

func number(n int64) string { return strconv.FormatInt(n, 10) }

// deskPage writes down acts and hands out rewards.
type deskPage struct {
	web.Base
	P      card
	May    programme.May
	Kinds  []web.Option
	Hours  []web.Option
	Member string
	Kind   string
	Hour   string
	People string
	Day    string
	Code   string
	Labels map[string]string
	Crumbs []web.Crumb
}

// hourChoices are those that the desk offers, in quarters of an hour.
var hourChoices = []int{2, 4, 6, 8, 12, 16, 24, 32}

func (p *Pages) deskPage(r *http.Request) (*deskPage, error) {
	x, err := p.svc.Get(r.Context(), actor(r), r.PathValue("id"))
	if err != nil {
		return nil, err
	}
	t := p.web.T(r)
	page := &deskPage{Base: p.web.Base(r, "programmeweb.desk"), P: p.card(r, *x), May: p.svc.May(actor(r), x), Hour: "1", People: "1", Day: p.svc.Today(),
		Crumbs: p.crumbs(r, x, t("programmeweb.desk")),
		Labels: map[string]string{"member": t("programmeweb.member"), "kind": t("programmeweb.kind"), "hours": t("programmeweb.hours"), "people": t("programmeweb.people"),
			"day": t("programmeweb.day"), "code": t("programmeweb.code")}}
	if !page.May.Record && !page.May.Hand {
		return nil, errs.E(errs.Forbidden, "auth.forbidden")
	}
	for _, k := range programme.Kinds() {
		if x.Formulas[k] != "" {
			page.Kinds = append(page.Kinds, web.Option{Value: string(k), Label: t("programme.kind." + string(k))})
		}
	}
	for _, q := range hourChoices {
		h := strconv.FormatFloat(float64(q)/4, 'f', -1, 64)
		page.Hours = append(page.Hours, web.Option{Value: h, Label: t("programmeweb.n_hours", "n", h)})
	}
	return page, nil
}

func (p *Pages) desk(w http.ResponseWriter, r *http.Request) error {
	page, err := p.deskPage(r)
	if err != nil {
		return err
	}
	return p.web.Render(w, r, "programmes/desk", page)
}

func (p *Pages) deskAgain(w http.ResponseWriter, r *http.Request, page *deskPage, err error) error {
	page.Errors = web.FormErrorsOf(err)
	return p.web.RenderStatus(w, r, errs.Status(err), "programmes/desk", page)
}

func (p *Pages) record(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ParseForm(w, r)
	if err != nil {
		return err
	}
	page, err := p.deskPage(r)
	if err != nil {
		return err
	}
	page.FormKey = f.Key()
	page.Member, page.Kind, page.Hour, page.People, page.Day = f.Text("member", 30), f.Text("kind", 20), f.Text("hours", 6), f.Text("people", 6), f.Date("day")
	hours, _ := strconv.ParseFloat(page.Hour, 64) // what is no number is refused as 0
	cmd := programme.Record{Key: f.Key(), ProgrammeID: page.P.ID, Member: page.Member, Kind: programme.Kind(page.Kind), Hours: hours,
		People: f.Int("people", 1, programme.MaxPeople), Day: page.Day}
	var got programme.Awarded
	if err = f.Err(); err == nil {
		got, err = p.svc.Record(r.Context(), actor(r), cmd)
	}
	if web.Again(err) {
		return p.deskAgain(w, r, page, err)
	}
	if err != nil {
		return err
	}
	flash := "programmeweb.recorded"
	if got.Short {
		flash = "programmeweb.recorded_short"
	}
	return p.web.SeeOther(w, r, "/programmes/"+page.P.ID+"/desk", flash, "n", got.Points)
}

func (p *Pages) hand(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ParseForm(w, r)
	if err != nil {
		return err
	}
	page, err := p.deskPage(r)
	if err != nil {
		return err
	}
	page.FormKey, page.Code = f.Key(), f.Text("code", 20)
	reward, err := p.svc.Hand(r.Context(), actor(r), f.Key(), page.P.ID, page.Code)
	if web.Again(err) {
		return p.deskAgain(w, r, page, err)
	}
	if err != nil {
		return err
	}
	return p.web.SeeOther(w, r, "/programmes/"+page.P.ID+"/desk", "programmeweb.handed", "what", reward)
}
