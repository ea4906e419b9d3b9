package find

import (
	"strings"
	"testing"
	"unicode/utf8"

	"bilin/internal/network"
)

// Whatever is typed into the search becomes a query of bounded length, of valid text.
func FuzzQuery(f *testing.F) {
	for _, s := range []string{"玉潭街道花明路３号", "宁乡市二环路12-3-401", "%_'\"\\", "第九十九组", "\xff\x00", strings.Repeat("一", 5000)} {
		f.Add(s)
	}
	n := &names{city: "宁乡市", groups: map[string]string{},
		towns: []named{{unit: &network.Unit{ID: "t", Name: "玉潭街道"}, forms: []string{"玉潭街道", "玉潭"}, base: "玉潭"}}}
	f.Fuzz(func(t *testing.T, typed string) {
		q := n.parse(typed)
		for _, s := range []string{q.text, q.rest, q.stem} {
			if utf8.RuneCountInString(s) > 4*maxQuery || utf8.ValidString(typed) && !utf8.ValidString(s) {
				t.Errorf("%q becomes %q", typed, s)
			}
		}
		if len(q.grams) > 4*maxQuery || q.number < 0 {
			t.Errorf("%q has %d parts and number %d", typed, len(q.grams), q.number)
		}
		Initials(typed)
	})
}
