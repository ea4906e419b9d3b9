package privacy

import (
	"context"
	"slices"
	"time"

	"bilin/internal/auth"
	"bilin/internal/errs"
	"bilin/internal/once"
	"bilin/internal/sqldb"
)

// DeskOf says at which desk somebody answers, and over which units a village's does.
func (s *Service) DeskOf(actor auth.Actor) (desk Desk, units []string) {
	if actor.Has(auth.PrivacyOfficer) {
		return Officer, nil
	}
	return Village, s.o.Policy.Scope(actor, ActAnswer)
}

// answers reports whether the actor answers a request now.
func (s *Service) answers(actor auth.Actor, r *Request) bool {
	if s.o.Policy.Can(actor, ActAnswer, auth.Object{UnitID: r.UnitID}) != nil {
		return false
	}
	if r.Desk == Officer {
		return actor.Has(auth.PrivacyOfficer)
	}
	return true // the officer may help out a village
}

// sees reports whether the actor may look at a request: who answers it, and the
// village that had it.
func (s *Service) sees(actor auth.Actor, r *Request) bool {
	if s.answers(actor, r) || actor.Has(auth.PrivacyOfficer) {
		return true
	}
	return (r.Kind == Correct || r.Ordered != "") && s.o.Policy.Can(actor, ActAnswer, auth.Object{UnitID: r.UnitID}) == nil
}

const deskRows = 50

// List returns a desk's requests, open ones by their date and answered ones the
// latest first: at most a page, from behind a number on.
func (s *Service) List(ctx context.Context, actor auth.Actor, state State, after string) (list []Request, next string, err error) {
	if !s.o.Policy.May(actor, ActAnswer) {
		return nil, "", auth.Denied(actor)
	}
	var w sqldb.Where
	w.Add("state = ?", string(state))
	if desk, units := s.DeskOf(actor); desk == Village {
		w.Add("(kind = 'correct' OR ordered <> '')")
		w.In("village_id", s.villages(units))
	}
	order := " ORDER BY due_at, id"
	if state == Done {
		order = " ORDER BY made_at DESC, id DESC"
	}
	if after != "" {
		r, err := oneRequest(ctx, s.o.DB.Reader(), after)
		if err != nil {
			return nil, "", err
		}
		if state == Done {
			w.Add("(made_at, id) < (?, ?)", sqldb.Millis(r.MadeAt), r.ID)
		} else {
			w.Add("(due_at, id) > (?, ?)", sqldb.Millis(r.DueAt), r.ID)
		}
	}
	list, err = requests(ctx, s.o.DB.Reader(), w.Text()+order+` LIMIT `+w.Arg(deskRows+1), w.Args...)
	if len(list) > deskRows {
		list = list[:deskRows]
		next = list[deskRows-1].Number
	}
	return list, next, err
}

func (s *Service) villages(units []string) []string {
	var ids []string
	for _, u := range units {
		if v := s.villageOf(u); v != nil && !slices.Contains(ids, v.ID) {
			ids = append(ids, v.ID)
		}
	}
	return ids
}

// Get opens a request to the desk that has it. That it was looked at is recorded
// in the same transaction, and the household sees it.
func (s *Service) Get(ctx context.Context, actor auth.Actor, typed string) (*File, error) {
	n, err := ParseNumber(typed)
	if err != nil {
		return nil, err
	}
	var f *File
	err = s.o.DB.Write(ctx, func(tx *sqldb.Tx) error {
		r, err := oneRequest(ctx, tx, n)
		if err != nil {
			return err
		}
		if !s.sees(actor, &r) {
			return errNone()
		}
		if f, err = s.file(ctx, tx, r); err != nil {
			return err
		}
		if err := s.prepare(ctx, tx, actor, f); err != nil {
			return err
		}
		return s.looked(ctx, tx, actor, f)
	})
	if err != nil {
		return nil, err
	}
	return f, nil
}

func (s *Service) looked(ctx context.Context, tx *sqldb.Tx, actor auth.Actor, f *File) error {
	post := s.post(actor, f.UnitID)
	step := Step{At: s.o.Now(), Kind: "seen", Role: post.Role, UnitID: post.UnitID}
	known := slices.ContainsFunc(f.Steps, func(x Step) bool { return x.Kind == step.Kind && x.Role == step.Role && x.UnitID == step.UnitID })
	if !known {
		if err := addStep(ctx, tx, f.ID, step); err != nil {
			return err
		}
		f.Steps = append(f.Steps, step)
	}
	return s.o.Audit.Append(ctx, tx, entryOf(actor, "privacy.request_read", f))
}

// post is as what somebody answers.
func (s *Service) post(actor auth.Actor, unitID string) auth.Grant {
	for _, g := range actor.Grants {
		if (g.Role == auth.PrivacyOfficer || g.Role == auth.VillageOfficial) && s.o.Network.Tree().Contains(g.UnitID, unitID) {
			return g
		}
	}
	return auth.Grant{}
}

// MayAnswer reports whether the actor answers it.
func (s *Service) MayAnswer(actor auth.Actor, r *Request) bool {
	return r.IsOpen() && s.answers(actor, r)
}

// Reply answers a request with reasons, and does what was granted.
func (s *Service) Reply(ctx context.Context, actor auth.Actor, a Answer) error {
	n, err := ParseNumber(a.Number)
	if err != nil {
		return err
	}
	return s.o.DB.Write(ctx, func(tx *sqldb.Tx) error {
		r, err := oneRequest(ctx, tx, n)
		if err != nil {
			return err
		}
		if !s.sees(actor, &r) {
			return errNone()
		}
		if !s.answers(actor, &r) && r.IsOpen() {
			return auth.Denied(actor)
		}
		shown := a
		shown.Words = s.o.Sealer.Index("privacy/words", a.Words)
		_, err = once.Do(ctx, tx, "privacy.reply/"+actor.ID(), a.Key, shown, s.o.Now(), func() (bool, error) {
			return true, s.reply(ctx, tx, actor, &r, a)
		})
		return err
	})
}

func (s *Service) reply(ctx context.Context, tx *sqldb.Tx, actor auth.Actor, r *Request, a Answer) error {
	now, post := s.o.Now(), s.post(actor, r.UnitID)
	step, err := s.decide(ctx, tx, actor, r, post, a, now)
	if err != nil {
		return err
	}
	if r.Answer != "" {
		if r.reply, err = s.o.Vault.Seal(ctx, r.ID, r.Answer, answerBinding(r.ID)); err != nil {
			return err
		}
	}
	if err := updateRequest(ctx, tx, r, actor.ID()); err != nil {
		return err
	}
	if err := addStep(ctx, tx, r.ID, Step{At: now, Kind: step, Role: post.Role, UnitID: post.UnitID}); err != nil {
		return err
	}
	if r.State == Done && r.Outcome != Refused {
		if err := s.carryOut(ctx, tx, r, now); err != nil {
			return err
		}
	}
	return s.record(ctx, tx, actor, "privacy.reply", "privacy_request", r.ID, r.UnitID, map[string]any{"kind": r.Kind, "outcome": r.Outcome, "ordered": r.Ordered, "law": r.Law})
}

// carryOut does what was granted: erases, or ends what was objected to. What is
// wrong in a record was put right by hand before, and what nothing ends by itself
// the village saw to.
func (s *Service) carryOut(ctx context.Context, tx *sqldb.Tx, r *Request, now time.Time) error {
	switch r.Kind {
	case Erase:
		if err := s.erase(ctx, tx, r, now); err != nil {
			return err
		}
		return addStep(ctx, tx, r.ID, Step{At: now, Kind: "erased"})
	case Object:
		if ender := s.ender(r); ender != nil {
			if err := ender.End(ctx, tx, r.HouseholdID, r.Item, Object); errs.KindOf(err) != errs.NotFound { // gone by itself meanwhile
				return err
			}
		}
	}
	return nil
}

// Waiting is how many requests a desk has open, and how many are late or nearly so.
type Waiting struct{ Open, Soon, Late int }

// Waiting counts a desk's open requests.
func (s *Service) Waiting(ctx context.Context, actor auth.Actor) (n Waiting, err error) {
	var w sqldb.Where
	switch {
	case s.o.Policy.May(actor, ActWatch):
	case s.o.Policy.May(actor, ActAnswer):
		_, units := s.DeskOf(actor)
		w.In("village_id", s.villages(units))
		w.Add("desk = 'village'")
	default:
		return n, auth.Denied(actor)
	}
	w.Add("state = 'open'")
	now := s.o.Now()
	soon, late := w.Arg(sqldb.Millis(now.Add(Remind))), w.Arg(sqldb.Millis(now))
	err = s.o.DB.Reader().QueryRowContext(ctx, `SELECT COUNT(*), COUNT(*) FILTER (WHERE due_at < `+soon+` AND due_at >= `+late+`), COUNT(*) FILTER (WHERE due_at < `+late+`)
		FROM privacy_request WHERE `+w.Text(), w.Args...).Scan(&n.Open, &n.Soon, &n.Late)
	return n, err
}

const perTick = 200

// Tick lets what the village left lying climb, reminds, and forgets what has had its time.
func (s *Service) Tick(ctx context.Context) error {
	now := s.o.Now()
	due, err := requests(ctx, s.o.DB.Reader(), `state = 'open' AND (climb_at > 0 AND climb_at <= $1 AND desk = 'village' OR due_at < $2 AND warned_at = 0) ORDER BY due_at, id LIMIT $3`,
		sqldb.Millis(now), sqldb.Millis(now.Add(Remind)), perTick)
	if err != nil {
		return err
	}
	for _, r := range due {
		if err := s.o.DB.Write(ctx, func(tx *sqldb.Tx) error { return s.tick(ctx, tx, r.Number, now) }); err != nil {
			return err
		}
	}
	return s.forget(ctx, now)
}

func (s *Service) tick(ctx context.Context, tx *sqldb.Tx, number string, now time.Time) error {
	r, err := oneRequest(ctx, tx, number)
	if err != nil || !r.IsOpen() {
		return err
	}
	var did []string
	if r.climb(now) {
		did = append(did, "climbed")
	}
	if r.WarnedAt.IsZero() && now.Add(Remind).After(r.DueAt) {
		r.WarnedAt = now
		did = append(did, "reminded")
	}
	if len(did) == 0 {
		return nil
	}
	if err := updateRequest(ctx, tx, &r, ""); err != nil {
		return err
	}
	for _, kind := range did {
		if err := addStep(ctx, tx, r.ID, Step{At: now, Kind: kind}); err != nil {
			return err
		}
		if err := s.record(ctx, tx, clock, "privacy."+kind, "privacy_request", r.ID, r.UnitID, nil); err != nil {
			return err
		}
	}
	return nil
}

var clock = auth.System("privacy")

// forget deletes answered requests with their keys, and codes and sessions that are over.
func (s *Service) forget(ctx context.Context, now time.Time) error {
	return s.o.DB.Write(ctx, func(tx *sqldb.Tx) error {
		old, err := requests(ctx, tx, `state = 'done' AND answered_at < $1 ORDER BY answered_at, id LIMIT $2`, sqldb.Millis(now.Add(-Kept)), perTick)
		if err != nil {
			return err
		}
		for _, r := range old {
			if err := s.drop(ctx, tx, r.ID, now); err != nil {
				return err
			}
		}
		for _, text := range []string{`DELETE FROM privacy_code WHERE until_at < $1`, `DELETE FROM privacy_session WHERE until_at < $1`} {
			if _, err := tx.ExecContext(ctx, text, sqldb.Millis(now.Add(-24*time.Hour))); err != nil {
				return err
			}
		}
		return nil
	})
}

func (s *Service) drop(ctx context.Context, tx *sqldb.Tx, id string, now time.Time) error {
	for _, text := range []string{`DELETE FROM privacy_step WHERE request_id = $1`, `DELETE FROM privacy_request WHERE id = $1`} {
		if _, err := tx.ExecContext(ctx, text, id); err != nil {
			return err
		}
	}
	return s.o.Vault.EraseIn(ctx, tx, "privacy.kept", now, id)
}
