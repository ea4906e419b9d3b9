package honour

import (
	"cmp"
	"context"
	"errors"
	"slices"

	"bilin/internal/auth"
	"bilin/internal/errs"
	"bilin/internal/network"
	"bilin/internal/seal"
	"bilin/internal/sqldb"
)

// Rounds lists rounds, the newest first; drafts only for whoever runs them.
func (s *Service) Rounds(ctx context.Context, actor auth.Actor, before string, limit int) (list []Round, next string, err error) {
	where, args := `id < $1`, []any{before}
	if before == "" {
		where, args = `id <> $1`, []any{""}
	}
	if s.runs(actor) != nil {
		where += ` AND state <> 'draft'`
	}
	list, err = rounds(ctx, s.o.DB.Reader(), where+` ORDER BY id DESC LIMIT $2`, append(args, limit+1)...)
	if err == nil && len(list) > limit {
		list, next = list[:limit], list[limit-1].ID
	}
	return list, next, err
}

// Round returns one, with its panel by name; a draft only to whoever runs it.
func (s *Service) Round(ctx context.Context, actor auth.Actor, id string) (*Round, []Member, error) {
	q := s.o.DB.Reader()
	r, err := roundByID(ctx, q, id)
	if err != nil {
		return nil, nil, err
	}
	if r.State == Draft {
		if err := s.runs(actor); err != nil {
			return nil, nil, err
		}
	}
	members, err := panel(ctx, q, r.ID)
	if err != nil {
		return nil, nil, err
	}
	ids := make([]string, len(members))
	for i, m := range members {
		ids[i] = m.PersonID
	}
	names, err := network.PersonNames(ctx, q, ids)
	for i := range members {
		members[i].Name = names[members[i].PersonID]
	}
	slices.SortStableFunc(members, func(a, b Member) int { return cmp.Compare(a.Name, b.Name) })
	return r, members, err
}

// May says what somebody can do with a round.
type May struct{ Run, Judge, Answer, Check bool }

// May reports what the actor can do.
func (s *Service) May(actor auth.Actor, r *Round, members []Member) May {
	in := slices.ContainsFunc(members, func(m Member) bool { return actor.PersonID != "" && m.PersonID == actor.PersonID })
	return May{
		Run: s.runs(actor) == nil, Judge: in && r.State == Voting && s.now().Before(r.VoteUntil),
		Answer: in && (r.State == Published || r.State == Awarded),
		Check:  r.State == Open && s.o.Policy.May(actor, ActCheck),
	}
}

// MayRun reports whether the actor runs rounds.
func (s *Service) MayRun(actor auth.Actor) bool { return s.runs(actor) == nil }

// named reads nominations with their words opened, by id. What was erased is empty.
func (s *Service) named(ctx context.Context, q sqldb.Querier, where string, args ...any) (map[string]*Nomination, error) {
	list, err := s.opened(ctx, q, where, args...)
	out := make(map[string]*Nomination, len(list))
	for i := range list {
		out[list[i].ID] = &list[i]
	}
	return out, err
}

func (s *Service) opened(ctx context.Context, q sqldb.Querier, where string, args ...any) ([]Nomination, error) {
	list, err := nominations(ctx, q, where, args...)
	if err != nil {
		return nil, err
	}
	var items []seal.Item
	var to []*string
	for i := range list {
		n := &list[i]
		for _, f := range []struct {
			to           *string
			sealed, what string
		}{{&n.Name, n.name, "name"}, {&n.Citation, n.citation, "citation"}, {&n.CheckWords, n.checkText, "check"}, {&n.Praise, n.praise, "praise"}} {
			if f.sealed != "" {
				items, to = append(items, seal.Item{Subject: n.ID, Text: f.sealed, Binding: bound(f.what, n.ID)}), append(to, f.to)
			}
		}
	}
	texts, failed, err := s.o.Vault.OpenAll(ctx, items)
	if err != nil {
		return nil, err
	}
	for i := range texts {
		switch {
		case failed[i] == nil:
			*to[i] = texts[i]
		case !errors.Is(failed[i], seal.ErrErased):
			return nil, failed[i]
		}
	}
	return list, nil
}

// Proposed lists who was published, by category and place in the tree.
func (s *Service) Proposed(ctx context.Context, r *Round) ([]Nomination, error) {
	if r.State != Published {
		return nil, nil
	}
	return s.opened(ctx, s.o.DB.Reader(), `round_id = $1 AND result = 'proposed' AND withdrawn = 0 AND name <> '' ORDER BY category, unit_id, id`, r.ID)
}

// OneProposed returns somebody who is published, against whom one can object.
func (s *Service) OneProposed(ctx context.Context, id string) (*Nomination, *Round, error) {
	q := s.o.DB.Reader()
	n, err := only(s.opened(ctx, q, `id = $1 AND result = 'proposed' AND withdrawn = 0 AND name <> ''`, id))("honour.no_nomination")
	if err != nil {
		return nil, nil, err
	}
	r, err := roundByID(ctx, q, n.RoundID)
	if err == nil && r.State != Published {
		return nil, nil, errs.E(errs.NotFound, "honour.no_nomination")
	}
	return n, r, err
}

// Shown is an honour on the public page.
type Shown struct {
	Certificate
	Name, Praise string
}

// Awards lists a round's certificates that are valid and listed, or, for whoever
// runs rounds, all of them; by number, which says nothing of anybody.
func (s *Service) Awards(ctx context.Context, actor auth.Actor, r *Round, all bool) ([]Shown, error) {
	where := `round_id = $1 AND state = 'valid' AND listed = 1 ORDER BY number`
	if all {
		if err := s.runs(actor); err != nil {
			return nil, err
		}
		where = `round_id = $1 ORDER BY number`
	}
	q := s.o.DB.Reader()
	certs, err := certificates(ctx, q, where, r.ID)
	if err != nil || len(certs) == 0 {
		return nil, err
	}
	names, err := s.named(ctx, q, `round_id = $1 AND result = 'proposed'`, r.ID)
	if err != nil {
		return nil, err
	}
	var out []Shown
	for _, c := range certs {
		if n := names[c.NominationID]; n != nil && (n.Name != "" || all) {
			out = append(out, Shown{c, n.Name, n.Praise})
		}
	}
	return out, nil
}

// ToCheck lists open nominations of which the actor can say whether they are true,
// or what the nominee answered.
func (s *Service) ToCheck(ctx context.Context, actor auth.Actor) ([]Nomination, error) {
	if !s.o.Policy.May(actor, ActCheck) {
		return nil, auth.Denied(actor)
	}
	q := s.o.DB.Reader()
	list, err := nominations(ctx, q, `withdrawn = 0 AND (checked = 0 OR is_true = 1 AND asked = 0)
		AND round_id IN (SELECT id FROM honour_round WHERE state = 'open') ORDER BY id LIMIT 5000`)
	if err != nil {
		return nil, err
	}
	list = slices.DeleteFunc(list, func(n Nomination) bool { return s.o.Policy.Can(actor, ActCheck, auth.Object{UnitID: n.UnitID}) != nil })
	tied, err := s.tied(ctx, q, actor, list)
	if err != nil {
		return nil, err
	}
	var w sqldb.Where
	var ids []string
	for _, n := range list {
		if !tied[n.ID] && len(ids) < mostToCheck {
			ids = append(ids, n.ID)
		}
	}
	if len(ids) == 0 {
		return nil, nil
	}
	w.In("id", ids)
	list, err = s.opened(ctx, q, w.Text()+` ORDER BY id`, w.Args...)
	if err != nil {
		return nil, err
	}
	answers, err := s.answers(ctx, list)
	for i := range list {
		list[i].SaysSelf = answers[list[i].ID]
	}
	return list, err
}

// mostToCheck bounds one page of nominations to check.
const mostToCheck = 50

// Nomination returns one to whoever checks it.
func (s *Service) Nomination(ctx context.Context, actor auth.Actor, id string) (*Nomination, *Round, error) {
	q := s.o.DB.Reader()
	list, err := s.opened(ctx, q, `id = $1`, id)
	n, err := only(list, err)("honour.no_nomination")
	if err != nil {
		return nil, nil, err
	}
	if err := s.checks(ctx, q, actor, n); err != nil {
		return nil, nil, err
	}
	answers, err := s.answers(ctx, list)
	if err != nil {
		return nil, nil, err
	}
	n.SaysSelf = answers[n.ID]
	if err := s.saidBy(ctx, q, list); err != nil {
		return nil, nil, err
	}
	r, err := roundByID(ctx, q, n.RoundID)
	return n, r, err
}

// MyNomination is what the key of a nomination opens.
func (s *Service) MyNomination(ctx context.Context, id, key string) (*Nomination, *Round, error) {
	q := s.o.DB.Reader()
	if _, err := s.byKey(ctx, q, id, key); err != nil {
		return nil, nil, err
	}
	n, err := only(s.opened(ctx, q, `id = $1`, id))("honour.no_nomination")
	if err != nil {
		return nil, nil, err
	}
	r, err := roundByID(ctx, q, n.RoundID)
	return n, r, err
}

// Ask is a nomination of somebody, as they see it.
type Ask struct {
	Nomination
	Open bool // waits for their answer, or may still be declined
}

// Mine is what concerns somebody themself.
type Mine struct {
	Asks  []Ask // nominations of themself that aren't over
	Certs []Shown
	Judge []Round // rounds in whose panel they are, that aren't over
}

// Mine returns what concerns the actor.
func (s *Service) Mine(ctx context.Context, actor auth.Actor) (*Mine, error) {
	m := &Mine{}
	if actor.PersonID == "" {
		return m, nil
	}
	q := s.o.DB.Reader()
	var err error
	if m.Asks, err = s.asks(ctx, q, actor.PersonID); err != nil {
		return nil, err
	}
	certs, err := certificates(ctx, q, `person_id = $1 ORDER BY number`, actor.PersonID)
	if err != nil {
		return nil, err
	}
	byID, err := s.named(ctx, q, `person_id = $1 AND result = 'proposed'`, actor.PersonID)
	if err != nil {
		return nil, err
	}
	for _, c := range certs {
		if n := byID[c.NominationID]; n != nil {
			if c.reason != "" && c.State == Revoked {
				if c.Reason, err = s.o.Vault.Open(ctx, n.ID, c.reason, bound("reason", n.ID)); err != nil {
					return nil, err
				}
			}
			m.Certs = append(m.Certs, Shown{c, n.Name, n.Praise})
		}
	}
	m.Judge, err = rounds(ctx, q, `state IN ('voting', 'published') AND id IN (SELECT round_id FROM honour_panel WHERE person_id = $1) ORDER BY id`, actor.PersonID)
	return m, err
}

// asks are the nominations of somebody that wait for their answer, or that were
// agreed to in a round that isn't over.
func (s *Service) asks(ctx context.Context, q sqldb.Querier, personID string) (out []Ask, err error) {
	running, err := rounds(ctx, q, `state IN ('open', 'voting', 'published') ORDER BY id`)
	if err != nil {
		return nil, err
	}
	open, ids := map[string]bool{}, []string{}
	for _, r := range running {
		open[r.ID], ids = r.State == Open, append(ids, r.ID)
	}
	var w sqldb.Where
	w.Add(`person_id = ? AND withdrawn = 0 AND checked = 1 AND is_true = 1 AND (asked = 0 OR agrees = 1)`, personID)
	w.In("round_id", ids)
	list, err := s.opened(ctx, q, w.Text()+` ORDER BY id`, w.Args...)
	if err == nil {
		err = s.saidBy(ctx, q, list)
	}
	for _, n := range list {
		if open[n.RoundID] || n.Asked {
			out = append(out, Ask{n, open[n.RoundID]})
		}
	}
	return out, err
}

// OnBallot is a nomination on a member's ballot.
type OnBallot struct {
	Nomination
	Kept Why // why the member doesn't vote on it; "" if they do
}

// Ballot returns what a member of the panel votes on: citations, and what the
// village says of them. Nothing else.
func (s *Service) Ballot(ctx context.Context, actor auth.Actor, roundID string) (r *Round, me Member, out []OnBallot, err error) {
	q := s.o.DB.Reader()
	if r, err = roundByID(ctx, q, roundID); err != nil {
		return nil, me, nil, err
	}
	if me, _, err = s.judge(ctx, q, actor, r.ID); err != nil {
		return nil, me, nil, err
	}
	if err := r.votes(s.now()); err != nil {
		return nil, me, nil, err
	}
	where := `round_id = $1 AND ` + standing
	if r.RunOff {
		where += ` AND result = 'tied'`
	}
	list, err := s.opened(ctx, q, where+` ORDER BY category, unit_id, id`, r.ID)
	if err != nil {
		return nil, me, nil, err
	}
	why := map[string]Why{}
	found, err := s.conflicts(ctx, q, []Member{me}, list)
	if err != nil {
		return nil, me, nil, err
	}
	written, err := recusals(ctx, q, r.ID)
	for _, x := range append(written, found...) {
		if x.PersonID == me.PersonID && why[x.NominationID] == "" {
			why[x.NominationID] = x.Why
		}
	}
	for _, n := range list {
		out = append(out, OnBallot{n, why[n.ID]})
	}
	return r, me, out, err
}

// Desk is what whoever runs a round sees of it beside the public page: never how
// anybody voted.
type Desk struct {
	Unchecked, Unasked, Standing int
	Unanswered                   int // objections
	In                           int // ballots
	Enough                       int // that make a vote valid
	Over                         bool
}

// Desk returns it.
func (s *Service) Desk(ctx context.Context, actor auth.Actor, r *Round, members []Member) (*Desk, error) {
	if err := s.runs(actor); err != nil {
		return nil, err
	}
	d := &Desk{In: ballotsIn(members), Enough: enough(len(members)), Over: r.State == Voting && !s.now().Before(r.VoteUntil) || r.State == Published && !s.now().Before(r.PublishUntil) || r.State == Open && s.today() > r.NominateUntil}
	q := s.o.DB.Reader()
	err := q.QueryRowContext(ctx, `SELECT COUNT(*) FILTER (WHERE checked = 0 AND (asked = 0 OR agrees = 1)), COUNT(*) FILTER (WHERE checked = 1 AND is_true = 1 AND asked = 0),
		COUNT(*) FILTER (WHERE checked = 1 AND is_true = 1 AND asked = 1 AND agrees = 1) FROM honour_nomination WHERE round_id = $1 AND withdrawn = 0`, r.ID).Scan(&d.Unchecked, &d.Unasked, &d.Standing)
	if err != nil {
		return nil, err
	}
	d.Unanswered, err = tell(ctx, q, `SELECT COUNT(*) FROM honour_objection WHERE round_id = $1 AND `+waiting, r.ID)
	return d, err
}

// Revoking is a certificate that somebody wants taken back, for the panel.
type Revoking struct {
	Shown
	Mine bool // the actor asked for it
}

// ToRevoke lists what waits for a second person of a round's panel, with the reason.
func (s *Service) ToRevoke(ctx context.Context, actor auth.Actor, roundID string) ([]Revoking, error) {
	q := s.o.DB.Reader()
	me, _, err := s.judge(ctx, q, actor, roundID)
	if err != nil {
		return nil, nil //nolint:nilerr // who isn't in the panel has nothing to decide
	}
	certs, err := certificates(ctx, q, `round_id = $1 AND state = 'valid' AND asked_by <> '' ORDER BY number`, roundID)
	if err != nil || len(certs) == 0 {
		return nil, err
	}
	kept, err := s.keptFrom(ctx, q, roundID)
	if err != nil {
		return nil, err
	}
	names, err := s.named(ctx, q, `round_id = $1 AND result = 'proposed'`, roundID)
	if err != nil {
		return nil, err
	}
	var out []Revoking
	for _, c := range certs {
		n := names[c.NominationID]
		if n == nil || kept[Recusal{PersonID: me.PersonID, NominationID: n.ID}] {
			continue
		}
		if c.Reason, err = s.o.Vault.Open(ctx, n.ID, c.reason, bound("reason", n.ID)); err != nil {
			return nil, err
		}
		out = append(out, Revoking{Shown{c, n.Name, n.Praise}, same(actor, c.AskedBy)})
	}
	return out, nil
}

// MayCheck reports whether the actor checks nominations anywhere.
func (s *Service) MayCheck(actor auth.Actor) bool { return s.o.Policy.May(actor, ActCheck) }
