package faults_test

import (
	"context"
	"fmt"
	"strings"

	"bilin/internal/audit"
	"bilin/internal/sqldb"
)

func text(q sqldb.Querier, query, want string, args ...any) (bool, error) {
	var got string
	err := q.QueryRowContext(context.Background(), query, args...).Scan(&got)
	return got == want, err
}

// base are numbers that the city keeps beside the rows they count.
type base struct{ tasks, care int64 }

// tallies is by how much the kept numbers differ from what they count: it must
// stay as it is, whatever happens.
func (c *city) tallies(db *sqldb.DB) (b base) {
	c.Helper()
	one := func(query string, args ...any) (n int64) {
		if err := db.Reader().QueryRowContext(context.Background(), query, args...).Scan(&n); err != nil {
			c.Fatal(err)
		}
		return n
	}
	b.tasks = one(`SELECT (SELECT COALESCE(SUM(done), 0) FROM task_tally) - (SELECT count(*) FROM task WHERE state = 'done')`)
	b.care = one(`SELECT (SELECT COALESCE(SUM(kept + late), 0) FROM care_kept) - (SELECT count(*) FROM care_contact WHERE state = 'done')`)
	return b
}

// check looks at the city after a kill, with nobody else there: what was
// acknowledged is there, nothing is there twice, kept numbers are right, and the
// record proves to be unaltered.
func (c *city) check(residents []*resident, flips []*flip, whole bool) {
	c.Helper()
	ctx := context.Background()
	db := c.open()
	defer func() {
		if err := db.Close(); err != nil {
			c.Error(err)
		}
	}()
	for _, r := range residents {
		r.check(db.Reader(), whole)
	}
	for _, f := range flips {
		is, err := f.is(db.Reader())
		if was := f.n%2 == 1; err != nil || is != was && !f.pending {
			c.Errorf("%s %s: %d acknowledged, and it stands at %v (%v)", f.what, f.id, f.n, is, err)
		}
	}
	var twice int
	err := db.Reader().QueryRowContext(ctx, `SELECT count(*) FROM (SELECT text FROM demand WHERE text LIKE '试验%' GROUP BY text HAVING count(*) > 1) x`).Scan(&twice)
	if err != nil || twice > 0 {
		c.Errorf("%d demands are there twice, %v", twice, err)
	}
	if got := c.tallies(db); got != c.base {
		c.Errorf("kept numbers are off: %+v, were %+v", got, c.base)
	}
	c.rollcall(db.Reader())
	if report, err := audit.Verify(ctx, db, c.cfg.Dir); err != nil || !report.OK() {
		c.Errorf("the record: %+v, %+v, %v", report, report.Failure, err)
	}
}

// rollcall compares its counters with the reports.
func (c *city) rollcall(q sqldb.Querier) {
	c.Helper()
	var off int64
	err := q.QueryRowContext(context.Background(), `SELECT
		abs((SELECT COALESCE(SUM(safe + not_reached + help), 0) FROM rollcall_village WHERE call_id = $1) - (SELECT count(*) FROM rollcall_report WHERE call_id = $1)) +
		abs((SELECT COALESCE(SUM(safe), 0) FROM rollcall_village WHERE call_id = $1) - (SELECT count(*) FROM rollcall_report WHERE call_id = $1 AND answer = 'safe')) +
		abs((SELECT COALESCE(SUM(reported), 0) FROM rollcall_minute WHERE call_id = $1) - (SELECT count(*) FROM rollcall_report WHERE call_id = $1))`, c.call).Scan(&off)
	if err != nil || off != 0 {
		c.Errorf("the roll-call's counters are off by %d, %v", off, err)
	}
}

// check looks at the latest demand, or at all.
func (r *resident) check(q sqldb.Querier, whole bool) {
	r.Helper()
	for i, m := range r.all {
		if !whole && i < len(r.all)-2 {
			continue
		}
		if fault := m.fault(q); fault != "" {
			r.Errorf("%q (%s, %d steps acknowledged): %s", m.text, m.number, m.steps, fault)
		}
	}
}

// fault says what is wrong with a demand.
func (m *matter) fault(q sqldb.Querier) string {
	var n int
	var number string
	err := q.QueryRowContext(context.Background(), `SELECT count(*), COALESCE(MAX(number), '') FROM demand WHERE text = $1`, m.text).Scan(&n, &number)
	switch {
	case err != nil:
		return err.Error()
	case m.raised && (n != 1 || number != strings.ReplaceAll(m.number, "-", "")):
		return fmt.Sprintf("there are %d, with number %s", n, number)
	}
	for i, s := range steps {
		err := q.QueryRowContext(context.Background(), `SELECT count(*) FROM demand_event e JOIN demand d ON d.id = e.demand_id WHERE d.text = $1 AND e.step = $2`, m.text, s.event).Scan(&n)
		switch {
		case err != nil:
			return err.Error()
		case n > 1:
			return s.event + " twice"
		case i < m.steps && n == 0:
			return s.event + " is lost"
		}
	}
	return ""
}
