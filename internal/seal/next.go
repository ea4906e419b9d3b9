package seal

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"syscall"
	"time"

	"github.com/tink-crypto/tink-go/v2/aead"
	"github.com/tink-crypto/tink-go/v2/keyset"

	"bilin/internal/errs"
)

// errRotating: one rotation at a time.
var errRotating = errs.E(errs.Conflict, "seal.rotating")

// KeyState is what a key of the city does.
type KeyState string

// The states, in the order in which a key goes through them.
const (
	KeyWaits KeyState = "waits" // made, and not used yet: every replica must know it first
	KeySeals KeyState = "seals"
	KeyOpens KeyState = "opens" // replaced; what it sealed is being sealed anew
	KeyRests KeyState = "rests" // nothing is sealed with it any more; it goes after a while
)

// KeyInfo is one of the city's keys.
type KeyInfo struct {
	Set   string // "field" or "wrap"
	ID    uint32
	State KeyState
	Until time.Time // of a resting key: when it goes
}

// Keys lists the city's keys that seal.
func (s *Sealer) Keys() ([]KeyInfo, error) {
	ring, err := readRing(s.file())
	if err != nil {
		return nil, err
	}
	var all []KeyInfo
	for _, set := range []string{"field", "wrap"} {
		handle, err := parseKeyset(*ring.set(set))
		if err != nil {
			return nil, err
		}
		info := handle.KeysetInfo()
		for _, k := range info.GetKeyInfo() {
			all = append(all, ring.info(set, k.GetKeyId(), info.GetPrimaryKeyId()))
		}
	}
	return all, nil
}

func (ring *keyring) info(set string, id, primary uint32) KeyInfo {
	k := KeyInfo{Set: set, ID: id, State: KeyWaits}
	until, old := ring.Rest[id]
	switch {
	case id == primary:
		k.State = KeySeals
	case old && until == 0:
		k.State = KeyOpens
	case old:
		k.State, k.Until = KeyRests, time.UnixMilli(until).UTC()
	}
	return k
}

func (ring *keyring) set(name string) *json.RawMessage {
	if name == "wrap" {
		return &ring.Wrap
	}
	return &ring.Field
}

// eachSet edits the keysets that seal.
func (ring *keyring) eachSet(edit func(set string, h *keyset.Handle, m *keyset.Manager) error) error {
	for _, set := range []string{"field", "wrap"} {
		raw := ring.set(set)
		handle, err := parseKeyset(*raw)
		if err != nil {
			return err
		}
		m := keyset.NewManagerFromHandle(handle)
		if err := edit(set, handle, m); err != nil {
			return err
		}
		if handle, err = m.Handle(); err != nil {
			return err
		}
		if *raw, err = formatKeyset(handle); err != nil {
			return err
		}
	}
	return nil
}

// inState returns the numbers of a keyset's keys in a state.
func (ring *keyring) inState(set string, h *keyset.Handle, state KeyState) (ids []uint32) {
	info := h.KeysetInfo()
	for _, k := range info.GetKeyInfo() {
		if ring.info(set, k.GetKeyId(), info.GetPrimaryKeyId()).State == state {
			ids = append(ids, k.GetKeyId())
		}
	}
	return ids
}

// prepare gives each keyset a key that waits, unless a rotation is under way.
func (ring *keyring) prepare() (underWay bool, err error) {
	for _, until := range ring.Rest {
		underWay = underWay || until == 0
	}
	if underWay {
		return true, nil
	}
	return false, ring.eachSet(func(set string, h *keyset.Handle, m *keyset.Manager) error {
		if len(ring.inState(set, h, KeyWaits)) > 0 {
			return nil
		}
		_, err := m.Add(aead.AES256GCMKeyTemplate())
		return err
	})
}

// promote lets the waiting keys seal, and those that sealed so far only open.
func (ring *keyring) promote() error {
	if ring.Rest == nil {
		ring.Rest = map[uint32]int64{}
	}
	return ring.eachSet(func(set string, h *keyset.Handle, m *keyset.Manager) error {
		waiting := ring.inState(set, h, KeyWaits)
		if len(waiting) == 0 {
			return nil
		}
		ring.Rest[h.KeysetInfo().GetPrimaryKeyId()] = 0
		return m.SetPrimary(waiting[len(waiting)-1])
	})
}

// lay lets keys rest that only open, until a time.
func (ring *keyring) lay(until time.Time) {
	for id, at := range ring.Rest {
		if at == 0 {
			ring.Rest[id] = until.UnixMilli()
		}
	}
}

// drop removes keys that have rested long enough.
func (ring *keyring) drop(now time.Time) error {
	gone := map[uint32]bool{}
	err := ring.eachSet(func(set string, h *keyset.Handle, m *keyset.Manager) error {
		for _, id := range ring.inState(set, h, KeyRests) {
			if ring.Rest[id] > now.UnixMilli() {
				continue
			}
			if err := m.Delete(id); err != nil {
				return err
			}
			gone[id] = true
		}
		return nil
	})
	for id := range gone {
		delete(ring.Rest, id)
	}
	return err
}

// due says whether a key has rested long enough.
func (ring *keyring) due(now time.Time) bool {
	return slices.ContainsFunc(values(ring.Rest), func(until int64) bool { return until != 0 && until <= now.UnixMilli() })
}

func values(m map[uint32]int64) []int64 {
	out := make([]int64, 0, len(m))
	for _, v := range m {
		out = append(out, v)
	}
	return out
}

// lockRotation keeps a second rotation out, in this process and in others.
func lockRotation(dir string) (unlock func(), err error) {
	f, err := os.OpenFile(filepath.Join(dir, "rotate.lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		_ = f.Close()
		if errors.Is(err, syscall.EWOULDBLOCK) {
			return nil, errRotating
		}
		return nil, err
	}
	return func() { _ = f.Close() }, nil
}
