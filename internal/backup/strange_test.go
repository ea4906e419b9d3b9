package backup

import (
	"bytes"
	"testing"
	"time"

	"filippo.io/age"

	"bilin/internal/errs"
	"bilin/internal/sqldb"
)

// Whoever knows our recipient can encrypt what they like to it: files that we
// don't know are not read, and no table is missing or uncounted.
func TestStrangeArchives(t *testing.T) {
	id, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	newest, err := sqldb.Newest(sqldb.SQLite)
	if err != nil {
		t.Fatal(err)
	}
	some := []sqldb.Table{{Name: "meta"}}
	for name, c := range map[string]struct {
		tables []sqldb.Table
		entry  string
		end    End
		fits   bool
	}{
		"whole":             {some, verifierName, End{Counts: []Count{{"meta", 0, (&sum{}).String()}}}, true},
		"a file of no ours": {some, "audit/../../evil", End{Counts: []Count{{"meta", 0, (&sum{}).String()}}}, false},
		"nothing counted":   {some, verifierName, End{}, false},
	} {
		var file bytes.Buffer
		w, err := newWriter(&file, []age.Recipient{id.Recipient()}, time.Now())
		if err != nil {
			t.Fatal(err)
		}
		for _, err := range []error{w.json(manifestName, Manifest{Format: format, Schema: newest, Tables: c.tables}),
			w.entry(c.entry, []byte("x")), w.json(endName, c.end), w.close()} {
			if err != nil {
				t.Fatal(err)
			}
		}
		_, err = Check(t.Context(), &file, RestoreOptions{Identities: []age.Identity{id}, Dir: t.TempDir(), Now: time.Now})
		if (err == nil) != c.fits || err != nil && errs.CodeOf(err) != "backup.damaged" {
			t.Errorf("%s: %v", name, err)
		}
	}
	known := []sqldb.Table{{Name: "meta"}, {Name: "unit"}, {Name: "session"}}
	if err := sameTables(Manifest{Tables: known[:2], LeftOut: []string{"session"}}, known); err != nil {
		t.Error(err)
	}
	if sameTables(Manifest{Tables: some, LeftOut: []string{"session"}}, known) == nil {
		t.Error("a backup without units is taken for a city")
	}
}
