package orderweb

import (
	"net/http"
	"slices"
	"unicode/utf16"

	"bilin/internal/mobilise"
	"bilin/internal/web"
)

// confirmPage shows exactly what goes out, and to how many.
type confirmPage struct {
	web.Base
	Order    *mobilise.Order
	Who      countView
	Audience audienceView
	Texts    []sample
	Channels []string
	Hidden   []pair
	Changed  bool // the number of people is another than a moment ago
	Unserved bool // one of the channels isn't set up
}

// sample is the message of one channel.
type sample struct {
	Channel, Label, Text string
	Chars, Parts         int
}

func (p *Pages) confirm(w http.ResponseWriter, r *http.Request, f *web.Form, x *form, o *mobilise.Order, who mobilise.Count) error {
	say := p.web.T(r)
	title := "orderweb.confirm"
	if o.IsDrill() {
		title = "orderweb.confirm_drill"
	}
	page := confirmPage{Base: p.web.Base(r, title), Order: o, Texts: p.samples(say, o), Channels: channelNames(say, o.Channels), Hidden: x.hidden(),
		Who:     countView{Count: who, Second: o.MustBeApproved(), Missing: o.Hazard == mobilise.Missing, Alone: mobilise.AloneLimit},
		Changed: f.Text("step", 20) == "confirm"}
	page.FormKey = f.Key()
	page.Unserved = slices.ContainsFunc(o.Channels, func(c mobilise.Channel) bool { return !p.serves(c) })
	var err error
	if page.Audience, err = p.audienceView(r.Context(), say, o.Audience); err != nil {
		return err
	}
	return p.web.Render(w, r, "order/confirm", page)
}

// samples are the messages of an order's channels; the short message, which
// most people read, stands first.
func (p *Pages) samples(say Say, o *mobilise.Order) (out []sample) {
	channels := slices.Clone(o.Channels)
	slices.SortStableFunc(channels, func(a, b mobilise.Channel) int { return later(a) - later(b) })
	for _, c := range channels {
		s := sample{Channel: string(c), Label: say("order.channel." + string(c)), Text: p.o.Sample(o, c)}
		s.Chars, s.Parts = measured(s.Text)
		out = append(out, s)
	}
	return out
}

func later(c mobilise.Channel) int {
	if c == mobilise.SMS {
		return 0
	}
	return 1
}

// measured counts a short message's characters, and as how many it is sent: one
// of Chinese holds 70, and each part of a longer one 67.
func measured(text string) (chars, parts int) {
	chars = len(utf16.Encode([]rune(text)))
	if chars <= 70 {
		return chars, 1
	}
	return chars, (chars + 66) / 67
}
