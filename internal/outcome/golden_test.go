package outcome

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"bilin/internal/outcome/method"
)

var update = flag.Bool("update", false, "write the golden file of the method anew")

// golden holds counts and what each version of the method makes of them.
type golden struct {
	Counts map[string][][3]int // by indicator: of each village and quarter what is counted, over what, in how many parts
	Cells  []json.RawMessage
}

// What is published by a version of the method must be found again by it for ever.
// If this fails, the method changed: give it another version and leave the old one
// in methods (before the first release, go test -update is enough).
func TestAMethodStaysAsItIs(t *testing.T) {
	for version, judging := range methods {
		path := filepath.Join("testdata", "method-"+version+".json")
		var g golden
		raw, err := os.ReadFile(path)
		if err != nil && !*update {
			t.Fatal(err)
		}
		if *update {
			g.Counts = sample()
		} else if err := json.Unmarshal(raw, &g); err != nil {
			t.Fatal(err)
		}
		list, m := goldenCity(g.Counts)
		j, err := judging(t.Context(), list, m, m.Last, DefaultSettings())
		if err != nil {
			t.Fatal(err)
		}
		var now []json.RawMessage
		for _, x := range list {
			for _, c := range j.Cells[x.ID] {
				text, err := json.Marshal(m.Detail(x, c).rounded())
				if err != nil {
					t.Fatal(err)
				}
				now = append(now, text)
			}
		}
		if *update {
			g.Cells = now
			write(t, path, g)
			continue
		}
		for i := range now {
			if i >= len(g.Cells) || !bytes.Equal(compact(t, g.Cells[i]), now[i]) {
				t.Fatalf("version %s, cell %d: %s\nis now %s", version, i, g.Cells[i], now[i])
			}
		}
	}
}

const goldenQuarters = 6

// goldenCity is a city of such counts.
func goldenCity(counts map[string][][3]int) ([]Indicator, *Matrix) {
	list := []Indicator{{ID: "rare", Measure: Rate, Better: Lower, Per: 10_000, Window: 4}, {ID: "rate", Measure: Rate, Better: Lower, Per: 1000, Window: 4},
		{ID: "share", Measure: Share, Better: Lower, Per: 100, Window: 4}, {ID: "solved", Measure: Share, Better: Higher, Per: 100, Window: 2}}
	units := make([]string, len(counts["rate"])/goldenQuarters)
	for i := range units {
		units[i] = fmt.Sprintf("v%02d", i)
	}
	const last = Period(4*2026 + 2)
	m := NewMatrix(units, last-goldenQuarters+1, last)
	for id, all := range counts {
		for i, c := range all {
			m.Set(id, units[i/goldenQuarters], m.First+Period(i%goldenQuarters), method.Count{Num: c[0], Den: c[1], Parts: c[2]})
		}
	}
	return list, m
}

// sample are counts with something of everything: a village that is worse, one
// that is better, small ones, and one that rounding was never done to.
func sample() map[string][][3]int {
	out := map[string][][3]int{}
	for v := range 40 {
		for q := range goldenQuarters {
			parts, wobble := 1, (v*7+q*5)%4
			if v == 9 {
				parts = 0
			}
			rare, rate, bad := 0, 6+3*(wobble%3), 3*(wobble%2)
			if (v+q)%17 == 0 {
				rare = 3
			}
			switch v {
			case 3:
				rate, bad = 36, 15
			case 5:
				rate = 0
			}
			people, of := 900+30*v, 21+3*(v%5)
			if v == 7 {
				people, of = 21, 3
				rate, bad = 3, 3
			}
			out["rare"] = append(out["rare"], [3]int{rare, people, parts})
			out["rate"] = append(out["rate"], [3]int{rate, people, parts})
			out["share"] = append(out["share"], [3]int{bad, of, parts})
			out["solved"] = append(out["solved"], [3]int{of - bad, of, parts})
		}
	}
	return out
}

func compact(t *testing.T, raw json.RawMessage) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := json.Compact(&b, raw); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// write puts counts and cells on lines of their own.
func write(t *testing.T, path string, g golden) {
	t.Helper()
	var b strings.Builder
	b.WriteString("{\"Counts\": {")
	for i, id := range []string{"rare", "rate", "share", "solved"} {
		text, err := json.Marshal(g.Counts[id])
		if err != nil {
			t.Fatal(err)
		}
		if i > 0 {
			b.WriteString(",")
		}
		fmt.Fprintf(&b, "\n%q: %s", id, text)
	}
	b.WriteString("\n},\n\"Cells\": [")
	for i, c := range g.Cells {
		if i > 0 {
			b.WriteString(",")
		}
		b.WriteString("\n" + string(c))
	}
	b.WriteString("\n]}\n")
	if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(b.String()), 0o600); err != nil {
		t.Fatal(err)
	}
}
