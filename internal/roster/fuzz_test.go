package roster

import (
	"strings"
	"testing"
	"unicode/utf8"

	"bilin/internal/sheet"
)

// FuzzHeader looks for a header in arbitrary rows, and reads a row under it.
func FuzzHeader(f *testing.F) {
	f.Add("村代码,片,组,邻,地址\n430182001001,1,3,2,路1号")
	f.Add("邻长,,户主,\n姓名,电话,姓名,电话")
	f.Add("（,）【,】\n(,)")
	f.Fuzz(func(t *testing.T, text string) {
		var above []string
		for i, line := range strings.Split(text, "\n") {
			cells := strings.Split(line, ",")
			if h := readHeader(above, cells, i+1); h != nil && h.index() == nil {
				reader := rowReader{h: h}
				rec, issues := reader.read(sheet.Row{Number: i + 2, Cells: cells})
				if len(issues) == 0 && rec.address == "" {
					t.Fatal("a sound row has an address")
				}
			}
			above = cells
		}
	})
}

// FuzzValues reads arbitrary cells as every kind of value.
func FuzzValues(f *testing.F) {
	for _, s := range []string{"１２９－８８８８－８８８８", "+86 138", "三口", "第九十九组", "43018200100101", "'=x", "\xff", "王　明", "4.3E+11"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		c := clean(s)
		if !unreadable(s) && !utf8.ValidString(c) {
			t.Fatalf("clean(%q) = %q", s, c)
		}
		if number, ok := foldPhone(c); ok && (len(number) < 7 || len(number) > 12 || !isNumber(number)) {
			t.Fatalf("foldPhone(%q) = %q", c, number)
		}
		if n, ok := foldSize(c); ok && (n < 0 || n > maxSize) {
			t.Fatalf("foldSize(%q) = %d", c, n)
		}
		for level := range 3 {
			if u, ok := readUnit(c, level); ok && u.key == "" && u.code == "" {
				t.Fatalf("readUnit(%q) is nothing", c)
			}
		}
		foldName(c)
		distance([]rune(c), []rune("二环路社区"))
	})
}
