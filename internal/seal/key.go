package seal

import (
	"crypto/aes"
	gocipher "crypto/cipher"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
)

// A text that a subject's key sealed is the format byte, the key's mark, and
// what AES-256-GCM makes of it under a random nonce, bound to its place and to
// the subject.
const (
	vaultFormat = 2
	keySize     = 32
	markSize    = 4 // tells a subject's new key from the one that was destroyed
	headSize    = 1 + markSize
)

type key struct {
	raw  [keySize]byte
	mark [markSize]byte
}

func newKey() *key {
	var k key
	_, _ = rand.Read(k.raw[:]) // never fails
	return k.marked()
}

func (k *key) marked() *key {
	sum := sha256.Sum256(append([]byte("bilin vault mark "), k.raw[:]...))
	copy(k.mark[:], sum[:])
	return k
}

func (k *key) box() (gocipher.AEAD, error) {
	block, err := aes.NewCipher(k.raw[:])
	if err != nil {
		return nil, err
	}
	return gocipher.NewGCMWithRandomNonce(block)
}

func (i *Item) place() []byte { return []byte(i.Subject + "\x00" + i.Binding) }

func (k *key) seal(i Item) (string, error) {
	box, err := k.box()
	if err != nil {
		return "", err
	}
	out := make([]byte, headSize, headSize+len(i.Text)+box.Overhead())
	out[0] = vaultFormat
	copy(out[1:], k.mark[:])
	return base64.RawStdEncoding.EncodeToString(box.Seal(out, nil, []byte(i.Text), i.place())), nil
}

func (k *key) open(i Item) (string, error) {
	raw, err := base64.RawStdEncoding.DecodeString(i.Text)
	if err != nil || len(raw) < headSize || raw[0] != vaultFormat {
		return "", fmt.Errorf("seal: %s: not a sealed text: %w", i.Binding, ErrAltered)
	}
	if [markSize]byte(raw[1:headSize]) != k.mark { // of the subject's earlier key
		return "", fmt.Errorf("seal: %s: %w", i.Binding, ErrErased)
	}
	box, err := k.box()
	if err != nil {
		return "", err
	}
	plain, err := box.Open(nil, nil, raw[headSize:], i.place())
	if err != nil {
		return "", fmt.Errorf("seal: %s: %w", i.Binding, ErrAltered)
	}
	return string(plain), nil
}

func wrapBinding(subject string) []byte { return []byte("vault/" + subject) }

// wrap encrypts a subject's key with the city's.
func (s *Sealer) wrap(subject string, k *key) ([]byte, error) {
	out, err := s.keys().wrap.Encrypt(k.raw[:], wrapBinding(subject))
	if err != nil {
		return nil, fmt.Errorf("seal: wrap: %w", err)
	}
	return out, nil
}

func (s *Sealer) unwrap(subject string, wrapped []byte) (*key, error) {
	c, err := s.knowing(wrapped, func(k *keys) *cipher { return k.wrap })
	if err != nil {
		return nil, fmt.Errorf("seal: unwrap: %w", err)
	}
	raw, err := c.Decrypt(wrapped, wrapBinding(subject))
	if err == nil && len(raw) != keySize {
		err = errors.New("wrong size")
	}
	if err != nil {
		return nil, fmt.Errorf("seal: unwrap: %w: %w", err, ErrAltered)
	}
	var k key
	copy(k.raw[:], raw)
	clear(raw)
	return k.marked(), nil
}
