package orderweb

import (
	"bytes"
	"context"
	"mime"
	"net/http"
	"time"

	"bilin/internal/auth"
	"bilin/internal/errs"
	"bilin/internal/mobilise"
	"bilin/internal/mobilise/alert"
	"bilin/internal/mobilise/rollcall"
	"bilin/internal/web"
)

type showPage struct {
	web.Base
	Crumbs   []web.Crumb
	Order    *mobilise.Order
	May      mobilise.May
	Topic    string
	Place    string
	Look     string
	Audience audienceView
	Channels []string
	Minutes  int
	Tally    mobilise.Tally
	Shares   []share
	Come     int // coming, there or released
	Cant     int
	Soon     bool // people are being told right now
	Health   []health
	Moments  []web.TimelineItem
	Earlier  []web.TimelineItem // folded
	Recount  *countView         // of a proposed order
	Texts    []sample
	Mine     bool // proposed by the reader
	SeesAll  bool // may look at its people
	HasCAP   bool // and hand it to other systems
	Rollcall bool // and open its roll-call
	Alert    alert.Standing
	Typed    typed
	MaxNote  int
}

// typed is what was written into one of the page's forms when it wasn't taken.
type typed struct{ Form, Note string }

// share is how many people stand somewhere, and where that lies on the bar.
type share struct {
	Standing    mobilise.Standing
	Name, Label string
	N           int
	X, Width    float64 // of barWidth
}

const barWidth = 1000

// soonFor is how long after an order went out its page also asks by itself:
// most people are told before the page hears of anything.
const soonFor = 2 * time.Minute

// health is how a channel does.
type health struct {
	Channel, Why string
	Missing      bool // the city has no gateway for it
	Down         bool
	Since        time.Time
}

func (p *Pages) show(w http.ResponseWriter, r *http.Request) error {
	return p.showWith(w, r, http.StatusOK, typed{}, nil)
}

// showWith shows an order; cause is why a step of form back.Form wasn't taken.
// It costs seven queries at most, whatever the number of its people.
func (p *Pages) showWith(w http.ResponseWriter, r *http.Request, status int, back typed, cause error) error {
	ctx, say := r.Context(), p.web.T(r)
	o, may, err := p.o.Orders.Get(ctx, actor(r), r.PathValue("number"))
	if err != nil {
		return err
	}
	page := showPage{Base: p.web.Base(r, "orderweb.of", "number", o.Number), Order: o, May: may, Topic: mobilise.Topic(o.ID), Place: place(p.o.Tree(), o.UnitID), Look: stateLook[o.State],
		Channels: channelNames(say, o.Channels), Minutes: int(o.Wait.Minutes()), Mine: o.ProposedBy == actor(r).ID(), Typed: back, MaxNote: mobilise.MaxNote,
		SeesAll: p.o.Policy.May(actor(r), mobilise.ActView), HasCAP: p.o.CAP != nil && o.Hazard != mobilise.Missing && p.o.Policy.May(actor(r), mobilise.ActIssue)}
	if o.Title != "" {
		page.Title = o.Title
	}
	page.Crumbs = []web.Crumb{{Label: say("orderweb.title"), Href: "/orders"}, {Label: o.Number}}
	if cause != nil {
		page.Errors = web.FormErrorsOf(cause)
	}
	if page.Audience, err = p.audienceView(ctx, say, o.Audience); err != nil {
		return err
	}
	page.Rollcall = may.Correct && p.o.Policy.Can(actor(r), rollcall.ActOpen, auth.Object{UnitID: o.UnitID}) == nil
	if o.AlertID != "" && p.o.Alert != nil && p.o.Policy.May(actor(r), alert.ActView) {
		if page.Alert, err = p.o.Alert(ctx, o.AlertID); err != nil {
			return err
		}
	}
	if err := p.numbers(r, &page); err != nil {
		return err
	}
	all, err := p.moments(r, o)
	if err != nil {
		return err
	}
	first := min(len(all), firstMoments)
	page.Moments, page.Earlier = all[:first], all[first:]
	return p.web.RenderStatus(w, r, status, "order/show", page)
}

// numbers counts the people: those called, or of a proposed order those who would be.
func (p *Pages) numbers(r *http.Request, page *showPage) (err error) {
	ctx, say, o := r.Context(), p.web.T(r), page.Order
	if o.State == mobilise.Proposed {
		page.Texts = p.samples(say, o)
		who, err := p.o.Orders.Recount(ctx, o)
		if web.IsInvalid(err) { // a place or a team is there no more
			page.Recount = &countView{Problem: web.FormErrorsOf(err)}
			return nil
		}
		page.Recount = &countView{Count: who, Second: true, Missing: o.Hazard == mobilise.Missing, Alone: mobilise.AloneLimit}
		return err
	}
	if o.IssuedAt.IsZero() {
		return nil
	}
	if page.Tally, err = p.counts.get(ctx, o.ID); err != nil {
		return err
	}
	page.Shares = shares(say, page.Tally)
	page.Come = page.Tally.By[mobilise.Coming] + page.Tally.By[mobilise.Arrived] + page.Tally.By[mobilise.Released]
	page.Cant = page.Tally.By[mobilise.Cant]
	if !o.Live() {
		return nil
	}
	page.Soon = page.Tally.By[mobilise.Queued] > 0 && p.o.Now().Sub(o.IssuedAt) < soonFor
	page.Health, err = p.health(r, o)
	return err
}

// shares lays the standings on a bar, who came furthest first.
func shares(say Say, t mobilise.Tally) (out []share) {
	x := 0.0
	for _, s := range []mobilise.Standing{mobilise.Released, mobilise.Arrived, mobilise.Coming, mobilise.Cant, mobilise.Seen, mobilise.Delivered, mobilise.Handed, mobilise.Queued} {
		n := t.By[s]
		if n == 0 && s == mobilise.Released {
			continue
		}
		width := 0.0
		if t.People > 0 {
			width = barWidth * float64(n) / float64(t.People)
		}
		out = append(out, share{s, s.String(), say("order.standing." + s.String()), n, x, width})
		x += width
	}
	return out
}

// health says how the order's channels do; one that was never used works, as far as is known.
func (p *Pages) health(r *http.Request, o *mobilise.Order) (out []health, err error) {
	known, err := p.o.Orders.Channels(r.Context())
	if err != nil {
		return nil, err
	}
	say, by := p.web.T(r), map[mobilise.Channel]mobilise.Health{}
	for _, h := range known {
		by[h.Channel] = h
	}
	for _, c := range o.Channels {
		x := health{Channel: say("order.channel." + string(c)), Missing: !p.serves(c)}
		if h := by[c]; h.DownSince != 0 {
			x.Down, x.Since = true, time.UnixMilli(h.DownSince)
			if h.Error != "" {
				x.Why = say(h.Error)
			}
		}
		out = append(out, x)
	}
	return out, nil
}

// step is the handler of one of the page's forms.
func (p *Pages) step(name string, do func(context.Context, auth.Actor, mobilise.Command) (*mobilise.Order, error)) web.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		f, err := web.ParseForm(w, r)
		if err != nil {
			return err
		}
		c := mobilise.Command{Key: f.Key(), Number: r.PathValue("number"), Version: int(f.Version()), Note: f.Lines("note", readText)}
		if err = f.Err(); err == nil {
			_, err = do(r.Context(), actor(r), c)
		}
		switch kind := errs.KindOf(err); {
		case err == nil:
			return p.web.SeeOther(w, r, "/orders/"+c.Number, "orderweb.said_"+name)
		case kind == errs.Invalid, kind == errs.Stale, kind == errs.Conflict, errs.CodeOf(err) == "order.own":
			return p.showWith(w, r, errs.Status(err), typed{name, c.Note}, err)
		}
		return err
	}
}

// alert answers the order as CAP, for other systems to take.
func (p *Pages) alert(w http.ResponseWriter, r *http.Request) error {
	if p.o.CAP == nil {
		return errs.E(errs.NotFound, "web.not_found")
	}
	number := r.PathValue("number")
	o, _, err := p.o.Orders.Get(r.Context(), actor(r), number)
	if err != nil {
		return err
	}
	if o.Hazard == mobilise.Missing {
		return errs.E(errs.Forbidden, "orderweb.cap_missing")
	}
	var b bytes.Buffer
	if err := p.o.CAP(r.Context(), &b, actor(r), number); err != nil {
		return err
	}
	w.Header().Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": number + ".cap.xml"}))
	return p.web.Send(w, r, http.StatusOK, "application/cap+xml; charset=utf-8", b.Bytes())
}
