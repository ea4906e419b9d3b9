package api_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"bilin/internal/address"
	"bilin/internal/admission"
	"bilin/internal/admission/burden"
	"bilin/internal/admission/duty"
	"bilin/internal/admission/monthly"
	"bilin/internal/api"
	"bilin/internal/audit"
	"bilin/internal/auth"
	"bilin/internal/cap"
	"bilin/internal/care/need"
	"bilin/internal/demand"
	demandcatalog "bilin/internal/demand/catalog"
	"bilin/internal/demand/georeport"
	"bilin/internal/demand/hotline"
	"bilin/internal/demand/suggestion"
	"bilin/internal/feedback"
	"bilin/internal/find"
	"bilin/internal/gateway"
	"bilin/internal/honour"
	"bilin/internal/i18n"
	"bilin/internal/live"
	"bilin/internal/meeting"
	"bilin/internal/mobilise"
	"bilin/internal/mobilise/alert"
	"bilin/internal/mobilise/capout"
	"bilin/internal/network"
	"bilin/internal/once"
	"bilin/internal/outcome"
	"bilin/internal/outcome/feed"
	"bilin/internal/outreach"
	"bilin/internal/practice"
	"bilin/internal/programme"
	"bilin/internal/seal"
	"bilin/internal/seal/sealtest"
	"bilin/internal/sheet"
	"bilin/internal/sqldb"
	"bilin/internal/volunteer"
	"bilin/internal/volunteer/wish"
	"bilin/internal/web"
)

// town is a city of two towns served over HTTP, and a token per login.
type town struct {
	t      *testing.T
	url    string
	tokens map[string]string
	svc    *auth.Service

	outcomes    *outcome.Service
	programmes  *programme.Service
	honours     *honour.Service
	remarks     *feedback.Service
	practices   *practice.Service
	suggestions *suggestion.Service
	wishes      *wish.Service
	net         *network.Service
	at          *time.Time // of the outcomes
}

const (
	cityCode    = "430182000000"
	townCode    = "430182001000"
	villageCode = "430182001001"
	otherTown   = "430182002000"
	cellCode    = "430182001001010101"
	emptyCell   = "430182001001010102"
)

func setup(t *testing.T, db *sqldb.DB, limits api.Limits) *town {
	t.Helper()
	ctx, dir := t.Context(), t.TempDir()
	log, err := audit.Open(db, audit.Options{Dir: dir})
	check(t, err)
	sealer, err := seal.Open(dir)
	check(t, err)
	hub := live.NewHub(db, nil)
	vault := sealtest.Vault(t, db, sealer)
	net, err := network.Open(ctx, db, network.Options{Audit: log, Live: hub, Seal: sealer, Vault: vault})
	check(t, err)
	policy := auth.NewPolicy(net, auth.Rules, network.Rules, demand.Rules, admission.Rules, duty.Rules, burden.Rules, alert.Rules, mobilise.Rules, outcome.Rules, programme.Rules, honour.Rules, outreach.Rules, meeting.Rules, feedback.Rules, wish.Rules)
	accounts := auth.New(auth.Options{DB: db, Policy: policy, Grants: net, Audit: log, Hashing: auth.Params{Memory: 64, Time: 1, Threads: 1}})
	demands := demand.New(demand.Options{DB: db, Network: net, Policy: policy, Audit: log, Live: hub, Sealer: sealer})
	desk := hotline.New(hotline.Options{DB: db, Demand: demands, Policy: policy, Tree: net.Tree})
	reports := georeport.New(georeport.Options{DB: db, Tree: net.Tree, Catalog: func() *demandcatalog.Catalog { return demands.Terms().Catalog }})
	build(t, db, net)
	duties, err := duty.Open(ctx, duty.Options{DB: db, Network: net, Policy: policy, Audit: log, Live: hub})
	check(t, err)
	matters := admission.New(admission.Options{DB: db, Network: net, Policy: policy, Audit: log, Live: hub, Duties: duties.Catalog})
	lists := monthly.New(monthly.Options{DB: db, Network: net, Policy: policy, Audit: log, Live: hub, Admission: matters})
	matters.Observe(lists)
	minutes := burden.New(burden.Options{DB: db, Tree: net.Tree, Budgets: matters.AllBudgets, Policy: policy})
	alerts, err := alert.New(alert.Options{DB: db, Tree: net.Tree, Policy: policy, Audit: log, Live: hub})
	check(t, err)
	orders := mobilise.New(mobilise.Options{DB: db, Network: net, People: noTeams{}, Policy: policy, Audit: log, Live: hub, Sealer: sealer})
	t.Cleanup(orders.Stop)
	at := time.Now()
	outcomes, err := outcome.Open(ctx, outcome.Options{DB: db, Network: net, Policy: policy, Audit: log, Live: hub, Seal: sealer, Signer: log, Now: func() time.Time { return at }})
	check(t, err)
	feeds := feed.New(feed.Options{Outcome: outcomes, Tree: net.Tree, Seal: sealer})
	needs, err := need.Open(ctx, need.Options{DB: db, Policy: policy, Audit: log, Live: hub})
	check(t, err)
	remarks := feedback.New(feedback.Options{DB: db, Policy: policy, Audit: log, Live: hub, Vault: vault})
	honours := honour.New(honour.Options{DB: db, Network: net, Policy: policy, Audit: log, Live: hub, Vault: vault, Signer: log})
	programmes := programme.New(programme.Options{DB: db, Network: net, Policy: policy, Audit: log, Live: hub, Seal: sealer, Vault: vault})
	wishes := wish.New(wish.Options{DB: db, Network: net, Policy: policy, Audit: log, Live: hub, Seal: sealer, Vault: vault, Volunteers: volunteer.New(volunteer.Options{DB: db, Network: net, Policy: policy, Audit: log, Live: hub, Seal: sealer})})
	practices := practice.New(practice.Options{DB: db, Network: net, Policy: policy, Audit: log})
	suggestions := suggestion.New(suggestion.Options{DB: db, Demand: demands, Tree: net.Tree, Policy: policy, Audit: log})
	catalog, err := i18n.New(web.Messages, suggestion.Messages, practice.Messages, api.Messages, auth.Messages, demand.Messages, hotline.Messages, network.Messages, find.Messages, once.Messages,
		admission.Messages, monthly.Messages, burden.Messages, alert.Messages, cap.Messages, mobilise.Messages, capout.Messages, gateway.Messages, outcome.Messages, feed.Messages, sheet.Messages, programme.Messages, honour.Messages, outreach.Messages, meeting.Messages, feedback.Messages)
	check(t, err)
	options := api.Options{Auth: accounts, Network: net, Find: find.New(db, net, sealer), Demand: demands, Hotline: desk, Reports: reports,
		Matters: matters, Lists: lists, Duties: duties.Catalog, Burden: minutes, Alerts: alerts, Orders: orders, Outcome: outcomes, Feeds: feeds, Programmes: programmes, Honours: honours, Practices: practices, Suggestions: suggestions, Wishes: wishes, Notices: outreach.New(outreach.Options{DB: db, Network: net, Policy: policy, Audit: log, Live: hub, Seal: sealer}), Feedback: remarks, Meetings: meetingsOf(db, net, policy, log, hub, sealer), Needs: needs.Catalog,
		Catalog: catalog, PublicURL: "https://bilin.example/", Limits: limits}
	mux := http.NewServeMux()
	mux.Handle(api.Prefix, api.New(options))
	mux.Handle(api.Open311Prefix, api.NewOpen311(options))
	srv := httptest.NewServer(mux)
	t.Cleanup(srv.Close)
	c := &town{t: t, url: srv.URL, tokens: map[string]string{}, svc: accounts, outcomes: outcomes, programmes: programmes, honours: honours, remarks: remarks, practices: practices, suggestions: suggestions, wishes: wishes, net: net, at: &at}
	for _, login := range []string{"city", "town", "other", "lead", "auditor", "admin", "department", "hotline", "gateway", "command"} {
		_, err := accounts.CreateAccount(ctx, auth.System("test"),
			auth.NewAccount{Login: login, Name: "名" + login, PersonID: "p-" + login, Kind: auth.KindOfficial})
		check(t, err)
		_, c.tokens[login], err = accounts.IssueToken(ctx, auth.System("test"), auth.NewToken{Login: login, Scopes: []auth.Action{auth.AllScopes}})
		check(t, err)
	}
	return c
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// build makes a city: two towns, one village with a cell that is led and one that is not.
func build(t *testing.T, db *sqldb.DB, net *network.Service) {
	t.Helper()
	unit := func(code, parent, name string, level network.Level) network.NewUnit {
		return network.NewUnit{ID: "u-" + code, Code: code, ParentID: parent, Name: name, Level: level}
	}
	c := network.Chunk{Source: "test", Units: []network.NewUnit{
		unit(cityCode, "", "宁乡市", network.City),
		unit(townCode, "u-"+cityCode, "玉潭街道", network.Town), unit(otherTown, "u-"+cityCode, "城郊街道", network.Town),
		unit(villageCode, "u-"+townCode, "花明村", network.Village),
		unit("43018200100101", "u-"+villageCode, "一片", network.Area),
		unit("4301820010010101", "u-43018200100101", "1组", network.Group),
		unit(cellCode, "u-4301820010010101", "第1邻", network.Cell), unit(emptyCell, "u-4301820010010101", "第2邻", network.Cell),
	}, Departments: []network.Department{{ID: "water", Code: "water", Name: "水利局"}}}
	post := func(login, unitCode, department string, role auth.Role) {
		c.Persons = append(c.Persons, network.NewPerson{ID: "p-" + login, Name: "名" + login})
		c.Posts = append(c.Posts, network.NewPost{ID: "post-" + login, UnitID: "u-" + unitCode, DepartmentID: department, Name: "岗" + login, Role: role})
		c.Appointments = append(c.Appointments, network.NewAppointment{ID: "a-" + login, PostID: "post-" + login, PersonID: "p-" + login, From: "2020-01-01"})
	}
	post("city", cityCode, "", auth.CityOffice)
	post("auditor", cityCode, "", auth.Auditor)
	post("admin", cityCode, "", auth.Admin)
	post("hotline", cityCode, "", auth.Hotline)
	post("gateway", cityCode, "", auth.Gateway)
	post("command", cityCode, "", auth.Command)
	post("department", cityCode, "water", auth.Department)
	post("town", townCode, "", auth.TownOfficial)
	post("other", otherTown, "", auth.TownOfficial)
	post("lead", cellCode, "", auth.Lead)
	c.Posts = append(c.Posts, network.NewPost{ID: "vacant", UnitID: "u-" + emptyCell, Name: "邻长", Role: auth.Lead})
	for i, cell := range []string{cellCode, cellCode, emptyCell} {
		id := string(rune('a' + i))
		where := "花明北路" + string(rune('1'+i)) + "号"
		c.Households = append(c.Households, network.NewHousehold{ID: "h-" + id, UnitID: "u-" + cell, Door: "23456789A" + strings.ToUpper(id),
			Address: where, AddressKey: address.Key(where), Head: "王小明", Size: 2 + i, RosterKey: villageCode + "/" + id})
	}
	check(t, net.ImportChunk(t.Context(), auth.System("test"), c))
	places := &find.Gather{}
	for _, h := range c.Households {
		places.Put(h.UnitID, h.AddressKey)
	}
	check(t, db.Write(t.Context(), func(tx *sqldb.Tx) error { return find.NewIndex().Add(t.Context(), tx, places.Places()) }))
	check(t, net.Refresh(t.Context()))
}

// answer is what came back.
type answer struct {
	status int
	header http.Header
	body   map[string]any
	raw    string
}

// ask sends a request as a login ("" for nobody). body is sent as JSON, or as it is if it is a string.
func (c *town) ask(method, path, login string, body any, headers ...string) answer {
	c.t.Helper()
	var reader io.Reader
	switch b := body.(type) {
	case nil:
	case string:
		reader = strings.NewReader(b)
	default:
		raw, err := json.Marshal(b)
		check(c.t, err)
		reader = bytes.NewReader(raw)
	}
	req, err := http.NewRequestWithContext(c.t.Context(), method, c.url+path, reader)
	check(c.t, err)
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	if login != "" {
		req.Header.Set("Authorization", "Bearer "+c.tokens[login])
	}
	for i := 0; i+1 < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	res, err := http.DefaultClient.Do(req)
	check(c.t, err)
	defer res.Body.Close()
	raw, err := io.ReadAll(res.Body)
	check(c.t, err)
	a := answer{status: res.StatusCode, header: res.Header, raw: string(raw)}
	if bytes.HasPrefix(raw, []byte("{")) && strings.Contains(res.Header.Get("Content-Type"), "json") {
		if err := json.Unmarshal(raw, &a.body); err != nil {
			c.t.Fatalf("%s %s: %v in %s", method, path, err, raw)
		}
	}
	return a
}

// problem checks that the answer is a problem document with a code.
func (a answer) problem(t *testing.T, what string, status int, code string) {
	t.Helper()
	if a.status != status || a.body["code"] != code || a.header.Get("Content-Type") != "application/problem+json" {
		t.Errorf("%s: %d %s %s, want %d %s", what, a.status, a.header.Get("Content-Type"), a.raw, status, code)
	}
	if strings.Contains(a.raw, "⟦") {
		t.Errorf("%s: a word is missing: %s", what, a.raw)
	}
}
