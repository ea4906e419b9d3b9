package witness

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/note"

	"bilin/internal/errs"

	"golang.org/x/mod/sumdb/tlog"
)

var noon = time.Date(2026, 11, 20, 4, 0, 0, 0, time.UTC)

func clock() time.Time { return noon }

// city is a log in memory with a key of its own.
type city struct {
	t      *testing.T
	key    string
	signer note.Signer
	hashes []tlog.Hash
	size   int64
}

func newCity(t *testing.T) *city {
	t.Helper()
	secret, public, err := note.GenerateKey(rand1{}, "bilin-audit")
	must(t, err)
	signer, err := note.NewSigner(secret)
	must(t, err)
	return &city{t: t, key: public, signer: signer}
}

// rand1 makes the log's key the same in each run.
type rand1 struct{}

func (rand1) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = byte(i + 1)
	}
	return len(p), nil
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// ReadHashes gives tlog the stored nodes.
func (c *city) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	out := make([]tlog.Hash, len(indexes))
	for i, n := range indexes {
		out[i] = c.hashes[n]
	}
	return out, nil
}

func (c *city) add(rows ...string) {
	c.t.Helper()
	for _, row := range rows {
		nodes, err := tlog.StoredHashes(c.size, []byte(row), c)
		must(c.t, err)
		c.hashes = append(c.hashes, nodes...)
		c.size++
	}
}

func (c *city) checkpoint() string {
	c.t.Helper()
	root, err := tlog.TreeHash(c.size, c)
	must(c.t, err)
	text := Checkpoint{Origin: "bilin-audit", Size: c.size, Hash: root}
	signed, err := note.Sign(&note.Note{Text: text.Origin + "\n" + decimalOf(text.Size) + "\n" + root.String() + "\nat 1\n"}, c.signer)
	must(c.t, err)
	return string(signed)
}

func decimalOf(n int64) string {
	return strings.TrimSpace(strings.Split(Request{Old: n}.String()[4:], "\n")[0])
}

func (c *city) since(old int64) string {
	c.t.Helper()
	proof, err := tlog.ProveTree(c.size, old, c)
	must(c.t, err)
	return Request{Old: old, Proof: proof, Note: c.checkpoint()}.String()
}

// open makes a witness and tells it of logs.
func open(t *testing.T, dir string, logs ...string) (*Witness, *Verifier) {
	t.Helper()
	name := filepath.Join(dir, "witness.key")
	if _, err := os.Stat(name); err != nil {
		secret, public, err := GenerateKey("province.example")
		must(t, err)
		must(t, os.WriteFile(name, []byte(secret+"\n"), 0o600))
		must(t, os.WriteFile(name+".pub", []byte(public+"\n"), 0o600))
	}
	w, err := Open(name, name+".seen", clock)
	must(t, err)
	for _, key := range logs {
		must(t, w.Introduce(key))
	}
	raw, err := os.ReadFile(name + ".pub")
	must(t, err)
	v, err := NewVerifier(string(raw))
	must(t, err)
	return w, v
}

func refused(t *testing.T, err error, code string) {
	t.Helper()
	if err == nil || errs.As(err).Code != code {
		t.Errorf("%v, want %s", err, code)
	}
}

func TestAWitnessSignsWhatGrew(t *testing.T) {
	t.Parallel()
	c, dir := newCity(t), t.TempDir()
	w, v := open(t, dir, c.key)
	c.add("a", "b", "c")
	signed, err := w.Countersign([]byte(c.checkpoint()))
	must(t, err)
	text, at, err := v.Cosigned(signed)
	must(t, err)
	if !at.Equal(noon) || !strings.HasPrefix(text, "bilin-audit\n3\n") {
		t.Errorf("signed at %v: %q", at, text)
	}
	c.add("d", "e")
	_, err = w.Countersign([]byte(c.checkpoint()))
	refused(t, err, "audit.witness.since")
	again, _ := open(t, dir) // it remembers the log and what it signed
	_, err = again.Countersign([]byte(c.since(2)))
	refused(t, err, "audit.witness.since")
	signed, err = again.Countersign([]byte(c.since(3)))
	must(t, err)
	if _, _, err := v.Cosigned(signed); err != nil {
		t.Error(err)
	}
	_, err = again.Countersign([]byte(c.since(3))) // sent twice
	must(t, err)
}

func TestAWitnessRefuses(t *testing.T) {
	t.Parallel()
	c, dir := newCity(t), t.TempDir()
	w, _ := open(t, dir)
	c.add("a", "b", "c", "d")
	_, err := w.Countersign([]byte(c.checkpoint()))
	refused(t, err, "audit.witness.stranger")
	must(t, w.Introduce(c.key))
	_, err = w.Countersign([]byte(c.checkpoint()))
	must(t, err)

	other := newCity(t) // the same key: a city that rewrote its log
	other.add("a", "x", "c", "d", "e")
	_, err = w.Countersign([]byte(other.since(4)))
	refused(t, err, "audit.witness.rewritten")
	short := newCity(t)
	short.add("a", "b")
	_, err = w.Countersign([]byte(short.checkpoint()))
	refused(t, err, "audit.witness.shorter")
	same := newCity(t)
	same.add("a", "b", "c", "x")
	_, err = w.Countersign([]byte(same.checkpoint()))
	refused(t, err, "audit.witness.shorter")
	_, err = w.Countersign([]byte(strings.Replace(c.checkpoint(), "\n4\n", "\n5\n", 1)))
	refused(t, err, "audit.witness.stranger")
	_, err = w.Countersign([]byte("hello"))
	refused(t, err, "audit.witness.bad_request")

	must(t, os.WriteFile(filepath.Join(dir, "witness.key.seen"), []byte("{"), 0o600))
	_, err = Open(filepath.Join(dir, "witness.key"), filepath.Join(dir, "witness.key.seen"), clock)
	refused(t, err, "audit.witness.bad_state")
}

func TestKeysAreRead(t *testing.T) {
	t.Parallel()
	secret, public, err := GenerateKey("w.example")
	must(t, err)
	s, err := NewSigner(secret, clock)
	must(t, err)
	sig, err := s.Sign([]byte("text\n"))
	must(t, err)
	list, err := ParseVerifiers([]byte("# who we trust\n\n" + public + " # the province\n"))
	must(t, err)
	if len(list) != 1 || !list[0].Verify([]byte("text\n"), sig) || list[0].Verify([]byte("test\n"), sig) {
		t.Error("the public key doesn't fit the secret one")
	}
	sig[7]++ // another time
	if list[0].Verify([]byte("text\n"), sig) {
		t.Error("the time is not signed")
	}
	for _, bad := range []string{"", "a+b", public[1:], strings.Replace(public, "+", "+0", 1), secret} {
		if _, err := NewVerifier(bad); err == nil {
			t.Errorf("%q is taken as a key", bad)
		}
		if _, err := NewSigner(bad, clock); err == nil && bad != secret {
			t.Errorf("%q is taken as a secret key", bad)
		}
	}
	if _, _, err := GenerateKey("two words"); err == nil {
		t.Error("a name with a space")
	}
}

// What is read is written again the same, and nothing panics.
func FuzzRequest(f *testing.F) {
	f.Add([]byte("old 3\n" + tlog.RecordHash([]byte("x")).String() + "\n\nbilin-audit\n4\nhash\n\n— bilin-audit abc\n"))
	f.Add([]byte("old 0\n\nbilin-audit\n"))
	f.Add([]byte("bilin-audit\n4\nAAAA\n\n— x y\n"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		r, err := ParseRequest(raw)
		if err != nil || !bytes.HasPrefix(raw, []byte("old ")) {
			return
		}
		if r.String() != string(raw) {
			again, err := ParseRequest([]byte(r.String()))
			if err != nil || again.Old != r.Old || again.Note != r.Note {
				t.Errorf("%q became %q", raw, r.String())
			}
		}
		if c, err := ParseCheckpoint(r.Note); err == nil && c.Size <= 0 {
			t.Errorf("checkpoint of %d rows", c.Size)
		}
	})
}

// No text makes reading a key panic, and a key that is read verifies nothing by itself.
func FuzzVerifiers(f *testing.F) {
	_, public, _ := GenerateKey("w.example")
	f.Add([]byte(public))
	f.Add([]byte("# x\n" + public + "#y"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		list, err := ParseVerifiers(raw)
		for _, v := range list {
			if err == nil && v.Verify([]byte("x"), make([]byte, 72)) {
				t.Error("zeros are no signature")
			}
		}
	})
}
