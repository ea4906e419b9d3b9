package modeweb_test

import (
	"context"
	"net/http"
	"testing"
	"time"

	"bilin/internal/audit"
	"bilin/internal/auth"
	"bilin/internal/i18n"
	"bilin/internal/mobilise/mode"
	"bilin/internal/mobiliseweb/modeweb"
	"bilin/internal/network"
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

func TestEmergencyModePages(t *testing.T) {
	db, dir := sqldbtest.Open(t, sqldb.SQLite), t.TempDir()
	log, err := audit.Open(db, audit.Options{Dir: dir})
	ok(t, err)
	keys, err := seal.Open(dir)
	ok(t, err)
	net, err := network.Open(t.Context(), db, network.Options{Audit: log, Seal: keys})
	ok(t, err)
	root, town := sqldb.NewID(), sqldb.NewID()
	ok(t, net.ImportChunk(t.Context(), auth.System("test"), network.Chunk{Units: []network.NewUnit{
		{ID: root, Code: "430182000000", Name: "宁乡市", Level: network.City},
		{ID: town, Code: "430182001000", Name: "玉潭街道", ParentID: root, Level: network.Town},
	}}))
	ok(t, net.Refresh(t.Context()))
	now := time.Date(2026, 12, 1, 2, 0, 0, 0, time.UTC)
	policy := auth.NewPolicy(net, auth.Rules, mode.Rules)
	svc, err := mode.Open(t.Context(), mode.Options{DB: db, Network: net, Policy: policy, Audit: log, Now: func() time.Time { return now }})
	ok(t, err)
	visit := func(who auth.Actor) *webtest.Visitor {
		srv := webtest.New(t, func(srv *web.Server) []web.Module {
			return []web.Module{modeweb.New(srv, svc, net.Tree, func(context.Context, string, time.Time, time.Time) ([]modeweb.Bypass, error) {
				return []modeweb.Bypass{{Number: "M1", Title: "查看取暖", At: now, Until: now.Add(time.Hour)}}, nil
			}, func() time.Time { return now }).Module()}
		}, []i18n.Bundle{modeweb.Messages, mode.Messages, auth.Messages}, webtest.With(func(o *web.Options) {
			o.Identify = func(*http.Request) *web.User {
				if who.Anonymous() {
					return nil
				}
				return &web.User{ID: who.AccountID, Name: who.Name, IsOfficial: true}
			}
			o.Guard = func(_ *http.Request, access string) error {
				if policy.May(who, auth.Action(access)) {
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
		webtest.CheckTemplates(t, srv)
		return webtest.Visit(t, srv)
	}
	command := visit(auth.Actor{AccountID: "c", Name: "指挥员", Grants: []auth.Grant{{Role: auth.Command, UnitID: root}}})
	anybody := visit(auth.Actor{})
	anybody.Get("/emergency", "正在应急的地方", "没有。")
	command.Post("/emergency", http.StatusUnprocessableEntity, "没有找到这个地方", "_key", "a", "unit", "天边", "reason", "冰灾", "hours", "48")
	command.Post("/emergency", http.StatusUnprocessableEntity, "", "_key", "b", "unit", "玉潭街道", "reason", "", "hours", "999")
	at := command.Post("/emergency", http.StatusSeeOther, "", "_key", "c", "unit", "玉潭街道", "reason", "冰灾断电", "hours", "48")
	command.Post("/emergency", http.StatusUnprocessableEntity, "玉潭街道已经在应急状态里了", "_key", "d", "unit", "玉潭街道", "reason", "冰灾断电", "hours", "48")
	anybody.Get("/emergency", "冰灾断电", "玉潭街道")
	anybody.Get(at, "应急中", "查看取暖", "待复核")
	anybody.Post(at+"/end", http.StatusUnauthorized, "", "_key", "e", "note", "通电了")
	command.Post(at+"/end", http.StatusUnprocessableEntity, "请填写", "_key", "f", "_version", "1")
	command.Post(at+"/end", http.StatusSeeOther, "", "_key", "g", "_version", "1", "note", "通电了")
	anybody.Get(at, "已结束", "通电了")
	command.Post("/emergency", http.StatusSeeOther, "", "_key", "h", "unit", "宁乡市", "reason", "全市冰灾", "hours", "72")
}
