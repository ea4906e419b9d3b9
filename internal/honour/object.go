package honour

import (
	"context"
	"fmt"

	"bilin/internal/auth"
	"bilin/internal/errs"
	"bilin/internal/once"
	"bilin/internal/sqldb"
	"bilin/internal/ticket"
)

// Object takes an objection to somebody who is published, with a name or without.
func (s *Service) Object(ctx context.Context, actor auth.Actor, cmd Object) (Receipt, error) {
	var errWords, errFrom error
	cmd.Words, errWords = text("words", cmd.Words, 10, MaxObjection)
	cmd.From, errFrom = text("from", cmd.From, 0, MaxName)
	if err := errs.Gather("honour.check", errWords, errFrom); err != nil {
		return Receipt{}, err
	}
	asked := cmd
	asked.Words, asked.From = s.same(cmd.Words), s.same(cmd.From)
	o := &Objection{ID: sqldb.NewID(), NominationID: cmd.NominationID, At: s.now(), Version: 1}
	key := ticket.New()
	o.keyHash = ticket.Hash(key)
	var sealed string
	for _, f := range []struct {
		to          *string
		plain, what string
	}{{&o.words, cmd.Words, "words"}, {&o.from, cmd.From, "from"}, {&sealed, key, "key"}} {
		var err error
		if *f.to, err = s.o.Vault.Seal(ctx, o.ID, f.plain, boundRemark(f.what, o.ID)); err != nil {
			return Receipt{}, err
		}
	}
	made, out := kept{ID: o.ID, Sealed: sealed}, kept{}
	err := s.o.DB.Write(ctx, func(tx *sqldb.Tx) (err error) {
		out, err = once.Do(ctx, tx, "honour.object", cmd.Key, asked, s.now(), func() (kept, error) {
			err := s.object(ctx, tx, o)
			made.Number = o.Number
			return made, err
		})
		return err
	})
	if err != nil {
		return Receipt{}, err
	}
	key, err = s.o.Vault.Open(ctx, out.ID, out.Sealed, boundRemark("key", out.ID))
	return Receipt{out.ID, out.Number, key}, err
}

// object stores it; the record doesn't say by whom, even of somebody logged in.
func (s *Service) object(ctx context.Context, tx *sqldb.Tx, o *Objection) error {
	n, err := nominationByID(ctx, tx, o.NominationID)
	if err != nil {
		return err
	}
	r, err := roundByID(ctx, tx, n.RoundID)
	if err != nil {
		return err
	}
	if r.State != Published || n.Result != Proposed || !s.now().Before(r.PublishUntil) {
		return errs.E(errs.Conflict, "honour.no_objections")
	}
	o.RoundID = r.ID
	first, err := reserve(ctx, tx, "E", s.year(), 1)
	if err != nil {
		return err
	}
	o.Number = numbered("E", s.year(), first)
	if err := insertObjection(ctx, tx, o); err != nil {
		return fmt.Errorf("honour: object: %w", err)
	}
	return s.finish(ctx, tx, auth.Actor{}, "honour.object", "honour_objection", o.ID, s.tree().RootID(), r.ID)
}

// MyObjection is what the key of an objection opens: it and its answer.
func (s *Service) MyObjection(ctx context.Context, id, key string) (*Objection, *Round, error) {
	q := s.o.DB.Reader()
	o, err := only(objections(ctx, q, `id = $1`, id))("honour.no_objection")
	if err == nil && !ticket.Opens(key, o.keyHash) {
		err = errs.E(errs.NotFound, "honour.no_objection")
	}
	if err != nil {
		return nil, nil, err
	}
	r, err := roundByID(ctx, q, o.RoundID)
	if err != nil {
		return nil, nil, err
	}
	return o, r, s.openObjection(ctx, o)
}

func (s *Service) openObjection(ctx context.Context, o *Objection) (err error) {
	for _, f := range []struct {
		to           *string
		sealed, what string
	}{{&o.Words, o.words, "words"}, {&o.From, o.from, "from"}, {&o.Answer, o.answer, "answer"}} {
		if f.sealed == "" {
			continue
		}
		if *f.to, err = s.o.Vault.Open(ctx, o.ID, f.sealed, boundRemark(f.what, o.ID)); err != nil {
			return err
		}
	}
	return nil
}

// Objected is an objection as those who answer it see it.
type Objected struct {
	Objection
	Against  string // the name
	Category string // its name
	UnitID   string
}

// Objections lists a round's objections for its panel, and for nobody else. A
// member who is kept from somebody doesn't read what is said of them.
func (s *Service) Objections(ctx context.Context, actor auth.Actor, roundID string) (r *Round, out []Objected, err error) {
	q := s.o.DB.Reader()
	if r, err = roundByID(ctx, q, roundID); err != nil {
		return nil, nil, err
	}
	me, _, err := s.judge(ctx, q, actor, r.ID)
	if err != nil {
		return nil, nil, err
	}
	kept, err := s.keptFrom(ctx, q, r.ID)
	if err != nil {
		return nil, nil, err
	}
	list, err := objections(ctx, q, `round_id = $1 AND words <> '' ORDER BY id`, r.ID)
	if err != nil {
		return nil, nil, err
	}
	byID, err := s.named(ctx, q, `round_id = $1 AND result IN ('proposed', 'objected')`, r.ID)
	if err != nil {
		return nil, nil, err
	}
	for _, o := range list {
		n := byID[o.NominationID]
		if n == nil || kept[Recusal{PersonID: me.PersonID, NominationID: n.ID}] {
			continue
		}
		if err := s.openObjection(ctx, &o); err != nil {
			return nil, nil, err
		}
		out = append(out, Objected{o, n.Name, r.Category(n.Category).Name, n.UnitID})
	}
	return r, out, nil
}

// AnswerObjection answers one, for the panel: whoever objected reads it with
// their key. One that is right takes the nominee out.
func (s *Service) AnswerObjection(ctx context.Context, actor auth.Actor, cmd Answer) error {
	words, err := text("words", cmd.Words, 10, MaxObjection)
	if err != nil {
		return err
	}
	cmd.Words = words
	o, err := only(objections(ctx, s.o.DB.Reader(), `id = $1`, cmd.ID))("honour.no_objection")
	if err != nil {
		return err
	}
	if _, _, err := s.judge(ctx, s.o.DB.Reader(), actor, o.RoundID); err != nil {
		return err
	}
	sealed, err := s.o.Vault.Seal(ctx, o.ID, cmd.Words, boundRemark("answer", o.ID))
	if err != nil {
		return err
	}
	asked := cmd
	asked.Words = s.same(cmd.Words)
	return s.o.DB.Write(ctx, func(tx *sqldb.Tx) error {
		_, err := once.Do(ctx, tx, "honour.answer/"+actor.ID(), cmd.Key, asked, s.now(), func() (bool, error) { return true, s.answer(ctx, tx, actor, cmd, sealed) })
		return err
	})
}

func (s *Service) answer(ctx context.Context, tx *sqldb.Tx, actor auth.Actor, cmd Answer, sealed string) error {
	o, err := only(objections(ctx, tx, `id = $1`, cmd.ID))("honour.no_objection")
	if err != nil {
		return err
	}
	r, err := roundByID(ctx, tx, o.RoundID)
	if err != nil {
		return err
	}
	if err := r.in(Published); err != nil {
		return err
	}
	me, _, err := s.judge(ctx, tx, actor, r.ID)
	if err != nil {
		return err
	}
	kept, err := s.keptFrom(ctx, tx, r.ID)
	if err != nil {
		return err
	}
	if kept[Recusal{PersonID: me.PersonID, NominationID: o.NominationID}] {
		return errs.E(errs.Forbidden, "honour.recused")
	}
	if o.words == "" { // erased with the person it was about
		return errs.E(errs.NotFound, "honour.no_objection")
	}
	if err := shown(o.Version, cmd.Version); err != nil {
		return err
	}
	if err := o.take(cmd, s.now()); err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, `UPDATE honour_objection SET answer = $1, upheld = $2, answered_by = $3, answered_at = $4, version = version + 1 WHERE id = $5`,
		sealed, sqldb.Flag(o.Upheld), actor.Human(), sqldb.Millis(o.AnsweredAt), o.ID)
	if err != nil {
		return fmt.Errorf("honour: answer: %w", err)
	}
	if o.Upheld {
		n, err := nominationByID(ctx, tx, o.NominationID)
		if err != nil {
			return err
		}
		n.Result = Overturned
		if err := updateNomination(ctx, tx, n); err != nil {
			return err
		}
	}
	return s.finish(ctx, tx, actor, "honour.answer", "honour_objection", o.ID, s.tree().RootID(), r.ID)
}
