package backup

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"strconv"

	"bilin/internal/copytext"
	"bilin/internal/sqldb"
)

// chunkSize is about how much of a table goes into one entry.
const chunkSize = 2 << 20

// sum adds up the rows' hashes, each as four numbers that overflow.
type sum [4]uint64

func (s *sum) add(line []byte) {
	h := sha256.Sum256(line)
	for i := range s {
		s[i] += binary.BigEndian.Uint64(h[8*i:])
	}
}

func (s *sum) String() string {
	var raw [32]byte
	for i, n := range s {
		binary.BigEndian.PutUint64(raw[8*i:], n)
	}
	return hex.EncodeToString(raw[:])
}

// dump reads a table and gives it away in chunks of whole lines.
func dump(ctx context.Context, q sqldb.Querier, t sqldb.Table, p *progress, take func([]byte) error) (Count, error) {
	c := Count{Table: t.Name}
	rows, err := q.QueryContext(ctx, `SELECT `+t.ColumnNames()+` FROM "`+t.Name+`"`)
	if err != nil {
		return c, err
	}
	defer rows.Close()
	values, into := make([]any, len(t.Columns)), make([]any, len(t.Columns))
	for i := range values {
		into[i] = &values[i]
	}
	var total sum
	var chunk []byte
	for rows.Next() {
		if err := rows.Scan(into...); err != nil {
			return c, err
		}
		from := len(chunk)
		if chunk, err = appendRow(chunk, values); err != nil {
			return c, fmt.Errorf("%s: %w", t.Name, err)
		}
		total.add(chunk[from : len(chunk)-1])
		c.Rows++
		p.step()
		if len(chunk) < chunkSize {
			continue
		}
		if err := take(chunk); err != nil {
			return c, err
		}
		chunk = chunk[:0]
	}
	if err := rows.Err(); err != nil {
		return c, err
	}
	if len(chunk) > 0 {
		if err := take(chunk); err != nil {
			return c, err
		}
	}
	c.Sum = total.String()
	return c, nil
}

// appendRow adds a row with its end of line.
func appendRow(line []byte, values []any) ([]byte, error) {
	for i, v := range values {
		if i > 0 {
			line = append(line, '\t')
		}
		switch v := v.(type) {
		case nil:
			line = copytext.AppendNull(line)
		case string:
			line = copytext.AppendText(line, v)
		case int64:
			line = strconv.AppendInt(line, v, 10)
		case float64:
			line = strconv.AppendFloat(line, v, 'g', -1, 64)
		case []byte:
			line = copytext.AppendBytes(line, v)
		default:
			return line, fmt.Errorf("column %d holds a %T", i, v)
		}
	}
	return append(line, '\n'), nil
}

// progress counts rows of all tables.
type progress struct {
	done, total int
	tell        func(done, total int)
}

func newProgress(ctx context.Context, q sqldb.Querier, tables []sqldb.Table, tell func(done, total int)) (*progress, error) {
	p := &progress{tell: tell}
	if tell == nil {
		return p, nil
	}
	for _, t := range tables {
		var n int
		if err := q.QueryRowContext(ctx, `SELECT count(*) FROM "`+t.Name+`"`).Scan(&n); err != nil {
			return nil, err
		}
		p.total += n
	}
	return p, nil
}

// tellEvery rows the progress is told.
const tellEvery = 8192

func (p *progress) step() {
	p.done++
	if p.tell != nil && p.done%tellEvery == 0 {
		p.tell(p.done, p.total)
	}
}
