package board

import (
	"context"
	"fmt"
	"strings"
)

// Said returns the public words of those of some demands that are on the board,
// by the demand's id.
func (s *Service) Said(ctx context.Context, demandIDs []string) (map[string]*Entry, error) {
	said := map[string]*Entry{}
	if len(demandIDs) == 0 {
		return said, nil
	}
	c := &conditions{}
	marks := make([]string, len(demandIDs))
	for i, id := range demandIDs {
		marks[i] = c.arg(id)
	}
	rows, err := s.opt.DB.Reader().QueryContext(ctx, `SELECT demand_id, question, answer FROM demand_board
		WHERE state = 'published' AND demand_id IN (`+strings.Join(marks, ", ")+`)`, c.args...)
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
