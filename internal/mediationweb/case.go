package mediationweb

import (
	"context"
	"html/template"
	"net/http"
	"strconv"
	"time"

	"bilin/internal/errs"
	"bilin/internal/mediation"
	"bilin/internal/web"
	"bilin/internal/workday"
)

// entry is a line of the record as pages show it.
type entry struct {
	mediation.Line
	Who, What string
	Coming    bool // a meeting that is still to be
}

// casePage is a case as one of the three sees it.
type casePage struct {
	web.Base
	R                     *mediation.Record
	Key                   string
	Kind, State, Look     string
	Me, Outcome           string
	Next                  string // what is to be done now
	Entries               []entry
	Meetings              []entry // to come
	Readings              []reading
	People                []person
	Mine                  string // whom this side would take
	Invite, InviteLink    string
	Letter                string // the invitation on paper
	QR, OwnQR             template.HTML
	Own, OwnLink          string
	Confirmed, Others     bool // this side, the other side
	Holds                 bool // this side said so
	Due                   bool // the follow-up day is here
	MayTell, Tell         bool // whether this side's household can be told, and is
	A                     string
	Between               string // whom, once the other side said yes
	Words, Place, At      string
	DraftText, Follow     string
	MaxWords, MaxPlace    int
	MaxDraft              int
	MaySay, MayStop, Over bool
	Labels                map[string]string
}

// reading is an opening of the record.
type reading struct {
	Who string
	At  time.Time
}

var looks = map[mediation.State]string{mediation.Asked: "warn", mediation.Choosing: "warn", mediation.Called: "warn", mediation.Talking: "info", mediation.Agreed: "ok", mediation.Ended: "idle"}

func (p *Pages) casePage(w http.ResponseWriter, r *http.Request, key string) (*casePage, error) {
	web.Quiet(w)
	c, err := p.svc.Open(r.Context(), r.PathValue("id"), key)
	if err != nil {
		return nil, p.missed(r, err)
	}
	t := p.web.T(r)
	page := &casePage{Base: p.web.Base(r, "mediationweb.case"), R: c, Key: key,
		Kind: t("mediation.kind." + string(c.Kind)), State: t("mediation.state." + string(c.State)), Look: looks[c.State], Me: string(c.Me),
		Next: t("mediationweb.next." + string(c.State) + "." + string(c.Me)), Own: caseURL(c.ID, key),
		MaxWords: mediation.MaxWords, MaxPlace: mediation.MaxPlace, MaxDraft: mediation.MaxDraft,
		MaySay: c.State == mediation.Talking || c.State == mediation.Agreed, Over: c.State == mediation.Ended,
		MayStop: c.State != mediation.Ended && (c.Me != mediation.M || c.State == mediation.Talking),
		Labels: map[string]string{"words": t("mediationweb.say"), "place": t("mediationweb.f_place"), "at": t("mediationweb.f_at"), "draft": t("mediationweb.f_draft"), "follow": t("mediationweb.f_follow"),
			"mediator": t("mediationweb.choose"), "free": t("mediationweb.free")}}
	if c.Outcome != "" {
		page.Outcome = t("mediation.outcome." + string(c.Outcome))
	}
	p.fill(r, page)
	return page, p.links(r, page)
}

// fill takes over the record.
func (p *Pages) fill(r *http.Request, page *casePage) {
	c, t := page.R, p.web.T(r)
	who := func(s mediation.Side) string {
		switch {
		case s == c.Me:
			return t("mediationweb.you")
		case s == mediation.M && c.Mediator != nil && c.Mediator.Name != "":
			return c.Mediator.Name
		case c.Name(s) != "":
			return c.Name(s)
		}
		return t("mediation.side." + string(s))
	}
	for _, l := range c.Lines {
		if l.Kind == mediation.Draft && c.Draft != nil && l.Seq == c.Draft.Seq {
			continue // it stands on its own
		}
		e := entry{l, who(l.Side), t("mediationweb.line." + string(l.Kind)), l.MeetAt.After(p.svc.Now())}
		page.Entries = append(page.Entries, e)
		if e.Coming {
			page.Meetings = append(page.Meetings, e)
		}
	}
	page.A = who(mediation.A)
	if c.Household[mediation.B] != "" {
		page.Between = p.between(r, c)
	}
	for _, x := range c.Readings {
		by := who(x.Side)
		if x.Side == mediation.M && x.MediatorID != c.Case.Mediator {
			by = t("mediationweb.earlier_mediator")
		}
		page.Readings = append(page.Readings, reading{by, x.At})
	}
	page.People, page.Mine = p.people(r, c.Mediators), c.Pick[c.Me]
	page.Confirmed = c.Edition > 0 && c.Confirmed[c.Me] == c.Edition
	page.Others = c.Edition > 0 && c.Confirmed[other(c.Me)] == c.Edition
	page.Holds = c.Holds[c.Me] == "yes"
	page.Due = c.FollowOn != "" && p.svc.Now().In(workday.City).Format(time.DateOnly) >= c.FollowOn
	for _, l := range c.Lines { // the last, whether it still stands or not, is where a new one begins
		if l.Kind == mediation.Draft {
			page.DraftText, page.Follow = l.Words, c.FollowOn
		}
	}
	page.MayTell, page.Tell = p.svc.Tells() && !page.Over && c.Me != mediation.M, c.Tell[c.Me]
}

// between says who the sides are.
func (p *Pages) between(r *http.Request, c *mediation.Record) string {
	t := p.web.T(r)
	switch c.Me {
	case mediation.A, mediation.B:
		return t("mediationweb.between_you", "name", c.Name(other(c.Me)))
	}
	return t("mediationweb.between", "a", c.Name(mediation.A), "b", c.Name(mediation.B))
}

func other(s mediation.Side) mediation.Side {
	if s == mediation.A {
		return mediation.B
	}
	return mediation.A
}

// links makes the receipt, and while the other side hasn't answered the invitation.
func (p *Pages) links(r *http.Request, page *casePage) (err error) {
	page.OwnLink = p.web.Absolute(r, page.Own)
	if page.R.Me == mediation.M {
		return nil // their key opens more than this; the receipt is on their own page
	}
	if page.OwnQR, err = web.QR(page.OwnLink, 0); err != nil || page.R.Invite == "" {
		return err
	}
	page.Invite = invitationURL(page.R.ID, page.R.Invite)
	page.InviteLink = p.web.Absolute(r, page.Invite)
	page.Letter = keyed("/my-mediation/"+page.R.ID+"/letter", page.R.Invite) // it is printed with its address
	page.QR, err = web.QR(page.InviteLink, 0)
	return err
}

func (p *Pages) show(w http.ResponseWriter, r *http.Request) error {
	page, err := p.casePage(w, r, r.URL.Query().Get("k"))
	if err != nil {
		return err
	}
	return p.web.Render(w, r, "mediation/case", page)
}

// edition is which draft somebody was shown; 0 is none.
func edition(f *web.Form) int {
	n, err := strconv.Atoi(f.Text("edition", 10))
	if err != nil {
		return 0
	}
	return n
}

// deed is one of the commands in a case.
type deed struct {
	name, flash string
	do          func(ctx context.Context, id, key string, f *web.Form) error
}

func (p *Pages) deeds() (out []web.Route) {
	s := p.svc
	for _, d := range []deed{
		{"pick", "mediationweb.picked", func(ctx context.Context, id, key string, f *web.Form) error {
			return s.Pick(ctx, id, key, f.Key(), f.Text("mediator", 40), int(f.Version()))
		}},
		{"take", "mediationweb.taken", func(ctx context.Context, id, key string, f *web.Form) error {
			return s.Take(ctx, id, key, f.Key(), f.Bool("free"))
		}},
		{"say", "mediationweb.said", func(ctx context.Context, id, key string, f *web.Form) error {
			return s.Say(ctx, id, key, f.Key(), f.Lines("words", 2*mediation.MaxWords))
		}},
		{"meet", "mediationweb.met", func(ctx context.Context, id, key string, f *web.Form) error {
			at, err := time.ParseInLocation("2006-01-02T15:04", f.Text("at", 20), workday.City)
			if err != nil {
				at = time.Time{}
			}
			return s.Meet(ctx, id, key, f.Key(), f.Text("place", 2*mediation.MaxPlace), at)
		}},
		{"draft", "mediationweb.drafted", func(ctx context.Context, id, key string, f *web.Form) error {
			return s.Draft(ctx, id, key, f.Key(), f.Lines("draft", 2*mediation.MaxDraft), f.Text("follow", 20), int(f.Version()))
		}},
		{"confirm", "mediationweb.confirmed", func(ctx context.Context, id, key string, f *web.Form) error {
			return s.Confirm(ctx, id, key, f.Key(), edition(f))
		}},
		{"holds", "mediationweb.answered", func(ctx context.Context, id, key string, f *web.Form) error {
			return s.Hold(ctx, id, key, f.Key(), edition(f), f.Text("yes", 3) == "1")
		}},
		{"tell", "mediationweb.tell_set", func(ctx context.Context, id, key string, f *web.Form) error {
			return s.SetTell(ctx, id, key, f.Key(), f.Text("on", 3) == "1")
		}},
		{"stop", "mediationweb.stopped", func(ctx context.Context, id, key string, f *web.Form) error {
			return s.Stop(ctx, id, key, f.Key())
		}},
	} {
		out = append(out, web.Route{Pattern: "POST /my-mediation/{id}/" + d.name, Access: web.Public, Handler: p.deed(d), MaxBody: formBody})
	}
	return append(out, web.Route{Pattern: "POST /my-mediation/{id}/aside", Access: web.Public, Handler: p.aside, MaxBody: formBody})
}

// deed runs a command; what can't be done comes back on the newest page with what was typed.
func (p *Pages) deed(d deed) web.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		f, err := web.ParseForm(w, r)
		if err != nil {
			return err
		}
		id, key := r.PathValue("id"), f.Text("_k", 80)
		err = d.do(r.Context(), id, key, f)
		if web.Again(err) {
			page, shown := p.casePage(w, r, key)
			if shown != nil {
				return shown
			}
			page.Words, page.Place, page.At = f.Lines("words", 2*mediation.MaxWords), f.Text("place", 2*mediation.MaxPlace), f.Text("at", 20)
			if d.name == "draft" {
				page.DraftText, page.Follow = f.Lines("draft", 2*mediation.MaxDraft), f.Text("follow", 20)
			}
			page.Errors = web.FormErrorsOf(err)
			return p.web.RenderStatus(w, r, errs.Status(err), "mediation/case", page)
		}
		if err != nil {
			return p.missed(r, err)
		}
		flash := d.flash
		if d.name == "confirm" {
			if flash, err = p.confirmed(r, id, key, d.flash); err != nil {
				return p.missed(r, err)
			}
		}
		return p.web.SeeOther(w, r, caseURL(id, key), flash)
	}
}

// confirmed is what a yes is answered with. A repeat of an earlier yes succeeds as it
// did then, but there may be a newer draft by now that it doesn't hold for.
func (p *Pages) confirmed(r *http.Request, id, key, flash string) (string, error) {
	c, err := p.svc.Open(r.Context(), id, key)
	switch {
	case err != nil:
		return "", err
	case c.State == mediation.Ended || c.FollowOn == "": // what they said yes to is over
		return "", nil
	case c.Confirmed[c.Me] != c.Edition:
		return "mediationweb.newer_draft", nil
	}
	return flash, nil
}

// aside leads back to a mediator's own page: the case isn't theirs any more.
func (p *Pages) aside(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ParseForm(w, r)
	if err != nil {
		return err
	}
	key, mediator := f.Text("_k", 80), f.Text("mediator", 40)
	if err := p.svc.Aside(r.Context(), r.PathValue("id"), key, f.Key()); err != nil {
		return p.missed(r, err)
	}
	return p.web.SeeOther(w, r, mineURL(mediator, key), "mediationweb.stepped_aside")
}
