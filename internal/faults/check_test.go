package faults_test

import (
	"context"
	"fmt"
	"slices"
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
func (c *city) check(residents []*resident, flips []*flip) {
	c.Helper()
	ctx := context.Background()
	db := c.open()
	defer func() {
		if err := db.Close(); err != nil {
			c.Error(err)
		}
	}()
	there := c.left(db.Reader())
	for _, r := range residents {
		r.check(there)
	}
	for _, f := range flips {
		is, err := f.is(db.Reader())
		if was := f.n%2 == 1; err != nil || is != was && !f.pending {
			c.Errorf("%s %s: %d acknowledged, and it stands at %v (%v)", f.what, f.id, f.n, is, err)
		}
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

// left is what the city holds of the demands of this test, by their text.
type left struct {
	numbers map[string][]string
	events  map[string]map[string]int // text, step: how often
}

// left reads all of it at once: asking for each demand would take longer with
// every kill.
func (c *city) left(q sqldb.Querier) left {
	c.Helper()
	l := left{numbers: map[string][]string{}, events: map[string]map[string]int{}}
	each := func(query string, take func(text, word string)) {
		rows, err := q.QueryContext(context.Background(), query)
		if err != nil {
			c.Fatal(err)
		}
		defer rows.Close()
		for rows.Next() {
			var text, word string
			if err := rows.Scan(&text, &word); err != nil {
				c.Fatal(err)
			}
			take(text, word)
		}
		if err := rows.Err(); err != nil {
			c.Fatal(err)
		}
	}
	each(`SELECT text, number FROM demand WHERE text LIKE '试验%'`, func(text, number string) {
		l.numbers[text] = append(l.numbers[text], number)
	})
	each(`SELECT d.text, e.step FROM demand d JOIN demand_event e ON e.demand_id = d.id WHERE d.text LIKE '试验%'`, func(text, step string) {
		if l.events[text] == nil {
			l.events[text] = map[string]int{}
		}
		l.events[text][step]++
	})
	return l
}

// check looks at every demand of a resident's.
func (r *resident) check(l left) {
	r.Helper()
	for _, m := range r.all {
		if fault := m.fault(l); fault != "" {
			r.Errorf("%q (%s, %d steps acknowledged): %s", m.text, m.number, m.steps, fault)
		}
	}
}

// fault says what is wrong with a demand.
func (m *matter) fault(l left) string {
	numbers := l.numbers[m.text]
	switch {
	case len(numbers) > 1:
		return "it is there twice"
	case m.raised && !slices.Equal(numbers, []string{strings.ReplaceAll(m.number, "-", "")}):
		return fmt.Sprintf("there is %v", numbers)
	}
	for i, s := range steps {
		switch n := l.events[m.text][s.event]; {
		case n > 1:
			return s.event + " twice"
		case i < m.steps && n == 0:
			return s.event + " is lost"
		}
	}
	return ""
}
