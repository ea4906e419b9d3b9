package auth

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"bilin/internal/sqldb"
)

// This file is the second factors' SQL.

func setSecured(ctx context.Context, q sqldb.Querier, accountID string, at time.Time) error {
	_, err := q.ExecContext(ctx, `UPDATE account SET secured_at = $1 WHERE id = $2`, nullTime(at), accountID)
	return err
}

func loadTOTP(ctx context.Context, q sqldb.Querier, accountID string) (totp, bool, error) {
	t := totp{accountID: accountID}
	var confirmed sql.NullInt64
	err := q.QueryRowContext(ctx, `SELECT secret, COALESCE(next_secret, ''), last_step, confirmed_at FROM totp WHERE account_id = $1`, accountID).
		Scan(&t.secret, &t.next, &t.lastStep, &confirmed)
	if errors.Is(err, sql.ErrNoRows) {
		return t, false, nil
	}
	if confirmed.Valid {
		t.confirmedAt = sqldb.Time(confirmed.Int64)
	}
	return t, err == nil, err
}

func putTOTP(ctx context.Context, q sqldb.Querier, accountID, sealed string, now time.Time) error {
	_, err := q.ExecContext(ctx, `INSERT INTO totp (account_id, secret, last_step, created_at, confirmed_at)
		VALUES ($1, $2, 0, $3, NULL) ON CONFLICT (account_id) DO UPDATE SET created_at = excluded.created_at,
			secret = CASE WHEN totp.confirmed_at IS NULL THEN excluded.secret ELSE totp.secret END,
			next_secret = CASE WHEN totp.confirmed_at IS NULL THEN NULL ELSE excluded.secret END`,
		accountID, sealed, sqldb.Millis(now))
	return err
}

func confirmTOTPRow(ctx context.Context, q sqldb.Querier, accountID string, step int64, now time.Time) error {
	_, err := q.ExecContext(ctx, `UPDATE totp SET secret = COALESCE(next_secret, secret), next_secret = NULL,
		last_step = $1, confirmed_at = $2 WHERE account_id = $3`,
		step, sqldb.Millis(now), accountID)
	return err
}

func setTOTPStep(ctx context.Context, q sqldb.Querier, accountID string, step int64) error {
	_, err := q.ExecContext(ctx, `UPDATE totp SET last_step = $1 WHERE account_id = $2`, step, accountID)
	return err
}

func dropTOTP(ctx context.Context, q sqldb.Querier, accountID string) error {
	_, err := q.ExecContext(ctx, `DELETE FROM totp WHERE account_id = $1`, accountID)
	return err
}

func insertCode(ctx context.Context, q sqldb.Querier, hash, accountID string) error {
	_, err := q.ExecContext(ctx, `INSERT INTO recovery_code (id, account_id, used_at) VALUES ($1, $2, NULL)`, hash, accountID)
	return err
}

// useCode marks a code of the account as used, once.
func useCode(ctx context.Context, q sqldb.Querier, hash, accountID string, now time.Time) (bool, error) {
	res, err := q.ExecContext(ctx, `UPDATE recovery_code SET used_at = $1 WHERE id = $2 AND account_id = $3 AND used_at IS NULL`,
		sqldb.Millis(now), hash, accountID)
	if err != nil {
		return false, err
	}
	n, err := res.RowsAffected()
	return n == 1, err
}

func dropCodes(ctx context.Context, q sqldb.Querier, accountID string) error {
	_, err := q.ExecContext(ctx, `DELETE FROM recovery_code WHERE account_id = $1`, accountID)
	return err
}

func codesLeft(ctx context.Context, q sqldb.Querier, accountID string) (n int, err error) {
	err = q.QueryRowContext(ctx, `SELECT count(*) FROM recovery_code WHERE account_id = $1 AND used_at IS NULL`, accountID).Scan(&n)
	return n, err
}

// ceremony is a log-in or a registration between its two steps.
type ceremony struct {
	kind, accountID, data string
}

// Kinds of ceremonies.
const (
	secondStep   = "second"
	passkeyNew   = "passkey_new"
	passkeyProof = "passkey_proof"
)

func insertCeremony(ctx context.Context, q sqldb.Querier, secret string, c ceremony, until time.Time) error {
	_, err := q.ExecContext(ctx, `INSERT INTO ceremony (id, kind, account_id, data, expires_at) VALUES ($1, $2, $3, $4, $5)`,
		tokenHash(secret), c.kind, c.accountID, c.data, sqldb.Millis(until))
	return err
}

func loadCeremony(ctx context.Context, q sqldb.Querier, secret, kind string, now time.Time) (ceremony, bool, error) {
	c := ceremony{kind: kind}
	err := q.QueryRowContext(ctx, `SELECT account_id, data FROM ceremony WHERE id = $1 AND kind = $2 AND expires_at > $3`,
		tokenHash(secret), kind, sqldb.Millis(now)).Scan(&c.accountID, &c.data)
	if errors.Is(err, sql.ErrNoRows) {
		return c, false, nil
	}
	return c, err == nil, err
}

// endCeremony uses a ceremony up; false says that somebody else just did.
func endCeremony(ctx context.Context, q sqldb.Querier, secret string) (bool, error) {
	res, err := q.ExecContext(ctx, `DELETE FROM ceremony WHERE id = $1`, tokenHash(secret))
	if err != nil {
		return false, err
	}
	n, err := res.RowsAffected()
	return n == 1, err
}
