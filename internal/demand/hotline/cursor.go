package hotline

import (
	"encoding/base64"
	"fmt"
	"strings"
	"time"

	"bilin/internal/errs"
	"bilin/internal/sqldb"
)

// settled is how long after its moment an entry is sure to be seen by everybody
// who asks: a transaction that began earlier may commit later. A cursor never
// points into this span, so entries in it may come twice and none is left out.
const settled = 10 * time.Second

// cursor is a place in the feed: everything after it is yet to be fetched.
type cursor struct {
	at  int64 // UTC milliseconds
	id  string
	seq int
}

// String is the cursor as a caller gets it; only this package reads it.
func (c cursor) String() string {
	return base64.RawURLEncoding.EncodeToString(fmt.Appendf(nil, "%d.%d.%s", c.at, c.seq, c.id))
}

// parseSince reads a time or a cursor; "" is the beginning.
func parseSince(s string) (cursor, error) {
	wrong := errs.E(errs.Invalid, "hotline.check").WithField("since", "hotline.since_bad")
	s = strings.TrimSpace(s)
	if s == "" {
		return cursor{}, nil
	}
	// A + that wasn't escaped in an address arrives as a space.
	for _, form := range []string{s, strings.ReplaceAll(s, " ", "+")} {
		if at, ok := ParseTime(form); ok {
			return cursor{at: max(0, sqldb.Millis(at))}, nil
		}
	}
	raw, err := base64.RawURLEncoding.DecodeString(s)
	if err != nil {
		return cursor{}, wrong
	}
	var c cursor
	if n, err := fmt.Sscanf(string(raw), "%d.%d.%s", &c.at, &c.seq, &c.id); err != nil && n < 2 || c.at < 0 || c.seq < 0 {
		return cursor{}, wrong
	}
	return c, nil
}

// capped is the cursor, or the latest that is safe to hand out at now.
func (c cursor) capped(now time.Time) cursor {
	if latest := sqldb.Millis(now.Add(-settled)); c.at > latest {
		return cursor{at: latest}
	}
	return c
}
