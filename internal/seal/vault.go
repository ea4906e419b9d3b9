package seal

import (
	"cmp"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"bilin/internal/errs"
	"bilin/internal/sqldb"
)

// ErrErased: the key of the subject was destroyed, and what it sealed with it.
var ErrErased = errs.E(errs.Gone, "seal.erased")

// Options are what a Vault works with.
type Options struct {
	DB     *sqldb.DB // the city's data: holds the ledger of what was erased
	Keys   *Sealer   // wraps the vault's keys; its directory holds the vault on SQLite
	Now    func() time.Time
	Logger *slog.Logger
}

// Vault keeps one key per subject (a household, an entry of the care list) in a
// store of its own, beside the data and not in its backups. With the key gone,
// what it sealed is gone too, in every copy. It may be used by several
// goroutines and, on PostgreSQL, by several replicas.
type Vault struct {
	o     Options
	store *store
	cache *cache

	work       sync.WaitGroup // destroying of keys that runs behind a commit
	dying      sync.Map       // subject to erased: committed, and not destroyed yet
	waiting    atomic.Int64   // how many are dying; none spares a look
	destroying sync.Mutex
}

// OpenVault opens the key store, and destroys the keys that the ledger says
// are to be gone.
func OpenVault(ctx context.Context, o Options) (*Vault, error) {
	o.Logger = cmp.Or(o.Logger, slog.Default())
	if o.Now == nil {
		o.Now = time.Now
	}
	s, err := openStore(ctx, o)
	if err != nil {
		return nil, fmt.Errorf("seal: vault: %w", err)
	}
	v := &Vault{o: o, store: s, cache: newCache(cachedKeys, cachedFor)}
	if err := v.replayIfBehind(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("seal: vault: %w", err), s.close())
	}
	return v, nil
}

// Close waits for keys that are being destroyed and closes the store.
func (v *Vault) Close() error {
	v.work.Wait()
	return v.store.close()
}

// Item is a text to seal or to open, and where.
type Item struct {
	Subject string // whose key
	Text    string
	Binding string // "table/column/rowid"
}

// Ensure makes the keys that the subjects don't have yet, durably.
func (v *Vault) Ensure(ctx context.Context, subjects ...string) error {
	_, bad, err := v.keysOf(ctx, subjects, true)
	for _, subject := range subjects {
		if err == nil {
			err = bad[subject]
		}
	}
	return err
}

// Seal encrypts a text under the subject's key, which it makes if there is
// none. An empty text stays empty.
func (v *Vault) Seal(ctx context.Context, subject, plain, binding string) (string, error) {
	out, err := v.SealAll(ctx, []Item{{subject, plain, binding}})
	if err != nil {
		return "", err
	}
	return out[0], nil
}

// SealAll is Seal for many: the missing keys are made together.
func (v *Vault) SealAll(ctx context.Context, items []Item) ([]string, error) {
	out, failed, err := v.sealEach(ctx, items)
	if err != nil {
		return nil, err
	}
	if i := slices.IndexFunc(failed, func(err error) bool { return err != nil }); i >= 0 {
		return nil, failed[i]
	}
	return out, nil
}

// sealEach is SealAll where one key may be damaged: failed holds, by position, why
// a text can't be sealed.
func (v *Vault) sealEach(ctx context.Context, items []Item) (out []string, failed []error, err error) {
	keys, bad, err := v.keysOf(ctx, subjectsOf(items, func(i Item) bool { return i.Text != "" }), true)
	if err != nil {
		return nil, nil, err
	}
	out, failed = make([]string, len(items)), make([]error, len(items))
	for n, i := range items {
		if i.Text == "" {
			continue
		}
		k, ok := keys[i.Subject]
		switch cause := bad[i.Subject]; {
		case cause != nil:
			failed[n] = fmt.Errorf("seal: %s: %w", i.Binding, cause)
		case !ok:
			return nil, nil, fmt.Errorf("seal: %s: no key was made", i.Binding)
		default:
			if out[n], err = k.seal(i); err != nil {
				return nil, nil, fmt.Errorf("seal: %s: %w", i.Binding, err)
			}
		}
	}
	return out, failed, nil
}

// Open returns the text that Seal was given for the same subject and binding.
// It fails with ErrErased, ErrWrongKey or ErrAltered. What an earlier release
// sealed with the city's key opens as well.
func (v *Vault) Open(ctx context.Context, subject, sealed, binding string) (string, error) {
	out, failed, err := v.OpenAll(ctx, []Item{{subject, sealed, binding}})
	if err == nil {
		err = failed[0]
	}
	if err != nil {
		return "", err
	}
	return out[0], nil
}

// OpenAll is Open for many, with one question to the store. failed holds, by
// position, why a text can't be opened; err is a failure of the store itself.
func (v *Vault) OpenAll(ctx context.Context, items []Item) (texts []string, failed []error, err error) {
	keys, bad, err := v.keysOf(ctx, subjectsOf(items, func(i Item) bool { return Vaulted(i.Text) }), false)
	if err != nil {
		return nil, nil, err
	}
	texts, failed = make([]string, len(items)), make([]error, len(items))
	for n, i := range items {
		if !Vaulted(i.Text) {
			texts[n], failed[n] = v.o.Keys.Open(i.Text, i.Binding)
			continue
		}
		k, ok := keys[i.Subject]
		switch cause := bad[i.Subject]; {
		case cause != nil:
			failed[n] = fmt.Errorf("seal: %s: %w", i.Binding, cause)
		case !ok:
			failed[n] = fmt.Errorf("seal: %s: %w", i.Binding, ErrErased)
		default:
			texts[n], failed[n] = k.open(i)
		}
	}
	return texts, failed, nil
}

// Vaulted says whether a text was sealed by a vault, not by the city's key.
func Vaulted(sealed string) bool {
	raw, err := base64.RawStdEncoding.DecodeString(sealed[:min(len(sealed), 4)])
	return err == nil && len(raw) > 0 && raw[0] == vaultFormat
}

func subjectsOf(items []Item, wanted func(Item) bool) []string {
	out := make([]string, 0, len(items))
	for _, i := range items {
		if wanted(i) {
			out = append(out, i.Subject)
		}
	}
	return out
}

// manyNew subjects at once are an import's, which has seldom a key for one: they
// aren't looked up first.
const manyNew = 200

// keysOf returns the keys of those of the subjects who have one, and with make
// set gives one to the others. bad says of whom the key is damaged.
func (v *Vault) keysOf(ctx context.Context, subjects []string, make bool) (found map[string]*key, bad map[string]error, err error) {
	now := v.o.Now()
	found, missing, seen := map[string]*key{}, subjects, v.cache.seen()
	if make { // by the store alone: another replica may have erased what is cached here
		if err := v.finishDying(ctx, subjects); err != nil {
			return nil, nil, err
		}
	} else {
		found, missing, seen = v.cache.get(v.living(subjects), now)
	}
	if len(missing) == 0 {
		return found, nil, nil
	}
	if err := v.finishOthers(ctx, missing); err != nil {
		return nil, nil, err
	}
	read, bad := map[string]*key{}, map[string]error{}
	if !make || len(missing) < manyNew {
		read, bad, err = v.read(ctx, missing)
	}
	if err != nil {
		return nil, nil, err
	}
	if make {
		if err := v.create(ctx, missing, read, bad); err != nil {
			return nil, nil, err
		}
	}
	v.cache.put(read, now, seen)
	maps.Copy(found, read)
	return found, bad, nil
}

// living leaves out subjects whose key is about to be destroyed.
func (v *Vault) living(subjects []string) []string {
	if v.waiting.Load() == 0 {
		return subjects
	}
	return slices.DeleteFunc(slices.Clone(subjects), func(subject string) bool {
		_, dying := v.dying.Load(subject)
		return dying
	})
}

// read reads and unwraps the keys of subjects. bad says which of them don't unwrap.
func (v *Vault) read(ctx context.Context, subjects []string) (out map[string]*key, bad map[string]error, err error) {
	wrapped, err := v.store.keys(ctx, subjects)
	if err != nil {
		return nil, nil, err
	}
	out, bad = make(map[string]*key, len(wrapped)), map[string]error{}
	for subject, w := range wrapped {
		k, err := v.o.Keys.unwrap(subject, w)
		switch {
		case damaged(err):
			bad[subject] = err
		case err != nil:
			return nil, nil, err
		default:
			out[subject] = k
		}
	}
	return out, bad, nil
}

// create makes keys for those of the subjects that aren't in have, and adds
// them. Of two that do so at once the first one's keys count. One that is damaged
// isn't replaced: what it sealed may open again, with a backup of the keys.
func (v *Vault) create(ctx context.Context, subjects []string, have map[string]*key, bad map[string]error) error {
	fresh := map[string]*key{}
	rows := make([]newKeyRow, 0, len(subjects))
	for _, subject := range subjects {
		if have[subject] != nil || fresh[subject] != nil || bad[subject] != nil {
			continue
		}
		k := newKey()
		wrapped, err := v.o.Keys.wrap(subject, k)
		if err != nil {
			return err
		}
		fresh[subject] = k
		rows = append(rows, newKeyRow{subject, wrapped})
	}
	if len(rows) == 0 {
		return nil
	}
	added, err := v.store.add(ctx, rows, sqldb.Millis(v.o.Now()))
	if err != nil {
		return err
	}
	if added < len(rows) { // somebody else was first with some
		all, damaged, err := v.read(ctx, subjects)
		if err != nil {
			return err
		}
		fresh = all
		maps.Copy(bad, damaged)
	}
	for subject, k := range fresh {
		have[subject] = k
	}
	return nil
}
