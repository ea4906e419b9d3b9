package demand

import (
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base32"
	"encoding/base64"
	"strings"
)

// A track secret is the resident's key to their own demand: 128 random bits in
// 26 characters without look-alikes. Only its hash is kept; being random and
// long, it needs no slow hash.

var trackCode = base32.NewEncoding("0123456789abcdefghjkmnpqrstvwxyz").WithPadding(base32.NoPadding)

const trackBytes = 16

// newTrack returns a fresh secret.
func newTrack() string {
	raw := make([]byte, trackBytes)
	rand.Read(raw) // never fails; the runtime ends the program instead
	return trackCode.EncodeToString(raw)
}

// foldTrack reads a secret as somebody copies it from paper: upper case,
// spaces and dashes, O for 0, I and L for 1.
func foldTrack(s string) string {
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
	}, strings.ToLower(s))
}

func hashTrack(track string) string {
	sum := sha256.Sum256([]byte(foldTrack(track)))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

// opens reports whether track is the demand's secret, in constant time.
func (d *Demand) opens(track string) bool {
	return track != "" && subtle.ConstantTimeCompare([]byte(hashTrack(track)), []byte(d.trackHash)) == 1
}

// SpokenTrack writes a secret in groups of four, to copy from paper.
func SpokenTrack(track string) string {
	var b strings.Builder
	for i, r := range track {
		if i > 0 && i%4 == 0 {
			b.WriteByte(' ')
		}
		b.WriteRune(r)
	}
	return b.String()
}
