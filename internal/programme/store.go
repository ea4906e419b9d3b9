package programme

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"

	"bilin/internal/errs"
	"bilin/internal/number"
	"bilin/internal/sqldb"
)

const programmeColumns = `id, number, unit_id, name, words, state, formulas, edition, budget, given, made_at, version`

func scanProgramme(r *sql.Rows, p *Programme) error {
	var formulas string
	var made int64
	if err := r.Scan(&p.ID, &p.Number, &p.UnitID, &p.Name, &p.Text, &p.State, &formulas, &p.Edition, &p.Budget, &p.Given, &made, &p.Version); err != nil {
		return err
	}
	p.MadeAt = sqldb.TimeOrZero(made)
	return json.Unmarshal([]byte(formulas), &p.Formulas)
}

func programmes(ctx context.Context, q sqldb.Querier, where string, args ...any) ([]Programme, error) {
	return sqldb.Collect(ctx, q, scanProgramme, `SELECT `+programmeColumns+` FROM programme WHERE `+where, args...)
}

func programmeByID(ctx context.Context, q sqldb.Querier, id string) (*Programme, error) {
	list, err := programmes(ctx, q, `id = $1`, id)
	if err == nil && len(list) == 0 {
		err = errs.E(errs.NotFound, "programme.none")
	}
	if err != nil {
		return nil, err
	}
	return &list[0], nil
}

func insertProgramme(ctx context.Context, tx *sqldb.Tx, p *Programme) error {
	formulas, err := json.Marshal(p.Formulas)
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, `INSERT INTO programme (`+programmeColumns+`) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`,
		p.ID, p.Number, p.UnitID, p.Name, p.Text, string(p.State), string(formulas), p.Edition, p.Budget, p.Given, sqldb.Millis(p.MadeAt), p.Version)
	return err
}

// updateProgramme stores what can change, and raises the version.
func updateProgramme(ctx context.Context, tx *sqldb.Tx, p *Programme) error {
	formulas, err := json.Marshal(p.Formulas)
	if err != nil {
		return err
	}
	p.Version++
	_, err = tx.ExecContext(ctx, `UPDATE programme SET name = $1, words = $2, state = $3, formulas = $4, edition = $5, budget = $6, given = $7, version = $8 WHERE id = $9`,
		p.Name, p.Text, string(p.State), string(formulas), p.Edition, p.Budget, p.Given, p.Version, p.ID)
	return err
}

const memberColumns = `id, programme_id, number, name, household_id, unit_id, key_hash, joined_at, left_at, version`

func scanMember(r *sql.Rows, m *Member) error {
	var joined, left int64
	err := r.Scan(&m.ID, &m.ProgrammeID, &m.Number, &m.name, &m.HouseholdID, &m.UnitID, &m.keyHash, &joined, &left, &m.Version)
	m.JoinedAt, m.LeftAt = sqldb.TimeOrZero(joined), sqldb.TimeOrZero(left)
	return err
}

func members(ctx context.Context, q sqldb.Querier, where string, args ...any) ([]Member, error) {
	return sqldb.Collect(ctx, q, scanMember, `SELECT `+memberColumns+` FROM programme_member WHERE `+where, args...)
}

func oneMember(ctx context.Context, q sqldb.Querier, where string, args ...any) (*Member, error) {
	list, err := members(ctx, q, where, args...)
	if err == nil && len(list) == 0 {
		err = errs.E(errs.NotFound, "programme.no_member")
	}
	if err != nil {
		return nil, err
	}
	return &list[0], nil
}

func insertMembers(ctx context.Context, tx *sqldb.Tx, list []*Member) error {
	rows := make([][]any, len(list))
	for i, m := range list {
		rows[i] = []any{m.ID, m.ProgrammeID, m.Number, m.name, m.HouseholdID, m.UnitID, m.keyHash, sqldb.Millis(m.JoinedAt), 0, m.Version}
	}
	return sqldb.InsertMany(ctx, tx, "programme_member", []string{"id", "programme_id", "number", "name", "household_id", "unit_id", "key_hash", "joined_at", "left_at", "version"}, rows, "")
}

func insertAct(ctx context.Context, tx *sqldb.Tx, a *Act) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO programme_act (id, programme_id, member_id, kind, quarters, people, day, points, edition, by_id, at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`,
		a.ID, a.ProgrammeID, a.MemberID, string(a.Kind), int(a.Hours*4), a.People, a.Day, a.Points, a.Edition, a.By, sqldb.Millis(a.At))
	return err
}

// done is what a member did of a kind: how often in the month, and for how many
// quarters of an hour on the day, of any kind.
func done(ctx context.Context, q sqldb.Querier, memberID string, kind Kind, day string) (inMonth, quarters int, err error) {
	month := day[:len("2026-01")]
	err = q.QueryRowContext(ctx, `SELECT COUNT(*) FILTER (WHERE kind = $2), COALESCE(SUM(quarters) FILTER (WHERE day = $3), 0) FROM programme_act
		WHERE member_id = $1 AND day >= $4 AND day <= $5`, memberID, string(kind), day, month+"-01", month+"-31").Scan(&inMonth, &quarters)
	if err != nil {
		err = fmt.Errorf("programme: acts: %w", err)
	}
	return inMonth, quarters, err
}

func scanReward(r *sql.Rows, w *Reward) error {
	var off int
	err := r.Scan(&w.ID, &w.ProgrammeID, &w.Name, &w.Price, &w.Stock, &off, &w.Version)
	w.Off = off == 1
	return err
}

const rewardColumns = `id, programme_id, name, price, stock, off, version`

func rewardsWhere(ctx context.Context, q sqldb.Querier, where string, args ...any) ([]Reward, error) {
	return sqldb.Collect(ctx, q, scanReward, `SELECT `+rewardColumns+` FROM programme_reward WHERE `+where, args...)
}

func rewardByID(ctx context.Context, q sqldb.Querier, programmeID, id string) (*Reward, error) {
	list, err := rewardsWhere(ctx, q, `id = $1 AND programme_id = $2`, id, programmeID)
	if err == nil && len(list) == 0 {
		err = errs.E(errs.NotFound, "programme.no_reward")
	}
	if err != nil {
		return nil, err
	}
	return &list[0], nil
}

// stock changes how much there is of a reward; it fails if there is too little.
func stock(ctx context.Context, tx *sqldb.Tx, rewardID string, by int) error {
	res, err := tx.ExecContext(ctx, `UPDATE programme_reward SET stock = stock + $1, version = version + 1 WHERE id = $2 AND stock + $1 >= 0`, by, rewardID)
	if err != nil {
		return fmt.Errorf("programme: stock: %w", err)
	}
	if n, err := res.RowsAffected(); err != nil || n != 1 {
		return errs.Wrap(err, errs.Conflict, "programme.sold_out")
	}
	return nil
}

const fetchColumns = `f.id, f.programme_id, f.member_id, f.reward_id, w.name, f.price, f.state, f.code, f.code_hash, f.at, f.until_on, f.done_at`

func scanFetch(r *sql.Rows, f *Fetch) error {
	var at, doneAt int64
	err := r.Scan(&f.ID, &f.ProgrammeID, &f.MemberID, &f.RewardID, &f.Reward, &f.Price, &f.State, &f.code, &f.codeHash, &at, &f.Until, &doneAt)
	f.At, f.DoneAt = sqldb.TimeOrZero(at), sqldb.TimeOrZero(doneAt)
	return err
}

func fetches(ctx context.Context, q sqldb.Querier, where string, args ...any) ([]Fetch, error) {
	return sqldb.Collect(ctx, q, scanFetch, `SELECT `+fetchColumns+` FROM programme_fetch f JOIN programme_reward w ON w.id = f.reward_id WHERE `+where, args...)
}

func insertFetch(ctx context.Context, tx *sqldb.Tx, f *Fetch) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO programme_fetch (id, programme_id, member_id, reward_id, price, state, code, code_hash, at, until_on, done_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 0)`,
		f.ID, f.ProgrammeID, f.MemberID, f.RewardID, f.Price, string(f.State), f.code, f.codeHash, sqldb.Millis(f.At), f.Until)
	return err
}

func updateFetch(ctx context.Context, tx *sqldb.Tx, f *Fetch) error {
	_, err := tx.ExecContext(ctx, `UPDATE programme_fetch SET state = $1, done_at = $2, code = '' WHERE id = $3`, string(f.State), sqldb.Millis(f.DoneAt), f.ID)
	return err
}

// reserve takes the next n numbers of a year and returns the last of them.
func reserve(ctx context.Context, tx *sqldb.Tx, year, n int) (int, error) {
	var last int
	err := tx.QueryRowContext(ctx, `INSERT INTO programme_number (year, last) VALUES ($1, $2)
		ON CONFLICT (year) DO UPDATE SET last = programme_number.last + excluded.last RETURNING last`, year, n).Scan(&last)
	if err != nil {
		return 0, fmt.Errorf("programme: number: %w", err)
	}
	return last, nil
}

// numbered is the n-th number of a year: of a programme with the letter P, of a
// member with M.
func numbered(letter string, year, n int) string { return number.Of(letter, year, n, 5) }
