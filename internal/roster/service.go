package roster

import (
	"context"
	"log/slog"
	"time"

	"bilin/internal/audit"
	"bilin/internal/auth"
	"bilin/internal/errs"
	"bilin/internal/find"
	"bilin/internal/live"
	"bilin/internal/network"
	"bilin/internal/seal"
	"bilin/internal/sheet"
	"bilin/internal/sqldb"
)

// Service is the use cases of rosters.
type Service struct {
	db     *sqldb.DB
	net    *network.Service
	index  *find.Index
	seal   *seal.Sealer
	audit  *audit.Log
	live   *live.Hub
	log    *slog.Logger
	now    func() time.Time
	policy *auth.Policy
}

// Deps are what a Service works with.
type Deps struct {
	DB      *sqldb.DB
	Network *network.Service
	Index   *find.Index
	Seal    *seal.Sealer
	Audit   *audit.Log
	Live    *live.Hub // may be nil, on the command line
	Logger  *slog.Logger
	Now     func() time.Time
}

// New returns the service.
func New(d Deps) *Service {
	s := &Service{
		db: d.DB, net: d.Network, index: d.Index, seal: d.Seal, audit: d.Audit, live: d.Live, log: d.Logger, now: d.Now,
		policy: auth.NewPolicy(d.Network, network.Rules),
	}
	if s.log == nil {
		s.log = slog.Default()
	}
	if s.now == nil {
		s.now = time.Now
	}
	return s
}

// Options say how a file is imported.
type Options struct {
	DryRun   bool         // check only
	SkipBad  bool         // write the sound rows although others are bad
	Limits   sheet.Limits // zero means those of an upload
	Progress func(Progress)
	// Bad gets the header first, with no issues, and then every row that has some.
	Bad func(cells []string, issues []Issue) error
	// Issues is how many issues the report keeps; 0 means 500.
	Issues int
}

func (o Options) issues() int {
	if o.Issues == 0 {
		return 500
	}
	return o.Issues
}

func (o Options) tell(p Progress) {
	if o.Progress != nil {
		o.Progress(p)
	}
}

// CommandLine are the limits for an administrator's own files.
var CommandLine = sheet.Limits{Bytes: 1 << 30, Unzipped: 8 << 30}

// scope returns the units under which the actor may import.
func (s *Service) scope(actor auth.Actor) ([]string, error) {
	scope := s.policy.Scope(actor, network.ActRoster)
	if len(scope) > 0 {
		return scope, nil
	}
	if s.net.Tree().Root() == nil && actor.System {
		return nil, errs.E(errs.Conflict, "roster.no_city")
	}
	return nil, auth.Denied(actor)
}

// Check reads a file and says what an import would do. It writes nothing.
func (s *Service) Check(ctx context.Context, actor auth.Actor, file File, o Options) (Report, error) {
	if err := s.net.Refresh(ctx); err != nil {
		return Report{}, err
	}
	scope, err := s.scope(actor)
	if err != nil {
		return Report{}, err
	}
	c, err := s.check(ctx, scope, file, o)
	if err != nil {
		return Report{}, err
	}
	return c.pass.report, nil
}

// Import checks a file and, unless it is a dry run or has bad rows that
// weren't to be skipped, writes it. If it is interrupted, importing the same
// file again takes it up where it was.
func (s *Service) Import(ctx context.Context, actor auth.Actor, file File, o Options) (Report, error) {
	if o.DryRun {
		return s.Check(ctx, actor, file, o)
	}
	if err := s.net.Refresh(ctx); err != nil {
		return Report{}, err
	}
	scope, err := s.scope(actor)
	if err != nil {
		return Report{}, err
	}
	hash, err := file.hash()
	if err != nil {
		return Report{}, err
	}
	run, err := s.takeUp(ctx, sameFile(Run{
		ID: sqldb.NewID(), FileName: file.Name, FileHash: hash, FileSize: file.Size, State: Running, SkipBad: o.SkipBad,
		ActorID: actor.ID(), ActorName: actor.Name, CreatedAt: s.now(), scope: scope, interrupted: Stopped,
	}))
	if err != nil {
		return Report{}, err
	}
	return s.execute(ctx, run, file, o)
}

// checked is a file whose first pass is over.
type checked struct {
	pass    *pass
	people  *people
	numbers []network.RosterPerson
}

func (s *Service) check(ctx context.Context, scope []string, file File, o Options) (*checked, error) {
	src, err := openSource(file, o.Limits)
	if err != nil {
		return nil, err
	}
	empty, err := network.Empty(ctx, s.db.Reader())
	if err != nil {
		return nil, err
	}
	tree := s.net.Tree()
	p := &pass{
		ctx: ctx, q: s.db.Reader(), src: src, plan: newPlan(tree, scope), empty: empty, limit: o.issues(), aliases: map[int]string{}, houses: map[string]houses{},
		index: func(phone string) string { return s.seal.Index("phone", phone) },
		tell:  func(rows int, share float64) { o.tell(Progress{Phase: Checking, Rows: rows, Share: share}) },
	}
	if o.Bad != nil {
		if err := o.Bad(src.h.titles, nil); err != nil {
			return nil, err
		}
		p.bad = func(row sheet.Row, issues []Issue) error { return o.Bad(row.Cells, issues) }
	}
	if err := p.run(); err != nil {
		return nil, err
	}
	c := &checked{pass: p, people: newPeople(tree, s.seal)}
	return c, c.weigh(ctx, s.db.Reader())
}

// weigh completes the report with what becomes of units and people.
func (c *checked) weigh(ctx context.Context, q sqldb.Querier) error {
	r, nodes := &c.pass.report, c.pass.plan.used
	if err := c.people.load(ctx, q, nodes); err != nil {
		return err
	}
	counted := map[string]bool{}
	for _, n := range nodes {
		if n.unit == nil {
			*[]*int{&r.Areas, &r.Groups, &r.Cells}[n.level]++
		}
		c.people.count(n, r, counted)
	}
	var err error
	c.numbers, err = c.people.numbers(ctx, q, nodes)
	r.Phones, r.Claims = len(c.numbers), len(c.pass.claims)
	return err
}
