// Package ticket makes keys that somebody without an account keeps: in an address, as a QR code, or copied from paper.
//
// A key is 128 random bits in 26 characters without look-alikes. Only its hash
// is kept; being random and long, it needs no slow one.
package ticket

import (
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base32"
	"encoding/base64"
	"strings"
)

const size = 16 // bytes

var code = base32.NewEncoding("0123456789abcdefghjkmnpqrstvwxyz").WithPadding(base32.NoPadding)

// New returns a fresh key.
func New() string {
	raw := make([]byte, size)
	_, _ = rand.Read(raw) // never fails; the runtime ends the program instead
	return code.EncodeToString(raw)
}

// Hash is what is kept of a key, however somebody has written it: upper case,
// spaces and dashes, O for 0, I and L for 1.
func Hash(key string) string {
	sum := sha256.Sum256([]byte(fold(key)))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

func fold(key string) string {
	return strings.Map(func(r rune) rune {
		switch r {
		case 'o':
			return '0'
		case 'i', 'l':
			return '1'
		case ' ', '-', '\t', '\n', '\r', '　':
			return -1
		}
		return r
	}, strings.ToLower(key))
}

// Opens reports whether hash is of this key, in constant time. An empty key opens nothing.
func Opens(key, hash string) bool {
	return key != "" && subtle.ConstantTimeCompare([]byte(Hash(key)), []byte(hash)) == 1
}

// Spoken writes a key in groups of four, to copy from paper.
func Spoken(key string) string {
	var b strings.Builder
	for i, r := range key {
		if i > 0 && i%4 == 0 {
			b.WriteByte(' ')
		}
		b.WriteRune(r)
	}
	return b.String()
}
