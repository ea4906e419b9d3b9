// Package cap reads and writes alerts of the Common Alerting Protocol 1.2 (OASIS Standard, 1 July 2010).
//
// What it reads may come from anybody: it is bounded in size and depth, has no
// document type, and is refused with the line and the reason if it isn't what
// the schema and the standard's words say.
package cap

import (
	_ "embed"
	"time"

	"bilin/internal/i18n"
)

//go:embed messages.json
var raw []byte

// Messages are this package's words.
var Messages = i18n.MustParse(raw)

// Namespace is that of CAP 1.2.
const Namespace = "urn:oasis:names:tc:emergency:cap:1.2"

// Bounds of a message.
const (
	MaxBytes = 1 << 20
	maxDepth = 8 // of elements, signatures left out; the schema has 5
	maxNodes = 20_000
)

// Status is how an alert is to be handled.
type Status string

// MsgType is what an alert does.
type MsgType string

// The statuses and types that are acted upon or written; the standard has more.
const (
	Actual   Status = "Actual"
	Exercise Status = "Exercise"
	Test     Status = "Test"

	NewAlert MsgType = "Alert"
	Update   MsgType = "Update"
	Cancel   MsgType = "Cancel"
)

// Alert is a message.
type Alert struct {
	Identifier, Sender string
	Sent               time.Time
	Status             Status
	MsgType            MsgType
	Source             string
	Scope              string // Public, Restricted or Private
	Restriction        string // if Restricted
	Addresses          string // if Private; those with spaces in quotes
	Codes              []string
	Note               string
	References         []Reference // earlier messages that this one is about
	Incidents          string
	Infos              []Info
	Signed             bool // it bears a signature, which isn't verified here
}

// Reference names an earlier message.
type Reference struct {
	Sender, Identifier string
	Sent               time.Time
}

// Info is what happens, in one language.
type Info struct {
	Language                      string // RFC 3066; "" is en-US
	Categories                    []string
	Event                         string
	ResponseTypes                 []string
	Urgency, Severity, Certainty  string
	Audience                      string
	EventCodes                    []Value
	Effective, Onset, Expires     time.Time // zero if not given
	SenderName, Headline          string
	Description, Instruction, Web string
	Contact                       string
	Parameters                    []Value
	Resources                     []Resource
	Areas                         []Area
}

// Value is a name that some system knows, with its value.
type Value struct{ Name, Value string }

// Resource is a file that comes with an alert.
type Resource struct {
	Desc, MimeType, Size, URI, DerefURI, Digest string
}

// Area is where.
type Area struct {
	Desc              string
	Polygons          [][]Point // closed: the first point is the last
	Circles           []Circle
	Geocodes          []Value
	Altitude, Ceiling string // feet above sea level
}

// Point is a place in WGS 84, in degrees.
type Point struct{ Lat, Lon float64 }

// Circle is all within Radius kilometres of a point.
type Circle struct {
	Point
	Radius float64
}
