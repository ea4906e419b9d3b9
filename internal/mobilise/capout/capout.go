// Package capout writes orders as alerts of the Common Alerting Protocol 1.2, for other cities' and departments' systems.
//
// Each edition of an order is a message of its own:
//
//	edition 1         Alert
//	a correction      Update, naming the earlier editions
//	a cancel, the end Cancel, naming them too
//
// What a message says follows from the order and its timeline alone, so that
// asking twice gives the same text. It says nothing of who was called.
package capout

import (
	"context"
	_ "embed"
	"encoding/json"
	"io"
	"time"

	"bilin/internal/auth"
	"bilin/internal/cap"
	"bilin/internal/errs"
	"bilin/internal/i18n"
	"bilin/internal/mobilise"
	"bilin/internal/network"
	"bilin/internal/workday"
)

//go:embed messages.json
var raw []byte

// Messages are this package's words.
var Messages = i18n.MustParse(raw)

// Orders are where an order and its timeline come from, and who may read them.
type Orders interface {
	Get(ctx context.Context, actor auth.Actor, number string) (*mobilise.Order, mobilise.May, error)
	Events(ctx context.Context, orderID string, after, limit int) ([]mobilise.Event, error)
}

// Options are what a Service works with.
type Options struct {
	Orders    Orders
	Policy    *auth.Policy
	Tree      func() *network.Tree
	Catalog   *i18n.Catalog // of these Messages and mobilise's at least
	PublicURL string        // https://…, of an order's page; "" leaves it out
}

// Service writes orders.
type Service struct{ o Options }

// New returns the service.
func New(o Options) *Service { return &Service{o} }

// mostEvents of an order are looked through for its editions.
const mostEvents = 10_000

// Write writes an order as it stands now, for who may view it and calls people
// out: handing it to other systems is a part of that, and nobody else's to do.
func (s *Service) Write(ctx context.Context, w io.Writer, actor auth.Actor, number string) error {
	o, _, err := s.o.Orders.Get(ctx, actor, number)
	if err != nil {
		return err
	}
	if !s.o.Policy.May(actor, mobilise.ActIssue) {
		return auth.Denied(actor)
	}
	events, err := s.o.Orders.Events(ctx, o.ID, 0, mostEvents)
	if err != nil {
		return err
	}
	switch {
	case o.IssuedAt.IsZero():
		return errs.E(errs.Conflict, "capout.not_issued")
	case !o.Missing.ErasedAt.IsZero():
		return errs.E(errs.Gone, "capout.erased")
	}
	return cap.Write(w, Alert(o, editions(o, events), Frame{Tree: s.o.Tree(), Words: s.o.Catalog.T, PublicURL: s.o.PublicURL}))
}

// editions are the moments at which an order's editions were given, from the first.
func editions(o *mobilise.Order, events []mobilise.Event) []time.Time {
	at := make([]time.Time, o.Edition)
	at[0] = o.IssuedAt
	for _, e := range events {
		var detail struct{ Edition int }
		if json.Unmarshal([]byte(e.Detail), &detail) != nil || detail.Edition < 2 || detail.Edition > o.Edition || !at[detail.Edition-1].IsZero() {
			continue
		}
		at[detail.Edition-1] = e.At
	}
	for i := 1; i < len(at); i++ {
		if at[i].Before(at[i-1]) { // an edition of which the timeline says nothing
			at[i] = at[i-1]
		}
	}
	for i := range at {
		at[i] = at[i].In(workday.City).Truncate(time.Second)
	}
	return at
}
