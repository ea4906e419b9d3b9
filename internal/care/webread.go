package care

import (
	"context"
	"database/sql"
	"slices"

	"bilin/internal/auth"
	"bilin/internal/errs"
	"bilin/internal/network"
	"bilin/internal/once"
	"bilin/internal/sqldb"
)

// mostSaid is how many of a day's reports are shown.
const mostSaid = 50

// SaidToday lists the contacts that are done since today and that the actor's
// own posts had, so that whoever tapped sees what it led to.
func (s *Service) SaidToday(ctx context.Context, actor auth.Actor) ([]Contact, error) {
	var w sqldb.Where
	if !s.own(&w, actor) {
		return nil, nil
	}
	w.Add("c.state = 'done'")
	w.Add("c.done_on = ?", s.today())
	list, err := contacts(ctx, s.o.DB.Reader(), s.today(), w, "ORDER BY c.id DESC", mostSaid)
	s.mask(actor, list)
	return list, err
}

// Timeline lists the contacts of an entry, the latest first, for those who may
// see the list. It says when, who had it and how it went, never why.
func (s *Service) Timeline(ctx context.Context, actor auth.Actor, e *Entry) ([]Contact, error) {
	if !s.May(actor, ActSee, e.UnitID) {
		return nil, noEntry()
	}
	var w sqldb.Where
	w.Add("c.entry_id = ?", e.ID)
	list, err := contacts(ctx, s.o.DB.Reader(), s.today(), w, "ORDER BY c.owed_on DESC, c.id DESC", mostPast)
	s.mask(actor, list)
	return list, err
}

// HasLooked is Looked for a page.
func (s *Service) HasLooked(ctx context.Context, actor auth.Actor, e *Entry) (bool, error) {
	return s.Looked(ctx, s.o.DB.Reader(), actor, e)
}

// EntriesAt lists the entries of a household, without why, for those who may see the list.
func (s *Service) EntriesAt(ctx context.Context, actor auth.Actor, householdID string) ([]Entry, error) {
	list, err := entriesOf(ctx, s.o.DB.Reader(), s.today(), householdID)
	list = slices.DeleteFunc(list, func(e Entry) bool { return !s.May(actor, ActSee, e.UnitID) })
	s.maskEntries(actor, list)
	return list, err
}

// Undo takes back that somebody said fine.
type Undo struct {
	Key, ID string
	Version int
}

// Undo opens a contact again that was reported fine today, or takes back that
// nobody was home, because somebody tapped the wrong button. What led to a demand
// stays: the demand is there.
func (s *Service) Undo(ctx context.Context, actor auth.Actor, cmd Undo) error {
	return s.o.DB.Write(ctx, func(tx *sqldb.Tx) error {
		_, err := once.Do(ctx, tx, "care.undo/"+actor.ID(), cmd.Key, cmd, s.now(), func() (bool, error) {
			return true, s.undo(ctx, tx, actor, cmd)
		})
		return err
	})
}

func (s *Service) undo(ctx context.Context, tx *sqldb.Tx, actor auth.Actor, cmd Undo) error {
	c, e, err := s.contact(ctx, tx, cmd.ID)
	switch {
	case err != nil:
		return err
	case !s.mayReport(actor, c):
		return errs.E(errs.NotFound, "care.no_contact")
	case cmd.Version != c.Version:
		return errs.E(errs.Stale, "care.stale")
	case !c.MayUndo(s.today()) || c.Done && e.Open != "":
		return errs.E(errs.Conflict, "care.no_undo")
	case !c.Done:
		return s.unmiss(ctx, tx, actor, c)
	}
	k := kept{kept: -1}
	if c.Late {
		k = kept{late: -1}
	}
	e.Open, e.NextOn = c.ID, c.OwedOn
	c.Done, c.Outcome, c.DoneOn, c.Late = false, "", "", false
	c.LimitOn = max(c.LimitOn, s.today()) // it doesn't climb before there was a day to go again
	c.Version++
	if err := updateContact(ctx, tx, c); err != nil {
		return err
	}
	if err := updateEntry(ctx, tx, e); err != nil {
		return err
	}
	if err := addKept(ctx, tx, monthOf(c.OwedOn), c.VillageID, k); err != nil {
		return err
	}
	return s.finish(ctx, tx, actor, "care.undo", "care_contact", c.ID, c.VillageID, c.UnitID, c.CellID, c.VillageID)
}

// unmiss takes back that nobody was home: the contact is with whoever had it.
func (s *Service) unmiss(ctx context.Context, tx *sqldb.Tx, actor auth.Actor, c *Contact) error {
	from := *c
	c.unmiss(s.today())
	if err := updateContact(ctx, tx, c); err != nil {
		return err
	}
	if c.Step == First && from.Step > First {
		if err := addKept(ctx, tx, monthOf(c.OwedOn), c.VillageID, kept{climbed: -1}); err != nil {
			return err
		}
	}
	return s.finish(ctx, tx, actor, "care.undo", "care_contact", c.ID, c.VillageID, from.UnitID, c.UnitID, c.CellID, c.VillageID)
}

// MissedToday lists the contacts of which whoever has the actor's posts said today
// that nobody was home, and which went on to somebody else.
func (s *Service) MissedToday(ctx context.Context, actor auth.Actor) ([]Contact, error) {
	var villages []string
	for _, g := range actor.Grants {
		if v := s.tree().At(s.tree().ByID(g.UnitID), network.Village); v != nil && !contains(villages, v.ID) {
			villages = append(villages, v.ID)
		}
	}
	if len(villages) == 0 {
		return nil, nil
	}
	var w sqldb.Where
	w.Add("c.state = 'open'")
	w.Add("c.missed_on = ?", s.today())
	w.Add("c.missed_on <> ''") // says to SQLite that its index holds them all
	w.In("c.village_id", villages)
	list, err := contacts(ctx, s.o.DB.Reader(), s.today(), w, "ORDER BY c.id DESC", mostSaid)
	list = slices.DeleteFunc(list, func(c Contact) bool {
		return holds(actor, c.UnitID, c.Role) || !holds(actor, c.was.UnitID, c.was.Role) || !s.mayReport(actor, &c)
	})
	s.mask(actor, list)
	return list, err
}

// MayUndo reports whether what was said of it can be taken back.
func (c *Contact) MayUndo(today string) bool {
	if c.Done {
		return c.Outcome == Fine && c.DoneOn == today
	}
	return c.MissedOn == today
}

// PartCount is how a part of a town or city does this month. All counts are cut
// to fives, and -1 where they are too few to say, so that no part can be worked
// out from the others.
type PartCount struct {
	UnitID  string
	Entries int
	Owed    int
	Kept    int // percent of those owed that were kept in time or late
	Climbed int
}

// Parts counts the towns of a city or the villages of a town, in order of code.
func (s *Service) Parts(ctx context.Context, actor auth.Actor, unitID string) ([]PartCount, error) {
	tree := s.tree()
	u := tree.Current(tree.ByID(unitID))
	if u == nil || u.Level > network.Village || !s.May(actor, ActFigures, u.ID) {
		return nil, errs.E(errs.NotFound, "care.no_figures")
	}
	if u.Level == network.Village {
		return nil, nil
	}
	listed, went, err := s.byVillage(ctx)
	if err != nil {
		return nil, err
	}
	var out []PartCount
	for _, part := range tree.Children(u) {
		n, k := 0, kept{}
		for _, v := range tree.Subtree(part) {
			n += listed[v.ID]
			x := went[v.ID]
			k.owed, k.kept, k.climbed = k.owed+x.owed, k.kept+x.kept+x.late, k.climbed+x.climbed
		}
		p := PartCount{UnitID: part.ID, Entries: shown(n), Owed: shown(k.owed), Climbed: shown(k.climbed), Kept: share(k.kept, k.owed)}
		out = append(out, p)
	}
	return out, nil
}

// byVillage reads how many entries each village has, and how this month's contacts went.
func (s *Service) byVillage(ctx context.Context) (listed map[string]int, went map[string]kept, err error) {
	type row struct {
		village string
		n       int
		k       kept
	}
	q := s.o.DB.Reader()
	rows, err := sqldb.Collect(ctx, q, func(r *sql.Rows, v *row) error { return r.Scan(&v.village, &v.n) },
		`SELECT village_id, SUM(entries) FROM care_tally GROUP BY village_id`)
	if err != nil {
		return nil, nil, err
	}
	listed, went = map[string]int{}, map[string]kept{}
	for _, v := range rows {
		listed[v.village] = v.n
	}
	rows, err = sqldb.Collect(ctx, q, func(r *sql.Rows, v *row) error {
		return r.Scan(&v.village, &v.k.owed, &v.k.kept, &v.k.late, &v.k.climbed)
	}, `SELECT village_id, owed, kept, late, climbed FROM care_kept WHERE month = $1`, monthOf(s.today()))
	for _, v := range rows {
		went[v.village] = v.k
	}
	return listed, went, err
}
