// Package plan spreads what a lead is asked in a month over its days, so that
// one visit serves as many matters as it can.
//
// Two things asked at the same household can share a visit when the days
// between which they are to be done overlap on some day for all of them. The
// least number of visits to one household is then the least number of days that
// meet every window: the clique cover of an interval graph, which the greedy
// choice of earliest ends finds exactly (F. Gavril, "Algorithms for minimum
// coloring, maximum clique, minimum covering by cliques, and maximum independent
// set of a chordal graph", SIAM J. Comput. 1 (1972) 180–187). Households don't
// bind each other but through the lead's minutes, so a month's least is the sum.
package plan

import (
	"cmp"
	"runtime"
	"slices"
	"sync"
)

// NoHome marks a job that needs no household.
const NoHome = -1

// Job is one thing to be done by one lead.
type Job struct {
	Matter      int // which matter, as the caller counts them
	Home        int // place of the household, or NoHome
	First, Last int // days of the month between which it is to be done, First ≤ Last
	Minutes     int // without the way there
	Rank        int // smaller goes first within the budget
}

// Limits are what a lead has.
type Limits struct {
	Month    int // minutes in the month
	Doorstep int // minutes that each visit costs beside its jobs
}

// Visit is a day on which something is done: at a household, or without one.
type Visit struct {
	Day, Home int
	Jobs      []int // places in the jobs given, ascending
	Minutes   int   // with the doorstep
}

// Plan is a month of one lead.
type Plan struct {
	Visits   []Visit // by day, then household
	Left     []int   // jobs past the month's minutes, in order of rank: those that come last
	Homes    int     // visits to households
	Separate int     // what they would be without merging
	Minutes  int     // of everything planned
	Saved    int     // minutes that merging saved
}

// Best returns the plan with the fewest visits. Of jobs that don't all fit in the
// month, each in order of rank (then of place) is kept if there is a plan that
// holds it and those kept before it. Visits are then spread: each goes, within
// its window, to the day that has least to do. It does the same every time.
func Best(jobs []Job, limits Limits) Plan {
	kept, left := within(jobs, limits)
	p := Plan{Left: left}
	for home, list := range byHome(jobs, kept) {
		if home == NoHome {
			for _, j := range list {
				p.Visits = append(p.Visits, Visit{Home: NoHome, Jobs: []int{j}, Minutes: jobs[j].Minutes})
			}
			continue
		}
		p.Separate += len(list)
		for _, group := range stab(jobs, list) {
			v := Visit{Home: home, Jobs: group, Minutes: limits.Doorstep}
			for _, j := range group {
				v.Minutes += jobs[j].Minutes
			}
			slices.Sort(v.Jobs)
			p.Visits = append(p.Visits, v)
			p.Homes++
		}
	}
	spread(jobs, p.Visits)
	for _, v := range p.Visits {
		p.Minutes += v.Minutes
	}
	p.Saved = (p.Separate - p.Homes) * limits.Doorstep
	return p
}

// within chooses the jobs that the month holds. The least that a set of jobs
// costs is their minutes and a doorstep for each of the fewest visits.
func within(jobs []Job, limits Limits) (kept, left []int) {
	order := make([]int, len(jobs))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(jobs[a].Rank, jobs[b].Rank) })
	homes := map[int][]int{}
	visits := map[int]int{}
	used := 0
	for _, j := range order {
		job := jobs[j]
		cost, more := job.Minutes, 0
		if job.Home != NoHome {
			more = len(stab(jobs, append(slices.Clone(homes[job.Home]), j)))
			cost += (more - visits[job.Home]) * limits.Doorstep
		}
		if used+cost > limits.Month {
			left = append(left, j)
			continue
		}
		used += cost
		kept = append(kept, j)
		if job.Home != NoHome {
			homes[job.Home], visits[job.Home] = append(homes[job.Home], j), more
		}
	}
	slices.Sort(kept)
	return kept, left
}

// byHome yields the kept jobs of each household, households ascending.
func byHome(jobs []Job, kept []int) func(yield func(int, []int) bool) {
	order := slices.Clone(kept)
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(jobs[a].Home, jobs[b].Home) })
	return func(yield func(int, []int) bool) {
		for start := 0; start < len(order); {
			end := start
			for end < len(order) && jobs[order[end]].Home == jobs[order[start]].Home {
				end++
			}
			if !yield(jobs[order[start]].Home, order[start:end]) {
				return
			}
			start = end
		}
	}
}

// stab groups jobs of one household into the fewest groups whose windows share a
// day: the window that ends first must be met, and its last day meets most.
func stab(jobs []Job, list []int) [][]int {
	order := slices.Clone(list)
	slices.SortFunc(order, func(a, b int) int {
		return cmp.Or(cmp.Compare(jobs[a].Last, jobs[b].Last), cmp.Compare(jobs[a].First, jobs[b].First), cmp.Compare(a, b))
	})
	var groups [][]int
	day := 0
	for i, j := range order {
		if i == 0 || jobs[j].First > day {
			day = jobs[j].Last
			groups = append(groups, nil)
		}
		groups[len(groups)-1] = append(groups[len(groups)-1], j)
	}
	return groups
}

// spread gives each visit its day: those with the narrowest windows first, each
// to the day within its window that has least to do so far.
func spread(jobs []Job, visits []Visit) {
	type window struct{ visit, first, last int }
	windows := make([]window, len(visits))
	for i, v := range visits {
		w := window{i, 1, 31}
		for _, j := range v.Jobs {
			w.first, w.last = max(w.first, jobs[j].First), min(w.last, jobs[j].Last)
		}
		windows[i] = w
	}
	slices.SortStableFunc(windows, func(a, b window) int {
		return cmp.Or(cmp.Compare(a.last-a.first, b.last-b.first), cmp.Compare(a.first, b.first))
	})
	var load [32]int
	for _, w := range windows {
		best := w.first
		for day := w.first; day <= w.last; day++ {
			if load[day] < load[best] {
				best = day
			}
		}
		visits[w.visit].Day = best
		load[best] += visits[w.visit].Minutes
	}
	slices.SortStableFunc(visits, func(a, b Visit) int { return cmp.Or(cmp.Compare(a.Day, b.Day), cmp.Compare(a.Home, b.Home)) })
}

// Bound is a number of visits below which no plan for all of the jobs can be: at
// each household, windows that don't overlap at all need a visit each. It is
// reckoned from such windows and not from a plan.
func Bound(jobs []Job) int {
	byEnd := make([]int, 0, len(jobs))
	for i, j := range jobs {
		if j.Home != NoHome {
			byEnd = append(byEnd, i)
		}
	}
	slices.SortFunc(byEnd, func(a, b int) int {
		return cmp.Or(cmp.Compare(jobs[a].Home, jobs[b].Home), cmp.Compare(jobs[a].Last, jobs[b].Last))
	})
	n, free := 0, 0
	for i, j := range byEnd {
		if i == 0 || jobs[j].Home != jobs[byEnd[i-1]].Home {
			free = 0
		}
		if jobs[j].First > free {
			n++
			free = jobs[j].Last
		}
	}
	return n
}

// Total is the plans of many leads together.
type Total struct {
	Leads, Visits, Separate, Minutes, Saved, Left int
	Bound                                         int // on Visits, if nothing was left
}

func (t *Total) add(o Total) {
	t.Leads += o.Leads
	t.Visits += o.Visits
	t.Separate += o.Separate
	t.Minutes += o.Minutes
	t.Saved += o.Saved
	t.Left += o.Left
	t.Bound += o.Bound
}

// City plans n leads on all processors and adds them up. lead must be safe to be
// called from several goroutines.
func City(n int, lead func(i int) ([]Job, Limits)) Total {
	workers := min(n, runtime.GOMAXPROCS(0))
	parts := make([]Total, max(1, workers))
	var wg sync.WaitGroup
	for w := range workers {
		wg.Go(func() {
			for i := w; i < n; i += workers {
				jobs, limits := lead(i)
				p := Best(jobs, limits)
				parts[w].add(Total{1, p.Homes, p.Separate, p.Minutes, p.Saved, len(p.Left), Bound(jobs)})
			}
		})
	}
	wg.Wait()
	var all Total
	for _, t := range parts {
		all.add(t)
	}
	return all
}
