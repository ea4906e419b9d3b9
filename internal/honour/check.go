package honour

import (
	"context"
	"slices"

	"bilin/internal/auth"
	"bilin/internal/errs"
	"bilin/internal/network"
	"bilin/internal/sqldb"
)

// checks reports whether the actor says what is true of a nomination: an official
// of its place who has nothing else to do with it.
func (s *Service) checks(ctx context.Context, q sqldb.Querier, actor auth.Actor, n *Nomination) error {
	if err := s.o.Policy.Can(actor, ActCheck, auth.Object{UnitID: n.UnitID}); err != nil {
		return err
	}
	tied, err := s.tied(ctx, q, actor, []Nomination{*n})
	if err == nil && tied[n.ID] {
		err = errs.E(errs.Forbidden, "honour.not_yours")
	}
	return err
}

// tied finds the nominations that the actor or their home made, or that are of
// themself, of their home or of their team.
func (s *Service) tied(ctx context.Context, q sqldb.Querier, actor auth.Actor, list []Nomination) (map[string]bool, error) {
	out := map[string]bool{}
	if len(list) == 0 {
		return out, nil
	}
	unchecked := slices.Clone(list)
	for i := range unchecked {
		unchecked[i].checkedBy = "" // whoever checked it goes on with it
	}
	found, err := s.conflicts(ctx, q, []Member{{PersonID: actor.ID()}, {PersonID: actor.Human()}}, unchecked)
	for _, x := range found {
		out[x.NominationID] = out[x.NominationID] || x.Why != Line // an official of the place is in its line
	}
	return out, err
}

// Check takes the village's word on a citation.
func (s *Service) Check(ctx context.Context, actor auth.Actor, cmd Check) error {
	var errWords, errPraise error
	cmd.Words, errWords = text("words", cmd.Words, 1, MaxCitation)
	least := 0
	if cmd.True {
		least = 1
	}
	cmd.Praise, errPraise = text("praise", cmd.Praise, least, MaxPraise)
	if err := errs.Gather("honour.check", errWords, errPraise); err != nil {
		return err
	}
	n, err := nominationByID(ctx, s.o.DB.Reader(), cmd.ID)
	if err == nil {
		err = s.checks(ctx, s.o.DB.Reader(), actor, n)
	}
	if err != nil {
		return err
	}
	sealedWords, err := s.o.Vault.Seal(ctx, cmd.ID, cmd.Words, bound("check", cmd.ID))
	if err != nil {
		return err
	}
	sealedPraise, err := s.o.Vault.Seal(ctx, cmd.ID, cmd.Praise, bound("praise", cmd.ID))
	if err != nil {
		return err
	}
	asked := cmd
	asked.Words, asked.Praise = s.same(cmd.Words), s.same(cmd.Praise)
	return s.changeNomination(ctx, actor, "honour.check", cmd.Key, cmd.ID, cmd.Version, asked,
		func(tx *sqldb.Tx, n *Nomination) error { return s.checks(ctx, tx, actor, n) },
		func(_ *sqldb.Tx, n *Nomination, _ *Round) error {
			n.checkText, n.praise = sealedWords, sealedPraise
			return n.check(cmd, actor.Human())
		})
}

// Consent takes the nominee's answer: their own, or, of who never came in with an
// account of their own, as they told an official of their place.
func (s *Service) Consent(ctx context.Context, actor auth.Actor, cmd Consent) error {
	n, err := nominationByID(ctx, s.o.DB.Reader(), cmd.ID)
	if err != nil {
		return err
	}
	own := n.PersonID != "" && actor.PersonID == n.PersonID
	if own {
		cmd.How = Self
	} else if err := s.askedFor(ctx, actor, n, cmd.How); err != nil {
		return err
	}
	return s.changeNomination(ctx, actor, "honour.consent", cmd.Key, cmd.ID, cmd.Version, cmd, func(tx *sqldb.Tx, n *Nomination) error {
		if own && n.PersonID == actor.PersonID {
			return nil
		}
		return s.checks(ctx, tx, actor, n)
	}, func(_ *sqldb.Tx, n *Nomination, _ *Round) error {
		return n.consent(cmd.Agrees, actor.Human(), cmd.How, s.now())
	})
}

// askedFor refuses an answer that somebody else enters for a nominee who can give it.
func (s *Service) askedFor(ctx context.Context, actor auth.Actor, n *Nomination, how How) error {
	if err := s.checks(ctx, s.o.DB.Reader(), actor, n); err != nil {
		return err
	}
	if !how.valid() {
		return errs.E(errs.Invalid, "honour.check").WithField("how", "honour.how")
	}
	answers, err := s.answers(ctx, []Nomination{*n})
	if err == nil && answers[n.ID] {
		err = errs.E(errs.Conflict, "honour.says_self")
	}
	return err
}

// answers tells whose nominee has an account and answers there.
func (s *Service) answers(ctx context.Context, list []Nomination) (map[string]bool, error) {
	out := map[string]bool{}
	if s.o.NeverIn == nil {
		return out, nil
	}
	var people []string
	for _, n := range list {
		if n.PersonID != "" {
			people = append(people, n.PersonID)
		}
	}
	never, err := s.o.NeverIn(ctx, people)
	for _, n := range list {
		out[n.ID] = n.PersonID != "" && !slices.Contains(never, n.PersonID)
	}
	return out, err
}

// saidBy fills in who entered nominees' answers for them.
func (s *Service) saidBy(ctx context.Context, q sqldb.Querier, list []Nomination) error {
	var ids []string
	for _, n := range list {
		if n.ConsentHow.valid() {
			ids = append(ids, n.consentBy)
		}
	}
	names, err := network.PersonNames(ctx, q, ids)
	for i := range list {
		if list[i].ConsentHow.valid() {
			list[i].ConsentBy = names[list[i].consentBy]
			if u := s.tree().ByID(list[i].UnitID); list[i].ConsentBy == "" && u != nil {
				list[i].ConsentBy = u.Name
			}
		}
	}
	return err
}
