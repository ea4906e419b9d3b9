package bench

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"path/filepath"
	"time"

	"bilin/internal/app"
	"bilin/internal/auth"
	"bilin/internal/demand"
	"bilin/internal/network"
)

// What a step must reach of bare transactions a second: it reads the demand,
// and writes it with its timeline and the record.
const (
	stepShareOne  = 0.2
	stepShareMany = 0.5
	stepsASecond  = 4000 // more than any machine does; each needs a demand of its own
	storeChunk    = 500
)

// step is a command that is measured over HTTP.
type step struct {
	name string
	body func(to string) map[string]any
}

var steps = []step{
	{"transfer", func(to string) map[string]any {
		return map[string]any{"note": "要动用机械，请组里接手。", "to": map[string]string{"unit": to}}
	}},
	{"resolve", func(string) map[string]any { return map[string]any{"note": "灯泡换好了，晚上试过。"} }},
}

// measureSteps has one and many clients carry out steps, each on a demand of
// its own, and a bare connection write single rows, in turns.
func measureSteps(ctx context.Context, r *run) (rows []Row, err error) {
	dir, err := r.city(ctx, "steps")
	if err != nil {
		return nil, err
	}
	for _, s := range steps {
		requests, err := r.stepRequests(ctx, dir, s)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", s.name, err)
		}
		p, err := r.start(ctx, dir)
		if err != nil {
			return nil, err
		}
		m, err := r.stepRounds(ctx, p, dir, requests)
		if err := errors.Join(err, p.stop()); err != nil {
			return nil, fmt.Errorf("%s: %w", s.name, err)
		}
		rows = append(rows, m.row("a "+s.name+" over HTTP, durable, audited: 1 client", m.one, stepShareOne),
			m.row(fmt.Sprintf("the same: %d clients", raiseMany), m.many, stepShareMany))
	}
	return rows, nil
}

func (r *run) stepRounds(ctx context.Context, p *program, dir string, requests []string) (*raised, error) {
	m := &raised{}
	size := len(requests) / (2 * rounds)
	send := func(conns int) (tally, error) {
		l := load{Addr: p.addr, Requests: requests[:size], Conns: conns, For: r.Round, Most: size, Want: http.StatusOK}
		requests = requests[size:]
		return send(ctx, l)
	}
	for range rounds {
		bare, err := bareWrites(ctx, filepath.Join(dir, "bare.db"), r.Round)
		if err != nil {
			return nil, fmt.Errorf("bare: %w", err)
		}
		one, err := send(1)
		if err != nil {
			return nil, err
		}
		many, err := send(raiseMany)
		if err != nil {
			return nil, err
		}
		m.bare, m.one, m.many = append(m.bare, bare), append(m.one, one.rate()), append(m.many, many.rate())
	}
	return m, nil
}

// stepRequests stores accepted demands and asks for a step on each.
func (r *run) stepRequests(ctx context.Context, dir string, s step) (requests []string, err error) {
	a, err := r.open(ctx, dir)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, a.Close(context.WithoutCancel(ctx))) }()
	_, secret, err := a.Auth.IssueToken(ctx, auth.System("bench"), auth.NewToken{Login: "city", Label: "bench", Life: time.Hour, Scopes: []auth.Action{auth.AllScopes}})
	if err != nil {
		return nil, err
	}
	n := 2 * rounds * (raiseMany + int(r.Round.Seconds()*stepsASecond))
	tree := a.Network.Tree()
	list, err := storePast(ctx, a, n, a.Now().Add(-time.Minute), true)
	if err != nil {
		return nil, err
	}
	for _, d := range list {
		group := tree.At(tree.ByID(d.OwnerID), network.Group)
		raw, err := json.Marshal(s.body(group.Code))
		if err != nil {
			return nil, err
		}
		requests = append(requests, fmt.Sprintf("POST /api/v1/demands/%s/%s HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer %s\r\n"+
			"Content-Type: application/json\r\nContent-Length: %d\r\n\r\n%s", d.Number, s.name, secret, len(raw), raw))
	}
	return requests, nil
}

// storePast stores demands that were raised at a moment in cells all over the
// city whose lead serves.
func storePast(ctx context.Context, a *app.App, n int, at time.Time, accepted bool) (all []*demand.Demand, err error) {
	cells := a.Network.Tree().Units(network.Cell)
	var chunk []*demand.Demand
	for i := 0; len(all) < n; i++ {
		d, err := a.Demand.Past(ctx, auth.Actor{}, demand.Raise{Kind: demand.Help, Text: "门口的路灯三天没亮了，晚上老人出门看不见。",
			UnitCode: cells[i%len(cells)].Code}, at)
		if err != nil {
			return nil, err
		}
		owner, ok := a.Demand.StopOf(d.OwnerID, d.OwnerDept)
		if !ok || owner.PersonID == "" || owner.Rung > 1 {
			continue
		}
		by := demand.By{Side: demand.Network, ActorID: owner.PersonID, PersonID: owner.PersonID, Name: owner.Name, Role: owner.Role,
			UnitID: owner.UnitID, UnitName: owner.UnitName, Rung: owner.Rung}
		if accepted {
			if err := d.Accept(by, at); err != nil {
				return nil, err
			}
		}
		all, chunk = append(all, d), append(chunk, d)
		if len(chunk) == storeChunk || len(all) == n {
			if err := a.Demand.Store(ctx, chunk); err != nil {
				return nil, err
			}
			chunk = nil
		}
	}
	return all, nil
}
