package situation

import "bilin/internal/mobilise"

// Suggestion is an objective that a hazard usually has, as placeholders to edit.
type Suggestion struct {
	ID            string // its name is the message "situation.suggest." + ID, its unit that with ".unit"
	Start, Target int64
}

var suggestions = map[mobilise.Hazard][]Suggestion{
	mobilise.Ice:     {{"roads", 0, 41}, {"power", 98_214, 0}, {"stranded", 120, 0}, {"heating", 0, 29}},
	mobilise.Flood:   {{"moved", 0, 1200}, {"dykes", 0, 36}, {"shelters", 0, 12}, {"power", 8000, 0}},
	mobilise.Fire:    {{"moved", 0, 300}, {"edges", 0, 8}, {"hotspots", 25, 0}},
	mobilise.Heat:    {{"coolrooms", 0, 58}, {"elders", 0, 2400}, {"water", 3000, 0}},
	mobilise.Power:   {{"power", 20_000, 0}, {"generators", 0, 60}, {"oxygen", 0, 85}},
	mobilise.Water:   {{"water", 12_000, 0}, {"tankers", 0, 40}, {"points", 0, 65}},
	mobilise.Missing: {{"searched", 0, 12}},
	mobilise.Other:   {{"places", 0, 10}, {"homes", 500, 0}},
}

// Suggestions lists what is usually to be reached.
func Suggestions(h mobilise.Hazard) []Suggestion {
	if s := suggestions[h]; s != nil {
		return s
	}
	return suggestions[mobilise.Other]
}
