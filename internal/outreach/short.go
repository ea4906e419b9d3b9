package outreach

import (
	"context"

	"bilin/internal/sqldb"
)

// Short takes notices by short message to telephones that agreed.
type Short interface {
	Plan(ctx context.Context, q sqldb.Querier, n *Notice) (ShortPlan, error)
	Begin(ctx context.Context, tx *sqldb.Tx, n *Notice) error
	Recall(ctx context.Context, tx *sqldb.Tx, n *Notice) error
	Progress(ctx context.Context, noticeID string, edition int) (*ShortRun, error)
	// Called is the same of calls that read it aloud.
	Called(ctx context.Context, noticeID string, edition int) (*ShortRun, error)
	// SentTo is the household whose telephone was sent a notice with a link; "" if none was.
	SentTo(ctx context.Context, noticeID, opener string) (householdID string, err error)
	// Opened counts that one more household opened an edition by such a link.
	Opened(ctx context.Context, tx *sqldb.Tx, noticeID string, edition int) error
}

// ShortPlan is what sending by short message would mean.
type ShortPlan struct {
	On      bool   // the city does at all
	Phones  int    // that agreed to messages, in the audience
	Parts   int    // that each of those counts as
	Calls   int    // telephones that agreed to be called instead; each counts as one
	NoCalls int    // that agreed to be called, and can't be now
	Left    int    // of the month
	Text    string // as it would read
	Said    string // as it would be read aloud
}

// Need is how much of the month it takes.
func (p ShortPlan) Need() int { return p.Phones*p.Parts + p.Calls }

// Covered reports whether there is somebody to send to and enough left.
func (p ShortPlan) Covered() bool { return p.On && p.Phones+p.Calls > 0 && p.Need() <= p.Left }

// ShortState is where the messages of a notice stand.
type ShortState string

// The states.
const (
	ShortGoing   ShortState = "going"
	ShortDone    ShortState = "done"
	ShortStopped ShortState = "stopped"
)

// ShortRun is how far they are.
type ShortRun struct {
	Planned, Sent, Failed int
	Opened                int // households, by the link
	State                 ShortState
}

// By sends notices by short message too.
func (s *Service) By(short Short) *Service {
	s.short = short
	return s
}

// ShortRun says how far an edition is on its way by short message; nil if it isn't.
func (s *Service) ShortRun(ctx context.Context, n *Notice, edition int) (*ShortRun, error) {
	if s.short == nil || !n.Short {
		return nil, nil
	}
	return s.short.Progress(ctx, n.ID, edition)
}

// CallRun says how far an edition is by calls; nil if nobody is called.
func (s *Service) CallRun(ctx context.Context, n *Notice, edition int) (*ShortRun, error) {
	if s.short == nil || !n.Short {
		return nil, nil
	}
	return s.short.Called(ctx, n.ID, edition)
}

// ShortPlan is what it would mean to tell a notice by short message now.
func (s *Service) ShortPlan(ctx context.Context, n *Notice) (ShortPlan, error) {
	if s.short == nil || !n.Short {
		return ShortPlan{}, nil
	}
	return s.short.Plan(ctx, s.o.DB.Reader(), n)
}

// ByNumber reads a notice for what sends it.
func ByNumber(ctx context.Context, q sqldb.Querier, num string) (*Notice, error) {
	return noticeByNumber(ctx, q, num)
}

// begin has a notice that is out told by what carries further than its page.
func (s *Service) begin(ctx context.Context, tx *sqldb.Tx, n *Notice) error {
	if err := s.alert(ctx, tx, n); err != nil {
		return err
	}
	if s.short == nil || !n.Short {
		return nil
	}
	return s.short.Begin(ctx, tx, n)
}
