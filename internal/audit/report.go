package audit

import (
	_ "embed"
	"fmt"
	"time"

	"bilin/internal/i18n"
)

//go:embed messages.json
var rawMessages []byte

// Messages is what this package says to people.
var Messages = i18n.MustParse(rawMessages)

// Report says what Verify found.
type Report struct {
	Rows           int64     // rows in the log
	Proved         int64     // the first so many rows are what the last matching checkpoint signed
	Unproved       int64     // rows in the log after that checkpoint
	Pending        int64     // entries not yet in the log
	Checkpoints    int64     // checkpoints that were verified and match, in the file and in the database
	LastCheckpoint time.Time // of the last that matches; zero if there is none
	Verifier       string    // name and number of the key they were verified with
	Torn           bool      // the checkpoint file ends in a line that the power cut short; harmless
	Vouched        []Vouched // up to where each trusted witness vouches for it; one that never signed vouches for no row
	Failure        *Failure  // the first thing that is wrong, nil if nothing is
}

// OK reports whether nothing was found to be wrong.
func (r Report) OK() bool { return r.Failure == nil }

// The codes of failures, which are also message keys.
const (
	Altered    = "audit.altered"    // the row is not what was sequenced
	Missing    = "audit.missing"    // the row was deleted
	Surplus    = "audit.surplus"    // a row behind the log's end
	Tree       = "audit.tree"       // a node of the tree was altered or deleted
	Rewritten  = "audit.rewritten"  // rows Seq to Until-1 and their tree are not what the checkpoint signed
	Cut        = "audit.cut"        // rows from Seq to Until-1 were there at a checkpoint and are gone
	Unsigned   = "audit.unsigned"   // a checkpoint is not signed with this log's key, or not a checkpoint
	Unlisted   = "audit.unlisted"   // a checkpoint of the file is missing in the database
	Unrecorded = "audit.unrecorded" // a checkpoint of the database is missing in the file
	Unvouched  = "audit.unvouched"  // the signature of a trusted witness is not what it signed
)

// Failure is the first thing that is wrong with a log.
type Failure struct {
	Code  string
	Seq   int64     // the first row that fails, or that is no longer proved
	Until int64     // for Rewritten and Cut the end of the rows; for a checkpoint its size
	ID    string    // of the row, if it is there
	At    time.Time // of the row
}

// Row is the row's number as people count, from 1; 0 where no row fails but a
// checkpoint, whose size is Until.
func (f Failure) Row() int64 {
	switch f.Code {
	case Unsigned, Unlisted, Unrecorded, Unvouched:
		return 0
	}
	return f.Seq + 1
}

// String says for logs what is wrong.
func (f Failure) String() string {
	if f.Row() == 0 {
		return fmt.Sprintf("%s: the checkpoint of %d rows", f.Code, f.Until)
	}
	return fmt.Sprintf("%s: row %d", f.Code, f.Row())
}

// Args are the placeholders of the failure's message.
func (f Failure) Args() []any {
	return []any{"row", f.Row(), "until", f.Until, "id", f.ID}
}
