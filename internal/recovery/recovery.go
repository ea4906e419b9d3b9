// Package recovery makes the city's backups on time, says how they went, and lets a city that was brought back speak again.
package recovery

import (
	"context"
	"database/sql"
	_ "embed"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"filippo.io/age"
	"github.com/prometheus/client_golang/prometheus"

	"bilin/internal/audit"
	"bilin/internal/auth"
	"bilin/internal/backup"
	"bilin/internal/errs"
	"bilin/internal/i18n"
	"bilin/internal/job"
	"bilin/internal/once"
	"bilin/internal/sqldb"
)

//go:embed messages.json
var raw []byte

// Messages are this package's words.
var Messages = i18n.MustParse(raw)

// What can be done here.
const (
	ActView    auth.Action = "recovery.view"    // see how backups went and what is held back
	ActRelease auth.Action = "recovery.release" // let a city that was brought back send again
)

// Rules give both to whoever runs the installation.
var Rules = []auth.Rule{
	{Action: ActView, Roles: []auth.Role{auth.Admin}},
	{Action: ActRelease, Roles: []auth.Role{auth.Admin}, Fresh: auth.Lately},
}

// Late is how many intervals may pass before backups count as late.
const late = 2

const shown = 20

// Options are what a Service works with.
type Options struct {
	DB         *sqldb.DB
	Policy     *auth.Policy
	Audit      *audit.Log
	Gate       *backup.Gate
	Outgoing   []*job.Runner // whose jobs others hear of
	Dir        string        // data directory
	Program    string
	BackupDir  string // empty: the server makes none
	Recipients []age.Recipient
	Keep       int
	Every      time.Duration
	Now        func() time.Time
	Logger     *slog.Logger
}

// Service is the city's backups and its waking up.
type Service struct {
	o      Options
	last   prometheus.Gauge
	failed prometheus.Counter
}

// New returns the service.
func New(o Options) *Service {
	return &Service{o: o,
		last: prometheus.NewGauge(prometheus.GaugeOpts{Name: "bilin_backup_last_success_timestamp_seconds",
			Help: "When the last backup of the server's own was begun that went well; 0 for none since the start."}),
		failed: prometheus.NewCounter(prometheus.CounterOpts{Name: "bilin_backup_failures_total",
			Help: "Backups of the server's own that failed since the start."}),
	}
}

// Collectors are the metrics.
func (s *Service) Collectors() []prometheus.Collector {
	return []prometheus.Collector{s.last, s.failed}
}

// Run is one backup that the server made, or tried to.
type Run struct {
	StartedAt, EndedAt time.Time
	File               string
	Size, Rows         int64
	Error              string // message key, empty if it went well
}

// Register has backups made, if there is a place for them.
func (s *Service) Register(r *job.Runner) {
	if s.o.BackupDir != "" {
		r.Every("backup.run", s.o.Every, s.Backup)
	}
}

// Backup makes one, and enters how it went.
func (s *Service) Backup(ctx context.Context) error {
	began := s.o.Now()
	if err := errors.Join(s.o.Audit.Sequence(ctx), s.o.Audit.Checkpoint(ctx)); err != nil {
		s.o.Logger.Warn("backup: the audit record's last rows are not signed", "error", err)
	}
	name, sum, err := backup.ToDir(ctx, s.o.BackupDir, s.o.Keep, backup.Options{
		DB: s.o.DB, Dir: s.o.Dir, Program: s.o.Program, Recipients: s.o.Recipients, Now: s.o.Now,
	})
	run := Run{StartedAt: began, EndedAt: s.o.Now(), File: name, Size: sum.Size, Rows: sum.Rows()}
	if err != nil {
		s.failed.Inc()
		run.Error = "backup.failed_plain"
		if known, ok := errors.AsType[*errs.Error](err); ok {
			run.Error = known.Code
		}
		s.o.Logger.Error("backup: failed; it will be tried again", "file", name, "error", err)
	} else {
		s.last.Set(float64(began.Unix()))
		s.o.Logger.Info("backup: made", "file", name, "size", sum.Size, "rows", run.Rows, "took", sum.Took)
	}
	return errors.Join(err, s.enter(ctx, run))
}

// kept is how long it is remembered how backups went.
const kept = 400 * 24 * time.Hour

func (s *Service) enter(ctx context.Context, r Run) error {
	return s.o.DB.Write(ctx, func(tx *sqldb.Tx) error {
		_, err := tx.ExecContext(ctx, `INSERT INTO backup_run (id, started_at, ended_at, file, size, row_count, error)
			VALUES ($1, $2, $3, $4, $5, $6, $7)`, sqldb.NewID(), sqldb.Millis(r.StartedAt), sqldb.Millis(r.EndedAt), r.File, r.Size, r.Rows, r.Error)
		if err != nil {
			return fmt.Errorf("recovery: enter: %w", err)
		}
		_, err = tx.ExecContext(ctx, `DELETE FROM backup_run WHERE started_at < $1`, sqldb.Millis(s.o.Now().Add(-kept)))
		return err
	})
}

// Waiting is how many messages and calls of a kind are held back.
type Waiting struct {
	Kind string
	N    int64
}

// Status is all there is to know.
type Status struct {
	On      bool // the server makes backups by itself
	Every   time.Duration
	Keep    int
	Dir     string
	Runs    []Run // latest first
	Last    Run   // the last that went well; zero if none did
	Late    bool  // none went well for too long
	Held    *backup.Held
	Waiting []Waiting
}

// Trouble reports whether somebody should look.
func (s Status) Trouble() bool {
	return s.Held != nil || s.On && (s.Late || len(s.Runs) > 0 && s.Runs[0].Error != "")
}

// Status says how backups went and what is held back.
func (s *Service) Status(ctx context.Context, actor auth.Actor) (st Status, err error) {
	if err := s.o.Policy.Can(actor, ActView, auth.Object{}); err != nil {
		return st, err
	}
	st = Status{On: s.o.BackupDir != "", Every: s.o.Every, Keep: s.o.Keep, Dir: s.o.BackupDir}
	if st.Runs, err = s.runs(ctx, `SELECT started_at, ended_at, file, size, row_count, error FROM backup_run ORDER BY started_at DESC, id DESC LIMIT $1`, shown); err != nil {
		return st, err
	}
	good, err := s.runs(ctx, `SELECT started_at, ended_at, file, size, row_count, error FROM backup_run WHERE error = '' ORDER BY started_at DESC, id DESC LIMIT $1`, 1)
	if err != nil {
		return st, err
	}
	if len(good) > 0 {
		st.Last = good[0]
	}
	st.Late = st.On && len(st.Runs) > 0 && s.o.Now().Sub(st.Last.StartedAt) > late*s.o.Every
	if st.Held, err = s.o.Gate.Held(ctx); err != nil || st.Held == nil {
		return st, err
	}
	st.Waiting, err = s.waiting(ctx, st.Held)
	return st, err
}

func (s *Service) runs(ctx context.Context, query string, limit int) ([]Run, error) {
	return sqldb.Collect(ctx, s.o.DB.Reader(), func(rows *sql.Rows, r *Run) error {
		var from, to int64
		err := rows.Scan(&from, &to, &r.File, &r.Size, &r.Rows, &r.Error)
		r.StartedAt, r.EndedAt = sqldb.Time(from), sqldb.Time(to)
		return err
	}, query, limit)
}

// held is the condition of jobs that are held back.
func (s *Service) held(h *backup.Held) (string, []any) {
	w := sqldb.Where{}
	w.Parts = append(w.Parts, `state IN ('queued', 'running', 'retry')`)
	var kinds []string
	for _, r := range s.o.Outgoing {
		kinds = append(kinds, r.Kinds()...)
	}
	w.In("kind", kinds)
	w.Add("id < ?", h.Mark)
	return w.Text(), w.Args
}

func (s *Service) waiting(ctx context.Context, h *backup.Held) ([]Waiting, error) {
	where, args := s.held(h)
	return sqldb.Collect(ctx, s.o.DB.Reader(), func(rows *sql.Rows, w *Waiting) error { return rows.Scan(&w.Kind, &w.N) },
		`SELECT kind, count(*) FROM job WHERE `+where+` GROUP BY kind ORDER BY kind`, args...)
}

// Release is the administrator's word on a city that was brought back.
type Release struct {
	Key  string
	Drop bool // what waited at the time of the backup is not sent any more
}

// errDropped is what a job says that was dropped.
const errDropped = "dropped after a restore: it may have been sent before"

// Release lets the city send again, with or without what the backup held.
func (s *Service) Release(ctx context.Context, actor auth.Actor, cmd Release) error {
	if err := s.o.Policy.Can(actor, ActRelease, auth.Object{}); err != nil {
		return err
	}
	return s.o.DB.Write(ctx, func(tx *sqldb.Tx) error {
		_, err := once.Do(ctx, tx, "recovery.release/"+actor.ID(), cmd.Key, cmd, s.o.Now(), func() (int64, error) {
			return s.release(ctx, tx, actor, cmd)
		})
		return err
	})
}

func (s *Service) release(ctx context.Context, tx *sqldb.Tx, actor auth.Actor, cmd Release) (n int64, err error) {
	h, err := backup.ReadHeld(ctx, tx)
	if err != nil {
		return 0, err
	}
	if h == nil {
		return 0, errs.E(errs.Conflict, "recovery.not_held")
	}
	if cmd.Drop {
		where, args := s.held(h)
		now := sqldb.Millis(s.o.Now())
		res, err := tx.ExecContext(ctx, fmt.Sprintf(`UPDATE job SET state = 'dead', error = $%d, finished_at = $%d, lease = '', lease_until = 0 WHERE `+where,
			len(args)+1, len(args)+2), append(args, errDropped, now)...)
		if err != nil {
			return 0, fmt.Errorf("recovery: drop: %w", err)
		}
		if n, err = res.RowsAffected(); err != nil {
			return 0, err
		}
	}
	if err := s.o.Gate.Release(ctx, tx); err != nil {
		return 0, err
	}
	job.Wake(tx)
	return n, s.o.Audit.Append(ctx, tx, audit.Entry{ActorID: actor.ID(), ActorName: actor.Name, Action: "recovery.release", ObjectKind: "city",
		Detail: map[string]any{"made_at": h.MadeAt, "dropped": cmd.Drop, "n": n}})
}

// Settle enters into the record, once, that the city was brought back.
func (s *Service) Settle(ctx context.Context) error {
	h, err := backup.ReadHeld(ctx, s.o.DB.Reader())
	if err != nil || h == nil || h.Recorded {
		return err
	}
	who := auth.System("cli")
	return s.o.DB.Write(ctx, func(tx *sqldb.Tx) error {
		h, err := backup.ReadHeld(ctx, tx)
		if err != nil || h == nil || h.Recorded {
			return err
		}
		if err := backup.SetRecorded(ctx, tx, *h); err != nil {
			return err
		}
		return s.o.Audit.Append(ctx, tx, audit.Entry{ActorID: who.ID(), ActorName: who.Name, Action: "recovery.restored", ObjectKind: "city",
			Detail: map[string]any{"made_at": h.MadeAt, "restored_at": h.RestoredAt, "rows": h.Rows, "head": h.Head}})
	})
}
