package bench

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/http"
	"path/filepath"
	"time"

	"bilin/internal/sqldb"
)

const (
	noticeBudget = time.Second // a notice to the whole city, public
	openConns    = 64
	openBudget   = 1000 // a second
	openBefore   = time.Second
)

// measureReach sends a notice to every household of the city, has households
// open it by the codes at their doors, and calls people out meanwhile.
func measureReach(ctx context.Context, r *run) (rows []Row, err error) {
	dir, err := r.city(ctx, "reach")
	if err != nil {
		return nil, err
	}
	who, err := r.officers(ctx, dir)
	if err != nil {
		return nil, err
	}
	doors, err := doorsOf(ctx, dir)
	if err != nil {
		return nil, err
	}
	box := newTrial()
	defer box.close()
	p, err := r.start(ctx, dir, box.flags()...)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, p.stop()) }()
	if err := r.settled(ctx, p); err != nil {
		return nil, err
	}
	m := &reached{households: len(doors)}
	for range rounds {
		if err := r.reachRound(ctx, p, box, who, dir, doors, m); err != nil {
			return nil, err
		}
	}
	return m.rows(), nil
}

// reached is what was measured.
type reached struct {
	households, villages    int
	sent, bareRows          []time.Duration
	opened, bare            []float64 // a second
	durable, durableBeside  []time.Duration
	firstMsg, firstMsgAside []time.Duration
}

func (m *reached) rows() []Row {
	sent, insert, opened, bare := median(m.sent), median(m.bareRows), median(m.opened), median(m.bare)
	alone, aloneFirst, beside, besideFirst := median(m.durable), median(m.firstMsg), median(m.durableBeside), median(m.firstMsgAside)
	return []Row{
		{Work: fmt.Sprintf("a notice to %d households, written, sent and public", m.households), Measured: millis(sent),
			Bare:  fmt.Sprintf("%s: insert of its %d rows, same key, one transaction", millis(insert), m.villages),
			Ratio: percent(insert.Seconds() / sent.Seconds()), Budget: "≤ 1 s", Met: sent <= noticeBudget},
		{Work: fmt.Sprintf("households open it at their doors, each marked once: %d connections", openConns),
			Measured: fmt.Sprintf("%s: all of them in %.1f min", rate(opened), float64(m.households)/opened/60),
			Bare:     rate(bare) + ": one row a durable transaction", Ratio: percent(opened / bare), Budget: "≥ 1,000/s", Met: opened >= openBudget},
		{Work: "an order while a notice goes out and is opened so: durable, then its first message", Measured: millis(beside) + ", " + millis(besideFirst),
			Bare:  fmt.Sprintf("%s, %s: without a notice", millis(alone), millis(aloneFirst)),
			Ratio: percent((alone + aloneFirst).Seconds() / (beside + besideFirst).Seconds()), Budget: "≤ 1 s, ≤ 0.5 s", Met: beside <= durableBudget && besideFirst <= firstBudget},
	}
}

// noticed is what the API says of a notice.
type noticed struct {
	Number               string
	Households, Villages int
}

// notify sends a notice to the whole city and says how long the command took.
func (w officers) notify(ctx context.Context, addr string) (n noticed, took time.Duration, err error) {
	ask := map[string]any{"kind": "weather", "title": "今晚有暴雨", "words": "不要去河边。\n家里备好手电。\n有事找邻长。", "units": []string{"430182000000"}}
	if err := call(ctx, addr, w.approve, "/api/v1/notices", ask, &n); err != nil {
		return n, 0, err
	}
	ask["households"] = n.Households
	begin := time.Now()
	err = call(ctx, addr, w.approve, "/api/v1/notices", ask, &n)
	return n, time.Since(begin), err
}

func (r *run) reachRound(ctx context.Context, p *program, box *trial, who officers, dir string, doors []string, m *reached) error {
	n, took, err := who.notify(ctx, p.addr)
	if err != nil {
		return err
	}
	insert, err := barePlaces(ctx, filepath.Join(r.dir, "places.db"), n.Villages)
	if err != nil {
		return err
	}
	bare, err := bareWrites(ctx, filepath.Join(dir, "bare.db"), r.Round)
	if err != nil {
		return err
	}
	opening := load{Addr: p.addr, Requests: openings(n.Number, doors), Conns: openConns, For: r.Round, Most: len(doors), Want: http.StatusOK}
	opened, err := send(ctx, opening)
	if err != nil {
		return err
	}
	durable, first, err := who.calls(ctx, p.addr, box)
	if err != nil {
		return err
	}
	beside, besideFirst, err := r.orderBeside(ctx, p, box, who, opening, doors)
	if err != nil {
		return err
	}
	m.households, m.villages = n.Households, n.Villages
	m.sent, m.bareRows = append(m.sent, took), append(m.bareRows, insert)
	m.opened, m.bare = append(m.opened, opened.rate()), append(m.bare, bare)
	m.durable, m.firstMsg = append(m.durable, durable), append(m.firstMsg, first)
	m.durableBeside, m.firstMsgAside = append(m.durableBeside, beside), append(m.firstMsgAside, besideFirst)
	return nil
}

// calls has an order go out, and says how long it took to be durable, and from
// there to the first message.
func (w officers) calls(ctx context.Context, addr string, box *trial) (durable, first time.Duration, err error) {
	box.reset()
	o, durable, err := w.issue(ctx, addr)
	if err != nil {
		return 0, 0, err
	}
	committed := time.Now()
	if err := box.calm(ctx); err != nil {
		return 0, 0, err
	}
	return durable, max(0, box.first.Sub(committed)), w.step(ctx, addr, o.Number, "close", &standing{})
}

// orderBeside has an order go out while another notice is opened as fast as can be.
func (r *run) orderBeside(ctx context.Context, p *program, box *trial, who officers, opening load, doors []string) (durable, first time.Duration, err error) {
	n, _, err := who.notify(ctx, p.addr)
	if err != nil {
		return 0, 0, err
	}
	opening.Requests, opening.For = openings(n.Number, doors), openBefore+handedBudget
	failed := make(chan error, 1)
	go func() {
		_, err := send(ctx, opening)
		failed <- err
	}()
	time.Sleep(openBefore)
	durable, first, err = who.calls(ctx, p.addr, box)
	return durable, first, errors.Join(err, <-failed)
}

// openings are a notice's pages as they are opened at doors.
func openings(number string, doors []string) []string {
	requests := make([]string, len(doors))
	for i, door := range doors {
		requests[i] = get("/notices/"+number+"?door="+door, "")
	}
	return requests
}

// doorsOf are the codes at the doors of the city, as many as a round can open.
func doorsOf(ctx context.Context, dir string) (doors []string, err error) {
	db, err := sqldb.Open(ctx, sqldb.Config{Dir: dir, Logger: quietLog()})
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	return sqldb.Collect(ctx, db.Reader(), func(r *sql.Rows, door *string) error { return r.Scan(door) },
		`SELECT door FROM household WHERE state = 'active' ORDER BY door LIMIT 200000`)
}

// barePlaces inserts as many rows as a notice has villages, into a table with the same key.
func barePlaces(ctx context.Context, path string, n int) (took time.Duration, err error) {
	db, err := sql.Open("sqlite", "file:"+path+"?_txlock=immediate&_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)")
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	db.SetMaxOpenConns(1)
	_, err = db.ExecContext(ctx, `CREATE TABLE IF NOT EXISTS notice_place (notice_id TEXT NOT NULL, edition INTEGER NOT NULL, village_id TEXT NOT NULL, households INTEGER NOT NULL, unled INTEGER NOT NULL,
		PRIMARY KEY (notice_id, edition, village_id)) STRICT, WITHOUT ROWID`)
	if err != nil {
		return 0, err
	}
	rows, id := make([][]any, n), sqldb.NewID()
	for i := range rows {
		rows[i] = []any{id, 1, sqldb.NewID(), 1700, 90}
	}
	begin := time.Now()
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return 0, err
	}
	defer tx.Rollback() //nolint:errcheck // after a commit it does nothing
	if err := sqldb.InsertMany(ctx, tx, "notice_place", []string{"notice_id", "edition", "village_id", "households", "unled"}, rows, ""); err != nil {
		return 0, err
	}
	err = tx.Commit()
	return time.Since(begin), err
}
