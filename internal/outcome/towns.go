package outcome

import (
	"context"
	"fmt"

	"bilin/internal/auth"
	"bilin/internal/errs"
	"bilin/internal/network"
	"bilin/internal/outcome/method"
)

// Towns is how a published period's towns stand beside each other: in bands,
// with intervals, and in the order of their codes, never of a rank.
type Towns struct {
	Period     Period
	Indicators []Indicator // compared, those without a weight left out
	Towns      []Town
}

// Town is one town of a comparison.
type Town struct {
	UnitID   string
	Villages int            // whose figures it adds up
	Counts   []method.Count // by indicator; sums of rounded counts
	method.Standing
}

// Towns compares the towns over all indicators by their weights.
func (s *Service) Towns(ctx context.Context, actor auth.Actor, p Period) (*Towns, error) {
	return s.TownsBy(ctx, actor, p, "")
}

// TownsBy compares them by one indicator alone, whatever its weight; "" is all of
// them. Before publication only the city office sees it: a place's own part
// doesn't tell how others are.
func (s *Service) TownsBy(ctx context.Context, actor auth.Actor, p Period, indicatorID string) (*Towns, error) {
	r, err := s.Release(ctx, p)
	if err != nil {
		return nil, err
	}
	scope, err := s.sees(actor, r)
	if err == nil && scope != nil {
		err = errs.E(errs.NotFound, "outcome.no_release")
	}
	if err != nil {
		return nil, err
	}
	list := compared(r.Basis.Indicators, indicatorID)
	if len(list) == 0 {
		return nil, errs.E(errs.NotFound, "outcome.no_indicator")
	}
	v, err := s.view(ctx, r)
	if err != nil {
		return nil, err
	}
	return s.comparisons.of(ctx, fmt.Sprintf("%d %d %d %s", p, r.Version, r.AsOf, indicatorID), mostComparisons, func(context.Context) (*Towns, error) { return s.compare(v, list), nil })
}

func compared(all []Indicator, indicatorID string) (list []Indicator) {
	for _, x := range all {
		if x.ID == indicatorID || indicatorID == "" && x.Weight > 0 {
			list = append(list, x)
		}
	}
	return list
}

// compare adds up each town's villages and draws.
func (s *Service) compare(v *View, list []Indicator) *Towns {
	out := &Towns{Period: v.Period, Indicators: list}
	places := make([]method.Place, 0, 32)
	for _, town := range s.townsOf(v.Release) {
		ids := town.villages
		t := Town{UnitID: town.id, Counts: make([]method.Count, len(list))}
		for i, x := range list {
			t.Counts[i] = v.Sum(x, ids)
		}
		t.Villages = v.judgedOf(list, ids)
		out.Towns = append(out.Towns, t)
		places = append(places, t.Counts)
	}
	for i, standing := range method.Compare(places, sides(list), uint64(v.Period)) { //nolint:gosec // a year and a quarter
		out.Towns[i].Standing = standing
	}
	return out
}

// townVillages is a town with its villages of then.
type townVillages struct {
	id       string
	villages []string
}

// townsOf are the towns as they were when a release was reckoned, in the order of
// their villages' codes.
func (s *Service) townsOf(r *Release) (list []townVillages) {
	at := map[string]int{}
	for i, id := range r.Basis.Units {
		town := ""
		if i < len(r.Basis.Towns) {
			town = r.Basis.Towns[i]
		} else if u := s.o.Network.Tree().At(s.o.Network.Tree().ByID(id), network.Town); u != nil {
			town = u.ID
		}
		if town == "" {
			continue
		}
		if _, known := at[town]; !known {
			at[town] = len(list)
			list = append(list, townVillages{id: town})
		}
		list[at[town]].villages = append(list[at[town]].villages, id)
	}
	return list
}

// judgedOf counts the villages that show something.
func (v *View) judgedOf(list []Indicator, unitIDs []string) (n int) {
	for _, id := range unitIDs {
		for _, x := range list {
			if c, ok := v.Cell(x.ID, id); ok && c.Den > 0 {
				n++
				break
			}
		}
	}
	return n
}

func sides(list []Indicator) []method.Side {
	out := make([]method.Side, len(list))
	for i, x := range list {
		out[i] = method.Side{Kind: x.kind(), ManyIsWorse: x.ManyIsWorse(), Weight: float64(x.Weight)}
		if len(list) == 1 {
			out[i].Weight = 1
		}
	}
	return out
}

// mostComparisons bounds what is kept: some years of all indicators.
const mostComparisons = 400
