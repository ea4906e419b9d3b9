package networkweb

import (
	"context"
	"net/http"
	"slices"

	"bilin/internal/auth"
	"bilin/internal/errs"
	"bilin/internal/network"
	"bilin/internal/web"
)

// The deeds on a post, as they stand in addresses.
const (
	deedAppoint  = "appoint"
	deedStandIn  = "standin"
	deedEnd      = "end"
	deedExtend   = "extend"
	deedHandOver = "handover"
	deedClose    = "close"
)

// OpenWork says what is open with whoever holds a post, for the question before
// a hand-over: counts by message key.
type OpenWork func(ctx context.Context, post *network.Post) ([]OpenItem, error)

// OpenItem is a kind of open work and how much of it.
type OpenItem struct {
	Key string // message key with {n}
	N   int
}

type postPage struct {
	web.Base
	Post     *network.Post
	Unit     *network.Unit
	Crumbs   []web.Crumb
	Serving  *network.Holder
	TermOver bool
	CanEdit  bool
	CanPhone bool
	Mine     bool // the reader serves here and has a number
	Shown    bool // and shows it to the public
	Nominate bool // candidates may be proposed
	Today    string
	History  []web.TimelineItem
	Form     string // the deed whose form is open
	Values   postForm
	Ask      *handOverQuestion
	Phone    string // just opened, shown once
	Seconds  []secondLine
}

// secondLine is an appointment that waits for a second person.
type secondLine struct {
	network.SecondAsk
	May bool // the reader is such a person
}

// postForm is what was typed into any of the post's forms.
type postForm struct {
	Person, PersonLabel, Query string
	People                     []web.Option
	NewName, NewPhone          string
	From, Until, Reason, Note  string
	Appointment                string
}

// handOverQuestion says what a hand-over moves.
type handOverQuestion struct {
	From, To   string
	Households int
	Open       []OpenItem
}

func (p *Pages) showPost(w http.ResponseWriter, r *http.Request) error {
	page, err := p.postPage(r)
	if err != nil {
		return err
	}
	return p.web.Render(w, r, "network/post", page)
}

func (p *Pages) postPage(r *http.Request) (*postPage, error) {
	t := p.svc.Tree()
	post := t.Post(r.PathValue("id"))
	if post == nil {
		return nil, errs.E(errs.NotFound, "network.no_post")
	}
	u := t.ByID(post.UnitID)
	if err := p.require(r, network.ActView, u); err != nil {
		return nil, err
	}
	name := postName(p.web.T(r), post)
	page := &postPage{
		Base: p.web.Base(r, "network.page.post_title", "post", name, "unit", u.Name), Post: post, Unit: u,
		Crumbs: p.under(r, t, u, name), Serving: post.Serving(), Today: t.Day(), Nominate: post.Role.IsLead(),
	}
	page.TermOver = page.Serving.Over(t.Day())
	page.CanEdit = p.unitRights(r, t, u).Appoint
	page.CanPhone = page.Serving != nil && p.can(r, network.ActReadPhone, u)
	page.Live = []string{"unit:" + u.ID}
	if err := p.addOwnPhone(r, page); err != nil {
		return nil, err
	}
	if err := p.addSeconds(r, page); err != nil {
		return nil, err
	}
	return page, p.addHistory(r, page)
}

// addSeconds shows what waits for a second person at the post.
func (p *Pages) addSeconds(r *http.Request, page *postPage) error {
	a := actor(r.Context())
	asks, err := p.svc.SecondAsks(r.Context(), a, page.Post.ID)
	for _, ask := range asks {
		page.Seconds = append(page.Seconds, secondLine{ask, !a.Is(ask.AskedBy) && !a.Is(ask.PersonID)})
	}
	return err
}

// second agrees to or refuses an appointment that somebody else asked for.
func (p *Pages) second(agree bool) web.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		f, err := web.ParseForm(w, r)
		if err != nil {
			return err
		}
		err = p.svc.DecideSecond(r.Context(), actor(r.Context()), network.DecideSecond{Key: f.Key(), AskID: r.PathValue("ask"), Agree: agree})
		if err != nil {
			return err
		}
		done := "network.page.done.second_no"
		if agree {
			done = "network.page.done.second_yes"
		}
		return p.web.SeeOther(w, r, "/network/posts/"+r.PathValue("id"), done)
	}
}

// addOwnPhone lets whoever serves decide whether the public sees their number.
func (p *Pages) addOwnPhone(r *http.Request, page *postPage) error {
	a := actor(r.Context())
	if page.Serving == nil || a.PersonID == "" || a.PersonID != page.Serving.PersonID {
		return nil
	}
	me, err := p.svc.Person(r.Context(), a, a.PersonID)
	page.Mine, page.Shown = me.HasPhone, me.ShowPhone
	return err
}

// addHistory tells who served, and what was handed over, latest first.
func (p *Pages) addHistory(r *http.Request, page *postPage) error {
	if err := p.addTenures(r, page); err != nil {
		return err
	}
	tr := p.web.T(r)
	given, err := p.svc.HandOvers(r.Context(), actor(r.Context()), page.Post.ID)
	if err != nil {
		return err
	}
	for _, h := range given {
		item := web.TimelineItem{At: h.At, What: tr("network.page.handed_over"), Icon: "arrows-exchange", Text: tr("network.page.handed_over_n", "n", len(h.Items))}
		if h.Note != "" {
			item.Text += "\n" + tr("network.page.handed_over_note", "note", h.Note)
		}
		page.History = append(page.History, item)
	}
	slices.SortStableFunc(page.History, func(a, b web.TimelineItem) int { return b.At.Compare(a.At) })
	return nil
}

func (p *Pages) addTenures(r *http.Request, page *postPage) error {
	ctx, tr := r.Context(), p.web.T(r)
	tenures, err := p.svc.PostHistory(ctx, actor(ctx), page.Post.ID)
	if err != nil {
		return err
	}
	for _, t := range tenures {
		item := web.TimelineItem{At: dayStart(t.From), Who: t.Name, Icon: "user"}
		item.What = tr("network.page.held")
		if t.Acting {
			item.What = tr("network.page.stood_in")
		}
		until := t.EndedOn
		if until == "" {
			until, item.Kind = t.Until, "ok"
		}
		item.Text = tr("network.page.tenure", "from", t.From, "until", orDash(until))
		if t.EndReason != "" {
			item.Text += "\n" + tr("network.page.end_reason", "reason", t.EndReason)
		}
		page.History = append(page.History, item)
	}
	return nil
}

func orDash(s string) string {
	if s == "" {
		return "—"
	}
	return s
}

// doPost carries out a deed on a post.
func (p *Pages) doPost(deed string) web.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		f, err := web.ParseForm(w, r)
		if err != nil {
			return err
		}
		page, err := p.postPage(r)
		if err != nil {
			return err
		}
		page.Form, page.FormKey, page.Values = deed, f.Key(), readPostForm(f, deed)
		if f.Picking("person") {
			page.Values.People, err = p.people(r, page.Values.Query)
			if err != nil {
				return err
			}
			return p.web.Render(w, r, "network/post", page)
		}
		if err = f.Err(); err == nil && deed == deedHandOver && !f.Bool("confirm") {
			if err = p.askHandOver(r, page); err == nil {
				return p.web.Render(w, r, "network/post", page)
			}
		}
		if err == nil {
			err = p.carryOutPost(r, page)
		}
		if web.IsInvalid(err) {
			page.Errors, page.Ask = web.FormErrorsOf(err), nil
			return p.web.RenderStatus(w, r, http.StatusUnprocessableEntity, "network/post", page)
		}
		if err != nil {
			return err
		}
		back := postPath(page.Post)
		if deed == deedClose {
			back = unitPath(page.Unit)
		}
		if p.svc.NeedsSecond(actor(r.Context()), page.Post.ID) && slices.Contains([]string{deedAppoint, deedStandIn, deedHandOver}, deed) {
			return p.web.SeeOther(w, r, back, "network.page.done.second")
		}
		return p.web.SeeOther(w, r, back, "network.page.done."+deed)
	}
}

// readPostForm takes what a deed needs.
func readPostForm(f *web.Form, deed string) postForm {
	v := postForm{Appointment: f.Text("appointment", 64), Query: f.Text("person_q", maxName)}
	switch deed {
	case deedAppoint, deedStandIn, deedHandOver:
		v.Person, v.PersonLabel = f.Text("person", 64), f.Text("person_label", 80)
		v.NewName, v.NewPhone = f.Text("new_name", maxName), f.Text("new_phone", 40)
		if v.Person == "" && v.NewName == "" && !f.Picking("person") {
			f.Fail("person", "network.page.pick_person")
		}
		v.From, v.Until = f.Date("from"), f.Date("until")
	case deedExtend:
		v.Until = f.RequiredDate("until")
	}
	if deed == deedEnd || deed == deedHandOver {
		v.Reason, v.Note = f.Text("reason", 200), f.Lines("note", 500)
		if v.Reason == "" && !f.Picking("person") {
			f.Fail("reason", "web.required")
		}
	}
	return v
}

// people are the persons a picker offers.
func (p *Pages) people(r *http.Request, typed string) ([]web.Option, error) {
	found, err := p.svc.PersonsSearch(r.Context(), actor(r.Context()), clip(typed), pickerChoice)
	if err != nil {
		return nil, err
	}
	t := p.svc.Tree()
	out := make([]web.Option, len(found))
	for i, person := range found {
		out[i] = web.Option{Value: person.ID, Label: person.Name, Hint: p.postsHint(r, t, person.ID)}
	}
	return out, nil
}

// postsHint says what somebody holds already, to tell namesakes apart.
func (p *Pages) postsHint(r *http.Request, t *network.Tree, personID string) string {
	posts, tr := t.PostsOf(personID), p.web.T(r)
	if len(posts) == 0 {
		return tr("network.page.no_post_now")
	}
	return postName(tr, posts[0]) + " · " + t.PathName(t.ByID(posts[0].UnitID), " ")
}

// pickPeople answers the person picker's search as one types.
func (p *Pages) pickPeople(w http.ResponseWriter, r *http.Request) error {
	options, err := p.people(r, r.URL.Query().Get("person_q"))
	if err != nil {
		return err
	}
	page := searchPage{Base: p.web.Base(r, "network.page.search")}
	return p.web.RenderPart(w, r, "network/search", "pick", pickPart{searchPage: page, Name: "person", Options: options})
}

func (p *Pages) askHandOver(r *http.Request, page *postPage) error {
	q := &handOverQuestion{To: page.Values.NewName, Households: page.Unit.Households}
	if page.Values.Person != "" {
		to, err := p.svc.Person(r.Context(), actor(r.Context()), page.Values.Person)
		if err != nil {
			return err
		}
		q.To = to.Name
	}
	if page.Serving != nil {
		q.From = page.Serving.Name
		if p.opt.Open != nil {
			open, err := p.opt.Open(r.Context(), page.Post)
			if err != nil {
				return err
			}
			q.Open = open
		}
	}
	page.Ask = q
	return nil
}

// carryOutPost gives the deed to the registry.
func (p *Pages) carryOutPost(r *http.Request, page *postPage) error {
	ctx, a, v, key, id := r.Context(), actor(r.Context()), page.Values, page.FormKey, page.Post.ID
	switch page.Form {
	case deedEnd:
		return p.svc.EndAppointment(ctx, a, network.EndAppointment{Key: key, PostID: id, AppointmentID: v.Appointment, Reason: v.Reason})
	case deedExtend:
		return p.svc.ExtendTerm(ctx, a, network.ExtendTerm{Key: key, PostID: id, AppointmentID: v.Appointment, Until: v.Until})
	case deedClose:
		return p.svc.EndPost(ctx, a, network.EndPost{Key: key, PostID: id})
	}
	person, err := p.personOf(ctx, a, v, key)
	if err != nil {
		return err
	}
	switch page.Form {
	case deedHandOver:
		return p.svc.HandOver(ctx, a, network.HandOver{Key: key, PostID: id, ToPersonID: person, Until: v.Until, Reason: v.Reason, Note: v.Note})
	case deedStandIn:
		_, err = p.svc.StandIn(ctx, a, network.Appoint{Key: key, PostID: id, PersonID: person, From: v.From, Until: v.Until})
	default:
		_, err = p.svc.Appoint(ctx, a, network.Appoint{Key: key, PostID: id, PersonID: person, From: v.From, Until: v.Until})
	}
	return err
}

// personOf returns who was picked, or enters who is new. The second key makes
// a repeat find the same person.
func (p *Pages) personOf(ctx context.Context, a auth.Actor, v postForm, key string) (string, error) {
	if v.Person != "" {
		return v.Person, nil
	}
	return p.svc.CreatePerson(ctx, a, network.CreatePerson{Key: key + "/person", Name: v.NewName, Phone: v.NewPhone})
}
