// Package loopback is a gateway that delivers nothing: it shows what it was given, and can be told to fail.
package loopback

import (
	_ "embed"
	"encoding/json"
	"math/rand/v2"
	"net/http"
	"strings"
	"sync"
	"time"

	"bilin/internal/i18n"
)

//go:embed messages.json
var rawMessages []byte

// Messages are this package's words.
var Messages = i18n.MustParse(rawMessages)

// Bounds of what is kept and taken.
const (
	kept     = 10_000   // messages; older ones are forgotten
	maxBody  = 64 << 10 // of one message
	maxDelay = time.Minute
)

// Settings say how badly the gateway behaves.
type Settings struct {
	Fail   int           // percent of messages that it answers with 503; half of these it takes all the same
	Delay  time.Duration // before each answer
	Refuse string        // numbers that end in this are never taken; empty refuses none
}

// Received is a message that was taken.
type Received struct {
	ID      string    `json:"id"`
	To      string    `json:"to"`
	Text    string    `json:"text"`
	At      time.Time `json:"at"`
	Repeats int       `json:"repeats"` // how often the same ID came again
	Changed bool      `json:"changed"` // it came again with another number or text
}

// Totals count what happened since the start.
type Totals struct {
	Taken   int `json:"taken"`   // different IDs
	Repeats int `json:"repeats"` // IDs that were there already
	Refused int `json:"refused"` // numbers never taken
	Failed  int `json:"failed"`  // answered with 503 on purpose
}

// Options of a gateway.
type Options struct {
	Settings Settings
	Token    string           // wanted as bearer token; empty for none
	Now      func() time.Time // default time.Now
}

// Gateway is an http.Handler: POST /send takes a message, GET /messages lists
// them as JSON, and / is a page for people.
type Gateway struct {
	opt Options
	mux http.Handler

	mu       sync.Mutex
	settings Settings
	totals   Totals
	byID     map[string]*Received
	order    []string // IDs, oldest first
}

// New returns a gateway with nothing in it.
func New(opt Options) *Gateway {
	if opt.Now == nil {
		opt.Now = time.Now
	}
	g := &Gateway{opt: opt, settings: opt.Settings, byID: map[string]*Received{}}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /send", g.send)
	mux.HandleFunc("GET /messages", g.list)
	mux.HandleFunc("GET /{$}", g.show)
	mux.HandleFunc("POST /{$}", g.change)
	g.mux = http.NewCrossOriginProtection().Handler(mux)
	return g
}

// ServeHTTP answers one request.
func (g *Gateway) ServeHTTP(w http.ResponseWriter, r *http.Request) { g.mux.ServeHTTP(w, r) }

// Set changes how the gateway behaves from the next message on.
func (g *Gateway) Set(s Settings) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.settings = s
}

// Settings returns how the gateway behaves.
func (g *Gateway) Settings() Settings {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.settings
}

// Totals returns the counts since the start.
func (g *Gateway) Totals() Totals {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.totals
}

// Received returns the latest n messages, latest first.
func (g *Gateway) Received(n int) []Received {
	g.mu.Lock()
	defer g.mu.Unlock()
	n = min(n, len(g.order))
	out := make([]Received, n)
	for i := range out {
		out[i] = *g.byID[g.order[len(g.order)-1-i]]
	}
	return out
}

func (g *Gateway) send(w http.ResponseWriter, r *http.Request) {
	if g.opt.Token != "" && r.Header.Get("Authorization") != "Bearer "+g.opt.Token {
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	var m Received
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxBody)).Decode(&m); err != nil || m.ID == "" || m.To == "" || m.Text == "" {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	if delay := g.Settings().Delay; delay > 0 {
		select {
		case <-r.Context().Done():
			return
		case <-time.After(delay):
		}
	}
	w.WriteHeader(g.receive(m, rand.IntN(100), rand.IntN(2) == 0))
}

// receive decides about a message and returns the status that says so. dice is
// in [0,100); lost says whether a failure comes after the message was taken,
// as when the answer is lost on its way.
func (g *Gateway) receive(m Received, dice int, lost bool) int {
	g.mu.Lock()
	defer g.mu.Unlock()
	fails := dice < g.settings.Fail
	if fails {
		g.totals.Failed++
		if !lost {
			return http.StatusServiceUnavailable
		}
	}
	if g.settings.Refuse != "" && strings.HasSuffix(m.To, g.settings.Refuse) {
		g.totals.Refused++
		return http.StatusUnprocessableEntity
	}
	status := g.keep(m)
	if fails {
		return http.StatusServiceUnavailable
	}
	return status
}

func (g *Gateway) keep(m Received) int {
	if had := g.byID[m.ID]; had != nil {
		had.Repeats++
		had.Changed = had.Changed || had.To != m.To || had.Text != m.Text
		g.totals.Repeats++
		return http.StatusConflict
	}
	g.byID[m.ID] = &Received{ID: m.ID, To: m.To, Text: m.Text, At: g.opt.Now().UTC()}
	g.order = append(g.order, m.ID)
	if len(g.order) > kept {
		delete(g.byID, g.order[0])
		g.order = g.order[1:]
	}
	g.totals.Taken++
	return http.StatusAccepted
}

func (g *Gateway) list(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(struct {
		Totals
		Messages []Received `json:"messages"`
	}{g.Totals(), g.Received(kept)})
}
