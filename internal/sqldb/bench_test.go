package sqldb_test

import (
	"context"
	"database/sql"
	"path/filepath"
	"strconv"
	"sync/atomic"
	"testing"

	_ "modernc.org/sqlite"

	"bilin/internal/sqldb"
	"bilin/internal/sqldbtest"
)

// BenchmarkBareTx is the limit the others are held against: one connection, one
// row, one durable transaction after the other, with nothing around it.
func BenchmarkBareTx(b *testing.B) {
	path := filepath.Join(sqldbtest.SQLite(b), sqldb.File)
	db, err := sql.Open("sqlite", "file:"+path+
		"?_txlock=immediate&_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)")
	if err != nil {
		b.Fatal(err)
	}
	defer db.Close()
	db.SetMaxOpenConns(1)
	for i := 0; b.Loop(); i++ {
		tx, err := db.Begin()
		if err != nil {
			b.Fatal(err)
		}
		if _, err := tx.Exec("INSERT INTO meta (key, value) VALUES ($1, $2)", strconv.Itoa(i), "v"); err != nil {
			b.Fatal(err)
		}
		if err := tx.Commit(); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "tx/s")
}

func BenchmarkWrite1(b *testing.B)  { benchmarkWrite(b, 1) }
func BenchmarkWrite8(b *testing.B)  { benchmarkWrite(b, 8) }
func BenchmarkWrite64(b *testing.B) { benchmarkWrite(b, 64) }

// benchmarkWrite has some clients each write one row per command.
func benchmarkWrite(b *testing.B, clients int) {
	db := sqldbtest.Open(b, sqldb.SQLite)
	ctx := context.Background()
	var next atomic.Int64
	done := make(chan error, clients)
	b.ResetTimer()
	for range clients {
		go func() {
			for {
				i := next.Add(1)
				if i > int64(b.N) {
					done <- nil
					return
				}
				err := db.Write(ctx, func(tx *sqldb.Tx) error {
					return put(ctx, tx, strconv.FormatInt(i, 10), "v")
				})
				if err != nil {
					done <- err
					return
				}
			}
		}()
	}
	for range clients {
		if err := <-done; err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "tx/s")
}
