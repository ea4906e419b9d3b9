package honourweb

import (
	"net/http"
	"slices"

	"bilin/internal/errs"
	"bilin/internal/honour"
	"bilin/internal/web"
)

// candidate is somebody on the ballot.
type candidate struct {
	honour.OnBallot
	Where, KindName, WhyName string
	Yes, Relative            bool
}

// race is a category on the ballot.
type race struct {
	Name   string
	Places int
	List   []candidate
}

type ballotPage struct {
	web.Base
	R      card
	Voted  bool
	Races  []race
	Labels map[string]string
	Crumbs []web.Crumb
}

func (p *Pages) ballotPage(r *http.Request, yes, relatives []string) (*ballotPage, error) {
	x, me, list, err := p.svc.Ballot(r.Context(), actor(r), r.PathValue("round"))
	if err != nil {
		return nil, err
	}
	t := p.web.T(r)
	page := &ballotPage{Base: p.web.Base(r, "honourweb.ballot"), R: p.card(r, *x), Voted: !me.VotedAt.IsZero(), Crumbs: p.crumbs(r, x, t("honourweb.ballot")), Labels: map[string]string{}}
	for _, c := range x.Categories {
		one := race{Name: c.Name, Places: c.Places}
		for _, n := range list {
			if n.Category != c.Key {
				continue
			}
			who := candidate{OnBallot: n, Where: p.where(n.UnitID), KindName: t("honour.kind." + string(n.Kind)), Yes: slices.Contains(yes, n.ID), Relative: slices.Contains(relatives, n.ID)}
			if n.Kept != "" {
				who.WhyName = t("honour.why." + string(n.Kept))
			}
			page.Labels["vote-"+n.ID] = n.Name
			one.List = append(one.List, who)
		}
		if len(one.List) > 0 {
			page.Races = append(page.Races, one)
		}
	}
	return page, nil
}

func (p *Pages) ballot(w http.ResponseWriter, r *http.Request) error {
	page, err := p.ballotPage(r, nil, nil)
	if err != nil {
		return err
	}
	return p.web.Render(w, r, "honours/ballot", page)
}

func (p *Pages) cast(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ParseForm(w, r)
	if err != nil {
		return err
	}
	yes, relatives := f.List("yes"), f.List("relative")
	if err = f.Err(); err == nil {
		err = p.svc.Cast(r.Context(), actor(r), honour.Ballot{Key: f.Key(), RoundID: r.PathValue("round"), Yes: yes, Relatives: relatives})
	}
	if web.Again(err) {
		page, shown := p.ballotPage(r, yes, relatives)
		if shown != nil {
			return err // the vote is over: what became of this ballot says more
		}
		page.Errors = web.FormErrorsOf(err)
		return p.web.RenderStatus(w, r, errs.Status(err), "honours/ballot", page)
	}
	if err != nil {
		return err
	}
	return p.web.SeeOther(w, r, "/honours/"+r.PathValue("round"), "honourweb.voted")
}
