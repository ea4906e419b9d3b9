package meeting

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"time"

	"bilin/internal/auth"
	"bilin/internal/errs"
	"bilin/internal/plaintext"
	"bilin/internal/sqldb"
)

// waiting is an invitation that was written down and isn't known to be out yet.
type waiting struct {
	meetingID, key string
	title, words   string
	households     int
	by, name       string // who invites
	at             time.Time
}

const waitingColumns = `meeting_id, key, title, words, households, actor_id, actor_name, at`

func waitingAll(ctx context.Context, q sqldb.Querier, rest string, args ...any) ([]waiting, error) {
	return sqldb.Collect(ctx, q, func(r *sql.Rows, w *waiting) error {
		var at int64
		err := r.Scan(&w.meetingID, &w.key, &w.title, &w.words, &w.households, &w.by, &w.name, &at)
		w.at = sqldb.Time(at)
		return err
	}, `SELECT `+waitingColumns+` FROM meeting_invitation `+rest, args...)
}

// waitingOf returns the one of a meeting, or nil.
func waitingOf(ctx context.Context, q sqldb.Querier, meetingID string) (*waiting, error) {
	list, err := waitingAll(ctx, q, `WHERE meeting_id = $1`, meetingID)
	if err != nil || len(list) == 0 {
		return nil, err
	}
	return &list[0], nil
}

// changeable refuses to change what is over, and what is being told in other words.
func changeable(ctx context.Context, tx *sqldb.Tx, m *Meeting) error {
	if err := m.coming(); err != nil {
		return err
	}
	w, err := waitingOf(ctx, tx, m.ID)
	if err == nil && w != nil {
		err = errs.E(errs.Conflict, "meeting.inviting")
	}
	return err
}

// Invite takes the invitation to the households of the unit, as the caller. It is
// written down before it is sent: whatever fails in between, it goes out once, in
// these words, and nothing about the meeting changes meanwhile.
func (s *Service) Invite(ctx context.Context, actor auth.Actor, cmd Invite) error {
	m, err := s.held(ctx, actor, cmd.Number)
	if err != nil {
		return err
	}
	if err := m.invitable(s.now()); err != nil {
		return err
	}
	cmd.Title, cmd.Words = plaintext.OneLine(cmd.Title), paragraphs(cmd.Words)
	title, words := cmd.Title, cmd.Words
	if err := s.struck(ctx, m.UnitID, &title, &words); err != nil {
		return err
	}
	bad := faults()
	for name, changed := range map[string]bool{"title": title != cmd.Title, "words": words != cmd.Words} {
		if changed { // whoever sends it sees first what is left out
			bad.WithField(name, "meeting.left_out")
		}
	}
	if err := found(bad); err != nil {
		return err
	}
	w, err := s.claim(ctx, actor, cmd)
	if err != nil {
		return err
	}
	return s.send(ctx, actor, m, w)
}

// claim writes an invitation down; a repeat finds it there.
func (s *Service) claim(ctx context.Context, actor auth.Actor, cmd Invite) (out *waiting, err error) {
	key := cmd.Key
	if key == "" {
		key = sqldb.NewID()
	}
	err = s.o.DB.Write(ctx, func(tx *sqldb.Tx) error {
		m, err := byNumber(ctx, tx, cmd.Number)
		if err != nil {
			return err
		}
		if err := m.invitable(s.now()); err != nil {
			return err
		}
		w := waiting{meetingID: m.ID, key: key, title: cmd.Title, words: cmd.Words, households: cmd.Households, by: actor.ID(), name: actor.Name, at: s.now()}
		switch had, err := waitingOf(ctx, tx, m.ID); {
		case err != nil:
			return err
		case had != nil:
			if w.at = had.at; w != *had {
				return errs.E(errs.Conflict, "meeting.inviting")
			}
			out = had
			return nil
		}
		if err := shown(m.Version, cmd.Version); err != nil {
			return err
		}
		out = &w
		_, err = tx.ExecContext(ctx, `INSERT INTO meeting_invitation (`+waitingColumns+`) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
			w.meetingID, w.key, w.title, w.words, w.households, w.by, w.name, sqldb.Millis(w.at))
		if err != nil {
			return fmt.Errorf("meeting: invite: %w", err)
		}
		return nil
	})
	return out, err
}

// send takes out what was written down, and notes the notice's number. What can't
// go out like this is forgotten, so that it can be put otherwise; after any other
// failure the tick tries again.
func (s *Service) send(ctx context.Context, actor auth.Actor, m *Meeting, w *waiting) error {
	unit := s.current(m.UnitID)
	if unit == nil {
		return s.refused(ctx, w, errs.Refuse("unit", "meeting.no_unit"))
	}
	notice, err := s.o.Invite(ctx, actor, Invitation{Key: "meeting/" + m.ID + "/" + w.key, UnitCode: unit.Code, Title: w.title, Words: w.words, Households: w.households})
	if err != nil {
		if slices.Contains([]errs.Kind{errs.Internal, errs.Unavailable, errs.TooMany}, errs.KindOf(err)) {
			return errs.Wrap(err, errs.Unavailable, "meeting.invite_waits")
		}
		return s.refused(ctx, w, err)
	}
	return s.o.DB.Write(ctx, func(tx *sqldb.Tx) error {
		now, err := oneMeeting(ctx, tx, `WHERE m.id = $1`, m.ID)
		if err != nil {
			return err
		}
		if now.Notice == "" {
			now.Notice = notice
			if err := updateMeeting(ctx, tx, now); err != nil {
				return fmt.Errorf("meeting: invite: %w", err)
			}
			if err := s.finish(ctx, tx, actor, "meeting.invite", now.UnitID, "meeting", now.ID); err != nil {
				return err
			}
		}
		return forget(ctx, tx, w)
	})
}

func forget(ctx context.Context, tx *sqldb.Tx, w *waiting) error {
	_, err := tx.ExecContext(ctx, `DELETE FROM meeting_invitation WHERE meeting_id = $1 AND key = $2`, w.meetingID, w.key)
	return err
}

// refused forgets what can't go out like this, and says why.
func (s *Service) refused(ctx context.Context, w *waiting, why error) error {
	if err := s.forget(ctx, w); err != nil {
		return err
	}
	return why
}

func (s *Service) forget(ctx context.Context, w *waiting) error {
	return s.o.DB.Write(ctx, func(tx *sqldb.Tx) error { return forget(ctx, tx, w) })
}

// sendWaiting sends what a crash or a failure left behind, in the name of whoever
// invited; once the meeting has begun it is too late.
func (s *Service) sendWaiting(ctx context.Context) error {
	const moment = time.Minute // whoever has just pressed the button is still at it
	list, err := waitingAll(ctx, s.o.DB.Reader(), `WHERE at < $1 ORDER BY at, meeting_id`, sqldb.Millis(s.now().Add(-moment)))
	if err != nil {
		return err
	}
	var failed error
	for i := range list {
		failed = errors.Join(failed, s.sendOne(ctx, &list[i]))
	}
	return failed
}

func (s *Service) sendOne(ctx context.Context, w *waiting) error {
	m, err := oneMeeting(ctx, s.o.DB.Reader(), `WHERE m.id = $1`, w.meetingID)
	if err != nil {
		return err
	}
	if m.invitable(s.now()) != nil {
		return s.forget(ctx, w)
	}
	return s.send(ctx, auth.Actor{AccountID: w.by, Name: w.name}, m, w)
}

// retellAll tells again what couldn't be told, as long as it is of use.
func (s *Service) retellAll(ctx context.Context) (failed error) {
	const atOnce = 20
	for after := ""; ; {
		list, err := meetings(ctx, s.o.DB.Reader(), `WHERE m.untold = 1 AND m.id > $1 AND m.starts_at > $2 ORDER BY m.id LIMIT $3`, after, sqldb.Millis(s.now()), atOnce)
		if err != nil {
			return errors.Join(failed, err)
		}
		for _, m := range list {
			after = m.ID
			if err := s.retell(ctx, m.Number); err != nil {
				failed = errors.Join(failed, fmt.Errorf("%s: %w", m.Number, err))
			}
		}
		if len(list) < atOnce {
			return failed
		}
	}
}

// retell tells those who were invited that a meeting was moved or cancelled. If
// that fails the tick tries again.
func (s *Service) retell(ctx context.Context, num string) error {
	m, err := byNumber(ctx, s.o.DB.Reader(), num)
	if err != nil || !m.Untold {
		return err
	}
	if unit := s.current(m.UnitID); unit != nil { // else nobody is left there to be told
		title, words := m.news()
		_, err = s.o.Invite(ctx, auth.System("meeting"), Invitation{Key: fmt.Sprintf("meeting/%s/%d", m.ID, m.Version), Former: m.Notice, UnitCode: unit.Code, Title: title, Words: words, Why: m.Why})
		if err != nil && errs.KindOf(err) != errs.Conflict { // recalled meanwhile: there is nothing left to correct
			return errs.Wrap(err, errs.Unavailable, "meeting.tell_waits")
		}
	}
	return s.told(ctx, m)
}

// told notes that those invited know; not if it was moved once more meanwhile.
func (s *Service) told(ctx context.Context, m *Meeting) error {
	return s.o.DB.Write(ctx, func(tx *sqldb.Tx) error {
		now, err := oneMeeting(ctx, tx, `WHERE m.id = $1`, m.ID)
		if err != nil || now.Version != m.Version {
			return err
		}
		now.Untold = false
		return updateMeeting(ctx, tx, now)
	})
}
