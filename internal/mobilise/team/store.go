package team

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"

	"bilin/internal/errs"
	"bilin/internal/sqldb"
)

// atOnce is how many values one look-up asks for.
const atOnce = 120

// changed is how many rows a statement changed.
func changed(res sql.Result, err error) (int64, error) {
	if err != nil {
		return 0, err
	}
	return res.RowsAffected()
}

const teamColumns = `t.id, t.name, t.kind, t.unit_id, t.channel <> '', t.created_at, t.ended_at, t.version`

func scanTeam(scan func(...any) error, t *Team) error {
	var created, ended int64
	err := scan(&t.ID, &t.Name, &t.Kind, &t.UnitID, &t.HasChannel, &created, &ended, &t.Version)
	t.CreatedAt = sqldb.Time(created)
	if ended != 0 {
		t.EndedAt = sqldb.Time(ended)
	}
	return err
}

func readTeam(ctx context.Context, q sqldb.Querier, id string) (*Team, error) {
	t := &Team{}
	err := scanTeam(q.QueryRowContext(ctx, `SELECT `+teamColumns+` FROM team t WHERE t.id = $1`, id).Scan, t)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, errs.E(errs.NotFound, "team.none")
	}
	return t, err
}

func readChannel(ctx context.Context, q sqldb.Querier, teamID string) (sealed string, err error) {
	err = q.QueryRowContext(ctx, `SELECT channel FROM team WHERE id = $1`, teamID).Scan(&sealed)
	if errors.Is(err, sql.ErrNoRows) {
		return "", errs.E(errs.NotFound, "team.none")
	}
	return sealed, err
}

func insertTeams(ctx context.Context, tx *sqldb.Tx, teams []*Team) error {
	rows := make([][]any, len(teams))
	for i, t := range teams {
		rows[i] = []any{t.ID, t.Name, fold(t.Name), string(t.Kind), t.UnitID, "", sqldb.Millis(t.CreatedAt), 0, 1}
	}
	return sqldb.InsertMany(ctx, tx, "team", []string{"id", "name", "search", "kind", "unit_id", "channel", "created_at", "ended_at", "version"}, rows, "")
}

func updateTeam(ctx context.Context, tx *sqldb.Tx, t *Team) error {
	_, err := tx.ExecContext(ctx, `UPDATE team SET name = $1, search = $2, kind = $3, unit_id = $4, version = version + 1 WHERE id = $5`,
		t.Name, fold(t.Name), string(t.Kind), t.UnitID, t.ID)
	return err
}

// memberRow is a member as stored.
type memberRow struct {
	Member
	grade  Grade
	joined int64
}

// insertMembers adds members. Who left at this very moment stays instead.
func insertMembers(ctx context.Context, tx *sqldb.Tx, members []memberRow) error {
	rows := make([][]any, len(members))
	for i, m := range members {
		rows[i] = []any{m.TeamID, m.PersonID, m.joined, m.UnitID, int(m.grade), 0}
	}
	return sqldb.InsertMany(ctx, tx, "team_member", []string{"team_id", "person_id", "joined_at", "unit_id", "grade", "left_at"}, rows,
		`ON CONFLICT (team_id, person_id, joined_at) DO UPDATE SET unit_id = excluded.unit_id, grade = excluded.grade, left_at = 0`)
}

func countMembers(ctx context.Context, q sqldb.Querier, teamID string) (n int, err error) {
	err = q.QueryRowContext(ctx, `SELECT count(*) FROM team_member WHERE team_id = $1 AND left_at = 0`, teamID).Scan(&n)
	return n, err
}

// memberships are the teams somebody is in.
func memberships(ctx context.Context, q sqldb.Querier, personID string) ([]Member, error) {
	return sqldb.Collect(ctx, q, scanMember, `SELECT person_id, unit_id, team_id FROM team_member WHERE person_id = $1 AND left_at = 0 ORDER BY team_id`, personID)
}

func scanMember(r *sql.Rows, m *Member) error { return r.Scan(&m.PersonID, &m.UnitID, &m.TeamID) }

func readMembers(ctx context.Context, q sqldb.Querier, teamIDs []string) ([]Member, error) {
	const all = `SELECT person_id, unit_id, team_id FROM team_member WHERE left_at = 0`
	if teamIDs == nil {
		return sqldb.Collect(ctx, q, scanMember, all)
	}
	var out []Member
	for part := range slices.Chunk(teamIDs, atOnce) {
		w := sqldb.Where{}
		w.In("team_id", part)
		found, err := sqldb.Collect(ctx, q, scanMember, all+` AND `+w.Text(), w.Args...)
		if err != nil {
			return nil, err
		}
		out = append(out, found...)
	}
	return out, nil
}

// leadersOf are those who lead any of the teams, and their deputies.
func leadersOf(ctx context.Context, q sqldb.Querier, teamIDs []string) ([]string, error) {
	w := sqldb.Where{}
	w.In("team_id", teamIDs)
	return sqldb.Collect(ctx, q, func(r *sql.Rows, id *string) error { return r.Scan(id) },
		`SELECT person_id FROM team_member WHERE left_at = 0 AND grade < 2 AND `+w.Text()+` ORDER BY team_id, grade, person_id`, w.Args...)
}

// texts reads pairs of an id and a text.
func texts(ctx context.Context, q sqldb.Querier, query string, args ...any) (map[string]string, error) {
	rows, err := q.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	out := map[string]string{}
	for rows.Next() {
		var id, text string
		if err := rows.Scan(&id, &text); err != nil {
			return nil, err
		}
		out[id] = text
	}
	return out, rows.Err()
}

func unitsOf(ctx context.Context, q sqldb.Querier, teamIDs []string) (map[string]string, error) {
	w := sqldb.Where{}
	w.In("id", teamIDs)
	return texts(ctx, q, `SELECT id, unit_id FROM team WHERE `+w.Text(), w.Args...)
}

// tally is what a list says of a team's people.
type tally struct {
	members, away int
	leader        string
}

// tallies counts the members of teams, and how many of them are away on a day.
func tallies(ctx context.Context, q sqldb.Querier, teamIDs []string, day string) (map[string]tally, error) {
	w := sqldb.Where{}
	away := `SELECT 1 FROM person_away a WHERE a.person_id = m.person_id AND a.to_day >= ` + w.Arg(day) + ` AND a.from_day <= ` + w.Arg(day)
	w.In("m.team_id", teamIDs)
	rows, err := q.QueryContext(ctx, `SELECT m.team_id, count(*), sum(CASE WHEN EXISTS (`+away+`) THEN 1 ELSE 0 END),
		max(CASE WHEN m.grade = 0 THEN m.person_id ELSE '' END)
		FROM team_member m WHERE m.left_at = 0 AND `+w.Text()+` GROUP BY m.team_id`, w.Args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	out := map[string]tally{}
	for rows.Next() {
		var id string
		var x tally
		if err := rows.Scan(&id, &x.members, &x.away, &x.leader); err != nil {
			return nil, err
		}
		out[id] = x
	}
	return out, rows.Err()
}

// stock counts the lines of teams' equipment, and those under repair.
func stock(ctx context.Context, q sqldb.Querier, teamIDs []string) (map[string][2]int, error) {
	w := sqldb.Where{}
	w.In("team_id", teamIDs)
	rows, err := q.QueryContext(ctx, `SELECT team_id, count(*), sum(repair) FROM team_equipment WHERE `+w.Text()+` GROUP BY team_id`, w.Args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	out := map[string][2]int{}
	for rows.Next() {
		var id string
		var n [2]int
		if err := rows.Scan(&id, &n[0], &n[1]); err != nil {
			return nil, err
		}
		out[id] = n
	}
	return out, rows.Err()
}

const listedColumns = `m.person_id, m.unit_id, m.grade, m.joined_at`

func scanListed(r *sql.Rows, l *Listed) error {
	var joined int64
	err := r.Scan(&l.PersonID, &l.UnitID, &l.Grade, &joined)
	l.JoinedAt = sqldb.Time(joined)
	return err
}

// readListed reads a team's members after a place in their list.
func readListed(ctx context.Context, q sqldb.Querier, teamID string, after place, limit int) ([]Listed, error) {
	return sqldb.Collect(ctx, q, scanListed, `SELECT `+listedColumns+` FROM team_member m
		WHERE m.team_id = $1 AND m.left_at = 0 AND (m.grade, m.joined_at, m.person_id) > ($2, $3, $4)
		ORDER BY m.grade, m.joined_at, m.person_id LIMIT $5`, teamID, after.grade, after.joined, after.personID, limit)
}

func readOneListed(ctx context.Context, q sqldb.Querier, teamID, personID string) (Listed, error) {
	found, err := sqldb.Collect(ctx, q, scanListed, `SELECT `+listedColumns+` FROM team_member m
		WHERE m.team_id = $1 AND m.person_id = $2 AND m.left_at = 0`, teamID, personID)
	if err == nil && len(found) == 0 {
		err = errs.E(errs.NotFound, "team.no_member")
	}
	if err != nil {
		return Listed{}, err
	}
	return found[0], nil
}

func readEquipment(ctx context.Context, q sqldb.Querier, teamID string) ([]Equipment, error) {
	return sqldb.Collect(ctx, q, func(r *sql.Rows, e *Equipment) error {
		return r.Scan(&e.ID, &e.TeamID, &e.Name, &e.Quantity, &e.Place, &e.Repair, &e.Version)
	}, `SELECT id, team_id, name, quantity, place, repair, version FROM team_equipment WHERE team_id = $1 ORDER BY name, id`, teamID)
}

func bit(b bool) int {
	if b {
		return 1
	}
	return 0
}

func insertEquipment(ctx context.Context, tx *sqldb.Tx, lines []Equipment) error {
	rows := make([][]any, len(lines))
	for i, e := range lines {
		rows[i] = []any{e.ID, e.TeamID, e.Name, e.Quantity, e.Place, bit(e.Repair), 1}
	}
	return sqldb.InsertMany(ctx, tx, "team_equipment", []string{"id", "team_id", "name", "quantity", "place", "repair", "version"}, rows, "")
}

func updateEquipment(ctx context.Context, tx *sqldb.Tx, e Equipment) error {
	_, err := tx.ExecContext(ctx, `UPDATE team_equipment SET name = $1, quantity = $2, place = $3, repair = $4, version = version + 1 WHERE id = $5`,
		e.Name, e.Quantity, e.Place, bit(e.Repair), e.ID)
	if err != nil {
		return fmt.Errorf("team: update equipment: %w", err)
	}
	return nil
}
