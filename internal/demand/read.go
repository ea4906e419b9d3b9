package demand

import (
	"context"
	"errors"

	"bilin/internal/auth"
	"bilin/internal/errs"
	"bilin/internal/network"
	"bilin/internal/sqldb"
)

// File is a demand with everything that was said and done, as one reader may see it.
type File struct {
	Demand
	Events    []Event
	Unit      string // the unit it comes from, by its path
	Household string // its address, if the resident said whose it is; "" for the resident's own view
	Keeper    Stop   // who has it now
	May       May
}

// May says what the reader can do now.
type May struct {
	Accept, Answer, Resolve, ReadContact bool // the network
	Confirm, Reopen, Say                 bool // the resident
}

// Get returns a demand to somebody of the network.
func (s *Service) Get(ctx context.Context, actor auth.Actor, number string) (*File, error) {
	if actor.Anonymous() {
		return nil, auth.Denied(actor)
	}
	d, err := s.mine(ctx, s.opt.DB.Reader(), actor, number)
	if err != nil {
		return nil, err
	}
	f, err := s.file(ctx, d)
	if err != nil {
		return nil, err
	}
	if f.Household, err = s.address(ctx, actor, d); err != nil || !s.authority().handles(actor, d) {
		return f, err
	}
	f.May = May{
		Accept: d.Allows(StepAccepted, Network), Answer: d.Allows(StepAnswered, Network),
		Resolve:     d.Allows(StepResolved, Network),
		ReadContact: d.HasContact && d.Allows(StepContactRead, Network),
	}
	return f, nil
}

// ByTrack returns a demand to whoever holds its key. A wrong number and a wrong
// key get the same answer.
func (s *Service) ByTrack(ctx context.Context, number, track string) (*File, error) {
	number, err := ParseNumber(number)
	if err != nil {
		return nil, err
	}
	d, err := byNumber(ctx, s.opt.DB.Reader(), number)
	switch {
	case errors.Is(err, notHere()), err == nil && !d.opens(track):
		return nil, errs.E(errs.NotFound, "demand.no_track")
	case err != nil:
		return nil, err
	}
	f, err := s.file(ctx, d)
	if err != nil {
		return nil, err
	}
	f.May = May{
		Confirm: d.Allows(StepConfirmed, Resident), Reopen: d.Allows(StepReopened, Resident), Say: d.Allows(StepSaid, Resident),
	}
	return f, nil
}

// mine loads a demand the actor may see.
func (s *Service) mine(ctx context.Context, q sqldb.Querier, actor auth.Actor, number string) (*Demand, error) {
	number, err := ParseNumber(number)
	if err != nil {
		return nil, err
	}
	d, err := byNumber(ctx, q, number)
	if err != nil {
		return nil, err
	}
	if !s.authority().sees(actor, d) {
		return nil, notHere()
	}
	return d, nil
}

func (s *Service) file(ctx context.Context, d *Demand) (*File, error) {
	events, err := eventsOf(ctx, s.opt.DB.Reader(), d.ID)
	if err != nil {
		return nil, err
	}
	tree := s.tree()
	f := &File{Demand: *d, Events: events, Keeper: keeper(tree, d, events)}
	if u := tree.ByID(d.UnitID); u != nil {
		f.Unit = tree.PathName(u, " · ")
	}
	return f, nil
}

// address is the household's, for whoever may list the households there.
func (s *Service) address(ctx context.Context, actor auth.Actor, d *Demand) (string, error) {
	if d.HouseholdID == "" {
		return "", nil
	}
	h, err := s.opt.Network.Household(ctx, actor, d.HouseholdID)
	if err != nil && errs.KindOf(err) != errs.Internal {
		return "", nil // gone, or not theirs: the demand itself still is
	}
	return h.Address, err
}

// keeper is who has the demand now: whoever accepted it, while they still serve
// in the unit that has it, and otherwise whoever answers for that unit.
func keeper(tree *network.Tree, d *Demand, events []Event) Stop {
	u := tree.ByID(d.OwnerID)
	if u == nil {
		return Stop{UnitID: d.OwnerID}
	}
	for i := len(events) - 1; i >= 0; i-- {
		e := events[i]
		if e.Step != StepAccepted {
			continue
		}
		if by, ok := servingAt(tree, u, e); ok {
			return by
		}
		break
	}
	return stopAt(tree, u, d.AboutID)
}

// servingAt returns the accepter of e if they still hold a post at u.
func servingAt(tree *network.Tree, u *network.Unit, e Event) (Stop, bool) {
	if e.To.UnitID != u.ID {
		return Stop{}, false
	}
	for _, p := range tree.Posts(u.ID) {
		if h := p.Serving(); h != nil && h.PersonID == e.To.PersonID && p.Role == e.To.Role {
			return Stop{UnitID: u.ID, UnitName: u.Name, PersonID: h.PersonID, Name: h.Name, Role: p.Role}, true
		}
	}
	return Stop{}, false
}
