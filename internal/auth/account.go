package auth

import (
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"bilin/internal/errs"
)

// Kind says how an account comes in and what it may become.
type Kind string

// The kinds of accounts.
const (
	KindOfficial Kind = "official" // logs in with a password; holds whatever posts its person holds
	KindLead     Kind = "lead"     // comes in by one-time link; only a lead's posts count
	KindAdmin    Kind = "admin"    // runs the installation without a post
)

// Account is a way for a person to come in.
type Account struct {
	ID        string
	Login     string // folded
	PersonID  string // "" for an installation's own administrator
	Name      string
	Kind      Kind
	Password  string // PHC string, "" where there is none
	Demo      bool
	Disabled  bool
	CreatedAt time.Time
	SeenAt    time.Time // last login, zero if never
	EnteredAt time.Time // first login, from which the days of grace count; zero if unknown
	SecuredAt time.Time // since when there is a second factor, zero if there is none
	ResetAt   time.Time // when two people last took its factors away
	// ConfirmedAt is since when somebody other than who made it is known to have
	// said that it is its owner's; zero while nobody has.
	ConfirmedAt time.Time
	Version     int
}

// Used reports whether its owner may have come in by it already, or has a
// password to do so: a link to it would open what is theirs.
func (a Account) Used() bool {
	return a.Password != "" || !a.SeenAt.IsZero() || !a.EnteredAt.IsZero() || !a.SecuredAt.IsZero() || !a.ResetAt.IsZero()
}

// Lifetimes of sessions. Officials share offices and machines; a lead has one
// telephone and should not have to ask for a link twice a year.
const (
	officialLifetime = 12 * time.Hour
	officialIdle     = 2 * time.Hour
	leadLifetime     = 180 * 24 * time.Hour
	leadIdle         = 45 * 24 * time.Hour
)

// lifetimes returns how long a session of the account lasts at most, and unused.
func (a Account) lifetimes() (most, idle time.Duration) {
	if a.Kind == KindLead {
		return leadLifetime, leadIdle
	}
	return officialLifetime, officialIdle
}

const (
	minPassword = 10  // characters
	maxPassword = 256 // bytes
	maxLogin    = 64  // bytes
	maxName     = 64  // characters
)

// FoldLogin returns the form in which logins are compared and stored: full
// width becomes half width, capitals small, blanks around it fall away.
func FoldLogin(login string) string {
	return norm.NFKC.String(strings.ToLower(strings.TrimSpace(norm.NFKC.String(login))))
}

// checkLogin accepts a folded login.
func checkLogin(login string) error {
	bad := func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !strings.ContainsRune("-_.@", r)
	}
	switch {
	case login == "":
		return errs.E(errs.Invalid, "auth.invalid").WithField("login", "auth.login_missing")
	case len(login) > maxLogin || strings.ContainsFunc(login, bad):
		return errs.E(errs.Invalid, "auth.invalid").WithField("login", "auth.login_bad")
	}
	return nil
}

// CheckPassword accepts a new password: long enough, and not the login itself.
func CheckPassword(login, password string) error {
	fail := func(code string, args ...any) error {
		return errs.E(errs.Invalid, "auth.invalid").WithField("password", code, args...)
	}
	folded := FoldLogin(password)
	switch {
	case utf8.RuneCountInString(password) < minPassword:
		return fail("auth.password_short", "n", minPassword)
	case len(password) > maxPassword:
		return fail("auth.password_long")
	case simple(folded):
		return fail("auth.password_simple")
	case login != "" && strings.Contains(folded, login) && utf8.RuneCountInString(folded)-utf8.RuneCountInString(login) < 4:
		return fail("auth.password_login")
	}
	return nil
}

// simple reports whether a password is one character repeated, or counts up or down.
func simple(password string) bool {
	_, size := utf8.DecodeRuneInString(password)
	return strings.Trim(password, password[:size]) == "" ||
		strings.Contains("01234567890123456789", password) || strings.Contains("98765432109876543210", password)
}
