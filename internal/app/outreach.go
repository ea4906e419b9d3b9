package app

import (
	"context"
	"time"

	"bilin/internal/doorcard"
	"bilin/internal/homeweb"
	"bilin/internal/outreach"
	"bilin/internal/outreachweb"
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
