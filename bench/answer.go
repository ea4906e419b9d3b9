package bench

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"path/filepath"
	"time"

	"bilin/internal/auth"
)

const (
	answerRate   = 3000 // a second
	answerConns  = 64
	answerFor    = 10 * time.Second
	answerBudget = 100 * time.Millisecond // of a page meanwhile, 99 of 100
	peeksASecond = 50
)

// measureAnswers has the people of an order answer by their links, each once,
// so many a second, while a lead opens their start page; then as many as it takes.
func measureAnswers(ctx context.Context, r *run) (rows []Row, err error) {
	dir, err := r.city(ctx, "answers")
	if err != nil {
		return nil, err
	}
	who, err := r.officers(ctx, dir)
	if err != nil {
		return nil, err
	}
	p, err := r.start(ctx, dir)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, p.stop()) }()
	if err := r.settled(ctx, p); err != nil {
		return nil, err
	}
	bare, err := bareWrites(ctx, filepath.Join(dir, "bare.db"), r.Round)
	if err != nil {
		return nil, fmt.Errorf("bare: %w", err)
	}
	var all []answered
	for _, pace := range []int{answerRate, 0} {
		a, err := r.answerRound(ctx, p, who, dir, pace)
		if err != nil {
			return nil, err
		}
		all = append(all, a)
	}
	paced, free := all[0], all[1]
	return []Row{
		{Work: fmt.Sprintf("%s answers by link, each durable before its page: %d", rate(answerRate), paced.Done),
			Measured: fmt.Sprintf("%s; a lead's start page meanwhile p99 %s, median %s", rate(paced.rate()), millis(percentile(paced.pages, 99)), millis(percentile(paced.pages, 50))),
			Bare:     rate(bare) + ": one row a durable transaction", Ratio: percent(paced.rate() / bare), Budget: "≥ 3,000/s, p99 ≤ 100 ms",
			Met: paced.rate() >= 0.97*answerRate && percentile(paced.pages, 99) <= answerBudget},
		{Work: fmt.Sprintf("as many answers as %d connections carry", answerConns),
			Measured: fmt.Sprintf("%s; the page p99 %s", rate(free.rate()), millis(percentile(free.pages, 99))),
			Bare:     rate(bare) + ": one row a durable transaction", Ratio: percent(free.rate() / bare), Budget: "≥ 3,000/s", Met: free.rate() >= answerRate},
	}, nil
}

// answered is what became of a round, and how long the pages took meanwhile.
type answered struct {
	tally
	pages []time.Duration
}

// answerRound has an order of its own answered, and sees to it that all that
// was acknowledged is there.
func (r *run) answerRound(ctx context.Context, p *program, who officers, dir string, pace int) (answered, error) {
	o, _, err := who.issue(ctx, p.addr)
	if err != nil {
		return answered{}, err
	}
	requests, err := r.answers(ctx, dir, o.Number, o.People)
	if err != nil {
		return answered{}, err
	}
	cookie, err := loginAt(ctx, p.addr, "lead")
	if err != nil {
		return answered{}, err
	}
	during := min(answerFor, 5*r.Round, time.Duration(o.People)*time.Second/answerRate)
	peeking := make(chan answered, 1)
	failed := make(chan error, 1)
	go func() {
		l := load{Addr: p.addr, Requests: []string{get("/home", cookie)}, Conns: 2, For: during, Most: 1 << 20, Rate: peeksASecond, Want: http.StatusOK}
		t, err := send(ctx, l)
		peeking <- answered{pages: t.Each}
		failed <- err
	}()
	before, err := p.worked()
	if err != nil {
		return answered{}, err
	}
	l := load{Addr: p.addr, Requests: requests, Conns: answerConns, For: during, Most: len(requests), Rate: pace, Want: http.StatusSeeOther}
	t, err := send(ctx, l)
	pages := <-peeking
	after, err2 := p.worked()
	if err := errors.Join(err, err2, <-failed); err != nil {
		return answered{}, err
	}
	r.say("  %d answers and %d pages, %s of processor time for each", t.Done, len(pages.pages), millis((after-before)/time.Duration(t.Done+len(pages.pages))))
	var now standing
	if err := call(ctx, p.addr, who.approve, "/api/v1/orders/"+o.Number, nil, &now); err != nil {
		return answered{}, err
	}
	if now.Count.Coming != t.Done {
		return answered{}, fmt.Errorf("%d answers acknowledged, %d people are coming", t.Done, now.Count.Coming)
	}
	return answered{t, pages.pages}, who.step(ctx, p.addr, o.Number, "close", &now)
}

// answers are one for each of an order's people, as their browser sends it.
func (r *run) answers(ctx context.Context, dir, number string, people int) (requests []string, err error) {
	a, err := r.open(ctx, dir)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, a.Close(context.WithoutCancel(ctx))) }()
	o, _, err := a.Orders.Get(ctx, auth.System("bench"), number)
	if err != nil {
		return nil, err
	}
	const body = "answer=coming"
	for n := 1; n <= people; n++ {
		requests = append(requests, fmt.Sprintf("POST /a/%s HTTP/1.1\r\nHost: localhost\r\nAccept-Language: zh-CN,zh;q=0.9\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: %d\r\n\r\n%s",
			a.Orders.Token(o, n), len(body), body))
	}
	return requests, nil
}
