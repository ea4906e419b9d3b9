package lesson

import (
	"context"
	"crypto/rand"
	"fmt"
	"strings"
	"time"

	"bilin/internal/auth"
	"bilin/internal/errs"
	"bilin/internal/once"
	"bilin/internal/sqldb"
	"bilin/internal/workday"
)

// somebody is whoever asks or takes a place, as the record knows them: once it is
// forgotten who that was, nothing else says it.
var somebody = auth.Actor{AccountID: "lesson-somebody"}

// newQuestionID is one that tells nothing, not even when: the record has a row of
// about that time.
func newQuestionID() string { return strings.ToLower(rand.Text()) }

// day is when a question was asked, as exactly as that is kept.
func (s *Service) day() time.Time {
	y, m, d := s.now().In(workday.City).Date()
	return time.Date(y, m, d, 0, 0, 0, 0, workday.City).UTC()
}

// subject is what a question is about.
type subject struct {
	unit, title, by string
	asks            bool // it can be asked about
}

// about loads what a question is about, if everybody can read it.
func (s *Service) about(ctx context.Context, q sqldb.Querier, kind Kind, id string) (x subject, err error) {
	switch kind {
	case OnLesson:
		l, err := lessonByID(ctx, q, id)
		if err != nil {
			return x, err
		}
		return subject{l.UnitID, l.Title, l.author, l.State == Published}, nil
	case OnTalk:
		t, err := talkByID(ctx, q, id)
		if err != nil {
			return x, err
		}
		return subject{t.UnitID, t.Title, t.speaker, t.State == Open}, nil
	}
	return x, errs.E(errs.NotFound, "lesson.none")
}

// Ask asks a question. It is public once it is answered, without who asked; the
// scope of its key and the record don't say it either.
func (s *Service) Ask(ctx context.Context, actor auth.Actor, cmd Ask) error {
	if !s.o.Policy.May(actor, ActJoin) || actor.PersonID == "" {
		return auth.Denied(actor)
	}
	text, err := words("words", cmd.Words, MaxQuestion)
	if err != nil {
		return err
	}
	return s.o.DB.Write(ctx, func(tx *sqldb.Tx) error {
		_, err := once.Do(ctx, tx, "lesson.ask", cmd.Key, cmd, s.now(), func() (bool, error) {
			x, err := s.about(ctx, tx, cmd.Kind, cmd.On)
			if err != nil {
				return false, err
			}
			if !x.asks {
				return false, errs.E(errs.Conflict, "lesson.no_questions")
			}
			var waiting int
			if err := tx.QueryRowContext(ctx, `SELECT COUNT(*) FROM lesson_question WHERE asker_id = $1 AND answered_at = 0`, actor.PersonID).Scan(&waiting); err != nil {
				return false, err
			}
			if waiting >= MaxOpen {
				return false, errs.Refuse("words", "lesson.too_many_questions", "max", MaxOpen)
			}
			q := &Question{ID: newQuestionID(), On: cmd.On, Kind: cmd.Kind, UnitID: x.unit, Words: text, AskedAt: s.day(), asker: actor.PersonID}
			if err := insertQuestion(ctx, tx, q); err != nil {
				return false, fmt.Errorf("lesson: ask: %w", err)
			}
			return true, s.finish(ctx, tx, somebody, "lesson.ask", string(cmd.Kind), cmd.On, x.unit)
		})
		return err
	})
}

// Reply answers a question: its lesson's author, its talk's speaker or an editor.
func (s *Service) Reply(ctx context.Context, actor auth.Actor, key, id, answer string, version int) (*Question, error) {
	var q *Question
	err := s.o.DB.Write(ctx, func(tx *sqldb.Tx) (err error) {
		if q, err = questionByID(ctx, tx, id); err != nil {
			return err
		}
		_, err = once.Do(ctx, tx, "lesson.reply/"+actor.ID(), key, []any{id, answer, version}, s.now(), func() (bool, error) {
			x, err := s.about(ctx, tx, q.Kind, q.On)
			if err != nil {
				return false, err
			}
			side := s.sideOf(actor, x)
			if side == "" {
				return false, auth.Denied(actor)
			}
			if err := q.reply(side, answer, version, s.now()); err != nil {
				return false, err
			}
			if err := updateQuestion(ctx, tx, q); err != nil {
				return false, err
			}
			return true, s.finish(ctx, tx, actor, "lesson.reply", string(q.Kind), q.On, q.UnitID)
		})
		return err
	})
	return q, err
}

func (s *Service) sideOf(actor auth.Actor, x subject) Side {
	switch {
	case actor.PersonID != "" && actor.PersonID == x.by:
		return Author
	case s.plans(actor, x.unit):
		return Editor
	}
	return ""
}

// Questions lists what was asked and answered on a lesson or a talk; what waits
// only to whoever asked it or may answer.
func (s *Service) Questions(ctx context.Context, actor auth.Actor, kind Kind, id string) (list []Question, answers bool, err error) {
	x, err := s.about(ctx, s.o.DB.Reader(), kind, id)
	if err != nil {
		return nil, false, err
	}
	answers = s.sideOf(actor, x) != ""
	all, err := questions(ctx, s.o.DB.Reader(), `WHERE q.on_id = $1 ORDER BY q.asked_at DESC, q.id LIMIT 200`, id)
	for _, q := range all {
		q.Mine = actor.PersonID != "" && q.asker == actor.PersonID
		if !q.AnsweredAt.IsZero() || answers || q.Mine {
			list = append(list, q)
		}
	}
	return list, answers, err
}
