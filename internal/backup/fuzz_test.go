package backup

import (
	"bytes"
	"testing"
	"time"

	"filippo.io/age"
	"github.com/klauspost/compress/zstd"
)

// What is no backup of ours is refused and nothing panics: neither as it comes,
// nor as what somebody encrypted to our key, compressed or not.
func FuzzCheck(f *testing.F) {
	f.Add([]byte("age-encryption.org/v1\n-> X25519 AAAA\nAAAA\n--- AAAA\n"))
	f.Add([]byte("\x28\xb5\x2f\xfd\x00\x00"))
	f.Add(append([]byte("manifest.json"), make([]byte, 600)...))
	id, err := age.GenerateX25519Identity()
	if err != nil {
		f.Fatal(err)
	}
	packer, err := zstd.NewWriter(nil)
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		for _, in := range [][]byte{raw, encrypted(t, id, raw), encrypted(t, id, packer.EncodeAll(raw, nil))} {
			_, err := Check(t.Context(), bytes.NewReader(in), RestoreOptions{Dir: t.TempDir(), Now: time.Now, Identities: []age.Identity{id}})
			if err == nil {
				t.Errorf("%q is taken for a backup", raw)
			}
		}
	})
}

func encrypted(t *testing.T, id *age.X25519Identity, raw []byte) []byte {
	t.Helper()
	var out bytes.Buffer
	w, err := age.Encrypt(&out, id.Recipient())
	if err == nil {
		_, err = w.Write(raw)
	}
	if err == nil {
		err = w.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}
