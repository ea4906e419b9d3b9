// Package board is the public board of answered demands: what was asked and what came of it, for those whose authors agreed, with nobody recognisable.
package board

import (
	_ "embed"
	"time"

	"bilin/internal/audit"
	"bilin/internal/auth"
	"bilin/internal/demand"
	"bilin/internal/demand/catalog"
	"bilin/internal/i18n"
	"bilin/internal/live"
	"bilin/internal/network"
	"bilin/internal/sqldb"
)

//go:embed messages.json
var rawMessages []byte

// Messages are this package's words.
var Messages = i18n.MustParse(rawMessages)

// ActPublish is deciding what the board shows. Reading the board needs no right.
const ActPublish auth.Action = "demand.publish"

// Rules gives it to the offices.
var Rules = []auth.Rule{
	{Action: ActPublish, Roles: []auth.Role{auth.VillageOfficial, auth.TownOfficial, auth.CityOffice}},
}

// State is where an entry stands.
type State string

// The states. Only what is published is public.
const (
	Proposed  State = "proposed" // the author agreed and confirmed; an editor has yet to look at it
	Published State = "published"
	Declined  State = "declined"  // by an editor, with a reason
	Withdrawn State = "withdrawn" // the author no longer agrees, or the demand is open again; the words are gone
)

// Entry is one demand on the board.
type Entry struct {
	ID         string // random: it leads to the entry and to nothing else
	State      State
	Kind       demand.Kind
	CategoryID string
	Question   string // redacted
	Answer     string // redacted
	Place      string // the village, or the town where the village is small
	Days       int    // whole days from raising to solving
	Rung       catalog.Rung
	Reason     string // why it was declined, or was the last time
	ProposedAt time.Time
	Published  time.Time // zero: not yet
	Version    int

	demandID, townID, villageID string
	search, editor              string
	decidedAt                   time.Time
}

// Options are what a Service needs.
type Options struct {
	DB      *sqldb.DB
	Network *network.Service
	Policy  *auth.Policy
	Audit   *audit.Log
	Live    *live.Hub
	Catalog func() *catalog.Catalog
	Now     func() time.Time // default time.Now
}

// Service keeps the board.
type Service struct{ opt Options }

// New returns the service. It hears of demands as a demand.Observer.
func New(opt Options) *Service {
	if opt.Now == nil {
		opt.Now = time.Now
	}
	if opt.Catalog == nil {
		built := catalog.Default()
		opt.Catalog = func() *catalog.Catalog { return built }
	}
	return &Service{opt: opt}
}

func (s *Service) tree() *network.Tree { return s.opt.Network.Tree() }

func (s *Service) now() time.Time { return s.opt.Now().UTC().Truncate(time.Millisecond) }

// unitOf is the unit over which somebody must be to decide about an entry.
func (e *Entry) unitOf() string {
	if e.villageID != "" {
		return e.villageID
	}
	return e.townID // empty: the city
}

func (s *Service) may(actor auth.Actor, e *Entry) error {
	return s.opt.Policy.Can(actor, ActPublish, auth.Object{UnitID: e.unitOf()})
}
