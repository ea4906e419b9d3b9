package audit

import (
	"bytes"
	"context"
	"fmt"
	"strings"

	"golang.org/x/mod/sumdb/note"

	"bilin/internal/errs"
)

// verifierFrom reads the key that was brought along, or else that of the directory.
func verifierFrom(dir, key string) (note.Verifier, error) {
	if key == "" {
		return openVerifier(dir)
	}
	v, err := note.NewVerifier(string(bytes.TrimSpace([]byte(key))))
	if err != nil {
		return nil, errs.Wrap(err, errs.Invalid, "audit.proof.key")
	}
	return v, nil
}

// oneWalk is the checkpoint that was brought along, if there is one.
type oneWalk struct{ head seen }

func newOneWalk(signed string, verifier note.Verifier) *oneWalk {
	if signed == "" {
		return &oneWalk{}
	}
	s := seen{found: true}
	s.c, s.err = openCheckpoint(signed, verifier)
	s.size = s.c.size
	return &oneWalk{head: s}
}

func (w *oneWalk) take() { w.head.found = false }

// checkBrought compares the checkpoint that was brought along; it is no part of
// the log's own row of them.
func (v *verification) checkBrought() {
	v.check(v.brought.head)
	v.brought.take()
}

// vouch finds out up to where each trusted witness vouches for what was
// proved. A signature that stands here under a trusted name and isn't one is a
// failure of its own.
func (v *verification) vouch(ctx context.Context) error {
	for _, w := range v.known.Witnesses {
		best := Vouched{Witness: w.ID()}
		if text, at, err := w.Cosigned(v.known.Checkpoint); err == nil && v.brought.head.err == nil {
			if c, err := parseCheckpoint(text); err == nil && c.size <= v.report.Proved {
				best = Vouched{w.ID(), c.size, at}
			}
		}
		kept, err := v.loadVouched(ctx, w.ID())
		if err != nil {
			return err
		}
		for _, signed := range kept {
			text, at, err := w.Cosigned(signed.note)
			v.failIf(err != nil, Unvouched, signed.size)
			if c, bad := parseCheckpoint(text); err == nil && bad == nil && c.size > best.Rows {
				best = Vouched{w.ID(), c.size, at}
			}
		}
		v.report.Vouched = append(v.report.Vouched, best)
	}
	return nil
}

// loadVouched reads the proved checkpoints that a witness signed, each with its
// line. One that the database no longer has was missed before.
func (v *verification) loadVouched(ctx context.Context, id string) ([]storedCheckpoint, error) {
	rows, err := v.db.Reader().QueryContext(ctx, `SELECT c.size, c.note, s.line FROM audit_cosignature s
		JOIN audit_checkpoint c ON c.size = s.size WHERE s.witness = $1 AND s.size <= $2 ORDER BY c.size`, id, v.report.Proved)
	if err != nil {
		return nil, fmt.Errorf("countersignatures: %w", err)
	}
	defer rows.Close()
	var out []storedCheckpoint
	for rows.Next() {
		var c storedCheckpoint
		var line string
		if err := rows.Scan(&c.size, &c.note, &line); err != nil {
			return nil, err
		}
		if !strings.HasSuffix(c.note, "\n") {
			c.note += "\n"
		}
		c.note += line
		out = append(out, c)
	}
	return out, rows.Err()
}
