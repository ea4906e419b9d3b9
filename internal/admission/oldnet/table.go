package oldnet

import (
	"io"
	"strconv"
	"strings"

	"bilin/internal/sheet"
)

// MaxRows is how many rows one net may have.
const MaxRows = 20_000

// Row is a row of an old net's table.
type Row struct {
	Number     int // as the spreadsheet numbers it
	Kind       Kind
	Code, Name string
	Unit       string // of a grid: the unit's code, or its name with the names above it as far as needed
	Households string
	Grid       string // of a worker: the grid's code
	Role       string // of a worker
	Yearly     string // of a form
	Function   string // of a duty or form: a function's name or code
}

var headings = map[string]string{
	"类型": "kind", "种类": "kind", "kind": "kind", "type": "kind",
	"编号": "code", "网格编号": "code", "代码": "code", "code": "code", "number": "code",
	"名称": "name", "姓名": "name", "name": "name",
	"村社区": "unit", "对应单位": "unit", "所在村": "unit", "unit": "unit", "village": "unit",
	"户数": "households", "households": "households",
	"所属网格": "grid", "网格": "grid", "grid": "grid",
	"岗位": "role", "职务": "role", "role": "role", "post": "role",
	"每年次数": "yearly", "次数": "yearly", "times a year": "yearly", "yearly": "yearly",
	"职能": "function", "function": "function",
}

var kindNames = map[string]Kind{
	"网格": Grid, "grid": Grid, "网格员": Worker, "人员": Worker, "worker": Worker,
	"职责": Duty, "任务": Duty, "duty": Duty, "表格": Form, "台账": Form, "form": Form,
}

// Columns are the columns of a table, in the order in which they are explained;
// a column's name is the message "oldnet.column." and this.
func Columns() []string {
	return []string{"kind", "code", "name", "unit", "households", "grid", "role", "yearly", "function"}
}

// ReadTable reads an old net from the first sheet of a CSV or XLSX file.
func ReadTable(src io.ReaderAt, size int64) ([]Row, error) {
	columns := sheet.Columns{Names: headings, Need: []string{"kind", "name"}, Max: MaxRows,
		NoRows: "oldnet.no_rows", NoColumn: "oldnet.no_column", Formula: "oldnet.formula", ManyRows: "oldnet.many_rows"}
	var out []Row
	err := columns.Read(src, size, func(number int, cell func(string) string) error {
		out = append(out, Row{Number: number, Kind: kindNames[sheet.Fold(cell("kind"))], Code: cell("code"), Name: cell("name"), Unit: cell("unit"),
			Households: cell("households"), Grid: cell("grid"), Role: cell("role"), Yearly: cell("yearly"), Function: cell("function")})
		return nil
	})
	return out, err
}

// count reads a cell with a number of at most limit; an empty one is zero.
func count(text string, limit int) (int, bool) {
	text = strings.ReplaceAll(text, ",", "")
	if text == "" {
		return 0, true
	}
	n, err := strconv.Atoi(text)
	return n, err == nil && n >= 0 && n <= limit
}
