package mirror_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"bilin/internal/mirror"
	"bilin/internal/sqldb"
	"bilin/internal/sqldbtest"
)

// source mirrors the keys of table meta and counts how often it is loaded.
func source(loads *int) mirror.Source[map[string]string] {
	return mirror.Source[map[string]string]{
		Name: "test",
		Rev: func(ctx context.Context, q sqldb.Querier) (rev int64, err error) {
			err = q.QueryRowContext(ctx, `SELECT count(*) FROM meta`).Scan(&rev)
			return rev, err
		},
		Load: func(ctx context.Context, q sqldb.Querier) (map[string]string, error) {
			*loads++
			var v string
			err := q.QueryRowContext(ctx, `SELECT max(value) FROM meta`).Scan(&v)
			if v == "bad" {
				return nil, errors.New("can't be read")
			}
			return map[string]string{"max": v}, err
		},
	}
}

func put(t *testing.T, db *sqldb.DB, key, value string) {
	t.Helper()
	err := db.Write(t.Context(), func(tx *sqldb.Tx) error {
		_, err := tx.ExecContext(t.Context(), `INSERT INTO meta (key, value) VALUES ($1, $2)`, key, value)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestMirrorFollows(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		put(t, db, "a", "1")
		loads := 0
		m, err := mirror.Open(t.Context(), db, source(&loads), nil)
		if err != nil || m.Get()["max"] != "1" || m.Rev() != 1 {
			t.Fatalf("%v %v %v", m.Get(), m.Rev(), err)
		}
		m.Settle(t.Context())
		if loads != 1 {
			t.Errorf("read %d times without a change", loads)
		}
		put(t, db, "b", "bad")
		if err := m.Refresh(t.Context()); err == nil || m.Get()["max"] != "1" || m.Rev() != 1 {
			t.Errorf("what can't be read took the place of what could: %v %v", m.Get(), err)
		}
		if err := m.Start(t.Context()); err != nil {
			t.Fatal(err)
		}
		put(t, db, "c", "best")
		for end := time.Now().Add(5 * time.Second); m.Rev() != 3 && time.Now().Before(end); {
			time.Sleep(10 * time.Millisecond)
		}
		m.Stop()
		if m.Get()["max"] != "best" {
			t.Errorf("never heard of it: %v", m.Get())
		}
	})
}
