package auth

import (
	"context"
	"crypto/rand"
	"time"

	"bilin/internal/errs"
	"bilin/internal/sqldb"
)

// issuer is the name under which an authenticator lists us.
const issuer = "比邻 Bilin"

// totp is an account's authenticator.
type totp struct {
	accountID   string
	secret      string // sealed
	next        string // sealed: of the one that is to take its place; "" where none is
	lastStep    int64
	confirmedAt time.Time // zero until a first code was right
}

func totpBinding(accountID string) string { return "totp/secret/" + accountID }

func (s *Service) totpKey(t totp) ([]byte, error) {
	return s.openTOTP(t, t.secret)
}

func (s *Service) openTOTP(t totp, sealed string) ([]byte, error) {
	text, err := s.seal.Open(sealed, totpBinding(t.accountID))
	if err != nil {
		return nil, err
	}
	return totpText.DecodeString(text)
}

// Authenticator is an authenticator that is being set up.
type Authenticator struct {
	Secret string // to type in, in groups of four
	URI    string // for the QR code
}

// pending is the secret that is being set up, sealed; "" where none is.
func (t totp) pending() string {
	if t.confirmedAt.IsZero() {
		return t.secret
	}
	return t.next
}

// BeginAuthenticator makes a secret for one's own authenticator. It counts only
// once a code of it was right; until then the one before it does.
func (s *Service) BeginAuthenticator(ctx context.Context, actor Actor) error {
	if err := s.policy.Can(actor, ActFactors, Object{}); err != nil {
		return err
	}
	key := make([]byte, totpKey)
	rand.Read(key) // never fails
	sealed, err := s.seal.Seal(totpText.EncodeToString(key), totpBinding(actor.AccountID))
	if err != nil {
		return err
	}
	return s.db.Write(ctx, func(tx *sqldb.Tx) error {
		a, err := accountByID(ctx, tx, actor.AccountID)
		if err != nil {
			return err
		}
		if a.Kind == KindLead {
			return errs.E(errs.Conflict, "auth.lead_factor")
		}
		return putTOTP(ctx, tx, a.ID, sealed, s.now())
	})
}

// Authenticator returns the one that is being set up, to show its code.
func (s *Service) Authenticator(ctx context.Context, actor Actor) (Authenticator, error) {
	if err := s.policy.Can(actor, ActFactors, Object{}); err != nil {
		return Authenticator{}, err
	}
	t, found, err := loadTOTP(ctx, s.db.Reader(), actor.AccountID)
	if err != nil {
		return Authenticator{}, err
	}
	if !found || t.pending() == "" {
		return Authenticator{}, errs.E(errs.NotFound, "auth.totp_none")
	}
	secret, err := s.seal.Open(t.pending(), totpBinding(t.accountID))
	return Authenticator{Secret: grouped(secret), URI: totpURI(issuer, actor.Login, secret)}, err
}

func grouped(s string) string {
	var out []byte
	for i := range len(s) {
		if i > 0 && i%4 == 0 {
			out = append(out, ' ')
		}
		out = append(out, s[i])
	}
	return string(out)
}

// ConfirmAuthenticator takes the first code. With a first factor come recovery
// codes, which are returned once. Sessions other than keep end.
func (s *Service) ConfirmAuthenticator(ctx context.Context, actor Actor, code, keep string) (codes []string, err error) {
	if err := s.policy.Can(actor, ActFactors, Object{}); err != nil {
		return nil, err
	}
	tries := secondTries(actor.AccountID, "self")[:1]
	if err := s.admit(ctx, tries); err != nil {
		return nil, err
	}
	err = s.db.Write(ctx, func(tx *sqldb.Tx) error {
		codes, err = s.confirmTOTP(ctx, tx, actor, foldCode(code), keep)
		if err != nil {
			return err
		}
		return dropTry(ctx, tx, tries[0].key)
	})
	return codes, err
}

func (s *Service) confirmTOTP(ctx context.Context, tx *sqldb.Tx, actor Actor, code, keep string) ([]string, error) {
	a, err := accountByID(ctx, tx, actor.AccountID)
	if err != nil {
		return nil, err
	}
	t, found, err := loadTOTP(ctx, tx, a.ID)
	if err != nil {
		return nil, err
	}
	if !found || t.pending() == "" {
		return nil, errs.E(errs.NotFound, "auth.totp_none")
	}
	key, err := s.openTOTP(t, t.pending())
	if err != nil {
		return nil, err
	}
	step, ok := totpMatch(key, code, s.now(), 0)
	if !ok {
		return nil, wrongCode()
	}
	if err := confirmTOTPRow(ctx, tx, a.ID, step, s.now()); err != nil {
		return nil, err
	}
	codes, err := s.secure(ctx, tx, a, keep)
	if err != nil {
		return nil, err
	}
	return codes, s.record(ctx, tx, actor, "account.factor", a.ID, map[string]any{"kind": byTOTP})
}

func wrongCode() error {
	return errs.E(errs.Invalid, "auth.invalid").WithField("code", "auth.code_wrong")
}

// DropAuthenticator takes one's own authenticator away, unless nothing else is left.
func (s *Service) DropAuthenticator(ctx context.Context, actor Actor, keep string) error {
	if err := s.policy.Can(actor, ActFactors, Object{}); err != nil {
		return err
	}
	return s.db.Write(ctx, func(tx *sqldb.Tx) error {
		a, err := accountByID(ctx, tx, actor.AccountID)
		if err != nil {
			return err
		}
		keys, err := passkeysOf(ctx, tx, a.ID)
		if err != nil {
			return err
		}
		if err := mayDropFactor(a, len(keys)); err != nil {
			return err
		}
		if err := dropTOTP(ctx, tx, a.ID); err != nil {
			return err
		}
		if err := s.dropped(ctx, tx, a, len(keys), keep); err != nil {
			return err
		}
		return s.record(ctx, tx, actor, "account.factor_end", a.ID, map[string]any{"kind": byTOTP})
	})
}
