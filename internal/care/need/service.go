package need

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"time"

	"bilin/internal/audit"
	"bilin/internal/auth"
	"bilin/internal/errs"
	"bilin/internal/live"
	"bilin/internal/mirror"
	"bilin/internal/once"
	"bilin/internal/sqldb"
	"bilin/internal/workday"
)

// mostProposals is how many a page shows.
const mostProposals = 50

// Options are what a Service works with.
type Options struct {
	DB     *sqldb.DB
	Policy *auth.Policy
	Audit  *audit.Log
	Live   *live.Hub // nil: nobody is told
	Now    func() time.Time
	Logger *slog.Logger
}

// Service holds the catalogue and is the only way to change it.
type Service struct {
	*mirror.Of[*Catalog]
	o Options
}

// Open reads the catalogue, and first writes the built-in needs if there have
// never been any.
func Open(ctx context.Context, o Options) (*Service, error) {
	if o.Now == nil {
		o.Now = time.Now
	}
	if err := seed(ctx, o.DB); err != nil {
		return nil, err
	}
	current, err := mirror.Open(ctx, o.DB, mirror.Source[*Catalog]{Name: "care needs", Rev: readRev, Load: readCatalog}, o.Logger)
	return &Service{current, o}, err
}

// Catalog returns the catalogue as it is now.
func (s *Service) Catalog() *Catalog { return s.Get() }

func (s *Service) today() string { return s.o.Now().In(workday.City).Format(time.DateOnly) }

// Propose asks for a need, or for another content of one that there is. Name,
// obligation, basis and longest term come together, always.
type Propose struct {
	Key  string
	Need Need // Code "" for a new one
}

// Propose checks a proposal and puts it before its approvers. What names a
// forbidden ground goes no further, whoever asks.
func (s *Service) Propose(ctx context.Context, actor auth.Actor, cmd Propose) (id string, err error) {
	if err := s.o.Policy.Can(actor, ActPropose, auth.Object{}); err != nil {
		return "", err
	}
	n := &cmd.Need
	n.Name, n.NameEN, n.Law, n.Benefit = strings.TrimSpace(n.Name), strings.TrimSpace(n.NameEN), strings.TrimSpace(n.Law), strings.TrimSpace(n.Benefit)
	if err := s.fits(n); err != nil {
		return "", err
	}
	err = s.o.DB.Write(ctx, func(tx *sqldb.Tx) error {
		id, err = once.Do(ctx, tx, "need.propose/"+actor.ID(), cmd.Key, cmd, s.o.Now(), func() (string, error) {
			return s.propose(ctx, tx, actor, cmd.Need)
		})
		return err
	})
	return id, err
}

// fits says whether a need may be part of the catalogue as it is.
func (s *Service) fits(n *Need) error {
	all := s.Catalog().All()
	if _, known := s.Catalog().Need(n.Code); n.Code != "" && !known {
		return errs.E(errs.NotFound, "need.none")
	}
	if err := n.Check(all); err != nil {
		return err
	}
	if leaves(n, all) {
		return errs.E(errs.Invalid, "need.check").WithField("every", "need.leaves")
	}
	return nil
}

func (s *Service) propose(ctx context.Context, tx *sqldb.Tx, actor auth.Actor, n Need) (string, error) {
	return s.put(ctx, tx, actor, Proposal{ID: sqldb.NewID(), Need: n, New: n.Code == ""})
}

// put puts a proposal before its approvers. A need has one that is open at a time.
func (s *Service) put(ctx context.Context, tx *sqldb.Tx, actor auth.Actor, p Proposal) (string, error) {
	p.State, p.ProposedBy, p.Proposer, p.At, p.Version = Asked, actor.Human(), actor.Name, s.o.Now(), 1
	if p.New {
		p.Need.Code = "n" + strings.ReplaceAll(p.ID[len(p.ID)-12:], "-", "")
	} else {
		open, err := proposals(ctx, tx, `code = $1 AND state IN ('asked', 'notice')`, p.Need.Code)
		if err != nil {
			return "", err
		}
		if len(open) > 0 {
			return "", errs.E(errs.Conflict, "need.open_already")
		}
	}
	if err := p.store(ctx, tx); err != nil {
		return "", err
	}
	return p.ID, s.finish(ctx, tx, actor, "need.propose", p.ID, map[string]any{"code": p.Need.Code, "new": p.New, "off": p.Off})
}

// Decide says yes or no to a proposal.
type Decide struct {
	Key, ID string
	Version int
	Reason  string // of a no
}

// Approve is one person's yes. After the second one the public has ten days.
func (s *Service) Approve(ctx context.Context, actor auth.Actor, cmd Decide) error {
	return s.decide(ctx, actor, "need.approve", cmd, func(p *Proposal) error {
		if err := s.still(p); err != nil { // the catalogue may have changed since
			return err
		}
		return p.Approve(Approval{ActorID: actor.Human(), Name: actor.Name, Role: roleOf(actor), At: s.o.Now()}, s.today())
	})
}

// still says whether a proposal may be adopted as the catalogue is now. The code
// of a new one is its own already.
func (s *Service) still(p *Proposal) error {
	if p.Off {
		return s.inUse(p.Need.Code)
	}
	n := p.Need
	if p.New {
		n.Code = ""
	}
	return s.fits(&n)
}

// Refuse ends a proposal, before its notice is over.
func (s *Service) Refuse(ctx context.Context, actor auth.Actor, cmd Decide) error {
	return s.decide(ctx, actor, "need.refuse", cmd, func(p *Proposal) error { return p.Refuse(cmd.Reason, s.o.Now()) })
}

func (s *Service) decide(ctx context.Context, actor auth.Actor, action string, cmd Decide, do func(*Proposal) error) error {
	if err := s.o.Policy.Can(actor, ActApprove, auth.Object{}); err != nil {
		return err
	}
	return s.o.DB.Write(ctx, func(tx *sqldb.Tx) error {
		_, err := once.Do(ctx, tx, action+"/"+actor.ID(), cmd.Key, cmd, s.o.Now(), func() (bool, error) {
			p, err := proposal(ctx, tx, cmd.ID)
			if err != nil {
				return false, err
			}
			if cmd.Version != 0 && cmd.Version != p.Version {
				return false, errs.E(errs.Stale, "need.stale")
			}
			if err := do(p); err != nil {
				return false, err
			}
			if err := p.store(ctx, tx); err != nil {
				return false, err
			}
			return true, s.finish(ctx, tx, actor, action, p.ID, nil)
		})
		return err
	})
}

// roleOf is the post in which somebody approved.
func roleOf(actor auth.Actor) auth.Role {
	for _, g := range actor.Grants {
		if g.Role == auth.CityOffice || g.Role == auth.PrivacyOfficer {
			return g.Role
		}
	}
	return ""
}

// Proposals lists what is proposed and what became of it, the latest first: a
// page from an id on. It is public.
func (s *Service) Proposals(ctx context.Context, actor auth.Actor, before string) (list []Proposal, next string, err error) {
	if err := s.o.Policy.Can(actor, ActRead, auth.Object{}); err != nil {
		return nil, "", err
	}
	list, err = proposals(ctx, s.o.DB.Reader(), `($1 = '' OR id < $1) ORDER BY id DESC LIMIT $2`, before, mostProposals+1)
	if len(list) > mostProposals {
		list = list[:mostProposals]
		next = list[mostProposals-1].ID
	}
	return list, next, err
}

// Proposal returns one. It is public.
func (s *Service) Proposal(ctx context.Context, actor auth.Actor, id string) (*Proposal, error) {
	if err := s.o.Policy.Can(actor, ActRead, auth.Object{}); err != nil {
		return nil, err
	}
	return proposal(ctx, s.o.DB.Reader(), id)
}

// MayApprove reports whether somebody may say yes to a proposal now.
func (s *Service) MayApprove(actor auth.Actor, p *Proposal) bool {
	trial := *p
	return s.o.Policy.Can(actor, ActApprove, auth.Object{}) == nil && trial.Approve(Approval{ActorID: actor.Human()}, s.today()) == nil
}

// Waiting counts the proposals that wait for somebody's yes.
func (s *Service) Waiting(ctx context.Context, actor auth.Actor) (n int, err error) {
	if s.o.Policy.Can(actor, ActApprove, auth.Object{}) != nil {
		return 0, nil
	}
	list, err := proposals(ctx, s.o.DB.Reader(), `state = 'asked' ORDER BY id LIMIT $1`, mostProposals)
	for i := range list {
		if s.MayApprove(actor, &list[i]) {
			n++
		}
	}
	return n, err
}

// Tick adopts what has been on public notice for long enough.
func (s *Service) Tick(ctx context.Context) error {
	clock := auth.System("care")
	list, err := proposals(ctx, s.o.DB.Reader(), `state = 'notice' AND notice_to < $1 ORDER BY id LIMIT $2`, s.today(), mostProposals)
	for i := range list {
		if failed := s.o.DB.Write(ctx, func(tx *sqldb.Tx) error { return s.adopt(ctx, tx, clock, list[i].ID) }); failed != nil {
			err = errors.Join(err, failed)
		}
	}
	if len(list) > 0 {
		err = errors.Join(err, s.Refresh(ctx))
	}
	return err
}

func (s *Service) adopt(ctx context.Context, tx *sqldb.Tx, clock auth.Actor, id string) error {
	p, err := proposal(ctx, tx, id)
	if err != nil || !p.Ripe(s.today()) {
		return err
	}
	c, err := readCatalog(ctx, tx)
	if err != nil {
		return err
	}
	now, known := c.Need(p.Need.Code)
	p.State, p.DecidedAt = Adopted, s.o.Now()
	p.Version++
	n := p.Need
	n.Version, n.Off, n.OffOn, n.OffWhy = now.Version+1, known && now.Off, now.OffOn, now.OffWhy
	if p.Off { // as it is by now, and no longer used
		n = now
		n.Version, n.Off, n.OffOn, n.OffWhy = now.Version+1, true, s.today(), p.Why
	}
	err = errors.Join(p.store(ctx, tx), put(ctx, tx, n, len(c.list)), nextRev(ctx, tx))
	return errors.Join(err, s.finish(ctx, tx, clock, "need.adopt", p.ID, map[string]any{"code": n.Code, "off": p.Off}))
}

func (s *Service) finish(ctx context.Context, tx *sqldb.Tx, actor auth.Actor, action, id string, detail any) error {
	err := s.o.Audit.Append(ctx, tx, audit.Entry{ActorID: actor.ID(), ActorName: actor.Name, Action: action, ObjectKind: "care_need", ObjectID: id, Detail: detail})
	if err != nil || s.o.Live == nil {
		return err
	}
	return s.o.Live.Publish(ctx, tx, Topic, "")
}
