// Package seal encrypts single fields bound to their row, and makes blind indexes to find them by.
//
// A sealed text says which key made it, so that several keys can live side by
// side while one replaces the other. Its first byte is Tink's format; another
// first byte is free for keys of another kind.
package seal

import (
	_ "embed"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"fmt"

	"bilin/internal/errs"
	"bilin/internal/i18n"
)

//go:embed messages.json
var rawMessages []byte

// Messages is what this package says to people.
var Messages = i18n.MustParse(rawMessages)

// What can be wrong with a sealed text. Compare with errors.Is.
var (
	// ErrWrongKey: it was sealed with a key that isn't in the key directory.
	ErrWrongKey = errs.E(errs.Internal, "seal.wrong_key")
	// ErrAltered: the key is right, but the text was changed, or copied here
	// from another row or column.
	ErrAltered = errs.E(errs.Internal, "seal.altered")
)

const (
	indexSize  = 16 // bytes of a blind index: no two of 10^9 values meet by chance
	prefixSize = 5  // Tink's format byte and key number
	tinkFormat = 1
)

// Seal encrypts a text for one place: binding is "table/column/rowid", and only
// there can it be opened. An empty text stays empty, as nothing is hidden in it.
func (s *Sealer) Seal(plain, binding string) (string, error) {
	if plain == "" {
		return "", nil
	}
	sealed, err := s.keys().field.Encrypt([]byte(plain), []byte(binding))
	if err != nil {
		return "", fmt.Errorf("seal: %s: %w", binding, err)
	}
	return base64.RawStdEncoding.EncodeToString(sealed), nil
}

// Open returns the text that Seal was given for the same binding. It fails with
// ErrWrongKey or ErrAltered.
func (s *Sealer) Open(sealed, binding string) (string, error) {
	if sealed == "" {
		return "", nil
	}
	raw, err := base64.RawStdEncoding.DecodeString(sealed)
	if err != nil {
		return "", fmt.Errorf("seal: %s: not a sealed text: %w", binding, ErrAltered)
	}
	c, err := s.knowing(raw, func(k *keys) *cipher { return k.field })
	if err != nil {
		return "", fmt.Errorf("seal: %s: %w", binding, err)
	}
	plain, err := c.Decrypt(raw, []byte(binding))
	if err != nil {
		return "", fmt.Errorf("seal: %s: %w", binding, ErrAltered)
	}
	return string(plain), nil
}

// knowing returns the keyset that has the key which sealed a text. Another
// process may have made that key just now, so it looks again before it gives up.
func (s *Sealer) knowing(raw []byte, set func(*keys) *cipher) (*cipher, error) {
	c := set(s.keys())
	id, ok := keyNumber(raw)
	if !ok || c.known[id] {
		return c, nil
	}
	if err := s.load(); err != nil {
		return nil, fmt.Errorf("keys: %w", err)
	}
	if c = set(s.current.Load()); !c.known[id] {
		return nil, fmt.Errorf("sealed with key %d: %w", id, ErrWrongKey)
	}
	return c, nil
}

// keyNumber reads which key sealed a text.
func keyNumber(raw []byte) (uint32, bool) {
	if len(raw) < prefixSize || raw[0] != tinkFormat {
		return 0, false
	}
	return binary.BigEndian.Uint32(raw[1:prefixSize]), true
}

// Index returns the blind index of a value: equal for equal values of a kind
// ("phone", "identity"), and saying nothing about the value to whoever lacks
// the key. The caller folds the value first, such as to digits only. An empty
// value has an empty index.
func (s *Sealer) Index(kind, value string) string {
	if value == "" {
		return ""
	}
	return s.mark("index\x00" + kind + "\x00" + value)
}

// IndexOf is Index of what a value is as JSON: it tells a command from another
// where a plain digest of few possible ones would give it away.
func (s *Sealer) IndexOf(kind string, value any) (string, error) {
	text, err := json.Marshal(value)
	if err != nil {
		return "", fmt.Errorf("seal: index of %s: %w", kind, err)
	}
	return s.Index(kind, string(text)), nil
}

// Fingerprint names the index key without telling it. Stored beside the data
// and compared at start, it shows a lost or exchanged key directory before new
// rows are written under other keys.
func (s *Sealer) Fingerprint() string { return s.mark("fingerprint\x00") }

func (s *Sealer) mark(input string) string {
	out, err := s.keys().index.ComputePRF([]byte(input), indexSize)
	if err != nil { // only for a length the hash can't give
		panic(fmt.Sprintf("seal: index: %v", err))
	}
	return base64.RawURLEncoding.EncodeToString(out)
}
