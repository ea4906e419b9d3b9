package care

import (
	"context"
	"database/sql"

	"bilin/internal/auth"
	"bilin/internal/care/need"
	"bilin/internal/errs"
	"bilin/internal/network"
	"bilin/internal/sqldb"
)

// mostMonths is how many months of contacts are shown.
const mostMonths = 12

// Figures counts what is listed at and under a village, town or city, and how
// contacts went. Counts are cut to fives and none below ten is said, not even
// that there are none; shares are cut to fives of a hundred, so that what is
// left out can't be worked out from others. By need it counts towns and the
// city alone: what a household is owed, which officials see, would else tell why.
func (s *Service) Figures(ctx context.Context, actor auth.Actor, unitID string) (*Figures, error) {
	u := s.tree().Current(s.tree().ByID(unitID))
	if u == nil || u.Level > network.Village || !s.May(actor, ActFigures, u.ID) {
		return nil, errs.E(errs.NotFound, "care.no_figures")
	}
	var w sqldb.Where
	w.Add("1 = 1")
	if u.Level != network.City {
		var villages []string
		for _, v := range s.tree().Subtree(u) {
			if v.Level == network.Village {
				villages = append(villages, v.ID)
			}
		}
		w.In("village_id", villages)
	}
	f := &Figures{UnitID: u.ID}
	if err := s.countNeeds(ctx, w, f, u.Level < network.Village); err != nil {
		return nil, err
	}
	return f, s.countMonths(ctx, w, f)
}

func (s *Service) countNeeds(ctx context.Context, w sqldb.Where, f *Figures, byNeed bool) error {
	type row struct {
		code string
		n    int
	}
	list, err := sqldb.Collect(ctx, s.o.DB.Reader(), func(r *sql.Rows, v *row) error { return r.Scan(&v.code, &v.n) },
		`SELECT need, SUM(entries) FROM care_tally WHERE `+w.Text()+` GROUP BY need`, w.Args...)
	if err != nil {
		return err
	}
	by, all := map[string]int{}, 0
	for _, v := range list {
		by[v.code] = v.n
		all += v.n
	}
	f.Entries = shown(all)
	if !byNeed {
		return nil
	}
	for _, n := range s.Needs().All() {
		if n.Off && by[n.Code] == 0 {
			continue
		}
		f.Needs = append(f.Needs, NeedCount{Need: n, Entries: shown(by[n.Code])})
	}
	return nil
}

// countMonths counts the months that have begun.
func (s *Service) countMonths(ctx context.Context, w sqldb.Where, f *Figures) (err error) {
	w.Add("month <= ?", monthOf(s.today()))
	f.Months, err = sqldb.Collect(ctx, s.o.DB.Reader(), func(r *sql.Rows, m *MonthCount) error {
		if err := r.Scan(&m.Month, &m.Owed, &m.Kept, &m.Late, &m.Climbed, &m.Needs); err != nil {
			return err
		}
		if m.Owed < Least {
			*m = MonthCount{Month: m.Month, Owed: -1}
			return nil
		}
		m.Kept, m.Late, m.Climbed, m.Needs = share(m.Kept, m.Owed), share(m.Late, m.Owed), share(m.Climbed, m.Owed), shown(m.Needs)
		m.Owed = shown(m.Owed)
		return nil
	}, `SELECT month, SUM(owed), SUM(kept), SUM(late), SUM(climbed), SUM(needs) FROM care_kept WHERE `+w.Text()+` GROUP BY month ORDER BY month DESC LIMIT `+w.Arg(mostMonths), w.Args...)
	return err
}

// ListedFor is how many households are listed for a need in the whole city, cut to
// fives; -1 where they are too few to say. It is for those who decide about it.
func (s *Service) ListedFor(ctx context.Context, actor auth.Actor, code string) (int, error) {
	if s.o.Policy.Can(actor, need.ActSwitch, auth.Object{}) != nil && s.o.Policy.Can(actor, need.ActApprove, auth.Object{}) != nil {
		return -1, auth.Denied(actor)
	}
	var n int
	err := s.o.DB.Reader().QueryRowContext(ctx, `SELECT COALESCE(SUM(entries), 0) FROM care_tally WHERE need = $1`, code).Scan(&n)
	return shown(n), err
}
