package demand

import (
	"context"
	"slices"
	"strings"
	"time"

	"bilin/internal/auth"
	"bilin/internal/errs"
	"bilin/internal/sqldb"
)

// Call records that a village or town calls departments to the spot. Whoever is
// called helps from now on, and so may read the demand. after runs in the same transaction.
func (s *Service) Call(ctx context.Context, actor auth.Actor, number string, departments []string, cmd Command,
	after func(ctx context.Context, tx *sqldb.Tx, d *Demand, now time.Time) error) (Outcome, error) {
	tree := s.tree()
	var called []Stop
	var names []string
	for _, id := range departments {
		stop, ok := departmentStop(tree, id)
		if !ok {
			return Outcome{}, errs.E(errs.Invalid, "demand.check").WithField("departments", "demand.to_unknown")
		}
		called, names = append(called, stop), append(names, stop.UnitName)
	}
	decide := s.authority()
	may := func(actor auth.Actor, d *Demand) bool { return decide.handles(actor, d) || decide.helps(actor, d) }
	do := s.deed(actor, "demand."+string(StepWhistled), may, func(d *Demand, by By, now time.Time) error {
		if by.Rung != Village && by.Rung != Town {
			return errs.E(errs.Forbidden, "demand.offices_whistle")
		}
		if err := d.Record(StepWhistled, by, cmd.Note, Stop{UnitName: strings.Join(names, "、"), Role: auth.Department}, now); err != nil {
			return err
		}
		for _, stop := range called {
			if concerned(tree, stop, d.AboutID) {
				return errs.E(errs.Invalid, "demand.check").WithField("departments", "demand.to_is_concerned")
			}
			if stop.Is(d.Owner()) || slices.ContainsFunc(d.Helpers, stop.Is) {
				continue
			}
			if err := d.AddHelper(by, stop, now); err != nil {
				return err
			}
		}
		return nil
	})
	do.extra, do.after = strings.Join(departments, "/"), after
	return s.byNetwork(ctx, actor, number, cmd, do)
}
