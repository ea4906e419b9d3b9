// Package burden says how many minutes departments asked of the network in a
// month, what came past the list, and what was refused or saved. It is public.
package burden

import (
	"context"
	_ "embed"
	"time"

	"bilin/internal/admission"
	"bilin/internal/auth"
	"bilin/internal/i18n"
	"bilin/internal/network"
	"bilin/internal/sqldb"
)

//go:embed messages.json
var rawMessages []byte

// Messages are this package's words.
var Messages = i18n.MustParse(rawMessages)

// ActRead is reading the burden of the network.
const ActRead auth.Action = "burden.read"

// Rules give it to everybody: whoever pays with their evenings may see the bill.
var Rules = []auth.Rule{{Action: ActRead, Public: true}}

// Options are what a Service needs.
type Options struct {
	DB      *sqldb.DB
	Tree    func() *network.Tree
	Budgets func(context.Context) (admission.Budgets, error) // nil: everybody has the default
	Policy  *auth.Policy
	Now     func() time.Time // default time.Now
}

// Service adds the burden up.
type Service struct{ opt Options }

// New returns the service.
func New(opt Options) *Service {
	if opt.Now == nil {
		opt.Now = time.Now
	}
	return &Service{opt: opt}
}

// Sum is what was asked, and what came of it.
type Sum struct {
	Matters        int // asked of anybody
	Tasks          int
	Minutes        int // visits counted each for itself
	Done, Returned int // of the tasks
	Offlist        int // confirmed reports of work that came past the list
	OfflistMinutes int
}

// add adds o, except for Matters: the same matter reaches many villages.
func (s *Sum) add(o Sum) {
	s.Tasks += o.Tasks
	s.Minutes += o.Minutes
	s.Done += o.Done
	s.Returned += o.Returned
	s.Offlist += o.Offlist
	s.OfflistMinutes += o.OfflistMinutes
}

// Department is one department's part of it.
type Department struct {
	ID, Code, Name string
	Sum
}

// Part is a unit directly under the one asked for. Off-list work is counted by
// town, so that nobody can tell from where a report came.
type Part struct {
	Unit    *network.Unit
	Leads   int // who serve as neighbour lead
	Minutes int
	Budget  int // of those leads together
}

// PerLead is the minutes of one lead in the middle of the part.
func (p Part) PerLead() float64 { return perLead(p.Minutes, p.Leads) }

// Point is one month of the trend.
type Point struct {
	Month   admission.Month
	Minutes int
	PerLead float64 // with the leads of today
	Offlist int     // confirmed reports
}

// Turned is a matter that was refused, and what it would have cost.
type Turned struct {
	Number, Title string
	DepartmentID  string
	Minutes       int // in its first month
	PerLead       float64
}

// Merged is what one visit for several matters saved.
type Merged struct {
	Visits, Separate int // made, and what they would have been one by one
	Saved            int // minutes
}

// Report is the burden of one unit in one month.
type Report struct {
	Month       admission.Month
	Unit        *network.Unit
	Leads       int // neighbour leads who serve
	Budget      int // minutes of all of them together
	Whole       Sum
	Departments []Department // by minutes, the most first
	Parts       []Part       // by minutes per lead, the most first
	Trend       []Point      // twelve months up to this one
	Refused     []Turned     // decided in this month, the costliest first
	Merged      Merged
	Known       bool // anything was sent in this month
}

// PerLead is the minutes that a lead was asked in the middle.
func (r *Report) PerLead() float64 { return perLead(r.Whole.Minutes, r.Leads) }

func perLead(minutes, leads int) float64 {
	if leads == 0 {
		return 0
	}
	return float64(minutes) / float64(leads)
}
