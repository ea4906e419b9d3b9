// Package pull fetches departments' figures by itself: from an address that answers JSON, or by a query from a database that is only read.
//
// What a pull does at each interval:
//
//	fetch ──► check ──► nothing new            next time
//	  │         │  └──► taken, a new delivery  next time
//	  └─────────┴─────► failing, and why       in an hour at most
package pull

import (
	_ "embed"
	"time"

	"bilin/internal/i18n"
	"bilin/internal/outcome/feed"
)

//go:embed messages.json
var raw []byte

// Messages are this package's words.
var Messages = i18n.MustParse(raw)

// Kind is what a pull speaks to.
type Kind string

// The kinds.
const (
	HTTP     Kind = "http"
	Postgres Kind = "postgres"
	MySQL    Kind = "mysql"
	SQLite   Kind = "sqlite"
)

// Kinds lists them in the order in which they are offered.
func Kinds() []Kind { return []Kind{HTTP, Postgres, MySQL, SQLite} }

// Bounds. Texts in characters.
const (
	MaxAddress = 500
	MaxUser    = 100
	MaxSecret  = 500
	MaxQuery   = 4000
	MaxHours   = 24 * 31
	mostPulls  = 5 // of one indicator, at once

	askTime  = 90 * time.Second // of one fetch
	soon     = time.Hour        // after which one that failed is tried again
	perRound = 20               // that are looked at in one round
	cellSize = 200              // bytes of a cell
)

// Source is where a pull gets its rows. User and Secret never leave unsealed: they
// are shown to nobody.
type Source struct {
	Kind    Kind
	Address string // https://…, postgres://host:port/database, mysql://…, or a file's name below DATA/pull
	User    string // of a database
	Secret  string // its password, or a bearer token
	Query   string // of a database
	Hours   int    // between two fetches
}

// Pull is a source that is asked at an interval.
type Pull struct {
	ID, IndicatorID string
	Kind            Kind
	Address         string // without anything secret
	Query           string
	Hours           int
	Next, Last      time.Time // Last is zero before the first
	Failing         time.Time // since when; zero while it works
	Cause           Said
	Ended           time.Time
	Version         int
}

// Said is a message with its placeholders; the zero value says nothing.
type Said struct {
	Code string
	Args []any
}

// Tried is what a source brought when it was tried.
type Tried struct {
	feed.Report
	Source string // the source, sealed, for Add; "" of one that is there already
}
