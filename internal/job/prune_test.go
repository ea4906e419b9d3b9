package job_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"bilin/internal/job"
)

func TestPrune(t *testing.T) {
	each(t, func(b *bench) {
		r := b.runner(job.Options{})
		r.Handle("good", func(context.Context, job.Run) error { return nil })
		r.Handle("bad", func(context.Context, job.Run) error { return job.Fatal(errors.New("bad")) })
		b.enqueue(job.Job{Kind: "good"}, job.Job{Kind: "bad"})
		b.start(r)
		b.untilCount("good", job.Done, 1)
		b.untilCount("bad", job.Dead, 1)
		b.ahead.Store(int64(48 * time.Hour))
		b.untilCount("good", job.Done, 0)
		if b.counts("bad")[job.Dead] != 1 {
			b.t.Error("a dead job was pruned after two days")
		}
		b.untilCount("job.prune", job.Running, 0) // one that runs while the clock jumps has looked already
		b.ahead.Store(int64(100 * 24 * time.Hour))
		b.untilCount("bad", job.Dead, 0)
	})
}
