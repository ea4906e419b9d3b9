package demandweb

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"bilin/internal/demand"
	"bilin/internal/demand/board"
	"bilin/internal/demand/tell"
	"bilin/internal/demandweb/words"
	"bilin/internal/errs"
	"bilin/internal/web"
)

// The resident's key stays in the address, /t/{number}?k=…, and in no cookie:
// the address is the ticket. It survives a cleared browser and another phone,
// can be kept as a bookmark, in a chat or on paper as a QR code, and given to a
// son to look after. What that asks for in return: no Referer leaves these
// pages, no cache keeps them, no robot lists them, and the log has no queries.

// trackPage is a demand as its resident sees it.
type trackPage struct {
	web.Base
	Demand    *demand.File
	Key       string
	Spoken    string
	State     string
	StateKind string
	Standing  string    // names the sentence on top
	When      time.Time // that it speaks of
	Closed    bool      // nobody has it any more
	Over      bool      // closed, and to be raised again if need be
	Kind      string
	Keeper    string
	Done      string // what was done, while it is theirs to confirm
	Proof     []demand.Photo
	Question  string // of the handler, while it waits for the answer
	Asker     string
	Timeline  []moment
	Photos    []demand.Photo // that it was raised with
	Typed     typed
	Receipt   string
	Overdue   bool
	Owed      *owed          // the city failed it, and somebody senior owes an answer
	Shown     *board.Preview // what the public board says, or would; nil: not known
	Sent      []tell.Message // to the author
	Complain  bool           // a complaint: say who does not see it
	MaxText   int
	MaxPhotos int
}

// typed is what was in a form that comes back.
type typed struct {
	Note, Why        string
	Recheck, Publish bool
	Kept             []keptPhoto
	Reopening        bool   // it was the re-open form
	Lost             string // words that no form on the page takes any more
}

// owed is what the city owes for a demand that it failed.
type owed struct {
	Who, Why, Stand string // Stand: "by", "late" or "answered"
	DueAt           time.Time
}

func owedOf(t words.T, f *demand.File, now time.Time) *owed {
	if !f.Owed.Exists() {
		return nil
	}
	o := &owed{Who: t.Stop(f.Owing), Why: t("demand.page.owed_why." + string(f.Owed.Why)), Stand: "by", DueAt: f.Owed.DueAt}
	switch {
	case !f.Owed.AnsweredAt.IsZero():
		o.Stand = "answered"
	case f.Owed.Late(now):
		o.Stand = "late"
	}
	return o
}

func (p *Pages) track(w http.ResponseWriter, r *http.Request) error {
	key := r.URL.Query().Get("k")
	if key == "" {
		web.Quiet(w)
		page := lookupPage{Base: p.web.Base(r, "demand.page.lookup"), Number: r.PathValue("number")}
		return p.web.Render(w, r, "demand/lookup", page)
	}
	f, err := p.byTrack(w, r, key)
	if err != nil {
		return err
	}
	page, err := p.trackPage(r, f, key)
	if err != nil {
		return err
	}
	return p.web.Render(w, r, "demand/track", page)
}

// beside adds what other parts know of the demand.
func (p *Pages) beside(r *http.Request, f *demand.File, page *trackPage) error {
	if p.board != nil && f.May.Publish {
		shown, err := p.board.Preview(r.Context(), f.ID)
		if err != nil {
			return err
		}
		page.Shown = &shown
	}
	if p.sent == nil {
		return nil
	}
	all, err := p.sent.Messages(r.Context(), f.ID)
	for _, m := range all {
		if !m.Followers {
			page.Sent = append(page.Sent, m)
		}
	}
	return err
}

func (p *Pages) trackPage(r *http.Request, f *demand.File, key string) (trackPage, error) {
	t := p.t(r)
	page := trackPage{
		Base: p.web.Base(r, "demand.page.track", "number", demand.Spoken(f.Number)), Demand: f, Key: key,
		Spoken: demand.Spoken(f.Number), State: t("demand.page.state." + string(f.State)), StateKind: f.State.Look(),
		Kind: t.Kind(f.Kind), Keeper: t.Stop(f.Keeper), Overdue: f.Overdue(p.now()),
		Receipt: trackURL(f.Number, key, "/receipt"), Complain: f.Kind == demand.Complaint, MaxText: demand.MaxText, MaxPhotos: demand.MaxPictures,
	}
	page.Standing, page.When = p.standing(f)
	page.Owed = owedOf(t, f, p.now())
	page.Timeline, page.Photos = course(t, f), cameWith(f, demand.StepRaised)
	page.Closed = f.State.Stage() == demand.Closed
	page.Over = page.Closed && !f.May.Reopen && !f.May.Confirm
	switch f.State {
	case demand.Resolved:
		page.StateKind = "warn"
	case demand.Asked:
		page.StateKind = "warn"
		page.Question, page.Asker = questioned(t, f.Events)
	}
	if f.May.Confirm {
		page.Done, page.Proof = lastText(f.Events, demand.StepResolved), cameWith(f, demand.StepResolved)
	}
	return page, p.beside(r, f, &page)
}

func (p *Pages) confirm(w http.ResponseWriter, r *http.Request) error {
	var rating demand.Rating
	return p.resident(w, r, request{
		step: demand.StepConfirmed, flash: "demand.page.confirmed",
		read: func(f *web.Form, back *typed) {
			rating = demand.Rating{
				Satisfied: satisfaction(f), Why: f.Lines("why", demand.MaxText),
				Recheck: f.Bool("recheck"), Publish: f.Bool("publish"),
			}
			back.Why, back.Recheck, back.Publish = rating.Why, rating.Recheck, rating.Publish
		},
		do: func(ctx context.Context, number, track string, cmd demand.Command) (demand.Outcome, error) {
			return p.svc.Confirm(ctx, number, track, rating, cmd)
		},
	})
}

func satisfaction(f *web.Form) demand.Satisfaction {
	n, err := strconv.Atoi(orElse(f.Text("satisfied", 10), "0"))
	if err != nil || n < int(demand.NoAnswer) || n > int(demand.NotSatisfied) {
		f.Fail("satisfied", "demand.satisfied_wrong")
		return demand.NoAnswer
	}
	return demand.Satisfaction(n)
}

// seen notes that the resident's browser showed the page: a robot that follows
// a link in a chat runs no script.
func (p *Pages) seen(w http.ResponseWriter, r *http.Request) error {
	web.Quiet(w)
	f, err := web.ParseForm(w, r)
	if err != nil {
		return err
	}
	if err := p.svc.Seen(r.Context(), r.PathValue("number"), f.Text("_k", 80)); err != nil {
		return p.miss(r, err)
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

func (p *Pages) withdraw(w http.ResponseWriter, r *http.Request) error {
	return p.resident(w, r, request{step: demand.StepWithdrawn, flash: "demand.page.withdrawn", do: p.svc.Withdraw})
}

func (p *Pages) reopen(w http.ResponseWriter, r *http.Request) error {
	return p.resident(w, r, request{step: demand.StepReopened, flash: "demand.page.reopened", do: p.svc.Reopen})
}

func (p *Pages) say(w http.ResponseWriter, r *http.Request) error {
	return p.resident(w, r, request{step: demand.StepSaid, flash: "demand.page.said", do: p.svc.Say})
}

// request is one of the resident's commands.
type request struct {
	step  demand.Step
	flash string
	read  func(f *web.Form, back *typed) // what its form asks beside the words and photos; may be nil
	do    func(ctx context.Context, number, track string, cmd demand.Command) (demand.Outcome, error)
}

// resident carries out one of the resident's commands. What can't be done now
// comes back on the newest page with the words still in it.
func (p *Pages) resident(w http.ResponseWriter, r *http.Request, what request) error {
	f, photos, err := p.parse(w, r)
	if err != nil {
		return err
	}
	key := f.Text("_k", 80)
	cmd := demand.Command{Pictures: photos.pictures(), Key: f.Key(), Note: f.Lines("note", demand.MaxText)}
	back := typed{Note: cmd.Note, Kept: kept(cmd.Pictures), Reopening: what.step == demand.StepReopened}
	if what.step != demand.StepSaid { // a further word overwrites nothing
		cmd.Version = int(f.Version())
	}
	if what.read != nil {
		what.read(f, &back)
	}
	file, err := p.byTrack(w, r, key)
	if err != nil {
		return err
	}
	if err = f.Err(); err == nil {
		_, err = what.do(r.Context(), file.Number, key, cmd)
	}
	if err == nil {
		return p.web.SeeOther(w, r, trackURL(file.Number, key, ""), what.flash)
	}
	if !askAgain(err) || queued(r) {
		return err
	}
	return p.again(w, r, key, back, err)
}

// again shows the newest page with what was typed and what is wrong with it.
func (p *Pages) again(w http.ResponseWriter, r *http.Request, key string, back typed, wrong error) error {
	f, err := p.byTrack(w, r, key)
	if err != nil {
		return wrong
	}
	page, err := p.trackPage(r, f, key)
	if err != nil {
		return err
	}
	takes := f.May.Say
	if back.Reopening {
		takes = f.May.Reopen
	}
	switch {
	case back.Note != "" && !takes:
		back.Lost = back.Note
	case back.Why != "" && !f.May.Confirm:
		back.Lost = back.Why
	}
	page.Typed, page.Errors = back, web.FormErrorsOf(wrong)
	return p.web.RenderStatus(w, r, errs.Status(wrong), "demand/track", page)
}

// askAgain reports whether err is a question to the person rather than a failure.
func askAgain(err error) bool {
	switch errs.KindOf(err) {
	case errs.Invalid, errs.Stale, errs.Conflict:
		return true
	}
	return false
}

// byTrack loads the demand of the path, or of a number given instead, with the
// resident's key. Wrong guesses are counted.
func (p *Pages) byTrack(w http.ResponseWriter, r *http.Request, key string, number ...string) (*demand.File, error) {
	web.Quiet(w)
	n := r.PathValue("number")
	if len(number) > 0 {
		n = number[0]
	}
	f, err := p.svc.ByTrack(r.Context(), n, key)
	if err != nil && errs.KindOf(err) == errs.NotFound {
		if limited := p.Misses.Allow(web.ClientIP(r)); limited != nil {
			return nil, limited
		}
	}
	return f, err
}

func trackURL(number, key, under string) string {
	return "/t/" + number + under + "?" + url.Values{"k": {key}}.Encode()
}

func lastText(events []demand.Event, step demand.Step) string {
	for i := len(events) - 1; i >= 0; i-- {
		if events[i].Step == step {
			return events[i].Text
		}
	}
	return ""
}
