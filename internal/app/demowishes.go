package app

import (
	"context"
	"database/sql"
	"slices"
	"time"

	"bilin/internal/auth"
	"bilin/internal/demo"
	"bilin/internal/network"
	"bilin/internal/sqldb"
	"bilin/internal/volunteer"
	"bilin/internal/volunteer/wish"
	"bilin/internal/workday"
)

// demoWishing is below which ending of its id a household has a wish: two in a thousand.
const demoWishing = "008"

// demoSentences are what households say, by kind.
var demoSentences = map[string][]string{
	"bulb": {"厨房的灯不亮了，要带梯子。", "楼梯间的灯坏了。"}, "tap": {"水龙头关不紧，一直滴水。"}, "socket": {"客厅的开关按不动了。"},
	"mend": {"纱窗掉下来了。", "门轴松了，关不上。"}, "letter": {"有一封信字太小，想请人念一念。", "有张表不会填。"}, "clinic": {"想请人陪着去一趟卫生院。"},
	"phone": {"想学视频通话。", "手机字调大一点。"}, "parcel": {"快递在镇上，取不回来。"}, "snow": {"门口台阶结冰了。"}, "carry": {"米要搬上三楼。", "衣柜想挪个位置。"},
	"hair": {"想剪个头发。"}, "chat": {"想找人下盘棋。", "想有人坐坐说说话。"}, "tutor": {"数学应用题，每周一次就好。"}, "story": {"想有人一起读读绘本。"},
}

var demoThanks = []string{"", "", "灯一亮，心里也亮堂了。", "信念得真清楚，谢谢。", "帮得又快又好。", "下次来喝茶。"}

// demoWishes lets about two in five of those who reported in offer hours, and
// households of the whole city wish for small things, in all states.
func (a *App) demoWishes(ctx context.Context, o demo.Options) error {
	people, err := a.Volunteers.Everybody(ctx, auth.System("demo"))
	if err != nil {
		return err
	}
	b := &wishBuilder{Crowd: demo.NewCrowd(o.Seed, "wishes"), tree: a.Network.Tree(), now: a.Now(), of: map[string][]*volunteer.Volunteer{}}
	offers := b.offers(people)
	mine, err := a.loginsCell(ctx)
	if err != nil {
		return err
	}
	scan := func(r *sql.Rows, h *demoHome) error { return r.Scan(&h.id, &h.cell) }
	homes, err := sqldb.Collect(ctx, a.DB.Reader(), scan, `SELECT id, unit_id FROM household WHERE state = 'active' AND substr(id, 34) < $1 AND unit_id <> $2 ORDER BY id`, demoWishing, mine)
	if err != nil {
		return err
	}
	own, err := sqldb.Collect(ctx, a.DB.Reader(), scan, `SELECT id, unit_id FROM household WHERE state = 'active' AND unit_id = $1 ORDER BY id DESC LIMIT 4`, mine)
	if err != nil {
		return err
	}
	var past []wish.Past
	for _, h := range homes {
		past = append(past, b.wish(h, b.IntN(100)))
	}
	for i, h := range own { // the login's lead has one that waits, one that asks for an answer, one that nobody took, one that is done
		past = append(past, b.wish(h, []int{0, 45, 95, 70}[i%4]))
	}
	return a.Wishes.Fill(ctx, auth.System("demo"), offers, past)
}

// wishBuilder draws hours and wishes.
type wishBuilder struct {
	*demo.Crowd
	tree *network.Tree
	now  time.Time
	of   map[string][]*volunteer.Volunteer // who offers hours, by village and by town
}

func (b *wishBuilder) day(n int) string {
	return b.now.In(workday.City).AddDate(0, 0, n).Format(time.DateOnly)
}

func (b *wishBuilder) offers(people []*volunteer.Volunteer) (out []*wish.Hours) {
	for _, v := range people {
		if b.IntN(5) >= 2 && b.tree.ByID(v.VillageID).Code != demo.ShowVillage {
			continue
		}
		h := &wish.Hours{VolunteerID: v.ID, VillageID: v.VillageID, UnitID: v.UnitID, Reach: wish.Reaches()[1+b.IntN(3)], Until: b.day(20 + b.IntN(150))}
		if u := b.tree.ByID(v.UnitID); u == nil || u.Level != network.Cell {
			h.Reach = wish.InVillage
		}
		for range 1 + b.IntN(2) {
			from := (8 + b.IntN(10)) * 60
			h.Slots = append(h.Slots, wish.Slot{Weekday: time.Weekday(b.IntN(7)), From: from, To: from + 60 + 60*b.IntN(3)})
		}
		out = append(out, h)
		b.of[v.VillageID] = append(b.of[v.VillageID], v)
		if town := b.tree.At(b.tree.ByID(v.VillageID), network.Town); town != nil {
			b.of[town.ID] = append(b.of[town.ID], v)
		}
	}
	return out
}

// wish draws a household's wish; at says of a hundred in which state it is.
func (b *wishBuilder) wish(h demoHome, at int) wish.Past {
	kinds := wish.Default()
	k := kinds[b.IntN(len(kinds))]
	if at == 0 { // one that fits whoever has time
		k = kinds[slices.IndexFunc(kinds, func(k wish.Kind) bool { return k.Code == "letter" })]
	}
	p := wish.Past{HouseholdID: h.id, CellID: h.cell, Kind: k.Code, Words: demoSentences[k.Code][b.IntN(len(demoSentences[k.Code]))], Part: wish.Parts()[b.IntN(4)],
		State: wish.Open, PostedAt: b.now.Add(-time.Duration(1+b.IntN(10*24)) * time.Hour)}
	if at == 0 {
		p.Part = wish.AnyTime
	}
	var helpers []*volunteer.Volunteer
	for _, level := range []network.Level{network.Village, network.Town} {
		if u := b.tree.At(b.tree.ByID(h.cell), level); u != nil && len(helpers) == 0 {
			helpers = b.of[u.ID]
		}
	}
	switch {
	case at < 34 || len(helpers) == 0 && at < 92:
		return p
	case at < 92:
		p.HelperID = helpers[b.IntN(len(helpers))].ID
	}
	switch {
	case at < 40:
		p.State = wish.Asked
	case at < 60:
		p.State = wish.Taken
		p.Meet = wish.Meet{Day: b.day(1 + b.IntN(6)), At: (9 + b.IntN(8)) * 60, By: wish.Help, Agreed: at != 45 && b.IntN(3) > 0}
	case at < 92:
		p.State, p.PostedAt, p.Said = wish.Done, b.now.AddDate(0, 0, -5-b.IntN(70)), demoThanks[b.IntN(len(demoThanks))]
		p.Thanks = wish.Phrases()[b.IntN(4)]
	case at < 96:
		p.State, p.PostedAt = wish.Lapsed, b.now.AddDate(0, 0, -wish.TermDays-2-b.IntN(20))
	default:
		p.State, p.PostedAt = wish.Withdrawn, b.now.AddDate(0, 0, -4-b.IntN(60))
	}
	return p
}
