package reportweb

import (
	"time"

	"bilin/internal/mobilise"
	"bilin/internal/mobilise/report"
	"bilin/internal/network"
)

// doc is a report in words, the same on the page and on paper.
type doc struct {
	Title, Sub, State string
	Drill             bool
	Stats             []stat
	Fixes             []fix
	Chart             chart
	Curve             table
	Tables            []table
	Goals             []goal
	Towns             *table // of the reader's part; nil for one town or none
	Places            *table // with their villages; nil for none
	Method            []string
}

// stat is one number at the head.
type stat struct{ Label, Value, Hint, Kind string }

// fix is something to mend.
type fix struct {
	Text   string
	Places []string
}

// table is one table. The first cell of a row says what it is about.
type table struct {
	ID, Title, Note string
	Head            []string
	Rows            []row
	Words           bool // cells are words, not numbers
}

// row is a line of a table; a sum stands out.
type row struct {
	Sum   bool
	Cells []string
}

// goal is an objective or the roll-call, with its curve.
type goal struct {
	ID, Name, Text string
	Chart          chart
}

// view puts a report into a reader's words.
type view struct {
	t      func(key string, args ...any) string
	locale string
	tree   *network.Tree
	r      *report.Report
}

func (v *view) doc() doc {
	o := v.r.Order
	d := doc{Title: v.t("reportweb.of", "title", v.title()), Drill: o.IsDrill(), Stats: v.stats(), Fixes: v.fixes(), Chart: v.people(), Curve: v.curve(), Goals: v.goals(), Method: v.method()}
	d.Sub = v.t("reportweb.sub", "kind", v.t("order.kind."+string(o.Kind)), "number", o.Number, "hazard", v.t("order.hazard."+string(o.Hazard)), "place", v.place(o.UnitID), "at", v.datetime(o.IssuedAt))
	d.State = v.t("reportweb.so_far", "at", v.datetime(v.r.At))
	if v.r.Final {
		d.State = v.t("reportweb.final", "state", v.t("order.state."+string(o.State)), "at", v.datetime(o.EndedAt), "long", v.long(o.EndedAt.Sub(o.IssuedAt)))
	}
	d.Tables = []table{v.times(), v.nevers(), v.answers(), v.ways(), v.channels()}
	for _, t := range []table{v.outages(), v.corrections(), v.earlier()} {
		if len(t.Rows) > 0 {
			d.Tables = append(d.Tables, t)
		}
	}
	if len(v.r.Parts) > 0 {
		places := v.places()
		d.Places = &places
	}
	if len(v.r.Parts) > 1 {
		towns := v.towns()
		d.Towns = &towns
	}
	return d
}

// title is the order's, or its number once its words were erased.
func (v *view) title() string {
	if v.r.Order.Title == "" {
		return v.r.Order.Number
	}
	return v.r.Order.Title
}

func (v *view) place(unitID string) string {
	if u := v.tree.ByID(unitID); u != nil {
		return v.tree.PathName(u, " ")
	}
	return ""
}

func (v *view) stats() []stat {
	f := v.r.Figures
	of := func(n int) string { return v.t("reportweb.n_people", "n", num(n)) }
	list := []stat{
		{Label: v.t("reportweb.called"), Value: num(f.People)},
		{Label: v.t("reportweb.reached"), Value: pct(f.Reached, f.People), Hint: of(f.Reached)},
		{Label: v.t("reportweb.answered"), Value: pct(f.Count.Answered, f.People), Hint: of(f.Count.Answered)},
		{Label: v.t("reportweb.coming"), Value: num(f.Coming), Hint: pct(f.Coming, f.People), Kind: "ok"},
		{Label: v.t("reportweb.never"), Value: num(f.Unreached()), Hint: pct(f.Unreached(), f.People)},
	}
	if f.Unreached() > 0 {
		list[4].Kind = "bad"
	}
	return list
}

func (v *view) fixes() (out []fix) {
	for _, f := range v.r.Fix {
		args := []any{"n", num(f.N), "of", num(f.Of), "pct", pct(f.N, f.Of), "long", v.long(f.Long), "name", f.Name}
		if f.Channel != "" {
			args = append(args, "channel", v.channel(f.Channel))
		}
		if !f.From.IsZero() {
			args = append(args, "from", v.clock(f.From))
		}
		x := fix{Text: v.t("report.fix."+f.Code, args...)}
		for _, p := range f.Places {
			key := "reportweb.at"
			if p.Long != 0 {
				key = "reportweb.at_long"
			}
			x.Places = append(x.Places, v.t(key, "place", v.place(p.UnitID), "n", num(p.N), "long", v.long(p.Long)))
		}
		out = append(out, x)
	}
	return out
}

func (v *view) channel(c mobilise.Channel) string { return v.t("order.channel." + string(c)) }

func (v *view) method() (out []string) {
	out = append(out, v.t("reportweb.method", "n", v.r.Method))
	for _, key := range []string{"called", "handed", "reached", "answered", "coming", "arrived", "times", "doors", "places"} {
		out = append(out, v.t("reportweb.means."+key))
	}
	return out
}

func (v *view) goals() (out []goal) {
	for i, o := range v.r.Objectives {
		g := goal{ID: "goal-" + num(i+1), Name: o.Name, Text: v.t("reportweb.goal", "start", amount(o.Start), "last", amount(o.Last), "target", amount(o.Target), "unit", o.Unit)}
		if !o.ReachedAt.IsZero() {
			g.Text = v.t("reportweb.goal_reached", "start", amount(o.Start), "target", amount(o.Target), "unit", o.Unit, "long", v.long(o.ReachedAt.Sub(v.r.Order.IssuedAt)))
		}
		low, high := min(o.Start, o.Target), max(o.Start, o.Target)
		at, value := points(o.Points)
		for _, x := range value {
			low, high = min(low, x), max(high, x)
		}
		g.Chart = v.steps(o.Name, at, value, low, high)
		g.Chart.Level, g.Chart.HasLevel = part(o.Target, low, high), true
		out = append(out, g)
	}
	if r := v.r.RollCall; r != nil {
		at, value := points(r.Curve)
		name := v.t("reportweb.roll_call")
		out = append(out, goal{ID: "roll-call", Name: name, Chart: v.steps(name, at, value, 0, float64(max(1, r.Expected))),
			Text: v.t("reportweb.roll", "reported", num(r.Reported()), "expected", num(r.Expected), "pct", pct(r.Reported(), r.Expected), "safe", num(r.Safe),
				"help", num(r.Help), "helped", num(r.Helped), "not_reached", num(r.NotReached))})
	}
	return out
}

func points(list []report.Point) (at []time.Time, value []float64) {
	for _, p := range list {
		at, value = append(at, p.At), append(value, p.Value)
	}
	return at, value
}
