package outreach_test

import (
	"context"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"bilin/internal/job"
	"bilin/internal/outreach"
	"bilin/internal/sqldb"
	"bilin/internal/sqldbtest"
)

// ears are those of leads: who has a browser, who was told, and whether an order goes first.
type ears struct {
	sync.Mutex
	browsers map[string]bool
	heard    []string
	busy     bool
	later    time.Duration
}

func (e *ears) has(_ context.Context, ids []string) (map[string]bool, error) {
	e.Lock()
	defer e.Unlock()
	out := map[string]bool{}
	for _, id := range ids {
		out[id] = e.browsers[id]
	}
	return out, nil
}

func (e *ears) tell(_ context.Context, _ *sqldb.Tx, list []outreach.LeadNews) error {
	e.Lock()
	defer e.Unlock()
	for _, l := range list {
		word := "new"
		switch {
		case l.Recalled:
			word = "recalled"
		case l.Edition > 1:
			word = "corrected"
		}
		if said := l.PersonID + " " + word; !slices.Contains(e.heard, said) { // a transaction may run again
			e.heard = append(e.heard, said)
		}
	}
	return nil
}

func (e *ears) isBusy(context.Context) (bool, error) {
	e.Lock()
	defer e.Unlock()
	return e.busy, nil
}

func (e *ears) clock() time.Time {
	e.Lock()
	defer e.Unlock()
	return time.Now().Add(e.later)
}

// until waits for what was heard.
func (e *ears) until(t *testing.T, want string) {
	t.Helper()
	var got string
	for end := time.Now().Add(30 * time.Second); time.Now().Before(end); time.Sleep(10 * time.Millisecond) {
		e.Lock()
		got = strings.Join(e.heard, ", ")
		e.Unlock()
		if got == want {
			return
		}
	}
	t.Fatalf("heard: %s; want: %s", got, want)
}

// Leads of the audience who have a browser hear of a notice, of its correction and
// of its recall, village by village, and an order goes first.
func TestLeadsHearThatThereIsSomethingToTell(t *testing.T) {
	t.Parallel()
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		w := newWorld(t, db)
		e := &ears{browsers: map[string]bool{"p-邻长1": true, "p-邻长2": true, "p-村干部1": true}, busy: true}
		runner := job.NewRunner(db, slog.New(slog.DiscardHandler), job.Options{Now: e.clock, Poll: 5 * time.Millisecond})
		w.To(outreach.Leads{Has: e.has, Tell: e.tell, Busy: e.isBusy}, runner)
		w.OK(runner.Start(t.Context()))
		t.Cleanup(func() { _ = runner.Stop(context.WithoutCancel(t.Context())) })

		num := w.compose(w.Codes[0], w.Codes[1])
		n := w.send(num)
		for end := time.Now().Add(30 * time.Second); w.Count(`SELECT COUNT(*) FROM job WHERE kind = 'outreach.leads' AND state = 'queued' AND run_at > $1`, sqldb.Millis(time.Now())) == 0; time.Sleep(5 * time.Millisecond) {
			if time.Now().After(end) {
				t.Fatal("it doesn't wait for the order")
			}
		}
		e.until(t, "")
		e.Lock()
		e.busy, e.later = false, time.Minute
		e.Unlock()
		e.until(t, "p-邻长1 new, p-邻长2 new")

		w.OK(w.Correct(t.Context(), w.Actor("镇干部"), outreach.Correct{Key: "k", Number: num, Title: "明早有暴雨", Words: "不要去河边。", Why: "时间变了", Version: n.Version}))
		e.until(t, "p-邻长1 new, p-邻长2 new, p-邻长1 corrected, p-邻长2 corrected")
		w.OK(w.Recall(t.Context(), w.Actor("镇干部"), outreach.Recall{Key: "r", Number: num, Why: "雨不来了", Version: w.get(num).Version}))
		e.until(t, "p-邻长1 new, p-邻长2 new, p-邻长1 corrected, p-邻长2 corrected, p-邻长1 recalled, p-邻长2 recalled")
	})
}
