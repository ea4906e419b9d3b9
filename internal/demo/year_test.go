package demo

import (
	"context"
	"io"
	"log/slog"
	"testing"
	"time"

	"bilin/internal/audit"
	"bilin/internal/auth"
	"bilin/internal/demand"
	"bilin/internal/demand/catalog"
	"bilin/internal/live"
	"bilin/internal/network"
	"bilin/internal/seal"
	"bilin/internal/seal/sealtest"
	"bilin/internal/sqldb"
)

// nothing is no search index.
type nothing struct{}

func (nothing) IndexChunk(context.Context, *sqldb.Tx, *network.Chunk) error { return nil }

var tuesday = time.Date(2026, 11, 24, 2, 30, 0, 0, time.UTC)

func tinyCity(t *testing.T) (*sqldb.DB, Made) {
	t.Helper()
	quiet, now := slog.New(slog.NewTextHandler(io.Discard, nil)), func() time.Time { return tuesday }
	ctx, dir := t.Context(), t.TempDir()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	db, err := sqldb.Open(ctx, sqldb.Config{Dir: dir, Logger: quiet})
	must(err)
	t.Cleanup(func() { _ = db.Close() })
	must(db.Migrate(ctx))
	sealer, err := seal.Open(dir)
	must(err)
	log, err := audit.Open(db, audit.Options{Dir: dir, Now: now, Logger: quiet})
	must(err)
	t.Cleanup(func() { _ = log.Stop(context.Background()) })
	hub := live.NewHub(db, quiet)
	net, err := network.Open(ctx, db, network.Options{Audit: log, Live: hub, Seal: sealer, Vault: sealtest.Vault(t, db, sealer), Logger: quiet, Now: now})
	must(err)
	policy := auth.NewPolicy(net, auth.Rules, network.Rules, demand.Rules, catalog.Rules)
	accounts := auth.New(auth.Options{DB: db, Policy: policy, Grants: net, Audit: log, Live: hub, Now: now, Logger: quiet})
	list, err := catalog.Open(ctx, catalog.Options{DB: db, Network: net, Policy: policy, Audit: log, Live: hub, Now: now, Logger: quiet})
	must(err)
	made, err := Build(ctx, Services{DB: db, Network: net, Auth: accounts, Index: nothing{}, Catalog: list, Now: now,
		Demand: func(now func() time.Time) *demand.Service {
			return demand.New(demand.Options{DB: db, Network: net, Policy: policy, Audit: log, Live: hub, Sealer: sealer, Now: now, Catalog: list.Catalog})
		}}, Options{Dir: dir, Seed: 1, Scale: 0.001})
	must(err)
	return db, made
}

func count(t *testing.T, db *sqldb.DB, where string, args ...any) (n int) {
	t.Helper()
	if err := db.Reader().QueryRowContext(t.Context(), `SELECT COUNT(*) FROM demand WHERE `+where, args...).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

func TestTheYearHasEverySituation(t *testing.T) {
	db, made := tinyCity(t)
	if n := count(t, db, `1 = 1`); n != made.Demands || n < leastDemands {
		t.Errorf("%d demands, %d are said to be made", n, made.Demands)
	}
	for _, s := range demand.States() {
		if s == demand.Withdrawn {
			continue // a rare one, below
		}
		if count(t, db, `state = $1`, string(s)) == 0 {
			t.Errorf("no demand is %s", s)
		}
	}
	for name, where := range map[string]string{
		"withdrawn": `state = 'withdrawn'`, "overdue at a department": `stage = 0 AND late_at > 0 AND owner_dept <> ''`,
		"climbed": `climbs > 1`, "offered to a department": `pending_dept <> ''`, "offered to a unit": `pending_unit <> '' AND pending_dept = ''`,
		"returned": `returns > 0 AND disputed = 0`, "disputed": `disputed = 1`, "bound": `bound = 1`, "twice re-opened": `reopens > 1`,
		"nobody told yet": `state = 'resolved' AND told_at = 0`, "told": `state = 'resolved' AND told_at > 0`,
		"due today": `stage = 0 AND due_at > 0 AND late_at = 0`, "unclaimed": `claim_id <> ''`, "private": `private = 1`,
		"about somebody": `about_id <> ''`, "hotline": `source = 'hotline'`, "lead": `source = 'lead'`, "visit": `source = 'visit'`,
		"followed": `follows > 0`, "helped": `id IN (SELECT demand_id FROM demand_helper)`, "published": `publish = 1`,
		"partly satisfied": `satisfied = 2`, "still fixed": `rechecked = 2`, "urgent": `urgency > 0`,
	} {
		if count(t, db, where) == 0 {
			t.Errorf("none is %s", name)
		}
	}
}

func TestTheYearIsLegal(t *testing.T) {
	db, _ := tinyCity(t)
	moves := map[demand.Step]demand.Transition{}
	for _, tr := range demand.Transitions() {
		moves[tr.Step] = tr
	}
	rows, err := db.Reader().QueryContext(t.Context(), `SELECT demand_id, at, step, state FROM demand_event ORDER BY demand_id, seq`)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	last, was, before := "", demand.Open, int64(0)
	for rows.Next() {
		var id string
		var at int64
		var step demand.Step
		var state demand.State
		if err := rows.Scan(&id, &at, &step, &state); err != nil {
			t.Fatal(err)
		}
		if id != last {
			last, was, before = id, demand.Open, 0
		}
		if at < before || at > sqldb.Millis(tuesday) {
			t.Errorf("%s %s at %s, after %s", id, step, sqldb.Time(at), sqldb.Time(before))
		}
		if tr := moves[step]; step != demand.StepRaised && tr.To != "" && tr.To != state {
			t.Errorf("%s: %s leads from %s to %s", id, step, was, state)
		}
		was, before = state, at
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	var unsorted int
	err = db.Reader().QueryRowContext(t.Context(), `SELECT COUNT(*) FROM demand a JOIN demand b ON a.raised_at < b.raised_at AND a.number > b.number`).Scan(&unsorted)
	if err != nil || unsorted > 0 {
		t.Errorf("%d numbers fall with time, %v", unsorted, err)
	}
}
