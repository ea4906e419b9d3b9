package purpose

import (
	"testing"
	"time"
)

// A cursor that this package wrote reads as written; a ground as well.
func FuzzCursor(f *testing.F) {
	f.Add(int64(1_700_000_000_000), "id", "glass:1")
	f.Add(int64(-1), "a.b", ":")
	f.Fuzz(func(t *testing.T, ms int64, id, text string) {
		at, got, err := parseCursor(cursorOf(time.UnixMilli(ms), id), 0)
		if err != nil || at != ms || got != id {
			t.Errorf("%d %q reads as %d %q: %v", ms, id, at, got, err)
		}
		_, _, _ = parseCursor(text, 0)
		g := ParseGround(text)
		if again := ParseGround(g.String()); again != g {
			t.Errorf("%q reads as %+v and then %+v", text, g, again)
		}
	})
}
