package mode

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"bilin/internal/audit"
	"bilin/internal/auth"
	"bilin/internal/errs"
	"bilin/internal/live"
	"bilin/internal/mirror"
	"bilin/internal/network"
	"bilin/internal/once"
	"bilin/internal/sqldb"
)

// Options are what a Service works with.
type Options struct {
	DB      *sqldb.DB
	Network *network.Service
	Policy  *auth.Policy
	Audit   *audit.Log
	Live    *live.Hub
	Now     func() time.Time
	Logger  *slog.Logger
}

// Service knows where emergency mode is on.
type Service struct {
	*mirror.Of[[]Mode]
	o Options
}

// Open reads what is on.
func Open(ctx context.Context, o Options) (*Service, error) {
	on, err := mirror.Open(ctx, o.DB, mirror.Source[[]Mode]{Name: "emergency mode", Rev: readRev, Load: readOn}, o.Logger)
	return &Service{on, o}, err
}

// Active lists the modes that are on, the latest first.
func (s *Service) Active() []Mode { return s.Get() }

// At returns the mode that is on at a unit, its own or one above it.
func (s *Service) At(unitID string) (Mode, bool) {
	return covering(s.o.Network.Tree(), s.Get(), unitID)
}

// Paused reports whether routine tasks pause at a unit.
func (s *Service) Paused(unitID string) bool {
	_, on := s.At(unitID)
	return on
}

// Past lists the modes there have been, the latest first.
func (s *Service) Past(ctx context.Context) ([]Mode, error) {
	return read(ctx, s.o.DB.Reader(), `ended_at <> 0 ORDER BY started_at DESC, id LIMIT $1`, mostShown)
}

// Mode returns one.
func (s *Service) Mode(ctx context.Context, id string) (Mode, error) {
	return readOne(ctx, s.o.DB.Reader(), id)
}

// MaySet lists the units that the actor's own posts may put into the mode.
func (s *Service) MaySet(actor auth.Actor) (unitIDs []string) {
	return s.o.Policy.Scope(actor, ActSet)
}

// Declare puts a unit into emergency mode and returns the mode's id.
func (s *Service) Declare(ctx context.Context, actor auth.Actor, cmd Declare) (id string, err error) {
	unit := s.o.Network.Tree().ByID(cmd.UnitID)
	if unit == nil || !unit.Active() {
		return "", errs.Refuse("unit", "mode.no_unit")
	}
	if err := s.o.Policy.Can(actor, ActSet, auth.Object{UnitID: unit.ID}); err != nil {
		return "", err
	}
	if cmd, err = cmd.check(); err != nil {
		return "", err
	}
	err = s.o.DB.Write(ctx, func(tx *sqldb.Tx) (err error) {
		id, err = once.Do(ctx, tx, "mode.declare/"+actor.ID(), cmd.Key, cmd, s.o.Now(), func() (string, error) {
			on, err := readOn(ctx, tx)
			if err != nil {
				return "", err
			}
			if m, already := covering(s.o.Network.Tree(), on, unit.ID); already {
				return "", errs.E(errs.Conflict, "mode.on_already", "at", s.o.Network.Tree().ByID(m.UnitID).Name)
			}
			if len(on) >= mostActive {
				return "", errs.E(errs.Conflict, "mode.too_many", "max", mostActive)
			}
			now := s.o.Now()
			m := Mode{ID: sqldb.NewID(), UnitID: unit.ID, Reason: cmd.Reason, StartedAt: now, StartedBy: actor.Name, Until: now.Add(time.Duration(cmd.Hours) * time.Hour), Version: 1}
			if err := insert(ctx, tx, m); err != nil {
				return "", err
			}
			return m.ID, s.finish(ctx, tx, actor, "emergency.declare", m, map[string]any{"hours": cmd.Hours})
		})
		return err
	})
	if err == nil {
		s.Settle(ctx)
	}
	return id, err
}

// End takes a unit out of emergency mode. What waited goes out again with the
// next round of Restore.
func (s *Service) End(ctx context.Context, actor auth.Actor, cmd End) error {
	m, err := readOne(ctx, s.o.DB.Reader(), cmd.ID)
	if err != nil {
		return err
	}
	if err := s.o.Policy.Can(actor, ActSet, auth.Object{UnitID: m.UnitID}); err != nil {
		return err
	}
	if cmd.Note, err = words("note", cmd.Note); err != nil {
		return err
	}
	err = s.o.DB.Write(ctx, func(tx *sqldb.Tx) error {
		_, err := once.Do(ctx, tx, "mode.end/"+actor.ID(), cmd.Key, cmd, s.o.Now(), func() (bool, error) {
			return true, s.end(ctx, tx, actor, cmd)
		})
		return err
	})
	if err == nil {
		s.Settle(ctx)
	}
	return err
}

func (s *Service) end(ctx context.Context, tx *sqldb.Tx, actor auth.Actor, cmd End) error {
	m, err := readOne(ctx, tx, cmd.ID)
	switch {
	case err != nil:
		return err
	case !m.On():
		return errs.E(errs.Conflict, "mode.over")
	case cmd.Version != 0 && cmd.Version != m.Version:
		return errs.E(errs.Stale, "mode.changed_since")
	}
	_, err = tx.ExecContext(ctx, `UPDATE emergency_mode SET ended_at = $1, ended_by = $2, note = $3, version = version + 1 WHERE id = $4`,
		sqldb.Millis(s.o.Now()), actor.Name, cmd.Note, m.ID)
	if err != nil {
		return err
	}
	return s.finish(ctx, tx, actor, "emergency.end", m, nil)
}

// finish raises the revision, writes the audit row and tells the open pages.
func (s *Service) finish(ctx context.Context, tx *sqldb.Tx, actor auth.Actor, action string, m Mode, detail any) error {
	_, err := tx.ExecContext(ctx, `UPDATE emergency_rev SET rev = rev + 1 WHERE id = 1`)
	if err != nil {
		return err
	}
	err = s.o.Audit.Append(ctx, tx, audit.Entry{ActorID: actor.ID(), ActorName: actor.Name, Action: action, ObjectKind: "emergency", ObjectID: m.ID, UnitID: m.UnitID, Detail: detail})
	if err != nil || s.o.Live == nil {
		return err
	}
	return s.o.Live.Publish(ctx, tx, Topic, "")
}

// Tick ends the modes whose time is over, and lets bring back what waited under
// each that ended: back is called until it succeeds, and may be called again.
func (s *Service) Tick(ctx context.Context, back func(ctx context.Context, unitID string) error) error {
	clock := auth.System("emergency")
	for _, m := range s.Active() {
		if m.Until.After(s.o.Now()) {
			continue
		}
		err := s.o.DB.Write(ctx, func(tx *sqldb.Tx) error { return s.end(ctx, tx, clock, End{ID: m.ID}) })
		if err != nil && errs.KindOf(err) != errs.Conflict {
			return err
		}
	}
	if err := s.Refresh(ctx); err != nil {
		return err
	}
	ended, err := read(ctx, s.o.DB.Reader(), `ended_at <> 0 AND restored_at = 0 ORDER BY ended_at, id LIMIT $1`, mostShown)
	for _, m := range ended {
		if failed := back(ctx, m.UnitID); failed != nil {
			err = errors.Join(err, failed)
			continue
		}
		failed := s.o.DB.Write(ctx, func(tx *sqldb.Tx) error {
			_, err := tx.ExecContext(ctx, `UPDATE emergency_mode SET restored_at = $1 WHERE id = $2`, sqldb.Millis(s.o.Now()), m.ID)
			return err
		})
		err = errors.Join(err, failed)
	}
	return err
}
