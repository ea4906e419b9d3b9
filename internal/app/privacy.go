package app

import (
	"context"
	"time"

	"bilin/internal/gateway"
	"bilin/internal/i18n"
	"bilin/internal/privacy"
)

// wirePrivacy lets households see what is held about them, and ask.
func (a *App) wirePrivacy() error {
	s, err := a.privacyAt(a.Now)
	if err != nil {
		return err
	}
	a.Privacy = s
	a.Privacy.Register(a.Sending)
	return nil
}

// privacyAt returns it with a clock of its own.
func (a *App) privacyAt(now func() time.Time) (*privacy.Service, error) {
	text, err := i18n.New(privacy.Messages)
	if err != nil {
		return nil, err
	}
	var sender gateway.Sender
	if a.SMS != nil {
		sender = a.SMS
	}
	s := privacy.New(privacy.Options{
		DB: a.DB, Network: a.Network, Policy: a.Policy, Audit: a.Audit, Live: a.Live, Purpose: a.Purpose, Sealer: a.Sealer, Vault: a.Vault,
		Calendar: a.Calendar.Calendar, Sender: sender, PublicURL: a.Config.BaseURL(), Now: now, Logger: a.Log, DemandHome: a.Demand.HomeByTrack,
		SendText: func(code string) string { return text.T(i18n.ZH, "privacy.sms", "code", code) },
	})
	s.Ask(homeHolder{a}, careHolder{a}, demandHolder{a}, taskHolder{a}, rollcallHolder{a}, volunteerHolder{a})
	return s, nil
}

// schedulePrivacy lets requests climb, tells of reviews that are overdue, and
// forgets what was kept long enough.
func (a *App) schedulePrivacy() {
	a.Jobs.Every("privacy.tick", 10*time.Minute, a.Privacy.Tick)
	a.Jobs.Every("purpose.tick", 10*time.Minute, func(ctx context.Context) error { return a.Purpose.Tick(ctx) })
}
