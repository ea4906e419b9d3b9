package network

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"

	"bilin/internal/errs"
	"bilin/internal/sqldb"
)

// unit reads a unit as this transaction sees it.
func (w *work) unit(ctx context.Context, id string) (*Unit, error) {
	u, err := scanUnit(w.tx.QueryRowContext(ctx, `SELECT `+unitColumns+` FROM unit WHERE id = $1`, id))
	if errors.Is(err, sql.ErrNoRows) {
		return nil, errNoUnit
	}
	return &u, err
}

// active is unit, and refuses one that ended.
func (w *work) active(ctx context.Context, id string) (*Unit, error) {
	u, err := w.unit(ctx, id)
	if err == nil {
		err = u.mustBeActive()
	}
	return u, err
}

func (w *work) children(ctx context.Context, id string) ([]Unit, error) {
	return w.unitsWhere(ctx, `parent_id = $1 AND state = 'active' ORDER BY code`, id)
}

// subtree reads a unit and all active units under it, parents first.
func (w *work) subtree(ctx context.Context, u *Unit) ([]Unit, error) {
	lo, hi := u.CodeRange()
	return w.unitsWhere(ctx, `code >= $1 AND code < $2 AND state = 'active' ORDER BY code`, lo, hi)
}

func (w *work) unitsWhere(ctx context.Context, where string, args ...any) ([]Unit, error) {
	var out []Unit
	err := each(ctx, w.tx, func(rows *sql.Rows) error {
		u, err := scanUnit(rows)
		out = append(out, u)
		return err
	}, `SELECT `+unitColumns+` FROM unit WHERE `+where, args...)
	if err != nil {
		return nil, fmt.Errorf("network: read units: %w", err)
	}
	return out, nil
}

// village returns the village above a unit (or the unit itself), or nil.
func (w *work) village(ctx context.Context, u *Unit) (*Unit, error) {
	for u.Level > Village {
		var err error
		if u, err = w.unit(ctx, u.ParentID); err != nil {
			return nil, err
		}
	}
	if u.Level < Village {
		return nil, nil
	}
	return u, nil
}

// freeCode returns a code under parent that no unit has or had.
func (w *work) freeCode(ctx context.Context, parent *Unit) (string, error) {
	lo, hi := parent.CodeRange()
	n := codeLength(parent.Level + 1)
	var taken []string
	err := each(ctx, w.tx, func(rows *sql.Rows) error {
		var code string
		err := rows.Scan(&code)
		taken = append(taken, code)
		return err
	}, `SELECT code FROM unit WHERE code >= $1 AND code < $2 AND length(code) = $3
		UNION SELECT code FROM unit_code WHERE code >= $4 AND code < $5 AND length(code) = $6`, lo, hi, n, lo, hi, n)
	if err != nil {
		return "", fmt.Errorf("network: codes in use: %w", err)
	}
	return nextCode(parent, taken)
}

// claimCode refuses a given code that a unit has or had.
func (w *work) claimCode(ctx context.Context, code string) error {
	var n int
	err := w.tx.QueryRowContext(ctx, `SELECT (SELECT count(*) FROM unit WHERE code = $1) + (SELECT count(*) FROM unit_code WHERE code = $2)`,
		code, code).Scan(&n)
	if err == nil && n > 0 {
		err = errs.E(errs.Conflict, "network.code_taken", "code", code).WithField("code", "network.code_taken", "code", code)
	}
	return err
}

func (w *work) keepCode(ctx context.Context, u *Unit) error {
	return w.exec(ctx, `INSERT INTO unit_code (code, unit_id, until_ms) VALUES ($1, $2, $3) ON CONFLICT (code) DO NOTHING`,
		u.Code, u.ID, sqldb.Millis(w.now))
}

// recode gives a unit and all under it the codes that follow from a new code
// of its top. The old ones still lead to them.
func (w *work) recode(ctx context.Context, top *Unit, code string) error {
	units, err := w.subtree(ctx, top)
	if err != nil {
		return err
	}
	for i := range units {
		u := &units[i]
		if err := w.keepCode(ctx, u); err != nil {
			return err
		}
		to := recoded(u.Code, top.Code, code)
		if err := w.exec(ctx, `UPDATE unit SET code = $1, rev = $2 WHERE id = $3`, to, w.rev, u.ID); err != nil {
			return err
		}
		if u.ID == top.ID {
			continue // its own history says more
		}
		if err := w.note(ctx, u.ID, ChangeCode, Detail{FromCode: u.Code, ToCode: to}); err != nil {
			return err
		}
	}
	return nil
}

// rekey gives the households of a subtree their identity in another village's
// rosters. Where a household there has the same number, the old one is kept.
func (w *work) rekey(ctx context.Context, top *Unit, from, to string) error {
	if from == to {
		return nil
	}
	lo, hi := top.CodeRange()
	return w.exec(ctx, `UPDATE household SET roster_key = $1 || substr(roster_key, $2)
		WHERE unit_id IN (SELECT id FROM unit WHERE code >= $3 AND code < $4)
		AND roster_key >= $5 AND roster_key < $6
		AND NOT EXISTS (SELECT 1 FROM household o WHERE o.roster_key = $7 || substr(household.roster_key, $8))`,
		to, len(from)+1, lo, hi, from+"/", from+"0", to, len(from)+1)
}

// note adds to a unit's history.
func (w *work) note(ctx context.Context, unitID, kind string, detail Detail) error {
	text, err := json.Marshal(detail)
	if err != nil {
		return err
	}
	return w.exec(ctx, `INSERT INTO unit_change (id, unit_id, kind, at, actor_id, actor_name, detail) VALUES ($1, $2, $3, $4, $5, $6, $7)`,
		sqldb.NewID(), unitID, kind, sqldb.Millis(w.now), w.actor.ID(), w.actor.Name, string(text))
}

func (w *work) exec(ctx context.Context, query string, args ...any) error {
	if _, err := w.tx.ExecContext(ctx, query, args...); err != nil {
		return fmt.Errorf("network: %w", err)
	}
	return nil
}

// insertUnit writes a new unit with the posts it needs.
func (w *work) insertUnit(ctx context.Context, n NewUnit) error {
	err := sqldb.InsertMany(ctx, w.tx, "unit", unitInsertColumns, [][]any{unitRow(&n, counter{}, w.rev)}, "")
	if err != nil {
		return err
	}
	for _, role := range bornWith(n.Level) {
		if err := w.insertPost(ctx, NewPost{ID: sqldb.NewID(), UnitID: n.ID, Role: role}); err != nil {
			return err
		}
	}
	return w.note(ctx, n.ID, ChangeCreate, Detail{To: n.Name, ToCode: n.Code})
}

func (w *work) insertPost(ctx context.Context, n NewPost) error {
	return w.exec(ctx, `INSERT INTO post (id, unit_id, department_id, role, name, rev) VALUES ($1, $2, $3, $4, $5, $6)`,
		n.ID, n.UnitID, null(n.DepartmentID), string(n.Role), n.Name, w.rev)
}
