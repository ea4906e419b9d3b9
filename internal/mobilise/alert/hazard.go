package alert

import (
	"slices"
	"strings"
	"unicode"

	"bilin/internal/cap"
	"bilin/internal/mobilise"
)

// vocabulary is how a hazard is called in alerts: Chinese is looked for anywhere
// in a text, English as whole words.
type vocabulary struct {
	hazard  mobilise.Hazard
	zh, en  []string
	samCode []string // three letters of the American weather service's event codes
}

var vocabularies = []vocabulary{
	{mobilise.Ice,
		[]string{"结冰", "冰冻", "冻雨", "雨雪", "暴雪", "大雪", "降雪", "雪灾", "积雪", "覆冰", "低温", "寒潮", "霜冻", "冰灾", "結冰", "冰凍", "低溫", "寒流"},
		[]string{"ice", "icing", "icy", "ice storm", "freezing", "freeze", "freezing rain", "frost", "snow", "snowfall", "heavy snow", "blizzard", "winter", "winter storm", "winter weather", "cold", "extreme cold", "avalanche", "black ice", "sleet"},
		[]string{"WSW", "WSA", "BZW", "ISW", "FZW", "WCW"}},
	{mobilise.Flood,
		[]string{"暴雨", "大雨", "强降雨", "强降水", "洪水", "洪涝", "山洪", "内涝", "积水", "汛情", "泄洪", "溃坝", "决堤", "地质灾害", "滑坡", "泥石流", "山体崩塌", "豪雨", "洩洪", "水災", "淹水", "土石流", "水灾"},
		[]string{"flood", "floods", "flooding", "flash flood", "rain", "rainfall", "heavy rain", "storm surge", "landslide", "landslides", "mudslide", "debris flow", "dam break", "dam failure", "levee", "ice jam"},
		[]string{"FFW", "FFA", "FFS", "FLW", "FLA", "FLS", "CFW", "CFA", "DBW", "LSW"}},
	{mobilise.Fire,
		[]string{"火险", "火灾", "山火", "森林火", "草原火", "失火", "起火", "火情", "火災"},
		[]string{"fire", "fires", "fire weather", "wildfire", "wildfires", "bushfire", "bushfires", "bush fire", "grass fire", "grassfire", "forest fire", "wild fire", "red flag"},
		[]string{"FRW", "WFW", "WFA"}},
	{mobilise.Heat,
		[]string{"高温", "酷暑", "热浪", "中暑", "高溫"},
		[]string{"heat", "heatwave", "heat wave", "excessive heat", "extreme heat", "high temperature", "high temperatures"}, []string{"EHW", "HTW"}},
	{mobilise.Power,
		[]string{"停电", "断电", "限电", "供电", "电力", "电网", "停電"},
		[]string{"power", "power outage", "power outages", "power cut", "power failure", "blackout", "electricity", "outage", "outages"}, []string{"POS"}},
	{mobilise.Water,
		[]string{"停水", "断水", "供水", "饮用水", "饮水", "自来水", "水质", "干旱", "旱情", "缺水"},
		[]string{"drinking water", "water supply", "water main", "water outage", "water shortage", "contaminated water", "boil water", "drought"}, []string{"CWW", "BWE"}},
}

// person is how alerts are called that are about somebody: an order about a
// missing person needs the family, a case number and another way.
var person = vocabulary{
	zh:      []string{"失踪", "走失", "寻人", "拐卖", "被拐", "失蹤"},
	en:      []string{"abduction", "missing person", "missing persons", "missing child", "silver alert", "endangered missing"},
	samCode: []string{"CAE", "MEP"},
}

// hazardOf names the template that an alert's order begins with. What happens
// is called by the event, then by its codes, then by the headline.
func hazardOf(i *cap.Info) mobilise.Hazard {
	for _, text := range callings(i) {
		if h := named(text); h != "" {
			return h
		}
	}
	if slices.Contains(i.Categories, "Fire") {
		return mobilise.Fire
	}
	return mobilise.Other
}

// callings are the texts that may name what happens, the best first.
func callings(i *cap.Info) []string {
	out := []string{i.Event}
	for _, c := range i.EventCodes {
		out = append(out, c.Value)
	}
	return append(out, i.Headline)
}

// named finds the hazard whose name comes first in a text, and of those that
// begin at one place the longest: an "ice jam" is a flood.
func named(text string) (hazard mobilise.Hazard) {
	english := words(text)
	first, long := len(text)+len(english), 0
	for _, v := range vocabularies {
		at, length := v.in(text, english)
		if at >= 0 && (at < first || at == first && length > long) {
			hazard, first, long = v.hazard, at, length
		}
	}
	return hazard
}

// in returns where a text first names the hazard and how long the name is, or -1.
func (v vocabulary) in(text, english string) (at, length int) {
	at = -1
	try := func(in, name string) {
		if i := strings.Index(in, name); i >= 0 && (at < 0 || i < at || i == at && len(name) > length) {
			at, length = i, len(name)
		}
	}
	for _, name := range v.zh {
		try(text, name)
	}
	for _, name := range v.en {
		try(english, " "+name+" ")
	}
	if slices.Contains(v.samCode, strings.TrimSpace(text)) {
		try(text, text)
	}
	return at, length
}

// aboutPerson reports whether an alert is about somebody. Its headline doesn't
// count: after a flood people are missing, too.
func aboutPerson(i *cap.Info) bool {
	return slices.ContainsFunc(callings(i)[:1+len(i.EventCodes)], func(text string) bool {
		at, _ := person.in(text, words(text))
		return at >= 0
	})
}

// anyAboutPerson reports whether any part of a message is, in whatever language.
func anyAboutPerson(m *cap.Alert) bool {
	return slices.ContainsFunc(m.Infos, func(i cap.Info) bool { return aboutPerson(&i) })
}

// words writes a text as lower-case words with a space around each: flashFlood
// and "Flash-Flood" become " flash flood ".
func words(text string) string {
	var b strings.Builder
	b.WriteByte(' ')
	gap, lower := true, false
	for _, c := range text {
		if !unicode.IsLetter(c) && !unicode.IsDigit(c) || c > unicode.MaxLatin1 {
			if !gap {
				b.WriteByte(' ')
			}
			gap, lower = true, false
			continue
		}
		if unicode.IsUpper(c) && lower {
			b.WriteByte(' ')
		}
		b.WriteRune(unicode.ToLower(c))
		gap, lower = false, unicode.IsLower(c)
	}
	if !gap {
		b.WriteByte(' ')
	}
	return b.String()
}
