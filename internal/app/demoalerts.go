package app

import (
	"bytes"
	"context"
	"time"

	"bilin/internal/auth"
	"bilin/internal/cap"
	"bilin/internal/mobilise/alert"
	"bilin/internal/network"
	"bilin/internal/workday"
)

// demoAlerts are last winter's ice alert, of which an order is made, and an
// exercise that waits. It returns the first one's id.
func (a *App) demoAlerts(ctx context.Context) (winter string, err error) {
	root := a.Network.Tree().Root()
	if root == nil {
		return "", nil
	}
	at := a.demoWinter().Add(-2 * time.Hour)
	if winter, err = a.demoAlert(ctx, at, demoIce(root, at)); err != nil {
		return "", err
	}
	now := a.Now()
	_, err = a.demoAlert(ctx, now, a.demoExercise(now))
	return winter, err
}

// demoWinter is when last winter's ice storm began.
func (a *App) demoWinter() time.Time {
	y, m, d := a.Now().AddDate(0, -10, 0).In(cityZone).Date()
	return time.Date(y, m, d, 2, 10, 0, 0, cityZone)
}

func (a *App) demoAlert(ctx context.Context, at time.Time, m *cap.Alert) (id string, err error) {
	s, err := a.alertsAt(func() time.Time { return at })
	if err != nil {
		return "", err
	}
	var raw bytes.Buffer
	if err := cap.Write(&raw, m); err != nil {
		return "", err
	}
	got, err := s.Take(ctx, auth.System("demo"), alert.FromAPI, raw.Bytes())
	return got.ID, err
}

func demoIce(root *network.Unit, at time.Time) *cap.Alert {
	at = at.In(workday.City).Add(-10 * time.Minute).Truncate(time.Second)
	return &cap.Alert{
		Identifier: "demo-ice-red", Sender: "qxt@hunan.example", Sent: at, Status: cap.Actual, MsgType: cap.NewAlert, Scope: "Public",
		Infos: []cap.Info{{
			Language: "zh-CN", Categories: []string{"Met"}, Event: "低温雨雪冰冻", ResponseTypes: []string{"Prepare", "Execute"}, Urgency: "Immediate", Severity: "Extreme", Certainty: "Observed",
			Effective: at, Onset: at, Expires: at.Add(72 * time.Hour), SenderName: "省气象台", Headline: "低温雨雪冰冻红色预警",
			Description: "受强冷空气影响，全市已出现冻雨，电线覆冰、道路结冰，预计还将持续72小时，部分乡镇可能停电。",
			Instruction: "组织力量铲冰保通、巡查电力线路，上门看望独居老人，备足取暖和照明物资。", Contact: "12379",
			Areas: []cap.Area{{Desc: root.Name, Geocodes: []cap.Value{{Name: "行政区划代码", Value: root.Code}}}},
		}},
	}
}

// demoExercise is a flood for practice, around the first town that has a place.
func (a *App) demoExercise(now time.Time) *cap.Alert {
	at := now.In(workday.City).Add(-30 * time.Minute).Truncate(time.Second)
	m := &cap.Alert{
		Identifier: "demo-flood-exercise-" + at.Format("20060102150405"), Sender: "slj@changsha.example", Sent: at, Status: cap.Exercise, MsgType: cap.NewAlert, Scope: "Public",
		Note: "汛前演练，不是真的。",
		Infos: []cap.Info{{
			Language: "zh-CN", Categories: []string{"Met", "Geo"}, Event: "山洪灾害", ResponseTypes: []string{"Prepare"}, Urgency: "Expected", Severity: "Severe", Certainty: "Likely",
			Effective: at, Expires: at.Add(72 * time.Hour), SenderName: "市水利局", Headline: "（演练）山洪灾害橙色预警",
			Description: "演练：预计未来6小时沿河村社区可能发生山洪，低洼处住户需要转移。", Instruction: "演练：通知沿河住户，清点转移安置点，检查预警喇叭。", Contact: "12379",
		}},
	}
	area := cap.Area{Desc: "沿河村社区"}
	for _, town := range a.Network.Tree().Units(network.Town) {
		if town.Placed {
			area.Circles = []cap.Circle{{Point: cap.Point{Lat: town.Lat, Lon: town.Lon}, Radius: 5}}
			break
		}
	}
	m.Infos[0].Areas = []cap.Area{area}
	return m
}
