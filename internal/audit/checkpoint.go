package audit

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"bilin/internal/sqldb"
)

// checkpoint is a signed statement of what the log was. Its text is a
// transparency log checkpoint (C2SP tlog-checkpoint) with the time as an
// extension line, so that others can countersign it with common tools.
type checkpoint struct {
	size int64
	hash tlog.Hash
	at   time.Time
	note string // the signed note
}

// checkpointPage is how many checkpoints are read from the database at a time.
const checkpointPage = 500

var errMalformed = errors.New("malformed checkpoint")

func signCheckpoint(t *tree, at time.Time, signer note.Signer) (checkpoint, error) {
	hash, err := t.hash()
	if err != nil {
		return checkpoint{}, err
	}
	at = at.Truncate(time.Millisecond)
	text := fmt.Sprintf("%s\n%d\n%s\nat %d\n", origin, t.size, hash, at.UnixMilli())
	signed, err := note.Sign(&note.Note{Text: text}, signer)
	return checkpoint{size: t.size, hash: hash, at: at, note: string(signed)}, err
}

// openCheckpoint verifies a signed note and reads it.
func openCheckpoint(signed string, verifier note.Verifier) (checkpoint, error) {
	n, err := note.Open([]byte(signed), note.VerifierList(verifier))
	if err != nil {
		return checkpoint{}, err
	}
	c, err := parseCheckpoint(n.Text)
	c.note = signed
	return c, err
}

func parseCheckpoint(text string) (checkpoint, error) {
	lines := strings.Split(text, "\n")
	if len(lines) < 5 || lines[0] != origin {
		return checkpoint{}, errMalformed
	}
	size, errSize := strconv.ParseInt(lines[1], 10, 64)
	hash, errHash := tlog.ParseHash(lines[2])
	at, errAt := strconv.ParseInt(strings.TrimPrefix(lines[3], "at "), 10, 64)
	if err := errors.Join(errSize, errHash, errAt); err != nil || size <= 0 {
		return checkpoint{}, errors.Join(errMalformed, err)
	}
	return checkpoint{size: size, hash: hash, at: sqldb.Time(at)}, nil
}

// Checkpoint signs the log as it is, if it has grown since the last time. The
// checkpoint is on disk outside the database before the database has it. A
// command beside the server signs too, so the file is one process's at a time.
func (l *Log) Checkpoint(ctx context.Context) (err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	release, err := l.file.lock()
	if err != nil {
		return fmt.Errorf("audit: checkpoint file: %w", err)
	}
	defer func() { err = errors.Join(err, release()) }()
	size, err := headSize(ctx, l.db.Reader())
	if err != nil || size == 0 {
		return err
	}
	if err := l.reconcile(ctx); err != nil {
		return fmt.Errorf("audit: checkpoint: %w", err)
	}
	last, err := l.file.lastSize()
	if err != nil || last >= size {
		return err
	}
	t, err := l.treeOf(ctx, l.db.Reader(), size)
	if err != nil {
		return fmt.Errorf("audit: checkpoint: %w", err)
	}
	c, err := signCheckpoint(&t, l.opts.Now(), l.signer)
	if err != nil {
		return fmt.Errorf("audit: checkpoint: %w", err)
	}
	if err := l.file.append(c); err != nil {
		return fmt.Errorf("audit: checkpoint file: %w", err)
	}
	return l.store(ctx, c)
}

func (l *Log) store(ctx context.Context, cs ...checkpoint) error {
	err := l.db.Write(ctx, func(tx *sqldb.Tx) error {
		for _, c := range cs {
			if err := insertCheckpoint(ctx, tx, c); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("audit: store checkpoint: %w", err)
	}
	return nil
}

// reconcile brings file and database together after a crash between the two,
// and takes into this replica's file what other replicas have signed.
func (l *Log) reconcile(ctx context.Context) error {
	inFile, err := l.file.lastSize()
	if err != nil {
		return err
	}
	inDB, err := lastCheckpointSize(ctx, l.db.Reader())
	if err != nil || inFile == inDB {
		return err
	}
	if inFile > inDB {
		newer, err := l.file.after(inDB, l.verifier)
		if err != nil {
			return err
		}
		return l.store(ctx, newer...)
	}
	return l.copyToFile(ctx, inFile, inDB)
}

func (l *Log) copyToFile(ctx context.Context, after, upTo int64) error {
	for after < upTo {
		stored, err := loadCheckpoints(ctx, l.db.Reader(), after, upTo, checkpointPage)
		if err != nil || len(stored) == 0 {
			return err
		}
		for _, s := range stored {
			c, err := openCheckpoint(s.note, l.verifier)
			if err != nil {
				return fmt.Errorf("checkpoint %d of the database: %w", s.size, err)
			}
			if err := l.file.append(c); err != nil {
				return err
			}
			after = s.size
		}
	}
	return nil
}
