package board

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"strings"

	"bilin/internal/demand"
	"bilin/internal/i18n"
	"bilin/internal/sqldb"
)

var _ demand.Observer = (*Service)(nil)

// Observe keeps the board in step with a demand: it proposes what its author
// confirmed and lets be shown, and takes off what no longer belongs there, in
// the very transaction in which that changes.
func (s *Service) Observe(ctx context.Context, tx *sqldb.Tx, d *demand.Demand, _ []demand.Event) error {
	if !mayBeThere(d) {
		return nil
	}
	if !belongs(d) {
		return withdraw(ctx, tx, d.ID, sqldb.Millis(s.now()))
	}
	before, err := entryOf(ctx, tx, "demand_id", d.ID)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		before = &Entry{}
	case err != nil:
		return err
	case before.State != Withdrawn:
		return refile(ctx, tx, before, d)
	}
	e, err := s.propose(ctx, tx, d)
	if err != nil {
		return err
	}
	e.Reason, e.Version = before.Reason, before.Version+1
	return put(ctx, tx, e)
}

// refile follows a demand that was put under another category or unit since.
func refile(ctx context.Context, tx *sqldb.Tx, e *Entry, d *demand.Demand) error {
	if e.CategoryID == d.CategoryID && e.villageID == d.VillageID && e.townID == d.TownID {
		return nil
	}
	e.CategoryID, e.villageID, e.townID = d.CategoryID, d.VillageID, d.TownID
	return put(ctx, tx, e)
}

// propose makes the entry that an editor will look at.
func (s *Service) propose(ctx context.Context, q sqldb.Querier, d *demand.Demand) (*Entry, error) {
	answer, err := answerOf(ctx, q, d.ID)
	if err != nil {
		return nil, err
	}
	r, err := s.redactor(ctx, q, d.ID, d.VillageID, d.TownID)
	if err != nil {
		return nil, err
	}
	e := &Entry{
		ID: strings.ToLower(rand.Text()), State: Proposed, Kind: d.Kind, CategoryID: d.CategoryID, Days: daysOf(d),
		Rung: d.ResolvedRung, ProposedAt: s.now(), demandID: d.ID, townID: d.TownID, villageID: d.VillageID,
	}
	e.Question, _ = r.Redact(d.Text)
	e.Answer, _ = r.Redact(answer)
	e.Place = place(s.tree(), e.villageID, e.townID)
	e.search = s.searchable(e)
	return e, nil
}

// searchable is what the entry is found by: its words, what it is about, where.
func (s *Service) searchable(e *Entry) string {
	c := s.opt.Catalog()
	return searchable(e.Question, e.Answer, c.Path(e.CategoryID, i18n.ZH), c.Path(e.CategoryID, i18n.EN), e.Place)
}

// answerOf is what the last resolution said was done.
func answerOf(ctx context.Context, q sqldb.Querier, demandID string) (answer string, err error) {
	err = q.QueryRowContext(ctx, `SELECT text FROM demand_event WHERE demand_id = $1 AND step = $2 ORDER BY seq DESC LIMIT 1`,
		demandID, string(demand.StepResolved)).Scan(&answer)
	if errors.Is(err, sql.ErrNoRows) {
		return "", nil
	}
	if err != nil {
		return "", fmt.Errorf("board: answer: %w", err)
	}
	return answer, nil
}

// Settle files the entries under the units that their demands are filed under
// since the network changed. It is run on a schedule and returns how many moved.
func (s *Service) Settle(ctx context.Context) (moved int64, err error) {
	err = s.opt.DB.Write(ctx, func(tx *sqldb.Tx) error {
		res, err := tx.ExecContext(ctx, `UPDATE demand_board SET village_id = d.village_id, town_id = d.town_id FROM demand d
			WHERE d.id = demand_board.demand_id AND (d.village_id <> demand_board.village_id OR d.town_id <> demand_board.town_id)`)
		if err != nil {
			return fmt.Errorf("board: settle: %w", err)
		}
		moved, err = res.RowsAffected()
		return err
	})
	return moved, err
}
