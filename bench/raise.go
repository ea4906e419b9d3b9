package bench

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/http"
	"path/filepath"
	"strconv"
	"time"

	_ "modernc.org/sqlite" // for the bare database

	"bilin/internal/network"
	"bilin/internal/sqldb"
)

// What the program must reach of bare transactions a second, by clients.
const (
	raiseShareOne  = 0.25
	raiseShareMany = 1.0
	raiseMany      = 64
)

// measureRaise has one and many clients raise demands, and a bare connection
// write single rows, in turns and in the same directory.
func measureRaise(ctx context.Context, r *run) (rows []Row, err error) {
	dir, err := r.city(ctx, "city")
	if err != nil {
		return nil, err
	}
	requests, before, recorded, err := r.raises(ctx, dir)
	if err != nil {
		return nil, err
	}
	p, err := r.start(ctx, dir)
	if err != nil {
		return nil, err
	}
	m, err := r.raiseRounds(ctx, p, dir, requests)
	if err := errors.Join(err, p.stop()); err != nil {
		return nil, err
	}
	if err := kept(ctx, dir, before+m.acknowledged, recorded+m.acknowledged); err != nil {
		return nil, err
	}
	return []Row{
		m.row("a demand raised over HTTP, durable, audited: 1 client", m.one, raiseShareOne),
		m.row(fmt.Sprintf("the same: %d clients", raiseMany), m.many, raiseShareMany),
	}, nil
}

// raised is what was measured.
type raised struct {
	bare, one, many []float64 // a second
	acknowledged    int
}

func (m *raised) row(work string, ours []float64, share float64) Row {
	ratios := make([]float64, len(ours))
	for i := range ours {
		ratios[i] = ours[i] / m.bare[i]
	}
	return Row{
		Work: work, Measured: rate(median(ours)), Bare: rate(median(m.bare)) + ": one row a durable transaction",
		Ratio: percent(median(ratios)), Budget: "≥ " + percent(share), Met: median(ratios) >= share,
	}
}

func (r *run) raiseRounds(ctx context.Context, p *program, dir string, requests []string) (*raised, error) {
	m := &raised{}
	for range rounds {
		bare, err := bareWrites(ctx, filepath.Join(dir, "bare.db"), r.Round)
		if err != nil {
			return nil, fmt.Errorf("bare: %w", err)
		}
		l := load{Addr: p.addr, Requests: requests, Conns: 1, For: r.Round, Most: 50_000, Want: http.StatusCreated}
		one, err := send(ctx, l)
		if err != nil {
			return nil, err
		}
		l.Conns, l.Most = raiseMany, 200_000
		many, err := send(ctx, l)
		if err != nil {
			return nil, err
		}
		m.bare, m.one, m.many = append(m.bare, bare), append(m.one, one.rate()), append(m.many, many.rate())
		m.acknowledged += one.Done + many.Done
	}
	return m, nil
}

const countRaised = `SELECT count(*) FROM audit_entry WHERE action = 'demand.raise'`

// raises are demands from cells all over the city, and how many there are
// already, and on record as raised.
func (r *run) raises(ctx context.Context, dir string) (requests []string, before, recorded int, err error) {
	a, err := r.open(ctx, dir)
	if err != nil {
		return nil, 0, 0, err
	}
	defer func() { err = errors.Join(err, a.Close(context.WithoutCancel(ctx))) }()
	cells := a.Network.Tree().Units(network.Cell)
	for i := 0; i < len(cells); i += 1 + len(cells)/2000 {
		request, err := post("/api/v1/demands", map[string]string{
			"kind": "help", "text": "门口的路灯三天没亮了，晚上老人出门看不见，想请人来看看。", "unit": cells[i].Code, "contact": "12900000001",
		})
		if err != nil {
			return nil, 0, 0, err
		}
		requests = append(requests, request)
	}
	err = a.DB.Reader().QueryRowContext(ctx, `SELECT count(*) FROM demand`).Scan(&before)
	if err == nil {
		err = a.DB.Reader().QueryRowContext(ctx, countRaised).Scan(&recorded)
	}
	return requests, before, recorded, err
}

// kept sees to it that everything acknowledged is there, once, and on record.
func kept(ctx context.Context, dir string, want, recorded int) (err error) {
	db, err := sqldb.Open(ctx, sqldb.Config{Dir: dir, Logger: quietLog()})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	var demands, records int
	if err := db.Reader().QueryRowContext(ctx, `SELECT count(*) FROM demand`).Scan(&demands); err != nil {
		return err
	}
	err = db.Reader().QueryRowContext(ctx, countRaised).Scan(&records)
	if err == nil && (demands != want || records != recorded) {
		err = fmt.Errorf("%d demands acknowledged, %d stored; %d of %d on record", want, demands, records, recorded)
	}
	return err
}

// bareWrites is what one connection can do: a row, a durable transaction, and
// nothing around it.
func bareWrites(ctx context.Context, path string, during time.Duration) (_ float64, err error) {
	db, err := sql.Open("sqlite", "file:"+path+"?_txlock=immediate&_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)")
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	db.SetMaxOpenConns(1)
	if _, err := db.ExecContext(ctx, `CREATE TABLE IF NOT EXISTS bare (id TEXT PRIMARY KEY, text TEXT NOT NULL) STRICT`); err != nil {
		return 0, err
	}
	insert, err := db.PrepareContext(ctx, `INSERT INTO bare (id, text) VALUES (?, ?)`)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, insert.Close()) }()
	begin, n := time.Now(), 0
	for ; time.Since(begin) < during && n < 500_000; n++ {
		if _, err := insert.ExecContext(ctx, sqldb.NewID(), "a row of some text "+strconv.Itoa(n)); err != nil {
			return 0, err
		}
	}
	return float64(n) / time.Since(begin).Seconds(), nil
}
