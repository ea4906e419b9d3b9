package demand

import (
	"context"
	"time"

	"bilin/internal/auth"
	"bilin/internal/errs"
	"bilin/internal/network"
	"bilin/internal/sqldb"
)

// To names an owner: a unit by its code, or a department by its id. Both empty
// means the city office.
type To struct {
	UnitCode     string
	DepartmentID string
}

// Transfer offers a demand to another owner, who has yet to accept.
func (s *Service) Transfer(ctx context.Context, actor auth.Actor, number string, to To, cmd Command) (Outcome, error) {
	stop, err := s.stop(to, "")
	if err != nil {
		return Outcome{}, err
	}
	do := s.deed(actor, "demand.transfer", s.authority().handles, func(d *Demand, by By, now time.Time) error {
		if err := s.reachable(d, stop); err != nil {
			return err
		}
		return d.Transfer(by, stop, cmd.Note, now)
	})
	do.extra = to.UnitCode + "/" + to.DepartmentID
	return s.byNetwork(ctx, actor, number, cmd, do)
}

// TakeOver accepts a transfer.
func (s *Service) TakeOver(ctx context.Context, actor auth.Actor, number string, cmd Command) (Outcome, error) {
	return s.offered(ctx, actor, number, "demand.take", cmd, func(d *Demand, by By, now time.Time) error {
		return d.TakeOver(by, now)
	})
}

// Return refuses a transfer, with the reason and the legal basis.
func (s *Service) Return(ctx context.Context, actor auth.Actor, number string, cmd Command) (Outcome, error) {
	return s.offered(ctx, actor, number, "demand.return", cmd, func(d *Demand, by By, now time.Time) error {
		return d.Return(by, cmd.Note, cmd.Basis, now)
	})
}

// Recall takes an offer back.
func (s *Service) Recall(ctx context.Context, actor auth.Actor, number string, cmd Command) (Outcome, error) {
	return s.handle(ctx, actor, number, "demand.recall", cmd, func(d *Demand, by By, now time.Time) error {
		return d.Recall(by, now)
	})
}

// Decide is the city office's: it settles a dispute, or assigns what nobody owned.
func (s *Service) Decide(ctx context.Context, actor auth.Actor, number string, to To, cmd Command) (Outcome, error) {
	if err := s.opt.Policy.Can(actor, ActDecide, auth.Object{}); err != nil {
		return Outcome{}, err
	}
	decide := s.authority()
	do := s.deed(actor, "demand.decide", decide.sees, func(d *Demand, by By, now time.Time) error {
		stop, err := s.stop(to, d.AboutID)
		if err != nil {
			return err
		}
		if concerned(s.tree(), stop, d.AboutID) {
			return errs.E(errs.Invalid, "demand.check").WithField("to", "demand.to_is_concerned")
		}
		return d.Decide(by, stop, cmd.Note, cmd.Basis, now)
	})
	do.extra = to.UnitCode + "/" + to.DepartmentID
	return s.byNetwork(ctx, actor, number, cmd, do)
}

// AddHelper has somebody else work on a demand beside its owner.
func (s *Service) AddHelper(ctx context.Context, actor auth.Actor, number string, who To, cmd Command) (Outcome, error) {
	return s.helper(ctx, actor, number, "demand.help", who, cmd, (*Demand).AddHelper)
}

// DropHelper ends it.
func (s *Service) DropHelper(ctx context.Context, actor auth.Actor, number string, who To, cmd Command) (Outcome, error) {
	return s.helper(ctx, actor, number, "demand.help_no_more", who, cmd, (*Demand).DropHelper)
}

func (s *Service) helper(ctx context.Context, actor auth.Actor, number, action string, who To, cmd Command,
	rule func(d *Demand, by By, who Stop, now time.Time) error) (Outcome, error) {
	stop, err := s.stop(who, "")
	if err != nil {
		return Outcome{}, err
	}
	do := s.deed(actor, action, s.authority().handles, func(d *Demand, by By, now time.Time) error {
		if concerned(s.tree(), stop, d.AboutID) {
			return errs.E(errs.Invalid, "demand.check").WithField("to", "demand.to_is_concerned")
		}
		return rule(d, by, stop, now)
	})
	do.extra = who.UnitCode + "/" + who.DepartmentID
	return s.byNetwork(ctx, actor, number, cmd, do)
}

// Merge makes a demand follow another that is the same matter; whoever does so
// must have both. What followed it follows the other from then on.
func (s *Service) Merge(ctx context.Context, actor auth.Actor, number, into string, cmd Command) (Outcome, error) {
	into, err := ParseNumber(into)
	if err != nil {
		return Outcome{}, err
	}
	decide := s.authority()
	var main *Demand
	do := s.deed(actor, "demand.merge", decide.handles, func(d *Demand, by By, now time.Time) error {
		return d.Merge(by, main, now)
	})
	owns := do.may
	do.extra = into
	do.may = func(d *Demand) error { // main is read in the same transaction, right before
		if err := owns(d); err != nil {
			return err
		}
		return decide.may(actor, main, decide.handles(actor, main))
	}
	do.after = func(ctx context.Context, tx *sqldb.Tx, d *Demand, _ time.Time) error {
		_, err := tx.ExecContext(ctx, `UPDATE demand SET merged_into = $1 WHERE merged_into <> '' AND merged_into = $2 AND state = 'merged'`, main.ID, d.ID)
		return err
	}
	do.first = func(ctx context.Context, tx *sqldb.Tx) error {
		var err error
		main, err = s.load(ctx, tx, into)
		return err
	}
	return s.byNetwork(ctx, actor, number, cmd, do)
}

func (s *Service) offered(ctx context.Context, actor auth.Actor, number, action string, cmd Command, rule rule) (Outcome, error) {
	decide := s.authority()
	do := s.deed(actor, action, decide.offered, nil)
	do.rule = func(d *Demand, now time.Time) error { return rule(d, decide.by(actor, d, d.Pending), now) }
	return s.byNetwork(ctx, actor, number, cmd, do)
}

// stop resolves an owner that somebody named. skip serves nowhere.
func (s *Service) stop(to To, skip string) (Stop, error) {
	tree := s.tree()
	bad := errs.E(errs.Invalid, "demand.check").WithField("to", "demand.to_unknown")
	if to.DepartmentID != "" {
		stop, ok := departmentStop(tree, to.DepartmentID)
		if !ok {
			return Stop{}, bad
		}
		return stop, nil
	}
	u := tree.Root()
	if to.UnitCode != "" {
		u = tree.ByCode(to.UnitCode)
	}
	if u == nil {
		return Stop{}, bad
	}
	return stopAt(tree, tree.Current(u), skip), nil
}

// reachable checks where an owner may send a demand: a group up to those over it
// and to its neighbours in the village, a village within its town and to the
// departments, a town and above anywhere.
func (s *Service) reachable(d *Demand, to Stop) error {
	tree := s.tree()
	if concerned(tree, to, d.AboutID) {
		return errs.E(errs.Invalid, "demand.check").WithField("to", "demand.to_is_concerned")
	}
	from, target := tree.ByID(d.OwnerID), tree.ByID(to.UnitID)
	if from == nil || target == nil || d.OwnerDept != "" || from.Level <= network.Town {
		return nil
	}
	bounds := tree.At(from, network.Village)
	if from.Level == network.Village {
		bounds = tree.At(from, network.Town)
	}
	switch {
	case to.DepartmentID != "" && from.Level == network.Village:
		return nil
	case to.DepartmentID == "" && tree.Contains(bounds.ID, target.ID), to.DepartmentID == "" && tree.Contains(target.ID, from.ID):
		return nil
	}
	return errs.E(errs.Forbidden, "demand.too_far")
}

// concerned reports whether whom a demand is about serves at an owner or over
// it: neither they nor anyone under them handle it.
func concerned(tree *network.Tree, s Stop, personID string) bool {
	if personID == "" {
		return false
	}
	for _, p := range tree.PostsOf(personID) {
		if h := p.Serving(); h == nil || h.PersonID != personID {
			continue
		}
		if p.DepartmentID == s.DepartmentID && (s.DepartmentID != "" || tree.Contains(p.UnitID, s.UnitID)) {
			return true
		}
	}
	return false
}
