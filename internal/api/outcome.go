package api

import (
	"context"
	"math"
	"net/http"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"bilin/internal/auth"
	"bilin/internal/errs"
	"bilin/internal/network"
	"bilin/internal/outcome"
)

const tagOutcome = "outcomes"

func (s *service) registerOutcome() {
	register(s, operation{public: true,
		Operation: huma.Operation{OperationID: "indicators", Method: http.MethodGet, Path: "/indicators", Tags: []string{tagOutcome}, Middlewares: s.limited(s.limits.find),
			Summary: "What outcomes are measured", Description: "Fifteen by default, each from a department's own data or from what residents said; those for context are shown and never judged. Nothing that leads or villages do is among them."},
	}, s.indicators)
	register(s, operation{public: true,
		Operation: huma.Operation{OperationID: "lights", Method: http.MethodGet, Path: "/lights", Tags: []string{tagOutcome}, Middlewares: s.limited(s.limits.find),
			Summary: "The lights of a quarter",
			Description: "One row per village and indicator. Published quarters are for everybody; while objections are open, a town or village sees its own. " +
				"Counts are multiples of three, rounded at random and right on average, so that nobody is recognised; all else is reckoned from them."},
		fails: []int{http.StatusNotFound, http.StatusRequestEntityTooLarge, http.StatusUnprocessableEntity},
	}, s.lights)
	s.registerFeed()
}

// Indicator is an outcome figure.
type Indicator struct {
	Code          string `json:"code" example:"fires"`
	Name          string `json:"name"`
	NameEN        string `json:"name_en"`
	Definition    string `json:"definition"`
	DefinitionEN  string `json:"definition_en"`
	Department    string `json:"department,omitempty" doc:"Code of the department whose data it is; absent where residents are the source."`
	Source        string `json:"source" enum:"feed,confirmed,reopened,prompt" doc:"feed: a department's own data. The others: what residents said of their demands."`
	Measure       string `json:"measure" enum:"rate,share"`
	Better        string `json:"better" enum:"lower,higher"`
	Numerator     string `json:"numerator"`
	NumeratorEN   string `json:"numerator_en"`
	Denominator   string `json:"denominator"`
	DenominatorEN string `json:"denominator_en"`
	Per           int    `json:"per" doc:"A rate or share is shown per so many."`
	Weight        int    `json:"weight" doc:"In the comparison of towns; 0 for context."`
	Context       bool   `json:"context" doc:"Shown beside the others and never judged."`
	Quarters      int    `json:"quarters" doc:"How many quarters a light looks at."`
	Version       int    `json:"version"`
}

type indicatorsOutput struct {
	Body struct {
		Method     string      `json:"method" doc:"Version of the method by which a quarter would be judged now."`
		Indicators []Indicator `json:"indicators" nullable:"false"`
	}
}

func (s *service) indicators(ctx context.Context, _ *struct{}) (*indicatorsOutput, error) {
	out := &indicatorsOutput{}
	var err error
	if out.Body.Method, err = s.outcomes.MethodFor(ctx, outcome.PeriodOf(s.now())); err != nil {
		return nil, err
	}
	for _, x := range s.outcomes.Catalog().InUse() {
		out.Body.Indicators = append(out.Body.Indicators, Indicator{Code: x.Code, Name: x.Name, NameEN: x.NameEN, Definition: x.Definition, DefinitionEN: x.DefEN, Department: x.Department,
			Source: string(x.Source), Measure: string(x.Measure), Better: string(x.Better), Numerator: x.Numerator, NumeratorEN: x.NumEN, Denominator: x.Denominator, DenominatorEN: x.DenomEN,
			Per: x.Per, Weight: x.Weight, Context: x.Context, Quarters: x.Window, Version: x.Version})
	}
	return out, nil
}

type lightsInput struct {
	Period    string `query:"period" maxLength:"6" doc:"The quarter; the latest published one where it is left out." example:"2026Q3"`
	Unit      string `query:"unit" maxLength:"32" doc:"Code of a town or village; the whole city where it is left out."`
	Indicator string `query:"indicator" maxLength:"40" doc:"Code of an indicator; all where it is left out."`
	Language  string `header:"Accept-Language" doc:"The language of the sentences."`
}

type lightsOutput struct{ Body Lights }

// Lights are a quarter's.
type Lights struct {
	Period      string     `json:"period"`
	State       string     `json:"state" enum:"preview,objection,published"`
	Method      string     `json:"method" doc:"Version of the method."`
	RedFDR      float64    `json:"red_fdr" doc:"Of the red lights of the quarter at most this share is expected to be ordinary villages."`
	YellowFDR   float64    `json:"yellow_fdr" doc:"And of the red and yellow ones together."`
	PublishedAt *time.Time `json:"published_at,omitempty"`
	Digest      string     `json:"digest,omitempty" doc:"SHA-256 of what is published, as it was signed."`
	Lights      []LightRow `json:"lights" nullable:"false"`
}

// LightRow is one village and indicator.
type LightRow struct {
	Unit      string     `json:"unit" doc:"The village's code."`
	Name      string     `json:"name" doc:"The village's name."`
	Town      string     `json:"town" doc:"The town's name."`
	Indicator string     `json:"indicator" doc:"The indicator's code."`
	Light     string     `json:"light" enum:"red,yellow,green,grey,dark" doc:"grey: too few to tell. dark: no data, or nothing to go by."`
	Better    bool       `json:"better" doc:"As unlikely on the good side as a red one is on the bad."`
	Hidden    bool       `json:"hidden" doc:"On so few people that there are no numbers."`
	Quarters  int        `json:"quarters" doc:"That have data, of those that the light looks at."`
	N         int        `json:"n" doc:"What it is counted over: of a rate the residents or households there are, of a share the things there were. Rounded."`
	Exposure  int        `json:"exposure" doc:"The denominator added up over these quarters: of a rate n times the quarters."`
	Observed  int        `json:"observed" doc:"What was counted, rounded to a multiple of three."`
	Expected  float64    `json:"expected" doc:"What an ordinary village with this exposure would count."`
	Rate      *float64   `json:"rate" doc:"Of the village itself: events a year per the indicator's per, or percent; null without data."`
	Interval  *[]float64 `json:"interval" doc:"95% interval of the rate: low and high; null without data."`
	P         *float64   `json:"p" doc:"Probability of showing this or worse in an ordinary village; null without data."`
	Q         *float64   `json:"q" doc:"The same after looking at all lights of the quarter (Benjamini-Hochberg)."`
	Sentence  string     `json:"sentence" doc:"What was expected, what came and how sure one can be, in the reader's language."`
}

func (s *service) lights(ctx context.Context, in *lightsInput) (*lightsOutput, error) {
	p, err := s.lightsPeriod(ctx, in.Period)
	if err != nil {
		return nil, err
	}
	v, err := s.outcomes.Lights(ctx, auth.From(ctx), p)
	if err != nil {
		return nil, err
	}
	list, units, err := s.chosen(v, in)
	if err != nil {
		return nil, err
	}
	if n := len(units) * len(list); n > outcome.MaxRows {
		return nil, errs.E(errs.TooLarge, "api.many_lights", "n", n, "max", outcome.MaxRows)
	}
	set := v.Basis.Settings
	out := &lightsOutput{Body: Lights{Period: p.String(), State: string(v.State), Method: v.Method, RedFDR: set.RedFDR, YellowFDR: set.YellowFDR, PublishedAt: orNone(v.PublishedAt), Digest: v.Digest,
		Lights: make([]LightRow, 0, len(units)*len(list))}}
	say := outcome.Say(s.words(in.Language))
	tree := s.network.Tree()
	for _, id := range units {
		for _, x := range list {
			if c, ok := v.Cell(x.ID, id); ok {
				row := lightRow(tree, x, c)
				row.Sentence = outcome.Sentence(localeOf(in.Language), say, x, c, s.departmentName(x.Department))
				out.Body.Lights = append(out.Body.Lights, row)
			}
		}
	}
	return out, nil
}

// lightsPeriod is the quarter that is asked for, or the latest published one.
func (s *service) lightsPeriod(ctx context.Context, asked string) (outcome.Period, error) {
	if asked != "" {
		p, err := outcome.ParsePeriod(asked)
		if err != nil {
			err = errs.E(errs.Invalid, "api.invalid").WithField("period", "outcome.bad_period", "value", asked)
		}
		return p, err
	}
	releases, err := s.outcomes.Releases(ctx)
	for _, r := range releases {
		if r.State == outcome.Published {
			return r.Period, nil
		}
	}
	if err == nil {
		err = errs.E(errs.NotFound, "outcome.no_release")
	}
	return 0, err
}

// chosen are the indicators and villages that are asked for.
func (s *service) chosen(v *outcome.View, in *lightsInput) (list []outcome.Indicator, units []string, err error) {
	for _, x := range v.Basis.Indicators {
		if in.Indicator == "" || x.Code == in.Indicator {
			list = append(list, x)
		}
	}
	if len(list) == 0 {
		return nil, nil, errs.E(errs.NotFound, "outcome.no_indicator")
	}
	if in.Unit == "" {
		return list, v.Basis.Units, nil
	}
	tree := s.network.Tree()
	root := tree.ByCode(in.Unit)
	if root == nil || root.Level > network.Village {
		return nil, nil, errs.E(errs.Invalid, "api.invalid").WithField("unit", "api.code_unknown", "code", in.Unit)
	}
	for _, id := range v.Basis.Units {
		if tree.Contains(root.ID, id) {
			units = append(units, id)
		}
	}
	return list, units, nil
}

func lightRow(tree *network.Tree, x outcome.Indicator, c outcome.Cell) LightRow {
	row := LightRow{Unit: c.UnitID, Indicator: x.Code, Light: string(c.Light), Better: c.Better, Hidden: c.Hidden, Quarters: c.Quarters, N: c.Den, Exposure: c.Den, Observed: c.Num, Expected: c.Expected}
	if x.Measure == outcome.Rate && c.Quarters > 1 {
		row.N = int(math.Round(float64(c.Den) / float64(c.Quarters)))
	}
	if u := tree.ByID(c.UnitID); u != nil {
		row.Unit, row.Name = u.Code, u.Name
		if town := tree.Parent(u); town != nil {
			row.Town = town.Name
		}
	}
	if c.Den > 0 {
		rate := fourDigits(x.Shown(float64(c.Num) / float64(c.Den)))
		row.Rate, row.Interval, row.P, row.Q = &rate, &[]float64{fourDigits(x.Shown(c.Low)), fourDigits(x.Shown(c.High))}, &c.P, &c.Q
	}
	return row
}

// fourDigits keeps as many significant digits as a rounded count is worth.
func fourDigits(x float64) float64 {
	if x == 0 {
		return 0
	}
	scale := math.Pow(10, 3-math.Floor(math.Log10(math.Abs(x))))
	return math.Round(x*scale) / scale
}

func (s *service) departmentName(code string) string {
	for _, d := range s.network.Tree().Departments() {
		if strings.EqualFold(d.Code, code) {
			return d.Name
		}
	}
	return code
}
