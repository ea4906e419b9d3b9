// Package sheet reads tables out of the CSV and XLSX files people really send, and writes tables that spreadsheets open safely.
//
// Reading streams: one row at a time, whatever the file's size, within limits
// given by the caller. A cell that holds a formula is reported as such and not
// computed. Writing escapes what a spreadsheet would take for a formula.
package sheet

import (
	"bytes"
	_ "embed"
	"io"

	"bilin/internal/errs"
	"bilin/internal/i18n"
)

//go:embed messages.json
var rawMessages []byte

// Messages are this package's words.
var Messages = i18n.MustParse(rawMessages)

// Format is the kind of file a table came in or goes out as.
type Format string

// The formats.
const (
	CSV  Format = "csv"
	XLSX Format = "xlsx"
)

// Limits bound what a file may cost. Zero means the default.
type Limits struct {
	Bytes    int64 // of the file as it came; default 10 MiB
	Unzipped int64 // of what an XLSX unfolds to; default 32 MiB
}

const mib = 1 << 20

func (l Limits) withDefaults() Limits {
	if l.Bytes == 0 {
		l.Bytes = 10 * mib
	}
	if l.Unzipped == 0 {
		l.Unzipped = 32 * mib
	}
	return l
}

// Row is one row of a table. Its slices are reused by the next call of Next;
// the strings in them are not.
type Row struct {
	Number   int      // as the spreadsheet numbers it, from 1; for CSV the line it begins on
	Cells    []string // trimmed of nothing, empty where a cell is missing
	Formulas []int    // columns, from 0, whose cell is a formula
}

// Blank reports whether the row has nothing in it.
func (r Row) Blank() bool {
	for _, c := range r.Cells {
		if !isSpace(c) {
			return false
		}
	}
	return len(r.Formulas) == 0
}

func isSpace(s string) bool {
	for _, r := range s {
		if r != ' ' && r != '\t' && r != '\n' && r != '\r' && r != '\u3000' && r != '\u00a0' && r != '\ufeff' {
			return false
		}
	}
	return true
}

// Reader yields the rows of one table; Next ends with io.EOF. Share says how
// much of the table has been read, from 0 to 1.
type Reader interface {
	Next() (Row, error)
	Share() float64
	Close() error
}

// Table is an opened file: what it turned out to be, and its sheets.
type Table struct {
	Format   Format
	Encoding Encoding // of a CSV
	Sheets   []string // of an XLSX, the visible ones; one empty name for a CSV

	src    io.ReaderAt
	size   int64
	limits Limits
	comma  rune
	book   *workbook
}

// Open finds out what the file is. It reads as much as it needs for that and
// refuses, with a message for the sender, what it can't read.
func Open(src io.ReaderAt, size int64, limits Limits) (*Table, error) {
	limits = limits.withDefaults()
	if size == 0 {
		return nil, errs.E(errs.Invalid, "sheet.empty")
	}
	if size > limits.Bytes {
		return nil, errs.E(errs.TooLarge, "sheet.too_large", "size", Size(size), "limit", Size(limits.Bytes))
	}
	t := &Table{src: src, size: size, limits: limits}
	head := make([]byte, 4096)
	n, err := src.ReadAt(head, 0)
	if err != nil && err != io.EOF {
		return nil, errs.Wrap(err, errs.Internal, "errs.internal")
	}
	switch head = head[:n]; {
	case bytes.HasPrefix(head, []byte("PK\x03\x04")), bytes.HasPrefix(head, []byte("PK\x05\x06")):
		return t, t.openXLSX()
	case bytes.HasPrefix(head, []byte{0xD0, 0xCF, 0x11, 0xE0}):
		return nil, errs.E(errs.Unsupported, "sheet.old_xls")
	case looksLikeHTML(head):
		return nil, errs.E(errs.Unsupported, "sheet.html")
	case bytes.HasPrefix(head, []byte("%PDF")):
		return nil, errs.E(errs.Unsupported, "sheet.not_a_table")
	}
	return t, t.openCSV()
}

func looksLikeHTML(head []byte) bool {
	head = bytes.ToLower(bytes.TrimLeft(head, "\xef\xbb\xbf \t\r\n"))
	for _, mark := range []string{"<!doctype html", "<html", "<table", "<?xml", "<meta"} {
		if bytes.HasPrefix(head, []byte(mark)) {
			return true
		}
	}
	return false
}

// Rows begins reading the sheet of that index from its first row.
func (t *Table) Rows(sheet int) (Reader, error) {
	if t.Format == XLSX {
		return t.book.rows(sheet)
	}
	return t.csvRows()
}

// damaged is the error for a file that contradicts itself.
func damaged(cause error) error {
	return errs.Wrap(cause, errs.Invalid, "sheet.damaged")
}
