package auth

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"bilin/internal/errs"
	"bilin/internal/sqldb"
)

// This file is the accounts' and login attempts' SQL; sessionstore.go and
// secretstore.go hold the rest.

const accountColumns = `id, login, person_id, name, kind, password, demo, disabled, created_at, seen_at, entered_at, secured_at, reset_at, confirmed_at, version`

type scanner interface{ Scan(dest ...any) error }

func scanAccount(row scanner) (Account, error) {
	var (
		a                             Account
		person                        sql.NullString
		seen, entered, secured, reset sql.NullInt64
		confirmed                     sql.NullInt64
		created                       int64
		demo, disabled                int
	)
	err := row.Scan(&a.ID, &a.Login, &person, &a.Name, &a.Kind, &a.Password, &demo, &disabled, &created, &seen,
		&entered, &secured, &reset, &confirmed, &a.Version)
	if errors.Is(err, sql.ErrNoRows) {
		return a, errs.E(errs.NotFound, "auth.no_account")
	}
	a.PersonID, a.Demo, a.Disabled = person.String, demo == 1, disabled == 1
	a.CreatedAt = sqldb.Time(created)
	a.SeenAt, a.EnteredAt, a.SecuredAt, a.ResetAt = timeOf(seen), timeOf(entered), timeOf(secured), timeOf(reset)
	a.ConfirmedAt = timeOf(confirmed)
	return a, err
}

func timeOf(ms sql.NullInt64) time.Time {
	if !ms.Valid {
		return time.Time{}
	}
	return sqldb.Time(ms.Int64)
}

func accountByID(ctx context.Context, q sqldb.Querier, id string) (Account, error) {
	return scanAccount(q.QueryRowContext(ctx, `SELECT `+accountColumns+` FROM account WHERE id = $1`, id))
}

func accountByLogin(ctx context.Context, q sqldb.Querier, login string) (Account, error) {
	return scanAccount(q.QueryRowContext(ctx, `SELECT `+accountColumns+` FROM account WHERE login = $1`, login))
}

// accountOfPerson returns the person's account of a kind.
func accountOfPerson(ctx context.Context, q sqldb.Querier, personID string, kind Kind) (Account, error) {
	return scanAccount(q.QueryRowContext(ctx, `SELECT `+accountColumns+` FROM account
		WHERE person_id = $1 AND kind = $2 ORDER BY created_at LIMIT 1`, personID, kind))
}

func insertAccount(ctx context.Context, q sqldb.Querier, a Account) error {
	_, err := q.ExecContext(ctx, `INSERT INTO account (`+accountColumns+`)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)`,
		a.ID, a.Login, nullText(a.PersonID), a.Name, a.Kind, a.Password, sqldb.Flag(a.Demo), sqldb.Flag(a.Disabled),
		sqldb.Millis(a.CreatedAt), nullTime(a.SeenAt), nullTime(a.EnteredAt), nullTime(a.SecuredAt), nullTime(a.ResetAt), nullTime(a.ConfirmedAt), a.Version)
	return err
}

// updateAccount stores what can change, if it is still the version given.
func updateAccount(ctx context.Context, q sqldb.Querier, a Account) error {
	res, err := q.ExecContext(ctx, `UPDATE account SET name = $1, password = $2, disabled = $3, seen_at = $4, version = version + 1
		WHERE id = $5 AND version = $6`, a.Name, a.Password, sqldb.Flag(a.Disabled), nullTime(a.SeenAt), a.ID, a.Version)
	if err != nil {
		return err
	}
	n, err := res.RowsAffected()
	if err == nil && n == 0 {
		return errs.E(errs.Stale, "auth.stale")
	}
	return err
}

// touchAccount stores a login, and a renewed hash where there is one. It leaves
// the version alone: nobody is shown what it changes.
func touchAccount(ctx context.Context, q sqldb.Querier, id, renewed string, now time.Time) error {
	if renewed == "" {
		_, err := q.ExecContext(ctx, `UPDATE account SET seen_at = $1, entered_at = COALESCE(entered_at, $1) WHERE id = $2`,
			sqldb.Millis(now), id)
		return err
	}
	_, err := q.ExecContext(ctx, `UPDATE account SET seen_at = $1, entered_at = COALESCE(entered_at, $1), password = $2 WHERE id = $3`,
		sqldb.Millis(now), renewed, id)
	return err
}

// confirm notes that somebody else said whose an account is.
func confirm(ctx context.Context, q sqldb.Querier, id string, now time.Time) error {
	_, err := q.ExecContext(ctx, `UPDATE account SET confirmed_at = $1 WHERE id = $2`, sqldb.Millis(now), id)
	return err
}

func setPassword(ctx context.Context, q sqldb.Querier, id, hash string) error {
	_, err := q.ExecContext(ctx, `UPDATE account SET password = $1 WHERE id = $2`, hash, id)
	return err
}

func queryAccounts(ctx context.Context, q sqldb.Querier, query string, args ...any) ([]Account, error) {
	rows, err := q.QueryContext(ctx, `SELECT `+accountColumns+` FROM account `+query, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var list []Account
	for rows.Next() {
		a, err := scanAccount(rows)
		if err != nil {
			return nil, err
		}
		list = append(list, a)
	}
	return list, rows.Err()
}

// loadTry returns what is stored for a key, whatever t held before.
func loadTry(ctx context.Context, q sqldb.Querier, t try) (try, error) {
	t = try{key: t.key, free: t.free, most: t.most, leak: t.leak}
	var last, until int64
	err := q.QueryRowContext(ctx, `SELECT fails, last_at, until FROM login_try WHERE id = $1`, t.key).Scan(&t.fails, &last, &until)
	if errors.Is(err, sql.ErrNoRows) {
		return t, nil
	}
	t.lastAt, t.until = sqldb.Time(last), sqldb.Time(until)
	return t, err
}

func storeTry(ctx context.Context, q sqldb.Querier, t try) error {
	_, err := q.ExecContext(ctx, `INSERT INTO login_try (id, fails, last_at, until) VALUES ($1, $2, $3, $4)
		ON CONFLICT (id) DO UPDATE SET fails = excluded.fails, last_at = excluded.last_at, until = excluded.until`,
		t.key, t.fails, sqldb.Millis(t.lastAt), max(0, sqldb.Millis(t.until)))
	return err
}

func dropTry(ctx context.Context, q sqldb.Querier, key string) error {
	_, err := q.ExecContext(ctx, `DELETE FROM login_try WHERE id = $1`, key)
	return err
}

func nullText(s string) sql.NullString { return sql.NullString{String: s, Valid: s != ""} }

func nullTime(t time.Time) sql.NullInt64 {
	return sql.NullInt64{Int64: sqldb.Millis(t), Valid: !t.IsZero()}
}
