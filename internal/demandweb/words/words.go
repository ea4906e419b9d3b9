// Package words says what demands hold in the reader's language.
package words

import (
	"bilin/internal/auth"
	"bilin/internal/demand"
	"bilin/internal/network"
	"bilin/internal/web"
)

// T gives a message in the reader's language.
type T func(key string, kv ...any) string

// Stop names whoever has a demand, such as "三邻邻长周桂英".
func (t T) Stop(s demand.Stop) string {
	if s.UnitName == "" && s.Name == "" {
		return ""
	}
	key := "demand.keeper"
	switch s.Role {
	case auth.Department: // whose name says what it is
		key = "demand.keeper_department"
	case auth.VillageOfficial, auth.TownOfficial:
		key = "demand.keeper_official"
	}
	if s.Name == "" {
		if s.Role != auth.Department {
			key = "demand.keeper"
		}
		key += "_vacant"
	}
	return t(key, "unit", s.UnitName, "role", t.Role(s.Role), "name", s.Name)
}

// Role names a role.
func (t T) Role(r auth.Role) string {
	if r == "" {
		return ""
	}
	return t("auth.role." + string(r))
}

// State names a state.
func (t T) State(s demand.State) string { return t("demand.state." + string(s)) }

// Kind names a kind.
func (t T) Kind(k demand.Kind) string { return t("demand.kind." + string(k)) }

// Kinds are the kinds to choose from.
func (t T) Kinds(withHints bool) []web.Option {
	options := make([]web.Option, 0, len(demand.Kinds()))
	for _, k := range demand.Kinds() {
		o := web.Option{Value: string(k), Label: t.Kind(k)}
		if withHints {
			o.Hint = t("demand.kind_hint." + string(k))
		}
		options = append(options, o)
	}
	return options
}

// Timeline writes a demand's events, newest first. you is how the resident is called.
func (t T) Timeline(events []demand.Event, you string) []web.TimelineItem {
	items := make([]web.TimelineItem, 0, len(events))
	for i := len(events) - 1; i >= 0; i-- {
		items = append(items, t.Moment(events[i], you))
	}
	return items
}

// Moment writes one event. you is how the resident is called.
func (t T) Moment(e demand.Event, you string) web.TimelineItem {
	item := looks[e.Step]
	item.At, item.What, item.Text = e.At, t("demand.step."+string(e.Step), "to", t.Stop(e.To)), e.Text
	if e.Step == demand.StepHandedOver && e.To.Name == "" {
		to := t("demand.keeper_post", "unit", e.To.UnitName, "role", t.Role(e.To.Role))
		item.What = t("demand.step.handed_over", "to", to)
	}
	if e.Step == demand.StepWhistled || e.Step == demand.StepReported { // of departments, whoever serves there
		item.What = t("demand.step."+string(e.Step), "to", e.To.UnitName)
	}
	switch e.Side {
	case demand.Resident:
		item.Who = you
	case demand.Network:
		item.Who = t.Stop(demand.Stop{UnitName: e.UnitName, Role: e.Role, Name: e.Name})
	}
	if e.Reason != "" && e.Reason != demand.ReasonLead { // that it is theirs goes without saying
		item.Text = t("demand.reason." + string(e.Reason))
	}
	if e.Step == demand.StepRaised {
		item.Text = "" // it stands at the head of the page
	}
	return item
}

var looks = map[demand.Step]web.TimelineItem{
	demand.StepRaised:       {Icon: "pencil"},
	demand.StepAssigned:     {Icon: "arrow-right"},
	demand.StepAccepted:     {Icon: "user-check"},
	demand.StepAnswered:     {Icon: "message-2"},
	demand.StepSaid:         {Icon: "message-2"},
	demand.StepAdopted:      {Icon: "bulb", Kind: "ok"},
	demand.StepResolved:     {Icon: "checks", Kind: "warn"},
	demand.StepConfirmed:    {Icon: "circle-check", Kind: "ok"},
	demand.StepReopened:     {Icon: "refresh", Kind: "bad"},
	demand.StepContactRead:  {Icon: "eye"},
	demand.StepHandedOver:   {Icon: "arrow-right"},
	demand.StepAsked:        {Icon: "hourglass", Kind: "warn"},
	demand.StepOwed:         {Icon: "user-exclamation", Kind: "warn"},
	demand.StepOwedAnswered: {Icon: "message-2"},
	demand.StepOwedLate:     {Icon: "clock-exclamation", Kind: "bad"},
	demand.StepOverdue:      {Icon: "clock-exclamation", Kind: "bad"},
}

// Units are units to choose from, by their codes.
func Units(units []*network.Unit) []web.Option {
	options := make([]web.Option, 0, len(units))
	for _, u := range units {
		options = append(options, web.Option{Value: u.Code, Label: u.Name})
	}
	return options
}
