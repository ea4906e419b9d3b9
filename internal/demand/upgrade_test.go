package demand_test

import (
	"testing"
	"time"

	"bilin/internal/demand"
	"bilin/internal/demand/demandtest"
	"bilin/internal/sqldb"
	"bilin/internal/sqldbtest"
)

// firstRelease is the schema's version before demands had limits.
const firstRelease = 9

// TestUpgrade opens a database of the first release: what was raised there goes
// on, and its clock starts with the first tick.
func TestUpgrade(t *testing.T) {
	for _, engine := range []sqldb.Engine{sqldb.SQLite, sqldb.Postgres} {
		t.Run(string(engine), func(t *testing.T) {
			cfg := sqldb.Config{Dir: t.TempDir()}
			if engine == sqldb.Postgres {
				cfg.URL = sqldbtest.EmptyPostgres(t)
			}
			db := sqldbtest.OpenConfig(t, cfg)
			if err := db.MigrateUpTo(ctx, firstRelease); err != nil {
				t.Fatal(err)
			}
			raisedBefore(t, db)
			if err := db.Migrate(ctx); err != nil {
				t.Fatal(err)
			}
			c := demandtest.New(t, db)
			if n := tick(t, c); n != 1 {
				t.Errorf("%d clocks started", n)
			}
			f := get(t, c, c.Lead, "260000015")
			if f.State != demand.Accepted || f.Day != "2026-04-01" || !f.DueAt.After(c.Clock.Now()) || steps(f) != "raised" {
				t.Errorf("%s of %s, due %s, %s", f.State, f.Day, f.DueAt, steps(f))
			}
			ok(t)(c.Demand.Resolve(ctx, c.Lead, f.Number, note("修好了")))
			if got := queued(t, c, c.Lead, demand.Filter{Stage: demand.Waiting}); len(got) != 1 {
				t.Errorf("waiting: %v", got)
			}
		})
	}
}

func raisedBefore(t *testing.T, db *sqldb.DB) {
	t.Helper()
	at := time.Date(2026, 3, 31, 17, 0, 0, 0, time.UTC).UnixMilli() // one in the morning of April in the city
	unit, village, town := demandtest.ID(demandtest.CellCode), demandtest.ID(demandtest.VillageCode), demandtest.ID(demandtest.TownCode)
	err := db.Write(ctx, func(tx *sqldb.Tx) error {
		_, err := tx.ExecContext(ctx, `INSERT INTO demand (id, number, kind, text, unit_id, village_id, town_id, owner_id, owner_since, state, stage,
			state_since, raised_at, version, seq, track_hash) VALUES ('old', '260000015', 'help', '修灯', $1, $2, $3, $1, $4, 'accepted', 0, $4, $4, 1, 1, '')`,
			unit, village, town, at)
		if err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, `INSERT INTO demand_event (demand_id, seq, at, step, side, actor_id, name, role, unit_id, unit_name, to_unit_id, to_unit_name,
			to_person_id, to_name, to_role, reason, text, state) VALUES ('old', 1, $1, 'raised', 'resident', '', '', '', '', '', '', '', '', '', '', '', '修灯', 'open')`, at)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}
