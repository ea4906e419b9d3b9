package roster

import (
	"context"
	"fmt"
	"io"
	"strconv"
	"strings"

	"bilin/internal/audit"
	"bilin/internal/auth"
	"bilin/internal/errs"
	"bilin/internal/network"
	"bilin/internal/sheet"
	"bilin/internal/sqldb"
)

// ExportOptions say what is exported and why.
type ExportOptions struct {
	UnitID   string // "" is everything the actor may export
	Format   sheet.Format
	Purpose  string // why telephone numbers are needed; without it they are masked. One village at most.
	Title    func(Field) string
	Progress func(Progress)
}

// Export writes the households of the actor's units, in the order of the tree,
// as a roster that Import takes again. Telephone numbers of those in posts are
// masked unless the actor may read them and says for what; a household's are,
// for whoever it may be but the city's own machine (cli). The export is in the
// record before its first row leaves.
func (s *Service) Export(ctx context.Context, actor auth.Actor, out io.Writer, o ExportOptions) (int, error) {
	if err := s.net.Refresh(ctx); err != nil {
		return 0, err
	}
	e, err := s.newExport(actor, o)
	if err != nil {
		return 0, err
	}
	if err := s.logExport(ctx, actor, o, e); err != nil {
		return 0, err
	}
	w, err := sheet.NewWriter(out, o.Format)
	if err != nil {
		return 0, err
	}
	defer w.Discard()
	e.w = w
	if err := e.run(ctx, s.db.Reader()); err != nil {
		return e.rows, err
	}
	return e.rows, w.Close()
}

// maxExport is more households than any one city has.
const maxExport = 1_000_000

func (s *Service) newExport(actor auth.Actor, o ExportOptions) (*export, error) {
	tree := s.net.Tree()
	e := &export{net: s.net, seal: s.seal, tree: tree, o: o, persons: map[string]network.RosterPerson{}, open: strings.TrimSpace(o.Purpose) != "", names: true}
	e.homes = e.open && actor.System
	roots := []string{o.UnitID}
	if o.UnitID == "" {
		roots = s.policy.Scope(actor, network.ActExport)
	}
	for _, id := range roots {
		if err := s.policy.Can(actor, network.ActExport, auth.Object{UnitID: id}); err != nil {
			return nil, err
		}
		u := tree.ByID(id)
		if u == nil {
			return nil, errs.E(errs.NotFound, "roster.no_unit")
		}
		e.total += tree.Coverage(id).Households
		e.roots = append(e.roots, u)
		e.open = e.open && s.policy.Can(actor, network.ActReadPhone, auth.Object{UnitID: id}) == nil
		if e.open && !actor.System && u.Level < network.Village {
			return nil, errs.E(errs.Forbidden, "roster.export_phones_wide")
		}
		e.names = e.names && s.policy.Can(actor, network.ActNames, auth.Object{UnitID: id}) == nil
	}
	switch {
	case len(e.roots) == 0:
		return nil, auth.Denied(actor)
	case e.total > maxExport:
		return nil, errs.E(errs.TooLarge, "roster.export_too_large", "limit", maxExport)
	}
	return e, nil
}

// ExportScope returns the units at and under which the actor may export.
func (s *Service) ExportScope(actor auth.Actor) []string {
	return s.policy.Scope(actor, network.ActExport)
}

func (s *Service) logExport(ctx context.Context, actor auth.Actor, o ExportOptions, e *export) error {
	return s.db.Write(ctx, func(tx *sqldb.Tx) error {
		for _, root := range e.roots {
			err := s.audit.Append(ctx, tx, audit.Entry{
				ActorID: actor.ID(), ActorName: actor.Name, Action: string(network.ActExport), ObjectKind: "roster", ObjectID: root.ID,
				UnitID: root.ID, Purpose: strings.TrimSpace(o.Purpose),
				Detail: map[string]any{"format": string(o.Format), "households": e.total, "phones": e.open, "homes": e.homes},
			})
			if err != nil {
				return err
			}
		}
		return nil
	})
}

// export is one export under way.
type export struct {
	net     *network.Service
	seal    opener
	tree    *network.Tree
	o       ExportOptions
	roots   []*network.Unit
	open    bool // telephone numbers of those in posts in plain
	homes   bool // and of households: for the system alone, since each opens on a ground of its own
	names   bool // names in plain, though numbers be masked
	total   int
	rows    int
	w       sheet.Writer
	persons map[string]network.RosterPerson
	line    [fieldCount]string
}

type opener interface {
	Open(sealed, binding string) (string, error)
}

func (e *export) run(ctx context.Context, q sqldb.Querier) error {
	titles := make([]string, fieldCount)
	for i, f := range Fields() {
		titles[i] = e.o.Title(f)
	}
	if err := e.w.Write(titles); err != nil {
		return fmt.Errorf("roster: write export: %w", err)
	}
	for _, root := range e.roots {
		units := e.tree.Subtree(root)
		for len(units) > 0 { // cells of one read share a query
			n := min(400, len(units))
			if err := e.part(ctx, q, units[:n]); err != nil {
				return err
			}
			units = units[n:]
		}
	}
	return nil
}

func (e *export) part(ctx context.Context, q sqldb.Querier, units []*network.Unit) error {
	var ids []string
	for _, u := range units {
		if u.Households > 0 {
			ids = append(ids, u.ID)
		}
	}
	households, err := network.RosterHouseholdsIn(ctx, q, ids)
	if err != nil {
		return err
	}
	if err := e.loadPersons(ctx, q, units); err != nil {
		return err
	}
	for _, u := range units {
		if len(households[u.ID]) == 0 {
			continue
		}
		if err := e.place(u); err != nil {
			return err
		}
		if err := e.households(ctx, households[u.ID]); err != nil {
			return err
		}
	}
	if e.o.Progress != nil {
		e.o.Progress(Progress{Phase: Writing, Rows: e.rows, Total: e.total, Share: float64(e.rows) / float64(max(1, e.total))})
	}
	return nil
}

// above returns the unit's posts that a row names.
func (e *export) above(u *network.Unit) [5]*network.Post {
	var posts [5]*network.Post
	for i, slot := range slots {
		at := e.tree.At(u, levelOf(slot.unit))
		if at == nil {
			continue
		}
		role := rolesOf(slot.unit)[0]
		if !slot.lead {
			role = auth.LinkedOfficial
		}
		for _, p := range e.tree.Posts(at.ID) {
			if p.Role == role && p.Holder != nil {
				posts[i] = p
				break
			}
		}
	}
	return posts
}

func (e *export) loadPersons(ctx context.Context, q sqldb.Querier, units []*network.Unit) error {
	var ids []string
	for _, u := range units {
		for _, p := range e.above(u) {
			if p == nil {
				continue
			}
			if _, ok := e.persons[p.Holder.PersonID]; !ok {
				e.persons[p.Holder.PersonID] = network.RosterPerson{}
				ids = append(ids, p.Holder.PersonID)
			}
		}
	}
	known, err := network.RosterPersons(ctx, q, ids)
	for id, p := range known {
		e.persons[id] = p
	}
	return err
}

// place fills in what all rows of a unit share.
func (e *export) place(u *network.Unit) error {
	e.line = [fieldCount]string{}
	for _, at := range e.tree.Path(u) {
		switch at.Level {
		case network.Town:
			e.line[Town] = at.Name
		case network.Village:
			e.line[VillageCode], e.line[Village] = at.Code, at.Name
		case network.Area:
			e.line[Area] = at.Name
		case network.Group:
			e.line[Group] = at.Name
		case network.Cell:
			e.line[Cell], e.line[CellCode] = at.Name, at.Code
		}
	}
	for i, post := range e.above(u) {
		if post == nil {
			continue
		}
		who := e.persons[post.Holder.PersonID]
		number, err := e.phone(who.Phone, "person/phone/"+who.ID)
		if err != nil {
			return err
		}
		e.line[slots[i].field], e.line[slots[i].field+1] = post.Holder.Name, number
	}
	return nil
}

func (e *export) households(ctx context.Context, rows []network.RosterHousehold) error {
	numbers := make([]string, len(rows))
	if e.homes {
		var err error
		if numbers, err = e.net.OpenRosterPhones(ctx, rows); err != nil {
			return err
		}
	}
	for i := range rows {
		if !e.homes && rows[i].Phone != "" {
			numbers[i] = maskedPhone
		}
		if err := e.household(&rows[i], numbers[i]); err != nil {
			return err
		}
	}
	return nil
}

func (e *export) household(h *network.RosterHousehold, number string) error {
	e.line[Ref], e.line[Head], e.line[Phone] = h.Ref, h.Head, number
	if !e.open && !e.names {
		e.line[Head] = network.MaskName(h.Head)
	}
	e.line[Address], e.line[Size] = h.Address, strconv.Itoa(h.Size)
	e.rows++
	if err := e.w.Write(e.line[:]); err != nil {
		return fmt.Errorf("roster: write export: %w", err)
	}
	return nil
}

// maskedPhone stands for a number that isn't shown. An import takes it for
// nothing said, so that a masked export can be edited and brought back.
const maskedPhone = "***"

func (e *export) phone(sealed, binding string) (string, error) {
	switch {
	case sealed == "":
		return "", nil
	case !e.open:
		return maskedPhone, nil
	}
	return e.seal.Open(sealed, binding)
}
