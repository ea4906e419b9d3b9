package auth

import (
	"context"
	"slices"
	"time"

	"bilin/internal/errs"
	"bilin/internal/sqldb"
)

// What can prove who somebody is, in records and sessions.
const (
	byPassword = "password"
	byLink     = "link"
	byTOTP     = "totp"
	byPasskey  = "passkey"
	byRecovery = "recovery"
)

// defaultGrace is how long an official may work without a second factor, from
// the first log-in on.
const defaultGrace = 7 * 24 * time.Hour

// Factors is what an account has beside its password.
type Factors struct {
	TOTPSince time.Time // zero without an authenticator
	Passkeys  []Passkey
	CodesLeft int       // recovery codes not used yet
	Due       time.Time // when the account is locked without a factor; zero if it never is
	ResetAt   time.Time // when two people last took its factors away
	AskedAt   time.Time // since when a reset that was asked for waits; zero without one
}

// Any reports whether there is a second factor at all.
func (f Factors) Any() bool { return !f.TOTPSince.IsZero() || len(f.Passkeys) > 0 }

// Factors tells what an account has: one's own, or an administrator any.
func (s *Service) Factors(ctx context.Context, actor Actor, accountID string) (Factors, error) {
	if err := s.canKeep(actor, accountID); err != nil {
		return Factors{}, err
	}
	return s.factors(ctx, accountID)
}

func (s *Service) factors(ctx context.Context, accountID string) (Factors, error) {
	q := s.db.Reader()
	a, err := accountByID(ctx, q, accountID)
	if err != nil {
		return Factors{}, err
	}
	f := Factors{ResetAt: a.ResetAt}
	t, found, err := loadTOTP(ctx, q, accountID)
	if err != nil {
		return f, err
	}
	if found && !t.confirmedAt.IsZero() {
		f.TOTPSince = t.confirmedAt
	}
	if f.Passkeys, err = passkeysOf(ctx, q, accountID); err != nil {
		return f, err
	}
	if f.CodesLeft, err = codesLeft(ctx, q, accountID); err != nil {
		return f, err
	}
	if f.AskedAt, err = resetAsked(ctx, q, accountID, s.now()); err != nil {
		return f, err
	}
	grants, err := s.grantsOf(ctx, a)
	if err == nil && needsFactor(a, grants) {
		f.Due = a.EnteredAt.Add(s.grace)
	}
	return f, err
}

// needsFactor reports whether the account of somebody with these posts must
// get a second factor. A demo login is for trying things out.
func needsFactor(a Account, grants []Grant) bool {
	official := slices.ContainsFunc(grants, func(g Grant) bool { return g.Role.IsOfficial() })
	return official && !a.Demo && a.SecuredAt.IsZero() && !a.EnteredAt.IsZero()
}

// locked reports whether the days of grace are over.
func (s *Service) locked(a Account, grants []Grant) bool {
	return needsFactor(a, grants) && s.now().After(a.EnteredAt.Add(s.grace))
}

// secure notes a first factor, and makes recovery codes with it. Other sessions
// end: one that somebody else had open must not outlive it.
func (s *Service) secure(ctx context.Context, tx *sqldb.Tx, a Account, keep string) ([]string, error) {
	if err := s.endOthers(ctx, tx, a.ID, keep); err != nil {
		return nil, err
	}
	if !a.SecuredAt.IsZero() {
		return nil, nil
	}
	if err := setSecured(ctx, tx, a.ID, s.now()); err != nil {
		return nil, err
	}
	return s.freshCodes(ctx, tx, a.ID)
}

func (s *Service) endOthers(ctx context.Context, tx *sqldb.Tx, accountID, keep string) error {
	if err := endSessions(ctx, tx, accountID, keep); err != nil {
		return err
	}
	return s.tell(ctx, tx, accountID, "ended")
}

// recoveryCodes is how many codes somebody gets.
const recoveryCodes = 10

// freshCodes replaces an account's recovery codes. They are returned once and
// kept as hashes.
func (s *Service) freshCodes(ctx context.Context, tx *sqldb.Tx, accountID string) ([]string, error) {
	if err := dropCodes(ctx, tx, accountID); err != nil {
		return nil, err
	}
	codes := make([]string, recoveryCodes)
	for i := range codes {
		code := newSecret(10) // sixteen letters and digits
		if err := insertCode(ctx, tx, tokenHash(code), accountID); err != nil {
			return nil, err
		}
		codes[i] = code[:4] + "-" + code[4:8] + "-" + code[8:12] + "-" + code[12:]
	}
	return codes, nil
}

// NewCodes replaces one's own recovery codes.
func (s *Service) NewCodes(ctx context.Context, actor Actor) (codes []string, err error) {
	if err := s.policy.Can(actor, ActFactors, Object{}); err != nil {
		return nil, err
	}
	err = s.db.Write(ctx, func(tx *sqldb.Tx) error {
		a, err := accountByID(ctx, tx, actor.AccountID)
		if err != nil {
			return err
		}
		if a.SecuredAt.IsZero() {
			return errs.E(errs.Conflict, "auth.no_factor")
		}
		if codes, err = s.freshCodes(ctx, tx, a.ID); err != nil {
			return err
		}
		return s.record(ctx, tx, actor, "account.recovery_codes", a.ID, nil)
	})
	return codes, err
}

// takeCode uses up an authenticator's or a recovery code, and says which it
// was; "" if it is neither.
func (s *Service) takeCode(ctx context.Context, tx *sqldb.Tx, accountID, code string) (by string, err error) {
	code = foldCode(code)
	if !looksTimed(code) {
		used, err := useCode(ctx, tx, tokenHash(code), accountID, s.now())
		if used {
			by = byRecovery
		}
		return by, err
	}
	t, found, err := loadTOTP(ctx, tx, accountID)
	if err != nil || !found || t.confirmedAt.IsZero() {
		return "", err
	}
	key, err := s.totpKey(t)
	if err != nil {
		return "", err
	}
	step, ok := totpMatch(key, code, s.now(), t.lastStep)
	if !ok {
		return "", nil
	}
	return byTOTP, setTOTPStep(ctx, tx, accountID, step)
}

// mayDropFactor refuses to take the last factor away: another one comes first.
func mayDropFactor(a Account, left int) error {
	if left == 0 && !a.Demo {
		return errs.E(errs.Conflict, "auth.last_factor")
	}
	return nil
}

// dropped keeps the account's mark in step with what is left.
func (s *Service) dropped(ctx context.Context, tx *sqldb.Tx, a Account, left int, keep string) error {
	if left == 0 {
		if err := setSecured(ctx, tx, a.ID, time.Time{}); err != nil {
			return err
		}
		if err := dropCodes(ctx, tx, a.ID); err != nil {
			return err
		}
	}
	return s.endOthers(ctx, tx, a.ID, keep)
}

// FactorDue returns until when the actor must get a second factor, zero if it
// need not.
func (s *Service) FactorDue(ctx context.Context, actor Actor) (time.Time, error) {
	if actor.AccountID == "" || !actor.Official() {
		return time.Time{}, nil
	}
	a, err := accountByID(ctx, s.db.Reader(), actor.AccountID)
	if err != nil || !needsFactor(a, actor.Grants) {
		return time.Time{}, err
	}
	return a.EnteredAt.Add(s.grace), nil
}
