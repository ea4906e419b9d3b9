// Package recoveryweb is the administrator's page of backups, and of what rests after a restore.
package recoveryweb

import (
	"embed"
	"net/http"
	"path/filepath"
	"slices"
	"strconv"
	"time"

	"bilin/internal/auth"
	"bilin/internal/i18n"
	"bilin/internal/recovery"
	"bilin/internal/web"
)

//go:embed templates/*.html
var files embed.FS

//go:embed messages.json
var raw []byte

// Messages are the words of this page.
var Messages = i18n.MustParse(raw)

const formBody = 4 << 10

// Pages are the handlers.
type Pages struct {
	web *web.Server
	svc *recovery.Service
}

// New returns the page.
func New(srv *web.Server, svc *recovery.Service) *Pages { return &Pages{srv, svc} }

// Module returns what the page adds to the site.
func (p *Pages) Module() web.Module {
	view := string(recovery.ActView)
	return web.Module{
		Name: "recovery", Templates: web.Sub(files, "templates"), Messages: Messages,
		Pages: []web.PageDef{{Name: "recovery/backups", Data: backupsPage{}}},
		Routes: []web.Route{
			{Pattern: "GET /settings/backups", Access: view, Handler: p.show},
			{Pattern: "POST /settings/backups/release", Access: string(recovery.ActRelease), Handler: p.release, MaxBody: formBody},
		},
		Nav: []web.NavItem{{Key: "recoveryweb.nav", Href: "/settings/backups", Icon: "database-export", Access: view, Order: 83}},
	}
}

type backupsPage struct {
	web.Base
	recovery.Status
	Waiting []waiting
	Runs    []run
	Failed  string // message key of why the latest failed
	Hours   int
	Minutes int // where an interval isn't whole hours
}

type waiting struct {
	Kind string // message key
	N    int64
}

type run struct {
	recovery.Run
	File     string
	MB, Took string
}

func (p *Pages) show(w http.ResponseWriter, r *http.Request) error {
	status, err := p.svc.Status(r.Context(), auth.From(r.Context()))
	if err != nil {
		return err
	}
	page := backupsPage{Base: p.web.Base(r, "recoveryweb.title"), Status: status}
	if page.Hours = int(status.Every.Hours()); status.Every%time.Hour != 0 {
		page.Minutes = int(status.Every.Minutes())
	}
	for _, x := range status.Waiting {
		page.Waiting = append(page.Waiting, waiting{kindKey(x.Kind), x.N})
	}
	for _, x := range status.Runs {
		page.Runs = append(page.Runs, run{x, filepath.Base(x.File), tenths(float64(x.Size) / 1e6), tenths(x.EndedAt.Sub(x.StartedAt).Seconds())})
	}
	if len(status.Runs) > 0 {
		page.Failed = status.Runs[0].Error
	}
	return p.web.Render(w, r, "recovery/backups", page)
}

// kinds are those that have words of their own.
var kinds = []string{"account.tell", "demand.tell", "order.dispatch", "order.groups", "order.knock"}

func kindKey(kind string) string {
	if !slices.Contains(kinds, kind) {
		kind = "other"
	}
	return "recoveryweb.kind." + kind
}

func (p *Pages) release(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ParseForm(w, r)
	if err != nil {
		return err
	}
	cmd := recovery.Release{Key: f.Key(), Drop: f.Choice("what", "drop", "send") == "drop"}
	if err := f.Err(); err != nil {
		return err
	}
	if err := p.svc.Release(r.Context(), auth.From(r.Context()), cmd); err != nil {
		return err
	}
	return p.web.SeeOther(w, r, "/settings/backups", "recoveryweb.released")
}

// tenths writes a number with one digit behind the point.
func tenths(x float64) string { return strconv.FormatFloat(x, 'f', 1, 64) }
