package sqldb_test

import (
	"database/sql"
	"slices"
	"strconv"
	"testing"
	"time"

	"bilin/internal/sqldb"
	"bilin/internal/sqldbtest"
)

// ofNovember is the schema of the release before 00049.
const ofNovember = 48

// upgraded is a database of that release with some rows, brought up to date.
func upgraded(t *testing.T, rows ...string) map[sqldb.Engine]*sqldb.DB {
	t.Helper()
	out := map[sqldb.Engine]*sqldb.DB{}
	for _, engine := range []sqldb.Engine{sqldb.SQLite, sqldb.Postgres} {
		cfg := sqldb.Config{Dir: t.TempDir()}
		if engine == sqldb.Postgres {
			cfg.URL = sqldbtest.EmptyPostgres(t)
		}
		db := sqldbtest.OpenConfig(t, cfg)
		err := db.MigrateUpTo(t.Context(), ofNovember)
		if err == nil {
			err = db.Write(t.Context(), func(tx *sqldb.Tx) error {
				for _, row := range rows {
					if _, err := tx.ExecContext(t.Context(), row); err != nil {
						return err
					}
				}
				return nil
			})
		}
		if err == nil {
			err = db.Migrate(t.Context())
		}
		if err != nil {
			t.Fatalf("%s: %v", engine, err)
		}
		out[engine] = db
	}
	return out
}

// has compares what a query of one text says with what it should, on each engine.
func has(t *testing.T, dbs map[sqldb.Engine]*sqldb.DB, query string, want ...string) {
	t.Helper()
	for engine, db := range dbs {
		got, err := sqldb.Collect(t.Context(), db.Reader(), func(r *sql.Rows, s *string) error { return r.Scan(s) }, query)
		if err != nil || !slices.Equal(got, want) {
			t.Errorf("%s: %q, %v; want %q of %s", engine, got, err, want, query)
		}
	}
}

// TestUpgradedWishes: whoever was agreed to is welcome, while they have it.
func TestUpgradedWishes(t *testing.T) {
	t.Parallel()
	wish := func(id, state, by, agreed string) string {
		return `INSERT INTO wish (id, kind, household_id, cell_id, village_id, words, on_day, part, state, until_on, asked_id, asked_until, helper_id, meet_day, meet_at, meet_by, meet_agreed,
			thanks, thanks_words, posted_by, posted_at, taken_at, due_on, ended_at, version)
			VALUES ('` + id + `', 'shop', 'h', 'c', 'v', '', '', 'any', '` + state + `', '2026-12-01', '', 0, 'p', '', 0, '` + by + `', ` + agreed + `, '', '', '', 1, 1, '', 0, 1)`
	}
	dbs := upgraded(t, wish("a", "taken", "help", "1"), wish("b", "taken", "home", "0"), wish("c", "taken", "help", "0"), wish("d", "done", "home", "1"))
	has(t, dbs, `SELECT id FROM wish WHERE welcome = 1 AND told_at = 0 ORDER BY id`, "a", "b")
}

// TestUpgradedMediations: counts by month become counts by year, and openings are
// kept by the city's day, the last of each.
func TestUpgradedMediations(t *testing.T) {
	t.Parallel()
	at := func(day, hour int) string {
		return strconv.FormatInt(time.Date(2026, 3, day, hour, 30, 0, 0, time.UTC).UnixMilli(), 10)
	}
	read := func(id, side, at string) string {
		return `INSERT INTO mediation_reading (id, mediation_id, side, at) VALUES ('` + id + `', 'x', '` + side + `', ` + at + `)`
	}
	dbs := upgraded(t, `INSERT INTO mediation_count (village_id, month, outcome, n) VALUES ('v', '2026-01', 'kept', 2), ('v', '2026-02', 'kept', 3), ('v', '2025-12', 'kept', 1), ('v', '2026-02', 'ended', 4), ('w', '2026-02', 'kept', 7)`,
		`INSERT INTO mediation (id, village_id, kind, state, outcome, a_household, b_household, a_unit, b_unit, a_hash, b_hash, invite, a_name, b_name, words, mediator_id, a_pick, b_pick, edition, a_edition, b_edition,
			follow_on, a_holds, b_holds, stood, lines, asked_at, due_at, ended_at, version)
			VALUES ('x', 'v', 'noise', 'talking', '', 'h', 'i', 'c', 'd', '', '', '', '', '', '', 'm-1', 'm-1', 'm-1', 0, 0, 0, '', '', '', 0, 0, 1, 1, 0, 1)`,
		read("1", "a", at(1, 15)), read("2", "a", at(1, 16)), read("3", "a", at(1, 20)), read("4", "b", at(1, 20)), read("5", "m", at(1, 15)))
	has(t, dbs, `SELECT village_id || ' ' || year || ' ' || outcome || ' ' || n FROM mediation_tally ORDER BY 1`, "v 2025 kept 1", "v 2026 ended 4", "v 2026 kept 5", "w 2026 kept 7")
	has(t, dbs, `SELECT side || mediator_id || ' ' || day || ' ' || at FROM mediation_opened WHERE mediation_id = 'x' ORDER BY 1`,
		"a 2026-03-01 "+at(1, 15), "a 2026-03-02 "+at(1, 20), "b 2026-03-02 "+at(1, 20), "mm-1 2026-03-01 "+at(1, 15))
}

// TestUpgradedHonours: who nominated is forgotten where the vote is counted.
func TestUpgradedHonours(t *testing.T) {
	t.Parallel()
	var rows []string
	for _, state := range []string{"awarded", "open", "published", "voting"} {
		rows = append(rows, `INSERT INTO honour_round (id, number, name, words, state, categories, nominate_until, vote_until, publish_days, published_at, publish_until, awarded_at, opened_year, run_off, tidied, made_at, version)
			VALUES ('`+state+`', '`+state+`', '', '', '`+state+`', '', '2026-12-01', 0, 5, 0, 0, 0, 2026, 0, 0, 1, 1)`,
			`INSERT INTO honour_nomination (id, number, round_id, category, kind, nominee_id, person_id, unit_id, name, citation, checked, is_true, check_words, praise, checked_by, asked, agrees, consent_by, result, withdrawn,
			by_resident, by_person, by_household, key_hash, made_at, version)
			VALUES ('`+state+`', '`+state+`', '`+state+`', 'c', 'lead', 'p', 'p', 'u', '', '', 0, 0, '', '', '', 0, 0, '', '', 0, 0, 'p-2', 'h-2', '', 1, 1)`)
	}
	has(t, upgraded(t, rows...), `SELECT id || by_person || by_household FROM honour_nomination WHERE consent_how = '' AND consent_at = 0 ORDER BY id`, "awarded", "openp-2h-2", "published", "votingp-2h-2")
}

// TestUpgradedNotices: whose telephone had a notice is worked out from how far it
// was; what is going begins again, counting from nothing.
func TestUpgradedNotices(t *testing.T) {
	t.Parallel()
	phone := func(n, home, agreed string) string {
		return `INSERT INTO notice_phone (id, household_id, unit_id, mark, phone, token, token_hash, asked_at, agreed_at) VALUES ('00000000-0000-7000-8000-00000000000` + n + `', '` + home + `', 'c', 'mark` + n + `', '', '', 'hash` + n + `', 7, ` + agreed + `)`
	}
	run := func(id, kind, state, last string) string {
		return `INSERT INTO notice_run (notice_id, edition, kind, month, parts, planned, sent, failed, last_id, state, at) VALUES ('` + id + `', 1, '` + kind + `', '2026-11', 1, 9, 3, 1, '00000000-0000-7000-8000-00000000000` + last + `', '` + state + `', 1)`
	}
	rows := []string{`INSERT INTO unit (id, code, name, level, parent_id, started_on, rev) VALUES ('city', '1', '', 1, NULL, '2026-01-01', 1), ('town', '2', '', 2, 'city', '2026-01-01', 1), ('v', '3', '', 3, 'town', '2026-01-01', 1),
		('w', '4', '', 3, 'town', '2026-01-01', 1), ('c', '5', '', 6, 'v', '2026-01-01', 1), ('d', '6', '', 6, 'w', '2026-01-01', 1)`,
		`INSERT INTO household (id, unit_id, door, address, address_key, roster_key) VALUES ('h', 'c', 'BBBB222233', '', '', 'h'), ('i', 'd', 'BBBB222244', '', '', 'i')`,
		phone("1", "h", "8"), phone("2", "h", "8"), phone("3", "h", "8"), phone("4", "h", "0"), phone("5", "i", "8"), phone("6", "i", "8")}
	for _, id := range []string{"village", "whole", "cell"} {
		rows = append(rows, `INSERT INTO notice (id, number, kind, title, words, alt, min_size, max_size, state, edition, sender_id, by_id, why, made_at, due_at, sent_at, changed_at, version) VALUES ('`+id+`', '`+id+`', 'news', '', '', '', 0, 0, 'sent', 1, 'town', '', '', 1, 0, 1, 0, 1)`)
	}
	rows = append(rows, `INSERT INTO notice_unit (notice_id, unit_id) VALUES ('village', 'v'), ('whole', 'town'), ('cell', 'c')`,
		`INSERT INTO notice_hour (notice_id, edition, town_id, hour, opened, told, met) VALUES ('whole', 1, 'town', 3, 1, 2, 4)`,
		run("village", "news", "going", "2"), run("whole", "news", "done", "5"), run("cell", "recall", "going", "3"))
	dbs := upgraded(t, rows...)
	has(t, dbs, `SELECT notice_id || ' ' || substr(phone_id, 36) FROM notice_text ORDER BY 1`, "village 1", "village 2", "whole 1", "whole 2", "whole 3", "whole 5")
	has(t, dbs, `SELECT notice_id || ' ' || sent || ' ' || failed || ' ' || substr(last_id, 36) || ' ' || planned || village_id FROM notice_run ORDER BY 1`, "cell 3 1 3 9", "village 0 0  9", "whole 3 1 5 9")
	has(t, dbs, `SELECT mark || ' ' || at FROM notice_asked WHERE id <> '' ORDER BY 1`, "mark1 7", "mark2 7", "mark3 7", "mark4 7", "mark5 7", "mark6 7")
	has(t, dbs, `SELECT opener FROM notice_phone WHERE mark = 'mark6'`, "000000000006")
	has(t, dbs, `SELECT h.place_id || ' ' || h.hour || ' ' || h.opened || h.told || h.met || h.reached || ' ' || n.summed FROM notice_hour h JOIN notice n ON n.id = h.notice_id`, "town 3 1240 0")
}
