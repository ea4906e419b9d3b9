package auth

import (
	"context"
	"time"

	"bilin/internal/errs"
	"bilin/internal/sqldb"
)

// Origin is where a log-in comes from.
type Origin struct {
	IP     string
	Device string // see [Device]
}

// Login checks login and password. The answer to a wrong password, an unknown
// login and a disabled account is one and the same, and takes the same time.
func (s *Service) Login(ctx context.Context, login, password string, from Origin) (Entry, error) {
	login = FoldLogin(login)
	if len(login) > maxLogin || len(password) > maxPassword {
		return Entry{}, errs.E(errs.Unauthenticated, "auth.wrong_login")
	}
	tries := tryKeys(login, from.IP)
	if err := s.admitKnown(ctx, tries, login, from); err != nil {
		return Entry{}, err
	}
	a, err := accountByLogin(ctx, s.db.Reader(), login)
	if err != nil && errs.KindOf(err) != errs.NotFound {
		return Entry{}, err
	}
	fits, renew, err := s.hasher.Verify(ctx, a.Password, password)
	if err != nil {
		return Entry{}, err
	}
	if !fits || a.Disabled {
		return Entry{}, s.refuse(ctx, a, from)
	}
	renewed := ""
	if renew {
		if renewed, err = s.hasher.Hash(ctx, password); err != nil {
			return Entry{}, err
		}
	}
	return s.accept(ctx, a, renewed, tries, from)
}

// admit counts the attempt, or refuses it while one of its keys is locked.
func (s *Service) admit(ctx context.Context, tries []try) error {
	return s.db.Write(ctx, func(tx *sqldb.Tx) error { return s.count(ctx, tx, tries, len(tries)) })
}

// admitKnown is admit for a log-in. Where the login came in from lately, only
// failures of just that pair hold it back: whoever guesses from elsewhere can't
// lock its owner out.
func (s *Service) admitKnown(ctx context.Context, tries []try, login string, from Origin) error {
	return s.db.Write(ctx, func(tx *sqldb.Tx) error {
		pair, err := loadTry(ctx, tx, knownPair(login, from.IP))
		if err != nil {
			return err
		}
		binding := len(tries)
		if pair.until.After(s.now()) {
			binding = 1
		}
		return s.count(ctx, tx, tries, binding)
	})
}

// count counts an attempt under each key; the locks of the first ones bind it.
func (s *Service) count(ctx context.Context, tx *sqldb.Tx, tries []try, binding int) error {
	now := s.now()
	var wait time.Duration
	for i, t := range tries {
		t, err := loadTry(ctx, tx, t)
		if err != nil {
			return err
		}
		if i < binding {
			wait = max(wait, t.locked(now))
		}
		tries[i] = t.count(now)
	}
	if wait > 0 {
		return lockedFor(wait)
	}
	for _, t := range tries {
		if err := storeTry(ctx, tx, t); err != nil {
			return err
		}
	}
	return nil
}

// knowPair remembers that a login came in from an address.
func (s *Service) knowPair(ctx context.Context, tx *sqldb.Tx, login string, from Origin) error {
	pair := knownPair(login, from.IP)
	pair.lastAt, pair.until = s.now(), s.now().Add(knownFor)
	return storeTry(ctx, tx, pair)
}

func lockedFor(wait time.Duration) error {
	seconds := int((wait + time.Second - 1) / time.Second)
	if seconds <= 60 {
		return errs.E(errs.TooMany, "auth.locked_seconds", "n", seconds, "seconds", seconds)
	}
	return errs.E(errs.TooMany, "auth.locked_minutes", "n", (seconds+59)/60, "seconds", seconds)
}

// refuse records the failure and says no more than that it failed.
func (s *Service) refuse(ctx context.Context, a Account, from Origin) error {
	err := s.db.Write(ctx, func(tx *sqldb.Tx) error {
		return s.record(ctx, tx, Actor{}, "account.login_failed", a.ID, map[string]any{"device": from.Device})
	})
	if err != nil {
		return err
	}
	return errs.E(errs.Unauthenticated, "auth.wrong_login")
}

func (s *Service) accept(ctx context.Context, a Account, renewed string, tries []try, from Origin) (entry Entry, err error) {
	err = s.db.Write(ctx, func(tx *sqldb.Tx) error {
		for _, t := range tries[:2] { // the pair and the login are clear; the address keeps what others did
			if err := dropTry(ctx, tx, t.key); err != nil {
				return err
			}
		}
		address, err := loadTry(ctx, tx, tries[2])
		if err != nil {
			return err
		}
		if err := storeTry(ctx, tx, address.forgive(tries[2])); err != nil {
			return err
		}
		entry, err = s.begin(ctx, tx, a, renewed, byPassword, from)
		return err
	})
	return entry, err
}
