package texting_test

import (
	"context"
	"log/slog"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"bilin/internal/errs"
	"bilin/internal/gateway"
	"bilin/internal/job"
	"bilin/internal/network/networktest"
	"bilin/internal/outreach"
	"bilin/internal/outreach/texting"
	"bilin/internal/sqldb"
	"bilin/internal/sqldbtest"
)

// box is a gateway that keeps what it is sent, once by id.
type box struct {
	mu    sync.Mutex
	got   []gateway.Message
	seen  map[string]bool
	fail  error
	after func(m gateway.Message) // it was taken, and the answer is on its way
}

func (b *box) Send(_ context.Context, m gateway.Message) error {
	b.mu.Lock()
	if b.fail != nil {
		defer b.mu.Unlock()
		return b.fail
	}
	if !b.seen[m.ID] {
		b.seen[m.ID] = true
		b.got = append(b.got, m)
	}
	after := b.after
	b.mu.Unlock()
	if after != nil {
		after(m)
	}
	return nil
}

// told are those who were sent something with a text in it, sorted.
func (b *box) told(text string) (to []string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, m := range b.got {
		if strings.Contains(m.Text, text) {
			to = append(to, m.To)
		}
	}
	slices.Sort(to)
	return to
}

func (b *box) all() []gateway.Message {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Clone(b.got)
}

func (b *box) then(after func(gateway.Message)) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.after = after
}

func (b *box) last() gateway.Message {
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.got) == 0 {
		return gateway.Message{}
	}
	return b.got[len(b.got)-1]
}

func (b *box) n() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return len(b.got)
}

type world struct {
	*networktest.City
	box     *box
	calls   *box // what was read to whom
	texts   *texting.Service
	notices *outreach.Service
	busy    bool
	mu      sync.Mutex
	runner  *job.Runner
}

const phone = "13800138000"

func newWorld(t *testing.T, db *sqldb.DB, budget int) *world {
	c := networktest.New(t, db, outreach.Rules)
	w := &world{City: c, box: &box{seen: map[string]bool{}}, calls: &box{seen: map[string]bool{}}}
	w.texts = w.service(budget, w.calls)
	w.notices = outreach.New(outreach.Options{DB: db, Network: c.Net, Policy: c.Policy, Audit: c.Audit, Live: c.Live, Seal: c.Seal, Now: c.Now}).By(w.texts)
	w.run()
	t.Cleanup(w.halt)
	return w
}

// run starts the program's runner, and halt stops it.
func (w *world) run() {
	w.Helper()
	w.runner = job.NewRunner(w.DB, slog.New(slog.DiscardHandler), job.Options{Poll: 20 * time.Millisecond})
	w.texts.Register(w.runner)
	w.OK(w.runner.Start(w.Context()))
}

func (w *world) halt() { _ = w.runner.Stop(context.WithoutCancel(w.Context())) }

var token = regexp.MustCompile(`/my-notices/([a-z0-9]+)`)

// agree enters a telephone at the test's door and follows its link.
func (w *world) agree(number string) string {
	w.Helper()
	return w.agreeAt(networktest.Door, number)
}

// agreeAt does so at a door.
func (w *world) agreeAt(door, number string) string {
	w.Helper()
	w.OK(w.texts.Ask(w.Context(), "", door, number, texting.SMS))
	w.until("the question", func() bool { return w.box.last().To == number })
	m := token.FindStringSubmatch(w.box.last().Text)
	if m == nil {
		w.Fatalf("no link in %q", w.box.last().Text)
	}
	w.OK(w.texts.Agree(w.Context(), m[1]))
	return m[1]
}

// sent composes a notice and sends it by short message too.
func (w *world) sent(title string) (string, error) {
	by := w.Actor("镇干部")
	num, err := w.notices.Compose(w.Context(), by, outreach.Compose{Kind: outreach.Weather, Title: title, Words: "不要去河边。", Units: []string{w.Codes[0]}})
	w.OK(err)
	_, e, err := w.notices.Estimate(w.Context(), by, num)
	w.OK(err)
	return num, w.notices.Send(w.Context(), by, outreach.Send{Number: num, Households: e.Households, Short: true, Version: 1})
}

// until waits for the runner.
func (w *world) until(what string, ok func() bool) {
	w.Helper()
	for end := time.Now().Add(20 * time.Second); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		if ok() {
			return
		}
	}
	w.Fatalf("never: %s; the gateway has %d", what, w.box.n())
}

func TestAskedAgreedToldEnded(t *testing.T) {
	t.Parallel()
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		w := newWorld(t, db, 100)
		if _, err := w.sent("没人同意"); errs.CodeOf(err) != "outreach.short_not_covered" {
			t.Errorf("to nobody: %v", err)
		}
		key := w.agree(phone)
		if n := w.Count(`SELECT COUNT(*) FROM notice_phone WHERE phone LIKE '%1380013%' OR token LIKE '%' || $1 || '%'`, key); n != 0 {
			t.Error("kept in the open")
		}
		num, err := w.sent("今晚有暴雨")
		w.OK(err)
		w.until("the notice", func() bool { return strings.Contains(w.box.last().Text, "今晚有暴雨") })
		if m := w.box.last(); m.To != phone || !strings.Contains(m.Text, "/notices/"+num) || !strings.Contains(m.Text, "/my-notices/"+key) {
			t.Errorf("%+v", m)
		}
		w.until("the end of it", func() bool {
			r, err := w.texts.Progress(t.Context(), w.id(num), 1)
			return err == nil && r != nil && r.State == outreach.ShortDone && r.Sent == 1
		})
		w.OK(w.notices.Recall(t.Context(), w.Actor("镇干部"), outreach.Recall{Number: num, Why: "预报取消", Version: 2}))
		w.until("the recall", func() bool { return strings.Contains(w.box.last().Text, "已撤回") })
		w.OK(w.texts.End(t.Context(), key))
		if w.Count(`SELECT COUNT(*) FROM notice_phone`) != 0 {
			t.Error("ended, and still kept")
		}
		if _, err := w.texts.Standing(t.Context(), key); errs.KindOf(err) != errs.NotFound {
			t.Errorf("ended: %v", err)
		}
	})
}

// TestNobodyElsesTelephone: a number hears nothing but one question until it
// agreed, and isn't asked again and again.
func TestNobodyElsesTelephone(t *testing.T) {
	t.Parallel()
	w := newWorld(t, sqldbtest.Open(t, sqldb.SQLite), 100)
	for range 5 {
		w.OK(w.texts.Ask(t.Context(), "", networktest.Door, "+86 138-0013-8000", texting.SMS))
	}
	w.until("the question", func() bool { return w.box.n() == 1 })
	if _, err := w.sent("暴雨"); errs.CodeOf(err) != "outreach.short_not_covered" {
		t.Errorf("to one that didn't agree: %v", err)
	}
	for _, bad := range []string{"", "110", "0731-88781234", "1380013800x", "23800138000"} {
		if err := w.texts.Ask(t.Context(), "", networktest.Door, bad, texting.SMS); errs.CodeOf(err) != "outreach.short.no_mobile" {
			t.Errorf("%q: %v", bad, err)
		}
	}
	if err := w.texts.Ask(t.Context(), "", "ZZZZ999999", phone, texting.SMS); errs.KindOf(err) != errs.NotFound {
		t.Errorf("a door of nobody: %v", err)
	}
	for _, more := range []string{"13800138001", "13800138002"} {
		w.OK(w.texts.Ask(t.Context(), "", networktest.Door, more, texting.SMS))
	}
	if err := w.texts.Ask(t.Context(), "", networktest.Door, "13800138003", texting.SMS); errs.CodeOf(err) != "outreach.short.enough" {
		t.Errorf("a fourth: %v", err)
	}
	w.until("the questions", func() bool { return w.box.n() == 3 })
	w.halt()
	w.Clock = w.Clock.Add(50 * time.Hour)
	w.OK(w.texts.Tick(t.Context()))
	if w.Count(`SELECT COUNT(*) FROM notice_phone`) != 0 {
		t.Error("those that never agreed are kept")
	}
}

// TestOrdersGoFirst: while an order is told nothing is handed to the gateway.
func TestOrdersGoFirst(t *testing.T) {
	t.Parallel()
	w := newWorld(t, sqldbtest.Open(t, sqldb.SQLite), 100)
	w.agree(phone)
	w.mu.Lock()
	w.busy = true
	w.mu.Unlock()
	_, err := w.sent("修路")
	w.OK(err)
	time.Sleep(300 * time.Millisecond)
	if w.box.n() != 1 {
		t.Errorf("%d messages while an order is told", w.box.n())
	}
	w.mu.Lock()
	w.busy = false
	w.mu.Unlock()
	w.until("the notice after the order", func() bool { return w.box.n() == 2 })
}

// TestBudget: nothing is begun that the month doesn't cover, and what is under way counts.
func TestBudget(t *testing.T) {
	t.Parallel()
	w := newWorld(t, sqldbtest.Open(t, sqldb.SQLite), 3)
	w.agree(phone)
	_, err := w.sent("第一条")
	w.OK(err)
	if _, err := w.sent("第二条"); errs.CodeOf(err) != "outreach.short_not_covered" {
		t.Errorf("over the budget: %v", err)
	}
	w.Clock = w.Clock.AddDate(0, 1, 0)
	_, err = w.sent("下个月的")
	w.OK(err)
	off := newWorld(t, sqldbtest.Open(t, sqldb.SQLite), 0)
	if err := off.texts.Ask(t.Context(), "", networktest.Door, phone, texting.SMS); errs.CodeOf(err) != "outreach.short.off" || off.texts.On() {
		t.Errorf("without a budget: %v", err)
	}
}

// TestAFailingGatewaySendsOnce: what was handed over isn't handed over again.
func TestAFailingGatewaySendsOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t, sqldbtest.Open(t, sqldb.SQLite), 100)
	w.agree(phone)
	w.box.mu.Lock()
	w.box.fail = errs.E(errs.Unavailable, "gateway.unreachable")
	w.box.mu.Unlock()
	num, err := w.sent("停水")
	w.OK(err)
	time.Sleep(200 * time.Millisecond)
	if r, err := w.texts.Progress(t.Context(), w.id(num), 1); err != nil || r.Sent != 0 || r.State != outreach.ShortGoing {
		t.Errorf("%+v, %v", r, err)
	}
	w.box.mu.Lock()
	w.box.fail = nil
	w.box.mu.Unlock()
	w.until("the notice", func() bool { return w.box.n() == 2 })
}

// TestErasedWithTheHousehold: its telephones go.
func TestErasedWithTheHousehold(t *testing.T) {
	t.Parallel()
	w := newWorld(t, sqldbtest.Open(t, sqldb.SQLite), 100)
	w.agree(phone)
	if held, err := w.texts.Held(t.Context(), w.DB.Reader(), "h-1"); err != nil || len(held) != 1 || held[0].Way != texting.SMS {
		t.Errorf("held: %v, %v", held, err)
	}
	w.OK(w.DB.Write(t.Context(), func(tx *sqldb.Tx) error { return w.texts.Erase(t.Context(), tx, "h-1") }))
	if w.Count(`SELECT COUNT(*) FROM notice_phone`) != 0 {
		t.Error("kept")
	}
}

func (w *world) id(num string) (id string) {
	w.OK(w.DB.Reader().QueryRowContext(w.Context(), `SELECT id FROM notice WHERE number = $1`, num).Scan(&id))
	return id
}
