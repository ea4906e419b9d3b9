package oldnet

import (
	"context"
	"slices"
	"time"

	"bilin/internal/admission/duty"
	"bilin/internal/audit"
	"bilin/internal/auth"
	"bilin/internal/errs"
	"bilin/internal/network"
	"bilin/internal/once"
	"bilin/internal/sqldb"
	"bilin/internal/workday"
)

// Options are what a Service works with.
type Options struct {
	DB      *sqldb.DB
	Network *network.Service
	Policy  *auth.Policy
	Audit   *audit.Log
	Duties  func() *duty.Catalog
	Now     func() time.Time
}

// Service keeps the old nets until they have become one.
type Service struct{ o Options }

// New returns a service.
func New(o Options) *Service { return &Service{o} }

// MayMap says whether the actor decides what becomes of old nets.
func (s *Service) MayMap(actor auth.Actor) bool {
	return s.o.Policy.Can(actor, ActMap, auth.Object{}) == nil
}

// MayRead says whether the actor reads a net's people.
func (s *Service) MayRead(actor auth.Actor, n Net) bool {
	return s.o.Policy.Can(actor, ActRead, auth.Object{DepartmentID: n.DepartmentID}) == nil
}

// Nets lists all old nets with what is decided of them. It is for everybody.
func (s *Service) Nets(ctx context.Context) ([]Net, error) { return readNets(ctx, s.o.DB.Reader(), "") }

// Summary says how many nets, grids, people and forms became one. It is for
// everybody.
func (s *Service) Summary(ctx context.Context) (sum Summary, nets []Net, lapped []Overlap, err error) {
	if nets, err = s.Nets(ctx); err != nil {
		return sum, nil, nil, err
	}
	for _, n := range nets {
		sum.Nets++
		if n.State == Retired {
			sum.Retired++
		}
		sum.add(n.Counts)
	}
	q := s.o.DB.Reader()
	if err = q.QueryRowContext(ctx, `SELECT COUNT(DISTINCT function_id) FROM old_duty WHERE fate = 'merged'`).Scan(&sum.Functions); err != nil {
		return sum, nil, nil, err
	}
	laps, err := readLaps(ctx, q)
	if err != nil {
		return sum, nil, nil, err
	}
	lapped = overlaps(s.o.Network.Tree(), laps)
	sum.Villages = len(lapped)
	for _, o := range lapped {
		sum.Doubled += o.Doubled
	}
	return sum, nets, lapped[:min(len(lapped), mostLapped)], nil
}

// Net returns one net.
func (s *Service) Net(ctx context.Context, actor auth.Actor, id string) (Net, error) {
	n, err := readNet(ctx, s.o.DB.Reader(), id)
	if err != nil {
		return n, err
	}
	return n, s.o.Policy.Can(actor, ActRead, auth.Object{DepartmentID: n.DepartmentID})
}

// Grids lists a net's grids by code, after the code given; open leaves out the
// mapped ones.
func (s *Service) Grids(ctx context.Context, actor auth.Actor, netID string, open bool, after string, limit int) ([]OldGrid, error) {
	if _, err := s.Net(ctx, actor, netID); err != nil {
		return nil, err
	}
	return readGrids(ctx, s.o.DB.Reader(), netID, open, after, limit)
}

// Workers lists a net's workers by name, after the name and id given; open
// leaves out those whose fate is decided.
func (s *Service) Workers(ctx context.Context, actor auth.Actor, netID string, open bool, after []string, limit int) ([]OldWorker, error) {
	if _, err := s.Net(ctx, actor, netID); err != nil {
		return nil, err
	}
	return readWorkers(ctx, s.o.DB.Reader(), netID, open, after, limit)
}

// Duties lists a net's duties and forms.
func (s *Service) Duties(ctx context.Context, actor auth.Actor, netID string) ([]OldDuty, error) {
	if _, err := s.Net(ctx, actor, netID); err != nil {
		return nil, err
	}
	return readDuties(ctx, s.o.DB.Reader(), netID)
}

// MapGrid says which unit a grid becomes part of.
type MapGrid struct {
	Key, NetID, GridID string
	Unit               string // its code or name; "" takes it back
}

// MapGrid maps a grid by hand.
func (s *Service) MapGrid(ctx context.Context, actor auth.Actor, cmd MapGrid) error {
	unitID, how := "", ""
	if cmd.Unit != "" {
		if unitID, _ = find(network.NamesOf(s.o.Network.Tree()), cmd.Unit); unitID == "" {
			return errs.Refuse("unit", "oldnet.no_unit", "text", cmd.Unit)
		}
		how = ByHand
	}
	return s.edit(ctx, actor, "oldnet.map", cmd.Key, cmd.NetID, cmd, func(tx *sqldb.Tx) error {
		return s.one(ctx, tx, `UPDATE old_grid SET unit_id = $1, how = $2 WHERE id = $3 AND net_id = $4`, unitID, how, cmd.GridID, cmd.NetID)
	})
}

// Place decides what becomes of a worker.
type Place struct {
	Key, NetID, WorkerID string
	Fate                 Fate
	Unit                 string // at whose post they serve now: a unit's code or name
}

// Place gives a worker a post on the network, or frees them of the old duty.
func (s *Service) Place(ctx context.Context, actor auth.Actor, cmd Place) error {
	post := ""
	switch cmd.Fate {
	case OnPost:
		tree := s.o.Network.Tree()
		unitID, _ := find(network.NamesOf(tree), cmd.Unit)
		posts := tree.Posts(unitID)
		if unitID == "" || len(posts) == 0 {
			return errs.Refuse("unit", "oldnet.no_post", "text", cmd.Unit)
		}
		post = posts[0].ID
	case Released, "":
	default:
		return errs.Refuse("fate", "oldnet.no_fate")
	}
	return s.edit(ctx, actor, "oldnet.place", cmd.Key, cmd.NetID, cmd, func(tx *sqldb.Tx) error {
		return s.one(ctx, tx, `UPDATE old_worker SET post_id = $1, fate = $2 WHERE id = $3 AND net_id = $4`, post, string(cmd.Fate), cmd.WorkerID, cmd.NetID)
	})
}

// ReleaseRest frees everybody of a net whose fate isn't decided.
func (s *Service) ReleaseRest(ctx context.Context, actor auth.Actor, key, netID string) error {
	return s.edit(ctx, actor, "oldnet.release", key, netID, netID, func(tx *sqldb.Tx) error {
		_, err := tx.ExecContext(ctx, `UPDATE old_worker SET fate = 'released' WHERE net_id = $1 AND fate = ''`, netID)
		return err
	})
}

// Decision is what becomes of a duty or a form.
type Decision struct {
	DutyID     string
	Fate       Fate
	FunctionID string // of a merged one
}

// Decide says what becomes of duties and forms.
func (s *Service) Decide(ctx context.Context, actor auth.Actor, key, netID string, all []Decision) error {
	catalog := s.o.Duties()
	for _, d := range all {
		f, known := catalog.Function(d.FunctionID)
		switch {
		case !slices.Contains([]Fate{Merged, Dropped, ""}, d.Fate):
			return errs.Refuse("fate", "oldnet.no_fate")
		case d.Fate == Merged && (!known || f.ParentID == "" || f.Retired):
			return errs.Refuse("function", "oldnet.which_function")
		}
	}
	return s.edit(ctx, actor, "oldnet.decide", key, netID, all, func(tx *sqldb.Tx) error {
		for _, d := range all {
			if d.Fate != Merged {
				d.FunctionID = ""
			}
			err := s.one(ctx, tx, `UPDATE old_duty SET fate = $1, function_id = $2 WHERE id = $3 AND net_id = $4`, string(d.Fate), d.FunctionID, d.DutyID, netID)
			if err != nil {
				return err
			}
		}
		return nil
	})
}

// one runs a statement that must meet one row.
func (s *Service) one(ctx context.Context, tx *sqldb.Tx, query string, args ...any) error {
	res, err := tx.ExecContext(ctx, query, args...)
	if err != nil {
		return err
	}
	if n, err := res.RowsAffected(); err != nil || n == 1 {
		return err
	}
	return errs.E(errs.NotFound, "oldnet.none")
}

// edit changes a net whose parts are still being decided, once per key.
func (s *Service) edit(ctx context.Context, actor auth.Actor, action, key, netID string, request any, change func(*sqldb.Tx) error) error {
	if err := s.o.Policy.Can(actor, ActMap, auth.Object{}); err != nil {
		return err
	}
	return s.o.DB.Write(ctx, func(tx *sqldb.Tx) error {
		_, err := once.Do(ctx, tx, action+"/"+actor.ID(), key, request, s.o.Now(), func() (bool, error) {
			n := Net{}
			row := tx.QueryRowContext(ctx, `SELECT `+netColumns+` FROM old_net WHERE id = $1`, netID)
			if err := scanNet(row.Scan, &n); err != nil {
				return false, errs.Wrap(err, errs.NotFound, "oldnet.none")
			}
			if n.State != Mapping {
				return false, errs.E(errs.Conflict, "oldnet.not_mapping")
			}
			if err := change(tx); err != nil {
				return false, err
			}
			return true, s.record(ctx, tx, actor, action, netID, nil)
		})
		return err
	})
}

// SetDay sets the day on which a net retires.
type SetDay struct {
	Key, NetID string
	Day        string // "YYYY-MM-DD", from tomorrow on; "" opens the net again
	Version    int
}

// SetDay sets the day, once everything is decided.
func (s *Service) SetDay(ctx context.Context, actor auth.Actor, cmd SetDay) error {
	if err := s.o.Policy.Can(actor, ActMap, auth.Object{}); err != nil {
		return err
	}
	now := s.o.Now()
	today := now.In(workday.City).Format(time.DateOnly)
	if _, err := time.Parse(time.DateOnly, cmd.Day); cmd.Day != "" && (err != nil || cmd.Day <= today) {
		return errs.Refuse("day", "oldnet.bad_day")
	}
	return s.o.DB.Write(ctx, func(tx *sqldb.Tx) error {
		_, err := once.Do(ctx, tx, "oldnet.day/"+actor.ID(), cmd.Key, cmd, now, func() (bool, error) {
			n, err := readNet(ctx, tx, cmd.NetID)
			if err != nil {
				return false, err
			}
			state := Set
			switch {
			case n.Version != cmd.Version:
				return false, errs.E(errs.Stale, "oldnet.changed_since")
			case n.State == Retired:
				return false, errs.E(errs.Conflict, "oldnet.retired")
			case cmd.Day == "":
				state = Mapping
			case !n.Ready():
				return false, errs.E(errs.Conflict, "oldnet.not_ready", "n", n.Left())
			}
			_, err = tx.ExecContext(ctx, `UPDATE old_net SET state = $1, retires_on = $2, version = version + 1 WHERE id = $3`, string(state), cmd.Day, cmd.NetID)
			if err != nil {
				return false, err
			}
			return true, s.record(ctx, tx, actor, "oldnet.day", cmd.NetID, map[string]any{"day": cmd.Day})
		})
		return err
	})
}

// Tick retires the nets whose day has come and returns how many.
func (s *Service) Tick(ctx context.Context) (retired int, err error) {
	now := s.o.Now()
	today := now.In(workday.City).Format(time.DateOnly)
	var due int
	const which = ` FROM old_net WHERE state = 'set' AND retires_on <= $1`
	if err := s.o.DB.Reader().QueryRowContext(ctx, `SELECT COUNT(*)`+which, today).Scan(&due); err != nil || due == 0 {
		return 0, err
	}
	err = s.o.DB.Write(ctx, func(tx *sqldb.Tx) error {
		ids, err := sqldb.Collect(ctx, tx, scanID, `SELECT id`+which+` ORDER BY id`, today)
		if err != nil {
			return err
		}
		retired = len(ids)
		for _, id := range ids {
			_, err := tx.ExecContext(ctx, `UPDATE old_net SET state = 'retired', retired_at = $1, version = version + 1 WHERE id = $2`, sqldb.Millis(now), id)
			if err != nil {
				return err
			}
			if err := s.record(ctx, tx, auth.System("oldnet"), "oldnet.retire", id, nil); err != nil {
				return err
			}
		}
		return nil
	})
	return retired, err
}

func (s *Service) record(ctx context.Context, tx *sqldb.Tx, actor auth.Actor, action, netID string, detail any) error {
	return s.o.Audit.Append(ctx, tx, audit.Entry{ActorID: actor.ID(), ActorName: actor.Name, Action: action, ObjectKind: "oldnet", ObjectID: netID, Detail: detail})
}
