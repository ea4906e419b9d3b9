package orderweb

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"

	"bilin/internal/mobilise"
	"bilin/internal/web"
)

// How much of the timeline an order's page shows, and how much of that at once.
const (
	mostMoments  = 100
	firstMoments = 15
)

var momentIcon = map[string]string{
	mobilise.EventProposed: "pencil", mobilise.EventApproved: "checks", mobilise.EventRefused: "x", mobilise.EventIssued: "speakerphone", mobilise.EventCorrected: "edit",
	mobilise.EventCancelled: "ban", mobilise.EventClosed: "flag-check", mobilise.EventReviewed: "shield-check", mobilise.EventErased: "eraser", mobilise.EventKnock: "door",
	mobilise.EventDown: "plug-connected-x", mobilise.EventUp: "plug-connected",
}

var momentKind = map[string]string{
	mobilise.EventIssued: "ok", mobilise.EventApproved: "ok", mobilise.EventClosed: "ok", mobilise.EventUp: "ok",
	mobilise.EventCorrected: "warn", mobilise.EventKnock: "warn", mobilise.EventRefused: "bad", mobilise.EventCancelled: "bad", mobilise.EventDown: "bad",
}

// moments is the timeline, the latest first.
func (p *Pages) moments(r *http.Request, o *mobilise.Order) ([]web.TimelineItem, error) {
	events, err := p.o.Orders.LastEvents(r.Context(), o.ID, mostMoments)
	if err != nil {
		return nil, err
	}
	say := p.web.T(r)
	out := make([]web.TimelineItem, 0, len(events))
	for _, e := range events {
		out = append(out, moment(say, e))
	}
	// What the clock notes comes later than it happened.
	slices.SortStableFunc(out, func(a, b web.TimelineItem) int { return b.At.Compare(a.At) })
	return out, nil
}

// said is what the kinds of events keep beside their words; the board's too.
type said struct {
	Channel, Why  string
	N             int
	Name, Unit    string // of an objective
	Value, Target int64
	What          string // of a milestone
	Pct           int
}

// moment says what happened, with the numbers and names that its kind has.
func moment(say Say, e mobilise.Event) web.TimelineItem {
	var d said
	if e.Detail != "" && json.Unmarshal([]byte(e.Detail), &d) != nil {
		d = said{}
	}
	channel := ""
	if d.Channel != "" {
		channel = say("order.channel." + d.Channel)
	}
	x := web.TimelineItem{At: e.At, Text: e.Text, Kind: momentKind[e.Kind], Icon: momentIcon[e.Kind], What: say("order.event."+e.Kind, "n", d.N, "channel", channel)}
	if !strings.HasPrefix(e.ActorID, "system:") {
		x.Who = e.Actor
	}
	switch {
	case d.Why != "":
		x.Text = say(d.Why)
	case d.Name != "" && x.Text == "":
		x.Text = say("orderweb.objective", "name", d.Name, "value", d.Value, "unit", d.Unit, "target", d.Target)
	case d.What != "" && d.Pct > 0:
		x.Text = say("orderweb.mark."+d.What, "pct", d.Pct)
	}
	return x
}
