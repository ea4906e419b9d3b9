package network

import (
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"bilin/internal/auth"
	"bilin/internal/i18n"
)

func TestNextCode(t *testing.T) {
	t.Parallel()
	village := &Unit{Code: "430182001001", Level: Village, Name: "v"}
	rapid.Check(t, func(t *rapid.T) {
		used := rapid.SliceOfDistinct(rapid.IntRange(1, 98), rapid.ID).Draw(t, "used")
		taken := make([]string, len(used))
		for i, n := range used {
			taken[i] = fmt.Sprintf("%s%02d", village.Code, n)
		}
		code, err := nextCode(village, taken)
		if err != nil {
			t.Fatal(err)
		}
		for _, other := range taken {
			if other >= code {
				t.Fatalf("%s was or is behind %s", other, code)
			}
		}
		if checkCode(village, Area, code) != nil {
			t.Fatalf("%s isn't an area's code", code)
		}
	})
	if _, err := nextCode(village, []string{village.Code + "99"}); err == nil {
		t.Error("a hundredth area needs a third digit")
	}
}

func TestCheckCode(t *testing.T) {
	t.Parallel()
	city := &Unit{Code: "430182000000", Level: City}
	town := &Unit{Code: "430182101000", Level: Town}
	village := &Unit{Code: "430182101201", Level: Village}
	for _, c := range []struct {
		parent *Unit
		level  Level
		code   string
		ok     bool
	}{
		{nil, City, "430182000000", true},
		{city, Town, "430182101000", true},
		{city, Town, "430181101000", false},
		{town, Village, "430182101201", true},
		{town, Village, "430182102201", false},
		{town, Village, "430182101000", false},
		{village, Area, "43018210120101", true},
		{village, Area, "4301821012011", false},
		{village, Area, "4301821012010a", false},
	} {
		if got := checkCode(c.parent, c.level, c.code) == nil; got != c.ok {
			t.Errorf("%s %s: %v", c.level, c.code, got)
		}
	}
}

func TestServing(t *testing.T) {
	t.Parallel()
	holder := &Holder{PersonID: "h", From: "2025-01-01", Until: "2026-01-01"}
	later := &Holder{PersonID: "l", From: "2026-12-01"}
	standIn := &Holder{PersonID: "s", From: "2026-02-01", Until: "2026-02-28", Acting: true}
	for _, c := range []struct {
		name string
		post Post
		day  string
		want *Holder
	}{
		{"vacant", Post{}, "2026-02-10", nil},
		{"held", Post{Holder: holder}, "2025-06-01", holder},
		{"a term that ran out doesn't empty the post", Post{Holder: holder}, "2026-06-01", holder},
		{"not begun", Post{Holder: later}, "2026-06-01", nil},
		{"stand-in", Post{Holder: holder, StandIn: standIn}, "2026-02-10", standIn},
		{"stand-in not begun", Post{Holder: holder, StandIn: standIn}, "2026-01-10", holder},
		{"stand-in over", Post{Holder: holder, StandIn: standIn}, "2026-03-10", holder},
		{"stand-in over, nobody else", Post{StandIn: standIn}, "2026-03-10", standIn},
		{"stand-in bridges", Post{Holder: later, StandIn: standIn}, "2026-03-10", standIn},
	} {
		if got := c.post.servingOn(c.day); got != c.want {
			t.Errorf("%s: %+v", c.name, got)
		}
	}
}

func TestFoldPhone(t *testing.T) {
	t.Parallel()
	for typed, want := range map[string]string{
		" 138 0013-8000 ": "13800138000", "１３８００１３８０００": "13800138000", "+86 13800138000": "+8613800138000", "(0731) 8788 0000": "073187880000", "": "",
	} {
		if got, ok := FoldPhone(typed); !ok || got != want {
			t.Errorf("%q: %q, %v", typed, got, ok)
		}
	}
	for _, typed := range []string{"123", "13800138000x", "电话", "1234567890123456"} {
		if got, ok := FoldPhone(typed); ok {
			t.Errorf("%q is taken as %q", typed, got)
		}
	}
}

func TestMaskName(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{"": "", "王": "王*", "王明": "王*", "王小明": "王*明", "欧阳小明": "欧**明"} {
		if got := MaskName(name); got != want {
			t.Errorf("%s: %s", name, got)
		}
	}
}

func TestDoorCodes(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for range 10_000 {
		d := NewDoor()
		if len(d) != doorLength || strings.Trim(d, doorAlphabet) != "" || seen[d] || FoldDoor(d) != d {
			t.Fatalf("door %s", d)
		}
		seen[d] = true
	}
}

// TestWords: everything that is shown by name has one in both languages.
func TestWords(t *testing.T) {
	t.Parallel()
	cat, err := i18n.New(Messages)
	if err != nil {
		t.Fatal(err)
	}
	var keys []string
	for _, l := range Levels() {
		keys = append(keys, "network.level."+l.String())
	}
	for _, r := range auth.Roles() {
		keys = append(keys, "network.role."+string(r))
	}
	for _, k := range HoleKinds() {
		keys = append(keys, "network.hole."+string(k))
	}
	for _, s := range SelectionStates() {
		keys = append(keys, "network.selection."+string(s))
	}
	for _, c := range []string{ChangeCreate, ChangeRename, ChangeMove, ChangeSplit, ChangeMerge, ChangeEnd, ChangeCode} {
		keys = append(keys, "network.change."+c)
	}
	for _, k := range keys {
		if !cat.Has(k) {
			t.Errorf("no words for %s", k)
		}
	}
}

// TestRulesDenyByDefault: every action names somebody, and the strong ones don't name the weak.
func TestRulesDenyByDefault(t *testing.T) {
	t.Parallel()
	for _, r := range Rules {
		if !r.Public && len(r.Roles) == 0 {
			t.Errorf("%s is nobody's", r.Action)
		}
		for _, role := range r.Roles {
			strong := r.Action == ActManage || r.Action == ActAppoint || r.Action == ActExport || r.Action == ActRoster
			if strong && role.IsLead() {
				t.Errorf("%s is given to %s", r.Action, role)
			}
		}
	}
}
