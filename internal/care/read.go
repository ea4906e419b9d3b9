package care

import (
	"context"
	"database/sql"
	"errors"
	"slices"
	"strconv"
	"strings"

	"bilin/internal/auth"
	"bilin/internal/care/need"
	"bilin/internal/errs"
	"bilin/internal/network"
	"bilin/internal/purpose"
	"bilin/internal/seal"
	"bilin/internal/sqldb"
)

// EntriesOf lists the households listed at and under a village or a part of one,
// without why: a page from an id on, and where the next one begins.
func (s *Service) EntriesOf(ctx context.Context, actor auth.Actor, unitID, cursor string, limit int) ([]Entry, string, error) {
	var w sqldb.Where
	if err := s.under(&w, actor, unitID); err != nil {
		return nil, "", err
	}
	w.Add("e.id > ?", cursor)
	list, err := entries(ctx, s.o.DB.Reader(), s.today(), w, "ORDER BY e.id", limit+1)
	next := ""
	if len(list) > limit {
		list, next = list[:limit], list[limit-1].ID
	}
	s.maskEntries(actor, list)
	return list, next, err
}

// under narrows to a village or a part of one that the actor may see the list
// of. A whole town or city has no list.
func (s *Service) under(w *sqldb.Where, actor auth.Actor, unitID string) error {
	u := s.tree().Current(s.tree().ByID(unitID))
	if u == nil || u.Level < network.Village || !s.May(actor, ActSee, u.ID) {
		return errs.E(errs.NotFound, "care.no_list")
	}
	if u.Level == network.Village {
		w.Add("e.village_id = ?", u.ID)
		return nil
	}
	w.In("e.unit_id", cellsUnder(s.tree(), u))
	return nil
}

func (s *Service) maskEntries(actor auth.Actor, list []Entry) {
	for i := range list {
		if !s.May(actor, network.ActNames, list[i].UnitID) {
			list[i].Name = network.MaskName(list[i].Name)
		}
	}
}

// Renewals lists the entries at and under a village or a part of one that end
// within a fortnight, what ends first before the others.
func (s *Service) Renewals(ctx context.Context, actor auth.Actor, unitID, cursor string, limit int) ([]Entry, string, error) {
	var w sqldb.Where
	if err := s.under(&w, actor, unitID); err != nil {
		return nil, "", err
	}
	w.Add("e.lapses_on <= ?", addDays(s.today(), RemindDays))
	day, id := cutCursor(cursor)
	w.Add("(e.lapses_on, e.id) > (?, ?)", day, id)
	list, err := entries(ctx, s.o.DB.Reader(), s.today(), w, "ORDER BY e.lapses_on, e.id", limit+1)
	next := ""
	if len(list) > limit {
		list = list[:limit]
		next = list[limit-1].LapsesOn + " " + list[limit-1].ID
	}
	s.maskEntries(actor, list)
	return list, next, err
}

// renewalsWaiting counts the entries that end within a fortnight and that the
// actor can renew, in the villages and parts of them that are their own posts'.
func (s *Service) renewalsWaiting(ctx context.Context, actor auth.Actor) (n int, err error) {
	var w sqldb.Where
	var parts []string
	for _, g := range actor.Grants {
		u := s.tree().ByID(g.UnitID)
		if u == nil || u.Level < network.Village || g.Role != auth.VillageOfficial && g.Role != auth.LinkedOfficial {
			continue
		}
		if u.Level == network.Village {
			parts = append(parts, w.OneOf("e.village_id", []string{u.ID}))
		} else {
			parts = append(parts, w.OneOf("e.unit_id", cellsUnder(s.tree(), u)))
		}
	}
	if len(parts) == 0 {
		return 0, nil
	}
	either := parts[0]
	for _, p := range parts[1:] {
		either += " OR " + p
	}
	w.Parts = append(w.Parts, "("+either+")")
	w.Add("e.lapses_on BETWEEN ? AND ?", s.today(), addDays(s.today(), RemindDays))
	w.Add("e.by_id <> ? AND e.by_id <> ?", actor.ID(), actor.Human())
	w.Add("h.state = 'active'")
	err = s.o.DB.Reader().QueryRowContext(ctx, `SELECT COUNT(*) FROM care_entry e JOIN household h ON h.id = e.household_id WHERE `+w.Text(), w.Args...).Scan(&n)
	return n, err
}

// EntryShort returns an entry without why, for those who may see the list.
func (s *Service) EntryShort(ctx context.Context, actor auth.Actor, id string) (*Entry, error) {
	e, err := oneEntry(ctx, s.o.DB.Reader(), s.today(), id)
	if err != nil {
		return nil, err
	}
	if !s.May(actor, ActSee, e.UnitID) {
		return nil, noEntry()
	}
	list := []Entry{*e}
	s.maskEntries(actor, list)
	return &list[0], nil
}

// Entry opens why a household is listed, on a ground: an open contact or a
// renewal that is due, or a broken glass. It is written down, and the household
// sees it. A lead never gets that far.
func (s *Service) Entry(ctx context.Context, actor auth.Actor, id string, g Ground) (e *Entry, c Content, err error) {
	err = s.o.DB.Write(ctx, func(tx *sqldb.Tx) error {
		if e, err = oneEntry(ctx, tx, s.today(), id); err != nil {
			return err
		}
		if !s.May(actor, ActSee, e.UnitID) {
			if holds(actor, e.UnitID, auth.Lead) {
				return errs.E(errs.Forbidden, "care.leads_never")
			}
			return noEntry()
		}
		if err := s.opensOn(ctx, tx, e, g); err != nil {
			return err
		}
		if err := s.o.Purpose.Open(ctx, tx, actor, purpose.Subject{HouseholdID: e.HouseholdID, UnitID: e.UnitID}, g, purpose.Care); err != nil {
			return err
		}
		c, err = s.open(ctx, e)
		return err
	})
	if err != nil {
		return nil, Content{}, err
	}
	list := []Entry{*e}
	s.maskEntries(actor, list)
	return &list[0], c, nil
}

// opensOn refuses a ground that isn't work on this very entry: its renewal, a
// contact of it, or a broken glass. A demand or a visit of somebody else's list
// is about the household, and not about why it is listed.
func (s *Service) opensOn(ctx context.Context, q sqldb.Querier, e *Entry, g Ground) error {
	if g.Kind == purpose.Glass || g == (Ground{Kind: Kind, ID: e.ID}) {
		return nil
	}
	if g.Kind == Kind {
		var of string
		err := q.QueryRowContext(ctx, `SELECT entry_id FROM care_contact WHERE id = $1`, g.ID).Scan(&of)
		if err == nil && of == e.ID {
			return nil
		}
		if err != nil && !errors.Is(err, sql.ErrNoRows) {
			return err
		}
	}
	return errs.E(errs.Forbidden, "purpose.no_ground")
}

// Kind is what care calls its work.
func (s *Service) Kind() string { return Kind }

// OpenWork lists what the actor has to do about a household now: the contacts
// that their own posts have, and the entries that they can renew. It says when,
// not why.
func (s *Service) OpenWork(ctx context.Context, q sqldb.Querier, actor auth.Actor, sub purpose.Subject) (works []purpose.Work, err error) {
	var w sqldb.Where
	if s.mine(&w, actor) {
		w.Add("e.household_id = ?", sub.HouseholdID)
		list, err := contacts(ctx, q, s.today(), w, "ORDER BY c.due_on, c.id", 2*PerHousehold)
		if err != nil {
			return nil, err
		}
		for _, c := range list {
			works = append(works, purpose.Work{Ground: purpose.Ground{Kind: Kind, ID: c.ID}, Title: c.DueOn, Due: dayTime(c.DueOn)})
		}
	}
	if !s.May(actor, ActRenew, sub.UnitID) {
		return works, nil
	}
	list, err := entriesOf(ctx, q, s.today(), sub.HouseholdID)
	for _, e := range list {
		if e.Ends(s.today()) && e.RenewableBy(actor) {
			works = append(works, purpose.Work{Ground: purpose.Ground{Kind: Kind, ID: e.ID}, Title: e.LapsesOn, Due: dayTime(e.LapsesOn)})
		}
	}
	return works, err
}

// First says which households of units a roll-call asks first. It says no more.
func (s *Service) First(ctx context.Context, unitIDs []string) (map[string]bool, error) {
	out := map[string]bool{}
	for part := range slices.Chunk(unitIDs, 120) {
		var w sqldb.Where
		w.In("e.unit_id", part)
		w.Add("e.lapses_on >= ?", s.today())
		w.Add("h.state = 'active'")
		list, err := sqldb.Collect(ctx, s.o.DB.Reader(), scanText, `SELECT DISTINCT e.household_id FROM care_entry e JOIN household h ON h.id = e.household_id WHERE `+w.Text(), w.Args...)
		if err != nil {
			return nil, err
		}
		for _, id := range list {
			out[id] = true
		}
	}
	return out, nil
}

// How many households an emergency's page shows, and how many entries a village
// can have: all are put in order before the first page is cut.
const (
	mostEmergency = 100
	mostOfVillage = 20_000
)

// InEmergency lists the households of a unit with what is owed to each in an
// emergency, while there is one: for its own leads and the officials over it.
// The most urgent come first, over all pages.
func (s *Service) InEmergency(ctx context.Context, actor auth.Actor, unitID, cursor string) (list []Emergency, next string, err error) {
	u := s.tree().Current(s.tree().ByID(unitID))
	if u == nil || u.Level < network.Village || !s.May(actor, ActContact, u.ID) {
		return nil, "", errs.E(errs.NotFound, "care.no_list")
	}
	if !s.o.Alarm(u.ID) {
		return nil, "", errs.E(errs.Conflict, "care.no_emergency")
	}
	var w sqldb.Where
	if u.Level == network.Village {
		w.Add("e.village_id = ?", u.ID)
	} else {
		w.In("e.unit_id", cellsUnder(s.tree(), u))
	}
	if !s.May(actor, ActSee, u.ID) { // what was given to the official so that neighbours needn't know stays there
		w.Add("e.who = ?", string(need.ByLead))
	}
	found, err := entries(ctx, s.o.DB.Reader(), s.today(), w, "ORDER BY e.household_id, e.id", mostOfVillage)
	if err != nil {
		return nil, "", err
	}
	s.maskEntries(actor, found)
	list, next = pageOf(byUrgency(found), cursor)
	return list, next, nil
}

// byUrgency makes a line of each household's entries, the most urgent first.
func byUrgency(found []Entry) (list []Emergency) {
	for _, e := range found {
		if n := len(list); n > 0 && list[n-1].HouseholdID == e.HouseholdID {
			if !slices.Contains(list[n-1].Actions, e.Action) {
				list[n-1].Actions = append(list[n-1].Actions, e.Action)
			}
			continue
		}
		list = append(list, Emergency{HouseholdID: e.HouseholdID, CellID: e.UnitID, Address: e.Address, Name: e.Name, Actions: []need.Action{e.Action}})
	}
	slices.SortStableFunc(list, func(a, b Emergency) int { return strings.Compare(a.place(), b.place()) })
	return list
}

// pageOf cuts the page after a cursor out of what byUrgency made.
func pageOf(list []Emergency, cursor string) (page []Emergency, next string) {
	at, found := slices.BinarySearchFunc(list, cursor, func(e Emergency, place string) int { return strings.Compare(e.place(), place) })
	if found {
		at++
	}
	if list = list[at:]; len(list) > mostEmergency {
		list = list[:mostEmergency]
		next = list[mostEmergency-1].place()
	}
	return list, next
}

// place is where a household stands in an emergency's list.
func (e *Emergency) place() string { return strconv.Itoa(e.urgency()) + " " + e.HouseholdID }

// urgency orders households in an emergency: who has to leave, then what can't
// wait an hour, then doors.
func (e *Emergency) urgency() int {
	switch {
	case slices.Contains(e.Actions, need.Move):
		return 0
	case slices.Contains(e.Actions, need.Power):
		return 1
	}
	return 2
}

// Alarm reports whether a unit is in an emergency, so that InEmergency answers.
func (s *Service) Alarm(unitID string) bool { return s.o.Alarm(unitID) }

// Held is what the list holds of a household, for the person: why, until when,
// who contacts them and how that went.
func (s *Service) Held(ctx context.Context, q sqldb.Querier, householdID string) (out []Held, err error) {
	list, err := entriesOf(ctx, q, s.today(), householdID)
	if err != nil {
		return nil, err
	}
	for i := range list {
		h := Held{Entry: list[i]}
		if h.Content, err = s.open(ctx, &list[i]); err != nil && !errors.Is(err, seal.ErrErased) { // what it was for is gone; that it stands there is said
			return nil, err
		}
		h.Need, _ = s.Needs().Need(h.Content.Need)
		if h.Ending, err = s.o.Needs.Ending(ctx, q, h.Content.Need); err != nil {
			return nil, err
		}
		h.Plan = s.Plan(&list[i])
		h.Past, err = sqldb.Collect(ctx, q, func(r *sql.Rows, p *PastContact) error {
			var unitID string
			var role auth.Role
			err := r.Scan(&p.OwedOn, &p.DoneOn, &p.Outcome, &p.Demand, &p.Step, &p.DueOn, &p.Misses, &unitID, &role)
			p.Who = s.named(unitID, role)
			return err
		}, `SELECT owed_on, done_on, outcome, demand, step, due_on, misses, unit_id, role FROM care_contact WHERE entry_id = $1 ORDER BY owed_on DESC, id DESC`, list[i].ID)
		if err != nil {
			return nil, err
		}
		out = append(out, h)
	}
	return out, nil
}

// mostPast is how many contacts of an entry officials are shown.
const mostPast = 20

// Erase ends every entry of a household, on the person's request.
func (s *Service) Erase(ctx context.Context, tx *sqldb.Tx, householdID string) error {
	return s.EndAll(ctx, tx, clock, householdID, Erased)
}

// EndAll ends every entry of a household, for one reason.
func (s *Service) EndAll(ctx context.Context, tx *sqldb.Tx, actor auth.Actor, householdID string, why Why) error {
	var w sqldb.Where
	w.Add("e.household_id = ?", householdID)
	list, err := allEntries(ctx, tx, w, "ORDER BY e.id", 4*PerHousehold)
	for i := range list {
		if err := s.remove(ctx, tx, actor, &list[i], why); err != nil {
			return err
		}
	}
	return err
}

// Next is the day of the next contact: of the open one, on which to try again,
// or else of the plan.
func (h *Held) Next() string {
	for _, p := range h.Past {
		if p.DoneOn == "" {
			return p.DueOn
		}
	}
	return h.Entry.NextOn
}
