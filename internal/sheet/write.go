package sheet

import (
	"bufio"
	"encoding/csv"
	"fmt"
	"io"

	"bilin/internal/errs"

	"github.com/xuri/excelize/v2"
)

// Writer writes a table row by row. Close finishes the file; the table isn't
// whole before. Discard gives up and removes what lies in temporary files; after
// Close it does nothing, so that it can be deferred.
type Writer interface {
	Write(cells []string) error
	Close() error
	Discard()
}

// NewWriter returns a Writer of the format. The first row written is the header.
func NewWriter(w io.Writer, format Format) (Writer, error) {
	switch format {
	case CSV:
		return newCSVWriter(w)
	case XLSX:
		return newXLSXWriter(w)
	}
	return nil, errs.E(errs.Unsupported, "sheet.not_a_table")
}

// Escape makes a text safe to open in a spreadsheet: one that would be taken
// for a formula gets an apostrophe in front. Unescape removes it again.
func Escape(s string) string {
	if startsFormula(s) || len(s) > 1 && s[0] == '\'' && startsFormula(s[1:]) {
		return "'" + s
	}
	return s
}

// Unescape undoes Escape.
func Unescape(s string) string {
	if len(s) < 2 || s[0] != '\'' {
		return s
	}
	if rest := s[1:]; startsFormula(rest) || rest[0] == '\'' && len(rest) > 1 && startsFormula(rest[1:]) {
		return rest
	}
	return s
}

func startsFormula(s string) bool {
	if s == "" {
		return false
	}
	switch s[0] {
	case '=', '+', '-', '@', '\t', '\r', '\n':
		return true
	}
	r := []rune(s[:min(len(s), 4)])[0]
	return r == '＝' || r == '＋' || r == '－' || r == '＠'
}

type csvWriter struct {
	w    *csv.Writer
	line []string
}

// newCSVWriter begins with the mark by which spreadsheets know UTF-8.
func newCSVWriter(w io.Writer) (*csvWriter, error) {
	buffered := bufio.NewWriterSize(w, 64<<10)
	if _, err := buffered.WriteString("\ufeff"); err != nil {
		return nil, fmt.Errorf("write table: %w", err)
	}
	out := csv.NewWriter(buffered)
	out.UseCRLF = true
	return &csvWriter{w: out}, nil
}

// Write implements Writer.
func (c *csvWriter) Write(cells []string) error {
	c.line = c.line[:0]
	for _, cell := range cells {
		c.line = append(c.line, Escape(cell))
	}
	return c.w.Write(c.line)
}

// Close implements Writer.
func (c *csvWriter) Close() error {
	c.w.Flush()
	return c.w.Error()
}

// Discard implements Writer.
func (c *csvWriter) Discard() {}

type xlsxWriter struct {
	out  io.Writer
	file *excelize.File
	rows *excelize.StreamWriter
	line []any
	n    int
}

func newXLSXWriter(w io.Writer) (*xlsxWriter, error) {
	file := excelize.NewFile()
	rows, err := file.NewStreamWriter("Sheet1")
	if err != nil {
		return nil, fmt.Errorf("write workbook: %w", err)
	}
	if err := rows.SetColWidth(1, 40, 16); err != nil {
		return nil, fmt.Errorf("write workbook: %w", err)
	}
	if err := rows.SetPanes(&excelize.Panes{Freeze: true, YSplit: 1, TopLeftCell: "A2", ActivePane: "bottomLeft"}); err != nil {
		return nil, fmt.Errorf("write workbook: %w", err)
	}
	return &xlsxWriter{out: w, file: file, rows: rows}, nil
}

// Write implements Writer. Every cell is text, so that codes and telephone
// numbers keep all their digits.
func (x *xlsxWriter) Write(cells []string) error {
	x.n++
	if x.n > maxRows {
		return errs.E(errs.TooLarge, "sheet.too_many_rows", "limit", maxRows-1)
	}
	x.line = x.line[:0]
	for _, cell := range cells {
		x.line = append(x.line, Escape(cell))
	}
	return x.rows.SetRow(fmt.Sprintf("A%d", x.n), x.line)
}

// Close implements Writer.
func (x *xlsxWriter) Close() error {
	defer x.Discard()
	if err := x.rows.Flush(); err != nil {
		return fmt.Errorf("write workbook: %w", err)
	}
	if _, err := x.file.WriteTo(x.out); err != nil {
		return fmt.Errorf("write workbook: %w", err)
	}
	return nil
}

// Discard implements Writer. Beyond 16 MiB the rows lie in a temporary file.
func (x *xlsxWriter) Discard() {
	_ = x.file.Close() // what can't be removed the system clears
}
