package rollcall

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"bilin/internal/auth"
	"bilin/internal/errs"
	"bilin/internal/network"
	"bilin/internal/sqldb"
)

// Door is a household that needs help, and where it is.
type Door struct {
	Home
	Unit     *network.Unit
	HasPhone bool
	MayAid   bool // the reader may say what came of it
}

// Helps is a page of the households that need help.
type Helps struct {
	Call   *Call
	Parts  []*network.Unit // what of the roll-call the reader sees
	Helped bool            // those who were helped, else those who wait
	Doors  []Door
	Next   string // cursor of the page after it, "" on the last
}

// Help lists who needs help where somebody stands, the longest waiting first;
// or who was helped. after is "" or the Next of the page before.
func (s *Service) Help(ctx context.Context, actor auth.Actor, callID string, helped bool, after string) (*Helps, error) {
	c, err := s.Call(ctx, actor, callID)
	if err != nil {
		return nil, err
	}
	h := &Helps{Call: c, Parts: s.parts(actor, c), Helped: helped}
	if !c.HasRows() {
		return nil, errs.E(errs.Gone, "rollcall.rows_gone")
	}
	var w sqldb.Where
	w.Add(`call_id = ? AND answer = 'help'`, callID)
	w.Parts = append(w.Parts, map[bool]string{true: `aid = 'helped'`, false: `aid <> 'helped'`}[helped], s.under(&w, c, h.Parts))
	if at, id, ok := strings.Cut(after, "~"); ok {
		ms, err := strconv.ParseInt(at, 10, 64)
		if err != nil {
			return nil, errs.E(errs.Invalid, "rollcall.none")
		}
		w.Add(`(help_at, household_id) > (?, ?)`, ms, id)
	}
	rows, err := readRows(ctx, s.o.DB.Reader(), &w, ` ORDER BY help_at, household_id LIMIT `+w.Arg(pageRows+1))
	if err != nil {
		return nil, err
	}
	if len(rows) > pageRows {
		rows = rows[:pageRows]
		last := rows[pageRows-1]
		h.Next = strconv.FormatInt(sqldb.MillisOrZero(last.HelpAt), 10) + "~" + last.HouseholdID
	}
	h.Doors, err = s.doors(ctx, actor, rows)
	return h, err
}

// under restricts rows to what somebody sees of a roll-call.
func (s *Service) under(w *sqldb.Where, c *Call, parts []*network.Unit) string {
	tree := s.o.Network.Tree()
	var any []string
	for _, top := range parts {
		if tree.Contains(top.ID, c.UnitID) {
			return "1 = 1"
		}
		column, level := "unit_id", network.Group
		if top.Level <= network.Village {
			column, level = "village_id", network.Village
		}
		var ids []string
		for _, u := range tree.Subtree(top) {
			if u.Level == level || column == "unit_id" {
				ids = append(ids, u.ID)
			}
		}
		any = append(any, w.OneOf(column, ids))
	}
	return "(" + strings.Join(any, " OR ") + ")"
}

// doors finds where households are that were reported.
func (s *Service) doors(ctx context.Context, actor auth.Actor, rows []Row) ([]Door, error) {
	tree := s.o.Network.Tree()
	var units []string
	for _, row := range rows {
		if u := tree.Current(tree.ByID(row.UnitID)); u != nil && !slices.Contains(units, u.ID) {
			units = append(units, u.ID)
		}
	}
	found, err := network.RosterHouseholdsIn(ctx, s.o.DB.Reader(), units)
	if err != nil {
		return nil, err
	}
	homes := map[string]network.Household{}
	for _, list := range found {
		for _, h := range list {
			homes[h.ID] = h.Household
		}
	}
	out := make([]Door, 0, len(rows))
	for i := range rows {
		home, ok := homes[rows[i].HouseholdID]
		if !ok { // it moved meanwhile, which is rare
			home, err = s.o.Network.Household(ctx, auth.System("rollcall"), rows[i].HouseholdID)
			if err != nil {
				return nil, err
			}
		}
		door := Door{Home: s.home(actor, home), Unit: tree.Current(tree.ByID(home.UnitID)), HasPhone: home.HasPhone}
		door.Row, door.MayAid = &rows[i], s.o.Policy.Can(actor, ActAid, auth.Object{UnitID: rows[i].UnitID}) == nil
		out = append(out, door)
	}
	return out, nil
}
