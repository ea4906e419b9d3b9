package demand

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"
	"time"

	"bilin/internal/auth"
	"bilin/internal/network"
	"bilin/internal/once"
	"bilin/internal/sqldb"
)

// Hint is a demand that may be the same matter as one that is being written. It
// gives away nothing that somebody wrote: what it is about, where, and how it stands.
type Hint struct {
	ID         string
	Kind       Kind
	CategoryID string
	Unit       string // the group or village that it comes from
	RaisedAt   time.Time
	State      State
	Follows    int
	Likeness   float64 // 0 to 1
}

const (
	similarSince = 60 * 24 * time.Hour
	similarRead  = 300 // newest demands of a village that are compared
	similarShown = 3
	compared     = 300  // characters of each text
	likeEnough   = 0.28 // of the pairs of characters, from trial on the demo city
	sameCategory = 0.1
	nearby       = 0.1 // within nearMetres
	nearMetres   = 300
)

// Similar lists what neighbours have raised that may be the same. Help for a
// household, private demands and complaints about somebody are never among it.
func (s *Service) Similar(ctx context.Context, r Raise) ([]Hint, error) {
	from, err := s.origin(ctx, r)
	if err != nil {
		return nil, err
	}
	wanted := &Demand{Text: r.Text, Lon: r.Lon, Lat: r.Lat}
	if c, ok := s.category(r.Category); ok {
		wanted.CategoryID = c.ID
	}
	wanted.place(s.tree(), from.unit)
	if len([]rune(fold(r.Text))) < 4 || wanted.VillageID == "" {
		return nil, nil
	}
	list, err := s.neighbours(ctx, wanted.VillageID)
	if err != nil {
		return nil, err
	}
	var hints []Hint
	pairs := bigrams(wanted.Text)
	for _, d := range list {
		if like := likeness(pairs, wanted, d); like >= likeEnough {
			hints = append(hints, s.hint(d, like))
		}
	}
	slices.SortStableFunc(hints, func(a, b Hint) int { return cmp.Compare(b.Likeness, a.Likeness) })
	return hints[:min(len(hints), similarShown)], nil
}

// Raised reports whether a form with this key was taken already, so that a
// repeat isn't asked whether it is like itself.
func (s *Service) Raised(ctx context.Context, actor auth.Actor, key string) (bool, error) {
	_, yes, err := once.Look(ctx, s.opt.DB.Reader(), "demand.raise."+actor.ID(), key)
	return yes, err
}

// Hint returns one of those that Similar lists.
func (s *Service) Hint(ctx context.Context, id string) (Hint, error) {
	d, err := one(ctx, s.opt.DB.Reader(), "id", id)
	if err != nil {
		return Hint{}, err
	}
	if d.Confined || d.Kind == Help || d.State.Stage() > Waiting {
		return Hint{}, notHere()
	}
	return s.hint(d, 1), nil
}

func (s *Service) neighbours(ctx context.Context, villageID string) ([]*Demand, error) {
	since := sqldb.Millis(s.now().Add(-similarSince))
	list, err := many(ctx, s.opt.DB.Reader(), fmt.Sprintf(`village_id = $1 AND stage IN (0, 1) AND raised_at >= $2 AND confined = 0
		AND kind <> 'help' ORDER BY raised_at DESC, id DESC LIMIT %d`, similarRead), villageID, since)
	return list, err
}

func (s *Service) hint(d *Demand, like float64) Hint {
	h := Hint{ID: d.ID, Kind: d.Kind, CategoryID: d.CategoryID, RaisedAt: d.RaisedAt, State: d.State, Follows: d.Follows, Likeness: like}
	tree := s.tree()
	if u := tree.ByID(d.UnitID); u != nil {
		if g := tree.At(u, network.Group); g != nil {
			u = g
		}
		h.Unit = u.Name
	}
	return h
}

// likeness is the Dice coefficient of the pairs of characters of two texts, with
// something added for the same category and for places close by.
func likeness(pairs map[string]int, a, b *Demand) float64 {
	other := bigrams(b.Text)
	shared, total := 0, 0
	for p, n := range pairs {
		shared += min(n, other[p])
		total += n
	}
	for _, n := range other {
		total += n
	}
	if total == 0 {
		return 0
	}
	like := 2 * float64(shared) / float64(total)
	if a.CategoryID != "" && a.CategoryID == b.CategoryID {
		like += sameCategory
	}
	if metres(a, b) <= nearMetres {
		like += nearby
	}
	return min(like, 1)
}

func bigrams(text string) map[string]int {
	runes := []rune(fold(text))
	runes = runes[:min(len(runes), compared)]
	pairs := map[string]int{}
	for i := 1; i < len(runes); i++ {
		pairs[string(runes[i-1:i+1])]++
	}
	return pairs
}

// metres between two points by the equirectangular approximation, enough for a
// village; infinite where one has none.
func metres(a, b *Demand) float64 {
	if a.Lon == 0 && a.Lat == 0 || b.Lon == 0 && b.Lat == 0 {
		return math.Inf(1)
	}
	const metresPerDegree = 111_320
	x := (a.Lon - b.Lon) * math.Cos(a.Lat*math.Pi/180)
	return math.Hypot(x, a.Lat-b.Lat) * metresPerDegree
}
