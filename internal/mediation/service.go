package mediation

import (
	"context"
	"fmt"
	"time"

	"bilin/internal/audit"
	"bilin/internal/auth"
	"bilin/internal/errs"
	"bilin/internal/network"
	"bilin/internal/once"
	"bilin/internal/seal"
	"bilin/internal/sqldb"
	"bilin/internal/ticket"
	"bilin/internal/workday"
)

// Options are what a Service works with.
type Options struct {
	DB      *sqldb.DB
	Network *network.Service
	Policy  *auth.Policy
	Audit   *audit.Log
	Seal    *seal.Sealer
	Vault   *seal.Vault
	Tell    Tell // nil: nobody is told
	Numbers bool // whether it reaches households' numbers
	Now     func() time.Time
}

// Service keeps cases and who mediates.
type Service struct{ o Options }

// New returns a Service.
func New(o Options) *Service {
	if o.Now == nil {
		o.Now = time.Now
	}
	return &Service{o}
}

// Now is the service's clock.
func (s *Service) Now() time.Time { return s.now() }

func (s *Service) tree() *network.Tree { return s.o.Network.Tree() }
func (s *Service) now() time.Time      { return s.o.Now().UTC().Truncate(time.Millisecond) }
func (s *Service) today() string       { return s.o.Now().In(workday.City).Format(time.DateOnly) }

func nameBinding(s Side, id string) string { return "mediation/" + string(s) + "_name/" + id }
func wordsBinding(id string) string        { return "mediation/words/" + id }
func lineBinding(id string, seq int) string {
	return fmt.Sprintf("mediation_line/words/%s/%d", id, seq)
}
func keyBinding(id string) string                { return "mediation/key/" + id }
func (s *Service) cellOf(u *network.Unit) string { return s.tree().At(u, network.Cell).ID }

// note writes the audit row of a command. It names neither a side nor where they live.
func (s *Service) note(ctx context.Context, tx *sqldb.Tx, action, id string) error {
	return s.o.Audit.Append(ctx, tx, audit.Entry{ActorID: "mediation", Action: action, ObjectKind: "mediation", ObjectID: id})
}

// door finds the household of a door card.
func (s *Service) door(ctx context.Context, code string) (household string, unit *network.Unit, err error) {
	household, unit, err = s.o.Network.DoorOf(ctx, code)
	if err != nil && errs.KindOf(err) == errs.NotFound {
		err = errs.Refuse("door", "mediation.no_door")
	}
	return household, unit, err
}

// kept is what a repeated form is answered with; the key is sealed.
type kept struct{ ID, Key string }

// content is what a repeat is compared with: all that a form holds, so that other
// words under a used key are refused and not lost. It is marked with the city's
// key, since a digest of a household or a name could be found by trying.
func (s *Service) content(parts ...any) (string, error) {
	return s.o.Seal.IndexOf("mediation_form", parts)
}

// Bring brings a quarrel. The page of who brings it holds the invitation for the
// other side, which they hand over or have handed over.
func (s *Service) Bring(ctx context.Context, cmd Bring) (Receipt, error) {
	name, errName := text("name", cmd.Name, MaxName, false)
	words, errWords := text("words", cmd.Words, MaxWords, true)
	var errKind error
	if !cmd.Kind.Valid() {
		errKind = errs.Refuse("kind", "mediation.no_kind")
	}
	household, unit, err := s.door(ctx, cmd.DoorCode)
	if err := errs.Gather("mediation.check", errKind, errName, err, errWords); err != nil {
		return Receipt{}, err
	}
	c := newCase()
	c.ID, c.VillageID, c.Kind = sqldb.NewID(), s.tree().At(unit, network.Village).ID, cmd.Kind
	c.Household[A], c.Unit[A] = household, s.cellOf(unit)
	c.Tell[A] = cmd.Tell
	c.begin(s.now())
	key, invite := ticket.New(), ticket.New()
	c.hash[A], c.hash[B] = ticket.Hash(key), ticket.Hash(invite)
	sealed, err := s.o.Vault.SealAll(ctx, []seal.Item{{Subject: c.ID, Text: name, Binding: nameBinding(A, c.ID)}, {Subject: c.ID, Text: words, Binding: wordsBinding(c.ID)},
		{Subject: c.ID, Text: key, Binding: keyBinding(c.ID)}, {Subject: c.ID, Text: invite, Binding: keyBinding(c.ID)}})
	if err != nil {
		return Receipt{}, err
	}
	c.name[A], c.words, c.invite = sealed[0], sealed[1], sealed[3]
	content, err := s.content(household, cmd.Kind, name, words, cmd.Tell)
	if err != nil {
		return Receipt{}, err
	}
	made, out := kept{c.ID, sealed[2]}, kept{}
	err = s.o.DB.Write(ctx, func(tx *sqldb.Tx) error {
		out, err = once.Do(ctx, tx, "mediation.bring", cmd.Key, content, s.now(), func() (kept, error) {
			if err := insertCase(ctx, tx, c); err != nil {
				return made, fmt.Errorf("mediation: bring: %w", err)
			}
			return made, s.note(ctx, tx, "mediation.bring", c.ID)
		})
		return err
	})
	if err != nil {
		return Receipt{}, err
	}
	return s.receipt(ctx, out)
}

func (s *Service) receipt(ctx context.Context, k kept) (Receipt, error) {
	key, err := s.o.Vault.Open(ctx, k.ID, k.Key, keyBinding(k.ID))
	return Receipt{k.ID, key}, err
}

// none is the answer to a wrong id and a wrong key alike.
func none() error { return errs.E(errs.NotFound, "mediation.none") }

// byKey loads a case with a key, and says whose it is.
func (s *Service) byKey(ctx context.Context, q sqldb.Querier, id, key string) (*Case, Side, error) {
	c, err := caseByID(ctx, q, id)
	if err != nil {
		return nil, "", err
	}
	switch {
	case ticket.Opens(key, c.hash[A]):
		return c, A, nil
	case (c.State == Ended || c.State != Asked && c.Household[B] != "") && ticket.Opens(key, c.hash[B]): // that it ended, the other side reads too
		return c, B, nil
	case c.Mediator == "":
		return nil, "", none()
	}
	m, err := mediatorByID(ctx, q, c.Mediator)
	if err == nil && (m.State == Left || !ticket.Opens(key, m.keyHash)) {
		err = none()
	}
	return c, M, err
}

// invited loads a case with its invitation.
func (s *Service) invited(ctx context.Context, q sqldb.Querier, id, invite string) (*Case, error) {
	c, err := caseByID(ctx, q, id)
	if err == nil && (c.State != Asked || !ticket.Opens(invite, c.hash[B])) {
		err = none()
	}
	return c, err
}

// Invitation is what the other side reads before they answer: who asks, and what it is about.
func (s *Service) Invitation(ctx context.Context, id, invite string) (*Case, error) {
	c, err := s.invited(ctx, s.o.DB.Reader(), id, invite)
	if err != nil {
		return nil, err
	}
	c.unsealed[A], err = s.o.Vault.Open(ctx, id, c.name[A], nameBinding(A, id))
	return c, err
}

// Accept is the other side's yes. It returns a fresh key: the invitation went
// through other hands.
func (s *Service) Accept(ctx context.Context, id, invite string, cmd Answer) (Receipt, error) {
	if _, err := s.caseOrAnswered(ctx, id, invite, cmd.Key); err != nil {
		return Receipt{}, err
	}
	name, errName := text("name", cmd.Name, MaxName, false)
	household, unit, err := s.door(ctx, cmd.DoorCode)
	if err := errs.Gather("mediation.check", errName, err); err != nil {
		return Receipt{}, err
	}
	key := ticket.New()
	sealed, err := s.o.Vault.SealAll(ctx, []seal.Item{{Subject: id, Text: name, Binding: nameBinding(B, id)}, {Subject: id, Text: key, Binding: keyBinding(id)}})
	if err != nil {
		return Receipt{}, err
	}
	content, err := s.content(invite, household, name, cmd.Tell)
	if err != nil {
		return Receipt{}, err
	}
	made, out := kept{ID: id, Key: sealed[1]}, kept{}
	err = s.o.DB.Write(ctx, func(tx *sqldb.Tx) error {
		out, err = once.Do(ctx, tx, "mediation.answer/"+id, cmd.Key, content, s.now(), func() (kept, error) {
			c, err := s.invited(ctx, tx, id, invite)
			if err != nil {
				return made, err
			}
			if err := c.accept(household, s.cellOf(unit), s.now()); err != nil {
				return made, err
			}
			c.hash[B], c.name[B], c.invite, c.Tell[B] = ticket.Hash(key), sealed[0], "", cmd.Tell
			return made, s.store(ctx, tx, "mediation.accept", c, B)
		})
		return err
	})
	if err != nil {
		return Receipt{}, err
	}
	return s.receipt(ctx, out)
}

// caseOrAnswered keeps a wrong invitation from making a key in the vault. A
// repeat of a form whose invitation is used up goes on to its first answer.
func (s *Service) caseOrAnswered(ctx context.Context, id, invite, formKey string) (*Case, error) {
	c, err := caseByID(ctx, s.o.DB.Reader(), id)
	if err == nil && c.State == Asked && !ticket.Opens(invite, c.hash[B]) || err == nil && c.State != Asked && formKey == "" || err == nil && c.State == Ended {
		err = none()
	}
	return c, err
}

// Refuse is the other side's no: the case ends and its words are destroyed.
func (s *Service) Refuse(ctx context.Context, id, invite, formKey string) error {
	return s.o.DB.Write(ctx, func(tx *sqldb.Tx) error {
		_, err := once.Do(ctx, tx, "mediation.answer/"+id, formKey, ticket.Hash(invite)+"/no", s.now(), func() (bool, error) {
			c, err := s.invited(ctx, tx, id, invite)
			if err != nil {
				return false, err
			}
			if err := c.refuse(s.now()); err != nil {
				return false, err
			}
			return true, s.store(ctx, tx, "mediation.refuse", c, B)
		})
		return err
	})
}

// form is a command of one of the three on their case.
type form struct {
	id, key string
	action  string
	formKey string
	version int  // that was shown; 0: it doesn't matter
	content any  // what else the form holds
	silent  bool // nobody is told
}

// change runs a form.
func (s *Service) change(ctx context.Context, f form, do func(tx *sqldb.Tx, c *Case, side Side) error) error {
	content, err := s.content(f.key, f.version, f.content)
	if err != nil {
		return err
	}
	return s.o.DB.Write(ctx, func(tx *sqldb.Tx) error {
		_, err := once.Do(ctx, tx, f.action+"/"+f.id, f.formKey, content, s.now(), func() (bool, error) {
			c, side, err := s.byKey(ctx, tx, f.id, f.key)
			if err != nil {
				return false, err
			}
			if err := shown(c.Version, f.version); err != nil {
				return false, err
			}
			if err := do(tx, c, side); err != nil {
				return false, err
			}
			if f.silent {
				side = silent
			}
			return true, s.store(ctx, tx, f.action, c, side)
		})
		return err
	})
}

// store writes a changed case and everything that goes with the change. Who is of
// it and didn't make it is told that there is something new.
func (s *Service) store(ctx context.Context, tx *sqldb.Tx, action string, c *Case, by Side) error {
	if by != silent {
		c.movedAt = s.now()
	}
	if err := s.tell(ctx, tx, c, by); err != nil {
		return err
	}
	if c.asideNow != "" {
		if err := putAside(ctx, tx, c.ID, c.asideNow); err != nil {
			return err
		}
	}
	if c.endedNow {
		if err := count(ctx, tx, c.VillageID, s.today()[:len("2026")], c.Outcome); err != nil {
			return err
		}
	}
	if c.destroy {
		if err := s.destroy(ctx, tx, c); err != nil {
			return err
		}
	}
	if err := updateCase(ctx, tx, c); err != nil {
		return fmt.Errorf("mediation: store: %w", err)
	}
	return s.note(ctx, tx, action, c.ID)
}

// destroy ends a case's key and drops what it sealed, and whom it concerned.
func (s *Service) destroy(ctx context.Context, tx *sqldb.Tx, c *Case) error {
	for _, table := range []string{"mediation_line", "mediation_opened", "mediation_aside"} {
		if _, err := tx.ExecContext(ctx, `DELETE FROM `+table+` WHERE mediation_id = $1`, c.ID); err != nil {
			return err
		}
	}
	c.words, c.invite, c.name = "", "", map[Side]string{}
	c.Household, c.Unit, c.Pick, c.Mediator = map[Side]string{}, map[Side]string{}, map[Side]string{}, ""
	return s.o.Vault.EraseIn(ctx, tx, ErasedPrefix+"ended", s.now(), c.ID)
}
