package app

import (
	"context"
	"time"

	"bilin/internal/i18n"
	"bilin/internal/mediation"
	"bilin/internal/mediationweb"
	"bilin/internal/privacy"
	"bilin/internal/quiet"
	"bilin/internal/sqldb"
	"bilin/internal/web"
)

// Mediating is neighbours' quarrels.
type Mediating struct {
	Mediation *mediation.Service
}

func (a *App) wireMediation() error {
	text, err := i18n.New(mediation.Messages)
	a.Mediation = mediation.New(a.mediationOptions(a.Now))
	a.Quiet.Hear(mediation.Told, func(ctx context.Context, n quiet.News) (quiet.Words, bool, error) {
		unread, err := a.Mediation.Unread(ctx, n)
		return quiet.Words{Title: text.T(i18n.ZH, "mediation.told.title"), Text: text.T(i18n.ZH, "mediation.told.text"), Path: "/mediation"}, unread, err
	})
	return err
}

func (a *App) mediationOptions(now func() time.Time) mediation.Options {
	return mediation.Options{DB: a.DB, Network: a.Network, Policy: a.Policy, Audit: a.Audit, Seal: a.Sealer, Vault: a.Vault, Tell: a.Quiet.Tell, Numbers: a.SMS != nil, Now: now}
}

// mediationAt returns mediation with a clock of its own, which tells nobody.
func (a *App) mediationAt(now func() time.Time) *mediation.Service {
	o := a.mediationOptions(now)
	o.Tell = nil
	return mediation.New(o)
}

func (a *App) scheduleMediation() {
	a.Jobs.Every("mediation.tick", time.Hour, func(ctx context.Context) error {
		_, err := a.Mediation.Tick(ctx)
		return err
	})
}

// mediationModule is the pages of mediation.
func (a *App) mediationModule(server *web.Server) web.Module {
	return mediationweb.New(server, a.Mediation, a.Network.Tree).Limit(a.Config.PublicRate).Module()
}

// mediationHolder is that somebody of the household is a side in a quarrel, or
// mediates: not what was said, nor with whom.
type mediationHolder struct{ a *App }

func (mediationHolder) Name() string { return "mediation" }

func (h mediationHolder) Held(ctx context.Context, q sqldb.Querier, householdID string, open bool) ([]privacy.Item, error) {
	list, err := h.a.Mediation.HeldOf(ctx, q, householdID)
	var out []privacy.Item
	for _, x := range list {
		i := privacy.Item{
			ID: x.ID, Since: x.Since, Title: said("held.mediation"), Why: "held.why.mediation", Basis: "held.basis.consent", Until: on(x.Until),
			Asks:  []privacy.Kind{privacy.Erase},
			Facts: []privacy.Fact{fact("since", on(x.Since)), fact("stands", said("mediation.state."+string(x.State)))},
		}
		if x.Mediates {
			i.Title, i.Why, i.Until, i.Facts = said("held.mediator"), "held.why.mediator", said("held.until.mediator"), i.Facts[:1]
		}
		out = append(out, i)
	}
	return out, err
}

func (h mediationHolder) Erase(ctx context.Context, tx *sqldb.Tx, householdID string) error {
	return h.a.Mediation.Erase(ctx, tx, householdID)
}

func (h mediationHolder) EraseOne(ctx context.Context, tx *sqldb.Tx, householdID, item string) error {
	return h.a.Mediation.EraseOne(ctx, tx, householdID, item)
}
