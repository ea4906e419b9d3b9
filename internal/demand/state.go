package demand

// State is where a demand stands.
type State string

// The states. docs/demand-states.md draws how one leads to another.
const (
	Open        State = "open"        // raised, or given to a new owner; nobody there has taken it yet
	Accepted    State = "accepted"    // somebody is on it
	Asked       State = "waiting"     // the handler needs a word from the resident; the clock stands still
	Resolved    State = "resolved"    // the handler says it is done; the resident has the word
	Reopened    State = "reopened"    // the resident says it is not
	Confirmed   State = "confirmed"   // the resident says it is solved: closed
	Unconfirmed State = "unconfirmed" // the resident was told and said nothing for seven days: closed, and counted apart
	Withdrawn   State = "withdrawn"   // the resident no longer asks for it: closed
	Merged      State = "merged"      // the same matter as another demand, whose fate it shares until its author says otherwise
)

// States lists every state in the order of the loop.
func States() []State {
	return []State{Open, Reopened, Accepted, Asked, Resolved, Confirmed, Unconfirmed, Withdrawn, Merged}
}

// Stage groups the states by whose turn it is; queues sort by it.
type Stage int

// The stages.
const (
	Todo      Stage = iota // the network has to do something
	Waiting                // the resident has to say something
	Closed                 // by the resident, or by their silence
	Following              // another demand stands for it
)

// Stage returns whose turn it is in state s.
func (s State) Stage() Stage {
	switch s {
	case Asked, Resolved:
		return Waiting
	case Confirmed, Unconfirmed, Withdrawn:
		return Closed
	case Merged:
		return Following
	default:
		return Todo
	}
}

// Side is which of the two sides, or neither, did something.
type Side string

// The sides.
const (
	Resident Side = "resident"
	Network  Side = "network"
	Machine  Side = "system" // the rules themselves: whom it goes to, and when
)

// Step is what happened.
type Step string

// The steps of a timeline.
const (
	StepRaised       Step = "raised"
	StepAssigned     Step = "assigned" // it went, or moved on, to an owner; Reason says why
	StepAccepted     Step = "accepted"
	StepAnswered     Step = "answered" // a word from the network
	StepNoted        Step = "noted"    // a word within the network, opened to the resident on resolution
	StepAsked        Step = "asked"    // the handler needs a word from the resident
	StepResumed      Step = "resumed"  // the clock runs again
	StepSaid         Step = "said"     // a word from the resident
	StepAdopted      Step = "adopted"  // a suggestion: it will be done, by when it says
	StepResolved     Step = "resolved"
	StepConfirmed    Step = "confirmed"
	StepReopened     Step = "reopened"
	StepWithdrawn    Step = "withdrawn"
	StepLapsed       Step = "lapsed"       // seven days without an answer
	StepTold         Step = "told"         // somebody other than the handler told a resident without a telephone
	StepAskedAgain   Step = "asked_again"  // is it still fixed?
	StepStillFixed   Step = "still_fixed"  // it is
	StepContactRead  Step = "contact_read" // somebody opened the sealed contact
	StepSorted       Step = "sorted"       // category or urgency were changed
	StepHandedOver   Step = "handed_over"  // the post went to a successor, and the demand with it
	StepTransferred  Step = "transferred"  // offered to another owner, who has yet to accept
	StepTaken        Step = "taken"        // the transfer was accepted
	StepReturned     Step = "returned"     // the transfer was refused, with reason and legal basis
	StepRecalled     Step = "recalled"     // the owner took the offer back
	StepDisputed     Step = "disputed"     // it went to the city office to decide
	StepDecided      Step = "decided"      // the city office's decision, which binds
	StepReminded     Step = "reminded"     // the time limit is near
	StepOverdue      Step = "overdue"      // the limit of the last level ran out
	StepHelperJoined Step = "helper_joined"
	StepHelperLeft   Step = "helper_left"
	StepWhistled     Step = "whistled"   // departments were called to the spot
	StepReported     Step = "reported"   // a department answered the call, or came
	StepAgreed       Step = "agreed"     // what was agreed on the spot
	StepMerged       Step = "merged"     // from now on it follows another demand
	StepSplit        Step = "split"      // it no longer does
	StepClaimed      Step = "claimed"    // the household says that an entry made for it is its own
	StepDisclaimed   Step = "disclaimed" // or that it is not
	StepPublished    Step = "publish"    // the author lets the answer be shown to everybody
	StepUnpublished  Step = "unpublish"  // or no longer does
	StepOwed         Step = "owed"       // the city failed it: a named senior official owes an answer by a date
	StepOwedAnswered Step = "owed_answered"
	StepOwedLate     Step = "owed_late"  // that date passed without an answer
	StepOwedEnded    Step = "owed_ended" // with the demand
)

// Steps lists every step.
func Steps() []Step {
	return []Step{StepRaised, StepAssigned, StepAccepted, StepAnswered, StepNoted, StepAsked, StepResumed, StepSaid,
		StepAdopted, StepResolved, StepConfirmed, StepReopened, StepWithdrawn, StepLapsed, StepTold, StepAskedAgain, StepStillFixed,
		StepContactRead, StepSorted, StepHandedOver, StepTransferred, StepTaken, StepReturned, StepRecalled, StepDisputed, StepDecided,
		StepReminded, StepOverdue, StepHelperJoined, StepHelperLeft, StepWhistled, StepReported, StepAgreed,
		StepMerged, StepSplit, StepClaimed, StepDisclaimed, StepPublished, StepUnpublished,
		StepOwed, StepOwedAnswered, StepOwedLate, StepOwedEnded}
}

// Reason is why a demand went to the owner it went to.
type Reason string

// The reasons.
const (
	ReasonLead      Reason = "lead"           // it is this unit's own
	ReasonNoLead    Reason = "no_lead"        // the unit under it has nobody serving
	ReasonComplaint Reason = "complaint"      // it is about somebody, who is skipped with everyone under them
	ReasonReporter  Reason = "reporter"       // whoever reported it doesn't judge their own report
	ReasonMerged    Reason = "merged"         // the unit that had it became part of another
	ReasonTaken     Reason = "taken"          // somebody accepted it from the owner that had it
	ReasonOverdue   Reason = "overdue"        // the time limit ran out
	ReasonDecided   Reason = "decided"        // the city office decided so
	ReasonOffice    Reason = "office"         // nobody knows yet whose it is; the city office assigns it
	ReasonShared    Reason = "shared"         // it goes where the demand is that it follows
	ReasonSplit     Reason = "split"          // it stands for itself again
	ReasonReopened  Reason = "reopened_twice" // the resident said twice that it wasn't done
	ReasonLate      Reason = "late_30_days"   // 30 days after its limit ran out
)
