package bench

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"bilin/internal/app"
	"bilin/internal/auth"
	"bilin/internal/gateway"
	"bilin/internal/gateway/loopback"
	"bilin/internal/mobilise"
	"bilin/internal/sqldb"
)

const (
	durableBudget = time.Second
	firstBudget   = 500 * time.Millisecond
	handedBudget  = 5 * time.Second
	handPatience  = time.Minute
	handCalm      = time.Second // without a message: all that come have come
)

// measureOrder calls all response teams out, some 30,000 people, and sees how
// long it takes until the order is durable with its receipts, until a gateway
// without a limit has the first message, and until it has all of them.
func measureOrder(ctx context.Context, r *run) (rows []Row, err error) {
	dir, err := r.city(ctx, "order")
	if err != nil {
		return nil, err
	}
	who, err := r.officers(ctx, dir)
	if err != nil {
		return nil, err
	}
	box := newTrial()
	defer box.close()
	p, err := r.start(ctx, dir, box.flags()...)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, p.stop()) }()
	if err := r.settled(ctx, p); err != nil {
		return nil, err
	}
	m := &ordered{}
	for range rounds {
		if err := r.orderRound(ctx, p, box, who, dir, m); err != nil {
			return nil, err
		}
	}
	return m.rows(), nil
}

// ordered is what was measured.
type ordered struct {
	people, numbers                             int
	durable, first, handed, bareRows, barePosts []time.Duration
}

func (m *ordered) rows() []Row {
	durable, first, handed, insert, posts := median(m.durable), median(m.first), median(m.handed), median(m.bareRows), median(m.barePosts)
	return []Row{
		{Work: fmt.Sprintf("an order to %d people, durable with their receipts", m.people), Measured: millis(durable),
			Bare:  millis(insert) + ": insert of the same rows, same indexes, one transaction",
			Ratio: percent(insert.Seconds() / durable.Seconds()), Budget: "≤ 1 s", Met: durable <= durableBudget},
		{Work: "the first message at the gateway after that", Measured: millis(first), Bare: "—", Ratio: "—", Budget: "≤ 0.5 s", Met: first <= firstBudget},
		{Work: fmt.Sprintf("all %d messages taken, each by its own call", m.numbers), Measured: fmt.Sprintf("%.2f s", handed.Seconds()),
			Bare:  fmt.Sprintf("%.2f s: the same calls by one client without a database", posts.Seconds()),
			Ratio: percent(posts.Seconds() / handed.Seconds()), Budget: "≤ 5 s", Met: handed <= handedBudget},
	}
}

// orderRound is one order and the bare limits beside it.
func (r *run) orderRound(ctx context.Context, p *program, box *trial, who officers, dir string, m *ordered) error {
	box.reset()
	o, durable, err := who.issue(ctx, p.addr)
	if err != nil {
		return err
	}
	committed := time.Now()
	if err := box.calm(ctx); err != nil {
		return err
	}
	numbers, rows, err := who.reachable(ctx, dir, o.Number)
	if err != nil {
		return err
	}
	if n, repeats := box.count(); n != numbers || repeats > 0 {
		return fmt.Errorf("the gateway has %d messages of %d, and %d of them twice", n, numbers, repeats)
	}
	if err := who.step(ctx, p.addr, o.Number, "close", &standing{}); err != nil {
		return err
	}
	insert, err := bareReceipts(ctx, filepath.Join(r.dir, "receipts.db"), rows)
	if err != nil {
		return err
	}
	posts, err := barePosts(ctx, numbers)
	if err != nil {
		return err
	}
	m.people, m.numbers = o.People, numbers
	m.durable, m.first, m.handed = append(m.durable, durable), append(m.first, max(0, box.first.Sub(committed))), append(m.handed, box.last.Sub(committed))
	m.bareRows, m.barePosts = append(m.bareRows, insert), append(m.barePosts, posts)
	return nil
}

// officers propose and approve orders over HTTP.
type officers struct{ propose, approve string } // tokens

func (r *run) officers(ctx context.Context, dir string) (who officers, err error) {
	a, err := r.open(ctx, dir)
	if err != nil {
		return who, err
	}
	defer func() { err = errors.Join(err, a.Close(context.WithoutCancel(ctx))) }()
	if who.propose, err = tokenOf(ctx, a, "command"); err == nil {
		who.approve, err = tokenOf(ctx, a, "city")
	}
	return who, err
}

func tokenOf(ctx context.Context, a *app.App, login string) (string, error) {
	_, secret, err := a.Auth.IssueToken(ctx, auth.System("bench"), auth.NewToken{Login: login, Label: "bench", Life: time.Hour, Scopes: []auth.Action{auth.AllScopes}})
	return secret, err
}

// standing is what the API says of an order.
type standing struct {
	Number string
	State  string
	People int
	Count  struct{ Answered, Coming int }
}

// issue has an order go out to all teams and says how long the command took
// that made it go.
func (w officers) issue(ctx context.Context, addr string) (o standing, took time.Duration, err error) {
	ask := map[string]any{"kind": "real", "hazard": "ice", "title": "全市除冰", "what": "今晚冻雨，省道结冰。", "do": "带铁锹到点铲冰。", "where": "村部门口",
		"until": time.Now().Add(24 * time.Hour), "channels": []string{"sms"}, "audience": map[string]any{"units": []string{"430182000000"}, "all_teams": true}}
	begin := time.Now()
	if err := call(ctx, addr, w.propose, "/api/v1/orders", ask, &o); err != nil {
		return o, 0, err
	}
	if o.State == "proposed" { // more people than one officer may call out
		begin = time.Now()
		err = w.step(ctx, addr, o.Number, "approve", &o)
	}
	return o, time.Since(begin), err
}

func (w officers) step(ctx context.Context, addr, number, step string, into *standing) error {
	return call(ctx, addr, w.approve, "/api/v1/orders/"+number+"/"+step, map[string]any{"note": "到此为止"}, into)
}

// call posts a document, or asks for one if there is none to post.
func call(ctx context.Context, addr, token, path string, body, into any) error {
	method, raw := http.MethodGet, []byte(nil)
	if body != nil {
		method = http.MethodPost
		var err error
		if raw, err = json.Marshal(body); err != nil {
			return err
		}
	}
	q, err := http.NewRequestWithContext(ctx, method, "http://"+addr+path, bytes.NewReader(raw))
	if err != nil {
		return err
	}
	q.Header.Set("Authorization", "Bearer "+token)
	q.Header.Set("Content-Type", "application/json")
	q.Header.Set("Idempotency-Key", sqldb.NewID())
	answer, err := http.DefaultClient.Do(q)
	if err != nil {
		return err
	}
	text, err := io.ReadAll(answer.Body)
	if err = errors.Join(err, answer.Body.Close()); err != nil {
		return err
	}
	if answer.StatusCode >= 300 {
		return fmt.Errorf("%s: %s %s", path, answer.Status, text)
	}
	return json.Unmarshal(text, into)
}

// reachable is how many of an order's people have a number, and the rows of all.
func (w officers) reachable(ctx context.Context, dir, number string) (numbers int, rows [][]any, err error) {
	db, err := sqldb.Open(ctx, sqldb.Config{Dir: dir, Logger: quietLog()})
	if err != nil {
		return 0, nil, err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	rows, err = sqldb.Collect(ctx, db.Reader(), func(r *sql.Rows, into *[]any) error {
		var phone bool
		var text [6]string
		var n, due int64
		err := r.Scan(&text[0], &n, &text[1], &text[2], &text[3], &text[4], &text[5], &due, &phone)
		if phone {
			numbers++
		}
		*into = []any{text[0], n, text[1], text[2], text[3], text[4], text[5], due}
		return err
	}, `SELECT r.order_id, r.n, r.person_id, r.unit_id, r.village_id, r.role, r.team_id, r.due, coalesce(p.phone, '') <> ''
		FROM call_order o JOIN call_receipt r ON r.order_id = o.id JOIN person p ON p.id = r.person_id WHERE o.number = $1 ORDER BY r.n`, number)
	return numbers, rows, err
}

// bareReceipts inserts the same rows into a table with the same indexes.
func bareReceipts(ctx context.Context, path string, rows [][]any) (took time.Duration, err error) {
	db, err := sql.Open("sqlite", "file:"+path+"?_txlock=immediate&_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)")
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	db.SetMaxOpenConns(1)
	for _, statement := range []string{
		`CREATE TABLE IF NOT EXISTS call_receipt (order_id TEXT NOT NULL, n INTEGER NOT NULL, person_id TEXT NOT NULL, unit_id TEXT NOT NULL, village_id TEXT NOT NULL,
			role TEXT NOT NULL, team_id TEXT NOT NULL, due INTEGER NOT NULL, knock_at INTEGER NOT NULL DEFAULT 0, PRIMARY KEY (order_id, n)) STRICT, WITHOUT ROWID`,
		`CREATE INDEX IF NOT EXISTS call_receipt_person ON call_receipt (person_id, order_id)`,
		`CREATE INDEX IF NOT EXISTS call_receipt_knock ON call_receipt (order_id, village_id) WHERE knock_at > 0`,
	} {
		if _, err := db.ExecContext(ctx, statement); err != nil {
			return 0, err
		}
	}
	begin := time.Now()
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return 0, err
	}
	defer tx.Rollback() //nolint:errcheck // after a commit it does nothing
	if err := sqldb.InsertMany(ctx, tx, "call_receipt", []string{"order_id", "n", "person_id", "unit_id", "village_id", "role", "team_id", "due"}, rows, ""); err != nil {
		return 0, err
	}
	err = tx.Commit()
	return time.Since(begin), err
}

// barePosts hands as many messages to a gateway as fast as one client can.
func barePosts(ctx context.Context, n int) (time.Duration, error) {
	box := newTrial()
	defer box.close()
	sender, err := gateway.NewHTTP(gateway.Config{URL: box.url() + "/send", Allow: []string{box.host()}})
	if err != nil {
		return 0, err
	}
	list := make([]gateway.Message, n)
	for i := range list {
		list[i] = gateway.Message{ID: fmt.Sprintf("L2600001.%d.1.sms", i+1), To: fmt.Sprintf("129%08d", i),
			Text: "【令L2600001】全市除冰。今晚冻雨，省道结冰。带铁锹到点铲冰。村部门口。到12月2日18:00。请点 https://bilin.example.cn/a/L2600001.1xy.abcdefghijkl 答复能不能来"}
	}
	var failed error
	begin := time.Now()
	sender.SendMany(ctx, list, func(_ int, err error) { failed = errors.Join(failed, err) })
	return time.Since(begin), failed
}

// trial is a gateway without a limit, and when it took what.
type trial struct {
	server *httptest.Server
	box    *loopback.Gateway

	mu          sync.Mutex
	n           int
	first, last time.Time
	repeats     int // before this round
}

func newTrial() *trial {
	t := &trial{}
	t.box = loopback.New(loopback.Options{OnReceive: t.receive})
	t.server = httptest.NewServer(t.box)
	return t
}

func (t *trial) receive(m loopback.Received) {
	if !strings.HasSuffix(m.ID, "."+string(mobilise.SMS)) {
		return // to an official, about doors
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.n++; t.n == 1 {
		t.first = time.Now()
	}
	t.last = time.Now()
}

func (t *trial) reset() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.n, t.repeats = 0, t.box.Totals().Repeats
}

func (t *trial) count() (n, repeats int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.n, t.box.Totals().Repeats - t.repeats
}

// calm waits until nothing has come for a while.
func (t *trial) calm(ctx context.Context) error {
	for end := time.Now().Add(handPatience); time.Now().Before(end); time.Sleep(handCalm / 10) {
		t.mu.Lock()
		calm := t.n > 0 && time.Since(t.last) > handCalm
		t.mu.Unlock()
		if calm || ctx.Err() != nil {
			return ctx.Err()
		}
	}
	return errors.New("nothing comes to the gateway, or no end of it")
}

func (t *trial) url() string  { return t.server.URL }
func (t *trial) host() string { return strings.TrimPrefix(t.server.URL, "http://") }
func (t *trial) close()       { t.server.Close() }

// flags make a program send its short messages here.
func (t *trial) flags() []string {
	return []string{"--gateway-url", t.url() + "/send", "--gateway-allow", t.host()}
}
