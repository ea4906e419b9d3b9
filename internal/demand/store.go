package demand

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"bilin/internal/errs"
	"bilin/internal/sqldb"
)

const columns = `id, number, kind, text, contact, household_id, unit_id, village_id, town_id, owner_id,
	owner_since, about_id, state, state_since, raised_at, reopens, version, seq, track_hash`

// byNumber loads a demand.
func byNumber(ctx context.Context, q sqldb.Querier, number string) (*Demand, error) {
	d, err := scan(q.QueryRowContext(ctx, `SELECT `+columns+` FROM demand WHERE number = $1`, number))
	if errors.Is(err, sql.ErrNoRows) {
		return nil, errs.E(errs.NotFound, "demand.none")
	}
	if err != nil {
		return nil, fmt.Errorf("demand: load %s: %w", number, err)
	}
	return d, nil
}

func scan(row interface{ Scan(...any) error }) (*Demand, error) {
	var d Demand
	var contact, household sql.NullString
	var ownerSince, stateSince, raised int64
	err := row.Scan(&d.ID, &d.Number, &d.Kind, &d.Text, &contact, &household, &d.UnitID, &d.VillageID, &d.TownID,
		&d.OwnerID, &ownerSince, &d.AboutID, &d.State, &stateSince, &raised, &d.Reopens, &d.Version, &d.Seq, &d.trackHash)
	if err != nil {
		return nil, err
	}
	d.contact, d.HasContact, d.HouseholdID = contact.String, contact.Valid, household.String
	d.OwnerSince, d.StateSince, d.RaisedAt = sqldb.Time(ownerSince), sqldb.Time(stateSince), sqldb.Time(raised)
	return &d, nil
}

// insert stores a new demand with its first events.
func insert(ctx context.Context, tx *sqldb.Tx, d *Demand) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO demand (`+columns+`, stage)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20)`,
		d.ID, d.Number, string(d.Kind), d.Text, orNull(d.contact), orNull(d.HouseholdID), d.UnitID, d.VillageID, d.TownID,
		d.OwnerID, sqldb.Millis(d.OwnerSince), d.AboutID, string(d.State), sqldb.Millis(d.StateSince),
		sqldb.Millis(d.RaisedAt), d.Reopens, d.Version, d.Seq, d.trackHash, int(d.State.Stage()))
	if err != nil {
		return fmt.Errorf("demand: insert: %w", err)
	}
	return addEvents(ctx, tx, d)
}

// save stores what rules changed, and adds their events. It fails if another
// command came between load and save.
func save(ctx context.Context, tx *sqldb.Tx, d *Demand) error {
	if len(d.news) == 0 {
		return nil
	}
	res, err := tx.ExecContext(ctx, `UPDATE demand SET unit_id = $1, village_id = $2, town_id = $3, owner_id = $4,
		owner_since = $5, state = $6, stage = $7, state_since = $8, reopens = $9, version = $10, seq = $11
		WHERE id = $12 AND seq = $13`,
		d.UnitID, d.VillageID, d.TownID, d.OwnerID, sqldb.Millis(d.OwnerSince), string(d.State), int(d.State.Stage()),
		sqldb.Millis(d.StateSince), d.Reopens, d.Version, d.Seq, d.ID, d.Seq-len(d.news))
	if err != nil {
		return fmt.Errorf("demand: save: %w", err)
	}
	if n, err := res.RowsAffected(); err != nil || n != 1 {
		return errs.Wrap(err, errs.Stale, "demand.stale")
	}
	return addEvents(ctx, tx, d)
}

var eventColumns = []string{"demand_id", "seq", "at", "step", "side", "actor_id", "name", "role", "unit_id", "unit_name",
	"to_unit_id", "to_unit_name", "to_person_id", "to_name", "to_role", "reason", "text", "state"}

func addEvents(ctx context.Context, tx *sqldb.Tx, d *Demand) error {
	rows := make([][]any, 0, len(d.news))
	for _, e := range d.news {
		rows = append(rows, []any{d.ID, e.Seq, sqldb.Millis(e.At), string(e.Step), string(e.Side), e.ActorID, e.Name,
			string(e.Role), e.UnitID, e.UnitName, e.To.UnitID, e.To.UnitName, e.To.PersonID, e.To.Name, string(e.To.Role),
			string(e.Reason), e.Text, string(e.State)})
	}
	if err := sqldb.InsertMany(ctx, tx, "demand_event", eventColumns, rows, ""); err != nil {
		return err
	}
	d.news = nil
	return nil
}

// eventsOf returns a demand's timeline, oldest first.
func eventsOf(ctx context.Context, q sqldb.Querier, id string) ([]Event, error) {
	rows, err := q.QueryContext(ctx, `SELECT seq, at, step, side, actor_id, name, role, unit_id, unit_name, to_unit_id,
		to_unit_name, to_person_id, to_name, to_role, reason, text, state FROM demand_event WHERE demand_id = $1 ORDER BY seq`, id)
	if err != nil {
		return nil, fmt.Errorf("demand: timeline: %w", err)
	}
	defer rows.Close()
	var events []Event
	for rows.Next() {
		var e Event
		var at int64
		if err := rows.Scan(&e.Seq, &at, &e.Step, &e.Side, &e.ActorID, &e.Name, &e.Role, &e.UnitID, &e.UnitName, &e.To.UnitID,
			&e.To.UnitName, &e.To.PersonID, &e.To.Name, &e.To.Role, &e.Reason, &e.Text, &e.State); err != nil {
			return nil, fmt.Errorf("demand: timeline: %w", err)
		}
		e.At = sqldb.Time(at)
		events = append(events, e)
	}
	return events, rows.Err()
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

func orNull(s string) any {
	if s == "" {
		return nil
	}
	return s
}

// texts runs a query for one column of text.
func texts(ctx context.Context, q sqldb.Querier, query string, args ...any) ([]string, error) {
	rows, err := q.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, fmt.Errorf("demand: %w", err)
	}
	defer rows.Close()
	var list []string
	for rows.Next() {
		var text string
		if err := rows.Scan(&text); err != nil {
			return nil, fmt.Errorf("demand: %w", err)
		}
		list = append(list, text)
	}
	return list, rows.Err()
}
