package demand

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"bilin/internal/auth"
	"bilin/internal/errs"
	"bilin/internal/network"
	"bilin/internal/sqldb"
	"bilin/internal/workday"
)

// Tab is a queue that people work from.
type Tab string

// The tabs.
const (
	TabUnit     Tab = ""         // what the network has to do, in the actor's scope
	TabMine     Tab = "mine"     // what the actor took on
	TabIncoming Tab = "incoming" // transfers that wait for the actor's answer
	TabHelping  Tab = "helping"  // what the actor's posts help on
	TabToday    Tab = "today"    // falls due before the city's midnight
	TabOverdue  Tab = "overdue"  // a limit ran out
	TabReturned Tab = "returned" // a transfer came back
	TabReopened Tab = "reopened"
	TabOwed     Tab = "owed"     // the actor's post owes the resident an answer for what the city failed
	TabDisputed Tab = "disputed" // the city office decides
	TabTell     Tab = "tell"     // resolved, and the resident doesn't know yet: somebody has to go and ask
	TabWaiting  Tab = "waiting"  // the resident's turn
	TabClosed   Tab = "closed"
	TabMerged   Tab = "merged"
)

// Tabs lists them in the order of the page.
func Tabs() []Tab {
	return []Tab{TabMine, TabUnit, TabIncoming, TabToday, TabOverdue, TabReturned, TabReopened, TabOwed, TabDisputed, TabHelping, TabTell, TabWaiting, TabClosed, TabMerged}
}

// Filter narrows a queue. The zero value asks for what the network has to do.
type Filter struct {
	Tab      Tab
	Stage    Stage  // with TabUnit: Waiting and Closed are short for their tabs
	State    State  // empty: all
	Kind     Kind   // empty: all
	Category string // id; a category takes in those under it; empty: all
	Urgency  int    // at least
	Source   Source // empty: all
	UnitCode string // a unit within the actor's scope; empty: all of it
	Text     string // words of the demand; at least two characters
}

// Row is a demand as queues show it.
type Row struct {
	Demand
	Unit   string // where it comes from, as far as that isn't the actor's own unit
	Keeper Stop   // who has it
}

// Cursor is the place in a queue after which the next page begins.
type Cursor struct {
	At int64 // what the queue is ordered by
	ID string
}

// Page is one page of a queue; Next is nil on the last.
type Page struct {
	Rows []Row
	Next *Cursor
}

// Queue lists the demands the actor may see: what is to be done by when it is
// due, what waits for residents oldest first, what is closed newest first.
func (s *Service) Queue(ctx context.Context, actor auth.Actor, f Filter, after *Cursor, limit int) (Page, error) {
	query, order, args, err := s.queueQuery(actor, f, after, limit)
	if err != nil {
		return Page{}, err
	}
	return s.page(ctx, actor, order, query, args, limit)
}

func (s *Service) queueQuery(actor auth.Actor, f Filter, after *Cursor, limit int) (query, order string, args []any, err error) {
	where, err := s.tab(actor, &f)
	if err != nil {
		return "", "", nil, err
	}
	s.narrowed(where, f)
	order, direction, compare := orderOf(f), "", ">"
	sorted := order
	if where.scattered {
		sorted = order + " + 0" // not by the index over all demands
	}
	if order == "touched_at" {
		direction, compare = " DESC", "<"
	}
	if after != nil {
		where.Add("("+order+", id) "+compare+" (?, ?)", after.At, after.ID)
	}
	query = `SELECT ` + columns + ` FROM demand WHERE ` + where.Text() +
		` ORDER BY ` + sorted + direction + `, id` + direction + ` LIMIT ` + strconv.Itoa(limit+1)
	return query, order, where.Args, nil
}

func orderOf(f Filter) string {
	switch {
	case f.Tab == TabIncoming || f.Tab == TabDisputed:
		return "pending_at"
	case f.Tab == TabOwed:
		return "owed_due"
	case f.Stage == Closed || f.Stage == Following:
		return "touched_at"
	case f.Stage == Waiting:
		return "raised_at"
	}
	return "due_at"
}

// tab is the condition of a tab; it fills in the stage of the filter.
func (s *Service) tab(actor auth.Actor, f *Filter) (*conditions, error) {
	where, err := s.reach(actor, f)
	if err != nil {
		return nil, err
	}
	now := s.now()
	switch f.Tab {
	case TabMine:
		where.Add("handler_id = ?", actor.PersonID)
	case TabOwed:
		where.Parts = append(where.Parts, "owed_answered = 0")
		return where, nil // whoever's turn it is
	case TabToday:
		y, m, d := now.In(workday.City).Date()
		where.Add("due_at >= ?", sqldb.Millis(now))
		where.Add("due_at < ?", sqldb.Millis(time.Date(y, m, d+1, 0, 0, 0, 0, workday.City)))
	case TabOverdue:
		where.Add("(late_at > 0 OR due_at > 0 AND due_at < ?)", sqldb.Millis(now))
	case TabReturned:
		where.Parts = append(where.Parts, "returns > 0 AND disputed = 0 AND pending_unit = ''")
	case TabReopened:
		f.State = Reopened
	case TabDisputed:
		where.Parts = append(where.Parts, "disputed = 1")
	case TabTell:
		f.Stage = Waiting
		where.Add("told_at = 0 AND resolved_by <> ?", actor.PersonID)
	case TabWaiting:
		f.Stage = Waiting
	case TabClosed:
		f.Stage = Closed
	case TabMerged:
		f.Stage = Following
	}
	stage := "stage = ?"
	if where.scattered {
		stage = "stage + 0 = ?" // by the parts, not by the index over all demands
	}
	where.Add(stage, int(f.Stage))
	return where, nil
}

// reach is whose demands a tab shows: the actor's scope, or what was offered to
// their posts, or what these help on.
func (s *Service) reach(actor auth.Actor, f *Filter) (*conditions, error) {
	if f.Tab != TabIncoming && f.Tab != TabHelping && f.Tab != TabOwed {
		return s.within(actor, f.UnitCode, stageOf(*f))
	}
	c := &conditions{}
	var either []string
	for _, g := range actor.Grants {
		switch {
		case !isLine(g.Role) && g.Role != auth.Department:
		case f.Tab == TabOwed:
			either = append(either, "owed_unit <> '' AND owed_unit = "+c.Arg(g.UnitID)+" AND owed_role = "+c.Arg(string(g.Role)))
		case f.Tab == TabIncoming:
			either = append(either, "pending_unit <> '' AND pending_unit = "+c.Arg(g.UnitID)+" AND pending_dept = "+c.Arg(g.DepartmentID))
		default:
			either = append(either, "id IN (SELECT demand_id FROM demand_helper WHERE unit_id = "+c.Arg(g.UnitID)+" AND dept_id = "+c.Arg(g.DepartmentID)+")")
		}
	}
	if len(either) == 0 {
		return nil, auth.Denied(actor)
	}
	stage := todoStage
	if f.Tab == TabOwed {
		stage = openStages
	}
	c.either(either, stage)
	c.Add("about_id <> ?", orDash(actor.PersonID))
	return c, nil
}

// stageOf is the stage that a filter asks for, as far as it decides how to look.
func stageOf(f Filter) string {
	switch f.Tab {
	case TabTell, TabWaiting, TabClosed, TabMerged:
		return closedStages
	}
	if f.Stage != Todo {
		return closedStages
	}
	return todoStage
}

// orDash is a person id that nobody has where there is none: no demand is about it.
func orDash(personID string) string {
	if personID == "" {
		return "-"
	}
	return personID
}

// narrowed adds what the filter says beside its tab.
func (s *Service) narrowed(where *conditions, f Filter) {
	if f.State != "" {
		where.Add("state = ?", string(f.State))
	}
	if f.Kind != "" {
		where.Add("kind = ?", string(f.Kind))
	}
	if f.Source != "" {
		where.Add("source = ?", string(f.Source))
	}
	if f.Urgency > 0 {
		where.Add("urgency >= ?", f.Urgency)
	}
	if f.Category != "" {
		marks := []string{where.Arg(f.Category)}
		for _, child := range s.opt.Catalog().Children(f.Category) {
			marks = append(marks, where.Arg(child.ID))
		}
		where.Parts = append(where.Parts, "category_id IN ("+strings.Join(marks, ", ")+")")
	}
	if utf8.RuneCountInString(fold(f.Text)) >= minSearch {
		where.Add("search LIKE ? ESCAPE '!'", like(f.Text))
	}
}

// minSearch is the shortest text that is searched for: one character finds everything.
const minSearch = 2

func (s *Service) page(ctx context.Context, actor auth.Actor, order, query string, args []any, limit int) (Page, error) {
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
			p.Next = &Cursor{At: last.orderedBy(order), ID: last.ID}
			break
		}
		p.Rows = append(p.Rows, rowOf(tree, scope, d))
	}
	return p, rows.Err()
}

func (d *Demand) orderedBy(column string) int64 {
	switch column {
	case "pending_at":
		return sqldb.MillisOrZero(d.PendingAt)
	case "owed_due":
		return sqldb.MillisOrZero(d.Owed.DueAt)
	case "touched_at":
		return sqldb.MillisOrZero(d.TouchedAt)
	case "raised_at":
		return sqldb.MillisOrZero(d.RaisedAt)
	}
	return sqldb.MillisOrZero(d.DueAt)
}

func rowOf(tree *network.Tree, scope []string, d *Demand) Row {
	r := Row{Demand: *d}
	if u := tree.ByID(d.UnitID); u != nil {
		r.Unit = nameWithin(tree, scope, u)
	}
	r.Keeper = keeper(tree, d)
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
	where, err := s.within(actor, root.Code, todoStage)
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
		WHERE stage = 0 AND `+where.Text()+` GROUP BY `+group, where.Args...)
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
