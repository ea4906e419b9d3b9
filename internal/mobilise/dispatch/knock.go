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
	early, err := s.tellDoors(ctx, id)
	if err == nil && early {
		return job.Snooze(knockAgain / 10)
	}
	return err
}

// tellDoors tells those officials whose turn it is. early says that others have
// more doors, and were told too short a time ago.
func (s *Service) tellDoors(ctx context.Context, id string) (early bool, err error) {
	route, ok := s.o.Routes[mobilise.SMS]
	o, err := mobilise.ReadOrder(ctx, s.o.DB.Reader(), id)
	if err != nil || !ok || !o.Live() {
		return false, err
	}
	doors, err := s.doorsBy(ctx, o)
	if err != nil {
		return false, err
	}
	due, early, err := s.claimKnocks(ctx, o, doors)
	if err != nil {
		return false, err
	}
	sealed, err := s.o.Phones.SealedPhones(ctx, s.o.DB.Reader(), due)
	if err != nil {
		return false, err
	}
	for _, person := range due {
		if err := s.tellKnocker(ctx, o, route.Sender, person, sealed[person], doors[person]); err != nil {
			return false, err
		}
	}
	return early, nil
}

// doorsBy counts an order's doors by the official who goes there.
func (s *Service) doorsBy(ctx context.Context, o *mobilise.Order) (map[string]int, error) {
	type unit struct {
		id string
		n  int
	}
	units, err := sqldb.Collect(ctx, s.o.DB.Reader(), func(r *sql.Rows, u *unit) error { return r.Scan(&u.id, &u.n) },
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

// claimKnocks writes down who is told, before they are: nobody is told the same
// count twice. early says that for others it is too early to be told of more.
func (s *Service) claimKnocks(ctx context.Context, o *mobilise.Order, doors map[string]int) (due []string, early bool, err error) {
	now := s.o.Now()
	err = s.o.DB.Write(ctx, func(tx *sqldb.Tx) error {
		due, early = due[:0], false
		told, err := toldKnockers(ctx, tx, o.ID)
		if err != nil {
			return err
		}
		var rows [][]any
		for person, n := range doors {
			t := told[person]
			if n <= t.doors {
				continue
			}
			if now.Sub(sqldb.Time(t.at)) < knockAgain {
				early = true
				continue
			}
			due = append(due, person)
			rows = append(rows, []any{o.ID, person, n, sqldb.Millis(now)})
		}
		slices.Sort(due)
		if len(due) == 0 {
			return nil
		}
		if err := s.o.Phones.RecordPhones(ctx, tx, clock, "order "+o.Number, map[string]any{"order": o.Number, "doors": true}, len(due)); err != nil {
			return err
		}
		return sqldb.InsertMany(ctx, tx, "call_knock", []string{"order_id", "person_id", "doors", "told_at"}, rows,
			`ON CONFLICT (order_id, person_id) DO UPDATE SET doors = excluded.doors, told_at = excluded.told_at`)
	})
	return due, early, err
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

// tellKnocker sends one official their count. That the gateway is down is
// logged; the list itself is on their page.
func (s *Service) tellKnocker(ctx context.Context, o *mobilise.Order, sender gateway.Sender, person, sealed string, n int) error {
	if sealed == "" {
		return nil
	}
	phone, err := s.o.Phones.OpenPhone(person, sealed)
	if err != nil {
		s.o.Logger.Error("dispatch: open a number", "order", o.Number, "error", err)
		return nil
	}
	id := o.Number + ".knock." + strconv.Itoa(n) + "." + person
	text := s.t("order.msg.knock", "head", s.head(o), "n", n, "link", s.o.PublicURL+"/orders/"+o.Number+"/doors")
	err = sender.Send(ctx, gateway.Message{ID: id, To: phone, Text: text})
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if err != nil {
		s.o.Logger.Warn("dispatch: an official wasn't told of doors", "order", o.Number, "why", errs.CodeOf(err))
	}
	return nil
}
