package rehearsal

import (
	"container/heap"
	"context"
	"errors"
	"io"
	"math/rand/v2"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"

	"bilin/internal/errs"
	"bilin/internal/gateway"
	"bilin/internal/gateway/loopback"
	"bilin/internal/mobilise"
)

// deed is something that a person does at a time of the rehearsal.
type deed struct {
	at   time.Time
	n    int
	what string // answer, arrive, look; or door
}

// deeds are those to come, the next first.
type deeds []deed

func (d deeds) Len() int           { return len(d) }
func (d deeds) Less(i, j int) bool { return d[i].at.Before(d[j].at) }
func (d deeds) Swap(i, j int)      { d[i], d[j] = d[j], d[i] }

// Push is heap.Interface's.
func (d *deeds) Push(x any) { *d = append(*d, x.(deed)) }

// Pop is heap.Interface's.
func (d *deeds) Pop() any {
	last := (*d)[len(*d)-1]
	*d = (*d)[:len(*d)-1]
	return last
}

// person is one of those called.
type person struct {
	Story
	link    string // as their message has it
	planned bool   // what they answer
	door    bool   // that somebody knocks there
}

// word is what the gateway will say of a message.
type word struct {
	at time.Time
	mobilise.Report
}

// crowd are the people who are called: they follow the links of their messages
// to the city's pages, as browsers do.
type crowd struct {
	orders   *mobilise.Service
	clock    *clock
	gauge    *gauge
	answers  Answers
	seed     uint64
	base     string // of the city's pages
	number   string // the order's
	client   *http.Client
	released chan struct{} // when people may begin to answer

	mu     sync.Mutex
	people map[int]*person
	told   map[int]bool // by whatever channel
	first  time.Time    // true times of the first message and of the last person's first
	last   time.Time
	queue  deeds
	words  []word
	news   map[int]int // told the last of later editions
}

const (
	hands     = 48 // requests at the same time
	peeks     = 20 // pages a second that are looked at beside what people do
	tickEvery = 4 * time.Millisecond
)

func newCrowd(p *play) *crowd {
	return &crowd{orders: p.city.Orders, clock: p.clock, gauge: p.gauge, answers: p.Answers, seed: p.Seed, base: p.city.URL, released: make(chan struct{}),
		people: map[int]*person{}, told: map[int]bool{}, news: map[int]int{},
		client: &http.Client{Timeout: 30 * time.Second, Transport: &http.Transport{MaxIdleConns: 2 * hands, MaxIdleConnsPerHost: 2 * hands, DisableCompression: true},
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}
}

// receive is a message that the gateway took.
func (c *crowd) receive(m loopback.Received) {
	n, edition, channel, ok := parts(m.ID)
	if !ok {
		return // to an official, about doors
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.first.IsZero() {
		c.first = time.Now()
	}
	if !c.told[n] {
		c.told[n], c.last = true, time.Now()
	}
	if edition > 1 {
		c.news[n] = edition
		return
	}
	p := c.person(n)
	if at := strings.Index(m.Text, c.base+"/a/"); at >= 0 {
		p.link, _, _ = strings.Cut(m.Text[at:], " ")
	}
	now := c.clock.Now()
	if p.Delivered > 0 {
		c.words = append(c.words, word{now.Add(p.Delivered), mobilise.Report{MessageID: m.ID, Delivered: true}})
	}
	switch {
	case p.planned || p.Silent:
	case channel == mobilise.Voice:
		p.planned = true
		c.reply(p, n, m.ID, now)
	case !p.ByCall:
		p.planned = true
		heap.Push(&c.queue, deed{now.Add(p.After), n, "answer"})
	}
}

// reply presses a key on the telephone.
func (c *crowd) reply(p *person, n int, id string, now time.Time) {
	key := "1"
	if p.Cant != "" {
		key = "2"
	}
	c.words = append(c.words, word{now.Add(20*time.Second + p.After/10), mobilise.Report{MessageID: id, Reply: key}})
	if p.Cant == "" && p.Arrives > 0 {
		heap.Push(&c.queue, deed{now.Add(p.After + p.Arrives), n, "arrive"})
	}
}

func (c *crowd) person(n int) *person {
	if c.people[n] == nil {
		c.people[n] = &person{Story: storyOf(c.answers, c.seed, n)}
	}
	return c.people[n]
}

// parts reads a message's id.
func parts(id string) (n, edition int, channel mobilise.Channel, ok bool) {
	part := strings.Split(id, ".")
	if len(part) != 4 {
		return 0, 0, "", false
	}
	n, err := strconv.Atoi(part[1])
	edition, err2 := strconv.Atoi(part[2])
	return n, edition, mobilise.Channel(part[3]), err == nil && err2 == nil
}

// live lets people do what they do until ctx ends.
func (c *crowd) live(ctx context.Context) error {
	select {
	case <-c.released:
	case <-ctx.Done():
		return nil
	}
	work := make(chan deed)
	var all sync.WaitGroup
	for range hands {
		all.Go(func() {
			for d := range work {
				c.do(ctx, d)
			}
		})
	}
	all.Go(func() { c.peek(ctx) })
	failed := make(chan error, 1)
	all.Go(func() { failed <- c.tell(ctx) })
	for ctx.Err() == nil {
		for _, d := range c.due() {
			select {
			case work <- d:
			case <-ctx.Done():
			}
		}
		pause(ctx, tickEvery)
	}
	close(work)
	all.Wait()
	return <-failed
}

func pause(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}

// due takes what is to be done by now.
func (c *crowd) due() (list []deed) {
	now := c.clock.Now()
	c.mu.Lock()
	defer c.mu.Unlock()
	for len(c.queue) > 0 && !c.queue[0].at.After(now) {
		list = append(list, heap.Pop(&c.queue).(deed))
	}
	return list
}

// plan has something done later.
func (c *crowd) plan(d deed) {
	c.mu.Lock()
	defer c.mu.Unlock()
	heap.Push(&c.queue, d)
}

// do is one deed.
func (c *crowd) do(ctx context.Context, d deed) {
	c.mu.Lock()
	p := *c.person(d.n)
	c.mu.Unlock()
	form := url.Values{"answer": {"coming"}}
	switch {
	case d.what == "door":
		c.note(ctx, d, mobilise.Answer{Coming: p.Cant == "", Reason: p.Cant, Told: p.Silent && d.n%3 > 0, Way: mobilise.ByVisit})
		return
	case p.link == "": // they have only been called: somebody at the meeting place notes them
		c.note(ctx, d, mobilise.Answer{Arrived: true, Way: mobilise.ByPhone})
		return
	case d.what == "arrive":
		form.Set("answer", "arrived")
	case p.Cant != "":
		form = url.Values{"answer": {"cant"}, "reason": {string(p.Cant)}}
	}
	if p.Looks && d.what == "answer" {
		c.look(ctx, p.link)
	}
	status, err := c.request(ctx, http.MethodPost, p.link, form)
	switch {
	case ctx.Err() != nil:
	case err == nil && status == http.StatusSeeOther:
		c.gauge.answer(d.n)
		if d.what == "answer" && p.Cant == "" && p.Arrives > 0 {
			c.plan(deed{c.clock.Now().Add(p.Arrives), d.n, "arrive"})
		}
	case err == nil && (status == http.StatusGone || status == http.StatusConflict): // it was over, or they had been released
	default: // as people do, they try once more a little later
		c.gauge.fail()
		c.plan(deed{c.clock.Now().Add(time.Minute), d.n, d.what})
	}
}

// note writes down what a person said to somebody else.
func (c *crowd) note(ctx context.Context, d deed, a mobilise.Answer) {
	err := c.orders.Enter(ctx, visitor, mobilise.Entry{Key: c.number + "." + strconv.Itoa(d.n) + d.what, Number: c.number, N: d.n, Answer: a})
	switch {
	case err == nil && !a.Told:
		c.gauge.answer(d.n)
	case err != nil && ctx.Err() == nil && errs.KindOf(err) != errs.Gone && errs.KindOf(err) != errs.Conflict:
		c.gauge.fail()
	}
}

// peek looks at pages all the while: the city's first page, and people's own.
func (c *crowd) peek(ctx context.Context) {
	tick := time.NewTicker(time.Second / peeks)
	defer tick.Stop()
	for i := 0; ; i++ {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		if i%2 == 0 {
			c.look(ctx, c.base+"/")
		} else if link := c.someLink(); link != "" {
			c.look(ctx, link)
		}
	}
}

func (c *crowd) someLink() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.people) == 0 {
		return ""
	}
	p := c.people[1+rand.IntN(len(c.people))] //nolint:gosec // any will do
	if p == nil {
		return ""
	}
	return p.link
}

// look opens a page and notes how long it took.
func (c *crowd) look(ctx context.Context, address string) {
	begin := time.Now()
	status, err := c.request(ctx, http.MethodGet, address, nil)
	switch {
	case ctx.Err() != nil:
	case err != nil || status != http.StatusOK:
		c.gauge.fail()
	default:
		c.gauge.page(time.Since(begin))
	}
}

func (c *crowd) request(ctx context.Context, method, address string, form url.Values) (status int, err error) {
	var body io.Reader
	if form != nil {
		body = strings.NewReader(form.Encode())
	}
	r, err := http.NewRequestWithContext(ctx, method, address, body)
	if err != nil {
		return 0, err
	}
	if form != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	answer, err := c.client.Do(r)
	if err != nil {
		return 0, err
	}
	_, err = io.Copy(io.Discard, answer.Body)
	return answer.StatusCode, errors.Join(err, answer.Body.Close())
}

const (
	tellEvery = 100 * time.Millisecond
	tellMost  = gateway.MaxReports
)

// tell brings what the gateway says of its messages, and the keys that people pressed.
func (c *crowd) tell(ctx context.Context) error {
	for ctx.Err() == nil {
		pause(ctx, tellEvery)
		for list := c.dueWords(); len(list) > 0 && ctx.Err() == nil; list = c.dueWords() {
			if err := c.bring(ctx, list); err != nil {
				return err
			}
		}
	}
	return nil
}

func (c *crowd) bring(ctx context.Context, list []mobilise.Report) error {
	_, err := c.orders.Reported(ctx, proposer, list)
	switch {
	case ctx.Err() != nil:
		return nil
	case errs.KindOf(err) == errs.Unavailable && err != nil: // so many wait that some are turned away
		c.gauge.fail()
	case err != nil:
		return err
	}
	for _, r := range list {
		if n, _, _, ok := parts(r.MessageID); ok && r.Reply != "" {
			c.gauge.answer(n)
		}
	}
	return nil
}

func (c *crowd) dueWords() (list []mobilise.Report) {
	now := c.clock.Now()
	c.mu.Lock()
	defer c.mu.Unlock()
	later := c.words[:0]
	for _, r := range c.words {
		if len(list) < tellMost && !r.at.After(now) {
			list = append(list, r.Report)
		} else {
			later = append(later, r)
		}
	}
	c.words = later
	return list
}
