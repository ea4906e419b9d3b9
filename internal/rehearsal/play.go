package rehearsal

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"bilin/internal/auth"
	"bilin/internal/errs"
	"bilin/internal/mobilise"
)

// lock sees to it that a city is rehearsed in by one program at a time.
func lock(dir string) (unlock func(), err error) {
	f, err := os.OpenFile(filepath.Join(dir, "drill.lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		return nil, errors.Join(errs.Wrap(err, errs.Conflict, "rehearsal.running"), f.Close())
	}
	return func() { _ = f.Close() }, nil
}

// sweep ends what a rehearsal left that was killed.
func (p *play) sweep(ctx context.Context) error {
	for _, state := range []mobilise.State{mobilise.Proposed, mobilise.Active} {
		list, _, err := p.city.Orders.List(ctx, proposer, state, nil, 200)
		if err != nil {
			return err
		}
		for _, o := range list {
			if !o.IsRehearsal() {
				continue
			}
			_, err := p.city.Orders.Cancel(ctx, proposer, mobilise.Command{Number: o.Number, Note: "这次推演中断了，没有做完。"})
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// issue has the order go out and notes how long its commit took.
func (p *play) issue(ctx context.Context) error {
	orders, root := p.city.Orders, p.city.Network.Tree().RootID()
	o, err := orders.Propose(ctx, proposer, mobilise.Propose{
		Kind: mobilise.Drill, Hazard: mobilise.Ice, Rehearsal: p.People, Channels: []mobilise.Channel{mobilise.SMS, mobilise.Voice},
		Words: mobilise.Words{Title: "全市推演", What: "系统推演，不发给任何人。假设今夜冻雨，道路结冰。", Do: "谁都不用出门。", Where: "各村部门口（假设）。",
			Until: p.clock.Now().Add(p.story + 12*time.Hour)},
		Audience: mobilise.Audience{UnitIDs: []string{root}, Roles: []auth.Role{auth.Lead, auth.GroupLead, auth.AreaLead}, AllTeams: true},
	})
	if err != nil {
		return err
	}
	p.order, p.crowd.number = o, o.Number
	begin := time.Now()
	o, err = orders.Approve(ctx, approver, mobilise.Command{Number: o.Number})
	p.committed = time.Now()
	p.time(&p.times.Durable, p.committed.Sub(begin))
	if err != nil {
		_, gone := orders.Cancel(context.WithoutCancel(ctx), proposer, mobilise.Command{Number: p.order.Number, Note: "这次推演没有开始。"})
		return errors.Join(err, gone)
	}
	p.order = o
	return nil
}

// watch lets the rehearsal take its course and says whether it was stopped.
func (p *play) watch(ctx, inner context.Context) (stopped bool) {
	p.handing(ctx, inner)
	if p.story > 0 {
		p.clock.run(max(1, p.story.Seconds()/p.wall.Seconds()))
	}
	close(p.crowd.released)
	p.set(Open)
	end := p.clock.Now().Add(p.story)
	for ctx.Err() == nil && inner.Err() == nil && !p.done(ctx, end) {
		pause(ctx, 50*time.Millisecond)
	}
	return ctx.Err() != nil
}

// Bounds of waiting.
const (
	handPatience  = 20 * time.Second // until everybody is told
	failPatience  = 45 * time.Second // the same by a gateway that fails
	handCalm      = 500 * time.Millisecond
	floodPatience = 2 * time.Minute
)

// handing waits until everybody who can be is told.
func (p *play) handing(ctx, inner context.Context) {
	reachable, patience := -1, handPatience
	if p.Fail > 0 {
		patience = failPatience
	}
	for time.Since(p.committed) < patience && ctx.Err() == nil && inner.Err() == nil {
		pause(ctx, 10*time.Millisecond)
		told, first, last := p.crowd.reach()
		if p.times.First == 0 && told > 0 {
			p.time(&p.times.First, first.Sub(p.committed))
		}
		if reachable < 0 && told > 0 && time.Since(last) > handCalm {
			reachable = p.reachable(ctx)
		}
		if told == reachable {
			p.time(&p.times.Handed, last.Sub(p.committed))
			return
		}
	}
}

// reachable is how many of the people have a number; -1 if that can't be told.
func (p *play) reachable(ctx context.Context) int {
	q := p.city.DB.Reader()
	list, err := mobilise.ReadReceipts(ctx, q, `order_id = $1`, p.order.ID)
	if err != nil {
		return -1
	}
	ids := make([]string, len(list))
	for i := range list {
		ids[i] = list[i].PersonID
	}
	phones, err := p.city.Network.SealedPhones(ctx, q, ids)
	if err != nil {
		return -1
	}
	return len(phones)
}

// reach is how many people were told, and when the first and the last of them.
func (c *crowd) reach() (told int, first, last time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.told), c.first, c.last
}

// done reports whether nothing is to be waited for any more.
func (p *play) done(ctx context.Context, end time.Time) bool {
	if p.Answers == Flood {
		answers, _, _, _ := p.gauge.read()
		told, _, _ := p.crowd.reach()
		if answers >= told || p.clock.Now().After(end.Add(floodPatience)) {
			return true
		}
	} else if !p.clock.Now().Before(end) {
		return true
	}
	o, err := p.city.Orders.ByID(ctx, p.order.ID)
	return err == nil && !o.Live() // an official ended it
}

// end closes the order, or takes it back if the rehearsal was stopped.
func (p *play) end(ctx context.Context, stopped bool) (err error) {
	cmd := mobilise.Command{Number: p.order.Number, Note: "推演结束。"}
	if stopped {
		cmd.Note = "推演提前停止。"
		_, err = p.city.Orders.Cancel(ctx, proposer, cmd)
	} else {
		_, err = p.city.Orders.Close(ctx, proposer, cmd)
	}
	if errs.KindOf(err) == errs.Conflict {
		return nil // an official was quicker
	}
	return err
}

// doors has somebody go to each door on the list.
func (p *play) doors(ctx context.Context) error {
	for ctx.Err() == nil {
		pause(ctx, time.Second)
		list, err := mobilise.ReadReceipts(ctx, p.city.DB.Reader(), `order_id = $1 AND knock_at > 0 AND standing < $2 AND way = ''`, p.order.ID, int(mobilise.Cant))
		if err != nil && ctx.Err() == nil {
			return err
		}
		p.crowd.atDoors(list)
	}
	return nil
}

func (p *play) set(phase Phase) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.phase = phase
}

// time notes how long something took.
func (p *play) time(of *time.Duration, took time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	*of = max(took, time.Microsecond)
}
