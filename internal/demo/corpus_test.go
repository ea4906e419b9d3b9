//go:build corpus

package demo

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"bilin/internal/geo"
	"bilin/internal/network"
)

// shared is the folder of public data that the demo city's facts come from.
func shared(t *testing.T, name string) []byte {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join(os.Getenv("BILIN_SHARED"), "data", name))
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

// The facts in the box are those that were published, to the letter.
func TestCorpusFactsAreAsPublished(t *testing.T) {
	for _, name := range []string{
		"ningxiang_divisions.csv", "ningxiang_county.geojson", "ningxiang_township_points.csv", "ningxiang_census2020.csv",
	} {
		ours, err := files.ReadFile("data/" + name)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(ours, shared(t, name)) {
			t.Errorf("%s differs from the shared one", name)
		}
	}
}

// Every unit of the published list is in the city, under its true parent.
func TestCorpusDivisionsAreAllThere(t *testing.T) {
	places, err := divisions()
	if err != nil {
		t.Fatal(err)
	}
	lines := bytes.Count(bytes.TrimSpace(shared(t, "ningxiang_divisions.csv")), []byte("\n"))
	byLevel := map[network.Level]int{}
	known := map[string]bool{"": true}
	for _, p := range places {
		byLevel[p.Level]++
		if !known[p.ParentCode] {
			t.Errorf("%s comes before its parent %s", p.Code, p.ParentCode)
		}
		known[p.Code] = true
	}
	if len(places) != lines || byLevel[network.Town] != 29 || byLevel[network.Village] != 278 {
		t.Errorf("%d places of %d lines: %v", len(places), lines, byLevel)
	}
}

func TestCorpusOutlineIsAShape(t *testing.T) {
	shape, err := geo.ParseOutline(shared(t, "ningxiang_county.geojson"))
	if err != nil {
		t.Fatal(err)
	}
	if len(geo.Voronoi(shape, []geo.Point{{X: 112.5, Y: 28.2}, {X: 112.2, Y: 28.1}})) != 2 {
		t.Error("the county can't be divided between two seats")
	}
}
