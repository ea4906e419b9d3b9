package privacy

import (
	"context"
	"fmt"
	"slices"
	"time"

	"bilin/internal/errs"
	"bilin/internal/network"
	"bilin/internal/number"
	"bilin/internal/once"
	"bilin/internal/sqldb"
	"bilin/internal/workday"
)

func (s *Service) unitOf(ctx context.Context, q sqldb.Querier, householdID string) (string, error) {
	return network.UnitOfHousehold(ctx, q, householdID)
}

// ParseNumber reads a request's number as people type it.
func ParseNumber(text string) (string, error) {
	n, ok := number.Parse(numberLetter, text)
	if !ok {
		return "", errNone()
	}
	return n, nil
}

const numberLetter = "Y"

func wordsBinding(id string) string  { return "privacy_request/words/" + id }
func answerBinding(id string) string { return "privacy_request/answer/" + id }

// kept is what a repeated form is answered with; the key is sealed.
type kept struct{ Sealed, ID string }

// Send takes a request of a household that has confirmed itself, and promises a
// date. Consent that is withdrawn ends what stood on it at once.
func (s *Service) Send(ctx context.Context, who Session, a Ask) (Asked, error) {
	a, err := a.check()
	if err != nil {
		return Asked{}, err
	}
	if a.Holder != "" && s.holder(a.Holder) == nil {
		return Asked{}, errNone()
	}
	r := &Request{ID: sqldb.NewID(), HouseholdID: who.HouseholdID, Kind: a.Kind, Holder: a.Holder, Item: a.Item, Way: who.Way, State: Open, Desk: deskOf(a.Kind), Version: 1}
	if r.words, err = s.o.Vault.Seal(ctx, r.ID, a.Words, wordsBinding(r.ID)); err != nil {
		return Asked{}, err
	}
	key := newCode(26)
	r.keyHash = hashOf("request", key)
	sealed, err := s.o.Sealer.Seal(key, "privacy_request/key/"+r.ID)
	if err != nil {
		return Asked{}, err
	}
	var out kept
	err = s.o.DB.Write(ctx, func(tx *sqldb.Tx) error {
		shown := a
		shown.Words = s.o.Sealer.Index("privacy/words", a.Words)
		out, err = once.Do(ctx, tx, "privacy.ask/"+who.HouseholdID, a.Key, shown, s.o.Now(), func() (kept, error) {
			fresh := *r // the command may run again
			return kept{sealed, r.ID}, s.take(ctx, tx, &fresh)
		})
		return err
	})
	if err != nil {
		return Asked{}, err
	}
	return s.asked(ctx, out)
}

// asked opens the key that the request was given the first time.
func (s *Service) asked(ctx context.Context, out kept) (Asked, error) {
	key, err := s.o.Sealer.Open(out.Sealed, "privacy_request/key/"+out.ID)
	if err != nil {
		return Asked{}, err
	}
	list, err := requests(ctx, s.o.DB.Reader(), `id = $1`, out.ID)
	if err != nil || len(list) == 0 {
		return Asked{}, errNone()
	}
	return Asked{list[0].Number, key}, nil
}

// take stores a request, with its clock.
func (s *Service) take(ctx context.Context, tx *sqldb.Tx, r *Request) error {
	open, err := requests(ctx, tx, `household_id = $1 AND state = 'open' ORDER BY made_at, id LIMIT $2`, r.HouseholdID, openAsks)
	if err != nil {
		return err
	}
	if len(open) >= openAsks {
		return errs.E(errs.Conflict, "privacy.many_open", "n", openAsks)
	}
	if r.UnitID, err = s.unitOf(ctx, tx, r.HouseholdID); err != nil {
		return err
	}
	if v := s.villageOf(r.UnitID); v != nil {
		r.VillageID = v.ID
	}
	now := s.o.Now()
	n, err := nextNumber(ctx, tx, now.In(workday.City).Year())
	if err != nil {
		return err
	}
	r.Number, r.MadeAt = number.Of(numberLetter, now.In(workday.City).Year(), n, 4), now
	calendar := s.o.Calendar()
	r.DueAt = calendar.Add(now, Promise*calendar.Day())
	if r.Desk == Village {
		r.ClimbAt = calendar.Add(now, VillageHas*calendar.Day())
	}
	if err := s.offered(ctx, tx, r); err != nil {
		return err
	}
	if r.Kind == Correct {
		if r.stood, err = s.mark(ctx, tx, r); err != nil {
			return err
		}
	}
	if err := insertRequest(ctx, tx, r); err != nil {
		return fmt.Errorf("privacy: request: %w", err)
	}
	if err := addStep(ctx, tx, r.ID, Step{At: now, Kind: "asked"}); err != nil {
		return err
	}
	if err := s.record(ctx, tx, itself, "privacy.ask", "privacy_request", r.ID, r.UnitID, map[string]any{"kind": r.Kind, "holder": r.Holder}); err != nil {
		return err
	}
	if r.Kind == Withdraw {
		return s.withdraw(ctx, tx, r, now)
	}
	return nil
}

// offered refuses what the household's page doesn't offer: about everything there is
// but an erasure, about a record what is said beside it.
func (s *Service) offered(ctx context.Context, tx *sqldb.Tx, r *Request) error {
	if r.Holder == "" && r.Kind == Erase {
		return nil
	}
	if h := s.holder(r.Holder); h != nil {
		held, err := h.Held(ctx, tx, r.HouseholdID, false)
		if err != nil {
			return err
		}
		all := r.Kind == Erase && r.Item == ""
		if slices.ContainsFunc(held, func(i Item) bool { return (all || i.ID == r.Item) && slices.Contains(i.Asks, r.Kind) }) {
			return nil
		}
	}
	if r.Kind == Withdraw {
		return errs.Refuse("item", "privacy.no_consent")
	}
	return errs.Refuse("kind", "privacy.not_offered")
}

// withdraw ends at once what stood on consent.
func (s *Service) withdraw(ctx context.Context, tx *sqldb.Tx, r *Request, now time.Time) error {
	ender := s.ender(r)
	if ender == nil {
		return errs.Refuse("item", "privacy.no_consent")
	}
	if err := ender.End(ctx, tx, r.HouseholdID, r.Item, Withdraw); err != nil {
		return err
	}
	r.State, r.Outcome, r.AnsweredAt = Done, Granted, now
	if err := updateRequest(ctx, tx, r, itself.ID()); err != nil {
		return err
	}
	return addStep(ctx, tx, r.ID, Step{At: now, Kind: "ended"})
}

func (s *Service) villageOf(unitID string) *network.Unit {
	tree := s.o.Network.Tree()
	path := tree.Path(tree.Current(tree.ByID(unitID)))
	if i := slices.IndexFunc(path, func(u *network.Unit) bool { return u.Level == network.Village }); i >= 0 {
		return path[i]
	}
	return nil
}

// File is a request with what became of it.
type File struct {
	Request
	Steps []Step

	About   *Item // at a desk: the record it is about, sealed as it is; nil if it is about more, or gone
	Changed bool  // of a correction, at a desk: what it is about was changed since
	Fixed   bool  // or is what nobody can change by hand
	Ends    bool  // of an objection, at a desk: to uphold it ends the record; else the village sees to it
	Plan    *Plan // of an erasure, at a desk: what it takes and leaves
}

// Follow returns a request to whoever has its key.
func (s *Service) Follow(ctx context.Context, typed, key string) (*File, error) {
	n, err := ParseNumber(typed)
	if err != nil {
		return nil, err
	}
	r, err := oneRequest(ctx, s.o.DB.Reader(), n)
	if err == nil && !same(r.keyHash, hashOf("request", key)) {
		err = errNone()
	}
	if err != nil {
		return nil, err
	}
	return s.file(ctx, s.o.DB.Reader(), r)
}

// file opens what was written.
func (s *Service) file(ctx context.Context, q sqldb.Querier, r Request) (*File, error) {
	f := &File{Request: r}
	var err error
	if f.Words, err = s.o.Vault.Open(ctx, r.ID, r.words, wordsBinding(r.ID)); err != nil {
		return nil, err
	}
	if r.reply != "" {
		if f.Answer, err = s.o.Vault.Open(ctx, r.ID, r.reply, answerBinding(r.ID)); err != nil {
			return nil, err
		}
	}
	f.Steps, err = stepsOf(ctx, q, r.ID)
	return f, err
}
