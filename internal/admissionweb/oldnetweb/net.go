package oldnetweb

import (
	"errors"
	"net/http"
	"net/url"
	"time"

	"bilin/internal/admission/oldnet"
	"bilin/internal/errs"
	"bilin/internal/web"
	"bilin/internal/workday"
)

type gridRow struct {
	oldnet.OldGrid
	Unit, HowName string
	Errors        web.FormErrors
	Written       string
}

type workerRow struct {
	oldnet.OldWorker
	Post, Label, Kind string
	Errors            web.FormErrors
	Written           string
}

type netPage struct {
	web.Base
	Crumbs    []web.Crumb
	Net       row
	Part      string // grids, people, duties
	Open      bool   // only what isn't decided
	Grids     []gridRow
	Workers   []workerRow
	Duties    []oldnet.OldDuty
	Functions []web.Option
	Next      string
	Tomorrow  string
	MayEdit   bool // and the net still can be changed
	MaySet    bool
}

func (p *Pages) net(w http.ResponseWriter, r *http.Request) error {
	page, err := p.netPage(r, r.URL.Query().Get("part"))
	if err != nil {
		return err
	}
	return p.web.Render(w, r, "oldnet/net", page)
}

func (p *Pages) netPage(r *http.Request, part string) (page netPage, err error) {
	n, err := p.svc.Net(r.Context(), actor(r), r.PathValue("id"))
	if err != nil {
		return page, err
	}
	page = netPage{Base: p.web.Base(r, "oldnetweb.net"), Net: p.row(r, n), Part: part, Open: r.URL.Query().Get("open") != ""}
	page.Title = n.Name
	page.Crumbs = []web.Crumb{{Label: p.web.T(r)("oldnetweb.title"), Href: "/oldnets"}, {Label: n.Name}}
	page.MaySet = p.svc.MayMap(actor(r)) && n.State != oldnet.Retired
	page.MayEdit = page.MaySet && n.State == oldnet.Mapping
	page.Tomorrow = p.now().In(workday.City).AddDate(0, 0, 1).Format(time.DateOnly)
	switch page.Part {
	case "people":
		err = p.people(r, &page)
	case "duties":
		page.Duties, err = p.svc.Duties(r.Context(), actor(r), n.ID)
		c := p.duties()
		for _, root := range c.Functions() {
			for _, f := range c.Children(root.ID) {
				page.Functions = append(page.Functions, web.Option{Value: f.ID, Label: c.Path(f.ID, page.Locale)})
			}
		}
	default:
		page.Part = "grids"
		err = p.grids(r, &page)
	}
	return page, err
}

func (p *Pages) grids(r *http.Request, page *netPage) error {
	parts, err := web.DecodeCursor(r, 1)
	if err != nil {
		return err
	}
	after := ""
	if parts != nil {
		after = parts[0]
	}
	rows, err := p.svc.Grids(r.Context(), actor(r), page.Net.ID, page.Open, after, pageSize+1)
	if len(rows) > pageSize {
		rows = rows[:pageSize]
		page.Next = web.PageURL(r, web.EncodeCursor(rows[pageSize-1].Code))
	}
	for _, g := range rows {
		x := gridRow{OldGrid: g}
		if u := p.tree().ByID(g.UnitID); u != nil {
			x.Unit, x.HowName = p.tree().PathName(u, " · "), p.web.T(r)("oldnetweb.how."+g.How)
		}
		page.Grids = append(page.Grids, x)
	}
	return err
}

func (p *Pages) people(r *http.Request, page *netPage) error {
	parts, err := web.DecodeCursor(r, 2)
	if err != nil {
		return err
	}
	rows, err := p.svc.Workers(r.Context(), actor(r), page.Net.ID, page.Open, parts, pageSize+1)
	if len(rows) > pageSize {
		rows = rows[:pageSize]
		page.Next = web.PageURL(r, web.EncodeCursor(rows[pageSize-1].Name, rows[pageSize-1].ID))
	}
	say := p.web.T(r)
	for _, v := range rows {
		x := workerRow{OldWorker: v, Kind: "warn", Label: say("oldnetweb.fate.open")}
		switch v.Fate {
		case oldnet.OnPost:
			x.Kind, x.Label = "ok", say("oldnetweb.fate.post")
		case oldnet.Released:
			x.Kind, x.Label = "idle", say("oldnetweb.fate.released")
		}
		if post := p.tree().Post(v.PostID); post != nil {
			x.Post = p.tree().PathName(p.tree().ByID(post.UnitID), " · ") + " · " + post.Name
		}
		page.Workers = append(page.Workers, x)
	}
	return err
}

// back leads to the part of the page somebody was at.
func back(r *http.Request, part string) string {
	q := url.Values{"part": {part}}
	if r.PostFormValue("open") != "" {
		q.Set("open", "1")
	}
	return "/oldnets/" + r.PathValue("id") + "?" + q.Encode()
}

// command runs one form of the net's page; a refusal shows the page again.
func (p *Pages) command(w http.ResponseWriter, r *http.Request, part string, run func(f *web.Form) error, show func(*netPage, error)) error {
	f, err := web.ParseForm(w, r)
	if err != nil {
		return err
	}
	err = run(f)
	if bad := f.Err(); err == nil {
		err = bad
	}
	if err == nil {
		return p.web.SeeOther(w, r, back(r, part), "oldnetweb.said_stored")
	}
	if !web.IsInvalid(err) && errs.KindOf(err) != errs.Conflict {
		return err
	}
	page, failed := p.netPage(r, part)
	if failed != nil {
		return errors.Join(err, failed)
	}
	show(&page, err)
	status := http.StatusUnprocessableEntity
	if errs.KindOf(err) == errs.Conflict {
		status = http.StatusConflict
	}
	return p.web.RenderStatus(w, r, status, "oldnet/net", page)
}

func (p *Pages) mapGrid(w http.ResponseWriter, r *http.Request) error {
	cmd := oldnet.MapGrid{NetID: r.PathValue("id"), GridID: r.PathValue("grid")}
	return p.command(w, r, "grids", func(f *web.Form) error {
		cmd.Key, cmd.Unit = f.Key(), f.Text("unit", 100)
		return p.svc.MapGrid(r.Context(), actor(r), cmd)
	}, func(page *netPage, err error) {
		page.Errors = web.FormErrorsOf(err)
		for i := range page.Grids {
			if page.Grids[i].ID == cmd.GridID {
				page.Grids[i].Errors, page.Grids[i].Written = page.Errors, cmd.Unit
			}
		}
	})
}

func (p *Pages) place(w http.ResponseWriter, r *http.Request) error {
	cmd := oldnet.Place{NetID: r.PathValue("id"), WorkerID: r.PathValue("worker")}
	return p.command(w, r, "people", func(f *web.Form) error {
		cmd.Key, cmd.Unit = f.Key(), f.Text("unit", 100)
		switch f.Text("fate", 20) {
		case "post":
			cmd.Fate = oldnet.OnPost
		case "released":
			cmd.Fate = oldnet.Released
		}
		return p.svc.Place(r.Context(), actor(r), cmd)
	}, func(page *netPage, err error) {
		page.Errors = web.FormErrorsOf(err)
		for i := range page.Workers {
			if page.Workers[i].ID == cmd.WorkerID {
				page.Workers[i].Errors, page.Workers[i].Written = page.Errors, cmd.Unit
			}
		}
	})
}

func (p *Pages) release(w http.ResponseWriter, r *http.Request) error {
	return p.command(w, r, "people", func(f *web.Form) error {
		return p.svc.ReleaseRest(r.Context(), actor(r), f.Key(), r.PathValue("id"))
	}, func(page *netPage, err error) { page.Errors = web.FormErrorsOf(err) })
}

func (p *Pages) decide(w http.ResponseWriter, r *http.Request) error {
	var all []oldnet.Decision
	return p.command(w, r, "duties", func(f *web.Form) error {
		for _, id := range f.List("duty") {
			d := oldnet.Decision{DutyID: id}
			switch choice := r.PostFormValue("fate-" + id); choice {
			case "":
			case "dropped":
				d.Fate = oldnet.Dropped
			default:
				d.Fate, d.FunctionID = oldnet.Merged, choice
			}
			all = append(all, d)
		}
		return p.svc.Decide(r.Context(), actor(r), f.Key(), r.PathValue("id"), all)
	}, func(page *netPage, err error) { page.Errors = web.FormErrorsOf(err) })
}

func (p *Pages) day(w http.ResponseWriter, r *http.Request) error {
	part := r.PostFormValue("part")
	return p.command(w, r, part, func(f *web.Form) error {
		return p.svc.SetDay(r.Context(), actor(r), oldnet.SetDay{Key: f.Key(), NetID: r.PathValue("id"), Day: f.Date("day"), Version: int(f.Version())})
	}, func(page *netPage, err error) { page.Errors = web.FormErrorsOf(err) })
}
