package app

import (
	"context"
	"fmt"
	"slices"
	"time"

	"bilin/internal/auth"
	"bilin/internal/demo"
	"bilin/internal/network"
	"bilin/internal/programme"
	"bilin/internal/workday"
)

// The demo city's programmes: how much of them there is, whatever the scale.
const (
	demoMembers = 24 // of each
	demoActs    = 9  // of each member, on the average
	demoMonths  = 5  // since it began
)

// demoProgramme is what a town thought up.
type demoProgramme struct {
	name, text string
	budget     int64
	formulas   programme.Formulas
	rewards    []programme.Offer
}

var demoProgrammes = []demoProgramme{
	{"善行积分", "邻里帮一把，记一笔善行。积分在镇街积分屋换日用品。", 20_000, programme.Formulas{
		programme.HelpOut: "hours * 2.0", programme.Company: "hours * 2.0", programme.Clean: "nth <= 4 ? 3 : 1", programme.Teach: "people >= 10 ? 8 : 4", programme.Emergency: "hours * 4.0",
	}, []programme.Offer{{Name: "洗衣液一瓶", Price: 20, Stock: 60}, {Name: "理发一次", Price: 8, Stock: 40}, {Name: "电饭煲一个", Price: 160, Stock: 4}}},
	{"绿色家园积分", "一起把河边、院子收拾干净。", 8_000, programme.Formulas{
		programme.Clean: "weekend ? 4 : 3", programme.Green: "hours * 3.0", programme.Culture: "2",
	}, []programme.Offer{{Name: "花苗一盆", Price: 6, Stock: 100}, {Name: "垃圾分类桶一套", Price: 30, Stock: 20}}},
	{"时间互助", "今天我帮你一小时，明天别人帮我一小时。", 12_000, programme.Formulas{
		programme.HelpOut: "hours * 4.0", programme.Company: "hours * 4.0", programme.Teach: "hours * 4.0", programme.Wish: "6",
	}, []programme.Offer{{Name: "上门修家电一次", Price: 16, Stock: 15}, {Name: "陪同看病半天", Price: 16, Stock: 30}, {Name: "打扫房间两小时", Price: 8, Stock: 30}}},
}

// demoProgrammes makes three towns' programmes with members, deeds of five
// months and rewards that were chosen. The first is the login town's.
func (a *App) demoProgrammes(ctx context.Context, o demo.Options) error {
	crowd := demo.NewCrowd(o.Seed, "programmes")
	began := a.Now().AddDate(0, -demoMonths, 0)
	at := began
	svc := a.programmesAt(func() time.Time { return at })
	towns := slices.Clone(a.Network.Tree().Units(network.Town))
	if i := slices.IndexFunc(towns, func(u *network.Unit) bool { return u.Code == demo.ShowTown }); i > 0 { // the login town first
		towns[0], towns[i] = towns[i], towns[0]
	}
	for i, p := range demoProgrammes {
		if i >= len(towns) {
			return nil
		}
		at = began
		b := &demoPoints{App: a, svc: svc, at: &at, crowd: crowd, town: towns[i], official: a.demoPost(towns[i].ID, auth.TownOfficial, "")}
		if err := b.make(ctx, p); err != nil {
			return fmt.Errorf("demo programme %q: %w", p.name, err)
		}
	}
	return nil
}

// demoPoints makes one programme.
type demoPoints struct {
	*App
	svc      *programme.Service
	at       *time.Time // the clock of svc
	crowd    *demo.Crowd
	town     *network.Unit
	official auth.Actor
	id       string
}

func (b *demoPoints) make(ctx context.Context, p demoProgramme) (err error) {
	b.id, err = b.svc.Define(ctx, b.official, programme.Define{UnitCode: b.town.Code, Name: p.name, Text: p.text, Budget: p.budget, Formulas: p.formulas})
	if err != nil {
		return err
	}
	for _, w := range p.rewards {
		w.ProgrammeID = b.id
		if err := b.svc.SetReward(ctx, b.official, w); err != nil {
			return err
		}
	}
	if err := b.svc.Start(ctx, b.official, "", b.id, 1); err != nil {
		return err
	}
	members, err := b.join(ctx)
	if err != nil {
		return err
	}
	if err := b.deeds(ctx, p, members); err != nil {
		return err
	}
	return b.choose(ctx, members)
}

// join takes in somebody of households of the town, village by village.
func (b *demoPoints) join(ctx context.Context) (members []programme.Receipt, err error) {
	tree := b.Network.Tree()
	for _, cell := range tree.Within([]string{b.town.ID}, network.Cell) {
		homes, _, err := b.Network.HouseholdsOf(ctx, auth.System("demo"), cell, "", 1)
		if err != nil {
			return nil, err
		}
		if len(homes) == 0 || homes[0].Left {
			continue
		}
		name, _ := b.crowd.Somebody()
		r, err := b.svc.Join(ctx, auth.Actor{}, programme.Join{ProgrammeID: b.id, Name: name, DoorCode: homes[0].Door})
		if err != nil {
			return nil, err
		}
		if members = append(members, r); len(members) == demoMembers {
			break
		}
	}
	return members, nil
}

// fetching is how long ago what members chose was chosen; their deeds are from before.
const fetching = 3 * 24 * time.Hour

// deeds are written down on their days, in order.
func (b *demoPoints) deeds(ctx context.Context, p demoProgramme, members []programme.Receipt) error {
	var kinds []programme.Kind
	for _, k := range programme.Kinds() {
		if p.formulas[k] != "" {
			kinds = append(kinds, k)
		}
	}
	began, n := *b.at, len(members)*demoActs
	span := b.Now().Add(-fetching).Sub(began)
	for i := range n {
		*b.at = began.Add(span * time.Duration(i+1) / time.Duration(n+1))
		_, err := b.svc.Record(ctx, b.official, programme.Record{ProgrammeID: b.id, Member: members[b.crowd.IntN(len(members))].Number, Kind: kinds[b.crowd.IntN(len(kinds))],
			Hours: float64(1+b.crowd.IntN(8)) / 2, People: 1 + b.crowd.IntN(12), Day: b.at.In(workday.City).Format(time.DateOnly)})
		if err != nil {
			return err
		}
	}
	return nil
}

// choose lets some members choose a reward; most were fetched.
func (b *demoPoints) choose(ctx context.Context, members []programme.Receipt) error {
	*b.at = b.Now().Add(-fetching)
	for i, m := range members {
		mine, err := b.svc.Mine(ctx, m.ID, m.Key)
		if err != nil {
			return err
		}
		if i%2 == 1 || len(mine.Rewards) == 0 || mine.Rewards[0].Price > mine.Balance {
			continue
		}
		if err := b.svc.Choose(ctx, m.ID, m.Key, "", mine.Rewards[0].ID); err != nil {
			return err
		}
		if i%6 == 0 {
			continue // waits to be fetched
		}
		if mine, err = b.svc.Mine(ctx, m.ID, m.Key); err != nil {
			return err
		}
		if _, err := b.svc.Hand(ctx, b.official, "", b.id, mine.Waiting[0].Code); err != nil {
			return err
		}
	}
	return nil
}
