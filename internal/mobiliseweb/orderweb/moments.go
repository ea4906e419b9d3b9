package orderweb

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"

	"bilin/internal/mobilise"
	"bilin/internal/sqldb"
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
	for i, e := range events {
		x := moment(say, e)
		if e.Kind == mobilise.EventCorrected {
			if changed := changes(say, edition(events[i+1:]), edition(events[i:])); changed != "" {
				x.Text = changed
			}
		}
		out = append(out, x)
	}
	// What the clock notes comes later than it happened.
	slices.SortStableFunc(out, func(a, b web.TimelineItem) int { return b.At.Compare(a.At) })
	return out, nil
}

// wording is what an order said at one of its editions, as events keep it.
type wording struct {
	Title, What, Do, Where string
	Until                  int64
}

// edition is the latest wording in a list of events, the newest of which is first.
func edition(events []mobilise.Event) (w wording) {
	for _, e := range events {
		if e.Detail != "" && json.Unmarshal([]byte(e.Detail), &w) == nil && w.Title != "" {
			return w
		}
		w = wording{}
	}
	return w
}

// changes says what a correction changed; "" where that isn't known any more.
func changes(say Say, old, now wording) (text string) {
	if old.Title == "" || now.Title == "" {
		return ""
	}
	moment := func(ms int64) string { return sqldb.Time(ms).In(web.CityZone).Format("2006-01-02 15:04") }
	for _, x := range []struct{ field, old, now string }{
		{"title", old.Title, now.Title}, {"what", old.What, now.What}, {"do", old.Do, now.Do}, {"where", old.Where, now.Where},
		{"until", moment(old.Until), moment(now.Until)},
	} {
		if x.old == x.now {
			continue
		}
		line := say("orderweb.changed", "field", say("orderweb.f."+x.field), "old", x.old, "now", x.now)
		if text != "" {
			line = say("orderweb.changes", "first", text, "next", line)
		}
		text = line
	}
	return text
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
