package meetingweb_test

import (
	"context"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"bilin/internal/auth"
	"bilin/internal/errs"
	"bilin/internal/i18n"
	"bilin/internal/meeting"
	"bilin/internal/meetingweb"
	"bilin/internal/network"
	"bilin/internal/network/networktest"
	"bilin/internal/once"
	"bilin/internal/sqldb"
	"bilin/internal/sqldbtest"
	"bilin/internal/web"
	"bilin/internal/webtest"
)

type city struct {
	*networktest.City
	svc     *meeting.Service
	invited []meeting.Invitation
	down    bool // nothing can be sent
}

func newCity(t *testing.T) *city {
	c := &city{City: networktest.New(t, sqldbtest.Open(t, sqldb.SQLite), meeting.Rules)}
	c.svc = meeting.New(meeting.Options{DB: c.DB, Network: c.Net, Policy: c.Policy, Audit: c.Audit, Live: c.Live, Seal: c.Seal, Now: c.Now, Demands: c,
		Raise: func(ctx context.Context, _ auth.Actor, r meeting.Raised) (string, string, error) {
			return "2600042", "geheim", c.DB.Write(ctx, func(tx *sqldb.Tx) error { return r.Along(ctx, tx, "2600042") })
		},
		Became: func(context.Context, []string) (map[string]meeting.Standing, error) {
			return map[string]meeting.Standing{"2600042": {Became: "accepted"}}, nil
		},
		Invite: func(_ context.Context, _ auth.Actor, i meeting.Invitation) (string, error) {
			if i.Households == 99 {
				return "", errs.E(errs.Stale, "outreach.other_audience")
			}
			if c.down {
				return "", errs.E(errs.Unavailable, "x")
			}
			c.invited = append(c.invited, i)
			return "N26000500", nil
		},
		Strike: func(_ context.Context, _ string, texts ...*string) error {
			for _, text := range texts {
				*text = strings.ReplaceAll(*text, "周桂英", "某某")
			}
			return nil
		},
	})
	return c
}

// OpenAt is the one open demand there is.
func (c *city) OpenAt(context.Context, auth.Actor, string) ([]meeting.OpenDemand, error) {
	return []meeting.OpenDemand{{Number: "2600099", Topic: "路灯照明", Excerpt: "我家门口的灯不亮", Overdue: true}}, nil
}

func (c *city) as(name string) *webtest.Visitor {
	who := auth.Actor{}
	if name != "" {
		who = c.Actor(name)
	}
	return c.Visit(who, []i18n.Bundle{meeting.Messages, meetingweb.Messages, once.Messages}, func(srv *web.Server) web.Module {
		return meetingweb.New(srv, c.svc, c.Net, meetingweb.Options{Public: "https://bilin.example/"}).Module()
	})
}

func (c *city) says(page string, want ...string) {
	c.Helper()
	for _, w := range want {
		if !strings.Contains(page, w) {
			c.Errorf("no %q on %s", w, page)
		}
	}
}

func (c *city) silent(page string, never ...string) {
	c.Helper()
	for _, n := range never {
		if strings.Contains(page, n) {
			c.Errorf("%q on %s", n, page)
		}
	}
}

const cell = "430182001001010101"

var form = []string{"unit", cell, "subject", "路灯装在哪", "place", "晒谷坪", "day", "2026-12-02", "time", "19:30", "lines", "轮流扫水渠", "demand", "2600099"}

// called is a meeting that the lead called and invited to.
func (c *city) called(lead *webtest.Visitor) string {
	c.Helper()
	invite := lead.Post("/meetings", http.StatusSeeOther, "", append(form, "_key", "1")...)
	home := strings.TrimSuffix(invite, "/invite")
	c.says(lead.Get(invite), "发给1户", "晒谷坪")
	lead.Post(invite, http.StatusConflict, "来</textarea>", "_key", "2", "_version", "1", "title", "屋场会", "words", "来", "households", "99")
	lead.Post(invite, http.StatusSeeOther, "", "_key", "3", "_version", "1", "title", "屋场会", "words", "来商量。", "households", "1")
	return home
}

// TestAMeeting from the call to what everybody reads: of a demand only what it is
// about, of those who came only how many, of minutes no name.
func TestAMeeting(t *testing.T) {
	t.Parallel()
	c := newCity(t)
	lead, resident := c.as("邻长1"), c.as("")
	c.says(lead.Get("/meetings/new"), "我家门口的灯不亮", "超期")
	home := c.called(lead)
	public := resident.Get(home)
	c.says(public, "路灯装在哪", "路灯照明", "轮流扫水渠", "晒谷坪")
	c.silent(public, "灯不亮", "2600099", "改期")
	c.says(lead.Get(home), "/demands/2600099", home+"/move")
	c.says(resident.Get("/meetings?door="+networktest.Door), home, "/u/"+cell+"/meetings.ics")
	c.silent(resident.Get("/meetings?unit="+c.Codes[1]), home)
	c.says(resident.Get("/u/"+cell+"/meetings.ics"), "DTSTART:20261202T113000Z", "LOCATION:晒谷坪", "https://bilin.example"+home)
	c.Clock = c.Clock.Add(34 * time.Hour)
	minutes := home + "/minutes"
	page := lead.Get(minutes)
	c.says(page, `data-draft="meeting-`, `data-outbox="屋场会记录`, "data-dictate", "不用登记名字")
	lead.Post(minutes, http.StatusUnprocessableEntity, "", "_key", "a", "_version", "0", "came", "0", "words", "周桂英说")
	lead.Post(minutes, http.StatusSeeOther, "", "_key", "a", "_version", "0", "came", "7", "words", "周桂英说灯不亮。")
	lead.Post(home+"/resolve", http.StatusUnprocessableEntity, "请选由谁来办", "_key", "b", "kind", "promise", "what", "装三盏灯")
	lead.Post(home+"/resolve", http.StatusSeeOther, "", "_key", "b", "kind", "promise", "what", "装三盏灯", "owner", c.Villages[0]+"/village_official", "due", "2026-12-20")
	lead.Post(home+"/resolve", http.StatusSeeOther, "", "_key", "c", "kind", "demand", "what", "桥头的路要修")
	page = lead.Get(minutes)
	c.says(page, "某某说灯不亮。", "会这样隐去", "/t/2600042?k=geheim")
	c.silent(resident.Get(home), "灯不亮。", "7人", "geheim")
	for range 2 { // a second tap is answered the same
		lead.Post(home+"/publish", http.StatusSeeOther, "", "_key", "d", "_version", "1")
	}
	public = resident.Get(home)
	c.says(public, "某某说灯不亮。", "不到10人", "装三盏灯", "村干部1", "正在办")
	c.silent(public, "周桂英", "2600042")
	c.says(lead.Get(home), "7人")
	lead.Get(home + "/correct")
	lead.Post(home+"/correct", http.StatusUnprocessableEntity, "内容没有变化", "_key", "e", "_version", "1", "words", "某某说灯不亮。", "why", "错字")
	lead.Post(home+"/correct", http.StatusSeeOther, "", "_key", "f", "_version", "1", "words", "灯不亮，先装三盏。", "why", "写漏了")
	c.says(resident.Get(home), "写漏了", "某某说灯不亮。", "先装三盏")
	c.followed(lead, resident)
}

// followed keeps the promise, and reads it out at the next meeting.
func (c *city) followed(lead, resident *webtest.Visitor) {
	c.Helper()
	village := c.as("村干部1")
	list := village.Get("/meetings?unit=" + c.Codes[0])
	found := regexp.MustCompile(`/promises/[0-9a-f-]+`).FindString(list)
	if found == "" {
		c.Fatalf("no promise on %s", list)
	}
	c.silent(resident.Get("/meetings?unit="+cell), "/promises/")
	c.silent(lead.Get(found), "<form class=\"card")
	lead.Post(found, http.StatusForbidden, "", "_key", "x", "_version", "1", "outcome", "三盏灯都亮了")
	village.Get(found)
	village.Post(found, http.StatusUnprocessableEntity, "用一句话", "_key", "y", "_version", "1", "outcome", "好了")
	village.Post(found, http.StatusSeeOther, "", "_key", "z", "_version", "1", "outcome", "三盏灯都亮了")
	next := append([]string{"_key", "n"}, form...)
	for i, v := range next {
		if v == "2026-12-02" {
			next[i] = "2026-12-05"
		}
	}
	home := strings.TrimSuffix(lead.Post("/meetings", http.StatusSeeOther, "", next...), "/invite")
	page := resident.Get(home)
	c.says(page, "以前定的事", `data-speak="said"`, "三盏灯都亮了", "桥头的路要修")
	c.Clock = c.Clock.Add(72 * time.Hour)
	c.says(lead.Get(home+"/minutes"), "念过了")
	lead.Post(home+"/read", http.StatusSeeOther, "", "_key", "r")
	c.says(resident.Get(home), "在会上念过")
}

// TestWhatIsWrongComesBack with what was typed, at its field.
func TestWhatIsWrongComesBack(t *testing.T) {
	t.Parallel()
	c := newCity(t)
	lead := c.as("邻长1")
	lead.Post("/meetings", http.StatusUnprocessableEntity, "请填几点几分", "_key", "1", "unit", cell, "subject", "路灯", "place", "坪", "day", "2026-12-02", "time", "晚上")
	lead.Post("/meetings", http.StatusUnprocessableEntity, "请至少选一件诉求", "_key", "1", "unit", cell, "subject", "路灯", "place", "坪", "day", "2026-12-02", "time", "19:30")
	lead.Post("/meetings", http.StatusUnprocessableEntity, "已经办结", "_key", "1", "unit", cell, "subject", "路灯", "place", "坪", "day", "2026-12-02", "time", "19:30", "demand", "999")
	lead.Post("/meetings", http.StatusForbidden, "", append(form, "_key", "1", "unit", c.Codes[0])[2:]...)
	if code := lead.Status("/meetings/new?unit=" + c.Codes[0]); code != http.StatusForbidden {
		t.Errorf("the village's agenda: %d", code)
	}
	home := c.called(lead)
	for _, path := range []string{"/meetings/Y1", "/promises/x", "/meetings?unit=1", "/u/430182001000/meetings.ics", home + "/correct"} {
		if code := lead.Status(path); code != http.StatusNotFound {
			t.Errorf("%s: %d", path, code)
		}
	}
	other := c.as("邻长2")
	for _, path := range []string{"/edit", "/invite", "/move", "/minutes"} {
		if code := other.Status(home + path); code != http.StatusForbidden {
			t.Errorf("another lead at %s: %d", path, code)
		}
	}
	lead.Post(home+"/move", http.StatusUnprocessableEntity, "都没有变", "_key", "2", "_version", "2", "place", "晒谷坪", "day", "2026-12-02", "time", "19:30", "why", "下雨")
	lead.Post(home+"/move", http.StatusSeeOther, "", "_key", "3", "_version", "2", "place", "村部", "day", "2026-12-03", "time", "19:30", "why", "下雨")
	c.says(c.as("").Get(home), "村部", "下雨")
	lead.Get(home + "/edit")
	lead.Post(home, http.StatusSeeOther, "", "_key", "4", "_version", "4", "subject", "路灯和水渠", "lines", "水渠")
	lead.Post(home+"/cancel", http.StatusUnprocessableEntity, "请填写", "_key", "5", "_version", "5", "why_cancel", "")
	lead.Post(home+"/cancel", http.StatusSeeOther, "", "_key", "6", "_version", "5", "why_cancel", "装好了")
	c.says(c.as("").Get(home), "这次会不开了", "装好了")
	c.says(c.as("").Get("/u/"+cell+"/meetings.ics"), "STATUS:CANCELLED")
	if len(c.invited) != 3 {
		t.Errorf("told %d times", len(c.invited))
	}
}

// TestAnInvitationThatComesBack: with the new words where the place changed, and
// what was typed beside them; without names, to be looked at once more; and one
// that couldn't be sent is kept, and says so.
func TestAnInvitationThatComesBack(t *testing.T) {
	t.Parallel()
	c := newCity(t)
	lead := c.as("邻长1")
	invite := lead.Post("/meetings", http.StatusSeeOther, "", append(form, "_key", "1")...)
	home := strings.TrimSuffix(invite, "/invite")
	lead.Post(home+"/move", http.StatusSeeOther, "", "_key", "2", "_version", "1", "place", "村部", "day", "2026-12-03", "time", "19:30", "why", "下雨")
	old := []string{"_key", "3", "_version", "1", "title", "屋场会", "words", "晒谷坪见。", "households", "1"}
	lead.Post(invite, http.StatusConflict, "您刚才写的是", old...)
	lead.Post(invite, http.StatusConflict, "在村部开屋场会", old...)
	lead.Post(invite, http.StatusUnprocessableEntity, "某某来讲。</textarea>", "_key", "3", "_version", "2", "title", "屋场会", "words", "周桂英来讲。", "households", "1")
	c.down = true
	lead.Post(invite, http.StatusServiceUnavailable, "不用重发", "_key", "4", "_version", "2", "title", "屋场会", "words", "来商量。", "households", "1")
	c.says(lead.Get(home), "邀请正在发出")
	c.says(lead.Get(invite), "邀请正在发出")
	c.silent(c.as("").Get(home), "邀请正在发出")
	lead.Post(home+"/cancel", http.StatusConflict, "邀请正在发出", "_key", "5", "_version", "2", "why_cancel", "下雨")
}

// TestNumbersAreLookedAt before everybody reads them; before a meeting its page says so at once.
func TestNumbersAreLookedAt(t *testing.T) {
	t.Parallel()
	c := newCity(t)
	lead := c.as("邻长1")
	home := strings.TrimSuffix(lead.Post("/meetings", http.StatusSeeOther, "", append(form, "_key", "1")...), "/invite")
	c.says(lead.Get(home+"/minutes"), "会还没有开", "</form>")
	start := time.Date(2026, 12, 2, 11, 30, 0, 0, time.UTC)
	c.Clock = start.Add(-time.Minute)
	c.silent(lead.Get(home+"/minutes"), "会还没有开")
	lead.Post(home+"/minutes", http.StatusSeeOther, "", "_key", "2", "_version", "0", "came", "7", "words", "水表号 123456，装灯。")
	page := c.as("").Get(home)
	c.says(page, "将要召开")
	c.silent(page, "开过了", "还没有公开")
	c.Clock = start
	c.says(c.as("").Get(home), "开过了")
	c.says(lead.Get(home+"/minutes"), "<li>水表号 123456<input", "不是别人的号码")
	lead.Post(home+"/publish", http.StatusUnprocessableEntity, "再打勾公开", "_key", "3", "_version", "1")
	c.silent(c.as("").Get(home), "123456")
	lead.Post(home+"/publish", http.StatusSeeOther, "", "_key", "3", "_version", "1", "seen", "1", "number", "水表号 123456")
	c.says(c.as("").Get(home), "123456")
	lead.Post(home+"/correct", http.StatusUnprocessableEntity, "<li>井盖 654321<input", "_key", "4", "_version", "1", "words", "井盖 654321", "why", "写错")
	correct := []string{"_key", "4", "_version", "1", "why", "写错", "seen", "1", "number", "井盖 654321", "words"}
	lead.Post(home+"/correct", http.StatusUnprocessableEntity, "<li>电表 777777<input", append(correct, "井盖 654321，电表 777777")...)
	lead.Post(home+"/correct", http.StatusSeeOther, "", append(correct, "井盖 654321", "drop", "1")...)
	page = c.as("").Get(home)
	c.says(page, "已经删去", "654321")
	c.silent(page, "123456")
}

// TestAMergedUnitsMeetings say on the successor's page where they come from.
func TestAMergedUnitsMeetings(t *testing.T) {
	t.Parallel()
	c := newCity(t)
	lead := c.as("邻长1")
	home := strings.TrimSuffix(lead.Post("/meetings", http.StatusSeeOther, "", append(form, "_key", "1")...), "/invite")
	c.OK(c.Net.RenameUnit(t.Context(), auth.System("test"), network.RenameUnit{UnitID: c.Cells[0], Name: "老井邻"}))
	c.OK(c.Net.MergeUnits(t.Context(), auth.System("test"), network.MergeUnits{UnitID: c.Cells[0], IntoID: c.Cells[1]}))
	c.OK(c.svc.Tick(t.Context()))
	c.says(c.as("").Get(home), "这次会是原老井邻召集的", "第2村")
	c.says(c.as("").Get("/meetings?unit="+c.Codes[1]+"010101"), home, "（原老井邻）")
	c.says(c.as("邻长2").Get(home), home+"/move")
}
