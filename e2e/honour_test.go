package e2e

import (
	"database/sql"
	"net/http"
	"net/url"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

const honourStory = "冰冻断电那几天，早晚两趟给独居老人送热水饭菜。"

// TestHonour takes a lead from a neighbour's nomination to a certificate that is
// verified on a phone, and revoked: checked by the village, agreed to, voted on by
// a panel in which two are kept from it, published, objected to and answered.
func TestHonour(t *testing.T) {
	t.Parallel()
	name, title := here.leadsName(t), "端到端比邻星"
	home := here.opensRound(t, title)
	neighbour, village, lead := here.visitor(t, phone), here.as(t, "village", desk), here.as(t, "lead", phone)
	own := neighbour.nominates(title, name)

	village.open("/honour-checks")
	village.followLine(name)
	village.reads(honourStory)
	village.do(chromedp.Click(chromedp.CSS(`.choice:has(input[value=yes])`)))
	village.fill(`textarea[name=words]`, "问过三户，都说属实。")
	village.fill(`input[name=praise]`, "冰冻那几天给老人送饭送水")
	village.looks("a nomination to check")
	village.submit(`form.card`)
	village.reads("由本人自己答复")
	lead.open("/honours/mine")
	lead.reads("有人提名您")
	lead.looks("a nomination of oneself")
	lead.do(chromedp.Click(chromedp.CSS(`.ask button[value=yes]`)))
	lead.reads("已经同意")
	neighbour.open(own)
	neighbour.reads("由评委评选")

	here.sql(t, `UPDATE honour_round SET nominate_until = '2020-01-01' WHERE id = $1`, strings.TrimPrefix(home, "/honours/"))
	here.steps(t, "city", home+"/desk", "step", "vote", "until", time.Now().AddDate(0, 0, 5).Format(time.DateOnly))
	id := here.votes(t, home, village)
	here.objects(t, home, id, neighbour)
	here.sql(t, `UPDATE honour_round SET publish_until = 1 WHERE id = $1`, strings.TrimPrefix(home, "/honours/"))
	here.steps(t, "city", home+"/desk", "step", "award")
	here.certified(t, home, name, lead)
}

// leadsName is who the login lead is.
func (c *city) leadsName(t *testing.T) string {
	t.Helper()
	for _, post := range c.unit(t, c.home(t, "lead")).Posts {
		if post.Role == "lead" {
			return post.Serving
		}
	}
	t.Fatal("nobody leads the lead's cell")
	return ""
}

// sql alters what no page can: that time has passed.
func (c *city) sql(t *testing.T, statement string, args ...any) {
	t.Helper()
	db, err := sql.Open("sqlite", filepath.Join(c.data(), "bilin.db")+"?_pragma=busy_timeout(10000)")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.ExecContext(t.Context(), statement, args...); err != nil {
		t.Fatal(err)
	}
}

var shownVersion = regexp.MustCompile(`name="_version" value="(\d+)"`)

// steps sends a form of a page at the version it shows.
func (c *city) steps(t *testing.T, login, page string, kv ...string) string {
	t.Helper()
	form := url.Values{"_key": {strings.Join(kv, "/") + time.Now().String()}}
	if m := shownVersion.FindSubmatch(c.page(t, login, page).want(t, 200).raw); m != nil {
		form.Set("_version", string(m[1]))
	}
	for i := 0; i < len(kv); i += 2 {
		form.Set(kv[i], kv[i+1])
	}
	a := c.form(t, login, page, form)
	if a.status != http.StatusSeeOther {
		t.Fatalf("%s %v: %d %s", page, kv, a.status, between(string(a.raw), "<main", "</main>"))
	}
	return a.location
}

var personOf = regexp.MustCompile(`name="person" value="([^"]+)"`)

// opensRound opens a round with the panel of the demo's own, a year after those.
func (c *city) opensRound(t *testing.T, title string) string {
	t.Helper()
	c.sql(t, `UPDATE honour_round SET opened_year = 2000 WHERE opened_year > 2000`)
	running := c.running(t)
	a := c.form(t, "city", "/honours", url.Values{"_key": {title}, "name": {title}, "words": {"为邻里做了实事的人"}, "category-1": {"最美邻长"}, "places-1": {"1"}, "until": {time.Now().AddDate(0, 0, 9).Format(time.DateOnly)}, "days": {"5"}})
	home := strings.TrimSuffix(a.location, "/desk")
	panel := string(c.page(t, "city", "/honours/"+running+"/panel").want(t, 200).raw)
	for i, m := range personOf.FindAllStringSubmatch(panel, -1) {
		a := c.form(t, "city", home+"/panel", url.Values{"_key": {title + m[1]}, "_version": {string(rune('1' + i))}, "person": {m[1]}})
		if a.status != http.StatusSeeOther {
			t.Fatalf("into the panel: %d", a.status)
		}
	}
	c.steps(t, "city", home+"/desk", "step", "open")
	return home
}

// running is the demo's round that takes nominations.
func (c *city) running(t *testing.T) string {
	t.Helper()
	for _, line := range strings.Split(string(c.page(t, "", "/honours").want(t, 200).raw), `<a class="line" href="/honours/`)[1:] {
		if strings.Contains(line, "正在提名") && strings.Contains(line, "半年比邻星") {
			return ids.FindString(line)
		}
	}
	t.Fatal("no round takes nominations")
	return ""
}

// nominates puts somebody forward on a phone, and returns the address to follow it.
func (v *visitor) nominates(title, name string) string {
	v.open("/honours")
	v.followLine(title)
	v.follow(`main a[href$="/nominate"]`)
	v.fill(`input[name=q]`, v.city.doorOf(v.t)) // finds the leads of that door, the nearest first
	v.submit(`form.searchbox`)
	v.reads(name)
	v.do(chromedp.Click(chromedp.CSS(`.choice:has(input[name=nominee])`)))
	v.fill(`textarea[name=citation]`, honourStory)
	v.fill(`input[name=door]`, v.city.doorOf(v.t))
	v.looks("a nomination")
	v.submit(`form.card`)
	v.reads("提名已经收到")
	v.looks("a nomination that was sent")
	return v.location()
}

var onBallotID = regexp.MustCompile(`name="yes" value="([^"]+)"`)

// votes casts all six ballots: two are kept from the nomination, at least.
func (c *city) votes(t *testing.T, home string, village *visitor) (id string) {
	t.Helper()
	village.open(home + "/ballot")
	village.reads("这是您核实的")
	if read[bool](village, `!!document.querySelector("input[name=yes]")`) {
		t.Error("who checked it can vote on it")
	}
	village.looks("a ballot of somebody who is kept from it")
	village.submit(`form[action$="/ballot"]`)
	village.reads("票已封存")
	kept := 0
	for _, login := range []string{"group", "official", "department", "command", "town"} {
		m := onBallotID.FindSubmatch(c.page(t, login, home+"/ballot").want(t, 200).raw)
		if m == nil {
			kept++
			c.steps(t, login, home+"/ballot")
			continue
		}
		id = string(m[1])
		if login == "town" {
			town := c.as(t, "town", phone)
			town.open(home + "/ballot")
			town.do(chromedp.Click(chromedp.CSS(`.choice:has(input[name=yes])`)))
			town.looks("a ballot")
			town.submit(`form[action$="/ballot"]`)
			town.reads("票已封存")
			continue
		}
		c.steps(t, login, home+"/ballot", "yes", id)
	}
	if kept == 0 {
		t.Error("the lead's own group isn't kept from voting")
	}
	return id
}

// objects has somebody object without a name; the panel answers.
func (c *city) objects(t *testing.T, home, id string, neighbour *visitor) {
	t.Helper()
	neighbour.open(home)
	neighbour.reads("冰冻那几天给老人送饭送水")
	if strings.Contains(neighbour.text("main"), honourStory) {
		t.Error("the citation is public")
	}
	neighbour.looks("a publication")
	neighbour.follow(`main a[href$="?to=` + id + `"]`)
	neighbour.fill(`textarea[name=words]`, "送饭的还有别人，只写一个人不公平。")
	neighbour.looks("an objection")
	neighbour.submit(`form.card`)
	neighbour.reads("异议已经收到")
	answer := neighbour.location()
	judge := c.as(t, "command", desk)
	judge.open(home + "/objections")
	judge.do(chromedp.Click(chromedp.CSS(`.choice:has(input[value=no])`)))
	judge.fill(`textarea[name=words]`, "别人也欢迎提名，这一位的事迹属实。")
	judge.looks("an objection to answer")
	judge.submit(`form[action$="/objections"]`)
	judge.reads("异议不成立")
	neighbour.open(answer)
	neighbour.reads("别人也欢迎提名")
	neighbour.looks("an objection that was answered")
}

var certAddress = regexp.MustCompile(`/verify/(X\d+)-[0-9A-Z]{8}`)

// certified prints and verifies the certificate, and has it revoked by two.
func (c *city) certified(t *testing.T, home, name string, lead *visitor) {
	t.Helper()
	m := certAddress.FindStringSubmatch(string(c.page(t, "", home).want(t, 200).raw))
	if m == nil {
		t.Fatal("nobody was honoured")
	}
	stranger := c.visitor(t, phone)
	stranger.open(m[0])
	stranger.reads("证书有效")
	stranger.reads(name)
	stranger.looks("a valid certificate")
	if paper := c.page(t, "lead", "/honour-certificates/"+m[1]+"/paper.pdf").want(t, 200); !strings.HasPrefix(string(paper.raw), "%PDF") {
		t.Error("no certificate to print")
	}
	lead.open("/honours/mine")
	lead.reads(m[1])
	lead.looks("one's own certificates")
	at := home + "/certificates/" + m[1]
	c.form(t, "city", at, url.Values{"_key": {"revoke"}, "_version": {"1"}, "reason": {"复查时发现事迹不是本人做的。"}})
	judge := c.as(t, "command", desk)
	judge.open(home)
	judge.looks("a certificate that may be revoked")
	judge.do(chromedp.Click(chromedp.CSS(`button[name=agree][value=yes]`)))
	judge.reads("已撤销")
	stranger.open(m[0])
	stranger.reads("证书已撤销")
	stranger.looks("a revoked certificate")
	stranger.open("/verify/X260001007-22222222")
	stranger.reads("查不到这张证书")
	stranger.looks("an unknown certificate")
}

// honours finds a round that takes nominations, one that was awarded, and one of its certificates.
func (c *city) honours(t *testing.T, known map[string]string) {
	t.Helper()
	known["honours"] = c.running(t)
	for _, line := range strings.Split(string(c.page(t, "", "/honours").want(t, 200).raw), `<a class="line" href="/honours/`)[1:] {
		if strings.Contains(line, "已颁证") && strings.Contains(line, "上半年比邻星") || known["honoured"] == "" && strings.Contains(line, "已颁证") {
			known["honoured"] = ids.FindString(line)
		}
	}
	m := certAddress.FindStringSubmatch(string(c.page(t, "", "/honours/"+known["honoured"]).want(t, 200).raw))
	known["certificate"], known["honournumber"] = strings.TrimPrefix(m[0], "/verify/"), m[1]
	known["honourcheck"] = c.link(t, "village", "/honour-checks", "/honour-checks/")
}
