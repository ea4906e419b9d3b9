package matterweb

import (
	"net/http"
	"slices"
	"strconv"

	"bilin/internal/admission"
	"bilin/internal/network"
	"bilin/internal/web"
)

// preview is what a form would cost.
type preview struct {
	*admission.Preview
	Findings []finding
	Rows     []previewRow
	Months   []previewMonth
	Over     []place
	More     int
	Drawing  drawing
}

type previewMonth struct {
	admission.PreviewMonth
	Share, Kind string
}

type previewRow struct {
	Name, Kind, Share      string
	Leads, Minutes         int
	Median, OverNew, Worst int
}

// drawing is a row of bars for each place: what its leads are asked before and
// after, on a scale on which their budget is a line.
type drawing struct {
	Height, Line int // of the picture, and where the budget stands
	Bars         []stroke
}

type stroke struct {
	Name               string
	Y, TextY           int
	Before, After, Max int // widths, and the place of the lead who is asked most
	Bad                bool
	Over               int // leads past their budget
}

// The drawing's measures, in its own units.
const (
	drawLeft, drawWidth, drawRow = 140, 420, 26
	drawBudget                   = 280 // where a whole budget stands
)

// cost reckons what a form would cost.
func (p *Pages) cost(r *http.Request, c admission.Content) (*preview, error) {
	x, err := p.svc.Preview(r.Context(), actor(r), c)
	if err != nil {
		return nil, err
	}
	out := &preview{Preview: x, Findings: p.findings(x.Findings, p.web.T(r))}
	for _, u := range x.Units {
		unit := p.tree().ByID(u.UnitID)
		if unit == nil {
			continue
		}
		row := previewRow{Name: unit.Name, Leads: u.Leads, Minutes: u.Minutes, Median: u.After.Median, Worst: u.After.Max, OverNew: u.After.Over}
		row.Share, row.Kind = share(u.After)
		out.Rows = append(out.Rows, row)
		out.Drawing.add(unit, u)
	}
	out.Drawing.Line, out.Drawing.Height = drawLeft+drawBudget, drawRow*len(out.Drawing.Bars)+24
	for _, m := range x.Months {
		month := previewMonth{PreviewMonth: m}
		month.Share, month.Kind = share(m.After)
		out.Months = append(out.Months, month)
	}
	for _, o := range x.Over[:min(len(x.Over), 6)] {
		if u := p.tree().ByID(o.UnitID); u != nil {
			out.Over = append(out.Over, place{p.tree().PathName(u, " · "), o.Asked, o.Budget})
		}
	}
	out.More = len(x.Over) - len(out.Over)
	return out, nil
}

// share says how much of the budget is taken, and how that looks.
func share(s admission.Sum) (text, kind string) {
	kind = "ok"
	if s.Budget > 0 {
		text = strconv.Itoa(100*s.Minutes/s.Budget) + "%"
		if 4*s.Minutes > 3*s.Budget {
			kind = "warn"
		}
	}
	if s.Over > 0 {
		kind = "bad"
	}
	return text, kind
}

func (d *drawing) add(unit *network.Unit, u admission.PreviewUnit) {
	if u.After.Leads == 0 || u.After.Budget == 0 {
		return
	}
	budget := max(1, u.After.Budget/u.After.Leads) // of one lead
	at := func(minutes int) int { return min(drawWidth, drawBudget*minutes/budget) }
	y := 20 + drawRow*len(d.Bars)
	d.Bars = append(d.Bars, stroke{Name: unit.Name, Y: y, TextY: y + 16, Before: at(u.Before.Median), After: at(u.After.Median),
		Max: drawLeft + at(u.After.Max), Bad: u.After.Over > 0, Over: u.After.Over})
}

// formWithCost shows a form with what it costs as it stands.
func (p *Pages) formWithCost(w http.ResponseWriter, r *http.Request, page formPage) (err error) {
	if p.mayCost(r, page.C.DepartmentID) {
		if page.Preview, err = p.cost(r, page.C); err != nil {
			return err
		}
	}
	return p.form(w, r, http.StatusOK, page)
}

func (p *Pages) mayCost(r *http.Request, departmentID string) bool {
	return slices.Contains(p.svc.DepartmentsOf(actor(r)), departmentID)
}

// preview answers the form while somebody fills it in.
func (p *Pages) preview(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ParseForm(w, r)
	if err != nil {
		return err
	}
	page := formPage{Base: p.web.Base(r, "matterweb.new")}
	page.C, _ = p.read(f)
	err = f.Err()
	if err == nil && p.mayCost(r, page.C.DepartmentID) {
		page.Preview, err = p.cost(r, page.C)
	}
	if err != nil && !web.IsInvalid(err) {
		return err
	}
	return p.web.RenderPart(w, r, "matter/form", "cost", page)
}
