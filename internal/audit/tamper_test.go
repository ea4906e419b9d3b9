package audit_test

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"bilin/internal/audit"
	"bilin/internal/sqldb"
	"bilin/internal/sqldbtest"
)

// signed is a log of 30 rows with checkpoints at 10, 20 and 25.
func signed(t *testing.T, db *sqldb.DB) *bundle {
	b := setup(t, db)
	for _, n := range []int{10, 10, 5} {
		b.append(n)
		b.must(b.log.Sequence(b.ctx))
		b.must(b.log.Checkpoint(b.ctx))
	}
	b.append(5)
	b.must(b.log.Sequence(b.ctx))
	b.sound(30, 25)
	return b
}

func (b *bundle) file(name string) string { return filepath.Join(b.dir, "audit", name) }

func (b *bundle) read(name string) []byte {
	b.Helper()
	raw, err := os.ReadFile(b.file(name))
	b.must(err)
	return raw
}

func (b *bundle) write(name string, raw []byte) {
	b.Helper()
	b.must(os.WriteFile(b.file(name), raw, 0o600))
}

// lines returns the checkpoint file's first n lines.
func (b *bundle) lines(n int) []byte {
	b.Helper()
	return bytes.Join(bytes.SplitAfter(b.read("checkpoints"), []byte("\n"))[:n], nil)
}

// resequence puts the log back to a size and sequences entries anew with
// another key: what somebody with full access to the database could do.
func (b *bundle) resequence(size int64, nodes int64, entries int) {
	b.Helper()
	b.exec(`DELETE FROM audit_entry WHERE seq >= $1`, size)
	b.exec(`DELETE FROM audit_hash WHERE idx >= $1`, nodes)
	b.exec(`UPDATE audit_head SET size = $1`, size)
	b.log = b.open()
	for range entries {
		b.must(b.appendWith(b.log, audit.Entry{ActorID: "forger", Action: "demand.raise"}))
	}
	b.must(b.log.Sequence(b.ctx))
}

// tampering is something done to the signed log, and what must be found.
type tampering struct {
	name   string
	tamper func(b *bundle)
	want   audit.Failure
	proved int64
}

// tamperings are found on both engines alike.
func tamperings() []tampering {
	return []tampering{
		{"an altered row", func(b *bundle) {
			b.exec(`UPDATE audit_entry SET actor_name = '别人' WHERE seq = 13`)
		}, audit.Failure{Code: audit.Altered, Seq: 13}, 10},
		{"an altered time", func(b *bundle) {
			b.exec(`UPDATE audit_entry SET at = at + 1 WHERE seq = 0`)
		}, audit.Failure{Code: audit.Altered, Seq: 0}, 0},
		{"text moved between columns", func(b *bundle) {
			b.exec(`UPDATE audit_entry SET object_id = object_id || unit_id, unit_id = '' WHERE seq = 4`)
		}, audit.Failure{Code: audit.Altered, Seq: 4}, 0},
		{"a deleted row", func(b *bundle) {
			b.exec(`DELETE FROM audit_entry WHERE seq = 7`)
		}, audit.Failure{Code: audit.Missing, Seq: 7}, 0},
		{"two rows exchanged", func(b *bundle) {
			b.exec(`UPDATE audit_entry SET seq = 99 WHERE seq = 14`)
			b.exec(`UPDATE audit_entry SET seq = 14 WHERE seq = 15`)
			b.exec(`UPDATE audit_entry SET seq = 15 WHERE seq = 99`)
		}, audit.Failure{Code: audit.Altered, Seq: 14}, 10},
		{"an altered node", func(b *bundle) {
			b.exec(`UPDATE audit_hash SET hash = (SELECT hash FROM audit_hash WHERE idx = 0) WHERE idx = 2`)
		}, audit.Failure{Code: audit.Tree, Seq: 1}, 0},
		{"the last row deleted", func(b *bundle) {
			b.exec(`DELETE FROM audit_entry WHERE seq = 29`)
		}, audit.Failure{Code: audit.Missing, Seq: 29}, 25},
		{"the tail cut behind the last checkpoint", func(b *bundle) {
			b.resequence(22, 41, 0)
		}, audit.Failure{Code: audit.Cut, Seq: 22, Until: 25}, 20},
		{"the end set back", func(b *bundle) {
			b.exec(`UPDATE audit_head SET size = 27`)
		}, audit.Failure{Code: audit.Surplus, Seq: 27}, 25},
		{"rows and tree rewritten", func(b *bundle) {
			b.resequence(22, 41, 8)
		}, audit.Failure{Code: audit.Rewritten, Seq: 20, Until: 25}, 20},
		{"rows, tree and the database's checkpoint rewritten", func(b *bundle) {
			b.exec(`DELETE FROM audit_checkpoint WHERE size = 25`)
			b.resequence(22, 41, 3)
			kept := b.read("checkpoints")
			b.write("checkpoints", b.lines(2))
			b.must(b.log.Checkpoint(b.ctx))
			b.write("checkpoints", kept)
		}, audit.Failure{Code: audit.Rewritten, Seq: 20, Until: 25}, 20},
		{"a replaced checkpoint", func(b *bundle) {
			b.exec(`UPDATE audit_checkpoint SET note = (SELECT note FROM audit_checkpoint WHERE size = 10) WHERE size = 20`)
		}, audit.Failure{Code: audit.Unsigned, Seq: 20, Until: 20}, 20},
		{"a checkpoint edited", func(b *bundle) {
			b.exec(`UPDATE audit_checkpoint SET note = REPLACE(note, 'bilin-audit', 'bilin-audi7') WHERE size = 20`)
		}, audit.Failure{Code: audit.Unsigned, Seq: 20, Until: 20}, 20},
		{"a line of the file edited", func(b *bundle) {
			b.write("checkpoints", bytes.Replace(b.read("checkpoints"), []byte(`\nat 1`), []byte(`\nat 2`), 1))
		}, audit.Failure{Code: audit.Unsigned, Seq: 0, Until: 10}, 0},
		{"rubbish in the file", func(b *bundle) {
			b.write("checkpoints", append([]byte("rubbish\n"), b.read("checkpoints")...))
		}, audit.Failure{Code: audit.Unsigned, Seq: 0}, 0},
	}
}

func TestVerifyFinds(t *testing.T) {
	t.Parallel()
	for _, tt := range tamperings() {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
				b := signed(t, db)
				tt.tamper(b)
				report := b.verify()
				if report.OK() {
					t.Fatal("not found")
				}
				got := *report.Failure
				got.ID, got.At = "", tt.want.At // of the row, which varies
				if got != tt.want {
					t.Errorf("failure %+v, want %+v", got, tt.want)
				}
				if report.Proved != tt.proved {
					t.Errorf("%d rows proved, want %d", report.Proved, tt.proved)
				}
			})
		})
	}
}

func TestVerifyComparesFileAndDatabase(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		tamper func(b *bundle)
		want   audit.Failure
	}{
		"a checkpoint deleted in the database": {func(b *bundle) {
			b.exec(`DELETE FROM audit_checkpoint WHERE size = 10`)
		}, audit.Failure{Code: audit.Unlisted, Seq: 10, Until: 10}},
		"every checkpoint deleted in the database": {func(b *bundle) {
			b.exec(`DELETE FROM audit_checkpoint`)
		}, audit.Failure{Code: audit.Unlisted, Seq: 10, Until: 10}},
		"the last two deleted in the database": {func(b *bundle) {
			b.exec(`DELETE FROM audit_checkpoint WHERE size >= 20`)
		}, audit.Failure{Code: audit.Unlisted, Seq: 20, Until: 20}},
		"the file's end cut": {func(b *bundle) {
			b.write("checkpoints", b.lines(2))
		}, audit.Failure{Code: audit.Unrecorded, Seq: 25, Until: 25}},
		"the file deleted": {func(b *bundle) {
			b.must(os.Remove(b.file("checkpoints")))
		}, audit.Failure{Code: audit.Unrecorded, Seq: 10, Until: 10}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := signed(t, sqldbtest.Open(t, sqldb.SQLite))
			tt.tamper(b)
			report := b.verify()
			if report.OK() || *report.Failure != tt.want {
				t.Errorf("report %+v, failure %+v; want %+v", report, report.Failure, tt.want)
			}
			if report.Failure.Row() != 0 {
				t.Errorf("row %d is said to fail, though a checkpoint does", report.Failure.Row())
			}
			if report.Proved != tt.want.Seq || report.Checkpoints == 0 || report.Unproved != report.Rows-report.Proved {
				t.Errorf("counts %+v", report)
			}
		})
	}
}

func TestVerifyFindsASwappedKey(t *testing.T) {
	t.Parallel()
	b := signed(t, sqldbtest.Open(t, sqldb.SQLite))
	for _, name := range []string{"key", "key.pub"} {
		b.must(os.Remove(b.file(name)))
	}
	if _, err := audit.Open(b.db, audit.Options{Dir: b.dir}); err == nil {
		t.Error("a new key is made beside old checkpoints")
	}
	other := setup(t, sqldbtest.Open(t, sqldb.SQLite))
	b.write("key", other.read("key"))
	b.write("key.pub", other.read("key.pub"))
	report := b.verify()
	if report.OK() || report.Failure.Code != audit.Unsigned || report.Failure.Until != 10 {
		t.Errorf("a swapped key: %+v", report.Failure)
	}
}

func TestOpenRefusesKeysThatDoNotBelongTogether(t *testing.T) {
	t.Parallel()
	b := setup(t, sqldbtest.Open(t, sqldb.SQLite))
	other := setup(t, sqldbtest.Open(t, sqldb.SQLite))
	b.write("key.pub", other.read("key.pub"))
	if _, err := audit.Open(b.db, audit.Options{Dir: b.dir}); err == nil {
		t.Error("a foreign public key is accepted")
	}
	b.must(os.Remove(b.file("key.pub")))
	b.open()
	if _, err := os.Stat(b.file("key.pub")); err != nil {
		t.Errorf("the public half is not written again: %v", err)
	}
	info, err := os.Stat(b.file("key"))
	b.must(err)
	if info.Mode().Perm() != 0o600 {
		t.Errorf("key has mode %v", info.Mode().Perm())
	}
}

func TestAPowerCutWhileSigning(t *testing.T) {
	t.Parallel()
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		b := signed(t, db)
		whole := b.read("checkpoints")
		b.write("checkpoints", append(whole, `"bilin-audit\n3`...))
		if report := b.sound(30, 25); !report.Torn {
			t.Error("the torn line is not mentioned")
		}
		b.must(b.open().Stop(b.ctx))
		if report := b.sound(30, 30); report.Torn {
			t.Error("the torn line is still there")
		}
		b.exec(`DELETE FROM audit_checkpoint WHERE size = 30`) // the database didn't get it
		b.sound(30, 30)
		b.append(1)
		b.must(b.open().Stop(b.ctx))
		b.sound(31, 31)
		if n := b.count(`SELECT COUNT(*) FROM audit_checkpoint`); n != 5 {
			t.Errorf("%d checkpoints in the database, want 10, 20, 25, 30 and 31", n)
		}
	})
}

func TestReplicasWithFilesOfTheirOwn(t *testing.T) {
	t.Parallel()
	b := signed(t, sqldbtest.Open(t, sqldb.Postgres))
	dir := t.TempDir()
	b.must(os.Mkdir(filepath.Join(dir, "audit"), 0o700))
	b.must(os.WriteFile(filepath.Join(dir, "audit", "key"), b.read("key"), 0o600))
	other, err := audit.Open(b.db, audit.Options{Dir: dir, Now: b.tick})
	b.must(err)
	b.must(other.Stop(b.ctx))
	b.sound(30, 30) // the first replica's file lacks the last checkpoint
	report, err := audit.Verify(b.ctx, b.db, dir)
	b.must(err)
	if !report.OK() || report.Checkpoints != 8 {
		t.Errorf("the second replica's file is not complete: %+v %+v", report, report.Failure)
	}
}
