package programme

import (
	"fmt"
	"math"
	"strings"
	"unicode/utf8"

	"cel.dev/cel-go/cel"

	"bilin/internal/errs"
)

// maxCost bounds what a formula may compute: they are one line of arithmetic.
const maxCost = 1000

// env is all that a formula can speak of: the act, and nothing of the person.
var env = func() *cel.Env {
	e, err := cel.NewEnv(
		cel.ClearMacros(), cel.ParserExpressionSizeLimit(MaxFormula*4), cel.ParserRecursionLimit(20),
		cel.Variable("hours", cel.DoubleType), // how long it took
		cel.Variable("people", cel.IntType),   // how many were helped, or took part
		cel.Variable("nth", cel.IntType),      // the member's how-many-eth of this kind in the month
		cel.Variable("weekend", cel.BoolType), // whether the day was a Saturday or Sunday
	)
	if err != nil {
		panic(fmt.Sprintf("programme: formulas: %v", err))
	}
	return e
}()

// Deed is what a formula is told of an act.
type Deed struct {
	Hours   float64
	People  int
	Nth     int // from 1
	Weekend bool
}

// Earner computes points by a programme's formulas, which are CEL expressions
// (cel.dev) over hours, people, nth and weekend. It may be used by several goroutines.
type Earner struct{ programs map[Kind]cel.Program }

// NewEarner compiles formulas. A kind without one earns nothing. It fails with
// an Invalid error on the field "formula-" + kind.
func NewEarner(f Formulas) (*Earner, error) { return earner(f, compile) }

// tried is NewEarner for formulas that somebody typed: one that fails on acts at
// the bounds, or takes points away there, is refused before it is ever used.
func tried(f Formulas) (*Earner, error) {
	return earner(f, func(text string) (cel.Program, error) {
		program, err := compile(text)
		for _, d := range samples {
			if err == nil {
				_, err = points(program, d)
			}
		}
		return program, err
	})
}

func earner(f Formulas, compile func(text string) (cel.Program, error)) (*Earner, error) {
	e := &Earner{programs: map[Kind]cel.Program{}}
	bad := errs.E(errs.Invalid, "programme.check")
	for _, kind := range Kinds() {
		text := strings.TrimSpace(f[kind])
		if text == "" {
			continue
		}
		program, err := compile(text)
		if err != nil {
			bad = bad.WithField("formula-"+string(kind), errs.CodeOf(err), errs.As(err).Args...)
			continue
		}
		e.programs[kind] = program
	}
	for kind := range f {
		if !kind.Valid() {
			return nil, errs.E(errs.Invalid, "programme.no_kind")
		}
	}
	if len(bad.Fields) > 0 {
		return nil, bad
	}
	return e, nil
}

func compile(text string) (cel.Program, error) {
	if utf8.RuneCountInString(text) > MaxFormula {
		return nil, errs.E(errs.Invalid, "programme.too_long", "max", MaxFormula)
	}
	ast, issues := env.Compile(text)
	if issues.Err() != nil {
		e := issues.Errors()[0]
		return nil, errs.E(errs.Invalid, "programme.formula_wrong", "at", e.Location.Column()+1, "what", e.Message)
	}
	if t := ast.OutputType(); !t.IsExactType(cel.IntType) && !t.IsExactType(cel.DoubleType) {
		return nil, errs.E(errs.Invalid, "programme.formula_no_number")
	}
	program, err := env.Program(ast, cel.CostLimit(maxCost))
	if err != nil {
		return nil, errs.E(errs.Invalid, "programme.formula_no_number")
	}
	return program, nil
}

// samples are acts at the bounds.
var samples = func() (list []Deed) {
	for _, hours := range []float64{0.25, 1, 4, MaxHours} {
		for _, people := range []int{1, 10, MaxPeople} {
			for _, nth := range []int{1, 5, 31} {
				list = append(list, Deed{hours, people, nth, false}, Deed{hours, people, nth, true})
			}
		}
	}
	return list
}()

func points(program cel.Program, d Deed) (int64, error) {
	out, _, err := program.Eval(map[string]any{"hours": d.Hours, "people": int64(d.People), "nth": int64(d.Nth), "weekend": d.Weekend})
	if err != nil {
		return 0, errs.E(errs.Invalid, "programme.formula_fails", "hours", fmt.Sprint(d.Hours), "people", d.People, "nth", d.Nth)
	}
	var n float64
	switch v := out.Value().(type) {
	case int64:
		n = float64(v)
	case float64:
		n = math.Floor(v)
	}
	switch {
	case math.IsNaN(n) || n < 0:
		return 0, errs.E(errs.Invalid, "programme.formula_takes", "hours", fmt.Sprint(d.Hours), "people", d.People, "nth", d.Nth)
	case n > MaxPoints:
		return MaxPoints, nil
	}
	return int64(n), nil
}

// Points returns what an act earns: 0 to MaxPoints. A formula that fails, or
// would take points away, earns nothing.
func (e *Earner) Points(kind Kind, d Deed) int64 {
	program := e.programs[kind]
	if program == nil {
		return 0
	}
	n, err := points(program, d)
	if err != nil {
		return 0
	}
	return n
}
