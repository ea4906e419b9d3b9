package dispatch

import (
	"context"
	"database/sql"
	"slices"
	"strconv"
	"time"

	"bilin/internal/auth"
	"bilin/internal/errs"
	"bilin/internal/gateway"
	"bilin/internal/job"
	"bilin/internal/mobilise"
	"bilin/internal/network"
	"bilin/internal/sqldb"
)

// jobKnock tells linked officials at whose doors to knock. Its key and payload
// are the order's id.
const jobKnock = "order.knock"

const (
	knockGather = 15 * time.Second // doors are gathered before somebody is told
	knockAgain  = 10 * time.Minute // until the same official is told of more
	knockLook   = 30 * time.Second // until it is looked again who is still to be told
)

// knockers tells each official once how many doors wait for them.
func (s *Service) knockers(ctx context.Context, run job.Run) error {
	var id string
	if err := run.Decode(&id); err != nil {
		return err
	}
	o, err := mobilise.ReadOrder(ctx, s.o.DB.Reader(), id)
	switch {
	case err != nil:
		return err
	case o.IsRehearsal():
		return job.Fatal(errRehearsal)
	}
	if _, err := s.tellDoors(ctx, id); err != nil {
		return err
	}
	return s.endDoors(ctx, run, id)
}

// endDoors ends the job, unless somebody is still to be told: doors that came
// onto the list meanwhile found the job running.
func (s *Service) endDoors(ctx context.Context, run job.Run, id string) error {
	waits := false
	err := mobilise.Alone(ctx, s.o.DB, id, func(tx *sqldb.Tx, o *mobilise.Order) error {
		waits = false
		if o.Live() && s.o.Routes[mobilise.SMS].Sender != nil {
			doors, err := s.doorsBy(ctx, tx, o)
			if err != nil {
				return err
			}
			told, err := toldKnockers(ctx, tx, o.ID)
			if err != nil {
				return err
			}
			for person, n := range doors {
				waits = waits || n > told[person].doors
			}
		}
		if waits {
			return nil
		}
		return run.Finish(ctx, tx)
	})
	if err == nil && waits {
		return job.Snooze(knockLook)
	}
	return err
}

// tellDoors tells those officials whose turn it is, and writes down who was
// told. One who can't be told now is told later: the same message, which the
// gateway takes once. It returns how many were told.
func (s *Service) tellDoors(ctx context.Context, id string) (n int, err error) {
	route, ok := s.o.Routes[mobilise.SMS]
	o, err := mobilise.ReadOrder(ctx, s.o.DB.Reader(), id)
	if err != nil || !ok || !o.Live() {
		return 0, err
	}
	doors, err := s.doorsBy(ctx, s.o.DB.Reader(), o)
	if err != nil {
		return 0, err
	}
	due, err := s.dueKnockers(ctx, o, doors)
	if err != nil || len(due) == 0 {
		return 0, err
	}
	sealed, err := s.o.Phones.SealedPhones(ctx, s.o.DB.Reader(), due)
	if err != nil {
		return 0, err
	}
	for _, person := range due {
		told, err := s.tellKnocker(ctx, o, route.Sender, person, sealed[person], doors[person])
		if err != nil {
			return n, err
		}
		if told {
			n++
			if err := s.toldKnocker(ctx, o, person, doors[person]); err != nil {
				return n, err
			}
		}
	}
	return n, nil
}

// doorsBy counts an order's doors by the official who goes there.
func (s *Service) doorsBy(ctx context.Context, q sqldb.Querier, o *mobilise.Order) (map[string]int, error) {
	type unit struct {
		id string
		n  int
	}
	units, err := sqldb.Collect(ctx, q, func(r *sql.Rows, u *unit) error { return r.Scan(&u.id, &u.n) },
		`SELECT unit_id, count(*) FROM call_receipt WHERE order_id = $1 AND knock_at > 0 AND standing < $2 AND way = '' GROUP BY unit_id`, o.ID, int(mobilise.Cant))
	out, tree := map[string]int{}, s.o.Tree()
	for _, u := range units {
		if person := Knocker(tree, u.id); person != "" {
			out[person] += u.n
		}
	}
	return out, err
}

// Knocker is who knocks at the doors of a unit: the nearest linked official,
// else an official of the village, else of the town. "" if there is nobody.
func Knocker(tree *network.Tree, unitID string) string {
	for _, role := range []auth.Role{auth.LinkedOfficial, auth.VillageOfficial, auth.TownOfficial} {
		for u := tree.ByID(unitID); u != nil; u = tree.Parent(u) {
			for _, p := range tree.Posts(u.ID) {
				if h := p.Serving(); h != nil && p.Role == role {
					return h.PersonID
				}
			}
		}
	}
	return ""
}

// dueKnockers are the officials who have more doors than they were told of, and
// were last told long enough ago. That their numbers are opened is on record first.
func (s *Service) dueKnockers(ctx context.Context, o *mobilise.Order, doors map[string]int) (due []string, err error) {
	told, err := toldKnockers(ctx, s.o.DB.Reader(), o.ID)
	if err != nil {
		return nil, err
	}
	now := s.o.Now()
	for person, n := range doors {
		if t := told[person]; n > t.doors && now.Sub(sqldb.Time(t.at)) >= knockAgain {
			due = append(due, person)
		}
	}
	slices.Sort(due)
	if len(due) == 0 {
		return nil, nil
	}
	return due, s.o.DB.Write(ctx, func(tx *sqldb.Tx) error {
		return s.o.Phones.RecordPhones(ctx, tx, clock, "order "+o.Number, map[string]any{"order": o.Number, "doors": true}, len(due))
	})
}

// toldKnocker writes down that an official was told.
func (s *Service) toldKnocker(ctx context.Context, o *mobilise.Order, person string, n int) error {
	return s.o.DB.Write(context.WithoutCancel(ctx), func(tx *sqldb.Tx) error {
		return sqldb.InsertMany(ctx, tx, "call_knock", []string{"order_id", "person_id", "doors", "told_at"}, [][]any{{o.ID, person, n, sqldb.Millis(s.o.Now())}},
			`ON CONFLICT (order_id, person_id) DO UPDATE SET doors = excluded.doors, told_at = excluded.told_at`)
	})
}

type knockTold struct {
	doors int
	at    int64
}

func toldKnockers(ctx context.Context, q sqldb.Querier, orderID string) (map[string]knockTold, error) {
	rows, err := q.QueryContext(ctx, `SELECT person_id, doors, told_at FROM call_knock WHERE order_id = $1`, orderID)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	out := map[string]knockTold{}
	for rows.Next() {
		var person string
		var t knockTold
		if err := rows.Scan(&person, &t.doors, &t.at); err != nil {
			return nil, err
		}
		out[person] = t
	}
	return out, rows.Err()
}

// tellKnocker sends one official their count, and reports whether that is done
// with: somebody without a number, or with one that is none, has the list on
// their page alone.
func (s *Service) tellKnocker(ctx context.Context, o *mobilise.Order, sender gateway.Sender, person, sealed string, n int) (told bool, err error) {
	if sealed == "" {
		return true, nil
	}
	phone, err := s.o.Phones.OpenPhone(person, sealed)
	if err != nil {
		s.o.Logger.Error("dispatch: open a number", "order", o.Number, "error", err)
		return true, nil
	}
	id := o.Number + ".knock." + strconv.Itoa(n) + "." + person
	text := s.t("order.msg.knock", "head", s.head(o), "n", n, "link", s.o.PublicURL+"/orders/"+o.Number+"/doors")
	err = sender.Send(ctx, gateway.Message{ID: id, To: phone, Text: text})
	if ctx.Err() != nil {
		return false, ctx.Err()
	}
	if err != nil {
		s.o.Logger.Warn("dispatch: an official wasn't told of doors", "order", o.Number, "why", errs.CodeOf(err))
	}
	return err == nil || errs.KindOf(err) == errs.Invalid, nil
}
