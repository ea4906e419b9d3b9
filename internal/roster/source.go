package roster

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"slices"
	"strings"

	"bilin/internal/errs"
	"bilin/internal/sheet"
)

// File is a roster as it came.
type File struct {
	Name string
	Size int64
	io.ReaderAt
}

// hash names the content, so that an interrupted import knows its file again.
func (f File) hash() (string, error) {
	h := sha256.New()
	if _, err := io.Copy(h, io.NewSectionReader(f, 0, f.Size)); err != nil {
		return "", fmt.Errorf("roster: read file: %w", err)
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

// source is a file whose header has been found.
type source struct {
	table *sheet.Table
	sheet int
	h     *header
}

// The header stands in one of the first rows; above it are titles.
const headerWithin = 20

// openSource finds the sheet and the row that hold the header.
func openSource(f File, limits sheet.Limits) (*source, error) {
	table, err := sheet.Open(f, f.Size, limits)
	if err != nil {
		return nil, err
	}
	for i := range table.Sheets {
		h, err := findHeader(table, i)
		if err != nil {
			return nil, err
		}
		if h != nil {
			return &source{table: table, sheet: i, h: h}, h.index()
		}
	}
	return nil, errs.E(errs.Invalid, "roster.no_header", "rows", headerWithin)
}

func findHeader(table *sheet.Table, sheetIndex int) (h *header, err error) {
	rows, err := table.Rows(sheetIndex)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }() // only read from
	var above []string
	for range headerWithin {
		row, err := rows.Next()
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, err
		}
		next := readHeader(above, row.Cells, row.Number)
		switch {
		case h == nil:
			h = next
		case next != nil && next.row == h.row+1 && isSubHeader(row.Cells):
			return next, nil // a header of two rows
		default:
			return h, nil
		}
		above = slices.Clone(row.Cells)
	}
	return h, nil
}

// each calls fn for every row that says something: not blank, not the header
// printed again on another page, not a line of totals.
// fn also gets how much of the file has been read.
func (s *source) each(fn func(row sheet.Row, share float64) error) (err error) {
	rows, err := s.table.Rows(s.sheet)
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }() // only read from
	for {
		row, err := rows.Next()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		if row.Number <= s.h.row || row.Blank() || s.isFurniture(row) {
			continue
		}
		if err := fn(row, rows.Share()); err != nil {
			return err
		}
	}
}

func (s *source) isFurniture(row sheet.Row) bool {
	at := slices.IndexFunc(row.Cells, func(c string) bool { return !isBlank(c) })
	if at < 0 {
		return false // formulas only
	}
	first := strings.TrimSpace(row.Cells[at])
	if len(first) <= 16 && !isNumber(first) && isTotal(first) {
		return true
	}
	if at >= len(s.h.titles) || first != strings.TrimSpace(s.h.titles[at]) {
		return false
	}
	same := 0
	for i, c := range row.Cells {
		if i < len(s.h.titles) && !isBlank(c) && strings.TrimSpace(c) == strings.TrimSpace(s.h.titles[i]) {
			same++
		}
	}
	return same >= enoughTitles
}

func isTotal(first string) bool {
	switch strings.TrimRight(strings.Join(strings.Fields(first), ""), ":：") {
	case "合计", "总计", "小计", "共计", "total", "Total":
		return true
	}
	return false
}
