// Package answerweb is the page behind the link of an order's message: what it says, and three buttons to answer, without a log-in.
package answerweb

import (
	"context"
	"embed"
	"net/http"
	"time"

	"bilin/internal/auth"
	"bilin/internal/errs"
	"bilin/internal/i18n"
	"bilin/internal/mobilise"
	"bilin/internal/network"
	"bilin/internal/web"
)

//go:embed templates/*.html
var files embed.FS

//go:embed messages.json
var raw []byte

// Messages are the words of these pages.
var Messages = i18n.MustParse(raw)

const (
	formBody     = 4 << 10
	longestToken = 60
)

// Turns a minute, and at once. Behind one address there may be a whole village,
// so that only its wrong links count together.
const (
	perLink, linkBurst     = 20, 10
	perWrong, wrongsAtOnce = 30, 30
)

// Options are what the pages work with.
type Options struct {
	Orders *mobilise.Service
	Tree   func() *network.Tree
	// Shown returns the numbers of those of the people who show theirs to everybody.
	Shown func(ctx context.Context, personIDs []string) (map[string]string, error)
	Now   func() time.Time // nil: the system's clock
}

// Pages are the handlers.
type Pages struct {
	web           *web.Server
	o             Options
	links, wrongs *web.Limiter
}

// New returns the pages.
func New(srv *web.Server, o Options) *Pages {
	p := &Pages{web: srv, o: o, links: web.NewLimiter(perLink, linkBurst), wrongs: web.NewLimiter(perWrong, wrongsAtOnce)}
	if o.Now != nil {
		p.links.Now, p.wrongs.Now = o.Now, o.Now
	}
	return p
}

// Module returns what the pages add to the site.
func (p *Pages) Module() web.Module {
	answer := string(mobilise.ActAnswer)
	return web.Module{
		Name: "answer", Templates: web.Sub(files, "templates"), Messages: Messages,
		Pages: []web.PageDef{{Name: "answer/call", Data: callPage{}}, {Name: "answer/none", Data: nonePage{}}, {Name: "answer/over", Data: overPage{}}},
		Routes: []web.Route{
			{Pattern: "GET /a/{token}", Access: answer, Handler: p.show, Emergency: true},
			{Pattern: "POST /a/{token}", Access: answer, Handler: p.answer, MaxBody: formBody, Emergency: true},
			{Pattern: "POST /a/{token}/seen", Access: answer, Handler: p.seen, MaxBody: formBody, Emergency: true},
		},
	}
}

// callPage is an order as one of its people sees it.
type callPage struct {
	web.Base
	Token     string
	Order     *mobilise.Order
	Receipt   mobilise.Receipt
	From      string // the place that calls
	Standing  string
	Answered  bool
	ByOther   bool // somebody else wrote the answer down
	Unseen    bool // nobody has noted yet that it was opened
	Helper    helper
	Reasons   []web.Option
	Reason    string
	Corrected bool
}

// helper is whom one can ask.
type helper struct{ Name, Role, Phone string }

func (p *Pages) show(w http.ResponseWriter, r *http.Request) error {
	return p.showWith(w, r, http.StatusOK, nil)
}

func (p *Pages) showWith(w http.ResponseWriter, r *http.Request, status int, cause error) error {
	w.Header().Set("X-Robots-Tag", "noindex, nofollow")
	call, err := p.o.Orders.ByToken(r.Context(), r.PathValue("token"))
	if err != nil {
		return p.lost(w, r, err)
	}
	o, say := call.Order, p.web.T(r)
	if !o.Live() {
		return p.over(w, r, o, cause)
	}
	page := callPage{Base: p.web.Base(r, "answerweb.title", "title", o.Title), Token: call.Token, Order: o, Receipt: call.Receipt,
		Standing: call.Standing.String(), Answered: call.Standing >= mobilise.Cant,
		Unseen: call.SeenAt == 0, ByOther: call.Way == mobilise.ByPhone || call.Way == mobilise.ByVisit,
		Corrected: o.Edition > 1, Reason: string(call.Reason)}
	page.Face, page.Nav, page.Foot = web.Phone, nil, nil // nothing beside the one thing to do
	for _, reason := range mobilise.Reasons() {
		page.Reasons = append(page.Reasons, web.Option{Value: string(reason), Label: say("order.reason." + string(reason))})
	}
	if u := p.o.Tree().ByID(o.UnitID); u != nil {
		page.From = u.Name
	}
	if page.Helper, err = p.helper(r.Context(), call.Receipt); err != nil {
		return err
	}
	page.Helper.Role = say("auth.role." + page.Helper.Role)
	if cause != nil {
		page.Errors = web.FormErrorsOf(cause)
		page.Reason = r.PostFormValue("reason")
	}
	return p.web.RenderStatus(w, r, status, "answer/call", page)
}

// overPage is for links of an order that has ended: a link is good until then.
type overPage struct {
	web.Base
	Order *mobilise.Order // its number, kind and state
	How   string          // it ended
	Late  bool            // an answer came too late
}

// over says that an order has ended, and nothing else of it or of who was called.
func (p *Pages) over(w http.ResponseWriter, r *http.Request, o *mobilise.Order, cause error) error {
	kind := ""
	if o.IsDrill() {
		kind = "_drill"
	}
	how := p.web.T(r)("answerweb." + string(o.State) + kind)
	page := overPage{p.web.Base(r, "answerweb.over"+kind, "number", o.Number), o, how, errs.KindOf(cause) == errs.Gone}
	page.Face, page.Nav, page.Foot = web.Phone, nil, nil
	return p.web.RenderStatus(w, r, http.StatusGone, "answer/over", page)
}

// helper is the nearest official who stands behind somebody: their linked
// official, else one of the village, else of the town.
func (p *Pages) helper(ctx context.Context, r mobilise.Receipt) (helper, error) {
	h, role := behind(p.o.Tree(), r)
	if h == nil {
		return helper{}, nil
	}
	shown, err := p.o.Shown(ctx, []string{h.PersonID})
	return helper{h.Name, string(role), shown[h.PersonID]}, err
}

func behind(tree *network.Tree, r mobilise.Receipt) (*network.Holder, auth.Role) {
	for _, role := range []auth.Role{auth.LinkedOfficial, auth.VillageOfficial, auth.TownOfficial} {
		for u := tree.ByID(r.UnitID); u != nil; u = tree.Parent(u) {
			for _, post := range tree.Posts(u.ID) {
				if h := post.Serving(); h != nil && post.Role == role && h.PersonID != r.PersonID {
					return h, role
				}
			}
		}
	}
	return nil, ""
}

// nonePage is for links that lead nowhere.
type nonePage struct{ web.Base }

// lost answers a link that is none. Who tries many of them has to wait.
func (p *Pages) lost(w http.ResponseWriter, r *http.Request, err error) error {
	if errs.KindOf(err) != errs.NotFound {
		return err
	}
	if err := p.wrongs.Allow(web.ClientIP(r)); err != nil {
		return err
	}
	page := nonePage{p.web.Base(r, "answerweb.none")}
	page.Face, page.Errors = web.Phone, web.FormErrorsOf(err)
	return p.web.RenderStatus(w, r, http.StatusNotFound, "answer/none", page)
}

// turn takes a turn of a link from an address. What is longer than any link is
// none, and isn't remembered.
func (p *Pages) turn(r *http.Request, token string) error {
	if len(token) > longestToken {
		return errs.E(errs.NotFound, "order.no_link")
	}
	return p.links.Allow(token + "@" + web.ClientIP(r))
}

// answer takes what somebody says. The same said again changes nothing.
func (p *Pages) answer(w http.ResponseWriter, r *http.Request) error {
	token := r.PathValue("token")
	if err := p.turn(r, token); err != nil {
		return p.lost(w, r, err)
	}
	f, err := web.ParseForm(w, r)
	if err != nil {
		return err
	}
	said := f.Choice("answer", "coming", "cant", "arrived")
	a := mobilise.Answer{Coming: said == "coming", Arrived: said == "arrived", Reason: mobilise.Reason(f.Text("reason", 20))}
	if err = f.Err(); err == nil {
		err = p.o.Orders.AnswerByToken(r.Context(), token, a)
	}
	switch {
	case errs.KindOf(err) == errs.NotFound:
		return p.lost(w, r, err)
	case errs.KindOf(err) == errs.Gone, errs.KindOf(err) == errs.Conflict, web.IsInvalid(err):
		return p.showWith(w, r, errs.Status(err), err)
	case err != nil:
		return err
	}
	return p.web.SeeOther(w, r, "/a/"+token, "answerweb.said_"+said)
}

// seen notes that the page is before somebody's eyes; a script says so, and
// nothing that only fetches pages.
func (p *Pages) seen(w http.ResponseWriter, r *http.Request) error {
	token := r.PathValue("token")
	err := p.turn(r, token)
	if err == nil {
		err = p.o.Orders.SeenByToken(r.Context(), token)
	}
	if errs.KindOf(err) == errs.Gone {
		w.WriteHeader(http.StatusGone)
		return nil
	}
	if err != nil {
		return p.lost(w, r, err)
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}
