package e2e

import (
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// sent is what the trial gateway shows of one message.
type sent struct {
	ID, To, Text string
	Changed      bool
}

// TestMessages chooses short messages: through a gateway that loses every
// second one, each arrives once, and says no word of the matter itself.
func TestMessages(t *testing.T) {
	t.Parallel()
	number, text := "12900000055", "半夜狗叫，睡不着。"
	resident, lead := here.visitor(t, phone), here.as(t, "lead", phone)
	resident.open("/demands/new?unit=" + here.home(t, "lead"))
	resident.do(chromedp.Click(chromedp.CSS(`.choice:has(input[name=kind][value=help])`)))
	resident.fill(`textarea[name=text]`, text)
	resident.fill(`input[name=contact]`, number)
	resident.do(chromedp.Click(chromedp.CSS(`label:has(input[name=sms])`)))
	resident.submit(`form[action="/demands"]`)
	resident.insists()
	lead.takes(text)
	lead.resolves("和养狗的人家说好了，夜里牵进屋。")
	got := here.messages(t, number, 2)
	ids := map[string]bool{}
	for _, m := range got {
		if ids[m.ID] || m.Changed || strings.Contains(m.Text, "狗") {
			t.Errorf("%+v", m)
		}
		ids[m.ID] = true
	}
	if len(got) != 2 || got[0].Text == got[1].Text {
		t.Errorf("accepted and resolved are %d messages: %+v", len(got), got)
	}
	link := linkIn(got[0].Text) // the latest
	if link == "" {
		t.Fatalf("no link in %q", got[0].Text)
	}
	resident.open(link)
	resident.see(`form[action$="/confirm"]`)
	resident.until(`document.body.innerText.includes("已发") || document.body.innerText.includes("短信")`)
	resident.looks("by the message's link")
	resident.confirms(1)
	resident.reads("您已确认办好")
	if now := here.messages(t, number, 2); len(now) != 2 {
		t.Errorf("in the end there are %d messages", len(now))
	}
}

// messages waits until the gateway has at least n messages to a number, and
// returns them, the latest first.
func (c *city) messages(t *testing.T, number string, n int) (list []sent) {
	t.Helper()
	for deadline := time.Now().Add(2 * patience); ; time.Sleep(200 * time.Millisecond) {
		var all struct{ Messages []sent }
		gateway := &city{url: c.gateway}
		gateway.send(t, request{method: "GET", path: "/messages"}).want(t, 200).into(t, &all)
		list = nil
		for _, m := range all.Messages {
			if m.To == number {
				list = append(list, m)
			}
		}
		if len(list) >= n {
			return list
		}
		if time.Now().After(deadline) {
			t.Fatalf("%d messages to %s: %+v", len(list), number, list)
		}
	}
}

func linkIn(text string) string {
	i := strings.Index(text, "http")
	if i < 0 {
		return ""
	}
	link, _, _ := strings.Cut(text[i:], " ")
	return strings.TrimRight(link, "。，")
}
