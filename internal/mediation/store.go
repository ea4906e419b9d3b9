package mediation

import (
	"context"
	"database/sql"
	"fmt"
	"strings"

	"bilin/internal/errs"
	"bilin/internal/sqldb"
)

func newCase() *Case {
	return &Case{Household: map[Side]string{}, Unit: map[Side]string{}, Pick: map[Side]string{}, Confirmed: map[Side]int{}, Holds: map[Side]string{}, Tell: map[Side]bool{},
		hash: map[Side]string{}, name: map[Side]string{}, unsealed: map[Side]string{}}
}

// caseNames are the columns of a case; those from the fourth on can change.
var caseNames = strings.Fields(`id village_id kind state outcome a_household b_household a_unit b_unit a_hash b_hash invite a_name b_name words
	mediator_id a_pick b_pick edition a_edition b_edition follow_on a_holds b_holds stood lines a_tell b_tell moved_at asked_at due_at ended_at version`)

const fixedNames = 3

var (
	caseColumns = strings.Join(caseNames, ", ")
	caseMarks   = marks(len(caseNames), func(i int) string { return fmt.Sprintf("$%d", i+1) })
	caseChanges = marks(len(caseNames)-fixedNames, func(i int) string { return fmt.Sprintf("%s = $%d", caseNames[i+fixedNames], i+2) })
)

func marks(n int, at func(int) string) string {
	list := make([]string, n)
	for i := range list {
		list[i] = at(i)
	}
	return strings.Join(list, ", ")
}

func scanCase(r *sql.Rows, c *Case) error {
	*c = *newCase()
	var a, b struct {
		household, unit, hash, name, pick, holds string
		edition                                  int
		tell                                     int
	}
	var stood int
	var moved, asked, due, ended int64
	err := r.Scan(&c.ID, &c.VillageID, &c.Kind, &c.State, &c.Outcome, &a.household, &b.household, &a.unit, &b.unit, &a.hash, &b.hash, &c.invite, &a.name, &b.name, &c.words,
		&c.Mediator, &a.pick, &b.pick, &c.Edition, &a.edition, &b.edition, &c.FollowOn, &a.holds, &b.holds, &stood, &c.Lines, &a.tell, &b.tell, &moved, &asked, &due, &ended, &c.Version)
	c.Household[A], c.Household[B], c.Unit[A], c.Unit[B], c.hash[A], c.hash[B] = a.household, b.household, a.unit, b.unit, a.hash, b.hash
	c.name[A], c.name[B], c.Pick[A], c.Pick[B], c.Holds[A], c.Holds[B] = a.name, b.name, a.pick, b.pick, a.holds, b.holds
	c.Confirmed[A], c.Confirmed[B], c.stood, c.Tell[A], c.Tell[B] = a.edition, b.edition, stood == 1, a.tell == 1, b.tell == 1
	c.movedAt, c.AskedAt, c.DueAt, c.EndedAt = sqldb.TimeOrZero(moved), sqldb.TimeOrZero(asked), sqldb.TimeOrZero(due), sqldb.TimeOrZero(ended)
	return err
}

func (c *Case) values() []any {
	return []any{c.ID, c.VillageID, string(c.Kind), string(c.State), string(c.Outcome), c.Household[A], c.Household[B], c.Unit[A], c.Unit[B], c.hash[A], c.hash[B], c.invite,
		c.name[A], c.name[B], c.words, c.Mediator, c.Pick[A], c.Pick[B], c.Edition, c.Confirmed[A], c.Confirmed[B], c.FollowOn, c.Holds[A], c.Holds[B], sqldb.Flag(c.stood), c.Lines,
		sqldb.Flag(c.Tell[A]), sqldb.Flag(c.Tell[B]), sqldb.MillisOrZero(c.movedAt), sqldb.MillisOrZero(c.AskedAt), sqldb.MillisOrZero(c.DueAt), sqldb.MillisOrZero(c.EndedAt), c.Version}
}

func cases(ctx context.Context, q sqldb.Querier, where string, args ...any) ([]Case, error) {
	return sqldb.Collect(ctx, q, scanCase, `SELECT `+caseColumns+` FROM mediation WHERE `+where, args...)
}

func caseByID(ctx context.Context, q sqldb.Querier, id string) (*Case, error) {
	list, err := cases(ctx, q, `id = $1`, id)
	if err == nil && len(list) == 0 {
		err = none()
	}
	if err != nil {
		return nil, err
	}
	return &list[0], nil
}

func insertCase(ctx context.Context, tx *sqldb.Tx, c *Case) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO mediation (`+caseColumns+`) VALUES (`+caseMarks+`)`, c.values()...)
	return err
}

// updateCase stores what can change, and raises the version.
func updateCase(ctx context.Context, tx *sqldb.Tx, c *Case) error {
	c.Version++
	args := append([]any{c.ID}, c.values()[fixedNames:]...)
	_, err := tx.ExecContext(ctx, `UPDATE mediation SET `+caseChanges+` WHERE id = $1`, args...)
	return err
}

func insertLine(ctx context.Context, tx *sqldb.Tx, id string, l Line) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO mediation_line (mediation_id, seq, kind, side, words, meet_at, edition, at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
		id, l.Seq, string(l.Kind), string(l.Side), l.Words, sqldb.MillisOrZero(l.MeetAt), l.Edition, sqldb.MillisOrZero(l.At))
	return err
}

func lines(ctx context.Context, q sqldb.Querier, id string) ([]Line, error) {
	return sqldb.Collect(ctx, q, func(r *sql.Rows, l *Line) error {
		var meet, at int64
		err := r.Scan(&l.Seq, &l.Kind, &l.Side, &l.Words, &meet, &l.Edition, &at)
		l.MeetAt, l.At = sqldb.TimeOrZero(meet), sqldb.TimeOrZero(at)
		return err
	}, `SELECT seq, kind, side, words, meet_at, edition, at FROM mediation_line WHERE mediation_id = $1 ORDER BY seq`, id)
}

// opened writes down that a side opened the record on a day.
func opened(ctx context.Context, tx *sqldb.Tx, id string, by Reading, day string) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO mediation_opened (mediation_id, side, mediator_id, day, at) VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT (mediation_id, side, mediator_id, day) DO UPDATE SET at = excluded.at`, id, string(by.Side), by.MediatorID, day, sqldb.MillisOrZero(by.At))
	if err != nil {
		return fmt.Errorf("mediation: opened: %w", err)
	}
	return nil
}

// lastReadings are how many days and readers of the record are shown.
const lastReadings = 60

func readings(ctx context.Context, q sqldb.Querier, id string) ([]Reading, error) {
	return sqldb.Collect(ctx, q, func(r *sql.Rows, x *Reading) error {
		var at int64
		err := r.Scan(&x.Side, &x.MediatorID, &at)
		x.At = sqldb.TimeOrZero(at)
		return err
	}, `SELECT side, mediator_id, at FROM mediation_opened WHERE mediation_id = $1 ORDER BY at DESC LIMIT $2`, id, lastReadings)
}

func putAside(ctx context.Context, tx *sqldb.Tx, id, mediatorID string) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO mediation_aside (mediation_id, mediator_id) VALUES ($1, $2) ON CONFLICT (mediation_id, mediator_id) DO NOTHING`, id, mediatorID)
	return err
}

func asides(ctx context.Context, q sqldb.Querier, id string) (map[string]bool, error) {
	list, err := sqldb.Collect(ctx, q, func(r *sql.Rows, m *string) error { return r.Scan(m) }, `SELECT mediator_id FROM mediation_aside WHERE mediation_id = $1`, id)
	out := map[string]bool{}
	for _, m := range list {
		out[m] = true
	}
	return out, err
}

const mediatorColumns = `id, unit_id, name, words, kinds, household_id, cell_id, person_id, key_hash, state, offered_at, decided_at, checked_by, version`

func scanMediator(r *sql.Rows, m *Mediator) error {
	var kinds string
	var offered, decided int64
	err := r.Scan(&m.ID, &m.UnitID, &m.Name, &m.About, &kinds, &m.HouseholdID, &m.CellID, &m.personID, &m.keyHash, &m.State, &offered, &decided, &m.checkedBy, &m.Version)
	for _, k := range strings.Fields(kinds) {
		m.Kinds = append(m.Kinds, Kind(k))
	}
	m.OfferedAt, m.DecidedAt = sqldb.TimeOrZero(offered), sqldb.TimeOrZero(decided)
	return err
}

func mediators(ctx context.Context, q sqldb.Querier, where string, args ...any) ([]Mediator, error) {
	return sqldb.Collect(ctx, q, scanMediator, `SELECT `+mediatorColumns+` FROM mediator WHERE `+where, args...)
}

func mediatorByID(ctx context.Context, q sqldb.Querier, id string) (*Mediator, error) {
	list, err := mediators(ctx, q, `id = $1`, id)
	if err == nil && len(list) == 0 {
		err = errs.E(errs.NotFound, "mediation.none")
	}
	if err != nil {
		return nil, err
	}
	return &list[0], nil
}

func joinKinds(kinds []Kind) string {
	var out []string
	for _, k := range kinds {
		out = append(out, string(k))
	}
	return strings.Join(out, " ")
}

func insertMediator(ctx context.Context, tx *sqldb.Tx, m *Mediator) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO mediator (`+mediatorColumns+`) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)`,
		m.ID, m.UnitID, m.Name, m.About, joinKinds(m.Kinds), m.HouseholdID, m.CellID, m.personID, m.keyHash, string(m.State), sqldb.MillisOrZero(m.OfferedAt), sqldb.MillisOrZero(m.DecidedAt), m.checkedBy, m.Version)
	return err
}

func updateMediator(ctx context.Context, tx *sqldb.Tx, m *Mediator) error {
	m.Version++
	_, err := tx.ExecContext(ctx, `UPDATE mediator SET name = $1, words = $2, household_id = $3, cell_id = $4, person_id = $5, key_hash = $6, state = $7, decided_at = $8, checked_by = $9, version = $10 WHERE id = $11`,
		m.Name, m.About, m.HouseholdID, m.CellID, m.personID, m.keyHash, string(m.State), sqldb.MillisOrZero(m.DecidedAt), m.checkedBy, m.Version, m.ID)
	return err
}

// count adds one to what ended how in a village and year.
func count(ctx context.Context, tx *sqldb.Tx, villageID, year string, how Outcome) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO mediation_tally (village_id, year, outcome, n) VALUES ($1, $2, $3, 1)
		ON CONFLICT (village_id, year, outcome) DO UPDATE SET n = mediation_tally.n + 1`, villageID, year, string(how))
	return err
}
