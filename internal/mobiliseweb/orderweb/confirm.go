package orderweb

import (
	"net/http"
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
	var err error
	if page.Audience, err = p.audienceView(r.Context(), say, o.Audience); err != nil {
		return err
	}
	return p.web.Render(w, r, "order/confirm", page)
}

// samples are the messages of an order's channels.
func (p *Pages) samples(say Say, o *mobilise.Order) (out []sample) {
	for _, c := range o.Channels {
		s := sample{Channel: string(c), Label: say("order.channel." + string(c)), Text: p.o.Sample(o, c)}
		s.Chars, s.Parts = measured(s.Text)
		out = append(out, s)
	}
	return out
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
