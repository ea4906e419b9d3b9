package arch

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var (
	namedTest = regexp.MustCompile("`([a-z0-9/]+) (Test[A-Za-z0-9_]+)`")
	testFunc  = regexp.MustCompile(`(?m)^func (Test[A-Za-z0-9_]+)\(`)
)

// Every line of the threat model names tests that exist, or gives a reason.
func TestEveryThreatHasATestOrAReason(t *testing.T) {
	raw, err := os.ReadFile(filepath.Join("..", "..", "docs", "threat-model.md"))
	if err != nil {
		t.Fatal(err)
	}
	seen, letters, sections := 0, map[string]bool{}, 0
	for number, line := range strings.Split(string(raw), "\n") {
		if strings.HasPrefix(line, "## ") {
			sections++
		}
		cells := strings.Split(strings.Trim(line, "|"), "|")
		if !strings.HasPrefix(line, "|") || len(cells) != 4 || strings.HasPrefix(line, "|-") || strings.TrimSpace(cells[0]) == "by" {
			continue
		}
		seen++
		letters[strings.TrimSpace(cells[0])] = true
		answer := strings.TrimSpace(cells[3])
		found := namedTest.FindAllStringSubmatch(answer, -1)
		if len(found) == 0 && !strings.HasPrefix(answer, "Reason: ") {
			t.Errorf("line %d names neither a test nor a reason: %s", number+1, answer)
		}
		for _, m := range found {
			if !hasTest(t, m[1], m[2]) {
				t.Errorf("line %d: there is no %s in %s", number+1, m[2], m[1])
			}
		}
	}
	for _, letter := range []string{"S", "T", "R", "I", "D", "E", "L", "Id", "Nr", "De", "Dd", "U", "Nc"} {
		if !letters[letter] {
			t.Errorf("nothing is said of %s", letter)
		}
	}
	if seen < 80 || sections < 13 {
		t.Errorf("only %d threats to %d elements: does the search still fit?", seen, sections)
	}
}

func hasTest(t *testing.T, dir, name string) bool {
	t.Helper()
	files, err := filepath.Glob(filepath.Join("..", "..", dir, "*_test.go"))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		raw, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range testFunc.FindAllStringSubmatch(string(raw), -1) {
			if m[1] == name {
				return true
			}
		}
	}
	return false
}

// parsers are the packages that read what strangers send, and what of.
var parsers = map[string]string{
	"address": "addresses", "admission": "months", "admission/duty": "duty lists", "admission/oldnet": "old nets", "ical": "calendars that go out",
	"api": "cursors and places", "app": "divisions", "audit": "checkpoints, proofs and cursors", "audit/witness": "requests and keys", "auth": "hashes of passwords and codes", "backup": "backups",
	"calendar": "lists of days", "copytext": "texts of copies", "programme": "programmes", "volunteer/wish": "times of day", "honour": "certificates' numbers", "seal/keep": "copies of keys", "cap": "alerts", "config": "settings", "demand": "numbers", "demand/board/redact": "words that become public",
	"demand/catalog": "time limits", "demand/hotline": "hotline files, times and cursors", "find": "search words", "gateway": "gateways' reports",
	"geo": "outlines", "live": "events between replicas", "mobilise/alert": "feeds", "mobilise/push": "browsers", "mobilise/team": "cursors",
	"mobiliseweb/orderweb": "corners and times", "network": "telephones and levels", "number": "numbers", "outcome": "quarters", "outcome/feed": "figures",
	"photo": "pictures and their notes", "purpose": "cursors and grounds", "roster": "rosters", "seal": "sealed text", "sheet": "CSV and XLSX",
	"web": "forms, uploads, cursors, headers and paths", "workday": "days and hours",
}

// What reads outside input has a fuzzer with seeds; `make fuzz` runs them all.
func TestEveryParserHasAFuzzer(t *testing.T) {
	has := map[string]bool{}
	for _, f := range load(t) {
		if !f.Test {
			continue
		}
		for name, body := range functions(f) {
			if strings.HasPrefix(name, "Fuzz") {
				has[f.Package] = true
				if !strings.Contains(body, ".Add(") || !strings.Contains(body, ".Fuzz(") {
					t.Errorf("%s: %s has no seeds or does nothing", f.Path, name)
				}
			}
		}
	}
	for pkg, what := range parsers {
		if !has[pkg] {
			t.Errorf("%s reads %s and has no fuzzer", pkg, what)
		}
	}
}
