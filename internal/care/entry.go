package care

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"bilin/internal/auth"
	"bilin/internal/care/need"
	"bilin/internal/errs"
	"bilin/internal/network"
	"bilin/internal/once"
	"bilin/internal/purpose"
	"bilin/internal/seal"
	"bilin/internal/sqldb"
)

// contentSize is how long what is sealed is made, so that its length says nothing.
const contentSize = 160

// sealContent seals what an entry holds. Its key is durable before.
func (s *Service) sealContent(ctx context.Context, e *Entry, c Content) error {
	sealed, err := s.sealAll(ctx, []Entry{*e}, []Content{c})
	if err == nil {
		e.sealed = sealed[0]
	}
	return err
}

// sealAll is sealContent for many.
func (s *Service) sealAll(ctx context.Context, list []Entry, contents []Content) ([]string, error) {
	items := make([]seal.Item, len(list))
	for i, c := range contents {
		raw, err := json.Marshal(c)
		if err != nil {
			return nil, err
		}
		if n := contentSize - len(raw); n > 0 {
			raw = append(raw, strings.Repeat(" ", n)...)
		}
		items[i] = seal.Item{Subject: list[i].ID, Text: string(raw), Binding: binding(list[i].ID)}
	}
	return s.o.Vault.SealAll(ctx, items)
}

// open opens what an entry holds, for the service's own use or after purpose said yes.
func (s *Service) open(ctx context.Context, e *Entry) (c Content, err error) {
	plain, err := s.o.Vault.Open(ctx, e.ID, e.sealed, binding(e.ID))
	if err != nil {
		return c, err
	}
	return c, json.Unmarshal([]byte(plain), &c)
}

// List lists a household for a need, and returns the entry's id.
func (s *Service) List(ctx context.Context, actor auth.Actor, cmd Enter) (id string, err error) {
	e, content, err := s.draft(ctx, actor, cmd)
	if err != nil {
		return "", err
	}
	if err := s.sealContent(ctx, e, content); err != nil {
		return "", fmt.Errorf("care: seal: %w", err)
	}
	asked, err := s.asked(cmd)
	if err != nil {
		return "", err
	}
	err = s.o.DB.Write(ctx, func(tx *sqldb.Tx) error {
		id, err = once.Do(ctx, tx, "care.list/"+actor.ID(), cmd.Key, asked, s.now(), func() (string, error) {
			if err := s.free(ctx, tx, e, content); err != nil {
				return "", err
			}
			if err := s.anew(ctx, tx, actor, e, content); err != nil {
				return "", err
			}
			return e.ID, s.list(ctx, tx, actor, e, content)
		})
		return err
	})
	return id, err
}

// asked stands for a command in what a repeat is compared with.
func (s *Service) asked(cmd any) (string, error) { return s.o.Seal.IndexOf("care/asked", cmd) }

// draft makes the entry that a command asks for.
func (s *Service) draft(ctx context.Context, actor auth.Actor, cmd Enter) (*Entry, Content, error) {
	home, err := s.o.Network.Household(ctx, actor, cmd.HouseholdID)
	if err != nil || home.Left || !s.May(actor, ActList, home.UnitID) {
		return nil, Content{}, errs.E(errs.NotFound, "care.no_household")
	}
	n, known := s.Needs().Need(cmd.Need)
	if !known {
		return nil, Content{}, errs.Refuse("need", "care.no_need")
	}
	today := s.today()
	obligation, content, days, err := cmd.terms(n, today)
	if err != nil {
		return nil, content, err
	}
	village := s.tree().At(s.tree().ByID(home.UnitID), network.Village)
	if village == nil {
		return nil, content, errs.E(errs.NotFound, "care.no_household")
	}
	e := &Entry{ID: sqldb.NewID(), HouseholdID: home.ID, UnitID: home.UnitID, VillageID: village.ID, Obligation: obligation, StandIn: cmd.StandIn,
		NextOn: addDays(today, AheadDays), LapsesOn: addDays(today, days), ListedOn: today, LongDays: n.LongDays, Version: 1, byID: actor.Human()}
	return e, content, s.fits(ctx, e)
}

// fits says whether whoever is to do it can: a stand-in of the same area, and a
// lead whose month has room.
func (s *Service) fits(ctx context.Context, e *Entry) error {
	if e.StandIn != "" && !slices.ContainsFunc(s.StandIns(e.UnitID), func(u *network.Unit) bool { return u.ID == e.StandIn }) {
		return errs.Refuse("stand_in", "care.bad_stand_in")
	}
	if e.Who != need.ByLead || s.o.Gate == nil {
		return nil
	}
	budget, err := s.o.Gate.Budget(ctx, e.UnitID)
	if err != nil {
		return err
	}
	_, end := monthDays(monthOf(e.NextOn))
	month := monthOf(addDays(end, 1)) // a whole one
	first, last := monthDays(month)
	taken, err := s.Reserve(ctx, s.o.DB.Reader(), month, []string{e.UnitID})
	if err != nil {
		return err
	}
	if more := occurrences(e.NextOn, e.EveryDays, first, last) * cost(e.Do); taken[e.UnitID]+more > budget {
		return errs.Refuse("official", "care.no_room", "minutes", taken[e.UnitID], "budget", budget)
	}
	return nil
}

// free says whether a household can be listed for that: not yet, and not for too much.
func (s *Service) free(ctx context.Context, tx *sqldb.Tx, e *Entry, content Content) error {
	had, err := entriesOf(ctx, tx, s.today(), e.HouseholdID)
	if err != nil {
		return err
	}
	if len(had) >= PerHousehold {
		return errs.E(errs.Conflict, "care.too_many", "max", PerHousehold)
	}
	for i := range had {
		c, err := s.open(ctx, &had[i])
		if err != nil && !errors.Is(err, seal.ErrErased) { // of one whose key is gone nobody can say what it was for
			return err
		}
		if c.Need == content.Need {
			return errs.E(errs.Conflict, "care.listed_already")
		}
	}
	return nil
}

func (s *Service) list(ctx context.Context, tx *sqldb.Tx, actor auth.Actor, e *Entry, content Content) error {
	if err := insertEntries(ctx, tx, []Entry{*e}); err != nil {
		return err
	}
	if err := addTally(ctx, tx, e.VillageID, content.Need, 1); err != nil {
		return err
	}
	return s.finish(ctx, tx, actor, "care.list", "care_entry", e.ID, e.VillageID, e.UnitID, e.VillageID)
}

// change does something to an entry once, if it is as the actor saw it.
func (s *Service) change(ctx context.Context, actor auth.Actor, action auth.Action, name, key, id string, version int, cmd any, do func(tx *sqldb.Tx, e *Entry) error) error {
	asked, err := s.asked(cmd)
	if err != nil {
		return err
	}
	return s.o.DB.Write(ctx, func(tx *sqldb.Tx) error {
		_, err := once.Do(ctx, tx, name+"/"+actor.ID(), key, asked, s.now(), func() (bool, error) {
			e, err := oneEntry(ctx, tx, s.today(), id)
			if err != nil {
				return false, err
			}
			if !s.May(actor, action, e.UnitID) {
				return false, noEntry()
			}
			if version != 0 && version != e.Version {
				return false, errs.E(errs.Stale, "care.stale")
			}
			return true, do(tx, e)
		})
		return err
	})
}

// Looked reports whether somebody has opened why a household is listed since its
// renewal was due.
func (s *Service) Looked(ctx context.Context, q sqldb.Querier, actor auth.Actor, e *Entry) (bool, error) {
	return s.o.Purpose.HasOpened(ctx, q, actor, e.HouseholdID, purpose.Care, s.now().AddDate(0, 0, -RemindDays))
}

// Renew lets an entry go on. Whoever listed it or renewed it last can't; whoever
// does has looked why it is there, and where it stands on consent has asked again.
func (s *Service) Renew(ctx context.Context, actor auth.Actor, cmd Renew) error {
	return s.change(ctx, actor, ActRenew, "care.renew", cmd.Key, cmd.ID, cmd.Version, cmd, func(tx *sqldb.Tx, e *Entry) error {
		content, err := s.open(ctx, e)
		if err != nil {
			return err
		}
		n, known := s.Needs().Need(content.Need)
		if !known || n.Off {
			return errs.E(errs.Conflict, "care.need_off")
		}
		e.LongDays = min(e.LongDays, n.LongDays)
		if err := e.renew(actor, cmd.Days, s.today()); err != nil {
			return err
		}
		looked, err := s.Looked(ctx, tx, actor, e)
		if err != nil {
			return err
		}
		if !looked {
			return errs.E(errs.Conflict, "care.look_first")
		}
		if content.Basis == ByConsent {
			if cmd.Agreed != OnPaper && cmd.Agreed != InWords {
				return errs.Refuse("agreed", "care.agreed_again")
			}
			content.Agreed, content.AgreedOn = cmd.Agreed, s.today()
			if err := s.sealContent(ctx, e, content); err != nil {
				return err
			}
		}
		if err := updateEntry(ctx, tx, e); err != nil {
			return err
		}
		return s.finish(ctx, tx, actor, "care.renew", "care_entry", e.ID, e.VillageID, e.UnitID, e.VillageID)
	})
}

// End ends an entry: consent was withdrawn, somebody objected, they moved, or
// the need is no more. It is gone at once, and unreadable when its key is.
func (s *Service) End(ctx context.Context, actor auth.Actor, cmd End) error {
	if !slices.Contains(Whys(), cmd.Why) {
		return errs.Refuse("why", "care.why_missing")
	}
	return s.change(ctx, actor, ActList, "care.end", cmd.Key, cmd.ID, cmd.Version, cmd, func(tx *sqldb.Tx, e *Entry) error {
		return s.remove(ctx, tx, actor, e, cmd.Why)
	})
}

// remove takes an entry and its contacts out, and has its key destroyed.
func (s *Service) remove(ctx context.Context, tx *sqldb.Tx, actor auth.Actor, e *Entry, why Why) error {
	content, unread := s.open(ctx, e) // for the tally alone
	holders, err := sqldb.Collect(ctx, tx, scanText, `SELECT DISTINCT unit_id FROM care_contact WHERE entry_id = $1 AND state = 'open'`, e.ID)
	if err != nil {
		return err
	}
	for _, text := range []string{`DELETE FROM care_contact WHERE entry_id = $1`, `DELETE FROM care_entry WHERE id = $1`} {
		if _, err := tx.ExecContext(ctx, text, e.ID); err != nil {
			return fmt.Errorf("care: remove: %w", err)
		}
	}
	if err := s.remember(ctx, tx, e, why); err != nil {
		return err
	}
	if err := s.o.Vault.EraseIn(ctx, tx, "care."+string(why), s.now(), e.ID); err != nil {
		return fmt.Errorf("care: remove: %w", err)
	}
	if unread == nil {
		err = addTally(ctx, tx, e.VillageID, content.Need, -1)
	} else {
		s.o.Logger.Error("care: an entry ended that nobody can open; its tally stays", "entry", e.ID, "err", unread)
	}
	return errors.Join(err, s.finish(ctx, tx, actor, "care.end", "care_entry", e.ID, e.VillageID, append(holders, e.UnitID, e.VillageID)...))
}
