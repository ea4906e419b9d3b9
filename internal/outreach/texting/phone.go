package texting

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"strings"
	"time"

	"bilin/internal/audit"
	"bilin/internal/errs"
	"bilin/internal/gateway"
	"bilin/internal/job"
	"bilin/internal/once"
	"bilin/internal/outreach"
	"bilin/internal/seal"
	"bilin/internal/sqldb"
	"bilin/internal/ticket"
)

// phone is a telephone of a household.
type phone struct {
	id, household, unit, number, token string // number and token sealed
	opener                             string
	way                                Way
	agreed                             int64
}

const phoneColumns = `p.id, p.household_id, p.unit_id, p.phone, p.token, p.opener, p.way, p.agreed_at`

func phones(ctx context.Context, q sqldb.Querier, from string, args ...any) ([]phone, error) {
	return sqldb.Collect(ctx, q, func(r *sql.Rows, p *phone) error {
		return r.Scan(&p.id, &p.household, &p.unit, &p.number, &p.token, &p.opener, &p.way, &p.agreed)
	}, `SELECT `+phoneColumns+` FROM `+from, args...)
}

func numberBinding(id string) string { return "notice_phone/phone/" + id }
func tokenBinding(id string) string  { return "notice_phone/token/" + id }

// mobile is a number as the gateway takes it; ok is false if it is none.
func mobile(typed string) (string, bool) {
	digits := strings.NewReplacer(" ", "", "-", "").Replace(strings.TrimSpace(typed))
	digits = strings.TrimPrefix(digits, "+86")
	if len(digits) != 11 || digits[0] != '1' || strings.Trim(digits, "0123456789") != "" {
		return "", false
	}
	return digits, true
}

// Ask takes a telephone that a household wishes to hear notices by, and has it
// sent the link by which it agrees: once, however often the form comes. Whether
// it is known already isn't said.
func (s *Service) Ask(ctx context.Context, key, door, typed string, way Way) error {
	if !s.On() {
		return errs.E(errs.NotFound, "outreach.short.off")
	}
	if err := s.offers(way); err != nil {
		return err
	}
	number, ok := mobile(typed)
	if !ok {
		return errs.Refuse("phone", "outreach.short.no_mobile")
	}
	household, unit, err := s.o.Network.DoorOf(ctx, door)
	if err != nil {
		return err
	}
	if unit == nil {
		return errs.E(errs.NotFound, "network.no_door")
	}
	p, token := phone{id: sqldb.NewID(), household: household, unit: unit.ID, way: way, opener: ticket.New()[:openerSize]}, ticket.New()
	if p.number, err = s.o.Vault.Seal(ctx, household, number, numberBinding(p.id)); err != nil {
		return err
	}
	if p.token, err = s.o.Vault.Seal(ctx, household, token, tokenBinding(p.id)); err != nil {
		return err
	}
	mark := s.o.Seal.Index("notice_phone", number)
	return s.o.DB.Write(ctx, func(tx *sqldb.Tx) error {
		_, err := once.Do(ctx, tx, "outreach.short.ask", key, [...]string{household, mark, string(way)}, s.now(), func() (bool, error) {
			return true, s.enter(ctx, tx, p, mark, ticket.Hash(token))
		})
		return err
	})
}

// enter writes a telephone down and has it asked, unless it was asked enough.
func (s *Service) enter(ctx context.Context, tx *sqldb.Tx, p phone, mark, hash string) error {
	var home, here, lately, month int
	err := tx.QueryRowContext(ctx, `SELECT (SELECT COUNT(*) FROM notice_phone WHERE household_id = $1), (SELECT COUNT(*) FROM notice_phone WHERE household_id = $1 AND mark = $2),
		(SELECT COUNT(*) FROM notice_asked WHERE mark = $2 AND at > $3), (SELECT COUNT(*) FROM notice_asked WHERE mark = $2 AND at > $4)`,
		p.household, mark, sqldb.Millis(s.now().Add(-askAgain)), sqldb.Millis(s.now().Add(-askedKept))).Scan(&home, &here, &lately, &month)
	switch {
	case err != nil:
		return fmt.Errorf("outreach: ask: %w", err)
	case here > 0 || lately >= askedTwice || month >= askedMonth:
		return nil
	case home >= mostPhones:
		return errs.Refuse("phone", "outreach.short.enough", "max", mostPhones)
	}
	_, err = tx.ExecContext(ctx, `INSERT INTO notice_phone (id, household_id, unit_id, mark, phone, token, token_hash, opener, way, asked_at, agreed_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 0)`,
		p.id, p.household, p.unit, mark, p.number, p.token, hash, p.opener, string(p.way), sqldb.Millis(s.now()))
	if err != nil {
		return fmt.Errorf("outreach: ask: %w", err)
	}
	if _, err := tx.ExecContext(ctx, `INSERT INTO notice_asked (id, mark, at) VALUES ($1, $2, $3)`, p.id, mark, sqldb.Millis(s.now())); err != nil {
		return fmt.Errorf("outreach: ask: %w", err)
	}
	return job.Enqueue(ctx, tx, job.Job{Kind: askKind, Key: p.id, Payload: p.id})
}

const askKind = "outreach.short.ask"

// confirm is the job that asks a telephone whether it agrees. The gateway takes
// the telephone's id once, so it is asked once, however often this runs.
func (s *Service) confirm(ctx context.Context, j job.Run) error {
	var id string
	if err := j.Decode(&id); err != nil {
		return err
	}
	if wait, err := s.wait(ctx); err != nil || wait {
		return cmp.Or(err, job.Snooze(yieldFor))
	}
	found, err := phones(ctx, s.o.DB.Reader(), `notice_phone p WHERE p.id = $1 AND p.agreed_at = 0`, id)
	if err != nil || len(found) == 0 || s.o.Sender == nil {
		return err
	}
	number, token, err := s.open(ctx, found[0])
	if err != nil || number == "" {
		return err
	}
	err = s.o.Sender.Send(ctx, gateway.Message{ID: id, To: number, Text: s.say(found[0].way.question(), "page", s.link(token))})
	if errs.KindOf(err) == errs.Invalid {
		return nil // the number is none; it is forgotten in two days
	}
	return err
}

// open returns a telephone's number and key; none if its household was erased.
func (s *Service) open(ctx context.Context, p phone) (number, token string, err error) {
	texts, failed, err := s.o.Vault.OpenAll(ctx, []seal.Item{{Subject: p.household, Text: p.number, Binding: numberBinding(p.id)}, {Subject: p.household, Text: p.token, Binding: tokenBinding(p.id)}})
	if err != nil || failed[0] != nil || failed[1] != nil {
		return "", "", err
	}
	return texts[0], texts[1], nil
}

// Standing is how the telephone with a token hears notices.
type Standing struct {
	Agreed bool
	Way    Way
}

// Standing says whether the telephone with a token agreed, and to what.
func (s *Service) Standing(ctx context.Context, token string) (st Standing, err error) {
	found, err := phones(ctx, s.o.DB.Reader(), `notice_phone p WHERE p.token_hash = $1`, ticket.Hash(token))
	if err == nil && len(found) == 0 {
		err = errs.E(errs.NotFound, "outreach.short.none")
	}
	if err == nil {
		st = Standing{found[0].agreed > 0, found[0].way}
	}
	return st, err
}

// Agree begins messages to the telephone with a token.
func (s *Service) Agree(ctx context.Context, token string) error {
	return s.settle(ctx, token, "outreach.agree", func(tx *sqldb.Tx, p phone) error {
		_, err := tx.ExecContext(ctx, `UPDATE notice_phone SET agreed_at = $2 WHERE id = $1 AND agreed_at = 0`, p.id, sqldb.Millis(s.now()))
		return err
	})
}

// Change has the telephone with a token hear notices the other way. It agreed to
// be told; whoever holds its link says how.
func (s *Service) Change(ctx context.Context, token string, way Way) error {
	if err := s.offers(way); err != nil {
		return err
	}
	return s.settle(ctx, token, "outreach.way", func(tx *sqldb.Tx, p phone) error {
		_, err := tx.ExecContext(ctx, `UPDATE notice_phone SET way = $2 WHERE id = $1`, p.id, string(way))
		return err
	})
}

// End ends them: the number is forgotten.
func (s *Service) End(ctx context.Context, token string) error {
	return s.settle(ctx, token, "outreach.end", func(tx *sqldb.Tx, p phone) error { return s.drop(ctx, tx, `id = $1`, p.id) })
}

func (s *Service) settle(ctx context.Context, token, action string, change func(*sqldb.Tx, phone) error) error {
	return s.o.DB.Write(ctx, func(tx *sqldb.Tx) error {
		found, err := phones(ctx, tx, `notice_phone p WHERE p.token_hash = $1`, ticket.Hash(token))
		if err != nil || len(found) == 0 {
			return errs.Wrap(err, errs.NotFound, "outreach.short.none")
		}
		if err := change(tx, found[0]); err != nil {
			return err
		}
		return s.o.Audit.Append(ctx, tx, audit.Entry{ActorID: "notice-phone", Action: action, ObjectKind: "notice_phone", ObjectID: found[0].id, UnitID: found[0].unit})
	})
}

// Heard is a telephone that hears notices.
type Heard struct {
	Since time.Time
	Way   Way
}

// Held says which telephones of a household hear notices: how, and since when.
func (s *Service) Held(ctx context.Context, q sqldb.Querier, householdID string) (list []Heard, err error) {
	found, err := phones(ctx, q, `notice_phone p WHERE p.household_id = $1 AND p.agreed_at > 0 ORDER BY p.agreed_at`, householdID)
	for _, p := range found {
		list = append(list, Heard{sqldb.Time(p.agreed), p.way})
	}
	return list, err
}

// SentOf lists the notices that a household's telephones were sent, the newest first.
func (s *Service) SentOf(ctx context.Context, q sqldb.Querier, householdID string) ([]outreach.Reached, error) {
	return sqldb.Collect(ctx, q, func(r *sql.Rows, x *outreach.Reached) error { return r.Scan(&x.Number, &x.Title) },
		`SELECT n.number, n.title FROM notice n WHERE n.id IN (SELECT t.notice_id FROM notice_phone p JOIN notice_text t ON t.phone_id = p.id WHERE p.household_id = $1) ORDER BY n.id DESC`, householdID)
}

// Erase forgets a household's telephones.
func (s *Service) Erase(ctx context.Context, tx *sqldb.Tx, householdID string) error {
	return s.drop(ctx, tx, `household_id = $1`, householdID)
}

// drop forgets telephones, and what they were sent.
func (s *Service) drop(ctx context.Context, tx *sqldb.Tx, where string, arg any) error {
	if _, err := tx.ExecContext(ctx, `DELETE FROM notice_text WHERE phone_id IN (SELECT id FROM notice_phone WHERE `+where+`)`, arg); err != nil {
		return fmt.Errorf("outreach: forget: %w", err)
	}
	if _, err := tx.ExecContext(ctx, `DELETE FROM notice_phone WHERE `+where, arg); err != nil {
		return fmt.Errorf("outreach: forget: %w", err)
	}
	return nil
}

// Tick forgets the telephones that didn't agree, that numbers were asked, and
// whom a notice went to once it can't be counted any more.
func (s *Service) Tick(ctx context.Context) error {
	return s.o.DB.Write(ctx, func(tx *sqldb.Tx) error {
		if err := s.drop(ctx, tx, `agreed_at = 0 AND asked_at < $1`, sqldb.Millis(s.now().Add(-unagreed))); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `DELETE FROM notice_asked WHERE at < $1`, sqldb.Millis(s.now().Add(-askedKept))); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, `DELETE FROM notice_text WHERE (notice_id, phone_id) IN (SELECT x.notice_id, x.phone_id FROM notice n JOIN notice_text x ON x.notice_id = n.id
			WHERE n.sent_at > 0 AND n.sent_at < $1 LIMIT 5000)`, sqldb.Millis(s.now().AddDate(0, 0, -outreach.MarkDays)))
		return err
	})
}
