package auth

import (
	"context"
	"errors"
	"strings"

	"bilin/internal/errs"
	"bilin/internal/sqldb"
)

// NewAccount is the command to create an account.
type NewAccount struct {
	Login    string
	Name     string
	PersonID string
	Kind     Kind
	Password string // "" for none: the account then comes in by link
	Demo     bool
}

// CreateAccount creates an account.
func (s *Service) CreateAccount(ctx context.Context, actor Actor, cmd NewAccount) (Account, error) {
	if err := s.policy.Can(actor, ActManage, Object{}); err != nil {
		return Account{}, err
	}
	// What isn't made from the command line is an official's, and its owner
	// chooses the password: administrators are appointed by two.
	if !actor.System && (cmd.Kind != KindOfficial || cmd.Password != "" || cmd.Demo) {
		return Account{}, errs.E(errs.Forbidden, "auth.console_only")
	}
	a, err := s.prepare(ctx, cmd)
	if err != nil {
		return Account{}, err
	}
	if actor.System {
		a.ConfirmedAt = a.CreatedAt
	}
	if err := s.mayBe(ctx, a); err != nil {
		return Account{}, err
	}
	err = s.db.Write(ctx, func(tx *sqldb.Tx) error {
		if _, err := accountByLogin(ctx, tx, a.Login); err == nil {
			return errs.E(errs.Invalid, "auth.invalid").WithField("login", "auth.login_taken")
		} else if errs.KindOf(err) != errs.NotFound {
			return err
		}
		if err := oneAccount(ctx, tx, a); err != nil {
			return err
		}
		if err := insertAccount(ctx, tx, a); err != nil {
			return err
		}
		if err := awaitFirst(ctx, tx, actor, a, s.now()); err != nil {
			return err
		}
		return s.record(ctx, tx, actor, "account.create", a.ID, map[string]any{"login": a.Login, "kind": a.Kind})
	})
	return a, err
}

// oneAccount refuses somebody a second account of a kind: nobody comes in as
// another by a login that they know nothing of.
func oneAccount(ctx context.Context, tx *sqldb.Tx, a Account) error {
	if a.PersonID == "" {
		return nil
	}
	_, err := accountOfPerson(ctx, tx, a.PersonID, a.Kind)
	if err == nil {
		return errs.E(errs.Conflict, "auth.has_account")
	}
	if errs.KindOf(err) == errs.NotFound {
		return nil
	}
	return err
}

// mayBe refuses an administrator's account to somebody whose posts stand apart from it.
func (s *Service) mayBe(ctx context.Context, a Account) error {
	if a.Kind != KindAdmin || a.PersonID == "" {
		return nil
	}
	grants, err := s.grants.Grants(ctx, a.PersonID)
	if err != nil {
		return err
	}
	return MayHold(grants, Admin)
}

// prepare checks the command and hashes the password.
func (s *Service) prepare(ctx context.Context, cmd NewAccount) (Account, error) {
	a := Account{ID: sqldb.NewID(), Login: FoldLogin(cmd.Login), Name: strings.TrimSpace(cmd.Name),
		PersonID: cmd.PersonID, Kind: cmd.Kind, Demo: cmd.Demo, CreatedAt: s.now(), Version: 1}
	if err := checkLogin(a.Login); err != nil {
		return a, err
	}
	if a.Name == "" || len([]rune(a.Name)) > maxName {
		return a, errs.E(errs.Invalid, "auth.invalid").WithField("name", "auth.name_bad")
	}
	switch {
	case a.Kind != KindOfficial && a.Kind != KindLead && a.Kind != KindAdmin:
		return a, errs.E(errs.Invalid, "auth.invalid").WithField("kind", "auth.kind_bad")
	case a.Kind != KindAdmin && a.PersonID == "":
		return a, errs.E(errs.Invalid, "auth.invalid").WithField("person", "auth.person_missing")
	case cmd.Password == "":
		return a, nil
	}
	if err := CheckPassword(a.Login, cmd.Password); err != nil {
		return a, err
	}
	hash, err := s.hasher.Hash(ctx, cmd.Password)
	a.Password = hash
	return a, err
}

// Account returns an account by id.
func (s *Service) Account(ctx context.Context, actor Actor, id string) (Account, error) {
	if actor.AccountID != id {
		if err := s.policy.Can(actor, ActManage, Object{}); err != nil {
			return Account{}, err
		}
	}
	return accountByID(ctx, s.db.Reader(), id)
}

// Accounts lists accounts by login, those whose login or name begins with
// query, from after the login given.
func (s *Service) Accounts(ctx context.Context, actor Actor, query, after string, limit int) ([]Account, error) {
	if err := s.policy.Can(actor, ActManage, Object{}); err != nil {
		return nil, err
	}
	if query == "" {
		return queryAccounts(ctx, s.db.Reader(), `WHERE login > $1 ORDER BY login LIMIT $2`, after, limit)
	}
	login, name := FoldLogin(query), strings.TrimSpace(query)
	const last = "\U0010FFFF" // sorts behind whatever begins with the query
	return queryAccounts(ctx, s.db.Reader(), `WHERE login > $1 AND
		(login >= $2 AND login < $3 OR name >= $4 AND name < $5) ORDER BY login LIMIT $6`,
		after, login, login+last, name, name+last, limit)
}

// DemoAccounts returns the demo city's accounts with what their posts give
// them, none where there is no demo city. Whoever asks may know: the login
// page shows them.
func (s *Service) DemoAccounts(ctx context.Context) ([]Actor, error) {
	accounts, err := queryAccounts(ctx, s.db.Reader(), `WHERE demo = 1 AND disabled = 0 ORDER BY created_at, login LIMIT 30`)
	if err != nil {
		return nil, err
	}
	actors := make([]Actor, len(accounts))
	for i, a := range accounts {
		if actors[i], err = s.actorOf(ctx, a); err != nil {
			return nil, err
		}
	}
	return actors, nil
}

// SetDisabled closes or opens an account. Closing ends its sessions, links and tokens.
func (s *Service) SetDisabled(ctx context.Context, actor Actor, id string, disabled bool, version int) error {
	if err := s.policy.Can(actor, ActManage, Object{}); err != nil {
		return err
	}
	if id == actor.AccountID {
		return errs.E(errs.Conflict, "auth.not_oneself")
	}
	return s.change(ctx, id, version, func(tx *sqldb.Tx, a *Account) error {
		a.Disabled = disabled
		if !disabled {
			return s.record(ctx, tx, actor, "account.enable", id, nil)
		}
		if err := s.revokeAll(ctx, tx, id); err != nil {
			return err
		}
		return s.record(ctx, tx, actor, "account.disable", id, nil)
	})
}

// change loads an account, lets fn alter it and stores it. Version 0 takes it as it is.
func (s *Service) change(ctx context.Context, id string, version int, fn func(tx *sqldb.Tx, a *Account) error) error {
	return s.db.Write(ctx, func(tx *sqldb.Tx) error {
		a, err := accountByID(ctx, tx, id)
		if err != nil {
			return err
		}
		if version != 0 && version != a.Version {
			return errs.E(errs.Stale, "auth.stale")
		}
		if err := fn(tx, &a); err != nil {
			return err
		}
		return updateAccount(ctx, tx, a)
	})
}

// ChangePassword sets one's own password. Other sessions and the account's
// tokens end; keep is the session that stays.
func (s *Service) ChangePassword(ctx context.Context, actor Actor, current, wanted, keep string) error {
	if err := s.policy.Can(actor, ActSelf, Object{}); err != nil {
		return err
	}
	a, err := accountByID(ctx, s.db.Reader(), actor.AccountID)
	if err != nil {
		return err
	}
	if err := s.confirmPassword(ctx, a, current); err != nil {
		return err
	}
	if err := CheckPassword(a.Login, wanted); err != nil {
		return err
	}
	hash, err := s.hasher.Hash(ctx, wanted)
	if err != nil {
		return err
	}
	return s.change(ctx, a.ID, 0, func(tx *sqldb.Tx, a *Account) error {
		a.Password = hash
		if err := errors.Join(dropTokens(ctx, tx, a.ID), s.endOthers(ctx, tx, a.ID, keep)); err != nil {
			return err
		}
		return s.record(ctx, tx, actor, "account.password", a.ID, nil)
	})
}

// confirmPassword asks for the current password again, held back like a login.
func (s *Service) confirmPassword(ctx context.Context, a Account, password string) error {
	if a.Password == "" {
		return errs.E(errs.Conflict, "auth.no_password")
	}
	keys := tryKeys(a.Login, "self")[:1]
	if err := s.admit(ctx, keys); err != nil {
		return err
	}
	fits, _, err := s.hasher.Verify(ctx, a.Password, password)
	if err != nil {
		return err
	}
	if !fits {
		return errs.E(errs.Invalid, "auth.invalid").WithField("current", "auth.password_wrong")
	}
	return s.db.Write(ctx, func(tx *sqldb.Tx) error { return dropTry(ctx, tx, keys[0].key) })
}
