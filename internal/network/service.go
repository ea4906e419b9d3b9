package network

import (
	"context"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"bilin/internal/audit"
	"bilin/internal/auth"
	"bilin/internal/live"
	"bilin/internal/purpose"
	"bilin/internal/seal"
	"bilin/internal/sqldb"
)

const stateActive = "active"

// Sessions ends what a person is logged in with. It is part of the command.
type Sessions interface {
	EndFor(ctx context.Context, tx *sqldb.Tx, personID string) error
}

// Handover moves a capability's open work from one holder of a post to the
// next, as part of the command, and names what it moved.
type Handover interface {
	HandOver(ctx context.Context, tx *sqldb.Tx, post *Post, fromPersonID, toPersonID string) ([]string, error)
}

// Options are what a Service works with.
type Options struct {
	Audit      *audit.Log
	Live       *live.Hub
	Seal       *seal.Sealer
	Vault      *seal.Vault // households' own keys; without it no number of a household can be entered or read
	Logger     *slog.Logger
	Now        func() time.Time
	NoticeDays int // how long a candidate is on public notice; 0 means 5
}

// Service is the registry's use cases and its current tree.
type Service struct {
	db         *sqldb.DB
	audit      *audit.Log
	live       *live.Hub
	seal       *seal.Sealer
	vault      *seal.Vault
	log        *slog.Logger
	now        func() time.Time
	noticeDays int
	policy     *auth.Policy

	sessions  Sessions
	handovers []Handover
	places    Places
	reaches   []Reach
	purposes  *purpose.Service
	keepers   []Keeper

	tree       atomic.Pointer[Tree]
	refreshing sync.Mutex
	stop       context.CancelFunc
	stopped    sync.WaitGroup
}

// Open loads the tree and returns the service.
func Open(ctx context.Context, db *sqldb.DB, o Options) (*Service, error) {
	s := &Service{
		db: db, audit: o.Audit, live: o.Live, seal: o.Seal, vault: o.Vault, log: o.Logger, now: o.Now,
		noticeDays: o.NoticeDays, stop: func() {},
	}
	if s.log == nil {
		s.log = slog.Default()
	}
	if s.now == nil {
		s.now = time.Now
	}
	if s.noticeDays == 0 {
		s.noticeDays = 5
	}
	s.policy = auth.NewPolicy(s, Rules)
	s.tree.Store(&Tree{})
	return s, s.Refresh(ctx)
}

// Wire sets what a hand-over also ends and moves. Call it before the service is used.
func (s *Service) Wire(sessions Sessions, handovers ...Handover) {
	s.sessions, s.handovers = sessions, handovers
}

// Tree returns the network as it is now.
func (s *Service) Tree() *Tree { return s.tree.Load() }

// Contains makes the service the policy's ancestry, always by the current tree.
func (s *Service) Contains(rootID, unitID string) bool { return s.Tree().Contains(rootID, unitID) }

// RootID is the city's id, "" while there is none.
func (s *Service) RootID() string { return s.Tree().RootID() }

// Grants returns what a person's posts give them.
func (s *Service) Grants(_ context.Context, personID string) ([]auth.Grant, error) {
	return s.Tree().Grants(personID), nil
}

// Officials returns the persons with an official's post at or under the units.
func (s *Service) Officials(_ context.Context, unitIDs []string) ([]string, error) {
	tree := s.Tree()
	found := map[string]bool{}
	for _, id := range unitIDs {
		for _, u := range tree.Subtree(tree.ByID(id)) {
			for _, p := range tree.Posts(u.ID) {
				if !p.Role.IsOfficial() {
					continue
				}
				for _, h := range []*Holder{p.Holder, p.StandIn} {
					if h != nil {
						found[h.PersonID] = true
					}
				}
			}
		}
	}
	return slices.Sorted(maps.Keys(found)), nil
}

// Refresh brings the tree up to the database. Callers that wait for each other
// share the work.
func (s *Service) Refresh(ctx context.Context) error {
	s.refreshing.Lock()
	defer s.refreshing.Unlock()
	t, day := s.Tree(), s.today()
	d, err := readDelta(ctx, s.db.Reader(), t)
	if err != nil {
		return err
	}
	if d.rev != t.rev || day != t.day {
		s.tree.Store(t.grow(d, day))
	}
	return nil
}

// settle is Refresh after a command of our own, so that whoever did it sees it.
// rev is 0 if the command was a repeat, whose first run may be just committed.
// The command is done; should the reading fail, the watch tries again.
func (s *Service) settle(ctx context.Context, rev int64) {
	if rev > 0 && s.Tree().rev >= rev {
		return
	}
	if err := s.Refresh(context.WithoutCancel(ctx)); err != nil {
		s.log.Error("network: tree not refreshed after a command", "err", err)
	}
}

// How often other processes' changes are looked for.
const watchInterval = time.Second

// Start follows changes made elsewhere and the turn of the day, until Stop.
func (s *Service) Start(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	s.stop = cancel
	s.stopped.Go(func() {
		tick := time.NewTicker(watchInterval)
		defer tick.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
			}
			if err := s.Refresh(ctx); err != nil && ctx.Err() == nil {
				s.log.Error("network: tree not refreshed", "err", err)
			}
		}
	})
	return nil
}

// Stop ends what Start began.
func (s *Service) Stop() {
	s.stop()
	s.stopped.Wait()
}

// cityZone is the civil time of the city; China keeps one, without summer time.
var cityZone = time.FixedZone("CST", 8*60*60)

const dayLayout = "2006-01-02"

func (s *Service) today() string { return s.now().In(cityZone).Format(dayLayout) }

// nextRev numbers a change of the tree. The row serialises commands on the
// registry, so revisions become visible in their order.
func nextRev(ctx context.Context, q sqldb.Querier) (int64, error) {
	var rev int64
	err := q.QueryRowContext(ctx, `UPDATE tree_rev SET rev = rev + 1 WHERE id = 1 RETURNING rev`).Scan(&rev)
	if err != nil {
		return 0, fmt.Errorf("network: next revision: %w", err)
	}
	return rev, nil
}
