//go:build corpus

package cap_test

import (
	"bytes"
	"encoding/json"
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
