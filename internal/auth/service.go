package auth

import (
	"context"
	"log/slog"
	"time"

	"github.com/go-webauthn/webauthn/webauthn"

	"bilin/internal/audit"
	"bilin/internal/sqldb"
)

// Recorder keeps the record of what was done; the audit log is one.
type Recorder interface {
	Append(ctx context.Context, tx *sqldb.Tx, entry audit.Entry) error
}

// Publisher tells open pages that something changed; the live hub is one.
type Publisher interface {
	Publish(ctx context.Context, tx *sqldb.Tx, topic, data string) error
}

// Options are what the service is made of. Live, Tell, Now, Logger and Hashing may be left out.
type Options struct {
	DB      *sqldb.DB
	Policy  *Policy
	Grants  GrantSource
	Audit   Recorder
	Live    Publisher
	Tell    Messenger // tells owners of their accounts, wherever they can be reached
	Now     func() time.Time
	Logger  *slog.Logger
	Hashing Params
	Seal    Sealer        // seals authenticators' secrets; without it there are none
	Site    string        // address under which browsers reach us, which passkeys are bound to
	Grace   time.Duration // without a second factor, from the first log-in on; 0 is a week, below 0 none
}

// Sealer seals fields bound to their row.
type Sealer interface {
	Seal(plain, binding string) (string, error)
	Open(sealed, binding string) (string, error)
}

// Service keeps accounts and proves who somebody is.
type Service struct {
	db     *sqldb.DB
	policy *Policy
	grants GrantSource
	audit  Recorder
	live   Publisher
	out    Messenger
	now    func() time.Time
	log    *slog.Logger
	hasher *hasher
	seal   Sealer
	site   *webauthn.WebAuthn // nil where browsers offer no passkeys
	grace  time.Duration
}

// New returns the service.
func New(opt Options) *Service {
	if opt.Now == nil {
		opt.Now = time.Now
	}
	if opt.Logger == nil {
		opt.Logger = slog.New(slog.DiscardHandler)
	}
	if opt.Hashing == (Params{}) {
		opt.Hashing = DefaultParams()
	}
	if opt.Grace == 0 {
		opt.Grace = defaultGrace
	}
	return &Service{db: opt.DB, policy: opt.Policy, grants: opt.Grants, audit: opt.Audit, live: opt.Live, out: opt.Tell,
		now: opt.Now, log: opt.Logger, hasher: newHasher(opt.Hashing),
		seal: opt.Seal, site: newPasskeys(opt.Site), grace: max(0, opt.Grace)}
}

// Policy returns the rules the service decides by.
func (s *Service) Policy() *Policy { return s.policy }

// actorOf loads the rights of an account. They are asked for anew on each
// request: a post that ended a second ago gives none.
func (s *Service) actorOf(ctx context.Context, a Account) (Actor, error) {
	grants, err := s.grantsOf(ctx, a)
	return Actor{AccountID: a.ID, PersonID: a.PersonID, Login: a.Login, Name: a.Name, Grants: grants, Unconfirmed: a.ConfirmedAt.IsZero()}, err
}

// grantsOf returns what an account's posts give it.
func (s *Service) grantsOf(ctx context.Context, a Account) ([]Grant, error) {
	var list []Grant
	if a.Kind == KindAdmin {
		list = []Grant{{Role: Admin, UnitID: s.policy.tree.RootID()}}
	}
	if a.PersonID == "" {
		return list, nil
	}
	grants, err := s.grants.Grants(ctx, a.PersonID)
	if err != nil {
		return nil, err
	}
	for _, g := range grants {
		if a.Kind != KindLead || g.Role.IsLead() {
			list = append(list, g)
		}
	}
	return Separate(list), nil
}

// record appends an audit row about an account. Nothing personal goes in.
func (s *Service) record(ctx context.Context, tx *sqldb.Tx, actor Actor, action, accountID string, detail any) error {
	return s.audit.Append(ctx, tx, audit.Entry{
		ActorID: actor.ID(), ActorName: actor.Name, Action: action,
		ObjectKind: "account", ObjectID: accountID, Detail: detail,
	})
}

// tell wakes the account's open pages.
func (s *Service) tell(ctx context.Context, tx *sqldb.Tx, accountID, what string) error {
	if s.live == nil {
		return nil
	}
	return s.live.Publish(ctx, tx, "account:"+accountID, what)
}

// Sweep forgets what has run out: sessions, links, tokens, failed log-ins.
func (s *Service) Sweep(ctx context.Context) error {
	now := sqldb.Millis(s.now())
	day := forgetTry.Milliseconds()
	return s.db.Write(ctx, func(tx *sqldb.Tx) error {
		for _, d := range []struct {
			query  string
			before int64
		}{
			{`DELETE FROM session WHERE expires_at < $1`, now},
			{`DELETE FROM link WHERE expires_at < $1`, now - 30*day},
			{`DELETE FROM token WHERE expires_at < $1`, now - 30*day},
			{`DELETE FROM login_try WHERE last_at < $1 AND until < $1`, now - day},
			{`DELETE FROM ceremony WHERE expires_at < $1`, now},
			{`DELETE FROM first_login WHERE at < $1 AND outcome <> ''`, now - 365*day},
			{`DELETE FROM factor_reset WHERE expires_at < $1`, now - 365*day},
		} {
			if _, err := tx.ExecContext(ctx, d.query, d.before); err != nil {
				return err
			}
		}
		return nil
	})
}
