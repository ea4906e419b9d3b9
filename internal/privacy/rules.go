package privacy

import (
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"bilin/internal/auth"
	"bilin/internal/errs"
)

// How long things last.
const (
	Promise     = 15                 // working days until a request is answered
	VillageHas  = 10                 // of them for the village, then the officer takes over
	PutRight    = 3                  // working days for the village to carry out what the officer decided
	Remind      = 3 * 24 * time.Hour // before the promise runs out
	SMSGood     = 10 * time.Minute
	PaperGood   = 7 * 24 * time.Hour
	SessionGood = 30 * time.Minute
	Kept        = 3 * 365 * 24 * time.Hour // requests, after their answer
)

const (
	mostTries   = 5 // wrong codes
	smsPerDay   = 3 // codes sent to one household
	openAsks    = 5 // requests of a household that are open at once
	maxWords    = 500
	minWords    = 4
	paperLength = 10
	smsLength   = 6
)

func words(field, text string, need int) (string, error) {
	text = strings.TrimSpace(text)
	switch n := utf8.RuneCountInString(text); {
	case n < need && n == 0:
		return "", errs.Refuse(field, "privacy.missing")
	case n < need:
		return "", errs.Refuse(field, "privacy.too_short")
	case n > maxWords:
		return "", errs.Refuse(field, "privacy.too_long", "max", maxWords)
	}
	return text, nil
}

// check returns the request as it is stored. A correction has to say what is
// right; the others need no reason.
func (a Ask) check() (Ask, error) {
	if !slices.Contains(Kinds(), a.Kind) {
		return a, errs.Refuse("kind", "privacy.pick_kind")
	}
	need := 0
	if a.Kind == Correct {
		need = minWords
	}
	var err error
	a.Words, err = words("words", a.Words, need)
	return a, err
}

// deskOf is who answers a kind of request first.
func deskOf(k Kind) Desk {
	if k == Correct {
		return Village
	}
	return Officer
}

// answer settles a request. A refusal, even in part, names the law.
func (r *Request) answer(by auth.Actor, role auth.Role, a Answer, now time.Time) error {
	switch {
	case r.State == Done:
		return errs.E(errs.Conflict, "privacy.answered")
	case a.Version != 0 && a.Version != r.Version:
		return errs.E(errs.Stale, "privacy.changed_since")
	case !slices.Contains(Outcomes(), a.Outcome):
		return errs.Refuse("outcome", "privacy.pick_outcome")
	case a.Outcome != Granted && !slices.Contains(Laws(), a.Law):
		return errs.Refuse("law", "privacy.pick_law")
	}
	said, err := words("words", a.Words, minWords)
	if err != nil {
		return err
	}
	r.Unchanged = r.Kind == Correct && a.Outcome == Granted && a.Nothing
	r.State, r.Outcome, r.Answer, r.AnsweredAt, r.Role = Done, a.Outcome, said, now, role
	if a.Outcome != Granted {
		r.Law = a.Law
	}
	return nil
}

// order hands a correction that the officer decided to the village, which alone
// can make it. The officer's reasons are the answer; it goes out when it is true.
func (r *Request) order(a Answer, now, by time.Time) error {
	trial := *r
	if err := trial.answer(auth.Actor{}, auth.PrivacyOfficer, a, now); err != nil {
		return err
	}
	r.Answer, r.Law = trial.Answer, trial.Law
	r.Ordered, r.OrderedAt, r.Desk, r.ClimbAt = a.Outcome, now, Village, by
	return nil
}

// fulfil answers a correction that the village made as the officer decided.
func (r *Request) fulfil(role auth.Role, version int, now time.Time) error {
	switch {
	case r.State == Done:
		return errs.E(errs.Conflict, "privacy.answered")
	case version != 0 && version != r.Version:
		return errs.E(errs.Stale, "privacy.changed_since")
	}
	r.State, r.Outcome, r.AnsweredAt, r.Role = Done, r.Ordered, now, role
	return nil
}

// climb hands a request that the village left lying to the officer.
func (r *Request) climb(now time.Time) bool {
	if r.State != Open || r.Desk != Village || r.ClimbAt.IsZero() || now.Before(r.ClimbAt) {
		return false
	}
	r.Desk, r.ClimbedAt = Officer, now
	return true
}

// Codes and keys.

const codeAlphabet = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ" // 32, none like another

// newCode returns n random characters that survive being typed off paper.
func newCode(n int) string {
	b := make([]byte, n)
	rand.Read(b) // never fails
	for i := range b {
		b[i] = codeAlphabet[b[i]%32]
	}
	return string(b)
}

// foldCode reads a code as people type it.
func foldCode(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r >= '０' && r <= '９':
			return r - '０' + '0'
		case r >= 'a' && r <= 'z':
			return r - 'a' + 'A'
		case r == ' ' || r == '-' || r == '　':
			return -1
		}
		return r
	}, strings.TrimSpace(s))
}

// Spoken writes a code in groups, to copy from paper.
func Spoken(code string) string {
	var b strings.Builder
	for i, r := range code {
		if i > 0 && i%5 == 0 {
			b.WriteByte('-')
		}
		b.WriteRune(r)
	}
	return b.String()
}

// smsCode makes the digits that are sent of what a keyed index says of a
// challenge: they are nowhere stored.
func smsCode(index string) string {
	sum := sha256.Sum256([]byte(index))
	digits := make([]byte, smsLength)
	for i := range digits {
		digits[i] = '0' + (sum[2*i]^sum[2*i+1])%10
	}
	return string(digits)
}

func hashOf(kind, secret string) string {
	sum := sha256.Sum256([]byte(kind + "\x00" + foldCode(secret)))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

func same(a, b string) bool { return subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1 }
