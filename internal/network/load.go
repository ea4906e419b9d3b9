package network

import (
	"context"
	"database/sql"
	"fmt"

	"golang.org/x/sync/errgroup"

	"bilin/internal/auth"
	"bilin/internal/sqldb"
)

// readDelta reads what changed since the tree's revision. The revision is read
// first: what commits meanwhile is at worst read twice, never missed.
func readDelta(ctx context.Context, q sqldb.Querier, t *Tree) (delta, error) {
	d := delta{}
	if err := q.QueryRowContext(ctx, `SELECT rev FROM tree_rev WHERE id = 1`).Scan(&d.rev); err != nil {
		return d, fmt.Errorf("network: read revision: %w", err)
	}
	if d.rev == t.rev && t.rev > 0 {
		return d, nil
	}
	g, gctx := errgroup.WithContext(ctx)
	g.Go(func() (err error) { d.units, err = changedUnits(gctx, q, t.rev); return err })
	g.Go(func() (err error) { d.posts, err = changedPosts(gctx, q, t.rev); return err })
	g.Go(func() (err error) { d.appointments, err = changedAppointments(gctx, q, t.rev); return err })
	g.Go(func() (err error) { d.departments, err = changedDepartments(gctx, q, t.rev); return err })
	g.Go(func() (err error) { d.people, err = changedNames(gctx, q, t.rev); return err })
	if err := g.Wait(); err != nil {
		return d, fmt.Errorf("network: read tree: %w", err)
	}
	if t.rev == 0 {
		d.name()
	}
	var err error
	if !t.keepsShape(d) {
		d.former, err = formerCodes(ctx, q)
	}
	return d, err
}

const unitColumns = `id, code, name, level, parent_id, lon, lat, approx, households, residents, overlapping, successor_id, started_on, ended_on, rev`

func changedUnits(ctx context.Context, q sqldb.Querier, since int64) ([]Unit, error) {
	var out []Unit
	if since == 0 {
		var n int
		if err := q.QueryRowContext(ctx, `SELECT count(*) FROM unit`).Scan(&n); err != nil {
			return nil, err
		}
		out = make([]Unit, 0, n)
	}
	err := each(ctx, q, func(rows *sql.Rows) error {
		u, err := scanUnit(rows)
		out = append(out, u)
		return err
	}, `SELECT `+unitColumns+` FROM unit WHERE rev > $1`, since)
	return out, err
}

// scanner is a row, of one or of many.
type scanner interface{ Scan(dest ...any) error }

func scanUnit(row scanner) (Unit, error) {
	var u Unit
	var parent, successor, ended sql.NullString
	var lon, lat sql.NullFloat64
	err := row.Scan(&u.ID, &u.Code, &u.Name, &u.Level, &parent, &lon, &lat, &u.Approx,
		&u.Households, &u.Residents, &u.Overlaps, &successor, &u.StartedOn, &ended, &u.Rev)
	u.ParentID, u.SuccessorID, u.EndedOn = parent.String, successor.String, ended.String
	u.Placed, u.Lon, u.Lat = lon.Valid && lat.Valid, lon.Float64, lat.Float64
	return u, err
}

// changedPosts leaves out, on the first load, what ended long ago.
func changedPosts(ctx context.Context, q sqldb.Querier, since int64) ([]postRow, error) {
	var out []postRow
	words := words{}
	err := each(ctx, q, func(rows *sql.Rows) error {
		var p postRow
		var department sql.NullString
		var role, state string
		if err := rows.Scan(&p.ID, &p.UnitID, &department, &role, &p.Name, &state); err != nil {
			return err
		}
		p.Role, p.Name, p.DepartmentID = auth.Role(words.one(role)), words.one(p.Name), words.one(department.String)
		p.ended = state != stateActive
		out = append(out, p)
		return nil
	}, `SELECT id, unit_id, department_id, role, name, state FROM post WHERE rev > $1 AND (state = 'active' OR $2 > 0)`, since, since)
	return out, err
}

// On the first load it leaves the names to [delta.name]: reading all people in
// one go is faster than looking each up.
func changedAppointments(ctx context.Context, q sqldb.Querier, since int64) ([]appointmentRow, error) {
	query := `SELECT a.id, a.post_id, a.person_id, p.name, a.acting, a.starts_on, a.until_on, a.ended_on
		FROM appointment a JOIN person p ON p.id = a.person_id WHERE a.rev > $1`
	if since == 0 {
		query = `SELECT id, post_id, person_id, '', acting, starts_on, until_on, ended_on FROM appointment WHERE rev > $1 AND ended_on IS NULL`
	}
	var out []appointmentRow
	words := words{}
	err := each(ctx, q, func(rows *sql.Rows) error {
		var a appointmentRow
		var until, ended sql.NullString
		if err := rows.Scan(&a.AppointmentID, &a.postID, &a.PersonID, &a.Name, &a.Acting, &a.From, &until, &ended); err != nil {
			return err
		}
		a.From, a.Until, a.ended = words.one(a.From), words.one(until.String), ended.Valid
		out = append(out, a)
		return nil
	}, query, since)
	return out, err
}

// name gives the holders their names.
func (d *delta) name() {
	for i := range d.appointments {
		d.appointments[i].Name = d.people[d.appointments[i].PersonID]
	}
	d.people = nil
}

func changedDepartments(ctx context.Context, q sqldb.Querier, since int64) ([]Department, error) {
	var out []Department
	err := each(ctx, q, func(rows *sql.Rows) error {
		var d Department
		err := rows.Scan(&d.ID, &d.Code, &d.Name)
		out = append(out, d)
		return err
	}, `SELECT id, code, name FROM department WHERE rev > $1`, since)
	return out, err
}

func changedNames(ctx context.Context, q sqldb.Querier, since int64) (map[string]string, error) {
	out := map[string]string{}
	err := each(ctx, q, func(rows *sql.Rows) error {
		var id, name string
		err := rows.Scan(&id, &name)
		out[id] = name
		return err
	}, `SELECT id, name FROM person WHERE rev > $1`, since)
	return out, err
}

func formerCodes(ctx context.Context, q sqldb.Querier) (map[string]string, error) {
	out := map[string]string{}
	err := each(ctx, q, func(rows *sql.Rows) error {
		var code, unitID string
		err := rows.Scan(&code, &unitID)
		out[code] = unitID
		return err
	}, `SELECT code, unit_id FROM unit_code`)
	return out, err
}

// each calls fn for every row of a query.
func each(ctx context.Context, q sqldb.Querier, fn func(*sql.Rows) error, query string, args ...any) error {
	rows, err := q.QueryContext(ctx, query, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		if err := fn(rows); err != nil {
			return err
		}
	}
	return rows.Err()
}

// words keeps one copy of each string that comes again and again.
type words map[string]string

func (w words) one(s string) string {
	if known, ok := w[s]; ok {
		return known
	}
	w[s] = s
	return s
}
