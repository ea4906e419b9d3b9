package care

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"

	"bilin/internal/auth"
	"bilin/internal/network"
	"bilin/internal/sqldb"
)

const (
	batch    = 200 // rows of one transaction
	keptDays = 180 // contacts that are done are kept
)

// clock acts where nobody asked by name.
var clock = auth.System("care")

// Tick lets lapse what has lapsed, makes the contacts that are due and hands on
// those that nobody reported. What it begins and doesn't finish, the next one
// does; done again, it does nothing.
func (s *Service) Tick(ctx context.Context) error {
	return errors.Join(s.o.Needs.Tick(ctx), s.lapse(ctx), s.follow(ctx), s.generate(ctx), s.climb(ctx), s.close(ctx), s.forget(ctx), s.forgetEnded(ctx))
}

// lapse ends the entries whose last day is past.
func (s *Service) lapse(ctx context.Context) error {
	for {
		var w sqldb.Where
		w.Add("e.lapses_on < ?", s.today())
		list, err := allEntries(ctx, s.o.DB.Reader(), w, "ORDER BY e.lapses_on, e.id", batch)
		if err != nil || len(list) == 0 {
			return err
		}
		err = s.o.DB.Write(ctx, func(tx *sqldb.Tx) error {
			for i := range list {
				var now string
				err := tx.QueryRowContext(ctx, `SELECT lapses_on FROM care_entry WHERE id = $1`, list[i].ID).Scan(&now)
				if errors.Is(err, sql.ErrNoRows) || err == nil && now >= s.today() {
					continue // ended or renewed meanwhile
				}
				if err := errors.Join(err, s.remove(ctx, tx, clock, &list[i], Lapsed)); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return fmt.Errorf("care: lapse: %w", err)
		}
	}
}

// moved is an entry whose household isn't where it was.
type moved struct{ entry, unit, state string }

// follow ends the entries of households that left, and takes those with it that
// are in another cell now, because units were split, merged or moved.
func (s *Service) follow(ctx context.Context) error {
	after := ""
	for {
		list, err := sqldb.Collect(ctx, s.o.DB.Reader(), func(r *sql.Rows, m *moved) error { return r.Scan(&m.entry, &m.unit, &m.state) },
			`SELECT e.id, h.unit_id, h.state FROM care_entry e JOIN household h ON h.id = e.household_id
			WHERE e.id > $1 AND (h.state <> 'active' OR h.unit_id <> e.unit_id) ORDER BY e.id LIMIT $2`, after, batch)
		if err != nil || len(list) == 0 {
			return err
		}
		after = list[len(list)-1].entry
		err = s.o.DB.Write(ctx, func(tx *sqldb.Tx) error {
			for _, m := range list {
				if err := s.followOne(ctx, tx, m); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return fmt.Errorf("care: follow: %w", err)
		}
	}
}

func (s *Service) followOne(ctx context.Context, tx *sqldb.Tx, m moved) error {
	var w sqldb.Where
	w.Add("e.id = ?", m.entry)
	list, err := allEntries(ctx, tx, w, "", 1)
	if err != nil || len(list) == 0 {
		return err
	}
	e := &list[0]
	if m.state != "active" {
		return s.remove(ctx, tx, clock, e, Moved)
	}
	village := s.tree().At(s.tree().ByID(m.unit), network.Village)
	if village == nil {
		return nil
	}
	was := *e
	e.UnitID, e.VillageID = m.unit, village.ID
	e.Version++
	if was.VillageID != e.VillageID {
		if err := errors.Join(s.moveTally(ctx, tx, &was, e), moveOwed(ctx, tx, &was, e)); err != nil {
			return err
		}
	}
	if err := updateEntry(ctx, tx, e); err != nil {
		return err
	}
	h := s.chain(e)[0]
	_, err = tx.ExecContext(ctx, `UPDATE care_contact SET cell_id = $1, village_id = $2, unit_id = $3, role = $4, step = $5, version = version + 1
		WHERE entry_id = $6 AND state = 'open'`, e.UnitID, e.VillageID, h.unitID, string(h.role), int(h.step), e.ID)
	return errors.Join(err, s.tell(ctx, tx, was.UnitID, e.UnitID, was.VillageID, e.VillageID, h.unitID))
}

func (s *Service) moveTally(ctx context.Context, tx *sqldb.Tx, was, is *Entry) error {
	content, err := s.open(ctx, is)
	if err != nil {
		return err
	}
	return errors.Join(addTally(ctx, tx, was.VillageID, content.Need, -1), addTally(ctx, tx, is.VillageID, content.Need, 1))
}

// moveOwed takes an entry's open contacts along in what villages owed in a month:
// who keeps them owes them.
func moveOwed(ctx context.Context, tx *sqldb.Tx, was, is *Entry) error {
	type open struct {
		month string
		step  Step
	}
	list, err := sqldb.Collect(ctx, tx, func(r *sql.Rows, c *open) error { return r.Scan(&c.month, &c.step) },
		`SELECT month, step FROM care_contact WHERE entry_id = $1 AND state = 'open'`, is.ID)
	if err != nil {
		return err
	}
	for _, c := range list {
		climbed := 0
		if c.step > First {
			climbed = 1
		}
		err = errors.Join(err, addKept(ctx, tx, c.month, was.VillageID, kept{owed: -1, climbed: -climbed}), addKept(ctx, tx, c.month, is.VillageID, kept{owed: 1, climbed: climbed}))
	}
	return err
}

// generate makes the contacts that are owed within a few days, if the month's
// list has the matter they belong to.
func (s *Service) generate(ctx context.Context) error {
	if s.o.Gate == nil {
		return nil
	}
	afterDay, afterID := "", ""
	for {
		var w sqldb.Where
		w.Add("e.due_contact = ''")
		w.Add("e.next_on <= ?", addDays(s.today(), AheadDays))
		w.Add("(e.next_on, e.id) > (?, ?)", afterDay, afterID)
		list, err := entries(ctx, s.o.DB.Reader(), s.today(), w, "ORDER BY e.next_on, e.id", batch)
		if err != nil || len(list) == 0 {
			return err
		}
		last := list[len(list)-1]
		afterDay, afterID = last.NextOn, last.ID
		for _, part := range byMonth(list, s.today()) {
			if err := s.o.DB.Write(ctx, func(tx *sqldb.Tx) error { return s.make(ctx, tx, part) }); err != nil {
				return fmt.Errorf("care: make contacts: %w", err)
			}
		}
	}
}

// byMonth splits entries by the month in which their contact is to be done; one
// that should have been made earlier is this month's.
func byMonth(list []Entry, today string) (parts [][]Entry) {
	for i := range list {
		list[i].NextOn = max(list[i].NextOn, today)
	}
	for len(list) > 0 {
		month := monthOf(list[0].NextOn)
		n := slices.IndexFunc(list, func(e Entry) bool { return monthOf(e.NextOn) != month })
		if n < 0 {
			n = len(list)
		}
		parts, list = append(parts, list[:n]), list[n:]
	}
	return parts
}

// make makes the contacts of entries, all of one month.
func (s *Service) make(ctx context.Context, tx *sqldb.Tx, list []Entry) error {
	list, err := s.still(ctx, tx, list)
	if err != nil || len(list) == 0 {
		return err
	}
	chains := make([][]holder, len(list))
	var cells []string
	for i := range list {
		chains[i] = s.chain(&list[i])
		if h := chains[i][0]; h.role == auth.Lead {
			cells = append(cells, h.unitID)
		}
	}
	slices.Sort(cells)
	listed, room, err := s.o.Gate.Permit(ctx, tx, monthOf(list[0].NextOn), slices.Compact(cells))
	if err != nil || !listed {
		return err
	}
	made := make([]Contact, 0, len(list))
	tallies := map[[2]string]kept{}
	var topics []string
	for i := range list {
		e := &list[i]
		// What a lead's month has no room for is the official's.
		h := from(chains[i], First, func(h holder) bool { return h.role == auth.Lead && (h != chains[i][0] || !room[h.unitID]) })
		c := begin(e)
		c.ID, c.UnitID, c.Role, c.Step = sqldb.NewID(), h.unitID, h.role, h.step
		made = append(made, c)
		e.Open = c.ID
		if err := updateEntry(ctx, tx, e); err != nil {
			return err
		}
		key := [2]string{monthOf(c.OwedOn), e.VillageID}
		k := tallies[key]
		k.owed++
		tallies[key] = k
		topics = append(topics, h.unitID, e.VillageID)
	}
	if err := insertContacts(ctx, tx, made); err != nil {
		return err
	}
	for key, k := range tallies {
		if err := addKept(ctx, tx, key[0], key[1], k); err != nil {
			return err
		}
	}
	slices.Sort(topics)
	return s.tell(ctx, tx, slices.Compact(topics)...)
}

// still leaves those entries that have no contact yet and hold.
func (s *Service) still(ctx context.Context, tx *sqldb.Tx, list []Entry) ([]Entry, error) {
	var w sqldb.Where
	ids := make([]string, len(list))
	for i := range list {
		ids[i] = list[i].ID
	}
	w.In("e.id", ids)
	w.Add("e.due_contact = ''")
	now, err := entries(ctx, tx, s.today(), w, "ORDER BY e.id", len(ids))
	for i := range now {
		now[i].NextOn = max(now[i].NextOn, s.today())
	}
	return slices.DeleteFunc(now, func(e Entry) bool { return monthOf(e.NextOn) != monthOf(list[0].NextOn) }), err
}

// climb hands the contacts on whose last day is past.
func (s *Service) climb(ctx context.Context) error {
	for {
		var w sqldb.Where
		w.Add("c.state = 'open'")
		w.Add("c.step < ?", int(Village))
		w.Add("c.limit_on < ?", s.today())
		list, err := contacts(ctx, s.o.DB.Reader(), s.today(), w, "ORDER BY c.limit_on, c.id", batch)
		if err != nil || len(list) == 0 {
			return err
		}
		err = s.o.DB.Write(ctx, func(tx *sqldb.Tx) error {
			for i := range list {
				if err := s.climbOne(ctx, tx, list[i].ID); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return fmt.Errorf("care: climb: %w", err)
		}
	}
}

func (s *Service) climbOne(ctx context.Context, tx *sqldb.Tx, id string) error {
	c, e, err := s.contact(ctx, tx, id)
	if err != nil {
		return err
	}
	was := *c
	if !c.Climb(s.today()) {
		return nil
	}
	return s.handOn(ctx, tx, &was, c, e)
}

// handOn finds out who has a contact that climbed, and stores it.
func (s *Service) handOn(ctx context.Context, tx *sqldb.Tx, was, c *Contact, e *Entry) error {
	h, err := s.place(ctx, tx, c, e)
	if err != nil {
		return err
	}
	if h.step > c.Step {
		c.LimitOn = window(h.step, c.DueOn)
	}
	c.Step, c.UnitID, c.Role = h.step, h.unitID, h.role
	if err := updateContact(ctx, tx, c); err != nil {
		return err
	}
	if was.Step == First {
		if err := addKept(ctx, tx, monthOf(c.OwedOn), c.VillageID, kept{climbed: 1}); err != nil {
			return err
		}
	}
	return s.finish(ctx, tx, clock, "care.climb", "care_contact", c.ID, c.VillageID, was.UnitID, c.UnitID, c.CellID, c.VillageID)
}

// place is the post that has a contact at its step: a lead only if the month
// has room for it, else the next one.
func (s *Service) place(ctx context.Context, tx *sqldb.Tx, c *Contact, e *Entry) (holder, error) {
	chain := s.chain(e)
	h := from(chain, c.Step, func(holder) bool { return false })
	if h.role != auth.Lead || s.o.Gate == nil {
		return h, nil
	}
	c.UnitID, c.Role = h.unitID, h.role
	if err := updateContact(ctx, tx, c); err != nil { // Reserve counts it as that lead's
		return h, err
	}
	_, room, err := s.o.Gate.Permit(ctx, tx, monthOf(c.OwedOn), []string{h.unitID})
	if err != nil || room[h.unitID] {
		return h, err
	}
	return from(chain, c.Step, func(h holder) bool { return h.role == auth.Lead }), nil
}

// close ends last month's tasks of those leads who have none of its contacts left.
func (s *Service) close(ctx context.Context) error {
	if s.o.Gate == nil {
		return nil
	}
	first, _ := monthDays(monthOf(s.today()))
	month := monthOf(addDays(first, -1))
	open, err := sqldb.Collect(ctx, s.o.DB.Reader(), scanText, `SELECT DISTINCT unit_id FROM care_contact WHERE month = $1 AND role = 'lead' AND state = 'open'`, month)
	if err != nil {
		return err
	}
	return s.o.Gate.Close(ctx, month, open)
}

// forget deletes what was done long ago.
func (s *Service) forget(ctx context.Context) error {
	before := addDays(s.today(), -keptDays)
	for {
		ids, err := sqldb.Collect(ctx, s.o.DB.Reader(), scanText, `SELECT id FROM care_contact WHERE state = 'done' AND done_on < $1 LIMIT $2`, before, batch)
		if err != nil || len(ids) == 0 {
			return err
		}
		err = s.o.DB.Write(ctx, func(tx *sqldb.Tx) error {
			var w sqldb.Where
			w.In("id", ids)
			w.Add("state = 'done'")
			_, err := tx.ExecContext(ctx, `DELETE FROM care_contact WHERE `+w.Text(), w.Args...)
			return err
		})
		if err != nil {
			return fmt.Errorf("care: forget: %w", err)
		}
	}
}
