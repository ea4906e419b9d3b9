package boardweb

import (
	"net/http"
	"slices"

	"bilin/internal/auth"
	"bilin/internal/demand"
	"bilin/internal/demand/board"
	"bilin/internal/errs"
	"bilin/internal/web"
)

// deskPage is the editors' queue.
type deskPage struct {
	web.Base
	State   string
	Tabs    []tab
	Rows    []deskRow
	Next    string
	First   string
	Waiting int
	Empty   string
}

type deskRow struct {
	*board.Entry
	Href, Short, Kind, About string
}

// reviewPage is one entry before an editor.
type reviewPage struct {
	web.Base
	Review    *board.Review
	Card      card
	Spoken    string
	State     string
	StateKind string
	Question  string // as typed
	Answer    string
	Found     [2][]seg // what is found in the typed question and answer
	Original  [2][]seg
	Sure      bool
	AskSure   bool
	Reason    string
	Declining bool
	Open      bool // it can still be decided
	MaxText   int
	MaxReason int
	Crumbs    []web.Crumb
}

// seg is a stretch of a text; Label says what was found there.
type seg struct{ Text, Label string }

var states = []board.State{board.Proposed, board.Published, board.Declined}

func (p *Pages) desk(w http.ResponseWriter, r *http.Request) error {
	actor, t := auth.From(r.Context()), translate(p.web.T(r))
	state := board.State(r.URL.Query().Get("state"))
	if state == "" {
		state = board.Proposed
	}
	if !slices.Contains(states, state) {
		return errs.E(errs.NotFound, "web.not_found")
	}
	after, err := cursorOf(r)
	if err != nil {
		return err
	}
	found, err := p.svc.Desk(r.Context(), actor, state, after, perPage)
	if err != nil {
		return err
	}
	page := deskPage{Base: p.web.Base(r, "board.page.desk"), State: string(state), Empty: t("board.page.empty." + string(state))}
	if page.Waiting, err = p.svc.Waiting(r.Context(), actor); err != nil {
		return err
	}
	for _, s := range states {
		page.Tabs = append(page.Tabs, tab{Label: t("board.page.state." + string(s)), Href: "/demands/board?state=" + string(s), Current: s == state})
	}
	for _, e := range found.Entries {
		page.Rows = append(page.Rows, deskRow{
			Entry: e, Href: "/board/" + e.ID + "/review", Short: short(e.Question, shortQuestion),
			Kind: t("demand.kind." + string(e.Kind)), About: p.catalog().Path(e.CategoryID, p.web.Locale(r)),
		})
	}
	page.Next, page.First = pages(r, after, found.Next)
	return p.web.Render(w, r, "board/desk", page)
}

func (p *Pages) review(w http.ResponseWriter, r *http.Request) error {
	page, err := p.reviewPage(r)
	if err != nil {
		return err
	}
	w.Header().Set("Cache-Control", "private, no-store")
	return p.web.Render(w, r, "board/review", page)
}

func (p *Pages) reviewPage(r *http.Request) (reviewPage, error) {
	v, err := p.svc.Review(r.Context(), auth.From(r.Context()), r.PathValue("id"))
	if err != nil {
		return reviewPage{}, err
	}
	t := translate(p.web.T(r))
	page := reviewPage{
		Base: p.web.Base(r, "board.page.review"), Review: v, Card: p.card(r, &v.Entry), Spoken: demand.Spoken(v.Number),
		State: t("board.page.state." + string(v.State)), StateKind: looks[v.State],
		Question: v.NewQuestion, Answer: v.NewAnswer, Original: [2][]seg{t.segs(v.Question), t.segs(v.Answer)},
		Open: v.State != board.Withdrawn, MaxText: demand.MaxText, MaxReason: board.MaxReason,
	}
	page.Crumbs = []web.Crumb{{Label: t("board.page.desk"), Href: "/demands/board"}, {Label: page.Title}}
	return page, nil
}

var looks = map[board.State]string{
	board.Proposed: "warn", board.Published: "ok", board.Declined: "idle", board.Withdrawn: "idle",
}

func (t translate) segs(list []board.Segment) []seg {
	out := make([]seg, 0, len(list))
	for _, s := range list {
		label := ""
		if s.Kind != "" {
			label = t("board.page.found." + string(s.Kind))
		}
		out = append(out, seg{s.Text, label})
	}
	return out
}

// found is segs of a text in which there is something to see, and nothing otherwise.
func (t translate) found(list []board.Segment) []seg {
	if !slices.ContainsFunc(list, func(s board.Segment) bool { return s.Kind != "" }) {
		return nil
	}
	return t.segs(list)
}

func (p *Pages) publish(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ParseForm(w, r)
	if err != nil {
		return err
	}
	cmd := board.Publish{
		Key: f.Key(), Version: int(f.Version()), Question: f.Lines("question", demand.MaxText), Answer: f.Lines("answer", demand.MaxText),
		Sure: f.Bool("sure"),
	}
	actor, id := auth.From(r.Context()), r.PathValue("id")
	if err = f.Err(); err == nil {
		err = p.svc.Publish(r.Context(), actor, id, cmd)
	}
	if err == nil {
		return p.web.SeeOther(w, r, "/demands/board", "board.page.published")
	}
	return p.again(w, r, err, func(page *reviewPage) error {
		page.Question, page.Answer, page.Sure = cmd.Question, cmd.Answer, cmd.Sure
		page.AskSure = errs.CodeOf(err) == "board.look_again"
		q, a, err := p.svc.Check(r.Context(), actor, id, cmd.Question, cmd.Answer)
		t := translate(p.web.T(r))
		page.Found = [2][]seg{t.found(q), t.found(a)}
		return err
	})
}

func (p *Pages) decline(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ParseForm(w, r)
	if err != nil {
		return err
	}
	cmd := board.Decline{Key: f.Key(), Version: int(f.Version()), Reason: f.Text("reason", board.MaxReason)}
	if err = f.Err(); err == nil {
		err = p.svc.Decline(r.Context(), auth.From(r.Context()), r.PathValue("id"), cmd)
	}
	if err == nil {
		return p.web.SeeOther(w, r, "/demands/board", "board.page.declined")
	}
	return p.again(w, r, err, func(page *reviewPage) error {
		page.Reason, page.Declining = cmd.Reason, true
		return nil
	})
}

// again shows the newest page with what was typed still in it.
func (p *Pages) again(w http.ResponseWriter, r *http.Request, cause error, fill func(*reviewPage) error) error {
	switch errs.KindOf(cause) {
	case errs.Invalid, errs.Stale, errs.Conflict:
	default:
		return cause
	}
	page, err := p.reviewPage(r)
	if err == nil && page.Open {
		err = fill(&page)
	}
	if err != nil {
		return cause
	}
	page.Errors = web.FormErrorsOf(cause)
	w.Header().Set("Cache-Control", "private, no-store")
	return p.web.RenderStatus(w, r, errs.Status(cause), "board/review", page)
}
