package outreachweb

import (
	"net/http"
	"strconv"
	"time"

	"bilin/internal/errs"
	"bilin/internal/outreach"
	"bilin/internal/plaintext"
	"bilin/internal/web"
	"bilin/internal/workday"
)

// checkPage is the last look before sending: what it says, whom it goes to, and what that costs.
type checkPage struct {
	web.Base
	N          *outreach.Notice
	E          *outreach.Estimate
	KindName   string
	Paragraphs []string
	To, Sizes  string
	StateName  string
	Look       string
	At         string
	Short      bool // also by short message
	Big        bool // it has to be confirmed by the number
	Labels     map[string]string
	Crumbs     []web.Crumb
}

// big is from how many households on the sender types their number.
const big = 10_000

func (p *Pages) checkPage(r *http.Request) (*checkPage, error) {
	n, e, err := p.svc.Estimate(r.Context(), actor(r), r.PathValue("number"))
	if err != nil {
		return nil, err
	}
	t := p.web.T(r)
	page := &checkPage{Base: p.web.Base(r, "outreachweb.check"), N: n, E: e, KindName: t("outreach.kind." + string(n.Kind)), Paragraphs: paragraphs(n.Words), To: p.names(r, n), Sizes: p.sizes(r, n),
		StateName: t("outreach.state." + string(n.State)), Look: looks[n.State], Big: e.Households >= big,
		Labels: map[string]string{"at": t("outreachweb.f_at"), "unit": t("outreachweb.f_units"), "number": t("outreachweb.f_number")},
		Crumbs: []web.Crumb{{Label: t("outreachweb.desk"), Href: "/notices/desk"}, {Label: n.Title}}}
	return page, nil
}

func (p *Pages) check(w http.ResponseWriter, r *http.Request) error {
	page, err := p.checkPage(r)
	if err != nil {
		return err
	}
	if page.N.Public() {
		return p.web.SeeOther(w, r, at(page.N.Number, "/reach"), "")
	}
	return p.web.Render(w, r, "notices/check", page)
}

func (p *Pages) send(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ParseForm(w, r)
	if err != nil {
		return err
	}
	page, err := p.checkPage(r)
	if err != nil {
		return err
	}
	page.FormKey, page.At, page.Short = f.Key(), f.Text("at", len(atTime)), f.Bool("short")
	households := f.Int("households", 0, 100_000_000)
	if page.Big && f.Text("number", 12) != strconv.Itoa(households) {
		f.Fail("number", "outreachweb.bad_count", "n", page.E.Households)
	}
	cmd := outreach.Send{Key: f.Key(), Number: page.N.Number, Households: households, At: parseTime(f, "at"), Short: page.Short, Version: int(f.Version())}
	if err = f.Err(); err == nil {
		err = p.svc.Send(r.Context(), actor(r), cmd)
	}
	if web.Again(err) && !page.N.Public() {
		page.Errors = web.FormErrorsOf(err)
		return p.web.RenderStatus(w, r, errs.Status(err), "notices/check", page)
	}
	if err != nil {
		return err
	}
	if !cmd.At.IsZero() {
		return p.web.SeeOther(w, r, at(page.N.Number, "/check"), "outreachweb.scheduled_for", "at", cmd.At.In(workday.City).Format("2006-01-02 15:04"))
	}
	return p.web.SeeOther(w, r, at(page.N.Number, "/reach"), "outreachweb.sent_to", "n", page.E.Households)
}

func (p *Pages) hold(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ParseForm(w, r)
	if err != nil {
		return err
	}
	if err := p.svc.Hold(r.Context(), actor(r), f.Key(), r.PathValue("number"), int(f.Version())); err != nil {
		return err
	}
	return p.web.SeeOther(w, r, at(r.PathValue("number"), "/check"), "outreachweb.held")
}

// correctPage corrects or recalls what is out.
type correctPage struct {
	web.Base
	N           *outreach.Notice
	Head, Words string
	Why         string
	WhyRecall   string
	Recalling   bool // it is the recall that something is wrong with
	TakenBack   bool // somebody did while it was being corrected
	Plan        outreach.ShortPlan
	Labels      map[string]string
	MaxTitle    int
	MaxWords    int
	MaxWhy      int
	Crumbs      []web.Crumb
}

func (p *Pages) correctPage(r *http.Request) (*correctPage, error) {
	n, err := p.mayWrite(r)
	if err != nil {
		return nil, err
	}
	if !n.Public() {
		return nil, errs.E(errs.Conflict, "outreach.not_out")
	}
	plan, err := p.svc.ShortPlan(r.Context(), n)
	if err != nil {
		return nil, err
	}
	t := p.web.T(r)
	return &correctPage{Base: p.web.Base(r, "outreachweb.correct"), N: n, Head: n.Title, Words: n.Words, Plan: plan, MaxTitle: outreach.MaxTitle, MaxWords: outreach.MaxWords, MaxWhy: outreach.MaxWhy,
		Labels: map[string]string{"title": t("outreachweb.f_title"), "words": t("outreachweb.f_words"), "why": t("outreachweb.f_why"), "recall_why": t("outreachweb.f_why_recall")},
		Crumbs: []web.Crumb{{Label: t("outreachweb.desk"), Href: "/notices/desk"}, {Label: n.Title, Href: at(n.Number, "/reach")}, {Label: t("outreachweb.correct")}}}, nil
}

func (p *Pages) correctForm(w http.ResponseWriter, r *http.Request) error {
	page, err := p.correctPage(r)
	if err != nil {
		return err
	}
	if page.N.State == outreach.Recalled {
		return p.web.SeeOther(w, r, at(page.N.Number, "/reach"), "")
	}
	return p.web.Render(w, r, "notices/correct", page)
}

func (p *Pages) correct(w http.ResponseWriter, r *http.Request) error {
	return p.after(w, r, "outreachweb.corrected", func(f *web.Form, page *correctPage) error {
		page.Head, page.Words = f.Text("title", outreach.MaxTitle), f.Lines("words", outreach.MaxWords)
		page.Why = f.Text("why", outreach.MaxWhy)
		if err := f.Err(); err != nil {
			return err
		}
		return p.svc.Correct(r.Context(), actor(r), outreach.Correct{Key: f.Key(), Number: page.N.Number, Title: page.Head, Words: page.Words, Why: page.Why, Version: int(f.Version())})
	})
}

func (p *Pages) recall(w http.ResponseWriter, r *http.Request) error {
	return p.after(w, r, "outreachweb.recalled", func(f *web.Form, page *correctPage) error {
		page.WhyRecall, page.Recalling = f.Required("recall_why", outreach.MaxWhy), true
		if err := f.Err(); err != nil {
			return err
		}
		err := p.svc.Recall(r.Context(), actor(r), outreach.Recall{Key: f.Key(), Number: page.N.Number, Why: page.WhyRecall, Version: int(f.Version())})
		for i, at := range errs.As(err).Fields { // the page has two reasons
			if at.Name == "why" {
				errs.As(err).Fields[i].Name = "recall_why"
			}
		}
		return err
	})
}

func (p *Pages) after(w http.ResponseWriter, r *http.Request, flash string, do func(*web.Form, *correctPage) error) error {
	f, err := web.ParseForm(w, r)
	if err != nil {
		return err
	}
	page, err := p.correctPage(r)
	if err != nil {
		return err
	}
	page.FormKey = f.Key()
	if err = do(f, page); web.Again(err) {
		now, gone := p.mayWrite(r)
		if gone != nil {
			return gone
		}
		if now.State == outreach.Recalled {
			if page.Recalling && now.Why == plaintext.OneLine(page.WhyRecall) {
				return p.web.SeeOther(w, r, at(now.Number, "/reach"), flash) // it was taken back just so
			}
			if page.Recalling {
				return err
			}
			page.N, page.TakenBack, err = now, true, errs.E(errs.Conflict, "outreachweb.taken_back", "why", now.Why)
		}
		page.Errors = web.FormErrorsOf(err)
		return p.web.RenderStatus(w, r, errs.Status(err), "notices/correct", page)
	}
	if err != nil {
		return err
	}
	return p.web.SeeOther(w, r, at(page.N.Number, "/reach"), flash)
}

// meetPage enters how many came to a meeting.
type meetPage struct {
	web.Base
	N          *outreach.Notice
	Units      []web.Option
	Unit       string
	Day        string
	Households string
	Labels     map[string]string
	Crumbs     []web.Crumb
}

func (p *Pages) meetPage(r *http.Request) (*meetPage, error) {
	n, err := p.svc.Get(r.Context(), actor(r), r.PathValue("number"))
	if err != nil {
		return nil, err
	}
	if !p.svc.May(actor(r), n).Meet {
		return nil, errs.E(errs.Conflict, "outreach.not_here")
	}
	t := p.web.T(r)
	page := &meetPage{Base: p.web.Base(r, "outreachweb.meet"), N: n, Day: p.o.Now().In(workday.City).Format(time.DateOnly),
		Labels: map[string]string{"unit": t("outreachweb.f_where"), "day": t("outreachweb.f_day"), "households": t("outreachweb.f_came")},
		Crumbs: []web.Crumb{{Label: t("outreachweb.title"), Href: "/notices"}, {Label: n.Title, Href: at(n.Number)}, {Label: t("outreachweb.meet")}}}
	for _, u := range p.svc.MeetScope(actor(r), n) {
		page.Units = append(page.Units, web.Option{Value: u.Code, Label: p.tree().PathName(u, " · ")})
	}
	if len(page.Units) > 0 {
		page.Unit = page.Units[0].Value
	}
	return page, nil
}

func (p *Pages) meetForm(w http.ResponseWriter, r *http.Request) error {
	page, err := p.meetPage(r)
	if err != nil {
		return err
	}
	return p.web.Render(w, r, "notices/meet", page)
}

func (p *Pages) meet(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ParseForm(w, r)
	if err != nil {
		return err
	}
	page, err := p.meetPage(r)
	if err != nil {
		return err
	}
	page.FormKey, page.Unit, page.Day, page.Households = f.Key(), f.Text("unit", 40), f.Date("day"), f.Text("households", 6)
	cmd := outreach.Meet{Key: f.Key(), Number: page.N.Number, UnitCode: page.Unit, Day: page.Day, Households: f.Int("households", 1, 5000)}
	if err = f.Err(); err == nil {
		err = p.svc.Meet(r.Context(), actor(r), cmd)
	}
	if web.Again(err) {
		page.Errors = web.FormErrorsOf(err)
		return p.web.RenderStatus(w, r, errs.Status(err), "notices/meet", page)
	}
	if err != nil {
		return err
	}
	return p.web.SeeOther(w, r, at(page.N.Number), "outreachweb.met", "n", cmd.Households)
}
