package cli_test

import (
	"context"
	"log/slog"
	"testing"
	"time"

	"bilin/internal/app"
	"bilin/internal/auth"
	"bilin/internal/config"
	"bilin/internal/network"
	"bilin/internal/outcome"
	"bilin/internal/sqldb"
)

// A published quarter is reckoned again: identical, or what differs and exit status 1.
func TestVerifyOutcomes(t *testing.T) {
	t.Setenv("LANG", "en_US.UTF-8")
	t.Setenv("LC_ALL", "")
	tm := terminal{t, t.TempDir()}
	tm.run(0, "import", "units", tm.write("units.csv", divisions))
	tm.run(2, "outcome", "verify", "2026-3")
	tm.says(tm.run(3, "outcome", "verify", "2025Q3"), "isn't published")
	in := func(fn func(ctx context.Context, a *app.App)) {
		t.Helper()
		cfg := config.Default()
		cfg.Dir = tm.dir
		a, err := app.Open(t.Context(), cfg, slog.New(slog.DiscardHandler))
		if err != nil {
			t.Fatal(err)
		}
		fn(t.Context(), a)
		if err := a.Close(context.WithoutCancel(t.Context())); err != nil {
			t.Fatal(err)
		}
	}
	const q3 = outcome.Period(4*2025 + 2)
	in(func(ctx context.Context, a *app.App) {
		now := q3.End().AddDate(0, 0, 5)
		svc, err := outcome.Open(ctx, outcome.Options{DB: a.DB, Network: a.Network, Policy: a.Policy, Audit: a.Audit, Live: a.Live, Seal: a.Sealer, Signer: a.Audit, Now: func() time.Time { return now }})
		if err != nil {
			t.Fatal(err)
		}
		var rows []outcome.Row
		for _, u := range a.Network.Tree().Units(network.Village) {
			rows = append(rows, outcome.Row{UnitID: u.ID, Period: q3, Num: 3, Den: 900}) // multiples of three are shown as they are, others rounded by the city's key
		}
		office := auth.System("test")
		if _, err := svc.Take(ctx, office, outcome.Delivery{Indicator: "fires", Way: outcome.File, Rows: rows}); err != nil {
			t.Fatal(err)
		}
		cmd := outcome.Command{Period: q3}
		for _, step := range []func(context.Context, auth.Actor, outcome.Command) (*outcome.Release, error){svc.Begin, svc.OpenObjections, svc.Publish} {
			if _, err := step(ctx, office, cmd); err != nil {
				t.Fatal(err)
			}
			now = now.AddDate(0, 0, outcome.ObjectionDays)
		}
	})
	tm.says(tm.run(0, "outcome", "verify", "2025Q3"), "2025Q3: 30 lights, method 1", "Identical")
	in(func(ctx context.Context, a *app.App) {
		err := a.DB.Write(ctx, func(tx *sqldb.Tx) error {
			_, err := tx.ExecContext(ctx, `UPDATE outcome_value SET num = num + 9`)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	})
	tm.says(tm.run(1, "outcome", "verify", "2025Q3"), "stored values of “Building fires” are not those", "月塘村, Building fires: published (-)", "- Grey, 3 of 900", "+ Green, 12 of 900", "3 differences")
}
