package witness

import (
	"bytes"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode"

	"golang.org/x/mod/sumdb/note"
)

// algorithm marks a key of cosignatures (C2SP tlog-cosignature, version 1).
const algorithm = 0x04

var errKey = errors.New("malformed witness key")

// GenerateKey makes the key of a new witness: the secret for itself, the public
// half for whoever is to trust it.
func GenerateKey(name string) (secret, public string, err error) {
	if !validName(name) {
		return "", "", errKey
	}
	pub, priv, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return "", "", err
	}
	public = encodeKey(name, pub)
	id, _, _ := strings.Cut(public[len(name)+1:], "+")
	seed := base64.StdEncoding.EncodeToString(append([]byte{algorithm}, priv.Seed()...))
	return fmt.Sprintf("PRIVATE+KEY+%s+%s+%s", name, id, seed), public, nil
}

func validName(name string) bool {
	return name != "" && len(name) <= 100 && strings.IndexFunc(name, unicode.IsSpace) < 0 && !strings.Contains(name, "+")
}

func encodeKey(name string, pub ed25519.PublicKey) string {
	key := append([]byte{algorithm}, pub...)
	return fmt.Sprintf("%s+%08x+%s", name, keyID(name, key), base64.StdEncoding.EncodeToString(key))
}

func keyID(name string, key []byte) uint32 {
	sum := sha256.Sum256(append([]byte(name+"\n"), key...))
	return binary.BigEndian.Uint32(sum[:4])
}

// Verifier checks the cosignatures of one witness.
type Verifier struct {
	name string
	id   uint32
	key  ed25519.PublicKey
}

// NewVerifier reads the public key of a witness.
func NewVerifier(text string) (*Verifier, error) {
	parts := strings.SplitN(strings.TrimSpace(text), "+", 3)
	if len(parts) != 3 || !validName(parts[0]) {
		return nil, errKey
	}
	id, errID := strconv.ParseUint(parts[1], 16, 32)
	key, errRaw := base64.StdEncoding.DecodeString(parts[2])
	if errID != nil || errRaw != nil || len(parts[1]) != 8 || len(key) != 1+ed25519.PublicKeySize || key[0] != algorithm ||
		uint32(id) != keyID(parts[0], key) {
		return nil, errKey
	}
	return &Verifier{name: parts[0], id: uint32(id), key: key[1:]}, nil
}

// ParseVerifiers reads a list of witnesses: one public key a line, # begins a remark.
func ParseVerifiers(raw []byte) ([]*Verifier, error) {
	var out []*Verifier
	for i, line := range strings.Split(string(raw), "\n") {
		line, _, _ = strings.Cut(line, "#")
		if strings.TrimSpace(line) == "" {
			continue
		}
		v, err := NewVerifier(line)
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", i+1, err)
		}
		out = append(out, v)
	}
	return out, nil
}

// Name is the witness's.
func (v *Verifier) Name() string { return v.name }

// KeyHash tells its keys apart.
func (v *Verifier) KeyHash() uint32 { return v.id }

// ID names the key as people compare it.
func (v *Verifier) ID() string { return fmt.Sprintf("%s+%08x", v.name, v.id) }

// Verify reports whether sig, a time and a signature, is of the checkpoint msg.
func (v *Verifier) Verify(msg, sig []byte) bool {
	if len(sig) != 8+ed25519.SignatureSize {
		return false
	}
	return ed25519.Verify(v.key, signedText(binary.BigEndian.Uint64(sig), msg), sig[8:])
}

func signedText(at uint64, msg []byte) []byte {
	return append(fmt.Appendf(nil, "cosignature/v1\ntime %d\n", at), msg...)
}

// Cosigned opens a note and returns when this witness signed it.
func (v *Verifier) Cosigned(signed string) (text string, at time.Time, err error) {
	opened, err := note.Open([]byte(signed), note.VerifierList(v))
	if err != nil {
		return "", time.Time{}, err
	}
	raw, err := base64.StdEncoding.DecodeString(opened.Sigs[0].Base64)
	if err != nil || len(raw) < 12 {
		return "", time.Time{}, errKey
	}
	return opened.Text, time.Unix(int64(binary.BigEndian.Uint64(raw[4:12])), 0).UTC(), nil
}

// signer signs as a witness does, with the time.
type signer struct {
	Verifier
	secret ed25519.PrivateKey
	now    func() time.Time
}

// NewSigner reads the secret key of a witness.
func NewSigner(text string, now func() time.Time) (note.Signer, error) {
	parts := strings.SplitN(text, "+", 5) // PRIVATE, KEY, name, number, seed
	if len(parts) != 5 || parts[0] != "PRIVATE" || parts[1] != "KEY" || !validName(parts[2]) {
		return nil, errKey
	}
	seed, err := base64.StdEncoding.DecodeString(parts[4])
	if err != nil || len(seed) != 1+ed25519.SeedSize || seed[0] != algorithm {
		return nil, errKey
	}
	secret := ed25519.NewKeyFromSeed(seed[1:])
	public, err := NewVerifier(encodeKey(parts[2], secret.Public().(ed25519.PublicKey)))
	if err != nil || fmt.Sprintf("%08x", public.id) != parts[3] {
		return nil, errKey
	}
	return &signer{Verifier: *public, secret: secret, now: now}, nil
}

// Sign returns the time and the signature of both.
func (s *signer) Sign(msg []byte) ([]byte, error) {
	at := uint64(s.now().Unix())
	var out bytes.Buffer
	_ = binary.Write(&out, binary.BigEndian, at) // a buffer takes everything
	out.Write(ed25519.Sign(s.secret, signedText(at, msg)))
	return out.Bytes(), nil
}
