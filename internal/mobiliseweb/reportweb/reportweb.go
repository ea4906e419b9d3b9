// Package reportweb is an order's report: a page, the same on paper, and its curve as a table for other programs.
package reportweb

import (
	"bytes"
	"embed"
	"fmt"
	"net/http"
	"strconv"

	"codeberg.org/go-pdf/fpdf"

	"bilin/internal/auth"
	"bilin/internal/i18n"
	"bilin/internal/mobilise"
	"bilin/internal/mobilise/report"
	"bilin/internal/network"
	"bilin/internal/sheet"
	"bilin/internal/web"
)

//go:embed templates/*.html
var files embed.FS

//go:embed messages.json
var raw []byte

// Messages are the words of these pages.
var Messages = i18n.MustParse(raw)

// Paper begins documents in a font that knows Chinese; doorcard's printer does.
type Paper interface {
	Document(title string) (*fpdf.Fpdf, error)
}

// Pages are the handlers.
type Pages struct {
	web   *web.Server
	svc   *report.Service
	tree  func() *network.Tree
	paper Paper
}

// New returns the pages.
func New(srv *web.Server, svc *report.Service, tree func() *network.Tree, paper Paper) *Pages {
	return &Pages{srv, svc, tree, paper}
}

// Module returns what the pages add to the site.
func (p *Pages) Module() web.Module {
	view := string(mobilise.ActMine) // the service says who sees which
	const one = "/orders/{number}/report"
	return web.Module{
		Name: "report", Templates: web.Sub(files, "templates"), Messages: Messages,
		Pages: []web.PageDef{{Name: "report/report", Data: reportPage{}}},
		Routes: []web.Route{
			{Pattern: "GET " + one, Access: view, Handler: p.show},
			{Pattern: "GET " + one + ".pdf", Access: view, Handler: p.pdf},
			{Pattern: "GET " + one + ".csv", Access: view, Handler: p.csv},
		},
	}
}

// reportPage is the page.
type reportPage struct {
	web.Base
	Crumbs []web.Crumb
	At     string // the order's address
	Doc    doc
	Names  []named
	Named  bool // names may be shown
	Left   int  // of the reader's part, in all
	Next   string
}

// named is somebody who was never reached.
type named struct{ Name, Place, Why, Door string }

func (p *Pages) show(w http.ResponseWriter, r *http.Request) error {
	after, _ := strconv.Atoi(r.URL.Query().Get("after")) // nonsense is the beginning
	rep, err := p.report(r, after)
	if err != nil {
		return err
	}
	v := p.view(r, rep)
	at := "/orders/" + rep.Order.Number
	page := reportPage{Base: p.web.Base(r, "reportweb.of", "title", v.title()), At: at, Doc: v.doc(), Named: rep.Named, Left: rep.MyNevers,
		Crumbs: []web.Crumb{{Label: v.t("reportweb.orders"), Href: "/orders"}, {Label: rep.Order.Number, Href: at}, {Label: v.t("reportweb.report")}}}
	for _, x := range rep.Nevers {
		n := named{Name: x.Name, Place: p.tree().PathName(x.Unit, " "), Why: v.t("report.why." + x.Why.String())}
		if x.Door {
			n.Door = v.t("reportweb.on_list")
		}
		page.Names = append(page.Names, n)
	}
	if rep.Next != 0 {
		page.Next = at + "/report?after=" + strconv.Itoa(rep.Next) + "#names"
	}
	return p.web.Render(w, r, "report/report", page)
}

func (p *Pages) report(r *http.Request, after int) (*report.Report, error) {
	return p.svc.Report(r.Context(), auth.From(r.Context()), r.PathValue("number"), after)
}

func (p *Pages) view(r *http.Request, rep *report.Report) *view {
	return &view{t: p.web.T(r), locale: p.web.Locale(r), tree: p.tree(), r: rep}
}

func (p *Pages) pdf(w http.ResponseWriter, r *http.Request) error {
	rep, err := p.report(r, 0)
	if err != nil {
		return err
	}
	v := p.view(r, rep)
	d := v.doc()
	pdf, err := p.paper.Document(d.Title)
	if err != nil {
		return err
	}
	var body bytes.Buffer
	if err := write(pdf, &d, v.t).Output(&body); err != nil {
		return err
	}
	w.Header().Set("Content-Disposition", fmt.Sprintf(`inline; filename="report-%s.pdf"`, rep.Order.Number))
	w.Header().Set("Cache-Control", "no-store")
	return p.web.Send(w, r, http.StatusOK, "application/pdf", body.Bytes())
}

// csv is the curve: people at the end of each step.
func (p *Pages) csv(w http.ResponseWriter, r *http.Request) error {
	rep, err := p.report(r, 0)
	if err != nil {
		return err
	}
	v := p.view(r, rep)
	var body bytes.Buffer
	out, err := sheet.NewWriter(&body, sheet.CSV)
	if err != nil {
		return err
	}
	defer out.Discard()
	head := []string{v.t("reportweb.order"), v.t("reportweb.kind"), v.t("reportweb.time"), v.t("reportweb.seconds"), v.t("reportweb.called"),
		v.t("reportweb.reached"), v.t("reportweb.answered"), v.t("reportweb.coming"), v.t("reportweb.arrived")}
	if err := out.Write(head); err != nil {
		return err
	}
	o := rep.Order
	for _, s := range rep.Curve {
		line := []string{o.Number, v.t("order.kind." + string(o.Kind)), o.IssuedAt.Add(s.After).In(web.CityZone).Format("2006-01-02 15:04:05"),
			strconv.Itoa(int(s.After.Seconds())), strconv.Itoa(rep.People), strconv.Itoa(s.Reached), strconv.Itoa(s.Answered), strconv.Itoa(s.Coming), strconv.Itoa(s.Arrived)}
		if err := out.Write(line); err != nil {
			return err
		}
	}
	if err := out.Close(); err != nil {
		return err
	}
	w.Header().Set("Content-Disposition", fmt.Sprintf(`attachment; filename="report-%s.csv"`, o.Number))
	w.Header().Set("Cache-Control", "no-store")
	return p.web.Send(w, r, http.StatusOK, "text/csv; charset=utf-8", body.Bytes())
}
