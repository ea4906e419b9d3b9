// Package calendarweb is the page on which the city says when it works.
package calendarweb

import (
	"embed"
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"
	"time"

	"bilin/internal/auth"
	"bilin/internal/calendar"
	"bilin/internal/errs"
	"bilin/internal/i18n"
	"bilin/internal/sheet"
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
	formBody   = 512 << 10
	uploadBody = 2 << 20
	maxFile    = 1 << 20
)

// Pages are the calendar's pages.
type Pages struct {
	web *web.Server
	svc *calendar.Service
	may func(actor auth.Actor, action auth.Action) bool
	now func() time.Time
}

// New returns the calendar's pages. may says who sees the forms; now is nil for
// the machine's clock.
func New(srv *web.Server, svc *calendar.Service, policy *auth.Policy, now func() time.Time) *Pages {
	if now == nil {
		now = time.Now
	}
	return &Pages{srv, svc, policy.May, now}
}

// Module returns what the pages add to the site.
func (p *Pages) Module() web.Module {
	view, manage := string(calendar.ActView), string(calendar.ActManage)
	return web.Module{
		Name: "calendar", Templates: web.Sub(files, "templates"), Messages: Messages,
		Pages: []web.PageDef{{Name: "calendar/year", Data: yearPage{}}, {Name: "calendar/check", Data: checkPage{}}},
		Routes: []web.Route{
			{Pattern: "GET /settings/calendar", Access: view, Handler: p.show},
			{Pattern: "POST /settings/calendar/check", Access: manage, Handler: p.check, MaxBody: uploadBody},
			{Pattern: "POST /settings/calendar/days", Access: manage, Handler: p.putDays, MaxBody: formBody},
			{Pattern: "POST /settings/calendar/day", Access: manage, Handler: p.putDay, MaxBody: formBody},
			{Pattern: "POST /settings/calendar/drop", Access: manage, Handler: p.drop, MaxBody: formBody},
			{Pattern: "POST /settings/calendar/hours", Access: manage, Handler: p.hours, MaxBody: formBody},
		},
		Nav: []web.NavItem{{Key: "calendar.page.nav", Href: "/settings/calendar", Icon: "calendar-cog", Access: view, Order: 80}},
	}
}

func (p *Pages) show(w http.ResponseWriter, r *http.Request) error {
	return p.web.Render(w, r, "calendar/year", p.page(r))
}

// again shows the page with what is wrong with a form that was sent.
func (p *Pages) again(w http.ResponseWriter, r *http.Request, f *web.Form, err error, keep func(*yearPage)) error {
	if !web.IsInvalid(err) {
		return err
	}
	page := p.page(r)
	page.Errors, page.FormKey = web.FormErrorsOf(err), f.Key()
	keep(&page)
	return p.web.RenderStatus(w, r, http.StatusUnprocessableEntity, "calendar/year", page)
}

type checkPage struct {
	web.Base
	Crumbs  []web.Crumb
	Preview calendar.Preview
	Changes []changeLine
	Bad     []badLine
	Text    string
}

// badLine is a line that could not be read, and why.
type badLine struct {
	Number      int
	Text, Wrong string
}

type changeLine struct {
	Date, Name, Weekday string
	Was, Will           string // message keys
	State               string // colour of what changes
}

func (p *Pages) check(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ParseForm(w, r)
	if err != nil {
		return err
	}
	text, err := listOf(f)
	if err == nil {
		err = f.Err()
	}
	var preview calendar.Preview
	if err == nil {
		preview, err = p.svc.Check(r.Context(), auth.From(r.Context()), text)
	}
	if err != nil {
		if k := errs.KindOf(err); k == errs.Unsupported || k == errs.TooLarge {
			e := errs.As(err)
			err = errs.E(errs.Invalid, e.Code, e.Args...).WithField("file", e.Code, e.Args...)
		}
		return p.again(w, r, f, err, func(page *yearPage) { page.Text = text })
	}
	return p.web.Render(w, r, "calendar/check", p.checked(r, preview, text))
}

func (p *Pages) checked(r *http.Request, preview calendar.Preview, text string) checkPage {
	t := p.web.T(r)
	page := checkPage{
		Base: p.web.Base(r, "calendar.page.check"), Preview: preview, Text: text,
		Crumbs: []web.Crumb{{Label: t("calendar.page.title"), Href: "/settings/calendar"}, {Label: t("calendar.page.check")}},
	}
	for _, c := range preview.Changes {
		page.Changes = append(page.Changes, lineOf(c))
	}
	for _, b := range preview.Bad {
		page.Bad = append(page.Bad, badLine{b.Number, b.Text, t(b.Code, b.Args...)})
	}
	return page
}

func lineOf(c calendar.Change) changeLine {
	line := changeLine{Date: c.Date, Name: c.Name, Was: "calendar.page.free", Will: "calendar.page.free", State: "ok"}
	if c.Worked {
		line.Was = "calendar.page.worked"
	}
	if c.WillWork {
		line.Will, line.State = "calendar.page.worked", "warn"
	}
	if t, err := time.Parse(time.DateOnly, c.Date); err == nil {
		line.Weekday = weekdayKey(t.Weekday())
	}
	return line
}

// listOf returns the list that was uploaded, or else pasted.
func listOf(f *web.Form) (string, error) {
	header, file := f.File("file")
	if header == nil || header.Size == 0 {
		return f.Lines("text", calendar.MaxText), nil
	}
	defer func() { _ = file.Close() }() // only read from
	table, err := sheet.Open(file, header.Size, sheet.Limits{Bytes: maxFile})
	if err != nil {
		return "", err
	}
	rows, err := table.Rows(0)
	if err != nil {
		return "", err
	}
	defer func() { _ = rows.Close() }() // only read from
	var b strings.Builder
	for b.Len() < calendar.MaxText {
		row, err := rows.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return "", err
		}
		b.WriteString(strings.TrimRight(strings.Join(row.Cells, ","), ",") + "\n")
	}
	return b.String(), nil
}

func (p *Pages) putDays(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ParseForm(w, r)
	if err != nil {
		return err
	}
	text, actor := f.Lines("text", calendar.MaxText), auth.From(r.Context())
	preview, err := p.svc.Check(r.Context(), actor, text)
	if err == nil && len(preview.Bad) > 0 {
		err = errs.E(errs.Invalid, "calendar.page.mend").WithField("text", "calendar.page.mend")
	}
	n := 0
	if err == nil {
		n, err = p.svc.PutDays(r.Context(), actor, calendar.PutDays{Key: f.Key(), Rev: f.Version(), Days: preview.Days})
	}
	if err != nil {
		return p.again(w, r, f, err, func(page *yearPage) { page.Text = text })
	}
	return p.web.SeeOther(w, r, yearURL(preview.Days[len(preview.Days)-1].Date), "calendar.page.stored", "n", n)
}

func (p *Pages) putDay(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ParseForm(w, r)
	if err != nil {
		return err
	}
	d := dayForm{Date: f.RequiredDate("date"), Kind: f.Choice("kind", kindNames()...), Name: f.Text("name", 20)}
	if err = f.Err(); err == nil {
		day := calendar.Day{Date: d.Date, Kind: workday.Kind(slices.Index(kindNames(), d.Kind)), Name: d.Name}
		_, err = p.svc.PutDays(r.Context(), auth.From(r.Context()), calendar.PutDays{Key: f.Key(), Days: []calendar.Day{day}})
	}
	if err != nil {
		return p.again(w, r, f, err, func(page *yearPage) { page.Day = d })
	}
	return p.web.SeeOther(w, r, yearURL(d.Date), "calendar.page.stored_day")
}

func (p *Pages) drop(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ParseForm(w, r)
	if err != nil {
		return err
	}
	from, to := f.RequiredDate("from"), f.RequiredDate("to")
	if err := f.Err(); err != nil {
		return err
	}
	n, err := p.svc.DropDays(r.Context(), auth.From(r.Context()), calendar.DropDays{Key: f.Key(), From: from, To: to})
	if err != nil {
		return err
	}
	return p.web.SeeOther(w, r, yearURL(from), "calendar.page.dropped", "n", n)
}

func (p *Pages) hours(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ParseForm(w, r)
	if err != nil {
		return err
	}
	week := weekForm{Hours: tidyHours(f.Required("hours", 100)), Days: f.List("days")}
	if err = f.Err(); err == nil {
		err = p.svc.SetWeek(r.Context(), auth.From(r.Context()), calendar.SetWeek{Key: f.Key(), Rev: f.Version(), Week: week.text()})
	}
	if err != nil {
		return p.again(w, r, f, err, func(page *yearPage) { page.Hours = week })
	}
	return p.web.SeeOther(w, r, "/settings/calendar", "calendar.page.stored_hours")
}

func yearURL(date string) string { return "/settings/calendar?year=" + date[:4] }
