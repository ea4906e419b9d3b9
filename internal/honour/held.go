package honour

import (
	"context"
	"fmt"
	"slices"
	"time"

	"bilin/internal/network"
	"bilin/internal/sqldb"
)

// ErasedPrefix begins why a key of a nomination was destroyed.
const ErasedPrefix = "honour."

// Held is what honours hold of a household: nominations from it while they aren't
// judged, and of who lives in it.
type Held struct {
	ID, Number string
	From       bool // they nominated; the other way round they were nominated
	Name       string
	Round      string
	Category   string
	Citation   string
	Consent    How    // how it was agreed to; "" while it wasn't
	ConsentBy  string // who entered that for them
	ConsentAt  time.Time
	Certs      []Certificate
	At         int64
}

// madeBy are the marks under which a household and its people nominated, in the rounds that aren't counted.
func (s *Service) madeBy(ctx context.Context, q sqldb.Querier, householdID string, people []string) (marks []string, err error) {
	list, err := rounds(ctx, q, `state <> 'draft' AND ended = 0 ORDER BY id`)
	for _, r := range list {
		marks = append(marks, s.marks(r.ID, append([]string{householdID}, people...))...)
	}
	return marks, err
}

// HeldOf lists what is held about a household.
func (s *Service) HeldOf(ctx context.Context, q sqldb.Querier, householdID string) (out []Held, err error) {
	people, err := network.PeopleOfHome(ctx, q, householdID)
	if err != nil {
		return nil, err
	}
	made, err := s.madeBy(ctx, q, householdID, people)
	if err != nil {
		return nil, err
	}
	var w sqldb.Where
	w.Parts = append(w.Parts, "("+w.OneOf("by_household", made)+" OR "+w.OneOf("by_person", made)+" OR person_id <> '' AND "+w.OneOf("person_id", people)+")")
	list, err := s.opened(ctx, q, w.Text()+` ORDER BY id`, w.Args...)
	if err == nil {
		err = s.saidBy(ctx, q, list)
	}
	if err != nil {
		return nil, err
	}
	for _, n := range list {
		r, err := roundByID(ctx, q, n.RoundID)
		if err != nil {
			return nil, err
		}
		h := Held{ID: n.ID, Number: n.Number, From: n.PersonID == "" || !slices.Contains(people, n.PersonID), Round: r.Name, Category: r.Category(n.Category).Name, At: sqldb.Millis(n.MadeAt)}
		if !h.From {
			h.Name, h.Citation = n.Name, n.Citation
			h.Consent, h.ConsentBy, h.ConsentAt = n.ConsentHow, n.ConsentBy, n.ConsentAt
			if h.Certs, err = certificates(ctx, q, `nomination_id = $1`, n.ID); err != nil {
				return nil, err
			}
		}
		out = append(out, h)
	}
	return out, nil
}

// Erase drops what ties a household and its people to nominations they made, and
// all that says who of it was nominated, with what was objected to them. A
// certificate's number stays, and says withdrawn.
func (s *Service) Erase(ctx context.Context, tx *sqldb.Tx, householdID string) error {
	people, err := network.PeopleOfHome(ctx, tx, householdID)
	if err != nil {
		return err
	}
	made, err := s.madeBy(ctx, tx, householdID, people)
	if err != nil {
		return err
	}
	for _, column := range []string{"by_household", "by_person"} {
		var w sqldb.Where
		w.In(column, made)
		if _, err := tx.ExecContext(ctx, `UPDATE honour_nomination SET `+column+` = '' WHERE `+w.Text(), w.Args...); err != nil {
			return fmt.Errorf("honour: erase: %w", err)
		}
	}
	for _, person := range people {
		list, err := nominations(ctx, tx, `person_id = $1 AND person_id <> ''`, person)
		if err != nil {
			return err
		}
		for _, n := range list {
			if err := s.end(ctx, tx, "erased", n.ID); err != nil {
				return err
			}
		}
	}
	return nil
}

// end erases a nomination and what was objected to it; why is a code.
func (s *Service) end(ctx context.Context, tx *sqldb.Tx, why, nominationID string) error {
	said, err := objections(ctx, tx, `nomination_id = $1`, nominationID)
	if err != nil {
		return err
	}
	gone := []string{nominationID}
	for _, o := range said {
		gone = append(gone, o.ID)
	}
	for _, id := range gone {
		if err := s.EndAgain(ctx, tx, id); err != nil {
			return err
		}
	}
	return s.o.Vault.EraseIn(ctx, tx, ErasedPrefix+why, s.now(), gone...)
}

// EndAgain drops who was nominated, by whom and who was kept from it, and withdraws
// the certificate; or drops an objection's words, or a round's ballots, by id; also
// in data that came from a backup. What was sealed can't be opened any more.
func (s *Service) EndAgain(ctx context.Context, tx *sqldb.Tx, id string) error {
	for _, query := range []string{
		`UPDATE honour_nomination SET name = '', citation = '', check_words = '', praise = '', nominee_id = '', person_id = '', by_person = '', by_household = '',
			withdrawn = CASE WHEN result IN ('', 'tied') THEN 1 ELSE withdrawn END, version = version + 1 WHERE id = $1`,
		`UPDATE honour_certificate SET state = CASE WHEN state = 'valid' THEN 'withdrawn' ELSE state END, listed = 0, person_id = '', reason = '', asked_by = '', version = version + 1 WHERE nomination_id = $1`,
		`UPDATE honour_objection SET words = '', sender = '', answer = '' WHERE id = $1`,
		`DELETE FROM honour_recusal WHERE nomination_id = $1`,
		`UPDATE honour_panel SET voted_at = 0, ballot = '' WHERE round_id = $1`, // can't be opened: the panel votes anew
	} {
		if _, err := tx.ExecContext(ctx, query, id); err != nil {
			return fmt.Errorf("honour: erase: %w", err)
		}
	}
	return nil
}

// tidyBatch bounds what one transaction erases.
const tidyBatch = 200

// tidy erases, a year after a round was awarded, the words of those who got no
// place and of objections with their answers: they have no further use.
func (s *Service) tidy(ctx context.Context) error {
	old, err := rounds(ctx, s.o.DB.Reader(), `state = 'awarded' AND tidied = 0 AND awarded_at < $1 ORDER BY id`, sqldb.Millis(s.daysAgo(keepDays)))
	if err != nil {
		return err
	}
	for _, r := range old {
		if err := s.tidyRound(ctx, r.ID); err != nil {
			return err
		}
	}
	return nil
}

func (s *Service) tidyRound(ctx context.Context, roundID string) error {
	for {
		left := 0
		err := s.o.DB.Write(ctx, func(tx *sqldb.Tx) error {
			list, err := nominations(ctx, tx, `round_id = $1 AND result <> 'proposed' AND name <> '' ORDER BY id LIMIT $2`, roundID, tidyBatch)
			if err != nil {
				return err
			}
			for _, n := range list {
				if err := s.end(ctx, tx, "old", n.ID); err != nil {
					return err
				}
			}
			said, err := objections(ctx, tx, `round_id = $1 AND words <> '' ORDER BY id LIMIT $2`, roundID, tidyBatch)
			if err != nil {
				return err
			}
			for _, o := range said {
				if err := s.EndAgain(ctx, tx, o.ID); err != nil {
					return err
				}
				if err := s.o.Vault.EraseIn(ctx, tx, ErasedPrefix+"old", s.now(), o.ID); err != nil {
					return err
				}
			}
			if left = len(list) + len(said); left > 0 {
				return nil
			}
			_, err = tx.ExecContext(ctx, `UPDATE honour_round SET tidied = 1 WHERE id = $1`, roundID)
			return err
		})
		if err != nil || left == 0 {
			return err
		}
	}
}
