package app

import (
	"context"
	"time"

	"bilin/internal/outcome"
)

// Outcomes say how places fare.
type Outcomes struct {
	Outcome *outcome.Service
	Feeding
}

func (a *App) wireOutcome(ctx context.Context) (err error) {
	a.Outcome, err = outcome.Open(ctx, a.outcomeOptions(a.Now))
	if err != nil {
		return err
	}
	return a.wireFeeds()
}

// outcomeOptions are those of a service with a clock.
func (a *App) outcomeOptions(now func() time.Time) outcome.Options {
	return outcome.Options{DB: a.DB, Network: a.Network, Policy: a.Policy, Audit: a.Audit, Live: a.Live, Seal: a.Sealer, Signer: a.Audit, Now: now, Logger: a.Log}
}

// scheduleOutcome counts every day what residents said. Quarters that are over
// alone: a running one gets no light, and would make a version of each value a
// day. Twice a day, so that no day is missed.
func (a *App) scheduleOutcome() {
	a.scheduleFeeds()
	a.Jobs.Every("outcome.residents", 12*time.Hour, a.residentsSaid)
}

// residentsSaid hands over what residents said of the last two quarters, late
// answers too.
func (a *App) residentsSaid(ctx context.Context) error {
	for back := outcome.Period(2); back > 0; back-- {
		if err := a.residentsInto(ctx, a.Outcome, outcome.PeriodOf(a.Now())-back); err != nil {
			return err
		}
	}
	return nil
}

func (a *App) residentsInto(ctx context.Context, svc *outcome.Service, p outcome.Period) error {
	counted, err := a.Figures.Quarterly(ctx, p.Begin(), p.End(), outcome.PromptDays)
	if err != nil || len(counted) == 0 {
		return err
	}
	list := make([]outcome.ResidentFigure, len(counted))
	for i, c := range counted {
		list[i] = outcome.ResidentFigure{UnitID: c.VillageID, Resolved: c.Resolved, Confirmed: c.Confirmed, Reopened: c.Reopened, Prompt: c.Prompt}
	}
	return svc.TakeResidents(ctx, p, list)
}
