package doorcard

import (
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"
)

// within fits so many characters.
func within(n int) func(string) bool {
	return func(line string) bool { return utf8.RuneCountInString(line) <= n }
}

func TestWrap(t *testing.T) {
	for _, tc := range []struct {
		text string
		room int
		want []string
	}{
		{"", 4, []string{""}},
		{"玉潭街道通益社区", 4, []string{"玉潭街道", "通益社区"}},
		{"到集合点，铲冰", 4, []string{"到集合", "点，铲冰"}},
		{"看（东沩）村", 3, []string{"看（东", "沩）村"}},
		{"看（（东", 3, []string{"看", "（（东"}}, {"clear the ice", 8, []string{"clear ", "the ice"}},
		{"abcdefgh", 3, []string{"abc", "def", "gh"}},
		{"村12345村", 6, []string{"村12345", "村"}},
	} {
		if got := wrap(tc.text, within(tc.room)); !slices.Equal(got, tc.want) {
			t.Errorf("%q in %d: %q, want %q", tc.text, tc.room, got, tc.want)
		}
	}
}

func TestWrapLosesNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringOfN(rapid.SampledFrom([]rune("通益社区，。（）“”ab 1%")), 0, 80, -1).Draw(t, "text")
		room := rapid.IntRange(1, 20).Draw(t, "room")
		lines := wrap(text, within(room))
		if joined := strings.Join(lines, ""); joined != text {
			t.Fatalf("%q became %q", text, joined)
		}
		for _, line := range lines {
			if !within(room)(strings.TrimSpace(line)) {
				t.Fatalf("%q is longer than %d", line, room)
			}
		}
	})
}

func TestPapersHoldEveryCharacter(t *testing.T) {
	long := strings.Repeat("玉潭街道通益社区的六十二人没有收到，请检查这里的号码；", 9)
	p := printer(t)
	paper, err := p.Paper("总结", []string{long})
	if err != nil {
		t.Fatal(err)
	}
	grid, err := p.Grid(Grid{Title: "总结", Intro: []string{long}, Heads: []string{"村", "没有收到通知的人数（按村统计）"}, First: 240, Rows: [][]Box{{{Text: "一"}, {Text: "二"}}}, Notes: []string{long}})
	if err != nil {
		t.Fatal(err)
	}
	for _, pdf := range [][]byte{paper, grid} {
		got := strings.ReplaceAll(text(t, pdf), "\n", "")
		if !strings.Contains(got, long) {
			t.Errorf("lost characters:\n%s", got)
		}
	}
	if got := strings.ReplaceAll(text(t, grid), "\n", ""); !strings.Contains(got, "没有收到通知的人数（按村统计）") {
		t.Error("a head lost characters")
	}
}
