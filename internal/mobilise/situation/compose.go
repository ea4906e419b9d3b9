package situation

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"bilin/internal/mobilise"
	"bilin/internal/network"
	"bilin/internal/sqldb"
)

// compose reads all that a board shows.
func (s *Service) compose(ctx context.Context, w *watch) (*Snapshot, error) {
	snap := &Snapshot{At: s.o.Now()}
	var err error
	if snap.Order, err = s.o.Orders.ByID(ctx, w.id); err != nil {
		return nil, err
	}
	if snap.Tally, err = s.o.Orders.Tally(ctx, w.id); err != nil {
		return nil, err
	}
	if snap.Roll, err = s.roll(ctx, w.id); err != nil {
		return nil, err
	}
	if snap.Objectives, err = readObjectives(ctx, s.o.DB.Reader(), w.id); err != nil {
		return nil, err
	}
	if snap.Down, err = s.down(ctx, snap.Order); err != nil {
		return nil, err
	}
	if snap.Marks, err = s.mark(ctx, snap.Order, snap.Tally, snap.Roll); err != nil {
		return nil, err
	}
	if !snap.Order.Missing.ErasedAt.IsZero() && !w.erased {
		w.events, w.seq, w.erased = nil, 0, true
	}
	if err := s.events(ctx, w); err != nil { // last: marks are events too
		return nil, err
	}
	snap.Seq = w.seq
	snap.Events = newest(w.events)
	s.places(snap)
	snap.Layout = layout(snap)
	return snap, snap.write()
}

func (s *Service) roll(ctx context.Context, orderID string) (*Roll, error) {
	if s.o.RollCalls == nil {
		return nil, nil
	}
	call, totals, err := s.o.RollCalls.OfOrder(ctx, orderID)
	if err != nil || call == nil {
		return nil, err
	}
	curve, err := s.o.RollCalls.Curve(ctx, call.ID)
	points := []Point{{At: call.OpenedAt}}
	for _, p := range curve {
		points = append(points, Point{At: p.At, Value: int64(p.Reported)})
	}
	return &Roll{Call: call, Totals: totals, Curve: thin(points, CurvePoints), all: points}, err
}

// down are the channels of an order that fail while it is under way.
func (s *Service) down(ctx context.Context, o *mobilise.Order) ([]mobilise.Health, error) {
	if !o.Live() {
		return nil, nil
	}
	all, err := s.o.Orders.Channels(ctx)
	return slices.DeleteFunc(all, func(h mobilise.Health) bool { return h.DownSince == 0 || !slices.Contains(o.Channels, h.Channel) }), err
}

// events reads what was added to the timeline since the last time.
func (s *Service) events(ctx context.Context, w *watch) error {
	for {
		more, err := s.o.Orders.Events(ctx, w.id, w.seq, keptEvents)
		if err != nil || len(more) == 0 {
			return err
		}
		w.seq = more[len(more)-1].Seq
		if w.events = append(w.events, more...); len(w.events) > 2*keptEvents {
			w.events = slices.Clone(w.events[len(w.events)-keptEvents:])
		}
	}
}

// mark keeps the moments at which shares are passed, and returns all there are.
func (s *Service) mark(ctx context.Context, o *mobilise.Order, t mobilise.Tally, roll *Roll) ([]Mark, error) {
	kept, err := readMarks(ctx, s.o.DB.Reader(), o.ID)
	if err != nil {
		return nil, err
	}
	late := due(kept, t, roll)
	if len(late) == 0 || !o.Live() {
		return kept, nil
	}
	if err := s.date(ctx, o, t, roll, late); err != nil {
		return nil, err
	}
	err = s.o.DB.Write(ctx, func(tx *sqldb.Tx) error {
		for _, m := range late {
			if fresh, err := insertMark(ctx, tx, o.ID, m); err != nil || !fresh {
				return err
			}
			detail, err := json.Marshal(said{What: m.What, Pct: m.Pct, After: m.At.Sub(o.IssuedAt).Milliseconds()})
			if err != nil {
				return err
			}
			if err := mobilise.AddEvent(ctx, tx, o.ID, mobilise.Event{At: m.At, Kind: EventMark, Detail: string(detail), ActorID: "system:order.marks"}); err != nil {
				return err
			}
		}
		return s.o.Live.Publish(ctx, tx, mobilise.Topic(o.ID), "")
	})
	if err != nil {
		return nil, err
	}
	return readMarks(ctx, s.o.DB.Reader(), o.ID)
}

// date finds out when marks were passed: people's receipts say so to the
// millisecond, a roll-call to the minute.
func (s *Service) date(ctx context.Context, o *mobilise.Order, t mobilise.Tally, roll *Roll, marks []Mark) error {
	reached, answered, err := readTimes(ctx, s.o.DB.Reader(), o.ID)
	for i := range marks {
		m := &marks[i]
		switch m.What {
		case Reached:
			m.At = nth(reached, needed(t.People, m.Pct))
		case Answered:
			m.At = nth(answered, needed(t.People, m.Pct))
		case RollCall:
			at := slices.IndexFunc(roll.all, func(p Point) bool { return p.Value >= int64(needed(roll.Expected, m.Pct)) })
			if at >= 0 {
				m.At = roll.all[at].At
			}
		}
		if now := s.o.Now(); m.At.IsZero() || m.At.After(now) {
			m.At = now
		}
	}
	return err
}

// Tick takes the words from objectives of erased orders, and keeps the marks of
// orders whose board nobody looks at. What fails for one doesn't hold up another.
func (s *Service) Tick(ctx context.Context) error {
	s.ticking.Lock()
	defer s.ticking.Unlock()
	failed := s.eraseDue(ctx)
	active, err := s.o.Orders.Active(ctx)
	failed = errors.Join(failed, err)
	before := s.moved
	s.moved = make(map[string]figures, len(active)) // of those that are over nothing stays
	for _, o := range active {
		s.mu.Lock()
		kept := s.watch[o.ID] != nil
		s.mu.Unlock()
		if kept {
			continue
		}
		now, err := s.keepMarks(ctx, o, before[o.ID])
		if err != nil {
			failed = errors.Join(failed, err)
			continue
		}
		s.moved[o.ID] = now
	}
	return failed
}

func (s *Service) eraseDue(ctx context.Context) error {
	if n, err := anyToErase(ctx, s.o.DB.Reader()); err != nil || n == 0 {
		return err
	}
	return s.o.DB.Write(ctx, func(tx *sqldb.Tx) error { return eraseWords(ctx, tx) })
}

// figures are those that marks depend on.
type figures struct {
	people, reached, answered, expected, reported int
	call                                          string
}

// keepMarks keeps an order's marks if its figures moved since the last time.
func (s *Service) keepMarks(ctx context.Context, o *mobilise.Order, before figures) (figures, error) {
	t, err := s.o.Orders.Tally(ctx, o.ID)
	if err != nil {
		return before, err
	}
	now := figures{people: t.People, reached: t.Reached, answered: t.Answered}
	if s.o.RollCalls != nil {
		call, totals, err := s.o.RollCalls.OfOrder(ctx, o.ID)
		if err != nil {
			return before, err
		}
		if call != nil {
			now.call, now.expected, now.reported = call.ID, totals.Expected, totals.Reported()
		}
	}
	if now == before {
		return now, nil
	}
	roll, err := s.roll(ctx, o.ID)
	if err != nil {
		return before, err
	}
	_, err = s.mark(ctx, o, t, roll)
	return now, err
}

// places adds up the people of each part of the region, and shades its villages.
func (s *Service) places(snap *Snapshot) {
	tree := s.o.Network.Tree()
	region := Region(tree, snap.Order)
	if region == nil {
		return
	}
	snap.RegionID = region.ID
	rest, ids := &Place{UnitID: region.ID, Name: region.Name}, []string{}
	var shades strings.Builder
	for _, part := range tree.Children(region) {
		p := Place{UnitID: part.ID, Name: part.Name}
		if part.Level < network.Village {
			p.add(snap.of(part.ID)) // who serves at the town itself
		}
		for _, v := range villagesOf(tree, part) {
			ids = append(ids, v.ID)
			shades.WriteByte(Shade(snap.of(v.ID)))
			p.add(snap.of(v.ID))
		}
		if p.People > 0 {
			snap.Places = append(snap.Places, p)
		}
	}
	for id, v := range snap.Tally.Villages {
		if u := tree.ByID(id); u == nil || u.ID == region.ID || !tree.Contains(region.ID, id) {
			rest.add(*v)
		}
	}
	if rest.People > 0 {
		snap.Rest = rest
	}
	snap.Shades, snap.Ground = shades.String(), tag(ids...)
}

// Region is what an order's map shows: its town, or the city.
func Region(tree *network.Tree, o *mobilise.Order) *network.Unit {
	u := tree.ByID(o.UnitID)
	if u == nil {
		return tree.Root()
	}
	if town := tree.At(u, network.Town); town != nil {
		return town
	}
	return tree.Root()
}

// Villages lists those of a region in the order of Snapshot.Shades.
func Villages(tree *network.Tree, region *network.Unit) (list []*network.Unit) {
	for _, part := range tree.Children(region) {
		list = append(list, villagesOf(tree, part)...)
	}
	return list
}

func villagesOf(tree *network.Tree, part *network.Unit) []*network.Unit {
	if part.Level == network.Village {
		return []*network.Unit{part}
	}
	return tree.Children(part)
}

// of is what is counted at one village or unit above villages.
func (s *Snapshot) of(unitID string) mobilise.VillageTally {
	if v := s.Tally.Villages[unitID]; v != nil {
		return *v
	}
	return mobilise.VillageTally{}
}

func (p *Place) add(v mobilise.VillageTally) {
	p.People += v.People
	p.Reached += v.Reached
	p.Answered += v.Answered
	p.Coming += v.Coming
	p.Arrived += v.Arrived
	p.Knock += v.Knock
}

// layout names whatever a board shows besides its numbers.
func layout(s *Snapshot) string {
	parts := []string{s.Order.ID, strconv.Itoa(s.Order.Version), strconv.Itoa(s.Order.Edition)}
	for i := range s.Objectives {
		o := &s.Objectives[i]
		parts = append(parts, o.ID, strconv.FormatBool(o.Done()), strconv.FormatBool(o.Late(s.At)))
	}
	for _, h := range s.Down {
		parts = append(parts, string(h.Channel), strconv.FormatInt(h.DownSince, 10), h.Error)
	}
	for _, m := range s.Marks {
		parts = append(parts, m.What, strconv.Itoa(m.Pct))
	}
	for _, p := range s.Places {
		parts = append(parts, p.UnitID)
	}
	if s.Roll != nil {
		parts = append(parts, s.Roll.Call.ID, string(s.Roll.Call.State))
	}
	return tag(append(parts, strconv.FormatBool(s.Rest != nil))...)
}

// Numbers are a board's figures by the names under which its page shows them.
func (s *Snapshot) Numbers() map[string]int {
	t := &s.Tally
	n := map[string]int{
		"called": t.People, "reached": t.Reached, "answered": t.Answered, "coming": t.By[mobilise.Coming], "arrived": t.By[mobilise.Arrived],
		"released": t.By[mobilise.Released], "cant": t.By[mobilise.Cant], "silent": t.By[mobilise.Delivered] + t.By[mobilise.Seen],
		"waiting": t.By[mobilise.Queued] + t.By[mobilise.Handed], "knock": t.Knock,
	}
	if r := s.Roll; r != nil {
		n["homes"], n["reported"], n["safe"], n["unreached"], n["help"], n["helped"], n["unhelped"] = r.Expected, r.Reported(), r.Safe, r.NotReached, r.Help, r.Helped, r.Waiting()
	}
	return n
}

// wire is a snapshot as it is broadcast: numbers only, so that who follows it
// learns nothing that a name or a note would tell.
type wire struct {
	At     int64          `json:"at"`
	Seq    int            `json:"seq"`
	Layout string         `json:"layout"`
	Ground string         `json:"ground"`
	N      map[string]int `json:"n"`
	O      [][3]int64     `json:"o"` // of each objective: value, since when, version
	P      []int          `json:"p,omitempty"`
	Shades string         `json:"shades,omitempty"`
}

// room is for the shades of villages and the figures of places in an event of 4 KB.
const room = 2400

func (s *Snapshot) write() error {
	w := wire{At: sqldb.Millis(s.At), Seq: s.Seq, Layout: s.Layout, Ground: s.Ground, N: s.Numbers(), O: [][3]int64{}, Shades: s.Shades}
	for i := range s.Objectives {
		o := &s.Objectives[i]
		w.O = append(w.O, [3]int64{o.Current(), sqldb.Millis(o.UpdatedAt()), int64(o.Version())})
	}
	for _, p := range s.rows() {
		w.P = append(w.P, p.People, p.Reached, p.Coming, p.Arrived, p.Knock)
	}
	if len(fmt.Sprint(w.P))+len(w.Shades) > room { // a very large city: its screens ask for the map and the table
		w.P, w.Shades = nil, ""
		s.Ground = tag(s.Ground, s.Shades, s.At.Truncate(30*time.Second).String())
		w.Ground = s.Ground
	}
	text, err := json.Marshal(w)
	s.Wire = string(text)
	return err
}

// rows are the places with what counts above them.
func (s *Snapshot) rows() []Place {
	if s.Rest == nil {
		return s.Places
	}
	return append(slices.Clone(s.Places), *s.Rest)
}

// Rows are the lines of the table of places; the last may be what counts above them.
func (s *Snapshot) Rows() []Place { return s.rows() }
