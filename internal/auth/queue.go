package auth

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"bilin/internal/errs"
	"bilin/internal/sqldb"
)

// openedFor is how long whoever handed out the way into an account can't have
// it vouch for what they ask for. Its owner would have missed a card by then:
// it holds for a day.
const openedFor = 14 * 24 * time.Hour

// queue narrows a list, joined to the account a, to what waits for one actor's word.
type queue struct {
	where string
	args  []any
}

func (w *queue) arg(v any) string {
	w.args = append(w.args, v)
	return "$" + strconv.Itoa(len(w.args))
}

// waitingFor narrows to the accounts whose every post the actor reaches, but
// for their own and those where they are who column names. nil: nothing waits for them.
func (s *Service) waitingFor(ctx context.Context, actor Actor, column string) (*queue, error) {
	scope := s.policy.Scope(actor, ActVouch)
	if len(scope) == 0 {
		return nil, nil
	}
	w := &queue{}
	me := w.arg(actor.ID())
	w.where = " AND a.disabled = 0 AND a.id <> " + me + " AND " + column + " <> " + me
	if actor.PersonID != "" {
		person := w.arg(actor.PersonID)
		w.where += " AND COALESCE(a.person_id, '') <> " + person +
			" AND COALESCE((SELECT x.person_id FROM account x WHERE x.id = " + column + "), '') <> " + person
	}
	if slices.Contains(scope, s.policy.tree.RootID()) {
		return w, nil
	}
	persons, err := s.within(ctx, actor, scope)
	if err != nil || len(persons) == 0 {
		return nil, err
	}
	marks := make([]string, len(persons))
	for i, id := range persons {
		marks[i] = w.arg(id)
	}
	w.where += " AND a.kind = 'official' AND a.person_id IN (" + strings.Join(marks, ", ") + ")"
	return w, nil
}

// within returns the officials whose every post the actor reaches.
func (s *Service) within(ctx context.Context, actor Actor, scope []string) ([]string, error) {
	persons, err := s.grants.Officials(ctx, scope)
	if err != nil {
		return nil, err
	}
	looking := actor
	looking.Door.Looking = true // to be told is not yet to decide
	var mine []string
	for _, id := range persons {
		grants, err := s.grants.Grants(ctx, id)
		if err != nil {
			return nil, err
		}
		beyond := func(g Grant) bool { return s.policy.Can(looking, ActVouch, Object{UnitID: g.UnitID}) != nil }
		if len(grants) > 0 && !slices.ContainsFunc(grants, beyond) {
			mine = append(mine, id)
		}
	}
	return mine, nil
}

// openers are the accounts and persons who handed out lately what an actor
// comes in by.
type openers []string

func (o openers) has(accountID, personID string) bool {
	return slices.ContainsFunc(o, func(id string) bool { return id != "" && (id == accountID || id == personID) })
}

// openersOf asks for every account of whoever acts: a person is one, whichever they
// use. Of a reset both count: who asked, and who granted and held the link.
func openersOf(ctx context.Context, q sqldb.Querier, actor Actor, now time.Time) (openers, error) {
	const mine = ` LEFT JOIN account x ON x.id = %s WHERE (a.id = $2 OR a.person_id = $3) AND `
	by := func(column, from, lately string) string {
		return `SELECT ` + column + `, COALESCE(x.person_id, '') FROM account a JOIN ` + from + fmt.Sprintf(mine, column) + lately
	}
	list, err := sqldb.Collect(ctx, q, func(rows *sql.Rows, ids *[2]string) error { return rows.Scan(&ids[0], &ids[1]) },
		by(`f.made_by`, `first_login f ON f.account_id = a.id`, `f.made_at > $1`)+` UNION `+
			by(`r.asked_by`, `factor_reset r ON r.account_id = a.id`, `r.outcome = 'done' AND r.decided_at > $1`)+` UNION `+
			by(`r.decided_by`, `factor_reset r ON r.account_id = a.id`, `r.outcome = 'done' AND r.decided_at > $1`),
		sqldb.Millis(now.Add(-openedFor)), actor.AccountID, actor.PersonID)
	var o openers
	for _, ids := range list {
		o = append(o, ids[0], ids[1])
	}
	return o, err
}

// NotOpenedBy refuses an actor as the second person of somebody, an account or a
// person, who handed out lately what the actor comes in by.
func NotOpenedBy(ctx context.Context, q sqldb.Querier, actor Actor, now time.Time, accountID, personID string) error {
	o, err := openersOf(ctx, q, actor, now)
	if err == nil && o.has(accountID, personID) {
		err = errs.E(errs.Forbidden, "auth.vouch_opened", "days", int(openedFor/(24*time.Hour)))
	}
	return err
}
