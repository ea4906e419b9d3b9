package authweb

import (
	"net/http"
	"strings"
	"time"

	"bilin/internal/audit"
	"bilin/internal/auth"
	"bilin/internal/web"
)

type auditPage struct {
	web.Base
	Filter     auditFilter
	Areas      []web.Option
	Records    []auditLine
	Prev, Next string
}

type auditFilter struct {
	Area, Actor, Object, From, To string
}

// auditLine is a record in words.
type auditLine struct {
	audit.Record
	What string // the action, translated where there is a word for it
	Unit string
}

// areas are what the record is about, by the first part of its actions.
var areas = []string{"account", "demand", "network", "roster", "admin"}

// audit shows the record of who did what. It shows that something was done
// and by whom; what was written in it stays with the matter itself.
func (p *Pages) audit(w http.ResponseWriter, r *http.Request) error {
	if err := p.opt.Auth.Policy().Can(actorOf(r), auth.ActAudit, auth.Object{}); err != nil {
		return err
	}
	parts, err := web.DecodeCursor(r, 1)
	if err != nil {
		return err
	}
	cursor := ""
	page := auditPage{Base: p.web.Base(r, "auth.page.audit"), Filter: auditFilterOf(r)}
	if parts != nil {
		cursor = parts[0]
		page.Prev = web.PageURL(r, "")
	}
	found, err := p.opt.Audit.Page(r.Context(), page.Filter.filter(), cursor, pageSize)
	if err != nil {
		return err
	}
	if found.Next != "" {
		page.Next = web.PageURL(r, web.EncodeCursor(found.Next))
	}
	t := p.web.T(r)
	for _, area := range areas {
		page.Areas = append(page.Areas, web.Option{Value: area, Label: t("auth.page.area." + area)})
	}
	for _, record := range found.Records {
		page.Records = append(page.Records, p.auditLine(t, record))
	}
	return p.web.Render(w, r, "auth/audit", page)
}

func (p *Pages) auditLine(t func(string, ...any) string, record audit.Record) auditLine {
	line := auditLine{Record: record, What: record.Action}
	for _, key := range []string{"audit.action.", "auth.page.did."} { // the slice's own word goes first
		if word := t(key + record.Action); !strings.HasPrefix(word, "⟦") {
			line.What = word
			break
		}
	}
	tree := p.opt.Tree()
	if u := tree.ByID(record.UnitID); u != nil {
		line.Unit = tree.PathName(u, " · ")
	}
	return line
}

func auditFilterOf(r *http.Request) auditFilter {
	q := r.URL.Query()
	return auditFilter{Area: q.Get("area"), Actor: q.Get("actor"), Object: q.Get("object"), From: q.Get("from"), To: q.Get("to")}
}

// cityZone is the civil time of the city, in which days are meant.
var cityZone = time.FixedZone("CST", 8*60*60)

func (f auditFilter) filter() audit.Filter {
	out := audit.Filter{ActorID: f.Actor, ObjectID: f.Object}
	if f.Area != "" {
		out.Action = f.Area + "."
	}
	if day, err := time.ParseInLocation(time.DateOnly, f.From, cityZone); err == nil {
		out.From = day
	}
	if day, err := time.ParseInLocation(time.DateOnly, f.To, cityZone); err == nil {
		out.To = day.AddDate(0, 0, 1)
	}
	return out
}
