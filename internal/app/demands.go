package app

import (
	"context"
	"errors"
	"time"

	"bilin/internal/calendar"
	"bilin/internal/calendarweb"
	"bilin/internal/demand"
	"bilin/internal/demand/board"
	"bilin/internal/demand/catalog"
	"bilin/internal/demand/figures"
	"bilin/internal/demand/georeport"
	"bilin/internal/demand/hotline"
	"bilin/internal/demand/suggestion"
	"bilin/internal/demand/tell"
	"bilin/internal/demand/whistle"
	"bilin/internal/demandweb"
	"bilin/internal/demandweb/boardweb"
	"bilin/internal/demandweb/catalogweb"
	"bilin/internal/demandweb/deskweb"
	"bilin/internal/demandweb/figuresweb"
	"bilin/internal/gateway"
	"bilin/internal/job"
	"bilin/internal/web"
)

// Demands are the services around residents' demands.
type Demands struct {
	Calendar    *calendar.Service
	Catalog     *catalog.Service
	Demand      *demand.Service
	Board       *board.Service
	Figures     *figures.Service
	Hotline     *hotline.Service
	Reports     *georeport.Service
	Whistles    *whistle.Service
	Tell        *tell.Service
	Suggestions *suggestion.Service
	SMS         gateway.Bulk // nil: no gateway is set
	Sending     *job.Runner  // of messages alone: a gateway that hangs holds up nothing else
}

// wireDemands makes them.
func (a *App) wireDemands(ctx context.Context) (err error) {
	d := &a.Demands
	d.Calendar, err = calendar.Open(ctx, calendar.Options{DB: a.DB, Policy: a.Policy, Audit: a.Audit, Live: a.Live, Now: a.Now, Logger: a.Log})
	if err != nil {
		return err
	}
	d.Catalog, err = catalog.Open(ctx, catalog.Options{DB: a.DB, Network: a.Network, Policy: a.Policy, Audit: a.Audit, Live: a.Live, Now: a.Now, Logger: a.Log})
	if err != nil {
		return err
	}
	d.Demand = a.demandAt(a.Now)
	d.Board = board.New(board.Options{DB: a.DB, Network: a.Network, Policy: a.Policy, Audit: a.Audit, Live: a.Live, Catalog: d.Catalog.Catalog, Now: a.Now})
	if err := a.wireTell(); err != nil {
		return err
	}
	d.Demand.Observe(d.Board, d.Tell)
	d.Figures = figures.New(figures.Options{DB: a.DB, Tree: a.Network.Tree, Catalog: d.Catalog.Catalog, Policy: a.Policy, Audit: a.Audit, Now: a.Now})
	d.Whistles = whistle.New(whistle.Options{DB: a.DB, Demand: d.Demand, Tree: a.Network.Tree, Now: a.Now})
	d.Hotline = hotline.New(hotline.Options{DB: a.DB, Demand: d.Demand, Policy: a.Policy, Tree: a.Network.Tree, Now: a.Now})
	a.wireSuggestions()
	d.Reports = georeport.New(georeport.Options{DB: a.DB, Tree: a.Network.Tree, Catalog: d.Catalog.Catalog, Words: d.Board})
	return nil
}

// wireTell makes what sends messages, if a gateway is set.
func (a *App) wireTell() (err error) {
	var sender gateway.Sender
	if a.Config.GatewayURL != "" {
		// One for all who send, so that together they keep the gateway's rate.
		a.SMS, err = gateway.NewHTTP(gateway.Config{URL: a.Config.GatewayURL, Token: a.Config.GatewayToken, Allow: a.Config.GatewayAllow,
			Rate: a.Config.GatewayRate, Bulk: a.Config.GatewayBulk})
		if err != nil {
			return err
		}
		sender = a.SMS
	}
	a.Tell, err = tell.New(tell.Options{
		DB: a.DB, Sealer: a.Sealer, Vault: a.Vault, Audit: a.Audit, Live: a.Live, Sender: sender, Told: a.Demand, Phones: a.Network,
		PublicURL: a.Config.BaseURL(), Now: a.Now, Logger: a.Log,
	})
	if err != nil {
		return err
	}
	a.Sending = job.NewRunner(a.DB, a.Log, job.Options{Now: a.Now, Rest: a.resting(true, func() *job.Runner { return a.Sending })})
	a.Tell.Register(a.Sending)
	a.wireQuiet()
	return nil
}

// demandAt returns the demand service with a clock of its own.
func (a *App) demandAt(now func() time.Time) *demand.Service {
	return demand.New(demand.Options{
		DB: a.DB, Network: a.Network, Policy: a.Policy, Audit: a.Audit, Live: a.Live, Sealer: a.Sealer, Vault: a.Vault, Purpose: a.Purpose, Now: now,
		Catalog: a.Catalog.Catalog, Calendar: a.Calendar.Calendar, Revision: a.Calendar.Rev,
	})
}

// startDemands follows what other replicas change in the settings.
func (a *App) startDemands(ctx context.Context) error {
	return errors.Join(a.Calendar.Start(ctx), a.Catalog.Start(ctx), a.Sending.Start(ctx))
}

func (a *App) stopDemands() {
	a.Calendar.Stop()
	a.Catalog.Stop()
}

// scheduleDemands lets the clocks of demands tick, and demands follow the network.
func (a *App) scheduleDemands() {
	a.Jobs.Every("demand.tick", time.Minute, func(ctx context.Context) error {
		_, err := a.Demand.Tick(ctx)
		return err
	})
	a.Jobs.Every("demand.settle", time.Minute, func(ctx context.Context) error {
		_, err := a.Demand.Settle(ctx)
		_, filed := a.Board.Settle(ctx)
		return errors.Join(err, filed, a.Suggestions.Settle(ctx))
	})
}

// sent says what became of the messages to a demand's author.
func (a *App) sent(ctx context.Context, demandID string) ([]deskweb.Sent, error) {
	list, err := a.Tell.Messages(ctx, demandID)
	var out []deskweb.Sent
	for _, m := range list {
		if !m.Followers {
			out = append(out, deskweb.Sent{Seq: m.Seq, State: string(m.State), At: m.At})
		}
	}
	return out, err
}

// demandModules are the pages around demands.
func (a *App) demandModules(server *web.Server) []web.Module {
	tree, categories := a.Network.Tree, a.Catalog.Catalog
	return []web.Module{
		demandweb.New(server, a.Demand, tree).Limit(a.Config.PublicRate).Clock(a.Now).Homes(a.Network).Beside(a.Board, a.Tell).Proved(a.provedAt(server)).Module(),
		deskweb.New(server, a.Demand, tree).With(deskweb.Options{
			Answers: a.Catalog.Templates, Whistles: a.Whistles, Now: a.Now, Sent: a.sent,
		}).Module(),
		figuresweb.New(server, a.Figures, tree, categories).Module(),
		boardweb.New(server, a.Board, categories, tree).Limit(a.Config.PublicRate).Module(),
		a.suggestionModule(server),
		catalogweb.New(server, a.Catalog, a.Network).Module(),
		calendarweb.New(server, a.Calendar, a.Policy, a.Now).Module(),
	}
}
