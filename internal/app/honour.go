package app

import (
	"context"
	"slices"
	"time"

	"bilin/internal/auth"
	"bilin/internal/doorcard"
	"bilin/internal/errs"
	"bilin/internal/honour"
	"bilin/internal/honourweb"
	"bilin/internal/mobilise/team"
	"bilin/internal/network"
	"bilin/internal/privacy"
	"bilin/internal/sqldb"
	"bilin/internal/volunteer"
	"bilin/internal/web"
	"bilin/internal/workday"
)

// Honouring is the city's honours.
type Honouring struct {
	Honours *honour.Service
}

func (a *App) wireHonours() { a.Honours = a.honoursAt(a.Now) }

// honoursAt returns honours with a clock of their own.
func (a *App) honoursAt(now func() time.Time) *honour.Service {
	return honour.New(honour.Options{DB: a.DB, Network: a.Network, Policy: a.Policy, Audit: a.Audit, Live: a.Live, Vault: a.Vault, Seal: a.Sealer, Signer: a.Audit,
		Calendar: a.Calendar.Calendar, Known: honourKnown{a}, NeverIn: a.neverIn, Now: now})
}

// neverIn are those of the people who never came in with an account of their own.
func (a *App) neverIn(ctx context.Context, personIDs []string) ([]string, error) {
	return a.Auth.Unlinked(ctx, personIDs)
}

func (a *App) scheduleHonours() { a.Jobs.Every("honour.tick", time.Minute, a.Honours.Tick) }

// honourModule is the pages of honours.
func (a *App) honourModule(server *web.Server) web.Module {
	return honourweb.New(server, a.Honours, a.Network.Tree, honourweb.Options{Paper: doorcard.New(a.Now), Public: a.Config.BaseURL()}).Limit(a.Config.PublicRate).Module()
}

// honourKnown is whom the city knows beside its leads: who reported in, and teams.
// A team's name is no secret; a volunteer's is only found by who looks after them.
type honourKnown struct{ a *App }

func (k honourKnown) Find(ctx context.Context, actor auth.Actor, typed string, limit int) (out []honour.Nominee, err error) {
	teams, err := k.a.Teams.List(ctx, auth.System("honour"), team.Filter{Text: typed}, nil, limit)
	if err != nil {
		return nil, err
	}
	for _, t := range teams {
		out = append(out, honour.Nominee{Kind: honour.OfTeam, ID: t.ID, UnitID: t.UnitID, Name: t.Name})
	}
	if !k.a.Policy.May(actor, volunteer.ActConfirm) || len(out) >= limit {
		return out, nil
	}
	list, err := k.a.Volunteers.List(ctx, actor, volunteer.Filter{State: volunteer.Active, Name: typed}, nil, limit-len(out))
	for _, v := range list {
		if v.PersonID != "" {
			out = append(out, ofVolunteer(v))
		}
	}
	return out, err
}

func ofVolunteer(v *volunteer.Volunteer) honour.Nominee {
	return honour.Nominee{Kind: honour.OfVolunteer, ID: v.ID, PersonID: v.PersonID, UnitID: v.VillageID, Name: v.Name}
}

func (k honourKnown) Nominee(ctx context.Context, kind honour.Kind, id string) (honour.Nominee, bool, error) {
	if kind == honour.OfTeam {
		units, err := k.a.Teams.Units(ctx)
		if err != nil || units[id] == "" {
			return honour.Nominee{}, false, err
		}
		names, err := k.a.Teams.Names(ctx, []string{id})
		return honour.Nominee{Kind: kind, ID: id, UnitID: units[id], Name: names[id]}, true, err
	}
	v, err := k.a.Volunteers.Get(ctx, auth.System("honour"), id)
	if err != nil && errs.KindOf(err) == errs.NotFound {
		return honour.Nominee{}, false, nil
	}
	if err != nil || v.State != volunteer.Active || v.PersonID == "" {
		return honour.Nominee{}, false, err
	}
	return ofVolunteer(v), true, nil
}

func (k honourKnown) People(ctx context.Context, q sqldb.Querier, teamIDs []string) (map[string][]string, error) {
	members, err := team.MembersOf(ctx, q, teamIDs)
	out := map[string][]string{}
	for _, m := range members {
		out[m.TeamID] = append(out[m.TeamID], m.PersonID)
	}
	return out, err
}

// honourHolder is what the household nominated, and who of it was nominated or honoured.
type honourHolder struct{ a *App }

func (honourHolder) Name() string { return "honour" }

func (h honourHolder) Held(ctx context.Context, q sqldb.Querier, householdID string, open bool) ([]privacy.Item, error) {
	list, err := h.a.Honours.HeldOf(ctx, q, householdID)
	var out []privacy.Item
	for _, x := range list {
		i := privacy.Item{
			ID: x.ID, Title: said("held.honour_from", "number", x.Number), Why: "held.why.honour", Basis: "held.basis.consent", Until: said("held.until.honour_from"),
			Asks:  []privacy.Kind{privacy.Correct, privacy.Erase},
			Facts: []privacy.Fact{fact("round", plain(x.Round)), fact("category", plain(x.Category))},
		}
		if !x.From {
			i.Title = said("held.honour", "number", x.Number)
			i.Until = said("held.until.honour")
			i.Facts = append(i.Facts, fact("head", plain(network.MaskName(x.Name))), fact("citation", plain(x.Citation)))
		}
		if x.Consent != "" {
			i.Facts = append(i.Facts, fact("replied", said("held.agreed_"+string(x.Consent), "by", x.ConsentBy, "date", x.ConsentAt.In(workday.City).Format(time.DateOnly))))
		}
		for _, c := range x.Certs {
			i.Facts = append(i.Facts, fact("certificate", plain(c.Number)))
		}
		out = append(out, i)
	}
	return slices.Clip(out), err
}

func (h honourHolder) Erase(ctx context.Context, tx *sqldb.Tx, householdID string) error {
	return h.a.Honours.Erase(ctx, tx, householdID)
}

func (h honourHolder) EraseOne(ctx context.Context, tx *sqldb.Tx, householdID, item string) error {
	return h.a.Honours.EraseOne(ctx, tx, householdID, item)
}
