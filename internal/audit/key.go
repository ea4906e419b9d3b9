package audit

import (
	"bytes"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/mod/sumdb/note"
)

const (
	origin          = "bilin-audit" // names the log in its checkpoints
	keyName         = "key"         // the signing key, for the owner only
	verifierName    = "key.pub"     // what checkpoints are verified with, for everybody
	checkpointsName = "checkpoints"
)

// openKeys reads the signing key and makes it on the very first start.
func openKeys(dir string) (note.Signer, note.Verifier, error) {
	name := filepath.Join(dir, keyName)
	raw, err := os.ReadFile(name)
	if errors.Is(err, fs.ErrNotExist) {
		if err := createKey(dir, name); err != nil {
			return nil, nil, fmt.Errorf("new signing key: %w", err)
		}
		raw, err = os.ReadFile(name)
	}
	if err != nil {
		return nil, nil, fmt.Errorf("signing key: %w", err)
	}
	secret := string(bytes.TrimSpace(raw))
	signer, err := note.NewSigner(secret)
	if err != nil {
		return nil, nil, fmt.Errorf("signing key: %s: %w", name, err)
	}
	if err := publish(filepath.Join(dir, verifierName), secret); err != nil {
		return nil, nil, err
	}
	verifier, err := openVerifier(dir)
	if err != nil {
		return nil, nil, err
	}
	return signer, verifier, agree(signer, verifier)
}

// createKey makes the signing key. A log that has been signed before needs the
// key it had: a new one could prove nothing of the past.
func createKey(dir, name string) error {
	for _, left := range []string{checkpointsName, verifierName} {
		if exists(filepath.Join(dir, left)) && !exists(name) { // in this order: another process may be creating them
			return fmt.Errorf("%s is missing, but %s is there; restore the key from its backup", name, left)
		}
	}
	secret, _, err := note.GenerateKey(rand.Reader, origin)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	return writeOnce(name, secret+"\n", 0o600)
}

func exists(name string) bool {
	_, err := os.Stat(name)
	return err == nil
}

// publish writes the public half beside the key if it isn't there yet.
func publish(name, secret string) error {
	if exists(name) {
		return nil
	}
	public, err := verifierOf(secret)
	if err != nil {
		return err
	}
	return writeOnce(name, public+"\n", 0o644)
}

// verifierOf derives the text of the verifier from that of the signing key,
// which ends in the algorithm and the seed.
func verifierOf(secret string) (string, error) {
	parts := strings.SplitN(secret, "+", 5) // PRIVATE, KEY, name, number, seed
	seed, err := base64.StdEncoding.DecodeString(parts[len(parts)-1])
	if err != nil || len(seed) != 1+ed25519.SeedSize {
		return "", errors.New("signing key has no ed25519 seed")
	}
	public := ed25519.NewKeyFromSeed(seed[1:]).Public().(ed25519.PublicKey)
	return note.NewEd25519VerifierKey(origin, public)
}

// writeOnce writes a file whole; if another process is first, its file stands.
func writeOnce(name, text string, mode fs.FileMode) error {
	dir := filepath.Dir(name)
	f, err := os.CreateTemp(dir, filepath.Base(name)+".*")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name()) // a leftover draft is harmless
	_, err = f.WriteString(text)
	if err := errors.Join(err, f.Chmod(mode), f.Sync(), f.Close()); err != nil {
		return err
	}
	if err := os.Link(f.Name(), name); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	return syncDir(dir)
}

func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// openVerifier reads the public key: all that verification needs.
func openVerifier(dir string) (note.Verifier, error) {
	raw, err := os.ReadFile(filepath.Join(dir, verifierName))
	if err != nil {
		return nil, fmt.Errorf("verifier: %w", err)
	}
	v, err := note.NewVerifier(string(bytes.TrimSpace(raw)))
	if err != nil {
		return nil, fmt.Errorf("verifier: %s: %w", filepath.Join(dir, verifierName), err)
	}
	return v, nil
}

// agree checks that the public file belongs to the signing key.
func agree(signer note.Signer, verifier note.Verifier) error {
	probe := []byte("probe\n")
	signature, err := signer.Sign(probe)
	if err != nil {
		return err
	}
	if signer.KeyHash() != verifier.KeyHash() || !verifier.Verify(probe, signature) {
		return fmt.Errorf("%s is not the public half of %s: one of them was exchanged", verifierName, keyName)
	}
	return nil
}
