package app

import (
	"context"
	"strings"
	"time"

	"bilin/internal/auth"
	"bilin/internal/demand"
	"bilin/internal/mobilise/rollcall"
	"bilin/internal/network"
	"bilin/internal/privacy"
	"bilin/internal/purpose"
	"bilin/internal/sqldb"
	"bilin/internal/workday"
)

// The holders tell a household what each part holds about it, in the order of
// its page, and erase it.

func said(key string, args ...any) privacy.Words { return privacy.Words{Key: key, Args: args} }
func plain(text string) privacy.Words            { return privacy.Words{Text: text} }
func on(at time.Time) privacy.Words              { return privacy.Words{At: at} }

// onDay reads a day as "2006-01-02".
func onDay(day string) privacy.Words {
	at, err := time.ParseInLocation(time.DateOnly, day, workday.City)
	if err != nil {
		return plain(day)
	}
	return on(at)
}

func fact(label string, value privacy.Words) privacy.Fact {
	return privacy.Fact{Label: "held.fact." + label, Value: value}
}

// homeHolder is the registry.
type homeHolder struct{ a *App }

func (homeHolder) Name() string { return privacy.Home }

func (h homeHolder) Held(ctx context.Context, q sqldb.Querier, householdID string, open bool) ([]privacy.Item, error) {
	home, err := h.a.Network.HouseholdIn(ctx, q, auth.System("privacy"), householdID)
	if err != nil {
		return nil, err
	}
	phone := ""
	if open && home.HasPhone {
		if phone, err = h.a.Network.HeldPhone(ctx, q, householdID); err != nil {
			return nil, err
		}
	}
	facts := []privacy.Fact{fact("address", plain(home.Address))}
	if home.Head != "" {
		facts = append(facts, fact("head", plain(home.Head)))
	}
	if phone != "" {
		facts = append(facts, fact("phone", plain(phone)))
	}
	facts = append(facts, fact("size", said("held.people", "n", home.Size)), fact("cell", plain(h.place(home.UnitID))), fact("door", plain(home.Door)))
	if home.Ref != "" {
		facts = append(facts, fact("ref", plain(home.Ref)))
	}
	return []privacy.Item{{
		Title: said("held.home"), Facts: facts, Why: "held.why.home", Basis: "held.basis.duty", Until: said("held.until.home"),
		Asks: []privacy.Kind{privacy.Correct, privacy.Object, privacy.Erase}, Stays: "held.stays.home",
	}}, nil
}

func (h homeHolder) place(unitID string) string {
	tree := h.a.Network.Tree()
	return tree.PathName(tree.Current(tree.ByID(unitID)), " · ")
}

func (h homeHolder) Erase(ctx context.Context, tx *sqldb.Tx, householdID string) error {
	return h.a.Network.EraseHousehold(ctx, tx, householdID, network.ErasedHome)
}

// demandHolder is what the household raised.
type demandHolder struct{ a *App }

func (demandHolder) Name() string { return "demand" }

// Held shows the words of a demand only where whoever raised it had proved to be of
// the household: anybody who scans the card can raise one. What is private isn't
// shown within a family either; its number and key open it.
func (h demandHolder) Held(ctx context.Context, q sqldb.Querier, householdID string, open bool) ([]privacy.Item, error) {
	list, err := h.a.Demand.HeldOf(ctx, q, householdID)
	if err != nil || len(list) == 0 {
		return nil, err
	}
	i := privacy.Item{
		Title: said("held.demands"), Why: "held.why.demand", Basis: "held.basis.demand", Until: said("held.until.demand"),
		Asks: []privacy.Kind{privacy.Correct, privacy.Erase}, Stays: "held.stays.demand",
	}
	for _, d := range list {
		key, about := "held.demand_open", []any{"number", d.Number, "date", d.RaisedAt.In(workday.City).Format(time.DateOnly)}
		switch {
		case d.Proved && !d.Private:
			key, about = "held.demand", append(about, "text", beginning(d.Text))
		case d.State.Stage() >= demand.Closed:
			key = "held.demand_closed"
		}
		i.Facts = append(i.Facts, fact("demand", said(key, about...)))
		if d.HasContact {
			i.Facts = append(i.Facts, fact("demand", said("held.demand_contact", "number", d.Number)))
		}
	}
	i.Facts = append(i.Facts, fact("note", said("held.demand_note")))
	return []privacy.Item{i}, nil
}

// beginning is the first words of a text.
func beginning(text string) string {
	const most = 40
	if r := []rune(strings.Join(strings.Fields(text), " ")); len(r) > most {
		return string(r[:most]) + "…"
	}
	return text
}

func (h demandHolder) Erase(ctx context.Context, tx *sqldb.Tx, householdID string) error {
	return h.a.Demand.EraseHousehold(ctx, tx, householdID)
}

// rollcallHolder is how the household was in roll-calls, while that is kept.
type rollcallHolder struct{ a *App }

func (rollcallHolder) Name() string { return "rollcall" }

func (h rollcallHolder) Held(ctx context.Context, q sqldb.Querier, householdID string, open bool) ([]privacy.Item, error) {
	list, err := h.a.Rollcalls.HeldOf(ctx, q, householdID)
	var out []privacy.Item
	for _, x := range list {
		i := privacy.Item{
			ID: x.Call.ID, Title: said("held.rollcall"), Why: "held.why.rollcall", Basis: "held.basis.emergency", Until: said("held.until.rollcall"),
			Asks: []privacy.Kind{privacy.Correct}, Stays: "held.stays.rollcall", Since: x.Call.OpenedAt,
			Facts: []privacy.Fact{fact("reason", plain(x.Call.Reason)), fact("answer", said("rollweb.answer."+string(x.Row.Answer))), fact("said", on(x.Row.At)), fact("by", plain(x.Row.By))},
		}
		if x.Row.Need != "" {
			i.Facts = append(i.Facts, fact("lacks", said("rollweb.need."+string(x.Row.Need))))
		}
		if !x.Call.ClosedAt.IsZero() {
			i.Until = on(x.Call.ClosedAt.Add(rollcall.Kept))
		}
		out = append(out, i)
	}
	return out, err
}

// Erase does nothing: it is gone by itself a month after the end.
func (rollcallHolder) Erase(context.Context, *sqldb.Tx, string) error { return nil }

// volunteerHolder is who of the household offered to serve.
type volunteerHolder struct{ a *App }

func (volunteerHolder) Name() string { return "volunteer" }

func (h volunteerHolder) Held(ctx context.Context, q sqldb.Querier, householdID string, open bool) ([]privacy.Item, error) {
	list, err := h.a.Volunteers.HeldOf(ctx, q, householdID)
	var out []privacy.Item
	for _, v := range list {
		i := privacy.Item{
			ID: v.ID, Title: said("held.volunteer"), Since: v.ReportedAt, Why: "held.why.volunteer", Basis: "held.basis.consent", Until: said("held.until.volunteer"),
			Asks:  []privacy.Kind{privacy.Correct, privacy.Erase},
			Facts: []privacy.Fact{fact("head", plain(network.MaskName(v.Name))), fact("since", on(v.ReportedAt))},
		}
		if v.Pledge != "" {
			i.Facts = append(i.Facts, fact("pledge", plain(v.Pledge)))
		}
		out = append(out, i)
	}
	return out, err
}

func (h volunteerHolder) Erase(ctx context.Context, tx *sqldb.Tx, householdID string) error {
	return h.a.Volunteers.EraseHousehold(ctx, tx, householdID)
}

func (h volunteerHolder) EraseOne(ctx context.Context, tx *sqldb.Tx, householdID, item string) error {
	return h.a.Volunteers.EraseOne(ctx, tx, householdID, item)
}

// taskHolder is what of this month's published list leads to the household.
type taskHolder struct{ a *App }

func (taskHolder) Name() string { return "task" }

func (h taskHolder) Held(ctx context.Context, q sqldb.Querier, householdID string, open bool) ([]privacy.Item, error) {
	unit, err := network.UnitOfHousehold(ctx, q, householdID)
	if err != nil {
		return nil, err
	}
	list, err := h.a.Monthly.VisitsOf(ctx, q, purpose.Subject{HouseholdID: householdID, UnitID: unit})
	var out []privacy.Item
	for _, t := range list {
		out = append(out, privacy.Item{
			ID: t.ID, Title: said("held.task"), Why: "held.why.task", Basis: "held.basis.list", Until: onDay(t.LastDay), Stays: "held.stays.task",
			Asks: []privacy.Kind{privacy.Object}, Facts: []privacy.Fact{fact("task", plain(t.Title)), fact("ask", plain(t.Ask))},
		})
	}
	return out, err
}

// Erase does nothing: the list names no household, its turn is reckoned.
func (taskHolder) Erase(context.Context, *sqldb.Tx, string) error { return nil }
