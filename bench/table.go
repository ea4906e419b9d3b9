package bench

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// Format is how the table is written.
type Format string

// The formats.
const (
	Text     Format = "text"
	Markdown Format = "markdown"
)

var heads = []string{"work", "measured", "bare limit of this run", "ratio", "budget", "met"}

func (r Row) cells() []string {
	met := "no"
	if r.Met {
		met = "yes"
	}
	return []string{r.Work, r.Measured, r.Bare, r.Ratio, r.Budget, met}
}

func (f Format) write(w io.Writer, table []Row) error {
	lines := [][]string{heads}
	for _, row := range table {
		lines = append(lines, row.cells())
	}
	widths := make([]int, len(heads))
	for _, line := range lines {
		for i, cell := range line {
			widths[i] = max(widths[i], utf8.RuneCountInString(cell))
		}
	}
	var b strings.Builder
	for i, line := range lines {
		b.WriteString(f.line(line, widths))
		if i == 0 {
			b.WriteString(f.rule(widths))
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func (f Format) line(cells []string, widths []int) string {
	var b strings.Builder
	for i, cell := range cells {
		if f == Markdown {
			b.WriteString("| ")
		}
		b.WriteString(cell + strings.Repeat(" ", widths[i]-utf8.RuneCountInString(cell)))
		b.WriteString([]string{"  ", " "}[f.index()])
	}
	if f == Markdown {
		b.WriteString("|")
	}
	return strings.TrimRight(b.String(), " ") + "\n"
}

func (f Format) rule(widths []int) string {
	var b strings.Builder
	for _, width := range widths {
		if f == Markdown {
			b.WriteString("|" + strings.Repeat("-", width+2))
			continue
		}
		b.WriteString(strings.Repeat("─", width) + "  ")
	}
	if f == Markdown {
		b.WriteString("|")
	}
	return strings.TrimRight(b.String(), " ") + "\n"
}

func (f Format) index() int {
	if f == Markdown {
		return 1
	}
	return 0
}

func percent(ratio float64) string { return fmt.Sprintf("%.0f%%", 100*ratio) }

// millis writes a duration as a reader compares it.
func millis(d time.Duration) string {
	ms := float64(d.Microseconds()) / 1000
	if ms >= 100 {
		return fmt.Sprintf("%.0f ms", ms)
	}
	return fmt.Sprintf("%.2f ms", ms)
}

// rate writes so many things a second.
func rate(v float64) string {
	n := fmt.Sprintf("%.0f", v)
	for i := len(n) - 3; i > 0; i -= 3 {
		n = n[:i] + "," + n[i:]
	}
	return n + "/s"
}

func median[T int | float64 | time.Duration](values []T) T {
	sorted := slices.Sorted(slices.Values(values))
	return sorted[len(sorted)/2]
}

// percentile returns the value that p of 100 don't exceed.
func percentile(values []time.Duration, p float64) time.Duration {
	if len(values) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(values))
	return sorted[min(len(sorted)-1, int(float64(len(sorted))*p/100))]
}
