package alert

import (
	"bytes"
	"context"
	"encoding/json"
	"time"

	"bilin/internal/auth"
	"bilin/internal/errs"
	"bilin/internal/sqldb"
)

// Said is a message with its placeholders; the zero value says nothing.
type Said struct {
	Code string
	Args []any
}

// said is what an error tells people.
func said(err error) Said {
	e := errs.As(err)
	return Said{e.Code, e.Args}
}

// args writes placeholders for the database.
func (s Said) args() string {
	if len(s.Args) == 0 {
		return ""
	}
	text, err := json.Marshal(s.Args)
	if err != nil {
		return ""
	}
	return string(text)
}

func saidOf(code, args string) Said {
	s := Said{Code: code}
	dec := json.NewDecoder(bytes.NewReader([]byte(args)))
	dec.UseNumber()
	if err := dec.Decode(&s.Args); err != nil {
		s.Args = nil // none were written
	}
	return s
}

// health is how a feed does, and what is sent back to it.
type health struct {
	etag, modified       string
	checked, ok, failing time.Time
	cause                Said
	refused              time.Time
	refusal              Said
}

// fail notes how a round ended.
func (h *health) fail(cause error, now time.Time) {
	if cause == nil {
		h.ok, h.failing, h.cause = now, time.Time{}, Said{}
		return
	}
	if h.failing.IsZero() {
		h.failing = now
	}
	h.cause = said(cause)
}

// readHealth returns how some feeds do, by their ids.
func readHealth(ctx context.Context, q sqldb.Querier, ids ...string) (map[string]health, error) {
	var w sqldb.Where
	w.In("id", ids)
	rows, err := q.QueryContext(ctx, `SELECT id, etag, modified, checked_at, ok_at, failing_since, error, detail, refused_at, refused, refused_detail
		FROM alert_feed WHERE `+w.Text(), w.Args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	out := map[string]health{}
	for rows.Next() {
		var h health
		var checked, ok, failing, refused int64
		var id, code, detail, refusal, refusalDetail string
		if err := rows.Scan(&id, &h.etag, &h.modified, &checked, &ok, &failing, &code, &detail, &refused, &refusal, &refusalDetail); err != nil {
			return nil, err
		}
		h.checked, h.ok, h.failing, h.refused = instant(checked), instant(ok), instant(failing), instant(refused)
		h.cause, h.refusal = saidOf(code, detail), saidOf(refusal, refusalDetail)
		out[id] = h
	}
	return out, rows.Err()
}

func (s *Service) saveHealth(ctx context.Context, f *feed, before, h health) error {
	return s.o.DB.Write(ctx, func(tx *sqldb.Tx) error {
		_, err := tx.ExecContext(ctx, `INSERT INTO alert_feed (id, etag, modified, checked_at, ok_at, failing_since, error, detail, refused_at, refused, refused_detail)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
			ON CONFLICT (id) DO UPDATE SET etag = excluded.etag, modified = excluded.modified, checked_at = excluded.checked_at, ok_at = excluded.ok_at,
				failing_since = excluded.failing_since, error = excluded.error, detail = excluded.detail, refused_at = excluded.refused_at,
				refused = excluded.refused, refused_detail = excluded.refused_detail`,
			f.id, h.etag, h.modified, sqldb.MillisOrZero(h.checked), sqldb.MillisOrZero(h.ok), sqldb.MillisOrZero(h.failing), h.cause.Code, h.cause.args(), sqldb.MillisOrZero(h.refused), h.refusal.Code, h.refusal.args())
		if err != nil || before.cause.Code == h.cause.Code && before.refused.Equal(h.refused) {
			return err
		}
		return s.tell(ctx, tx)
	})
}

func readEntries(ctx context.Context, q sqldb.Querier, feedID string) (map[string]tried, error) {
	rows, err := q.QueryContext(ctx, `SELECT entry, tries, next_at FROM alert_entry WHERE feed_id = $1`, feedID)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	out := map[string]tried{}
	for rows.Next() {
		var key string
		var t tried
		var next int64
		if err := rows.Scan(&key, &t.n, &next); err != nil {
			return nil, err
		}
		t.next = instant(next)
		out[key] = t
	}
	return out, rows.Err()
}

// saveEntries keeps what was looked at, and forgets what left the feed long ago.
func (s *Service) saveEntries(ctx context.Context, feedID string, looked map[string]tried, now time.Time) error {
	if len(looked) == 0 {
		return nil
	}
	rows := make([][]any, 0, len(looked))
	for key, t := range looked {
		rows = append(rows, []any{feedID, key, t.n, sqldb.MillisOrZero(t.next), sqldb.Millis(now)})
	}
	return s.o.DB.Write(ctx, func(tx *sqldb.Tx) error {
		err := sqldb.InsertMany(ctx, tx, "alert_entry", []string{"feed_id", "entry", "tries", "next_at", "seen_at"}, rows,
			`ON CONFLICT (feed_id, entry) DO UPDATE SET tries = excluded.tries, next_at = excluded.next_at, seen_at = excluded.seen_at`)
		if err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, `DELETE FROM alert_entry WHERE seen_at < $1`, sqldb.Millis(now.AddDate(0, 0, -entryDays)))
		return err
	})
}

// FeedHealth is how a feed does. Times are zero for what hasn't happened.
type FeedHealth struct {
	Name        string
	Checked, OK time.Time
	Failing     time.Time // since when
	Cause       Said      // why
	Refused     time.Time // when it last brought what can't be taken
	Refusal     Said      // and why
}

// Feeds says how each feed does, in the order of the settings.
func (s *Service) Feeds(ctx context.Context, actor auth.Actor) ([]FeedHealth, error) {
	if !s.o.Policy.May(actor, ActView) {
		return nil, auth.Denied(actor)
	}
	ids := make([]string, len(s.feeds))
	for i, f := range s.feeds {
		ids[i] = f.id
	}
	all, err := readHealth(ctx, s.o.DB.Reader(), ids...)
	if err != nil {
		return nil, err
	}
	out := make([]FeedHealth, 0, len(s.feeds))
	for _, f := range s.feeds {
		h := all[f.id]
		out = append(out, FeedHealth{f.name, h.checked, h.ok, h.failing, h.cause, h.refused, h.refusal})
	}
	return out, nil
}
