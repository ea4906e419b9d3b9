package mobilise

import (
	"os"
	"strings"
	"testing"

	"bilin/internal/i18n"
)

func TestNamesPerson(t *testing.T) {
	for _, text := range []string{
		"寻找走失的王某，78岁，身穿蓝色棉袄。", "寻人：王秀英", "王秀英昨晚走 失", "协助查找一名穿红衣的女子", "寻找王奶奶", "请帮忙找一下7岁男孩", "王建国，53岁，昨日失联", "村民王建国失踪",
		"寻找失踪人员王建国，53岁", "身份证号430124194803120021", "身份证４３０１２４ １９４８０３１２ ００２１", "430124-19480312-002X",
		"Missing person: Wang Xiuying", "A missing child, 7", "Last seen near the bridge", "Looking for a 78-year-old woman", "Searching for the boy", "Wang went missing on Friday",
	} {
		if !namesPerson(Words{What: text}) {
			t.Errorf("let through: %s", text)
		}
	}
	for _, w := range []Words{{Title: "寻人"}, {Do: "寻找走失老人"}, {Where: "花明村，走失地点"}} {
		if !namesPerson(w) {
			t.Errorf("let through: %+v", w)
		}
	}
	for _, text := range []string{
		"山洪致3个村失联，派人徒步进村。", "花明村失联，带卫星电话前往。", "手机信号失联", "泥石流致7人失踪，带工具到村部集合。", "搜救失踪人员，注意二次垮塌。", "联系失联群众", "多名村民失联",
		"上门查看独居老人，转移老人和孩子。", "搜救被困老人", "寻找水源", "查找漏水点", "组织力量铲冰保通、巡查电力线路，上门看望独居老人，备足取暖和照明物资。",
		"运单号 123456789012345678", "账号 430124000000000000123", "值班电话 13800138000", "老人不要外出",
		"Call on people living alone.", "Look for leaks.", "Search for water for the village.", "Power is missing in three villages.", "Seven people are missing after the landslide.", "",
	} {
		if namesPerson(Words{Title: "除冰", What: text}) {
			t.Errorf("a false alarm: %s", text)
		}
	}
}

// The templates, and the words of the demo and of rehearsals, are no false alarms.
func TestTemplatesNameNobody(t *testing.T) {
	raw, err := os.ReadFile("../mobiliseweb/orderweb/messages.json")
	if err != nil {
		t.Fatal(err)
	}
	b, err := i18n.Parse(raw)
	if err != nil {
		t.Fatal(err)
	}
	templates := 0
	for key, words := range b {
		if !strings.HasPrefix(key, "orderweb.tpl.") || strings.HasPrefix(key, "orderweb.tpl.missing.") {
			continue
		}
		templates++
		for _, text := range words {
			if namesPerson(Words{What: text}) {
				t.Errorf("%s: %s", key, text)
			}
		}
	}
	if templates < 14 {
		t.Errorf("only %d texts of templates", templates)
	}
	for _, name := range []string{"demoorders.go", "demoalerts.go", "demosituation.go", "demorollcall.go"} {
		source, err := os.ReadFile("../app/" + name)
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.SplitSeq(string(source), "\n") {
			if namesPerson(Words{What: line}) && !strings.Contains(line, "Missing") {
				t.Errorf("%s: %s", name, line)
			}
		}
	}
}
