package careweb

import (
	"net/http"
	"strings"

	"bilin/internal/auth"
	"bilin/internal/care"
	"bilin/internal/care/need"
	"bilin/internal/errs"
	"bilin/internal/network"
	"bilin/internal/web"
)

// one is a contact as the page shows it: what to do, never why.
type one struct {
	care.Contact
	Do      string // in plain words
	When    string
	Note    string // how it came here, or what happened before
	Overdue bool
	Next    string // what "nobody home" leads to
	Where   string // for those who have more than one cell
	Call    bool
	Phone   bool // the reader may go and open the number
	Entry   bool // the reader may open the entry's page
	Words   string
	Asked   bool // its form is asked again
	Missed  bool // nobody was home today; it can be taken back
}

// said is a contact that is done, and what it led to.
type said struct {
	care.Contact
	Label, Kind string
	May         bool // take it back
}

type contactsPage struct {
	web.Base
	Due, Ahead []one
	Said       []said
	Alarms     []web.Option // units of the reader's that are in an emergency
	Aloud      string
	Next       string
}

// contacts is the list of those who have contacts: what is due first.
func (p *Pages) contacts(w http.ResponseWriter, r *http.Request) error {
	return p.contactsWith(w, r, http.StatusOK, nil)
}

func (p *Pages) contactsWith(w http.ResponseWriter, r *http.Request, status int, cause error) error {
	cursor, err := web.DecodeCursor(r, 1)
	if err != nil {
		return err
	}
	list, next, err := p.o.Care.ContactsDue(r.Context(), actor(r), strings.Join(cursor, ""), pageSize)
	if err != nil {
		return err
	}
	done, err := p.o.Care.SaidToday(r.Context(), actor(r))
	if err != nil {
		return err
	}
	gone, err := p.o.Care.MissedToday(r.Context(), actor(r))
	if err != nil {
		return err
	}
	page := contactsPage{Base: p.web.Base(r, "careweb.contacts"), Alarms: p.alarms(r)}
	page.Live = p.topics(r)
	if next != "" {
		page.Next = web.PageURL(r, web.EncodeCursor(next))
	}
	today := p.today()
	for _, c := range list {
		x := p.one(r, c, today)
		if cause != nil && c.ID == r.PathValue("id") {
			x.Asked, x.Words = true, r.PostFormValue("words")
		}
		if x.Due(today) {
			page.Due = append(page.Due, x)
		} else {
			page.Ahead = append(page.Ahead, x)
		}
	}
	for _, c := range append(done, gone...) {
		page.Said = append(page.Said, p.said(r, c, today))
	}
	page.Aloud = p.aloud(r, page.Due)
	if cause != nil {
		page.Errors = web.FormErrorsOf(cause)
		for i := range page.Errors.Fields { // there is one such field for each household
			page.Errors.Fields[i].Name += "-" + r.PathValue("id")
		}
	}
	return p.web.RenderStatus(w, r, status, "care/contacts", page)
}

// topics are those on which the reader's own posts hear of their contacts.
func (p *Pages) topics(r *http.Request) (list []string) {
	for _, g := range actor(r).Grants {
		switch g.Role {
		case auth.Lead, auth.LinkedOfficial, auth.VillageOfficial:
			list = append(list, care.Topic(g.UnitID))
		}
	}
	return list
}

func (p *Pages) one(r *http.Request, c care.Contact, today string) one {
	t := p.web.T(r)
	x := one{Contact: c, Do: t("need.do." + string(c.Do)), When: p.day(r, c.DueOn), Overdue: c.Overdue(today), Call: c.Do == need.Call, Phone: c.Do == need.Call && p.may(r, network.ActHouseholds, c.CellID),
		Entry: p.may(r, care.ActSee, c.CellID), Next: t("careweb.nobody_again")}
	if c.Role != auth.Lead {
		x.Where = p.where(c.CellID)
	}
	switch {
	case c.MissedOn == today:
		x.Missed, x.Note = true, t("careweb.missed_today", "day", x.When)
	case c.Misses > 0 && c.Step < care.Village:
		x.Note, x.Next = t("careweb.missed_once"), t("careweb.nobody_on")
	case c.Misses > 0:
		x.Note = t("careweb.missed_n", "n", c.Misses)
	case c.Step > care.First:
		x.Note = t("careweb.came_here." + string(rune('0'+c.Step)))
	}
	return x
}

func (p *Pages) said(r *http.Request, c care.Contact, today string) said {
	x := said{Contact: c, Label: p.web.T(r)("care.outcome." + string(c.Outcome)), Kind: "ok", May: c.MayUndo(today)}
	if c.Outcome == care.NeedsHelp {
		x.Kind = "info"
	}
	if !c.Done {
		x.Kind, x.Label = "warn", p.web.T(r)("careweb.gone_on", "day", p.day(r, c.DueOn))
	}
	return x
}

// aloud is what the page reads out: whom to look after today, and what to do.
func (p *Pages) aloud(r *http.Request, due []one) string {
	if len(due) == 0 {
		return ""
	}
	t := p.web.T(r)
	text := t("careweb.aloud", "n", len(due))
	for _, x := range due {
		text += "\n" + t("careweb.aloud_one", "address", x.Address, "do", x.Do)
	}
	return text
}

// report takes one tap.
func (p *Pages) report(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ParseForm(w, r)
	if err != nil {
		return err
	}
	cmd := care.Report{Key: f.Key(), ID: r.PathValue("id"), Outcome: care.Outcome(f.Text("outcome", 16)), Words: f.Lines("words", care.MaxWords), Day: f.Date("day")}
	if err = f.Err(); err == nil {
		err = p.reported(w, r, cmd)
	}
	if web.IsInvalid(err) {
		return p.contactsWith(w, r, http.StatusUnprocessableEntity, err)
	}
	return err
}

func (p *Pages) reported(w http.ResponseWriter, r *http.Request, cmd care.Report) error {
	was, err := p.o.Care.ContactOne(r.Context(), actor(r), cmd.ID)
	if err != nil {
		return err
	}
	if cmd.Day == "" {
		cmd.Day = p.today()
	}
	out, err := p.o.Care.Contact(r.Context(), actor(r), cmd)
	if err != nil {
		return err
	}
	key, args := saidOf(was, cmd, out)
	// An address of its own, so that the page begins at its top, where the answer stands.
	return p.web.SeeOther(w, r, "/contacts?said="+was.ID, key, append(args, "address", was.Address, "day", p.day(r, out.NextOn))...)
}

// saidOf says what a tap led to.
func saidOf(was *care.Contact, cmd care.Report, out care.Result) (key string, args []any) {
	switch {
	case out.Demand != "" && cmd.Outcome == care.NeedsHelp:
		return "careweb.said_need", []any{"number", out.Demand}
	case was.Done:
		return "careweb.said_before", nil
	case cmd.Outcome == care.Fine:
		return "careweb.said_fine", nil
	case was.MissedOn != "" && was.MissedOn == cmd.Day && out.Step == was.Step:
		return "careweb.said_nobody_twice", nil
	case out.Step != was.Step:
		return "careweb.said_on." + string(rune('0'+out.Step)), nil
	}
	return "careweb.said_nobody", nil
}

// undo takes a wrong tap back.
func (p *Pages) undo(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ParseForm(w, r)
	if err != nil {
		return err
	}
	if err := p.o.Care.Undo(r.Context(), actor(r), care.Undo{Key: f.Key(), ID: r.PathValue("id"), Version: int(f.Version())}); err != nil {
		return err
	}
	return p.web.SeeOther(w, r, "/contacts", "careweb.said_undone")
}

// alarms are the reader's own units that are in an emergency.
func (p *Pages) alarms(r *http.Request) (list []web.Option) {
	for _, g := range actor(r).Grants {
		u := p.tree().ByID(g.UnitID)
		if u == nil || u.Level < network.Village || !p.may(r, care.ActContact, u.ID) || !p.o.Care.Alarm(u.ID) {
			continue
		}
		list = append(list, web.Option{Value: u.Code, Label: p.where(u.ID)})
	}
	return list
}

// urgent is a household with what to do for it in an emergency.
type urgent struct {
	care.Emergency
	Words []string
	Where string
}

type emergencyPage struct {
	web.Base
	Units []web.Option
	Code  string
	Where string
	Homes []urgent
	Next  string
}

// emergency says which doors come first, and what to do there.
func (p *Pages) emergency(w http.ResponseWriter, r *http.Request) error {
	page := emergencyPage{Base: p.web.Base(r, "careweb.emergency"), Units: p.alarms(r), Code: r.URL.Query().Get("unit")}
	if page.Code == "" && len(page.Units) > 0 {
		page.Code = page.Units[0].Value
	}
	if page.Code == "" {
		return p.web.Render(w, r, "care/emergency", page) // which says that there is none
	}
	u := p.unitOf(page.Code)
	if u == nil {
		return errs.E(errs.NotFound, "care.no_list")
	}
	page.Where = p.where(u.ID)
	cursor, err := web.DecodeCursor(r, 1)
	if err != nil {
		return err
	}
	list, next, err := p.o.Care.InEmergency(r.Context(), actor(r), u.ID, strings.Join(cursor, ""))
	if errs.CodeOf(err) == "care.no_emergency" {
		page.Units = nil // it ended while the page was open
		return p.web.Render(w, r, "care/emergency", page)
	}
	if err != nil {
		return err
	}
	if next != "" {
		page.Next = web.PageURL(r, web.EncodeCursor(next))
	}
	t := p.web.T(r)
	cells := []string{u.ID}
	for _, e := range list {
		cells = append(cells, e.CellID)
		x := urgent{Emergency: e}
		for _, a := range e.Actions {
			x.Words = append(x.Words, t("need.action."+string(a)))
		}
		if u.Level < network.Cell {
			x.Where = p.where(e.CellID)
		}
		page.Homes = append(page.Homes, x)
	}
	page.Live = p.heard(r, u, cells)
	return p.web.Render(w, r, "care/emergency", page)
}
