package app

import (
	"path/filepath"
	"time"

	"bilin/internal/outcome/feed"
	"bilin/internal/outcome/pull"
	"bilin/internal/outcomeweb/feedweb"
	"bilin/internal/web"
)

// Feeding is how departments' figures come in.
type Feeding struct {
	Feeds *feed.Service
	Pulls *pull.Service
}

func (a *App) wireFeeds() (err error) {
	a.Feeds = feed.New(feed.Options{Outcome: a.Outcome, Tree: a.Network.Tree, Seal: a.Sealer, Now: a.Now})
	a.Pulls, err = pull.New(pull.Options{
		DB: a.DB, Outcome: a.Outcome, Feeds: a.Feeds, Tree: a.Network.Tree, Audit: a.Audit, Live: a.Live, Seal: a.Sealer,
		Dir: filepath.Join(a.Config.Dir, "pull"), Allow: a.Config.PullAllow, Now: a.Now, Logger: a.Log,
	})
	return err
}

// scheduleFeeds asks the sources whose time has come.
func (a *App) scheduleFeeds() { a.Jobs.Every("outcome.pull", 3*time.Minute, a.Pulls.Poll) }

func (a *App) feedModule(server *web.Server) web.Module {
	return feedweb.New(server, feedweb.Options{Outcome: a.Outcome, Feeds: a.Feeds, Pulls: a.Pulls, Tree: a.Network.Tree, Now: a.Now}).Module()
}
