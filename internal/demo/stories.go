package demo

import (
	"context"
	"fmt"
	"math/rand/v2"
	"time"

	"bilin/internal/auth"
	"bilin/internal/demand"
	"bilin/internal/network"
)

// How far a story has come.
type chapter int

const (
	raised chapter = iota
	accepted
	answered
	resolved
	confirmed
	reopened
)

// story is a demand of the demo city and how it went.
type story struct {
	kind               demand.Kind
	text, answer, done string
	again              string // why the resident re-opened it
	until              chapter
	hoursAgo           int
}

// showStories happen in the cell of the login `lead`, one for each chapter.
var showStories = []story{
	{demand.Help, "楼道二楼的灯坏了好几天，晚上老人上下楼看不见，摔了就麻烦了。", "", "", "", raised, 3},
	{demand.Question, "今年的城乡居民医保什么时候截止？能在手机上帮我妈交吗？", "截止到12月31日。明天下午我带着流程图上门，一起在手机上弄。", "", "", answered, 20},
	{demand.Report, "单元门口的下水井盖一踩就翘，小孩天天从那里过。", "已经用警示桩围起来了，物业说后天来换。", "", "", accepted, 30},
	{demand.Help, "爷爷腿脚不方便，降压药快吃完了，想请人顺路帮忙取一下药。", "", "药已取回送到家，收据放在药袋里，一共三盒。", "", resolved, 50},
	{demand.Suggestion, "楼下空地能不能装两条长凳，老人晒太阳有个地方坐。", "", "和物业、几户邻居商量好了，长凳上周五装在桂花树下。", "", confirmed, 24 * 9},
	{demand.Report, "隔壁单元有人在楼道给电动车充电，怕起火。", "", "跟车主谈了，车已推到楼下充电棚。", "昨晚又在楼道充了，线从三楼拉下来的。", reopened, 72},
}

// otherStories happen here and there in the city.
var otherStories = []story{
	{demand.Report, "村口路灯从上周起就不亮了，晚上接孩子不安全。", "已报给村里电工。", "灯泡和时控器都换了，昨晚已经亮了。", "只亮了一个晚上又灭了。", confirmed, 0},
	{demand.Help, "家里自来水时有时无，做饭都不够用。", "先把我家井水的管子接给你们用。", "主管的闸阀换了，水压正常。", "今天早上又没水了。", confirmed, 0},
	{demand.Question, "老房子屋顶漏雨，想知道危房改造还能不能申请，要带什么材料？", "要户口本、身份证和房屋照片，我周三陪您去镇上。", "材料已经交到镇上，编号写在回执上。", "", confirmed, 0},
	{demand.Report, "沟里堆了很多秸秆和垃圾，下雨水就漫到路上。", "约了几户人家周六一起清。", "周六八户人家一起清完了，沟通了。", "", confirmed, 0},
	{demand.Suggestion, "晒谷坪边上装个护栏吧，坡太陡了。", "已在组里商量。", "护栏装好了，大家出的工。", "", confirmed, 0},
	{demand.Help, "孙女放学没人接，想问附近有没有四点半课堂。", "学校门口的服务站有，周一到周五到六点半。", "已经帮着报上名了。", "", confirmed, 0},
	{demand.Question, "养老金认证一直提示失败，人脸怎么都过不了。", "别急，换个亮的地方再试，不行我上门用村里的设备。", "在村部认证成功了。", "", confirmed, 0},
	{demand.Complaint, "说好上门看一下的，等了两个星期都没人来。", "是我们没安排好，今天下午就来。", "已上门，事情也一起办了。", "", confirmed, 0},
}

// tellStories raises and handles the demo's demands at the hours at which they happened.
func (s Services) tellStories(ctx context.Context, seed uint64) error {
	clock := s.Now()
	t := teller{Services: s, clock: &clock, start: clock}
	t.demands = s.Demand(func() time.Time { return *t.clock })
	tree := s.Network.Tree()
	home := firstCell(tree, tree.ByCode(showVillage))
	for i, st := range showStories {
		if err := t.tell(ctx, home, st); err != nil {
			return fmt.Errorf("demo: story %d: %w", i, err)
		}
	}
	r := randFor(seed, "stories")
	cells := tree.Units(network.Cell)
	for i := range min(160, len(cells)/4) {
		st := otherStories[r.IntN(len(otherStories))]
		st.hoursAgo = 2 + r.IntN(24*40)
		st.until = anyChapter(r, st)
		if err := t.tell(ctx, cells[r.IntN(len(cells))], st); err != nil {
			return fmt.Errorf("demo: story %d elsewhere: %w", i, err)
		}
	}
	return nil
}

// anyChapter draws how far a story came: most are over, some are not.
func anyChapter(r *rand.Rand, st story) chapter {
	switch n := r.IntN(20); {
	case n < 2:
		return raised
	case n < 4:
		return accepted
	case n < 6:
		return answered
	case n < 8:
		return resolved
	case n < 9 && st.again != "":
		return reopened
	}
	return confirmed
}

func firstCell(t *network.Tree, u *network.Unit) *network.Unit {
	for u.Level < network.Cell {
		u = t.Children(u)[0]
	}
	return u
}

// teller plays stories with the clock set back to when they happened.
type teller struct {
	Services
	demands *demand.Service
	clock   *time.Time
	start   time.Time
}

func (t *teller) tell(ctx context.Context, cell *network.Unit, st story) error {
	*t.clock = t.start.Add(-time.Duration(st.hoursAgo) * time.Hour)
	step := time.Duration(max(1, st.hoursAgo/5)) * time.Hour / 2
	r, err := t.demands.Raise(ctx, auth.Actor{}, demand.Raise{Kind: st.kind, Text: st.text, UnitCode: cell.Code})
	if err != nil {
		return err
	}
	handler, err := t.handler(ctx, r.Number)
	if err != nil || handler.Anonymous() {
		return err // a hole in the net: it waits until somebody is appointed
	}
	for _, act := range t.acts(handler, r, st) {
		*t.clock = t.clock.Add(step)
		if err := act(ctx); err != nil {
			return err
		}
	}
	return nil
}

type act func(context.Context) error

// acts lists what happens in the story after it was raised.
func (t *teller) acts(by auth.Actor, r demand.Receipt, st story) []act {
	say := func(note string, do func(context.Context, auth.Actor, string, demand.Command) (demand.Outcome, error)) act {
		return func(ctx context.Context) error {
			_, err := do(ctx, by, r.Number, demand.Command{Note: note})
			return err
		}
	}
	var out []act
	if st.until >= accepted {
		out = append(out, say("", t.demands.Accept))
	}
	if st.until >= answered && st.answer != "" {
		out = append(out, say(st.answer, t.demands.Answer))
	}
	if st.until >= resolved {
		out = append(out, say(st.done, t.demands.Resolve))
	}
	switch st.until {
	case confirmed:
		out = append(out, func(ctx context.Context) error {
			_, err := t.demands.Confirm(ctx, r.Number, r.Track, demand.Rating{}, demand.Command{})
			return err
		})
	case reopened:
		out = append(out, func(ctx context.Context) error {
			_, err := t.demands.Reopen(ctx, r.Number, r.Track, demand.Command{Note: st.again})
			return err
		})
	}
	return out
}

// handler returns who has the demand, with the rights of their posts; anonymous
// if nobody serves there.
func (t *teller) handler(ctx context.Context, number string) (auth.Actor, error) {
	file, err := t.demands.Get(ctx, auth.System("demo"), number)
	if err != nil {
		return auth.Actor{}, err
	}
	tree := t.Network.Tree()
	for _, p := range tree.Posts(file.Demand.OwnerID) {
		if h := p.Serving(); h != nil && p.Role != auth.LinkedOfficial {
			return auth.Actor{AccountID: "demo:" + h.PersonID, PersonID: h.PersonID, Name: h.Name, Grants: tree.Grants(h.PersonID)}, nil
		}
	}
	return auth.Actor{}, nil
}
