package privacyweb

import (
	"slices"
	"testing"
)

// Everything that is held stands in one group of its holder, with each term named
// once, and the group of a form that comes back is open.
func TestGroups(t *testing.T) {
	t.Parallel()
	soon, late := line{Text: "三十天"}, line{Text: "一年"}
	page := heldPage{Typed: typedAsk{Form: "demandd2"}, Items: []item{
		{Holder: "network", Form: "networkh", Until: late}, {Holder: "demand", Form: "demandd1", Until: soon}, {Holder: "demand", Form: "demandd2", Until: soon}, {Holder: "demand", Form: "demandd3", Until: late}}}
	list, n := page.Groups(), 0
	for _, g := range list {
		n += len(g.Items)
	}
	if len(list) != 2 || n != len(page.Items) || list[0].Open || !list[1].Open || !slices.Equal(list[1].Untils, []line{soon, late}) {
		t.Errorf("%+v", list)
	}
	if len((heldPage{}).Groups()) != 0 {
		t.Error("groups of nothing")
	}
}
