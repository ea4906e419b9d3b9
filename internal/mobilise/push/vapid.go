package push

import (
	"crypto/ecdh"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// keyFile lies beside the keys of sealed fields.
const keyFile = "push.json"

// keyPair is what push services know us by (VAPID, RFC 8292). With another pair
// every browser would have to ask again.
type keyPair struct {
	Private string `json:"private"` // base64url
	Public  string `json:"public"`
}

// openKeys reads the pair, and makes it if there is none.
func openKeys(dir string) (keyPair, error) {
	name := filepath.Join(dir, keyFile)
	k, err := readKeys(name)
	if errors.Is(err, fs.ErrNotExist) {
		if err := createKeys(dir, name); err != nil {
			return k, fmt.Errorf("push: new keys: %w", err)
		}
		k, err = readKeys(name)
	}
	if err != nil {
		return keyPair{}, fmt.Errorf("push: keys: %w", err)
	}
	return k, nil
}

// readKeys refuses a file that others on the machine can read, and halves that
// don't belong together.
func readKeys(name string) (k keyPair, err error) {
	info, err := os.Stat(name)
	if err != nil {
		return k, err
	}
	if info.Mode().Perm()&0o007 != 0 {
		return k, fmt.Errorf("%s is open to everybody (%s); chmod 600 it", name, info.Mode().Perm())
	}
	raw, err := os.ReadFile(name)
	if err != nil {
		return k, err
	}
	if err := json.Unmarshal(raw, &k); err != nil {
		return k, fmt.Errorf("%s: %w", name, err)
	}
	secret, err := decode(k.Private)
	if err != nil {
		return k, fmt.Errorf("%s: %w", name, err)
	}
	private, err := ecdh.P256().NewPrivateKey(secret)
	if err != nil {
		return k, fmt.Errorf("%s: %w", name, err)
	}
	if base64.RawURLEncoding.EncodeToString(private.PublicKey().Bytes()) != k.Public {
		return k, fmt.Errorf("%s: its two halves are of different pairs", name)
	}
	return k, nil
}

// createKeys writes a new pair. Two processes may do so at once: the first to
// link its file wins, and both use that one.
func createKeys(dir, name string) error {
	private, err := ecdh.P256().GenerateKey(rand.Reader)
	if err != nil {
		return err
	}
	raw, err := json.MarshalIndent(keyPair{
		Private: base64.RawURLEncoding.EncodeToString(private.Bytes()), Public: base64.RawURLEncoding.EncodeToString(private.PublicKey().Bytes()),
	}, "", "  ")
	if err != nil {
		return err
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	f, err := os.CreateTemp(dir, keyFile+".*") // made with mode 0600
	if err != nil {
		return err
	}
	defer os.Remove(f.Name()) // a leftover draft is harmless
	_, err = f.Write(raw)
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	if err := os.Link(f.Name(), name); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
