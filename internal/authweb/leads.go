package authweb

import (
	"html/template"
	"net/http"
	"slices"
	"strings"

	"bilin/internal/auth"
	"bilin/internal/errs"
	"bilin/internal/network"
	"bilin/internal/web"
)

// maxCards bounds what is printed at once.
const maxCards = 30

type leadsPage struct {
	web.Base
	Crumbs     []web.Crumb
	Children   []network.Unit
	Leads      []leadLine
	Prev, Next string
}

type leadLine struct {
	PersonID, Name, Role, Unit string
	Waiting                    bool // has never logged in
}

// leads lists the leads of a unit within the reader's reach, to hand links to.
func (p *Pages) leads(w http.ResponseWriter, r *http.Request) error {
	parts, err := web.DecodeCursor(r, 2)
	if err != nil {
		return err
	}
	tree := p.opt.Tree()
	unit, err := p.leadsUnit(r, tree)
	if err != nil {
		return err
	}
	page := leadsPage{Base: p.web.Base(r, "auth.page.leads"), Crumbs: p.reach(r, tree, unit)}
	for _, c := range tree.Children(unit) {
		if c.Level < network.Cell {
			page.Children = append(page.Children, *c)
		}
	}
	if parts != nil {
		page.Prev = web.PageURL(r, "")
	}
	posts, last := leadPosts(tree, unit, parts)
	if last != nil {
		page.Next = web.PageURL(r, web.EncodeCursor(last...))
	}
	if page.Leads, err = p.leadLines(r, tree, posts); err != nil {
		return err
	}
	return p.web.Render(w, r, "auth/leads", page)
}

// leadsUnit is the unit asked for, or the first the reader may issue links at.
func (p *Pages) leadsUnit(r *http.Request, tree *network.Tree) (*network.Unit, error) {
	policy, me := p.opt.Auth.Policy(), actorOf(r)
	var unit *network.Unit
	if code := r.URL.Query().Get("unit"); code != "" {
		unit = tree.Current(tree.ByCode(code))
	} else if scope := policy.Scope(me, auth.ActLink); len(scope) > 0 {
		unit = tree.ByID(scope[0])
	}
	if unit == nil {
		return nil, errs.E(errs.NotFound, "auth.page.no_unit")
	}
	return unit, policy.Can(me, auth.ActLink, auth.Object{UnitID: unit.ID})
}

// reach is the path to a unit, without links above what the reader reaches.
func (p *Pages) reach(r *http.Request, tree *network.Tree, unit *network.Unit) []web.Crumb {
	list := crumbs(tree, unit, "/leads")
	for i, u := range tree.Path(unit) {
		if p.opt.Auth.Policy().Can(actorOf(r), auth.ActLink, auth.Object{UnitID: u.ID}) != nil {
			list[i].Href = ""
		}
	}
	return list
}

// leadPosts returns a page of the leads' posts somebody serves in, in the
// order of the tree, and where the next page goes on: after a unit and a post.
func leadPosts(tree *network.Tree, unit *network.Unit, after []string) (posts []*network.Post, last []string) {
	skip := after != nil && tree.Contains(unit.ID, after[0])
	for _, u := range tree.Subtree(unit) {
		if skip && u.ID != after[0] {
			continue
		}
		for _, post := range tree.Posts(u.ID) {
			if skip {
				skip = post.ID != after[1]
				continue
			}
			if !post.Role.IsLead() || post.Serving() == nil {
				continue
			}
			if len(posts) == pageSize {
				end := posts[pageSize-1]
				return posts, []string{end.UnitID, end.ID}
			}
			posts = append(posts, post)
		}
		skip = false // the post ended meanwhile: go on with the next unit
	}
	return posts, nil
}

func (p *Pages) leadLines(r *http.Request, tree *network.Tree, posts []*network.Post) ([]leadLine, error) {
	var ids []string
	for _, post := range posts {
		ids = append(ids, post.Serving().PersonID)
	}
	waiting, err := p.opt.Auth.Unlinked(r.Context(), ids)
	if err != nil {
		return nil, err
	}
	t := p.web.T(r)
	lines := make([]leadLine, len(posts))
	for i, post := range posts {
		h := post.Serving()
		lines[i] = leadLine{PersonID: h.PersonID, Name: h.Name, Role: t("auth.role." + string(post.Role)),
			Unit: tree.PathName(tree.ByID(post.UnitID), " · "), Waiting: slices.Contains(waiting, h.PersonID)}
	}
	return lines, nil
}

// issueLinks makes links for the leads chosen and shows them, once, to print.
func (p *Pages) issueLinks(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ParseForm(w, r)
	if err != nil {
		return err
	}
	persons := f.List("person")
	if len(persons) == 0 || len(persons) > maxCards {
		return errs.E(errs.Invalid, "auth.page.choose_leads", "max", maxCards)
	}
	tree := p.opt.Tree()
	var links []auth.Link
	var refused []string
	for _, id := range persons {
		who, ok := candidateOf(tree, id)
		if !ok {
			return errs.E(errs.NotFound, "auth.no_post")
		}
		link, err := p.opt.Auth.IssueLink(r.Context(), actorOf(r), id, who.Name)
		if errs.CodeOf(err) == "auth.link_official" && err != nil {
			refused = append(refused, who.Name)
			continue
		}
		if err != nil {
			return err
		}
		links = append(links, link)
	}
	return p.showCards(w, r, links, refused, "/leads")
}

type cardsPage struct {
	web.Base
	Cards   []card
	Refused []string
	Back    string
}

type card struct {
	auth.Link
	URL string
	QR  template.HTML
}

func (p *Pages) showCards(w http.ResponseWriter, r *http.Request, links []auth.Link, refused []string, back string) error {
	page := cardsPage{Base: p.web.Base(r, "auth.page.cards"), Refused: refused, Back: back}
	for _, l := range links {
		url := p.address(r) + "/l/" + l.Secret
		code, err := web.QR(url, 200)
		if err != nil {
			return err
		}
		page.Cards = append(page.Cards, card{l, url, code})
	}
	w.Header().Set("Cache-Control", "no-store")
	return p.web.Render(w, r, "auth/cards", page)
}

// address is where people reach us.
func (p *Pages) address(r *http.Request) string {
	if p.opt.PublicURL != "" {
		return strings.TrimRight(p.opt.PublicURL, "/")
	}
	if r.TLS != nil {
		return "https://" + r.Host
	}
	return "http://" + r.Host
}
