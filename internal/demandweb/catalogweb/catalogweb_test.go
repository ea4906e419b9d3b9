package catalogweb_test

import (
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"bilin/internal/audit"
	"bilin/internal/auth"
	"bilin/internal/demand/catalog"
	"bilin/internal/demandweb/catalogweb"
	"bilin/internal/i18n"
	"bilin/internal/network"
	"bilin/internal/seal"
	"bilin/internal/sqldb"
	"bilin/internal/sqldbtest"
	"bilin/internal/web"
	"bilin/internal/webtest"
)

// site is the catalogue's pages as the actor sees them.
type site struct {
	t                    *testing.T
	base                 string
	client               *http.Client
	svc                  *catalog.Service
	root, village, water string
	actor                auth.Actor
}

func ok(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func newSite(t *testing.T) *site {
	t.Helper()
	db, dir := sqldbtest.Open(t, sqldb.SQLite), t.TempDir()
	log, err := audit.Open(db, audit.Options{Dir: dir})
	ok(t, err)
	keys, err := seal.Open(dir)
	ok(t, err)
	net, err := network.Open(t.Context(), db, network.Options{Audit: log, Seal: keys})
	ok(t, err)
	s := &site{t: t, root: sqldb.NewID(), village: sqldb.NewID(), water: sqldb.NewID()}
	town := sqldb.NewID()
	ok(t, net.ImportChunk(t.Context(), auth.System("test"), network.Chunk{
		Units: []network.NewUnit{
			{ID: s.root, Code: "430182000000", Name: "宁乡市", Level: network.City},
			{ID: town, Code: "430182001000", Name: "玉潭街道", ParentID: s.root, Level: network.Town},
			{ID: s.village, Code: "430182001001", Name: "二环路社区", ParentID: town, Level: network.Village},
		},
		Departments: []network.Department{{ID: s.water, Code: "water", Name: "水务局"}},
	}))
	ok(t, net.Refresh(t.Context()))
	s.svc, err = catalog.Open(t.Context(), catalog.Options{DB: db, Network: net, Policy: auth.NewPolicy(net, catalog.Rules), Audit: log})
	ok(t, err)
	srv := webtest.New(t, func(srv *web.Server) []web.Module { return []web.Module{catalogweb.New(srv, s.svc, net).Module()} },
		[]i18n.Bundle{catalogweb.Messages, catalog.Messages}, webtest.As(&web.User{Name: "某某", IsOfficial: true}),
		webtest.With(func(o *web.Options) {
			o.Wrap = append(o.Wrap, func(next http.Handler) http.Handler {
				return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					next.ServeHTTP(w, r.WithContext(auth.With(r.Context(), s.actor)))
				})
			})
		}))
	webtest.CheckTemplates(t, srv)
	s.base, s.client = webtest.Start(t, srv)
	s.as(auth.CityOffice, s.root, "")
	return s
}

func (s *site) as(role auth.Role, unitID, departmentID string) {
	s.actor = auth.Actor{AccountID: "a-" + string(role), Name: "某某", Grants: []auth.Grant{{Role: role, UnitID: unitID, DepartmentID: departmentID}}}
}

func (s *site) answer(res *http.Response, err error) (int, string, string) {
	s.t.Helper()
	ok(s.t, err)
	defer func() { _ = res.Body.Close() }()
	body, err := io.ReadAll(res.Body)
	ok(s.t, err)
	return res.StatusCode, string(body), res.Header.Get("Location")
}

func (s *site) get(path string, wants ...string) string {
	s.t.Helper()
	code, body, _ := s.answer(s.client.Get(s.base + path))
	if code != http.StatusOK {
		s.t.Errorf("%s: %d", path, code)
	}
	for _, want := range wants {
		if !strings.Contains(body, want) {
			s.t.Errorf("%s: %q isn't on the page:\n%s", path, want, body)
		}
	}
	return body
}

// post sends a form and expects a status and something on the page.
func (s *site) post(path string, status int, want string, kv ...string) string {
	s.t.Helper()
	values := url.Values{}
	for i := 0; i+1 < len(kv); i += 2 {
		values.Add(kv[i], kv[i+1])
	}
	code, body, to := s.answer(s.client.PostForm(s.base+path, values))
	if code != status || !strings.Contains(body, want) {
		s.t.Errorf("%s: %d, want %d and %q:\n%s", path, code, status, want, body)
	}
	return to
}

func TestCategoryPages(t *testing.T) {
	s := newSite(t)
	s.get("/settings/categories", "环境卫生", "垃圾清运", "env-waste", "12 个大类", "单独规定")
	s.get("/settings/categories/new?parent=road", "道路交通", "随大类（未定）")
	s.post("/settings/categories", http.StatusUnprocessableEntity, "同一级里已经有叫这个名字的类别", "parent", "road", "name", "路灯照明")
	s.post("/settings/categories", http.StatusUnprocessableEntity, "这个代码已经有了", "parent", "road", "name", "桥", "code", "road-light")
	to := s.post("/settings/categories", http.StatusSeeOther, "", "_key", "k", "parent", "road", "name", "桥梁", "name_en", "Bridges", "department", s.water)
	if again := s.post("/settings/categories", http.StatusSeeOther, "", "_key", "k", "parent", "road", "name", "桥梁", "name_en", "Bridges", "department", s.water); again != to {
		t.Errorf("pressed twice: %s and %s", to, again)
	}
	id := strings.TrimPrefix(to, "/settings/categories#c-")
	s.get("/settings/categories/"+id, "修改类别：桥梁", "road-1", "水务局")
	s.post("/settings/categories/"+id, http.StatusSeeOther, "", "name", "桥涵", "_version", "1")
	s.post("/settings/categories/"+id, http.StatusConflict, "刚被别人改过", "name", "桥", "_version", "1")
	s.post("/settings/categories/road/retire", http.StatusSeeOther, "", "_version", "1")
	if s.svc.Catalog().Usable(id) {
		t.Error("the children of a retired category are still offered")
	}
	s.get("/settings/categories", "已停用的类别", "道路交通 · 桥涵")
	s.post("/settings/categories/road/back", http.StatusSeeOther, "", "_version", "2")
	if !s.svc.Catalog().Usable(id) {
		t.Error("not back in use")
	}
}

func TestLimitPages(t *testing.T) {
	s := newSite(t)
	s.get("/settings/limits", "全市通用", `value="1 个工作日"`, `placeholder="10 个工作日"`, "单独规定的")
	s.get("/settings/limits?category=safety-fire", "安全隐患 · 消防隐患", `value="" placeholder="30 分钟"`)
	rev := strconv.FormatInt(s.svc.Rev(), 10)
	s.post("/settings/limits", http.StatusUnprocessableEntity, "看不懂。请写成", "category", "road", "normal_cell", "两三天", "_version", rev)
	s.post("/settings/limits", http.StatusUnprocessableEntity, "越急的事，时限不能越长", "category", "road", "urgent_cell", "3天", "_version", rev)
	to := s.post("/settings/limits", http.StatusSeeOther, "", "category", "road", "normal_cell", "２天", "urgent_cell", "半天", "_version", rev, "_key", "k")
	if to != "/settings/limits?category=road" || s.svc.Catalog().Limit("road-light", catalog.Normal, catalog.Cell) != 2*catalog.WorkingDay ||
		s.svc.Catalog().Limit("road", catalog.Urgent, catalog.Cell) != 210*time.Minute {
		t.Errorf("not stored: %s", to)
	}
	s.get(to, `value="2 个工作日"`, `value="3 小时 30 分钟"`)
	s.post("/settings/limits", http.StatusConflict, "刚被别人改过", "category", "road", "_version", rev, "_key", "l")
	code, _, _ := s.answer(s.client.Get(s.base + "/settings/limits?category=nothing"))
	if code != http.StatusNotFound {
		t.Errorf("limits of nothing: %d", code)
	}
}

func TestTemplatePages(t *testing.T) {
	s := newSite(t)
	s.post("/settings/templates", http.StatusSeeOther, "", "unit", s.root, "title", "市里的", "text", "全市统一答复")
	s.as(auth.Department, s.root, s.water)
	s.get("/settings/templates", "水务局", "还没有模板", "上级的模板", "全市统一答复")
	s.post("/settings/templates", http.StatusSeeOther, "", "unit", s.root, "department", s.water, "title", "抢修", "text", "已派人抢修")
	s.as(auth.VillageOfficial, s.village, "")
	s.get("/settings/templates", "玉潭街道 / 二环路社区", "全市统一答复")
	s.get("/settings/templates/new", "存在：玉潭街道 / 二环路社区")
	s.post("/settings/templates", http.StatusUnprocessableEntity, "答复内容", "unit", s.village, "title", "上门", "text", " ")
	s.post("/settings/templates", http.StatusForbidden, "", "unit", s.root, "title", "越权", "text", "x")
	s.post("/settings/templates", http.StatusSeeOther, "", "unit", s.village, "title", "上门", "text", "今天上门看\n请在家")
	all, err := s.svc.Templates(t.Context(), s.actor)
	ok(t, err)
	if len(all) != 2 || all[0].Title != "上门" {
		t.Fatalf("%+v", all)
	}
	s.get("/settings/templates/"+all[0].ID, "修改模板", "今天上门看")
	if code, _, _ := s.answer(s.client.Get(s.base + "/settings/templates/" + all[1].ID)); code != http.StatusNotFound {
		t.Errorf("the city's can be edited by a village: %d", code)
	}
	s.post("/settings/templates/"+all[0].ID, http.StatusSeeOther, "", "title", "上门了", "text", "x", "_version", "1")
	s.post("/settings/templates/"+all[0].ID+"/drop", http.StatusConflict, "", "_version", "1")
	s.post("/settings/templates/"+all[0].ID+"/drop", http.StatusSeeOther, "", "_version", "2")
}
