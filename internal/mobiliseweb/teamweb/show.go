package teamweb

import (
	"bytes"
	"net/http"
	"strings"
	"time"

	"bilin/internal/errs"
	"bilin/internal/mobilise/team"
	"bilin/internal/network"
	"bilin/internal/sheet"
	"bilin/internal/web"
	"bilin/internal/workday"
)

// person is a member as a page shows them.
type person struct {
	team.Listed
	GradeName, Where string
}

func (p *Pages) person(r *http.Request, home string, l team.Listed) person {
	return person{l, p.web.T(r)("team.grade." + l.Grade.String()), p.below(home, l.UnitID)}
}

type teamPage struct {
	web.Base
	Crumbs          []web.Crumb
	Team            *team.Detail
	KindName, Where string
	People          []person
	Next            string
	Masked          bool // names of members
	Me              string
}

func (p *Pages) show(w http.ResponseWriter, r *http.Request) error {
	d, err := p.svc.Get(r.Context(), actor(r), r.PathValue("id"))
	if err != nil {
		return err
	}
	page := teamPage{Base: p.web.Base(r, "teamweb.title"), Team: d, Crumbs: p.crumbs(r, web.Crumb{Label: d.Name}), Where: p.where(d.UnitID),
		KindName: p.web.T(r)("team.kind." + string(d.Kind)), Masked: !d.May.Names, Me: actor(r).PersonID}
	page.Title, page.Live = d.Name, []string{team.Topic(d.ID)}
	after, err := web.DecodeCursor(r, 3)
	if err != nil {
		return err
	}
	list, err := p.svc.Listed(r.Context(), actor(r), d.ID, after, peopleSize+1)
	if err != nil {
		return err
	}
	if len(list) > peopleSize {
		list = list[:peopleSize]
		page.Next = web.PageURL(r, web.EncodeCursor(list[peopleSize-1].Cursor()...))
	}
	for _, l := range list {
		page.People = append(page.People, p.person(r, d.UnitID, l))
	}
	return p.web.Render(w, r, "teams/team", page)
}

// csv sends a team's list, to print and to pin up. Numbers aren't in it.
func (p *Pages) csv(w http.ResponseWriter, r *http.Request) error {
	t, list, err := p.svc.Export(r.Context(), actor(r), r.PathValue("id"))
	if err != nil {
		return err
	}
	say := p.web.T(r)
	var body bytes.Buffer
	out, err := sheet.NewWriter(&body, sheet.CSV)
	if err != nil {
		return err
	}
	defer out.Discard()
	lines := [][]string{{say("teamweb.name"), say("teamweb.grade"), say("teamweb.where"), say("teamweb.joined")}}
	for _, l := range list {
		lines = append(lines, []string{l.Name, say("team.grade." + l.Grade.String()), p.where(l.UnitID), l.JoinedAt.In(workday.City).Format(time.DateOnly)})
	}
	for _, line := range lines {
		if err := out.Write(line); err != nil {
			return err
		}
	}
	if err := out.Close(); err != nil {
		return err
	}
	w.Header().Set("Content-Disposition", `attachment; filename="team-`+t.ID+`.csv"`)
	w.Header().Set("Cache-Control", "no-store")
	return p.web.Send(w, r, http.StatusOK, "text/csv; charset=utf-8", body.Bytes())
}

type memberPage struct {
	web.Base
	Crumbs  []web.Crumb
	Team    *team.Detail
	Person  person
	Grades  []web.Option
	Grade   string
	Self    bool
	Purpose string
	Phone   string // just opened, shown once
}

func (p *Pages) member(w http.ResponseWriter, r *http.Request) error {
	page, err := p.memberPage(r)
	if err != nil {
		return err
	}
	return p.web.Render(w, r, "teams/member", page)
}

func (p *Pages) memberPage(r *http.Request) (*memberPage, error) {
	d, err := p.svc.Get(r.Context(), actor(r), r.PathValue("id"))
	if err != nil {
		return nil, err
	}
	l, err := p.svc.OneListed(r.Context(), actor(r), d.ID, r.PathValue("person"))
	if err != nil {
		return nil, err
	}
	page := &memberPage{Base: p.web.Base(r, "teamweb.title"), Team: d, Person: p.person(r, d.UnitID, l), Grades: p.grades(r), Grade: l.Grade.String(),
		Self: actor(r).PersonID == l.PersonID && l.PersonID != "", Crumbs: p.crumbs(r, teamCrumb(&d.Team), web.Crumb{Label: l.Name})}
	page.Title = l.Name
	return page, nil
}

func memberPath(r *http.Request) string {
	return "/teams/" + r.PathValue("id") + "/members/" + r.PathValue("person")
}

func (p *Pages) grade(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ParseForm(w, r)
	if err != nil {
		return err
	}
	cmd := team.SetMember{Key: f.Key(), TeamID: r.PathValue("id"), PersonID: r.PathValue("person"), Grade: readGrade(f)}
	if err = f.Err(); err == nil {
		err = p.svc.SetMember(r.Context(), actor(r), cmd)
	}
	if web.Again(err) {
		return p.memberAgain(w, r, err)
	}
	if err != nil {
		return err
	}
	return p.web.SeeOther(w, r, memberPath(r), "teamweb.said_grade")
}

func (p *Pages) memberAgain(w http.ResponseWriter, r *http.Request, cause error) error {
	page, err := p.memberPage(r)
	if err != nil {
		return err
	}
	page.Errors, page.Purpose = web.FormErrorsOf(cause), r.PostFormValue("purpose")
	return p.web.RenderStatus(w, r, errs.Status(cause), "teams/member", page)
}

func (p *Pages) remove(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ParseForm(w, r)
	if err != nil {
		return err
	}
	cmd := team.Remove{Key: f.Key(), TeamID: r.PathValue("id"), PersonID: r.PathValue("person")}
	if err := p.svc.Remove(r.Context(), actor(r), cmd); err != nil {
		return err
	}
	if cmd.PersonID == actor(r).PersonID {
		return p.web.SeeOther(w, r, "/teams?mine=1", "teamweb.said_left")
	}
	return p.web.SeeOther(w, r, "/teams/"+cmd.TeamID, "teamweb.said_removed")
}

// phone opens a member's number for a purpose, and shows it once.
func (p *Pages) phone(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ParseForm(w, r)
	if err != nil {
		return err
	}
	page, err := p.memberPage(r)
	if err != nil {
		return err
	}
	purpose := f.Required("purpose", maxPurpose)
	if err = f.Err(); err == nil {
		page.Phone, err = p.net.ReadPhone(r.Context(), actor(r), network.PhoneOfPerson, page.Person.PersonID, purpose)
	}
	w.Header().Set("Cache-Control", "no-store")
	if web.IsInvalid(err) {
		page.Errors, page.Purpose = web.FormErrorsOf(err), strings.TrimSpace(r.PostFormValue("purpose"))
		return p.web.RenderStatus(w, r, http.StatusUnprocessableEntity, "teams/member", page)
	}
	if err != nil {
		return err
	}
	return p.web.Render(w, r, "teams/member", page)
}
