package demand

import (
	"context"
	"database/sql"
	"fmt"

	"bilin/internal/sqldb"
)

// StatesOf says where demands stand, by their numbers and nothing more of them.
func (s *Service) StatesOf(ctx context.Context, numbers []string) (map[string]State, error) {
	type row struct {
		number string
		state  State
	}
	var w sqldb.Where
	w.In("number", numbers)
	list, err := sqldb.Collect(ctx, s.opt.DB.Reader(), func(r *sql.Rows, x *row) error { return r.Scan(&x.number, &x.state) },
		`SELECT number, state FROM demand WHERE `+w.Text(), w.Args...)
	if err != nil {
		return nil, fmt.Errorf("demand: states: %w", err)
	}
	out := make(map[string]State, len(list))
	for _, x := range list {
		out[x.number] = x.state
	}
	return out, nil
}
