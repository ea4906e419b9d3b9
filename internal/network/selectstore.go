package network

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"bilin/internal/auth"
	"bilin/internal/errs"
	"bilin/internal/sqldb"
)

const selectionQuery = `SELECT s.id, s.post_id, p.unit_id, p.role, s.person_name, s.person_id, s.phone IS NOT NULL, s.source, s.statement,
	s.state, s.notice_until, s.created_at, s.updated_at, s.version
	FROM selection s JOIN post p ON p.id = s.post_id JOIN unit u ON u.id = p.unit_id `

func scanSelection(row scanner) (Selection, error) {
	var x Selection
	var role, state string
	var person, until sql.NullString
	var created, updated int64
	err := row.Scan(&x.ID, &x.PostID, &x.UnitID, &role, &x.PersonName, &person, &x.HasPhone, &x.By, &x.Statement,
		&state, &until, &created, &updated, &x.Version)
	x.Role, x.State, x.PersonID, x.NoticeUntil = auth.Role(role), SelectionState(state), person.String, until.String
	x.CreatedAt, x.UpdatedAt = sqldb.Time(created), sqldb.Time(updated)
	return x, err
}

func readSelection(ctx context.Context, q sqldb.Querier, id string) (*Selection, error) {
	x, err := scanSelection(q.QueryRowContext(ctx, selectionQuery+`WHERE s.id = $1`, id))
	if errors.Is(err, sql.ErrNoRows) {
		return nil, errs.E(errs.NotFound, "network.no_selection")
	}
	return &x, err
}

func selections(ctx context.Context, q sqldb.Querier, where string, args ...any) ([]Selection, error) {
	var out []Selection
	err := each(ctx, q, func(rows *sql.Rows) error {
		x, err := scanSelection(rows)
		out = append(out, x)
		return err
	}, selectionQuery+where, args...)
	if err != nil {
		return nil, fmt.Errorf("network: read selections: %w", err)
	}
	return out, nil
}

// Selection returns one with its steps.
func (s *Service) Selection(ctx context.Context, actor auth.Actor, id string) (*Selection, error) {
	x, err := readSelection(ctx, s.db.Reader(), id)
	if err != nil {
		return nil, err
	}
	if err := s.policy.Can(actor, ActSelectView, auth.Object{UnitID: x.UnitID}); err != nil {
		return nil, err
	}
	err = each(ctx, s.db.Reader(), func(rows *sql.Rows) error {
		var e SelectionEvent
		var at int64
		var step string
		err := rows.Scan(&at, &e.ActorName, &step, &e.Note)
		e.At, e.Step = sqldb.Time(at), SelectionState(step)
		x.Events = append(x.Events, e)
		return err
	}, `SELECT at, actor_name, step, note FROM selection_event WHERE selection_id = $1 ORDER BY at, id`, id)
	return x, err
}

// Selections lists those in a state in a unit's subtree, latest first. state ""
// is every one. cursor is "" or what the page before returned; the cursor
// returned is "" at the end.
func (s *Service) Selections(ctx context.Context, actor auth.Actor, state SelectionState, unitID, cursor string, limit int) ([]Selection, string, error) {
	if err := s.policy.Can(actor, ActSelectView, auth.Object{UnitID: unitID}); err != nil {
		return nil, "", err
	}
	u := s.Tree().ByID(or(unitID, s.RootID()))
	if u == nil {
		return nil, "", errNoUnit
	}
	lo, hi := u.CodeRange()
	rows, err := selections(ctx, s.db.Reader(), `WHERE u.code >= $1 AND u.code < $2 AND ($3 = '' OR s.state = $4) AND s.id < $5
		ORDER BY s.id DESC LIMIT $6`, lo, hi, string(state), string(state), or(cursor, "~"), limit+1)
	if err != nil {
		return nil, "", err
	}
	next := ""
	if len(rows) > limit {
		rows, next = rows[:limit], rows[limit-1].ID
	}
	return rows, next, nil
}

// PublicNotices lists the candidates on public notice today, latest first. A
// notice is there to be read: names and statements are shown in full.
func (s *Service) PublicNotices(ctx context.Context) ([]Selection, error) {
	return selections(ctx, s.db.Reader(), `WHERE s.state = $1 AND s.notice_until >= $2 ORDER BY s.id DESC LIMIT 500`, string(OnNotice), s.today())
}

// candidatePhone opens the number a candidate gave, to put it in their person row.
func (w *work) candidatePhone(ctx context.Context, id string) (string, error) {
	var sealed sql.NullString
	if err := w.tx.QueryRowContext(ctx, `SELECT phone FROM selection WHERE id = $1`, id).Scan(&sealed); err != nil {
		return "", fmt.Errorf("network: candidate's number: %w", err)
	}
	return w.s.seal.Open(sealed.String, "selection/phone/"+id)
}
