package demand

import (
	"context"
	"errors"
	"fmt"

	"bilin/internal/auth"
	"bilin/internal/errs"
	"bilin/internal/network"
	"bilin/internal/sqldb"
	"bilin/internal/ticket"
)

// File is a demand with everything that was said and done, as one reader may see it.
type File struct {
	Demand
	Events    []Event
	Unit      string // the unit it comes from, by its path
	Household string // its address, if the resident said whose it is; "" for the resident's own view
	Keeper    Stop   // who has it now
	Offered   Stop   // to whom a transfer waits
	Owing     Stop   // who owes an answer for what the city failed; see Demand.Owed
	Photos    []Photo
	Main      *Row  // merged: the demand it follows; the network only
	Merged    []Row // what follows it; the network only
	May       May
}

// May says what the reader can do now.
type May struct {
	Accept, Answer, Note, Ask, Resume, Resolve, ReadContact bool // the network
	Transfer, Take, Return, Recall, Decide                  bool
	Help, Merge, Whistle, Sort                              bool
	Tell, Vouch                                             bool // on the resident's word
	AnswerOwed                                              bool // the answer that they themselves owe
	Judge                                                   bool // adopt or decline a suggestion, or say that it is done

	Confirm, Reopen, Say, Withdraw, Split, StillFixed, Claim, Publish bool // the resident
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
	if err := s.kin(ctx, actor, f); err != nil {
		return nil, err
	}
	f.Household, err = s.address(ctx, actor, d)
	f.May = s.may(actor, d)
	return f, err
}

// may says what somebody of the network can do with a demand now.
func (s *Service) may(actor auth.Actor, d *Demand) May {
	decide := s.authority()
	has, offered := decide.handles(actor, d), decide.offered(actor, d)
	aids := has || decide.helps(actor, d)
	can := func(ok bool, step Step) bool { return ok && d.Allows(step, Network) }
	free := !d.Disputed && !d.Bound && d.Pending.UnitID == ""
	vouches := d.State.Stage() == Waiting && decide.vouches(actor, d)
	office := s.opt.Policy.Can(actor, ActDecide, auth.Object{}) == nil
	return May{
		Accept: can(has, StepAccepted), Answer: can(aids, StepAnswered), Note: can(aids, StepNoted), Ask: can(has, StepAsked),
		Resume: can(has, StepResumed), Resolve: d.Kind != Suggestion && (can(has, StepResolved) || has && d.State == Reopened),
		Judge:       d.Kind == Suggestion && can(has, StepAdopted) && decide.by(actor, d).Rung >= Village,
		ReadContact: d.HasContact && (can(has, StepContactRead) || vouches),
		Transfer:    can(has && free, StepTransferred), Take: can(offered, StepTaken), Return: can(offered, StepReturned),
		Recall: d.Pending.UnitID != "" && can(has, StepRecalled),
		Decide: can(office && (d.Disputed || d.Rung == Office), StepDecided),
		Help:   can(has, StepHelperJoined), Merge: can(has, StepMerged), Sort: can(has, StepSorted),
		Whistle: can(has, StepWhistled) && d.OwnerDept == "" && d.Rung >= Village && d.Rung <= Town,
		Tell:    vouches && d.ToldAt.IsZero(), Vouch: vouches && d.State == Resolved,
		AnswerOwed: can(decide.owes(actor, d), StepOwedAnswered),
	}
}

// ByTrack returns a demand to whoever holds its key. A wrong number and a wrong
// key get the same answer.
func (s *Service) ByTrack(ctx context.Context, number, track string) (*File, error) {
	d, err := s.byKeyOf(ctx, number, track)
	if err != nil {
		return nil, err
	}
	f, err := s.file(ctx, d)
	if err != nil {
		return nil, err
	}
	f.Events = open(f.Events)
	f.Photos = shown(f.Photos, f.Events)
	can := func(step Step) bool { return d.Allows(step, Resident) }
	f.May = May{
		Confirm: can(StepConfirmed), Say: can(StepSaid), Withdraw: can(StepWithdrawn), Split: can(StepSplit),
		Reopen:     can(StepReopened) && (d.ClosedAt.IsZero() || s.now().Sub(d.ClosedAt) <= reopenable),
		StillFixed: can(StepStillFixed) && d.Rechecked == RecheckAsked, Claim: can(StepClaimed) && d.ClaimID != "",
		Publish: can(StepPublished) && !d.Confined,
	}
	return f, nil
}

func (s *Service) byKeyOf(ctx context.Context, number, track string) (*Demand, error) {
	number, err := ParseNumber(number)
	if err != nil {
		return nil, err
	}
	d, err := s.load(ctx, s.opt.DB.Reader(), number)
	if errors.Is(err, notHere()) || err == nil && !ticket.Opens(track, d.trackHash) {
		return nil, errs.E(errs.NotFound, "demand.no_track")
	}
	return d, err
}

// mine loads a demand the actor may see.
func (s *Service) mine(ctx context.Context, q sqldb.Querier, actor auth.Actor, number string) (*Demand, error) {
	number, err := ParseNumber(number)
	if err != nil {
		return nil, err
	}
	d, err := s.load(ctx, q, number)
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
	photos, err := photosOf(ctx, s.opt.DB.Reader(), d)
	if err != nil {
		return nil, err
	}
	tree := s.tree()
	f := &File{Demand: *d, Events: events, Photos: photos, Keeper: keeper(tree, d)}
	if d.Pending.UnitID != "" {
		f.Offered, _ = stopOf(tree, d.Pending.UnitID, d.Pending.DepartmentID, d.AboutID)
	}
	if d.Owed.Exists() {
		f.Owing = owing(tree, d)
	}
	if u := tree.ByID(d.UnitID); u != nil {
		f.Unit = tree.PathName(u, " · ")
	}
	if d.State == Merged { // whoever has the one that it follows
		main, err := one(ctx, s.opt.DB.Reader(), "id", d.MergedInto)
		if err != nil {
			return nil, fmt.Errorf("demand: what %s follows: %w", d.Number, err)
		}
		f.Keeper = keeper(tree, main)
	}
	return f, nil
}

// kin adds the demands that this one follows, or that follow it.
func (s *Service) kin(ctx context.Context, actor auth.Actor, f *File) error {
	list, err := many(ctx, s.opt.DB.Reader(), `merged_into <> '' AND merged_into = $1 ORDER BY raised_at, id`, f.ID)
	if err != nil {
		return err
	}
	tree, scope := s.tree(), s.Scope(actor)
	for _, m := range list {
		if s.authority().sees(actor, m) {
			f.Merged = append(f.Merged, rowOf(tree, scope, m))
		}
	}
	if f.MergedInto == "" {
		return nil
	}
	main, err := one(ctx, s.opt.DB.Reader(), "id", f.MergedInto)
	if err != nil {
		return fmt.Errorf("demand: what %s follows: %w", f.Number, err)
	}
	if s.authority().sees(actor, main) {
		row := rowOf(tree, scope, main)
		f.Main = &row
	}
	return nil
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

// keeper is who has the demand now: whoever took it on, while they still serve
// at its owner, and otherwise whoever answers there.
func keeper(tree *network.Tree, d *Demand) Stop {
	stop, ok := stopOf(tree, d.OwnerID, d.OwnerDept, d.AboutID)
	if !ok {
		return d.Owner()
	}
	if d.HandlerID == "" {
		return stop
	}
	for _, p := range tree.Posts(d.OwnerID) {
		if h := p.Serving(); h != nil && h.PersonID == d.HandlerID && p.DepartmentID == d.OwnerDept {
			stop.PersonID, stop.Name, stop.Role = h.PersonID, h.Name, p.Role
			break
		}
	}
	return stop
}
