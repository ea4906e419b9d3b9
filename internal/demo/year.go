package demo

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"time"

	"bilin/internal/auth"
	"bilin/internal/demand"
	"bilin/internal/demand/catalog"
	"bilin/internal/network"
)

// How many demands the city has had.
const (
	yearDemands     = 40_000 // in the year before now, at scale 1
	leastDemands    = 400
	yearSuggestions = 6433 // among them
	freshDemands    = 160  // more, of the last days, so that a small city has queues too
	chunkDemands    = 500  // stored together
)

// spec is a demand that somebody raises.
type spec struct {
	at                       time.Time
	unit                     *network.Unit
	kind                     demand.Kind
	category                 string
	urgency                  catalog.Urgency
	text, answer, done       string
	again, place, contact    string
	source                   demand.Source
	author                   auth.Actor // who enters it, if it isn't the resident
	onBehalf, private, about bool
	channel                  demand.Channel
	claim                    string // household
	fate                     fate
	seed                     uint64
	twinOf                   *spec // the demand that it will be merged into
}

// fillYear makes the demands of the year before now, oldest first, so that their
// numbers rise with time.
func (s Services) fillYear(ctx context.Context, o Options, homes map[string]string) (int, error) {
	now := s.Now().UTC().Truncate(time.Millisecond)
	w, err := readWords()
	if err != nil {
		return 0, err
	}
	demands := s.Demand(func() time.Time { return now })
	tree := s.Network.Tree()
	st := &stage{demands: demands, tree: tree, cal: demands.Terms().Calendar, words: w, depts: map[string]string{}, now: now}
	for _, d := range tree.Departments() {
		st.depts[d.Code] = d.ID
	}
	p := &planner{stage: st, r: randFor(o.Seed, "demands"), homes: homes, cells: tree.Units(network.Cell)}
	specs := p.year(max(leastDemands, int(math.Round(yearDemands*o.Scale))))
	specs = append(specs, p.shows()...)
	specs = append(specs, p.suggestions(int(math.Round(yearSuggestions*o.Scale))-suggested(specs))...)
	slices.SortStableFunc(specs, func(a, b *spec) int { return a.at.Compare(b.at) })
	for part := range slices.Chunk(specs, chunkDemands) {
		list, err := st.live(ctx, part)
		if err != nil {
			return 0, err
		}
		if err := demands.Store(ctx, list); err != nil {
			return 0, err
		}
		if err := st.follow(ctx, list); err != nil {
			return 0, err
		}
	}
	return len(specs), nil
}

// live has demands raised and lived up to the present.
func (st *stage) live(ctx context.Context, specs []*spec) ([]*demand.Demand, error) {
	lives := make([]*life, len(specs))
	list := make([]*demand.Demand, len(specs))
	known := map[*spec]*life{}
	for i, s := range specs {
		d, err := st.demands.Past(ctx, s.author, s.raise(), s.at)
		if err != nil {
			return nil, fmt.Errorf("demo: %s of %s: %w", s.category, s.at, err)
		}
		if s.claim != "" {
			d.ClaimID = s.claim
		}
		lives[i], list[i] = &life{stage: st, spec: s, d: d, at: s.at, said: map[demand.Step]bool{}}, d
		known[s] = lives[i]
	}
	for _, l := range lives {
		if main := known[l.twinOf]; l.twinOf != nil && main != nil {
			if err := l.join(main); err != nil {
				return nil, err
			}
		}
	}
	for _, followers := range []bool{false, true} {
		for _, l := range lives {
			if (l.twinOf != nil) != followers {
				continue
			}
			if err := l.run(st.now); err != nil {
				return nil, fmt.Errorf("demo: demand %s, %s: %w", l.d.Number, l.d.State, err)
			}
		}
	}
	return list, nil
}

// join merges a demand into one that is the same matter, if that is still open.
func (l *life) join(main *life) error {
	at := l.spec.at.Add(20 * time.Minute)
	if at.After(l.now) {
		return nil
	}
	if err := main.run(at); err != nil {
		return err
	}
	owner, ok := l.demands.StopOf(main.d.OwnerID, main.d.OwnerDept)
	if !ok || owner.PersonID == "" || main.d.State.Stage() != demand.Todo || !l.d.Allows(demand.StepMerged, demand.Network) {
		return nil
	}
	if err := l.d.Merge(ofNetwork(owner), main.d, at); err != nil {
		return err
	}
	l.at = at
	main.merged = append(main.merged, l)
	return nil
}

func (s *spec) raise() demand.Raise {
	r := demand.Raise{Kind: s.kind, Category: s.category, Urgency: s.urgency, Text: s.text, UnitCode: s.unit.Code, Place: s.place,
		Contact: s.contact, Channel: s.channel, Private: s.private, Source: s.source, OnBehalf: s.onBehalf}
	if s.kind == demand.Complaint && !s.about {
		r.About = demand.AboutMatter
	}
	return r
}

// follow has neighbours say that they have the same trouble.
func (st *stage) follow(ctx context.Context, list []*demand.Demand) error {
	for i, d := range list {
		if d.State.Stage() > demand.Waiting || d.Confined || d.Kind == demand.Help || d.Kind == demand.Question || i%4 != 0 {
			continue
		}
		for n := range 1 + i%5 {
			if err := st.demands.Follow(ctx, d.ID, "", fmt.Sprintf("demo-%s-%d", d.ID, n)); err != nil {
				return err
			}
		}
	}
	return nil
}

// planner draws what is raised.
type planner struct {
	*stage
	r     *rand.Rand
	homes map[string]string // a household of each cell
	cells []*network.Unit
}

func (p *planner) year(n int) []*spec {
	var specs []*spec
	for len(specs) < n {
		days := 365.0
		if len(specs) < freshDemands {
			days = 12
		}
		at := p.moment(days)
		s := p.draw(at, p.cells[p.r.IntN(len(p.cells))])
		specs = append(specs, s)
		for range p.neighbours(s) {
			twin := *s
			twin.at, twin.twinOf, twin.seed = p.soon(s.at), s, p.r.Uint64()
			twin.fate.withdraws, twin.fate.asks, twin.fate.stop = false, false, nil
			twin.text = p.words.say(p.r, "when") + "也看到了：" + s.text
			if twin.at.Before(p.now) {
				specs = append(specs, &twin)
			}
		}
	}
	return specs
}

// suggested counts suggestions.
func suggested(specs []*spec) (n int) {
	for _, s := range specs {
		if s.kind == demand.Suggestion {
			n++
		}
	}
	return n
}

// suggestions draws n more of them.
func (p *planner) suggestions(n int) (specs []*spec) {
	for len(specs) < n {
		s := p.draw(p.moment(365), p.cells[p.r.IntN(len(p.cells))])
		if s.kind == demand.Suggestion {
			specs = append(specs, s)
		}
	}
	return specs
}

// neighbours is how many more raise the same.
func (p *planner) neighbours(s *spec) int {
	if s.kind != demand.Report || s.private || s.onBehalf || s.source != demand.FromResident || !chance(p.r, 5) {
		return 0
	}
	s.fate.withdraws = false
	return 1 + p.r.IntN(3)
}

func (p *planner) soon(at time.Time) time.Time {
	return at.Add(time.Duration(3+p.r.IntN(40)) * time.Minute)
}

// hours are how many demands of a hundred come in each hour of the day.
var hours = [24]int{0, 0, 0, 0, 0, 0, 1, 3, 7, 10, 10, 7, 5, 4, 7, 8, 7, 6, 5, 7, 7, 4, 2, 0}

// moment draws when something is raised: by day, less at weekends, and more in
// the months of heat and frost.
func (p *planner) moment(days float64) time.Time {
	for {
		at := p.now.Add(-time.Duration(p.r.Float64() * days * float64(24*time.Hour))).In(p.cal.Zone())
		keep := float64(hours[at.Hour()]) / 10
		if !p.cal.IsWorkday(at) {
			keep *= 0.6
		}
		if days > 100 {
			keep *= []float64{0, 0.95, 0.7, 0.8, 0.8, 0.8, 0.9, 1, 1, 0.95, 0.85, 0.8, 0.9}[at.Month()]
		}
		if p.r.Float64() < keep {
			return at.UTC().Truncate(time.Millisecond)
		}
	}
}

// draw makes a demand that is raised in a cell at a moment.
func (p *planner) draw(at time.Time, cell *network.Unit) *spec {
	village := p.tree.At(cell, network.Village)
	return p.about(p.words.draw(p.r, at.In(p.cal.Zone()).Month(), isUrban(village)), at, cell)
}

// about makes a demand of a matter.
func (p *planner) about(m *matter, at time.Time, cell *network.Unit) *spec {
	det := p.words.details(p.r)
	s := &spec{at: at, unit: cell, kind: m.kind, category: m.category, text: det.fill.Replace(m.text), done: det.fill.Replace(m.done),
		source: demand.FromResident, channel: demand.ByPage, fate: drawFate(p.r, p.words, m), seed: p.r.Uint64()}
	if s.kind == demand.Suggestion && chance(p.r, 22) {
		s.fate.declines, s.done = true, p.words.say(p.r, "decline")
	}
	if chance(p.r, 60) {
		s.place = det.place
	}
	if chance(p.r, 55) {
		s.contact, s.channel = phoneNumber(p.r), demand.BySMS
	}
	switch n := p.r.IntN(1000); {
	case n < 8:
		s.urgency = catalog.Critical
	case n < 70:
		s.urgency = catalog.Urgent
	}
	s.private = chance(p.r, 5)
	s.about = s.kind == demand.Complaint && m.category[:4] == "cond" && chance(p.r, 60)
	if s.about {
		s.fate.returns, s.fate.rung = 0, catalog.Cell
	} else {
		p.enter(s)
	}
	return s
}

// enter draws who enters it, if it isn't the resident.
func (p *planner) enter(s *spec) {
	lead := func() {
		if h := p.tree.LeadOf(s.unit.ID); h != nil {
			s.author = auth.Actor{AccountID: "demo:" + h.PersonID, PersonID: h.PersonID, Name: h.Name, Grants: p.tree.Grants(h.PersonID)}
		}
	}
	switch n := p.r.IntN(100); {
	case n < 6:
		if lead(); s.author.PersonID != "" {
			s.source, s.onBehalf, s.claim = demand.FromLead, true, p.homes[s.unit.ID]
		}
	case n < 9:
		if lead(); s.author.PersonID != "" && s.kind == demand.Report {
			s.source = demand.FromLead
		} else {
			s.author = auth.Actor{}
		}
	case n < 12:
		s.source = demand.FromHotline
	case n < 14:
		s.source = demand.FromVisit
	case n < 15:
		s.source = demand.FromMeeting
	}
}

func isUrban(village *network.Unit) bool {
	name := []rune(village.Name)
	return len(name) > 2 && string(name[len(name)-2:]) == "社区"
}
