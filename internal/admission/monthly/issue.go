package monthly

import (
	"context"
	"errors"
	"fmt"

	"bilin/internal/admission"
	"bilin/internal/auth"
	"bilin/internal/errs"
	"bilin/internal/network"
	"bilin/internal/once"
	"bilin/internal/sqldb"
)

// clock acts where nobody asked by name.
var clock = auth.System("monthly")

// Tick publishes the list whose day has come, and lets tasks go out.
func (s *Service) Tick(ctx context.Context) (made int, err error) {
	if err := s.publishDue(ctx); err != nil {
		return 0, err
	}
	var months []admission.Month
	err = each(ctx, s.opt.DB.Reader(), `SELECT month FROM monthly_list WHERE state = 'published' AND issued_at = 0 ORDER BY month`, nil, func(scan func(...any) error) error {
		var m admission.Month
		if err := scan(&m); err != nil {
			return err
		}
		months = append(months, m)
		return nil
	})
	for _, m := range months {
		n, failed := s.IssueList(ctx, m)
		made, err = made+n, errors.Join(err, failed)
	}
	n, failed := s.issueEmergencies(ctx)
	return made + n, errors.Join(err, failed)
}

// publishDue publishes next month's list once its day has come, and this month's
// if somebody began it and nobody published it.
func (s *Service) publishDue(ctx context.Context) error {
	for _, month := range []admission.Month{s.ThisMonth(), s.ThisMonth().Next()} {
		state, err := stateOf(ctx, s.opt.DB.Reader(), month)
		if err != nil {
			return err
		}
		if state == "" && month == s.ThisMonth() || state == Published || s.today() < month.Prev().Day(publishDay) {
			continue
		}
		if _, err := s.Compose(ctx, clock, month); err != nil {
			return err
		}
		err = s.Publish(ctx, clock, month, Command{Key: "tick-" + string(month)})
		if err != nil && errs.KindOf(err) != errs.Conflict { // over budget since: the city office has to settle it
			return err
		}
	}
	return nil
}

// IssueList lets a published list's tasks go out, a village at a time, and
// returns how many were made. Done again, it makes what is missing.
func (s *Service) IssueList(ctx context.Context, month admission.Month) (made int, err error) {
	l, err := readList(ctx, s.opt.DB.Reader(), month)
	if err != nil {
		return 0, err
	}
	for _, village := range s.tree().Units(network.Village) {
		n, err := s.issueVillage(ctx, month, village, l.matters())
		if err != nil {
			return made, fmt.Errorf("monthly: %s: %w", village.Code, err)
		}
		if err := s.planVillage(ctx, month, village, l.matters()); err != nil {
			return made, err
		}
		made += n
	}
	return made, s.opt.DB.Write(ctx, func(tx *sqldb.Tx) error {
		_, err := tx.ExecContext(ctx, `UPDATE monthly_list SET issued_at = $1 WHERE month = $2 AND version = $3`, sqldb.Millis(s.now()), string(month), l.Version)
		if err != nil {
			return fmt.Errorf("monthly: issued: %w", err)
		}
		return s.note(ctx, tx, clock, "monthly.issue", month, map[string]int{"tasks": made})
	})
}

// Restore lets the tasks go out that waited under a unit while it was in
// emergency mode: of this month's list, and of the next one's if it is out. Done
// again, it makes what is missing.
func (s *Service) Restore(ctx context.Context, unitID string) (made int, err error) {
	for _, month := range []admission.Month{s.ThisMonth(), s.ThisMonth().Next()} {
		l, err := readList(ctx, s.opt.DB.Reader(), month)
		if errs.KindOf(err) == errs.NotFound || err == nil && l.State != Published {
			continue
		}
		if err != nil {
			return made, err
		}
		n, err := s.restoreMonth(ctx, month, unitID, l.matters())
		if made += n; err != nil {
			return made, err
		}
	}
	return made, nil
}

func (s *Service) restoreMonth(ctx context.Context, month admission.Month, unitID string, matters []*admission.Matter) (made int, err error) {
	for _, village := range s.tree().Units(network.Village) {
		if !s.tree().Contains(unitID, village.ID) && !s.tree().Contains(village.ID, unitID) {
			continue
		}
		n, err := s.issueVillage(ctx, month, village, matters)
		if err != nil {
			return made, fmt.Errorf("monthly: restore %s: %w", village.Code, err)
		}
		made += n
	}
	return made, nil
}

func (s *Service) issueVillage(ctx context.Context, month admission.Month, village *network.Unit, matters []*admission.Matter) (made int, err error) {
	var asks []ask
	for _, u := range s.tree().Subtree(village) {
		for _, m := range matters {
			if m.Covers(s.tree(), u) && s.tree().LeadOf(u.ID) != nil {
				asks = append(asks, ask{m.ID, u})
			}
		}
	}
	if len(asks) == 0 {
		return 0, nil
	}
	err = s.opt.DB.Write(ctx, func(tx *sqldb.Tx) error {
		made, _, err = s.issue(ctx, tx, month, asks)
		if err != nil || made == 0 {
			return err
		}
		return s.opt.Live.Publish(ctx, tx, "unit:"+village.ID, "")
	})
	return made, err
}

// issueEmergencies lets the tasks of emergency permits go out, all of them or
// those that are missing after a stop.
func (s *Service) issueEmergencies(ctx context.Context) (made int, err error) {
	list, err := s.opt.Admission.Emergencies(ctx, s.opt.DB.Reader())
	if err != nil {
		return 0, err
	}
	month := s.ThisMonth()
	for _, m := range list {
		want := s.expected(m)
		var have int
		err := s.opt.DB.Reader().QueryRowContext(ctx, `SELECT COUNT(*) FROM task WHERE matter_id = $1`, m.ID).Scan(&have)
		if err != nil {
			return made, fmt.Errorf("monthly: emergency: %w", err)
		}
		for _, village := range s.tree().Units(network.Village) {
			if have >= want {
				break
			}
			n, err := s.issueVillage(ctx, month, village, []*admission.Matter{m})
			if err != nil {
				return made, err
			}
			made, have = made+n, have+n
		}
	}
	return made, nil
}

// expected is how many posts a matter asks in which somebody serves.
func (s *Service) expected(m *admission.Matter) int {
	n := 0
	for _, u := range m.Posts(s.tree()) {
		if s.tree().LeadOf(u.ID) != nil {
			n++
		}
	}
	return n
}

// Ask is one task that somebody wants by itself.
type Ask struct {
	Key    string
	Number string // the matter's
	UnitID string
	Month  admission.Month // "" is this one
}

// Ask lets one task go out through the gate. A refusal is errs.Conflict and
// holds a *Refusal.
func (s *Service) Ask(ctx context.Context, actor auth.Actor, a Ask) (id string, err error) {
	u := s.tree().ByID(a.UnitID)
	if u == nil || !u.Active() {
		return "", errs.E(errs.Invalid, "monthly.check").WithField("unit", "monthly.no_unit")
	}
	if a.Month == "" {
		a.Month = s.ThisMonth()
	}
	if a.Month < s.ThisMonth() {
		return "", errs.E(errs.Conflict, "monthly.not_open")
	}
	err = s.opt.DB.Write(ctx, func(tx *sqldb.Tx) error {
		m, err := s.opt.Admission.ByNumber(ctx, tx, a.Number)
		if err != nil {
			return err
		}
		if err := s.opt.Policy.Can(actor, admission.ActIssue, auth.Object{DepartmentID: m.DepartmentID}); err != nil {
			return err
		}
		id, err = once.Do(ctx, tx, "monthly."+actor.ID(), a.Key, []string{"ask", m.ID, u.ID, string(a.Month)}, s.now(), func() (string, error) {
			_, turned, err := s.issue(ctx, tx, a.Month, []ask{{m.ID, u}})
			if err != nil {
				return "", err
			}
			if len(turned) > 0 {
				return "", refused(turned[0])
			}
			var id string
			err = tx.QueryRowContext(ctx, `SELECT id FROM task WHERE unit_id = $1 AND month = $2 AND matter_id = $3`, u.ID, string(a.Month), m.ID).Scan(&id)
			return id, errors.Join(err, s.noteTask(ctx, tx, actor, "task.ask", id, u.ID))
		})
		return err
	})
	return id, err
}

// MatterStepped ends the open tasks of a matter whose permit is over, or of the
// village whose objection was upheld.
func (s *Service) MatterStepped(ctx context.Context, tx *sqldb.Tx, m *admission.Matter, kind, unitID string) error {
	var w sqldb.Where
	switch kind {
	case "revoked", "expired":
	case admission.ObjectionUpheld:
		var villages []string
		if u := s.tree().ByID(unitID); u != nil {
			for _, v := range s.tree().Subtree(u) {
				if v.Level == network.Village {
					villages = append(villages, v.ID)
				}
			}
		}
		w.In("village_id", villages)
	default:
		return nil
	}
	w.Add("matter_id = ?", m.ID)
	w.Add("state = 'open'")
	w.Add("last_day >= ?", s.today()) // what is past stays as it was
	at := w.Arg(sqldb.Millis(s.now()))
	_, err := tx.ExecContext(ctx, `UPDATE task SET state = 'cancelled', version = version + 1, state_at = `+at+` WHERE `+w.Text(), w.Args...)
	if err != nil {
		return fmt.Errorf("monthly: cancel: %w", err)
	}
	return nil
}
