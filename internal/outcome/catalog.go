package outcome

import (
	"context"
	"database/sql"
	"slices"

	"bilin/internal/errs"
	"bilin/internal/sqldb"
)

// Catalog is the indicators as they are now, in their order.
type Catalog struct {
	list []Indicator
	byID map[string]int
	code map[string]int
}

func newCatalog(list []Indicator) *Catalog {
	c := &Catalog{list: list, byID: map[string]int{}, code: map[string]int{}}
	for i, x := range list {
		c.byID[x.ID], c.code[x.Code] = i, i
	}
	return c
}

// All lists them, retired ones too.
func (c *Catalog) All() []Indicator { return slices.Clone(c.list) }

// InUse lists those that are not retired.
func (c *Catalog) InUse() []Indicator {
	return slices.DeleteFunc(c.All(), func(x Indicator) bool { return x.Retired })
}

// Judged lists those that get lights.
func (c *Catalog) Judged() []Indicator {
	return slices.DeleteFunc(c.All(), func(x Indicator) bool { return !x.Judged() })
}

// ByID returns one.
func (c *Catalog) ByID(id string) (Indicator, bool) { return c.at(c.byID, id) }

// ByCode returns one.
func (c *Catalog) ByCode(code string) (Indicator, bool) { return c.at(c.code, code) }

func (c *Catalog) at(places map[string]int, key string) (Indicator, bool) {
	i, ok := places[key]
	if !ok {
		return Indicator{}, false
	}
	return c.list[i], true
}

// Find is ByCode with an error.
func (c *Catalog) Find(code string) (Indicator, error) {
	x, ok := c.ByCode(code)
	if !ok {
		return x, errs.E(errs.NotFound, "outcome.no_indicator")
	}
	return x, nil
}

// from returns the id of the indicator of a residents' source. There is one of
// each, so that nothing is published twice.
func (c *Catalog) from(source Source) string {
	for _, x := range c.list {
		if x.Source == source {
			return x.ID
		}
	}
	return ""
}

const indicatorColumns = `id, code, name, name_en, definition, definition_en, department, source, measure, better, numerator, numerator_en,
	denominator, denominator_en, per, weight, context, window_quarters, retired, sort, version`

func readRev(ctx context.Context, q sqldb.Querier) (rev int64, err error) {
	err = q.QueryRowContext(ctx, `SELECT rev FROM outcome_rev WHERE id = 1`).Scan(&rev)
	return rev, err
}

func readCatalog(ctx context.Context, q sqldb.Querier) (*Catalog, error) {
	list, err := sqldb.Collect(ctx, q, func(r *sql.Rows, x *Indicator) error {
		return r.Scan(&x.ID, &x.Code, &x.Name, &x.NameEN, &x.Definition, &x.DefEN, &x.Department, &x.Source, &x.Measure, &x.Better, &x.Numerator, &x.NumEN,
			&x.Denominator, &x.DenomEN, &x.Per, &x.Weight, &x.Context, &x.Window, &x.Retired, &x.Sort, &x.Version)
	}, `SELECT `+indicatorColumns+` FROM indicator ORDER BY sort, code`)
	return newCatalog(list), err
}

// seed writes the built-in indicators into an empty table. Two replicas that do
// so at once write the same rows.
func seed(ctx context.Context, db *sqldb.DB) error {
	var n int
	if err := db.Reader().QueryRowContext(ctx, `SELECT count(*) FROM indicator`).Scan(&n); err != nil || n > 0 {
		return err
	}
	return db.Write(ctx, func(tx *sqldb.Tx) error {
		for _, x := range builtIn() {
			if err := putIndicator(ctx, tx, x); err != nil {
				return err
			}
		}
		return raise(ctx, tx)
	})
}

// raise numbers a change of the catalogue.
func raise(ctx context.Context, tx *sqldb.Tx) error {
	_, err := tx.ExecContext(ctx, `UPDATE outcome_rev SET rev = rev + 1 WHERE id = 1`)
	return err
}

func putIndicator(ctx context.Context, tx *sqldb.Tx, x Indicator) error {
	bit := func(b bool) int {
		if b {
			return 1
		}
		return 0
	}
	cols := []string{"id", "code", "name", "name_en", "definition", "definition_en", "department", "source", "measure", "better", "numerator", "numerator_en",
		"denominator", "denominator_en", "per", "weight", "context", "window_quarters", "retired", "sort", "version"}
	set := ""
	for i, c := range cols[2:] {
		if i > 0 {
			set += ", "
		}
		set += c + " = excluded." + c
	}
	return sqldb.InsertMany(ctx, tx, "indicator", cols, [][]any{{x.ID, x.Code, x.Name, x.NameEN, x.Definition, x.DefEN, x.Department, string(x.Source), string(x.Measure), string(x.Better), x.Numerator, x.NumEN,
		x.Denominator, x.DenomEN, x.Per, x.Weight, bit(x.Context), x.Window, bit(x.Retired), x.Sort, x.Version}}, "ON CONFLICT (id) DO UPDATE SET "+set)
}
