package oldnet

import (
	"context"

	"bilin/internal/admission/duty"
	"bilin/internal/auth"
	"bilin/internal/errs"
	"bilin/internal/network"
	"bilin/internal/once"
	"bilin/internal/sheet"
	"bilin/internal/sqldb"
)

// Import brings an old net in.
type Import struct {
	Key          string
	DepartmentID string
	Name         string
	Rows         []Row
	DryRun       bool // only say what would happen
}

// Problem is what is wrong in a row.
type Problem struct {
	Row    int    // as the spreadsheet numbers it
	Column string // as in Columns
	Code   string // message key
	Args   []any
}

// Report is what an import did or would do.
type Report struct {
	NetID    string // of a net that was stored
	Counts          // with what could be decided by itself
	Problems []Problem
}

// parts are an old net as it is stored.
type parts struct {
	grids   []OldGrid
	workers []OldWorker
	duties  []OldDuty
}

// Import reads an old net, maps what it can by code and by name, and stores it
// all or, if anything is wrong with a row, not at all.
func (s *Service) Import(ctx context.Context, actor auth.Actor, cmd Import) (Report, error) {
	if err := s.o.Policy.Can(actor, ActMap, auth.Object{}); err != nil {
		return Report{}, err
	}
	name, err := checkName(cmd.Name)
	switch {
	case err != nil:
		return Report{}, err
	case s.o.Network.Tree().Department(cmd.DepartmentID) == nil:
		return Report{}, errs.Refuse("department", "oldnet.no_department")
	case len(cmd.Rows) == 0:
		return Report{}, errs.Refuse("file", "oldnet.no_rows")
	case len(cmd.Rows) > MaxRows:
		return Report{}, errs.E(errs.TooLarge, "oldnet.many_rows", "max", MaxRows)
	}
	in := newImporter(s.o.Network.Tree(), s.o.Duties())
	for _, row := range cmd.Rows {
		in.take(row)
	}
	in.settle()
	if cmd.DryRun {
		return in.report, nil
	}
	if n := len(in.report.Problems); n > 0 {
		return in.report, errs.E(errs.Invalid, "oldnet.has_problems", "n", n)
	}
	err = s.o.DB.Write(ctx, func(tx *sqldb.Tx) (err error) {
		in.report, err = once.Do(ctx, tx, "oldnet.import/"+actor.ID(), cmd.Key, cmd, s.o.Now(), func() (Report, error) {
			report := in.report
			report.NetID = sqldb.NewID()
			if err := s.store(ctx, tx, Net{ID: report.NetID, DepartmentID: cmd.DepartmentID, Name: name}, in.parts); err != nil {
				return report, err
			}
			return report, s.record(ctx, tx, actor, "oldnet.import", report.NetID, map[string]any{"name": name, "grids": report.Grids, "workers": report.Workers})
		})
		return err
	})
	return in.report, err
}

// importer goes through a table and keeps what it is made of.
type importer struct {
	tree      *network.Tree
	names     network.Names
	functions map[string]string // folded name or code → id
	parts     parts
	byCode    map[string]int // a grid's code → its place in parts
	waiting   []waiting      // workers, until all grids are known
	report    Report
}

type waiting struct {
	row    Row
	worker int
}

func newImporter(tree *network.Tree, catalog *duty.Catalog) *importer {
	in := &importer{tree: tree, names: network.NamesOf(tree), functions: map[string]string{}, byCode: map[string]int{}}
	for _, root := range catalog.Functions() {
		for _, f := range catalog.Children(root.ID) {
			in.functions[sheet.Fold(f.Name)], in.functions[f.Code] = f.ID, f.ID
			if f.NameEN != "" {
				in.functions[sheet.Fold(f.NameEN)] = f.ID
			}
		}
	}
	return in
}

func (in *importer) wrong(row Row, column, code string, args ...any) {
	in.report.Problems = append(in.report.Problems, Problem{row.Number, column, code, args})
}

func (in *importer) take(row Row) {
	if _, err := checkName(row.Name); err != nil {
		in.wrong(row, "name", errs.CodeOf(err), "max", MaxName)
		return
	}
	switch row.Kind {
	case Grid:
		in.grid(row)
	case Worker:
		in.parts.workers = append(in.parts.workers, OldWorker{ID: sqldb.NewID(), Name: row.Name, Role: row.Role})
		in.waiting = append(in.waiting, waiting{row, len(in.parts.workers) - 1})
	case Duty, Form:
		in.duty(row)
	default:
		in.wrong(row, "kind", "oldnet.no_kind")
	}
}

func (in *importer) grid(row Row) {
	homes, fits := count(row.Households, maxHomes)
	_, before := in.byCode[row.Code]
	switch {
	case row.Code == "":
		in.wrong(row, "code", "oldnet.missing")
		return
	case before:
		in.wrong(row, "code", "oldnet.twice")
		return
	case !fits:
		in.wrong(row, "households", "oldnet.bad_number", "max", maxHomes)
		return
	}
	g := OldGrid{ID: sqldb.NewID(), Code: row.Code, Name: row.Name, Households: homes}
	if g.UnitID, g.How = find(in.names, row.Unit); g.UnitID == "" {
		g.UnitID, g.How = find(in.names, row.Name)
	}
	in.byCode[row.Code] = len(in.parts.grids)
	in.parts.grids = append(in.parts.grids, g)
}

func (in *importer) duty(row Row) {
	d := OldDuty{ID: sqldb.NewID(), Kind: row.Kind, Name: row.Name}
	var fits bool
	if d.Yearly, fits = count(row.Yearly, maxYearly); !fits {
		in.wrong(row, "yearly", "oldnet.bad_number", "max", maxYearly)
		return
	}
	if row.Function != "" {
		if d.FunctionID = in.functions[sheet.Fold(row.Function)]; d.FunctionID == "" {
			in.wrong(row, "function", "oldnet.no_function", "name", row.Function)
			return
		}
		d.Fate = Merged
	}
	in.parts.duties = append(in.parts.duties, d)
}

// settle gives workers their grids and, where their name serves there on the
// network, their posts; and counts.
func (in *importer) settle() {
	for _, w := range in.waiting {
		worker := &in.parts.workers[w.worker]
		if w.row.Grid == "" {
			continue
		}
		at, known := in.byCode[w.row.Grid]
		if !known {
			in.wrong(w.row, "grid", "oldnet.no_grid", "code", w.row.Grid)
			continue
		}
		grid := in.parts.grids[at]
		worker.GridID = grid.ID
		if worker.PostID = postOf(in.tree, grid.UnitID, worker.Name); worker.PostID != "" {
			worker.Fate = OnPost
		}
	}
	in.report.Counts = in.parts.counts()
}

func (p parts) counts() (c Counts) {
	for _, g := range p.grids {
		c.Grids, c.Households = c.Grids+1, c.Households+g.Households
		if g.UnitID != "" {
			c.Mapped++
		}
	}
	for _, w := range p.workers {
		c.Workers++
		if w.Fate == OnPost {
			c.Posts++
		}
	}
	for _, d := range p.duties {
		c.duty(d.Kind, d.Fate, d.Yearly, 1)
	}
	return c
}

// duty counts n duties or forms of one kind and fate.
func (c *Counts) duty(kind Kind, fate Fate, yearly, n int) {
	if kind == Duty {
		c.Duties += n
		switch fate {
		case Merged:
			c.MergedDuties += n
		case Dropped:
			c.DroppedDuties += n
		}
		return
	}
	c.Forms, c.Yearly = c.Forms+n, c.Yearly+yearly
	switch fate {
	case Merged:
		c.KeptForms += n
	case Dropped:
		c.DroppedForms, c.YearlyDropped = c.DroppedForms+n, c.YearlyDropped+yearly
	}
}
