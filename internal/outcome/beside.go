package outcome

import (
	"context"
	"fmt"

	"bilin/internal/auth"
)

// Correction is a published light beside what it would be by something else.
type Correction struct {
	Published, Now Cell
}

// Told leaves out what only turned between green and grey since others changed:
// its own count is the same, and it says nothing of the place.
func (c Correction) Told() bool {
	own := c.Published.Num != c.Now.Num || c.Published.Den != c.Now.Den || c.Published.Hidden != c.Now.Hidden
	return own || c.Published.out() || c.Now.out()
}

// out reports whether a light stands out.
func (c Cell) out() bool { return c.Light == Red || c.Light == Yellow || c.Better }

// mostBeside bounds how much of that is kept.
const mostBeside = 48

// Corrections lists the cells of a published period that today's values would
// make others. What is published stays as it is; this stands beside it. Like all
// that is published it rests on rounded counts, so it is for everybody.
func (s *Service) Corrections(ctx context.Context, p Period) ([]Correction, error) {
	r, err := s.published(ctx, p)
	if err != nil {
		return nil, err
	}
	now := *r
	if err := s.o.DB.Reader().QueryRowContext(ctx, `SELECT last FROM outcome_seq WHERE id = 1`).Scan(&now.AsOf); err != nil {
		return nil, err
	}
	return s.corrections.of(ctx, fmt.Sprintf("%d %d %d", p, r.Version, now.AsOf), mostBeside, func(ctx context.Context) ([]Correction, error) { return s.beside(ctx, r, &now) })
}

// Sides is a quarter by the version of the method that it was reckoned by, and by
// another.
type Sides struct {
	*Release
	Other    string
	Was, Now map[string][]Cell // by indicator, in the order of Basis.Units
}

// Changed lists the cells whose lights differ.
func (s *Sides) Changed(x Indicator) (list []Correction) {
	for i, now := range s.Now[x.ID] {
		if was := s.Was[x.ID][i]; was.Light != now.Light || was.Better != now.Better {
			list = append(list, Correction{was, now})
		}
	}
	return list
}

// SideBySide shows a quarter by two versions of the method: a published one to
// whoever may see previews, one that isn't to the city office.
func (s *Service) SideBySide(ctx context.Context, actor auth.Actor, p Period, version string) (*Sides, error) {
	if !s.o.Policy.May(actor, ActPreview) {
		return nil, auth.Denied(actor)
	}
	r, err := s.Release(ctx, p)
	if err != nil {
		return nil, err
	}
	if r.State != Published {
		if err := s.o.Policy.Can(actor, ActPublish, auth.Object{}); err != nil {
			return nil, err
		}
	}
	return s.sides.of(ctx, fmt.Sprintf("%d %d %d %s", p, r.Version, r.AsOf, version), mostBeside, func(ctx context.Context) (*Sides, error) {
		v, err := s.view(ctx, r)
		if err != nil {
			return nil, err
		}
		other := *r
		other.Method = version
		j, _, err := s.judge(ctx, &other)
		if err != nil {
			return nil, err
		}
		return &Sides{r, version, v.Cells, j.Cells}, nil
	})
}

// beside holds the published cells against those of another reckoning.
func (s *Service) beside(ctx context.Context, r, other *Release) ([]Correction, error) {
	j, _, err := s.judge(ctx, other)
	if err != nil {
		return nil, err
	}
	was, err := s.asPublished(ctx, r)
	if err != nil {
		return nil, err
	}
	var out []Correction
	for _, x := range r.Basis.Indicators {
		for i, now := range j.Cells[x.ID] {
			if before := was[x.ID][i]; before.others(now) {
				out = append(out, Correction{before, now})
			}
		}
	}
	return out, nil
}

// others reports whether two cells of a village say different things of it. What
// changed because others did doesn't count.
func (c Cell) others(o Cell) bool {
	return c.Num != o.Num || c.Den != o.Den || c.Light != o.Light || c.Better != o.Better || c.Hidden != o.Hidden
}
