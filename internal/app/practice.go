package app

import (
	"time"

	"bilin/internal/lesson"
	"bilin/internal/lessonweb"
	"bilin/internal/practice"
	"bilin/internal/practiceweb"
	"bilin/internal/web"
)

// Learning is what one village learns from another.
type Learning struct {
	Practices *practice.Service
	Lessons   *lesson.Service
}

func (a *App) wireLearning() {
	a.Practices, a.Lessons = a.practicesAt(a.Now), a.lessonsAt(a.Now)
}

// practicesAt returns practices with a clock of their own.
func (a *App) practicesAt(now func() time.Time) *practice.Service {
	return practice.New(practice.Options{DB: a.DB, Network: a.Network, Policy: a.Policy, Audit: a.Audit, Live: a.Live, Now: now})
}

// learningModules are the pages of practices, lessons and talks.
func (a *App) learningModules(server *web.Server) []web.Module {
	return []web.Module{
		practiceweb.New(server, a.Practices, a.Network.Tree, a.Policy).Limit(a.Config.PublicRate).Module(),
		lessonweb.New(server, a.Lessons, a.Network.Tree, lessonweb.Options{Policy: a.Policy, Public: a.Config.BaseURL()}).Limit(a.Config.PublicRate).Module(),
	}
}
