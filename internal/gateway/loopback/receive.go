package loopback

import (
	"bytes"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"io"
	dice "math/rand/v2"
	"net/http"
	"strconv"
	"strings"
	"time"

	"bilin/internal/gateway"
)

// posted is the body of /send and /voice: one message, or several.
type posted struct {
	ID       string       `json:"id"`
	To       string       `json:"to"`
	Text     string       `json:"text"`
	Kind     gateway.Kind `json:"kind"`
	Messages []posted     `json:"messages"`
}

func (p posted) whole() bool { return p.ID != "" && p.To != "" && p.Text != "" }

// send takes messages of a kind; what is marked as another counts as that.
func (g *Gateway) send(kind gateway.Kind) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if g.opt.Token != "" && r.Header.Get("Authorization") != "Bearer "+g.opt.Token {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		var m posted
		body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody*16))
		if err != nil || json.Unmarshal(body, &m) != nil || len(m.Messages) > maxBulk || len(m.Messages) == 0 && !m.whole() {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		if !g.patience(r, kind) {
			return
		}
		if len(m.Messages) == 0 {
			w.WriteHeader(g.take(m.received(kind)))
			return
		}
		g.sendMany(w, kind, m.Messages)
	}
}

func (p posted) received(kind gateway.Kind) Received {
	if p.Kind == gateway.Voice || p.Kind == gateway.SMS {
		kind = p.Kind
	}
	return Received{Kind: kind, ID: p.ID, To: p.To, Text: p.Text}
}

// sendMany answers each of several messages as if it had come alone.
func (g *Gateway) sendMany(w http.ResponseWriter, kind gateway.Kind, list []posted) {
	type result struct {
		ID     string `json:"id"`
		Status int    `json:"status"`
	}
	results := make([]result, len(list))
	for i, m := range list {
		results[i] = result{m.ID, http.StatusBadRequest}
		if m.whole() {
			results[i].Status = g.take(m.received(kind))
		}
	}
	answerJSON(w, map[string]any{"results": results})
}

func answerJSON(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(v)
}

// patience waits as told, and reports whether an answer is to be given.
func (g *Gateway) patience(r *http.Request, kind gateway.Kind) bool {
	s := g.Settings(kind)
	if s.Silent {
		s.Delay = maxDelay
	}
	if s.Delay > 0 {
		select {
		case <-r.Context().Done():
			return false
		case <-time.After(s.Delay):
		}
	}
	if s.Silent {
		panic(http.ErrAbortHandler) // the connection ends without a word
	}
	return true
}

// take decides about a message, tells who wants to know, and returns the status.
func (g *Gateway) take(m Received) int {
	m.At = g.opt.Now().UTC()
	status, fresh := g.receive(m, chance{dice.IntN(100), dice.IntN(2) == 0, dice.IntN(100)})
	if fresh {
		g.note(m)
		if g.opt.OnReceive != nil {
			g.opt.OnReceive(m)
		}
	}
	return status
}

// chance is what the dice say: of failing, of failing after all was done, and
// of an answer that is lost.
type chance struct {
	fail int
	late bool
	lose int
}

// receive decides about a message: the status that says so, and whether it was
// taken now.
func (g *Gateway) receive(m Received, dice chance) (status int, fresh bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	l := g.lines[m.Kind]
	if l.full(m.At) {
		l.Limited++
		return http.StatusTooManyRequests, false
	}
	fails := dice.fail < l.Fail
	if fails && !dice.late {
		l.Failed++
		return http.StatusServiceUnavailable, false
	}
	if l.Refuse != "" && strings.HasSuffix(m.To, l.Refuse) {
		l.Refused++
		return l.refusal(m.Kind), false
	}
	fresh = !g.box.put(m)
	g.pulse.beat(m.At)
	status = http.StatusAccepted
	if fresh {
		l.Taken++
	} else {
		l.Repeats++
		status = http.StatusConflict
	}
	if fails || dice.lose < l.Lose {
		l.Failed++
		status = http.StatusServiceUnavailable
	}
	return status, fresh
}

// full counts a message and reports whether this second has had enough.
func (l *line) full(at time.Time) bool {
	if l.Rate <= 0 {
		return false
	}
	if s := at.Unix(); s != l.second {
		l.second, l.within = s, 0
	}
	l.within++
	return l.within > l.Rate
}

func (s Settings) refusal(kind gateway.Kind) int {
	switch {
	case s.Status != 0:
		return s.Status
	case kind == gateway.Push:
		return http.StatusGone
	}
	return http.StatusUnprocessableEntity
}

// push takes an encrypted notification as RFC 8030 has it. What it says only
// the browser can read, so the same topic of the same subscription counts as
// the same message.
func (g *Gateway) push(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	ttl, ttlErr := strconv.Atoi(r.Header.Get("TTL"))
	if err != nil || ttlErr != nil || ttl < 0 || r.Header.Get("Content-Encoding") != "aes128gcm" || len(body) > 4096 {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	if !strings.HasPrefix(r.Header.Get("Authorization"), "vapid t=") {
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	if !g.patience(r, gateway.Push) {
		return
	}
	to, topic := r.PathValue("id"), r.Header.Get("Topic")
	if topic == "" {
		topic = rand.Text()
	}
	status := g.take(Received{
		Kind: gateway.Push, ID: to + "/" + topic, To: to, Text: fmt.Sprintf("aes128gcm, %d B", len(body)), Body: bytes.Clone(body),
	})
	if status == http.StatusAccepted || status == http.StatusConflict {
		status = http.StatusCreated // a repeated topic takes the place of the earlier one
		w.Header().Set("Location", "/message/"+topic)
	}
	w.WriteHeader(status)
}

// group takes a line for a chat group, as a WeCom robot does. It has no id, so
// none is ever known as a repeat.
func (g *Gateway) group(w http.ResponseWriter, r *http.Request) {
	var m struct {
		Text struct {
			Content string `json:"content"`
		} `json:"text"`
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if err != nil || json.Unmarshal(body, &m) != nil || m.Text.Content == "" {
		answerJSON(w, map[string]any{"errcode": 40008, "errmsg": "invalid message type"})
		return
	}
	if !g.patience(r, gateway.Group) {
		return
	}
	switch status := g.take(Received{Kind: gateway.Group, ID: rand.Text(), To: r.URL.Query().Get("key"), Text: m.Text.Content}); status {
	case http.StatusAccepted:
		answerJSON(w, map[string]any{"errcode": 0, "errmsg": "ok"})
	case http.StatusTooManyRequests:
		answerJSON(w, map[string]any{"errcode": 45009, "errmsg": "api freq out of limit"})
	case http.StatusUnprocessableEntity:
		answerJSON(w, map[string]any{"errcode": 93000, "errmsg": "invalid webhook url"})
	default:
		w.WriteHeader(status)
	}
}
