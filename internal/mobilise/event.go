package mobilise

import "time"

// Event is one entry of an order's timeline.
type Event struct {
	Seq            int // from 1, within the order
	At             time.Time
	Kind           string // "order.event." + Kind is its message key
	Text           string // what somebody wrote; may be empty
	Detail         string // JSON, or empty
	ActorID, Actor string // who; the system where nobody did
}
