package privacy

import (
	"context"
	"database/sql"
	"time"

	"bilin/internal/sqldb"
)

// code is one that proves who somebody is.
type code struct {
	ID, HouseholdID string
	Kind            Way
	Hash            string
	MadeAt, Until   time.Time
	UsedAt          time.Time
	By, ByName      string
	Tries           int
}

// good reports whether the code can still be used.
func (c *code) good(now time.Time) bool {
	return c.UsedAt.IsZero() && c.Tries < mostTries && now.Before(c.Until)
}

const codeColumns = `id, kind, household_id, hash, made_at, until_at, made_by, made_name, used_at, tries`

func scanCode(row *sql.Row) (c code, err error) {
	var made, until, used int64
	err = row.Scan(&c.ID, &c.Kind, &c.HouseholdID, &c.Hash, &made, &until, &c.By, &c.ByName, &used, &c.Tries)
	c.MadeAt, c.Until, c.UsedAt = sqldb.Time(made), sqldb.Time(until), orZero(used)
	return c, err
}

func orZero(ms int64) time.Time {
	if ms == 0 {
		return time.Time{}
	}
	return sqldb.Time(ms)
}

func codeByID(ctx context.Context, q sqldb.Querier, id string) (code, error) {
	return scanCode(q.QueryRowContext(ctx, `SELECT `+codeColumns+` FROM privacy_code WHERE id = $1`, id))
}

func codeByHash(ctx context.Context, q sqldb.Querier, hash string) (code, error) {
	return scanCode(q.QueryRowContext(ctx, `SELECT `+codeColumns+` FROM privacy_code WHERE kind = 'paper' AND hash = $1`, hash))
}

func insertCode(ctx context.Context, tx *sqldb.Tx, c code) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO privacy_code (`+codeColumns+`) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 0, 0)`,
		c.ID, string(c.Kind), c.HouseholdID, c.Hash, sqldb.Millis(c.MadeAt), sqldb.Millis(c.Until), c.By, c.ByName)
	return err
}

// codesSince counts the codes of a kind that a household was given; of none there are none.
func codesSince(ctx context.Context, q sqldb.Querier, householdID string, kind Way, since time.Time) (n int, err error) {
	err = q.QueryRowContext(ctx, `SELECT COUNT(*) FROM privacy_code WHERE household_id = $1 AND household_id <> '' AND kind = $2 AND made_at >= $3`,
		householdID, string(kind), sqldb.Millis(since)).Scan(&n)
	return n, err
}

func countTry(ctx context.Context, tx *sqldb.Tx, id string) error {
	_, err := tx.ExecContext(ctx, `UPDATE privacy_code SET tries = tries + 1 WHERE id = $1`, id)
	return err
}

func useCode(ctx context.Context, tx *sqldb.Tx, id string, now time.Time) error {
	_, err := tx.ExecContext(ctx, `UPDATE privacy_code SET used_at = $1 WHERE id = $2`, sqldb.Millis(now), id)
	return err
}

// voidCodes ends the paper codes of a household that nobody used.
func voidCodes(ctx context.Context, tx *sqldb.Tx, householdID string, now time.Time) error {
	_, err := tx.ExecContext(ctx, `UPDATE privacy_code SET until_at = $1 WHERE household_id = $2 AND kind = 'paper' AND used_at = 0 AND until_at > $1`,
		sqldb.Millis(now), householdID)
	return err
}

func insertSession(ctx context.Context, tx *sqldb.Tx, hash, householdID string, way Way, now time.Time) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO privacy_session (hash, household_id, way, made_at, until_at) VALUES ($1, $2, $3, $4, $5)`,
		hash, householdID, string(way), sqldb.Millis(now), sqldb.Millis(now.Add(SessionGood)))
	return err
}

func sessionBy(ctx context.Context, q sqldb.Querier, hash string) (s Session, err error) {
	var until int64
	err = q.QueryRowContext(ctx, `SELECT household_id, way, until_at FROM privacy_session WHERE hash = $1`, hash).Scan(&s.HouseholdID, &s.Way, &until)
	s.Until = sqldb.Time(until)
	return s, err
}

func dropSession(ctx context.Context, tx *sqldb.Tx, hash string) error {
	_, err := tx.ExecContext(ctx, `DELETE FROM privacy_session WHERE hash = $1`, hash)
	return err
}

const requestColumns = `id, number, key_hash, household_id, unit_id, village_id, kind, holder, item, words, way, desk, state, made_at, due_at, climb_at,
	warned_at, climbed_at, outcome, answer, law, answered_at, answered_role, version, stood, ordered, ordered_at, unchanged`

func requests(ctx context.Context, q sqldb.Querier, where string, args ...any) ([]Request, error) {
	return sqldb.Collect(ctx, q, func(row *sql.Rows, r *Request) error {
		var made, due, climb, warned, climbed, answered, ordered, unchanged int64
		err := row.Scan(&r.ID, &r.Number, &r.keyHash, &r.HouseholdID, &r.UnitID, &r.VillageID, &r.Kind, &r.Holder, &r.Item, &r.words, &r.Way, &r.Desk, &r.State,
			&made, &due, &climb, &warned, &climbed, &r.Outcome, &r.reply, &r.Law, &answered, &r.Role, &r.Version,
			&r.stood, &r.Ordered, &ordered, &unchanged)
		r.MadeAt, r.DueAt, r.ClimbAt, r.WarnedAt, r.ClimbedAt, r.AnsweredAt = sqldb.Time(made), sqldb.Time(due), orZero(climb), orZero(warned), orZero(climbed), orZero(answered)
		r.OrderedAt, r.Unchanged = orZero(ordered), unchanged == 1
		return err
	}, `SELECT `+requestColumns+` FROM privacy_request WHERE `+where, args...)
}

func oneRequest(ctx context.Context, q sqldb.Querier, number string) (Request, error) {
	list, err := requests(ctx, q, `number = $1`, number)
	if err == nil && len(list) == 0 {
		err = errNone()
	}
	if err != nil {
		return Request{}, err
	}
	return list[0], nil
}

func insertRequest(ctx context.Context, tx *sqldb.Tx, r *Request) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO privacy_request (`+requestColumns+`, answered_by)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, 0, 0, '', '', '', 0, '', 1, $17, '', 0, 0, '')`,
		r.ID, r.Number, r.keyHash, r.HouseholdID, r.UnitID, r.VillageID, string(r.Kind), r.Holder, r.Item, r.words, string(r.Way), string(r.Desk), string(r.State),
		sqldb.Millis(r.MadeAt), sqldb.Millis(r.DueAt), sqldb.MillisOrZero(r.ClimbAt), r.stood)
	return err
}

// updateRequest writes what the rules change.
func updateRequest(ctx context.Context, tx *sqldb.Tx, r *Request, by string) error {
	_, err := tx.ExecContext(ctx, `UPDATE privacy_request SET desk = $1, state = $2, warned_at = $3, climbed_at = $4, outcome = $5, answer = $6, law = $7,
		answered_at = $8, answered_by = $9, answered_role = $10, climb_at = $11, ordered = $12, ordered_at = $13, unchanged = $14, version = version + 1 WHERE id = $15`,
		string(r.Desk), string(r.State), sqldb.MillisOrZero(r.WarnedAt), sqldb.MillisOrZero(r.ClimbedAt), string(r.Outcome), r.reply, string(r.Law), sqldb.MillisOrZero(r.AnsweredAt), by, string(r.Role), sqldb.MillisOrZero(r.ClimbAt), string(r.Ordered), sqldb.MillisOrZero(r.OrderedAt), sqldb.Flag(r.Unchanged), r.ID)
	return err
}

// dropItems forgets which record the answered requests of a household were about,
// where a holder erased it; of all holders, or of all records, where that is "".
func dropItems(ctx context.Context, tx *sqldb.Tx, householdID, holder, item string) error {
	_, err := tx.ExecContext(ctx, `UPDATE privacy_request SET item = $1 WHERE household_id = $2 AND state = 'done' AND item <> ''
		AND (holder = $3 OR $3 = '') AND (item = $4 OR $4 = '')`, Dropped, householdID, holder, item)
	return err
}

func addStep(ctx context.Context, tx *sqldb.Tx, requestID string, s Step) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO privacy_step (id, request_id, at, kind, role, unit_id) VALUES ($1, $2, $3, $4, $5, $6)`,
		sqldb.NewID(), requestID, sqldb.Millis(s.At), s.Kind, string(s.Role), s.UnitID)
	return err
}

func stepsOf(ctx context.Context, q sqldb.Querier, requestID string) ([]Step, error) {
	return sqldb.Collect(ctx, q, func(row *sql.Rows, s *Step) error {
		var at int64
		err := row.Scan(&at, &s.Kind, &s.Role, &s.UnitID)
		s.At = sqldb.Time(at)
		return err
	}, `SELECT at, kind, role, unit_id FROM privacy_step WHERE request_id = $1 ORDER BY at, id`, requestID)
}

func nextNumber(ctx context.Context, tx *sqldb.Tx, year int) (n int, err error) {
	err = tx.QueryRowContext(ctx, `INSERT INTO privacy_number (year, last) VALUES ($1, 1)
		ON CONFLICT (year) DO UPDATE SET last = privacy_number.last + 1 RETURNING last`, year).Scan(&n)
	return n, err
}
