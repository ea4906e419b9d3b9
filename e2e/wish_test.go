package e2e

import (
	"strconv"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// TestWish: a volunteer offers hours on a phone, a lead posts a wish in three
// taps, the volunteer takes it and names a time, and is thanked.
func TestWish(t *testing.T) {
	t.Parallel()
	helper := here.visitor(t, phone)
	helper.open("/report-in?unit=" + here.home(t, "village"))
	helper.fill(`input[name=name]`, "贺小雪")
	helper.fill(`input[name=phone]`, "12911115555")
	helper.do(chromedp.Click(chromedp.CSS(`.choice:has(input[value=volunteer])`)))
	helper.submit(`form[action="/report-in"]`)
	helper.follow(`main .actions a`)
	report := helper.location()
	village := here.as(t, "village", desk)
	village.open("/volunteers?state=pending")
	village.followLine("贺小雪")
	village.submit(`form[action$="/confirm"]`)
	helper.open(report)
	helper.follow(`main a[href*="/wishes?k="]`)
	helper.reads("先写下您有空的时间")
	own, day := helper.location(), time.Now().AddDate(0, 0, 1)
	helper.do(chromedp.SetValue(chromedp.CSS(`select[name=weekday]`), strconv.Itoa(int(day.Weekday()))))
	helper.fill(`form[action$="/hours"] input[name=until]`, day.AddDate(0, 1, 0).Format(time.DateOnly))
	helper.submit(`form[action$="/hours"]`)
	helper.reads("记下了")

	lead := here.as(t, "lead", phone)
	lead.open("/wishes/new")
	lead.looks("for which household")
	lead.follow(`main a[href*="household="]`) // one
	lead.looks("what is wished for")
	lead.follow(`main a[href*="kind=snow"]`) // two
	lead.looks("a wish before it is posted")
	lead.submit(`form[action="/wishes"]`) // three
	lead.reads("发出去了")
	lead.looks("a wish that waits")
	wish := lead.location()

	helper.open(own)
	helper.reads("扫雪清路")
	helper.looks("wishes that fit")
	helper.submit(`form[action*="` + between(wish+"/", "/wishes/", "/") + `/take"]`)
	helper.reads("我接下了：扫雪清路")
	helper.fill(`input[name=day][required]`, day.Format(time.DateOnly))
	helper.fill(`input[name=at]`, "10:30")
	helper.submit(`form[action$="/time"]`)
	helper.looks("a wish that was taken")

	lead.open(wish)
	lead.reads("贺小雪愿意来帮忙")
	lead.submit(`form[action$="/agree"]`)
	lead.reads("说好了")
	lead.unfolds(`details:has(form[action$="/done"])`)
	lead.do(chromedp.Click(chromedp.CSS(`.choice:has(input[value=warm])`)))
	lead.looks("thanks")
	lead.submit(`form[action$="/done"]`)
	lead.reads("办好了")
	helper.open(own)
	helper.reads("有您这样的邻居真好")
	helper.looks("thanks that were received")
}
