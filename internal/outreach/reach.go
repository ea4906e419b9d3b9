package outreach

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"time"

	"bilin/internal/audit"
	"bilin/internal/auth"
	"bilin/internal/errs"
	"bilin/internal/network"
	"bilin/internal/once"
	"bilin/internal/sqldb"
)

// mark is what a household is counted by: it says nothing to whoever lacks the key.
func (s *Service) mark(noticeID, householdID string) string {
	return s.o.Seal.Index("notice", noticeID+"/"+householdID)
}

// counting reports whether reach is still counted.
func (s *Service) counting(n *Notice) bool {
	return n.State == Sent && s.now().Before(n.SentAt.AddDate(0, 0, MarkDays))
}

// within reports whether a unit lies in the audience.
func (s *Service) within(n *Notice, unitID string) bool {
	return slices.ContainsFunc(n.Units, func(id string) bool { return s.tree().Contains(id, unitID) })
}

func (s *Service) counted(n *Notice, unit *network.Unit, way Way) (counted, bool) {
	village := s.tree().At(unit, network.Village)
	if village == nil {
		return counted{}, false
	}
	return counted{village: village.ID, hour: int(s.now().Sub(n.Since()) / time.Hour), way: way}, true
}

// Open counts that a household opened a notice through the code on its door,
// once. A code that leads nowhere, or to a household that isn't meant, counts nothing.
func (s *Service) Open(ctx context.Context, n *Notice, door string) error {
	if !s.counting(n) {
		return nil
	}
	household, unit, err := s.o.Network.DoorOf(ctx, door)
	if errs.KindOf(err) == errs.NotFound && err != nil || err == nil && unit == nil {
		return nil
	}
	if err != nil {
		return err
	}
	size := 0
	if n.Sized() {
		h, err := s.o.Network.Household(ctx, auth.System("outreach"), household)
		if err != nil {
			return err
		}
		size = h.Size
	}
	return s.opened(ctx, n, network.Household{ID: household, UnitID: unit.ID, Size: size}, Opened)
}

// OpenLink counts that a household opened a notice by the link in a short
// message to one of its telephones, once.
func (s *Service) OpenLink(ctx context.Context, n *Notice, opener string) error {
	if s.short == nil || !s.counting(n) {
		return nil
	}
	household, err := s.short.SentTo(ctx, n.ID, opener)
	if err != nil || household == "" {
		return err
	}
	h, err := s.o.Network.Household(ctx, auth.System("outreach"), household)
	if errs.KindOf(err) == errs.NotFound && err != nil || err == nil && h.Left {
		return nil
	}
	if err != nil {
		return err
	}
	return s.opened(ctx, n, h, Opened|Linked)
}

// opened counts an opening, with the way it was opened by.
func (s *Service) opened(ctx context.Context, n *Notice, h network.Household, ways Way) error {
	unit := s.tree().Current(s.tree().ByID(h.UnitID))
	if unit == nil || !s.within(n, unit.ID) || !n.Fits(h.Size) {
		return nil
	}
	mark := s.mark(n.ID, h.ID)
	had, err := marksOf(ctx, s.o.DB.Reader(), n, []string{mark})
	if err != nil || had[mark]&ways == ways {
		return err
	}
	c, ok := s.counted(n, unit, Opened)
	if !ok {
		return nil
	}
	return s.o.DB.Write(ctx, func(tx *sqldb.Tx) error {
		fresh, err := s.reach(ctx, tx, n, []string{mark}, c)
		if err != nil {
			return err
		}
		if ways&Linked != 0 {
			linked, err := link(ctx, tx, n, mark)
			if err != nil || !linked {
				return err
			}
			few, err := isFew(ctx, tx, n, c.village)
			if err == nil && !few { // it has no figures, so it is in none
				err = s.short.Opened(ctx, tx, n.ID, n.Edition)
			}
			if err != nil {
				return err
			}
		} else if fresh == 0 {
			return nil
		}
		return s.tellNowAndThen(ctx, tx, n)
	})
}

// betweenTellings keeps the reach page from being fetched again at every opening.
const betweenTellings = 2 * time.Second

func (s *Service) tellNowAndThen(ctx context.Context, tx *sqldb.Tx, n *Notice) error {
	now, last := s.now().UnixNano(), s.told.Load()
	if now-last < int64(betweenTellings) || !s.told.CompareAndSwap(last, now) {
		return nil
	}
	return s.tell(ctx, tx, n)
}

// reach marks households and counts those that are new. It returns how many.
func (s *Service) reach(ctx context.Context, tx *sqldb.Tx, n *Notice, marks []string, c counted) (int, error) {
	had, err := marksOf(ctx, tx, n, marks)
	if err != nil {
		return 0, err
	}
	set := map[string]Way{}
	for _, mark := range marks {
		fresh, first := adds(had[mark], c.way)
		if !fresh {
			continue
		}
		c.n++
		if first {
			c.first++
		}
		set[mark] = had[mark] | c.way
	}
	if c.n == 0 {
		return 0, nil
	}
	if err := putMarks(ctx, tx, n, set); err != nil {
		return 0, fmt.Errorf("outreach: mark: %w", err)
	}
	if c.by != "" {
		before, err := pace(ctx, tx, n.ID, c.by, s.now().Add(-time.Minute), s.now(), c.n)
		if err != nil {
			return 0, err
		}
		c.odd = odd(before, c.n)
	}
	return c.n, count(ctx, tx, n, c)
}

// Tell enters whom a lead told. How quickly it was entered is shown with the
// village's figures, and has no other consequence.
func (s *Service) Tell(ctx context.Context, actor auth.Actor, cmd Tell) error {
	if cmd.Way != Told && cmd.Way != Met {
		return errs.Refuse("way", "outreach.no_way")
	}
	if err := s.o.Policy.Can(actor, ActTell, auth.Object{UnitID: cmd.CellID}); err != nil {
		return err
	}
	n, err := noticeByNumber(ctx, s.o.DB.Reader(), cmd.Number)
	if err != nil {
		return err
	}
	if !n.Public() || !s.within(n, cmd.CellID) {
		return errs.E(errs.NotFound, "outreach.none")
	}
	homes, err := s.homes(ctx, actor, n, cmd.CellID)
	if err != nil {
		return err
	}
	marks, err := s.chosen(n, homes, cmd.Households)
	if err != nil {
		return err
	}
	cell := s.tree().Current(s.tree().ByID(cmd.CellID))
	return s.o.DB.Write(ctx, func(tx *sqldb.Tx) error {
		_, err := once.Do(ctx, tx, "outreach.tell/"+actor.ID(), cmd.Key, cmd, s.now(), func() (bool, error) { return true, s.enter(ctx, tx, actor, n, cell, marks, cmd.Way) })
		return err
	})
}

// chosen are the marks of some households of a cell, or of all.
func (s *Service) chosen(n *Notice, homes []network.Household, ids []string) (marks []string, err error) {
	for _, h := range homes {
		if len(ids) == 0 || slices.Contains(ids, h.ID) {
			marks = append(marks, s.mark(n.ID, h.ID))
		}
	}
	if len(marks) == 0 {
		return nil, errs.E(errs.Conflict, "outreach.no_homes")
	}
	return marks, nil
}

func (s *Service) enter(ctx context.Context, tx *sqldb.Tx, actor auth.Actor, n *Notice, cell *network.Unit, marks []string, way Way) error {
	if !s.counting(n) {
		return errs.E(errs.Conflict, "outreach.no_counting")
	}
	c, ok := s.counted(n, cell, way)
	if !ok {
		return nil
	}
	if way == Told {
		c.by = actor.ID()
	}
	if _, err := s.reach(ctx, tx, n, marks, c); err != nil {
		return err
	}
	return s.tell(ctx, tx, n)
}

// homes are the households of a cell that are meant.
func (s *Service) homes(ctx context.Context, actor auth.Actor, n *Notice, cellID string) ([]network.Household, error) {
	const most = 200 // of a cell; more than any has
	list, _, err := s.o.Network.HouseholdsOf(ctx, actor, cellID, "", most)
	return slices.DeleteFunc(list, func(h network.Household) bool { return !n.Fits(h.Size) }), err
}

// Meet enters how many households came to where a notice was read out. They
// aren't known one by one, so they are counted apart.
func (s *Service) Meet(ctx context.Context, actor auth.Actor, cmd Meet) error {
	unit := s.tree().Current(s.tree().ByCode(cmd.UnitCode))
	if unit == nil {
		return errs.Refuse("unit", "outreach.no_unit")
	}
	if err := s.o.Policy.Can(actor, ActMeet, auth.Object{UnitID: unit.ID}); err != nil {
		return err
	}
	village := s.tree().At(unit, network.Village)
	_, dayErr := time.Parse(time.DateOnly, cmd.Day)
	switch {
	case village == nil:
		return errs.Refuse("unit", "outreach.no_unit")
	case cmd.Households < 1 || cmd.Households > 5000:
		return errs.Refuse("households", "outreach.bad_number", "min", 1, "max", 5000)
	case dayErr != nil || cmd.Day > s.today():
		return errs.Refuse("day", "outreach.bad_day")
	}
	lived := 0
	for _, u := range s.tree().Subtree(unit) {
		lived += u.Households
	}
	return s.o.DB.Write(ctx, func(tx *sqldb.Tx) error {
		_, err := once.Do(ctx, tx, "outreach.meet/"+actor.ID(), cmd.Key, cmd, s.now(), func() (bool, error) {
			n, err := noticeByNumber(ctx, tx, cmd.Number)
			if err != nil {
				return false, err
			}
			if n.State != Sent || !s.within(n, unit.ID) {
				return false, errs.E(errs.Conflict, "outreach.not_here")
			}
			odd := 0
			if cmd.Households > lived {
				odd = 1
			}
			_, err = tx.ExecContext(ctx, `INSERT INTO notice_meeting (id, notice_id, edition, unit_id, village_id, day, households, odd, at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
				sqldb.NewID(), n.ID, n.Edition, unit.ID, village.ID, cmd.Day, cmd.Households, odd, sqldb.MillisOrZero(s.now()))
			if err != nil {
				return false, fmt.Errorf("outreach: meet: %w", err)
			}
			err = s.o.Audit.Append(ctx, tx, audit.Entry{ActorID: actor.ID(), ActorName: actor.Name, Action: "outreach.meet", ObjectKind: "notice", ObjectID: n.ID, UnitID: unit.ID})
			if err != nil {
				return false, err
			}
			return true, s.tell(ctx, tx, n)
		})
		return err
	})
}

// Reach says how far an edition of a notice came: 0 is the latest. With after it
// says too how it stood after so many hours. It costs seven queries, whatever the
// audience.
func (s *Service) Reach(ctx context.Context, actor auth.Actor, num string, edition, after int) (*Reach, error) {
	q := s.o.DB.Reader()
	n, err := noticeByNumber(ctx, q, num)
	if err != nil {
		return nil, err
	}
	if !n.Public() || !s.o.Policy.May(actor, ActReach) {
		return nil, errs.E(errs.NotFound, "outreach.none")
	}
	r := &Reach{Notice: n, Edition: n.Edition}
	if edition > 0 && edition < n.Edition {
		r.Edition = edition
	}
	if r.Places, err = placesOf(ctx, q, n.ID, r.Edition); err != nil {
		return nil, err
	}
	all := len(r.Places)
	r.Places = slices.DeleteFunc(r.Places, func(p PlaceReach) bool {
		return s.o.Policy.Can(actor, ActReach, auth.Object{UnitID: p.VillageID}) != nil
	})
	if len(r.Places) == 0 {
		return nil, auth.Denied(actor)
	}
	r.Part = len(r.Places) < all
	if err := s.byHour(ctx, q, actor, r, after); err != nil {
		return nil, err
	}
	r.Total, r.Few = hideFew(r.Places)
	r.Stood, _ = hideFew(r.Then)
	r.Meetings, err = meetingsOf(ctx, q, n.ID, r.Edition)
	r.Meetings = slices.DeleteFunc(r.Meetings, func(m Meeting) bool {
		return !slices.ContainsFunc(r.Places, func(p PlaceReach) bool { return s.tree().Contains(p.VillageID, m.UnitID) })
	})
	return r, err
}

// byHour adds what came in each hour and, if it is asked for and known, how it
// stood after some of them. Of old notices hours are known by town only, and shown
// to whoever answers for all of the towns.
func (s *Service) byHour(ctx context.Context, q sqldb.Querier, actor auth.Actor, r *Reach, after int) error {
	var villages, towns, mixed []string // mixed: towns of whose hours those from before 00053 have what few did
	whole := true
	for _, p := range r.Places {
		town := s.townOf(p.VillageID)
		if p.Households >= Few {
			villages = append(villages, p.VillageID)
		} else if !r.Notice.summed {
			mixed = append(mixed, town)
		}
		if town != "" && !slices.Contains(towns, town) {
			towns = append(towns, town)
			whole = whole && s.o.Policy.Can(actor, ActReach, auth.Object{UnitID: town}) == nil
		}
	}
	old, err := hoursOf(ctx, q, r, towns)
	if err != nil || len(old) > 0 && !whole {
		return err
	}
	towns = slices.DeleteFunc(towns, func(id string) bool { return slices.Contains(mixed, id) })
	if r.Hours, err = hoursOf(ctx, q, r, append(towns, villages...)); err != nil || len(old) > 0 {
		return err
	}
	if len(r.Hours) > 0 {
		r.Known = r.Hours[len(r.Hours)-1].Hour + 1
	}
	if after < 1 || after >= r.Known { // after the last of them it stands as it does now
		return nil
	}
	r.After = after
	r.Then, err = standing(ctx, q, r)
	return err
}

// half is the median of how many hours earlier notices took to half the households; 0 if none got so far.
func (s *Service) half(ctx context.Context) (int, error) {
	type row struct {
		id       string
		hour, in int
	}
	const few = 10 // of the latest: each has some thousand hours of villages
	homes := map[string]int{}
	list, err := sqldb.Collect(ctx, s.o.DB.Reader(), func(r *sql.Rows, x *row) error { return r.Scan(&x.id, &x.in) },
		`SELECT p.notice_id, SUM(p.households) FROM notice_place p JOIN (SELECT id FROM notice WHERE state = 'sent' ORDER BY sent_at DESC LIMIT $1) n ON n.id = p.notice_id WHERE p.edition = 1 GROUP BY p.notice_id`, few)
	if err != nil {
		return 0, err
	}
	for _, x := range list {
		homes[x.id] = x.in
	}
	list, err = sqldb.Collect(ctx, s.o.DB.Reader(), func(r *sql.Rows, x *row) error { return r.Scan(&x.id, &x.hour, &x.in) },
		`SELECT h.notice_id, h.hour, SUM(h.opened + h.told + h.met) FROM notice_hour h JOIN (SELECT id FROM notice WHERE state = 'sent' ORDER BY sent_at DESC LIMIT $1) n ON n.id = h.notice_id WHERE h.edition = 1 GROUP BY h.notice_id, h.hour ORDER BY h.notice_id, h.hour`, few)
	if err != nil {
		return 0, err
	}
	took, so := map[string]int{}, map[string]int{}
	for _, x := range list {
		so[x.id] += x.in
		if _, there := took[x.id]; !there && so[x.id]*2 >= homes[x.id] {
			took[x.id] = x.hour + 1
		}
	}
	return median(took), nil
}
