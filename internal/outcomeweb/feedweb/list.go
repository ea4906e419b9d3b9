package feedweb

import (
	"net/http"
	"time"

	"bilin/internal/outcome"
	"bilin/internal/outcome/pull"
	"bilin/internal/web"
)

type listPage struct {
	web.Base
	Crumbs   []web.Crumb
	Quarters []string
	Rows     []listRow
	Missing  int // indicators without a value of the last quarter
	Last     string
}

type listRow struct {
	Code, Name, Department string
	Context                bool
	Arrived                []arrived
	At                     time.Time // of the last delivery; zero if there was none
	Way                    string
	Failing                time.Time
	Why                    string
}

// list shows whoever may feed which figures have come and which are missing.
func (p *Pages) list(w http.ResponseWriter, r *http.Request) error {
	ctx, t := r.Context(), p.web.T(r)
	page := listPage{Base: p.web.Base(r, "feedweb.title")}
	page.Crumbs, page.Live = p.crumbs(r), []string{outcome.Topic}
	quarters := p.quarters()
	list, err := p.o.Outcome.Arrivals(ctx, quarters[len(quarters)-1], quarters[0])
	if err != nil {
		return err
	}
	last, err := p.o.Outcome.LastBatches(ctx)
	if err != nil {
		return err
	}
	failing, err := p.o.Pulls.Failing(ctx)
	if err != nil {
		return err
	}
	villages := p.villages()
	for _, x := range p.o.Outcome.Catalog().InUse() {
		if x.Source != outcome.Feed || p.o.Outcome.MayFeed(actor(r), x) != nil {
			continue
		}
		row := listRow{Code: x.Code, Name: p.name(r, x), Department: p.department(x.Department), Context: x.Context, Arrived: p.arrivals(r, list, x.ID, quarters, villages)}
		if b, ok := last[x.ID]; ok {
			row.At, row.Way = b.At, t("feedweb.way."+string(b.Way))
		}
		if f, ok := failing[x.ID]; ok {
			row.Failing, row.Why = f.Failing, why(t, f)
		}
		if row.Arrived[0].N == 0 {
			page.Missing++
		}
		page.Rows = append(page.Rows, row)
	}
	for _, a := range p.arrivals(r, nil, "", quarters, villages) {
		page.Quarters = append(page.Quarters, a.Quarter)
	}
	page.Last = page.Quarters[0]
	return p.web.Render(w, r, "feeds/list", page)
}

// why says in words why a pull fails.
func why(t func(string, ...any) string, f pull.Pull) string {
	if f.Cause.Code == "" {
		return ""
	}
	return t(f.Cause.Code, f.Cause.Args...)
}
