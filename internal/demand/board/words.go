package board

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"bilin/internal/demand/georeport"
)

// wordsBatch bounds how many demands are looked up at once.
const wordsBatch = 500

// Published returns what the board shows of demands, by their ids. It is a
// georeport.Words.
func (s *Service) Published(ctx context.Context, demandIDs []string) (map[string]georeport.Published, error) {
	found := map[string]georeport.Published{}
	for batch := range slices.Chunk(demandIDs, wordsBatch) {
		if err := s.published(ctx, batch, found); err != nil {
			return nil, fmt.Errorf("board: words: %w", err)
		}
	}
	return found, nil
}

func (s *Service) published(ctx context.Context, demandIDs []string, found map[string]georeport.Published) error {
	marks, args := make([]string, len(demandIDs)), []any{string(Published)}
	for i, id := range demandIDs {
		args = append(args, id)
		marks[i] = "$" + strconv.Itoa(i+2)
	}
	rows, err := s.opt.DB.Reader().QueryContext(ctx, `SELECT demand_id, question, answer, village_id, town_id FROM demand_board
		WHERE state = $1 AND demand_id IN (`+strings.Join(marks, ", ")+`)`, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	tree := s.tree()
	for rows.Next() {
		var id, village, town string
		var p georeport.Published
		if err := rows.Scan(&id, &p.Question, &p.Answer, &village, &town); err != nil {
			return err
		}
		p.Place = place(tree, village, town)
		found[id] = p
	}
	return rows.Err()
}
