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
	startBudget = 2 * time.Second
	restBudget  = 250_000_000
)

// measureStart starts the program on the whole city, lets people use it a
// little, and looks at its memory when they have gone.
func measureStart(ctx context.Context, r *run) ([]Row, error) {
	dir, err := r.city(ctx, "city")
	if err != nil {
		return nil, err
	}
	var took, bare []time.Duration
	var memory int
	for i := range rounds {
		scan, err := bareTree(ctx, filepath.Join(dir, sqldb.File))
		if err != nil {
			return nil, fmt.Errorf("bare: %w", err)
		}
		p, err := r.start(ctx, dir)
		if err != nil {
			return nil, err
		}
		took, bare = append(took, p.took), append(bare, scan)
		if i == rounds-1 {
			memory, err = r.atRest(ctx, p)
		}
		if err := errors.Join(err, p.stop()); err != nil {
			return nil, err
		}
	}
	start, limit := median(took), median(bare)
	return []Row{
		{Work: "start with the whole city", Measured: fmt.Sprintf("%.2f s until /readyz", start.Seconds()),
			Bare:  fmt.Sprintf("%.2f s: scan the tree's rows", limit.Seconds()),
			Ratio: percent(limit.Seconds() / start.Seconds()), Budget: "≤ 2 s", Met: start <= startBudget},
		{Work: "memory at rest", Measured: fmt.Sprintf("%d MB resident", memory/1_000_000), Bare: "—", Ratio: "—",
			Budget: "≤ 250 MB", Met: memory <= restBudget},
	}, nil
}

// atRest is the program's memory after some use and a rest.
func (r *run) atRest(ctx context.Context, p *program) (int, error) {
	for _, name := range []string{"lead", "village", "city"} {
		cookie, err := loginAt(ctx, p.addr, name)
		if err != nil {
			return 0, err
		}
		requests := []string{get("/home", cookie), get("/demands", cookie), get("/find?q=%E8%8A%B1", "")}
		l := load{Addr: p.addr, Requests: requests, Conns: 4, For: r.Round, Most: 400, Want: http.StatusOK}
		if _, err := send(ctx, l); err != nil {
			return 0, err
		}
	}
	return rested(ctx, p.cmd.Process.Pid, r.Rest)
}

// rested is the memory of a process that was left alone for a while.
func rested(ctx context.Context, pid int, after time.Duration) (int, error) {
	select {
	case <-time.After(after):
		return resident(pid)
	case <-ctx.Done():
		return 0, ctx.Err()
	}
}

// bareTree reads the rows that the tree is made of, and keeps nothing.
func bareTree(ctx context.Context, path string) (_ time.Duration, err error) {
	begin := time.Now()
	db, err := sql.Open("sqlite", "file:"+path+"?mode=ro")
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	for _, query := range []string{
		`SELECT id, code, name, level, parent_id, lon, lat, approx, households, residents FROM unit`,
		`SELECT id, unit_id, department_id, role, name, state FROM post`,
		`SELECT a.id, a.post_id, a.person_id, p.name, a.acting, a.starts_on, a.until_on, a.ended_on FROM appointment a JOIN person p ON p.id = a.person_id`,
	} {
		if err := scanAll(ctx, db, query); err != nil {
			return 0, err
		}
	}
	return time.Since(begin), nil
}

func scanAll(ctx context.Context, db *sql.DB, query string) error {
	rows, err := db.QueryContext(ctx, query)
	if err != nil {
		return err
	}
	defer rows.Close()
	columns, err := rows.Columns()
	if err != nil {
		return err
	}
	line, into := make([]any, len(columns)), make([]any, len(columns))
	for i := range line {
		into[i] = &line[i]
	}
	for rows.Next() {
		if err := rows.Scan(into...); err != nil {
			return err
		}
	}
	return rows.Err()
}
