package sheet

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"errors"
	"io"

	"bilin/internal/errs"
)

// openCSV finds encoding and separator.
func (t *Table) openCSV() error {
	enc, _, err := detect(t.src, t.size)
	if err != nil {
		return err
	}
	t.Format, t.Encoding, t.Sheets = CSV, enc, []string{""}
	head, err := io.ReadAll(io.LimitReader(t.text(), 16<<10))
	if err != nil {
		return damaged(err)
	}
	t.comma = separator(head)
	return nil
}

// text returns the file as UTF-8 without its byte order mark.
func (t *Table) text() io.Reader {
	return t.decoded(io.NewSectionReader(t.src, 0, t.size))
}

func (t *Table) decoded(src io.Reader) io.Reader {
	r := bufio.NewReaderSize(t.Encoding.decode(src), 256<<10)
	if mark, err := r.Peek(3); err == nil && bytes.Equal(mark, []byte("\ufeff")) {
		_, _ = r.Discard(3) // what was peeked can be discarded
	}
	return r
}

// separator returns the character that splits the first lines most often.
func separator(head []byte) rune {
	best, most := ',', 0
	for _, c := range []rune{',', '\t', ';', '|'} {
		if n := bytes.Count(head, []byte(string(c))); n > most {
			best, most = c, n
		}
	}
	return best
}

type csvReader struct {
	r   *csv.Reader
	src *counted
}

// counted counts what was read of a file.
type counted struct {
	io.Reader
	n, of int64
}

func (c *counted) Read(p []byte) (int, error) {
	n, err := c.Reader.Read(p)
	c.n += int64(n)
	return n, err
}

func (t *Table) csvRows() (Reader, error) {
	src := &counted{Reader: io.NewSectionReader(t.src, 0, t.size), of: t.size}
	r := csv.NewReader(t.decoded(src))
	r.Comma = t.comma
	r.FieldsPerRecord = -1
	r.ReuseRecord = true
	r.LazyQuotes = false // a stray quote would swallow thousands of rows in silence
	return &csvReader{r, src}, nil
}

// Next implements Reader.
func (c *csvReader) Next() (Row, error) {
	cells, err := c.r.Read()
	if bad, ok := errors.AsType[*csv.ParseError](err); ok {
		return Row{}, errs.E(errs.Invalid, "sheet.quote", "row", bad.StartLine)
	}
	if err == io.EOF {
		return Row{}, io.EOF
	}
	if err != nil {
		return Row{}, damaged(err)
	}
	line, _ := c.r.FieldPos(0)
	return Row{Number: line, Cells: cells}, nil
}

// Share implements Reader.
func (c *csvReader) Share() float64 { return float64(c.src.n) / float64(c.src.of) }

// Close implements Reader.
func (c *csvReader) Close() error { return nil }
