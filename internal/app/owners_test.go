package app_test

import (
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"bilin/internal/app"
	"bilin/internal/auth"
	"bilin/internal/config"
	"bilin/internal/network"
	"bilin/internal/sqldb"
)

// Whoever makes an account has its link in hand. Its owner hears on their own
// telephone that it was used, and the record says that their number was opened.
func TestOwnersHearOfTheirAccounts(t *testing.T) {
	ctx := context.Background()
	type message struct{ To, Text string }
	sent := make(chan message, 9)
	gateway := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var m message
		if err := json.NewDecoder(r.Body).Decode(&m); err != nil {
			t.Error(err)
		}
		sent <- m
		w.WriteHeader(http.StatusAccepted)
	}))
	defer gateway.Close()
	cfg := config.Default()
	cfg.Dir, cfg.GatewayURL, cfg.GatewayAllow = t.TempDir(), gateway.URL, []string{strings.TrimPrefix(gateway.URL, "http://")}
	a, err := app.Open(ctx, cfg, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	check := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	unit, post, person := sqldb.NewID(), sqldb.NewID(), sqldb.NewID()
	check(a.Network.ImportChunk(ctx, auth.System("test"), network.Chunk{
		Source: "test", Units: []network.NewUnit{{ID: unit, Code: "430182000000", Name: "市", Level: network.City}},
		Persons: []network.NewPerson{{ID: person, Name: "朱雅河", Phone: "19100000007"}},
		Posts:   []network.NewPost{{ID: post, UnitID: unit, Name: "基层办", Role: auth.CityOffice}}, Appointments: []network.NewAppointment{{ID: sqldb.NewID(), PostID: post, PersonID: person}},
	}))
	check(a.Network.Refresh(ctx))
	check(a.Sending.Start(ctx))
	defer func() { check(a.Close(ctx)) }()
	defer func() { check(a.Sending.Stop(ctx)) }()

	admin := auth.System("test")
	account, err := a.Auth.CreateAccount(ctx, admin, auth.NewAccount{Login: "office", Name: "朱雅河", PersonID: person, Kind: auth.KindOfficial})
	check(err)
	link, err := a.Auth.IssuePasswordLink(ctx, admin, account.ID)
	check(err)
	_, err = a.Auth.UseLink(ctx, link.Secret, "five yellow ducks", auth.Origin{Device: "Linux/Chrome"})
	check(err)
	select {
	case m := <-sent:
		if !strings.HasSuffix(m.To, "19100000007") || !strings.Contains(m.Text, "office") || !strings.Contains(m.Text, "第一次登录") {
			t.Errorf("told %+v", m)
		}
	case <-time.After(20 * time.Second):
		t.Fatal("nobody was told")
	}
	var opened int
	check(a.DB.Reader().QueryRowContext(ctx, `SELECT count(*) FROM audit_pending WHERE action = 'network.read_phone' AND purpose = 'account'`).Scan(&opened))
	if opened != 1 {
		t.Errorf("the record has %d openings of the number", opened)
	}
}
