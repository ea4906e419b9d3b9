package dispatch_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"bilin/internal/audit"
	"bilin/internal/gateway/loopback"
	"bilin/internal/mobilise"
	"bilin/internal/mobilise/mobilisetest"
	"bilin/internal/sqldb"
	"bilin/internal/sqldbtest"
)

// Kills of the program, per engine: in every run of the tests, and with
// BILIN_FAULTS set, which takes some minutes (`make faults`).
const (
	killsShort, killsPerOrder = 8, 8
	killsLong                 = 104
)

// The program that tells people is killed at any moment, again and again, while
// people answer, words are corrected, orders end and the gateway does badly.
// Nobody is forgotten, nobody is told the same twice by one channel, and what
// was acknowledged is there.
func TestKilledAtAnyMoment(t *testing.T) {
	t.Parallel()
	kills := killsShort
	if os.Getenv("BILIN_FAULTS") != "" {
		kills = killsLong
	}
	for _, engine := range []sqldb.Engine{sqldb.SQLite, sqldb.Postgres} {
		t.Run(string(engine), func(t *testing.T) {
			t.Parallel()
			f := newFault(t, engine, 2000)
			for k := 0; k < kills; k += killsPerOrder {
				f.order(killsPerOrder, k/killsPerOrder)
			}
			f.recordIsSound()
		})
	}
}

// fault is a city, the gateway that its messages go to, and the program that is killed.
type fault struct {
	*mobilisetest.City
	config childConfig
	box    *loopback.Gateway
	dice   *rand.Rand

	mu   sync.Mutex
	took map[string]loopback.Received // by id, of this order

	cmd  *exec.Cmd
	addr string
}

func newFault(t *testing.T, engine sqldb.Engine, leads int) *fault {
	f := &fault{took: map[string]loopback.Received{}}
	if engine == sqldb.Postgres {
		f.config.URL = sqldbtest.Postgres(t)
	} else {
		f.config.Data = sqldbtest.SQLite(t)
	}
	db := sqldbtest.OpenConfig(t, sqldb.Config{Dir: f.config.Data, URL: f.config.URL})
	f.City = mobilisetest.New(t, db, leads)
	if err := f.Audit.Sequence(t.Context()); err != nil {
		t.Fatal(err)
	}
	f.box = loopback.New(loopback.Options{OnReceive: f.receive})
	server := httptest.NewServer(f.box)
	t.Cleanup(server.Close)
	f.config.Dir, f.config.Gateway = f.Dir, strings.TrimPrefix(server.URL, "http://")
	f.config.Began, f.config.From = time.Now(), f.Now()
	return f
}

func (f *fault) receive(m loopback.Received) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.took[m.ID] = m
}

// start starts the program and waits until it listens.
func (f *fault) start() {
	f.Helper()
	f.config.Lease = 5 * time.Minute
	if f.dice.IntN(3) == 0 {
		f.config.Lease = 12 * time.Second // now and then it loses a job that it is at
	}
	raw, err := json.Marshal(f.config)
	if err != nil {
		f.Fatal(err)
	}
	self, err := os.Executable()
	if err != nil {
		f.Fatal(err)
	}
	f.cmd = exec.Command(self) //nolint:gosec // this binary
	f.cmd.Env = append(os.Environ(), childEnv+"="+string(raw))
	f.cmd.Stderr = os.Stderr
	out, err := f.cmd.StdoutPipe()
	if err != nil {
		f.Fatal(err)
	}
	if err := f.cmd.Start(); err != nil {
		f.Fatal(err)
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		f.Fatal("the program doesn't start: ", err)
	}
	f.addr = strings.TrimSpace(line)
}

// kill ends the program as a power cut does.
func (f *fault) kill() {
	_ = f.cmd.Process.Kill()
	_ = f.cmd.Wait() // says that it was killed
	// The next one needn't wait for the lease of a program that is dead.
	err := f.DB.Claim(context.Background(), func(tx *sqldb.Tx) error {
		_, err := tx.ExecContext(context.Background(), `UPDATE job SET lease_until = 0 WHERE state = 'running'`)
		return err
	})
	if err != nil {
		f.Error(err)
	}
}

// post asks the running program for something and says whether it was acknowledged.
func (f *fault) post(path string, q url.Values) (done bool, why string) {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://"+f.addr+path+"?"+q.Encode(), nil)
	if err != nil {
		f.Error(err)
		return false, ""
	}
	answer, err := client.Do(r)
	if err != nil {
		return false, "" // it was killed
	}
	defer answer.Body.Close()
	text, _ := io.ReadAll(answer.Body)
	if answer.StatusCode >= 500 && answer.StatusCode != http.StatusServiceUnavailable {
		f.Errorf("%s: %d %s", path, answer.StatusCode, text)
	}
	return answer.StatusCode == http.StatusNoContent, string(text)
}

var client = &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 64}}

// said is what a person answered: what was acknowledged last, and what was sent since.
type said struct {
	acknowledged string
	since        []string
}

// play is one order under fire.
type play struct {
	*fault
	o    *mobilise.Order
	plan []string // commands that are still to be acknowledged
	n    int      // acknowledged
	said map[int]*said
}

// order has one order told by a program that is killed so often.
func (f *fault) order(kills, which int) {
	seed := uint64(time.Now().UnixNano())
	f.dice = rand.New(rand.NewPCG(seed, 1))
	f.Logf("order %d, seed %d", which, seed)
	f.mu.Lock()
	clear(f.took)
	f.mu.Unlock()
	o, err := f.Order(f.Command, func(p *mobilise.Propose) { p.Wait = 1 })
	if err != nil {
		f.Fatal(err)
	}
	p := &play{fault: f, o: o, said: map[int]*said{}, plan: plans[which%len(plans)]}
	for range kills {
		f.box.Set(f.weather())
		f.start()
		p.live(time.Duration(50+f.dice.IntN(700)) * time.Millisecond)
	}
	f.box.Set(loopback.Settings{})
	f.start()
	defer f.kill()
	p.finish()
	p.check()
}

// plans are commands in their order.
var plans = [][]string{
	{"approve", "correct", "cancel"},
	{"approve", "correct", "correct"},
	{"approve", "cancel"},
	{"approve", "correct", "close"},
}

// weather is how the gateway does until the next kill.
func (f *fault) weather() loopback.Settings {
	s := loopback.Settings{Delay: time.Duration(f.dice.IntN(40)) * time.Millisecond}
	switch f.dice.IntN(4) {
	case 0:
		s.Fail = []int{1, 50, 100}[f.dice.IntN(3)]
	case 1:
		s.Lose = 20
	}
	return s
}

// live lets the program work for a while, asks things of it, and kills it.
func (p *play) live(span time.Duration) {
	var busy sync.WaitGroup
	over := make(chan struct{})
	for i := range 4 {
		dice := rand.New(rand.NewPCG(p.dice.Uint64(), uint64(i)))
		mine := func(n int) bool { return n%4 == i } // one person speaks with one voice
		busy.Go(func() { p.people(dice, mine, over) })
	}
	wait, steps := time.Duration(p.dice.IntN(200))*time.Millisecond, p.dice.IntN(2)
	if p.n == 0 {
		wait, steps = 0, 1
	}
	busy.Go(func() { p.command(wait, steps) })
	time.Sleep(span)
	p.kill()
	close(over)
	busy.Wait()
}

// command asks for the next steps, with the key that a repeat has too.
func (p *play) command(wait time.Duration, steps int) {
	for range steps {
		if p.n >= len(p.plan) {
			return
		}
		time.Sleep(wait)
		what := p.plan[p.n]
		q := url.Values{"key": {p.o.Number + what + strconv.Itoa(p.n)}, "where": {"改到第" + strconv.Itoa(p.n) + "小学操场"}, "note": {"到此为止"}}
		done, why := p.post("/do/"+what+"/"+p.o.Number, q)
		switch {
		case done:
		case why == "":
			return // it was killed: again, later
		default:
			p.Errorf("%s: %s", what, why)
			p.plan = nil
			return
		}
		p.n++
	}
}

// people answer what they were told, some of them twice.
func (p *play) people(dice *rand.Rand, mine func(int) bool, over <-chan struct{}) {
	for {
		select {
		case <-over:
			return
		case <-time.After(time.Duration(dice.IntN(4)) * time.Millisecond):
		}
		n := 1 + dice.IntN(len(p.Leads))
		if !mine(n) || !p.told(n) {
			continue
		}
		what := []string{"coming", "arrived", string(mobilise.ReasonIll)}[dice.IntN(3)]
		q := url.Values{what: {"1"}}
		if what == string(mobilise.ReasonIll) {
			q = url.Values{"reason": {what}}
		}
		p.mu.Lock()
		s := p.said[n]
		if s == nil {
			s = &said{}
			p.said[n] = s
		}
		s.since = append(s.since, what)
		p.mu.Unlock()
		if done, _ := p.post("/a/"+p.Orders.Token(p.o, n), q); done {
			p.mu.Lock()
			s.acknowledged, s.since = what, nil
			p.mu.Unlock()
		}
	}
}

// told reports whether the gateway has a message to the n-th person.
func (p *play) told(n int) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, c := range []mobilise.Channel{mobilise.SMS, mobilise.Voice} {
		for e := range 4 {
			if _, ok := p.took[mobilise.MessageID(p.o, n, e+1, c)]; ok {
				return true
			}
		}
	}
	return false
}

// finish lets the program carry out what is left of the plan, and all that follows from it.
func (p *play) finish() {
	p.Helper()
	p.until("what was planned", func() bool {
		p.command(0, 1)
		return p.n >= len(p.plan)
	})
	p.until("everybody told", func() bool {
		var left int
		// Nothing is due any more, but for another try at a channel that never took it.
		err := p.DB.Reader().QueryRowContext(context.Background(), `SELECT count(*) FROM call_receipt WHERE order_id = $1 AND due < $2`, p.o.ID, mobilise.Never).Scan(&left)
		if err != nil {
			p.Fatal(err)
		}
		return left == 0
	})
}

func (p *play) until(what string, ok func() bool) {
	p.Helper()
	for end := time.Now().Add(time.Minute); !ok(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(end) {
			p.Fatalf("never: %s (%+v)", what, p.box.Totals())
		}
	}
}

// check looks at what the gateway got and at what the city says.
func (p *play) check() {
	p.Helper()
	o, err := mobilise.ReadOrder(context.Background(), p.DB.Reader(), p.o.ID)
	if err != nil {
		p.Fatal(err)
	}
	repeats := 0
	for _, m := range p.box.Received(1 << 20) {
		if strings.HasPrefix(m.ID, o.Number+".") && !strings.Contains(m.ID, ".knock.") {
			repeats += m.Repeats
			if m.Changed {
				p.Errorf("%s came again with other words", m.ID)
			}
		}
	}
	receipts := p.Receipts(o)
	if len(receipts) != len(p.Leads) {
		p.Errorf("%d receipts of %d people", len(receipts), len(p.Leads))
	}
	got, bad := p.gotBy(o), []string{}
	for i := range receipts {
		r := &receipts[i]
		for _, what := range []string{wrongly(o, r, got[r.N]), p.unanswered(r)} {
			if what != "" {
				bad = append(bad, fmt.Sprintf("person %d %s: %v, %+v", r.N, what, got[r.N], *r))
			}
		}
	}
	for c, since := range p.downs() {
		if since != 0 {
			bad = append(bad, string(c)+" works, and is said to be down")
		}
	}
	if len(bad) > 0 {
		p.Errorf("%s, edition %d: %d faults, the first:\n%s", o.State, o.Edition, len(bad), strings.Join(bad[:min(3, len(bad))], "\n"))
	}
	p.Logf("%s: %d messages, %d of them came again, %d answered", o.State, len(p.took), repeats, len(p.said))
}

// downs are since when channels are down, as all pages say.
func (p *play) downs() map[mobilise.Channel]int64 {
	list, err := p.Orders.Channels(context.Background())
	if err != nil {
		p.Fatal(err)
	}
	out := map[mobilise.Channel]int64{}
	for _, h := range list {
		out[h.Channel] = h.DownSince
	}
	return out
}

// message is one that the gateway took for a person.
type message struct {
	edition int
	channel mobilise.Channel
}

// gotBy are the messages by person. Each has come to that person's number, and
// the gateway's kind fits the channel.
func (p *play) gotBy(o *mobilise.Order) map[int]map[message]bool {
	out := map[int]map[message]bool{}
	for id, m := range p.took {
		parts := strings.Split(id, ".")
		if parts[1] == "knock" {
			continue
		}
		n, err := strconv.Atoi(parts[1])
		edition, err2 := strconv.Atoi(parts[2])
		if len(parts) != 4 || parts[0] != o.Number || err != nil || err2 != nil {
			p.Fatalf("a message %q", id)
		}
		if m.To != mobilisetest.Phone(n-1) || string(m.Kind) != parts[3] {
			p.Errorf("%s went to %s by %s", id, m.To, m.Kind)
		}
		if out[n] == nil {
			out[n] = map[message]bool{}
		}
		out[n][message{edition, mobilise.Channel(parts[3])}] = true
	}
	return out
}

// wrongly says what is wrong with what a person was told: each edition that is
// for them, once by each channel that is its turn.
func wrongly(o *mobilise.Order, r *mobilise.Receipt, got map[message]bool) string {
	last := func(c mobilise.Channel) bool { return got[message{o.Edition, c}] }
	toldLast := last(mobilise.SMS) || last(mobilise.Voice)
	missed := false // by a channel that told them earlier words
	for m := range got {
		missed = missed || !last(m.channel)
	}
	switch {
	case r.ToldBy != 0 && len(got) == 0:
		return "counts as told"
	case mobilisetest.Phone(r.N-1) == "":
		if len(got) > 0 || o.Live() && r.KnockAt == 0 {
			return "has no number"
		}
	case o.State == mobilise.Cancelled && missed:
		return "was told, and not that it is cancelled"
	case o.State == mobilise.Closed && r.Standing == mobilise.Released && !toldLast:
		return "came, and isn't told that it is over"
	case o.Live() && (!toldLast || missed):
		return "wasn't told the last words"
	case o.Live() && r.Standing < mobilise.Cant && (!last(mobilise.SMS) || !last(mobilise.Voice) || r.KnockAt == 0):
		return "never answered, and wasn't asked in every way"
	}
	return ""
}

// unanswered says what became of an answer that was acknowledged, if it is
// neither there nor is what the person said after it.
func (p *play) unanswered(r *mobilise.Receipt) string {
	s := p.said[r.N]
	if s == nil || s.acknowledged == "" {
		return ""
	}
	is := map[mobilise.Standing]string{mobilise.Cant: string(mobilise.ReasonIll), mobilise.Coming: "coming", mobilise.Arrived: "arrived", mobilise.Released: "released"}[r.Standing]
	for _, what := range append([]string{s.acknowledged}, s.since...) {
		came := what == "coming" || what == "arrived"
		if is == what || what == "coming" && is == "arrived" || is == "released" && came {
			return ""
		}
	}
	return fmt.Sprintf("said %s, then %v, and stands as %q", s.acknowledged, s.since, is)
}

// recordIsSound: no kill has torn the record.
func (f *fault) recordIsSound() {
	f.Helper()
	ctx := context.Background()
	if err := f.Audit.Stop(ctx); err != nil {
		f.Fatal(err)
	}
	if report, err := audit.Verify(ctx, f.DB, f.Dir); err != nil || report.Rows == 0 || report.Pending > 0 {
		f.Errorf("the record: %+v, %v", report, err)
	}
}
