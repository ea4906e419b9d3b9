package auth

import (
	"context"
	"database/sql"
	"time"

	"bilin/internal/errs"
	"bilin/internal/sqldb"
)

// Passkey is a key on somebody's device that logs them in.
type Passkey struct {
	ID        string // of the credential, base64url
	AccountID string
	Name      string // which device, in its owner's words
	Warned    bool   // its counter went backwards: there may be a copy of it
	CreatedAt time.Time
	UsedAt    time.Time // zero if never

	credential string // public key, counter and flags as JSON
}

func passkeysOf(ctx context.Context, q sqldb.Querier, accountID string) ([]Passkey, error) {
	rows, err := q.QueryContext(ctx, `SELECT id, account_id, name, credential, warned, created_at, used_at FROM passkey
		WHERE account_id = $1 ORDER BY created_at, id`, accountID)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var list []Passkey
	for rows.Next() {
		var k Passkey
		var warned int
		var created int64
		var used sql.NullInt64
		if err := rows.Scan(&k.ID, &k.AccountID, &k.Name, &k.credential, &warned, &created, &used); err != nil {
			return nil, err
		}
		k.Warned, k.CreatedAt = warned == 1, sqldb.Time(created)
		if used.Valid {
			k.UsedAt = sqldb.Time(used.Int64)
		}
		list = append(list, k)
	}
	return list, rows.Err()
}

func insertPasskey(ctx context.Context, q sqldb.Querier, k Passkey) error {
	_, err := q.ExecContext(ctx, `INSERT INTO passkey (id, account_id, name, credential, warned, created_at, used_at)
		VALUES ($1, $2, $3, $4, 0, $5, NULL)`, k.ID, k.AccountID, k.Name, k.credential, sqldb.Millis(k.CreatedAt))
	return err
}

// updatePasskey stores what a log-in changed: the counter, and the warning.
func updatePasskey(ctx context.Context, q sqldb.Querier, k Passkey) error {
	_, err := q.ExecContext(ctx, `UPDATE passkey SET credential = $1, warned = $2, used_at = $3 WHERE id = $4`,
		k.credential, sqldb.Flag(k.Warned), nullTime(k.UsedAt), k.ID)
	return err
}

func renamePasskey(ctx context.Context, q sqldb.Querier, accountID, id, name string) error {
	res, err := q.ExecContext(ctx, `UPDATE passkey SET name = $1 WHERE id = $2 AND account_id = $3`, name, id, accountID)
	return oneOf(res, err)
}

func deletePasskey(ctx context.Context, q sqldb.Querier, accountID, id string) error {
	res, err := q.ExecContext(ctx, `DELETE FROM passkey WHERE id = $1 AND account_id = $2`, id, accountID)
	return oneOf(res, err)
}

func oneOf(res sql.Result, err error) error {
	if err != nil {
		return err
	}
	n, err := res.RowsAffected()
	if err == nil && n == 0 {
		return errs.E(errs.NotFound, "auth.no_passkey")
	}
	return err
}

func dropPasskeys(ctx context.Context, q sqldb.Querier, accountID string) error {
	_, err := q.ExecContext(ctx, `DELETE FROM passkey WHERE account_id = $1`, accountID)
	return err
}
