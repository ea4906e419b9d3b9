package audit

import (
	"strings"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
	"pgregory.net/rapid"
)

func TestTheEdgeIsEnoughToGrow(t *testing.T) {
	var all []tlog.Hash // every node, as the reference keeps them
	reader := tlog.HashReaderFunc(func(indexes []int64) ([]tlog.Hash, error) {
		hashes := make([]tlog.Hash, len(indexes))
		for i, index := range indexes {
			hashes[i] = all[index]
		}
		return hashes, nil
	})
	var grown tree
	for n := range int64(300) {
		nodes, err := grown.add(tlog.RecordHash([]byte{byte(n), byte(n >> 8)}))
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, nodes...)
		want, err := tlog.TreeHash(n+1, reader)
		if err != nil {
			t.Fatal(err)
		}
		restored := tree{size: n + 1}
		for _, index := range edge(n + 1) {
			restored.setEdge(index, all[index])
		}
		for name, tr := range map[string]*tree{"grown": &grown, "restored": &restored} {
			if got, err := tr.hash(); err != nil || got != want {
				t.Fatalf("%s tree of %d: hash %v, %v; want %v", name, n+1, got, err, want)
			}
		}
	}
	if int64(len(all)) != tlog.StoredHashCount(300) {
		t.Errorf("%d nodes, want %d", len(all), tlog.StoredHashCount(300))
	}
}

func TestLeavesOfDifferentRecordsDiffer(t *testing.T) {
	draw := rapid.Custom(func(t *rapid.T) Record {
		text := rapid.StringN(0, 3, -1)
		return Record{
			ID: text.Draw(t, "id"), At: time.UnixMilli(rapid.Int64Range(0, 20).Draw(t, "at")).UTC(),
			ActorID: text.Draw(t, "actor"), ActorName: text.Draw(t, "name"), Action: text.Draw(t, "action"),
			ObjectKind: text.Draw(t, "kind"), ObjectID: text.Draw(t, "object"), UnitID: text.Draw(t, "unit"),
			Purpose: text.Draw(t, "purpose"), Detail: text.Draw(t, "detail"),
		}
	})
	rapid.Check(t, func(t *rapid.T) {
		a, b := draw.Draw(t, "a"), draw.Draw(t, "b")
		if (a == b) != (a.leaf() == b.leaf()) {
			t.Fatalf("%+v and %+v", a, b)
		}
	})
}

func newKey(t testing.TB) (note.Signer, note.Verifier) {
	t.Helper()
	signer, verifier, err := openKeys(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	return signer, verifier
}

func TestCheckpointReadsBack(t *testing.T) {
	signer, verifier := newKey(t)
	var tr tree
	for range 5 {
		if _, err := tr.add(tlog.RecordHash(nil)); err != nil {
			t.Fatal(err)
		}
	}
	signed, err := signCheckpoint(&tr, time.UnixMilli(1700000000123), signer)
	if err != nil {
		t.Fatal(err)
	}
	got, err := openCheckpoint(signed.note, verifier)
	if err != nil || got.size != 5 || got.hash != signed.hash || got.at.UnixMilli() != 1700000000123 {
		t.Errorf("read back %+v, %v", got, err)
	}
	if !strings.HasPrefix(signed.note, "bilin-audit\n5\n") {
		t.Errorf("note %q", signed.note)
	}
}

func FuzzParseLine(f *testing.F) {
	signer, verifier := newKey(f)
	var tr tree
	if _, err := tr.add(tlog.RecordHash(nil)); err != nil {
		f.Fatal(err)
	}
	c, err := signCheckpoint(&tr, time.UnixMilli(1), signer)
	if err != nil {
		f.Fatal(err)
	}
	f.Add([]byte(c.note), true)
	f.Add([]byte(`"bilin-audit\n1\n"`), false)
	f.Fuzz(func(t *testing.T, raw []byte, signed bool) {
		if !signed {
			if c, err := parseLine(raw); err == nil && c.size <= 0 {
				t.Errorf("%q has size %d", raw, c.size)
			}
			return
		}
		if got, err := openCheckpoint(string(raw), verifier); err == nil && (got.size != 1 || got.hash != c.hash) {
			t.Errorf("a forged checkpoint is taken: %q", raw)
		}
	})
}

func FuzzParseCursor(f *testing.F) {
	f.Add("1700000000000.12")
	f.Fuzz(func(t *testing.T, cursor string) {
		_, _, _ = parseCursor(cursor)
	})
}
