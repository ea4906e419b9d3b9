package wish

import (
	"context"
	"fmt"
	"slices"

	"bilin/internal/auth"
	"bilin/internal/errs"
	"bilin/internal/network"
	"bilin/internal/once"
	"bilin/internal/sqldb"
	"bilin/internal/volunteer"
)

// helping is the volunteer as the record knows them: by no name.
var helping = auth.Actor{AccountID: "volunteer"}

// active is a report-in that stands, for whoever has its key and acts for the person.
func (s *Service) active(ctx context.Context, q sqldb.Querier, id, key string) (*volunteer.Volunteer, error) {
	v, err := s.o.Volunteers.ByKeyIn(ctx, q, id, key)
	switch {
	case err != nil:
		return nil, err
	case v.State != volunteer.Active:
		return nil, errs.E(errs.Conflict, "wish.not_active")
	}
	return v, v.MayAct(auth.From(ctx))
}

// keyed runs a command of whoever has the key, once per form.
func (s *Service) keyed(ctx context.Context, action, id, key, form string, request any, do func(tx *sqldb.Tx, v *volunteer.Volunteer) error) error {
	return s.o.DB.Write(ctx, func(tx *sqldb.Tx) error {
		v, err := s.active(ctx, tx, id, key)
		if err != nil {
			return err
		}
		_, err = once.Do(ctx, tx, action+"/"+v.ID, form, request, s.now(), func() (bool, error) { return true, do(tx, v) })
		return err
	})
}

// ReachesOf are how far somebody can go who lives there: whoever gave only
// their village isn't known to be of a cell.
func (s *Service) ReachesOf(unitID string) []Reach {
	if s.place(unitID).Cell == "" {
		return []Reach{InVillage, InTown}
	}
	return Reaches()
}

// Offer adds hours, and says how far somebody goes until when.
func (s *Service) Offer(ctx context.Context, id, key string, cmd Offer) error {
	if err := cmd.Slot.check(s.today()); err != nil {
		return err
	}
	if cmd.Until < s.today() || cmd.Until > s.onDay(LongOffer) {
		return errs.Refuse("until", "wish.until", "days", LongOffer)
	}
	return s.keyed(ctx, "wish.offer", id, key, cmd.Key, cmd, func(tx *sqldb.Tx, v *volunteer.Volunteer) error {
		if !slices.Contains(s.ReachesOf(v.UnitID), cmd.Reach) {
			return errs.Refuse("reach", "wish.no_reach")
		}
		before, err := hoursOf(ctx, tx, v.ID)
		if err != nil {
			return err
		}
		if before != nil && len(before.Slots) >= MaxSlots {
			return errs.E(errs.Conflict, "wish.many_slots", "max", MaxSlots)
		}
		if err := putHours(ctx, tx, &Hours{VolunteerID: v.ID, VillageID: v.VillageID, UnitID: v.UnitID, Reach: cmd.Reach, Until: cmd.Until}); err != nil {
			return fmt.Errorf("wish: offer: %w", err)
		}
		slot := cmd.Slot
		slot.ID = sqldb.NewID()
		return sqldb.InsertMany(ctx, tx, "wish_slot", slotColumns, [][]any{slotValues(v.ID, slot)}, "")
	})
}

// DropSlot takes hours back; with the last of them the whole offer ends.
func (s *Service) DropSlot(ctx context.Context, id, key, form, slotID string) error {
	return s.keyed(ctx, "wish.drop", id, key, form, slotID, func(tx *sqldb.Tx, v *volunteer.Volunteer) error {
		if _, err := tx.ExecContext(ctx, `DELETE FROM wish_slot WHERE id = $1 AND volunteer_id = $2`, slotID, v.ID); err != nil {
			return err
		}
		left, err := hoursOf(ctx, tx, v.ID)
		if err == nil && left != nil && len(left.Slots) == 0 {
			err = s.stop(ctx, tx, v.ID, false)
		}
		return err
	})
}

// Stop ends an offer; what was taken stays taken, what was asked goes to others.
func (s *Service) Stop(ctx context.Context, id, key, form string) error {
	return s.keyed(ctx, "wish.stop", id, key, form, "stop", func(tx *sqldb.Tx, v *volunteer.Volunteer) error { return s.stop(ctx, tx, v.ID, false) })
}

// Gone ends everything of a volunteer whose report-in ended: hours, what they
// were asked, what they took, and the thanks they got.
func (s *Service) Gone(ctx context.Context, tx *sqldb.Tx, volunteerID string) error {
	return s.stop(ctx, tx, volunteerID, true)
}

func (s *Service) stop(ctx context.Context, tx *sqldb.Tx, volunteerID string, all bool) error {
	if err := dropHours(ctx, tx, volunteerID); err != nil {
		return fmt.Errorf("wish: stop: %w", err)
	}
	list, err := wishes(ctx, tx, `asked_id = $1 AND asked_id <> ''`, volunteerID)
	if err == nil && all {
		var more []*Wish
		more, err = wishes(ctx, tx, `helper_id = $1 AND helper_id <> ''`, volunteerID)
		list = append(list, more...)
	}
	for _, w := range list {
		if err != nil {
			return err
		}
		switch w.State {
		case Asked, Taken:
			if w.Meet.Agreed { // somebody waits for them at a time
				err = s.tellPoster(ctx, tx, WaitsAgain, w)
			}
			w.reopen()
		default: // it is over: who it was isn't known any more
			w.HelperID, w.Thanks, w.thanksWords = "", "", ""
		}
		if err == nil {
			err = update(ctx, tx, w)
		}
		if err == nil {
			err = s.finish(ctx, tx, helping, "wish.back", w)
		}
	}
	return err
}

// help runs a volunteer's command on a wish.
func (s *Service) help(ctx context.Context, action, id, key string, cmd Step, request any, do func(tx *sqldb.Tx, v *volunteer.Volunteer, w *Wish) error) error {
	return s.keyed(ctx, action, id, key, cmd.Key, request, func(tx *sqldb.Tx, v *volunteer.Volunteer) error {
		w, err := wishByID(ctx, tx, cmd.ID)
		if err != nil {
			return err
		}
		if err := do(tx, v, w); err != nil {
			return err
		}
		if err := update(ctx, tx, w); err != nil {
			return fmt.Errorf("%s: %w", action, err)
		}
		return s.finish(ctx, tx, helping, action, w)
	})
}

// Take takes a wish that is offered to the volunteer. From then on the household
// and whoever posted see who would come; the volunteer sees whose it is once one of
// them agreed.
func (s *Service) Take(ctx context.Context, id, key string, cmd Step) error {
	return s.help(ctx, "wish.take", id, key, cmd, cmd, func(tx *sqldb.Tx, v *volunteer.Volunteer, w *Wish) error {
		if !w.MayTake(v.ID) {
			return errs.E(errs.Conflict, "wish.gone")
		}
		if ok, err := s.offered(ctx, tx, v, w); err != nil || !ok {
			return errs.Wrap(err, errs.KindOf(orGone(err)), "wish.gone")
		}
		mine, err := wishes(ctx, tx, takenBy, v.ID)
		if err != nil {
			return err
		}
		if len(mine) >= MaxTaken {
			return errs.E(errs.Conflict, "wish.enough", "max", MaxTaken)
		}
		if err := w.Take(v.ID, s.onDay(TakenDays), s.now()); err != nil {
			return err
		}
		return s.tell(ctx, tx, News{What: TakenUp, WishID: w.ID, HouseholdID: w.HouseholdID, UnitID: s.cell(w)})
	})
}

func orGone(err error) error {
	if err == nil {
		return errs.E(errs.Conflict, "wish.gone")
	}
	return err
}

// offered reports whether a wish is among those that the volunteer is shown.
func (s *Service) offered(ctx context.Context, q sqldb.Querier, v *volunteer.Volunteer, w *Wish) (bool, error) {
	h, err := hoursOf(ctx, q, v.ID)
	if err != nil || h == nil {
		return false, err
	}
	seen, err := s.fitting(ctx, q, v, h)
	return slices.ContainsFunc(seen, func(x Seen) bool { return x.ID == w.ID }), err
}

// Decline says that the one who was asked can't. Nothing is noted of it.
func (s *Service) Decline(ctx context.Context, id, key string, cmd Step) error {
	return s.help(ctx, "wish.decline", id, key, cmd, cmd, func(_ *sqldb.Tx, v *volunteer.Volunteer, w *Wish) error { return w.Decline(v.ID) })
}

// mine refuses what the volunteer didn't take.
func mine(v *volunteer.Volunteer, w *Wish, version int) error {
	switch {
	case w.HelperID != v.ID:
		return errs.E(errs.Conflict, "wish.gone")
	case w.Version != version:
		return errs.E(errs.Stale, "wish.changed_since")
	}
	return nil
}

// GiveBack gives a wish back, without a reason. Nothing is noted of it.
func (s *Service) GiveBack(ctx context.Context, id, key string, cmd Step) error {
	return s.help(ctx, "wish.back", id, key, cmd, cmd, func(tx *sqldb.Tx, v *volunteer.Volunteer, w *Wish) error {
		if err := mine(v, w, cmd.Version); err != nil {
			return err
		}
		expected := w.Meet.Agreed
		if err := w.GiveBack(); err != nil || !expected {
			return err
		}
		return s.tellPoster(ctx, tx, WaitsAgain, w)
	})
}

// Come says when the volunteer would come.
func (s *Service) Come(ctx context.Context, id, key string, cmd Time) error {
	if err := s.checkTime(cmd); err != nil {
		return err
	}
	return s.help(ctx, "wish.time", id, key, cmd.Step, cmd, func(tx *sqldb.Tx, v *volunteer.Volunteer, w *Wish) error {
		if err := mine(v, w, cmd.Version); err != nil {
			return err
		}
		if err := w.Say(Help, cmd.Day, cmd.At, s.due(cmd.Day)); err != nil {
			return err
		}
		return s.tellPoster(ctx, tx, Timed, w)
	})
}

// Suits agrees to the time that the household said.
func (s *Service) Suits(ctx context.Context, id, key string, cmd Step) error {
	return s.help(ctx, "wish.agree", id, key, cmd, cmd, func(tx *sqldb.Tx, v *volunteer.Volunteer, w *Wish) error {
		if err := mine(v, w, cmd.Version); err != nil {
			return err
		}
		if err := w.Agree(Help); err != nil {
			return err
		}
		return s.tellPoster(ctx, tx, Timed, w)
	})
}

// fitting are the wishes that a volunteer is shown: those they are asked first,
// then the open ones that fit, the nearest first.
func (s *Service) fitting(ctx context.Context, q sqldb.Querier, v *volunteer.Volunteer, h *Hours) (out []Seen, err error) {
	tree := s.tree()
	where := sqldb.Where{}
	where.Add("state IN ('open', 'asked')")
	where.Add("until_on >= ?", s.today())
	root := tree.Current(tree.ByID(h.VillageID))
	if h.Reach == InTown {
		root = tree.At(root, network.Town)
	}
	if root == nil {
		return nil, nil
	}
	where.In("village_id", tree.Within([]string{root.ID}, network.Village))
	list, err := wishes(ctx, q, where.Text()+` ORDER BY id`, where.Args...)
	if err != nil {
		return nil, err
	}
	kinds, err := changed(ctx, q)
	if err != nil {
		return nil, err
	}
	away, err := s.away(ctx, q)
	if err != nil {
		return nil, err
	}
	catalog, me := merged(kinds), s.helper(h, v, away)
	for _, w := range list {
		kind, _ := catalog.Kind(w.Kind)
		f, fits := Fit(s.want(w, kind), me)
		if fits && w.MayTake(v.ID) && (v.HouseholdID == "" || v.HouseholdID != w.HouseholdID) {
			out = append(out, Seen{ID: w.ID, Kind: kind, UnitID: s.group(w), Near: f.Near, Day: w.Day, Part: w.Part, Until: w.Until, Asked: w.State == Asked, Version: w.Version})
		}
	}
	slices.SortStableFunc(out, func(a, b Seen) int {
		if a.Asked != b.Asked {
			return map[bool]int{true: -1, false: 1}[a.Asked]
		}
		return int(a.Near) - int(b.Near)
	})
	return out, nil
}

// group is all that is told of where a wish is: the group, or the village.
func (s *Service) group(w *Wish) string {
	tree := s.tree()
	if g := tree.At(tree.Current(tree.ByID(w.CellID)), network.Group); g != nil {
		return g.ID
	}
	return w.VillageID
}
