package sqldb_test

import (
	"context"
	"errors"
	"testing"

	"bilin/internal/sqldb"
	"bilin/internal/sqldbtest"
)

func put(ctx context.Context, q sqldb.Querier, key, value string) error {
	_, err := q.ExecContext(ctx, "INSERT INTO meta (key, value) VALUES ($1, $2)", key, value)
	return err
}

func count(t testing.TB, q sqldb.Querier) (n int) {
	t.Helper()
	if err := q.QueryRowContext(context.Background(), "SELECT count(*) FROM meta").Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

func TestWriteCommitsAndUndoes(t *testing.T) {
	t.Parallel()
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		ctx := t.Context()
		hooked := 0
		err := db.Write(ctx, func(tx *sqldb.Tx) error {
			tx.OnCommit(func() { hooked++ })
			return put(ctx, tx, "a", "1")
		})
		if err != nil || hooked != 1 {
			t.Fatalf("write: %v, %d hooks", err, hooked)
		}
		stop := errors.New("stop")
		err = db.Write(ctx, func(tx *sqldb.Tx) error {
			tx.OnCommit(func() { hooked++ })
			if err := put(ctx, tx, "b", "2"); err != nil {
				return err
			}
			return stop
		})
		if !errors.Is(err, stop) || hooked != 1 || count(t, db.Reader()) != 1 {
			t.Fatalf("failed write: %v, %d hooks, %d rows", err, hooked, count(t, db.Reader()))
		}
	})
}
