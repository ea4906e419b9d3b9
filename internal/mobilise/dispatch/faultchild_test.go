package dispatch_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"bilin/internal/audit"
	"bilin/internal/auth"
	"bilin/internal/errs"
	"bilin/internal/gateway"
	"bilin/internal/job"
	"bilin/internal/live"
	"bilin/internal/mobilise"
	"bilin/internal/mobilise/dispatch"
	"bilin/internal/network"
	"bilin/internal/seal"
	"bilin/internal/sqldb"
)

// childEnv makes this test binary the program that is killed.
const childEnv = "BILIN_FAULT_CHILD"

func TestMain(m *testing.M) {
	if raw := os.Getenv(childEnv); raw != "" {
		if err := runChild(raw); err != nil {
			fmt.Fprintln(os.Stderr, "child:", err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

// childConfig is what a child works with.
type childConfig struct {
	Dir     string // of the keys, and of the database unless there is a URL
	Data    string
	URL     string
	Gateway string // host:port
	Began   time.Time
	From    time.Time     // the city's clock said this then
	Lease   time.Duration // of the city's clock
}

// childSpeed is how much faster the city's clock runs than the real one.
const childSpeed = 60

func (c childConfig) now() time.Time { return c.From.Add(time.Since(c.Began) * childSpeed) }

// child is the program: it works on orders, and takes answers and commands over HTTP.
type child struct {
	childConfig
	db     *sqldb.DB
	orders *mobilise.Service
}

// runChild runs until it is killed.
func runChild(raw string) error {
	var c child
	if err := json.Unmarshal([]byte(raw), &c.childConfig); err != nil {
		return err
	}
	if err := c.open(context.Background()); err != nil {
		return err
	}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /a/{token}", c.answer)
	mux.HandleFunc("POST /do/{what}/{number}", c.command)
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	fmt.Println(ln.Addr())
	server := http.Server{Handler: mux, ReadHeaderTimeout: 5 * time.Second}
	return server.Serve(ln)
}

func (c *child) open(ctx context.Context) (err error) {
	log := slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelError + 1}))
	if c.db, err = sqldb.Open(ctx, sqldb.Config{Dir: c.Data, URL: c.URL, Logger: log}); err != nil {
		return err
	}
	record, err := audit.Open(c.db, audit.Options{Dir: c.Dir, Now: c.now, Logger: log})
	if err != nil {
		return err
	}
	record.Start(ctx)
	keys, err := seal.Open(c.Dir)
	if err != nil {
		return err
	}
	hub := live.NewHub(c.db, log)
	net, err := network.Open(ctx, c.db, network.Options{Audit: record, Seal: keys, Now: c.now, Live: hub, Logger: log})
	if err != nil {
		return err
	}
	policy := auth.NewPolicy(net, auth.Rules, network.Rules, mobilise.Rules)
	c.orders = mobilise.New(mobilise.Options{DB: c.db, Network: net, People: noPeople{}, Policy: policy, Audit: record, Live: hub, Sealer: keys, Now: c.now, Logger: log})
	routes, err := c.routes()
	if err != nil {
		return err
	}
	s, err := dispatch.New(dispatch.Options{DB: c.db, Orders: c.orders, Tree: net.Tree, Phones: net, Live: hub, Routes: routes,
		PublicURL: "https://bilin.test", Now: c.now, Logger: log})
	if err != nil {
		return err
	}
	r := job.NewRunner(c.db, log, job.Options{Poll: 20 * time.Millisecond, Lease: c.Lease, Now: c.now, MaxAttempts: 1000})
	s.Register(r)
	return r.Start(ctx)
}

func (c *child) routes() (map[mobilise.Channel]dispatch.Route, error) {
	sms, err := gateway.NewHTTP(gateway.Config{URL: "http://" + c.Gateway + "/send", Allow: []string{c.Gateway}, Timeout: time.Second})
	if err != nil {
		return nil, err
	}
	voice, err := gateway.NewHTTP(gateway.Config{Kind: gateway.Voice, URL: "http://" + c.Gateway + "/voice", Allow: []string{c.Gateway}, Timeout: time.Second})
	return map[mobilise.Channel]dispatch.Route{mobilise.SMS: {Sender: sms, Repeats: true}, mobilise.Voice: {Sender: voice, Repeats: true}}, err
}

// answer takes what a person says by their link.
func (c *child) answer(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	a := mobilise.Answer{Coming: q.Get("coming") != "", Arrived: q.Get("arrived") != "", Reason: mobilise.Reason(q.Get("reason"))}
	say(w, c.orders.AnswerByToken(r.Context(), r.PathValue("token"), a))
}

// command carries out a step, once for its key.
func (c *child) command(w http.ResponseWriter, r *http.Request) {
	q, who := r.URL.Query(), auth.System("command")
	cmd := mobilise.Command{Key: q.Get("key"), Number: r.PathValue("number"), Note: q.Get("note")}
	var err error
	switch what := r.PathValue("what"); what {
	case "approve":
		_, err = c.orders.Approve(r.Context(), who, cmd)
	case "correct":
		o, _, e := c.orders.Get(r.Context(), who, cmd.Number)
		if err = e; err == nil {
			o.Where = q.Get("where")
			_, err = c.orders.Correct(r.Context(), who, cmd, o.Words)
		}
	case "cancel":
		_, err = c.orders.Cancel(r.Context(), who, cmd)
	case "close":
		_, err = c.orders.Close(r.Context(), who, cmd)
	default:
		err = errors.New("no command " + what)
	}
	say(w, err)
}

func say(w http.ResponseWriter, err error) {
	if err != nil {
		http.Error(w, strings.ReplaceAll(err.Error(), "\n", " "), errs.Status(err))
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

// noPeople: the fault tests call those with posts.
type noPeople struct{}

func (noPeople) Members(context.Context, []string) ([]mobilise.Called, error)   { return nil, nil }
func (noPeople) Skilled(context.Context, []string) ([]mobilise.Called, error)   { return nil, nil }
func (noPeople) TeamUnits(context.Context, []string) (map[string]string, error) { return nil, nil }
func (noPeople) AwayOn(context.Context, time.Time) (map[string]bool, error)     { return nil, nil }
