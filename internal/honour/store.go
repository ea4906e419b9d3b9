package honour

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"

	"bilin/internal/errs"
	"bilin/internal/number"
	"bilin/internal/sqldb"
)

const roundColumns = `id, number, name, words, state, categories, nominate_until, vote_until, publish_days, published_at, publish_until, awarded_at, run_off, made_at, version`

func scanRound(r *sql.Rows, x *Round) error {
	var categories string
	var vote, published, until, awarded, made int64
	var runOff int
	err := r.Scan(&x.ID, &x.Number, &x.Name, &x.Words, &x.State, &categories, &x.NominateUntil, &vote, &x.PublishDays, &published, &until, &awarded, &runOff, &made, &x.Version)
	if err != nil {
		return err
	}
	x.VoteUntil, x.PublishedAt, x.PublishUntil, x.AwardedAt, x.MadeAt = sqldb.TimeOrZero(vote), sqldb.TimeOrZero(published), sqldb.TimeOrZero(until), sqldb.TimeOrZero(awarded), sqldb.Time(made)
	x.RunOff = runOff == 1
	return json.Unmarshal([]byte(categories), &x.Categories)
}

func rounds(ctx context.Context, q sqldb.Querier, where string, args ...any) ([]Round, error) {
	return sqldb.Collect(ctx, q, scanRound, `SELECT `+roundColumns+` FROM honour_round WHERE `+where, args...)
}

func roundByID(ctx context.Context, q sqldb.Querier, id string) (*Round, error) {
	return only(rounds(ctx, q, `id = $1`, id))("honour.no_round")
}

// only is the one row there should be.
func only[T any](list []T, err error) func(code string) (*T, error) {
	return func(code string) (*T, error) {
		if err == nil && len(list) == 0 {
			err = errs.E(errs.NotFound, code)
		}
		if err != nil {
			return nil, err
		}
		return &list[0], nil
	}
}

// updateRound stores a round, and raises the version.
func updateRound(ctx context.Context, tx *sqldb.Tx, x *Round) error {
	categories, err := json.Marshal(x.Categories)
	if err != nil {
		return err
	}
	x.Version++
	_, err = tx.ExecContext(ctx, `UPDATE honour_round SET name = $1, words = $2, state = $3, categories = $4, nominate_until = $5, vote_until = $6, publish_days = $7,
		published_at = $8, publish_until = $9, awarded_at = $10, run_off = $11, version = $12 WHERE id = $13`,
		x.Name, x.Words, string(x.State), string(categories), x.NominateUntil, sqldb.MillisOrZero(x.VoteUntil), x.PublishDays,
		sqldb.MillisOrZero(x.PublishedAt), sqldb.MillisOrZero(x.PublishUntil), sqldb.MillisOrZero(x.AwardedAt), sqldb.Flag(x.RunOff), x.Version, x.ID)
	return err
}

func insertRound(ctx context.Context, tx *sqldb.Tx, x *Round) error {
	categories, err := json.Marshal(x.Categories)
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, `INSERT INTO honour_round (`+roundColumns+`, opened_year, tidied) VALUES ($1, $2, $3, $4, $5, $6, $7, 0, $8, 0, 0, 0, 0, $9, $10, 0, 0)`,
		x.ID, x.Number, x.Name, x.Words, string(x.State), string(categories), x.NominateUntil, x.PublishDays, sqldb.Millis(x.MadeAt), x.Version)
	return err
}

func panel(ctx context.Context, q sqldb.Querier, roundID string) ([]Member, error) {
	return sqldb.Collect(ctx, q, func(r *sql.Rows, m *Member) error {
		var voted int64
		err := r.Scan(&m.PersonID, &voted, &m.ballot)
		m.VotedAt = sqldb.TimeOrZero(voted)
		return err
	}, `SELECT person_id, voted_at, ballot FROM honour_panel WHERE round_id = $1 ORDER BY person_id`, roundID)
}

const nominationColumns = `id, number, round_id, category, kind, nominee_id, person_id, unit_id, name, citation, checked, is_true, check_words, praise, checked_by,
	asked, agrees, consent_by, result, withdrawn, by_resident, by_person, by_household, key_hash, made_at, version, consent_how, consent_at`

func scanNomination(r *sql.Rows, n *Nomination) error {
	var checked, true1, asked, agrees, withdrawn, resident int
	var made, consent int64
	err := r.Scan(&n.ID, &n.Number, &n.RoundID, &n.Category, &n.Kind, &n.Nominee.ID, &n.PersonID, &n.UnitID, &n.name, &n.citation, &checked, &true1, &n.checkText, &n.praise, &n.checkedBy,
		&asked, &agrees, &n.consentBy, &n.Result, &withdrawn, &resident, &n.byPerson, &n.byHousehold, &n.keyHash, &made, &n.Version, &n.ConsentHow, &consent)
	n.Checked, n.True, n.Asked, n.Agrees, n.Withdrawn, n.ByResident = checked == 1, true1 == 1, asked == 1, agrees == 1, withdrawn == 1, resident == 1
	n.MadeAt, n.ConsentAt = sqldb.Time(made), sqldb.TimeOrZero(consent)
	return err
}

func nominations(ctx context.Context, q sqldb.Querier, where string, args ...any) ([]Nomination, error) {
	return sqldb.Collect(ctx, q, scanNomination, `SELECT `+nominationColumns+` FROM honour_nomination WHERE `+where, args...)
}

func nominationByID(ctx context.Context, q sqldb.Querier, id string) (*Nomination, error) {
	return only(nominations(ctx, q, `id = $1`, id))("honour.no_nomination")
}

// standing is the condition under which the panel votes on a nomination.
const standing = `withdrawn = 0 AND checked = 1 AND is_true = 1 AND asked = 1 AND agrees = 1`

func insertNominations(ctx context.Context, tx *sqldb.Tx, list []*Nomination) error {
	rows := make([][]any, len(list))
	for i, n := range list {
		rows[i] = []any{n.ID, n.Number, n.RoundID, n.Category, string(n.Kind), n.Nominee.ID, n.PersonID, n.UnitID, n.name, n.citation, sqldb.Flag(n.Checked), sqldb.Flag(n.True), n.checkText, n.praise, n.checkedBy,
			sqldb.Flag(n.Asked), sqldb.Flag(n.Agrees), n.consentBy, string(n.Result), sqldb.Flag(n.Withdrawn), sqldb.Flag(n.ByResident), n.byPerson, n.byHousehold, n.keyHash, sqldb.Millis(n.MadeAt), n.Version}
	}
	return sqldb.InsertMany(ctx, tx, "honour_nomination", []string{"id", "number", "round_id", "category", "kind", "nominee_id", "person_id", "unit_id", "name", "citation", "checked", "is_true", "check_words", "praise", "checked_by",
		"asked", "agrees", "consent_by", "result", "withdrawn", "by_resident", "by_person", "by_household", "key_hash", "made_at", "version"}, rows, "")
}

// updateNomination stores what can change, and raises the version.
func updateNomination(ctx context.Context, tx *sqldb.Tx, n *Nomination) error {
	n.Version++
	_, err := tx.ExecContext(ctx, `UPDATE honour_nomination SET checked = $1, is_true = $2, check_words = $3, praise = $4, checked_by = $5, asked = $6, agrees = $7, consent_by = $8,
		result = $9, withdrawn = $10, version = $11, consent_how = $12, consent_at = $13 WHERE id = $14`,
		sqldb.Flag(n.Checked), sqldb.Flag(n.True), n.checkText, n.praise, n.checkedBy, sqldb.Flag(n.Asked), sqldb.Flag(n.Agrees), n.consentBy, string(n.Result), sqldb.Flag(n.Withdrawn), n.Version, string(n.ConsentHow), sqldb.MillisOrZero(n.ConsentAt), n.ID)
	return err
}

func recusals(ctx context.Context, q sqldb.Querier, roundID string) ([]Recusal, error) {
	return sqldb.Collect(ctx, q, func(r *sql.Rows, x *Recusal) error { return r.Scan(&x.NominationID, &x.PersonID, &x.Why) },
		`SELECT r.nomination_id, r.person_id, r.why FROM honour_recusal r JOIN honour_nomination n ON n.id = r.nomination_id WHERE n.round_id = $1`, roundID)
}

func putRecusals(ctx context.Context, tx *sqldb.Tx, list []Recusal) error {
	rows := make([][]any, len(list))
	for i, x := range list {
		rows[i] = []any{x.NominationID, x.PersonID, string(x.Why)}
	}
	return sqldb.InsertMany(ctx, tx, "honour_recusal", []string{"nomination_id", "person_id", "why"}, rows, `ON CONFLICT (nomination_id, person_id) DO NOTHING`)
}

const objectionColumns = `id, number, round_id, nomination_id, words, sender, answer, upheld, answered_at, key_hash, at, version`

func scanObjection(r *sql.Rows, o *Objection) error {
	var answered, at int64
	var upheld int
	err := r.Scan(&o.ID, &o.Number, &o.RoundID, &o.NominationID, &o.words, &o.from, &o.answer, &upheld, &answered, &o.keyHash, &at, &o.Version)
	o.Upheld, o.AnsweredAt, o.At = upheld == 1, sqldb.TimeOrZero(answered), sqldb.Time(at)
	return err
}

func objections(ctx context.Context, q sqldb.Querier, where string, args ...any) ([]Objection, error) {
	return sqldb.Collect(ctx, q, scanObjection, `SELECT `+objectionColumns+` FROM honour_objection WHERE `+where, args...)
}

// waiting is the condition under which an objection is to be answered.
const waiting = `answered_at = 0 AND words <> ''`

func insertObjection(ctx context.Context, tx *sqldb.Tx, o *Objection) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO honour_objection (`+objectionColumns+`, answered_by) VALUES ($1, $2, $3, $4, $5, $6, '', 0, 0, $7, $8, $9, '')`,
		o.ID, o.Number, o.RoundID, o.NominationID, o.words, o.from, o.keyHash, sqldb.Millis(o.At), o.Version)
	return err
}

const certColumns = `number, code, round_id, nomination_id, kind, person_id, unit_id, category, state, listed, day, asked_by, reason, revoked_on, version`

func scanCert(r *sql.Rows, c *Certificate) error {
	var listed int
	err := r.Scan(&c.Number, &c.Code, &c.RoundID, &c.NominationID, &c.Kind, &c.PersonID, &c.UnitID, &c.Category, &c.State, &listed, &c.Day, &c.AskedBy, &c.reason, &c.RevokedOn, &c.Version)
	c.Listed = listed == 1
	return err
}

func certificates(ctx context.Context, q sqldb.Querier, where string, args ...any) ([]Certificate, error) {
	return sqldb.Collect(ctx, q, scanCert, `SELECT `+certColumns+` FROM honour_certificate WHERE `+where, args...)
}

func certByNumber(ctx context.Context, q sqldb.Querier, num string) (*Certificate, error) {
	return only(certificates(ctx, q, `number = $1`, num))("honour.no_certificate")
}

func insertCerts(ctx context.Context, tx *sqldb.Tx, list []Certificate) error {
	rows := make([][]any, len(list))
	for i, c := range list {
		rows[i] = []any{c.Number, c.Code, c.RoundID, c.NominationID, string(c.Kind), c.PersonID, c.UnitID, c.Category, string(c.State), sqldb.Flag(c.Listed), c.Day, "", "", "", c.Version}
	}
	return sqldb.InsertMany(ctx, tx, "honour_certificate", []string{"number", "code", "round_id", "nomination_id", "kind", "person_id", "unit_id", "category", "state", "listed", "day", "asked_by", "reason", "revoked_on", "version"}, rows, "")
}

func updateCert(ctx context.Context, tx *sqldb.Tx, c *Certificate) error {
	c.Version++
	_, err := tx.ExecContext(ctx, `UPDATE honour_certificate SET state = $1, listed = $2, asked_by = $3, reason = $4, revoked_on = $5, version = $6 WHERE number = $7`,
		string(c.State), sqldb.Flag(c.Listed), c.AskedBy, c.reason, c.RevokedOn, c.Version, c.Number)
	return err
}

// reserve takes the next n numbers of a year and returns the first of them.
func reserve(ctx context.Context, tx *sqldb.Tx, letter string, year, n int) (first int, err error) {
	err = tx.QueryRowContext(ctx, `INSERT INTO honour_number (letter, year, last) VALUES ($1, $2, $3)
		ON CONFLICT (letter, year) DO UPDATE SET last = honour_number.last + excluded.last RETURNING last`, letter, year, n).Scan(&first)
	if err != nil {
		return 0, fmt.Errorf("honour: number: %w", err)
	}
	return first - n + 1, nil
}

// numbered is the n-th number of a year: of a round with the letter H, of a
// nomination with N, of an objection with E, of a certificate with X.
func numbered(letter string, year, n int) string { return number.Of(letter, year, n, 4) }

func tell(ctx context.Context, q sqldb.Querier, query string, args ...any) (n int, err error) {
	if err = q.QueryRowContext(ctx, query, args...).Scan(&n); err != nil {
		err = fmt.Errorf("honour: count: %w", err)
	}
	return n, err
}
