package live

import "strings"

// message is an event with its form on the wire, shared by all who get it.
type message struct {
	Event
	wire  []byte // written as it is, to each
	whole bool   // broadcast: what its topic looks like now, of which only the latest counts
}

func newMessage(e Event) *message {
	var b strings.Builder
	b.WriteString("event: " + e.Topic + "\n")
	for line := range strings.SplitSeq(e.Data, "\n") {
		b.WriteString("data: " + strings.ReplaceAll(line, "\r", "") + "\n")
	}
	b.WriteString("\n")
	return &message{Event: e, wire: []byte(b.String())}
}

// mailboxSize bounds what waits for one receiver. It is no less than maxTopics,
// so that a mailbox with one event for each topic is never full.
const mailboxSize = maxTopics

// mailbox holds the events that wait for a receiver, each once.
type mailbox struct{ waiting []*message }

// put adds an event unless one like it waits already; a broadcast takes the
// place of the one before it. A full mailbox keeps one event for each topic, of
// hints without data: a slow receiver is told less often, but never too little.
func (b *mailbox) put(m *message) {
	if m.whole && b.renew(m) || b.has(m) {
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
		if w == m || w.Topic == m.Topic && (w.whole || w.Data == m.Data || w.Data == "") {
			return true
		}
	}
	return false
}

// renew puts a broadcast where something of its topic waits, which it outdates.
func (b *mailbox) renew(m *message) bool {
	for i, w := range b.waiting {
		if w.Topic == m.Topic {
			b.waiting[i] = m
			return true
		}
	}
	return false
}

func (b *mailbox) merge() {
	all := b.waiting
	b.waiting = nil
	for _, m := range all {
		one := m
		if !m.whole {
			one = newMessage(Event{Topic: m.Topic})
		}
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
