package figures

import (
	"context"
	"database/sql"
	"fmt"
	"strings"

	"bilin/internal/demand/catalog"
	"bilin/internal/network"
	"bilin/internal/sqldb"
)

// Where things lie in packed. Handing a column over costs more than adding it
// up, so a demand comes as one number and one text.
const (
	satisfiedAt, recheckedAt, rungAt, reopenedAt, resolvedAt = 0, 2, 4, 8, 9
	limitAt, climbsAt, handsAt, daysAt                       = 10, 12, 24, 36
)

const most = 4095 // climbs and hand-overs of one demand that are told apart

const packed = `satisfied + rechecked * 4 + resolved_rung * 16
	+ CASE WHEN reopens > 0 THEN 256 ELSE 0 END
	+ CASE WHEN first_resolved_at > 0 THEN 512 ELSE 0 END
	+ CASE WHEN first_resolved_at > 0 AND (late_at = 0 OR first_resolved_at < late_at) THEN 1024
		WHEN first_resolved_at > 0 OR late_at > 0 THEN 2048 ELSE 0 END
	+ CASE WHEN climbs < 4095 THEN climbs ELSE 4095 END * 4096
	+ CASE WHEN handovers < 4095 THEN handovers ELSE 4095 END * 16777216
	+ CASE WHEN first_resolved_at > raised_at THEN
		(first_resolved_at + 28800000) / 86400000 - (raised_at + 28800000) / 86400000 ELSE 0 END * 68719476736`

// joined follows the place; it ends with the unit whose line alone may read it, or nothing.
const joined = `||'|'||category_id||'|'||kind||'|'||source||'|'||state||'|'||substr(day, 1, 7)||'|'||CASE WHEN confined = 1 THEN owner_id ELSE '' END`

// queryOf asks for the demands of a view that were raised in the months, each
// with the unit of the coarsest level that tells its line.
func queryOf(tree *network.Tree, v view, f Filter, months, categories []string) (string, []any) {
	c := &sqldb.Where{}
	c.Add("day >= ?", months[0]+"-01")
	c.Add("day <= ?", months[len(months)-1]+"-31")
	place := "unit_id"
	switch v.unit.Level {
	case network.City:
		place = "town_id"
	case network.Town:
		place = "village_id"
		c.Add("town_id = ?", v.unit.ID)
	default:
		if village := tree.At(v.unit, network.Village); village != nil {
			c.Add("village_id = ?", village.ID)
		}
	}
	if v.department != "" {
		c.Add("owner_dept <> '' AND owner_dept = ?", v.department)
	}
	if v.person != "" {
		c.Add("about_id <> ?", v.person)
	}
	if f.CategoryID != "" {
		c.In("category_id", categories)
	}
	return `SELECT ` + place + joined + `, ` + packed + ` FROM demand WHERE ` + c.Text(), c.Args
}

// row is a demand as the query returns it.
type row struct {
	deed
	text  string
	marks int64
	owner string // unit whose line alone may read it, or ""
}

func (r *row) scan(rows *sql.Rows) error {
	if err := rows.Scan(&r.text, &r.marks); err != nil {
		return err
	}
	rest := r.text
	for _, field := range []*string{&r.unit, &r.category, &r.kind, &r.source, &r.state, &r.month} {
		*field, rest, _ = strings.Cut(rest, "|")
	}
	r.owner = rest
	m := r.marks
	r.satisfied, r.rechecked, r.rung = int(m>>satisfiedAt&3), int(m>>recheckedAt&3), catalog.Rung(m>>rungAt&15)
	r.reopened, r.resolved = m>>reopenedAt&1 == 1, m>>resolvedAt&1 == 1
	r.limit = limit(m >> limitAt & 3)
	r.climbs, r.hands, r.days = int(m>>climbsAt&most), int(m>>handsAt&most), int(m>>daysAt)
	return nil
}

// each calls visit for every demand that the query finds.
func each(ctx context.Context, q sqldb.Querier, text string, args []any, visit func(*row)) error {
	rows, err := q.QueryContext(ctx, text, args...)
	if err != nil {
		return fmt.Errorf("figures: %w", err)
	}
	defer rows.Close()
	var r row
	for rows.Next() {
		if err := r.scan(rows); err != nil {
			return fmt.Errorf("figures: %w", err)
		}
		visit(&r)
	}
	return rows.Err()
}
