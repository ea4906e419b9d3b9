package seal

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"

	"github.com/tink-crypto/tink-go/v2/aead"
	"github.com/tink-crypto/tink-go/v2/insecurecleartextkeyset"
	"github.com/tink-crypto/tink-go/v2/keyset"
	"github.com/tink-crypto/tink-go/v2/prf"
)

// KeyFile holds all keysets: one file is there whole or not at all.
const KeyFile = "seal.json"

// keyring is the file's content, each member a Tink keyset in JSON.
type keyring struct {
	Field json.RawMessage  `json:"field"`          // seals fields of people in posts and of the system
	Index json.RawMessage  `json:"index"`          // blind indexes
	Wrap  json.RawMessage  `json:"wrap,omitempty"` // wraps the vault's keys
	Rest  map[uint32]int64 `json:"rest,omitempty"` // keys that only open any more, and until when
}

// readRing reads the file.
func readRing(name string) (ring keyring, err error) {
	raw, err := readKeys(name)
	if err != nil {
		return ring, err
	}
	if err := json.Unmarshal(raw, &ring); err != nil {
		return ring, fmt.Errorf("%s: %w", name, err)
	}
	return ring, nil
}

// readKeys refuses a file that everybody on the machine can read.
func readKeys(name string) ([]byte, error) {
	info, err := os.Stat(name)
	if err != nil {
		return nil, err
	}
	if info.Mode().Perm()&0o007 != 0 {
		return nil, fmt.Errorf("%s is open to everybody (%s); chmod 600 it", name, info.Mode().Perm())
	}
	return os.ReadFile(name)
}

// createKeys writes new keys. Two processes may start at once: the first to
// link its file wins, and both use that one.
func createKeys(dir, name string) error {
	raw, err := newKeyring()
	if err != nil {
		return err
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	draft, err := writeDraft(dir, raw)
	if err != nil {
		return err
	}
	defer os.Remove(draft) // a leftover draft is harmless
	if err := os.Link(draft, name); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	return syncDir(dir)
}

// editRing changes the file, one process at a time; readers see it before or after.
func editRing(dir string, edit func(*keyring) error) error {
	unlock, err := lockDir(dir)
	if err != nil {
		return err
	}
	defer unlock()
	name := filepath.Join(dir, KeyFile)
	ring, err := readRing(name)
	if err != nil {
		return err
	}
	if err := edit(&ring); err != nil {
		return err
	}
	raw, err := json.MarshalIndent(ring, "", "  ")
	if err != nil {
		return err
	}
	draft, err := writeDraft(dir, raw)
	if err != nil {
		return err
	}
	if err := os.Rename(draft, name); err != nil {
		return errors.Join(err, os.Remove(draft))
	}
	return syncDir(dir)
}

// lockDir takes the directory's lock, which ends with the process at the latest.
func lockDir(dir string) (unlock func(), err error) {
	d, err := os.Open(dir)
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(d.Fd()), syscall.LOCK_EX); err != nil {
		return nil, errors.Join(err, d.Close())
	}
	return func() { _ = d.Close() }, nil
}

func writeDraft(dir string, raw []byte) (string, error) {
	f, err := os.CreateTemp(dir, KeyFile+".*") // made with mode 0600
	if err != nil {
		return "", err
	}
	_, err = f.Write(raw)
	return f.Name(), errors.Join(err, f.Sync(), f.Close())
}

func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

func newKeyring() ([]byte, error) {
	field, errField := keyset.NewHandle(aead.AES256GCMKeyTemplate())
	wrap, errWrap := keyset.NewHandle(aead.AES256GCMKeyTemplate())
	index, errIndex := keyset.NewHandle(prf.HMACSHA256PRFKeyTemplate())
	if err := errors.Join(errField, errWrap, errIndex); err != nil {
		return nil, err
	}
	var ring keyring
	ring.Field, errField = formatKeyset(field)
	ring.Wrap, errWrap = formatKeyset(wrap)
	ring.Index, errIndex = formatKeyset(index)
	if err := errors.Join(errField, errWrap, errIndex); err != nil {
		return nil, err
	}
	return json.MarshalIndent(ring, "", "  ")
}

// addWrap gives a file of an earlier release the key that wraps the vault's.
func addWrap(dir string) error {
	return editRing(dir, func(ring *keyring) error {
		if len(ring.Wrap) > 0 {
			return nil
		}
		wrap, err := keyset.NewHandle(aead.AES256GCMKeyTemplate())
		if err == nil {
			ring.Wrap, err = formatKeyset(wrap)
		}
		return err
	})
}

func formatKeyset(handle *keyset.Handle) (json.RawMessage, error) {
	var b bytes.Buffer
	err := insecurecleartextkeyset.Write(handle, keyset.NewJSONWriter(&b))
	return b.Bytes(), err
}

func parseKeyset(raw []byte) (*keyset.Handle, error) {
	return insecurecleartextkeyset.Read(keyset.NewJSONReader(bytes.NewReader(raw)))
}
