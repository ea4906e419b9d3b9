package app

import (
	"context"
	"errors"
	"net/http"
	"slices"

	"bilin/internal/auth"
	"bilin/internal/care"
	"bilin/internal/demand"
	"bilin/internal/errs"
	"bilin/internal/network"
	"bilin/internal/privacy"
	"bilin/internal/privacyweb"
	"bilin/internal/sqldb"
	"bilin/internal/web"
)

// What the holders say of a request before it is answered: a mark that tells
// whether a record was put right, and what an erasure takes.

// Mark is of the registry's row. The number goes into it by its index, unopened.
func (h homeHolder) Mark(ctx context.Context, q sqldb.Querier, householdID, _ string) (string, error) {
	return network.MarkOf(ctx, q, householdID)
}

// Erasing tells what the registry erases: all but where a home is.
func (h homeHolder) Erasing(context.Context, sqldb.Querier, string, string) ([]privacy.Fate, error) {
	return []privacy.Fate{
		{What: said("held.goes.home"), Goes: true},
		{What: said("held.address_stays"), Why: said("held.stays.address")},
	}, nil
}

// Mark is of the entries, and of none of their contacts, which go on by themselves.
func (h careHolder) Mark(ctx context.Context, q sqldb.Querier, householdID, item string) (string, error) {
	return h.a.Care.MarkOf(ctx, q, householdID, item)
}

// Erasing counts the entries, or tells of one, and says nothing of why they are there.
func (h careHolder) Erasing(ctx context.Context, q sqldb.Querier, householdID, item string) (out []privacy.Fate, err error) {
	list, err := h.a.Care.ListedOf(ctx, q, householdID)
	if err != nil {
		return nil, err
	}
	n := len(list)
	if item != "" {
		i := slices.IndexFunc(list, func(e care.Entry) bool { return e.ID == item })
		if i < 0 {
			return nil, nil
		}
		n = 1
		out = append(out, privacy.Fate{What: said("held.goes.care_one", "date", list[i].ListedOn), Goes: true})
	} else if n > 0 {
		out = append(out, privacy.Fate{What: said("held.goes.care", "n", n), Goes: true})
	}
	ended, err := h.a.Care.EndedOf(ctx, q, householdID)
	if len(ended) > 0 || n > 0 {
		out = append(out, privacy.Fate{What: said("held.ended"), Why: said("held.stays.ended")})
	}
	return out, err
}

// Mark says that nobody alters what was asked and done.
func (demandHolder) Mark(context.Context, sqldb.Querier, string, string) (string, error) {
	return privacy.Fixed, nil
}

// Erasing counts the demands: how to reach the household goes, what was done stays.
func (h demandHolder) Erasing(ctx context.Context, q sqldb.Querier, householdID, _ string) ([]privacy.Fate, error) {
	list, err := h.a.Demand.HeldOf(ctx, q, householdID)
	if err != nil || len(list) == 0 {
		return nil, err
	}
	open := 0
	for _, d := range list {
		if d.State.Stage() < demand.Closed {
			open++
		}
	}
	out := []privacy.Fate{
		{What: said("held.goes.demands", "n", len(list)), Goes: true},
		{What: said("held.done_stays"), Why: said("held.stays.demand")},
	}
	if open > 0 {
		out = append(out, privacy.Fate{What: said("held.open_stays", "n", open), Why: said("held.stays.open")})
	}
	return out, nil
}

// Mark says that nobody alters what was answered in a roll-call, but by answering anew.
func (rollcallHolder) Mark(context.Context, sqldb.Querier, string, string) (string, error) {
	return privacy.Fixed, nil
}

// aboutRequest leads to what a request is about, as far as somebody may look: a
// village to the household and its entry, a privacy officer to the cell and the catalogue.
func (a *App) aboutRequest(actor auth.Actor, r *privacy.Request) (links []privacyweb.Link) {
	tree := a.Network.Tree()
	at := auth.Object{UnitID: r.UnitID}
	switch {
	case a.Policy.Can(actor, network.ActHouseholds, at) == nil:
		links = append(links, privacyweb.Link{Label: "privacyweb.put_right", Href: "/network/households/" + r.HouseholdID, Icon: "home"})
	default:
		if u := tree.Current(tree.ByID(r.UnitID)); u != nil && a.Policy.Can(actor, network.ActView, at) == nil {
			links = append(links, privacyweb.Link{Label: "privacyweb.to_unit", Href: "/network/units/" + u.Code, Icon: "users"})
		}
	}
	if r.Holder != (careHolder{}).Name() {
		return links
	}
	if r.Item != "" && r.IsOpen() && a.Care.May(actor, care.ActSee, r.UnitID) {
		return append(links, privacyweb.Link{Label: "privacyweb.to_entry", Href: "/care/entries/" + r.Item, Icon: "heart"})
	}
	return append(links, privacyweb.Link{Label: "privacyweb.to_needs", Href: "/care/needs", Icon: "list-details"})
}

// provedAt tells whether a request comes from somebody who has proved, within this
// half hour, to be of the household of a door code.
func (a *App) provedAt(server *web.Server) func(r *http.Request, door string) (bool, error) {
	return func(r *http.Request, door string) (bool, error) {
		cookie, err := r.Cookie(server.CookieName("mine"))
		if errors.Is(err, http.ErrNoCookie) {
			return false, nil
		}
		if err != nil {
			return false, err
		}
		who, err := a.Privacy.Session(r.Context(), cookie.Value)
		if errs.KindOf(err) == errs.Unauthenticated && err != nil {
			return false, nil
		}
		if err != nil {
			return false, err
		}
		home, _, err := a.Network.DoorOf(r.Context(), door)
		if errs.KindOf(err) == errs.NotFound && err != nil {
			return false, nil // which the demand itself says
		}
		return err == nil && home == who.HouseholdID, err
	}
}
