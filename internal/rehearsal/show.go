package rehearsal

import (
	"container/heap"
	"context"
	"time"

	"bilin/internal/mobilise"
)

// atDoors plans who is found at home.
func (c *crowd) atDoors(list []mobilise.Receipt) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for i := range list {
		p := c.person(list[i].N)
		if p.Home && !p.door {
			p.door = true
			heap.Push(&c.queue, deed{time.UnixMilli(list[i].KnockAt).Add(p.Door), list[i].N, "door"})
		}
	}
}

// show draws a picture now and then until over, and a last one.
func (p *play) show(ctx context.Context, over <-chan struct{}) error {
	if p.Show == nil {
		return nil
	}
	tick := time.NewTicker(max(p.Every, 100*time.Millisecond))
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-over:
			return nil
		case <-tick.C:
		}
		picture, err := p.picture(ctx)
		if err != nil && ctx.Err() == nil {
			return err
		}
		p.Show(picture)
	}
}

func (p *play) picture(ctx context.Context) (Picture, error) {
	tally, err := p.city.Orders.Tally(ctx, p.order.ID)
	tally.Villages = nil
	answers, rate, failed, page := p.gauge.read()
	p.mu.Lock()
	defer p.mu.Unlock()
	return Picture{Phase: p.phase, Number: p.order.Number, People: tally.People, Length: p.story, Since: p.clock.Now().Sub(p.order.IssuedAt), Speed: p.clock.pace(),
		Tally: tally, Answered: answers, Rate: rate, Page: page, Failed: failed, Gateway: p.box.Totals(), Times: p.times}, err
}

// result is what there is to say in the end.
func (p *play) result(ctx context.Context, stopped bool) (Result, error) {
	p.set(Finished)
	picture, err := p.picture(ctx)
	if err != nil {
		return Result{}, err
	}
	r := Result{Picture: picture, Answers: p.Answers, Stopped: stopped, Informed: p.crowd.informed()}
	r.PerSecond, r.Memory = p.gauge.last()
	r.Report, err = p.city.Then.Report(ctx, proposer, p.order.Number, 0)
	return r, err
}

// informed is how many people were told of the end.
func (c *crowd) informed() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.news)
}

// pace is how fast time goes.
func (c *clock) pace() float64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.speed
}
