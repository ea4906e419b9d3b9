//go:build corpus

package alert_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"bilin/internal/cap"
	"bilin/internal/errs"
	"bilin/internal/mobilise/alert"
	"bilin/internal/sqldb"
	"bilin/internal/sqldbtest"
)

// Every real alert that is read is also taken, twice with one result, and shown;
// every other is refused with a reason and its line, and leaves nothing. All are
// years old, so none suggests anything.
func TestCorpusAlertsAreTaken(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(os.Getenv("BILIN_SHARED"), "data", "cap", "*.[cx][am][pl]"))
	ok(t, err)
	if len(files) < 60 {
		t.Fatalf("%d alerts", len(files))
	}
	w, taken := newWorld(t, sqldbtest.Open(t, sqldb.SQLite)), map[string]bool{}
	for _, file := range files {
		raw, err := os.ReadFile(file)
		ok(t, err)
		name := filepath.Base(file)
		_, wrong := cap.Parse(bytes.NewReader(raw))
		a, err := w.Take(t.Context(), w.command(), alert.FromFile, raw)
		if wrong != nil {
			if e := errs.As(err); e.Code != errs.CodeOf(wrong) || !strings.Contains(alert.Messages[e.Code][0]+cap.Messages[e.Code][0], "{line}") {
				t.Errorf("%s: %v, want %v", name, err, wrong)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		taken[a.ID] = true
		again, err := w.Take(t.Context(), w.command(), alert.FromFile, raw)
		if err != nil || !again.Known || again.ID != a.ID || a.Suggests != nil || a.Why(w.now) == "" {
			t.Errorf("%s: %+v, %v", name, again, err)
		}
		if d, err := w.Get(t.Context(), w.command(), a.ID); err != nil || d.Message == nil || d.XML != string(raw) {
			t.Errorf("%s isn't shown as it came: %v", name, err)
		}
	}
	if len(taken) < 50 {
		t.Errorf("only %d taken", len(taken))
	}
	t.Logf("%d different alerts of %d files taken", len(taken), len(files))
}
