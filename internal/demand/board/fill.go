package board

import (
	"context"
	"fmt"
	"time"

	"bilin/internal/demand"
	"bilin/internal/sqldb"
)

// fillBatch bounds how many entries one transaction proposes.
const fillBatch = 100

// Decided is what somebody says of a proposal. The zero value leaves it to an editor.
type Decided struct {
	State  State // Published or Declined
	Reason string
	Editor string        // who says so, for the record
	After  time.Duration // from the proposal
}

// Fill proposes the demands that belong on the board and aren't there, at most
// limit of them: those that came into the database by another way than through
// the demands' service. decide, which may be nil, says at once what becomes of
// each. It returns how many it proposed; run again, it goes on.
func (s *Service) Fill(ctx context.Context, limit int, decide func(*Entry) Decided) (int, error) {
	done := 0
	for done < limit {
		batch := min(fillBatch, limit-done)
		n := 0
		err := s.opt.DB.Write(ctx, func(tx *sqldb.Tx) (err error) {
			n, err = s.fill(ctx, tx, batch, decide)
			return err
		})
		done += n
		if err != nil || n < batch {
			return done, err
		}
	}
	return done, nil
}

func (s *Service) fill(ctx context.Context, tx *sqldb.Tx, limit int, decide func(*Entry) Decided) (int, error) {
	missing, err := missingFrom(ctx, tx, limit)
	if err != nil {
		return 0, err
	}
	for _, d := range missing {
		e, err := s.propose(ctx, tx, d)
		if err != nil {
			return 0, err
		}
		e.Version, e.ProposedAt = 1, d.ClosedAt
		if decide != nil {
			if err := e.settle(decide(e)); err != nil {
				return 0, err
			}
		}
		if err := put(ctx, tx, e); err != nil {
			return 0, err
		}
	}
	return len(missing), nil
}

func (e *Entry) settle(d Decided) error {
	switch d.State {
	case Published:
		return e.publish(e.Question, e.Answer, d.Editor, e.ProposedAt.Add(d.After))
	case Declined:
		return e.decline(d.Reason, d.Editor, e.ProposedAt.Add(d.After))
	}
	return nil
}

// missingFrom returns demands that belong on the board and have no entry. It
// says in SQL what belongs says.
func missingFrom(ctx context.Context, tx *sqldb.Tx, limit int) ([]*demand.Demand, error) {
	rows, err := tx.QueryContext(ctx, `SELECT d.id, d.kind, d.category_id, d.text, d.village_id, d.town_id, d.raised_at, d.resolved_at,
		d.closed_at, d.resolved_rung FROM demand d LEFT JOIN demand_board b ON b.demand_id = d.id
		WHERE d.stage = 2 AND d.state = 'confirmed' AND d.publish = 1 AND d.private = 0 AND d.confined = 0 AND d.about_id = ''
		AND d.claim_id = '' AND b.demand_id IS NULL ORDER BY d.raised_at, d.id LIMIT $1`, limit)
	if err != nil {
		return nil, fmt.Errorf("board: fill: %w", err)
	}
	defer rows.Close()
	var list []*demand.Demand
	for rows.Next() {
		var d demand.Demand
		var raised, resolved, closed int64
		if err := rows.Scan(&d.ID, &d.Kind, &d.CategoryID, &d.Text, &d.VillageID, &d.TownID, &raised, &resolved, &closed, &d.ResolvedRung); err != nil {
			return nil, fmt.Errorf("board: fill: %w", err)
		}
		d.RaisedAt, d.ResolvedAt, d.ClosedAt = sqldb.Time(raised), sqldb.Time(resolved), sqldb.Time(closed)
		list = append(list, &d)
	}
	return list, rows.Err()
}
