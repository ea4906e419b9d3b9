package bench

import (
	"context"
	"errors"
	"fmt"
	"time"

	"bilin/internal/admission"
	"bilin/internal/admission/monthly"
	"bilin/internal/admission/plan"
	"bilin/internal/auth"
	"bilin/internal/network"
)

const planBudget = 5 * time.Second

// measurePlan plans the month of every lead of the city, and compares the visits
// with a bound that is reckoned without a plan.
func measurePlan(ctx context.Context, r *run) (rows []Row, err error) {
	dir, err := r.city(ctx, "plan")
	if err != nil {
		return nil, err
	}
	a, err := r.open(ctx, dir)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, a.Close(context.WithoutCancel(ctx))) }()
	month := a.Monthly.ThisMonth()
	list, err := a.Monthly.List(ctx, auth.System("bench"), month)
	if err != nil {
		return nil, err
	}
	tree := a.Network.Tree()
	var cells []*network.Unit
	for _, u := range tree.Units(network.Cell) {
		if tree.LeadOf(u.ID) != nil {
			cells = append(cells, u)
		}
	}
	var matters []*admission.Matter
	for _, l := range list.Lines {
		matters = append(matters, &admission.Matter{ID: l.MatterID, Priority: l.Priority, Content: l.Content})
	}
	jobs := func(i int) []plan.Job { return monthly.JobsOf(cells[i].Households, month, matters) }
	begin, n := time.Now(), 0
	for i := range cells {
		n += plan.Bound(jobs(i))
	}
	bare := time.Since(begin)
	begin = time.Now()
	total := plan.City(len(cells), func(i int) ([]plan.Job, plan.Limits) {
		return jobs(i), plan.Limits{Month: admission.DefaultBudget, Doorstep: admission.Doorstep}
	})
	took := time.Since(begin)
	if total.Left == 0 && total.Visits < n {
		return nil, fmt.Errorf("%d visits are fewer than the bound %d", total.Visits, n)
	}
	gap := 0.0
	if n > 0 {
		gap = 100 * float64(total.Visits-n) / float64(n)
	}
	return []Row{{
		Work:     fmt.Sprintf("a month of %d leads planned, %d matters", total.Leads, len(matters)),
		Measured: fmt.Sprintf("%.2f s; %d visits (one by one %d), %d jobs past a budget", took.Seconds(), total.Visits, total.Separate, total.Left),
		Bare:     fmt.Sprintf("%.2f s to read the windows; bound %d visits", bare.Seconds(), n),
		Ratio:    fmt.Sprintf("%.1f%% over the bound", gap),
		Budget:   fmt.Sprintf("≤ %s, within 5%% of the bound", planBudget),
		Met:      took <= planBudget && gap <= 5,
	}}, nil
}
