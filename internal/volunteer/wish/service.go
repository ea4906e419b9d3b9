package wish

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"bilin/internal/audit"
	"bilin/internal/auth"
	"bilin/internal/errs"
	"bilin/internal/live"
	"bilin/internal/network"
	"bilin/internal/once"
	"bilin/internal/purpose"
	"bilin/internal/seal"
	"bilin/internal/sqldb"
	"bilin/internal/volunteer"
	"bilin/internal/workday"
)

// Away tells when people said that they are away between two days, by person.
type Away func(ctx context.Context, q sqldb.Querier, from, to string) (map[string][]Span, error)

// Options are what a Service works with. Live, Away and Tell may be left out.
type Options struct {
	DB         *sqldb.DB
	Network    *network.Service
	Policy     *auth.Policy
	Audit      *audit.Log
	Live       *live.Hub
	Seal       *seal.Sealer
	Vault      *seal.Vault
	Purpose    *purpose.Service
	Volunteers *volunteer.Service
	Away       Away
	Tell       Tell
	Now        func() time.Time
}

// Service keeps wishes and hours.
type Service struct{ o Options }

// New returns a Service.
func New(o Options) *Service {
	if o.Now == nil {
		o.Now = time.Now
	}
	return &Service{o}
}

// Topic is the live topic on which pages hear of wishes in a cell or village.
func Topic(unitID string) string { return "wishes:" + unitID }

func (s *Service) tree() *network.Tree { return s.o.Network.Tree() }
func (s *Service) now() time.Time      { return s.o.Now().UTC().Truncate(time.Millisecond) }
func (s *Service) today() string       { return s.onDay(0) }

// onDay is a date so many days from today.
func (s *Service) onDay(days int) string {
	return s.o.Now().In(workday.City).AddDate(0, 0, days).Format(time.DateOnly)
}

func wordsBinding(id string) string  { return "wish/words/" + id }
func thanksBinding(id string) string { return "wish/thanks_words/" + id }

// place is where a unit is, as far as that says.
func (s *Service) place(unitID string) (p Place) {
	tree := s.tree()
	for _, u := range tree.Path(tree.Current(tree.ByID(unitID))) {
		switch u.Level {
		case network.Town:
			p.Town = u.ID
		case network.Village:
			p.Village = u.ID
		case network.Group:
			p.Group = u.ID
		case network.Cell:
			p.Cell = u.ID
		}
	}
	return p
}

// Catalog returns the kinds as they stand: those of the program, as the city
// changed them, and then the city's own.
func (s *Service) Catalog(ctx context.Context) (Catalog, error) {
	list, err := changed(ctx, s.o.DB.Reader())
	return merged(list), err
}

func merged(changes []Kind) Catalog {
	out := Catalog(Default())
	for _, k := range changes {
		if i := slices.IndexFunc(out, func(x Kind) bool { return x.Code == k.Code }); i >= 0 {
			out[i] = k
		} else {
			out = append(out, k)
		}
	}
	return out
}

// SetKind changes a kind of the catalogue, or adds one without a code.
func (s *Service) SetKind(ctx context.Context, actor auth.Actor, key string, k Kind) error {
	if !s.o.Policy.May(actor, ActKinds) {
		return auth.Denied(actor)
	}
	k, err := k.check()
	if err != nil {
		return err
	}
	return s.o.DB.Write(ctx, func(tx *sqldb.Tx) error {
		_, err := once.Do(ctx, tx, "wish.kind/"+actor.ID(), key, k, s.now(), func() (bool, error) {
			return true, s.setKind(ctx, tx, actor, k)
		})
		return err
	})
}

func (s *Service) setKind(ctx context.Context, tx *sqldb.Tx, actor auth.Actor, k Kind) error {
	list, err := changed(ctx, tx)
	if err != nil {
		return err
	}
	was, known := merged(list).Kind(k.Code)
	switch {
	case k.Code == "":
		k.Code = sqldb.NewID()
	case !known:
		return errs.E(errs.NotFound, "wish.no_kind")
	case was.Version != k.Version:
		return errs.E(errs.Stale, "wish.changed_since")
	case was.Guardian && !k.Guardian && !was.Off: // what a child is promised isn't taken back by the way
		return errs.Refuse("guardian", "wish.guardian_stays")
	}
	k.Version++
	if err := putKind(ctx, tx, k); err != nil {
		return fmt.Errorf("wish: kind: %w", err)
	}
	return s.o.Audit.Append(ctx, tx, audit.Entry{ActorID: actor.ID(), ActorName: actor.Name, Action: "wish.kind", ObjectKind: "wish_kind", ObjectID: k.Code,
		UnitID: s.tree().RootID(), Detail: map[string]any{"name": k.Name, "skill": k.Skill, "guardian": k.Guardian, "off": k.Off}})
}

// subject is a household that somebody may act for.
type subject struct {
	id, cell, village, head string
}

// who names whoever acts, for idempotency.
func (b By) who() string {
	if b.HouseholdID != "" {
		return "home/" + b.HouseholdID
	}
	return b.Actor.ID()
}

// account is what is kept of who posted: nothing of a household itself.
func (b By) account() string {
	if b.HouseholdID != "" {
		return ""
	}
	return b.Actor.ID()
}

// home returns a household that the actor posts for, or that acts itself.
func (s *Service) home(ctx context.Context, by By, householdID string) (subject, error) {
	if by.HouseholdID != "" && by.HouseholdID != householdID {
		return subject{}, errs.E(errs.NotFound, "wish.none")
	}
	h, err := s.o.Network.Household(ctx, auth.System("wish"), householdID)
	if err != nil {
		return subject{}, err
	}
	tree := s.tree()
	cell := tree.Current(tree.ByID(h.UnitID))
	village := tree.At(cell, network.Village)
	if h.Left || cell == nil || village == nil {
		return subject{}, errs.E(errs.NotFound, "network.no_household")
	}
	if by.HouseholdID == "" {
		if err := s.o.Policy.Can(by.Actor, ActPost, auth.Object{UnitID: cell.ID}); err != nil {
			return subject{}, err
		}
	}
	return subject{h.ID, cell.ID, village.ID, h.Head}, nil
}

// finish writes the audit row of a step and tells the open pages. It names a
// household to nobody, and a volunteer neither.
func (s *Service) finish(ctx context.Context, tx *sqldb.Tx, actor auth.Actor, action string, w *Wish) error {
	err := s.o.Audit.Append(ctx, tx, audit.Entry{ActorID: actor.ID(), ActorName: actor.Name, Action: action, ObjectKind: "wish", ObjectID: w.ID, UnitID: w.VillageID})
	if err != nil || s.o.Live == nil {
		return err
	}
	for _, unit := range []string{w.CellID, w.VillageID} {
		if err := s.o.Live.Publish(ctx, tx, Topic(unit), ""); err != nil {
			return err
		}
	}
	return nil
}

// Post posts a wish and returns its id.
func (s *Service) Post(ctx context.Context, by By, cmd Post) (id string, err error) {
	of, err := s.home(ctx, by, cmd.HouseholdID)
	if err != nil {
		return "", err
	}
	catalog, err := s.Catalog(ctx)
	if err != nil {
		return "", err
	}
	kind, _ := catalog.Kind(cmd.Kind)
	if cmd, err = cmd.check(kind, s.today(), s.onDay(TermDays)); err != nil {
		return "", err
	}
	if of.head != "" && strings.Contains(cmd.Words, of.head) {
		return "", errs.Refuse("words", "wish.named")
	}
	w := &Wish{ID: sqldb.NewID(), Kind: kind.Code, HouseholdID: of.id, CellID: of.cell, VillageID: of.village, Day: cmd.Day, Part: cmd.Part, State: Open,
		Until: cmd.Day, PostedBy: by.account(), PostedAt: s.now(), Version: 1}
	if w.Until == "" {
		w.Until = s.onDay(TermDays)
	}
	if w.words, err = s.o.Vault.Seal(ctx, of.id, cmd.Words, wordsBinding(w.ID)); err != nil {
		return "", err
	}
	asked := cmd
	asked.Words = s.digest(of.id, cmd.Words)
	err = s.o.DB.Write(ctx, func(tx *sqldb.Tx) error {
		id, err = once.Do(ctx, tx, "wish.post/"+by.who(), cmd.Key, asked, s.now(), func() (string, error) { return w.ID, s.post(ctx, tx, by, w) })
		return err
	})
	return id, err
}

// digest stands for a sentence in the request that a repeat is compared with:
// other words are another request, and without the city's key it says nothing.
func (s *Service) digest(of, text string) string { return s.o.Seal.Index("wish/words", of+"\x00"+text) }

func (s *Service) post(ctx context.Context, tx *sqldb.Tx, by By, w *Wish) error {
	if err := s.room(ctx, tx, w); err != nil {
		return err
	}
	if err := insert(ctx, tx, []*Wish{w}); err != nil {
		return fmt.Errorf("wish: post: %w", err)
	}
	return s.finish(ctx, tx, by.Actor, "wish.post", w)
}

// room refuses one wish more than a household has at a time, and the same twice.
func (s *Service) room(ctx context.Context, tx *sqldb.Tx, w *Wish) error {
	before, err := wishes(ctx, tx, `household_id = $1 AND ended_at = 0`, w.HouseholdID)
	if err != nil {
		return err
	}
	switch same := slices.ContainsFunc(before, func(x *Wish) bool { return x.Kind == w.Kind }); {
	case same:
		return errs.Refuse("kind", "wish.same")
	case len(before) >= MaxOpen:
		return errs.E(errs.Conflict, "wish.many", "max", MaxOpen)
	}
	return nil
}

// step runs a command on a wish by whoever may post for the household.
func (s *Service) step(ctx context.Context, by By, action string, cmd Step, request any, do func(tx *sqldb.Tx, w *Wish) error) error {
	return s.o.DB.Write(ctx, func(tx *sqldb.Tx) error {
		_, err := once.Do(ctx, tx, action+"/"+by.who(), cmd.Key, request, s.now(), func() (bool, error) {
			w, err := s.own(ctx, tx, by, cmd.ID)
			if err != nil {
				return false, err
			}
			if w.Version != cmd.Version {
				return false, errs.E(errs.Stale, "wish.changed_since")
			}
			if err := do(tx, w); err != nil {
				return false, err
			}
			if err := update(ctx, tx, w); err != nil {
				return false, fmt.Errorf("%s: %w", action, err)
			}
			return true, s.finish(ctx, tx, by.Actor, action, w)
		})
		return err
	})
}

// own reads a wish for whoever may post for its household.
func (s *Service) own(ctx context.Context, q sqldb.Querier, by By, id string) (*Wish, error) {
	w, err := wishByID(ctx, q, id)
	switch {
	case err != nil:
		return nil, err
	case by.HouseholdID == "":
		return w, s.o.Policy.Can(by.Actor, ActPost, auth.Object{UnitID: s.cell(w)})
	case by.HouseholdID != w.HouseholdID:
		return nil, errs.E(errs.NotFound, "wish.none")
	}
	return w, nil
}

// cell is where a wish's household is, whatever became of the unit.
func (s *Service) cell(w *Wish) string {
	tree := s.tree()
	if u := tree.Current(tree.ByID(w.CellID)); u != nil {
		return u.ID
	}
	return w.VillageID
}

// Ask asks one volunteer whose offer fits. The others wait for two days.
func (s *Service) Ask(ctx context.Context, by By, cmd Step, volunteerID string) error {
	return s.step(ctx, by, "wish.ask", cmd, []any{cmd, volunteerID}, func(tx *sqldb.Tx, w *Wish) error {
		fits, err := s.matches(ctx, tx, w, 1000)
		if err != nil {
			return err
		}
		if !slices.ContainsFunc(fits, func(f Candidate) bool { return f.ID == volunteerID }) {
			return errs.E(errs.Conflict, "wish.no_fit")
		}
		if _, err := tx.ExecContext(ctx, `UPDATE wish_hours SET asked_at = $1 WHERE volunteer_id = $2`, sqldb.Millis(s.now()), volunteerID); err != nil {
			return err
		}
		if err := w.Ask(volunteerID, s.now()); err != nil {
			return err
		}
		return s.tellHelper(ctx, tx, AskedYou, w, volunteerID)
	})
}

// Any lets any volunteer take a wish, whoever was asked.
func (s *Service) Any(ctx context.Context, by By, cmd Step) error {
	return s.step(ctx, by, "wish.any", cmd, cmd, func(_ *sqldb.Tx, w *Wish) error { return w.Any() })
}

// Withdraw takes a wish back. Who had taken it hears of it, and needn't come.
func (s *Service) Withdraw(ctx context.Context, by By, cmd Step) error {
	return s.step(ctx, by, "wish.withdraw", cmd, cmd, func(tx *sqldb.Tx, w *Wish) error {
		return s.withdraw(ctx, tx, w)
	})
}

func (s *Service) withdraw(ctx context.Context, tx *sqldb.Tx, w *Wish) error {
	helper := w.HelperID
	if err := w.Withdraw(s.now()); err != nil || helper == "" {
		return err
	}
	return s.tellHelper(ctx, tx, CalledOff, w, helper)
}

// Reopen opens a wish again to whose house nobody came. Nothing is noted of anybody;
// who had taken it hears that they needn't come, and the household if its lead did it.
func (s *Service) Reopen(ctx context.Context, by By, cmd Step) error {
	return s.step(ctx, by, "wish.reopen", cmd, cmd, func(tx *sqldb.Tx, w *Wish) error {
		helper, expected := w.HelperID, w.Meet.Agreed
		if err := w.GiveBack(); err != nil {
			return err
		}
		if err := s.tellHelper(ctx, tx, CalledOff, w, helper); err != nil || by.HouseholdID != "" || !expected {
			return err
		}
		return s.tell(ctx, tx, News{What: WaitsAgain, WishID: w.ID, HouseholdID: w.HouseholdID, UnitID: s.cell(w)})
	})
}

// Again posts a wish anew that nobody took, within the same limits.
func (s *Service) Again(ctx context.Context, by By, cmd Step) error {
	return s.step(ctx, by, "wish.again", cmd, cmd, func(tx *sqldb.Tx, w *Wish) error {
		if err := w.Again(s.onDay(TermDays), s.now()); err != nil {
			return err
		}
		kinds, err := changed(ctx, tx)
		if err != nil {
			return err
		}
		if kind, ok := merged(kinds).Kind(w.Kind); !ok || kind.Off {
			return errs.Refuse("kind", "wish.no_kind")
		}
		return s.room(ctx, tx, w)
	})
}

// Say says when the volunteer should come.
func (s *Service) Say(ctx context.Context, by By, cmd Time) error {
	if err := s.checkTime(cmd); err != nil {
		return err
	}
	return s.step(ctx, by, "wish.time", cmd.Step, cmd, func(tx *sqldb.Tx, w *Wish) error {
		if err := w.Say(Home, cmd.Day, cmd.At, s.due(cmd.Day)); err != nil {
			return err
		}
		return s.tellHelper(ctx, tx, Timed, w, w.HelperID)
	})
}

// Agree agrees to when the volunteer comes.
func (s *Service) Agree(ctx context.Context, by By, cmd Step) error {
	return s.step(ctx, by, "wish.agree", cmd, cmd, func(tx *sqldb.Tx, w *Wish) error {
		if err := w.Agree(Home); err != nil {
			return err
		}
		return s.tellHelper(ctx, tx, Timed, w, w.HelperID)
	})
}

func (s *Service) checkTime(t Time) error {
	switch {
	case t.Day < s.today():
		return errs.Refuse("day", "wish.past")
	case t.Day > s.onDay(TermDays):
		return errs.Refuse("day", "wish.far", "days", TermDays)
	case t.At < 6*60 || t.At > 22*60:
		return errs.Refuse("at", "wish.night")
	}
	return nil
}

// due is when a taken wish goes back after a day that was agreed.
func (s *Service) due(day string) string {
	d, err := time.Parse(time.DateOnly, day)
	if err != nil {
		return ""
	}
	return d.AddDate(0, 0, MeetDays).Format(time.DateOnly)
}

// Done says that a wish was fulfilled, with the household's thanks, which only
// the volunteer sees.
func (s *Service) Done(ctx context.Context, by By, cmd Answer) error {
	text, err := words("words", cmd.Words, MaxThanks)
	if err != nil {
		return err
	}
	w, err := s.own(ctx, s.o.DB.Reader(), by, cmd.ID)
	if err != nil {
		return err
	}
	sealed, err := s.o.Vault.Seal(ctx, w.HouseholdID, text, thanksBinding(w.ID))
	if err != nil {
		return err
	}
	asked := cmd
	asked.Words = s.digest(w.ID, text)
	return s.step(ctx, by, "wish.done", cmd.Step, asked, func(tx *sqldb.Tx, w *Wish) error {
		w.thanksWords = sealed
		if err := w.Finish(cmd.Thanks, s.now()); err != nil || by.HouseholdID != "" {
			return err
		}
		return s.tell(ctx, tx, News{What: Fulfilled, WishID: w.ID, HouseholdID: w.HouseholdID, UnitID: s.cell(w)}) // on whose word it was
	})
}
