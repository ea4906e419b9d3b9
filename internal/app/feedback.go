package app

import (
	"context"
	"time"

	"bilin/internal/feedback"
	"bilin/internal/feedbackweb"
	"bilin/internal/homeweb"
	"bilin/internal/web"
)

// Listening is what people say about Bilin itself.
type Listening struct {
	Feedback *feedback.Service
}

func (a *App) wireFeedback() { a.Feedback = a.feedbackAt(a.Now) }

// feedbackAt returns feedback with a clock of its own.
func (a *App) feedbackAt(now func() time.Time) *feedback.Service {
	return feedback.New(feedback.Options{DB: a.DB, Policy: a.Policy, Audit: a.Audit, Live: a.Live, Vault: a.Vault, Now: now})
}

func (a *App) scheduleFeedback() {
	a.Jobs.Every("feedback.tick", 24*time.Hour, func(ctx context.Context) error {
		_, err := a.Feedback.Tick(ctx)
		return err
	})
}

// feedbackModule is the pages of feedback.
func (a *App) feedbackModule(server *web.Server) web.Module {
	return feedbackweb.New(server, a.Feedback, releaseOf(programVersion())).Limit(a.Config.PublicRate).Module()
}

// releaseOf is a version as the desk offers it; what was built from a work tree has none.
func releaseOf(version string) string {
	if len(version) > feedback.MaxRelease || version == "(devel)" || version == "unknown" {
		return ""
	}
	return version
}

func (a *App) feedbackHome() homeweb.Section { return homeweb.Feedback{Service: a.Feedback} }
