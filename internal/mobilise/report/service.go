package report

import (
	"context"
	"slices"
	"strings"
	"sync"
	"time"

	"bilin/internal/auth"
	"bilin/internal/errs"
	"bilin/internal/mobilise"
	"bilin/internal/network"
	"bilin/internal/sqldb"
)

// Orders are where orders come from, and who may read them.
type Orders interface {
	Get(ctx context.Context, actor auth.Actor, number string) (*mobilise.Order, mobilise.May, error)
	Before(ctx context.Context, actor auth.Actor, o *mobilise.Order, limit int) ([]*mobilise.Order, error)
	Events(ctx context.Context, orderID string, after, limit int) ([]mobilise.Event, error)
}

// Options are what a Service works with. A nil func is something that the city
// doesn't have.
type Options struct {
	DB         *sqldb.DB
	Orders     Orders
	Tree       func() *network.Tree
	Policy     *auth.Policy
	Objectives func(ctx context.Context, orderID string) ([]Objective, error)
	RollCall   func(ctx context.Context, orderID string) (*RollCall, error) // nil: there was none
	Now        func() time.Time
}

// Service writes reports.
type Service struct {
	o    Options
	mu   sync.Mutex
	kept map[string]*kept
}

// New returns the service.
func New(o Options) *Service {
	if o.Now == nil {
		o.Now = time.Now
	}
	return &Service{o: o, kept: map[string]*kept{}}
}

const (
	mostEarlier = 6  // orders to compare with
	namesAPage  = 50 // of people who were never reached
)

// Report is what a reader sees of an order's report.
type Report struct {
	Order *mobilise.Order
	*Figures
	Fix        []Finding
	Parts      []Part // places of the reader's part of the city, in the order of their codes
	Earlier    []Compared
	Objectives []Objective
	RollCall   *RollCall // nil for none
	Nevers     []Named   // of the reader's part, from the number asked for
	MyNevers   int       // all of them
	Next       int       // number after which there are more; 0 for none
	Named      bool      // names may be shown: the order's data is kept
}

// Part is a town, or the city itself, with the places in it.
type Part struct {
	Unit *network.Unit
	Count
	Places []Place
}

// Named is a person who was never reached.
type Named struct {
	Never
	Name string
	Unit *network.Unit
}

// Report returns an order's report. after is the number after which those who
// were never reached are named, 0 for the first.
func (s *Service) Report(ctx context.Context, actor auth.Actor, number string, after int) (*Report, error) {
	o, _, err := s.o.Orders.Get(ctx, actor, number)
	if err != nil {
		return nil, err
	}
	if o.IssuedAt.IsZero() {
		return nil, errs.E(errs.NotFound, "report.not_issued")
	}
	f, err := s.figures(ctx, o)
	if err != nil {
		return nil, err
	}
	r := &Report{Order: o, Figures: f}
	tree, units := s.o.Tree(), s.o.Policy.Scope(actor, mobilise.ActView)
	mine := visible(tree, units, f.Places)
	r.Parts = parts(tree, mine)
	if r.Objectives, r.RollCall, err = s.around(ctx, o); err != nil {
		return nil, err
	}
	if r.Earlier, err = s.earlier(ctx, actor, o); err != nil {
		return nil, err
	}
	r.Fix = Findings(f, Around{Places: mine, Objectives: r.Objectives, RollCall: r.RollCall, LastDrill: lastDrill(r.Earlier)})
	return r, s.name(ctx, r, tree, units, after)
}

func (s *Service) around(ctx context.Context, o *mobilise.Order) (goals []Objective, roll *RollCall, err error) {
	if s.o.Objectives != nil {
		if goals, err = s.o.Objectives(ctx, o.ID); err != nil {
			return nil, nil, err
		}
	}
	if s.o.RollCall != nil {
		roll, err = s.o.RollCall(ctx, o.ID)
	}
	return goals, roll, err
}

func (s *Service) earlier(ctx context.Context, actor auth.Actor, o *mobilise.Order) ([]Compared, error) {
	list, err := s.o.Orders.Before(ctx, actor, o, mostEarlier)
	if err != nil {
		return nil, err
	}
	var out []Compared
	for _, x := range list {
		f, err := s.figures(ctx, x)
		if err != nil {
			return nil, err
		}
		out = append(out, Compared{x, f.Count, f.Handed, f.Reach, f.Answer})
	}
	return out, nil
}

// unitNow is a unit, or what it was merged into; nil if it is gone.
func unitNow(tree *network.Tree, id string) *network.Unit { return tree.Current(tree.ByID(id)) }

// visible are the places at or under some units, in the order of their codes.
// Places that were merged since are one.
func visible(tree *network.Tree, units []string, all []Place) (out []Place) {
	at := map[string]int{}
	for _, p := range all {
		u := unitNow(tree, p.UnitID)
		if u == nil || !within(tree, units, u.ID) {
			continue
		}
		i, known := at[u.ID]
		if !known {
			at[u.ID] = len(out)
			p.UnitID = u.ID
			out = append(out, p)
			continue
		}
		out[i].add(p.Count)
		out[i].Waited = max(out[i].Waited, p.Waited)
	}
	slices.SortFunc(out, func(a, b Place) int { return strings.Compare(tree.ByID(a.UnitID).Code, tree.ByID(b.UnitID).Code) })
	return out
}

func within(tree *network.Tree, units []string, id string) bool {
	return slices.ContainsFunc(units, func(u string) bool { return tree.Contains(u, id) })
}

// parts puts places under their towns. Their order is that of the codes, in
// which a town stands before its villages.
func parts(tree *network.Tree, places []Place) (out []Part) {
	for _, p := range places {
		u := tree.ByID(p.UnitID)
		town := tree.At(u, network.Town)
		if town == nil {
			town = u
		}
		if len(out) == 0 || out[len(out)-1].Unit.ID != town.ID {
			out = append(out, Part{Unit: town})
		}
		part := &out[len(out)-1]
		part.add(p.Count)
		part.Places = append(part.Places, p)
	}
	return out
}

// name names those of the reader's part who were never reached, while the
// order's data is kept.
func (s *Service) name(ctx context.Context, r *Report, tree *network.Tree, units []string, after int) error {
	r.Named = len(units) > 0 && r.Order.Missing.ErasedAt.IsZero()
	var page []Never
	for _, x := range r.Figures.Nevers {
		unit := unitNow(tree, x.UnitID)
		if unit == nil || !within(tree, units, unit.ID) {
			continue
		}
		r.MyNevers++
		if x.N <= after || !r.Named {
			continue
		}
		if len(page) == namesAPage {
			r.Next = page[namesAPage-1].N
		} else if len(page) < namesAPage {
			page = append(page, x)
		}
	}
	found, err := names(ctx, s.o.DB.Reader(), r.Order.ID, page)
	for _, x := range page {
		r.Nevers = append(r.Nevers, Named{x, found[x.N], unitNow(tree, x.UnitID)})
	}
	return err
}
