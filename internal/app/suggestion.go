package app

import (
	"context"
	"time"

	"bilin/internal/auth"
	"bilin/internal/demand"
	"bilin/internal/demand/suggestion"
	"bilin/internal/demandweb/suggestweb"
	"bilin/internal/web"
)

// wireSuggestions makes what offices decide on suggestions; it hears of every demand.
func (a *App) wireSuggestions() {
	a.Suggestions = a.suggestionsAt(a.Now, a.Demand)
	a.Demand.Observe(a.Suggestions)
}

// suggestionsAt returns suggestions with a clock and demands of their own.
func (a *App) suggestionsAt(now func() time.Time, demands *demand.Service) *suggestion.Service {
	return suggestion.New(suggestion.Options{DB: a.DB, Demand: demands, Tree: a.Network.Tree, Policy: a.Policy, Audit: a.Audit, Now: now, Links: suggestion.Links{
		suggestion.ByMatter: {Find: a.linkMatter, Page: "/matters/"}, suggestion.ByNotice: {Find: a.linkNotice, Page: "/notices/"},
		suggestion.ByPractice: {Find: a.linkPractice, Page: "/practices/"}, suggestion.ByMeeting: {Find: a.linkMeeting, Page: "/meetings/"},
	}})
}

// linkMatter finds an admitted matter by its number.
func (a *App) linkMatter(ctx context.Context, ref string) (suggestion.Linked, error) {
	m, err := a.Admission.Matter(ctx, auth.Actor{}, ref)
	if err != nil {
		return suggestion.Linked{}, err
	}
	return suggestion.Linked{Title: m.Title, Ref: m.Number}, nil
}

// linkNotice finds a notice that went out by its number.
func (a *App) linkNotice(ctx context.Context, ref string) (suggestion.Linked, error) {
	n, err := a.Notices.Get(ctx, auth.Actor{}, ref)
	if err != nil {
		return suggestion.Linked{}, err
	}
	return suggestion.Linked{Title: n.Title, Ref: n.Number}, nil
}

// linkPractice finds a published practice by its number.
func (a *App) linkPractice(ctx context.Context, ref string) (suggestion.Linked, error) {
	p, err := a.Practices.Get(ctx, ref)
	if err != nil {
		return suggestion.Linked{}, err
	}
	return suggestion.Linked{Title: p.Title, Ref: ref}, nil
}

// linkMeeting finds a yard meeting by its number; what was promised there stands on its page.
func (a *App) linkMeeting(ctx context.Context, ref string) (suggestion.Linked, error) {
	m, err := a.Meetings.Get(ctx, auth.Actor{}, ref)
	if err != nil {
		return suggestion.Linked{}, err
	}
	return suggestion.Linked{Title: m.Subject, Ref: m.Number}, nil
}

// suggestionModule is the pages of suggestions.
func (a *App) suggestionModule(server *web.Server) web.Module {
	return suggestweb.New(server, a.Suggestions, a.Network.Tree).Module()
}
