//go:build corpus

package capout_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"bilin/internal/cap"
	"bilin/internal/mobilise/capout"
	"bilin/internal/mobilise/mobilisetest"
	"bilin/internal/sqldb"
	"bilin/internal/sqldbtest"
)

// What is written of orders keeps the standard's schema, as libxml2 reads it.
func TestCorpusOrders(t *testing.T) {
	c := mobilisetest.New(t, sqldbtest.Open(t, sqldb.SQLite), 1)
	some, dir := orders(c), t.TempDir()
	args := []string{"../../cap/testdata/schema.mjs"}
	assets, err := filepath.Abs("../../../assets")
	if err != nil {
		t.Fatal(err)
	}
	args = append(args, assets, filepath.Join(os.Getenv("BILIN_SHARED"), "data", "cap", "cap12.xsd"))
	for n := range 24 {
		o := some.Example(n)
		var editions []time.Time
		for i := range o.Edition {
			editions = append(editions, c.Now().Add(time.Duration(i)*time.Minute))
		}
		var b bytes.Buffer
		if err := cap.Write(&b, capout.Alert(o, editions, capout.Frame{Tree: c.Net.Tree(), Words: catalog.T, PublicURL: "https://bilin.test"})); err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(dir, fmt.Sprintf("%d.xml", n))
		if err := os.WriteFile(path, b.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
		args = append(args, path)
	}
	out, err := exec.Command("node", args...).Output()
	if err != nil {
		t.Fatal(err)
	}
	said := map[string]string{}
	if err := json.Unmarshal(out, &said); err != nil {
		t.Fatal(err)
	}
	if len(said) != 24 {
		t.Errorf("%d files were looked at", len(said))
	}
	for file, wrong := range said {
		if wrong != "" {
			t.Errorf("%s breaks the schema: %s", file, wrong)
		}
	}
}
