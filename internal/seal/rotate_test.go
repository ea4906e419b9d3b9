package seal_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"bilin/internal/seal"
	"bilin/internal/sqldb"
)

// The table meta stands for every table with sealed texts.
var (
	ofCity    = seal.Field{Table: "meta", Column: "value", Key: []string{"key"}, Prefix: "meta/value/"}
	ofSubject = seal.Field{Table: "meta", Column: "value", Key: []string{"key"}, Prefix: "meta/value/", Subject: "key"}
)

// rotator is another process that rotates the keys.
func (c *town) rotator(t *testing.T, keep time.Duration, now func() time.Time, fields ...seal.Field) *seal.Rotator {
	t.Helper()
	keys := open(t, c.dir)
	v, err := seal.OpenVault(context.Background(), seal.Options{DB: c.db, Keys: keys})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = v.Close() })
	return seal.NewRotator(seal.RotatorOptions{DB: c.db, Keys: keys, Vault: v, Fields: fields, Keep: keep, Now: now})
}

func (c *town) put(key, sealed string) error {
	ctx := context.Background()
	return c.db.Write(ctx, func(tx *sqldb.Tx) error {
		_, err := tx.ExecContext(ctx, `INSERT INTO meta (key, value) VALUES ($1, $2) ON CONFLICT (key) DO UPDATE SET value = excluded.value`, key, sealed)
		return err
	})
}

func (c *town) get(key string) (sealed string, err error) {
	err = c.db.Reader().QueryRowContext(context.Background(), `SELECT value FROM meta WHERE key = $1`, key).Scan(&sealed)
	return sealed, err
}

func states(t *testing.T, s *seal.Sealer) (out []seal.KeyState) {
	t.Helper()
	all, err := s.Keys()
	if err != nil {
		t.Fatal(err)
	}
	for _, k := range all {
		out = append(out, k.State)
	}
	return out
}

// loadRows is how many texts the load has; the first half is written again and
// again, the other stays as it was put.
const loadRows = 40

// load is a server that reads and writes, its cached keys and all.
type load struct {
	*town
	t      *testing.T
	ctx    context.Context
	boxes  [loadRows]sync.Map // what the vault sealed for each subject
	reads  atomic.Int64
	writes atomic.Int64
}

func loadKey(i int) string     { return fmt.Sprintf("row-%03d", i) }
func loadSubject(i int) string { return fmt.Sprintf("%s-%03d", house, i) }
func loadPlace(i int) string   { return "meta/value/" + loadKey(i) }

func (l *load) fill() {
	l.t.Helper()
	for i := range loadRows {
		if err := l.put(loadKey(i), mustSeal(l.t, l.keys, "139"+loadKey(i), loadPlace(i))); err != nil {
			l.t.Fatal(err)
		}
	}
}

func (l *load) write(r *rand.Rand) {
	for ; l.ctx.Err() == nil; time.Sleep(time.Millisecond) {
		i := r.IntN(loadRows / 2)
		sealed, err := l.keys.Seal(fmt.Sprintf("139%s %d", loadKey(i), r.Int()), loadPlace(i))
		if err == nil {
			err = l.put(loadKey(i), sealed)
		}
		if err != nil {
			l.t.Error("write:", err)
			return
		}
		text, err := l.vault.Seal(context.Background(), loadSubject(i), phone, place)
		if err != nil {
			l.t.Error("vault:", err)
			return
		}
		l.boxes[i].Store(text, true)
		l.writes.Add(1)
	}
}

func (l *load) read(r *rand.Rand) {
	for ; l.ctx.Err() == nil; time.Sleep(time.Millisecond) {
		i := r.IntN(loadRows)
		sealed, err := l.get(loadKey(i))
		plain := ""
		if err == nil {
			plain, err = l.keys.Open(sealed, loadPlace(i))
		}
		if err != nil || !strings.HasPrefix(plain, "139"+loadKey(i)) {
			l.t.Errorf("read %q, %v", plain, err)
			return
		}
		l.reads.Add(1)
	}
}

// opens opens everything with keys and a vault that know nothing of before.
func (l *load) opens() {
	fresh, v := open(l.t, l.dir), l.town.open(l.t)
	for i := range loadRows {
		sealed, err := l.get(loadKey(i))
		if err == nil {
			_, err = fresh.Open(sealed, loadPlace(i))
		}
		if err != nil {
			l.t.Error(err)
		}
		l.boxes[i].Range(func(text, _ any) bool {
			wantOpen(l.t, v, loadSubject(i), text.(string), place, phone)
			return true
		})
	}
}

// TestRotateUnderLoad: a server reads and writes while another process rotates
// twice. Nothing fails, and in the end nothing is sealed with a key of before.
func TestRotateUnderLoad(t *testing.T) {
	t.Parallel()
	eachTown(t, func(t *testing.T, c *town) {
		ctx, stop := context.WithCancel(context.Background())
		defer stop()
		l := &load{town: c, t: t, ctx: ctx}
		l.fill()
		var work sync.WaitGroup
		for n := range uint64(4) {
			work.Go(func() { l.write(rand.New(rand.NewPCG(1, n))) })
			work.Go(func() { l.read(rand.New(rand.NewPCG(2, n))) })
		}
		rotator := c.rotator(t, 0, time.Now, ofCity)
		before := states(t, c.keys)
		for range 2 {
			rep, err := rotator.Run(context.Background())
			if err != nil || rep.Resealed < loadRows/2 || rep.Wrapped == 0 || rep.Unreadable != 0 {
				t.Errorf("rotation %+v, %v", rep, err)
			}
		}
		stop()
		work.Wait()
		t.Logf("%d reads, %d writes", l.reads.Load(), l.writes.Load())
		if after := states(t, c.keys); len(before) != 2 || len(after) != 2 {
			t.Errorf("keys before %v, after %v", before, after)
		}
		counts, err := rotator.Counts(context.Background())
		if err != nil || counts[0].Stale != 0 || counts[0].Texts != loadRows {
			t.Errorf("counts %+v, %v", counts, err)
		}
		l.opens()
	})
}

// TestWhatTheCityKeySealedMovesToItsSubject: what an earlier release wrote.
func TestWhatTheCityKeySealedMovesToItsSubject(t *testing.T) {
	t.Parallel()
	eachTown(t, func(t *testing.T, c *town) {
		for _, id := range []string{house, other} {
			if err := c.put(id, mustSeal(t, c.keys, phone, "meta/value/"+id)); err != nil {
				t.Fatal(err)
			}
		}
		if err := c.put("altered", mustSeal(t, c.keys, phone, place)); err != nil {
			t.Fatal(err)
		}
		r := c.rotator(t, 0, time.Now, ofSubject)
		rep, err := r.Settle(context.Background())
		if err != nil || rep.Resealed != 2 || rep.Unreadable != 1 {
			t.Errorf("settled %+v, %v", rep, err)
		}
		for _, id := range []string{house, other} {
			sealed, err := c.get(id)
			if err != nil || !seal.Vaulted(sealed) {
				t.Errorf("%q is not the subject's, %v", sealed, err)
			}
			wantOpen(t, c.vault, id, sealed, "meta/value/"+id, phone)
		}
	})
}

// TestADamagedKeyStopsNoRotation: it is counted, and everybody else's goes on.
func TestADamagedKeyStopsNoRotation(t *testing.T) {
	t.Parallel()
	eachTown(t, func(t *testing.T, c *town) {
		ctx := context.Background()
		for _, id := range []string{house, other} {
			vaultSeal(t, c.vault, id, phone, place)
			if err := c.put(id, mustSeal(t, c.keys, phone, "meta/value/"+id)); err != nil {
				t.Fatal(err)
			}
		}
		seal.Damage(t, c.vault, house)
		for range 2 {
			rep, err := c.rotator(t, 0, time.Now, ofSubject).Run(ctx)
			if err != nil || rep.Unreadable != 2 { // the key, and the text that would move to it
				t.Errorf("rotated: %+v, %v", rep, err)
			}
		}
		sealed, err := c.get(other)
		if err != nil || !seal.Vaulted(sealed) {
			t.Errorf("%q is not the subject's, %v", sealed, err)
		}
		texts, failed, err := c.open(t).OpenAll(ctx, []seal.Item{{Subject: house, Text: sealed, Binding: "meta/value/" + other}, {Subject: other, Text: sealed, Binding: "meta/value/" + other}})
		if err != nil || failed[0] == nil || failed[1] != nil || texts[1] != phone {
			t.Errorf("of many, one whose key is damaged: %q, %v, %v", texts, failed, err)
		}
		if _, err := c.open(t).Seal(ctx, house, phone, place); !errors.Is(err, seal.ErrAltered) {
			t.Errorf("a damaged key was replaced: %v", err)
		}
	})
}

// TestRotationInSteps: the new keys wait until they are known everywhere, what
// was interrupted goes on, and old keys rest before they go.
func TestRotationInSteps(t *testing.T) {
	t.Parallel()
	eachTown(t, func(t *testing.T, c *town) {
		ctx, now := context.Background(), time.Now()
		if err := c.put("a", mustSeal(t, c.keys, phone, "meta/value/a")); err != nil {
			t.Fatal(err)
		}
		r := c.rotator(t, 24*time.Hour, func() time.Time { return now }, ofCity)
		for range 2 {
			if err := r.Prepare(); err != nil {
				t.Fatal(err)
			}
		}
		want := func(when string, want ...seal.KeyState) {
			t.Helper()
			if got := states(t, c.keys); fmt.Sprint(got) != fmt.Sprint(want) {
				t.Errorf("%s: %v, want %v", when, got, want)
			}
		}
		want("prepared", seal.KeySeals, seal.KeyWaits, seal.KeySeals, seal.KeyWaits)
		cut, stop := context.WithTimeout(ctx, 2500*time.Millisecond) // ends while it waits for the second time
		defer stop()
		if _, err := r.Run(cut); err == nil {
			t.Fatal("not interrupted")
		}
		want("interrupted", seal.KeyOpens, seal.KeySeals, seal.KeyOpens, seal.KeySeals)
		if err := r.Prepare(); err != nil {
			t.Fatal(err)
		}
		if rep, err := r.Run(ctx); err != nil || rep.Resealed != 1 {
			t.Fatalf("%+v, %v", rep, err)
		}
		want("run", seal.KeyRests, seal.KeySeals, seal.KeyRests, seal.KeySeals)
		late, err := open(t, c.dir).Seal(phone, "meta/value/b")
		if err != nil {
			t.Fatal(err)
		}
		now = now.Add(25 * time.Hour)
		if err := c.put("b", late); err != nil {
			t.Fatal(err)
		}
		if _, err := r.Settle(ctx); err != nil {
			t.Fatal(err)
		}
		want("a day later", seal.KeySeals, seal.KeySeals)
		for _, k := range []string{"a", "b"} {
			sealed, err := c.get(k)
			if err == nil {
				_, err = c.keys.Open(sealed, "meta/value/"+k)
			}
			if err != nil {
				t.Errorf("%s: %v", k, err)
			}
		}
	})
}

func TestOneRotationAtATime(t *testing.T) {
	c := &town{dir: filepath.Join(t.TempDir(), "keys")}
	open(t, c.dir)
	unlock := seal.LockRotation(t, c.dir)
	defer unlock()
	r := seal.NewRotator(seal.RotatorOptions{Keys: open(t, c.dir)})
	if err := r.Prepare(); err == nil || !strings.Contains(err.Error(), "seal.rotating") {
		t.Errorf("%v, want seal.rotating", err)
	}
	if info, err := os.Stat(filepath.Join(c.dir, seal.KeyFile)); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info, err)
	}
}

// TestKeysOfAnEarlierRelease: a file without the key that wraps gets one, once.
func TestKeysOfAnEarlierRelease(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	first := open(t, dir)
	sealed := mustSeal(t, first, phone, place)
	seal.WithoutWrap(t, dir)
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			s, err := seal.Open(dir)
			if err != nil {
				t.Error(err)
				return
			}
			if got, err := s.Open(sealed, place); err != nil || got != phone {
				t.Errorf("opened %q, %v", got, err)
			}
		})
	}
	wg.Wait()
	if got := states(t, open(t, dir)); len(got) != 2 {
		t.Errorf("keys %v", got)
	}
}
