package volunteerweb

import (
	"net/http"
	"strconv"

	"bilin/internal/errs"
	"bilin/internal/volunteer"
	"bilin/internal/web"
)

// minePage is a report-in as whoever has its key sees it.
type minePage struct {
	web.Base
	offer
	V                *volunteer.Volunteer
	Key              string
	Kind, Where      string
	Label, Look, Why string
	Over             bool
	Acts             bool // for the person: with a bare key not for whom the registry knew before
	Days             []Day
	Reads            []volunteer.Read // of their number
	From, To         string
	Receipt          string
	Wishes           string // where they offer hours
}

// looks are the colours of the states.
var looks = map[volunteer.State]string{volunteer.Pending: "warn", volunteer.Active: "ok", volunteer.Left: "idle", volunteer.Refused: "idle"}

// own loads the report-in of the path with its key. Wrong guesses are counted.
func (p *Pages) own(w http.ResponseWriter, r *http.Request, key string) (*volunteer.Volunteer, string, error) {
	web.Quiet(w)
	v, err := p.svc.ByKey(r.Context(), r.PathValue("id"), key)
	if err != nil && errs.KindOf(err) == errs.NotFound {
		if limited := p.Misses.Allow(web.ClientIP(r)); limited != nil {
			return nil, key, limited
		}
	}
	return v, key, err
}

func (p *Pages) mine(w http.ResponseWriter, r *http.Request) error {
	page, err := p.minePage(w, r, r.URL.Query().Get("k"))
	if err != nil {
		return err
	}
	return p.web.Render(w, r, "volunteers/mine", page)
}

func (p *Pages) minePage(w http.ResponseWriter, r *http.Request, key string) (*minePage, error) {
	v, key, err := p.own(w, r, key)
	if err != nil {
		return nil, err
	}
	t := p.web.T(r)
	page := &minePage{Base: p.web.Base(r, "volunteerweb.mine"), V: v, Key: key, Kind: t("volunteer.kind." + string(v.Kind)), Where: p.where(v.VillageID),
		Label: t("volunteer.state." + string(v.State)), Look: looks[v.State], Over: v.State == volunteer.Left || v.State == volunteer.Refused,
		Acts: v.ActsFor(actor(r)), offer: offer{p.skillOptions(r), v.Skills, v.Pledge, ""}, Receipt: ownURL(v.ID, key, "/receipt")}
	if v.Hours > 0 {
		page.Hours = strconv.Itoa(v.Hours)
	}
	if v.State == volunteer.Refused {
		page.Why = t("volunteer.reason." + string(v.Reason))
	}
	if v.State == volunteer.Active && page.Acts {
		if page.Days, err = p.days.List(r.Context(), v.PersonID); err != nil {
			return nil, err
		}
		if p.wish != nil {
			page.Wishes = ownURL(v.ID, key, "/wishes")
		}
	}
	page.Reads, err = p.svc.Reads(r.Context(), v)
	return page, err
}

// mineAgain shows the newest page with what is wrong; typed puts back what was typed.
func (p *Pages) mineAgain(w http.ResponseWriter, r *http.Request, f *web.Form, cause error, typed func(*minePage)) error {
	page, err := p.minePage(w, r, f.Text("_k", 80))
	if err != nil {
		return err
	}
	page.Errors = web.FormErrorsOf(cause)
	if typed != nil {
		typed(page)
	}
	return p.web.RenderStatus(w, r, errs.Status(cause), "volunteers/mine", page)
}

func (p *Pages) change(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ParseForm(w, r)
	if err != nil {
		return err
	}
	given, typed := p.readOffer(r, f)
	v, key, err := p.own(w, r, f.Text("_k", 80))
	if err != nil {
		return err
	}
	if err = f.Err(); err == nil {
		err = p.svc.Change(r.Context(), v.ID, key, volunteer.Change{Key: f.Key(), Offer: given, Version: int(f.Version())})
	}
	if web.Again(err) && !queued(r) {
		return p.mineAgain(w, r, f, err, func(page *minePage) { page.offer = typed })
	}
	if err != nil {
		return err
	}
	return p.web.SeeOther(w, r, ownURL(v.ID, key, ""), "volunteerweb.said_changed")
}

func (p *Pages) withdraw(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ParseForm(w, r)
	if err != nil {
		return err
	}
	v, key, err := p.own(w, r, f.Text("_k", 80))
	if err != nil {
		return err
	}
	if err = p.svc.Withdraw(r.Context(), v.ID, key, f.Key()); web.Again(err) && !queued(r) {
		return p.mineAgain(w, r, f, err, nil)
	}
	if err != nil {
		return err
	}
	return p.web.SeeOther(w, r, ownURL(v.ID, key, ""), "volunteerweb.said_left")
}

// active loads the report-in of a form's key, if it stands.
func (p *Pages) active(w http.ResponseWriter, r *http.Request, f *web.Form) (*volunteer.Volunteer, string, error) {
	v, key, err := p.own(w, r, f.Text("_k", 80))
	if err == nil && v.State != volunteer.Active {
		err = errs.E(errs.Conflict, "volunteerweb.not_active")
	}
	if err == nil {
		err = v.MayAct(actor(r))
	}
	return v, key, err
}

func (p *Pages) away(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ParseForm(w, r)
	if err != nil {
		return err
	}
	v, key, err := p.active(w, r, f)
	if err != nil {
		return err
	}
	from, to := f.RequiredDate("from"), f.RequiredDate("to")
	if err = f.Err(); err == nil {
		err = p.days.Say(r.Context(), f.Key(), v.PersonID, from, to)
	}
	if web.Again(err) && !queued(r) {
		return p.mineAgain(w, r, f, err, func(page *minePage) { page.From, page.To = from, to })
	}
	if err != nil {
		return err
	}
	return p.web.SeeOther(w, r, ownURL(v.ID, key, ""), "volunteerweb.said_away")
}

func (p *Pages) back(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ParseForm(w, r)
	if err != nil {
		return err
	}
	v, key, err := p.active(w, r, f)
	if err != nil {
		return err
	}
	if err := p.days.Back(r.Context(), f.Key(), v.PersonID, r.PathValue("away")); err != nil {
		return err
	}
	return p.web.SeeOther(w, r, ownURL(v.ID, key, ""), "volunteerweb.said_back")
}

// skillsPage is what somebody of the network can do.
type skillsPage struct {
	web.Base
	Skills []web.Option
	Chosen []volunteer.Skill
}

func (p *Pages) skills(w http.ResponseWriter, r *http.Request) error {
	chosen, err := p.svc.SkillsOf(r.Context(), actor(r))
	if err != nil {
		return err
	}
	return p.web.Render(w, r, "volunteers/skills", skillsPage{p.web.Base(r, "volunteerweb.skills"), p.skillOptions(r), chosen})
}

func (p *Pages) setSkills(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ParseForm(w, r)
	if err != nil {
		return err
	}
	given, _ := p.readOffer(r, f)
	if err = f.Err(); err == nil {
		err = p.svc.SetSkills(r.Context(), actor(r), f.Key(), given.Skills)
	}
	if web.IsInvalid(err) && !queued(r) {
		page := skillsPage{p.web.Base(r, "volunteerweb.skills"), p.skillOptions(r), given.Skills}
		page.Errors, page.FormKey = web.FormErrorsOf(err), f.Key()
		return p.web.RenderStatus(w, r, http.StatusUnprocessableEntity, "volunteers/skills", page)
	}
	if err != nil {
		return err
	}
	return p.web.SeeOther(w, r, "/me/skills", "volunteerweb.said_skills")
}
