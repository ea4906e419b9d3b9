package board

import (
	"context"
	"fmt"
)

// Said returns the public words of those of some demands that are on the board,
// by the demand's id.
func (s *Service) Said(ctx context.Context, demandIDs []string) (map[string]*Entry, error) {
	said := map[string]*Entry{}
	if len(demandIDs) == 0 {
		return said, nil
	}
	var c conditions
	c.add("state = ?", string(Published))
	c.in("demand_id", demandIDs)
	rows, err := s.opt.DB.Reader().QueryContext(ctx, `SELECT demand_id, question, answer FROM demand_board WHERE `+c.text(), c.args...)
	if err != nil {
		return nil, fmt.Errorf("board: said: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var id string
		var e Entry
		if err := rows.Scan(&id, &e.Question, &e.Answer); err != nil {
			return nil, fmt.Errorf("board: said: %w", err)
		}
		said[id] = &e
	}
	return said, rows.Err()
}
