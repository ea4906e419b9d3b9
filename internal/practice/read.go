package practice

import (
	"context"

	"bilin/internal/auth"
	"bilin/internal/errs"
	"bilin/internal/network"
	"bilin/internal/sqldb"
)

const (
	shownEditions = 20
	shownTakes    = 400 // there are fewer villages in a city
)

// May says what somebody can do with a practice.
type May struct {
	Work bool            // write on it with the other side
	Try  []*network.Unit // villages that could begin it
	Tell []*network.Unit // villages that do it, or did
}

// May reports what the actor can do with a practice.
func (s *Service) May(actor auth.Actor, p *Shown) (m May) {
	side := s.side(actor, &p.Practice)
	m.Work = side != ""
	for _, v := range s.Villages(actor) {
		taken := false
		for _, t := range p.Takes {
			if t.VillageID == v.ID {
				m.Tell, taken = append(m.Tell, v), t.Live()
			}
		}
		if !taken && p.State == Published && v.ID != p.UnitID {
			m.Try = append(m.Try, v)
		}
	}
	return m
}

// Villages are those for which the actor takes practices up.
func (s *Service) Villages(actor auth.Actor) (list []*network.Unit) {
	for _, id := range s.o.Policy.Scope(actor, ActTry) {
		if u := s.tree().Current(s.tree().ByID(id)); u != nil && u.Level == network.Village {
			list = append(list, u)
		}
	}
	return list
}

// Get returns a practice as everybody reads it. Of one that was withdrawn there
// is only its title and why.
func (s *Service) Get(ctx context.Context, id string) (*Shown, error) {
	p, err := practiceByID(ctx, s.o.DB.Reader(), id)
	if err == nil && !p.Public() {
		err = errs.E(errs.NotFound, "practice.none")
	}
	if err != nil {
		return nil, err
	}
	out := &Shown{Practice: *p}
	if p.State == Withdrawn {
		return out, nil
	}
	text, err := textOf(ctx, s.o.DB.Reader(), id, p.Shown)
	if err != nil {
		return nil, err
	}
	out.Text = text.Text
	if out.Pictures, err = picturesOf(ctx, s.o.DB.Reader(), id, p.Shown); err != nil {
		return nil, err
	}
	out.Takes, err = takes(ctx, s.o.DB.Reader(), `WHERE practice_id = $1 ORDER BY since DESC, village_id LIMIT $2`, id, shownTakes)
	return out, err
}

// Work returns a practice as its two sides see it.
func (s *Service) Work(ctx context.Context, actor auth.Actor, id string) (*Workshop, error) {
	q := s.o.DB.Reader()
	p, side, err := s.both(ctx, q, actor, id)
	if err != nil {
		return nil, err
	}
	w := s.workshop(actor, p, side)
	if w.Editions, err = editionsOf(ctx, q, id, shownEditions); err != nil {
		return nil, err
	}
	if actor.PersonID != p.author {
		w.Editions = p.since(w.Editions)
	}
	w.Latest = w.Editions[0]
	if w.Comments, err = commentsOf(ctx, q, id); err != nil {
		return nil, err
	}
	w.Pictures, err = picturesOf(ctx, q, id, p.Edition)
	return w, err
}

// workshop is how a practice stands for one of its two sides.
func (s *Service) workshop(actor auth.Actor, p *Practice, side Side) *Workshop {
	w := &Workshop{Practice: *p, Side: side, Stands: s.stands(actor, p, side), Agreed: p.AuthorOK == p.Edition, Other: p.EditorOK == p.Edition}
	if side == Editor {
		w.Agreed, w.Other = w.Other, w.Agreed
	}
	return w
}

// Picture returns a picture: a published one to everybody, others to the two sides.
func (s *Service) Picture(ctx context.Context, actor auth.Actor, id, picture string) (*Picture, error) {
	p, err := practiceByID(ctx, s.o.DB.Reader(), id)
	if err != nil {
		return nil, err
	}
	pic, err := pictureByID(ctx, s.o.DB.Reader(), id, picture)
	if err != nil {
		return nil, err
	}
	if p.State == Published && pic.Edition <= p.Shown {
		return pic, nil
	}
	if _, _, err := s.both(ctx, s.o.DB.Reader(), actor, id); err != nil {
		return nil, errs.E(errs.NotFound, "practice.no_picture")
	}
	return pic, nil
}

// List finds what is published: whose own words hold more of a question first,
// then what most villages do. Where nothing meets all words, it finds what meets
// some.
func (s *Service) List(ctx context.Context, f Filter, after *Cursor, limit int) ([]Practice, *Cursor, error) {
	words, some := askedFor(f.Q), false
	if len(words) > 1 {
		all, _, err := s.list(ctx, f, words, false, nil, 1)
		if err != nil {
			return nil, nil, err
		}
		some = len(all) == 0
	}
	return s.list(ctx, f, words, some, after, limit)
}

// list finds what meets all words, or some of them.
func (s *Service) list(ctx context.Context, f Filter, words []asked, some bool, after *Cursor, limit int) ([]Practice, *Cursor, error) {
	var w sqldb.Where
	w.Parts = append(w.Parts, "p.state = 'published'")
	if f.Topic != "" {
		w.Add("p.topic = ?", string(f.Topic))
	}
	if f.Unit != "" {
		w.In("p.unit_id", s.under(f.Unit))
	}
	met, least := "0", "0"
	for _, word := range words {
		in, of := word.held(&w), w.OneOf("p.topic", word.topics)
		met += " + CASE WHEN " + in + " THEN 2 WHEN " + of + " THEN 1 ELSE 0 END"
		if some {
			least = "1"
		} else {
			w.Parts = append(w.Parts, "("+in+" OR "+of+")")
		}
	}
	inner := `SELECT ` + columns + `, ` + met + ` AS met FROM practice p WHERE ` + w.Text()
	w.Parts = []string{"met >= " + least}
	if after != nil {
		w.Add("(met, adopted, published_at, id) < (?, ?, ?, ?)", after.Met, after.Adopted, after.At, after.ID)
	}
	list, err := sqldb.Collect(ctx, s.o.DB.Reader(), scan, `SELECT * FROM (`+inner+`) found WHERE `+w.Text()+` ORDER BY met DESC, adopted DESC, published_at DESC, id DESC LIMIT `+w.Arg(limit+1), w.Args...)
	if err != nil || len(list) <= limit {
		return list, nil, err
	}
	last := list[limit-1]
	return list[:limit], &Cursor{Met: last.met, Adopted: last.Adopted, At: sqldb.MillisOrZero(last.PublishedAt), ID: last.ID}, nil
}

// held is the condition that a practice's own words hold the word.
func (a asked) held(w *sqldb.Where) string {
	if a.single != "" {
		return "p.id IN (SELECT practice_id FROM practice_gram WHERE gram >= " + w.Arg(a.single) + " AND gram < " + w.Arg(a.single+"\U0010FFFF") + ")"
	}
	return "p.id IN (SELECT practice_id FROM practice_gram WHERE " + w.OneOf("gram", a.pairs) + " GROUP BY practice_id HAVING COUNT(*) = " + w.Arg(len(a.pairs)) + ")"
}

// under lists the unit and what lies under it, as far down as villages.
func (s *Service) under(id string) (list []string) {
	for _, u := range s.tree().Subtree(s.tree().ByID(id)) {
		if u.Level <= network.Village || u.ID == id {
			list = append(list, u.ID)
		}
	}
	return list
}

// Desk lists what the actor writes on or could: their own, and what was offered
// to them, the one that moved last first; also what was taken back and could come back.
func (s *Service) Desk(ctx context.Context, actor auth.Actor, limit int) (list []Workshop, err error) {
	var w sqldb.Where
	units := []string{}
	for _, v := range s.Villages(actor) {
		units = append(units, v.ID)
	}
	for _, id := range s.o.Policy.Scope(actor, ActEdit) {
		units = append(units, s.under(id)...)
	}
	w.Parts = append(w.Parts, "(p.author_id = "+w.Arg(actor.PersonID)+" OR p.offered > 0 AND "+w.OneOf("p.unit_id", units)+")")
	w.Parts = append(w.Parts, "(p.state = 'withdrawn' OR p.edition > p.shown)")
	found, err := practices(ctx, s.o.DB.Reader(), `WHERE `+w.Text()+` ORDER BY CASE WHEN p.state = 'withdrawn' THEN 1 ELSE 0 END, p.changed_at DESC, p.id DESC LIMIT `+w.Arg(limit), w.Args...)
	for _, p := range found {
		list = append(list, *s.workshop(actor, &p, s.side(actor, &p)))
	}
	return list, err
}

// Taken lists what a village took up, the latest first.
func (s *Service) Taken(ctx context.Context, village string, limit int) ([]Take, map[string]Practice, error) {
	list, err := takes(ctx, s.o.DB.Reader(), `WHERE village_id = $1 ORDER BY since DESC, practice_id LIMIT $2`, village, limit)
	if err != nil || len(list) == 0 {
		return nil, nil, err
	}
	var w sqldb.Where
	ids := make([]string, len(list))
	for i, t := range list {
		ids[i] = t.PracticeID
	}
	w.In("p.id", ids)
	found, err := practices(ctx, s.o.DB.Reader(), `WHERE `+w.Text(), w.Args...)
	by := map[string]Practice{}
	for _, p := range found {
		by[p.ID] = p
	}
	return list, by, err
}

// since drops the editions that its author wrote alone, the latest first.
func (p *Practice) since(list []Edition) []Edition {
	for i, e := range list {
		if e.Number < p.offered {
			return list[:i]
		}
	}
	return list
}

// Waits reports whether the one who looks has yet to say that these words can go out.
func (w *Workshop) Waits() bool {
	return w.Stands && w.open() && !w.Agreed
}

// open reports whether these words can go out.
func (w *Workshop) open() bool {
	return w.offered > 0 && (w.State == Withdrawn || w.Edition > w.Shown)
}

// Others reports whether it waits for the author's own word, which isn't the reader's to give.
func (w *Workshop) Others() bool { return !w.Stands && w.open() && !w.Agreed }
