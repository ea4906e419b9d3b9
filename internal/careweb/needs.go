package careweb

import (
	"net/http"
	"strings"

	"bilin/internal/care"
	"bilin/internal/care/need"
	"bilin/internal/web"
)

// kind is a need as the catalogue shows it.
type kind struct {
	need.Need
	Title        string // its name in the reader's language
	Owed, Action string
	Grounds      string
}

// idea is a proposal as the pages show it.
type idea struct {
	need.Proposal
	Is          kind
	Label, Look string
	Last        string // the last day of its notice
	Yes         int
}

type needsPage struct {
	web.Base
	Needs                   []kind
	Off                     []kind
	Notices, Asked, Decided []idea
	Next                    string
	Propose, Switch, Counts bool
}

// needs is the public catalogue: what the city owes regular contact for.
func (p *Pages) needs(w http.ResponseWriter, r *http.Request) error {
	cursor, err := web.DecodeCursor(r, 1)
	if err != nil {
		return err
	}
	list, next, err := p.o.Needs.Proposals(r.Context(), actor(r), strings.Join(cursor, ""))
	if err != nil {
		return err
	}
	page := needsPage{Base: p.web.Base(r, "careweb.needs"), Propose: p.may(r, need.ActPropose, ""), Switch: p.may(r, need.ActSwitch, ""), Counts: p.may(r, care.ActFigures, "")}
	page.Live = []string{need.Topic}
	for _, n := range p.o.Care.Needs().All() {
		if n.Off {
			page.Off = append(page.Off, p.kind(r, n))
		} else {
			page.Needs = append(page.Needs, p.kind(r, n))
		}
	}
	for _, x := range list {
		switch i := p.idea(r, x); x.State {
		case need.Notice:
			page.Notices = append(page.Notices, i)
		case need.Asked:
			page.Asked = append(page.Asked, i)
		default:
			page.Decided = append(page.Decided, i)
		}
	}
	if next != "" {
		page.Next = web.PageURL(r, web.EncodeCursor(next))
	}
	return p.web.Render(w, r, "care/needs", page)
}

func (p *Pages) kind(r *http.Request, n need.Need) kind {
	t := p.web.T(r)
	var grounds []string
	for _, g := range n.Grounds {
		grounds = append(grounds, t("need.ground."+string(g)))
	}
	return kind{Need: n, Title: n.NameIn(p.web.Locale(r)), Owed: p.owed(r, n.Obligation), Action: t("need.action." + string(n.Action)), Grounds: strings.Join(grounds, t("careweb.comma"))}
}

var looks = map[need.State]string{need.Asked: "info", need.Notice: "warn", need.Adopted: "ok", need.Refused: "idle"}

func (p *Pages) idea(r *http.Request, x need.Proposal) idea {
	return idea{Proposal: x, Is: p.kind(r, x.Need), Label: p.web.T(r)("need.state." + string(x.State)), Look: looks[x.State], Last: p.day(r, x.NoticeTo), Yes: len(x.Approvals)}
}
