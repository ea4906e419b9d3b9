package seal

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"bilin/internal/sqldb"
)

// wrapsAtOnce is a page of the vault's keys.
const wrapsAtOnce = 500

// wrappedRow is a key as the store has it.
type wrappedRow struct {
	subject       string
	wrapped, anew []byte
}

// rewrap wraps the keys anew that another than the city's present key wraps. One
// that doesn't unwrap is counted as bad, and left as it is.
func (v *Vault) rewrap(ctx context.Context, tell func(done int)) (done, bad int, err error) {
	after := ""
	for {
		rows, err := v.store.page(ctx, after)
		if err != nil || len(rows) == 0 {
			return done, bad, err
		}
		after = rows[len(rows)-1].subject
		old, damaged, err := v.wrapAnew(rows)
		if err != nil {
			return done, bad, err
		}
		bad += damaged
		if len(old) == 0 {
			continue
		}
		if err := v.store.replace(ctx, old); err != nil {
			return done, bad, err
		}
		done += len(old)
		tell(done)
	}
}

func (v *Vault) wrapAnew(rows []wrappedRow) (old []wrappedRow, bad int, err error) {
	primary := v.o.Keys.keys().wrap.primary
	for _, row := range rows {
		if id, ok := keyNumber(row.wrapped); ok && id == primary {
			continue
		}
		k, err := v.o.Keys.unwrap(row.subject, row.wrapped)
		if damaged(err) {
			bad++
			continue
		}
		if err != nil {
			return nil, 0, err
		}
		if row.anew, err = v.o.Keys.wrap(row.subject, k); err != nil {
			return nil, 0, err
		}
		old = append(old, row)
	}
	return old, bad, nil
}

// damaged reports whether it is the one text that is at fault, and not the key file or the store.
func damaged(err error) bool { return errors.Is(err, ErrAltered) || errors.Is(err, ErrWrongKey) }

func (s *store) page(ctx context.Context, after string) (out []wrappedRow, err error) {
	err = s.rows(ctx, func(rows *sql.Rows) error {
		var r wrappedRow
		err := rows.Scan(&r.subject, &r.wrapped)
		out = append(out, r)
		return err
	}, `SELECT subject, wrapped FROM `+s.prefix+`vault_key WHERE subject > $1 ORDER BY subject LIMIT $2`, after, wrapsAtOnce)
	if err != nil {
		return nil, fmt.Errorf("seal: read keys: %w", err)
	}
	return out, nil
}

// replace stores keys wrapped anew; one that was destroyed meanwhile stays so.
func (s *store) replace(ctx context.Context, rows []wrappedRow) error {
	err := s.db.Claim(ctx, func(tx *sqldb.Tx) error {
		for _, r := range rows {
			_, err := tx.ExecContext(ctx, `UPDATE `+s.prefix+`vault_key SET wrapped = $1 WHERE subject = $2 AND wrapped = $3`, r.anew, r.subject, r.wrapped)
			if err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("seal: wrap keys anew: %w", err)
	}
	return nil
}

// Size says how many keys the vault has, and how many were destroyed.
func (v *Vault) Size(ctx context.Context) (keys, erased int, err error) {
	err = v.store.db.Reader().QueryRowContext(ctx, `SELECT count(*) FROM `+v.store.prefix+`vault_key`).Scan(&keys)
	if err == nil {
		err = v.store.db.Reader().QueryRowContext(ctx, `SELECT count(*) FROM `+v.store.prefix+`vault_erased`).Scan(&erased)
	}
	if err != nil {
		return 0, 0, fmt.Errorf("seal: count keys: %w", err)
	}
	return keys, erased, nil
}
