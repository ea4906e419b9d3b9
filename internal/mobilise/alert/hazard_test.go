package alert

import (
	"testing"

	"bilin/internal/cap"
	"bilin/internal/mobilise"
)

func TestHazardsByTheirNames(t *testing.T) {
	for text, want := range map[string]mobilise.Hazard{
		"道路结冰橙色预警": mobilise.Ice, "低温雨雪冰冻灾害": mobilise.Ice, "暴雪": mobilise.Ice, "寒潮蓝色预警": mobilise.Ice, "电线覆冰": mobilise.Ice, "道路結冰": mobilise.Ice,
		"Icing": mobilise.Ice, "Winter Storm Warning": mobilise.Ice, "Freezing Rain Advisory": mobilise.Ice, "snowfall": mobilise.Ice, "heavy snow SMHI-B": mobilise.Ice,
		"暴雨红色预警": mobilise.Flood, "山洪灾害气象预警": mobilise.Flood, "洪水": mobilise.Flood, "地质灾害气象风险预警": mobilise.Flood, "水庫洩洪": mobilise.Flood, "水库泄洪": mobilise.Flood,
		"Flood Warning": mobilise.Flood, "Flash Flood Watch": mobilise.Flood, "flashFlood": mobilise.Flood, "Ice Jam Flooding": mobilise.Flood, "Debris-flow": mobilise.Flood, "FFW": mobilise.Flood,
		"森林火险橙色预警": mobilise.Fire, "火灾": mobilise.Fire, "Wildfire": mobilise.Fire, "Grass Fire": mobilise.Fire, "Bushfire": mobilise.Fire, "grassFire": mobilise.Fire, "Red Flag Warning": mobilise.Fire,
		"高温红色预警": mobilise.Heat, "Excessive Heat Warning": mobilise.Heat, "Heatwave": mobilise.Heat,
		"停电通知": mobilise.Power, "大面积停电": mobilise.Power, "Power outage": mobilise.Power, "BLACKOUT": mobilise.Power,
		"停水": mobilise.Water, "饮用水水源污染": mobilise.Water, "干旱": mobilise.Water, "Drinking Water Emergency": mobilise.Water, "Boil water advisory": mobilise.Water,
		// The first of two names counts: what causes the rest is named first.
		"冰冻引发停电": mobilise.Ice, "Flooding and power outages": mobilise.Flood,
		// Letters within words are no words.
		"Police notice": "", "Threat assessment": "", "Service office": "", "Wheat prices": "", "大风蓝色预警": "", "雷电": "", "冰雹": "", "Earthquake": "", "": "",
	} {
		if got := named(text); got != want {
			t.Errorf("%s: %q, want %q", text, got, want)
		}
	}
}

func TestHazardOfAnAlert(t *testing.T) {
	code := func(v string) []cap.Value { return []cap.Value{{Name: "SAME", Value: v}} }
	for name, c := range map[string]struct {
		info cap.Info
		want mobilise.Hazard
	}{
		"the event before the headline":         {cap.Info{Event: "暴雨", Headline: "暴雨伴低温"}, mobilise.Flood},
		"the code where the event says nothing": {cap.Info{Event: "预警", EventCodes: code("flashFlood")}, mobilise.Flood},
		"a code of three letters":               {cap.Info{Event: "Warning", EventCodes: code("WSW")}, mobilise.Ice},
		"the headline at last":                  {cap.Info{Event: "气象预警", Headline: "高温红色预警信号"}, mobilise.Heat},
		"the category":                          {cap.Info{Event: "Other Non-Urgent Alerts", Categories: []string{"Fire"}}, mobilise.Fire},
		"nothing":                               {cap.Info{Event: "Civil Emergency Message", Categories: []string{"Met"}}, mobilise.Other},
	} {
		if got := hazardOf(&c.info); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

func TestAlertsAboutSomebody(t *testing.T) {
	for event, want := range map[string]bool{
		"Child Abduction Emergency": true, "Missing Person": true, "人员走失": true, "儿童失踪": true, "CAE": true,
		"Amber rain warning": false, "洪水": false, "Flood": false,
	} {
		if aboutPerson(&cap.Info{Event: event, Headline: "洪水已致3人失踪"}) != want {
			t.Errorf("%s: %v", event, !want)
		}
	}
}
