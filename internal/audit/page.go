package audit

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"bilin/internal/errs"
	"bilin/internal/sqldb"
)

// maxPage bounds a page; maxUnits the units of a filter, which are parameters
// of one statement.
const (
	maxPage  = 200
	maxUnits = 2000
)

// Filter selects records. What is empty doesn't restrict.
type Filter struct {
	ActorID    string
	Action     string // exact, or everything below it if it ends in a dot: "demand."
	ObjectKind string
	ObjectID   string
	UnitIDs    []string  // any of them
	From, To   time.Time // From inclusive, To exclusive
}

// Page is a stretch of records, newest first.
type Page struct {
	Records []Record
	Next    string // cursor of the page after it, "" on the last
}

// Page lists records that match, newest first, at most limit. cursor is ""
// or the Next of the page before.
func (l *Log) Page(ctx context.Context, f Filter, cursor string, limit int) (Page, error) {
	if len(f.UnitIDs) > maxUnits {
		return Page{}, fmt.Errorf("audit: page: %d units, at most %d", len(f.UnitIDs), maxUnits)
	}
	if cursor == "" { // what was done a moment ago should be on the first page
		l.report(ctx, "sequence", l.Sequence(ctx))
	}
	query, err := pageQuery(f, cursor)
	if err != nil {
		return Page{}, err
	}
	limit = min(max(limit, 1), maxPage)
	records, err := scanRecords(l.db.Reader().QueryContext(ctx, query.text(limit+1), query.args...))
	if err != nil {
		return Page{}, fmt.Errorf("audit: page: %w", err)
	}
	page := Page{Records: records}
	if len(records) > limit {
		page.Records = records[:limit]
		page.Next = encodeCursor(records[limit-1])
	}
	return page, nil
}

// query gathers conditions and their parameters.
type query struct {
	where []string
	args  []any
}

// add adds a condition in which each ? stands for a parameter.
func (q *query) add(condition string, args ...any) {
	for _, arg := range args {
		q.args = append(q.args, arg)
		condition = strings.Replace(condition, "?", "$"+strconv.Itoa(len(q.args)), 1)
	}
	q.where = append(q.where, condition)
}

func (q *query) addIf(present bool, condition string, args ...any) {
	if present {
		q.add(condition, args...)
	}
}

func (q *query) text(limit int) string {
	where := ""
	if len(q.where) > 0 {
		where = " WHERE " + strings.Join(q.where, " AND ")
	}
	return `SELECT seq, ` + recordColumns + ` FROM audit_entry` + where +
		` ORDER BY at DESC, seq DESC LIMIT ` + strconv.Itoa(limit)
}

func pageQuery(f Filter, cursor string) (*query, error) {
	q := &query{}
	q.addIf(f.ActorID != "", "actor_id = ?", f.ActorID)
	q.addIf(f.ObjectKind != "", "object_kind = ?", f.ObjectKind)
	q.addIf(f.ObjectID != "", "object_id = ?", f.ObjectID)
	if prefix, below := strings.CutSuffix(f.Action, "."); below {
		q.add("action >= ? AND action < ?", f.Action, prefix+"/") // '/' is the character after '.'
	} else {
		q.addIf(f.Action != "", "action = ?", f.Action)
	}
	if len(f.UnitIDs) > 0 {
		units := make([]any, len(f.UnitIDs))
		for i, id := range f.UnitIDs {
			units[i] = id
		}
		q.add("unit_id IN (?"+strings.Repeat(", ?", len(units)-1)+")", units...)
	}
	q.addIf(!f.From.IsZero(), "at >= ?", sqldb.Millis(f.From))
	q.addIf(!f.To.IsZero(), "at < ?", sqldb.Millis(f.To))
	if cursor != "" {
		at, seq, err := parseCursor(cursor)
		if err != nil {
			return nil, err
		}
		q.add("(at, seq) < (?, ?)", at, seq)
	}
	return q, nil
}

func encodeCursor(r Record) string {
	return strconv.FormatInt(sqldb.Millis(r.At), 10) + "." + strconv.FormatInt(r.Seq, 10)
}

func parseCursor(cursor string) (at, seq int64, err error) {
	first, second, _ := strings.Cut(cursor, ".")
	at, errAt := strconv.ParseInt(first, 10, 64)
	seq, errSeq := strconv.ParseInt(second, 10, 64)
	if errAt != nil || errSeq != nil {
		return 0, 0, errs.E(errs.Invalid, "audit.bad_cursor")
	}
	return at, seq, nil
}
