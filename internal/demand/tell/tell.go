// Package tell has residents hear of what happens to their demands, by short messages to the telephone they left.
//
// A message's states:
//
//	a step that is to be heard of
//	       │                    no gateway
//	       ├──────────────────────────────► dropped
//	       ▼
//	     queued ──── taken by the gateway ─► sent
//	       │
//	       └── the number is refused, ────► failed
//	           or a day has gone by
//
// The row is written in the transaction of the step, with the job that sends
// it. The gateway takes each id once, so that a message sent twice arrives once.
package tell

import (
	"context"
	_ "embed"
	"log/slog"
	"strings"
	"sync/atomic"
	"time"

	"bilin/internal/audit"
	"bilin/internal/auth"
	"bilin/internal/demand"
	"bilin/internal/gateway"
	"bilin/internal/i18n"
	"bilin/internal/job"
	"bilin/internal/live"
	"bilin/internal/seal"
	"bilin/internal/sqldb"
)

//go:embed messages.json
var rawMessages []byte

// Messages are this package's words.
var Messages = i18n.MustParse(rawMessages)

// State is where a message stands.
type State string

// The states, drawn in the package comment.
const (
	Queued  State = "queued"
	Sent    State = "sent"
	Failed  State = "failed"
	Dropped State = "dropped"
)

// Recipients: who raised the demand, somebody of the network by the id behind
// the prefix; any other is the id of one who follows it.
const (
	author = "author"
	person = "person:"
)

// Message is what became of one entry of the timeline on its way to residents.
type Message struct {
	Seq       int   // of the entry
	Followers bool  // to those who have the same trouble; otherwise to the author
	N         int   // how many messages: 1 to the author
	Word      Word  // which message
	State     State // its name is the key "demand.tell.state." + State
	Attempts  int   // so far; of followers' the most
	At        time.Time
	SentAt    time.Time // zero until sent; of followers' the last
	Error     string    // message key of why it failed, was dropped, or is still to be sent; empty for none
}

// Teller hears that a resolution or a question reached the resident.
type Teller interface {
	Told(ctx context.Context, demandID string, seq int, at time.Time) error
}

// Phones opens the number of somebody of the network for a purpose, and records it.
type Phones interface {
	ReadPhone(ctx context.Context, actor auth.Actor, kind, id, purpose string) (string, error)
}

// Options are what a Service needs.
type Options struct {
	DB        *sqldb.DB
	Sealer    *seal.Sealer
	Vault     *seal.Vault
	Audit     *audit.Log
	Live      *live.Hub      // open pages of the demand hear of it; nil for none
	Sender    gateway.Sender // nil: nothing is sent, and pages say so
	Told      Teller
	Phones    Phones           // for reminders to handlers; nil: they see them in their queue alone
	PublicURL string           // https://…, for the link to the demand; empty: without a link
	Locale    string           // of the messages; default Chinese
	Now       func() time.Time // default time.Now
	Logger    *slog.Logger     // default slog.Default()
}

// Service writes, sends and lists messages. It is a demand.Observer.
type Service struct {
	opt     Options
	catalog *i18n.Catalog
	warned  atomic.Int64 // when the log last said that sending fails, ms
}

var _ demand.Observer = (*Service)(nil)

// New returns the service. Register has its messages sent.
func New(opt Options) (*Service, error) {
	catalog, err := i18n.New(Messages)
	if err != nil {
		return nil, err
	}
	if opt.Locale == "" {
		opt.Locale = i18n.ZH
	}
	if opt.Now == nil {
		opt.Now = time.Now
	}
	if opt.Logger == nil {
		opt.Logger = slog.Default()
	}
	opt.PublicURL = strings.TrimRight(opt.PublicURL, "/")
	return &Service{opt: opt, catalog: catalog}, nil
}

// kind names the jobs that send one message each.
const kind = "demand.tell"

// Register has a runner send messages. It should be a runner of its own, so that
// a gateway that hangs holds up nothing else.
func (s *Service) Register(r *job.Runner) {
	r.Handle(kind, s.send)
	r.Every(kind+".sweep", time.Hour, s.sweep)
}

// Observe writes a row for each message that a change of a demand calls for,
// and queues its sending.
func (s *Service) Observe(ctx context.Context, tx *sqldb.Tx, d *demand.Demand, events []demand.Event) error {
	list := s.reminders(d, events)
	word, seq, ok := pick(d, events)
	if ok && d.Channel == demand.BySMS && d.HasContact {
		list = append(list, message{recipient: author, word: word, seq: seq})
	}
	if word == Resolved && !d.Confined {
		ids, err := followers(ctx, tx, d.ID)
		if err != nil {
			return err
		}
		for _, id := range ids {
			list = append(list, message{recipient: id, word: Followed, seq: seq})
		}
	}
	return s.queue(ctx, tx, d.ID, list)
}

// reminders are for whoever took the demand on. One that nobody took on waits
// in the queues of its office.
func (s *Service) reminders(d *demand.Demand, events []demand.Event) (list []message) {
	for _, e := range events {
		if e.Step == demand.StepReminded && d.HandlerID != "" && s.opt.Phones != nil && s.opt.Sender != nil {
			list = append(list, message{recipient: person + d.HandlerID, word: Reminded, seq: e.Seq})
		}
	}
	return list
}

func (s *Service) queue(ctx context.Context, tx *sqldb.Tx, demandID string, list []message) error {
	if len(list) == 0 {
		return nil
	}
	state, why := Queued, ""
	if s.opt.Sender == nil {
		state, why = Dropped, "demand.tell.no_gateway"
	}
	jobs := make([]job.Job, len(list))
	for i := range list {
		m := &list[i]
		m.id, m.demandID, m.at, m.state, m.why = sqldb.NewID(), demandID, s.opt.Now(), state, why
		jobs[i] = job.Job{Kind: kind, Key: m.id, Payload: m.id}
	}
	if err := insert(ctx, tx, list); err != nil || state != Queued {
		return err
	}
	return job.EnqueueMany(ctx, tx, jobs)
}

// Messages lists what became of a demand's messages to residents, by the entries
// of its timeline. It checks no rights: who may see the demand may see this.
func (s *Service) Messages(ctx context.Context, demandID string) ([]Message, error) {
	return listed(ctx, s.opt.DB.Reader(), demandID)
}
