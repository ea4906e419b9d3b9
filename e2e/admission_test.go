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
	department.open("/matters/new")
	department.see("#cost .load")
	department.fill("#f-title", title)
	department.fill("#f-ask", "路过时看看井盖有没有松动，松了报一条诉求。")
	department.fill("#f-basis", "《城市道路管理条例》第二十三条")
	department.fill("#f-responsible", "市城管局设施科")
	department.fill("#f-support", "发现后两小时内到场处理")
	department.js(`document.querySelector("#f-function").selectedIndex = 4; document.querySelector("#f-list").value = "assist"; document.querySelector("#f-way").value = "look"`)
	department.fill("#f-from", now.Format(time.DateOnly))
	department.fill("#f-first_day", "1")
	department.fill("#f-last_day", "31")
	department.fill("#f-units", "没有这个村")
	department.js(`document.querySelector("#f-minutes").dispatchEvent(new Event("change", {bubbles: true}))`)
	department.reads("填好“谁来做、要多久”") // what isn't found costs nothing yet
	department.fill("#f-units", here.unit(t, cell).Code)
	department.fill("#f-minutes", "1")
	department.js(`document.querySelector("#f-minutes").dispatchEvent(new Event("change", {bubbles: true}))`)
	department.until(`document.querySelector("#cost .stat-value")?.innerText.trim() === "1"`) // one lead is asked
	department.looks("a matter's form")
	department.follow(`#matter-form .actions button:not([name])`)
	department.reads(title)
	number := strings.TrimPrefix(department.location(), here.url+"/matters/")
	number, _, _ = strings.Cut(number, "?")
	ask := func(rule string) {
		t.Helper()
		r := here.send(t, request{method: "POST", path: "/api/v1/tasks", token: here.token(t, "department"),
			body: map[string]any{"matter": number, "unit": cell, "month": month}})
		if rule == "" {
			r.want(t, 201)
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
	task := `document.body.innerText.includes(` + quote(title) + `)`
	if lead.open("/tasks"); !lead.comes(task, time.Second) {
		ask("") // by hand, before the job comes round
		lead.open("/tasks")
	}
	lead.until(task)
	lead.looks("a lead's tasks")
	lead.followLineOf(title)
	lead.js(`document.querySelector("input[name=reason][value=not_mine]").checked = true`)
	lead.submit(`form[action$="/return"]`)
	lead.reads("已退回")
	office.open("/returns")
	office.fill(fmt.Sprintf(`article:has(a[href="/matters/%s"]) textarea`, number), "井盖就在您邻里，顺路看看就行。")
	office.follow(fmt.Sprintf(`article:has(a[href="/matters/%s"]) button[value=insist]`, number))
	lead.open("/tasks")
	lead.reads("顺路看看就行")
	lead.submit(fmt.Sprintf(`form[action=%q]`, doneOf(lead, title)))
	lead.reads("记下了，办好了")

	office.open("/matters/" + number)
	office.js(`document.querySelectorAll("details").forEach(d => d.open = true)`)
	office.fill("details #f-note", "井盖已全部更换，许可撤销。")
	office.follow(`button[value="revoke"]`)
	ask("revoked")
	department.open("/matters/" + number)
	department.reads("井盖已全部更换")
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
