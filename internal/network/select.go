package network

import (
	"context"
	"slices"

	"bilin/internal/auth"
	"bilin/internal/errs"
	"bilin/internal/sqldb"
)

// Nominate asks that somebody becomes a lead.
type Nominate struct {
	Key, PostID string
	PersonName  string
	PersonID    string // where the village picks a known person
	Phone       string // plain; sealed on the way in
	By          string // self, neighbour or village
	Statement   string
}

// Nominate is open to everybody; limiting how often is the page's business.
// Only those who appoint nominate in the village's name or pick a known person.
func (s *Service) Nominate(ctx context.Context, actor auth.Actor, c Nominate) (string, error) {
	phone := c.Phone
	c.Phone = ""
	return run(ctx, s, actor, "network.nominate", c.Key, s.withoutPhone(c, phone), func(ctx context.Context, w *work) (string, record, error) {
		p, err := readPost(ctx, w.tx, c.PostID, stateActive)
		if err != nil {
			return "", record{}, err
		}
		if !p.Role.IsLead() {
			return "", record{}, errs.E(errs.Conflict, "network.not_selected")
		}
		if c.By == ByVillage || c.PersonID != "" {
			if err := s.mayAppoint(actor, p.UnitID); err != nil {
				return "", record{}, err
			}
		}
		id, err := w.nominate(ctx, p, c, phone)
		return id, record{"selection", id, p.UnitID, map[string]any{"post": p.ID, "by": c.By}}, err
	})
}

func (w *work) nominate(ctx context.Context, p *Post, c Nominate, phone string) (string, error) {
	name, err := checkName(c.PersonName)
	if err != nil {
		return "", err
	}
	statement, err := checkText("statement", c.Statement, maxStatement)
	if err != nil {
		return "", err
	}
	if phone, err = checkPhone(phone); err != nil {
		return "", err
	}
	if !slices.Contains([]string{BySelf, ByNeighbour, ByVillage}, c.By) {
		return "", errs.E(errs.Invalid, "network.bad_nominator").WithField("by", "network.bad_nominator")
	}
	id, now := sqldb.NewID(), sqldb.Millis(w.now)
	err = w.exec(ctx, `INSERT INTO selection (id, post_id, person_name, person_id, source, statement, state, created_at, updated_at, version)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 1)`, id, p.ID, name, null(c.PersonID), c.By, statement, string(Nominated), now, now)
	if err == nil && phone != "" {
		err = w.setPhone(ctx, "selection", id, phone)
	}
	if err != nil {
		return "", err
	}
	return id, w.event(ctx, id, Nominated, "")
}

// SelectionStep asks for the next step of a selection.
type SelectionStep struct {
	Key, ID string
	Version int // as shown
	Note    string
	Days    int    // StartNotice: 0 is the usual number
	Until   string // AppointSelected: end of the term, or ""
}

// ReviewSelection is the village's step.
func (s *Service) ReviewSelection(ctx context.Context, actor auth.Actor, c SelectionStep) error {
	return s.selectionStep(ctx, actor, "network.select_review", c, ActSelectReview, func(_ context.Context, _ *work, x *Selection) error {
		return x.Review()
	})
}

// FileSelection is the town's step.
func (s *Service) FileSelection(ctx context.Context, actor auth.Actor, c SelectionStep) error {
	return s.selectionStep(ctx, actor, "network.select_file", c, ActSelectFile, func(_ context.Context, _ *work, x *Selection) error {
		return x.File()
	})
}

// StartNotice publishes the candidate's name for some days.
func (s *Service) StartNotice(ctx context.Context, actor auth.Actor, c SelectionStep) error {
	days := c.Days
	if days == 0 {
		days = s.noticeDays
	}
	return s.selectionStep(ctx, actor, "network.start_notice", c, ActSelectFile, func(_ context.Context, w *work, x *Selection) error {
		return x.StartNotice(w.day, days)
	})
}

// AppointSelected puts the candidate in the post once the notice has run out. A
// post that somebody holds is handed over.
func (s *Service) AppointSelected(ctx context.Context, actor auth.Actor, c SelectionStep) error {
	return s.selectionStep(ctx, actor, "network.appoint_selected", c, ActSelectFile, func(ctx context.Context, w *work, x *Selection) error {
		if err := x.Appoint(w.day); err != nil {
			return err
		}
		return w.appointSelected(ctx, x, c)
	})
}

// RejectSelection ends it with a reason. The village may until it has
// reviewed, the town at any time.
func (s *Service) RejectSelection(ctx context.Context, actor auth.Actor, c SelectionStep) error {
	return s.leave(ctx, actor, "network.select_reject", c, Rejected)
}

// WithdrawSelection ends it because the candidate no longer wants to.
func (s *Service) WithdrawSelection(ctx context.Context, actor auth.Actor, c SelectionStep) error {
	return s.leave(ctx, actor, "network.select_withdraw", c, Withdrawn)
}

func (s *Service) leave(ctx context.Context, actor auth.Actor, name string, c SelectionStep, to SelectionState) error {
	return s.selectionStep(ctx, actor, name, c, "", func(_ context.Context, _ *work, x *Selection) error {
		village := s.policy.Can(actor, ActSelectReview, auth.Object{UnitID: x.UnitID}) == nil && (x.State == Nominated || to == Withdrawn)
		if err := s.policy.Can(actor, ActSelectFile, auth.Object{UnitID: x.UnitID}); err != nil && !village {
			return err
		}
		if _, err := checkText("note", c.Note, maxReasonLength); err != nil {
			return err
		}
		return x.Leave(to)
	})
}

// selectionStep loads a selection, asks for the right, takes the step and
// stores it. With no action the step asks itself.
func (s *Service) selectionStep(ctx context.Context, actor auth.Actor, name string, c SelectionStep, action auth.Action,
	step func(context.Context, *work, *Selection) error,
) error {
	_, err := run(ctx, s, actor, name, c.Key, c, func(ctx context.Context, w *work) (string, record, error) {
		x, err := readSelection(ctx, w.tx, c.ID)
		if err != nil {
			return "", record{}, err
		}
		if action != "" {
			if err := s.policy.Can(actor, action, auth.Object{UnitID: x.UnitID}); err != nil {
				return "", record{}, err
			}
			// The post may have gone with its cell; then it can only be withdrawn.
			if _, err := readPost(ctx, w.tx, x.PostID, stateActive); err != nil {
				return "", record{}, err
			}
		}
		if err := checkVersion(c.Version, x.Version); err != nil {
			return "", record{}, err
		}
		if err := step(ctx, w, x); err != nil {
			return "", record{}, err
		}
		err = w.exec(ctx, `UPDATE selection SET state = $1, notice_until = $2, person_id = $3, updated_at = $4, version = version + 1 WHERE id = $5`,
			string(x.State), null(x.NoticeUntil), null(x.PersonID), sqldb.Millis(w.now), x.ID)
		if err != nil {
			return "", record{}, err
		}
		return "", record{"selection", x.ID, x.UnitID, map[string]any{"state": x.State}}, w.event(ctx, x.ID, x.State, c.Note)
	})
	return err
}

// appointSelected makes the candidate a person, if need be, and seats them.
func (w *work) appointSelected(ctx context.Context, x *Selection, c SelectionStep) error {
	if x.PersonID == "" {
		phone, err := w.candidatePhone(ctx, x.ID)
		if err != nil {
			return err
		}
		if x.PersonID, err = w.createPerson(ctx, NewPerson{Name: x.PersonName, Phone: phone}); err != nil {
			return err
		}
	}
	p, err := readPost(ctx, w.tx, x.PostID, stateActive)
	if err != nil {
		return err
	}
	if err := w.seatAll(ctx, p); err != nil {
		return err
	}
	return w.handOver(ctx, p, HandOver{PostID: p.ID, ToPersonID: x.PersonID, Until: c.Until, Reason: "selection", Note: c.Note})
}

func (w *work) event(ctx context.Context, selectionID string, step SelectionState, note string) error {
	return w.exec(ctx, `INSERT INTO selection_event (id, selection_id, at, actor_id, actor_name, step, note) VALUES ($1, $2, $3, $4, $5, $6, $7)`,
		sqldb.NewID(), selectionID, sqldb.Millis(w.now), w.actor.ID(), w.actor.Name, string(step), note)
}
