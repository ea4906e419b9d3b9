package app

import (
	"context"
	"time"

	"bilin/internal/auth"
	"bilin/internal/demo"
	"bilin/internal/network"
	"bilin/internal/practice"
	"bilin/internal/workday"
)

// The demo city's practices: how many at full scale, and how few at any.
const (
	demoPracticesAll  = 280
	demoPracticesFew  = 36
	demoPracticeYears = 2
)

// demoPractices fills two years of them, with who took them up and what came of
// it, and leaves two in the workshop: one waits for the login town's editor, one
// for the login lead.
func (a *App) demoPractices(ctx context.Context, o demo.Options) error {
	b := &demoShelf{App: a, crowd: demo.NewCrowd(o.Seed, "practices"), villages: a.Network.Tree().Units(network.Village)}
	if len(b.villages) == 0 {
		return nil
	}
	n := max(demoPracticesFew, int(demoPracticesAll*o.Scale))
	var list []practice.Filled
	for i := range n {
		if f := b.one(i); f.AuthorID != "" {
			list = append(list, f)
		}
	}
	if err := a.Practices.Fill(ctx, list); err != nil {
		return err
	}
	return b.workshop(ctx)
}

// demoShelf makes practices of a demo city.
type demoShelf struct {
	*App
	crowd    *demo.Crowd
	villages []*network.Unit
}

func (b *demoShelf) day(ago time.Duration) string {
	return b.Now().Add(-ago).In(workday.City).Format(time.DateOnly)
}

// one is the i-th practice; without an author if nobody of its village is there.
func (b *demoShelf) one(i int) practice.Filled {
	const day = 24 * time.Hour
	from := b.villages[b.crowd.IntN(len(b.villages))]
	x := demoPracticeWords[i%len(demoPracticeWords)]
	age := day * time.Duration(20+b.crowd.IntN(365*demoPracticeYears-20))
	f := practice.Filled{ID: b.crowd.ID(), UnitID: from.ID, AuthorID: b.demoPost(from.ID, auth.VillageOfficial, "").PersonID, Topic: x.topic, Text: x.words, At: b.Now().Add(-age).Truncate(time.Second)}
	f.Title = demoPracticePlaces[(i+i/len(demoPracticeWords))%len(demoPracticePlaces)] + "：" + f.Title
	taken := map[string]bool{from.ID: true}
	if show := b.Network.Tree().ByCode(demo.ShowVillage); i%20 == 3 && show != nil && show.ID != from.ID {
		taken[show.ID] = true
		f.Takes = append(f.Takes, b.take(show.ID, age))
	}
	for range b.takers() {
		v := b.villages[b.crowd.IntN(len(b.villages))]
		if taken[v.ID] {
			continue
		}
		taken[v.ID] = true
		f.Takes = append(f.Takes, b.take(v.ID, age))
	}
	return f
}

// takers is how many villages look at taking it up: mostly a few, sometimes many.
func (b *demoShelf) takers() int {
	if b.crowd.IntN(6) == 0 {
		return 8 + b.crowd.IntN(24)
	}
	return b.crowd.IntN(6)
}

// take is a village that took it up since, and what came of it.
func (b *demoShelf) take(village string, age time.Duration) practice.Take {
	since := time.Duration(b.crowd.Int64N(int64(age))) //nolint:gosec // age is days
	t := practice.Take{VillageID: village, Since: b.day(since)}
	if since < 45*24*time.Hour {
		return t
	}
	switch n := b.crowd.IntN(20); {
	case n < 11:
		t.Came = practice.Worked
	case n < 16:
		t.Came = practice.Partly
	case n < 18:
		t.Came = practice.Not
	default:
		return t
	}
	words := demoCameWords[t.Came]
	t.Words, t.CameOn = words[b.crowd.IntN(len(words))], b.day(since/2)
	if t.Came == practice.Not {
		t.EndedOn = b.day(since / 3)
	}
	return t
}

// workshop leaves two practices half way.
func (b *demoShelf) workshop(ctx context.Context) error {
	tree := b.Network.Tree()
	village, town := tree.ByCode(demo.ShowVillage), tree.ByCode(demo.ShowTown)
	cell, err := b.loginsCell(ctx)
	if err != nil || village == nil || town == nil {
		return err
	}
	lead, editor, official := b.demoPost(cell, auth.Lead, ""), b.demoPost(town.ID, auth.TownOfficial, ""), b.demoPost(village.ID, auth.VillageOfficial, "")
	if lead.Anonymous() || editor.Anonymous() || official.Anonymous() {
		return nil
	}
	svc := b.Practices
	own := practice.Text{Title: "晾衣绳借给全楼", Trouble: "一楼的被子没有地方晒。", Did: "两棵树当中拉一根绳。\n各家排好日子。", Cost: "绳子三十元。", Result: "晴天家家有地方晒。"}
	id, err := svc.Write(ctx, lead, practice.Write{Topic: "neighbours", Text: own, Offer: true})
	if err != nil {
		return err
	}
	better := own
	better.Did, better.Mind = "先和物业说好。\n两棵树当中拉一根绳，离地一人高。\n各家排好日子，写在门口。", "不要拉在消防通道上。"
	if _, err := svc.Write(ctx, editor, practice.Write{ID: id, Topic: "neighbours", Text: better, Edition: 1}); err != nil {
		return err
	}
	if err := svc.Say(ctx, editor, "", id, "加了一句消防通道的事，您看行不行？"); err != nil {
		return err
	}
	if _, err := svc.Agree(ctx, editor, "", id, 2); err != nil {
		return err
	}
	next := practice.Text{Title: "门牌换成大字", Trouble: "快递和救护车找不到门。", Did: "一户一块反光大字门牌。\n路口加一张楼栋图。", Cost: "一块十五元。", Result: "夜里也看得清。", Mind: "图上不写姓名。"}
	_, err = svc.Write(ctx, official, practice.Write{Topic: "errands", Text: next, Offer: true})
	return err
}
