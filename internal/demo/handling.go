package demo

import (
	"time"

	"bilin/internal/demand"
	"bilin/internal/demand/catalog"
	"bilin/internal/network"
)

// handled is what the network does next with a demand that it has to act on.
func (l *life) handled() deed {
	switch {
	case l.fate.withdraws && l.d.State == demand.Open && l.d.Climbs == 0:
		return deed{l.after(time.Hour, 9*time.Hour), func(at time.Time) error {
			return l.d.Withdraw(resident, l.words.say(l.r, "withdraw"), at)
		}}
	case l.d.Disputed:
		return l.decided()
	case l.d.Pending.UnitID != "":
		return l.offered()
	}
	owner, ok := l.demands.StopOf(l.d.OwnerID, l.d.OwnerDept)
	if !ok || owner.PersonID == "" || owner.PersonID == l.d.AboutID {
		return deed{} // nobody is there: the clock will move it on
	}
	if l.fate.idle > l.d.Climbs && (l.d.Rung < catalog.Department || l.d.Clock.Running()) {
		return deed{}
	}
	by := ofNetwork(owner)
	if l.d.State != demand.Accepted {
		return deed{l.work(0.02, 0.25), func(at time.Time) error { return l.d.Accept(by, at) }}
	}
	if small, ok := l.small(by); ok {
		return small
	}
	if to, ok := l.target(); ok {
		return deed{l.work(0.03, 0.2), func(at time.Time) error { return l.d.Transfer(by, to, l.words.say(l.r, "transfer"), at) }}
	}
	if l.d.Kind == demand.Suggestion && !l.fate.declines && !l.said[demand.StepAdopted] {
		return deed{l.work(0.05, 0.4), func(at time.Time) error {
			l.said[demand.StepAdopted] = true
			return l.d.Adopt(by, l.words.say(l.r, "adopt"), at.AddDate(0, 0, 20+l.r.IntN(50)), at)
		}}
	}
	return deed{l.work(0.1, 0.85), func(at time.Time) error { return l.resolve(by, at) }}
}

// small are the steps on the way: a word, a note, a question, somebody's help.
func (l *life) small(by demand.By) (deed, bool) {
	try := func(step demand.Step, wanted bool, do func(time.Time) error) (deed, bool) {
		if !wanted || l.said[step] {
			return deed{}, false
		}
		return deed{l.work(0.02, 0.12), func(at time.Time) error {
			l.said[step] = true
			return do(at)
		}}, true
	}
	if d, ok := try(demand.StepAnswered, l.fate.answers, func(at time.Time) error { return l.d.Answer(by, l.reply(), at) }); ok {
		return d, true
	}
	if d, ok := try(demand.StepNoted, l.fate.notes, func(at time.Time) error { return l.d.Note(by, l.words.say(l.r, "note"), at) }); ok {
		return d, true
	}
	if l.fate.helper && l.d.AboutID == "" {
		up := l.demands.Above(l.d)
		if d, ok := try(demand.StepHelperJoined, up.PersonID != "" && !up.Is(l.d.Owner()) && len(l.d.Helpers) == 0, func(at time.Time) error {
			return l.d.AddHelper(by, up, at)
		}); ok {
			return d, true
		}
	}
	return try(demand.StepAsked, l.fate.asks, func(at time.Time) error {
		if err := l.d.Ask(by, l.words.say(l.r, "ask"), at); err != nil {
			return err
		}
		l.d.Told(at.Add(time.Minute))
		return nil
	})
}

func (l *life) reply() string {
	if l.answer != "" {
		return l.answer
	}
	return l.words.say(l.r, "answer")
}

// target is to whom the owner passes what they can't settle.
func (l *life) target() (demand.Stop, bool) {
	if l.fate.rung <= l.d.Rung || l.d.Bound || l.d.AboutID != "" || l.d.Handovers > 3 {
		return demand.Stop{}, false
	}
	dept := l.depts[departmentCode(l.d.CategoryID)]
	if l.fate.rung == catalog.Department && l.d.Rung >= catalog.Village && dept != "" {
		to, ok := l.demands.StopOf(l.tree.RootID(), dept)
		return to, ok && to.PersonID != ""
	}
	levels := map[catalog.Rung]network.Level{catalog.Group: network.Group, catalog.Village: network.Village,
		catalog.Town: network.Town, catalog.Department: network.Village}
	at := l.tree.ByID(l.d.OwnerID)
	to := l.tree.At(at, levels[l.fate.rung])
	if to == nil || to.ID == at.ID {
		return demand.Stop{}, false
	}
	stop, ok := l.demands.StopOf(to.ID, "")
	return stop, ok && stop.PersonID != ""
}

// offered is the answer to a transfer.
func (l *life) offered() deed {
	to, ok := l.demands.StopOf(l.d.Pending.UnitID, l.d.Pending.DepartmentID)
	if !ok || to.PersonID == "" {
		return deed{}
	}
	by := ofNetwork(to)
	at := l.cal.Add(l.d.PendingAt, 20*time.Minute+time.Duration(l.r.Float64()*float64(5*time.Hour))).UTC().Truncate(time.Millisecond)
	if l.d.Returns < l.fate.returns {
		return deed{at, func(at time.Time) error {
			return l.d.Return(by, l.words.say(l.r, "return"), l.words.say(l.r, "basis"), at)
		}}
	}
	return deed{at, func(at time.Time) error { return l.d.TakeOver(by, at) }}
}

// decided is the city office's word on a dispute.
func (l *life) decided() deed {
	office, ok := l.demands.StopOf(l.tree.RootID(), "")
	if !ok || office.PersonID == "" {
		return deed{}
	}
	at := l.cal.Add(l.d.PendingAt, 2*time.Hour+time.Duration(l.r.Float64()*float64(10*time.Hour))).UTC().Truncate(time.Millisecond)
	return deed{at, func(at time.Time) error {
		to, ok := l.target()
		if !ok {
			to = l.d.Owner()
		}
		return l.d.Decide(ofNetwork(office), to, l.words.say(l.r, "decide"), l.words.say(l.r, "basis"), at)
	}}
}

// resolve says what was done, to those who follow too.
func (l *life) resolve(by demand.By, at time.Time) error {
	if err := l.d.Resolve(by, l.done, at); err != nil {
		return err
	}
	for _, m := range l.merged {
		if m.d.State != demand.Merged {
			continue
		}
		if err := m.d.Share(l.d, by, l.done, at); err != nil {
			return err
		}
		m.at = at
	}
	return nil
}
