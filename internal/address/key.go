package address

import (
	"strings"
	"unicode/utf8"
)

// Admin strips what every address of one place begins with. It holds the
// folded names of the units above, so that a roster of one village folds them once.
type Admin struct {
	names []adminName
}

type adminName struct{ full, base string }

// NewAdmin returns the Admin for the given names, outermost first: city, town, village.
func NewAdmin(names ...string) Admin {
	a := Admin{names: make([]adminName, 0, len(names))}
	for _, name := range names {
		if full := Fold(name); full != "" {
			a.names = append(a.names, adminName{full, Base(full)})
		}
	}
	return a
}

// Key folds addr and strips the province, the prefecture and the names of the
// units above. What remains tells doors of one village apart. An address that
// is nothing but those names keeps its last one.
func (a Admin) Key(addr string) string {
	rest := stripProvince(Fold(addr))
	for _, name := range a.names {
		next := name.strip(rest)
		if next == "" {
			return rest
		}
		rest = next
	}
	return rest
}

// Key is NewAdmin(names...).Key(addr).
func Key(addr string, names ...string) string { return NewAdmin(names...).Key(addr) }

// stripProvince removes 湖南省, and 长沙市 after it.
func stripProvince(s string) string {
	rest, ok := cutWithin(s, "省", 4)
	if !ok {
		return s
	}
	if city, ok := cutWithin(rest, "市", 4); ok && !strings.HasPrefix(city, "场") {
		rest = city
	}
	if rest == "" {
		return s
	}
	return rest
}

// cutWithin cuts s after mark where mark is one of the first n runes.
func cutWithin(s, mark string, n int) (string, bool) {
	at := strings.Index(s, mark)
	if at <= 0 || utf8.RuneCountInString(s[:at]) >= n {
		return s, false
	}
	return s[at+len(mark):], true
}

// suffixes are the ways one writes what kind of unit a name belongs to,
// longest first.
var suffixes = []string{
	"街道办事处", "村民委员会", "居民委员会", "社区居委会", "街道办", "村委会", "居委会", "社区", "街道",
	"镇", "乡", "村", "市", "县", "区",
}

// Base returns a unit's name without the word for its kind: 玉潭街道 is 玉潭.
// A name that would be left with one character stays whole.
func Base(name string) string {
	for _, suffix := range suffixes {
		base, ok := strings.CutSuffix(name, suffix)
		if ok && utf8.RuneCountInString(base) >= 2 {
			return base
		}
	}
	return name
}

// strip removes the name from the front of s: written in full, or its base
// with another word for the same kind (宁乡县 for 宁乡市). The base alone stays,
// for it may be the beginning of a road's name.
func (n adminName) strip(s string) string {
	if rest, ok := strings.CutPrefix(s, n.full); ok {
		return stripSuffix(rest, "居委会", "村委会", "办事处")
	}
	rest, ok := strings.CutPrefix(s, n.base)
	if !ok {
		return s
	}
	if after := stripSuffix(rest, suffixes...); len(after) < len(rest) {
		return after
	}
	return s
}

func stripSuffix(s string, words ...string) string {
	for _, w := range words {
		if rest, ok := strings.CutPrefix(s, w); ok {
			return rest
		}
	}
	return s
}
