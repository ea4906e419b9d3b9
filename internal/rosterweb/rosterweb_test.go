package rosterweb_test

import (
	"bytes"
	"context"
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
	"bilin/internal/find"
	"bilin/internal/i18n"
	"bilin/internal/job"
	"bilin/internal/live"
	"bilin/internal/network"
	"bilin/internal/roster"
	"bilin/internal/rosterweb"
	"bilin/internal/seal"
	"bilin/internal/seal/sealtest"
	"bilin/internal/sheet"
	"bilin/internal/sqldb"
	"bilin/internal/sqldbtest"
	"bilin/internal/web"
	"bilin/internal/webtest"
)

// site is a city of one village behind the roster pages, with a runner at work.
type site struct {
	t      *testing.T
	base   string
	client *http.Client
	net    *network.Service
}

func ok(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func newSite(t *testing.T) *site {
	t.Helper()
	db, dir, quiet := sqldbtest.Open(t, sqldb.SQLite), t.TempDir(), slog.New(slog.DiscardHandler)
	log, err := audit.Open(db, audit.Options{Dir: dir, Logger: quiet})
	ok(t, err)
	keys, err := seal.Open(dir)
	ok(t, err)
	net, err := network.Open(t.Context(), db, network.Options{Audit: log, Seal: keys, Vault: sealtest.Vault(t, db, keys), Logger: quiet})
	ok(t, err)
	hub := live.NewHub(db, quiet)
	svc := roster.New(roster.Deps{DB: db, Network: net, Index: find.NewIndex(), Seal: keys, Audit: log, Live: hub, Logger: quiet})
	runner := job.NewRunner(db, quiet, job.Options{Poll: 20 * time.Millisecond})
	svc.Register(runner)
	ok(t, runner.Start(t.Context()))
	t.Cleanup(func() { _ = runner.Stop(context.Background()) })
	s := &site{t: t, net: net}
	s.enter()
	city := auth.Actor{AccountID: "c", Name: "基层办", Grants: []auth.Grant{{Role: auth.CityOffice, UnitID: net.Tree().RootID()}}}
	srv := webtest.New(t, func(srv *web.Server) []web.Module { return []web.Module{rosterweb.New(srv, svc, net).Module()} },
		[]i18n.Bundle{rosterweb.Messages, roster.Messages, sheet.Messages}, webtest.As(&web.User{Name: "基层办", IsOfficial: true}),
		webtest.With(func(o *web.Options) {
			o.Wrap = append(o.Wrap, func(next http.Handler) http.Handler {
				return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					next.ServeHTTP(w, r.WithContext(auth.With(r.Context(), city)))
				})
			})
		}))
	webtest.CheckTemplates(t, srv)
	s.base, s.client = webtest.Start(t, srv)
	return s
}

func (s *site) enter() {
	ids := []string{sqldb.NewID(), sqldb.NewID(), sqldb.NewID()}
	ok(s.t, s.net.ImportChunk(s.t.Context(), auth.System("test"), network.Chunk{Units: []network.NewUnit{
		{ID: ids[0], Code: "430182000000", Name: "宁乡市", Level: network.City},
		{ID: ids[1], Code: "430182001000", Name: "玉潭街道", ParentID: ids[0], Level: network.Town},
		{ID: ids[2], Code: "430182001001", Name: "二环路社区", ParentID: ids[1], Level: network.Village},
	}}))
	ok(s.t, s.net.Refresh(s.t.Context()))
}

func (s *site) get(path string) (int, string, http.Header) {
	s.t.Helper()
	res, err := s.client.Get(s.base + path)
	ok(s.t, err)
	defer func() { _ = res.Body.Close() }()
	body, err := io.ReadAll(res.Body)
	ok(s.t, err)
	return res.StatusCode, string(body), res.Header
}

func (s *site) post(path, kind string, body io.Reader) (int, string, http.Header) {
	s.t.Helper()
	res, err := s.client.Post(s.base+path, kind, body)
	ok(s.t, err)
	defer func() { _ = res.Body.Close() }()
	answer, err := io.ReadAll(res.Body)
	ok(s.t, err)
	return res.StatusCode, string(answer), res.Header
}

func (s *site) form(path string, values url.Values) (int, string, http.Header) {
	s.t.Helper()
	return s.post(path, "application/x-www-form-urlencoded", strings.NewReader(values.Encode()))
}

func (s *site) upload(key, content string) (int, string, http.Header) {
	s.t.Helper()
	var b bytes.Buffer
	m := multipart.NewWriter(&b)
	ok(s.t, m.WriteField("_key", key))
	f, err := m.CreateFormFile("file", "二环路花名册.csv")
	ok(s.t, err)
	_, err = io.WriteString(f, content)
	ok(s.t, err)
	ok(s.t, m.Close())
	return s.post("/rosters", m.FormDataContentType(), &b)
}

// until fetches a page until it shows the text.
func (s *site) until(path, text string) string {
	s.t.Helper()
	var body string
	for deadline := time.Now().Add(20 * time.Second); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		if _, body, _ = s.get(path); strings.Contains(body, text) {
			return body
		}
	}
	s.t.Fatalf("%s never shows %q:\n%s", path, text, body)
	return ""
}

const content = "村代码,片,组,邻,邻长,户编号,户主,联系电话,地址,人数\n" +
	"430182001001,1,3,1,王三,A1,张一,12911111111,花明北路1号,3\n" +
	"430182001001,1,3,1,王三,A2,张二,号码不详,花明北路2号,4\n"

func TestUploadCheckImport(t *testing.T) {
	s := newSite(t)
	if _, body, _ := s.get("/rosters"); !strings.Contains(body, "还没有导入过花名册") {
		t.Fatalf("empty history:\n%s", body)
	}
	code, _, head := s.upload("k1", content)
	path := head.Get("Location")
	if code != http.StatusSeeOther || !strings.HasPrefix(path, "/rosters/runs/") {
		t.Fatalf("%d %q", code, path)
	}
	if _, _, again := s.upload("k1", content); again.Get("Location") != path {
		t.Errorf("a repeated upload made another run: %q", again.Get("Location"))
	}
	body := s.until(path, "已检查，有问题的行")
	for _, want := range []string{"号码不详", "H 联系电话", "11 位手机号", "跳过 1 行有问题的，导入其余"} {
		if !strings.Contains(body, want) {
			t.Errorf("%q isn't on the page:\n%s", want, body)
		}
	}
	if code, _, _ := s.form(path+"/start", url.Values{}); code != http.StatusUnprocessableEntity {
		t.Errorf("started with bad rows: %d", code)
	}
	if code, _, _ := s.form(path+"/start", url.Values{"skip_bad": {"1"}}); code != http.StatusSeeOther {
		t.Fatalf("start: %d", code)
	}
	s.until(path, "已写入：新增 1 户")
	ok(t, s.net.Refresh(t.Context())) // the snapshot follows what was written a moment later
	if n := s.net.Tree().Coverage(s.net.Tree().RootID()).Households; n != 1 {
		t.Errorf("%d households", n)
	}
	if _, body, _ := s.get("/rosters"); !strings.Contains(body, "二环路花名册.csv") || !strings.Contains(body, "已完成") {
		t.Errorf("history:\n%s", body)
	}
	if code, _, _ := s.form(path+"/stop", url.Values{}); code != http.StatusConflict {
		t.Errorf("stopped what isn't going on: %d", code)
	}
}

func TestBadRowsDownload(t *testing.T) {
	s := newSite(t)
	_, _, head := s.upload("k", content)
	path := head.Get("Location")
	s.until(path, "已检查，有问题的行")
	code, body, header := s.get(path + "/bad/csv")
	want := "\ufeff村代码,片,组,邻,邻长,户编号,户主,联系电话,地址,人数,问题,应当填写,原行号\r\n" +
		"430182001001,1,3,1,王三,A2,张二,号码不详,花明北路2号,4,联系电话: “号码不详”不像电话号码。,11 位手机号，或带区号的座机；没有电话就留空。,3\r\n"
	if code != http.StatusOK || body != want || !strings.Contains(header.Get("Content-Disposition"), "bad-rows.csv") {
		t.Fatalf("%d %q, want %q", code, body, want)
	}
	fixed := strings.Replace(strings.TrimPrefix(body, "\ufeff"), "号码不详", "12922222222", 1)
	_, _, head = s.upload("k2", fixed)
	s.until(head.Get("Location"), "已检查，可以导入")
	if code, body, _ := s.get(path + "/bad/xlsx"); code != http.StatusOK || !strings.HasPrefix(body, "PK") {
		t.Errorf("xlsx: %d", code)
	}
	if code, _, _ := s.get(path + "/bad/exe"); code != http.StatusNotFound {
		t.Errorf("another format: %d", code)
	}
}

func TestRefusedFiles(t *testing.T) {
	s := newSite(t)
	tests := map[string]struct {
		content string
		status  int
		says    string
	}{
		"not a table": {"%PDF-1.7", 415, "这个文件不是表格"},
		"old":         {"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1", 415, "旧版 .xls"},
		"no header":   {"1,2,3\n4,5,6\n", 422, "没有找到表头"},
		"missing":     {"村代码,片,户主\n430182001001,1,x\n", 422, "缺少“组”列"},
		"too large":   {"村代码,片,组,邻,地址\n" + strings.Repeat("x", 10<<20), 413, "超过了 10 MiB"},
		"empty":       {"", 422, "文件是空的"},
	}
	for name, tt := range tests {
		code, body, _ := s.upload(name, tt.content)
		if code != tt.status || !strings.Contains(body, tt.says) {
			t.Errorf("%s: %d, want %d and %q:\n%s", name, code, tt.status, tt.says, body[:min(len(body), 6000)])
		}
	}
}

func TestExportPage(t *testing.T) {
	s := newSite(t)
	_, _, head := s.upload("k", strings.Replace(content, "号码不详", "", 1))
	path := head.Get("Location")
	s.until(path, "已检查，可以导入")
	if code, _, _ := s.form(path+"/start", url.Values{}); code != http.StatusSeeOther {
		t.Fatalf("start: %d", code)
	}
	s.until(path, "已写入：新增 2 户")
	if _, body, _ := s.get("/rosters/export"); !strings.Contains(body, "玉潭街道") {
		t.Errorf("no town to choose:\n%s", body)
	}
	root := s.net.Tree().RootID()
	code, body, _ := s.form("/rosters/export", url.Values{"unit": {root}, "format": {"csv"}})
	if code != http.StatusOK || !strings.Contains(body, "***") || strings.Contains(body, "12911111111") || !strings.Contains(body, "张*") {
		t.Errorf("masked export: %d %s", code, body)
	}
	code, body, _ = s.form("/rosters/export", url.Values{"unit": {root}, "format": {"csv"}, "purpose": {"防汛电话核对"}})
	if code != http.StatusForbidden || strings.Contains(body, "12911111111") {
		t.Errorf("a whole city's numbers at once: %d %s", code, body)
	}
	if code, _, _ := s.form("/rosters/export", url.Values{"unit": {"elsewhere"}, "format": {"csv"}}); code != http.StatusUnprocessableEntity {
		t.Errorf("another unit: %d", code)
	}
	if code, body, _ := s.get("/rosters/template/csv"); code != http.StatusOK || !strings.Contains(body, "村代码,镇街,村社区,片,组,邻") {
		t.Errorf("template: %d %s", code, body)
	}
}
