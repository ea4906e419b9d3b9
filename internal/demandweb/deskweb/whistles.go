package deskweb

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"time"

	"bilin/internal/auth"
	"bilin/internal/demand"
	"bilin/internal/demand/whistle"
	"bilin/internal/errs"
	"bilin/internal/web"
)

// perWhistles is how many open calls the list shows.
const perWhistles = 100

// whistlesPage is the list of calls without an outcome.
type whistlesPage struct {
	web.Base
	Calls []whistleCard
}

// whistleCard is a call in words.
type whistleCard struct {
	whistle.Whistle
	Spoken, By string
	Answers    []whistleAnswer
	Met        bool // what came of it is written down
	MayMeet    bool // the reader may write it down
}

// whistleAnswer is one department's part in a call.
type whistleAnswer struct {
	whistle.Call
	Late, Mine bool
}

func (p *Pages) whistleRoutes() []web.Route {
	if p.opt.Whistles == nil {
		return nil
	}
	desk := string(demand.ActDesk)
	return []web.Route{
		{Pattern: "GET /whistles", Access: desk, Handler: p.whistles},
		{Pattern: "POST /whistles/{id}/answer", Access: desk, Handler: p.answerWhistle, MaxBody: wordsBody},
		{Pattern: "POST /whistles/{id}/met", Access: desk, Handler: p.metWhistle, MaxBody: wordsBody},
	}
}

// concerns reports whether the actor blows whistles or is called by them.
func (p *Pages) concerns(actor auth.Actor) bool {
	return p.opt.Whistles != nil && (actor.Has(auth.Department) || actor.Has(auth.VillageOfficial) || actor.Has(auth.TownOfficial))
}

func (p *Pages) whistles(w http.ResponseWriter, r *http.Request) error {
	return p.whistlesAgain(w, r, nil)
}

// whistlesAgain shows the open calls, with what was wrong with a form.
func (p *Pages) whistlesAgain(w http.ResponseWriter, r *http.Request, cause error) error {
	actor := auth.From(r.Context())
	list, err := p.opt.Whistles.Open(r.Context(), actor, perWhistles)
	if err != nil {
		return err
	}
	page := whistlesPage{Base: p.web.Base(r, "desk.whistles"), Calls: p.cards(actor, list)}
	if cause == nil {
		return p.web.Render(w, r, "desk/whistles", page)
	}
	page.Errors = web.FormErrorsOf(cause)
	return p.web.RenderStatus(w, r, errs.Status(cause), "desk/whistles", page)
}

func (p *Pages) cards(actor auth.Actor, list []whistle.Whistle) []whistleCard {
	now, tree := p.opt.Now(), p.tree()
	office := actor.Has(auth.VillageOfficial) || actor.Has(auth.TownOfficial)
	cards := make([]whistleCard, 0, len(list))
	for _, w := range list {
		card := whistleCard{Whistle: w, Spoken: demand.Spoken(w.Number), Met: !w.MetAt.IsZero(), MayMeet: office && w.MetAt.IsZero()}
		if u := tree.ByID(w.UnitID); u != nil {
			card.By = u.Name
		}
		for _, c := range w.Calls {
			mine := slices.ContainsFunc(actor.Grants, func(g auth.Grant) bool { return g.Role == auth.Department && g.DepartmentID == c.DepartmentID })
			card.Answers = append(card.Answers, whistleAnswer{Call: c, Late: w.Late(c, now), Mine: mine && w.MetAt.IsZero()})
		}
		cards = append(cards, card)
	}
	return cards
}

func (p *Pages) answerWhistle(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ParseForm(w, r)
	if err != nil {
		return err
	}
	a := whistle.Answer{DepartmentID: f.Text("department", 80), Coming: f.Choice("coming", "yes", "no") == "yes", Who: f.Text("note", whistle.MaxPlace*2)}
	a.Command = demand.Command{Key: f.Key(), Note: a.Who}
	if err = f.Err(); err == nil {
		_, err = p.opt.Whistles.Answer(r.Context(), auth.From(r.Context()), r.PathValue("id"), a)
	}
	return p.whistled(w, r, err)
}

func (p *Pages) metWhistle(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ParseForm(w, r)
	if err != nil {
		return err
	}
	actor := auth.From(r.Context())
	call, err := p.opt.Whistles.Get(r.Context(), actor, r.PathValue("id"))
	if err != nil {
		return err
	}
	m := whistle.Met{Came: map[string]string{}, Version: int(f.Version()), Command: demand.Command{Key: f.Key(), Note: f.Lines("note", demand.MaxText)}}
	for _, c := range call.Calls {
		m.Came[c.DepartmentID] = f.Text("came_"+c.DepartmentID, whistle.MaxPlace)
	}
	if err = f.Err(); err == nil {
		_, err = p.opt.Whistles.Met(r.Context(), actor, call.ID, m)
	}
	return p.whistled(w, r, err)
}

func (p *Pages) whistled(w http.ResponseWriter, r *http.Request, err error) error {
	switch {
	case err == nil:
		return p.web.SeeOther(w, r, "/whistles", "desk.done.whistled")
	case askAgain(err) && !queued(r):
		return p.whistlesAgain(w, r, err)
	}
	return err
}

// blow calls departments to the spot.
func (p *Pages) blow(ctx context.Context, actor auth.Actor, number string, f *web.Form, cmd demand.Command) (demand.Outcome, error) {
	at, err := time.ParseInLocation("2006-01-02T15:04", f.Text("meet", 20), p.svc.Terms().Calendar.Zone())
	if err != nil {
		return demand.Outcome{}, errs.Wrap(err, errs.Invalid, "demand.check").WithField("meet", "whistle.meet_wrong")
	}
	return p.opt.Whistles.Blow(ctx, actor, number, whistle.Blow{Departments: departmentIDs(f.List("department")), Place: f.Text("place", whistle.MaxPlace), MeetAt: at, Command: cmd})
}

// departmentIDs takes the "dept:" off the values of the form.
func departmentIDs(values []string) []string {
	ids := make([]string, len(values))
	for i, v := range values {
		ids[i] = strings.TrimPrefix(v, "dept:")
	}
	return ids
}
