package bench

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"html/template"
	"net/http"
	"net/http/httptest"
	"strconv"
	"time"

	"bilin/internal/app"
	"bilin/internal/auth"
	"bilin/internal/demand"
	"bilin/internal/i18n"
	"bilin/internal/web"
)

// pageBudget is what one page in a hundred may take in the server, and share of
// the bare handler's requests a second that the site must reach.
const (
	pageBudget = 10 * time.Millisecond
	pageShare  = 0.7
	pageConns  = 2 // one for each core: more would measure the queue in front of the server
)

// view is a page, and what it reads.
type view struct {
	work, page string // page is the template's name
	login      string
	path       string
	read       func(ctx context.Context, a *app.App, actor auth.Actor) error
}

// firstOnStart is how many demands a start page shows.
const firstOnStart = 5

func views(number string) []view {
	return []view{
		{"a lead's start page", "home/start", "lead", "/home", readStart},
		{"a demand", "desk/show", "lead", "/demands/" + number, func(ctx context.Context, a *app.App, actor auth.Actor) error {
			_, err := a.Demand.Get(ctx, actor, number)
			return err
		}},
		{"a lead's contacts", "care/contacts", "lead", "/contacts", readContacts},
		{"a list of 25 of the city", "desk/queue", "city", "/demands?stage=closed", readClosed},
		{"a list of 25 of a village", "desk/queue", "village", "/demands?stage=closed", readClosed},
	}
}

// readClosed runs the queries of a queue.
func readClosed(ctx context.Context, a *app.App, actor auth.Actor) error {
	_, err := a.Demand.Queue(ctx, actor, demand.Filter{Stage: demand.Closed}, nil, 25)
	if err != nil {
		return err
	}
	_, err = a.Demand.Counts(ctx, actor, "")
	return err
}

// readStart runs the queries of a lead's start page.
func readStart(ctx context.Context, a *app.App, actor auth.Actor) error {
	if _, err := a.Demand.Counts(ctx, actor, ""); err != nil {
		return err
	}
	if _, err := a.Demand.Queue(ctx, actor, demand.Filter{}, nil, firstOnStart); err != nil {
		return err
	}
	var people []string
	tree := a.Network.Tree()
	for _, g := range actor.Grants {
		for _, b := range tree.BackersOf(g.UnitID) {
			people = append(people, b.Holder.PersonID)
		}
	}
	_, err := a.Network.ShownPhones(ctx, people)
	return err
}

func measurePages(ctx context.Context, r *run) (rows []Row, err error) {
	dir, err := r.city(ctx, "city")
	if err != nil {
		return nil, err
	}
	a, err := r.open(ctx, dir)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, a.Close(context.WithoutCancel(ctx))) }()
	number, err := someDemand(ctx, a)
	if err != nil {
		return nil, err
	}
	for _, v := range views(number) {
		row, err := r.measurePage(ctx, a, v)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", v.work, err)
		}
		rows = append(rows, row)
	}
	return rows, nil
}

// someDemand is one that the demo's lead has to do with.
func someDemand(ctx context.Context, a *app.App) (string, error) {
	lead, err := actorOf(ctx, a, "lead")
	if err != nil {
		return "", err
	}
	page, err := a.Demand.Queue(ctx, lead, demand.Filter{}, nil, 1)
	if err != nil || len(page.Rows) == 0 {
		return "", errors.Join(err, errors.New("the demo's lead has no demand"))
	}
	return page.Rows[0].Number, nil
}

func (r *run) measurePage(ctx context.Context, a *app.App, v view) (Row, error) {
	ours, bare, err := v.handlers(ctx, a)
	if err != nil {
		return Row{}, err
	}
	oursAt, err := serve(ours)
	if err != nil {
		return Row{}, err
	}
	bareAt, err := serve(bare)
	if err != nil {
		return Row{}, errors.Join(err, oursAt.close())
	}
	row, err := r.comparePages(ctx, a, v, oursAt, bareAt)
	return row, errors.Join(err, oursAt.close(), bareAt.close())
}

// comparePages lets the site and the bare handler answer in turns.
func (r *run) comparePages(ctx context.Context, a *app.App, v view, ours, bare *site) (Row, error) {
	cookie, err := cookieOf(a, v.login)
	if err != nil {
		return Row{}, err
	}
	l := load{Requests: []string{get(v.path, cookie)}, Conns: pageConns, For: r.Round, Most: 200_000, Want: http.StatusOK}
	var rates, bares, ratios []float64
	var p99s []time.Duration
	for range rounds {
		l.Addr = ours.addr
		mine, err := send(ctx, l)
		if err != nil {
			return Row{}, err
		}
		p99s = append(p99s, percentile(ours.took(), 99))
		l.Addr = bare.addr
		other, err := send(ctx, l)
		if err != nil {
			return Row{}, err
		}
		rates, bares = append(rates, mine.rate()), append(bares, other.rate())
		ratios = append(ratios, mine.rate()/other.rate())
	}
	p99, ratio := median(p99s), median(ratios)
	return Row{
		Work:     v.work,
		Measured: fmt.Sprintf("%s, p99 %s in the server", rate(median(rates)), millis(p99)),
		Bare:     rate(median(bares)) + ": same queries, same template",
		Ratio:    percent(ratio), Budget: "p99 ≤ 10 ms, ≥ 70%", Met: p99 <= pageBudget && ratio >= pageShare,
	}, nil
}

// handlers returns the whole site, and a handler that only runs the page's
// queries and its template, on the data that the site gave it.
func (v view) handlers(ctx context.Context, a *app.App) (ours, bare http.Handler, err error) {
	site, err := a.Server()
	if err != nil {
		return nil, nil, err
	}
	data, err := v.capture(a)
	if err != nil {
		return nil, nil, err
	}
	own, err := a.Server() // templates of its own: one that has run can't be shared with the site's
	if err != nil {
		return nil, nil, err
	}
	page, err := templateOf(own, v.page)
	if err != nil {
		return nil, nil, err
	}
	actor, err := actorOf(ctx, a, v.login)
	if err != nil {
		return nil, nil, err
	}
	return site.Handler(), v.bare(a, actor, page, data), nil
}

func (v view) bare(a *app.App, actor auth.Actor, page *template.Template, data any) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		err := v.read(r.Context(), a, actor)
		var b bytes.Buffer
		b.Grow(16 << 10)
		err = errors.Join(err, page.ExecuteTemplate(&b, "layout.html", data))
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.Header().Set("Content-Length", strconv.Itoa(b.Len()))
		_, _ = w.Write(b.Bytes()) // the client counts what it gets
	})
}

// capture asks the site for the page and keeps what its template is given.
func (v view) capture(a *app.App) (data any, err error) {
	srv, err := a.Server()
	if err != nil {
		return nil, err
	}
	t, err := templateOf(srv, v.page)
	if err != nil {
		return nil, err
	}
	t.Funcs(template.FuncMap{"benchkeep": func(given any) string {
		data = given
		return ""
	}})
	if _, err := t.New("content").Parse(`{{benchkeep .}}`); err != nil {
		return nil, err
	}
	h := srv.Handler()
	cookie, err := login(h, v.login)
	if err != nil {
		return nil, err
	}
	request := httptest.NewRequest(http.MethodGet, v.path, nil)
	request.Header.Set("Cookie", cookie)
	w := httptest.NewRecorder()
	h.ServeHTTP(w, request)
	if data == nil {
		return nil, fmt.Errorf("%s answers %d", v.path, w.Code)
	}
	return data, nil
}

func templateOf(srv *web.Server, name string) (found *template.Template, err error) {
	err = srv.Templates(func(page, locale string, t *template.Template, _ any) error {
		if page == name && locale == i18n.ZH {
			found = t
		}
		return nil
	})
	if found == nil {
		err = errors.Join(err, errors.New("no page "+name))
	}
	return found, err
}

func cookieOf(a *app.App, name string) (string, error) {
	srv, err := a.Server()
	if err != nil {
		return "", err
	}
	return login(srv.Handler(), name)
}

// actorOf is whom a login speaks for.
func actorOf(ctx context.Context, a *app.App, name string) (auth.Actor, error) {
	_, secret, err := a.Auth.IssueToken(ctx, auth.System("bench"), auth.NewToken{Login: name, Label: "bench", Life: time.Hour, Scopes: []auth.Action{auth.AllScopes}})
	if err != nil {
		return auth.Actor{}, err
	}
	return a.Auth.Bearer(ctx, secret)
}
