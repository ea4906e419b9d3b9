package app

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"bilin/internal/auth"
	"bilin/internal/demo"
	"bilin/internal/mediation"
	"bilin/internal/network"
	"bilin/internal/workday"
)

// demoQuarrel is a quarrel of the demo city, and how far it comes.
type demoQuarrel struct {
	kind         mediation.Kind
	words, draft string
	until        mediation.State
	how          mediation.Outcome
}

var demoQuarrels = []demoQuarrel{
	{kind: mediation.Noise, words: "晚上十一点以后还有打牌声，孩子第二天要上学。", until: mediation.Asked},
	{kind: mediation.Trees, words: "隔壁的樟树枝伸到我家屋顶，落叶堵了天沟。", until: mediation.Choosing},
	{kind: mediation.Parking, words: "我家门口的路常被车堵住，三轮车出不去。", until: mediation.Called},
	{kind: mediation.Water, words: "楼上卫生间漏水，天花板湿了一大块。", until: mediation.Talking},
	{kind: mediation.Land, words: "菜地的界石挪了位置，想请人一起量一量。", draft: "一、三天内两家一起，按旧图把界石移回原处。\n二、移界石的花费各出一半。\n三、以后翻地离界石一尺。", until: mediation.Talking},
	{kind: mediation.Building, words: "新砌的围墙挡了我家厨房的光。", draft: "一、围墙降到一米六，十天内完工。\n二、降下来的砖归砌墙的一家。", until: mediation.Agreed},
	{kind: mediation.Animals, words: "鸡放到我家菜地里，苗都啄了。", draft: "一、鸡圈起来养。\n二、补种菜苗二十株。", until: mediation.Ended, how: mediation.Kept},
	{kind: mediation.Waste, words: "楼道里堆了纸箱，上下不方便。", draft: "一、每周六清一次楼道。", until: mediation.Ended, how: mediation.Broken},
	{kind: mediation.Stairs, words: "楼梯口的灯谁出电费，说不拢。", until: mediation.Ended, how: mediation.Stopped},
	{kind: mediation.Debt, words: "去年借的八百块还没还，不想伤和气。", until: mediation.Ended, how: mediation.Refused},
	{kind: mediation.Other, words: "共用的晒谷坪怎么轮着用，想请人说一说。", until: mediation.Ended, how: mediation.Lapsed},
}

var demoMediators = []mediation.Offer{
	{Name: "何公道", About: "退休教师，说话和气"}, {Name: "彭阿姨", About: "住了三十年，两边都熟"}, {Name: "刘师傅", About: "懂建房和水电", Kinds: []mediation.Kind{mediation.Water, mediation.Building, mediation.Land}},
	{Name: "周老支书", About: "当过十五年村干部", Town: true}, {Name: "喻律师", About: "愿意讲讲法律怎么说", Town: true},
}

// demoMediation makes cases in every state in the login village, people who
// mediate there, and two years' counts of all villages.
func (a *App) demoMediation(ctx context.Context, o demo.Options) error {
	crowd := demo.NewCrowd(o.Seed, "mediation")
	b := &demoPeace{App: a, crowd: crowd}
	b.svc = a.mediationAt(func() time.Time { return b.at })
	village := a.Network.Tree().ByCode(demo.ShowVillage)
	if village == nil {
		return nil
	}
	if err := b.counts(ctx); err != nil {
		return err
	}
	if err := b.findDoors(ctx, village); err != nil || len(b.doors) < 3 {
		return err
	}
	if err := b.mediators(ctx, village); err != nil {
		return err
	}
	for i, q := range demoQuarrels {
		if err := b.play(ctx, i, q); err != nil {
			return fmt.Errorf("demo mediation %d: %w", i, err)
		}
	}
	b.at = a.Now()
	_, err := b.svc.Tick(ctx)
	return err
}

// demoPeace makes them.
type demoPeace struct {
	*App
	crowd   *demo.Crowd
	svc     *mediation.Service
	at      time.Time
	doors   []string // of different cells
	offered []mediation.Receipt
}

// counts are those of the two years before this one.
func (b *demoPeace) counts(ctx context.Context) error {
	var list []mediation.PastCount
	this := b.Now().In(workday.City).Year()
	for _, v := range b.Network.Tree().Units(network.Village) {
		for year := this - 2; year < this; year++ {
			for j, how := range mediation.Outcomes() {
				if n := b.crowd.IntN([]int{24, 6, 9, 9, 8}[j]); n > 0 {
					list = append(list, mediation.PastCount{VillageID: v.ID, Year: strconv.Itoa(year), Outcome: how, N: n})
				}
			}
		}
	}
	return b.svc.Past(ctx, list)
}

func (b *demoPeace) findDoors(ctx context.Context, village *network.Unit) error {
	const enough = 24
	for _, u := range b.Network.Tree().Subtree(village) {
		if u.Level != network.Cell {
			continue
		}
		homes, _, err := b.Network.HouseholdsOf(ctx, auth.System("demo"), u.ID, "", 1)
		if err != nil {
			return err
		}
		if len(homes) > 0 && !homes[0].Left {
			b.doors = append(b.doors, homes[0].Door)
		}
		if len(b.doors) == enough {
			return nil
		}
	}
	return nil
}

// mediators offer; the last waits to be put on the list.
func (b *demoPeace) mediators(ctx context.Context, village *network.Unit) error {
	b.at = b.Now().AddDate(0, -7, 0)
	official := b.demoPost(village.ID, auth.VillageOfficial, "")
	town := b.demoPost(village.ParentID, auth.TownOfficial, "")
	for i, o := range append(demoMediators, mediation.Offer{Name: "谢大姐", About: "刚退休，想出点力"}) {
		o.DoorCode = b.doors[len(b.doors)-1-i%2]
		r, err := b.svc.Offer(ctx, auth.Actor{}, o)
		if err != nil {
			return err
		}
		for _, by := range []auth.Actor{official, town} {
			if i == len(demoMediators) || official.PersonID == "" || town.PersonID == "" {
				continue
			}
			if _, err := b.svc.Decide(ctx, by, "", r.ID, true); err != nil {
				return err
			}
		}
		b.offered = append(b.offered, r)
	}
	return nil
}

// play brings a quarrel as far as it comes.
func (b *demoPeace) play(ctx context.Context, i int, q demoQuarrel) error {
	day := 24 * time.Hour
	b.at = b.Now().Add(-25 * day).Add(time.Duration(i) * time.Hour)
	if q.how == mediation.Kept || q.how == mediation.Broken {
		b.at = b.Now().AddDate(0, -2, 0)
	}
	if q.how == mediation.Lapsed {
		b.at = b.Now().AddDate(0, 0, -35)
	}
	next := func() { b.at = b.at.Add(2 * day) }
	one, _ := b.crowd.Somebody()
	two, _ := b.crowd.Somebody()
	a, err := b.svc.Bring(ctx, mediation.Bring{Kind: q.kind, Name: one, DoorCode: b.doors[i%2], Words: q.words})
	if err != nil || q.until == mediation.Asked || q.how == mediation.Lapsed {
		return err
	}
	next()
	r, err := b.svc.Open(ctx, a.ID, a.Key)
	if err != nil {
		return err
	}
	if q.how == mediation.Refused {
		return b.svc.Refuse(ctx, a.ID, r.Invite, "")
	}
	other, err := b.svc.Accept(ctx, a.ID, r.Invite, mediation.Answer{Name: two, DoorCode: b.doors[1-i%2]})
	if err != nil || q.until == mediation.Choosing {
		return err
	}
	next()
	return b.talk(ctx, q, a, other, next)
}

// talk goes on from the choice of a mediator.
func (b *demoPeace) talk(ctx context.Context, q demoQuarrel, one, two mediation.Receipt, next func()) error {
	m := b.offered[0]
	for _, r := range []mediation.Receipt{one, two} {
		if err := b.svc.Pick(ctx, one.ID, r.Key, "", m.ID, 0); err != nil {
			return err
		}
	}
	if q.until == mediation.Called {
		return nil
	}
	steps := []func() error{
		func() error { return b.svc.Take(ctx, one.ID, m.Key, "", true) },
		func() error {
			return b.svc.Meet(ctx, one.ID, m.Key, "", "村部二楼", b.at.Add(3*24*time.Hour).Truncate(time.Hour))
		},
		func() error {
			return b.svc.Say(ctx, one.ID, two.Key, "", "也不是故意的，坐下来说说就好。")
		},
	}
	if q.draft != "" {
		steps = append(steps, func() error {
			return b.svc.Draft(ctx, one.ID, m.Key, "", q.draft, b.at.AddDate(0, 0, 20).In(workday.City).Format(time.DateOnly), 0)
		}, func() error { return b.svc.Confirm(ctx, one.ID, one.Key, "", 1) })
	}
	if q.until != mediation.Talking && q.draft != "" {
		steps = append(steps, func() error { return b.svc.Confirm(ctx, one.ID, two.Key, "", 1) })
	}
	switch q.how {
	case mediation.Kept:
		steps = append(steps, func() error { b.at = b.at.AddDate(0, 0, 21); return b.svc.Hold(ctx, one.ID, one.Key, "", 1, true) }, func() error { return b.svc.Hold(ctx, one.ID, two.Key, "", 1, true) })
	case mediation.Broken:
		steps = append(steps, func() error { return b.svc.Hold(ctx, one.ID, two.Key, "", 1, false) }, func() error { return b.svc.Stop(ctx, one.ID, one.Key, "") })
	case mediation.Stopped:
		steps = append(steps, func() error { return b.svc.Stop(ctx, one.ID, two.Key, "") })
	}
	for _, step := range steps {
		next()
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}
