package networkweb

import (
	"net/http"

	"bilin/internal/auth"
	"bilin/internal/network"
	"bilin/internal/web"
)

type personPage struct {
	web.Base
	Person   network.Person
	Posts    []personPost
	Name     string
	NewPhone string
	Clear    bool
	Show     bool
	Phone    string // just opened, shown once
	CanEdit  bool
	CanRead  bool
	Keeps    bool // may replace the number, or show it to the public
}

type personPost struct {
	Post *network.Post
	Path string
	Href string
	Term *network.Holder
}

func (p *Pages) showPerson(w http.ResponseWriter, r *http.Request) error {
	page, err := p.personPage(r)
	if err != nil {
		return err
	}
	return p.web.Render(w, r, "network/person", page)
}

func (p *Pages) personPage(r *http.Request) (*personPage, error) {
	person, err := p.svc.Person(r.Context(), actor(r.Context()), r.PathValue("id"))
	if err != nil {
		return nil, err
	}
	t := p.svc.Tree()
	page := &personPage{Base: p.web.Base(r, "network.page.person_title", "name", person.Name), Person: person, Name: person.Name, Show: person.ShowPhone, CanEdit: true,
		Keeps: p.svc.KeepsPhone(actor(r.Context()), person.ID)}
	for _, post := range t.PostsOf(person.ID) {
		u := t.ByID(post.UnitID)
		term := post.Holder
		if term == nil || term.PersonID != person.ID {
			term = post.StandIn
		}
		page.Posts = append(page.Posts, personPost{Post: post, Path: t.PathName(u, " / "), Href: postPath(post), Term: term})
		page.CanEdit = page.CanEdit && p.unitRights(r, t, u).Appoint
		page.CanRead = page.CanRead || person.HasPhone && p.can(r, network.ActReadPhone, u)
	}
	return page, nil
}

func (p *Pages) updatePerson(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ParseForm(w, r)
	if err != nil {
		return err
	}
	page, err := p.personPage(r)
	if err != nil {
		return err
	}
	page.FormKey, page.Name, page.NewPhone = f.Key(), f.Required("name", maxName), f.Text("phone", 40)
	page.Clear = f.Bool("clear_phone")
	if page.Keeps { // its box isn't there for others
		page.Show = f.Bool("show_phone")
	}
	if err = f.Err(); err == nil {
		c := network.UpdatePerson{
			Key: page.FormKey, ID: page.Person.ID, Rev: f.Version(), Name: page.Name, ShowPhone: page.Show, HouseholdID: page.Person.HouseholdID,
		}
		if page.NewPhone != "" || page.Clear {
			c.Phone = &page.NewPhone
		}
		err = p.svc.UpdatePerson(r.Context(), actor(r.Context()), c)
	}
	if web.IsInvalid(err) {
		page.Errors = web.FormErrorsOf(err)
		return p.web.RenderStatus(w, r, http.StatusUnprocessableEntity, "network/person", page)
	}
	if err != nil {
		return err
	}
	return p.web.SeeOther(w, r, "/network/people/"+page.Person.ID, "network.page.done.person")
}

// personPhone opens a person's number for a purpose, and shows it once.
func (p *Pages) personPhone(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ParseForm(w, r)
	if err != nil {
		return err
	}
	page, err := p.personPage(r)
	if err != nil {
		return err
	}
	purpose := f.Required("purpose", 200)
	if err = f.Err(); err == nil {
		page.Phone, err = p.svc.ReadPhone(r.Context(), actor(r.Context()), network.PhoneOfPerson, page.Person.ID, purpose)
	}
	w.Header().Set("Cache-Control", "no-store")
	if web.IsInvalid(err) {
		page.Errors = web.FormErrorsOf(err)
		return p.web.RenderStatus(w, r, http.StatusUnprocessableEntity, "network/person", page)
	}
	if err != nil {
		return err
	}
	return p.web.Render(w, r, "network/person", page)
}

// showMyPhone is each lead's own choice whether the public sees their number.
func (p *Pages) showMyPhone(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ParseForm(w, r)
	if err != nil {
		return err
	}
	back := "/"
	for _, post := range p.svc.Tree().PostsOf(auth.From(r.Context()).PersonID) {
		back = postPath(post)
	}
	err = p.svc.ShowPhone(r.Context(), auth.From(r.Context()), network.ShowPhone{Key: f.Key(), Show: f.Bool("show")})
	if err != nil {
		return err
	}
	return p.web.SeeOther(w, r, back, "network.page.done.show_phone")
}
