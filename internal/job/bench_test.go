package job_test

import (
	"context"
	"log/slog"
	"sync"
	"testing"

	"bilin/internal/job"
	"bilin/internal/sqldb"
	"bilin/internal/sqldbtest"
)

// BenchmarkJobs is how many jobs that do nothing are queued, claimed and
// settled per second, each durably.
func BenchmarkJobs(b *testing.B) {
	for _, engine := range []sqldb.Engine{sqldb.SQLite, sqldb.Postgres} {
		b.Run(string(engine), func(b *testing.B) {
			ctx := context.Background()
			db := sqldbtest.Open(b, engine)
			var left sync.WaitGroup
			left.Add(b.N)
			r := job.NewRunner(db, slog.New(slog.DiscardHandler), job.Options{Workers: 64})
			r.Handle("work", func(context.Context, job.Run) error { left.Done(); return nil })
			if err := r.Start(ctx); err != nil {
				b.Fatal(err)
			}
			b.ResetTimer()
			err := db.Write(ctx, func(tx *sqldb.Tx) error {
				return job.EnqueueMany(ctx, tx, many(b.N))
			})
			if err != nil {
				b.Fatal(err)
			}
			left.Wait()
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "jobs/s")
			if err := r.Stop(ctx); err != nil {
				b.Fatal(err)
			}
		})
	}
}

func many(n int) []job.Job {
	jobs := make([]job.Job, n)
	for i := range jobs {
		jobs[i] = job.Job{Kind: "work", Payload: i}
	}
	return jobs
}
