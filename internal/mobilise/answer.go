package mobilise

import (
	"context"
	"crypto/subtle"
	"errors"
	"strconv"
	"strings"
	"time"

	"bilin/internal/audit"
	"bilin/internal/auth"
	"bilin/internal/errs"
	"bilin/internal/number"
	"bilin/internal/once"
	"bilin/internal/sqldb"
)

// macLength is how much of the code stands in a link: 72 bits in base 64.
const macLength = 12

// Token is what an answer link ends in: the order, the recipient's place in it,
// and a code that only this city's keys make. It needs no log-in, stands for
// one recipient, and is good until the order ends.
func (s *Service) Token(o *Order, n int) string {
	place := strconv.FormatInt(int64(n), 36)
	return o.Number + "." + place + "." + s.mac(o.ID, place)
}

func (s *Service) mac(orderID, place string) string {
	code := s.o.Sealer.Index("order-answer", orderID+"/"+place)
	return strings.NewReplacer("+", "-", "/", "_", "=", "").Replace(code)[:macLength]
}

// opened reads a token: the order's id, and the place in it. Whatever is wrong
// with it looks the same.
func (s *Service) opened(ctx context.Context, token string) (orderID string, n int, err error) {
	none := errs.E(errs.NotFound, "order.no_link")
	parts := strings.Split(token, ".")
	if len(parts) != 3 || len(token) > 60 {
		return "", 0, none
	}
	place, err := strconv.ParseInt(parts[1], 36, 32)
	if err != nil || place < 1 {
		return "", 0, none
	}
	id, err := s.idOf(ctx, parts[0])
	if errs.KindOf(err) == errs.NotFound {
		return "", 0, none
	}
	if err != nil {
		return "", 0, err
	}
	if subtle.ConstantTimeCompare([]byte(s.mac(id, parts[1])), []byte(parts[2])) != 1 {
		return "", 0, none
	}
	return id, int(place), nil
}

// mostKnown bounds how many orders' ids are kept in memory; a city has some dozens a year.
const mostKnown = 1000

// idOf is the id of the order with a number. Neither ever changes, so both are
// kept: thirty thousand people may follow their links within a minute.
func (s *Service) idOf(ctx context.Context, text string) (string, error) {
	if id, ok := s.known.Load(text); ok {
		return id.(string), nil
	}
	o, err := s.byNumber(ctx, text)
	if err != nil {
		return "", err
	}
	if s.knownN.Add(1) > mostKnown {
		s.known.Clear()
		s.knownN.Store(1)
	}
	s.known.Store(o.Number, o.ID)
	return o.ID, nil
}

func (s *Service) byNumber(ctx context.Context, text string) (*Order, error) {
	n, ok := number.Parse(Letter, text)
	if !ok {
		return nil, errs.E(errs.NotFound, "order.none")
	}
	return orderBy(ctx, s.o.DB.Reader(), `number = $1`, n)
}

// Call is an order as one recipient sees it.
type Call struct {
	*Order
	Receipt
	Token string
}

// ByToken returns what a link leads to. It changes nothing. After the order's end
// that is only which order it was, and how it ended.
func (s *Service) ByToken(ctx context.Context, token string) (Call, error) {
	id, n, err := s.opened(ctx, token)
	if err != nil {
		return Call{}, err
	}
	o, err := s.ByID(ctx, id)
	if err != nil {
		return Call{}, err
	}
	found, err := ReadReceipts(ctx, s.o.DB.Reader(), `order_id = $1 AND n = $2`, o.ID, n)
	if err == nil && len(found) == 0 {
		err = errs.E(errs.NotFound, "order.no_link")
	}
	if err != nil {
		return Call{}, err
	}
	call := Call{o, found[0], token}
	if !o.Live() {
		call = call.over()
	}
	return call, nil
}

// AnswerByToken writes down what a recipient says by their link. It may be
// repeated: saying the same again changes nothing.
func (s *Service) AnswerByToken(ctx context.Context, token string, a Answer) error {
	id, n, err := s.opened(ctx, token)
	if err != nil {
		return err
	}
	a.Way, a.By, a.Told = ByLink, "", false
	return s.answers.do(ctx, id, n, func(o *Order, r *Receipt, now time.Time) error { return takeOpen(o, r, a, now) })
}

// SeenByToken notes that a recipient has the order before their eyes.
func (s *Service) SeenByToken(ctx context.Context, token string) error {
	id, n, err := s.opened(ctx, token)
	if err != nil {
		return err
	}
	return s.answers.do(ctx, id, n, func(o *Order, r *Receipt, now time.Time) error {
		if !o.Live() {
			return errs.E(errs.Gone, "order.ended")
		}
		if r.SeenAt == 0 {
			r.MarkSeen(now)
		}
		return nil
	})
}

func takeOpen(o *Order, r *Receipt, a Answer, now time.Time) error {
	if !o.Live() {
		return errs.E(errs.Gone, "order.ended")
	}
	if err := r.Take(a, now); err != nil {
		return err
	}
	if r.Standing >= Cant && !r.Owed(o) && (r.Told == o.Edition || r.ToldBy == 0 && o.Edition == 1) {
		r.Due = Never // nothing is owed to them but a later edition
	}
	return nil
}

// Report is what a gateway says about a message, by the id it was given.
type Report struct {
	MessageID string
	Delivered bool
	Seen      bool
	Failed    bool      // it will not arrive
	Reply     string    // "1" comes, "2" can't
	At        time.Time // of when this is; zero is now
}

// MessageID names an order's message to one person by one channel. A gateway
// takes the same once.
func MessageID(o *Order, n, edition int, c Channel) string {
	return o.Number + "." + strconv.Itoa(n) + "." + strconv.Itoa(edition) + "." + string(c)
}

// Reported takes gateways' reports, and says how many were about messages of ours.
func (s *Service) Reported(ctx context.Context, actor auth.Actor, list []Report) (known int, err error) {
	if err := s.o.Policy.Can(actor, ActReport, auth.Object{}); err != nil {
		return 0, err
	}
	orders := map[string]*Order{}
	var waits []chan error
	for _, rep := range list {
		parts := strings.Split(rep.MessageID, ".")
		if len(parts) != 4 {
			continue
		}
		n, err := strconv.Atoi(parts[1])
		if err != nil {
			continue
		}
		o, ok := orders[parts[0]]
		if !ok {
			if o, err = s.byNumber(ctx, parts[0]); err != nil && errs.KindOf(err) != errs.NotFound {
				return known, err
			}
			orders[parts[0]] = o
		}
		if o == nil {
			continue
		}
		c := &change{orderID: o.ID, n: n, fn: rep.apply, done: make(chan error, 1)}
		if err := s.answers.put(c); err != nil {
			return known, err
		}
		waits = append(waits, c.done)
	}
	return settle(waits)
}

// settle waits for changes; those that a rule refused don't count.
func settle(waits []chan error) (known int, err error) {
	for _, w := range waits {
		switch e := <-w; {
		case e == nil:
			known++
		case errs.KindOf(e) == errs.Internal || errs.KindOf(e) == errs.Unavailable:
			err = errors.Join(err, e)
		}
	}
	return known, err
}

func (rep Report) apply(o *Order, r *Receipt, now time.Time) error {
	switch {
	case rep.Reply == "1":
		return takeOpen(o, r, Answer{Coming: true, Way: ByReply}, now)
	case rep.Reply == "2":
		return takeOpen(o, r, Answer{Reason: ReasonOther, Way: ByReply}, now)
	case rep.Reply != "":
		return errs.E(errs.Invalid, "order.no_reply")
	case rep.Failed:
		parts := strings.Split(rep.MessageID, ".")
		edition, err := strconv.Atoi(parts[2])
		if err != nil {
			return errs.Wrap(err, errs.Invalid, "order.no_reply")
		}
		r.Undelivered(Channel(parts[3]), edition, now)
	case rep.Seen:
		r.MarkSeen(rep.when(o, now))
	case rep.Delivered:
		r.MarkDelivered(rep.when(o, now))
	}
	return nil
}

// when is the time of a report, no earlier than the order and no later than now.
func (rep Report) when(o *Order, now time.Time) time.Time {
	if rep.At.IsZero() || rep.At.After(now) {
		return now
	}
	if rep.At.Before(o.IssuedAt) {
		return o.IssuedAt
	}
	return rep.At
}

// Entry is an answer that somebody writes down for another.
type Entry struct {
	Key, Number string
	N           int
	Shown       string // what they had said when it was written down, see Receipt.Said; "" isn't compared
	Answer
}

// Enter writes down what a person said on the telephone or at the door. It
// counts like their own answer.
func (s *Service) Enter(ctx context.Context, actor auth.Actor, c Entry) error {
	o, err := s.byNumber(ctx, c.Number)
	if err != nil {
		return err
	}
	if c.Way != ByPhone && c.Way != ByVisit {
		return errs.Refuse("way", "order.missing")
	}
	c.By = actor.Name
	return Alone(ctx, s.o.DB, o.ID, func(tx *sqldb.Tx, o *Order) error {
		_, err := once.Do(ctx, tx, "order.enter/"+actor.ID(), c.Key, c, s.o.Now(), func() (bool, error) {
			return true, s.enter(ctx, tx, actor, o, c)
		})
		return err
	})
}

func (s *Service) enter(ctx context.Context, tx *sqldb.Tx, actor auth.Actor, o *Order, c Entry) error {
	found, err := ReadReceipts(ctx, tx, `order_id = $1 AND n = $2`, o.ID, c.N)
	if err != nil {
		return err
	}
	if len(found) == 0 || s.o.Policy.Can(actor, ActEnter, auth.Object{UnitID: found[0].UnitID}) != nil {
		return errs.E(errs.NotFound, "order.no_receipt")
	}
	r, before := found[0], found[0]
	if err := takeOpen(o, &r, c.Answer, s.o.Now()); err != nil {
		return err
	}
	if err := c.overtaken(&before, &r); err != nil {
		return err
	}
	if err := SaveReceipts(ctx, tx, []Receipt{r}); err != nil {
		return err
	}
	err = s.o.Audit.Append(ctx, tx, audit.Entry{ActorID: actor.ID(), ActorName: actor.Name, Action: "order.enter", ObjectKind: "order", ObjectID: o.ID, UnitID: r.UnitID,
		Detail: map[string]any{"number": o.Number, "receipt": r.N, "standing": r.Standing.String(), "way": c.Way}})
	if err != nil {
		return err
	}
	return s.tell(ctx, tx, o.ID)
}
