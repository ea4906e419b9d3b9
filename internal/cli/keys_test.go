package cli_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"bilin/internal/sqldbtest"
)

// TestKeysFromTheCommandLine: rotated, backed up, lost and brought back, on
// either engine; what was sealed opens all the while.
func TestKeysFromTheCommandLine(t *testing.T) {
	t.Setenv("LANG", "en_US.UTF-8")
	t.Setenv("LC_ALL", "")
	t.Run("sqlite", func(t *testing.T) { keysOfACity(t) })
	t.Run("postgres", func(t *testing.T) {
		t.Setenv("BILIN_DB", sqldbtest.EmptyPostgres(t))
		keysOfACity(t)
	})
}

func keysOfACity(t *testing.T) {
	tm := terminal{t, t.TempDir()}
	tm.run(0, "import", "units", tm.write("units.csv", divisions))
	tm.run(0, "import", "roster", tm.write("roster.csv", goodRoster))
	numbers := func() {
		t.Helper()
		open := filepath.Join(t.TempDir(), "open.csv")
		tm.run(0, "export", "roster", "--out", open, "--unit", "430199001001", "--phones", "核对号码")
		raw, err := os.ReadFile(open)
		if err != nil {
			t.Fatal(err)
		}
		tm.says(string(raw), "12900000002", "12900000001")
	}
	numbers()
	tm.says(tm.run(0, "keys", "status"), "household.phone: 2 texts, 0 of them", "2 keys of households")
	tm.says(tm.run(0, "keys", "rotate", "--prepare"), "not used yet")
	tm.says(tm.run(0, "keys", "rotate", "--rest", "0s"), "2 keys of households wrapped anew", "2 texts sealed anew")
	if text := tm.run(0, "keys", "status"); strings.Count(text, "in use") != 2 || strings.Contains(text, "replaced") {
		t.Errorf("old keys are left:\n%s", text)
	}
	numbers()

	keys, elsewhere, phrase := filepath.Join(tm.dir, "keys"), t.TempDir(), tm.write("phrase", "白日依山尽黄河入海流欲穷\n")
	tm.says(tm.run(2, "keys", "backup", "--passphrase-file", phrase, "--out", filepath.Join(elsewhere, "keys.age2")), ".keys.age")
	tm.says(tm.run(2, "keys", "backup", "--passphrase-file", phrase, "--out", filepath.Join(tm.dir, "a.keys.age")), "elsewhere")
	file := filepath.Join(elsewhere, "a.keys.age")
	const recipient = "age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p"
	t.Setenv("BILIN_BACKUP_RECIPIENT", recipient)
	tm.says(tm.run(2, "keys", "backup", "--recipient", recipient, "--out", file), "use another one")
	tm.says(tm.run(0, "keys", "backup", "--help"), "never one of the data's backups")
	tm.says(tm.run(0, "keys", "backup", "--passphrase-file", phrase, "--out", file), "2 keys")
	tm.says(tm.run(5, "keys", "restore", file, "--passphrase-file", phrase), "left alone")
	if err := os.RemoveAll(keys); err != nil {
		t.Fatal(err)
	}
	said := tm.run(5, "serve")
	tm.says(said, filepath.Join(keys, "seal.json")+" is missing", "bilin keys restore FILE --data "+tm.dir)
	if _, err := os.Stat(keys); !os.IsNotExist(err) {
		t.Errorf("a server without its keys wrote some: %v", err)
	}
	tm.says(tm.run(2, "keys", "restore", file, "--passphrase-file", tm.write("wrong", "这一句口令不对不对不对不对\n")), "doesn't open")
	tm.says(tm.run(0, "keys", "restore", file, "--passphrase-file", phrase), "2 keys")
	numbers()

	// An older copy of the keys than the data says which key is missing.
	tm.run(0, "keys", "rotate", "--rest", "0s")
	if err := os.RemoveAll(keys); err != nil {
		t.Fatal(err)
	}
	tm.says(tm.run(5, "keys", "restore", file, "--passphrase-file", phrase), "Keys restored to", "is missing: ", "newer backup of the keys")
	tm.says(tm.run(5, "keys", "status"), "is missing: ", "texts were sealed with a key that isn't here")
}
