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
	Error     string // message key of what went wrong, or ""
	Stopping  bool
	CreatedAt time.Time
	StartedAt time.Time
	EndedAt   time.Time

	scope []string
	lease string
}

// Over reports whether nothing is going on with the run.
func (r Run) Over() bool {
	return r.State == Checked || r.State == Stopped || r.State == Finished || r.State == Failed
}

// start is the transition to queued: by the first click, or taking up again.
func (r *Run) start(skipBad bool) error {
	switch {
	case r.State != Checked && r.State != Stopped && r.State != Failed:
		return errs.E(errs.Conflict, "roster.not_now", "state", string(r.State))
	case r.State == Checked && r.Report.Bad > 0 && !skipBad:
		return errs.E(errs.Invalid, "roster.bad_rows", "bad", r.Report.Bad)
	}
	r.State, r.SkipBad, r.Error, r.Stopping = Queued, r.SkipBad || skipBad, "", false
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
