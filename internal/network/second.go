package network

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"time"

	"bilin/internal/auth"
	"bilin/internal/errs"
	"bilin/internal/sqldb"
)

// secondTime is how long a second person has to decide.
const secondTime = 14 * 24 * time.Hour

// SecondAsk is an appointment to a post that stands apart (administrator,
// privacy officer, auditor), or by an administrator to any other, asked for by
// one person and decided by another.
type SecondAsk struct {
	ID, PostID, PersonID, PersonName string
	Acting                           bool
	From, Until                      string
	Reason                           string // why the holder goes; "" where the post is vacant
	AskedBy, AskedName               string // who asked: person or account, and its name
	AskedAt, ExpiresAt               time.Time
}

// NeedsSecond reports whether one person alone can't fill the post: one that
// stands apart, or any where an administrator asks, who could otherwise make
// themselves somebody who reads residents. The command line, with which a city
// is set up, can.
func (s *Service) NeedsSecond(actor auth.Actor, postID string) bool {
	p := s.Tree().Post(postID)
	if p == nil || actor.System {
		return false
	}
	return p.Role.Guarded() || actor.Has(auth.Admin) && s.mayAppoint(withoutAdmin(actor), p.UnitID) != nil
}

// withoutAdmin is what somebody is beside running the machine.
func withoutAdmin(actor auth.Actor) auth.Actor {
	actor.Grants = slices.DeleteFunc(slices.Clone(actor.Grants), func(g auth.Grant) bool { return g.Role == auth.Admin })
	return actor
}

// askSecond asks for an appointment that a second person decides.
func (s *Service) askSecond(ctx context.Context, actor auth.Actor, key string, a SecondAsk) (string, error) {
	return run(ctx, s, actor, "network.ask_second", key, a, func(ctx context.Context, w *work) (string, record, error) {
		p, err := w.post(ctx, a.PostID)
		if err != nil {
			return "", record{}, err
		}
		a.From = or(a.From, w.day)
		if err := checkTerm(a.From, a.Until, a.Acting); err != nil {
			return "", record{}, err
		}
		if a.Reason == "" {
			if err := p.canSeat(a.PersonID, a.Acting); err != nil {
				return "", record{}, err
			}
		}
		if _, err := personByID(ctx, w.tx, a.PersonID); err != nil {
			return "", record{}, err
		}
		if err := w.standsApart(ctx, p, a.PersonID); err != nil {
			return "", record{}, err
		}
		open, err := secondAsks(ctx, w.tx, w.now, p.ID)
		if err != nil {
			return "", record{}, err
		}
		if len(open) > 0 {
			return "", record{}, errs.E(errs.Conflict, "network.second_asked")
		}
		id := sqldb.NewID()
		rec := record{"post", p.ID, p.UnitID, map[string]any{"ask": id, "person": a.PersonID}}
		return id, rec, w.exec(ctx, `INSERT INTO appointment_ask (id, post_id, person_id, acting, starts_on, until_on, reason, asked_by, asked_name, asked_at, expires_at)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`, id, p.ID, a.PersonID, bit(a.Acting), a.From, a.Until, a.Reason,
			actor.Human(), actor.Name, sqldb.Millis(w.now), sqldb.Millis(w.now.Add(secondTime)))
	})
}

// DecideSecond asks that an appointment somebody else asked for is made, or refused.
type DecideSecond struct {
	Key, AskID string
	Agree      bool
}

// DecideSecond makes an appointment that another person asked for, or refuses it.
func (s *Service) DecideSecond(ctx context.Context, actor auth.Actor, c DecideSecond) error {
	if err := s.policy.Can(actor, ActSecond, auth.Object{}); err != nil {
		return err
	}
	name := "network.second_refuse"
	if c.Agree {
		name = "network.second"
	}
	_, err := run(ctx, s, actor, name, c.Key, c, func(ctx context.Context, w *work) (string, record, error) {
		a, err := secondAsk(ctx, w.tx, c.AskID, w.now)
		if err != nil {
			return "", record{}, err
		}
		if actor.Is(a.AskedBy) || actor.Is(a.PersonID) {
			return "", record{}, errs.E(errs.Forbidden, "network.second_other")
		}
		if err := auth.NotOpenedBy(ctx, w.tx, actor, w.now, a.AskedBy, a.AskedBy); err != nil {
			return "", record{}, err
		}
		p, err := readPost(ctx, w.tx, a.PostID, stateActive)
		if err == nil {
			err = w.seatAll(ctx, p)
		}
		if err != nil {
			return "", record{}, err
		}
		rec := record{"post", p.ID, p.UnitID, map[string]any{"ask": a.ID, "person": a.PersonID, "asked_by": a.AskedBy}}
		return "", rec, w.decideSecond(ctx, p, a, c.Agree)
	})
	return err
}

func (w *work) decideSecond(ctx context.Context, p *Post, a SecondAsk, agree bool) error {
	outcome := "refused"
	if agree {
		outcome = "done"
	}
	err := w.exec(ctx, `UPDATE appointment_ask SET outcome = $1, decided_by = $2, decided_at = $3 WHERE id = $4`,
		outcome, w.actor.ID(), sqldb.Millis(w.now), a.ID)
	if err != nil || !agree {
		return err
	}
	w.seconded = true
	if a.Reason != "" {
		return w.handOver(ctx, p, HandOver{PostID: p.ID, ToPersonID: a.PersonID, Until: a.Until, Reason: a.Reason})
	}
	_, err = w.appoint(ctx, p, Appoint{PostID: p.ID, PersonID: a.PersonID, From: max(a.From, w.day), Until: a.Until}, a.Acting)
	return err
}

// SecondAsks lists what waits for a second person, at one post or all, for
// whoever may see it.
func (s *Service) SecondAsks(ctx context.Context, actor auth.Actor, postID string) ([]SecondAsk, error) {
	if !s.policy.May(actor, ActSecond) {
		return nil, nil
	}
	return secondAsks(ctx, s.db.Reader(), s.now(), postID)
}

// standsApart refuses a post to somebody who holds another of those that stand
// apart, now or from a day to come.
func (w *work) standsApart(ctx context.Context, p *Post, personID string) error {
	if !p.Role.Guarded() {
		return nil
	}
	grants, err := guardedOf(ctx, w.tx, []string{personID}, w.day)
	if err != nil {
		return err
	}
	return auth.MayHold(grants[personID], p.Role)
}

// guardedOf reads which posts that stand apart people hold.
func guardedOf(ctx context.Context, q sqldb.Querier, personIDs []string, day string) (map[string][]auth.Grant, error) {
	held := map[string][]auth.Grant{}
	args := []any{day}
	query := `SELECT a.person_id, p.role FROM appointment a JOIN post p ON p.id = a.post_id
		WHERE a.ended_on IS NULL AND (a.until_on IS NULL OR a.until_on >= $1) AND p.state = 'active' AND a.person_id IN (` + list(&args, personIDs) + `)`
	err := each(ctx, q, func(rows *sql.Rows) error {
		var person string
		var role auth.Role
		if err := rows.Scan(&person, &role); err != nil {
			return err
		}
		if role.Guarded() {
			held[person] = append(held[person], auth.Grant{Role: role})
		}
		return nil
	}, query, args...)
	if err != nil {
		return nil, fmt.Errorf("network: posts that stand apart: %w", err)
	}
	return held, nil
}

// apartInChunk refuses a chunk with which somebody would hold two such posts.
func apartInChunk(ctx context.Context, q sqldb.Querier, c *Chunk, day string) error {
	ordinary := map[string]bool{}
	for _, p := range c.Posts {
		ordinary[p.ID] = !p.Role.Guarded()
	}
	var people []string
	for _, a := range c.Appointments {
		if !ordinary[a.PostID] {
			people = append(people, a.PersonID)
		}
	}
	for part := range slices.Chunk(people, 500) {
		held, err := guardedOf(ctx, q, part, day)
		if err != nil {
			return err
		}
		for _, grants := range held {
			if err := auth.MayHold(grants, grants[0].Role); err != nil {
				return err
			}
		}
	}
	return nil
}

const secondColumns = `SELECT k.id, k.post_id, k.person_id, p.name, k.acting, k.starts_on, k.until_on, k.reason, k.asked_by, k.asked_name, k.asked_at, k.expires_at
	FROM appointment_ask k JOIN person p ON p.id = k.person_id WHERE k.outcome = '' AND k.expires_at > $1`

func scanAsk(row interface{ Scan(...any) error }) (SecondAsk, error) {
	var a SecondAsk
	var acting int
	var asked, end int64
	err := row.Scan(&a.ID, &a.PostID, &a.PersonID, &a.PersonName, &acting, &a.From, &a.Until, &a.Reason, &a.AskedBy, &a.AskedName, &asked, &end)
	a.Acting, a.AskedAt, a.ExpiresAt = acting == 1, sqldb.Time(asked), sqldb.Time(end)
	return a, err
}

func secondAsk(ctx context.Context, q sqldb.Querier, id string, now time.Time) (SecondAsk, error) {
	a, err := scanAsk(q.QueryRowContext(ctx, secondColumns+` AND k.id = $2`, sqldb.Millis(now), id))
	if errors.Is(err, sql.ErrNoRows) {
		return a, errs.E(errs.Gone, "network.second_over")
	}
	return a, err
}

// secondAsks reads what nobody decided yet; there are few.
func secondAsks(ctx context.Context, q sqldb.Querier, now time.Time, postID string) ([]SecondAsk, error) {
	query, args := secondColumns, []any{sqldb.Millis(now)}
	if postID != "" {
		query, args = query+` AND k.post_id = $2`, append(args, postID)
	}
	var out []SecondAsk
	err := each(ctx, q, func(rows *sql.Rows) error {
		a, err := scanAsk(rows)
		out = append(out, a)
		return err
	}, query+` ORDER BY k.asked_at, k.id LIMIT 200`, args...)
	if err != nil {
		return nil, fmt.Errorf("network: second asks: %w", err)
	}
	return out, nil
}
