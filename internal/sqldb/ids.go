package sqldb

import (
	"time"

	"github.com/google/uuid"
)

// NewID returns a new identifier: a UUIDv7, so that ids made later sort later.
func NewID() string {
	return uuid.Must(uuid.NewV7()).String() // fails only if the system has no randomness
}

// Millis is how the database stores an instant: UTC milliseconds.
func Millis(t time.Time) int64 { return t.UnixMilli() }

// Time is the instant Millis stored.
func Time(ms int64) time.Time { return time.UnixMilli(ms).UTC() }

// MillisOrZero is Millis, and 0 for the zero time: how a column says “not yet”.
func MillisOrZero(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return Millis(t)
}

// TimeOrZero is the instant MillisOrZero stored.
func TimeOrZero(ms int64) time.Time {
	if ms == 0 {
		return time.Time{}
	}
	return Time(ms)
}

// Flag is how the database stores yes and no: 1 and 0.
func Flag(yes bool) int {
	if yes {
		return 1
	}
	return 0
}
