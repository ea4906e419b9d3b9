package e2e

import (
	"strings"
	"testing"
)

// TestLeadByLink is a lead's first day: the village prints a log-in card, the
// lead opens it on a phone and sees whom to look after.
func TestLeadByLink(t *testing.T) {
	t.Parallel()
	village := here.home(t, "village")
	cell := here.ledCell(t, village, here.home(t, "lead"))
	here.raise(t, cell.Code, "屋后排水沟堵了。")
	link := here.loginCard(t, "village", village, cell)

	here.page(t, "", link).want(t, 200) // a preview in a chat opens it, too, and burns nothing
	lead := here.visitor(t, phone)
	lead.open(link)
	lead.submit(`form[action^="/l/"]`)
	lead.open("/home")
	lead.reads("屋后排水沟堵了。")
	lead.reads("谁帮我")
	if n := read[int](lead, `document.querySelectorAll("section[id^=c-backers] .person").length`); n == 0 {
		t.Error("nobody is behind the lead")
	}
	lead.follow(`section[id^=c-households] a.btn-primary`)
	lead.see(".home-list .household")

	other := here.visitor(t, phone)
	other.open(link)
	if read[bool](other, `!!document.querySelector('form[action^="/l/"]')`) {
		other.submit(`form[action^="/l/"]`)
	}
	other.see(".oops, .notice-bad")
	other.open("/home")
	other.see("input[name=password]")
}

// ledCell is a cell under a unit that somebody leads, other than one.
func (c *city) ledCell(t *testing.T, under, but string) unit {
	t.Helper()
	for _, cell := range c.cells(t, under) {
		u := c.unit(t, cell.Code)
		for _, post := range u.Posts {
			if u.Code != but && post.Role == "lead" && post.Serving != "" {
				return u
			}
		}
	}
	t.Fatalf("%s has no other cell with a lead", under)
	return unit{}
}

// loginCard has an official print the card of a cell's lead, and reads its link.
func (c *city) loginCard(t *testing.T, official, unit string, cell unit) string {
	t.Helper()
	v := c.as(t, official, desk)
	v.open("/leads?unit=" + unit)
	v.js(`for (const box of document.querySelectorAll("input[name=person]"))
		box.checked = box.closest("tr, li").innerText.includes(` + quote(lead(cell)) + `)`)
	v.submit(`form[action="/leads/links"]`)
	v.looks("log-in cards")
	link := v.text("main section.card code")
	if !strings.Contains(link, "/l/") {
		t.Fatalf("no link on the card: %q", link)
	}
	return strings.TrimPrefix(link, c.url)
}

// lead is the name of whoever leads a cell.
func lead(cell unit) string {
	for _, post := range cell.Posts {
		if post.Role == "lead" {
			return post.Serving
		}
	}
	return ""
}
