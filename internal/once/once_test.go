package once_test

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"bilin/internal/errs"
	"bilin/internal/once"
	"bilin/internal/sqldb"
	"bilin/internal/sqldbtest"
)

var now = time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC)

type receipt struct{ Number string }

// order runs a command with a key and says what came back and whether it ran.
func order(ctx context.Context, db *sqldb.DB, key, request, number string, fail error) (receipt, bool, error) {
	var got receipt
	var ran bool
	err := db.Write(ctx, func(tx *sqldb.Tx) (err error) {
		ran = false
		got, err = once.Do(ctx, tx, "order", key, request, now, func() (receipt, error) {
			ran = true
			return receipt{number}, fail
		})
		return err
	})
	return got, ran, err
}

func TestDo(t *testing.T) {
	t.Parallel()
	stop := errors.New("stop")
	steps := []struct {
		name, key, request, number string
		fail                       error
		want                       string
		ran                        bool
		code                       string
	}{
		{name: "first", key: "k1", request: "a", number: "1", want: "1", ran: true},
		{name: "repeat", key: "k1", request: "a", number: "2", want: "1"},
		{name: "other request", key: "k1", request: "b", number: "3", code: "once.key_reused"},
		{name: "other key", key: "k2", request: "a", number: "4", want: "4", ran: true},
		{name: "error", key: "k3", request: "a", fail: stop, ran: true, code: "errs.internal"},
		{name: "after an error", key: "k3", request: "a", number: "5", want: "5", ran: true},
		{name: "no key", request: "a", number: "6", want: "6", ran: true},
		{name: "no key again", request: "a", number: "7", want: "7", ran: true},
		{name: "long key", key: string(make([]byte, 201)), code: "once.key_too_long"},
	}
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		for _, s := range steps {
			got, ran, err := order(t.Context(), db, s.key, s.request, s.number, s.fail)
			code := ""
			if err != nil {
				code = errs.CodeOf(err)
			}
			if got.Number != s.want || ran != s.ran || code != s.code {
				t.Errorf("%s: %q, ran %v, %v", s.name, got.Number, ran, err)
			}
		}
	})
}

// Many who send the same at the same time all get the one answer.
func TestDoAtTheSameTime(t *testing.T) {
	t.Parallel()
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		var ran atomic.Int64
		var wg sync.WaitGroup
		for range 16 {
			wg.Go(func() {
				got, mine, err := order(t.Context(), db, "k", "a", "1", nil)
				if err != nil || got.Number != "1" {
					t.Errorf("%q, %v", got.Number, err)
				}
				if mine {
					ran.Add(1)
				}
			})
		}
		wg.Wait()
		if ran.Load() != 1 {
			t.Errorf("ran %d times", ran.Load())
		}
	})
}

func TestPrune(t *testing.T) {
	t.Parallel()
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		ctx := t.Context()
		if _, _, err := order(ctx, db, "k", "a", "1", nil); err != nil {
			t.Fatal(err)
		}
		for _, c := range []struct {
			before time.Time
			want   int64
		}{{now, 0}, {now.Add(time.Second), 1}} {
			err := db.Write(ctx, func(tx *sqldb.Tx) error {
				n, err := once.Prune(ctx, tx, c.before)
				if n != c.want {
					t.Errorf("pruned %d before %v", n, c.before)
				}
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
		}
	})
}

func TestLook(t *testing.T) {
	t.Parallel()
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		for _, c := range []struct {
			key      string
			answered bool
		}{{"k1", false}, {"", false}, {"k1", true}} {
			answer, answered, err := once.Look(t.Context(), db.Reader(), "order", c.key)
			if err != nil || answered != c.answered || answered && string(answer) != `{"Number":"1"}` {
				t.Errorf("%q: %s, %v, %v", c.key, answer, answered, err)
			}
			if _, _, err := order(t.Context(), db, "k1", "a", "1", nil); err != nil {
				t.Fatal(err)
			}
		}
	})
}
