package roster

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"slices"

	"bilin/internal/audit"
	"bilin/internal/auth"
	"bilin/internal/errs"
	"bilin/internal/job"
	"bilin/internal/network"
	"bilin/internal/once"
	"bilin/internal/sheet"
	"bilin/internal/sqldb"
)

// Upload takes a file from a page. What is wrong with the file as a whole is
// said at once; its rows are checked by a job. key makes a repeat harmless.
func (s *Service) Upload(ctx context.Context, actor auth.Actor, name string, file io.Reader, key string) (string, error) {
	scope, err := s.scope(actor)
	if err != nil {
		return "", err
	}
	limit := int64(10 << 20)
	raw, err := io.ReadAll(io.LimitReader(file, limit+1))
	if err != nil {
		return "", fmt.Errorf("roster: read upload: %w", err)
	}
	if _, err := openSource(File{Name: name, Size: int64(len(raw)), ReaderAt: bytes.NewReader(raw)}, sheet.Limits{Bytes: limit}); err != nil {
		return "", err
	}
	sum := sha256.Sum256(raw)
	run := Run{
		ID: sqldb.NewID(), FileName: name, FileHash: hex.EncodeToString(sum[:]), FileSize: int64(len(raw)), State: Uploaded,
		ActorID: actor.ID(), ActorName: actor.Name, CreatedAt: s.now(), scope: scope,
	}
	parts, err := s.sealFile(run.ID, raw)
	if err != nil {
		return "", err
	}
	var id string
	err = s.db.Write(ctx, func(tx *sqldb.Tx) error {
		id, err = once.Do(ctx, tx, "roster.upload "+run.ActorID, key, run.FileHash, s.now(), func() (string, error) {
			return run.ID, s.store(ctx, tx, run, parts)
		})
		return err
	})
	return id, err
}

func (s *Service) store(ctx context.Context, tx *sqldb.Tx, run Run, parts []string) error {
	if err := insertRun(ctx, tx, &run); err != nil {
		return err
	}
	if err := insertFile(ctx, tx, run.ID, parts); err != nil {
		return err
	}
	if err := s.note(ctx, tx, run, "uploaded"); err != nil {
		return err
	}
	return job.Enqueue(ctx, tx, job.Job{Kind: checkKind, Key: run.ID, Payload: payload{run.ID}})
}

// note records one step of a run, as part of the command.
func (s *Service) note(ctx context.Context, tx *sqldb.Tx, run Run, step string) error {
	return s.audit.Append(ctx, tx, audit.Entry{
		ActorID: run.ActorID, ActorName: run.ActorName, Action: string(network.ActRoster), ObjectKind: "roster", ObjectID: run.ID,
		Detail: map[string]any{"state": step, "bytes": run.FileSize},
	})
}

// may reports whether the actor has to do with the run: their own, or one
// whose units all lie under theirs.
func (s *Service) may(actor auth.Actor, run Run) error {
	scope, err := s.scope(actor)
	if err != nil {
		return err
	}
	tree := s.net.Tree()
	outside := slices.ContainsFunc(run.scope, func(id string) bool {
		return !slices.ContainsFunc(scope, func(root string) bool { return tree.Contains(root, id) })
	})
	if outside {
		return errs.E(errs.NotFound, "roster.no_run")
	}
	return nil
}

// Get returns a run with its issues.
func (s *Service) Get(ctx context.Context, actor auth.Actor, id string) (Run, error) {
	run, err := runByID(ctx, s.db.Reader(), id)
	if err != nil {
		return Run{}, err
	}
	if err := s.may(actor, run); err != nil {
		return Run{}, err
	}
	run.Report.Issues, err = s.readIssues(ctx, s.db.Reader(), id)
	return run, err
}

// List returns runs, the newest first, from before the id on. Who may import
// for the whole city sees all of them, others their own.
func (s *Service) List(ctx context.Context, actor auth.Actor, before string, limit int) ([]Run, error) {
	scope, err := s.scope(actor)
	if err != nil {
		return nil, err
	}
	owner := actor.ID()
	if slices.Contains(scope, s.net.Tree().RootID()) {
		owner = ""
	}
	return runsBefore(ctx, s.db.Reader(), owner, before, limit)
}

// Start has a checked run written, or a stopped one taken up again.
func (s *Service) Start(ctx context.Context, actor auth.Actor, id string, skipBad bool) error {
	return s.change(ctx, actor, id, func(tx *sqldb.Tx, run *Run) error {
		if err := run.start(skipBad); err != nil {
			return err
		}
		run.ActorID, run.ActorName = actor.ID(), actor.Name
		if err := s.note(ctx, tx, *run, "started"); err != nil {
			return err
		}
		return job.Enqueue(ctx, tx, job.Job{Kind: importKind, Key: run.ID, Payload: payload{run.ID}})
	})
}

// Stop has a run stop after the chunk it is writing.
func (s *Service) Stop(ctx context.Context, actor auth.Actor, id string) error {
	return s.change(ctx, actor, id, func(tx *sqldb.Tx, run *Run) error {
		if err := run.stop(); err != nil {
			return err
		}
		return s.note(ctx, tx, *run, "stopping")
	})
}

func (s *Service) change(ctx context.Context, actor auth.Actor, id string, fn func(*sqldb.Tx, *Run) error) error {
	return s.db.Write(ctx, func(tx *sqldb.Tx) error {
		run, err := runByID(ctx, tx, id)
		if err != nil {
			return err
		}
		if err := s.may(actor, run); err != nil {
			return err
		}
		if err := fn(tx, &run); err != nil {
			return err
		}
		if err := saveRun(ctx, tx, run); err != nil || s.live == nil {
			return err
		}
		return s.live.Publish(ctx, tx, "import:"+run.ID, string(run.State))
	})
}

// WriteBad writes the bad rows of a run's file, each with what is wrong.
func (s *Service) WriteBad(ctx context.Context, actor auth.Actor, id string, w sheet.Writer, t func(key string, args ...any) string) error {
	run, err := runByID(ctx, s.db.Reader(), id)
	if err != nil {
		return err
	}
	if err := s.may(actor, run); err != nil {
		return err
	}
	file, err := s.file(ctx, run)
	if err != nil {
		return err
	}
	if _, err := s.check(ctx, run.scope, file, Options{Bad: BadRows(w, t)}); err != nil {
		return err
	}
	return w.Close()
}

const (
	checkKind  = "roster.check"
	importKind = "roster.import"
	purgeName  = "roster.purge"
)

type payload struct {
	Run string `json:"run"`
}

// file returns a run's upload.
func (s *Service) file(ctx context.Context, run Run) (File, error) {
	raw, err := s.readFile(ctx, run.ID)
	if err != nil {
		return File{}, err
	}
	if len(raw) == 0 {
		return File{}, errs.E(errs.Gone, "roster.file_gone")
	}
	return File{Name: run.FileName, Size: int64(len(raw)), ReaderAt: bytes.NewReader(raw)}, nil
}

// isConflict reports whether another import is going on.
func isConflict(err error) bool { return errors.Is(err, errs.E(errs.Conflict, "roster.busy")) }
