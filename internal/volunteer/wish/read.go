package wish

import (
	"context"
	"slices"

	"bilin/internal/audit"
	"bilin/internal/auth"
	"bilin/internal/errs"
	"bilin/internal/network"
	"bilin/internal/purpose"
	"bilin/internal/sqldb"
	"bilin/internal/volunteer"
)

// Seen is a wish as a volunteer sees it who hasn't taken it: nothing of whose it is.
type Seen struct {
	ID      string
	Kind    Kind
	UnitID  string // its group, or village
	Near    Near
	Day     string
	Part    Part
	Until   string
	Asked   bool // this volunteer is asked
	Version int
}

// TakenOne is a wish as the volunteer sees it who took it: where it is only once
// they are welcome.
type TakenOne struct {
	Wish
	Of            Kind
	GroupID       string // or the village
	Address, Head string
	Words         string
}

// Thanked is what a household said to a wish that was fulfilled. Only the
// volunteer reads it.
type Thanked struct {
	Kind   Kind
	Thanks Thanks
	Words  string
	At     string // the day
}

// Own is all that a volunteer sees of wishes.
type Own struct {
	V       *volunteer.Volunteer
	Hours   *Hours // nil while nothing is offered
	Reaches []Reach
	Taken   []TakenOne
	Seen    []Seen
	Thanks  []Thanked
}

const (
	mostSeen   = 20
	mostThanks = 30
)

// Own returns what a volunteer sees, with their key. That they read a
// household's name is written down with it.
func (s *Service) Own(ctx context.Context, id, key string) (*Own, error) {
	q := s.o.DB.Reader()
	v, err := s.active(ctx, q, id, key)
	if err != nil {
		return nil, err
	}
	own := &Own{V: v, Reaches: s.ReachesOf(v.UnitID)}
	if own.Hours, err = hoursOf(ctx, q, v.ID); err != nil {
		return nil, err
	}
	if own.Hours != nil {
		if own.Seen, err = s.fitting(ctx, q, v, own.Hours); err != nil {
			return nil, err
		}
		own.Seen = own.Seen[:min(len(own.Seen), mostSeen)]
	}
	list, err := wishes(ctx, q, `helper_id = $1 AND helper_id <> '' AND state IN ('taken', 'done') ORDER BY CASE state WHEN 'taken' THEN 0 ELSE 1 END, id DESC LIMIT $2`, v.ID, mostThanks)
	if err != nil {
		return nil, err
	}
	catalog, err := s.Catalog(ctx)
	if err != nil {
		return nil, err
	}
	return own, s.opened(ctx, own, catalog, list)
}

// opened tells a volunteer of the wishes that are or were theirs.
func (s *Service) opened(ctx context.Context, own *Own, catalog Catalog, list []*Wish) error {
	var taken []*Wish
	for _, w := range list {
		kind, _ := catalog.Kind(w.Kind)
		switch {
		case w.State == Taken:
			taken = append(taken, w)
		case w.Thanks != "" || w.thanksWords != "":
			text, err := s.open(ctx, w.HouseholdID, w.thanksWords, thanksBinding(w.ID))
			if err != nil {
				return err
			}
			own.Thanks = append(own.Thanks, Thanked{Kind: kind, Thanks: w.Thanks, Words: text, At: dayOf(w.EndedAt)})
		}
	}
	if len(taken) == 0 {
		return nil
	}
	welcome := false
	for _, w := range taken {
		one := TakenOne{Wish: *w, GroupID: s.group(w)}
		welcome = welcome || w.Welcome
		var err error
		if one.Words, err = s.open(ctx, w.HouseholdID, w.words, wordsBinding(w.ID)); err != nil {
			return err
		}
		one.Of, _ = catalog.Kind(w.Kind)
		own.Taken = append(own.Taken, one)
	}
	if !welcome {
		return nil
	}
	return s.o.DB.Write(ctx, func(tx *sqldb.Tx) error { return s.show(ctx, tx, own.Taken) })
}

// show says to a volunteer whose the wishes are to which they are welcome, and
// writes that down.
func (s *Service) show(ctx context.Context, tx *sqldb.Tx, taken []TakenOne) error {
	ids := make([]string, len(taken))
	for i := range taken {
		ids[i] = taken[i].HouseholdID
	}
	homes, err := s.o.Network.HomesOf(ctx, tx, ids)
	if err != nil {
		return err
	}
	for i := range taken {
		w := &taken[i]
		if !w.Welcome {
			continue
		}
		w.Address, w.Head = homes[w.HouseholdID].Address, homes[w.HouseholdID].Head
		if err := s.shown(ctx, tx, &w.Wish); err != nil {
			return err
		}
	}
	return nil
}

// shown writes down that a volunteer sees an address: each time into the record,
// and once where the household sees who read what of it.
func (s *Service) shown(ctx context.Context, tx *sqldb.Tx, w *Wish) error {
	err := s.o.Audit.Append(ctx, tx, audit.Entry{ActorID: helping.AccountID, Action: "wish.read",
		ObjectKind: "household", ObjectID: w.HouseholdID, UnitID: w.VillageID, Purpose: "wish " + w.ID})
	if err != nil {
		return err
	}
	res, err := tx.ExecContext(ctx, `UPDATE wish SET told_at = $1 WHERE id = $2 AND told_at = 0`, sqldb.Millis(s.now()), w.ID)
	if err != nil {
		return err
	}
	if n, err := res.RowsAffected(); err != nil || n == 0 {
		return err
	}
	return s.o.Purpose.Open(ctx, tx, auth.System("wish"), purpose.Subject{HouseholdID: w.HouseholdID}, purpose.Ground{Kind: purpose.System, ID: "wish"}, purpose.Home)
}

// open opens what a household's key sealed; nothing, if the key has ended.
func (s *Service) open(ctx context.Context, householdID, sealed, binding string) (string, error) {
	text, err := s.o.Vault.Open(ctx, householdID, sealed, binding)
	if errs.KindOf(err) == errs.Gone && err != nil {
		return "", nil
	}
	return text, err
}

// Line is a wish in the list of whoever posts.
type Line struct {
	Wish
	Of      Kind
	Address string
	Head    string
	Helper  string // the name of who took it, or is asked
}

// Filter says which wishes are wanted.
type Filter struct {
	Over bool // those that are over, instead of those that aren't
}

// List returns the wishes that the actor posts for, the newest first, before the
// one with the id cursor. next is "" on the last page.
func (s *Service) List(ctx context.Context, actor auth.Actor, f Filter, cursor string, limit int) (out []Line, next string, err error) {
	if !s.o.Policy.May(actor, ActPost) {
		return nil, "", auth.Denied(actor)
	}
	q, where := s.o.DB.Reader(), s.scope(actor)
	if f.Over {
		where.Add("state IN ('done', 'withdrawn')")
	} else {
		where.Add("state IN ('open', 'asked', 'taken', 'lapsed')")
	}
	if cursor != "" {
		where.Add("id < ?", cursor)
	}
	list, err := wishes(ctx, q, where.Text()+` ORDER BY id DESC LIMIT `+where.Arg(limit+1), where.Args...)
	if err != nil {
		return nil, "", err
	}
	if len(list) > limit {
		list, next = list[:limit], list[limit-1].ID
	}
	list = slices.DeleteFunc(list, func(w *Wish) bool { return !s.May(actor, s.cell(w)) }) // whose household has just moved
	out, err = s.lines(ctx, q, list)
	return out, next, err
}

// Todo is how many wishes of whoever posts are under way, and how many wait for them.
type Todo struct{ Now, Waits int }

// Todo counts them in one query.
func (s *Service) Todo(ctx context.Context, actor auth.Actor) (t Todo, err error) {
	if !s.o.Policy.May(actor, ActPost) {
		return t, nil
	}
	where := s.scope(actor)
	where.Add("state IN ('open', 'asked', 'taken', 'lapsed')")
	err = s.o.DB.Reader().QueryRowContext(ctx, `SELECT count(*), count(*) FILTER (WHERE state = 'lapsed' OR state = 'taken' AND meet_by = 'help' AND meet_agreed = 0)
		FROM wish WHERE `+where.Text(), where.Args...).Scan(&t.Now, &t.Waits)
	return t, err
}

// scope is the condition on wishes that the actor's posts make.
func (s *Service) scope(actor auth.Actor) *sqldb.Where {
	tree, inner := s.tree(), sqldb.Where{}
	var cells, villages []string
	for _, root := range s.o.Policy.Scope(actor, ActPost) {
		if u := tree.ByID(root); u != nil && u.Level == network.Cell {
			cells = append(cells, root)
		} else {
			villages = append(villages, tree.Within([]string{root}, network.Village)...)
		}
	}
	byCell := inner.OneOf("cell_id", cells)
	inner.Parts = []string{"(" + byCell + " OR " + inner.OneOf("village_id", villages) + ")"}
	return &inner
}

// lines names the households and volunteers of wishes.
func (s *Service) lines(ctx context.Context, q sqldb.Querier, list []*Wish) ([]Line, error) {
	kinds, err := changed(ctx, q)
	if err != nil {
		return nil, err
	}
	catalog := merged(kinds)
	var homes, helpers []string
	for _, w := range list {
		homes, helpers = append(homes, w.HouseholdID), append(helpers, w.HelperID, w.AskedID)
	}
	known, err := s.o.Network.HomesOf(ctx, q, homes)
	if err != nil {
		return nil, err
	}
	people, err := s.o.Volunteers.Standing(ctx, q, slices.DeleteFunc(helpers, func(id string) bool { return id == "" }))
	if err != nil {
		return nil, err
	}
	out := make([]Line, len(list))
	for i, w := range list {
		out[i] = Line{Wish: *w, Address: known[w.HouseholdID].Address, Head: known[w.HouseholdID].Head}
		out[i].Of, _ = catalog.Kind(w.Kind)
		if v := people[w.HelperID+w.AskedID]; v != nil {
			out[i].Helper = v.Name
		}
	}
	return out, nil
}

// Get returns a wish to whoever posts for its household, and the three offers
// that fit best while it waits.
func (s *Service) Get(ctx context.Context, by By, id string) (Line, []Candidate, error) {
	q := s.o.DB.Reader()
	w, err := s.own(ctx, q, by, id)
	if err != nil {
		return Line{}, nil, err
	}
	lines, err := s.lines(ctx, q, []*Wish{w})
	if err != nil {
		return Line{}, nil, err
	}
	if w.State != Open {
		return lines[0], nil, nil
	}
	offers, err := s.matches(ctx, q, w, Offers)
	return lines[0], offers, err
}

// OfHousehold lists a household's wishes, for itself, the newest first.
func (s *Service) OfHousehold(ctx context.Context, q sqldb.Querier, householdID string) ([]Line, error) {
	list, err := wishes(ctx, q, `household_id = $1 ORDER BY id DESC`, householdID)
	if err != nil {
		return nil, err
	}
	return s.lines(ctx, q, list)
}

// Household lists a household's wishes, for itself.
func (s *Service) Household(ctx context.Context, householdID string) ([]Line, error) {
	return s.OfHousehold(ctx, s.o.DB.Reader(), householdID)
}

// PostedWords opens the sentence of a wish for whoever wrote it: the household, or
// the account that posted it. Nobody else is told it here.
func (s *Service) PostedWords(ctx context.Context, by By, l Line) (string, error) {
	wrote := by.HouseholdID == l.HouseholdID && l.HouseholdID != "" || l.PostedBy != "" && by.Actor.ID() == l.PostedBy
	if !wrote || l.State.Over() {
		return "", nil
	}
	return s.open(ctx, l.HouseholdID, l.words, wordsBinding(l.ID))
}

// ThanksOf opens what a household said to a wish, for itself.
func (s *Service) ThanksOf(ctx context.Context, l Line) (string, error) {
	return s.open(ctx, l.HouseholdID, l.thanksWords, thanksBinding(l.ID))
}

// MayPost reports whether the actor posts for anybody.
func (s *Service) MayPost(actor auth.Actor) bool { return s.o.Policy.May(actor, ActPost) }

// MayEdit reports whether the actor changes the catalogue.
func (s *Service) MayEdit(actor auth.Actor) bool { return s.o.Policy.May(actor, ActKinds) }

// May reports whether the actor posts for households of a unit.
func (s *Service) May(actor auth.Actor, unitID string) bool {
	return s.o.Policy.Can(actor, ActPost, auth.Object{UnitID: unitID}) == nil
}

// Cells lists the cells for which a lead posts.
func (s *Service) Cells(actor auth.Actor) (out []*network.Unit) {
	for _, root := range s.o.Policy.Scope(actor, ActPost) {
		if u := s.tree().ByID(root); u != nil && u.Level == network.Cell {
			out = append(out, u)
		}
	}
	return out
}
