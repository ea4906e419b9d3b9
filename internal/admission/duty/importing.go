package duty

import (
	"context"
	"io"
	"slices"

	"bilin/internal/auth"
	"bilin/internal/errs"
	"bilin/internal/sheet"
	"bilin/internal/sqldb"
)

// MaxRows is how many items one import takes.
const MaxRows = 5000

// Row is an item of a duty list as a table says it.
type Row struct {
	Number     int    `json:"n"` // as the spreadsheet numbers it
	Code       string `json:"code"`
	Department string `json:"department"` // full name or code
	List       string `json:"list"`       // its name in either language, or in code
	Title      string `json:"title"`
	Basis      string `json:"basis"`
	Function   string `json:"function"` // name or code; "" for none
}

// Columns are the table's columns in their order; a column's name is the
// message "duty.column." and this.
func Columns() []string {
	return []string{"code", "department", "list", "title", "basis", "function"}
}

// headings are how people call the columns beside the names we give them.
var headings = map[string]string{
	"编号": "code", "序号": "code", "代码": "code", "number": "code", "code": "code",
	"部门": "department", "责任部门": "department", "单位": "department", "department": "department",
	"清单": "list", "清单类别": "list", "类别": "list", "list": "list",
	"事项": "title", "事项名称": "title", "名称": "title", "item": "title", "title": "title",
	"法定依据": "basis", "依据": "basis", "法律依据": "basis", "legal basis": "basis", "basis": "basis",
	"职能": "function", "所属职能": "function", "function": "function",
}

// listNames are how people write the lists.
var listNames = map[string]string{
	"部门主责": Own, "主责": Own, "own duty": Own, Own: Own,
	"基层配合": Assist, "配合": Assist, "协助": Assist, "assisting": Assist, Assist: Assist,
	"部门收回": TakenBack, "收回": TakenBack, "已收回": TakenBack, "taken back": TakenBack, TakenBack: TakenBack,
}

// ReadTable reads items from the first sheet of a CSV or XLSX file, whose first
// row names the columns in any order; others are passed over. Only the function
// may be missing.
func ReadTable(src io.ReaderAt, size int64) ([]Row, error) {
	columns := sheet.Columns{Names: headings, Need: []string{"code", "department", "list", "title", "basis"}, Max: MaxRows,
		NoRows: "duty.no_rows", NoColumn: "duty.no_column", Formula: "duty.formula", ManyRows: "duty.many_rows"}
	var out []Row
	err := columns.Read(src, size, func(number int, cell func(string) string) error {
		out = append(out, Row{number, cell("code"), cell("department"), cell("list"), cell("title"), cell("basis"), cell("function")})
		return nil
	})
	return out, err
}

// Problem is what is wrong in a row.
type Problem struct {
	Row    int    // as the spreadsheet numbers it
	Column string // as in Columns
	Code   string // message key
	Args   []any
}

// Report is what an import did, or would do.
type Report struct {
	Rows, New, Changed, Same int
	Problems                 []Problem // while there is one, nothing is imported
}

// Import is a table of items to be stored.
type Import struct {
	Key    string
	Rows   []Row
	DryRun bool // only say what would happen
}

// ImportDuties stores the items of a table, each known by its code: storing it
// again changes nothing, and an item that had been taken off comes back. Items
// that aren't in the table stay as they are. If a row has a problem nothing is
// stored; a dry run says which, anything else is refused.
func (s *Service) ImportDuties(ctx context.Context, actor auth.Actor, cmd Import) (Report, error) {
	if len(cmd.Rows) > MaxRows {
		return Report{}, errs.E(errs.TooLarge, "duty.many_rows", "max", MaxRows)
	}
	if cmd.DryRun {
		if err := s.o.Policy.Can(actor, ActEdit, auth.Object{}); err != nil {
			return Report{}, err
		}
		report, _ := s.plan(s.Catalog(), cmd.Rows)
		return report, nil
	}
	return run(ctx, s, actor, "duty.import", cmd.Key, cmd, func(w *work) (Report, record, error) {
		report, changed := s.plan(w.catalog, cmd.Rows)
		switch {
		case len(report.Problems) > 0:
			return report, record{}, errs.E(errs.Invalid, "duty.has_problems", "n", len(report.Problems))
		case len(w.catalog.duties)+report.New > maxDuties:
			return report, record{}, errs.E(errs.Conflict, "duty.too_many", "max", maxDuties)
		}
		rec := record{"duty", "", map[string]any{"rows": report.Rows, "new": report.New, "changed": report.Changed}}
		return report, rec, putDuties(ctx, w.tx, changed...)
	})
}

// plan compares a table with the lists: what would happen, and the items to store.
func (s *Service) plan(c *Catalog, rows []Row) (Report, []Duty) {
	in := importer{catalog: c, departments: map[string]string{}, functions: map[string]string{}, seen: map[string]int{}}
	for _, d := range s.o.Network.Tree().Departments() {
		in.departments[sheet.Fold(d.Name)], in.departments[sheet.Fold(d.Code)] = d.ID, d.ID
	}
	for _, f := range slices.Backward(c.AllFunctions()) { // of two with a name, the first
		if f.ParentID != "" {
			in.functions[sheet.Fold(f.Name)], in.functions[sheet.Fold(f.NameEN)], in.functions[f.Code] = f.ID, f.ID, f.ID
		}
	}
	delete(in.functions, "")
	for _, row := range rows {
		in.take(row)
	}
	in.report.Rows = len(rows)
	return in.report, in.changed
}

type importer struct {
	catalog     *Catalog
	departments map[string]string // ids by folded name and code
	functions   map[string]string
	seen        map[string]int // rows by code
	report      Report
	changed     []Duty
}

func (in *importer) fail(row Row, column, code string, args ...any) {
	in.report.Problems = append(in.report.Problems, Problem{row.Number, column, code, args})
}

// take plans one row, or says what is wrong with it.
func (in *importer) take(row Row) {
	before := len(in.report.Problems)
	now, known := in.catalog.DutyByCode(row.Code)
	d := Duty{ID: now.ID, Code: row.Code, DepartmentID: in.departments[sheet.Fold(row.Department)], List: listNames[sheet.Fold(row.List)],
		Title: row.Title, Basis: row.Basis, FunctionID: in.functions[sheet.Fold(row.Function)], Version: now.Version}
	if first, twice := in.seen[row.Code]; twice && row.Code != "" {
		in.fail(row, "code", "duty.twice", "row", first)
	}
	in.seen[row.Code] = row.Number
	if d.DepartmentID == "" {
		in.fail(row, "department", "duty.department_unknown", "name", row.Department)
	}
	if row.Function != "" && d.FunctionID == "" {
		in.fail(row, "function", "duty.function_unknown", "name", row.Function)
	}
	d, err := in.catalog.checkDuty(d)
	if err != nil {
		for _, f := range errs.As(err).Fields {
			in.fail(row, f.Name, f.Code, f.Args...)
		}
	}
	switch {
	case len(in.report.Problems) > before:
		return
	case d == now:
		in.report.Same++
		return
	case known:
		in.report.Changed++
	default:
		in.report.New++
		d.ID = sqldb.NewID()
	}
	d.Version++
	in.changed = append(in.changed, d)
}
