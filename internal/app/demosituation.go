package app

import (
	"context"
	"slices"
	"time"

	"bilin/internal/live"
	"bilin/internal/mobilise"
	"bilin/internal/mobilise/situation"
)

// demoGoal is an objective of a demo order, and how it went.
type demoGoal struct {
	situation.Add
	due    time.Duration // after the order was issued; 0 for none
	values []demoValue
}

type demoValue struct {
	after time.Duration
	value int64
}

// demoNote is an entry that the command post wrote.
type demoNote struct {
	after time.Duration
	text  string
}

// demoIceBoard is how last winter's storm looked from the command post: roads in
// six hours, power in days. The order must be live still.
func (a *App) demoIceBoard(ctx context.Context, o *mobilise.Order) error {
	hours := func(h float64) time.Duration { return time.Duration(h * float64(time.Hour)) }
	return a.demoBoard(ctx, o, hours(30), []demoGoal{
		{Add: situation.Add{Name: "主要道路通行", Unit: "条", Target: 41}, due: hours(6), values: []demoValue{
			{hours(.7), 2}, {hours(1.5), 6}, {hours(2.2), 11}, {hours(3.1), 18}, {hours(4), 27}, {hours(5.1), 35}, {hours(5.8), 41}}},
		{Add: situation.Add{Name: "停电户", Unit: "户", Start: 98_214}, due: hours(96), values: []demoValue{
			{hours(1.2), 104_630}, {hours(4), 96_800}, {hours(7), 81_240}, {hours(11), 66_020}, {hours(16), 52_377}, {hours(22), 40_915}, {hours(29), 31_420}}},
		{Add: situation.Add{Name: "取暖点开放", Unit: "处", Target: 29}, due: hours(4), values: []demoValue{
			{hours(1), 7}, {hours(2), 18}, {hours(2.8), 26}, {hours(3.4), 29}}},
	}, []demoNote{
		{hours(.6), "省道 S209 灰汤段树倒压断电线，供电抢修队已到。"},
		{hours(2.5), "融雪盐从长沙调来 60 吨，已到货运站。"},
		{hours(5.9), "最后一条县道通车，除冰队轮换休息。"},
		{hours(20), "高压线抢通两条，城区基本恢复供电。"},
	})
}

// demoDrillBoard is how the drill goes that is under way.
func (a *App) demoDrillBoard(ctx context.Context, o *mobilise.Order) error {
	return a.demoBoard(ctx, o, a.Now().Sub(o.IssuedAt), []demoGoal{
		{Add: situation.Add{Name: "转移安置的人", Unit: "人", Target: 1200}, due: 2 * time.Hour, values: []demoValue{{9 * time.Minute, 120}, {18 * time.Minute, 386}, {31 * time.Minute, 730}, {42 * time.Minute, 884}}},
		{Add: situation.Add{Name: "安置点开放", Unit: "处", Target: 6}, due: 40 * time.Minute, values: []demoValue{{7 * time.Minute, 2}, {16 * time.Minute, 5}, {24 * time.Minute, 6}}},
		{Add: situation.Add{Name: "堤段有人看守", Unit: "段", Target: 14}, due: 35 * time.Minute, values: []demoValue{{12 * time.Minute, 4}, {28 * time.Minute, 11}}},
	}, []demoNote{{11 * time.Minute, "演练：南门社区第一批转移车辆出发。"}, {33 * time.Minute, "演练：模拟一处安置点停水，已调水车。"}})
}

// demoBoard plays objectives and notes in the order in which they happened.
func (a *App) demoBoard(ctx context.Context, o *mobilise.Order, until time.Duration, goals []demoGoal, notes []demoNote) error {
	clock := &demoClock{o.IssuedAt}
	options := a.situationOptions()
	options.Now, options.Live = clock.now, live.NewHub(nil, a.Log) // nobody looks while it is played
	boards := situation.New(options)
	defer boards.Close()
	by := demoOfficer("市应急指挥部")
	type deed struct {
		after time.Duration
		do    func() error
	}
	var deeds []deed
	for i := range goals {
		g, id := &goals[i], ""
		deeds = append(deeds, deed{time.Duration(5+i) * time.Minute, func() (err error) {
			if g.Number = o.Number; g.due != 0 {
				g.Deadline = o.IssuedAt.Add(g.due)
			}
			id, err = boards.Add(ctx, by, g.Add)
			return err
		}})
		for _, v := range g.values {
			deeds = append(deeds, deed{v.after, func() error {
				return boards.Set(ctx, by, situation.Value{Number: o.Number, ObjectiveID: id, Value: v.value})
			}})
		}
	}
	for _, n := range notes {
		deeds = append(deeds, deed{n.after, func() error { return boards.Note(ctx, by, situation.Note{Number: o.Number, Text: n.text}) }})
	}
	slices.SortStableFunc(deeds, func(a, b deed) int { return int(a.after - b.after) })
	for _, d := range deeds {
		if clock.at = o.IssuedAt.Add(d.after); d.after > until {
			break
		}
		if err := d.do(); err != nil {
			return err
		}
	}
	clock.at = o.IssuedAt.Add(until)
	return boards.Tick(ctx) // half, nine in ten, and so on
}
