package outreachweb

import (
	"net/http"

	"bilin/internal/errs"
	"bilin/internal/outreach"
	"bilin/internal/web"
)

// minePage is a lead's list: what there is to tell, on offer.
type minePage struct {
	web.Base
	Lines []line
}

const onList = 30

func (p *Pages) mine(w http.ResponseWriter, r *http.Request) error {
	list, err := p.svc.Fresh(r.Context(), actor(r), onList)
	if err != nil {
		return err
	}
	page := minePage{Base: p.web.Base(r, "outreachweb.mine")}
	for _, n := range list {
		href := at(n.Number, "/tell")
		if n.State == outreach.Recalled {
			href = at(n.Number)
		}
		page.Lines = append(page.Lines, p.line(r, n, href))
	}
	return p.web.Render(w, r, "notices/mine", page)
}

// home is a household on a lead's list.
type home struct {
	outreach.Home
	Key string
}

// cellHomes are the households of one cell.
type cellHomes struct {
	CellID, Name, Key string
	Homes             []home
	Told, Left        int
}

type tellPage struct {
	web.Base
	N          *outreach.Notice
	Paragraphs []string
	Cells      []cellHomes
	Many       bool // more than one cell
	Topic      string
	Crumbs     []web.Crumb
}

func (p *Pages) tellForm(w http.ResponseWriter, r *http.Request) error {
	list, err := p.svc.ToTell(r.Context(), actor(r), r.PathValue("number"))
	if err != nil {
		return err
	}
	n := &list[0].Notice
	t := p.web.T(r)
	page := tellPage{Base: p.web.Base(r, "outreachweb.tell"), N: n, Paragraphs: paragraphs(n.Words), Many: len(list) > 1, Topic: outreach.Topic(n.ID),
		Crumbs: []web.Crumb{{Label: t("outreachweb.mine"), Href: "/notices/mine"}, {Label: n.Title}}}
	page.Title = n.Title
	if n.State != outreach.Sent {
		return p.web.SeeOther(w, r, at(n.Number), "")
	}
	for _, x := range list {
		cell := cellHomes{CellID: x.CellID, Name: p.unitName(x.CellID), Key: page.FormKey + x.CellID}
		for _, h := range x.Homes {
			cell.Homes = append(cell.Homes, home{h, page.FormKey + h.ID})
			if h.Told || h.Met {
				cell.Told++
			} else {
				cell.Left++
			}
		}
		page.Cells = append(page.Cells, cell)
	}
	return p.web.Render(w, r, "notices/tell", page)
}

// tell takes one tap: a household, or all of a cell.
func (p *Pages) tell(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ParseForm(w, r)
	if err != nil {
		return err
	}
	cmd := outreach.Tell{Key: f.Key(), Number: r.PathValue("number"), CellID: f.Text("cell", 40), Way: outreach.Told}
	if f.Choice("way", "told", "met") == "met" {
		cmd.Way = outreach.Met
	}
	if id := f.Text("home", 40); id != "" {
		cmd.Households = []string{id}
	}
	if err = f.Err(); err == nil {
		err = p.svc.Tell(r.Context(), actor(r), cmd)
	}
	if errs.KindOf(err) == errs.Forbidden && err != nil {
		return errs.Wrap(err, errs.Forbidden, "outreachweb.not_your_cell")
	}
	if err != nil {
		return err
	}
	return p.web.SeeOther(w, r, at(cmd.Number, "/tell"), "outreachweb.told")
}
