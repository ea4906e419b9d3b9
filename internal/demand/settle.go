package demand

import (
	"context"
	"errors"
	"fmt"

	"bilin/internal/auth"
	"bilin/internal/network"
	"bilin/internal/sqldb"
)

// settleBatch bounds how many demands of one unit are moved at a time.
const settleBatch = 200

// Settle follows the network: a demand whose unit was merged or moved is found
// under the new one, and one that waits at a unit where nobody serves any more
// goes up, with a word on its timeline. It is run on a schedule, does nothing
// the second time, and returns how many demands changed hands.
func (s *Service) Settle(ctx context.Context) (int, error) {
	if rev := s.tree().Rev(); s.rehomed.Load() != rev { // it reads all demands there ever were
		if err := s.rehome(ctx); err != nil {
			return 0, err
		}
		s.rehomed.Store(rev)
	}
	owners, err := s.owners(ctx)
	if err != nil {
		return 0, err
	}
	moved := 0
	var failed error
	for _, o := range owners {
		if _, _, ok := s.nextKeeper(&Demand{OwnerID: o.owner, OwnerDept: o.dept, AboutID: o.about, State: o.state}); !ok {
			continue
		}
		n, err := s.moveAll(ctx, o)
		moved, failed = moved+n, errors.Join(failed, err)
	}
	return moved, failed
}

// owned is a set of demands that move together.
type owned struct {
	owner, dept, about string
	state              State
}

func (s *Service) owners(ctx context.Context) ([]owned, error) {
	rows, err := s.opt.DB.Reader().QueryContext(ctx, `SELECT DISTINCT owner_id, owner_dept, about_id, state FROM demand WHERE stage < 2`)
	if err != nil {
		return nil, fmt.Errorf("demand: owners: %w", err)
	}
	defer rows.Close()
	var list []owned
	for rows.Next() {
		var o owned
		if err := rows.Scan(&o.owner, &o.dept, &o.about, &o.state); err != nil {
			return nil, fmt.Errorf("demand: owners: %w", err)
		}
		list = append(list, o)
	}
	return list, rows.Err()
}

// nextKeeper says where a demand has to go because it can't stay; ok is false if it can.
func (s *Service) nextKeeper(d *Demand) (to Stop, why Reason, ok bool) {
	tree := s.tree()
	u := tree.ByID(d.OwnerID)
	if u == nil || d.OwnerDept != "" || u.Level <= network.City {
		return Stop{}, "", false
	}
	if now := tree.Current(u); now != nil && now.ID != u.ID {
		return stopAt(tree, now, d.AboutID), ReasonMerged, true
	}
	if d.State.Stage() != Todo || served(tree, u, d.AboutID) {
		return Stop{}, "", false
	}
	to = s.above(d)
	return to, ReasonNoLead, to.PersonID != ""
}

// served reports whether anybody of the line serves at a unit.
func served(tree *network.Tree, u *network.Unit, skip string) bool {
	for _, p := range tree.Posts(u.ID) {
		if h := p.Serving(); h != nil && isLine(p.Role) && h.PersonID != skip {
			return true
		}
	}
	return false
}

// moveAll moves a set of demands on, each in its own transaction.
func (s *Service) moveAll(ctx context.Context, o owned) (int, error) {
	numbers, err := s.numbersOf(ctx, o)
	if err != nil {
		return 0, err
	}
	moved := 0
	var failed error
	for _, number := range numbers {
		if err := s.moveOn(ctx, number); err != nil {
			failed = errors.Join(failed, err) // the next one isn't held up
			continue
		}
		moved++
	}
	return moved, failed
}

func (s *Service) numbersOf(ctx context.Context, o owned) ([]string, error) {
	return texts(ctx, s.opt.DB.Reader(), `SELECT number FROM demand WHERE stage < 2 AND owner_id = $1 AND owner_dept = $2 AND about_id = $3 AND state = $4
		ORDER BY raised_at, id LIMIT $5`, o.owner, o.dept, o.about, string(o.state), settleBatch)
}

func (s *Service) moveOn(ctx context.Context, number string) error {
	return s.opt.DB.Write(ctx, func(tx *sqldb.Tx) error {
		d, err := s.load(ctx, tx, number)
		if err != nil {
			return err
		}
		to, why, ok := s.nextKeeper(d)
		if !ok {
			return nil // somebody was quicker
		}
		if err := d.MoveOn(to, why, s.now()); err != nil {
			return err
		}
		_, err = s.store(ctx, tx, auth.System("demand"), d, "demand.move_on")
		return err
	})
}

// home is where demands of a unit are filed.
type home struct{ unit, village, town string }

// rehome files demands, closed ones too, under the units of today's tree.
func (s *Service) rehome(ctx context.Context) error {
	homes, err := s.homes(ctx)
	if err != nil {
		return err
	}
	tree := s.tree()
	for _, had := range homes {
		var d Demand
		u := tree.ByID(had.unit)
		if u != nil {
			u = tree.Current(u)
		}
		if u == nil {
			continue
		}
		d.place(tree, u)
		if has := (home{d.UnitID, d.VillageID, d.TownID}); has != had {
			if err := s.refile(ctx, had, has); err != nil {
				return err
			}
		}
	}
	return nil
}

func (s *Service) homes(ctx context.Context) ([]home, error) {
	rows, err := s.opt.DB.Reader().QueryContext(ctx, `SELECT DISTINCT unit_id, village_id, town_id FROM demand`)
	if err != nil {
		return nil, fmt.Errorf("demand: homes: %w", err)
	}
	defer rows.Close()
	var list []home
	for rows.Next() {
		var h home
		if err := rows.Scan(&h.unit, &h.village, &h.town); err != nil {
			return nil, fmt.Errorf("demand: homes: %w", err)
		}
		list = append(list, h)
	}
	return list, rows.Err()
}

func (s *Service) refile(ctx context.Context, had, has home) error {
	return s.opt.DB.Write(ctx, func(tx *sqldb.Tx) error {
		_, err := tx.ExecContext(ctx, `UPDATE demand SET unit_id = $1, village_id = $2, town_id = $3
			WHERE unit_id = $4 AND village_id = $5 AND town_id = $6`,
			has.unit, has.village, has.town, had.unit, had.village, had.town)
		return err
	})
}

// HandOver notes on every open demand of a unit that the post which answers for
// it went to a successor, in the transaction that does so, and names the demands.
// A complaint about the successor isn't theirs to take; Settle moves it on. It is
// a network.Handover.
func (s *Service) HandOver(ctx context.Context, tx *sqldb.Tx, post *network.Post, fromPersonID, toPersonID string) ([]string, error) {
	tree := s.tree()
	u := tree.ByID(post.UnitID)
	if u == nil || post.Role != answering(u.Level) {
		return nil, nil
	}
	to := stopAt(tree, u, "")
	to.PersonID, to.Name = toPersonID, nameOf(tree, toPersonID)
	numbers, err := texts(ctx, tx, `SELECT number FROM demand WHERE stage < 2 AND owner_id = $1 AND owner_dept = '' AND about_id <> $2 ORDER BY raised_at, id`,
		u.ID, toPersonID)
	if err != nil {
		return nil, err
	}
	for i, number := range numbers {
		d, err := s.load(ctx, tx, number)
		if err != nil {
			return nil, err
		}
		if err := d.HandOver(fromPersonID, to, s.now()); err != nil {
			return nil, err
		}
		if _, err := s.store(ctx, tx, auth.System("demand"), d, "demand.hand_over"); err != nil {
			return nil, err
		}
		numbers[i] = "demand " + number
	}
	return numbers, nil
}

// OpenWith counts the demands that a hand-over of the post would move.
func (s *Service) OpenWith(ctx context.Context, post *network.Post) (n int, err error) {
	u := s.tree().ByID(post.UnitID)
	if u == nil || post.Role != answering(u.Level) {
		return 0, nil
	}
	err = s.opt.DB.Reader().QueryRowContext(ctx, `SELECT COUNT(*) FROM demand WHERE stage < 2 AND owner_id = $1 AND owner_dept = ''`, u.ID).Scan(&n)
	if err != nil {
		return 0, fmt.Errorf("demand: count open: %w", err)
	}
	return n, nil
}

// nameOf is a person's name as far as the tree knows it: somebody new to the
// network is in it only after the hand-over.
func nameOf(tree *network.Tree, personID string) string {
	for _, p := range tree.PostsOf(personID) {
		for _, h := range []*network.Holder{p.Holder, p.StandIn} {
			if h != nil && h.PersonID == personID {
				return h.Name
			}
		}
	}
	return ""
}
