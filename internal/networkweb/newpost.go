package networkweb

import (
	"net/http"
	"slices"
	"time"

	"bilin/internal/auth"
	"bilin/internal/errs"
	"bilin/internal/network"
	"bilin/internal/web"
)

type newPostPage struct {
	web.Base
	Unit        *network.Unit
	Crumbs      []web.Crumb
	Roles       []web.Option
	Departments []web.Option
	Role, Name  string
	Department  string
}

func (p *Pages) newPost(w http.ResponseWriter, r *http.Request) error {
	page, err := p.newPostPage(r)
	if err != nil {
		return err
	}
	return p.web.Render(w, r, "network/newpost", page)
}

func (p *Pages) newPostPage(r *http.Request) (*newPostPage, error) {
	t, u, err := p.unit(r.PathValue("code"))
	if err != nil {
		return nil, err
	}
	if !p.unitRights(r, t, u).Appoint {
		return nil, errs.E(errs.Forbidden, "auth.forbidden")
	}
	tr := p.web.T(r)
	page := &newPostPage{Base: p.web.Base(r, "network.page.do.post", "name", u.Name), Unit: u, Crumbs: p.under(r, t, u, tr("network.page.post_new"))}
	roles := network.RolesAt(u.Level)
	for _, role := range roles {
		page.Roles = append(page.Roles, web.Option{Value: string(role), Label: tr("network.role." + string(role))})
	}
	if slices.Contains(roles, auth.Department) {
		for _, d := range t.Departments() {
			page.Departments = append(page.Departments, web.Option{Value: d.ID, Label: d.Name})
		}
	}
	return page, nil
}

func (p *Pages) createPost(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ParseForm(w, r)
	if err != nil {
		return err
	}
	page, err := p.newPostPage(r)
	if err != nil {
		return err
	}
	page.FormKey, page.Name, page.Department = f.Key(), f.Text("name", maxName), f.Text("department", 64)
	page.Role = f.Required("role", 40)
	id := ""
	if err = f.Err(); err == nil {
		id, err = p.svc.CreatePost(r.Context(), actor(r.Context()), network.CreatePost{
			Key: page.FormKey, UnitID: page.Unit.ID, DepartmentID: page.Department, Name: page.Name, Role: auth.Role(page.Role),
		})
	}
	if web.IsInvalid(err) {
		page.Errors = web.FormErrorsOf(err)
		return p.web.RenderStatus(w, r, http.StatusUnprocessableEntity, "network/newpost", page)
	}
	if err != nil {
		return err
	}
	return p.web.SeeOther(w, r, "/network/posts/"+id, "network.page.done.post")
}

// openPhone shows the number of whoever serves in a post, once, for a purpose.
func (p *Pages) openPhone(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ParseForm(w, r)
	if err != nil {
		return err
	}
	page, err := p.postPage(r)
	if err != nil {
		return err
	}
	if page.Serving == nil {
		return errs.E(errs.Conflict, "network.page.post_is_vacant")
	}
	purpose := f.Required("purpose", 200)
	if err = f.Err(); err == nil {
		page.Phone, err = p.svc.ReadPhone(r.Context(), actor(r.Context()), network.PhoneOfPerson, page.Serving.PersonID, purpose)
	}
	w.Header().Set("Cache-Control", "no-store")
	if web.IsInvalid(err) {
		page.Form, page.Errors = "phone", web.FormErrorsOf(err)
		return p.web.RenderStatus(w, r, http.StatusUnprocessableEntity, "network/post", page)
	}
	if err != nil {
		return err
	}
	return p.web.Render(w, r, "network/post", page)
}

// dayStart is the beginning of a day in the city's time; the zero time for none.
func dayStart(day string) time.Time {
	at, err := time.ParseInLocation("2006-01-02", day, web.CityZone)
	if err != nil {
		return time.Time{}
	}
	return at
}
