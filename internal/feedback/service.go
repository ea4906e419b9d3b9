package feedback

import (
	"context"
	"fmt"
	"time"

	"bilin/internal/audit"
	"bilin/internal/auth"
	"bilin/internal/errs"
	"bilin/internal/live"
	"bilin/internal/number"
	"bilin/internal/once"
	"bilin/internal/seal"
	"bilin/internal/sqldb"
	"bilin/internal/ticket"
	"bilin/internal/workday"
)

// Options are what a Service works with. Live may be left out.
type Options struct {
	DB     *sqldb.DB
	Policy *auth.Policy
	Audit  *audit.Log
	Live   *live.Hub
	Vault  *seal.Vault
	Now    func() time.Time
}

// Service takes what is said, and the desk's answers.
type Service struct{ o Options }

// New returns a Service.
func New(o Options) *Service {
	if o.Now == nil {
		o.Now = time.Now
	}
	return &Service{o}
}

// Topic is the live topic of the desk and of the public list.
const Topic = "feedback"

func (s *Service) now() time.Time { return s.o.Now().UTC().Truncate(time.Millisecond) }

func wordsBinding(id string) string { return "feedback/words/" + id }
func keyBinding(id string) string   { return "feedback/key/" + id }

// finish writes the audit row of a command, which never says who spoke, and tells the open pages.
func (s *Service) finish(ctx context.Context, tx *sqldb.Tx, actor auth.Actor, action, id string) error {
	err := s.o.Audit.Append(ctx, tx, audit.Entry{ActorID: actor.ID(), ActorName: actor.Name, Action: action, ObjectKind: "feedback", ObjectID: id})
	if err != nil || s.o.Live == nil {
		return err
	}
	return s.o.Live.Publish(ctx, tx, Topic, "")
}

// author is whoever speaks, as the record knows them: also somebody who is
// logged in is nobody here.
var author = auth.Actor{AccountID: "feedback-author"}

// kept is what a repeated form is answered with; the key is sealed.
type kept struct{ ID, Number, Sealed string }

// Send takes what somebody says. Who they are is neither asked nor kept.
func (s *Service) Send(ctx context.Context, cmd Send) (Receipt, error) {
	cmd, err := cmd.check()
	if err != nil {
		return Receipt{}, err
	}
	now := s.now()
	f := &Feedback{ID: sqldb.NewID(), Kind: cmd.Kind, Route: cmd.Route, State: Unread, MadeAt: now, DueAt: now.AddDate(0, 0, Term), Version: 1}
	key := ticket.New()
	f.keyHash = ticket.Hash(key)
	made := kept{ID: f.ID}
	sealed, err := s.o.Vault.SealAll(ctx, []seal.Item{{Subject: f.ID, Text: cmd.Words, Binding: wordsBinding(f.ID)}, {Subject: f.ID, Text: key, Binding: keyBinding(f.ID)}})
	if err != nil {
		return Receipt{}, err
	}
	f.words, made.Sealed = sealed[0], sealed[1]
	asked := [...]string{string(cmd.Kind), cmd.Route, ticket.Hash(cmd.Words)}
	var out kept
	err = s.o.DB.Write(ctx, func(tx *sqldb.Tx) error {
		out, err = once.Do(ctx, tx, "feedback.send", cmd.Key, asked, now, func() (kept, error) {
			year := now.In(workday.City).Year()
			n, err := numbered(ctx, tx, year, 1)
			if err != nil {
				return made, err
			}
			f.Number = number.Of(letter, year, n, 5)
			made.Number = f.Number
			if err := insert(ctx, tx, f); err != nil {
				return made, fmt.Errorf("feedback: send: %w", err)
			}
			return made, s.finish(ctx, tx, author, "feedback.send", f.ID)
		})
		return err
	})
	if err != nil {
		return Receipt{}, err
	}
	if key, err = s.o.Vault.Open(ctx, out.ID, out.Sealed, keyBinding(out.ID)); err != nil {
		return Receipt{}, err
	}
	return Receipt{Number: out.Number, Key: key}, nil
}

// byKey loads one with its author's key. A wrong number and a wrong key get the same answer.
func (s *Service) byKey(ctx context.Context, q sqldb.Querier, num, key string) (*Feedback, error) {
	f, err := byNumber(ctx, q, num)
	if err == nil && !ticket.Opens(key, f.keyHash) {
		err = errs.E(errs.NotFound, "feedback.none")
	}
	return f, err
}

// Withdraw takes one back: the words and the key are destroyed. What was
// changed because of it stays on the public list, which is in the desk's words.
func (s *Service) Withdraw(ctx context.Context, num, key, formKey string) error {
	return s.o.DB.Write(ctx, func(tx *sqldb.Tx) error {
		_, err := once.Do(ctx, tx, "feedback.withdraw/"+ticket.Hash(key), formKey, num, s.now(), func() (bool, error) {
			f, err := s.byKey(ctx, tx, num, key)
			if err != nil {
				return false, err
			}
			if err := s.forget(ctx, tx, f, ErasedPrefix+"withdrawn"); err != nil {
				return false, err
			}
			return true, s.finish(ctx, tx, author, "feedback.withdraw", f.ID)
		})
		return err
	})
}

// ErasedPrefix begins why one's key was destroyed.
const ErasedPrefix = "feedback."

func (s *Service) forget(ctx context.Context, tx *sqldb.Tx, f *Feedback, why string) error {
	others, err := list(ctx, tx, `same_id = $1 LIMIT 1`, f.ID)
	if err != nil {
		return err
	}
	f.withdraw(len(others) > 0)
	if err := update(ctx, tx, f); err != nil {
		return fmt.Errorf("feedback: forget: %w", err)
	}
	return s.o.Vault.EraseIn(ctx, tx, why, s.now(), f.ID)
}

// EndAgain takes one out of data that came from a backup which was erased since.
func (s *Service) EndAgain(ctx context.Context, tx *sqldb.Tx, id string) error {
	found, err := list(ctx, tx, `id = $1 AND words <> ''`, id)
	if err != nil || len(found) == 0 {
		return err
	}
	return s.forget(ctx, tx, &found[0], ErasedPrefix+"again")
}

func (s *Service) desk(actor auth.Actor) error {
	return s.o.Policy.Can(actor, ActAnswer, auth.Object{})
}

// change runs a command of the desk on one.
func (s *Service) change(ctx context.Context, actor auth.Actor, action, key, num string, version int, request any, do func(tx *sqldb.Tx, f *Feedback) error) error {
	if err := s.desk(actor); err != nil {
		return err
	}
	return s.o.DB.Write(ctx, func(tx *sqldb.Tx) error {
		_, err := once.Do(ctx, tx, action+"/"+actor.ID(), key, request, s.now(), func() (bool, error) {
			f, err := byNumber(ctx, tx, num)
			if err != nil {
				return false, err
			}
			if f.Version != version {
				return false, errs.E(errs.Stale, "feedback.changed_since")
			}
			if err := do(tx, f); err != nil {
				return false, err
			}
			if err := update(ctx, tx, f); err != nil {
				return false, fmt.Errorf("feedback: change: %w", err)
			}
			return true, s.finish(ctx, tx, actor, action, f.ID)
		})
		return err
	})
}

// Reply is the desk's word. What was changed goes on the public list.
func (s *Service) Reply(ctx context.Context, actor auth.Actor, cmd Reply) error {
	if err := s.desk(actor); err != nil {
		return err
	}
	cmd, err := cmd.check()
	if err != nil {
		return err
	}
	return s.change(ctx, actor, "feedback.reply", cmd.Key, cmd.Number, cmd.Version, cmd, func(tx *sqldb.Tx, f *Feedback) error {
		if err := f.answer(cmd.State, s.now()); err != nil {
			return err
		}
		if err := insertAnswer(ctx, tx, f, cmd.Words, actor.ID()); err != nil {
			return fmt.Errorf("feedback: reply: %w", err)
		}
		if cmd.State != Changed {
			return nil
		}
		return putChange(ctx, tx, f, s.now().In(workday.City).Format(time.DateOnly), cmd.Release, cmd.Sentence)
	})
}

// Merge has another one answer for it; those merged into it follow.
func (s *Service) Merge(ctx context.Context, actor auth.Actor, key, num, into string, version int) error {
	return s.change(ctx, actor, "feedback.merge", key, num, version, [...]string{num, into}, func(tx *sqldb.Tx, f *Feedback) error {
		other, err := byNumber(ctx, tx, into)
		if errs.KindOf(err) == errs.NotFound && err != nil {
			return errs.Refuse("into", "feedback.same_none")
		}
		if err != nil {
			return err
		}
		if err := f.merge(other); err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, `UPDATE feedback SET same_id = $1, version = version + 1 WHERE same_id = $2`, other.ID, f.ID)
		return err
	})
}

// Part undoes a merge.
func (s *Service) Part(ctx context.Context, actor auth.Actor, key, num string, version int) error {
	return s.change(ctx, actor, "feedback.part", key, num, version, num, func(_ *sqldb.Tx, f *Feedback) error { return f.part(s.now()) })
}

// tickBatch bounds what one transaction forgets.
const tickBatch = 100

// Tick erases the words of what was settled long ago. It returns of how many.
func (s *Service) Tick(ctx context.Context) (n int, err error) {
	before := sqldb.Millis(s.now().AddDate(0, 0, -keepDays))
	for {
		var batch []Feedback
		err := s.o.DB.Write(ctx, func(tx *sqldb.Tx) (err error) {
			batch, err = list(ctx, tx, `words <> '' AND due_at = 0 AND made_at < $1 AND settled_at < $1
				AND NOT EXISTS (SELECT 1 FROM feedback o WHERE o.id = feedback.same_id AND (o.due_at > 0 OR o.settled_at >= $1)) ORDER BY made_at LIMIT $2`, before, tickBatch)
			if err != nil {
				return err
			}
			for i := range batch {
				f := &batch[i]
				f.words, f.keyHash = "", ""
				if err := update(ctx, tx, f); err != nil {
					return err
				}
				if err := s.o.Vault.EraseIn(ctx, tx, ErasedPrefix+"term", s.now(), f.ID); err != nil {
					return err
				}
			}
			return nil
		})
		if n += len(batch); err != nil || len(batch) < tickBatch {
			return n, err
		}
	}
}
