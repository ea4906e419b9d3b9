package app

import (
	"context"
	"runtime/debug"
	"runtime/metrics"
	"time"
)

// A server at rest gives back what a start or a rush took: by itself the
// runtime would keep it until the next rush.
const (
	restEvery = 10 * time.Second
	restWorth = 16 << 20 // bytes; less isn't worth a collection
)

// giveBack returns memory to the system whenever nothing was collected for a
// while, which is when nobody would notice.
func giveBack(ctx context.Context) {
	tick := time.NewTicker(restEvery)
	defer tick.Stop()
	before := usageNow()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		now := usageNow()
		if now.collections == before.collections && now.spare >= restWorth {
			debug.FreeOSMemory()
			now = usageNow()
		}
		before = now
	}
}

// usage is what the heap holds beyond what is known to be in use.
type usage struct {
	collections uint64
	spare       uint64 // bytes
}

func usageNow() usage {
	s := []metrics.Sample{
		{Name: "/gc/cycles/total:gc-cycles"}, {Name: "/memory/classes/heap/objects:bytes"},
		{Name: "/gc/heap/live:bytes"}, {Name: "/memory/classes/heap/free:bytes"},
	}
	metrics.Read(s)
	objects, live, free := s[1].Value.Uint64(), s[2].Value.Uint64(), s[3].Value.Uint64()
	return usage{s[0].Value.Uint64(), objects - min(objects, live) + free}
}
