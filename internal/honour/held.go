package honour

import (
	"context"
	"fmt"

	"bilin/internal/network"
	"bilin/internal/sqldb"
)

// ErasedPrefix begins why a key of a nomination was destroyed.
const ErasedPrefix = "honour."

// Held is what honours hold of a household: nominations from it, and of who lives in it.
type Held struct {
	ID, Number string
	From       bool // they nominated; the other way round they were nominated
	Name       string
	Round      string
	Category   string
	Citation   string
	Certs      []Certificate
	At         int64
}

// HeldOf lists what is held about a household.
func (s *Service) HeldOf(ctx context.Context, q sqldb.Querier, householdID string) (out []Held, err error) {
	people, err := network.PeopleOfHome(ctx, q, householdID)
	if err != nil {
		return nil, err
	}
	var w sqldb.Where
	w.Parts = append(w.Parts, "(by_household = "+w.Arg(householdID)+" OR person_id <> '' AND "+w.OneOf("person_id", people)+")")
	list, err := s.opened(ctx, q, w.Text()+` ORDER BY id`, w.Args...)
	if err != nil {
		return nil, err
	}
	for _, n := range list {
		r, err := roundByID(ctx, q, n.RoundID)
		if err != nil {
			return nil, err
		}
		h := Held{ID: n.ID, Number: n.Number, From: n.byHousehold == householdID, Round: r.Name, Category: r.Category(n.Category).Name, At: sqldb.Millis(n.MadeAt)}
		if !h.From {
			h.Name, h.Citation = n.Name, n.Citation
			if h.Certs, err = certificates(ctx, q, `nomination_id = $1`, n.ID); err != nil {
				return nil, err
			}
		}
		out = append(out, h)
	}
	return out, nil
}

// Erase drops what ties a household to nominations it made, and all that says who
// of it was nominated. A certificate's number stays, and says withdrawn.
func (s *Service) Erase(ctx context.Context, tx *sqldb.Tx, householdID string) error {
	if _, err := tx.ExecContext(ctx, `UPDATE honour_nomination SET by_household = '' WHERE by_household = $1`, householdID); err != nil {
		return fmt.Errorf("honour: erase: %w", err)
	}
	people, err := network.PeopleOfHome(ctx, tx, householdID)
	if err != nil {
		return err
	}
	for _, person := range people {
		if err := s.erasePerson(ctx, tx, person); err != nil {
			return err
		}
	}
	return nil
}

func (s *Service) erasePerson(ctx context.Context, tx *sqldb.Tx, personID string) error {
	list, err := nominations(ctx, tx, `person_id = $1 AND person_id <> ''`, personID)
	for _, n := range list {
		if err == nil {
			err = s.EndAgain(ctx, tx, n.ID)
		}
		if err == nil {
			err = s.o.Vault.EraseIn(ctx, tx, ErasedPrefix+"erased", s.now(), n.ID)
		}
	}
	return err
}

// EndAgain drops who was nominated and withdraws the certificate, or drops an
// objection's words, or a round's ballots, by id; also in data that came from a
// backup. What was sealed can't be opened any more.
func (s *Service) EndAgain(ctx context.Context, tx *sqldb.Tx, id string) error {
	for _, query := range []string{
		`UPDATE honour_nomination SET name = '', citation = '', check_words = '', praise = '', nominee_id = '', person_id = '',
			withdrawn = CASE WHEN result = '' THEN 1 ELSE withdrawn END, version = version + 1 WHERE id = $1`,
		`UPDATE honour_certificate SET state = CASE WHEN state = 'valid' THEN 'withdrawn' ELSE state END, listed = 0, person_id = '', reason = '', asked_by = '', version = version + 1 WHERE nomination_id = $1`,
		`UPDATE honour_objection SET words = '', sender = '', answer = '', key_hash = '' WHERE id = $1`,
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
				if err := s.EndAgain(ctx, tx, n.ID); err != nil {
					return err
				}
				if err := s.o.Vault.EraseIn(ctx, tx, ErasedPrefix+"old", s.now(), n.ID); err != nil {
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
