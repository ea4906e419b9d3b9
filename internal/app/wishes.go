package app

import (
	"context"
	"time"

	"bilin/internal/sqldb"
	"bilin/internal/volunteer/wish"
)

// Wishing is small wishes and who has an hour for one.
type Wishing struct {
	Wishes *wish.Service
}

func (a *App) wireWishes() { a.Wishes = a.wishesAt(a.Now) }

// wishesAt returns wishes with a clock of their own.
func (a *App) wishesAt(now func() time.Time) *wish.Service {
	return wish.New(wish.Options{DB: a.DB, Network: a.Network, Policy: a.Policy, Audit: a.Audit, Live: a.Live, Vault: a.Vault, Volunteers: a.Volunteers, Away: a.awayBetween, Now: now})
}

func (a *App) awayBetween(ctx context.Context, from, to string) (map[string][]wish.Span, error) {
	said, err := a.Teams.AwayBetween(ctx, from, to)
	out := make(map[string][]wish.Span, len(said))
	for person, list := range said {
		for _, p := range list {
			out[person] = append(out[person], wish.Span{From: p.From, To: p.To})
		}
	}
	return out, err
}

// wishesGone ends what hung on a report-in that ended.
func (a *App) wishesGone(ctx context.Context, tx *sqldb.Tx, volunteerID string) error {
	return a.Wishes.Gone(ctx, tx, volunteerID)
}

func (a *App) scheduleWishes() {
	a.Jobs.Every("wish.tick", 10*time.Minute, func(ctx context.Context) error {
		_, err := a.Wishes.Tick(ctx)
		return err
	})
}
