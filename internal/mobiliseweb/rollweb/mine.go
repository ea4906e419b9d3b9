package rollweb

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"bilin/internal/errs"
	"bilin/internal/mobilise/rollcall"
	"bilin/internal/web"
)

// home is a household on a lead's page.
type home struct {
	ID, Address, Name string
	Version           int
	Reported          bool
	Word              word
	Asked             bool // somebody said otherwise meanwhile
	First             bool // asked before the others
	Needs             []choice
}

// mine is one cell in one roll-call.
type mine struct {
	N             int // its place on the page
	CallID, Unit  string
	Place, Reason string
	Drill         bool
	Banner        bool // it is a rehearsal, and others on the page are not
	Since         time.Time
	Key           string
	Todo, Said    []home // Todo also has those that are asked about again
	Left, All     int
	Open          []string // households that nobody reported
}

// Done is how many were reported.
func (m mine) Done() int { return m.All - m.Left }

type minePage struct {
	web.Base
	Drill  bool // all that is on the page is a rehearsal
	Sheets []mine
	Asked  int
}

// mine is a lead's own page. Whoever leads no cell is led to the list of roll-calls.
func (p *Pages) mine(w http.ResponseWriter, r *http.Request) error {
	return p.mineWith(w, r, http.StatusOK, "", nil)
}

func (p *Pages) mineWith(w http.ResponseWriter, r *http.Request, status int, callID string, asked []string) error {
	sheets, err := p.svc.Mine(r.Context(), actor(r))
	if err != nil {
		return err
	}
	if len(sheets) == 0 && p.svc.Sees(actor(r)) {
		return p.web.SeeOther(w, r, "/rollcalls", "")
	}
	t := p.web.T(r)
	page := minePage{Base: p.web.Base(r, "rollweb.title"), Asked: len(asked), Drill: len(sheets) > 0}
	page.Live = []string{rollcall.Topic}
	for i, s := range sheets {
		m := mine{N: i, CallID: s.Call.ID, Unit: s.Unit.Code, Place: p.net.Tree().PathName(s.Unit, " · "), Reason: s.Call.Reason, Drill: s.Call.IsDrill(),
			Since: s.Call.OpenedAt, Key: page.FormKey + "-" + strconv.Itoa(i), Left: s.Left(), All: len(s.Homes)}
		page.Drill = page.Drill && m.Drill
		for _, h := range s.Homes {
			m.put(oneHome(h, t, s.Call.ID == callID && slices.Contains(asked, h.ID)))
		}
		page.Sheets = append(page.Sheets, m)
	}
	for i := range page.Sheets {
		page.Sheets[i].Banner = page.Sheets[i].Drill && !page.Drill
	}
	if page.Drill {
		page.Title = t("rollweb.drill_title", "title", page.Title)
	}
	if len(asked) > 0 {
		page.Errors = web.FormErrors{Code: "rollweb.asked", Args: []any{"n", len(asked), "which", addresses(sheets, asked)}}
	}
	return p.web.RenderStatus(w, r, status, "roll/mine", page)
}

func (m *mine) put(h home) {
	if !h.Reported && !h.First { // those who are owed it aren't said safe with the rest
		m.Open = append(m.Open, h.ID)
	}
	if h.Reported && !h.Asked {
		m.Said = append(m.Said, h)
		return
	}
	m.Todo = append(m.Todo, h)
}

func oneHome(h rollcall.Home, t func(string, ...any) string, asked bool) home {
	out := home{ID: h.ID, Address: h.Address, Name: h.Name, Asked: asked, First: h.First, Needs: needs(t)}
	if h.Row != nil {
		out.Version, out.Reported, out.Word = h.Row.Version, true, wordOf(h.Row, t)
	}
	return out
}

// addresses names the households of some ids, for whoever reads no page but the outbox.
func addresses(sheets []*rollcall.Sheet, ids []string) string {
	var names []string
	for _, s := range sheets {
		for _, h := range s.Homes {
			if slices.Contains(ids, h.ID) && !slices.Contains(names, h.Address) {
				names = append(names, h.Address)
			}
		}
	}
	return strings.Join(names, "、")
}

const (
	sayRest = "rest" // every household that nobody reported is safe
	sayMark = "~"    // between the parts of a button's value
)

// say takes what one button says: of one household, or of all that are left.
func (p *Pages) say(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ParseForm(w, r)
	if err != nil {
		return err
	}
	unit, err := p.unitOf(f.Text("unit", maxCode))
	if err != nil {
		return err
	}
	cmd := rollcall.Report{Key: f.Key(), CallID: f.Text("call", 64), UnitID: unit, Way: rollcall.Self}
	if pressed := r.PostFormValue("say"); pressed != sayRest {
		cmd.Says = []rollcall.Say{parse(pressed)}
	} else {
		for _, id := range f.List("left") {
			cmd.Says = append(cmd.Says, rollcall.Say{HouseholdID: id, Answer: rollcall.Safe})
		}
	}
	if err := f.Err(); err != nil {
		return err
	}
	out, err := p.svc.Report(r.Context(), actor(r), cmd)
	if err != nil {
		return err
	}
	if len(out.Asked) > 0 {
		return p.mineWith(w, r, errs.Status(errs.E(errs.Stale, "rollweb.asked")), cmd.CallID, out.Asked)
	}
	return p.web.SeeOther(w, r, "/rollcall", "rollweb.said", "n", out.Saved)
}

// value is what a button sends: answer, need, household and the version it was shown at.
func value(answer rollcall.Answer, need rollcall.Need, household string, version int) string {
	return fmt.Sprint(answer, sayMark, need, sayMark, household, sayMark, version)
}

// Say is the value of one of the household's buttons.
func (h home) Say(answer, need string) string {
	return value(rollcall.Answer(answer), rollcall.Need(need), h.ID, h.Version)
}

// parse reads a button's value. What is wrong with it, the rules will say.
func parse(v string) rollcall.Say {
	parts := strings.Split(v, sayMark)
	if len(parts) != 4 {
		return rollcall.Say{}
	}
	version, err := strconv.Atoi(parts[3])
	if err != nil {
		return rollcall.Say{}
	}
	return rollcall.Say{Answer: rollcall.Answer(parts[0]), Need: rollcall.Need(parts[1]), HouseholdID: parts[2], Shown: version}
}
