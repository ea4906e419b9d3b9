// Package rosterweb is the pages on which rosters are uploaded, checked, imported and exported.
package rosterweb

import (
	"context"
	"embed"
	"net/http"

	"bilin/internal/auth"
	"bilin/internal/errs"
	"bilin/internal/i18n"
	"bilin/internal/network"
	"bilin/internal/roster"
	"bilin/internal/sheet"
	"bilin/internal/web"
)

//go:embed templates/*.html
var files embed.FS

//go:embed messages.json
var raw []byte

// Messages are the words of these pages.
var Messages = i18n.MustParse(raw)

// Pages are the roster pages.
type Pages struct {
	web *web.Server
	svc *roster.Service
	net *network.Service
}

// New returns the roster pages.
func New(srv *web.Server, svc *roster.Service, net *network.Service) *Pages {
	return &Pages{srv, svc, net}
}

// An upload may be 10 MiB; the form around it is small.
const uploadBody = 11 << 20

// Module returns what the pages add to the site.
func (p *Pages) Module() web.Module {
	roster, export := string(network.ActRoster), string(network.ActExport)
	return web.Module{
		Name: "roster", Templates: web.Sub(files, "templates"), Messages: Messages,
		Pages: []web.PageDef{
			{Name: "roster/list", Data: listPage{}}, {Name: "roster/run", Data: runPage{}}, {Name: "roster/export", Data: exportPage{}},
		},
		Routes: []web.Route{
			{Pattern: "GET /rosters", Access: roster, Handler: p.list},
			{Pattern: "POST /rosters", Access: roster, Handler: p.upload, MaxBody: uploadBody},
			{Pattern: "GET /rosters/template/{format}", Access: roster, Handler: p.template},
			{Pattern: "GET /rosters/runs/{id}", Access: roster, Handler: p.run},
			{Pattern: "GET /rosters/runs/{id}/bad/{format}", Access: roster, Handler: p.bad, Stream: true},
			{Pattern: "POST /rosters/runs/{id}/start", Access: roster, Handler: p.start},
			{Pattern: "POST /rosters/runs/{id}/stop", Access: roster, Handler: p.stop},
			{Pattern: "GET /rosters/export", Access: export, Handler: p.exportForm},
			{Pattern: "POST /rosters/export", Access: export, Handler: p.export, Stream: true},
		},
		Nav: []web.NavItem{{Key: "roster.page.nav", Href: "/rosters", Icon: "table-import", Access: roster, Order: 46}},
	}
}

func actor(ctx context.Context) auth.Actor { return auth.From(ctx) }

// format reads the kind of table from the address.
func format(r *http.Request) (sheet.Format, error) {
	switch f := sheet.Format(r.PathValue("format")); f {
	case sheet.CSV, sheet.XLSX:
		return f, nil
	}
	return "", errs.E(errs.NotFound, "web.not_found")
}

// download sends a table as a file. Its head goes out with the first byte, so
// that what goes wrong before is still shown as a page.
type download struct {
	http.ResponseWriter
	name   string
	format sheet.Format
	begun  bool
}

// Write implements io.Writer.
func (d *download) Write(b []byte) (int, error) {
	if !d.begun {
		d.begun = true
		kind := "text/csv; charset=utf-8"
		if d.format == sheet.XLSX {
			kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
		}
		d.Header().Set("Content-Type", kind)
		d.Header().Set("Content-Disposition", `attachment; filename="`+d.name+"."+string(d.format)+`"`)
		d.Header().Set("Cache-Control", "no-store")
	}
	return d.ResponseWriter.Write(b)
}

// end returns err for a page, or cuts the download off where it has begun: a
// file that looks whole must be whole.
func (d *download) end(err error) error {
	if err != nil && d.begun {
		panic(http.ErrAbortHandler)
	}
	return err
}
