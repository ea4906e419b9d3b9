package catalog

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"

	"bilin/internal/errs"
	"bilin/internal/sqldb"
)

func readRev(ctx context.Context, q sqldb.Querier) (rev int64, err error) {
	err = q.QueryRowContext(ctx, `SELECT rev FROM demand_catalog WHERE id = 1`).Scan(&rev)
	return rev, err
}

// nextRev numbers a change. The row serialises commands on the catalogue.
func nextRev(ctx context.Context, tx *sqldb.Tx) (rev int64, err error) {
	err = tx.QueryRowContext(ctx, `UPDATE demand_catalog SET rev = rev + 1 WHERE id = 1 RETURNING rev`).Scan(&rev)
	return rev, err
}

// seed writes the built-in catalogue into an empty table. Two replicas that do
// so at once write the same rows.
func seed(ctx context.Context, db *sqldb.DB) error {
	var n int
	if err := db.Reader().QueryRowContext(ctx, `SELECT count(*) FROM demand_category`).Scan(&n); err != nil || n > 0 {
		return err
	}
	return db.Write(ctx, func(tx *sqldb.Tx) error {
		if err := tx.QueryRowContext(ctx, `SELECT count(*) FROM demand_category`).Scan(&n); err != nil || n > 0 {
			return err
		}
		for _, c := range Categories() {
			if err := putCategory(ctx, tx, c); err != nil {
				return err
			}
		}
		for _, l := range Limits() {
			if err := putLimit(ctx, tx, l); err != nil {
				return err
			}
		}
		_, err := nextRev(ctx, tx)
		return err
	})
}

func readCatalog(ctx context.Context, q sqldb.Querier) (*Catalog, error) {
	var categories []Category
	err := each(ctx, q, func(rows *sql.Rows) error {
		var c Category
		err := rows.Scan(&c.ID, &c.ParentID, &c.Code, &c.Name, &c.NameEN, &c.DepartmentID, &c.Retired, &c.Sort, &c.Version)
		categories = append(categories, c)
		return err
	}, `SELECT id, parent_id, code, name, name_en, department_id, retired, sort, version FROM demand_category`)
	if err != nil {
		return nil, fmt.Errorf("catalog: read categories: %w", err)
	}
	var own []Limit
	err = each(ctx, q, func(rows *sql.Rows) error {
		var l Limit
		var minutes int64
		err := rows.Scan(&l.CategoryID, &l.Urgency, &l.Rung, &minutes)
		l.Time = time.Duration(minutes) * time.Minute
		own = append(own, l)
		return err
	}, `SELECT category_id, urgency, rung, minutes FROM demand_limit`)
	if err != nil {
		return nil, fmt.Errorf("catalog: read limits: %w", err)
	}
	return New(categories, own)
}

func putCategory(ctx context.Context, tx *sqldb.Tx, c Category) error {
	retired := 0
	if c.Retired {
		retired = 1
	}
	_, err := tx.ExecContext(ctx, `INSERT INTO demand_category (id, parent_id, code, name, name_en, department_id, retired, sort, version)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
		ON CONFLICT (id) DO UPDATE SET name = excluded.name, name_en = excluded.name_en, department_id = excluded.department_id,
			retired = excluded.retired, sort = excluded.sort, version = excluded.version`,
		c.ID, c.ParentID, c.Code, c.Name, c.NameEN, c.DepartmentID, retired, c.Sort, c.Version)
	return err
}

func putLimits(ctx context.Context, tx *sqldb.Tx, categoryID string, own []Limit) error {
	if _, err := tx.ExecContext(ctx, `DELETE FROM demand_limit WHERE category_id = $1`, categoryID); err != nil {
		return err
	}
	for _, l := range own {
		if err := putLimit(ctx, tx, l); err != nil {
			return err
		}
	}
	return nil
}

func putLimit(ctx context.Context, tx *sqldb.Tx, l Limit) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO demand_limit (category_id, urgency, rung, minutes) VALUES ($1, $2, $3, $4)`,
		l.CategoryID, int(l.Urgency), int(l.Rung), int64(l.Time/time.Minute))
	return err
}

const templateColumns = `id, unit_id, department_id, title, text, version`

// mostTemplates bounds what one page offers.
const mostTemplates = 1000

// templateUnits lists the units whose offices keep answers.
func templateUnits(ctx context.Context, q sqldb.Querier) ([]string, error) {
	var out []string
	err := each(ctx, q, func(rows *sql.Rows) error {
		var id string
		err := rows.Scan(&id)
		out = append(out, id)
		return err
	}, `SELECT DISTINCT unit_id FROM demand_template WHERE department_id = ''`)
	return out, err
}

func readTemplates(ctx context.Context, q sqldb.Querier, units, departments []string) ([]Template, error) {
	var args []any
	where := `1 = 0`
	if len(units) > 0 {
		where += ` OR department_id = '' AND unit_id IN (` + places(&args, units) + `)`
	}
	if len(departments) > 0 {
		where += ` OR department_id IN (` + places(&args, departments) + `)`
	}
	args = append(args, mostTemplates)
	var out []Template
	err := each(ctx, q, func(rows *sql.Rows) error {
		t, err := scanTemplate(rows)
		out = append(out, t)
		return err
	}, fmt.Sprintf(`SELECT `+templateColumns+` FROM demand_template WHERE %s ORDER BY title, id LIMIT $%d`, where, len(args)), args...)
	if err != nil {
		return nil, fmt.Errorf("catalog: read templates: %w", err)
	}
	return out, nil
}

// places adds values to the arguments and lists their placeholders.
func places(args *[]any, values []string) string {
	list := make([]string, len(values))
	for i, v := range values {
		*args = append(*args, v)
		list[i] = fmt.Sprintf("$%d", len(*args))
	}
	return strings.Join(list, ", ")
}

func readTemplate(ctx context.Context, q sqldb.Querier, id string) (Template, error) {
	t, err := scanTemplate(q.QueryRowContext(ctx, `SELECT `+templateColumns+` FROM demand_template WHERE id = $1`, id))
	if errors.Is(err, sql.ErrNoRows) {
		return t, errs.E(errs.NotFound, "catalog.no_template")
	}
	return t, err
}

type scanner interface{ Scan(dest ...any) error }

func scanTemplate(row scanner) (t Template, err error) {
	err = row.Scan(&t.ID, &t.UnitID, &t.DepartmentID, &t.Title, &t.Text, &t.Version)
	return t, err
}

func countTemplates(ctx context.Context, q sqldb.Querier, unitID, departmentID string) (n int, err error) {
	err = q.QueryRowContext(ctx, `SELECT count(*) FROM demand_template WHERE unit_id = $1 AND department_id = $2`, unitID, departmentID).Scan(&n)
	return n, err
}

func putTemplate(ctx context.Context, tx *sqldb.Tx, t Template, now time.Time) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO demand_template (id, unit_id, department_id, title, text, version, changed_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7)
		ON CONFLICT (id) DO UPDATE SET title = excluded.title, text = excluded.text, version = excluded.version, changed_at = excluded.changed_at`,
		t.ID, t.UnitID, t.DepartmentID, t.Title, t.Text, t.Version, sqldb.Millis(now))
	return err
}

func dropTemplate(ctx context.Context, tx *sqldb.Tx, id string) error {
	_, err := tx.ExecContext(ctx, `DELETE FROM demand_template WHERE id = $1`, id)
	return err
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
