package demand

import (
	"context"
	"fmt"
	"strings"
	"time"
	"unicode"

	"golang.org/x/text/width"

	"bilin/internal/sqldb"
)

// moment reads an instant of which 0 means none.
type moment struct{ at *time.Time }

// Scan implements sql.Scanner.
func (m moment) Scan(value any) error {
	ms, ok := value.(int64)
	if !ok {
		return fmt.Errorf("demand: %T is no instant", value)
	}
	if ms == 0 {
		*m.at = time.Time{}
		return nil
	}
	*m.at = sqldb.Time(ms)
	return nil
}

// truth reads 0 or 1.
type truth struct{ is *bool }

// Scan implements sql.Scanner.
func (t truth) Scan(value any) error {
	n, ok := value.(int64)
	if !ok {
		return fmt.Errorf("demand: %T is no flag", value)
	}
	*t.is = n != 0
	return nil
}

func orNull(s string) any {
	if s == "" {
		return nil
	}
	return s
}

func orZero(f float64) any {
	if f == 0 {
		return nil
	}
	return f
}

// fold is how texts are searched: half-width, lower case, without spaces.
func fold(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) {
			return -1
		}
		return unicode.ToLower(r)
	}, width.Fold.String(text))
}

// like makes a folded text a pattern that finds it anywhere; "!" escapes.
func like(text string) string {
	return "%" + strings.NewReplacer("!", "!!", "%", "!%", "_", "!_").Replace(fold(text)) + "%"
}

// texts runs a query for one column of text.
func texts(ctx context.Context, q sqldb.Querier, query string, args ...any) ([]string, error) {
	rows, err := q.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, fmt.Errorf("demand: %w", err)
	}
	defer rows.Close()
	var list []string
	for rows.Next() {
		var text string
		if err := rows.Scan(&text); err != nil {
			return nil, fmt.Errorf("demand: %w", err)
		}
		list = append(list, text)
	}
	return list, rows.Err()
}
