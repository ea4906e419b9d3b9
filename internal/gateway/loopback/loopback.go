// Package loopback is a gateway that delivers nothing: it shows what it was given, by short message, call, push and chat group, and can be told to fail.
package loopback

import (
	_ "embed"
	"net/http"
	"sync"
	"time"

	"bilin/internal/gateway"
	"bilin/internal/i18n"
)

//go:embed messages.json
var rawMessages []byte

// Messages are this package's words.
var Messages = i18n.MustParse(rawMessages)

// Bounds of what is kept and taken.
const (
	keptIDs   = 250_000 // that are known when they come again; older ones are forgotten
	keptTexts = 10_000  // of the latest
	maxBody   = 64 << 10
	maxBulk   = 1000
	maxDelay  = time.Minute
)

// Settings say how badly the gateway behaves.
type Settings struct {
	Fail   int           // percent of messages that it answers with 503; half of these it takes all the same
	Lose   int           // percent of the others that it takes and answers with 503
	Delay  time.Duration // before each answer
	Silent bool          // it takes nothing and never answers
	Rate   int           // messages a second; what comes faster is answered with 429; 0 for no limit
	Refuse string        // numbers (of push: addresses) that end in this are never taken; empty refuses none
	Status int           // what those are answered with; 422 if 0, and 410 for push
}

// Received is a message that was taken.
type Received struct {
	Kind    gateway.Kind `json:"kind"`
	ID      string       `json:"id"`
	To      string       `json:"to"`
	Text    string       `json:"text"` // of push: how much was encrypted
	At      time.Time    `json:"at"`
	Repeats int          `json:"repeats"` // how often the same ID came again
	Changed bool         `json:"changed"` // it came again with another number or text
	Body    []byte       `json:"-"`       // of push, as it came
}

// Totals count what happened since the start.
type Totals struct {
	Taken   int `json:"taken"`   // different IDs
	Repeats int `json:"repeats"` // IDs that were there already
	Refused int `json:"refused"` // numbers never taken
	Failed  int `json:"failed"`  // answered with 503 on purpose
	Limited int `json:"limited"` // answered with 429
}

func (t *Totals) add(o Totals) {
	t.Taken, t.Repeats, t.Refused = t.Taken+o.Taken, t.Repeats+o.Repeats, t.Refused+o.Refused
	t.Failed, t.Limited = t.Failed+o.Failed, t.Limited+o.Limited
}

// Options of a gateway.
type Options struct {
	Settings Settings                  // of every kind
	Kinds    map[gateway.Kind]Settings // of some kinds instead
	Token    string                    // wanted as bearer token for short messages and calls; empty for none
	Reports  Reports
	Now      func() time.Time // default time.Now
	// OnReceive is called for each message that is taken, once, before it is
	// answered, by several goroutines. It holds up nothing but that answer.
	OnReceive func(Received)
}

// Gateway is an http.Handler: POST /send and /voice take messages, /push/{id}
// encrypted notifications, /group lines for a chat group; GET /messages lists
// them as JSON, and / is a page for people.
type Gateway struct {
	opt    Options
	mux    http.Handler
	report chan gateway.Report // nil if none are wanted

	mu    sync.Mutex
	lines map[gateway.Kind]*line
	box   *box
	pulse pulse
}

// line is what is known of one kind.
type line struct {
	Settings
	Totals
	second int64 // in which
	within int   // so many came
}

// New returns a gateway with nothing in it.
func New(opt Options) *Gateway {
	if opt.Now == nil {
		opt.Now = time.Now
	}
	g := &Gateway{opt: opt, box: newBox(), lines: map[gateway.Kind]*line{}}
	for _, kind := range gateway.Kinds() {
		settings, own := opt.Kinds[kind]
		if !own {
			settings = opt.Settings
		}
		g.lines[kind] = &line{Settings: settings}
	}
	if opt.Reports.URL != "" {
		g.report = make(chan gateway.Report, waitingReports)
	}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /send", g.send(gateway.SMS))
	mux.HandleFunc("POST /voice", g.send(gateway.Voice))
	mux.HandleFunc("POST /push/{id}", g.push)
	mux.HandleFunc("POST /group", g.group)
	mux.HandleFunc("GET /messages", g.list)
	mux.HandleFunc("GET /{$}", g.show)
	mux.HandleFunc("POST /{$}", g.change)
	g.mux = http.NewCrossOriginProtection().Handler(mux)
	return g
}

// ServeHTTP answers one request.
func (g *Gateway) ServeHTTP(w http.ResponseWriter, r *http.Request) { g.mux.ServeHTTP(w, r) }

// Set changes how the gateway behaves from the next message on, of every kind
// or of those that are named.
func (g *Gateway) Set(s Settings, kinds ...gateway.Kind) {
	if len(kinds) == 0 {
		kinds = gateway.Kinds()
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, kind := range kinds {
		g.lines[kind].Settings = s
	}
}

// Settings returns how the gateway behaves with a kind of messages.
func (g *Gateway) Settings(kind gateway.Kind) Settings {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.lines[kind].Settings
}

// Totals returns the counts since the start, of every kind or of those that are
// named.
func (g *Gateway) Totals(kinds ...gateway.Kind) (t Totals) {
	if len(kinds) == 0 {
		kinds = gateway.Kinds()
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, kind := range kinds {
		t.add(g.lines[kind].Totals)
	}
	return t
}

// Received returns the latest n messages, latest first. Only the latest 10,000
// have their text.
func (g *Gateway) Received(n int) []Received {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.box.latest(n)
}
