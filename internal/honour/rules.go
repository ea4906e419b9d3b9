package honour

import (
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"bilin/internal/errs"
	"bilin/internal/number"
	"bilin/internal/plaintext"
)

// text cleans what somebody wrote, and refuses numbers of telephones, cards and identities.
func text(field, s string, least, most int) (string, error) {
	s = plaintext.OneLine(s)
	switch n := utf8.RuneCountInString(s); {
	case n == 0 && least > 0:
		return s, errs.Refuse(field, "honour.missing")
	case n < least:
		return s, errs.Refuse(field, "honour.too_short", "min", least)
	case n > most:
		return s, errs.Refuse(field, "honour.too_long", "max", most, "over", n-most)
	case tells(s):
		return s, errs.Refuse(field, "honour.number")
	}
	return s, nil
}

// check cleans what defines a round.
func (c Define) check(today string) (Define, error) {
	var bad [5]error
	c.Name, bad[0] = text("name", c.Name, 1, MaxName)
	c.Words, bad[1] = text("words", c.Words, 1, MaxWords)
	c.Categories, bad[2] = checkCategories(c.Categories)
	bad[3] = checkUntil(c.NominateUntil, today)
	if c.PublishDays < MinPublish || c.PublishDays > MaxPublish {
		bad[4] = errs.Refuse("days", "honour.bad_number", "min", MinPublish, "max", MaxPublish)
	}
	return c, errs.Gather("honour.check", bad[:]...)
}

func checkUntil(until, today string) error {
	day, err := time.Parse(time.DateOnly, until)
	now, _ := time.Parse(time.DateOnly, today) // the city's own day
	switch {
	case err != nil:
		return errs.Refuse("until", "honour.bad_day")
	case day.Before(now) || day.After(now.AddDate(0, 0, mostNominate)):
		return errs.Refuse("until", "honour.bad_until", "days", mostNominate)
	}
	return nil
}

// checkCategories cleans categories and gives each its key, which is its place in the list.
func checkCategories(list []Category) (out []Category, err error) {
	for i, c := range list {
		field := fmt.Sprintf("category-%d", i+1)
		c.Name = plaintext.OneLine(c.Name)
		if c.Name == "" && c.Places == 0 {
			continue
		}
		if c.Name, err = text(field, c.Name, 1, MaxName); err != nil {
			return nil, err
		}
		if c.Places < 1 || c.Places > MaxPlaces {
			return nil, errs.Refuse(fmt.Sprintf("places-%d", i+1), "honour.bad_number", "min", 1, "max", MaxPlaces)
		}
		for _, o := range out {
			if o.Name == c.Name {
				return nil, errs.Refuse(field, "honour.same_category")
			}
		}
		c.Key = fmt.Sprintf("c%d", len(out)+1)
		out = append(out, c)
	}
	switch {
	case len(out) == 0:
		return nil, errs.Refuse("category-1", "honour.no_category")
	case len(out) > MaxCategories:
		return nil, errs.Refuse("category-1", "honour.too_many_categories", "max", MaxCategories)
	}
	return out, nil
}

// check refuses to judge somebody and to stand aside at once.
func (c Ballot) check() error {
	var bad []error
	for _, id := range c.Relatives {
		if slices.Contains(c.Yes, id) {
			bad = append(bad, errs.Refuse("vote-"+id, "honour.which"))
		}
	}
	return errs.Gather("honour.check", bad...)
}

func (r *Round) in(states ...State) error {
	for _, s := range states {
		if r.State == s {
			return nil
		}
	}
	return errs.E(errs.Conflict, "honour.not_now")
}

// change takes new words; only a draft's.
func (r *Round) change(c Define) error {
	if err := r.in(Draft); err != nil {
		return err
	}
	r.Name, r.Words, r.Categories, r.NominateUntil, r.PublishDays = c.Name, c.Words, c.Categories, c.NominateUntil, c.PublishDays
	return nil
}

// open lets nominations in. others are the rounds that were opened in the same year.
func (r *Round) open(panel, others int, today string) error {
	if err := r.in(Draft); err != nil {
		return err
	}
	switch {
	case panel < MinPanel:
		return errs.E(errs.Conflict, "honour.small_panel", "min", MinPanel)
	case others >= RoundsAYear:
		return errs.E(errs.Conflict, "honour.twice", "n", RoundsAYear)
	case r.NominateUntil < today:
		return errs.Refuse("until", "honour.bad_until", "days", mostNominate)
	}
	r.State = Open
	return nil
}

// nominates reports whether a nomination may come in today.
func (r *Round) nominates(today string) error {
	if r.State != Open || today > r.NominateUntil {
		return errs.E(errs.Conflict, "honour.no_nominations")
	}
	return nil
}

// vote begins the panel's vote, once nominations are over.
func (r *Round) vote(until, now time.Time, today string, standing, unchecked int) error {
	if err := r.in(Open); err != nil {
		return err
	}
	switch {
	case today <= r.NominateUntil:
		return errs.E(errs.Conflict, "honour.nominations_run")
	case unchecked > 0:
		return errs.E(errs.Conflict, "honour.unchecked")
	case standing == 0:
		return errs.E(errs.Conflict, "honour.nobody")
	}
	if err := deadline(until, now); err != nil {
		return err
	}
	r.State, r.VoteUntil = Voting, until
	return nil
}

func deadline(until, now time.Time) error {
	if !until.After(now) || until.After(now.AddDate(0, 0, mostVote)) {
		return errs.Refuse("until", "honour.bad_until", "days", mostVote)
	}
	return nil
}

// prolong sets a new end of the vote, where too few had voted.
func (r *Round) prolong(until, now time.Time, in, panel int) error {
	if err := r.in(Voting); err != nil {
		return err
	}
	if now.Before(r.VoteUntil) || in >= enough(panel) {
		return errs.E(errs.Conflict, "honour.not_now")
	}
	if err := deadline(until, now); err != nil {
		return err
	}
	r.VoteUntil = until
	return nil
}

// votes reports whether a ballot may come in.
func (r *Round) votes(now time.Time) error {
	if r.State != Voting || !now.Before(r.VoteUntil) {
		return errs.E(errs.Conflict, "honour.no_vote")
	}
	return nil
}

// counts reports whether ballots may be opened: all are in, or time is up and
// more than half are.
func (r *Round) counts(now time.Time, in, panel int) error {
	if err := r.in(Voting); err != nil {
		return err
	}
	switch {
	case in == panel:
		return nil
	case now.Before(r.VoteUntil):
		return errs.E(errs.Conflict, "honour.sealed")
	case in < enough(panel):
		return errs.E(errs.Conflict, "honour.no_quorum", "n", enough(panel))
	}
	return nil
}

// award ends the publication.
func (r *Round) award(now time.Time, waiting int) error {
	if err := r.in(Published); err != nil {
		return err
	}
	switch {
	case now.Before(r.PublishUntil):
		return errs.E(errs.Conflict, "honour.still_published")
	case waiting > 0:
		return errs.E(errs.Conflict, "honour.unanswered")
	}
	r.State, r.AwardedAt = Awarded, now
	return nil
}

// check takes the village's word.
func (n *Nomination) check(c Check, by string) error {
	switch {
	case n.Withdrawn:
		return errs.E(errs.Conflict, "honour.withdrawn")
	case n.Checked:
		return errs.E(errs.Conflict, "honour.checked_already")
	}
	n.Checked, n.True, n.checkedBy = true, c.True, by
	return nil
}

// consent takes the nominee's answer. A yes may become a no until the vote; a no stays.
func (n *Nomination) consent(agrees bool, by string, how How, at time.Time) error {
	switch {
	case n.Withdrawn:
		return errs.E(errs.Conflict, "honour.withdrawn")
	case n.Checked && !n.True:
		return errs.E(errs.Conflict, "honour.untrue")
	case n.Asked && (!n.Agrees || agrees):
		return errs.E(errs.Conflict, "honour.answered_already")
	}
	n.Asked, n.Agrees, n.consentBy, n.ConsentHow, n.ConsentAt = true, agrees, by, how, at
	return nil
}

// take takes an answer to an objection.
func (o *Objection) take(a Answer, now time.Time) error {
	if !o.Waits() {
		return errs.E(errs.Conflict, "honour.answered_already")
	}
	o.Upheld, o.AnsweredAt = a.Upheld, now
	return nil
}

// askRevoke is the first of two who take a certificate back.
func (c *Certificate) askRevoke(by string) error {
	switch {
	case c.State != Valid:
		return errs.E(errs.Conflict, "honour.not_valid")
	case c.AskedBy != "":
		return errs.E(errs.Conflict, "honour.revoke_asked")
	}
	c.AskedBy = by
	return nil
}

// revoke is the second.
func (c *Certificate) revoke(by, today string) error {
	switch {
	case c.State != Valid || c.AskedBy == "":
		return errs.E(errs.Conflict, "honour.not_asked")
	case c.AskedBy == by:
		return errs.E(errs.Forbidden, "honour.second")
	}
	c.State, c.RevokedOn = Revoked, today
	return nil
}

// keep is the second saying no.
func (c *Certificate) keep(by string) error {
	switch {
	case c.State != Valid || c.AskedBy == "":
		return errs.E(errs.Conflict, "honour.not_asked")
	case c.AskedBy == by:
		return errs.E(errs.Forbidden, "honour.second")
	}
	c.AskedBy, c.Reason, c.reason = "", "", ""
	return nil
}

// shown refuses a change of what isn't any more as it was shown.
func shown(is, version int) error {
	if is != version {
		return errs.E(errs.Stale, "honour.changed_since")
	}
	return nil
}

// certParts are the parts of a certificate as somebody has typed it.
func certParts(typed string) (num, code string, ok bool) {
	typed = strings.ToUpper(strings.Map(func(r rune) rune {
		if r == ' ' || r == '－' || r == '–' || r == '—' {
			return '-'
		}
		return r
	}, strings.TrimSpace(typed)))
	cut := strings.LastIndexByte(typed, '-')
	if cut < 0 || len(typed) > 40 {
		return "", "", false
	}
	num, ok = number.Parse(certLetter, typed[:cut])
	code = typed[cut+1:]
	if !ok || len(code) != codeLength || strings.Trim(code, codeLetters) != "" {
		return "", "", false
	}
	return num, code, true
}

const (
	certLetter  = "X"
	codeLength  = 8
	codeLetters = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
)
