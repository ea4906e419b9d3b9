package push

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/SherClockHolmes/webpush-go"

	"bilin/internal/auth"
	"bilin/internal/errs"
	"bilin/internal/gateway"
	"bilin/internal/sqldb"
)

// maxAnswer bounds what is read of a push service's words, which nobody reads.
const maxAnswer = 4 << 10

// Send notifies all browsers of the person m.To. It has arrived if one of their
// push services took it; Invalid if there is none any more.
func (s *Service) Send(ctx context.Context, m gateway.Message) (err error) {
	s.SendMany(ctx, []gateway.Message{m}, func(_ int, e error) { err = e })
	return err
}

// SendMany notifies the people of a list.
func (s *Service) SendMany(ctx context.Context, list []gateway.Message, settle func(i int, err error)) {
	settle = gateway.OneByOne(settle)
	of, err := s.browsers(ctx, list)
	if err != nil {
		for i := range list {
			settle(i, errs.Wrap(err, errs.Unavailable, "push.try_again"))
		}
		return
	}
	gateway.Spread(len(list), connections, func(i int) { settle(i, s.notify(ctx, list[i], of[list[i].To])) })
}

// browsers returns the rows of whom a list is for, by person.
func (s *Service) browsers(ctx context.Context, list []gateway.Message) (map[string][]row, error) {
	if !s.Ready() {
		return nil, nil
	}
	ids := make([]string, len(list))
	for i, m := range list {
		ids[i] = m.To
	}
	rows, err := ofPeople(ctx, s.o.DB.Reader(), ids)
	of := make(map[string][]row, len(list))
	for _, r := range rows {
		of[r.personID] = append(of[r.personID], r)
	}
	return of, err
}

// notify writes to each browser of a person.
func (s *Service) notify(ctx context.Context, m gateway.Message, rows []row) error {
	if len(rows) == 0 {
		return errs.E(errs.Invalid, "push.none")
	}
	body, err := pack(m)
	if err != nil {
		return fmt.Errorf("push: %w", err)
	}
	taken, failed := false, error(nil)
	for _, r := range rows {
		err := s.write(ctx, m.ID, body, r)
		taken = taken || err == nil
		if errs.KindOf(err) == errs.Gone {
			s.forget(ctx, r)
		}
		failed = weightier(failed, err)
	}
	switch {
	case taken:
		return nil
	case errs.KindOf(failed) == errs.Gone:
		return errs.E(errs.Invalid, "push.none")
	}
	return failed
}

// weightier chooses what is said of several browsers that failed: that one may
// take it later, before that one refuses it, before that all are gone.
func weightier(a, b error) error {
	weight := map[errs.Kind]int{errs.Gone: 1, errs.Invalid: 2}
	rank := func(err error) int {
		if w, ok := weight[errs.KindOf(err)]; ok || err == nil {
			return w
		}
		return 3
	}
	if rank(b) > rank(a) {
		return b
	}
	return a
}

// write encrypts for one browser and hands over to its push service.
func (s *Service) write(ctx context.Context, id string, body []byte, r row) error {
	e, err := s.opened(r)
	if err != nil {
		s.o.Logger.Error("push: a subscription can't be read", "error", err)
		return errs.E(errs.Invalid, "push.refused")
	}
	keys, err := s.keys()
	if err != nil {
		return err
	}
	if u, err := url.Parse(e.URL); err != nil || s.guard.Check(u) != nil { // what may be private has changed
		return errs.E(errs.Invalid, "push.refused")
	}
	res, err := webpush.SendNotificationWithContext(ctx, body, &webpush.Subscription{
		Endpoint: e.URL, Keys: webpush.Keys{Auth: e.Auth, P256dh: e.P256dh},
	}, &webpush.Options{
		HTTPClient: s.http, Subscriber: strings.TrimPrefix(s.o.Contact, "mailto:"), TTL: int(ttl / time.Second), Topic: topicOf(id),
		Urgency: webpush.UrgencyHigh, VAPIDPublicKey: keys.Public, VAPIDPrivateKey: keys.Private,
	})
	if err != nil {
		if failed, ok := errors.AsType[*url.Error](err); ok {
			err = failed.Err // without the address, to which anybody could write
		}
		return errs.Wrap(err, errs.Unavailable, "gateway.down")
	}
	defer res.Body.Close()
	_, _ = io.CopyN(io.Discard, res.Body, maxAnswer) // so that the connection can serve again
	return verdict(res.StatusCode)
}

// verdict reads a push service's answer (RFC 8030).
func verdict(status int) error {
	cause := fmt.Errorf("push: the service answered %d", status)
	switch {
	case status >= 200 && status < 300:
		return nil
	case status == http.StatusNotFound || status == http.StatusGone:
		return errs.Wrap(cause, errs.Gone, "push.none")
	case status == http.StatusTooManyRequests || status == http.StatusRequestTimeout || status >= 500:
		return errs.Wrap(cause, errs.Unavailable, "gateway.busy")
	}
	return errs.Wrap(cause, errs.Invalid, "push.refused")
}

// forget removes a browser that is gone. What fails is tried with the next
// message.
func (s *Service) forget(ctx context.Context, r row) {
	err := s.o.DB.Write(context.WithoutCancel(ctx), func(tx *sqldb.Tx) error {
		dropped, err := drop(ctx, tx, r)
		if err != nil || !dropped {
			return err
		}
		return s.record(ctx, tx, auth.System("push"), "push.gone", r.personID, r.device)
	})
	if err != nil {
		s.o.Logger.Error("push: a browser that is gone can't be removed", "error", err)
	}
}
