package app

import (
	"context"
	"time"

	"bilin/internal/auth"
	"bilin/internal/gateway"
	"bilin/internal/homeweb"
	"bilin/internal/i18n"
	"bilin/internal/mobilise"
	"bilin/internal/privacy"
	"bilin/internal/privacyweb"
	"bilin/internal/web"
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
	s.Ask(a.holders()...)
	return s, nil
}

// holders are who holds something about a household, in the order of its page.
func (a *App) holders() []privacy.Holder {
	return []privacy.Holder{homeHolder{a}, careHolder{a}, demandHolder{a}, taskHolder{a}, rollcallHolder{a}, volunteerHolder{a}, wishHolder{a}, noticeHolder{a}, programmeHolder{a}, honourHolder{a}, lessonHolder{a}, mediationHolder{a}}
}

// schedulePrivacy lets requests climb, tells of reviews that are overdue, and
// forgets what was kept long enough.
func (a *App) schedulePrivacy() {
	a.Jobs.Every("privacy.tick", 10*time.Minute, a.Privacy.Tick)
	a.Jobs.Every("purpose.tick", 10*time.Minute, func(ctx context.Context) error { return a.Purpose.Tick(ctx) })
}

// privacyModules are the pages of households and of the desks.
func (a *App) privacyModules(server *web.Server) []web.Module {
	return []web.Module{privacyweb.New(server, privacyweb.Options{
		Privacy: a.Privacy, Purpose: a.Purpose, Network: a.Network, Policy: a.Policy, Now: a.Now, Reviews: a.ordersToReview, About: a.aboutRequest,
	}).Module()}
}

// ordersToReview are those about missing people, beside broken glass on one list.
func (a *App) ordersToReview(ctx context.Context, actor auth.Actor) ([]privacyweb.Review, error) {
	if !a.Policy.May(actor, mobilise.ActReview) {
		return nil, nil
	}
	list, err := a.Orders.ToReview(ctx, actor)
	out := make([]privacyweb.Review, 0, len(list))
	for _, o := range list {
		out = append(out, privacyweb.Review{Title: o.Number, Note: o.Proposer, Href: "/orders/" + o.Number, At: o.IssuedAt})
	}
	return out, err
}

// privacyHome is what start pages say of requests and reviews.
func (a *App) privacyHome() homeweb.Section {
	return homeweb.Privacy{Requests: a.Privacy, Purpose: a.Purpose, Policy: a.Policy}
}
