package seal

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/tink-crypto/tink-go/v2/aead"
	"github.com/tink-crypto/tink-go/v2/insecurecleartextkeyset"
	"github.com/tink-crypto/tink-go/v2/keyset"
	"github.com/tink-crypto/tink-go/v2/prf"
)

// keyFile holds both keysets: one file is there whole or not at all.
const keyFile = "seal.json"

// keyring is the file's content, each member a Tink keyset in JSON.
type keyring struct {
	Field json.RawMessage `json:"field"`
	Index json.RawMessage `json:"index"`
}

// Open opens the keys in their directory, and makes both if there are none.
func Open(dir string) (*Sealer, error) {
	name := filepath.Join(dir, keyFile)
	raw, err := readKeys(name)
	if errors.Is(err, fs.ErrNotExist) {
		if err := createKeys(dir, name); err != nil {
			return nil, fmt.Errorf("seal: new keys: %w", err)
		}
		raw, err = readKeys(name)
	}
	if err != nil {
		return nil, fmt.Errorf("seal: keys: %w", err)
	}
	var ring keyring
	if err := json.Unmarshal(raw, &ring); err != nil {
		return nil, fmt.Errorf("seal: keys: %s: %w", name, err)
	}
	field, errField := parseKeyset(ring.Field)
	index, errIndex := parseKeyset(ring.Index)
	if err := errors.Join(errField, errIndex); err != nil {
		return nil, fmt.Errorf("seal: keys: %s: %w", name, err)
	}
	return newSealer(field, index)
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

func writeDraft(dir string, raw []byte) (string, error) {
	f, err := os.CreateTemp(dir, keyFile+".*") // made with mode 0600
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
	index, errIndex := keyset.NewHandle(prf.HMACSHA256PRFKeyTemplate())
	if err := errors.Join(errField, errIndex); err != nil {
		return nil, err
	}
	var ring keyring
	var err error
	if ring.Field, err = formatKeyset(field); err != nil {
		return nil, err
	}
	if ring.Index, err = formatKeyset(index); err != nil {
		return nil, err
	}
	return json.MarshalIndent(ring, "", "  ")
}

func formatKeyset(handle *keyset.Handle) (json.RawMessage, error) {
	var b bytes.Buffer
	err := insecurecleartextkeyset.Write(handle, keyset.NewJSONWriter(&b))
	return b.Bytes(), err
}

func parseKeyset(raw []byte) (*keyset.Handle, error) {
	return insecurecleartextkeyset.Read(keyset.NewJSONReader(bytes.NewReader(raw)))
}
