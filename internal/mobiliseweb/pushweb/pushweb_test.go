package pushweb_test

import (
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"

	"bilin/internal/audit"
	"bilin/internal/auth"
	"bilin/internal/gateway"
	"bilin/internal/i18n"
	"bilin/internal/mobilise/push"
	"bilin/internal/mobilise/push/pushtest"
	"bilin/internal/mobiliseweb/pushweb"
	"bilin/internal/seal"
	"bilin/internal/sqldb"
	"bilin/internal/sqldbtest"
	"bilin/internal/web"
	"bilin/internal/webtest"
)

func ok(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// nowhere is an Ancestry without a city.
type nowhere struct{}

func (nowhere) Contains(string, string) bool { return false }
func (nowhere) RootID() string               { return "" }

// site is the page of one city, and a push service of browsers.
type site struct {
	testing.TB
	policy *auth.Policy
	fake   *pushtest.Service
	url    string // of the push service
	open   func(contact string) *push.Service
}

func newSite(t testing.TB) *site {
	t.Helper()
	db, dir := sqldbtest.Open(t, sqldb.SQLite), t.TempDir()
	log, err := audit.Open(db, audit.Options{Dir: dir})
	ok(t, err)
	keys, err := seal.Open(dir)
	ok(t, err)
	s := &site{TB: t, policy: auth.NewPolicy(nowhere{}, auth.Rules, push.Rules), fake: pushtest.New()}
	browsers := httptest.NewServer(s.fake)
	t.Cleanup(browsers.Close)
	s.url = browsers.URL
	s.open = func(contact string) *push.Service {
		svc, err := push.New(push.Options{DB: db, Policy: s.policy, Sealer: keys, Audit: log, KeysDir: dir, Contact: contact, Allow: []string{strings.TrimPrefix(s.url, "http://")}})
		ok(t, err)
		return svc
	}
	return s
}

// server shows the page to somebody.
func (s *site) server(svc *push.Service, who auth.Actor) *web.Server {
	return webtest.New(s, func(srv *web.Server) []web.Module { return []web.Module{pushweb.New(srv, svc).Module()} },
		[]i18n.Bundle{pushweb.Messages, push.Messages, auth.Messages}, webtest.With(func(o *web.Options) {
			o.Identify = func(*http.Request) *web.User {
				if who.Anonymous() {
					return nil
				}
				return &web.User{ID: who.AccountID, Name: who.Name, IsLead: true}
			}
			o.Guard = func(_ *http.Request, access string) error {
				if s.policy.May(who, auth.Action(access)) {
					return nil
				}
				return auth.Denied(who)
			}
			o.Wrap = append(o.Wrap, func(next http.Handler) http.Handler {
				return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					next.ServeHTTP(w, r.WithContext(auth.With(r.Context(), who)))
				})
			})
		}))
}

func (s *site) visit(svc *push.Service, who auth.Actor) *webtest.Visitor {
	srv := s.server(svc, who)
	webtest.CheckTemplates(s, srv)
	return webtest.Visit(s, srv)
}

var lead = auth.Actor{AccountID: "a", PersonID: "p1", Name: "周桂英"}

func TestHearingOfCallOuts(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	svc := s.open("https://bilin.example.cn")
	v := s.visit(svc, lead)
	key, err := svc.PublicKey()
	ok(t, err)
	v.Get("/me/push", `data-push="`+key+`"`, "还没有。", "没有开启 JavaScript")
	phone := s.fake.Browser("phone")
	v.Post("/me/push", http.StatusUnprocessableEntity, "推送地址不能用", "_key", "a", "endpoint", "https://10.0.0.1/x", "p256dh", phone.P256dh(), "auth", phone.Auth())
	v.Post("/me/push", http.StatusSeeOther, "", "_key", "b", "endpoint", s.url+"/phone", "p256dh", phone.P256dh(), "auth", phone.Auth())
	page := v.Get("/me/push", "不再接收")
	ok(t, svc.Send(t.Context(), gateway.Message{ID: "1", To: "p1", Title: "演练", Text: "请到村部"}))
	if got, err := s.fake.Notifications(); err != nil || len(got) != 1 {
		t.Errorf("%d notices, %v", len(got), err)
	}
	id := regexp.MustCompile(`/me/push/([0-9a-f-]+)/end`).FindStringSubmatch(page)
	if id == nil {
		t.Fatal(page)
	}
	s.visit(svc, auth.Actor{AccountID: "b", PersonID: "p2", Name: "别人"}).Post("/me/push/"+id[1]+"/end", http.StatusSeeOther, "", "_key", "c")
	v.Get("/me/push", "不再接收")
	v.Post("/me/push/"+id[1]+"/end", http.StatusSeeOther, "", "_key", "d")
	v.Get("/me/push", "还没有。")

	s.visit(svc, auth.Actor{AccountID: "admin", Name: "管理员"}).Get("/me/push", "不会被召集")
	s.visit(s.open(""), auth.Actor{AccountID: "a", PersonID: "p1"}).Get("/me/push", "本市还没有开通")
	if code := s.visit(svc, auth.Actor{}).Status("/me/push"); code != http.StatusSeeOther && code != http.StatusUnauthorized {
		t.Errorf("nobody: %d", code)
	}
}
