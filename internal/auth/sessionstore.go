package auth

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"time"

	"bilin/internal/sqldb"
)

// sessionStore keeps scs's sessions in the session table, under the hash of
// their token. It also ends idle ones, because scs's own idle timeout would
// write on every request.
type sessionStore struct{ svc *Service }

// FindCtx returns a session that is neither over nor idle too long, with its account.
func (st *sessionStore) FindCtx(ctx context.Context, token string) ([]byte, bool, error) {
	now := st.svc.now()
	session, found, err := loadSession(ctx, st.svc.db.Reader(), tokenHash(token), now)
	if err != nil || !found {
		return nil, false, err
	}
	if now.Sub(session.SeenAt) >= touchEvery {
		st.touch(ctx, session.ID, now)
	}
	b, err := json.Marshal(wireSession{session, session.account})
	return b, err == nil, err
}

// touch notes the use. A database that can't write now is no reason to log anybody out.
func (st *sessionStore) touch(ctx context.Context, id string, now time.Time) {
	err := st.svc.db.Write(ctx, func(tx *sqldb.Tx) error {
		_, err := tx.ExecContext(ctx, `UPDATE session SET seen_at = $1 WHERE id = $2`, sqldb.Millis(now), id)
		return err
	})
	if err != nil {
		st.svc.log.WarnContext(ctx, "session not touched", "err", err)
	}
}

// CommitCtx stores a session.
func (st *sessionStore) CommitCtx(ctx context.Context, token string, b []byte, expiry time.Time) error {
	var w wireSession
	if err := json.Unmarshal(b, &w); err != nil {
		return err
	}
	if w.Session.AccountID == "" {
		return nil // nothing but a session of ours is worth a row
	}
	return st.svc.db.Write(ctx, func(tx *sqldb.Tx) error {
		_, err := tx.ExecContext(ctx, `INSERT INTO session (id, account_id, created_at, seen_at, expires_at, idle_ms, device, proved_at, proved_by)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
			ON CONFLICT (id) DO UPDATE SET seen_at = excluded.seen_at, expires_at = excluded.expires_at,
				proved_at = excluded.proved_at, proved_by = excluded.proved_by`,
			tokenHash(token), w.Session.AccountID, sqldb.Millis(w.Session.CreatedAt), sqldb.Millis(w.Session.SeenAt),
			sqldb.Millis(expiry), w.Session.Idle.Milliseconds(), w.Session.Device,
			sqldb.Millis(w.Session.ProvedAt), w.Session.ProvedBy)
		return err
	})
}

// DeleteCtx removes a session.
func (st *sessionStore) DeleteCtx(ctx context.Context, token string) error {
	if token == "" {
		return nil
	}
	return st.svc.dropSession(ctx, tokenHash(token))
}

// Find, Commit and Delete are what scs asks for beside the ones with a context.
func (st *sessionStore) Find(token string) ([]byte, bool, error) {
	return st.FindCtx(context.Background(), token)
}

// Commit is CommitCtx without a context.
func (st *sessionStore) Commit(token string, b []byte, expiry time.Time) error {
	return st.CommitCtx(context.Background(), token, b, expiry)
}

// Delete is DeleteCtx without a context.
func (st *sessionStore) Delete(token string) error {
	return st.DeleteCtx(context.Background(), token)
}

// loadSession reads a session that is still good, and its account, in one query.
func loadSession(ctx context.Context, q sqldb.Querier, id string, now time.Time) (Session, bool, error) {
	var (
		s                                = Session{ID: id}
		created, seen, end, idle, proved int64
		person                           sql.NullString
		entered, secured, confirmed      sql.NullInt64
		demo                             int
	)
	err := q.QueryRowContext(ctx, `SELECT s.account_id, s.device, s.created_at, s.seen_at, s.expires_at, s.idle_ms,
			s.proved_at, s.proved_by, a.login, a.person_id, a.name, a.kind, a.demo, a.entered_at, a.secured_at, a.confirmed_at
		FROM session s JOIN account a ON a.id = s.account_id
		WHERE s.id = $1 AND s.expires_at > $2 AND s.seen_at + s.idle_ms > $2 AND a.disabled = 0`, id, sqldb.Millis(now)).
		Scan(&s.AccountID, &s.Device, &created, &seen, &end, &idle,
			&proved, &s.ProvedBy, &s.account.Login, &person, &s.account.Name, &s.account.Kind, &demo, &entered, &secured, &confirmed)
	if errors.Is(err, sql.ErrNoRows) {
		return Session{}, false, nil
	}
	s.account.ID, s.account.PersonID, s.account.Demo = s.AccountID, person.String, demo == 1
	s.account.EnteredAt, s.account.SecuredAt, s.ProvedAt = timeOf(entered), timeOf(secured), sqldb.Time(proved)
	s.account.ConfirmedAt = timeOf(confirmed)
	s.CreatedAt, s.SeenAt, s.ExpiresAt = sqldb.Time(created), sqldb.Time(seen), sqldb.Time(end)
	s.Idle = time.Duration(idle) * time.Millisecond
	return s, err == nil, err
}

func sessionsOf(ctx context.Context, q sqldb.Querier, accountID string, now time.Time) ([]Session, error) {
	rows, err := q.QueryContext(ctx, `SELECT id, device, created_at, seen_at, expires_at, idle_ms, proved_by FROM session
		WHERE account_id = $1 AND expires_at > $2 AND seen_at + idle_ms > $2
		ORDER BY seen_at DESC, id LIMIT 50`, accountID, sqldb.Millis(now))
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var list []Session
	for rows.Next() {
		s := Session{AccountID: accountID}
		var created, seen, end, idle int64
		if err := rows.Scan(&s.ID, &s.Device, &created, &seen, &end, &idle, &s.ProvedBy); err != nil {
			return nil, err
		}
		s.CreatedAt, s.SeenAt, s.ExpiresAt = sqldb.Time(created), sqldb.Time(seen), sqldb.Time(end)
		s.Idle = time.Duration(idle) * time.Millisecond
		list = append(list, s)
	}
	return list, rows.Err()
}

func deleteSession(ctx context.Context, q sqldb.Querier, accountID, id string) error {
	_, err := q.ExecContext(ctx, `DELETE FROM session WHERE id = $1 AND account_id = $2`, id, accountID)
	return err
}

func endSessions(ctx context.Context, q sqldb.Querier, accountID, keep string) error {
	_, err := q.ExecContext(ctx, `DELETE FROM session WHERE account_id = $1 AND id <> $2`, accountID, keep)
	return err
}
