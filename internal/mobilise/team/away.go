package team

import (
	"context"
	"database/sql"
	"time"

	"bilin/internal/audit"
	"bilin/internal/auth"
	"bilin/internal/errs"
	"bilin/internal/once"
	"bilin/internal/sqldb"
)

// SayAway notes days on which the actor is away. People say that themselves;
// nobody says it of somebody else.
func (s *Service) SayAway(ctx context.Context, actor auth.Actor, cmd SayAway) (id string, err error) {
	if err := self(actor); err != nil {
		return "", err
	}
	if err := cmd.check(s.today()); err != nil {
		return "", err
	}
	err = s.o.DB.Write(ctx, func(tx *sqldb.Tx) (err error) {
		id, err = once.Do(ctx, tx, "team.say_away/"+actor.PersonID, cmd.Key, cmd, s.o.Now(), func() (string, error) {
			said, err := readAways(ctx, tx, actor.PersonID, s.today())
			if err != nil {
				return "", err
			}
			if len(said) >= mostAways {
				return "", errs.E(errs.Conflict, "team.many_aways", "max", mostAways)
			}
			id := sqldb.NewID()
			_, err = tx.ExecContext(ctx, `INSERT INTO person_away (id, person_id, from_day, to_day) VALUES ($1, $2, $3, $4)`,
				id, actor.PersonID, cmd.From, cmd.To)
			if err != nil {
				return "", err
			}
			return id, s.recordAway(ctx, tx, actor, "team.say_away")
		})
		return err
	})
	return id, err
}

// SayBack takes back what the actor said with SayAway.
func (s *Service) SayBack(ctx context.Context, actor auth.Actor, cmd SayBack) error {
	if err := self(actor); err != nil {
		return err
	}
	return s.o.DB.Write(ctx, func(tx *sqldb.Tx) error {
		_, err := once.Do(ctx, tx, "team.say_back/"+actor.PersonID, cmd.Key, cmd, s.o.Now(), func() (bool, error) {
			n, err := changed(tx.ExecContext(ctx, `DELETE FROM person_away WHERE id = $1 AND person_id = $2`, cmd.ID, actor.PersonID))
			if err != nil || n == 0 {
				return false, err // it is over, or was taken back already
			}
			return true, s.recordAway(ctx, tx, actor, "team.say_back")
		})
		return err
	})
}

// self refuses those who are nobody of the network.
func self(actor auth.Actor) error {
	if actor.PersonID == "" {
		return auth.Denied(actor)
	}
	return nil
}

// recordAway notes that somebody spoke of their own days, and not which: the
// record stays, and nobody's absences are to be read from it.
func (s *Service) recordAway(ctx context.Context, tx *sqldb.Tx, actor auth.Actor, action string) error {
	return s.o.Audit.Append(ctx, tx, audit.Entry{ActorID: actor.ID(), ActorName: actor.Name, Action: action, ObjectKind: "person", ObjectID: actor.PersonID})
}

// Aways lists the days that the actor has said and that aren't over.
func (s *Service) Aways(ctx context.Context, actor auth.Actor) ([]Period, error) {
	if err := self(actor); err != nil {
		return nil, err
	}
	return readAways(ctx, s.o.DB.Reader(), actor.PersonID, s.today())
}

// AwayOn returns who is away on the day of a moment.
func (s *Service) AwayOn(ctx context.Context, at time.Time) (map[string]bool, error) {
	day := dayOf(at)
	rows, err := s.o.DB.Reader().QueryContext(ctx, `SELECT person_id FROM person_away WHERE to_day >= $1 AND from_day <= $2`, day, day)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	out := map[string]bool{}
	for rows.Next() {
		var id string
		if err := rows.Scan(&id); err != nil {
			return nil, err
		}
		out[id] = true
	}
	return out, rows.Err()
}

// AwayBetween returns who is away when between two days, by person.
func (s *Service) AwayBetween(ctx context.Context, q sqldb.Querier, from, to string) (map[string][]Period, error) {
	type of struct {
		person string
		Period
	}
	rows, err := sqldb.Collect(ctx, q, func(r *sql.Rows, x *of) error { return r.Scan(&x.person, &x.ID, &x.From, &x.To) },
		`SELECT person_id, id, from_day, to_day FROM person_away WHERE to_day >= $1 AND from_day <= $2`, from, to)
	out := map[string][]Period{}
	for _, x := range rows {
		out[x.person] = append(out[x.person], x.Period)
	}
	return out, err
}

// Forget erases what is over: nobody needs to know who was away when.
func (s *Service) Forget(ctx context.Context) error {
	return s.o.DB.Write(ctx, func(tx *sqldb.Tx) error {
		_, err := tx.ExecContext(ctx, `DELETE FROM person_away WHERE to_day < $1`, s.today())
		return err
	})
}

func readAways(ctx context.Context, q sqldb.Querier, personID, today string) ([]Period, error) {
	return sqldb.Collect(ctx, q, func(r *sql.Rows, p *Period) error { return r.Scan(&p.ID, &p.From, &p.To) },
		`SELECT id, from_day, to_day FROM person_away WHERE person_id = $1 AND to_day >= $2 ORDER BY from_day, id`, personID, today)
}
