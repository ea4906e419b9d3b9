package auth

import (
	"context"
	"encoding/json"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"

	"bilin/internal/errs"
	"bilin/internal/sqldb"
)

// AskPasskey asks a browser to prove with a passkey who sits before it: nobody
// knows yet who that is.
func (s *Service) AskPasskey(ctx context.Context) (Challenge, error) {
	if s.site == nil {
		return Challenge{}, errs.E(errs.Conflict, "auth.no_passkeys_here")
	}
	options, session, err := s.site.BeginDiscoverableLogin(webauthn.WithUserVerification(protocol.VerificationRequired))
	if err != nil {
		return Challenge{}, err
	}
	return s.challenge(ctx, passkeyProof, "", options.Response, session)
}

// PasskeyLogin logs in whose passkey answered. The device has asked for its
// owner's finger, face or number, so nothing else is asked. Guesses at a
// password, which may hold the login back, don't stand in its way.
func (s *Service) PasskeyLogin(ctx context.Context, secret, answer string, from Origin) (Entry, error) {
	a, err := s.answered(ctx, secret, answer, from)
	if err != nil {
		return Entry{}, err
	}
	err = s.db.Write(ctx, func(tx *sqldb.Tx) error { return s.enter(ctx, tx, a, "", byPasskey, from) })
	return Entry{Account: a, by: byPasskey}, err
}

// answered checks a passkey's answer and returns whose it is.
func (s *Service) answered(ctx context.Context, secret, answer string, from Origin) (Account, error) {
	if s.site == nil {
		return Account{}, errs.E(errs.Conflict, "auth.no_passkeys_here")
	}
	_, session, err := s.asked(ctx, secret, passkeyProof)
	if err != nil {
		return Account{}, err
	}
	parsed, err := protocol.ParseCredentialRequestResponseBytes([]byte(answer))
	if err != nil {
		return Account{}, errs.Wrap(err, errs.Invalid, "auth.passkey_wrong")
	}
	var owner keyOwner
	find := func(_, handle []byte) (webauthn.User, error) {
		var err error
		owner, err = s.keyOwner(ctx, s.db.Reader(), string(handle))
		return owner, err
	}
	used, err := s.site.ValidateDiscoverableLogin(find, session, parsed)
	if err != nil || owner.account.Disabled {
		if failed := s.refused(ctx, owner.account, from); failed != nil {
			return Account{}, failed
		}
		return Account{}, errs.Wrap(err, errs.Invalid, "auth.passkey_wrong")
	}
	return owner.account, s.usedKey(ctx, owner, used, from)
}

// usedKey stores the key's counter. One that went backwards says that there are
// two of it: it opens nothing more until its owner has looked.
func (s *Service) usedKey(ctx context.Context, owner keyOwner, used *webauthn.Credential, from Origin) error {
	for _, k := range owner.keys {
		if k.ID != keyID(used.ID) {
			continue
		}
		text, err := json.Marshal(used)
		if err != nil {
			return err
		}
		k.credential, k.UsedAt = string(text), s.now()
		first := used.Authenticator.CloneWarning && !k.Warned
		k.Warned = k.Warned || used.Authenticator.CloneWarning
		err = s.db.Write(ctx, func(tx *sqldb.Tx) error {
			if err := updatePasskey(ctx, tx, k); err != nil || !first {
				return err
			}
			return s.record(ctx, tx, Actor{}, "account.passkey_copied", owner.account.ID, map[string]any{"device": from.Device})
		})
		if err == nil && k.Warned {
			return errs.E(errs.Forbidden, "auth.passkey_copied")
		}
		return err
	}
	return errs.E(errs.Invalid, "auth.passkey_wrong")
}

// refused records a failure of somebody who may be known.
func (s *Service) refused(ctx context.Context, a Account, from Origin) error {
	return s.db.Write(ctx, func(tx *sqldb.Tx) error {
		return s.record(ctx, tx, Actor{}, "account.login_failed", a.ID, map[string]any{"by": byPasskey, "device": from.Device})
	})
}
