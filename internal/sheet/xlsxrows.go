package sheet

import (
	"cmp"
	"io"
	"slices"
	"strconv"
	"strings"
)

const (
	maxColumns = 16384
	maxRows    = 1 << 20

	maxOpenMerges = 256 // more columns than a roster has
)

// xlsxReader walks the cells of one worksheet.
type xlsxReader struct {
	book   *workbook
	part   io.ReadCloser
	s      *scanner
	row    Row
	merges []merge // not yet begun
	open   []merge // begun above
	value  []byte
}

// merge is a block of cells shown as one. Its value stands in the first; the
// rows below get it too, because that is what whoever merged them sees.
type merge struct {
	column, first, last int
	value               string
}

func (b *workbook) rows(sheet int) (Reader, error) {
	merges, ok := b.merges[sheet]
	if !ok {
		var err error
		if merges, err = b.readMerges(b.paths[sheet]); err != nil {
			return nil, err
		}
		b.merges[sheet] = merges
	}
	part, err := b.open(b.paths[sheet])
	if err != nil {
		return nil, err
	}
	return &xlsxReader{book: b, part: part, s: newScanner(part), merges: merges}, nil
}

// readMerges runs ahead through the sheet: merged blocks are listed behind the cells.
func (b *workbook) readMerges(name string) ([]merge, error) {
	part, err := b.open(name)
	if err != nil {
		return nil, err
	}
	defer func() { _ = part.Close() }() // only read from
	var list []merge
	s := newScanner(part)
	if err := s.skipCells(); err != nil {
		return nil, partError(err)
	}
	for {
		err := s.next()
		if err == io.EOF {
			slices.SortFunc(list, func(a, b merge) int { return cmp.Compare(a.first, b.first) })
			return list, nil
		}
		if err != nil {
			return nil, partError(err)
		}
		if !s.is("mergeCell") {
			continue
		}
		from, to, _ := strings.Cut(s.value("ref"), ":")
		column, first, ok1 := parseRef(from)
		_, last, ok2 := parseRef(to)
		if ok1 && ok2 && last > first && len(list) < maxRows {
			list = append(list, merge{column: column, first: first, last: last})
		}
	}
}

// Share implements Reader.
func (x *xlsxReader) Share() float64 {
	if l, ok := x.part.(*limited); ok {
		return l.share()
	}
	return 1
}

// Close implements Reader.
func (x *xlsxReader) Close() error { return x.part.Close() }

// Next implements Reader.
func (x *xlsxReader) Next() (Row, error) {
	for {
		err := x.s.next()
		switch {
		case err != nil:
			return Row{}, eofOr(err)
		case x.s.ends("sheetData"):
			return Row{}, io.EOF
		case x.s.is("row"):
			if err := x.readRow(); err != nil {
				return Row{}, partError(err)
			}
			x.fillMerged()
			return x.row, nil
		}
	}
}

func eofOr(err error) error {
	if err == io.EOF {
		return err
	}
	return partError(err)
}

func (x *xlsxReader) readRow() error {
	number := x.row.Number + 1
	if n, err := strconv.Atoi(x.s.value("r")); err == nil {
		number = n
	}
	if number <= x.row.Number || number > maxRows {
		return errXML
	}
	x.row = Row{Number: number, Cells: x.row.Cells[:0], Formulas: x.row.Formulas[:0]}
	if x.s.void {
		return nil
	}
	for {
		if err := x.s.next(); err != nil {
			return unexpected(err)
		}
		switch {
		case x.s.ends("row"):
			return nil
		case x.s.is("c"):
			if err := x.readCell(); err != nil {
				return err
			}
		}
	}
}

func (x *xlsxReader) readCell() error {
	column := len(x.row.Cells)
	if ref := x.s.value("r"); ref != "" {
		c, _, ok := parseRef(ref)
		if !ok {
			return errXML
		}
		column = c
	}
	if column < len(x.row.Cells) || column >= maxColumns {
		return errXML
	}
	kind := x.s.value("t")
	formula := false
	x.value = x.value[:0]
	if !x.s.void {
		var err error
		if formula, err = x.readValue(); err != nil {
			return err
		}
	}
	if formula {
		x.row.Formulas = append(x.row.Formulas, column)
	}
	if len(x.value) == 0 && !formula {
		return nil
	}
	for len(x.row.Cells) < column {
		x.row.Cells = append(x.row.Cells, "")
	}
	x.row.Cells = append(x.row.Cells, x.text(kind))
	return nil
}

// readValue reads up to </c> and reports whether there was a formula.
func (x *xlsxReader) readValue() (formula bool, err error) {
	phonetic := false
	for {
		if err := x.s.next(); err != nil {
			return false, unexpected(err)
		}
		switch {
		case x.s.ends("c"):
			return formula, nil
		case string(x.s.name) == "f":
			formula = true
		case string(x.s.name) == "rPh":
			phonetic = !x.s.end
		case x.s.ends("v"), x.s.ends("t") && !phonetic:
			x.value = unescape(x.value, x.s.text)
		}
	}
}

// text turns the raw value of a cell into what the sender sees in it.
func (x *xlsxReader) text(kind string) string {
	switch kind {
	case "s":
		i, err := strconv.Atoi(string(x.value))
		if err != nil || i < 0 || i >= len(x.book.shared) {
			return ""
		}
		return x.book.shared[i]
	case "", "n":
		return plainNumber(string(x.value))
	}
	return unescapeControls(string(x.value))
}

// plainNumber writes 4.30182001001E+11 and 12.0 as the whole numbers they are.
func plainNumber(s string) string {
	if !strings.ContainsAny(s, ".eE") {
		return s
	}
	f, err := strconv.ParseFloat(s, 64)
	if err != nil || f < 0 || f >= 1e18 || f != float64(uint64(f)) {
		return s
	}
	return strconv.FormatUint(uint64(f), 10)
}

// unescapeControls resolves _x000D_, as spreadsheets write control characters.
func unescapeControls(s string) string {
	if !strings.Contains(s, "_x000") {
		return s
	}
	return strings.NewReplacer("_x000D_", "\r", "_x000A_", "\n", "_x0009_", "\t").Replace(s)
}

// fillMerged gives the row the values of the blocks that began above it. The
// blocks are in order of their first row; open holds those not yet passed.
func (x *xlsxReader) fillMerged() {
	row := x.row.Number
	x.open = slices.DeleteFunc(x.open, func(m merge) bool { return m.last < row })
	for _, m := range x.open {
		if m.value == "" {
			continue
		}
		for len(x.row.Cells) <= m.column {
			x.row.Cells = append(x.row.Cells, "")
		}
		if x.row.Cells[m.column] == "" {
			x.row.Cells[m.column] = m.value
		}
	}
	for len(x.merges) > 0 && x.merges[0].first <= row {
		m := x.merges[0]
		x.merges = x.merges[1:]
		if m.first == row && m.column < len(x.row.Cells) && len(x.open) < maxOpenMerges {
			m.value = x.row.Cells[m.column]
			x.open = append(x.open, m)
		}
	}
}

// parseRef reads B7 as column 1, row 7.
func parseRef(ref string) (column, row int, ok bool) {
	i := 0
	for i < len(ref) && i < 4 && ref[i] >= 'A' && ref[i] <= 'Z' {
		column = column*26 + int(ref[i]-'A'+1)
		i++
	}
	row, err := strconv.Atoi(ref[i:])
	if i == 0 || err != nil || row < 1 || row > maxRows || column > maxColumns {
		return 0, 0, false
	}
	return column - 1, row, true
}
