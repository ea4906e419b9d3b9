package deskweb

import (
	"cmp"
	"net/http"
	"slices"
	"strconv"

	"bilin/internal/auth"
	"bilin/internal/demand"
	"bilin/internal/demandweb/words"
	"bilin/internal/errs"
	"bilin/internal/network"
	"bilin/internal/web"
)

// perPage is how many demands a queue shows at once.
const perPage = 25

// queuePage is the list people work from.
type queuePage struct {
	web.Base
	Stage   string
	Tabs    []tab
	Filters []web.FilterSelect
	Rows    []queueRow
	Next    string
	First   string
	Empty   string
}

// tab is one of the three stages with its count; the closed are not counted.
type tab struct {
	Label, Href string
	Count       int
	Counted     bool
	Current     bool
}

type queueRow struct {
	demand.Row
	Spoken, Href     string
	KindLabel, State string
	StateKind, Owner string
}

var stages = []struct {
	name  string
	stage demand.Stage
}{{"todo", demand.Todo}, {"waiting", demand.Waiting}, {"closed", demand.Closed}}

func (p *Pages) queue(w http.ResponseWriter, r *http.Request) error {
	actor, q := auth.From(r.Context()), r.URL.Query()
	page := queuePage{Base: p.web.Base(r, "desk.queue"), Stage: cmp.Or(q.Get("stage"), "todo")}
	i := slices.IndexFunc(stages, func(s struct {
		name  string
		stage demand.Stage
	}) bool {
		return s.name == page.Stage
	})
	if i < 0 {
		return errs.E(errs.NotFound, "web.not_found")
	}
	filter := demand.Filter{Stage: stages[i].stage, Kind: demand.Kind(q.Get("kind")), State: demand.State(q.Get("state")), UnitCode: q.Get("unit")}
	after, err := cursorOf(r)
	if err != nil {
		return err
	}
	list, err := p.svc.Queue(r.Context(), actor, filter, after, perPage)
	if err != nil {
		return err
	}
	counts, err := p.svc.Counts(r.Context(), actor, filter.UnitCode)
	if err != nil {
		return err
	}
	t := p.t(r)
	page.Live = p.svc.Topics(actor)
	page.Tabs, page.Filters = tabs(t, page.Stage, filter.UnitCode, counts), p.filters(t, actor, filter)
	page.Rows, page.Empty = rows(t, list.Rows), t("desk.empty."+page.Stage)
	if list.Next != nil {
		page.Next = web.PageURL(r, web.EncodeCursor(strconv.FormatInt(list.Next.At, 10), list.Next.ID))
	}
	if after != nil {
		page.First = web.PageURL(r, "")
	}
	return p.web.Render(w, r, "desk/queue", page)
}

func cursorOf(r *http.Request) (*demand.Cursor, error) {
	parts, err := web.DecodeCursor(r, 2)
	if err != nil || parts == nil {
		return nil, err
	}
	at, err := strconv.ParseInt(parts[0], 10, 64)
	if err != nil {
		return nil, errs.Wrap(err, errs.NotFound, "web.bad_cursor")
	}
	return &demand.Cursor{At: at, ID: parts[1]}, nil
}

func tabs(t words.T, current, unit string, c demand.Counts) []tab {
	count := map[string]int{"todo": c.Todo(), "waiting": c.Resolved}
	tabs := make([]tab, 0, len(stages))
	for _, s := range stages {
		href := "/demands?stage=" + s.name
		if unit != "" {
			href += "&unit=" + unit
		}
		n, counted := count[s.name]
		tabs = append(tabs, tab{Label: t("desk.stage." + s.name), Href: href, Count: n, Counted: counted, Current: s.name == current})
	}
	return tabs
}

// filters offers the kinds and, where the actor's scope has parts, the units directly under it.
func (p *Pages) filters(t words.T, actor auth.Actor, f demand.Filter) []web.FilterSelect {
	filters := []web.FilterSelect{{Name: "kind", Label: t("desk.kind"), Value: string(f.Kind), Options: t.Kinds(false)}}
	tree := p.tree()
	var units []web.Option
	for _, id := range p.svc.Scope(actor) {
		if u := tree.ByID(id); u != nil && u.Level < network.Cell {
			units = append(units, words.Units(tree.Children(u))...)
		}
	}
	if chosen := tree.ByCode(f.UnitCode); chosen != nil && !slices.ContainsFunc(units, func(o web.Option) bool { return o.Value == chosen.Code }) {
		units = append(units, web.Option{Value: chosen.Code, Label: tree.PathName(chosen, " · ")})
	}
	if len(units) > 0 {
		filters = append(filters, web.FilterSelect{Name: "unit", Label: t("desk.unit"), Value: f.UnitCode, Options: units})
	}
	return filters
}

func rows(t words.T, list []demand.Row) []queueRow {
	rows := make([]queueRow, 0, len(list))
	for _, d := range list {
		d.Text = demand.Excerpt(d.Text)
		rows = append(rows, queueRow{
			Row: d, Spoken: demand.Spoken(d.Number), Href: "/demands/" + d.Number, KindLabel: t.Kind(d.Kind),
			State: t.State(d.State), StateKind: d.State.Look(), Owner: t.Stop(d.Keeper),
		})
	}
	return rows
}
