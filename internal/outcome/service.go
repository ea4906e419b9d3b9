package outcome

import (
	"context"
	"log/slog"
	"time"

	"bilin/internal/audit"
	"bilin/internal/auth"
	"bilin/internal/errs"
	"bilin/internal/live"
	"bilin/internal/mirror"
	"bilin/internal/network"
	"bilin/internal/once"
	"bilin/internal/seal"
	"bilin/internal/sqldb"
)

// What can be done with outcome figures. What is published is for everybody.
const (
	ActRead    auth.Action = "outcome.read"    // published lights
	ActPreview auth.Action = "outcome.preview" // one's own part before publication
	ActObject  auth.Action = "outcome.object"  // say what is wrong with it
	ActFeed    auth.Action = "outcome.feed"    // bring one's department's data
	ActPublish auth.Action = "outcome.publish" // begin a preview, answer objections, publish
	ActEdit    auth.Action = "outcome.edit"    // the catalogue
)

// Rules gives them to roles.
var Rules = []auth.Rule{
	{Action: ActRead, Public: true},
	{Action: ActPreview, Roles: []auth.Role{auth.VillageOfficial, auth.TownOfficial, auth.CityOffice}},
	{Action: ActObject, Roles: []auth.Role{auth.VillageOfficial, auth.TownOfficial}},
	{Action: ActFeed, Roles: []auth.Role{auth.Department}, OfDepartment: true},
	{Action: ActFeed, Roles: []auth.Role{auth.CityOffice}},
	{Action: ActPublish, Roles: []auth.Role{auth.CityOffice}, Fresh: auth.Lately},
	{Action: ActEdit, Roles: []auth.Role{auth.CityOffice}},
}

// Topic is the live topic of values and releases.
const Topic = "outcome"

// Options are what a Service works with.
type Options struct {
	DB      *sqldb.DB
	Network *network.Service
	Policy  *auth.Policy
	Audit   *audit.Log
	Live    *live.Hub
	Seal    *seal.Sealer
	Signer  Signer
	Now     func() time.Time
	Logger  *slog.Logger
}

// Service keeps indicators, their values, and what is published of them.
type Service struct {
	*mirror.Of[*Catalog]
	o           Options
	views       kept[*View]
	comparisons kept[*Towns]
	corrections kept[[]Correction]
	sides       kept[*Sides]
}

// Open reads the catalogue, and writes the built-in one into a new city.
func Open(ctx context.Context, o Options) (*Service, error) {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
	if err := seed(ctx, o.DB); err != nil {
		return nil, err
	}
	m, err := mirror.Open(ctx, o.DB, mirror.Source[*Catalog]{Name: "indicators", Rev: readRev, Load: readCatalog}, o.Logger)
	return &Service{Of: m, o: o}, err
}

// Catalog returns the indicators as they are now.
func (s *Service) Catalog() *Catalog { return s.Get() }

// Put asks for an indicator, or for a change of one. Its code, source and
// measure stay what they were: another figure is another indicator.
type Put struct {
	Key       string
	Indicator Indicator // ID "" for a new one
	Version   int
}

// Put writes an indicator and returns its id.
func (s *Service) Put(ctx context.Context, actor auth.Actor, c Put) (id string, err error) {
	if err := s.o.Policy.Can(actor, ActEdit, auth.Object{}); err != nil {
		return "", err
	}
	asked := c
	if c.Indicator, err = c.Indicator.check(); err != nil {
		return "", err
	}
	err = s.o.DB.Write(ctx, func(tx *sqldb.Tx) (err error) {
		id, err = once.Do(ctx, tx, "outcome.put/"+actor.ID(), c.Key, asked, s.o.Now(), func() (string, error) { return s.put(ctx, tx, actor, c) })
		return err
	})
	if err == nil {
		s.Settle(ctx)
	}
	return id, err
}

func (s *Service) put(ctx context.Context, tx *sqldb.Tx, actor auth.Actor, c Put) (string, error) {
	now, err := readCatalog(ctx, tx)
	if err != nil {
		return "", err
	}
	x := c.Indicator
	if was, known := now.ByID(x.ID); known {
		if c.Version != 0 && c.Version != was.Version {
			return "", errs.E(errs.Stale, "outcome.changed_since")
		}
		if x.Source != was.Source || x.Measure != was.Measure {
			return "", errs.E(errs.Conflict, "outcome.another_figure")
		}
		if was.Context && !x.Context { // whatever it is called now
			return "", errs.E(errs.Invalid, "outcome.invalid").WithField("context", "outcome.context_stays")
		}
		x.Code, x.Version = was.Code, was.Version+1
	} else {
		if x.ID != "" {
			return "", errs.E(errs.NotFound, "outcome.no_indicator")
		}
		if _, taken := now.ByCode(x.Code); taken || !goodCode(x.Code) {
			return "", errs.E(errs.Invalid, "outcome.invalid").WithField("code", "outcome.bad_code")
		}
		if x.Source != Feed && now.from(x.Source) != "" {
			return "", errs.E(errs.Conflict, "outcome.one_of_its_kind")
		}
		x.ID, x.Version = sqldb.NewID(), 1
		if x.Sort == 0 {
			x.Sort = (len(now.list) + 1) * 10
		}
	}
	if err := putIndicator(ctx, tx, x); err != nil {
		return "", err
	}
	if err := raise(ctx, tx); err != nil {
		return "", err
	}
	return x.ID, s.finish(ctx, tx, actor, "outcome.put", "indicator", x.ID, map[string]any{"code": x.Code, "weight": x.Weight, "version": x.Version})
}

func goodCode(code string) bool {
	if len(code) < 2 || len(code) > 40 {
		return false
	}
	for _, r := range code {
		if (r < 'a' || r > 'z') && (r < '0' || r > '9') && r != '-' {
			return false
		}
	}
	return true
}

// Downloaded notes that somebody took figures away that aren't everybody's.
func (s *Service) Downloaded(ctx context.Context, actor auth.Actor, kind, id string, detail any) error {
	return s.o.DB.Write(ctx, func(tx *sqldb.Tx) error {
		return s.o.Audit.Append(ctx, tx, audit.Entry{ActorID: actor.ID(), ActorName: actor.Name, Action: "outcome.download", ObjectKind: kind, ObjectID: id, UnitID: s.o.Network.RootID(), Detail: detail})
	})
}

// finish writes the record and tells the open pages.
func (s *Service) finish(ctx context.Context, tx *sqldb.Tx, actor auth.Actor, action, kind, id string, detail any) error {
	err := s.o.Audit.Append(ctx, tx, audit.Entry{ActorID: actor.ID(), ActorName: actor.Name, Action: action, ObjectKind: kind, ObjectID: id, UnitID: s.o.Network.RootID(), Detail: detail})
	if err != nil || s.o.Live == nil {
		return err
	}
	return s.o.Live.Publish(ctx, tx, Topic, "")
}
