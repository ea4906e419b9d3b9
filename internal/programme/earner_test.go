package programme

import (
	"strings"
	"testing"

	"pgregory.net/rapid"

	"bilin/internal/errs"
)

func TestFormulas(t *testing.T) {
	t.Parallel()
	e, err := NewEarner(Formulas{HelpOut: "hours * 2.0", Clean: "nth <= 2 ? 5 : 1", Teach: "weekend ? people : 3", Wish: " "})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		kind Kind
		d    Deed
		want int64
	}{
		{HelpOut, Deed{1.75, 1, 1, false}, 3}, {HelpOut, Deed{12, 1, 1, false}, 24}, {Clean, Deed{1, 1, 2, false}, 5}, {Clean, Deed{1, 1, 3, false}, 1},
		{Teach, Deed{1, 40, 1, true}, 40}, {Teach, Deed{1, 40, 1, false}, 3}, {Wish, Deed{1, 1, 1, false}, 0}, {Culture, Deed{1, 1, 1, false}, 0},
	} {
		if got := e.Points(c.kind, c.d); got != c.want {
			t.Errorf("%s %+v: %d points, want %d", c.kind, c.d, got, c.want)
		}
	}
}

func TestFormulasAreRefused(t *testing.T) {
	t.Parallel()
	for formula, code := range map[string]string{
		"hours *":                        "programme.formula_wrong",
		"member.name":                    "programme.formula_wrong", // nothing of the person can be spoken of
		"balance + 1":                    "programme.formula_wrong",
		"[1, 2].map(x, x)[0]":            "programme.formula_wrong", // no loops
		"hours > 1.0":                    "programme.formula_no_number",
		"'5'":                            "programme.formula_no_number",
		"5 - nth":                        "programme.formula_takes",
		"hours - 1.0":                    "programme.formula_takes",
		"10 / (nth - 5) * (nth - 5)":     "programme.formula_fails",
		strings.Repeat("1 + ", 60) + "1": "programme.too_long",
	} {
		_, err := tried(Formulas{HelpOut: formula})
		e := errs.As(err)
		if err == nil || len(e.Fields) != 1 || e.Fields[0].Name != "formula-help" || e.Fields[0].Code != code {
			t.Errorf("%q: %+v", formula, err)
		}
	}
	if _, err := NewEarner(Formulas{"report_a_neighbour": "5"}); errs.CodeOf(err) != "programme.no_kind" {
		t.Errorf("a kind that isn't on the list: %v", err)
	}
}

// TestNoFormulaTakes: whatever somebody writes, an act earns between nothing and the most.
func TestNoFormulaTakes(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		term := rapid.SampledFrom([]string{"hours", "double(people)", "double(nth)", "2.0", "0.5", "1e300", "(weekend ? 1.0 : 0.0)"})
		formula := term.Draw(rt, "first")
		for range rapid.IntRange(0, 4).Draw(rt, "terms") {
			formula += rapid.SampledFrom([]string{" + ", " - ", " * ", " / "}).Draw(rt, "op") + term.Draw(rt, "term")
		}
		e, err := tried(Formulas{HelpOut: formula})
		if err != nil {
			return
		}
		d := Deed{float64(rapid.IntRange(1, MaxHours*4).Draw(rt, "quarters")) / 4, rapid.IntRange(1, MaxPeople).Draw(rt, "people"), rapid.IntRange(1, 400).Draw(rt, "nth"), rapid.Bool().Draw(rt, "weekend")}
		if n := e.Points(HelpOut, d); n < 0 || n > MaxPoints {
			rt.Fatalf("%s gives %d for %+v", formula, n, d)
		}
	})
}

func FuzzFormula(f *testing.F) {
	for _, s := range []string{"hours * 2.0", "nth < 3 ? 1 : 0", "((((1))))", "1/0", "\"\x00\"", "hours.size()"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, formula string) {
		e, err := tried(Formulas{HelpOut: formula})
		if err != nil {
			return
		}
		if n := e.Points(HelpOut, Deed{1, 1, 1, false}); n < 0 || n > MaxPoints {
			t.Errorf("%q gives %d", formula, n)
		}
	})
}

func TestEntitlementsAreNoRewards(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"优先办低保", "入学 加分", "村里开证明", "信用分加十", "评优名额"} {
		if _, err := (Offer{Name: name, Price: 10, Stock: 1}).check(); errs.CodeOf(err) != "programme.entitlement" {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, name := range []string{"洗衣液一瓶", "理发一次", "上门修家电一次"} {
		if _, err := (Offer{Name: name, Price: 10, Stock: 1}).check(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}
