package meetingweb

import (
	"net/http"
	"strings"

	"bilin/internal/auth"
	"bilin/internal/errs"
	"bilin/internal/meeting"
	"bilin/internal/web"
)

// minutesPage is what somebody has before them while the meeting goes on: how
// many came, what is said, what is resolved. It works without a network.
type minutesPage struct {
	web.Base
	M          *meeting.Sheet
	Before     []fate
	Came       string
	Words      string
	Theirs     []string // what somebody else saved meanwhile
	Version    int      // of the draft
	Struck     []string
	Changed    bool     // something is left out when the minutes go out
	Numbers    []string // that are left in
	Early      bool     // it hasn't begun: nothing can be saved yet
	Resolved   []fate
	What       string
	Kind       string
	Kinds      []web.Option
	Owner      string
	Owners     []web.Option
	Due        string
	ResolveKey string
	PublishKey string
	ReadKey    string
	Labels     map[string]string
	Crumbs     []web.Crumb
	Max        map[string]int
}

func (p *Pages) minutesPage(r *http.Request) (*minutesPage, error) {
	m, _, err := p.mine(r)
	if err != nil {
		return nil, err
	}
	t := p.web.T(r)
	page := &minutesPage{Base: p.web.Base(r, "meetingweb.minutes"), M: m, Kind: string(meeting.Promise), Crumbs: p.crumbs(t, m, "meetingweb.minutes"),
		Labels: map[string]string{"came": t("meetingweb.f_came"), "words": t("meetingweb.f_minutes"), "what": t("meetingweb.f_resolved"), "kind": t("meetingweb.f_kind"), "owner": t("meetingweb.f_owner"), "due": t("meetingweb.f_due"), "seen": t("meetingweb.f_seen")},
		Max:    map[string]int{"words": meeting.MaxMinutes, "what": meeting.MaxWords}}
	page.Early = early(&m.Meeting, p.svc.Moment())
	page.ResolveKey, page.PublishKey, page.ReadKey = page.FormKey+"r", page.FormKey+"p", page.FormKey+"o"
	for _, k := range []meeting.Kind{meeting.Promise, meeting.Demand} {
		page.Kinds = append(page.Kinds, web.Option{Value: string(k), Label: t("meeting.kind." + string(k)), Hint: t("meetingweb.kind_hint." + string(k))})
	}
	for _, o := range p.svc.Owners(&m.Meeting) {
		page.Owners = append(page.Owners, web.Option{Value: o.UnitID + "/" + string(o.Role), Label: p.owner(t, o)})
	}
	page.Resolved, page.Before = p.fates(r, m.Resolved), p.fates(r, m.Carried)
	if m.Came > 0 {
		page.Came = t("meetingweb.number", "n", m.Came)
	}
	if m.Draft == nil {
		return page, nil
	}
	page.Words, page.Version = m.Draft.Words, m.Draft.Version
	struck, err := p.svc.Struck(r.Context(), &m.Meeting, m.Draft.Words)
	page.Struck, page.Changed, page.Numbers = paragraphs(struck), struck != m.Draft.Words, meeting.Numbers(struck)
	return page, err
}

// listens lets the page ask for the microphone, which no other page may.
func listens(w http.ResponseWriter) {
	h := w.Header()
	h.Set("Permissions-Policy", strings.Replace(h.Get("Permissions-Policy"), "microphone=()", "microphone=(self)", 1))
}

func (p *Pages) minutesForm(w http.ResponseWriter, r *http.Request) error {
	page, err := p.minutesPage(r)
	if err != nil {
		return err
	}
	if page.M.State == meeting.Cancelled {
		return p.web.SeeOther(w, r, at(page.M.Number), "meeting.over")
	}
	listens(w)
	return p.web.Render(w, r, "meetings/minutes", page)
}

// writing runs a command of the minutes page; what is wrong comes back on it.
func (p *Pages) writing(w http.ResponseWriter, r *http.Request, flash string, do func(f *web.Form, page *minutesPage) error) error {
	f, err := web.ParseForm(w, r)
	if err != nil {
		return err
	}
	page, err := p.minutesPage(r)
	if err != nil {
		return err
	}
	if err = do(f, page); web.Again(err) {
		listens(w)
		page.Errors = web.FormErrorsOf(err)
		return p.web.RenderStatus(w, r, errs.Status(err), "meetings/minutes", page)
	}
	if err != nil {
		return err
	}
	return p.web.SeeOther(w, r, at(page.M.Number, "/minutes"), flash)
}

func (p *Pages) record(w http.ResponseWriter, r *http.Request) error {
	return p.writing(w, r, "meetingweb.recorded", func(f *web.Form, page *minutesPage) error {
		saved := page.Words
		page.FormKey, page.Came, page.Words = f.Key(), f.Text("came", 5), f.Lines("words", meeting.MaxMinutes)
		cmd := meeting.Record{Key: f.Key(), Number: page.M.Number, Came: f.Int("came", 1, meeting.MaxCame), Words: page.Words, Version: int(f.Version())}
		if err := f.Err(); err != nil {
			return err
		}
		err := p.svc.Record(r.Context(), actor(r), cmd)
		if kind := errs.KindOf(err); err != nil && (kind == errs.Stale || kind == errs.Conflict) && saved != page.Words {
			page.Theirs = paragraphs(saved)
		}
		return err
	})
}

func (p *Pages) resolve(w http.ResponseWriter, r *http.Request) error {
	return p.writing(w, r, "meetingweb.resolved_flash", func(f *web.Form, page *minutesPage) error {
		page.ResolveKey, page.What, page.Kind, page.Owner, page.Due = f.Key(), f.Text("what", meeting.MaxWords), f.Text("kind", 20), f.Text("owner", 80), f.Date("due")
		unit, role, _ := strings.Cut(page.Owner, "/")
		cmd := meeting.Resolve{Key: f.Key(), Number: page.M.Number, Kind: meeting.Kind(page.Kind), Words: page.What, OwnerUnit: unit, OwnerRole: auth.Role(role), DueDay: page.Due}
		if err := f.Err(); err != nil {
			return err
		}
		err := p.svc.Resolve(r.Context(), actor(r), cmd)
		return renamed(err, "words", "what")
	})
}

// renamed puts what is wrong at the input that the page calls otherwise.
func renamed(err error, from, to string) error {
	if errs.KindOf(err) != errs.Invalid || err == nil {
		return err
	}
	e := *errs.As(err)
	e.Fields = append([]errs.Field(nil), e.Fields...)
	for i := range e.Fields {
		if e.Fields[i].Name == from {
			e.Fields[i].Name = to
		}
	}
	return &e
}

func (p *Pages) publish(w http.ResponseWriter, r *http.Request) error {
	return p.writing(w, r, "meetingweb.published", func(f *web.Form, page *minutesPage) error {
		return p.svc.Publish(r.Context(), actor(r), meeting.Publish{Key: f.Key(), Number: page.M.Number, Seen: seen(f), Version: int(f.Version())})
	})
}

// seen are the numbers that somebody was shown and lets everybody read.
func seen(f *web.Form) []string {
	if f.Bool("seen") {
		return f.List("number")
	}
	return nil
}

func (p *Pages) readOut(w http.ResponseWriter, r *http.Request) error {
	return p.writing(w, r, "meetingweb.read_flash", func(f *web.Form, page *minutesPage) error {
		return p.svc.ReadOut(r.Context(), actor(r), f.Key(), page.M.Number)
	})
}

// correctPage corrects minutes that are out.
type correctPage struct {
	web.Base
	M       *meeting.Sheet
	Words   string
	Why     string
	Drop    bool
	Numbers []string // in what was typed
	Labels  map[string]string
	Crumbs  []web.Crumb
	Max     map[string]int
}

func (p *Pages) correctPage(r *http.Request) (*correctPage, error) {
	m, _, err := p.mine(r)
	if err != nil {
		return nil, err
	}
	if m.Minutes == nil {
		return nil, errs.E(errs.NotFound, "meeting.no_minutes")
	}
	t := p.web.T(r)
	return &correctPage{Base: p.web.Base(r, "meetingweb.correct"), M: m, Words: m.Minutes.Words, Crumbs: p.crumbs(t, m, "meetingweb.correct"),
		Labels: map[string]string{"words": t("meetingweb.f_minutes"), "why": t("meetingweb.f_why_correct"), "drop": t("meetingweb.f_drop"), "seen": t("meetingweb.f_seen")}, Max: map[string]int{"words": meeting.MaxMinutes, "why": meeting.MaxWhy}}, nil
}

func (p *Pages) correctForm(w http.ResponseWriter, r *http.Request) error {
	page, err := p.correctPage(r)
	if err != nil {
		return err
	}
	return p.web.Render(w, r, "meetings/correct", page)
}

func (p *Pages) correct(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ParseForm(w, r)
	if err != nil {
		return err
	}
	page, err := p.correctPage(r)
	if err != nil {
		return err
	}
	page.FormKey, page.Words, page.Why, page.Drop = f.Key(), f.Lines("words", meeting.MaxMinutes), f.Text("why", meeting.MaxWhy), f.Bool("drop")
	if err = f.Err(); err == nil {
		err = p.svc.Publish(r.Context(), actor(r), meeting.Publish{Key: f.Key(), Number: page.M.Number, Words: page.Words, Why: page.Why, Seen: seen(f), Drop: page.Drop, Version: int(f.Version())})
	}
	if web.Again(err) {
		struck, failed := p.svc.Struck(r.Context(), &page.M.Meeting, page.Words)
		if failed != nil {
			return failed
		}
		page.Numbers = meeting.Numbers(struck)
		page.Errors = web.FormErrorsOf(err)
		return p.web.RenderStatus(w, r, errs.Status(err), "meetings/correct", page)
	}
	if err != nil {
		return err
	}
	return p.web.SeeOther(w, r, at(page.M.Number), "meetingweb.corrected")
}

// promisePage says what was done about a promise.
type promisePage struct {
	web.Base
	P       fate
	Where   string
	Subject string
	Meeting string
	Outcome string
	Labels  map[string]string
	Crumbs  []web.Crumb
	Max     int
}

func (p *Pages) promisePage(r *http.Request) (*promisePage, error) {
	f, m, err := p.svc.Promise(r.Context(), r.PathValue("id"))
	if err != nil {
		return nil, err
	}
	if f.Kind != meeting.Promise {
		return nil, errs.E(errs.NotFound, "meeting.no_resolution")
	}
	t := p.web.T(r)
	page := &promisePage{Base: p.web.Base(r, "meetingweb.promise"), P: p.fate(r, f.Resolution, f.Became, f.Outcome), Where: p.unitName(m.UnitID), Subject: m.Subject, Meeting: at(m.Number),
		Labels: map[string]string{"outcome": t("meetingweb.f_outcome")}, Max: meeting.MaxOutcome}
	page.Crumbs = []web.Crumb{{Label: t("meetingweb.title"), Href: "/meetings"}, {Label: m.Subject, Href: at(m.Number)}, {Label: page.Title}}
	return page, nil
}

func (p *Pages) promise(w http.ResponseWriter, r *http.Request) error {
	page, err := p.promisePage(r)
	if err != nil {
		return err
	}
	return p.web.Render(w, r, "meetings/promise", page)
}

func (p *Pages) keep(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ParseForm(w, r)
	if err != nil {
		return err
	}
	page, err := p.promisePage(r)
	if err != nil {
		return err
	}
	page.FormKey, page.Outcome = f.Key(), f.Text("outcome", meeting.MaxOutcome)
	if err = f.Err(); err == nil {
		err = p.svc.Keep(r.Context(), actor(r), meeting.Keep{Key: f.Key(), ID: page.P.ID, Outcome: page.Outcome, Version: int(f.Version())})
	}
	if web.Again(err) {
		page.Errors = web.FormErrorsOf(err)
		return p.web.RenderStatus(w, r, errs.Status(err), "meetings/promise", page)
	}
	if err != nil {
		return err
	}
	return p.web.SeeOther(w, r, page.Meeting, "meetingweb.kept_flash")
}
