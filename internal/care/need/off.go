package need

import (
	"context"
	"errors"
	"strings"

	"bilin/internal/auth"
	"bilin/internal/errs"
	"bilin/internal/once"
	"bilin/internal/sqldb"
)

// End proposes to take a need out of use.
type End struct {
	Key, Code string
	Why       string // everybody reads it, also the households listed for it
	Version   int
}

// ProposeEnd asks for a need to be taken out of use. A second person agrees, and
// the public has ten days, before entries for it run out: none is made or renewed then.
func (s *Service) ProposeEnd(ctx context.Context, actor auth.Actor, cmd End) (id string, err error) {
	if err := s.o.Policy.Can(actor, ActSwitch, auth.Object{}); err != nil {
		return "", err
	}
	cmd.Why = strings.TrimSpace(strings.ToValidUTF8(cmd.Why, ""))
	if err := checkWhy(cmd.Why); err != nil {
		return "", err
	}
	err = s.o.DB.Write(ctx, func(tx *sqldb.Tx) error {
		id, err = once.Do(ctx, tx, "need.end/"+actor.ID(), cmd.Key, cmd, s.o.Now(), func() (string, error) {
			n, err := s.shownAs(ctx, tx, cmd.Code, cmd.Version)
			if err != nil {
				return "", err
			}
			if n.Off {
				return "", errs.E(errs.Conflict, "need.off_already")
			}
			return s.put(ctx, tx, actor, Proposal{ID: sqldb.NewID(), Need: n, Off: true, Why: cmd.Why})
		})
		return err
	})
	return id, err
}

// shownAs returns a need at the version at which somebody saw it.
func (s *Service) shownAs(ctx context.Context, tx *sqldb.Tx, code string, version int) (Need, error) {
	c, err := readCatalog(ctx, tx)
	if err != nil {
		return Need{}, err
	}
	n, known := c.Need(code)
	switch {
	case !known:
		return n, errs.E(errs.NotFound, "need.none")
	case version != 0 && version != n.Version:
		return n, errs.E(errs.Stale, "need.stale")
	}
	return n, nil
}

// inUse says that a need isn't out of use yet.
func (s *Service) inUse(code string) error {
	n, known := s.Catalog().Need(code)
	switch {
	case !known:
		return errs.E(errs.NotFound, "need.none")
	case n.Off:
		return errs.E(errs.Conflict, "need.off_already")
	}
	return nil
}

// Ending returns the proposal on public notice by which a need is to be taken out
// of use, so that those who are listed for it can be told; nil for none.
func (s *Service) Ending(ctx context.Context, q sqldb.Querier, code string) (*Proposal, error) {
	list, err := proposals(ctx, q, `code = $1 AND off = 1 AND state = 'notice' ORDER BY id LIMIT 1`, code)
	if err != nil || len(list) == 0 {
		return nil, err
	}
	return &list[0], nil
}

// Restore puts a need back into use.
type Restore struct {
	Key, Code string
	Version   int
}

// Restore puts a need that was adopted once back into use, at once: nobody loses by it.
func (s *Service) Restore(ctx context.Context, actor auth.Actor, cmd Restore) error {
	if err := s.o.Policy.Can(actor, ActSwitch, auth.Object{}); err != nil {
		return err
	}
	err := s.o.DB.Write(ctx, func(tx *sqldb.Tx) error {
		_, err := once.Do(ctx, tx, "need.restore/"+actor.ID(), cmd.Key, cmd, s.o.Now(), func() (bool, error) {
			n, err := s.shownAs(ctx, tx, cmd.Code, cmd.Version)
			if err != nil {
				return false, err
			}
			n.Off, n.OffOn, n.OffWhy = false, "", ""
			n.Version++
			err = errors.Join(put(ctx, tx, n, 0), nextRev(ctx, tx))
			return true, errors.Join(err, s.finish(ctx, tx, actor, "need.restore", n.Code, nil))
		})
		return err
	})
	if err == nil {
		s.Settle(ctx)
	}
	return err
}
