package app

import (
	"context"
	"time"

	"bilin/internal/doorcard"
	"bilin/internal/homeweb"
	"bilin/internal/outreach"
	"bilin/internal/outreachweb"
	"bilin/internal/privacy"
	"bilin/internal/sqldb"
	"bilin/internal/web"
)

// Loudspeaker is news for households.
type Loudspeaker struct {
	Notices *outreach.Service
}

func (a *App) wireNotices() { a.Notices = a.noticesAt(a.Now) }

// noticesAt returns notices with a clock of their own.
func (a *App) noticesAt(now func() time.Time) *outreach.Service {
	return outreach.New(outreach.Options{DB: a.DB, Network: a.Network, Policy: a.Policy, Audit: a.Audit, Live: a.Live, Seal: a.Sealer, Now: now})
}

func (a *App) scheduleNotices() {
	a.Jobs.Every("outreach.tick", time.Minute, func(ctx context.Context) error {
		_, err := a.Notices.Tick(ctx)
		return err
	})
}

// noticeModule is the pages of notices.
func (a *App) noticeModule(server *web.Server) web.Module {
	return outreachweb.New(server, a.Notices, a.Network.Tree, outreachweb.Options{
		DB: a.DB, Paper: doorcard.New(a.Now), Public: a.Config.BaseURL(), Now: a.Now,
	}).Limit(a.Config.PublicRate).Module()
}

func (a *App) noticesHome() homeweb.Section {
	return homeweb.Notices{Service: a.Notices}
}

// noticeHolder is which notices are known to have reached the household.
type noticeHolder struct{ a *App }

func (noticeHolder) Name() string { return "outreach" }

func (h noticeHolder) Held(ctx context.Context, q sqldb.Querier, householdID string) ([]privacy.Item, error) {
	list, err := h.a.Notices.HeldOf(ctx, q, householdID)
	if err != nil || len(list) == 0 {
		return nil, err
	}
	i := privacy.Item{
		Title: said("held.notices"), Why: "held.why.notices", Basis: "held.basis.duty", Until: said("held.until.notices"),
		Asks: []privacy.Kind{privacy.Correct, privacy.Object, privacy.Erase},
	}
	for _, x := range list {
		for _, way := range []struct {
			way outreach.Way
			key string
		}{{outreach.Opened, "held.notice_opened"}, {outreach.Told, "held.notice_told"}, {outreach.Met, "held.notice_met"}} {
			if x.Ways&way.way != 0 {
				i.Facts = append(i.Facts, fact("notice", said(way.key, "title", x.Title, "number", x.Number)))
			}
		}
	}
	return []privacy.Item{i}, nil
}

func (h noticeHolder) Erase(ctx context.Context, tx *sqldb.Tx, householdID string) error {
	return h.a.Notices.EraseHousehold(ctx, tx, householdID)
}
