package audit_test

import (
	"context"
	"testing"

	"bilin/internal/audit"
	"bilin/internal/sqldb"
	"bilin/internal/sqldbtest"
)

// benchRows is enough for figures to be steady; memory is the same for a million.
const benchRows = 20_000

func filled(b *testing.B) (*sqldb.DB, *audit.Log, string) {
	b.Helper()
	ctx, dir := context.Background(), b.TempDir()
	db := sqldbtest.Open(b, sqldb.SQLite)
	log, err := audit.Open(db, audit.Options{Dir: dir})
	if err != nil {
		b.Fatal(err)
	}
	for done := 0; done < benchRows; done += 5000 {
		err := db.Write(ctx, func(tx *sqldb.Tx) error {
			for i := range 5000 {
				if err := log.Append(ctx, tx, entry(done+i)); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			b.Fatal(err)
		}
	}
	return db, log, dir
}

func BenchmarkSequence(b *testing.B) {
	for b.Loop() {
		b.StopTimer()
		_, log, _ := filled(b)
		b.StartTimer()
		if err := log.Sequence(context.Background()); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N*benchRows), "µs/row")
}

func BenchmarkVerify(b *testing.B) {
	db, log, dir := filled(b)
	if err := log.Stop(context.Background()); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		report, err := audit.Verify(context.Background(), db, dir)
		if err != nil || !report.OK() || report.Proved != benchRows {
			b.Fatal(report, err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N*benchRows), "µs/row")
}

func BenchmarkAppend(b *testing.B) {
	ctx := context.Background()
	db := sqldbtest.Open(b, sqldb.SQLite)
	log, err := audit.Open(db, audit.Options{Dir: b.TempDir()})
	if err != nil {
		b.Fatal(err)
	}
	err = db.Write(ctx, func(tx *sqldb.Tx) error {
		for b.Loop() {
			if err := log.Append(ctx, tx, entry(1)); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		b.Fatal(err)
	}
}
