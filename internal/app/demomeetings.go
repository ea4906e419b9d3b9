package app

import (
	"context"
	"fmt"
	"math"
	"slices"
	"time"

	"bilin/internal/auth"
	"bilin/internal/demo"
	"bilin/internal/meeting"
	"bilin/internal/network"
	"bilin/internal/workday"
)

// The demo city's meetings at scale 1, and over how many days.
const (
	demoMeetings    = 3427
	demoMeetingDays = 3 * 365
)

// demoMeeting is what neighbours talk over.
type demoMeeting struct {
	subject, place string
	lines          []string
	minutes        string
	promise, done  string
}

var demoMeetingSubjects = []demoMeeting{
	{"路灯装在哪", "晒谷坪", []string{"晚上哪几段最黑", "电费怎么出"}, "大家说桥头到学校那一段最黑，先装那里。\n电费从集体收入里出。\n来不了的，意见由邻长带到了。", "桥头到学校装三盏路灯", "三盏灯都装好了，晚上七点自动亮"},
	{"水渠轮流清", "老祠堂", []string{"从哪一段开始", "谁家出工具"}, "按户轮流，每月清一次。\n有力气的出人，没力气的不勉强。\n淤得最深的一段请村里派挖机。", "请挖机清最深的一段水渠", "挖机来了一天，最深的一段清通了"},
	{"垃圾桶放哪里", "村部门口", []string{"现在的点太远", "什么时候来收"}, "现在的点离老人太远，往里挪两百米。\n收运时间改到早上七点以前。", "垃圾收集点往里挪", "收集点挪好了，旁边铺了水泥"},
	{"屋后的坡要不要护", "小卖部前坪", []string{"下雨天掉石头", "先避险还是先修"}, "下大雨时坡脚的几户先到亲戚家住。\n请懂的人来看一次，再定怎么修。", "请地灾技术员来看屋后的坡", "技术员来看过，拉了警戒线，列入了治理计划"},
	{"红白喜事简办", "老屋天井", []string{"席面多少桌合适", "鞭炮放不放"}, "多数人赞成少办几桌，不比阔。\n老人走了，邻居来帮忙，不收人情。", "把商量好的写成公约贴出来", "公约写好了，贴在村部和小卖部"},
	{"公用水井谁来管", "井台边", []string{"水有味道", "井盖坏了"}, "水有味道，先化验再说。\n井盖先用木板盖住，别让小孩靠近。", "送水样化验，换一个井盖", "水样合格，井盖换成铁的了"},
	{"晒谷坪停车", "晒谷坪", []string{"收谷子时怎么停", "外来的车"}, "收谷子的半个月不停车，平时留出两条道。\n请大家互相说一声。", "画出停车线和晒谷的地方", "线画好了，两边都说清楚了"},
	{"校车停靠点", "学校路口", []string{"现在停在弯道上", "早上谁看着过马路"}, "弯道看不见车，往前挪到直路上。\n家长自愿轮流看着过马路。", "和校车说好换停靠点", "校车改在直路上停，立了牌子"},
}

// demoGathered makes the demo's meetings.
type demoGathered struct {
	*App
	crowd *demo.Crowd
	now   time.Time
	list  []meeting.Filled
}

// demoMeetings are those of three years, by all villages alike, so that there is
// nobody to compare; what the latest resolved is open, overdue or done. In the
// login village some are to come.
func (a *App) demoMeetings(ctx context.Context, o demo.Options) error {
	g := &demoGathered{App: a, crowd: demo.NewCrowd(o.Seed, "meetings"), now: a.Now().In(workday.City)}
	var places [][]*network.Unit
	for _, v := range a.Network.Tree().Units(network.Village) {
		if a.Network.Tree().Coverage(v.ID).Households > 0 {
			places = append(places, meetingPlaces(a.Network.Tree(), v))
		}
	}
	if len(places) == 0 {
		return nil
	}
	n := max(1, int(math.Round(demoMeetings*o.Scale)))
	shown := slices.IndexFunc(places, func(units []*network.Unit) bool { return units[0].Code == demo.ShowVillage })
	if shown >= 0 && n > 2 {
		n -= g.promised(places[shown][0])
	}
	for i := range n {
		units := places[i%len(places)]
		if shown >= 0 && i > n*2/3 && i%max(n/24, 2) == 0 { // whoever logs in finds a history
			units = places[shown]
		}
		g.held(units[i/len(places)%len(units)], g.day(i, n))
	}
	slices.SortStableFunc(g.list, func(a, b meeting.Filled) int { return a.StartsAt.Compare(b.StartsAt) })
	g.ahead(places)
	if err := a.Meetings.Fill(ctx, g.list); err != nil {
		return err
	}
	return g.show(ctx)
}

// meetingPlaces are where a village meets: one group more often than the others.
func meetingPlaces(tree *network.Tree, village *network.Unit) []*network.Unit {
	list := []*network.Unit{village}
	for _, area := range tree.Children(village) {
		if groups := tree.Children(area); len(groups) > 0 {
			list = append(list, groups[0], area, groups[0])
		}
		if len(list) > 4 {
			break
		}
	}
	return list
}

// day is the evening of the i-th of n over the years, the latest ones last week.
func (g *demoGathered) day(i, n int) time.Time {
	back := 3 + (n-1-i)*demoMeetingDays/n + g.crowd.IntN(4)
	day := g.now.AddDate(0, 0, -back)
	return time.Date(day.Year(), day.Month(), day.Day(), 18+g.crowd.IntN(3), 30*g.crowd.IntN(2), 0, 0, workday.City)
}

func (g *demoGathered) meeting(unit *network.Unit, at time.Time, x demoMeeting) meeting.Filled {
	f := meeting.Filled{Meeting: meeting.Meeting{UnitID: unit.ID, VillageID: g.Network.Tree().At(unit, network.Village).ID, Subject: x.subject, Place: x.place, StartsAt: at, State: meeting.Called}}
	for _, l := range x.lines {
		f.Items = append(f.Items, meeting.Item{Words: l})
	}
	return f
}

// held is a meeting that was, with what it resolved.
func (g *demoGathered) held(unit *network.Unit, at time.Time) {
	x := demoMeetingSubjects[g.crowd.IntN(len(demoMeetingSubjects))]
	f := g.meeting(unit, at, x)
	f.State, f.Came, f.Minutes = meeting.Held, 8+g.crowd.IntN(40), x.minutes
	owners := g.Meetings.Owners(&f.Meeting)
	if len(owners) > 0 && g.crowd.IntN(4) > 0 {
		o := owners[g.crowd.IntN(len(owners))]
		due := at.AddDate(0, 0, 10+g.crowd.IntN(35))
		r := meeting.Resolution{Words: x.promise, OwnerUnit: o.UnitID, OwnerRole: o.Role, DueDay: due.Format(time.DateOnly)}
		overdue := g.now.Sub(due) < 40*24*time.Hour && g.crowd.IntN(6) == 0
		if kept := due.AddDate(0, 0, -g.crowd.IntN(8)); kept.Before(g.now) && !overdue {
			r.DoneAt, r.Outcome = kept, x.done
		}
		f.Resolved = append(f.Resolved, r)
	}
	g.list = append(g.list, f)
}

// promised are two meetings of a village whose promises are with it: one is
// overdue, one under way. It returns how many.
func (g *demoGathered) promised(village *network.Unit) int {
	for i, days := range []int{-4, 12} {
		x := demoMeetingSubjects[i]
		f := g.meeting(village, g.day(0, 1).AddDate(0, 0, -24+20*i), x)
		f.State, f.Came, f.Minutes = meeting.Held, 31-4*i, x.minutes
		f.Resolved = []meeting.Resolution{{Words: x.promise, OwnerUnit: village.ID, OwnerRole: auth.VillageOfficial, DueDay: g.now.AddDate(0, 0, days).Format(time.DateOnly)}}
		g.list = append(g.list, f)
	}
	return 2
}

// ahead are the meetings to come in every sixth village.
func (g *demoGathered) ahead(places [][]*network.Unit) {
	for i, units := range places {
		if i%6 == 1 {
			day := g.now.AddDate(0, 0, 1+g.crowd.IntN(12))
			at := time.Date(day.Year(), day.Month(), day.Day(), 19, 30, 0, 0, workday.City)
			g.list = append(g.list, g.meeting(units[len(units)-1], at, demoMeetingSubjects[g.crowd.IntN(len(demoMeetingSubjects))]))
		}
	}
	slices.SortStableFunc(g.list, func(a, b meeting.Filled) int { return a.StartsAt.Compare(b.StartsAt) })
}

// show calls two meetings in the login village: one of the village, to which
// everybody is invited, and one of its first group, out of open demands.
func (g *demoGathered) show(ctx context.Context) error {
	tree := g.Network.Tree()
	village := tree.ByCode(demo.ShowVillage)
	if village == nil {
		return nil
	}
	official := g.demoPost(village.ID, auth.VillageOfficial, "")
	if official.Anonymous() || tree.Coverage(village.ID).Households == 0 {
		return nil
	}
	at := func(days int) time.Time {
		day := g.now.AddDate(0, 0, days)
		return time.Date(day.Year(), day.Month(), day.Day(), 19, 30, 0, 0, workday.City)
	}
	call := meeting.Call{Key: "demo", UnitCode: village.Code, Subject: "明年先修哪条路", Place: "村部一楼", StartsAt: at(3), Lines: []string{"各组报上来的路段", "钱从哪里来", "谁来监督"}}
	num, err := g.Meetings.Call(ctx, official, call)
	if err != nil {
		return fmt.Errorf("demo meeting: %w", err)
	}
	m, err := g.Meetings.Get(ctx, official, num)
	if err != nil {
		return err
	}
	title, words := g.Meetings.Invitation(&m.Meeting)
	if err := g.Meetings.Invite(ctx, official, meeting.Invite{Key: "demo", Number: num, Title: title, Words: words, Households: tree.Coverage(village.ID).Households, Version: m.Version}); err != nil {
		return fmt.Errorf("demo invitation: %w", err)
	}
	places := meetingPlaces(tree, village)
	unit := places[len(places)-1]
	open, err := g.Meetings.Choices(ctx, official, unit)
	if err != nil {
		return err
	}
	call = meeting.Call{Key: "demo2", UnitCode: unit.Code, Subject: "邻里几件小事", Place: "老祠堂", StartsAt: at(5), Lines: []string{"水渠轮流清"}}
	for i := range min(3, len(open)) {
		call.Demands = append(call.Demands, open[i].Number)
	}
	_, err = g.Meetings.Call(ctx, official, call)
	return err
}
