package app

import (
	"bilin/internal/outcome/feed"
)

// Feeding is how departments' figures come in.
type Feeding struct {
	Feeds *feed.Service
}

func (a *App) wireFeeds() {
	a.Feeds = feed.New(feed.Options{Outcome: a.Outcome, Tree: a.Network.Tree, Seal: a.Sealer, Now: a.Now})
}
