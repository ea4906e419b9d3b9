package admission

import "bilin/internal/network"

// DefaultBudget is what a lead may be asked in a month, in minutes, where no unit says otherwise.
const DefaultBudget = 240

// Doorstep is what each separate visit or call costs beside its matter, in minutes:
// the way there, the greeting. Matters merged into one visit share it.
const Doorstep = 5

// Homes returns how many of a unit's households have their turn in a month:
// those at places i (0-based, in order of their ids) with (i+months since year 0) mod rotation = 0.
func (c *Content) Homes(households int, month Month) int { return 0 }

// LeadMinutes returns what one lead with so many households is asked in a month,
// each visit counted for itself: the number the budget is charged with.
func (c *Content) LeadMinutes(households int, month Month) int { return 0 }

// Month is a month of a year, written "2026-11".
type Month string

// Budgets are the minutes a month of leads, by unit; what a unit doesn't say, the one above says.
type Budgets map[string]int

// Load is what leads are asked in one month.
type Load struct{}

// LoadOf sums what the matters ask of every post of the tree in a month.
// Objected says where a matter doesn't count (a unit's id under a matter's).
func LoadOf(tree *network.Tree, budgets Budgets, month Month, matters []*Matter) *Load {
	return &Load{}
}
