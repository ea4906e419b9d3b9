package gateway

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"sync"

	"bilin/internal/errs"
)

// SendMany hands over a list as fast as the gateway and its rate allow.
func (c *client) SendMany(ctx context.Context, list []Message, settle func(i int, err error)) {
	settle = OneByOne(settle)
	if c.bulk <= 1 || c.single.Load() {
		Spread(len(list), c.width, func(i int) { settle(i, c.Send(ctx, list[i])) })
		return
	}
	Spread((len(list)+c.bulk-1)/c.bulk, bulkAtOnce, func(k int) {
		from := k * c.bulk
		part := list[from:min(from+c.bulk, len(list))]
		c.sendPart(ctx, part, func(i int, err error) { settle(from+i, err) })
	})
}

// OneByOne lets one call wait for the other.
func OneByOne(settle func(int, error)) func(int, error) {
	var mu sync.Mutex
	return func(i int, err error) {
		mu.Lock()
		defer mu.Unlock()
		settle(i, err)
	}
}

// Spread calls fn for 0 to n-1, at most width at a time.
func Spread(n, width int, fn func(i int)) {
	todo := make(chan int)
	var working sync.WaitGroup
	for range min(n, width) {
		working.Go(func() {
			for i := range todo {
				fn(i)
			}
		})
	}
	for i := range n {
		todo <- i
	}
	close(todo)
	working.Wait()
}

// settled is what a gateway says of one of several messages.
type settled struct {
	ID     string `json:"id"`
	Status int    `json:"status"`
}

// sendPart posts {"messages":[…]} and reads {"results":[{"id","status"}]}, each
// status as if the message had come alone. A gateway that doesn't answer like
// that gets them one by one from now on; the ids see to it that what it took
// isn't taken again.
func (c *client) sendPart(ctx context.Context, part []Message, settle func(i int, err error)) {
	said, known, err := c.postPart(ctx, part)
	if !known {
		c.single.Store(true)
		Spread(len(part), c.width/bulkAtOnce, func(i int) { settle(i, c.Send(ctx, part[i])) })
		return
	}
	for i, m := range part {
		switch status, answered := said[m.ID]; {
		case err != nil:
			settle(i, err)
		case !answered:
			settle(i, errs.E(errs.Unavailable, "gateway.busy"))
		default:
			settle(i, verdict(status))
		}
	}
}

// postPart returns what the gateway says by id; known is whether it understands
// several messages in one call, as far as that can be told.
func (c *client) postPart(ctx context.Context, part []Message) (said map[string]int, known bool, err error) {
	if c.single.Load() {
		return nil, false, nil
	}
	if err := c.wait(ctx, len(part)); err != nil {
		return nil, true, err
	}
	body := struct {
		Messages []wire `json:"messages"`
	}{make([]wire, len(part))}
	for i, m := range part {
		body.Messages[i] = c.wire(m)
	}
	res, err := c.post(ctx, body, "")
	if err != nil {
		return nil, true, err
	}
	defer res.Body.Close()
	if err := verdict(res.StatusCode); err != nil {
		return nil, !foreign(res.StatusCode), err
	}
	var answer struct {
		Results []settled `json:"results"`
	}
	raw, err := io.ReadAll(io.LimitReader(res.Body, int64(len(part)+1)*maxAnswer))
	if err != nil {
		return nil, true, down(err)
	}
	if err := json.Unmarshal(raw, &answer); err != nil || answer.Results == nil {
		return nil, false, nil
	}
	said = make(map[string]int, len(part))
	for _, r := range answer.Results {
		said[r.ID] = r.Status
	}
	return said, true, nil
}

// foreign reports whether a status may mean that the gateway takes one message a
// call, or fewer than these.
func foreign(status int) bool {
	switch status {
	case http.StatusBadRequest, http.StatusNotFound, http.StatusMethodNotAllowed, http.StatusConflict, http.StatusRequestEntityTooLarge,
		http.StatusUnsupportedMediaType, http.StatusUnprocessableEntity, http.StatusNotImplemented:
		return true
	}
	return false
}
