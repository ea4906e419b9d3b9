package mediation

import (
	"context"
	"database/sql"
	"fmt"
	"slices"

	"bilin/internal/network"
	"bilin/internal/sqldb"
	"bilin/internal/workday"
)

// Figure is how many; Shown is false if so few that one could be recognised, or
// if another could be worked out from it.
type Figure struct {
	N     int
	Shown bool
}

// Row is a unit or a month.
type Row struct {
	UnitID string // or
	Month  string // "2026-11"
	Cells  []Figure
	Total  Figure
}

// Figures are counts of cases that ended, and nothing else: no household, no
// person, no mediator.
type Figures struct {
	UnitID   string
	From, To string // months, both in
	Outcomes []Outcome
	Units    []Row // under the unit
	Months   []Row // of the unit
	Total    Figure
}

// figureMonths is over how long figures go.
const figureMonths = 12

// hide covers figures below the bound, and as many more that nothing covered can
// be worked out by subtraction: in each row and column what is covered adds up
// to nothing or to the bound at least. The totals of rows and columns stand in
// the matrix as its last column and row.
func hide(n [][]int) [][]bool {
	covered := make([][]bool, len(n))
	for i := range n {
		covered[i] = make([]bool, len(n[i]))
		for j := range n[i] {
			covered[i][j] = n[i][j] < few
		}
	}
	for again := true; again; {
		again = false
		for i := range n {
			again = coverMore(len(n[i]), func(j int) (int, *bool) { return n[i][j], &covered[i][j] }) || again
		}
		for j := range width(n) {
			again = coverMore(len(n), func(i int) (int, *bool) { return n[i][j], &covered[i][j] }) || again
		}
	}
	return covered
}

func width(n [][]int) int {
	if len(n) == 0 {
		return 0
	}
	return len(n[0])
}

// coverMore covers the smallest that is open in a line while those covered add
// up to something below the bound. It reports whether it did.
func coverMore(size int, at func(int) (int, *bool)) (did bool) {
	for {
		sum, least := 0, -1
		for i := range size {
			v, covered := at(i)
			switch {
			case *covered:
				sum += v
			case least < 0 || v < first(at(least)):
				least = i
			}
		}
		if sum == 0 || sum >= few || least < 0 {
			return did
		}
		_, covered := at(least)
		*covered, did = true, true
	}
}

func first(v int, _ *bool) int { return v }

// Figures counts what ended in the last twelve months in a unit.
func (s *Service) Figures(ctx context.Context, unitID string) (*Figures, error) {
	tree := s.tree()
	u := tree.Current(tree.ByID(unitID))
	if u == nil || u.Level > network.Village {
		u = tree.Root()
	}
	now := s.o.Now().In(workday.City)
	f := &Figures{UnitID: u.ID, Outcomes: Outcomes(), To: now.AddDate(0, -1, 1-now.Day()).Format("2006-01")}
	var months []string
	for i := figureMonths; i >= 1; i-- {
		months = append(months, now.AddDate(0, -i, 1-now.Day()).Format("2006-01"))
	}
	f.From = months[0]
	type key struct{ row, outcome string }
	units, byMonth := map[key]int{}, map[key]int{}
	rows, err := s.counts(ctx, u, f.From, f.To)
	if err != nil {
		return nil, err
	}
	for _, c := range rows {
		byMonth[key{c.month, c.outcome}] += c.n
		if under := under(tree, u, c.village); under != "" {
			units[key{under, c.outcome}] += c.n
		}
	}
	var ids []string
	for _, x := range tree.Subtree(u) {
		if x.ParentID == u.ID && u.Level < network.Village {
			ids = append(ids, x.ID)
		}
	}
	f.Units = table(ids, func(row string, o Outcome) int { return units[key{row, string(o)}] })
	f.Months = table(months, func(row string, o Outcome) int { return byMonth[key{row, string(o)}] })
	for i := range f.Units {
		f.Units[i].UnitID = ids[i]
	}
	for i := range f.Months {
		f.Months[i].Month = months[i]
	}
	sum := 0
	for _, n := range byMonth {
		sum += n
	}
	f.Total = Figure{N: sum, Shown: sum >= few}
	return f, nil
}

// table is the figures of rows, with what has to be covered covered.
func table(rows []string, n func(row string, o Outcome) int) []Row {
	matrix := make([][]int, len(rows))
	for i, row := range rows {
		for _, o := range Outcomes() {
			matrix[i] = append(matrix[i], n(row, o))
		}
	}
	covered := hide(matrix)
	sums := [][]int{make([]int, len(rows))}
	out := make([]Row, len(rows))
	for i := range matrix {
		for j, v := range matrix[i] {
			out[i].Cells = append(out[i].Cells, Figure{v, !covered[i][j]})
			sums[0][i] += v
		}
	}
	for i, c := range hide(sums)[0] {
		out[i].Total = Figure{sums[0][i], !c}
	}
	return out
}

// under is the child of u that a village lies in, or is.
func under(tree *network.Tree, u *network.Unit, villageID string) string {
	for _, p := range tree.Path(tree.Current(tree.ByID(villageID))) {
		if p.ParentID == u.ID {
			return p.ID
		}
	}
	return ""
}

type counted struct {
	village, month, outcome string
	n                       int
}

func (s *Service) counts(ctx context.Context, u *network.Unit, from, to string) ([]counted, error) {
	list, err := sqldb.Collect(ctx, s.o.DB.Reader(), func(r *sql.Rows, c *counted) error { return r.Scan(&c.village, &c.month, &c.outcome, &c.n) },
		`SELECT village_id, month, outcome, n FROM mediation_count WHERE month >= $1 AND month <= $2`, from, to)
	if err != nil {
		return nil, fmt.Errorf("mediation: figures: %w", err)
	}
	tree := s.tree()
	return slices.DeleteFunc(list, func(c counted) bool {
		v := tree.Current(tree.ByID(c.village))
		return v == nil || !tree.Contains(u.ID, v.ID)
	}), nil
}

// PastCount is what ended in a month of the past, for a city that moves in and for the demo.
type PastCount struct {
	VillageID, Month string
	Outcome          Outcome
	N                int
}

// Past takes over counts.
func (s *Service) Past(ctx context.Context, list []PastCount) error {
	rows := make([][]any, len(list))
	for i, c := range list {
		rows[i] = []any{c.VillageID, c.Month, string(c.Outcome), c.N}
	}
	return s.o.DB.Write(ctx, func(tx *sqldb.Tx) error {
		return sqldb.InsertMany(ctx, tx, "mediation_count", []string{"village_id", "month", "outcome", "n"}, rows, "")
	})
}
