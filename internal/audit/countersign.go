package audit

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"bilin/internal/audit/witness"
	"bilin/internal/errs"
	"bilin/internal/sqldb"
)

// witnessesName lists whose countersignatures count: one public key a line.
const witnessesName = "witnesses"

// Witnesses reads the list of trusted witnesses of a data directory.
func Witnesses(dir string) ([]*witness.Verifier, error) {
	name := filepath.Join(dir, "audit", witnessesName)
	raw, err := os.ReadFile(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	list, err := witness.ParseVerifiers(raw)
	if err != nil {
		return nil, errs.Wrap(err, errs.Invalid, "audit.witness.bad_list", "file", name)
	}
	return list, nil
}

// Trusted are the witnesses that count; none while their list can't be read.
func (l *Log) Trusted() []*witness.Verifier {
	list, err := Witnesses(l.opts.Dir)
	if err != nil {
		l.opts.Logger.Error("audit: the list of trusted witnesses", "error", err)
	}
	return list
}

// Trust adds a witness to the list.
func (l *Log) Trust(key string) error {
	v, err := witness.NewVerifier(key)
	if err != nil {
		return errs.Wrap(err, errs.Invalid, "audit.witness.bad_witness")
	}
	known, err := Witnesses(l.opts.Dir)
	if err != nil {
		return err
	}
	for _, k := range known {
		if k.ID() == v.ID() {
			return nil
		}
	}
	f, err := os.OpenFile(filepath.Join(l.opts.Dir, "audit", witnessesName), os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o644)
	if err != nil {
		return err
	}
	_, err = f.WriteString(strings.TrimSpace(key) + "\n")
	return errors.Join(err, f.Sync(), f.Close())
}

// Request signs the log as it is and returns what a witness needs that has
// signed its first old rows: the last checkpoint and the proof that it grew out
// of those. An old below 0 asks for the checkpoint alone.
func (l *Log) Request(ctx context.Context, old int64) (string, error) {
	if err := errors.Join(l.Sequence(ctx), l.Checkpoint(ctx)); err != nil {
		return "", err
	}
	c, err := lastCheckpoint(ctx, l.db.Reader())
	if err != nil {
		return "", fmt.Errorf("audit: checkpoint: %w", err)
	}
	if c.size == 0 {
		return "", errs.E(errs.NotFound, "audit.no_checkpoint")
	}
	if old < 0 {
		return withCosignatures(ctx, l.db.Reader(), c)
	}
	req := witness.Request{Old: old, Note: c.note}
	switch {
	case old > c.size:
		return "", errs.E(errs.Conflict, "audit.witness.ahead", "old", old, "size", c.size)
	case old > 0 && old < c.size:
		if req.Proof, err = tlog.ProveTree(c.size, old, nodeReader{ctx, l.db.Reader()}); err != nil {
			return "", fmt.Errorf("audit: consistency: %w", err)
		}
	}
	return req.String(), nil
}

// Countersign takes a checkpoint of this log that witnesses have signed
// elsewhere, keeps the signatures of those trusted, and says who they are.
func (l *Log) Countersign(ctx context.Context, cosigned string) ([]Vouched, error) {
	if len(cosigned) > witness.MaxRequest {
		return nil, errs.E(errs.TooLarge, "audit.witness.bad_note")
	}
	c, err := openCheckpoint(cosigned, l.verifier)
	if err != nil {
		return nil, errs.Wrap(err, errs.Invalid, "audit.witness.bad_note")
	}
	opened, err := note.Open([]byte(cosigned), note.VerifierList(l.verifier))
	if err != nil {
		return nil, errs.Wrap(err, errs.Invalid, "audit.witness.bad_note")
	}
	trusted, err := Witnesses(l.opts.Dir)
	if err != nil {
		return nil, err
	}
	var out []Vouched
	var rows []cosignature
	for _, v := range trusted {
		_, at, err := v.Cosigned(cosigned)
		if err != nil {
			continue // it didn't sign this one
		}
		out = append(out, Vouched{v.ID(), c.size, at})
		rows = append(rows, cosignature{c.size, v.ID(), sqldb.Millis(at), lineOf(opened, v)})
	}
	if len(out) == 0 {
		return nil, errs.E(errs.Invalid, "audit.witness.nobody")
	}
	return out, l.keep(ctx, c, rows)
}

// keep stores cosignatures of a checkpoint that this log really made.
func (l *Log) keep(ctx context.Context, c checkpoint, rows []cosignature) error {
	return l.db.Write(ctx, func(tx *sqldb.Tx) error {
		var ours string
		err := tx.QueryRowContext(ctx, `SELECT note FROM audit_checkpoint WHERE size = $1`, c.size).Scan(&ours)
		if errors.Is(err, sql.ErrNoRows) {
			return errs.E(errs.Conflict, "audit.witness.unknown_checkpoint", "size", c.size)
		}
		if err != nil {
			return err
		}
		kept, err := openCheckpoint(ours, l.verifier)
		if err != nil || kept.hash != c.hash {
			return errs.E(errs.Conflict, "audit.witness.other_checkpoint", "size", c.size)
		}
		for _, row := range rows {
			if _, err := tx.ExecContext(ctx, `INSERT INTO audit_cosignature (size, witness, at, line) VALUES ($1, $2, $3, $4)
				ON CONFLICT (size, witness) DO NOTHING`, row.size, row.witness, row.at, row.line); err != nil {
				return err
			}
		}
		return nil
	})
}

// lineOf returns the line of a note in which a witness signs.
func lineOf(n *note.Note, v *witness.Verifier) string {
	for _, s := range n.UnverifiedSigs {
		if s.Name == v.Name() && s.Hash == v.KeyHash() {
			return "— " + s.Name + " " + s.Base64 + "\n"
		}
	}
	return ""
}

// cosignature is a row of audit_cosignature.
type cosignature struct {
	size    int64
	witness string
	at      int64
	line    string
}

// withCosignatures returns a checkpoint's note with the lines of its witnesses.
func withCosignatures(ctx context.Context, q sqldb.Querier, c checkpoint) (string, error) {
	rows, err := loadCosignatures(ctx, q, c.size)
	if err != nil {
		return "", err
	}
	signed := c.note
	for _, row := range rows {
		signed += row.line
	}
	return signed, nil
}

func loadCosignatures(ctx context.Context, q sqldb.Querier, size int64) ([]cosignature, error) {
	rows, err := q.QueryContext(ctx, `SELECT size, witness, at, line FROM audit_cosignature WHERE size = $1 ORDER BY witness`, size)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []cosignature
	for rows.Next() {
		var c cosignature
		if err := rows.Scan(&c.size, &c.witness, &c.at, &c.line); err != nil {
			return nil, err
		}
		out = append(out, c)
	}
	return out, rows.Err()
}

// lastCheckpoint reads the newest checkpoint of the database; its size is 0 if there is none.
func lastCheckpoint(ctx context.Context, q sqldb.Querier) (checkpoint, error) {
	return newestCheckpoint(ctx, q, nil)
}

// newestCheckpoint is the newest that one of the witnesses signed, or of all if
// none is named; its size is 0 if there is none.
func newestCheckpoint(ctx context.Context, q sqldb.Querier, by []*witness.Verifier) (checkpoint, error) {
	w := sqldb.Where{Parts: []string{`c.size > 0`}}
	if len(by) > 0 {
		ids := make([]string, len(by))
		for i, v := range by {
			ids[i] = v.ID()
		}
		w.Add(`EXISTS (SELECT 1 FROM audit_cosignature s WHERE s.size = c.size AND ` + w.OneOf("s.witness", ids) + `)`)
	}
	var signed string
	err := q.QueryRowContext(ctx, `SELECT c.note FROM audit_checkpoint c WHERE `+w.Text()+` ORDER BY c.size DESC LIMIT 1`, w.Args...).Scan(&signed)
	if errors.Is(err, sql.ErrNoRows) {
		return checkpoint{}, nil
	}
	if err != nil {
		return checkpoint{}, err
	}
	text, _, _ := strings.Cut(signed, "\n\n")
	c, err := parseCheckpoint(text + "\n\n")
	c.note = signed
	return c, err
}
