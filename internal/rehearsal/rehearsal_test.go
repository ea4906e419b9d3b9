package rehearsal_test

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"bilin/internal/app"
	"bilin/internal/auth"
	"bilin/internal/config"
	"bilin/internal/errs"
	"bilin/internal/mobilise"
	"bilin/internal/network"
	"bilin/internal/rehearsal"
	"bilin/internal/sqldb"
	"bilin/internal/sqldbtest"
)

const leads = 90

// city is one of so many leads whose settings name a gateway, and a program
// beside this one that serves it and would tell people by that gateway.
type city struct {
	*app.App
	config config.Config
	sent   atomic.Int64 // messages that reached the city's own gateway
}

func newCity(t *testing.T, engine sqldb.Engine) *city {
	t.Helper()
	c := &city{config: config.Default()}
	real := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		c.sent.Add(1)
		w.WriteHeader(http.StatusAccepted)
	}))
	t.Cleanup(real.Close)
	c.config.Dir, c.config.GatewayURL, c.config.VoiceURL, c.config.GatewayAllow = t.TempDir(), real.URL+"/send", real.URL+"/voice", []string{strings.TrimPrefix(real.URL, "http://")}
	if engine == sqldb.Postgres {
		c.config.DB = sqldbtest.Postgres(t)
	}
	c.App = open(t, c.config)
	chunk := network.Chunk{}
	root, town, village, area, group := sqldb.NewID(), sqldb.NewID(), sqldb.NewID(), sqldb.NewID(), sqldb.NewID()
	chunk.Units = []network.NewUnit{
		{ID: root, Code: "430182000000", Name: "宁乡市", Level: network.City}, {ID: town, Code: "430182001000", Name: "玉潭街道", ParentID: root, Level: network.Town},
		{ID: village, Code: "430182001001", Name: "花明村", ParentID: town, Level: network.Village}, {ID: area, Code: "43018200100101", Name: "一片", ParentID: village, Level: network.Area},
		{ID: group, Code: "4301820010010101", Name: "一组", ParentID: area, Level: network.Group}}
	for n := range leads {
		cell, person, post := sqldb.NewID(), sqldb.NewID(), sqldb.NewID()
		p := network.NewPerson{ID: person, Name: fmt.Sprintf("邻长%d", n+1)}
		if n%10 != 9 {
			p.Phone = fmt.Sprintf("129%08d", n)
		}
		chunk.Units = append(chunk.Units, network.NewUnit{ID: cell, Code: fmt.Sprintf("4301820010010101%03d", n), Name: fmt.Sprintf("%d邻", n+1), ParentID: group, Level: network.Cell})
		chunk.Persons = append(chunk.Persons, p)
		chunk.Posts = append(chunk.Posts, network.NewPost{ID: post, UnitID: cell, Role: auth.Lead, Name: "邻长"})
		chunk.Appointments = append(chunk.Appointments, network.NewAppointment{PostID: post, PersonID: person})
	}
	ctx := context.Background()
	if err := c.Network.ImportChunk(ctx, auth.System("test"), chunk); err != nil {
		t.Fatal(err)
	}
	if err := c.Network.Refresh(ctx); err != nil {
		t.Fatal(err)
	}
	beside := open(t, c.config)
	if err := beside.Calling.Start(ctx); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		beside.Dispatch.Stop()
		if err := beside.Calling.Stop(ctx); err != nil {
			t.Error(err)
		}
	})
	return c
}

func open(t *testing.T, cfg config.Config) *app.App {
	t.Helper()
	a, err := app.Open(context.Background(), cfg, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := a.Close(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return a
}

// order is the latest.
func (c *city) order(t *testing.T) *mobilise.Order {
	t.Helper()
	list, _, err := c.Orders.List(context.Background(), auth.System("test"), "", nil, 1)
	if err != nil || len(list) == 0 {
		t.Fatal("no order: ", err)
	}
	return list[0]
}

func options(a rehearsal.Answers) rehearsal.Options {
	return rehearsal.Options{People: leads, Answers: a, Seed: 3, Wall: 2 * time.Second, Every: 100 * time.Millisecond}
}

// A rehearsal from its order to its report: people answer by link, by telephone
// and at the door, and the city's own gateway hears nothing of it, though a
// server runs beside it.
func TestRehearsal(t *testing.T) {
	t.Parallel()
	for _, engine := range []sqldb.Engine{sqldb.SQLite, sqldb.Postgres} {
		t.Run(string(engine), func(t *testing.T) {
			t.Parallel()
			c := newCity(t, engine)
			o, pictures := options(rehearsal.Realistic), 0
			o.Show = func(p rehearsal.Picture) {
				if pictures++; p.Number == "" || p.People != leads {
					t.Errorf("picture %+v", p)
				}
			}
			r, err := rehearsal.Run(t.Context(), c.App, o)
			if err != nil {
				t.Fatal(err)
			}
			order := c.order(t)
			if order.State != mobilise.Closed || order.Kind != mobilise.Drill || order.Rehearsal != leads || order.Proposer == order.Decider || !strings.Contains(order.Decider, "bilin drill") {
				t.Errorf("%+v", order)
			}
			if r.People != leads || r.Durable <= 0 || r.First <= 0 || r.Handed < r.First || r.Answered < leads/2 || r.Stopped || r.Memory == 0 || r.Page == 0 || pictures == 0 {
				t.Errorf("%+v, %d pictures", r.Picture, pictures)
			}
			if r.Report == nil || r.Report.Ways[mobilise.ByLink] == 0 || r.Report.Ways[mobilise.ByReply] == 0 || r.Report.Doors < 9 {
				t.Errorf("report %+v", r.Report.Figures)
			}
			if order.EndedAt.After(time.Now().Add(time.Second)) {
				t.Errorf("ended in the future: %v", order.EndedAt)
			}
			if n := c.sent.Load(); n != 0 {
				t.Errorf("%d messages by the city's own gateway", n)
			}
		})
	}
}

// Whoever stops a rehearsal takes its order back, and all who were told hear of it.
func TestStopped(t *testing.T) {
	t.Parallel()
	c := newCity(t, sqldb.SQLite)
	ctx, stop := context.WithCancel(t.Context())
	o := options(rehearsal.None)
	o.Wall = time.Minute
	told := 0
	o.Show = func(p rehearsal.Picture) {
		if p.Phase == rehearsal.Open {
			told = p.Gateway.Taken
			stop()
		}
	}
	r, err := rehearsal.Run(ctx, c.App, o)
	if err != nil {
		t.Fatal(err)
	}
	if order := c.order(t); order.State != mobilise.Cancelled || !r.Stopped || told == 0 || r.Informed < told {
		t.Errorf("%s, %d told, %d informed, %+v", order.State, told, r.Informed, r.Picture)
	}
}

// All answer as fast as they can; an official ends it on the city's own server.
func TestFloodAndAnOfficial(t *testing.T) {
	t.Parallel()
	c := newCity(t, sqldb.SQLite)
	r, err := rehearsal.Run(t.Context(), c.App, options(rehearsal.Flood))
	if err != nil || r.Answered != leads*9/10 {
		t.Fatalf("%d answers, %v", r.Answered, err)
	}
	o := options(rehearsal.All)
	o.Wall = time.Hour
	o.Show = func(p rehearsal.Picture) {
		if p.Phase == rehearsal.Open {
			_, err := c.Orders.Close(context.Background(), auth.System("official"), mobilise.Command{Number: p.Number, Note: "到此为止"})
			if err != nil && errs.KindOf(err) != errs.Conflict {
				t.Error(err)
			}
		}
	}
	if r, err = rehearsal.Run(t.Context(), c.App, o); err != nil || r.Stopped || c.order(t).EndNote != "到此为止" {
		t.Errorf("%+v, %v", r.Picture, err)
	}
}

// One rehearsal at a time; one that was killed is ended by the next.
func TestOneAtATime(t *testing.T) {
	t.Parallel()
	c := newCity(t, sqldb.SQLite)
	left, err := c.Orders.Propose(t.Context(), auth.System("drill"), mobilise.Propose{Kind: mobilise.Drill, Hazard: mobilise.Ice, Rehearsal: 5, Key: "x",
		Words:    mobilise.Words{Title: "一", What: "一", Do: "一", Where: "一", Until: time.Now().Add(time.Hour)},
		Audience: mobilise.Audience{UnitIDs: []string{c.Network.Tree().RootID()}, Roles: []auth.Role{auth.Lead}}})
	if err != nil {
		t.Fatal(err)
	}
	var second error
	o := options(rehearsal.Flood)
	o.Show = func(rehearsal.Picture) {
		if second == nil {
			_, second = rehearsal.Run(context.Background(), c.App, o)
		}
	}
	if _, err := rehearsal.Run(t.Context(), c.App, o); err != nil {
		t.Fatal(err)
	}
	if errs.CodeOf(second) != "rehearsal.running" {
		t.Errorf("a second one: %v", second)
	}
	if before, err := c.Orders.ByID(t.Context(), left.ID); err != nil || before.State != mobilise.Cancelled {
		t.Errorf("what was left: %+v, %v", before, err)
	}
}

func TestRefusals(t *testing.T) {
	t.Parallel()
	c := newCity(t, sqldb.SQLite)
	for code, change := range map[string]func(*rehearsal.Options){
		"order.rehearsal_few": func(o *rehearsal.Options) { o.People = leads + 1 },
		"rehearsal.invalid":   func(o *rehearsal.Options) { o.Answers, o.People, o.Fail, o.Wall = "maybe", 0, 101, -1 },
	} {
		o := options(rehearsal.All)
		change(&o)
		_, err := rehearsal.Run(t.Context(), c.App, o)
		if e := errs.As(err); e.Code != code || code == "rehearsal.invalid" && len(e.Fields) != 4 {
			t.Errorf("%s: %v", code, err)
		}
	}
	if list, _, err := c.Orders.List(t.Context(), auth.System("test"), "", nil, 10); err != nil || len(list) != 0 {
		t.Errorf("%d orders, %v", len(list), err)
	}
}
