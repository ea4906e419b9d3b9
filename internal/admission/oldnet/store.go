package oldnet

import (
	"context"
	"database/sql"
	"errors"

	"bilin/internal/errs"
	"bilin/internal/sqldb"
)

// store writes a new net with its parts.
func (s *Service) store(ctx context.Context, tx *sqldb.Tx, n Net, p parts) error {
	var taken int
	err := tx.QueryRowContext(ctx, `SELECT COUNT(*) FROM old_net WHERE department_id = $1 AND name = $2`, n.DepartmentID, n.Name).Scan(&taken)
	if err != nil {
		return err
	}
	if taken > 0 {
		return errs.Refuse("name", "oldnet.name_taken")
	}
	_, err = tx.ExecContext(ctx, `INSERT INTO old_net (id, department_id, name, state, retires_on, retired_at, created_at, version) VALUES ($1, $2, $3, 'mapping', '', 0, $4, 1)`,
		n.ID, n.DepartmentID, n.Name, sqldb.Millis(s.o.Now()))
	if err != nil {
		return err
	}
	var grids, workers, duties [][]any
	for _, g := range p.grids {
		grids = append(grids, []any{g.ID, n.ID, g.Code, g.Name, g.UnitID, g.How, g.Households})
	}
	for _, w := range p.workers {
		workers = append(workers, []any{w.ID, n.ID, w.GridID, w.Name, w.Role, w.PostID, string(w.Fate)})
	}
	for _, d := range p.duties {
		duties = append(duties, []any{d.ID, n.ID, string(d.Kind), d.Name, d.Yearly, d.FunctionID, string(d.Fate)})
	}
	return errors.Join(
		sqldb.InsertMany(ctx, tx, "old_grid", []string{"id", "net_id", "code", "name", "unit_id", "how", "households"}, grids, ""),
		sqldb.InsertMany(ctx, tx, "old_worker", []string{"id", "net_id", "grid_id", "name", "role", "post_id", "fate"}, workers, ""),
		sqldb.InsertMany(ctx, tx, "old_duty", []string{"id", "net_id", "kind", "name", "yearly", "function_id", "fate"}, duties, ""))
}

const netColumns = `id, department_id, name, state, retires_on, retired_at, version`

func scanNet(scan func(...any) error, n *Net) error {
	var retired int64
	err := scan(&n.ID, &n.DepartmentID, &n.Name, &n.State, &n.RetiresOn, &retired, &n.Version)
	if retired != 0 {
		n.RetiredAt = sqldb.Time(retired)
	}
	return err
}

// readNets reads the nets with their counts in four queries, however many there
// are; id "" is all of them.
func readNets(ctx context.Context, q sqldb.Querier, id string) ([]Net, error) {
	nets, err := sqldb.Collect(ctx, q, func(r *sql.Rows, n *Net) error { return scanNet(r.Scan, n) },
		`SELECT `+netColumns+` FROM old_net WHERE $1 = '' OR id = $1 ORDER BY created_at, id`, id)
	if err != nil {
		return nil, err
	}
	byID := map[string]*Counts{}
	for i := range nets {
		byID[nets[i].ID] = &nets[i].Counts
	}
	err = errors.Join(
		tally(ctx, q, `SELECT net_id, CASE WHEN unit_id = '' THEN '' ELSE 'unit' END, '', COUNT(*), SUM(households) FROM old_grid WHERE $1 = '' OR net_id = $1 GROUP BY 1, 2`, id,
			func(net, what, _ string, n, homes int) {
				c := byID[net]
				c.Grids, c.Households = c.Grids+n, c.Households+homes
				if what != "" {
					c.Mapped += n
				}
			}),
		tally(ctx, q, `SELECT net_id, fate, '', COUNT(*), 0 FROM old_worker WHERE $1 = '' OR net_id = $1 GROUP BY net_id, fate`, id,
			func(net, fate, _ string, n, _ int) {
				c := byID[net]
				c.Workers += n
				switch Fate(fate) {
				case OnPost:
					c.Posts += n
				case Released:
					c.Freed += n
				}
			}),
		tally(ctx, q, `SELECT net_id, kind, fate, COUNT(*), SUM(yearly) FROM old_duty WHERE $1 = '' OR net_id = $1 GROUP BY net_id, kind, fate`, id,
			func(net, kind, fate string, n, yearly int) { byID[net].duty(Kind(kind), Fate(fate), yearly, n) }))
	return nets, err
}

func tally(ctx context.Context, q sqldb.Querier, query, id string, each func(net, a, b string, n, sum int)) error {
	type row struct {
		net, a, b string
		n, sum    int
	}
	rows, err := sqldb.Collect(ctx, q, func(r *sql.Rows, v *row) error { return r.Scan(&v.net, &v.a, &v.b, &v.n, &v.sum) }, query, id)
	for _, v := range rows {
		each(v.net, v.a, v.b, v.n, v.sum)
	}
	return err
}

func readNet(ctx context.Context, q sqldb.Querier, id string) (Net, error) {
	nets, err := readNets(ctx, q, id)
	if err == nil && (len(nets) == 0 || id == "") {
		err = errs.E(errs.NotFound, "oldnet.none")
	}
	if err != nil {
		return Net{}, err
	}
	return nets[0], nil
}

// readGrids lists a net's grids by code, open ones alone if only is set.
func readGrids(ctx context.Context, q sqldb.Querier, netID string, only bool, after string, limit int) ([]OldGrid, error) {
	var w sqldb.Where
	w.Add(`net_id = ?`, netID)
	w.Add(`code > ?`, after)
	if only {
		w.Add(`unit_id = ''`)
	}
	return sqldb.Collect(ctx, q, func(r *sql.Rows, g *OldGrid) error {
		return r.Scan(&g.ID, &g.Code, &g.Name, &g.UnitID, &g.How, &g.Households)
	}, `SELECT id, code, name, unit_id, how, households FROM old_grid WHERE `+w.Text()+` ORDER BY code LIMIT `+w.Arg(limit), w.Args...)
}

// readWorkers lists a net's workers by name.
func readWorkers(ctx context.Context, q sqldb.Querier, netID string, only bool, after []string, limit int) ([]OldWorker, error) {
	var w sqldb.Where
	w.Add(`w.net_id = ?`, netID)
	if len(after) == 2 {
		w.Add(`(w.name, w.id) > (?, ?)`, after[0], after[1])
	}
	if only {
		w.Add(`w.fate = ''`)
	}
	return sqldb.Collect(ctx, q, func(r *sql.Rows, v *OldWorker) error {
		return r.Scan(&v.ID, &v.GridID, &v.GridName, &v.Name, &v.Role, &v.PostID, &v.Fate)
	}, `SELECT w.id, w.grid_id, COALESCE(g.name, ''), w.name, w.role, w.post_id, w.fate FROM old_worker w LEFT JOIN old_grid g ON g.id = w.grid_id
		WHERE `+w.Text()+` ORDER BY w.name, w.id LIMIT `+w.Arg(limit), w.Args...)
}

func readDuties(ctx context.Context, q sqldb.Querier, netID string) ([]OldDuty, error) {
	return sqldb.Collect(ctx, q, func(r *sql.Rows, d *OldDuty) error {
		return r.Scan(&d.ID, &d.Kind, &d.Name, &d.Yearly, &d.FunctionID, &d.Fate)
	}, `SELECT id, kind, name, yearly, function_id, fate FROM old_duty WHERE net_id = $1 ORDER BY kind, id`, netID)
}

// readLaps reads all mapped grids with the names of who served them.
func readLaps(ctx context.Context, q sqldb.Querier) ([]lap, error) {
	type row struct {
		id, net, unit, worker string
		homes                 int
	}
	rows, err := sqldb.Collect(ctx, q, func(r *sql.Rows, v *row) error { return r.Scan(&v.id, &v.net, &v.unit, &v.homes, &v.worker) },
		`SELECT g.id, g.net_id, g.unit_id, g.households, COALESCE(w.name, '') FROM old_grid g LEFT JOIN old_worker w ON w.grid_id = g.id
			WHERE g.unit_id <> '' ORDER BY g.id`)
	var out []lap
	last := ""
	for _, v := range rows {
		if v.id != last {
			out, last = append(out, lap{NetID: v.net, UnitID: v.unit, Households: v.homes}), v.id
		}
		if v.worker != "" {
			at := &out[len(out)-1]
			at.Workers = append(at.Workers, v.worker)
		}
	}
	return out, err
}

func scanID(r *sql.Rows, id *string) error { return r.Scan(id) }
