package auth

import "time"

// Complete is a log-in that went through, for tests about what comes after it.
func Complete(a Account) Entry { return Entry{Account: a, by: byPassword} }

// CodeAt is what an authenticator shows at a moment.
func CodeAt(secret string, at time.Time) string {
	key, err := totpText.DecodeString(secret)
	if err != nil {
		panic(err)
	}
	return totpCode(key, totpStep(at))
}
