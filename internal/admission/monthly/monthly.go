// Package monthly is the list of what may be asked of leads in a month, the gate
// through which every task goes, and the tasks themselves.
package monthly

import (
	_ "embed"
	"log/slog"
	"time"

	"bilin/internal/admission"
	"bilin/internal/audit"
	"bilin/internal/auth"
	"bilin/internal/errs"
	"bilin/internal/i18n"
	"bilin/internal/live"
	"bilin/internal/network"
	"bilin/internal/sqldb"
	"bilin/internal/workday"
)

//go:embed messages.json
var rawMessages []byte

// Messages are this package's words.
var Messages = i18n.MustParse(rawMessages)

// Options are what a Service needs.
type Options struct {
	DB        *sqldb.DB
	Network   *network.Service
	Policy    *auth.Policy
	Audit     *audit.Log
	Live      *live.Hub
	Admission *admission.Service
	Paused    func(unitID string) bool // a unit in emergency mode gets no routine tasks; nil: never
	Now       func() time.Time         // default time.Now
	Logger    *slog.Logger
}

// Service composes and publishes lists, and makes and ends tasks.
type Service struct{ opt Options }

// New returns the service.
func New(opt Options) *Service {
	if opt.Now == nil {
		opt.Now = time.Now
	}
	if opt.Paused == nil {
		opt.Paused = func(string) bool { return false }
	}
	if opt.Logger == nil {
		opt.Logger = slog.New(slog.DiscardHandler)
	}
	return &Service{opt: opt}
}

// Command is what every change carries.
type Command = admission.Command

func (s *Service) now() time.Time { return s.opt.Now().UTC().Truncate(time.Millisecond) }

func (s *Service) tree() *network.Tree { return s.opt.Network.Tree() }

// ThisMonth is the month that runs in the city.
func (s *Service) ThisMonth() admission.Month { return admission.Of(s.opt.Now().In(workday.City)) }

func (s *Service) today() string { return s.opt.Now().In(workday.City).Format(time.DateOnly) }

// The states of a list.
const (
	Composing = "composing"
	Published = "published"
)

// List is a month's list.
type List struct {
	Month       admission.Month
	State       string
	PublishOn   string    // "YYYY-MM-DD"
	PublishedAt time.Time // zero before
	IssuedAt    time.Time // when all of its tasks had gone out; zero before
	Digest      string    // SHA-256 of the lines at publication, in hex
	Version     int
	Lines       []Line
}

// Line is a matter on a list. Once the list is published, it says what the
// matter said then.
type Line struct {
	ID, MatterID, Number string
	Priority             int
	Late                 bool
	Reason               string // of a late addition
	Leads, Minutes       int    // asked, and what it costs them together
	Conditions           string
	Content              admission.Content
}

// TaskState is where a task stands.
type TaskState string

// The states of a task. A cancelled one counts against no budget.
const (
	Open      TaskState = "open"
	Done      TaskState = "done"
	Returned  TaskState = "returned"
	Cancelled TaskState = "cancelled"
)

// Task is what one lead is asked in one month.
type Task struct {
	ID, MatterID      string
	Month             admission.Month
	UnitID, VillageID string
	Homes, Minutes    int
	FirstDay, LastDay string
	State             TaskState
	StateAt           time.Time
	Reason            string // of a return, and what the city office said of it
	PersonID          string // who did or returned it
	Bypass            bool   // an emergency's: past list and budget
	Waits             bool   // open, and routine where there is an emergency; of Tasks and Todo
	Standing          bool   // care contacts: the care list says when and where; of Task and Tasks
	Version           int

	Number, Title, Ask, Support, DepartmentID string // the matter's
	Conditions                                string
	Way                                       admission.Way
	Priority                                  int
	Rotation, HomeMinutes                     int
}

// Rule is what the gate refuses a task by.
type Rule string

// The rules, in the order in which they are asked.
const (
	Passes        Rule = ""
	NoMatter      Rule = "no_matter"
	NotAdmitted   Rule = "not_admitted"
	RevokedRule   Rule = "revoked"
	ExpiredRule   Rule = "expired"
	NotStarted    Rule = "not_started"
	NoList        Rule = "no_list"
	NotOnList     Rule = "not_on_list"
	NotInAudience Rule = "not_in_audience"
	NotDue        Rule = "not_due"
	Objected      Rule = "objected"
	NoLead        Rule = "no_lead"
	Already       Rule = "already"
	Paused        Rule = "paused"
	OverBudget    Rule = "over_budget"
)

// Refusal is a task that the gate didn't let through.
type Refusal struct {
	Rule             Rule
	MatterID, UnitID string
}

// Error names the rule.
func (r *Refusal) Error() string { return "task refused: " + string(r.Rule) }

// refused is the refusal as everybody meets it.
func refused(r Refusal) error {
	return errs.Wrap(&r, errs.Conflict, "task.refused."+string(r.Rule))
}
