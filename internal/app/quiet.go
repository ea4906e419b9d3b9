package app

import (
	"context"
	"time"

	"bilin/internal/auth"
	"bilin/internal/gateway"
	"bilin/internal/purpose"
	"bilin/internal/quiet"
	"bilin/internal/sqldb"
)

// Quietly is what tells people of what can wait.
type Quietly struct {
	Quiet *quiet.Service
}

// wireQuiet makes it. Each slice's own wiring sets what its news say, with Hear.
func (a *App) wireQuiet() {
	o := quiet.Options{DB: a.DB, Seal: a.Sealer, Number: a.quietNumber, Site: a.Config.BaseURL(), Now: a.Now, Busy: a.orderGoesOut,
		Paused: func(unitID string) bool { return a.Emergency.Paused(unitID) },
		Push: func() gateway.Sender {
			if a.Push == nil || !a.Push.Ready() {
				return nil
			}
			return a.Push
		}}
	if a.SMS != nil {
		o.SMS = a.SMS
	}
	a.Quiet = quiet.New(o)
	a.Quiet.Register(a.Sending)
}

func (a *App) scheduleQuiet() { a.Jobs.Every("quiet.tick", time.Hour, a.Quiet.Tick) }

// quietNumber opens a person's or a household's number, on record. A household
// sees it among who opened what of theirs.
func (a *App) quietNumber(ctx context.Context, n quiet.News) (number string, err error) {
	err = a.DB.Write(ctx, func(tx *sqldb.Tx) (err error) {
		if n.To.Person != "" {
			number, err = a.quietPersonsNumber(ctx, tx, n)
			return err
		}
		number, err = a.Network.HeldPhone(ctx, tx, n.To.Household)
		if err != nil || number == "" {
			return err
		}
		return a.Purpose.Open(ctx, tx, auth.System("quiet"), purpose.Subject{HouseholdID: n.To.Household}, purpose.Ground{Kind: purpose.System, ID: "message"}, purpose.Phone)
	})
	return number, err
}

// quietPersonsNumber leaves a mark in the record, by which who has the city's key
// can answer whether it was somebody's: their name beside the hour would say what
// they take part in.
func (a *App) quietPersonsNumber(ctx context.Context, tx *sqldb.Tx, n quiet.News) (string, error) {
	sealed, err := a.Network.SealedPhones(ctx, tx, []string{n.To.Person})
	if err != nil || sealed[n.To.Person] == "" {
		return "", err
	}
	if err := a.Network.RecordPhones(ctx, tx, auth.System("quiet"), "message", a.Sealer.Index("quiet/told", n.To.Person), 1); err != nil {
		return "", err
	}
	return a.Network.OpenPhone(n.To.Person, sealed[n.To.Person])
}
