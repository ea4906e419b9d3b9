package app

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"time"

	"gonum.org/v1/gonum/stat/distuv"

	"bilin/internal/auth"
	"bilin/internal/demo"
	"bilin/internal/network"
	"bilin/internal/outcome"
)

// Three villages of the demo city are truly not like the others, each in one
// indicator; docs/guides/official.md names them, so that anybody can see whether
// the lights find them. All other differences are small, or chance.
const (
	DemoFires  = demoVillage    // 玉潭街道花明社区: six times the fires
	DemoFraud  = "430182002004" // 白马桥街道龙江社区: four times the fraud
	DemoRivers = "430182218213" // 沩山乡沩水源村: river inspections fail a ninth as often
)

const (
	demoQuarters  = outcome.TrendQuarters + demoPublished
	demoPublished = 3
	demoDelivery  = 9 // days after its end a quarter's figures come
)

// demoFigure is how an indicator comes about in an ordinary village.
type demoFigure struct {
	code  string
	of    func(village demoPlace) float64 // what it is counted over, in a quarter
	mean  float64                         // events per that, or the share
	sd    float64                         // by which villages truly differ, of the logarithm
	towns float64                         // and by which towns do
	turn  [4]float64                      // by the quarter of the year
	year  float64                         // change from year to year
	share bool
	odd   map[string]float64 // what is truly another, by code
}

// demoPlace is a village at its true size.
type demoPlace struct {
	unit                  *network.Unit
	residents, households float64
}

var demoFlat = [4]float64{1, 1, 1, 1}

func demoFigures() []demoFigure {
	people := func(v demoPlace) float64 { return v.residents }
	homes := func(v demoPlace) float64 { return v.households }
	times := func(n float64) func(demoPlace) float64 { return func(demoPlace) float64 { return n } }
	part := func(share float64) func(demoPlace) float64 {
		return func(v demoPlace) float64 { return share * v.residents }
	}
	visits := func(v demoPlace) float64 {
		if v.unit.Code == DemoRivers {
			return 36
		}
		return 20
	}
	return []demoFigure{
		{code: "accidents", of: people, mean: 0.000_03, sd: .1, turn: [4]float64{.8, 1.1, 1.1, 1}, year: .93},
		{code: "accident-deaths", of: people, mean: 0.000_003, sd: .05, turn: demoFlat, year: .93},
		{code: "road-deaths", of: people, mean: 0.000_02, sd: .1, turn: [4]float64{1.1, .9, .9, 1.1}, year: .95},
		{code: "fraud", of: people, mean: 0.000_42, sd: .12, towns: .08, turn: [4]float64{.9, 1, 1, 1.1}, year: .96, odd: map[string]float64{DemoFraud: 4}},
		{code: "safe-feeling", of: times(36), mean: .92, sd: .1, turn: demoFlat, year: 1, share: true},
		{code: "alone-emergency", of: part(.03), mean: .02, sd: .12, towns: .09, turn: [4]float64{1.25, .9, .85, 1}, year: 1},
		{code: "drop-out", of: part(.12), mean: .0022, sd: .1, turn: demoFlat, year: .9, share: true},
		{code: "fires", of: homes, mean: 0.000_42, sd: .12, turn: [4]float64{1.3, .8, .7, 1.2}, year: .97, odd: map[string]float64{DemoFires: 6}},
		{code: "rivers", of: visits, mean: .22, sd: .06, towns: .05, turn: [4]float64{.9, 1, 1.15, .95}, year: .95, share: true, odd: map[string]float64{DemoRivers: .11}},
		{code: "waste", of: times(24), mean: .17, sd: .08, towns: .14, turn: [4]float64{1, 1, 1.1, .9}, year: .94, share: true},
		{code: "power-restored", of: times(5), mean: .91, sd: .12, turn: [4]float64{.98, 1, 1, 1}, year: 1, share: true},
		{code: "road-restored", of: times(4), mean: .88, sd: .12, turn: [4]float64{.97, 1, 1, 1}, year: 1, share: true},
		{code: "complaints", of: people, mean: .0075, sd: .3, towns: .2, turn: [4]float64{1, 1, 1.1, .9}, year: 1.03},
		{code: "hotline-calls", of: people, mean: .013, sd: .3, towns: .2, turn: [4]float64{1, 1, 1.1, .9}, year: 1.05},
		{code: "petitions", of: people, mean: .0005, sd: .3, turn: demoFlat, year: .95},
	}
}

// demoOutcomes are three years of departments' figures, three quarters that are
// published, and one that towns and villages may still object to.
func (a *App) demoOutcomes(ctx context.Context, o demo.Options) error {
	b := &demoOutcome{a: a, places: demoSized(a.Network.Tree(), o.Scale), seed: o.Seed, last: outcome.PeriodOf(a.Now()) - 1}
	var err error
	if b.svc, err = outcome.Open(ctx, a.outcomeOptions(func() time.Time { return b.at })); err != nil {
		return err
	}
	for p := b.last - demoQuarters + 1; p <= b.last; p++ {
		b.day(p, demoDelivery)
		if err := b.deliver(ctx, p); err != nil {
			return err
		}
		if p <= b.last-demoPublished-1 {
			continue
		}
		if err := b.release(ctx, p); err != nil {
			return err
		}
	}
	// Reported late: it stands beside what is published, and alters nothing of it.
	b.at = a.Now().Add(-50 * time.Hour)
	return b.correct(ctx, b.last-1, "fraud", DemoFires, 9)
}

// demoOutcome builds them at a clock of its own.
type demoOutcome struct {
	a      *App
	svc    *outcome.Service
	places []demoPlace
	seed   uint64
	last   outcome.Period
	at     time.Time
}

// demoSized are the villages at the size they have in the whole city.
func demoSized(tree *network.Tree, scale float64) (list []demoPlace) {
	for _, v := range tree.Units(network.Village) {
		p := demoPlace{unit: v}
		for _, u := range tree.Subtree(v) {
			p.residents += float64(u.Residents) / scale
			p.households += float64(u.Households) / scale
		}
		list = append(list, p)
	}
	return list
}

// day sets the clock so many days after a quarter's end. Of the quarter that
// isn't published the data came then, and the rest is of these days, so that its
// objections still run.
func (b *demoOutcome) day(p outcome.Period, days int) {
	b.at = p.End().Add(time.Duration(days)*24*time.Hour + 9*time.Hour)
	now := b.a.Now().Add(-time.Duration(max(0, 23-days)) * 8 * time.Hour)
	if p == b.last && (days > demoDelivery || b.at.After(now)) {
		b.at = now
	}
	if first := p.End().Add(time.Duration(days) * time.Minute); b.at.Before(first) {
		b.at = first
	}
}

// deliver is what the departments hand in for a quarter, each in a file of its
// own, and what residents said.
func (b *demoOutcome) deliver(ctx context.Context, p outcome.Period) error {
	for _, f := range demoFigures() {
		x, err := b.svc.Catalog().Find(f.code)
		if err != nil {
			return err
		}
		d := outcome.Delivery{Indicator: f.code, Way: outcome.File, Name: fmt.Sprintf("%s-%s-%s.xlsx", x.Department, f.code, p), Rows: b.rows(f, p)}
		if _, err := b.svc.Take(ctx, b.department(x), d); err != nil {
			return err
		}
	}
	return b.a.residentsInto(ctx, b.svc, p)
}

func (b *demoOutcome) department(x outcome.Indicator) auth.Actor {
	who := auth.System("demo")
	who.Name = "市信访局"
	for _, d := range b.a.Network.Tree().Departments() {
		if d.Code == x.Department {
			who.Name = d.Name
		}
	}
	return who
}

func (b *demoOutcome) rows(f demoFigure, p outcome.Period) []outcome.Row {
	rows := make([]outcome.Row, len(b.places))
	for i, v := range b.places {
		rows[i] = outcome.Row{UnitID: v.unit.ID, Period: p}
		rows[i].Num, rows[i].Den = f.draw(v, p, b.last, b.seed)
	}
	return rows
}

// draw is a village's quarter: its true level, and chance.
func (f demoFigure) draw(v demoPlace, p, last outcome.Period, seed uint64) (num, den int) {
	own, town := demoDice(fmt.Sprint(seed, f.code, v.unit.Code)), demoDice(fmt.Sprint(seed, f.code, v.unit.Code[:9]))
	differs := math.Exp(f.sd*own.NormFloat64() + f.towns*town.NormFloat64())
	level := f.mean * differs
	if f.share && f.mean > .5 { // the share that isn't so differs
		level = 1 - (1-f.mean)*differs
	}
	level *= f.turn[p.Quarter()-1] * math.Pow(f.year, float64(p-last)/4)
	if odd := f.odd[v.unit.Code]; odd > 0 {
		level = f.mean * f.turn[p.Quarter()-1] * odd
	}
	dice := demoDice(fmt.Sprint(seed, f.code, v.unit.Code, p))
	of := f.of(v)
	if !f.share {
		return int(distuv.Poisson{Lambda: level * of, Src: dice}.Rand()), int(math.Round(of))
	}
	den = max(1, int(math.Round(of*(.85+.3*dice.Float64()))))
	return binomial(dice, den, min(level, .995)), den
}

func binomial(dice *rand.Rand, n int, p float64) (k int) {
	for range n {
		if dice.Float64() < p {
			k++
		}
	}
	return k
}

func (b *demoOutcome) office() auth.Actor {
	who := auth.System("demo")
	who.Name = "市委基层办"
	return who
}

// release takes a quarter to publication; the last one stays open to objections.
func (b *demoOutcome) release(ctx context.Context, p outcome.Period) error {
	c := outcome.Command{Period: p}
	b.day(p, 12)
	if _, err := b.svc.Begin(ctx, b.office(), c); err != nil {
		return err
	}
	b.day(p, 14)
	if _, err := b.svc.OpenObjections(ctx, b.office(), c); err != nil {
		return err
	}
	again, err := b.object(ctx, p)
	if err != nil || p == b.last {
		return err
	}
	if again {
		if err := b.again(ctx, c); err != nil {
			return err
		}
	}
	b.day(p, 40)
	_, err = b.svc.Publish(ctx, b.office(), c)
	return err
}

// again is what follows an objection that was upheld: the department corrects
// its figure, and the quarter is reckoned and shown anew.
func (b *demoOutcome) again(ctx context.Context, c outcome.Command) error {
	b.day(c.Period, 22)
	if err := b.correct(ctx, c.Period, "waste", demoUpheld, -2); err != nil {
		return err
	}
	b.day(c.Period, 23)
	if _, err := b.svc.Begin(ctx, b.office(), c); err != nil {
		return err
	}
	b.day(c.Period, 24)
	_, err := b.svc.OpenObjections(ctx, b.office(), c)
	return err
}

// demoUpheld is the village whose objection was upheld.
const demoUpheld = "430182001002"

// demoObjection is what a village said against a figure of its own.
type demoObjection struct {
	back               outcome.Period // quarters before the last
	village, indicator string
	text, answer       string
	upheld             bool
}

var demoObjections = []demoObjection{
	{back: 1, village: DemoFires, indicator: "fires", text: "我们觉得起数多了，是不是把路过车辆起火也算进来了？请核对。",
		answer: "已同应急管理局逐起核对出警记录，都是房屋起火，车辆起火没有算。数字不改，应急管理局下周来社区一起查电线。"},
	{back: 2, village: demoUpheld, indicator: "waste", text: "有的不合格的检查是在隔壁社区的垃圾站，不在我们这里。", upheld: true,
		answer: "情况属实。城管局已更正数据，本季度重新算过，请再看一遍。"},
	{village: "430182001001", indicator: "safe-feeling", text: "访问时正赶上路面开挖，受访的人又少，请说明怎么抽的样。"},
}

// object has villages say what they have against their figures, and the city
// office answer; again reports that one was upheld.
func (b *demoOutcome) object(ctx context.Context, p outcome.Period) (again bool, err error) {
	for _, o := range demoObjections {
		u := b.a.Network.Tree().ByCode(o.village)
		if u == nil || p != b.last-o.back {
			continue
		}
		who := b.a.demoPost(u.ID, auth.VillageOfficial, "")
		if who.PersonID == "" {
			continue
		}
		b.day(p, 16)
		id, err := b.svc.Object(ctx, who, outcome.Object{Period: p, UnitID: u.ID, Indicator: o.indicator, Text: o.text})
		if err != nil {
			return false, err
		}
		if o.answer == "" {
			continue
		}
		b.day(p, 21)
		if err := b.svc.Decide(ctx, b.office(), outcome.Decide{ID: id, Upheld: o.upheld, Answer: o.answer}); err != nil {
			return false, err
		}
		again = again || o.upheld
	}
	return again, nil
}

// correct is a department's correction of one village's figure.
func (b *demoOutcome) correct(ctx context.Context, p outcome.Period, code, village string, by int) error {
	x, err := b.svc.Catalog().Find(code)
	u := b.a.Network.Tree().ByCode(village)
	if err != nil || u == nil {
		return err
	}
	for _, f := range demoFigures() {
		if f.code != code {
			continue
		}
		for _, r := range b.rows(f, p) {
			if r.UnitID != u.ID {
				continue
			}
			if r.Num = max(0, r.Num+by); f.share {
				r.Den = max(r.Num, r.Den+by)
			}
			name := fmt.Sprintf("%s-%s-%s-更正.xlsx", x.Department, code, p)
			_, err := b.svc.Take(ctx, b.department(x), outcome.Delivery{Indicator: code, Way: outcome.File, Name: name, Rows: []outcome.Row{r}})
			return err
		}
	}
	return nil
}
