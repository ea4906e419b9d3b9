package reportweb

import (
	"bilin/internal/mobilise"
	"bilin/internal/mobilise/report"
	"bilin/internal/network"
)

// table begins one with its head.
func (v *view) table(id string, columns ...string) table {
	t := table{ID: id, Title: v.t("reportweb.table." + id)}
	for _, c := range columns {
		t.Head = append(t.Head, v.t("reportweb."+c))
	}
	return t
}

func (t *table) add(cells ...string) { t.Rows = append(t.Rows, row{Cells: cells}) }
func (t *table) sum(cells ...string) { t.Rows = append(t.Rows, row{Sum: true, Cells: cells}) }

// times says how long it took, of all who were called.
func (v *view) times() table {
	f := v.r.Figures
	t := v.table("times", "what", "half", "ninety", "ninety_nine", "in_all")
	for _, x := range []struct {
		key string
		report.Times
	}{{"handed", f.Handed}, {"reached", f.Reach}, {"answered", f.Answer}} {
		t.add(append([]string{v.t("reportweb." + x.key)}, append(v.three(x.Times), v.share(x.N, f.People))...)...)
	}
	t.Note = v.t("reportweb.times_note", "n", num(f.People))
	return t
}

// three are the times to 50, 90 and 99 percent; a dash where so many never were.
func (v *view) three(t report.Times) (out []string) {
	for i := range report.Shares {
		text := "—"
		if t.Done[i] {
			text = v.long(t.At[i])
		}
		out = append(out, text)
	}
	return out
}

func (v *view) channels() table {
	f := v.r.Figures
	t := v.table("channels", "channel", "tried", "took", "first", "refused", "failed", "passed")
	for _, c := range f.Channels {
		t.add(v.channel(c.Channel), num(c.Tried), num(c.Took), v.share(c.First, f.People), num(c.Refused), num(c.Failed), num(c.Passed))
	}
	t.Note = v.t("reportweb.channels_note")
	return t
}

func (v *view) outages() table {
	t := v.table("outages", "channel", "from", "to", "lasted")
	t.Words = true
	for _, c := range v.r.Channels {
		for _, o := range c.Down {
			to := v.clock(o.To)
			if o.Open {
				to = v.t("reportweb.still")
			}
			t.add(v.channel(c.Channel), v.clock(o.From), to, v.long(o.Long()))
		}
	}
	return t
}

// nevers says why people were never reached, and whether somebody was sent.
func (v *view) nevers() table {
	f := v.r.Figures
	t := v.table("nevers", "why", "people", "of_called", "doors")
	var doors [len(f.Never)]int
	all := 0
	for _, x := range f.Nevers {
		if x.Door {
			doors[x.Why]++
			all++
		}
	}
	for _, w := range report.Whys() {
		if f.Never[w] > 0 {
			t.add(v.t("report.why."+w.String()), num(f.Never[w]), pct(f.Never[w], f.People), num(doors[w]))
		}
	}
	t.sum(v.t("reportweb.together"), num(f.Unreached()), pct(f.Unreached(), f.People), num(all))
	t.Note = v.t("reportweb.nevers_note", "doors", num(f.Doors), "open", num(f.Open), "long", v.long(f.Waited))
	if f.Doors == 0 {
		t.Note = v.t("reportweb.no_doors")
	}
	return t
}

// answers says what people said.
func (v *view) answers() table {
	f := v.r.Figures
	t := v.table("answers", "answer", "people", "of_answers")
	of := func(n int) string { return pct(n, f.Count.Answered) }
	t.sum(v.t("reportweb.coming"), num(f.Coming), of(f.Coming))
	t.add(v.t("reportweb.arrived"), num(f.Arrived), of(f.Arrived))
	t.sum(v.t("order.standing.cant"), num(f.Cant), of(f.Cant))
	for _, reason := range mobilise.Reasons() {
		if n := f.Cants[reason]; n > 0 {
			t.add(v.t("order.reason."+string(reason)), num(n), of(n))
		}
	}
	return t
}

// ways says how the answers came.
func (v *view) ways() table {
	f := v.r.Figures
	t := v.table("ways", "way", "people", "of_answers")
	for _, way := range []mobilise.Way{mobilise.ByLink, mobilise.ByReply, mobilise.ByPhone, mobilise.ByVisit} {
		if n := f.Ways[way]; n > 0 {
			t.add(v.t("order.way."+string(way)), num(n), pct(n, f.Count.Answered))
		}
	}
	return t
}

// corrections says how far each change of the words came, and the last word.
func (v *view) corrections() table {
	f := v.r.Figures
	t := v.table("corrections", "edition", "at_time", "told_again", "until_last")
	for _, c := range f.Corrections {
		cells := []string{v.t("reportweb.edition_n", "n", c.N), v.clock(c.At), num(c.Handed), "—"}
		if c.Handed > 0 {
			cells[3] = v.long(c.Last.Sub(c.At))
		}
		t.add(cells...)
	}
	if e := f.LastWord; e.Handed > 0 {
		t.add(v.t("order.state."+string(v.r.Order.State)), v.clock(v.r.Order.EndedAt), num(e.Handed), v.long(e.Last.Sub(v.r.Order.EndedAt)))
	}
	return t
}

// earlier sets the same figures of earlier orders and drills beside this one's.
func (v *view) earlier() table {
	t := v.table("earlier", "order", "kind", "called", "reached", "half", "ninety", "ninety_nine", "answered", "answered_ninety", "coming")
	if len(v.r.Earlier) == 0 {
		return t
	}
	line := func(o *mobilise.Order, c report.Count, reach, answer report.Times) []string {
		return append([]string{v.t("reportweb.order_of", "number", o.Number, "date", v.date(o.IssuedAt)), v.t("order.kind." + string(o.Kind)), num(c.People), pct(c.Reached, c.People)},
			append(v.three(reach), pct(c.Answered, c.People), v.three(answer)[1], num(c.Coming))...)
	}
	f := v.r.Figures
	t.sum(line(v.r.Order, f.Count, f.Reach, f.Answer)...)
	for _, e := range v.r.Earlier {
		t.add(line(e.Order, e.Count, e.Reach, e.Answer)...)
	}
	t.Note = v.t("reportweb.earlier_note")
	return t
}

// towns counts the towns of the reader's part, in the order of their codes.
func (v *view) towns() table {
	t := v.counted("towns")
	for _, p := range v.r.Parts {
		t.add(v.counts(p.Unit.Name, p.Count)...)
	}
	return t
}

// places counts towns with their villages, in the order of their codes.
func (v *view) places() table {
	t := v.counted("places")
	for _, p := range v.r.Parts {
		if len(v.r.Parts) > 1 || len(p.Places) > 1 {
			t.sum(v.counts(p.Unit.Name, p.Count)...)
		}
		for _, x := range p.Places {
			u := v.tree.ByID(x.UnitID)
			name := u.Name
			if u.Level < network.Village {
				name = v.t("reportweb.itself", "name", u.Name)
			}
			t.add(v.counts(name, x.Count)...)
		}
	}
	return t
}

// counted begins a table of places.
func (v *view) counted(id string) table {
	columns := []string{"place", "called", "reached", "answered", "coming", "never"}
	for _, w := range v.whys() {
		columns = append(columns, "w."+w.String())
	}
	t := v.table(id, append(columns, "doors", "open")...)
	t.Note = v.t("reportweb.places_note")
	return t
}

// whys are the reasons for which anybody wasn't reached.
func (v *view) whys() (out []report.Why) {
	for _, w := range report.Whys() {
		if v.r.Never[w] > 0 {
			out = append(out, w)
		}
	}
	return out
}

func (v *view) counts(name string, c report.Count) []string {
	cells := []string{name, num(c.People), num(c.Reached), num(c.Answered), num(c.Coming), num(c.Unreached())}
	for _, w := range v.whys() {
		cells = append(cells, num(c.Never[w]))
	}
	return append(cells, num(c.Doors), num(c.Open))
}

// curve is what the chart shows, in numbers.
func (v *view) curve() table {
	t := v.table("curve", "after", "reached", "answered", "coming", "arrived")
	for _, s := range v.r.Curve {
		t.add(v.long(s.After), num(s.Reached), num(s.Answered), num(s.Coming), num(s.Arrived))
	}
	return t
}
