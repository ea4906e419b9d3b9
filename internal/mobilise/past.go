package mobilise

import (
	"context"
	"strconv"
	"time"

	"bilin/internal/auth"
	"bilin/internal/sqldb"
)

// Told is a message of the past: what a channel made of an edition.
type Told struct {
	Edition int
	Channel Channel
	State   string // as dispatch writes it
	At      time.Time
	Error   string
}

// pastStep is how many receipts are filled in at once.
const pastStep = 2000

// Past fills in what became of an order's people, for a demo city: play brings
// a receipt to where it stands by the rules and says what was sent. Nothing is
// sent for such an order any more. System actors only.
func (s *Service) Past(ctx context.Context, actor auth.Actor, number string, play func(o *Order, r *Receipt) []Told) error {
	if !actor.System {
		return auth.Denied(actor)
	}
	o, err := s.byNumber(ctx, number)
	if err != nil {
		return err
	}
	knocks, last := 0, int64(0)
	for after, more := 0, true; more; {
		list, err := ReadReceipts(ctx, s.o.DB.Reader(), `order_id = $1 AND n > $2 ORDER BY n LIMIT $3`, o.ID, after, pastStep)
		if err != nil {
			return err
		}
		if len(list) == 0 {
			break
		}
		more, after = len(list) == pastStep, list[len(list)-1].N
		before := len(knockedAt(list))
		if err := s.fillPast(ctx, o, list, play); err != nil {
			return err
		}
		times := knockedAt(list)
		knocks += len(times) - before
		for _, at := range times {
			last = max(last, at)
		}
	}
	if knocks == 0 {
		return nil
	}
	return s.o.DB.Write(ctx, func(tx *sqldb.Tx) error {
		return AddEvent(ctx, tx, o.ID, Event{At: sqldb.Time(last), Kind: EventKnock, Detail: `{"n":` + strconv.Itoa(knocks) + `}`, ActorID: actor.ID()})
	})
}

// knockedAt are the moments at which receipts came onto the list of doors.
func knockedAt(list []Receipt) (times []int64) {
	for _, r := range list {
		if r.KnockAt > 0 {
			times = append(times, r.KnockAt)
		}
	}
	return times
}

func (s *Service) fillPast(ctx context.Context, o *Order, list []Receipt, play func(o *Order, r *Receipt) []Told) error {
	var tries [][]any
	for i := range list {
		r := &list[i]
		for _, t := range play(o, r) {
			at := sqldb.Millis(t.At)
			tries = append(tries, []any{o.ID, r.N, t.Edition, string(t.Channel), t.State, 1, at, at, t.Error})
		}
		r.Due, r.Told, r.Fresh = Never, o.Edition, r.ToldBy
	}
	return s.o.DB.Write(ctx, func(tx *sqldb.Tx) error {
		if err := SaveReceipts(ctx, tx, list); err != nil {
			return err
		}
		return sqldb.InsertMany(ctx, tx, "call_try", []string{"order_id", "n", "edition", "channel", "state", "attempts", "at", "settled_at", "error"}, tries, "ON CONFLICT DO NOTHING")
	})
}
