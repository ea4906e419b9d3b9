package network

import (
	"time"

	"bilin/internal/auth"
	"bilin/internal/errs"
)

// SelectionState is how far a candidate has come.
type SelectionState string

// The states, in order, and the two ways out.
const (
	Nominated SelectionState = "nominated" // by themselves, a neighbour or the village
	Reviewed  SelectionState = "reviewed"  // the village found nothing against it
	Filed     SelectionState = "filed"     // with the town
	OnNotice  SelectionState = "notice"    // everybody may look and object
	Appointed SelectionState = "appointed"
	Rejected  SelectionState = "rejected"
	Withdrawn SelectionState = "withdrawn"
)

// SelectionStates lists the states in order.
func SelectionStates() []SelectionState {
	return []SelectionState{Nominated, Reviewed, Filed, OnNotice, Appointed, Rejected, Withdrawn}
}

// Who nominated.
const (
	BySelf      = "self"
	ByNeighbour = "neighbour"
	ByVillage   = "village"
)

// Selection is how somebody comes to a lead's post.
type Selection struct {
	ID          string
	PostID      string
	UnitID      string
	Role        auth.Role
	PersonName  string
	PersonID    string // "" until the registry knows them
	HasPhone    bool
	By          string
	Statement   string
	State       SelectionState
	NoticeUntil string // last day of the public notice
	CreatedAt   time.Time
	UpdatedAt   time.Time
	Version     int
	Events      []SelectionEvent // only of a single one
}

// SelectionEvent is one step.
type SelectionEvent struct {
	At        time.Time
	ActorName string
	Step      SelectionState
	Note      string
}

// Open reports whether anything can still become of it.
func (s *Selection) Open() bool {
	return s.State != Appointed && s.State != Rejected && s.State != Withdrawn
}

func (s *Selection) step(from, to SelectionState) error {
	if s.State != from {
		return errs.E(errs.Conflict, "network.selection_not_now")
	}
	s.State = to
	return nil
}

// Review is the village's word that nothing speaks against the candidate.
func (s *Selection) Review() error { return s.step(Nominated, Reviewed) }

// File is the town's taking of the candidate to its files.
func (s *Selection) File() error { return s.step(Reviewed, Filed) }

// StartNotice begins the public notice, which runs for whole days after today.
func (s *Selection) StartNotice(today string, days int) error {
	if days < 1 || days > 60 {
		return errs.E(errs.Invalid, "network.notice_days")
	}
	until, err := addDays(today, days)
	if err != nil {
		return err
	}
	if err := s.step(Filed, OnNotice); err != nil {
		return err
	}
	s.NoticeUntil = until
	return nil
}

// Appoint ends it well, once the notice has run out.
func (s *Selection) Appoint(today string) error {
	if s.State == OnNotice && today <= s.NoticeUntil {
		return errs.E(errs.Conflict, "network.notice_runs", "until", s.NoticeUntil)
	}
	return s.step(OnNotice, Appointed)
}

// Leave ends it otherwise: rejected or withdrawn.
func (s *Selection) Leave(to SelectionState) error {
	if !s.Open() {
		return errs.E(errs.Conflict, "network.selection_not_now")
	}
	s.State = to
	return nil
}
