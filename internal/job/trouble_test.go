package job

import (
	"testing"
	"time"
)

func TestTheSameTroubleIsLoggedOnceAMinute(t *testing.T) {
	t.Parallel()
	var all troubles
	start, loud, quiet := time.Unix(0, 0), 0, 0
	for i := range 200 { // 100 seconds of a full disk
		q, ok := all.tell("tend", "full", start.Add(time.Duration(i)*500*time.Millisecond))
		if ok {
			loud++
		}
		quiet += q
	}
	if loud != 2 || quiet != 119 {
		t.Errorf("logged %d times, %d named as left out; want 2 and 119", loud, quiet)
	}
	if _, ok := all.tell("claim", "full", start); !ok {
		t.Error("another part of the queue is silent")
	}
	if _, ok := all.tell("tend", "locked", start.Add(101*time.Second)); !ok {
		t.Error("another reason is silent")
	}
}
