package monthly_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"bilin/internal/admission"
	"bilin/internal/admission/monthly"
	"bilin/internal/network"
)

// Nothing but the gate makes a task: no other file of the program inserts one.
func TestOnlyTheGateMakesTasks(t *testing.T) {
	inserts := regexp.MustCompile(`(?is)(insert\s+into|insert\s+or\s+\w+\s+into|replace\s+into)\s+"?task"?\b|InsertMany\([^,]+,\s*[^,]+,\s*["` + "`" + `]task["` + "`" + `]|COPY\s+task\b`)
	var found []string
	root := "../../.."
	ok(t, filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && slices.Contains([]string{".git", "node_modules", "dist"}, d.Name()) {
			return filepath.SkipDir
		}
		if ext := filepath.Ext(path); d.IsDir() || ext != ".go" && ext != ".sql" || strings.HasSuffix(path, "_test.go") {
			return nil
		}
		raw, err := os.ReadFile(path)
		if err == nil && inserts.Match(raw) {
			found = append(found, filepath.ToSlash(path))
		}
		return err
	}))
	if want := []string{root + "/internal/admission/monthly/gate.go"}; !slices.Equal(found, want) {
		t.Errorf("tasks are inserted in %v, and may be only in %v", found, want)
	}
}

// Whatever the facts, a task passes only with a valid permit, and but for
// emergencies only on a published list and within the budget.
func TestGateNeverLetsThroughWhatItMustNot(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		yes := func(name string) bool { return rapid.Bool().Draw(t, name) }
		now := time.Date(2026, 12, rapid.IntRange(1, 31).Draw(t, "day"), 9, 0, 0, 0, time.UTC)
		m := &admission.Matter{State: rapid.SampledFrom(admission.States).Draw(t, "state"), Emergency: yes("emergency"), EndsAt: now.Add(time.Duration(rapid.IntRange(-2, 2).Draw(t, "ends")) * time.Hour)}
		m.Content = admission.Content{Way: admission.Tell, Level: network.Cell, Minutes: 10, From: rapid.SampledFrom([]string{"2026-01-01", "2026-12-20", "2027-02-01"}).Draw(t, "from"),
			Until: rapid.SampledFrom([]string{"2026-11-30", "2026-12-15", "2027-06-30"}).Draw(t, "until"), FirstDay: 1, LastDay: 31}
		f := monthly.Facts{Matter: m, Month: "2026-12", Now: now, Published: yes("published"), Listed: yes("listed"), InAudience: yes("audience"), Objected: yes("objected"),
			Served: yes("served"), Already: yes("already"), Paused: yes("paused"), Asked: rapid.IntRange(0, 300).Draw(t, "asked"), Minutes: 10, Budget: 240}
		if monthly.Gate(f) != monthly.Passes {
			return
		}
		switch {
		case m.State != admission.Admitted, m.Lapsed(now), m.Until < "2026-12-01" && !m.Emergency, m.From > "2026-12-31":
			t.Fatalf("without a valid permit: %+v", m)
		case !f.InAudience || f.Objected || !f.Served || f.Already:
			t.Fatalf("to whom it must not go: %+v", f)
		case !m.Emergency && (!f.Published || !f.Listed || f.Paused || f.Asked+f.Minutes > f.Budget):
			t.Fatalf("past list, pause or budget: %+v", f)
		}
	})
}
