package networkweb_test

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"

	"bilin/internal/auth"
	"bilin/internal/geo"
	"bilin/internal/i18n"
	"bilin/internal/webtest"
)

func TestTemplates(t *testing.T) { webtest.CheckTemplates(t, newSite(t).srv) }

// TestEveryPage opens each page in both languages as somebody who may, as
// somebody without the right, and as nobody.
func TestEveryPage(t *testing.T) {
	s := newSite(t)
	lead := s.post(cell2, auth.Lead)
	home := s.homes(cell2)[0]
	const official = "village_official@" + village
	for _, c := range []struct {
		path, as, stranger string
		says               string
	}{
		{"/network/coverage", "city_office@" + city, "", "90"},
		{"/network/coverage?unit=" + village, official, "", "东沩1村"},
		{"/network/coverage?unit=" + city + "&only=uncovered&sort=uncovered", "command@" + city, "town_official@" + town, "第1镇"},
		{"/network/map?unit=" + village, official, "", "#f4f2ec"},
		{"/network/holes?unit=" + village + "&kind=no_lead", official, "", "1邻"},
		{"/network/holes?unit=" + village + "&kind=household_two_cells", official, "", "李家湾"},
		{"/network/holes?unit=" + village + "&kind=term_over", official, "", ""},
		{"/network/map", "city_office@" + city, "", "<svg"},
		{"/network/map?unit=" + town, "town_official@" + town, "", "<svg"},
		{"/network/units/" + city, "city_office@" + city, "", "第1镇"},
		{"/network/units/" + town, "town_official@" + town, "", "东沩1村"},
		{"/network/units/" + village, official, "", "一片"},
		{"/network/units/" + area, official, "", "1组"},
		{"/network/units/" + cell2, official, "lead@" + cell, "李家湾"},
		{"/network/units/" + cell2 + "/history", official, "", ""},
		{"/network/units/" + cell2 + "/rename", official, "lead@" + cell2, ""},
		{"/network/units/" + group + "/new", official, "lead@" + cell2, ""},
		{"/network/units/" + town + "/new", "town_official@" + town, official, "12"},
		{"/network/units/" + cell2 + "/move", official, "lead@" + cell2, ""},
		{"/network/units/" + cell2 + "/split", official, "auditor@" + city, "李家湾"},
		{"/network/units/" + group + "/split", official, "auditor@" + city, "1邻"},
		{"/network/units/" + cell2 + "/merge", official, "lead@" + cell2, ""},
		{"/network/units/" + cell2 + "/end", official, "lead@" + cell2, ""},
		{"/network/units/" + cell2 + "/posts/new", official, "lead@" + cell2, ""},
		{"/network/units/" + cell2 + "/households/new", official, "lead@" + cell2, ""},
		{"/network/posts/" + lead.ID, official, "", lead.Holder.Name},
		{"/network/people/" + lead.Holder.PersonID, official, "lead@" + cell, lead.Holder.Name},
		{"/network/households/" + home.ID, official, "lead@" + cell, home.Address},
		{"/network/search?q=东沩1村", official, "", "东沩1村"},
		{"/network/search", official, "", ""},
		{"/network/selections", official, "lead@" + cell2, ""},
	} {
		for _, locale := range i18n.Locales() {
			s.getIn(locale, c.as, c.path).is(http.StatusOK).says("<h1>", c.says)
		}
		if got := s.get("", c.path); got.status != http.StatusSeeOther && got.status != http.StatusUnauthorized {
			t.Errorf("GET %s as nobody: %d", c.path, got.status)
		}
		if c.stranger != "" && c.stranger != c.as {
			s.get(c.stranger, c.path).is(http.StatusForbidden)
		}
	}
}

func TestPublicPages(t *testing.T) {
	s := newSite(t)
	door := s.homes(cell2)[0].Door
	held := s.post(cell2, auth.Lead).Holder.Name
	for _, c := range []struct {
		path string
		says []string
	}{
		{"/find", []string{"第1镇"}},
		{"/find?q=李家湾", nil},
		{"/find?q=nowhere+at+all", nil},
		{"/find/tree", []string{"第2镇"}},
		{"/find/tree/" + town, []string{"东沩2村"}},
		{"/find/tree/" + village, []string{"一片"}},
		{"/u/" + cell2, []string{held, "unit=" + cell2}},
		{"/u/" + cell, []string{"/u/" + cell + "/nominate"}},
		{"/u/" + cell + "/nominate", nil},
		{"/d/" + door, []string{held, "door=" + door}},
		{"/notices/leads", nil},
	} {
		for _, locale := range i18n.Locales() {
			s.getIn(locale, "", c.path).is(http.StatusOK).says(c.says...).never("李建国", "00012345678", home(s).Address)
		}
	}
	s.get("", "/u/"+village).leadsTo("/find/tree/" + village)
	s.get("", "/d/AAAAAAAAAA").is(http.StatusNotFound)
	s.get("", "/u/123").is(http.StatusNotFound)
	s.get("", "/find/tree/99").is(http.StatusNotFound)
	s.get("", "/find?q="+door[:3]+"-"+door[3:7]+"-"+strings.ToLower(door[7:])).leadsTo("/d/" + door)
}

func home(s *site) struct{ Address string } {
	return struct{ Address string }{s.homes(cell2)[0].Address}
}

func TestLookUpsAreLimited(t *testing.T) {
	for _, path := range []string{"/find?q=%E6%9D%8E", "/d/AAAA222299", "/u/" + cell2} {
		s := newSite(t)
		got := s.get("", path)
		for n := 1; n < 100 && got.status != http.StatusTooManyRequests; n++ {
			got = s.get("", path)
		}
		if got.status != http.StatusTooManyRequests || got.header.Get("Retry-After") == "" {
			t.Errorf("%s: 100 look-ups in a row were answered, or it doesn't say when to come again", path)
		}
	}
}

func TestFragments(t *testing.T) {
	s := newSite(t)
	for path, as := range map[string]string{
		"/find?q=东沩": "", "/network/search?q=东沩": "village_official@" + village,
		"/network/pick?name=to&to_q=东沩&level=village": "town_official@" + town,
		"/network/people/pick?person_q=王":             "town_official@" + town,
		"/network/coverage?q=东&unit=" + city:          "city_office@" + city,
	} {
		r := must(http.NewRequestWithContext(t.Context(), http.MethodGet, s.base+path, http.NoBody))
		r.Header.Set("HX-Request", "true")
		s.do(r, i18n.ZH, as).is(http.StatusOK).never("<html", "<main", `id="results"`, `id="coverage-rows"`)
	}
}

func TestBadAddresses(t *testing.T) {
	s := newSite(t)
	const as = "village_official@" + village
	for path, status := range map[string]int{
		"/network/units/999":                                     http.StatusNotFound,
		"/network/units/../../etc":                               http.StatusNotFound,
		"/network/coverage?unit=x":                               http.StatusNotFound,
		"/network/holes?kind=nothing":                            http.StatusNotFound,
		"/network/holes?kind=no_lead&after=zzz":                  http.StatusNotFound,
		"/network/posts/none":                                    http.StatusNotFound,
		"/network/households/none":                               http.StatusNotFound,
		"/network/people/none":                                   http.StatusNotFound,
		"/network/selections?state=odd":                          http.StatusNotFound,
		"/network/selections/none":                               http.StatusNotFound,
		"/network/units/" + cell + "/new":                        http.StatusConflict,
		"/network/units/" + village2 + "/households/new":         http.StatusForbidden,
		"/network/units/" + village2 + "/doorcards.pdf":          http.StatusForbidden,
		"/network/holes.csv?kind=no_lead&unit=" + "430182002001": http.StatusForbidden,
	} {
		if got := s.get(as, path); got.status != status && !(strings.Contains(path, "..") && got.status < 400) {
			t.Errorf("GET %s: %d, want %d\n%s", path, got.status, status, text(got.body))
		}
	}
}

// The public map has names of places and nothing of who lives or leads there.
func TestGroundTellsNamesAlone(t *testing.T) {
	s := newSite(t)
	body := s.get("", "/network/ground.geojson?unit="+village).is(http.StatusOK).body
	var doc struct {
		Box      []float64 `json:"bbox"`
		Features []struct{ Properties map[string]any }
	}
	ok(t, json.Unmarshal([]byte(body), &doc))
	if len(doc.Box) != 4 || len(doc.Features) < 3 {
		t.Fatalf("%d features, box %v", len(doc.Features), doc.Box)
	}
	for _, f := range doc.Features {
		for name := range f.Properties {
			if !slices.Contains([]string{"fill", "stroke", "width", "radius", "label", "hint", "caption"}, name) {
				t.Errorf("the public map says %s: %v", name, f.Properties[name])
			}
		}
	}
}

func TestMapData(t *testing.T) {
	s := newSite(t)
	for _, path := range []string{"/network/map.geojson", "/network/map.geojson?unit=" + village} {
		var doc struct {
			Box      []float64 `json:"bbox"`
			Features []struct {
				Geometry   geo.Geometry
				Properties struct{ Fill, Label, Hint, Href string }
			}
		}
		ok(t, json.Unmarshal([]byte(s.get("city_office@"+city, path).is(http.StatusOK).body), &doc))
		kinds := map[string]int{}
		for _, f := range doc.Features {
			kinds[f.Geometry.Type]++
		}
		if len(doc.Box) != 4 || kinds["MultiPolygon"] < 2 || kinds["Point"] < 2 || kinds["MultiLineString"] < 1 {
			t.Errorf("%s: %v, box %v", path, kinds, doc.Box)
		}
	}
}

func TestMapWithoutOutlineSaysSo(t *testing.T) {
	s := newSite(t)
	ok(t, s.exec(`DELETE FROM outline`))
	s.get("city_office@"+city, "/network/map").is(http.StatusOK).says("还不能画地图").never("<path d=\"M")
}

func TestNamesAreMaskedWithoutATask(t *testing.T) {
	s := newSite(t)
	s.get("village_official@"+village, "/network/units/"+cell2).is(http.StatusOK).says("李建国")
	s.get("town_official@"+town, "/network/units/"+cell2).is(http.StatusOK).says("李*国").never("李建国")
	s.get("city_office@"+city, "/network/households/"+s.homes(cell2)[0].ID).is(http.StatusOK).says("李*国").never("李建国")
	s.get("auditor@"+city, "/network/units/"+cell2).is(http.StatusOK).never("李建国", "李*国", "/rename")
}

func TestHolesAsTable(t *testing.T) {
	s := newSite(t)
	got := s.get("village_official@"+village, "/network/holes.csv?kind=household_two_cells").is(http.StatusOK).says("李家湾", cell)
	if !strings.Contains(got.header.Get("Content-Disposition"), ".csv") {
		t.Error("not a download")
	}
	if n := s.count(`SELECT count(*) FROM (SELECT action FROM audit_entry UNION ALL SELECT action FROM audit_pending) a WHERE action = 'network.holes_export'`); n != 1 {
		t.Errorf("%d audit rows", n)
	}
}

func TestDoorCards(t *testing.T) {
	s := newSite(t)
	const as = "village_official@" + village
	for _, path := range []string{
		"/network/units/" + village + "/doorcards.pdf", "/network/units/" + cell + "/doorcards.pdf?kind=cell",
		"/network/households/" + s.homes(cell2)[0].ID + "/doorcard.pdf",
	} {
		got := s.get(as, path).is(http.StatusOK)
		if !strings.HasPrefix(got.body, "%PDF-") || got.header.Get("Content-Type") != "application/pdf" {
			t.Errorf("%s is no PDF", path)
		}
	}
	s.get("lead@"+cell2, "/network/units/"+cell2+"/doorcards.pdf").is(http.StatusOK)
	s.get("lead@"+cell2, "/network/units/"+village+"/doorcards.pdf").is(http.StatusForbidden)
}
