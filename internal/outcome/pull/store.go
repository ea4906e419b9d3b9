package pull

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"time"

	"bilin/internal/errs"
	"bilin/internal/sqldb"
)

// kept is what is sealed of a pull: its source, and what its last answer was
// marked with.
type kept struct {
	Source
	ETag string `json:",omitempty"`
}

func sourceBinding(id string) string { return "outcome_pull/secret/" + id }

func (s *Service) sealSource(id string, k kept) (string, error) {
	text, err := json.Marshal(k)
	if err != nil {
		return "", err
	}
	return s.o.Seal.Seal(string(text), sourceBinding(id))
}

func (s *Service) openSource(r row) (k kept, err error) {
	if r.secret == "" { // it ended
		return k, nil
	}
	text, err := s.o.Seal.Open(r.secret, sourceBinding(r.ID))
	if err != nil {
		return k, err
	}
	return k, json.Unmarshal([]byte(text), &k)
}

// way is how the table calls a kind.
func (k Kind) way() string {
	if k == HTTP {
		return "http"
	}
	return "sql"
}

func countOf(ctx context.Context, q sqldb.Querier, indicatorID string) (n int, err error) {
	err = q.QueryRowContext(ctx, `SELECT count(*) FROM outcome_pull WHERE indicator_id = $1 AND ended_at = 0`, indicatorID).Scan(&n)
	return n, err
}

func insertPull(ctx context.Context, tx *sqldb.Tx, id, indicatorID string, src Source, sealed string, now time.Time) error {
	at := sqldb.Millis(now)
	return sqldb.InsertMany(ctx, tx, "outcome_pull",
		[]string{"id", "indicator_id", "way", "address", "secret", "query", "hours", "next_at", "last_at", "failing_since", "error", "ended_at", "version"},
		[][]any{{id, indicatorID, src.Kind.way(), string(src.Kind) + " " + src.shown(), sealed, src.Query, src.Hours, at, 0, 0, "", 0, 1}}, "")
}

// row is a pull with its sealed source.
type row struct {
	Pull
	secret string
}

func readPulls(ctx context.Context, q sqldb.Querier, where string, args ...any) ([]row, error) {
	return sqldb.Collect(ctx, q, func(r *sql.Rows, p *row) error {
		var next, last, failing, ended int64
		var address, cause string
		if err := r.Scan(&p.ID, &p.IndicatorID, &address, &p.secret, &p.Query, &p.Hours, &next, &last, &failing, &cause, &ended, &p.Version); err != nil {
			return err
		}
		kind, rest, _ := bytes.Cut([]byte(address), []byte(" "))
		p.Kind, p.Address = Kind(kind), string(rest)
		p.Next, p.Last, p.Failing, p.Ended = sqldb.Time(next), instant(last), instant(failing), instant(ended)
		p.Cause = saidOf(cause)
		return nil
	}, `SELECT id, indicator_id, address, secret, query, hours, next_at, last_at, failing_since, error, ended_at, version FROM outcome_pull WHERE `+where, args...)
}

func instant(ms int64) time.Time {
	if ms == 0 {
		return time.Time{}
	}
	return sqldb.Time(ms)
}

// said is what an error tells people, as it is stored.
func said(err error) string {
	if err == nil {
		return ""
	}
	e := errs.As(err)
	text, failed := json.Marshal(Said{e.Code, e.Args})
	if failed != nil {
		return ""
	}
	return string(text)
}

func saidOf(text string) (s Said) {
	dec := json.NewDecoder(bytes.NewReader([]byte(text)))
	dec.UseNumber()
	_ = dec.Decode(&s) // nothing was said
	return s
}
