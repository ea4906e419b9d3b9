package meetingweb

import (
	"net/http"
	"time"

	"bilin/internal/errs"
	"bilin/internal/ical"
	"bilin/internal/meeting"
	"bilin/internal/network"
	"bilin/internal/web"
)

// listPage is what is to come at a place, what was resolved there, and what was.
type listPage struct {
	web.Base
	Unit     *network.Unit // nil: the whole city
	Where    string
	Feed     string
	Call     string // where one is called, for those who may
	Soon     []line
	Followed []fate
	Past     []line
	Next     string
	First    string
	Others   []web.Option // places that the reader answers for too
	Topic    string
	Lead     string
}

const (
	soonShown     = 30
	followedShown = 60
)

func (p *Pages) list(w http.ResponseWriter, r *http.Request) error {
	if err := p.Reads.Allow(web.ClientIP(r)); err != nil {
		return err
	}
	unit, door, err := p.place(w, r)
	if err != nil {
		return err
	}
	after, err := cursorOf(r)
	if err != nil {
		return err
	}
	page := listPage{Base: p.web.Base(r, "meetingweb.title"), Unit: unit}
	p.around(r, &page, unit, door)
	past, next, err := p.svc.Past(r.Context(), unit, after, pageSize)
	if err != nil {
		return err
	}
	page.Past, page.Next = p.lines(r, past), nextURL(r, next)
	if after != nil {
		page.First = web.PageURL(r, "")
		return p.web.Render(w, r, "meetings/list", page)
	}
	soon, err := p.svc.Soon(r.Context(), unit, soonShown)
	if err != nil {
		return err
	}
	page.Soon = p.lines(r, soon)
	followed, err := p.svc.Followed(r.Context(), unit, followedShown)
	if err != nil {
		return err
	}
	page.Followed = p.fates(r, followed)
	return p.web.Render(w, r, "meetings/list", page)
}

func (p *Pages) lines(r *http.Request, list []meeting.Meeting) (out []line) {
	for _, m := range list {
		out = append(out, p.line(r, m))
	}
	return out
}

// around says where the list is of, and what the reader can do there.
func (p *Pages) around(r *http.Request, page *listPage, unit *network.Unit, door string) {
	for _, u := range p.svc.HoldScope(actor(r)) {
		page.Call = "/meetings/new"
		if unit == nil || u.ID != unit.ID {
			page.Others = append(page.Others, web.Option{Value: "/meetings?unit=" + u.Code, Label: u.Name})
		}
		if unit != nil && p.net.Tree().Contains(u.ID, unit.ID) && unit.Level >= network.Village {
			page.Call = "/meetings/new?unit=" + unit.Code
			break
		}
	}
	if unit == nil {
		return
	}
	page.Where, page.Topic = p.net.Tree().PathName(unit, " · "), meeting.Topic(unit.ID)
	if unit.Level >= network.Village {
		page.Feed = "/u/" + unit.Code + "/meetings.ics"
	}
	switch {
	case door != "":
		page.Lead = "/d/" + door
	case unit.Level == network.Cell:
		page.Lead = "/u/" + unit.Code
	}
}

// place is the unit that a list is asked for, by its code or by the code of a
// door; else the reader's own.
func (p *Pages) place(w http.ResponseWriter, r *http.Request) (unit *network.Unit, door string, err error) {
	tree := p.net.Tree()
	if door = network.FoldDoor(r.URL.Query().Get("door")); door != "" {
		web.Quiet(w)
		if unit, err = p.net.HouseholdByDoor(r.Context(), door); err == nil && unit != nil {
			return unit, door, nil
		}
		if err != nil && errs.KindOf(err) != errs.NotFound {
			return nil, "", err
		}
	}
	if code := r.URL.Query().Get("unit"); code != "" {
		if unit = tree.Current(tree.ByCode(code)); unit == nil {
			return nil, "", errs.E(errs.NotFound, "network.no_unit")
		}
		return unit, "", nil
	}
	for _, g := range actor(r).Grants {
		if u := tree.Current(tree.ByID(g.UnitID)); u != nil && u.Level > network.City {
			return u, "", nil
		}
	}
	return nil, "", nil
}

// calendar is the feed of a place: what concerns whoever lives there.
func (p *Pages) calendar(w http.ResponseWriter, r *http.Request) error {
	if err := p.Reads.Allow(web.ClientIP(r)); err != nil {
		return err
	}
	tree := p.net.Tree()
	unit := tree.Current(tree.ByCode(r.PathValue("code")))
	if unit == nil || unit.Level < network.Village {
		return errs.E(errs.NotFound, "network.no_unit")
	}
	const most, back = 300, 60 * 24 * time.Hour
	list, _, err := p.svc.List(r.Context(), meeting.Filter{Unit: unit, Over: true, From: p.svc.Moment().Add(-back)}, nil, most)
	if err != nil {
		return err
	}
	t := p.web.T(r)
	feed := ical.Feed{Name: t("meetingweb.feed", "unit", unit.Name), Product: "Yard meetings", Stamp: p.svc.Moment()}
	for _, m := range list {
		feed.Events = append(feed.Events, ical.Event{UID: m.Number + "@bilin", Title: t("meetingweb.event", "subject", m.Subject), Text: p.unitName(m.UnitID), Start: m.StartsAt, End: m.StartsAt.Add(meeting.Length),
			Place: m.Place, URL: p.o.Public + at(m.Number), Sequence: m.Version, Cancelled: m.State == meeting.Cancelled})
	}
	w.Header().Set("Cache-Control", "public, max-age=900")
	return p.web.Send(w, r, http.StatusOK, ical.Type, ical.Write(feed))
}

// showPage is a meeting as everybody reads it.
type showPage struct {
	web.Base
	M         *meeting.Sheet
	Where     string
	StateName string
	Look      string
	Came      string // "" if not entered
	Before    []fate // what became of what was resolved before
	WasRead   time.Time
	Resolved  []fate
	Minutes   []string
	Formers   []former
	List      string
	Topic     string
	Begun     bool // it can be held now
	Over      bool // it was held, and its time has come
	ToInvite  bool
	Untold    bool   // those invited are still to be told of a change
	From      string // the unit it was called in, if that was joined to this one since
	Heads     []head
}

// early reports whether a meeting is still to come: nothing can be written down of it.
func early(m *meeting.Meeting, now time.Time) bool {
	return m.State == meeting.Called && now.Before(m.StartsAt.Add(-meeting.Length))
}

// stands is the state that is shown: minutes written ahead don't make a meeting one that is over.
func stands(m *meeting.Meeting, now time.Time) meeting.State {
	if m.State == meeting.Held && now.Before(m.StartsAt) {
		return meeting.Called
	}
	return m.State
}

// head is a line of the agenda; Href leads to the demand, for those who hold the meeting.
type head struct{ Words, Href string }

// former is minutes before a correction.
type former struct {
	meeting.Minutes
	Paragraphs []string
}

func (p *Pages) show(w http.ResponseWriter, r *http.Request) error {
	if err := p.Reads.Allow(web.ClientIP(r)); err != nil {
		return err
	}
	m, err := p.svc.Get(r.Context(), actor(r), r.PathValue("number"))
	if err != nil {
		return err
	}
	t := p.web.T(r)
	now := p.svc.Moment()
	is := stands(&m.Meeting, now)
	page := showPage{Base: p.web.Base(r, "meetingweb.title"), M: m, Where: p.unitName(m.UnitID), StateName: t("meeting.state." + string(is)), Look: looks[is], Over: is == meeting.Held, Topic: meeting.Topic(m.UnitID),
		Begun: m.State != meeting.Cancelled && !early(&m.Meeting, now), ToInvite: m.State == meeting.Called && m.Notice == "" && !m.Inviting && m.StartsAt.After(now),
		Untold: m.Untold && m.StartsAt.After(now), From: p.former(m.FromUnit), List: "/meetings"}
	page.Title = m.Subject
	if m.State == meeting.Called && now.After(m.StartsAt.Add(meeting.Length)) {
		page.StateName, page.Look = t("meetingweb.not_recorded"), "idle"
	}
	if u := p.net.Tree().Current(p.net.Tree().ByID(m.UnitID)); u != nil {
		page.List = "/meetings?unit=" + u.Code
	}
	if m.Came > 0 {
		page.Came = t("meetingweb.came", "n", m.Came)
		if m.Came < meeting.Few && !m.Hold {
			page.Came = t("meetingweb.came_few", "few", meeting.Few)
		}
	}
	page.Resolved, page.Before = p.fates(r, m.Resolved), p.fates(r, m.Carried)
	for _, x := range m.Read {
		page.Before = append(page.Before, p.fate(r, x.Resolution, x.Became, x.Outcome))
		page.WasRead = x.At
	}
	for _, i := range m.Items {
		h := head{Words: i.Words}
		if m.Hold && i.Demand != "" {
			h.Href = "/demands/" + i.Demand
		}
		page.Heads = append(page.Heads, h)
	}
	if m.Minutes != nil {
		page.Minutes = paragraphs(m.Minutes.Words)
	}
	for _, f := range m.Formers {
		page.Formers = append(page.Formers, former{f, paragraphs(f.Words)})
	}
	return p.web.Render(w, r, "meetings/show", page)
}
