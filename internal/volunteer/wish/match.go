package wish

import (
	"context"
	"time"

	"bilin/internal/network"
	"bilin/internal/sqldb"
	"bilin/internal/volunteer"
	"bilin/internal/workday"
)

// Candidate is an offer that fits, as whoever posted sees it.
type Candidate struct {
	Fitting
	Name   string
	UnitID string
}

// want is a wish as the matching sees it.
func (s *Service) want(w *Wish, k Kind) Want {
	out := Want{Place: s.place(w.CellID), Skill: k.Skill}
	out.From, out.To = w.Part.hours()
	for n := range TermDays + 1 {
		at := s.o.Now().In(workday.City).AddDate(0, 0, n)
		date := at.Format(time.DateOnly)
		if date <= w.Until && (w.Day == "" || w.Day == date) {
			out.Days = append(out.Days, Day{date, at.Weekday()})
		}
	}
	return out
}

// helper is an offer as the matching sees it.
func (s *Service) helper(h *Hours, v *volunteer.Volunteer, away map[string][]Span) Helper {
	return Helper{ID: h.VolunteerID, Place: s.place(h.UnitID), Reach: h.Reach, Skills: v.Skills, Until: h.Until, Slots: h.Slots, Away: away[v.PersonID], AskedAt: h.AskedAt}
}

// away is who is away while wishes wait.
func (s *Service) away(ctx context.Context, q sqldb.Querier) (map[string][]Span, error) {
	if s.o.Away == nil {
		return nil, nil
	}
	return s.o.Away(ctx, q, s.today(), s.onDay(TermDays))
}

// matches are the offers that fit a wish, best first, in five queries.
func (s *Service) matches(ctx context.Context, q sqldb.Querier, w *Wish, most int) ([]Candidate, error) {
	kinds, err := changed(ctx, q)
	if err != nil {
		return nil, err
	}
	kind, _ := merged(kinds).Kind(w.Kind)
	tree := s.tree()
	town := tree.At(tree.Current(tree.ByID(w.CellID)), network.Town)
	if town == nil {
		return nil, nil
	}
	where := sqldb.Where{}
	where.In("h.village_id", tree.Within([]string{town.ID}, network.Village))
	where.Add("h.until_on >= ?", s.today())
	list, err := hours(ctx, q, where.Text(), where.Args...)
	if err != nil {
		return nil, err
	}
	ids := make([]string, len(list))
	for i, h := range list {
		ids[i] = h.VolunteerID
	}
	people, err := s.o.Volunteers.Standing(ctx, q, ids)
	if err != nil {
		return nil, err
	}
	away, err := s.away(ctx, q)
	if err != nil {
		return nil, err
	}
	var all []Helper
	for _, h := range list {
		if v := people[h.VolunteerID]; v != nil && (v.HouseholdID == "" || v.HouseholdID != w.HouseholdID) {
			all = append(all, s.helper(h, v, away))
		}
	}
	var out []Candidate
	for _, f := range Match(s.want(w, kind), all, most) {
		out = append(out, Candidate{f, people[f.ID].Name, people[f.ID].UnitID})
	}
	return out, nil
}
