package seal

import (
	"context"
	"database/sql"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"bilin/internal/sqldb"
)

// Field is a column of sealed texts, as a slice names it, so that they can be
// sealed anew under another key.
type Field struct {
	Table, Column string
	Key           []string // columns of the primary key; their values, joined by "/", end the binding
	Prefix        string   // of the binding, such as "person/phone/"
	Subject       string   // column with the subject whose key seals; "" is the city's alone
	Big           bool     // texts of many kilobytes: few at once
}

const (
	freshChars = 6    // of a sealed text, that tell the city's key
	vaulted    = "Ag" // what a vault sealed begins with this or a later pair of letters; what the city's key did, with an earlier one
)

// freshMark is how a text begins that the city's key sealed.
func freshMark(id uint32) string {
	raw := binary.BigEndian.AppendUint32([]byte{tinkFormat}, id)
	return base64.RawStdEncoding.EncodeToString(raw)[:freshChars]
}

// sealedRow is a text that is to be sealed anew.
type sealedRow struct {
	key     []string
	text    string
	subject string
	anew    string
}

func (f *Field) name() string { return f.Table + "." + f.Column }

func (f *Field) binding(key []string) string { return f.Prefix + strings.Join(key, "/") }

func (f *Field) atOnce() int {
	if f.Big {
		return 8
	}
	return 200
}

// stale reads a page of texts that aren't sealed as they would be today, behind
// a key.
func (f *Field) stale(ctx context.Context, q sqldb.Querier, fresh string, after []string) ([]sealedRow, error) {
	args := []any{fresh}
	query := `SELECT ` + f.keyColumns() + `, ` + f.Column + `, ` + f.subjectColumn() + ` FROM ` + f.Table + ` WHERE ` + f.staleWhere()
	if after != nil {
		var marks []string
		for _, v := range after {
			args = append(args, v)
			marks = append(marks, "$"+strconv.Itoa(len(args)))
		}
		query += ` AND (` + f.keyColumns() + `) > (` + strings.Join(marks, ", ") + `)`
	}
	rows, err := q.QueryContext(ctx, query+` ORDER BY `+f.keyColumns()+` LIMIT `+strconv.Itoa(f.atOnce()), args...)
	if err != nil {
		return nil, fmt.Errorf("seal: %s: %w", f.Table, err)
	}
	defer rows.Close()
	var out []sealedRow
	for rows.Next() {
		r := sealedRow{key: make([]string, len(f.Key))}
		into := make([]any, 0, len(f.Key)+2)
		for i := range r.key {
			into = append(into, &r.key[i])
		}
		if err := rows.Scan(append(into, &r.text, &r.subject)...); err != nil {
			return nil, fmt.Errorf("seal: %s: %w", f.Table, err)
		}
		out = append(out, r)
	}
	return out, rows.Err()
}

// staleWhere: sealed by another key of the city than $1, or by any of them where
// a subject's own should have.
func (f *Field) staleWhere() string {
	where := f.Column + ` IS NOT NULL AND ` + f.Column + ` <> '' AND substr(` + f.Column + `, 1, 2) < '` + vaulted + `' AND `
	other := `substr(` + f.Column + `, 1, ` + strconv.Itoa(freshChars) + `) <> $1`
	if f.Subject == "" {
		return where + other
	}
	return where + `(COALESCE(` + f.Subject + `, '') <> '' OR ` + other + `)`
}

// keyColumns are the columns as text, which is how they end a binding.
func (f *Field) keyColumns() string { return strings.Join(f.Key, ", ") }

func (f *Field) subjectColumn() string {
	if f.Subject == "" {
		return `''`
	}
	return `COALESCE(` + f.Subject + `, '')`
}

// replace stores the new texts of rows that are as they were read.
func (f *Field) replace(ctx context.Context, tx *sqldb.Tx, rows []sealedRow) (changed int, err error) {
	var same []string
	for i, k := range f.Key {
		same = append(same, k+` = $`+strconv.Itoa(i+3))
	}
	statement := `UPDATE ` + f.Table + ` SET ` + f.Column + ` = $1 WHERE ` + f.Column + ` = $2 AND ` + strings.Join(same, ` AND `)
	for _, r := range rows {
		args := []any{r.anew, r.text}
		for _, k := range r.key {
			args = append(args, k)
		}
		res, err := tx.ExecContext(ctx, statement, args...)
		if err != nil {
			return 0, fmt.Errorf("seal: %s: %w", f.Table, err)
		}
		n, err := res.RowsAffected()
		if err != nil {
			return 0, err
		}
		changed += int(n)
	}
	return changed, nil
}

// count says how many texts of a field are stale.
func (f *Field) count(ctx context.Context, q sqldb.Querier, fresh string) (all, stale int, err error) {
	err = q.QueryRowContext(ctx, `SELECT count(*) FROM `+f.Table+` WHERE `+f.Column+` IS NOT NULL AND `+f.Column+` <> ''`).Scan(&all)
	if err == nil {
		err = q.QueryRowContext(ctx, `SELECT count(*) FROM `+f.Table+` WHERE `+f.staleWhere(), fresh).Scan(&stale)
	}
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return 0, 0, fmt.Errorf("seal: %s: %w", f.Table, err)
	}
	return all, stale, nil
}
