// Package homeweb is the city's front door, and each role's start page composed of what the slices have to say.
package homeweb

import (
	"context"
	"embed"
	"net/http"
	"slices"
	"time"

	"bilin/internal/auth"
	"bilin/internal/i18n"
	"bilin/internal/mobilise"
	"bilin/internal/web"
)

//go:embed templates/*.html
var files embed.FS

//go:embed messages.json
var raw []byte

// Messages are the words of these pages.
var Messages = i18n.MustParse(raw)

// Card is one thing a start page shows. What has nothing to show says so in Empty.
type Card struct {
	Key     string // stable within a page: its element's id
	Rank    int    // lower stands higher: what to do next comes first
	Title   string
	Text    string
	Figures []Figure
	Items   []Item
	People  []Person
	Empty   string
	Actions []Action
	Live    string // topics on which the card is fetched again, separated by spaces
	Stays   bool   // isn't folded on a phone, whatever its rank
	Folded  bool   // filled by the page
}

// Waiting is the first of its items on which somebody waits, or nil: a folded
// card says so beside its title.
func (c Card) Waiting() *Item {
	for i, item := range c.Items {
		if item.StatusKind == "warn" || item.StatusKind == "bad" {
			return &c.Items[i]
		}
	}
	return nil
}

// fold folds what there is nothing to do in, so that a phone shows what is next
// and the rest is a line each.
func fold(cards []Card) {
	for i := range cards {
		cards[i].Folded = cards[i].Rank > RankOpen && !cards[i].Stays
	}
}

// The ranks of the cards there are; a new one finds its place between them.
const (
	RankUrgent = 10 // somebody waits for an answer
	RankOpen   = 20 // to be done, nobody waits yet
	RankKnow   = 30 // who and how many
	RankHelp   = 40 // whom to turn to
	RankIdle   = 50 // nothing to do there now
)

// Figure is a number with what it counts.
type Figure struct {
	Label, Hint, Href string
	Value             int
	Kind              string // "", "ok", "warn" or "bad"
}

// Item is a line that leads somewhere.
type Item struct {
	Title, Note, Href  string
	Status, StatusKind string
	At                 time.Time
}

// Person is somebody to turn to. Phone is set if they show it to everybody;
// Href leads to where it is opened on record otherwise.
type Person struct {
	Name, Role, Note, Phone, Href string

	id string
}

// Action is a button.
type Action struct {
	Label, Href, Icon string
	Main              bool
}

// Section is what a slice contributes to start pages: nothing for those whom it
// doesn't concern.
type Section interface {
	HomeCards(ctx context.Context, actor auth.Actor, t func(key string, kv ...any) string) ([]Card, error)
}

// Pages are the handlers.
type Pages struct {
	web      *web.Server
	sections []Section
}

// New returns the pages, composed of sections.
func New(srv *web.Server, sections ...Section) *Pages {
	return &Pages{web: srv, sections: sections}
}

// Module returns what the pages add to the site.
func (p *Pages) Module() web.Module {
	return web.Module{
		Name:      "home",
		Templates: web.Sub(files, "templates"),
		Messages:  Messages,
		Pages:     []web.PageDef{{Name: "home/landing", Data: landingPage{}}, {Name: "home/start", Data: startPage{}}},
		Routes: []web.Route{
			{Pattern: "GET /{$}", Access: web.Public, Handler: p.landing},
			{Pattern: "GET /home", Access: string(auth.ActSelf), Handler: p.start},
		},
		Nav: []web.NavItem{{Key: "home.nav", Href: "/home", Icon: "home", Access: string(auth.ActSelf), Order: 10}},
	}
}

// landingPage is for whoever comes without an account.
type landingPage struct{ web.Base }

func (p *Pages) landing(w http.ResponseWriter, r *http.Request) error {
	if !auth.From(r.Context()).Anonymous() {
		return p.web.SeeOther(w, r, "/home", "")
	}
	return p.web.Render(w, r, "home/landing", landingPage{p.web.Base(r, "home.welcome")})
}

// startPage is for somebody of the network.
type startPage struct {
	web.Base
	Hello string
	Posts []string
	Cards []Card
}

func (p *Pages) start(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	actor, t := auth.From(ctx), p.web.T(r)
	page := startPage{Base: p.web.Base(r, "home.start"), Hello: t("home.hello", "name", actor.Name)}
	page.Live = []string{mobilise.ListTopic} // an order may call whoever looks, and then has no card yet
	for _, s := range p.sections {
		cards, err := s.HomeCards(ctx, actor, t)
		if err != nil {
			return err
		}
		page.Cards = append(page.Cards, cards...)
	}
	slices.SortStableFunc(page.Cards, func(a, b Card) int { return a.Rank - b.Rank })
	if page.Face == web.Phone {
		fold(page.Cards)
	}
	return p.web.Render(w, r, "home/start", page)
}
