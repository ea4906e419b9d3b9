package deskweb

import (
	"net/http"
	"net/url"
	"strconv"

	"bilin/internal/auth"
	"bilin/internal/demand"
	"bilin/internal/demandweb/words"
	"bilin/internal/errs"
	"bilin/internal/web"
)

// perPage is how many demands a queue shows at once.
const perPage = 25

// maxSearch is how many characters a search takes.
const maxSearch = 50

// queuePage is the list people work from.
type queuePage struct {
	web.Base
	Tab      string
	Tabs     []tab
	Whistles bool // whistles concern the reader
	Calls    int  // open ones that do
	Filters  []web.FilterSelect
	Text     string
	Chosen   []string // what the list is narrowed to, in words
	Rows     []queueRow
	Bulk     bool // rows can be selected
	Return   string
	Next     string
	First    string
	Empty    string
	EmptyHow string
}

func (p *Pages) queue(w http.ResponseWriter, r *http.Request) error {
	actor, q := auth.From(r.Context()), r.URL.Query()
	filter, ok := filterOf(q)
	if !ok {
		return errs.E(errs.NotFound, "web.not_found")
	}
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
	page := p.queuePage(r, actor, filter, counts)
	if page.Whistles {
		if page.Calls, err = p.opt.Whistles.CountOpen(r.Context(), actor); err != nil {
			return err
		}
	}
	page.Rows = p.rows(r, list.Rows)
	page.Bulk = page.Face == web.Desk && filter.Tab != demand.TabIncoming && anyTodo(list.Rows)
	if list.Next != nil {
		page.Next = web.PageURL(r, web.EncodeCursor(strconv.FormatInt(list.Next.At, 10), list.Next.ID))
	}
	if after != nil {
		page.First = web.PageURL(r, "")
	}
	return p.web.Render(w, r, "desk/queue", page)
}

// queuePage is the page without its rows.
func (p *Pages) queuePage(r *http.Request, actor auth.Actor, f demand.Filter, counts demand.Counts) queuePage {
	t := p.t(r)
	page := queuePage{Base: p.web.Base(r, "desk.queue"), Tab: string(f.Tab), Text: f.Text, Return: r.URL.RequestURI()}
	page.Whistles = p.concerns(actor)
	page.Live = p.svc.Topics(actor)
	page.Tabs = p.tabs(t, actor, f, counts)
	page.Filters = p.filters(t, p.web.Locale(r), actor, f)
	page.Chosen = chosen(t, f, page.Filters)
	page.Empty, page.EmptyHow = t("desk.empty."+tabKey(f.Tab)), t("desk.empty_how."+emptyHow(f.Tab))
	if len(page.Chosen) > 0 {
		page.Empty, page.EmptyHow = t("desk.empty_filtered"), t("desk.empty_filtered_how")
	}
	return page
}

// chosen says what a queue is narrowed to.
func chosen(t words.T, f demand.Filter, filters []web.FilterSelect) (list []string) {
	if f.Text != "" {
		list = append(list, t("desk.with_words", "words", f.Text))
	}
	for _, s := range filters {
		for _, o := range s.Options {
			if o.Value == s.Value && s.Value != "" {
				list = append(list, o.Label)
			}
		}
	}
	if f.State != "" {
		list = append(list, t.State(f.State))
	}
	return list
}

// filterOf reads what a queue is asked for from its address.
func filterOf(q url.Values) (f demand.Filter, ok bool) {
	urgency, _ := strconv.Atoi(q.Get("urgency"))
	f = demand.Filter{Tab: demand.Tab(q.Get("tab")), Kind: demand.Kind(q.Get("kind")), State: demand.State(q.Get("state")),
		Category: q.Get("category"), Urgency: urgency, Source: demand.Source(q.Get("source")), UnitCode: q.Get("unit"), Text: clip(q.Get("q"))}
	switch q.Get("stage") { // as addresses were before there were tabs
	case "", "todo":
	case "waiting":
		f.Tab = demand.TabWaiting
	case "closed":
		f.Tab = demand.TabClosed
	default:
		return f, false
	}
	for _, tab := range demand.Tabs() {
		if tab == f.Tab {
			return f, true
		}
	}
	return f, false
}

func clip(text string) string {
	if runes := []rune(text); len(runes) > maxSearch {
		return string(runes[:maxSearch])
	}
	return text
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

func anyTodo(rows []demand.Row) bool {
	for _, d := range rows {
		if d.State.Stage() == demand.Todo {
			return true
		}
	}
	return false
}
