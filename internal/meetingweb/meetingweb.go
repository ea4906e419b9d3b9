// Package meetingweb is the pages of yard meetings: what everybody reads, how one is called, and its minutes.
package meetingweb

import (
	"context"
	"embed"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"bilin/internal/auth"
	"bilin/internal/errs"
	"bilin/internal/i18n"
	"bilin/internal/meeting"
	"bilin/internal/network"
	"bilin/internal/web"
	"bilin/internal/workday"
)

//go:embed templates/*.html
var files embed.FS

//go:embed messages.json
var raw []byte

// Messages are the words of these pages.
var Messages = i18n.MustParse(raw)

const (
	formBody = 64 << 10
	pageSize = 20
)

// How often one address may read in a minute. A village hall's whole network can share one address.
const (
	readsPerMinute = 240
	readBurst      = 480
)

// Network is what the pages ask of the registry.
type Network interface {
	Tree() *network.Tree
	HouseholdByDoor(ctx context.Context, door string) (*network.Unit, error)
}

// Options are what the pages work with.
type Options struct {
	Public string // address of the site, for the links in calendars
}

// Pages are the handlers.
type Pages struct {
	Reads *web.Limiter // by address

	web *web.Server
	svc *meeting.Service
	net Network
	o   Options
}

// New returns the pages.
func New(srv *web.Server, svc *meeting.Service, net Network, o Options) *Pages {
	o.Public = strings.TrimRight(o.Public, "/")
	return &Pages{Reads: web.NewLimiter(readsPerMinute, readBurst), web: srv, svc: svc, net: net, o: o}
}

// Limit sets how often one address may read in a minute; 0 leaves it as it is.
func (p *Pages) Limit(perMinute int) *Pages {
	if perMinute > 0 {
		p.Reads = web.NewLimiter(perMinute, perMinute)
	}
	return p
}

// Module returns what the pages add to the site.
func (p *Pages) Module() web.Module {
	hold, keep := string(meeting.ActHold), string(meeting.ActKeep)
	return web.Module{
		Name: "meetings", Templates: web.Sub(files, "templates"), Messages: Messages,
		Pages: []web.PageDef{
			{Name: "meetings/list", Data: listPage{}}, {Name: "meetings/show", Data: showPage{}}, {Name: "meetings/edit", Data: &editPage{}}, {Name: "meetings/invite", Data: &invitePage{}},
			{Name: "meetings/move", Data: &movePage{}}, {Name: "meetings/minutes", Data: &minutesPage{}}, {Name: "meetings/correct", Data: &correctPage{}}, {Name: "meetings/promise", Data: &promisePage{}},
		},
		Routes: []web.Route{
			{Pattern: "GET /meetings", Access: web.Public, Handler: p.list},
			{Pattern: "GET /u/{code}/meetings.ics", Access: web.Public, Handler: p.calendar},
			{Pattern: "GET /meetings/{number}", Access: web.Public, Handler: p.show},
			{Pattern: "GET /meetings/new", Access: hold, Handler: p.fresh},
			{Pattern: "POST /meetings", Access: hold, Handler: p.call, MaxBody: formBody},
			{Pattern: "GET /meetings/{number}/edit", Access: hold, Handler: p.edit},
			{Pattern: "POST /meetings/{number}", Access: hold, Handler: p.call, MaxBody: formBody},
			{Pattern: "GET /meetings/{number}/invite", Access: hold, Handler: p.inviteForm},
			{Pattern: "POST /meetings/{number}/invite", Access: hold, Handler: p.invite, MaxBody: formBody},
			{Pattern: "GET /meetings/{number}/move", Access: hold, Handler: p.moveForm},
			{Pattern: "POST /meetings/{number}/move", Access: hold, Handler: p.move, MaxBody: formBody},
			{Pattern: "POST /meetings/{number}/cancel", Access: hold, Handler: p.cancel, MaxBody: formBody},
			{Pattern: "GET /meetings/{number}/minutes", Access: hold, Handler: p.minutesForm},
			{Pattern: "POST /meetings/{number}/minutes", Access: hold, Handler: p.record, MaxBody: formBody},
			{Pattern: "POST /meetings/{number}/resolve", Access: hold, Handler: p.resolve, MaxBody: formBody},
			{Pattern: "POST /meetings/{number}/publish", Access: hold, Handler: p.publish, MaxBody: formBody},
			{Pattern: "GET /meetings/{number}/correct", Access: hold, Handler: p.correctForm},
			{Pattern: "POST /meetings/{number}/correct", Access: hold, Handler: p.correct, MaxBody: formBody},
			{Pattern: "POST /meetings/{number}/read", Access: hold, Handler: p.readOut, MaxBody: formBody},
			{Pattern: "GET /promises/{id}", Access: keep, Handler: p.promise},
			{Pattern: "POST /promises/{id}", Access: keep, Handler: p.keep, MaxBody: formBody},
		},
	}
}

func actor(r *http.Request) auth.Actor { return auth.From(r.Context()) }

// keyAfter is the key of a form that comes back: the one it had, so that a repeat
// is recognised; a fresh one after a conflict, in which the old one was used up.
func keyAfter(err error, used, fresh string) string {
	if errs.KindOf(err) == errs.Conflict {
		return fresh
	}
	return used
}

func at(number string, rest ...string) string { return "/meetings/" + number + strings.Join(rest, "") }

// unitName names a unit with those above it.
func (p *Pages) unitName(id string) string {
	tree := p.net.Tree()
	if u := tree.Current(tree.ByID(id)); u != nil {
		return tree.PathName(u, " · ")
	}
	return ""
}

// owner names who promised something: the post, and who serves in it.
func (p *Pages) owner(t func(string, ...any) string, o meeting.Owner) string {
	tree := p.net.Tree()
	name := o.Name
	unit := tree.Current(tree.ByID(o.UnitID))
	if unit == nil {
		return name
	}
	if name == "" {
		for _, post := range tree.Posts(unit.ID) {
			if h := post.Serving(); h != nil && post.Role == o.Role {
				name = h.Name
				break
			}
		}
	}
	return t("meetingweb.owner", "unit", unit.Name, "role", t("network.role."+string(o.Role)), "name", name)
}

var looks = map[meeting.State]string{meeting.Called: "info", meeting.Held: "ok", meeting.Cancelled: "bad"}

// line is a meeting in a list.
type line struct {
	meeting.Meeting
	Where, From, StateName, Look, Href string
}

func (p *Pages) line(r *http.Request, m meeting.Meeting) line {
	is := stands(&m, p.svc.Moment())
	return line{m, p.unitName(m.UnitID), p.former(m.FromUnit), p.web.T(r)("meeting.state." + string(is)), looks[is], at(m.Number)}
}

// former names a unit that is no more.
func (p *Pages) former(id string) string {
	if u := p.net.Tree().ByID(id); u != nil {
		return u.Name
	}
	return ""
}

var fates = map[meeting.Became]string{meeting.Open: "info", meeting.Overdue: "bad", meeting.Done: "ok", "confirmed": "ok", "reopened": "bad", "unconfirmed": "idle", "withdrawn": "idle"}

// fate is a resolution with what became of it, as it is shown and read out.
type fate struct {
	meeting.Resolution
	Became, Look, Owner, Href, Track string
	Said                             string // the outcome as it is read out
	Keep                             bool
}

func (p *Pages) fate(r *http.Request, res meeting.Resolution, became meeting.Became, outcome string) fate {
	t := p.web.T(r)
	f := fate{Resolution: res, Look: fates[became]}
	if became == "" {
		became = "unknown"
	}
	if f.Outcome = outcome; f.Look == "" {
		f.Look = "info"
	}
	f.Said = strings.TrimRight(outcome, "。.！!")
	f.Became = t("meeting.became." + string(became))
	if res.Kind == meeting.Promise {
		f.Owner = p.owner(t, meeting.Owner{UnitID: res.OwnerUnit, Role: res.OwnerRole})
	}
	f.Keep = p.svc.MayKeep(actor(r), &res)
	if f.Keep {
		f.Href = "/promises/" + res.ID
	}
	if track := p.svc.Track(actor(r), &res); track != "" {
		f.Track = "/t/" + res.Demand + "?" + url.Values{"k": {track}}.Encode()
	}
	return f
}

func (p *Pages) fates(r *http.Request, list []meeting.Followed) (out []fate) {
	for _, f := range list {
		out = append(out, p.fate(r, f.Resolution, f.Became, f.Outcome))
	}
	return out
}

// cursorOf is the place after which the page asked for begins.
func cursorOf(r *http.Request) (*meeting.Cursor, error) {
	parts, err := web.DecodeCursor(r, 2)
	if err != nil || parts == nil {
		return nil, err
	}
	ms, err := strconv.ParseInt(parts[0], 10, 64)
	if err != nil {
		return nil, errs.Wrap(err, errs.NotFound, "web.bad_cursor")
	}
	return &meeting.Cursor{At: ms, ID: parts[1]}, nil
}

func nextURL(r *http.Request, next *meeting.Cursor) string {
	if next == nil {
		return ""
	}
	return web.PageURL(r, web.EncodeCursor(strconv.FormatInt(next.At, 10), next.ID))
}

// when reads a day and a time of the city.
func when(f *web.Form) time.Time {
	day, clock := f.RequiredDate("day"), f.Required("time", 8)
	if _, err := time.Parse("15:04", clock); clock != "" && err != nil {
		f.Fail("time", "meetingweb.bad_clock")
	}
	t, err := time.ParseInLocation(time.DateOnly+" 15:04", day+" "+clock, workday.City)
	if err != nil {
		return time.Time{}
	}
	return t
}

func dayOf(t time.Time) string   { return t.In(workday.City).Format(time.DateOnly) }
func clockOf(t time.Time) string { return t.In(workday.City).Format("15:04") }

func paragraphs(words string) (list []string) {
	for l := range strings.SplitSeq(words, "\n") {
		if l != "" {
			list = append(list, l)
		}
	}
	return list
}
