package networkweb_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"bilin/internal/audit"
	"bilin/internal/auth"
	"bilin/internal/doorcard"
	"bilin/internal/find"
	"bilin/internal/geo"
	"bilin/internal/i18n"
	"bilin/internal/network"
	"bilin/internal/networkweb"
	"bilin/internal/purpose"
	"bilin/internal/seal"
	"bilin/internal/seal/sealtest"
	"bilin/internal/sqldb"
	"bilin/internal/sqldbtest"
	"bilin/internal/web"
	"bilin/internal/webtest"
)

var sys = auth.System("test")

// site is a small city behind its pages: two towns of two villages, each with
// an area, two groups and four cells of six households. Cell 1 of the first
// village has no lead, and one household of it is claimed by cell 2.
type site struct {
	t      *testing.T
	net    *network.Service
	db     *sqldb.DB
	now    time.Time
	base   string
	client *http.Client
	srv    *web.Server
	work   map[string]string // open tasks: the household, by who has it
}

// Kind and OpenWork make the site the one source of open work.
func (s *site) Kind() string { return "task" }

func (s *site) OpenWork(_ context.Context, _ sqldb.Querier, a auth.Actor, sub purpose.Subject) ([]purpose.Work, error) {
	if s.work[a.ID()] != sub.HouseholdID {
		return nil, nil
	}
	return []purpose.Work{{Ground: purpose.Ground{Kind: "task", ID: "t1"}, Title: "送医保卡", Due: s.now}}, nil
}

func ok(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func newSite(t *testing.T) *site {
	t.Helper()
	db := sqldbtest.Open(t, sqldb.SQLite)
	s := &site{t: t, db: db, now: time.Date(2026, 3, 2, 1, 0, 0, 0, time.UTC)}
	dir, clock := t.TempDir(), func() time.Time { return s.now }
	log, err := audit.Open(db, audit.Options{Dir: dir, Now: clock})
	ok(t, err)
	sealer, err := seal.Open(dir)
	ok(t, err)
	s.net, err = network.Open(t.Context(), db, network.Options{Audit: log, Seal: sealer, Vault: sealtest.Vault(t, db, sealer), Now: clock})
	ok(t, err)
	s.fill()
	finder := find.New(db, s.net, sealer)
	policy := auth.NewPolicy(s.net, network.Rules, purpose.Rules)
	reads := purpose.New(purpose.Options{DB: db, Policy: policy, Tree: s.net, UnitOf: network.UnitOfHousehold, Audit: log, Now: clock})
	reads.Ask(s)
	s.net.ReadThrough(reads)
	s.srv = webtest.New(t, func(srv *web.Server) []web.Module {
		return []web.Module{networkweb.New(srv, s.net, networkweb.Options{
			DB: db, Audit: log, Find: finder, Purpose: reads, Cards: doorcard.New(clock), Now: clock, Public: "https://bilin.example.cn",
		}).Module()}
	}, []i18n.Bundle{networkweb.Messages, network.Messages, purpose.Messages, doorcard.Messages, auth.Messages, geo.Messages, find.Messages, audit.Messages},
		webtest.With(func(o *web.Options) {
			o.Now = clock
			o.Wrap = []func(http.Handler) http.Handler{s.logIn}
			o.Identify = func(r *http.Request) *web.User {
				if a := auth.From(r.Context()); !a.Anonymous() {
					return &web.User{ID: a.ID(), Name: a.Name, IsOfficial: a.Official(), IsLead: a.Leads()}
				}
				return nil
			}
			o.Guard = func(r *http.Request, access string) error {
				if a := auth.From(r.Context()); !policy.May(a, auth.Action(access)) {
					return auth.Denied(a)
				}
				return nil
			}
		}))
	s.base, s.client = webtest.Start(t, s.srv)
	return s
}

// logIn makes the request come from "role@code" or "role@code/person", which the tests send in a header.
func (s *site) logIn(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		role, code, found := strings.Cut(r.Header.Get("X-As"), "@")
		if !found {
			next.ServeHTTP(w, r)
			return
		}
		code, person, _ := strings.Cut(code, "/")
		a := auth.Actor{PersonID: person, AccountID: "a-" + role, Name: role, Grants: []auth.Grant{{Role: auth.Role(role), UnitID: s.unit(code).ID}}}
		next.ServeHTTP(w, r.WithContext(auth.With(r.Context(), a)))
	})
}

const (
	city     = "430182000000"
	town     = "430182001000"
	village  = "430182001001"
	area     = village + "01"
	group    = area + "01"
	cell     = group + "01" // without a lead
	cell2    = group + "02"
	village2 = "430182001002"
)

func (s *site) fill() {
	s.t.Helper()
	b := &builder{}
	root := b.unit("", network.City, city, "宁乡市", 0, 0)
	b.post(root, auth.Admin)
	for i := 1; i <= 2; i++ {
		code := fmt.Sprintf("430182%03d000", i)
		tw := b.unit(root, network.Town, code, fmt.Sprintf("第%d镇", i), 111.8+0.5*float64(i), 28.3)
		b.post(tw, auth.TownOfficial)
		for j := 1; j <= 2; j++ {
			b.village(tw, fmt.Sprintf("%s%03d", code[:9], j), fmt.Sprintf("东沩%d村", j), 111.8+0.5*float64(i), 28+0.3*float64(j))
		}
	}
	b.c.Claims = []network.NewClaim{{HouseholdID: b.homes[cell][1], UnitID: b.ids[cell2], Source: "test"}}
	ok(s.t, s.net.ImportChunk(s.t.Context(), sys, b.c))
	ok(s.t, s.net.Refresh(s.t.Context()))
	index := find.NewIndex()
	ok(s.t, s.db.Write(s.t.Context(), func(tx *sqldb.Tx) error {
		if err := index.Touch(s.t.Context(), tx, []string{s.unit(cell).ID, s.unit(cell2).ID}); err != nil {
			return err
		}
		const outline = `{"type":"Polygon","coordinates":[[[112,28],[113.1,28],[113.1,28.9],[112,28.9]]]}`
		return geo.SaveOutline(context.Background(), tx, s.net.RootID(), []byte(outline), s.now)
	}))
}

type builder struct {
	c     network.Chunk
	n     int
	homes map[string][]string
	ids   map[string]string
}

func (b *builder) unit(parent string, level network.Level, code, name string, lon, lat float64) string {
	id := sqldb.NewID()
	b.c.Units = append(b.c.Units, network.NewUnit{
		ID: id, Code: code, Name: name, ParentID: parent, Level: level, Lon: lon, Lat: lat, Placed: lon != 0, Approx: lon > 112.5,
	})
	if b.ids == nil {
		b.ids, b.homes = map[string]string{}, map[string][]string{}
	}
	b.ids[code] = id
	return id
}

func (b *builder) post(unit string, role auth.Role) {
	post := sqldb.NewID()
	b.c.Posts = append(b.c.Posts, network.NewPost{ID: post, UnitID: unit, Role: role})
	if unit == b.ids[cell] {
		return
	}
	b.n++
	person := sqldb.NewID()
	b.c.Persons = append(b.c.Persons, network.NewPerson{ID: person, Name: fmt.Sprintf("王%d明", b.n), Phone: fmt.Sprintf("000%08d", b.n), ShowPhone: b.n%2 == 0})
	b.c.Appointments = append(b.c.Appointments, network.NewAppointment{PostID: post, PersonID: person, From: "2024-01-01", Until: "2027-12-31"})
}

func (b *builder) village(town, code, name string, lon, lat float64) {
	v := b.unit(town, network.Village, code, name, lon, lat)
	b.post(v, auth.VillageOfficial)
	a := b.unit(v, network.Area, code+"01", "一片", 0, 0)
	b.post(a, auth.AreaLead)
	b.post(a, auth.LinkedOfficial)
	for g := 1; g <= 2; g++ {
		gc := fmt.Sprintf("%s01%02d", code, g)
		gr := b.unit(a, network.Group, gc, fmt.Sprintf("%d组", g), 0, 0)
		b.post(gr, auth.GroupLead)
		b.post(gr, auth.LinkedOfficial)
		for c := 1; c <= 2; c++ {
			b.cell(gr, fmt.Sprintf("%s%02d", gc, c), c)
		}
	}
}

func (b *builder) cell(group, code string, n int) {
	id := b.unit(group, network.Cell, code, fmt.Sprintf("%d邻", n), 0, 0)
	b.post(id, auth.Lead)
	for h := 1; h <= 6; h++ {
		home, ref := sqldb.NewID(), fmt.Sprintf("%s-%02d", code[12:], h)
		b.homes[code] = append(b.homes[code], home)
		b.c.Households = append(b.c.Households, network.NewHousehold{
			ID: home, UnitID: id, Ref: ref, Address: "李家湾" + code[12:] + fmt.Sprintf("%d号", h), AddressKey: "李家湾" + code[12:] + fmt.Sprintf("%d", h),
			Head: "李建国", Phone: "00012345678", Size: 3, RosterKey: network.RosterKey(code[:12], ref, ""),
		})
	}
}

func (s *site) unit(code string) *network.Unit {
	s.t.Helper()
	u := s.net.Tree().ByCode(code)
	if u == nil {
		s.t.Fatalf("no unit %s", code)
	}
	return u
}

func (s *site) post(code string, role auth.Role) *network.Post {
	s.t.Helper()
	for _, p := range s.net.Tree().Posts(s.unit(code).ID) {
		if p.Role == role {
			return p
		}
	}
	s.t.Fatalf("no %s at %s", role, code)
	return nil
}

func (s *site) homes(code string) []network.Household {
	s.t.Helper()
	rows, _, err := s.net.HouseholdsOf(s.t.Context(), sys, s.unit(code).ID, "", 100)
	ok(s.t, err)
	return rows
}

// answer is what came back.
type answer struct {
	path   string
	t      *testing.T
	status int
	header http.Header
	body   string
}

func (s *site) get(as, path string) answer { return s.getIn(i18n.ZH, as, path) }

func (s *site) getIn(locale, as, path string) answer {
	s.t.Helper()
	r, err := http.NewRequestWithContext(s.t.Context(), http.MethodGet, s.base+path, http.NoBody)
	ok(s.t, err)
	return s.do(r, locale, as)
}

func (s *site) send(as, path string, form url.Values) answer {
	s.t.Helper()
	if form.Get("_key") == "" {
		form.Set("_key", sqldb.NewID())
	}
	r, err := http.NewRequestWithContext(s.t.Context(), http.MethodPost, s.base+path, strings.NewReader(form.Encode()))
	ok(s.t, err)
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return s.do(r, i18n.ZH, as)
}

func (s *site) do(r *http.Request, locale, as string) answer {
	s.t.Helper()
	r.Header.Set("Accept-Language", locale)
	r.Header.Set("X-As", as)
	res, err := s.client.Do(r)
	ok(s.t, err)
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	ok(s.t, err)
	return answer{r.Method + " " + r.URL.RequestURI(), s.t, res.StatusCode, res.Header, string(body)}
}

// is asserts the status, and that no word is missing from a page.
func (a answer) is(status int) answer {
	a.t.Helper()
	if a.status != status {
		a.t.Fatalf("%s: status %d, want %d\n%s", a.path, a.status, status, text(a.body))
	}
	if i := strings.Index(a.body, "⟦"); i >= 0 {
		a.t.Errorf("a message is missing: %s", a.body[i:min(len(a.body), i+80)])
	}
	return a
}

func (a answer) says(words ...string) answer {
	a.t.Helper()
	for _, w := range words {
		if !strings.Contains(a.body, w) {
			a.t.Errorf("%s doesn't say %q:\n%s", a.path, w, text(a.body))
		}
	}
	return a
}

func (a answer) never(words ...string) answer {
	a.t.Helper()
	for _, w := range words {
		if strings.Contains(a.body, w) {
			a.t.Errorf("says %q", w)
		}
	}
	return a
}

func (a answer) leadsTo(path string) {
	a.t.Helper()
	if got := a.header.Get("Location"); a.status != http.StatusSeeOther || got != path {
		a.t.Errorf("status %d to %q, want 303 to %q\n%s", a.status, got, path, text(a.body))
	}
}

var (
	tags   = regexp.MustCompile(`(?s)<(script|template|head)\b.*?</(script|template|head)>|<[^>]*>`)
	spaces = regexp.MustCompile(`\s+`)
)

// text is what a page says without its tags.
func text(body string) string {
	words := spaces.ReplaceAllString(tags.ReplaceAllString(body, " "), " ")
	return words[:min(len(words), 1500)]
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func (s *site) exec(query string) error {
	return s.db.Write(s.t.Context(), func(tx *sqldb.Tx) error {
		_, err := tx.ExecContext(s.t.Context(), query)
		return err
	})
}

func (s *site) count(query string, args ...any) int {
	s.t.Helper()
	var n int
	ok(s.t, s.db.Reader().QueryRowContext(s.t.Context(), query, args...).Scan(&n))
	return n
}
