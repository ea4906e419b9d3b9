package roster

import (
	"strconv"
	"strings"

	"bilin/internal/sheet"
)

// BadRows returns a function for Options.Bad that writes the bad rows as they
// came, and after their own columns what is wrong, what was expected and the
// row's number, so that the corrected file can be imported as it is.
func BadRows(w sheet.Writer, t func(key string, args ...any) string) func(cells []string, issues []Issue) error {
	width := 0
	return func(cells []string, issues []Issue) error {
		if issues == nil {
			width = len(cells)
			return w.Write(append(append([]string(nil), cells...), t("roster.reason"), t("roster.expected"), t("roster.row")))
		}
		line := make([]string, max(width, len(cells)), max(width, len(cells))+3)
		for i, c := range cells {
			line[i] = sheet.Unescape(strings.ToValidUTF8(c, "\uFFFD"))
		}
		wrong, expected := make([]string, len(issues)), make([]string, len(issues))
		for i, issue := range issues {
			wrong[i], expected[i] = issue.Say(t)
			if issue.Column != "" {
				wrong[i] = issue.Column + ": " + wrong[i]
			}
		}
		return w.Write(append(line, strings.Join(wrong, "\n"), strings.Join(expected, "\n"), strconv.Itoa(issues[0].Row)))
	}
}
