package app

import (
	"context"
	"runtime/debug"

	"filippo.io/age"
	"github.com/prometheus/client_golang/prometheus"

	"bilin/internal/backup"
	"bilin/internal/errs"
	"bilin/internal/job"
	"bilin/internal/recovery"
	"bilin/internal/recoveryweb"
	"bilin/internal/web"
)

// Recovered is what backups and restores need of the city.
type Recovered struct {
	Gate     *backup.Gate
	Recovery *recovery.Service
}

// notBeingRestored refuses a schema that a restore is filling, or was when it was killed.
func (a *App) notBeingRestored(ctx context.Context) error {
	is, err := a.DB.BeingRestored(ctx)
	if err == nil && is {
		err = errs.E(errs.Conflict, "app.being_restored")
	}
	return err
}

// wireRecovery comes last: what rests after a restore is what the other parts send.
func (a *App) wireRecovery(ctx context.Context) (err error) {
	var to []age.Recipient
	if a.Config.BackupDir != "" {
		if to, err = backup.Recipients(a.Config.BackupRecipients, ""); err != nil {
			return err
		}
	}
	a.Recovery = recovery.New(recovery.Options{
		DB: a.DB, Policy: a.Policy, Audit: a.Audit, Gate: a.Gate, Outgoing: []*job.Runner{a.Sending, a.Calling},
		Dir: a.Config.Dir, Program: programVersion(), BackupDir: a.Config.BackupDir, Recipients: to,
		Keep: a.Config.BackupKeep, Every: a.Config.BackupEvery, Now: a.Now, Logger: a.Log,
	})
	return a.Recovery.Settle(ctx) // the record says once that the city was brought back
}

func programVersion() string {
	if info, ok := debug.ReadBuildInfo(); ok {
		return info.Main.Version
	}
	return "unknown"
}

func (a *App) recoveryModules(server *web.Server) []web.Module {
	return []web.Module{recoveryweb.New(server, a.Recovery).Module()}
}

// resting are the jobs of a runner that wait for the administrator after a restore.
func (a *App) resting(all bool, runner func() *job.Runner) func(context.Context) (job.Rest, error) {
	kinds := func() []string { return runner().Kinds() }
	if all {
		return a.Gate.RestAll(kinds)
	}
	return a.Gate.RestOld(kinds)
}

// notice is what every reader should know: that nothing can be stored.
func (a *App) notice() string {
	if a.DB.FullSince().IsZero() {
		return ""
	}
	return "sqldb.full_banner"
}

func (a *App) fullGauge() prometheus.Collector {
	return prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: "bilin_disk_full", Help: "1 while the disk takes no writes and the city is only read."}, func() float64 {
		if a.DB.FullSince().IsZero() {
			return 0
		}
		return 1
	})
}
