package report

import (
	"context"
	"database/sql"

	"golang.org/x/sync/errgroup"

	"bilin/internal/mobilise"
	"bilin/internal/sqldb"
)

// mostEvents of an order's timeline are looked at.
const mostEvents = 10_000

// read reads what an order left, in three queries of which two go on beside
// each other.
func (s *Service) read(ctx context.Context, o *mobilise.Order) (*Data, error) {
	d := &Data{}
	var tries tries
	group, inner := errgroup.WithContext(ctx)
	group.Go(func() (err error) {
		d.Rows, d.Places, err = readRows(inner, s.o.DB.Reader(), o)
		return err
	})
	group.Go(func() (err error) {
		if tries, err = readTries(inner, s.o.DB.Reader(), o); err != nil {
			return err
		}
		d.Events, err = s.o.Orders.Events(inner, o.ID, 0, mostEvents)
		return err
	})
	if err := group.Wait(); err != nil {
		return nil, err
	}
	tries.into(d)
	return d, nil
}

// readRows reads the people, by their numbers, and the places in which they count.
func readRows(ctx context.Context, q sqldb.Querier, o *mobilise.Order) (out []Row, places []string, err error) {
	rows, err := q.QueryContext(ctx, `SELECT n, village_id, CASE WHEN standing < $1 THEN unit_id ELSE '' END, standing, told_by, refused_by,
		delivered_at, seen_at, answered_at, arrived_at, knock_at, reason, way FROM call_receipt WHERE order_id = $2 ORDER BY n`, int(mobilise.Delivered), o.ID)
	if err != nil {
		return nil, nil, err
	}
	defer rows.Close()
	at := map[string]int{}
	words := map[string]string{}
	out = make([]Row, 0, o.People)
	for rows.Next() {
		var r Row
		var village, unit, reason, way sql.RawBytes
		var delivered int64
		err := rows.Scan(&r.N, &village, &unit, &r.Standing, &r.ToldBy, &r.Refused, &delivered, &r.Seen, &r.Answered, &r.Arrived, &r.Knock, &reason, &way)
		if err != nil {
			return nil, nil, err
		}
		place, known := at[string(village)]
		if !known {
			place = len(places)
			places = append(places, string(village))
			at[places[place]] = place
		}
		r.Place, r.UnitID, r.Reason, r.Way = place, once(words, unit), mobilise.Reason(once(words, reason)), mobilise.Way(once(words, way))
		r.Reached = first(delivered, r.Seen, r.Answered)
		out = append(out, r)
	}
	return out, places, rows.Err()
}

// once keeps one copy of each text.
func once(words map[string]string, text []byte) string {
	if len(text) == 0 {
		return ""
	}
	w, ok := words[string(text)]
	if !ok {
		w = string(text)
		words[w] = w
	}
	return w
}

// first is the earliest of some times that have come.
func first(list ...int64) (out int64) {
	for _, at := range list {
		if at != 0 && (out == 0 || at < out) {
			out = at
		}
	}
	return out
}

// tries are what was sent to each person, by number.
type tries struct {
	tried  []mobilise.Bits // by number
	took   [][channels]int64
	handed map[int]*Edition
}

func readTries(ctx context.Context, q sqldb.Querier, o *mobilise.Order) (t tries, err error) {
	rows, err := q.QueryContext(ctx, `SELECT n, edition, channel, CASE WHEN state IN ('taken', 'unsure') THEN settled_at ELSE 0 END
		FROM call_try WHERE order_id = $1 ORDER BY n, edition`, o.ID)
	if err != nil {
		return t, err
	}
	defer rows.Close()
	t = tries{handed: map[int]*Edition{}}
	t.grow(o.People)
	list := mobilise.Channels()
	counted, in := 0, 0 // person and edition that were counted last
	for rows.Next() {
		var n, edition int
		var channel sql.RawBytes
		var at int64
		if err := rows.Scan(&n, &edition, &channel, &at); err != nil {
			return t, err
		}
		if n < 1 || n > mobilise.MaxPeople {
			continue
		}
		t.grow(n)
		for i, c := range list {
			if string(c) == string(channel) {
				t.tried[n] |= mobilise.BitsOf(c)
				t.took[n][i] = first(t.took[n][i], at)
			}
		}
		if at != 0 && edition > 1 {
			t.edition(edition, at, counted != n || in != edition)
			counted, in = n, edition
		}
	}
	return t, rows.Err()
}

// grow makes room for a person's number.
func (t *tries) grow(n int) {
	if more := n + 1 - len(t.tried); more > 0 {
		t.tried = append(t.tried, make([]mobilise.Bits, more)...)
		t.took = append(t.took, make([][channels]int64, more)...)
	}
}

func (t *tries) edition(n int, at int64, another bool) {
	e := t.handed[n]
	if e == nil {
		e = &Edition{N: n}
		t.handed[n] = e
	}
	if another {
		e.Handed++
	}
	if when := sqldb.Time(at); when.After(e.Last) {
		e.Last = when
	}
}

// into puts tries beside the people.
func (t *tries) into(d *Data) {
	for i := range d.Rows {
		if r := &d.Rows[i]; r.N < len(t.tried) {
			r.Tried, r.TookAt = t.tried[r.N], t.took[r.N]
		}
	}
	for _, e := range t.handed {
		d.Reaches = append(d.Reaches, *e)
	}
}

// names reads the names of some of an order's people.
func names(ctx context.Context, q sqldb.Querier, orderID string, list []Never) (map[int]string, error) {
	out := map[int]string{}
	if len(list) == 0 {
		return out, nil
	}
	var w sqldb.Where
	w.Add(`r.order_id = ?`, orderID)
	marks := ""
	for i, x := range list {
		if i > 0 {
			marks += ", "
		}
		marks += w.Arg(x.N)
	}
	w.Parts = append(w.Parts, `r.n IN (`+marks+`)`)
	rows, err := q.QueryContext(ctx, `SELECT r.n, p.name FROM call_receipt r JOIN person p ON p.id = r.person_id WHERE `+w.Text(), w.Args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var n int
		var name string
		if err := rows.Scan(&n, &name); err != nil {
			return nil, err
		}
		out[n] = name
	}
	return out, rows.Err()
}
