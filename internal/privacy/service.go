package privacy

import (
	"context"
	"log/slog"
	"slices"
	"time"

	"bilin/internal/audit"
	"bilin/internal/auth"
	"bilin/internal/errs"
	"bilin/internal/gateway"
	"bilin/internal/live"
	"bilin/internal/network"
	"bilin/internal/purpose"
	"bilin/internal/seal"
	"bilin/internal/sqldb"
	"bilin/internal/workday"
)

// Options are what a Service works with. Without a Sender no codes are sent, and pages say so.
type Options struct {
	DB        *sqldb.DB
	Network   *network.Service
	Policy    *auth.Policy
	Audit     *audit.Log
	Live      *live.Hub
	Purpose   *purpose.Service
	Sealer    *seal.Sealer // keyed indexes of codes
	Vault     *seal.Vault  // the words of requests, each under a key of its own
	Calendar  func() *workday.Calendar
	Sender    gateway.Sender
	SendText  func(code string) string // the short message
	PublicURL string
	Now       func() time.Time
	Logger    *slog.Logger
	// DemandHome returns the household of a demand to whoever has its key; "" for none.
	DemandHome func(ctx context.Context, number, key string) (string, error)
}

// Service lets households see and ask, and desks answer.
type Service struct {
	o       Options
	holders []Holder
}

// New returns a Service.
func New(o Options) *Service {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
	return &Service{o: o}
}

// Ask adds who holds something, in the order of the page. Call it before the service is used.
func (s *Service) Ask(holders ...Holder) { s.holders = append(s.holders, holders...) }

// Holders lists their names.
func (s *Service) Holders() []string {
	names := make([]string, len(s.holders))
	for i, h := range s.holders {
		names[i] = h.Name()
	}
	return names
}

// SendsCodes reports whether codes can be sent by short message.
func (s *Service) SendsCodes() bool { return s.o.Sender != nil }

// itself is the household that looks at its own.
var itself = auth.System("household")

// View is what a household sees.
type View struct {
	HouseholdID string
	Holdings    []Holding
	Readings    []purpose.Reading
	More        string // cursor of the readings before these
	Breaks      []purpose.Break
	Requests    []Request
}

// readingsShown is a page of them; all else that is held is shown whole.
const readingsShown = 50

// Held opens to a household what is held about it. That it did is recorded in
// the same transaction.
func (s *Service) Held(ctx context.Context, householdID, cursor string) (*View, error) {
	v := &View{HouseholdID: householdID}
	err := s.o.DB.Write(ctx, func(tx *sqldb.Tx) error {
		v.Holdings = nil
		err := s.o.Purpose.Open(ctx, tx, itself, purpose.Subject{HouseholdID: householdID}, purpose.Itself, purpose.Everything)
		if err != nil {
			return err
		}
		for _, h := range s.holders {
			items, err := h.Held(ctx, tx, householdID, true)
			if err != nil {
				return err
			}
			v.Holdings = append(v.Holdings, Holding{h.Name(), items})
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	if v.Readings, v.More, err = s.o.Purpose.Readings(ctx, householdID, cursor, readingsShown); err != nil {
		return nil, err
	}
	if v.Breaks, err = s.o.Purpose.BreaksOf(ctx, householdID); err != nil {
		return nil, err
	}
	v.Requests, err = requests(ctx, s.o.DB.Reader(), `household_id = $1 ORDER BY made_at DESC, id DESC`, householdID)
	return v, err
}

// Page returns older readings of a household.
func (s *Service) Readings(ctx context.Context, householdID, cursor string) ([]purpose.Reading, string, error) {
	return s.o.Purpose.Readings(ctx, householdID, cursor, readingsShown)
}

func (s *Service) holder(name string) Holder {
	if i := slices.IndexFunc(s.holders, func(h Holder) bool { return h.Name() == name }); i >= 0 {
		return s.holders[i]
	}
	return nil
}

// record writes the audit row of a step and tells the desks.
func (s *Service) record(ctx context.Context, tx *sqldb.Tx, actor auth.Actor, action, kind, id, unitID string, detail any) error {
	err := s.o.Audit.Append(ctx, tx, audit.Entry{ActorID: actor.ID(), ActorName: actor.Name, Action: action, ObjectKind: kind, ObjectID: id, UnitID: unitID, Detail: detail})
	if err != nil || s.o.Live == nil {
		return err
	}
	return s.o.Live.Publish(ctx, tx, Topic, "")
}

func errNone() error { return errs.E(errs.NotFound, "privacy.none") }

func entryOf(actor auth.Actor, action string, f *File) audit.Entry {
	return audit.Entry{ActorID: actor.ID(), ActorName: actor.Name, Action: action, ObjectKind: "privacy_request", ObjectID: f.ID, UnitID: f.UnitID, Purpose: "request " + f.Number}
}
