package e2e

import (
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// TestSuggestion: a resident suggests something, the village adopts it by a day,
// everybody reads why, it is done, and its author reads that.
func TestSuggestion(t *testing.T) {
	t.Parallel()
	author := here.visitor(t, phone)
	author.open("/demands/new?door=" + here.doorOf(t))
	author.do(chromedp.Click(chromedp.CSS(`.choice:has(input[name=kind][value=suggestion])`)))
	author.fill(`textarea[name=text]`, "我是贺老三，想在晒谷坪边上装个单杠。")
	author.submit(`form[action="/demands"]`)
	author.insists()
	number := strings.ReplaceAll(author.text(".receipt-number"), " ", "")
	track := author.text("#receipt a.wrap")

	village := here.as(t, "village", desk)
	village.open("/demands/" + number)
	village.reads("一条建议")
	village.looks("a suggestion, for the office")
	village.follow(`main a[href$="/decide"]`)
	village.looks("deciding on a suggestion")
	village.do(chromedp.Click(chromedp.CSS(`.choice:has(input[name=adopt][value="1"])`)))
	village.fill(`input[name=title]`, "在晒谷坪装单杠")
	village.fill(`textarea[name=reasons]`, "年轻人和老人都用得上。")
	village.submit(`form[action$="/decide"]`)
	village.reads("请选办好的日子")
	village.do(chromedp.SetValue(chromedp.CSS(`input[name=due]`), time.Now().AddDate(0, 0, 30).Format(time.DateOnly)))
	village.submit(`form[action$="/decide"]`)
	village.reads("答复了")

	everybody := here.visitor(t, desk)
	everybody.open("/suggestions?state=adopted&q=单杠")
	everybody.reads("年轻人和老人都用得上")
	if strings.Contains(everybody.text("main"), "贺老三") {
		t.Error("the list says who suggested it")
	}
	everybody.looks("suggestions")
	author.open(track)
	author.reads("年轻人和老人都用得上")

	village.follow(`main a[href$="/decide"]`)
	village.fill(`textarea[name=words]`, "单杠装在晒谷坪东头。")
	village.submit(`form[action$="/finish"]`)
	village.reads("记下了")
	everybody.open("/suggestions?state=done&q=单杠")
	everybody.reads("单杠装在晒谷坪东头")
	author.open(track)
	author.reads("单杠装在晒谷坪东头")
}
