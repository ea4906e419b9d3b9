package draw

import (
	"encoding/xml"
	"errors"
	"html/template"
	"io"
	"math"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"bilin/internal/outcome/method"
)

// whole reports what is wrong with a drawing as XML.
func whole(svg template.HTML) error {
	d := xml.NewDecoder(strings.NewReader(string(svg)))
	for {
		if _, err := d.Token(); err != nil {
			if errors.Is(err, io.EOF) {
				return nil
			}
			return err
		}
	}
}

func TestSteps(t *testing.T) {
	for _, tc := range []struct {
		low, high float64
		want      []float64
	}{{0, 10, []float64{0, 2, 4, 6, 8, 10}}, {0, 1, []float64{0, .2, .4, .6, .8, 1}}, {61, 99, []float64{70, 80, 90}}, {5, 5, []float64{5}}} {
		got := steps(tc.low, tc.high)
		if len(got) != len(tc.want) {
			t.Errorf("%v to %v: %v", tc.low, tc.high, got)
			continue
		}
		for i := range got {
			if math.Abs(got[i]-tc.want[i]) > 1e-9 {
				t.Errorf("%v to %v: %v", tc.low, tc.high, got)
			}
		}
	}
}

func TestNumber(t *testing.T) {
	for want, v := range map[string]float64{"0": 0, "0.24": 0.2381, "3.2": 3.24, "31": 31.4, "12,345": 12345.2} {
		if got := Number(v); got != want {
			t.Errorf("%v: %s, want %s", v, got, want)
		}
	}
}

func TestAxisNeverLeavesItsRange(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		value := rapid.Float64Range(-1e6, 1e6)
		a := axis{value.Draw(t, "low"), value.Draw(t, "high"), 10, 300}
		if got := a.at(value.Draw(t, "v")); got < 10-1e-6 || got > 300+1e-6 || math.IsNaN(got) {
			t.Errorf("%v at %v", a, got)
		}
	})
}

func TestFunnelNamesEveryVillage(t *testing.T) {
	null := method.Null{Kind: method.Rate, Mean: 0.001, A: math.Inf(1), B: math.Inf(1)}
	f := Funnel{Label: "漏斗图", Across: "户", Up: "每万户", Mean: "一般", Inner: "95%", Far: "99.8%", Per: 40_000, Over: 4, Lines: null.Funnel(1000, 8000, 30, 0),
		Points: []Point{
			{Den: 6000, Value: 160, Light: "red", Name: "花明社区", Words: "红灯", Href: "/outcomes/villages/1"},
			{Den: 2000, Value: 30, Light: "grey", Name: "<村>", Words: "灰灯", Href: "/outcomes/villages/2?a=1&b=2"},
			{Den: 7000, Value: 0, Light: "better", Name: "沩水源村", Words: "明显好", Href: "/outcomes/villages/3"},
		}}
	got := f.Draw()
	if err := whole(got); err != nil {
		t.Fatal(err)
	}
	text := string(got)
	for _, want := range []string{"花明社区 红灯", "&lt;村&gt;", "a=1&amp;b=2", ">1,000</text>", "99.8%"} {
		if !strings.Contains(text, want) {
			t.Errorf("lacks %q", want)
		}
	}
	if n := strings.Count(text, `tabindex="-1"`); n != 1 {
		t.Errorf("%d of three villages are no stop of the keyboard; the one that doesn't stand out should be", n)
	}
	if at := strings.Index(text, "m m-red"); at < strings.Index(text, "m m-grey") {
		t.Error("what stands out lies under what doesn't")
	}
	if err := whole(Funnel{Label: "空"}.Draw()); err != nil {
		t.Errorf("without villages: %v", err)
	}
}

func TestEveryDrawingIsWhole(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		value := rapid.Float64Range(0, 1e5)
		light := rapid.SampledFrom([]string{"red", "yellow", "better", "green", "grey", "dark"}).Draw(t, "light")
		i := Interval{Label: "a\"<", Here: "这里", Usual: "一般", Value: value.Draw(t, "v"), Low: value.Draw(t, "l"), High: value.Draw(t, "h"), Mean: value.Draw(t, "m"),
			From: value.Draw(t, "f"), To: value.Draw(t, "t"), Light: light, Top: rapid.SampledFrom([]float64{0, 100}).Draw(t, "top")}
		var list []Step
		for range rapid.IntRange(0, 14).Draw(t, "n") {
			list = append(list, Step{Value: value.Draw(t, "q"), Known: rapid.Bool().Draw(t, "known"), In: rapid.Bool().Draw(t, "in"), Name: "2026Q3"})
		}
		bar := Bar{Label: "镇", Value: value.Draw(t, "b"), Low: -value.Draw(t, "bl"), High: value.Draw(t, "bh"), Band: "poorer"}
		for name, svg := range map[string]template.HTML{"interval": i.Draw(), "spark": Spark{"线", list}.Draw(), "columns": Columns{"柱", list}.Draw(),
			"bar": bar.Draw(2), "stack": Stack([]Share{{light, 3}, {"green", 0}, {"grey", 275}})} {
			if err := whole(svg); err != nil || strings.Contains(string(svg), "NaN") || strings.Contains(string(svg), "Inf") {
				t.Errorf("%s: %v\n%s", name, err, svg)
			}
		}
	})
}

// A gap stays a gap: a line is not drawn over a quarter that isn't known.
func TestSparkKeepsGaps(t *testing.T) {
	svg := string(Spark{"线", []Step{{Value: 1, Known: true}, {Value: 2, Known: true}, {}, {Value: 3, Known: true}}}.Draw())
	line := svg[strings.Index(svg, "spk-line"):]
	line = line[:strings.Index(line, "/>")]
	if strings.Count(line, "M") != 2 || strings.Count(line, "L") != 1 {
		t.Error(line)
	}
}
