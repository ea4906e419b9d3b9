package roster

import (
	"context"
	"slices"

	"bilin/internal/errs"
	"bilin/internal/network"
	"bilin/internal/sheet"
	"bilin/internal/sqldb"
)

// action is what the second pass does with a row.
type action uint8

const (
	leave action = iota // bad: not written
	create
	change
	keep // known, and as it was
)

// overlap is a household that a second cell claims.
type overlap struct {
	key  string
	cell *node
}

// pass is the first reading of a file. It knows at its end what the second
// has to do.
type pass struct {
	ctx     context.Context
	q       sqldb.Querier
	index   func(phone string) string
	src     *source
	plan    *plan
	empty   bool // no household is known yet
	limit   int  // of issues kept
	report  Report
	actions []action
	claims  []overlap
	aliases map[int]string                            // identity under which a row's household is known, where it isn't the row's own
	bad     func(row sheet.Row, issues []Issue) error // may be nil
	tell    func(rows int, share float64)

	pending []record
	houses  map[string]houses // of villages lately asked for
}

// A lookup of this many known households at once costs little memory.
const lookupRows = 400

// parsed is a row that has been read, but not yet looked at beside others.
type parsed struct {
	rec    record
	issues []Issue
	cells  []string // kept only for whoever collects bad rows
}

// batch is some rows in a row; reading them and placing them in the plan go on
// side by side.
type batch struct {
	rows  []parsed
	share float64
}

const batchRows = 256

func (p *pass) run() error {
	p.report.describe(p.src)
	ctx, cancel := context.WithCancelCause(p.ctx)
	defer cancel(nil)
	batches := make(chan batch, 4)
	go func() {
		defer close(batches)
		if err := p.parse(ctx, batches); err != nil {
			cancel(err)
		}
	}()
	for b := range batches {
		if err := p.takeAll(b); err != nil {
			return err
		}
	}
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if err := p.lookUp(); err != nil {
		return err
	}
	p.tell(len(p.actions), 1)
	p.report.Rows = len(p.actions)
	if p.report.Rows == 0 {
		return errs.E(errs.Invalid, "roster.no_rows")
	}
	return nil
}

// parse reads all rows.
func (p *pass) parse(ctx context.Context, out chan<- batch) error {
	reader := rowReader{h: p.src.h}
	var b batch
	send := func() error {
		select {
		case out <- b:
			b = batch{rows: make([]parsed, 0, batchRows)}
			return nil
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
	err := p.src.each(func(row sheet.Row, share float64) error {
		rec, issues := reader.read(row)
		next := parsed{rec: rec, issues: slices.Clone(issues)}
		if p.bad != nil {
			next.cells = slices.Clone(row.Cells)
		}
		b.rows, b.share = append(b.rows, next), share
		if len(b.rows) < batchRows {
			return nil
		}
		return send()
	})
	if err != nil {
		return err
	}
	return send()
}

func (p *pass) takeAll(b batch) error {
	for i := range b.rows {
		if err := p.take(&b.rows[i]); err != nil {
			return err
		}
	}
	if err := p.ctx.Err(); err != nil {
		return context.Cause(p.ctx)
	}
	p.tell(len(p.actions), b.share)
	return nil
}

// take checks one row and keeps it for the look-up.
func (p *pass) take(row *parsed) error {
	rec := &row.rec
	issues := p.place(row)
	if len(issues) == 0 && rec.loose && p.empty {
		issues = rec.blankIssues(p.src.h)
	}
	if len(issues) > 0 {
		p.actions = append(p.actions, leave)
		return p.complain(rec.row, row.cells, issues)
	}
	p.plan.adopt(rec)
	if rec.phone == "" {
		p.report.NoPhone++
	}
	if p.empty {
		p.actions = append(p.actions, create)
		p.report.New++
		return nil
	}
	rec.at, rec.raw = len(p.actions), row.cells
	p.actions = append(p.actions, keep) // until looked up
	if p.pending = append(p.pending, *rec); len(p.pending) >= lookupRows {
		return p.lookUp()
	}
	return nil
}

// place puts a row into the plan.
func (p *pass) place(row *parsed) []Issue {
	rec := &row.rec
	if len(row.issues) > 0 {
		return row.issues
	}
	for _, check := range []func(*header, *record) *Issue{p.plan.place, p.plan.repeat, p.plan.conflict} {
		i := check(p.src.h, rec)
		if i == nil {
			continue
		}
		if i.Code == "two_cells" {
			p.claims = append(p.claims, overlap{rec.rosterKey, rec.cell})
		}
		return []Issue{*i}
	}
	return nil
}

func (p *pass) complain(row int, cells []string, issues []Issue) error {
	p.report.Bad++
	for _, i := range issues {
		p.report.count(i.Code)
	}
	if room := p.limit - len(p.report.Issues); room > 0 {
		p.report.Issues = append(p.report.Issues, issues[:min(room, len(issues))]...)
	}
	if p.bad == nil {
		return nil
	}
	return p.bad(sheet.Row{Number: row, Cells: cells}, issues)
}

// lookUp compares the pending rows with what the registry knows.
func (p *pass) lookUp() error {
	if len(p.pending) == 0 {
		return nil
	}
	known, err := p.known()
	if err != nil {
		return err
	}
	for i := range p.pending {
		if err := p.compare(&p.pending[i], known); err != nil {
			return err
		}
	}
	p.pending = p.pending[:0]
	return nil
}

// compare decides what becomes of a row, by what is known of its household.
func (p *pass) compare(rec *record, known map[string]network.RosterHousehold) error {
	h, ok := rec.match(known)
	if !ok && rec.ref == "" {
		var issue *Issue
		var err error
		if h, ok, issue, err = p.byAddress(rec); err != nil {
			return err
		}
		if issue != nil {
			p.actions[rec.at] = leave
			return p.complain(rec.row, rec.raw, []Issue{*issue})
		}
	}
	switch {
	case !ok && rec.loose:
		p.actions[rec.at] = leave
		return p.complain(rec.row, rec.raw, rec.blankIssues(p.src.h))
	case !ok:
		p.actions[rec.at] = create
		p.report.New++
	case !rec.loose && h.UnitID != rec.cell.id && !h.Left:
		return p.overlaps(rec, h)
	case rec.differs(h, p.index):
		p.actions[rec.at] = change
		p.report.Changed++
		if h.RosterKey != rec.rosterKey {
			p.aliases[rec.at] = h.RosterKey
		}
	default:
		p.report.Same++
	}
	return nil
}

func (p *pass) known() (map[string]network.RosterHousehold, error) {
	keys := make([]string, 0, 2*len(p.pending))
	for i := range p.pending {
		keys = append(keys, p.pending[i].rosterKey)
		if p.pending[i].ref != "" {
			keys = append(keys, p.pending[i].addressKey())
		}
	}
	return network.RosterHouseholds(p.ctx, p.q, keys)
}

// overlaps reports a household that belongs to another cell. It isn't moved:
// whose it is, people decide.
func (p *pass) overlaps(rec *record, h network.RosterHousehold) error {
	p.actions[rec.at] = leave
	p.claims = append(p.claims, overlap{h.RosterKey, rec.cell})
	field, value := Address, rec.address
	if rec.ref != "" && p.src.h.has(Ref) {
		field, value = Ref, rec.ref
	}
	i := p.src.h.issue(rec.row, field, "two_cells_known", value,
		"other", p.unitName(h.UnitID), "cell", rec.cell.path())
	return p.complain(rec.row, rec.raw, []Issue{i})
}

func (p *pass) unitName(id string) string {
	u := p.plan.tree.ByID(id)
	if u == nil {
		return ""
	}
	return p.plan.tree.PathName(u, " ")
}

// addressKey is the identity of a household that had no number so far.
func (rec *record) addressKey() string {
	return network.RosterKey(rec.rosterKey[:12], "", rec.key)
}

// match finds the record's household: by its identity, else by its address
// where the household got its number only now.
func (rec *record) match(known map[string]network.RosterHousehold) (network.RosterHousehold, bool) {
	if h, ok := known[rec.rosterKey]; ok {
		return h, true
	}
	if rec.ref == "" {
		return network.RosterHousehold{}, false
	}
	h, ok := known[rec.addressKey()]
	return h, ok && h.Ref == ""
}

// differs reports whether the row says something new. A blank never does.
func (rec *record) differs(h network.RosterHousehold, index func(string) string) bool {
	return h.Left || rec.ref != "" && h.RosterKey != rec.rosterKey ||
		rec.address != h.Address || rec.key != h.AddressKey ||
		rec.head != "" && rec.head != h.Head ||
		rec.size >= 0 && rec.size != h.Size ||
		rec.phone != "" && index(rec.phone) != h.PhoneIndex
}
