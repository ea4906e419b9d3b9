package seal

import (
	"context"
	"fmt"
	"slices"
	"time"

	"bilin/internal/sqldb"
)

// Erase destroys the subject's key and enters that in the ledger; why is a
// code. It may be repeated. A subject that is sealed for again gets a new key,
// which opens nothing of before.
func (v *Vault) Erase(ctx context.Context, subject, why string, at time.Time) error {
	err := v.o.DB.Write(ctx, func(tx *sqldb.Tx) error { return v.enter(ctx, tx, why, at, []string{subject}) })
	if err != nil {
		return err
	}
	return v.destroy(ctx, []erased{{subject, why, sqldb.Millis(at)}})
}

// EraseIn is Erase as part of a command: the ledger's rows commit with it, and
// the keys go right after. Should the program end in between, they go at its
// next start.
func (v *Vault) EraseIn(ctx context.Context, tx *sqldb.Tx, why string, at time.Time, subjects ...string) error {
	if err := v.enter(ctx, tx, why, at, subjects); err != nil {
		return err
	}
	tx.OnCommit(func() {
		lines := make([]erased, len(subjects))
		for i, subject := range subjects {
			lines[i] = erased{subject, why, sqldb.Millis(at)}
			v.doom(lines[i])
			v.cache.forget(subject)
		}
		v.work.Go(func() {
			ctx := context.WithoutCancel(ctx)
			err := v.finishAll(ctx)
			if err == nil {
				err = v.markDone(ctx, lines)
			}
			if err != nil {
				v.o.Logger.Error("seal: keys not destroyed yet, will be tried again", "keys", len(lines), "err", err)
			}
		})
	})
	return nil
}

// doom notes a key that is to be destroyed, however long that takes: until then
// it opens and seals nothing here.
func (v *Vault) doom(e erased) {
	v.waiting.Add(1)
	if _, before := v.dying.Swap(e.subject, e); before {
		v.waiting.Add(-1)
	}
}

func (v *Vault) enter(ctx context.Context, tx *sqldb.Tx, why string, at time.Time, subjects []string) error {
	for _, subject := range subjects {
		_, err := tx.ExecContext(ctx, `INSERT INTO erasure (subject, why, at, done) VALUES ($1, $2, $3, 0)
			ON CONFLICT (subject) DO UPDATE SET why = excluded.why, at = excluded.at, done = 0`, subject, why, sqldb.Millis(at))
		if err != nil {
			return fmt.Errorf("seal: ledger: %w", err)
		}
	}
	return nil
}

// Destroying touches the data only after the key store is done and without the
// lock: a command that holds the data's writer may be waiting here for a new key.

// destroy deletes keys whose lines stand in the ledger, and marks these done.
func (v *Vault) destroy(ctx context.Context, lines []erased) error {
	if err := v.delete(ctx, lines, whatever); err != nil {
		return err
	}
	return v.markDone(ctx, lines)
}

func (v *Vault) delete(ctx context.Context, lines []erased, which which) error {
	v.destroying.Lock()
	defer v.destroying.Unlock()
	return v.deleteNow(ctx, lines, which)
}

func (v *Vault) deleteNow(ctx context.Context, lines []erased, which which) error {
	if len(lines) == 0 {
		return nil
	}
	if err := v.store.destroy(ctx, lines, which); err != nil {
		return err
	}
	for _, e := range lines {
		v.cache.forget(e.subject)
		if _, was := v.dying.LoadAndDelete(e.subject); was {
			v.waiting.Add(-1)
		}
	}
	return v.store.shred(ctx)
}

// finishDying destroys those of the lines that are committed and not destroyed
// yet. Whoever makes a new key does it first, so that the new one stays.
func (v *Vault) finishDying(ctx context.Context, subjects []string) error {
	if v.waiting.Load() == 0 {
		return nil
	}
	v.destroying.Lock()
	defer v.destroying.Unlock()
	var lines []erased
	for _, subject := range subjects {
		if e, ok := v.dying.Load(subject); ok {
			lines = append(lines, e.(erased))
		}
	}
	return v.deleteNow(ctx, lines, whatever)
}

// finishAll is finishDying for all of them: of many that end at once, the first
// one's turn does the work of those who wait behind it.
func (v *Vault) finishAll(ctx context.Context) error {
	v.destroying.Lock()
	defer v.destroying.Unlock()
	var lines []erased
	v.dying.Range(func(_, e any) bool {
		lines = append(lines, e.(erased))
		return true
	})
	return v.deleteNow(ctx, lines, whatever)
}

func (v *Vault) markDone(ctx context.Context, lines []erased) error {
	return v.o.DB.Write(ctx, func(tx *sqldb.Tx) error {
		for _, e := range lines {
			if _, err := tx.ExecContext(ctx, `UPDATE erasure SET done = 1 WHERE subject = $1 AND at = $2`, e.subject, e.at); err != nil {
				return fmt.Errorf("seal: ledger: %w", err)
			}
		}
		return nil
	})
}

// Settle destroys what the ledger says is to be gone and isn't known to be.
func (v *Vault) Settle(ctx context.Context) error {
	for {
		lines, err := readLines(ctx, v.o.DB.Reader(), `SELECT subject, why, at FROM erasure WHERE done = 0 ORDER BY at, subject LIMIT $1`, atOnce)
		if err != nil || len(lines) == 0 {
			return err
		}
		if err := v.delete(ctx, lines, unfinished); err != nil {
			return err
		}
		if err := v.markDone(ctx, lines); err != nil {
			return err
		}
	}
}

// finishOthers destroys those keys of the subjects whose end is committed and
// not known to be done, by a replica that ended before, or is about to. It asks
// beside whatever transaction the caller is in, which may hold the data's writer.
func (v *Vault) finishOthers(ctx context.Context, subjects []string) error {
	q := v.o.DB.Beside()
	if v.o.DB.Engine() == sqldb.Postgres {
		q = v.store.db.Reader() // connections of our own: the others may all be waiting for this
	}
	open, err := readLines(ctx, q, `SELECT subject, why, at FROM erasure WHERE done = 0`)
	if err != nil || len(open) == 0 {
		return err
	}
	return v.delete(ctx, slices.DeleteFunc(open, func(e erased) bool { return !slices.Contains(subjects, e.subject) }), unfinished)
}

// Replay makes the ledgers of the data and of the key store one, and destroys
// again what a restored backup of either has brought back. It returns the
// subjects whose lines the data didn't have.
func (v *Vault) Replay(ctx context.Context) (learned []string, err error) {
	if learned, err = v.learn(ctx); err != nil {
		return nil, err
	}
	if err := v.Settle(ctx); err != nil {
		return nil, err
	}
	after := ""
	for {
		lines, err := readLines(ctx, v.o.DB.Reader(), `SELECT subject, why, at FROM erasure WHERE subject > $1 ORDER BY subject LIMIT $2`, after, atOnce)
		if err != nil {
			return nil, err
		}
		if len(lines) == 0 {
			return learned, nil
		}
		if err := v.delete(ctx, lines, older); err != nil {
			return nil, err
		}
		after = lines[len(lines)-1].subject
	}
}

// learn enters into the data's ledger what only the key store's has, or has later.
func (v *Vault) learn(ctx context.Context) (learned []string, err error) {
	after := ""
	for {
		lines, err := v.store.lines(ctx, after, atOnce)
		if err != nil || len(lines) == 0 {
			return learned, err
		}
		after = lines[len(lines)-1].subject
		var fresh []string
		err = v.o.DB.Write(ctx, func(tx *sqldb.Tx) error {
			fresh, err = enterMissing(ctx, tx, lines)
			return err
		})
		if err != nil {
			return nil, err
		}
		learned = slices.Concat(learned, fresh)
	}
}

func enterMissing(ctx context.Context, tx *sqldb.Tx, lines []erased) (fresh []string, err error) {
	for _, e := range lines {
		res, err := tx.ExecContext(ctx, `INSERT INTO erasure (subject, why, at, done, learned) VALUES ($1, $2, $3, 0, 1)
			ON CONFLICT (subject) DO UPDATE SET why = excluded.why, at = excluded.at, done = 0, learned = 1 WHERE excluded.at > erasure.at`, e.subject, e.why, e.at)
		if err != nil {
			return nil, fmt.Errorf("seal: ledger: %w", err)
		}
		if n, err := res.RowsAffected(); err != nil || n == 0 {
			if err != nil {
				return nil, err
			}
			continue
		}
		fresh = append(fresh, e.subject)
	}
	return fresh, nil
}

// Erased is a line of the ledger.
type Erased struct{ Subject, Why string }

// Forget hands what the data learned of from the key store to drop, which
// erases again what isn't sealed, such as names. It is handed out until a drop
// has committed.
func (v *Vault) Forget(ctx context.Context, drop func(ctx context.Context, tx *sqldb.Tx, gone []Erased) error) error {
	for {
		lines, err := readLines(ctx, v.o.DB.Reader(), `SELECT subject, why, at FROM erasure WHERE learned = 1 ORDER BY subject LIMIT $1`, atOnce)
		if err != nil || len(lines) == 0 {
			return err
		}
		gone := make([]Erased, len(lines))
		for i, e := range lines {
			gone[i] = Erased{e.subject, e.why}
		}
		err = v.o.DB.Write(ctx, func(tx *sqldb.Tx) error {
			if err := drop(ctx, tx, gone); err != nil {
				return err
			}
			for _, e := range gone {
				if _, err := tx.ExecContext(ctx, `UPDATE erasure SET learned = 0 WHERE subject = $1`, e.Subject); err != nil {
					return fmt.Errorf("seal: ledger: %w", err)
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
}

// replayIfBehind replays when the two ledgers differ in length or in their latest
// line, as they do after either of them came from a backup; else it settles. Length
// alone doesn't tell: who is erased a second time adds no line.
func (v *Vault) replayIfBehind(ctx context.Context) error {
	var data, vault struct{ lines, latest int64 }
	if err := v.o.DB.Reader().QueryRowContext(ctx, `SELECT count(*), COALESCE(max(at), 0) FROM erasure WHERE done = 1`).Scan(&data.lines, &data.latest); err != nil {
		return fmt.Errorf("seal: ledger: %w", err)
	}
	if err := v.store.db.Reader().QueryRowContext(ctx, `SELECT count(*), COALESCE(max(at), 0) FROM `+v.store.prefix+`vault_erased`).Scan(&vault.lines, &vault.latest); err != nil {
		return fmt.Errorf("seal: ledger: %w", err)
	}
	if data == vault {
		return v.Settle(ctx)
	}
	_, err := v.Replay(ctx)
	return err
}
