package programme

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"bilin/internal/errs"
	"bilin/internal/sqldb"
)

// Accounts beside the members' own.
const (
	source  = "source"  // where budgets come from; the only one that goes below nothing
	budget  = "budget"  // what can still be given
	rewards = "rewards" // what was spent
)

// EntryKind is what moved points.
type EntryKind string

// The kinds, each from one account to another. None takes points from a member
// but the member's own choice.
const (
	Fund   EntryKind = "fund"   // source → budget
	Unfund EntryKind = "unfund" // budget → source
	Award  EntryKind = "award"  // budget → member
	Spend  EntryKind = "spend"  // member → rewards
	Return EntryKind = "return" // rewards → member
)

// between says from which account to which an entry moves points.
func between(kind EntryKind, memberID string) (from, to string) {
	switch kind {
	case Fund:
		return source, budget
	case Unfund:
		return budget, source
	case Award:
		return budget, memberID
	case Spend:
		return memberID, rewards
	case Return:
		return rewards, memberID
	}
	return "", ""
}

// Entry is a line of the ledger as everybody reads it: without whose it is.
type Entry struct {
	Seq    int64
	At     time.Time
	Kind   EntryKind
	Label  string // the kind of act of an award, the reward's name of a spend or return
	Points int64
	Digest string
}

// move adds an entry with its two postings. It fails with a Conflict if the
// account that gives has too little.
func move(ctx context.Context, tx *sqldb.Tx, programmeID string, kind EntryKind, memberID string, points int64, ref, label string, at time.Time) error {
	from, to := between(kind, memberID)
	if points <= 0 || from == "" || to == "" {
		return fmt.Errorf("programme: a %s of %d points from %q to %q", kind, points, from, to)
	}
	last, before, err := tip(ctx, tx, programmeID)
	if err != nil {
		return err
	}
	seq := last + 1
	digest := chain(before, programmeID, seq, at, kind, ref, label, from, to, points)
	_, err = tx.ExecContext(ctx, `INSERT INTO programme_entry (programme_id, seq, at, kind, ref, label, digest) VALUES ($1, $2, $3, $4, $5, $6, $7)`,
		programmeID, seq, sqldb.Millis(at), string(kind), ref, label, digest)
	if err != nil {
		return fmt.Errorf("programme: entry: %w", err)
	}
	rows := [][]any{{programmeID, seq, from, -points}, {programmeID, seq, to, points}}
	if err := sqldb.InsertMany(ctx, tx, "programme_posting", []string{"programme_id", "seq", "account", "points"}, rows, ""); err != nil {
		return err
	}
	if err := take(ctx, tx, programmeID, from, points); err != nil {
		return err
	}
	return give(ctx, tx, programmeID, to, points)
}

// take lowers an account, never below nothing but the source.
func take(ctx context.Context, tx *sqldb.Tx, programmeID, account string, points int64) error {
	if account == source {
		return give(ctx, tx, programmeID, account, -points)
	}
	res, err := tx.ExecContext(ctx, `UPDATE programme_account SET points = points - $1 WHERE programme_id = $2 AND account = $3 AND points >= $1`,
		points, programmeID, account)
	if err != nil {
		return fmt.Errorf("programme: account: %w", err)
	}
	if n, err := res.RowsAffected(); err != nil || n != 1 {
		return errs.Wrap(err, errs.Conflict, "programme.too_little")
	}
	return nil
}

func give(ctx context.Context, tx *sqldb.Tx, programmeID, account string, points int64) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO programme_account (programme_id, account, points) VALUES ($1, $2, $3)
		ON CONFLICT (programme_id, account) DO UPDATE SET points = programme_account.points + excluded.points`, programmeID, account, points)
	if err != nil {
		return fmt.Errorf("programme: account: %w", err)
	}
	return nil
}

// tip is the last entry's place and digest; 0 and "" before the first.
func tip(ctx context.Context, q sqldb.Querier, programmeID string) (seq int64, digest string, err error) {
	err = q.QueryRowContext(ctx, `SELECT seq, digest FROM programme_entry WHERE programme_id = $1 ORDER BY seq DESC LIMIT 1`, programmeID).Scan(&seq, &digest)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, "", nil
	}
	return seq, digest, err
}

// chain ties an entry to the one before it: none can be changed, left out or
// put in between without all later digests changing.
func chain(before, programmeID string, seq int64, at time.Time, kind EntryKind, ref, label, from, to string, points int64) string {
	sum := sha256.Sum256(fmt.Appendf(nil, "%s\n%s\n%d\n%d\n%s\n%q\n%q\n%s\n%s\n%d\n", before, programmeID, seq, sqldb.Millis(at), kind, ref, label, from, to, points))
	return hex.EncodeToString(sum[:])
}

// balance is what a member has.
func balance(ctx context.Context, q sqldb.Querier, programmeID, memberID string) (points int64, err error) {
	err = q.QueryRowContext(ctx, `SELECT points FROM programme_account WHERE programme_id = $1 AND account = $2`, programmeID, memberID).Scan(&points)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, nil
	}
	return points, err
}

// Ledger lists entries, newest first, before the one with seq cursor; 0 begins
// with the last. next is 0 on the last page.
func (s *Service) Ledger(ctx context.Context, programmeID string, cursor int64, limit int) (list []Entry, next int64, err error) {
	if cursor <= 0 {
		cursor = 1 << 62
	}
	list, err = sqldb.Collect(ctx, s.o.DB.Reader(), func(r *sql.Rows, e *Entry) error {
		var at int64
		err := r.Scan(&e.Seq, &at, &e.Kind, &e.Label, &e.Digest, &e.Points)
		e.At = sqldb.Time(at)
		return err
	}, `SELECT e.seq, e.at, e.kind, e.label, e.digest, p.points FROM programme_entry e
		JOIN programme_posting p ON p.programme_id = e.programme_id AND p.seq = e.seq AND p.points > 0
		WHERE e.programme_id = $1 AND e.seq < $2 ORDER BY e.seq DESC LIMIT $3`, programmeID, cursor, limit+1)
	if err == nil && len(list) > limit {
		list, next = list[:limit], list[limit-1].Seq
	}
	return list, next, err
}

// Fault is what Check found wrong.
type Fault struct {
	Seq  int64  // of the entry; 0 for an account
	What string // "gap", "digest", "postings", "account"
}

// posted is an entry with its postings.
type posted struct {
	Entry
	ref      string
	from, to string
	sum      int64
	n        int
}

// Check goes through a programme's whole ledger: no entry is missing or was
// changed, each sums to nothing, and every account holds the sum of its postings.
func (s *Service) Check(ctx context.Context, programmeID string) (faults []Fault, err error) {
	entries, err := sqldb.Collect(ctx, s.o.DB.Reader(), func(r *sql.Rows, e *posted) error {
		var at int64
		err := r.Scan(&e.Seq, &at, &e.Kind, &e.ref, &e.Label, &e.Digest, &e.from, &e.to, &e.Points, &e.sum, &e.n)
		e.At = sqldb.Time(at)
		return err
	}, `SELECT e.seq, e.at, e.kind, e.ref, e.label, e.digest, COALESCE(MIN(CASE WHEN p.points < 0 THEN p.account END), ''),
		COALESCE(MIN(CASE WHEN p.points > 0 THEN p.account END), ''), COALESCE(MAX(p.points), 0), COALESCE(SUM(p.points), 0), COUNT(p.account)
		FROM programme_entry e LEFT JOIN programme_posting p ON p.programme_id = e.programme_id AND p.seq = e.seq
		WHERE e.programme_id = $1 GROUP BY e.seq, e.at, e.kind, e.ref, e.label, e.digest ORDER BY e.seq`, programmeID)
	if err != nil {
		return nil, fmt.Errorf("programme: check: %w", err)
	}
	before, last := "", int64(0)
	for _, e := range entries {
		switch {
		case e.Seq != last+1:
			faults = append(faults, Fault{e.Seq, "gap"})
		case e.n != 2 || e.sum != 0:
			faults = append(faults, Fault{e.Seq, "postings"})
		case e.Digest != chain(before, programmeID, e.Seq, e.At, e.Kind, e.ref, e.Label, e.from, e.to, e.Points):
			faults = append(faults, Fault{e.Seq, "digest"})
		}
		before, last = e.Digest, e.Seq
	}
	var wrong int
	err = s.o.DB.Reader().QueryRowContext(ctx, `SELECT COUNT(*) FROM (
		SELECT account, SUM(points) AS n FROM (
			SELECT account, points FROM programme_posting WHERE programme_id = $1
			UNION ALL SELECT account, -points FROM programme_account WHERE programme_id = $1) x GROUP BY account) y WHERE n <> 0`, programmeID).Scan(&wrong)
	if wrong > 0 {
		faults = append(faults, Fault{0, "account"})
	}
	return faults, err
}
