package outreachweb

import (
	"bytes"
	"io"
	"net/http"
	"strconv"
	"strings"

	"bilin/internal/errs"
	"bilin/internal/network"
	"bilin/internal/outreach"
	"bilin/internal/outreach/texting"
	"bilin/internal/web"
)

// listPage is what was sent: to a place, or at all.
type listPage struct {
	web.Base
	Where  string // "" for everything
	Lead   string // the public page of the place
	Lines  []line
	Next   string
	First  string
	Door   string // of whoever may ask for short messages here
	Phone  string
	Way    texting.Way
	Ways   []web.Option // to hear notices by; none unless there is a choice
	Labels map[string]string
}

func (p *Pages) list(w http.ResponseWriter, r *http.Request) error {
	page, err := p.listPage(w, r, r.URL.Query().Get("door"))
	if err != nil {
		return err
	}
	return p.web.Render(w, r, "notices/list", page)
}

func (p *Pages) listPage(w http.ResponseWriter, r *http.Request, typed string) (*listPage, error) {
	if err := p.Reads.Allow(web.ClientIP(r)); err != nil {
		return nil, err
	}
	unit, door, err := p.place(w, r, typed)
	if err != nil {
		return nil, err
	}
	after, err := cursorOf(r)
	if err != nil {
		return nil, err
	}
	list, next, err := p.svc.At(r.Context(), unit, after, pageSize)
	if err != nil {
		return nil, err
	}
	page := &listPage{Base: p.web.Base(r, "outreachweb.title"), Next: nextURL(r, next)}
	if after != nil {
		page.First = web.PageURL(r, "")
	}
	if unit != nil {
		page.Where, page.Lead = p.tree().PathName(unit, " · "), "/u/"+unit.Code
		if door != "" {
			page.Lead = "/d/" + door
		}
	}
	for _, n := range list {
		page.Lines = append(page.Lines, p.line(r, n, withDoor(at(n.Number), door)))
	}
	if p.o.Texts != nil && p.o.Texts.On() {
		t := p.web.T(r)
		page.Door, page.Labels, page.Way = door, map[string]string{"phone": t("outreachweb.f_phone"), "way": t("outreachweb.f_way")}, texting.SMS
		if p.o.Texts.Calls() {
			page.Ways = []web.Option{{Value: string(texting.SMS), Label: t("outreachweb.way_sms")}, {Value: string(texting.Voice), Label: t("outreachweb.way_voice")}}
		}
	}
	return page, nil
}

// place is the unit that a list is asked for, by its code or by the code of a door.
func (p *Pages) place(w http.ResponseWriter, r *http.Request, typed string) (unit *network.Unit, door string, err error) {
	if door = network.FoldDoor(typed); door != "" {
		web.Quiet(w)
		if unit, err = p.svc.CellOf(r.Context(), door); err == nil {
			return unit, door, nil
		}
		if errs.KindOf(err) != errs.NotFound {
			return nil, "", err
		}
	}
	if code := r.URL.Query().Get("unit"); code != "" {
		if unit = p.tree().Current(p.tree().ByCode(code)); unit == nil {
			return nil, "", errs.E(errs.NotFound, "network.no_unit")
		}
	}
	return unit, "", nil
}

// showPage is a notice as everybody reads it.
type showPage struct {
	web.Base
	N           *outreach.Notice
	KindName    string
	Paragraphs  []string
	From, To    string
	Sizes       string
	Formers     []former
	May         outreach.May
	Loudspeaker string
	All         string // the list it belongs to
	Topic       string
	Tell        bool
	StateName   string
	Look        string
}

// former is the words before a correction.
type former struct {
	outreach.Former
	Paragraphs []string
}

func paragraphs(words string) (list []string) {
	for l := range strings.SplitSeq(words, "\n") {
		if l != "" {
			list = append(list, l)
		}
	}
	return list
}

func (p *Pages) show(w http.ResponseWriter, r *http.Request) error {
	if err := p.Reads.Allow(web.ClientIP(r)); err != nil {
		return err
	}
	n, err := p.svc.Get(r.Context(), actor(r), r.PathValue("number"))
	if err != nil {
		return err
	}
	door := network.FoldDoor(r.URL.Query().Get("door"))
	if err := p.opened(w, r, n, door); err != nil {
		return err
	}
	t := p.web.T(r)
	page := showPage{Base: p.web.Base(r, "outreachweb.title"), N: n, KindName: t("outreach.kind." + string(n.Kind)), Paragraphs: paragraphs(n.Words),
		From: p.unitName(n.SenderID), To: p.names(r, n), Sizes: p.sizes(r, n), May: p.svc.May(actor(r), n), All: withDoor("/notices", door), Topic: outreach.Topic(n.ID),
		StateName: t("outreach.state." + string(n.State)), Look: looks[n.State]}
	page.Title = n.Title
	page.Tell = n.State == outreach.Sent && len(p.svc.Told(actor(r), n)) > 0
	if page.May.Paper && n.State == outreach.Sent {
		page.Loudspeaker = p.loudspeaker(r, n)
	}
	list, err := p.svc.Formers(r.Context(), n)
	if err != nil {
		return err
	}
	if n.State == outreach.Recalled && !page.May.Send {
		list = nil // what was recalled isn't read on
	}
	for _, f := range list {
		page.Formers = append(page.Formers, former{f, paragraphs(f.Words)})
	}
	return p.web.Render(w, r, "notices/show", page)
}

// opened counts that a household reads a notice, by the code on its door or the
// link of a short message: neither address is to go further.
func (p *Pages) opened(w http.ResponseWriter, r *http.Request, n *outreach.Notice, door string) error {
	link := r.URL.Query().Get("m")
	if door == "" && link == "" {
		return nil
	}
	web.Quiet(w)
	switch {
	case ahead(r):
		return nil
	case door != "":
		return p.svc.Open(r.Context(), n, door)
	}
	return p.svc.OpenLink(r.Context(), n, link)
}

// ahead reports whether a browser or a robot fetches a page that nobody looks at yet.
func ahead(r *http.Request) bool {
	return r.Method == http.MethodHead || strings.Contains(r.Header.Get("Sec-Purpose")+r.Header.Get("Purpose"), "prefetch")
}

// loudspeaker is the notice as it is read out in the village.
func (p *Pages) loudspeaker(r *http.Request, n *outreach.Notice) string {
	full := strings.TrimRight(n.Title, "。.！!")
	return p.web.T(r)("outreach.loudspeaker", "from", p.unitName(n.SenderID), "title", full, "words", n.Words)
}

// picture sends a notice's picture.
func (p *Pages) picture(w http.ResponseWriter, r *http.Request) error {
	pic, err := p.svc.Picture(r.Context(), actor(r), r.PathValue("number"))
	if err != nil {
		return err
	}
	h := w.Header()
	h.Set("Content-Type", "image/jpeg")
	h.Set("Content-Length", strconv.Itoa(len(pic.Image)))
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Cache-Control", "private, max-age=60") // it may be recalled
	_, err = io.Copy(w, bytes.NewReader(pic.Image))
	return err
}

// poster sends the notice as a sheet to hang up.
func (p *Pages) poster(w http.ResponseWriter, r *http.Request) error {
	n, err := p.svc.Get(r.Context(), actor(r), r.PathValue("number"))
	if err != nil {
		return err
	}
	if n.State != outreach.Sent {
		return errs.E(errs.Conflict, "outreach.not_out")
	}
	var pic *outreach.Picture
	if n.Alt != "" {
		if pic, err = p.svc.Picture(r.Context(), actor(r), n.Number); err != nil {
			return err
		}
	}
	sheet, err := p.draw(r, n, pic)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Disposition", `inline; filename="`+n.Number+`.pdf"`)
	return p.web.Send(w, r, http.StatusOK, "application/pdf", sheet)
}
