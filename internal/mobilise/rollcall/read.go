package rollcall

import (
	"context"
	"slices"

	"bilin/internal/auth"
	"bilin/internal/errs"
	"bilin/internal/network"
	"bilin/internal/sqldb"
)

// Sees reports whether somebody stands over any part of the city.
func (s *Service) Sees(actor auth.Actor) bool { return s.o.Policy.May(actor, ActView) }

// sees reports whether a roll-call concerns a part of the city that somebody stands over.
func (s *Service) sees(actor auth.Actor, c *Call) bool { return len(s.parts(actor, c)) > 0 }

// parts are the units of a roll-call that somebody stands over: the whole of it,
// or what of it lies under their posts.
func (s *Service) parts(actor auth.Actor, c *Call) (out []*network.Unit) {
	tree := s.o.Network.Tree()
	for _, id := range s.o.Policy.Scope(actor, ActView) {
		switch {
		case tree.Contains(id, c.UnitID):
			return []*network.Unit{tree.Current(tree.ByID(c.UnitID))}
		case tree.Contains(c.UnitID, id):
			out = append(out, tree.Current(tree.ByID(id)))
		}
	}
	return out
}

// Call returns one, for those who see a part of it.
func (s *Service) Call(ctx context.Context, actor auth.Actor, id string) (*Call, error) {
	c, err := readCall(ctx, s.o.DB.Reader(), id)
	if err == nil && !s.sees(actor, c) {
		err = errs.E(errs.NotFound, "rollcall.none")
	}
	if err != nil {
		return nil, err
	}
	return c, nil
}

// MayEnd reports whether somebody may end it.
func (s *Service) MayEnd(actor auth.Actor, c *Call) bool {
	return c.IsOpen() && s.MayOpenAt(actor, c.UnitID)
}

// Calls lists those that somebody sees a part of, the latest first: a page of
// them, opened before one, and whether there are more.
func (s *Service) Calls(ctx context.Context, actor auth.Actor, before *Call) ([]*Call, bool, error) {
	w := sqldb.Where{Parts: []string{"1 = 1"}}
	if !slices.Contains(s.o.Policy.Scope(actor, ActView), s.o.Network.Tree().RootID()) {
		w.In("unit_id", s.around(actor))
	}
	if before != nil {
		w.Add(`(opened_at, id) < (?, ?)`, sqldb.MillisOrZero(before.OpenedAt), before.ID)
	}
	list, err := readCalls(ctx, s.o.DB.Reader(), w.Text()+` ORDER BY opened_at DESC, id DESC LIMIT `+w.Arg(pageRows+1), w.Args...)
	if len(list) > pageRows {
		return list[:pageRows], true, err
	}
	return list, false, err
}

// around are the units for which a roll-call that somebody sees can be: over,
// at and under their own.
func (s *Service) around(actor auth.Actor) (ids []string) {
	tree := s.o.Network.Tree()
	for _, id := range s.o.Policy.Scope(actor, ActView) {
		unit := tree.Current(tree.ByID(id))
		if unit == nil {
			continue
		}
		for _, u := range tree.Path(unit) {
			ids = append(ids, u.ID)
		}
		for _, u := range tree.Subtree(unit) {
			if u.Level <= network.Group {
				ids = append(ids, u.ID)
			}
		}
	}
	slices.Sort(ids)
	return slices.Compact(ids)
}

// Home is a household on a sheet.
type Home struct {
	ID, Address string
	Name        string // whom to ask for; masked for those without a task
	Row         *Row   // nil while nobody reported it
	First       bool   // asked before the others
}

// Sheet is a unit's households in a roll-call.
type Sheet struct {
	Call  *Call
	Unit  *network.Unit
	Homes []Home
	Own   bool // the reader is the unit's own lead
}

// Left is how many households of the sheet nobody has reported.
func (s *Sheet) Left() (n int) {
	for _, h := range s.Homes {
		if h.Row == nil {
			n++
		}
	}
	return n
}

// Mine returns the sheets of a neighbour lead: each of their cells in each
// open roll-call, those that are no drill first.
func (s *Service) Mine(ctx context.Context, actor auth.Actor) ([]*Sheet, error) {
	tree := s.o.Network.Tree()
	var cells []*network.Unit
	for _, g := range actor.Grants {
		if u := tree.Current(tree.ByID(g.UnitID)); g.Role == auth.Lead && u != nil && !slices.Contains(cells, u) {
			cells = append(cells, u)
		}
	}
	if len(cells) == 0 {
		return nil, nil
	}
	open, err := readOpen(ctx, s.o.DB.Reader())
	if err != nil {
		return nil, err
	}
	var sheets []*Sheet
	for _, c := range realFirst(open) {
		for _, cell := range cells {
			if tree.Contains(c.UnitID, cell.ID) {
				sheets = append(sheets, &Sheet{Call: c, Unit: cell, Own: true})
			}
		}
	}
	return sheets, s.fill(ctx, actor, sheets)
}

func realFirst(calls []*Call) []*Call {
	slices.SortStableFunc(calls, func(a, b *Call) int {
		switch {
		case a.IsDrill() == b.IsDrill():
			return 0
		case b.IsDrill():
			return -1
		}
		return 1
	})
	return calls
}

// Cell returns the sheet of one unit.
func (s *Service) Cell(ctx context.Context, actor auth.Actor, callID, unitID string) (*Sheet, error) {
	c, err := readCall(ctx, s.o.DB.Reader(), callID)
	if err != nil {
		return nil, err
	}
	tree := s.o.Network.Tree()
	unit := tree.Current(tree.ByID(unitID))
	if unit == nil || !tree.Contains(c.UnitID, unit.ID) || s.o.Policy.Can(actor, ActReport, auth.Object{UnitID: unit.ID}) != nil {
		return nil, errs.E(errs.NotFound, "rollcall.no_cell")
	}
	if !c.HasRows() {
		return nil, errs.E(errs.Gone, "rollcall.rows_gone")
	}
	sheet := &Sheet{Call: c, Unit: unit, Own: leads(actor, unit.ID)}
	return sheet, s.fill(ctx, actor, []*Sheet{sheet})
}

// Paper returns the sheets of every unit with households at and under a village
// or a part of one, to be printed and filled in by hand.
func (s *Service) Paper(ctx context.Context, actor auth.Actor, callID, unitID string) (*Call, []*Sheet, error) {
	c, err := s.Call(ctx, actor, callID)
	if err != nil {
		return nil, nil, err
	}
	tree := s.o.Network.Tree()
	top := tree.Current(tree.ByID(unitID))
	if top == nil || top.Level < network.Village || !tree.Contains(c.UnitID, top.ID) || s.o.Policy.Can(actor, ActReport, auth.Object{UnitID: top.ID}) != nil {
		return nil, nil, errs.E(errs.NotFound, "rollcall.no_cell")
	}
	var sheets []*Sheet
	for _, u := range tree.Subtree(top) {
		if u.Households > 0 {
			sheets = append(sheets, &Sheet{Call: c, Unit: u})
		}
	}
	return c, sheets, s.homes(ctx, actor, sheets)
}

// fill reads the households of sheets and what was reported of them.
func (s *Service) fill(ctx context.Context, actor auth.Actor, sheets []*Sheet) error {
	if err := s.homes(ctx, actor, sheets); err != nil {
		return err
	}
	for _, sheet := range sheets {
		var ids []string
		for _, h := range sheet.Homes {
			ids = append(ids, h.ID)
		}
		rows := map[string]*Row{}
		for part := range slices.Chunk(ids, MaxSays) {
			found, err := rowsOf(ctx, s.o.DB.Reader(), sheet.Call.ID, part)
			if err != nil {
				return err
			}
			for id, row := range found {
				rows[id] = row
			}
		}
		for i := range sheet.Homes {
			sheet.Homes[i].Row = rows[sheet.Homes[i].ID]
		}
	}
	return nil
}

// homes reads the households of sheets.
func (s *Service) homes(ctx context.Context, actor auth.Actor, sheets []*Sheet) error {
	var units []string
	for _, sheet := range sheets {
		if !slices.Contains(units, sheet.Unit.ID) {
			units = append(units, sheet.Unit.ID)
		}
	}
	found, err := network.RosterHouseholdsIn(ctx, s.o.DB.Reader(), units)
	if err != nil {
		return err
	}
	first, err := s.first(ctx, units)
	if err != nil {
		return err
	}
	for _, sheet := range sheets {
		for _, h := range found[sheet.Unit.ID] {
			home := s.home(actor, h.Household)
			home.First = first[h.ID]
			sheet.Homes = append(sheet.Homes, home)
		}
		slices.SortStableFunc(sheet.Homes, func(a, b Home) int {
			switch {
			case a.First == b.First:
				return 0
			case a.First:
				return -1
			}
			return 1
		})
	}
	return nil
}

// first names the households of units that are asked before the others.
func (s *Service) first(ctx context.Context, units []string) (map[string]bool, error) {
	if s.o.First == nil {
		return nil, nil
	}
	return s.o.First(ctx, units)
}

// home shows a household to somebody; the name as the registry would.
func (s *Service) home(actor auth.Actor, h network.Household) Home {
	out := Home{ID: h.ID, Address: h.Address, Name: h.Head}
	if s.o.Policy.Can(actor, network.ActNames, auth.Object{UnitID: h.UnitID}) != nil {
		out.Name = network.MaskName(h.Head)
	}
	return out
}
