package catalogweb

import (
	"net/http"

	"bilin/internal/demand/catalog"
	"bilin/internal/errs"
	"bilin/internal/web"
)

type categoriesPage struct {
	web.Base
	Rows    []categoryRow
	Retired []categoryRow
	Upper   int
	Lower   int
}

type categoryRow struct {
	catalog.Category
	Shown      string // its name in the reader's language
	Department string
	Inherited  bool // the department is the parent's
	OwnLimits  bool
}

func (p *Pages) categories(w http.ResponseWriter, r *http.Request) error {
	page := categoriesPage{Base: p.web.Base(r, "catalog.page.categories")}
	page.Live = []string{catalog.Topic}
	c := p.svc.Catalog()
	for _, cat := range c.All() {
		row := p.row(c, cat, page.Locale)
		if !c.Usable(cat.ID) {
			row.Shown = c.Path(cat.ID, page.Locale)
			page.Retired = append(page.Retired, row)
			continue
		}
		page.Rows = append(page.Rows, row)
		if cat.ParentID == "" {
			page.Upper++
		} else {
			page.Lower++
		}
	}
	return p.web.Render(w, r, "catalog/categories", page)
}

func (p *Pages) row(c *catalog.Catalog, cat catalog.Category, locale string) categoryRow {
	behind := c.Department(cat.ID)
	return categoryRow{Category: cat, Shown: cat.In(locale), Department: p.department(behind),
		Inherited: cat.DepartmentID == "" && behind != "", OwnLimits: c.HasOwn(cat.ID)}
}

type categoryPage struct {
	web.Base
	Crumbs      []web.Crumb
	ID, Parent  string // Parent is the name of the one above
	Shown       string // its own, in the reader's language
	Category    catalog.Category
	Departments []web.Option
	Empty       string // what no department means
	Limits      bool   // it has limits of its own
	Usable      bool
	Children    int
}

// categoryForm makes the page for a category as it is entered.
func (p *Pages) categoryForm(r *http.Request, cat catalog.Category) categoryPage {
	t, c := p.web.T(r), p.svc.Catalog()
	title := "catalog.page.new_category"
	if cat.ID != "" {
		title = "catalog.page.edit_category"
	} else if cat.ParentID != "" {
		title = "catalog.page.new_sub"
	}
	page := categoryPage{
		Base: p.web.Base(r, title), ID: cat.ID, Category: cat, Departments: p.departments(), Empty: t("catalog.page.no_department"),
		Limits: c.HasOwn(cat.ID), Usable: c.Usable(cat.ID), Children: len(c.Children(cat.ID)),
	}
	page.Shown = cat.In(page.Locale)
	page.Title = t(title, "name", page.Shown)
	page.Crumbs = []web.Crumb{{Label: t("catalog.page.categories"), Href: "/settings/categories"}}
	if parent, ok := c.Category(cat.ParentID); ok {
		page.Parent = parent.In(page.Locale)
		page.Empty = t("catalog.page.parents_department", "name", p.orNone(t, p.department(parent.DepartmentID)))
		page.Crumbs = append(page.Crumbs, web.Crumb{Label: page.Parent, Href: "/settings/categories/" + parent.ID})
	}
	page.Crumbs = append(page.Crumbs, web.Crumb{Label: page.Title})
	return page
}

func (p *Pages) orNone(t func(string, ...any) string, name string) string {
	if name == "" {
		return t("catalog.page.none")
	}
	return name
}

func (p *Pages) newCategory(w http.ResponseWriter, r *http.Request) error {
	return p.web.Render(w, r, "catalog/category", p.categoryForm(r, catalog.Category{ParentID: r.URL.Query().Get("parent")}))
}

func (p *Pages) category(w http.ResponseWriter, r *http.Request) error {
	cat, ok := p.svc.Catalog().Category(r.PathValue("id"))
	if !ok {
		return errs.E(errs.NotFound, "catalog.no_category")
	}
	return p.web.Render(w, r, "catalog/category", p.categoryForm(r, cat))
}

func (p *Pages) createCategory(w http.ResponseWriter, r *http.Request) error {
	return p.putCategory(w, r, "", "catalog.page.created")
}

func (p *Pages) changeCategory(w http.ResponseWriter, r *http.Request) error {
	return p.putCategory(w, r, r.PathValue("id"), "catalog.page.changed")
}

func (p *Pages) putCategory(w http.ResponseWriter, r *http.Request, id, said string) error {
	f, err := web.ParseForm(w, r)
	if err != nil {
		return err
	}
	cmd := catalog.PutCategory{
		Key: f.Key(), ID: id, Name: f.Required("name", catalog.MaxName), NameEN: f.Text("name_en", catalog.MaxNameEN),
		DepartmentID: f.Text("department", 50), Sort: f.Int("sort", 0, 10_000), Version: int(f.Version()),
	}
	if id == "" {
		cmd.ParentID, cmd.Code = f.Text("parent", 50), f.Text("code", 40)
	}
	var cat catalog.Category
	if err = f.Err(); err == nil {
		cat, err = p.svc.PutCategory(r.Context(), actor(r), cmd)
	}
	if web.IsInvalid(err) || errs.CodeOf(err) == "catalog.code_taken" {
		shown, _ := p.svc.Catalog().Category(id)
		shown.Name, shown.NameEN, shown.DepartmentID, shown.Sort, shown.Version = cmd.Name, cmd.NameEN, cmd.DepartmentID, cmd.Sort, cmd.Version
		if id == "" {
			shown.ParentID, shown.Code = cmd.ParentID, cmd.Code
		}
		page := p.categoryForm(r, shown)
		page.Errors, page.FormKey = web.FormErrorsOf(err), f.Key()
		return p.web.RenderStatus(w, r, http.StatusUnprocessableEntity, "catalog/category", page)
	}
	if err != nil {
		return err
	}
	return p.web.SeeOther(w, r, "/settings/categories#c-"+cat.ID, said, "name", cat.Name)
}

func (p *Pages) retire(back bool) web.Handler {
	said := "catalog.page.retired_said"
	if back {
		said = "catalog.page.back_said"
	}
	return func(w http.ResponseWriter, r *http.Request) error {
		f, err := web.ParseForm(w, r)
		if err != nil {
			return err
		}
		cat, err := p.svc.Retire(r.Context(), actor(r), catalog.Retire{Key: f.Key(), ID: r.PathValue("id"), Back: back, Version: int(f.Version())})
		if err != nil {
			return err
		}
		return p.web.SeeOther(w, r, "/settings/categories", said, "name", cat.Name)
	}
}
