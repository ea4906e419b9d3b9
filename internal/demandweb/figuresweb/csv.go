package figuresweb

import (
	"bytes"
	"fmt"
	"net/http"
	"strconv"

	"bilin/internal/auth"
	"bilin/internal/demand/catalog"
	"bilin/internal/demand/figures"
	"bilin/internal/errs"
	"bilin/internal/sheet"
	"bilin/internal/web"
)

// mostLines is more than any unit has parts.
const mostLines = 2000

// csv sends the figures by the chosen axis as a table, and records that it did.
func (p *Pages) csv(w http.ResponseWriter, r *http.Request) error {
	actor, ask := auth.From(r.Context()), p.asked(r)
	report, err := p.svc.Report(r.Context(), actor, ask.filter)
	if err != nil {
		return err
	}
	v := &view{t: p.web.T(r), tree: p.tree(), catalog: p.catalog(), report: report, ask: ask, base: web.Base{Locale: p.web.Base(r, "figures.nav").Locale}}
	v.choose()
	groups := v.groups()
	if len(groups) > mostLines {
		return errs.E(errs.TooLarge, "figures.too_many", "n", mostLines)
	}
	var body bytes.Buffer
	if err := v.write(&body, groups); err != nil {
		return err
	}
	if err := p.svc.Exported(r.Context(), actor, report, len(groups)); err != nil {
		return err
	}
	w.Header().Set("Content-Disposition", fmt.Sprintf("attachment; filename=\"figures-%s-%s-%s-%s.csv\"",
		report.Unit.Code, v.ask.by, report.Filter.From, report.Filter.To))
	w.Header().Set("Cache-Control", "no-store")
	return p.web.Send(w, r, http.StatusOK, "text/csv; charset=utf-8", body.Bytes())
}

// write writes a line for each group and one for the whole.
func (v *view) write(body *bytes.Buffer, groups []figures.Group) error {
	out, err := sheet.NewWriter(body, sheet.CSV)
	if err != nil {
		return err
	}
	defer out.Discard()
	columns := v.columns()
	lines := make([][]string, len(groups)+2)
	lines[0] = []string{v.headOf(), v.t("figures.m.raised"), v.t("figures.m.merged")}
	for i := range groups {
		label, _ := v.label(groups[i].Key)
		lines[i+1] = []string{label, strconv.Itoa(groups[i].Raised), strconv.Itoa(groups[i].Merged)}
	}
	whole := &v.report.Whole
	lines[len(lines)-1] = []string{v.t("figures.total"), strconv.Itoa(whole.Raised), strconv.Itoa(whole.Merged)}
	for _, c := range columns {
		lines[0] = append(lines[0], c.label)
		for i, s := range figures.Column(groups, c.rests) {
			lines[i+1] = append(lines[i+1], v.word(s, c.of(&groups[i].Count)))
		}
		lines[len(lines)-1] = append(lines[len(lines)-1], v.word(whole.One(c.rests), c.of(whole)))
	}
	for _, l := range lines {
		if err := out.Write(l); err != nil {
			return err
		}
	}
	return out.Close()
}

func (v *view) word(s figures.Share, n int) string {
	if s.Hidden {
		return v.t("figures.few")
	}
	return strconv.Itoa(n)
}

// column is one column of the file: a number, and the measure it is hidden with.
type column struct {
	label string
	rests figures.Measure
	of    func(*figures.Count) int
}

func (v *view) columns() []column {
	var all []column
	for _, m := range figures.Measures() {
		name := v.t("figures.m." + string(m))
		all = append(all,
			column{name, m, func(c *figures.Count) int { return c.Share(m).Part }},
			column{v.t("figures.out_of", "name", name), m, func(c *figures.Count) int { return c.Share(m).Of }})
	}
	for _, p := range v.standings() {
		all = append(all, column{v.t("figures.now", "name", p.label), figures.Stands, p.of})
	}
	for _, r := range catalog.Rungs() {
		label := v.t("figures.resolved_at", "name", v.t("figures.rung."+r.String()))
		all = append(all, column{label, figures.Rungs, func(c *figures.Count) int { return c.At[r] }})
	}
	return append(all,
		column{v.t("figures.m.running"), figures.InTime, func(c *figures.Count) int { return c.Running }},
		column{v.t("figures.m.climbs"), figures.Climbed, func(c *figures.Count) int { return c.Climbs }},
		column{v.t("figures.m.handovers"), figures.Passed, func(c *figures.Count) int { return c.Handovers }},
		column{v.t("figures.m.median"), figures.Days, func(c *figures.Count) int { return c.Median }},
		column{v.t("figures.m.ninety"), figures.Days, func(c *figures.Count) int { return c.Ninety }})
}
