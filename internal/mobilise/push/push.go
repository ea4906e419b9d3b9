// Package push reaches people by notifications of their browsers, if they asked for it there.
//
// A browser hands out an address at its maker's push service and keys to which
// only it can read. Both are sealed here: who has them could write to that
// person.
package push

import (
	"context"
	_ "embed"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"bilin/internal/audit"
	"bilin/internal/auth"
	"bilin/internal/gateway"
	"bilin/internal/i18n"
	"bilin/internal/seal"
	"bilin/internal/sqldb"
)

//go:embed messages.json
var raw []byte

// Messages are this package's words.
var Messages = i18n.MustParse(raw)

// ActSelf is asking for notifications to oneself, and ending them.
const ActSelf auth.Action = "push.self"

// Rules gives it to everybody who is logged in.
var Rules = []auth.Rule{{Action: ActSelf, AnyAccount: true}}

// Bounds.
const (
	MaxBrowsers = 5 // of one person; another takes the place of the oldest
	timeout     = 10 * time.Second
	connections = 64
	ttl         = 12 * time.Hour // how long a push service keeps what it can't deliver
)

// Options are what a Service works with.
type Options struct {
	DB      *sqldb.DB
	Policy  *auth.Policy
	Sealer  *seal.Sealer
	Audit   *audit.Log
	KeysDir string   // where the key pair lies that push services know us by
	Contact string   // mailto: or https: address for push services; empty: nobody is reached
	Allow   []string // host:port of push services that may have a private address
	Now     func() time.Time
	Logger  *slog.Logger
}

// Service keeps who wants notifications where, and sends them.
type Service struct {
	o     Options
	guard *gateway.Guard
	http  *http.Client
	keys  func() (keyPair, error)
}

var _ gateway.Bulk = (*Service)(nil)

// New returns the service. The key pair is made when it is first needed.
func New(o Options) (*Service, error) {
	guard, err := gateway.NewGuard(o.Allow)
	if err != nil {
		return nil, err
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
	return &Service{
		o: o, guard: guard, http: guard.Client(timeout, connections, 443),
		keys: sync.OnceValues(func() (keyPair, error) { return openKeys(o.KeysDir) }),
	}, nil
}

// Ready reports whether notifications can be sent at all.
func (s *Service) Ready() bool { return s.o.Contact != "" }

// PublicKey is what a browser needs to let us, and nobody else, write to it.
func (s *Service) PublicKey() (string, error) {
	k, err := s.keys()
	return k.Public, err
}

// Has returns those of the people who can be reached by push. It is one query,
// however many are asked for.
func (s *Service) Has(ctx context.Context, personIDs []string) (map[string]bool, error) {
	if !s.Ready() || len(personIDs) == 0 {
		return map[string]bool{}, nil
	}
	return readers(ctx, s.o.DB.Reader(), personIDs)
}
