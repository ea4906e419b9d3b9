package dispatch

import (
	"bilin/internal/mobilise"
	"bilin/internal/workday"
)

// Places that a sample leaves open: a number and a code are each order's and
// each person's own, and as long as these.
const (
	sampleDigits = "#####"
	sampleCode   = ".1.############"
)

// Sample is the message that people will get of an order by a channel, word for
// word and as long; the number, if there is none yet, and the code of the link
// stand as #.
func (s *Service) Sample(o *mobilise.Order, c mobilise.Channel) string {
	sample := *o
	if sample.Number == "" {
		sample.Number = mobilise.Letter + s.o.Now().In(workday.City).Format("06") + sampleDigits
	}
	text := s.text(&sample, c, s.o.PublicURL+"/a/"+sample.Number+sampleCode)
	if c == mobilise.Push { // whose head is shown above it
		return s.head(&sample) + "\n" + text
	}
	return text
}

// Serves reports whether there is a gateway for a channel.
func (s *Service) Serves(c mobilise.Channel) bool {
	_, ok := s.o.Routes[c]
	return ok
}
