package audit

import (
	"context"
	"fmt"
	"path/filepath"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"bilin/internal/audit/witness"
	"bilin/internal/sqldb"
)

// verifyPage rows are read at a time: memory stays the same however long the
// log is, and no transaction holds up the writers.
const verifyPage = 2000

// Verify recomputes the log of a database from its rows and compares it with
// the stored tree and with every checkpoint in the database and in dir/audit.
// It needs the public key only, and the log may grow meanwhile. What it finds
// wrong is in the report; the error says that it could not look.
func Verify(ctx context.Context, db *sqldb.DB, dir string) (Report, error) {
	witnesses, err := Witnesses(dir)
	if err != nil {
		return Report{}, fmt.Errorf("audit: verify: %w", err)
	}
	return VerifyAgainst(ctx, db, dir, Elsewhere{Witnesses: witnesses})
}

// Elsewhere is what whoever verifies brings along, and so need not believe the
// data directory about.
type Elsewhere struct {
	Key        string              // public key of the log; "" takes the directory's
	Witnesses  []*witness.Verifier // who is trusted
	Checkpoint string              // a checkpoint that was kept elsewhere; "" for none
}

// VerifyAgainst is Verify with what was kept elsewhere.
func VerifyAgainst(ctx context.Context, db *sqldb.DB, dir string, known Elsewhere) (Report, error) {
	dir = filepath.Join(dir, "audit")
	verifier, err := verifierFrom(dir, known.Key)
	if err != nil {
		return Report{}, fmt.Errorf("audit: verify: %w", err)
	}
	v := &verification{db: db, verifier: verifier, known: known}
	v.report.Verifier = fmt.Sprintf("%s+%08x", verifier.Name(), verifier.KeyHash())
	if err := v.run(ctx, dir); err != nil {
		return Report{}, fmt.Errorf("audit: verify: %w", err)
	}
	if err := v.vouch(ctx); err != nil {
		return Report{}, fmt.Errorf("audit: verify: %w", err)
	}
	v.report.Unproved = v.report.Rows - v.report.Proved
	return v.report, nil
}

// verification walks the rows and the checkpoints side by side, smallest first.
type verification struct {
	db       *sqldb.DB
	verifier note.Verifier
	report   Report
	tree     tree // recomputed so far
	inFile   *fileWalk
	inDB     *rowWalk
	brought  *oneWalk
	known    Elsewhere
}

// run looks at the checkpoints before it asks for the log's size, so that none
// of them can be of rows it doesn't know; and at those of the database before
// the file, which is always written first.
func (v *verification) run(ctx context.Context, dir string) error {
	last, err := lastCheckpointSize(ctx, v.db.Reader())
	if err != nil {
		return err
	}
	lines, err := checkpointFile{name: filepath.Join(dir, checkpointsName)}.open()
	if err != nil {
		return err
	}
	defer lines.close()
	v.inFile = &fileWalk{in: lines, verifier: v.verifier}
	v.inDB = &rowWalk{db: v.db, verifier: v.verifier, last: last}
	v.brought = newOneWalk(v.known.Checkpoint, v.verifier)
	end, err := v.measure(ctx)
	if err != nil {
		return err
	}
	for v.tree.size < v.report.Rows && v.report.OK() {
		if err := v.readPage(ctx); err != nil {
			return err
		}
	}
	if v.report.OK() && end > v.report.Rows {
		if err := v.surplus(ctx); err != nil {
			return err
		}
	}
	if err := v.checkEnd(ctx); err != nil {
		return err
	}
	v.report.Torn = lines.torn
	return nil
}

// measure reads how long the log says it is, and where its rows end.
func (v *verification) measure(ctx context.Context) (end int64, err error) {
	err = v.db.Reader().QueryRowContext(ctx, `SELECT size,
		(SELECT COALESCE(MAX(seq), -1) + 1 FROM audit_entry), (SELECT COUNT(*) FROM audit_pending)
		FROM audit_head WHERE id = 1`).Scan(&v.report.Rows, &end, &v.report.Pending)
	return end, err
}

func (v *verification) surplus(ctx context.Context) error {
	f := Failure{Code: Surplus, Seq: v.report.Rows}
	found, err := scanRecords(v.db.Reader().QueryContext(ctx, `SELECT seq, `+recordColumns+`
		FROM audit_entry WHERE seq >= $1 ORDER BY seq LIMIT 1`, v.report.Rows))
	if err == nil && len(found) == 1 {
		f.Seq, f.ID, f.At = found[0].Seq, found[0].ID, found[0].At
	}
	v.fail(f)
	return err
}

// fail keeps the first failure.
func (v *verification) fail(f Failure) {
	if v.report.Failure == nil {
		v.report.Failure = &f
	}
}

// readPage takes a page of rows with their stored nodes.
func (v *verification) readPage(ctx context.Context) error {
	first := v.tree.size
	last := min(first+verifyPage, v.report.Rows)
	records, err := scanRecords(v.db.Reader().QueryContext(ctx, `SELECT seq, `+recordColumns+`
		FROM audit_entry WHERE seq >= $1 AND seq < $2 ORDER BY seq`, first, last))
	if err != nil {
		return err
	}
	nodes, err := loadNodes(ctx, v.db.Reader(), tlog.StoredHashCount(first), tlog.StoredHashCount(last))
	if err != nil {
		return err
	}
	for i := range last - first {
		if i >= int64(len(records)) || records[i].Seq != v.tree.size {
			v.fail(Failure{Code: Missing, Seq: v.tree.size})
			return nil
		}
		if err := v.take(records[i], nodes); err != nil {
			return err
		}
		if err := v.advance(ctx); err != nil || !v.report.OK() {
			return err
		}
	}
	return nil
}

// take adds a row to the recomputed tree and compares what that completes with
// what is stored. A failing leaf is the row's doing, a failing node above it isn't.
func (v *verification) take(r Record, stored storedNodes) error {
	index := tlog.StoredHashIndex(0, v.tree.size)
	computed, err := v.tree.add(r.leaf())
	if err != nil {
		return err
	}
	for i, node := range computed {
		if stored.at(index+int64(i)) == node {
			continue
		}
		f := Failure{Code: Tree, Seq: r.Seq, ID: r.ID, At: r.At}
		if i == 0 && stored.at(index) != (tlog.Hash{}) {
			f.Code = Altered
		}
		v.fail(f)
		return nil
	}
	return nil
}
