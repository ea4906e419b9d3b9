package meeting

import (
	"context"
	"database/sql"
	"fmt"

	"bilin/internal/errs"
	"bilin/internal/number"
	"bilin/internal/sqldb"
)

const meetingColumns = `m.id, m.number, m.unit_id, m.from_unit, m.village_id, m.subject, m.place, m.starts_at, m.state, m.why, m.moved, m.notice, m.untold, m.came, m.edition, m.made_at, m.version`

func scanMeeting(r *sql.Rows, m *Meeting) error {
	var starts, made int64
	var untold int
	err := r.Scan(&m.ID, &m.Number, &m.UnitID, &m.FromUnit, &m.VillageID, &m.Subject, &m.Place, &starts, &m.State, &m.Why, &m.Moved, &m.Notice, &untold, &m.Came, &m.Edition, &made, &m.Version)
	m.StartsAt, m.MadeAt, m.Untold = sqldb.Time(starts), sqldb.Time(made), untold != 0
	return err
}

func meetings(ctx context.Context, q sqldb.Querier, rest string, args ...any) ([]Meeting, error) {
	return sqldb.Collect(ctx, q, scanMeeting, `SELECT `+meetingColumns+` FROM meeting m `+rest, args...)
}

func none() error { return errs.E(errs.NotFound, "meeting.none") }

func oneMeeting(ctx context.Context, q sqldb.Querier, rest string, args ...any) (*Meeting, error) {
	list, err := meetings(ctx, q, rest, args...)
	if err == nil && len(list) == 0 {
		err = none()
	}
	if err != nil {
		return nil, err
	}
	return &list[0], nil
}

func byNumber(ctx context.Context, q sqldb.Querier, typed string) (*Meeting, error) {
	num, ok := number.Parse("Y", typed)
	if !ok {
		return nil, none()
	}
	return oneMeeting(ctx, q, `WHERE m.number = $1`, num)
}

func meetingRow(m *Meeting) []any {
	return []any{m.ID, m.Number, m.UnitID, m.FromUnit, m.VillageID, m.Subject, m.Place, sqldb.Millis(m.StartsAt), string(m.State), m.Why, m.Moved, m.Notice, sqldb.Flag(m.Untold), m.Came, m.Edition, sqldb.Millis(m.MadeAt), m.Version}
}

var meetingInto = []string{"id", "number", "unit_id", "from_unit", "village_id", "subject", "place", "starts_at", "state", "why", "moved", "notice", "untold", "came", "edition", "made_at", "version"}

func insertMeetings(ctx context.Context, tx *sqldb.Tx, list ...*Meeting) error {
	rows := make([][]any, len(list))
	for i, m := range list {
		rows[i] = meetingRow(m)
	}
	return sqldb.InsertMany(ctx, tx, "meeting", meetingInto, rows, "")
}

// updateMeeting stores what can change, and raises the version.
func updateMeeting(ctx context.Context, tx *sqldb.Tx, m *Meeting) error {
	m.Version++
	_, err := tx.ExecContext(ctx, `UPDATE meeting SET subject = $1, place = $2, starts_at = $3, state = $4, why = $5, moved = $6, notice = $7, untold = $8, came = $9, edition = $10, version = $11 WHERE id = $12`,
		m.Subject, m.Place, sqldb.Millis(m.StartsAt), string(m.State), m.Why, m.Moved, m.Notice, sqldb.Flag(m.Untold), m.Came, m.Edition, m.Version, m.ID)
	return err
}

func itemsOf(ctx context.Context, q sqldb.Querier, meetingID string) ([]Item, error) {
	return sqldb.Collect(ctx, q, func(r *sql.Rows, i *Item) error { return r.Scan(&i.Words, &i.Demand) },
		`SELECT words, demand FROM meeting_item WHERE meeting_id = $1 ORDER BY pos`, meetingID)
}

func itemRows(meetingID string, items []Item) (rows [][]any) {
	for i, x := range items {
		rows = append(rows, []any{meetingID, i + 1, x.Words, x.Demand})
	}
	return rows
}

var itemInto = []string{"meeting_id", "pos", "words", "demand"}

func putItems(ctx context.Context, tx *sqldb.Tx, meetingID string, items []Item) error {
	if _, err := tx.ExecContext(ctx, `DELETE FROM meeting_item WHERE meeting_id = $1`, meetingID); err != nil {
		return err
	}
	return sqldb.InsertMany(ctx, tx, "meeting_item", itemInto, itemRows(meetingID, items), "")
}

var minutesInto = []string{"meeting_id", "edition", "words", "why", "at", "version"}

func minutesRow(meetingID string, m Minutes) []any {
	return []any{meetingID, m.Edition, m.Words, m.Why, sqldb.Millis(m.At), m.Version}
}

// minutesOf returns every edition, the latest first and the draft last.
func minutesOf(ctx context.Context, q sqldb.Querier, meetingID string) ([]Minutes, error) {
	return sqldb.Collect(ctx, q, func(r *sql.Rows, m *Minutes) error {
		var at int64
		err := r.Scan(&m.Edition, &m.Words, &m.Why, &at, &m.Version)
		m.At = sqldb.Time(at)
		return err
	}, `SELECT edition, words, why, at, version FROM meeting_minutes WHERE meeting_id = $1 ORDER BY edition DESC`, meetingID)
}

func draftOf(ctx context.Context, q sqldb.Querier, meetingID string) (*Minutes, error) {
	list, err := minutesOf(ctx, q, meetingID)
	if err == nil && len(list) > 0 && list[len(list)-1].Edition == 0 {
		return &list[len(list)-1], nil
	}
	return &Minutes{}, err
}

func putDraft(ctx context.Context, tx *sqldb.Tx, meetingID string, m Minutes) error {
	return sqldb.InsertMany(ctx, tx, "meeting_minutes", minutesInto, [][]any{minutesRow(meetingID, m)},
		"ON CONFLICT (meeting_id, edition) DO UPDATE SET words = excluded.words, at = excluded.at, version = excluded.version")
}

func addMinutes(ctx context.Context, tx *sqldb.Tx, meetingID string, m Minutes) error {
	if _, err := tx.ExecContext(ctx, `DELETE FROM meeting_minutes WHERE meeting_id = $1 AND edition = 0`, meetingID); err != nil {
		return err
	}
	return sqldb.InsertMany(ctx, tx, "meeting_minutes", minutesInto, [][]any{minutesRow(meetingID, m)}, "")
}

// dropMinutes takes the words away that were out; that there were some stays.
func dropMinutes(ctx context.Context, tx *sqldb.Tx, meetingID string) error {
	_, err := tx.ExecContext(ctx, `UPDATE meeting_minutes SET words = '' WHERE meeting_id = $1 AND edition > 0`, meetingID)
	return err
}

const resolutionColumns = `r.id, r.meeting_id, r.unit_id, r.kind, r.words, r.demand, r.track, r.owner_unit, r.owner_role, r.due_day, r.with_unit, r.next_at, r.outcome, r.done_at, r.told_at, r.made_at, r.version`

func resolutionInto(r *Resolution) (dest []any, fill func()) {
	var next, done, told, made int64
	dest = []any{&r.ID, &r.MeetingID, &r.UnitID, &r.Kind, &r.Words, &r.Demand, &r.track, &r.OwnerUnit, &r.OwnerRole, &r.DueDay, &r.WithUnit, &next, &r.Outcome, &done, &told, &made, &r.Version}
	return dest, func() {
		r.NextAt, r.DoneAt, r.ToldAt, r.MadeAt = sqldb.TimeOrZero(next), sqldb.TimeOrZero(done), sqldb.TimeOrZero(told), sqldb.Time(made)
	}
}

func resolutions(ctx context.Context, q sqldb.Querier, rest string, args ...any) ([]Resolution, error) {
	return sqldb.Collect(ctx, q, func(rows *sql.Rows, r *Resolution) error {
		dest, fill := resolutionInto(r)
		err := rows.Scan(dest...)
		fill()
		return err
	}, `SELECT `+resolutionColumns+` FROM meeting_resolution r `+rest, args...)
}

func resolutionByID(ctx context.Context, q sqldb.Querier, id string) (*Resolution, error) {
	list, err := resolutions(ctx, q, `WHERE r.id = $1`, id)
	if err == nil && len(list) == 0 {
		err = errs.E(errs.NotFound, "meeting.no_resolution")
	}
	if err != nil {
		return nil, err
	}
	return &list[0], nil
}

func insertResolutions(ctx context.Context, tx *sqldb.Tx, list ...*Resolution) error {
	rows := make([][]any, len(list))
	for i, r := range list {
		rows[i] = []any{r.ID, r.MeetingID, r.UnitID, string(r.Kind), r.Words, r.Demand, r.track, r.OwnerUnit, string(r.OwnerRole), r.DueDay, r.WithUnit, sqldb.MillisOrZero(r.NextAt),
			r.Outcome, sqldb.MillisOrZero(r.DoneAt), sqldb.MillisOrZero(r.ToldAt), sqldb.Millis(r.MadeAt), r.Version}
	}
	return sqldb.InsertMany(ctx, tx, "meeting_resolution", []string{"id", "meeting_id", "unit_id", "kind", "words", "demand", "track", "owner_unit", "owner_role", "due_day", "with_unit", "next_at",
		"outcome", "done_at", "told_at", "made_at", "version"}, rows, "")
}

// updateResolution stores what can change, and raises the version.
func updateResolution(ctx context.Context, tx *sqldb.Tx, r *Resolution) error {
	r.Version++
	_, err := tx.ExecContext(ctx, `UPDATE meeting_resolution SET track = $1, with_unit = $2, next_at = $3, outcome = $4, done_at = $5, told_at = $6, version = $7 WHERE id = $8`,
		r.track, r.WithUnit, sqldb.MillisOrZero(r.NextAt), r.Outcome, sqldb.MillisOrZero(r.DoneAt), sqldb.MillisOrZero(r.ToldAt), r.Version, r.ID)
	return err
}

func readAt(ctx context.Context, q sqldb.Querier, meetingID string) ([]Read, error) {
	return sqldb.Collect(ctx, q, func(rows *sql.Rows, x *Read) error {
		dest, fill := resolutionInto(&x.Resolution)
		var at int64
		err := rows.Scan(append(dest, &x.Became, &x.Outcome, &at)...)
		fill()
		x.At = sqldb.Time(at)
		return err
	}, `SELECT `+resolutionColumns+`, d.became, d.outcome, d.at FROM meeting_read d JOIN meeting_resolution r ON r.id = d.resolution_id WHERE d.meeting_id = $1 ORDER BY r.id`, meetingID)
}

var readInto = []string{"meeting_id", "resolution_id", "became", "outcome", "at"}

// reserve takes the next n numbers of a year and returns the first.
func reserve(ctx context.Context, tx *sqldb.Tx, year, n int) (first int, err error) {
	err = tx.QueryRowContext(ctx, `INSERT INTO meeting_serial (year, last) VALUES ($1, $2)
		ON CONFLICT (year) DO UPDATE SET last = meeting_serial.last + excluded.last RETURNING last`, year, n).Scan(&first)
	if err != nil {
		return 0, fmt.Errorf("meeting: number: %w", err)
	}
	return first - n + 1, nil
}

func numbered(year, n int) string { return number.Of("Y", year, n, 5) }
