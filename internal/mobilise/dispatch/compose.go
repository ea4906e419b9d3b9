package dispatch

import (
	"strings"
	"time"

	"bilin/internal/gateway"
	"bilin/internal/i18n"
	"bilin/internal/mobilise"
)

// message is a try with what is sent.
type message struct {
	try
	gateway.Message
	order  *mobilise.Order
	person string
	broken string // message key of why it can't be sent at all
}

// compose puts address and words together.
func (s *Service) compose(m *message, x reach) {
	o := m.order
	m.ID = mobilise.MessageID(o, m.n, m.edition, m.channel)
	if m.channel == mobilise.Push {
		m.To = m.person
	} else {
		phone, err := s.o.Phones.OpenPhone(m.person, x.phones[m.person])
		switch {
		case err != nil:
			s.o.Logger.Error("dispatch: open a number", "order", o.Number, "receipt", m.n, "error", err)
			m.broken = "order.try.unreadable"
			return
		case m.channel == mobilise.SMS && !mobile(phone):
			m.broken = "order.try.no_mobile"
			return
		}
		m.To = phone
	}
	link := s.o.PublicURL + "/a/" + s.o.Orders.Token(o, m.n)
	m.Text = s.text(o, m.channel, link)
	if m.channel == mobilise.Push {
		m.Title, m.URL, m.Tag = s.head(o), link, o.ID // a new edition takes the place of the one before
	}
}

// mobile reports whether a folded number is one that takes short messages.
func mobile(phone string) bool {
	phone = strings.TrimPrefix(strings.TrimPrefix(phone, "+86"), "86")
	return len(phone) == 11 && phone[0] == '1'
}

// head is what a message begins with. A drill says so in its first characters.
func (s *Service) head(o *mobilise.Order) string {
	key := "order.msg.head"
	if o.IsDrill() {
		key = "order.msg.head_drill"
	}
	return s.t(key, "number", o.Number, "title", o.Title)
}

// text is the message itself, of an edition and for a channel.
func (s *Service) text(o *mobilise.Order, c mobilise.Channel, link string) string {
	args := []any{"head", s.head(o), "what", mobilise.Stopped(o.What), "do", mobilise.Stopped(o.Do), "where", mobilise.Stopped(o.Where), "until", clockTime(o.Until), "link", link, "note", o.EndNote}
	switch {
	case o.State == mobilise.Cancelled:
		return s.t("order.msg.cancelled", args...)
	case o.State == mobilise.Closed:
		return s.t("order.msg.closed", args...)
	}
	key := "order.msg." + string(c)
	if o.Edition > 1 {
		key += "_corrected"
	}
	return s.t(key, args...)
}

func (s *Service) t(key string, args ...any) string { return s.catalog.T(i18n.ZH, key, args...) }

// clockTime writes a moment as it is said: the day and the hour in the city.
func clockTime(at time.Time) string {
	return at.In(time.FixedZone("CST", 8*60*60)).Format("1月2日15:04")
}
