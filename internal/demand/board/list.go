package board

import (
	"context"
	"database/sql"
	"errors"
	"strconv"

	"bilin/internal/demand"
	"bilin/internal/errs"
	"bilin/internal/sqldb"
)

// Filter narrows the board. The zero value shows all of it.
type Filter struct {
	Text         string // every word of it has to be there
	CategoryCode string // with what is under it
	Kind         demand.Kind
	TownCode     string
}

// Cursor is the place after which the next page begins.
type Cursor struct {
	At int64 // UTC milliseconds
	ID string
}

// Page is one page of entries; Next is nil on the last.
type Page struct {
	Entries []*Entry
	Next    *Cursor
}

// List shows everybody what is published, newest first.
func (s *Service) List(ctx context.Context, f Filter, after *Cursor, limit int) (Page, error) {
	var c sqldb.Where
	c.Add("state = ?", string(Published))
	if err := s.narrow(&c, f); err != nil {
		return Page{}, err
	}
	if after != nil {
		c.Add("(published_at, id) < (?, ?)", after.At, after.ID)
	}
	list, more, err := entries(ctx, s.opt.DB.Reader(), limit, `SELECT `+columns+` FROM demand_board WHERE `+c.Text()+
		` ORDER BY published_at DESC, id DESC LIMIT `+strconv.Itoa(limit+1), c.Args)
	if err != nil {
		return Page{}, err
	}
	p := Page{Entries: s.placed(list)}
	if more {
		last := list[len(list)-1]
		p.Next = &Cursor{At: sqldb.Millis(last.Published), ID: last.ID}
	}
	return p, nil
}

// narrow adds the filter's conditions.
func (s *Service) narrow(c *sqldb.Where, f Filter) error {
	if f.Kind != "" {
		c.Add("kind = ?", string(f.Kind))
	}
	if f.TownCode != "" {
		u := s.tree().ByCode(f.TownCode)
		if u == nil {
			return errs.E(errs.NotFound, "board.no_town")
		}
		c.Add("town_id = ?", u.ID)
	}
	if f.CategoryCode != "" {
		ids := s.categories(f.CategoryCode)
		if len(ids) == 0 {
			return errs.E(errs.NotFound, "board.no_category")
		}
		c.In("category_id", ids)
	}
	for _, word := range terms(f.Text) {
		c.Add("search LIKE ?", "%"+word+"%")
	}
	return nil
}

// categories are the ids of a category and of what is or was under it.
func (s *Service) categories(code string) []string {
	catalog := s.opt.Catalog()
	root, ok := catalog.ByCode(code)
	if !ok {
		return nil
	}
	ids := []string{root.ID}
	for _, c := range catalog.All() {
		if c.ParentID == root.ID {
			ids = append(ids, c.ID)
		}
	}
	return ids
}

// placed names the places of entries.
func (s *Service) placed(list []*Entry) []*Entry {
	tree := s.tree()
	known := map[string]string{}
	for _, e := range list {
		name, ok := known[e.villageID+e.townID]
		if !ok {
			name = place(tree, e.villageID, e.townID)
			known[e.villageID+e.townID] = name
		}
		e.Place = name
	}
	return list
}

// Get returns a published entry to everybody.
func (s *Service) Get(ctx context.Context, id string) (*Entry, error) {
	e, err := entryOf(ctx, s.opt.DB.Reader(), "id", id)
	if errors.Is(err, sql.ErrNoRows) || err == nil && e.State != Published {
		return nil, errs.E(errs.NotFound, "board.none")
	}
	if err != nil {
		return nil, err
	}
	return s.placed([]*Entry{e})[0], nil
}
