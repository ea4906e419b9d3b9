package seal

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"bilin/internal/sqldb"
)

// RotatorOptions are what a Rotator works with.
type RotatorOptions struct {
	DB     *sqldb.DB
	Keys   *Sealer
	Vault  *Vault
	Fields []Field
	Keep   time.Duration // how long a key that was replaced rests before it goes
	Now    func() time.Time
	Logger *slog.Logger
	Tell   func(Progress) // may be nil
}

// Rotator replaces the city's keys while servers run: it makes new ones, lets
// them seal, seals everything anew in small batches, and retires the old ones.
// What was interrupted goes on where it was.
type Rotator struct {
	o    RotatorOptions
	told map[string]int // of each field, and of the vault's keys (""), how many that don't open were told of
}

// examples are told of the texts of a field that don't open; the rest is a number.
const examples = 3

// Progress is how far a rotation is.
type Progress struct {
	Phase string // "wait", "wrap", or the table that is being sealed anew
	Done  int
}

// Report is what a rotation did.
type Report struct {
	Wrapped    int // keys of the vault that were wrapped anew
	Resealed   int // texts
	Unreadable int // texts, and keys of the vault, that no key opens; the city's old keys stay
}

// NewRotator returns a rotator.
func NewRotator(o RotatorOptions) *Rotator {
	o.Logger = cmp.Or(o.Logger, slog.Default())
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Tell == nil {
		o.Tell = func(Progress) {}
	}
	return &Rotator{o: o, told: map[string]int{}}
}

// passes bounds how often a rotation looks for texts that a command, begun with
// the old key, has committed meanwhile.
const passes = 20

// seen is how long it takes until every process uses what the key file says.
const seen = 2 * lookEvery

// Prepare makes the new keys and doesn't use them yet, so that the key file can
// be copied to replicas on other machines first.
func (r *Rotator) Prepare() error {
	unlock, err := lockRotation(r.o.Keys.dir)
	if err != nil {
		return err
	}
	defer unlock()
	_, err = r.prepare()
	return err
}

func (r *Rotator) prepare() (underWay bool, err error) {
	err = r.edit(func(ring *keyring) error {
		underWay, err = ring.prepare()
		return err
	})
	return underWay, err
}

func (r *Rotator) edit(fn func(*keyring) error) error {
	if err := editRing(r.o.Keys.dir, fn); err != nil {
		return fmt.Errorf("seal: keys: %w", err)
	}
	return r.o.Keys.load()
}

// Run rotates the city's keys, or ends a rotation that was interrupted.
func (r *Rotator) Run(ctx context.Context) (rep Report, err error) {
	unlock, err := lockRotation(r.o.Keys.dir)
	if err != nil {
		return rep, err
	}
	defer unlock()
	underWay, err := r.prepare()
	if err != nil {
		return rep, err
	}
	if !underWay {
		if err := r.wait(ctx); err != nil { // until every server knows the new keys
			return rep, err
		}
		if err := r.edit((*keyring).promote); err != nil {
			return rep, err
		}
	}
	if err := r.wait(ctx); err != nil { // until every server seals with them
		return rep, err
	}
	if err := r.anew(ctx, &rep); err != nil || rep.Unreadable > 0 {
		return rep, err
	}
	return rep, r.edit(func(ring *keyring) error {
		ring.lay(r.o.Now().Add(r.o.Keep))
		return ring.drop(r.o.Now())
	})
}

func (r *Rotator) wait(ctx context.Context) error {
	r.o.Tell(Progress{Phase: "wait"})
	select {
	case <-time.After(seen):
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// Settle seals anew what should be sealed otherwise today, such as what an
// earlier release sealed, and removes keys that have rested long enough. It is
// for a schedule; while a rotation runs it does nothing.
func (r *Rotator) Settle(ctx context.Context) (rep Report, err error) {
	unlock, err := lockRotation(r.o.Keys.dir)
	if errors.Is(err, errRotating) {
		return rep, nil
	}
	if err != nil {
		return rep, err
	}
	defer unlock()
	if err := r.anew(ctx, &rep); err != nil {
		return rep, err
	}
	ring, err := readRing(r.o.Keys.file())
	if err != nil || rep.Unreadable > 0 || !ring.due(r.o.Now()) {
		return rep, err
	}
	return rep, r.edit(func(ring *keyring) error { return ring.drop(r.o.Now()) })
}

// anew wraps and seals anew until a whole pass finds nothing to do.
func (r *Rotator) anew(ctx context.Context, rep *Report) error {
	for range passes {
		wrapped, damaged, err := r.o.Vault.rewrap(ctx, func(n int) { r.o.Tell(Progress{"wrap", n}) })
		if err != nil {
			return err
		}
		if damaged > r.told[""] {
			r.told[""] = damaged
			r.o.Logger.Error("seal: keys of the vault don't unwrap", "n", damaged)
		}
		sealed, bad, err := r.reseal(ctx)
		if err != nil {
			return err
		}
		rep.Wrapped += wrapped
		rep.Resealed += sealed
		rep.Unreadable = damaged + bad
		if wrapped+sealed == 0 {
			return nil
		}
		select {
		case <-time.After(lookEvery):
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
	return errors.New("seal: texts are still being sealed with the old key; does every server see the new one?")
}

func (r *Rotator) reseal(ctx context.Context) (sealed, bad int, err error) {
	for i := range r.o.Fields {
		n, b, err := r.resealField(ctx, &r.o.Fields[i])
		if err != nil {
			return 0, 0, err
		}
		sealed, bad = sealed+n, bad+b
	}
	return sealed, bad, nil
}

func (r *Rotator) resealField(ctx context.Context, f *Field) (sealed, bad int, err error) {
	fresh := freshMark(r.o.Keys.keys().field.primary)
	var after []string
	for {
		rows, err := f.stale(ctx, r.o.DB.Reader(), fresh, after)
		if err != nil || len(rows) == 0 {
			r.tellBad(f, bad)
			return sealed, bad, err
		}
		after = rows[len(rows)-1].key
		good, err := r.sealAnew(ctx, f, rows)
		if err != nil {
			return sealed, bad, err
		}
		bad += len(rows) - len(good)
		var n int
		err = r.o.DB.Write(ctx, func(tx *sqldb.Tx) error {
			n, err = f.replace(ctx, tx, good)
			return err
		})
		if err != nil {
			return sealed, bad, err
		}
		sealed += n
		r.o.Tell(Progress{f.Table, sealed})
	}
}

// tellBad says once of how many texts of a field the examples were.
func (r *Rotator) tellBad(f *Field, bad int) {
	if name := f.name(); bad > 0 && r.told[name] <= examples {
		r.told[name] = examples + 1
		r.o.Logger.Error("seal: texts don't open", "field", name, "n", bad)
	}
}

// sealAnew opens texts and seals them as they would be today. It leaves out
// those that don't open, or whose subject's key doesn't.
func (r *Rotator) sealAnew(ctx context.Context, f *Field, rows []sealedRow) (good []sealedRow, err error) {
	var own []Item // of subjects, whose keys are made together
	for _, row := range rows {
		binding := f.binding(row.key)
		plain, err := r.o.Keys.Open(row.text, binding)
		if err != nil {
			r.tell(f, err)
			continue
		}
		if row.subject != "" {
			own = append(own, Item{row.subject, plain, binding})
		} else if row.anew, err = r.o.Keys.Seal(plain, binding); err != nil {
			return nil, err
		}
		good = append(good, row)
	}
	if len(own) == 0 {
		return good, nil
	}
	sealed, failed, err := r.o.Vault.sealEach(ctx, own)
	if err != nil {
		return nil, err
	}
	read := good
	good = nil
	for _, row := range read {
		if row.subject != "" {
			anew, cause := sealed[0], failed[0]
			sealed, failed = sealed[1:], failed[1:]
			if cause != nil {
				r.tell(f, cause)
				continue
			}
			row.anew = anew
		}
		good = append(good, row)
	}
	return good, nil
}

// tell tells of a text that doesn't open, or whose subject's key doesn't; of the
// first ones of a field alone.
func (r *Rotator) tell(f *Field, cause error) {
	if name := f.name(); r.told[name] < examples {
		r.told[name]++
		r.o.Logger.Error("seal: a text doesn't open", "field", name, "err", cause)
	}
}

// Count is how many texts of a field there are.
type Count struct {
	Table, Column string
	Texts, Stale  int // stale: to be sealed anew
}

// Counts says of each field how much of it is sealed as it would be today.
func (r *Rotator) Counts(ctx context.Context) ([]Count, error) {
	fresh := freshMark(r.o.Keys.keys().field.primary)
	out := make([]Count, len(r.o.Fields))
	for i := range r.o.Fields {
		f := &r.o.Fields[i]
		all, stale, err := f.count(ctx, r.o.DB.Reader(), fresh)
		if err != nil {
			return nil, err
		}
		out[i] = Count{f.Table, f.Column, all, stale}
	}
	return out, nil
}
