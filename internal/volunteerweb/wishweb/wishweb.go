// Package wishweb is the pages of small wishes: a lead posts one in three taps, a volunteer offers hours and takes one, a household thanks.
package wishweb

import (
	"context"
	"embed"
	"net/http"
	"net/url"
	"strconv"

	"bilin/internal/auth"
	"bilin/internal/i18n"
	"bilin/internal/network"
	"bilin/internal/volunteer/wish"
	"bilin/internal/web"
)

//go:embed templates/*.html
var files embed.FS

//go:embed messages.json
var raw []byte

// Messages are the words of these pages.
var Messages = i18n.MustParse(raw)

const (
	formBody = 16 << 10
	pageSize = 25
)

// How often one address may be wrong about a key in a minute.
const (
	missesPerMinute = 20
	missBurst       = 40
)

// Session returns the household whose session a request has, or an
// Unauthenticated error.
type Session func(r *http.Request) (householdID string, err error)

// Options are what the pages work with.
type Options struct {
	Wishes  *wish.Service
	Network *network.Service
	Session Session
}

// Pages are the handlers.
type Pages struct {
	Misses *web.Limiter // wrong keys, by address

	web     *web.Server
	svc     *wish.Service
	network *network.Service
	session Session
}

// New returns the pages.
func New(srv *web.Server, o Options) *Pages {
	return &Pages{Misses: web.NewLimiter(missesPerMinute, missBurst), web: srv, svc: o.Wishes, network: o.Network, session: o.Session}
}

// Module returns what the pages add to the site.
func (p *Pages) Module() web.Module {
	post, kinds := string(wish.ActPost), string(wish.ActKinds)
	routes := []web.Route{
		{Pattern: "GET /wishes", Access: post, Handler: p.list},
		{Pattern: "GET /wishes/new", Access: post, Handler: p.fresh},
		{Pattern: "POST /wishes", Access: post, Handler: p.post, MaxBody: formBody},
		{Pattern: "GET /wishes/{id}", Access: post, Handler: p.show},
		{Pattern: "GET /wishes/kinds", Access: kinds, Handler: p.kinds},
		{Pattern: "POST /wishes/kinds", Access: kinds, Handler: p.setKind, MaxBody: formBody},
		{Pattern: "GET /report-in/{id}/wishes", Access: web.Public, Handler: p.own},
		{Pattern: "POST /report-in/{id}/hours", Access: web.Public, Handler: p.offer, MaxBody: formBody},
		{Pattern: "POST /report-in/{id}/hours/stop", Access: web.Public, Handler: p.stop, MaxBody: formBody},
		{Pattern: "POST /report-in/{id}/hours/{slot}/drop", Access: web.Public, Handler: p.drop, MaxBody: formBody},
		{Pattern: "GET /mine/wishes", Access: web.Public, Handler: p.mine},
		{Pattern: "POST /mine/wishes", Access: web.Public, Handler: p.postMine, MaxBody: formBody},
	}
	for deed := range p.homeDeeds() {
		routes = append(routes, web.Route{Pattern: "POST /wishes/{id}/" + deed, Access: post, Handler: p.leadDoes(deed), MaxBody: formBody},
			web.Route{Pattern: "POST /mine/wishes/{id}/" + deed, Access: web.Public, Handler: p.homeDoes(deed), MaxBody: formBody})
	}
	for deed := range p.helpDeeds() {
		routes = append(routes, web.Route{Pattern: "POST /report-in/{id}/wishes/{wish}/" + deed, Access: web.Public, Handler: p.helpDoes(deed), MaxBody: formBody})
	}
	return web.Module{
		Name: "wishes", Templates: web.Sub(files, "templates"), Messages: Messages,
		Pages: []web.PageDef{
			{Name: "wishes/list", Data: listPage{}}, {Name: "wishes/new", Data: newPage{}}, {Name: "wishes/show", Data: showPage{}},
			{Name: "wishes/own", Data: ownPage{}}, {Name: "wishes/mine", Data: minePage{}}, {Name: "wishes/kinds", Data: kindsPage{}},
		},
		Routes: routes,
	}
}

// deed is one thing done with a wish, and what is said after it.
type deed[T any] struct {
	do   T
	said string
}

type homeDo = func(ctx context.Context, by wish.By, f *web.Form, step wish.Step) error
type helpDo = func(ctx context.Context, id, key string, f *web.Form, step wish.Step) error

// homeDeeds are what the household, or whoever posts for it, does with a wish.
func (p *Pages) homeDeeds() map[string]deed[homeDo] {
	plain := func(do func(context.Context, wish.By, wish.Step) error) homeDo {
		return func(ctx context.Context, by wish.By, _ *web.Form, step wish.Step) error { return do(ctx, by, step) }
	}
	return map[string]deed[homeDo]{
		"ask": {func(ctx context.Context, by wish.By, f *web.Form, step wish.Step) error {
			return p.svc.Ask(ctx, by, step, f.Text("volunteer", 40))
		}, "wishweb.said_asked"},
		"any":      {plain(p.svc.Any), "wishweb.said_any"},
		"agree":    {plain(p.svc.Agree), "wishweb.said_agreed"},
		"reopen":   {plain(p.svc.Reopen), "wishweb.said_reopened"},
		"withdraw": {plain(p.svc.Withdraw), "wishweb.said_withdrawn"},
		"again":    {plain(p.svc.Again), "wishweb.said_again"},
		"time": {func(ctx context.Context, by wish.By, f *web.Form, step wish.Step) error {
			t, err := readTime(f, step)
			if err != nil {
				return err
			}
			return p.svc.Say(ctx, by, t)
		}, "wishweb.said_time"},
		"done": {func(ctx context.Context, by wish.By, f *web.Form, step wish.Step) error {
			answer := wish.Answer{Step: step, Thanks: wish.Thanks(f.Text("thanks", 20)), Words: f.Text("words", wish.MaxThanks)}
			if err := f.Err(); err != nil {
				return err
			}
			return p.svc.Done(ctx, by, answer)
		}, "wishweb.said_done"},
	}
}

// helpDeeds are what a volunteer does with a wish.
func (p *Pages) helpDeeds() map[string]deed[helpDo] {
	plain := func(do func(context.Context, string, string, wish.Step) error) helpDo {
		return func(ctx context.Context, id, key string, _ *web.Form, step wish.Step) error {
			return do(ctx, id, key, step)
		}
	}
	return map[string]deed[helpDo]{
		"take":    {plain(p.svc.Take), "wishweb.said_taken"},
		"decline": {plain(p.svc.Decline), "wishweb.said_declined"},
		"back":    {plain(p.svc.GiveBack), "wishweb.said_back"},
		"agree":   {plain(p.svc.Suits), "wishweb.said_agreed"},
		"time": {func(ctx context.Context, id, key string, f *web.Form, step wish.Step) error {
			t, err := readTime(f, step)
			if err != nil {
				return err
			}
			return p.svc.Come(ctx, id, key, t)
		}, "wishweb.said_time"},
	}
}

func readTime(f *web.Form, step wish.Step) (wish.Time, error) {
	t := wish.Time{Step: step, Day: f.RequiredDate("day"), At: readClock(f, "at")}
	return t, f.Err()
}

// readClock reads a time of day from a form.
func readClock(f *web.Form, name string) int {
	minute, ok := wish.ParseClock(f.Required(name, 10))
	if !ok {
		f.Fail(name, "wish.bad_clock")
	}
	return minute
}

func actor(r *http.Request) auth.Actor { return auth.From(r.Context()) }

func ownURL(id, key string) string {
	return "/report-in/" + id + "/wishes?" + url.Values{"k": {key}}.Encode()
}

// unitName is a unit's own name and its village's, never more of an address.
func (p *Pages) unitName(id string) string {
	tree := p.network.Tree()
	u := tree.Current(tree.ByID(id))
	if u == nil {
		return ""
	}
	if village := tree.At(u, network.Village); village != nil && village != u {
		return village.Name + " · " + u.Name
	}
	return u.Name
}

var looks = map[wish.State]string{wish.Open: "warn", wish.Asked: "warn", wish.Taken: "ok", wish.Done: "ok", wish.Withdrawn: "idle", wish.Lapsed: "warn"}

// choices are options of values with a key of words before them.
func choices[T ~string](t func(string, ...any) string, words string, list []T) (out []web.Option) {
	for _, x := range list {
		out = append(out, web.Option{Value: string(x), Label: t(words + string(x))})
	}
	return out
}

// meeting is at what time of the day the volunteer comes.
func meeting(m wish.Meet) string {
	if m.Day == "" {
		return ""
	}
	return wish.Clock(m.At)
}

func version(f *web.Form) int { return int(f.Version()) }

func weekdays(t func(string, ...any) string) (out []web.Option) {
	for _, d := range []int{1, 2, 3, 4, 5, 6, 0} {
		out = append(out, web.Option{Value: strconv.Itoa(d), Label: t("wishweb.weekday." + strconv.Itoa(d))})
	}
	return out
}
