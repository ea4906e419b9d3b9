package demand

import "slices"

// Transition is what a step asks of a demand and does to it. The table of them
// is the whole state machine; docs/demand-states.md is drawn from it.
type Transition struct {
	Step Step
	Side Side
	From []State
	To   State  // empty: the state stays
	text string // message key if words are required and missing
}

// Words reports whether the step can't be taken without a word.
func (t Transition) Words() bool { return t.text != "" }

var (
	todo    = []State{Open, Accepted, Reopened}
	working = []State{Open, Accepted, Asked, Reopened}           // the network has it
	alive   = []State{Open, Accepted, Asked, Reopened, Resolved} // somebody still has to act
	settled = []State{Resolved, Confirmed, Unconfirmed}          // the handler has said that it is done
	anyTime = []State{Open, Accepted, Asked, Reopened, Resolved, Confirmed, Unconfirmed, Merged}
)

// Transitions returns the table in the order of the loop.
func Transitions() []Transition {
	return []Transition{
		{StepAccepted, Network, []State{Open, Reopened}, Accepted, ""},
		{StepAnswered, Network, alive, "", "demand.say_something"},
		{StepNoted, Network, alive, "", "demand.say_something"},
		{StepAsked, Network, []State{Accepted}, Asked, "demand.say_what_to_ask"},
		{StepResumed, Network, []State{Asked}, Accepted, ""},
		{StepAdopted, Network, todo, Accepted, "demand.say_why_adopted"},
		{StepResolved, Network, []State{Accepted}, Resolved, "demand.say_what_was_done"},
		{StepTold, Network, []State{Asked, Resolved}, "", ""},
		{StepContactRead, Network, alive, "", ""},
		{StepSorted, Network, working, "", ""},
		{StepTransferred, Network, todo, "", "demand.say_why_transfer"},
		{StepTaken, Network, todo, Accepted, ""},
		{StepReturned, Network, todo, "", "demand.say_why_return"},
		{StepRecalled, Network, todo, "", ""},
		{StepDecided, Network, todo, Open, "demand.say_why_decided"},
		{StepHelperJoined, Network, working, "", ""},
		{StepHelperLeft, Network, alive, "", ""},
		{StepWhistled, Network, working, "", "demand.say_what_for"},
		{StepReported, Network, alive, "", ""},
		{StepAgreed, Network, alive, "", "demand.say_what_was_agreed"},
		{StepMerged, Network, todo, Merged, ""},
		{StepOwedAnswered, Network, alive, "", "demand.say_something"},

		{StepSaid, Resident, alive, "", "demand.say_something"},
		{StepConfirmed, Resident, []State{Resolved, Unconfirmed}, Confirmed, ""},
		{StepReopened, Resident, settled, Reopened, "demand.say_why"},
		{StepWithdrawn, Resident, working, Withdrawn, ""},
		{StepSplit, Resident, []State{Merged}, Open, ""},
		{StepStillFixed, Resident, []State{Confirmed}, "", ""},
		{StepClaimed, Resident, anyTime, "", ""},
		{StepDisclaimed, Resident, anyTime, "", ""},
		{StepPublished, Resident, anyTime, "", ""},
		{StepUnpublished, Resident, anyTime, "", ""},

		{StepAssigned, Machine, alive, "", ""},
		{StepHandedOver, Machine, alive, "", ""},
		{StepReminded, Machine, todo, "", ""},
		{StepOverdue, Machine, todo, "", ""},
		{StepDisputed, Machine, todo, "", ""},
		{StepLapsed, Machine, []State{Resolved}, Unconfirmed, ""},
		{StepAskedAgain, Machine, []State{Confirmed}, "", ""},
		{StepOwed, Machine, alive, "", ""},
		{StepOwedLate, Machine, alive, "", ""},
		{StepOwedEnded, Machine, []State{Confirmed, Unconfirmed, Withdrawn}, "", ""},
	}
}

var transitions = func() map[Step]Transition {
	table := map[Step]Transition{}
	for _, t := range Transitions() {
		table[t.Step] = t
	}
	return table
}()

// Allows reports whether side may take step in the state the demand is in.
func (d *Demand) Allows(step Step, side Side) bool {
	tr, ok := transitions[step]
	return ok && tr.Side == side && slices.Contains(tr.From, d.State)
}
