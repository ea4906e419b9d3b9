package app

import (
	"context"
	"errors"
	"slices"
	"time"

	"bilin/internal/doorcard"
	"bilin/internal/homeweb"
	"bilin/internal/mobilise"
	"bilin/internal/outreach"
	"bilin/internal/outreach/texting"
	"bilin/internal/outreachweb"
	"bilin/internal/privacy"
	"bilin/internal/sqldb"
	"bilin/internal/web"
)

// Loudspeaker is news for households.
type Loudspeaker struct {
	Notices *outreach.Service
	Texts   *texting.Service // notices by short message
}

func (a *App) wireNotices() (err error) {
	o := texting.Options{DB: a.DB, Network: a.Network, Audit: a.Audit, Live: a.Live, Seal: a.Sealer, Vault: a.Vault, Voice: a.Voice, Budget: a.Config.NoticeTexts, PublicURL: a.Config.BaseURL(), Busy: a.orderGoesOut, Now: a.Now, Logger: a.Log}
	if a.SMS != nil {
		o.Sender = a.SMS
	}
	if a.Texts, err = texting.New(o); err != nil {
		return err
	}
	a.Texts.Register(a.Sending)
	a.Notices = a.noticesAt(a.Now).By(a.Texts)
	return a.wireNoticeNews()
}

// orderFirst is how long notices leave the gateway to an order that went out.
const orderFirst = 15 * time.Minute

// orderGoesOut reports whether an order is being told: notices then wait.
func (a *App) orderGoesOut(ctx context.Context) (bool, error) {
	open, err := a.Orders.Active(ctx)
	return slices.ContainsFunc(open, func(o *mobilise.Order) bool { return a.Now().Sub(o.IssuedAt) < orderFirst }), err
}

// noticesAt returns notices with a clock of their own.
func (a *App) noticesAt(now func() time.Time) *outreach.Service {
	return outreach.New(outreach.Options{DB: a.DB, Network: a.Network, Policy: a.Policy, Audit: a.Audit, Live: a.Live, Seal: a.Sealer, Now: now})
}

func (a *App) scheduleNotices() {
	a.Jobs.Every("outreach.tick", time.Minute, func(ctx context.Context) error {
		_, err := a.Notices.Tick(ctx)
		return errors.Join(err, a.Texts.Tick(ctx))
	})
}

// noticeModule is the pages of notices.
func (a *App) noticeModule(server *web.Server) web.Module {
	return outreachweb.New(server, a.Notices, a.Network.Tree, outreachweb.Options{
		DB: a.DB, Paper: doorcard.New(a.Now), Public: a.Config.BaseURL(), Now: a.Now, Texts: a.Texts,
	}).Limit(a.Config.PublicRate).Module()
}

func (a *App) noticesHome() homeweb.Section {
	return homeweb.Notices{Service: a.Notices}
}

// noticeHolder is which notices are known to have reached the household.
type noticeHolder struct{ a *App }

func (noticeHolder) Name() string { return "outreach" }

// The two things it holds, each by itself.
const (
	noticeMarks  = "marks"  // which notices reached the household
	noticePhones = "phones" // its telephones that asked for them
)

func (h noticeHolder) Held(ctx context.Context, q sqldb.Querier, householdID string, open bool) ([]privacy.Item, error) {
	list, err := h.a.Notices.HeldOf(ctx, q, householdID)
	if err != nil {
		return nil, err
	}
	items, err := h.phones(ctx, q, householdID)
	if err != nil || len(list) == 0 {
		return items, err
	}
	i := privacy.Item{
		ID: noticeMarks, Title: said("held.notices"), Why: "held.why.notices", Basis: "held.basis.duty", Until: said("held.until.notices"),
		Asks: []privacy.Kind{privacy.Correct, privacy.Erase},
	}
	for _, x := range list {
		for _, way := range []struct {
			way outreach.Way
			key string
		}{{outreach.Opened, "held.notice_opened"}, {outreach.Linked, "held.notice_linked"}, {outreach.Told, "held.notice_told"}, {outreach.Met, "held.notice_met"}} {
			if x.Ways&way.way != 0 {
				i.Facts = append(i.Facts, fact("notice", said(way.key, "title", x.Title, "number", x.Number)))
			}
		}
	}
	return append(items, i), nil
}

// phones are the telephones of the household that asked for notices.
func (h noticeHolder) phones(ctx context.Context, q sqldb.Querier, householdID string) ([]privacy.Item, error) {
	heard, err := h.a.Texts.Held(ctx, q, householdID)
	if err != nil || len(heard) == 0 {
		return nil, err
	}
	i := privacy.Item{ID: noticePhones, Title: said("held.notice_phones"), Why: "held.why.notice_phones", Basis: "held.basis.consent", Until: said("held.until.notice_phones"), Asks: []privacy.Kind{privacy.Erase}}
	for _, x := range heard {
		i.Facts = append(i.Facts, fact("joined", on(x.Since)), fact("notice_way", said("held.notice_by_"+string(x.Way))))
	}
	sent, err := h.a.Texts.SentOf(ctx, q, householdID)
	for _, x := range sent {
		i.Facts = append(i.Facts, fact("notice", said("held.notice_texted", "title", x.Title, "number", x.Number)))
	}
	return []privacy.Item{i}, err
}

func (h noticeHolder) Erase(ctx context.Context, tx *sqldb.Tx, householdID string) error {
	if err := h.a.Notices.EraseHousehold(ctx, tx, householdID); err != nil {
		return err
	}
	return h.a.Texts.Erase(ctx, tx, householdID)
}

func (h noticeHolder) EraseOne(ctx context.Context, tx *sqldb.Tx, householdID, item string) error {
	switch item {
	case noticeMarks:
		return h.a.Notices.EraseHousehold(ctx, tx, householdID)
	case noticePhones:
		return h.a.Texts.Erase(ctx, tx, householdID)
	}
	return nil
}
