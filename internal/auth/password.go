package auth

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"runtime"
	"strings"

	"golang.org/x/crypto/argon2"

	"bilin/internal/errs"
)

// Params is what a password hash costs. It is kept within each hash, so that
// old hashes stay valid and are renewed at the next login.
type Params struct {
	Memory  uint32 // KiB
	Time    uint32
	Threads uint8
}

// DefaultParams follow OWASP's first recommendation for argon2id.
func DefaultParams() Params { return Params{Memory: 19 * 1024, Time: 2, Threads: 1} }

const (
	saltLen = 16
	keyLen  = 32
	// waiting bounds the queue before the pool: beyond it the honest answer is "later".
	waiting = 64
)

// hasher computes argon2id in a bounded pool, so that a storm of log-ins costs
// time, not the machine's memory.
type hasher struct {
	params Params
	queue  chan struct{}
	slots  chan struct{}
	dummy  string // compared with where there is nothing to compare with
}

func newHasher(p Params) *hasher {
	n := runtime.GOMAXPROCS(0)
	h := &hasher{params: p, queue: make(chan struct{}, n+waiting), slots: make(chan struct{}, n)}
	h.dummy = phc(p, make([]byte, saltLen), make([]byte, keyLen))
	return h
}

// Hash returns the PHC string of a password.
func (h *hasher) Hash(ctx context.Context, password string) (string, error) {
	salt := make([]byte, saltLen)
	rand.Read(salt) // never fails
	var key []byte
	err := h.run(ctx, func() { key = derive(password, salt, h.params) })
	return phc(h.params, salt, key), err
}

// Verify reports whether the password fits the stored hash, and whether the
// hash should be renewed. An empty hash takes the same time and never fits.
func (h *hasher) Verify(ctx context.Context, stored, password string) (fits, renew bool, err error) {
	empty := stored == ""
	if empty {
		stored = h.dummy
	}
	p, salt, want, err := parsePHC(stored)
	if err != nil {
		return false, false, err
	}
	var got []byte
	if err := h.run(ctx, func() { got = derive(password, salt, p) }); err != nil {
		return false, false, err
	}
	fits = subtle.ConstantTimeCompare(got, want) == 1 && !empty
	return fits, fits && p != h.params, nil
}

// run waits for a place in the pool.
func (h *hasher) run(ctx context.Context, fn func()) error {
	select {
	case h.queue <- struct{}{}:
		defer func() { <-h.queue }()
	default:
		return errs.E(errs.Unavailable, "auth.busy")
	}
	select {
	case h.slots <- struct{}{}:
		defer func() { <-h.slots }()
	case <-ctx.Done():
		return ctx.Err()
	}
	fn()
	return nil
}

func derive(password string, salt []byte, p Params) []byte {
	return argon2.IDKey([]byte(password), salt, p.Time, p.Memory, p.Threads, keyLen)
}

// phc writes the hash as the password hashing competition's string format has it.
func phc(p Params, salt, key []byte) string {
	b := base64.RawStdEncoding
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s",
		argon2.Version, p.Memory, p.Time, p.Threads, b.EncodeToString(salt), b.EncodeToString(key))
}

func parsePHC(s string) (p Params, salt, key []byte, err error) {
	parts := strings.Split(s, "$")
	if len(parts) != 6 || parts[1] != "argon2id" || parts[2] != fmt.Sprintf("v=%d", argon2.Version) {
		return p, nil, nil, fmt.Errorf("auth: not an argon2id hash")
	}
	if _, err := fmt.Sscanf(parts[3], "m=%d,t=%d,p=%d", &p.Memory, &p.Time, &p.Threads); err != nil {
		return p, nil, nil, fmt.Errorf("auth: hash parameters: %w", err)
	}
	if p.Time == 0 || p.Threads == 0 || p.Memory > 1<<20 {
		return p, nil, nil, fmt.Errorf("auth: hash parameters out of range")
	}
	if salt, err = base64.RawStdEncoding.DecodeString(parts[4]); err != nil {
		return p, nil, nil, fmt.Errorf("auth: hash salt: %w", err)
	}
	if key, err = base64.RawStdEncoding.DecodeString(parts[5]); err != nil || len(key) != keyLen {
		return p, nil, nil, fmt.Errorf("auth: hash key is damaged")
	}
	return p, salt, key, nil
}
