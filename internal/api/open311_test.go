package api_test

import (
	"encoding/json"
	"encoding/xml"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"bilin/internal/api"
	"bilin/internal/sqldb"
	"bilin/internal/sqldbtest"
)

// form posts a form to the open interface.
func (c *town) form(path string, values map[string]string, headers ...string) answer {
	c.t.Helper()
	form := url.Values{}
	for k, v := range values {
		form.Set(k, v)
	}
	return c.ask("POST", path, "", form.Encode(), append([]string{"Content-Type", "application/x-www-form-urlencoded; charset=utf-8"}, headers...)...)
}

// open311 reads a list of the open interface.
func open311(t *testing.T, a answer) []map[string]any {
	t.Helper()
	var list []map[string]any
	if err := json.Unmarshal([]byte(a.raw), &list); err != nil {
		t.Fatalf("%d %s: %v", a.status, a.raw, err)
	}
	return list
}

func TestOpen311Loop(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		c := setup(t, db, api.Limits{})
		services := open311(t, c.get311("/open311/v2/services.json?jurisdiction_id=ningxiang.gov.cn"))
		if len(services) == 0 {
			t.Fatal("no services")
		}
		code := services[0]["service_code"].(string)
		if services[0]["type"] != "realtime" || services[0]["metadata"] != false || services[0]["group"] == "" {
			t.Errorf("%v", services[0])
		}
		made := c.form("/open311/v2/requests.json", map[string]string{"jurisdiction_id": "x", "service_code": code, "address_id": cellCode,
			"description": "桥头路灯不亮，请找王小明", "first_name": "小明", "last_name": "王", "phone": "13800000000", "lat": "28.27771", "long": "112.55461"})
		list := open311(t, made)
		if made.status != 201 || len(list) != 1 || !strings.Contains(list[0]["service_notice"].(string), "https://bilin.example/t/") {
			t.Fatalf("%d %s", made.status, made.raw)
		}
		id := list[0]["service_request_id"].(string)
		for _, path := range []string{"/open311/v2/requests/" + id + ".json", "/open311/v2/requests.json", "/open311/v2/requests.json?service_request_id=" + id,
			"/open311/v2/requests.json?service_code=" + code + "&status=open"} {
			a := c.get311(path)
			got := open311(t, a)
			if len(got) != 1 || got[0]["service_request_id"] != id || got[0]["status"] != "open" || got[0]["service_code"] != code {
				t.Errorf("%s: %s", path, a.raw)
			}
			for _, secret := range []string{"王小明", "138", "28.2777", "112.5546", "第1邻", cellCode, "桥头"} {
				if strings.Contains(a.raw, secret) {
					t.Errorf("%s tells %q: %s", path, secret, a.raw)
				}
			}
			if got[0]["address_id"] != villageCode || !strings.HasSuffix(got[0]["requested_datetime"].(string), ":00:00Z") || got[0]["description"] != nil {
				t.Errorf("%s: %v", path, got[0])
			}
		}
		if a := c.get311("/open311/v2/requests.json?status=closed"); a.raw != "[]\n" {
			t.Errorf("closed: %s", a.raw)
		}
	})
}

func (c *town) get311(path string) answer { return c.ask("GET", path, "", nil) }

// Private matters and complaints about somebody aren't in the open interface.
func TestOpen311ShowsNothingConfined(t *testing.T) {
	c := setup(t, sqldbtest.Open(t, sqldb.SQLite), api.Limits{})
	path, _ := c.raised("私事", map[string]any{"private": true})
	complaint, _ := c.raised("投诉邻长", map[string]any{"kind": "complaint", "about": "lead"})
	if a := c.get311("/open311/v2/requests.json"); a.raw != "[]\n" {
		t.Errorf("%s", a.raw)
	}
	for _, p := range []string{path, complaint, "/api/v1/demands/260000999", "/api/v1/demands/x"} {
		number := strings.TrimPrefix(p, "/api/v1/demands/")
		if a := c.get311("/open311/v2/requests/" + number + ".json"); a.status != 404 || open311(t, a)[0]["code"] != 404.0 {
			t.Errorf("%s: %d %s", p, a.status, a.raw)
		}
	}
}

func TestOpen311XML(t *testing.T) {
	c := setup(t, sqldbtest.Open(t, sqldb.SQLite), api.Limits{})
	c.raised("路灯不亮", nil)
	for path, root := range map[string]string{
		"/open311/v2/services.xml": "services", "/open311/v2/requests.xml": "service_requests", "/open311/v2/discovery.xml": "discovery",
		"/open311/discovery.xml": "discovery", "/open311/v2/services/none.xml": "errors", "/open311/v2/nothing.xml": "errors", "/open311/x": "errors",
	} {
		a := c.get311(path)
		var doc struct {
			XMLName xml.Name
		}
		if err := xml.Unmarshal([]byte(a.raw), &doc); err != nil || doc.XMLName.Local != root || a.header.Get("Content-Type") != "text/xml; charset=utf-8" {
			t.Errorf("%s: %v %v %s", path, err, doc.XMLName, a.raw)
		}
		if !strings.HasPrefix(a.raw, `<?xml version="1.0" encoding="UTF-8"?>`) {
			t.Errorf("%s: %.60s", path, a.raw)
		}
	}
	services := open311(t, c.get311("/open311/v2/services.json"))
	code := services[len(services)-1]["service_code"].(string)
	if a := c.get311("/open311/v2/services/" + code + ".json"); a.raw != `{"service_code":"`+code+`","attributes":[]}`+"\n" {
		t.Errorf("%s", a.raw)
	}
	if a := c.get311("/open311/v2/discovery.json"); a.status != 200 || !strings.Contains(a.raw, `"url":"https://bilin.example/open311/v2"`) {
		t.Errorf("%s", a.raw)
	}
}

func TestOpen311Refusals(t *testing.T) {
	c := setup(t, sqldbtest.Open(t, sqldb.SQLite), api.Limits{})
	code := open311(t, c.get311("/open311/v2/services.json"))[0]["service_code"].(string)
	with := func(kv ...string) map[string]string {
		m := map[string]string{"service_code": code, "description": "路灯", "address_id": cellCode}
		for i := 0; i < len(kv); i += 2 {
			m[kv[i]] = kv[i+1]
		}
		return m
	}
	for _, tc := range []struct {
		name   string
		form   map[string]string
		status int
		says   string
	}{
		{"fine", with(), 201, ""},
		{"no service", with("service_code", ""), 400, "service_code"},
		{"unknown service", with("service_code", "nothing"), 404, "nothing"},
		{"no place", with("address_id", ""), 400, "lat"},
		{"unknown unit", with("address_id", "77"), 400, "address_id"},
		{"too wide a unit", with("address_id", cityCode), 400, "address_id"},
		{"half a point", with("lat", "28.2"), 400, "lat"},
		{"no point", with("lat", "x", "long", "y"), 400, "lat"},
		{"far away", with("address_id", "", "lat", "51.5", "long", "0.1"), 400, "lat"},
		{"unknown address", with("address_id", "", "address_string", "伦敦唐宁街"), 400, "address_string"},
		{"known address", with("address_id", "", "address_string", "花明北路1号"), 201, ""},
		{"no words", with("description", " "), 400, "description"},
		{"too many words", with("description", strings.Repeat("长", 2001)), 400, "description"},
		{"too long a name", with("phone", strings.Repeat("1", 200)), 400, "phone"},
		{"too large", with("description", strings.Repeat("x", 70<<10)), 400, ""},
		{"wrong key", with("api_key", "bln_wrong"), 403, ""},
		{"right key", with("api_key", c.tokens["lead"]), 201, ""},
	} {
		a := c.form("/open311/v2/requests.json", tc.form)
		list := open311(t, a)
		if a.status != tc.status || len(list) != 1 {
			t.Errorf("%s: %d %s", tc.name, a.status, a.raw)
			continue
		}
		if tc.status >= 400 && (list[0]["code"] != float64(tc.status) || !strings.Contains(list[0]["description"].(string), tc.says) || strings.Contains(a.raw, "⟦")) {
			t.Errorf("%s: %s", tc.name, a.raw)
		}
	}
	for path, status := range map[string]int{
		"/open311/v2/requests.json?status=lost": 400, "/open311/v2/requests.json?start_date=yesterday": 400, "/open311/v2/requests.json?page_size=0": 400,
		"/open311/v2/requests.json?service_code=nothing": 404, "/open311/v2/requests.json?service_request_id=nothing": 200,
		"/open311/v2/requests.json?start_date=2026-01-01T00:00:00%2B08:00&end_date=2026-12-31T00:00:00Z&status=open,closed&page_size=5": 200,
		"/open311/v2/requests.json?page=2": 400, "/open311/v2/services": 404, "/open311/v3/services.json": 404, "/open311/v2/a/b/c.json": 404,
	} {
		if a := c.get311(path); a.status != status {
			t.Errorf("%s: %d %s", path, a.status, a.raw)
		}
	}
}

func TestOpen311IsLimited(t *testing.T) {
	c := setup(t, sqldbtest.Open(t, sqldb.SQLite), api.Limits{Find: 1, FindBurst: 2})
	for range 2 {
		c.get311("/open311/v2/services.json")
	}
	if a := c.get311("/open311/v2/services.json"); a.status != http.StatusTooManyRequests || a.header.Get("Retry-After") == "" {
		t.Errorf("%d %s", a.status, a.raw)
	}
}
