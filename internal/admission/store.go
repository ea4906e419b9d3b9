package admission

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"time"

	"bilin/internal/errs"
	"bilin/internal/number"
	"bilin/internal/sqldb"
)

const columns = `id, number, state, content, conditions, priority, emergency, ends_at, reviewed_at, submitted_at, decide_by, decided_at,
	created_at, created_by, seq, version`

// numberDigits is how many a number has between the year and the check digit, at least.
const numberDigits = 5

// nextNumber hands out the next number of a year. Matters are few: the counter's
// one row is no queue.
func nextNumber(ctx context.Context, tx *sqldb.Tx, year int) (string, error) {
	var n int
	err := tx.QueryRowContext(ctx, `INSERT INTO meta (key, value) VALUES ($1, '1')
		ON CONFLICT (key) DO UPDATE SET value = CAST(CAST(meta.value AS BIGINT) + 1 AS TEXT) RETURNING CAST(value AS BIGINT)`,
		"matter.seq."+strconv.Itoa(year)).Scan(&n)
	if err != nil {
		return "", fmt.Errorf("admission: number: %w", err)
	}
	return number.Of("M", year, n, numberDigits), nil
}

func insert(ctx context.Context, tx *sqldb.Tx, m *Matter) error {
	raw, err := json.Marshal(m.Content)
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, `INSERT INTO matter (`+columns+`, department_id, function_id, title, from_day, until_day)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21)`,
		m.ID, m.Number, string(m.State), string(raw), m.Conditions, m.Priority, sqldb.Flag(m.Emergency), sqldb.MillisOrZero(m.EndsAt), sqldb.MillisOrZero(m.ReviewedAt),
		sqldb.MillisOrZero(m.SubmittedAt), sqldb.MillisOrZero(m.DecideBy), sqldb.MillisOrZero(m.DecidedAt), sqldb.MillisOrZero(m.CreatedAt), m.CreatedBy, m.Seq, m.Version,
		m.DepartmentID, m.FunctionID, m.Title, m.From, m.Until)
	if err != nil {
		return fmt.Errorf("admission: insert: %w", err)
	}
	return nil
}

// save writes a changed matter, if nobody changed it since it was read.
func save(ctx context.Context, tx *sqldb.Tx, m *Matter) error {
	raw, err := json.Marshal(m.Content)
	if err != nil {
		return err
	}
	m.Seq, m.Version = m.Seq+1, m.Version+1
	result, err := tx.ExecContext(ctx, `UPDATE matter SET state = $1, content = $2, conditions = $3, priority = $4, emergency = $5, ends_at = $6,
		reviewed_at = $7, submitted_at = $8, decide_by = $9, decided_at = $10, seq = $11, version = $12,
		department_id = $13, function_id = $14, title = $15, from_day = $16, until_day = $17 WHERE id = $18 AND seq = $19`,
		string(m.State), string(raw), m.Conditions, m.Priority, sqldb.Flag(m.Emergency), sqldb.MillisOrZero(m.EndsAt),
		sqldb.MillisOrZero(m.ReviewedAt), sqldb.MillisOrZero(m.SubmittedAt), sqldb.MillisOrZero(m.DecideBy), sqldb.MillisOrZero(m.DecidedAt), m.Seq, m.Version,
		m.DepartmentID, m.FunctionID, m.Title, m.From, m.Until, m.ID, m.Seq-1)
	if err != nil {
		return fmt.Errorf("admission: save: %w", err)
	}
	if n, err := result.RowsAffected(); err != nil || n != 1 {
		return errors.Join(errs.E(errs.Conflict, "matter.stale"), err)
	}
	return nil
}

func byNumber(ctx context.Context, q sqldb.Querier, text string) (*Matter, error) {
	n, ok := number.Parse("M", text)
	if !ok {
		return nil, notHere()
	}
	return one(ctx, q, `number = $1`, n)
}

func one(ctx context.Context, q sqldb.Querier, where string, args ...any) (*Matter, error) {
	list, err := many(ctx, q, where, args...)
	if err != nil {
		return nil, err
	}
	if len(list) == 0 {
		return nil, notHere()
	}
	return list[0], nil
}

func many(ctx context.Context, q sqldb.Querier, where string, args ...any) ([]*Matter, error) {
	rows, err := q.QueryContext(ctx, `SELECT `+columns+` FROM matter WHERE `+where, args...)
	if err != nil {
		return nil, fmt.Errorf("admission: read: %w", err)
	}
	defer rows.Close()
	var out []*Matter
	for rows.Next() {
		m, err := scan(rows)
		if err != nil {
			return nil, err
		}
		out = append(out, m)
	}
	return out, rows.Err()
}

func scan(rows *sql.Rows) (*Matter, error) {
	var m Matter
	var content string
	var ends, reviewed, submitted, decideBy, decided, created int64
	err := rows.Scan(&m.ID, &m.Number, &m.State, &content, &m.Conditions, &m.Priority, &m.Emergency, &ends, &reviewed, &submitted, &decideBy, &decided,
		&created, &m.CreatedBy, &m.Seq, &m.Version)
	if err != nil {
		return nil, fmt.Errorf("admission: scan: %w", err)
	}
	m.EndsAt, m.ReviewedAt, m.SubmittedAt, m.DecideBy = sqldb.TimeOrZero(ends), sqldb.TimeOrZero(reviewed), sqldb.TimeOrZero(submitted), sqldb.TimeOrZero(decideBy)
	m.DecidedAt, m.CreatedAt = sqldb.TimeOrZero(decided), sqldb.TimeOrZero(created)
	return &m, json.Unmarshal([]byte(content), &m.Content)
}

func addEvent(ctx context.Context, tx *sqldb.Tx, matterID string, e Event) error {
	detail := "[]"
	if len(e.Findings) > 0 {
		raw, err := json.Marshal(e.Findings)
		if err != nil {
			return err
		}
		detail = string(raw)
	}
	_, err := tx.ExecContext(ctx, `INSERT INTO matter_event (matter_id, seq, at, kind, actor_id, actor_name, role, unit_id, department_id, text, detail)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`,
		matterID, e.Seq, sqldb.MillisOrZero(e.At), e.Kind, e.ActorID, e.ActorName, e.Role, e.UnitID, e.DepartmentID, e.Text, detail)
	if err != nil {
		return fmt.Errorf("admission: event: %w", err)
	}
	return nil
}

func eventsOf(ctx context.Context, q sqldb.Querier, matterID string) ([]Event, error) {
	rows, err := q.QueryContext(ctx, `SELECT seq, at, kind, actor_id, actor_name, role, unit_id, department_id, text, detail
		FROM matter_event WHERE matter_id = $1 ORDER BY seq`, matterID)
	if err != nil {
		return nil, fmt.Errorf("admission: events: %w", err)
	}
	defer rows.Close()
	var out []Event
	for rows.Next() {
		var e Event
		var at int64
		var detail string
		if err := rows.Scan(&e.Seq, &at, &e.Kind, &e.ActorID, &e.ActorName, &e.Role, &e.UnitID, &e.DepartmentID, &e.Text, &detail); err != nil {
			return nil, fmt.Errorf("admission: events: %w", err)
		}
		e.At = sqldb.TimeOrZero(at)
		if err := json.Unmarshal([]byte(detail), &e.Findings); err != nil {
			return nil, err
		}
		out = append(out, e)
	}
	return out, rows.Err()
}

// lapsed lists the permits whose time is over.
func lapsed(ctx context.Context, q sqldb.Querier, today string, now time.Time) (numbers []string, err error) {
	rows, err := q.QueryContext(ctx, `SELECT number FROM matter WHERE state = 'admitted'
		AND (emergency = 0 AND until_day < $1 OR emergency = 1 AND ends_at <= $2) ORDER BY until_day, id`, today, sqldb.MillisOrZero(now))
	if err != nil {
		return nil, fmt.Errorf("admission: lapsed: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var number string
		if err := rows.Scan(&number); err != nil {
			return nil, err
		}
		numbers = append(numbers, number)
	}
	return numbers, rows.Err()
}

// Store writes a matter with its past as it is, for a city that begins with one.
func (s *Service) Store(ctx context.Context, tx *sqldb.Tx, m *Matter, events []Event, objections []Objection) error {
	if m.Number == "" {
		var err error
		if m.Number, err = nextNumber(ctx, tx, m.CreatedAt.Year()); err != nil {
			return err
		}
	}
	if err := insert(ctx, tx, m); err != nil {
		return err
	}
	for _, e := range events {
		if err := addEvent(ctx, tx, m.ID, e); err != nil {
			return err
		}
	}
	for _, o := range objections {
		if err := addObjection(ctx, tx, o); err != nil {
			return err
		}
	}
	return nil
}
