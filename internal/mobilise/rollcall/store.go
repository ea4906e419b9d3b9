package rollcall

import (
	"context"
	"database/sql"
	"encoding/json"
	"time"

	"bilin/internal/errs"
	"bilin/internal/sqldb"
)

const callColumns = `id, unit_id, kind, order_id, order_number, reason, state, expected, opened_at, opened_by, closed_at, closed_by, erased_at, version`

func readCalls(ctx context.Context, q sqldb.Querier, where string, args ...any) ([]*Call, error) {
	return sqldb.Collect(ctx, q, func(r *sql.Rows, into **Call) error {
		c := &Call{}
		var opened, closed, erased int64
		err := r.Scan(&c.ID, &c.UnitID, &c.Kind, &c.OrderID, &c.OrderNumber, &c.Reason, &c.State, &c.Expected, &opened, &c.OpenedBy, &closed, &c.ClosedBy, &erased, &c.Version)
		c.OpenedAt, c.ClosedAt, c.ErasedAt = instant(opened), instant(closed), instant(erased)
		*into = c
		return err
	}, `SELECT `+callColumns+` FROM rollcall WHERE `+where, args...)
}

func readCall(ctx context.Context, q sqldb.Querier, id string) (*Call, error) {
	found, err := readCalls(ctx, q, `id = $1`, id)
	if err == nil && len(found) == 0 {
		err = errs.E(errs.NotFound, "rollcall.none")
	}
	if err != nil {
		return nil, err
	}
	return found[0], nil
}

func readOpen(ctx context.Context, q sqldb.Querier) ([]*Call, error) {
	return readCalls(ctx, q, `state = 'open' ORDER BY opened_at DESC, id LIMIT $1`, mostOpen)
}

func insertCall(ctx context.Context, tx *sqldb.Tx, c *Call) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO rollcall (`+callColumns+`) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)`,
		c.ID, c.UnitID, string(c.Kind), c.OrderID, c.OrderNumber, c.Reason, string(c.State), c.Expected, sqldb.MillisOrZero(c.OpenedAt), c.OpenedBy, sqldb.MillisOrZero(c.ClosedAt), c.ClosedBy, sqldb.MillisOrZero(c.ErasedAt), c.Version)
	return err
}

// updateCall writes what the rules change.
func updateCall(ctx context.Context, tx *sqldb.Tx, c *Call) error {
	_, err := tx.ExecContext(ctx, `UPDATE rollcall SET state = $1, closed_at = $2, closed_by = $3, erased_at = $4, version = $5 WHERE id = $6`,
		string(c.State), sqldb.MillisOrZero(c.ClosedAt), c.ClosedBy, sqldb.MillisOrZero(c.ErasedAt), c.Version, c.ID)
	return err
}

// scope is what is expected: households by unit, of each village.
type scope map[string]map[string]int

func insertScope(ctx context.Context, tx *sqldb.Tx, callID string, sc scope) error {
	var villages, cells [][]any
	for village, units := range sc {
		raw, err := json.Marshal(units)
		if err != nil {
			return err
		}
		expected := 0
		for _, n := range units {
			expected += n
		}
		villages = append(villages, []any{callID, village, expected, 0, 0, 0, 0})
		cells = append(cells, []any{callID, village, string(raw)})
	}
	err := sqldb.InsertMany(ctx, tx, "rollcall_village", villageColumns, villages, "")
	if err != nil {
		return err
	}
	return sqldb.InsertMany(ctx, tx, "rollcall_cells", []string{"call_id", "village_id", "cells"}, cells, "")
}

var villageColumns = []string{"call_id", "village_id", "expected", "safe", "help", "helped", "not_reached"}

// readCells returns what is expected in each unit of a village.
func readCells(ctx context.Context, q sqldb.Querier, callID, villageID string) (map[string]int, error) {
	found, err := sqldb.Collect(ctx, q, func(r *sql.Rows, cells *map[string]int) error {
		var raw []byte
		if err := r.Scan(&raw); err != nil {
			return err
		}
		return json.Unmarshal(raw, cells)
	}, `SELECT cells FROM rollcall_cells WHERE call_id = $1 AND village_id = $2`, callID, villageID)
	if err != nil || len(found) == 0 {
		return nil, err
	}
	return found[0], nil
}

// readVillages returns the totals of each village of a roll-call.
func readVillages(ctx context.Context, q sqldb.Querier, callID string) (map[string]Totals, error) {
	type of struct {
		village string
		Totals
	}
	found, err := sqldb.Collect(ctx, q, func(r *sql.Rows, v *of) error {
		return r.Scan(&v.village, &v.Expected, &v.Safe, &v.Help, &v.Helped, &v.NotReached)
	}, `SELECT village_id, expected, safe, help, helped, not_reached FROM rollcall_village WHERE call_id = $1`, callID)
	out := make(map[string]Totals, len(found))
	for _, v := range found {
		out[v.village] = v.settled()
	}
	return out, err
}

// addTotals changes a village's counters; a village that came after the opening gets them.
func addTotals(ctx context.Context, tx *sqldb.Tx, callID, villageID string, t Totals) error {
	if t == (Totals{}) {
		return nil
	}
	return sqldb.InsertMany(ctx, tx, "rollcall_village", villageColumns, [][]any{{callID, villageID, 0, t.Safe, t.Help, t.Helped, t.NotReached}},
		`ON CONFLICT (call_id, village_id) DO UPDATE SET safe = rollcall_village.safe + excluded.safe, help = rollcall_village.help + excluded.help,
		helped = rollcall_village.helped + excluded.helped, not_reached = rollcall_village.not_reached + excluded.not_reached`)
}

// addMinute counts first reports of a minute.
func addMinute(ctx context.Context, tx *sqldb.Tx, callID, villageID string, at time.Time, n int) error {
	if n == 0 {
		return nil
	}
	_, err := tx.ExecContext(ctx, `INSERT INTO rollcall_minute (call_id, minute, village_id, reported) VALUES ($1, $2, $3, $4)
		ON CONFLICT (call_id, minute, village_id) DO UPDATE SET reported = rollcall_minute.reported + excluded.reported`, callID, minuteOf(at), villageID, n)
	return err
}

func minuteOf(at time.Time) int64 { return sqldb.Millis(at) / time.Minute.Milliseconds() }

// readMinutes returns how many households were reported first in each minute,
// in some villages or, if nil, in all.
func readMinutes(ctx context.Context, q sqldb.Querier, callID string, villages []string) ([]Point, error) {
	var w sqldb.Where
	w.Add(`call_id = ?`, callID)
	if villages != nil {
		w.In("village_id", villages)
	}
	return sqldb.Collect(ctx, q, func(r *sql.Rows, p *Point) error {
		var minute int64
		err := r.Scan(&minute, &p.Reported)
		p.At = sqldb.Time(minute * time.Minute.Milliseconds())
		return err
	}, `SELECT minute, SUM(reported) FROM rollcall_minute WHERE `+w.Text()+` GROUP BY minute ORDER BY minute`, w.Args...)
}

var rowColumns = []string{"call_id", "household_id", "village_id", "unit_id", "answer", "need", "first_at", "at", "by_id", "by_name", "way", "help_at", "aid", "aid_at", "aid_by", "version"}

func readRows(ctx context.Context, q sqldb.Querier, w *sqldb.Where, tail string) ([]Row, error) {
	return sqldb.Collect(ctx, q, func(r *sql.Rows, row *Row) error {
		var first, at, help, aid int64
		err := r.Scan(&row.HouseholdID, &row.VillageID, &row.UnitID, &row.Answer, &row.Need, &first, &at, &row.ByID, &row.By, &row.Way, &help, &row.Aid, &aid, &row.AidBy, &row.Version)
		row.FirstAt, row.At, row.HelpAt, row.AidAt = sqldb.Time(first), sqldb.Time(at), instant(help), instant(aid)
		return err
	}, `SELECT household_id, village_id, unit_id, answer, need, first_at, at, by_id, by_name, way, help_at, aid, aid_at, aid_by, version
		FROM rollcall_report WHERE `+w.Text()+tail, w.Args...)
}

// rowsOf returns what was reported of some households, by their ids.
func rowsOf(ctx context.Context, q sqldb.Querier, callID string, households []string) (map[string]*Row, error) {
	var w sqldb.Where
	w.Add(`call_id = ?`, callID)
	w.In("household_id", households)
	rows, err := readRows(ctx, q, &w, "")
	out := make(map[string]*Row, len(rows))
	for i := range rows {
		out[rows[i].HouseholdID] = &rows[i]
	}
	return out, err
}

func putRows(ctx context.Context, tx *sqldb.Tx, callID string, rows []Row) error {
	values := make([][]any, len(rows))
	for i, r := range rows {
		values[i] = []any{callID, r.HouseholdID, r.VillageID, r.UnitID, string(r.Answer), string(r.Need), sqldb.MillisOrZero(r.FirstAt), sqldb.MillisOrZero(r.At), r.ByID, r.By, string(r.Way),
			sqldb.MillisOrZero(r.HelpAt), string(r.Aid), sqldb.MillisOrZero(r.AidAt), r.AidBy, r.Version}
	}
	return sqldb.InsertMany(ctx, tx, "rollcall_report", rowColumns, values, `ON CONFLICT (call_id, household_id) DO UPDATE SET answer = excluded.answer, need = excluded.need,
		at = excluded.at, by_id = excluded.by_id, by_name = excluded.by_name, way = excluded.way, help_at = excluded.help_at,
		aid = excluded.aid, aid_at = excluded.aid_at, aid_by = excluded.aid_by, version = excluded.version`)
}

// countUnits returns the totals of each unit of a village, without what is expected.
func countUnits(ctx context.Context, q sqldb.Querier, callID, villageID string) (map[string]Totals, error) {
	type group struct {
		unit   string
		answer Answer
		aid    Aid
		n      int
	}
	found, err := sqldb.Collect(ctx, q, func(r *sql.Rows, g *group) error {
		return r.Scan(&g.unit, &g.answer, &g.aid, &g.n)
	}, `SELECT unit_id, answer, aid, COUNT(*) FROM rollcall_report WHERE call_id = $1 AND village_id = $2 GROUP BY unit_id, answer, aid`, callID, villageID)
	out := map[string]Totals{}
	for _, g := range found {
		one := counts(&Row{Answer: g.answer, Aid: g.aid})
		t := out[g.unit]
		t.add(Totals{Safe: one.Safe * g.n, Help: one.Help * g.n, Helped: one.Helped * g.n, NotReached: one.NotReached * g.n})
		out[g.unit] = t
	}
	return out, err
}

// eraseSome deletes a bounded number of rows and says how many.
func eraseSome(ctx context.Context, tx *sqldb.Tx, callID string, most int) (int64, error) {
	res, err := tx.ExecContext(ctx, `DELETE FROM rollcall_report WHERE call_id = $1 AND household_id IN
		(SELECT household_id FROM rollcall_report WHERE call_id = $1 ORDER BY household_id LIMIT $2)`, callID, most)
	if err != nil {
		return 0, err
	}
	return res.RowsAffected()
}

// instant is a time of the database that may not have come.
func instant(ms int64) time.Time {
	if ms == 0 {
		return time.Time{}
	}
	return sqldb.Time(ms)
}
