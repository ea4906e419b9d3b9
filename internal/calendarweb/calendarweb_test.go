package calendarweb_test

import (
	"bytes"
	"io"
	"log/slog"
	"mime/multipart"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"bilin/internal/audit"
	"bilin/internal/auth"
	"bilin/internal/calendar"
	"bilin/internal/calendarweb"
	"bilin/internal/i18n"
	"bilin/internal/sheet"
	"bilin/internal/sqldb"
	"bilin/internal/sqldbtest"
	"bilin/internal/web"
	"bilin/internal/webtest"
)

type city struct{}

func (city) Contains(rootID, unitID string) bool { return rootID == unitID }
func (city) RootID() string                      { return "city" }

// site is the calendar's pages as somebody sees them.
type site struct {
	t      *testing.T
	base   string
	client *http.Client
	svc    *calendar.Service
}

func ok(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func today() time.Time { return time.Date(2026, 11, 23, 2, 0, 0, 0, time.UTC) }

func newSite(t *testing.T, role auth.Role) *site {
	t.Helper()
	db := sqldbtest.Open(t, sqldb.SQLite)
	log, err := audit.Open(db, audit.Options{Dir: t.TempDir(), Logger: slog.New(slog.DiscardHandler)})
	ok(t, err)
	policy := auth.NewPolicy(city{}, calendar.Rules)
	svc, err := calendar.Open(t.Context(), calendar.Options{DB: db, Policy: policy, Audit: log, Now: today})
	ok(t, err)
	actor := auth.Actor{AccountID: "a", Name: "某某", Grants: []auth.Grant{{Role: role, UnitID: "city"}}}
	srv := webtest.New(t, func(srv *web.Server) []web.Module {
		return []web.Module{calendarweb.New(srv, svc, policy, today).Module()}
	},
		[]i18n.Bundle{calendarweb.Messages, calendar.Messages, sheet.Messages}, webtest.As(&web.User{Name: "某某", IsOfficial: true}),
		webtest.With(func(o *web.Options) {
			o.Wrap = append(o.Wrap, func(next http.Handler) http.Handler {
				return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					next.ServeHTTP(w, r.WithContext(auth.With(r.Context(), actor)))
				})
			})
		}))
	webtest.CheckTemplates(t, srv)
	s := &site{t: t, svc: svc}
	s.base, s.client = webtest.Start(t, srv)
	return s
}

func (s *site) answer(res *http.Response, err error) (int, string, string) {
	s.t.Helper()
	ok(s.t, err)
	defer func() { _ = res.Body.Close() }()
	body, err := io.ReadAll(res.Body)
	ok(s.t, err)
	return res.StatusCode, string(body), res.Header.Get("Location")
}

func (s *site) get(path string) (int, string, string) {
	s.t.Helper()
	return s.answer(s.client.Get(s.base + path))
}

func (s *site) post(path string, values url.Values) (int, string, string) {
	s.t.Helper()
	return s.answer(s.client.PostForm(s.base+path, values))
}

func (s *site) upload(content string) (int, string, string) {
	s.t.Helper()
	var b bytes.Buffer
	m := multipart.NewWriter(&b)
	f, err := m.CreateFormFile("file", "放假.csv")
	ok(s.t, err)
	_, err = io.WriteString(f, content)
	ok(s.t, err)
	ok(s.t, m.Close())
	return s.answer(s.client.Post(s.base+"/settings/calendar/check", m.FormDataContentType(), &b))
}

func (s *site) contains(body string, wants ...string) {
	s.t.Helper()
	for _, want := range wants {
		if !strings.Contains(body, want) {
			s.t.Errorf("%q isn't on the page:\n%s", want, body)
		}
	}
}

const list = "2027-01-01,2027-01-03,休,元旦\n2027-02-05,2027-02-12,休,春节\n2027-01-31,2027-01-31,班,春节"

func TestEnterTheNextYear(t *testing.T) {
	s := newSite(t, auth.CityOffice)
	_, body, _ := s.get("/settings/calendar")
	s.contains(body, "还没有 2027 年的放假安排", "year=2027#list-title", "国庆节", `class="day day-makeup"`, `class="day day-holiday"`, `aria-current="date"`)
	code, body, _ := s.post("/settings/calendar/check", url.Values{"text": {list}})
	s.contains(body, "会改变 12 天", "2027-02-05", "保存这些安排")
	if code != http.StatusOK || s.svc.Rev() != 1 {
		t.Fatalf("%d, revision %d: the dry run stored something", code, s.svc.Rev())
	}
	values := url.Values{"text": {list}, "_version": {"1"}, "_key": {"k"}}
	for range 2 {
		if code, body, to := s.post("/settings/calendar/days", values); code != http.StatusSeeOther || to != "/settings/calendar?year=2027" {
			t.Fatalf("%d %s %s", code, to, body)
		}
	}
	_, body, _ = s.get("/settings/calendar?year=2027")
	s.contains(body, "元旦", "本市录入", "已保存，改变了 12 天。")
	if strings.Contains(body, "还没有 2027 年") {
		t.Error("it still says that the year is missing")
	}
	if code, _, _ := s.post("/settings/calendar/days", url.Values{"text": {"2027-03-01,2027-03-01,休,x"}, "_version": {"1"}, "_key": {"l"}}); code != http.StatusConflict {
		t.Errorf("a list checked against an older calendar: %d", code)
	}
	if code, _, _ := s.post("/settings/calendar/drop", url.Values{"from": {"2027-01-01"}, "to": {"2027-01-03"}}); code != http.StatusSeeOther || !s.svc.Get().Works("2027-01-01") {
		t.Errorf("take back: %d", code)
	}
}

func TestBadListIsMended(t *testing.T) {
	s := newSite(t, auth.Admin)
	_, body, _ := s.post("/settings/calendar/check", url.Values{"text": {list + "\n2027-04-31,2027-04-31,休,清明节"}})
	s.contains(body, "有 1 行看不懂", "2027-04-31,2027-04-31,休,清明节", "看不懂。请写成")
	if strings.Contains(body, "保存这些安排") {
		t.Error("a list with a bad line can be stored")
	}
	if code, body, _ := s.post("/settings/calendar/days", url.Values{"text": {"清明 4 月 4 日"}}); code != http.StatusUnprocessableEntity || !strings.Contains(body, "还有看不懂的行") {
		t.Errorf("%d %s", code, body)
	}
	if code, body, _ := s.post("/settings/calendar/check", url.Values{"text": {" "}}); code != http.StatusUnprocessableEntity || !strings.Contains(body, "没有看到日期") {
		t.Errorf("%d %s", code, body)
	}
}

func TestUpload(t *testing.T) {
	s := newSite(t, auth.CityOffice)
	_, body, _ := s.upload("\ufeff开始,结束,安排,名称\r\n2027/1/1,2027/1/3,休,元旦\r\n")
	s.contains(body, "会改变 3 天", "元旦")
	if code, body, _ := s.upload("%PDF-1.7"); code != http.StatusUnprocessableEntity || !strings.Contains(body, "这个文件不是表格") {
		t.Errorf("%d %s", code, body)
	}
}

func TestOneDayAndHours(t *testing.T) {
	s := newSite(t, auth.CityOffice)
	if code, body, _ := s.post("/settings/calendar/day", url.Values{"date": {"2026年11月28日"}, "kind": {"workday"}, "name": {"集中办理"}}); code != http.StatusSeeOther || !s.svc.Get().Works("2026-11-28") {
		t.Errorf("%d %s", code, body)
	}
	if code, body, _ := s.post("/settings/calendar/day", url.Values{"date": {"2040-01-01"}, "kind": {"holiday"}}); code != http.StatusUnprocessableEntity || !strings.Contains(body, "日期只能在 2025 年到 2028 年之间") {
		t.Errorf("%d %s", code, body)
	}
	hours := url.Values{"hours": {"上午九点到下午五点"}, "days": {"mon", "tue", "wed", "thu", "fri"}, "_version": {"2"}}
	if code, body, _ := s.post("/settings/calendar/hours", hours); code != http.StatusUnprocessableEntity || !strings.Contains(body, "上下班时间不对") {
		t.Errorf("hours in words: %d %s", code, body)
	}
	hours.Set("hours", "８：３０－１２：００，14:00至17:30")
	if code, body, _ := s.post("/settings/calendar/hours", hours); code != http.StatusSeeOther || s.svc.Calendar().Day() != 7*time.Hour {
		t.Errorf("%d %s", code, body)
	}
	_, body, _ := s.get("/settings/calendar")
	s.contains(body, "08:30-12:00,14:00-17:30")
}

func TestOthersOnlyLook(t *testing.T) {
	s := newSite(t, auth.VillageOfficial)
	_, body, _ := s.get("/settings/calendar")
	s.contains(body, "请联系基层办录入", "09:00-12:00,13:00-17:00")
	if strings.Contains(body, "<form method=\"post\" action=\"/settings") {
		t.Error("a village is offered forms")
	}
	if code, _, _ := s.post("/settings/calendar/check", url.Values{"text": {list}}); code != http.StatusForbidden {
		t.Errorf("%d", code)
	}
}
