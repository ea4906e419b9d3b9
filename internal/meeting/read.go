package meeting

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"bilin/internal/auth"
	"bilin/internal/network"
	"bilin/internal/sqldb"
)

// fill puts values into a text's slots.
func fill(text string, kv []string) string {
	for i := 0; i+1 < len(kv); i += 2 {
		text = strings.ReplaceAll(text, "{"+kv[i]+"}", kv[i+1])
	}
	return text
}

// Filter narrows a list of meetings.
type Filter struct {
	Unit *network.Unit // nil: the whole city
	Over bool          // those of the units over it too: what concerns whoever lives there
	From time.Time
	To   time.Time // before it
	Past bool      // the latest first; else the next first
	Open bool      // not those that were held already
}

// Cursor is a place in a list.
type Cursor struct {
	At int64
	ID string
}

// within narrows to a unit. Lists of villages and more go by the village, so that
// they cost the same however many cells there are.
func (s *Service) within(w *sqldb.Where, u *network.Unit, over bool) {
	tree := s.tree()
	var ids []string
	switch {
	case u == nil || u.Level == network.City:
		w.Parts = append(w.Parts, "1 = 1")
	case u.Level == network.Town:
		for _, v := range tree.Children(u) {
			ids = append(ids, v.ID)
		}
		w.In("m.village_id", ids)
	case u.Level == network.Village:
		w.Add("m.village_id = ?", u.ID)
	default:
		for _, x := range tree.Subtree(u) {
			ids = append(ids, x.ID)
		}
		for _, x := range tree.Path(u) {
			if over && x.Level >= network.Village && x.ID != u.ID {
				ids = append(ids, x.ID)
			}
		}
		w.In("m.unit_id", ids)
	}
}

// List lists meetings.
func (s *Service) List(ctx context.Context, f Filter, after *Cursor, limit int) (list []Meeting, next *Cursor, err error) {
	var w sqldb.Where
	s.within(&w, f.Unit, f.Over)
	if !f.From.IsZero() {
		w.Add("m.starts_at >= ?", sqldb.Millis(f.From))
	}
	if !f.To.IsZero() {
		w.Add("m.starts_at < ?", sqldb.Millis(f.To))
	}
	if f.Open {
		w.Add("m.state <> ?", string(Held))
	}
	compare, direction := ">", ""
	if f.Past {
		compare, direction = "<", " DESC"
	}
	if after != nil {
		w.Add("(m.starts_at, m.id) "+compare+" (?, ?)", after.At, after.ID)
	}
	list, err = meetings(ctx, s.o.DB.Reader(), fmt.Sprintf(`WHERE %s ORDER BY m.starts_at%s, m.id%s LIMIT %s`, w.Text(), direction, direction, w.Arg(limit+1)), w.Args...)
	if err == nil && len(list) > limit {
		list = list[:limit]
		last := list[limit-1]
		next = &Cursor{At: sqldb.Millis(last.StartsAt), ID: last.ID}
	}
	return list, next, err
}

// Soon lists what is to come at a unit, and what was cancelled of it.
func (s *Service) Soon(ctx context.Context, u *network.Unit, limit int) ([]Meeting, error) {
	list, _, err := s.List(ctx, Filter{Unit: u, Over: true, From: s.now().Add(-Length), Open: true}, nil, limit)
	return list, err
}

// Past lists what was, the latest first.
func (s *Service) Past(ctx context.Context, u *network.Unit, after *Cursor, limit int) ([]Meeting, *Cursor, error) {
	return s.List(ctx, Filter{Unit: u, To: s.now().Add(-Length), Past: true}, after, limit)
}

// Sheet is a meeting with all there is to show of it.
type Sheet struct {
	Meeting
	Items    []Item
	Resolved []Followed
	Read     []Read     // what was read out
	Carried  []Followed // what is to be read out, while nothing was
	Minutes  *Minutes   // that are out; nil: none are
	Formers  []Minutes  // before the corrections
	Draft    *Minutes   // only for who holds it
	Hold     bool       // the reader may hold it
	Inviting bool       // an invitation is on its way
}

// Get returns a meeting. The draft of its minutes is for those who hold it.
func (s *Service) Get(ctx context.Context, actor auth.Actor, num string) (*Sheet, error) {
	q := s.o.DB.Reader()
	m, err := byNumber(ctx, q, num)
	if err != nil {
		return nil, err
	}
	x := &Sheet{Meeting: *m, Hold: s.may(actor, ActHold, m.UnitID) == nil}
	if x.Items, err = itemsOf(ctx, q, m.ID); err != nil {
		return nil, err
	}
	own, err := resolutions(ctx, q, `WHERE r.meeting_id = $1 ORDER BY r.id`, m.ID)
	if err != nil {
		return nil, err
	}
	if x.Resolved, err = s.follow(ctx, own); err != nil {
		return nil, err
	}
	if x.Read, err = readAt(ctx, q, m.ID); err != nil {
		return nil, err
	}
	if x.Hold {
		w, err := waitingOf(ctx, q, m.ID)
		if err != nil {
			return nil, err
		}
		x.Inviting = w != nil
	}
	if len(x.Read) == 0 && m.State != Cancelled {
		if x.Carried, err = s.Carried(ctx, m); err != nil {
			return nil, err
		}
	}
	return x, s.minutes(ctx, x)
}

func (s *Service) minutes(ctx context.Context, x *Sheet) error {
	list, err := minutesOf(ctx, s.o.DB.Reader(), x.ID)
	for i := range list {
		switch {
		case list[i].Edition == 0:
			x.Draft = &list[i]
		case x.Minutes == nil:
			x.Minutes = &list[i]
		default:
			x.Formers = append(x.Formers, list[i])
		}
	}
	if !x.Hold {
		x.Draft = nil
	}
	return err
}

// Carried is what earlier meetings of the unit resolved and is to be read out:
// what is open, and what was settled since the last time.
func (s *Service) Carried(ctx context.Context, m *Meeting) ([]Followed, error) {
	const most = 60
	list, err := resolutions(ctx, s.o.DB.Reader(), `JOIN meeting b ON b.id = r.meeting_id WHERE r.unit_id = $1 AND r.told_at = 0 AND b.starts_at < $2 AND b.id <> $3 ORDER BY r.id LIMIT $4`,
		m.UnitID, sqldb.Millis(m.StartsAt), m.ID, most)
	if err != nil {
		return nil, err
	}
	return s.follow(ctx, list)
}

// follow says what became of resolutions, with one question for all demands.
func (s *Service) follow(ctx context.Context, list []Resolution) ([]Followed, error) {
	var numbers []string
	for _, r := range list {
		if r.Kind == Demand {
			numbers = append(numbers, r.Demand)
		}
	}
	standing := map[string]Standing{}
	if len(numbers) > 0 {
		var err error
		if standing, err = s.o.Became(ctx, numbers); err != nil {
			return nil, fmt.Errorf("meeting: what became of demands: %w", err)
		}
	}
	out := make([]Followed, len(list))
	for i, r := range list {
		at := standing[r.Demand]
		out[i] = r.became(string(at.Became), at.Closed, s.now())
	}
	return out, nil
}

// Followed lists what is open at a unit, what is overdue first, and what was done of late.
func (s *Service) Followed(ctx context.Context, u *network.Unit, limit int) ([]Followed, error) {
	if u == nil || u.Level < network.Village {
		return nil, nil
	}
	var w sqldb.Where
	s.within(&w, u, false)
	w.Add("(r.told_at = 0 OR r.done_at > ?)", sqldb.Millis(s.now().AddDate(0, -3, 0)))
	list, err := resolutions(ctx, s.o.DB.Reader(), `JOIN meeting m ON m.id = r.meeting_id WHERE `+w.Text()+` ORDER BY CASE WHEN r.done_at = 0 THEN 0 ELSE 1 END, r.due_day, r.id LIMIT `+w.Arg(limit), w.Args...)
	if err != nil {
		return nil, err
	}
	return s.follow(ctx, list)
}

// Mine lists the promises that the actor's posts gave or that climbed to them, by
// when they are due.
func (s *Service) Mine(ctx context.Context, actor auth.Actor, limit int) ([]Followed, error) {
	var w sqldb.Where
	var posts []string
	for _, g := range actor.Grants { // as answers has it
		if slices.Contains(Rules[2].Roles, g.Role) {
			posts = append(posts, fmt.Sprintf("r.owner_unit = %s AND r.owner_role = %s OR r.with_unit = %s AND r.with_unit <> r.owner_unit", w.Arg(g.UnitID), w.Arg(string(g.Role)), w.Arg(g.UnitID)))
		}
	}
	if len(posts) == 0 {
		return nil, nil
	}
	w.Parts = append(w.Parts, "r.done_at = 0", "r.kind = 'promise'", "("+strings.Join(posts, " OR ")+")")
	list, err := resolutions(ctx, s.o.DB.Reader(), `WHERE `+w.Text()+` ORDER BY r.due_day, r.id LIMIT `+w.Arg(limit), w.Args...)
	if err != nil {
		return nil, err
	}
	return s.follow(ctx, list)
}

// Promise returns one of the resolutions that are promises, and its meeting.
func (s *Service) Promise(ctx context.Context, id string) (*Followed, *Meeting, error) {
	q := s.o.DB.Reader()
	r, err := resolutionByID(ctx, q, id)
	if err != nil {
		return nil, nil, err
	}
	m, err := oneMeeting(ctx, q, `WHERE m.id = $1`, r.MeetingID)
	if err != nil {
		return nil, nil, err
	}
	list, err := s.follow(ctx, []Resolution{*r})
	if err != nil {
		return nil, nil, err
	}
	return &list[0], m, nil
}

// HoldScope lists the units at which the actor can hold meetings, topmost first.
func (s *Service) HoldScope(actor auth.Actor) (list []*network.Unit) {
	for _, id := range s.o.Policy.Scope(actor, ActHold) {
		if u := s.current(id); u != nil && u.Level >= network.Village {
			list = append(list, u)
		}
	}
	return list
}

// Choices lists the open demands of a unit that the actor can put on the agenda.
func (s *Service) Choices(ctx context.Context, actor auth.Actor, u *network.Unit) ([]OpenDemand, error) {
	if err := s.may(actor, ActHold, u.ID); err != nil {
		return nil, err
	}
	return s.o.Demands.OpenAt(ctx, actor, u.Code)
}

// Moment is now by the service's clock.
func (s *Service) Moment() time.Time { return s.now() }
