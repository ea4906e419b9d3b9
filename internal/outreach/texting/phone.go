package texting

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
	"time"

	"bilin/internal/audit"
	"bilin/internal/errs"
	"bilin/internal/gateway"
	"bilin/internal/once"
	"bilin/internal/sqldb"
	"bilin/internal/ticket"
)

// phone is a telephone of a household.
type phone struct {
	id, household, unit, number, token string // number and token sealed
	agreed                             int64
}

const phoneColumns = `id, household_id, unit_id, phone, token, agreed_at`

func phones(ctx context.Context, q sqldb.Querier, where string, args ...any) ([]phone, error) {
	return sqldb.Collect(ctx, q, func(r *sql.Rows, p *phone) error {
		return r.Scan(&p.id, &p.household, &p.unit, &p.number, &p.token, &p.agreed)
	}, `SELECT `+phoneColumns+` FROM notice_phone WHERE `+where, args...)
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

// Ask takes a telephone that a household wishes to hear notices by, and sends it
// the link by which it agrees. Whether it is known already isn't said.
func (s *Service) Ask(ctx context.Context, key, door, typed string) error {
	if !s.On() {
		return errs.E(errs.NotFound, "outreach.short.off")
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
	p, token := phone{id: sqldb.NewID(), household: household, unit: unit.ID}, ticket.New()
	if p.number, err = s.o.Vault.Seal(ctx, household, number, numberBinding(p.id)); err != nil {
		return err
	}
	if p.token, err = s.o.Vault.Seal(ctx, household, token, tokenBinding(p.id)); err != nil {
		return err
	}
	mark := s.o.Seal.Index("notice_phone", number)
	var fresh bool
	err = s.o.DB.Write(ctx, func(tx *sqldb.Tx) error {
		fresh, err = once.Do(ctx, tx, "outreach.short.ask", key, [...]string{household, mark}, s.now(), func() (bool, error) {
			return s.enter(ctx, tx, p, mark, ticket.Hash(token))
		})
		return err
	})
	if err != nil || !fresh {
		return err
	}
	return s.o.Sender.Send(ctx, gateway.Message{ID: p.id, To: number, Text: s.say("agree", "page", s.link(token))})
}

// enter writes a telephone down, and says whether it is to be asked.
func (s *Service) enter(ctx context.Context, tx *sqldb.Tx, p phone, mark, hash string) (bool, error) {
	var home, here, lately int
	err := tx.QueryRowContext(ctx, `SELECT (SELECT COUNT(*) FROM notice_phone WHERE household_id = $1), (SELECT COUNT(*) FROM notice_phone WHERE household_id = $1 AND mark = $2),
		(SELECT COUNT(*) FROM notice_phone WHERE mark = $2 AND asked_at > $3)`, p.household, mark, sqldb.Millis(s.now().Add(-askAgain))).Scan(&home, &here, &lately)
	switch {
	case err != nil:
		return false, fmt.Errorf("outreach: ask: %w", err)
	case here > 0 || lately >= askedTwice:
		return false, nil
	case home >= mostPhones:
		return false, errs.Refuse("phone", "outreach.short.enough", "max", mostPhones)
	}
	_, err = tx.ExecContext(ctx, `INSERT INTO notice_phone (id, household_id, unit_id, mark, phone, token, token_hash, asked_at, agreed_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 0)`,
		p.id, p.household, p.unit, mark, p.number, p.token, hash, sqldb.Millis(s.now()))
	return true, err
}

// Standing says whether the telephone with a token agreed.
func (s *Service) Standing(ctx context.Context, token string) (agreed bool, err error) {
	found, err := phones(ctx, s.o.DB.Reader(), `token_hash = $1`, ticket.Hash(token))
	if err == nil && len(found) == 0 {
		err = errs.E(errs.NotFound, "outreach.short.none")
	}
	return err == nil && found[0].agreed > 0, err
}

// Agree begins messages to the telephone with a token.
func (s *Service) Agree(ctx context.Context, token string) error {
	return s.settle(ctx, token, "outreach.agree", `UPDATE notice_phone SET agreed_at = $2 WHERE token_hash = $1 AND agreed_at = 0`, sqldb.Millis(s.now()))
}

// End ends them: the number is forgotten.
func (s *Service) End(ctx context.Context, token string) error {
	return s.settle(ctx, token, "outreach.end", `DELETE FROM notice_phone WHERE token_hash = $1`)
}

func (s *Service) settle(ctx context.Context, token, action, change string, args ...any) error {
	return s.o.DB.Write(ctx, func(tx *sqldb.Tx) error {
		found, err := phones(ctx, tx, `token_hash = $1`, ticket.Hash(token))
		if err != nil || len(found) == 0 {
			return errs.Wrap(err, errs.NotFound, "outreach.short.none")
		}
		if _, err := tx.ExecContext(ctx, change, append([]any{ticket.Hash(token)}, args...)...); err != nil {
			return err
		}
		return s.o.Audit.Append(ctx, tx, audit.Entry{ActorID: "notice-phone", Action: action, ObjectKind: "notice_phone", ObjectID: found[0].id, UnitID: found[0].unit})
	})
}

// Held says how many telephones of a household hear notices, and since when.
func (s *Service) Held(ctx context.Context, q sqldb.Querier, householdID string) (since []time.Time, err error) {
	found, err := phones(ctx, q, `household_id = $1 AND agreed_at > 0 ORDER BY agreed_at`, householdID)
	for _, p := range found {
		since = append(since, sqldb.Time(p.agreed))
	}
	return since, err
}

// Erase forgets a household's telephones.
func (s *Service) Erase(ctx context.Context, tx *sqldb.Tx, householdID string) error {
	_, err := tx.ExecContext(ctx, `DELETE FROM notice_phone WHERE household_id = $1`, householdID)
	return err
}

// Tick forgets the telephones that didn't agree.
func (s *Service) Tick(ctx context.Context) error {
	return s.o.DB.Write(ctx, func(tx *sqldb.Tx) error {
		_, err := tx.ExecContext(ctx, `DELETE FROM notice_phone WHERE agreed_at = 0 AND asked_at < $1`, sqldb.Millis(s.now().Add(-unagreed)))
		return err
	})
}
