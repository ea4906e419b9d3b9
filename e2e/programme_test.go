package e2e

import (
	"regexp"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
)

// TestProgramme: a neighbour joins a town's programme on a phone, a deed is
// written down, the points buy something, and it is handed out.
func TestProgramme(t *testing.T) {
	t.Parallel()
	neighbour := here.visitor(t, phone)
	neighbour.open("/programmes")
	neighbour.reads("只加不减")
	neighbour.looks("the programmes")
	neighbour.followLine("善行积分")
	neighbour.reads("一小时2分，三小时6分")
	neighbour.looks("a programme")
	neighbour.follow(`main a[href$="/join"]`)
	neighbour.fill(`input[name=name]`, "贺桂兰")
	neighbour.fill(`input[name=door]`, here.doorOf(t))
	neighbour.submit(`form[action$="/join"]`)
	neighbour.reads("您已经参加")
	neighbour.looks("one's own points")
	own := neighbour.location()
	number := regexp.MustCompile(`M\d{8}`).FindString(neighbour.text("main"))
	if number == "" {
		t.Fatal("no member's number")
	}

	town := here.as(t, "town", desk)
	town.open("/programmes")
	town.followLine("善行积分")
	if strings.Contains(town.text("main"), "贺桂兰") {
		t.Error("the town sees who takes part")
	}
	home := town.location()
	for range 2 {
		town.open(home + "/desk")
		town.fill(`input[name=member]`, number)
		town.do(chromedp.Click(chromedp.CSS(`.choice:has(input[value=emergency])`)))
		town.submit(`form[action$="/acts"]`)
		town.reads("得4分")
	}
	town.looks("the desk of a programme")

	neighbour.open(own)
	neighbour.reads("8分")
	neighbour.submit(`form[action$="/choose"]`)
	neighbour.reads("换好了")
	neighbour.looks("a reward that waits")
	code := regexp.MustCompile(`\b\d{8}\b`).FindString(neighbour.text(".receipt-key"))
	town.fill(`input[name=code]`, code)
	town.submit(`form[action$="/hand"]`)
	town.reads("请发放：理发一次")
	neighbour.open(own)
	neighbour.unfolds(`details.confirm`)
	neighbour.submit(`form[action$="/leave"]`)
	neighbour.reads("您已退出")
}

// TestProgrammeIsMade: a town tries formulas on a month and is told what is wrong with one.
func TestProgrammeIsMade(t *testing.T) {
	t.Parallel()
	town := here.as(t, "town", desk)
	town.open("/programmes")
	town.followLine("善行积分")
	town.follow(`main a[href$="/edit"]`)
	town.fill(`input[name=formula-help]`, "5 - nth")
	town.submit(`form.card`)
	town.reads("积分只加不减")
	town.fill(`input[name=formula-help]`, "hours * 3.0")
	town.do(chromedp.Click(chromedp.CSS(`button[name=_try]`)))
	town.reads("件好事会得")
	town.looks("formulas that were tried")
}

// doorOf is the code on the door card of a household of the login village.
func (c *city) doorOf(t *testing.T) string {
	t.Helper()
	home := string(c.page(t, "village", "/network/households/"+c.link(t, "village", "/network/units/"+c.home(t, "lead"), "/network/households/")).want(t, 200).raw)
	return strings.NewReplacer(" ", "", "-", "").Replace(between(home, `<span class="code">`, `</span>`))
}
