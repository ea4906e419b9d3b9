package rollweb

import (
	"net/http"
	"strconv"

	"bilin/internal/errs"
	"bilin/internal/mobilise/rollcall"
	"bilin/internal/web"
)

// perPage is how many households one form holds: a unit without cells may have hundreds.
const perPage = 60

// entry is a household in the form for paper and telephone.
type entry struct {
	home
	Answer, Need string // as they were chosen
}

type cellPage struct {
	web.Base
	head
	Code    string // of the unit
	Lead    string // who leads it, or ""
	Entries []entry
	Way     string
	Ways    []web.Option
	Own     bool
	Open    bool
	Rest    bool
	Asked   int
	From    int // the first household shown
	Next    string
	Sheet   string
}

func (p *Pages) cell(w http.ResponseWriter, r *http.Request) error {
	return p.cellWith(w, r, http.StatusOK, nil, nil, nil)
}

// cellWith shows the form, after a try as it was filled in.
func (p *Pages) cellWith(w http.ResponseWriter, r *http.Request, status int, f *web.Form, cause error, asked []string) error {
	unit, err := p.unitOf(r.PathValue("unit"))
	if err != nil {
		return err
	}
	sheet, err := p.svc.Cell(r.Context(), actor(r), r.PathValue("id"), unit)
	if err != nil {
		return err
	}
	page := cellPage{Base: p.web.Base(r, "rollweb.title"), Own: sheet.Own, Open: sheet.Call.IsOpen(), Asked: len(asked)}
	if sheet.Own && !p.svc.Sees(actor(r)) {
		return p.web.SeeOther(w, r, "/rollcall", "")
	}
	page.head = p.head(r, &page.Base, sheet.Call, "")
	page.Live = []string{rollcall.Topic}
	p.under(&page.head, sheet.Unit, page.At)
	page.Code, page.Way = sheet.Unit.Code, r.FormValue("way")
	if lead := p.net.Tree().LeadOf(sheet.Unit.ID); lead != nil {
		page.Lead = lead.Name
	}
	if p.svc.Sees(actor(r)) {
		page.Sheet = page.At + "/sheet/" + sheet.Unit.Code
	}
	t := p.web.T(r)
	for _, way := range rollcall.Ways() {
		page.Ways = append(page.Ways, web.Option{Value: string(way), Label: t("rollweb.way." + string(way))})
	}
	page.From = min(max(atoi(r.FormValue("from")), 0), len(sheet.Homes))
	last := min(page.From+perPage, len(sheet.Homes))
	for _, h := range sheet.Homes[page.From:last] {
		page.Entries = append(page.Entries, entryOf(r, h, t, has(asked, h.ID)))
	}
	if last < len(sheet.Homes) {
		page.Next = r.URL.Path + "?from=" + strconv.Itoa(last)
	}
	if cause != nil {
		page.Errors, page.FormKey, page.Rest = web.FormErrorsOf(cause), f.Key(), f.Bool("rest")
	}
	if len(asked) > 0 {
		page.Errors = web.FormErrors{Code: "rollweb.asked", Args: []any{"n", len(asked), "which", addresses([]*rollcall.Sheet{sheet}, asked)}}
	}
	return p.web.RenderStatus(w, r, status, "roll/cell", page)
}

// entryOf is a household with what was chosen for it in the form that was sent.
func entryOf(r *http.Request, h rollcall.Home, t func(string, ...any) string, asked bool) entry {
	x := entry{home: oneHome(h, t, asked)}
	if r.PostForm != nil {
		x.Answer, x.Need = r.PostForm.Get("a-"+h.ID), r.PostForm.Get("n-"+h.ID)
	}
	return x
}

func has(ids []string, id string) bool {
	for _, x := range ids {
		if x == id {
			return true
		}
	}
	return false
}

func atoi(text string) int {
	n, err := strconv.Atoi(text)
	if err != nil {
		return 0
	}
	return n
}

// enter takes a sheet of paper, or what was said on the telephone.
func (p *Pages) enter(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ParseForm(w, r)
	if err != nil {
		return err
	}
	unit, err := p.unitOf(r.PathValue("unit"))
	if err != nil {
		return err
	}
	cmd := rollcall.Report{Key: f.Key(), CallID: r.PathValue("id"), UnitID: unit, Way: rollcall.Way(r.PostFormValue("way")), Says: p.says(r, f)}
	if len(cmd.Says) == 0 && f.Err() == nil {
		f.Fail("rest", "rollcall.how_many", "max", rollcall.MaxSays)
	}
	var out rollcall.Outcome
	if err = f.Err(); err == nil {
		out, err = p.svc.Report(r.Context(), actor(r), cmd)
	}
	if web.IsInvalid(err) {
		return p.cellWith(w, r, http.StatusUnprocessableEntity, f, err, nil)
	}
	if err != nil {
		return err
	}
	if len(out.Asked) > 0 {
		return p.cellWith(w, r, errs.Status(errs.E(errs.Stale, "rollweb.asked")), f, nil, out.Asked)
	}
	return p.web.SeeOther(w, r, r.URL.Path+fromOf(r), "rollweb.said", "n", out.Saved)
}

// fromOf keeps the place in a long form.
func fromOf(r *http.Request) string {
	if from := atoi(r.FormValue("from")); from > 0 {
		return "?from=" + strconv.Itoa(from)
	}
	return ""
}

// says reads the form: each household that was chosen an answer, and with "the
// rest are safe" those that nobody has reported.
func (p *Pages) says(r *http.Request, f *web.Form) (out []rollcall.Say) {
	rest := f.Bool("rest")
	for _, id := range f.List("home") {
		say := rollcall.Say{HouseholdID: id, Answer: rollcall.Answer(r.PostForm.Get("a-" + id)), Shown: atoi(r.PostForm.Get("v-" + id))}
		switch {
		case say.Answer == rollcall.Help:
			say.Need = rollcall.Need(r.PostForm.Get("n-" + id))
			if say.Need == "" {
				f.Fail("n-"+id, "rollcall.no_need")
			}
		case say.Answer == "" && rest && say.Shown == 0:
			say.Answer = rollcall.Safe
		case say.Answer == "":
			continue
		}
		out = append(out, say)
	}
	return out
}
