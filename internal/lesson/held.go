package lesson

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
	"time"

	"bilin/internal/network"
	"bilin/internal/sqldb"
)

// Held is what is held of somebody who lives in a household.
type Held struct {
	ID    string // of the question, or of the place
	Seat  bool   // a place at a talk; otherwise a question
	Title string
	Words string
	At    time.Time // of the talk, or when it was asked
}

// ofSeat begins the id of a place, before the talk's and the person's.
const ofSeat = "seat-"

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
		err := r.Scan(&h.ID, &h.Title, &at)
		h.ID, h.Seat, h.At = ofSeat+h.ID, true, sqldb.Time(at)
		return err
	}, `SELECT t.id || '.' || s.person_id, t.title, t.at FROM talk_seat s JOIN talk t ON t.id = s.talk_id WHERE `+w.Text()+` ORDER BY t.at, t.id`, w.Args...)
	if err != nil {
		return nil, fmt.Errorf("lesson: held: %w", err)
	}
	var asked sqldb.Where
	asked.In("q.asker_id", people)
	list, err := s.titled(ctx, q, asked.Text()+` ORDER BY q.asked_at, q.id`, asked.Args...)
	for _, x := range list {
		out = append(out, Held{ID: x.ID, Title: x.Title, Words: x.Words, At: x.AskedAt})
	}
	return out, err
}

// Erase gives back the places of those who live in a household, drops their
// questions that wait and forgets who asked the others.
func (s *Service) Erase(ctx context.Context, tx *sqldb.Tx, householdID string) error {
	return erase(ctx, tx, householdID, "", "")
}

// EraseOne does so with one place or one question.
func (s *Service) EraseOne(ctx context.Context, tx *sqldb.Tx, householdID, id string) error {
	if seat, is := strings.CutPrefix(id, ofSeat); is {
		return erase(ctx, tx, householdID, seat, none)
	}
	return erase(ctx, tx, householdID, none, id)
}

// none is the id of no place and no question.
const none = "-"

// erase does it with one place and one question; "" is all of them.
func erase(ctx context.Context, tx *sqldb.Tx, householdID, seat, questionID string) error {
	people, err := network.PeopleOfHome(ctx, tx, householdID)
	if err != nil {
		return err
	}
	for _, person := range people {
		for _, x := range []struct{ query, id string }{
			{`UPDATE talk SET taken = taken - (SELECT s.places FROM talk_seat s WHERE s.talk_id = talk.id AND s.person_id = $1), version = version + 1
				WHERE id IN (SELECT talk_id FROM talk_seat WHERE person_id = $1 AND ($2 = '' OR talk_id || '.' || person_id = $2))`, seat},
			{`DELETE FROM talk_seat WHERE person_id = $1 AND ($2 = '' OR talk_id || '.' || person_id = $2)`, seat},
			{`DELETE FROM lesson_question WHERE asker_id = $1 AND answered_at = 0 AND ($2 = '' OR id = $2)`, questionID},
			{`UPDATE lesson_question SET asker_id = '' WHERE asker_id = $1 AND ($2 = '' OR id = $2)`, questionID},
		} {
			if _, err := tx.ExecContext(ctx, x.query, person, x.id); err != nil {
				return fmt.Errorf("lesson: erase: %w", err)
			}
		}
	}
	return nil
}
