// Package oldnetweb is the pages on which the old nets become one: how many did for everybody, and the mapping for the city office.
package oldnetweb

import (
	"embed"
	"net/http"
	"time"

	"bilin/internal/admission/duty"
	"bilin/internal/admission/oldnet"
	"bilin/internal/auth"
	"bilin/internal/i18n"
	"bilin/internal/network"
	"bilin/internal/web"
)

//go:embed templates/*.html
var files embed.FS

//go:embed messages.json
var raw []byte

// Messages are the words of these pages.
var Messages = i18n.MustParse(raw)

const (
	formBody  = 64 << 10
	tableBody = 11 << 20
	pageSize  = 40
)

// Pages are the handlers.
type Pages struct {
	web    *web.Server
	svc    *oldnet.Service
	tree   func() *network.Tree
	duties func() *duty.Catalog
	now    func() time.Time
}

// New returns the pages of the old nets.
func New(srv *web.Server, svc *oldnet.Service, tree func() *network.Tree, duties func() *duty.Catalog, now func() time.Time) *Pages {
	return &Pages{srv, svc, tree, duties, now}
}

// Module returns what the pages add to the site.
func (p *Pages) Module() web.Module {
	edit, read := string(oldnet.ActMap), string(oldnet.ActRead)
	return web.Module{
		Name: "oldnet", Templates: web.Sub(files, "templates"), Messages: Messages,
		Pages: []web.PageDef{{Name: "oldnet/nets", Data: netsPage{}}, {Name: "oldnet/net", Data: netPage{}}, {Name: "oldnet/import", Data: importPage{}}},
		Routes: []web.Route{
			{Pattern: "GET /oldnets", Access: web.Public, Handler: p.nets},
			{Pattern: "GET /oldnets/import", Access: edit, Handler: p.importForm},
			{Pattern: "POST /oldnets/import", Access: edit, Handler: p.importTable, MaxBody: tableBody},
			{Pattern: "GET /oldnets/{id}", Access: read, Handler: p.net},
			{Pattern: "POST /oldnets/{id}/grids/{grid}", Access: edit, Handler: p.mapGrid, MaxBody: formBody},
			{Pattern: "POST /oldnets/{id}/people/{worker}", Access: edit, Handler: p.place, MaxBody: formBody},
			{Pattern: "POST /oldnets/{id}/release", Access: edit, Handler: p.release, MaxBody: formBody},
			{Pattern: "POST /oldnets/{id}/duties", Access: edit, Handler: p.decide, MaxBody: formBody},
			{Pattern: "POST /oldnets/{id}/day", Access: edit, Handler: p.day, MaxBody: formBody},
		},
		Nav: []web.NavItem{{Key: "oldnetweb.nav", Href: "/oldnets", Icon: "git-merge", Access: web.Public, Order: 59, Open: true}},
	}
}

func actor(r *http.Request) auth.Actor { return auth.From(r.Context()) }

// row is a net as the page of all shows it.
type row struct {
	oldnet.Net
	Department, Kind, Label string
	May                     bool // the reader may open it
}

var kinds = map[oldnet.State]string{oldnet.Mapping: "warn", oldnet.Set: "info", oldnet.Retired: "ok"}

func (p *Pages) row(r *http.Request, n oldnet.Net) row {
	x := row{Net: n, Kind: kinds[n.State], Label: p.web.T(r)("oldnetweb.state." + string(n.State))}
	if d := p.tree().Department(n.DepartmentID); d != nil {
		x.Department = d.Name
	}
	x.May = p.svc.MayRead(actor(r), n)
	return x
}

type lapRow struct {
	oldnet.Overlap
	Village string
	Nets    []string
}

type netsPage struct {
	web.Base
	Sum     oldnet.Summary
	Nets    []row
	Laps    []lapRow
	Posts   int // of the one network
	MayEdit bool
}

func (p *Pages) nets(w http.ResponseWriter, r *http.Request) error {
	sum, nets, laps, err := p.svc.Summary(r.Context())
	if err != nil {
		return err
	}
	page := netsPage{Base: p.web.Base(r, "oldnetweb.title"), Sum: sum, MayEdit: p.svc.MayMap(actor(r)), Posts: len(p.tree().Units(network.Cell))}
	names := map[string]string{}
	for _, n := range nets {
		names[n.ID] = n.Name
		page.Nets = append(page.Nets, p.row(r, n))
	}
	for _, o := range laps {
		x := lapRow{Overlap: o, Village: p.tree().PathName(p.tree().ByID(o.VillageID), " · ")}
		for _, id := range o.NetIDs {
			x.Nets = append(x.Nets, names[id])
		}
		page.Laps = append(page.Laps, x)
	}
	return p.web.Render(w, r, "oldnet/nets", page)
}

type importPage struct {
	web.Base
	Crumbs      []web.Crumb
	Departments []web.Option
	Department  string
	Name        string
	Checked     bool
	Report      oldnet.Report
	Problems    []problemRow
	Rows        string // of the table, for the second step
}

type problemRow struct {
	Row           int
	Column, Wrong string
}
