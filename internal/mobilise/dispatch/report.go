package dispatch

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"bilin/internal/job"
	"bilin/internal/mobilise"
	"bilin/internal/sqldb"
)

// happened is the detail of the events that are written here.
type happened struct {
	Channel mobilise.Channel `json:"channel,omitempty"`
	Why     string           `json:"why,omitempty"` // message key
	N       int              `json:"n,omitempty"`
}

// remember reads what was said before this program began to work on the order:
// it takes up what another one was killed at.
func (w *walk) remember(ctx context.Context) error {
	q := w.o.DB.Reader()
	events, err := sqldb.Collect(ctx, q, func(r *sql.Rows, e *mobilise.Event) error { return r.Scan(&e.Kind, &e.Detail) },
		`SELECT kind, detail FROM call_event WHERE order_id = $1 AND kind IN ($2, $3, $4) ORDER BY seq`, w.id, mobilise.EventDown, mobilise.EventUp, mobilise.EventKnock)
	if err != nil {
		return err
	}
	doors := 0
	err = q.QueryRowContext(ctx, `SELECT count(*) FROM call_receipt WHERE order_id = $1 AND knock_at > 0`, w.id).Scan(&doors)
	w.said, w.written, w.knocks = map[mobilise.Channel]bool{}, map[mobilise.Channel]bool{}, doors
	for _, e := range events {
		var h happened
		if err := json.Unmarshal([]byte(e.Detail), &h); err != nil {
			return fmt.Errorf("dispatch: an event's detail: %w", err)
		}
		if e.Kind == mobilise.EventKnock {
			w.knocks -= h.N
		} else {
			w.said[h.Channel] = e.Kind == mobilise.EventDown
		}
	}
	if err != nil {
		return err
	}
	all, err := w.o.Orders.Channels(ctx)
	for _, c := range all {
		w.written[c.Channel] = c.DownSince != 0
	}
	return err
}

// report says on the order's timeline which channels fail or work again, and
// how many doors were added to the list.
func (w *walk) report(ctx context.Context) error {
	news, stale := w.differ(w.said), w.differ(w.written)
	if w.rehearsal {
		stale = nil // what its gateway does is nothing to other orders
	}
	if len(news) == 0 && len(stale) == 0 && w.knocks <= 0 {
		return nil
	}
	return mobilise.Alone(ctx, w.o.DB, w.id, func(tx *sqldb.Tx, _ *mobilise.Order) error { return w.reportIn(ctx, tx, news, stale) })
}

// differ are the channels that do otherwise than was said, as far as is known.
func (w *walk) differ(said map[mobilise.Channel]bool) (list []mobilise.Channel) {
	for _, c := range slices.Sorted(maps.Keys(w.o.Routes)) {
		if since, _, known := w.health.state(c); known && said[c] == since.IsZero() {
			list = append(list, c)
		}
	}
	return list
}

func (w *walk) reportIn(ctx context.Context, tx *sqldb.Tx, news, stale []mobilise.Channel) error {
	said := maps.Clone(w.said)
	for _, c := range news {
		since, why, _ := w.health.state(c)
		kind := mobilise.EventUp
		if !since.IsZero() {
			kind = mobilise.EventDown
		}
		said[c] = kind == mobilise.EventDown
		if err := w.happen(ctx, tx, kind, happened{Channel: c, Why: why}); err != nil {
			return err
		}
	}
	if w.knocks > 0 {
		if err := w.happen(ctx, tx, mobilise.EventKnock, happened{N: w.knocks}); err != nil {
			return err
		}
	}
	if err := w.writeHealth(ctx, tx, stale); err != nil {
		return err
	}
	tx.OnCommit(func() { w.said, w.knocks = said, 0 })
	return w.publish(ctx, tx, w.id)
}

func (w *walk) happen(ctx context.Context, tx *sqldb.Tx, kind string, h happened) error {
	return mobilise.AddEvent(ctx, tx, w.id, mobilise.Event{At: w.o.Now(), Kind: kind, Detail: detail(h), ActorID: clock.ID()})
}

// writeHealth writes down for all orders how channels do.
func (w *walk) writeHealth(ctx context.Context, tx *sqldb.Tx, stale []mobilise.Channel) error {
	for _, c := range stale {
		since, why, _ := w.health.state(c)
		ms := int64(0)
		if !since.IsZero() {
			ms = sqldb.Millis(since)
		}
		_, err := tx.ExecContext(ctx, `INSERT INTO call_channel (channel, down_since, error, changed_at) VALUES ($1, $2, $3, $4)
			ON CONFLICT (channel) DO UPDATE SET down_since = excluded.down_since, error = excluded.error, changed_at = excluded.changed_at`,
			string(c), ms, why, sqldb.Millis(w.o.Now()))
		if err != nil {
			return err
		}
		tx.OnCommit(func() { w.written[c] = ms != 0 })
	}
	return nil
}

// knock has those told who go to doors that have just come onto the list. It
// is queued together with them: whoever kills the program between the two
// would have nobody sent there.
func (w *walk) knock(ctx context.Context, tx *sqldb.Tx, o *mobilise.Order) error {
	if o.IsRehearsal() {
		return nil
	}
	return job.Enqueue(ctx, tx, job.Job{Kind: jobKnock, Key: w.id, Payload: w.id, RunAt: w.o.Now().Add(knockGather)})
}

func detail(h happened) string {
	text, err := json.Marshal(h)
	if err != nil {
		return ""
	}
	return string(text)
}
