package wish

import (
	"context"

	"bilin/internal/errs"
	"bilin/internal/sqldb"
)

// What is a kind of news.
type What string

// The news. They say that there is something to look at, never whose or what.
const (
	AskedYou   What = "asked"     // a volunteer is asked
	TakenUp    What = "taken"     // a household's wish was taken
	Timed      What = "time"      // the other side said or agreed to a time
	WaitsAgain What = "again"     // whoever was expected isn't any more
	CalledOff  What = "off"       // the volunteer who took it needn't come
	NobodyTook What = "lapsed"    // back with the lead
	Fulfilled  What = "fulfilled" // so the lead said on the household's word
)

// Whats lists them.
func Whats() []What {
	return []What{AskedYou, TakenUp, Timed, WaitsAgain, CalledOff, NobodyTook, Fulfilled}
}

// News is something to tell a person of the registry, or a household.
type News struct {
	What                  What
	WishID                string
	PersonID, HouseholdID string
	UnitID                string // where the wish is
}

// Tell has somebody told, in the transaction of the command.
type Tell func(ctx context.Context, tx *sqldb.Tx, n News) error

func (s *Service) tell(ctx context.Context, tx *sqldb.Tx, n News) error {
	if s.o.Tell == nil || n.PersonID == "" && n.HouseholdID == "" {
		return nil
	}
	return s.o.Tell(ctx, tx, n)
}

func (s *Service) tellHelper(ctx context.Context, tx *sqldb.Tx, what What, w *Wish, volunteerID string) error {
	people, err := s.o.Volunteers.Standing(ctx, tx, []string{volunteerID})
	if err != nil || people[volunteerID] == nil {
		return err
	}
	return s.tell(ctx, tx, News{What: what, WishID: w.ID, PersonID: people[volunteerID].PersonID, UnitID: s.cell(w)})
}

func (s *Service) tellLead(ctx context.Context, tx *sqldb.Tx, what What, w *Wish) error {
	lead := s.tree().LeadOf(s.cell(w))
	if lead == nil {
		return nil
	}
	return s.tell(ctx, tx, News{What: what, WishID: w.ID, PersonID: lead.PersonID, UnitID: s.cell(w)})
}

// tellPoster tells the household if it posted itself, or else its lead.
func (s *Service) tellPoster(ctx context.Context, tx *sqldb.Tx, what What, w *Wish) error {
	if w.PostedBy == "" || w.PostedBy == "anonymous" { // so it was kept once
		return s.tell(ctx, tx, News{What: what, WishID: w.ID, HouseholdID: w.HouseholdID, UnitID: s.cell(w)})
	}
	return s.tellLead(ctx, tx, what, w)
}

// Stands reports whether news are still worth telling.
func (s *Service) Stands(ctx context.Context, n News) (bool, error) {
	w, err := wishByID(ctx, s.o.DB.Reader(), n.WishID)
	if err != nil {
		if errs.KindOf(err) == errs.NotFound {
			return n.What == CalledOff, nil // erased: nobody is waiting for them
		}
		return false, err
	}
	switch n.What {
	case AskedYou:
		return s.is(ctx, w.State == Asked, w.AskedID, n.PersonID)
	case TakenUp:
		return w.State == Taken, nil
	case Timed:
		return s.timed(ctx, w, n.PersonID)
	case WaitsAgain:
		return w.State == Open || w.State == Asked, nil
	case CalledOff:
		theirs, err := s.is(ctx, w.State == Taken, w.HelperID, n.PersonID)
		return !theirs && err == nil, err
	case NobodyTook:
		return w.State == Lapsed, nil
	case Fulfilled:
		return w.State == Done, nil
	}
	return false, nil
}

// timed reports whether there is still word about a time, for the household, its
// lead, or the volunteer whom it was said to.
func (s *Service) timed(ctx context.Context, w *Wish, personID string) (bool, error) {
	so := w.State == Taken && w.Meet.Day != ""
	if lead := s.tree().LeadOf(s.cell(w)); personID == "" || lead != nil && lead.PersonID == personID {
		return so, nil
	}
	return s.is(ctx, so, w.HelperID, personID)
}

// is reports whether a volunteer is a person of the registry.
func (s *Service) is(ctx context.Context, so bool, volunteerID, personID string) (bool, error) {
	if !so || volunteerID == "" {
		return false, nil
	}
	people, err := s.o.Volunteers.Standing(ctx, s.o.DB.Reader(), []string{volunteerID})
	return people[volunteerID] != nil && people[volunteerID].PersonID == personID, err
}
