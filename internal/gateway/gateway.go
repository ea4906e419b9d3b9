// Package gateway sends short messages to people through whatever carries them.
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

// Message is a text for one telephone.
type Message struct {
	ID   string // a gateway takes the same ID once
	To   string // telephone number
	Text string
}

// Sender hands a message to whoever delivers it. Sending the same ID again does
// nothing. An error of the kind Invalid means that this message will never be
// taken; any other that it may be, later. No error holds the number or the text.
type Sender interface {
	Send(ctx context.Context, m Message) error
}
