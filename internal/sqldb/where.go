package sqldb

import (
	"strconv"
	"strings"
)

// Where is a WHERE clause in the making, with its arguments.
type Where struct {
	Parts []string // all of them have to hold
	Args  []any
}

// Add adds a condition, in which each "?" becomes the placeholder of the next argument.
func (w *Where) Add(text string, args ...any) {
	for _, a := range args {
		text = strings.Replace(text, "?", w.Arg(a), 1)
	}
	w.Parts = append(w.Parts, text)
}

// Arg adds an argument and returns its placeholder.
func (w *Where) Arg(value any) string {
	w.Args = append(w.Args, value)
	return "$" + strconv.Itoa(len(w.Args))
}

// OneOf is the condition that a column has one of the values; of none, nothing has any.
func (w *Where) OneOf(column string, values []string) string {
	if len(values) == 0 {
		return "1 = 0"
	}
	marks := make([]string, len(values))
	for i, v := range values {
		marks[i] = w.Arg(v)
	}
	return column + " IN (" + strings.Join(marks, ", ") + ")"
}

// In adds the condition that a column has one of the values.
func (w *Where) In(column string, values []string) {
	w.Parts = append(w.Parts, w.OneOf(column, values))
}

// Text is the clause without the word WHERE.
func (w *Where) Text() string { return strings.Join(w.Parts, " AND ") }
