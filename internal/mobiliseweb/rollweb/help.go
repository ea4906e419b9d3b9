package rollweb

import (
	"net/http"
	"net/url"

	"bilin/internal/errs"
	"bilin/internal/mobilise/rollcall"
	"bilin/internal/web"
)

// door is a household that needs help as the list shows it.
type door struct {
	ID, Address, Name, Place string
	Word                     word
	Since                    any // since when it needs help
	Version                  int
	UnderWay, Helped, MayAid bool
	HasPhone                 bool
	Phone                    string // opened, on record
}

type helpPage struct {
	web.Base
	head
	Helped bool
	Doors  []door
	Next   string
}

func (p *Pages) help(w http.ResponseWriter, r *http.Request) error {
	return p.helpWith(w, r, http.StatusOK, "", "")
}

// helpWith shows the list, with one number opened.
func (p *Pages) helpWith(w http.ResponseWriter, r *http.Request, status int, home, phone string) error {
	parts, err := web.DecodeCursor(r, 1)
	if err != nil {
		return err
	}
	after := ""
	if parts != nil {
		after = parts[0]
	}
	list, err := p.svc.Help(r.Context(), actor(r), r.PathValue("id"), r.FormValue("show") == "helped", after)
	if err != nil {
		return err
	}
	page := helpPage{Base: p.web.Base(r, "rollweb.title"), Helped: list.Helped}
	page.head = p.head(r, &page.Base, list.Call, "help")
	page.Live = []string{rollcall.OfHelp + list.Call.ID}
	t := p.web.T(r)
	for _, d := range list.Doors {
		x := door{ID: d.ID, Address: d.Address, Name: d.Name, Word: wordOf(d.Row, t), Since: d.Row.HelpAt, Version: d.Row.Version,
			UnderWay: d.Row.Aid == rollcall.UnderWay, Helped: d.Row.Aid == rollcall.Helped, MayAid: d.MayAid, HasPhone: d.HasPhone}
		if d.Unit != nil {
			x.Place = p.net.Tree().PathName(d.Unit, " · ")
		}
		if d.ID == home {
			x.Phone = phone
		}
		page.Doors = append(page.Doors, x)
	}
	if list.Next != "" {
		here := *r // the page may be the answer to a form
		here.URL = &url.URL{Path: page.At + "/help"}
		if page.Helped {
			here.URL.RawQuery = "show=helped"
		}
		page.Next = web.PageURL(&here, web.EncodeCursor(list.Next))
	}
	return p.web.RenderStatus(w, r, status, "roll/help", page)
}

// assist notes what came of a need.
func (p *Pages) assist(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ParseForm(w, r)
	if err != nil {
		return err
	}
	cmd := rollcall.Assist{Key: f.Key(), CallID: r.PathValue("id"), HouseholdID: r.PathValue("home"), Version: int(f.Version())}
	aid := f.Choice("aid", "none", string(rollcall.UnderWay), string(rollcall.Helped))
	if aid != "none" {
		cmd.Aid = rollcall.Aid(aid)
	}
	if err := f.Err(); err != nil {
		return err
	}
	if err := p.svc.Assist(r.Context(), actor(r), cmd); err != nil {
		return err
	}
	back := "/rollcalls/" + cmd.CallID + "/help"
	if r.PostFormValue("show") == "helped" {
		back += "?show=helped"
	}
	return p.web.SeeOther(w, r, back, "rollweb.said_aid")
}

// phone opens a household's number on record, and shows it once.
func (p *Pages) phone(w http.ResponseWriter, r *http.Request) error {
	if _, err := web.ParseForm(w, r); err != nil {
		return err
	}
	home := r.PathValue("home")
	number, err := p.svc.Phone(r.Context(), actor(r), r.PathValue("id"), home)
	if err != nil {
		return err
	}
	if number == "" {
		return errs.E(errs.NotFound, "network.no_phone")
	}
	w.Header().Set("Cache-Control", "no-store")
	return p.helpWith(w, r, http.StatusOK, home, number)
}
