package network

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"time"

	"bilin/internal/audit"
	"bilin/internal/auth"
	"bilin/internal/sqldb"
)

// Reach says through what other than a post somebody is reached: a response
// team they are in, the village in which they reported in.
type Reach interface {
	ReachOf(ctx context.Context, q sqldb.Querier, personID string) (Reached, error)
}

// Reached is who has a task with a person: whoever may read numbers at one of
// the units, and each of the people.
type Reached struct{ UnitIDs, PersonIDs []string }

// ReachThrough sets what is asked. Call it before the service is used.
func (s *Service) ReachThrough(r ...Reach) { s.reaches = r }

func (s *Service) reachOf(ctx context.Context, q sqldb.Querier, kind, id string) (Reached, error) {
	var all Reached
	if kind != PhoneOfPerson {
		return all, nil
	}
	for _, r := range s.reaches {
		one, err := r.ReachOf(ctx, q, id)
		if err != nil {
			return all, err
		}
		all.UnitIDs = append(all.UnitIDs, one.UnitIDs...)
		all.PersonIDs = append(all.PersonIDs, one.PersonIDs...)
	}
	return all, nil
}

// mayReach reports whether the actor has a task with whoever is so reached.
func (s *Service) mayReach(actor auth.Actor, r Reached) bool {
	if actor.PersonID != "" && slices.Contains(r.PersonIDs, actor.PersonID) {
		return true
	}
	return slices.ContainsFunc(r.UnitIDs, func(unit string) bool {
		return s.policy.Can(actor, ActReadPhone, auth.Object{UnitID: unit}) == nil
	})
}

// PhoneRead is that somebody opened a number, and what for.
type PhoneRead struct {
	At           time.Time
	Who, Purpose string
}

const mostReads = 50

// PhoneReads tells the actor who opened their number, the latest first. An
// order that called them out isn't among them: they got it.
func (s *Service) PhoneReads(ctx context.Context, actor auth.Actor) ([]PhoneRead, error) {
	if actor.PersonID == "" {
		return nil, auth.Denied(actor)
	}
	page, err := s.audit.Page(ctx, audit.Filter{Action: string(ActReadPhone), ObjectKind: PhoneOfPerson, ObjectID: actor.PersonID}, "", mostReads)
	out := make([]PhoneRead, 0, len(page.Records))
	for _, r := range page.Records {
		out = append(out, PhoneRead{r.At, r.ActorName, r.Purpose})
	}
	return out, err
}

// PersonNames returns people's names by their ids.
func PersonNames(ctx context.Context, q sqldb.Querier, ids []string) (map[string]string, error) {
	out := make(map[string]string, len(ids))
	for part := range slices.Chunk(ids, lookupRows) {
		var args []any
		err := each(ctx, q, func(rows *sql.Rows) error {
			var id, name string
			err := rows.Scan(&id, &name)
			out[id] = name
			return err
		}, `SELECT id, name FROM person WHERE id IN (`+list(&args, part)+`)`, args...)
		if err != nil {
			return nil, fmt.Errorf("network: names of people: %w", err)
		}
	}
	return out, nil
}

// DropPhone erases the number of somebody who is no longer to be reached.
func DropPhone(ctx context.Context, tx *sqldb.Tx, personID string) error {
	_, err := tx.ExecContext(ctx, `UPDATE person SET phone = NULL, phone_index = NULL, show_phone = 0 WHERE id = $1`, personID)
	if err != nil {
		return fmt.Errorf("network: drop phone: %w", err)
	}
	return nil
}

// Within returns the units at or under any of the roots down to a level, with
// those that ended and whose place they took: what a query over units asks for.
func (t *Tree) Within(roots []string, level Level) []string {
	var out []string
	for _, root := range roots {
		for _, u := range t.Subtree(t.Current(t.ByID(root))) {
			if u.Level <= level {
				out = append(out, u.ID)
			}
		}
	}
	for _, u := range t.ends {
		in := func(root string) bool { return t.Contains(root, u.ID) }
		if u.Level <= level && slices.ContainsFunc(roots, in) {
			out = append(out, u.ID)
		}
	}
	return out
}
