package app

import (
	"context"
	"slices"
	"time"

	"bilin/internal/auth"
	"bilin/internal/demand"
	"bilin/internal/demand/board/redact"
	"bilin/internal/errs"
	"bilin/internal/homeweb"
	"bilin/internal/i18n"
	"bilin/internal/meeting"
	"bilin/internal/meetingweb"
	"bilin/internal/network"
	"bilin/internal/networkweb"
	"bilin/internal/outreach"
	"bilin/internal/sqldb"
	"bilin/internal/web"
)

// Gathering is neighbours' meetings.
type Gathering struct {
	Meetings *meeting.Service
}

func (a *App) wireMeetings() { a.Meetings = a.meetingsAt(a.Now) }

// meetingsAt returns meetings with a clock of their own.
func (a *App) meetingsAt(now func() time.Time) *meeting.Service {
	return meeting.New(meeting.Options{
		DB: a.DB, Network: a.Network, Policy: a.Policy, Audit: a.Audit, Live: a.Live, Seal: a.Sealer, Now: now,
		Demands: meetingDemands{a}, Raise: a.meetingRaise, Became: a.meetingBecame, Invite: a.meetingInvite, Strike: a.meetingStrike,
	})
}

func (a *App) scheduleMeetings() { a.Jobs.Every("meeting.tick", 5*time.Minute, a.Meetings.Tick) }

// meetingModule is the pages of meetings.
func (a *App) meetingModule(server *web.Server) web.Module {
	return meetingweb.New(server, a.Meetings, a.Network, meetingweb.Options{Public: a.Config.BaseURL()}).Limit(a.Config.PublicRate).Module()
}

func (a *App) meetingsHome() homeweb.Section {
	return homeweb.Meetings{Service: a.Meetings, Tree: a.Network.Tree}
}

// meetingDemands are a unit's open demands that somebody may see. Those that are
// confined never come up at a meeting, and of the others only what they are about.
type meetingDemands struct{ a *App }

func (d meetingDemands) OpenAt(ctx context.Context, actor auth.Actor, unitCode string) ([]meeting.OpenDemand, error) {
	const most = 60
	page, err := d.a.Demand.Queue(ctx, actor, demand.Filter{UnitCode: unitCode}, nil, most)
	if err != nil {
		return nil, err
	}
	var out []meeting.OpenDemand
	catalog := d.a.Catalog.Catalog()
	for _, row := range page.Rows {
		if row.Confined || row.Private {
			continue
		}
		topic := demand.Messages["demand.kind."+string(row.Kind)][0] // the city's language: the agenda is read by all
		if row.CategoryID != "" {
			topic = catalog.Path(row.CategoryID, i18n.ZH)
		}
		out = append(out, meeting.OpenDemand{Number: row.Number, Topic: topic, Excerpt: demand.Excerpt(row.Text), Overdue: row.Overdue(d.a.Now())})
	}
	return out, nil
}

// meetingRaise makes a demand of what was resolved.
func (a *App) meetingRaise(ctx context.Context, actor auth.Actor, r meeting.Raised) (number, track string, err error) {
	receipt, err := a.Demand.Raise(ctx, actor, demand.Raise{Kind: demand.Help, Text: r.Text, UnitCode: r.UnitCode, Source: demand.FromMeeting, Key: r.Key,
		Along: func(ctx context.Context, tx *sqldb.Tx, d *demand.Demand) error { return r.Along(ctx, tx, d.Number) }})
	return receipt.Number, receipt.Track, err
}

// meetingBecame is where demands stand.
func (a *App) meetingBecame(ctx context.Context, numbers []string) (map[string]meeting.Standing, error) {
	states, err := a.Demand.StatesOf(ctx, numbers)
	out := make(map[string]meeting.Standing, len(states))
	for number, state := range states {
		out[number] = meeting.Standing{Became: meeting.Became(state), Closed: state.Stage() == demand.Closed || state.Stage() == demand.Following}
	}
	return out, err
}

// meetingInvite takes an invitation to the households of a unit. Who may call a
// meeting there may announce it there, and nothing else: the notice's audience is
// that unit's. With a former notice its words are corrected, so that it is told anew.
func (a *App) meetingInvite(ctx context.Context, actor auth.Actor, i meeting.Invitation) (string, error) {
	unit := a.Network.Tree().ByCode(i.UnitCode)
	if unit == nil {
		return "", errs.E(errs.NotFound, "network.no_unit")
	}
	if !actor.System {
		actor.Grants = append(slices.Clone(actor.Grants), auth.Grant{Role: auth.VillageOfficial, UnitID: unit.ID, Acting: true})
	}
	if i.Former != "" {
		n, err := a.Notices.Get(ctx, actor, i.Former)
		if err != nil {
			return "", err
		}
		return i.Former, a.Notices.Correct(ctx, actor, outreach.Correct{Key: i.Key, Number: i.Former, Title: i.Title, Words: i.Words, Why: i.Why, Version: n.Version})
	}
	num, err := a.Notices.Compose(ctx, actor, outreach.Compose{Key: i.Key, Kind: outreach.News, Title: i.Title, Words: i.Words, Units: []string{i.UnitCode}})
	if err != nil {
		return "", err
	}
	if n, err := a.Notices.Get(ctx, actor, num); err != nil || n.Public() { // it went out before, and nobody noted it
		return num, err
	}
	return num, a.Notices.Send(ctx, actor, outreach.Send{Key: i.Key, Number: num, Households: i.Households, Version: 1})
}

// meetingStrike takes out of texts who lives in the village, and whatever could
// tell a reader who is meant. Names of places stay.
func (a *App) meetingStrike(ctx context.Context, unitID string, texts ...*string) error {
	tree := a.Network.Tree()
	village := tree.At(tree.Current(tree.ByID(unitID)), network.Village)
	var local redact.Local
	var ids []string
	for _, u := range tree.Subtree(village) {
		ids = append(ids, u.ID)
		local.Keep = append(local.Keep, u.Name)
	}
	for u := village; u != nil; u = tree.Parent(u) {
		local.Keep = append(local.Keep, u.Name)
	}
	found, err := network.RosterHouseholdsIn(ctx, a.DB.Reader(), ids)
	if err != nil {
		return err
	}
	for _, list := range found {
		for _, h := range list {
			local.Names = append(local.Names, h.Head)
		}
	}
	r := redact.New(local)
	for _, text := range texts {
		*text, _ = r.Redact(*text)
	}
	return nil
}

// nearMeetings are the meetings to come where somebody lives.
func (a *App) nearMeetings(ctx context.Context, cell *network.Unit) (out []networkweb.Meeting, err error) {
	const few = 3
	list, err := a.Meetings.Soon(ctx, cell, few)
	for _, m := range list {
		out = append(out, networkweb.Meeting{Subject: m.Subject, Place: m.Place, Href: "/meetings/" + m.Number, At: m.StartsAt, Cancelled: m.State == meeting.Cancelled})
	}
	return out, err
}
