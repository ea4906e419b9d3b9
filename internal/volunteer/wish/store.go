package wish

import (
	"context"
	"database/sql"
	"slices"
	"strings"

	"bilin/internal/errs"
	"bilin/internal/sqldb"
)

var columns = []string{"id", "kind", "household_id", "cell_id", "village_id", "words", "on_day", "part", "state", "until_on", "asked_id", "asked_until", "helper_id",
	"meet_day", "meet_at", "meet_by", "meet_agreed", "thanks", "thanks_words", "posted_by", "posted_at", "taken_at", "due_on", "ended_at", "version", "welcome", "told_at"}

// selected are the columns as they are read: a wish is where its household is now.
var selected = strings.Replace(strings.Join(columns, ", "), "cell_id", "COALESCE((SELECT h.unit_id FROM household h WHERE h.id = wish.household_id), cell_id)", 1)

func values(w *Wish) []any {
	return []any{w.ID, w.Kind, w.HouseholdID, w.CellID, w.VillageID, w.words, w.Day, string(w.Part), string(w.State), w.Until, w.AskedID, sqldb.MillisOrZero(w.AskedUntil), w.HelperID,
		w.Meet.Day, w.Meet.At, string(w.Meet.By), sqldb.Flag(w.Meet.Agreed), string(w.Thanks), w.thanksWords, w.PostedBy, sqldb.MillisOrZero(w.PostedAt),
		sqldb.MillisOrZero(w.TakenAt), w.DueOn, sqldb.MillisOrZero(w.EndedAt), w.Version, sqldb.Flag(w.Welcome), sqldb.MillisOrZero(w.ToldAt)}
}

func scan(r *sql.Rows, w *Wish) error {
	var asked, agreed, posted, taken, ended, welcome, told int64
	err := r.Scan(&w.ID, &w.Kind, &w.HouseholdID, &w.CellID, &w.VillageID, &w.words, &w.Day, &w.Part, &w.State, &w.Until, &w.AskedID, &asked, &w.HelperID,
		&w.Meet.Day, &w.Meet.At, &w.Meet.By, &agreed, &w.Thanks, &w.thanksWords, &w.PostedBy, &posted, &taken, &w.DueOn, &ended, &w.Version, &welcome, &told)
	w.Meet.Agreed, w.Welcome, w.ToldAt = agreed == 1, welcome == 1, sqldb.TimeOrZero(told)
	w.AskedUntil, w.PostedAt, w.TakenAt, w.EndedAt = sqldb.TimeOrZero(asked), sqldb.TimeOrZero(posted), sqldb.TimeOrZero(taken), sqldb.TimeOrZero(ended)
	return err
}

func wishes(ctx context.Context, q sqldb.Querier, where string, args ...any) ([]*Wish, error) {
	return sqldb.Collect(ctx, q, func(r *sql.Rows, w **Wish) error {
		*w = &Wish{}
		return scan(r, *w)
	}, `SELECT `+selected+` FROM wish WHERE `+where, args...)
}

func wishByID(ctx context.Context, q sqldb.Querier, id string) (*Wish, error) {
	list, err := wishes(ctx, q, `id = $1`, id)
	if err == nil && len(list) == 0 {
		err = errs.E(errs.NotFound, "wish.none")
	}
	if err != nil {
		return nil, err
	}
	return list[0], nil
}

// takenBy is what somebody has taken; it names the index's condition, which is partial.
const takenBy = `helper_id = $1 AND helper_id <> '' AND state = 'taken'`

func insert(ctx context.Context, tx *sqldb.Tx, list []*Wish) error {
	rows := make([][]any, len(list))
	for i, w := range list {
		rows[i] = values(w)
	}
	return sqldb.InsertMany(ctx, tx, "wish", columns, rows, "")
}

// update stores what can change, and raises the version.
func update(ctx context.Context, tx *sqldb.Tx, w *Wish) error {
	w.Version++
	_, err := tx.ExecContext(ctx, `UPDATE wish SET on_day = $1, state = $2, until_on = $3, asked_id = $4, asked_until = $5, helper_id = $6, meet_day = $7, meet_at = $8, meet_by = $9,
		meet_agreed = $10, thanks = $11, thanks_words = $12, posted_at = $13, taken_at = $14, due_on = $15, ended_at = $16, version = $17,
		welcome = $18, told_at = $19 WHERE id = $20`,
		w.Day, string(w.State), w.Until, w.AskedID, sqldb.MillisOrZero(w.AskedUntil), w.HelperID, w.Meet.Day, w.Meet.At, string(w.Meet.By), sqldb.Flag(w.Meet.Agreed),
		string(w.Thanks), w.thanksWords, sqldb.MillisOrZero(w.PostedAt), sqldb.MillisOrZero(w.TakenAt), w.DueOn, sqldb.MillisOrZero(w.EndedAt), w.Version,
		sqldb.Flag(w.Welcome), sqldb.MillisOrZero(w.ToldAt), w.ID)
	return err
}

// hours reads offers with their slots, in the order of the volunteers' ids.
func hours(ctx context.Context, q sqldb.Querier, where string, args ...any) ([]*Hours, error) {
	list, err := sqldb.Collect(ctx, q, func(r *sql.Rows, h **Hours) error {
		*h = &Hours{}
		var asked int64
		err := r.Scan(&(*h).VolunteerID, &(*h).VillageID, &(*h).UnitID, &(*h).Reach, &(*h).Until, &asked, &(*h).Version)
		(*h).AskedAt = sqldb.TimeOrZero(asked)
		return err
	}, `SELECT h.volunteer_id, h.village_id, h.unit_id, h.reach, h.until_on, h.asked_at, h.version FROM wish_hours h WHERE `+where+` ORDER BY h.volunteer_id`, args...)
	if err != nil || len(list) == 0 {
		return nil, err
	}
	type of struct {
		volunteer string
		Slot
	}
	slots, err := sqldb.Collect(ctx, q, func(r *sql.Rows, s *of) error {
		return r.Scan(&s.volunteer, &s.ID, &s.Weekday, &s.Day, &s.From, &s.To)
	}, `SELECT s.volunteer_id, s.id, s.weekday, s.on_day, s.from_min, s.to_min FROM wish_slot s JOIN wish_hours h ON h.volunteer_id = s.volunteer_id WHERE `+where+`
		ORDER BY s.on_day, (s.weekday + 6) % 7, s.from_min, s.id`, args...)
	for _, s := range slots {
		i, ok := slices.BinarySearchFunc(list, s.volunteer, func(h *Hours, id string) int { return strings.Compare(h.VolunteerID, id) })
		if ok {
			list[i].Slots = append(list[i].Slots, s.Slot)
		}
	}
	return list, err
}

func hoursOf(ctx context.Context, q sqldb.Querier, volunteerID string) (*Hours, error) {
	list, err := hours(ctx, q, `h.volunteer_id = $1`, volunteerID)
	if err != nil || len(list) == 0 {
		return nil, err
	}
	return list[0], nil
}

func putHours(ctx context.Context, tx *sqldb.Tx, h *Hours) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO wish_hours (volunteer_id, village_id, unit_id, reach, until_on, asked_at, version) VALUES ($1, $2, $3, $4, $5, 0, 1)
		ON CONFLICT (volunteer_id) DO UPDATE SET village_id = excluded.village_id, unit_id = excluded.unit_id, reach = excluded.reach, until_on = excluded.until_on, version = wish_hours.version + 1`,
		h.VolunteerID, h.VillageID, h.UnitID, string(h.Reach), h.Until)
	return err
}

var slotColumns = []string{"id", "volunteer_id", "weekday", "on_day", "from_min", "to_min"}

func slotValues(volunteerID string, s Slot) []any {
	return []any{s.ID, volunteerID, int(s.Weekday), s.Day, s.From, s.To}
}

func dropHours(ctx context.Context, tx *sqldb.Tx, volunteerID string) error {
	for _, query := range []string{`DELETE FROM wish_slot WHERE volunteer_id = $1`, `DELETE FROM wish_hours WHERE volunteer_id = $1`} {
		if _, err := tx.ExecContext(ctx, query, volunteerID); err != nil {
			return err
		}
	}
	return nil
}

// changed reads what the city changed of the catalogue.
func changed(ctx context.Context, q sqldb.Querier) ([]Kind, error) {
	return sqldb.Collect(ctx, q, func(r *sql.Rows, k *Kind) error {
		var guardian, off int64
		err := r.Scan(&k.Code, &k.Name, &k.NameEN, &k.Skill, &guardian, &off, &k.Version)
		k.Guardian, k.Off = guardian == 1, off == 1
		return err
	}, `SELECT code, name, name_en, skill, guardian, off, version FROM wish_kind ORDER BY code`)
}

func putKind(ctx context.Context, tx *sqldb.Tx, k Kind) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO wish_kind (code, name, name_en, skill, guardian, off, version) VALUES ($1, $2, $3, $4, $5, $6, $7)
		ON CONFLICT (code) DO UPDATE SET name = excluded.name, name_en = excluded.name_en, skill = excluded.skill, guardian = excluded.guardian, off = excluded.off, version = excluded.version`,
		k.Code, k.Name, k.NameEN, string(k.Skill), sqldb.Flag(k.Guardian), sqldb.Flag(k.Off), k.Version)
	return err
}
