package app

import (
	"context"
	"fmt"
	"math"
	"strings"
	"time"

	"bilin/internal/auth"
	"bilin/internal/demo"
	"bilin/internal/network"
	"bilin/internal/outreach"
	"bilin/internal/workday"
)

// demoNotice is a notice of the demo's year.
type demoNotice struct {
	kind         outreach.Kind
	title, words string
}

var demoTownNotices = []demoNotice{
	{outreach.Supply, "明天上午停水检修", "自来水管要检修。\n明天上午八点到十二点停水。\n请提前接好水。\n急用水的，找邻长。"},
	{outreach.Supply, "后天停电半天", "供电所换变压器。\n后天早上七点到下午一点停电。\n家里有人用呼吸机、制氧机的，马上告诉邻长。"},
	{outreach.Benefit, "高龄津贴怎么领", "满八十岁的老人可以领高龄津贴。\n带身份证到村里登记，邻长也可以代办。\n不收一分钱。"},
	{outreach.Benefit, "医保缴费还有一个月", "明年的居民医保现在可以交。\n手机不会交的，带身份证到村里交。\n不要把钱交给陌生人。"},
	{outreach.News, "流动卫生车本周来村里", "卫生院的车星期四上午来。\n量血压、查血糖不要钱。\n行动不便的，请邻长说一声，医生上门。"},
	{outreach.News, "接种流感疫苗", "六十岁以上的老人可以免费接种。\n星期三上午到村卫生室。\n请带身份证。"},
}

var demoVillageNotices = []demoNotice{
	{outreach.News, "周六一起清理水渠", "星期六早上七点在村口集合。\n自愿参加，带锄头和雨靴。\n中午村里管饭。"},
	{outreach.News, "屋场会：商量路灯装在哪", "星期五晚上七点在晒谷坪开会。\n商量路灯先装哪一段。\n来不了的，把想法告诉邻长。"},
	{outreach.Supply, "村道修补，车辆绕行", "村部到学校的路修三天。\n车子请从桥头绕行。\n老人小孩走路当心。"},
}

// demoNotices makes a year of them: the city's warnings, towns' and villages' own
// news. How far the old ones came are figures; in the login village the latest was
// opened at doors and told by its leads.
func (a *App) demoNotices(ctx context.Context, o demo.Options) error {
	d := &demoLoud{App: a, crowd: demo.NewCrowd(o.Seed, "notices")}
	d.svc = a.noticesAt(func() time.Time { return d.at })
	tree := a.Network.Tree()
	root := tree.Root()
	for i := range 24 {
		tpl := outreach.Templates()[i%len(outreach.Templates())]
		d.at = d.day(i, 24, 9)
		words := strings.NewReplacer("【时间】", "今晚到明天", "【地点】", "集镇上", "【温度】", "39").Replace(outreach.Messages["outreach.template."+tpl.Name+".words"][0])
		if err := d.send(ctx, root, auth.CityOffice, demoNotice{tpl.Kind, outreach.Messages["outreach.template."+tpl.Name+".title"][0], words}, true); err != nil {
			return err
		}
	}
	for t, town := range tree.Children(root) {
		n := 3
		if town.Code == demo.ShowTown {
			n = len(demoTownNotices)
		}
		for i := range n {
			d.at = d.day(i, n, 8+t%9)
			if err := d.send(ctx, town, auth.TownOfficial, demoTownNotices[(i+t)%len(demoTownNotices)], true); err != nil {
				return err
			}
		}
	}
	village := tree.ByCode(demo.ShowVillage)
	if village == nil {
		return nil
	}
	for i, n := range demoVillageNotices {
		d.at = d.day(i+4, len(demoVillageNotices)+4, 16)
		if err := d.send(ctx, village, auth.VillageOfficial, n, true); err != nil {
			return err
		}
	}
	return d.latest(ctx, village)
}

// demoLoud sends the notices of a demo.
type demoLoud struct {
	*App
	svc   *outreach.Service
	crowd *demo.Crowd
	at    time.Time // the clock of svc
	last  string    // number of what was sent last
}

// day is when the i-th of n of a year went out.
func (d *demoLoud) day(i, n, hour int) time.Time {
	day := d.Now().In(workday.City).AddDate(0, 0, -2-d.crowd.IntN(12)-351*(n-1-i)/max(n, 1))
	return time.Date(day.Year(), day.Month(), day.Day(), hour, 5*d.crowd.IntN(12), 0, 0, workday.City)
}

func (d *demoLoud) send(ctx context.Context, unit *network.Unit, role auth.Role, x demoNotice, filled bool) error {
	by := d.demoPost(unit.ID, role, "")
	if by.Anonymous() || d.Network.Tree().Coverage(unit.ID).Households == 0 {
		return nil // nobody is there to send it, or to hear it
	}
	num, err := d.svc.Compose(ctx, by, outreach.Compose{Kind: x.kind, Title: x.title, Words: x.words, Units: []string{unit.Code}})
	if err != nil {
		return fmt.Errorf("demo notice %q: %w", x.title, err)
	}
	_, e, err := d.svc.Estimate(ctx, by, num)
	if err != nil {
		return err
	}
	if err := d.svc.Send(ctx, by, outreach.Send{Number: num, Households: e.Households, Version: 1}); err != nil {
		return fmt.Errorf("demo notice %q: %w", x.title, err)
	}
	d.last = num
	if !filled {
		return nil
	}
	return d.svc.Fill(ctx, num, d.share, spread)
}

// share is how far a notice came in a village.
func (d *demoLoud) share(_ string, households int) outreach.Filled {
	of := func(low, high int) int { return households * (low + d.crowd.IntN(high-low)) / 100 }
	f := outreach.Filled{Opened: of(12, 34), Told: of(35, 70), Met: of(0, 16)}
	f.Reached = min(households, max(f.Told, f.Opened+f.Told*3/4+f.Met/2))
	if d.crowd.IntN(20) == 0 {
		f.Odd = f.Told / 3
	}
	return f
}

// spread is which part came in an hour: openings soon, telling over two days.
func spread(hour int, way outreach.Way) float64 {
	if way == outreach.Opened {
		return math.Exp(-float64(hour)/7) * (1 - math.Exp(-1.0/7))
	}
	asleep := map[bool]float64{true: 0.1, false: 1}[hour%24 >= 13 && hour%24 <= 21]
	return asleep * math.Exp(-float64(hour)/20) / 14
}

// latest is a village's notice of three hours ago, as it is being told.
func (d *demoLoud) latest(ctx context.Context, village *network.Unit) error {
	d.at = d.Now().Add(-3 * time.Hour)
	tpl := outreach.Messages["outreach.template.refund.words"][0]
	if err := d.send(ctx, village, auth.VillageOfficial, demoNotice{outreach.Fraud, outreach.Messages["outreach.template.refund.title"][0], tpl}, false); err != nil || d.last == "" {
		return err
	}
	n, err := d.svc.Get(ctx, auth.Actor{}, d.last)
	if err != nil || n.SenderID != village.ID {
		return err
	}
	for i, cell := range d.Network.Tree().Subtree(village) {
		lead := d.demoPost(cell.ID, auth.Lead, "")
		if cell.Level != network.Cell || lead.Anonymous() || i%3 == 0 {
			continue
		}
		homes, _, err := d.Network.HouseholdsOf(ctx, auth.System("demo"), cell.ID, "", 30)
		if err != nil {
			return err
		}
		d.at = d.Now().Add(-time.Duration(10+d.crowd.IntN(160)) * time.Minute)
		for j, h := range homes {
			if j%4 == 1 {
				if err := d.svc.Open(ctx, n, h.Door); err != nil {
					return err
				}
			}
			if j < len(homes)*(i%4)/3 {
				if err := d.svc.Tell(ctx, lead, outreach.Tell{Number: n.Number, CellID: cell.ID, Households: []string{h.ID}, Way: outreach.Told}); err != nil {
					return err
				}
			}
		}
	}
	official := d.demoPost(village.ID, auth.VillageOfficial, "")
	d.at = d.Now()
	return d.svc.Meet(ctx, official, outreach.Meet{Number: n.Number, UnitCode: village.Code, Day: d.at.In(workday.City).Format(time.DateOnly), Households: 24})
}
