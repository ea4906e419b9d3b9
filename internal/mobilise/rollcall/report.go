package rollcall

import (
	"context"
	"slices"

	"bilin/internal/auth"
	"bilin/internal/errs"
	"bilin/internal/network"
	"bilin/internal/once"
	"bilin/internal/purpose"
	"bilin/internal/sqldb"
)

// Report says how households of one unit are.
type Report struct {
	Key, CallID, UnitID string
	Way                 Way // "" is Self, for whoever leads the unit
	Says                []Say
}

// Outcome is what became of a report.
type Outcome struct {
	Saved int      // that count, or were known
	Asked []string // households of which somebody said otherwise meanwhile; nothing was changed there
}

// Report takes a report. What counts is saved even where other households of
// the same form have to be asked about.
func (s *Service) Report(ctx context.Context, actor auth.Actor, cmd Report) (out Outcome, err error) {
	unit, err := s.reported(actor, &cmd)
	if err != nil {
		return out, err
	}
	err = s.o.DB.Write(ctx, func(tx *sqldb.Tx) (err error) {
		out, err = once.Do(ctx, tx, "rollcall.report/"+actor.ID(), cmd.Key, cmd, s.o.Now(), func() (Outcome, error) {
			return s.report(ctx, tx, actor, unit, cmd)
		})
		return err
	})
	return out, err
}

// reported checks who reports what, before the database is asked.
func (s *Service) reported(actor auth.Actor, cmd *Report) (*network.Unit, error) {
	tree := s.o.Network.Tree()
	unit := tree.Current(tree.ByID(cmd.UnitID))
	if unit == nil {
		return nil, errs.E(errs.NotFound, "rollcall.no_cell")
	}
	if err := s.o.Policy.Can(actor, ActReport, auth.Object{UnitID: unit.ID}); err != nil {
		return nil, err
	}
	if cmd.Way == "" && leads(actor, unit.ID) {
		cmd.Way = Self
	}
	if !valid(cmd.Way, Ways()) {
		return nil, errs.Refuse("way", "rollcall.no_way")
	}
	return unit, oneEach(cmd.Says)
}

// leads reports whether somebody is a unit's own neighbour lead.
func leads(actor auth.Actor, unitID string) bool {
	return slices.ContainsFunc(actor.Grants, func(g auth.Grant) bool { return g.Role == auth.Lead && g.UnitID == unitID })
}

func (s *Service) report(ctx context.Context, tx *sqldb.Tx, actor auth.Actor, unit *network.Unit, cmd Report) (Outcome, error) {
	var out Outcome
	c, err := readCall(ctx, tx, cmd.CallID)
	if err != nil {
		return out, err
	}
	tree := s.o.Network.Tree()
	village := tree.At(unit, network.Village)
	switch {
	case village == nil || !tree.Contains(c.UnitID, unit.ID):
		return out, errs.E(errs.NotFound, "rollcall.none")
	case !c.IsOpen():
		return out, errs.E(errs.Conflict, "rollcall.over_no_report")
	}
	known, err := s.known(ctx, tx, c.ID, unit.ID, cmd.Says)
	if err != nil {
		return out, err
	}
	by := Reporter{ID: actor.ID(), Name: actor.Name, Way: cmd.Way, At: s.o.Now()}
	t := tally{village: village.ID, unit: unit.ID}
	for _, say := range cmd.Says {
		was := known[say.HouseholdID]
		switch judge(was, say) {
		case ask:
			out.Asked = append(out.Asked, say.HouseholdID)
			continue
		case take:
			t.put(was, next(was, say, by))
		}
		out.Saved++
	}
	return out, s.store(ctx, tx, actor, c, t, by)
}

// known reads what was reported before, after making sure that the households
// live where the report says.
func (s *Service) known(ctx context.Context, tx *sqldb.Tx, callID, unitID string, says []Say) (map[string]*Row, error) {
	homes, err := network.RosterHouseholdsIn(ctx, tx, []string{unitID})
	if err != nil {
		return nil, err
	}
	ids := make([]string, len(says))
	for i, say := range says {
		ids[i] = say.HouseholdID
		if !slices.ContainsFunc(homes[unitID], func(h network.RosterHousehold) bool { return h.ID == say.HouseholdID }) {
			return nil, errs.E(errs.Conflict, "rollcall.not_here")
		}
	}
	return rowsOf(ctx, tx, callID, ids)
}

// tally gathers what a report changes.
type tally struct {
	village, unit string // of rows that are new
	rows          []Row
	totals        map[string]Totals // by village: one may have moved since it was first reported
	first         int
	help          bool
}

func (t *tally) put(was *Row, row Row) {
	if was == nil {
		row.VillageID, row.UnitID = t.village, t.unit
		t.first++
	}
	if t.totals == nil {
		t.totals = map[string]Totals{}
	}
	sum := t.totals[row.VillageID]
	sum.add(change(was, &row))
	t.totals[row.VillageID] = sum
	t.rows = append(t.rows, row)
	t.help = t.help || row.Answer == Help || was != nil && was.Answer == Help
}

// store writes rows and, in the same transaction, the counters that pages read.
func (s *Service) store(ctx context.Context, tx *sqldb.Tx, actor auth.Actor, c *Call, t tally, by Reporter) error {
	if len(t.rows) == 0 {
		return nil
	}
	if err := putRows(ctx, tx, c.ID, t.rows); err != nil {
		return err
	}
	for village, totals := range t.totals {
		if err := addTotals(ctx, tx, c.ID, village, totals); err != nil {
			return err
		}
	}
	if err := addMinute(ctx, tx, c.ID, t.village, by.At, t.first); err != nil {
		return err
	}
	if err := s.record(ctx, tx, actor, "rollcall.report", c.ID, t.unit, map[string]any{"households": len(t.rows), "way": by.Way}); err != nil {
		return err
	}
	if t.help {
		return s.tell(ctx, tx, OfOne+c.ID, OfHelp+c.ID)
	}
	return s.tell(ctx, tx, OfOne+c.ID)
}

// Assist says what came of a household's need.
type Assist struct {
	Key, CallID, HouseholdID string
	Aid                      Aid
	Version                  int // of the row as it was shown
}

// Assist notes that help is under way, was given, or is waited for again.
func (s *Service) Assist(ctx context.Context, actor auth.Actor, cmd Assist) error {
	return s.o.DB.Write(ctx, func(tx *sqldb.Tx) error {
		_, err := once.Do(ctx, tx, "rollcall.aid/"+actor.ID(), cmd.Key, cmd, s.o.Now(), func() (bool, error) {
			return true, s.assist(ctx, tx, actor, cmd)
		})
		return err
	})
}

func (s *Service) assist(ctx context.Context, tx *sqldb.Tx, actor auth.Actor, cmd Assist) error {
	c, row, err := s.rowFor(ctx, tx, actor, cmd.CallID, cmd.HouseholdID)
	if err != nil {
		return err
	}
	if err := s.o.Policy.Can(actor, ActAid, auth.Object{UnitID: row.UnitID}); err != nil {
		return err
	}
	after, err := assist(*row, cmd.Aid, cmd.Version, actor.Name, s.o.Now())
	if err != nil {
		return err
	}
	if err := putRows(ctx, tx, c.ID, []Row{after}); err != nil {
		return err
	}
	if err := addTotals(ctx, tx, c.ID, row.VillageID, change(row, &after)); err != nil {
		return err
	}
	if err := s.record(ctx, tx, actor, "rollcall.aid", c.ID, row.VillageID, nil); err != nil {
		return err
	}
	return s.tell(ctx, tx, OfOne+c.ID, OfHelp+c.ID)
}

// rowFor returns what was reported of a household that the actor may see.
func (s *Service) rowFor(ctx context.Context, q sqldb.Querier, actor auth.Actor, callID, householdID string) (*Call, *Row, error) {
	c, err := readCall(ctx, q, callID)
	if err != nil {
		return nil, nil, err
	}
	rows, err := rowsOf(ctx, q, callID, []string{householdID})
	if err != nil {
		return nil, nil, err
	}
	row := rows[householdID]
	if row == nil || !c.HasRows() || s.o.Policy.Can(actor, ActReport, auth.Object{UnitID: row.UnitID}) != nil {
		return nil, nil, errs.E(errs.NotFound, "rollcall.no_row")
	}
	return c, row, nil
}

// Phone opens the telephone number of a household that needs help. The
// roll-call is the ground, and the record has not a word of the need.
func (s *Service) Phone(ctx context.Context, actor auth.Actor, callID, householdID string) (string, error) {
	_, row, err := s.rowFor(ctx, s.o.DB.Reader(), actor, callID, householdID)
	if err != nil {
		return "", err
	}
	if row.Answer != Help {
		return "", errs.E(errs.NotFound, "rollcall.no_row")
	}
	return s.o.Network.ReadHousePhone(ctx, actor, householdID, purpose.Ground{Kind: Ground, ID: callID})
}
