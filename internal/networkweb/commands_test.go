package networkweb_test

import (
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"bilin/internal/auth"
	"bilin/internal/network"
	"bilin/internal/purpose"
)

const official = "village_official@" + village

func form(kv ...string) url.Values {
	v := url.Values{}
	for i := 0; i < len(kv); i += 2 {
		v.Add(kv[i], kv[i+1])
	}
	return v
}

func (s *site) rev(code string) string { return strconv.FormatInt(s.unit(code).Rev, 10) }

func TestCreateAndRename(t *testing.T) {
	s := newSite(t)
	s.send(official, "/network/units/"+group+"/new", form()).is(http.StatusUnprocessableEntity).says("e-name")
	f := form("name", "3邻", "_key", "k1")
	s.send(official, "/network/units/"+group+"/new", f).leadsTo("/network/units/" + group + "03")
	s.send(official, "/network/units/"+group+"/new", f).leadsTo("/network/units/" + group + "03")
	if n := len(s.net.Tree().Children(s.unit(group))); n != 3 {
		t.Errorf("a repeat made another: %d cells", n)
	}
	s.send(official, "/network/units/"+group+"03/rename", form("name", "桥头邻")).leadsTo("/network/units/" + group + "03")
	s.get(official, "/network/units/"+group+"03/history").is(http.StatusOK).says("桥头邻", "3邻")
	s.send("lead@"+cell2, "/network/units/"+cell2+"/rename", form("name", "x")).is(http.StatusForbidden)
	s.send("village_official@"+village2, "/network/units/"+cell2+"/rename", form("name", "x")).is(http.StatusForbidden)
	s.send("town_official@"+town, "/network/units/"+town+"/new", form("name", "新村", "code", "430182001003", "lon", "112.4")).
		is(http.StatusUnprocessableEntity)
	s.send("town_official@"+town, "/network/units/"+town+"/new", form("name", "新村", "code", "430182001003", "lon", "112.4", "lat", "28.2")).
		leadsTo("/network/units/430182001003")
}

func TestHeavyChangesAskFirst(t *testing.T) {
	s := newSite(t)
	other := area + "02"
	move := "/network/units/" + cell2 + "/move"
	s.send(official, move, form()).is(http.StatusUnprocessableEntity)
	s.send(official, move, form("to_q", "2组", "_pick", "to")).is(http.StatusOK).says(other)
	s.send(official, move, form("to", other)).is(http.StatusOK).says(`name="confirm"`, "6")
	if s.unit(cell2).ParentID != s.unit(group).ID {
		t.Fatal("moved without a yes")
	}
	s.send(official, move, form("to", other, "confirm", "1", "_version", "999")).is(http.StatusConflict).says("还没有办理")
	gone := form("_key", "v1", "to", other, "confirm", "1", "_version", s.rev(cell2))
	s.send(official, move, gone).leadsTo("/network/units/" + other + "03")
	s.send(official, move, gone).leadsTo("/network/units/" + other + "03")
	s.get(official, "/network/units/"+cell2).leadsTo("/network/units/" + other + "03")

	merge := "/network/units/" + other + "03/merge"
	s.send(official, merge, form("to", cell)).is(http.StatusOK).says(`name="confirm"`)
	gone = form("_key", "m1", "to", cell, "confirm", "1", "_version", s.rev(cell2))
	s.send(official, merge, gone).leadsTo("/network/units/" + cell)
	s.send(official, merge, gone).leadsTo("/network/units/" + cell)
	if n := s.unit(cell).Households; n != 12 {
		t.Errorf("%d households after the merge", n)
	}
	homes := s.homes(cell)
	split := "/network/units/" + cell + "/split"
	s.send(official, split, form("name", "新邻")).is(http.StatusOK) // asks; the registry refuses at the yes
	s.send(official, split, form("name", "新邻", "confirm", "1", "_version", s.rev(cell))).is(http.StatusUnprocessableEntity)
	yes := form("_key", "s1", "name", "新邻", "homes", homes[0].ID, "homes", homes[1].ID, "confirm", "1", "_version", s.rev(cell))
	s.send(official, split, yes).leadsTo("/network/units/" + group + "03")
	s.send(official, split, yes).leadsTo("/network/units/" + group + "03")
	s.send(official, "/network/units/"+cell+"/end", form("confirm", "1", "_version", s.rev(cell))).is(http.StatusConflict)
}

func TestAppointStandInAndEnd(t *testing.T) {
	s := newSite(t)
	post := s.post(cell, auth.Lead)
	at := "/network/posts/" + post.ID
	s.send(official, at+"/appoint", form()).is(http.StatusUnprocessableEntity)
	s.send(official, at+"/appoint", form("person_q", "王", "_pick", "person")).is(http.StatusOK).says(`name="person"`)
	s.send("lead@"+cell, at+"/appoint", form("new_name", "李四")).is(http.StatusForbidden)
	f := form("new_name", "李四海", "new_phone", "00099990000", "from", "2026-03-01", "until", "2028-02-28", "_key", "k9")
	s.send(official, at+"/appoint", f).leadsTo(at)
	s.send(official, at+"/appoint", f).leadsTo(at)
	if n := s.count(`SELECT count(*) FROM person WHERE name = $1`, "李四海"); n != 1 {
		t.Errorf("%d people of that name", n)
	}
	if c := s.net.Tree().Coverage(s.unit(cell).ID); c.Uncovered != 0 {
		t.Errorf("%+v", c)
	}
	holder := s.post(cell, auth.Lead).Holder
	s.send(official, at+"/extend", form("appointment", holder.AppointmentID, "until", "2030-01-01")).leadsTo(at)
	other := s.post(cell2, auth.Lead).Holder.PersonID
	s.send(official, at+"/standin", form("person", other)).is(http.StatusUnprocessableEntity)
	s.send(official, at+"/standin", form("person", other, "until", "2026-06-01")).leadsTo(at)
	s.send(official, at+"/end", form("appointment", holder.AppointmentID)).is(http.StatusUnprocessableEntity)
	s.send(official, at+"/end", form("appointment", holder.AppointmentID, "reason", "搬家")).leadsTo(at)
	s.get(official, at).is(http.StatusOK).says("李四海", "搬家", "代理")
}

func TestHandOverShowsWhatMoves(t *testing.T) {
	s := newSite(t)
	at := "/network/posts/" + s.post(cell2, auth.Lead).ID
	f := form("new_name", "新邻长", "reason", "任期届满")
	s.send(official, at+"/handover", f).is(http.StatusOK).says(`name="confirm"`, "6 户", "新邻长")
	if s.count(`SELECT count(*) FROM person WHERE name = $1`, "新邻长") != 0 {
		t.Error("somebody was entered before the yes")
	}
	f.Set("confirm", "1")
	s.send(official, at+"/handover", f).leadsTo(at)
	if got := s.net.Tree().LeadOf(s.unit(cell2).ID).Name; got != "新邻长" {
		t.Errorf("lead is %s", got)
	}
	s.get(official, at).is(http.StatusOK).says("一起转交的事项", "任期届满")
}

func TestPostsAndPeople(t *testing.T) {
	s := newSite(t)
	s.send(official, "/network/units/"+group+"/posts/new", form()).is(http.StatusUnprocessableEntity)
	got := s.send(official, "/network/units/"+group+"/posts/new", form("role", "linked_official", "name", "第二位联组干部"))
	if got.status != http.StatusSeeOther {
		t.Fatalf("%d %s", got.status, text(got.body))
	}
	s.send(official, got.header.Get("Location")+"/close", form()).leadsTo("/network/units/" + group)
	person := s.post(cell2, auth.Lead).Holder.PersonID
	at := "/network/people/" + person
	s.send(official, at, form("name", "", "_version", "1")).is(http.StatusUnprocessableEntity)
	page := s.get(official, at).is(http.StatusOK)
	s.send(official, at, form("name", "王新名", "show_phone", "1", "_version", version(page.body))).leadsTo(at)
	s.send(official, at, form("name", "王又改", "_version", version(page.body))).is(http.StatusConflict)
	s.send(official, at+"/phone", form()).is(http.StatusUnprocessableEntity)
	s.send(official, at+"/phone", form("purpose", "停水通知")).is(http.StatusOK).says("tel:000")
}

// version is the one a page was shown at.
func version(body string) string {
	m := regexp.MustCompile(`name="_version" value="(\d+)"`).FindStringSubmatch(body)
	if m == nil {
		return ""
	}
	return m[1]
}

func TestHousehold(t *testing.T) {
	s := newSite(t)
	h := s.homes(cell2)[0]
	at := "/network/households/" + h.ID
	edit := form("address", "李家湾99号", "head", "李建军", "size", "4", "_version", "1", "_key", "e1")
	s.send(official, at+"/edit", form("address", "", "_version", "1")).is(http.StatusUnprocessableEntity)
	s.send("town_official@"+town, at+"/edit", form("address", "李家湾99号", "size", "4", "_version", "1")).is(http.StatusUnprocessableEntity)
	s.send("auditor@"+city, at+"/edit", edit).is(http.StatusForbidden)
	s.send(official, at+"/edit", edit).leadsTo(at)
	s.send(official, at+"/edit", edit).leadsTo(at)
	s.send(official, at+"/edit", form("address", "李家湾98号", "_version", "1")).is(http.StatusConflict)
	s.get(official, at).is(http.StatusOK).says("李家湾99号", "李建军").never("00012345678")
	s.send(official, at+"/door", form("_version", "2")).leadsTo(at)
	s.get("", "/d/"+h.Door).is(http.StatusNotFound)
	s.send(official, at+"/move", form("to", "")).is(http.StatusUnprocessableEntity)
	s.send(official, at+"/move", form("to", cell)).leadsTo(at)
	now := s.get(official, at).is(http.StatusOK).says("1邻")
	s.send(official, at+"/left", form("_version", version(now.body))).leadsTo("/network/units/" + cell)
	created := s.send(official, "/network/units/"+cell+"/households/new", form("address", "桥头1号", "head", "赵一", "size", "2"))
	if created.status != http.StatusSeeOther {
		t.Errorf("%d %s", created.status, text(created.body))
	}
}

func TestANumberOpensOnOpenWork(t *testing.T) {
	s := newSite(t)
	h := s.homes(cell2)[0]
	at, lead := "/network/households/"+h.ID, "lead@"+cell2
	s.get(lead, at).is(http.StatusOK).says("没有关于这一户的待办", "紧急查看").never(`value="task:t1"`, "00012345678")
	s.send(lead, at+"/phone", form("ground", "task:t1")).is(http.StatusUnprocessableEntity).never("00012345678")
	s.work = map[string]string{"a-lead": h.ID}
	s.send(lead, at+"/phone", form("ground", "")).is(http.StatusUnprocessableEntity)
	s.get(lead, at).is(http.StatusOK).says(`value="task:t1"`, "送医保卡").never("00012345678")
	got := s.send(lead, at+"/phone", form("ground", "task:t1")).is(http.StatusOK).says("00012345678")
	if got.header.Get("Cache-Control") != "no-store" {
		t.Error("a number may be kept by the browser")
	}
	s.send("lead@"+cell, at+"/phone", form("ground", "task:t1")).is(http.StatusForbidden).never("00012345678")
	s.send("auditor@"+city, at+"/phone", form("ground", "task:t1")).is(http.StatusForbidden)
	s.send("privacy_officer@"+city, at+"/glass", form("reason", "danger")).is(http.StatusForbidden)
}

func TestBreakingTheGlass(t *testing.T) {
	s := newSite(t)
	at := "/network/households/" + s.homes(cell2)[0].ID
	s.send(official, at+"/glass", form("reason", "")).is(http.StatusUnprocessableEntity).says("请选一个理由").never("00012345678")
	s.send(official, at+"/glass", form("reason", "another", "words", "")).is(http.StatusUnprocessableEntity).never("00012345678")
	s.send(official, at+"/glass", form("reason", "danger")).is(http.StatusOK).says("00012345678")
	page := s.get(official, at).is(http.StatusOK).says("09:30前有效").never("00012345678")
	ground := regexp.MustCompile(`value="(glass:[^"]+)"`).FindStringSubmatch(page.body)
	if ground == nil {
		t.Fatal("the broken glass is no choice")
	}
	s.send(official, at+"/phone", form("ground", ground[1])).is(http.StatusOK).says("00012345678")
	s.send("lead@"+cell2, at+"/phone", form("ground", ground[1])).is(http.StatusUnprocessableEntity).never("00012345678")
	s.now = s.now.Add(purpose.GlassGood)
	s.send(official, at+"/phone", form("ground", ground[1])).is(http.StatusUnprocessableEntity).never("00012345678")
}

func TestManyHouseholdsMoveTogether(t *testing.T) {
	s := newSite(t)
	at, homes := "/network/units/"+cell2+"/homes", s.homes(cell2)
	s.get(official, at).is(http.StatusOK).says(homes[0].Address)
	s.get("lead@"+cell2, at).is(http.StatusForbidden)
	s.send(official, at, form("to", cell)).is(http.StatusUnprocessableEntity).says("至少勾选一户")
	f := form("to", cell, "homes", homes[0].ID, "homes", homes[1].ID)
	s.send(official, at, f).is(http.StatusOK).says(`name="confirm"`, "涉及 2 户")
	f.Set("confirm", "1")
	f.Set("_version", s.rev(cell2))
	s.send(official, at, f).leadsTo("/network/units/" + cell2)
	if n := s.unit(cell).Households; n != 8 {
		t.Errorf("%d households in the cell", n)
	}
}

func TestSettleClaim(t *testing.T) {
	s := newSite(t)
	h := s.homes(cell)[1]
	at := "/network/households/" + h.ID
	s.get(official, at).is(http.StatusOK).says("两个邻都登记了", cell2)
	s.send("lead@"+cell, at+"/settle", form("unit", cell2, "move", "1")).is(http.StatusForbidden)
	s.send(official, at+"/settle", form("unit", cell2, "move", "1")).leadsTo(at)
	if c := s.net.Tree().Coverage(s.net.RootID()); c.Overlaps != 0 || s.unit(cell2).Households != 7 {
		t.Errorf("overlaps %d, households %d", c.Overlaps, s.unit(cell2).Households)
	}
}

func TestSelectionFromNominationToAppointment(t *testing.T) {
	s := newSite(t)
	at := "/u/" + cell + "/nominate"
	s.send("", at, form("name", "周桂香", "by", "self")).is(http.StatusUnprocessableEntity)
	s.send("", at, form("name", "周桂香", "by", "village", "statement", "热心")).is(http.StatusUnauthorized)
	s.send("", at, form("name", "周桂香", "by", "neighbour", "statement", "热心肠，就住在巷口", "phone", "00077778888")).leadsTo(at + "?sent=1")
	s.get("", at+"?sent=1").is(http.StatusOK).says("推荐已收到")
	list := s.get(official, "/network/selections?unit="+village).is(http.StatusOK).says("周桂香")
	path := regexp.MustCompile(`/network/selections/[0-9a-f-]{30,}`).FindString(list.body)
	s.get(official, path).is(http.StatusOK).says("热心肠", path+"/review").never("00077778888")
	step := func(as, name string, more ...string) answer {
		page := s.get(as, path).is(http.StatusOK)
		return s.send(as, path+"/"+name, form(append(more, "_version", version(page.body))...))
	}
	const townAs = "town_official@" + town
	step(townAs, "review").is(http.StatusForbidden)
	step(official, "review").leadsTo(path)
	s.send(official, path+"/review", form("_version", "1")).is(http.StatusConflict)
	step(townAs, "file").leadsTo(path)
	s.get("", "/notices/leads").is(http.StatusOK).never("周桂香")
	step(townAs, "notice").leadsTo(path)
	s.get("", "/notices/leads").is(http.StatusOK).says("周桂香", "热心肠").never("00077778888")
	s.get(townAs, path).is(http.StatusOK).says("公示到").never(path + "/appoint")
	s.now = s.now.AddDate(0, 0, 7)
	ok(t, s.net.Refresh(t.Context()))
	step(townAs, "appoint", "until", "2029-03-01").leadsTo(path)
	if got := s.net.Tree().LeadOf(s.unit(cell).ID); got == nil || got.Name != "周桂香" {
		t.Errorf("lead %+v", got)
	}
	s.get("", "/u/"+cell).is(http.StatusOK).says("周桂香")
}

func TestSelectionCanBeRefusedWithAReason(t *testing.T) {
	s := newSite(t)
	ok(t, ignore(s.net.Nominate(t.Context(), sys, network.Nominate{PostID: s.post(cell, auth.Lead).ID, PersonName: "钱进", By: network.BySelf, Statement: "愿意"})))
	list := s.get(official, "/network/selections").is(http.StatusOK)
	path := regexp.MustCompile(`/network/selections/[0-9a-f-]{30,}`).FindString(list.body)
	s.send(official, path+"/phone", form("purpose", "核实")).is(http.StatusNotFound)
	s.send(official, path+"/reject", form("_version", "1")).is(http.StatusUnprocessableEntity)
	s.send(official, path+"/withdraw", form("_version", "1", "note", "本人要去外地")).leadsTo(path)
	if !strings.Contains(s.get(official, path).body, "本人要去外地") {
		t.Error("the reason isn't shown")
	}
}

func ignore[T any](_ T, err error) error { return err }

func TestLeadsDecideWhetherTheirNumberShows(t *testing.T) {
	s := newSite(t)
	post := s.post(cell2, auth.Lead)
	at, as := "/network/posts/"+post.ID, "lead@"+cell2+"/"+post.Holder.PersonID
	ok(t, s.net.ShowPhone(t.Context(), auth.Actor{AccountID: "a", PersonID: post.Holder.PersonID}, network.ShowPhone{Show: false}))
	s.get("", "/u/"+cell2).is(http.StatusOK).never("tel:")
	s.get(as, at).is(http.StatusOK).says("公开我的电话")
	s.get(official, at).is(http.StatusOK).never("公开我的电话")
	s.send(as, "/network/me/phone", form("show", "1")).leadsTo(at)
	s.get("", "/u/"+cell2).is(http.StatusOK).says("tel:000")
}
