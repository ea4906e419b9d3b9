package meetingweb

import (
	"net/http"
	"slices"
	"strings"

	"bilin/internal/errs"
	"bilin/internal/meeting"
	"bilin/internal/network"
	"bilin/internal/web"
)

// choice is an open demand to tick.
type choice struct {
	meeting.OpenDemand
	On bool
}

// editPage calls a meeting, or changes what one is about.
type editPage struct {
	web.Base
	M          *meeting.Sheet // nil: a new one
	Action     string
	Unit       *network.Unit
	Where      string
	Units      []web.Option // where one can be called
	Subject    string
	Place      string
	Day, Clock string
	Demands    []choice
	More       []choice       // folded: what is due later
	Kept       []meeting.Item // on the agenda, and no longer open
	Lines      string
	Labels     map[string]string
	Crumbs     []web.Crumb
	Max        map[string]int
}

func (p *Pages) editPage(r *http.Request, unit *network.Unit, m *meeting.Sheet) (*editPage, error) {
	t := p.web.T(r)
	page := &editPage{Base: p.web.Base(r, "meetingweb.call"), Action: "/meetings", Unit: unit, Where: p.net.Tree().PathName(unit, " · "), Clock: "19:30", M: m,
		Labels: map[string]string{"subject": t("meetingweb.f_subject"), "place": t("meetingweb.f_place"), "day": t("meetingweb.f_day"), "time": t("meetingweb.f_time"), "demand": t("meetingweb.f_demands"), "lines": t("meetingweb.f_lines"), "unit": t("meetingweb.f_unit")},
		Max:    map[string]int{"subject": meeting.MaxSubject, "place": meeting.MaxPlace, "lines": meeting.MaxLines * (meeting.MaxLine + 1)},
		Crumbs: []web.Crumb{{Label: t("meetingweb.title"), Href: "/meetings?unit=" + unit.Code}}}
	open, err := p.svc.Choices(r.Context(), actor(r), unit)
	if err != nil {
		return nil, err
	}
	for _, d := range open {
		page.Demands = append(page.Demands, choice{OpenDemand: d})
	}
	if m == nil {
		page.Units = p.units(r)
		page.Crumbs = append(page.Crumbs, web.Crumb{Label: page.Title})
		return page, nil
	}
	page.Action, page.Title, page.Subject = at(m.Number), t("meetingweb.change"), m.Subject
	page.Crumbs = append(page.Crumbs, web.Crumb{Label: m.Subject, Href: at(m.Number)}, web.Crumb{Label: page.Title})
	var lines []string
	for _, i := range m.Items {
		if i.Demand == "" {
			lines = append(lines, i.Words)
		} else if !tick(page.Demands, i.Demand) {
			page.Kept = append(page.Kept, i)
		}
	}
	page.Lines = strings.Join(lines, "\n")
	return page, nil
}

func tick(list []choice, number string) bool {
	i := slices.IndexFunc(list, func(c choice) bool { return c.Number == number })
	if i >= 0 {
		list[i].On = true
	}
	return i >= 0
}

// units are where the reader can call a meeting: cells only those of their own,
// so that the list stays short.
func (p *Pages) units(r *http.Request) (list []web.Option) {
	tree := p.net.Tree()
	for _, root := range p.svc.HoldScope(actor(r)) {
		for _, u := range tree.Subtree(root) {
			if u.Level < network.Cell || root.Level >= network.Group {
				list = append(list, web.Option{Value: u.Code, Label: strings.Repeat("　", int(u.Level-root.Level)) + u.Name})
			}
		}
	}
	return list
}

func (p *Pages) fresh(w http.ResponseWriter, r *http.Request) error {
	unit, err := p.holdAt(r, r.URL.Query().Get("unit"))
	if err != nil {
		return err
	}
	page, err := p.editPage(r, unit, nil)
	if err != nil {
		return err
	}
	return p.web.Render(w, r, "meetings/edit", page.folded())
}

// folded keeps the list short: what is ticked or due first is shown.
func (page *editPage) folded() *editPage {
	const shown = 8
	var first []choice
	for _, c := range page.Demands {
		if c.On || len(first) < shown {
			first = append(first, c)
		} else {
			page.More = append(page.More, c)
		}
	}
	page.Demands = first
	return page
}

// holdAt is where a meeting is called: at the unit asked for, else at the first that one answers for.
func (p *Pages) holdAt(r *http.Request, code string) (*network.Unit, error) {
	tree := p.net.Tree()
	if code != "" {
		if u := tree.Current(tree.ByCode(code)); u != nil && u.Level >= network.Village {
			return u, nil
		}
		return nil, errs.E(errs.NotFound, "network.no_unit")
	}
	scope := p.svc.HoldScope(actor(r))
	if len(scope) == 0 {
		return nil, errs.E(errs.Forbidden, "auth.forbidden")
	}
	return scope[0], nil
}

// mine loads a meeting that the reader may hold.
func (p *Pages) mine(r *http.Request) (*meeting.Sheet, *network.Unit, error) {
	m, err := p.svc.Get(r.Context(), actor(r), r.PathValue("number"))
	if err != nil {
		return nil, nil, err
	}
	tree := p.net.Tree()
	unit := tree.Current(tree.ByID(m.UnitID))
	if !m.Hold || unit == nil {
		return nil, nil, errs.E(errs.Forbidden, "auth.forbidden")
	}
	return m, unit, nil
}

func (p *Pages) edit(w http.ResponseWriter, r *http.Request) error {
	m, unit, err := p.mine(r)
	if err != nil {
		return err
	}
	page, err := p.editPage(r, unit, m)
	if err != nil {
		return err
	}
	return p.web.Render(w, r, "meetings/edit", page.folded())
}

// call takes what was written, and goes on to inviting.
func (p *Pages) call(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ParseForm(w, r)
	if err != nil {
		return err
	}
	cmd := meeting.Call{Key: f.Key(), Number: r.PathValue("number"), Version: int(f.Version())}
	var m *meeting.Sheet
	var unit *network.Unit
	if cmd.Number != "" {
		m, unit, err = p.mine(r)
	} else {
		unit, err = p.holdAt(r, f.Text("unit", 30))
	}
	if err != nil {
		return err
	}
	page, err := p.editPage(r, unit, m)
	if err != nil {
		return err
	}
	cmd.UnitCode = unit.Code
	typed(f, page, &cmd)
	if err = f.Err(); err == nil {
		cmd.Number, err = p.svc.Call(r.Context(), actor(r), cmd)
	}
	if web.Again(err) {
		page.FormKey, page.Errors = keyAfter(err, f.Key(), page.FormKey), web.FormErrorsOf(err)
		return p.web.RenderStatus(w, r, errs.Status(err), "meetings/edit", page.folded())
	}
	if err != nil {
		return err
	}
	if m != nil {
		return p.web.SeeOther(w, r, at(cmd.Number), "meetingweb.changed")
	}
	made, err := p.svc.Get(r.Context(), actor(r), cmd.Number)
	if err == nil && !made.StartsAt.After(p.svc.Moment()) {
		return p.web.SeeOther(w, r, at(cmd.Number, "/minutes"), "")
	}
	return p.web.SeeOther(w, r, at(cmd.Number, "/invite"), "")
}

// typed takes the form; what was typed goes back into the page.
func typed(f *web.Form, page *editPage, cmd *meeting.Call) {
	page.Subject, page.Lines = f.Text("subject", meeting.MaxSubject), f.Lines("lines", page.Max["lines"])
	cmd.Subject, cmd.Lines, cmd.Demands = page.Subject, strings.Split(page.Lines, "\n"), f.List("demand")
	for i := range page.Demands {
		page.Demands[i].On = slices.Contains(cmd.Demands, page.Demands[i].Number)
	}
	if page.M != nil {
		return
	}
	page.Place, page.Day, page.Clock = f.Text("place", meeting.MaxPlace), f.Text("day", 20), f.Text("time", 8)
	cmd.Place, cmd.StartsAt = page.Place, when(f)
}

// invitePage says what the households will be told, and how many there are.
type invitePage struct {
	web.Base
	M          *meeting.Sheet
	Head       string
	Words      string
	Typed      []string // what was typed before time or place changed
	Households int
	Labels     map[string]string
	Crumbs     []web.Crumb
}

func (p *Pages) invitePage(r *http.Request, m *meeting.Sheet, unit *network.Unit) *invitePage {
	t := p.web.T(r)
	page := &invitePage{Base: p.web.Base(r, "meetingweb.invite"), M: m, Households: p.net.Tree().Coverage(unit.ID).Households,
		Labels: map[string]string{"title": t("meetingweb.f_head"), "words": t("meetingweb.f_words")}, Crumbs: p.crumbs(t, m, "meetingweb.invite")}
	page.Head, page.Words = p.svc.Invitation(&m.Meeting)
	return page
}

func (p *Pages) crumbs(t func(string, ...any) string, m *meeting.Sheet, key string) []web.Crumb {
	return []web.Crumb{{Label: t("meetingweb.title"), Href: "/meetings"}, {Label: m.Subject, Href: at(m.Number)}, {Label: t(key)}}
}

func (p *Pages) inviteForm(w http.ResponseWriter, r *http.Request) error {
	m, unit, err := p.mine(r)
	if err != nil {
		return err
	}
	return p.web.Render(w, r, "meetings/invite", p.invitePage(r, m, unit))
}

func (p *Pages) invite(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ParseForm(w, r)
	if err != nil {
		return err
	}
	m, unit, err := p.mine(r)
	if err != nil {
		return err
	}
	page := p.invitePage(r, m, unit)
	fresh := page.FormKey
	page.Head, page.Words = f.Text("title", 60), f.Lines("words", 600)
	cmd := meeting.Invite{Key: f.Key(), Number: m.Number, Title: page.Head, Words: page.Words, Households: f.Int("households", 0, 10_000_000), Version: int(f.Version())}
	if err = f.Err(); err == nil {
		err = p.svc.Invite(r.Context(), actor(r), cmd)
	}
	if err != nil && errs.As(err).Code == "meeting.invited_already" { // a second tap
		return p.web.SeeOther(w, r, at(m.Number), "meeting.invited_already")
	}
	if web.Again(err) {
		if page, err = p.inviteAgain(r, page, err); web.Again(err) {
			page.FormKey = keyAfter(err, f.Key(), fresh)
			return p.web.RenderStatus(w, r, errs.Status(err), "meetings/invite", page)
		}
	}
	if err != nil {
		return err
	}
	return p.web.SeeOther(w, r, at(m.Number), "meetingweb.invited_flash", "n", cmd.Households)
}

// inviteAgain is the page when an invitation comes back: with what may be sent of
// what was typed, or with the new words where time or place changed meanwhile.
func (p *Pages) inviteAgain(r *http.Request, page *invitePage, why error) (*invitePage, error) {
	m, unit, err := p.mine(r)
	if err != nil {
		return page, err
	}
	again := p.invitePage(r, m, unit)
	again.Errors = web.FormErrorsOf(why)
	if errs.As(why).Code == "meeting.changed_since" {
		again.Typed = append([]string{page.Head}, paragraphs(page.Words)...)
		return again, why
	}
	again.Head, again.Words = page.Head, page.Words
	for _, text := range []*string{&again.Head, &again.Words} {
		if *text, err = p.svc.Struck(r.Context(), &m.Meeting, *text); err != nil {
			return again, err
		}
	}
	return again, why
}

// movePage puts a meeting elsewhere, or takes it back.
type movePage struct {
	web.Base
	M          *meeting.Sheet
	Place      string
	Day, Clock string
	Why        string
	WhyCancel  string
	CancelKey  string
	Labels     map[string]string
	Crumbs     []web.Crumb
	Max        map[string]int
}

func (p *Pages) movePage(r *http.Request, m *meeting.Sheet) *movePage {
	t := p.web.T(r)
	page := &movePage{Base: p.web.Base(r, "meetingweb.move"), M: m, Place: m.Place, Day: dayOf(m.StartsAt), Clock: clockOf(m.StartsAt), Crumbs: p.crumbs(t, m, "meetingweb.move"),
		Labels: map[string]string{"place": t("meetingweb.f_place"), "day": t("meetingweb.f_day"), "time": t("meetingweb.f_time"), "why": t("meetingweb.f_why"), "why_cancel": t("meetingweb.f_why_cancel")},
		Max:    map[string]int{"place": meeting.MaxPlace, "why": meeting.MaxWhy}}
	page.CancelKey = page.FormKey + "c"
	return page
}

func (p *Pages) moveForm(w http.ResponseWriter, r *http.Request) error {
	m, _, err := p.mine(r)
	if err != nil {
		return err
	}
	if m.State == meeting.Cancelled {
		return p.web.SeeOther(w, r, at(m.Number), "meeting.over")
	}
	return p.web.Render(w, r, "meetings/move", p.movePage(r, m))
}

func (p *Pages) move(w http.ResponseWriter, r *http.Request) error {
	return p.moving(w, r, "meetingweb.moved_flash", func(f *web.Form, page *movePage) error {
		page.FormKey = f.Key()
		page.Place, page.Why, page.Day, page.Clock = f.Text("place", meeting.MaxPlace), f.Text("why", meeting.MaxWhy), f.Text("day", 20), f.Text("time", 8)
		cmd := meeting.Move{Key: f.Key(), Number: page.M.Number, Place: page.Place, Why: page.Why, StartsAt: when(f), Version: int(f.Version())}
		if err := f.Err(); err != nil {
			return err
		}
		return p.svc.Move(r.Context(), actor(r), cmd)
	})
}

func (p *Pages) cancel(w http.ResponseWriter, r *http.Request) error {
	return p.moving(w, r, "meetingweb.cancelled_flash", func(f *web.Form, page *movePage) error {
		page.CancelKey, page.WhyCancel = f.Key(), f.Text("why_cancel", meeting.MaxWhy)
		if err := f.Err(); err != nil {
			return err
		}
		return p.svc.Cancel(r.Context(), actor(r), meeting.Cancel{Key: f.Key(), Number: page.M.Number, Why: page.WhyCancel, Version: int(f.Version())})
	})
}

func (p *Pages) moving(w http.ResponseWriter, r *http.Request, flash string, do func(f *web.Form, page *movePage) error) error {
	f, err := web.ParseForm(w, r)
	if err != nil {
		return err
	}
	m, _, err := p.mine(r)
	if err != nil {
		return err
	}
	page := p.movePage(r, m)
	if err = do(f, page); web.Again(err) {
		page.Errors = web.FormErrorsOf(err)
		return p.web.RenderStatus(w, r, errs.Status(err), "meetings/move", page)
	}
	if err != nil {
		return err
	}
	return p.web.SeeOther(w, r, at(m.Number), flash)
}
