// Package rehearsal lets a city try at full scale how it calls people out: all is real but the gateway, the people and the pace of time.
//
// A rehearsal is an order of kind drill that no job is queued for. This program
// tells its people through a gateway of its own on the loopback interface,
// which delivers nothing; a crowd follows the links to the city's own pages,
// which this program serves for the time being; doors are knocked at. Time
// runs at its true pace until all messages are handed over, and faster then.
package rehearsal

import (
	"context"
	_ "embed"
	"errors"
	"net"
	"net/http"
	"slices"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"bilin/internal/app"
	"bilin/internal/auth"
	"bilin/internal/errs"
	"bilin/internal/gateway"
	"bilin/internal/gateway/loopback"
	"bilin/internal/i18n"
	"bilin/internal/mobilise"
	"bilin/internal/mobilise/dispatch"
	"bilin/internal/mobilise/report"
)

//go:embed messages.json
var raw []byte

// Messages are this package's words.
var Messages = i18n.MustParse(raw)

// Options say how a city rehearses.
type Options struct {
	People  int
	Answers Answers
	Seed    uint64        // the same seed, the same people
	Wall    time.Duration // that the story takes on the clock on the wall; 0: under a minute
	Fail    int           // percent of messages that the gateway fails, half of them after it took them
	Every   time.Duration // between two pictures
	Show    func(Picture) // called with them, one after the other
}

func (o Options) check() error {
	bad := errs.E(errs.Invalid, "rehearsal.invalid")
	if o.People < 1 || o.People > mobilise.MaxPeople {
		bad = bad.WithField("people", "rehearsal.bad_people", "max", mobilise.MaxPeople)
	}
	if !slices.Contains(Profiles(), o.Answers) {
		bad = bad.WithField("answers", "rehearsal.bad_answers")
	}
	if o.Wall < 0 || o.Wall > 24*time.Hour {
		bad = bad.WithField("minutes", "rehearsal.bad_minutes")
	}
	if o.Fail < 0 || o.Fail > 100 {
		bad = bad.WithField("gateway-fail", "rehearsal.bad_fail")
	}
	if len(bad.Fields) > 0 {
		return bad
	}
	return nil
}

// Phase is how far a rehearsal is.
type Phase string

// The phases.
const (
	Handing  Phase = "handing" // messages go out
	Open     Phase = "open"    // people answer
	Ending   Phase = "ending"  // the last word goes out
	Finished Phase = "finished"
)

// Picture is a rehearsal at one moment.
type Picture struct {
	Phase    Phase
	Number   string
	People   int
	Length   time.Duration // of the story
	Since    time.Duration // in the time of the story
	Speed    float64       // of that time
	Tally    mobilise.Tally
	Answered int
	Rate     int           // of them in the last second
	Page     time.Duration // that 99 in 100 are no slower than
	Failed   int           // requests that people had to repeat
	Gateway  loopback.Totals
	Times
}

// Times are on the clock on the wall.
type Times struct {
	Durable time.Duration // the approval, until its commit
	First   time.Duration // from then until the gateway's first message
	Handed  time.Duration // until everybody who has a number was told; 0 if not yet, or never
}

// Result is what came of a rehearsal.
type Result struct {
	Picture
	Answers   Answers
	PerSecond float64 // answers, while the middle eight in ten came
	Memory    int     // bytes, at most
	Stopped   bool    // by whoever ran it, before its end
	Informed  int     // people who were told the last word
	Report    *report.Report
}

// Who does it, as the timeline and the record name them. Nobody has these names.
var proposer, approver, visitor = officer("drill", "推演程序（提出）"), officer("drill.approve", "推演程序（批准）"), officer("drill.door", "推演程序（上门）")

func officer(login, name string) auth.Actor {
	who := auth.System(login)
	who.Name = "bilin drill " + name
	return who
}

// play is one rehearsal.
type play struct {
	Options
	city        *app.Rehearsing
	clock       *clock
	gauge       *gauge
	box         *loopback.Gateway
	crowd       *crowd
	story, wall time.Duration
	order       *mobilise.Order
	committed   time.Time

	mu    sync.Mutex
	phase Phase
	times Times
}

// Run rehearses in an open city. If ctx ends first, the order is cancelled, and
// everybody who was told hears of it.
func Run(ctx context.Context, a *app.App, o Options) (result Result, err error) {
	if err := o.check(); err != nil {
		return result, err
	}
	unlock, err := lock(a.Config.Dir)
	if err != nil {
		return result, err
	}
	defer unlock()
	p := &play{Options: o, gauge: newGauge(), phase: Handing}
	if p.story, p.wall = o.Answers.lasts(); o.Wall > 0 {
		p.wall = o.Wall
	}
	p.clock = newClock(max(0, p.story-p.wall))
	routes, stop, err := p.gateway(ctx)
	if err != nil {
		return result, err
	}
	defer stop()
	err = a.Rehearse(ctx, p.clock.Now, routes, func(ctx context.Context, city *app.Rehearsing) error {
		p.city = city
		result, err = p.run(ctx)
		return err
	})
	return result, err
}

// gateway runs the one that delivers nothing, and returns the ways to it.
func (p *play) gateway(ctx context.Context) (routes map[mobilise.Channel]dispatch.Route, stop func(), err error) {
	bad := loopback.Settings{Fail: p.Fail, Refuse: refusedNumbers}
	if p.Answers != Realistic {
		bad.Refuse = ""
	}
	p.box = loopback.New(loopback.Options{Settings: loopback.Settings{Fail: p.Fail}, Kinds: map[gateway.Kind]loopback.Settings{gateway.SMS: bad},
		OnReceive: func(m loopback.Received) { p.crowd.receive(m) }})
	ln, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, nil, err
	}
	server := &http.Server{Handler: p.box, ReadHeaderTimeout: 10 * time.Second, IdleTimeout: 2 * time.Minute}
	go func() { _ = server.Serve(ln) }() // ends with stop
	routes, host := map[mobilise.Channel]dispatch.Route{}, ln.Addr().String()
	for _, way := range []struct {
		channel mobilise.Channel
		kind    gateway.Kind
		path    string
	}{{mobilise.SMS, gateway.SMS, "/send"}, {mobilise.Voice, gateway.Voice, "/voice"}} {
		sender, err := gateway.NewHTTP(gateway.Config{Kind: way.kind, URL: "http://" + host + way.path, Allow: []string{host}})
		if err != nil {
			return nil, nil, errors.Join(err, server.Close())
		}
		routes[way.channel] = dispatch.Route{Sender: sender, Repeats: true}
	}
	return routes, func() { _ = server.Close() }, nil
}

// run proposes the order, has it approved, and sees it through to its end.
func (p *play) run(ctx context.Context) (Result, error) {
	if err := p.sweep(ctx); err != nil {
		return Result{}, err
	}
	p.crowd = newCrowd(p)
	if err := p.issue(ctx); err != nil {
		return Result{}, err
	}
	going := context.WithoutCancel(ctx) // whoever was told must hear of the end
	inner, stop := context.WithCancel(going)
	defer stop()
	group, inner := errgroup.WithContext(inner)
	over := make(chan struct{})
	group.Go(func() error {
		defer close(over)
		return p.city.Told.Rehearse(inner, p.order.ID)
	})
	living, enough := context.WithCancel(inner)
	defer enough()
	group.Go(func() error { return p.crowd.live(living) })
	group.Go(func() error { return p.doors(living) })
	showing := make(chan struct{})
	group.Go(func() error { return p.show(inner, showing) })
	stopped := p.watch(ctx, inner)
	p.set(Ending)
	p.clock.run(1)
	enough()
	err := p.end(going, stopped)
	select {
	case <-over:
	case <-inner.Done():
	case <-time.After(endPatience):
		err = errors.Join(err, errs.E(errs.Unavailable, "rehearsal.no_end", "number", p.order.Number))
		stop()
	}
	close(showing)
	if err := errors.Join(err, group.Wait()); err != nil {
		return Result{}, err
	}
	return p.result(going, stopped)
}

// endPatience bounds the wait until everybody has the last word.
const endPatience = 2 * time.Minute
