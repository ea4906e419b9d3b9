package purpose

import (
	"context"
	"database/sql"
	"math"
	"strconv"
	"strings"
	"time"

	"bilin/internal/auth"
	"bilin/internal/errs"
	"bilin/internal/sqldb"
)

// farAhead is later than any time.
const farAhead = math.MaxInt64

func insertReading(ctx context.Context, tx *sqldb.Tx, unitID, actorID string, r Reading) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO purpose_reading (id, household_id, unit_id, at, actor_id, role, by_unit_id, ground_kind, ground_id, title, what)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`,
		r.ID, r.HouseholdID, unitID, sqldb.Millis(r.At), actorID, string(r.Role), r.ByUnitID, r.Ground.Kind, r.Ground.ID, r.Title, r.What)
	return err
}

func readings(ctx context.Context, q sqldb.Querier, householdID, cursor string, limit int) ([]Reading, string, error) {
	at, id, err := parseCursor(cursor, farAhead)
	if err != nil {
		return nil, "", err
	}
	list, err := sqldb.Collect(ctx, q, func(r *sql.Rows, x *Reading) error {
		var at int64
		err := r.Scan(&x.ID, &x.HouseholdID, &at, &x.Role, &x.ByUnitID, &x.Ground.Kind, &x.Ground.ID, &x.Title, &x.What)
		x.At = sqldb.Time(at)
		return err
	}, `SELECT id, household_id, at, role, by_unit_id, ground_kind, ground_id, title, what FROM purpose_reading
		WHERE household_id = $1 AND (at, id) < ($2, $3) AND (ground_kind <> $4 OR ground_id <> $5) ORDER BY at DESC, id DESC LIMIT $6`,
		householdID, at, id, Itself.Kind, Itself.ID, limit+1)
	if err != nil || len(list) <= limit {
		return list, "", err
	}
	last := list[limit-1]
	return list[:limit], cursorOf(last.At, last.ID), nil
}

const breakColumns = `id, household_id, unit_id, actor_id, person_id, actor_name, role, by_unit_id, reason, words, opened_at, until_at, due_at, reads,
	verdict, reviewed_at, reviewer, note, told_at, version`

func breaks(ctx context.Context, q sqldb.Querier, where string, args ...any) ([]Break, error) {
	return sqldb.Collect(ctx, q, func(r *sql.Rows, b *Break) error {
		var at, until, due, reviewed, told int64
		err := r.Scan(&b.ID, &b.HouseholdID, &b.UnitID, &b.ActorID, &b.PersonID, &b.ActorName, &b.Role, &b.ByUnitID, &b.Reason, &b.Words,
			&at, &until, &due, &b.Reads, &b.Verdict, &reviewed, &b.Reviewer, &b.Note, &told, &b.Version)
		b.At, b.Until, b.Due, b.ReviewedAt, b.ToldAt = sqldb.Time(at), sqldb.Time(until), sqldb.Time(due), orZero(reviewed), orZero(told)
		return err
	}, `SELECT `+breakColumns+` FROM purpose_glass WHERE `+where, args...)
}

func orZero(ms int64) time.Time {
	if ms == 0 {
		return time.Time{}
	}
	return sqldb.Time(ms)
}

func oneBreak(ctx context.Context, q sqldb.Querier, id string) (Break, error) {
	found, err := breaks(ctx, q, `id = $1`, id)
	if err != nil {
		return Break{}, err
	}
	if len(found) == 0 {
		return Break{}, errNone
	}
	return found[0], nil
}

func page(ctx context.Context, q sqldb.Querier, where, cursor string, first int64, limit int) ([]Break, string, error) {
	at, id, err := parseCursor(cursor, first)
	if err != nil {
		return nil, "", err
	}
	list, err := breaks(ctx, q, where, at, id, limit+1)
	if err != nil || len(list) <= limit {
		return list, "", err
	}
	last := list[limit-1]
	return list[:limit], cursorOf(last.At, last.ID), nil
}

// goodGlass is what the actor may still open of a household without work.
func goodGlass(ctx context.Context, q sqldb.Querier, actorID, householdID string, now time.Time) ([]Work, error) {
	found, err := breaks(ctx, q, `household_id = $1 AND actor_id = $2 AND until_at > $3 ORDER BY opened_at DESC, id DESC LIMIT 1`,
		householdID, actorID, sqldb.Millis(now))
	var out []Work
	for _, b := range found {
		out = append(out, Work{Ground: Ground{Glass, b.ID}, Due: b.Until})
	}
	return out, err
}

// brokenSince counts the glass that somebody broke, by whichever of their accounts.
func brokenSince(ctx context.Context, q sqldb.Querier, actor auth.Actor, since time.Time) (n int, err error) {
	err = q.QueryRowContext(ctx, `SELECT COUNT(*) FROM purpose_glass WHERE opened_at > $1 AND (actor_id = $2 OR person_id <> '' AND person_id = $3)`,
		sqldb.Millis(since), actor.ID(), actor.PersonID).Scan(&n)
	return n, err
}

func insertBreak(ctx context.Context, tx *sqldb.Tx, b Break) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO purpose_glass (`+breakColumns+`, reviewed_by)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, 0, '', 0, '', '', 0, 1, '')`,
		b.ID, b.HouseholdID, b.UnitID, b.ActorID, b.PersonID, b.ActorName, string(b.Role), b.ByUnitID, string(b.Reason), b.Words,
		sqldb.Millis(b.At), sqldb.Millis(b.Until), sqldb.Millis(b.Due))
	return err
}

func countRead(ctx context.Context, tx *sqldb.Tx, id string) error {
	_, err := tx.ExecContext(ctx, `UPDATE purpose_glass SET reads = reads + 1 WHERE id = $1`, id)
	return err
}

func updateReview(ctx context.Context, tx *sqldb.Tx, b Break, by string) error {
	_, err := tx.ExecContext(ctx, `UPDATE purpose_glass SET verdict = $1, note = $2, reviewer = $3, reviewed_by = $4, reviewed_at = $5, version = version + 1 WHERE id = $6`,
		string(b.Verdict), b.Note, b.Reviewer, by, sqldb.Millis(b.ReviewedAt), b.ID)
	return err
}

func markTold(ctx context.Context, tx *sqldb.Tx, id string, now time.Time) (bool, error) {
	res, err := tx.ExecContext(ctx, `UPDATE purpose_glass SET told_at = $1 WHERE id = $2 AND told_at = 0 AND verdict = ''`, sqldb.Millis(now), id)
	if err != nil {
		return false, err
	}
	n, err := res.RowsAffected()
	return n == 1, err
}

// forget deletes a bounded number of what is older, and says how many.
func forget(ctx context.Context, tx *sqldb.Tx, before time.Time) (int64, error) {
	res, err := tx.ExecContext(ctx, `DELETE FROM purpose_reading WHERE id IN (SELECT id FROM purpose_reading WHERE at < $1 ORDER BY at LIMIT 1000)`, sqldb.Millis(before))
	if err != nil {
		return 0, err
	}
	n, err := res.RowsAffected()
	if err != nil {
		return n, err
	}
	res, err = tx.ExecContext(ctx, `DELETE FROM purpose_glass WHERE id IN (SELECT id FROM purpose_glass WHERE verdict <> '' AND opened_at < $1 ORDER BY opened_at LIMIT 1000)`, sqldb.Millis(before))
	if err != nil {
		return n, err
	}
	more, err := res.RowsAffected()
	return n + more, err
}

func cursorOf(at time.Time, id string) string {
	return strconv.FormatInt(sqldb.Millis(at), 10) + "." + id
}

func parseCursor(cursor string, first int64) (at int64, id string, err error) {
	if cursor == "" {
		return first, "", nil
	}
	ms, id, found := strings.Cut(cursor, ".")
	at, err = strconv.ParseInt(ms, 10, 64)
	if err != nil || !found {
		return 0, "", errs.E(errs.Invalid, "purpose.bad_cursor")
	}
	return at, id, nil
}
