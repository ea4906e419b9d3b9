package care

import (
	"context"
	"log/slog"
	"time"

	"bilin/internal/audit"
	"bilin/internal/auth"
	"bilin/internal/care/need"
	"bilin/internal/errs"
	"bilin/internal/live"
	"bilin/internal/network"
	"bilin/internal/purpose"
	"bilin/internal/seal"
	"bilin/internal/sqldb"
	"bilin/internal/workday"
)

// Gate is where contacts become work of leads: the one gate for tasks.
type Gate interface {
	// Permit says whether contacts may be asked in a month, by its published list,
	// and of which cells' leads: each gets the month's task for what Reserve says,
	// if there is room for it.
	Permit(ctx context.Context, tx *sqldb.Tx, month string, cells []string) (listed bool, room map[string]bool, err error)
	// Budget is how many minutes a lead has in a month.
	Budget(ctx context.Context, unitID string) (int, error)
	// Close ends the open tasks of a month that is over, but those of cells.
	Close(ctx context.Context, month string, cells []string) error
}

// Raised is a demand that a contact leads to.
type Raised struct {
	Key, HouseholdID, CellID, Text string
	// Along goes into the demand's transaction, with its number.
	Along func(ctx context.Context, tx *sqldb.Tx, number string) error
}

// Options are what a Service works with.
type Options struct {
	DB      *sqldb.DB
	Network *network.Service
	Policy  *auth.Policy
	Audit   *audit.Log
	Live    *live.Hub // nil: nobody is told
	Needs   *need.Service
	Seal    *seal.Sealer
	Vault   *seal.Vault // a key for each entry, apart from the data
	Purpose *purpose.Service
	Gate    Gate
	// Demand raises one on behalf of a household, which has to say that it is theirs.
	Demand func(ctx context.Context, actor auth.Actor, r Raised) (number string, err error)
	// Alarm reports whether a unit is in an emergency. nil: never.
	Alarm  func(unitID string) bool
	Now    func() time.Time
	Logger *slog.Logger
}

// Service keeps the list.
type Service struct{ o Options }

// New returns the service.
func New(o Options) *Service {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Alarm == nil {
		o.Alarm = func(string) bool { return false }
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	return &Service{o}
}

// Needs is the catalogue as it is now.
func (s *Service) Needs() *need.Catalog { return s.o.Needs.Catalog() }

func (s *Service) now() time.Time { return s.o.Now().UTC().Truncate(time.Millisecond) }

func (s *Service) today() string { return s.o.Now().In(workday.City).Format(time.DateOnly) }

func (s *Service) tree() *network.Tree { return s.o.Network.Tree() }

// binding ties what is sealed to its row.
func binding(entryID string) string { return "care_entry/content/" + entryID }

// MaySee lists the units that the actor's own posts may see the list of.
func (s *Service) MaySee(actor auth.Actor) []string { return s.o.Policy.Scope(actor, ActSee) }

// May reports whether the actor may do something at a unit.
func (s *Service) May(actor auth.Actor, action auth.Action, unitID string) bool {
	return s.o.Policy.Can(actor, action, auth.Object{UnitID: unitID}) == nil
}

// finish writes the audit row, which never says why somebody is listed, and
// tells the pages of the units concerned.
func (s *Service) finish(ctx context.Context, tx *sqldb.Tx, actor auth.Actor, action, kind, id, villageID string, topics ...string) error {
	err := s.o.Audit.Append(ctx, tx, audit.Entry{ActorID: actor.ID(), ActorName: actor.Name, Action: action, ObjectKind: kind, ObjectID: id, UnitID: villageID})
	if err != nil {
		return err
	}
	return s.tell(ctx, tx, topics...)
}

func (s *Service) tell(ctx context.Context, tx *sqldb.Tx, unitIDs ...string) error {
	if s.o.Live == nil {
		return nil
	}
	for i, id := range unitIDs {
		if id == "" || contains(unitIDs[:i], id) {
			continue
		}
		if err := s.o.Live.Publish(ctx, tx, Topic(id), ""); err != nil {
			return err
		}
	}
	return nil
}

func contains(list []string, id string) bool {
	for _, x := range list {
		if x == id {
			return true
		}
	}
	return false
}

func noEntry() error { return errs.E(errs.NotFound, "care.none") }
