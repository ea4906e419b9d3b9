package auth

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"

	"bilin/internal/errs"
	"bilin/internal/sqldb"
)

func insertLink(ctx context.Context, q sqldb.Querier, l Link, issuer string, now time.Time) error {
	_, err := q.ExecContext(ctx, `INSERT INTO link (id, account_id, purpose, issued_by, created_at, expires_at, used_at)
		VALUES ($1, $2, $3, $4, $5, $6, NULL)`,
		tokenHash(l.Secret), l.AccountID, l.Purpose, issuer, sqldb.Millis(now), sqldb.Millis(l.ExpiresAt))
	return err
}

func loadLink(ctx context.Context, q sqldb.Querier, secret string) (Link, error) {
	l := Link{Secret: secret}
	var end int64
	var used sql.NullInt64
	err := q.QueryRowContext(ctx, `SELECT l.account_id, l.purpose, l.expires_at, l.used_at, a.name
		FROM link l JOIN account a ON a.id = l.account_id WHERE l.id = $1`, tokenHash(secret)).
		Scan(&l.AccountID, &l.Purpose, &end, &used, &l.Name)
	if errors.Is(err, sql.ErrNoRows) {
		return l, errs.E(errs.NotFound, "auth.no_link")
	}
	l.ExpiresAt = sqldb.Time(end)
	if used.Valid {
		l.UsedAt = sqldb.Time(used.Int64)
	}
	return l, err
}

// markLink uses a link up, once.
func markLink(ctx context.Context, q sqldb.Querier, secret string, now time.Time) error {
	res, err := q.ExecContext(ctx, `UPDATE link SET used_at = $1 WHERE id = $2 AND used_at IS NULL`, sqldb.Millis(now), tokenHash(secret))
	if err != nil {
		return err
	}
	n, err := res.RowsAffected()
	if err == nil && n == 0 {
		return errs.E(errs.Gone, "auth.link_used")
	}
	return err
}

// dropLinks makes an account's unused links worthless.
func dropLinks(ctx context.Context, q sqldb.Querier, accountID string) error {
	_, err := q.ExecContext(ctx, `DELETE FROM link WHERE account_id = $1 AND used_at IS NULL`, accountID)
	return err
}

// personsSeen returns which of the persons have logged in at least once.
func personsSeen(ctx context.Context, q sqldb.Querier, personIDs []string) (map[string]bool, error) {
	marks, args := make([]string, len(personIDs)), make([]any, len(personIDs))
	for i, id := range personIDs {
		marks[i], args[i] = fmt.Sprintf("$%d", i+1), id
	}
	rows, err := q.QueryContext(ctx, `SELECT DISTINCT person_id FROM account
		WHERE seen_at IS NOT NULL AND person_id IN (`+strings.Join(marks, ", ")+`)`, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	seen := map[string]bool{}
	for rows.Next() {
		var id string
		if err := rows.Scan(&id); err != nil {
			return nil, err
		}
		seen[id] = true
	}
	return seen, rows.Err()
}

func insertToken(ctx context.Context, q sqldb.Querier, t Token, hash string) error {
	_, err := q.ExecContext(ctx, `INSERT INTO token (id, hash, account_id, label, issued_by, created_at, expires_at, used_at, scopes)
		VALUES ($1, $2, $3, $4, $5, $6, $7, NULL, $8)`,
		t.ID, hash, t.AccountID, t.Label, t.IssuedBy, sqldb.Millis(t.CreatedAt), sqldb.Millis(t.ExpiresAt), joined(t.Scopes))
	return err
}

// loadToken reads a token that is still good, and its account, in one query.
func loadToken(ctx context.Context, q sqldb.Querier, hash string, now time.Time) (Token, Account, bool, error) {
	var (
		t                             Token
		a                             Account
		used, entered, secured, known sql.NullInt64
		person                        sql.NullString
		scopes                        string
		demo                          int
	)
	err := q.QueryRowContext(ctx, `SELECT t.id, t.used_at, t.scopes, a.id, a.login, a.person_id, a.name, a.kind, a.demo, a.entered_at, a.secured_at, a.confirmed_at
		FROM token t JOIN account a ON a.id = t.account_id
		WHERE t.hash = $1 AND t.expires_at > $2 AND a.disabled = 0`, hash, sqldb.Millis(now)).
		Scan(&t.ID, &used, &scopes, &a.ID, &a.Login, &person, &a.Name, &a.Kind, &demo, &entered, &secured, &known)
	if errors.Is(err, sql.ErrNoRows) {
		return t, a, false, nil
	}
	a.Demo, a.EnteredAt, a.SecuredAt = demo == 1, timeOf(entered), timeOf(secured)
	a.PersonID, a.ConfirmedAt, t.Scopes = person.String, timeOf(known), scopesOf(scopes)
	if used.Valid {
		t.UsedAt = sqldb.Time(used.Int64)
	}
	return t, a, err == nil, err
}

func touchToken(ctx context.Context, q sqldb.Querier, id string, now time.Time) error {
	_, err := q.ExecContext(ctx, `UPDATE token SET used_at = $1 WHERE id = $2`, sqldb.Millis(now), id)
	return err
}

func tokensOf(ctx context.Context, q sqldb.Querier, accountID string, now time.Time) ([]Token, error) {
	rows, err := q.QueryContext(ctx, `SELECT id, label, issued_by, created_at, expires_at, used_at, scopes FROM token
		WHERE account_id = $1 AND expires_at > $2 ORDER BY created_at DESC, id LIMIT 50`, accountID, sqldb.Millis(now))
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var list []Token
	for rows.Next() {
		t := Token{AccountID: accountID}
		var created, end int64
		var used sql.NullInt64
		var scopes string
		if err := rows.Scan(&t.ID, &t.Label, &t.IssuedBy, &created, &end, &used, &scopes); err != nil {
			return nil, err
		}
		t.CreatedAt, t.ExpiresAt, t.Scopes = sqldb.Time(created), sqldb.Time(end), scopesOf(scopes)
		if used.Valid {
			t.UsedAt = sqldb.Time(used.Int64)
		}
		list = append(list, t)
	}
	return list, rows.Err()
}

func deleteToken(ctx context.Context, q sqldb.Querier, accountID, id string) error {
	_, err := q.ExecContext(ctx, `DELETE FROM token WHERE id = $1 AND account_id = $2`, id, accountID)
	return err
}

func dropTokens(ctx context.Context, q sqldb.Querier, accountID string) error {
	_, err := q.ExecContext(ctx, `DELETE FROM token WHERE account_id = $1`, accountID)
	return err
}
