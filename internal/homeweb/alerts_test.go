package homeweb_test

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"bilin/internal/auth"
	"bilin/internal/cap"
	"bilin/internal/homeweb"
	"bilin/internal/i18n"
	"bilin/internal/mobilise"
	"bilin/internal/mobilise/alert"
	"bilin/internal/mobiliseweb/alertweb"
)

// An alert that waits is an urgent card for those who decide, and nothing to
// others; once somebody decided, the card is gone.
func TestAlertsThatWait(t *testing.T) {
	c := city(t)
	policy := auth.NewPolicy(c.Net, alert.Rules)
	svc, err := alert.New(alert.Options{DB: c.DB, Tree: c.Net.Tree, Policy: policy, Audit: c.Audit, Now: c.Clock.Now})
	if err != nil {
		t.Fatal(err)
	}
	catalog, err := i18n.New(homeweb.Messages, alert.Messages, alertweb.Messages, mobilise.Messages)
	if err != nil {
		t.Fatal(err)
	}
	say := func(key string, kv ...any) string { return catalog.T(i18n.ZH, key, kv...) }
	cards := func(role auth.Role) []homeweb.Card {
		t.Helper()
		actor := auth.Actor{AccountID: "a", Name: "某某", Grants: []auth.Grant{{Role: role, UnitID: c.Net.Tree().RootID()}}}
		list, err := homeweb.Alerts{Service: svc, Policy: policy}.HomeCards(t.Context(), actor, say)
		if err != nil {
			t.Fatal(err)
		}
		return list
	}
	if got := cards(auth.Command); len(got) != 0 {
		t.Errorf("while nothing waits: %+v", got)
	}
	now := c.Clock.Now()
	var id string
	for i, status := range []cap.Status{cap.Actual, cap.Exercise} {
		var b bytes.Buffer
		err := cap.Write(&b, &cap.Alert{Identifier: string(status), Sender: "s", Sent: now.Add(time.Duration(i) * time.Second), Status: status, MsgType: cap.NewAlert, Scope: "Public",
			Infos: []cap.Info{{Language: "zh-CN", Categories: []string{"Met"}, Event: "道路结冰", Urgency: "Expected", Severity: "Severe", Certainty: "Likely", Headline: "道路结冰橙色预警", SenderName: "气象台"}}})
		if err != nil {
			t.Fatal(err)
		}
		a, err := svc.Take(t.Context(), auth.System("test"), alert.FromFile, b.Bytes())
		if err != nil {
			t.Fatal(err)
		}
		id = a.ID
	}
	got := cards(auth.CityOffice)
	if len(got) != 1 || got[0].Rank != homeweb.RankUrgent || len(got[0].Items) != 2 || got[0].Items[0].Href != "/alerts/"+id || got[0].Items[0].Status != "演练" || got[0].Items[1].Status != "严重" || !strings.Contains(got[0].Text, "2") {
		t.Errorf("%+v", got)
	}
	for _, role := range []auth.Role{auth.TownOfficial, auth.Lead, auth.Admin} {
		if got := cards(role); len(got) != 0 {
			t.Errorf("%s: %+v", role, got)
		}
	}
	if err := svc.Dismiss(t.Context(), auth.System("test"), alert.Dismiss{ID: id, Note: "不需要"}); err != nil {
		t.Fatal(err)
	}
	if got := cards(auth.Command); len(got) != 1 || len(got[0].Items) != 1 {
		t.Errorf("after one was decided on: %+v", got)
	}
}
