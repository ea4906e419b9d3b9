package deskweb

import (
	"net/http"
	"slices"
	"time"

	"bilin/internal/auth"
	"bilin/internal/demand"
	"bilin/internal/demand/catalog"
	"bilin/internal/demandweb/words"
	"bilin/internal/web"
)

// showPage is a demand as the network works on it.
type showPage struct {
	web.Base
	Demand    *demand.File
	Spoken    string
	State     string
	StateKind string
	Kind      string
	Category  string
	Urgency   string
	Source    string
	Keeper    string
	Due       due
	Limit     string // how long whoever has it may take
	Overdue   bool
	Below     bool // it ran out further down; the limit here still runs
	Marks     []mark
	Owed      *owed
	Household string
	Contact   string       // opened by this request
	AskWhere  bool         // where the household lives can be opened
	Where     *demand.Door // opened by this request
	Next      string       // what to do now, in words
	Why       string       // an offer waits: its reason
	Offered   string       // to whom
	Told      bool         // the resident knows of the resolution or the question
	Timeline  []moment
	Photos    []demand.Photo // of the first entry
	Main      *queueRow
	Merged    []queueRow

	Answers    []catalog.Template
	Categories []web.Option
	Urgencies  []web.Option
	Called     []web.Option // departments to call to the spot; empty: no whistle
	To         []group      // where it can be passed on
	DecideTo   []group
	Whistles   []whistleCard // calls to the spot without an outcome
	Kepts      []keptPhoto   // photos of the form that came back
	Helpers    []helper

	Back      string            // the form that came back
	Sent      map[string]string // and what was in it
	Picked    []string          // and the departments ticked
	Meanwhile []moment
	MaxText   int
	MaxBasis  int
	Crumbs    []web.Crumb
}

// owed is what the city owes for a demand that it failed.
type owed struct {
	Who, Why string
	DueAt    time.Time
	Late     bool
	Answered bool
}

func owedOf(t words.T, f *demand.File, now time.Time) *owed {
	if !f.Owed.Exists() {
		return nil
	}
	return &owed{Who: t.Stop(f.Owing), Why: t("demand.reason." + string(f.Owed.Why)), DueAt: f.Owed.DueAt,
		Late: f.Owed.Late(now), Answered: !f.Owed.AnsweredAt.IsZero()}
}

// helper is somebody who works on it beside its owner.
type helper struct{ Name, To string }

// moment is an entry of the timeline with its pictures and what became of the message about it.
type moment struct {
	web.TimelineItem
	Basis    string
	Internal bool
	Photos   []demand.Photo
	Message  string // to the resident
}

// Kept is what was typed in a form that came back.
func (p showPage) Kept(form, name string) string {
	if p.Back != form {
		return ""
	}
	return p.Sent[name]
}

// Faults are the errors of one form.
func (p showPage) Faults(form string) web.FormErrors {
	if p.Back != form {
		return web.FormErrors{}
	}
	return p.Errors
}

// Or is what was typed, or else what is so now.
func (p showPage) Or(form, name, now string) string {
	if p.Back != form {
		return now
	}
	return p.Sent[name]
}

func (p *Pages) show(w http.ResponseWriter, r *http.Request) error {
	f, err := p.svc.Get(r.Context(), auth.From(r.Context()), r.PathValue("number"))
	if err != nil {
		return err
	}
	page, err := p.showPage(r, f)
	if err != nil {
		return err
	}
	return p.web.Render(w, r, "desk/show", page)
}

func (p *Pages) showPage(r *http.Request, f *demand.File) (showPage, error) {
	t, locale, now, d := p.t(r), p.web.Locale(r), p.opt.Now(), &f.Demand
	page := showPage{
		Base: p.web.Base(r, "desk.show", "number", demand.Spoken(f.Number)), Demand: f, Spoken: demand.Spoken(f.Number),
		State: t.State(f.State), StateKind: f.State.Look(), Kind: t.Kind(f.Kind), Keeper: t.Stop(f.Keeper),
		Category: p.svc.Terms().Catalog.Path(f.CategoryID, locale), Urgency: urgencyLabel(t, f.Urgency), Source: t("desk.source." + string(f.Source)),
		Due: dueOf(t, d, now), Overdue: d.Overdue(now), Below: d.Climbs > 0 && now.Before(d.DueAt), Marks: marks(t, d), Told: !f.ToldAt.IsZero(),
		Household: f.Household, MaxText: demand.MaxText, MaxBasis: demand.MaxBasis,
		Crumbs: []web.Crumb{{Label: t("desk.nav"), Href: "/demands"}, {Label: demand.Spoken(f.Number)}},
	}
	if f.Clock.Limit > 0 {
		page.Limit = limitWords(t, f.Clock.Limit, p.svc.Terms().Calendar.Day())
	}
	page.Next = nextWords(t, f, page.Keeper)
	page.AskWhere = f.Household == "" && p.svc.MayAskWhere(auth.From(r.Context()), d)
	page.Owed = owedOf(t, f, now)
	p.offer(t, f, &page)
	page.Merged = p.rows(r, f.Merged)
	if f.Main != nil {
		page.Main = &p.rows(r, []demand.Row{*f.Main})[0]
	}
	p.choicesOf(t, locale, f, &page)
	return page, p.beside(r, f, &page)
}

// beside reads what other services know of a demand.
func (p *Pages) beside(r *http.Request, f *demand.File, page *showPage) error {
	err := p.called(r, f, page)
	if err != nil {
		return err
	}
	if p.opt.Answers != nil && f.May.Answer {
		if page.Answers, err = p.opt.Answers(r.Context(), auth.From(r.Context())); err != nil {
			return err
		}
	}
	var sent []Sent
	if p.opt.Sent != nil {
		if sent, err = p.opt.Sent(r.Context(), f.ID); err != nil {
			return err
		}
	}
	page.Timeline = p.timeline(p.t(r), f, f.Events, sent)
	for _, photo := range f.Photos {
		if photo.Seq <= 1 {
			page.Photos = append(page.Photos, photo)
		}
	}
	return nil
}

// offer fills in the transfer that waits for an answer.
func (p *Pages) offer(t words.T, f *demand.File, page *showPage) {
	if f.Pending.UnitID == "" {
		return
	}
	page.Offered = t.Stop(f.Offered)
	for _, e := range slices.Backward(f.Events) {
		if e.Step == demand.StepTransferred {
			page.Why = e.Text
			return
		}
	}
}

// timeline is what happened, newest first.
func (p *Pages) timeline(t words.T, f *demand.File, events []demand.Event, sent []Sent) []moment {
	items := make([]moment, 0, len(events))
	for _, e := range slices.Backward(events) {
		m := moment{TimelineItem: t.Moment(e, t("desk.resident")), Basis: e.Basis, Internal: e.Internal}
		for _, photo := range f.Photos {
			if photo.Seq == e.Seq && e.Seq > 1 {
				m.Photos = append(m.Photos, photo)
			}
		}
		for _, s := range sent {
			if s.Seq == e.Seq {
				m.Message = t("desk.sent." + s.State)
			}
		}
		items = append(items, m)
	}
	return items
}

// meanwhile is what happened since a page was opened.
func (p *Pages) meanwhile(r *http.Request, f *demand.File, seen int) []moment {
	i := slices.IndexFunc(f.Events, func(e demand.Event) bool { return e.Seq > seen })
	if i < 0 {
		return nil
	}
	return p.timeline(p.t(r), f, f.Events[i:], nil)
}

// nextWords says whose turn it is and what for.
func nextWords(t words.T, f *demand.File, keeper string) string {
	may := f.May
	switch {
	case may.Take:
		return t("desk.next.take")
	case may.Decide && f.Disputed:
		return t("desk.next.decide")
	case f.Disputed:
		return t("desk.next.disputed")
	case may.Recall:
		return t("desk.next.offered")
	case may.Judge:
		return t("desk.next.judge")
	case may.Accept:
		return t("desk.next.accept")
	case may.Resume:
		return t("desk.next.asked")
	case may.Resolve:
		return t("desk.next.resolve")
	case f.State == demand.Resolved && may.Tell:
		return t("desk.next.tell")
	case f.State == demand.Resolved:
		return t("desk.next.resolved")
	case f.State == demand.Merged:
		return t("desk.next.merged")
	case f.State.Stage() == demand.Closed:
		return t("desk.next.closed")
	}
	return t("desk.next.other", "who", keeper)
}

// limitWords writes working time in days of work, hours or minutes.
func limitWords(t words.T, limit, day time.Duration) string {
	switch {
	case limit >= day && limit%day == 0:
		return t("desk.limit.days", "n", int(limit/day))
	case limit >= time.Hour:
		return t("desk.limit.hours", "n", int(limit.Round(time.Hour)/time.Hour))
	}
	return t("desk.limit.minutes", "n", int(limit/time.Minute))
}

// Lost are words whose form is no longer on the page, because somebody else was quicker.
func (p showPage) Lost() string {
	if p.Demand == nil || p.Back == "" {
		return ""
	}
	m := p.Demand.May
	offered := map[string]bool{"answer": m.Answer, "note": m.Note, "ask": m.Ask, "resolve": m.Resolve, "return": m.Return,
		"transfer": m.Transfer, "decide": m.Decide, "whistle": m.Whistle, "vouch": m.Vouch, "owed": m.AnswerOwed}
	if offered[p.Back] {
		return ""
	}
	return p.Sent["note"]
}
