package outreach

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"bilin/internal/errs"
	"bilin/internal/number"
	"bilin/internal/sqldb"
)

const noticeColumns = `n.id, n.number, n.kind, n.title, n.words, n.alt, n.min_size, n.max_size, n.state, n.edition, n.sender_id, n.by_id, n.why, n.made_at, n.due_at, n.sent_at, n.changed_at, n.version, n.short, n.summed`

func scanNotice(r *sql.Rows, n *Notice) error {
	var made, due, sent, changed int64
	var short, summed int
	err := r.Scan(&n.ID, &n.Number, &n.Kind, &n.Title, &n.Words, &n.Alt, &n.MinSize, &n.MaxSize, &n.State, &n.Edition, &n.SenderID, &n.by, &n.Why, &made, &due, &sent, &changed, &n.Version, &short, &summed)
	n.MadeAt, n.DueAt, n.SentAt, n.ChangedAt = sqldb.TimeOrZero(made), sqldb.TimeOrZero(due), sqldb.TimeOrZero(sent), sqldb.TimeOrZero(changed)
	n.Short, n.summed = short != 0, summed != 0
	return err
}

func notices(ctx context.Context, q sqldb.Querier, from string, args ...any) ([]Notice, error) {
	return sqldb.Collect(ctx, q, scanNotice, `SELECT `+noticeColumns+` FROM notice n `+from, args...)
}

func noticeByNumber(ctx context.Context, q sqldb.Querier, typed string) (*Notice, error) {
	num, ok := number.Parse("N", typed)
	if !ok {
		return nil, errs.E(errs.NotFound, "outreach.none")
	}
	list, err := notices(ctx, q, `WHERE n.number = $1`, num)
	if err == nil && len(list) == 0 {
		err = errs.E(errs.NotFound, "outreach.none")
	}
	if err != nil {
		return nil, err
	}
	n := &list[0]
	n.Units, err = unitsOf(ctx, q, n.ID)
	return n, err
}

func unitsOf(ctx context.Context, q sqldb.Querier, noticeID string) ([]string, error) {
	return sqldb.Collect(ctx, q, func(r *sql.Rows, id *string) error { return r.Scan(id) },
		`SELECT unit_id FROM notice_unit WHERE notice_id = $1 ORDER BY unit_id`, noticeID)
}

func insertNotice(ctx context.Context, tx *sqldb.Tx, n *Notice) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO notice (id, number, kind, title, words, alt, min_size, max_size, state, edition, sender_id, by_id, why, made_at, due_at, sent_at, changed_at, version)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)`,
		n.ID, n.Number, string(n.Kind), n.Title, n.Words, n.Alt, n.MinSize, n.MaxSize, string(n.State), n.Edition, n.SenderID, n.by, n.Why, sqldb.MillisOrZero(n.MadeAt), sqldb.MillisOrZero(n.DueAt), sqldb.MillisOrZero(n.SentAt), sqldb.MillisOrZero(n.ChangedAt), n.Version)
	return err
}

// updateNotice stores what can change, and raises the version.
func updateNotice(ctx context.Context, tx *sqldb.Tx, n *Notice) error {
	n.Version++
	_, err := tx.ExecContext(ctx, `UPDATE notice SET kind = $1, title = $2, words = $3, alt = $4, min_size = $5, max_size = $6, state = $7, edition = $8, sender_id = $9, why = $10,
		due_at = $11, sent_at = $12, changed_at = $13, version = $14, short = $15 WHERE id = $16`,
		string(n.Kind), n.Title, n.Words, n.Alt, n.MinSize, n.MaxSize, string(n.State), n.Edition, n.SenderID, n.Why, sqldb.MillisOrZero(n.DueAt), sqldb.MillisOrZero(n.SentAt), sqldb.MillisOrZero(n.ChangedAt), n.Version, sqldb.Flag(n.Short), n.ID)
	return err
}

func putUnits(ctx context.Context, tx *sqldb.Tx, n *Notice) error {
	if _, err := tx.ExecContext(ctx, `DELETE FROM notice_unit WHERE notice_id = $1`, n.ID); err != nil {
		return err
	}
	rows := make([][]any, len(n.Units))
	for i, id := range n.Units {
		rows[i] = []any{n.ID, id}
	}
	return sqldb.InsertMany(ctx, tx, "notice_unit", []string{"notice_id", "unit_id"}, rows, "")
}

func putPicture(ctx context.Context, tx *sqldb.Tx, noticeID string, p *Picture, remove bool) error {
	if p == nil && !remove {
		return nil
	}
	_, err := tx.ExecContext(ctx, `DELETE FROM notice_picture WHERE notice_id = $1`, noticeID)
	if err != nil || p == nil {
		return err
	}
	_, err = tx.ExecContext(ctx, `INSERT INTO notice_picture (notice_id, image, width, height) VALUES ($1, $2, $3, $4)`, noticeID, p.Image, p.Width, p.Height)
	return err
}

func pictureOf(ctx context.Context, q sqldb.Querier, noticeID string) (*Picture, error) {
	p := &Picture{}
	err := q.QueryRowContext(ctx, `SELECT image, width, height FROM notice_picture WHERE notice_id = $1`, noticeID).Scan(&p.Image, &p.Width, &p.Height)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, errs.E(errs.NotFound, "outreach.no_picture")
	}
	return p, err
}

func insertPlaces(ctx context.Context, tx *sqldb.Tx, n *Notice, places []place) error {
	rows := make([][]any, len(places))
	for i, p := range places {
		rows[i] = []any{n.ID, n.Edition, p.village, p.households, p.unled, 0, 0, 0, 0, 0}
	}
	return sqldb.InsertMany(ctx, tx, "notice_place", []string{"notice_id", "edition", "village_id", "households", "unled", "opened", "told", "met", "reached", "odd"}, rows, "")
}

// marksOf returns how households were reached, by their marks.
func marksOf(ctx context.Context, q sqldb.Querier, n *Notice, marks []string) (map[string]Way, error) {
	var w sqldb.Where
	w.Add("notice_id = ?", n.ID)
	w.Add("edition = ?", n.Edition)
	w.In("mark", marks)
	type row struct {
		mark string
		ways Way
	}
	list, err := sqldb.Collect(ctx, q, func(r *sql.Rows, x *row) error { return r.Scan(&x.mark, &x.ways) },
		`SELECT mark, ways FROM notice_mark WHERE `+w.Text(), w.Args...)
	out := map[string]Way{}
	for _, x := range list {
		out[x.mark] = x.ways
	}
	return out, err
}

func putMarks(ctx context.Context, tx *sqldb.Tx, n *Notice, marks map[string]Way) error {
	var rows [][]any
	for mark, ways := range marks {
		rows = append(rows, []any{n.ID, n.Edition, mark, int(ways)})
	}
	return sqldb.InsertMany(ctx, tx, "notice_mark", []string{"notice_id", "edition", "mark", "ways"}, rows, "ON CONFLICT (notice_id, edition, mark) DO UPDATE SET ways = excluded.ways")
}

// link marks that a household came by a link, and says whether that is new.
func link(ctx context.Context, tx *sqldb.Tx, n *Notice, mark string) (bool, error) {
	res, err := tx.ExecContext(ctx, `UPDATE notice_mark SET ways = ways + $1 WHERE notice_id = $2 AND edition = $3 AND mark = $4 AND ways < $1`, int(Linked), n.ID, n.Edition, mark)
	if err != nil {
		return false, fmt.Errorf("outreach: mark a link: %w", err)
	}
	done, err := res.RowsAffected()
	return done > 0, err
}

// counted is what a command adds to the figures of a village and an hour.
type counted struct {
	village       string
	hour          int
	way           Way
	n, first, odd int
	by            string // who enters it, if how quickly matters
}

func (c counted) in(way Way) int {
	if c.way == way {
		return c.n
	}
	return 0
}

// count adds to the figures.
func count(ctx context.Context, tx *sqldb.Tx, n *Notice, c counted) error {
	_, err := tx.ExecContext(ctx, `UPDATE notice_place SET opened = opened + $1, told = told + $2, met = met + $3, reached = reached + $4, odd = odd + $5
		WHERE notice_id = $6 AND edition = $7 AND village_id = $8`, c.in(Opened), c.in(Told), c.in(Met), c.first, c.odd, n.ID, n.Edition, c.village)
	if err != nil {
		return fmt.Errorf("outreach: count: %w", err)
	}
	if c.hour < 0 || c.hour >= hours {
		return nil
	}
	_, err = tx.ExecContext(ctx, `INSERT INTO notice_hour (notice_id, edition, place_id, hour, opened, told, met, reached) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
		ON CONFLICT (notice_id, edition, place_id, hour) DO UPDATE SET opened = notice_hour.opened + excluded.opened, told = notice_hour.told + excluded.told, met = notice_hour.met + excluded.met, reached = notice_hour.reached + excluded.reached`,
		n.ID, n.Edition, c.village, c.hour, c.in(Opened), c.in(Told), c.in(Met), c.first)
	if err != nil {
		return fmt.Errorf("outreach: count by the hour: %w", err)
	}
	return nil
}

func placesOf(ctx context.Context, q sqldb.Querier, noticeID string, edition int) ([]PlaceReach, error) {
	return sqldb.Collect(ctx, q, func(r *sql.Rows, p *PlaceReach) error {
		return r.Scan(&p.VillageID, &p.Households, &p.Unled, &p.Opened, &p.Told, &p.Met, &p.Reached, &p.Odd)
	}, `SELECT village_id, households, unled, opened, told, met, reached, odd FROM notice_place WHERE notice_id = $1 AND edition = $2`, noticeID, edition)
}

// isFew reports whether a village has too few of an edition's households for figures.
func isFew(ctx context.Context, q sqldb.Querier, n *Notice, village string) (few bool, err error) {
	var shown int
	err = q.QueryRowContext(ctx, `SELECT COUNT(*) FROM notice_place WHERE notice_id = $1 AND edition = $2 AND village_id = $3 AND households >= $4`, n.ID, n.Edition, village, Few).Scan(&shown)
	return shown == 0, err
}

var hourColumns = []string{"notice_id", "edition", "place_id", "hour", "opened", "told", "met", "reached"}

// hoursOf is what came in each hour in some villages or towns together.
func hoursOf(ctx context.Context, q sqldb.Querier, r *Reach, places []string) ([]HourReach, error) {
	var w sqldb.Where
	w.Add("notice_id = ?", r.Notice.ID)
	w.Add("edition = ?", r.Edition)
	w.In("place_id", places)
	return sqldb.Collect(ctx, q, func(r *sql.Rows, h *HourReach) error { return r.Scan(&h.Hour, &h.Opened, &h.Told, &h.Met) },
		`SELECT hour, SUM(opened), SUM(told), SUM(met) FROM notice_hour WHERE `+w.Text()+` GROUP BY hour ORDER BY hour`, w.Args...)
}

// standing is how places stood after some hours.
func standing(ctx context.Context, q sqldb.Querier, r *Reach) ([]PlaceReach, error) {
	list, err := sqldb.Collect(ctx, q, func(r *sql.Rows, p *PlaceReach) error {
		return r.Scan(&p.VillageID, &p.Opened, &p.Told, &p.Met, &p.Reached)
	}, `SELECT place_id, SUM(opened), SUM(told), SUM(met), SUM(reached) FROM notice_hour WHERE notice_id = $1 AND edition = $2 AND hour < $3 GROUP BY place_id`, r.Notice.ID, r.Edition, r.After)
	then := map[string]PlaceReach{}
	for _, p := range list {
		then[p.VillageID] = p
	}
	out := make([]PlaceReach, len(r.Places))
	for i, p := range r.Places {
		out[i] = then[p.VillageID]
		out[i].VillageID, out[i].Households, out[i].Unled = p.VillageID, p.Households, p.Unled
	}
	return out, err
}

func meetingsOf(ctx context.Context, q sqldb.Querier, noticeID string, edition int) ([]Meeting, error) {
	return sqldb.Collect(ctx, q, func(r *sql.Rows, m *Meeting) error {
		var odd int
		err := r.Scan(&m.UnitID, &m.Day, &m.Households, &odd)
		m.Odd = odd != 0
		return err
	}, `SELECT unit_id, day, households, odd FROM notice_meeting WHERE notice_id = $1 AND edition = $2 ORDER BY id LIMIT 500`, noticeID, edition)
}

func formersOf(ctx context.Context, q sqldb.Querier, noticeID string) ([]Former, error) {
	return sqldb.Collect(ctx, q, func(r *sql.Rows, f *Former) error {
		var at int64
		err := r.Scan(&f.Edition, &f.Title, &f.Words, &at, &f.Why)
		f.Until = sqldb.TimeOrZero(at)
		return err
	}, `SELECT edition, title, words, at, why FROM notice_edition WHERE notice_id = $1 ORDER BY edition DESC`, noticeID)
}

// pace returns how many households somebody entered since a moment, and notes n more.
func pace(ctx context.Context, tx *sqldb.Tx, noticeID, by string, since, now time.Time, n int) (before int, err error) {
	err = tx.QueryRowContext(ctx, `SELECT COALESCE(SUM(households), 0) FROM notice_pace WHERE by_id = $1 AND notice_id = $2 AND at > $3`, by, noticeID, sqldb.MillisOrZero(since)).Scan(&before)
	if err != nil {
		return 0, fmt.Errorf("outreach: pace: %w", err)
	}
	_, err = tx.ExecContext(ctx, `INSERT INTO notice_pace (id, notice_id, by_id, at, households) VALUES ($1, $2, $3, $4, $5)`, sqldb.NewID(), noticeID, by, sqldb.MillisOrZero(now), n)
	return before, err
}

// numbered reserves the next number of a year.
func numbered(ctx context.Context, tx *sqldb.Tx, year int) (string, error) {
	var last int
	err := tx.QueryRowContext(ctx, `INSERT INTO notice_serial (year, last) VALUES ($1, 1)
		ON CONFLICT (year) DO UPDATE SET last = notice_serial.last + 1 RETURNING last`, year).Scan(&last)
	if err != nil {
		return "", fmt.Errorf("outreach: number: %w", err)
	}
	return number.Of("N", year, last, 5), nil
}
