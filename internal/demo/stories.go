package demo

import (
	"time"

	"bilin/internal/demand"
	"bilin/internal/demand/catalog"
	"bilin/internal/network"
)

// story is a demand in the cell of the login `lead` and how it went.
type story struct {
	kind                      demand.Kind
	category                  string
	text, answer, done, again string
	until                     demand.Step
	hoursAgo                  int
}

// showStories happen in the cell of the login `lead`, one for each chapter.
var showStories = []story{
	{demand.Help, "road-light", "楼道二楼的灯坏了好几天，晚上老人上下楼看不见，摔了就麻烦了。", "", "", "", demand.StepAssigned, 3},
	{demand.Question, "welfare-health", "今年的城乡居民医保什么时候截止？能在手机上帮我妈交吗？",
		"截止到12月31日。明天下午我带着流程图上门，一起在手机上弄。", "", "", demand.StepAnswered, 5},
	{demand.Report, "env-sewage", "单元门口的下水井盖一踩就翘，小孩天天从那里过。", "", "", "", demand.StepAccepted, 4},
	{demand.Help, "welfare-health", "爷爷腿脚不方便，降压药快吃完了，想请人顺路帮忙取一下药。", "", "药已取回送到家，收据放在药袋里，一共三盒。", "", demand.StepResolved, 50},
	{demand.Suggestion, "other", "楼下空地能不能装两条长凳，老人晒太阳有个地方坐。", "", "和物业、几户邻居商量好了，长凳上周五装在桂花树下。", "", demand.StepConfirmed, 24 * 9},
	{demand.Report, "safety-fire", "隔壁单元有人在楼道给电动车充电，怕起火。", "", "跟车主谈了，车已推到楼下充电棚。", "昨晚又在楼道充了，线从三楼拉下来的。", demand.StepReopened, 72},
}

func firstCell(t *network.Tree, u *network.Unit) *network.Unit {
	for u.Level < network.Cell {
		u = t.Children(u)[0]
	}
	return u
}

// happened reports whether a step has been taken.
func happened(d *demand.Demand, step demand.Step, times int) bool {
	for _, e := range d.News() {
		if e.Step == step {
			times--
		}
	}
	return times <= 0
}

func until(step demand.Step, times int) func(*demand.Demand) bool {
	return func(d *demand.Demand) bool { return happened(d, step, times) }
}

// shows are the stories, and a few demands in each situation under the units of
// the demo's logins.
func (p *planner) shows() []*spec {
	tree := p.tree
	village := tree.ByCode(showVillage)
	home := firstCell(tree, village)
	var out []*spec
	for _, st := range showStories {
		s := p.about(p.words.of(st.category), p.ago(time.Duration(st.hoursAgo)*time.Hour), home)
		p.plain(s)
		s.kind, s.text, s.answer, s.done, s.again = st.kind, st.text, st.answer, st.done, st.again
		s.fate = fate{rung: catalog.Cell, answers: st.answer != "", looks: true, rating: demand.Rating{Satisfied: demand.Satisfied}}
		s.fate.stop = until(st.until, 1)
		if st.until == demand.StepReopened {
			s.fate.reopens = 1
		}
		out = append(out, s)
	}
	group := tree.At(home, network.Group)
	cells := tree.Children(group)
	near := func(i int) *network.Unit { return cells[i%len(cells)] }
	far := tree.Units(network.Cell)
	for i, sit := range situations {
		for n := range sit.times {
			cell := near(n)
			if sit.elsewhere && n%3 == 2 {
				cell = far[(i*977+n*331)%len(far)]
			}
			if tree.LeadOf(cell.ID) == nil {
				cell = home
			}
			out = append(out, p.situation(sit, cell))
		}
	}
	return append(out, p.followed(home)...)
}

// followed is one matter that several neighbours raised, still being worked on.
func (p *planner) followed(cell *network.Unit) []*spec {
	main := p.situation(situation{category: "road-damage", hours: 4 * time.Hour, fate: fate{rung: catalog.Cell}, stop: until(demand.StepAccepted, 1)}, cell)
	out := []*spec{main}
	for range 3 {
		twin := *main
		twin.twinOf, twin.at, twin.seed = main, p.soon(main.at), p.r.Uint64()
		twin.text = p.words.say(p.r, "when") + "也看到了：" + main.text
		out = append(out, &twin)
	}
	return out
}

// plain makes it a demand that its resident raised.
func (p *planner) plain(s *spec) {
	s.source, s.onBehalf, s.claim, s.private, s.about, s.urgency = demand.FromResident, false, "", false, false, catalog.Normal
	s.author.PersonID, s.author.AccountID, s.author.Grants = "", "", nil
}

// situation is how a few demands stand now.
type situation struct {
	category  string
	hours     time.Duration // of working time since it was raised
	times     int
	elsewhere bool
	fate      fate
	stop      func(*demand.Demand) bool
}

// owned stops a life when a rung has it and has done a step.
func owned(rung catalog.Rung, step demand.Step) func(*demand.Demand) bool {
	return func(d *demand.Demand) bool { return d.Rung == rung && happened(d, step, 1) }
}

func pendingAt(rung catalog.Rung) func(*demand.Demand) bool {
	return func(d *demand.Demand) bool { return d.Rung == rung && d.Pending.UnitID != "" }
}

var situations = []situation{
	{"road-damage", 5 * time.Hour, 2, false, fate{rung: catalog.Group}, pendingAt(catalog.Cell)},
	{"env-waste", 5 * time.Hour, 3, true, fate{rung: catalog.Village}, pendingAt(catalog.Cell)},
	{"housing-estate", 14 * time.Hour, 3, true, fate{rung: catalog.Town}, func(d *demand.Demand) bool {
		return d.Pending.UnitID != "" && d.Rung <= catalog.Village
	}},
	{"env-waste", 12 * time.Hour, 4, true, fate{rung: catalog.Department}, pendingAt(catalog.Village)},
	{"env-noise", 30 * time.Hour, 4, true, fate{rung: catalog.Department}, owned(catalog.Department, demand.StepTaken)},
	{"housing-illegal", 20 * time.Hour, 3, true, fate{rung: catalog.Department, returns: 1}, until(demand.StepReturned, 1)},
	{"road-light", 32 * time.Hour, 4, true, fate{rung: catalog.Department, returns: 2}, until(demand.StepDisputed, 1)},
	{"env-toilet", 60 * time.Hour, 3, true, fate{rung: catalog.Department, returns: 2}, until(demand.StepDecided, 1)},
	{"other", 6 * time.Hour, 3, true, fate{rung: catalog.Cell}, until(demand.StepAccepted, 1)},
	{"road-parking", 9 * time.Hour, 3, true, fate{idle: 9}, nil},
	{"env-river", 24 * time.Hour, 3, true, fate{idle: 9}, nil},
	{"env-waste", 50 * time.Hour, 3, true, fate{idle: 9}, nil},
	{"env-noise", 110 * time.Hour, 3, true, fate{idle: 9}, nil},
	{"road-light", 220 * time.Hour, 4, true, fate{idle: 9}, nil},
	{"farming-subsidy", 6 * time.Hour, 3, true, fate{rung: catalog.Cell, asks: true, resume: true}, until(demand.StepAsked, 1)},
	{"welfare-pension", 12 * time.Hour, 4, true, fate{rung: catalog.Cell, untold: true}, until(demand.StepResolved, 1)},
	{"road-damage", 20 * time.Hour, 3, true, fate{rung: catalog.Village, untold: true}, until(demand.StepResolved, 1)},
	{"utility-water", 30 * time.Hour, 3, true, fate{rung: catalog.Cell, looks: true, reopens: 1}, until(demand.StepReopened, 1)},
	{"env-sewage", 60 * time.Hour, 3, true, fate{rung: catalog.Group, looks: true, reopens: 2}, until(demand.StepReopened, 2)},
	{"housing-unsafe", 16 * time.Hour, 3, true, fate{rung: catalog.Group, helper: true, notes: true}, owned(catalog.Group, demand.StepNoted)},
}

func (p *planner) ago(d time.Duration) time.Time {
	return p.cal.Add(p.now, -d).UTC().Truncate(time.Millisecond)
}

func (p *planner) situation(sit situation, cell *network.Unit) *spec {
	s := p.about(p.words.of(sit.category), p.ago(sit.hours+time.Duration(p.r.IntN(50))*time.Minute), cell)
	p.plain(s)
	if s.kind == demand.Complaint {
		s.kind = demand.Report
	}
	s.fate = sit.fate
	s.fate.stop = sit.stop
	s.fate.rating.Satisfied = demand.Satisfied
	if sit.fate.untold {
		s.channel, s.contact = demand.ByPage, ""
	}
	return s
}
