package web

import (
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/google/uuid"

	"bilin/internal/errs"
)

// The faces of the design.
const (
	Phone = "phone"
	Desk  = "desk"
	Wall  = "wall"
)

// NavItem is an entry of the menu.
type NavItem struct {
	Key     string // message key of the label
	Href    string
	Icon    string
	Access  string // shown to those whom the guard lets through; empty or Public: to all
	Order   int    // its tens say in which group of a desk's menu it stands, see groups
	Open    bool   // a page for everybody to read: on phones it stands at the foot of the page, on desks folded at the menu's end
	Foot    bool   // it stands at the foot on every face, and says from which page it was followed
	Label   string // filled by the server
	Current bool   // filled by the server
}

// NavGroup is a part of the menu.
type NavGroup struct {
	Head   string // "" for what is looked at every day, which comes first
	Items  []NavItem
	Folded bool // its items show when it is opened
}

// groups are the heads of a desk's menu by the tens of an item's Order.
var groups = map[int]string{3: "web.menu.demands", 4: "web.menu.network", 5: "web.menu.calls", 6: "web.menu.matters", 7: "web.menu.words", 8: "web.menu.settings"}

// Crumb is a step of the path to a page.
type Crumb struct{ Label, Href string }

// Option is a choice of a select, of radios or of a unit picker.
type Option struct{ Value, Label, Hint string }

// FilterSelect is one drop-down of a table's filters.
type FilterSelect struct {
	Name, Label, Value string
	Options            []Option
}

// Base is what the layout needs of every page. Page structs embed it.
type Base struct {
	Title   string
	Locale  string
	Path    string
	User    *User
	Nav     []NavGroup
	Foot    []NavItem
	Face    string
	Elder   bool
	Flash   *Flash
	Notice  string   // what every reader should know now
	FormKey string   // fresh idempotency key for the page's form
	Live    []string // topics on which <main> is fetched again
	Errors  FormErrors
	Logout  string // path the log-out form posts to
	Login   string
}

// Base prepares the layout's data for a request; titleKey names the title.
func (s *Server) Base(r *http.Request, titleKey string, kv ...any) Base {
	st := s.state(r)
	user := s.opt.Identify(r)
	b := Base{
		Title: s.opt.Catalog.T(st.locale, titleKey, kv...), Locale: st.locale, Path: r.URL.RequestURI(),
		User: user, Face: faceOf(user), Elder: st.elder, FormKey: s.opt.NewKey(),
		Login: s.opt.LoginPath, Logout: s.opt.LogoutPath,
	}
	if key := s.notice(); key != "" {
		b.Notice = s.opt.Catalog.T(st.locale, key)
	}
	items, foot := s.navFor(r, st.locale, b.Face)
	b.Nav, b.Foot = s.grouped(items, st.locale, b.Face), foot
	b.Flash = readFlash(r, s.secure(r), func(key string, kv ...any) string { return s.opt.Catalog.T(st.locale, key, kv...) })
	return b
}

func (s *Server) notice() string {
	if s.opt.Notice == nil {
		return ""
	}
	return s.opt.Notice()
}

// failure returns what the page shows as wrong with its form as an error again.
func (b Base) failure() error {
	e := errs.E(errs.Invalid, orElse(b.Errors.Code, "web.form_invalid"), b.Errors.Args...)
	e.Fields = b.Errors.Fields
	return e
}

// T returns the translator for the reader of r.
func (s *Server) T(r *http.Request) func(key string, kv ...any) string {
	locale := s.state(r).locale
	return func(key string, kv ...any) string { return s.opt.Catalog.T(locale, key, kv...) }
}

// Locale returns the language of the reader of r.
func (s *Server) Locale(r *http.Request) string { return s.state(r).locale }

func faceOf(u *User) string {
	if u != nil && u.IsOfficial {
		return Desk
	}
	return Phone
}

// navFor returns the menu and the links at the foot. A phone's menu has little
// room: what everybody may read stands at its foot.
func (s *Server) navFor(r *http.Request, locale, face string) (items, foot []NavItem) {
	items = make([]NavItem, 0, len(s.nav))
	best := -1
	for _, n := range s.nav {
		if n.Access != "" && n.Access != Public && s.opt.Guard(r, n.Access) != nil {
			continue
		}
		n.Label = s.opt.Catalog.T(locale, n.Key)
		if n.Foot {
			n.Href = withPage(n.Href, r)
			foot = append(foot, n)
			continue
		}
		if n.Open && face == Phone {
			foot = append(foot, n)
			continue
		}
		if under(r.URL.Path, n.Href) && (best < 0 || len(n.Href) > len(items[best].Href)) {
			best = len(items)
		}
		items = append(items, n)
	}
	if best >= 0 {
		items[best].Current = true
	}
	return items, foot
}

// grouped parts the menu of a desk under heads; a phone's is one bar. A menu of
// one entry is none.
func (s *Server) grouped(items []NavItem, locale, face string) (menu []NavGroup) {
	if len(items) < 2 {
		return nil
	}
	if face == Phone {
		return []NavGroup{{Items: items}}
	}
	open := NavGroup{Head: s.opt.Catalog.T(locale, "web.menu.open"), Folded: true}
	last := "" // key of the head of the newest group
	for _, n := range items {
		if n.Open {
			open.Items = append(open.Items, n)
			open.Folded = open.Folded && !n.Current
			continue
		}
		head := groups[n.Order/10]
		if len(menu) == 0 || head != last {
			g := NavGroup{}
			if last = head; head != "" {
				g.Head = s.opt.Catalog.T(locale, head)
			}
			menu = append(menu, g)
		}
		at := len(menu) - 1
		menu[at].Items = append(menu[at].Items, n)
	}
	if len(open.Items) > 0 {
		menu = append(menu, open)
	}
	return menu
}

// AsPhone shows the page as on a telephone, whoever looks, with only those
// entries of the menu and nothing at the foot: for people on their feet.
func (b *Base) AsPhone(hrefs ...string) {
	var kept []NavItem
	for _, g := range b.Nav {
		for _, n := range g.Items {
			if slices.Contains(hrefs, n.Href) {
				kept = append(kept, n)
			}
		}
	}
	b.Face, b.Foot, b.Nav = Phone, nil, []NavGroup{{Items: kept}}
}

// withPage adds the pattern of the page that r is on to a link: which page it is
// one of, and nothing of whom it is about.
func withPage(href string, r *http.Request) string {
	page := pageOf(r.Pattern)
	if page == "" || page == href {
		return href
	}
	return href + "?" + url.Values{"from": {page}}.Encode()
}

// pageOf is the path of a route's pattern: "/x/{id}" of "GET /x/{id}".
func pageOf(pattern string) string {
	return strings.TrimSuffix(pattern[max(0, strings.IndexByte(pattern, '/')):], "{$}")
}

// HasPage reports whether there is a page with a route's path, "/x/{id}".
func (s *Server) HasPage(page string) bool {
	return slices.ContainsFunc(s.routes, func(r Route) bool {
		return strings.HasPrefix(r.Pattern, http.MethodGet+" ") && pageOf(r.Pattern) == page
	})
}

// PageName is the label of the menu's entry under which the page of a route's
// path lies; "" if there is no such page or entry.
func (s *Server) PageName(r *http.Request, page string) string {
	best, there := NavItem{}, s.HasPage(page)
	for _, n := range s.nav {
		if there && under(page, n.Href) && len(n.Href) > len(best.Href) {
			best = n
		}
	}
	if best.Key == "" {
		return ""
	}
	return s.opt.Catalog.T(s.Locale(r), best.Key)
}

// under reports whether path is root or lies below it.
func under(path, root string) bool {
	if root == "/" {
		return path == "/"
	}
	return path == root || strings.HasPrefix(path, root+"/")
}

func newKey() string { return uuid.Must(uuid.NewV7()).String() }

// IsHTMX reports whether htmx asks for a fragment rather than for a page.
func IsHTMX(r *http.Request) bool {
	h := r.Header
	return h.Get("HX-Request") == "true" && h.Get("HX-Request-Type") != "full" &&
		h.Get("HX-History-Restore-Request") != "true"
}
