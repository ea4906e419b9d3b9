package app_test

import (
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"

	"bilin/internal/auth"
	"bilin/internal/web"
)

// mostOpened bounds how far somebody is followed through their own pages.
const mostOpened = 120

// ofEverybody are routes whose objects may be opened by whoever has the right
// anywhere in the city, and why.
var ofEverybody = map[string]string{
	"/network/units/{code}":         "the tree is for everybody who works in it: names of units, posts and who serves, no households",
	"/network/units/{code}/history": "what became of a unit",
	"/network/posts/{id}":           "who serves where",
	"/network/selections/{id}":      "an open selection and its public notice",
	"/monthly/{month}":              "the published list",
	"/matters/{number}":             "admitted matters are public",
	"/teams/{id}":                   "that there is a team; names are for those concerned, TestNamesAndAwayAreForThoseConcerned",
	"/orders/{number}":              "that there is an order; its words for those called, TestPartsSeeTheirPart",
	"/orders/{number}/report":       "the report of an order without names, TestWhoReadsReports",
	"/orders/{number}/report.csv":   "likewise",
	"/orders/{number}/report.pdf":   "likewise",
	"/notices/{number}/tell":        "a public notice that went to both: each lead sees their own cell's households",
	"/outcomes/releases/{period}":   "each sees its own figures in it, TestSeriesKeepsWhatIsNotOnesOwn",
	"/promises/{id}":                "what a post promised at a meeting is public; only that post says what was done, TestFromTheCallToTheNextMeeting",
	"/rollcalls/{id}":               "a roll-call of both their parts: each sees their own, TestWhoSeesWhich",
	"/rosters/template/{format}":    "an empty form",
}

// What somebody reaches on their own pages, their like from another town is
// refused, unless the route is for everybody: the address alone opens nothing.
func TestOnesOwnIsNotAnothers(t *testing.T) {
	h := inhabited(t)
	for _, login := range []string{"lead", "group", "village", "town"} {
		own, other := h.one(login), h.likeOf(login)
		reached := h.walk(own)
		tried := 0
		for _, path := range reached {
			r := h.routeOf(path)
			if r.access == web.Public || r.access == string(auth.ActSelf) || h.app.Policy.May(auth.Actor{}, auth.Action(r.access)) || !strings.Contains(r.path, "{") || strings.HasSuffix(r.path, "{$}") {
				continue
			}
			tried++
			w := h.get(other, path)
			if w.Code == http.StatusOK && ofEverybody[r.path] == "" {
				t.Errorf("%s of %v opens %s (%s) of %v", login, other.Units(), path, r.path, own.Units())
			}
		}
		if len(reached) < 5 || tried == 0 {
			t.Errorf("%s reaches only %d pages, %d of them of something: does the walk still work?", login, len(reached), tried)
		}
	}
}

// likeOf is somebody with the same role in another town.
func (h *house) likeOf(login string) auth.Actor {
	h.Helper()
	me := h.one(login)
	tree := h.app.Network.Tree()
	at := tree.ByID(me.Grants[0].UnitID)
	for _, u := range tree.Units(at.Level) {
		towns := tree.Path(u)[1].ID == tree.Path(at)[1].ID
		for _, p := range tree.Posts(u.ID) {
			if towns || p.Role != me.Grants[0].Role || p.Holder == nil || me.PersonID == p.Holder.PersonID {
				continue
			}
			return auth.Actor{AccountID: "another", PersonID: p.Holder.PersonID, Login: "another", Name: "另一位",
				Grants: tree.Grants(p.Holder.PersonID), Door: me.Door}
		}
	}
	h.Fatalf("nobody is like %s", login)
	return auth.Actor{}
}

var links = regexp.MustCompile(`href="(/[^"#]*)`)

// walk follows the links from somebody's start page and returns what opens, the
// shallow pages first and of each route a few.
func (h *house) walk(a auth.Actor) []string {
	h.Helper()
	seen, of := map[string]bool{"/home": true}, map[string]int{}
	queue, opened := []string{"/home", "/demands", "/tasks", "/rollcall", "/care", "/contacts", "/leads", "/network", "/teams", "/volunteers", "/orders"}, []string(nil)
	for len(queue) > 0 && len(opened) < mostOpened {
		path := queue[0]
		queue = queue[1:]
		w := h.get(a, path)
		if w.Code != http.StatusOK {
			continue
		}
		opened = append(opened, path)
		if !strings.HasPrefix(w.Header().Get("Content-Type"), "text/html") {
			continue
		}
		for _, m := range links.FindAllStringSubmatch(w.Body.String(), -1) {
			to := strings.ReplaceAll(m[1], "&amp;", "&")
			r := h.routeOf(to)
			if seen[to] || r.path == "" || of[r.path] > 4 || strings.HasPrefix(to, "/static/") {
				continue
			}
			seen[to] = true
			of[r.path]++
			queue = append(queue, to)
		}
	}
	return opened
}

// routeOf finds the page that an address leads to.
func (h *house) routeOf(path string) route {
	path, _, _ = strings.Cut(path, "?")
	best := route{}
	for pattern, access := range h.server.Access() {
		method, shape, _ := strings.Cut(pattern, " ")
		if method != http.MethodGet || shape == "" {
			continue
		}
		if fits(shape, path) && (best.path == "" || strings.Count(shape, "{") < strings.Count(best.path, "{")) {
			best = route{method, shape, access}
		}
	}
	return best
}

func fits(shape, path string) bool {
	a, b := strings.Split(strings.TrimSuffix(shape, "{$}"), "/"), strings.Split(path, "/")
	return len(a) == len(b) && !slices.ContainsFunc(indexes(a), func(i int) bool {
		return a[i] != b[i] && (!strings.HasPrefix(a[i], "{") || b[i] == "")
	})
}

func indexes(list []string) []int {
	out := make([]int, len(list))
	for i := range out {
		out[i] = i
	}
	return out
}

// The search for routes finds them.
func TestAddressesAreFound(t *testing.T) {
	for _, c := range []struct {
		shape, path string
		want        bool
	}{{"/a/{x}", "/a/1", true}, {"/a/{x}", "/a/", false}, {"/a/{x}/b", "/a/1/b", true}, {"/a/{x}/b", "/a/1/c", false}, {"/{$}", "/", true}} {
		if got := fits(c.shape, c.path); got != c.want {
			t.Error(fmt.Sprint(c, got))
		}
	}
}
