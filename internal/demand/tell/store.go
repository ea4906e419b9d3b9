package tell

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"bilin/internal/sqldb"
)

// message is a row, with what its text is made of.
type message struct {
	id, demandID, recipient string
	seq                     int
	word                    Word
	state                   State
	attempts                int
	at                      time.Time
	why                     string

	number, ownerID string // of the demand
	contact, track  string // sealed
	household       string // whose key sealed the contact, if any
	unit, name      string // who did it
	toUnit, toName  string // who has it now
	held            bool   // an earlier message to the same recipient is still queued
}

var columns = []string{"id", "demand_id", "seq", "recipient", "word", "channel", "state", "attempts", "at", "sent_at", "error"}

func insert(ctx context.Context, tx *sqldb.Tx, list []message) error {
	rows := make([][]any, len(list))
	for i, m := range list {
		rows[i] = []any{m.id, m.demandID, m.seq, m.recipient, string(m.word), "sms", string(m.state), 0, sqldb.Millis(m.at), 0, m.why}
	}
	return sqldb.InsertMany(ctx, tx, "demand_message", columns, rows, "ON CONFLICT (demand_id, seq, recipient) DO NOTHING")
}

// followers lists who follows a demand and left a number.
func followers(ctx context.Context, tx *sqldb.Tx, demandID string) (ids []string, err error) {
	rows, err := tx.QueryContext(ctx, `SELECT id FROM demand_follow WHERE demand_id = $1 AND contact IS NOT NULL ORDER BY id`, demandID)
	if err != nil {
		return nil, fmt.Errorf("tell: followers: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var id string
		if err := rows.Scan(&id); err != nil {
			return nil, fmt.Errorf("tell: followers: %w", err)
		}
		ids = append(ids, id)
	}
	return ids, rows.Err()
}

// load reads a queued message with everything that its text is made of; ok is
// false if there is nothing to be sent any more.
func load(ctx context.Context, q sqldb.Querier, id string) (m message, ok bool, err error) {
	var at int64
	var contact, followed, household sql.NullString
	err = q.QueryRowContext(ctx, `SELECT m.id, m.demand_id, m.seq, m.recipient, m.word, m.attempts, m.at,
		d.number, d.owner_id, d.contact, d.household_id, d.track, f.contact, e.unit_name, e.name, e.to_unit_name, e.to_name,
		EXISTS (SELECT 1 FROM demand_message b WHERE b.demand_id = m.demand_id AND b.recipient = m.recipient AND b.seq < m.seq AND b.state = 'queued')
		FROM demand_message m JOIN demand d ON d.id = m.demand_id
		JOIN demand_event e ON e.demand_id = m.demand_id AND e.seq = m.seq
		LEFT JOIN demand_follow f ON f.id = m.recipient
		WHERE m.id = $1 AND m.state = 'queued'`, id).Scan(&m.id, &m.demandID, &m.seq, &m.recipient, &m.word, &m.attempts, &at,
		&m.number, &m.ownerID, &contact, &household, &m.track, &followed, &m.unit, &m.name, &m.toUnit, &m.toName, &m.held)
	if errors.Is(err, sql.ErrNoRows) {
		return m, false, nil
	}
	if err != nil {
		return m, false, fmt.Errorf("tell: load: %w", err)
	}
	m.at, m.contact, m.household = sqldb.Time(at), contact.String, household.String
	if m.recipient != author {
		m.contact = followed.String
	}
	return m, true, nil
}

// settle ends a message.
func settle(ctx context.Context, tx *sqldb.Tx, m message, state State, why string, sent time.Time) error {
	_, err := tx.ExecContext(ctx, `UPDATE demand_message SET state = $1, error = $2, sent_at = $3, attempts = $4
		WHERE id = $5 AND state = 'queued'`, string(state), why, sqldb.MillisOrZero(sent), m.attempts, m.id)
	if err != nil {
		return fmt.Errorf("tell: settle: %w", err)
	}
	return nil
}

// postpone keeps a message queued after an attempt that failed.
func postpone(ctx context.Context, tx *sqldb.Tx, m message, why string) error {
	_, err := tx.ExecContext(ctx, `UPDATE demand_message SET error = $1, attempts = $2 WHERE id = $3 AND state = 'queued'`, why, m.attempts, m.id)
	if err != nil {
		return fmt.Errorf("tell: postpone: %w", err)
	}
	return nil
}

// waiting lists queued messages from before a time, oldest first, a bounded
// number after the last that was listed.
func waiting(ctx context.Context, q sqldb.Querier, before time.Time, after message) (list []message, err error) {
	rows, err := q.QueryContext(ctx, `SELECT id, at FROM demand_message
		WHERE state = 'queued' AND at < $1 AND (at, id) > ($2, $3) ORDER BY at, id LIMIT 500`,
		sqldb.Millis(before), sqldb.MillisOrZero(after.at), after.id)
	if err != nil {
		return nil, fmt.Errorf("tell: waiting: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var m message
		var at int64
		if err := rows.Scan(&m.id, &at); err != nil {
			return nil, fmt.Errorf("tell: waiting: %w", err)
		}
		m.at = sqldb.Time(at)
		list = append(list, m)
	}
	return list, rows.Err()
}

// listed groups a demand's messages for its page: the author's by themselves,
// those of everybody who follows by their state.
func listed(ctx context.Context, q sqldb.Querier, demandID string) (list []Message, err error) {
	rows, err := q.QueryContext(ctx, `SELECT seq, CASE recipient WHEN 'author' THEN 0 ELSE 1 END AS followers, word, state, MAX(error), count(*), MAX(attempts), MIN(at), MAX(sent_at)
		FROM demand_message WHERE demand_id = $1 AND word <> 'reminded' GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 4`, demandID)
	if err != nil {
		return nil, fmt.Errorf("tell: list: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var m Message
		var followers int
		var at, sent int64
		if err := rows.Scan(&m.Seq, &followers, &m.Word, &m.State, &m.Error, &m.N, &m.Attempts, &at, &sent); err != nil {
			return nil, fmt.Errorf("tell: list: %w", err)
		}
		m.Followers, m.At = followers == 1, sqldb.Time(at)
		if sent > 0 {
			m.SentAt = sqldb.Time(sent)
		}
		list = append(list, m)
	}
	return list, rows.Err()
}
