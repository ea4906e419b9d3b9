package teamweb

import (
	"net/http"
	"time"

	"bilin/internal/errs"
	"bilin/internal/mobilise/team"
	"bilin/internal/network"
	"bilin/internal/web"
	"bilin/internal/workday"
)

// readsPage tells somebody of the network who opened their number.
type readsPage struct {
	web.Base
	Reads []network.PhoneRead
}

func (p *Pages) reads(w http.ResponseWriter, r *http.Request) error {
	list, err := p.net.PhoneReads(r.Context(), actor(r))
	if err != nil {
		return err
	}
	return p.web.Render(w, r, "teams/reads", readsPage{p.web.Base(r, "teamweb.reads"), list})
}

type awayPage struct {
	web.Base
	Said     []period
	From, To string // as typed
	Today    string
	Custom   bool // the form for other days is open
}

// period is a time away as the page shows it.
type period struct {
	team.Period
	OneDay, Now bool
}

func (p *Pages) today() time.Time { return p.now().In(workday.City) }

func (p *Pages) away(w http.ResponseWriter, r *http.Request) error {
	page, err := p.awayPage(r)
	if err != nil {
		return err
	}
	return p.web.Render(w, r, "teams/away", page)
}

func (p *Pages) awayPage(r *http.Request) (*awayPage, error) {
	page := &awayPage{Base: p.web.Base(r, "teamweb.away"), Today: p.today().Format(time.DateOnly)}
	page.From = page.Today
	said, err := p.svc.Aways(r.Context(), actor(r))
	for _, x := range said {
		page.Said = append(page.Said, period{x, x.From == x.To, x.From <= page.Today})
	}
	return page, err
}

// quickDays are the buttons for the usual times.
var quickDays = map[string]int{"today": 1, "three": 3, "week": 7}

func (p *Pages) sayAway(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ParseForm(w, r)
	if err != nil {
		return err
	}
	cmd := team.SayAway{Key: f.Key()}
	if days := quickDays[f.Text("quick", 10)]; days > 0 {
		from := p.today()
		if asked, err := time.Parse(time.DateOnly, f.Text("day", 10)); err == nil { // of the page: a form that waited for the network means its own day
			from = asked
		}
		cmd.From, cmd.To = from.Format(time.DateOnly), from.AddDate(0, 0, days-1).Format(time.DateOnly)
	} else {
		cmd.From, cmd.To = f.RequiredDate("from"), f.RequiredDate("to")
	}
	if err = f.Err(); err == nil {
		_, err = p.svc.SayAway(r.Context(), actor(r), cmd)
	}
	if web.Again(err) {
		page, failed := p.awayPage(r)
		if failed != nil {
			return failed
		}
		page.Errors, page.FormKey, page.From, page.To, page.Custom = web.FormErrorsOf(err), f.Key(), cmd.From, cmd.To, true
		return p.web.RenderStatus(w, r, errs.Status(err), "teams/away", page)
	}
	if err != nil {
		return err
	}
	return p.web.SeeOther(w, r, "/me/away", "teamweb.said_away")
}

func (p *Pages) sayBack(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ParseForm(w, r)
	if err != nil {
		return err
	}
	if err := p.svc.SayBack(r.Context(), actor(r), team.SayBack{Key: f.Key(), ID: r.PathValue("id")}); err != nil {
		return err
	}
	return p.web.SeeOther(w, r, "/me/away", "teamweb.said_back")
}
