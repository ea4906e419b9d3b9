package job

import (
	"fmt"
	"sync"
	"time"
)

// sayEvery is how often the same trouble of the queue is logged again. A full
// disk lasts for hours, and fails every second.
const sayEvery = time.Minute

// troubles remembers what was logged when.
type troubles struct {
	mu   sync.Mutex
	said map[string]trouble
}

type trouble struct {
	why   string
	at    time.Time
	quiet int // times since then
}

// tell says whether it is to be logged now, and how often it wasn't since it last was.
func (t *troubles) tell(what, why string, now time.Time) (quiet int, loud bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	last, known := t.said[what]
	if known && last.why == why && now.Sub(last.at) < sayEvery {
		last.quiet++
		t.said[what] = last
		return 0, false
	}
	if t.said == nil {
		t.said = map[string]trouble{}
	}
	t.said[what] = trouble{why: why, at: now}
	return last.quiet, true
}

// problem logs a failure of the queue itself, the same one once a minute.
func (r *Runner) problem(what string, err error) {
	quiet, loud := r.troubles.tell(what, err.Error(), r.opt.Now())
	if !loud {
		return
	}
	var more []any
	if quiet > 0 {
		more = []any{"times_before", quiet}
	}
	r.log.Error(fmt.Sprintf("job: %s", what), append([]any{"error", err}, more...)...)
}
