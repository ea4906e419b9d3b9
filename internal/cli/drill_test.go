package cli_test

import (
	"encoding/json"
	"strings"
	"testing"
)

// A rehearsal's last line is for programs, and has all its figures.
func TestDrill(t *testing.T) {
	t.Setenv("LANG", "en_US.UTF-8")
	t.Setenv("LC_ALL", "")
	tm := terminal{t, t.TempDir()}
	tm.says(tm.run(3, "drill"), "no city")
	tm.run(0, "import", "units", tm.write("units.csv", divisions))
	tm.run(0, "import", "roster", tm.write("roster.csv", goodRoster))
	tm.says(tm.run(2, "drill"), "there are 2 who can be called", "Nothing was sent")
	tm.says(tm.run(2, "drill", "--people", "2", "--answers", "maybe"), "answers:", "realistic")
	said := tm.run(0, "drill", "--people", "2", "--answers", "flood", "--json")
	tm.says(said, "Nobody was told anything in truth", "Everybody was reached", "/report")
	lines := strings.Split(strings.TrimSpace(said), "\n")
	var figures map[string]*float64
	if err := json.Unmarshal([]byte(lines[len(lines)-1]), &figures); err != nil {
		t.Fatal(err, said)
	}
	for _, key := range []string{"people", "durable_s", "first_s", "handed_s", "answers", "answers_per_s", "page_p99_ms", "never_reached", "rss_mb"} {
		if figures[key] == nil {
			t.Errorf("no %s in %s", key, lines[len(lines)-1])
		}
	}
	if len(figures) != 9 || *figures["people"] != 2 || *figures["answers"] != 2 || *figures["never_reached"] != 0 || *figures["durable_s"] <= 0 || *figures["rss_mb"] <= 0 {
		t.Errorf("%s", lines[len(lines)-1])
	}
	tm.says(tm.run(0, "audit", "verify"), "Nothing was altered")
}
