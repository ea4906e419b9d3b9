package honour

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"bilin/internal/auth"
	"bilin/internal/errs"
	"bilin/internal/once"
	"bilin/internal/seal"
	"bilin/internal/sqldb"
	"bilin/internal/workday"
)

// runOffDays are for the run-off of those with the same share.
const runOffDays = 7

// conflicts finds what the system itself sees between a panel and nominations.
func (s *Service) conflicts(ctx context.Context, q sqldb.Querier, members []Member, list []Nomination) ([]Recusal, error) {
	var all []Nominee
	for _, n := range list {
		all = append(all, n.Nominee)
	}
	nominees, err := s.tiesOf(ctx, q, all)
	if err != nil {
		return nil, err
	}
	var panel []Nominee
	for _, m := range members {
		panel = append(panel, Nominee{Kind: OfPost, ID: m.PersonID, PersonID: m.PersonID})
	}
	judges, err := s.tiesOf(ctx, q, panel)
	if err != nil {
		return nil, err
	}
	var found []Recusal
	for _, m := range members {
		t := judges[m.PersonID]
		by := map[string][]string{} // by round
		for i := range list {
			round := list[i].RoundID
			if by[round] == nil {
				by[round] = s.marks(round, slices.Concat(t.people, t.households))
			}
			if why := conflict(t, nominees[list[i].Nominee.ID], &list[i], by[round]); why != "" {
				found = append(found, Recusal{m.PersonID, list[i].ID, why})
			}
		}
	}
	return found, nil
}

// judge finds the actor in a round's panel.
func (s *Service) judge(ctx context.Context, q sqldb.Querier, actor auth.Actor, roundID string) (Member, []Member, error) {
	if err := s.o.Policy.Can(actor, ActJudge, auth.Object{}); err != nil {
		return Member{}, nil, err
	}
	members, err := panel(ctx, q, roundID)
	if err != nil {
		return Member{}, nil, err
	}
	i := slices.IndexFunc(members, func(m Member) bool { return actor.PersonID != "" && m.PersonID == actor.PersonID })
	if i < 0 {
		return Member{}, nil, auth.Denied(actor)
	}
	return members[i], members, nil
}

// onBallot are the nominations that are voted on now.
func onBallot(ctx context.Context, q sqldb.Querier, r *Round) ([]Nomination, error) {
	where := `round_id = $1 AND ` + standing
	if r.RunOff {
		where += ` AND result = 'tied'`
	}
	return nominations(ctx, q, where+` ORDER BY category, unit_id, id`, r.ID)
}

// Cast takes a member's ballot. It may be cast anew until they are opened. Once
// the last is in, they are.
//
// What tells a repeated form from another under its key lies under the round's
// key as well: a digest of a few ticks would tell them to whoever tries all there
// are, for as long as it is kept.
func (s *Service) Cast(ctx context.Context, actor auth.Actor, cmd Ballot) error {
	if err := cmd.check(); err != nil {
		return err
	}
	form, err := json.Marshal([...][]string{cmd.Yes, cmd.Relatives})
	if err != nil {
		return err
	}
	taken, repeated := "", true
	err = s.o.DB.Write(ctx, func(tx *sqldb.Tx) error {
		repeated = true
		var err error
		taken, err = once.Do(ctx, tx, "honour.cast/"+actor.ID(), cmd.Key, cmd.RoundID, s.now(), func() (string, error) {
			repeated = false
			return s.cast(ctx, tx, actor, cmd, string(form))
		})
		return err
	})
	if err != nil || !repeated {
		return err
	}
	before, err := s.o.Vault.Open(ctx, cmd.RoundID, taken, boundForm(cmd.RoundID, actor.PersonID))
	switch {
	case errors.Is(err, seal.ErrErased):
		return errs.E(errs.Conflict, "honour.counted")
	case err == nil && before != string(form):
		return errs.E(errs.Conflict, "once.key_reused")
	}
	return err
}

// cast stores a ballot, and returns the form it came with, sealed.
func (s *Service) cast(ctx context.Context, tx *sqldb.Tx, actor auth.Actor, cmd Ballot, form string) (string, error) {
	r, err := roundByID(ctx, tx, cmd.RoundID)
	if err != nil {
		return "", err
	}
	me, members, err := s.judge(ctx, tx, actor, r.ID)
	if err != nil {
		return "", err
	}
	if err := r.votes(s.now()); err != nil { // before anything is sealed: a key that was ended isn't made anew
		return "", err
	}
	if err := s.allowed(ctx, tx, r, me, cmd); err != nil {
		return "", err
	}
	ballot, err := json.Marshal(cmd.Yes)
	if err != nil {
		return "", err
	}
	sealed, err := s.o.Vault.SealAll(ctx, []seal.Item{{Subject: r.ID, Text: string(ballot), Binding: boundBallot(r.ID, me.PersonID)}, {Subject: r.ID, Text: form, Binding: boundForm(r.ID, me.PersonID)}})
	if err != nil {
		return "", err
	}
	_, err = tx.ExecContext(ctx, `UPDATE honour_panel SET voted_at = $1, ballot = $2 WHERE round_id = $3 AND person_id = $4`, sqldb.Millis(s.now()), sealed[0], r.ID, me.PersonID)
	if err != nil {
		return "", fmt.Errorf("honour: cast: %w", err)
	}
	if err := s.finishRound(ctx, tx, actor, "honour.cast", r); err != nil {
		return "", err
	}
	in := ballotsIn(members)
	if me.VotedAt.IsZero() {
		in++
	}
	if in == len(members) {
		err = s.count(ctx, tx, r)
	}
	return sealed[1], err
}

// allowed refuses a ballot on what isn't voted on or on somebody whom the member
// is kept from. What they declare is written down, and stays.
func (s *Service) allowed(ctx context.Context, tx *sqldb.Tx, r *Round, me Member, cmd Ballot) error {
	list, err := onBallot(ctx, tx, r)
	if err != nil {
		return err
	}
	found, err := s.conflicts(ctx, tx, []Member{me}, list)
	if err != nil {
		return err
	}
	for _, id := range cmd.Relatives {
		if !slices.ContainsFunc(list, func(n Nomination) bool { return n.ID == id }) {
			return errs.E(errs.Invalid, "honour.not_on_ballot")
		}
		found = append(found, Recusal{me.PersonID, id, Relative})
	}
	if err := putRecusals(ctx, tx, found); err != nil {
		return err
	}
	kept, err := s.keptFrom(ctx, tx, r.ID)
	if err != nil {
		return err
	}
	for _, id := range cmd.Yes {
		switch {
		case !slices.ContainsFunc(list, func(n Nomination) bool { return n.ID == id }):
			return errs.E(errs.Invalid, "honour.not_on_ballot")
		case kept[Recusal{PersonID: me.PersonID, NominationID: id}]:
			return errs.E(errs.Invalid, "honour.recused")
		}
	}
	return nil
}

// keptFrom is who is kept from what in a round, whatever the reason.
func (s *Service) keptFrom(ctx context.Context, q sqldb.Querier, roundID string) (map[Recusal]bool, error) {
	list, err := recusals(ctx, q, roundID)
	kept := map[Recusal]bool{}
	for _, x := range list {
		kept[Recusal{PersonID: x.PersonID, NominationID: x.NominationID}] = true
	}
	return kept, err
}

// count opens the ballots, gives the places, and publishes, or sets a run-off. The
// ballots are destroyed with it.
func (s *Service) count(ctx context.Context, tx *sqldb.Tx, r *Round) error {
	members, err := panel(ctx, tx, r.ID)
	if err != nil {
		return err
	}
	if err := r.counts(s.now(), ballotsIn(members), len(members)); err != nil {
		return err
	}
	ballots, err := s.openBallots(ctx, r, members)
	if err != nil {
		return err
	}
	tied, err := s.give(ctx, tx, r, len(members), ballots)
	if err != nil {
		return err
	}
	if err := s.emptyBallots(ctx, tx, r.ID, !tied); err != nil {
		return err
	}
	if tied {
		r.RunOff, r.VoteUntil = true, s.now().AddDate(0, 0, runOffDays)
	} else {
		r.State, r.PublishedAt = Published, s.now()
		r.PublishUntil = publishEnd(s.o.Calendar(), s.now(), r.PublishDays)
	}
	if err := updateRound(ctx, tx, r); err != nil {
		return fmt.Errorf("honour: count: %w", err)
	}
	return s.finishRound(ctx, tx, auth.System("honour"), "honour.count", r)
}

// emptyBallots drops a round's ballots once they are counted. After the last time
// their key ends too, with which a backup of the voting days could be read, and so
// does what says who nominated: nobody is kept from anything by it any more.
func (s *Service) emptyBallots(ctx context.Context, tx *sqldb.Tx, roundID string, last bool) error {
	if _, err := tx.ExecContext(ctx, `UPDATE honour_panel SET voted_at = 0, ballot = '' WHERE round_id = $1`, roundID); err != nil || !last {
		return err
	}
	for _, query := range []string{`UPDATE honour_nomination SET by_person = '', by_household = '' WHERE round_id = $1`, `UPDATE honour_round SET ended = 1 WHERE id = $1`} {
		if _, err := tx.ExecContext(ctx, query, roundID); err != nil {
			return err
		}
	}
	return s.o.Vault.EraseIn(ctx, tx, ErasedPrefix+"counted", s.now(), roundID)
}

func (s *Service) openBallots(ctx context.Context, r *Round, members []Member) (out []cast, err error) {
	var items []seal.Item
	for _, m := range members {
		if !m.VotedAt.IsZero() {
			out = append(out, cast{PersonID: m.PersonID})
			items = append(items, seal.Item{Subject: r.ID, Text: m.ballot, Binding: boundBallot(r.ID, m.PersonID)})
		}
	}
	texts, failed, err := s.o.Vault.OpenAll(ctx, items)
	for i := range out {
		if err == nil {
			err = failed[i]
		}
		if err == nil {
			err = json.Unmarshal([]byte(texts[i]), &out[i].Yes)
		}
	}
	return out, err
}

// give writes down what the ballots gave to whom, and reports whether some are tied.
func (s *Service) give(ctx context.Context, tx *sqldb.Tx, r *Round, panel int, ballots []cast) (tied bool, err error) {
	list, err := onBallot(ctx, tx, r)
	if err != nil {
		return false, err
	}
	kept, err := s.keptFrom(ctx, tx, r.ID)
	if err != nil {
		return false, err
	}
	for _, c := range r.Categories {
		var ids []string
		for _, n := range list {
			if n.Category == c.Key {
				ids = append(ids, n.ID)
			}
		}
		has, err := tell(ctx, tx, `SELECT COUNT(*) FROM honour_nomination WHERE round_id = $1 AND category = $2 AND result = 'proposed'`, r.ID, c.Key)
		if err != nil {
			return false, err
		}
		out := decide(c.Places-has, panel, tally(ids, ballots, kept))
		for i := range list {
			if list[i].Category != c.Key {
				continue
			}
			list[i].Result = out.of(list[i].ID, r.RunOff)
			tied = tied || list[i].Result == Tied
			if err := updateNomination(ctx, tx, &list[i]); err != nil {
				return false, err
			}
		}
	}
	return tied, nil
}

// of is what an outcome means for one nomination. Those that are tied again in
// the run-off get no place: the city draws no lots for honours.
func (o Outcome) of(id string, runOff bool) Result {
	switch {
	case slices.Contains(o.Proposed, id):
		return Proposed
	case slices.Contains(o.Tied, id) && !runOff:
		return Tied
	}
	return NotThis
}

// publishEnd is the end of the n-th working day after that of from.
func publishEnd(cal *workday.Calendar, from time.Time, n int) time.Time {
	y, m, d := from.In(workday.City).Date()
	day := time.Date(y, m, d, 12, 0, 0, 0, workday.City)
	for n > 0 {
		day = day.AddDate(0, 0, 1)
		if cal.IsWorkday(day) {
			n--
		}
	}
	y, m, d = day.Date()
	return time.Date(y, m, d+1, 0, 0, 0, 0, workday.City).UTC()
}

// endKeys ends the keys of votes that were counted before counting did so.
func (s *Service) endKeys(ctx context.Context) error {
	open, err := rounds(ctx, s.o.DB.Reader(), `state IN ('published', 'awarded') AND ended = 0 ORDER BY id`)
	for _, r := range open {
		if err == nil {
			err = s.o.DB.Write(ctx, func(tx *sqldb.Tx) error { return s.emptyBallots(ctx, tx, r.ID, true) })
		}
	}
	return err
}

// Tick opens the ballots of votes whose time is up, and erases what isn't needed any more.
func (s *Service) Tick(ctx context.Context) error {
	due, err := rounds(ctx, s.o.DB.Reader(), `state = 'voting' AND vote_until <= $1 ORDER BY id`, sqldb.Millis(s.now()))
	if err != nil {
		return err
	}
	for _, r := range due {
		err := s.o.DB.Write(ctx, func(tx *sqldb.Tx) error {
			r, err := roundByID(ctx, tx, r.ID)
			if err != nil || r.State != Voting {
				return err
			}
			return s.count(ctx, tx, r)
		})
		if err != nil && errs.CodeOf(err) != "honour.no_quorum" && errs.CodeOf(err) != "honour.sealed" {
			return err
		}
	}
	if err := s.endKeys(ctx); err != nil {
		return err
	}
	return s.tidy(ctx)
}
