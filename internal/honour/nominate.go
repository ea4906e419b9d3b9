package honour

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"bilin/internal/auth"
	"bilin/internal/errs"
	"bilin/internal/network"
	"bilin/internal/once"
	"bilin/internal/plaintext"
	"bilin/internal/sqldb"
	"bilin/internal/ticket"
)

// How many nominations of one round may come from one home, and from one account.
const (
	fromHome    = 3
	fromAccount = 10
)

// mostFound bounds what a search for nominees or for the panel finds.
const mostFound = 20

// Search finds whom one can nominate: leads by their name or by a door's code, and
// of volunteers and teams those whom the actor may see.
func (s *Service) Search(ctx context.Context, actor auth.Actor, typed string) ([]Nominee, error) {
	typed = plaintext.OneLine(typed)
	if utf8.RuneCountInString(typed) < 2 {
		return nil, nil
	}
	list := s.leadsNamed(typed)
	if len(list) == 0 {
		_, unit, err := s.o.Network.DoorOf(ctx, typed)
		if err != nil && errs.KindOf(err) != errs.NotFound && errs.KindOf(err) != errs.Invalid {
			return nil, err
		}
		if err == nil {
			list = s.leadsAt(unit)
		}
	}
	if s.o.Known == nil || len(list) >= mostFound {
		return list, nil
	}
	more, err := s.o.Known.Find(ctx, actor, typed, mostFound-len(list))
	return append(list, more...), err
}

func (s *Service) leadsNamed(name string) []Nominee {
	return s.inPosts(name, auth.Role.IsLead)
}

// inPosts finds people by how their name begins, each once, at the highest of
// their posts that counts.
func (s *Service) inPosts(name string, counts func(auth.Role) bool) (list []Nominee) {
	for _, u := range s.tree().Subtree(s.tree().Root()) {
		for _, p := range s.tree().Posts(u.ID) {
			h := p.Serving()
			if h == nil || !counts(p.Role) || !strings.HasPrefix(h.Name, name) || slices.ContainsFunc(list, func(n Nominee) bool { return n.ID == h.PersonID }) {
				continue
			}
			if list = append(list, Nominee{OfPost, h.PersonID, h.PersonID, u.ID, h.Name}); len(list) == mostFound {
				return list
			}
		}
	}
	return list
}

// leadsAt are the leads of a cell and of the units above it.
func (s *Service) leadsAt(cell *network.Unit) (list []Nominee) {
	for u := cell; u != nil; u = s.tree().Parent(u) {
		for _, p := range s.tree().Posts(u.ID) {
			if h := p.Serving(); h != nil && p.Role.IsLead() {
				list = append(list, Nominee{OfPost, h.PersonID, h.PersonID, u.ID, h.Name})
			}
		}
	}
	return list
}

// Officials finds people with a post by name, for a panel.
func (s *Service) Officials(actor auth.Actor, name string) ([]Nominee, error) {
	if err := s.runs(actor); err != nil {
		return nil, err
	}
	name = plaintext.OneLine(name)
	if name == "" {
		return nil, nil
	}
	return s.inPosts(name, auth.Role.Valid), nil
}

// nominee finds who is meant. There are no free names: somebody holds a post of a
// lead, has reported in, or is a team.
func (s *Service) nominee(ctx context.Context, kind Kind, id string) (Nominee, error) {
	if kind == OfPost {
		for _, p := range s.tree().PostsOf(id) {
			if h := p.Serving(); h != nil && h.PersonID == id && p.Role.IsLead() {
				return Nominee{OfPost, id, id, p.UnitID, h.Name}, nil
			}
		}
		return Nominee{}, errs.Refuse("nominee", "honour.no_nominee")
	}
	if s.o.Known == nil || !kind.Valid() {
		return Nominee{}, errs.Refuse("nominee", "honour.no_nominee")
	}
	n, found, err := s.o.Known.Nominee(ctx, kind, id)
	if err == nil && !found {
		err = errs.Refuse("nominee", "honour.no_nominee")
	}
	return n, err
}

// kept is what a repeated form is answered with; the key is sealed.
type kept struct{ ID, Number, Sealed string }

// Nominate puts somebody forward, for whoever is logged in or, with the code of
// their door, a resident. A resident gets a key with which to follow it.
func (s *Service) Nominate(ctx context.Context, actor auth.Actor, cmd Nominate) (Receipt, error) {
	n := &Nomination{ID: sqldb.NewID(), RoundID: cmd.RoundID, Category: cmd.Category, ByResident: actor.Anonymous(), MadeAt: s.now(), Version: 1}
	var errDoor, errWho error
	n.Nominee, errWho = s.nominee(ctx, cmd.Kind, cmd.NomineeID)
	n.Citation, _ = text("citation", cmd.Citation, 0, MaxCitation)
	_, errText := text("citation", cmd.Citation, MinCitation, MaxCitation)
	if n.ByResident {
		n.byHousehold, errDoor = s.door(ctx, cmd.Door)
		n.byHousehold = s.mark(cmd.RoundID, n.byHousehold)
	} else {
		n.byPerson = s.mark(cmd.RoundID, actor.Human())
	}
	for _, err := range []error{errWho, errDoor} { // what isn't the person's to mend
		if err != nil && errs.KindOf(err) != errs.Invalid {
			return Receipt{}, err
		}
	}
	if err := errs.Gather("honour.check", errWho, errText, errDoor); err != nil {
		return Receipt{}, err
	}
	asked := cmd
	asked.Citation, asked.Door = s.same(n.Citation), s.same(cmd.Door)
	key := ticket.New()
	n.keyHash = ticket.Hash(key)
	if err := s.sealNew(ctx, n); err != nil {
		return Receipt{}, err
	}
	sealed, err := s.o.Vault.Seal(ctx, n.ID, key, bound("key", n.ID))
	if err != nil {
		return Receipt{}, err
	}
	made, out := kept{ID: n.ID, Sealed: sealed}, kept{}
	err = s.o.DB.Write(ctx, func(tx *sqldb.Tx) error {
		out, err = once.Do(ctx, tx, "honour.nominate/"+s.mark(cmd.RoundID, actor.ID()), cmd.Key, asked, s.now(), func() (kept, error) {
			err := s.nominate(ctx, tx, n)
			made.Number = n.Number
			return made, err
		})
		return err
	})
	if err != nil {
		return Receipt{}, err
	}
	key, err = s.o.Vault.Open(ctx, out.ID, out.Sealed, bound("key", out.ID))
	return Receipt{out.ID, out.Number, key}, err
}

func (s *Service) door(ctx context.Context, code string) (string, error) {
	household, _, err := s.o.Network.DoorOf(ctx, code)
	if err != nil && (errs.KindOf(err) == errs.NotFound || errs.KindOf(err) == errs.Invalid) {
		return "", errs.Refuse("door", "honour.no_door")
	}
	return household, err
}

// sealNew seals the words of a nomination under its own key.
func (s *Service) sealNew(ctx context.Context, n *Nomination) (err error) {
	if n.name, err = s.o.Vault.Seal(ctx, n.ID, n.Name, bound("name", n.ID)); err != nil {
		return err
	}
	n.citation, err = s.o.Vault.Seal(ctx, n.ID, n.Citation, bound("citation", n.ID))
	return err
}

// nominate stores it; the record doesn't say by whom, as the panel isn't told.
func (s *Service) nominate(ctx context.Context, tx *sqldb.Tx, n *Nomination) error {
	r, err := roundByID(ctx, tx, n.RoundID)
	if err != nil {
		return err
	}
	if err := r.nominates(s.today()); err != nil {
		return err
	}
	if r.Category(n.Category).Key == "" {
		return errs.Refuse("category", "honour.no_such_category")
	}
	if err := s.room(ctx, tx, n); err != nil {
		return err
	}
	first, err := reserve(ctx, tx, "N", s.year(), 1)
	if err != nil {
		return err
	}
	n.Number = numbered("N", s.year(), first)
	if err := insertNominations(ctx, tx, []*Nomination{n}); err != nil {
		return fmt.Errorf("honour: nominate: %w", err)
	}
	return s.finish(ctx, tx, auth.Actor{}, "honour.nominate", "honour_nomination", n.ID, n.UnitID, r.ID)
}

// room refuses a nomination of one's own, a second one of the same, and one too many.
func (s *Service) room(ctx context.Context, tx *sqldb.Tx, n *Nomination) error {
	mine, err := s.tiesOf(ctx, tx, []Nominee{n.Nominee})
	if err != nil {
		return err
	}
	t := mine[n.Nominee.ID]
	if meet([]string{n.byPerson, n.byHousehold}, s.marks(n.RoundID, slices.Concat(t.people, t.households))) {
		return errs.Refuse("nominee", "honour.own")
	}
	already, err := tell(ctx, tx, `SELECT COUNT(*) FROM honour_nomination WHERE round_id = $1 AND (nominee_id = $2 OR person_id = $3 AND person_id <> '') AND withdrawn = 0
		AND (checked = 0 OR is_true = 1)`, n.RoundID, n.Nominee.ID, n.PersonID)
	if err != nil {
		return err
	}
	if already > 0 {
		return errs.Refuse("nominee", "honour.already")
	}
	column, from, most := "by_person", n.byPerson, fromAccount
	if n.ByResident {
		column, from, most = "by_household", n.byHousehold, fromHome
	}
	before, err := tell(ctx, tx, `SELECT COUNT(*) FROM honour_nomination WHERE round_id = $1 AND `+column+` = $2`, n.RoundID, from)
	if err == nil && before >= most && from != "" {
		err = errs.E(errs.Conflict, "honour.enough", "n", most)
	}
	return err
}

// tiesOf are what binds nominees to others, by their ids.
func (s *Service) tiesOf(ctx context.Context, q sqldb.Querier, list []Nominee) (map[string]ties, error) {
	out := map[string]ties{}
	var teams, people []string
	for _, n := range list {
		t := ties{}
		switch n.Kind {
		case OfTeam:
			teams = append(teams, n.ID)
		default:
			t = s.posts(n.PersonID)
			people = append(people, n.PersonID)
		}
		out[n.ID] = t
	}
	if len(teams) > 0 && s.o.Known != nil {
		members, err := s.o.Known.People(ctx, q, teams)
		if err != nil {
			return nil, err
		}
		for id, list := range members {
			out[id] = ties{people: list}
			people = append(people, list...)
		}
	}
	homes, err := network.HomesOfPeople(ctx, q, people)
	if err != nil {
		return nil, err
	}
	for id, t := range out {
		for _, p := range t.people {
			t.households = append(t.households, homes[p])
		}
		out[id] = t
	}
	return out, nil
}

// posts are somebody's units and those straight above them.
func (s *Service) posts(personID string) ties {
	t := ties{people: []string{personID}}
	for _, p := range s.tree().PostsOf(personID) {
		u := s.tree().Current(s.tree().ByID(p.UnitID))
		if u == nil || p.DepartmentID != "" {
			continue // a department's people are in no line of units
		}
		t.units = append(t.units, u.ID)
		if u.ParentID != "" {
			t.above = append(t.above, u.ParentID)
		}
	}
	return t
}

// changeNomination runs a command on a nomination of a round that is open.
func (s *Service) changeNomination(ctx context.Context, actor auth.Actor, action, key, id string, version int, request any, may func(*sqldb.Tx, *Nomination) error, do func(tx *sqldb.Tx, n *Nomination, r *Round) error) error {
	return s.o.DB.Write(ctx, func(tx *sqldb.Tx) error {
		_, err := once.Do(ctx, tx, action+"/"+actor.ID(), key, [...]any{id, request}, s.now(), func() (bool, error) {
			n, err := nominationByID(ctx, tx, id)
			if err != nil {
				return false, err
			}
			if err := may(tx, n); err != nil {
				return false, err
			}
			if err := shown(n.Version, version); err != nil {
				return false, err
			}
			r, err := roundByID(ctx, tx, n.RoundID)
			if err != nil {
				return false, err
			}
			if err := r.in(Open); err != nil {
				return false, err
			}
			if err := do(tx, n, r); err != nil {
				return false, err
			}
			if err := updateNomination(ctx, tx, n); err != nil {
				return false, fmt.Errorf("honour: %s: %w", action, err)
			}
			return true, s.finish(ctx, tx, actor, action, "honour_nomination", n.ID, n.UnitID, r.ID)
		})
		return err
	})
}

// byKey loads a nomination with its key. A wrong id and a wrong key get the same answer.
func (s *Service) byKey(ctx context.Context, q sqldb.Querier, id, key string) (*Nomination, error) {
	n, err := nominationByID(ctx, q, id)
	if err == nil && !ticket.Opens(key, n.keyHash) {
		return nil, errs.E(errs.NotFound, "honour.no_nomination")
	}
	return n, err
}

// Withdraw takes a nomination back, with its key, before the vote.
func (s *Service) Withdraw(ctx context.Context, id, key, formKey string) error {
	return s.o.DB.Write(ctx, func(tx *sqldb.Tx) error {
		n, err := s.byKey(ctx, tx, id, key)
		if err != nil {
			return err
		}
		_, err = once.Do(ctx, tx, "honour.withdraw/"+n.ID, formKey, id, s.now(), func() (bool, error) {
			r, err := roundByID(ctx, tx, n.RoundID)
			if err != nil {
				return false, err
			}
			if err := r.in(Open); err != nil {
				return false, err
			}
			n.Withdrawn = true
			if err := updateNomination(ctx, tx, n); err != nil {
				return false, err
			}
			return true, s.finish(ctx, tx, auth.Actor{}, "honour.withdraw", "honour_nomination", n.ID, n.UnitID, r.ID)
		})
		return err
	})
}
