package care

import (
	"context"
	"fmt"

	"bilin/internal/audit"
	"bilin/internal/auth"
	"bilin/internal/care/need"
	"bilin/internal/sqldb"
)

// fillRows is how many entries of a past go into one transaction.
const fillRows = 500

// Past is an entry of a city that begins with a past.
type Past struct {
	HouseholdID, UnitID, VillageID string
	Need                           string
	Basis                          Basis
	Agreed                         Agreed
	ListedOn, LapsesOn             string
	By                             string   // who listed or renewed it last
	NextOn                         string   // the day of the next contact, or of the one that is open
	Said                           []string // on which days of its open contact nobody was home
	Done                           []PastContact
}

// Fill lists households of a city that begins with a past, with the contacts
// there were, and lets what nobody reported climb up to today.
func (s *Service) Fill(ctx context.Context, list []Past) error {
	for len(list) > 0 {
		part := list[:min(fillRows, len(list))]
		list = list[len(part):]
		if err := s.fill(ctx, part); err != nil {
			return fmt.Errorf("care: fill: %w", err)
		}
	}
	return nil
}

// filled is what goes into the tables.
type filled struct {
	entries  []Entry
	contacts []Contact
	tallies  map[[2]string]int
	kept     map[[2]string]kept
}

func (s *Service) fill(ctx context.Context, list []Past) error {
	f := filled{tallies: map[[2]string]int{}, kept: map[[2]string]kept{}}
	var contents []Content
	for _, p := range list {
		n, known := s.Needs().Need(p.Need)
		if !known {
			return fmt.Errorf("no need %q", p.Need)
		}
		contents = append(contents, s.fillOne(&f, p, n))
	}
	sealed, err := s.sealAll(ctx, f.entries, contents)
	if err != nil {
		return err
	}
	for i := range f.entries {
		f.entries[i].sealed = sealed[i]
	}
	return s.o.DB.Write(ctx, func(tx *sqldb.Tx) error { return s.store(ctx, tx, &f) })
}

// fillOne adds an entry and its contacts, and returns what is to be sealed.
func (s *Service) fillOne(f *filled, p Past, n need.Need) Content {
	e := Entry{ID: sqldb.NewID(), HouseholdID: p.HouseholdID, UnitID: p.UnitID, VillageID: p.VillageID, Obligation: n.Obligation,
		NextOn: p.NextOn, LapsesOn: p.LapsesOn, ListedOn: p.ListedOn, LongDays: n.LongDays, Version: 1, byID: p.By}
	chain := s.chain(&e)
	for _, d := range p.Done {
		c := begin(&e)
		h := from(chain, d.Step, func(holder) bool { return false })
		c.ID, c.OwedOn, c.DueOn, c.UnitID, c.Role, c.Step = sqldb.NewID(), d.OwedOn, d.OwedOn, h.unitID, h.role, h.step
		c.LimitOn = window(First, d.OwedOn)
		c.Report(d.Outcome, d.DoneOn)
		c.Demand = d.Demand
		f.add(c)
	}
	if p.NextOn <= addDays(s.today(), AheadDays) && monthOf(p.NextOn) <= monthOf(s.today()) { // next month's list comes first
		c := begin(&e)
		c.ID = sqldb.NewID()
		s.upToToday(&c, p.Said)
		h := from(chain, c.Step, func(holder) bool { return false })
		c.UnitID, c.Role, c.Step = h.unitID, h.role, h.step
		e.Open = c.ID
		f.add(c)
	}
	f.entries = append(f.entries, e)
	f.tallies[[2]string{e.VillageID, n.Code}]++
	content := Content{Need: n.Code, Basis: p.Basis, Agreed: p.Agreed}
	if p.Basis == ByConsent {
		content.AgreedOn = p.ListedOn
	}
	return content
}

// upToToday lets an open contact climb day by day.
func (s *Service) upToToday(c *Contact, nobody []string) {
	for day := c.OwedOn; day <= s.today(); day = addDays(day, 1) {
		c.Climb(day)
		if contains(nobody, day) && c.DueOn <= day {
			c.Report(Nobody, day)
		}
	}
}

func (f *filled) add(c Contact) {
	f.contacts = append(f.contacts, c)
	key := [2]string{monthOf(c.OwedOn), c.VillageID}
	k := f.kept[key]
	k.owed++
	switch {
	case c.Done && c.Late:
		k.late++
	case c.Done:
		k.kept++
	}
	if c.Step > First {
		k.climbed++
	}
	if c.Outcome == NeedsHelp {
		k.needs++
	}
	f.kept[key] = k
}

func (s *Service) store(ctx context.Context, tx *sqldb.Tx, f *filled) error {
	if err := insertEntries(ctx, tx, f.entries); err != nil {
		return err
	}
	if err := insertContacts(ctx, tx, f.contacts); err != nil {
		return err
	}
	for key, n := range f.tallies {
		if err := addTally(ctx, tx, key[0], key[1], n); err != nil {
			return err
		}
	}
	for key, k := range f.kept {
		if err := addKept(ctx, tx, key[0], key[1], k); err != nil {
			return err
		}
	}
	by := auth.System("care")
	return s.o.Audit.Append(ctx, tx, audit.Entry{ActorID: by.ID(), ActorName: by.Name, Action: "care.fill", ObjectKind: "care_entry", Detail: map[string]int{"entries": len(f.entries)}})
}
