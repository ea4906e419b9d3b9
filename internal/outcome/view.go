package outcome

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"bilin/internal/auth"
	"bilin/internal/errs"
	"bilin/internal/outcome/method"
)

// View is a period's lights as somebody may see them. All its counts are rounded.
type View struct {
	*Release
	Nulls map[string]method.Null
	Cells map[string][]Cell // by indicator, in the order of Basis.Units

	m     *Matrix
	place map[string]int
	trend float64                  // up to which probability a trend is spoken of
	keep  func(unitID string) bool // nil: everything
}

// Cell returns one village's light; ok is false where there is none to see.
func (v *View) Cell(indicatorID, unitID string) (c Cell, ok bool) {
	i, known := v.place[unitID]
	if cells := v.Cells[indicatorID]; known && i < len(cells) {
		c = cells[i]
	}
	return c, c.UnitID != ""
}

// Sum adds up what some villages show, such as a town's; what is hidden, or not
// the asker's to see, isn't in it. For [method.Compare] and the like, which allow
// for its being rounded in parts.
func (v *View) Sum(x Indicator, unitIDs []string) (c method.Count) {
	for _, id := range unitIDs {
		cell, _ := v.Cell(x.ID, id)
		c.Num, c.Den, c.Parts = c.Num+cell.Num, c.Den+cell.Den, c.Parts+cell.Parts
	}
	return c
}

// Beside is a village's figure for context, over its window; ok is false where
// there is none, it rests on too few, or isn't the asker's to see.
func (v *View) Beside(x Indicator, unitID string) (c method.Count, ok bool) {
	i, known := v.place[unitID]
	if !known || v.keep != nil && !v.keep(unitID) {
		return c, false
	}
	c, quarters := v.m.window(x, i, v.Period)
	if quarters == 0 || v.Basis.Settings.few(x, c.Den, quarters) {
		return method.Count{}, false
	}
	return c, true
}

// mostViews bounds what is kept: some years, and what is on its way.
const mostViews = 24

// Lights returns a period's lights: published ones to everybody, before that
// only what the asker's own part shows.
func (s *Service) Lights(ctx context.Context, actor auth.Actor, p Period) (*View, error) {
	r, err := s.Release(ctx, p)
	if err != nil {
		return nil, err
	}
	scope, err := s.sees(actor, r)
	if err != nil {
		return nil, err
	}
	v, err := s.view(ctx, r)
	if err != nil || scope == nil {
		return v, err
	}
	return v.only(func(unitID string) bool {
		return slices.ContainsFunc(scope, func(root string) bool { return s.o.Network.Tree().Contains(root, unitID) })
	}), nil
}

// sees returns the units whose lights the asker may see; nil is all.
func (s *Service) sees(actor auth.Actor, r *Release) ([]string, error) {
	all := s.o.Policy.Can(actor, ActPublish, auth.Object{}) == nil
	switch {
	case r.State == Published || all:
		return nil, nil
	case r.State == Objection && s.o.Policy.May(actor, ActPreview):
		return s.o.Policy.Scope(actor, ActPreview), nil
	}
	return nil, errs.E(errs.NotFound, "outcome.no_release")
}

// only is the view without the units for which keep is false.
func (v *View) only(keep func(unitID string) bool) *View {
	out := *v
	out.Cells, out.keep = map[string][]Cell{}, keep
	for id, cells := range v.Cells {
		mine := make([]Cell, len(cells))
		for i, c := range cells {
			if keep(c.UnitID) {
				mine[i] = c
			}
		}
		out.Cells[id] = mine
	}
	return &out
}

func (s *Service) view(ctx context.Context, r *Release) (*View, error) {
	return s.views.of(ctx, fmt.Sprintf("%d %d %d", r.Period, r.Version, r.AsOf), mostViews, func(ctx context.Context) (*View, error) { return s.newView(ctx, r) })
}

// newView reckons a release, or for a published one takes the cells as they
// were published.
func (s *Service) newView(ctx context.Context, r *Release) (*View, error) {
	j, m, err := s.judge(ctx, r)
	if err != nil {
		return nil, err
	}
	v := &View{Release: r, Nulls: j.Nulls, Cells: j.Cells, m: m, place: m.place}
	if r.State == Published {
		v.Cells, err = s.asPublished(ctx, r)
	}
	v.trend = trendLimit(r.Basis.Indicators, v.Cells, r.Basis.Settings.RedFDR)
	return v, err
}

// asPublished reads the cells of a release, by indicator in the order of its units.
func (s *Service) asPublished(ctx context.Context, r *Release) (map[string][]Cell, error) {
	kept, err := readCells(ctx, s.o.DB.Reader(), r.Period)
	if err != nil {
		return nil, err
	}
	place, out := map[string]int{}, map[string][]Cell{}
	for i, u := range r.Basis.Units {
		place[u] = i
	}
	for _, x := range r.Basis.Indicators {
		out[x.ID] = make([]Cell, len(r.Basis.Units))
	}
	for _, k := range kept {
		i, known := place[k.unit]
		if !known || out[k.indicator] == nil {
			continue
		}
		if err := json.Unmarshal(k.json, &out[k.indicator][i]); err != nil {
			return nil, err
		}
	}
	return out, nil
}
