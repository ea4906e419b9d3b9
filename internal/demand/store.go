package demand

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"bilin/internal/errs"
	"bilin/internal/sqldb"
)

// fixed never change after a demand was raised; the rest are written by every save.
var (
	fixed = []string{"id", "number", "kind", "text", "contact", "about_id", "raised_at", "day", "track_hash", "track",
		"private", "confined", "source", "author_id", "own", "place", "lon", "lat", "channel", "search", "proved"}
	moving = []string{"household_id", "unit_id", "village_id", "town_id", "category_id", "urgency", "publish", "claim_id",
		"owner_id", "owner_dept", "owner_since", "rung", "handler_id", "state", "stage", "state_since",
		"clock_limit", "clock_used", "clock_since", "due_at", "late_at", "remind_at", "climbs",
		"pending_unit", "pending_dept", "pending_at", "pending_due", "handovers", "returns", "disputed", "bound",
		"merged_into", "photos", "resolved_at", "first_resolved_at", "resolved_by", "resolved_rung",
		"told_at", "silent_at", "closed_at", "satisfied", "satisfied_why", "recheck", "rechecked", "check_at", "reopens",
		"owed_why", "owed_unit", "owed_role", "owed_person", "owed_name", "owed_since", "owed_due", "owed_answered", "owed_passed",
		"version", "seq", "touched_at", "next_at"}
	columns = strings.Join(fixed, ", ") + ", " + strings.Join(moving, ", ") + ", follows" // which is counted by itself
	saving  = update(moving)
)

// update is the statement that writes the moving columns of one demand, if its seq is still the one that was read.
func update(names []string) string {
	sets := make([]string, len(names))
	for i, name := range names {
		sets[i] = name + " = $" + strconv.Itoa(i+1)
	}
	n := len(names)
	return fmt.Sprintf(`UPDATE demand SET %s WHERE id = $%d AND seq = $%d`, strings.Join(sets, ", "), n+1, n+2)
}

func (d *Demand) fixedValues() []any {
	return []any{d.ID, d.Number, string(d.Kind), d.Text, orNull(d.contact), d.AboutID, sqldb.Millis(d.RaisedAt), d.Day, d.trackHash, d.track,
		sqldb.Flag(d.Private), sqldb.Flag(d.Confined), string(d.Source), d.AuthorID, sqldb.Flag(d.Own), d.Place, orZero(d.Lon), orZero(d.Lat), string(d.Channel), fold(d.Text), sqldb.Flag(d.Proved)}
}

func (d *Demand) movingValues() []any {
	return []any{orNull(d.HouseholdID), d.UnitID, d.VillageID, d.TownID, d.CategoryID, int(d.Urgency), sqldb.Flag(d.Publish), d.ClaimID,
		d.OwnerID, d.OwnerDept, sqldb.MillisOrZero(d.OwnerSince), int(d.Rung), d.HandlerID, string(d.State), int(d.State.Stage()), sqldb.MillisOrZero(d.StateSince),
		d.Clock.Limit.Milliseconds(), d.Clock.Used.Milliseconds(), sqldb.MillisOrZero(d.Clock.Since), sqldb.MillisOrZero(d.DueAt), sqldb.MillisOrZero(d.LateAt), sqldb.MillisOrZero(d.RemindAt), d.Climbs,
		d.Pending.UnitID, d.Pending.DepartmentID, sqldb.MillisOrZero(d.PendingAt), sqldb.MillisOrZero(d.PendingBy), d.Handovers, d.Returns, sqldb.Flag(d.Disputed), sqldb.Flag(d.Bound),
		d.MergedInto, d.Photos, sqldb.MillisOrZero(d.ResolvedAt), sqldb.MillisOrZero(d.FirstResolvedAt), d.ResolvedBy, int(d.ResolvedRung),
		sqldb.MillisOrZero(d.ToldAt), sqldb.MillisOrZero(d.SilentAt), sqldb.MillisOrZero(d.ClosedAt), int(d.Satisfied), d.SatisfiedWhy, sqldb.Flag(d.Recheck), d.Rechecked, sqldb.MillisOrZero(d.CheckAt), d.Reopens,
		string(d.Owed.Why), d.Owed.By.UnitID, string(d.Owed.By.Role), d.Owed.By.PersonID, d.Owed.By.Name, sqldb.MillisOrZero(d.Owed.Since), sqldb.MillisOrZero(d.Owed.DueAt), sqldb.MillisOrZero(d.Owed.AnsweredAt), sqldb.Flag(d.Owed.Passed),
		d.Version, d.Seq, sqldb.MillisOrZero(d.TouchedAt), sqldb.MillisOrZero(d.NextAt())}
}

// byNumber loads a demand.
func byNumber(ctx context.Context, q sqldb.Querier, number string) (*Demand, error) {
	return one(ctx, q, "number", number)
}

func one(ctx context.Context, q sqldb.Querier, column, value string) (*Demand, error) {
	d, err := scan(q.QueryRowContext(ctx, `SELECT `+columns+` FROM demand WHERE `+column+` = $1`, value))
	if errors.Is(err, sql.ErrNoRows) {
		return nil, errs.E(errs.NotFound, "demand.none")
	}
	if err != nil {
		return nil, fmt.Errorf("demand: load by %s: %w", column, err)
	}
	return d, nil
}

// many loads the demands that a condition names.
func many(ctx context.Context, q sqldb.Querier, where string, args ...any) ([]*Demand, error) {
	rows, err := q.QueryContext(ctx, `SELECT `+columns+` FROM demand WHERE `+where, args...)
	if err != nil {
		return nil, fmt.Errorf("demand: load: %w", err)
	}
	defer rows.Close()
	var list []*Demand
	for rows.Next() {
		d, err := scan(rows)
		if err != nil {
			return nil, fmt.Errorf("demand: load: %w", err)
		}
		list = append(list, d)
	}
	return list, rows.Err()
}

func scan(row interface{ Scan(...any) error }) (*Demand, error) {
	var d Demand
	var contact, household sql.NullString
	var lon, lat sql.NullFloat64
	var stage int
	var limit, used int64
	var search, next any
	err := row.Scan(&d.ID, &d.Number, &d.Kind, &d.Text, &contact, &d.AboutID, moment{&d.RaisedAt}, &d.Day, &d.trackHash, &d.track,
		truth{&d.Private}, truth{&d.Confined}, &d.Source, &d.AuthorID, truth{&d.Own}, &d.Place, &lon, &lat, &d.Channel, &search, truth{&d.Proved},
		&household, &d.UnitID, &d.VillageID, &d.TownID, &d.CategoryID, &d.Urgency, truth{&d.Publish}, &d.ClaimID,
		&d.OwnerID, &d.OwnerDept, moment{&d.OwnerSince}, &d.Rung, &d.HandlerID, &d.State, &stage, moment{&d.StateSince},
		&limit, &used, moment{&d.Clock.Since}, moment{&d.DueAt}, moment{&d.LateAt}, moment{&d.RemindAt}, &d.Climbs,
		&d.Pending.UnitID, &d.Pending.DepartmentID, moment{&d.PendingAt}, moment{&d.PendingBy}, &d.Handovers, &d.Returns, truth{&d.Disputed}, truth{&d.Bound},
		&d.MergedInto, &d.Photos, moment{&d.ResolvedAt}, moment{&d.FirstResolvedAt}, &d.ResolvedBy, &d.ResolvedRung,
		moment{&d.ToldAt}, moment{&d.SilentAt}, moment{&d.ClosedAt}, &d.Satisfied, &d.SatisfiedWhy, truth{&d.Recheck}, &d.Rechecked, moment{&d.CheckAt}, &d.Reopens,
		&d.Owed.Why, &d.Owed.By.UnitID, &d.Owed.By.Role, &d.Owed.By.PersonID, &d.Owed.By.Name, moment{&d.Owed.Since}, moment{&d.Owed.DueAt}, moment{&d.Owed.AnsweredAt}, truth{&d.Owed.Passed},
		&d.Version, &d.Seq, moment{&d.TouchedAt}, &next, &d.Follows)
	if err != nil {
		return nil, err
	}
	d.contact, d.HasContact, d.HouseholdID = contact.String, contact.Valid, household.String
	d.Lon, d.Lat = lon.Float64, lat.Float64
	d.Clock.Limit, d.Clock.Used = time.Duration(limit)*time.Millisecond, time.Duration(used)*time.Millisecond
	return &d, nil
}

// insert stores new demands with their events.
func insert(ctx context.Context, tx *sqldb.Tx, list ...*Demand) error {
	rows := make([][]any, len(list))
	for i, d := range list {
		rows[i] = append(d.fixedValues(), d.movingValues()...)
	}
	if err := sqldb.InsertMany(ctx, tx, "demand", append(append([]string{}, fixed...), moving...), rows, ""); err != nil {
		return fmt.Errorf("demand: insert: %w", err)
	}
	if err := addHelpers(ctx, tx, list); err != nil {
		return err
	}
	return addEvents(ctx, tx, list...)
}

// save stores what rules changed, and adds their events. It fails if another
// command came between load and save.
func save(ctx context.Context, tx *sqldb.Tx, d *Demand) error {
	args := append(d.movingValues(), d.ID, d.Seq-len(d.news))
	res, err := tx.ExecContext(ctx, saving, args...)
	if err != nil {
		return fmt.Errorf("demand: save: %w", err)
	}
	if n, err := res.RowsAffected(); err != nil || n != 1 {
		return errs.Wrap(err, errs.Stale, "demand.stale")
	}
	for _, e := range d.news {
		if e.Step == StepHelperLeft {
			_, err := tx.ExecContext(ctx, `DELETE FROM demand_helper WHERE demand_id = $1 AND unit_id = $2 AND dept_id = $3`, d.ID, e.To.UnitID, e.To.DepartmentID)
			if err != nil {
				return fmt.Errorf("demand: drop helper: %w", err)
			}
		}
	}
	if err := addHelpers(ctx, tx, []*Demand{d}); err != nil {
		return err
	}
	return addEvents(ctx, tx, d)
}

// addHelpers stores the helpers that joined by the events not yet stored.
func addHelpers(ctx context.Context, tx *sqldb.Tx, list []*Demand) error {
	var rows [][]any
	for _, d := range list {
		for _, e := range d.news {
			if e.Step == StepHelperJoined && helps(d.Helpers, e.To) {
				rows = append(rows, []any{d.ID, e.To.UnitID, e.To.DepartmentID, sqldb.Millis(e.At)})
			}
		}
	}
	return sqldb.InsertMany(ctx, tx, "demand_helper", []string{"demand_id", "unit_id", "dept_id", "since"}, rows,
		"ON CONFLICT (demand_id, unit_id, dept_id) DO NOTHING")
}

// helpersOf loads who else works on a demand, without their names.
func helpersOf(ctx context.Context, q sqldb.Querier, id string) ([]Stop, error) {
	rows, err := q.QueryContext(ctx, `SELECT unit_id, dept_id FROM demand_helper WHERE demand_id = $1 ORDER BY since, unit_id, dept_id`, id)
	if err != nil {
		return nil, fmt.Errorf("demand: helpers: %w", err)
	}
	defer rows.Close()
	var list []Stop
	for rows.Next() {
		var s Stop
		if err := rows.Scan(&s.UnitID, &s.DepartmentID); err != nil {
			return nil, fmt.Errorf("demand: helpers: %w", err)
		}
		list = append(list, s)
	}
	return list, rows.Err()
}

// reserve takes the next n numbers of a year and returns the last of them.
func reserve(ctx context.Context, tx *sqldb.Tx, year, n int) (int, error) {
	var last int
	err := tx.QueryRowContext(ctx, `INSERT INTO demand_number (year, last) VALUES ($1, $2)
		ON CONFLICT (year) DO UPDATE SET last = demand_number.last + excluded.last RETURNING last`, year, n).Scan(&last)
	if err != nil {
		return 0, fmt.Errorf("demand: reserve numbers: %w", err)
	}
	return last, nil
}
