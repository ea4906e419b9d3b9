package volunteer

import (
	"context"
	"database/sql"
	"strings"

	"bilin/internal/errs"
	"bilin/internal/sqldb"
)

func join(skills []Skill) string {
	words := make([]string, len(skills))
	for i, s := range skills {
		words[i] = string(s)
	}
	return strings.Join(words, ",")
}

func split(text string) (skills []Skill) {
	for word := range strings.SplitSeq(text, ",") {
		if s := Skill(word); s.Valid() {
			skills = append(skills, s)
		}
	}
	return skills
}

var columns = []string{"id", "state", "kind", "name", "phone", "phone_index", "unit_id", "village_id", "household_id", "skills", "pledge", "hours",
	"key_hash", "person_id", "linked", "reason", "entered_by", "reported_at", "decided_at", "left_at", "version"}

func values(v *Volunteer) []any {
	return []any{v.ID, string(v.State), string(v.Kind), v.Name, v.phone, v.phoneIndex, v.UnitID, v.VillageID, v.HouseholdID, join(v.Skills), v.Pledge, v.Hours,
		v.keyHash, v.PersonID, sqldb.Flag(v.Linked), string(v.Reason), v.EnteredBy, sqldb.MillisOrZero(v.ReportedAt), sqldb.MillisOrZero(v.DecidedAt), sqldb.MillisOrZero(v.LeftAt), v.Version}
}

func insert(ctx context.Context, tx *sqldb.Tx, list []*Volunteer) error {
	rows := make([][]any, len(list))
	for i, v := range list {
		rows[i] = values(v)
	}
	return sqldb.InsertMany(ctx, tx, "volunteer", columns, rows, "")
}

// update stores what can change, and raises the version.
func update(ctx context.Context, tx *sqldb.Tx, v *Volunteer) error {
	v.Version++
	_, err := tx.ExecContext(ctx, `UPDATE volunteer SET state = $1, name = $2, phone = $3, phone_index = $4, household_id = $5, skills = $6, pledge = $7,
		hours = $8, person_id = $9, reason = $10, decided_at = $11, left_at = $12, version = $13, linked = $14 WHERE id = $15`,
		string(v.State), v.Name, v.phone, v.phoneIndex, v.HouseholdID, join(v.Skills), v.Pledge, v.Hours, v.PersonID, string(v.Reason),
		sqldb.MillisOrZero(v.DecidedAt), sqldb.MillisOrZero(v.LeftAt), v.Version, sqldb.Flag(v.Linked), v.ID)
	return err
}

func scan(r *sql.Rows, v *Volunteer) error {
	var skills string
	var reported, decided, left, linked int64
	err := r.Scan(&v.ID, &v.State, &v.Kind, &v.Name, &v.phone, &v.phoneIndex, &v.UnitID, &v.VillageID, &v.HouseholdID, &skills, &v.Pledge, &v.Hours,
		&v.keyHash, &v.PersonID, &linked, &v.Reason, &v.EnteredBy, &reported, &decided, &left, &v.Version)
	v.Linked = linked == 1
	v.Skills, v.HasPhone = split(skills), v.phone != ""
	v.ReportedAt, v.DecidedAt, v.LeftAt = sqldb.TimeOrZero(reported), sqldb.TimeOrZero(decided), sqldb.TimeOrZero(left)
	return err
}

// selected begins the reading of report-ins.
var selected = `SELECT v.` + strings.Join(columns, ", v.") + ` FROM volunteer v WHERE `

func read(ctx context.Context, q sqldb.Querier, where string, args ...any) ([]*Volunteer, error) {
	list, err := sqldb.Collect(ctx, q, func(r *sql.Rows, v **Volunteer) error {
		*v = &Volunteer{}
		return scan(r, *v)
	}, selected+where, args...)
	return list, err
}

func readOne(ctx context.Context, q sqldb.Querier, id string) (*Volunteer, error) {
	list, err := read(ctx, q, `v.id = $1`, id)
	if err == nil && len(list) == 0 {
		err = errs.E(errs.NotFound, "volunteer.none")
	}
	if err != nil {
		return nil, err
	}
	return list[0], nil
}

// activeOf are a person's report-ins that stand: one at most, since a second isn't
// confirmed.
func activeOf(ctx context.Context, q sqldb.Querier, personID string) ([]*Volunteer, error) {
	return read(ctx, q, `v.person_id = $1 AND v.state = 'active' ORDER BY v.id`, personID)
}

// addSkills notes what somebody can do. What they said themselves before stays
// as it is: an empty unit marks that.
func addSkills(ctx context.Context, tx *sqldb.Tx, personID, unitID string, skills []Skill) error {
	rows := make([][]any, len(skills))
	for i, s := range skills {
		rows[i] = []any{personID, string(s), unitID}
	}
	return sqldb.InsertMany(ctx, tx, "person_skill", []string{"person_id", "skill", "unit_id"}, rows, `ON CONFLICT (person_id, skill) DO NOTHING`)
}

// dropSkills forgets what came with a report-in.
func dropSkills(ctx context.Context, tx *sqldb.Tx, personID string) error {
	_, err := tx.ExecContext(ctx, `DELETE FROM person_skill WHERE person_id = $1 AND unit_id <> ''`, personID)
	return err
}

// dropOnly forgets some of what came with a report-in.
func dropOnly(ctx context.Context, tx *sqldb.Tx, personID string, skills []Skill) error {
	w := sqldb.Where{}
	w.Add(`person_id = ?`, personID)
	w.Add(`unit_id <> ''`)
	names := make([]string, len(skills))
	for i, s := range skills {
		names[i] = string(s)
	}
	w.In("skill", names)
	_, err := tx.ExecContext(ctx, `DELETE FROM person_skill WHERE `+w.Text(), w.Args...)
	return err
}

func skillsOf(ctx context.Context, q sqldb.Querier, personID string) ([]Skill, error) {
	found, err := sqldb.Collect(ctx, q, func(r *sql.Rows, s *Skill) error { return r.Scan(s) },
		`SELECT skill FROM person_skill WHERE person_id = $1`, personID)
	if err != nil {
		return nil, err
	}
	offer, err := Offer{Skills: found}.check() // in the catalogue's order
	return offer.Skills, err
}
