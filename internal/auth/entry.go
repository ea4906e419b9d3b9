package auth

import (
	"context"

	"bilin/internal/errs"
	"bilin/internal/sqldb"
)

// Entry is a log-in: complete, or waiting for its second step. Only a complete
// one starts a session.
type Entry struct {
	Account
	Pending string // secret of the second step that is still due

	by string // what completed it
}

// begin completes the log-in of an account without a second factor, and asks
// the others for it.
func (s *Service) begin(ctx context.Context, tx *sqldb.Tx, a Account, renewed, by string, from Origin) (Entry, error) {
	if a.SecuredAt.IsZero() {
		return Entry{Account: a, by: by}, s.enter(ctx, tx, a, renewed, by, from)
	}
	if renewed != "" {
		if err := setPassword(ctx, tx, a.ID, renewed); err != nil {
			return Entry{}, err
		}
	}
	secret := newSecret(16)
	err := insertCeremony(ctx, tx, secret, ceremony{kind: secondStep, accountID: a.ID}, s.now().Add(ceremonyTime))
	return Entry{Account: a, Pending: secret}, err
}

// enter notes a complete log-in.
func (s *Service) enter(ctx context.Context, tx *sqldb.Tx, a Account, renewed, by string, from Origin) error {
	if err := touchAccount(ctx, tx, a.ID, renewed, s.now()); err != nil {
		return err
	}
	if err := s.knowPair(ctx, tx, a.Login, from); err != nil {
		return err
	}
	if err := s.enterFirst(ctx, tx, a, from); err != nil {
		return err
	}
	actor := Actor{AccountID: a.ID, Name: a.Name}
	return s.record(ctx, tx, actor, "account.login", a.ID, map[string]any{"by": by, "device": from.Device})
}

// SecondStep completes a log-in with a code of the authenticator or a recovery code.
func (s *Service) SecondStep(ctx context.Context, pending, code string, from Origin) (Entry, error) {
	c, found, err := loadCeremony(ctx, s.db.Reader(), pending, secondStep, s.now())
	if err != nil {
		return Entry{}, err
	}
	if !found {
		return Entry{}, errs.E(errs.Unauthenticated, "auth.step_over")
	}
	a, err := accountByID(ctx, s.db.Reader(), c.accountID)
	if err != nil {
		return Entry{}, err
	}
	if a.Disabled {
		return Entry{}, errs.E(errs.Unauthenticated, "auth.step_over")
	}
	by, err := s.checkCode(ctx, a, code, from)
	if err != nil {
		return Entry{}, err
	}
	err = s.db.Write(ctx, func(tx *sqldb.Tx) error {
		ended, err := endCeremony(ctx, tx, pending)
		if err == nil && !ended {
			err = errs.E(errs.Unauthenticated, "auth.step_over")
		}
		if err != nil {
			return err
		}
		return s.enter(ctx, tx, a, "", by, from)
	})
	return Entry{Account: a, by: by}, err
}

// checkCode takes a code, held back like a log-in, and says what it was.
func (s *Service) checkCode(ctx context.Context, a Account, code string, from Origin) (by string, err error) {
	tries := secondTries(a.ID, from.IP)
	if err := s.admit(ctx, tries); err != nil {
		return "", err
	}
	err = s.db.Write(ctx, func(tx *sqldb.Tx) error {
		if by, err = s.takeCode(ctx, tx, a.ID, code); err != nil {
			return err
		}
		if by == "" {
			return s.record(ctx, tx, Actor{}, "account.login_failed", a.ID, map[string]any{"by": "code", "device": from.Device})
		}
		for _, t := range tries {
			if err := dropTry(ctx, tx, t.key); err != nil {
				return err
			}
		}
		return nil
	})
	if err == nil && by == "" {
		err = wrongCode()
	}
	return by, err
}

// Proof is what somebody offers to prove again who they are: a code or a
// passkey's answer, or the password where there is no second factor.
type Proof struct {
	Word            string // code or password
	Secret, Passkey string // of a challenge, and its answer
	From            Origin
}

// Prove checks a proof of whoever is in a session already.
func (s *Service) prove(ctx context.Context, accountID string, p Proof) (by string, err error) {
	a, err := accountByID(ctx, s.db.Reader(), accountID)
	if err != nil {
		return "", err
	}
	switch {
	case p.Passkey != "":
		owner, err := s.answered(ctx, p.Secret, p.Passkey, p.From)
		if err == nil && owner.ID != accountID {
			err = errs.E(errs.Invalid, "auth.passkey_other")
		}
		return byPasskey, err
	case !a.SecuredAt.IsZero():
		return s.checkCode(ctx, a, p.Word, p.From)
	}
	err = s.confirmPassword(ctx, a, p.Word)
	return byPassword, asCode(err)
}

// asCode puts a complaint about the password at the one field of the page that
// asks for a proof.
func asCode(err error) error {
	if err != nil && errs.KindOf(err) == errs.Invalid {
		return errs.E(errs.Invalid, "auth.invalid").WithField("code", "auth.password_wrong")
	}
	return err
}

// HowToProve says what an account can prove itself with.
type HowToProve struct {
	Code, Passkey, Password bool
}

// HowToProve says what the actor can prove itself with.
func (s *Service) HowToProve(ctx context.Context, actor Actor) (HowToProve, error) {
	f, err := s.factors(ctx, actor.AccountID)
	if err != nil {
		return HowToProve{}, err
	}
	a, err := accountByID(ctx, s.db.Reader(), actor.AccountID)
	return HowToProve{Code: !f.TOTPSince.IsZero() || f.CodesLeft > 0, Passkey: len(f.Passkeys) > 0 && s.site != nil,
		Password: !f.Any() && a.Password != ""}, err
}
