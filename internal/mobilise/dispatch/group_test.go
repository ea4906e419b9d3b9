package dispatch_test

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"bilin/internal/mobilise"
	"bilin/internal/mobilise/dispatch"
	"bilin/internal/mobilise/mobilisetest"
	"bilin/internal/sqldb"
	"bilin/internal/sqldbtest"
)

// robot is a chat's robot that writes down what it is told.
type robot struct {
	mu   sync.Mutex
	said []string
}

func (r *robot) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	body, _ := io.ReadAll(req.Body)
	r.mu.Lock()
	r.said = append(r.said, string(body))
	r.mu.Unlock()
	w.Header().Set("Content-Type", "application/json")
	_, _ = io.WriteString(w, `{"errcode":0,"errmsg":"ok"}`)
}

func (r *robot) lines() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]string(nil), r.said...)
}

// A team's group and the city's hear of each edition once.
func TestGroupsHearOfEachEditionOnce(t *testing.T) {
	t.Parallel()
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		team, city := &robot{}, &robot{}
		teamAt, cityAt := httptest.NewServer(team), httptest.NewServer(city)
		defer teamAt.Close()
		defer cityAt.Close()
		b := &bench{City: mobilisetest.New(t, db, 3), sms: newSender(), voice: newSender()}
		b.groups = dispatch.Groups{
			Team:  func(context.Context, string) (string, error) { return teamAt.URL + "/cgi-bin/webhook/send?key=k1", nil },
			City:  []string{cityAt.URL + "/cgi-bin/webhook/send?key=k2"},
			Allow: []string{strings.TrimPrefix(teamAt.URL, "http://"), strings.TrimPrefix(cityAt.URL, "http://")},
		}
		b.start()
		t.Cleanup(func() { b.stop() })
		b.Members = []mobilise.Called{{PersonID: b.Leads[0], UnitID: b.Village, TeamID: b.Team}, {PersonID: b.Leads[1], UnitID: b.Village, TeamID: b.Team}}
		o, err := b.Order(b.Command, func(p *mobilise.Propose) { p.Audience = mobilise.Audience{TeamIDs: []string{b.Team}} })
		if err != nil {
			t.Fatal(err)
		}
		b.until("both groups", func() bool { return len(team.lines()) == 1 && len(city.lines()) == 1 })
		if !strings.Contains(team.lines()[0], "道路结冰除冰") || strings.Contains(team.lines()[0], "/a/") {
			t.Errorf("said %s", team.lines())
		}
		if _, err := b.Orders.Cancel(t.Context(), b.Command, mobilise.Command{Number: o.Number, Note: "雨停了"}); err != nil {
			t.Fatal(err)
		}
		b.until("the cancel", func() bool { return len(team.lines()) == 2 && len(city.lines()) == 2 })
		if !strings.Contains(city.lines()[1], "取消") {
			t.Errorf("said %s", city.lines())
		}
	})
}
