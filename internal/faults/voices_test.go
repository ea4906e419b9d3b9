package faults_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/url"
	"strconv"
	"sync"
	"time"

	"bilin/internal/sqldb"
)

// voice is somebody who asks for one thing after the other, and for the same
// again until it is acknowledged: the answer may have been lost with the program.
type voice interface {
	// next sends what is to be sent now, and reports whether it was acknowledged.
	next() (done bool)
}

// speak lets a voice work until over, some milliseconds apart.
func speak(v voice, dice *rand.Rand, over <-chan struct{}) {
	for {
		select {
		case <-over:
			return
		case <-time.After(time.Duration(dice.IntN(15)) * time.Millisecond):
		}
		if !v.next() {
			time.Sleep(20 * time.Millisecond) // it is dead, or not there yet
		}
	}
}

// taken reports whether an answer acknowledges; what is neither that nor a dead
// or full program is a fault.
func (c *city) taken(a answer, what string) bool {
	switch {
	case a.status == 0 || a.status == http.StatusServiceUnavailable:
		return false
	case a.status < http.StatusBadRequest:
		return true
	}
	c.Errorf("%s: %d %.300s", what, a.status, a.body)
	return false
}

// resident raises demands, one after the other, and sees each through with the lead.
type resident struct {
	*city
	n int

	mu  sync.Mutex
	all []*matter
}

// matter is one demand, and how far it was acknowledged.
type matter struct {
	text, number, track string
	steps               int // acknowledged of the steps
	raised              bool
}

// steps are what happens to a demand after it was raised, and the event each leaves.
var steps = []struct {
	path, event string
	byAuthor    bool
}{
	{"accept", "accepted", false}, {"answer", "answered", false}, {"resolve", "resolved", false}, {"confirm", "confirmed", true},
}

func (r *resident) next() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.all) == 0 || r.all[len(r.all)-1].steps == len(steps) {
		r.all = append(r.all, &matter{text: fmt.Sprintf("试验%d之%d：楼道灯不亮", r.n, len(r.all))})
	}
	m := r.all[len(r.all)-1]
	if !m.raised {
		return r.raise(m)
	}
	s := steps[m.steps]
	body, token := map[string]any{}, r.token
	switch {
	case s.byAuthor:
		body["track"], token = m.track, ""
	case s.path != "accept":
		body["note"] = m.text + s.path
	}
	if !r.taken(r.program("/demands/"+m.number+"/"+s.path, m.text+s.path, token, body), s.path) {
		return false
	}
	m.steps++
	return true
}

func (r *resident) raise(m *matter) bool {
	a := r.program("/demands", m.text, "", map[string]any{"kind": "help", "text": m.text, "unit": r.code})
	if !r.taken(a, "raise") {
		return false
	}
	var made struct{ Number, Track string }
	if err := json.Unmarshal([]byte(a.body), &made); err != nil || made.Number == "" {
		r.Errorf("raised: %v, %s", err, a.body)
		return false
	}
	m.number, m.track, m.raised = made.Number, made.Track, true
	return true
}

// flip is something with two states that the lead flips again and again: what
// was acknowledged last is one of the two, and what is under way the other.
type flip struct {
	*city
	what string
	send func(n int, key string) answer // flips for the n-th time
	is   func(db sqldb.Querier) (bool, error)

	mu      sync.Mutex
	n       int // acknowledged
	pending bool
	id      string
}

func (f *flip) next() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.pending = true
	if !f.taken(f.send(f.n, f.id+"."+strconv.Itoa(f.n)), f.what) {
		return false
	}
	f.n, f.pending = f.n+1, false
	return true
}

// voices are everybody who works in the city.
func (c *city) voices() (residents []*resident, flips []*flip) {
	for i := range 6 {
		residents = append(residents, &resident{city: c, n: i})
	}
	for _, id := range c.tasks[:min(2, len(c.tasks))] {
		flips = append(flips, c.task(id))
	}
	for _, id := range c.homes[:min(2, len(c.homes))] {
		flips = append(flips, c.report(id))
	}
	for _, v := range c.visits[:min(2, len(c.visits))] {
		flips = append(flips, c.visit(v))
	}
	return residents, flips
}

// task is marked done, and undone.
func (c *city) task(id string) *flip {
	f := &flip{city: c, what: "task", id: "t" + id}
	f.send = func(n int, key string) answer {
		return c.form("/tasks/"+id+"/"+[]string{"done", "undo"}[n%2], url.Values{"_key": {key}})
	}
	f.is = func(q sqldb.Querier) (bool, error) {
		return text(q, `SELECT state FROM task WHERE id = $1`, "done", id)
	}
	return f
}

// report says that a household is safe, and then that it wasn't reached.
func (c *city) report(home string) *flip {
	f := &flip{city: c, what: "report", id: "r" + home}
	f.send = func(n int, key string) answer {
		say := fmt.Sprintf("%s~~%s~%d", []string{"safe", "not_reached"}[n%2], home, n)
		return c.form("/rollcall", url.Values{"_key": {key}, "call": {c.call}, "unit": {c.code}, "say": {say}})
	}
	f.is = func(q sqldb.Querier) (bool, error) {
		return text(q, `SELECT COALESCE(MAX(answer), '') FROM rollcall_report WHERE call_id = $1 AND household_id = $2`, "safe", c.call, home)
	}
	return f
}

// visit finds that all is fine, and takes that back.
func (c *city) visit(v visit) *flip {
	f := &flip{city: c, what: "visit", id: "v" + v.id}
	f.send = func(n int, key string) answer {
		if n%2 == 0 {
			return c.form("/contacts/"+v.id, url.Values{"_key": {key}, "outcome": {"fine"}})
		}
		return c.form("/contacts/"+v.id+"/undo", url.Values{"_key": {key}, "_version": {strconv.Itoa(v.version + n)}})
	}
	f.is = func(q sqldb.Querier) (bool, error) {
		return text(q, `SELECT state FROM care_contact WHERE id = $1`, "done", v.id)
	}
	return f
}
