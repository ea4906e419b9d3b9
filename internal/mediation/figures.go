package mediation

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"slices"

	"bilin/internal/errs"
	"bilin/internal/network"
	"bilin/internal/sqldb"
	"bilin/internal/workday"
)

// Row is how many cases of a unit ended how in a year: full tens, by outcome in
// the order of Outcomes. None is a number that isn't shown.
type Row struct {
	UnitID string
	Year   string
	N      []int
}

// All is how many those that are shown make together.
func (r Row) All() (sum int) {
	for _, n := range r.N {
		sum += n
	}
	return sum
}

// Figures are counts of cases that ended, and nothing else: no household, no
// person, no mediator. They are made once for each year, when it is over, and
// never change.
type Figures struct {
	UnitID string
	Year   string // "" while none is over
	Units  []Row  // under the unit, in that year
	Years  []Row  // of the unit, the latest first
}

// shownYears are how many years a page shows.
const shownYears = 10

const figureColumns = `unit_id, year, kept, broken, ended, refused, lapsed`

func figures(ctx context.Context, q sqldb.Querier, where string, args ...any) ([]Row, error) {
	list, err := sqldb.Collect(ctx, q, func(r *sql.Rows, x *Row) error {
		x.N = make([]int, len(Outcomes()))
		return r.Scan(&x.UnitID, &x.Year, &x.N[0], &x.N[1], &x.N[2], &x.N[3], &x.N[4])
	}, `SELECT `+figureColumns+` FROM mediation_figure WHERE `+where, args...)
	if err != nil {
		return nil, fmt.Errorf("mediation: figures: %w", err)
	}
	return list, nil
}

// Figures returns those of a unit: of the year that is asked for, else of the last that is over.
func (s *Service) Figures(ctx context.Context, unitID, year string) (*Figures, error) {
	tree := s.tree()
	u := tree.ByID(unitID)
	if u == nil || u.Level > network.Village {
		u = tree.Root()
	}
	years, err := figures(ctx, s.o.DB.Reader(), `unit_id = $1 ORDER BY year DESC LIMIT $2`, u.ID, shownYears)
	f := &Figures{UnitID: u.ID, Years: years}
	if err != nil || len(years) == 0 {
		return f, err
	}
	f.Year = years[0].Year
	if slices.ContainsFunc(f.Years, func(r Row) bool { return r.Year == year }) {
		f.Year = year
	}
	if f.Units, err = figures(ctx, s.o.DB.Reader(), `parent_id = $1 AND year = $2`, u.ID, f.Year); err != nil {
		return nil, err
	}
	code := func(id string) string {
		if x := tree.ByID(id); x != nil {
			return x.Code
		}
		return id
	}
	slices.SortFunc(f.Units, func(a, b Row) int { return cmp.Compare(code(a.UnitID), code(b.UnitID)) })
	return f, nil
}

// tally is how many ended how in a village and year that isn't told yet.
type tally struct {
	village, year string
	outcome       Outcome
	n             int
}

// Close makes the figures of the years that are over, and drops what they were
// made from: from then on there is nothing else to be found out.
func (s *Service) Close(ctx context.Context) error {
	last := closed(s.o.Now().In(workday.City))
	return s.o.DB.Write(ctx, func(tx *sqldb.Tx) error {
		list, err := sqldb.Collect(ctx, tx, func(r *sql.Rows, x *tally) error { return r.Scan(&x.village, &x.year, &x.outcome, &x.n) },
			`SELECT village_id, year, outcome, n FROM mediation_tally WHERE year <= $1 ORDER BY year`, last)
		if err != nil || len(list) == 0 {
			return err
		}
		years := map[string][]tally{}
		for _, x := range list {
			years[x.year] = append(years[x.year], x)
		}
		for year, of := range years {
			if err := s.close(ctx, tx, year, of); err != nil {
				return fmt.Errorf("mediation: figures of %s: %w", year, err)
			}
		}
		_, err = tx.ExecContext(ctx, `DELETE FROM mediation_tally WHERE year <= $1`, last)
		return err
	})
}

func (s *Service) close(ctx context.Context, tx *sqldb.Tx, year string, list []tally) error {
	if told, err := isTold(ctx, tx, year); err != nil || told {
		return err
	}
	rows := map[string][]int{}
	var root *branch
	var order []*branch
	for i, o := range Outcomes() {
		told := map[string]int{}
		root, order = s.branches(list, o)
		root.tell(told)
		for unit, n := range told {
			if rows[unit] == nil {
				rows[unit] = make([]int, len(Outcomes()))
			}
			rows[unit][i] = n
		}
	}
	values := make([][]any, len(order))
	for i, b := range order {
		n := rows[b.unit]
		values[i] = []any{b.unit, year, n[0], n[1], n[2], n[3], n[4], b.parent}
	}
	return sqldb.InsertMany(ctx, tx, "mediation_figure", []string{"unit_id", "year", "kept", "broken", "ended", "refused", "lapsed", "parent_id"}, values, "")
}

func isTold(ctx context.Context, q sqldb.Querier, year string) (told bool, err error) {
	err = q.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM mediation_figure WHERE year = $1)`, year).Scan(&told)
	return told, err
}

// branches hangs what ended in one way on the city, its towns and its villages.
func (s *Service) branches(list []tally, o Outcome) (root *branch, order []*branch) {
	tree := s.tree()
	by := map[string]*branch{}
	for _, level := range []network.Level{network.City, network.Town, network.Village} {
		for _, u := range tree.Units(level) {
			b := &branch{unit: u.ID, parent: u.ParentID}
			by[u.ID], order = b, append(order, b)
			if over := by[u.ParentID]; over != nil {
				over.under = append(over.under, b)
			}
		}
	}
	for _, x := range list {
		if v := tree.Current(tree.ByID(x.village)); x.outcome == o && v != nil && by[v.ID] != nil {
			by[v.ID].n += x.n
		}
	}
	return by[tree.RootID()], order
}

// PastCount is what ended in a year of the past, for a city that moves in and for the demo.
type PastCount struct {
	VillageID, Year string
	Outcome         Outcome
	N               int
}

// Past takes over counts of years whose figures weren't made yet.
func (s *Service) Past(ctx context.Context, list []PastCount) error {
	rows, years := make([][]any, len(list)), map[string]bool{}
	for i, c := range list {
		years[c.Year] = true
		rows[i] = []any{c.VillageID, c.Year, string(c.Outcome), c.N}
	}
	return s.o.DB.Write(ctx, func(tx *sqldb.Tx) error {
		for year := range years {
			told, err := isTold(ctx, tx, year)
			if err != nil {
				return err
			}
			if told {
				return errs.E(errs.Conflict, "mediation.year_told", "year", year)
			}
		}
		return sqldb.InsertMany(ctx, tx, "mediation_tally", []string{"village_id", "year", "outcome", "n"}, rows, "")
	})
}
