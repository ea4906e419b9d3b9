package auth

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"net/netip"
	"net/url"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"

	"bilin/internal/errs"
	"bilin/internal/sqldb"
)

const (
	ceremonyTime = 10 * time.Minute
	maxPasskeys  = 20
)

// newPasskeys returns what checks passkeys for the site at an address, nil where
// browsers offer none: they are bound to a name over HTTPS, or to localhost.
func newPasskeys(site string) *webauthn.WebAuthn {
	u, err := url.Parse(site)
	if err != nil || u.Hostname() == "" || u.Scheme != "https" && u.Hostname() != "localhost" {
		return nil
	}
	if _, err := netip.ParseAddr(u.Hostname()); err == nil {
		return nil
	}
	w, err := webauthn.New(&webauthn.Config{
		RPID: u.Hostname(), RPDisplayName: issuer, RPOrigins: []string{u.Scheme + "://" + u.Host},
		AttestationPreference: protocol.PreferNoAttestation,
		AuthenticatorSelection: protocol.AuthenticatorSelection{
			ResidentKey: protocol.ResidentKeyRequirementRequired, UserVerification: protocol.VerificationRequired,
		},
	})
	if err != nil {
		return nil
	}
	return w
}

// Passkeys reports whether the site can take passkeys.
func (s *Service) Passkeys() bool { return s.site != nil }

// keyOwner is an account as the library wants to see it.
type keyOwner struct {
	account Account
	keys    []Passkey
}

// WebAuthnID is what a passkey knows its owner by: our random id.
func (o keyOwner) WebAuthnID() []byte { return []byte(o.account.ID) }

// WebAuthnName is what a browser shows.
func (o keyOwner) WebAuthnName() string { return o.account.Login }

// WebAuthnDisplayName is what a browser may show instead.
func (o keyOwner) WebAuthnDisplayName() string { return o.account.Name }

// WebAuthnCredentials are the keys there are. One that can't be read is none.
func (o keyOwner) WebAuthnCredentials() []webauthn.Credential {
	var list []webauthn.Credential
	for _, k := range o.keys {
		var c webauthn.Credential
		if json.Unmarshal([]byte(k.credential), &c) == nil {
			list = append(list, c)
		}
	}
	return list
}

func (s *Service) keyOwner(ctx context.Context, q sqldb.Querier, accountID string) (keyOwner, error) {
	a, err := accountByID(ctx, q, accountID)
	if err != nil {
		return keyOwner{}, err
	}
	keys, err := passkeysOf(ctx, q, accountID)
	return keyOwner{a, keys}, err
}

// Challenge is what a browser is asked to sign, and the secret that ties the
// answer to the question.
type Challenge struct {
	Secret  string `json:"secret"`
	Options any    `json:"options"` // for navigator.credentials
}

// BeginPasskey asks one's own browser for a new passkey.
func (s *Service) BeginPasskey(ctx context.Context, actor Actor) (Challenge, error) {
	if err := s.policy.Can(actor, ActFactors, Object{}); err != nil {
		return Challenge{}, err
	}
	if s.site == nil {
		return Challenge{}, errs.E(errs.Conflict, "auth.no_passkeys_here")
	}
	owner, err := s.keyOwner(ctx, s.db.Reader(), actor.AccountID)
	if err != nil {
		return Challenge{}, err
	}
	switch {
	case owner.account.Kind == KindLead:
		return Challenge{}, errs.E(errs.Conflict, "auth.lead_factor")
	case len(owner.keys) >= maxPasskeys:
		return Challenge{}, errs.E(errs.Conflict, "auth.many_passkeys", "n", maxPasskeys)
	}
	var known []protocol.CredentialDescriptor
	for _, c := range owner.WebAuthnCredentials() {
		known = append(known, c.Descriptor())
	}
	options, session, err := s.site.BeginRegistration(owner, webauthn.WithExclusions(known))
	if err != nil {
		return Challenge{}, err
	}
	return s.challenge(ctx, passkeyNew, actor.AccountID, options.Response, session)
}

// challenge keeps the question until its answer comes.
func (s *Service) challenge(ctx context.Context, kind, accountID string, options any, session *webauthn.SessionData) (Challenge, error) {
	data, err := json.Marshal(session)
	if err != nil {
		return Challenge{}, err
	}
	secret := newSecret(16)
	err = s.db.Write(ctx, func(tx *sqldb.Tx) error {
		return insertCeremony(ctx, tx, secret, ceremony{kind, accountID, string(data)}, s.now().Add(ceremonyTime))
	})
	return Challenge{secret, options}, err
}

// asked takes a question back out, once.
func (s *Service) asked(ctx context.Context, secret, kind string) (ceremony, webauthn.SessionData, error) {
	var session webauthn.SessionData
	var c ceremony
	err := s.db.Write(ctx, func(tx *sqldb.Tx) error {
		var found bool
		var err error
		if c, found, err = loadCeremony(ctx, tx, secret, kind, s.now()); err != nil {
			return err
		}
		if found {
			found, err = endCeremony(ctx, tx, secret)
		}
		if err == nil && !found {
			err = errs.E(errs.Invalid, "auth.step_over")
		}
		return err
	})
	if err != nil {
		return c, session, err
	}
	return c, session, json.Unmarshal([]byte(c.data), &session)
}

// AddPasskey takes the new key. With a first factor come recovery codes, which
// are returned once. Sessions other than keep end.
func (s *Service) AddPasskey(ctx context.Context, actor Actor, secret, answer, name, keep string) (codes []string, err error) {
	if err := s.policy.Can(actor, ActFactors, Object{}); err != nil {
		return nil, err
	}
	if name, err = checkKeyName(name); err != nil {
		return nil, err
	}
	key, err := s.newKey(ctx, actor, secret, answer)
	if err != nil {
		return nil, err
	}
	key.Name = name
	err = s.db.Write(ctx, func(tx *sqldb.Tx) error {
		a, err := accountByID(ctx, tx, actor.AccountID)
		if err != nil {
			return err
		}
		if err := insertPasskey(ctx, tx, key); err != nil {
			return err
		}
		if codes, err = s.secure(ctx, tx, a, keep); err != nil {
			return err
		}
		return s.record(ctx, tx, actor, "account.factor", a.ID, map[string]any{"kind": byPasskey})
	})
	return codes, err
}

func checkKeyName(name string) (string, error) {
	name = strings.TrimSpace(name)
	if name == "" || utf8.RuneCountInString(name) > maxName {
		return "", errs.E(errs.Invalid, "auth.invalid").WithField("name", "auth.key_name_bad")
	}
	return name, nil
}

func (s *Service) newKey(ctx context.Context, actor Actor, secret, answer string) (Passkey, error) {
	if s.site == nil {
		return Passkey{}, errs.E(errs.Conflict, "auth.no_passkeys_here")
	}
	c, session, err := s.asked(ctx, secret, passkeyNew)
	if err != nil {
		return Passkey{}, err
	}
	if c.accountID != actor.AccountID {
		return Passkey{}, errs.E(errs.Invalid, "auth.step_over")
	}
	owner, err := s.keyOwner(ctx, s.db.Reader(), actor.AccountID)
	if err != nil {
		return Passkey{}, err
	}
	parsed, err := protocol.ParseCredentialCreationResponseBytes([]byte(answer))
	if err != nil {
		return Passkey{}, errs.Wrap(err, errs.Invalid, "auth.passkey_wrong")
	}
	made, err := s.site.CreateCredential(owner, session, parsed)
	if err != nil {
		return Passkey{}, errs.Wrap(err, errs.Invalid, "auth.passkey_wrong")
	}
	made.Attestation = webauthn.CredentialAttestation{} // which maker's device it is, we don't ask
	text, err := json.Marshal(made)
	return Passkey{ID: keyID(made.ID), AccountID: actor.AccountID, credential: string(text), CreatedAt: s.now()}, err
}

func keyID(raw []byte) string { return base64.RawURLEncoding.EncodeToString(raw) }

// RenamePasskey gives one's own passkey another name.
func (s *Service) RenamePasskey(ctx context.Context, actor Actor, id, name string) error {
	if err := s.policy.Can(actor, ActSelf, Object{}); err != nil {
		return err
	}
	name, err := checkKeyName(name)
	if err != nil {
		return err
	}
	return s.db.Write(ctx, func(tx *sqldb.Tx) error { return renamePasskey(ctx, tx, actor.AccountID, id, name) })
}

// DropPasskey takes one's own passkey away, unless nothing else is left.
func (s *Service) DropPasskey(ctx context.Context, actor Actor, id, keep string) error {
	if err := s.policy.Can(actor, ActFactors, Object{}); err != nil {
		return err
	}
	return s.db.Write(ctx, func(tx *sqldb.Tx) error {
		a, err := accountByID(ctx, tx, actor.AccountID)
		if err != nil {
			return err
		}
		if err := deletePasskey(ctx, tx, a.ID, id); err != nil {
			return err
		}
		left, err := s.factorsLeft(ctx, tx, a.ID)
		if err != nil {
			return err
		}
		if err := mayDropFactor(a, left); err != nil {
			return err
		}
		if err := s.dropped(ctx, tx, a, left, keep); err != nil {
			return err
		}
		return s.record(ctx, tx, actor, "account.factor_end", a.ID, map[string]any{"kind": byPasskey})
	})
}

func (s *Service) factorsLeft(ctx context.Context, tx *sqldb.Tx, accountID string) (int, error) {
	keys, err := passkeysOf(ctx, tx, accountID)
	if err != nil {
		return 0, err
	}
	t, found, err := loadTOTP(ctx, tx, accountID)
	if found && !t.confirmedAt.IsZero() {
		return len(keys) + 1, err
	}
	return len(keys), err
}
