package honour

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"database/sql"
	"errors"
	"fmt"
	"math/big"
	"slices"
	"time"

	"bilin/internal/auth"
	"bilin/internal/errs"
	"bilin/internal/once"
	"bilin/internal/plaintext"
	"bilin/internal/seal"
	"bilin/internal/sqldb"
	"bilin/internal/workday"
)

func newCode() string {
	out := make([]byte, codeLength)
	for i := range out {
		n, err := rand.Int(rand.Reader, big.NewInt(int64(len(codeLetters))))
		if err != nil {
			panic(err) // the runtime ends the program first
		}
		out[i] = codeLetters[n.Int64()]
	}
	return string(out)
}

// certify gives a certificate to each nomination that has a place.
func (s *Service) certify(ctx context.Context, tx *sqldb.Tx, r *Round, list []Nomination) error {
	list = slices.DeleteFunc(list, func(n Nomination) bool { return n.name == "" }) // who was erased
	if len(list) == 0 {
		return nil
	}
	year := s.year()
	first, err := reserve(ctx, tx, certLetter, year, len(list))
	if err != nil {
		return err
	}
	certs := make([]Certificate, len(list))
	for i, n := range list {
		certs[i] = Certificate{Number: numbered(certLetter, year, first+i), Code: newCode(), RoundID: r.ID, NominationID: n.ID, Kind: n.Kind, PersonID: n.PersonID,
			UnitID: n.UnitID, Category: r.Category(n.Category).Name, State: Valid, Listed: true, Day: s.today(), Version: 1}
	}
	return insertCerts(ctx, tx, certs)
}

// Verified is what anybody is told of a certificate. A name stands only on a valid one.
type Verified struct {
	Full      string
	Number    string
	State     CertState
	Name      string
	UnitID    string
	Category  string
	Round     string
	Day       string
	RevokedOn string
}

// errUnknown is the answer to what is no certificate, whatever the reason.
func errUnknown() error { return errs.E(errs.NotFound, "honour.unknown") }

// Verify says what a certificate is worth, by its number and code as they were typed.
func (s *Service) Verify(ctx context.Context, typed string) (*Verified, error) {
	num, code, ok := certParts(typed)
	if !ok {
		return nil, errUnknown()
	}
	q := s.o.DB.Reader()
	list, err := certificates(ctx, q, `number = $1`, num)
	if err != nil {
		return nil, err
	}
	if len(list) == 0 || subtle.ConstantTimeCompare([]byte(list[0].Code), []byte(code)) != 1 {
		return nil, errUnknown()
	}
	c := &list[0]
	r, err := roundByID(ctx, q, c.RoundID)
	if err != nil {
		return nil, err
	}
	v := &Verified{Full: c.Full(), Number: c.Number, State: c.State, Round: r.Name, Category: c.Category, Day: c.Day, RevokedOn: c.RevokedOn}
	if c.State != Valid {
		return v, nil
	}
	v.UnitID = c.UnitID
	v.Name, err = s.nameOf(ctx, q, c.NominationID)
	if errors.Is(err, seal.ErrErased) || err == nil && v.Name == "" {
		v.State, v.Name, v.UnitID, err = Withdrawn, "", "", nil
	}
	return v, err
}

func (s *Service) nameOf(ctx context.Context, q sqldb.Querier, nominationID string) (string, error) {
	n, err := nominationByID(ctx, q, nominationID)
	if err != nil || n.name == "" {
		return "", err
	}
	return s.o.Vault.Open(ctx, n.ID, n.name, bound("name", n.ID))
}

// SignedStatement is what a valid certificate says, signed with the city's key:
// it can be checked without the city's server. Whether it was taken back since,
// only the page says.
func (s *Service) SignedStatement(ctx context.Context, typed string) (string, error) {
	v, err := s.Verify(ctx, typed)
	if err != nil {
		return "", err
	}
	if v.State != Valid {
		return "", errs.E(errs.Gone, "honour.not_valid")
	}
	return s.o.Signer.Sign(v.statement())
}

func (v *Verified) statement() string {
	return "bilin honour certificate\n" + v.Full + "\n" + plaintext.OneLine(v.Name) + "\n" + plaintext.OneLine(v.Category) + "\n" + plaintext.OneLine(v.Round) + "\n" + v.Day + "\n"
}

// Paper is what is printed of a certificate.
type Paper struct {
	Certificate
	Name, Round, Praise string
}

// Paper returns a valid certificate to whoever was honoured, and to the city office.
func (s *Service) Paper(ctx context.Context, actor auth.Actor, num string) (*Paper, error) {
	q := s.o.DB.Reader()
	c, err := certByNumber(ctx, q, num)
	if err != nil {
		return nil, err
	}
	if err := s.owns(actor, c); err != nil && s.runs(actor) != nil {
		return nil, err
	}
	if c.State != Valid {
		return nil, errs.E(errs.Conflict, "honour.not_valid")
	}
	r, err := roundByID(ctx, q, c.RoundID)
	if err != nil {
		return nil, err
	}
	byID, err := s.named(ctx, q, `id = $1`, c.NominationID)
	if err != nil {
		return nil, err
	}
	n := byID[c.NominationID]
	if n == nil || n.Name == "" {
		return nil, errs.E(errs.Conflict, "honour.not_valid")
	}
	return &Paper{*c, n.Name, r.Name, n.Praise}, nil
}

func (s *Service) owns(actor auth.Actor, c *Certificate) error {
	if c.PersonID == "" || c.PersonID != actor.PersonID {
		return auth.Denied(actor)
	}
	return nil
}

// changeCert runs a command on a certificate.
func (s *Service) changeCert(ctx context.Context, actor auth.Actor, action, key, num string, version int, request any, do func(tx *sqldb.Tx, c *Certificate) error) error {
	return s.o.DB.Write(ctx, func(tx *sqldb.Tx) error {
		_, err := once.Do(ctx, tx, action+"/"+actor.ID(), key, [...]any{num, request}, s.now(), func() (bool, error) {
			c, err := certByNumber(ctx, tx, num)
			if err != nil {
				return false, err
			}
			if err := do(tx, c); err != nil {
				return false, err
			}
			if err := shown(c.Version, version); err != nil {
				return false, err
			}
			if err := updateCert(ctx, tx, c); err != nil {
				return false, fmt.Errorf("honour: %s: %w", action, err)
			}
			return true, s.finish(ctx, tx, actor, action, "honour_certificate", c.Number, c.UnitID, c.RoundID)
		})
		return err
	})
}

// List puts whoever is honoured on the public page, or takes them off it: their
// own wish, or one they told the city office.
func (s *Service) List(ctx context.Context, actor auth.Actor, key, num string, listed bool, version int) error {
	return s.changeCert(ctx, actor, "honour.list", key, num, version, listed, func(_ *sqldb.Tx, c *Certificate) error {
		if err := s.owns(actor, c); err != nil && (s.runs(actor) != nil || listed) {
			return err
		}
		c.Listed = listed
		return nil
	})
}

// AskRevoke asks that a certificate is taken back, with the reason. A member of
// the panel decides.
func (s *Service) AskRevoke(ctx context.Context, actor auth.Actor, key, num, reason string, version int) error {
	if err := s.runs(actor); err != nil {
		return err
	}
	reason, err := text("reason", reason, 10, MaxObjection)
	if err != nil {
		return err
	}
	c, err := certByNumber(ctx, s.o.DB.Reader(), num)
	if err != nil {
		return err
	}
	sealed, err := s.o.Vault.Seal(ctx, c.NominationID, reason, bound("reason", c.NominationID))
	if err != nil {
		return err
	}
	return s.changeCert(ctx, actor, "honour.ask_revoke", key, num, version, s.same(reason), func(_ *sqldb.Tx, c *Certificate) error {
		c.reason = sealed
		return c.askRevoke(actor.Human())
	})
}

// DecideRevoke takes a certificate back, or leaves it: somebody of the panel who
// didn't ask for it and isn't kept from the nomination.
func (s *Service) DecideRevoke(ctx context.Context, actor auth.Actor, key, num string, agree bool, version int) error {
	return s.changeCert(ctx, actor, "honour.revoke", key, num, version, agree, func(tx *sqldb.Tx, c *Certificate) error {
		me, _, err := s.judge(ctx, tx, actor, c.RoundID)
		if err != nil {
			return err
		}
		kept, err := s.keptFrom(ctx, tx, c.RoundID)
		if err != nil {
			return err
		}
		switch {
		case kept[Recusal{PersonID: me.PersonID, NominationID: c.NominationID}]:
			return errs.E(errs.Forbidden, "honour.recused")
		case agree:
			return c.revoke(actor.Human(), s.today())
		}
		return c.keep(actor.Human())
	})
}

// HonoursOf are somebody's valid honours.
func (s *Service) HonoursOf(ctx context.Context, personID string) ([]Honoured, error) {
	if personID == "" {
		return nil, nil
	}
	return s.honoured(ctx, `c.person_id = $1 AND c.state = 'valid' ORDER BY c.number`, personID)
}

// Honoured lists the people with a valid honour who are on the public page, by
// the certificates' numbers. Nothing orders them by anything they did.
func (s *Service) Honoured(ctx context.Context) ([]Honoured, error) {
	return s.honoured(ctx, `c.person_id <> '' AND c.state = 'valid' AND c.listed = 1 ORDER BY c.number`)
}

func (s *Service) honoured(ctx context.Context, where string, args ...any) ([]Honoured, error) {
	type row struct {
		Honoured
		id, sealed string
	}
	rows, err := sqldb.Collect(ctx, s.o.DB.Reader(), func(r *sql.Rows, x *row) error {
		return r.Scan(&x.PersonID, &x.UnitID, &x.Category, &x.Day, &x.Round, &x.id, &x.sealed)
	}, `SELECT c.person_id, c.unit_id, c.category, c.day, r.name, n.id, n.name FROM honour_certificate c
		JOIN honour_round r ON r.id = c.round_id JOIN honour_nomination n ON n.id = c.nomination_id WHERE `+where, args...)
	if err != nil {
		return nil, err
	}
	items := make([]seal.Item, len(rows))
	for i, x := range rows {
		items[i] = seal.Item{Subject: x.id, Text: x.sealed, Binding: bound("name", x.id)}
	}
	names, failed, err := s.o.Vault.OpenAll(ctx, items)
	if err != nil {
		return nil, err
	}
	var out []Honoured
	for i, x := range rows {
		if failed[i] == nil { // whoever was erased a moment ago
			x.Name = names[i]
			out = append(out, x.Honoured)
		}
	}
	return out, nil
}

// daysAgo is the moment so many days ago.
func (s *Service) daysAgo(n int) time.Time { return s.o.Now().In(workday.City).AddDate(0, 0, -n) }

// GiveUp erases whoever was honoured, by their own wish: the number says withdrawn
// from then on.
func (s *Service) GiveUp(ctx context.Context, actor auth.Actor, key, num string, version int) error {
	return s.o.DB.Write(ctx, func(tx *sqldb.Tx) error {
		_, err := once.Do(ctx, tx, "honour.give_up/"+actor.ID(), key, num, s.now(), func() (bool, error) {
			c, err := certByNumber(ctx, tx, num)
			if err != nil {
				return false, err
			}
			if err := s.owns(actor, c); err != nil {
				return false, err
			}
			if err := shown(c.Version, version); err != nil {
				return false, err
			}
			if err := s.end(ctx, tx, "given_up", c.NominationID); err != nil {
				return false, err
			}
			return true, s.finish(ctx, tx, actor, "honour.give_up", "honour_certificate", c.Number, c.UnitID, c.RoundID)
		})
		return err
	})
}
