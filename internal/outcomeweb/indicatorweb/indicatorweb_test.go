package indicatorweb_test

import (
	"net/http"
	"testing"

	"bilin/internal/auth"
	"bilin/internal/i18n"
	"bilin/internal/network"
	"bilin/internal/outcome"
	"bilin/internal/outcome/outcometest"
	"bilin/internal/outcomeweb/indicatorweb"
	"bilin/internal/sqldb"
	"bilin/internal/sqldbtest"
	"bilin/internal/web"
	"bilin/internal/webtest"
)

func visit(t *testing.T, c *outcometest.City, who auth.Actor) *webtest.Visitor {
	t.Helper()
	srv := webtest.New(t, func(srv *web.Server) []web.Module {
		return []web.Module{indicatorweb.New(srv, c.Svc, c.Net.Tree).Module()}
	}, []i18n.Bundle{indicatorweb.Messages, outcome.Messages, auth.Messages, network.Messages}, webtest.With(func(o *web.Options) {
		o.Guard = func(_ *http.Request, access string) error {
			if c.Policy.May(who, auth.Action(access)) {
				return nil
			}
			return auth.Denied(who)
		}
		o.Identify = func(*http.Request) *web.User { return &web.User{ID: who.AccountID, Name: who.Name, IsOfficial: true} }
		o.Wrap = append(o.Wrap, func(next http.Handler) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				next.ServeHTTP(w, r.WithContext(auth.With(r.Context(), who)))
			})
		})
	}))
	webtest.CheckTemplates(t, srv)
	return webtest.Visit(t, srv)
}

// form is a new indicator with some of its fields changed.
func form(key string, change ...string) []string {
	fields := map[string]string{"code": "lost-children", "name": "走失儿童", "name_en": "Lost children", "definition": "一年里每万常住人口走失的儿童", "definition_en": "Children lost in a year per 10,000",
		"source": "feed", "department": "GA", "measure": "rate", "better": "lower", "numerator": "名儿童走失", "numerator_en": "children lost", "denominator": "常住人口",
		"denominator_en": "residents", "per": "10000", "weight": "4", "window": "4", "sort": "170"}
	for i := 0; i+1 < len(change); i += 2 {
		fields[change[i]] = change[i+1]
	}
	list := []string{"_key", key}
	for k, v := range fields {
		list = append(list, k, v)
	}
	return list
}

func TestTheCatalogueSaysWhyItRefuses(t *testing.T) {
	c := outcometest.New(t, sqldbtest.Open(t, sqldb.SQLite), outcometest.Make{Towns: 1, Villages: 1})
	office := visit(t, c, c.Office)
	office.Get("/outcomes/catalog", "建筑火灾", "参考", "居民确认办好", "新建指标")
	office.Get("/outcomes/catalog/complaints", "投诉件数", "只作参考，不评价", "XF")
	office.Get("/outcomes/catalog/new", "代码", "部门的数据")
	for _, tc := range []struct {
		name, want string
		change     []string
	}{
		{"a weight on complaints", "少反映不能换来好评", []string{"name", "投诉件数", "numerator", "件投诉", "context", "1"}},
		{"complaints that are judged", "只能作参考，不能用来评价", []string{"name", "投诉件数", "numerator", "件投诉", "weight", "0"}},
		{"what leads do", "不能拿邻长、村社区做了多少事", []string{"name", "走访次数", "numerator", "次走访"}},
		{"a code that is taken", "不能和别的重复", []string{"code", "fires"}},
		{"a name that is missing", "请填写", []string{"name", ""}},
		{"another of the residents' sources", "", []string{"source", "confirmed", "department", ""}},
		{"no such source", "数据只能来自部门自己的数据", []string{"source", "leads"}},
		{"a share per thousand", "比例按每 100 显示", []string{"measure", "share", "per", "1000"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			office.Post("/outcomes/catalog", http.StatusUnprocessableEntity, tc.want, form(tc.name, tc.change...)...)
		})
	}
	office.Post("/outcomes/catalog/complaints", http.StatusUnprocessableEntity, "少反映不能换来好评", form("w", "name", "投诉件数", "name_en", "Complaints", "numerator", "件投诉", "numerator_en", "complaints", "department", "XF", "context", "1", "weight", "3", "_version", "1")...)
	if x, _ := c.Svc.Catalog().ByCode("complaints"); x.Weight != 0 || !x.Context {
		t.Errorf("complaints got a weight: %+v", x)
	}
	if n := len(c.Svc.Catalog().All()); n != 18 {
		t.Errorf("%d indicators: something that was refused is there", n)
	}
	office.Post("/outcomes/catalog", http.StatusSeeOther, "", form("ok")...)
	office.Get("/outcomes/catalog", "走失儿童")
	office.Post("/outcomes/catalog/lost-children", http.StatusSeeOther, "", form("edit", "name", "儿童走失", "weight", "5", "_version", "1")...)
	if x, _ := c.Svc.Catalog().ByCode("lost-children"); x.Name != "儿童走失" || x.Weight != 5 || x.Version != 2 {
		t.Errorf("%+v", x)
	}
	office.Post("/outcomes/catalog/lost-children", http.StatusConflict, "", form("stale", "_version", "1")...)
	if status := office.Status("/outcomes/catalog/none"); status != http.StatusNotFound {
		t.Errorf("an indicator that isn't there: %d", status)
	}
	if status := visit(t, c, c.Police).Status("/outcomes/catalog"); status != http.StatusForbidden {
		t.Errorf("a department edits the catalogue: %d", status)
	}
}
