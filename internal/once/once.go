// Package once makes a command harmless to repeat: a key that was answered before is answered the same again.
//
// A form carries a key, so does an API call and an entry of a phone's outbox.
// The answer is stored in the command's own transaction; an error is not, since
// then nothing happened and trying again is right.
package once

import (
	"context"
	"crypto/sha256"
	"database/sql"
	_ "embed"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"bilin/internal/errs"
	"bilin/internal/i18n"
	"bilin/internal/sqldb"
)

// Kept is how long a key is remembered: longer than any phone stays without a
// network and still tries.
const Kept = 30 * 24 * time.Hour

// maxKey bounds what a client may choose as its key.
const maxKey = 200

//go:embed messages.json
var raw []byte

// Messages are this package's words.
var Messages = i18n.MustParse(raw)

// Do runs fn once for a key within a scope, such as the action and who does it,
// and returns what it returned, then and on every repeat. The same key with
// another request is a Conflict. An empty key just runs fn.
//
// request is what makes two calls the same: it is compared by its JSON, of which
// a digest is stored. The result comes back from JSON, so it holds exported
// fields only.
func Do[T any](ctx context.Context, tx *sqldb.Tx, scope, key string, request any, now time.Time, fn func() (T, error)) (T, error) {
	var none T
	if key == "" {
		return fn()
	}
	if len(key) > maxKey {
		return none, errs.E(errs.Invalid, "once.key_too_long", "max", maxKey)
	}
	digest, err := digestOf(request)
	if err != nil {
		return none, err
	}
	before, err := claim(ctx, tx, scope, key, digest, now)
	if err != nil {
		return none, err
	}
	if before != nil {
		var result T
		return result, json.Unmarshal(before, &result)
	}
	result, err := fn()
	if err != nil {
		return none, err
	}
	return result, keep(ctx, tx, scope, key, result)
}

// Look returns what a key was answered, and whether it was: for pages that must
// tell a repeated form from a late one before they read what it is about.
func Look(ctx context.Context, q sqldb.Querier, scope, key string) (answer []byte, answered bool, err error) {
	if key == "" {
		return nil, false, nil
	}
	err = q.QueryRowContext(ctx, `SELECT result FROM once WHERE scope = $1 AND key = $2`, scope, key).Scan(&answer)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, false, nil
	}
	if err != nil {
		return nil, false, fmt.Errorf("once: look: %w", err)
	}
	return answer, true, nil
}

// claim takes the key and returns nil, or the answer given to it before. Taking
// it first lets the database decide between two that come at the same time.
func claim(ctx context.Context, tx *sqldb.Tx, scope, key, digest string, now time.Time) (answer []byte, err error) {
	res, err := tx.ExecContext(ctx, `INSERT INTO once (scope, key, request, result, created_at)
		VALUES ($1, $2, $3, 'null', $4) ON CONFLICT (scope, key) DO NOTHING`,
		scope, key, digest, sqldb.Millis(now))
	if err != nil {
		return nil, fmt.Errorf("once: claim: %w", err)
	}
	if n, err := res.RowsAffected(); err != nil || n == 1 {
		return nil, err
	}
	var request, result string
	err = tx.QueryRowContext(ctx, `SELECT request, result FROM once WHERE scope = $1 AND key = $2`, scope, key).
		Scan(&request, &result)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return nil, errs.Wrap(err, errs.Unavailable, "once.try_again")
	case err != nil:
		return nil, fmt.Errorf("once: look up: %w", err)
	case request != digest:
		return nil, errs.E(errs.Conflict, "once.key_reused")
	}
	return []byte(result), nil
}

func keep(ctx context.Context, tx *sqldb.Tx, scope, key string, result any) error {
	text, err := json.Marshal(result)
	if err != nil {
		return fmt.Errorf("once: result: %w", err)
	}
	_, err = tx.ExecContext(ctx, `UPDATE once SET result = $1 WHERE scope = $2 AND key = $3`, string(text), scope, key)
	if err != nil {
		return fmt.Errorf("once: keep: %w", err)
	}
	return nil
}

func digestOf(request any) (string, error) {
	text, err := json.Marshal(request)
	if err != nil {
		return "", fmt.Errorf("once: request: %w", err)
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:]), nil
}

// Prune forgets the keys answered before a time, a bounded number per call, and
// says how many.
func Prune(ctx context.Context, tx *sqldb.Tx, before time.Time) (int64, error) {
	res, err := tx.ExecContext(ctx, `DELETE FROM once WHERE (scope, key) IN
		(SELECT scope, key FROM once WHERE created_at < $1 ORDER BY created_at LIMIT 1000)`, sqldb.Millis(before))
	if err != nil {
		return 0, fmt.Errorf("once: prune: %w", err)
	}
	return res.RowsAffected()
}
