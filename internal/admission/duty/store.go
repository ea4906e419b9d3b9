package duty

import (
	"context"
	"database/sql"
	"fmt"
	"strings"

	"bilin/internal/sqldb"
)

func readRev(ctx context.Context, q sqldb.Querier) (rev int64, err error) {
	err = q.QueryRowContext(ctx, `SELECT rev FROM duty_rev WHERE id = 1`).Scan(&rev)
	return rev, err
}

// nextRev numbers a change. The row serialises commands on the catalogue.
func nextRev(ctx context.Context, tx *sqldb.Tx) (rev int64, err error) {
	err = tx.QueryRowContext(ctx, `UPDATE duty_rev SET rev = rev + 1 WHERE id = 1 RETURNING rev`).Scan(&rev)
	return rev, err
}

// seed writes the built-in functions and data into empty tables. Two replicas
// that do so at once write the same rows.
func seed(ctx context.Context, db *sqldb.DB, department func(code string) string) error {
	var n int
	if err := db.Reader().QueryRowContext(ctx, `SELECT count(*) FROM duty_function`).Scan(&n); err != nil || n > 0 {
		return err
	}
	return db.Write(ctx, func(tx *sqldb.Tx) error {
		if err := tx.QueryRowContext(ctx, `SELECT count(*) FROM duty_function`).Scan(&n); err != nil || n > 0 {
			return err
		}
		for _, f := range Functions() {
			if err := putFunction(ctx, tx, f); err != nil {
				return err
			}
		}
		for _, f := range Fields(department) {
			if err := putField(ctx, tx, f); err != nil {
				return err
			}
		}
		_, err := nextRev(ctx, tx)
		return err
	})
}

func readCatalog(ctx context.Context, q sqldb.Querier) (*Catalog, error) {
	functions, err := sqldb.Collect(ctx, q, func(rows *sql.Rows, f *Function) error {
		return rows.Scan(&f.ID, &f.ParentID, &f.Code, &f.Name, &f.NameEN, &f.Retired, &f.Sort, &f.Version)
	}, `SELECT id, parent_id, code, name, name_en, retired, sort, version FROM duty_function`)
	if err != nil {
		return nil, fmt.Errorf("duty: read functions: %w", err)
	}
	duties, err := sqldb.Collect(ctx, q, func(rows *sql.Rows, d *Duty) error {
		return rows.Scan(&d.ID, &d.Code, &d.DepartmentID, &d.List, &d.Title, &d.Basis, &d.FunctionID, &d.Retired, &d.Version)
	}, `SELECT id, code, department_id, list, title, basis, function_id, retired, version FROM duty`)
	if err != nil {
		return nil, fmt.Errorf("duty: read duty lists: %w", err)
	}
	fields, err := sqldb.Collect(ctx, q, func(rows *sql.Rows, f *Field) error {
		var words string
		err := rows.Scan(&f.ID, &f.Code, &f.Name, &f.NameEN, &f.DepartmentID, &f.Place, &words, &f.Retired, &f.Version)
		f.Words = SplitWords(words)
		return err
	}, `SELECT id, code, name, name_en, department_id, place, words, retired, version FROM data_field`)
	if err != nil {
		return nil, fmt.Errorf("duty: read data catalogue: %w", err)
	}
	return New(functions, duties, fields)
}

func putFunction(ctx context.Context, tx *sqldb.Tx, f Function) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO duty_function (id, parent_id, code, name, name_en, retired, sort, version)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
		ON CONFLICT (id) DO UPDATE SET name = excluded.name, name_en = excluded.name_en,
			retired = excluded.retired, sort = excluded.sort, version = excluded.version`,
		f.ID, f.ParentID, f.Code, f.Name, f.NameEN, sqldb.Flag(f.Retired), f.Sort, f.Version)
	return err
}

func putDuties(ctx context.Context, tx *sqldb.Tx, duties ...Duty) error {
	rows := make([][]any, len(duties))
	for i, d := range duties {
		rows[i] = []any{d.ID, d.Code, d.DepartmentID, d.List, d.Title, d.Basis, d.FunctionID, sqldb.Flag(d.Retired), d.Version}
	}
	return sqldb.InsertMany(ctx, tx, "duty",
		[]string{"id", "code", "department_id", "list", "title", "basis", "function_id", "retired", "version"}, rows,
		`ON CONFLICT (id) DO UPDATE SET department_id = excluded.department_id, list = excluded.list, title = excluded.title,
			basis = excluded.basis, function_id = excluded.function_id, retired = excluded.retired, version = excluded.version`)
}

func putField(ctx context.Context, tx *sqldb.Tx, f Field) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO data_field (id, code, name, name_en, department_id, place, words, retired, version)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
		ON CONFLICT (id) DO UPDATE SET name = excluded.name, name_en = excluded.name_en, department_id = excluded.department_id,
			place = excluded.place, words = excluded.words, retired = excluded.retired, version = excluded.version`,
		f.ID, f.Code, f.Name, f.NameEN, f.DepartmentID, f.Place, strings.Join(f.Words, "\n"), sqldb.Flag(f.Retired), f.Version)
	return err
}
