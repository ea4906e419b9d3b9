package mobilise

import (
	"context"
	"database/sql"
	"encoding/json"
	"strings"
	"time"

	"bilin/internal/errs"
	"bilin/internal/number"
	"bilin/internal/sqldb"
	"bilin/internal/workday"
)

const orderColumns = `id, number, unit_id, from_unit_id, kind, hazard, state, title, what, do_text, where_text, until_at, edition, audience, channels, wait_minutes,
	people, alert_id, proposed_at, proposed_by, proposer, decided_at, decided_by, decider, issued_at, ended_at, end_note,
	case_number, asked_by, reviewed_at, reviewed_by, review_note, erased_at, version`

func readOrders(ctx context.Context, q sqldb.Querier, where string, args ...any) ([]*Order, error) {
	return sqldb.Collect(ctx, q, func(r *sql.Rows, into **Order) error {
		o, err := scanOrder(r)
		*into = o
		return err
	}, `SELECT `+orderColumns+` FROM call_order WHERE `+where, args...)
}

func scanOrder(r *sql.Rows) (*Order, error) {
	o := &Order{}
	var until, wait, proposed, decided, issued, ended, reviewed, erased int64
	var audience, channels string
	m := &o.Missing
	err := r.Scan(&o.ID, &o.Number, &o.UnitID, &o.FromUnitID, &o.Kind, &o.Hazard, &o.State, &o.Title, &o.What, &o.Do, &o.Where, &until, &o.Edition, &audience, &channels, &wait,
		&o.People, &o.AlertID, &proposed, &o.ProposedBy, &o.Proposer, &decided, &o.DecidedBy, &o.Decider, &issued, &ended, &o.EndNote,
		&m.CaseNumber, &m.AskedBy, &reviewed, &m.ReviewedBy, &m.ReviewNote, &erased, &o.Version)
	if err != nil {
		return nil, err
	}
	o.Until, o.ProposedAt, o.Wait = sqldb.Time(until), sqldb.Time(proposed), time.Duration(wait)*time.Minute
	o.DecidedAt, o.IssuedAt, o.EndedAt = instant(decided), instant(issued), instant(ended)
	m.ReviewedAt, m.ErasedAt = instant(reviewed), instant(erased)
	for c := range strings.SplitSeq(channels, ",") {
		o.Channels = append(o.Channels, Channel(c))
	}
	kept := keptAudience{Audience: &o.Audience}
	err = json.Unmarshal([]byte(audience), &kept)
	o.Rehearsal = kept.Rehearsal
	return o, err
}

// keptAudience is who is called, as it is written down.
type keptAudience struct {
	*Audience
	Rehearsal int `json:"rehearsal,omitempty"`
}

// instant is a time of the database that may not have come yet.
func instant(ms int64) time.Time {
	if ms == 0 {
		return time.Time{}
	}
	return sqldb.Time(ms)
}

// ReadOrder returns an order by its id, inside of a transaction or not.
func ReadOrder(ctx context.Context, q sqldb.Querier, id string) (*Order, error) {
	return orderBy(ctx, q, `id = $1`, id)
}

// orderBy returns the one order of a condition.
func orderBy(ctx context.Context, q sqldb.Querier, where string, args ...any) (*Order, error) {
	found, err := readOrders(ctx, q, where, args...)
	if err == nil && len(found) == 0 {
		err = errs.E(errs.NotFound, "order.none")
	}
	if err != nil {
		return nil, err
	}
	return found[0], nil
}

func insertOrder(ctx context.Context, tx *sqldb.Tx, o *Order) error {
	audience, err := json.Marshal(keptAudience{&o.Audience, o.Rehearsal})
	if err != nil {
		return err
	}
	var channels []string
	for _, c := range o.Channels {
		channels = append(channels, string(c))
	}
	m := o.Missing
	cols := strings.Split(strings.Join(strings.Fields(orderColumns), ""), ",")
	return sqldb.InsertMany(ctx, tx, "call_order", append(cols, "event_seq"), [][]any{{
		o.ID, o.Number, o.UnitID, o.FromUnitID, string(o.Kind), string(o.Hazard), string(o.State), o.Title, o.What, o.Do, o.Where, sqldb.MillisOrZero(o.Until), o.Edition, string(audience), strings.Join(channels, ","), int(o.Wait.Minutes()),
		o.People, o.AlertID, sqldb.MillisOrZero(o.ProposedAt), o.ProposedBy, o.Proposer, sqldb.MillisOrZero(o.DecidedAt), o.DecidedBy, o.Decider, sqldb.MillisOrZero(o.IssuedAt), sqldb.MillisOrZero(o.EndedAt), o.EndNote,
		m.CaseNumber, m.AskedBy, sqldb.MillisOrZero(m.ReviewedAt), m.ReviewedBy, m.ReviewNote, sqldb.MillisOrZero(m.ErasedAt), o.Version, 0,
	}}, "")
}

// updateOrder writes what the rules change.
func updateOrder(ctx context.Context, tx *sqldb.Tx, o *Order) error {
	m := o.Missing
	_, err := tx.ExecContext(ctx, `UPDATE call_order SET unit_id = $1, state = $2, title = $3, what = $4, do_text = $5, where_text = $6, until_at = $7, edition = $8,
		people = $9, decided_at = $10, decided_by = $11, decider = $12, issued_at = $13, ended_at = $14, end_note = $15,
		case_number = $16, asked_by = $17, reviewed_at = $18, reviewed_by = $19, review_note = $20, erased_at = $21, version = $22 WHERE id = $23`,
		o.UnitID, string(o.State), o.Title, o.What, o.Do, o.Where, sqldb.MillisOrZero(o.Until), o.Edition,
		o.People, sqldb.MillisOrZero(o.DecidedAt), o.DecidedBy, o.Decider, sqldb.MillisOrZero(o.IssuedAt), sqldb.MillisOrZero(o.EndedAt), o.EndNote,
		m.CaseNumber, m.AskedBy, sqldb.MillisOrZero(m.ReviewedAt), m.ReviewedBy, m.ReviewNote, sqldb.MillisOrZero(m.ErasedAt), o.Version, o.ID)
	return err
}

// Letter begins an order's number.
const Letter = "L"

// nextNumber takes the next number of the year.
func nextNumber(ctx context.Context, tx *sqldb.Tx, now time.Time) (string, error) {
	year, last := now.In(workday.City).Year(), 0
	err := tx.QueryRowContext(ctx, `INSERT INTO call_order_year (year, last) VALUES ($1, 1)
		ON CONFLICT (year) DO UPDATE SET last = call_order_year.last + 1 RETURNING last`, year).Scan(&last)
	return number.Of(Letter, year, last, 4), err
}

// Event kinds are those of the order itself; other packages bring their own.
const (
	EventProposed  = "proposed"
	EventApproved  = "approved"
	EventRefused   = "refused"
	EventIssued    = "issued"
	EventCorrected = "corrected"
	EventCancelled = "cancelled"
	EventClosed    = "closed"
	EventReviewed  = "reviewed"
	EventErased    = "erased"
	EventKnock     = "knock"        // people go to the list of doors
	EventDown      = "channel_down" // a gateway fails
	EventUp        = "channel_up"
)

// AddEvent appends to an order's timeline.
func AddEvent(ctx context.Context, tx *sqldb.Tx, orderID string, e Event) error {
	err := tx.QueryRowContext(ctx, `UPDATE call_order SET event_seq = event_seq + 1 WHERE id = $1 RETURNING event_seq`, orderID).Scan(&e.Seq)
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, `INSERT INTO call_event (order_id, seq, at, kind, text, detail, actor_id, actor) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
		orderID, e.Seq, sqldb.Millis(e.At), e.Kind, e.Text, e.Detail, e.ActorID, e.Actor)
	return err
}

// Events lists an order's timeline after an entry, oldest first.
func (s *Service) Events(ctx context.Context, orderID string, after, limit int) ([]Event, error) {
	return sqldb.Collect(ctx, s.o.DB.Reader(), func(r *sql.Rows, e *Event) error {
		var at int64
		err := r.Scan(&e.Seq, &at, &e.Kind, &e.Text, &e.Detail, &e.ActorID, &e.Actor)
		e.At = sqldb.Time(at)
		return err
	}, `SELECT seq, at, kind, text, detail, actor_id, actor FROM call_event WHERE order_id = $1 AND seq > $2 ORDER BY seq LIMIT $3`, orderID, after, limit)
}
