package sqldb

import (
	"context"
	"fmt"
	"strconv"
	"strings"
)

// A multi-row INSERT takes at most this many rows, and fewer where the rows are
// wide: SQLite allows 32,766 parameters, PostgreSQL 65,535. More rows per
// statement gain nothing and cost memory.
const (
	maxInsertRows   = 100
	maxInsertParams = 6000
)

// InsertMany inserts rows with as few statements as sensible. suffix ends each
// statement, such as "ON CONFLICT (id) DO NOTHING".
func InsertMany(ctx context.Context, q Querier, table string, cols []string, rows [][]any, suffix string) error {
	if len(cols) == 0 {
		return fmt.Errorf("sqldb: insert into %s: no columns", table)
	}
	size := max(1, min(maxInsertRows, maxInsertParams/len(cols)))
	args := make([]any, 0, min(size, len(rows))*len(cols))
	statement, built := "", 0
	for len(rows) > 0 {
		n := min(size, len(rows))
		args = args[:0]
		for _, row := range rows[:n] {
			if len(row) != len(cols) {
				return fmt.Errorf("sqldb: insert into %s: %d values for %d columns", table, len(row), len(cols))
			}
			args = append(args, row...)
		}
		if built != n {
			statement, built = insertStatement(table, cols, n, bareMarks(q), suffix), n
		}
		if _, err := q.ExecContext(ctx, statement, args...); err != nil {
			return fmt.Errorf("sqldb: insert into %s: %w", table, err)
		}
		rows = rows[n:]
	}
	return nil
}

// bareMarks says whether parameters are written as ? instead of $1: the SQLite
// driver looks up the name of each parameter, and a bare one has none.
func bareMarks(q Querier) bool {
	tx, ok := q.(*Tx)
	return ok && tx.engine == SQLite
}

func insertStatement(table string, cols []string, rows int, bare bool, suffix string) string {
	var b strings.Builder
	b.WriteString("INSERT INTO " + table + " (" + strings.Join(cols, ", ") + ") VALUES ")
	param := 0
	for i := range rows {
		if i > 0 {
			b.WriteByte(',')
		}
		for j := range cols {
			b.WriteByte("(,"[min(j, 1)])
			param++
			if bare {
				b.WriteByte('?')
				continue
			}
			b.WriteByte('$')
			b.WriteString(strconv.Itoa(param))
		}
		b.WriteByte(')')
	}
	if suffix != "" {
		b.WriteByte(' ')
		b.WriteString(suffix)
	}
	return b.String()
}
