package meeting

import (
	"context"
	"fmt"
	"slices"
	"time"

	"bilin/internal/auth"
	"bilin/internal/errs"
	"bilin/internal/network"
	"bilin/internal/once"
	"bilin/internal/plaintext"
	"bilin/internal/sqldb"
	"bilin/internal/workday"
)

// news is what those invited are told of a change.
func (m *Meeting) news() (title, words string) {
	say := func(key string, kv ...string) string { return fill(Messages[key][0], kv) } // the city's language: one notice for all
	if m.State == Cancelled {
		return say("meeting.news.cancelled", "subject", m.Subject), say("meeting.news.cancelled_words", "subject", m.Subject, "why", m.Why)
	}
	return say("meeting.news.moved", "subject", m.Subject), say("meeting.news.moved_words", "subject", m.Subject, "at", spoken(m.StartsAt), "place", m.Place, "why", m.Why)
}

// Invitation is how a meeting is announced, for whoever calls it to change.
func (s *Service) Invitation(m *Meeting) (title, words string) {
	return fill(Messages["meeting.news.called"][0], []string{"subject", m.Subject}), fill(Messages["meeting.news.called_words"][0], []string{"subject", m.Subject, "at", spoken(m.StartsAt), "place", m.Place})
}

// Record enters how many came, and a draft of the minutes.
func (s *Service) Record(ctx context.Context, actor auth.Actor, cmd Record) error {
	request := cmd
	return s.change(ctx, actor, "meeting.record", cmd.Key, cmd.Number, anyVersion, request, func(tx *sqldb.Tx, m *Meeting) error {
		c, err := m.record(cmd, s.now())
		if err != nil || c.Words == "" {
			return err
		}
		if m.Edition > 0 {
			return errs.E(errs.Conflict, "meeting.out_already")
		}
		draft, err := draftOf(ctx, tx, m.ID)
		if err != nil {
			return err
		}
		if err := shown(draft.Version, cmd.Version); err != nil {
			return err
		}
		return putDraft(ctx, tx, m.ID, Minutes{Words: c.Words, At: s.now(), Version: draft.Version + 1})
	})
}

// Publish puts the minutes out, without residents' names and numbers, or
// corrects them; the words before a correction stay, unless they held what is
// nobody's business.
func (s *Service) Publish(ctx context.Context, actor auth.Actor, cmd Publish) error {
	m, err := s.held(ctx, actor, cmd.Number)
	if err != nil {
		return err
	}
	_, again, err := once.Look(ctx, s.o.DB.Reader(), "meeting.publish/"+actor.ID(), cmd.Key)
	if err != nil {
		return err
	}
	var next Minutes
	if !again { // a second tap finds them out already, with nothing to check
		if next, err = s.nextMinutes(ctx, m, cmd); err != nil {
			return err
		}
	}
	return s.change(ctx, actor, "meeting.publish", cmd.Key, cmd.Number, anyVersion, cmd, func(tx *sqldb.Tx, m *Meeting) error {
		is := m.Edition
		if is == 0 {
			draft, err := draftOf(ctx, tx, m.ID)
			if err != nil {
				return err
			}
			is = draft.Version
		}
		if err := shown(is, cmd.Version); err != nil {
			return err
		}
		m.Edition++
		next := next
		next.Edition = m.Edition
		if cmd.Drop {
			if err := dropMinutes(ctx, tx, m.ID); err != nil {
				return err
			}
		}
		return addMinutes(ctx, tx, m.ID, next)
	})
}

// nextMinutes are those that a command puts out.
func (s *Service) nextMinutes(ctx context.Context, m *Meeting, cmd Publish) (next Minutes, err error) {
	list, err := minutesOf(ctx, s.o.DB.Reader(), m.ID)
	if err != nil {
		return next, err
	}
	next = Minutes{Words: paragraphs(cmd.Words), Why: plaintext.OneLine(cmd.Why), At: s.now()}
	if m.Edition == 0 {
		next.Why = ""
		if len(list) > 0 {
			next.Words = list[0].Words
			err = shown(list[0].Version, cmd.Version)
		}
		if next.Words == "" {
			err = errs.E(errs.Conflict, "meeting.no_minutes")
		}
	}
	if err == nil {
		err = s.struck(ctx, m.UnitID, &next.Words, &next.Why)
	}
	if err != nil {
		return next, err
	}
	bad := faults()
	if m.Edition > 0 {
		fault(bad, "words", next.Words, MaxMinutes)
		fault(bad, "why", next.Why, MaxWhy)
		if len(list) > 0 && list[0].Words == next.Words {
			bad.WithField("words", "meeting.same_words")
		}
	}
	if slices.ContainsFunc(Numbers(next.Words), func(n string) bool { return !slices.Contains(cmd.Seen, n) }) {
		bad.WithField("seen", "meeting.numbers")
	}
	return next, found(bad)
}

// Struck is how a draft will read once it is out.
func (s *Service) Struck(ctx context.Context, m *Meeting, words string) (string, error) {
	err := s.struck(ctx, m.UnitID, &words)
	return words, err
}

// Resolve writes down what was resolved: a demand, which goes its own way from
// here, or a post's promise.
func (s *Service) Resolve(ctx context.Context, actor auth.Actor, cmd Resolve) error {
	m, err := s.held(ctx, actor, cmd.Number)
	if err != nil {
		return err
	}
	if err := m.begun(s.now()); err != nil {
		return err
	}
	request := cmd
	if cmd, err = cmd.check(s.today(), s.now().Add(MaxDue)); err != nil {
		return err
	}
	if err := s.struck(ctx, m.UnitID, &cmd.Words); err != nil {
		return err
	}
	r := Resolution{ID: sqldb.NewID(), MeetingID: m.ID, UnitID: m.UnitID, Kind: cmd.Kind, Words: cmd.Words, MadeAt: s.now(), Version: 1}
	if cmd.Kind == Demand {
		return s.raise(ctx, actor, cmd.Key, m, r)
	}
	owner := Owner{UnitID: cmd.OwnerUnit, Role: cmd.OwnerRole}
	if !slices.ContainsFunc(s.Owners(m), func(o Owner) bool { return o.UnitID == owner.UnitID && o.Role == owner.Role }) {
		return errs.Refuse("owner", "meeting.no_owner")
	}
	r.OwnerUnit, r.OwnerRole, r.DueDay, r.WithUnit = owner.UnitID, owner.Role, cmd.DueDay, owner.UnitID
	r.NextAt = due(cmd.DueDay).Add(climbAfter)
	return s.change(ctx, actor, "meeting.resolve", cmd.Key, cmd.Number, anyVersion, request, func(tx *sqldb.Tx, m *Meeting) error {
		if err := m.begun(s.now()); err != nil { // cancelled meanwhile
			return err
		}
		return insertResolutions(ctx, tx, &r)
	})
}

// raise makes a demand of a resolution, and keeps what opens it for those who
// held the meeting: they ask at the next whether it is solved.
func (s *Service) raise(ctx context.Context, actor auth.Actor, key string, m *Meeting, r Resolution) error {
	unit := s.current(m.UnitID)
	if unit == nil {
		return errs.Refuse("unit", "meeting.no_unit")
	}
	number, track, err := s.o.Raise(ctx, actor, Raised{Key: key, UnitCode: unit.Code, Text: r.Words, Along: func(ctx context.Context, tx *sqldb.Tx, number string) error {
		now, err := oneMeeting(ctx, tx, `WHERE m.id = $1`, m.ID)
		if err == nil {
			err = now.begun(s.now())
		}
		if err != nil {
			return err
		}
		r := r
		r.Demand = number
		if err := insertResolutions(ctx, tx, &r); err != nil {
			return fmt.Errorf("meeting: raise: %w", err)
		}
		return s.finish(ctx, tx, actor, "meeting.resolve", m.UnitID, "meeting", m.ID)
	}})
	if err != nil {
		return err
	}
	return s.o.DB.Write(ctx, func(tx *sqldb.Tx) error {
		list, err := resolutions(ctx, tx, `WHERE r.meeting_id = $1 AND r.demand = $2`, m.ID, number)
		if err != nil || len(list) == 0 || list[0].track != "" {
			return err
		}
		if list[0].track, err = s.o.Seal.Seal(track, Sealed[0].Prefix+list[0].ID); err != nil {
			return err
		}
		return updateResolution(ctx, tx, &list[0])
	})
}

// Track opens what leads to the demand of a resolution, for those who hold the unit's meetings.
func (s *Service) Track(actor auth.Actor, r *Resolution) string {
	if r.track == "" || s.may(actor, ActHold, r.UnitID) != nil {
		return ""
	}
	track, err := s.o.Seal.Open(r.track, Sealed[0].Prefix+r.ID)
	if err != nil {
		return "" // its page is then found by the number alone
	}
	return track
}

// Owners are the posts that can promise something at a meeting: those of its
// unit and above it, up to the village. What takes a town or a department is a demand.
func (s *Service) Owners(m *Meeting) (list []Owner) {
	u := s.current(m.UnitID)
	for ; u != nil && u.Level >= network.Village; u = s.tree().Parent(u) {
		for _, p := range s.tree().Posts(u.ID) {
			h := p.Serving()
			had := slices.ContainsFunc(list, func(o Owner) bool { return o.UnitID == u.ID && o.Role == p.Role })
			if h != nil && !had && slices.Contains(Rules[1].Roles, p.Role) {
				list = append(list, Owner{u.ID, p.Role, h.Name})
			}
		}
	}
	return list
}

// MayKeep reports whether the actor can say what was done about a promise: the
// post that gave it, those it climbed to, and officials over them.
func (s *Service) MayKeep(actor auth.Actor, r *Resolution) bool {
	if r.Kind != Promise || !r.DoneAt.IsZero() {
		return false
	}
	return slices.ContainsFunc(actor.Grants, func(g auth.Grant) bool {
		over := g.Role == auth.VillageOfficial || g.Role == auth.TownOfficial
		return s.answers(g, r) || over && s.tree().Contains(g.UnitID, r.OwnerUnit)
	})
}

// answers reports whether a promise is with a post: with whoever gave it, and
// with whoever serves where it climbed to.
func (s *Service) answers(g auth.Grant, r *Resolution) bool {
	if g.UnitID == r.OwnerUnit && g.Role == r.OwnerRole {
		return true
	}
	return g.UnitID == r.WithUnit && r.WithUnit != r.OwnerUnit && slices.Contains(Rules[2].Roles, g.Role)
}

// Keep says what was done about a promise.
func (s *Service) Keep(ctx context.Context, actor auth.Actor, cmd Keep) error {
	request := cmd
	before, err := resolutionByID(ctx, s.o.DB.Reader(), cmd.ID)
	if err != nil {
		return err
	}
	if err := s.struck(ctx, before.UnitID, &cmd.Outcome); err != nil {
		return err
	}
	return s.o.DB.Write(ctx, func(tx *sqldb.Tx) error {
		_, err := once.Do(ctx, tx, "meeting.keep/"+actor.ID(), cmd.Key, request, s.now(), func() (bool, error) {
			r, err := resolutionByID(ctx, tx, cmd.ID)
			if err != nil {
				return false, err
			}
			if r.DoneAt.IsZero() && r.Kind == Promise && !s.MayKeep(actor, r) {
				return false, auth.Denied(actor)
			}
			if err := shown(r.Version, cmd.Version); err != nil {
				return false, err
			}
			if err := r.keep(cmd.Outcome, s.now()); err != nil {
				return false, err
			}
			if err := updateResolution(ctx, tx, r); err != nil {
				return false, fmt.Errorf("meeting: keep: %w", err)
			}
			return true, s.finish(ctx, tx, actor, "meeting.keep", r.UnitID, "resolution", r.ID)
		})
		return err
	})
}

// ReadOut notes that it was read out at a meeting what became of what was resolved before.
// What is settled need not be read out again.
func (s *Service) ReadOut(ctx context.Context, actor auth.Actor, key, num string) error {
	m, err := s.held(ctx, actor, num)
	if err != nil {
		return err
	}
	if err := m.begun(s.now()); err != nil {
		return err
	}
	list, err := s.Carried(ctx, m)
	if err != nil {
		return err
	}
	return s.change(ctx, actor, "meeting.read", key, num, anyVersion, num, func(tx *sqldb.Tx, m *Meeting) error {
		if err := m.begun(s.now()); err != nil {
			return err
		}
		var rows [][]any
		for _, f := range list {
			rows = append(rows, []any{m.ID, f.ID, string(f.Became), f.Outcome, sqldb.Millis(s.now())})
			if !f.Settled {
				continue
			}
			_, err := tx.ExecContext(ctx, `UPDATE meeting_resolution SET told_at = $1, next_at = 0 WHERE id = $2`, sqldb.Millis(s.now()), f.ID)
			if err != nil {
				return fmt.Errorf("meeting: read out: %w", err)
			}
		}
		return sqldb.InsertMany(ctx, tx, "meeting_read", readInto, rows, "ON CONFLICT (meeting_id, resolution_id) DO NOTHING")
	})
}

// spoken is a moment as one says it.
func spoken(at time.Time) string {
	t := at.In(workday.City)
	weekdays := []string{"日", "一", "二", "三", "四", "五", "六"}
	return fmt.Sprintf("%d月%d日星期%s%02d:%02d", t.Month(), t.Day(), weekdays[t.Weekday()], t.Hour(), t.Minute())
}
