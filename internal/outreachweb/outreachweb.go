// Package outreachweb is the pages of notices: what everybody reads, the desk at which they are written, a lead's list, and how far each came.
package outreachweb

import (
	"embed"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"bilin/internal/auth"
	"bilin/internal/doorcard"
	"bilin/internal/errs"
	"bilin/internal/i18n"
	"bilin/internal/network"
	"bilin/internal/outreach"
	"bilin/internal/outreach/texting"
	"bilin/internal/photo"
	"bilin/internal/sqldb"
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
	atTime   = "2006-01-02T15:04" // what a browser sends of a time
)

// How often one address may read in a minute. A village hall's whole network can share one address.
const (
	readsPerMinute = 240
	readBurst      = 480
	asksPerMinute  = 3
	askBurst       = 10
)

// Options are what the pages work with.
type Options struct {
	DB     *sqldb.DB // of the map's outline
	Paper  *doorcard.Printer
	Public string // address of the site, for the code on the poster
	Now    func() time.Time
	Texts  *texting.Service // notices by short message; nil: there are none
}

// Pages are the handlers.
type Pages struct {
	Reads *web.Limiter // by address
	Asks  *web.Limiter // telephones entered, by address

	web   *web.Server
	svc   *outreach.Service
	tree  func() *network.Tree
	o     Options
	chart chart
}

// New returns the pages.
func New(srv *web.Server, svc *outreach.Service, tree func() *network.Tree, o Options) *Pages {
	return &Pages{Reads: web.NewLimiter(readsPerMinute, readBurst), Asks: web.NewLimiter(asksPerMinute, askBurst), web: srv, svc: svc, tree: tree, o: o, chart: chart{db: o.DB}}
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
	send, reach, tell, meet, paper := string(outreach.ActSend), string(outreach.ActReach), string(outreach.ActTell), string(outreach.ActMeet), string(outreach.ActPaper)
	return web.Module{
		Name: "notices", Templates: web.Sub(files, "templates"), Messages: Messages,
		Pages: []web.PageDef{
			{Name: "notices/list", Data: &listPage{}}, {Name: "notices/show", Data: showPage{}}, {Name: "notices/desk", Data: deskPage{}}, {Name: "notices/edit", Data: &editPage{}},
			{Name: "notices/check", Data: &checkPage{}}, {Name: "notices/correct", Data: &correctPage{}}, {Name: "notices/mine", Data: minePage{}}, {Name: "notices/tell", Data: tellPage{}},
			{Name: "notices/reach", Data: reachPage{}}, {Name: "notices/meet", Data: &meetPage{}}, {Name: "notices/sms", Data: smsPage{}},
		},
		Routes: []web.Route{
			{Pattern: "GET /notices", Access: web.Public, Handler: p.list},
			{Pattern: "GET /notices/{number}", Access: web.Public, Handler: p.show},
			{Pattern: "GET /notices/{number}/picture.jpg", Access: web.Public, Handler: p.picture},
			{Pattern: "GET /notices/{number}/poster.pdf", Access: paper, Handler: p.poster},
			{Pattern: "POST /notices/sms", Access: web.Public, Handler: p.askShort, MaxBody: formBody},
			{Pattern: "GET /my-notices/{token}", Access: web.Public, Handler: p.sms},
			{Pattern: "POST /my-notices/{token}", Access: web.Public, Handler: p.smsSettle, MaxBody: formBody},
			{Pattern: "GET /notices/desk", Access: send, Handler: p.desk},
			{Pattern: "GET /notices/new", Access: send, Handler: p.fresh},
			{Pattern: "POST /notices", Access: send, Handler: p.compose, MaxBody: photo.MaxBytes + formBody},
			{Pattern: "GET /notices/{number}/edit", Access: send, Handler: p.edit},
			{Pattern: "POST /notices/{number}", Access: send, Handler: p.compose, MaxBody: photo.MaxBytes + formBody},
			{Pattern: "GET /notices/{number}/check", Access: send, Handler: p.check},
			{Pattern: "POST /notices/{number}/send", Access: send, Handler: p.send, MaxBody: formBody},
			{Pattern: "POST /notices/{number}/hold", Access: send, Handler: p.hold, MaxBody: formBody},
			{Pattern: "GET /notices/{number}/correct", Access: send, Handler: p.correctForm},
			{Pattern: "POST /notices/{number}/correct", Access: send, Handler: p.correct, MaxBody: formBody},
			{Pattern: "POST /notices/{number}/recall", Access: send, Handler: p.recall, MaxBody: formBody},
			{Pattern: "GET /notices/mine", Access: tell, Handler: p.mine},
			{Pattern: "GET /notices/{number}/tell", Access: tell, Handler: p.tellForm},
			{Pattern: "POST /notices/{number}/tell", Access: tell, Handler: p.tell, MaxBody: formBody},
			{Pattern: "GET /notices/{number}/reach", Access: reach, Handler: p.reach},
			{Pattern: "GET /notices/{number}/meet", Access: meet, Handler: p.meetForm},
			{Pattern: "POST /notices/{number}/meet", Access: meet, Handler: p.meet, MaxBody: formBody},
		},
		Nav: []web.NavItem{
			{Key: "outreachweb.nav", Href: "/notices", Icon: "speakerphone", Access: web.Public, Order: 44, Open: true},
			{Key: "outreachweb.nav_desk", Href: "/notices/desk", Icon: "edit", Access: send, Order: 71},
			{Key: "outreachweb.nav_mine", Href: "/notices/mine", Icon: "ear", Access: tell, Order: 70},
		},
	}
}

func actor(r *http.Request) auth.Actor { return auth.From(r.Context()) }

func at(number string, rest ...string) string { return "/notices/" + number + strings.Join(rest, "") }

// unitName names a unit with those above it.
func (p *Pages) unitName(id string) string {
	tree := p.tree()
	if u := tree.Current(tree.ByID(id)); u != nil {
		return tree.PathName(u, " · ")
	}
	return ""
}

// names lists the units of an audience.
func (p *Pages) names(r *http.Request, n *outreach.Notice) string {
	var list []string
	for _, id := range n.Units {
		list = append(list, p.unitName(id))
	}
	t := p.web.T(r)
	const most = 3
	if len(list) > most {
		return t("outreachweb.and_more", "first", strings.Join(list[:most], t("outreachweb.comma")), "n", len(list))
	}
	return strings.Join(list, t("outreachweb.comma"))
}

// sizes says which households are meant; "" if all.
func (p *Pages) sizes(r *http.Request, n *outreach.Notice) string {
	t := p.web.T(r)
	switch {
	case n.MinSize > 0 && n.MaxSize > 0:
		return t("outreachweb.sizes", "min", n.MinSize, "max", n.MaxSize)
	case n.MinSize > 0:
		return t("outreachweb.sizes_min", "min", n.MinSize)
	case n.MaxSize > 0:
		return t("outreachweb.sizes_max", "max", n.MaxSize)
	}
	return ""
}

var looks = map[outreach.State]string{outreach.Draft: "idle", outreach.Scheduled: "warn", outreach.Sent: "ok", outreach.Recalled: "bad"}

// line is a notice in a list.
type line struct {
	outreach.Notice
	KindName, From, StateName, Look, Href string
	At                                    time.Time
}

func (p *Pages) line(r *http.Request, n outreach.Notice, href string) line {
	t := p.web.T(r)
	l := line{n, t("outreach.kind." + string(n.Kind)), p.unitName(n.SenderID), t("outreach.state." + string(n.State)), looks[n.State], href, n.SentAt}
	if n.State == outreach.Scheduled {
		l.At = n.DueAt
	} else if n.SentAt.IsZero() {
		l.At = n.MadeAt
	}
	return l
}

// cursorOf is the place after which the page asked for begins.
func cursorOf(r *http.Request) (*outreach.Cursor, error) {
	parts, err := web.DecodeCursor(r, 2)
	if err != nil || parts == nil {
		return nil, err
	}
	ms, err := strconv.ParseInt(parts[0], 10, 64)
	if err != nil {
		return nil, errs.Wrap(err, errs.NotFound, "web.bad_cursor")
	}
	return &outreach.Cursor{At: ms, ID: parts[1]}, nil
}

func nextURL(r *http.Request, next *outreach.Cursor) string {
	if next == nil {
		return ""
	}
	return web.PageURL(r, web.EncodeCursor(strconv.FormatInt(next.At, 10), next.ID))
}

// withDoor keeps a door's code in a link.
func withDoor(href, door string) string {
	if door == "" {
		return href
	}
	return href + "?" + url.Values{"door": {door}}.Encode()
}

// parseTime reads a time of the city as a browser's field gives it.
func parseTime(f *web.Form, name string) time.Time {
	text := f.Text(name, len(atTime))
	if text == "" {
		return time.Time{}
	}
	t, err := time.ParseInLocation(atTime, text, workday.City)
	if err != nil {
		f.Fail(name, "outreachweb.bad_time")
	}
	return t
}
