// Package gateway sends short messages to people through whatever carries them, and reads what comes back.
package gateway

import (
	"context"
	_ "embed"

	"bilin/internal/i18n"
)

//go:embed messages.json
var rawMessages []byte

// Messages are this package's words.
var Messages = i18n.MustParse(rawMessages)

// Kind is how a message reaches people.
type Kind string

// The kinds.
const (
	SMS   Kind = "sms"
	Voice Kind = "voice" // a call in which the text is read aloud
	Push  Kind = "push"  // a notification of their browser
	Group Kind = "group" // a line in a chat group, or a mail to a list
)

// Kinds lists them in the usual order.
func Kinds() []Kind { return []Kind{SMS, Voice, Push, Group} }

// Message is a text for one person.
type Message struct {
	ID    string // a gateway takes the same ID once
	Kind  Kind   // empty: what the gateway is for
	To    string // telephone number; for Push a person's id
	Text  string
	Title string // for Push: what stands above the text
	URL   string // for Push: what a tap opens
	Tag   string // for Push: a later message with the same tag takes the place of an earlier one
}

// Sender hands a message to whoever delivers it. Sending the same ID again does
// nothing. An error of the kind Invalid means that this message will never be
// taken; any other that it may be, later. No error holds the number or the text.
type Sender interface {
	Send(ctx context.Context, m Message) error
}

// Bulk is a Sender that hands over many messages faster than one by one.
// settle is called once for each, never twice at a time, with its place in the
// list and what Send would have returned.
type Bulk interface {
	Sender
	SendMany(ctx context.Context, list []Message, settle func(i int, err error))
}
