package mobilise

import (
	"context"
	"database/sql"
	"slices"
	"strconv"

	"bilin/internal/auth"
	"bilin/internal/errs"
	"bilin/internal/network"
	"bilin/internal/sqldb"
)

// Get returns an order with what the asker can do with it.
func (s *Service) Get(ctx context.Context, actor auth.Actor, number string) (*Order, May, error) {
	o, err := s.byNumber(ctx, number)
	if err == nil && !s.sees(s.o.Network.Tree(), actor, o) {
		err = errs.E(errs.NotFound, "order.none")
	}
	if err != nil {
		return nil, May{}, err
	}
	return o, s.may(actor, o), nil
}

// ByID returns an order without asking who wants to know: for other parts of
// the slice, which ask themselves.
func (s *Service) ByID(ctx context.Context, id string) (*Order, error) {
	return orderBy(ctx, s.o.DB.Reader(), `id = $1`, id)
}

// ByAlert lists the orders that were made from an alert.
func (s *Service) ByAlert(ctx context.Context, alertID string) ([]*Order, error) {
	return readOrders(ctx, s.o.DB.Reader(), `alert_id = $1 ORDER BY proposed_at DESC, id DESC LIMIT 20`, alertID)
}

// Active lists the orders that are open, the latest first.
func (s *Service) Active(ctx context.Context) ([]*Order, error) {
	return readOrders(ctx, s.o.DB.Reader(), `state = 'active' ORDER BY proposed_at DESC, id DESC LIMIT 200`)
}

// Before lists orders that went out before one, about the same hazard, and that
// the asker may see, the latest first.
func (s *Service) Before(ctx context.Context, actor auth.Actor, o *Order, limit int) ([]*Order, error) {
	found, err := readOrders(ctx, s.o.DB.Reader(), `hazard = $1 AND issued_at > 0 AND issued_at < $2 AND id <> $3 ORDER BY issued_at DESC, id DESC LIMIT $4`,
		string(o.Hazard), sqldb.MillisOrZero(o.IssuedAt), o.ID, listStep)
	tree := s.o.Network.Tree()
	// A rehearsal, whose people are played, says nothing about people.
	found = slices.DeleteFunc(found, func(x *Order) bool { return !s.sees(tree, actor, x) || x.IsRehearsal() != o.IsRehearsal() })
	return found[:min(limit, len(found))], err
}

// List lists the orders that the asker may see, the latest first. state "" is
// every one. cursor is nil, or the proposed time and id of the last one seen.
func (s *Service) List(ctx context.Context, actor auth.Actor, state State, cursor []string, limit int) (list []*Order, next []string, err error) {
	var w sqldb.Where
	if state != "" {
		w.Add(`state = ?`, string(state))
	}
	tree := s.o.Network.Tree()
	for {
		page := w
		if len(cursor) == 2 {
			at, err := strconv.ParseInt(cursor[0], 10, 64)
			if err != nil {
				return nil, nil, errs.Wrap(err, errs.Invalid, "order.invalid")
			}
			page.Parts, page.Args = slices.Clone(w.Parts), slices.Clone(w.Args)
			page.Add(`(proposed_at, id) < (?, ?)`, at, cursor[1])
		}
		if len(page.Parts) == 0 {
			page.Add(`1 = 1`)
		}
		found, err := readOrders(ctx, s.o.DB.Reader(), page.Text()+` ORDER BY proposed_at DESC, id DESC LIMIT `+page.Arg(listStep), page.Args...)
		if err != nil {
			return nil, nil, err
		}
		for _, o := range found {
			cursor = []string{strconv.FormatInt(sqldb.MillisOrZero(o.ProposedAt), 10), o.ID}
			if s.sees(tree, actor, o) {
				if list = append(list, o); len(list) == limit {
					return list, cursor, nil
				}
			}
		}
		if len(found) < listStep {
			return list, nil, nil
		}
	}
}

// listStep is how many orders are read at once; a city has some dozens a year.
const listStep = 200

// Person is a receipt with the name of whose it is.
type Person struct {
	Receipt
	Name     string
	HasPhone bool
	Home     string // their household's address, only where somebody has to knock; "" if not known
}

// Filter narrows an order's people.
type Filter struct {
	UnitID   string // in and under it; "" is all that the asker may see
	Standing int    // a Standing, or Any
	Knock    bool   // only doors to knock at
}

// Any is the Standing of a Filter that takes all.
const Any = -1

// People lists an order's people in the asker's part of the city, in the order
// of their numbers. after is 0 or the last number seen.
func (s *Service) People(ctx context.Context, actor auth.Actor, o *Order, f Filter, after, limit int) ([]Person, error) {
	tree := s.o.Network.Tree()
	units := s.within(tree, actor, f.UnitID)
	if len(units) == 0 {
		return nil, auth.Denied(actor)
	}
	if err := o.names(s.o.Now()); err != nil {
		return nil, err
	}
	var w sqldb.Where
	w.Add(`r.order_id = ? AND r.n > ?`, o.ID, after)
	if f.Standing != Any {
		w.Add(`r.standing = ?`, f.Standing)
	}
	if f.Knock {
		w.Add(`r.knock_at > 0 AND r.standing < ? AND r.way = ''`, int(Cant))
	}
	if !slices.Contains(units, tree.RootID()) {
		w.In(`r.village_id`, villagesOf(tree, units))
	}
	var out []Person
	for {
		page := w
		page.Parts, page.Args = slices.Clone(w.Parts), slices.Clone(w.Args)
		found, err := readPeople(ctx, s.o.DB.Reader(), page, limit)
		if err != nil {
			return nil, err
		}
		o.withhold(found)
		for _, p := range found {
			if slices.ContainsFunc(units, func(u string) bool { return tree.Contains(u, p.UnitID) }) {
				if out = append(out, p); len(out) == limit {
					return out, nil
				}
			}
		}
		if len(found) < limit {
			return out, nil
		}
		w.Args[1] = found[len(found)-1].N
	}
}

func readPeople(ctx context.Context, q sqldb.Querier, w sqldb.Where, limit int) ([]Person, error) {
	cols := "r." + joinCols("r.")
	query := `SELECT ` + cols + `, p.name, CASE WHEN p.phone IS NULL OR p.phone = '' THEN 0 ELSE 1 END, coalesce(h.address, '')
		FROM call_receipt r JOIN person p ON p.id = r.person_id LEFT JOIN household h ON h.id = p.household_id
		WHERE ` + w.Text() + ` ORDER BY r.n LIMIT ` + w.Arg(limit)
	return sqldb.Collect(ctx, q, func(rows *sql.Rows, p *Person) error {
		r := &p.Receipt
		return rows.Scan(&r.OrderID, &r.N, &r.PersonID, &r.UnitID, &r.VillageID, &r.Role, &r.TeamID, &r.Standing, &r.Told, &r.ToldBy, &r.Fresh, &r.Refused, &r.Tried, &r.Due,
			&r.HandedAt, &r.DeliveredAt, &r.SeenAt, &r.AnsweredAt, &r.ArrivedAt, &r.ReleasedAt, &r.KnockAt, &r.Reason, &r.Way, &r.EnteredBy, &p.Name, &p.HasPhone, &p.Home)
	}, query, w.Args...)
}

func joinCols(prefix string) string {
	out := receiptCols[0]
	for _, c := range receiptCols[1:] {
		out += ", " + prefix + c
	}
	return out
}

// within are the units of the asker, narrowed to one.
func (s *Service) within(tree *network.Tree, actor auth.Actor, unitID string) (units []string) {
	for _, u := range s.o.Policy.Scope(actor, ActView) {
		switch {
		case unitID == "" || tree.Contains(unitID, u):
			units = append(units, u)
		case tree.Contains(u, unitID):
			units = append(units, unitID)
		}
	}
	return units
}

// villagesOf are the values of village_id that people at and under some units can have.
func villagesOf(tree *network.Tree, units []string) (ids []string) {
	for _, id := range units {
		u := tree.ByID(id)
		if u == nil {
			continue
		}
		if u.Level >= network.Village {
			ids = append(ids, villageOf(tree, u))
			continue
		}
		for _, v := range tree.Subtree(u) {
			if v.Level <= network.Village {
				ids = append(ids, v.ID)
			}
		}
	}
	return ids
}

// Receipt returns one of an order's people, if the asker may see them.
func (s *Service) Receipt(ctx context.Context, actor auth.Actor, o *Order, n int) (Person, error) {
	tree := s.o.Network.Tree()
	var w sqldb.Where
	w.Add(`r.order_id = ? AND r.n = ?`, o.ID, n)
	list, err := readPeople(ctx, s.o.DB.Reader(), w, 1)
	if err == nil && (len(list) == 0 || !slices.ContainsFunc(s.within(tree, actor, ""), func(u string) bool { return tree.Contains(u, list[0].UnitID) })) {
		err = errs.E(errs.NotFound, "order.no_receipt")
	}
	if err == nil {
		err = o.names(s.o.Now())
	}
	if err != nil {
		return Person{}, err
	}
	o.withhold(list)
	return list[0], nil
}

// Health is how a channel does.
type Health struct {
	Channel   Channel
	DownSince int64  // ms; 0 while it works
	Error     string // message key
}

// Channels says how each channel does that was ever used.
func (s *Service) Channels(ctx context.Context) ([]Health, error) {
	return sqldb.Collect(ctx, s.o.DB.Reader(), func(r *sql.Rows, h *Health) error {
		return r.Scan(&h.Channel, &h.DownSince, &h.Error)
	}, `SELECT channel, down_since, error FROM call_channel ORDER BY channel`)
}
