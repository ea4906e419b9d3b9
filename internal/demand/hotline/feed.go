package hotline

import (
	"context"

	"bilin/internal/auth"
	"bilin/internal/demand"
	"bilin/internal/sqldb"
)

// MaxAnswers is how many answers come at once.
const MaxAnswers = 500

// Feed is a stretch of answers. Next is where the following fetch begins: some
// of the latest entries come again with it, and none is left out.
type Feed struct {
	Answers []Answer
	Next    string
}

// Answers returns what happened after since, a time or the Next of an
// earlier feed, oldest first and at most limit entries; "" is the beginning.
func (s *Service) Answers(ctx context.Context, actor auth.Actor, since string, limit int) (Feed, error) {
	if err := s.may(actor); err != nil {
		return Feed{}, err
	}
	from, err := parseSince(since)
	if err != nil {
		return Feed{}, err
	}
	now := s.now() // before the query: what is written after it isn't passed over
	list, places, err := answersAfter(ctx, s.opt.DB.Reader(), from, min(max(limit, 1), MaxAnswers))
	if err != nil {
		return Feed{}, err
	}
	next := from
	for _, c := range places {
		if c.at <= sqldb.Millis(now.Add(-settled)) {
			next = c
		}
	}
	return Feed{Answers: list, Next: next.capped(now).String()}, nil
}

// Observe keeps which entries of a timeline go back to the hotline. It is a
// demand.Observer.
func (s *Service) Observe(ctx context.Context, tx *sqldb.Tx, d *demand.Demand, events []demand.Event) error {
	if d.Source != demand.FromHotline {
		return nil
	}
	now := sqldb.Millis(s.now())
	var rows [][]any
	for _, e := range events {
		if tells(e) {
			rows = append(rows, []any{now, d.ID, e.Seq})
		}
	}
	if len(rows) == 0 {
		return nil
	}
	return sqldb.InsertMany(ctx, tx, "demand_hotline_answer", []string{"noted_at", "demand_id", "seq"}, rows, "")
}
