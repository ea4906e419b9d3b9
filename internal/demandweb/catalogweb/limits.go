package catalogweb

import (
	"net/http"

	"bilin/internal/demand/catalog"
	"bilin/internal/errs"
	"bilin/internal/web"
)

type limitsPage struct {
	web.Base
	ID      string // "" is the city's default
	Name    string
	Rev     int64
	Choices []web.Option
	Own     []web.Option // categories that have limits of their own
	Rungs   []limitRow
	Heads   []string // message keys of the urgencies
	Labels  map[string]string
}

type limitRow struct {
	Rung  string // message key
	Cells []limitCell
}

// limitCell is the limit of one rung for one urgency.
type limitCell struct {
	Name  string // of the input
	Label string // message key of the urgency
	Value string // what the category says itself, as it is typed
	Else  string // what holds where it says nothing, in words
}

// limitsForm makes the page of a category's limits.
func (p *Pages) limitsForm(r *http.Request, id string) (limitsPage, error) {
	t, c := p.web.T(r), p.svc.Catalog()
	page := limitsPage{Base: p.web.Base(r, "catalog.page.limits"), ID: id, Rev: p.svc.Rev(), Name: t("catalog.page.city_default"), Labels: map[string]string{}}
	cat, ok := c.Category(id)
	switch {
	case !ok && id != "":
		return page, errs.E(errs.NotFound, "catalog.no_category")
	case ok:
		page.Name = c.Path(id, page.Locale)
	}
	for _, other := range c.All() {
		if c.Usable(other.ID) || other.ID == id {
			page.Choices = append(page.Choices, web.Option{Value: other.ID, Label: c.Path(other.ID, page.Locale)})
		}
		if c.HasOwn(other.ID) {
			page.Own = append(page.Own, web.Option{Value: other.ID, Label: c.Path(other.ID, page.Locale)})
		}
	}
	for _, u := range catalog.Urgencies() {
		page.Heads = append(page.Heads, "catalog.urgency."+u.String())
	}
	for _, rung := range catalog.Rungs() {
		row := limitRow{Rung: "catalog.rung." + rung.String()}
		for _, u := range catalog.Urgencies() {
			cell := cellOf(t, c, cat, u, rung)
			page.Labels[cell.Name] = t("catalog.page.limit_of", "rung", t(row.Rung), "urgency", t(cell.Label))
			row.Cells = append(row.Cells, cell)
		}
		page.Rungs = append(page.Rungs, row)
	}
	return page, nil
}

// cellOf returns what a category says of a limit, and what holds where it says
// nothing. The zero category is the city's default.
func cellOf(t func(string, ...any) string, c *catalog.Catalog, cat catalog.Category, u catalog.Urgency, rung catalog.Rung) limitCell {
	cell := limitCell{Name: catalog.Limit{Urgency: u, Rung: rung}.Field(), Label: "catalog.urgency." + u.String()}
	cell.Else = catalog.Say(t, c.Limit(cat.ParentID, u, rung))
	if cat.ID == "" {
		cell.Else = catalog.Say(t, catalog.BuiltIn(u, rung))
	}
	if own := c.Own(cat.ID, u, rung); own > 0 {
		cell.Value = catalog.Say(t, own)
	}
	return cell
}

func (p *Pages) limits(w http.ResponseWriter, r *http.Request) error {
	page, err := p.limitsForm(r, r.URL.Query().Get("category"))
	if err != nil {
		return err
	}
	return p.web.Render(w, r, "catalog/limits", page)
}

func (p *Pages) setLimits(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ParseForm(w, r)
	if err != nil {
		return err
	}
	cmd := catalog.SetLimits{Key: f.Key(), CategoryID: f.Text("category", 50), Rev: f.Version()}
	typed := map[string]string{}
	for _, u := range catalog.Urgencies() {
		for _, rung := range catalog.Rungs() {
			l := catalog.Limit{CategoryID: cmd.CategoryID, Urgency: u, Rung: rung}
			text := f.Text(l.Field(), 40)
			typed[l.Field()] = text
			if l.Time, err = catalog.ParseLimit(text); err != nil {
				f.Fail(l.Field(), errs.CodeOf(err))
			} else if text != "" {
				cmd.Limits = append(cmd.Limits, l)
			}
		}
	}
	if err = f.Err(); err == nil {
		err = p.svc.SetLimits(r.Context(), actor(r), cmd)
	}
	if web.IsInvalid(err) {
		return p.limitsAgain(w, r, f, cmd, typed, err)
	}
	if err != nil {
		return err
	}
	to := "/settings/limits"
	if cmd.CategoryID != "" {
		to += "?category=" + cmd.CategoryID
	}
	return p.web.SeeOther(w, r, to, "catalog.page.limits_stored")
}

// limitsAgain shows the grid with what was typed.
func (p *Pages) limitsAgain(w http.ResponseWriter, r *http.Request, f *web.Form, cmd catalog.SetLimits, typed map[string]string, cause error) error {
	page, err := p.limitsForm(r, cmd.CategoryID)
	if err != nil {
		return err
	}
	page.Errors, page.FormKey, page.Rev = web.FormErrorsOf(cause), f.Key(), cmd.Rev
	for i := range page.Rungs {
		for j := range page.Rungs[i].Cells {
			page.Rungs[i].Cells[j].Value = typed[page.Rungs[i].Cells[j].Name]
		}
	}
	return p.web.RenderStatus(w, r, http.StatusUnprocessableEntity, "catalog/limits", page)
}
