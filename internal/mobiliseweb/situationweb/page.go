package situationweb

import (
	"html/template"
	"net/http"
	"strconv"
	"strings"

	"bilin/internal/errs"
	"bilin/internal/mobilise/situation"
	"bilin/internal/sqldb"
	"bilin/internal/web"
)

// boardPage is the page, and what its parts are made of.
type boardPage struct {
	web.Base
	Crumbs  []web.Crumb
	Board   board
	Map     template.HTML // empty where the city has no map
	By      string        // which measure the map shows
	Lines   []line
	May     situation.May
	Hints   []hint
	Entered entered
	Open    bool // the forms are unfolded
	Refresh bool // the page asks for itself again where there are no scripts
}

// hint is a suggested objective.
type hint struct {
	ID, Name string
	Chosen   bool
}

// entered is what a form had in it.
type entered struct {
	Name, Unit, Start, Target, Deadline, Note string
	Objective, Value, Reason                  string
}

// Measures of the map.
const (
	byReached = "reached"
	byComing  = "coming"
)

func (p *Pages) desk(w http.ResponseWriter, r *http.Request) error {
	return p.show(w, r, http.StatusOK, false, entered{}, nil, nil)
}

func (p *Pages) wall(w http.ResponseWriter, r *http.Request) error {
	return p.show(w, r, http.StatusOK, true, entered{}, nil, nil)
}

// show answers the page. cause is what was wrong with a form that was sent.
func (p *Pages) show(w http.ResponseWriter, r *http.Request, status int, wall bool, in entered, cause error, f *web.Form) error {
	snap, may, err := p.svc.View(r.Context(), actor(r), r.PathValue("number"))
	if err != nil {
		return err
	}
	page := boardPage{Base: p.web.Base(r, "situationweb.title"), May: may, Board: p.view(p.web.T(r), snap, wall), By: byComing, Entered: in}
	t := p.web.T(r)
	page.Title = t("situationweb.of", "title", snap.Order.Title, "number", snap.Order.Number)
	if snap.Order.IsDrill() {
		page.Title = t("situationweb.of_drill", "title", snap.Order.Title, "number", snap.Order.Number)
	}
	if wall {
		page.Face, page.May = web.Wall, situation.May{}
	}
	page.Crumbs = []web.Crumb{{Label: t("situationweb.orders"), Href: "/orders"}, {Label: snap.Order.Number, Href: "/orders/" + snap.Order.Number}, {Label: t("situationweb.title")}}
	if r.URL.Query().Get("map") == byReached {
		page.By = byReached
	}
	if page.Map, err = p.drawn(r, snap); err != nil {
		return err
	}
	page.Lines = lines(t, snap.Events, 0, situation.Latest)
	if may.Steer {
		page.Hints, page.Entered = hints(r, snap, t, page.Entered)
	}
	page.Open = cause != nil || r.URL.Query().Has("suggest") || len(snap.Objectives) == 0 && may.Steer
	page.Refresh = snap.Order.Live() && cause == nil && !(may.Steer || may.Value)
	if cause != nil {
		page.Errors, page.FormKey = web.FormErrorsOf(cause), f.Key()
	}
	return p.web.RenderStatus(w, r, status, "situation/board", page)
}

// hints are what this hazard usually has as objectives, and the form filled
// with the one that was chosen.
func hints(r *http.Request, snap *situation.Snapshot, t translate, in entered) ([]hint, entered) {
	var list []hint
	chosen := r.URL.Query().Get("suggest")
	for _, s := range situation.Suggestions(snap.Order.Hazard) {
		h := hint{ID: s.ID, Name: t("situation.suggest." + s.ID), Chosen: s.ID == chosen}
		if h.Chosen && in == (entered{}) {
			in.Name, in.Unit = h.Name, t("situation.suggest."+s.ID+".unit")
			in.Start, in.Target = strconv.FormatInt(s.Start, 10), strconv.FormatInt(s.Target, 10)
		}
		list = append(list, h)
	}
	return list, in
}

func (p *Pages) drawn(r *http.Request, snap *situation.Snapshot) (template.HTML, error) {
	d, err := p.ground.of(r.Context(), p.tree(), snap.RegionID)
	if err != nil || d == nil {
		return "", err
	}
	return d.svg(snap.Shades, p.web.T(r)("situationweb.map_label")), nil
}

// panels answers all panels but the map and the timeline, for screens on which
// something besides numbers changed.
func (p *Pages) panels(w http.ResponseWriter, r *http.Request) error {
	snap, _, err := p.svc.View(r.Context(), actor(r), r.PathValue("number"))
	if err != nil {
		return err
	}
	wall := r.URL.Query().Get("face") == web.Wall
	key := strings.Join([]string{"panels", snap.Order.ID, strconv.FormatBool(wall), snap.Layout, strconv.FormatInt(snap.At.Unix()/10, 10)}, " ")
	return p.part(w, r, key, "board-panels", func() (any, error) {
		return boardPage{Base: web.Base{Locale: p.web.Locale(r)}, Board: p.view(p.web.T(r), snap, wall)}, nil
	})
}

// events answers the entries of the timeline that a screen doesn't have yet.
func (p *Pages) events(w http.ResponseWriter, r *http.Request) error {
	snap, _, err := p.svc.View(r.Context(), actor(r), r.PathValue("number"))
	if err != nil {
		return err
	}
	after, err := strconv.Atoi(r.URL.Query().Get("after"))
	if err != nil || after < 0 {
		return errs.E(errs.Invalid, "situationweb.bad_after")
	}
	key := strings.Join([]string{"events", snap.Order.ID, strconv.Itoa(after), strconv.Itoa(snap.Seq), strconv.FormatBool(snap.Order.Missing.ErasedAt.IsZero())}, " ")
	return p.part(w, r, key, "board-lines", func() (any, error) {
		return boardPage{Lines: lines(p.web.T(r), snap.Events, after, situation.Latest)}, nil
	})
}

// mapPart answers the map, for screens that have another city's shape.
func (p *Pages) mapPart(w http.ResponseWriter, r *http.Request) error {
	snap, _, err := p.svc.View(r.Context(), actor(r), r.PathValue("number"))
	if err != nil {
		return err
	}
	etag := `"` + snap.Ground + "-" + p.web.Locale(r) + `"`
	w.Header().Set("ETag", etag)
	w.Header().Set("Cache-Control", "private, max-age=60")
	if r.Header.Get("If-None-Match") == etag {
		w.WriteHeader(http.StatusNotModified)
		return nil
	}
	drawn, err := p.drawn(r, snap)
	if err != nil {
		return err
	}
	return p.web.Send(w, r, http.StatusOK, "text/html; charset=utf-8", []byte(drawn))
}

// deadlineOf reads what a browser's field for a moment sends.
func deadlineOf(f *web.Form) (ms int64) {
	text := f.Text("deadline", 20)
	if text == "" {
		return 0
	}
	at, err := parseMoment(text)
	if err != nil {
		f.Fail("deadline", "situationweb.bad_deadline")
		return 0
	}
	return sqldb.Millis(at)
}
