package doorcard

import (
	"bytes"
	"strings"
	"testing"
)

func TestGridHasItsHeadsOnEverySheet(t *testing.T) {
	g := Grid{Title: "玉潭街道 成效", Intro: []string{"数据来自部门。"}, First: 40, Foot: "签名摘要", Heads: []string{"村（社区）", "生产安全事故死亡", "Emergency admissions of people living alone"},
		Notes: []string{"红 花明社区，建筑火灾：明显偏多。", "", "完"}}
	for range 70 {
		g.Rows = append(g.Rows, []Box{{Text: "花明社区"}, {Text: "红", Fill: [3]int{168, 50, 31}}, {Text: "—", Plain: true}})
	}
	pdf, err := printer(t).Grid(g)
	if err != nil {
		t.Fatal(err)
	}
	said := text(t, pdf)
	for _, want := range []string{"玉潭街道 成效", "数据来自部门", "红 花明社区，建筑火灾", "签名摘要"} {
		if !strings.Contains(said, want) {
			t.Errorf("lacks %q", want)
		}
	}
	pages := bytes.Count(pdf, []byte("/Type /Page\n"))
	if heads := strings.Count(said, "村（社区）"); pages < 2 || heads < 2 || heads > pages {
		t.Errorf("%d heads on %d sheets", heads, pages)
	}
	if n := strings.Count(said, "花明社区\n"); n != 70 {
		t.Errorf("%d of 70 rows", n)
	}
}
