package care

import (
	"context"
	"strings"

	"bilin/internal/auth"
	"bilin/internal/errs"
	"bilin/internal/network"
	"bilin/internal/once"
	"bilin/internal/sqldb"
)

// contact reads a contact and its entry.
func (s *Service) contact(ctx context.Context, q sqldb.Querier, id string) (*Contact, *Entry, error) {
	var w sqldb.Where
	w.Add("c.id = ?", id)
	list, err := contacts(ctx, q, s.today(), w, "", 1)
	if err != nil {
		return nil, nil, err
	}
	if len(list) == 0 {
		return nil, nil, errs.E(errs.NotFound, "care.no_contact")
	}
	e, err := oneEntry(ctx, q, s.today(), list[0].EntryID)
	return &list[0], e, err
}

// ContactsDue lists the open contacts that the actor's own posts have, what is
// due first: a page of them, and where the next one begins ("" at the end).
func (s *Service) ContactsDue(ctx context.Context, actor auth.Actor, cursor string, limit int) (list []Contact, next string, err error) {
	var w sqldb.Where
	if !s.mine(&w, actor) {
		return nil, "", nil
	}
	day, id := cutCursor(cursor)
	w.Add("(c.due_on, c.id) > (?, ?)", day, id)
	list, err = contacts(ctx, s.o.DB.Reader(), s.today(), w, "ORDER BY c.due_on, c.id", limit+1)
	if len(list) > limit {
		list = list[:limit]
		next = list[limit-1].DueOn + " " + list[limit-1].ID
	}
	s.mask(actor, list)
	return list, next, err
}

// mine narrows to the open contacts of somebody's own posts; false: there can be none.
func (s *Service) mine(w *sqldb.Where, actor auth.Actor) bool {
	w.Add("c.state = 'open'")
	return s.own(w, actor)
}

// own narrows to the contacts of somebody's own posts; false: there can be none.
func (s *Service) own(w *sqldb.Where, actor auth.Actor) bool {
	var parts []string
	for _, g := range actor.Grants {
		if g.Role == auth.Lead || g.Role == auth.LinkedOfficial || g.Role == auth.VillageOfficial {
			parts = append(parts, "(c.unit_id = "+w.Arg(g.UnitID)+" AND c.role = "+w.Arg(string(g.Role))+")")
		}
	}
	if len(parts) == 0 {
		return false
	}
	w.Parts = append(w.Parts, "("+strings.Join(parts, " OR ")+")")
	return true
}

// mask hides the names of those households that the actor isn't near to.
func (s *Service) mask(actor auth.Actor, list []Contact) {
	for i := range list {
		if !s.May(actor, network.ActNames, list[i].CellID) && !holds(actor, list[i].UnitID, list[i].Role) {
			list[i].Name = network.MaskName(list[i].Name)
		}
	}
}

// Todo is what a start page says of somebody's contacts.
type Todo struct {
	Today, Late, Ahead int
	Renewals           int // entries that end within a fortnight and that they can renew
	First              []Contact
}

// Todo counts the contacts of the actor's own posts, and shows the first.
func (s *Service) Todo(ctx context.Context, actor auth.Actor, show int) (t Todo, err error) {
	var w sqldb.Where
	if s.mine(&w, actor) {
		today := w.Arg(s.today())
		w.Add("h.state = 'active'")
		w.Add("e.lapses_on >= ?", s.today())
		err = s.o.DB.Reader().QueryRowContext(ctx, `SELECT COUNT(*) FILTER (WHERE c.due_on = `+today+`), COUNT(*) FILTER (WHERE c.due_on < `+today+`),
			COUNT(*) FILTER (WHERE c.due_on > `+today+`) FROM care_contact c JOIN care_entry e ON e.id = c.entry_id JOIN household h ON h.id = e.household_id
			WHERE `+w.Text(), w.Args...).Scan(&t.Today, &t.Late, &t.Ahead)
		if err != nil {
			return t, err
		}
	}
	if t.Today+t.Late+t.Ahead > 0 {
		if t.First, _, err = s.ContactsDue(ctx, actor, "", show); err != nil {
			return t, err
		}
	}
	t.Renewals, err = s.renewalsWaiting(ctx, actor)
	return t, err
}

// ContactOne returns one that the actor may report.
func (s *Service) ContactOne(ctx context.Context, actor auth.Actor, id string) (*Contact, error) {
	c, _, err := s.contact(ctx, s.o.DB.Reader(), id)
	if err != nil {
		return nil, err
	}
	if !s.mayReport(actor, c) {
		return nil, errs.E(errs.NotFound, "care.no_contact")
	}
	list := []Contact{*c}
	s.mask(actor, list)
	return &list[0], nil
}

// mayReport reports whether somebody may say what became of a contact: who has
// it, the lead whose it was by the plan, whose words come late perhaps, and the officials
// over the cell.
func (s *Service) mayReport(actor auth.Actor, c *Contact) bool {
	if actor.System || holds(actor, c.UnitID, c.Role) || c.led && holds(actor, c.CellID, auth.Lead) {
		return true
	}
	for _, g := range actor.Grants {
		if (g.Role == auth.LinkedOfficial || g.Role == auth.VillageOfficial) && s.tree().Contains(g.UnitID, c.CellID) {
			return true
		}
	}
	return false
}

// Contact takes what somebody says became of a contact: fine, something is
// needed, or nobody home. It may come late, and twice.
func (s *Service) Contact(ctx context.Context, actor auth.Actor, cmd Report) (out Result, err error) {
	cmd, err = cmd.check(s.today())
	if err != nil {
		return out, err
	}
	c, _, err := s.contact(ctx, s.o.DB.Reader(), cmd.ID)
	if err != nil {
		return out, err
	}
	if !s.mayReport(actor, c) {
		return out, errs.E(errs.NotFound, "care.no_contact")
	}
	if cmd.Outcome == NeedsHelp && s.o.Demand != nil {
		return s.needs(ctx, actor, c, cmd)
	}
	err = s.o.DB.Write(ctx, func(tx *sqldb.Tx) error {
		out, err = once.Do(ctx, tx, "care.contact/"+actor.ID(), cmd.Key, cmd, s.now(), func() (Result, error) {
			return s.report(ctx, tx, actor, cmd, "")
		})
		return err
	})
	return out, err
}

// needs raises a demand on behalf of the household, and takes the report in the
// same transaction. The demand counts even where somebody else was there before.
func (s *Service) needs(ctx context.Context, actor auth.Actor, c *Contact, cmd Report) (out Result, err error) {
	number, err := s.o.Demand(ctx, actor, Raised{Key: "care/" + cmd.Key, HouseholdID: c.HouseholdID, CellID: c.CellID, Text: cmd.Words,
		Along: func(ctx context.Context, tx *sqldb.Tx, number string) error {
			_, err := s.report(ctx, tx, actor, cmd, number)
			return err
		}})
	if err != nil {
		return out, err
	}
	now, e, err := s.contact(ctx, s.o.DB.Reader(), cmd.ID)
	if err != nil {
		return out, err
	}
	return Result{Done: now.Done, Demand: number, NextOn: e.NextOn, Step: now.Step}, nil
}

func (s *Service) report(ctx context.Context, tx *sqldb.Tx, actor auth.Actor, cmd Report, number string) (Result, error) {
	c, e, err := s.contact(ctx, tx, cmd.ID)
	if err != nil {
		return Result{}, err
	}
	was := *c
	c.Report(cmd.Outcome, cmd.Day)
	switch {
	case c.Version == was.Version: // done before: it says nothing new
		return Result{Done: c.Done, Demand: c.Demand, NextOn: e.NextOn, Step: c.Step}, nil
	case c.Done:
		c.Demand = number
		return s.settle(ctx, tx, actor, c, e)
	case c.Step != was.Step:
		err = s.handOn(ctx, tx, &was, c, e)
	default:
		err = updateContact(ctx, tx, c)
	}
	if err != nil {
		return Result{}, err
	}
	return Result{NextOn: c.DueOn, Step: c.Step}, s.finish(ctx, tx, actor, "care.contact", "care_contact", c.ID, c.VillageID, was.UnitID, c.UnitID, c.VillageID)
}

// settle stores a contact that is done, and when the next one is owed.
func (s *Service) settle(ctx context.Context, tx *sqldb.Tx, actor auth.Actor, c *Contact, e *Entry) (Result, error) {
	e.Open, e.NextOn = "", next(c.DoneOn, e.EveryDays)
	c.credit(actor)
	if err := updateContact(ctx, tx, c); err != nil {
		return Result{}, err
	}
	if err := updateEntry(ctx, tx, e); err != nil {
		return Result{}, err
	}
	k := kept{kept: 1}
	if c.Late {
		k = kept{late: 1}
	}
	if c.Outcome == NeedsHelp {
		k.needs = 1
	}
	if err := addKept(ctx, tx, monthOf(c.OwedOn), c.VillageID, k); err != nil {
		return Result{}, err
	}
	return Result{Done: true, Demand: c.Demand, NextOn: e.NextOn, Step: c.Step},
		s.finish(ctx, tx, actor, "care.contact", "care_contact", c.ID, c.VillageID, c.UnitID, c.CellID, c.VillageID)
}

// credit writes a contact that the cell's lead made, after it had gone on, down
// to the lead: whoever has it by now did nothing.
func (c *Contact) credit(actor auth.Actor) {
	if !holds(actor, c.UnitID, c.Role) && holds(actor, c.CellID, auth.Lead) {
		c.UnitID, c.Role, c.Step = c.CellID, auth.Lead, First
	}
}
