package audit

import (
	"context"
	"errors"
	"io"

	"golang.org/x/mod/sumdb/note"

	"bilin/internal/sqldb"
)

// seen is a checkpoint as verification comes upon it.
type seen struct {
	found bool  // false at the end of the walk
	size  int64 // where it claims to be
	c     checkpoint
	err   error // it isn't signed with the key, or not a checkpoint
}

func (s seen) due(size int64) bool { return s.found && s.size <= size }

// fileWalk goes through the checkpoints of the file in its order.
type fileWalk struct {
	in       *lineReader
	verifier note.Verifier
	head     seen
	last     int64 // size of the last one taken
}

// peek returns the next checkpoint without taking it.
func (w *fileWalk) peek() (seen, error) {
	if w.head.found {
		return w.head, nil
	}
	line, err := w.in.next()
	if errors.Is(err, io.EOF) {
		return seen{}, nil
	}
	if err != nil {
		return seen{}, err
	}
	w.head = seen{found: true, size: w.last}
	if w.head.c, w.head.err = parseLine(line); w.head.err == nil {
		w.head.size = w.head.c.size
		w.head.c, w.head.err = openCheckpoint(w.head.c.note, w.verifier)
	}
	return w.head, nil
}

func (w *fileWalk) take() {
	w.last = w.head.size
	w.head = seen{}
}

// rowWalk goes through the checkpoints of the database up to the last that
// there was at the start.
type rowWalk struct {
	db       *sqldb.DB
	verifier note.Verifier
	last     int64 // size of the last one there is
	read     int64 // size of the last one read
	page     []storedCheckpoint
	head     seen
}

// peek returns the next checkpoint without taking it.
func (w *rowWalk) peek(ctx context.Context) (seen, error) {
	if w.head.found || w.read >= w.last && len(w.page) == 0 {
		return w.head, nil
	}
	if len(w.page) == 0 {
		var err error
		if w.page, err = loadCheckpoints(ctx, w.db.Reader(), w.read, w.last, checkpointPage); err != nil {
			return seen{}, err
		}
		if len(w.page) == 0 {
			w.read = w.last
			return seen{}, nil
		}
	}
	row := w.page[0]
	w.read, w.page = row.size, w.page[1:]
	w.head = seen{found: true, size: row.size}
	w.head.c, w.head.err = openCheckpoint(row.note, w.verifier)
	if w.head.err == nil && (w.head.c.size != row.size || !w.head.c.at.Equal(row.at)) {
		w.head.err = errMalformed
	}
	return w.head, nil
}

func (w *rowWalk) take() { w.head = seen{} }

// advance checks the checkpoints that are due after the rows taken so far, at
// each size those of the file before that of the database.
func (v *verification) advance(ctx context.Context) error {
	for v.report.OK() {
		a, err := v.inFile.peek()
		if err != nil {
			return err
		}
		b, err := v.inDB.peek(ctx)
		if err != nil {
			return err
		}
		size := v.tree.size
		switch {
		case v.brought.head.due(size):
			v.checkBrought()
		case a.due(size):
			v.check(a)
			v.inFile.take()
			if err := v.listed(ctx, a, b); err != nil {
				return err
			}
		case b.due(size):
			v.check(b)
			v.inDB.take()
			v.failIf(v.oneFile() && v.inFile.last != b.size, Unrecorded, b.size)
		default:
			return nil
		}
	}
	return nil
}

// listed looks for a checkpoint of the file in the database. Only the file's
// last may be missing there: the power was cut in between.
func (v *verification) listed(ctx context.Context, inFile, inDB seen) error {
	if !v.oneFile() || inFile.err != nil || inDB.found && inDB.size <= inFile.size {
		return nil
	}
	next, err := v.inFile.peek()
	if err != nil || !next.found {
		return err
	}
	kept, err := loadCheckpoints(ctx, v.db.Reader(), inFile.size-1, inFile.size, 1)
	v.failIf(len(kept) == 0, Unlisted, inFile.size)
	return err
}

// oneFile says whether file and database must hold the same checkpoints.
// Replicas on PostgreSQL may each have a file of their own.
func (v *verification) oneFile() bool { return v.db.Engine() == sqldb.SQLite }

func (v *verification) failIf(wrong bool, code string, size int64) {
	if wrong {
		v.fail(Failure{Code: code, Seq: v.report.Proved, Until: size})
	}
}

// check compares a checkpoint with the recomputed tree. One of fewer rows than
// were taken comes from a process that signed late; its rows are proved already.
func (v *verification) check(s seen) {
	if s.err != nil {
		v.failIf(true, Unsigned, s.size)
		return
	}
	if s.size < v.tree.size {
		return
	}
	hash, err := v.tree.hash()
	if err != nil || hash != s.c.hash {
		v.failIf(true, Rewritten, s.size)
		return
	}
	v.report.Proved = s.size
	v.report.LastCheckpoint = s.c.at
	v.report.Checkpoints++
}

// checkEnd looks at what is left when all rows were taken: checkpoints of more
// rows than there are.
func (v *verification) checkEnd(ctx context.Context) error {
	for v.report.OK() || v.report.Failure.Code == Cut {
		s, take, err := v.leftover(ctx)
		if err != nil || !s.found {
			return err
		}
		take()
		if s.err != nil {
			v.failIf(true, Unsigned, s.size)
			continue
		}
		v.fail(Failure{Code: Cut, Seq: v.report.Rows})
		v.report.Failure.Until = max(v.report.Failure.Until, s.size)
	}
	return nil
}

// leftover returns a checkpoint that nothing was compared with, and how to take it.
func (v *verification) leftover(ctx context.Context) (seen, func(), error) {
	if s := v.brought.head; s.found {
		return s, v.brought.take, nil
	}
	if s, err := v.inFile.peek(); err != nil || s.found {
		return s, v.inFile.take, err
	}
	s, err := v.inDB.peek(ctx)
	return s, v.inDB.take, err
}
