package auth

import (
	"crypto/sha256"
	"encoding/hex"
	"net/netip"
	"time"
)

// try counts failed log-ins under one key. A log-in is counted before its
// password is checked and taken back when it was right, so that many at once
// can't slip past the count.
type try struct {
	key    string
	fails  int
	lastAt time.Time
	until  time.Time     // locked until then
	free   int           // failures without a wait; from the key's kind, not stored
	most   time.Duration // the longest wait where it isn't longWait; likewise
	leak   time.Duration // in which one failure is forgotten, 0 for none; likewise
	was    time.Time     // until before this attempt was counted, not stored
}

// Failures that cost nothing yet. One stranger at one address is held back
// soon; a whole office behind one address, or everybody who guesses at one
// login, later. Forty is a town hall on a Monday morning; who guesses at many
// logins from one address gets 40 tries, and then some 150 a day.
const (
	freePair    = 5
	freeLogin   = 50
	freeAddress = 40
	freeCodes   = 20 // of one account's second step, from wherever
)

const (
	firstWait = 30 * time.Second
	longWait  = time.Hour
	// shortWait is the most that everybody's guesses at one login make its owner
	// wait who comes from a new place. A passkey isn't held back at all.
	shortWait = 5 * time.Minute
	// hallWait is the most that whoever shares an address with one who guesses
	// waits, and hallLeak in what time one of the address's failures is
	// forgotten: an office that mistypes every day adds nothing up. Where
	// somebody came in lately the address doesn't hold them back at all.
	hallWait  = 15 * time.Minute
	hallLeak  = 10 * time.Minute
	forgetTry = 24 * time.Hour
	knownFor  = 30 * 24 * time.Hour
)

// tryKeys returns what a log-in is counted under.
func tryKeys(login, ip string) []try {
	ip = subscriber(ip)
	return []try{
		{key: hashed("pair", login, ip), free: freePair},
		{key: hashed("login", login), free: freeLogin, most: shortWait},
		{key: hashed("address", ip), free: freeAddress, most: hallWait, leak: hallLeak},
	}
}

// secondTries returns what a code is counted under. Six digits are few, so
// that guesses from everywhere at one account are held back for long; whoever
// makes them has its password already.
func secondTries(accountID, ip string) []try {
	return []try{
		{key: hashed("code", accountID, subscriber(ip)), free: freePair},
		{key: hashed("codes", accountID), free: freeCodes},
	}
}

// knownPair is under which it is kept that a login came in from an address.
func knownPair(login, ip string) try { return try{key: hashed("known", login, subscriber(ip))} }

// locked returns how long the key is locked yet.
func (t try) locked(now time.Time) time.Duration { return max(0, t.until.Sub(now)) }

// count adds a failure. The wait doubles with each one beyond the free ones.
func (t try) count(now time.Time) try {
	if now.Sub(t.lastAt) > forgetTry {
		t.fails, t.until = 0, time.Time{}
	}
	t.was = t.until
	over := t.forgotten(now)
	t.fails++
	t.lastAt = now.Add(-over)
	if over := t.fails - t.free; over >= 0 {
		wait := backoff(over)
		if t.most > 0 {
			wait = min(wait, t.most)
		}
		t.until = now.Add(wait)
	}
	return t
}

// forgotten takes away what has leaked out since the last failure, and returns
// the time that is over, which counts for the next.
func (t *try) forgotten(now time.Time) (over time.Duration) {
	if t.leak == 0 || t.fails == 0 {
		return 0
	}
	since := max(0, now.Sub(t.lastAt))
	gone := int(since / t.leak)
	if t.fails <= gone {
		t.fails = 0
		return 0
	}
	t.fails -= gone
	return since % t.leak
}

// forgive takes back the failure that was counted: the log-in turned out to be
// right. What others did before it still locks.
func (t try) forgive(counted try) try {
	t.fails = max(0, t.fails-1)
	if t.until.UnixMilli() == counted.until.UnixMilli() { // as it is stored
		t.until = counted.was
	}
	return t
}

func backoff(over int) time.Duration {
	if over > 7 { // 30 s doubled seven times is over an hour
		return longWait
	}
	return min(longWait, firstWait<<over)
}

// subscriber folds an address to what one subscriber holds: an IPv6 customer has
// a whole /64 to try from.
func subscriber(ip string) string {
	addr, err := netip.ParseAddr(ip)
	if err != nil {
		return ip
	}
	addr = addr.Unmap()
	if addr.Is6() {
		if p, err := addr.Prefix(64); err == nil {
			return p.String()
		}
	}
	return addr.String()
}

// hashed returns the hash under which something is kept that need not be readable.
func hashed(parts ...string) string {
	h := sha256.New()
	for _, p := range parts {
		h.Write([]byte(p))
		h.Write([]byte{0})
	}
	return hex.EncodeToString(h.Sum(nil))
}
