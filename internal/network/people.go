package network

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"bilin/internal/audit"
	"bilin/internal/auth"
	"bilin/internal/errs"
	"bilin/internal/sqldb"
)

// Person is somebody who has, had or is to have a post. The telephone number
// is sealed; ReadPhone opens it.
type Person struct {
	ID          string
	Name        string
	HouseholdID string
	HasPhone    bool
	ShowPhone   bool  // chose to show the number to the public
	Rev         int64 // its version
}

const personColumns = `p.id, p.name, p.household_id, p.phone IS NOT NULL, p.show_phone, p.rev`

func scanPerson(row scanner) (Person, error) {
	var p Person
	var household sql.NullString
	err := row.Scan(&p.ID, &p.Name, &household, &p.HasPhone, &p.ShowPhone, &p.Rev)
	p.HouseholdID = household.String
	return p, err
}

func personByID(ctx context.Context, q sqldb.Querier, id string) (Person, error) {
	p, err := scanPerson(q.QueryRowContext(ctx, `SELECT `+personColumns+` FROM person p WHERE p.id = $1`, id))
	if errors.Is(err, sql.ErrNoRows) {
		return p, errs.E(errs.NotFound, "network.no_person")
	}
	return p, err
}

// Person returns one person, for those who appoint.
func (s *Service) Person(ctx context.Context, actor auth.Actor, id string) (Person, error) {
	if !s.policy.May(actor, ActAppoint) && actor.PersonID != id {
		return Person{}, auth.Denied(actor)
	}
	return personByID(ctx, s.db.Reader(), id)
}

// PersonsSearch finds people whose name begins with what was typed, for
// pickers. At most limit, in order of name.
func (s *Service) PersonsSearch(ctx context.Context, actor auth.Actor, name string, limit int) ([]Person, error) {
	if !s.policy.May(actor, ActAppoint) {
		return nil, auth.Denied(actor)
	}
	name = strings.TrimSpace(name)
	if name == "" {
		return nil, nil
	}
	var out []Person
	err := each(ctx, s.db.Reader(), func(rows *sql.Rows) error {
		p, err := scanPerson(rows)
		out = append(out, p)
		return err
	}, `SELECT `+personColumns+` FROM person p WHERE p.name >= $1 AND p.name < $2 ORDER BY p.name, p.id LIMIT $3`, name, name+"\U0010FFFF", limit)
	if err != nil {
		return nil, fmt.Errorf("network: search people: %w", err)
	}
	return out, nil
}

// PostsOf returns the posts of a person today.
func (s *Service) PostsOf(personID string) []*Post { return s.Tree().PostsOf(personID) }

// CreatePerson asks for a new person.
type CreatePerson struct {
	Key, Name, Phone, HouseholdID string
	ShowPhone                     bool
}

// CreatePerson enters somebody who is to get a post, and returns the id.
func (s *Service) CreatePerson(ctx context.Context, actor auth.Actor, c CreatePerson) (string, error) {
	if !s.policy.May(actor, ActAppoint) {
		return "", auth.Denied(actor)
	}
	if c.ShowPhone && !s.policy.May(actor, ActKeepPhone) {
		return "", errs.E(errs.Forbidden, "network.phone_not_yours")
	}
	phone := c.Phone
	c.Phone = ""
	return run(ctx, s, actor, "network.create_person", c.Key, s.withoutPhone(c, phone), func(ctx context.Context, w *work) (string, record, error) {
		id, err := w.createPerson(ctx, NewPerson{Name: c.Name, Phone: phone, HouseholdID: c.HouseholdID, ShowPhone: c.ShowPhone})
		return id, record{kind: "person", id: id}, err
	})
}

func (w *work) createPerson(ctx context.Context, n NewPerson) (string, error) {
	name, err := checkName(n.Name)
	if err != nil {
		return "", err
	}
	phone, err := checkPhone(n.Phone)
	if err != nil {
		return "", err
	}
	id := sqldb.NewID()
	err = w.exec(ctx, `INSERT INTO person (id, name, show_phone, household_id, created_at, rev) VALUES ($1, $2, $3, $4, $5, $6)`,
		id, name, bit(n.ShowPhone), null(n.HouseholdID), sqldb.Millis(w.now), w.rev)
	if err == nil && phone != "" {
		err = w.setPhone(ctx, "person", id, phone)
	}
	return id, err
}

// UpdatePerson asks for a person's details to be as given. A nil Phone stays
// as it is; an empty one is removed.
type UpdatePerson struct {
	Key, ID     string
	Rev         int64 // as shown
	Name        string
	Phone       *string
	ShowPhone   bool
	HouseholdID string
}

// UpdatePerson changes a person's details. A number is a way into an account,
// so it takes the right over every post the person has; people may change
// whether their own is shown.
func (s *Service) UpdatePerson(ctx context.Context, actor auth.Actor, c UpdatePerson) error {
	if err := s.mayEditPerson(actor, c.ID); err != nil {
		return err
	}
	phone, request := "", c
	if c.Phone != nil {
		phone, request.Phone = *c.Phone, nil
	}
	_, err := run(ctx, s, actor, "network.update_person", c.Key, s.withoutPhone(request, phone), func(ctx context.Context, w *work) (string, record, error) {
		p, err := personByID(ctx, w.tx, c.ID)
		if err != nil {
			return "", record{}, err
		}
		if p.Rev != c.Rev {
			return "", record{}, errs.E(errs.Stale, "network.changed_since")
		}
		if c.ShowPhone != p.ShowPhone || c.Phone != nil && p.HasPhone {
			if err := s.mayKeepPhone(actor, p.ID); err != nil {
				return "", record{}, err
			}
		}
		return "", record{kind: "person", id: p.ID}, w.updatePerson(ctx, c, phone)
	})
	return err
}

func (s *Service) mayEditPerson(actor auth.Actor, personID string) error {
	posts := s.Tree().PostsOf(personID)
	if len(posts) == 0 && !s.policy.May(actor, ActAppoint) {
		return auth.Denied(actor)
	}
	for _, p := range posts {
		if err := s.mayAppoint(actor, p.UnitID); err != nil {
			return err
		}
	}
	return nil
}

// mayKeepPhone keeps numbers with the person and those above them in the line:
// who runs the machine could publish one to read it, or put their own in its place.
func (s *Service) mayKeepPhone(actor auth.Actor, personID string) error {
	denied := errs.E(errs.Forbidden, "network.phone_not_yours")
	posts := s.Tree().PostsOf(personID)
	if len(posts) == 0 && !s.policy.May(actor, ActKeepPhone) {
		return denied
	}
	for _, p := range posts {
		if s.policy.Can(actor, ActKeepPhone, auth.Object{UnitID: s.above(p.UnitID)}) != nil {
			return denied
		}
	}
	return nil
}

// KeepsPhone reports whether the actor may replace a person's number or show it.
func (s *Service) KeepsPhone(actor auth.Actor, personID string) bool {
	return s.mayKeepPhone(actor, personID) == nil
}

func (w *work) updatePerson(ctx context.Context, c UpdatePerson, phone string) error {
	name, err := checkName(c.Name)
	if err != nil {
		return err
	}
	if phone, err = checkPhone(phone); err != nil {
		return err
	}
	err = w.exec(ctx, `UPDATE person SET name = $1, show_phone = $2, household_id = $3, rev = $4 WHERE id = $5`,
		name, bit(c.ShowPhone), null(c.HouseholdID), w.rev, c.ID)
	if err == nil && c.Phone != nil {
		err = w.setPhone(ctx, "person", c.ID, phone)
	}
	return err
}

// ShowPhone asks that one's own number is shown to the public, or no longer.
type ShowPhone struct {
	Key  string
	Show bool
}

// ShowPhone is each person's own choice.
func (s *Service) ShowPhone(ctx context.Context, actor auth.Actor, c ShowPhone) error {
	if actor.PersonID == "" {
		return auth.Denied(actor)
	}
	_, err := run(ctx, s, actor, "network.show_phone", c.Key, c, func(ctx context.Context, w *work) (string, record, error) {
		err := w.exec(ctx, `UPDATE person SET show_phone = $1, rev = $2 WHERE id = $3`, bit(c.Show), w.rev, actor.PersonID)
		return "", record{"person", actor.PersonID, "", map[string]any{"show": c.Show}}, err
	})
	return err
}

// ShownPhones returns the numbers of those of the people who chose to show
// theirs. Nobody's task is needed for what is public.
func (s *Service) ShownPhones(ctx context.Context, personIDs []string) (map[string]string, error) {
	out := map[string]string{}
	if len(personIDs) == 0 {
		return out, nil
	}
	var args []any
	query := `SELECT id, phone FROM person WHERE show_phone = 1 AND phone IS NOT NULL AND id IN (` + list(&args, personIDs) + `)`
	err := each(ctx, s.db.Reader(), func(rows *sql.Rows) error {
		var id, sealed string
		if err := rows.Scan(&id, &sealed); err != nil {
			return err
		}
		phone, err := s.seal.Open(sealed, "person/phone/"+id)
		out[id] = phone
		return err
	}, query, args...)
	if err != nil {
		return nil, fmt.Errorf("network: shown numbers: %w", err)
	}
	return out, nil
}

// PersonsByPhone returns the people with a number, for one-time links and SMS
// codes. It tells nobody the number.
func (s *Service) PersonsByPhone(ctx context.Context, phone string) ([]string, error) {
	folded, ok := FoldPhone(phone)
	if !ok || folded == "" {
		return nil, nil
	}
	var out []string
	err := each(ctx, s.db.Reader(), func(rows *sql.Rows) error {
		var id string
		err := rows.Scan(&id)
		out = append(out, id)
		return err
	}, `SELECT id FROM person WHERE phone_index = $1 ORDER BY id`, s.seal.Index("phone", folded))
	return out, err
}

// What a telephone number belongs to.
const (
	PhoneOfPerson    = "person"
	PhoneOfHousehold = "household"
	PhoneOfCandidate = "selection"
)

// ReadPhone opens the sealed number of somebody in a post, or nominated for
// one, for a stated purpose: a working relation, of which they hear. The log row
// is part of the same transaction: no number is read that isn't recorded. A
// household's opens on a ground only; see ReadHousePhone.
func (s *Service) ReadPhone(ctx context.Context, actor auth.Actor, kind, id, purpose string) (string, error) {
	if kind == PhoneOfHousehold {
		return "", errs.E(errs.Forbidden, "network.needs_ground")
	}
	purpose, err := checkText("purpose", purpose, maxReasonLength)
	if err != nil {
		return "", err
	}
	var phone string
	err = s.db.Write(ctx, func(tx *sqldb.Tx) error {
		units, sealed, err := sealedPhone(ctx, tx, s.Tree(), kind, id)
		if err != nil {
			return err
		}
		reached, err := s.reachOf(ctx, tx, kind, id)
		if err != nil {
			return err
		}
		where := slices.Concat(units, reached.UnitIDs)
		if len(where) == 0 {
			return errs.E(errs.NotFound, "network.no_phone")
		}
		if err := s.mayRead(actor, kind, units); err != nil && !s.mayReach(actor, reached) {
			return err
		}
		if phone, err = s.seal.Open(sealed, kind+"/phone/"+id); err != nil {
			return err
		}
		return s.audit.Append(ctx, tx, audit.Entry{
			ActorID: actor.ID(), ActorName: actor.Name, Action: string(ActReadPhone),
			ObjectKind: kind, ObjectID: id, UnitID: where[0], Purpose: purpose,
		})
	})
	return phone, err
}

// sealedPhone returns a sealed number and the units whose tasks reach it: of a
// person those of their posts.
func sealedPhone(ctx context.Context, q sqldb.Querier, t *Tree, kind, id string) (units []string, sealed string, err error) {
	var phone, unit sql.NullString
	switch kind {
	case PhoneOfPerson:
		err = q.QueryRowContext(ctx, `SELECT phone, '' FROM person WHERE id = $1`, id).Scan(&phone, &unit)
		for _, p := range t.PostsOf(id) {
			units = append(units, p.UnitID)
		}
	case PhoneOfHousehold:
		err = q.QueryRowContext(ctx, `SELECT phone, unit_id FROM household WHERE id = $1`, id).Scan(&phone, &unit)
	case PhoneOfCandidate:
		err = q.QueryRowContext(ctx, `SELECT s.phone, p.unit_id FROM selection s JOIN post p ON p.id = s.post_id WHERE s.id = $1`, id).Scan(&phone, &unit)
	default:
		return nil, "", errs.E(errs.Invalid, "network.no_phone")
	}
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return nil, "", fmt.Errorf("network: read number: %w", err)
	}
	if unit.String != "" {
		units = append(units, unit.String)
	}
	if phone.String == "" {
		return nil, "", errs.E(errs.NotFound, "network.no_phone")
	}
	return units, phone.String, nil
}

// mayRead allows whoever has a task with one of the units, and of people in
// posts also those whom the post stands behind.
func (s *Service) mayRead(actor auth.Actor, kind string, units []string) error {
	action := ActReadPhone
	if kind == PhoneOfCandidate {
		action = ActSelectView
	}
	for _, unit := range units {
		if s.policy.Can(actor, action, auth.Object{UnitID: unit}) == nil {
			return nil
		}
		for _, own := range actor.Units() {
			if kind == PhoneOfPerson && s.policy.May(actor, action) && s.Contains(unit, own) {
				return nil
			}
		}
	}
	return auth.Denied(actor)
}

// digest shortens a request for comparison.
func digest(request any) string {
	text, err := json.Marshal(request)
	if err != nil {
		text = fmt.Append(nil, err)
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:])
}
