package programme

import (
	"context"
	"database/sql"
	"time"

	"bilin/internal/auth"
	"bilin/internal/errs"
	"bilin/internal/network"
	"bilin/internal/sqldb"
	"bilin/internal/workday"
)

// Get returns a programme to everybody; a draft only to whoever defines it.
func (s *Service) Get(ctx context.Context, actor auth.Actor, id string) (*Programme, error) {
	p, err := programmeByID(ctx, s.o.DB.Reader(), id)
	if err != nil {
		return nil, err
	}
	if p.State == Draft {
		if err := s.o.Policy.Can(actor, ActDefine, auth.Object{UnitID: p.UnitID}); err != nil {
			return nil, err
		}
	}
	return p, nil
}

// May says what somebody can do with a programme.
type May struct{ Define, Record, Hand bool }

// May reports what the actor can do.
func (s *Service) May(actor auth.Actor, p *Programme) May {
	can := func(a auth.Action) bool { return s.o.Policy.Can(actor, a, auth.Object{UnitID: p.UnitID}) == nil }
	return May{Define: can(ActDefine), Record: p.State == Running && s.records(actor, p), Hand: can(ActHand)}
}

// Defines lists the units at which the actor can make programmes.
func (s *Service) Defines(actor auth.Actor) []string { return s.o.Policy.Scope(actor, ActDefine) }

// List lists programmes, the oldest first, after the one with id cursor: those
// that run or ended, and drafts of units that the actor defines for.
func (s *Service) List(ctx context.Context, actor auth.Actor, cursor string, limit int) (list []Programme, next string, err error) {
	var w sqldb.Where
	w.Add("id > ?", cursor)
	var mine []string
	for _, id := range s.Defines(actor) {
		for _, u := range s.tree().Subtree(s.tree().ByID(id)) {
			if u.Level <= network.Village { // programmes are of towns and villages: a town has some 1,600 units
				mine = append(mine, u.ID)
			}
		}
	}
	if len(mine) > 0 {
		w.Parts = append(w.Parts, "(state <> 'draft' OR "+w.OneOf("unit_id", mine)+")")
	} else {
		w.Parts = append(w.Parts, "state <> 'draft'")
	}
	list, err = programmes(ctx, s.o.DB.Reader(), w.Text()+` ORDER BY id LIMIT `+w.Arg(limit+1), w.Args...)
	if err == nil && len(list) > limit {
		list, next = list[:limit], list[limit-1].ID
	}
	return list, next, err
}

// Rewards lists a programme's rewards, the cheapest first; those switched off
// only for whoever defines it.
func (s *Service) Rewards(ctx context.Context, actor auth.Actor, p *Programme) ([]Reward, error) {
	where := `programme_id = $1 AND off = 0 ORDER BY price, id`
	if s.May(actor, p).Define {
		where = `programme_id = $1 ORDER BY off, price, id`
	}
	return rewardsWhere(ctx, s.o.DB.Reader(), where, p.ID)
}

// Today is the city's day, "2026-11-30".
func (s *Service) Today() string { return s.today() }

// Months lists the last n months, this one first, as "2006-01".
func (s *Service) Months(n int) (list []string) {
	y, m, _ := s.o.Now().In(workday.City).Date()
	for i := range n {
		list = append(list, time.Date(y, m-time.Month(i), 1, 0, 0, 0, 0, time.UTC).Format("2006-01"))
	}
	return list
}

// Bench is what a month's acts would have earned by other formulas.
type Bench struct {
	Month  string
	Acts   int
	Points int64 // in all
	Was    int64 // by the formulas that were in force
	Kinds  []BenchKind
	Most   int64 // for one act
	Left   int64 // of the budget
}

// BenchKind is a kind's share.
type BenchKind struct {
	Kind        Kind
	Acts        int
	Points, Was int64
}

// Try computes what a month ("2026-10") would have earned by formulas that
// aren't in force. It says nothing of single members.
func (s *Service) Try(ctx context.Context, actor auth.Actor, id string, formulas Formulas, month string) (*Bench, error) {
	p, err := s.own(ctx, s.o.DB.Reader(), actor, id)
	if err != nil {
		return nil, err
	}
	if _, err := time.Parse("2006-01", month); err != nil {
		return nil, errs.Refuse("month", "programme.bad_month")
	}
	earner, err := tried(formulas)
	if err != nil {
		return nil, err
	}
	acts, err := sqldb.Collect(ctx, s.o.DB.Reader(), func(r *sql.Rows, a *Act) error {
		var quarters int
		err := r.Scan(&a.MemberID, &a.Kind, &quarters, &a.People, &a.Day, &a.Points)
		a.Hours = float64(quarters) / 4
		return err
	}, `SELECT member_id, kind, quarters, people, day, points FROM programme_act WHERE programme_id = $1 AND day >= $2 AND day <= $3 ORDER BY day, id`,
		p.ID, month+"-01", month+"-31")
	if err != nil {
		return nil, err
	}
	return try(earner, acts, month, p.Left()), nil
}

// try adds a month's acts up.
func try(earner *Earner, acts []Act, month string, left int64) *Bench {
	b := &Bench{Month: month, Acts: len(acts), Left: left}
	type of struct {
		member string
		kind   Kind
	}
	nth, kinds := map[of]int{}, map[Kind]*BenchKind{}
	for _, k := range Kinds() {
		b.Kinds = append(b.Kinds, BenchKind{Kind: k})
	}
	for i := range b.Kinds {
		kinds[b.Kinds[i].Kind] = &b.Kinds[i]
	}
	for _, a := range acts {
		nth[of{a.MemberID, a.Kind}]++
		n := earner.Points(a.Kind, Deed{a.Hours, a.People, nth[of{a.MemberID, a.Kind}], weekend(a.Day)})
		b.Points, b.Was, b.Most = b.Points+n, b.Was+a.Points, max(b.Most, n)
		if k := kinds[a.Kind]; k != nil {
			k.Acts, k.Points, k.Was = k.Acts+1, k.Points+n, k.Was+a.Points
		}
	}
	return b
}
