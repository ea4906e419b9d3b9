// Package texting takes notices by short message, or by a call that reads them, to the telephones of households that asked for it.
//
// A telephone is entered at the household's own door page and hears nothing
// until it has itself agreed by a link that only it was sent; each message
// carries the same link to end it. Whom a message goes to is written down before. Messages go out one by one, and wait while
// an order is being told: the gateway is the orders' first. There is a budget a
// month, and nothing is begun that it doesn't cover.
package texting

import (
	"context"
	_ "embed"
	"log/slog"
	"strings"
	"time"
	"unicode/utf8"

	"bilin/internal/audit"
	"bilin/internal/gateway"
	"bilin/internal/i18n"
	"bilin/internal/live"
	"bilin/internal/network"
	"bilin/internal/outreach"
	"bilin/internal/seal"
	"bilin/internal/sqldb"
)

//go:embed messages.json
var raw []byte

// Messages are this package's words.
var Messages = i18n.MustParse(raw)

// Bounds.
const (
	mostPhones = 3              // of a household
	askAgain   = 24 * time.Hour // a number is asked to agree
	askedTwice = 2              // times in that, from whichever door
	askedMonth = 4              // times in askedKept
	askedKept  = 30 * 24 * time.Hour
	openerSize = 10             // characters: enough that nobody guesses one
	unagreed   = 48 * time.Hour // one that didn't agree is forgotten
	batch      = 50             // messages between two looks at whether an order goes out
	yieldFor   = 5 * time.Second
	handedFor  = time.Minute // a message may still be with the gateway; longer than it is waited for
)

// Options are what a Service works with.
type Options struct {
	DB        *sqldb.DB
	Network   *network.Service
	Audit     *audit.Log
	Live      *live.Hub
	Seal      *seal.Sealer
	Vault     *seal.Vault
	Sender    gateway.Sender // nil: there is no gateway, and nothing is offered
	Voice     gateway.Sender // nil: nobody is called, and calls aren't offered
	Budget    int            // messages and calls a month, as the gateway counts them; 0: nothing is offered
	PublicURL string
	Busy      func(ctx context.Context) (bool, error) // an order is being told
	Now       func() time.Time
	Logger    *slog.Logger
}

// Service sends notices as short messages.
type Service struct {
	o       Options
	catalog *i18n.Catalog
}

// New returns a Service.
func New(o Options) (*Service, error) {
	catalog, err := i18n.New(Messages)
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
	o.PublicURL = strings.TrimRight(o.PublicURL, "/")
	return &Service{o, catalog}, err
}

var _ outreach.Short = (*Service)(nil)

// On reports whether the city sends notices so at all.
func (s *Service) On() bool { return s.o.Sender != nil && s.o.Budget > 0 && s.o.PublicURL != "" }

// Calls reports whether telephones can be called and read to.
func (s *Service) Calls() bool { return s.On() && s.o.Voice != nil }

func (s *Service) now() time.Time { return s.o.Now().UTC().Truncate(time.Millisecond) }

func (s *Service) say(key string, kv ...any) string {
	return s.catalog.T(i18n.ZH, "outreach.short."+key, kv...)
}

// charged is how many messages a gateway counts a text as: 70 characters, and
// from there on 67 a part.
func charged(text string) int {
	const one, part = 70, 67
	n := 0
	for _, r := range text {
		n++
		if r > 0xFFFF {
			n++ // takes two places
		}
	}
	if n <= one {
		return 1
	}
	return (n + part - 1) / part
}

// firstWords is how much of a notice a message tells; the page has the rest.
const firstWords = 60

// text is a notice as a message. opener counts that its page was opened, and end
// leads to where messages are ended.
func (s *Service) text(n *outreach.Notice, kind kind, opener, end string) string {
	from := s.from(n)
	if kind == recall {
		return s.say("recalled", "from", from, "title", n.Title, "end", end)
	}
	words := strings.ReplaceAll(n.Words, "\n", "")
	if utf8.RuneCountInString(words) > firstWords {
		words = string([]rune(words)[:firstWords]) + "…"
	}
	key := "news"
	if n.Edition > 1 {
		key = "corrected"
	}
	return s.say(key, "from", from, "title", n.Title, "words", words, "page", s.o.PublicURL+"/notices/"+n.Number+"?m="+opener, "end", end)
}

func (s *Service) link(token string) string { return s.o.PublicURL + "/my-notices/" + token }
