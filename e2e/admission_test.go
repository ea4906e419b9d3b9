package e2e

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// TestAdmission follows a department's work: it sees what it costs, hands it in,
// is admitted, reaches the list late with a reason, and only then a lead, who
// gives it back, hears why not, and does it.
func TestAdmission(t *testing.T) {
	t.Parallel()
	now := time.Now().In(time.FixedZone("", 8*60*60))
	month, title := now.Format("2006-01"), fmt.Sprintf("井盖松动留意%d", now.UnixNano()%1_000_000)
	cell := here.home(t, "lead")

	department := here.as(t, "department", desk)
	department.drafts(title, here.unit(t, cell).Code, now)
	number := strings.TrimPrefix(department.location(), here.url+"/matters/")
	number, _, _ = strings.Cut(number, "?")
	ask := func(rule string) {
		t.Helper()
		r := here.send(t, request{method: "POST", path: "/api/v1/tasks", token: here.token(t, "department"),
			body: map[string]any{"matter": number, "unit": cell, "month": month}})
		if rule == "" {
			if !strings.Contains(string(r.raw), "task.refused.already") { // the job came round meanwhile
				r.want(t, 201)
			}
		} else if r.want(t, 409); !strings.Contains(string(r.raw), rule) {
			t.Errorf("refused, but not as %s: %s", rule, r.raw)
		}
	}
	ask("not_admitted")
	department.submit(`form[action$="/submit"]`)
	department.reads("审核中")

	office := here.as(t, "city", desk)
	office.open("/review")
	office.followLine(title)
	office.looks("a matter under review")
	office.fill("#f-note", "只看不登记，发现即报诉求，同意。")
	office.follow(`button[value="admit"]`)
	office.reads("同意入网")
	ask("not_on_list")
	office.open("/monthly/" + month + "/compose")
	office.fill("#n-"+number, "井盖被大雨冲松，等不到下月。")
	office.submit(fmt.Sprintf(`form:has(#n-%s)`, number))
	anybody := here.visitor(t, phone)
	anybody.open("/monthly/" + month)
	anybody.reads("井盖被大雨冲松")
	anybody.looks("the month's list")

	lead := here.as(t, "lead", phone)
	lead.does(office, title, number, func() { ask("") })

	office.open("/matters/" + number)
	office.js(`document.querySelectorAll("details").forEach(d => d.open = true)`)
	office.fill("details #f-note", "井盖已全部更换，许可撤销。")
	office.follow(`button[value="revoke"]`)
	ask("revoked")
	department.open("/matters/" + number)
	department.reads("井盖已全部更换")
}

// drafts fills in a matter's form, and sees what it costs while doing so.
func (v *visitor) drafts(title, where string, from time.Time) {
	v.t.Helper()
	v.open("/matters/new")
	v.see("#cost .load")
	v.fill("#f-title", title)
	v.fill("#f-ask", "路过时看看井盖有没有松动，松了报一条诉求。")
	v.fill("#f-basis", "《城市道路管理条例》第二十三条")
	v.fill("#f-responsible", "市城管局设施科")
	v.fill("#f-support", "发现后两小时内到场处理")
	v.js(`document.querySelector("#f-function").selectedIndex = 4; document.querySelector("#f-list").value = "assist"; document.querySelector("#f-way").value = "look"`)
	v.fill("#f-from", from.Format(time.DateOnly))
	v.fill("#f-first_day", "1")
	v.fill("#f-last_day", "31")
	v.fill("#f-units", "没有这个村")
	v.js(`document.querySelector("#f-minutes").dispatchEvent(new Event("change", {bubbles: true}))`)
	v.reads("填好“谁来做、要多久”") // what isn't found costs nothing yet
	v.fill("#f-units", where)
	v.fill("#f-minutes", "1")
	v.js(`document.querySelector("#f-minutes").dispatchEvent(new Event("change", {bubbles: true}))`)
	v.until(`document.querySelector("#cost .stat-value")?.innerText.trim() === "1"`) // one lead is asked
	v.looks("a matter's form")
	v.follow(`#matter-form .actions button:not([name])`)
	v.reads(title)
}

// does finds a task, gives it back, hears why it stands, and does it.
func (v *visitor) does(office *visitor, title, number string, byHand func()) {
	v.t.Helper()
	task := `document.body.innerText.includes(` + quote(title) + `)`
	if v.open("/tasks"); !v.comes(task, time.Second) {
		byHand() // by hand, before the job comes round
		v.open("/tasks")
	}
	v.until(task)
	v.looks("a lead's tasks")
	v.followLineOf(title)
	v.js(`document.querySelector("input[name=reason][value=not_mine]").checked = true`)
	v.submit(`form[action$="/return"]`)
	v.reads("已退回")
	office.open("/returns")
	office.fill(fmt.Sprintf(`article:has(a[href="/matters/%s"]) textarea`, number), "井盖就在您邻里，顺路看看就行。")
	office.follow(fmt.Sprintf(`article:has(a[href="/matters/%s"]) button[value=insist]`, number))
	v.open("/tasks")
	v.reads("顺路看看就行")
	v.submit(fmt.Sprintf(`form[action=%q]`, doneOf(v, title)))
	v.reads("记下了，办好了")
}

// followLineOf follows the heading's link of a card.
func (v *visitor) followLineOf(text string) {
	v.t.Helper()
	v.follow(`a[href="` + read[string](v, `[...document.querySelectorAll("article h3 a")].find(a => a.innerText.includes(`+quote(text)+`)).getAttribute("href")`) + `"]`)
}

// doneOf is where the button for done of a task leads.
func doneOf(v *visitor, title string) string {
	v.t.Helper()
	return read[string](v, `[...document.querySelectorAll("article")].find(a => a.innerText.includes(`+quote(title)+`)).querySelector("form[action$='/done']").getAttribute("action")`)
}
