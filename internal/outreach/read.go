package outreach

import (
	"context"
	"strings"

	"bilin/internal/auth"
	"bilin/internal/errs"
	"bilin/internal/network"
	"bilin/internal/sqldb"
)

// May says what somebody can do with a notice.
type May struct{ Send, Reach, Meet, Paper bool }

// May reports what the actor can do with a notice.
func (s *Service) May(actor auth.Actor, n *Notice) May {
	m := May{Send: s.may(actor, ActSend, n.Units) == nil, Paper: s.o.Policy.May(actor, ActPaper)}
	m.Reach = n.Public() && s.touches(actor, ActReach, n)
	m.Meet = n.State == Sent && s.touches(actor, ActMeet, n)
	return m
}

// touches reports whether some of the audience lies where the actor may do something.
func (s *Service) touches(actor auth.Actor, action auth.Action, n *Notice) bool {
	for _, mine := range s.o.Policy.Scope(actor, action) {
		for _, id := range n.Units {
			if s.tree().Contains(mine, id) || s.tree().Contains(id, mine) {
				return true
			}
		}
	}
	return false
}

// SendScope lists the units to which the actor can send.
func (s *Service) SendScope(actor auth.Actor) []string { return s.o.Policy.Scope(actor, ActSend) }

// MaySend reports whether the actor can send to a unit.
func (s *Service) MaySend(actor auth.Actor, unitID string) bool {
	return s.may(actor, ActSend, []string{unitID}) == nil
}

// MeetScope lists the units of a notice's audience at which the actor enters meetings.
func (s *Service) MeetScope(actor auth.Actor, n *Notice) (list []*network.Unit) {
	for _, id := range s.o.Policy.Scope(actor, ActMeet) {
		for _, u := range s.tree().Subtree(s.tree().ByID(id)) {
			if u.Level >= network.Village && u.Level < network.Cell && s.within(n, u.ID) {
				list = append(list, u)
			}
		}
	}
	return list
}

// Get returns a notice to everybody; one that isn't out only to those who can send it.
func (s *Service) Get(ctx context.Context, actor auth.Actor, num string) (*Notice, error) {
	n, err := noticeByNumber(ctx, s.o.DB.Reader(), num)
	if err != nil {
		return nil, err
	}
	if !n.Public() && s.may(actor, ActSend, n.Units) != nil {
		return nil, errs.E(errs.NotFound, "outreach.none")
	}
	return n, nil
}

// Picture returns the picture of a notice that the actor may see.
func (s *Service) Picture(ctx context.Context, actor auth.Actor, num string) (*Picture, error) {
	n, err := s.Get(ctx, actor, num)
	if err != nil {
		return nil, err
	}
	if n.State == Recalled || n.Alt == "" {
		return nil, errs.E(errs.NotFound, "outreach.no_picture")
	}
	return pictureOf(ctx, s.o.DB.Reader(), n.ID)
}

// Formers returns the words before each correction, the latest first.
func (s *Service) Formers(ctx context.Context, n *Notice) ([]Former, error) {
	if n.Edition == 1 {
		return nil, nil
	}
	return formersOf(ctx, s.o.DB.Reader(), n.ID)
}

// Cursor is a place in a list.
type Cursor struct {
	At int64
	ID string
}

// At lists what was sent to a unit, the newest first; nil is the whole city's list.
func (s *Service) At(ctx context.Context, unit *network.Unit, after *Cursor, limit int) ([]Notice, *Cursor, error) {
	var w sqldb.Where
	from := ""
	w.Parts = append(w.Parts, "n.sent_at > 0")
	if unit != nil {
		from = "JOIN notice_unit u ON u.notice_id = n.id "
		var path []string
		for _, u := range s.tree().Path(unit) {
			path = append(path, u.ID)
		}
		w.In("u.unit_id", path)
	}
	return s.page(ctx, from, w, "n.sent_at", after, limit)
}

// Desk lists the notices that the actor's units sent or are writing, the newest first.
func (s *Service) Desk(ctx context.Context, actor auth.Actor, after *Cursor, limit int) ([]Notice, *Cursor, error) {
	scope := s.SendScope(actor)
	if len(scope) == 0 {
		return nil, nil, auth.Denied(actor)
	}
	var w sqldb.Where
	var units []string
	for _, id := range scope {
		for _, u := range s.tree().Subtree(s.tree().ByID(id)) {
			if u.Level <= network.Village || u.ID == id {
				units = append(units, u.ID)
			}
		}
	}
	if len(units) == 0 || s.tree().RootID() == scope[0] {
		w.Parts = append(w.Parts, "1 = 1")
	} else {
		w.In("n.sender_id", units)
	}
	return s.page(ctx, "", w, "n.made_at", after, limit)
}

func (s *Service) page(ctx context.Context, from string, w sqldb.Where, order string, after *Cursor, limit int) (list []Notice, next *Cursor, err error) {
	if after != nil {
		w.Add("("+order+", n.id) < (?, ?)", after.At, after.ID)
	}
	list, err = notices(ctx, s.o.DB.Reader(), from+`WHERE `+w.Text()+` ORDER BY `+order+` DESC, n.id DESC LIMIT `+w.Arg(limit+1), w.Args...)
	if err == nil && len(list) > limit {
		list = list[:limit]
		last := list[limit-1]
		next = &Cursor{At: sqldb.MillisOrZero(last.SentAt), ID: last.ID}
		if strings.HasSuffix(order, "made_at") {
			next.At = sqldb.MillisOrZero(last.MadeAt)
		}
	}
	return list, next, err
}

// LedBy are the cells whose lead the actor is.
func (s *Service) LedBy(actor auth.Actor) (list []*network.Unit) {
	for _, id := range s.o.Policy.Scope(actor, ActTell) {
		if u := s.tree().Current(s.tree().ByID(id)); u != nil && u.Level == network.Cell {
			list = append(list, u)
		}
	}
	return list
}

// Fresh lists what was sent to an actor's cells of late, the newest first, each once.
func (s *Service) Fresh(ctx context.Context, actor auth.Actor, limit int) ([]Notice, error) {
	cells := s.LedBy(actor)
	if len(cells) == 0 {
		return nil, nil
	}
	var w sqldb.Where
	seen := map[string]bool{}
	var path []string
	for _, cell := range cells {
		for _, u := range s.tree().Path(cell) {
			if !seen[u.ID] {
				seen[u.ID] = true
				path = append(path, u.ID)
			}
		}
	}
	w.Add("n.sent_at > ?", sqldb.MillisOrZero(s.now().AddDate(0, 0, -openDays)))
	w.Parts = append(w.Parts, "EXISTS (SELECT 1 FROM notice_unit u WHERE u.notice_id = n.id AND "+w.OneOf("u.unit_id", path)+")")
	list, _, err := s.page(ctx, "", w, "n.sent_at", nil, limit)
	return list, err
}

// ToTell is a notice with the households of the actor's cells, and whom they entered.
func (s *Service) ToTell(ctx context.Context, actor auth.Actor, num string) ([]ToTell, error) {
	n, err := s.Get(ctx, actor, num)
	if err != nil {
		return nil, err
	}
	var out []ToTell
	for _, cell := range s.LedBy(actor) {
		if !n.Public() || !s.within(n, cell.ID) {
			continue
		}
		homes, err := s.homes(ctx, actor, n, cell.ID)
		if err != nil {
			return nil, err
		}
		one := ToTell{Notice: *n, CellID: cell.ID}
		marks := make([]string, len(homes))
		for i, h := range homes {
			marks[i] = s.mark(n.ID, h.ID)
			one.Homes = append(one.Homes, Home{ID: h.ID, Name: h.Head, Address: h.Address})
		}
		had, err := marksOf(ctx, s.o.DB.Reader(), n, marks)
		if err != nil {
			return nil, err
		}
		for i := range one.Homes { // who opened it is the household's own affair
			one.Homes[i].Told, one.Homes[i].Met = had[marks[i]]&Told != 0, had[marks[i]]&Met != 0
		}
		out = append(out, one)
	}
	if len(out) == 0 {
		return nil, errs.E(errs.NotFound, "outreach.none")
	}
	return out, nil
}

// CellOf is the cell of the household with a door card's code.
func (s *Service) CellOf(ctx context.Context, door string) (*network.Unit, error) {
	unit, err := s.o.Network.HouseholdByDoor(ctx, door)
	if err == nil && unit == nil {
		err = errs.E(errs.NotFound, "network.no_unit")
	}
	return unit, err
}

// Told are the actor's cells in a notice's audience: where they can tell it.
func (s *Service) Told(actor auth.Actor, n *Notice) (list []*network.Unit) {
	for _, cell := range s.LedBy(actor) {
		if s.within(n, cell.ID) {
			list = append(list, cell)
		}
	}
	return list
}
