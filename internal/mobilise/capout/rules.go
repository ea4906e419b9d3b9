package capout

import (
	"strconv"
	"strings"
	"time"

	"bilin/internal/cap"
	"bilin/internal/i18n"
	"bilin/internal/mobilise"
	"bilin/internal/network"
	"bilin/internal/workday"
)

// Frame is what an alert needs beside its order.
type Frame struct {
	Tree      *network.Tree
	Words     func(locale, key string, args ...any) string
	PublicURL string
}

// nature is how the standard speaks of a hazard.
type nature struct {
	categories                    []string
	response, severity, certainty string
}

// natures of orders: people are called to do something about what happens or is
// about to happen. CAP 1.2 §3.2.2.
var natures = map[mobilise.Hazard]nature{
	mobilise.Ice:     {[]string{"Met", "Transport"}, "Execute", "Severe", "Likely"},
	mobilise.Flood:   {[]string{"Met", "Safety"}, "Execute", "Severe", "Likely"},
	mobilise.Fire:    {[]string{"Fire"}, "Execute", "Severe", "Observed"},
	mobilise.Heat:    {[]string{"Met", "Health"}, "Execute", "Moderate", "Likely"},
	mobilise.Power:   {[]string{"Infra"}, "Execute", "Moderate", "Observed"},
	mobilise.Water:   {[]string{"Infra"}, "Execute", "Moderate", "Observed"},
	mobilise.Missing: {[]string{"Rescue"}, "Monitor", "Moderate", "Observed"},
	mobilise.Other:   {[]string{"Safety"}, "Execute", "Unknown", "Unknown"},
}

// Alert makes the message of an order's latest edition. editions are the
// moments of all of them, from the first.
func Alert(o *mobilise.Order, editions []time.Time, f Frame) *cap.Alert {
	last := len(editions) - 1
	a := &cap.Alert{Sender: sender(f.Tree), Identifier: identifier(o, last+1), Sent: editions[last], Status: cap.Actual, MsgType: cap.NewAlert, Scope: "Public", Incidents: o.Number}
	if o.IsDrill() {
		a.Status = cap.Exercise
	}
	for i, at := range editions[:last] {
		a.References = append(a.References, cap.Reference{Sender: a.Sender, Identifier: identifier(o, i+1), Sent: at})
	}
	switch {
	case !o.Live():
		a.MsgType = cap.Cancel
	case last > 0:
		a.MsgType = cap.Update
	}
	if o.Hazard == mobilise.Missing {
		a.Scope, a.Restriction = "Restricted", f.Words(i18n.ZH, "capout.restriction")+" / "+f.Words(i18n.EN, "capout.restriction")
	}
	a.Note = note(o, f)
	for _, locale := range []string{i18n.ZH, i18n.EN} {
		a.Infos = append(a.Infos, info(o, f, locale))
	}
	return a
}

// sender is the same for all of a city's orders, whatever its address on the net.
func sender(tree *network.Tree) string {
	code := "0"
	if root := tree.Root(); root != nil && root.Code != "" {
		code = root.Code
	}
	return "bilin." + code
}

// identifier names an edition of an order, once and for good.
func identifier(o *mobilise.Order, edition int) string {
	return o.Number + "." + strconv.Itoa(edition)
}

// note says what a drill is, and why an order ended.
func note(o *mobilise.Order, f Frame) string {
	var parts []string
	if o.IsDrill() {
		parts = append(parts, f.Words(i18n.ZH, "capout.drill"), f.Words(i18n.EN, "capout.drill"))
	}
	if !o.Live() && o.EndNote != "" {
		parts = append(parts, o.EndNote)
	}
	return strings.Join(parts, " / ")
}

var languages = map[string]string{i18n.ZH: "zh-CN", i18n.EN: "en"}

func info(o *mobilise.Order, f Frame, locale string) cap.Info {
	n, ok := natures[o.Hazard]
	if !ok {
		n = natures[mobilise.Other]
	}
	say := func(key string, args ...any) string { return f.Words(locale, key, args...) }
	i := cap.Info{Language: languages[locale], Categories: n.categories, Event: say("order.hazard." + string(o.Hazard)), ResponseTypes: []string{n.response},
		Urgency: "Immediate", Severity: n.severity, Certainty: n.certainty, Audience: say("capout.audience"),
		EventCodes: []cap.Value{{Name: "bilin:hazard", Value: string(o.Hazard)}},
		Effective:  o.IssuedAt.In(workday.City).Truncate(time.Second), Expires: o.Until.In(workday.City).Truncate(time.Second),
		Headline:    say(headline(o), "number", o.Number, "title", o.Title, "hazard", say("order.hazard."+string(o.Hazard))),
		Description: say("capout.description", "what", o.What), Instruction: say("capout.instruction", "do", mobilise.Stopped(o.Do), "where", mobilise.Stopped(o.Where)),
		Parameters: []cap.Value{{Name: "bilin:order", Value: o.Number}, {Name: "bilin:kind", Value: string(o.Kind)}, {Name: "bilin:edition", Value: strconv.Itoa(o.Edition)}},
		Areas:      areas(o, f, locale)}
	if root := f.Tree.Root(); root != nil {
		i.SenderName = root.Name
	}
	if !o.Live() {
		i.Urgency, i.ResponseTypes = "Past", []string{"None"}
	}
	if f.PublicURL != "" {
		i.Web = f.PublicURL + "/orders/" + o.Number
	}
	return i
}

// headline's first word of a drill says that it is one.
func headline(o *mobilise.Order) string {
	key := "capout.headline"
	if o.IsDrill() {
		key += "_drill"
	}
	if !o.Live() {
		key += "_over"
	}
	return key
}

// GeocodeName is that of China's twelve-digit codes of divisions.
const GeocodeName = "统计用区划代码"

// areas are where an order calls: what was drawn and the units that were chosen;
// of teams alone, the place in which all who are called count.
func areas(o *mobilise.Order, f Frame, locale string) (out []cap.Area) {
	if ring := closed(o.Audience); ring != nil {
		out = append(out, cap.Area{Desc: f.Words(locale, "capout.drawn"), Polygons: [][]cap.Point{ring}})
	}
	for _, id := range o.Audience.UnitIDs {
		out = append(out, area(f.Tree, id)...)
	}
	if len(out) == 0 {
		out = area(f.Tree, o.UnitID)
	}
	return out
}

// area is a unit, if it is still there.
func area(tree *network.Tree, id string) []cap.Area {
	u := tree.ByID(id)
	if u == nil {
		return nil
	}
	a := cap.Area{Desc: tree.PathName(u, "")}
	if v := placed(tree, u); v != nil {
		a.Geocodes = []cap.Value{{Name: GeocodeName, Value: v.Code}}
	}
	return []cap.Area{a}
}

// placed is the smallest unit at or over one that has a twelve-digit code.
func placed(tree *network.Tree, u *network.Unit) *network.Unit {
	for ; u != nil; u = tree.Parent(u) {
		if u.Level <= network.Village && len(u.Code) == 12 {
			return u
		}
	}
	return nil
}

// closed is the line drawn on the map with its first point at the end again.
func closed(a mobilise.Audience) []cap.Point {
	if len(a.Polygon) < 3 {
		return nil
	}
	var out []cap.Point
	for _, p := range a.Polygon {
		out = append(out, cap.Point{Lat: p.Y, Lon: p.X})
	}
	if out[0] != out[len(out)-1] {
		out = append(out, out[0])
	}
	if len(out) < 4 {
		return nil
	}
	return out
}
