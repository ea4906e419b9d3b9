package situation

import (
	"context"
	"errors"
	"strings"
	"sync"
	"time"

	"bilin/internal/errs"
	"bilin/internal/live"
	"bilin/internal/mobilise"
	"bilin/internal/mobilise/rollcall"
)

// mostWatched bounds how many boards are kept at once.
const mostWatched = 200

// watch is the board of one order, kept current while somebody looks.
type watch struct {
	id    string
	ready chan struct{} // closed once there is a first snapshot, or none to be had

	composing sync.Mutex // so that an older one is never broadcast after a newer
	events    []mobilise.Event
	seq       int
	erased    bool // the events were read after their words were erased

	mu   sync.Mutex
	snap *Snapshot
	err  error
	used time.Time
}

func (w *watch) get() (*Snapshot, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.snap, w.err
}

func (w *watch) put(snap *Snapshot, err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.snap, w.err = snap, err
}

// Snapshot returns an order's board, composed for all who look at it. It asks
// for no right.
func (s *Service) Snapshot(ctx context.Context, orderID string) (*Snapshot, error) {
	w, err := s.watched(orderID)
	if err != nil {
		return nil, err
	}
	select {
	case <-w.ready:
		return w.get()
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
}

// followed hears that somebody opened a stream of a board's numbers.
func (s *Service) followed(topic string) {
	if _, err := s.watched(strings.TrimPrefix(topic, TopicPrefix)); err != nil {
		s.o.Logger.Warn("situation: a board isn't kept", "topic", topic, "error", err)
	}
}

// watched returns an order's board and sees to it that it is kept.
func (s *Service) watched(orderID string) (*watch, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if w := s.watch[orderID]; w != nil {
		w.mu.Lock()
		w.used = s.o.Now()
		w.mu.Unlock()
		return w, nil
	}
	if len(s.watch) >= mostWatched || s.ctx.Err() != nil {
		return nil, errs.E(errs.Unavailable, "situation.too_many_boards")
	}
	w := &watch{id: orderID, ready: make(chan struct{}), used: s.o.Now()}
	s.watch[orderID] = w
	s.work.Go(func() { s.keep(w) })
	return w, nil
}

// settle composes a board that is kept at once, so that whoever changed it sees that.
// If that fails it has been logged, and is tried again with the next beat.
func (s *Service) settle(ctx context.Context, orderID string) {
	s.mu.Lock()
	w := s.watch[orderID]
	s.mu.Unlock()
	if w != nil {
		_ = s.refresh(ctx, w)
	}
}

// keep composes a board whenever something moved, until nobody looks any more.
func (s *Service) keep(w *watch) {
	defer s.drop(w)
	var sub *live.Sub
	defer func() {
		if sub != nil {
			sub.Close()
		}
	}()
	heard := ""
	for s.ctx.Err() == nil && s.looked(w) {
		if topics := w.topics(); strings.Join(topics, " ") != heard { // before composing, so that nothing is missed between
			next, err := s.o.Live.Subscribe(topics...)
			if err != nil {
				return
			}
			if sub != nil {
				sub.Close()
			}
			sub, heard = next, strings.Join(topics, " ")
		}
		began := time.Now()
		if err := s.refresh(s.ctx, w); err != nil && w.failed(err) {
			return
		}
		if strings.Join(w.topics(), " ") != heard {
			continue
		}
		if !s.wait(sub, s.pace-time.Since(began)) {
			return
		}
	}
}

// failed reports whether an error leaves no board to be shown. A board that was
// composed before stays as it was, and says of when it is.
func (w *watch) failed(err error) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.snap == nil {
		w.err = err
	}
	return w.snap == nil
}

// wait waits for the pace, and then for something to move or for the beat.
func (s *Service) wait(sub *live.Sub, pace time.Duration) bool {
	select {
	case <-time.After(max(0, pace)):
	case <-s.ctx.Done():
		return false
	}
	ctx, cancel := context.WithTimeout(s.ctx, s.beat)
	defer cancel()
	_, err := sub.Next(ctx)
	return err == nil || errors.Is(err, context.DeadlineExceeded)
}

// topics are what a board is composed from.
func (w *watch) topics() []string {
	topics := []string{mobilise.Topic(w.id), rollcall.Topic}
	if snap, _ := w.get(); snap != nil && snap.Roll != nil {
		topics = append(topics, rollcall.OfOne+snap.Roll.Call.ID, rollcall.OfHelp+snap.Roll.Call.ID)
	}
	return topics
}

// looked reports whether anybody looks at a board, or did a moment ago.
func (s *Service) looked(w *watch) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	now := s.o.Now()
	if s.o.Live.Followers(Topic(w.id)) > 0 {
		w.used = now
	}
	return now.Sub(w.used) <= s.idle
}

// drop forgets a board. Who asks for it later has it composed anew.
func (s *Service) drop(w *watch) {
	s.mu.Lock()
	delete(s.watch, w.id)
	s.mu.Unlock()
	s.o.Live.Forget(Topic(w.id))
	select {
	case <-w.ready:
	default:
		if snap, err := w.get(); snap == nil && err == nil {
			w.put(nil, errs.E(errs.Unavailable, "situation.too_many_boards"))
		}
		close(w.ready)
	}
}

// refresh composes a board and hands its numbers to all screens.
func (s *Service) refresh(ctx context.Context, w *watch) error {
	w.composing.Lock()
	defer w.composing.Unlock()
	snap, err := s.compose(ctx, w)
	if err != nil {
		if !errors.Is(err, context.Canceled) && errs.KindOf(err) != errs.NotFound {
			s.o.Logger.Warn("situation: a board can't be composed", "order", w.id, "error", err)
		}
		return err
	}
	w.put(snap, nil)
	select {
	case <-w.ready:
	default:
		close(w.ready)
	}
	return s.o.Live.Broadcast(Topic(w.id), snap.Wire)
}
