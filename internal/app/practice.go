package app

import (
	"time"

	"bilin/internal/practice"
	"bilin/internal/practiceweb"
	"bilin/internal/web"
)

// Learning is what one village learns from another.
type Learning struct {
	Practices *practice.Service
}

func (a *App) wireLearning() {
	a.Practices = a.practicesAt(a.Now)
}

// practicesAt returns practices with a clock of their own.
func (a *App) practicesAt(now func() time.Time) *practice.Service {
	return practice.New(practice.Options{DB: a.DB, Network: a.Network, Policy: a.Policy, Audit: a.Audit, Live: a.Live, Now: now})
}

// learningModules are the pages of practices.
func (a *App) learningModules(server *web.Server) []web.Module {
	return []web.Module{practiceweb.New(server, a.Practices, a.Network.Tree, a.Policy).Limit(a.Config.PublicRate).Module()}
}
