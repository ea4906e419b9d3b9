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

// BenchmarkRead is one row by its key through the read pool; BenchmarkBareRead
// the same without kept statements.
func BenchmarkRead(b *testing.B) {
	benchmarkRead(b, sqldbtest.Open(b, sqldb.SQLite).Reader())
}

func BenchmarkBareRead(b *testing.B) {
	db, err := sql.Open("sqlite", "file:"+filepath.Join(sqldbtest.SQLite(b), sqldb.File))
	if err != nil {
		b.Fatal(err)
	}
	defer db.Close()
	benchmarkRead(b, db)
}

func benchmarkRead(b *testing.B, q sqldb.Querier) {
	ctx := b.Context()
	for b.Loop() {
		var n int
		err := q.QueryRowContext(ctx, `SELECT count(*) FROM job WHERE state IN ('queued', 'retry')
			AND run_at <= $1 AND kind = $2 AND key <> $3`, 1, "k", "").Scan(&n)
		if err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkInsertMany and BenchmarkBareInsert fill a table in transactions of
// 5,000 rows; the latter with a prepared statement row by row.
func BenchmarkInsertMany(b *testing.B) {
	db := sqldbtest.Open(b, sqldb.SQLite)
	ctx := b.Context()
	for i := 0; b.Loop(); i++ {
		rows := bulk(i)
		write(b, db, func(tx *sqldb.Tx) error {
			return sqldb.InsertMany(ctx, tx, "once", []string{"scope", "key", "request", "result", "created_at"}, rows, "")
		})
	}
	b.ReportMetric(float64(b.N*bulkRows)/b.Elapsed().Seconds(), "rows/s")
}

func BenchmarkBareInsert(b *testing.B) {
	db, err := sql.Open("sqlite", "file:"+filepath.Join(sqldbtest.SQLite(b), sqldb.File)+
		"?_txlock=immediate&_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)")
	if err != nil {
		b.Fatal(err)
	}
	defer db.Close()
	db.SetMaxOpenConns(1)
	for i := 0; b.Loop(); i++ {
		if err := bareInsert(db, bulk(i)); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.N*bulkRows)/b.Elapsed().Seconds(), "rows/s")
}

func bareInsert(db *sql.DB, rows [][]any) error {
	tx, err := db.Begin()
	if err != nil {
		return err
	}
	defer tx.Rollback()
	stmt, err := tx.Prepare("INSERT INTO once (scope, key, request, result, created_at) VALUES (?, ?, ?, ?, ?)")
	if err != nil {
		return err
	}
	defer stmt.Close()
	for _, row := range rows {
		if _, err := stmt.Exec(row...); err != nil {
			return err
		}
	}
	return tx.Commit()
}

const bulkRows = 5000

func bulk(batch int) (rows [][]any) {
	for i := range bulkRows {
		rows = append(rows, []any{"scope", strconv.Itoa(batch*bulkRows + i), "some request", "some result", int64(i)})
	}
	return rows
}
