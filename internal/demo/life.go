package demo

import (
	"math/rand/v2"
	"time"

	"bilin/internal/demand"
	"bilin/internal/demand/catalog"
	"bilin/internal/network"
	"bilin/internal/workday"
)

// stage is what the lives of demands share.
type stage struct {
	demands *demand.Service
	tree    *network.Tree
	cal     *workday.Calendar
	words   *words
	depts   map[string]string // id by code
	now     time.Time
}

// life is a demand and what people do about it, from when it was raised until
// its fate is fulfilled or the present is reached. What the clock itself does
// comes in between, by the demand's own rules.
type life struct {
	*stage
	*spec
	d      *demand.Demand
	r      *rand.Rand
	at     time.Time // of what happened last
	said   map[demand.Step]bool
	merged []*life // what follows it
}

// deed is what somebody will do, unless the clock comes first.
type deed struct {
	at time.Time
	do func(at time.Time) error
}

// maxDeeds bounds a life: the longest known have some forty.
const maxDeeds = 120

// run lets a life go on until a moment.
func (l *life) run(until time.Time) error {
	for range maxDeeds {
		next := l.next()
		end := until
		if next.do != nil && next.at.Before(until) {
			end = next.at
		}
		if l.tick(end) {
			continue
		}
		if next.do == nil || next.at.After(until) {
			return nil
		}
		l.at = next.at
		if err := next.do(next.at); err != nil {
			return err
		}
	}
	return nil
}

// tick has the clock do one thing that is due by a moment.
func (l *life) tick(by time.Time) bool {
	at := l.d.NextAt()
	if at.IsZero() || at.After(by) || !l.d.Tick(l.demands.Over(l.d), at) {
		return false
	}
	if at.After(l.at) {
		l.at = at
	}
	return true
}

// next says who does what next. It draws anew each time it is asked, from a
// stream that depends on how far the demand has come, so that asking twice gives
// the same answer.
func (l *life) next() deed {
	l.r = rand.New(rand.NewPCG(l.seed, uint64(len(l.d.News()))))
	if l.fate.stop != nil && l.fate.stop(l.d) {
		return deed{}
	}
	main := l.main()
	for _, other := range []deed{l.claims(), l.consents(), l.owed()} {
		if other.do != nil && (main.do == nil || other.at.Before(main.at)) {
			main = other
		}
	}
	if main.at.Before(l.at) {
		main.at = l.at
	}
	return main
}

// owedKept is how many in a hundred senior officials answer in time what the city owes.
const owedKept = 80

// owed is the answer of the senior official who owes one; some let the date pass.
func (l *life) owed() deed {
	o := l.d.Owed
	if !o.Exists() || !o.AnsweredAt.IsZero() || o.By.PersonID == "" {
		return deed{}
	}
	at := l.cal.Add(o.Since, time.Duration(float64(l.cal.Day())*(1+3*l.r.Float64())))
	if l.seed%100 >= owedKept && !o.Passed {
		return deed{}
	}
	return deed{at, func(at time.Time) error {
		return l.d.AnswerOwed(ofNetwork(o.By), owedWords[l.r.IntN(len(owedWords))], at)
	}}
}

var owedWords = []string{
	"情况我看过了，让您跑了几趟，对不住。施工队这周三进场，我盯着，办好当天告诉您。",
	"这件事拖到现在是我们的责任。材料已经到了，周五前修好，修好我上门看。",
	"两次没修好，是没找到真正的原因。今天请自来水公司来查了管线，下周一换整段管子。",
	"这件事要两个部门一起办，我已经把人叫到一起，月底前办完，每一步都会写在这里。",
}

func (l *life) main() deed {
	switch l.d.State {
	case demand.Open, demand.Accepted, demand.Reopened:
		return l.handled()
	case demand.Asked:
		return l.answered()
	case demand.Resolved:
		return l.judged()
	case demand.Confirmed:
		return l.asked()
	case demand.Unconfirmed:
		if l.fate.late {
			return l.confirms(l.after(time.Hour, 20*24*time.Hour))
		}
	}
	return deed{}
}

// after draws a moment of the day, some time after what happened last.
func (l *life) after(least, most time.Duration) time.Time {
	at := l.at.Add(least + time.Duration(l.r.Float64()*float64(most-least)))
	local := at.In(l.cal.Zone())
	if h := local.Hour(); h < 7 || h >= 22 { // people sleep
		y, m, d := local.Date()
		if h >= 22 {
			d++
		}
		at = time.Date(y, m, d, 7, 20+l.r.IntN(120), l.r.IntN(60), 0, l.cal.Zone())
	}
	return at.UTC().Truncate(time.Millisecond)
}

// work draws a moment at which so large a share of what is left of the limit is
// used. Leads are neighbours: they come by in the evening too.
func (l *life) work(least, most float64) time.Time {
	left := l.d.Clock.Limit - l.d.Clock.Elapsed(l.cal, l.at)
	if !l.d.Clock.Running() || left <= 0 {
		left = l.cal.Day() / 2
	}
	at := l.cal.Add(l.at, time.Duration((least+l.r.Float64()*(most-least))*float64(left)))
	if l.d.Rung <= catalog.Group && chance(l.r, 40) {
		y, m, d := l.at.In(l.cal.Zone()).Date()
		evening := time.Date(y, m, d, 18, 20+l.r.IntN(140), l.r.IntN(60), 0, l.cal.Zone())
		if evening.After(l.at) && evening.Before(at) {
			at = evening
		}
	}
	return at.UTC().Truncate(time.Millisecond)
}

// ofNetwork is somebody who answers at a stop, as the timeline shows them.
func ofNetwork(s demand.Stop) demand.By {
	return demand.By{Side: demand.Network, ActorID: "demo:" + s.PersonID, PersonID: s.PersonID, Name: s.Name, Role: s.Role,
		UnitID: s.UnitID, UnitName: s.UnitName, DepartmentID: s.DepartmentID, Rung: s.Rung}
}

var resident = demand.By{Side: demand.Resident, ActorID: "anonymous"}
