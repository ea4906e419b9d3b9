package admission

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"bilin/internal/auth"
	"bilin/internal/errs"
	"bilin/internal/network"
	"bilin/internal/once"
	"bilin/internal/sqldb"
)

// The states of an objection. While it is open, and if it is upheld, the village
// gets no task of the matter.
const (
	ObjectionOpen      = "open"
	ObjectionUpheld    = "upheld"
	ObjectionDismissed = "dismissed"
)

// Object says no to an admitted matter for a village or a town, with a reason.
func (s *Service) Object(ctx context.Context, actor auth.Actor, number, unitID string, cmd Command) (id string, err error) {
	u := s.tree().ByID(unitID)
	if u == nil || !u.Active() || u.Level != network.Village && u.Level != network.Town {
		return "", errs.E(errs.Invalid, "matter.check").WithField("unit", "matter.unknown")
	}
	if err := s.opt.Policy.Can(actor, ActObject, auth.Object{UnitID: u.ID}); err != nil {
		return "", err
	}
	if n := len([]rune(strings.TrimSpace(cmd.Note))); n == 0 || n > MaxText {
		return "", errs.E(errs.Invalid, "matter.check").WithField("note", "matter.no_word")
	}
	err = s.opt.DB.Write(ctx, func(tx *sqldb.Tx) error {
		now := s.now()
		m, err := byNumber(ctx, tx, number)
		if err != nil {
			return err
		}
		id, err = once.Do(ctx, tx, "admission."+actor.ID(), cmd.Key, []string{"object", m.ID, u.ID, cmd.Note}, now, func() (string, error) {
			if m.State != Admitted || m.Emergency {
				return "", errs.E(errs.Conflict, "matter.not_now", "state", string(m.State))
			}
			had, err := objectionsOf(ctx, tx, `matter_id = $1 AND unit_id = $2 AND state <> 'dismissed'`, m.ID, u.ID)
			if err != nil || len(had) > 0 {
				return "", errors.Join(err, errs.E(errs.Conflict, "matter.objected_before"))
			}
			o := Objection{ID: sqldb.NewID(), MatterID: m.ID, UnitID: u.ID, State: ObjectionOpen, Reason: strings.TrimSpace(cmd.Note), ActorName: actor.Name, At: now}
			if err := addObjection(ctx, tx, o); err != nil {
				return "", err
			}
			return o.ID, s.eventOf(ctx, tx, actor, m, "objected", cmd.Note, u.ID)
		})
		return err
	})
	return id, err
}

// eventOf adds an event to a matter whose state stays.
func (s *Service) eventOf(ctx context.Context, tx *sqldb.Tx, actor auth.Actor, m *Matter, kind, text, unitID string) error {
	if err := save(ctx, tx, m); err != nil {
		return err
	}
	e := Event{Seq: m.Seq, At: s.now(), Kind: kind, ActorID: actor.ID(), ActorName: actor.Name, Text: text}
	e.Role, e.UnitID, e.DepartmentID = role(actor)
	e.UnitID = unitID
	return s.record(ctx, tx, actor, m, "matter."+kind, e, unitID)
}

// DecideObjection settles one: upheld, the matter is off for the village.
func (s *Service) DecideObjection(ctx context.Context, actor auth.Actor, id string, uphold bool, cmd Command) error {
	if err := s.opt.Policy.Can(actor, ActReview, auth.Object{}); err != nil {
		return err
	}
	if n := len([]rune(strings.TrimSpace(cmd.Note))); n == 0 || n > MaxText {
		return errs.E(errs.Invalid, "matter.check").WithField("note", "matter.no_word")
	}
	state := ObjectionDismissed
	if uphold {
		state = ObjectionUpheld
	}
	return s.opt.DB.Write(ctx, func(tx *sqldb.Tx) error {
		now := s.now()
		_, err := once.Do(ctx, tx, "admission."+actor.ID(), cmd.Key, []string{"decide-objection", id, state, cmd.Note}, now, func() (string, error) {
			list, err := objectionsOf(ctx, tx, `id = $1`, id)
			switch {
			case err != nil:
				return "", err
			case len(list) == 0:
				return "", notHere()
			case list[0].State != ObjectionOpen:
				return "", errs.E(errs.Conflict, "matter.objection_decided")
			}
			m, err := one(ctx, tx, `id = $1`, list[0].MatterID)
			if err != nil {
				return "", err
			}
			_, err = tx.ExecContext(ctx, `UPDATE matter_objection SET state = $1, decision = $2, decided_at = $3 WHERE id = $4`, state, cmd.Note, sqldb.MillisOrZero(now), id)
			if err != nil {
				return "", fmt.Errorf("admission: objection: %w", err)
			}
			return "", s.eventOf(ctx, tx, actor, m, state, cmd.Note, list[0].UnitID)
		})
		return err
	})
}

func addObjection(ctx context.Context, tx *sqldb.Tx, o Objection) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO matter_objection (id, matter_id, unit_id, state, reason, actor_id, actor_name, at, decision, decided_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`, o.ID, o.MatterID, o.UnitID, o.State, o.Reason, "", o.ActorName, sqldb.MillisOrZero(o.At), o.Decision, sqldb.MillisOrZero(o.DecidedAt))
	if err != nil {
		return fmt.Errorf("admission: objection: %w", err)
	}
	return nil
}

func objectionsOf(ctx context.Context, q sqldb.Querier, where string, args ...any) ([]Objection, error) {
	rows, err := q.QueryContext(ctx, `SELECT id, matter_id, unit_id, state, reason, actor_name, at, decision, decided_at
		FROM matter_objection WHERE `+where+` ORDER BY at, id`, args...)
	if err != nil {
		return nil, fmt.Errorf("admission: objections: %w", err)
	}
	defer rows.Close()
	var out []Objection
	for rows.Next() {
		var o Objection
		var at, decided int64
		if err := rows.Scan(&o.ID, &o.MatterID, &o.UnitID, &o.State, &o.Reason, &o.ActorName, &at, &o.Decision, &decided); err != nil {
			return nil, fmt.Errorf("admission: objections: %w", err)
		}
		o.At, o.DecidedAt = sqldb.TimeOrZero(at), sqldb.TimeOrZero(decided)
		out = append(out, o)
	}
	return out, rows.Err()
}

// Objected says where matters don't count: by the matter's id, the units whose
// objection is open or was upheld.
func (s *Service) Objected(ctx context.Context, q sqldb.Querier) (map[string][]string, error) {
	list, err := objectionsOf(ctx, q, `state <> 'dismissed'`)
	out := map[string][]string{}
	for _, o := range list {
		out[o.MatterID] = append(out[o.MatterID], o.UnitID)
	}
	return out, err
}

// Objections lists those against a matter, which are public as it is.
func (s *Service) Objections(ctx context.Context, actor auth.Actor, number string) ([]Objection, error) {
	m, err := s.Matter(ctx, actor, number)
	if err != nil {
		return nil, err
	}
	return objectionsOf(ctx, s.opt.DB.Reader(), `matter_id = $1`, m.ID)
}

// OpenObjection is one that waits for the city office.
type OpenObjection struct {
	Objection
	Matter *Matter
}

// OpenObjections lists what waits, the oldest first, a hundred at most.
func (s *Service) OpenObjections(ctx context.Context, actor auth.Actor) ([]OpenObjection, error) {
	if err := s.opt.Policy.Can(actor, ActReview, auth.Object{}); err != nil {
		return nil, err
	}
	list, err := objectionsOf(ctx, s.opt.DB.Reader(), `state = 'open'`)
	if err != nil || len(list) == 0 {
		return nil, err
	}
	list = list[:min(len(list), 100)]
	var these sqldb.Where
	ids := make([]string, len(list))
	for i, o := range list {
		ids[i] = o.MatterID
	}
	these.In("id", ids)
	matters, err := many(ctx, s.opt.DB.Reader(), these.Text(), these.Args...)
	if err != nil {
		return nil, err
	}
	byID := map[string]*Matter{}
	for _, m := range matters {
		byID[m.ID] = m
	}
	out := make([]OpenObjection, len(list))
	for i, o := range list {
		out[i] = OpenObjection{o, byID[o.MatterID]}
	}
	return out, nil
}
