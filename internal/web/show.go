package web

import "time"

// TimelineItem is one moment of a timeline.
type TimelineItem struct {
	At   time.Time
	Who  string
	What string // what was done, in the reader's language
	Text string // the words exchanged
	Kind string // "", "ok", "warn" or "bad"
	Icon string
}

// soon is when a deadline begins to look urgent.
const soon = 24 * time.Hour

// urgency grades a deadline for its colour: "late", "soon" or "far".
func (w writer) urgency(v any) string {
	at, ok := moment(v)
	if !ok {
		return "far"
	}
	switch left := at.Sub(w.now()); {
	case left < 0:
		return "late"
	case left < soon:
		return "soon"
	}
	return "far"
}
