package honourweb_test

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"
)

// TestPagesSayWhatIs: no numbers in what is published, days in words and the last
// day as the last, one tick or the other, and closed once it is closed.
func TestPagesSayWhatIs(t *testing.T) {
	t.Parallel()
	c := newCity(t)
	office, village, resident, lead, judge := c.as("市办"), c.as("村干部1"), c.as("邻长2"), c.as("邻长1"), c.as("指挥")
	home := c.open(office)
	panel := office.Get(home + "/panel?q=" + url.QueryEscape("指挥"))
	if !strings.Contains(panel, "已是评委") || strings.Contains(panel, "加入") || !strings.Contains(panel, "指挥中心") {
		t.Errorf("the panel: %s", panel)
	}
	page := resident.Get(home)
	if !strings.Contains(page, "提名到2026年12月5日为止") || strings.Contains(page, "2026-12-05") {
		t.Errorf("open: %s", page)
	}
	form := []string{"_key", "n", "q", "邻长", "nominee", "lead:p-邻长1", "category", "c1", "citation"}
	resident.Post(home+"/nominate", http.StatusUnprocessableEntity, "请不要写电话号码", append(form, story+"打13911112222")...)
	resident.Post(home+"/nominate", http.StatusSeeOther, "", append(form, story)...)
	check := regexp.MustCompile(`/honour-checks/[0-9a-f-]{36}`).FindString(village.Get("/honour-checks"))
	id := strings.TrimPrefix(check, "/honour-checks/")
	village.Post(check, http.StatusUnprocessableEntity, `id="e-praise"`, "_key", "c0", "_version", "1", "true", "yes", "words", "问过三户", "praise", "电话13911112222，身份证430102195001011234")
	step(village, check, check, "true", "yes", "words", "问过三户，都说属实。", "praise", "冰冻十二天送菜送水")
	step(lead, "/honours/mine", "/honours/mine", "do", "yes", "nomination", id)

	c.Clock = time.Date(2026, 12, 6, 2, 0, 0, 0, time.UTC)
	if page := resident.Get(home + "/nominate?q=" + url.QueryEscape("邻长")); !strings.Contains(page, "提名已于2026年12月5日截止") || strings.Contains(page, `name="q"`) || strings.Contains(page, `name="citation"`) {
		t.Errorf("closed: %s", page)
	}
	if page := resident.Get(home); strings.Contains(page, home+"/nominate") || strings.Contains(page, "正在提名") || !strings.Contains(page, "截止") {
		t.Errorf("closed: %s", page)
	}
	step(office, home+"/desk", home+"/desk", "step", "vote", "until", "2026-12-10")
	for _, at := range []string{home, home + "/ballot"} {
		if page := judge.Get(at); !strings.Contains(page, "到2026年12月10日为止") || strings.Contains(page, "12月11日") {
			t.Errorf("%s: %s", at, page)
		}
	}
	judge.Post(home+"/ballot", http.StatusUnprocessableEntity, `id="e-vote-`+id+`"`, "_key", "both", "yes", id, "relative", id)
	judge.Post(home+"/ballot", http.StatusSeeOther, "", "_key", "one", "relative", id)
}
