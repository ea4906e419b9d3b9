package app_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"bilin/internal/app"
	"bilin/internal/auth"
	"bilin/internal/demand"
	"bilin/internal/demo"
	"bilin/internal/mobilise/rollcall"
	"bilin/internal/network"
	"bilin/internal/purpose"
	"bilin/internal/sqldb"
)

// secret is a household with something unique in everything that is sealed.
type secret struct {
	id, address, phone, contact string
	needs                       []string // of its care entries
	demand                      string   // number
}

// witness crawls a city and watches that nothing sealed is shown unrecorded.
type witness struct {
	*testing.T
	app     *app.App
	site    http.Handler
	needs   []string // names of all in the catalogue
	secrets []secret
	shown   map[string]int // what was shown on record, by kind
	asked   int
}

func (w *witness) ok(err error) {
	w.Helper()
	if err != nil {
		w.Fatal(err)
	}
}

// TestNothingSealedIsShownUnrecorded: whoever looks at whatever page, or sends
// whatever reading form with whatever ground, sees sealed data of a household
// only if that very reading is in its record and in the log.
func TestNothingSealedIsShownUnrecorded(t *testing.T) {
	w, actors := plantedCity(t)
	for _, a := range actors {
		w.crawl(a)
		for _, s := range w.secrets {
			w.tryGrounds(a, s)
		}
	}
	w.asHousehold(actors)
	for _, kind := range []string{"phone", "contact", "care"} {
		if w.shown[kind] == 0 {
			t.Errorf("no %s was shown to anybody: this test has lost what it watches", kind)
		}
	}
	for _, kind := range append(w.app.Purpose.Kinds(), purpose.Glass) {
		var n int
		w.ok(w.app.DB.Reader().QueryRowContext(w.Context(), `SELECT COUNT(*) FROM purpose_reading WHERE ground_kind = $1 AND ground_id <> 'demo'`, kind).Scan(&n))
		if n == 0 {
			t.Errorf("nobody read on a %s", kind)
		}
	}
	if w.asked < 500 {
		t.Errorf("only %d requests", w.asked)
	}
	t.Logf("%d requests; shown on record: %v", w.asked, w.shown)
}

// plantedCity is a small demo city with secrets in the cell of its lead login.
func plantedCity(t *testing.T) (*witness, []auth.Actor) {
	t.Helper()
	a, server := city(t)
	w := &witness{T: t, app: a, site: server.Handler(), shown: map[string]int{}}
	_, err := a.BuildDemo(t.Context(), demo.Options{Dir: a.Config.Dir, Seed: 7, Scale: 0.002})
	w.ok(err)
	actors, err := a.Auth.DemoAccounts(t.Context())
	w.ok(err)
	for i := range actors {
		actors[i].Door = auth.Door{By: auth.BySession}
	}
	for _, n := range a.Needs.Catalog().All() {
		w.needs = append(w.needs, n.Name)
	}
	i := slices.IndexFunc(actors, func(x auth.Actor) bool { return x.Login == "lead" })
	for n, h := range w.homes(actors[i].Grants[0].UnitID) {
		w.plant(h, n)
	}
	town := actors[slices.IndexFunc(actors, func(x auth.Actor) bool { return x.Login == "town" })]
	_, err = a.Rollcalls.Open(t.Context(), town, rollcall.Start{UnitID: town.Grants[0].UnitID, Reason: "冰雪停电，逐户问一遍"}) // the demo's own is a drill, which opens nothing
	w.ok(err)
	return w, append([]auth.Actor{{}}, actors...)
}

// homes are two households of a cell, those with care entries first.
func (w *witness) homes(unitID string) []network.Household {
	w.Helper()
	list, _, err := w.app.Network.HouseholdsOf(w.Context(), system, unitID, "", 50)
	w.ok(err)
	held := func(h network.Household) int {
		e, err := w.app.Care.Held(w.Context(), w.app.DB.Reader(), h.ID)
		w.ok(err)
		return -len(e)
	}
	slices.SortStableFunc(list, func(x, y network.Household) int { return held(x) - held(y) })
	if len(list) < 2 || held(list[0]) == 0 {
		w.Fatal("the demo lead's cell has nobody on the care list")
	}
	return list[:2]
}

func (w *witness) plant(h network.Household, n int) {
	w.Helper()
	s := secret{id: h.ID, address: fmt.Sprintf("埋名巷%d号", 701+n), phone: fmt.Sprintf("1919900%04d", 11+n), contact: fmt.Sprintf("1919911%04d", 11+n)}
	w.ok(w.app.Network.UpdateHousehold(w.Context(), system, network.UpdateHousehold{
		ID: h.ID, Version: h.Version, Ref: h.Ref, Address: s.address, Head: "埋名人", Size: h.Size, Phone: &s.phone}))
	r, err := w.app.Demand.Raise(w.Context(), auth.Actor{}, demand.Raise{Kind: demand.Help, Text: "楼道灯不亮，请来看看", DoorCode: h.Door, Contact: s.contact})
	w.ok(err)
	s.demand = r.Number
	entries, err := w.app.Care.Held(w.Context(), w.app.DB.Reader(), h.ID)
	w.ok(err)
	for _, e := range entries {
		s.needs = append(s.needs, e.Need.Name)
	}
	w.secrets = append(w.secrets, s)
}

// send asks as somebody, and judges the answer.
func (w *witness) send(a auth.Actor, method, path string, form url.Values, cookies ...*http.Cookie) *httptest.ResponseRecorder {
	w.Helper()
	ctx, cancel := context.WithTimeout(auth.With(w.Context(), a), 20*time.Second)
	defer cancel()
	r := httptest.NewRequest(method, "http://localhost"+path, strings.NewReader(form.Encode())).WithContext(ctx)
	if method != http.MethodGet {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	for _, c := range cookies {
		r.AddCookie(c)
	}
	before := map[string][2]int{}
	for _, s := range w.secrets {
		before[s.id] = w.recorded(a, s.id)
	}
	rec := httptest.NewRecorder()
	w.site.ServeHTTP(rec, r)
	w.asked++
	for _, s := range w.secrets {
		kind := w.shows(rec.Body.String(), s, form)
		if kind == "" {
			continue
		}
		now := w.recorded(a, s.id)
		if now[0] <= before[s.id][0] || now[1] <= before[s.id][1] {
			w.Errorf("%s %s shows %s the %s of a household, and it isn't recorded as theirs: %v, then %v", method, path, a.ID(), kind, before[s.id], now)
		}
		w.shown[kind]++
	}
	return rec
}

// shows says which of a household's secrets a page gives away; what somebody
// typed themselves is none. A page with the whole catalogue tells nothing of a household.
func (w *witness) shows(body string, s secret, typed url.Values) string {
	has := func(text string) bool { return strings.Contains(body, text) && !strings.Contains(typed.Encode(), text) }
	switch {
	case has(s.phone):
		return "phone"
	case has(s.contact):
		return "contact"
	}
	if !has(s.address) || w.named(body) > len(w.needs)/2 {
		return ""
	}
	if slices.ContainsFunc(s.needs, has) {
		return "care"
	}
	return ""
}

func (w *witness) named(body string) (n int) {
	for _, name := range w.needs {
		if strings.Contains(body, name) {
			n++
		}
	}
	return n
}

// recorded counts the readings of a household, and its rows in the log, by that very actor.
func (w *witness) recorded(a auth.Actor, householdID string) (n [2]int) {
	w.Helper()
	for i, query := range []string{
		`SELECT COUNT(*) FROM purpose_reading WHERE household_id = $1 AND actor_id = $2`,
		`SELECT (SELECT COUNT(*) FROM audit_entry WHERE object_id = $1 AND actor_id = $2 AND action = 'purpose.read')
			+ (SELECT COUNT(*) FROM audit_pending WHERE object_id = $1 AND actor_id = $2 AND action = 'purpose.read')`,
	} {
		w.ok(w.app.DB.Reader().QueryRowContext(w.Context(), query, householdID, a.ID()).Scan(&n[i]))
	}
	return n
}

var (
	linked = regexp.MustCompile(`(?:href|action)="(/[^"#]*)"`)
	forms  = regexp.MustCompile(`(?s)<form[^>]*method="post"[^>]*action="([^"]*/(?:phone|glass|contact|open|held))"[^>]*>(.*?)</form>`)
	radios = regexp.MustCompile(`name="(ground|reason)"[^>]*value="([^"]*)"|value="([^"]*)"[^>]*name="(ground|reason)"`)
)

// mostPages bounds what one actor looks at; addresses that name a secret come first.
const mostPages = 90

// crawl follows the links of an actor's pages, and sends each reading form there with each ground it offers.
func (w *witness) crawl(a auth.Actor) {
	w.Helper()
	todo, seen := w.seeds(), map[string]bool{}
	for n := 0; len(todo) > 0 && n < mostPages; n++ {
		path := todo[0]
		todo = todo[1:]
		if seen[path] {
			n--
			continue
		}
		seen[path] = true
		body := w.send(a, http.MethodGet, path, nil).Body.String()
		for _, m := range linked.FindAllStringSubmatch(body, -1) {
			if next := strings.ReplaceAll(m[1], "&amp;", "&"); !seen[next] && w.follows(next) {
				todo = w.queue(todo, next)
			}
		}
		for _, m := range forms.FindAllStringSubmatch(body, -1) {
			for _, r := range append(radios.FindAllStringSubmatch(m[2], -1), nil) {
				w.send(a, http.MethodPost, m[1], fill(r))
			}
		}
	}
}

// fill is a reading form with one choice made.
func fill(radio []string) url.Values {
	v := url.Values{"_key": {sqldb.NewID()}, "words": {"敲门没有人应"}, "purpose": {"上门前联系"}}
	if len(radio) > 0 {
		v.Set(radio[1]+radio[4], radio[2]+radio[3])
	}
	return v
}

// seeds are where everybody begins: the pages without wildcards, and those about the secrets.
func (w *witness) seeds() (paths []string) {
	for _, s := range w.secrets {
		h, err := w.app.Network.Household(w.Context(), system, s.id)
		w.ok(err)
		paths = append(paths, "/network/households/"+s.id, "/demands/"+s.demand, "/care/new?household="+s.id, "/d/"+h.Door, "/privacy/desk/households/"+s.id+"/code")
		entries, err := w.app.Care.Held(w.Context(), w.app.DB.Reader(), s.id)
		w.ok(err)
		for _, e := range entries {
			paths = append(paths, "/care/entries/"+e.Entry.ID)
		}
		unit := w.app.Network.Tree().ByID(h.UnitID)
		paths = append(paths, "/network/units/"+unit.Code, "/find?q="+url.QueryEscape(s.address), "/network/search?q="+url.QueryEscape(s.address))
	}
	return append(paths, "/home", "/contacts", "/contacts/emergency", "/care", "/tasks", "/rollcalls", "/demands", "/privacy/desk", "/audit", "/rosters/export", "/orders", "/network")
}

func (w *witness) follows(path string) bool {
	return !strings.HasPrefix(path, "/static") && !strings.HasPrefix(path, "/live") && !strings.HasPrefix(path, "/log") && !strings.HasSuffix(path, ".pdf")
}

func (w *witness) queue(todo []string, next string) []string {
	for _, s := range w.secrets {
		if strings.Contains(next, s.id) || strings.Contains(next, s.demand) {
			return append([]string{next}, todo...)
		}
	}
	return append(todo, next)
}

// tryGrounds sends the household page's form with every ground there might be.
func (w *witness) tryGrounds(a auth.Actor, s secret) {
	w.Helper()
	grounds := []string{"", "task:none", "care:none", "rollcall:none", "demand:" + s.demand, "glass:none", "system:itself", "system:code", "curiosity:x"}
	works, err := w.app.Purpose.Works(w.Context(), a, purpose.Subject{HouseholdID: s.id})
	w.ok(err)
	for _, x := range works {
		grounds = append(grounds, x.String())
	}
	others, err := w.app.Purpose.BreaksOf(w.Context(), s.id)
	w.ok(err)
	for _, b := range others {
		grounds = append(grounds, "glass:"+b.ID)
	}
	for _, g := range grounds {
		w.send(a, http.MethodPost, "/network/households/"+s.id+"/phone", url.Values{"ground": {g}})
	}
	w.send(a, http.MethodPost, "/demands/"+s.demand+"/contact", url.Values{})
	w.send(a, http.MethodPost, "/rosters/export", url.Values{"purpose": {"核对"}, "format": {"csv"}})
}

// asHousehold looks at a household's own page with a code from the village: it
// sees all of its own, on record, and nothing of another's.
func (w *witness) asHousehold(actors []auth.Actor) {
	w.Helper()
	i := slices.IndexFunc(actors, func(a auth.Actor) bool { return a.Login == "village" })
	paper, err := w.app.Privacy.IssueCode(w.Context(), actors[i], "", w.secrets[0].id, true)
	w.ok(err)
	secret, err := w.app.Privacy.EnterPaper(w.Context(), paper.Code)
	w.ok(err)
	for _, path := range []string{"/mine/held", "/mine/held.json", "/mine"} {
		rec := w.send(auth.System("household"), http.MethodGet, path, nil, &http.Cookie{Name: "mine", Value: secret})
		if path != "/mine" && !strings.Contains(rec.Body.String(), w.secrets[0].phone) {
			w.Errorf("%s doesn't show a household its own number: %d", path, rec.Code)
		}
		if strings.Contains(rec.Body.String(), w.secrets[1].phone) {
			w.Errorf("%s shows another household's number", path)
		}
	}
	if rec := w.send(auth.Actor{}, http.MethodGet, "/mine/held", nil); rec.Code != http.StatusSeeOther {
		w.Errorf("without a code: %d", rec.Code)
	}
}
