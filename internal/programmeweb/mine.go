package programmeweb

import (
	"context"
	"html/template"
	"net/http"
	"strings"

	"bilin/internal/auth"
	"bilin/internal/errs"
	"bilin/internal/programme"
	"bilin/internal/web"
)

// joinPage takes somebody in.
type joinPage struct {
	web.Base
	P          card
	Name, Door string
	Labels     map[string]string
	Crumbs     []web.Crumb
}

func (p *Pages) joinPage(r *http.Request) (*joinPage, error) {
	x, err := p.svc.Get(r.Context(), auth.Actor{}, r.PathValue("id"))
	if err != nil {
		return nil, err
	}
	t := p.web.T(r)
	return &joinPage{Base: p.web.Base(r, "programmeweb.join"), P: p.card(r, *x), Door: strings.TrimSpace(r.URL.Query().Get("door")),
		Labels: map[string]string{"name": t("programmeweb.your_name"), "door": t("programmeweb.door")}, Crumbs: p.crumbs(r, x, t("programmeweb.join"))}, nil
}

func (p *Pages) joinForm(w http.ResponseWriter, r *http.Request) error {
	page, err := p.joinPage(r)
	if err != nil {
		return err
	}
	return p.web.Render(w, r, "programmes/join", page)
}

func (p *Pages) join(w http.ResponseWriter, r *http.Request) error {
	if err := p.Joins.Allow(web.ClientIP(r)); err != nil {
		return err
	}
	f, err := web.ParseForm(w, r)
	if err != nil {
		return err
	}
	page, err := p.joinPage(r)
	if err != nil {
		return err
	}
	page.FormKey, page.Name, page.Door = f.Key(), f.Required("name", programme.MaxName), f.Required("door", 40)
	var receipt programme.Receipt
	if err = f.Err(); err == nil {
		receipt, err = p.svc.Join(r.Context(), auth.Actor{}, programme.Join{Key: f.Key(), ProgrammeID: page.P.ID, Name: page.Name, DoorCode: page.Door})
	}
	if web.Again(err) {
		if limited := p.Misses.Allow(web.ClientIP(r)); limited != nil {
			return limited
		}
		page.Errors = web.FormErrorsOf(err)
		return p.web.RenderStatus(w, r, errs.Status(err), "programmes/join", page)
	}
	if err != nil {
		return err
	}
	return p.web.SeeOther(w, r, ownURL(receipt.ID, receipt.Key)+"&new=1", "")
}

// ownMove is a line of a member's own account.
type ownMove struct {
	programme.Move
	What, For string
}

// minePage is a member's own points.
type minePage struct {
	web.Base
	M      *programme.Mine
	Key    string
	New    bool
	Link   string
	Href   string
	QR     template.HTML
	Moves  []ownMove
	Afford []programme.Reward // what the balance is enough for
	Later  []programme.Reward // and what it isn't yet
}

func (p *Pages) minePage(w http.ResponseWriter, r *http.Request, key string) (*minePage, error) {
	web.Quiet(w)
	m, err := p.svc.Mine(r.Context(), r.PathValue("member"), key)
	if err != nil {
		if limited := p.Misses.Allow(web.ClientIP(r)); errs.KindOf(err) == errs.NotFound && limited != nil {
			return nil, limited
		}
		return nil, err
	}
	page := &minePage{Base: p.web.Base(r, "programmeweb.mine"), M: m, Key: key, New: r.URL.Query().Get("new") == "1", Href: ownURL(m.Member.ID, key)}
	page.Link = p.web.Absolute(r, page.Href)
	for _, x := range m.Moves {
		page.Moves = append(page.Moves, ownMove{x, p.web.T(r)("programme.entry." + string(x.Kind)), p.label(r, x.Kind, x.Label)})
	}
	for _, reward := range m.Rewards {
		if reward.Price <= m.Balance {
			page.Afford = append(page.Afford, reward)
		} else {
			page.Later = append(page.Later, reward)
		}
	}
	page.QR, err = web.QR(page.Link, 0)
	return page, err
}

func (p *Pages) mine(w http.ResponseWriter, r *http.Request) error {
	page, err := p.minePage(w, r, r.URL.Query().Get("k"))
	if err != nil {
		return err
	}
	return p.web.Render(w, r, "programmes/mine", page)
}

func (p *Pages) choose(w http.ResponseWriter, r *http.Request) error {
	return p.own(w, r, "programmeweb.chosen", func(ctx context.Context, id, key string, f *web.Form) error {
		return p.svc.Choose(ctx, id, key, f.Key(), f.Text("reward", 40))
	})
}

func (p *Pages) back(w http.ResponseWriter, r *http.Request) error {
	return p.own(w, r, "programmeweb.given_back", func(ctx context.Context, id, key string, f *web.Form) error {
		return p.svc.GiveBack(ctx, id, key, f.Key(), f.Text("fetch", 40))
	})
}

// own runs one of a member's own commands; what can't be done comes back on the newest page.
func (p *Pages) own(w http.ResponseWriter, r *http.Request, flash string, do func(ctx context.Context, id, key string, f *web.Form) error) error {
	f, err := web.ParseForm(w, r)
	if err != nil {
		return err
	}
	id, key := r.PathValue("member"), f.Text("_k", 80)
	err = do(r.Context(), id, key, f)
	if web.Again(err) {
		page, shown := p.minePage(w, r, key)
		if shown != nil {
			return shown
		}
		page.Errors = web.FormErrorsOf(err)
		return p.web.RenderStatus(w, r, errs.Status(err), "programmes/mine", page)
	}
	if err != nil {
		return err
	}
	return p.web.SeeOther(w, r, ownURL(id, key), flash)
}

func (p *Pages) leave(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ParseForm(w, r)
	if err != nil {
		return err
	}
	if err := p.svc.Leave(r.Context(), r.PathValue("member"), f.Text("_k", 80), f.Key()); err != nil {
		return err
	}
	return p.web.SeeOther(w, r, "/programmes", "programmeweb.left")
}
