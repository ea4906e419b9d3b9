package lesson

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"bilin/internal/network"
	"bilin/internal/sqldb"
)

// Held is what is held of somebody who lives in a household.
type Held struct {
	Seat  bool // a place at a talk; otherwise a question
	Title string
	Words string
	At    time.Time // of the talk, or when it was asked
}

// HeldOf lists what is held of those who live in a household: places at talks,
// and questions for as long as it is known who asked.
func (s *Service) HeldOf(ctx context.Context, q sqldb.Querier, householdID string) (out []Held, err error) {
	people, err := network.PeopleOfHome(ctx, q, householdID)
	if err != nil || len(people) == 0 {
		return nil, err
	}
	var w sqldb.Where
	w.In("s.person_id", people)
	out, err = sqldb.Collect(ctx, q, func(r *sql.Rows, h *Held) error {
		var at int64
		err := r.Scan(&h.Title, &at)
		h.Seat, h.At = true, sqldb.Time(at)
		return err
	}, `SELECT t.title, t.at FROM talk_seat s JOIN talk t ON t.id = s.talk_id WHERE `+w.Text()+` ORDER BY t.at, t.id`, w.Args...)
	if err != nil {
		return nil, fmt.Errorf("lesson: held: %w", err)
	}
	var asked sqldb.Where
	asked.In("q.asker_id", people)
	list, err := s.titled(ctx, q, asked.Text()+` ORDER BY q.asked_at, q.id`, asked.Args...)
	for _, x := range list {
		out = append(out, Held{Title: x.Title, Words: x.Words, At: x.AskedAt})
	}
	return out, err
}

// Erase gives back the places of those who live in a household, drops their
// questions that wait and forgets who asked the others.
func (s *Service) Erase(ctx context.Context, tx *sqldb.Tx, householdID string) error {
	people, err := network.PeopleOfHome(ctx, tx, householdID)
	if err != nil {
		return err
	}
	for _, person := range people {
		for _, query := range []string{
			`UPDATE talk SET taken = taken - (SELECT s.places FROM talk_seat s WHERE s.talk_id = talk.id AND s.person_id = $1), version = version + 1
				WHERE id IN (SELECT talk_id FROM talk_seat WHERE person_id = $1)`,
			`DELETE FROM talk_seat WHERE person_id = $1`,
			`DELETE FROM lesson_question WHERE asker_id = $1 AND answered_at = 0`,
			`UPDATE lesson_question SET asker_id = '' WHERE asker_id = $1`,
		} {
			if _, err := tx.ExecContext(ctx, query, person); err != nil {
				return fmt.Errorf("lesson: erase: %w", err)
			}
		}
	}
	return nil
}
