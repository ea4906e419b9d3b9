package seal

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/tink-crypto/tink-go/v2/aead"
	"github.com/tink-crypto/tink-go/v2/keyset"
	"github.com/tink-crypto/tink-go/v2/prf"
	"github.com/tink-crypto/tink-go/v2/tink"
)

// lookEvery is how long a process may go on with keys that another has
// replaced. Old keys still open then, so nothing fails meanwhile.
const lookEvery = time.Second

// keys are the city's keys as the file has them at one moment.
type keys struct {
	field, wrap *cipher
	index       prf.PRF
	rest        map[uint32]int64
	stamp       fileStamp
}

// cipher is one keyset ready for use.
type cipher struct {
	tink.AEAD
	primary uint32
	known   map[uint32]bool
}

type fileStamp struct {
	changed time.Time
	size    int64
	inode   uint64 // the clock of a file system may be slower than two changes
}

func inode(info os.FileInfo) uint64 {
	if st, ok := info.Sys().(*syscall.Stat_t); ok {
		return st.Ino
	}
	return 0
}

// Sealer seals, opens and indexes. It may be used by several goroutines, and
// follows changes of the key file within a second.
type Sealer struct {
	dir     string
	current atomic.Pointer[keys]
	looked  atomic.Int64 // when the file was last looked at, in milliseconds
	loading sync.Mutex
}

// Open opens the keys in their directory, and makes them if there are none.
func Open(dir string) (*Sealer, error) {
	s := &Sealer{dir: dir}
	err := s.load()
	if errors.Is(err, fs.ErrNotExist) {
		if err := createKeys(dir, s.file()); err != nil {
			return nil, fmt.Errorf("seal: new keys: %w", err)
		}
		err = s.load()
	}
	if err == nil && s.current.Load().wrap == nil {
		if err = addWrap(dir); err == nil {
			err = s.load()
		}
	}
	if err != nil {
		return nil, fmt.Errorf("seal: keys: %w", err)
	}
	return s, nil
}

// Dir is where the keys lie.
func (s *Sealer) Dir() string { return s.dir }

func (s *Sealer) file() string { return filepath.Join(s.dir, KeyFile) }

// load reads the file unless it is the one that is in use.
func (s *Sealer) load() error {
	s.loading.Lock()
	defer s.loading.Unlock()
	info, err := os.Stat(s.file())
	if err != nil {
		return err
	}
	stamp := fileStamp{info.ModTime(), info.Size(), inode(info)}
	if k := s.current.Load(); k != nil && k.stamp == stamp {
		return nil
	}
	ring, err := readRing(s.file())
	if err != nil {
		return err
	}
	k, err := ring.open()
	if err != nil {
		return fmt.Errorf("%s: %w", s.file(), err)
	}
	k.stamp = stamp
	s.current.Store(k)
	return nil
}

// keys returns the keys in use, after a look at the file if the last one is
// some time ago. A file that can't be read leaves the keys as they were.
func (s *Sealer) keys() *keys {
	now, last := time.Now().UnixMilli(), s.looked.Load()
	if now-last >= lookEvery.Milliseconds() && s.looked.CompareAndSwap(last, now) {
		_ = s.load()
	}
	return s.current.Load()
}

func (ring *keyring) open() (*keys, error) {
	field, errField := newCipher(ring.Field)
	index, errIndex := newIndex(ring.Index)
	if err := errors.Join(errField, errIndex); err != nil {
		return nil, err
	}
	k := &keys{field: field, index: index, rest: ring.Rest}
	if len(ring.Wrap) == 0 {
		return k, nil
	}
	var err error
	k.wrap, err = newCipher(ring.Wrap)
	return k, err
}

func newCipher(raw []byte) (*cipher, error) {
	handle, err := parseKeyset(raw)
	if err != nil {
		return nil, err
	}
	box, err := aead.New(handle)
	if err != nil {
		return nil, err
	}
	c := &cipher{AEAD: box, primary: handle.KeysetInfo().GetPrimaryKeyId(), known: map[uint32]bool{}}
	for _, k := range handle.KeysetInfo().GetKeyInfo() {
		c.known[k.GetKeyId()] = true
	}
	return c, nil
}

func newIndex(raw []byte) (prf.PRF, error) {
	var handle *keyset.Handle
	handle, err := parseKeyset(raw)
	if err != nil {
		return nil, err
	}
	set, err := prf.NewPRFSet(handle)
	if err != nil {
		return nil, err
	}
	return set.PRFs[set.PrimaryID], nil
}
