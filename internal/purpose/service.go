package purpose

import (
	"context"
	"fmt"
	"slices"
	"time"

	"bilin/internal/audit"
	"bilin/internal/auth"
	"bilin/internal/errs"
	"bilin/internal/live"
	"bilin/internal/once"
	"bilin/internal/sqldb"
)

// UnitOf returns the cell a household is in.
type UnitOf func(ctx context.Context, q sqldb.Querier, householdID string) (string, error)

// Options are what a Service works with. Live may be left out.
type Options struct {
	DB     *sqldb.DB
	Policy *auth.Policy
	Tree   auth.Ancestry
	UnitOf UnitOf
	Audit  *audit.Log
	Live   *live.Hub
	Now    func() time.Time
}

// Service opens sealed data to those who have a reason.
type Service struct {
	o       Options
	sources []Source
}

// New returns a Service. Until sources are added, only a broken glass opens anything.
func New(o Options) *Service {
	if o.Now == nil {
		o.Now = time.Now
	}
	return &Service{o: o}
}

// Ask adds sources. Call it before the service is used.
func (s *Service) Ask(sources ...Source) { s.sources = append(s.sources, sources...) }

// Kinds lists the kinds of work there are.
func (s *Service) Kinds() []string {
	kinds := make([]string, 0, len(s.sources))
	for _, source := range s.sources {
		kinds = append(kinds, source.Kind())
	}
	return kinds
}

// Works lists the actor's open work about a household, what is due first. A
// glass that the actor broke and that is still good comes before it.
func (s *Service) Works(ctx context.Context, actor auth.Actor, sub Subject) ([]Work, error) {
	q := s.o.DB.Reader()
	sub, err := s.subject(ctx, q, sub)
	if err != nil {
		return nil, err
	}
	if s.o.Policy.Can(actor, ActOpen, auth.Object{UnitID: sub.UnitID}) != nil {
		return nil, nil
	}
	var all []Work
	for _, source := range s.sources {
		found, err := source.OpenWork(ctx, q, actor, sub)
		if err != nil {
			return nil, fmt.Errorf("purpose: open work, %s: %w", source.Kind(), err)
		}
		all = append(all, found...)
	}
	inOrder(all)
	glass, err := goodGlass(ctx, q, actor.ID(), sub.HouseholdID, s.o.Now())
	return append(glass, all...), err
}

// MayBreak reports whether the actor may break the glass of a household there.
func (s *Service) MayBreak(actor auth.Actor, sub Subject) bool {
	return s.o.Policy.Can(actor, ActGlass, auth.Object{UnitID: sub.UnitID}) == nil
}

// Open lets the actor open something about a household on a ground, and writes
// that down. The caller opens the seal in the same transaction, so that nothing
// is opened that isn't recorded.
func (s *Service) Open(ctx context.Context, tx *sqldb.Tx, actor auth.Actor, sub Subject, g Ground, what string) error {
	if !slices.Contains(Whats(), what) {
		return fmt.Errorf("purpose: open what? %q", what)
	}
	sub, err := s.subject(ctx, tx, sub)
	if err != nil {
		return err
	}
	if err := s.o.Policy.Can(actor, ActOpen, auth.Object{UnitID: sub.UnitID}); err != nil {
		return err
	}
	work, err := s.ground(ctx, tx, actor, sub, g)
	if err != nil {
		return err
	}
	post := standing(s.o.Tree, actor, sub.UnitID)
	err = insertReading(ctx, tx, sub.UnitID, actor.ID(), Reading{
		ID: sqldb.NewID(), HouseholdID: sub.HouseholdID, At: s.o.Now(), Role: post.Role, ByUnitID: post.UnitID,
		Ground: work.Ground, Title: work.Title, What: what,
	})
	if err != nil {
		return err
	}
	return s.o.Audit.Append(ctx, tx, audit.Entry{
		ActorID: actor.ID(), ActorName: actor.Name, Action: "purpose.read", ObjectKind: "household", ObjectID: sub.HouseholdID,
		UnitID: sub.UnitID, Purpose: work.Kind + " " + work.ID, Detail: map[string]any{"what": what},
	})
}

// ground returns the open work that was named, or refuses.
func (s *Service) ground(ctx context.Context, tx *sqldb.Tx, actor auth.Actor, sub Subject, g Ground) (Work, error) {
	switch {
	case g.Kind == Glass:
		b, err := oneBreak(ctx, tx, g.ID)
		if err != nil {
			return Work{}, err
		}
		if !b.opensFor(actor.ID(), sub.HouseholdID, s.o.Now()) {
			return Work{}, errs.E(errs.Forbidden, "purpose.glass_over")
		}
		return Work{Ground: g}, countRead(ctx, tx, b.ID)
	case g.Kind == System && actor.System:
		return Work{Ground: g}, nil
	}
	for _, source := range s.sources {
		if source.Kind() != g.Kind {
			continue
		}
		found, err := source.OpenWork(ctx, tx, actor, sub)
		if err != nil {
			return Work{}, fmt.Errorf("purpose: open work, %s: %w", g.Kind, err)
		}
		if i := slices.IndexFunc(found, func(w Work) bool { return w.Ground == g }); i >= 0 {
			return found[i], nil
		}
	}
	return Work{}, errs.E(errs.Forbidden, "purpose.no_ground")
}

// subject puts the household's true cell in, whatever the caller believed.
func (s *Service) subject(ctx context.Context, q sqldb.Querier, sub Subject) (Subject, error) {
	unit, err := s.o.UnitOf(ctx, q, sub.HouseholdID)
	return Subject{sub.HouseholdID, unit}, err
}

// BreakGlass opens a household to the actor for a while. It is reviewed, and
// the household sees it.
func (s *Service) BreakGlass(ctx context.Context, actor auth.Actor, c BreakGlass) (Ground, error) {
	c, err := c.check()
	if err != nil {
		return Ground{}, err
	}
	var g Ground
	err = s.o.DB.Write(ctx, func(tx *sqldb.Tx) (err error) {
		c.Subject, err = s.subject(ctx, tx, c.Subject)
		if err != nil {
			return err
		}
		if err := s.o.Policy.Can(actor, ActGlass, auth.Object{UnitID: c.UnitID}); err != nil {
			return err
		}
		g, err = once.Do(ctx, tx, "purpose.glass/"+actor.ID(), c.Key, c, s.o.Now(), func() (Ground, error) {
			return s.breakGlass(ctx, tx, actor, c)
		})
		return err
	})
	return g, err
}

func (s *Service) breakGlass(ctx context.Context, tx *sqldb.Tx, actor auth.Actor, c BreakGlass) (Ground, error) {
	now, post := s.o.Now(), standing(s.o.Tree, actor, c.UnitID)
	n, err := brokenSince(ctx, tx, actor, now.Add(-time.Hour))
	if err != nil {
		return Ground{}, err
	}
	if n >= GlassAnHour {
		return Ground{}, errs.E(errs.TooMany, "purpose.much_glass", "n", GlassAnHour)
	}
	b := Break{
		ID: sqldb.NewID(), HouseholdID: c.HouseholdID, UnitID: c.UnitID, ActorID: actor.ID(), PersonID: actor.PersonID, ActorName: actor.Name,
		Role: post.Role, ByUnitID: post.UnitID, Reason: c.Reason, Words: c.Words, At: now, Until: now.Add(GlassGood), Due: now.Add(ReviewIn), Version: 1,
	}
	if err := insertBreak(ctx, tx, b); err != nil {
		return Ground{}, err
	}
	return Ground{Glass, b.ID}, s.finish(ctx, tx, actor, "purpose.glass", b, map[string]any{"reason": b.Reason})
}

func (s *Service) finish(ctx context.Context, tx *sqldb.Tx, actor auth.Actor, action string, b Break, detail any) error {
	err := s.o.Audit.Append(ctx, tx, audit.Entry{
		ActorID: actor.ID(), ActorName: actor.Name, Action: action, ObjectKind: "glass", ObjectID: b.ID, UnitID: b.UnitID,
		Purpose: string(b.Reason), Detail: detail,
	})
	if err != nil || s.o.Live == nil {
		return err
	}
	return s.o.Live.Publish(ctx, tx, Topic, "")
}

// Readings lists who opened what of a household, the latest first: for the
// household itself, whose right to see it the caller has checked.
func (s *Service) Readings(ctx context.Context, householdID, cursor string, limit int) (list []Reading, next string, err error) {
	return readings(ctx, s.o.DB.Reader(), householdID, cursor, limit)
}

// BreaksOf lists the broken glass of a household, the latest first, for the household itself.
func (s *Service) BreaksOf(ctx context.Context, householdID string) ([]Break, error) {
	return breaks(ctx, s.o.DB.Reader(), `household_id = $1 ORDER BY opened_at DESC, id DESC`, householdID)
}

// HasOpened reports whether the actor opened something of a household since a time.
func (s *Service) HasOpened(ctx context.Context, q sqldb.Querier, actor auth.Actor, householdID, what string, since time.Time) (bool, error) {
	var n int
	err := q.QueryRowContext(ctx, `SELECT COUNT(*) FROM purpose_reading WHERE household_id = $1 AND at >= $2 AND actor_id = $3 AND what = $4`,
		householdID, sqldb.Millis(since), actor.ID(), what).Scan(&n)
	return n > 0, err
}
