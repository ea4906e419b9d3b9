package admission

import (
	"context"
	"fmt"
	"strings"
	"time"

	"bilin/internal/auth"
	"bilin/internal/errs"
	"bilin/internal/sqldb"
	"bilin/internal/workday"
)

// Submit hands a draft in, or a returned matter again. The city office has
// ReviewDays working days.
func (s *Service) Submit(ctx context.Context, actor auth.Actor, number string, cmd Command) (Outcome, error) {
	return s.change(ctx, actor, number, deed{
		action: "matter.submit", kind: "submitted", cmd: cmd,
		may: func(m *Matter) error { return s.mayDraft(actor, m.DepartmentID) },
		rule: func(_ context.Context, _ *sqldb.Tx, m *Matter, now time.Time) error {
			if m.Until < s.today().Format(time.DateOnly) {
				return errs.E(errs.Invalid, "matter.check").WithField("until", "matter.over")
			}
			return m.Submit(s.decideBy(now), now)
		},
	})
}

func (s *Service) decideBy(now time.Time) time.Time {
	cal := s.opt.Calendar()
	return cal.Add(now, ReviewDays*cal.Day())
}

// Decision is a decision to admit.
type Decision struct {
	Command
	Conditions string
	Priority   int // 0 to 9; smaller goes first within a budget
}

// Admit gives the permit. Grounds by rule that stand against it are kept with
// the decision: the reason has to answer them.
func (s *Service) Admit(ctx context.Context, actor auth.Actor, number string, d Decision) (Outcome, error) {
	if d.Priority < 0 || d.Priority > 9 {
		return Outcome{}, errs.E(errs.Invalid, "matter.check").WithField("priority", "matter.range", "min", 0, "max", 9)
	}
	if len([]rune(d.Conditions)) > MaxText {
		return Outcome{}, errs.E(errs.Invalid, "matter.check").WithField("conditions", "matter.long", "max", MaxText)
	}
	return s.decide(ctx, actor, number, "admitted", d.Command, fmt.Sprint(d.Priority, d.Conditions), func(m *Matter) {
		m.Conditions, m.Priority = strings.TrimSpace(d.Conditions), d.Priority
	})
}

// Return gives it back to be mended.
func (s *Service) Return(ctx context.Context, actor auth.Actor, number string, cmd Command) (Outcome, error) {
	return s.decide(ctx, actor, number, "returned", cmd, "", nil)
}

// Refuse says no.
func (s *Service) Refuse(ctx context.Context, actor auth.Actor, number string, cmd Command) (Outcome, error) {
	return s.decide(ctx, actor, number, "refused", cmd, "", nil)
}

// Revoke takes a permit back; its open tasks end.
func (s *Service) Revoke(ctx context.Context, actor auth.Actor, number string, cmd Command) (Outcome, error) {
	return s.decide(ctx, actor, number, "revoked", cmd, "", nil)
}

func (s *Service) decide(ctx context.Context, actor auth.Actor, number, kind string, cmd Command, extra string, set func(*Matter)) (Outcome, error) {
	if err := s.opt.Policy.Can(actor, ActReview, auth.Object{}); err != nil {
		return Outcome{}, err
	}
	var findings []Finding
	return s.change(ctx, actor, number, deed{
		action: "matter." + kind, kind: kind, cmd: cmd, extra: extra,
		may: func(*Matter) error { return nil },
		rule: func(ctx context.Context, tx *sqldb.Tx, m *Matter, now time.Time) error {
			if kind != "revoked" {
				x, err := s.examine(ctx, tx, m)
				if err != nil {
					return err
				}
				findings = x.Findings
			}
			if err := m.Decide(kind, cmd.Note, now); err != nil {
				return err
			}
			if set != nil {
				set(m)
			}
			if kind == "admitted" && m.Standing {
				return s.admitStanding(ctx, tx, m)
			}
			return nil
		},
		detail: func(*Matter) []Finding { return findings },
	})
}

// Emergency is a permit past list and budget, with an end.
type Emergency struct {
	Key     string
	Content Content
	EndsAt  time.Time
	Note    string // why it can't wait
}

// Emergency issues one, for MaxEmergency at most. Somebody else looks at it afterwards.
func (s *Service) Emergency(ctx context.Context, actor auth.Actor, e Emergency) (Outcome, error) {
	if err := s.opt.Policy.Can(actor, ActEmergency, auth.Object{}); err != nil {
		return Outcome{}, err
	}
	if err := e.Content.Check(); err != nil {
		return Outcome{}, err
	}
	if err := s.known(&e.Content); err != nil {
		return Outcome{}, err
	}
	now := s.now()
	switch bad := errs.E(errs.Invalid, "matter.check"); {
	case strings.TrimSpace(e.Note) == "":
		return Outcome{}, bad.WithField("note", "matter.no_word")
	case !e.EndsAt.After(now) || e.EndsAt.Sub(now) > MaxEmergency:
		return Outcome{}, bad.WithField("ends_at", "matter.emergency_end", "hours", int(MaxEmergency.Hours()))
	}
	out, err := s.draft(ctx, actor, Put{Key: e.Key + "-draft", Content: e.Content}, "emergency "+e.Note+e.Content.Title)
	if err != nil {
		return out, err
	}
	return s.change(ctx, actor, out.Number, deed{
		action: "matter.emergency", kind: "admitted", cmd: Command{Key: e.Key, Note: e.Note},
		may: func(*Matter) error { return nil },
		rule: func(_ context.Context, _ *sqldb.Tx, m *Matter, now time.Time) error {
			m.State, m.Emergency, m.EndsAt, m.Priority = Admitted, true, e.EndsAt.UTC().Truncate(time.Millisecond), 0
			m.SubmittedAt, m.DecidedAt = now, now
			return nil
		},
	})
}

// ReviewEmergency writes down what somebody other than its issuer found of an
// emergency permit afterwards.
func (s *Service) ReviewEmergency(ctx context.Context, actor auth.Actor, number string, cmd Command) (Outcome, error) {
	if err := s.opt.Policy.Can(actor, ActReview, auth.Object{}); err != nil {
		return Outcome{}, err
	}
	return s.change(ctx, actor, number, deed{
		action: "matter.review", kind: "reviewed", cmd: cmd,
		may: func(m *Matter) error {
			if !actor.MaySecond(m.CreatedBy) {
				return errs.E(errs.Forbidden, "matter.own_emergency")
			}
			return nil
		},
		rule: func(_ context.Context, _ *sqldb.Tx, m *Matter, now time.Time) error {
			switch {
			case !m.Emergency || !m.ReviewedAt.IsZero() || m.State == Admitted && now.Before(m.EndsAt):
				return errs.E(errs.Conflict, "matter.not_now", "state", string(m.State))
			case strings.TrimSpace(cmd.Note) == "":
				return errs.E(errs.Invalid, "matter.check").WithField("note", "matter.no_word")
			}
			m.ReviewedAt = now
			return nil
		},
	})
}

// Tick ends permits whose time is over, and returns how many.
func (s *Service) Tick(ctx context.Context) (int, error) {
	numbers, err := lapsed(ctx, s.opt.DB.Reader(), s.today().Format(time.DateOnly), s.now())
	if err != nil {
		return 0, err
	}
	clock := auth.System("admission")
	for i, number := range numbers {
		_, err := s.change(ctx, clock, number, deed{
			action: "matter.expire", kind: "expired",
			may: func(*Matter) error { return nil },
			rule: func(_ context.Context, _ *sqldb.Tx, m *Matter, now time.Time) error {
				if !m.Lapsed(now.In(workday.City)) {
					return errs.E(errs.Conflict, "matter.not_now", "state", string(m.State))
				}
				return m.step("expired")
			},
		})
		if err != nil && errs.KindOf(err) != errs.Conflict {
			return i, err
		}
	}
	return len(numbers), nil
}
