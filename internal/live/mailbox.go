package live

import "strings"

// message is an event with its form on the wire, shared by all who get it.
type message struct {
	Event
	wire string
}

func newMessage(e Event) *message {
	var b strings.Builder
	b.WriteString("event: " + e.Topic + "\n")
	for line := range strings.SplitSeq(e.Data, "\n") {
		b.WriteString("data: " + strings.ReplaceAll(line, "\r", "") + "\n")
	}
	b.WriteString("\n")
	return &message{Event: e, wire: b.String()}
}

// mailboxSize bounds what waits for one receiver. It is no less than maxTopics,
// so that a mailbox with one event for each topic is never full.
const mailboxSize = maxTopics

// mailbox holds the events that wait for a receiver, each once.
type mailbox struct{ waiting []*message }

// put adds an event unless one like it waits already. A full mailbox keeps one
// event for each topic, without data: a slow receiver is told less often, but
// never too little.
func (b *mailbox) put(m *message) {
	if b.has(m) {
		return
	}
	if len(b.waiting) >= mailboxSize {
		b.merge()
		if b.has(m) {
			return
		}
	}
	b.waiting = append(b.waiting, m)
}

func (b *mailbox) has(m *message) bool {
	for _, w := range b.waiting {
		if w == m || w.Topic == m.Topic && (w.Data == m.Data || w.Data == "") {
			return true
		}
	}
	return false
}

func (b *mailbox) merge() {
	all := b.waiting
	b.waiting = nil
	for _, m := range all {
		one := newMessage(Event{Topic: m.Topic})
		if m.Topic != "" && !b.has(one) {
			b.waiting = append(b.waiting, one)
		}
	}
}

// take empties the mailbox.
func (b *mailbox) take() []*message {
	all := b.waiting
	b.waiting = nil
	return all
}
