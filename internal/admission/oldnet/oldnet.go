// Package oldnet turns the departments' old grids into the one network: their
// grids become units, their workers posts, their duties functions, and their
// forms nothing; then the old net retires on a day.
package oldnet

import (
	_ "embed"
	"time"

	"bilin/internal/auth"
	"bilin/internal/i18n"
)

//go:embed messages.json
var raw []byte

// Messages are this package's words.
var Messages = i18n.MustParse(raw)

// What can be done with old nets. How many became one is for everybody to read.
const (
	ActMap  auth.Action = "oldnet.map"  // import them, and decide what becomes of each part
	ActRead auth.Action = "oldnet.read" // read one's own department's
)

// Rules gives them to roles.
var Rules = []auth.Rule{
	{Action: ActMap, Roles: []auth.Role{auth.CityOffice, auth.Admin}},
	{Action: ActRead, Roles: []auth.Role{auth.Department}, OfDepartment: true},
	{Action: ActRead, Roles: []auth.Role{auth.CityOffice, auth.Admin, auth.Auditor}},
}

// State is where an old net stands.
type State string

// The states.
const (
	Mapping State = "mapping" // its parts are being decided
	Set     State = "set"     // all is decided, and the day is set
	Retired State = "retired"
)

// Kind is what a row of an old net is.
type Kind string

// The kinds.
const (
	Grid   Kind = "grid"
	Worker Kind = "worker"
	Duty   Kind = "duty"
	Form   Kind = "form"
)

// Fate is what becomes of a worker, a duty or a form; "" is not decided.
type Fate string

// The fates.
const (
	OnPost   Fate = "post"     // a worker has a post on the network
	Released Fate = "released" // a worker is free of the old duty
	Merged   Fate = "merged"   // a duty or form is part of a function now
	Dropped  Fate = "dropped"  // a duty or form is no more
)

// How a grid found its unit.
const (
	ByCode = "code"
	ByName = "name"
	ByHand = "hand"
)

// Net is an old net.
type Net struct {
	ID, DepartmentID, Name string
	State                  State
	RetiresOn              string    // "YYYY-MM-DD", "" if no day is set
	RetiredAt              time.Time // zero before
	Version                int
	Counts
}

// Counts is what a net, or all of them, consist of and what is decided.
type Counts struct {
	Grids, Mapped            int
	Households               int // that its grids counted; of several nets the same ones are counted again
	Workers, Posts, Freed    int
	Duties, MergedDuties     int
	Forms, DroppedForms      int
	Yearly, YearlyDropped    int // times a year that its forms were filled in, by all who had to
	DroppedDuties, KeptForms int // a kept form is part of a function
}

// Ready says whether everything is decided.
func (c Counts) Ready() bool {
	return c.Mapped == c.Grids && c.Posts+c.Freed == c.Workers && c.MergedDuties+c.DroppedDuties == c.Duties && c.DroppedForms+c.KeptForms == c.Forms
}

// Left is how many parts aren't decided yet.
func (c Counts) Left() int {
	return c.Grids - c.Mapped + c.Workers - c.Posts - c.Freed + c.Duties - c.MergedDuties - c.DroppedDuties + c.Forms - c.DroppedForms - c.KeptForms
}

func (c *Counts) add(o Counts) {
	c.Grids, c.Mapped, c.Households = c.Grids+o.Grids, c.Mapped+o.Mapped, c.Households+o.Households
	c.Workers, c.Posts, c.Freed = c.Workers+o.Workers, c.Posts+o.Posts, c.Freed+o.Freed
	c.Duties, c.MergedDuties, c.DroppedDuties = c.Duties+o.Duties, c.MergedDuties+o.MergedDuties, c.DroppedDuties+o.DroppedDuties
	c.Forms, c.DroppedForms, c.KeptForms = c.Forms+o.Forms, c.DroppedForms+o.DroppedForms, c.KeptForms+o.KeptForms
	c.Yearly, c.YearlyDropped = c.Yearly+o.Yearly, c.YearlyDropped+o.YearlyDropped
}

// OldGrid is a grid of an old net.
type OldGrid struct {
	ID, Code, Name string
	UnitID         string // "" while it isn't mapped
	How            string
	Households     int
}

// OldWorker is somebody who served an old net.
type OldWorker struct {
	ID, GridID, GridName, Name, Role string
	PostID                           string // on the network, if one is theirs
	Fate                             Fate
}

// OldDuty is a duty of an old net or a form it had filled in.
type OldDuty struct {
	ID         string
	Kind       Kind
	Name       string
	Yearly     int // times a year that a form was filled in
	FunctionID string
	Fate       Fate
}

// Summary is what became one.
type Summary struct {
	Nets, Retired int
	Counts
	Functions int // of the network, that the duties became part of
	Villages  int // on which more than one net lies
	Doubled   int // people who serve more than one net under one name in one village
}

// Overlap is a village on which several old nets lie.
type Overlap struct {
	VillageID  string
	NetIDs     []string
	Grids      int
	Households int // counted by the nets together
	Doubled    int // people of one name in more than one of them
}
