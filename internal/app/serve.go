package app

import (
	"context"
	"errors"
	"net"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"

	"bilin/internal/api"
	"bilin/internal/auth"
	"bilin/internal/authweb"
	"bilin/internal/demo"
	"bilin/internal/doorcard"
	"bilin/internal/errs"
	"bilin/internal/homeweb"
	"bilin/internal/i18n"
	"bilin/internal/network"
	"bilin/internal/networkweb"
	"bilin/internal/once"
	"bilin/internal/rosterweb"
	"bilin/internal/sqldb"
	"bilin/internal/web"
)

// Serve runs the server until ctx ends, and calls ready once it listens. When
// it returns, requests in work are answered and queued work has stopped.
func (a *App) Serve(ctx context.Context, ready func()) error {
	server, err := a.Server()
	if err != nil {
		return err
	}
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", a.Config.Addr)
	if err != nil {
		return errs.Wrap(err, errs.Unavailable, "app.no_listen", "addr", a.Config.Addr)
	}
	if err := a.start(context.WithoutCancel(ctx)); err != nil {
		return errors.Join(err, listener.Close())
	}
	ready()
	serving, end := context.WithCancel(ctx)
	defer end()
	go giveBack(serving)
	err = server.Serve(ctx, listener)
	return errors.Join(err, a.stop())
}

// start begins what works in the background.
func (a *App) start(ctx context.Context) error {
	a.Audit.Start(ctx)
	a.Live.Start(ctx)
	if err := a.Network.Start(ctx); err != nil {
		return err
	}
	if err := errors.Join(a.startDemands(ctx), a.Duties.Start(ctx), a.Emergency.Start(ctx), a.Needs.Start(ctx), a.Outcome.Start(ctx), a.startCallout(ctx)); err != nil {
		return err
	}
	a.schedule()
	return a.Jobs.Start(ctx)
}

// schedule names what is due again and again.
func (a *App) schedule() {
	a.Roster.Register(a.Jobs)
	a.Jobs.Every("auth.sweep", time.Hour, func(ctx context.Context) error { return a.Auth.Sweep(ctx) })
	a.Jobs.Every("once.prune", time.Hour, a.pruneOnce)
	a.scheduleDemands()
	a.scheduleVault()
	a.scheduleProgrammes()
	a.scheduleHonours()
	a.scheduleMediation()
	a.scheduleNotices()
	a.scheduleLessons()
	a.scheduleMeetings()
	a.scheduleFeedback()
	a.scheduleAdmission()
	a.scheduleMobilise()
	a.scheduleTeams()
	a.scheduleWishes()
	a.scheduleQuiet()
	a.scheduleOutcome()
	a.schedulePrivacy()
	a.Recovery.Register(a.Jobs)
	a.scheduleCare()
}

// pruneOnce forgets idempotency keys that nobody will repeat any more.
func (a *App) pruneOnce(ctx context.Context) error {
	for {
		var n int64
		err := a.DB.Write(ctx, func(tx *sqldb.Tx) (err error) {
			n, err = once.Prune(ctx, tx, a.Now().Add(-once.Kept))
			return err
		})
		if err != nil || n == 0 {
			return err
		}
	}
}

const stopTime = 20 * time.Second

func (a *App) stop() error {
	ctx, cancel := context.WithTimeout(context.Background(), stopTime)
	defer cancel()
	err := errors.Join(a.stopCallout(ctx), a.Sending.Stop(ctx), a.Jobs.Stop(ctx))
	a.Network.Stop()
	a.stopDemands()
	a.Duties.Stop()
	a.Emergency.Stop()
	a.Needs.Stop()
	a.Outcome.Stop()
	return errors.Join(err, a.Live.Stop(ctx))
}

// Server puts the site together: every module, the API beside it.
func (a *App) Server() (*web.Server, error) {
	catalog, err := Catalog()
	if err != nil {
		return nil, err
	}
	sessions := auth.NewSessions(a.Auth, strings.HasPrefix(a.Config.BaseURL(), "https:"))
	var server *web.Server
	words := func(r *http.Request) func(string, ...any) string { return server.T(r) }
	server, err = web.New(web.Options{
		Catalog: catalog, Identify: authweb.Identify(words), Guard: authweb.Guard(a.Policy), Prove: authweb.Prove(a.Policy, sessions),
		Wrap:  []func(http.Handler) http.Handler{sessions.Wrap},
		Extra: a.interfaces(catalog), EmergencyPaths: api.Emergency,
		Registry: registry(append(a.Recovery.Collectors(), a.fullGauge())...), Ready: a.DB.Ping, Notice: a.notice, Logger: a.Log, Now: a.Now,
		Addr: a.Config.Addr, PublicURL: a.Config.PublicURL, TrustedProxy: a.Config.TrustedProxy,
		TLSCert: a.Config.TLSCert, TLSKey: a.Config.TLSKey,
		OnShutdown: []func(){a.Live.CloseStreams},
	})
	if err != nil {
		return nil, err
	}
	return server, server.Mount(a.modules(server, sessions)...)
}

func registry(more ...prometheus.Collector) *prometheus.Registry {
	r := prometheus.NewRegistry()
	r.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	r.MustRegister(more...)
	return r
}

// interfaces are those for programs, by where they are mounted.
func (a *App) interfaces(catalog *i18n.Catalog) map[string]http.Handler {
	opt := api.Options{
		Auth: a.Auth, Network: a.Network, Demand: a.Demand, Hotline: a.Hotline, Find: a.Find, Catalog: catalog, Logger: a.Log,
		Reports: a.Reports, Matters: a.Admission, Lists: a.Monthly, Duties: a.Duties.Catalog, Burden: a.Burden, Alerts: a.Alerts, Outcome: a.Outcome, Feeds: a.Feeds, Orders: a.Orders, Programmes: a.Programmes, Honours: a.Honours, Wishes: a.Wishes, Notices: a.Notices, Meetings: a.Meetings, Feedback: a.Feedback, Practices: a.Practices, Suggestions: a.Suggestions, Needs: a.Needs.Catalog,
		Now: a.Now, PublicURL: a.Config.BaseURL(), Limits: api.Even(a.Config.PublicRate),
	}
	return map[string]http.Handler{api.Prefix: api.New(opt), api.Open311Prefix: api.NewOpen311(opt)}
}

func (a *App) modules(server *web.Server, sessions *auth.Sessions) []web.Module {
	demoPassword := ""
	if made, err := demo.ReadMade(a.Config.Dir); err == nil {
		demoPassword = made.Password
	}
	base := a.Config.BaseURL()
	return append([]web.Module{
		homeweb.New(server, a.noticesHome(), homeweb.Learning{Practices: a.Practices, Lessons: a.Lessons, Policy: a.Policy}, a.meetingsHome(), a.ordersHome(), a.alertsHome(), a.rollcallHome(), a.careHome(), a.wishesHome(), a.privacyHome(), a.reportsHome(), a.teamsHome(), a.lightsHome(),
			homeweb.Tasks{Service: a.Monthly}, homeweb.Admission{Matters: a.Admission, Monthly: a.Monthly, Offlist: a.Offlist, Policy: a.Policy},
			homeweb.Demands{Service: a.Demand, Tree: a.Network.Tree}, homeweb.Network{Service: a.Network}, homeweb.Calendar{Service: a.Calendar, Policy: a.Policy},
			homeweb.Selections{Service: a.Network, Policy: a.Policy}, homeweb.Records{Log: a.Audit, Policy: a.Policy}, homeweb.Accounts{Auth: a.Auth, Network: a.Network, Now: a.Now}, homeweb.Backups{Service: a.Recovery, Policy: a.Policy}, a.feedbackHome()).Module(),
		authweb.New(server, authweb.Options{
			Auth: a.Auth, Sessions: sessions, Tree: a.Network.Tree, Audit: a.Audit,
			PublicURL: base, DemoPassword: demoPassword,
		}).Module(),
		networkweb.New(server, a.Network, networkweb.Options{
			DB: a.DB, Audit: a.Audit, Find: a.Find, Purpose: a.Purpose, Beside: a.besideHousehold, Near: a.nearMeetings, Cards: doorcard.New(a.Now), Now: a.Now, Public: base, Open: a.openWith, Rate: a.Config.PublicRate,
		}).Module(),
		rosterweb.New(server, a.Roster, a.Network).Module(),
		a.liveModule(), a.careModule(server), a.programmeModule(server), a.honourModule(server), a.mediationModule(server), a.noticeModule(server), a.wishModule(server), a.meetingModule(server), a.feedbackModule(server),
	}, slices.Concat(a.demandModules(server), a.admissionModules(server), a.mobiliseModules(server), a.teamModules(server), a.lightModules(server), a.recoveryModules(server), a.privacyModules(server), a.learningModules(server))...)
}

// openWith says what of the slices' work moves with a post.
func (a *App) openWith(ctx context.Context, post *network.Post) ([]networkweb.OpenItem, error) {
	n, err := a.Demand.OpenWith(ctx, post)
	if err != nil || n == 0 {
		return nil, err
	}
	return []networkweb.OpenItem{{Key: "app.open_demands", N: n}}, nil
}
