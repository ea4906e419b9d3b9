package sheet

import (
	"errors"
	"io"
	"strings"

	"bilin/internal/errs"
)

// Columns are what is read of a table whose first row names its columns, in any
// order; other columns are passed over.
type Columns struct {
	Names map[string]string // how people write a column's name, folded → the column
	Need  []string          // columns that can't be missing
	Max   int               // rows

	// Message keys of what is wrong with the table.
	NoRows, NoColumn, Formula, ManyRows string
}

// Read reads the first sheet of a CSV or XLSX file and calls each for every row
// that isn't blank: its number as the spreadsheet counts, and its cells by
// column with their white space folded.
func (c Columns) Read(src io.ReaderAt, size int64, each func(number int, cell func(column string) string) error) error {
	table, err := Open(src, size, Limits{})
	if err != nil {
		return err
	}
	reader, err := table.Rows(0)
	if err != nil {
		return err
	}
	defer reader.Close()
	columns, err := c.heading(reader)
	if err != nil {
		return err
	}
	for n := 0; ; {
		raw, err := reader.Next()
		switch {
		case errors.Is(err, io.EOF) && n == 0:
			return wrongFile(c.NoRows)
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return err
		case raw.Blank():
			continue
		case len(raw.Formulas) > 0:
			return wrongFile(c.Formula)
		case n == c.Max:
			return errs.E(errs.TooLarge, c.ManyRows, "max", c.Max)
		}
		n++
		err = each(raw.Number, func(column string) string {
			i, ok := columns[column]
			if !ok || i >= len(raw.Cells) {
				return ""
			}
			return strings.Join(strings.Fields(Unescape(raw.Cells[i])), " ")
		})
		if err != nil {
			return err
		}
	}
}

// heading finds the columns in the first row that isn't blank.
func (c Columns) heading(reader Reader) (map[string]int, error) {
	raw, err := reader.Next()
	for err == nil && raw.Blank() {
		raw, err = reader.Next()
	}
	if errors.Is(err, io.EOF) {
		return nil, wrongFile(c.NoRows)
	}
	if err != nil {
		return nil, err
	}
	columns := map[string]int{}
	for i, cell := range raw.Cells {
		column := c.Names[Fold(cell)]
		if _, before := columns[column]; column != "" && !before {
			columns[column] = i
		}
	}
	for _, column := range c.Need {
		if _, ok := columns[column]; !ok {
			return nil, wrongFile(c.NoColumn)
		}
	}
	return columns, nil
}

// Fold makes two ways to write the same words equal: white space and case.
func Fold(s string) string { return strings.ToLower(strings.Join(strings.Fields(s), " ")) }

func wrongFile(code string) error { return errs.E(errs.Invalid, code).WithField("file", code) }
