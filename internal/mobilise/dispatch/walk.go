package dispatch

import (
	"context"
	"errors"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"bilin/internal/auth"
	"bilin/internal/mobilise"
	"bilin/internal/sqldb"
)

const (
	batchSize   = 500
	leastBatch  = 20
	walkers     = 2                      // batches under way: one is written down while another is sent
	settleEvery = 500 * time.Millisecond // of a batch that takes its time
	handingFor  = 5 * time.Minute        // until a batch that was never settled is looked at again

	triedEnough = 5 // attempts at one channel, if it is down
)

// clock acts for the order.
var clock = auth.System("order.dispatch")

// walk goes through one order's receipts again and again.
type walk struct {
	*Service
	id   string
	live bool // as it was at the last pass
	// rehearsal has no jobs: its doors are told by whoever tells its people.
	rehearsal bool

	mu      sync.Mutex
	cursor  int
	knocks  int
	edition int
	state   mobilise.State
	next    int64                     // when a receipt is due, as far as is known
	said    map[mobilise.Channel]bool // channels that the timeline says are down
	written map[mobilise.Channel]bool // and that all orders' pages say are
}

// pass hands over all that is due and says when something is due next.
func (w *walk) pass(ctx context.Context) (int64, error) {
	o, err := mobilise.ReadOrder(ctx, w.o.DB.Reader(), w.id)
	if err != nil {
		return 0, err
	}
	w.live, w.rehearsal = o.Live(), o.IsRehearsal()
	same := w.edition == o.Edition && w.state == o.State
	if same && w.next > sqldb.Millis(w.o.Now()) {
		return w.next, w.report(ctx)
	}
	w.cursor, w.edition, w.state = 0, o.Edition, o.State
	group, inner := errgroup.WithContext(ctx)
	for range walkers {
		group.Go(func() error { return w.batches(inner) })
	}
	if err := group.Wait(); err != nil {
		return 0, err
	}
	if err := w.report(ctx); err != nil {
		return 0, err
	}
	w.next, err = nextDue(ctx, w.o.DB.Reader(), w.id)
	return w.next, err
}

func (w *walk) batches(ctx context.Context) error {
	for {
		batch, more, err := w.claim(ctx)
		if err != nil {
			return err
		}
		if err := w.deliver(ctx, batch); err != nil {
			return err
		}
		if !more || ctx.Err() != nil {
			return ctx.Err()
		}
		select {
		case <-w.stop:
			return nil
		default:
		}
	}
}

// deliver sends a batch and writes down what became of it, in parts where the
// gateway takes its time. What was handed over is written down even if the
// program is told to stop meanwhile.
func (w *walk) deliver(ctx context.Context, batch []message) error {
	var part []result
	var failed error
	begun := time.Now()
	flush := func() {
		failed = errors.Join(failed, w.settle(context.WithoutCancel(ctx), part))
		part, begun = nil, time.Now()
	}
	w.send(ctx, batch, func(r result) {
		if part = append(part, r); time.Since(begun) > settleEvery {
			flush()
		}
	})
	flush()
	return failed
}

// batch is how many receipts are taken at once: what the slowest gateway takes
// in two seconds, since a cancel waits for what was taken.
func (s *Service) batch() int {
	size := batchSize
	for _, r := range s.o.Routes {
		if r.Pace > 0 {
			size = min(size, max(leastBatch, 2*r.Pace))
		}
	}
	return size
}

// claim takes the next receipts that are due, decides what is to be done about
// each, and writes it down.
func (w *walk) claim(ctx context.Context) (batch []message, more bool, err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	due, err := dueReceipts(ctx, w.o.DB.Reader(), w.id, w.cursor, sqldb.Millis(w.o.Now()), w.batch())
	if err != nil || len(due) == 0 {
		return nil, false, err
	}
	first, last := due[0].n, due[len(due)-1].n
	w.cursor = last
	reach, err := w.reach(ctx, due)
	if err != nil {
		return nil, false, err
	}
	plan := w.newPlan()
	err = mobilise.Alone(ctx, w.o.DB, w.id, func(tx *sqldb.Tx, o *mobilise.Order) error {
		p := plan.fresh()
		if err := w.decide(ctx, tx, o, p, reach, first, last); err != nil {
			return err
		}
		batch = p.batch
		tx.OnCommit(func() { w.knocks += p.knocks })
		return nil
	})
	if err != nil {
		return nil, false, err
	}
	for i := range batch {
		w.compose(&batch[i], reach)
	}
	return batch, len(due) == w.batch(), nil
}

// reach is how people can be reached at all.
type reach struct {
	known  map[string]bool   // of whom the rest is known
	phones map[string]string // sealed
	pushes map[string]bool
}

func (w *walk) reach(ctx context.Context, due []dueRow) (x reach, err error) {
	ids := make([]string, len(due))
	x.known = make(map[string]bool, len(due))
	for i := range due {
		ids[i], x.known[due[i].person] = due[i].person, true
	}
	if x.phones, err = w.o.Phones.SealedPhones(ctx, w.o.DB.Reader(), ids); err != nil {
		return x, err
	}
	if w.o.Pushes != nil {
		x.pushes, err = w.o.Pushes.Has(ctx, ids)
	}
	return x, err
}

func (s *Service) channels(x reach, personID string) (can mobilise.Bits) {
	for c := range s.o.Routes {
		if c == mobilise.Push && x.pushes[personID] || c != mobilise.Push && x.phones[personID] != "" {
			can |= mobilise.BitsOf(c)
		}
	}
	return can
}

// plan is what a claim comes to. A transaction may run again, and then begins with a fresh one.
type plan struct {
	now     time.Time
	passed  mobilise.Bits            // channels down for too long
	room    map[mobilise.Channel]int // messages that each takes now
	used    map[mobilise.Channel]int
	batch   []message
	changed []mobilise.Receipt
	knocks  int
}

func (s *Service) newPlan() *plan {
	p := &plan{now: s.o.Now(), room: map[mobilise.Channel]int{}}
	p.passed = s.health.passed(p.now)
	for c := range s.o.Routes {
		p.room[c] = s.health.allows(c, batchSize, p.now)
	}
	return p
}

func (p *plan) fresh() *plan {
	again := *p
	again.used = map[mobilise.Channel]int{}
	return &again
}

// down are the channels that are passed over, but for those few messages that
// find out whether they work again.
func (p *plan) down() mobilise.Bits {
	down := p.passed
	for c, room := range p.room {
		if p.used[c] < room {
			down &^= mobilise.BitsOf(c)
		}
	}
	return down
}

func (w *walk) decide(ctx context.Context, tx *sqldb.Tx, o *mobilise.Order, p *plan, x reach, first, last int) error {
	rows, err := mobilise.ReadReceipts(ctx, tx, `order_id = $1 AND n BETWEEN $2 AND $3 AND due <= $4 ORDER BY n`, w.id, first, last, sqldb.Millis(p.now))
	if err != nil {
		return err
	}
	sent, err := readTries(ctx, tx, o, first, last, p.now)
	if err != nil {
		return err
	}
	perhaps, err := perhapsTold(ctx, tx, o, first, last)
	if err != nil {
		return err
	}
	for i := range rows {
		if !x.known[rows[i].PersonID] {
			continue // it has only just become due: the next pass takes it
		}
		rows[i].PerhapsTold(o, perhaps[rows[i].N])
		p.add(o, &rows[i], w.channels(x, rows[i].PersonID), sent)
	}
	if err := mobilise.SaveReceipts(ctx, tx, p.changed); err != nil {
		return err
	}
	if p.knocks > 0 {
		if err := w.knock(ctx, tx, o); err != nil {
			return err
		}
	}
	return w.write(ctx, tx, o, p)
}

// add decides about one receipt.
func (p *plan) add(o *mobilise.Order, r *mobilise.Receipt, can mobilise.Bits, sent map[tryKey]string) {
	down := p.down()
	if r.Tried >= triedEnough {
		down = p.passed // others find out whether the channel works again
	}
	next := r.Next(o, can, down, p.now)
	switch {
	case next.Knock:
		r.Knock(p.now)
		p.knocks++
	case len(next.Send) > 0:
		p.hand(o, r, next.Send, sent)
	default:
		r.Due = next.Due
	}
	p.changed = append(p.changed, *r)
}

func (p *plan) hand(o *mobilise.Order, r *mobilise.Receipt, channels []mobilise.Channel, sent map[tryKey]string) {
	r.Due = p.now.Add(probeWait).UnixMilli()
	for _, c := range channels {
		switch state := sent[tryKey{r.N, c}]; {
		case state == taken || state == unsure || state == refused:
			// It was settled, but its receipt doesn't say so: never send it again.
			if state == refused {
				r.RefusedBy(c, p.now)
			} else {
				r.Took(c, o, o.Edition, p.now)
			}
		case state == onItsWay:
			// Words that were corrected while older ones were on their way are looked for twice.
		case p.used[c] < p.room[c]:
			p.used[c]++
			p.batch = append(p.batch, message{try: try{n: r.N, edition: o.Edition, channel: c}, order: o, person: r.PersonID})
			r.Due = p.now.Add(handingFor).UnixMilli()
		}
	}
}

// write notes the tries, and that numbers are opened for them.
func (w *walk) write(ctx context.Context, tx *sqldb.Tx, o *mobilise.Order, p *plan) error {
	if len(p.batch) == 0 {
		return nil
	}
	if err := insertTries(ctx, tx, o, p.batch, p.now); err != nil {
		return err
	}
	var ns []int
	for _, m := range p.batch {
		if m.channel != mobilise.Push {
			ns = append(ns, m.n)
		}
	}
	if len(ns) == 0 {
		return nil
	}
	return w.o.Phones.RecordPhones(ctx, tx, clock, "order "+o.Number, map[string]any{"order": o.Number, "first": ns[0], "last": ns[len(ns)-1]}, len(ns))
}
