// Package mode is the emergency mode of a part of the city: while it is on, routine tasks pause there, and afterwards they come back.
package mode

import (
	_ "embed"
	"slices"
	"time"
	"unicode/utf8"

	"bilin/internal/auth"
	"bilin/internal/errs"
	"bilin/internal/i18n"
	"bilin/internal/network"
	"bilin/internal/plaintext"
)

//go:embed messages.json
var raw []byte

// Messages are this package's words.
var Messages = i18n.MustParse(raw)

// Topic is the live topic on which pages hear that a mode began or ended.
const Topic = "emergency"

// ActSet is putting a unit into emergency mode and taking it out. That one is
// on is for everybody to read.
const ActSet auth.Action = "emergency.set"

// Rules gives it to roles, each for the units it stands over.
var Rules = []auth.Rule{{Action: ActSet, Roles: []auth.Role{auth.Command, auth.CityOffice, auth.TownOfficial}}}

// Bounds: texts in characters.
const (
	MaxReason  = 300
	Longest    = 14 * 24 * time.Hour // a mode that is needed longer is begun again, with a reason
	mostShown  = 100
	mostActive = 500 // of one city
)

// Mode is a unit in emergency mode, now or once.
type Mode struct {
	ID, UnitID, Reason string
	StartedAt          time.Time
	StartedBy          string // a name
	Until              time.Time
	EndedAt            time.Time // zero while it is on
	EndedBy, Note      string
	Version            int

	restoredAt int64
}

// On reports whether it is on.
func (m Mode) On() bool { return m.EndedAt.IsZero() }

// Declare puts a unit and all below it into emergency mode.
type Declare struct {
	Key, UnitID, Reason string
	Hours               int // it ends by itself after them
}

// End takes a unit out of it.
type End struct {
	Key, ID, Note string
	Version       int // at which it was shown
}

func (c Declare) check() (Declare, error) {
	var err error
	if c.Reason, err = words("reason", c.Reason); err != nil {
		return c, err
	}
	if most := int(Longest.Hours()); c.Hours < 1 || c.Hours > most {
		return c, errs.Refuse("hours", "mode.bad_hours", "max", most)
	}
	return c, nil
}

func words(field, text string) (string, error) {
	text = plaintext.OneLine(text)
	switch n := utf8.RuneCountInString(text); {
	case n == 0:
		return "", errs.Refuse(field, "mode.missing")
	case n > MaxReason:
		return "", errs.Refuse(field, "mode.too_long", "max", MaxReason)
	}
	return text, nil
}

// covering returns the mode that is on at a unit: its own or one above it.
func covering(tree *network.Tree, on []Mode, unitID string) (Mode, bool) {
	if len(on) == 0 {
		return Mode{}, false
	}
	i := slices.IndexFunc(on, func(m Mode) bool { return tree.Contains(m.UnitID, unitID) })
	if i < 0 {
		return Mode{}, false
	}
	return on[i], true
}
