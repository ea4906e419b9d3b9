// Package hotline takes the work orders of the 12345 hotline in as demands and gives back what became of them.
//
// The hotline names an order by its own number. However often an order is sent,
// by its system or in a file, it is one demand; and every answer to it can be
// fetched until the hotline has it.
package hotline

import (
	_ "embed"
	"time"

	"bilin/internal/demand"
	"bilin/internal/demand/catalog"
	"bilin/internal/i18n"
)

//go:embed messages.json
var rawMessages []byte

// Messages are this package's words.
var Messages = i18n.MustParse(rawMessages)

// Order is a work order as the hotline wrote it.
type Order struct {
	No       string // the hotline's number: letters, digits and - _ . / up to MaxNo
	Title    string // put before the text unless the text begins with it
	Text     string // up to demand.MaxText characters with the title
	UnitCode string // where it is, any level from the town down; "" or the city: the city office assigns it
	Received time.Time
	Kind     demand.Kind // "" means a report
	About    string      // of a complaint: the role of whom it is about, or demand.AboutMatter; "" leaves it to the words
	Category string      // code or name in the catalogue; one it doesn't know is left open
	Urgency  catalog.Urgency
	Contact  string // how to reach the caller; kept sealed
	Private  bool   // the caller wants only whoever handles it to read it
	Place    string
	Lon, Lat float64 // WGS 84 degrees; both 0: no point was given
}

// Taken is what became of an order that was sent.
type Taken struct {
	Number  string // of the demand
	Known   bool   // it had been sent before
	Unknown string // the category that the catalogue doesn't know; "" is fine
}

// Answer is one entry that goes back to the hotline.
type Answer struct {
	ID     string // the same at every fetch
	Order  string
	Number string
	State  demand.State // after it
	Step   demand.Step
	Text   string
	At     time.Time
	By     string // the unit or department that said it; "" for the rules themselves
	To     string // who has it from then on, where that changed
}

// Standing is an order and where it stands.
type Standing struct {
	Order    string
	Received time.Time
	Taken    time.Time
	Number   string
	Kind     demand.Kind
	State    demand.State
	Version  int
	With     string // the unit or department that has it
	Since    time.Time
	Due      time.Time // zero: no clock runs
	Answers  []Answer
}
