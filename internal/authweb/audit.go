package authweb

import (
	"net/http"
	"slices"
	"strings"
	"time"

	"bilin/internal/audit"
	"bilin/internal/auth"
	"bilin/internal/network"
	"bilin/internal/web"
)

type auditPage struct {
	web.Base
	State      audit.State
	Filter     auditFilter
	Areas      []web.Option
	Chips      []chip // what else is asked for, each with a way to leave it out
	Records    []auditLine
	Prev, Next string
}

type auditFilter struct {
	Area, Action, Actor, Object, Unit, From, To string
}

// chip is a filter that came with a link.
type chip struct{ Name, Label, Value, Without string }

// auditLine is a record in words.
type auditLine struct {
	audit.Record
	What string // the action, translated where there is a word for it
	Unit string
	Row  int64 // as people count
}

// areas are what the record is about, by the first part of its actions.
var areas = []string{"account", "admin", "alert", "audit", "board", "calendar", "care", "catalog", "demand", "duty", "emergency", "honour", "keys",
	"matter", "meeting", "monthly", "need", "network", "offlist", "oldnet", "order", "outcome", "outreach", "privacy", "programme", "purpose", "recovery", "rollcall", "roster",
	"team", "volunteer"}

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
	filter := page.Filter.filter()
	tree := p.opt.Tree()
	if u := tree.ByID(page.Filter.Unit); u != nil {
		filter.UnitIDs = unitsBelow(tree, u)
	}
	found, err := p.opt.Audit.Page(r.Context(), filter, cursor, pageSize)
	if err != nil {
		return err
	}
	if page.State, err = p.opt.Audit.State(r.Context()); err != nil {
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
	page.Chips = p.chips(r, t, page.Filter, page.Records)
	return p.web.Render(w, r, "auth/audit", page)
}

// mostUnits are so many as one statement of the record takes.
const mostUnits = 1500

// unitsBelow is a unit with all below it, or where these are too many the unit alone.
func unitsBelow(tree *network.Tree, u *network.Unit) []string {
	below := tree.Subtree(u)
	if len(below) > mostUnits {
		return []string{u.ID}
	}
	ids := make([]string, len(below))
	for i, b := range below {
		ids[i] = b.ID
	}
	return ids
}

// chips name what the links on the page ask for.
func (p *Pages) chips(r *http.Request, t func(string, ...any) string, f auditFilter, shown []auditLine) []chip {
	var out []chip
	add := func(name, key, value, label string) {
		if value == "" {
			return
		}
		q := r.URL.Query()
		q.Del(name)
		q.Del("after")
		out = append(out, chip{Name: name, Label: t(key, "what", label), Value: value, Without: "/audit?" + q.Encode()})
	}
	who := f.Actor
	if len(shown) > 0 && shown[0].ActorName != "" {
		who = shown[0].ActorName
	}
	add("actor", "auth.page.by", f.Actor, who)
	add("action", "auth.page.only", f.Action, p.deed(t, f.Action))
	add("object", "auth.page.about", f.Object, f.Object)
	tree := p.opt.Tree()
	if u := tree.ByID(f.Unit); u != nil {
		key := "auth.page.unit_alone"
		if len(unitsBelow(tree, u)) > 1 {
			key = "auth.page.unit_below"
		}
		add("unit", key, f.Unit, tree.PathName(u, " · "))
	}
	return out
}

// deed is an action in words, where there are any.
func (p *Pages) deed(t func(string, ...any) string, action string) string {
	for _, key := range []string{"audit.action.", "auth.page.did."} { // the slice's own word goes first
		if word := t(key + action); !strings.HasPrefix(word, "⟦") {
			return word
		}
	}
	if area, code, ok := strings.Cut(action, "."); ok && slices.Contains(areas, area) {
		return t("auth.page.deed", "area", t("auth.page.area."+area), "code", code)
	}
	return action
}

func (p *Pages) auditLine(t func(string, ...any) string, record audit.Record) auditLine {
	line := auditLine{Record: record, What: p.deed(t, record.Action), Row: record.Seq + 1}
	line.ActorName, line.Purpose = actorWord(t, record), purposeWord(t, record.Purpose)
	tree := p.opt.Tree()
	if u := tree.ByID(record.UnitID); u != nil {
		line.Unit = tree.PathName(u, " · ")
	}
	return line
}

// actorWord is who did something; work of the house by its part.
func actorWord(t func(string, ...any) string, record audit.Record) string {
	part, is := strings.CutPrefix(record.ActorID, "system:")
	switch word := t("auth.page.actor." + part); {
	case !is:
		return record.ActorName
	case !strings.HasPrefix(word, "⟦"):
		return word
	case slices.Contains(areas, part):
		return t("auth.page.system", "part", t("auth.page.area."+part))
	}
	return record.ActorName
}

// uuidLength is that of ids that say nothing to people.
const uuidLength = 36

// purposeWord is what something was read for: "demand 260017287" or the reason
// of a break-glass, which slices keep as codes, or what somebody wrote.
func purposeWord(t func(string, ...any) string, purpose string) string {
	kind, rest, _ := strings.Cut(purpose, " ")
	if word := t("purpose.reason." + kind); rest == "" && !strings.HasPrefix(word, "⟦") {
		return word
	}
	for _, key := range []string{"purpose.kind.", "auth.page.for."} {
		word := t(key + kind)
		switch {
		case kind == "" || strings.HasPrefix(word, "⟦"):
			continue
		case len(rest) == uuidLength:
			return word
		}
		return strings.TrimSpace(word + " " + rest)
	}
	return purpose
}

func auditFilterOf(r *http.Request) auditFilter {
	q := r.URL.Query()
	return auditFilter{Area: q.Get("area"), Action: q.Get("action"), Actor: q.Get("actor"), Object: q.Get("object"), Unit: q.Get("unit"),
		From: q.Get("from"), To: q.Get("to")}
}

// cityZone is the civil time of the city, in which days are meant.
var cityZone = time.FixedZone("CST", 8*60*60)

func (f auditFilter) filter() audit.Filter {
	out := audit.Filter{ActorID: f.Actor, ObjectID: f.Object}
	switch {
	case f.Action != "":
		out.Action = strings.TrimRight(f.Action, ".")
	case f.Area != "":
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
