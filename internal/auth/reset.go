package auth

import (
	"context"
	"database/sql"
	"errors"
	"slices"
	"time"

	"bilin/internal/errs"
	"bilin/internal/sqldb"
)

// resetTime is how long a second person has to decide.
const resetTime = 7 * 24 * time.Hour

// Reset is an administrator's request that somebody's second factors and
// password be taken away, so that they come in anew. A second person from the same line of posts, who has the one concerned
// before them, decides it and hands over the link: an administrator alone gets
// into nobody's account.
type Reset struct {
	ID        string
	AccountID string
	Name      string // whose factors
	Login     string
	PersonID  string
	AskedBy   string // account id
	AskedName string
	AskedAt   time.Time
	ExpiresAt time.Time

	kind        Kind
	askedPerson string
}

// AskReset asks that an account that was in use begin anew: without its second
// factors, where there are any, and with a new password.
func (s *Service) AskReset(ctx context.Context, actor Actor, accountID string) error {
	if err := s.policy.Can(actor, ActManage, Object{}); err != nil {
		return err
	}
	if actor.AccountID == accountID {
		return errs.E(errs.Conflict, "auth.reset_self")
	}
	return s.db.Write(ctx, func(tx *sqldb.Tx) error {
		a, err := accountByID(ctx, tx, accountID)
		switch {
		case err != nil:
			return err
		case a.Disabled:
			return errs.E(errs.Conflict, "auth.disabled")
		case a.Kind == KindLead:
			return errs.E(errs.Conflict, "auth.reset_lead")
		case !a.Used():
			return errs.E(errs.Conflict, "auth.reset_unused")
		}
		now := s.now()
		asked, err := resetAsked(ctx, tx, accountID, now)
		if err != nil {
			return err
		}
		if !asked.IsZero() {
			return errs.E(errs.Conflict, "auth.reset_asked")
		}
		_, err = tx.ExecContext(ctx, `INSERT INTO factor_reset (id, account_id, asked_by, asked_name, asked_at, expires_at)
			VALUES ($1, $2, $3, $4, $5, $6)`, sqldb.NewID(), accountID, actor.AccountID, actor.Name,
			sqldb.Millis(now), sqldb.Millis(now.Add(resetTime)))
		if err != nil {
			return err
		}
		if err := s.tellOwner(ctx, tx, a, ToldAsked, "by", actor.Name); err != nil {
			return err
		}
		return s.record(ctx, tx, actor, "account.reset_ask", accountID, nil)
	})
}

// Resets lists the oldest of the requests that wait for this very actor.
func (s *Service) Resets(ctx context.Context, actor Actor) ([]Reset, error) {
	mine, err := s.waitingFor(ctx, actor, "r.asked_by")
	if err != nil || mine == nil {
		return nil, err
	}
	list, err := openResets(ctx, s.db.Reader(), mine, s.now())
	if err != nil || len(list) == 0 {
		return nil, err
	}
	openers, err := openersOf(ctx, s.db.Reader(), actor, s.now())
	return slices.DeleteFunc(list, func(r Reset) bool { return openers.has(r.AskedBy, r.askedPerson) }), err
}

// mayVouch lets somebody decide who reaches every post of the person concerned,
// is neither that person nor the one who asked, and doesn't come in by what the
// one who asked handed out lately.
func (s *Service) mayVouch(ctx context.Context, tx *sqldb.Tx, actor Actor, r Reset) error {
	err := s.mayVouchFor(ctx, actor, Account{ID: r.AccountID, Kind: r.kind, PersonID: r.PersonID}, r.AskedBy, r.askedPerson)
	if err != nil {
		return err
	}
	return NotOpenedBy(ctx, tx, actor, s.now(), r.AskedBy, r.askedPerson)
}

func (s *Service) mayVouchFor(ctx context.Context, actor Actor, a Account, askedBy, askedPerson string) error {
	if actor.Is(askedBy) || actor.Is(askedPerson) || actor.Is(a.ID) || actor.Is(a.PersonID) {
		return errs.E(errs.Forbidden, "auth.vouch_second")
	}
	grants, err := s.grantsOf(ctx, a)
	if err != nil {
		return err
	}
	if len(grants) == 0 {
		return s.policy.Can(actor, ActVouch, Object{})
	}
	for _, g := range grants {
		if err := s.policy.Can(actor, ActVouch, Object{UnitID: g.UnitID}); err != nil {
			return err
		}
	}
	return nil
}

// GrantReset takes the factors, the password and the sessions of the one
// concerned away, and returns the link with which they begin anew: to the one
// who vouches and hands it over in person, never to who asked.
func (s *Service) GrantReset(ctx context.Context, actor Actor, id string) (Link, error) {
	link := s.newLink(ToPassword)
	err := s.decide(ctx, actor, id, "done", func(tx *sqldb.Tx, r Reset) error {
		link.AccountID, link.Name = r.AccountID, r.Name
		if err := s.empty(ctx, tx, r.AccountID); err != nil {
			return err
		}
		if err := confirm(ctx, tx, r.AccountID, s.now()); err != nil { // its owner stands before who vouches
			return err
		}
		if err := settleFirst(ctx, tx, actor, r.AccountID, s.now()); err != nil {
			return err
		}
		if err := s.storeLink(ctx, tx, actor, link); err != nil {
			return err
		}
		a := Account{ID: r.AccountID, PersonID: r.PersonID, Login: r.Login}
		if err := s.tellOwner(ctx, tx, a, ToldReset, "by", actor.Name); err != nil {
			return err
		}
		return s.record(ctx, tx, actor, "account.reset", r.AccountID, map[string]any{"asked_by": r.AskedBy})
	})
	return link, err
}

// empty takes away all that opens an account, and what it opened.
func (s *Service) empty(ctx context.Context, tx *sqldb.Tx, accountID string) error {
	for _, drop := range []func(context.Context, sqldb.Querier, string) error{dropPasskeys, dropTOTP, dropCodes} {
		if err := drop(ctx, tx, accountID); err != nil {
			return err
		}
	}
	_, err := tx.ExecContext(ctx, `UPDATE account SET password = '', secured_at = NULL, reset_at = $1, version = version + 1 WHERE id = $2`,
		sqldb.Millis(s.now()), accountID)
	if err != nil {
		return err
	}
	return s.revokeAll(ctx, tx, accountID)
}

// RefuseReset leaves everything as it is.
func (s *Service) RefuseReset(ctx context.Context, actor Actor, id string) error {
	return s.decide(ctx, actor, id, "refused", func(tx *sqldb.Tx, r Reset) error {
		return s.record(ctx, tx, actor, "account.reset_refuse", r.AccountID, map[string]any{"asked_by": r.AskedBy})
	})
}

func (s *Service) decide(ctx context.Context, actor Actor, id, outcome string, fn func(*sqldb.Tx, Reset) error) error {
	if !s.policy.May(actor, ActVouch) {
		return s.policy.Denied(actor, ActVouch)
	}
	return s.db.Write(ctx, func(tx *sqldb.Tx) error {
		r, err := resetByID(ctx, tx, id, s.now())
		if err != nil {
			return err
		}
		if err := s.mayVouch(ctx, tx, actor, r); err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, `UPDATE factor_reset SET outcome = $1, decided_by = $2, decided_at = $3 WHERE id = $4`,
			outcome, actor.ID(), sqldb.Millis(s.now()), id)
		if err != nil {
			return err
		}
		return fn(tx, r)
	})
}

const resetColumns = `r.id, r.account_id, a.name, a.login, a.person_id, a.kind, r.asked_by, r.asked_name, r.asked_at, r.expires_at,
	COALESCE((SELECT x.person_id FROM account x WHERE x.id = r.asked_by), '')
	FROM factor_reset r JOIN account a ON a.id = r.account_id`

func scanReset(row scanner) (Reset, error) {
	var r Reset
	var person sql.NullString
	var asked, end int64
	err := row.Scan(&r.ID, &r.AccountID, &r.Name, &r.Login, &person, &r.kind, &r.AskedBy, &r.AskedName, &asked, &end, &r.askedPerson)
	r.PersonID, r.AskedAt, r.ExpiresAt = person.String, sqldb.Time(asked), sqldb.Time(end)
	return r, err
}

func resetByID(ctx context.Context, q sqldb.Querier, id string, now time.Time) (Reset, error) {
	r, err := scanReset(q.QueryRowContext(ctx, `SELECT `+resetColumns+` WHERE r.id = $1 AND r.outcome = '' AND r.expires_at > $2`,
		id, sqldb.Millis(now)))
	if errors.Is(err, sql.ErrNoRows) {
		return r, errs.E(errs.Gone, "auth.reset_over")
	}
	return r, err
}

// resetAsked returns since when a request for an account waits.
func resetAsked(ctx context.Context, q sqldb.Querier, accountID string, now time.Time) (time.Time, error) {
	var at sql.NullInt64
	err := q.QueryRowContext(ctx, `SELECT min(asked_at) FROM factor_reset WHERE account_id = $1 AND outcome = '' AND expires_at > $2`,
		accountID, sqldb.Millis(now)).Scan(&at)
	return timeOf(at), err
}

// openResets returns the requests nobody decided yet; there are few, as each
// ends after a week.
func openResets(ctx context.Context, q sqldb.Querier, mine *queue, now time.Time) ([]Reset, error) {
	rows, err := q.QueryContext(ctx, `SELECT `+resetColumns+` WHERE r.outcome = '' AND r.expires_at > `+mine.arg(sqldb.Millis(now))+
		mine.where+` ORDER BY r.asked_at, r.id LIMIT 200`, mine.args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var list []Reset
	for rows.Next() {
		r, err := scanReset(rows)
		if err != nil {
			return nil, err
		}
		list = append(list, r)
	}
	return list, rows.Err()
}
