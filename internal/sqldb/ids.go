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
