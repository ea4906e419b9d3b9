package figures

import (
	"context"
	_ "embed"
	"time"

	"golang.org/x/sync/errgroup"

	"bilin/internal/audit"
	"bilin/internal/auth"
	"bilin/internal/demand/catalog"
	"bilin/internal/errs"
	"bilin/internal/i18n"
	"bilin/internal/network"
	"bilin/internal/sqldb"
)

//go:embed messages.json
var rawMessages []byte

// Messages are this package's words.
var Messages = i18n.MustParse(rawMessages)

// Options are what a Service needs.
type Options struct {
	DB      *sqldb.DB
	Tree    func() *network.Tree
	Catalog func() *catalog.Catalog
	Policy  *auth.Policy
	Audit   *audit.Log
	Now     func() time.Time // default time.Now
}

// Service counts demands.
type Service struct {
	opt  Options
	kept cache
}

// New returns the service.
func New(opt Options) *Service {
	if opt.Now == nil {
		opt.Now = time.Now
	}
	return &Service{opt: opt, kept: cache{entries: map[question]*answer{}}}
}

// Report is the figures of one unit over one period. It is shared and must not
// be changed.
type Report struct {
	Filter     Filter // with the period filled in
	Unit       *network.Unit
	Department *network.Department // whose demands alone, or nil
	At         time.Time           // when it was counted
	Whole      Count

	// Each adds up to Whole. A key of "" is what belongs to none of the others:
	// the unit itself, no category yet, not resolved yet.
	Units      []Group // by id, the parts of Unit in the order of their codes; empty for a group
	Categories []Group // by id: of the upper level, or those under the one asked for
	Months     []Group
	Kinds      []Group
	Sources    []Group
	Rungs      []Group // by the name of the rung that resolved it
}

// Report counts what the actor asks for. What was counted is kept for a minute.
func (s *Service) Report(ctx context.Context, actor auth.Actor, f Filter) (*Report, error) {
	f, err := f.over(s.opt.Now())
	if err != nil {
		return nil, err
	}
	v, err := s.look(actor, f)
	if err != nil {
		return nil, err
	}
	if _, known := s.opt.Catalog().Category(f.CategoryID); f.CategoryID != "" && !known {
		return nil, errs.E(errs.NotFound, "demand.figures.no_category")
	}
	f.UnitCode, f.DepartmentID = v.unit.Code, v.department
	return s.kept.get(question{f, v.over, v.person}, s.opt.Now(), func() (*Report, error) { return s.count(ctx, v, f) })
}

// count reads the period in two halves at once: most of the time goes into
// getting rows out of the database, one connection at a time.
func (s *Service) count(ctx context.Context, v view, f Filter) (*Report, error) {
	tree, topics := s.opt.Tree(), topicsOf(s.opt.Catalog(), f.CategoryID)
	months := f.months()
	halves := [2][]string{months[:len(months)/2], months[len(months)/2:]}
	var sorters [2]*sorter
	g, ctx := errgroup.WithContext(ctx)
	for i, half := range halves {
		sorters[i] = newSorter(tree, v, topics)
		if len(half) == 0 {
			continue
		}
		text, args := queryOf(tree, v, f, half, topics.ids())
		g.Go(func() error { return each(ctx, s.opt.DB.Reader(), text, args, sorters[i].put) })
	}
	if err := g.Wait(); err != nil {
		return nil, err
	}
	sorters[0].join(sorters[1])
	r := sorters[0].report(f)
	r.Unit, r.At, r.Department = v.unit, s.opt.Now().UTC(), tree.Department(v.department)
	return r, nil
}

// Exported records that the actor took figures away, before they leave.
func (s *Service) Exported(ctx context.Context, actor auth.Actor, r *Report, lines int) error {
	detail := map[string]any{"from": r.Filter.From, "to": r.Filter.To, "lines": lines}
	if r.Department != nil {
		detail["department"] = r.Department.Code
	}
	return s.opt.DB.Write(ctx, func(tx *sqldb.Tx) error {
		return s.opt.Audit.Append(ctx, tx, audit.Entry{
			ActorID: actor.ID(), ActorName: actor.Name, Action: "demand.figures_export",
			ObjectKind: "unit", ObjectID: r.Unit.ID, UnitID: r.Unit.ID, Detail: detail,
		})
	})
}
