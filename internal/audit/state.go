package audit

import (
	"context"
	"fmt"
	"time"
)

// State is how far the log is signed and vouched for, without looking at its rows.
type State struct {
	Rows       int64
	Signed     int64     // rows of the last checkpoint
	SignedAt   time.Time // zero if nothing is signed yet
	Checkpoint string    // its note, with the witnesses' lines; "" if there is none
	Key        string    // the public key it is verified with
	Vouched    []Vouched // the last word of each trusted witness
}

// State reads it.
func (l *Log) State(ctx context.Context) (State, error) {
	s := State{Key: l.public}
	var err error
	if s.Rows, err = headSize(ctx, l.db.Reader()); err != nil {
		return s, fmt.Errorf("audit: state: %w", err)
	}
	c, err := lastCheckpoint(ctx, l.db.Reader())
	if err != nil {
		return s, fmt.Errorf("audit: state: %w", err)
	}
	if c.size > 0 {
		s.Signed, s.SignedAt = c.size, c.at
		if s.Checkpoint, err = withCosignatures(ctx, l.db.Reader(), c); err != nil {
			return s, fmt.Errorf("audit: state: %w", err)
		}
	}
	trusted, err := Witnesses(l.opts.Dir)
	if err != nil {
		return s, err
	}
	for _, w := range trusted {
		v, err := l.lastWord(ctx, w.ID())
		if err != nil {
			return s, fmt.Errorf("audit: state: %w", err)
		}
		s.Vouched = append(s.Vouched, v)
	}
	return s, nil
}

// lastWord is the largest checkpoint that a witness signed.
func (l *Log) lastWord(ctx context.Context, id string) (Vouched, error) {
	v := Vouched{Witness: id}
	var at int64
	err := l.db.Reader().QueryRowContext(ctx, `SELECT COALESCE(MAX(size), 0), COALESCE(MAX(at), 0) FROM audit_cosignature WHERE witness = $1`, id).
		Scan(&v.Rows, &at)
	if v.Rows > 0 {
		v.At = time.UnixMilli(at).UTC()
	}
	return v, err
}
