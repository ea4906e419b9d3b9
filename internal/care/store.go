package care

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"

	"bilin/internal/care/need"
	"bilin/internal/network"
	"bilin/internal/sqldb"
)

// entryColumns are an entry's, with what is shown of its household.
const entryColumns = `e.id, e.household_id, e.unit_id, e.village_id, h.address, h.head, e.every_days, e.who, e.way, e.act, e.stand_in,
	e.next_on, e.lapses_on, e.long_days, e.by_id, e.listed_on, e.due_contact, e.sealed, e.version,
	COALESCE((SELECT o.due_on FROM care_contact o WHERE o.id = e.due_contact), e.next_on)`

// entries reads entries with their households. What has lapsed is gone, whether
// or not the job has been there: no caller can ask for it.
func entries(ctx context.Context, q sqldb.Querier, today string, w sqldb.Where, rest string, limit int) ([]Entry, error) {
	w.Add("h.state = 'active'")
	w.Add("e.lapses_on >= ?", today)
	return allEntries(ctx, q, w, rest, limit)
}

// allEntries is entries with those that have lapsed and wait to be erased.
func allEntries(ctx context.Context, q sqldb.Querier, w sqldb.Where, rest string, limit int) ([]Entry, error) {
	list, err := sqldb.Collect(ctx, q, func(r *sql.Rows, e *Entry) error {
		return r.Scan(&e.ID, &e.HouseholdID, &e.UnitID, &e.VillageID, &e.Address, &e.Name, &e.EveryDays, &e.Who, &e.Do, &e.Action, &e.StandIn,
			&e.NextOn, &e.LapsesOn, &e.LongDays, &e.byID, &e.ListedOn, &e.Open, &e.sealed, &e.Version, &e.TryOn)
	}, `SELECT `+entryColumns+` FROM care_entry e JOIN household h ON h.id = e.household_id WHERE `+w.Text()+` `+rest+` LIMIT `+w.Arg(limit), w.Args...)
	if err != nil {
		return nil, fmt.Errorf("care: read entries: %w", err)
	}
	return list, nil
}

func oneEntry(ctx context.Context, q sqldb.Querier, today, id string) (*Entry, error) {
	var w sqldb.Where
	w.Add("e.id = ?", id)
	list, err := entries(ctx, q, today, w, "", 1)
	if err != nil {
		return nil, err
	}
	if len(list) == 0 {
		return nil, noEntry()
	}
	return &list[0], nil
}

func entriesOf(ctx context.Context, q sqldb.Querier, today, householdID string) ([]Entry, error) {
	var w sqldb.Where
	w.Add("e.household_id = ?", householdID)
	return entries(ctx, q, today, w, "ORDER BY e.id", 4*PerHousehold)
}

var entryInsert = []string{"id", "household_id", "unit_id", "village_id", "every_days", "who", "way", "act", "stand_in", "next_on", "lapses_on",
	"long_days", "by_id", "listed_on", "due_contact", "sealed", "version"}

func (e *Entry) row() []any {
	return []any{e.ID, e.HouseholdID, e.UnitID, e.VillageID, e.EveryDays, string(e.Who), string(e.Do), string(e.Action), e.StandIn, e.NextOn, e.LapsesOn,
		e.LongDays, e.byID, e.ListedOn, e.Open, e.sealed, e.Version}
}

func insertEntries(ctx context.Context, tx *sqldb.Tx, list []Entry) error {
	rows := make([][]any, len(list))
	for i := range list {
		rows[i] = list[i].row()
	}
	return sqldb.InsertMany(ctx, tx, "care_entry", entryInsert, rows, "")
}

// updateEntry writes what changes in an entry's life.
func updateEntry(ctx context.Context, tx *sqldb.Tx, e *Entry) error {
	_, err := tx.ExecContext(ctx, `UPDATE care_entry SET unit_id = $1, village_id = $2, stand_in = $3, next_on = $4, lapses_on = $5, by_id = $6, due_contact = $7, version = $8, sealed = $9 WHERE id = $10`,
		e.UnitID, e.VillageID, e.StandIn, e.NextOn, e.LapsesOn, e.byID, e.Open, e.Version, e.sealed, e.ID)
	return err
}

// addTally changes how many entries of a village are for a need.
func addTally(ctx context.Context, tx *sqldb.Tx, villageID, code string, n int) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO care_tally (village_id, need, entries) VALUES ($1, $2, $3)
		ON CONFLICT (village_id, need) DO UPDATE SET entries = care_tally.entries + excluded.entries`, villageID, code, n)
	return err
}

const contactColumns = `c.id, c.entry_id, e.household_id, c.cell_id, c.village_id, h.address, h.head, e.way, e.act, e.every_days, c.unit_id, c.role, c.step,
	c.owed_on, c.due_on, c.limit_on, c.misses, c.state, c.outcome, c.done_on, c.late, c.demand, c.version, c.missed_on, c.missed_was, e.who`

// contacts reads contacts of entries that hold.
func contacts(ctx context.Context, q sqldb.Querier, today string, w sqldb.Where, rest string, limit int) ([]Contact, error) {
	w.Add("h.state = 'active'")
	w.Add("e.lapses_on >= ?", today)
	list, err := sqldb.Collect(ctx, q, func(r *sql.Rows, c *Contact) error {
		var state, who, was string
		err := r.Scan(&c.ID, &c.EntryID, &c.HouseholdID, &c.CellID, &c.VillageID, &c.Address, &c.Name, &c.Do, &c.Action, &c.every, &c.UnitID, &c.Role, &c.Step,
			&c.OwedOn, &c.DueOn, &c.LimitOn, &c.Misses, &state, &c.Outcome, &c.DoneOn, &c.Late, &c.Demand, &c.Version, &c.MissedOn, &was, &who)
		if err == nil && was != "" {
			err = json.Unmarshal([]byte(was), &c.was)
		}
		c.Done, c.led = state == "done", who == string(need.ByLead)
		return err
	}, `SELECT `+contactColumns+` FROM care_contact c JOIN care_entry e ON e.id = c.entry_id JOIN household h ON h.id = e.household_id
		WHERE `+w.Text()+` `+rest+` LIMIT `+w.Arg(limit), w.Args...)
	if err != nil {
		return nil, fmt.Errorf("care: read contacts: %w", err)
	}
	return list, nil
}

var contactInsert = []string{"id", "entry_id", "cell_id", "village_id", "month", "unit_id", "role", "step", "owed_on", "due_on", "limit_on", "misses",
	"state", "outcome", "done_on", "late", "demand", "version", "missed_on", "missed_was"}

func (c *Contact) row() []any {
	return []any{c.ID, c.EntryID, c.CellID, c.VillageID, monthOf(c.OwedOn), c.UnitID, string(c.Role), int(c.Step), c.OwedOn, c.DueOn, c.LimitOn, c.Misses,
		stateOf(c.Done), string(c.Outcome), c.DoneOn, sqldb.Flag(c.Late), c.Demand, c.Version, c.MissedOn, c.wasText()}
}

// wasText is how a contact stood before, as it is stored; "" if nothing is to be taken back.
func (c *Contact) wasText() string {
	if c.MissedOn == "" {
		return ""
	}
	raw, err := json.Marshal(c.was)
	if err != nil {
		return "" // of strings and numbers it can't fail
	}
	return string(raw)
}

func insertContacts(ctx context.Context, tx *sqldb.Tx, list []Contact) error {
	rows := make([][]any, len(list))
	for i := range list {
		rows[i] = list[i].row()
	}
	return sqldb.InsertMany(ctx, tx, "care_contact", contactInsert, rows, "")
}

func updateContact(ctx context.Context, tx *sqldb.Tx, c *Contact) error {
	_, err := tx.ExecContext(ctx, `UPDATE care_contact SET cell_id = $1, village_id = $2, unit_id = $3, role = $4, step = $5, due_on = $6, limit_on = $7, misses = $8,
		state = $9, outcome = $10, done_on = $11, late = $12, demand = $13, version = $14, missed_on = $15, missed_was = $16 WHERE id = $17`,
		c.CellID, c.VillageID, c.UnitID, string(c.Role), int(c.Step), c.DueOn, c.LimitOn, c.Misses,
		stateOf(c.Done), string(c.Outcome), c.DoneOn, sqldb.Flag(c.Late), c.Demand, c.Version, c.MissedOn, c.wasText(), c.ID)
	return err
}

// kept is what changes in how a month's contacts went in a village.
type kept struct{ owed, kept, late, climbed, needs int }

func addKept(ctx context.Context, tx *sqldb.Tx, month, villageID string, k kept) error {
	if k == (kept{}) {
		return nil
	}
	_, err := tx.ExecContext(ctx, `INSERT INTO care_kept (month, village_id, owed, kept, late, climbed, needs) VALUES ($1, $2, $3, $4, $5, $6, $7)
		ON CONFLICT (month, village_id) DO UPDATE SET owed = care_kept.owed + excluded.owed, kept = care_kept.kept + excluded.kept,
		late = care_kept.late + excluded.late, climbed = care_kept.climbed + excluded.climbed, needs = care_kept.needs + excluded.needs`,
		month, villageID, k.owed, k.kept, k.late, k.climbed, k.needs)
	return err
}

func stateOf(done bool) string {
	if done {
		return "done"
	}
	return "open"
}

// monthOf is the month of a day.
func monthOf(day string) string { return day[:min(len(day), len("2006-01"))] }

// cellsUnder lists the cells and other units with households at and under one.
func cellsUnder(tree *network.Tree, u *network.Unit) (ids []string) {
	for _, c := range tree.Subtree(u) {
		if c.Level == network.Cell || c.Households > 0 {
			ids = append(ids, c.ID)
		}
	}
	return ids
}
