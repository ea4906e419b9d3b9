package plan_test

import (
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"bilin/internal/admission/plan"
)

// fewest tries every day for every job: the least number of visits, and of
// minutes, that there is.
func fewest(jobs []plan.Job, doorstep int) (visits, minutes int) {
	visits, minutes = 1<<30, 1<<30
	days := make([]int, len(jobs))
	var try func(i int)
	try = func(i int) {
		if i == len(jobs) {
			seen := map[[2]int]bool{}
			total := 0
			for k, j := range jobs {
				total += j.Minutes
				if j.Home != plan.NoHome {
					seen[[2]int{j.Home, days[k]}] = true
				}
			}
			visits = min(visits, len(seen))
			minutes = min(minutes, total+len(seen)*doorstep)
			return
		}
		for d := jobs[i].First; d <= jobs[i].Last; d++ {
			days[i] = d
			try(i + 1)
		}
	}
	try(0)
	return visits, minutes
}

func drawJobs(t *rapid.T, most int) []plan.Job {
	return rapid.SliceOfN(rapid.Custom(func(t *rapid.T) plan.Job {
		first := rapid.IntRange(1, 5).Draw(t, "first")
		return plan.Job{
			Home: rapid.IntRange(plan.NoHome, 2).Draw(t, "home"), First: first, Last: rapid.IntRange(first, 5).Draw(t, "last"),
			Minutes: rapid.IntRange(1, 20).Draw(t, "minutes"), Rank: rapid.IntRange(0, 3).Draw(t, "rank"),
		}
	}), 0, most).Draw(t, "jobs")
}

func TestBestIsAsGoodAsTryingEverything(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		jobs := drawJobs(t, 6)
		p := plan.Best(jobs, plan.Limits{Month: 1000, Doorstep: 5})
		visits, minutes := fewest(jobs, 5)
		if p.Homes != visits || p.Minutes != minutes || len(p.Left) > 0 {
			t.Fatalf("%d visits, %d minutes, %d left; least are %d, %d", p.Homes, p.Minutes, len(p.Left), visits, minutes)
		}
		if bound := plan.Bound(jobs); bound != visits {
			t.Fatalf("bound %d, least %d", bound, visits)
		}
	})
}

// What a month can't hold is left by rank: each job in order is kept exactly if
// some plan holds it and those kept before.
func TestBudgetKeepsByRank(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		jobs := drawJobs(t, 6)
		limits := plan.Limits{Month: rapid.IntRange(0, 70).Draw(t, "month"), Doorstep: 5}
		p := plan.Best(jobs, limits)
		if p.Minutes > limits.Month {
			t.Fatalf("%d minutes of %d", p.Minutes, limits.Month)
		}
		order := make([]int, len(jobs))
		for i := range order {
			order[i] = i
		}
		slices.SortStableFunc(order, func(a, b int) int { return jobs[a].Rank - jobs[b].Rank })
		var kept []plan.Job
		var left []int
		for _, j := range order {
			if _, minutes := fewest(append(slices.Clone(kept), jobs[j]), limits.Doorstep); minutes <= limits.Month {
				kept = append(kept, jobs[j])
			} else {
				left = append(left, j)
			}
		}
		if !slices.Equal(left, p.Left) {
			t.Fatalf("left %v, want %v", p.Left, left)
		}
	})
}

func TestPlansAreRight(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		jobs := drawJobs(t, 40)
		limits := plan.Limits{Month: 300, Doorstep: 5}
		p := plan.Best(jobs, limits)
		done := slices.Clone(p.Left)
		at := map[[2]int]bool{}
		for _, v := range p.Visits {
			if v.Home != plan.NoHome {
				if at[[2]int{v.Day, v.Home}] {
					t.Fatalf("household %d twice on day %d", v.Home, v.Day)
				}
				at[[2]int{v.Day, v.Home}] = true
			}
			for _, j := range v.Jobs {
				if jobs[j].Home != v.Home || v.Day < jobs[j].First || v.Day > jobs[j].Last {
					t.Fatalf("job %+v on day %d at %d", jobs[j], v.Day, v.Home)
				}
				done = append(done, j)
			}
		}
		slices.Sort(done)
		for i := range jobs {
			if i >= len(done) || done[i] != i {
				t.Fatalf("each job once: %v of %d", done, len(jobs))
			}
		}
		if !reflect.DeepEqual(p, plan.Best(jobs, limits)) {
			t.Fatal("another plan the second time")
		}
	})
}

// cityOf is a city like the demo's: each lead with 5 to 15 households and
// matters of several rotations and windows.
func cityOf(leads int) [][]plan.Job {
	rng := rand.New(rand.NewPCG(1, 2))
	out := make([][]plan.Job, leads)
	for i := range out {
		homes := 5 + rng.IntN(11)
		for m := range 6 {
			first := 1 + rng.IntN(15)
			last, rotation := min(30, first+5+rng.IntN(20)), 1+rng.IntN(4)
			if m == 5 {
				out[i] = append(out[i], plan.Job{Matter: m, Home: plan.NoHome, First: first, Last: last, Minutes: 20, Rank: m})
				continue
			}
			for h := m % rotation; h < homes; h += rotation {
				out[i] = append(out[i], plan.Job{Matter: m, Home: h, First: first, Last: last, Minutes: 3 + rng.IntN(5), Rank: m})
			}
		}
	}
	return out
}

// The whole city, no budget so small that anything is left: within 5% of the
// bound, as the issue asks; in fact at it.
func TestCityIsAtItsBound(t *testing.T) {
	city := cityOf(42_000)
	total := plan.City(len(city), func(i int) ([]plan.Job, plan.Limits) { return city[i], plan.Limits{Month: 10_000, Doorstep: 5} })
	if total.Leads != len(city) || total.Left != 0 || total.Bound == 0 || float64(total.Visits) > 1.05*float64(total.Bound) {
		t.Fatalf("%+v", total)
	}
	if total.Saved != (total.Separate-total.Visits)*5 || total.Saved <= 0 {
		t.Fatalf("saved %d of %d visits apart, %d together", total.Saved, total.Separate, total.Visits)
	}
}

func TestCityKeepsBudgets(t *testing.T) {
	city := cityOf(2_000)
	for i, jobs := range city {
		if p := plan.Best(jobs, plan.Limits{Month: 240, Doorstep: 5}); p.Minutes > 240 {
			t.Fatalf("lead %d: %d minutes", i, p.Minutes)
		}
	}
}

func BenchmarkCity(b *testing.B) {
	city := cityOf(42_000)
	for b.Loop() {
		plan.City(len(city), func(i int) ([]plan.Job, plan.Limits) { return city[i], plan.Limits{Month: 240, Doorstep: 5} })
	}
}
