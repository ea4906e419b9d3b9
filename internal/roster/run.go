package roster

import (
	"time"

	"bilin/internal/errs"
)

// State is where an import stands.
//
//	uploaded → checking → checked → queued → running → done
//	                                   ↑        ↓
//	                                   └─── stopped, failed
type State string

// The states.
const (
	Uploaded State = "uploaded" // waits to be checked
	Checked  State = "checked"  // waits for somebody to start it
	Queued   State = "queued"   // waits to be written
	Running  State = "running"  // is being checked again and written
	Stopped  State = "stopped"  // by hand; can be taken up
	Finished State = "done"
	Failed   State = "failed" // can be tried again
)

// Run is one import of one file.
type Run struct {
	ID        string
	FileName  string
	FileHash  string
	FileSize  int64
	State     State
	SkipBad   bool
	ActorID   string
	ActorName string
	Rows      int // of the file; 0 while not known
	RowsDone  int
	Report    Report
	Failure   *Failure // what went wrong, or nil
	Stopping  bool
	CreatedAt time.Time
	StartedAt time.Time
	EndedAt   time.Time

	scope       []string
	lease       string
	interrupted State // what becomes of it if its process is told to end
}

// Failure is why a run went wrong, in words for the sender.
type Failure struct {
	Code   string       `json:"code"`
	Args   []any        `json:"args,omitempty"`
	Fields []errs.Field `json:"fields,omitempty"`
}

// FailureOf returns err in that form.
func FailureOf(err error) *Failure {
	e := errs.As(err)
	return &Failure{Code: e.Code, Args: e.Args, Fields: e.Fields}
}

// Over reports whether nothing is going on with the run.
func (r Run) Over() bool {
	return r.State == Checked || r.State == Stopped || r.State == Finished || r.State == Failed
}

// CanStart reports whether the run can be started or taken up again.
func (r Run) CanStart() bool {
	return r.Rows > 0 && (r.State == Checked || r.State == Stopped || r.State == Failed)
}

// CanStop reports whether there is something to stop.
func (r Run) CanStop() bool { return (r.State == Queued || r.State == Running) && !r.Stopping }

// start is the transition to queued: by the first click, or taking up again.
func (r *Run) start(skipBad bool) error {
	switch {
	case !r.CanStart():
		return errs.E(errs.Conflict, "roster.not_now")
	case r.State == Checked && r.Report.Bad > 0 && !skipBad:
		return errs.E(errs.Invalid, "roster.bad_rows", "bad", r.Report.Bad)
	}
	r.State, r.SkipBad, r.Failure, r.Stopping = Queued, r.SkipBad || skipBad, nil, false
	return nil
}

// stop is the wish to stop; the writer obeys after its chunk.
func (r *Run) stop() error {
	if r.State != Queued && r.State != Running {
		return errs.E(errs.Conflict, "roster.not_running")
	}
	r.Stopping = true
	if r.State == Queued {
		r.State = Stopped
	}
	return nil
}
