//go:build corpus

package cap_test

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"bilin/internal/cap"
)

// againstSchema asks libxml2 which files keep the standard's schema.
func againstSchema(t *testing.T, files ...string) map[string]string {
	t.Helper()
	dir := filepath.Join(os.Getenv("BILIN_SHARED"), "data", "cap")
	assets, err := filepath.Abs("../../assets")
	if err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command("node", append([]string{"testdata/schema.mjs", assets, filepath.Join(dir, "cap12.xsd")}, files...)...).Output()
	if err != nil {
		t.Fatal(err)
	}
	said := map[string]string{}
	if err := json.Unmarshal(out, &said); err != nil {
		t.Fatal(err)
	}
	return said
}

// index is what whoever gathered the alerts says of each, by file.
type index map[string]map[string]string

func readIndex(t *testing.T, name string) index {
	t.Helper()
	f, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	out := index{}
	for _, row := range rows[1:] {
		fields := map[string]string{}
		for i, title := range rows[0] {
			fields[title] = row[i]
		}
		out[fields["file"]] = fields
	}
	return out
}

// agrees holds what was read against what the index says: nothing was left out.
func (x index) agrees(t *testing.T, name string, a *cap.Alert) {
	t.Helper()
	want := x[name]
	polygons, circles, geocodes, resources := 0, 0, 0, 0
	for _, i := range a.Infos {
		resources += len(i.Resources)
		for _, area := range i.Areas {
			polygons, circles, geocodes = polygons+len(area.Polygons), circles+len(area.Circles), geocodes+len(area.Geocodes)
		}
	}
	for field, got := range map[string]any{
		"version": "1.2", "identifier": a.Identifier, "sender": a.Sender, "status": a.Status, "msgType": a.MsgType, "infos": len(a.Infos),
		"polygons": polygons, "circles": circles, "geocodes": geocodes, "resources": resources,
	} {
		if fmt.Sprint(got) != want[field] {
			t.Errorf("%s: %s is %v, and %q in the index", name, field, got, want[field])
		}
	}
	if (want["signed"] == "1") != a.Signed {
		t.Errorf("%s: signed %v, and %q in the index", name, a.Signed, want["signed"])
	}
}

// Every real alert that keeps the schema of CAP 1.2 is read and written again so
// that it keeps it still; everything else is refused with a reason.
func TestCorpusAlerts(t *testing.T) {
	dir := filepath.Join(os.Getenv("BILIN_SHARED"), "data", "cap")
	var files []string
	for _, ext := range []string{"*.xml", "*.cap"} {
		found, err := filepath.Glob(filepath.Join(dir, ext))
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, found...)
	}
	if len(files) < 60 {
		t.Fatalf("%d alerts in %s", len(files), dir)
	}
	said := againstSchema(t, files...)
	index := readIndex(t, filepath.Join(dir, "index.csv"))
	good, bad, written := 0, 0, t.TempDir()
	var again []string
	for _, file := range files {
		raw, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		alert, err := cap.Parse(bytes.NewReader(raw))
		name := filepath.Base(file)
		switch {
		case err == nil && said[file] != "":
			t.Errorf("%s is taken, and breaks the schema: %s", name, said[file])
		case err != nil && said[file] == "":
			t.Errorf("%s keeps the schema, and is refused: %v", name, err)
		case err != nil:
			bad++
			t.Logf("%s: %v", name, err)
			continue
		}
		good++
		if alert == nil {
			continue
		}
		index.agrees(t, name, alert)
		path := filepath.Join(written, name)
		var b bytes.Buffer
		if err := cap.Write(&b, alert); err != nil {
			t.Errorf("%s can't be written: %v", name, err)
		}
		if err := os.WriteFile(path, b.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
		again = append(again, path)
	}
	for file, wrong := range againstSchema(t, again...) {
		if wrong != "" {
			t.Errorf("what we write of %s breaks the schema: %s", strings.TrimPrefix(file, written), wrong)
		}
	}
	t.Logf("%d alerts taken, %d refused", good, bad)
}
