package privacyweb

import (
	"net/http"
	"net/url"
	"time"

	"bilin/internal/auth"
	"bilin/internal/errs"
	"bilin/internal/privacy"
	"bilin/internal/purpose"
	"bilin/internal/web"
)

// row is a request at a desk.
type row struct {
	privacy.Request
	About thing
	Place string
	Late  bool
}

// glassRow is a glass to review.
type glassRow struct {
	purpose.Break
	Who   string
	Place string
	Late  bool
}

type deskPage struct {
	web.Base
	Officer  bool
	Glass    []glassRow
	MoreOf   string // next page of glass
	Reviews  []Review
	Requests []row
	Done     bool // answered ones are shown
	Next     string
}

const glassRows = 30

// desk is what waits for an answer or a review.
func (p *Pages) desk(w http.ResponseWriter, r *http.Request) error {
	q := r.URL.Query()
	page := deskPage{Base: p.web.Base(r, "privacyweb.desk"), Done: q.Get("show") == "done"}
	page.Live = []string{privacy.Topic, purpose.Topic}
	page.Officer = p.o.Policy.May(actor(r), purpose.ActReview)
	state := privacy.Open
	if page.Done {
		state = privacy.Done
	}
	list, next, err := p.o.Privacy.List(r.Context(), actor(r), state, q.Get("after"))
	if err != nil {
		return err
	}
	for _, x := range list {
		page.Requests = append(page.Requests, row{x, aboutOf(p.t(r), &x, nil), p.place(x.VillageID), x.Late(p.o.Now())})
	}
	if next != "" {
		page.Next = "/privacy/desk?" + url.Values{"after": {next}, "show": {q.Get("show")}}.Encode()
	}
	if page.Officer {
		if err := p.reviews(r, &page, q.Get("glass")); err != nil {
			return err
		}
	}
	return p.web.Render(w, r, "privacy/desk", page)
}

func (p *Pages) reviews(r *http.Request, page *deskPage, after string) error {
	read := p.o.Purpose.ToReview
	if page.Done {
		read = p.o.Purpose.Reviewed
	}
	list, next, err := read(r.Context(), actor(r), after, glassRows)
	if err != nil {
		return err
	}
	for _, b := range list {
		page.Glass = append(page.Glass, p.glassRow(r, b))
	}
	if next != "" {
		page.MoreOf = "/privacy/desk?" + url.Values{"glass": {next}, "show": {r.URL.Query().Get("show")}}.Encode()
	}
	if p.o.Reviews != nil && !page.Done {
		page.Reviews, err = p.o.Reviews(r.Context(), actor(r))
	}
	return err
}

func (p *Pages) glassRow(r *http.Request, b purpose.Break) glassRow {
	return glassRow{b, p.who(p.t(r), b.Role, b.ByUnitID), p.place(b.UnitID), b.Overdue(p.o.Now())}
}

type requestPage struct {
	web.Base
	R        *privacy.File
	Place    string
	Item     thing // what it is about
	Steps    []step
	Late     bool
	May      bool
	About    []Link // where the reader finds what it is about
	Order    bool   // what the reader grants is made by the village
	Ordered  bool   // the reader has to make what the officer decided
	Nothing  bool   // as typed: nothing had to be changed
	Goes     []fate // of an erasure
	Stays    []fate
	Outcomes []web.Option
	Laws     []web.Option
	Outcome  string // as typed
	Law      string
	Words    string
}

func (p *Pages) request(w http.ResponseWriter, r *http.Request) error {
	return p.requestWith(w, r, http.StatusOK, requestPage{Base: p.web.Base(r, "privacyweb.request", "number", r.PathValue("number"))})
}

func (p *Pages) requestWith(w http.ResponseWriter, r *http.Request, status int, page requestPage) error {
	f, err := p.o.Privacy.Get(r.Context(), actor(r), r.PathValue("number"))
	if err != nil {
		return err
	}
	web.Quiet(w)
	t := p.t(r)
	page.Title = t("privacyweb.request", "number", f.Number)
	page.R, page.Place, page.Steps, page.Late = f, p.place(f.UnitID), p.steps(t, f), f.Late(p.o.Now())
	page.May = p.o.Privacy.MayAnswer(actor(r), &f.Request)
	page.Item = aboutOf(t, &f.Request, f.About)
	if p.o.About != nil {
		page.About = p.o.About(actor(r), &f.Request)
	}
	page.Order = (f.Kind == privacy.Correct && !f.Fixed && !f.Changed || f.Kind == privacy.Object && !f.Ends && f.Ordered == "") && actor(r).Has(auth.PrivacyOfficer)
	page.Ordered = page.May && f.Ordered != "" && f.Desk == privacy.Village && !actor(r).Has(auth.PrivacyOfficer)
	page.May = page.May && (f.Ordered == "" || f.Desk == privacy.Officer)
	page.Goes, page.Stays = fatesOf(t, f.Plan)
	for _, o := range privacy.Outcomes() {
		page.Outcomes = append(page.Outcomes, web.Option{Value: string(o), Label: t("privacyweb.may." + string(o))})
	}
	page.Laws = append(page.Laws, web.Option{Label: t("privacyweb.no_law")})
	for _, l := range privacy.Laws() {
		page.Laws = append(page.Laws, web.Option{Value: string(l), Label: t("privacy.law." + string(l))})
	}
	return p.web.RenderStatus(w, r, status, "privacy/request", page)
}

func (p *Pages) reply(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ParseForm(w, r)
	if err != nil {
		return err
	}
	page := requestPage{Base: p.web.Base(r, "privacyweb.request", "number", r.PathValue("number")),
		Outcome: f.Text("outcome", 20), Law: f.Text("law", 20), Words: f.Lines("words", 500), Nothing: f.Bool("nothing")}
	a := privacy.Answer{Key: f.Key(), Number: r.PathValue("number"), Version: int(f.Version()), Plan: f.Text("plan", 100), Nothing: page.Nothing,
		Outcome: privacy.Outcome(page.Outcome), Law: privacy.Law(page.Law), Words: page.Words}
	if err = f.Err(); err == nil {
		err = p.o.Privacy.Reply(r.Context(), actor(r), a)
	}
	if errs.CodeOf(err) == "privacy.confirm_erase" && err != nil {
		return p.confirmErase(w, r, a)
	}
	if web.IsInvalid(err) || errs.KindOf(err) == errs.Stale && err != nil {
		page.Errors, page.FormKey = web.FormErrorsOf(err), f.Key()
		return p.requestWith(w, r, http.StatusUnprocessableEntity, page)
	}
	if err != nil {
		return err
	}
	return p.web.SeeOther(w, r, "/privacy/desk/requests/"+r.PathValue("number"), p.answered(r))
}

// answered says what an answer led to: it went out, or the village has to make
// what was decided.
func (p *Pages) answered(r *http.Request) string {
	f, err := p.o.Privacy.Get(r.Context(), actor(r), r.PathValue("number"))
	if err == nil && f.IsOpen() {
		return "privacyweb.said_ordered"
	}
	return "privacyweb.said_answered"
}

// thing is something that is held, in words; of one record, with when it began.
type thing struct {
	What  string
	Since time.Time
}

// aboutOf says what a request is about: everything, all that one part of Bilin
// holds, or one record, as far as it is known.
func aboutOf(t translate, r *privacy.Request, one *privacy.Item) thing {
	if r.Holder == "" {
		return thing{What: t("privacyweb.holder.all")}
	}
	holder := t("privacyweb.holder." + r.Holder)
	switch {
	case one != nil:
		return thing{lineOf(t, "", one.Title).Text, one.Since}
	case r.Item != "":
		return thing{What: t("privacyweb.about_one", "what", holder)}
	case r.Kind == privacy.Erase:
		return thing{What: t("privacyweb.about_all", "what", holder)}
	}
	return thing{What: holder}
}

// fate is what becomes of something when it is erased, in words.
type fate struct {
	thing
	Why string
}

func fatesOf(t translate, plan *privacy.Plan) (goes, stays []fate) {
	if plan == nil {
		return nil, nil
	}
	words := func(list []privacy.Fate) (out []fate) {
		for _, f := range list {
			out = append(out, fate{thing{lineOf(t, "", f.What).Text, f.Since}, lineOf(t, "", f.Why).Text})
		}
		return out
	}
	return words(plan.Goes), words(plan.Stays)
}

// erasePage asks once more before something is gone for good.
type erasePage struct {
	web.Base
	A           privacy.Answer
	Item        thing
	Place       string
	Outcome     string
	Goes, Stays []fate
	Again       bool // something came since it was shown
}

func (p *Pages) confirmErase(w http.ResponseWriter, r *http.Request, a privacy.Answer) error {
	f, err := p.o.Privacy.Get(r.Context(), actor(r), a.Number)
	if err != nil {
		return err
	}
	t := p.t(r)
	page := erasePage{Base: p.web.Base(r, "privacyweb.confirm_erase"), A: a, Item: aboutOf(t, &f.Request, f.About), Place: p.place(f.UnitID), Outcome: t("privacyweb.may." + string(a.Outcome)), Again: a.Plan != ""}
	page.Live = nil
	page.A.Number, page.A.Version, page.A.Plan = f.Number, f.Version, ""
	if f.Plan != nil {
		page.A.Plan = f.Plan.Mark
	}
	page.Goes, page.Stays = fatesOf(t, f.Plan)
	web.Quiet(w)
	return p.web.Render(w, r, "privacy/erase", page)
}

type glassPage struct {
	web.Base
	G        glassRow
	Now      time.Time
	Verdicts []web.Option
	Verdict  string // as typed
	Note     string
}

func (p *Pages) glass(w http.ResponseWriter, r *http.Request) error {
	return p.glassWith(w, r, http.StatusOK, glassPage{Base: p.web.Base(r, "privacyweb.glass")})
}

func (p *Pages) glassWith(w http.ResponseWriter, r *http.Request, status int, page glassPage) error {
	b, err := p.o.Purpose.Break(r.Context(), actor(r), r.PathValue("id"))
	if err != nil {
		return err
	}
	t := p.t(r)
	page.G, page.Now = p.glassRow(r, b), p.o.Now()
	for _, v := range []purpose.Verdict{purpose.Justified, purpose.Unjustified} {
		page.Verdicts = append(page.Verdicts, web.Option{Value: string(v), Label: t("purpose.verdict." + string(v))})
	}
	return p.web.RenderStatus(w, r, status, "privacy/glass", page)
}

func (p *Pages) review(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ParseForm(w, r)
	if err != nil {
		return err
	}
	page := glassPage{Base: p.web.Base(r, "privacyweb.glass"), Verdict: f.Text("verdict", 20), Note: f.Lines("note", 500)}
	if err = f.Err(); err == nil {
		err = p.o.Purpose.Review(r.Context(), actor(r), purpose.Review{Key: f.Key(), ID: r.PathValue("id"), Version: int(f.Version()),
			Verdict: purpose.Verdict(page.Verdict), Note: page.Note})
	}
	if web.IsInvalid(err) || errs.KindOf(err) == errs.Stale && err != nil {
		page.Errors, page.FormKey = web.FormErrorsOf(err), f.Key()
		return p.glassWith(w, r, http.StatusUnprocessableEntity, page)
	}
	if err != nil {
		return err
	}
	return p.web.SeeOther(w, r, "/privacy/desk", "privacyweb.said_reviewed")
}
