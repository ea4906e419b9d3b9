package network

import (
	"context"
	"fmt"

	"bilin/internal/auth"
	"bilin/internal/errs"
	"bilin/internal/sqldb"
)

// Appoint asks that a person holds a vacant post, or stands in.
type Appoint struct {
	Key, PostID, PersonID string
	From                  string // first day; "" is today
	Until                 string // last day of the term; a stand-in always has one
}

// Appoint puts a person in a vacant post and returns the appointment's id. At a
// post that stands apart it only asks, and a second person decides.
func (s *Service) Appoint(ctx context.Context, actor auth.Actor, c Appoint) (string, error) {
	return s.appoint(ctx, actor, "network.appoint", c, false)
}

// StandIn names who stands in for a post's holder, or serves while there is
// none, until a day.
func (s *Service) StandIn(ctx context.Context, actor auth.Actor, c Appoint) (string, error) {
	return s.appoint(ctx, actor, "network.stand_in", c, true)
}

func (s *Service) appoint(ctx context.Context, actor auth.Actor, name string, c Appoint, acting bool) (string, error) {
	if s.NeedsSecond(actor, c.PostID) {
		return s.askSecond(ctx, actor, c.Key, SecondAsk{PostID: c.PostID, PersonID: c.PersonID, Acting: acting, From: c.From, Until: c.Until})
	}
	return run(ctx, s, actor, name, c.Key, c, func(ctx context.Context, w *work) (string, record, error) {
		p, err := w.post(ctx, c.PostID)
		if err != nil {
			return "", record{}, err
		}
		id, err := w.appoint(ctx, p, c, acting)
		return id, record{"post", p.ID, p.UnitID, map[string]any{"appointment": id, "person": c.PersonID}}, err
	})
}

// appoint does the work; the chair must be free.
func (w *work) appoint(ctx context.Context, p *Post, c Appoint, acting bool) (string, error) {
	c.From = or(c.From, w.day)
	if err := checkTerm(c.From, c.Until, acting); err != nil {
		return "", err
	}
	if err := p.canSeat(c.PersonID, acting); err != nil {
		return "", err
	}
	if p.Role.Guarded() && !w.actor.System && !w.seconded {
		return "", errs.E(errs.Conflict, "network.second_needed")
	}
	if err := w.standsApart(ctx, p, c.PersonID); err != nil {
		return "", err
	}
	if _, err := personByID(ctx, w.tx, c.PersonID); err != nil {
		return "", err
	}
	id := sqldb.NewID()
	return id, w.exec(ctx, `INSERT INTO appointment (id, post_id, person_id, acting, starts_on, until_on, rev) VALUES ($1, $2, $3, $4, $5, $6, $7)`,
		id, p.ID, c.PersonID, bit(acting), c.From, null(c.Until), w.rev)
}

// canSeat refuses a second holder, a second stand-in, and to stand in for oneself.
func (p *Post) canSeat(personID string, acting bool) error {
	switch {
	case !acting && p.Holder != nil:
		return errs.E(errs.Conflict, "network.post_held")
	case acting && p.StandIn != nil:
		return errs.E(errs.Conflict, "network.stand_in_named")
	case acting && p.Holder != nil && p.Holder.PersonID == personID,
		!acting && p.StandIn != nil && p.StandIn.PersonID == personID:
		return errs.E(errs.Conflict, "network.stand_in_for_self")
	}
	return nil
}

// EndAppointment asks that somebody no longer holds a post or stands in.
type EndAppointment struct {
	Key, PostID, AppointmentID string
	Reason                     string
}

// EndAppointment leaves the post vacant (or to whoever remains in it) and ends
// the sessions of the one who leaves.
func (s *Service) EndAppointment(ctx context.Context, actor auth.Actor, c EndAppointment) error {
	_, err := run(ctx, s, actor, "network.end_appointment", c.Key, c, func(ctx context.Context, w *work) (string, record, error) {
		p, err := w.post(ctx, c.PostID)
		if err != nil {
			return "", record{}, err
		}
		reason, err := checkText("reason", c.Reason, maxReasonLength)
		if err != nil {
			return "", record{}, err
		}
		for _, h := range []*Holder{p.Holder, p.StandIn} {
			if h != nil && h.AppointmentID == c.AppointmentID {
				rec := record{"post", p.ID, p.UnitID, map[string]any{"appointment": h.AppointmentID, "person": h.PersonID}}
				return "", rec, w.unseat(ctx, h, reason)
			}
		}
		return "", record{}, errs.E(errs.Conflict, "network.appointment_over")
	})
	return err
}

// unseat ends an appointment today and the person's sessions with it.
func (w *work) unseat(ctx context.Context, h *Holder, reason string) error {
	err := w.exec(ctx, `UPDATE appointment SET ended_on = $1, end_reason = $2, rev = $3 WHERE id = $4`, w.day, reason, w.rev, h.AppointmentID)
	if err != nil || w.s.sessions == nil {
		return err
	}
	return w.s.sessions.EndFor(ctx, w.tx, h.PersonID)
}

// ExtendTerm asks for another last day of a term.
type ExtendTerm struct {
	Key, PostID, AppointmentID, Until string
}

// ExtendTerm moves the end of a term, so that a lead who stays on isn't shown
// as a hole.
func (s *Service) ExtendTerm(ctx context.Context, actor auth.Actor, c ExtendTerm) error {
	_, err := run(ctx, s, actor, "network.extend_term", c.Key, c, func(ctx context.Context, w *work) (string, record, error) {
		p, err := w.post(ctx, c.PostID)
		if err != nil {
			return "", record{}, err
		}
		for _, h := range []*Holder{p.Holder, p.StandIn} {
			if h == nil || h.AppointmentID != c.AppointmentID {
				continue
			}
			if err := checkTerm(h.From, c.Until, h.Acting); err != nil {
				return "", record{}, err
			}
			rec := record{"post", p.ID, p.UnitID, map[string]any{"appointment": h.AppointmentID, "until": c.Until}}
			return "", rec, w.exec(ctx, `UPDATE appointment SET until_on = $1, rev = $2 WHERE id = $3`, null(c.Until), w.rev, h.AppointmentID)
		}
		return "", record{}, errs.E(errs.Conflict, "network.appointment_over")
	})
	return err
}

// endPosts ends a unit's posts with the unit. What was open with somebody goes
// to whoever serves in the same role at the successor.
func (w *work) endPosts(ctx context.Context, u, successor *Unit) error {
	posts, err := w.postsAt(ctx, u.ID)
	if err != nil {
		return err
	}
	var heirs []*Post
	if successor != nil {
		if heirs, err = w.postsAt(ctx, successor.ID); err != nil {
			return err
		}
	}
	for _, p := range posts {
		if heir := heirOf(p, heirs); heir != nil && p.serving != nil {
			if _, err := w.moveOpen(ctx, p, p.serving.PersonID, heir.PersonID); err != nil {
				return err
			}
		}
		for _, h := range []*Holder{p.Holder, p.StandIn} {
			if h == nil {
				continue
			}
			if err := w.unseat(ctx, h, endedWithUnit); err != nil {
				return err
			}
		}
		if err := w.exec(ctx, `UPDATE post SET state = 'ended', rev = $1 WHERE id = $2`, w.rev, p.ID); err != nil {
			return err
		}
	}
	return nil
}

// endedWithUnit is the reason of appointments that end because their unit does.
const endedWithUnit = "unit ended"

func heirOf(p *Post, heirs []*Post) *Holder {
	for _, h := range heirs {
		if h.Role == p.Role && h.serving != nil {
			return h.serving
		}
	}
	return nil
}

// postsAt reads a unit's active posts and who holds them.
func (w *work) postsAt(ctx context.Context, unitID string) ([]*Post, error) {
	var ids []string
	rows, err := w.tx.QueryContext(ctx, `SELECT id FROM post WHERE unit_id = $1 AND state = 'active' ORDER BY id`, unitID)
	if err != nil {
		return nil, fmt.Errorf("network: read posts: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var id string
		if err := rows.Scan(&id); err != nil {
			return nil, err
		}
		ids = append(ids, id)
	}
	if err := rows.Err(); err != nil {
		return nil, err
	}
	posts := make([]*Post, 0, len(ids))
	for _, id := range ids {
		p, err := readPost(ctx, w.tx, id, stateActive)
		if err != nil {
			return nil, err
		}
		if err := w.seatAll(ctx, p); err != nil {
			return nil, err
		}
		posts = append(posts, p)
	}
	return posts, nil
}
