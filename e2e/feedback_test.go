package e2e

import (
	"regexp"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
)

// TestFeedback: somebody says what is hard about a page, the city office answers
// and lists what was changed, and the author reads it by their key.
func TestFeedback(t *testing.T) {
	t.Parallel()
	somebody := here.visitor(t, phone)
	somebody.open("/notices")
	foot := read[string](somebody, `document.querySelector('footer a[href^="/feedback"]').getAttribute("href")`)
	if foot != "/feedback?from=%2Fnotices" {
		t.Errorf("the foot leads to %s", foot)
	}
	somebody.open(foot)
	somebody.reads("不用登录")
	somebody.looks("what is said about Bilin")
	somebody.do(chromedp.Click(chromedp.CSS(`.choice:has(input[value=hard])`)))
	somebody.fill(`textarea[name=words]`, "列表里看不出哪条是今天的。")
	somebody.submit(`form[action="/feedback"]`)
	somebody.reads("收到了，谢谢您")
	somebody.looks("the key to an answer")
	own := somebody.location()
	number := regexp.MustCompile(`F\d{8}`).FindString(somebody.text("main"))

	office := here.as(t, "city", desk)
	office.open("/home")
	office.follow(`main a[href="/feedback/desk"]`)
	office.looks("what waits for an answer")
	office.open("/feedback/desk/" + number)
	office.reads("列表里看不出哪条是今天的")
	office.looks("one thing that was said")
	office.do(chromedp.Click(chromedp.CSS(`.choice:has(input[value=changed])`)))
	office.fill(`textarea[name=words]`, "您说得对，改好了。")
	office.submit(`form[action$="/reply"]`)
	office.reads("请填写") // what everybody reads is missing
	office.fill(`input[name=sentence]`, "通知列表标出今天的")
	office.fill(`input[name=release]`, "0.9")
	office.submit(`form[action$="/reply"]`)
	office.reads("答复了")

	somebody.open(own)
	somebody.reads("通知列表标出今天的")
	somebody.looks("an answer by key")
	somebody.open("/feedback/changes")
	somebody.reads("0.9版")
	if strings.Contains(somebody.text("main"), "看不出哪条") {
		t.Error("the author's words are public")
	}
	somebody.looks("what was changed")
	somebody.open(own)
	somebody.unfolds(`details.confirm`)
	somebody.submit(`form[action$="/withdraw"]`)
	somebody.reads("内容已销毁")
}

// said is the last one on a list of the desk.
func (c *city) said(t *testing.T, list string) string {
	t.Helper()
	all := regexp.MustCompile(`href="/feedback/desk/(F\d+)`).FindAllStringSubmatch(string(c.page(t, "city", list).want(t, 200).raw), -1)
	if len(all) == 0 {
		t.Fatalf("nothing was said at %s", list)
	}
	return all[len(all)-1][1]
}
