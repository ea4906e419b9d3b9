package outcome

import (
	"context"
	"encoding/json"
	"hash/fnv"
	"slices"
	"sync"

	"bilin/internal/auth"
	"bilin/internal/errs"
	"bilin/internal/outcome/method"
)

// View is a period's lights as somebody may see them.
type View struct {
	*Release
	Nulls map[string]method.Null
	Cells map[string][]Cell // by indicator, in the order of Basis.Units; counts rounded

	exact *Judgement
	m     *Matrix
	place map[string]int
}

// Cell returns one village's light; ok is false where there is none to see.
func (v *View) Cell(indicatorID, unitID string) (c Cell, ok bool) {
	i, known := v.place[unitID]
	if cells := v.Cells[indicatorID]; known && i < len(cells) {
		c = cells[i]
	}
	return c, c.UnitID != ""
}

// views keeps what was reckoned, by period and version of the release.
type views struct {
	mu   sync.Mutex
	kept map[Period]*View
}

// mostViews bounds what is kept: three years.
const mostViews = 16

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
	out.Cells = map[string][]Cell{}
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
	s.views.mu.Lock()
	v := s.views.kept[r.Period]
	s.views.mu.Unlock()
	if v != nil && v.Version == r.Version && v.AsOf == r.AsOf {
		return v, nil
	}
	v, err := s.newView(ctx, r)
	if err != nil {
		return nil, err
	}
	s.views.mu.Lock()
	defer s.views.mu.Unlock()
	if s.views.kept == nil || len(s.views.kept) >= mostViews {
		s.views.kept = map[Period]*View{}
	}
	s.views.kept[r.Period] = v
	return v, nil
}

// newView reckons a release, or for a published one takes the cells as they
// were published.
func (s *Service) newView(ctx context.Context, r *Release) (*View, error) {
	m, err := readMatrix(ctx, s.o.DB.Reader(), r.Basis.Units, r.Period-TrendQuarters+1, r.Period, r.AsOf)
	if err != nil {
		return nil, err
	}
	j, err := Judge(ctx, r.Basis.Indicators, m, r.Period, r.Basis.Settings)
	if err != nil {
		return nil, err
	}
	if r.State == Published {
		if err := s.published(ctx, r, j); err != nil {
			return nil, err
		}
	}
	v := &View{Release: r, Nulls: j.Nulls, Cells: map[string][]Cell{}, exact: j, m: m, place: m.place}
	for _, x := range r.Basis.Indicators {
		cells := make([]Cell, len(j.Cells[x.ID]))
		for i, c := range j.Cells[x.ID] {
			if r.State != Published {
				c = m.Detail(x, c)
			}
			cells[i] = c.Public(x, j.Nulls[x.ID], s.dice)
		}
		v.Cells[x.ID] = cells
	}
	return v, nil
}

// published puts the cells of a release in the place of those reckoned now.
func (s *Service) published(ctx context.Context, r *Release, j *Judgement) error {
	kept, err := readCells(ctx, s.o.DB.Reader(), r.Period)
	if err != nil {
		return err
	}
	place := map[string]int{}
	for i, u := range r.Basis.Units {
		place[u] = i
	}
	for _, k := range kept {
		i, known := place[k.unit]
		if !known || i >= len(j.Cells[k.indicator]) {
			continue
		}
		if err := json.Unmarshal(k.json, &j.Cells[k.indicator][i]); err != nil {
			return err
		}
	}
	return nil
}

// dice rounds by this city's key, so that nobody else can undo it.
func (s *Service) dice(what string) uint64 {
	h := fnv.New64a()
	_, _ = h.Write([]byte(s.o.Seal.Index("outcome-rounding", what)))
	return h.Sum64()
}
