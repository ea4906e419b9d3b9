package alert

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"bilin/internal/errs"
	"bilin/internal/sqldb"
)

const columns = `id, sender, identifier, sent, status, msg_type, scope, source, state, reason, note, event, headline, sender_name, severity, urgency,
	certainty, effective, onset, expires, area, hazard, villages, about_person, received_at, used_at, decided_at, decided_by, by_id, erased_at, version`

// instant is a time of the database that may not be given.
func instant(ms int64) time.Time {
	if ms == 0 {
		return time.Time{}
	}
	return sqldb.Time(ms)
}

func scan(r *sql.Rows, a *Alert) error {
	var sent, effective, onset, expires, received, used, decided, erased, person int64
	err := r.Scan(&a.ID, &a.Sender, &a.Identifier, &sent, &a.Status, &a.MsgType, &a.Scope, &a.Source, &a.State, &a.Reason, &a.Note, &a.Event, &a.Headline,
		&a.SenderName, &a.Severity, &a.Urgency, &a.Certainty, &effective, &onset, &expires, &a.Area, &a.Hazard, &a.Villages, &person, &received, &used,
		&decided, &a.DecidedBy, &a.ByID, &erased, &a.Version)
	a.AboutPerson = person == 1
	a.Sent, a.ReceivedAt = sqldb.Time(sent), sqldb.Time(received)
	a.Effective, a.Onset, a.Expires = instant(effective), instant(onset), instant(expires)
	a.UsedAt, a.DecidedAt, a.ErasedAt = instant(used), instant(decided), instant(erased)
	return err
}

func read(ctx context.Context, q sqldb.Querier, where string, args ...any) ([]Alert, error) {
	return sqldb.Collect(ctx, q, scan, `SELECT `+columns+` FROM alert WHERE `+where, args...)
}

func one(ctx context.Context, q sqldb.Querier, id string) (Alert, error) {
	found, err := read(ctx, q, `id = $1`, id)
	if err == nil && len(found) == 0 {
		err = errs.E(errs.NotFound, "alert.none")
	}
	if err != nil {
		return Alert{}, err
	}
	return found[0], nil
}

// known returns the alert of that sender, identifier and time, and the digest of its bytes.
func known(ctx context.Context, q sqldb.Querier, a *Alert) (before Alert, digest string, found bool, err error) {
	err = q.QueryRowContext(ctx, `SELECT id, digest FROM alert WHERE sender = $1 AND identifier = $2 AND sent = $3`,
		a.Sender, a.Identifier, sqldb.Millis(a.Sent)).Scan(&before.ID, &digest)
	if errors.Is(err, sql.ErrNoRows) {
		return before, "", false, nil
	}
	if err == nil {
		before, err = one(ctx, q, before.ID)
	}
	return before, digest, err == nil, err
}

// insert stores a new alert, and reports false if one of its name was there.
func insert(ctx context.Context, tx *sqldb.Tx, a *Alert, digest, xml string) (bool, error) {
	res, err := tx.ExecContext(ctx, `INSERT INTO alert (id, sender, identifier, sent, digest, status, msg_type, scope, source, state, reason, note, event,
			headline, sender_name, severity, urgency, certainty, effective, onset, expires, area, hazard, villages, about_person, received_at, used_at, decided_at,
			decided_by, by_id, erased_at, version)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, '', $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25, 0, 0, '', $26, 0, 1)
		ON CONFLICT (sender, identifier, sent) DO NOTHING`,
		a.ID, a.Sender, a.Identifier, sqldb.Millis(a.Sent), digest, string(a.Status), string(a.MsgType), a.Scope, a.Source, string(a.State), a.Reason, a.Event,
		a.Headline, a.SenderName, a.Severity, a.Urgency, a.Certainty, sqldb.MillisOrZero(a.Effective), sqldb.MillisOrZero(a.Onset), sqldb.MillisOrZero(a.Expires), a.Area, string(a.Hazard),
		a.Villages, sqldb.Flag(a.AboutPerson), sqldb.Millis(a.ReceivedAt), a.ByID)
	if err != nil {
		return false, err
	}
	if n, err := res.RowsAffected(); err != nil || n == 0 {
		return false, err
	}
	_, err = tx.ExecContext(ctx, `INSERT INTO alert_text (alert_id, xml) VALUES ($1, $2)`, a.ID, xml)
	return true, err
}

func update(ctx context.Context, tx *sqldb.Tx, a *Alert) error {
	_, err := tx.ExecContext(ctx, `UPDATE alert SET state = $1, note = $2, used_at = $3, decided_at = $4, decided_by = $5, by_id = $6, version = version + 1 WHERE id = $7`,
		string(a.State), a.Note, sqldb.MillisOrZero(a.UsedAt), sqldb.MillisOrZero(a.DecidedAt), a.DecidedBy, a.ByID, a.ID)
	return err
}

func insertTowns(ctx context.Context, tx *sqldb.Tx, id string, towns []string) error {
	rows := make([][]any, len(towns))
	for i, t := range towns {
		rows[i] = []any{id, t}
	}
	return sqldb.InsertMany(ctx, tx, "alert_town", []string{"alert_id", "unit_id"}, rows, "")
}

// reference is a message that another names.
type reference struct {
	sender, identifier string
	sent               time.Time
}

func insertReferences(ctx context.Context, tx *sqldb.Tx, id string, list []reference) error {
	rows := make([][]any, len(list))
	for i, r := range list {
		rows[i] = []any{id, i, r.sender, r.identifier, sqldb.Millis(r.sent)}
	}
	return sqldb.InsertMany(ctx, tx, "alert_reference", []string{"alert_id", "n", "sender", "identifier", "sent"}, rows, "")
}

// namedBy lists the alerts that one names and that have come.
func namedBy(ctx context.Context, q sqldb.Querier, id string) ([]Alert, error) {
	return read(ctx, q, `id IN (SELECT a.id FROM alert_reference r JOIN alert a ON a.sender = r.sender AND a.identifier = r.identifier AND a.sent = r.sent
		WHERE r.alert_id = $1) ORDER BY sent DESC, id`, id)
}

func countNamed(ctx context.Context, q sqldb.Querier, id string) (n int, err error) {
	err = q.QueryRowContext(ctx, `SELECT count(*) FROM alert_reference WHERE alert_id = $1`, id).Scan(&n)
	return n, err
}

// naming lists the alerts that name one.
func naming(ctx context.Context, q sqldb.Querier, a *Alert) ([]Alert, error) {
	return read(ctx, q, `id IN (SELECT alert_id FROM alert_reference WHERE sender = $1 AND identifier = $2 AND sent = $3) ORDER BY sent, id`,
		a.Sender, a.Identifier, sqldb.Millis(a.Sent))
}

// textOf returns an alert as it came; "" once it was erased.
func textOf(ctx context.Context, q sqldb.Querier, id string) (xml string, err error) {
	err = q.QueryRowContext(ctx, `SELECT xml FROM alert_text WHERE alert_id = $1`, id).Scan(&xml)
	if errors.Is(err, sql.ErrNoRows) {
		return "", nil
	}
	return xml, err
}

// erase takes all words out of alerts about persons that came before a time,
// and out of messages that name one: a Cancel has no event to be told by.
func erase(ctx context.Context, tx *sqldb.Tx, before, now time.Time) error {
	const which = `received_at < $1 AND erased_at = 0 AND (about_person = 1 OR EXISTS (SELECT 1 FROM alert_reference r
		JOIN alert p ON p.sender = r.sender AND p.identifier = r.identifier AND p.sent = r.sent WHERE r.alert_id = alert.id AND p.about_person = 1))`
	_, err := tx.ExecContext(ctx, `DELETE FROM alert_text WHERE alert_id IN (SELECT id FROM alert WHERE `+which+`)`, sqldb.Millis(before))
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, `UPDATE alert SET event = '', headline = '', area = '', sender_name = '', note = '', erased_at = $2 WHERE `+which, sqldb.Millis(before), sqldb.Millis(now))
	return err
}

// forget deletes alerts of a reason that came before a time, but for those
// that changed others.
func forget(ctx context.Context, tx *sqldb.Tx, reason string, before time.Time) error {
	const which = `reason = $1 AND received_at < $2 AND id NOT IN (SELECT by_id FROM alert)`
	for _, table := range []string{"alert_text", "alert_town", "alert_reference"} {
		_, err := tx.ExecContext(ctx, `DELETE FROM `+table+` WHERE alert_id IN (SELECT id FROM alert WHERE `+which+`)`, reason, sqldb.Millis(before))
		if err != nil {
			return err
		}
	}
	_, err := tx.ExecContext(ctx, `DELETE FROM alert WHERE `+which, reason, sqldb.Millis(before))
	return err
}
