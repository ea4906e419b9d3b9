package backup

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"time"

	"filippo.io/age"

	"bilin/internal/audit"
	"bilin/internal/errs"
	"bilin/internal/sqldb"
)

// Errors of a file that isn't what it should be.
var (
	errFormat = errors.New("not a backup of ours, or damaged")
	errCounts = errors.New("what was read is not what the backup says it holds")
)

// RestoreOptions say what is brought back, and where to.
type RestoreOptions struct {
	Identities []age.Identity
	Dir        string // data directory
	URL        string // PostgreSQL, or "" for SQLite in Dir
	Now        func() time.Time
	Logger     *slog.Logger
	Size       int64                 // of the file, for the progress; 0 if not known
	Progress   func(done, total int) // in KiB of the file; may be nil
	Step       func(code string)     // told what is done next, a message key; may be nil
}

// Restored says what was brought back.
type Restored struct {
	Manifest
	End
	Proved int64 // rows of the audit record that its signatures prove
	Took   time.Duration
}

// restore is one run.
type restore struct {
	RestoreOptions
	target
	done  Restored
	files map[string][]byte
}

// Restore brings a city back from a backup into a directory or schema that has
// none. Nothing is to be seen of it before all of it was proved.
func Restore(ctx context.Context, in io.Reader, o RestoreOptions) (r Restored, err error) {
	began := o.Now()
	run := &restore{RestoreOptions: o, files: map[string][]byte{}}
	if run.target, err = openTarget(ctx, o); err != nil {
		return r, err
	}
	defer func() { err = errors.Join(err, run.target.clear(context.WithoutCancel(ctx))) }()
	a, err := open(in, o)
	if err != nil {
		return r, err
	}
	defer a.close()
	if err := run.load(ctx, a); err != nil {
		return r, explain(err, "")
	}
	if err := run.prove(ctx); err != nil {
		return r, explain(err, "")
	}
	if err := run.target.take(ctx, run.files); err != nil {
		return r, explain(err, "")
	}
	run.done.Took = o.Now().Sub(began)
	return run.done, nil
}

func (o RestoreOptions) step(code string) {
	if o.Step != nil {
		o.Step(code)
	}
}

// open decrypts and reads the beginning.
func open(in io.Reader, o RestoreOptions) (*reader, error) {
	if o.Progress != nil {
		in = &watched{in: in, total: int(o.Size >> 10), tell: o.Progress}
	}
	a, err := newReader(in, o.Identities)
	if err != nil {
		return nil, explain(err, "")
	}
	return a, nil
}

// readManifest reads the first entry and refuses what this program can't know.
func readManifest(a *reader) (m Manifest, err error) {
	name, err := a.next()
	if errors.Is(err, io.EOF) {
		err = io.ErrUnexpectedEOF
	}
	if err != nil {
		return m, err
	}
	if name != manifestName {
		return m, fmt.Errorf("%w: begins with %q", errFormat, name)
	}
	if err := a.json(&m); err != nil {
		return m, err
	}
	newest, err := sqldb.Newest(sqldb.SQLite)
	if err != nil {
		return m, err
	}
	if m.Format > format || m.Schema > newest {
		return m, errs.E(errs.Conflict, "backup.newer", "program", m.Program)
	}
	if m.Format < 1 || m.Schema < 1 {
		return m, errFormat
	}
	return m, nil
}

// load reads the archive into the empty schema of its own version.
func (r *restore) load(ctx context.Context, a *reader) (err error) {
	if r.done.Manifest, err = readManifest(a); err != nil {
		return err
	}
	tables, err := r.target.prepare(ctx, r.done.Schema)
	if err != nil {
		return err
	}
	if err := sameTables(r.done.Manifest, tables); err != nil {
		return err
	}
	r.step("backup.step.load")
	bulk, err := sqldb.OpenBulk(ctx, r.target.config(), tables)
	if err != nil {
		return err
	}
	err = r.entries(ctx, a, bulk)
	if err == nil {
		r.step("backup.step.index")
		err = bulk.Finish(ctx)
	}
	return errors.Join(err, bulk.Close())
}

// sameTables: the schema that this program makes of the manifest's version is
// the one it names, and every table is in it or left out by name.
func sameTables(m Manifest, tables []sqldb.Table) error {
	known := map[string]map[sqldb.Column]bool{}
	for _, t := range tables {
		known[t.Name] = map[sqldb.Column]bool{}
		for _, c := range t.Columns {
			known[t.Name][c] = true
		}
	}
	for _, t := range m.Tables {
		same := len(t.Columns) == len(known[t.Name])
		for _, c := range t.Columns {
			same = same && known[t.Name][c]
		}
		if !same {
			return fmt.Errorf("%w: table %s is not the one of schema %d", errFormat, t.Name, m.Schema)
		}
		delete(known, t.Name)
	}
	for name := range known {
		if !slices.Contains(m.LeftOut, name) {
			return fmt.Errorf("%w: table %s is missing", errFormat, name)
		}
	}
	return nil
}

// entries takes what follows the manifest, up to the end.
func (r *restore) entries(ctx context.Context, a *reader, bulk sqldb.Bulk) error {
	tables := map[string]sqldb.Table{}
	for _, t := range r.done.Tables {
		tables[t.Name] = t
	}
	ended := false
	for {
		name, err := a.next()
		switch {
		case errors.Is(err, io.EOF) && ended:
			return nil
		case errors.Is(err, io.EOF):
			return io.ErrUnexpectedEOF
		case err != nil:
			return err
		case ended:
			return fmt.Errorf("%w: %q after the end", errFormat, name)
		}
		table, isTable := tableOf(name)
		switch {
		case name == endName:
			ended = true
			err = a.json(&r.done.End)
		case isTable && tables[table].Name == "":
			err = fmt.Errorf("%w: no table %s", errFormat, table)
		case isTable:
			err = bulk.Load(ctx, tables[table], a.tar)
		case name != checkpointsName && !slices.Contains(beside, name):
			err = fmt.Errorf("%w: a file that isn't ours: %q", errFormat, name)
		default:
			r.files[name], err = a.whole()
		}
		if err != nil {
			return err
		}
	}
}

// prove compares what was brought in with what the backup says of itself, and
// has the audit record proved up to its head.
func (r *restore) prove(ctx context.Context) (err error) {
	r.step("backup.step.prove")
	if err := r.target.lay(r.files); err != nil {
		return err
	}
	db, err := sqldb.Open(ctx, r.target.withLogger(r.Logger))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	if err := r.compare(ctx, db); err != nil {
		return err
	}
	report, err := audit.Verify(ctx, db, r.target.proofDir())
	if err != nil {
		return err
	}
	if f := report.Failure; f != nil {
		return errs.Wrap(fmt.Errorf("audit: %v", f), errs.Internal, "backup.record")
	}
	if report.Rows != r.done.Head || report.Proved < r.done.Signed {
		return fmt.Errorf("%w: the record has %d rows of %d, %d proved", errCounts, report.Rows, r.done.Head, report.Proved)
	}
	r.done.Proved = report.Proved
	r.step("backup.step.finish")
	if err := db.Migrate(ctx); err != nil {
		return err
	}
	return mark(ctx, db, r.done, r.Now())
}

// compare reads every row again.
func (r *restore) compare(ctx context.Context, db *sqldb.DB) error {
	said := map[string]Count{}
	for _, c := range r.done.Counts {
		said[c.Table] = c
	}
	return db.Snapshot(ctx, func(q sqldb.Querier) error {
		for _, t := range r.done.Tables {
			c, err := dump(ctx, q, t, &progress{}, func([]byte) error { return nil })
			if err != nil {
				return err
			}
			if c != said[t.Name] {
				return fmt.Errorf("%w: %s has %d rows with sum %s, should have %d with %s",
					errCounts, t.Name, c.Rows, c.Sum, said[t.Name].Rows, said[t.Name].Sum)
			}
		}
		return nil
	})
}

// Check reads a backup to its end without bringing it back: it can be opened, is
// whole, and holds what it says.
func Check(ctx context.Context, in io.Reader, o RestoreOptions) (Restored, error) {
	began := o.Now()
	a, err := open(in, o)
	if err != nil {
		return Restored{}, err
	}
	defer a.close()
	run := &restore{RestoreOptions: o, files: map[string][]byte{}}
	if run.done.Manifest, err = readManifest(a); err != nil {
		return Restored{}, explain(err, "")
	}
	tally := &tally{counts: map[string]*tallied{}}
	if err := run.entries(ctx, a, tally); err != nil {
		return Restored{}, explain(err, "")
	}
	for _, t := range run.done.Tables {
		if !slices.Contains(run.done.Counts, tally.count(t.Name)) {
			return Restored{}, explain(fmt.Errorf("%w: %s", errCounts, t.Name), "")
		}
	}
	run.done.Took = o.Now().Sub(began)
	return run.done, nil
}

// explain says what a failure means for whoever keeps the backups.
func explain(err error, file string) error {
	if known, ok := errors.AsType[*errs.Error](err); ok {
		return known
	}
	var noMatch *age.NoIdentityMatchError
	switch {
	case errors.As(err, &noMatch):
		return errs.Wrap(err, errs.Invalid, "backup.wrong_key")
	case isFull(err):
		return errs.Wrap(err, errs.Unavailable, "backup.full", "file", file)
	case file != "":
		return errs.Wrap(err, errs.Internal, "backup.failed", "file", file)
	case errors.Is(err, context.Canceled):
		return errs.Wrap(err, errs.Unavailable, "backup.stopped")
	}
	return errs.Wrap(err, errs.Invalid, "backup.damaged")
}

// watched tells how much of a file was read.
type watched struct {
	in          io.Reader
	read, total int
	tell        func(done, total int)
}

func (w *watched) Read(p []byte) (int, error) {
	n, err := w.in.Read(p)
	w.read += n
	w.tell(w.read>>10, w.total)
	return n, err
}

// lines calls fn with each line of an entry.
func lines(in io.Reader, fn func([]byte)) error {
	raw, err := io.ReadAll(in)
	if err != nil {
		return err
	}
	for len(raw) > 0 {
		line, rest, _ := bytes.Cut(raw, []byte("\n"))
		fn(line)
		raw = rest
	}
	return nil
}

// tally is a Bulk that only counts.
type tally struct{ counts map[string]*tallied }

type tallied struct {
	rows int64
	sum  sum
}

func (y *tally) Load(_ context.Context, t sqldb.Table, in io.Reader) error {
	c := y.counts[t.Name]
	if c == nil {
		c = &tallied{}
		y.counts[t.Name] = c
	}
	return lines(in, func(line []byte) {
		c.rows++
		c.sum.add(line)
	})
}

func (y *tally) count(table string) Count {
	c := y.counts[table]
	if c == nil {
		c = &tallied{}
	}
	return Count{Table: table, Rows: c.rows, Sum: c.sum.String()}
}

func (*tally) Finish(context.Context) error { return nil }
func (*tally) Close() error                 { return nil }

// notThere reports whether nothing has a name.
func notThere(name string) bool {
	_, err := os.Lstat(filepath.Clean(name))
	return errors.Is(err, os.ErrNotExist)
}
