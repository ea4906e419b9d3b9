package demand

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"bilin/internal/auth"
	"bilin/internal/errs"
	"bilin/internal/network"
	"bilin/internal/sqldb"
)

// Filter narrows a queue. The zero value asks for what the network has to do.
type Filter struct {
	Stage    Stage
	State    State  // of that stage; empty: all
	Kind     Kind   // empty: all
	UnitCode string // a unit within the actor's scope; empty: all of it
}

// Row is a demand as queues show it.
type Row struct {
	Demand
	Unit  string // where it comes from, as far as that isn't the actor's own unit
	Owner Stop   // who answers for the unit that has it
}

// Cursor is the place in a queue after which the next page begins.
type Cursor struct {
	RaisedAt int64
	ID       string
}

// Page is one page of a queue; Next is nil on the last.
type Page struct {
	Rows []Row
	Next *Cursor
}

// Queue lists the demands the actor may see: what is to be done and what waits
// for residents oldest first, what is closed newest first.
func (s *Service) Queue(ctx context.Context, actor auth.Actor, f Filter, after *Cursor, limit int) (Page, error) {
	query, args, err := s.queueQuery(actor, f, after, limit)
	if err != nil {
		return Page{}, err
	}
	return s.page(ctx, actor, query, args, limit)
}

func (s *Service) queueQuery(actor auth.Actor, f Filter, after *Cursor, limit int) (string, []any, error) {
	where, err := s.within(actor, f.UnitCode)
	if err != nil {
		return "", nil, err
	}
	where.add("stage = ?", int(f.Stage))
	if f.State != "" {
		where.add("state = ?", string(f.State))
	}
	if f.Kind != "" {
		where.add("kind = ?", string(f.Kind))
	}
	order, direction, compare := "raised_at", "", ">"
	if where.scattered {
		order = "raised_at + 0" // not by the index over all demands
	}
	if f.Stage == Closed {
		direction, compare = " DESC", "<"
	}
	if after != nil {
		where.add("(raised_at, id) "+compare+" (?, ?)", after.RaisedAt, after.ID)
	}
	query := `SELECT ` + columns + ` FROM demand WHERE ` + where.text() +
		` ORDER BY ` + order + direction + `, id` + direction + ` LIMIT ` + strconv.Itoa(limit+1)
	return query, where.args, nil
}

func (s *Service) page(ctx context.Context, actor auth.Actor, query string, args []any, limit int) (Page, error) {
	rows, err := s.opt.DB.Reader().QueryContext(ctx, query, args...)
	if err != nil {
		return Page{}, fmt.Errorf("demand: queue: %w", err)
	}
	defer rows.Close()
	tree, scope := s.tree(), s.Scope(actor)
	var p Page
	for rows.Next() {
		d, err := scan(rows)
		if err != nil {
			return Page{}, fmt.Errorf("demand: queue: %w", err)
		}
		if len(p.Rows) == limit {
			last := p.Rows[limit-1]
			p.Next = &Cursor{RaisedAt: sqldb.Millis(last.RaisedAt), ID: last.ID}
			break
		}
		p.Rows = append(p.Rows, rowOf(tree, scope, d))
	}
	return p, rows.Err()
}

func rowOf(tree *network.Tree, scope []string, d *Demand) Row {
	r := Row{Demand: *d}
	if u := tree.ByID(d.UnitID); u != nil {
		r.Unit = nameWithin(tree, scope, u)
	}
	if u := tree.ByID(d.OwnerID); u != nil {
		r.Owner = stopAt(tree, u, d.AboutID)
	}
	return r
}

// nameWithin names a unit by its path below the unit of the scope that it lies
// under: a lead need not be told their village.
func nameWithin(tree *network.Tree, scope []string, u *network.Unit) string {
	name := u.Name
	for !slices.Contains(scope, u.ID) {
		u = tree.Parent(u)
		if u == nil || slices.Contains(scope, u.ID) {
			break
		}
		name = u.Name + " · " + name
	}
	return name
}

// Counts says how many demands stand where.
type Counts struct {
	Open, Reopened, Accepted, Resolved int
	Oldest                             time.Time // of those the network has to do; zero: none
}

// Todo is how many the network has to do something about.
func (c Counts) Todo() int { return c.Open + c.Reopened + c.Accepted }

// Counts counts what isn't closed of what the actor may see.
func (s *Service) Counts(ctx context.Context, actor auth.Actor, unitCode string) (Counts, error) {
	var c Counts
	where, err := s.within(actor, unitCode)
	if err != nil {
		return c, err
	}
	rows, err := s.opt.DB.Reader().QueryContext(ctx, `SELECT state, COUNT(*), MIN(raised_at) FROM demand
		WHERE stage < 2 AND `+where.text()+` GROUP BY state`, where.args...)
	if err != nil {
		return c, fmt.Errorf("demand: count: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var state State
		var n int
		var oldest int64
		if err := rows.Scan(&state, &n, &oldest); err != nil {
			return c, fmt.Errorf("demand: count: %w", err)
		}
		c.put(state, n, sqldb.Time(oldest))
	}
	return c, rows.Err()
}

func (c *Counts) put(state State, n int, oldest time.Time) {
	switch state {
	case Open:
		c.Open = n
	case Reopened:
		c.Reopened = n
	case Accepted:
		c.Accepted = n
	case Resolved:
		c.Resolved = n
		return
	}
	if c.Oldest.IsZero() || oldest.Before(c.Oldest) {
		c.Oldest = oldest
	}
}

// Tally is how many demands of a unit the network has to do something about.
type Tally struct {
	Unit   *network.Unit
	Todo   int
	Oldest time.Time
}

// ByUnit tallies what is to be done under a unit by the units directly below
// it, most first, and leaves out those with nothing.
func (s *Service) ByUnit(ctx context.Context, actor auth.Actor, unitID string) ([]Tally, error) {
	tree := s.tree()
	root := tree.ByID(unitID)
	if root == nil {
		return nil, errs.E(errs.NotFound, "demand.unit_unknown")
	}
	where, err := s.within(actor, root.Code)
	if err != nil {
		return nil, err
	}
	group := "unit_id"
	switch root.Level {
	case network.City:
		group = "town_id"
	case network.Town:
		group = "village_id"
	}
	rows, err := s.opt.DB.Reader().QueryContext(ctx, `SELECT `+group+`, COUNT(*), MIN(raised_at) FROM demand
		WHERE stage = 0 AND `+where.text()+` GROUP BY `+group, where.args...)
	if err != nil {
		return nil, fmt.Errorf("demand: tally: %w", err)
	}
	defer rows.Close()
	sum := map[*network.Unit]*Tally{}
	for rows.Next() {
		var id string
		var n int
		var oldest int64
		if err := rows.Scan(&id, &n, &oldest); err != nil {
			return nil, fmt.Errorf("demand: tally: %w", err)
		}
		addTally(sum, below(tree, root, id), n, sqldb.Time(oldest))
	}
	return ranked(sum), rows.Err()
}

// below returns the child of root that unit id lies at or under, or root itself.
func below(tree *network.Tree, root *network.Unit, id string) *network.Unit {
	u := tree.ByID(id)
	for u != nil && u.ID != root.ID && u.ParentID != root.ID {
		u = tree.Parent(u)
	}
	if u == nil {
		return root
	}
	return u
}

func addTally(sum map[*network.Unit]*Tally, u *network.Unit, n int, oldest time.Time) {
	t := sum[u]
	if t == nil {
		t = &Tally{Unit: u, Oldest: oldest}
		sum[u] = t
	}
	t.Todo += n
	if oldest.Before(t.Oldest) {
		t.Oldest = oldest
	}
}

func ranked(sum map[*network.Unit]*Tally) []Tally {
	list := make([]Tally, 0, len(sum))
	for _, t := range sum {
		list = append(list, *t)
	}
	slices.SortFunc(list, func(a, b Tally) int {
		if a.Todo != b.Todo {
			return b.Todo - a.Todo
		}
		return strings.Compare(a.Unit.Code, b.Unit.Code)
	})
	return list
}
