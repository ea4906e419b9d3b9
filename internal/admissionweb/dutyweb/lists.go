package dutyweb

import (
	"net/http"
	"strings"

	"bilin/internal/admission/duty"
	"bilin/internal/errs"
	"bilin/internal/sheet"
	"bilin/internal/web"
)

// mostFound is how many items a search shows.
const mostFound = 200

type listsPage struct {
	web.Base
	Q, Department, Name string // Name is the department's
	Selects             []web.FilterSelect
	Summary             []summaryRow // departments with how much is on their lists, while nothing is sought
	Lists               []listPart
	Found               int
	More                bool // there are more than are shown
	MayEdit             bool
	Retired             []duty.Duty // for editors
}

// summaryRow is a department and the length of its lists.
type summaryRow struct {
	ID, Name               string
	Own, Assist, TakenBack int
}

// listPart is one of the three lists.
type listPart struct {
	List  string
	Items []itemRow
}

type itemRow struct {
	duty.Duty
	Department, Function string
}

func (p *Pages) lists(w http.ResponseWriter, r *http.Request) error {
	query := r.URL.Query()
	page := listsPage{Base: p.web.Base(r, "duty.page.lists"), Q: strings.TrimSpace(query.Get("q")), Department: query.Get("department"),
		MayEdit: p.svc.MayEdit(actor(r))}
	page.Live = []string{duty.Topic}
	page.Name = p.department(page.Department)
	if page.Name == "" {
		page.Department = ""
	}
	page.Selects = []web.FilterSelect{{Name: "department", Label: p.web.T(r)("duty.page.department"), Value: page.Department, Options: p.departments()}}
	if page.Q == "" && page.Department == "" {
		page.Summary = p.summary()
	} else {
		p.find(&page)
	}
	if page.MayEdit && page.Department != "" {
		page.Retired = p.retired(page.Department)
	}
	if web.IsHTMX(r) {
		return p.web.RenderPart(w, r, "duty/lists", "results", page)
	}
	return p.web.Render(w, r, "duty/lists", page)
}

// summary counts what each department has on its lists.
func (p *Pages) summary() []summaryRow {
	c := p.svc.Catalog()
	var out []summaryRow
	for _, d := range p.net.Tree().Departments() {
		row := summaryRow{ID: d.ID, Name: d.Name}
		for _, item := range c.Duties(d.ID) {
			switch item.List {
			case duty.Own:
				row.Own++
			case duty.Assist:
				row.Assist++
			case duty.TakenBack:
				row.TakenBack++
			}
		}
		out = append(out, row)
	}
	return out
}

// find fills the three lists with what is sought.
func (p *Pages) find(page *listsPage) {
	c, q := p.svc.Catalog(), strings.ToLower(page.Q)
	parts := map[string][]itemRow{}
	for _, d := range c.Duties(page.Department) {
		row := itemRow{d, p.department(d.DepartmentID), c.Path(d.FunctionID, page.Locale)}
		text := strings.ToLower(strings.Join([]string{d.Code, d.Title, d.Basis, row.Department, row.Function}, "\n"))
		if !strings.Contains(text, q) {
			continue
		}
		if page.More = page.Found == mostFound && page.Department == ""; page.More {
			break
		}
		page.Found++
		parts[d.List] = append(parts[d.List], row)
	}
	for _, list := range duty.Lists() {
		page.Lists = append(page.Lists, listPart{list, parts[list]})
	}
}

// retired are a department's items that are off the lists.
func (p *Pages) retired(departmentID string) []duty.Duty {
	var out []duty.Duty
	for _, d := range p.svc.Catalog().AllDuties() {
		if d.Retired && d.DepartmentID == departmentID {
			out = append(out, d)
		}
	}
	return out
}

// download sends all lists as a table that can be imported again.
func (p *Pages) download(w http.ResponseWriter, r *http.Request) error {
	kinds := map[sheet.Format]string{sheet.CSV: "text/csv; charset=utf-8", sheet.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"}
	format := sheet.Format(r.PathValue("format"))
	if kinds[format] == "" {
		return errs.E(errs.NotFound, "web.not_found")
	}
	var file strings.Builder // small: what is wrong is still shown as a page
	table, err := sheet.NewWriter(&file, format)
	if err != nil {
		return err
	}
	defer table.Discard()
	if err := p.writeLists(table, p.web.T(r), p.web.Base(r, "").Locale); err != nil {
		return err
	}
	w.Header().Set("Content-Type", kinds[format])
	w.Header().Set("Content-Disposition", `attachment; filename="duty-lists.`+string(format)+`"`)
	_, err = w.Write([]byte(file.String()))
	return err
}

func (p *Pages) writeLists(table sheet.Writer, t func(string, ...any) string, locale string) error {
	var heading []string
	for _, column := range duty.Columns() {
		heading = append(heading, t("duty.column."+column))
	}
	if err := table.Write(heading); err != nil {
		return err
	}
	c := p.svc.Catalog()
	for _, d := range c.Duties("") {
		f, _ := c.Function(d.FunctionID)
		err := table.Write([]string{d.Code, p.department(d.DepartmentID), t("duty.list." + d.List), d.Title, d.Basis, f.In(locale)})
		if err != nil {
			return err
		}
	}
	return table.Close()
}
