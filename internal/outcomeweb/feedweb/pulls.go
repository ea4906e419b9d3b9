package feedweb

import (
	"net/http"

	"bilin/internal/outcome"
	"bilin/internal/outcome/pull"
	"bilin/internal/web"
)

type pullPage struct {
	web.Base
	Crumbs []web.Crumb
	Code   string
	Source pull.Source // without its secret
	Kinds  []web.Option
}

// defaultHours is how often a new pull is asked.
const defaultHours = 24

func (p *Pages) newPull(w http.ResponseWriter, r *http.Request) error {
	x, err := p.indicator(r)
	if err != nil {
		return err
	}
	return p.pullForm(w, r, http.StatusOK, x, pull.Source{Kind: pull.HTTP, Hours: defaultHours}, nil, nil)
}

func (p *Pages) pullForm(w http.ResponseWriter, r *http.Request, status int, x outcome.Indicator, src pull.Source, f *web.Form, cause error) error {
	t := p.web.T(r)
	src.Secret = "" // never shown again
	page := pullPage{Base: p.web.Base(r, "feedweb.new_pull"), Code: x.Code, Source: src}
	page.Crumbs = p.crumbs(r, web.Crumb{Label: p.name(r, x), Href: path(x)}, web.Crumb{Label: page.Title})
	for _, k := range pull.Kinds() {
		page.Kinds = append(page.Kinds, web.Option{Value: string(k), Label: t("feedweb.kind." + string(k)), Hint: t("feedweb.kind_hint." + string(k))})
	}
	if cause != nil {
		page.FormKey, page.Errors = f.Key(), web.FormErrorsOf(cause)
	}
	return p.web.RenderStatus(w, r, status, "feeds/pull", page)
}

// addPull tries a source, or adds the one that was tried.
func (p *Pages) addPull(w http.ResponseWriter, r *http.Request) error {
	x, err := p.indicator(r)
	if err != nil {
		return err
	}
	f, err := web.ParseForm(w, r)
	if err != nil {
		return err
	}
	if tried := r.PostFormValue("source"); tried != "" {
		if _, err := p.o.Pulls.Add(r.Context(), actor(r), f.Key(), x, tried); err != nil {
			return err
		}
		return p.web.SeeOther(w, r, path(x)+"#pulls", "feedweb.pull_added")
	}
	src := pull.Source{Kind: pull.Kind(f.Choice("kind", string(pull.HTTP), string(pull.Postgres), string(pull.MySQL), string(pull.SQLite))), Address: f.Required("address", pull.MaxAddress),
		User: f.Text("user", pull.MaxUser), Secret: r.PostFormValue("secret"), Query: f.Lines("query", pull.MaxQuery), Hours: f.Int("hours", 1, pull.MaxHours)}
	var tried pull.Tried
	if err = f.Err(); err == nil {
		tried, err = p.o.Pulls.Try(r.Context(), actor(r), x, src)
	}
	if web.IsInvalid(err) {
		return p.pullForm(w, r, http.StatusUnprocessableEntity, x, src, f, err)
	}
	if err != nil {
		return err
	}
	return p.checked(w, r, x, tried.Report, func(page *checkPage) { page.Source, page.Staged, page.Hours = tried.Source, "", src.Hours })
}

// runPull asks a pull's source now and shows what it would bring.
func (p *Pages) runPull(w http.ResponseWriter, r *http.Request) error {
	if _, err := web.ParseForm(w, r); err != nil {
		return err
	}
	x, tried, err := p.o.Pulls.RunNow(r.Context(), actor(r), r.PathValue("id"))
	if err != nil {
		return err
	}
	return p.checked(w, r, x, tried.Report, nil)
}

func (p *Pages) endPull(w http.ResponseWriter, r *http.Request) error {
	x, err := p.indicator(r)
	if err != nil {
		return err
	}
	f, err := web.ParseForm(w, r)
	if err != nil {
		return err
	}
	if err := p.o.Pulls.End(r.Context(), actor(r), f.Key(), r.PathValue("id")); err != nil {
		return err
	}
	return p.web.SeeOther(w, r, path(x)+"#pulls", "feedweb.pull_ended")
}
