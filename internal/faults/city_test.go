package faults_test

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"bilin/internal/app"
	"bilin/internal/auth"
	"bilin/internal/config"
	"bilin/internal/demo"
	"bilin/internal/mobilise/rollcall"
	"bilin/internal/network"
	"bilin/internal/sqldb"
	"bilin/internal/sqldbtest"
)

// city is a small demo city, and what the people in this test know of it.
type city struct {
	*testing.T
	cfg    config.Config
	token  string // of the lead
	cell   string // the lead's unit
	code   string
	call   string // a roll-call that is open there
	homes  []string
	tasks  []string
	visits []visit
	base   base // what there was before

	mu     sync.Mutex
	cookie string // the lead's session
}

// visit is a contact that the lead owes.
type visit struct {
	id      string
	version int
}

// newCity makes the demo city on an engine, and opens a roll-call in it.
func newCity(t *testing.T, engine sqldb.Engine) *city {
	t.Helper()
	ctx := context.Background()
	c := &city{T: t, cfg: config.Default()}
	c.cfg.Dir, c.cfg.Addr, c.cfg.PublicRate = t.TempDir(), freeAddr(t), 1_000_000
	if engine == sqldb.Postgres {
		c.cfg.DB = sqldbtest.EmptyPostgres(t)
	}
	a, err := app.Open(ctx, c.cfg, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := a.BuildDemo(ctx, demo.Options{Dir: c.cfg.Dir, Seed: 7, Scale: 0.0002}); err != nil {
		t.Fatal(err)
	}
	if err := a.Network.Refresh(ctx); err != nil {
		t.Fatal(err)
	}
	c.learn(a)
	if err := a.Close(ctx); err != nil {
		t.Fatal(err)
	}
	return c
}

// learn finds out what the lead has to do.
func (c *city) learn(a *app.App) {
	c.Helper()
	ctx, who := context.Background(), auth.System("faults")
	var err error
	if _, c.token, err = a.Auth.IssueToken(ctx, who, auth.NewToken{Login: "lead"}); err != nil {
		c.Fatal(err)
	}
	q := a.DB.Reader()
	err = q.QueryRowContext(ctx, `SELECT u.id, u.code FROM account a JOIN appointment x ON x.person_id = a.person_id AND x.ended_on IS NULL
		JOIN post p ON p.id = x.post_id AND p.role = 'lead' JOIN unit u ON u.id = p.unit_id WHERE a.login = 'lead' LIMIT 1`).Scan(&c.cell, &c.code)
	if err != nil {
		c.Fatal(err)
	}
	tree := a.Network.Tree()
	village := tree.ByID(c.cell)
	for village.Level != network.Village {
		village = tree.ByID(village.ParentID)
	}
	open := column(c.T, q, `SELECT id FROM rollcall WHERE state = 'open' AND id IN (SELECT call_id FROM rollcall_village WHERE village_id = $1)`, village.ID)
	if len(open) > 0 {
		c.call = open[0]
	} else if c.call, err = a.Rollcalls.Open(ctx, who, rollcall.Start{Key: "faults", UnitID: village.ID, Reason: "试验", Drill: true}); err != nil {
		c.Fatal(err)
	}
	c.homes = column(c.T, q, `SELECT id FROM household WHERE unit_id = $1 AND state = 'active'
		AND id NOT IN (SELECT household_id FROM rollcall_report WHERE call_id = $2) ORDER BY id`, c.cell, c.call)
	c.tasks = column(c.T, q, `SELECT id FROM task WHERE unit_id = $1 AND state = 'open' AND month = (SELECT max(month) FROM task)
		AND matter_id IN (SELECT id FROM matter WHERE priority > 0) ORDER BY id`, c.cell)
	for _, id := range column(c.T, q, `SELECT id FROM care_contact WHERE unit_id = $1 AND state = 'open' AND step = 0 AND limit_on > $2 ORDER BY id`,
		c.cell, time.Now().Format(time.DateOnly)) {
		v := visit{id: id}
		if err := q.QueryRowContext(ctx, `SELECT version FROM care_contact WHERE id = $1`, id).Scan(&v.version); err != nil {
			c.Fatal(err)
		}
		c.visits = append(c.visits, v)
	}
	c.Logf("%d households, %d tasks, %d contacts", len(c.homes), len(c.tasks), len(c.visits))
	c.base = c.tallies(a.DB)
}

func column(t *testing.T, q sqldb.Querier, query string, args ...any) []string {
	t.Helper()
	out, err := sqldb.Collect(context.Background(), q, func(rows *sql.Rows, s *string) error { return rows.Scan(s) }, query, args...)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// open opens the city's database beside, or without, the program.
func (c *city) open() *sqldb.DB {
	c.Helper()
	db, err := sqldb.Open(context.Background(), sqldb.Config{Dir: c.cfg.Dir, URL: c.cfg.DB, Readers: 2})
	if err != nil {
		c.Fatal(err)
	}
	return db
}

var client = &http.Client{
	Transport:     &http.Transport{MaxIdleConnsPerHost: 64},
	CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	Timeout:       20 * time.Second,
}

// answer is what came back; status 0 if nothing did.
type answer struct {
	status int
	body   string
}

func (c *city) send(r *http.Request) answer {
	resp, err := client.Do(r)
	if err != nil {
		return answer{} // it was killed
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		return answer{}
	}
	return answer{resp.StatusCode, string(body)}
}

// program asks by the interface for programs.
func (c *city) program(path, key, token string, body any) answer {
	raw, err := json.Marshal(body)
	if err != nil {
		c.Error(err)
	}
	r, err := http.NewRequestWithContext(context.Background(), http.MethodPost, "http://"+c.cfg.Addr+"/api/v1"+path, bytes.NewReader(raw))
	if err != nil {
		c.Error(err)
		return answer{}
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Idempotency-Key", key)
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	return c.send(r)
}

// form sends a form as the lead.
func (c *city) form(path string, values url.Values) answer {
	cookie := c.session()
	if cookie == "" {
		return answer{}
	}
	r, err := http.NewRequestWithContext(context.Background(), http.MethodPost, "http://"+c.cfg.Addr+path, strings.NewReader(values.Encode()))
	if err != nil {
		c.Error(err)
		return answer{}
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Cookie", cookie)
	r.Header.Set("Accept", "application/json") // for a refusal in few words
	return c.send(r)
}

// session logs the lead in, once: a session outlives the program.
func (c *city) session() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.cookie != "" {
		return c.cookie
	}
	resp, err := client.PostForm("http://"+c.cfg.Addr+"/login", url.Values{"login": {"lead"}, "password": {"bilin-demo"}})
	if err != nil {
		return ""
	}
	_ = resp.Body.Close()
	for _, k := range resp.Cookies() {
		if k.Name == "bilin" {
			c.cookie = k.Name + "=" + k.Value
		}
	}
	if c.cookie == "" {
		c.Errorf("no session: %s", resp.Status)
	}
	return c.cookie
}
