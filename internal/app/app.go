// Package app puts the program together. It is the only place that sees
// everything, and it decides nothing.
package app

import (
	"context"
	"database/sql"
	_ "embed"
	"errors"
	"log/slog"
	"os"
	"time"

	"bilin/internal/admission"
	"bilin/internal/admission/burden"
	"bilin/internal/admission/duty"
	"bilin/internal/admission/offlist"
	"bilin/internal/admission/oldnet"
	"bilin/internal/audit"
	"bilin/internal/auth"
	"bilin/internal/backup"
	"bilin/internal/calendar"
	"bilin/internal/care"
	"bilin/internal/care/need"
	"bilin/internal/config"
	"bilin/internal/demand"
	"bilin/internal/demand/board"
	"bilin/internal/demand/catalog"
	"bilin/internal/demand/figures"
	"bilin/internal/demand/suggestion"
	"bilin/internal/errs"
	"bilin/internal/feedback"
	"bilin/internal/find"
	"bilin/internal/honour"
	"bilin/internal/i18n"
	"bilin/internal/job"
	"bilin/internal/lesson"
	"bilin/internal/live"
	"bilin/internal/mediation"
	"bilin/internal/meeting"
	"bilin/internal/mobilise"
	"bilin/internal/mobilise/alert"
	"bilin/internal/mobilise/mode"
	"bilin/internal/mobilise/push"
	"bilin/internal/mobilise/rollcall"
	"bilin/internal/mobilise/situation"
	"bilin/internal/mobilise/team"
	"bilin/internal/network"
	"bilin/internal/outcome"
	"bilin/internal/outreach"
	"bilin/internal/practice"
	"bilin/internal/privacy"
	"bilin/internal/programme"
	"bilin/internal/purpose"
	"bilin/internal/recovery"
	"bilin/internal/roster"
	"bilin/internal/seal"
	"bilin/internal/sqldb"
	"bilin/internal/volunteer"
	"bilin/internal/volunteer/wish"
)

//go:embed messages.json
var rawMessages []byte

// Messages are this package's words.
var Messages = i18n.MustParse(rawMessages)

// App is one city's services, opened on its database.
type App struct {
	Config  config.Config
	Log     *slog.Logger
	Now     func() time.Time
	DB      *sqldb.DB
	Sealer  *seal.Sealer
	Vault   *seal.Vault
	Audit   *audit.Log
	Live    *live.Hub
	Jobs    *job.Runner
	Policy  *auth.Policy
	Network *network.Service
	Purpose *purpose.Service
	Privacy *privacy.Service
	Index   *find.Index
	Find    *find.Service
	Auth    *auth.Service
	Roster  *roster.Service
	Demands
	Admissions
	Caring
	Programming
	Honouring
	Mediating
	Loudspeaker
	Learning
	Gathering
	Listening
	Mobilisation
	Alerting
	Outcomes
	Recovered
	Ready
	Wishing
	Quietly
}

// Rules are the rights of the whole house.
func Rules() [][]auth.Rule {
	return [][]auth.Rule{auth.Rules, network.Rules, purpose.Rules, privacy.Rules, calendar.Rules, demand.Rules, catalog.Rules, board.Rules, figures.Rules,
		admission.Rules, duty.Rules, offlist.Rules, oldnet.Rules, burden.Rules, mode.Rules, rollcall.Rules, push.Rules, mobilise.Rules, team.Rules, volunteer.Rules, wish.Rules, alert.Rules, situation.Rules, outcome.Rules, recovery.Rules,
		need.Rules, care.Rules, programme.Rules, honour.Rules, mediation.Rules, suggestion.Rules, outreach.Rules, practice.Rules, lesson.Rules, meeting.Rules, feedback.Rules}
}

// Open opens the database, brings its schema up to date, and loads the tree.
// The caller must Close what it opened.
func Open(ctx context.Context, cfg config.Config, log *slog.Logger) (*App, error) {
	if err := os.MkdirAll(cfg.Dir, 0o700); err != nil {
		return nil, errs.Wrap(err, errs.Invalid, "app.no_dir", "dir", cfg.Dir)
	}
	db, err := sqldb.Open(ctx, sqldb.Config{Dir: cfg.Dir, URL: cfg.DB, Logger: log})
	if err != nil {
		return nil, err
	}
	a := &App{Config: cfg, Log: log, Now: time.Now, DB: db}
	if err = a.wire(ctx); err == nil {
		err = a.forgetAgain(ctx)
	}
	if err != nil {
		return nil, errors.Join(err, a.closeVault(), db.Close())
	}
	return a, nil
}

// wire makes the services, ground floor first.
func (a *App) wire(ctx context.Context) (err error) {
	if err = a.notBeingRestored(ctx); err != nil {
		return err
	}
	if err = a.keysThere(ctx); err != nil {
		return err
	}
	if err = a.DB.Migrate(ctx); err != nil {
		return err
	}
	a.Gate = backup.NewGate(a.DB)
	if a.Sealer, err = seal.Open(a.Config.Keys()); err != nil {
		return err
	}
	if err = a.sameKeys(ctx); err != nil {
		return err
	}
	if err = a.wireVault(ctx); err != nil {
		return err
	}
	if a.Audit, err = audit.Open(a.DB, audit.Options{Dir: a.Config.Dir, Now: a.Now, Logger: a.Log}); err != nil {
		return err
	}
	a.Live = live.NewHub(a.DB, a.Log)
	a.Jobs = job.NewRunner(a.DB, a.Log, job.Options{Now: a.Now})
	a.Index = find.NewIndex()
	a.Network, err = network.Open(ctx, a.DB, network.Options{
		Audit: a.Audit, Live: a.Live, Seal: a.Sealer, Vault: a.Vault, Logger: a.Log, Now: a.Now, NoticeDays: a.Config.NoticeDays,
	})
	if err != nil {
		return err
	}
	a.Network.Follow(a.Index)
	a.Policy = auth.NewPolicy(a.Network, Rules()...)
	a.wirePurpose()
	a.Auth = auth.New(auth.Options{
		DB: a.DB, Policy: a.Policy, Grants: a.Network, Audit: a.Audit, Live: a.Live, Now: a.Now, Logger: a.Log,
		Seal: a.Sealer, Site: a.Config.BaseURL(), Grace: a.Config.Grace(), Tell: owners{a},
	})
	if err := a.wireDemands(ctx); err != nil {
		return err
	}
	a.wireTeams()
	if err := a.wireWishes(); err != nil {
		return err
	}
	if err := a.wireMobilise(ctx); err != nil {
		return err
	}
	if err := a.wireAdmission(ctx); err != nil {
		return err
	}
	if err := a.wireTogether(); err != nil {
		return err
	}
	if err := a.wireCare(ctx); err != nil {
		return err
	}
	if err := a.wireOutcome(ctx); err != nil {
		return err
	}
	a.Network.Wire(a.Auth, a.Demand)
	a.askPurposes()
	if err := errors.Join(a.wireOwners(), a.wirePrivacy()); err != nil {
		return err
	}
	a.Find = find.New(a.DB, a.Network, a.Sealer)
	a.Roster = roster.New(roster.Deps{
		DB: a.DB, Network: a.Network, Index: a.Index, Seal: a.Sealer, Audit: a.Audit, Live: a.Live, Logger: a.Log, Now: a.Now,
	})
	if err := a.wireTalks(); err != nil {
		return err
	}
	return a.wireRecovery(ctx)
}

// wireTogether makes what people do together, and how they hear of each other.
func (a *App) wireTogether() error {
	a.wireProgrammes()
	a.wireHonours()
	if err := errors.Join(a.wireMediation(), a.wireNotices()); err != nil {
		return err
	}
	a.wireMeetings()
	a.wireLearning()
	a.wireFeedback()
	return nil
}

// sameKeys refuses keys other than those that the database was sealed with: a
// lost key directory must not be replaced by fresh keys unnoticed.
func (a *App) sameKeys(ctx context.Context) error {
	mark := a.Sealer.Fingerprint()
	kept, err := keptKeys(ctx, a.DB.Reader(), keyMark)
	if errors.Is(err, sql.ErrNoRows) {
		err = a.DB.Write(ctx, func(tx *sqldb.Tx) error {
			_, err := tx.ExecContext(ctx, `INSERT INTO meta (key, value) VALUES ($1, $2) ON CONFLICT (key) DO NOTHING`, keyMark, mark)
			if err != nil {
				return err
			}
			kept, err = keptKeys(ctx, tx, keyMark)
			return err
		})
	}
	if err == nil && kept != mark {
		return errs.E(errs.Conflict, "app.other_keys", "dir", a.Config.Keys())
	}
	return err
}

func keptKeys(ctx context.Context, q sqldb.Querier, name string) (mark string, err error) {
	err = q.QueryRowContext(ctx, `SELECT value FROM meta WHERE key = $1`, name).Scan(&mark)
	return mark, err
}

// Close sequences and signs the audit record and closes the database.
func (a *App) Close(ctx context.Context) error {
	a.Boards.Close()
	return errors.Join(a.Audit.Stop(ctx), a.closeVault(), a.DB.Close())
}
