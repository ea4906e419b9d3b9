package privacy

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"bilin/internal/auth"
	"bilin/internal/errs"
	"bilin/internal/sqldb"
)

// prepare finds out what a desk has to know before it answers: which record it is
// about, whether what is to be corrected was changed, who carries an objection
// out, and what an erasure takes and leaves.
func (s *Service) prepare(ctx context.Context, tx *sqldb.Tx, actor auth.Actor, f *File) (err error) {
	if f.Item != "" {
		if f.About, err = s.about(ctx, tx, &f.Request); err != nil {
			return err
		}
	}
	if !f.IsOpen() {
		return nil
	}
	switch f.Kind {
	case Correct:
		f.Changed, f.Fixed, err = s.changed(ctx, tx, &f.Request)
	case Object:
		f.Ends = s.ender(&f.Request) != nil
	case Erase:
		if s.answers(actor, &f.Request) {
			f.Plan, err = s.plan(ctx, tx, f.HouseholdID, f.Holder, f.Item)
		}
	}
	return err
}

// about finds the record that a request is about; nil if it is held no more.
func (s *Service) about(ctx context.Context, q sqldb.Querier, r *Request) (*Item, error) {
	h := s.holder(r.Holder)
	if h == nil {
		return nil, nil
	}
	items, err := h.Held(ctx, q, r.HouseholdID, false)
	if i := slices.IndexFunc(items, func(i Item) bool { return i.ID == r.Item }); i >= 0 {
		return &items[i], err
	}
	return nil, err
}

// ender is who ends the record that is objected to; nil where the village has to
// see to it.
func (s *Service) ender(r *Request) Ender {
	if r.Item == "" {
		return nil
	}
	ender, _ := s.holder(r.Holder).(Ender)
	return ender
}

// decide settles a request, or hands what the officer decided to the village. A
// correction that is granted was made, or somebody says why none was needed; an
// objection that is upheld ended something, or the village sees to it.
func (s *Service) decide(ctx context.Context, tx *sqldb.Tx, actor auth.Actor, r *Request, post auth.Grant, a Answer, now time.Time) (step string, err error) {
	switch r.Kind {
	case Correct:
		return s.decideCorrection(ctx, tx, actor, r, post, a, now)
	case Object:
		return s.decideObjection(actor, r, post, a, now)
	case Erase:
		if a.Outcome != Granted && a.Outcome != Partly {
			break
		}
		plan, err := s.plan(ctx, tx, r.HouseholdID, r.Holder, r.Item)
		if err != nil {
			return "", err
		}
		trial := *r
		if err := trial.answer(actor, post.Role, a, now); err != nil {
			return "", err
		}
		if a.Plan != plan.Mark { // not asked yet, or something came since
			return "", errs.E(errs.Conflict, "privacy.confirm_erase")
		}
	}
	return string(a.Outcome), r.answer(actor, post.Role, a, now)
}

func (s *Service) decideCorrection(ctx context.Context, tx *sqldb.Tx, actor auth.Actor, r *Request, post auth.Grant, a Answer, now time.Time) (string, error) {
	changed, fixed, err := s.changed(ctx, tx, r)
	if err != nil {
		return "", err
	}
	officer := actor.Has(auth.PrivacyOfficer)
	switch {
	case r.Ordered != "" && r.Desk == Village && officer:
		return "", errs.E(errs.Conflict, "privacy.with_village")
	case r.Ordered != "" && r.Desk == Village && !changed:
		return "", errs.Refuse("changed", "privacy.not_changed")
	case r.Ordered != "" && r.Desk == Village:
		return "put_right", r.fulfil(post.Role, a.Version, now)
	case a.Outcome != Granted && a.Outcome != Partly || changed:
		a.Nothing = false
	case a.Nothing && a.Outcome == Granted:
	case a.Outcome == Partly && fixed: // the answer in words is all there can be
	case fixed:
		return "", errs.Refuse("nothing", "privacy.say_nothing")
	case officer:
		return s.order(r, a, now)
	default:
		return "", errs.Refuse("nothing", "privacy.not_changed")
	}
	step := string(a.Outcome)
	if a.Nothing {
		step = "nothing"
	}
	return step, r.answer(actor, post.Role, a, now)
}

func (s *Service) order(r *Request, a Answer, now time.Time) (step string, err error) {
	calendar := s.o.Calendar()
	return "ordered", r.order(a, now, calendar.Add(now, PutRight*calendar.Day()))
}

// decideObjection answers an objection. Where nothing that is held ends by it, the
// village does what the officer decided, by a date.
func (s *Service) decideObjection(actor auth.Actor, r *Request, post auth.Grant, a Answer, now time.Time) (string, error) {
	ordered, granted := r.Ordered != "" && r.Desk == Village, a.Outcome == Granted || a.Outcome == Partly
	switch {
	case ordered && actor.Has(auth.PrivacyOfficer):
		return "", errs.E(errs.Conflict, "privacy.with_village")
	case ordered:
		return "heeded", r.fulfil(post.Role, a.Version, now)
	case granted && s.ender(r) == nil && r.Ordered == "": // else it came back: what more is there to order
		return s.order(r, a, now)
	}
	return string(a.Outcome), r.answer(actor, post.Role, a, now)
}

// changed reports whether what a correction is about is other than when it was
// asked for. Of requests that are older than the marks it is believed.
func (s *Service) changed(ctx context.Context, q sqldb.Querier, r *Request) (changed, fixed bool, err error) {
	if r.stood == "" {
		return true, false, nil
	}
	now, err := s.mark(ctx, q, r)
	return now != r.stood, r.stood == Fixed && now == Fixed, err
}

// mark is a keyed index of what a correction is about, so that the row doesn't
// hold it a second time.
func (s *Service) mark(ctx context.Context, q sqldb.Querier, r *Request) (string, error) {
	var parts []string
	for _, h := range s.holders {
		if r.Holder != "" && r.Holder != h.Name() {
			continue
		}
		m, err := markOf(ctx, q, h, r)
		if err != nil {
			return "", err
		}
		if m != Fixed {
			parts = append(parts, h.Name()+"\x00"+m)
		}
	}
	if len(parts) == 0 {
		return Fixed, nil
	}
	return s.o.Sealer.Index("privacy/stood/"+r.ID, strings.Join(parts, "\x00")), nil
}

func markOf(ctx context.Context, q sqldb.Querier, h Holder, r *Request) (string, error) {
	if m, marks := h.(Marker); marks {
		return m.Mark(ctx, q, r.HouseholdID, r.Item)
	}
	items, err := h.Held(ctx, q, r.HouseholdID, false)
	if err != nil {
		return "", err
	}
	var b strings.Builder
	for _, i := range items {
		if r.Item == "" || i.ID == r.Item {
			fmt.Fprint(&b, i.ID, i.Title, i.Facts, "\x00")
		}
	}
	return b.String(), nil
}

// plan is what an erasure takes and leaves, of one record, of one holder or of all.
func (s *Service) plan(ctx context.Context, q sqldb.Querier, householdID, holder, item string) (*Plan, error) {
	var all []Fate
	for _, h := range s.holders {
		if holder != "" && holder != h.Name() {
			continue
		}
		list, err := fates(ctx, q, h, householdID, item)
		if err != nil {
			return nil, err
		}
		all = append(all, list...)
	}
	if holder == "" {
		all = append(all, Fate{What: Words{Key: "privacy.plan.readings"}, Why: Words{Key: "privacy.plan.readings_why"}},
			Fate{What: Words{Key: "privacy.plan.record"}, Why: Words{Key: "privacy.plan.record_why"}})
	}
	p := &Plan{Mark: s.o.Sealer.Index("privacy/plan/"+partOf(holder, householdID, item), fmt.Sprint(all))}
	for _, f := range all {
		if f.Goes {
			p.Goes = append(p.Goes, f)
		} else {
			p.Stays = append(p.Stays, f)
		}
	}
	return p, nil
}

// fates tells of each thing that a holder shows, or of one, whether it goes.
func fates(ctx context.Context, q sqldb.Querier, h Holder, householdID, item string) ([]Fate, error) {
	if p, plans := h.(Planner); plans {
		return p.Erasing(ctx, q, householdID, item)
	}
	items, err := h.Held(ctx, q, householdID, false)
	var out []Fate
	for _, i := range items {
		if item != "" && item != i.ID {
			continue
		}
		f := Fate{What: i.Title, Since: i.Since, Goes: slices.Contains(i.Asks, Erase)}
		if i.Stays != "" {
			f.Why = Words{Key: i.Stays}
		}
		out = append(out, f)
	}
	return out, err
}

// Erasing tells a household what an erasure of all would take and leave.
func (s *Service) Erasing(ctx context.Context, who Session) (*Plan, error) {
	return s.plan(ctx, s.o.DB.Reader(), who.HouseholdID, "", "")
}
