package network

import (
	"context"

	"bilin/internal/auth"
	"bilin/internal/errs"
	"bilin/internal/sqldb"
)

// CreateUnit asks for a new unit. Towns and villages bring their statistical
// code; lower units get the next one under their parent, and the posts that
// coverage asks for.
type CreateUnit struct {
	Key      string
	ParentID string
	Name     string
	Code     string // town and village only
	Placed   bool
	Lon, Lat float64
}

// CreateUnit makes a unit and returns its id.
func (s *Service) CreateUnit(ctx context.Context, actor auth.Actor, c CreateUnit) (string, error) {
	if err := s.mayArrange(actor, c.ParentID); err != nil {
		return "", err
	}
	return run(ctx, s, actor, "network.create_unit", c.Key, c, func(ctx context.Context, w *work) (string, record, error) {
		n := NewUnit{ID: sqldb.NewID(), Level: City, Code: c.Code, ParentID: c.ParentID, Lon: c.Lon, Lat: c.Lat, Placed: c.Placed, StartedOn: w.day}
		var err error
		if n.Name, err = checkName(c.Name); err != nil {
			return "", record{}, err
		}
		if err := w.giveCode(ctx, &n); err != nil {
			return "", record{}, err
		}
		rec := record{"unit", n.ID, n.ID, map[string]any{"name": n.Name, "code": n.Code, "level": n.Level.String()}}
		return n.ID, rec, w.insertUnit(ctx, n)
	})
}

// giveCode settles a new unit's level and code by its parent.
func (w *work) giveCode(ctx context.Context, n *NewUnit) error {
	var parent *Unit
	if n.ParentID != "" {
		var err error
		if parent, err = w.active(ctx, n.ParentID); err != nil {
			return err
		}
		n.Level = parent.Level + 1
	} else if w.s.RootID() != "" {
		return errs.E(errs.Conflict, "network.one_city")
	}
	if n.Level > Cell {
		return errs.E(errs.Conflict, "network.cell_is_last", "unit", parent.Name)
	}
	if n.Level > Village {
		code, err := w.freeCode(ctx, parent)
		n.Code = code
		return err
	}
	if err := checkCode(parent, n.Level, n.Code); err != nil {
		return err
	}
	return w.claimCode(ctx, n.Code)
}

// RenameUnit asks for another name.
type RenameUnit struct {
	Key, UnitID, Name string
}

// RenameUnit names a unit anew; its history keeps the old name.
func (s *Service) RenameUnit(ctx context.Context, actor auth.Actor, c RenameUnit) error {
	if err := s.mayManage(actor, c.UnitID); err != nil {
		return err
	}
	_, err := run(ctx, s, actor, "network.rename_unit", c.Key, c, func(ctx context.Context, w *work) (string, record, error) {
		name, err := checkName(c.Name)
		if err != nil {
			return "", record{}, err
		}
		u, err := w.active(ctx, c.UnitID)
		if err != nil {
			return "", record{}, err
		}
		if err := w.exec(ctx, `UPDATE unit SET name = $1, rev = $2 WHERE id = $3`, name, w.rev, u.ID); err != nil {
			return "", record{}, err
		}
		rec := record{"unit", u.ID, u.ID, map[string]any{"from": u.Name, "to": name}}
		return "", rec, w.note(ctx, u.ID, ChangeRename, Detail{From: u.Name, To: name})
	})
	return err
}

// MoveUnit asks for another parent. A village that moves to another town
// brings the statistical code it has there.
type MoveUnit struct {
	Key, UnitID, ParentID string
	Code                  string // villages only
}

// MoveUnit hangs a unit with all that is under it under another parent. The
// whole subtree gets new codes; the old ones still lead to it.
func (s *Service) MoveUnit(ctx context.Context, actor auth.Actor, c MoveUnit) error {
	if err := s.mayManage(actor, c.UnitID); err != nil {
		return err
	}
	if err := s.mayArrange(actor, c.ParentID); err != nil {
		return err
	}
	_, err := run(ctx, s, actor, "network.move_unit", c.Key, c, func(ctx context.Context, w *work) (string, record, error) {
		u, err := w.unit(ctx, c.UnitID)
		if err != nil {
			return "", record{}, err
		}
		to, err := w.unit(ctx, c.ParentID)
		if err != nil {
			return "", record{}, err
		}
		if err := u.canMove(to); err != nil {
			return "", record{}, err
		}
		code, err := w.move(ctx, u, to, c.Code)
		rec := record{"unit", u.ID, u.ID, map[string]any{"from": u.Code, "to": code}}
		return "", rec, err
	})
	return err
}

// move does the work of MoveUnit, and for the children of a unit that is split
// or merged. code is "" for the next free one.
func (w *work) move(ctx context.Context, u, to *Unit, code string) (string, error) {
	from, err := w.unit(ctx, u.ParentID)
	if err != nil {
		return "", err
	}
	if code, err = w.codeUnder(ctx, to, code); err != nil {
		return "", err
	}
	home, err := w.village(ctx, u)
	if err != nil {
		return "", err
	}
	if err := w.exec(ctx, `UPDATE unit SET parent_id = $1, rev = $2 WHERE id = $3`, to.ID, w.rev, u.ID); err != nil {
		return "", err
	}
	if err := w.recode(ctx, u, code); err != nil {
		return "", err
	}
	now, err := w.unit(ctx, u.ID)
	if err != nil {
		return "", err
	}
	village, err := w.village(ctx, now)
	if err != nil {
		return "", err
	}
	if err := w.rekey(ctx, now, home.Code, village.Code); err != nil {
		return "", err
	}
	return code, w.note(ctx, u.ID, ChangeMove, Detail{From: from.Name, FromID: from.ID, FromCode: u.Code, To: to.Name, ToID: to.ID, ToCode: code})
}

// codeUnder returns the code a unit gets under a parent: the given one for a
// village, the next free one below.
func (w *work) codeUnder(ctx context.Context, parent *Unit, given string) (string, error) {
	if parent.Level >= Village {
		return w.freeCode(ctx, parent)
	}
	if err := checkCode(parent, parent.Level+1, given); err != nil {
		return "", err
	}
	return given, w.claimCode(ctx, given)
}

// EndUnit asks for the end of an empty unit.
type EndUnit struct {
	Key, UnitID string
}

// EndUnit ends a unit that holds nothing any more. Its posts end with it, and
// its history stays.
func (s *Service) EndUnit(ctx context.Context, actor auth.Actor, c EndUnit) error {
	if err := s.mayManage(actor, c.UnitID); err != nil {
		return err
	}
	_, err := run(ctx, s, actor, "network.end_unit", c.Key, c, func(ctx context.Context, w *work) (string, record, error) {
		u, err := w.unit(ctx, c.UnitID)
		if err != nil {
			return "", record{}, err
		}
		children, err := w.children(ctx, u.ID)
		if err != nil {
			return "", record{}, err
		}
		if err := u.canEnd(len(children)); err != nil {
			return "", record{}, err
		}
		rec := record{"unit", u.ID, u.ID, map[string]any{"code": u.Code}}
		if err := w.end(ctx, u, nil); err != nil {
			return "", record{}, err
		}
		return "", rec, w.note(ctx, u.ID, ChangeEnd, Detail{From: u.Name, FromCode: u.Code})
	})
	return err
}

// end closes a unit and its posts. Claims it had on households fall away; a
// merge has moved them on before.
func (w *work) end(ctx context.Context, u, successor *Unit) error {
	var successorID any
	if successor != nil {
		successorID = successor.ID
	}
	if err := w.endPosts(ctx, u, successor); err != nil {
		return err
	}
	if err := w.dropClaims(ctx, u.ID); err != nil {
		return err
	}
	if err := w.keepCode(ctx, u); err != nil {
		return err
	}
	return w.exec(ctx, `UPDATE unit SET state = 'ended', ended_on = $1, successor_id = $2, households = 0, residents = 0, overlapping = 0, rev = $3
		WHERE id = $4`, w.day, successorID, w.rev, u.ID)
}

// PlaceUnit sets where a unit lies on the map.
type PlaceUnit struct {
	Key, UnitID string
	Lon, Lat    float64
	Approx      bool
}

// PlaceUnit puts a unit on the map.
func (s *Service) PlaceUnit(ctx context.Context, actor auth.Actor, c PlaceUnit) error {
	if err := s.mayManage(actor, c.UnitID); err != nil {
		return err
	}
	_, err := run(ctx, s, actor, "network.place_unit", c.Key, c, func(ctx context.Context, w *work) (string, record, error) {
		if c.Lon < -180 || c.Lon > 180 || c.Lat < -90 || c.Lat > 90 {
			return "", record{}, errs.E(errs.Invalid, "network.bad_place")
		}
		u, err := w.active(ctx, c.UnitID)
		if err != nil {
			return "", record{}, err
		}
		return "", record{kind: "unit", id: u.ID, unitID: u.ID}, w.exec(ctx,
			`UPDATE unit SET lon = $1, lat = $2, approx = $3, rev = $4 WHERE id = $5`, c.Lon, c.Lat, bit(c.Approx), w.rev, u.ID)
	})
	return err
}
