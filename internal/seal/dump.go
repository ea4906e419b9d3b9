package seal

import (
	"context"
	"fmt"

	"bilin/internal/sqldb"
)

// Record is a line of the key store: a key, or with Why set that one was destroyed.
type Record struct {
	Subject string `json:"subject"`
	Wrapped []byte `json:"wrapped,omitempty"`
	Why     string `json:"why,omitempty"`
	At      int64  `json:"at"`
}

// Dump hands out the whole key store, page by page. A key made meanwhile may be
// missing, and one destroyed meanwhile be there, which Replay puts right.
func (v *Vault) Dump(ctx context.Context, out func(Record) error) error {
	after := ""
	for {
		rows, err := v.store.dumpKeys(ctx, after)
		if err != nil {
			return err
		}
		if len(rows) == 0 {
			break
		}
		for _, r := range rows {
			if err := out(r); err != nil {
				return err
			}
		}
		after = rows[len(rows)-1].Subject
	}
	after = ""
	for {
		lines, err := v.store.lines(ctx, after, wrapsAtOnce)
		if err != nil || len(lines) == 0 {
			return err
		}
		for _, e := range lines {
			if err := out(Record{Subject: e.subject, Why: e.why, At: e.at}); err != nil {
				return err
			}
		}
		after = lines[len(lines)-1].subject
	}
}

func (s *store) dumpKeys(ctx context.Context, after string) (out []Record, err error) {
	rows, err := s.db.Reader().QueryContext(ctx,
		`SELECT subject, wrapped, made_at FROM `+s.prefix+`vault_key WHERE subject > $1 ORDER BY subject LIMIT $2`, after, wrapsAtOnce)
	if err != nil {
		return nil, fmt.Errorf("seal: read keys: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var r Record
		if err := rows.Scan(&r.Subject, &r.Wrapped, &r.At); err != nil {
			return nil, fmt.Errorf("seal: read keys: %w", err)
		}
		out = append(out, r)
	}
	return out, rows.Err()
}

// Load puts lines of a backup into the key store; what is there already stays.
// Replay must follow.
func (v *Vault) Load(ctx context.Context, lines []Record) error {
	p := v.store.prefix
	err := v.store.db.Claim(ctx, func(tx *sqldb.Tx) error {
		for _, r := range lines {
			var err error
			if r.Why != "" {
				_, err = tx.ExecContext(ctx, `INSERT INTO `+p+`vault_erased (subject, why, at) VALUES ($1, $2, $3)
					ON CONFLICT (subject) DO UPDATE SET why = excluded.why, at = excluded.at WHERE excluded.at > vault_erased.at`, r.Subject, r.Why, r.At)
			} else {
				_, err = tx.ExecContext(ctx, `INSERT INTO `+p+`vault_key (subject, wrapped, made_at) VALUES ($1, $2, $3) ON CONFLICT (subject) DO NOTHING`, r.Subject, r.Wrapped, r.At)
			}
			if err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("seal: load keys: %w", err)
	}
	return nil
}
